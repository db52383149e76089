package source

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Limits on what a file may hold, so that a hostile one ends in a sentence and not in an exhausted machine.
const (
	// MaxDepth is how deep values may nest.
	MaxDepth = 500
	// MaxBytes is how large a JSON or YAML file may be (records are read by other means and have no such limit).
	MaxBytes = 64 << 20
	// maxNodes bounds what YAML aliases may multiply a file into.
	maxNodes = 2_000_000
)

// ParseJSON reads one JSON document. Duplicate keys are a warning, and the last one counts, as everywhere. The node is
// nil when the problems hold an error.
func ParseJSON(file string, data []byte) (*Node, Problems) {
	p := &jsonParser{file: file, line: 1, col: 1}
	if problem, bad := checkText(file, data); bad {
		return nil, Problems{problem}
	}
	p.data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	p.space()
	if p.at == len(p.data) {
		return nil, Problems{{Severity: SeverityError, Code: "empty_file", File: file, Message: "the file is empty; a JSON document was expected"}}
	}
	n, ok := p.value(0)
	if ok {
		p.space()
		if p.at < len(p.data) {
			ok = p.fail("after the end of the JSON document there is more text", "")
		}
	}
	if !ok {
		return nil, p.problems
	}
	return n, p.problems
}

// checkText refuses what is not UTF-8 text of a sane size, naming the first bad place.
func checkText(file string, data []byte) (Problem, bool) {
	problem := Problem{Severity: SeverityError, File: file}
	if len(data) > MaxBytes {
		problem.Code = "file_too_large"
		problem.Message = fmt.Sprintf("the file has %d MB; at most %d MB can be read", len(data)>>20, MaxBytes>>20)
		return problem, true
	}
	if len(data) >= 2 && (data[0] == 0xff && data[1] == 0xfe || data[0] == 0xfe && data[1] == 0xff) {
		problem.Code, problem.Line, problem.Col = "not_utf8", 1, 1
		problem.Message = "the file is UTF-16; UTF-8 was expected"
		problem.Hint = "save it as UTF-8"
		return problem, true
	}
	if i := bytes.IndexByte(data, 0); i >= 0 {
		problem.Code = "nul_byte"
		problem.Line, problem.Col = LineCol(data, i)
		problem.Message = "there is a NUL byte; this is not a text file"
		return problem, true
	}
	if !utf8.Valid(data) {
		i := 0
		for i < len(data) {
			r, size := utf8.DecodeRune(data[i:])
			if r == utf8.RuneError && size <= 1 {
				break
			}
			i += size
		}
		problem.Code = "not_utf8"
		problem.Line, problem.Col = LineCol(data, i)
		problem.Message = fmt.Sprintf("byte 0x%02x is not valid UTF-8", data[i])
		problem.Hint = "save the file as UTF-8"
		return problem, true
	}
	return problem, false
}

// LineCol turns a byte offset into a 1-based line and column.
func LineCol(data []byte, offset int) (line, col int) {
	offset = min(offset, len(data))
	before := data[:offset]
	line = 1 + bytes.Count(before, []byte{'\n'})
	start := bytes.LastIndexByte(before, '\n') + 1
	return line, 1 + utf8.RuneCount(before[start:])
}

type jsonParser struct {
	file      string
	data      []byte
	at        int
	line, col int
	problems  Problems
}

func (p *jsonParser) pos() Pos { return Pos{p.line, p.col} }

func (p *jsonParser) fail(message, hint string) bool { return p.failAt(p.pos(), message, hint) }

func (p *jsonParser) failAt(pos Pos, message, hint string) bool {
	p.problems = append(p.problems, Problem{
		Severity: SeverityError, Code: "bad_json", File: p.file, Line: pos.Line, Col: pos.Col, Message: message, Hint: hint,
	})
	return false
}

// step moves over n bytes that hold no newline.
func (p *jsonParser) step(n int) {
	p.col += utf8.RuneCount(p.data[p.at : p.at+n])
	p.at += n
}

