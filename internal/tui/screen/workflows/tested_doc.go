package workflows

import (
	"fmt"
	"strings"

	"askflow/internal/prompttest"
	"askflow/internal/report"
	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/tui/inspect"
	"askflow/internal/tui/theme"
)

// testInput is what the text about a line of the list is made from.
type testInput struct {
	th     *theme.Theme
	portal *service.Portal
	result *testResult
	row    *testRow
}

// testLabels is how wide the labels in these texts are.
const testLabels = 10

func (in *testInput) draw() *doc {
	d := newDoc(in.th)
	switch r := in.row; r.kind {
	case rowTest:
		in.test(d)
	case rowCase:
		in.oneCase(d)
	case rowCoverage:
		in.coverage(d)
	case rowNever:
		d.Line(in.th.Strong, coverName(r.cover))
		d.Newline()
		d.Line(in.th.Text, "No record of the tests reached it, in any of their cells. A case with a record that does would show what happens there.")
		in.place(d, r.cover.File, r.cover.Line, 0)
	case rowWarning:
		d.problem(r.problem, r.problem.Where())
	case rowPassed:
		in.passed(d)
	default:
		d.Line(in.th.Text, r.note)
	}
	return d
}

// field is a label with its value, whose later lines stand below the first; "" for nothing to say.
func (in *testInput) field(d *doc, name, value string) {
	if value == "" {
		return
	}
	d.label(name, testLabels)
	d.Lines(in.th.Text, strings.TrimRight(value, "\r\n"), strings.Repeat(" ", testLabels+4))
	d.Newline()
}

// place names a place in a file.
func (in *testInput) place(d *doc, file string, line, column int) {
	switch {
	case file == "":
		d.Newline()
		return
	case line > 0 && column > 0:
		file = fmt.Sprintf("%s:%d:%d", file, line, column)
	case line > 0:
		file = fmt.Sprintf("%s:%d", file, line)
	}
	d.Line(in.th.Info, file)
}

// failed writes an error: what went wrong and what helps.
func (in *testInput) failed(d *doc, e *run.Error) {
	d.Hang(4)
	d.Line(in.th.Bad, "  ✗ "+e.Code+": "+e.Message)
	if e.Hint != "" {
		d.Line(in.th.Faint, "    "+e.Hint)
	}
}

// standing writes how something went.
func (in *testInput) standing(d *doc, passed bool) {
	if passed {
		d.Put(in.th.Good, "✓ passed")
	} else {
		d.Put(in.th.Bad, "✗ failed")
	}
}

// test writes a test: what it ran, and how its cells did.
func (in *testInput) test(d *doc) {
	t := in.row.test
	in.standing(d, t.Passed)
	d.Newline()
	if t.Description != "" {
		d.Line(in.th.Text, t.Description)
	}
	in.place(d, t.File, 0, 0)
	if t.Error != nil {
		d.Head("Stopped")
		in.failed(d, t.Error)
	}
	d.Head("What ran")
	in.field(d, "workflow", t.Workflow.File)
	in.field(d, "answers", t.Answers)
	in.field(d, "era", t.Era)
	if t.Repeat > 1 {
		in.field(d, "repeats", report.Number(int64(t.Repeat)))
	}
	if t.Threshold < 1 {
		in.field(d, "must pass", percentOf(100*t.Threshold))
	}
	for _, c := range t.Cells {
		in.cell(d, t, c)
	}
	in.disagreements(d, t)
}

// cell writes what a cell came to.
func (in *testInput) cell(d *doc, t *prompttest.TestReport, c *prompttest.CellReport) {
	d.Head(cellName(t, c))
	if c.Refused != nil {
		d.Line(in.th.Warn, "  ○ refused by the model, and not asked")
		in.failed(d, c.Refused)
		return
	}
	in.field(d, "passed", report.Number(c.Passed)+" of "+report.Count(c.Cases, "cases"))
	in.field(d, "enrolled", report.Number(c.Enrolled)+" of "+report.Count(c.Considered, "records"))
	asked := report.Count(c.Asks, "asks")
	if c.FailedAsks > 0 {
		asked += ", " + report.Number(c.FailedAsks) + " failed"
	}
	if c.NoAnswer > 0 {
		asked += ", " + report.Number(c.NoAnswer) + " without an answer to play"
	}
	in.field(d, "asked", asked)
	if c.Asks == 0 {
		return
	}
	tokens := report.Number(c.InputTokens) + " in, " + report.Number(c.OutputTokens) + " out"
	if c.EstimatedUsage {
		tokens += ", partly estimated"
	}
	in.field(d, "tokens", tokens)
	cost := inspect.Money(c.CostUSD)
	switch {
	case c.UnknownPrice > 0 && c.Model != "":
		cost += ", and " + report.Count(c.UnknownPrice, "asks") + " of " + brief(c.Model) + ", whose price is not known"
	case c.UnknownPrice > 0:
		cost += ", and " + report.Count(c.UnknownPrice, "asks") + " of unknown price"
	}
	in.field(d, "live cost", cost)
	in.field(d, "latency", "half within "+inspect.Millis(c.LatencyP50)+", nine of ten within "+inspect.Millis(c.LatencyP90))
	if c.Agreement != nil {
		in.field(d, "agreement", percentOf(100**c.Agreement)+" of the repeats answer alike")
	}
	if c.JudgeAsks > 0 {
		in.field(d, "judges", report.Count(c.JudgeAsks, "asks")+", live "+inspect.Money(c.JudgeCostUSD))
	}
}

// disagreements writes the records that cells treat differently.
func (in *testInput) disagreements(d *doc, t *prompttest.TestReport) {
	const most = 20
	if len(t.Disagreements) == 0 {
		return
	}
	d.Head("Records on which the cells disagree: " + report.Number(max(t.Disagree, int64(len(t.Disagreements)))))
	for i := range t.Disagreements[:min(most, len(t.Disagreements))] {
		one := &t.Disagreements[i]
		d.Line(in.th.Strong, "  "+strings.TrimSpace(brief(one.Record.ID)+" "+brief(one.Record.Name)+"  "+brief(one.Case)))
		for at, verdict := range one.Cells {
			if verdict == nil || at >= len(t.Cells) {
				continue
			}
			style, sign := in.th.Good, "✓"
			if verdict.Passed < verdict.Of {
				style, sign = in.th.Bad, "✗"
			}
			d.Hang(6)
			d.Put(style, fmt.Sprintf("    %s %d of %d  ", sign, verdict.Passed, verdict.Of))
			d.Put(in.th.Faint, cellName(t, t.Cells[at])+"  ")
			d.Line(in.th.Text, brief(orNone(verdict.Answer)))
		}
	}
	if more := len(t.Disagreements) - most; more > 0 {
		d.Line(in.th.Faint, "  and "+report.Number(int64(more))+" more")
	}
}

func orNone(answer string) string {
	if answer == "" {
		return "(no answer)"
	}
	return answer
}

// oneCase writes a case: each expectation that was not met, what was asked and answered, and what the record came to.
func (in *testInput) oneCase(d *doc) {
	r, one := in.row, in.row.one
	in.standing(d, one.Passed)
	d.Line(in.th.Strong, "  "+strings.TrimSpace(one.Record.ObjectType+" "+one.Record.ID+" "+one.Record.Name))
	if one.Case != "" {
		d.Line(in.th.Text, one.Case)
	}
	what := r.test.Name
	if len(r.test.Cells) > 1 {
		what += " · " + cellName(r.test, r.cell)
	}
	if one.Repeat > 0 {
		what += fmt.Sprintf(" · repeat %d", one.Repeat)
	}
	d.Line(in.th.Faint, what)
	in.place(d, one.File, one.Line, 0)
	sign, style := inspect.StateSign(in.th, one.State)
	d.Put(style, sign+" "+inspect.StateWord(one.State))
	if one.Reason != "" {
		d.Put(in.th.Faint, ": "+one.Reason)
	}
	d.Newline()
	in.expectations(d)
	for i := range one.Asks {
		in.ask(d, &one.Asks[i])
	}
	if len(one.Path) > 0 {
		d.Head("Path")
		d.Line(in.th.Text, "  "+strings.Join(one.Path, " → "))
	}
	if len(one.Effects) > 0 {
		d.Head("Effects")
	}
	for i := range one.Effects {
		if i > 0 {
			d.Newline()
		}
		inspect.Effect(d.Doc, in.portal, &one.Effects[i])
	}
}

// expectations writes which were not met, and how.
func (in *testInput) expectations(d *doc) {
	one := in.row.one
	met := one.Checks - len(one.Failures)
	if len(one.Failures) == 0 {
		d.Head("Expectations")
		if one.Checks > 0 {
			d.Line(in.th.Good, "  ✓ "+report.Count(int64(one.Checks), "expectations")+" met")
		} else {
			d.Line(in.th.Faint, "  none was looked at")
		}
		return
	}
	d.Head(fmt.Sprintf("Expectations: %d of %d not met", len(one.Failures), max(one.Checks, len(one.Failures))))
	for i := range one.Failures {
		if i > 0 {
			d.Newline()
		}
		in.failure(d, &one.Failures[i])
	}
	if met > 0 {
		d.Newline()
		d.Line(in.th.Good, "  ✓ "+report.Count(int64(met), "others")+" met")
	}
}

// failure writes one expectation: what was expected, what came, and how they differ.
func (in *testInput) failure(d *doc, f *prompttest.Failure) {
	d.Hang(4)
	d.Put(in.th.Bad, "  ✗ "+strings.TrimSpace(f.Subject+" "+f.Check))
	if f.Step != "" && !strings.Contains(f.Subject, "@") {
		d.Put(in.th.Faint, " (step "+f.Step+")")
	}
	d.Text("  ")
	in.place(d, f.File, f.Line, f.Column)
	in.field(d, "expected", orEmpty(f.Expected))
	in.field(d, "got", orEmpty(f.Got))
	in.field(d, "differs", f.Differs)
	if f.Diff == "" {
		return
	}
	in.field(d, "diff", " ")
	for line := range strings.SplitSeq(strings.TrimRight(f.Diff, "\n"), "\n") {
		style := in.th.Text
		switch {
		case strings.HasPrefix(line, "+"):
			style = in.th.Added
		case strings.HasPrefix(line, "-"):
			style = in.th.Bad
		case strings.HasPrefix(line, "@@"):
			style = in.th.Faint
		}
		d.Hang(6)
		d.Text("    ")
		d.Line(style, line)
	}
}

func orEmpty(s string) string {
	if s == "" {
		return "(empty)"
	}
	return s
}

// ask writes what a step asked and what was answered, in full.
func (in *testInput) ask(d *doc, a *prompttest.AskResult) {
	d.Head("Ask " + a.Step)
	about := a.Model + ", " + report.Count(int64(a.Attempts), "attempts")
	if a.LatencyMs > 0 {
		about += ", " + inspect.Millis(a.LatencyMs)
	}
	if a.CostUSD != "" {
		about += ", live " + inspect.Money(a.CostUSD)
	}
	d.Line(in.th.Faint, "  "+about)
	d.Line(in.th.Faint, "  prompt")
	in.block(d, a.Prompt)
	switch {
	case a.Response != nil:
		d.Line(in.th.Faint, "  answer")
		in.block(d, *a.Response)
	case a.Error != nil:
		in.failed(d, a.Error)
	default:
		d.Line(in.th.Faint, "  no answer")
	}
}

// block writes a text of several lines.
func (in *testInput) block(d *doc, s string) {
	d.Text("    ")
	d.Lines(in.th.Value, strings.TrimRight(orEmpty(s), "\r\n"), "    ")
	d.Newline()
}

// coverage writes everything that can be reached, with how many records reached it.
func (in *testInput) coverage(d *doc) {
	t := in.row.test
	d.Line(in.th.Strong, in.row.title+", "+in.row.note)
	d.Line(in.th.Faint, t.Workflow.File)
	d.Newline()
	for i := range t.Coverage.Items {
		it := &t.Coverage.Items[i]
		if it.Hits <= 0 {
			d.Hang(10)
			d.Line(in.th.Warn, "    never  "+coverName(it))
			continue
		}
		d.Hang(10)
		d.Put(in.th.Faint, fmt.Sprintf("%9s  ", short(it.Hits)+"×"))
		d.Line(in.th.Text, coverName(it))
	}
}

// passed says what there is to know about the cases that passed.
func (in *testInput) passed(d *doc) {
	d.Line(in.th.Good, "✓ "+in.row.title)
	if more := in.result.passed - int64(len(in.result.all)-len(in.result.rows)); more > 0 {
		d.Line(in.th.Text, "The first of them are listed; "+report.Number(more)+" more are not kept.")
	}
}
