package runs

import (
	"strconv"
	"strings"

	"askflow/internal/report"
	"askflow/internal/run"
	"askflow/internal/tui/inspect"
	"askflow/internal/tui/keymap"
	"askflow/internal/tui/text"
	"askflow/internal/tui/widget"
)

func (o *one) cells(b run.Brief) []widget.Cell {
	th := o.s.env.Theme
	halted := o.halted()
	state, style := inspect.Standing(th, b.State, b.FailedSteps > 0, halted)
	problem := widget.Cell{Text: o.problem(b), Style: th.Bad}
	if b.Problem == "" {
		problem.Style = th.Faint
	}
	steps, cost := "", ""
	if b.Steps > 0 {
		steps = strconv.Itoa(b.Steps)
	}
	if b.Asks > 0 {
		cost = inspect.Money(b.CostUSD)
	}
	return []widget.Cell{
		{Text: nameOf(b), Style: th.Text}, {Text: b.Record.ID, Style: th.Faint}, {Text: state, Style: style}, {Text: steps, Style: th.Faint},
		{Text: b.Answer, Style: th.Value}, {Text: latency(b.LatencyMs), Style: th.Faint}, {Text: cost, Style: th.Faint}, problem,
	}
}

// problem says what went wrong first, or why the record stands where it does.
func (o *one) problem(b run.Brief) string {
	if b.Problem != "" {
		return strings.ReplaceAll(b.Problem, "_", " ")
	}
	return inspect.Reason(b.State, b.Reason, o.halted())
}

// nameOf is what a record is called.
func nameOf(b run.Brief) string {
	if b.Record.Name != "" {
		return b.Record.Name
	}
	return b.Record.ID
}

func (o *one) view(w, h int) string {
	if o.run == nil {
		return o.viewEmpty(w, h)
	}
	head := o.headLines(w)
	if most := max(2, h/3); len(head) > most {
		head = head[:most]
	}
	head = append(head, o.filterLines(w)...)
	o.s.drawn.top = len(head)
	body := o.split.View(o.s.env, w, h-len(head), o.pane, o.chartsPane)
	return strings.Join(append(head, body), "\n")
}

// viewEmpty is what there is to see before the run is here, and when it cannot be had.
func (o *one) viewEmpty(w, h int) string {
	body := "\n  " + o.s.env.Theme.Faint.Render("Loading …")
	if o.err != nil {
		again := "Ctrl+L tries again, Esc goes back to the list."
		if missing(o.err) {
			again = "Esc goes back to the list."
		}
		body = "\n" + errorBody(o.s.env, o.err, again, w-2, h-3, "", false)
	}
	return widget.Pane(o.s.env, o.id, body, w, h, true)
}

// headLines says how the run stands and what it was started with.
func (o *one) headLines(w int) []string {
	env, th, r := o.s.env, o.s.env.Theme, o.run
	p := env.Active[o.id]
	room := max(1, w-2)
	lines := statusLines(env, r, p, room)
	t := o.totals()
	dot := th.Faint.Render(" · ")
	if t.FailedSteps > 0 {
		lines[0] += dot + th.Bad.Render("✗ "+report.Count(t.FailedSteps, "failed steps"))
	}
	if t.NoAnswer > 0 {
		lines[0] += dot + th.Warn.Render("! "+report.Number(t.NoAnswer)+" without an answer")
	}
	parts := []string{inspect.Records(t)}
	if t.Asks > 0 {
		parts = append(parts, report.Count(t.Asks, "asks"))
	}
	parts = append(parts, inspect.Money(t.CostUSD), when(r.Created, env.Now(), o.zone()))
	lines[0] += dot + th.Faint.Render(strings.Join(parts, " · "))
	if p != nil {
		lines = append(lines, progressLines(env, p, room)...)
	}
	if hint := o.whatNext(t); hint != "" && p == nil {
		lines = append(lines, th.Warn.Render(text.Clip("! "+hint, room)))
	}
	about := append([]string{r.Answers + " answers"}, o.settings.differ()...)
	about = append(about, "era "+r.Era, "seed "+strconv.FormatInt(r.Seed, 10), "clock starts "+r.Now.In(o.zone()).Format("2006-01-02 15:04"))
	name := text.Clip(r.Workflow.Name, min(40, room))
	lines = append(lines, th.Strong.Render(name)+th.Faint.Render(text.Clip(" · "+strings.Join(about, " · "), room-text.Width(name))))
	if o.err != nil {
		lines = append(lines, th.Bad.Render(text.Clip("✗ "+sentence(o.err), room)))
	}
	for i := range lines {
		lines[i] = text.Cut(" "+lines[i], w)
	}
	return lines
}

