// Package engine runs a workflow over records: who enrolls, the walk from action to action, delays on the enrollment's
// own timeline, and the pipeline that does so for many records at once and commits what came out in groups.
package engine

import (
	"fmt"
	"sync"
	"time"

	"askflow/internal/action"
	"askflow/internal/clock"
	"askflow/internal/filter"
	"askflow/internal/flow"
	"askflow/internal/run"
	"askflow/internal/source"
)

// MaxSteps is how many steps one enrollment may take. A workflow that loops without end is stopped there.
const MaxSteps = 1000

// EnrollMode says which records enroll.
type EnrollMode struct {
	// All enrolls every record, IDs the named ones; both skip the triggers only: suppression and goal still hold.
	All bool
	IDs map[string]bool
}

// Matching is the default: the workflow's own triggers decide.
func (m EnrollMode) Matching() bool { return !m.All && m.IDs == nil }

// Config is what a Program is compiled from.
type Config struct {
	Env    *action.Env
	World  action.World
	Enroll EnrollMode
	// Now is where every enrollment's timeline starts.
	Now   time.Time
	Clock clock.Mode
	// Pins answer a step with a text; Stubs keep a step's inputs and execute nothing. Keys are action ids.
	Pins  map[string]string
	Stubs map[string]bool
	// Outputs give a step that is not executed here the outputs it would have had: action id, then output.
	Outputs map[string]map[string]string
	// ListNames name the lists that a reason may have to speak of, by id.
	ListNames map[string]string
	// Budget stops the run before it would cost more; nil for none.
	Budget *Budget
	// Durable is for answers that cost money: each is on disk before its enrollment goes on, and so is the fact that a
	// request was sent. Asking then takes real time, whatever the clock says about delays.
	Durable bool
	// Timings puts the times of every step into the results.
	Timings bool
}

// Program is a workflow ready to run. It is immutable: any number of enrollments walk it at once.
type Program struct {
	cfg         Config
	flow        *flow.Flow
	nodes       map[string]*node
	triggers    triggers
	goal        *filter.Matcher
	suppression *filter.Matcher
	// watched is what Triggers lists; it is compiled when somebody first asks.
	watched func() []watched
}

// node is an action with everything about it that does not change.
type node struct {
	action *flow.Action
	label  string
	kindID string
	runner action.Runner
	next   string
	asks   bool
	pin    *string
	stub   bool
	// given are outputs that stand in for executing the action; nil for none.
	given map[string]string
}

// Compile prepares the workflow. The program is nil when the problems hold an error.
func Compile(cfg Config) (*Program, source.Problems) {
	f := cfg.Env.Flow
	p := &Program{cfg: cfg, flow: f, nodes: make(map[string]*node, len(f.Actions))}
	p.watched = sync.OnceValue(p.watch)
	var problems source.Problems
	for _, a := range f.Actions {
		runner, found := action.Compile(cfg.Env, a)
		problems = append(problems, found...)
		n := &node{action: a, label: cfg.Env.Kinds.Of(a).Label, kindID: a.KindID(), runner: runner, asks: cfg.Env.Kinds.IsOpenAI(a), stub: cfg.Stubs[a.ID], given: cfg.Outputs[a.ID]}
		if text, ok := cfg.Pins[a.ID]; ok {
			n.pin = &text
		}
		if a.Connection != nil {
			n.next = a.Connection.NextID
		}
		p.nodes[a.ID] = n
	}
	problems = append(problems, p.compileTriggers()...)
	if f.Goal != nil {
		m, found := action.CompileFilter(cfg.Env, f.Goal)
		p.goal, problems = m, append(problems, found...)
	}
	if f.SuppressionFilter != nil {
		m, found := action.CompileFilter(cfg.Env, f.SuppressionFilter)
		p.suppression, problems = m, append(problems, found...)
	}
	if problems.HasErrors() {
		return nil, problems
	}
	return p, problems
}

// Runner returns the runner of an action, nil when there is none with that id.
func (p *Program) Runner(actionID string) action.Runner {
	if n := p.nodes[actionID]; n != nil {
		return n.runner
	}
	return nil
}

// Flow is the workflow.
func (p *Program) Flow() *flow.Flow { return p.flow }

// loops explains why an enrollment was stopped.
func loops() string {
	return fmt.Sprintf("stopped after %d steps: the workflow loops, and no condition lets this record out", MaxSteps)
}

// refOf names a record in results.
func refOf(s *action.Scope) run.RecordRef {
	rec := s.Record().Record
	ref := run.RecordRef{ObjectType: rec.ObjectType, ID: rec.ID, Name: rec.Name()}
	if ref.Name == ref.ID {
		ref.Name = ""
	}
	return ref
}
