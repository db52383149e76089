package source

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// ParseYAML reads one YAML document. Keys must be text and unique; aliases are expanded within a limit; merge keys (<<)
// are refused because their meaning differs between readers. The node is nil when the problems hold an error, and for
// an empty document.
func ParseYAML(file string, data []byte) (*Node, Problems) {
	if problem, bad := checkText(file, data); bad {
		return nil, Problems{problem}
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	loader, err := yaml.NewLoader(bytes.NewReader(data), yaml.WithPlugin(depthLimit{}))
	if err != nil {
		return nil, Problems{yamlProblem(file, data, err)}
	}
	var doc yaml.Node
	if err := loader.Load(&doc); err != nil {
		if len(bytes.TrimSpace(data)) == 0 || strings.Contains(err.Error(), "EOF") {
			return nil, nil
		}
		return nil, Problems{yamlProblem(file, data, err)}
	}
	c := &yamlReader{file: file, open: map[*yaml.Node]bool{}}
	var root *Node
	if doc.Kind == yaml.DocumentNode {
		if len(doc.Content) == 0 {
			return nil, nil
		}
		root = c.node(doc.Content[0], 0)
	} else {
		root = c.node(&doc, 0)
	}
	if c.problems.HasErrors() {
		return nil, c.problems
	}
	if root != nil && root.Kind == Null {
		return nil, c.problems
	}
	var next yaml.Node
	if err := loader.Load(&next); err == nil {
		return nil, Problems{{Severity: SeverityError, Code: "bad_yaml", File: file, Line: next.Line, Col: next.Column,
			Message: "a second YAML document starts here; one file holds one"}}
	}
	return root, c.problems
}

// depthLimit stops the YAML parser before hostile nesting exhausts anything.
type depthLimit struct{}

func (depthLimit) CheckDepth(depth int, _ *yaml.DepthContext) error {
	if depth > MaxDepth {
		return fmt.Errorf("values nest deeper than %d levels", MaxDepth)
	}
	return nil
}

func (depthLimit) CheckAlias(int, int) error { return nil } // yamlReader counts for itself

type yamlReader struct {
	file     string
	problems Problems
	nodes    int
	open     map[*yaml.Node]bool // anchors being expanded, to catch one that holds itself
}

func (c *yamlReader) fail(n *yaml.Node, code, hint, format string, args ...any) *Node {
	c.problems = append(c.problems, Problem{Severity: SeverityError, Code: code, File: c.file,
		Line: n.Line, Col: n.Column, Message: fmt.Sprintf(format, args...), Hint: hint})
	return &Node{Pos: Pos{n.Line, n.Column}}
}

func (c *yamlReader) node(n *yaml.Node, depth int) *Node {
	c.nodes++
	switch {
	case c.nodes > maxNodes:
		if c.nodes == maxNodes+1 {
			return c.fail(n, "too_large", "", "the aliases of this file multiply it to more than %d values", maxNodes)
		}
		return &Node{}
	case depth > MaxDepth:
		return c.fail(n, "too_deep", "", "values nest deeper than %d levels", MaxDepth)
	}
	pos := Pos{n.Line, n.Column}
	switch n.Kind {
	case yaml.AliasNode:
		if n.Alias == nil || c.open[n.Alias] {
			return c.fail(n, "bad_alias", "", "the alias *%s stands inside what it names", n.Value)
		}
		c.open[n.Alias] = true
		defer delete(c.open, n.Alias)
		return c.node(n.Alias, depth+1)
	case yaml.SequenceNode:
		out := &Node{Kind: Array, Pos: pos, Items: make([]*Node, 0, len(n.Content))}
		for _, it := range n.Content {
			out.Items = append(out.Items, c.node(it, depth+1))
		}
		return out
	case yaml.MappingNode:
		return c.mapping(n, pos, depth)
	default:
		return c.scalar(n, pos)
	}
}

func (c *yamlReader) mapping(n *yaml.Node, pos Pos, depth int) *Node {
	out := &Node{Kind: Object, Pos: pos, Members: make([]Member, 0, len(n.Content)/2)}
	index := make(map[string]bool, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode:
			hint := ""
			if key.Kind == yaml.MappingNode && key.Style&yaml.FlowStyle != 0 {
				hint = quoteBraces
			}
			c.fail(key, "bad_key", hint, "a key must be text")
			continue
		case key.Tag == "!!merge" || key.Value == "<<" && key.Style == 0:
			c.fail(key, "merge_key", "write the keys out", "merge keys (<<) are not supported")
			continue
		case index[key.Value]:
			c.fail(key, "duplicate_key", "", "the key %q stands twice here", key.Value)
			continue
		}
		index[key.Value] = true
		out.Members = append(out.Members, Member{Key: key.Value, KeyPos: Pos{key.Line, key.Column}, Value: c.node(value, depth+1)})
	}
	return out
}

