package suite

import (
	"askflow/internal/coverage"
	"askflow/internal/emulator"
	"askflow/internal/engine"
	"askflow/internal/hubspot"
	"askflow/internal/openaisim"
	"askflow/internal/portal"
	"askflow/internal/prompttest"
	"askflow/internal/run"
)

// covers are what was reached of each workflow, in any test, cell and repeat.
type covers struct {
	byFile map[string][]*cover
}

func newCovers() *covers { return &covers{byFile: map[string][]*cover{}} }

// cover is what one run of a cell reached.
type cover struct {
	tracker *coverage.Tracker
	program *engine.Program
}

// of begins a cover for one run of a cell.
func (c *covers) of(cl *cell) *cover {
	out := &cover{}
	c.byFile[cl.flow.File] = append(c.byFile[cl.flow.File], out)
	return out
}

// start is told what runs before the first record.
func (c *cover) start(e *emulator.Emulator, s *emulator.Stage) {
	var triggers []coverage.Trigger
	for _, t := range s.Program.Triggers() {
		triggers = append(triggers, coverage.Trigger(t))
	}
	rules := e.Portal.Rules
	if s.Run.Answers != portal.AnswersScripted {
		rules = nil
	}
	c.program, c.tracker = s.Program, coverage.New(s.Flow, e.Kinds, triggers, rules)
	var asks []coverage.Ask
	for _, a := range s.Program.AskingSteps() {
		asks = append(asks, coverage.Ask(a))
	}
	c.tracker.Asks(asks...)
}

// record is told of every record that is considered.
func (c *cover) record(rec *hubspot.Record) {
	if c.tracker == nil {
		return
	}
	for i, met := range c.program.TriggersMet(rec) {
		if met {
			c.tracker.Trigger(i)
		}
	}
}

func (c *cover) rule(r *openaisim.Rule) {
	if c.tracker != nil {
		c.tracker.Rule(r)
	}
}

// result is told of what each record came to.
func (c *cover) result(result *run.Result) {
	if c.tracker == nil {
		return
	}
	c.tracker.Steps(result.Steps)
	if i := c.program.LeftBy(result.Enrollment.State, result.Enrollment.Reason); i >= 0 {
		c.tracker.Trigger(i)
	}
}

// finish gives the first test of each workflow what all tests of it reached.
func (c *covers) finish(report *prompttest.Report) {
	given := map[string]bool{}
	for _, t := range report.Tests {
		if given[t.Workflow.File] {
			continue
		}
		var trackers []*coverage.Tracker
		for _, cv := range c.byFile[t.Workflow.File] {
			if cv.tracker != nil {
				trackers = append(trackers, cv.tracker)
			}
		}
		if len(trackers) > 0 {
			t.Coverage = coverage.Merge(trackers...)
			given[t.Workflow.File] = true
		}
	}
}
