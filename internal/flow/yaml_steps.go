package flow

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"askflow/internal/source"
)

// The steps of the short form that are actions.
const (
	stepAsk          = "ask_openai_assistant"
	stepSetProperty  = "set_property"
	stepCreateTask   = "create_task"
	stepNotify       = "notify"
	stepEmail        = "send_internal_email"
	stepDelay        = "delay"
	stepDelayUntil   = "delay_until"
	stepCreateRecord = "create_record"
	stepBranch       = "branch"
	stepBranchOn     = "branch_on"
	stepRandomSplit  = "random_split"
	stepRaw          = "action"
)

// The steps that end a list and are no action, and may also stand on a step.
const (
	stepGoTo = "go_to"
	stepNext = "next"
	stepStop = "stop"
)

func actionSteps() []string {
	return []string{stepAsk, stepSetProperty, stepCreateTask, stepNotify, stepEmail, stepDelay, stepDelayUntil, stepCreateRecord,
		stepBranch, stepBranchOn, stepRandomSplit, stepRaw}
}

func endingSteps() []string { return []string{stepGoTo, stepNext, stepStop} }

// yamlStep is one step that becomes an action.
type yamlStep struct {
	kind string
	name string // given with id:, when it is no number
	id   string // the action id
	pos  source.Pos
	// idPos is where id or name stand.
	idPos source.Pos
	body  *source.Node
	item  *source.Fields // the step with what stands beside its kind
	inner *source.Fields // the body when it is an object with fixed keys
	// ending is what stands on the step itself: go_to, next or stop.
	ending *yamlItem
	arms   []yamlArm
	other  *yamlArm // the default branch
	follow *yamlEdge
}

// yamlArm is a branch's list of steps.
type yamlArm struct {
	name   *source.Node
	values []*source.Node // of branch_on
	when   *source.Node   // of branch, nil when there is no condition
	weight *source.Node   // of random_split
	list   *yamlList
	edge   *yamlEdge
	pos    source.Pos
}

// yamlItem is an entry of a list: an action, or an ending with its target.
type yamlItem struct {
	kind   string // go_to, next, stop, or "" for an action
	target *source.Node
	step   *yamlStep
	pos    source.Pos
}

type yamlList struct{ items []yamlItem }

// yamlEdge is a way to a step; nil is the end of the workflow.
type yamlEdge struct {
	kind string
	to   *yamlStep
	pos  source.Pos
}

// readList reads steps. Actions are collected in document order, arms before what follows the branch.
func (y *yamlFlow) readList(n *source.Node, what string) *yamlList {
	list := &yamlList{}
	if n == nil || n.Kind == source.Null {
		return list
	}
	if n.Kind != source.Array {
		y.r.Errorf(n.Pos, "wrong_type", "start each step with a dash", "%s must be a list of steps, but here stands %s", what, n.Kind)
		return list
	}
	for _, it := range n.Items {
		if item, ok := y.readItem(it); ok {
			list.items = append(list.items, item)
		}
	}
	return list
}

func (y *yamlFlow) readItem(n *source.Node) (yamlItem, bool) {
	if n.Kind != source.Object {
		y.r.Errorf(n.Pos, "wrong_type", "for example - delay: 2d", "a step must be an object, but here stands %s", n.Kind)
		return yamlItem{}, false
	}
	kind := ""
	for _, m := range n.Members {
		if slices.Contains(actionSteps(), m.Key) {
			if kind != "" {
				y.r.Errorf(m.KeyPos, "two_steps", "start each step with its own dash", "a step holds one action, but here stand %s and %s", kind, m.Key)
				return yamlItem{}, false
			}
			kind = m.Key
		}
	}
	o := y.r.Object(n, "a step")
	if kind == "" {
		return y.readEnding(o)
	}
	s := &yamlStep{kind: kind, pos: n.Pos, idPos: n.Pos, body: n.Get(kind), item: o}
	o.Known(kind)
	y.steps = append(y.steps, s)
	y.readOwn(s, o)
	switch kind {
	case stepBranch:
		y.readBranch(s)
	case stepBranchOn:
		y.readBranchOn(s)
	case stepRaw:
		if id := s.body.Get("actionId"); id.IsScalar() && s.id == "" {
			s.id, s.idPos = id.Text, id.Pos
		}
	case stepRandomSplit:
		s.inner = y.r.Object(s.body, kind)
		y.readOwn(s, s.inner)
		y.readSplit(s)
	default:
		if s.body.Kind == source.Object {
			s.inner = y.r.Object(s.body, kind)
			y.readOwn(s, s.inner)
		}
	}
	o.Done()
	return yamlItem{step: s, pos: n.Pos}, true
}

