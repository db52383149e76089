package runs

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"askflow/internal/report"
	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/tui/chart"
	"askflow/internal/tui/inspect"
	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

func (l *list) cells(r *run.Run) []widget.Cell {
	th, t := l.s.env.Theme, &r.Totals
	status, style := inspect.RunStanding(th, r.Status, t.FailedSteps)
	if p := l.s.env.Active[r.ID]; p != nil {
		status, style = inspect.Status(run.RunRunning), th.Info
		t = &p.Totals
		if done, all, _ := p.Work(); all > 0 {
			status = fmt.Sprintf("%d%%", min(99, done*100/all))
		}
		status = "● " + status
	}
	failed := widget.Cell{Text: count(t.FailedSteps), Style: th.Faint}
	if t.FailedSteps > 0 {
		failed.Style = th.Bad
	}
	return []widget.Cell{
		{Text: r.ID, Style: th.Strong}, {Text: r.Workflow.Name, Style: th.Text}, {Text: status, Style: style},
		{Text: when(r.Created, l.s.env.Now(), l.s.zone()), Style: th.Faint}, {Text: report.Number(t.Considered - t.NotNamed), Style: th.Text},
		{Text: count(t.Asks), Style: th.Text}, failed, {Text: inspect.Money(t.CostUSD), Style: th.Text}, {Text: r.Answers, Style: th.Faint},
	}
}

func (l *list) view(w, h int) string {
	var head []string
	if line := l.filter.View(l.s.env, w); line != "" {
		head = append(head, line)
	}
	l.s.drawn.top = len(head)
	body := l.split.View(l.s.env, w, h-len(head), l.pane, l.detail)
	return strings.Join(append(head, body), "\n")
}

func (l *list) pane(w, h int) string {
	env := l.s.env
	title := "Runs"
	if n := l.table.Len(); n > 0 {
		title += " · " + report.Number(int64(n))
		if l.table.Partial() {
			title += "+"
		}
	}
	switch {
	case l.query.problem != "":
		l.table.Empty = l.query.problem
	case l.filter.Active() != "":
		l.table.Empty = "No run matches the filter. / changes it, f switches it off."
	default:
		l.table.Empty = "Nothing has run yet. Press 1 for Workflows, choose one there and press r: its run appears here."
	}
	body := l.table.View(env, w-3, h-2, true)
	if l.err != nil {
		body = errorBody(env, l.err, "Ctrl+L tries again.", w-2, h-2, body, l.table.Len() > 0)
	}
	return widget.Pane(env, title, body, w, h, true)
}

// errorBody is what is wrong, above what is still known.
func errorBody(env *ui.Env, err error, again string, w, h int, body string, keep bool) string {
	lines := text.Wrap("✗ "+sentence(err)+" "+again, max(1, w-4))
	for i := range lines {
		lines[i] = "  " + env.Theme.Bad.Render(lines[i])
	}
	lines = lines[:max(0, min(len(lines), h))]
	if keep && len(lines) < h {
		lines = append(lines, strings.Split(body, "\n")...)
	}
	return strings.Join(lines[:min(len(lines), h)], "\n")
}

// detail is the run under the cursor: what it came to, and how others of its workflow did.
func (l *list) detail(w, h int) string {
	r, ok := l.table.Selected()
	if !ok {
		return widget.Pane(l.s.env, "", "", w, h, false)
	}
	return widget.Pane(l.s.env, r.ID+" "+r.Workflow.Name, indent(l.detailLines(r, w-4, h-2), w-2), w, h, false)
}

// indent sets lines one cell off the border.
func indent(lines []string, w int) string {
	for i := range lines {
		lines[i] = text.Cut(" "+lines[i], w)
	}
	return strings.Join(lines, "\n")
}

