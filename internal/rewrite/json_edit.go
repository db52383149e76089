package rewrite

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"askflow/internal/source"
)

// jsonPiece is a value of a JSON text and where it stands.
type jsonPiece struct {
	start, end int
	open       byte // { or [ of an object or a list, 0 of a scalar
	keys       []jsonKey
	values     []*jsonPiece
}

type jsonKey struct {
	start int
	name  string
}

// jsonText plans changes of a JSON text that source.ParseJSON has accepted.
type jsonText struct {
	text string
	root *jsonPiece
	eol  string
	unit string // one level of indentation, "" where the text has none
	at   int
}

func newJSONText(text string) (*jsonText, error) {
	j := &jsonText{text: text, eol: lineEnding(text)}
	j.space()
	j.root = j.value()
	j.space()
	if j.at != len(text) || j.root == nil {
		return nil, fmt.Errorf("the text could not be read as JSON")
	}
	j.unit = j.indentUnit(j.root)
	return j, nil
}

func (j *jsonText) space() {
	for j.at < len(j.text) && strings.IndexByte(" \t\r\n", j.text[j.at]) >= 0 {
		j.at++
	}
}

func (j *jsonText) peek() byte {
	if j.at < len(j.text) {
		return j.text[j.at]
	}
	return 0
}

func (j *jsonText) str() {
	for j.at++; j.at < len(j.text) && j.text[j.at] != '"'; j.at++ {
		if j.text[j.at] == '\\' {
			j.at++
		}
	}
	j.at = min(j.at+1, len(j.text))
}

// value places one value. The text is known to be JSON that does not nest too deeply.
func (j *jsonText) value() *jsonPiece {
	p := &jsonPiece{start: j.at}
	switch c := j.peek(); c {
	case '{', '[':
		p.open = c
		j.at++
		for j.space(); j.peek() != 0 && j.peek() != c+2; j.space() { // ASCII has { } and [ ] two apart
			if j.peek() == ',' {
				j.at++
				continue
			}
			if c == '{' {
				key := jsonKey{start: j.at}
				j.str()
				if err := json.Unmarshal([]byte(j.text[key.start:j.at]), &key.name); err != nil {
					return nil
				}
				p.keys = append(p.keys, key)
				j.space()
				j.at++
				j.space()
			}
			v := j.value()
			if v == nil {
				return nil
			}
			p.values = append(p.values, v)
		}
		j.at = min(j.at+1, len(j.text))
	case '"':
		j.str()
	default:
		for j.at < len(j.text) && strings.IndexByte(" \t\r\n,]}", j.text[j.at]) < 0 {
			j.at++
		}
	}
	p.end = j.at
	if p.end == p.start {
		return nil
	}
	return p
}

// begin is where a member or an item begins.
func (p *jsonPiece) begin(i int) int {
	if p.open == '{' {
		return p.keys[i].start
	}
	return p.values[i].start
}

// indentation is the white space before an offset when nothing else stands before it on its line.
func (j *jsonText) indentation(at int) (string, bool) {
	start := strings.LastIndexByte(j.text[:at], '\n') + 1
	before := j.text[start:at]
	return before, start > 0 && strings.Trim(before, " \t") == ""
}

// lineIndent is the white space at the start of the line of an offset.
func (j *jsonText) lineIndent(at int) string {
	line := j.text[strings.LastIndexByte(j.text[:at], '\n')+1:]
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}

func (j *jsonText) indentUnit(p *jsonPiece) string {
	for i, v := range p.values {
		if inner, ok := j.indentation(p.begin(i)); ok {
			if outer := j.lineIndent(p.start); strings.HasPrefix(inner, outer) && len(inner) > len(outer) {
				return inner[len(outer):]
			}
		}
		if unit := j.indentUnit(v); unit != "" {
			return unit
		}
	}
	return ""
}

func (j *jsonText) find(at Path) (p, parent *jsonPiece, index int, err error) {
	p = j.root
	for i, part := range at {
		parent, index = p, -1
		if part.item && p.open == '[' && part.index < len(p.values) {
			index = part.index
		}
		if !part.item && p.open == '{' {
			for k := range p.keys {
				if p.keys[k].name == part.key {
					index = k // the last one counts
				}
			}
		}
		if index < 0 {
			return nil, nil, 0, missing(at[:i+1])
		}
		p = parent.values[index]
	}
	return p, parent, index, nil
}

