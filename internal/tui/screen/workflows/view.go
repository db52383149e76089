package workflows

import (
	"fmt"
	"slices"
	"strings"

	"askflow/internal/report"
	"askflow/internal/service"
	"askflow/internal/tui/chart"
	"askflow/internal/tui/flowdraw"
	"askflow/internal/tui/text"
	"askflow/internal/tui/widget"
)

// tall is the height below which a narrow body shows one pane of an open workflow at a time.
const tall = 26

// split lays out the current level.
func (s *Screen) split() *widget.Split {
	sp := &s.listSplit
	if s.inside {
		sp = &s.flowSplit
	}
	sp.Focus = 0
	if s.focus != paneGraph {
		sp.Focus = 1
	}
	return sp
}

// layout is the split as it is drawn: in a small body an open workflow shows the pane with the keys alone.
func (s *Screen) layout() widget.Split {
	sp := *s.split()
	sp.Ratio = s.ratio(&sp)
	if s.width < widget.SideBySide && (s.inside && s.height < tall || s.focus == paneFindings && s.height < tall) {
		sp.Zoom = true
	}
	return sp
}

// ratio is how much of the body the left or upper pane takes, in percent, unless somebody chose that: the list needs more beside the
// graph than above it.
func (s *Screen) ratio(sp *widget.Split) int {
	switch {
	case sp.Ratio > 0:
		return sp.Ratio
	case s.inside:
		return 52
	case s.width >= widget.SideBySide:
		return 57
	}
	return 40
}

// areas are where the two panes stand, below the head.
func (s *Screen) areas() (left, right widget.Area) {
	sp := s.layout()
	return sp.Areas(s.width, max(0, s.height-s.headHeight()))
}

func (s *Screen) headHeight() int { return len(s.head(s.width)) }

func (s *Screen) filterHeight() int {
	if s.list.filter.Visible() {
		return 1
	}
	return 0
}

// View draws the body.
func (s *Screen) View(width, height int) string {
	s.width, s.height, s.list.unseen = width, height, 0
	if s.plan != nil {
		return s.viewPlan(width, height)
	}
	if s.tests != nil {
		return s.tests.view(width, height)
	}
	head := s.head(width)
	if len(head) >= height {
		head = head[:max(0, height-1)]
	}
	sp := s.layout()
	body := sp.View(s.env, width, height-len(head), s.viewLeft, s.viewRight)
	return strings.Join(append(head, body), "\n")
}

func (s *Screen) viewLeft(w, h int) string {
	if s.inside {
		return s.viewFlow(w, h, s.focus == paneGraph)
	}
	env, l := s.env, &s.list
	title := "Workflows"
	if n := len(l.all); n > 0 {
		title = fmt.Sprintf("Workflows · %d", n)
		if l.table.Len() != n {
			title = fmt.Sprintf("Workflows · %d of %d", l.table.Len(), n)
		}
	}
	iw, ih := inner(w, h)
	var lines []string
	if l.err != nil {
		lines = append(lines, s.failure(l.err, iw)...)
	}
	if line := l.filter.View(env, iw); line != "" {
		lines = append(lines, line)
	}
	if rows := ih - len(lines); rows > 0 {
		lines = append(lines, l.table.View(env, iw, rows, s.focus == paneGraph))
	}
	return widget.Pane(env, title, strings.Join(lines, "\n"), w, h, s.focus == paneGraph)
}

// inner is what a pane's border leaves.
func inner(w, h int) (int, int) { return max(1, w-2), max(1, h-2) }

// failure says what could not be read and what to do.
func (s *Screen) failure(err error, width int) []string {
	e := service.AsError(err)
	var lines []string
	for _, l := range text.Wrap(clipBytes("✗ "+e.Message, 10*width), max(1, width-2)) {
		lines = append(lines, " "+s.env.Theme.Bad.Render(l))
	}
	hint := e.Hint
	if hint == "" {
		hint = "it is tried again as soon as something changes, or with " + s.key("app.redraw")
	}
	for _, l := range text.Wrap(clipBytes(hint, 10*width), max(1, width-2)) {
		lines = append(lines, " "+s.env.Theme.Faint.Render(l))
	}
	return lines
}

func (s *Screen) viewRight(w, h int) string {
	switch {
	case s.findings != nil:
		iw, ih := inner(w, h)
		return widget.Pane(s.env, s.findings.title(), s.findings.view(iw, ih, s.focus == paneFindings), w, h, s.focus == paneFindings)
	case s.inside:
		return s.viewCard(w, h)
	}
	return s.viewFlow(w, h, false)
}

// viewFlow draws the graph, or the text of a file that is no workflow.
func (s *Screen) viewFlow(w, h int, focused bool) string {
	o := s.opened
	iw, ih := inner(w, h)
	title, body := o.name(), ""
	switch {
	case o.file == "":
		title = "No workflow"
	case o.err != nil && o.data == nil:
		body = strings.Join(s.failure(o.err, iw), "\n")
	case o.data == nil:
		body = " " + s.env.Theme.Faint.Render("Loading …")
	case o.flow() == nil:
		body = indent(o.data.unread.View(s.env, max(1, iw-2), ih, focused))
	default:
		body = s.drawFlow(iw, ih, focused)
	}
	if s.inside {
		title = "Flow"
		if o.path.err != nil {
			title = "Flow · the path of the last run cannot be read"
		} else if o.path.lit != nil && !o.path.lit.none {
			title = "Flow · path of " + litName(o.path.lit) + " in " + o.path.lit.run
		}
	}
	return widget.Pane(s.env, title, body, w, h, focused)
}

