package rewrite

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"askflow/internal/flow"
	"askflow/internal/source"
)

// Place says where a new step goes. Exactly one of After, First and Last is set; Branch and Arm make First and Last
// those of a branch's arm instead of the workflow's.
type Place struct {
	// After is the name or the action id of the step that comes before. Behind a branch all its arms go on with the new step.
	After string
	// First is the beginning, Last the end, before a stop or go_to that ends it.
	First, Last bool
	// Branch is the name or the action id of a branch, Arm one of its arms: an arm's name, a value of branch_on, A, B, … of
	// a random split, "else" or "default"; the number of an arm of an if/then branch, from 1, where it has no name.
	Branch, Arm string
}

// Field is a field of a new step, under the short form's key.
type Field struct {
	Name  string
	Value *source.Node
}

// TextField makes a field that is text.
func TextField(name, text string) Field {
	return Field{name, source.NewString(text, source.Pos{})}
}

// YAMLField makes a field of what was typed as YAML: a list, a span, a value such as {property: city}.
func YAMLField(name, text string) (Field, error) {
	n, problems := source.ParseYAML(name, []byte(text))
	switch {
	case problems.HasErrors():
		return Field{}, problems.Errors()[0]
	case n == nil:
		return Field{}, fmt.Errorf("%s is empty", name)
	}
	return Field{name, n}, nil
}

// InsertStep adds a step; Kinds lists what it can be. Fields are written in their order; one that is called as the kind is
// the whole value (delay: 2d), id is the step's name. In YAML a step without a name gets one (ask, ask_2, task, …); in
// JSON it gets the next numeric action id. step is what the new step goes by, "" for stop, go_to and next.
func (f File) InsertStep(where Place, kind string, fields []Field) (text []byte, step string, err error) {
	if !slices.Contains(Kinds(), kind) {
		return nil, "", fmt.Errorf("there is no step %q", kind)
	}
	for _, pin := range []bool{false, true} {
		w, opened := f.open()
		if opened != nil {
			return nil, "", opened
		}
		in := &insertion{work: w, kind: kind, pin: pin}
		text, step, failed := in.run(where, fields)
		if failed == nil {
			return text, step, nil
		}
		if err == nil {
			err = failed
		}
		if w.base != nil || !in.placed {
			break
		}
	}
	return nil, "", err
}

// insertion is one new step.
type insertion struct {
	*work
	kind string
	// pin keeps the action ids of the other steps as they are, for workflows that use them.
	pin    bool
	placed bool // the text could be changed
	path   Path // of the new step
	name   string
	id     string // the action id, where it is given
}

func (in *insertion) run(where Place, fields []Field) ([]byte, string, error) {
	if in.base != nil || in.pin {
		in.id = strconv.Itoa(in.freeID())
	}
	item, err := in.item(fields, where)
	if err != nil {
		return nil, "", err
	}
	if err := in.insert(where, item); err != nil {
		return nil, "", err
	}
	in.placed = true
	if in.pin {
		if err := in.pinNext(); err != nil {
			return nil, "", err
		}
	}
	text, now, err := in.finish(in.keepNumber)
	if err != nil {
		return nil, "", err
	}
	change, err := in.change(now)
	if err != nil {
		return nil, "", err
	}
	if err := change.check(in.old, now); err != nil {
		return nil, "", err
	}
	if in.name == "" {
		return text, in.id, nil
	}
	return text, in.name, nil
}

// freeID is the next action id.
func (w *work) freeID() int {
	next := 1
	if v, err := strconv.Atoi(textOf(w.old.Node.Get("nextAvailableActionId"))); err == nil && v < 1_000_000_000 {
		next = max(next, v)
	}
	for _, a := range w.old.Actions {
		if v, err := strconv.Atoi(a.ID); err == nil && v < 1_000_000_000 {
			next = max(next, v+1)
		}
	}
	return next
}

// keepNumber lets the v4 object's next free action id only ever grow.
func (in *insertion) keepNumber(v4 *source.Node) {
	id, err := strconv.Atoi(in.id)
	if err != nil || in.kind == "" {
		id = 0
	}
	growNumber(in.old, v4, id+1)
}

