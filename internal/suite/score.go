package suite

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"askflow/internal/assistant"
	"askflow/internal/emulator"
	"askflow/internal/hubspot"
	"askflow/internal/prompttest"
	"askflow/internal/run"
)

// watchers look at one run of a cell while it goes on.
type watchers struct {
	r     *runner
	p     *plan
	c     *cell
	tally *tally
	cover *cover

	stage    *emulator.Stage
	fixtures *emulator.Fixtures
	// ids are the records that are wanted; nil for all.
	ids    map[string]bool
	failed bool
	seen   int64
	// workers is how many records are scored at once.
	workers int

	mu      sync.Mutex
	judged  assistant.Money
	judges  int64
	unknown int64
}

// started is told before the first record.
func (w *watchers) started(s *emulator.Stage) error {
	w.stage = s
	if w.c.scorer.NeedsRecord() {
		w.fixtures = s.Records()
	}
	w.cover.start(w.c.e, s)
	if ids, all := w.c.scorer.Needs(); !all {
		w.ids = ids
	}
	return nil
}

func (w *watchers) close() {
	if w.fixtures != nil {
		_ = w.fixtures.Close() // it was only read
	}
}

// only says which records are looked at.
func (w *watchers) only(rec *hubspot.Record) bool {
	if w.ids != nil && !w.ids[rec.ID] {
		return false
	}
	if !w.wanted(rec.ID, rec.Name()) {
		return false
	}
	w.cover.record(rec)
	return true
}

// wanted applies the filter to a record.
func (w *watchers) wanted(id, name string) bool {
	f := w.r.opt.Filter
	if f == "" || holds(w.p.test.Name, f) || holds(id, f) || holds(name, f) {
		return true
	}
	for _, c := range w.p.test.Cases {
		if c.Record == id && holds(c.Name, f) {
			return true
		}
	}
	return false
}

// chosen applies the filter to a case.
func (w *watchers) chosen(c *prompttest.CaseResult) bool {
	f := w.r.opt.Filter
	return f == "" || holds(w.p.test.Name, f) || holds(c.Record.ID, f) || holds(c.Record.Name, f) || holds(c.Case, f)
}

func holds(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

// scored is what one row came to.
type scored struct {
	result *run.Result
	cases  []*prompttest.CaseResult
}

// rows scores a group of rows, several at once, and adds them up in order.
func (w *watchers) rows(ctx context.Context, rows []run.Row) error {
	records := make([]*hubspot.Record, len(rows))
	for i := range rows {
		if w.fixtures == nil {
			break
		}
		rec, err := w.fixtures.At(rows[i].Seq)
		if err != nil {
			return err
		}
		if rec != nil && rec.ID == rows[i].Record.ID {
			records[i] = rec
		}
	}
	out := make([]scored, len(rows))
	if err := w.each(ctx, len(rows), func(ctx context.Context, i int) error {
		if w.r.opt.Rescore != "" && !w.p.considers(rows[i].Record.ID) {
			return nil
		}
		result, err := rows[i].Result()
		if err != nil {
			return err
		}
		out[i].result = result
		w.cover.result(result)
		out[i].cases = w.c.scorer.Score(ctx, result, fixtureOf(records[i]), w.judge(result.Record))
		return ctx.Err()
	}); err != nil {
		return err
	}
	for i := range out {
		if out[i].result == nil {
			continue
		}
		w.tally.asks(out[i].result)
		for _, c := range out[i].cases {
			if !w.chosen(c) {
				continue
			}
			w.tally.case1(c)
			if !c.Passed && w.r.opt.FailFast {
				w.failed = true
				return errFailFast
			}
		}
	}
	if w.seen += int64(len(rows)); w.r.opt.Progress != nil {
		total := w.seen
		if w.stage != nil {
			total = w.stage.Total
		}
		w.r.opt.Progress(Progress{Test: w.p.test.Name, Cell: w.c.Label, Cell1: w.r.done, Of: w.r.of, Records: w.seen, Total: total, Failed: w.tally.report.Failed})
	}
	return nil
}

// each calls fn for 0 to n-1: by as many goroutines as there are processors, or as questions may be open where judges are asked.
func (w *watchers) each(ctx context.Context, n int, fn func(ctx context.Context, i int) error) error {
	if w.workers == 0 {
		w.workers = runtime.GOMAXPROCS(0)
		if w.c.scorer.Judges() {
			if w.workers = w.r.opt.Concurrency; w.workers < 1 {
				w.workers = emulator.DefaultConcurrency
			}
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for range min(w.workers, n) {
		g.Go(func() error {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return nil
				}
				if err := fn(ctx, i); err != nil {
					return err
				}
			}
		})
	}
	return g.Wait()
}

// fixtureOf is a record as scoring takes it; nil stays nil.
func fixtureOf(rec *hubspot.Record) prompttest.Fixture {
	if rec == nil {
		return nil
	}
	return rec
}
