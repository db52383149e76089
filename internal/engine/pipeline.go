package engine

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/hubspot"
	"askflow/internal/run"
)

// Source gives the records of a run one by one; io.EOF ends it.
type Source interface {
	Next() (*hubspot.Record, error)
}

// Options are how a program runs over records.
type Options struct {
	// Concurrency is how many enrollments are walked at once; it never shows in the output.
	Concurrency int
	// Totals are those of a run that goes on, nil for a new one.
	Totals *run.Totals
	// Redo decides for each place of the input what an earlier try left; nil for a new run.
	Redo func(seq int64) Redo
	// Rows is called with each group after it was committed: in input order, unless somebody really waits on the clock.
	Rows func([]run.Row) error
	// Missing is called for each ask that found no scripted answer or recording.
	Missing func(MissingAnswer)
}

// Redo is what to do with one place of the input when a run goes on.
type Redo struct {
	// Skip: it has its row already.
	Skip bool
	// Row is what is stored. With Again the enrollment starts over, keeping the answers it got; otherwise it goes on
	// where the row left it.
	Row   *run.Row
	Again bool
}

// MissingAnswer is a question that nobody scripted.
type MissingAnswer struct {
	Seq                               int64
	RecordID, Assistant, Step, Prompt string
}

// Committer is the part of a store that a pipeline writes to.
type Committer interface {
	Commit(ctx context.Context, runID string, rows []run.Row, totals *run.Totals) error
}

// Bounds of a group: rows wait for each other until one is reached.
const (
	groupRows  = 512
	groupBytes = 1 << 20
	groupTime  = 150 * time.Millisecond
	batchSize  = 32
)

// Run considers every record. It returns the totals, also beside an error: the context's when it was cancelled, a
// *run.Error when the account or the budget stopped the run, or what the source or the store said. Whatever was
// committed before stays.
func (p *Program) Run(ctx context.Context, src Source, store Committer, runID string, opt Options) (*run.Totals, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	l := &pipeline{p: p, src: src, store: store, runID: runID, opt: opt, tally: newTally(opt.Totals), cancel: cancel, lastCommit: time.Now()}
	if l.opt.Concurrency < 1 {
		l.opt.Concurrency = 1
	}
	var err error
	if p.cfg.Clock == 0 {
		err = l.ordered(ctx)
	} else {
		err = l.waiting(ctx)
	}
	// What is done must be kept even when the user has had enough.
	err = errors.Join(err, l.flush(context.WithoutCancel(ctx)))
	if cause := context.Cause(ctx); cause != nil && err == nil {
		err = cause
	}
	return l.tally.snapshot(), err
}

type pipeline struct {
	p      *Program
	src    Source
	store  Committer
	runID  string
	opt    Options
	cancel context.CancelCauseFunc

	tally      *tally
	group      []run.Row
	bytes      int
	lastCommit time.Time
	missing    sync.Mutex
}

// batch is a few records that one worker takes at once, so that handing over costs little.
type batch struct {
	walkers []*walker
	rows    []run.Row
	counts  []contribution
	// replaced are the contributions of stored rows that this batch's rows replace.
	replaced []contribution
	done     chan struct{}
	err      error
}

// ordered runs enrollments that never really wait: batches are worked on in any order and committed in input order.
func (l *pipeline) ordered(ctx context.Context) error {
	work := make(chan *batch)
	order := make(chan *batch, 2*l.opt.Concurrency)
	var readErr error
	go func() {
		defer close(order)
		defer close(work)
		readErr = l.read(ctx, batchSize, func(b *batch) bool {
			select {
			case order <- b:
			case <-ctx.Done():
				return false
			}
			select {
			case work <- b:
				return true
			case <-ctx.Done():
				close(b.done)
				return false
			}
		})
	}()
	var workers sync.WaitGroup
	for range l.opt.Concurrency {
		workers.Go(func() {
			for b := range work {
				l.work(ctx, b)
			}
		})
	}
	var failure error
	for b := range order {
		<-b.done
		if failure != nil {
			continue
		}
		if failure = l.take(ctx, b); failure != nil {
			l.cancel(failure)
		}
	}
	workers.Wait()
	if failure != nil {
		return failure
	}
	return readErr
}

