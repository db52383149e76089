package assistant

import (
	"math"
	"strings"

	"charm.land/lipgloss/v2"

	"askflow/internal/service"
	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

const labelWidth = 18

// view draws the settings: at most height lines of width cells. Where not all have room, the one under the cursor has, and at
// least the beginning of what would be sent.
func (f *form) view(width, height int, focused bool) string {
	th := f.s.env.Theme
	var lines []string
	f.lines = f.lines[:0]
	last := 0 // the last line of the row under the cursor
	for r := range rows {
		for _, l := range f.drawRow(r, width, focused) {
			lines, f.lines = append(lines, l), append(f.lines, r)
		}
		if r == f.at {
			last = len(lines)
		}
	}
	said := inset(f.said(max(1, width-1)))
	if over := len(lines) + min(2, len(said)) - height; over > 0 {
		room := max(1, len(lines)-over)
		from := max(0, min(last-room, over))
		lines, f.lines = lines[from:min(len(lines), from+room)], f.lines[from:]
	}
	room := height - len(lines)
	if len(said) < room {
		lines = append(lines, "")
	} else if len(said) > room {
		said = append(said[:max(0, room-1):max(0, room-1)], th.Faint.Render("  …"))
	}
	lines = append(lines, said...)
	if m := f.model(); m != nil && len(lines)+3 < height {
		lines = append(append(lines, "", th.Heading.Render(text.Clip("  "+m.ID, width))), indent(widget.Fields(f.s.env, modelFields(f.s.env, m), width-2))...)
	}
	return strings.Join(lines, "\n")
}

// inset keeps lines off the border.
func inset(lines []string) []string {
	for i := range lines {
		lines[i] = " " + lines[i]
	}
	return lines
}

func indent(lines []string) []string {
	for i := range lines {
		lines[i] = "  " + lines[i]
	}
	return lines
}

func (r row) label() string {
	return [...]string{"For", "Assistant", "Model", "Temperature", "Reasoning effort", "Answers", "Budget"}[r]
}

// drawRow draws a setting: whether it is chosen, and its value.
func (f *form) drawRow(r row, width int, focused bool) []string {
	th := f.s.env.Theme
	edge, label := "  ", th.Faint
	if r == f.at {
		label = th.Text
		if edge = "▌ "; focused {
			label = th.Strong
		}
	}
	head := th.Accent.Render(edge) + label.Render(text.Fit(r.label(), labelWidth))
	value := f.drawValue(r, max(1, width-labelWidth-2), focused && r == f.at)
	for i := range value {
		lead := head
		if i > 0 {
			lead = strings.Repeat(" ", labelWidth+2)
		}
		value[i] = text.Cut(lead+value[i], width)
	}
	return value
}

func (f *form) drawValue(r row, width int, here bool) []string {
	th, chosen := f.s.env.Theme, r.value(f.s.settings.chosen)
	if r == rowTarget {
		return []string{f.drawTarget(width)}
	}
	if r == rowTemperature || r == rowEffort && chosen == "" {
		if lines := f.impossible(r, chosen, width); lines != nil {
			return lines
		}
	}
	own := f.ownValue(r)
	switch {
	case r == rowTemperature:
		return []string{f.drawSlider(width, here)}
	case chosen == "":
		if own == "" {
			return []string{text.Cut(th.Faint.Render("○ "+f.ownWord(r)), width)}
		}
		return []string{text.Cut(th.Faint.Render("○ "+f.ownWord(r)+": ")+th.Text.Render(text.Clip(own, width)), width)}
	}
	line := th.Accent.Render("● ") + th.Strong.Render(text.Clip(f.chosenValue(r, chosen), width-2))
	if room := width - text.Width(line) - 9; own != "" && room >= 6 {
		line += th.Faint.Render("   own: " + text.Clip(own, room))
	}
	return []string{text.Cut(line, width)}
}

func (f *form) drawTarget(width int) string {
	th := f.s.env.Theme
	if f.target == nil {
		shown := ""
		if id := f.s.selected(); id != "" && f.s.settings.chosen.Assistant == "" {
			shown = ", as for " + f.s.nameOf(id)
		}
		return th.Faint.Render(text.Clip("○ any workflow"+shown, width))
	}
	return th.Accent.Render("● ") + th.Text.Render(text.Clip(f.target.String(), width-2))
}

// impossible says why a setting cannot be chosen, nil when it can.
func (f *form) impossible(r row, chosen string, width int) []string {
	why := f.noTemperature()
	if r == rowEffort {
		why = f.noEffort()
	}
	if why == "" {
		return nil
	}
	th := f.s.env.Theme
	sign, style := "– ", th.Faint
	if chosen != "" {
		sign, style, why = "✗ ", th.Bad, chosen+": "+why
	}
	lines := text.Wrap(text.Clip(why, 3*width), max(1, width-2))
	lines = lines[:min(len(lines), 3)]
	for i := range lines {
		lines[i] = style.Render(sign + lines[i])
		sign = "  "
	}
	return lines
}

// drawSlider draws the temperature: 0 at the left, 2 at the right.
func (f *form) drawSlider(width int, here bool) string {
	th := f.s.env.Theme
	value, sign, knob, style := f.s.settings.chosen.Temperature, "● ", "●", th.Strong
	word := ""
	if value == nil {
		sign, knob, style = "○ ", "○", th.Text
		if r := f.resolver.now; r != nil {
			value = r.own.Temperature
		}
		word = "  " + f.ownWord(rowTemperature)
		if value == nil {
			word = "  none is set: the model's own is used"
		}
	}
	if width < ticks+10 {
		shown := number(value)
		if shown == "" {
			shown = "the model's own"
		}
		return th.Accent.Render(sign) + style.Render(shown)
	}
	if room := width - 2 - (ticks + 1) - 1 - len(number(value)); text.Width(word) > room {
		word = "  own"
	}
	at := -1
	if value != nil {
		at = int(math.Round(max(coldest, min(*value, hottest)) * 10))
	}
	rail := th.Charts.Track
	if here {
		rail = th.Accent
	}
	left, right := strings.Repeat("─", max(0, at)), strings.Repeat("─", ticks-max(0, at))
	mark := knob
	if at < 0 {
		mark = "─"
	}
	line := th.Accent.Render(sign) + rail.Render(left) + style.Render(mark) + rail.Render(right) + " " + style.Render(number(value)) + th.Faint.Render(word)
	return text.Cut(line, width)
}

// ownWord says whose value counts where none is chosen.
func (f *form) ownWord(r row) string {
	step := func(says string) string {
		if f.target != nil && says != "" {
			return "the step's own"
		}
		return "the assistant's own"
	}
	t := f.target
	if t == nil {
		t = &target{}
	}
	switch r {
	case rowAssistant:
		if f.target != nil {
			return "the step's own"
		}
		return "the workflow's own"
	case rowModel:
		return step(t.model)
	case rowTemperature:
		return step(t.temperature)
	case rowEffort:
		return step(t.effort)
	}
	return "the portal's own"
}

// ownValue is what counts where nothing is chosen.
func (f *form) ownValue(r row) string {
	switch r {
	case rowAnswers:
		return f.s.env.Portal.Answers
	case rowBudget:
		return f.budgetOwn()
	}
	now := f.resolver.now
	if now == nil {
		if f.resolver.loader.Busy() {
			return "…"
		}
		return "–"
	}
	switch r {
	case rowAssistant:
		if f.target == nil {
			return ""
		}
		return f.s.nameOf(now.assistant)
	case rowModel:
		return now.own.Model
	case rowEffort:
		if now.own.ReasoningEffort == "" {
			return f.effortUnset()
		}
		return now.own.ReasoningEffort
	}
	return ""
}

// effortUnset is what a model does when no effort is sent.
func (f *form) effortUnset() string {
	if m := f.model(); m != nil && m.DefaultEffort != "" {
		return "none is set, the model's is " + m.DefaultEffort
	}
	return "none is set"
}

func (f *form) budgetOwn() string {
	if b := f.s.env.Portal.MaxCostUSD; b != "" {
		return "$" + b
	}
	return "no limit"
}

func (f *form) chosenValue(r row, chosen string) string {
	switch r {
	case rowAssistant:
		return f.s.nameOf(chosen)
	case rowBudget:
		return "$" + chosen
	}
	return chosen
}

// nameOf is an assistant's name, with its id where that says more.
func (s *Screen) nameOf(id string) string {
	if s.catalog != nil {
		for _, it := range s.catalog.items {
			if it.a.ID == id && it.a.Name != "" {
				return it.a.Name
			}
		}
	}
	return id
}

// said is what would be sent with the settings, or why nothing would be.
func (f *form) said(width int) []string {
	lines := say(f.s.env, &f.resolver, f.s.nameOf, width)
	if f.s.needsAccount() {
		lines = append(lines, sentence(f.s.env.Theme.Warn, "! ", f.s.answers()+" answers need an OpenAI account, and none is connected. "+keyOf(f.s.env, "assistant.connect")+" connects one.", width)...)
	}
	return lines
}

// say tells what would be sent.
func say(env *ui.Env, r *resolver, nameOf func(string) string, width int) []string {
	th := env.Theme
	switch {
	case r.err != nil:
		return sentence(th.Bad, "✗ ", errorText(r.err), width)
	case r.now == nil && r.loader.Busy():
		return []string{th.Faint.Render("  …")}
	case r.now == nil:
		return sentence(th.Faint, "  ", "What would be sent is shown here as soon as there is an assistant or a workflow that asks.", width)
	}
	sent := r.now.sent
	var lines []string
	if e := sent.Refused; e != nil {
		why := "Nothing would be sent: " + e.Message
		if e.Hint != "" {
			why = strings.TrimSuffix(why, ".") + " – " + e.Hint
		}
		if name := nameOf(sent.Assistant); name != sent.Assistant { // people know it by its name
			why = strings.ReplaceAll(why, "assistant "+sent.Assistant, "assistant "+name)
		}
		lines = sentence(th.Bad, "✗ ", why, width)
	} else {
		lines = sentence(th.Good, "✓ ", "Sends "+sentLine(sent, nameOf), width)
	}
	for _, w := range limited(sent.Warnings, 4) {
		lines = append(lines, sentence(th.Warn, "! ", w, width)...)
	}
	return lines
}

// sentLine is what would be sent, on one line.
func sentLine(r *service.Resolution, nameOf func(string) string) string {
	line := nameOf(r.Assistant) + " · " + r.Model
	if r.Temperature != nil {
		line += " · temperature " + number(r.Temperature)
	} else {
		line += " · no temperature"
	}
	if r.ReasoningEffort != "" {
		line += " · effort " + r.ReasoningEffort
	}
	return line
}

// sentence wraps data after a sign.
func sentence(style lipgloss.Style, sign, s string, width int) []string {
	lines := text.Wrap(text.Clip(s, 6*max(1, width)), max(1, width-2))
	for i := range lines {
		lines[i] = text.Cut(style.Render(sign+lines[i]), width)
		sign = "  "
	}
	return lines
}

// errorText is an error with what to do about it.
func errorText(err error) string {
	e := service.AsError(err)
	if e.Hint == "" {
		return e.Message
	}
	return strings.TrimSuffix(e.Message, ".") + ". " + strings.ToUpper(e.Hint[:1]) + e.Hint[1:]
}
