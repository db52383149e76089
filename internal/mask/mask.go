// Package mask replaces personal data by data that was made up: the same value always by the same mask, as long as the salt
// is the same. Nobody without the salt can tell which value a mask stands for. What a value looks like stays: its script,
// the country of a phone number, what two e-mail addresses have in common. Package mask reads no records; it gets them.
package mask

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Kind is how a value is masked.
type Kind string

// The kinds of mask.
const (
	Name      Kind = "name"      // of a person: first, last or whole, as the property says
	FirstName Kind = "firstname" // an invented first name
	LastName  Kind = "lastname"  // an invented last name
	FullName  Kind = "fullname"  // each word an invented name
	Email     Kind = "email"     // an invented address; addresses of one domain stay in one domain
	Domain    Kind = "domain"    // an invented domain that ends in .example
	Phone     Kind = "phone"     // other digits; the shape and the country stay
	Company   Kind = "company"   // an invented company; its legal form stays
	Address   Kind = "address"   // other words and digits; words such as Street stay
	Zip       Kind = "zip"       // other digits and letters
	URL       Kind = "url"       // another host, other words; its form stays
	Text      Kind = "text"      // what is personal in it is masked, everything else stays
	Words     Kind = "words"     // each word another one of the same shape
	Date      Kind = "date"      // moved by a number of days that is the record's own
	Number    Kind = "number"    // another one with as many digits
	ID        Kind = "id"        // other digits; two ids never become one
	Hash      Kind = "hash"      // twelve hexadecimal digits
	Drop      Kind = "drop"      // no value
	Keep      Kind = "keep"      // the value as it is
)

// Kinds are all kinds, in the order in which messages list them.
func Kinds() []Kind {
	return []Kind{Name, FirstName, LastName, FullName, Email, Domain, Phone, Company, Address, Zip, URL, Text, Words, Date, Number, ID, Hash, Drop, Keep}
}

// Masker makes masks. It may be used by several goroutines at once.
type Masker struct{ salt []byte }

// New makes a masker. Two maskers of the same salt make the same masks.
func New(salt []byte) *Masker {
	sum := sha256.Sum256(salt) // so that a long salt and a short one cost the same
	return &Masker{salt: sum[:]}
}

// Subject is where a value stands.
type Subject struct {
	ObjectType, RecordID, Property string
}

// Value masks a value that stands alone. A value without a letter or a digit stays as it is. Text needs what is known of
// the record, so that here only what gives itself away is masked; Set.Apply does the rest.
func (m *Masker) Value(kind Kind, value string, of Subject) string {
	if !speaks(value) && kind != Drop {
		return value
	}
	switch kind {
	case Keep:
		return value
	case Drop:
		return ""
	case Text:
		out, _ := (&texter{m: m, of: of}).mask(value)
		return out
	}
	out := m.whole(kind, value, of)
	if zero := strings.Trim(value, "0., +-\t") == ""; fold(out) == fold(value) && kind != ID && !(kind == Number && zero) { // its own rules found nothing
		out = m.words(value, nil)
	}
	return out
}

// whole masks by the rules of one kind.
func (m *Masker) whole(kind Kind, value string, of Subject) string {
	switch kind {
	case Name:
		return m.name(nameKind(of.Property), value)
	case FirstName, LastName, FullName:
		return m.name(kind, value)
	case Email:
		return m.emails(value)
	case Domain:
		return m.domains(value)
	case Phone:
		return m.phone(value)
	case Company:
		return m.company(value)
	case Address:
		return m.words(value, streetWords)
	case URL:
		return m.urls(value)
	case Date:
		return m.date(value, of)
	case Number:
		return m.number(value)
	case ID:
		return m.id(value, of.ObjectType)
	case Hash:
		sum := m.sum("hash", fold(value))
		return hex.EncodeToString(sum[:6])
	}
	return m.words(value, nil) // Words, Zip
}

// nameKind is which name a property holds.
func nameKind(property string) Kind {
	words := nameWords(property)
	switch {
	case words["firstname"] || words["vorname"] || words["first"] || words["given"]:
		return FirstName
	case words["lastname"] || words["surname"] || words["nachname"] || words["last"] || words["family"]:
		return LastName
	}
	return FullName
}

// sum is the keyed hash of a text within one use.
func (m *Masker) sum(use, text string) [sha256.Size]byte {
	h := hmac.New(sha256.New, m.salt)
	_, _ = h.Write([]byte(use)) // a hash takes everything
	_, _ = h.Write([]byte{0})
	_, _ = h.Write([]byte(text))
	return [sha256.Size]byte(h.Sum(nil))
}

// draw is a row of numbers that a text and the salt decide.
type draw struct {
	m     *Masker
	use   string
	text  string
	round uint32
	left  []byte
}

func (m *Masker) draw(use, text string) *draw { return &draw{m: m, use: use, text: text} }

// below gives the next number, 0 ≤ n < limit. limit is small, so that the leaning of a remainder does not matter.
func (d *draw) below(limit int) int {
	if limit < 2 {
		return 0
	}
	if len(d.left) < 4 {
		var round [4]byte
		binary.BigEndian.PutUint32(round[:], d.round)
		d.round++
		sum := d.m.sum(d.use+string(round[:]), d.text)
		d.left = sum[:]
	}
	n := binary.BigEndian.Uint32(d.left)
	d.left = d.left[4:]
	return int(n % uint32(limit))
}

// fold makes spellings equal that a person takes for one: case, how accents are coded, blanks around.
func fold(s string) string { return strings.ToLower(norm.NFC.String(strings.TrimSpace(s))) }

// speaks tells whether a text holds a letter or a digit.
func speaks(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// inWord tells whether a rune is part of a word.
func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

func notInWord(r rune) bool { return !inWord(r) }
