package builder

import (
	"encoding/json"
	"regexp"
	"strings"

	"askflow/internal/source"
)

// plainText is text that YAML reads as text without quotes.
var plainText = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)

// quoted writes a text as a YAML scalar on one line.
func quoted(s string) string {
	switch strings.ToLower(s) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n":
	default:
		if plainText.MatchString(s) {
			return s
		}
	}
	out, err := json.Marshal(s)
	if err != nil {
		return `""` // text always has a form
	}
	return string(out)
}

// scalarYAML writes a value as it was written.
func scalarYAML(n *source.Node) string {
	switch {
	case n == nil || n.Kind == source.Null:
		return "null"
	case n.Kind == source.String:
		return quoted(n.Text)
	}
	return n.Text
}

// inlineYAML writes a value on one line.
func inlineYAML(n *source.Node) string {
	switch {
	case n == nil || n.IsScalar() || n.Kind == source.Null:
		return scalarYAML(n)
	case n.Kind == source.Array:
		parts := make([]string, len(n.Items))
		for i, it := range n.Items {
			parts[i] = inlineYAML(it)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	parts := make([]string, len(n.Members))
	for i, m := range n.Members {
		parts[i] = quoted(m.Key) + ": " + inlineYAML(m.Value)
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// oneLine is the longest a value is written on one line.
const oneLine = 100

// blockYAML writes an object over several lines, what fits on one line on one.
func blockYAML(n *source.Node, indent string) string {
	if n == nil || n.Kind != source.Object || len(n.Members) == 0 {
		return ""
	}
	var b strings.Builder
	for _, m := range n.Members {
		line := inlineYAML(m.Value)
		switch {
		case m.Value != nil && m.Value.Kind == source.Array && len(m.Value.Items) > 0 && m.Key == "when":
			b.WriteString(indent + quoted(m.Key) + ":\n")
			for _, it := range m.Value.Items {
				b.WriteString(indent + "  - " + inlineYAML(it) + "\n")
			}
		case len(line) > oneLine && m.Value.Kind == source.Object:
			b.WriteString(indent + quoted(m.Key) + ":\n" + blockYAML(m.Value, indent+"  "))
		default:
			b.WriteString(indent + quoted(m.Key) + ": " + line + "\n")
		}
	}
	return b.String()
}
