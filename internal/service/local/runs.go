package local

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"sync"

	"askflow/internal/compare"
	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/store/sqlite"
)

// runs is service.Runs, inbox is service.Inbox.
type (
	runs  struct{ l *Local }
	inbox struct{ l *Local }
)

var (
	_ service.Runs  = runs{}
	_ service.Inbox = inbox{}
)

// read calls fn with a reader of the stored runs.
func (l *Local) read(ctx context.Context, fn func(reader) error) error {
	s, err := l.portal(ctx)
	if err != nil {
		return err
	}
	return l.store.use(ctx, s.e.RunsDir(), fn)
}

// List lists runs.
func (r runs) List(ctx context.Context, q run.RunQuery) (out []*run.Run, err error) {
	err = r.l.read(ctx, func(from reader) error {
		out, err = from.RunList(ctx, q)
		return err
	})
	if out == nil {
		out = []*run.Run{}
	}
	return out, err
}

// Run reads one run.
func (r runs) Run(ctx context.Context, id string) (out *run.Run, err error) {
	err = r.l.read(ctx, func(from reader) error {
		out, err = from.Run(ctx, id)
		return err
	})
	return out, err
}

// Briefs lists a run's records.
func (r runs) Briefs(ctx context.Context, id string, q run.BriefQuery) (out run.BriefPage, err error) {
	err = r.l.read(ctx, func(from reader) error {
		out, err = from.Briefs(ctx, id, q)
		return err
	})
	return out, err
}

// Row reads what one record came to.
func (r runs) Row(ctx context.Context, id string, seq int64) (out *run.Result, err error) {
	err = r.l.read(ctx, func(from reader) error {
		row, err := from.Row(ctx, id, seq)
		if err != nil {
			return err
		}
		out, err = row.Result()
		return err
	})
	return out, err
}

// Effects lists what people would have received.
func (i inbox) Effects(ctx context.Context, q run.EffectQuery) (out run.EffectPage, err error) {
	err = i.l.read(ctx, func(from reader) error {
		out, err = from.EffectPage(ctx, q)
		return err
	})
	return out, err
}

// Export writes a run's results as JSON Lines.
func (r runs) Export(ctx context.Context, id string, w io.Writer) error {
	return r.l.read(ctx, func(from reader) error {
		out := bufio.NewWriterSize(w, 1<<16)
		var line []byte
		err := from.Rows(ctx, id, run.Query{AfterSeq: -1}, func(row *run.Row) error {
			line = append(run.AppendResult(line[:0], row, true), '\n')
			_, err := out.Write(line)
			return err
		})
		if err != nil {
			return err
		}
		return out.Flush()
	})
}

// Delete removes a run.
func (r runs) Delete(ctx context.Context, id string) error {
	s, err := r.l.portal(ctx)
	if err != nil {
		return err
	}
	stored, err := r.Run(ctx, id) // opening a database for writing would make one
	if err != nil {
		return err
	}
	if err := changeable(s.e, stored.ID); err != nil {
		return err
	}
	store, err := sqlite.Open(ctx, s.e.Portal.StateDir, sqlite.Options{BusyTimeout: patience})
	if err != nil {
		return problem(err)
	}
	err = store.Delete(ctx, stored.ID)
	if closeErr := store.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return problem(err)
	}
	r.l.compare.forget()
	r.l.keeper.noted()
	r.l.hub.publish(service.Event{Kind: service.EventRuns})
	return nil
}

// comparing keeps the last comparison, whose index costs reading a whole run, for its next pages.
type comparing struct {
	mu   sync.Mutex
	last *compared
}

type compared struct {
	a, b    string
	both    *compare.Comparison
	changes []compare.Change
}

func (c *comparing) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = nil
}

func (c *comparing) find(a, b string) *compared {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last != nil && c.last.a == a && c.last.b == b {
		return c.last
	}
	return nil
}

func (c *comparing) keep(n *compared) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = n
}

// rows reads rows for a comparison, which outlives one use of the database.
type rows struct{ l *Local }

func (r rows) Rows(ctx context.Context, id string, q run.Query, fn func(*run.Row) error) error {
	s, err := r.l.portal(ctx)
	if err != nil {
		return err
	}
	// The error that ends reading is the comparison's own, which it must get back as it is.
	o, err := r.l.store.acquire(ctx, s.e.RunsDir())
	if err != nil {
		return err
	}
	err = o.reader.Rows(ctx, id, q, fn)
	if closeErr := r.l.store.release(o, broken(err)); err == nil {
		err = closeErr
	}
	return err
}

// Compare lists the records that two runs treated differently.
func (r runs) Compare(ctx context.Context, q service.CompareQuery) (*service.ComparePage, error) {
	c, err := r.comparison(ctx, q)
	if err != nil {
		return nil, err
	}
	if q.Limit < 0 || q.Scan < 0 {
		return nil, usage("usage", fmt.Sprintf("A page of %d records out of %d cannot be had.", q.Limit, q.Scan), "use positive numbers, or 0")
	}
	page, err := c.both.Page(ctx, compare.Query{After: q.After, Limit: q.Limit, Only: q.Only, Scan: int64(q.Scan)})
	if err != nil {
		return nil, problem(err)
	}
	return &service.ComparePage{Changes: c.changes, Diffs: page.Diffs, Next: page.Next, Same: page.Same, Scanned: page.Scanned}, nil
}

// comparison is the one that is kept, or a new one. The first page is always one of the runs as they are now.
func (r runs) comparison(ctx context.Context, q service.CompareQuery) (*compared, error) {
	s, err := r.l.portal(ctx)
	if err != nil {
		return nil, err
	}
	a, err := r.Run(ctx, q.A)
	if err != nil {
		return nil, err
	}
	b, err := r.Run(ctx, q.B)
	if err != nil {
		return nil, err
	}
	if c := r.l.compare.find(a.ID, b.ID); c != nil && q.After != "" {
		return c, nil
	}
	now, err := s.e.Portal.Workflow(b.Workflow.File)
	if err != nil { // it was removed since; steps are then called by their ids
		now = nil
	}
	c := &compared{a: a.ID, b: b.ID, both: compare.Runs(rows(r), a.ID, b.ID), changes: compare.Changes(a, b, s.e.Portal.Settings.OpenAIAction, now)}
	r.l.compare.keep(c)
	return c, nil
}
