package emulator

import (
	"context"
	"encoding/json"
	"fmt"

	"askflow/internal/engine"
	"askflow/internal/run"
)

// again goes on with a run: --resume takes what has no row yet and what waits in a delay, --retry-failed starts over
// whatever has a failed step, keeping the answers it got.
func (e *Emulator) again(ctx context.Context, req Request, hooks Hooks) (*Summary, error) {
	retry := req.RetryFailed != ""
	id := req.Resume + req.RetryFailed
	if retry && req.Resume != "" {
		return nil, usage("usage", "", "--resume and --retry-failed exclude each other")
	}
	store, err := e.Store(ctx) // a store makes runs that ask live durable by itself
	if err != nil {
		return nil, err
	}
	defer func() { _ = store.Close() }()
	r, err := store.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	p, err := e.same(ctx, req, r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = p.close() }() // what matters was closed, and its errors told, when the run ended
	was, why := r.Status, r.Error
	if was == run.RunRunning { // of a process that is gone, or Reopen refuses
		was = run.RunInterrupted
	}
	if r, err = store.Reopen(ctx, r.ID); err != nil {
		return nil, err
	}
	// Only now, when nobody else can commit to the run any more.
	left, err := leftOver(ctx, store, r, retry)
	if err != nil {
		r.Status, r.Error = was, why
		return nil, joinErrors(err, store.Finish(context.WithoutCancel(ctx), r))
	}
	if p.answering != nil && p.answering.budget != nil { // what was spent before counts
		spent, err := e.spentBefore(ctx, store, p, r)
		if err != nil {
			r.Status, r.Error = was, why
			return nil, joinErrors(err, store.Finish(context.WithoutCancel(ctx), r))
		}
		p.answering.budget.Spend(spent)
	}
	r.Error = nil
	if retry { // what never ran still waits for --resume
		p.endsAs, r.Error = was, why
	}
	return e.execute(ctx, p, store, r, engine.Options{Totals: &r.Totals, Redo: left.redo}, false, hooks)
}

// same prepares the run as it was started, and refuses when a file it read has changed since.
func (e *Emulator) same(ctx context.Context, req Request, r *run.Run) (*prepared, error) {
	var was stored
	if err := json.Unmarshal(r.Settings, &was); err != nil {
		return nil, usage("bad_run", "", "the settings of run %s cannot be read: %v", r.ID, err)
	}
	if req.Workflow != "" {
		f, err := e.Portal.Workflow(req.Workflow)
		if err != nil {
			return nil, err
		}
		if f.File != r.Workflow.File {
			return nil, usage("usage", "", "run %s is of the workflow %s, not of %s", r.ID, r.Workflow.File, f.File)
		}
	}
	// Before anything is read anew: a changed file may be why reading fails, and is then the better answer.
	if file := changed(e.unchangedYet(r)); file != "" {
		return nil, inputChanged(file, r)
	}
	again := was.Request
	again.Workflow, again.Now, again.Answers, again.Era, again.Clock = r.Workflow.File, was.Now, was.Answers, was.Era, was.Clock
	if req.MaxCost != "" { // a run that stopped at its budget goes on with another one
		again.MaxCost = req.MaxCost
	}
	again.Concurrency, again.DraftMissing = req.Concurrency, req.DraftMissing
	p, err := e.prepare(ctx, again, nil)
	if err != nil {
		return nil, err
	}
	if file := changed(r.Inputs, p.inputs); file != "" {
		return nil, joinErrors(inputChanged(file, r), p.close())
	}
	return p, nil
}

func inputChanged(file string, r *run.Run) *Error {
	what := "has changed"
	if _, read := r.Inputs[file]; !read {
		what = "is new"
	}
	return usage("input_changed", "restore the files as they were, or start a new run", "%s %s since run %s was started, so the run cannot go on", file, what, r.ID)
}

// unchangedYet pairs what the portal's files were when the run read them with what they are now, as far as loading the
// portal has told: the records are not among them.
func (e *Emulator) unchangedYet(r *run.Run) (was, now map[string]string) {
	was, now = map[string]string{}, map[string]string{}
	for file, sum := range e.Portal.Inputs {
		now[file] = sum
	}
	if text := e.Portal.Source(r.Workflow.File); text != nil {
		now[r.Workflow.File] = sha(text)
	}
	for file, sum := range r.Inputs {
		if _, here := now[file]; here {
			was[file] = sum
		}
	}
	for file := range now {
		if _, known := r.Inputs[file]; !known {
			was[file] = ""
		}
	}
	return was, now
}

// changed names the first file that differs.
func changed(was, now map[string]string) string {
	for _, file := range sortedKeys(was) {
		if was[file] != now[file] {
			return file
		}
	}
	for _, file := range sortedKeys(now) {
		if _, known := was[file]; !known {
			return file
		}
	}
	return ""
}

// leftovers are what an earlier try left: the places of the input that are done, as bits, and the rows to take up.
type leftovers struct {
	done []uint64
	rows map[int64]*run.Row
	// retry starts rows over instead of going on with them.
	retry bool
}

func leftOver(ctx context.Context, store run.Store, r *run.Run, retry bool) (*leftovers, error) {
	l := &leftovers{rows: map[int64]*run.Row{}, retry: retry}
	q := run.Query{AfterSeq: -1, States: []run.State{run.Active}}
	if retry {
		// Who is parked in a delay goes on with --resume.
		q = run.Query{AfterSeq: -1, Failed: true, States: []run.State{run.Completed, run.GoalMet, run.Unenrolled}}
	}
	err := store.Rows(ctx, r.ID, q, func(row *run.Row) error {
		kept := *row
		l.rows[row.Seq] = &kept
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = store.Done(ctx, r.ID, func(seq int64, _ run.State, _ bool) error {
		if _, redo := l.rows[seq]; redo {
			return nil
		}
		for int(seq/64) >= len(l.done) {
			l.done = append(l.done, 0)
		}
		l.done[seq/64] |= 1 << (seq % 64)
		return nil
	})
	if retry && len(l.rows) == 0 && err == nil {
		return nil, &Error{Code: "nothing_failed", Message: fmt.Sprintf("no enrollment of run %s has a failed step", r.ID), Exit: ExitUsage}
	}
	return l, err
}

func (l *leftovers) redo(seq int64) engine.Redo {
	if row := l.rows[seq]; row != nil {
		return engine.Redo{Row: row, Again: l.retry}
	}
	if l.retry {
		return engine.Redo{Skip: true} // what never ran is resumed, not retried
	}
	return engine.Redo{Skip: int(seq/64) < len(l.done) && l.done[seq/64]&(1<<(seq%64)) != 0}
}
