package workflows

import (
	"fmt"
	"math"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"

	"askflow/internal/prompttest"
	"askflow/internal/report"
	"askflow/internal/service"
	"askflow/internal/source"
	"askflow/internal/tui/text"
)

// testResult is what tests came to, with what takes time to find out about it. Nothing changes it afterwards.
type testResult struct {
	report  *prompttest.Report
	version string
	// verdict says it in a sentence without its full stop.
	verdict string
	// passed is how many cases passed.
	passed int64
	// rows are the lines of the list, all those with the cases that passed.
	rows, all []*testRow
}

// rowKind is what a line of the list is about.
type rowKind int

const (
	rowTest rowKind = iota
	rowReason
	rowCase
	rowPassed // stands for the cases that passed
	rowCoverage
	rowNever // was never reached
	rowWarning
)

// testRow is a line of the list.
type testRow struct {
	kind rowKind
	key  string
	// title and note are short.
	title, note string
	// file is where it stands, "" for nowhere; line and column count from 1.
	file         string
	line, column int

	test    *prompttest.TestReport
	cell    *prompttest.CellReport
	one     *prompttest.CaseResult
	cover   *prompttest.CoverItem
	problem source.Problem
}

// bad tells that it did not go as it should have.
func (r *testRow) bad() bool {
	switch r.kind {
	case rowTest:
		return !r.test.Passed
	case rowCase:
		return r.one == nil || !r.one.Passed
	case rowWarning:
		return r.problem.Severity == source.SeverityError
	}
	return r.kind == rowReason
}

// newTestResult looks through a report; outside of Update, since there may be many cases.
func newTestResult(t *service.Tested) (*testResult, error) {
	b := &rowBuilder{report: t.Report}
	b.tests()
	b.failed()
	failed := len(b.rows)
	if err := b.passedCases(); err != nil {
		return nil, err
	}
	passed := b.rows[failed:]
	b.rows = b.rows[:failed:failed]
	out := &testResult{report: t.Report, version: t.Version, passed: t.Report.Totals.Passed, verdict: testVerdict(t.Report)}
	if out.passed > 0 {
		b.add(&testRow{kind: rowPassed, title: report.Count(out.passed, "cases") + " passed"})
	}
	before := len(b.rows)
	b.coverage()
	b.warnings()
	out.rows = b.rows
	out.all = append(append(append(make([]*testRow, 0, len(b.rows)+len(passed)), b.rows[:before]...), passed...), b.rows[before:]...)
	return out, nil
}

// testVerdict is what a test run came to.
func testVerdict(r *prompttest.Report) string {
	t := &r.Totals
	cases := report.Count(t.Cases, "cases")
	var said string
	switch {
	case t.Failed > 0:
		said = report.Number(t.Failed) + " of " + cases + " failed"
		if r.Passed {
			said += ", as the thresholds of the tests allow"
		}
	case t.Cases == 0:
		said = "no case was looked at"
	case !r.Passed:
		said = cases + " passed, and yet the tests did not"
	default:
		said = "all " + cases + " passed"
		if t.Cases == 1 {
			said = "the only case passed"
		}
	}
	if t.Refused > 0 {
		said += ", and a model refused " + report.Count(int64(t.Refused), "cells")
	}
	return said
}

// rowBuilder makes the lines of the list.
type rowBuilder struct {
	report *prompttest.Report
	rows   []*testRow
}

func (b *rowBuilder) add(r *testRow) {
	r.key = fmt.Sprintf("%d.%d", r.kind, len(b.rows))
	switch {
	case r.one != nil:
		r.key = fmt.Sprintf("case %s %s %s %d %d", r.test.Name, r.cell.Label, r.one.Record.ID, r.one.Line, r.one.Repeat)
	case r.kind == rowTest:
		r.key = "test " + r.test.Name
	case r.kind == rowPassed:
		r.key = "passed"
	}
	b.rows = append(b.rows, r)
}

// tests are the tests, and why they did not pass beside cases that failed.
func (b *rowBuilder) tests() {
	for _, t := range b.report.Tests {
		b.add(&testRow{kind: rowTest, title: brief(t.Name), test: t, file: t.File, line: 1})
	}
	for _, reason := range b.report.Reasons {
		b.add(&testRow{kind: rowReason, title: brief(reason), note: reason})
	}
}

// nameWidth is how much of a record's name stands before what tells cells and repeats apart, so that a narrow list shows that, too.
const nameWidth = 22

// title names a case: its record, what else it takes to tell it from others, and its name.
func (b *rowBuilder) title(t *prompttest.TestReport, c *prompttest.CellReport, one *prompttest.CaseResult) string {
	record := text.Safe(strings.TrimSpace(brief(one.Record.ID) + " " + brief(one.Record.Name)))
	if len(t.Cells) > 1 || one.Repeat > 0 {
		record = text.Clip(record, nameWidth)
	}
	parts := []string{record}
	number, label := cellNumber(t, c), brief(c.Label)
	if len(t.Cells) <= 1 {
		label = ""
	}
	if number == "" && label != "" {
		parts, label = append(parts, label), ""
	}
	if number != "" {
		parts = append(parts, number)
	}
	if one.Repeat > 0 {
		parts = append(parts, "repeat "+strconv.Itoa(one.Repeat))
	}
	for _, part := range []string{label, brief(one.Case)} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if len(b.report.Tests) > 1 {
		parts = append(parts, brief(t.Name))
	}
	return strings.Join(parts, " · ")
}

