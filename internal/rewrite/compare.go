package rewrite

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"askflow/internal/flow"
	"askflow/internal/source"
)

// checkTop tells whether two versions of a workflow differ in some top members only. Keys in loose do not count inside of
// actions.
func checkTop(old, now *flow.Flow, members []string, loose ...string) error {
	if err := sameMembers(old.Node, now.Node, append([]string{"actions"}, members...)); err != nil {
		return err
	}
	if len(old.Actions) != len(now.Actions) {
		return fmt.Errorf("this change would also change which steps there are; nothing was changed")
	}
	for _, a := range old.Actions {
		b := now.Action(a.ID)
		if b == nil || !source.Equal(without(a.Node, loose), without(b.Node, loose)) {
			return changes(a)
		}
	}
	return nil
}

func changes(a *flow.Action) error {
	return fmt.Errorf("this would change the step %q too; nothing was changed. Use an editor for it", a.Display())
}

// sameMembers compares the members of two objects, except for some.
func sameMembers(old, now *source.Node, except []string) error {
	for _, pair := range [][2]*source.Node{{old, now}, {now, old}} {
		for _, m := range pair[0].Members {
			if !slices.Contains(except, m.Key) && !source.Equal(m.Value, pair[1].Get(m.Key)) {
				return fmt.Errorf("this would change %s too; nothing was changed. Use an editor for it", m.Key)
			}
		}
	}
	return nil
}

// without is a copy of a value without some keys at any depth.
func without(n *source.Node, keys []string) *source.Node {
	if len(keys) == 0 {
		return n
	}
	out := n.Clone()
	var walk func(n *source.Node)
	walk = func(n *source.Node) {
		for _, k := range keys {
			n.Delete(k)
		}
		for _, m := range n.Members {
			walk(m.Value)
		}
		for _, it := range n.Items {
			walk(it)
		}
	}
	walk(out)
	return out
}

// checkField tells whether one action differs in some of its fields only, and nothing else differs. Names that stand on
// the action itself count too (inputValue, defaultBranchName).
func checkField(old, now *flow.Flow, id string, keys []string) error {
	if err := sameMembers(old.Node, now.Node, []string{"actions"}); err != nil {
		return err
	}
	for _, a := range old.Actions {
		b := now.Action(a.ID)
		if b == nil || len(old.Actions) != len(now.Actions) {
			return changes(a)
		}
		x, y := a.Node, b.Node
		if a.ID == id {
			x, y = x.Clone(), y.Clone()
			for _, n := range []*source.Node{x, y} {
				for _, k := range keys {
					if fields := n.Get("fields"); fields != nil {
						fields.Delete(k)
					} else {
						n.Delete(k)
					}
				}
			}
		}
		if !source.Equal(x, y) {
			return changes(a)
		}
	}
	return nil
}

// stepChange is what a change of the steps was meant to do.
type stepChange struct {
	ids   map[string]string // new action id by old one
	added map[string]bool   // new ids
	gone  map[string]bool   // old ids
	// ends tells that an ending was put in: edges may lead to its target now, "" for the end.
	ends   bool
	target string
}

// check compares two versions of a workflow, action by action, as far as they were not meant to differ: every old action
// is as it was under its new id, and every connection leads where it led, by way of added actions or past gone ones.
func (c stepChange) check(old, now *flow.Flow) error {
	if err := sameMembers(old.Node, now.Node, []string{"actions", "startActionId", "nextAvailableActionId", "customProperties"}); err != nil {
		return err
	}
	if len(now.Actions) != len(old.Actions)-len(c.gone)+len(c.added) {
		return fmt.Errorf("this change would also change which steps there are; nothing was changed")
	}
	if err := c.checkCustom(old, now); err != nil {
		return err
	}
	if !c.leads(old, now, edgeTo{id: old.StartActionID, kind: flow.EdgeStandard}, edgeTo{id: now.StartActionID, kind: flow.EdgeStandard}) {
		return fmt.Errorf("this would change where the workflow starts in a way that was not meant; nothing was changed")
	}
	for _, a := range old.Actions {
		if c.gone[a.ID] {
			continue
		}
		b := now.Action(c.ids[a.ID])
		if b == nil || !source.Equal(bare(c.rename(a.Node)), bare(b.Node)) {
			return changes(a)
		}
		before, after := edgesOf(a), edgesOf(b)
		if len(before) != len(after) {
			return changes(a)
		}
		for i := range before {
			if !c.leads(old, now, before[i], after[i]) {
				return fmt.Errorf("this would change where the step %q goes on in a way that was not meant; nothing was changed", a.Display())
			}
		}
	}
	return nil
}

