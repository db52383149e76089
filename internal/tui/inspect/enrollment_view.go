package inspect

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

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
	columns := []widget.Column{{Title: "#", Width: 3, Right: true}, {Width: 1}, {Title: "Step", Width: 16, Grow: 1}, {Title: "What", Width: 10, Grow: 2, Drop: 1}}
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
	var body string
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
	halted := Halted(e.env, e.run)
	failed := slices.ContainsFunc(r.Steps, func(s run.Step) bool { return s.State == run.FailContinue })
	word, style := Standing(th, r.Enrollment.State, failed, halted)
	state := style.Render(word)
	room := width - text.Width(state) - 4
	who := th.Strong.Render(text.Clip(recordTitle(r.Record), max(8, room*2/3)))
	if r.Record.Name != "" {
		who += "  " + th.Faint.Render(text.Clip(r.Record.ObjectType+" "+r.Record.ID, max(8, room/3)))
	}
	out := []string{text.Cut(" "+who+"  "+state, width), th.Faint.Render(text.Clip(" "+fitting(e.row.totals, width-1), width))}
	if reason := Reason(r.Enrollment.State, r.Enrollment.Reason, halted); reason != "" {
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
		e.reader.click(y - detail.Y - 1)
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
