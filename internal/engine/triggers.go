package engine

import (
	"strings"

	"askflow/internal/action"
	"askflow/internal/clock"
	"askflow/internal/filter"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/run"
	"askflow/internal/source"
)

// Trigger is one of the things that decide whether a record enrolls, for people. The label holds no control characters.
type Trigger struct {
	Label string
	File  string
	Pos   source.Pos // zero when it is not known
}

// watched is a trigger with what tells whether a record meets it: a matcher, or a list. Without either no record does.
type watched struct {
	Trigger
	matcher *filter.Matcher
	list    string
	kind    watchKind
}

type watchKind uint8

const (
	watchEnroll watchKind = iota
	watchRefine
	watchList
	watchUnenroll
	watchGoal
)

// Triggers lists what decides about enrollment: each alternative by which a record can enroll, those of the refinement
// criteria, the suppression lists, the unenrollment triggers, and the goal. What a rehearsal cannot play is listed as well.
func (p *Program) Triggers() []Trigger {
	list := p.watched()
	out := make([]Trigger, len(list))
	for i := range list {
		out[i] = list[i].Trigger
	}
	return out
}

// TriggersMet tells which of the triggers a record meets as it is in the files, one answer for each of Triggers, whatever the
// records to enroll are.
func (p *Program) TriggersMet(rec *hubspot.Record) []bool {
	list := p.watched()
	met := make([]bool, len(list))
	if rec == nil || len(list) == 0 {
		return met
	}
	view := action.NewScope(0, rec, p.flow.DataSources, p.cfg.World, clock.NewTimeline(p.cfg.Now, clock.Skip)).Record()
	for i := range list {
		switch w := &list[i]; {
		case w.matcher != nil:
			met[i] = w.matcher.Match(view).OK
		case w.list != "":
			met[i] = view.InList(w.list)
		}
	}
	return met
}

// LeftBy is the number of the trigger by which an enrolled record left the workflow, given how its enrollment ended: the goal,
// or the unenrollment triggers. -1 when it left by neither. Such a record did not meet that trigger when it was considered.
func (p *Program) LeftBy(state run.State, reason string) int {
	want := watchGoal
	switch {
	case state == run.GoalMet:
	case state == run.Unenrolled && reason == meetsUnenrollment:
		want = watchUnenroll
	default:
		return -1
	}
	for i, w := range p.watched() {
		if w.kind == want {
			return i
		}
	}
	return -1
}

func (p *Program) watch() []watched {
	var out []watched
	add := func(kind watchKind, label string, pos source.Pos, b *hubspot.FilterBranch) {
		w := watched{Trigger: Trigger{Label: shown(label, mostLabel), File: p.flow.File, Pos: pos}, kind: kind}
		if b != nil {
			w.matcher, _ = action.CompileFilter(p.cfg.Env, b) // what is wrong with it, compiling the whole has told
		}
		out = append(out, w)
	}
	each := func(kind watchKind, lead string, branches ...*hubspot.FilterBranch) {
		for _, b := range branches {
			for _, one := range alternatives(b) {
				add(kind, lead+branchWords(one), one.Pos, one)
			}
		}
	}
	if e := p.flow.Enrollment; e != nil {
		switch e.Type {
		case flow.ListBased:
			each(watchEnroll, "", e.ListFilter)
		case flow.EventBased:
			each(watchEnroll, "", e.EventFilters...)
			each(watchEnroll, "", e.ListMembershipFilters...)
			each(watchRefine, "refined by: ", e.Refinement)
		case flow.Manual:
		case flow.Dataset:
			add(watchEnroll, "in the dataset "+word(e.DatasetID), e.Pos, nil)
		default:
			add(watchEnroll, "a trigger of the type "+word(e.Type), e.Pos, nil)
		}
	}
	for i, id := range p.flow.SuppressionListIDs {
		add(watchList, "suppression list "+p.listName(id), p.suppressionPos(i), nil)
		out[len(out)-1].list = id
	}
	if b := p.flow.SuppressionFilter; b != nil {
		add(watchUnenroll, "unenrollment triggers: "+anyWords(b), b.Pos, b)
	}
	if b := p.flow.Goal; b != nil {
		add(watchGoal, "goal: "+anyWords(b), b.Pos, b)
	}
	return out
}

// listName is a list's name and id, or its id.
func (p *Program) listName(id string) string {
	if name := p.cfg.ListNames[id]; name != "" {
		return word(name) + " (" + word(id) + ")"
	}
	return word(id)
}

// suppressionPos is where the workflow names its suppression list with that number.
func (p *Program) suppressionPos(i int) source.Pos {
	n := p.flow.Node.Get("suppressionListIds")
	switch {
	case n == nil:
		return source.Pos{}
	case i < len(n.Items):
		return n.Items[i].Pos
	}
	return n.Pos
}

// anyWords says a branch in words, its alternatives joined.
func anyWords(b *hubspot.FilterBranch) string {
	var parts []string
	for _, one := range alternatives(b) {
		parts = append(parts, branchWords(one))
	}
	if len(parts) == 0 {
		return "every record"
	}
	return strings.Join(parts, " OR ")
}

// AskingStep is a step that asks: who asks whom, and which model, as far as scripted rules look at it.
type AskingStep struct {
	Step, StepName           string // the action's id and name
	Assistant, AssistantName string // its id and name
	Model                    string
}

// AskingSteps lists the steps that can send a question: not those that are pinned or stubbed, nor those whose settings are
// refused before anything is sent.
func (p *Program) AskingSteps() []AskingStep {
	var out []AskingStep
	for _, a := range p.flow.Actions {
		n := p.nodes[a.ID]
		if n == nil || !n.asks || n.pin != nil || n.stub || n.given != nil {
			continue
		}
		if q, refused := action.Question(n.runner); q != nil && refused == nil {
			out = append(out, AskingStep{Step: a.ID, StepName: a.Name, Assistant: q.Assistant.ID, AssistantName: q.Assistant.Name, Model: q.Model})
		}
	}
	return out
}
