package runs

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/run"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

const (
	pageSize = 200
	// aheadSize is how many enrollments a search finds before it waits for the cursor.
	aheadSize = 100
	// Places looked at by one step of a search, after which what was found is shown: few when answers are opened, more when the
	// store can tell from its columns.
	textSlice, columnSlice = 20_000, 200_000
	// followedMost is how many enrollments are loaded again at once while a run goes on.
	followedMost = 600
)

// window is the part of a run's enrollments that is held, and how it is filtered.
type window struct {
	table      widget.Table[run.Brief]
	filter     widget.Filter
	failedOnly bool
	all        bool // records that did not enroll are shown, too
	query      rowQuery
	rows       ui.Loader
	rowsErr    error

	head      bool  // the window begins at the first enrollment
	tail      bool  // there is more behind the window
	searching bool  // a filter is on and pages are being looked for
	stopped   bool  // the user stopped the search
	sliced    bool  // the search has taken more than one step
	next      int64 // where the search goes on
	gathered  int   // found since the cursor last asked
	scanned   int64 // places looked at
	followed  time.Time
	missed    bool // something happened while loading
}

// rowsPage is a page of enrollments.
type rowsPage struct {
	how  how
	page run.BriefPage
	run  *run.Run // of a refresh
	head bool     // of a refresh: it begins at the first enrollment
	key  string   // of a new window: the enrollment that the cursor was on
}

// nextRow is the enrollment next to another one.
type nextRow struct {
	how  hopHow
	page run.BriefPage
}

// slice is the query of one step forwards.
func (q *rowQuery) slice(after int64) run.BriefQuery {
	b := q.stored
	b.AfterSeq, b.BeforeSeq, b.Backwards, b.Limit, b.Scan = after, -1, false, pageSize, q.scan()
	return b
}

// sliceBack is the query of one step backwards.
func (q *rowQuery) sliceBack(from int64) run.BriefQuery {
	b := q.slice(-1)
	b.BeforeSeq, b.Backwards = from, true
	return b
}

func (q *rowQuery) scan() int64 {
	switch {
	case q.stored.Text != "" || q.stored.Action != "" || q.stored.ActionState != "":
		return textSlice
	case q.any() || q.enrolled:
		return columnSlice
	}
	return 0
}

// begin forgets the window.
func (o *one) begin(from int64) {
	o.head, o.tail, o.stopped, o.sliced = from < 0, false, false, false
	o.next, o.scanned, o.gathered, o.searching = from, 0, 0, o.query.any()
}

// refilter loads the window anew with the filter as it is now; the cursor stays on its enrollment when that is still there.
func (o *one) refilter() tea.Cmd {
	if o.run == nil {
		return o.open(o.want)
	}
	o.query = parseRows(o.filter.Active(), o.failedOnly, o.all, o.steps)
	o.begin(-1)
	if o.query.problem != "" {
		o.rows.Cancel()
		o.rowsErr, o.searching = nil, false
		o.table.Reset(nil, false, false)
		return nil
	}
	key := ""
	if b, ok := o.table.Selected(); ok {
		key = rowKey(b)
	}
	return o.fetchRows(anew, o.query.slice(-1), key)
}

func (o *one) fetchRows(mode how, q run.BriefQuery, key string) tea.Cmd {
	runs, id := o.s.env.Services.Runs, o.id
	o.missed = o.missed || o.rows.Busy() // what is given up here is made up for later
	o.table.Wait()
	return ui.Load(o.s.env, &o.rows, func(ctx context.Context) (rowsPage, error) {
		page, err := runs.Briefs(ctx, id, q)
		return rowsPage{how: mode, page: page, key: key}, err
	})
}

// around loads the window around a place.
func (o *one) around(seq int64) tea.Cmd {
	from := max(-1, seq-pageSize/2)
	o.begin(from)
	return o.fetchRows(anew, o.query.slice(from), "")
}

// moreRows is asked for what lies beyond the window.
func (o *one) moreRows(edge run.Brief, backwards bool) tea.Cmd {
	o.gathered = 0
	if backwards {
		return o.fetchRows(before, o.query.sliceBack(edge.Seq), "")
	}
	if o.stopped {
		o.table.Failed()
		return nil
	}
	return o.fetchRows(behind, o.query.slice(max(edge.Seq, o.next)), "")
}

// takeRows takes a page.
func (o *one) takeRows(got rowsPage, err error) tea.Cmd {
	defer o.fit()
	if err != nil {
		if o.rowsErr, o.searching = err, false; missing(err) {
			o.err = err
		}
		o.table.Failed()
		return nil
	}
	o.rowsErr = nil
	found := slices.DeleteFunc(got.page.Briefs, func(b run.Brief) bool { return !o.query.matches(&b) })
	switch got.how {
	case refresh:
		return o.takeRefresh(got, found)
	case before:
		return o.takeBefore(got.page, found)
	case anew:
		if o.takeNew(got, found) {
			return o.around(o.inspected)
		}
	case behind:
		first := o.firstSeq()
		o.table.Add(found, false, got.page.More)
		o.head = o.head && o.firstSeq() == first
	}
	o.tail = got.page.More
	o.scanned += got.page.Scanned
	o.gathered += len(found)
	if o.tail {
		o.next = got.page.Next
	}
	if o.tail && o.gathered < aheadSize {
		o.sliced = true
		return o.fetchRows(behind, o.query.slice(o.next), "")
	}
	o.searching = false
	return o.catchUp()
}

