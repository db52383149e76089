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
	// Grow is the column that is cut first among columns of the same width.
	Grow int
	// Paint colours the padded text of a cell; row -1 is the head.
	Paint func(row, col int, text string) string
}

const (
	gap = "  "
	// narrowest is how far a column is cut when the table is too wide.
	narrowest = 6
)

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

// widths fits the columns: each as wide as its widest cell, the widest cut until the table fits.
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
	for ; sum > total; sum-- { // the widest gives first, so that columns end up alike
		widest := 0
		for i, w := range widths {
			if w > widths[widest] || w == widths[widest] && i == t.Grow {
				widest = i
			}
		}
		if widths[widest] <= narrowest {
			break
		}
		widths[widest]--
	}
	return widths
}