func (p *jsonParser) space() {
	for p.at < len(p.data) {
		switch p.data[p.at] {
		case '\n':
			p.line++
			p.col = 1
		case ' ', '\t', '\r':
			p.col++
		default:
			return
		}
		p.at++
	}
}

func (p *jsonParser) peek() byte {
	if p.at < len(p.data) {
		return p.data[p.at]
	}
	return 0
}

func (p *jsonParser) value(depth int) (*Node, bool) {
	if depth > MaxDepth {
		return nil, p.fail(fmt.Sprintf("values nest deeper than %d levels", MaxDepth), "")
	}
	pos := p.pos()
	switch c := p.peek(); {
	case c == '{':
		return p.object(pos, depth)
	case c == '[':
		return p.array(pos, depth)
	case c == '"':
		s, ok := p.str()
		return &Node{Kind: String, Text: s, Pos: pos, Quoted: true}, ok
	case c == '-' || c >= '0' && c <= '9':
		return p.number(pos)
	case p.at >= len(p.data):
		return nil, p.fail("the file ends in the middle of a value", "")
	default:
		for _, word := range []struct {
			text string
			kind Kind
		}{{"true", Bool}, {"false", Bool}, {"null", Null}} {
			if bytes.HasPrefix(p.data[p.at:], []byte(word.text)) {
				p.step(len(word.text))
				n := &Node{Kind: word.kind, Pos: pos}
				if word.kind == Bool {
					n.Text = word.text
				}
				return n, true
			}
		}
		r, _ := utf8.DecodeRune(p.data[p.at:])
		return nil, p.fail(fmt.Sprintf("a value was expected, but here stands %q", r), "")
	}
}

func (p *jsonParser) object(pos Pos, depth int) (*Node, bool) {
	n := &Node{Kind: Object, Pos: pos}
	index := map[string]int{}
	p.step(1)
	p.space()
	if p.peek() == '}' {
		p.step(1)
		return n, true
	}
	for {
		p.space()
		keyPos := p.pos()
		if p.peek() != '"' {
			return nil, p.fail("a key in double quotes was expected", "is there a comma too many?")
		}
		key, ok := p.str()
		if !ok {
			return nil, false
		}
		p.space()
		if p.peek() != ':' {
			return nil, p.fail(fmt.Sprintf("a colon was expected after the key %q", key), "")
		}
		p.step(1)
		p.space()
		v, ok := p.value(depth + 1)
		if !ok {
			return nil, false
		}
		if i, twice := index[key]; twice {
			p.problems = append(p.problems, Problem{
				Severity: SeverityWarning, Code: "duplicate_key", File: p.file, Line: keyPos.Line, Col: keyPos.Col,
				Message: fmt.Sprintf("the key %q stands twice in one object; the last one counts", key),
			})
			n.Members[i] = Member{Key: key, KeyPos: keyPos, Value: v}
		} else {
			index[key] = len(n.Members)
			n.Members = append(n.Members, Member{Key: key, KeyPos: keyPos, Value: v})
		}
		p.space()
		switch p.peek() {
		case ',':
			p.step(1)
		case '}':
			p.step(1)
			return n, true
		default:
			return nil, p.unclosed(pos, "object", "}")
		}
	}
}

func (p *jsonParser) array(pos Pos, depth int) (*Node, bool) {
	n := &Node{Kind: Array, Pos: pos}
	p.step(1)
	p.space()
	if p.peek() == ']' {
		p.step(1)
		return n, true
	}
	for {
		p.space()
		v, ok := p.value(depth + 1)
		if !ok {
			return nil, false
		}
		n.Items = append(n.Items, v)
		p.space()
		switch p.peek() {
		case ',':
			p.step(1)
		case ']':
			p.step(1)
			return n, true
		default:
			return nil, p.unclosed(pos, "list", "]")
		}
	}
}

func (p *jsonParser) unclosed(open Pos, what, end string) bool {
	if p.at >= len(p.data) {
		return p.fail(fmt.Sprintf("the file ends before the %s that opens at %d:%d is closed with %q", what, open.Line, open.Col, end), "")
	}
	return p.fail(fmt.Sprintf("a comma or %q was expected", end), "")
}

