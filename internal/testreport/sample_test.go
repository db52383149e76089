package testreport_test

import (
	"fmt"
	"strings"

	"askflow/internal/prompttest"
	"askflow/internal/run"
	"askflow/internal/source"
)

// hostile is a text as a record or a model could hold it: escape sequences, direction marks, what XML forbids, what Markdown
// and HTML take for their own.
const hostile = "\x1b[2J\x1b]0;owned\x07 \u202egnp.exe\u202c \x00\x01\u0085\u009b1m\ufffe\uffff ]]> <script>alert(1)</script> </details> @octocat #42 [x](http://evil.example) ![y](//evil.example/z.png) " +
	"a|b \\| `code` ``` ~~~ **bold** _it_ $x$ <!-- --> &lt; \"quoted\" 'single' www.evil.example a@evil.example \u2028\u2066x\u2069\xff"

func text(s string) *string { return &s }

func number(x float64) *float64 { return &x }

// slice is Results of cases in memory.
type slice []*prompttest.CaseResult

func (s slice) Each(fn func(*prompttest.CaseResult) error) error {
	for _, c := range s {
		if err := fn(c); err != nil {
			return err
		}
	}
	return nil
}

// sampleReport is a report with a bit of everything: a matrix with a refused cell, repeats, disagreements, failures with
// diffs, a judge, a baseline, coverage, a test that stopped, and hostile texts.
func sampleReport() *prompttest.Report {
	states := sampleStates()
	return &prompttest.Report{
		Tests: []*prompttest.TestReport{states, sampleDrafts(), sampleStopped()},
		Totals: prompttest.Totals{Tests: 3, Cells: 6, Refused: 1, Cases: 20, Passed: 14, Failed: 6, Checks: 44, Asks: 20, CostUSD: "0.0123456", JudgeCostUSD: "0.0021",
			UnknownPrice: 2},
		Baseline: sampleBaseline(),
		NotRun:   []string{"spam-filter", hostile},
		Reasons:  []string{"85.7% of the workflow state-formatting is covered, and 90% must be", "2 cases regressed against r7"},
		Warnings: source.Problems{{Severity: source.SeverityWarning, Code: "never_made", File: "tests/state-formatting.yaml", Line: 31, Col: 9,
			Message: "no action of the workflow makes a task, so count: 0 always holds", Hint: "expect something that the workflow can do"}},
	}
}