func (s *Screen) drawFlow(w, h int, focused bool) string {
	o := s.opened
	opt := flowdraw.Options{Width: w, Height: h, Selected: o.at, Focused: focused, Problems: o.data.worst, Names: func(id string) string { return o.data.names[id] }}
	if o.path.lit != nil {
		opt.Lit = o.path.lit.lit
	}
	return o.data.drawing.View(s.env, opt)
}

// viewCard draws what the card under the cursor holds.
func (s *Screen) viewCard(w, h int) string {
	o, focused := s.opened, s.focus == paneCard
	iw, ih := inner(w, h)
	title := "Card"
	if o.flow() != nil {
		title = o.cardName()
		if o.card.shown != nil && focused {
			if at := o.card.shown.text.Position(); at != "" {
				title += " · " + at
			}
		}
	}
	body := ""
	switch {
	case o.card.err != nil:
		body = strings.Join(s.failure(o.card.err, iw), "\n")
	case o.flow() != nil && o.card.shown != nil:
		body = indent(o.card.shown.text.View(s.env, max(1, iw-2), ih, focused))
	}
	return widget.Pane(s.env, title, body, w, h, focused)
}

// indent sets a text a cell away from the border.
func indent(s string) string { return " " + strings.ReplaceAll(s, "\n", "\n ") }

func (s *Screen) viewPlan(w, h int) string {
	p := s.plan
	iw, ih := inner(w, h)
	title := "Plan of " + p.name + ": nothing was asked"
	body := p.text.View(s.env, max(1, iw-2), ih, true)
	if at := p.text.Position(); at != "" {
		title += " · " + at
	}
	return widget.Pane(s.env, title, indent(body), w, h, true)
}

// head are the lines above an open workflow: what it is, how its run goes, what live answers lack. Above the list only the last.
func (s *Screen) head(width int) []string {
	th := s.env.Theme
	var lines []string
	if s.inside {
		lines = append(lines, text.Cut(" "+s.about(width-1), width))
		if p := s.active(s.opened.file); p != nil {
			lines = append(lines, s.progress(p, width))
		}
	}
	if nag := s.nag(); nag != "" {
		for _, l := range text.Wrap("! "+nag, max(1, width-2)) {
			lines = append(lines, " "+th.Warn.Render(l))
		}
	}
	return lines
}

// about is the workflow in one line; what matters less is left out where it has no room.
func (s *Screen) about(width int) string {
	th, it := s.env.Theme, s.opened.item()
	on := th.Good.Render("● on")
	if !it.Enabled {
		on = th.Faint.Render("○ off")
	}
	problems := ""
	if it.Errors+it.Warnings > 0 {
		problems = s.problemCount(it)
	}
	if s.opened.data != nil && s.opened.flow() == nil {
		line := th.Strong.Render(text.Clip(it.Name, 60)) + th.Faint.Render(" · ") + th.Bad.Render("✗ unreadable")
		if problems != "" {
			line += th.Faint.Render(" · ") + problems
		}
		return line
	}
	// The order on the screen, and the order in which they go.
	parts := []string{th.Strong.Render(text.Clip(it.Name, 60)), on, th.Text.Render(text.Clip(it.ObjectType.Singular, 20)), th.Text.Render(report.Count(int64(it.Actions), "actions")),
		th.Text.Render(report.Count(int64(it.Asks), "asks")), problems, s.lastWord()}
	line := ""
	for _, out := range []int{-1, 4, 3, 2} {
		if out >= 0 {
			parts[out] = ""
		}
		line = strings.Join(slices.DeleteFunc(slices.Clone(parts), func(p string) bool { return text.Width(p) == 0 }), th.Faint.Render(" · "))
		if text.Width(line) <= width {
			break
		}
	}
	return line
}

// lastWord says how the newest run ended; "" while one goes on, which has a line of its own.
func (s *Screen) lastWord() string {
	th := s.env.Theme
	if s.active(s.opened.file) != nil {
		return ""
	}
	runs := s.opened.newestRuns()
	if len(runs) == 0 {
		return th.Faint.Render("never run")
	}
	how, bad := outcome(runs[0])
	style := th.Good
	if bad {
		style = th.Bad
	}
	return style.Render(text.Clip(runs[0].ID, 12)+" "+how) + th.Faint.Render(" "+ago(s.env.Now(), runs[0].Created))
}

// progress is how far a run of the workflow is.
func (s *Screen) progress(p *service.Progress, width int) string {
	th := s.env.Theme
	done, all, enrolled := p.Work()
	words := fmt.Sprintf(" %s of %s", report.Number(done), report.Count(all, "records"))
	if enrolled && all != p.Total {
		words = fmt.Sprintf(" %s of %s enrolled", report.Number(done), report.Number(all))
	}
	if p.Rate > 0 {
		words += fmt.Sprintf(", %.0f/s", p.Rate)
	}
	if p.Totals.FailedSteps > 0 {
		words += ", " + report.Count(p.Totals.FailedSteps, "failed steps")
	}
	lead := " " + th.Info.Render("▶ "+text.Clip(p.Run, 12)) + " "
	bar := max(4, min(30, width-text.Width(lead)-text.Width(words)-1))
	return text.Cut(lead+chart.Progress(th, float64(done), float64(all), bar)+th.Faint.Render(words), width)
}
