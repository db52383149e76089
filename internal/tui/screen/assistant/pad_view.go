package assistant

import (
	"fmt"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"askflow/internal/report"
	"askflow/internal/run"
	"askflow/internal/tui/text"
	"askflow/internal/tui/widget"
)

// padAreas say where the scratchpad's panes stood in the last View; wide tells that the rendered prompt had a pane of its own.
type padAreas struct {
	editor, rendered, results widget.Area
	wide                      bool
}

func (p *pad) view(width, height int) string {
	head := p.head(width, max(2, height/6))
	h := max(0, height-len(head))
	y := len(head)
	p.areas = padAreas{wide: width >= widget.SideBySide && h >= 12}
	var body string
	if p.areas.wide {
		left := width / 2
		top := max(6, h*45/100)
		p.areas.editor = widget.Area{Y: y, W: left, H: top}
		p.areas.rendered = widget.Area{Y: y + top, W: left, H: h - top}
		p.areas.results = widget.Area{X: left, Y: y, W: width - left, H: h}
		column := p.viewEditor(left, top) + "\n" + p.viewRendered(left, h-top)
		body = text.Beside(text.Block(column, left, h), left, text.Block(p.viewResults(width-left, h), width-left, h))
	} else {
		top := max(5, h*42/100)
		p.areas.editor = widget.Area{Y: y, W: width, H: top}
		p.areas.results = widget.Area{Y: y + top, W: width, H: h - top}
		body = p.viewEditor(width, top) + "\n" + p.viewResults(width, h-top)
	}
	return strings.Join(append(head, body), "\n")
}

// head says which record, which step, and what would be sent.
func (p *pad) head(width, most int) []string {
	th := p.s.env.Theme
	record := "none"
	if p.recordID != "" {
		record = p.objectType + " " + text.Clip(p.recordID, 24)
		if p.recordName != "" && p.recordName != p.recordID {
			record += ", " + text.Clip(p.recordName, 40)
		}
	}
	from := "nowhere, it stands on its own"
	if p.target != nil {
		from = text.Clip(p.target.String(), 80)
		if p.dirty {
			from += " (changed)"
		}
	}
	first := th.Faint.Render(" Record ") + th.Text.Render(record) + th.Faint.Render("   Prompt of ") + th.Text.Render(from)
	lines := []string{text.Cut(first, width)}
	for _, l := range say(p.s.env, &p.resolver, p.s.nameOf, max(1, width-2)) {
		lines = append(lines, " "+l)
	}
	if r := p.resolver.now; r != nil && r.sent.Refused == nil && len(lines) > 1 {
		answers := " · " + p.s.answers() + " answers"
		if text.Width(lines[1])+text.Width(answers) <= width {
			lines[1] += th.Faint.Render(answers)
		}
	}
	if p.s.needsAccount() {
		lines = append(lines, " "+th.Warn.Render(text.Clip("! "+p.s.answers()+" answers need an OpenAI account, and none is connected.", width-1)))
	}
	if len(lines) > most {
		lines = append(lines[:most-1:most-1], text.Cut(lines[most-1], width-2)+th.Faint.Render(" …"))
	}
	return lines
}

func (p *pad) viewEditor(w, h int) string {
	title := "Prompt"
	if p.typing {
		title += " – esc leaves it"
	}
	inner, rows := max(1, w-4), max(0, h-2)
	body := p.editor.View(p.s.env, inner, rows, p.typing)
	if first, all := p.editor.Scrolled(); all > rows {
		title += fmt.Sprintf(" – lines %d to %d of %d", first+1, min(all, first+rows), all)
	}
	return widget.Pane(p.s.env, title, margin(body), w, h, p.typing)
}

// margin keeps a text off the border.
func margin(s string) string {
	return " " + strings.ReplaceAll(s, "\n", "\n ")
}

func (p *pad) viewRendered(w, h int) string {
	title := "Rendered prompt"
	body := p.drawRendered(max(1, w-4), max(0, h-2))
	if at := p.render.body.Position(); at != "" {
		title += " " + at
	}
	return widget.Pane(p.s.env, title, margin(body), w, h, !p.typing && p.results.onRendered)
}

