package testreport

import (
	"fmt"
	"io"
	"strings"

	"askflow/internal/prompttest"
	"askflow/internal/report"
)

// What a comment shows at most.
const (
	commentRows     = 100 // cells
	commentRecords  = 20  // disagreements of a test
	commentFailures = 20  // failed cases of a test
	commentChanges  = 30
	commentProblems = 20
)

// The things that a comment may leave out, in the order in which it says so.
const (
	leftReasons   = "reasons"
	leftChanges   = "changes since the baseline"
	leftCells     = "cells"
	leftSplit     = "records on which cells disagree"
	leftFailures  = "failed cases"
	leftNever     = "places never reached"
	leftProblems  = "warnings"
	leftAsStopped = "tests that stopped"
	leftNotRun    = "tests that did not run"
	leftWavering  = "records on which repeats disagree"
)

// Markdown writes a comment for a pull request, at most 60,000 characters long: the verdict, what got worse since the
// baseline, the cells, where they disagree, and what failed. What had no room is counted in its last sentence. Texts of
// records, models and files mention nobody, link nowhere, and are never read as Markdown or HTML. Errors are those of w.
func Markdown(w io.Writer, r *prompttest.Report) error {
	if r == nil {
		r = &prompttest.Report{}
	}
	m := &markdownText{left: map[string]int64{}}
	mark := "❌"
	if r.Passed {
		mark = "✅"
	}
	m.write("", 0, fmt.Sprintf("### %s %s\n", mark, escapeMarkdown(Verdict(r))))
	m.pending = "\n"
	for i, reason := range r.Reasons {
		if i >= commentProblems {
			m.leave(leftReasons, 1)
			continue
		}
		m.write(leftReasons, 1, "- ❌ "+code(reason)+"\n")
	}
	m.changes(r)
	m.cells(testsOf(r))
	for _, t := range testsOf(r) {
		m.stopped(t)
		m.disagreements(t)
		m.wavering(t)
		m.failures(t)
	}
	m.notRun(r)
	for _, t := range testsOf(r) {
		m.coverage(t)
	}
	m.problems(r)
	m.leftOut()
	_, err := io.WriteString(w, m.String())
	return err
}

// leftOut says how many things had no room.
func (m *markdownText) leftOut() {
	var parts []string
	for _, what := range []string{leftReasons, leftChanges, leftCells, leftSplit, leftFailures, leftNever, leftProblems, leftAsStopped, leftNotRun, leftWavering} {
		if n := m.left[what]; n > 0 {
			parts = append(parts, leftText(n, what))
		}
	}
	if len(parts) > 0 {
		m.WriteString("\nLeft out here: " + strings.Join(parts, ", ") + ". The other forms of the report have more.\n")
	}
}

// leftText counts things; the noun comes first in what they are called.
func leftText(n int64, what string) string {
	noun, rest, _ := strings.Cut(what, " ")
	if what == leftFailures {
		noun, rest = what, ""
	}
	return strings.TrimSpace(report.Count(n, noun) + " " + rest)
}

func (m *markdownText) stopped(t *prompttest.TestReport) {
	if t.Error != nil {
		m.write(leftAsStopped, 1, fmt.Sprintf("\n❌ %s stopped: %s\n", code(t.Name), code(errorText(t.Error))))
	}
}

// coverage says how much of its workflow a test reached, and what it never did.
func (m *markdownText) coverage(t *prompttest.TestReport) {
	if t.Coverage == nil {
		return
	}
	never := neverReached(t.Coverage)
	line := fmt.Sprintf("Coverage of %s: %s", code(coverageOf(t)), coverageText(t.Coverage))
	if len(never) == 0 {
		m.write(leftNever, 0, "\n"+line+"\n")
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n<details><summary>%s</summary>\n\n", line)
	shown := min(shownNeverReached, len(never))
	for _, it := range never[:shown] {
		fmt.Fprintf(&b, "- never reached: %s %s %s\n", code(string(it.Kind)), code(coverLabel(it)), code(where(it.File, it.Line, 0)))
	}
	b.WriteString("\n</details>\n")
	if m.write(leftNever, int64(len(never)), b.String()) {
		m.leave(leftNever, int64(len(never)-shown))
	}
}

// problems lists what is worth saying about portal and tests.
func (m *markdownText) problems(r *prompttest.Report) {
	m.pending = "\n"
	for i, warning := range r.Warnings {
		if i >= commentProblems {
			m.leave(leftProblems, 1)
			continue
		}
		m.write(leftProblems, 1, "- ⚠️ "+code(warning.Error())+"\n")
	}
	m.pending = ""
}