func (p *jsonParser) number(pos Pos) (*Node, bool) {
	end := p.at
	for end < len(p.data) && bytes.IndexByte([]byte("+-.eE0123456789"), p.data[end]) >= 0 {
		end++
	}
	text := string(p.data[p.at:end])
	if !ValidNumber(text) {
		return nil, p.fail(fmt.Sprintf("%q is not a JSON number", text), "")
	}
	p.step(end - p.at)
	return &Node{Kind: Number, Text: text, Pos: pos}, true
}

// ValidNumber tells whether text is a number as JSON writes them.
func ValidNumber(text string) bool {
	s := text
	digits := func() bool {
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		s = s[n:]
		return n > 0
	}
	if len(s) > 0 && s[0] == '-' {
		s = s[1:]
	}
	if len(s) > 1 && s[0] == '0' && s[1] >= '0' && s[1] <= '9' || !digits() {
		return false
	}
	if len(s) > 0 && s[0] == '.' {
		s = s[1:]
		if !digits() {
			return false
		}
	}
	if len(s) > 0 && (s[0] == 'e' || s[0] == 'E') {
		s = s[1:]
		if len(s) > 0 && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		if !digits() {
			return false
		}
	}
	return s == ""
}

// str reads a quoted string; the parser stands on its opening quote.
func (p *jsonParser) str() (string, bool) {
	open := p.pos()
	p.step(1)
	start := p.at
	for i := p.at; i < len(p.data); i++ { // the common case: no escapes
		c := p.data[i]
		if c == '"' {
			s := string(p.data[start:i])
			p.step(i - p.at + 1)
			return s, true
		}
		if c == '\\' || c < 0x20 {
			break
		}
	}
	var b []byte
	for p.at < len(p.data) {
		c := p.data[p.at]
		switch {
		case c == '"':
			p.step(1)
			return string(b), true
		case c == '\\':
			var ok bool
			if b, ok = p.escape(b); !ok {
				return "", false
			}
		case c < 0x20:
			return "", p.fail(fmt.Sprintf("the control character 0x%02x may not stand in a string", c), `write it as an escape, e.g. \n`)
		default:
			_, size := utf8.DecodeRune(p.data[p.at:])
			b = append(b, p.data[p.at:p.at+size]...)
			p.step(size)
		}
	}
	return "", p.failAt(open, "the string that opens here is not closed", "")
}

func (p *jsonParser) escape(b []byte) ([]byte, bool) {
	if p.at+1 >= len(p.data) {
		return nil, p.fail("the file ends in the middle of a string", "")
	}
	c := p.data[p.at+1]
	if i := bytes.IndexByte([]byte(`"\/bfnrt`), c); i >= 0 {
		p.step(2)
		return append(b, "\"\\/\b\f\n\r\t"[i]), true
	}
	if c != 'u' {
		return nil, p.fail(fmt.Sprintf("\\%c is no escape that JSON knows", c), "")
	}
	r, ok := p.hex()
	if !ok {
		return nil, false
	}
	if utf16.IsSurrogate(r) && p.at+1 < len(p.data) && p.data[p.at] == '\\' && p.data[p.at+1] == 'u' {
		low, ok := p.hex()
		if !ok {
			return nil, false
		}
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return utf8.AppendRune(b, pair), true
		}
		return utf8.AppendRune(utf8.AppendRune(b, utf8.RuneError), low), true
	}
	return utf8.AppendRune(b, r), true
}

func (p *jsonParser) hex() (rune, bool) {
	if p.at+6 > len(p.data) {
		return 0, p.fail("the file ends in the middle of an escape", "")
	}
	v, err := strconv.ParseUint(string(p.data[p.at+2:p.at+6]), 16, 32)
	if err != nil {
		return 0, p.fail(`\u needs four hexadecimal digits`, "")
	}
	p.step(6)
	return rune(v), true
}
