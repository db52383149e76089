package workflows

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/tui/flowdraw"
	"askflow/internal/tui/inspect"
	"askflow/internal/tui/ui"
)

// lighting is the path of one record through the workflow: of the newest run, or of the run that the place was opened from.
type lighting struct {
	loader ui.Loader
	// asked is a record that was asked for; its Run is "" for the newest one.
	asked ui.ShowWorkflow
	of    string // the run that was looked at last, with its status
	// newest is the newest run when a record was asked for: a newer one counts more than what was asked for.
	newest string
	lit    *litPath
	err    error
}

// litPath is a record's path.
type litPath struct {
	run      string
	seq      int64
	record   run.RecordRef
	enrolled run.Enrollment
	steps    map[string]*run.Step // the last visit of each action
	lit      map[string]bool
	halted   bool // the run does not go on, though it was not through
	none     bool // the run enrolled nobody, or has nobody further that way
}

// failed tells that one of its steps failed; of a step that was visited more than once, the last visit counts.
func (p *litPath) failed() bool {
	for _, s := range p.steps {
		if s.State == run.FailContinue {
			return true
		}
	}
	return false
}

// mostScanned bounds how many records are looked at for one that was enrolled.
const mostScanned = 5000

// relight lights a record of the newest run, or of the run that was asked for, when it is not lit already.
func (o *opened) relight() tea.Cmd {
	if o.flow() == nil || o.s.env.Services.Runs == nil {
		return nil
	}
	newest := o.newest()
	if newest != o.path.newest {
		if o.path.newest != "" {
			o.path.asked = ui.ShowWorkflow{}
		}
		o.path.newest = newest
	}
	id := o.path.asked.Run
	if id == "" {
		if newest == "" {
			o.path.lit, o.path.of = nil, ""
			return nil
		}
		id = newest + " " + string(o.newestRuns()[0].Status) // look again once it has ended
	}
	if id == o.path.of {
		return nil
	}
	o.path.of = id
	return o.light(func(ctx context.Context, runs service.Runs, asked ui.ShowWorkflow) (*litPath, error) {
		if asked.Run != "" {
			return readPath(ctx, runs, asked.Run, asked.Seq)
		}
		q := run.BriefQuery{AfterSeq: -1, BeforeSeq: -1, Action: asked.ActionID}
		return findPath(ctx, runs, newest, q)
	})
}

// newestRuns are the runs as the list or the workflow knows them, whichever is newer.
func (o *opened) newestRuns() []*run.Run {
	for _, it := range o.s.list.all {
		if it.File == o.file && len(it.Runs) > 0 {
			return it.Runs
		}
	}
	return o.item().Runs
}

func (o *opened) newest() string {
	if runs := o.newestRuns(); len(runs) > 0 {
		return runs[0].ID
	}
	return ""
}

// light reads a path outside of Update.
func (o *opened) light(read func(context.Context, service.Runs, ui.ShowWorkflow) (*litPath, error)) tea.Cmd {
	runs, asked := o.s.env.Services.Runs, o.path.asked
	return ui.Load(o.s.env, &o.path.loader, func(ctx context.Context) (*litPath, error) { return read(ctx, runs, asked) })
}

// step lights the path of the next record that was enrolled, or of the one before.
func (o *opened) step(backwards bool) tea.Cmd {
	lit := o.path.lit
	if lit == nil {
		return nil
	}
	q := run.BriefQuery{AfterSeq: lit.seq, BeforeSeq: -1}
	if backwards {
		q = run.BriefQuery{AfterSeq: -1, BeforeSeq: lit.seq, Backwards: true}
	}
	return o.light(func(ctx context.Context, runs service.Runs, _ ui.ShowWorkflow) (*litPath, error) {
		return findPath(ctx, runs, lit.run, q)
	})
}

// findPath finds a record that was enrolled.
func findPath(ctx context.Context, runs service.Runs, id string, q run.BriefQuery) (*litPath, error) {
	q.Limit, q.Scan = 1, mostScanned
	q.States = []run.State{run.Completed, run.GoalMet, run.Unenrolled, run.Active, run.Interrupted}
	page, err := runs.Briefs(ctx, id, q)
	if err != nil {
		return nil, err
	}
	if len(page.Briefs) == 0 {
		return &litPath{run: id, none: true}, nil
	}
	return readPath(ctx, runs, id, page.Briefs[0].Seq)
}

// readPath reads the path of one record.
func readPath(ctx context.Context, runs service.Runs, id string, seq int64) (*litPath, error) {
	result, err := runs.Row(ctx, id, seq)
	if errors.Is(err, run.ErrNoRow) {
		return &litPath{run: id, none: true}, nil
	}
	if err != nil {
		return nil, err
	}
	p := &litPath{run: id, seq: seq, record: result.Record, enrolled: result.Enrollment, steps: make(map[string]*run.Step, len(result.Steps)), lit: flowdraw.LitSteps(result.Steps)}
	for i := range result.Steps {
		p.steps[result.Steps[i].ActionID] = &result.Steps[i]
	}
	return p, nil
}

// takePath takes the path of a record. One that has nobody further on leaves the path that is lit.
func (o *opened) takePath(msg ui.Loaded[*litPath]) tea.Cmd {
	if msg.Of != &o.path.loader || !o.path.loader.Take(msg.N) {
		return nil
	}
	o.path.err = msg.Err
	if msg.Err != nil {
		o.path.of = "" // the next occasion tries again
		return nil
	}
	if before := o.path.lit; msg.Value.none && before != nil && before.run == msg.Value.run && !before.none {
		return ui.Note("Run " + before.run + " enrolled no further record that way.")
	}
	o.path.lit = msg.Value
	for _, r := range o.newestRuns() {
		if r.ID == o.path.lit.run {
			o.path.lit.halted = inspect.Halted(o.s.env, r)
		}
	}
	return o.readCard()
}