// readEnding reads an entry that is no action.
func (y *yamlFlow) readEnding(o *source.Fields) (yamlItem, bool) {
	e := y.ending(o)
	if e == nil {
		n := o.Node
		known := append(actionSteps(), endingSteps()...)
		if len(n.Members) == 0 {
			y.r.Errorf(n.Pos, "unknown_step", "for example - delay: 2d", "this step is empty")
			return yamlItem{}, false
		}
		hint := "docs/formats.md lists the steps"
		m := n.Members[0]
		for _, c := range n.Members {
			if near := source.Nearest(c.Key, known); near != "" {
				hint, m = fmt.Sprintf("did you mean %q?", near), c
				break
			}
		}
		y.r.Errorf(m.KeyPos, "unknown_step", hint, "there is no step %q", m.Key)
		return yamlItem{}, false
	}
	o.Done()
	return *e, true
}

// ending reads go_to, next and stop; nil when none of them is there.
func (y *yamlFlow) ending(o *source.Fields) *yamlItem {
	var e *yamlItem
	for _, key := range endingSteps() {
		n := o.Get(key)
		if n == nil && key == stepStop && o.Has(key) {
			n = source.NewBool(true, o.Pos(key)) // "- stop:" says enough
		}
		if n == nil {
			continue
		}
		if e != nil {
			y.r.Errorf(n.Pos, "two_steps", "keep one of them", "%s and %s cannot both be followed", e.kind, key)
			continue
		}
		if key == stepStop && !o.Bool(key, true) {
			y.r.Errorf(n.Pos, "bad_value", "leave it out to go on", "stop is true or not there")
		}
		e = &yamlItem{kind: key, target: n, pos: n.Pos}
	}
	return e
}

// stepName keeps names apart from numbers and usable in tokens.
var (
	stepName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)
	stepID   = regexp.MustCompile(`^[0-9]+$`)
)

func validName(s string) bool {
	return stepName.MatchString(s) && len(s) <= 100 && !actionOutput.MatchString(s)
}

// actionOutput is how HubSpot's own tokens name an action.
var actionOutput = regexp.MustCompile(`^action_output_`)

// readOwn reads what every step may have: id, action_id and an ending.
func (y *yamlFlow) readOwn(s *yamlStep, o *source.Fields) {
	if n := y.scalar(o, "id"); n != nil {
		s.idPos = n.Pos
		switch {
		case stepID.MatchString(n.Text):
			s.id = n.Text
		case !validName(n.Text):
			y.r.Errorf(n.Pos, "bad_name", "use letters, digits, _ and -, and begin with a letter", "%s cannot be the name of a step", show(n))
		case s.name != "":
			y.r.Errorf(n.Pos, "two_names", "keep one id", "this step is already named %q", s.name)
		default:
			s.name = n.Text
			if other := y.byName[s.name]; other != nil {
				y.r.Errorf(n.Pos, "duplicate_name", "", "the name %q is used twice; the first stands at line %d", s.name, other.idPos.Line)
			} else {
				y.byName[s.name] = s
			}
		}
	}
	if n := y.scalar(o, "action_id"); n != nil {
		s.id, s.idPos = n.Text, n.Pos
	}
	if e := y.ending(o); e != nil {
		if s.ending != nil {
			y.r.Errorf(e.pos, "two_steps", "keep one of them", "%s and %s cannot both be followed", s.ending.kind, e.kind)
		}
		s.ending = e
	}
}

