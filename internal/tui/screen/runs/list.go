package runs

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

const (
	listPageSize = 100
	// mostRead is how many runs one query reads.
	mostRead = 500
	// pastShown is how many runs of the same workflow a sparkline shows.
	pastShown = 40
	// followEvery is how often a window is loaded again at most while a run goes on.
	followEvery = 250 * time.Millisecond
)

// list is the list of runs with the detail of the one under the cursor.
type list struct {
	s      *Screen
	table  widget.Table[*run.Run]
	filter widget.Filter
	query  listQuery
	split  split
	err    error

	load  ui.Loader
	again bool // something happened while loading
	dirty bool // something happened since, not yet loaded
	last  time.Time
	once  bool // was loaded before
	head  bool // the first run that is held is the newest

	pastLoad ui.Loader
	pastOf   string // the workflow's file
	past     []*run.Run
}

// listPage is a page of runs that match.
type listPage struct {
	runs  []*run.Run
	more  bool
	how   how
	query listQuery
}

// how tells what a page is: all anew, what was held again, what comes behind, what comes before.
type how int

const (
	anew how = iota
	refresh
	behind
	before
)

// pastRuns are runs of a workflow, newest first.
type pastRuns struct {
	file string
	runs []*run.Run
}

func newList(s *Screen) *list {
	l := &list{s: s, split: newSplit(60)}
	l.table = widget.Table[*run.Run]{
		Columns: []widget.Column{
			{Title: "Run", Width: 5}, {Title: "Workflow", Width: 14, Grow: 1}, {Title: "Status", Width: 13}, {Title: "When", Width: 12, Drop: 3},
			{Title: "Records", Width: 8, Right: true, Drop: 2}, {Title: "Asks", Width: 8, Right: true, Drop: 6}, {Title: "Failed", Width: 6, Right: true, Drop: 1},
			{Title: "Cost", Width: 11, Right: true, Drop: 5}, {Title: "Answers", Width: 8, Drop: 7},
		},
		Cells: l.cells, Key: func(r *run.Run) string { return r.ID }, More: l.more,
	}
	return l
}