func sampleStates() *prompttest.TestReport {
	t := &prompttest.TestReport{
		Name: "state-formatting", File: "tests/state-formatting.yaml", Description: "States as people type them become postal codes",
		Workflow: run.Workflow{File: "workflows/state-formatting.yaml", ID: "2001", Name: "State formatting"}, Answers: "scripted", Era: "responses", Repeat: 2, Threshold: 0.9,
		Dimensions: []string{"model", "temperature"}, Disagree: 14,
		Coverage: &prompttest.Coverage{Covered: 6, Total: 7, Items: []prompttest.CoverItem{
			{Kind: prompttest.CoverTrigger, ID: "1", Label: "state is known", File: "workflows/state-formatting.yaml", Line: 8, Hits: 4},
			{Kind: prompttest.CoverAction, ID: "1", Label: "Ask OpenAI Assistant", File: "workflows/state-formatting.yaml", Line: 14, Hits: 4},
			{Kind: prompttest.CoverBranch, ID: "2:UNKNOWN", Label: "If/then branch: UNKNOWN", File: "workflows/state-formatting.yaml", Line: 30},
		}},
	}
	for i, values := range [][2]string{{"gpt-6-luna", "0"}, {"gpt-6-luna", "0.7"}, {"gpt-5.4-mini", "0"}, {"gpt-5.4-mini", "0.7"}} {
		cell := prompttest.Cell{Label: values[0] + ", temperature " + values[1], Model: values[0], Values: values[:]}
		cell.Temperature = number(map[string]float64{"0": 0, "0.7": 0.7}[values[1]])
		if i == 3 {
			t.Cells = append(t.Cells, &prompttest.CellReport{Cell: cell, CostUSD: "0", Refused: &run.Error{Code: "temperature_not_taken",
				Message: "gpt-5.4-mini takes no temperature with the reasoning effort low", Hint: "set the reasoning effort to none"}})
			continue
		}
		t.Cells = append(t.Cells, sampleCell(cell, i))
	}
	t.Disagreements = []prompttest.Disagreement{
		{Record: run.RecordRef{ObjectType: "contact", ID: "117", Name: "Grace Hopper"}, Case: "typed in full", Cells: []*prompttest.CellVerdict{{Passed: 2, Of: 2, Answer: "NY"}, {Passed: 1, Of: 2, Answer: "New York"}, {Passed: 2, Of: 2, Answer: "NY"}, nil}},
		{Record: run.RecordRef{ObjectType: "contact", ID: "130", Name: hostile}, Cells: []*prompttest.CellVerdict{{Passed: 2, Of: 2, Answer: "CA"}, {Of: 2, Answer: hostile}, {Of: 2}, nil}},
		{Record: run.RecordRef{ObjectType: "contact", ID: "131", Name: "Katherine Johnson"}, Cells: []*prompttest.CellVerdict{
			{Passed: 2, Of: 2, Step: "explain", Answer: strings.Repeat("the state is the one that was typed ", 5) + "first, and it is New York"},
			{Passed: 2, Of: 2, Step: "explain", Answer: strings.Repeat("the state is the one that was typed ", 5) + "last, and it is New York"},
			{Passed: 2, Of: 2, Step: "explain", Answer: strings.Repeat("the state is the one that was typed ", 5) + "last, and it is New York"}, nil}},
		{Record: run.RecordRef{ObjectType: "contact", ID: "132"}, Cells: []*prompttest.CellVerdict{{Passed: 2, Of: 2, Answer: "CA"}, {Passed: 2, Of: 2, Answer: "CA"}, {Passed: 2, Of: 2, Answer: "CA"}, nil}},
	}
	t.Cells[1].Wavering = []prompttest.Disagreement{{Record: run.RecordRef{ObjectType: "contact", ID: "117", Name: "Grace Hopper"}, Case: "typed in full",
		Cells: []*prompttest.CellVerdict{{Passed: 1, Of: 1, Answer: "NY"}, {Of: 1, Answer: "New York"}}}, {Record: run.RecordRef{ObjectType: "contact", ID: "130", Name: hostile},
		Cells: []*prompttest.CellVerdict{{Passed: 2, Of: 3, Answer: hostile}, {Of: 1}}}}
	return t
}

// sampleCell has two records asked twice; in the second and third cells some cases fail.
func sampleCell(cell prompttest.Cell, at int) *prompttest.CellReport {
	agreement := 1 - 0.125*float64(at)
	c := &prompttest.CellReport{Cell: cell, Agreement: &agreement, Considered: 5, Enrolled: 4, Asks: 4, InputTokens: 480 + int64(at), CachedTokens: 64, OutputTokens: 12, EstimatedUsage: at == 0,
		CostUSD: []string{"0.0012", "0.0012", "0.0008"}[at], LatencyP50: 420 + 10*int64(at), LatencyP90: 1900, LatencyP99: 2400, LatencyMax: 2500, Runs: []string{fmt.Sprintf("r%d", 10+2*at), fmt.Sprintf("r%d", 11+2*at)}}
	var results slice
	for repeat := 1; repeat <= 2; repeat++ {
		results = append(results, sampleCase(cell, repeat, at == 1 && repeat == 2), sampleHostile(cell, repeat, at > 0))
	}
	c.Results = results
	for _, result := range results {
		c.Cases++
		c.Checks += int64(result.Checks)
		c.FailedChecks += int64(len(result.Failures))
		if result.Passed {
			c.Passed++
		} else {
			c.Failed++
			c.Failures = append(c.Failures, result)
		}
	}
	c.PassRate = float64(c.Passed) / float64(c.Cases)
	return c
}

