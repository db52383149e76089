package widget

import (
	"strings"

	"charm.land/lipgloss/v2"

	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
)

// Field is a label with its value, which are data.
type Field struct {
	Label, Value string
	Style        lipgloss.Style
	// Drawn tells that Value is safe and may be styled already; its line breaks stay and its lines are cut, not wrapped.
	Drawn bool
}

const (
	widestLabel = 24
	mostRows    = 200 // of one value
)

// Fields draws labels with their values beside them, wrapped. Where the width leaves no room beside, values stand below.
func Fields(env *ui.Env, fields []Field, width int) []string {
	if width <= 0 {
		return nil
	}
	label := 0
	for _, f := range fields {
		label = max(label, text.Width(text.Clip(f.Label, widestLabel)))
	}
	const gap, least = 2, 12
	beside := width-label-gap >= least
	var out []string
	for _, f := range fields {
		room, lead := width-label-gap, text.ClipFit(f.Label, label)+"  "
		if !beside {
			out = append(out, env.Theme.Faint.Render(text.Clip(f.Label, width)))
			room, lead = max(1, width-gap), text.ClipFit("", min(gap, width-1))
		}
		for i, row := range f.rows(room) {
			if i == 1 {
				lead = text.ClipFit("", text.Width(lead))
			}
			out = append(out, env.Theme.Faint.Render(lead)+row)
		}
	}
	return out
}

// rows are the lines of a value, "–" for an empty one.
func (f Field) rows(width int) []string {
	if f.Drawn {
		rows := strings.Split(f.Value, "\n")
		for i := range rows {
			rows[i] = text.Cut(rows[i], width)
		}
		return rows
	}
	if f.Value == "" {
		return []string{f.Style.Render("–")}
	}
	value, more := f.Value, false
	if most := mostRows * width * 4; len(value) > most {
		value, more = value[:most], true
	}
	rows := text.Wrap(value, width)
	if len(rows) > mostRows {
		rows, more = rows[:mostRows], true
	}
	for i := range rows {
		rows[i] = f.Style.Render(rows[i])
	}
	if more {
		rows = append(rows, f.Style.Render("…"))
	}
	return rows
}