// read fills batches until the input ends or send says no.
func (l *pipeline) read(ctx context.Context, size int, send func(*batch) bool) error {
	var b *batch
	for seq := int64(0); ; seq++ {
		if ctx.Err() != nil {
			return nil
		}
		rec, err := l.src.Next()
		if err != nil {
			if b != nil && !send(b) {
				return nil
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		var redo Redo
		if l.opt.Redo != nil {
			if redo = l.opt.Redo(seq); redo.Skip {
				continue
			}
		}
		if b == nil {
			b = &batch{done: make(chan struct{}), walkers: make([]*walker, 0, size)}
		}
		w, err := l.walker(seq, rec, redo, b)
		if err != nil {
			return err
		}
		b.walkers = append(b.walkers, w)
		if len(b.walkers) == size {
			if !send(b) {
				return nil
			}
			b = nil
		}
	}
}

func (l *pipeline) walker(seq int64, rec *hubspot.Record, redo Redo, b *batch) (*walker, error) {
	if redo.Row == nil {
		return l.p.newWalker(seq, rec), nil
	}
	result, err := redo.Row.Result()
	if err != nil {
		return nil, err
	}
	b.replaced = append(b.replaced, contributionOf(redo.Row.State, result.Steps, result.Effects))
	if redo.Again {
		w := l.p.newWalker(seq, rec)
		w.scope.Prior = result.Steps
		return w, nil
	}
	return l.p.resume(rec, redo.Row)
}

// work walks a batch. An enrollment that was cut short leaves no row: it counts as not having happened.
func (l *pipeline) work(ctx context.Context, b *batch) {
	defer close(b.done)
	b.rows = make([]run.Row, 0, len(b.walkers))
	b.counts = make([]contribution, 0, len(b.walkers))
	for i, w := range b.walkers {
		if ctx.Err() != nil {
			return
		}
		if err := l.walk(ctx, w); err != nil {
			if w.stop != nil {
				l.cancel(w.stop)
			}
			return
		}
		row, c := w.row()
		b.rows = append(b.rows, row)
		b.counts = append(b.counts, c)
		if w.wait == nil {
			b.walkers[i] = nil // let its record go
		}
	}
}

func (l *pipeline) walk(ctx context.Context, w *walker) error {
	if w.state == "" && !w.enroll() {
		return nil
	}
	if err := w.walk(ctx); err != nil {
		return err
	}
	if l.opt.Missing != nil {
		l.report(w)
	}
	return nil
}

// report hands on the questions that nobody scripted.
func (l *pipeline) report(w *walker) {
	for i := range w.steps {
		s := &w.steps[i]
		if s.Ask == nil || s.Error == nil || s.Error.Code != assistant.CodeNoScriptedAnswer && s.Error.Code != assistant.CodeNoRecording {
			continue
		}
		l.missing.Lock()
		l.opt.Missing(MissingAnswer{Seq: w.seq, RecordID: w.scope.Record().Record.ID, Assistant: s.Ask.Assistant, Step: s.ActionID, Prompt: s.Ask.Prompt})
		l.missing.Unlock()
	}
}

// take puts a finished batch into the group and commits the group when it is full.
func (l *pipeline) take(ctx context.Context, b *batch) error {
	for i := range b.replaced {
		l.tally.add(&b.replaced[i], -1)
	}
	for i := range b.rows {
		if budget := l.p.cfg.Budget; budget != nil && b.counts[i].asks > 0 {
			if over := budget.allows(l.tally.cost, b.counts[i].askSteps); over != nil {
				return over
			}
		}
		l.tally.add(&b.counts[i], 1)
		l.bytes += len(b.rows[i].Steps) + len(b.rows[i].Effects)
		l.group = append(l.group, b.rows[i])
	}
	if len(l.group) < groupRows && l.bytes < groupBytes && time.Since(l.lastCommit) < groupTime {
		return nil
	}
	return l.flush(context.WithoutCancel(ctx))
}

// flush commits the group and shows it.
func (l *pipeline) flush(ctx context.Context) error {
	if len(l.group) == 0 {
		return nil
	}
	if err := l.store.Commit(ctx, l.runID, l.group, l.tally.snapshot()); err != nil {
		l.group = nil
		return err
	}
	var err error
	if l.opt.Rows != nil {
		err = l.opt.Rows(l.group)
	}
	clear(l.group)
	l.group, l.bytes, l.lastCommit = l.group[:0], 0, time.Now()
	return err
}

// One considers a single record and returns its row, storing nothing.
func (p *Program) One(ctx context.Context, seq int64, rec *hubspot.Record) (*run.Row, error) {
	w := p.newWalker(seq, rec)
	if w.enroll() {
		if err := w.walk(ctx); err != nil {
			return nil, err
		}
	}
	row, _ := w.row()
	return &row, nil
}