func sampleCase(cell prompttest.Cell, repeat int, fails bool) *prompttest.CaseResult {
	c := &prompttest.CaseResult{Record: run.RecordRef{ObjectType: "contact", ID: "117", Name: "Grace Hopper"}, Case: "typed in full", File: "tests/state-formatting.yaml", Line: 12, Repeat: repeat,
		Passed: true, State: run.Completed, Checks: 2, Path: []string{"1", "2", "3"}, CostUSD: "0.0003",
		Asks:    []prompttest.AskResult{{Step: "format", Model: cell.Model, Prompt: "Which state is this?\n\nNew York\n\nAnswer with two letters.", Response: text("NY"), Attempts: 1, LatencyMs: 420, CostUSD: "0.0003"}},
		Effects: []run.Effect{{Type: run.EffectProperty, ActionID: "3", ObjectType: "contact", RecordID: "117", Property: "state", From: text("New York"), To: text("NY")}}}
	if fails {
		c.Passed, c.Asks[0].Response, c.Asks[0].Attempts = false, text("New York"), 2
		c.Failures = []prompttest.Failure{
			{Subject: "response", Check: "equals", Expected: "NY", Got: "New York", Differs: "at character 2: Y is expected, e is there", Diff: "-NY\n+New York", Code: "expected_equal", Step: "format",
				File: "tests/state-formatting.yaml", Line: 14, Column: 21},
			{Subject: "property state", Check: "one_of", Expected: "CA, NY, TX", Got: "New York", File: "tests/state-formatting.yaml", Line: 8, Column: 7},
		}
	}
	return c
}

// sampleHostile is a case whose texts are all hostile.
func sampleHostile(cell prompttest.Cell, repeat int, fails bool) *prompttest.CaseResult {
	c := &prompttest.CaseResult{Record: run.RecordRef{ObjectType: "contact", ID: "130", Name: hostile}, File: "tests/state-formatting.yaml", Line: 4, Repeat: repeat, Passed: !fails, State: run.Completed, Checks: 1,
		Path: []string{"1", "2", "4"}, CostUSD: "0.0003",
		Asks: []prompttest.AskResult{{Step: "format", Model: cell.Model, Prompt: "Which state is this?\n" + hostile, Response: text(hostile + "\n" + strings.Repeat("all work and no play ", 400)), Attempts: 1, LatencyMs: 380}}}
	if fails {
		c.State, c.Reason = run.Unenrolled, hostile
		c.Failures = []prompttest.Failure{{Subject: "response", Check: "one_of", Expected: "CA, NY, TX", Got: hostile, Differs: hostile, Diff: "-CA\n+" + hostile, Step: "format", File: "tests/state-formatting.yaml", Line: 5, Column: 17}}
	}
	return c
}

// sampleDrafts is a test without a matrix in which a judge says no, and of which only failures were kept.
func sampleDrafts() *prompttest.TestReport {
	failed := &prompttest.CaseResult{Record: run.RecordRef{ObjectType: "contact", ID: "101", Name: "Ada Byron"}, Case: "asks for a price", File: "tests/email-draft.yaml", Line: 9, State: run.Completed, Checks: 4,
		Failures: []prompttest.Failure{{Subject: "response@draft", Check: "judge", Expected: "a score of 0.7 or more: polite, and no price is promised", Got: "0.4: it promises 20 percent", Code: "judged_below", Step: "draft",
			File: "tests/email-draft.yaml", Line: 12, Column: 15}},
		Asks: []prompttest.AskResult{
			{Step: "draft", Model: "gpt-6-luna", Prompt: "Write a short e-mail to Ada.", Response: text("Dear Ada,\n\nyou get 20 % off.\n\nKind regards\nGrace"), Attempts: 1, LatencyMs: 2100, CostUSD: "0.002"},
			{Step: "subject", Model: "gpt-6-luna", Prompt: "Write a subject line.", Error: &run.Error{Code: "rate_limit_exceeded", Message: "the limit of requests a minute was reached three times", Hint: "ask fewer at a time"}, Attempts: 3, LatencyMs: 900},
		}, NoAnswer: 1, NotJudged: 2}
	return &prompttest.TestReport{Name: "email-draft", File: "tests/email-draft.yaml", Workflow: run.Workflow{File: "workflows/email-draft.yaml", Name: "Email draft"}, Answers: "replay", Era: "responses", Repeat: 1, Threshold: 1,
		Dimensions: []string{}, Coverage: &prompttest.Coverage{Covered: 4, Total: 4, Items: []prompttest.CoverItem{{Kind: prompttest.CoverAction, ID: "1", Label: "draft", Hits: 8}}},
		Cells: []*prompttest.CellReport{{Cell: prompttest.Cell{Label: "as it is", Values: []string{}}, Cases: 8, Passed: 7, Failed: 1, PassRate: 0.875, Checks: 32, FailedChecks: 1, Considered: 20, Enrolled: 8, Asks: 16, FailedAsks: 1, NoAnswer: 1,
			InputTokens: 12345, OutputTokens: 2345, CostUSD: "0.009", UnknownPrice: 2, JudgeAsks: 8, JudgeCostUSD: "0.0021", NotJudged: 12, LatencyP50: 1800, LatencyP90: 2600, LatencyP99: 2900, LatencyMax: 3000, Failures: []*prompttest.CaseResult{failed}}}}
}

