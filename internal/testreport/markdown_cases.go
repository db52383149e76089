package testreport

import (
	"fmt"
	"strings"

	"askflow/internal/prompttest"
	"askflow/internal/report"
)

// disagreements is a table of the records on which cells disagree, a row for each thing that they did.
func (m *markdownText) disagreements(t *prompttest.TestReport) {
	list, expected := telling(t)
	if all := max(t.Disagree, int64(len(t.Disagreements))) - expected; all > 0 {
		m.pending = fmt.Sprintf("\n#### %s: %s on which cells disagree\n\n| Record | | Cells | Answer |\n|---|---|---|---|\n", code(t.Name), report.Count(all, "records"))
		names := namesOf(t)
		shown := min(commentRecords, len(list))
		m.leave(leftSplit, all-int64(shown))
		for _, d := range list[:shown] {
			groups := groupVerdicts(t, d)
			m.write(leftSplit, 1, answerRows(titleOf(d.Record, d.Case, 0), groups, func(g *verdictGroup) (string, string) { return g.word(), code(names.list(g.cells)) }))
		}
		m.pending = ""
	}
	if expected > 0 {
		m.write(leftSplit, expected, "\n"+expectedText(expected)+".\n")
	}
}

// wavering is a table of the records that the repeats of a cell answered differently, a row for each answer.
func (m *markdownText) wavering(t *prompttest.TestReport) {
	for _, c := range cellsOf(t) {
		title := code(t.Name)
		if isMatrix(t) {
			title += ", " + code(c.Label)
		}
		m.pending = fmt.Sprintf("\n#### %s: %s on which repeats disagree\n\n| Record | | Repeats | Answer |\n|---|---|---|---|\n", title, report.Count(int64(len(c.Wavering)), "records"))
		for i := range c.Wavering {
			if i >= commentRecords {
				m.leave(leftWavering, 1)
				continue
			}
			d := &c.Wavering[i]
			m.write(leftWavering, 1, answerRows(titleOf(d.Record, d.Case, 0), wavers(d), func(g *verdictGroup) (string, string) { return "", waverWord(g) }))
		}
		m.pending = ""
	}
}

// answerRows are the rows of a case of which there are several answers: the record, how it did, who said it, the answer.
func answerRows(title string, groups []*verdictGroup, who func(*verdictGroup) (word, names string)) string {
	var rows strings.Builder
	said := answers(groups, func(int) int { return maxInline })
	for i, g := range groups {
		record := ""
		if i == 0 {
			record = code(title)
		}
		mark := "✅ "
		if g.verdict.Passed < g.verdict.Of {
			mark = "❌ "
		}
		word, names := who(g)
		answer := code(said[i])
		if len(groups) == 1 {
			answer += " (" + elsewhere + ")"
		}
		fmt.Fprintf(&rows, "| %s | %s | %s | %s |\n", record, strings.TrimSpace(mark+word), names, answer)
	}
	return rows.String()
}

// notRun names the tests that never began.
func (m *markdownText) notRun(r *prompttest.Report) {
	m.pending = "\nNot run:\n\n"
	for i, name := range r.NotRun {
		if i >= commentProblems {
			m.leave(leftNotRun, 1)
			continue
		}
		m.write(leftNotRun, 1, "- "+code(name)+"\n")
	}
	m.pending = ""
}

// failures is a block for each failed case, closed until somebody opens it; repeats that failed alike are one.
func (m *markdownText) failures(t *prompttest.TestReport) {
	all := failedCases(t)
	if all == 0 {
		return
	}
	m.pending = fmt.Sprintf("\n#### %s: %s failed\n", code(t.Name), report.Count(all, "cases"))
	groups := failedGroups(t)
	share := shares(groups, commentFailures)
	for i, c := range cellsOf(t) {
		for _, g := range groups[i][:share[i]] {
			m.write(leftFailures, g.cases(), failedBlock(t, c, g))
			all -= g.cases()
		}
	}
	m.pending = ""
	m.leave(leftFailures, all)
}

func failedBlock(t *prompttest.TestReport, c *prompttest.CellReport, g *failedGroup) string {
	var b strings.Builder
	result := g.CaseResult
	title := code(g.title())
	if isMatrix(t) {
		title += " · " + code(c.Label)
	}
	if len(result.Failures) > 0 {
		title += ": " + code(expectationTitle(&result.Failures[0]))
	}
	fmt.Fprintf(&b, "\n<details><summary>❌ %s</summary>\n\n", title)
	if state := stateText(result); state != "" {
		fmt.Fprintf(&b, "The record: %s\n\n", code(state))
	}
	seen := texts{}
	for i := range result.Failures {
		f := &result.Failures[i]
		fmt.Fprintf(&b, "**%s** at %s\n\n", code(expectationTitle(f)), code(where(f.File, f.Line, f.Column)))
		fmt.Fprintf(&b, "Expected\n\n%s\nGot\n\n%s\n", fenced("text", orEmpty(f.Expected)), seen.fenced(f.Got))
		if f.Differs != "" {
			fmt.Fprintf(&b, "Differs: %s\n\n", code(f.Differs))
		}
		if f.Diff != "" {
			fmt.Fprintf(&b, "%s\n", fenced("diff", f.Diff))
		}
	}
	for i := range result.Asks {
		a := &result.Asks[i]
		fmt.Fprintf(&b, "%s asked %s\n\n%s\n", code(a.Step), code(a.Model), seen.fenced(a.Prompt))
		switch {
		case a.Response != nil:
			fmt.Fprintf(&b, "Answer\n\n%s\n", seen.fenced(*a.Response))
		case a.Error != nil:
			fmt.Fprintf(&b, "Error %s: %s\n\n", code(a.Error.Code), code(errorText(a.Error)))
		}
	}
	if text := judgesText(result); text != "" {
		fmt.Fprintf(&b, "Judges: %s\n\n", text)
	}
	b.WriteString("</details>\n")
	return b.String()
}
