package emulator

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// Matches reads a filter as people type it and gives the test for it. All parts must hold; case does not count.
//
//	ada             some property's value, the record's name or its id holds the text
//	city:rome       the property holds it: an internal name or a label; id and name go too
//	city:           the property has a value
//	-city:rome      it does not hold it; -city: it has no value; -ada: nothing holds it
//	city:"new york" quotes keep blanks and colons together, also around a label: "first name":ada
//
// Of an enumeration both the value and its label count. A quote inside of quotes is written \". An empty text takes every
// record. Errors are *Error with a sentence; the test may be used by several goroutines at once.
func (e *Emulator) Matches(text string) (func(*hubspot.Record) bool, error) {
	if !utf8.ValidString(text) {
		return nil, usage("bad_filter", "type it again", "the filter is not valid text")
	}
	l := termLexer{rest: text}
	var terms []*term
	var fields *fieldNames
	for {
		t, err := l.next()
		if err != nil {
			return nil, err
		}
		if t == nil {
			break
		}
		if t.field != "" {
			if fields == nil {
				fields = e.fieldNames()
			}
			if err := fields.resolve(t); err != nil {
				return nil, err
			}
		}
		terms = append(terms, t)
	}
	return func(r *hubspot.Record) bool {
		for _, t := range terms {
			if t.holds(r) == t.not {
				return false
			}
		}
		return true
	}, nil
}

// term is one part of a filter.
type term struct {
	not   bool
	field string // "" for any
	value string // in lower case
	ascii bool
	// properties are what the field means, by object type.
	properties map[string]hubspot.Property
	plain      string // the property of an object type that is not among them
}

func (t *term) holds(r *hubspot.Record) bool {
	if t.field == "" {
		return t.anywhere(r)
	}
	p, ok := t.properties[r.ObjectType]
	if !ok {
		p.Name = t.plain
	}
	switch value := r.Get(p.Name); {
	case p.Name == "hs_object_id" && t.value != "":
		return strings.EqualFold(value, t.value) // an id is meant as a whole
	case p.Name == "name" && value == "":
		return t.in(r.Name())
	case t.value == "":
		return value != ""
	default:
		return t.in(value) || t.inLabel(p, value)
	}
}

func (t *term) anywhere(r *hubspot.Record) bool {
	if t.in(r.ID) || t.in(r.Name()) {
		return true
	}
	for _, name := range r.PropertyNames() {
		if t.in(r.Get(name)) {
			return true
		}
	}
	return false
}

// inLabel looks at the labels of an enumeration's values.
func (t *term) inLabel(p hubspot.Property, value string) bool {
	if value == "" || len(p.Options) == 0 {
		return false
	}
	for _, o := range p.Options {
		if (o.Value == value || p.Multiple && slices.Contains(strings.Split(value, ";"), o.Value)) && t.in(o.Label) {
			return true
		}
	}
	return false
}

// in tells whether a text holds the value, whatever the case. The usual value is ASCII, and nothing is copied for it.
func (t *term) in(text string) bool {
	n := len(t.value)
	if n == 0 {
		return text != ""
	}
	if !t.ascii {
		return strings.Contains(strings.ToLower(text), t.value)
	}
	first := t.value[0]
	for i := 0; i+n <= len(text); i++ {
		if lower(text[i]) == first && sameFold(text[i:i+n], t.value) {
			return true
		}
	}
	return false
}

