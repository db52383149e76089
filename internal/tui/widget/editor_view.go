package widget

import (
	"sort"
	"strings"

	"charm.land/lipgloss/v2"

	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
)

// breaksOf are the bytes at which the second and later rows of a line begin. One column is kept for the cursor behind the end.
func (e *Editor) breaksOf(row int) []int {
	l := &e.lines[row]
	if w := max(1, e.width-1); l.width != w {
		l.width, l.breaks = w, text.Breaks(l.text, w)
	}
	return l.breaks
}

// part is where the row of a line begins and ends, in bytes.
func (e *Editor) part(line, row int) (from, to int) {
	breaks, to := e.breaksOf(line), len(e.lines[line].text)
	if row > 0 {
		from = breaks[row-1]
	}
	if row < len(breaks) {
		to = breaks[row]
	}
	return from, to
}

// rowOf is the row of a line in which a byte lies.
func (e *Editor) rowOf(line, at int) int { return sort.SearchInts(e.breaksOf(line), at+1) }

// vertical moves the cursor by rows as they are drawn.
func (e *Editor) vertical(by int) {
	if e.goal < 0 {
		from, _ := e.part(e.row, e.rowOf(e.row, e.col))
		e.goal = text.Width(text.Safe(e.lines[e.row].text[from:e.col]))
	}
	line, row := e.row, e.rowOf(e.row, e.col)
	for ; by > 0; by-- {
		if row < len(e.breaksOf(line)) {
			row++
		} else if line+1 < len(e.lines) {
			line, row = line+1, 0
		} else {
			e.row, e.col = line, len(e.lines[line].text)
			return
		}
	}
	for ; by < 0; by++ {
		if row > 0 {
			row--
		} else if line > 0 {
			line--
			row = len(e.breaksOf(line))
		} else {
			e.row, e.col = 0, 0
			return
		}
	}
	from, to := e.part(line, row)
	e.row, e.col = line, from
	for r, used := text.Read(e.lines[line].text[from:to]), 0; r.Next(); {
		if used += r.Width; used > e.goal || to < len(e.lines[line].text) && from+r.End == to {
			return
		}
		e.col = from + r.End
	}
}

// View draws the text: at most height lines of at most width cells, scrolled so that the cursor is seen.
func (e *Editor) View(env *ui.Env, width, height int, focused bool) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	e.width, e.height = width, height
	if len(e.lines) == 1 && e.lines[0].text == "" {
		return e.empty(env, width, focused)
	}
	if !e.multi {
		return e.single(env, width, focused)
	}
	return e.several(env, width, height, focused)
}

func (e *Editor) empty(env *ui.Env, width int, focused bool) string {
	hint := text.Clip(e.Placeholder, width)
	if !focused {
		return env.Theme.Faint.Render(hint)
	}
	first, rest := " ", ""
	if r := text.Read(hint); r.Next() {
		first, rest = r.Text, hint[r.End:]
	}
	return text.Cut(cursorStyle(env).Render(first)+env.Theme.Faint.Render(rest), width)
}

func cursorStyle(env *ui.Env) lipgloss.Style { return env.Theme.Text.Reverse(true) }

// draw draws a part of a line; the cursor stands at a byte of the line, or nowhere when that is -1.
func (e *Editor) draw(env *ui.Env, line string, from, to, cursor, width int) string {
	var before, after strings.Builder
	under, used, rtl := "", 0, false
	room := width
	if e.multi && width > 1 {
		room-- // the cursor's column
	}
	for r := text.Read(line[from:to]); r.Next(); {
		if used+r.Width > room {
			break
		}
		used += r.Width
		rtl = rtl || r.RTL
		switch {
		case cursor >= from+r.Start && cursor < from+r.End:
			under = r.Text
		case cursor >= 0 && from+r.Start > cursor:
			after.WriteString(r.Text)
		default:
			before.WriteString(r.Text)
		}
	}
	if under == "" && cursor >= 0 && used < width { // behind the end, or on a blank that hangs over it
		under = " "
	}
	style := env.Theme.Text
	out := style.Render(before.String())
	if under != "" {
		out += cursorStyle(env).Render(under)
	}
	if after.Len() > 0 {
		out += style.Render(after.String())
	}
	return text.Directed(out, rtl)
}

func (e *Editor) single(env *ui.Env, width int, focused bool) string {
	line := e.lines[0].text
	if e.left > e.col || e.left > len(line) {
		e.left = e.col
	}
	if r := text.Read(line); e.left > 0 && fitsIn(&r, width-1) { // it had less room before
		e.left = 0
	}
	// Move the first byte shown to the right until the cursor has room.
	widths, total := []int{}, 0
	starts := []int{}
	for r := text.ReadAt(line, e.left); r.Next() && r.Start < e.col; {
		widths, starts, total = append(widths, r.Width), append(starts, r.End), total+r.Width
	}
	for i := 0; i < len(widths) && total > width-2; i++ {
		total -= widths[i]
		e.left = starts[i]
	}
	cursor := e.col
	if !focused {
		cursor, e.left = -1, 0
	}
	return e.draw(env, line, e.left, len(line), cursor, width)
}

// fitsIn tells whether everything that is read has room, reading no further than that.
func fitsIn(r *text.Reader, width int) bool {
	for used := 0; r.Next(); {
		if used += r.Width; used > width {
			return false
		}
	}
	return true
}

func (e *Editor) several(env *ui.Env, width, height int, focused bool) string {
	at, count := 0, 0 // the cursor's row among all rows
	for i := range e.lines {
		if i == e.row {
			at = count + e.rowOf(i, e.col)
		}
		count += 1 + len(e.breaksOf(i))
	}
	e.top = max(0, min(e.top, count-height, at))
	if at >= e.top+height {
		e.top = at - height + 1
	}
	rows := make([]string, 0, height)
	n := 0
	for i := range e.lines {
		size := 1 + len(e.breaksOf(i))
		for row := max(0, e.top-n); row < size && len(rows) < height; row++ {
			from, to := e.part(i, row)
			cursor := -1
			if focused && i == e.row && e.rowOf(i, e.col) == row {
				cursor = e.col
			}
			rows = append(rows, e.draw(env, e.lines[i].text, from, to, cursor, width))
		}
		if n += size; len(rows) == height {
			break
		}
	}
	return strings.Join(rows, "\n")
}

// Scrolled says which rows are shown: the first of them, counted from 0, and how many there are in all.
func (e *Editor) Scrolled() (first, all int) {
	for i := range e.lines {
		all += 1 + len(e.breaksOf(i))
	}
	return e.top, all
}
