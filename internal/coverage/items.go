package coverage

import (
	"path"
	"sort"
	"strconv"
	"strings"
	"unicode"

	"askflow/internal/flow"
	"askflow/internal/openaisim"
	"askflow/internal/prompttest"
	"askflow/internal/source"
)

// listing makes the list of items.
type listing struct {
	items []prompttest.CoverItem
	ids   map[string]bool // those of branches and rules
	files map[string]int  // rules seen in each file
}

func (l *listing) add(kind prompttest.CoverKind, id, label, file string, pos source.Pos) int {
	l.items = append(l.items, prompttest.CoverItem{Kind: kind, ID: id, Label: printable(label), File: file, Line: pos.Line})
	return len(l.items) - 1
}

// unique gives every branch and rule an id of its own, whatever names a file repeats.
func (l *listing) unique(id string) string {
	if l.ids == nil {
		l.ids = map[string]bool{}
	}
	out := id
	for n := 2; l.ids[out]; n++ {
		out = id + "#" + strconv.Itoa(n)
	}
	l.ids[out] = true
	return out
}

func (l *listing) triggers(list []Trigger) {
	for i, t := range list {
		l.add(prompttest.CoverTrigger, strconv.Itoa(i+1), t.Label, t.File, t.Pos)
	}
}

// flow lists the actions, then the arms of the branches among them.
func (l *listing) flow(f *flow.Flow, kinds *flow.Kinds, nodes map[string]*node) {
	actions := inOrder(f.Actions)
	for _, a := range actions {
		nodes[a.ID] = &node{item: l.add(prompttest.CoverAction, a.ID, title(a, kinds), f.File, a.Pos)}
	}
	l.ids = nil
	for _, a := range actions {
		l.arms(f, a, title(a, kinds), nodes[a.ID])
	}
	l.ids = nil
}

// inOrder sorts actions as they stand in the file; those of a flow without places stay as they are.
func inOrder(actions []*flow.Action) []*flow.Action {
	out := append([]*flow.Action(nil), actions...)
	for _, a := range out {
		if a.Pos.Line == 0 {
			return out
		}
	}
	sort.SliceStable(out, func(i, j int) bool {
		a, b := out[i].Pos, out[j].Pos
		return a.Line < b.Line || a.Line == b.Line && a.Col < b.Col
	})
	return out
}

// title names an action: "qualify · Ask OpenAI Assistant".
func title(a *flow.Action, kinds *flow.Kinds) string { return a.Display() + " · " + kinds.Of(a).Label }

// arms lists the arms of a branch under the names that steps give them, those that lead nowhere and the default included.
func (l *listing) arms(f *flow.Flow, a *flow.Action, branch string, n *node) {
	add := func(name, shown string, c *flow.Connection, pos source.Pos, reachable bool) {
		if pos.Line == 0 {
			pos = a.Pos
		}
		item := l.add(prompttest.CoverBranch, l.unique(a.ID+":"+name), branch+": "+shown, f.File, pos)
		if !reachable {
			return
		}
		if n.arms == nil {
			n.arms = map[string][]arm{}
		}
		next := ""
		if c != nil {
			next = c.NextID
		}
		n.arms[name] = append(n.arms[name], arm{item, next})
	}
	switch a.Type {
	case flow.ListBranchType:
		for i, b := range a.ListBranches {
			shown := b.Name
			if shown == "" {
				shown = "branch " + strconv.Itoa(i+1) + ", without a name"
			}
			add(b.Name, shown, b.Connection, b.Pos, true)
		}
	case flow.StaticBranchType:
		for _, b := range a.StaticBranches {
			shown := b.Value
			if shown == "" {
				shown = "(empty)"
			}
			add(b.Value, shown, b.Connection, b.Pos, len(n.arms[b.Value]) == 0) // the first arm with a value takes every record
		}
	case flow.ABTestBranch:
		for i, b := range a.TestBranches {
			shown := flow.TestArm(i)
			if b.Percentage >= 0 {
				shown += " (" + strconv.Itoa(b.Percentage) + "%)"
			}
			add(flow.TestArm(i), shown, b.Connection, b.Pos, true)
		}
		return // every record is drawn into an arm
	default:
		return
	}
	add(a.DefaultArm(), a.DefaultArm()+" (default)", a.DefaultBranch, defaultPos(f, a), true)
}

// defaultPos is where a branch's default stands: at its name; else, in a portal's own JSON, at its connection. In YAML the
// connection stands where it leads to, which is often behind the branch, so that there the branch itself has to do.
func defaultPos(f *flow.Flow, a *flow.Action) source.Pos {
	if n := a.Node.Get("defaultBranchName"); n != nil && n.Pos.Line > 0 {
		return n.Pos
	}
	if a.DefaultBranch != nil && strings.EqualFold(path.Ext(f.File), ".json") {
		return a.DefaultBranch.Pos
	}
	return source.Pos{}
}

// rule lists a rule by its name, or by its number in its file.
func (l *listing) rule(r *openaisim.Rule) {
	if l.files == nil {
		l.files = map[string]int{}
	}
	l.files[r.File]++
	label := r.Name
	if label == "" {
		label = "rule " + strconv.Itoa(l.files[r.File])
	}
	place := source.Problem{File: r.File, Line: r.Pos.Line, Col: r.Pos.Col}.Where()
	if r.Pos.Line == 0 {
		place = strings.TrimPrefix(r.File+":"+strconv.Itoa(l.files[r.File]), ":")
	}
	l.add(prompttest.CoverRule, l.unique(place), label, r.File, r.Pos)
}

// asksOf reads from a workflow's own fields who asks whom. Of which model, cells, assistants and portal decide as well.
func asksOf(f *flow.Flow, kinds *flow.Kinds) []Ask {
	var out []Ask
	for _, a := range f.Actions {
		if !kinds.IsOpenAI(a) {
			continue
		}
		ask := Ask{Step: a.ID, StepName: a.Name}
		if v := a.Field(kinds.OpenAI.Assistant); v.IsScalar() {
			ask.Assistant = strings.TrimSpace(v.Text)
		}
		out = append(out, ask)
	}
	return out
}

// answers tells whether a rule could answer one of the asks, whatever the record and the prompt.
func answers(r *openaisim.Rule, asks []Ask) bool {
	w := &r.When
	for i := range asks {
		a := &asks[i]
		if fits(w.Assistant, a.Assistant, a.AssistantName) && fits(w.Step, a.Step, a.StepName) && fits(w.Model, a.Model, "") {
			return true
		}
	}
	return false
}

// fits tells whether a rule wants anybody, or one of two names; where neither is known it may.
func fits(want, id, name string) bool {
	return want == "" || id == "" && name == "" || strings.EqualFold(want, id) || name != "" && strings.EqualFold(want, name)
}

// printable makes control characters visible, since names come from files and labels go to terminals.
func printable(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return s
	}
	q := strconv.Quote(s)
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
}
