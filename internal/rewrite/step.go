package rewrite

import (
	"errors"
	"fmt"
	"regexp"
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
		var w *work
		if w, err = f.open(); err != nil {
			return nil, "", err
		}
		ins := &insertion{work: w, kind: kind, pin: pin && w.base == nil}
		var first error
		if text, step, first = ins.run(where, fields); first == nil {
			return text, step, nil
		}
		if err == nil || !pin {
			err = first
		}
		if w.base != nil || !ins.placed {
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
	item, body := source.NewObject(source.Pos{}), source.NewObject(source.Pos{})
	if slices.Contains(endings(), in.kind) {
		return in.ending(fields)
	}
	var whole *source.Node
	beside := source.NewObject(source.Pos{})
	for _, f := range fields {
		switch {
		case f.Value == nil || f.Value.Kind == source.Null:
		case f.Name == "id":
			in.name = textOf(f.Value)
		case f.Name == in.kind:
			whole = f.Value
		case slices.Contains([]string{"cases", "default", "default_name"}, f.Name) && in.kind == "branch_on", slices.Contains(endings(), f.Name):
			beside.Set(f.Name, f.Value)
		default:
			if f.Name == "temperature" && f.Value.Kind == source.String && source.ValidNumber(f.Value.Text) {
				f.Value = source.NewNumber(f.Value.Text, source.Pos{})
			}
			body.Set(f.Name, f.Value)
		}
	}
	if in.name == "" && in.base == nil {
		in.name = in.freeName()
	}
	if in.kind == "branch_on" {
		if whole == nil {
			whole = source.NewObject(source.Pos{})
			if where.After == "" {
				return nil, errors.New("branch_on needs what it branches on, for example {output: ask.hs_execution_state}")
			}
			whole.Set("output", source.NewString(where.After+"."+flow.ExecutionState, source.Pos{}))
		}
		if beside.Get("cases") == nil {
			cases := source.NewObject(source.Pos{})
			cases.Set("SUCCESS", source.NewArray(source.Pos{}))
			beside.Members = append([]source.Member{{Key: "cases", Value: cases}}, beside.Members...)
		}
	}
	own := source.NewObject(source.Pos{})
	if in.name != "" {
		own.Set("id", source.NewString(in.name, source.Pos{}))
	}
	if in.id != "" {
		own.Set("action_id", source.NewString(in.id, source.Pos{}))
	}
	if whole == nil {
		whole = source.NewObject(source.Pos{})
		whole.Members = append(own.Members, body.Members...)
		own.Members = nil
	} else if len(body.Members) > 0 {
		return nil, fmt.Errorf("%s takes either its value as a whole or its fields, not both", in.kind)
	}
	item.Set(in.kind, whole)
	item.Members = append(append(item.Members, own.Members...), beside.Members...)
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

// insert puts the step into its list.
func (in *insertion) insert(where Place, item *source.Node) error {
	ways := 0
	for _, set := range []bool{where.After != "", where.First, where.Last} {
		if set {
			ways++
		}
	}
	if ways != 1 || where.After != "" && (where.Branch != "" || where.Arm != "") {
		return errors.New("say where the step goes: after a step, first, or last")
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
	n := list.path.At(in.ed.Root())
	switch {
	case n == nil:
		return in.newArm(list, item)
	case n.Kind == source.Null || len(n.Items) == 0 || where.First:
		in.path = list.path.with(Item(0))
		return in.ed.InsertItem(list.path, 0, item)
	}
	last := len(n.Items)
	for _, s := range in.steps {
		if len(s.path) == len(list.path)+1 && s.path[:len(list.path)].String() == list.path.String() && s.kind == "" {
			last = s.path[len(list.path)].index // what stands behind it is reached by name only
			break
		}
	}
	if last == 0 {
		in.path = list.path.with(Item(0))
		return in.ed.InsertItem(list.path, 0, item)
	}
	for _, s := range in.steps {
		if s.path.String() == list.path.with(Item(last-1)).String() {
			return in.after(s, item)
		}
	}
	return missing(list.path)
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

// pinNext gives the step that follows in the text the action id that it had.
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
		if s.path.String() != in.path.String() {
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
