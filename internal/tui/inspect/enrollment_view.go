package inspect

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"askflow/internal/assistant"
	"askflow/internal/report"
	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

func stepKey(k stepRow) string { return strconv.Itoa(k.at) }

// stepColumns are the columns of the timeline; those that no step has anything for are left out.
func stepColumns(steps []stepRow) []widget.Column {
	took, at := 0, 0
	for _, k := range steps {
		if k.step.Ask != nil && k.step.Ask.LatencyMs > 0 {
			took = 6
		}
		if k.step.Started != nil {
			at = 9
		}
	}
	columns := []widget.Column{{Title: "#", Width: 3, Right: true}, {Width: 1}, {Title: "Step", Width: 16, Grow: 2}, {Title: "What", Width: 10, Grow: 3, Drop: 1}}
	if took > 0 {
		columns = append(columns, widget.Column{Title: "Took", Width: took, Right: true, Drop: 2})
	}
	if at > 0 {
		columns = append(columns, widget.Column{Title: "At", Width: at, Right: true, Drop: 3})
	}
	return columns
}

func (e *Enrollment) cells(k stepRow) []widget.Cell {
	th, s := e.env.Theme, k.step
	sign, style := StepSign(th, s)
	took := ""
	if s.Ask != nil && s.Ask.LatencyMs > 0 {
		took = Millis(s.Ask.LatencyMs)
	}
	title := s.Label
	if s.Name != "" { // what people called it says more than what it is
		title = s.Name
		if s.Label != "" {
			title += " · " + s.Label
		}
	}
	if title == "" {
		title = "action " + s.ActionID
	}
	what, whatStyle := e.what(s)
	cells := []widget.Cell{{Text: strconv.Itoa(k.at + 1), Style: th.Faint}, {Text: sign, Style: style}, {Text: title, Style: th.Text}, {Text: what, Style: whatStyle}}
	for _, c := range e.steps.Columns[len(cells):] {
		if c.Title == "Took" {
			cells = append(cells, widget.Cell{Text: took, Style: th.Text})
		} else {
			cells = append(cells, widget.Cell{Text: e.row.since(s.Started), Style: th.Faint})
		}
	}
	return cells
}

// what says in a few words what is worth knowing of a step in the timeline.
func (e *Enrollment) what(s *run.Step) (string, lipgloss.Style) {
	th := e.env.Theme
	var parts []string
	style := th.Faint
	if s.Branch != nil {
		parts, style = append(parts, "→ "+*s.Branch), th.Accent
	}
	if s.Pinned {
		parts, style = append(parts, "pinned"), th.Warn
	}
	if s.Stubbed {
		parts, style = append(parts, "stubbed"), th.Warn
	}
	if s.Ask != nil && s.Ask.Attempts > 1 {
		parts, style = append(parts, report.Count(int64(s.Ask.Attempts), "attempts")), th.Warn
	}
	if s.WaitUntil != nil {
		parts, style = append(parts, "until "+s.WaitUntil.In(e.row.zone).Format("Mon 15:04")), th.Info
	}
	if s.Error != nil {
		parts, style = append(parts, s.Error.Code), th.Bad
	} else if s.State == run.Skipped || s.State == run.Blocked {
		parts = append(parts, strings.ToLower(string(s.State)))
	}
	if s.Visit > 1 {
		parts = append(parts, fmt.Sprintf("visit %d", s.Visit))
	}
	if len(parts) == 0 && s.Ask != nil && s.Ask.Response != nil {
		parts, style = append(parts, firstLine(*s.Ask.Response)), th.Value
	}
	if d := e.row.didBy(s.ActionID); len(parts) == 0 && d.visits == 1 && len(d.effects) > 0 {
		parts, style = append(parts, effectInShort(d.effects[0])), th.Text
	}
	return strings.Join(parts, ", "), style
}

// View draws the record's head, the timeline and the step.
func (e *Enrollment) View(width, height int) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	e.drawn.width, e.drawn.height, e.drawn.head = width, height, 0
	if e.row == nil {
		return e.nothing(width, height)
	}
	head := e.head(width)
	if len(head) > height-6 {
		head = head[:max(0, min(1, height-6))]
	}
	e.drawn.head = len(head)
	body := ""
	if len(e.row.steps) == 0 { // there is nothing to read beside
		body = e.timeline(width, height-len(head))
	} else {
		body = e.split.View(e.env, width, height-len(head), e.timeline, e.detail)
	}
	if len(head) == 0 {
		return body
	}
	return strings.Join(head, "\n") + "\n" + body
}

// nothing says why there is no row.
func (e *Enrollment) nothing(width, height int) string {
	lines := []string{e.env.Theme.Faint.Render(text.Clip("  Reading the record …", width))}
	if e.err != nil {
		lines = errorLines(e.env, e.err, width)
	}
	return text.Block("\n"+strings.Join(lines, "\n"), width, height)
}

