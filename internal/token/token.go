// Package token reads and renders {{ … }} data tokens in the text fields of actions.
//
// A text is parsed once into a Template, which knows its references for checks and renders them fast. Values are put
// in exactly as they are: a value that itself holds {{ … }} stays text.
package token

import (
	"strings"
	"unicode/utf8"

	"askflow/internal/source"
)

// Kind tells what a reference points at.
type Kind uint8

// The kinds of reference.
const (
	// EnrolledObject is the enrolled record: one property of it, or the whole record where Property is empty.
	EnrolledObject Kind = iota + 1
	// FetchedObject is an associated record that a data source of the flow fetches; Name is the data source's name.
	FetchedObject
	// ActionOutput is an output of an earlier action; Name is the action's id or its step name, Property the data key.
	ActionOutput
	// AssociatedObject is the older form {{ _0_2.name }}; Name is the object type id, "0-2". Where that is the flow's
	// own object type it means the enrolled record.
	AssociatedObject
)

// Ref is one token of a text: what it points at and where it stands.
type Ref struct {
	Kind Kind
	// Name is a data source's name, an action's id or step name, or an object type id; "" for the enrolled record.
	Name string
	// Property is the property's internal name or the output's data key; "" means the whole record, which renders as
	// the record's id.
	Property string
	// Offset and End are the bytes of the token in its text, braces included: text[Offset:End].
	Offset, End int
}

// IsEnrolled tells whether the reference reads the enrolled record of a flow over flowObjectTypeID ("0-1").
func (r *Ref) IsEnrolled(flowObjectTypeID string) bool {
	return r.Kind == EnrolledObject || r.Kind == AssociatedObject && r.Name == flowObjectTypeID
}

// WholeRecord tells whether the reference names a record and none of its properties.
func (r *Ref) WholeRecord() bool { return r.Property == "" }

// String is the token in its usual spelling, whatever white space it was written with.
func (r *Ref) String() string {
	path := ""
	switch r.Kind {
	case EnrolledObject:
		path = rootEnrolled
	case FetchedObject:
		path = rootFetched + "." + r.Name
	case ActionOutput:
		path = rootOutputs + "." + r.Name
		if isDigits(r.Name) {
			path = rootOutputs + "." + outputPrefix + r.Name
		}
	case AssociatedObject:
		path = "_" + strings.ReplaceAll(r.Name, "-", "_")
	}
	if r.Property != "" {
		path += "." + r.Property
	}
	return "{{ " + path + " }}"
}

// Problem is something wrong with a token. Codes are stable: token_unclosed, token_empty, token_unknown_root,
// token_bad_name, token_incomplete, token_hubl.
type Problem struct {
	// Offset and End are the bytes concerned, in the parsed text.
	Offset, End int
	Code        string
	Message     string
	Hint        string
}

// Error is message and hint in one line.
func (p Problem) Error() string {
	if p.Hint == "" {
		return p.Message
	}
	return p.Message + " (" + p.Hint + ")"
}

// LineCol turns a byte offset in a text into how many lines below the text's first line it stands, and how many
// characters (not bytes) stand before it on its own line. Offsets outside of the text are taken to its nearest end.
func LineCol(text string, offset int) (lines, chars int) {
	before := text[:min(max(offset, 0), len(text))]
	start := strings.LastIndexByte(before, '\n') + 1
	return strings.Count(before, "\n"), utf8.RuneCountInString(before[start:])
}

// Style says how a field's text is written in its file, which decides where a character of it stands.
type Style uint8

// The styles of text.
const (
	// JSON text stands on one line; line breaks, quotes and tabs in it are escapes.
	JSON Style = iota
	// YAML text stands plain or quoted on one line, or as a block that begins below its "|".
	YAML
)

// Place finds the position in the file of a byte offset in the text of node n. It is exact for text on one line that
// uses no \u escapes; in a YAML block the line is exact and the column counts from the block's indentation.
func Place(n *source.Node, style Style, offset int) source.Pos {
	if n == nil || n.Pos.Line == 0 {
		return source.Pos{}
	}
	text := n.Text
	offset = min(max(offset, 0), len(text))
	lines, chars := LineCol(text, offset)
	if style == YAML {
		switch {
		case strings.Contains(text, "\n"):
			return source.Pos{Line: n.Pos.Line + 1 + lines, Col: 1 + chars}
		case n.Quoted:
			chars++
		}
		return source.Pos{Line: n.Pos.Line, Col: n.Pos.Col + chars}
	}
	width := 0
	for _, r := range text[:offset] {
		switch {
		case r == '"', r == '\\', r == '\n', r == '\r', r == '\t', r == '\b', r == '\f':
			width += 2
		case r < ' ':
			width += len(`\u0000`)
		default:
			width++
		}
	}
	if n.Kind == source.String {
		width++ // the opening quote
	}
	return source.Pos{Line: n.Pos.Line, Col: n.Pos.Col + width}
}
