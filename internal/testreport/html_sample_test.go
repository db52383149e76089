package testreport_test

import (
	"fmt"
	"time"

	"askflow/internal/hubspot"
	"askflow/internal/prompttest"
	"askflow/internal/run"
	"askflow/internal/source"
	"askflow/internal/testreport"
)

// htmlCases are results in memory.
type htmlCases []*prompttest.CaseResult

func (l htmlCases) Each(fn func(*prompttest.CaseResult) error) error {
	for _, c := range l {
		if err := fn(c); err != nil {
			return err
		}
	}
	return nil
}

func htmlMeta() testreport.Meta {
	return testreport.Meta{Title: "Lead prompts", Portal: "Northwind Demo", Version: "0.9.0", Command: "emulator test qualify-leads state-names --models gpt-6,gpt-6-luna,gpt-6-nano",
		Generated: time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)}
}

var htmlPeople = []string{"Ada Byron", "Grace Murray", "Katherine Coleman", "Radia Joy", "Hedy Kiesler", "Mary Fairfax", "Émilie du Châtelet", "Sofja Korwin", "李清照", "Hypatia of Alexandria"}

func htmlPtr[T any](v T) *T { return &v }

func htmlRef(i int) run.RecordRef {
	return run.RecordRef{ObjectType: "contact", ID: fmt.Sprint(101 + i), Name: htmlPeople[i%len(htmlPeople)]}
}

// htmlCase is one case of the big test; every failEvery-th fails.
func htmlCase(i, repeat int, model string, fails bool) *prompttest.CaseResult {
	answer, tier := `{"tier": "hot", "reason": "Budget is approved and the start is in Q1."}`, "hot"
	if fails {
		answer, tier = "The lead looks warm.\nBudget is not approved yet,\nthe start is open.", "warm"
	}
	c := &prompttest.CaseResult{Record: htmlRef(i), File: "tests/qualify-leads.yaml", Line: 12 + 4*i, Repeat: repeat, Passed: !fails, State: run.Completed, Checks: 4, Failures: []prompttest.Failure{},
		Asks: []prompttest.AskResult{{Step: "qualify", Model: model, Attempts: 1, LatencyMs: int64(640 + 37*i), CostUSD: "0.00041",
			Prompt: "Decide whether this lead is hot, warm or cold.\n\nName: " + htmlPeople[i%len(htmlPeople)] + "\nCompany: Northwind\nMessage: We have the budget and would like to start in January.", Response: &answer}},
		Effects: []run.Effect{{Type: run.EffectProperty, ActionID: "3", ObjectType: "contact", RecordID: fmt.Sprint(101 + i), Property: "lead_tier", To: &tier},
			{Type: run.EffectNotification, ActionID: "4", UserIDs: []string{"11", "12"}, Subject: htmlPtr("A lead is " + tier), Body: htmlPtr("Please call within a day.\nThe message is below.")}},
		Path: []string{"qualify", "by tier", "set tier", "notify sales"}, CostUSD: "0.00041"}
	if i%3 == 0 {
		c.Case = "budget and a date make a lead hot"
	}
	if fails {
		c.Failures = []prompttest.Failure{
			{Subject: "response@qualify", Check: "json", Expected: "an object with tier and reason", Got: answer, Differs: "at character 1: expected a JSON object, got \"The lead\"", Step: "qualify", File: "tests/qualify-leads.yaml", Line: 8, Column: 7},
			{Subject: "property lead_tier", Check: "equals", Expected: "hot\nbecause the budget is approved\nand the start is in Q1", Got: "warm\nbecause the budget is open\nand the start is in Q1", Differs: `at character 1: expected "hot", got "warm"`,
				Diff: "@@ -1,3 +1,3 @@\n-hot\n-because the budget is approved\n+warm\n+because the budget is open\n and the start is in Q1\n", File: "tests/qualify-leads.yaml", Line: 14 + 4*i, Column: 11},
		}
	}
	return c
}