func (c *yamlReader) scalar(n *yaml.Node, pos Pos) *Node {
	out := &Node{Kind: String, Text: n.Value, Pos: pos, Quoted: n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0}
	if out.Quoted || n.Tag == "!!str" {
		return out
	}
	switch {
	case n.Tag == "!!null" && (n.Value == "" || n.Value == "~" || strings.EqualFold(n.Value, "null")):
		return &Node{Kind: Null, Pos: pos}
	case n.Value == "true" || n.Value == "false":
		out.Kind = Bool
	case ValidNumber(n.Value):
		out.Kind = Number
	case n.Tag == "!!binary":
		return c.fail(n, "bad_yaml", "", "binary values are not supported")
	}
	return out
}

// FormatYAML writes n as YAML with two-space indentation; text of several lines becomes a block, small lists and objects
// of scalars stay on one line.
func FormatYAML(n *Node) ([]byte, error) {
	var out bytes.Buffer
	d, err := yaml.NewDumper(&out, yaml.WithIndent(2), yaml.WithLineWidth(-1))
	if err != nil {
		return nil, err
	}
	if err := d.Dump(toYAML(n, 0)); err != nil {
		return nil, err
	}
	if err := d.Close(); err != nil {
		return nil, err
	}
	return escapeTurns(out.Bytes()), nil
}

// escapeTurns escapes characters that change the direction of text: they stand in double quotes only, see special.
func escapeTurns(text []byte) []byte {
	if !bytes.ContainsFunc(text, TurnsText) {
		return text
	}
	var out []byte
	for _, r := range string(text) {
		if TurnsText(r) {
			out = fmt.Appendf(out, `\u%04x`, r)
			continue
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}

func toYAML(n *Node, depth int) *yaml.Node {
	switch n.Kind {
	case Null:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
	case Bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: n.Text}
	case Number:
		tag := "!!int"
		if strings.ContainsAny(n.Text, ".eE") {
			tag = "!!float"
		}
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: n.Text}
	case Array:
		out := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, it := range n.Items {
			out.Content = append(out.Content, toYAML(it, depth+1))
		}
		if oneLine(n) && depth > 0 {
			out.Style = yaml.FlowStyle
		}
		return out
	case Object:
		out := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		for _, m := range n.Members {
			out.Content = append(out.Content, stringYAML(m.Key), toYAML(m.Value, depth+1))
		}
		if oneLine(n) && depth > 1 {
			out.Style = yaml.FlowStyle
		}
		return out
	default:
		return stringYAML(n.Text)
	}
}

// stringYAML picks the style in which the text reads best and comes back unchanged.
func stringYAML(s string) *yaml.Node {
	out := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	switch {
	case strings.Contains(s, "\n") && plainBlock(s):
		out.Style = yaml.LiteralStyle
	case s == "" || ValidNumber(s) || s == "true" || s == "false" || s == "null" || s == "~":
		out.Style = yaml.DoubleQuotedStyle
	case strings.ContainsFunc(s, special):
		out.Style = yaml.DoubleQuotedStyle
	}
	return out
}

// plainBlock tells whether text of several lines survives as a block.
func plainBlock(s string) bool {
	for _, line := range strings.Split(s, "\n") {
		if strings.TrimRight(line, " \t") != line || strings.ContainsFunc(line, special) {
			return false
		}
	}
	return !strings.HasPrefix(s, " ") && !strings.HasPrefix(s, "\n")
}

// special characters can only stand in double quotes.
func special(r rune) bool {
	return r < 0x20 || r >= 0x7f && r < 0xa0 || TurnsText(r) || r == '\ufeff'
}

// oneLine tells whether n is small enough to stand on one line.
func oneLine(n *Node) bool {
	width, ok := inlineWidth(n)
	return ok && width <= 90
}

func inlineWidth(n *Node) (int, bool) {
	switch n.Kind {
	case Array:
		width := 2
		for _, it := range n.Items {
			w, ok := inlineWidth(it)
			if !ok {
				return 0, false
			}
			width += w + 2
		}
		return width, true
	case Object:
		width := 2
		for _, m := range n.Members {
			w, ok := inlineWidth(m.Value)
			if !ok {
				return 0, false
			}
			width += len(m.Key) + 2 + w + 2
		}
		return width, true
	default:
		return len(n.Text) + 2, !strings.Contains(n.Text, "\n") && len(n.Text) <= 90
	}
}
