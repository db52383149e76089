package rewrite

import (
	"fmt"
	"regexp"
	"strings"

	"askflow/internal/source"
)

// scalarPlace says where a scalar is going to stand.
type scalarPlace struct {
	flow  bool // in { } or [ ]
	key   bool
	quote byte // the quote that is liked there: " or ', 0 for none
}

// yamlScalar writes a scalar on one line, so that it reads back as it is.
func yamlScalar(n *source.Node, at scalarPlace) string {
	switch n.Kind {
	case source.Null:
		return "null"
	case source.Number, source.Bool:
		if at.key {
			return doubleQuoted(n.Text)
		}
		return n.Text
	}
	quotable := !strings.ContainsFunc(n.Text, unprintable)
	switch {
	case !quotable || at.quote == '"':
		return doubleQuoted(n.Text)
	case at.quote == '\'':
		return "'" + strings.ReplaceAll(n.Text, "'", "''") + "'"
	case plainSafe(n.Text, at):
		return n.Text
	default:
		return doubleQuoted(n.Text)
	}
}

// unprintable characters stand in double quotes only.
func unprintable(r rune) bool {
	return r < 0x20 || r >= 0x7f && r < 0xa0 || source.TurnsText(r) || r == '\ufeff' || r == '\ufffe' || r == '\uffff' || r == '\ufffd'
}

// otherTypes are plain scalars that some reader of YAML takes for something else than text.
var otherTypes = regexp.MustCompile(`^(?:[-+]?[0-9][0-9_]*|[-+]?0[xob][0-9a-fA-F_]+|[-+]?(?:\.[0-9_]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?` +
	`|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?|[-+]?\.(?i:inf|nan)` +
	`|(?i:true|false|yes|no|on|off|y|n|null)|~|=|<<)$`)

// plainSafe tells whether text needs no quotes at a place: it asks the parser.
func plainSafe(text string, at scalarPlace) bool {
	if text == "" || len(text) > 1000 || strings.TrimSpace(text) != text || strings.ContainsFunc(text, unprintable) || otherTypes.MatchString(text) {
		return false
	}
	if strings.IndexByte("-?:,[]{}#&*!|>'\"%@`", text[0]) >= 0 {
		return false
	}
	probes := []string{"k: " + text + "\n", "- " + text + "\n"}
	if at.flow {
		probes = []string{"{k: " + text + "}\n", "[" + text + "]\n"}
	}
	if at.key {
		probes = []string{text + ": v\n"}
		if at.flow {
			probes = []string{"{" + text + ": v}\n"}
		}
	}
	for _, probe := range probes {
		n, problems := source.ParseYAML("", []byte(probe))
		if n == nil || problems.HasErrors() || !isText(n, text, at.key) {
			return false
		}
	}
	return true
}

func isText(n *source.Node, text string, key bool) bool {
	switch {
	case key:
		return len(n.Members) == 1 && n.Members[0].Key == text && n.Members[0].Value.Text == "v"
	case len(n.Members) == 1:
		n = n.Members[0].Value
	case len(n.Items) == 1:
		n = n.Items[0]
	}
	return n.Kind == source.String && n.Text == text
}

func doubleQuoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case unprintable(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// emitter writes values as YAML.
type emitter struct {
	unit  int  // spaces of one level of indentation
	quote byte // the quote that a single scalar likes
	lines bool // text of several lines may become a block
	open  int  // objects and lists that nest less deep than this get lines of their own
}

// value writes what follows a key or a dash at column col: head on its line, and the lines below.
func (e emitter) value(n *source.Node, col, depth int) (head string, tail []string) {
	switch {
	case n.Kind == source.String && e.lines && strings.Contains(n.Text, "\n"):
		if head, tail, ok := e.literal(n.Text, col); ok {
			return head, tail
		}
		return doubleQuoted(n.Text), nil
	case n.Kind != source.Array && n.Kind != source.Object:
		return yamlScalar(n, scalarPlace{quote: e.quote}), nil
	case len(n.Items)+len(n.Members) == 0 || depth >= e.open && small(n):
		return flowText(n), nil
	}
	e.quote = 0
	for _, it := range n.Items {
		tail = append(tail, e.item(it, col+e.unit, depth+1)...)
	}
	for _, m := range n.Members {
		tail = append(tail, e.member(m.Key, m.Value, col+e.unit, depth+1)...)
	}
	return "", tail
}

// member writes "key: value" at column col.
func (e emitter) member(key string, value *source.Node, col, depth int) []string {
	head, tail := e.value(value, col, depth)
	first := strings.Repeat(" ", col) + yamlScalar(source.NewString(key, source.Pos{}), scalarPlace{key: true}) + ":"
	if head != "" {
		first += " " + head
	}
	return append([]string{first}, tail...)
}

// item writes "- value" at column col. An object's first key, or a list's first item, stands behind the dash.
func (e emitter) item(value *source.Node, col, depth int) []string {
	space := strings.Repeat(" ", col)
	head, tail := e.value(value, col, depth)
	if head != "" {
		return append([]string{space + "- " + head}, tail...)
	}
	e.quote = 0
	var lines []string
	for _, m := range value.Members {
		lines = append(lines, e.member(m.Key, m.Value, col+2, depth+1)...)
	}
	for _, it := range value.Items {
		lines = append(lines, e.item(it, col+2, depth+1)...)
	}
	lines[0] = space + "- " + lines[0][col+2:]
	return lines
}

// literal writes text as a block. Not every text can be one: a carriage return would end a line.
func (e emitter) literal(text string, col int) (head string, lines []string, ok bool) {
	body := strings.TrimRight(text, "\n")
	if strings.TrimSpace(body) == "" || strings.ContainsFunc(text, func(r rune) bool { return unprintable(r) && r != '\n' && r != '\t' }) {
		return "", nil, false
	}
	head = "|"
	if c := body[0]; c == ' ' || c == '\n' || c == '\t' {
		if e.unit > 9 {
			return "", nil, false
		}
		head += fmt.Sprint(e.unit)
	}
	ends := len(text) - len(body)
	switch {
	case ends == 0:
		head += "-"
	case ends > 1:
		head += "+"
		body += strings.Repeat("\n", ends-1)
	}
	space := strings.Repeat(" ", max(col+e.unit, 0))
	for _, line := range strings.Split(body, "\n") {
		if line != "" {
			line = space + line
		}
		lines = append(lines, line)
	}
	return head, lines, true
}

// flowText writes a value on one line.
func flowText(n *source.Node) string {
	switch n.Kind {
	case source.Array:
		parts := make([]string, len(n.Items))
		for i, it := range n.Items {
			parts[i] = flowText(it)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case source.Object:
		parts := make([]string, len(n.Members))
		for i, m := range n.Members {
			parts[i] = flowMember(m.Key, m.Value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	default:
		return yamlScalar(n, scalarPlace{flow: true})
	}
}

func flowMember(key string, value *source.Node) string {
	return yamlScalar(source.NewString(key, source.Pos{}), scalarPlace{flow: true, key: true}) + ": " + flowText(value)
}

// small tells whether a value reads well on one line: a list of a few scalars, an object of a few scalars, or of objects
// of scalars.
func small(n *source.Node) bool {
	width := 0
	for _, it := range n.Items {
		if !it.IsScalar() || strings.Contains(it.Text, "\n") {
			return false
		}
		width += len(it.Text) + 2
	}
	for _, m := range n.Members {
		if m.Value.Kind == source.Array && len(m.Value.Items) == 0 || !m.Value.IsScalar() && !small(m.Value) || strings.Contains(m.Value.Text, "\n") {
			return false
		}
		width += len(m.Key) + 2
		if m.Value.IsScalar() {
			width += len(m.Value.Text) + 2
		} else {
			width += len(flowText(m.Value))
		}
	}
	return width <= 90
}