func sampleStopped() *prompttest.TestReport {
	return &prompttest.TestReport{Name: "lead-qualification", File: "tests/lead-qualification.yaml", Description: hostile, Workflow: run.Workflow{File: "workflows/lead-qualification.json", Name: "Lead qualification"},
		Answers: "live", Repeat: 1, Threshold: 1, Dimensions: []string{}, Cells: []*prompttest.CellReport{},
		Error: &run.Error{Code: "insufficient_quota", Message: "the OpenAI account has no credit left", Hint: "add credit, then test again", Stops: true}}
}

func sampleBaseline() *prompttest.Baseline {
	record := run.RecordRef{ObjectType: "contact", ID: "117", Name: "Grace Hopper"}
	return &prompttest.Baseline{Of: "r7", Regressed: 3, Fixed: 1, Changed: 2, Same: 9, New: 4, Gone: 1, Changes: []prompttest.BaselineChange{
		{Kind: prompttest.Regressed, Test: "state-formatting", Cell: "gpt-6-luna, temperature 0.7", Record: record, Case: "typed in full", Repeat: 2, Before: "NY", After: "New York",
			Failures: []prompttest.Failure{{Subject: "response", Check: "equals", Expected: "NY", Got: "New York", File: "tests/state-formatting.yaml", Line: 14, Column: 21}}},
		{Kind: prompttest.Regressed, Test: "state-formatting", Cell: "gpt-6-luna, temperature 0.7", Record: run.RecordRef{ObjectType: "contact", ID: "130", Name: hostile}, Repeat: 1, Before: hostile, After: hostile + "\n" + hostile},
		{Kind: prompttest.Fixed, Test: "email-draft", Cell: "as it is", Record: run.RecordRef{ObjectType: "contact", ID: "102", Name: "Alan Turing"}, Before: "", After: "Dear Alan,\n\nthank you."},
		{Kind: prompttest.Changed, Test: "email-draft", Cell: "as it is", Record: run.RecordRef{ObjectType: "contact", ID: "103", Name: "Mary Shelley"}, Before: "Dear Mary,", After: "Hello Mary,", Step: "draft"},
		{Kind: prompttest.Changed, Test: "email-draft", Cell: "as it is", Record: run.RecordRef{ObjectType: "contact", ID: "104", Name: "Edsger Dijkstra"}, Before: "Dear Edsger,", After: "Dear Edsger,"},
		{Kind: prompttest.Regressed, Test: "email-draft", Cell: "as it is", Record: run.RecordRef{ObjectType: "contact", ID: "101", Name: "Ada Byron"}, Case: "asks for a price", Before: "Dear Ada,", After: "Dear Ada,",
			Failures: []prompttest.Failure{{Subject: "response@subject", Check: "equals", Expected: "Prices", Got: "Hello", Step: "subject", File: "tests/email-draft.yaml", Line: 12, Column: 15}}},
	}}
}

// passedReport is a small report in which everything passed.
func passedReport() *prompttest.Report {
	results := slice{sampleCase(prompttest.Cell{Model: "gpt-6-luna"}, 0, false)}
	return &prompttest.Report{Passed: true, Totals: prompttest.Totals{Tests: 1, Cells: 1, Cases: 1, Passed: 1, Checks: 2, Asks: 1, CostUSD: "0.0003"},
		Tests: []*prompttest.TestReport{{Name: "state-formatting", File: "tests/state-formatting.yaml", Workflow: run.Workflow{File: "workflows/state-formatting.yaml", Name: "State formatting"}, Answers: "scripted", Era: "responses",
			Repeat: 1, Threshold: 1, Passed: true, Dimensions: []string{}, Cells: []*prompttest.CellReport{{Cell: prompttest.Cell{Label: "as it is", Values: []string{}}, Cases: 1, Passed: 1, PassRate: 1, Checks: 2,
				Considered: 1, Enrolled: 1, Asks: 1, InputTokens: 120, OutputTokens: 2, CostUSD: "0.0003", LatencyP50: 420, LatencyP90: 420, LatencyP99: 420, LatencyMax: 420, Results: results}}}}}
}