// number is the number of a run's id, 0 when it has none.
func number(id string) int64 {
	n, err := strconv.ParseInt(strings.TrimPrefix(id, "r"), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// reload loads what is shown: from the newest run on when the filter is another one, what is held otherwise.
func (l *list) reload(fresh bool) tea.Cmd {
	if l.load.Busy() && !fresh {
		l.again = true
		return nil
	}
	l.dirty, l.again, l.last = false, false, l.s.env.Now()
	q := parseList(l.filter.Active())
	if fresh {
		l.query = q
	}
	if q.problem != "" {
		l.load.Cancel()
		l.query, l.err = q, nil
		l.table.Reset(nil, false, false)
		return nil
	}
	want, mode, at := listPageSize, anew, run.RunQuery{}
	if items := l.table.Items(); !fresh && len(items) > 0 {
		want, mode = max(listPageSize, len(items)), refresh
		if !l.head {
			at.Before = "r" + strconv.FormatInt(number(items[0].ID)+1, 10)
		}
	}
	l.table.Wait()
	return l.fetch(q, at, want, mode)
}

// fetch loads runs until enough match or there are no more.
func (l *list) fetch(q listQuery, at run.RunQuery, want int, mode how) tea.Cmd {
	runs := l.s.env.Services.Runs
	return ui.Load(l.s.env, &l.load, func(ctx context.Context) (listPage, error) {
		page := listPage{how: mode, query: q}
		stored := q.stored()
		stored.Before, stored.After, stored.Limit = at.Before, at.After, max(listPageSize, min(want, mostRead))
		for {
			got, err := runs.List(ctx, stored)
			if err != nil {
				return page, err
			}
			page.more = len(got) == stored.Limit
			for _, r := range got {
				if q.matches(r) {
					page.runs = append(page.runs, r)
				}
			}
			switch {
			case !page.more || len(page.runs) >= want || mode == before && len(page.runs) > 0:
				return page, nil
			case mode == before:
				stored.After = got[0].ID
			default:
				stored.Before = got[len(got)-1].ID
			}
		}
	})
}

func (l *list) more(edge *run.Run, backwards bool) tea.Cmd {
	if backwards {
		return l.fetch(l.query, run.RunQuery{After: edge.ID}, listPageSize, before)
	}
	return l.fetch(l.query, run.RunQuery{Before: edge.ID}, listPageSize, behind)
}

func (l *list) loaded(msg ui.Loaded[listPage]) tea.Cmd {
	if msg.Of != &l.load || !l.load.Take(msg.N) {
		return nil
	}
	again := l.again
	l.again = false
	if msg.Err != nil {
		l.err = msg.Err
		l.table.Failed()
		return nil
	}
	page := msg.Value
	l.err, l.query = nil, page.query
	l.put(page)
	if l.s.one != nil {
		l.selectRun(l.s.one.id)
	}
	if again {
		return l.reload(false)
	}
	if page.how == anew || page.how == refresh {
		return l.readPast(true)
	}
	return l.readPast(false)
}

// put puts a page into the table, and notes whether the newest run is still held.
func (l *list) put(page listPage) {
	switch page.how {
	case anew:
		l.table.Reset(page.runs, false, page.more)
		l.once, l.head = true, true
	case refresh:
		l.table.Set(page.runs, !l.head, page.more)
	case behind:
		first := l.newest()
		l.table.Add(page.runs, false, page.more)
		l.head = l.head && l.newest() == first
	case before:
		l.table.Add(page.runs, true, page.more)
		l.head = !page.more
	}
}

// newest is the id of the first run that is held, "" for none.
func (l *list) newest() string {
	if items := l.table.Items(); len(items) > 0 {
		return items[0].ID
	}
	return ""
}

// stale tells that what is held is not what would be loaded now.
func (l *list) stale() bool { return l.dirty || l.query.text != l.filter.Active() }

// holds tells whether a run that goes on is in the list; a filter may leave it out.
func (l *list) holds(p *service.Progress) bool {
	return l.filter.Active() != "" || slices.ContainsFunc(l.table.Items(), func(r *run.Run) bool { return r.ID == p.Run && r.Status == run.RunRunning })
}

// nowAndThen reloads unless that was done a moment ago.
func (l *list) nowAndThen() tea.Cmd {
	if l.load.Busy() || l.once && l.s.env.Now().Sub(l.last) < followEvery {
		l.dirty = true
		return nil
	}
	return l.reload(false)
}

// ended puts the last numbers of a run into the list at once; the stored ones follow.
func (l *list) ended(p *service.Progress) {
	items := l.table.Items()
	for i, r := range items {
		if r.ID == p.Run {
			changed := *r
			changed.Status, changed.Totals = p.Status, p.Totals
			items[i] = &changed
		}
	}
}

func (l *list) selectRun(id string) { l.table.Select(id) }

// forget takes a deleted run out of the list.
func (l *list) forget(id string) {
	items := slices.DeleteFunc(slices.Clone(l.table.Items()), func(r *run.Run) bool { return r.ID == id })
	l.table.Set(items, !l.head, l.table.Partial())
}

// readPast loads past runs of the workflow under the cursor, unless they are here already.
func (l *list) readPast(anyway bool) tea.Cmd {
	r, ok := l.table.Selected()
	if !ok || r.Workflow.File == l.pastOf && !anyway {
		return nil
	}
	runs, file := l.s.env.Services.Runs, r.Workflow.File
	if file != l.pastOf {
		l.past = nil
	}
	l.pastOf = file
	return ui.Load(l.s.env, &l.pastLoad, func(ctx context.Context) (pastRuns, error) {
		got, err := runs.List(ctx, run.RunQuery{Workflow: file, Limit: pastShown})
		return pastRuns{file, got}, err
	})
}

func (l *list) pastLoaded(msg ui.Loaded[pastRuns]) tea.Cmd {
	if msg.Of != &l.pastLoad || !l.pastLoad.Take(msg.N) {
		return nil
	}
	if msg.Err != nil { // the sparkline is left out; the next reload tries again
		l.pastOf = ""
		return nil
	}
	l.past = msg.Value.runs
	return nil
}

func (l *list) key(msg tea.KeyPressMsg) tea.Cmd {
	if changed, taken := l.filter.Press(l.s.env, msg); taken {
		if changed {
			return l.reload(true)
		}
		return nil
	}
	if cmd, taken := l.split.Press(l.s.env, msg); taken {
		return cmd
	}
	cmd, _ := l.table.Press(l.s.env, msg)
	return tea.Batch(cmd, l.readPast(false))
}

func (l *list) wheel(msg ui.Wheel) tea.Cmd {
	return tea.Batch(l.table.Wheel(msg.Lines), l.readPast(false))
}

func (l *list) click(msg ui.Click) tea.Cmd {
	area, _ := l.split.Areas(l.s.drawn.width, l.s.drawn.height-l.s.drawn.top)
	if !area.Contains(msg.X, msg.Y-l.s.drawn.top) || !l.table.Click(msg.Y-l.s.drawn.top-area.Y-1) {
		return nil
	}
	if msg.Double {
		return l.openSelected()
	}
	return l.readPast(false)
}

// back gives up typing a filter; the frame shows the place again then, which loads what is to be shown.
func (l *list) back() bool {
	if !l.filter.Editing {
		return false
	}
	l.filter.Clear()
	return true
}

func (l *list) openSelected() tea.Cmd {
	r, ok := l.table.Selected()
	if !ok {
		return nil
	}
	return l.s.openRun(ui.ShowRun{ID: r.ID})
}

// split is a Split that knows whether its detail is drawn.
type split struct{ widget.Split }

func newSplit(ratio int) split { return split{widget.Split{Ratio: ratio}} }

func (s *split) detailShown(w, h int) bool {
	_, detail := s.Areas(w, h)
	return detail.W > 0
}
