package workflows

import (
	"context"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/report"
	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/tui/chart"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// listing is the list of workflows.
type listing struct {
	table  widget.Table[*service.WorkflowItem]
	all    []*service.WorkflowItem
	filter widget.Filter
	loader ui.Loader
	loaded bool
	err    error
	// stale tells that something changed since it was loaded; last and unseen keep it from being loaded too often.
	stale  bool
	last   time.Time
	unseen int
}

// pastRuns is how many runs the list draws, a cell for each.
const pastRuns = 5

// initList chooses the columns. At 120 by 40, with the flow at the right, there is room for a name of 18 letters, the last run and
// the past ones; at 80 by 24, where the flow is below, for when the last run was, too.
func (s *Screen) initList() {
	s.list.table = widget.Table[*service.WorkflowItem]{
		Columns: []widget.Column{
			{Title: "Name", Width: 18, Grow: 3},
			{Title: "On", Width: 2, Drop: 1},
			{Title: "Object", Width: 7, Drop: 2},
			{Title: "Actions", Width: 7, Right: true, Drop: 7},
			{Title: "Asks", Width: 4, Right: true, Drop: 6},
			{Title: "Problems", Width: 8},
			{Title: "Last run", Width: 13, Grow: 1, Most: 16},
			{Title: "When", Width: 10, Drop: 5},
			{Title: "Past", Width: pastRuns + 1, Drop: 3}, // a blank keeps the bars off the border
		},
		Cells: s.cells,
		Key:   func(it *service.WorkflowItem) string { return it.File },
		Empty: "Loading …",
	}
}

// cells draws a workflow.
func (s *Screen) cells(it *service.WorkflowItem) []widget.Cell {
	th := s.env.Theme
	on := widget.Cell{Text: "●", Style: th.Good}
	if !it.Enabled {
		on = widget.Cell{Text: "○", Style: th.Faint}
	}
	object, actions, asks := widget.Cell{Text: it.ObjectType.Singular, Style: th.Faint}, fmt.Sprint(it.Actions), fmt.Sprint(it.Asks)
	if unread(it) {
		on.Text, object.Text, actions, asks = "–", "–", "–", "–"
	}
	name := widget.Cell{Text: it.Name, Style: th.Text}
	last, when := s.lastRun(it), widget.Cell{Style: th.Faint}
	if len(it.Runs) > 0 {
		when.Text = ago(s.env.Now(), it.Runs[0].Created)
	}
	return []widget.Cell{name, on, object, {Text: actions, Style: th.Text}, {Text: asks, Style: th.Text},
		{Text: s.problemCount(it), Drawn: true}, last, when, {Text: s.history(it), Drawn: true}}
}

// unread tells that a file cannot be read as a workflow.
func unread(it *service.WorkflowItem) bool {
	return it.Errors > 0 && it.Actions == 0 && it.ObjectType.Name == ""
}

// problemCount says how many errors and warnings there are; the error sign comes first.
func (s *Screen) problemCount(it *service.WorkflowItem) string {
	th := s.env.Theme
	var parts []string
	if it.Errors > 0 {
		parts = append(parts, th.Bad.Render("✗ "+short(int64(it.Errors))))
	}
	if it.Warnings > 0 {
		parts = append(parts, th.Warn.Render("! "+short(int64(it.Warnings))))
	}
	if len(parts) == 0 {
		return th.Faint.Render("✓ none")
	}
	return strings.Join(parts, " ")
}

// lastRun says how far the workflow's run is that goes on, or how its newest one ended.
func (s *Screen) lastRun(it *service.WorkflowItem) widget.Cell {
	th := s.env.Theme
	if p := s.active(it.File); p != nil {
		return widget.Cell{Text: p.Run + " ▶ " + percent(p), Style: th.Info}
	}
	if unread(it) { // how it ran before counts less than that it cannot run
		return widget.Cell{Text: "✗ unreadable", Style: th.Bad}
	}
	if len(it.Runs) == 0 {
		return widget.Cell{Text: "never", Style: th.Faint}
	}
	r := it.Runs[0]
	word, bad := outcome(r)
	style := th.Good
	if bad {
		style = th.Bad
	}
	return widget.Cell{Text: r.ID + " " + word, Style: style}
}

// active is the run of a workflow that goes on, the newest if there are several; nil without one.
func (s *Screen) active(file string) *service.Progress {
	var found *service.Progress
	for _, p := range s.env.Active {
		if p.Workflow.File == file && (found == nil || p.Started.After(found.Started) || p.Started.Equal(found.Started) && p.Run > found.Run) {
			found = p
		}
	}
	return found
}

func percent(p *service.Progress) string {
	done, all, _ := p.Work()
	if all <= 0 {
		return report.Number(done)
	}
	return fmt.Sprintf("%d%%", min(100, done*100/all))
}

// outcome says in a word how a run ended; bad tells that it did not end well.
func outcome(r *run.Run) (word string, bad bool) {
	switch r.Status {
	case run.RunRunning:
		return "▶ running", false
	case run.RunInterrupted:
		return "◌ cut off", true
	case run.RunStopped:
		return "✗ stopped", true
	}
	if n := r.Totals.FailedSteps; n > 0 {
		return fmt.Sprintf("✗ %s failed", short(n)), true
	}
	return "✓ done", false
}

// short writes a number in at most four letters.
func short(n int64) string {
	switch {
	case n < 10_000:
		return fmt.Sprint(n)
	case n < 1_000_000:
		return fmt.Sprintf("%dk", n/1000)
	}
	return fmt.Sprintf("%dM", n/1_000_000)
}

// history draws how well the past runs went, the oldest first.
func (s *Screen) history(it *service.WorkflowItem) string {
	values := make([]float64, 0, pastRuns)
	for i := min(len(it.Runs), pastRuns) - 1; i >= 0; i-- {
		values = append(values, well(&it.Runs[i].Totals))
	}
	return chart.Sparkline(s.env.Theme, values, pastRuns)
}

// well is the share of enrolled records without a failed step, 0 to 1, at least: totals count failed steps, and one record may
// have several of them.
func well(t *run.Totals) float64 {
	enrolled := t.Considered - t.Enrollments[run.NotEnrolled]
	if enrolled <= 0 {
		return 0
	}
	return 1 - min(1, float64(t.FailedSteps)/float64(enrolled))
}

// ago says how long something was before now.
func ago(now, then time.Time) string {
	d := now.Sub(then)
	switch {
	case then.IsZero():
		return ""
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h ago", int(d.Hours()))
	}
	return then.UTC().Format("2006-01-02")
}

// leastBetween is the least time between two loads that events cause.
const leastBetween = 250 * time.Millisecond

// reload reads the list again.
func (s *Screen) reload() tea.Cmd {
	l := &s.list
	l.stale, l.last = false, s.env.Now()
	l.unseen++
	if !l.loaded {
		l.table.Wait()
	}
	all := s.env.Services.Workflows
	return ui.Load(s.env, &l.loader, func(ctx context.Context) ([]*service.WorkflowItem, error) { return all.List(ctx) })
}

// hint reloads the list because of an event, unless that happened a moment ago or nobody looks; then the next message does.
func (s *Screen) hint() tea.Cmd {
	l := &s.list
	l.stale = true
	const unseen = 2
	if l.loader.Busy() || l.unseen > unseen || s.env.Now().Sub(l.last) < leastBetween {
		return nil
	}
	return s.reload()
}

// listed takes the list.
func (s *Screen) listed(msg ui.Loaded[[]*service.WorkflowItem]) tea.Cmd {
	l := &s.list
	if msg.Of != &l.loader || !l.loader.Take(msg.N) {
		return nil
	}
	if l.err = msg.Err; msg.Err != nil {
		l.table.Failed()
		return nil
	}
	l.loaded, l.all = true, msg.Value
	return tea.Batch(s.refilter(), s.opened.relight())
}

// refilter shows the workflows that the filter leaves.
func (s *Screen) refilter() tea.Cmd {
	l := &s.list
	terms := strings.Fields(strings.ToLower(l.filter.Active()))
	shown := l.all
	if len(terms) > 0 {
		shown = nil
		for _, it := range l.all {
			if matches(it, terms) {
				shown = append(shown, it)
			}
		}
	}
	l.table.Empty = s.whyEmpty(len(terms) > 0)
	l.table.Set(shown, false, false)
	if s.inside {
		l.table.Select(s.opened.file) // one that was just made
	}
	return s.follow()
}

func (s *Screen) whyEmpty(filtered bool) string {
	if filtered {
		return fmt.Sprintf("No workflow matches the filter. %s changes it, %s switches it off.", s.key("nav.filter"), s.key("nav.filteronoff"))
	}
	return fmt.Sprintf("This portal has no workflows yet. %s makes one; files in workflows/ appear here by themselves.", s.key("workflows.new"))
}

// matches tells whether a workflow has every term: a word of its name, file or object type, or field:value.
func matches(it *service.WorkflowItem, terms []string) bool {
	for _, term := range terms {
		if !matchesTerm(it, term) {
			return false
		}
	}
	return true
}

func matchesTerm(it *service.WorkflowItem, term string) bool {
	if field, value, named := strings.Cut(term, ":"); named {
		switch field {
		case "name":
			return strings.Contains(strings.ToLower(it.Name), value)
		case "file":
			return strings.Contains(strings.ToLower(it.File), value)
		case "object":
			return strings.Contains(strings.ToLower(it.ObjectType.Name+" "+it.ObjectType.Singular), value)
		case "on":
			return it.Enabled == (value == "" || strings.HasPrefix("yes", value) || strings.HasPrefix("true", value))
		case "problems":
			return (it.Errors+it.Warnings > 0) == (value == "" || strings.HasPrefix("yes", value) || strings.HasPrefix("true", value))
		}
	}
	return strings.Contains(strings.ToLower(it.Name+" "+it.File+" "+it.ObjectType.Singular), term)
}