// htmlCell is a cell whose results are rows records, each repeated twice; one in every fails.
func htmlCell(label string, values []string, rows, every int, cost string, p50 int64) *prompttest.CellReport {
	c := &prompttest.CellReport{Cell: prompttest.Cell{Label: label, Values: values, Model: values[0]}, CostUSD: cost, LatencyP50: p50, LatencyP90: p50 * 2, LatencyP99: p50*4 + 300, LatencyMax: p50 * 6,
		Runs: []string{"r7", "r8"}, Agreement: htmlPtr(0.93)}
	var list htmlCases
	for i := range rows {
		for repeat := 1; repeat <= 2; repeat++ {
			fails := every > 0 && (i*7+repeat)%every == 0
			one := htmlCase(i, repeat, values[0], fails)
			list = append(list, one)
			c.Cases++
			c.Checks += 4
			if fails {
				c.Failed++
				c.FailedChecks += 2
				c.Failures = append(c.Failures, one)
			} else {
				c.Passed++
			}
		}
	}
	c.Results, c.Considered, c.Enrolled, c.Asks = list, c.Cases, c.Cases, c.Cases
	c.PassRate = float64(c.Passed) / float64(c.Cases)
	c.InputTokens, c.CachedTokens, c.OutputTokens, c.ReasoningTokens = 412*c.Cases, 128*c.Cases, 61*c.Cases, 0
	return c
}

// htmlReport is a report with everything in it.
func htmlReport() *prompttest.Report {
	refused := &prompttest.CellReport{Cell: prompttest.Cell{Label: "gpt-6-nano, temperature 0.7", Values: []string{"gpt-6-nano", "0.7"}, Model: "gpt-6-nano"}, CostUSD: "0",
		Refused: &run.Error{Code: "unsupported_parameter", Message: "gpt-6-nano takes no temperature unless its reasoning effort is none.", Hint: "Add reasoning_effort: none, or leave the temperature out."}}
	cells := []*prompttest.CellReport{
		htmlCell("gpt-6, temperature 0", []string{"gpt-6", "0"}, 60, 0, "0.0972", 1480),
		htmlCell("gpt-6, temperature 0.7", []string{"gpt-6", "0.7"}, 60, 23, "0.0981", 1510),
		htmlCell("gpt-6-luna, temperature 0", []string{"gpt-6-luna", "0"}, 60, 17, "0.0246", 620),
		htmlCell("gpt-6-luna, temperature 0.7", []string{"gpt-6-luna", "0.7"}, 60, 9, "0.0251", 650),
		htmlCell("gpt-6-nano, temperature 0", []string{"gpt-6-nano", "0"}, 60, 3, "0.0049", 310), refused}
	test := &prompttest.TestReport{Name: "qualify-leads", File: "tests/qualify-leads.yaml", Description: "Leads with a budget and a date are hot; nobody else is.", Workflow: run.Workflow{File: "workflows/lead-qualification.yaml", Name: "Lead qualification"},
		Answers: "recorded", Era: "responses", Repeat: 2, Threshold: 0.9, Dimensions: []string{"model", "temperature"}, Cells: cells, Disagree: 31,
		Coverage: &prompttest.Coverage{Covered: 9, Total: 11, Items: []prompttest.CoverItem{
			{Kind: prompttest.CoverTrigger, ID: "1", Label: "lifecycle stage is lead", File: "workflows/lead-qualification.yaml", Line: 9, Hits: 120},
			{Kind: prompttest.CoverAction, ID: "1", Label: "Ask OpenAI Assistant “qualify”", File: "workflows/lead-qualification.yaml", Line: 14, Hits: 600},
			{Kind: prompttest.CoverBranch, ID: "2:cold", Label: "by tier: cold", File: "workflows/lead-qualification.yaml", Line: 31},
			{Kind: prompttest.CoverRule, ID: "responses/lead-qualification.yaml#4", Label: "answers for an empty message", File: "responses/lead-qualification.yaml", Line: 40}}}}
	for i := range 26 {
		d := prompttest.Disagreement{Record: htmlRef(i), Cells: []*prompttest.CellVerdict{
			{Passed: 2, Of: 2, Answer: `{"tier": "hot", "reason": "Budget is approved and the start is in Q1."}`}, {Passed: 1, Of: 2, Answer: "The lead looks warm."},
			{Passed: 2, Of: 2, Answer: `{"tier": "hot", "reason": "Budget is approved and the start is in Q1."}`}, {Passed: 0, Of: 2, Answer: "warm"}, {Passed: 0, Of: 2}, nil}}
		if i%3 == 0 {
			d.Case = "budget and a date make a lead hot"
		}
		test.Disagreements = append(test.Disagreements, d)
	}
	return &prompttest.Report{Tests: []*prompttest.TestReport{test, htmlSingle(), htmlStopped()}, Baseline: htmlBaseline(),
		Reasons:  []string{"qualify-leads: 87.3% of cases passed, 90% must.", "1 case regressed since r5.", "digest stopped: the budget is used up."},
		Warnings: source.Problems{{Severity: source.SeverityWarning, Code: "test_no_case", File: "tests/digest.yaml", Line: 3, Col: 1, Message: "Only `each` looks at these records.", Hint: "Add cases for the records that matter."}},
		Totals:   prompttest.Totals{Tests: 3, Cells: 8, Refused: 1, Cases: 620, Passed: 541, Failed: 79, Checks: 2480, Asks: 620, CostUSD: "0.2499", JudgeCostUSD: "0.0123", UnknownPrice: 4}}
}

