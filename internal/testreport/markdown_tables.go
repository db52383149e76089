package testreport

import (
	"fmt"
	"strings"

	"askflow/internal/prompttest"
	"askflow/internal/report"
)

// tableRow is a row of a table.
func tableRow(columns ...string) string {
	var b strings.Builder
	b.WriteString("|")
	for _, column := range columns {
		if column != "" {
			b.WriteString(" " + column)
		}
		b.WriteString(" |")
	}
	return b.String() + "\n"
}

// changes tells what changed since the baseline, what got worse first. The only one of tests is not named, nor is what is no cell of
// a matrix.
func (m *markdownText) changes(r *prompttest.Report) {
	b := r.Baseline
	if b == nil {
		return
	}
	m.pending = ""
	m.write("", 0, fmt.Sprintf("\n**Against %s: %s**\n", code(b.Of), strings.Join(baselineFigures(b), ", ")))
	changes := changesByKind(b)
	inTests, inCells := len(testsOf(r)) != 1, false
	for _, c := range changes {
		inCells = inCells || !namesNothing(c.Cell)
	}
	row := func(mark, test, cell string, rest ...string) string {
		columns := []string{mark}
		if inTests {
			columns = append(columns, test)
		}
		if inCells {
			columns = append(columns, cell)
		}
		return tableRow(append(columns, rest...)...)
	}
	m.pending = "\n" + row("", "Test", "Cell", "Record", "Before", "After") + strings.ReplaceAll(row("---", "---", "---", "---", "---", "---"), " ", "")
	shown := changes[:min(commentChanges, len(changes))]
	m.leave(leftChanges, b.Regressed+b.Fixed+b.Changed-int64(len(shown)))
	for _, c := range shown {
		before, after := code(orNone(c.Before)), code(orNone(c.After))
		if sameAnswer(c) {
			before, after = "the same answer", code(orNone(c.After))
			if got := failedGot(c); got != "" {
				after = code(got)
			}
		}
		mark := map[string]string{prompttest.Regressed: "❌ regressed", prompttest.Fixed: "✅ fixed", prompttest.Changed: "another answer"}[c.Kind]
		m.write(leftChanges, 1, row(mark, code(c.Test), labelCode(c.Cell), code(titleOf(c.Record, c.Case, c.Repeat)), before, after))
	}
	m.pending = ""
}

// labelCode names a cell; what is no cell of a matrix has no name.
func labelCode(label string) string {
	if namesNothing(label) {
		return ""
	}
	return code(label)
}

// cells is one table of all cells of all tests that began.
func (m *markdownText) cells(tests []*prompttest.TestReport) {
	named := false
	for _, t := range tests {
		named = named || !isPlain(t) && len(cellsOf(t)) > 0
	}
	m.pending = "\n| | Test | Passed | Rate | Cost | Tokens | p50 | p90 | Agreement |\n|---|---|---:|---:|---:|---:|---:|---:|---:|\n"
	if named {
		m.pending = "\n| | Test | Cell | Passed | Rate | Cost | Tokens | p50 | p90 | Agreement |\n|---|---|---|---:|---:|---:|---:|---:|---:|---:|\n"
	}
	rows, anyBest := 0, false
	for _, t := range tests {
		if neverBegan(t) {
			continue
		}
		best, names := bestCells(t), namesOf(t)
		for _, c := range cellsOf(t) {
			if rows++; rows > commentRows {
				m.leave(leftCells, 1)
				continue
			}
			anyBest = anyBest || best[c]
			about := []string{code(t.Name)}
			if named {
				label := labelCode(c.Label)
				if names.numbered {
					label = fmt.Sprintf("%d %s", names.number(c), label)
				}
				about = append(about, label)
			}
			m.write(leftCells, 1, cellRow(t, c, about, best[c]))
		}
	}
	m.pending = ""
	if anyBest {
		m.write("", 0, "\n★ passed the most of its test, and is the cheapest of those.\n")
	}
	for _, t := range tests {
		if answeredAlike(t) {
			m.write("", 0, fmt.Sprintf("\n%s: %s.\n", code(t.Name), alikeText(t)))
		}
	}
}

// cellRow is the row of a cell behind the columns that say which it is.
func cellRow(t *prompttest.TestReport, c *prompttest.CellReport, about []string, best bool) string {
	if c.Refused != nil {
		return tableRow(append(append([]string{"⚠️"}, about...), "refused: "+code(errorText(c.Refused)), "", "", "", "", "", "")...)
	}
	mark := "✅"
	if rate(c) < t.Threshold {
		mark = "❌"
	}
	if best {
		mark += " ★"
	}
	agree := ""
	if c.Agreement != nil {
		agree = percent(*c.Agreement)
	}
	return tableRow(append(append([]string{mark}, about...), report.Number(c.Passed)+" of "+report.Number(c.Cases), percent(rate(c)), escapeMarkdown(costText(c)),
		report.Number(c.InputTokens+c.OutputTokens), milliseconds(c.LatencyP50), milliseconds(c.LatencyP90), agree)...)
}
