package assistant

import (
	"strconv"
	"strings"

	"askflow/internal/report"
	"askflow/internal/tui/keymap"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// detail is the assistant under the cursor, in full.
type detail struct {
	of   *item
	want string // an assistant to be selected once the list is there
	last string // the key of the one that was selected by hand, which a filter may have taken out of the list
	body *widget.Text
}

// View draws the body.
func (s *Screen) View(width, height int) string {
	switch s.level {
	case levelModels:
		return s.models.view(width, height)
	case levelPad:
		return s.pad.view(width, height)
	case levelRecords:
		return s.records.view(width, height)
	}
	return s.viewMain(width, height)
}

// split is the layout of the last View.
func (s *Screen) split() *widget.Split {
	if s.areas.narrow {
		return &s.narrow
	}
	return &s.wide
}

// lowest is the least height at which the settings stand below the list.
const lowest = 18

func (s *Screen) viewMain(width, height int) string {
	s.areas = areas{narrow: width < widget.SideBySide}
	if s.areas.narrow {
		split := s.narrow
		split.Zoom = split.Zoom || height < lowest // one at a time
		return split.View(s.env, width, height, func(w, h int) string {
			s.areas.list = widget.Area{W: w, H: h}
			return s.viewList(w, h)
		}, func(w, h int) string {
			at := widget.Area{Y: height - h, W: w, H: h}
			if s.focus == focusDetail {
				s.areas.detail = at
				return s.viewDetail(w, h)
			}
			s.areas.settings = at
			return s.viewSettings(w, h)
		})
	}
	return s.wide.View(s.env, width, height, s.viewLeft, func(w, h int) string {
		s.areas.settings = widget.Area{X: width - w, W: w, H: h}
		return s.viewSettings(w, h)
	})
}

// viewLeft draws the list, and below it the assistant under the cursor.
func (s *Screen) viewLeft(w, h int) string {
	top := min(max(7, s.list.Len()+4), h*45/100)
	switch {
	case s.wide.Zoom && s.focus == focusDetail:
		top = 0
	case s.wide.Zoom || h-top < 6:
		top = h
	}
	var out []string
	if top > 0 {
		s.areas.list = widget.Area{W: w, H: top}
		out = append(out, s.viewList(w, top))
	}
	if top < h {
		s.areas.detail = widget.Area{Y: top, W: w, H: h - top}
		out = append(out, s.viewDetail(w, h-top))
	}
	return strings.Join(out, "\n")
}

func listColumns() []widget.Column {
	return []widget.Column{{Title: "", Width: 1}, {Title: "Name", Width: 16, Grow: 2}, {Title: "Model", Width: 13, Drop: 2}, {Title: "T", Width: 4, Right: true, Drop: 3}, {Title: "Effort", Width: 6, Drop: 4},
		{Title: "ID", Width: 14, Grow: 1, Drop: 6}, {Title: "Instructions", Width: 14, Grow: 4, Drop: 5}}
}

// cells draw an assistant. The first says ● for the one that was chosen for the next run, ✗ and ! for what does not work.
func (s *Screen) cells(it *item) []widget.Cell {
	th := s.env.Theme
	sign := widget.Cell{Text: " ", Style: th.Text}
	bad, some := it.worst()
	switch {
	case s.settings.chosen.Assistant != "" && s.settings.chosen.Assistant == it.a.ID:
		sign = widget.Cell{Text: "✓", Style: th.Accent}
	case bad:
		sign = widget.Cell{Text: "✗", Style: th.Bad}
	case some:
		sign = widget.Cell{Text: "!", Style: th.Warn}
	}
	t, effort := widget.Cell{Text: number(it.a.Temperature), Style: th.Text}, widget.Cell{Text: it.a.ReasoningEffort, Style: th.Text}
	for _, c := range []*widget.Cell{&t, &effort} {
		if c.Text == "" {
			*c = widget.Cell{Text: "–", Style: th.Faint}
		}
	}
	return []widget.Cell{sign, {Text: it.name(), Style: th.Text}, {Text: it.a.Model, Style: th.Text}, t, effort, {Text: it.a.ID, Style: th.Faint}, {Text: it.preview, Style: th.Faint}}
}

func (s *Screen) viewList(w, h int) string {
	title := "Assistants"
	if s.catalog != nil {
		title += " " + strconv.Itoa(s.list.Len())
		if n := len(s.catalog.items); n != s.list.Len() {
			title += " of " + strconv.Itoa(n)
		}
	}
	s.list.Empty = "There are no assistants yet. Put one into the folder assistants/ (YAML, or OpenAI's JSON), or import one: emulator assistants import FILE."
	if s.filter.Active() != "" && s.catalog != nil && len(s.catalog.items) > 0 {
		s.list.Empty = "No assistant matches the filter. f switches it off, esc takes it away."
	}
	inner := max(1, w-2)
	var above []string
	if s.filter.Visible() {
		above = append(above, s.filter.View(s.env, inner))
	}
	if s.err != nil {
		above = append(above, sentence(s.env.Theme.Bad, "✗ ", errorText(s.err), inner)...)
	}
	s.areas.above = len(above)
	body := strings.Join(append(above, s.list.View(s.env, inner, max(0, h-2-len(above)), s.focus == focusList)), "\n")
	return widget.Pane(s.env, title, body, w, h, s.focus == focusList)
}

func (s *Screen) viewSettings(w, h int) string {
	return widget.Pane(s.env, "Settings for the next run", s.form.view(max(1, w-2), max(0, h-2), s.focus == focusSettings), w, h, s.focus == focusSettings)
}

// viewDetail draws the assistant under the cursor: what it is, what does not work any more, its instructions in full.
func (s *Screen) viewDetail(w, h int) string {
	it := s.detail.of
	focused := s.focus == focusDetail
	if it == nil {
		return widget.Pane(s.env, "Assistant", s.env.Theme.Faint.Render("  Nothing is selected."), w, h, focused)
	}
	th, inner, room := s.env.Theme, max(1, w-2), max(0, h-2)
	var head []string
	for _, i := range it.issues {
		style, sign := th.Warn, "! "
		if i.bad {
			style, sign = th.Bad, "✗ "
		}
		head = append(head, sentence(style, sign, i.text, inner-1)...)
	}
	head = append(head, widget.Fields(s.env, s.detailFields(it), inner-1)...)
	if most := max(2, room*6/10); len(head) > most {
		head = append(head[:most-1:most-1], th.Faint.Render("…"))
	}
	lines := make([]string, 0, len(head)+2)
	for _, l := range head {
		lines = append(lines, " "+l)
	}
	title := "Instructions"
	body := s.detail.body.View(s.env, max(1, inner-2), max(0, room-len(lines)-2), focused)
	if p := s.detail.body.Position(); p != "" {
		title += " " + p
	}
	lines = append(lines, "", " "+th.Heading.Render(title))
	for l := range strings.SplitSeq(body, "\n") {
		lines = append(lines, " "+l)
	}
	return widget.Pane(s.env, it.name(), strings.Join(lines, "\n"), w, h, focused)
}

func (s *Screen) detailFields(it *item) []widget.Field {
	th, a := s.env.Theme, it.a
	field := func(label, value string) widget.Field {
		return widget.Field{Label: label, Value: value, Style: th.Text}
	}
	own := func(v, none string) string {
		if v == "" {
			return none
		}
		return v
	}
	settings := "temperature " + own(number(a.Temperature), "unset") + " · reasoning effort " + own(clip(a.ReasoningEffort, 40), "unset")
	if a.TopP != nil {
		settings += " · top_p " + number(a.TopP)
	}
	out := []widget.Field{field("Id", clip(a.ID, 400)), field("Model", own(clip(a.Model, 200), "the portal's: "+own(s.env.Portal.DefaultModel, "none"))), field("Settings", settings), field("File", clip(a.File, 400))}
	if a.Description != "" {
		out = append(out, field("Description", clip(a.Description, 1000)))
	}
	if len(a.Tools) > 0 {
		out = append(out, field("Tools", strings.Join(limited(a.Tools, 8), ", ")+" – "+report.Count(int64(len(a.Tools)), "tools")+", not executed"))
	}
	return out
}

// keyOf is the key of an action, as people read it.
func keyOf(env *ui.Env, id string) string {
	if keys := env.Keys.Get(id).Keys; len(keys) > 0 {
		return keymap.Label(keys[0])
	}
	return "the palette"
}
