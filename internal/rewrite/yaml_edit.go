package rewrite

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"

	"askflow/internal/source"
)

// edit replaces text[start:end].
type edit struct {
	start, end int
	text       string
}

// yamlText plans changes of a YAML text.
type yamlText struct {
	*layout
	root *piece
	eol  string
	unit int
}

func newYAMLText(text string) (*yamlText, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		return nil, err
	}
	y := &yamlText{layout: &layout{text: text, lines: textLines(text)}, eol: lineEnding(text)}
	if len(doc.Content) == 0 {
		return nil, fmt.Errorf("the file is empty")
	}
	y.root = y.build(doc.Content[0], -1, 0, false)
	if y.err != nil {
		return nil, y.err
	}
	y.unit = indentUnit(y.root)
	if y.unit == 0 {
		y.unit = 2
	}
	return y, nil
}

// lineEnding is the one that a text uses first.
func lineEnding(text string) string {
	if i := strings.IndexByte(text, '\n'); i > 0 && text[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// indentUnit is how far the first nested object of a document is indented, 0 where nothing nests.
func indentUnit(p *piece) int {
	for _, v := range p.values {
		if p.kind == yaml.MappingNode && v.kind == yaml.MappingNode && !v.flow && v.col > p.col && v.col-p.col <= 8 {
			return v.col - p.col
		}
		if n := indentUnit(v); n > 0 {
			return n
		}
	}
	return 0
}

// spot is a place that a path leads to.
type spot struct {
	p      *piece
	parent *piece // nil for the root
	index  int    // in the parent's values
	lead   int    // behind the colon or the dash; -1 in a flow list and for the root
	col    int    // of the key or the dash
}

func (y *yamlText) find(at Path) (spot, error) {
	s := spot{p: y.root, lead: -1, col: -y.unit}
	for i, part := range at {
		if s.p.kind == yaml.AliasNode {
			return s, fmt.Errorf("%s is an alias (*) of a value that stands elsewhere; changing it would change both. Write the value out first", at[:i])
		}
		s.parent, s.index = s.p, -1
		if part.item && s.p.kind == yaml.SequenceNode && part.index < len(s.p.values) {
			s.index = part.index
		}
		if !part.item && s.p.kind == yaml.MappingNode {
			for j, k := range s.p.keys {
				if k.name == part.key {
					s.index = j
				}
			}
		}
		if s.index < 0 {
			return s, missing(at[:i+1])
		}
		s.p = s.parent.values[s.index]
		switch {
		case !part.item:
			s.lead, s.col = s.p.colon+1, s.parent.keys[s.index].col
		case !s.parent.flow:
			s.lead, s.col = s.parent.dashes[s.index]+1, s.parent.col
		default:
			s.lead = -1
		}
	}
	return s, nil
}

// join makes the lines below a line.
func (y *yamlText) join(lines []string) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(y.eol + l)
	}
	return b.String()
}

// set plans the replacement of a value.
func (y *yamlText) set(at Path, value *source.Node, e emitter) ([]edit, error) {
	s, err := y.find(at)
	switch {
	case err != nil:
		return nil, err
	case s.parent == nil:
		return nil, fmt.Errorf("a whole document cannot be replaced in place")
	case s.p.marked:
		return nil, fmt.Errorf("line %d: the value carries an anchor, an alias or a tag (&, *, !); changing it could change other places. Write it without first", y.line(s.p.start)+1)
	case s.parent.flow:
		return y.setFlow(s, value), nil
	}
	p := s.p
	e.quote = p.quote()
	if p.block() {
		e.unit = y.contentIndent(p, s.col)
	}
	if p.flow && len(p.values) > 0 && !value.IsScalar() {
		return []edit{{p.start, p.end, flowText(value)}}, nil
	}
	if s.parent.kind == yaml.SequenceNode && !value.IsScalar() {
		lines := e.item(value, s.col, 0)
		text := lines[0][s.col+1:] + y.join(lines[1:])
		return []edit{{s.lead, max(p.end, s.lead), text}}, nil
	}
	head, tail := e.value(value, s.col, 0)
	return y.replace(s, head, tail), nil
}

