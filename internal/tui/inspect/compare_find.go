package inspect

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/compare"
	"askflow/internal/flow"
	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/source"
	"askflow/internal/tui/ui"
)

// heads are the two runs.
type heads struct {
	runs [2]*run.Run
	// names are what people call the steps, by action id; those of the second run where both have one.
	names map[string]string
	users map[string]string
	owner map[string]string
	zone  *time.Location
}

func headQuery(services *service.Services, portal *service.Portal, a, b string) func(context.Context) (*heads, error) {
	return func(ctx context.Context) (*heads, error) {
		h := &heads{names: map[string]string{}, zone: portal.Zone()}
		h.users, h.owner = people(portal.Users)
		for i, id := range []string{a, b} {
			r, err := services.Runs.Run(ctx, id)
			if err != nil {
				if errors.Is(err, run.ErrNotFound) {
					err = &service.Error{Code: "unknown_run", Message: "The run " + id + " is not there any more; it was deleted.", Hint: "press esc and choose another run", Cause: err}
				}
				return nil, err
			}
			h.runs[i] = r
			h.name(r)
		}
		return h, ctx.Err()
	}
}

// name takes the names of a run's steps.
func (h *heads) name(r *run.Run) {
	node, problems := source.ParseJSON(r.Workflow.File, r.Flow)
	if node == nil || problems.HasErrors() {
		return
	}
	f, _ := flow.Decode(r.Workflow.File, node) // what is wrong with it did not keep it from running
	if f == nil {
		return
	}
	table := flow.NewKinds(flow.DefaultOpenAIAction())
	for _, a := range f.Actions {
		name := a.Name
		if name == "" {
			name = table.Of(a).Label
		}
		if name != "" {
			h.names[a.ID] = name
		}
	}
}

// step is what people call an action.
func (h *heads) step(id string) string {
	if h == nil || h.names[id] == "" {
		return "action " + id
	}
	return h.names[id] + " (" + id + ")"
}

// diffRow is a record that was treated differently, in short.
type diffRow struct {
	key     string
	page    int // of found.pages
	at      int // within the page
	record  run.RecordRef
	differs string
	answers [2]string
	// diff is nil where its texts are too long to be kept.
	diff   *compare.Diff
	weight int
}

// found is what was found so far. Pages are remembered by the place where each begins.
type found struct {
	load  ui.Loader
	err   error
	pages []string
	sizes []int // how many rows each page has
	// next is where the page behind the last one begins; done tells that there is none.
	next string
	done bool
	// stopped tells that a person did not want to wait.
	stopped bool
	// told tells that changes are known.
	told                 bool
	changes              []compare.Change
	count, scanned, same int64
}

const (
	pageRows = 50
	// pageScan is how many rows one load looks at, so that it ends soon.
	pageScan = 20_000
	// keptDiff is how long the texts of a record are at most that are kept with its row.
	keptDiff = 8 << 10
)

// foundPage is what one load brought.
type foundPage struct {
	after     string
	page      *service.ComparePage
	rows      []diffRow
	backwards bool
	// again tells that the rows were on the screen before.
	again bool
	more  bool
}

func (c *Compare) query(after string) service.CompareQuery {
	return service.CompareQuery{A: c.a, B: c.b, After: after, Limit: pageRows, Only: c.only(), Scan: pageScan}
}

// look goes on looking for records that differ.
func (c *Compare) look() tea.Cmd {
	services, query, at := c.env.Services, c.query(c.found.next), len(c.found.pages)
	c.table.Wait()
	return ui.Load(c.env, &c.found.load, func(ctx context.Context) (*foundPage, error) {
		page, err := services.Runs.Compare(ctx, query)
		if err != nil {
			return nil, err
		}
		return &foundPage{after: query.After, page: page, rows: rowsOf(page.Diffs, at)}, ctx.Err()
	})
}

// goOn goes on after it was stopped.
func (c *Compare) goOn() tea.Cmd {
	c.found.stopped = false
	return c.look()
}

// more fetches what lies beyond an edge of the list: rows that were there before, or new ones.
func (c *Compare) more(edge diffRow, backwards bool) tea.Cmd {
	f := &c.found
	if f.stopped {
		c.table.Failed()
		return nil
	}
	page, from, to := edge.page, edge.at+1, -1
	switch {
	case backwards && edge.at == 0:
		page, from = edge.page-1, 0
	case backwards:
		from, to = 0, edge.at
	case from >= f.sizes[page]:
		page, from = page+1, 0
	}
	switch {
	case page >= len(f.pages) && !f.done:
		return c.look()
	case page < 0, page >= len(f.pages):
		c.table.Failed()
		return nil
	}
	return c.fetch(page, from, to, backwards)
}

// fetch reads rows of a page that was read before.
func (c *Compare) fetch(page, from, to int, backwards bool) tea.Cmd {
	services, pages := c.env.Services, c.found.pages
	query := c.query(pages[page])
	next, done := c.found.next, c.found.done
	end := next
	if page+1 < len(pages) {
		end = pages[page+1]
	}
	more := page > 0
	if !backwards {
		more = page+1 < len(pages) || !done
	}
	return ui.Load(c.env, &c.found.load, func(ctx context.Context) (*foundPage, error) {
		diffs, err := between(ctx, services, query, end)
		if err != nil {
			return nil, err
		}
		rows := rowsOf(diffs, page)
		if to >= 0 {
			rows = rows[:min(to, len(rows))]
		}
		return &foundPage{rows: rows[min(from, len(rows)):], backwards: backwards, again: true, more: more}, ctx.Err()
	})
}

