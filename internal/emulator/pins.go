package emulator

import (
	"slices"
	"strings"

	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/source"
	"askflow/internal/token"
)

// Pin is a step, or one output of it, that --pin can give a text.
type Pin struct {
	// Name is STEP, or STEP.OUTPUT where the step has several outputs or does not say which it has.
	Name  string
	Label string // of the action
}

// Pins lists what --pin can give a text in a workflow: asks, and what other actions read of steps that are not executed.
func (e *Emulator) Pins(f *flow.Flow) []Pin {
	var out []Pin
	for _, a := range f.Actions {
		kind := e.Kinds.Of(a)
		outputs := pinnable(e.Kinds, f, a)
		if len(outputs) == 1 && slices.Equal(outputs, kind.Outputs) {
			out = append(out, Pin{a.Display(), kind.Label})
			continue
		}
		for _, o := range outputs {
			out = append(out, Pin{a.Display() + "." + o, kind.Label})
		}
	}
	return out
}

// pinnable are the outputs of a step that can be given: those it declares, or, where it is not executed and its outputs
// are not known, those that others read. What is executed and has no outputs offers nothing.
func pinnable(kinds *flow.Kinds, f *flow.Flow, a *flow.Action) []string {
	kind := kinds.Of(a)
	if len(kind.Outputs) > 0 || kind.Emulated {
		return kind.Outputs
	}
	return outputsRead(f, a)
}

// outputsRead are the outputs of an action that the workflow's other actions read, in the order they are first read.
func outputsRead(f *flow.Flow, from *flow.Action) []string {
	var out []string
	add := func(action, output string) {
		if output != flow.ExecutionState && output != "" && f.ActionByName(action) == from && !slices.Contains(out, output) {
			out = append(out, output)
		}
	}
	var walk func(n *source.Node, depth int)
	walk = func(n *source.Node, depth int) {
		if n == nil || depth > source.MaxDepth {
			return
		}
		if n.Kind == source.String && strings.Contains(n.Text, "{{") {
			t, _ := token.Parse(n.Text)
			for _, ref := range t.Refs() {
				if ref.Kind == token.ActionOutput {
					add(ref.Name, ref.Property)
				}
			}
		}
		if v := n.Get("type"); v.IsScalar() && v.Text == string(hubspot.FieldData) {
			if id, key := n.Get("actionId"), n.Get("dataKey"); id.IsScalar() && key.IsScalar() {
				add(id.Text, key.Text)
			}
		}
		for _, it := range n.Items {
			walk(it, depth+1)
		}
		for _, m := range n.Members {
			walk(m.Value, depth+1)
		}
	}
	for _, a := range f.Actions {
		walk(a.Node, 0)
	}
	return out
}

// pin resolves what --pin names: a step that asks, or an output of a step that is not executed.
func (s *settled) pin(kinds *flow.Kinds) error {
	s.pins, s.given = map[string]string{}, map[string]map[string]string{}
	for _, name := range sortedKeys(s.req.Pins) {
		a, output, err := s.pinned(name)
		if err != nil {
			return err
		}
		outputs := pinnable(kinds, s.flow, a)
		switch {
		case len(outputs) == 0 && !kinds.Of(a).Emulated && output != "":
			return usage("cannot_pin", "", "--pin: no step reads the output %q of the step %q", output, a.Display())
		case len(outputs) == 0:
			return usage("cannot_pin", "to keep a step from being executed, use --stub", "--pin: the step %q asks nobody, so it cannot be given an answer", a.Display())
		case output == "" && len(outputs) > 1:
			return usage("cannot_pin", "name one: --pin "+a.Display()+"."+outputs[0]+"=TEXT", "--pin: the step %q has %d outputs: %s", a.Display(), len(outputs), strings.Join(outputs, ", "))
		case output == "":
			output = outputs[0]
		case !slices.Contains(outputs, output):
			return usage("cannot_pin", "there are: "+strings.Join(outputs, ", "), "--pin: the step %q has no output %q", a.Display(), output)
		}
		if err := s.give(kinds, a, output, s.req.Pins[name]); err != nil {
			return err
		}
	}
	return nil
}

// give keeps a text for an output, once.
func (s *settled) give(kinds *flow.Kinds, a *flow.Action, output, text string) error {
	_, twice := s.given[a.ID][output]
	if kinds.IsOpenAI(a) {
		_, twice = s.pins[a.ID]
	}
	switch {
	case twice:
		return usage("usage", "keep one of them", "--pin gives the output %q of the step %q twice", output, a.Display())
	case kinds.IsOpenAI(a):
		s.pins[a.ID] = text
	case s.given[a.ID] == nil:
		s.given[a.ID] = map[string]string{output: text}
	default:
		s.given[a.ID][output] = text
	}
	return nil
}

// pinned finds the step of STEP or STEP.OUTPUT; output is "" for the first form.
func (s *settled) pinned(name string) (a *flow.Action, output string, err error) {
	if a = s.flow.ActionByName(name); a != nil {
		return a, "", nil
	}
	step, output, found := strings.Cut(name, ".")
	if found {
		if a = s.flow.ActionByName(step); a != nil {
			return a, output, nil
		}
	}
	_, err = s.step("--pin", step)
	return nil, "", err
}