// drawRendered draws the rendered prompt, and below it the tokens without a value.
func (p *pad) drawRendered(w, h int) string {
	th, r := p.s.env.Theme, &p.render
	var below []string
	if r.err != nil {
		below = sentence(th.Bad, "✗ ", errorText(r.err), w)
	}
	if r.now == nil {
		if len(below) == 0 {
			below = sentence(th.Faint, "", "What is written above is shown here with the record's data in it.", w)
		}
		return strings.Join(below, "\n")
	}
	for _, problem := range limited(r.now.Problems, 4) {
		below = append(below, sentence(th.Bad, "✗ ", problem, w)...)
	}
	for _, m := range limited(r.now.missing, 6) {
		below = append(below, sentence(th.Warn, "○ ", m, w)...)
	}
	if most := max(1, h/2); len(below) > most {
		left := len(below) - most + 1
		below = append(below[:most-1:most-1], th.Faint.Render(text.Clip("… "+report.Count(int64(left), "lines")+" more about tokens without a value", w)))
	}
	room := max(1, h-len(below))
	return text.Block(r.body.View(p.s.env, w, room, false), w, room) + "\n" + strings.Join(below, "\n")
}

func (p *pad) viewResults(w, h int) string {
	tabs := p.tabs()
	inner, rows := max(1, w-4), max(0, h-3)
	var body string
	if tabs.At+p.firstTab() == tabRendered {
		body = p.drawRendered(inner, rows)
	} else {
		body = p.drawAnswer(tabs.At+p.firstTab(), inner, rows)
	}
	title := "Result"
	if n := len(p.results.all); n > 1 {
		title += fmt.Sprintf(" %d of %d", p.results.at+1, n)
	}
	lines := tabs.View(p.s.env, max(1, w-2)) + "\n" + margin(body)
	return widget.Pane(p.s.env, title, lines, w, h, !p.typing && !(p.areas.wide && p.results.onRendered))
}

// drawAnswer draws the answer that is looked at: its text, its details, or how it differs from the one before.
func (p *pad) drawAnswer(tab, w, h int) string {
	th, a := p.s.env.Theme, p.results.shown()
	switch {
	case p.results.asking && (a == nil || p.results.at == len(p.results.all)-1):
		return strings.Join(sentence(th.Info, "… ", "Asking. "+keyOf(p.s.env, "app.cancel")+" cancels it.", w), "\n")
	case a == nil:
		return strings.Join(sentence(th.Faint, "", "Nothing was asked yet. "+keyOf(p.s.env, "assistant.ask")+" asks the prompt; nothing is stored.", w), "\n")
	}
	lines := a.summary(p, w)
	body := a.body
	switch {
	case tab == tabDetails:
		body = p.details(a, w)
		lines = nil
	case tab == tabCompare && a.compare.Raw() == "":
		return strings.Join(append(lines, sentence(th.Faint, "", a.incomparable(), w)...), "\n")
	case tab == tabCompare:
		body = a.compare
		if len(a.marks) == 0 {
			lines = append(lines, th.Faint.Render(text.Clip("= The answer is the same as the one before.", w)))
		}
	}
	if len(lines) >= h {
		lines = lines[:max(0, h-1)]
	}
	return strings.Join(append(lines, body.View(p.s.env, w, max(1, h-len(lines)), !p.typing)), "\n")
}

// incomparable says why an answer is not compared with the one before.
func (a *answer) incomparable() string {
	if a.long {
		return "The answers are too long to be compared here."
	}
	return "There is nothing to compare it with: both are empty, or it is the first answer of this session."
}

// summary says on a line or two how the question went, what it used and cost.
func (a *answer) summary(p *pad, w int) []string {
	th := p.s.env.Theme
	parts := []string{fmt.Sprintf("#%d", a.n)}
	if a.record != "" {
		parts = append(parts, text.Clip(a.record, 24))
	}
	if ask := a.Step.Ask; ask != nil {
		if u := ask.Usage; u != nil {
			parts = append(parts, fmt.Sprintf("%s in, %s out", report.Number(int64(u.InputTokens)), report.Number(int64(u.OutputTokens))))
		}
		if ask.CostUSD != "" {
			parts = append(parts, "$"+text.Clip(ask.CostUSD, 16))
		}
		parts = append(parts, report.Duration(time.Duration(ask.LatencyMs)*time.Millisecond))
		if ask.Attempts > 1 {
			parts = append(parts, report.Count(int64(ask.Attempts), "attempts"))
		}
	}
	sign, style := "✓ ", th.Good
	if a.Step.State != run.Success {
		sign, style = "✗ ", th.Bad
	}
	if e := a.Step.Error; e != nil {
		sign += text.Clip(e.Code, 40) + " "
	}
	lines := []string{text.Cut(style.Render(sign)+th.Faint.Render(strings.Join(parts, " · ")), w)}
	for _, warning := range limited(a.Step.Warnings, 3) {
		lines = append(lines, sentence(th.Warn, "! ", warning, w)...)
	}
	return append(lines, "")
}