// between reads all that lies from a place up to another one, "" for the end.
func between(ctx context.Context, s *service.Services, q service.CompareQuery, end string) ([]compare.Diff, error) {
	var out []compare.Diff
	for {
		page, err := s.Runs.Compare(ctx, q)
		if err != nil {
			return nil, err
		}
		out = append(out, page.Diffs...)
		if page.Next == "" || page.Next == end || len(out) > 4*pageRows {
			return out, nil
		}
		q.After = page.Next
	}
}

func (c *Compare) pageLoaded(msg ui.Loaded[*foundPage]) tea.Cmd {
	f := &c.found
	if msg.Of != &f.load || !f.load.Take(msg.N) {
		return nil
	}
	if f.err = msg.Err; msg.Err != nil {
		c.table.Failed()
		return nil
	}
	p := msg.Value
	had := c.table.Len()
	switch {
	case p.again:
		c.table.Add(p.rows, p.backwards, p.more)
	default:
		f.told, f.changes = true, p.page.Changes
		f.scanned, f.same = f.scanned+p.page.Scanned, f.same+p.page.Same
		f.next, f.done = p.page.Next, p.page.Next == ""
		if len(p.rows) > 0 {
			f.count += int64(len(p.rows))
			f.pages, f.sizes = append(f.pages, p.after), append(f.sizes, len(p.rows))
		}
		c.table.Add(p.rows, false, !f.done)
	}
	var cmd tea.Cmd
	if had == 0 && c.table.Len() > 0 {
		cmd = c.show()
	}
	if !f.done && !f.stopped && !p.again && (len(p.rows) == 0 || c.table.Len() < pageRows) {
		return tea.Batch(cmd, c.look())
	}
	return cmd
}

func rowsOf(diffs []compare.Diff, page int) []diffRow {
	rows := make([]diffRow, 0, len(diffs))
	for i := range diffs {
		d := &diffs[i]
		r := diffRow{key: pageKey(page, i), page: page, at: i, record: d.Record, differs: strings.Join(d.Differs, ", "), answers: answersOf(d), weight: weigh(d)}
		if r.weight <= keptDiff {
			r.diff = d
		}
		rows = append(rows, r)
	}
	return rows
}

// answersOf are what a record came to in both runs, in short. Where it is an earlier answer that differs, and not the last one, it
// is that answer, behind the name of its step.
func answersOf(d *compare.Diff) [2]string {
	out := [2]string{answerOf(d, d.A), answerOf(d, d.B)}
	if out[0] != out[1] || !slices.Contains(d.Differs, compare.Response) {
		return out
	}
	for _, p := range d.Apart() {
		for i, k := range []*compare.Asked{p.A, p.B} {
			out[i] = "(not asked)"
			if k != nil {
				out[i] = answerOf(d, &compare.Side{State: run.Completed, Response: k.Response})
			}
			out[i] = p.Step + ": " + out[i]
		}
		if out[0] != out[1] {
			break
		}
	}
	return out
}

// answerOf is what a record came to in one run, in short: its answer, or its state where that says more.
func answerOf(d *compare.Diff, s *compare.Side) string {
	const most = 400
	switch {
	case s == nil:
		return "(not considered)"
	case s.State == run.NotEnrolled, s.State != run.Completed && (s.Response == nil || slices.Contains(d.Differs, compare.State)):
		return StateWord(s.State)
	case s.Response == nil:
		return "(no answer)"
	}
	answer := *s.Response
	return strings.Clone(answer[:min(len(answer), most)])
}

// weigh adds up the texts of a difference.
func weigh(d *compare.Diff) int {
	n := 0
	for _, s := range []*compare.Side{d.A, d.B} {
		if s == nil {
			continue
		}
		for i := range s.Responses {
			n += len(s.Responses[i].Prompt)
			if r := s.Responses[i].Response; r != nil {
				n += len(*r)
			}
		}
		for i := range s.Effects {
			e := &s.Effects[i]
			for k, v := range e.Properties {
				n += len(k) + len(v)
			}
			for _, t := range []*string{e.From, e.To, e.Subject, e.Body} {
				if t != nil {
					n += len(*t)
				}
			}
		}
		n += 8 * len(s.Path)
	}
	return n
}

// oneQuery reads one record's difference again.
func oneQuery(services *service.Services, q service.CompareQuery, r diffRow) func(context.Context) (*compare.Diff, error) {
	return func(ctx context.Context) (*compare.Diff, error) {
		for at := 0; ; {
			page, err := services.Runs.Compare(ctx, q)
			if err != nil {
				return nil, err
			}
			for i := range page.Diffs {
				if at+i == r.at && page.Diffs[i].Record == r.record {
					return &page.Diffs[i], nil
				}
			}
			at += len(page.Diffs)
			if q.After = page.Next; page.Next == "" || at > r.at {
				return nil, &service.Error{Code: "run_changed", Message: "The record is not where it was: one of the runs has changed.", Hint: "press s twice to compare the runs anew"}
			}
		}
	}
}