// keyOf is the key of an action, for a sentence.
func (s *Screen) keyOf(id string) string {
	if keys := s.env.Keys.Get(id).Keys; len(keys) > 0 {
		return keymap.Label(keys[0])
	}
	return "“" + s.env.Keys.Get(id).Short + "” of the action list"
}

// whatNext says what to do about prompts without an answer, "" when there are none.
func (o *one) whatNext(t *run.Totals) string {
	key := o.s.keyOf
	switch {
	case t.NoAnswer == 0:
		return ""
	case o.s.drafts[o.id] != nil:
		return "What to do: " + key("runs.draft") + " shows a file to write the answers into."
	case o.run.Answers == "replay":
		return "What to do: " + key("runs.workflow") + ", then " + key("workflows.options") + " › Answers › record asks OpenAI and keeps the answers."
	}
	return "What to do: " + key("runs.workflow") + ", then " + key("workflows.options") + " › Draft missing makes a file to write the answers into."
}

// filterLines are the filter, and what it is doing.
func (o *one) filterLines(w int) []string {
	env, th := o.s.env, o.s.env.Theme
	var parts []string
	if o.failedOnly {
		parts = append(parts, th.Bad.Render("✗ only failed")+th.Faint.Render(" (! shows all)"))
	}
	if o.all {
		parts = append(parts, th.Info.Render("○ all records")+th.Faint.Render(" (a shows only enrollments)"))
	}
	switch {
	case o.searching && o.sliced:
		parts = append(parts, th.Info.Render("searched "+report.Number(o.scanned)+" of "+report.Count(o.totals().Considered, "records"))+th.Faint.Render(", esc stops"))
	case o.stopped:
		parts = append(parts, th.Warn.Render("! stopped after "+report.Count(o.scanned, "records"))+th.Faint.Render(", m searches on"))
	}
	state := strings.Join(parts, th.Faint.Render(" · "))
	room := w - text.Width(state) - 3
	line := ""
	if o.filter.Visible() {
		line = o.filter.View(env, max(10, room))
	}
	switch {
	case line == "" && state == "":
		return nil
	case line == "":
		return []string{text.Cut(" "+state, w)}
	case state == "":
		return []string{text.Cut(" "+line, w)}
	}
	return []string{text.Cut(" "+line+"  "+state, w)}
}

func (o *one) pane(w, h int) string {
	env := o.s.env
	title := "Enrollments" + o.place()
	o.table.Empty = o.nothing()
	body := o.table.View(env, w-3, h-2, o.split.Focus == 0)
	if o.rowsErr != nil {
		body = errorBody(env, o.rowsErr, "Ctrl+L tries again.", w-2, h-2, body, o.table.Len() > 0)
	}
	return widget.Pane(env, title, body, w, h, o.split.Focus == 0)
}

// place says how many enrollments there are, and where the cursor is among them.
func (o *one) place() string {
	t, n := o.totals(), int64(o.table.Len())
	all := t.Considered
	if o.query.enrolled {
		all -= t.Enrollments[run.NotEnrolled]
	}
	switch {
	case o.query.any() && o.table.Partial():
		return " · " + report.Number(n) + " found so far"
	case o.query.any():
		return " · " + report.Number(n) + " found"
	case n == 0:
		return ""
	case o.head:
		at := int64(o.table.Cursor()) + 1
		return " · " + report.Number(at) + " of " + report.Number(max(all, n))
	}
	return " · " + report.Number(all)
}

// nothing says why there is no enrollment to see.
func (o *one) nothing() string {
	switch {
	case o.query.problem != "":
		return o.query.problem
	case o.stopped:
		return "Nothing was found so far. m searches on."
	case o.filter.Active() != "" && o.failedOnly:
		return "No failed enrollment matches the filter. ! shows all, / changes the filter, f switches it off."
	case o.failedOnly:
		return "No step failed. ! shows all enrollments."
	case o.filter.Active() != "":
		return "No enrollment matches the filter. / changes it, f switches it off."
	case o.running():
		return "No record is enrolled yet. They appear here as they are."
	case o.query.enrolled && o.totals().Considered > 0:
		return "No record was enrolled. a shows all of them, with the reason why not."
	}
	return "This run has considered no record: the workflow's object type has none, or none was asked for. R runs the same again."
}

func (o *one) chartsPane(w, h int) string {
	lines := strings.Split(o.chartsBody(w-4, h-2), "\n")
	return widget.Pane(o.s.env, "Charts", indent(lines, w-2), w, h, o.split.Focus == 1)
}