// quote is the quote that a text stands in, 0 for none.
func (p *piece) quote() byte {
	switch {
	case p.kind != yaml.ScalarNode || p.missing():
		return 0
	case p.style&yaml.DoubleQuotedStyle != 0:
		return '"'
	case p.style&yaml.SingleQuotedStyle != 0:
		return '\''
	}
	return 0
}

// contentIndent is how much deeper than its key a block's content stands.
func (y *yamlText) contentIndent(p *piece, col int) int {
	for i := y.line(p.start) + 1; i < len(y.lines) && y.lines[i].start <= p.end; i++ {
		line := y.text[y.lines[i].start:y.lines[i].end]
		trimmed := strings.TrimLeft(line, " ")
		indent := len(line) - len(trimmed)
		if trimmed == "" || indent <= col {
			continue
		}
		if d := strings.IndexAny(y.text[p.start:p.header], "123456789"); d >= 0 {
			return int(y.text[p.start+d] - '0')
		}
		return indent - col
	}
	return y.unit
}

// replace puts head behind the key and tail below its line, in the place of what stood there; comments stay.
func (y *yamlText) replace(s spot, head string, tail []string) []edit {
	p := s.p
	lead := head
	if head != "" {
		lead = " " + head
	}
	switch {
	case p.missing():
		return []edit{{s.lead, s.lead, lead}, {y.lineEnd(s.lead), y.lineEnd(s.lead), y.join(tail)}}
	case p.block():
		below := y.lineEnd(p.start)
		return []edit{{s.lead, p.header, lead}, {below, max(below, p.end), y.join(tail)}}
	case y.line(p.start) == y.line(s.lead) && (p.flow || p.kind == yaml.ScalarNode):
		if head == "" {
			return []edit{{s.lead, p.end, ""}, {y.lineEnd(p.end), y.lineEnd(p.end), y.join(tail)}}
		}
		return []edit{{p.start, p.end, head}, {y.lineEnd(p.end), y.lineEnd(p.end), y.join(tail)}}
	case y.line(p.start) == y.line(s.lead): // the first key of an object behind a dash
		return []edit{{p.start, p.end, head + y.join(tail)}}
	case len(tail) == 0 && (p.flow || p.kind == yaml.ScalarNode):
		return []edit{{p.start, p.end, head}}
	}
	above := y.lines[y.line(p.start)-1].end
	return []edit{{s.lead, s.lead, lead}, {above, y.lineEnd(p.end), y.join(tail)}}
}

// setFlow plans a replacement inside of braces or brackets.
func (y *yamlText) setFlow(s spot, value *source.Node) []edit {
	text := flowText(value)
	switch {
	case !s.p.missing():
		if s.p.kind == yaml.ScalarNode && value.Kind == source.String {
			quote := byte(0)
			if c := y.text[s.p.start]; c == '"' || c == '\'' {
				quote = c
			}
			text = yamlScalar(value, scalarPlace{flow: true, quote: quote})
		}
		return []edit{{s.p.start, s.p.end, text}}
	case s.p.colon < 0 && len(s.parent.keys) > 0:
		end := s.parent.keys[s.index].end
		return []edit{{end, end, ": " + text}}
	default:
		return []edit{{s.lead, s.lead, " " + text}}
	}
}

// valueEnd is where a member or an item ends, also one without a value.
func (y *yamlText) valueEnd(p *piece, i int) int {
	v := p.values[i]
	end := v.end
	if v.colon >= 0 {
		end = max(end, v.colon+1)
	}
	if i < len(p.dashes) {
		end = max(end, p.dashes[i]+1)
	}
	if i < len(p.keys) {
		end = max(end, p.keys[i].end)
	}
	return end
}

// tailEnd is the end of the last line that belongs to what ends at the offset: comments that are indented deeper than col
// belong to it.
func (y *yamlText) tailEnd(end, col int) int {
	last := y.line(end)
	for i := last + 1; i < len(y.lines); i++ {
		line := y.text[y.lines[i].start:y.lines[i].end]
		trimmed := strings.TrimLeft(line, " ")
		switch {
		case strings.TrimSpace(trimmed) == "":
			continue
		case trimmed[0] == '#' && len(line)-len(trimmed) > col:
			last = i
			continue
		}
		break
	}
	return y.lines[last].end
}

