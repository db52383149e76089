package inspect

import (
	"fmt"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"askflow/internal/report"
	"askflow/internal/run"
	"askflow/internal/tui/text"
	"askflow/internal/tui/widget"
)

func (c *Compare) columns() []widget.Column {
	return []widget.Column{
		{Title: "Record", Width: 14, Grow: 2},
		{Title: "Differs in", Width: 23, Grow: 1},
		{Title: "Answer of " + c.a, Width: 12, Grow: 3, Drop: 1},
		{Title: "Answer of " + c.b, Width: 12, Grow: 3, Drop: 2},
	}
}

func (c *Compare) cells(r diffRow) []widget.Cell {
	th := c.env.Theme
	return []widget.Cell{{Text: recordTitle(r.record), Style: th.Text}, {Text: r.differs, Style: th.Warn}, {Text: r.answers[0], Style: th.Faint}, {Text: r.answers[1], Style: th.Text}}
}

// View draws what the runs came to, then the records.
func (c *Compare) View(width, height int) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	if c.heads == nil && c.err != nil {
		return text.Block("\n"+strings.Join(errorLines(c.env, c.err, width), "\n"), width, height)
	}
	head := c.head(width, height)
	c.drawn.width, c.drawn.height, c.drawn.head = width, height, len(head)
	list, detail := c.areas()
	var body string
	switch rest := height - len(head); {
	case c.table.Len() == 0: // there is nothing to read beside
		body = c.list(width, rest)
	case detail.W == 0:
		body = c.list(list.W, rest)
	case list.W == 0:
		body = c.detail(detail.W, rest)
	default:
		body = c.split.View(c.env, width, rest, c.list, c.detail)
	}
	return text.Block(strings.Join(append(head, body), "\n"), width, height)
}

// areas say where list and detail stand below the head. Where there is no room for both below each other, only one of them is drawn.
func (c *Compare) areas() (list, detail widget.Area) {
	split, h := c.split, c.drawn.height-c.drawn.head
	const both = 24
	if c.drawn.width < widget.SideBySide && h < both {
		split.Zoom = true
	}
	return split.Areas(c.drawn.width, h)
}

// head sets the runs' totals below each other, and says what was changed and how much differs.
func (c *Compare) head(width, height int) []string {
	th := c.env.Theme
	out := []string{th.Faint.Render(text.Clip(" Reading the runs …", width))}
	if c.heads != nil {
		out = c.totals(width)
	}
	out = append(out, c.changed(width, height)...)
	out = append(out, c.progress(width))
	if len(out) > height-6 {
		out = out[len(out)-max(1, min(len(out), height-6)):]
	}
	return out
}

// total is a column of the totals.
type total struct {
	title string
	of    func(r *run.Run) (string, lipgloss.Style)
	drop  int // those with the highest go first where there is no room; 0 stays
	left  bool
}

func (c *Compare) columnsOfTotals() []total {
	th := c.env.Theme
	number := func(title string, drop int, of func(*run.Run) string) total {
		return total{title: title, drop: drop, of: func(r *run.Run) (string, lipgloss.Style) { return of(r), th.Text }}
	}
	return []total{
		{title: "Run", left: true, of: func(r *run.Run) (string, lipgloss.Style) { return r.ID, th.Strong }},
		{title: "Workflow", left: true, drop: 7, of: func(r *run.Run) (string, lipgloss.Style) { return text.Clip(r.Workflow.Name, 28), th.Text }},
		{title: "Status", left: true, drop: 4, of: func(r *run.Run) (string, lipgloss.Style) {
			return RunStanding(th, r.Status, r.Totals.FailedSteps)
		}},
		{title: "Answers", left: true, drop: 6, of: func(r *run.Run) (string, lipgloss.Style) { return text.Clip(r.Answers, 10), th.Faint }},
		number("Records", 0, func(r *run.Run) string { return report.Number(r.Totals.Considered) }),
		number("Asks", 5, func(r *run.Run) string { return report.Number(r.Totals.Asks) }),
		{title: "Failed", of: func(r *run.Run) (string, lipgloss.Style) {
			if r.Totals.FailedSteps == 0 {
				return "0", th.Faint
			}
			return "✗ " + report.Number(r.Totals.FailedSteps), th.Bad
		}},
		number("Cost", 0, func(r *run.Run) string { return Money(r.Totals.CostUSD) }),
		number("Tokens", 1, func(r *run.Run) string { return report.Number(r.Totals.InputTokens + r.Totals.OutputTokens) }),
		number("Half took", 2, func(r *run.Run) string { return Quantile(&r.Totals.Latency, 0.5, Millis) }),
		number("95% took", 3, func(r *run.Run) string { return Quantile(&r.Totals.Latency, 0.95, Millis) }),
	}
}

