package rewrite

import (
	"fmt"

	"askflow/internal/flow"
	"askflow/internal/source"
)

// RemoveStep takes out a step, and with a branch everything in its arms. What came before goes on with what came after. It
// is an error when another step still uses an output of a step that goes, or goes on at it by name.
func (f File) RemoveStep(name string) ([]byte, error) {
	var first error
	for _, pin := range []bool{false, true} {
		w, err := f.open()
		if err != nil {
			return nil, err
		}
		text, err := w.removeStep(name, pin)
		if err == nil {
			return text, nil
		}
		if first == nil {
			first = err
		}
		if w.base != nil {
			break
		}
	}
	return nil, first
}

func (w *work) removeStep(name string, pin bool) ([]byte, error) {
	s, err := w.find(name)
	if err != nil {
		return nil, err
	}
	c := stepChange{ids: map[string]string{}, added: map[string]bool{}, gone: map[string]bool{}}
	var kept []step
	next := -1
	for _, o := range actionsIn(w.steps) {
		if under(s.path, o.path) {
			c.gone[o.action.ID] = true
			next = len(kept)
			continue
		}
		kept = append(kept, o)
	}
	if pin && next >= 0 && next < len(kept) {
		if err := w.pinStep(kept[next]); err != nil {
			return nil, err
		}
	}
	if err := w.takeOut(s); err != nil {
		return nil, err
	}
	text, now, err := w.finish(func(v4 *source.Node) { growNumber(w.old, v4, 0) })
	if err != nil {
		return nil, fmt.Errorf("the step %q cannot be taken out: %w", name, err)
	}
	if err := c.numbered(w, kept, now); err != nil {
		return nil, err
	}
	if err := c.check(w.old, now); err != nil {
		return nil, err
	}
	return text, nil
}

// takeOut removes a step; where it ended its list, the ending stays.
func (w *work) takeOut(s step) error {
	for _, at := range []Path{s.path, s.path.with(Key(s.kind))} {
		holder := at.At(w.ed.Root())
		for _, e := range endings() {
			if holder == nil || memberIndex(holder, e) < 0 {
				continue
			}
			rest := source.NewObject(source.Pos{})
			rest.Set(e, holder.Get(e).Clone())
			return w.ed.Set(s.path, rest)
		}
	}
	return w.ed.Remove(s.path)
}

// numbered finds the new ids of the steps that stay.
func (c stepChange) numbered(w *work, kept []step, now *flow.Flow) error {
	if w.base != nil {
		for _, s := range kept {
			c.ids[s.action.ID] = s.action.ID
		}
		return nil
	}
	steps, err := matchSteps(w.ed.Root(), now)
	if err != nil {
		return err
	}
	left := actionsIn(steps)
	if len(left) != len(kept) {
		return fmt.Errorf("there would be other steps than meant; nothing was changed")
	}
	for i, s := range kept {
		c.ids[s.action.ID] = left[i].action.ID
	}
	return nil
}