// insertKey plans a new member of an object; place counts the members before it.
func (y *yamlText) insertKey(at Path, place int, key string, value *source.Node, e emitter) ([]edit, error) {
	s, err := y.find(at)
	if err != nil {
		return nil, err
	}
	p := s.p
	if p.missing() || p.flow && len(p.keys) == 0 && s.parent != nil && !s.parent.flow {
		object := source.NewObject(source.Pos{})
		object.Set(key, value)
		e.open++
		return y.set(at, object, e)
	}
	if p.kind != yaml.MappingNode || p.bare || p.kind == yaml.AliasNode {
		return nil, fmt.Errorf("line %d: a key cannot be put here in place; write the value as an object first", y.line(p.start)+1)
	}
	if p.flow {
		return y.insertFlow(p, place, flowMember(key, value)), nil
	}
	lines := e.member(key, value, p.col, 0)
	if place == 0 {
		return []edit{{p.keys[0].start, p.keys[0].start, lines[0][p.col:] + y.join(lines[1:]) + y.eol + strings.Repeat(" ", p.col)}}, nil
	}
	end := y.tailEnd(y.valueEnd(p, place-1), p.col)
	return []edit{{end, end, y.join(lines)}}, nil
}

// insertItem plans a new item of a list.
func (y *yamlText) insertItem(at Path, place int, value *source.Node, e emitter) ([]edit, error) {
	s, err := y.find(at)
	if err != nil {
		return nil, err
	}
	p := s.p
	if p.missing() || p.flow && len(p.values) == 0 && s.parent != nil && !s.parent.flow {
		if !value.IsScalar() {
			e.open++
		}
		return y.set(at, source.NewArray(source.Pos{}, value), e)
	}
	if p.kind != yaml.SequenceNode {
		return nil, fmt.Errorf("line %d: an item cannot be put here in place; write the value as a list first", y.line(p.start)+1)
	}
	if p.flow {
		return y.insertFlow(p, place, flowText(value)), nil
	}
	lines := e.item(value, p.col, 0)
	if place == 0 {
		if y.apart(p, 0) {
			lines = append(lines, "")
		}
		return []edit{{p.dashes[0], p.dashes[0], lines[0][p.col:] + y.join(lines[1:]) + y.eol + strings.Repeat(" ", p.col)}}, nil
	}
	if y.apart(p, min(place-1, len(p.values)-2)) {
		lines = append([]string{""}, lines...)
	}
	end := y.tailEnd(y.valueEnd(p, place-1), p.col)
	return []edit{{end, end, y.join(lines)}}, nil
}

// apart tells whether an empty line stands between an item and the next one.
func (y *yamlText) apart(p *piece, i int) bool {
	if i < 0 || i+1 >= len(p.dashes) || y.keeps(p.values[i]) {
		return false
	}
	for l := y.line(y.valueEnd(p, i)) + 1; l < y.line(p.dashes[i+1]); l++ {
		if y.blank(l) {
			return true
		}
	}
	return false
}

func (y *yamlText) blank(line int) bool {
	return line >= 0 && line < len(y.lines) && strings.TrimSpace(y.text[y.lines[line].start:y.lines[line].end]) == ""
}

// keeps tells whether empty lines behind a value belong to it.
func (y *yamlText) keeps(p *piece) bool {
	last := lastPiece(p)
	return last.block() && strings.Contains(y.text[last.start:last.header], "+")
}

func (y *yamlText) insertFlow(p *piece, place int, text string) []edit {
	switch {
	case len(p.values) == 0:
		return []edit{{p.start + 1, p.start + 1, text}}
	case place == 0:
		first := p.values[0].start
		if len(p.keys) > 0 {
			first = p.keys[0].start
		}
		return []edit{{first, first, text + ", "}}
	default:
		end := y.valueEnd(p, place-1)
		return []edit{{end, end, ", " + text}}
	}
}