func (c *Compare) totals(width int) []string {
	th, all := c.env.Theme, c.columnsOfTotals()
	widths := make([]int, len(all))
	for i, k := range all {
		widths[i] = text.Width(k.title)
		for _, r := range c.heads.runs {
			s, _ := k.of(r)
			widths[i] = max(widths[i], text.Width(text.Safe(s)))
		}
	}
	kept := make([]int, 0, len(all))
	for i := range all {
		kept = append(kept, i)
	}
	for need(kept, widths) > width-1 {
		worst := slices.MaxFunc(kept, func(a, b int) int { return all[a].drop - all[b].drop })
		if all[worst].drop == 0 {
			break
		}
		kept = slices.DeleteFunc(kept, func(i int) bool { return i == worst })
	}
	line := func(of func(total) (string, lipgloss.Style)) string {
		var b strings.Builder
		for n, i := range kept {
			b.WriteString(map[bool]string{true: " ", false: "  "}[n == 0])
			s, style := of(all[i])
			fit := text.ClipFitRight
			if all[i].left {
				fit = text.ClipFit
			}
			b.WriteString(style.Render(fit(s, widths[i])))
		}
		return text.Cut(b.String(), width)
	}
	out := []string{line(func(k total) (string, lipgloss.Style) { return k.title, th.Faint })}
	for _, r := range c.heads.runs {
		out = append(out, line(func(k total) (string, lipgloss.Style) { return k.of(r) }))
	}
	return out
}

func need(kept, widths []int) int {
	sum := 2 * (len(kept) - 1)
	for _, i := range kept {
		sum += widths[i]
	}
	return sum
}

// changed says what was changed between the runs, on one line or two.
func (c *Compare) changed(width, height int) []string {
	th := c.env.Theme
	switch {
	case !c.found.told:
		return nil
	case len(c.found.changes) == 0:
		return []string{th.Faint.Render(text.Clip(" Nothing was changed: the same workflow, files and settings", width))}
	}
	var parts []string
	for _, k := range c.found.changes[:min(len(c.found.changes), 40)] {
		parts = append(parts, changeText(k))
	}
	lead := " Changed  "
	lines := text.Wrap(strings.Join(parts, " · "), max(10, width-len(lead)-1))
	most := 1
	if height >= 20 {
		most = 2
	}
	if len(lines) > most {
		const hint = " … c lists all"
		lines = lines[:most]
		lines[most-1] = text.Cut(lines[most-1], max(1, width-len(lead)-text.Width(hint)-1)) + hint
	}
	for i := range lines {
		if i > 0 {
			lead = strings.Repeat(" ", len(lead))
		}
		lines[i] = text.Cut(th.Faint.Render(lead)+th.Text.Render(lines[i]), width)
	}
	return lines
}

// progress says how many records differ, and how far the looking is.
func (c *Compare) progress(width int) string {
	th, f := c.env.Theme, &c.found
	differ := report.Count(f.count, "records") + " differ"
	if f.count == 1 {
		differ += "s"
	}
	if !f.done && f.err == nil {
		differ = "at least " + differ
	}
	parts := []string{differ}
	if kind := kinds()[c.kind]; kind != "all" {
		parts[0] += " in " + kind
	}
	if f.same > 0 {
		parts = append(parts, report.Number(f.same)+" alike")
	}
	style := th.Faint
	switch {
	case f.err != nil:
		parts, style = append(parts, "✗ could not be read to the end"), th.Bad
	case f.stopped:
		parts, style = append(parts, "! stopped; press r to go on"), th.Warn
	case f.load.Busy() && f.scanned > 0:
		parts = append(parts, "looking … "+report.Count(f.scanned, "rows")+" so far, esc stops")
	case f.load.Busy():
		parts = append(parts, "looking …")
	}
	return style.Render(text.Clip(" "+strings.Join(parts, " · "), width))
}

func (c *Compare) list(w, h int) string {
	f := &c.found
	c.table.Empty = "The two runs treated every record alike."
	switch kind := kinds()[c.kind]; {
	case f.stopped:
		c.table.Empty = "Nothing was found before it was stopped. Press r to go on."
	case kind != "all":
		c.table.Empty = fmt.Sprintf("No record differs in %s. Press ! to look at other differences.", kind)
	}
	inner := c.table.View(c.env, max(0, w-2), max(0, h-2), c.split.Focus == 0)
	if f.err != nil && c.table.Len() == 0 {
		inner = "\n" + strings.Join(errorLines(c.env, f.err, max(0, w-2)), "\n")
	}
	return widget.Pane(c.env, "Treated differently: "+kinds()[c.kind], inner, w, h, c.split.Focus == 0)
}

func (c *Compare) detail(w, h int) string {
	focused := c.split.Focus == 1
	r, ok := c.table.Selected()
	if !ok {
		return widget.Pane(c.env, "", "", w, h, focused)
	}
	if c.oneErr != nil {
		return widget.Pane(c.env, recordTitle(r.record), strings.Join(errorLines(c.env, c.oneErr, max(0, w-2)), "\n"), w, h, focused)
	}
	body := c.reader.view(max(0, w-2), max(0, h-2), focused)
	return widget.Pane(c.env, join(text.Clip(recordTitle(r.record), max(1, w-16)), c.reader.position()), body, w, h, focused)
}
