package mask

import (
	"encoding/binary"
	"math/bits"
	"regexp"
	"strings"
	"time"
	"unicode"
)

// phone replaces the digits of a number; the code of the country and a zero before the area stay. Spellings of one number
// that differ in blanks only get the same digits.
func (m *Masker) phone(value string) string {
	if strings.Contains(value, "@") {
		return m.emails(value)
	}
	number := dialled(value)
	kept := countryDigits(number)
	if kept < len(number) && number[kept] == '0' {
		kept++
	}
	if kept >= len(number) {
		kept = 0
	}
	d := m.draw("phone", number)
	n := 0 // bytes of the dialled number that are written
	if strings.HasPrefix(number, "+") {
		n = 1
		if !strings.Contains(value, "+") { // it is written 00
			n = -1
		}
	}
	var b strings.Builder
	for _, p := range pieces(value) {
		switch {
		case p.kind == between, p.kind == letters && extensionWords[fold(p.text)]:
			b.WriteString(p.text)
			continue
		case p.kind == letters:
			b.WriteString(m.shaped(p))
			continue
		}
		for _, r := range p.text {
			if n >= kept {
				r = otherDigit(r, d)
			}
			b.WriteRune(r)
			n++
		}
	}
	return b.String()
}

var extensionWords = set("x ext tel fon phone fax mobile mobil durchwahl")

// dialled is a number's digits, with a + where a country comes first.
func dialled(value string) string {
	var b strings.Builder
	for _, r := range value {
		if r == '+' && b.Len() == 0 {
			b.WriteByte('+')
		} else if unicode.IsDigit(r) {
			b.WriteRune(r)
		}
	}
	s := b.String()
	if rest, ok := strings.CutPrefix(s, "00"); ok {
		return "+" + rest
	}
	return s
}

// countryDigits is how many bytes of a dialled number are the + and the country's code.
func countryDigits(number string) int {
	if len(number) < 5 || number[0] != '+' {
		return 0
	}
	code := number[1:]
	switch {
	case code[0] == '1' || code[0] == '7':
		return 2
	case strings.Contains(" 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98 ", " "+code[:2]+" "):
		return 3
	}
	return 4
}

// number replaces the digits behind the first one; zeros at the end of a whole number stay, since a round number is a round
// number. Where that leaves nothing, the first digit is replaced.
func (m *Masker) number(value string) string {
	text, exponent := value, ""
	if i := strings.IndexAny(value, "eE"); i > 0 {
		text, exponent = value[:i], value[i:]
	}
	if strings.ContainsFunc(text, unicode.IsLetter) {
		return m.words(value, nil)
	}
	d := m.draw("number", fold(value))
	runes := []rune(text)
	last := len(runes)
	if !strings.ContainsAny(text, ".,") {
		for last > 0 && runes[last-1] == '0' {
			last--
		}
	}
	first, changed := -1, false
	for i, r := range runes {
		if !unicode.IsDigit(r) {
			continue
		}
		if first < 0 {
			if r != '0' {
				first = i
			}
			continue
		}
		if i < last {
			runes[i], changed = otherDigit(r, d), true
		}
	}
	if !changed && first >= 0 {
		if zero, ok := zeroOf(runes[first]); ok {
			runes[first] = zero + 1 + (runes[first]-zero-1+1+rune(d.below(8)))%9
		}
	}
	return string(runes) + exponent
}

// maxShift is the most days a date is moved by, either way.
const maxShift = 182

