package dialog

import (
	"fmt"
	"strings"

	"askflow/internal/tui/text"
)

func (f *form) View(width, height int) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	if f.over != nil {
		return f.over.view(width, height)
	}
	all := f.seen()
	var lines []string
	for _, l := range paragraphs(f.text, width) {
		lines = append(lines, f.env.Theme.Text.Render(l))
	}
	if len(lines) > 0 {
		lines = append(lines, "")
	}
	first, last := 0, 0
	for i, field := range f.fields {
		start := len(lines)
		lines = append(lines, f.drawField(field, i == f.at, f.disabled(field, all), width, height)...)
		if i == f.at {
			first, last = start, len(lines)-1
		}
	}
	return strings.Join(window(f.env, lines, first, last, width, height), "\n")
}

// drawField draws a field: its label, its value, and what there is to say about it.
func (f *form) drawField(field *formField, here bool, disabled string, width, height int) []string {
	th := f.env.Theme
	var lines []string
	if field.Label != "" {
		style, lead := th.Faint, "  "
		if here {
			style, lead = th.Heading, "▸ "
		}
		label := style.Render(text.Clip(lead+text.Clip(field.Label, width), width))
		if !here && field.Hint != "" && field.problem == "" && disabled == "" { // below it while the field has the keys
			label += th.Hint.Render(text.Clip("  "+field.Hint, max(0, width-text.Width(label))))
		}
		lines = append(lines, text.Cut(label, width))
	}
	indent := 2
	if field.Label == "" {
		indent = 0
	}
	room := max(1, width-indent)
	margin := text.ClipFit("", min(indent, width-1))
	put := func(rows ...string) {
		for _, r := range rows {
			lines = append(lines, text.Cut(margin+r, width))
		}
	}
	if disabled != "" {
		put(below(f.env, "", "– "+disabled, room)...)
		return lines
	}
	put(f.drawValue(field, here, room, height)...)
	hint := ""
	if here {
		hint = field.Hint
	}
	put(below(f.env, field.problem, hint, room)...)
	return lines
}

func (f *form) drawValue(field *formField, here bool, width, height int) []string {
	th := f.env.Theme
	switch field.Kind {
	case KindBool:
		mark := "[ ] no"
		if field.on {
			mark = "[x] yes"
		}
		if here {
			return []string{th.Cursor.Render(text.Clip(mark, width))}
		}
		return []string{th.Text.Render(text.Clip(mark, width))}
	case KindChoice:
		return f.drawChoice(field, here, width)
	case KindArea:
		rows := max(1, min(field.height, height-4))
		view := text.Block(field.editor.View(f.env, max(1, width-2), rows, here), max(1, width-2), rows)
		border := th.Border
		if here {
			border = th.BorderFocus
		}
		out := strings.Split(view, "\n")
		for i := range out {
			out[i] = border.Render("│") + " " + out[i]
		}
		if at, all := field.editor.Scrolled(); all > rows {
			out = append(out, th.Faint.Render(text.Clip(fmt.Sprintf("lines %d–%d of %d", at+1, min(all, at+rows), all), width)))
		}
		return out
	}
	return []string{th.Key.Render("›") + " " + field.editor.View(f.env, max(1, width-2), 1, here)}
}

func (f *form) drawChoice(field *formField, here bool, width int) []string {
	th := f.env.Theme
	if len(field.Options) == 0 {
		return []string{th.Faint.Render(text.Clip("There is nothing to choose from.", width))}
	}
	chosen := field.Options[field.choice]
	title := text.Clip(chosen.Title, max(1, width-8))
	if !here {
		return []string{th.Text.Render(title)}
	}
	of := th.Faint.Render(fmt.Sprintf(" %d/%d", field.choice+1, len(field.Options)))
	lines := []string{th.Accent.Render("‹ ") + th.Cursor.Render(title) + th.Accent.Render(" ›") + of}
	return append(lines, below(f.env, "", text.Clip(chosen.Detail, 3*width), width)...)
}