// write is a value as JSON: on lines of its own, behind prefix, where lines is set.
func (j *jsonText) write(n *source.Node, prefix string, lines bool) string {
	compact := source.AppendJSON(nil, n)
	if !n.IsScalar() && lines && j.unit != "" {
		var b bytes.Buffer
		if err := json.Indent(&b, compact, prefix, j.unit); err == nil {
			return strings.ReplaceAll(b.String(), "\n", j.eol)
		}
	}
	if n.IsScalar() || n.Kind == source.Null || j.tight() {
		return string(compact)
	}
	return spaced(n)
}

// tight tells whether the text puts no space behind its colons.
func (j *jsonText) tight() bool { return j.unit == "" && !strings.Contains(j.text, `": `) }

// spaced writes a value on one line, with a space behind colons and commas.
func spaced(n *source.Node) string {
	var parts []string
	switch n.Kind {
	case source.Array:
		for _, it := range n.Items {
			parts = append(parts, spaced(it))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case source.Object:
		for _, m := range n.Members {
			parts = append(parts, string(source.AppendString(nil, m.Key))+": "+spaced(m.Value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	default:
		return string(source.AppendJSON(nil, n))
	}
}

func (j *jsonText) set(at Path, value *source.Node) ([]edit, error) {
	p, _, _, err := j.find(at)
	if err != nil {
		return nil, err
	}
	lines := p.open == 0 || len(p.values) == 0 || strings.Contains(j.text[p.start:p.end], "\n")
	return []edit{{p.start, p.end, j.write(value, j.lineIndent(p.start), lines)}}, nil
}

func (j *jsonText) insertKey(at Path, place int, key string, value *source.Node) ([]edit, error) {
	p, _, _, err := j.find(at)
	if err != nil {
		return nil, err
	}
	if p.open != '{' {
		object := source.NewObject(source.Pos{})
		object.Set(key, value)
		return j.set(at, object)
	}
	colon := ": "
	if j.tight() {
		colon = ":"
	}
	if place > 0 { // behind the last one of that name
		place = j.lastKey(p, p.keys[place-1].name) + 1
	}
	return j.insert(p, place, string(source.AppendString(nil, key))+colon, value), nil
}

func (j *jsonText) lastKey(p *jsonPiece, name string) int {
	last := 0
	for i, k := range p.keys {
		if k.name == name {
			last = i
		}
	}
	return last
}

func (j *jsonText) insertItem(at Path, place int, value *source.Node) ([]edit, error) {
	p, _, _, err := j.find(at)
	if err != nil {
		return nil, err
	}
	if p.open != '[' {
		return j.set(at, source.NewArray(source.Pos{}, value))
	}
	return j.insert(p, place, "", value), nil
}

// insert puts a member or an item into a container, on a line of its own where its neighbours have one.
func (j *jsonText) insert(p *jsonPiece, place int, lead string, value *source.Node) []edit {
	if len(p.values) == 0 {
		if j.unit == "" {
			return []edit{{p.start + 1, p.end - 1, lead + j.write(value, "", false)}}
		}
		outer := j.lineIndent(p.start)
		return []edit{{p.start + 1, p.end - 1, j.eol + outer + j.unit + lead + j.write(value, outer+j.unit, true) + j.eol + outer}}
	}
	indent, lines := j.indentation(p.begin(min(place, len(p.values)-1)))
	text := lead + j.write(value, indent, lines)
	between := ", "
	switch {
	case lines:
		between = "," + j.eol + indent
	case j.tight():
		between = ","
	}
	if place == 0 {
		return []edit{{p.begin(0), p.begin(0), text + between}}
	}
	end := p.values[place-1].end
	return []edit{{end, end, between + text}}
}

func (j *jsonText) remove(at Path) ([]edit, error) {
	p, parent, i, err := j.find(at)
	if err != nil {
		return nil, err
	}
	switch {
	case parent == nil:
		return nil, fmt.Errorf("a whole document cannot be taken out")
	case len(parent.values) == 1:
		return []edit{{parent.start + 1, parent.end - 1, ""}}, nil
	case i+1 < len(parent.values):
		return []edit{{parent.begin(i), parent.begin(i + 1), ""}}, nil
	default:
		return []edit{{parent.values[i-1].end, p.end, ""}}, nil
	}
}
