package rewrite

import (
	"errors"
	"fmt"
	"slices"

	"askflow/internal/flow"
	"askflow/internal/source"
)

// check tells whether a place is one.
func (p Place) check() error {
	ways := 0
	for _, set := range []bool{p.After != "", p.First, p.Last} {
		if set {
			ways++
		}
	}
	if ways != 1 || p.After != "" && (p.Branch != "" || p.Arm != "") {
		return errors.New("say where the step goes: after a step, first, or last")
	}
	return nil
}

// insert puts the step into its list.
func (in *insertion) insert(where Place, item *source.Node) error {
	if err := where.check(); err != nil {
		return err
	}
	if where.After != "" {
		s, err := in.find(where.After)
		if err != nil {
			return err
		}
		return in.after(s, item)
	}
	list := arm{path: Path{Key("steps")}, holder: Path{}, key: "steps"}
	if where.Branch != "" {
		var err error
		if list, err = in.findArm(where.Branch, where.Arm); err != nil {
			return err
		}
	}
	if list.path.At(in.ed.Root()) == nil {
		return in.newArm(list, item)
	}
	if !where.First {
		if s, ok := in.lastOf(list.path); ok {
			return in.after(s, item)
		}
	}
	in.path = list.path.with(Item(0))
	return in.ed.InsertItem(list.path, 0, item)
}

// lastOf is the last step of a list before the one that ends it: what stands behind that is reached by name only.
func (in *insertion) lastOf(list Path) (last step, ok bool) {
	for _, s := range in.steps {
		if len(s.path) != len(list)+1 || !under(list, s.path) {
			continue
		}
		if s.kind == "" {
			break
		}
		last, ok = s, true
	}
	return last, ok
}

// after puts the step behind another one and takes over how that one goes on.
func (in *insertion) after(s step, item *source.Node) error {
	n := s.path.At(in.ed.Root())
	if body := n.Get("action"); s.kind == "action" && ownConnections(body) {
		return fmt.Errorf("the step %q brings its own connections as v4 object, so no list decides what follows it; change it in an editor", s.action.Display())
	}
	for _, at := range []Path{s.path, s.path.with(Key(s.kind))} {
		holder := at.At(in.ed.Root())
		if holder == nil || holder.Kind != source.Object || s.kind == "" {
			continue
		}
		for _, e := range endings() {
			target := holder.Get(e)
			if memberIndex(holder, e) < 0 {
				continue
			}
			if item.Get(in.kind) == nil || slices.Contains(endings(), in.kind) {
				return fmt.Errorf("the step %q ends with %s already", s.action.Display(), e)
			}
			item.Set(e, target.Clone())
			if err := in.ed.Remove(at.with(Key(e))); err != nil {
				return err
			}
			break
		}
	}
	last := len(s.path) - 1
	in.path = s.path[:last].with(Item(s.path[last].index + 1))
	return in.ed.InsertItem(s.path[:last], s.path[last].index+1, item)
}

func ownConnections(body *source.Node) bool {
	switch flow.NodeType(textOf(body.Get("type"))) {
	case flow.ListBranchType, flow.StaticBranchType, flow.ABTestBranch:
		return true
	}
	return body.Get("connection") != nil
}

func (in *insertion) findArm(branch, name string) (arm, error) {
	s, err := in.find(branch)
	if err != nil {
		return arm{}, err
	}
	all := arms(in.ed.Root(), s)
	if len(all) == 0 {
		return arm{}, fmt.Errorf("the step %q is no branch that has lists of steps", branch)
	}
	var names []string
	for _, a := range slices.Backward(all) { // names before numbers, else before what happens to be called so
		if slices.Contains(a.names, name) || s.action.DefaultArm() == name && (a.key == "else" || a.key == "default") {
			return a, nil
		}
		if slices.Contains(a.shared, name) {
			return arm{}, fmt.Errorf("the arm %q of %q shares its steps with others; the step would go into all of them. Name them together: %q", name, branch, a.names[0])
		}
		names = append(names, a.names[len(a.names)-1])
	}
	hint := ""
	if near := source.Nearest(name, names); near != "" {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	return arm{}, fmt.Errorf("the branch %q has no arm %q%s", branch, name, hint)
}

// newArm makes the list that an arm does not have yet.
func (in *insertion) newArm(a arm, item *source.Node) error {
	list := source.NewArray(source.Pos{}, item)
	in.path = a.path.with(Item(0))
	holder := a.holder.At(in.ed.Root())
	if holder != nil && holder.Kind == source.Array { // the else of an if/then branch
		other := source.NewObject(source.Pos{})
		other.Set("else", list)
		return in.ed.InsertItem(a.holder, len(holder.Items), other)
	}
	return put(in.ed, a.holder, a.key, list, append(fieldOrder("branch_on"), topOrder()...))
}