func (l *list) detailLines(r *run.Run, w, h int) []string {
	env := l.s.env
	if w < 1 || h < 1 {
		return nil
	}
	p := env.Active[r.ID]
	lines := statusLines(env, r, p, w)
	t := &r.Totals
	if p != nil {
		t = &p.Totals
		lines = append(lines, progressLines(env, p, w)...)
	}
	lines = append(lines, stateStack(env.Theme, t, inspect.Halted(env, r), w)...)
	if h > 12 {
		lines = append(lines, "")
	}
	lines = append(lines, widget.Fields(env, runFields(env, r, t, l.s.zone()), w)...)
	spark := l.sparklines(r, w)
	if list, others := answersOf(&r.Totals); len(list)+int(others) > 0 {
		rows := min(len(list), 8, h-len(lines)-len(spark)-3)
		if rows >= 2 || rows == len(list) && rows > 0 {
			bars := make([]chart.Bar, 0, len(list))
			for _, a := range list {
				bars = append(bars, chart.Bar{Label: a.text, Value: float64(a.n), Text: report.Number(a.n)})
			}
			lines = append(lines, "", env.Theme.Heading.Render("Answers"))
			lines = append(lines, chart.Bars(env.Theme, bars, w, rows)...)
		}
	}
	if len(lines)+len(spark) <= h {
		lines = append(lines, spark...)
	}
	return lines[:min(len(lines), h)]
}

// statusLines say how a run stands, and what stopped it.
func statusLines(env *ui.Env, r *run.Run, p *service.Progress, w int) []string {
	th := env.Theme
	status, style := inspect.RunStanding(th, r.Status, r.Totals.FailedSteps)
	if p != nil {
		status, style = inspect.RunStanding(th, run.RunRunning, 0)
	}
	line := style.Render(status)
	if d := took(r, env.Now()); p == nil && d > 0 && r.Status != run.RunRunning {
		line += th.Faint.Render(" in " + report.Duration(d))
	}
	lines := []string{text.Cut(line, w)}
	if r.Error != nil && p == nil {
		style := th.Bad
		if r.Status == run.RunInterrupted {
			style = th.Warn
		}
		for _, s := range text.Wrap(text.Clip(hinted(r.Error.Message, r.Error.Hint), 6*max(1, w)), max(1, w)) {
			lines = append(lines, style.Render(s))
		}
	}
	if r.Status == run.RunInterrupted && p == nil || r.Status == run.RunStopped && p == nil {
		lines = append(lines, th.Faint.Render(text.Cut("What is done is kept: u resumes it.", w)))
	}
	return lines
}

// progressLines show how far a run is.
func progressLines(env *ui.Env, p *service.Progress, w int) []string {
	th := env.Theme
	done, all, enrolled := p.Work()
	lines := []string{chart.Progress(th, float64(done), float64(all), w)}
	var parts []string
	considered := p.Totals.Considered
	switch {
	case !enrolled || all == p.Total:
		parts = append(parts, report.Number(done)+" of "+report.Count(p.Total, "records"))
	case considered >= p.Total:
		parts = append(parts, report.Number(done)+" of "+report.Number(all)+" enrolled")
	default:
		parts = append(parts, report.Number(done)+" of about "+report.Number(all)+" enrolled", report.Number(considered)+" of "+report.Count(p.Total, "records")+" considered")
	}
	if p.Rate > 0 {
		parts = append(parts, rate(p.Rate)+" records/s")
	}
	if rest := left(p); rest != "" {
		parts = append(parts, rest)
	}
	cost := inspect.Money(p.Totals.CostUSD)
	if p.BudgetUSD != "" {
		cost += " of " + inspect.Money(p.BudgetUSD) + " budget"
	}
	parts = append(parts, cost)
	for _, line := range text.Wrap(strings.Join(parts, " · "), max(1, w)) {
		lines = append(lines, th.Text.Render(line))
	}
	return lines
}

