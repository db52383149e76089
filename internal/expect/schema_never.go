package expect

import (
	"slices"

	"askflow/internal/source"
)

// nothingMeets tells of a schema, as far as it can be seen without solving it, that no value meets it: false, not of everything,
// an enum without values, or such a part of it.
func nothingMeets(n *source.Node) bool {
	if n.Kind == source.Bool {
		return n.Text == "false"
	}
	if n.Kind != source.Object {
		return false
	}
	for _, m := range n.Members {
		switch m.Key {
		case "not":
			if everythingMeets(m.Value) {
				return true
			}
		case "enum":
			if m.Value.Kind == source.Array && len(m.Value.Items) == 0 {
				return true
			}
		case "allOf":
			if slices.ContainsFunc(m.Value.Items, nothingMeets) {
				return true
			}
		case "anyOf", "oneOf":
			if len(m.Value.Items) > 0 && !slices.ContainsFunc(m.Value.Items, func(it *source.Node) bool { return !nothingMeets(it) }) {
				return true
			}
		}
	}
	return false
}

// everythingMeets tells of a schema that it says nothing of a value: true, or notes only.
func everythingMeets(n *source.Node) bool {
	if n.Kind == source.Bool {
		return n.Text == "true"
	}
	if n.Kind != source.Object {
		return false
	}
	notes := []string{"$schema", "$id", "$comment", "$defs", "definitions", "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly"}
	return !slices.ContainsFunc(n.Members, func(m source.Member) bool { return !slices.Contains(notes, m.Key) })
}
