package workflows

import (
	"strings"

	"askflow/internal/flow"
	"askflow/internal/source"
	"askflow/internal/token"
)

// use is a place at which an action's output is used.
type use struct {
	by     string // the action's id
	field  string
	output string
}

// usesOf finds where each action's outputs are used, by action id: in data tokens, in values, in the inputs of branches and in
// conditions.
func usesOf(f *flow.Flow) map[string][]use {
	out := map[string][]use{}
	for _, a := range f.Actions {
		if a.Input != nil && a.Input.ActionID != "" {
			out[a.Input.ActionID] = append(out[a.Input.ActionID], use{a.ID, "input", a.Input.Text})
		}
		if a.Node == nil {
			continue
		}
		for _, m := range a.Node.Members {
			if m.Key != "fields" && m.Key != "inputFields" && m.Key != "queryParams" && m.Key != "listBranches" {
				continue
			}
			c := collector{f: f, by: a.ID, out: out, seen: map[use]bool{}}
			if m.Key != "fields" || m.Value.Kind != source.Object {
				c.collect(m.Value, m.Key)
				continue
			}
			for _, field := range m.Value.Members {
				c.collect(field.Value, field.Key)
			}
		}
	}
	return out
}

type collector struct {
	f    *flow.Flow
	by   string
	out  map[string][]use
	seen map[use]bool
}

// collect walks through a field; source.MaxDepth bounds how deep it goes.
func (c *collector) collect(n *source.Node, field string) {
	if n == nil {
		return
	}
	switch n.Kind {
	case source.String:
		c.tokens(n.Text, field)
	case source.Array:
		for _, item := range n.Items {
			c.collect(item, field)
		}
	case source.Object:
		if id := n.Get("actionId"); id != nil {
			if key := n.Get("dataKey"); key != nil {
				c.add(id.Text, field, key.Text)
			}
		}
		for _, m := range n.Members {
			c.collect(m.Value, field)
		}
	}
}

func (c *collector) tokens(s, field string) {
	if !strings.Contains(s, "{{") {
		return
	}
	parsed, _ := token.Parse(s)
	for _, r := range parsed.Refs() {
		if r.Kind == token.ActionOutput {
			c.add(r.Name, field, r.Property)
		}
	}
}

func (c *collector) add(name, field, output string) {
	a := c.f.ActionByName(name)
	if a == nil {
		return
	}
	u := use{c.by, field, output}
	if key := (use{a.ID + "\x00" + u.by, field, output}); !c.seen[key] {
		c.seen[key] = true
		c.out[a.ID] = append(c.out[a.ID], u)
	}
}