func sameFold(text, value string) bool {
	for i := range len(value) {
		if lower(text[i]) != value[i] {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// fieldNames find properties in all object types that have records.
type fieldNames struct {
	types map[string]*hubspot.Properties
	// all tells that no record can bring another property.
	all bool
}

func (e *Emulator) fieldNames() *fieldNames {
	schema := cloneSchema(e.Portal.Schema)
	f := &fieldNames{types: map[string]*hubspot.Properties{}, all: true}
	for t := range e.Portal.RecordFiles {
		columns, all := e.pager(t).Columns(context.Background()) // headers, or a hundred records
		f.all = f.all && all
		addInferred(schema, t, columns)
		f.types[t] = schema.Of(t)
	}
	return f
}

// resolve finds out what a term's field means.
func (f *fieldNames) resolve(t *term) error {
	switch strings.ToLower(t.field) {
	case "id":
		t.plain = "hs_object_id"
		return nil
	case "name":
		t.plain = "name"
		return nil
	}
	t.properties = map[string]hubspot.Property{}
	for objectType, properties := range f.types {
		if p, ok := properties.Find(t.field); ok {
			t.properties[objectType] = p
		}
	}
	t.plain = t.field
	if len(t.properties) > 0 || !f.all {
		return nil
	}
	hint := fmt.Sprintf("write it in quotes to look for the text: %q", t.field+":"+t.value)
	if near := source.Nearest(t.field, f.names()); near != "" {
		hint = fmt.Sprintf("did you mean %s? Else %s", near, hint)
	}
	return usage("unknown_property", hint, "no record has a property %q", t.field)
}

func (f *fieldNames) names() []string {
	var out []string
	for _, t := range slices.Sorted(maps.Keys(f.types)) {
		out = append(out, f.types[t].Names()...)
	}
	return out
}

// termLexer cuts a filter into terms.
type termLexer struct {
	rest string
	at   int // characters before rest
}

// next is the next term, nil at the end.
func (l *termLexer) next() (*term, error) {
	l.skip(len(l.rest) - len(strings.TrimLeftFunc(l.rest, unicode.IsSpace)))
	if l.rest == "" {
		return nil, nil
	}
	t := &term{}
	start := l.at + 1
	if len(l.rest) > 1 && l.rest[0] == '-' && l.rest[1] != ' ' {
		t.not = true
		l.skip(1)
	}
	word, quoted, err := l.word(true)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(l.rest, ":") {
		if strings.TrimSpace(word) == "" {
			return nil, usage("bad_filter", `write property:value, or ":" in quotes to look for the text`, "in the filter a colon stands at character %d without a property before it", start)
		}
		l.skip(1)
		t.field = strings.TrimSpace(word)
		if word, quoted, err = l.word(false); err != nil {
			return nil, err
		}
	}
	t.value = strings.ToLower(word)
	t.ascii = strings.IndexFunc(t.value, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
	if t.field == "" && t.value == "" && quoted {
		return nil, usage("bad_filter", "write something between the quotes", "in the filter the quotes at character %d hold nothing", start)
	}
	return t, nil
}

// word is what stands up to a blank, or up to a colon where a property's name may stand.
func (l *termLexer) word(name bool) (text string, quoted bool, err error) {
	if strings.HasPrefix(l.rest, `"`) {
		text, err = l.quotes()
		return text, true, err
	}
	end := strings.IndexFunc(l.rest, func(r rune) bool { return unicode.IsSpace(r) || name && r == ':' })
	if end < 0 {
		end = len(l.rest)
	}
	text = l.rest[:end]
	l.skip(end)
	return text, false, nil
}

// quotes reads a text in quotes.
func (l *termLexer) quotes() (string, error) {
	opened := l.at + 1
	var b strings.Builder
	for i := 1; i < len(l.rest); i++ {
		switch c := l.rest[i]; {
		case c == '\\' && i+1 < len(l.rest) && (l.rest[i+1] == '"' || l.rest[i+1] == '\\'):
			i++
			b.WriteByte(l.rest[i])
		case c == '"':
			l.skip(i + 1)
			return b.String(), nil
		default:
			b.WriteByte(c)
		}
	}
	return "", usage("bad_filter", `close it with another quote; a quote inside of quotes is written \"`, "in the filter the quote at character %d is never closed", opened)
}

// skip moves over bytes.
func (l *termLexer) skip(n int) {
	l.at += utf8.RuneCountInString(l.rest[:n])
	l.rest = l.rest[n:]
}