// takeNew takes the first page of a new window. It tells whether the enrollment that was looked at last is left out of it because
// it did not enroll: then all records are to be shown.
func (o *one) takeNew(got rowsPage, found []run.Brief) (again bool) {
	o.table.Reset(found, !o.head, got.page.More)
	if got.key != "" {
		o.table.Select(got.key)
	}
	if o.inspected < 0 || o.selectSeq(o.inspected) || !o.query.enrolled || !o.covers(o.inspected, got.page.More) {
		return false
	}
	o.all = true
	o.query = parseRows("", false, true, o.steps)
	return true
}

// takeBefore takes a page that lies before the window. What the window then forgets at its end is fetched again from there.
func (o *one) takeBefore(page run.BriefPage, found []run.Brief) tea.Cmd {
	last := o.lastSeq()
	slices.Reverse(found)
	o.table.Add(found, true, page.More)
	if at := o.lastSeq(); at != last {
		o.tail, o.next = true, at
	}
	o.gathered += len(found)
	if o.head = !page.More; page.More && o.gathered < aheadSize {
		return o.fetchRows(before, o.query.sliceBack(page.Next), "")
	}
	return o.catchUp()
}

// catchUp loads once more when something happened while loading.
func (o *one) catchUp() tea.Cmd {
	if !o.missed {
		return nil
	}
	o.missed = false
	return o.follow(true)
}

func (o *one) firstSeq() int64 {
	if items := o.table.Items(); len(items) > 0 {
		return items[0].Seq
	}
	return -1
}

func (o *one) lastSeq() int64 {
	if items := o.table.Items(); len(items) > 0 {
		return items[len(items)-1].Seq
	}
	return -1
}

// pause waits, unless the context ends first.
func pause(ctx context.Context, wait time.Duration) error {
	if wait <= 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// readWindow loads the run and the window again after a wait. Of a long window the part around the cursor is kept.
func (o *one) readWindow(wait time.Duration) tea.Cmd {
	items := o.table.Items()
	low, high := 0, len(items)
	if len(items) > followedMost {
		low = max(0, o.table.Cursor()-followedMost/2)
		high = min(len(items), low+followedMost)
	}
	q, head := o.query.slice(-1), o.head && low == 0
	if !head && len(items) > 0 {
		q.AfterSeq = items[low].Seq - 1
	}
	if q.Limit = high - low; high == len(items) && !o.tail || q.Limit < pageSize {
		q.Limit += pageSize
	}
	hold, runs, id, usable := o.s.pause, o.s.env.Services.Runs, o.id, o.query.problem == "" && !o.sliced && !o.stopped
	return ui.Load(o.s.env, &o.rows, func(ctx context.Context) (rowsPage, error) {
		out := rowsPage{how: refresh, head: head}
		err := hold(ctx, wait)
		if err != nil {
			return out, err
		}
		if out.run, err = runs.Run(ctx, id); err == nil && usable {
			out.page, err = runs.Briefs(ctx, id, q)
		}
		return out, err
	})
}

// takeRefresh takes the run and the window as they are now. A search of several steps stays as it is; a filter that is typed
// anew begins it again.
func (o *one) takeRefresh(got rowsPage, found []run.Brief) tea.Cmd {
	o.run = got.run
	o.count()
	o.told()
	if o.query.problem == "" && !o.sliced && !o.stopped {
		o.head, o.tail = got.head, got.page.More
		if o.tail {
			o.next = got.page.Next
		}
		o.table.Set(found, !got.head, got.page.More)
	}
	return o.catchUp()
}

// stopSearch keeps what was found.
func (o *one) stopSearch() {
	o.rows.Cancel()
	o.searching, o.stopped = false, true
	o.table.Failed()
}

// searchOn goes on with a search that was stopped.
func (o *one) searchOn() tea.Cmd {
	o.stopped, o.searching, o.gathered, o.sliced = false, true, 0, true
	return o.fetchRows(behind, o.query.slice(o.next), "")
}

// covers tells whether an enrollment at a place would be in the window if the filter showed it.
func (o *one) covers(seq int64, more bool) bool {
	return !more || seq < o.lastSeq()
}

// toggleAll shows the records that did not enroll, too, or leaves them out again.
func (o *one) toggleAll() tea.Cmd {
	o.all = !o.all
	return o.refilter()
}

// toggleFailed shows only enrollments with a failed step, or all again.
func (o *one) toggleFailed() tea.Cmd {
	o.failedOnly = !o.failedOnly
	return o.refilter()
}

// selectSeq puts the cursor on the enrollment at a place; false when it is not held.
func (o *one) selectSeq(seq int64) bool {
	b, ok := o.at(seq)
	return ok && o.table.Select(rowKey(b))
}

// at finds a held enrollment by its place.
func (o *one) at(seq int64) (run.Brief, bool) {
	items := o.table.Items()
	i, found := slices.BinarySearchFunc(items, seq, func(b run.Brief, seq int64) int { return int(min(max(b.Seq-seq, -1), 1)) })
	if !found {
		return run.Brief{}, false
	}
	return items[i], true
}