// date moves a date by the record's own number of days; the time of day stays. Its form stays, too.
func (m *Masker) date(value string, of Subject) string {
	d := m.draw("date", of.ObjectType+"\x00"+of.RecordID)
	days := 1 + d.below(maxShift)
	if d.below(2) == 1 {
		days = -days
	}
	text := strings.TrimSpace(value)
	lead := value[:strings.Index(value, text)]
	tail := value[len(lead)+len(text):]
	if len(text) >= 10 {
		if day, err := time.Parse(time.DateOnly, text[:10]); err == nil {
			if moved := day.AddDate(0, 0, days); moved.Year() > 0 && moved.Year() < 10000 {
				return lead + moved.Format(time.DateOnly) + text[10:] + tail
			}
		}
	}
	for _, form := range []string{"02.01.2006", "2.1.2006", "01/02/2006", "1/2/2006"} {
		if day, err := time.Parse(form, text); err == nil {
			return lead + day.AddDate(0, 0, days).Format(form) + tail
		}
	}
	if ms, ok := millis(text); ok {
		return lead + signed(ms+int64(days)*24*60*60*1000) + tail
	}
	return m.words(value, nil)
}

// millis reads milliseconds since 1970.
func millis(s string) (n int64, ok bool) {
	body, negative := strings.CutPrefix(s, "-")
	if len(body) < 9 || len(body) > 14 || strings.Trim(body, "0123456789") != "" {
		return 0, false
	}
	for _, c := range []byte(body) {
		n = 10*n + int64(c-'0')
	}
	if negative {
		n = -n
	}
	return n, true
}

func signed(n int64) string {
	if n < 0 {
		return "-" + decimal(uint64(-n), 0)
	}
	return decimal(uint64(n), 0)
}

// decimal writes a number with at least so many digits.
func decimal(n uint64, digits int) string {
	var b [20]byte
	i := len(b)
	for ; n > 0 || digits > 0 || i == len(b); digits-- {
		i--
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return string(b[i:])
}

// codeForm is a number with a few letters before it, as companies number what they have: KD-4711.
var codeForm = regexp.MustCompile(`^([A-Z]{1,4}[-_/ ]?)([0-9]{1,18})$`)

// id gives another id of as many digits. It is a permutation: two ids of one object type never become one. Up to four letters
// before the digits stay. Any other id becomes letters and digits of a hash.
func (m *Masker) id(value, objectType string) string {
	text := strings.TrimSpace(value)
	if parts := codeForm.FindStringSubmatch(text); parts != nil {
		return parts[1] + m.id(parts[2], parts[1])
	}
	if len(text) == 0 || len(text) > 18 || strings.Trim(text, "0123456789") != "" {
		return m.longID(text, objectType)
	}
	n := uint64(0)
	for _, c := range []byte(text) {
		n = 10*n + uint64(c-'0')
	}
	size := uint64(1)
	for range text {
		size *= 10
	}
	use, low := "id "+objectType+" "+decimal(uint64(len(text)), 2), uint64(0)
	switch { // what begins with a zero is permuted apart, so that a number stays as long as it is
	case len(text) > 1 && text[0] == '0':
		size /= 10
		use += "0"
	case len(text) > 1:
		low = size / 10
	}
	return decimal(low+m.permute(use, n-low, size-low), len(text))
}

func (m *Masker) longID(text, objectType string) string {
	const digits = "abcdefghijkmnpqrstuvwxyz23456789"
	sum := m.sum("id "+objectType, text)
	b := make([]byte, 16)
	for i := range b {
		b[i] = digits[int(sum[i])%len(digits)]
	}
	return string(b)
}

// permute is a permutation of 0 … size-1: a Feistel network over the next even number of bits, walked until the number is
// below size again.
func (m *Masker) permute(use string, n, size uint64) uint64 {
	if size < 2 {
		return n
	}
	half := (bits.Len64(size-1) + 1) / 2
	mask := uint64(1)<<half - 1
	for {
		left, right := n>>half, n&mask
		for round := range 6 {
			var text [9]byte
			text[0] = byte(round)
			binary.BigEndian.PutUint64(text[1:], right)
			sum := m.sum(use, string(text[:]))
			left, right = right, left^binary.BigEndian.Uint64(sum[:8])&mask
		}
		n = left<<half | right
		if n < size {
			break
		}
	}
	return n
}
