package testreport

import (
	"fmt"
	"strconv"
	"strings"

	"askflow/internal/prompttest"
	"askflow/internal/report"
)

// cells prints the figures of a test: a line of a single cell, a table of a matrix.
func (p *printer) cells(t *prompttest.TestReport) {
	cells := cellsOf(t)
	switch {
	case len(cells) == 0, neverBegan(t):
		return
	case len(cells) == 1 && cells[0].Refused == nil:
		line := figures(cells[0])
		if len(t.Dimensions) > 0 { // it is not the workflow as it is
			line = append([]string{oneLine(cells[0].Label)}, line...)
		}
		p.parts(2, line)
		return
	case len(cells) > 1:
		p.line("")
		p.comparison(t, cells)
	}
	p.refusals(cells)
}

// refusals says why cells are refused, every reason once.
func (p *printer) refusals(cells []*prompttest.CellReport) {
	labels := map[string][]string{}
	var reasons []string
	for _, c := range cells {
		if c.Refused == nil {
			continue
		}
		reason := errorText(c.Refused)
		if labels[reason] == nil {
			reasons = append(reasons, reason)
		}
		labels[reason] = append(labels[reason], oneLine(c.Label))
	}
	for _, reason := range reasons {
		which := labels[reason][0]
		if more := len(labels[reason]) - 1; more > 0 {
			which = fmt.Sprintf("%s and %s", which, report.Count(int64(more), "other cells"))
			if more == 1 {
				which = labels[reason][0] + " and " + labels[reason][1]
			}
		}
		p.sentence("  "+p.style.Warn("refused")+"  ", 11, which+": "+reason)
	}
}

// barWidth is how wide the bar of a pass rate is.
const barWidth = 10

// comparison prints a table with a row for each cell. Columns that the width has no room for are left out, those that
// matter least first, and named below.
func (p *printer) comparison(t *prompttest.TestReport, cells []*prompttest.CellReport) {
	best := bestCells(t)
	table := &report.Table{Head: []string{""}, Right: map[int]bool{}, Keep: map[int]bool{0: true}, Grow: 1}
	names := namesOf(t)
	if names.numbered {
		table.Head, table.Right[1], table.Keep[1], table.Grow = append(table.Head, "#"), true, true, 2
	}
	for _, d := range t.Dimensions {
		table.Head = append(table.Head, strings.ToUpper(dimensionTitle(d)))
	}
	named := len(table.Head)
	for i, head := range []string{"PASSED", "RATE", "", "COST", "TOKENS", "P50", "P90", "AGREE"} {
		table.Head = append(table.Head, head)
		table.Right[named+i], table.Keep[named+i] = head != "", true
	}
	agreement := false
	for _, c := range cells {
		row := []string{""}
		if best[c] {
			row[0] = "★"
		}
		if names.numbered {
			row = append(row, strconv.Itoa(names.number(c)))
		}
		for i := range t.Dimensions {
			row = append(row, cellValue(c, i))
		}
		table.Rows = append(table.Rows, append(row, cellFigures(c)...))
		agreement = agreement || c.Agreement != nil
	}
	if !agreement {
		table.Drop("AGREE")
	}
	dropped := p.fit(table, named)
	table.Paint = func(row, col int, text string) string {
		return p.paintCell(cells[row], best[cells[row]], table.Head, col, named, text)
	}
	p.table(2, table)
	if len(best) > 0 {
		p.line("  %s", p.style.Faint("★ passed the most, and is the cheapest of those"))
	}
	if answeredAlike(t) {
		p.painted("  ", 2, alikeText(t), p.style.Faint)
	}
	for _, note := range unpricedNotes(t) {
		p.painted("  ", 2, note, p.style.Faint)
	}
	if len(dropped) > 0 {
		p.line("  %s", p.style.Faint("no room for: "+strings.Join(dropped, ", ")))
	}
}

// cellFigures are the columns of a cell behind its dimensions.
func cellFigures(c *prompttest.CellReport) []string {
	if c.Refused != nil {
		return []string{"refused", "", "", "", "", "", "", ""}
	}
	agree := ""
	if c.Agreement != nil {
		agree = percent(*c.Agreement)
	}
	return []string{fmt.Sprintf("%s/%s", report.Number(c.Passed), report.Number(c.Cases)), percent(rate(c)), bar(rate(c), barWidth), shortCost(c),
		report.Number(c.InputTokens + c.OutputTokens), milliseconds(c.LatencyP50), milliseconds(c.LatencyP90), agree}
}

// bar draws a share. It is full only when all of it is there, and empty only when nothing is.
func bar(share float64, width int) string {
	n := int(share*float64(width) + 0.5)
	switch {
	case share <= 0:
		n = 0
	case share >= 1:
		n = width
	default:
		n = min(max(n, 1), width-1)
	}
	return strings.Repeat("█", n) + strings.Repeat("░", width-n)
}

// fit drops columns until the table has room for its figures and a readable part of its names.
func (p *printer) fit(table *report.Table, named int) (dropped []string) {
	width := func() int {
		sum := 2 + 2*(len(table.Head)-1)
		for col := range table.Head {
			w := report.Width(table.Head[col])
			for _, row := range table.Rows {
				w = max(w, report.Width(row[col]))
			}
			if col > 0 && col < named {
				w = min(w, 24)
			}
			sum += w
		}
		return sum
	}
	for _, column := range []struct{ head, name string }{{"", ""}, {"TOKENS", "tokens"}, {"P90", "p90"}, {"P50", "p50"}, {"AGREE", "agreement"}} {
		if width() <= p.style.Width {
			break
		}
		at := lastIndex(table.Head, column.head)
		if at < named {
			continue
		}
		// Two columns have no head, the mark of the best cell and the bar: a name lets the right one be dropped.
		table.Head[at] = "\x00"
		table.Drop("\x00")
		if column.name != "" {
			dropped = append(dropped, column.name)
		}
	}
	return dropped
}

func lastIndex(list []string, s string) int {
	for i := len(list) - 1; i >= 0; i-- {
		if list[i] == s {
			return i
		}
	}
	return -1
}

func (p *printer) paintCell(c *prompttest.CellReport, best bool, head []string, col, named int, text string) string {
	switch {
	case c.Refused != nil && col >= named:
		return p.style.Warn(text)
	case c.Refused != nil:
		return p.style.Faint(text)
	case col == 0 && best:
		return p.style.Good(text)
	case col >= named && head[col] == "", head[col] == "RATE":
		switch {
		case c.Failed == 0 && c.Cases > 0:
			return p.style.Good(text)
		case rate(c) >= 0.5:
			return p.style.Warn(text)
		}
		return p.style.Bad(text)
	}
	return text
}

// table prints a table behind a margin.
func (p *printer) table(indent int, table *report.Table) {
	style := p.style
	style.Width = max(0, style.Width-indent)
	var b strings.Builder
	_ = table.Write(&b, style) // a Builder takes everything
	for line := range strings.Lines(b.String()) {
		p.line("%s", strings.TrimRight(strings.Repeat(" ", indent)+line, " \n"))
	}
}
