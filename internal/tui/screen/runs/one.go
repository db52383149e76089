package runs

import (
	"context"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/flow"
	"askflow/internal/run"
	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// one is a run that is open: what it came to, and its enrollments.
type one struct {
	s        *Screen
	id       string
	run      *run.Run
	steps    []stepName
	settings settings
	err      error // the run could not be read
	load     ui.Loader
	want     wanted

	window
	charts

	split     split
	inspected int64 // the place of the enrollment that is open, or was
}

// wanted is what is opened as soon as the run is here.
type wanted struct {
	row    bool
	seq    int64
	action string
}

// openedRun is a run with the first page of what is shown of it.
type openedRun struct {
	run      *run.Run
	steps    []stepName
	settings settings
	query    rowQuery
	page     run.BriefPage
	pageErr  error
	from     int64 // the page is of what lies behind this place
}

func newOne(s *Screen, id string) *one {
	o := &one{s: s, id: id, split: newSplit(60), inspected: -1}
	o.table = widget.Table[run.Brief]{
		Columns: []widget.Column{
			{Title: "Record", Width: 14, Grow: 20, Most: 14}, {Title: "ID", Width: 9, Drop: 8}, {Title: "State", Width: 15}, {Title: "Steps", Width: 5, Right: true, Drop: 5},
			{Title: "Answer", Width: 16, Grow: 3, Drop: 1}, {Title: "Latency", Width: 8, Right: true, Drop: 6}, {Title: "Cost", Width: 11, Right: true, Drop: 4},
			{Title: "Problem", Width: 7, Grow: 3, Most: 7, Drop: 3},
		},
		Cells: o.cells, Key: rowKey, More: o.moreRows,
	}
	return o
}

// rowKey names an enrollment by its place and its record, so that marks know both.
func rowKey(b run.Brief) string { return strconv.FormatInt(b.Seq, 10) + " " + b.Record.ID }

// close gives up what is being loaded.
func (o *one) close() {
	o.load.Cancel()
	o.rows.Cancel()
}

func (o *one) crumb() string {
	if o.run == nil {
		return o.id
	}
	return o.id + " " + text.Clip(o.run.Workflow.Name, 60)
}

// open loads the run and its enrollments, around one of them when one is wanted.
func (o *one) open(want wanted) tea.Cmd {
	o.rows.Cancel()
	o.want = want
	from := int64(-1)
	if want.row {
		from = max(-1, want.seq-pageSize/2)
	}
	return o.read(from)
}

func (o *one) read(from int64) tea.Cmd {
	runs, id, filter, failed, all := o.s.env.Services.Runs, o.id, o.filter.Active(), o.failedOnly, o.all
	o.table.Wait()
	return ui.Load(o.s.env, &o.load, func(ctx context.Context) (openedRun, error) {
		r, err := runs.Run(ctx, id)
		if err != nil {
			return openedRun{}, err
		}
		out := openedRun{run: r, steps: stepsOf(r), settings: settingsOf(r), from: from}
		if out.query = parseRows(filter, failed, all, out.steps); out.query.problem == "" {
			out.page, out.pageErr = runs.Briefs(ctx, r.ID, out.query.slice(from))
		}
		return out, nil
	})
}

// stepsOf reads the actions out of a run's flow. A flow that cannot be read leaves their ids to the filter.
func stepsOf(r *run.Run) []stepName {
	if len(r.Flow) == 0 {
		return nil
	}
	f, _ := flow.Parse(r.Workflow.File+".json", r.Flow, flow.OpenAIAction{})
	if f == nil {
		return nil
	}
	var out []stepName
	for _, a := range f.Actions {
		out = append(out, stepName{a.ID, a.Name})
	}
	return out
}

// take takes the run that was loaded.
func (o *one) take(got openedRun, err error) tea.Cmd {
	if err != nil {
		o.err = err
		o.table.Failed()
		return nil
	}
	o.err, o.id = nil, got.run.ID
	o.run, o.steps, o.settings = got.run, got.steps, got.settings
	o.count()
	o.told()
	if got.pageErr != nil {
		o.rowsErr = got.pageErr
		o.table.Failed()
		return nil
	}
	o.query = got.query
	key := ""
	if b, ok := o.table.Selected(); ok {
		key = rowKey(b)
	}
	o.begin(got.from)
	cmd := o.takeRows(rowsPage{how: anew, page: got.page, key: key}, nil)
	if o.want.row {
		o.selectSeq(o.want.seq)
	}
	return cmd
}

// told tells the enrollment that is open how the run stands now.
func (o *one) told() {
	if e := o.s.enrollment; e != nil {
		e.Stands(o.run)
	}
}

// fit gives the columns the room that their texts need: names first, and names and problems no more than the longest takes, so that
// answers get what is left.
func (o *one) fit() {
	const longest, most = 40, 60
	name, problem, answers := 0, 0, false
	for _, b := range o.table.Items() {
		name, problem = max(name, text.Width(text.Clip(nameOf(b), longest))), max(problem, text.Width(text.Clip(o.problem(b), most)))
		answers = answers || b.Answer != ""
	}
	columns := o.table.Columns
	records, answer, problems := &columns[0], &columns[4], &columns[7]
	records.Most = max(records.Width, name)
	problems.Width, problems.Most = max(len(problems.Title), min(problem, 14)), max(len(problems.Title), problem)
	if answer.Grow = 3; problem > 0 && !answers {
		answer.Grow, problems.Most = 0, 0
	}
}

// returned comes when the place is shown again, or what lay over the run was left.
func (o *one) returned() tea.Cmd {
	if o.filter.Active() != o.query.text || o.failedOnly != o.query.failed {
		return o.refilter()
	}
	if o.inspected >= 0 && o.run != nil && !o.selectSeq(o.inspected) && !o.query.any() {
		return o.around(o.inspected)
	}
	return o.follow(o.missed)
}

// running tells whether the run goes on in this program.
func (o *one) running() bool { _, on := o.s.env.Active[o.id]; return on }

// totals are the run's numbers as they are now.
func (o *one) totals() *run.Totals {
	if p := o.s.env.Active[o.id]; p != nil {
		return &p.Totals
	}
	return &o.run.Totals
}

func (o *one) key(msg tea.KeyPressMsg) tea.Cmd {
	if changed, taken := o.filter.Press(o.s.env, msg); taken {
		if changed {
			return o.refilter()
		}
		return nil
	}
	if cmd, taken := o.split.Press(o.s.env, msg); taken {
		return cmd
	}
	key, is := msg.String(), o.s.env.Keys.Is
	switch {
	case is("nav.right", key) && o.split.Focus == 0:
		o.toCharts()
		return nil
	case is("nav.left", key):
		o.split.Focus = 0
		return nil
	}
	if _, taken := o.tabs.Press(o.s.env, msg); taken {
		return nil
	}
	if o.split.Focus == 1 {
		o.chartKey(key)
		return nil
	}
	o.inspected = -1
	cmd, _ := o.table.Press(o.s.env, msg)
	return cmd
}

func (o *one) wheel(msg ui.Wheel) tea.Cmd {
	o.inspected = -1
	return o.table.Wheel(msg.Lines)
}

func (o *one) click(msg ui.Click) tea.Cmd {
	o.inspected = -1
	y := msg.Y - o.s.drawn.top
	table, charts := o.split.Areas(o.s.drawn.width, o.s.drawn.height-o.s.drawn.top)
	switch {
	case table.Contains(msg.X, y):
		o.split.Focus = 0
		if o.table.Click(y-table.Y-1) && msg.Double {
			return o.openSelected()
		}
	case charts.Contains(msg.X, y):
		o.split.Focus = 1
		if y == charts.Y+1 {
			o.tabs.Click(msg.X-charts.X-2, charts.W-4)
		}
	}
	return nil
}

// back leaves what is being typed, then a search that goes on; false when the run itself is left.
func (o *one) back() bool {
	switch {
	case o.filter.Editing:
		o.filter.Clear()
	case o.searching && o.rows.Busy():
		o.stopSearch()
	case o.split.Focus == 1 && !o.split.Zoom:
		o.split.Focus = 0
	case o.split.Zoom:
		o.split.Zoom, o.split.Focus = false, 0
	default:
		return false
	}
	return true
}

func (o *one) openSelected() tea.Cmd {
	if b, ok := o.table.Selected(); ok {
		return o.s.inspect(b.Seq, "")
	}
	return nil
}

// follow loads the window again after something happened. While a run goes on that is done four times a second at most: what comes
// earlier waits for the rest of the quarter, and what comes meanwhile is in it.
func (o *one) follow(always bool) tea.Cmd {
	if o.run == nil || o.load.Busy() || o.rows.Busy() {
		o.missed = o.missed || always
		return nil
	}
	now := o.s.env.Now()
	wait := followEvery - now.Sub(o.followed)
	if always {
		wait = 0
	} else if !o.running() || o.sliced || o.s.child() != nil {
		return nil
	}
	o.followed = now.Add(max(0, wait))
	return o.readWindow(wait)
}

// zone is where wall clock times are shown.
func (o *one) zone() *time.Location { return o.s.zone() }
