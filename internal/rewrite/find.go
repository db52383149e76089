package rewrite

import (
	"fmt"
	"slices"
	"strings"

	"askflow/internal/flow"
	"askflow/internal/source"
)

// step is an entry of a list of steps.
type step struct {
	path   Path
	kind   string       // "" for go_to, next and stop
	action *flow.Action // nil for those
}

// Kinds are the steps that InsertStep knows, by their names in the short form.
func Kinds() []string {
	return append(actionKinds(), endings()...)
}

func actionKinds() []string {
	return []string{"ask_openai_assistant", "set_property", "create_task", "notify", "send_internal_email", "delay", "delay_until",
		"create_record", "branch", "branch_on", "random_split", "action"}
}

func endings() []string { return []string{"stop", "go_to", "next"} }

// arm is a branch's list of steps.
type arm struct {
	names  []string // by which it is found
	shared []string // the values that share its steps, when it is more than one
	path   Path     // of the list
	holder Path     // the object that holds the list, and under which key, for a list that is not there yet
	key    string
}

// walkSteps lists the steps of a workflow in document order, arms before what follows.
func walkSteps(root *source.Node) []step {
	var out []step
	var list func(at Path)
	list = func(at Path) {
		n := at.At(root)
		if n == nil || n.Kind != source.Array {
			return
		}
		for i, it := range n.Items {
			s := step{path: at.with(Item(i))}
			for _, m := range it.Members {
				if slices.Contains(actionKinds(), m.Key) {
					s.kind = m.Key
				}
			}
			out = append(out, s)
			for _, a := range arms(root, s) {
				list(a.path)
			}
		}
	}
	list(Path{Key("steps")})
	return out
}

// arms lists the arms of a step, in document order.
func arms(root *source.Node, s step) []arm {
	item := s.path.At(root)
	switch s.kind {
	case "branch":
		return ifArms(item, s.path.with(Key("branch")))
	case "branch_on":
		return valueArms(item, s.path)
	case "random_split":
		var out []arm
		paths := item.Get("random_split").Get("paths")
		for i := range itemsOf(paths) {
			out = append(out, arm{names: []string{flow.TestArm(i)}, path: s.path.with(Key("random_split"), Key("paths"), Item(i))})
		}
		return out
	}
	return nil
}

func itemsOf(n *source.Node) []*source.Node {
	if n == nil {
		return nil
	}
	return n.Items
}

const noneMet = "None met"

func ifArms(item *source.Node, at Path) []arm {
	var out []arm
	other := false
	for i, it := range itemsOf(item.Get("branch")) {
		a := arm{holder: at.with(Item(i)), key: "then", names: []string{fmt.Sprint(i + 1)}}
		if it.Kind == source.Object && memberIndex(it, "else") >= 0 {
			a.key, other = "else", true
			a.names = append(a.names, "else", noneMet)
		}
		if name := textOf(it.Get("name")); name != "" {
			a.names = append(a.names, name)
		}
		a.path = a.holder.with(Key(a.key))
		out = append(out, a)
	}
	if !other {
		out = append(out, arm{names: []string{"else", noneMet}, path: at.with(Item(len(out)), Key("else")), holder: at, key: "else"})
	}
	return out
}

func valueArms(item *source.Node, at Path) []arm {
	var out []arm
	add := func(a arm, values []string) {
		a.names = append(a.names, values...)
		if len(values) > 1 {
			a.shared, a.names = values, []string{strings.Join(values, ", ")}
		}
		out = append(out, a)
	}
	cases := item.Get("cases")
	if cases != nil && cases.Kind == source.Object {
		for _, m := range cases.Members {
			values := strings.Split(m.Key, ",")
			for i := range values {
				values[i] = strings.TrimSpace(values[i])
			}
			add(arm{path: at.with(Key("cases"), Key(m.Key)), holder: at.with(Key("cases")), key: m.Key}, values)
		}
	}
	for i, it := range itemsOf(cases) {
		var values []string
		is := it.Get("is")
		if is.IsScalar() {
			values = []string{is.Text}
		}
		for _, v := range itemsOf(is) {
			values = append(values, v.Text)
		}
		holder := at.with(Key("cases"), Item(i))
		add(arm{path: holder.with(Key("then")), holder: holder, key: "then"}, values)
	}
	other := arm{names: []string{"default", noneMet}, path: at.with(Key("default")), holder: at, key: "default"}
	if name := textOf(item.Get("default_name")); name != "" {
		other.names = append(other.names, name)
	}
	return append(out, other)
}

// matchSteps finds the action of every step by where they stand.
func matchSteps(root *source.Node, f *flow.Flow) ([]step, error) {
	byPos := map[source.Pos]*flow.Action{}
	for _, a := range f.Actions {
		if byPos[a.Pos] != nil {
			return nil, fmt.Errorf("%s: an alias (*) makes two steps of one text; write both out before changing the workflow here", f.File)
		}
		byPos[a.Pos] = a
	}
	steps := walkSteps(root)
	found := 0
	for i := range steps {
		s := &steps[i]
		if s.kind == "" {
			continue
		}
		item := s.path.At(root)
		s.action = byPos[item.Pos]
		if body := item.Get("action"); s.kind == "action" && body != nil {
			s.action = byPos[body.Pos]
		}
		if s.action != nil {
			found++
		}
	}
	if found != len(f.Actions) {
		return nil, fmt.Errorf("%s: the steps of this workflow cannot be told apart; change it in an editor", f.File)
	}
	return steps, nil
}

// find looks for a step by name or action id.
func (w *work) find(name string) (step, error) {
	a := w.old.ActionByName(name)
	if a != nil {
		for _, s := range w.steps {
			if s.action != nil && s.action.ID == a.ID {
				return s, nil
			}
		}
	}
	var names []string
	for _, a := range w.old.Actions {
		names = append(names, a.Display())
	}
	hint := ""
	if near := source.Nearest(name, names); near != "" {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	return step{}, fmt.Errorf("%s has no step %q%s", w.file.Name, name, hint)
}
