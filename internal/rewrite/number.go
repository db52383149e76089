package rewrite

import (
	"errors"
	"regexp"
	"slices"

	"askflow/internal/flow"
	"askflow/internal/source"
)

// pinStep gives a step the action id that it had.
func (w *work) pinStep(s step) error {
	if s.action == nil {
		return nil
	}
	item := s.path.At(w.ed.Root())
	own := []*source.Node{item.Get("action_id"), item.Get(s.kind).Get("action_id")}
	for _, id := range []*source.Node{item.Get("id"), item.Get(s.kind).Get("id")} {
		if number.MatchString(textOf(id)) {
			own = append(own, id)
		}
	}
	for _, n := range own {
		if n != nil {
			return nil
		}
	}
	return w.ed.InsertKey(s.path, "action_id", source.NewString(s.action.ID, source.Pos{}), item.Members[len(item.Members)-1].Key)
}

var number = regexp.MustCompile(`^[0-9]+$`)

// pinNext keeps the steps behind the new one from being numbered anew.
func (in *insertion) pinNext() error {
	now := walkSteps(in.ed.Root())
	for i, s := range now {
		if !slices.Equal(s.path, in.path) {
			continue
		}
		skip := 0
		for _, inner := range now[i:] {
			if inner.kind != "" && under(in.path, inner.path) {
				skip++
			}
		}
		before := 0
		for _, s := range now[:i] {
			if s.kind != "" {
				before++
			}
		}
		old := actionsIn(in.steps)
		rest := actionsIn(now[i:])
		if skip < len(rest) && before < len(old) {
			next := rest[skip]
			next.action = old[before].action
			return in.pinStep(next)
		}
	}
	return nil
}

func actionsIn(steps []step) []step {
	return slices.DeleteFunc(slices.Clone(steps), func(s step) bool { return s.kind == "" })
}

// under tells whether a path is another one or leads further.
func under(outer, inner Path) bool {
	return len(inner) >= len(outer) && slices.Equal(outer, inner[:len(outer)])
}

// change says what the insertion was meant to do.
func (in *insertion) change(now *flow.Flow) (stepChange, error) {
	c := stepChange{ids: map[string]string{}, added: map[string]bool{}, gone: map[string]bool{}}
	if slices.Contains(endings(), in.kind) {
		c.ends = true
		if in.kind != "stop" {
			target := in.path.At(in.ed.Root()).Get(in.kind)
			if a := now.ActionByName(textOf(target)); a != nil {
				c.target = a.ID
			}
		}
	}
	if in.base != nil {
		for _, a := range in.old.Actions {
			c.ids[a.ID] = a.ID
		}
		for _, a := range now.Actions {
			if c.ids[a.ID] == "" {
				c.added[a.ID] = true
			}
		}
		return c, in.led(c, now)
	}
	steps, err := matchSteps(in.ed.Root(), now)
	if err != nil {
		return c, err
	}
	old := actionsIn(in.steps)
	for _, s := range actionsIn(steps) {
		switch {
		case under(in.path, s.path):
			c.added[s.action.ID] = true
		case len(old) == 0:
			return c, errors.New("there would be more steps than meant")
		default:
			c.ids[old[0].action.ID] = s.action.ID
			old = old[1:]
		}
	}
	return c, in.led(c, now)
}

// led tells whether something leads to the new step.
func (in *insertion) led(c stepChange, now *flow.Flow) error {
	if c.ends || c.added[now.StartActionID] {
		return nil
	}
	for _, a := range now.Actions {
		for _, e := range edgesOf(a) {
			if !c.added[a.ID] && c.added[e.id] {
				return nil
			}
		}
	}
	return errors.New("no step would lead to the new one; put it somewhere else")
}
