package workflows

import (
	"strings"

	"askflow/internal/report"
	"askflow/internal/service"
	"askflow/internal/source"
	"askflow/internal/tui/chart"
	"askflow/internal/tui/text"
	"askflow/internal/tui/widget"
)

// The last column holds a bar and how many cases of how many passed.
const (
	barWidth    = 14
	resultWidth = 28
)

// cells draws a line of the list.
func (v *tested) cells(r *testRow) []widget.Cell {
	th := v.s.env.Theme
	sign, style := "✓", th.Good
	if r.bad() {
		sign, style = "✗", th.Bad
	}
	title, note := widget.Cell{Text: r.title, Style: th.Text}, widget.Cell{Text: r.note, Style: th.Faint}
	switch r.kind {
	case rowTest:
		title.Style = th.Strong
		note = widget.Cell{Text: v.bar(r), Drawn: true}
	case rowReason:
		title.Style, note.Text = th.Bad, ""
	case rowPassed:
		sign, note.Text = "▸", v.s.key("workflows.passed")+" shows them"
		if v.passed {
			sign, note.Text = "▾", v.s.key("workflows.failed")+" hides them"
		}
	case rowCoverage:
		title.Style = th.Strong
		if c := r.test.Coverage; c.Covered < c.Total {
			sign, style = "!", th.Warn
		}
	case rowNever:
		sign, style, title.Style = "·", th.Faint, th.Warn
	case rowWarning:
		if r.problem.Severity != source.SeverityError {
			sign, style = "!", th.Warn
		}
		title.Style = style
	}
	return []widget.Cell{{Text: sign, Style: style}, title, note}
}

// bar is how many cases of a test passed.
func (v *tested) bar(r *testRow) string {
	th := v.s.env.Theme
	var passed, all int64
	refused := 0
	for _, c := range r.test.Cells {
		passed, all = passed+c.Passed, all+c.Cases
		if c.Refused != nil {
			refused++
		}
	}
	switch {
	case r.test.Error != nil:
		return th.Bad.Render("✗ stopped: " + text.Clip(r.test.Error.Code, resultWidth-11))
	case all == 0 && refused > 0:
		return th.Warn.Render("○ refused by the model")
	case all == 0:
		return th.Faint.Render("○ no case")
	}
	return chart.Progress(th, float64(passed), float64(all), barWidth) + th.Faint.Render(" "+short(passed)+" of "+short(all))
}

// layout lays out list and text; in a small body the one with the keys is alone.
func (v *tested) layout() widget.Split {
	sp := v.split
	if sp.Focus = 0; v.inside {
		sp.Focus = 1
	}
	if sp.Ratio <= 0 {
		sp.Ratio = 57
	}
	if v.width < widget.SideBySide && v.height < tall {
		sp.Zoom = true
	}
	return sp
}

func (v *tested) areas() (left, right widget.Area) {
	sp := v.layout()
	return sp.Areas(v.width, max(0, v.height-v.headHeight()))
}

func (v *tested) headHeight() int { return min(len(v.head(v.width)), max(0, v.height-1)) }

// view draws the body.
func (v *tested) view(width, height int) string {
	v.width, v.height = width, height
	if v.result == nil {
		return v.viewAlone(width, height)
	}
	head := v.head(width)[:v.headHeight()]
	sp := v.layout()
	body := sp.View(v.s.env, width, height-len(head), v.viewList, v.viewText)
	return strings.Join(append(head, body), "\n")
}

// head says what the tests came to, whether that still counts, and how far they are when they run again.
func (v *tested) head(width int) []string {
	th := v.s.env.Theme
	if v.result == nil {
		return nil
	}
	r := v.result.report
	sign, style := "✓ passed", th.Good
	if !r.Passed {
		sign, style = "✗ failed", th.Bad
	}
	line := style.Render(sign) + th.Faint.Render(" · ") + th.Text.Render(v.result.verdict) + th.Faint.Render(" · "+report.Count(int64(r.Totals.Tests), "tests")+" · "+report.Count(r.Totals.Checks, "expectations"))
	lines := []string{text.Cut(" "+line, width)}
	switch {
	case v.task != nil:
		lines = append(lines, v.running(width))
	case v.changed:
		lines = append(lines, text.Cut(" "+th.Warn.Render("! files changed since: "+v.s.key("workflows.again")+" runs the tests again"), width))
	}
	return lines
}

