package report

import (
	"bufio"
	"io"
	"slices"
	"strings"
)

// Table is aligned text. Cells hold plain text; Paint colours a cell after it was measured.
type Table struct {
	Head []string
	Rows [][]string
	// Right aligns these columns to the right.
	Right map[int]bool
	// Keep names columns that are cut only when cutting all others is not enough: ids, dates, sums.
	Keep map[int]bool
	// Grow is the column that is cut first among columns of the same width.
	Grow int
	// Paint colours the padded text of a cell; row -1 is the head.
	Paint func(row, col int, text string) string
}

const (
	gap = "  "
	// narrowest is how far a column is cut when the table is too wide.
	narrowest = 6
	// tiniest is how far it is cut on a terminal that has no room even for that, so that lines do not wrap.
	tiniest = 2
)

// Drop takes columns out, by their heads: those that a narrow screen has no room for.
func (t *Table) Drop(heads ...string) {
	for _, head := range heads {
		at := slices.Index(t.Head, head)
		if at < 0 {
			continue
		}
		t.Head = slices.Delete(t.Head, at, at+1)
		for i, row := range t.Rows {
			if at < len(row) {
				t.Rows[i] = slices.Delete(row, at, at+1)
			}
		}
		t.Right, t.Keep = without(t.Right, at), without(t.Keep, at)
		if t.Grow > at {
			t.Grow--
		}
	}
}

// without moves what is said about columns when one is taken out.
func without(columns map[int]bool, gone int) map[int]bool {
	out := map[int]bool{}
	for i, v := range columns {
		switch {
		case i < gone:
			out[i] = v
		case i > gone:
			out[i-1] = v
		}
	}
	return out
}

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

// widths fits the columns: each as wide as its widest cell, the widest cut until the table fits,
// those to keep last.
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
	for _, pass := range []struct {
		keep  bool
		least int
	}{{true, narrowest}, {false, narrowest}, {false, tiniest}} {
		for ; sum > total; sum-- {
			i := t.widest(widths, pass.keep, pass.least)
			if i < 0 {
				break
			}
			widths[i]--
		}
	}
	return widths
}

// widest is the column that gives next, so that columns end up alike; -1 when none may.
func (t *Table) widest(widths []int, keep bool, least int) int {
	widest := -1
	for i, w := range widths {
		switch {
		case w <= least, keep && t.Keep[i]:
		case widest < 0, w > widths[widest], w == widths[widest] && i == t.Grow:
			widest = i
		}
	}
	return widest
}