// errorLines say what went wrong and what to do.
func errorLines(env *ui.Env, err error, width int) []string {
	fault := service.AsError(err)
	var out []string
	for i, line := range text.Wrap(fault.Message, max(1, width-4)) {
		lead := "  "
		if i == 0 {
			lead = "✗ "
		}
		out = append(out, text.Cut("  "+env.Theme.Bad.Render(lead+line), width))
	}
	if fault.Hint != "" {
		for _, line := range text.Wrap(upper(fault.Hint)+".", max(1, width-4)) {
			out = append(out, text.Cut("    "+env.Theme.Text.Render(line), width))
		}
	}
	return out
}

// head says whose way this is, how it ended, and what it came to.
func (e *Enrollment) head(width int) []string {
	th, r := e.env.Theme, e.row.result
	sign, style := StateSign(th, r.Enrollment.State)
	state := style.Render(sign + " " + string(r.Enrollment.State))
	room := width - text.Width(state) - 4
	who := th.Strong.Render(text.Clip(recordTitle(r.Record), max(8, room*2/3)))
	if r.Record.Name != "" {
		who += "  " + th.Faint.Render(text.Clip(r.Record.ObjectType+" "+r.Record.ID, max(8, room/3)))
	}
	out := []string{text.Cut(" "+who+"  "+state, width), th.Faint.Render(text.Clip(" "+fitting(e.totals(), width-1), width))}
	if reason := r.Enrollment.Reason; reason != "" {
		lines := text.Wrap(reason, max(1, width-2))
		if len(lines) > 2 {
			lines = append(lines[:1], text.Cut(lines[1]+" …", width-2))
		}
		for _, line := range lines {
			out = append(out, text.Cut(" "+th.Text.Render(line), width))
		}
	}
	if e.err != nil {
		out = append(out, text.Cut(th.Warn.Render(text.Clip(" ! This may be old: "+service.AsError(e.err).Message, width)), width))
	}
	return out
}

// totals add up the record's steps.
func (e *Enrollment) totals() []string {
	r := e.row.result
	asks, failed, tokens, took := 0, 0, 0, int64(0)
	sum, priced := assistant.Money(0), false
	for i := range r.Steps {
		s := &r.Steps[i]
		if s.State == run.FailContinue {
			failed++
		}
		if s.Ask == nil {
			continue
		}
		asks++
		took += s.Ask.LatencyMs
		if u := s.Ask.Usage; u != nil {
			tokens += u.InputTokens + u.OutputTokens
		}
		if m, err := assistant.ParseMoney(s.Ask.CostUSD); err == nil && s.Ask.CostUSD != "" {
			sum, priced = sum.Add(m), true
		}
	}
	parts := []string{report.Count(int64(len(r.Steps)), "steps")}
	if failed > 0 {
		parts = append(parts, fmt.Sprintf("✗ %d failed", failed))
	}
	if asks > 0 {
		parts = append(parts, report.Count(int64(asks), "asks"))
		if took > 0 {
			parts = append(parts, Millis(took)+" asking")
		}
		if tokens > 0 {
			parts = append(parts, report.Count(int64(tokens), "tokens"))
		}
		if priced {
			parts = append(parts, Money(sum.String()))
		}
	}
	if n := len(r.Effects); n > 0 {
		parts = append(parts, report.Count(int64(n), "effects"))
	}
	if at := r.Enrollment.Started; at != nil && !at.IsZero() {
		parts = append(parts, at.In(e.row.zone).Format("2006-01-02 15:04"))
		if end := r.Enrollment.Ended; end != nil && end.After(*at) {
			parts = append(parts, "ended after "+span(end.Sub(*at)))
		}
	}
	return parts
}

// fitting puts as many parts together as have room.
func fitting(parts []string, width int) string {
	out := ""
	for i, p := range parts {
		if i > 0 {
			p = " · " + p
		}
		if i > 0 && text.Width(out+p) > width {
			break
		}
		out += p
	}
	return out
}

func (e *Enrollment) timeline(w, h int) string {
	if len(e.row.steps) == 0 {
		e.steps.Empty = "Nothing was executed for this record."
		if e.row.result.Enrollment.State == run.NotEnrolled {
			e.steps.Empty = "The workflow did not enroll this record, so nothing was executed."
		}
	}
	return widget.Pane(e.env, "Timeline", e.steps.View(e.env, max(0, w-2), max(0, h-2), e.split.Focus == 0), w, h, e.split.Focus == 0)
}

func (e *Enrollment) detail(w, h int) string {
	s, focused := e.step(), e.split.Focus == 1
	if s == nil {
		return widget.Pane(e.env, "", "", w, h, focused)
	}
	body := e.reader.view(max(0, w-2), max(0, h-2), focused)
	return widget.Pane(e.env, stepTitle(s), body, w, h, focused)
}

