package widget

import (
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
)

const (
	columnGap = 2
	leadWidth = 2 // the cursor's edge and the mark
)

// View draws the table: at most height lines, none wider than width. In a table without focus the cursor is quieter.
func (t *Table[T]) View(env *ui.Env, width, height int, focused bool) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	t.height = height - 1
	if len(t.items) == 0 {
		return t.empty(env, width, height)
	}
	t.scroll()
	columns, widths := layout(t.Columns, width-leadWidth)
	lines := make([]string, 0, height)
	lines = append(lines, t.head(env, columns, widths, width))
	for i := t.top; i < len(t.items) && len(lines) < height; i++ {
		lines = append(lines, t.row(env, i, columns, widths, width, focused))
	}
	return strings.Join(lines, "\n")
}

func (t *Table[T]) empty(env *ui.Env, width, height int) string {
	message := t.Empty
	if t.loading {
		message = "Loading …"
	}
	lines := text.Wrap(message, max(1, width-4))
	for i := range lines {
		lines[i] = text.Cut("  "+env.Theme.Faint.Render(lines[i]), width)
	}
	if height > 1 {
		lines = append([]string{""}, lines...)
	}
	return strings.Join(lines[:min(len(lines), height)], "\n")
}

func (t *Table[T]) scroll() {
	t.cursor = max(0, min(t.cursor, len(t.items)-1))
	rows := max(1, t.height)
	if t.cursor < t.top {
		t.top = t.cursor
	}
	if t.cursor >= t.top+rows {
		t.top = t.cursor - rows + 1
	}
	t.top = max(0, min(t.top, len(t.items)-rows))
}

// layout chooses the columns that have room, and their widths; together with the gaps they are never wider than width.
func layout(all []Column, width int) (columns, widths []int) {
	for i := range all {
		columns = append(columns, i)
	}
	need := func() int {
		sum := columnGap * (len(columns) - 1)
		for _, c := range columns {
			sum += all[c].Width
		}
		return sum
	}
	for need() > width {
		worst := -1
		for at, c := range columns {
			if d := all[c].Drop; d > 0 && (worst < 0 || d >= all[columns[worst]].Drop) {
				worst = at
			}
		}
		if worst < 0 {
			break
		}
		columns = append(columns[:worst:worst], columns[worst+1:]...)
	}
	for _, c := range columns {
		widths = append(widths, all[c].Width)
	}
	if spare := width - need(); spare > 0 {
		grow(all, columns, widths, spare)
		return columns, widths
	}
	return squeeze(columns, widths, width)
}

// grow gives what is left over to the columns that want it.
func grow(all []Column, columns, widths []int, spare int) {
	for again := true; again && spare > 0; {
		again = false
		sum := 0
		for i, c := range columns {
			if !full(&all[c], widths[i]) {
				sum += all[c].Grow
			}
		}
		for i, c := range columns {
			if full(&all[c], widths[i]) {
				continue
			}
			share := spare * all[c].Grow / sum
			if room := all[c].Most - widths[i]; all[c].Most > 0 && share > room { // what it leaves is shared out again
				share, again = room, true
			}
			widths[i], spare, sum = widths[i]+share, spare-share, sum-all[c].Grow
		}
	}
}

// full tells that a column takes no more.
func full(c *Column, width int) bool { return c.Grow <= 0 || c.Most > 0 && width >= c.Most }

// squeeze takes from the widest columns until all have room, and leaves out the last ones where even a cell for each is too much.
func squeeze(columns, widths []int, width int) ([]int, []int) {
	for len(columns) > 1 && columnGap*(len(columns)-1)+len(columns) > width {
		columns, widths = columns[:len(columns)-1], widths[:len(widths)-1]
	}
	over := columnGap * (len(columns) - 1)
	for _, w := range widths {
		over += w
	}
	for over -= width; over > 0; over-- {
		widest := 0
		for i, w := range widths {
			if w > widths[widest] {
				widest = i
			}
		}
		if len(widths) == 0 || widths[widest] == 0 {
			break
		}
		widths[widest]--
	}
	return columns, widths
}

func (t *Table[T]) head(env *ui.Env, columns, widths []int, width int) string {
	var b strings.Builder
	b.WriteString("  ")
	for i, c := range columns {
		if i > 0 {
			b.WriteString("  ")
		}
		fit := text.ClipFit
		if t.Columns[c].Right {
			fit = text.ClipFitRight
		}
		b.WriteString(fit(t.Columns[c].Title, widths[i]))
	}
	return env.Theme.Faint.Render(text.Fit(b.String(), width))
}

func (t *Table[T]) row(env *ui.Env, i int, columns, widths []int, width int, focused bool) string {
	cells := t.Cells(t.items[i])
	here := i == t.cursor
	edge, lead := " ", " "
	if t.marks[t.Key(t.items[i])] {
		lead = "●"
	}
	base := lipgloss.NewStyle()
	if here {
		if edge, base = "▌", env.Theme.CursorIdle; focused {
			base = env.Theme.Cursor
		}
	}
	var b strings.Builder
	used := leadWidth
	t.paint(&b, base.Foreground(env.Theme.Accent.GetForeground()), edge, here)
	t.paint(&b, base.Foreground(env.Theme.Marked.GetForeground()), lead, here)
	for k, c := range columns {
		if k > 0 {
			t.paint(&b, base, "  ", here)
			used += columnGap
		}
		cell := Cell{}
		if c < len(cells) {
			cell = cells[c]
		}
		t.cell(&b, cell, t.Columns[c], widths[k], base, here)
		used += widths[k]
	}
	if used < width {
		t.paint(&b, base, text.ClipFit("", width-used), here)
	}
	if used > width {
		return text.Cut(b.String(), width)
	}
	return b.String()
}

// paint writes a text in a style. Blanks need none where there is no background.
func (t *Table[T]) paint(b *strings.Builder, style lipgloss.Style, s string, background bool) {
	if !background && strings.Trim(s, " ") == "" {
		b.WriteString(s)
		return
	}
	b.WriteString(t.pens.render(style, s))
}

func (t *Table[T]) cell(b *strings.Builder, c Cell, column Column, width int, base lipgloss.Style, here bool) {
	clip, fit := text.ClipFit, text.Fit
	if column.Right {
		clip, fit = text.ClipFitRight, text.FitRight
	}
	if c.Drawn {
		s := fit(c.Text, width)
		if here { // styles within would end the row's background
			s = t.pens.render(base, ansi.Strip(s))
		}
		b.WriteString(s)
		return
	}
	style := c.Style
	if here {
		style = style.Background(base.GetBackground()).Bold(base.GetBold())
	}
	s := clip(c.Text, width)
	if here || column.Right {
		t.paint(b, style, s, here)
		return
	}
	shown := strings.TrimRight(s, " ")
	t.paint(b, style, shown, false)
	b.WriteString(s[len(shown):])
}
