package report

import (
	"bufio"
	"io"
	"strings"
)

// Table is aligned text. Cells hold plain text; Paint colours a cell after it was measured.
type Table struct {
	Head []string
	Rows [][]string
	// Right aligns these columns to the right.
	Right map[int]bool
	// Grow is the column that takes what width is left and is cut first; -1 for none.
	Grow int
	// Paint colours the padded text of a cell; row -1 is the head.
	Paint func(row, col int, text string) string
}

const gap = "  "

// Write prints the table within a width.
func (t *Table) Write(w io.Writer, style Style) error {
	widths := t.widths(style.Width)
	out := bufio.NewWriter(w)
	line := func(row int, cells []string) {
		var b strings.Builder
		for col, cell := range cells {
			if col > 0 {
				b.WriteString(gap)
			}
			text := Truncate(cell, widths[col])
			switch fill := widths[col] - Width(text); {
			case t.Right[col]:
				text = strings.Repeat(" ", max(0, fill)) + text
			case col < len(cells)-1:
				text = pad(text, widths[col])
			}
			switch {
			case row < 0:
				text = style.Faint(text)
			case t.Paint != nil:
				text = t.Paint(row, col, text)
			}
			b.WriteString(text)
		}
		_, _ = out.WriteString(strings.TrimRight(b.String(), " ") + "\n")
	}
	if len(t.Head) > 0 {
		line(-1, t.Head)
	}
	for i, r := range t.Rows {
		line(i, r)
	}
	return out.Flush()
}

// widths fits the columns: each as wide as its widest cell, the growing one cut to what the others leave.
func (t *Table) widths(total int) []int {
	n := len(t.Head)
	for _, r := range t.Rows {
		n = max(n, len(r))
	}
	widths := make([]int, n)
	measure := func(cells []string) {
		for i, c := range cells {
			widths[i] = max(widths[i], Width(c))
		}
	}
	measure(t.Head)
	for _, r := range t.Rows {
		measure(r)
	}
	sum := len(gap) * max(0, n-1)
	for _, w := range widths {
		sum += w
	}
	for over := sum - total; over > 0; {
		widest := t.Grow
		if widest < 0 || widest >= n || widths[widest] <= 12 {
			widest = 0
			for i, w := range widths {
				if w > widths[widest] {
					widest = i
				}
			}
		}
		if widths[widest] <= 6 {
			break
		}
		cut := min(over, max(1, widths[widest]-12))
		widths[widest] -= cut
		over -= cut
	}
	return widths
}
