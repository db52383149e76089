package testreport

import (
	"fmt"
	"strings"

	"askflow/internal/prompttest"
	"askflow/internal/report"
)

// Verdict is what a test run came to in one sentence, with what it cost, or would have cost: "All 255 cases passed, for $0.0123." It is harmless
// for a terminal; other forms have to make it harmless for themselves.
func Verdict(r *prompttest.Report) string {
	if r == nil {
		r = &prompttest.Report{}
	}
	t := &r.Totals
	cases := report.Count(t.Cases, "cases")
	var said string
	switch {
	case t.Failed > 0:
		said = fmt.Sprintf("%s of %s failed", report.Number(t.Failed), cases)
		if r.Passed {
			said += ", which the thresholds of the tests allow"
		}
	case t.Cases == 0 && r.Passed:
		said = "No case was looked at"
	case t.Cases == 0:
		said = "No case was looked at, so nothing passed"
	case !r.Passed && t.Cases == 1:
		said = "The only case passed, and yet the test run did not"
	case !r.Passed:
		said = fmt.Sprintf("All %s passed, and yet the test run did not", cases)
	case t.Cases == 1:
		said = "The only case passed"
	default:
		said = fmt.Sprintf("All %s passed", cases)
	}
	said += costClause(r)
	said += "."
	if t.Refused > 0 {
		was := " were"
		if t.Refused == 1 {
			was = " was"
		}
		said += fmt.Sprintf(" %s%s refused by the model and not asked.", report.Count(int64(t.Refused), "cells"), was)
	}
	if n := len(r.NotRun); n > 0 {
		said += fmt.Sprintf(" %s did not run.", report.Count(int64(n), "tests"))
	}
	if hasNothingInCommon(r.Baseline) {
		said += fmt.Sprintf(" %s has none of these cases, so nothing was compared.", oneLine(r.Baseline.Of))
	}
	return said
}

// played tells whether every answer was scripted or recorded before, so that nothing was spent.
func played(r *prompttest.Report) bool {
	for _, t := range testsOf(r) {
		if !isPlayed(t) {
			return false
		}
	}
	return len(testsOf(r)) > 0
}

// costClause is what a test run cost, or would cost, as the end of a sentence; "" when it asked nothing.
func costClause(r *prompttest.Report) string {
	t := &r.Totals
	judged := amount(t.JudgeCostUSD)
	if t.Asks == 0 && judged == "0" {
		return ""
	}
	text := costWith(t.CostUSD, t.UnknownPrice, modelsWithoutPrice(r))
	if judged != "0" {
		text += ", and $" + judged + " for judges"
	}
	switch {
	case !played(r):
		return ", for " + text
	case t.UnknownPrice > 0 && amount(t.CostUSD) == "0":
		return "; what it would cost live is not known: " + text
	}
	return "; asked live, it would cost about " + text
}

// modelsWithoutPrice names the models of all cells whose price is not known.
func modelsWithoutPrice(r *prompttest.Report) (names []string) {
	for _, t := range testsOf(r) {
		for _, c := range cellsOf(t) {
			for _, name := range unknownModels(c) {
				names = added(names, name)
			}
		}
	}
	return names
}

// figures are the numbers of a cell in the order in which a line tells them.
func figures(c *prompttest.CellReport) []string {
	out := []string{
		fmt.Sprintf("%s of %s passed (%s)", report.Number(c.Passed), report.Count(c.Cases, "cases"), percent(rate(c))),
		costText(c),
	}
	tokens := fmt.Sprintf("%s tokens in, %s out", report.Number(c.InputTokens), report.Number(c.OutputTokens))
	if c.EstimatedUsage {
		tokens += " (partly estimated)"
	}
	out = append(out, tokens, fmt.Sprintf("latency p50 %s, p90 %s", milliseconds(c.LatencyP50), milliseconds(c.LatencyP90)))
	if c.Agreement != nil {
		out = append(out, "repeats agree to "+percent(*c.Agreement))
	}
	if c.JudgeAsks > 0 {
		out = append(out, fmt.Sprintf("%s to judges, $%s", report.Count(c.JudgeAsks, "asks"), amount(c.JudgeCostUSD)))
	}
	if c.FailedAsks > 0 {
		out = append(out, report.Count(c.FailedAsks, "asks")+" failed")
	}
	if c.NoAnswer > 0 {
		out = append(out, report.Number(c.NoAnswer)+" without an answer to play")
	}
	if c.NotJudged > 0 {
		out = append(out, notJudged(c.NotJudged))
	}
	return out
}

// notJudged says that judges were not asked.
func notJudged(checks int64) string {
	was := " were"
	if checks == 1 {
		was = " was"
	}
	return report.Count(checks, "judge checks") + was + " not asked: nobody is asked when a stored run is looked at"
}

// eraOf is the era that a test's answers were played in: the simulator's, so only scripted answers have one.
func eraOf(t *prompttest.TestReport) string {
	if t.Answers != "scripted" {
		return ""
	}
	return t.Era
}

// about says what a test ran: its file, workflow, answers, records.
func about(t *prompttest.TestReport) []string {
	workflow := oneLine(t.Workflow.Name)
	if workflow == "" {
		workflow = oneLine(t.Workflow.File)
	}
	parts := []string{oneLine(t.File), "workflow " + workflow, oneLine(t.Answers) + " answers"}
	if era := eraOf(t); era != "" {
		parts = append(parts, "era "+oneLine(era))
	}
	for _, c := range cellsOf(t) {
		if c.Refused == nil && !neverBegan(t) { // the records are the same in all of them
			parts = append(parts, fmt.Sprintf("%s, %s enrolled", report.Count(c.Considered, "records"), report.Number(c.Enrolled)))
			break
		}
	}
	if n := len(cellsOf(t)); n > 1 {
		parts = append(parts, report.Count(int64(n), "cells"))
	}
	if t.Repeat > 1 {
		parts = append(parts, fmt.Sprintf("%d repeats", t.Repeat))
	}
	if t.Threshold > 0 && t.Threshold < 1 {
		parts = append(parts, percent(t.Threshold)+" must pass")
	}
	return parts
}

// dimensionTitle is the head of a column of a dimension's values.
func dimensionTitle(dimension string) string {
	return strings.ReplaceAll(oneLine(dimension), "_", " ")
}

// cellValue is a cell's value in a dimension.
func cellValue(c *prompttest.CellReport, dimension int) string {
	if dimension >= len(c.Values) {
		return ""
	}
	if v := oneLine(c.Values[dimension]); v != "" {
		return v
	}
	return "own"
}