// smallID reads an id as numbering understands it: a plain number of ordinary size.
func smallID(id string) (int, bool) {
	v, err := strconv.Atoi(id)
	return v, err == nil && v >= 0 && v < 1_000_000_000 && strconv.Itoa(v) == id
}

// number gives every step its action id: the one it asks for, else the number after the step before it, or the next
// that is free.
func (y *yamlFlow) number() {
	taken := map[int]int{} // a taken number leads to a later one that may be free
	free := func(from int) int {
		var path []int
		for taken[from] != 0 {
			path = append(path, from)
			from = taken[from]
		}
		for _, p := range path {
			taken[p] = from
		}
		return from
	}
	for _, s := range y.steps {
		if s.id == "" {
			continue
		}
		if other := y.byID[s.id]; other != nil {
			y.r.Errorf(s.idPos, "duplicate_action_id", "", "the action id %q is used twice; the first stands at line %d", s.id, other.idPos.Line)
		}
		y.byID[s.id] = s
		if v, ok := smallID(s.id); ok {
			taken[v] = v + 1
		}
	}
	last := 0
	for _, s := range y.steps {
		if s.id == "" {
			v := free(last + 1)
			s.id = strconv.Itoa(v)
			taken[v] = v + 1
			y.byID[s.id] = s
		}
		if v, ok := smallID(s.id); ok {
			last = v
		}
	}
}

// connect decides where every step goes on, from the end of the list to its start, and returns the way into the list.
// after is where the list itself goes on.
func (y *yamlFlow) connect(list *yamlList, after *yamlEdge) *yamlEdge {
	edge := after
	for i := len(list.items) - 1; i >= 0; i-- {
		it := list.items[i]
		if it.step == nil {
			edge = y.follow(&it)
			continue
		}
		s := it.step
		s.follow = edge
		if s.ending != nil {
			s.follow = y.follow(s.ending)
		}
		for j := range s.arms {
			s.arms[j].edge = y.connect(s.arms[j].list, s.follow)
		}
		if s.other != nil {
			s.other.edge = y.connect(s.other.list, s.follow)
		}
		edge = &yamlEdge{kind: EdgeStandard, to: s, pos: s.pos}
	}
	return edge
}

// follow is the way that an ending names.
func (y *yamlFlow) follow(e *yamlItem) *yamlEdge {
	if e.kind == stepStop {
		return nil
	}
	to := y.target(e.target)
	if to == nil {
		return nil
	}
	kind := EdgeStandard
	if e.kind == stepGoTo {
		kind = EdgeGoto
	}
	return &yamlEdge{kind: kind, to: to, pos: e.pos}
}

// target finds a step by name or action id.
func (y *yamlFlow) target(n *source.Node) *yamlStep {
	if s := y.lookup(textOf(n)); s != nil && n.IsScalar() {
		return s
	}
	y.r.Errorf(n.Pos, "unknown_target", y.nearestStep(textOf(n)), "there is no step %s", show(n))
	return nil
}

func (y *yamlFlow) lookup(ref string) *yamlStep {
	if s := y.byName[ref]; s != nil {
		return s
	}
	return y.byID[ref]
}

func (y *yamlFlow) nearestStep(ref string) string {
	if len(y.r.Problems) > 50 {
		return "name the step with id" // looking at every name for every mistake takes long in a large file
	}
	names := make([]string, 0, len(y.byName))
	for _, s := range y.steps {
		if s.name != "" {
			names = append(names, s.name)
		}
	}
	if near := source.Nearest(ref, names); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "name the step with id"
}