// runFields are a run's numbers in words.
func runFields(env *ui.Env, r *run.Run, t *run.Totals, zone *time.Location) []widget.Field {
	th := env.Theme
	asks := count(t.Asks)
	if t.Asks > 0 {
		asks = report.Number(t.Asks-t.FailedAsks) + " answered of " + report.Number(t.Asks)
		if t.Retries > 0 {
			asks += ", " + report.Number(t.Retries) + " tried again"
		}
	}
	var out []widget.Field
	if t.FailedSteps > 0 {
		out = append(out, widget.Field{Label: "Failed", Value: "✗ " + report.Count(t.FailedSteps, "steps"), Style: th.Bad})
	}
	if t.NoAnswer > 0 {
		what := " without a scripted answer"
		if r.Answers == "replay" {
			what = " without a recording"
		}
		out = append(out, widget.Field{Label: "No answer", Value: "! " + report.Number(t.NoAnswer) + what, Style: th.Warn})
	}
	cost := inspect.Money(t.CostUSD)
	if t.UnknownPrice > 0 {
		cost += ", and " + report.Count(t.UnknownPrice, "asks") + " of unknown price"
	}
	if t.NotNamed > 0 {
		out = append(out, widget.Field{Label: "Records", Value: inspect.Records(t), Style: th.Text})
	}
	out = append(out, widget.Field{Label: "Asks", Value: asks, Style: th.Text}, widget.Field{Label: "Cost", Value: cost, Style: th.Text})
	if t.Asks > 0 {
		tokens := report.Number(t.InputTokens) + " in, " + report.Number(t.OutputTokens) + " out"
		if t.EstimatedUsage {
			tokens += ", estimated"
		}
		out = append(out, widget.Field{Label: "Tokens", Value: tokens, Style: th.Text})
	}
	if done := effects(t); done != "" {
		out = append(out, widget.Field{Label: "Effects", Value: done, Style: th.Text})
	}
	return append(out, widget.Field{Label: "Source", Value: r.Answers + " answers, era " + r.Era, Style: th.Text},
		widget.Field{Label: "Started", Value: r.Created.In(zone).Format("2006-01-02 15:04:05"), Style: th.Text})
}

func effects(t *run.Totals) string {
	nouns := []struct {
		kind run.EffectType
		noun string
	}{{run.EffectProperty, "properties set"}, {run.EffectTask, "tasks"}, {run.EffectNotification, "notifications"}, {run.EffectEmail, "emails"},
		{run.EffectRecord, "records created"}, {run.EffectAssociation, "associations"}}
	var out []string
	for _, k := range nouns {
		switch n := t.Effects[string(k.kind)]; {
		case n == 1 && k.kind == run.EffectProperty:
			out = append(out, "1 property set")
		case n == 1 && k.kind == run.EffectRecord:
			out = append(out, "1 record created")
		case n > 0:
			out = append(out, report.Count(n, k.noun))
		}
	}
	return strings.Join(out, ", ")
}

// sparklines show how runs of the same workflow did, the newest at the right.
func (l *list) sparklines(r *run.Run, w int) []string {
	if l.pastOf != r.Workflow.File || len(l.past) < 2 {
		return nil
	}
	th := l.s.env.Theme
	lines := []string{"", th.Heading.Render(text.Cut("Past runs of the workflow, newest right", w))}
	const label = 9
	room := w - label
	for _, row := range []struct {
		name  string
		style lipgloss.Style
		value func(*run.Run) float64
	}{
		{"records", th.Faint, func(r *run.Run) float64 { return float64(r.Totals.Considered - r.Totals.NotNamed) }},
		{"failed", th.Faint, func(r *run.Run) float64 { return float64(r.Totals.FailedSteps) }},
		{"cost", th.Faint, func(r *run.Run) float64 { return dollars(r.Totals.CostUSD) }},
	} {
		values := make([]float64, 0, len(l.past))
		all := 0.0
		for _, past := range slices.Backward(l.past) {
			values = append(values, row.value(past))
			all += row.value(past)
		}
		if all == 0 || room < 1 {
			continue
		}
		lines = append(lines, row.style.Render(text.Fit(row.name, label))+chart.Sparkline(th, values, room))
	}
	return lines
}
