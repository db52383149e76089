package suite

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"askflow/internal/emulator"
	"askflow/internal/hubspot"
	"askflow/internal/prompttest"
	"askflow/internal/run"
	"askflow/internal/source"
)

// watchers look at one run of a cell while it goes on.
type watchers struct {
	r     *runner
	p     *Plan
	c     *cell
	tally *tally
	cover *cover

	stage    *emulator.Stage
	fixtures *emulator.Fixtures
	// ids are the records that are wanted; nil for all.
	ids  map[string]bool
	seen int64
	// workers is how many records are scored at once.
	workers int
	// stopped tells that the rows so far are all that count; the run may have gone on behind them.
	stopped bool
	sum     figures
	judged  charges
}

// started is told before the first record.
func (w *watchers) started(s *emulator.Stage) error {
	w.stage = s
	if w.r.report != nil {
		w.r.warn(slices.DeleteFunc(slices.Clone(s.Warnings), func(p source.Problem) bool {
			return p.File == s.Flow.File || p.Code == "model_switched_off" // validate tells of the workflow; a model that will be gone one day is no slip
		}))
	}
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
	return slices.ContainsFunc(w.p.cases[id], func(c *prompttest.Case) bool { return holds(c.Name, f) })
}

// chosen applies the filter to a case.
func (w *watchers) chosen(c *prompttest.CaseResult) bool {
	f := w.r.opt.Filter
	return f == "" || holds(w.p.test.Name, f) || holds(c.Record.ID, f) || holds(c.Record.Name, f) || holds(c.Case, f)
}

// missed counts the cases of records that a stored run did not look at.
func (w *watchers) missed(looked map[string]bool) int64 {
	n := int64(0)
	for _, c := range w.p.test.Cases {
		if !looked[c.Record] && w.wanted(c.Record, "") {
			n++
		}
	}
	return n
}

func holds(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

// scored is what one row came to.
type scored struct {
	result *run.Result
	cases  []*prompttest.CaseResult
	judged charges
}

// recordsOf are the records that rows came of; nil where nobody looks at them, or they are others than those that ran.
func (w *watchers) recordsOf(rows []run.Row) ([]*hubspot.Record, error) {
	records := make([]*hubspot.Record, len(rows))
	for i := range rows {
		if w.fixtures == nil {
			break
		}
		rec, err := w.fixtures.At(rows[i].Seq)
		if err != nil {
			return nil, err
		}
		if rec != nil && rec.ID == rows[i].Record.ID {
			records[i] = rec
		}
	}
	return records, nil
}

// score scores a group of rows, several at once.
func (w *watchers) score(ctx context.Context, rows []run.Row) ([]scored, error) {
	records, err := w.recordsOf(rows)
	if err != nil {
		return nil, err
	}
	out := make([]scored, len(rows))
	err = w.each(ctx, len(rows), func(ctx context.Context, i int) error {
		if w.r.opt.Rescore != "" && !w.p.considers(rows[i].Record.ID) {
			return nil
		}
		result, err := rows[i].Result()
		if err != nil {
			return err
		}
		out[i].result = result
		w.cover.result(result)
		out[i].cases = w.c.scorer.Score(ctx, result, fixtureOf(records[i]), w.judge(result.Record, &out[i].judged))
		return ctx.Err()
	})
	return out, err
}

// rows scores a group of rows and adds them up in order.
func (w *watchers) rows(ctx context.Context, rows []run.Row) error {
	out, err := w.score(ctx, rows)
	if err != nil {
		return err
	}
	for i := range out {
		if out[i].result == nil {
			continue
		}
		if err := w.add(&out[i]); err != nil {
			w.stopped = true
			return err
		}
	}
	if w.seen += int64(len(rows)); w.r.opt.Progress != nil {
		total := w.seen
		if w.stage != nil {
			total = w.stage.Total
		}
		w.r.opt.Progress(Progress{Test: w.p.test.Name, Cell: w.c.Label, Number: w.r.done, Of: w.r.of, Records: w.seen, Total: total, Failed: w.tally.report.Failed})
	}
	return nil
}

// add counts one row, in input order. An error ends the cell: then the row does not count, or is the one that failed.
func (w *watchers) add(s *scored) error {
	if s.judged.stop != nil {
		w.judged.add(&s.judged)
		return s.judged.stop
	}
	sum, judged := w.sum, w.judged
	sum.add(s.result)
	judged.add(&s.judged)
	if err := w.r.affordable(&sum, &judged); err != nil && s.judged.asks > 0 {
		return err
	}
	w.sum, w.judged = sum, judged
	w.tally.asks(s.result)
	failed := false
	for _, c := range s.cases {
		if w.chosen(c) {
			w.tally.add(c)
			failed = failed || !c.Passed
		}
	}
	if failed && w.r.opt.FailFast && w.tally.threshold >= 1 { // below that the cell may lose some
		return errFailFast
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
