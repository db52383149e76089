package mask

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"askflow/internal/hubspot"
)

// Leak is a value of a masked property that stands in the output all the same. The value itself is not told: messages go
// into logs.
type Leak struct {
	// ObjectType, RecordID and Property say whose value it is.
	ObjectType string `json:"objectType"`
	RecordID   string `json:"recordId"`
	Property   string `json:"property"`
	// InType, InRecord and InProperty say where it stands; ids are those of the input. InProperty is "" for an association's label.
	InType     string `json:"inObjectType"`
	InRecord   string `json:"inRecordId"`
	InProperty string `json:"inProperty"`
}

// shortest is how many characters a value has at least that is searched for.
const shortest = 4

// telling tells whether a value is searched for: numbers need six digits, since a shorter one stands in a lot of texts.
func telling(kind Kind, value string) bool {
	value = strings.TrimSpace(value)
	if utf8.RuneCountInString(value) < shortest || Common(value) || len(value) > 1<<16 {
		return false
	}
	return kind != Number || countDigits(value) >= 6
}

// original is a value that must not be found.
type original struct {
	rec      *hubspot.Record
	property string
	kind     Kind
}

// Leaks searches masked records for values of masked properties, of them and of the others that are given. At most 100 are
// told. What a mask put in place of another value does not count: it is invented, whatever it happens to spell.
func (s *Set) Leaks(ctx context.Context, masked []Record, others []*hubspot.Record) ([]Leak, error) {
	recs := make([]*hubspot.Record, 0, len(masked)+len(others))
	for i := range masked {
		recs = append(recs, masked[i].From)
	}
	x := s.searcher(append(recs, others...))
	var out []Leak
	for i := range masked {
		if i%64 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if out = append(out, x.record(&masked[i])...); len(out) >= 100 {
			return out[:100], nil
		}
	}
	return out, nil
}

// searcher finds any of many values in a text.
type searcher struct {
	values map[string]original     // by value, folded
	grams  map[string]map[int]bool // lengths of the values that begin with four bytes
}

// searcher finds the values of masked properties.
func (s *Set) searcher(recs []*hubspot.Record) *searcher {
	x := &searcher{values: map[string]original{}, grams: map[string]map[int]bool{}}
	for _, rec := range recs {
		x.learn(s, rec)
	}
	return x
}

func (x *searcher) learn(s *Set, rec *hubspot.Record) {
	plan := s.Plans[rec.ObjectType]
	if plan == nil {
		return
	}
	for _, c := range plan.Columns {
		value := rec.Get(c.Property)
		if c.Kind != Keep && c.Kind != Text && telling(c.Kind, value) {
			x.add(value, original{rec, c.Property, c.Kind})
		}
	}
	if plan.IDs && telling(ID, rec.ID) {
		x.add(rec.ID, original{rec, RecordID, ID})
	}
}

func (x *searcher) add(value string, o original) {
	key := fold(value)
	if _, known := x.values[key]; known || len(key) < shortest || !speaks(key) {
		return
	}
	x.values[key] = o
	gram := key[:shortest]
	if x.grams[gram] == nil {
		x.grams[gram] = map[int]bool{}
	}
	x.grams[gram][len(key)] = true
}

// record searches one record.
func (x *searcher) record(r *Record) []Leak {
	var out []Leak
	at := func(property string, o original) {
		out = append(out, Leak{o.rec.ObjectType, o.rec.ID, o.property, r.ObjectType, r.From.ID, property})
	}
	for i := range r.Cells {
		c := &r.Cells[i]
		own := r.From.Get(c.Property)
		switch {
		case c.Kind == Keep || c.Kind == Text:
			if o, found := x.search(c.Text, c.Kept, func(o original) bool { return c.coincides(r.From, o) }); found {
				at(c.Property, o)
			}
		case c.Kind != ID && telling(c.Kind, own) && strings.Contains(fold(c.Text), fold(own)):
			at(c.Property, original{r.From, c.Property, c.Kind})
		}
	}
	for _, a := range r.Associations {
		if o, found := x.search(a.Label, []Span{{0, len(a.Label)}}, func(original) bool { return false }); found {
			at("", o)
		}
	}
	return out
}