// details are everything that is known of an answer beside its text.
func (p *pad) details(a *answer, w int) *widget.Text {
	r := &p.results
	if key := (detailsKey{a, w, p.s.env.Theme.Name}); r.detailsOf != key {
		r.detailsOf = key
		r.details.SetDrawn(widget.Fields(p.s.env, p.detailFields(a), w))
	}
	return r.details
}

func (p *pad) detailFields(a *answer) []widget.Field {
	th := p.s.env.Theme
	var out []widget.Field
	add := func(style lipgloss.Style, label, value string) {
		if value != "" {
			out = append(out, widget.Field{Label: label, Value: clip(value, 4000), Style: style})
		}
	}
	add(th.Text, "State", string(a.Step.State))
	if e := a.Step.Error; e != nil {
		add(th.Bad, "Error", "✗ "+e.Code+": "+e.Message)
		add(th.Text, "What to do", e.Hint)
	}
	add(th.Text, "Record", a.record)
	ask := a.Step.Ask
	if ask == nil {
		return out
	}
	add(th.Text, "Assistant", ask.Assistant)
	add(th.Text, "Model", ask.Model)
	temperature := number(ask.Temperature)
	if temperature == "" {
		temperature = "none was sent"
	}
	add(th.Text, "Temperature", temperature)
	add(th.Text, "Reasoning effort", ask.ReasoningEffort)
	add(th.Text, "Protocol", ask.Protocol)
	add(th.Text, "Answers", a.answers)
	if u := ask.Usage; u != nil {
		add(th.Text, "Input tokens", fmt.Sprintf("%s, %s of them cached", report.Number(int64(u.InputTokens)), report.Number(int64(u.CachedTokens))))
		add(th.Text, "Output tokens", fmt.Sprintf("%s, %s of them reasoning", report.Number(int64(u.OutputTokens)), report.Number(int64(u.ReasoningTokens))))
		if u.Estimated {
			add(th.Text, "", "estimated from the length of the texts")
		}
	}
	if ask.CostUSD != "" {
		add(th.Text, "Cost", "$"+ask.CostUSD)
	} else {
		add(th.Text, "Cost", "not known, or nothing was charged")
	}
	add(th.Text, "Time", report.Duration(time.Duration(ask.LatencyMs)*time.Millisecond)+" on the record's timeline, "+report.Duration(a.Took)+" here")
	add(th.Text, "Attempts", fmt.Sprint(ask.Attempts))
	for i, t := range ask.History[:min(len(ask.History), 50)] {
		style, line := th.Text, attemptLine(t)
		if t.Code != "" {
			style = th.Bad
		}
		add(style, fmt.Sprintf("  attempt %d", i+1), line)
	}
	for _, w := range limited(a.Step.Warnings, 20) {
		add(th.Warn, "Warning", "! "+w)
	}
	return out
}

// attemptLine says how one request went.
func attemptLine(t run.Attempt) string {
	sign := "✓ "
	if t.Code != "" {
		sign = "✗ "
	}
	parts := []string{}
	if t.Status > 0 {
		parts = append(parts, fmt.Sprintf("HTTP %d", t.Status))
	}
	if t.Code != "" {
		parts = append(parts, t.Code)
	}
	parts = append(parts, report.Duration(time.Duration(t.LatencyMs)*time.Millisecond))
	if t.WaitMs > 0 {
		parts = append(parts, "then waited "+report.Duration(time.Duration(t.WaitMs)*time.Millisecond))
	}
	if t.MayHaveCost {
		parts = append(parts, "may have cost something")
	}
	line := sign + strings.Join(parts, ", ")
	if t.Message != "" {
		line += ": " + clip(t.Message, 600)
	}
	return line
}