// htmlSingle is a test without a matrix that passed, with a task and a record created.
func htmlSingle() *prompttest.TestReport {
	c := &prompttest.CellReport{Cell: prompttest.Cell{Label: "as it is"}, Cases: 2, Passed: 2, PassRate: 1, Checks: 6, Asks: 2, InputTokens: 240, OutputTokens: 4, EstimatedUsage: true, CostUSD: "0.0000345", LatencyP50: 380, LatencyP90: 380, LatencyP99: 380}
	c.Results = htmlCases{
		{Record: htmlRef(0), Case: "Calif. is CA", File: "tests/state-names.yaml", Line: 7, Passed: true, State: run.Completed, Checks: 3, CostUSD: "0.00001725",
			Asks: []prompttest.AskResult{{Step: "1", Model: "gpt-6-luna", Prompt: "Write the state as two letters: Calif.", Response: htmlPtr("CA"), Attempts: 2, LatencyMs: 380, CostUSD: "0.00001725"}},
			Effects: []run.Effect{{Type: run.EffectProperty, ActionID: "3", ObjectType: "contact", RecordID: "101", Property: "state", From: htmlPtr("Calif."), To: htmlPtr("CA")},
				{Type: run.EffectTask, ActionID: "5", RecordID: "990000000000001", Properties: map[string]string{"hs_task_subject": "Look at the address", "hs_task_body": "It was written by hand.\nIs it right?"}, Associations: []hubspot.Association{{ObjectType: "contact", RecordID: "101"}}}},
			Path: []string{"1", "2", "3", "5"}},
		{Record: htmlRef(1), File: "tests/state-names.yaml", Line: 4, Passed: true, State: run.NotEnrolled, Reason: "state is empty", Checks: 3}}
	return &prompttest.TestReport{Name: "state-names", File: "tests/state-names.yaml", Workflow: run.Workflow{File: "workflows/state-formatting.json", Name: "State formatting"}, Answers: "scripted", Era: "responses", Repeat: 1, Threshold: 1, Passed: true, Cells: []*prompttest.CellReport{c}}
}

// htmlStopped is a test that ended early, with an ask that failed.
func htmlStopped() *prompttest.TestReport {
	failed := &prompttest.CaseResult{Record: htmlRef(4), File: "tests/digest.yaml", Line: 3, State: run.Completed, Checks: 1,
		Failures: []prompttest.Failure{{Subject: "response", Check: "judge", Expected: "polite, and no longer than three sentences", Got: "", Code: "judge_failed", File: "tests/digest.yaml", Line: 5, Column: 9}},
		Asks:     []prompttest.AskResult{{Step: "digest", Model: "gpt-6", Prompt: "Summarize the record.", Attempts: 3, LatencyMs: 61_200, Error: &run.Error{Code: "rate_limit_exceeded", Message: "OpenAI answered 429 three times.", Hint: "Ask less at once: --concurrency 4."}}}}
	c := &prompttest.CellReport{Cell: prompttest.Cell{Label: "as it is"}, Cases: 1, Failed: 1, Checks: 1, FailedChecks: 1, Asks: 1, FailedAsks: 1, CostUSD: "0", LatencyP50: 61_200, LatencyP90: 61_200, LatencyP99: 61_200, Failures: []*prompttest.CaseResult{failed}}
	return &prompttest.TestReport{Name: "digest", File: "tests/digest.yaml", Description: "Digests are polite.", Workflow: run.Workflow{File: "workflows/digest.yaml"}, Answers: "live", Era: "responses", Repeat: 1, Threshold: 1, Cells: []*prompttest.CellReport{c},
		Error: &run.Error{Code: "budget_exhausted", Message: "The budget of $0.25 is used up.", Hint: "Raise --max-cost."}}
}