// coincides tells whether a find says nothing: somebody is called like a city, a state or an option, which stands in a property
// that is kept by default, of a record that is not theirs.
func (c *Cell) coincides(rec *hubspot.Record, o original) bool {
	switch o.kind {
	case Name, FirstName, LastName, FullName, Company:
		return c.Kind == Keep && !c.Chosen && o.rec != rec && !strings.ContainsAny(strings.TrimSpace(o.rec.Get(o.property)), " \t\n")
	}
	return false
}

// search finds the first value that stands in one of the kept parts of a text, at least in part. What spared says counts for nothing.
func (x *searcher) search(text string, kept []Span, spared func(original) bool) (original, bool) {
	if len(kept) == 0 || len(x.values) == 0 {
		return original{}, false
	}
	low := strings.ToLower(norm.NFC.String(text))
	same := len(low) == len(text) // else the parts are elsewhere, and whatever is found counts
	for i := 0; i < len(low); {
		o, start, end, found := x.next(low, i)
		switch {
		case !found:
			return original{}, false
		case (!same || overlaps(kept, start, end)) && !spared(o):
			return o, true
		}
		i = start + 1
	}
	return original{}, false
}

// next finds the next value in a text that is folded already, the longest one where several begin.
func (x *searcher) next(low string, from int) (o original, start, end int, found bool) {
	for i := from; i+shortest <= len(low); i++ {
		best := 0
		for length := range x.grams[low[i:i+shortest]] {
			if length <= best || i+length > len(low) {
				continue
			}
			if known, is := x.values[low[i:i+length]]; is && bounded(low, i, i+length, known.kind) {
				o, best = known, length
			}
		}
		if best > 0 {
			return o, i, i + best, true
		}
	}
	return original{}, 0, 0, false
}

// replace finds every value in the parts of a text where nothing was found yet.
func (x *searcher) replace(s *Set, text string, all *findings) {
	if len(x.values) == 0 {
		return
	}
	for _, gap := range all.gaps(len(text)) {
		part := text[gap.Start:gap.End]
		low := strings.ToLower(part)
		if len(low) != len(part) {
			continue
		}
		for i := 0; i < len(low); {
			o, start, end, found := x.next(low, i)
			if !found {
				break
			}
			kind := o.kind
			if kind == Drop {
				kind = Words
			}
			all.add(gap.Start+start, gap.Start+end, s.spoken(kind, part[start:end], Subject{o.rec.ObjectType, o.rec.ID, o.property}))
			i = end
		}
	}
	all.settle()
}

// bounded tells whether a find counts: short values and numbers must stand for themselves, long ones count anywhere.
func bounded(text string, start, end int, kind Kind) bool {
	if kind != Number && kind != Date && utf8.RuneCountInString(text[start:end]) >= 8 {
		return true
	}
	before, _ := utf8.DecodeLastRuneInString(text[:start])
	first, _ := utf8.DecodeRuneInString(text[start:])
	last, _ := utf8.DecodeLastRuneInString(text[:end])
	next, _ := utf8.DecodeRuneInString(text[end:])
	blanks := !unicode.In(first, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai)
	return !blanks || !(start > 0 && inWord(before) && inWord(first)) && !(end < len(text) && inWord(next) && inWord(last))
}

func overlaps(kept []Span, start, end int) bool {
	for _, k := range kept {
		if start < k.End && k.Start < end {
			return true
		}
	}
	return false
}

// unaccented is a text without its accents.
func unaccented(s string) string {
	ascii := true
	for i := range len(s) {
		ascii = ascii && s[i] < 0x80
	}
	if ascii {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))
}