func (c stepChange) checkCustom(old, now *flow.Flow) error {
	was, is := old.Node.Get("customProperties"), now.Node.Get("customProperties")
	want := map[string]*source.Node{}
	if was != nil {
		for _, m := range was.Members {
			key := m.Key
			if id, ok := strings.CutPrefix(key, flow.StepNamePrefix); ok && old.Action(id) != nil {
				if c.gone[id] {
					continue
				}
				key = flow.StepNamePrefix + c.ids[id]
			}
			want[key] = m.Value
		}
	}
	if is == nil {
		is = source.NewObject(source.Pos{})
	}
	for _, m := range is.Members {
		if c.added[strings.TrimPrefix(m.Key, flow.StepNamePrefix)] {
			continue
		}
		if !source.Equal(want[m.Key], m.Value) {
			return fmt.Errorf("this would change customProperties.%s too; nothing was changed", m.Key)
		}
		delete(want, m.Key)
	}
	for key := range want {
		return fmt.Errorf("this would take out customProperties.%s too; nothing was changed", key)
	}
	return nil
}

// edgeTo is a connection; an empty id is the end.
type edgeTo struct{ id, kind string }

func toEdge(c *flow.Connection) edgeTo {
	if c == nil {
		return edgeTo{}
	}
	return edgeTo{c.NextID, c.EdgeType}
}

// edgesOf lists all connections that an action can have, missing ones too, in a fixed order.
func edgesOf(a *flow.Action) []edgeTo {
	out := []edgeTo{toEdge(a.Connection)}
	for _, b := range a.ListBranches {
		out = append(out, toEdge(b.Connection))
	}
	for _, b := range a.StaticBranches {
		out = append(out, toEdge(b.Connection))
	}
	for _, b := range a.TestBranches {
		out = append(out, toEdge(b.Connection))
	}
	return append(out, toEdge(a.DefaultBranch))
}

// leads tells whether an edge leads where it led before.
func (c stepChange) leads(old, now *flow.Flow, before, after edgeTo) bool {
	targets := map[string]bool{}
	reach(old, before.id, c.gone, func(id string) {
		if id != "" {
			id = c.ids[id]
		}
		targets[id] = true
	})
	switch {
	case after.id == c.ids[before.id] && !c.gone[before.id]:
		return before.id == "" || before.kind == after.kind
	case c.ends && after.id == c.target:
		return true
	case c.added[after.id]:
		found := false
		reach(now, after.id, c.added, func(id string) { found = found || targets[id] || c.ends && id == c.target })
		return found
	default:
		return targets[after.id]
	}
}

// reach reports where the way from an action leads when the ones in passing are only passed through.
func reach(f *flow.Flow, from string, passing map[string]bool, report func(id string)) {
	seen := map[string]bool{}
	var walk func(id string)
	walk = func(id string) {
		if seen[id] {
			return
		}
		seen[id] = true
		a := f.Action(id)
		if !passing[id] || a == nil {
			report(id)
			return
		}
		edges := edgesOf(a)
		if a.Type == flow.SingleConnection || a.Type == flow.CustomCodeType || a.Type == flow.WebhookType {
			edges = edges[:1]
		} else {
			edges = edges[1:]
		}
		for _, e := range edges {
			walk(e.id)
		}
	}
	walk(from)
}

// bare is an action without its connections.
func bare(n *source.Node) *source.Node {
	out := n.Clone()
	out.Delete("connection")
	out.Delete("defaultBranch")
	for _, list := range []string{"listBranches", "staticBranches", "testBranches"} {
		for _, b := range itemsOf(out.Get(list)) {
			b.Delete("connection")
			b.Delete("edgeType")
			b.Delete("nextActionId")
		}
	}
	return out
}

var outputToken = regexp.MustCompile(`(\baction_outputs\.action_output_)([0-9A-Za-z_-]+)`)

// rename is a copy of an action in which other actions go by their new ids.
func (c stepChange) rename(n *source.Node) *source.Node {
	out := n.Clone()
	var walk func(n *source.Node)
	walk = func(n *source.Node) {
		if n.Kind == source.String {
			n.Text = outputToken.ReplaceAllStringFunc(n.Text, func(match string) string {
				parts := outputToken.FindStringSubmatch(match)
				if id := c.ids[parts[2]]; id != "" {
					return parts[1] + id
				}
				return match
			})
		}
		for _, it := range n.Items {
			walk(it)
		}
		for _, m := range n.Members {
			if m.Key == "actionId" || m.Key == "nextActionId" {
				if id := c.ids[textOf(m.Value)]; id != "" {
					m.Value.Text = id
				}
				continue
			}
			walk(m.Value)
		}
	}
	walk(out)
	return out
}