// shortLabel is how wide the labels of cells may be that are told apart by them: longer ones are cut where there is little room, and
// what differs often stands at their ends.
const shortLabel = 14

// cellNumber is what a cell of a test with several is called besides its label; "" where the labels are short.
func cellNumber(t *prompttest.TestReport, c *prompttest.CellReport) string {
	number, long := 0, false
	for i, other := range t.Cells {
		long = long || text.Width(brief(other.Label)) > shortLabel
		if other == c {
			number = i + 1
		}
	}
	if len(t.Cells) < 2 || !long {
		return ""
	}
	return "cell " + strconv.Itoa(number)
}

// cellName is a cell's label, behind its number where it has one.
func cellName(t *prompttest.TestReport, c *prompttest.CellReport) string {
	if number := cellNumber(t, c); number != "" {
		return number + ": " + brief(c.Label)
	}
	return brief(c.Label)
}

// andMore is the name of an expectation, with how many others there are; what has no room is cut from the name.
func andMore(name string, others int) string {
	if others <= 0 {
		return name
	}
	more := fmt.Sprintf(", and %d more", others)
	return text.Clip(text.Safe(name), resultWidth-text.Width(more)) + more
}

// failed are the cases that failed, as far as they are kept.
func (b *rowBuilder) failed() {
	for _, t := range b.report.Tests {
		for _, c := range t.Cells {
			for _, one := range c.Failures {
				r := &testRow{kind: rowCase, title: b.title(t, c, one), test: t, cell: c, one: one, file: one.File, line: one.Line, column: 1}
				if len(one.Failures) > 0 {
					f := &one.Failures[0]
					r.note = andMore(brief(f.Subject+" "+f.Check), len(one.Failures)-1)
					r.file, r.line, r.column = f.File, f.Line, f.Column
				}
				b.add(r)
			}
			if more := c.Failed - int64(len(c.Failures)); more > 0 {
				b.add(&testRow{kind: rowReason, title: "and " + report.Count(more, "failed cases") + " more of " + brief(t.Name) + ", " + brief(c.Label), note: fmt.Sprintf("Of a cell's failed cases only the first %d are kept. The command line counts and reports all: emulator test %s", prompttest.MaxFailures, word(t.Name))})
			}
		}
	}
}

// passedCases are the cases that passed, as far as they are kept.
func (b *rowBuilder) passedCases() error {
	for _, t := range b.report.Tests {
		for _, c := range t.Cells {
			if c.Results == nil {
				continue
			}
			err := c.Results.Each(func(one *prompttest.CaseResult) error {
				if one.Passed {
					b.add(&testRow{kind: rowCase, title: b.title(t, c, one), note: report.Count(int64(one.Checks), "expectations"), test: t, cell: c, one: one, file: one.File, line: one.Line, column: 1})
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// coverage is what the tests reached, and what they never did.
func (b *rowBuilder) coverage() {
	for _, t := range b.report.Tests {
		c := t.Coverage
		if c == nil {
			continue
		}
		b.add(&testRow{kind: rowCoverage, title: "Coverage " + percentOf(c.Percent()), note: fmt.Sprintf("%d of %d reached", c.Covered, c.Total), test: t, file: t.Workflow.File, line: 1})
		for i := range c.Items {
			if it := &c.Items[i]; it.Hits <= 0 {
				b.add(&testRow{kind: rowNever, title: "never reached: " + coverName(it), note: placeOf(it.File, it.Line), cover: it, file: it.File, line: it.Line, column: 1})
			}
		}
	}
}

// coverName is what a thing that can be reached is called.
func coverName(it *prompttest.CoverItem) string {
	label := brief(it.Label)
	if label == "" {
		label = brief(it.ID)
	}
	return string(it.Kind) + " " + label
}

// percentOf writes a percentage; what is not all never reads 100%.
func percentOf(p float64) string {
	if p < 100 {
		p = math.Min(p, 99.9)
	}
	return strings.TrimSuffix(strconv.FormatFloat(p, 'f', 1, 64), ".0") + "%"
}

// placeOf is a file's name with the line.
func placeOf(file string, line int) string {
	file = brief(path.Base(file))
	if line <= 0 {
		return strings.TrimPrefix(file, ".")
	}
	return file + ":" + strconv.Itoa(line)
}

// warnings are what is worth saying about portal and tests; errors come first.
func (b *rowBuilder) warnings() {
	for _, serious := range []bool{true, false} {
		for _, p := range b.report.Warnings {
			if (p.Severity == source.SeverityError) == serious {
				b.add(&testRow{kind: rowWarning, title: brief(p.Message), note: placeOf(p.File, p.Line), problem: p, file: p.File, line: p.Line, column: p.Col})
			}
		}
	}
}

// mostTitle is how many bytes of a text a line of a list takes in; no window is so wide.
const mostTitle = 300

// brief is the beginning of a text, on one line.
func brief(s string) string {
	if len(s) > mostTitle {
		at := mostTitle
		for at > mostTitle-utf8.UTFMax && !utf8.RuneStart(s[at]) {
			at--
		}
		s = s[:at] + "…"
	}
	return strings.Join(strings.Fields(s), " ")
}
