package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"askflow/internal/clock"
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
	// Only leaves out the records for which it says no: they are not considered, and have no row. It is called in input order, by
	// one goroutine. Nil considers all.
	Only func(rec *hubspot.Record) bool
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

// Run considers every record. It returns the totals of what was committed, also beside an error: the context's when it
// was cancelled, a *run.Error when the account or the budget stopped the run, a *PanicError when a mistake of the program did, or what
// the source or the store said.
// Whatever was committed before stays.
func (p *Program) Run(ctx context.Context, src Source, store Committer, runID string, opt Options) (*run.Totals, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	l := &pipeline{p: p, src: src, store: store, runID: runID, opt: opt, tally: newTally(opt.Totals), cancel: cancel, lastCommit: time.Now()}
	l.stopped.Store(math.MaxInt64)
	l.committed = l.tally.snapshot()
	if l.opt.Concurrency < 1 {
		l.opt.Concurrency = 1
	}
	var err error
	if p.cfg.Clock == clock.Skip && !p.cfg.Durable {
		err = l.ordered(ctx)
	} else {
		err = l.waiting(ctx)
	}
	// What is done must be kept even when the user has had enough.
	err = errors.Join(err, l.flush(context.WithoutCancel(ctx)))
	if cause := context.Cause(ctx); cause != nil && err == nil {
		err = cause
	}
	return l.committed, err
}

type pipeline struct {
	p      *Program
	src    Source
	store  Committer
	runID  string
	opt    Options
	cancel context.CancelCauseFunc

	tally *tally
	// committed are the totals of the rows that are in the store.
	committed  *run.Totals
	group      []run.Row
	bytes      int
	lastCommit time.Time
	// stopped is the place of the first record whose enrollment stopped the run; later ones need not be walked.
	stopped atomic.Int64
}

// batch is a few records that one worker takes at once, so that handing over costs little.
type batch struct {
	walkers []*walker
	done    chan struct{}
	// walked are the enrollments that came to an end or to a wait, in the order of walkers. It is shorter than walkers when
	// the batch was cut short.
	walked []walked
	// stop is the failure that ended the run in the enrollment after those walked: a *run.Error or a *PanicError.
	stop error
	// untouched tells that nobody began with the enrollment after those walked.
	untouched bool
}

// walked is what one enrollment left.
type walked struct {
	row   run.Row
	count contribution
	// replaces is what the totals hold of the stored row that row takes the place of.
	replaces *contribution
	missing  []MissingAnswer
	// parked is set when the enrollment waits in a delay.
	parked *walker
}

// ordered runs enrollments that never really wait: batches are worked on in any order and committed in input order.
func (l *pipeline) ordered(ctx context.Context) error {
	work := make(chan *batch)
	order := make(chan *batch, 2*l.opt.Concurrency)
	var readErr error
	go func() {
		defer close(order)
		defer close(work)
		readErr = guarded(func() error {
			return l.read(ctx, batchSize, func(b *batch) bool {
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
		if failure = l.take(ctx, b); failure == nil && b.stop != nil {
			failure = b.stop
		}
		if failure != nil {
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
			if b != nil {
				send(b)
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if l.opt.Only != nil && !l.opt.Only(rec) {
			continue
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
		w, err := l.walker(seq, rec, redo)
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

func (l *pipeline) walker(seq int64, rec *hubspot.Record, redo Redo) (*walker, error) {
	if redo.Row == nil {
		return l.p.newWalker(seq, rec), nil
	}
	result, err := redo.Row.Result()
	if err != nil {
		return nil, fmt.Errorf("the stored result of the record %s cannot be read: %w", redo.Row.Record.ID, err)
	}
	w := l.p.newWalker(seq, rec)
	if redo.Again {
		w.scope.Prior = result.Steps
	} else {
		w.resume(result, redo.Row)
	}
	c := contributionOf(redo.Row.State, result.Steps, result.Effects)
	w.replaces = &c
	return w, nil
}

// work walks a batch. An enrollment that was cut short leaves nothing: it counts as not having happened.
func (l *pipeline) work(ctx context.Context, b *batch) {
	defer close(b.done)
	b.walked = make([]walked, 0, len(b.walkers))
	for i, w := range b.walkers {
		if ctx.Err() != nil || w.seq > l.stopped.Load() {
			b.untouched = true
			return
		}
		var whole bool
		if err := guarded(func() (err error) { whole, err = l.one(ctx, w, b); return err }); err != nil {
			b.stop = err
			l.stopAt(w.seq)
		}
		if !whole {
			return
		}
		b.walkers[i] = nil // let its record go
	}
}

// one walks an enrollment and puts what it left into the batch; whole tells whether it left anything. The error is what must end
// the run.
func (l *pipeline) one(ctx context.Context, w *walker, b *batch) (whole bool, stop error) {
	if err := l.walk(ctx, w); err != nil {
		if w.stop != nil {
			stop = w.stop
		}
		if !w.p.cfg.Durable || w.wait == nil {
			return false, stop
		}
		// Its row is to say that no request is under way.
	}
	out := walked{replaces: w.replaces}
	out.row, out.count = w.row()
	if l.opt.Missing != nil && out.count.noAnswer > 0 {
		out.missing = w.missing()
	}
	if w.wait != nil {
		out.parked = w
	}
	b.walked = append(b.walked, out)
	return true, stop
}

// stopAt lets no record after seq begin any more. Those before it end, so that a run always stops at the same record.
func (l *pipeline) stopAt(seq int64) {
	for {
		at := l.stopped.Load()
		if at <= seq || l.stopped.CompareAndSwap(at, seq) {
			return
		}
	}
}

func (l *pipeline) walk(ctx context.Context, w *walker) error {
	if w.state == "" && !w.enroll() {
		return nil
	}
	return w.walk(ctx)
}

// missing lists the questions that nobody scripted.
func (w *walker) missing() []MissingAnswer {
	var out []MissingAnswer
	for i := range w.steps {
		if s := &w.steps[i]; unanswered(s) {
			out = append(out, MissingAnswer{Seq: w.seq, RecordID: w.scope.Record().Record.ID, Assistant: s.Ask.Assistant, Step: s.ActionID, Prompt: s.Ask.Prompt})
		}
	}
	return out
}

// take puts a finished batch into the group and commits the group when it is full.
func (l *pipeline) take(ctx context.Context, b *batch) (err error) {
	defer Recover(&err)
	for i := range b.walked {
		w := &b.walked[i]
		if w.replaces != nil {
			l.tally.add(w.replaces, -1)
		}
		if budget := l.p.cfg.Budget; budget != nil && w.count.asks > 0 {
			if over := budget.allows(l.tally.cost, w.count.askSteps); over != nil {
				if w.replaces != nil { // its row stays
					l.tally.add(w.replaces, 1)
				}
				return over
			}
		}
		l.tally.add(&w.count, 1)
		for _, m := range w.missing {
			l.opt.Missing(m)
		}
		l.bytes += len(w.row.Steps) + len(w.row.Effects)
		l.group = append(l.group, w.row)
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
	totals := l.tally.snapshot()
	if err := guarded(func() error { return l.store.Commit(ctx, l.runID, l.group, totals) }); err != nil {
		l.group = nil
		return err
	}
	l.committed = totals
	var err error
	if l.opt.Rows != nil {
		err = guarded(func() error { return l.opt.Rows(l.group) })
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
