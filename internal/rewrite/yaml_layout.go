package rewrite

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// textLine is a line of a text: text[start:end], and where the next one begins.
type textLine struct{ start, end, next int }

// breakAt is the length of the line break at i, 0 where there is none. YAML's own list, since the parser counts by it.
func breakAt(text string, i int) int {
	switch {
	case text[i] == '\n':
		return 1
	case text[i] == '\r':
		if i+1 < len(text) && text[i+1] == '\n' {
			return 2
		}
		return 1
	case text[i] == 0xc2 && strings.HasPrefix(text[i:], "\u0085"):
		return 2
	case text[i] == 0xe2 && (strings.HasPrefix(text[i:], "\u2028") || strings.HasPrefix(text[i:], "\u2029")):
		return 3
	}
	return 0
}

func textLines(text string) []textLine {
	var out []textLine
	start := 0
	for i := 0; i < len(text); {
		n := breakAt(text, i)
		if n == 0 {
			i++
			continue
		}
		out = append(out, textLine{start, i, i + n})
		i += n
		start = i
	}
	return append(out, textLine{start, len(text), len(text)})
}

// piece is a value of a YAML document and where its text stands.
type piece struct {
	kind  yaml.Kind
	style yaml.Style
	// start and end are bytes of the text, anchor and tag included. A missing value has none: start is end.
	start, end int
	col        int  // of the start, in bytes from the start of its line
	flow       bool // it is a flow collection, or stands in one
	marked     bool // an anchor, an alias or a tag
	colon      int  // of a member's value: where its colon stands; -1 where there is none
	keys       []*piece
	values     []*piece // of a mapping, or a list's items
	dashes     []int    // of a block list: where each item's dash stands
	bare       bool     // a mapping of one pair in a flow list, without braces
	header     int      // of a block scalar: the end of its | and what belongs to it
	name       string   // of a key: its text as the parser read it
}

func (p *piece) missing() bool { return p.start == p.end }
func (p *piece) block() bool {
	return p.kind == yaml.ScalarNode && p.style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
}

// layout finds where every value of a YAML document stands.
type layout struct {
	text  string
	lines []textLine
	err   error
}

func (l *layout) fail(at int, format string, args ...any) *piece {
	if l.err == nil {
		l.err = fmt.Errorf("line %d: %s", l.line(at)+1, fmt.Sprintf(format, args...))
	}
	return &piece{start: at, end: at, colon: -1}
}

// offset turns the parser's line and column into a byte offset.
func (l *layout) offset(n *yaml.Node) int {
	if n.Line < 1 || n.Line > len(l.lines) {
		return len(l.text)
	}
	at := l.lines[n.Line-1].start
	for c := 1; c < n.Column && at < len(l.text); c++ {
		_, size := utf8.DecodeRuneInString(l.text[at:])
		at += size
	}
	return at
}