func (e *Enrollment) click(msg ui.Click) tea.Cmd {
	list, detail := e.split.Areas(e.drawn.width, e.drawn.height-e.drawn.head)
	x, y := msg.X, msg.Y-e.drawn.head
	switch {
	case list.W > 0 && list.Contains(x, y):
		e.split.Focus = 0
		if e.steps.Click(y - list.Y - 1) {
			if msg.Double {
				e.split.Focus = 1
			}
			return e.show()
		}
	case detail.W > 0 && detail.Contains(x, y):
		e.split.Focus = 1
		before := e.reader.tabs.At
		if y-detail.Y == 1 && e.reader.tabs.Click(x-detail.X-1, detail.W-2) {
			return e.chooseTab(before)
		}
	}
	return nil
}

func (e *Enrollment) wheel(msg ui.Wheel) tea.Cmd {
	list, _ := e.split.Areas(e.drawn.width, e.drawn.height-e.drawn.head)
	if list.W == 0 || !list.Contains(msg.X, msg.Y-e.drawn.head) {
		e.reader.wheel(msg.Lines)
		return nil
	}
	was := e.steps.Cursor()
	_ = e.steps.Wheel(msg.Lines) // there is nothing more to fetch
	if e.steps.Cursor() != was {
		return e.show()
	}
	return nil
}

// Bindings are the actions that work now, the most important first.
func (e *Enrollment) Bindings() []ui.Binding {
	if e.row == nil || e.reader.find.Editing {
		return nil
	}
	s := e.step()
	if s == nil {
		return nil
	}
	var list []ui.Binding
	if e.reader.finding() {
		list = append(list, ui.On("inspect.nexthit", func() tea.Cmd { return e.reader.hop(true) }), ui.On("inspect.prevhit", func() tea.Cmd { return e.reader.hop(false) }))
	}
	if e.split.Focus == 0 {
		list = append(list, ui.On("inspect.open", func() tea.Cmd { e.split.Focus = 1; return nil }))
	}
	noPage := ""
	if e.reader.page() == nil {
		noPage = "The text is still being read; it takes a moment."
	}
	list = append(list, ui.When("inspect.ask", e.noAsk(), e.nextAsk), ui.When("inspect.mode", e.noMode(), e.nextMode))
	return append(list, ui.When("inspect.copy", noPage, e.reader.copy), ui.When("inspect.pager", noPage, func() tea.Cmd { return e.reader.pager(strings.ToLower(e.tabTitle())) }),
		ui.On("inspect.find", e.find), ui.On("inspect.tab", e.nextTab))
}

func (e *Enrollment) tabTitle() string {
	if t := e.reader.tabs; t.At < len(t.Titles) {
		return t.Titles[t.At]
	}
	return "step"
}

func (e *Enrollment) nextTab() tea.Cmd {
	before := e.reader.tabs.At
	if n := len(e.reader.tabs.Titles); n > 0 {
		e.reader.tabs.At = (before + 1) % n
	}
	return e.chooseTab(before)
}

// find opens the line for a word. Words are found in texts, so JSON is shown as it was written.
func (e *Enrollment) find() tea.Cmd {
	e.reader.startFind()
	e.split.Focus = 1
	if e.reader.shown().tree != nil {
		e.responseMode = modeRaw
		return e.show()
	}
	return nil
}

func (e *Enrollment) noAsk() string {
	if slices.ContainsFunc(e.row.steps, func(k stepRow) bool { return k.step.Ask != nil }) {
		return ""
	}
	return "No step of this record asked OpenAI."
}

// nextAsk goes to the next step that asked, after the last one to the first.
func (e *Enrollment) nextAsk() tea.Cmd {
	steps := e.row.steps
	for i := 1; i <= len(steps); i++ {
		if k := steps[(e.steps.Cursor()+i)%len(steps)]; k.step.Ask != nil {
			e.steps.Select(stepKey(k))
			return e.show()
		}
	}
	return nil
}

func (e *Enrollment) noMode() string {
	if t := e.tabTitle(); t != tabPrompt && t != tabResponse {
		return "Only Prompt and Response can be shown in several ways; press ] to get there."
	}
	switch s, t := e.step(), e.tabTitle(); {
	case s == nil || s.Ask == nil:
	case t == tabResponse && s.Ask.Response == nil:
		return "There is no answer that could be shown in another way."
	case t == tabPrompt && e.row.template(s) == "":
		return "The run keeps no template of this prompt, so there is only what was sent."
	}
	return ""
}

// nextMode shows the prompt or the response in the next way.
func (e *Enrollment) nextMode() tea.Cmd {
	mode, modes := &e.promptMode, promptModes()
	if e.tabTitle() == tabResponse {
		mode, modes = &e.responseMode, responseModes()
	}
	*mode = modes[(slices.Index(modes, e.reader.shown().mode)+1)%len(modes)]
	return e.show()
}