// running is how far the tests are.
func (v *tested) running(width int) string {
	th, p := v.s.env.Theme, v.task.progress()
	words := " reading the tests …"
	if p.Test != "" {
		words = " " + text.Safe(v.task.far())
	}
	lead := " " + th.Info.Render("▶ testing") + " "
	bar := max(4, min(30, width-text.Width(lead)-text.Width(words)-1))
	return text.Cut(lead+chart.Progress(th, share(p), 1, bar)+th.Faint.Render(words), width)
}

// share is how much of all cells is through, from 0 to 1.
func share(p service.TestProgress) float64 {
	if p.Of <= 0 || p.At <= 0 {
		return 0
	}
	done := float64(p.At - 1)
	if p.Total > 0 {
		done += min(1, float64(p.Records)/float64(p.Total))
	}
	return done / float64(p.Of)
}

// viewAlone draws the tests before there is a result: how far they are, or why nothing ran.
func (v *tested) viewAlone(width, height int) string {
	iw, ih := inner(width, height)
	var lines []string
	switch {
	case v.err != nil:
		lines = v.viewErr(iw, ih)
	case v.task != nil:
		lines = []string{"", v.running(iw), "", text.Cut(" "+v.s.env.Theme.Faint.Render(v.s.key("app.back")+" stops them"), iw)}
	}
	return widget.Pane(v.s.env, "Tests of "+v.name, strings.Join(lines, "\n"), width, height, true)
}

// viewErr says why nothing ran, what to do, and lists what is wrong where.
func (v *tested) viewErr(w, h int) []string {
	th := v.s.env.Theme
	sign, style := "✗ ", th.Bad
	if v.err.Code == service.CodeNoTests || v.err.Code == service.CodeLiveTests {
		sign, style = "", th.Text
	}
	lines := []string{""}
	for _, l := range text.Wrap(clipBytes(sign+v.err.Message, 10*w), max(1, w-2)) {
		lines = append(lines, " "+style.Render(l))
	}
	if v.err.Hint != "" {
		for _, l := range text.Wrap(clipBytes("→ "+v.err.Hint, 10*w), max(1, w-2)) {
			lines = append(lines, " "+th.Info.Render(l))
		}
	}
	switch {
	case v.task != nil:
		lines = append(lines, "", v.running(w))
	case v.changed:
		lines = append(lines, "", text.Cut(" "+th.Warn.Render("! files changed since: "+v.s.key("workflows.again")+" tries again"), w))
	}
	if v.findings == nil {
		return lines
	}
	const least = 3
	lines = append(lines, "")
	if most := max(0, h-least); len(lines) > most {
		lines = lines[:most]
	}
	return append(lines, v.findings.view(w, h-len(lines), true))
}

func (v *tested) viewList(w, h int) string {
	iw, ih := inner(w, h)
	return widget.Pane(v.s.env, "Tests of "+v.name, v.table.View(v.s.env, iw, ih, !v.inside), w, h, !v.inside)
}

func (v *tested) viewText(w, h int) string {
	iw, ih := inner(w, h)
	title, body := "", ""
	if r, ok := v.table.Selected(); ok {
		title = r.title
	}
	if shown := v.about.shown; shown != nil {
		body = indent(shown.sheet.View(v.s.env, max(1, iw-2), ih, v.inside))
		if at := shown.sheet.Position(); at != "" && v.inside {
			title = text.Clip(title, max(1, w-6-len(" · "+at))) + " · " + at
		}
	}
	return widget.Pane(v.s.env, title, body, w, h, v.inside)
}
