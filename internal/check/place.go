package check

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"askflow/internal/source"
	"askflow/internal/token"
)

// text is a workflow file as it was written. It finds the place of a token inside a field, whatever way the field is
// written: the n-th "{{" of the field's text is the n-th one in the file from where the field begins.
type text struct {
	style token.Style
	data  []byte
	lines []int // where each line begins, made on first use
}

func newText(file string, data []byte) *text {
	t := &text{style: token.YAML, data: bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))}
	if strings.HasSuffix(strings.ToLower(file), ".json") {
		t.style = token.JSON
	}
	return t
}

// place finds the file position of the token at offset in a text node.
func (t *text) place(n *source.Node, offset int) source.Pos {
	if pos, ok := t.search(n, offset); ok {
		return pos
	}
	return token.Place(n, t.style, offset)
}

func (t *text) search(n *source.Node, offset int) (source.Pos, bool) {
	if len(t.data) == 0 || n == nil || offset < 0 || offset > len(n.Text) || !strings.HasPrefix(n.Text[offset:], "{{") {
		return source.Pos{}, false
	}
	at, ok := t.offset(n.Pos)
	if !ok {
		return source.Pos{}, false
	}
	end := t.end(at)
	for nth := braces(n.Text[:offset+1]); ; nth-- {
		next := bytes.Index(t.data[at:end], []byte("{{"))
		if next < 0 {
			return source.Pos{}, false
		}
		at += next
		if nth == 0 {
			break
		}
		at++
	}
	// An escaped brace earlier in the field would lead to another token: compare how this one begins.
	if word(string(t.data[at:min(len(t.data), at+200)])) != word(n.Text[offset:]) {
		return source.Pos{}, false
	}
	return t.pos(at), true
}

// end bounds where the text that begins at an offset can reach: to the closing quote of a quoted one.
func (t *text) end(at int) int {
	if at >= len(t.data) || t.data[at] != '"' {
		return len(t.data)
	}
	for i := at + 1; i < len(t.data); i++ {
		switch t.data[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return len(t.data)
}

// braces counts "{{", overlapping ones too.
func braces(s string) int {
	n := 0
	for i := 0; i+1 < len(s); i++ {
		if s[i] == '{' && s[i+1] == '{' {
			n++
		}
	}
	return n
}

// word is the first name inside a token.
func word(s string) string {
	s = strings.TrimLeft(s, "{ \t\r\n")
	if end := strings.IndexFunc(s, func(r rune) bool { return r != '_' && !('a' <= r && r <= 'z') && !('0' <= r && r <= '9') }); end >= 0 {
		s = s[:end]
	}
	return s
}

func (t *text) index() {
	if t.lines != nil {
		return
	}
	t.lines = []int{0}
	for i, b := range t.data {
		if b == '\n' {
			t.lines = append(t.lines, i+1)
		}
	}
}

// offset is where a position is in the data.
func (t *text) offset(pos source.Pos) (int, bool) {
	t.index()
	if pos.Line < 1 || pos.Line > len(t.lines) || pos.Col < 1 {
		return 0, false
	}
	at := t.lines[pos.Line-1]
	for i := 1; i < pos.Col && at < len(t.data); i++ {
		_, size := utf8.DecodeRune(t.data[at:])
		at += size
	}
	return at, true
}

func (t *text) pos(offset int) source.Pos {
	t.index()
	line := 0
	for low, high := 0, len(t.lines); low < high; {
		mid := (low + high) / 2
		if t.lines[mid] <= offset {
			line, low = mid, mid+1
		} else {
			high = mid
		}
	}
	return source.Pos{Line: line + 1, Col: 1 + utf8.RuneCount(t.data[t.lines[line]:offset])}
}
