package source

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// quoteBraces is the hint for a token that YAML takes for an object.
const quoteBraces = `put text with {{ }} in quotes: "{{ enrolled_object.message }}"`

// yamlProblem says in plain words what keeps a file from being read.
func yamlProblem(file string, data []byte, err error) Problem {
	p := Problem{Severity: SeverityError, Code: "bad_yaml", File: file, Line: 1, Col: 1,
		Message: "this is not valid YAML: " + strings.TrimPrefix(err.Error(), "yaml: ")}
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		return p
	}
	p.Line, p.Col = max(1, load.Mark.Line), max(1, load.Mark.Column)
	p.Message = "this is not valid YAML: " + load.Message
	f := yamlFailure{lines: strings.Split(string(data), "\n"), message: load.Message, at: Pos{p.Line, p.Col}, from: Pos{load.ContextMark.Line, load.ContextMark.Column}}
	if says, hint := f.explain(); says != "" {
		p.Message, p.Hint, p.Line, p.Col = says, hint, f.at.Line, f.at.Col
	}
	return p
}

// yamlFailure is what the parser stumbled over, and where what it was reading began.
type yamlFailure struct {
	lines    []string
	message  string
	at, from Pos
}

// line is a line of the file, "" beyond its ends.
func (f *yamlFailure) line(n int) string {
	if n < 1 || n > len(f.lines) {
		return ""
	}
	return strings.TrimSuffix(f.lines[n-1], "\r")
}

// above is the number of the last line before n that says something, 0 when there is none.
func (f *yamlFailure) above(n int) int {
	for n = min(n, len(f.lines)+1) - 1; n > 0; n-- {
		if text := strings.TrimSpace(f.line(n)); text != "" && text[0] != '#' {
			return n
		}
	}
	return 0
}

// explain turns the parser's words into a sentence, a hint, and a better place where there is one; "" leaves them.
func (f *yamlFailure) explain() (says, hint string) {
	if n, col := f.braces(); n > 0 {
		f.at = Pos{n, col}
		return "a value that begins with {{ is not text to YAML", quoteBraces
	}
	is := func(part string) bool { return strings.Contains(f.message, part) }
	switch {
	case is("mapping values are not allowed"):
		return f.secondColon()
	case is("could not find expected ':'"):
		return f.noColon()
	case is("did not find expected key"):
		return f.noKey()
	case is("did not find expected '-'"):
		return "this line stands in a list, and neither begins with a dash nor belongs to the entry above it",
			"begin it with a dash, or indent it like the keys of the entry it belongs to"
	case is("end of stream"):
		f.at = f.begin()
		return "the quotation mark that opens here is never closed", "close it; a quotation mark inside of the text is written twice ('') or with a backslash (\\\")"
	case is("did not find expected ',' or ']'"):
		f.at = f.begin()
		return "the list that opens here with [ goes on wrongly, or is never closed", "put commas between its entries, and ] at its end"
	case is("did not find expected ',' or '}'"):
		f.at = f.begin()
		return "the object that opens here with { goes on wrongly, or is never closed", "put commas between its keys, and } at its end"
	case is("tab character"):
		return "a tab stands where spaces belong", "indent with spaces"
	case is("cannot start any token"):
		return f.badBegin()
	case is("expected node content"):
		return "something is missing before this: a value, or the end of a list or an object", "close every [ with ] and every { with }, and put text that begins with one of them in quotes"
	}
	return f.inQuotes(is)
}

// inQuotes are mistakes of text that should stand in quotes.
func (f *yamlFailure) inQuotes(is func(string) bool) (says, hint string) {
	switch {
	case is("unknown anchor"):
		return "*name repeats a value that was marked with &name before, and there is none of this name", "put text that begins with * in quotes"
	case is("did not find expected alphabetic or numeric character"):
		return "& and * at the beginning of a value have a meaning in YAML", "put text that begins with & or * in quotes"
	case is("tag handle"), is("tag prefix"), is("while parsing a tag"):
		return "! at the beginning of a value has a meaning in YAML", "put text that begins with ! in quotes"
	case is("unknown escape character"):
		return "the backslash in this text in double quotes begins no escape that YAML knows", "write two backslashes, or put the text in single quotes"
	case is("block sequence entries are not allowed"):
		return "a list cannot begin on the line of its key", "begin the list on the next line, or put text that begins with a dash in quotes"
	}
	return "", ""
}

func (f *yamlFailure) begin() Pos {
	if f.from.Line > 0 {
		return f.from
	}
	return f.at
}

// braces finds a value that begins with {{ and is not in quotes, in the line of the mistake or before it.
func (f *yamlFailure) braces() (line, col int) {
	for _, n := range []int{f.at.Line, f.above(f.at.Line)} {
		text := f.line(n)
		for _, before := range []string{": ", "- "} {
			i := strings.Index(text, before)
			if i < 0 {
				continue
			}
			rest := strings.TrimLeft(text[i+len(before):], " ")
			if strings.HasPrefix(rest, "{{") {
				return n, 1 + utf8.RuneCountInString(text[:len(text)-len(rest)])
			}
		}
	}
	return 0, 0
}

// secondColon: a colon where none can be.
func (f *yamlFailure) secondColon() (says, hint string) {
	text := f.line(f.at.Line)
	body := strings.TrimLeft(strings.TrimLeft(text, " "), "- ")
	if key, value, ok := strings.Cut(body, ": "); ok && strings.Contains(value+" ", ": ") && len([]rune(text))-len([]rune(body))+len([]rune(key)) < f.at.Col-1 {
		shown := []rune(strings.TrimSpace(value))
		if len(shown) > 40 {
			shown = append(shown[:40], '…')
		}
		return "a second colon stands in the value of " + key, fmt.Sprintf("put text that holds a colon and a space in quotes: %s: %q", key, string(shown))
	}
	n := f.above(f.at.Line)
	before := f.line(n)
	if n > 0 && !strings.Contains(before, ":") {
		f.at = Pos{n, indent(before) + 1}
		return "this line is no key with a colon, and the lines after it do not go on with its text", "write key: value; text of several lines begins with | and is indented"
	}
	f.at.Col = indent(text) + 1
	return "this line is indented deeper than the line above it, which has its value already", "keys of one object begin in the same column"
}

// noColon: a line that is neither key nor entry. The parser notices it at the next one.
func (f *yamlFailure) noColon() (says, hint string) {
	if n := f.above(f.at.Line); n > 0 && (f.from.Line == 0 || n >= f.from.Line) {
		f.at = Pos{n, indent(f.line(n)) + 1}
	}
	return "this line is no key with a colon, no entry with a dash, and no indented text", "write key: value; text of several lines begins with | and is indented"
}

// noKey: wrong indentation, or more text after a value.
func (f *yamlFailure) noKey() (says, hint string) {
	text := f.line(f.at.Line)
	if f.at.Col <= indent(text)+1 {
		return "the indentation of this line fits none of the lines above it", "keys of one object begin in the same column"
	}
	return "more text stands after a value that has ended", "put the whole text in quotes"
}

// badBegin: a character that text in YAML cannot begin with.
func (f *yamlFailure) badBegin() (says, hint string) {
	text := []rune(f.line(f.at.Line))
	if f.at.Col > len(text) {
		return "", ""
	}
	if c := text[f.at.Col-1]; c != '\t' {
		return fmt.Sprintf("text cannot begin with %c", c), "put the text in quotes"
	}
	return "a tab stands where spaces belong", "indent with spaces"
}

// indent counts the spaces that a line begins with.
func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }
