package suite

import (
	"fmt"
	"slices"
	"strings"

	"askflow/internal/assistant"
	"askflow/internal/portal"
	"askflow/internal/prompttest"
)

// verdict adds a report up and says whether it passed. stopped tells that not everything ran, as somebody wanted.
func verdict(out *prompttest.Report, opt *Options, stopped bool) {
	out.Passed, out.Totals, out.Reasons = true, prompttest.Totals{}, nil
	var cost, judge assistant.Money
	for _, t := range out.Tests {
		out.Totals.Tests++
		t.Passed = t.Error == nil
		ran := false
		for _, c := range t.Cells {
			out.Totals.Cells++
			if c.Refused != nil {
				out.Totals.Refused++
				continue
			}
			ran = ran || c.Cases > 0
			addCell(&out.Totals, c)
			cost, judge = addMoney(cost, c.CostUSD), addMoney(judge, c.JudgeCostUSD)
			t.Passed = t.Passed && c.PassRate >= t.Threshold
			if c.NoAnswer > 0 {
				t.Passed = false
				out.Reasons = append(out.Reasons, noAnswer(t, c))
			}
		}
		if !ran && t.Error == nil && !stopped {
			t.Passed = false
			out.Reasons = append(out.Reasons, nothing(t))
		}
		out.Passed = out.Passed && t.Passed
	}
	out.Totals.CostUSD = cost.String()
	if judge > 0 {
		out.Totals.JudgeCostUSD = judge.String()
	}
	enough(out, opt)
	if text := nothingCompared(out.Baseline); text != "" && opt.FailOnRegression {
		out.Passed = false
		out.Reasons = append(out.Reasons, text)
	}
	if b := out.Baseline; b != nil && b.Regressed > 0 && opt.FailOnRegression {
		out.Passed = false
		out.Reasons = append(out.Reasons, fmt.Sprintf("%s since %s", count(b.Regressed, "case has regressed", "cases have regressed"), b.Of))
	}
}

func addCell(t *prompttest.Totals, c *prompttest.CellReport) {
	t.Cases += c.Cases
	t.Passed += c.Passed
	t.Failed += c.Failed
	t.Checks += c.Checks
	t.Asks += c.Asks
	t.UnknownPrice += c.UnknownPrice
}

// noAnswer says that questions of a cell had no answer.
func noAnswer(t *prompttest.TestReport, c *prompttest.CellReport) string {
	what := "scripted answer: add rules to responses/"
	if t.Answers == portal.AnswersReplay {
		what = "recording: record them with --answers record"
	}
	where := t.Name
	if len(t.Cells) > 1 {
		where += " (" + c.Label + ")"
	}
	return fmt.Sprintf("%s: %s no %s", where, count(c.NoAnswer, "ask has", "asks have"), what)
}

// nothing says why a test without any case did not pass.
func nothing(t *prompttest.TestReport) string {
	switch {
	case !slices.ContainsFunc(t.Cells, func(c *prompttest.CellReport) bool { return c.Refused == nil }):
		return t.Name + ": every cell is refused, so nothing was tested"
	}
	return t.Name + ": no record enrolled, so nothing was tested"
}

// enough holds what was reached of each workflow against what must be.
func enough(out *prompttest.Report, opt *Options) {
	if opt.MinCoverage == nil {
		return
	}
	for _, t := range out.Tests {
		if t.Coverage == nil {
			continue
		}
		if at := t.Coverage.Percent(); at < *opt.MinCoverage {
			out.Passed = false
			out.Reasons = append(out.Reasons, fmt.Sprintf("the tests of %s reach %s of it, less than the %s that --min-coverage asks for", t.Workflow.Name, percent(at), percent(*opt.MinCoverage)))
		}
	}
}

func percent(x float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", x), ".0") + " %"
}

func count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