func growNumber(old *flow.Flow, v4 *source.Node, atLeast int) {
	was := old.Node.Get("nextAvailableActionId")
	if was == nil || !was.IsScalar() {
		return
	}
	if v, err := strconv.Atoi(was.Text); err == nil && v >= atLeast {
		v4.Set("nextAvailableActionId", was.Clone())
		return
	}
	v4.Set("nextAvailableActionId", &source.Node{Kind: was.Kind, Text: strconv.Itoa(atLeast)})
}

// item makes the step.
func (in *insertion) item(fields []Field, where Place) (*source.Node, error) {
	if slices.Contains(endings(), in.kind) {
		return in.ending(fields)
	}
	var whole *source.Node
	body, beside := source.NewObject(source.Pos{}), source.NewObject(source.Pos{})
	for _, f := range fields {
		switch {
		case f.Value == nil || f.Value.Kind == source.Null:
		case f.Name == "id":
			in.name = textOf(f.Value)
		case f.Name == in.kind:
			whole = f.Value
		case in.kind == "branch_on" || slices.Contains(endings(), f.Name):
			beside.Set(f.Name, f.Value)
		case f.Name == "temperature":
			body.Set(f.Name, keepKind(nil, f.Name, f.Value))
		default:
			body.Set(f.Name, f.Value)
		}
	}
	if in.name == "" && in.base == nil {
		in.name = in.freeName()
	}
	if in.kind == "branch_on" {
		var err error
		if whole, err = branchValue(whole, where); err != nil {
			return nil, err
		}
		if beside.Get("cases") == nil {
			cases := source.NewObject(source.Pos{})
			cases.Set("SUCCESS", source.NewArray(source.Pos{}))
			beside.Members = append([]source.Member{{Key: "cases", Value: cases}}, beside.Members...)
		}
	}
	return in.assemble(whole, body, beside)
}

// branchValue is what a new branch_on branches on: whether the step before it succeeded, where nothing else is said.
func branchValue(given *source.Node, where Place) (*source.Node, error) {
	if given != nil {
		return given, nil
	}
	if where.After == "" {
		return nil, errors.New("branch_on needs what it branches on, for example {output: ask.hs_execution_state}")
	}
	out := source.NewObject(source.Pos{})
	out.Set("output", source.NewString(where.After+"."+flow.ExecutionState, source.Pos{}))
	return out, nil
}

// assemble puts a step together: its name stands among its fields, or beside its value where that is given as a whole.
func (in *insertion) assemble(whole, body, beside *source.Node) (*source.Node, error) {
	item, own := source.NewObject(source.Pos{}), source.NewObject(source.Pos{})
	if in.name != "" {
		own.Set("id", source.NewString(in.name, source.Pos{}))
	}
	if in.id != "" {
		own.Set("action_id", source.NewString(in.id, source.Pos{}))
	}
	switch {
	case whole != nil && len(body.Members) > 0:
		return nil, fmt.Errorf("%s takes either its value as a whole or its fields, not both", in.kind)
	case whole == nil:
		body.Members = append(own.Members, body.Members...)
		item.Set(in.kind, body)
	default:
		item.Set(in.kind, whole)
		item.Members = append(item.Members, own.Members...)
	}
	item.Members = append(item.Members, beside.Members...)
	return item, nil
}

// ending makes stop, go_to and next.
func (in *insertion) ending(fields []Field) (*source.Node, error) {
	item := source.NewObject(source.Pos{})
	in.id = ""
	if in.kind == "stop" {
		item.Set("stop", source.NewBool(true, source.Pos{}))
		return item, nil
	}
	for _, f := range fields {
		if f.Name == in.kind && f.Value.IsScalar() {
			item.Set(in.kind, source.NewString(f.Value.Text, source.Pos{}))
			return item, nil
		}
	}
	return nil, fmt.Errorf("%s needs the step at which to go on", in.kind)
}

// freeName is a readable name that no step has.
func (in *insertion) freeName() string {
	base := map[string]string{"ask_openai_assistant": "ask", "set_property": "set", "create_task": "task", "send_internal_email": "email",
		"delay": "wait", "delay_until": "wait", "create_record": "create", "branch_on": "branch", "random_split": "split"}[in.kind]
	if base == "" {
		base = in.kind
	}
	used := map[string]bool{}
	for _, a := range in.old.Actions {
		used[a.Name], used[a.ID] = true, true
	}
	for i, name := 2, base; ; i++ {
		if !used[name] {
			return name
		}
		name = base + "_" + strconv.Itoa(i)
	}
}