// line is the index of the line that holds an offset.
func (l *layout) line(at int) int {
	low, high := 0, len(l.lines)-1
	for low < high {
		mid := (low + high + 1) / 2
		if l.lines[mid].start <= at {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return low
}

func (l *layout) lineStart(at int) int { return l.lines[l.line(at)].start }
func (l *layout) lineEnd(at int) int   { return l.lines[l.line(at)].end }

// space skips white space, line breaks and comments.
func (l *layout) space(at int) int {
	for at < len(l.text) {
		switch n := breakAt(l.text, at); {
		case n > 0:
			at += n
		case l.text[at] == ' ' || l.text[at] == '\t':
			at++
		case l.text[at] == '#' && (at == 0 || strings.ContainsRune(" \t\r\n", rune(l.text[at-1]))):
			at = l.lineEnd(at)
		default:
			return at
		}
	}
	return at
}

// build places a node. parent is the indentation that a block scalar's content must exceed; from is where the search for
// a missing value begins.
func (l *layout) build(n *yaml.Node, parent, from int, flow bool) *piece {
	if l.err != nil {
		return &piece{colon: -1}
	}
	if n.Kind == yaml.ScalarNode && n.Value == "" && n.Style == 0 && n.Anchor == "" {
		return &piece{kind: n.Kind, start: from, end: from, col: parent, flow: flow, colon: -1}
	}
	at := l.offset(n)
	p := &piece{kind: n.Kind, style: n.Style, name: n.Value, start: at, col: at - l.lineStart(at), flow: flow, colon: -1}
	p.marked = n.Kind == yaml.AliasNode || n.Anchor != "" || n.Style&yaml.TaggedStyle != 0
	if n.Kind != yaml.AliasNode {
		at = l.marks(p, at)
	}
	switch n.Kind {
	case yaml.AliasNode:
		p.end = at + 1 + len(n.Value)
	case yaml.MappingNode:
		l.mapping(p, n, at, parent)
	case yaml.SequenceNode:
		l.list(p, n, at)
	default:
		l.scalar(p, n, at, parent)
	}
	return p
}

// marks skips anchors and tags.
func (l *layout) marks(p *piece, at int) int {
	for l.at(at) == '&' || l.at(at) == '!' {
		p.marked = true
		for at < len(l.text) && !strings.ContainsRune(" \t\r\n,]}", rune(l.text[at])) {
			at++
		}
		p.end = at
		at = l.space(at)
	}
	return at
}

func (l *layout) at(i int) byte {
	if i < len(l.text) {
		return l.text[i]
	}
	return 0
}

func (l *layout) mapping(p *piece, n *yaml.Node, at, parent int) {
	p.flow = p.flow || n.Style&yaml.FlowStyle != 0
	p.bare = p.flow && l.at(at) != '{'
	end := at
	if p.flow && !p.bare {
		end++
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := l.build(n.Content[i], parent, l.space(end), p.flow)
		if l.err != nil {
			return
		}
		if key.start < end && i > 0 || key.kind != yaml.ScalarNode {
			l.fail(key.start, "this key cannot be told apart from what stands around it")
			return
		}
		if i == 0 && !p.flow && l.at(at) != '?' {
			p.col = key.col
			if !p.marked {
				p.start = key.start
			}
		}
		colon, from := l.colon(key, p.flow)
		value := l.build(n.Content[i+1], key.col, from, p.flow)
		value.colon = colon
		end = max(from, value.end)
		p.keys, p.values = append(p.keys, key), append(p.values, value)
	}
	if p.flow && !p.bare {
		end = l.closing(end, '}')
	}
	p.end = end
}

// colon finds the colon behind a key, -1 where there is none, and where a value may begin.
func (l *layout) colon(key *piece, flow bool) (colon, from int) {
	colon = l.space(key.end)
	if l.at(colon) == ':' {
		return colon, colon + 1
	}
	if !flow {
		l.fail(key.start, "only keys of the form \"key: value\" can be changed")
	}
	return -1, key.end
}

// closing finds the bracket that ends a flow collection, behind its last value.
func (l *layout) closing(at int, bracket byte) int {
	at = l.space(at)
	if l.at(at) == ',' {
		at = l.space(at + 1)
	}
	if l.at(at) != bracket {
		l.fail(at, "the %q that ends this value was not found", string(bracket))
		return at
	}
	return at + 1
}

func (l *layout) list(p *piece, n *yaml.Node, at int) {
	p.flow = p.flow || n.Style&yaml.FlowStyle != 0
	end := at
	if p.flow {
		if l.at(at) != '[' {
			l.fail(at, "the \"[\" that begins this list was not found")
			return
		}
		end++
	} else if p.marked {
		p.col = at - l.lineStart(at)
	}
	for _, c := range n.Content {
		from := l.space(end)
		if p.flow {
			if l.at(from) == ',' {
				from++
			}
		} else {
			if l.at(from) != '-' || from-l.lineStart(from) != p.col {
				l.fail(from, "the dash of this item was not found")
				return
			}
			p.dashes = append(p.dashes, from)
			from++
		}
		item := l.build(c, p.col, from, p.flow)
		if l.err != nil {
			return
		}
		end = max(from, item.end)
		p.values = append(p.values, item)
	}
	if p.flow {
		end = l.closing(end, ']')
	}
	p.end = end
}

func (l *layout) scalar(p *piece, n *yaml.Node, at, parent int) {
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		p.end = l.quoted(at, '"')
	case n.Style&yaml.SingleQuotedStyle != 0:
		p.end = l.quoted(at, '\'')
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		l.blockScalar(p, at, parent)
	default:
		p.end = l.plain(at, n.Value)
	}
}

func (l *layout) quoted(at int, quote byte) int {
	if l.at(at) != quote {
		l.fail(at, "the quote that begins this text was not found")
		return at
	}
	for i := at + 1; i < len(l.text); i++ {
		switch {
		case l.text[i] == '\\' && quote == '"':
			i++
		case l.text[i] == quote && quote == '\'' && l.at(i+1) == quote:
			i++
		case l.text[i] == quote:
			return i + 1
		}
	}
	l.fail(at, "the quote that ends this text was not found")
	return at
}

// plain matches the value's characters against the text; breaks between lines are folded in the value.
func (l *layout) plain(at int, value string) int {
	i := at
	for _, r := range value {
		if r == ' ' || r == '\t' || r == '\n' {
			continue
		}
		for i < len(l.text) {
			if n := breakAt(l.text, i); n > 0 {
				i += n
			} else if l.text[i] == ' ' || l.text[i] == '\t' {
				i++
			} else {
				break
			}
		}
		got, size := utf8.DecodeRuneInString(l.text[i:])
		if got != r {
			l.fail(at, "where this text ends cannot be told")
			return at
		}
		i += size
	}
	return i
}

// blockScalar finds the end of a text that begins with | or >: the last of its lines that is not blank, or with |+ the
// last blank one that belongs to it.
func (l *layout) blockScalar(p *piece, at, parent int) {
	if c := l.at(at); c != '|' && c != '>' {
		l.fail(at, "the | or > that begins this text was not found")
		return
	}
	p.header = at + 1
	for p.header < len(l.text) && strings.IndexByte("+-0123456789", l.text[p.header]) >= 0 {
		p.header++
	}
	indicator := l.text[at:p.header]
	keep := strings.Contains(indicator, "+")
	indent := 0 // of the content; 0 as long as it is not known
	if i := strings.IndexAny(indicator, "123456789"); i >= 0 {
		indent = max(parent, 0) + int(indicator[i]-'0')
	}
	p.end = l.lineEnd(at)
	for _, line := range l.lines[l.line(at)+1:] {
		text := l.text[line.start:line.end]
		spaces := len(text) - len(strings.TrimLeft(text, " "))
		if spaces == len(text) { // blank; content where it is longer than the indentation
			if indent > 0 && spaces > indent || keep && line.start < len(l.text) {
				p.end = line.end
			}
			continue
		}
		if indent == 0 && spaces > parent {
			indent = spaces
		}
		if indent == 0 || spaces < indent {
			break
		}
		p.end = line.end
	}
}