func htmlBaseline() *prompttest.Baseline {
	return &prompttest.Baseline{Of: "r5", Regressed: 1, Fixed: 1, Changed: 1, Same: 611, New: 6, Gone: 2, Changes: []prompttest.BaselineChange{
		{Kind: prompttest.Regressed, Test: "qualify-leads", Cell: "gpt-6-luna, temperature 0", Record: htmlRef(2), Case: "budget and a date make a lead hot", Repeat: 1, Before: `{"tier": "hot"}`, After: "The lead looks warm.",
			Failures: []prompttest.Failure{{Subject: "response@qualify", Check: "json", Expected: "an object with tier and reason", Got: "The lead looks warm.", File: "tests/qualify-leads.yaml", Line: 8, Column: 7}}},
		{Kind: prompttest.Fixed, Test: "qualify-leads", Cell: "gpt-6, temperature 0", Record: htmlRef(3), Before: "", After: `{"tier": "hot"}`},
		{Kind: prompttest.Changed, Test: "state-names", Cell: "as it is", Record: htmlRef(0), Before: "CA.", After: "CA"}}}
}

// htmlHostile is a report whose every text tries to be more than text.
func htmlHostile() *prompttest.Report {
	r := htmlReport()
	evil := "\"><script>alert('canary')</script><img src=x onerror=canary()>' </title></style> \x1b[31m\u202eevil\u2066 &lt;b&gt; \x00\xff -->]]>"
	ref := run.RecordRef{ObjectType: evil, ID: evil, Name: evil}
	c := &prompttest.CaseResult{Record: ref, Case: evil, File: evil, Line: 3, State: run.State(evil), Reason: evil, Checks: 1, Path: []string{evil}, CostUSD: evil,
		Failures: []prompttest.Failure{{Subject: evil, Check: evil, Expected: "\n" + evil, Got: evil, Differs: evil, Diff: "+" + evil + "\n-" + evil + "\n@@" + evil, Code: evil, Step: evil, File: evil, Line: 1, Column: 1}},
		Asks:     []prompttest.AskResult{{Step: evil, Model: evil, Prompt: evil, Response: &evil, Attempts: 2, CostUSD: evil, Error: &run.Error{Code: evil, Message: evil, Hint: evil}}},
		Effects: []run.Effect{{Type: run.EffectType(evil), ActionID: evil, ObjectType: evil, RecordID: evil, Properties: map[string]string{evil: evil}, Associations: []hubspot.Association{{ObjectType: evil, RecordID: evil}}},
			{Type: run.EffectEmail, UserIDs: []string{evil}, TeamIDs: []string{evil}, Subject: &evil, Body: &evil}, {Type: run.EffectProperty, ObjectType: evil, Property: evil, From: &evil, To: &evil}}}
	cell := &prompttest.CellReport{Cell: prompttest.Cell{Label: evil, Values: []string{evil}}, Cases: 1, Failed: 1, CostUSD: evil, JudgeAsks: 1, JudgeCostUSD: evil, Runs: []string{evil}, Failures: []*prompttest.CaseResult{c, c, nil}, Results: htmlCases{c, nil},
		LatencyP50: -5, LatencyP90: 1 << 62, LatencyP99: 1<<63 - 1}
	other := *cell
	other.CostUSD, other.PassRate, other.Results, other.Values = "9000000", 7, nil, nil
	refused := &prompttest.CellReport{Cell: prompttest.Cell{Label: evil, Values: []string{evil, evil}}, Refused: &run.Error{Code: evil, Message: evil, Hint: evil}}
	r.Tests[2] = &prompttest.TestReport{Name: evil, File: evil, Description: evil, Workflow: run.Workflow{Name: evil, File: evil}, Answers: evil, Era: evil, Dimensions: []string{evil, evil, evil}, Cells: []*prompttest.CellReport{cell, &other, nil, refused}, Error: &run.Error{Code: evil, Message: evil, Hint: evil},
		Disagreements: []prompttest.Disagreement{{Record: ref, Case: evil, Cells: []*prompttest.CellVerdict{{Of: 1, Answer: evil}}}}, Coverage: &prompttest.Coverage{Total: 1, Items: []prompttest.CoverItem{{Kind: prompttest.CoverKind(evil), ID: evil, Label: evil, File: evil}, {ID: evil, Hits: 2}}}}
	r.Baseline.Of, r.Baseline.Changes[0] = evil, prompttest.BaselineChange{Kind: prompttest.Regressed, Test: evil, Cell: evil, Record: ref, Case: evil, Before: evil, After: evil, Failures: c.Failures}
	r.Reasons, r.Warnings = []string{evil}, source.Problems{{Severity: source.Severity(evil), Code: evil, File: evil, Line: 1, Message: evil, Hint: evil}}
	r.Totals.CostUSD, r.Totals.JudgeCostUSD = evil, evil
	return r
}
