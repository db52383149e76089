package testreport_test

import (
	"fmt"
	"strings"
	"testing"

	"askflow/internal/hubspot"
	"askflow/internal/prompttest"
	"askflow/internal/report"
	"askflow/internal/run"
	"askflow/internal/testreport"
)

// twoModels is a test with two cells that passed as often as each other, the second one cheaper.
func twoModels(answers string) *prompttest.Report {
	t := &prompttest.TestReport{Name: "states", Answers: answers, Repeat: 1, Threshold: 1, Passed: true, Dimensions: []string{"model"}}
	for i, model := range []string{"gpt-6", "gpt-6-luna"} {
		t.Cells = append(t.Cells, &prompttest.CellReport{Cell: prompttest.Cell{Label: model, Model: model, Values: []string{model}}, Cases: 2, Passed: 2, PassRate: 1, Asks: 2, CostUSD: []string{"0.2", "0.1"}[i]})
	}
	return &prompttest.Report{Passed: true, Tests: []*prompttest.TestReport{t}, Totals: prompttest.Totals{Tests: 1, Cells: 2, Cases: 4, Passed: 4, Asks: 4, CostUSD: "0.3"}}
}

// every is a report in all forms that people read.
func every(t *testing.T, r *prompttest.Report) map[string]string {
	t.Helper()
	return map[string]string{"text": inText(t, r, report.Style{Width: 200}, testreport.TextOptions{}), "markdown": string(written(t, r, testreport.Markdown)), "html": htmlBody(t, r)}
}

// htmlBody is what can be read on a report's page.
func htmlBody(t *testing.T, r *prompttest.Report) string {
	t.Helper()
	root := htmlCheck(t, htmlPage(t, r))
	return root.all("header", "top")[0].words() + "\n" + root.all("main", "")[0].words()
}

// Where played answers are the same in every cell, no cell is recommended, and it is said once why.
func TestCellsAnsweredAlike(t *testing.T) {
	t.Parallel()
	differ, failing, unanswered, refused := twoModels("scripted"), twoModels("scripted"), twoModels("replay"), twoModels("scripted")
	differ.Tests[0].Disagree = 1
	differ.Tests[0].Disagreements = []prompttest.Disagreement{{Record: run.RecordRef{ID: "1"}, Cells: []*prompttest.CellVerdict{{Passed: 1, Of: 1, Answer: "A"}, {Passed: 1, Of: 1, Answer: "B"}}}}
	failing.Tests[0].Cells[1].Passed, failing.Tests[0].Cells[1].Failed, failing.Tests[0].Cells[1].PassRate = 1, 1, 0.5
	for _, c := range unanswered.Tests[0].Cells {
		c.FailedAsks = 2
	}
	refused.Tests[0].Cells[0] = &prompttest.CellReport{Cell: refused.Tests[0].Cells[0].Cell, Refused: &run.Error{Message: "no"}}
	for name, c := range map[string]struct {
		r    *prompttest.Report
		said string
		star bool
	}{
		"scripted":       {twoModels("scripted"), "no rule looks at the model, the settings or the prompt", false},
		"replayed":       {twoModels("replay"), "nothing recorded tells the models, the settings or the prompts apart", false},
		"live":           {twoModels("live"), "", true},
		"other answers":  {differ, "", true},
		"other verdicts": {failing, "", true},
		"no answers":     {unanswered, "", true},
		"refused":        {refused, "", false},
	} {
		for form, got := range every(t, c.r) {
			if n := strings.Count(strings.ToLower(got), "very cell got the same answers"); (n == 1) != (c.said != "") || n > 1 || !strings.Contains(got, c.said) {
				t.Errorf("%s, %s: it is said %d times that the cells got the same answers:\n%s", name, form, n, got)
			}
			if strings.Contains(got, "★") != c.star {
				t.Errorf("%s, %s: a cell is recommended: %t:\n%s", name, form, !c.star, got)
			}
		}
	}
}

// Models of unknown price are called by their names, cell by cell.
func TestModelsOfUnknownPrice(t *testing.T) {
	t.Parallel()
	r := twoModels("scripted")
	r.Tests[0].Disagree = 1
	cell := r.Tests[0].Cells[1]
	cell.Label, cell.Model, cell.Values, cell.CostUSD, cell.UnknownPrice = "gpt-9", "gpt-9", []string{"gpt-9"}, "0", 2
	r.Totals.CostUSD, r.Totals.UnknownPrice = "0.2", 2
	for form, want := range map[string][]string{
		"text":     {"? 2 asks of gpt-9, whose price is not known\n", "All 4 cases passed; asked live, it would cost about $0.2 + 2 asks of gpt-9, whose price is not known."},
		"markdown": {"| 2 asks of gpt-9, whose price is not known |", "&#36;0.2 + 2 asks of gpt-9, whose price is not known."},
		"html":     {"? 2 asks of gpt-9, whose price is not known.", "Asked live about $0.2 and 2 asks of gpt-9, whose price is not known"},
	} {
		got := every(t, r)[form]
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s does not say %q:\n%s", form, w, got)
			}
		}
		if strings.Contains(got, "$0 +") {
			t.Errorf("%s says that nothing and something else was spent:\n%s", form, got)
		}
	}
	r.Totals.CostUSD = "0"
	if got, want := testreport.Verdict(r), "All 4 cases passed; what it would cost live is not known: 2 asks of gpt-9, whose price is not known."; got != want {
		t.Errorf("the verdict is %q, want %q", got, want)
	}
	// The workflow's own model is called as its asks call it.
	own := passedReport()
	own.Tests[0].Cells[0].CostUSD, own.Tests[0].Cells[0].UnknownPrice = "0", 1
	results, _ := own.Tests[0].Cells[0].Results.(slice)
	results[0].Asks[0].Model, results[0].Asks[0].CostUSD = "ft:mine\x1b[2J", ""
	if got, want := inText(t, own, report.Style{Width: 200}, testreport.TextOptions{}), "1 ask of ft:mine␛[2J, whose price is not known"; !strings.Contains(got, want) {
		t.Errorf("there is no %q:\n%s", want, got)
	}
}

// Without a matrix there is no level for the only cell.
func TestNoLevelForTheOnlyCell(t *testing.T) {
	t.Parallel()
	r := repeated("New York", "new york")
	r.Tests[0].Cells[0].Wavering = []prompttest.Disagreement{{Record: run.RecordRef{ID: "117"}, Cells: []*prompttest.CellVerdict{{Of: 1, Answer: "a"}, {Of: 1, Answer: "b"}}}}
	r.Baseline = &prompttest.Baseline{Of: "r1", Regressed: 1, Changes: []prompttest.BaselineChange{{Kind: prompttest.Regressed, Test: "states", Cell: "as it is", Record: run.RecordRef{ID: "117"}, Before: "NY", After: "New York"}}}
	for form, got := range every(t, r) {
		if strings.Contains(got, "as it is") {
			t.Errorf("%s names the only cell:\n%s", form, got)
		}
	}
	root := htmlCheck(t, htmlPage(t, r))
	if n := len(root.all("details", "group")); n != 0 {
		t.Errorf("%d folds stand around the only cell", n)
	}
	if md := string(written(t, r, testreport.Markdown)); !strings.Contains(md, "| | Record | Before | After |\n|---|---|---|---|\n| ❌ regressed | <code>117</code> | ") {
		t.Errorf("the only test is named with each change:\n%s", md)
	}
	r.Tests[0].Dimensions, r.Tests[0].Cells[0].Label = []string{"model"}, "gpt-6-luna"
	for form, got := range every(t, r) {
		if !strings.Contains(got, "gpt-6-luna") {
			t.Errorf("%s does not name the only cell of a matrix:\n%s", form, got)
		}
	}
}

// What a page says at its head about costs is what its verdict says elsewhere: nothing was paid for played answers.
func TestHTMLSaysWhatWasPaid(t *testing.T) {
	t.Parallel()
	for answers, want := range map[string]string{"scripted": "Asked live about $0.3 Judges, asked live about $0.02", "replay": "Asked live about $0.3 Judges, asked live about $0.02", "live": "Cost $0.3 Judges $0.02"} {
		r := twoModels(answers)
		r.Totals.JudgeCostUSD = "0.02"
		if got := htmlCheck(t, htmlPage(t, r)).all("header", "top")[0].words(); !strings.Contains(got, want) || answers != "live" && strings.Contains(got, "Cost") {
			t.Errorf("with %s answers the head says %q, want %q", answers, got, want)
		}
	}
}

// A long text that was shown is not shown again for the same case.
func TestPromptsAreShownOnce(t *testing.T) {
	t.Parallel()
	prompt := "Which state is this? Answer with two letters, and with nothing else than two letters.\nNew York"
	r := repeated("New York")
	failed := r.Tests[0].Cells[0].Failures[0]
	failed.Asks[0].Prompt = prompt
	failed.Failures = []prompttest.Failure{{Subject: "prompt", Check: "contains", Expected: "politely", Got: prompt, Step: "format"}, {Subject: "prompt", Check: "matches", Expected: "^Dear", Got: prompt, Step: "format"}}
	for _, opt := range []testreport.TextOptions{{}, {Verbose: true}} {
		if got := inText(t, r, report.Style{Width: 200}, opt); strings.Count(got, "Which state") != 1 || strings.Count(got, "got       as above\n") != 1 || strings.Count(got, "prompt    as above\n") != 1 || strings.Count(got, "answer    New York\n") != 1 {
			t.Errorf("the prompt is shown again:\n%s", got)
		}
	}
	if md := string(written(t, r, testreport.Markdown)); strings.Count(md, "Which state") != 1 || strings.Count(md, "*as above*") != 2 {
		t.Errorf("the prompt is shown again:\n%s", md)
	}
	root := htmlCheck(t, htmlPage(t, r))
	for _, c := range append(root.all("details", "case"), root.all("article", "fail")...) {
		if n := strings.Count(c.words(), "Which state"); n != 1 {
			t.Errorf("the prompt is shown %d times: %s", n, c.words())
		}
	}
	// Another case has a text of its own.
	second := *failed
	second.Record.ID = "118"
	r.Tests[0].Cells[0].Failures = append(r.Tests[0].Cells[0].Failures, &second)
	if got := inText(t, r, report.Style{Width: 200}, testreport.TextOptions{}); strings.Count(got, "Which state") != 2 {
		t.Errorf("a case refers to another one:\n%s", got)
	}
}

// A test that was stopped before any case has no figures.
func TestNothingOfTestsThatNeverBegan(t *testing.T) {
	t.Parallel()
	stopped := func(cases int64) *prompttest.Report {
		return &prompttest.Report{Tests: []*prompttest.TestReport{{Name: "states", File: "tests/states.yaml", Answers: "live", Dimensions: []string{}, Error: &run.Error{Code: "not_connected", Message: "No account is connected."},
			Cells: []*prompttest.CellReport{{Cell: prompttest.Cell{Label: "as it is"}, Cases: cases, Passed: cases, Considered: cases, Asks: cases, CostUSD: "0"}}}}, Totals: prompttest.Totals{Tests: 1, Cells: 1, Cases: cases, Passed: cases}}
	}
	for form, got := range every(t, stopped(0)) {
		for _, bad := range []string{"0 of 0", "0 cases", "0 records", "0%", "0 ms"} {
			if form == "html" && bad == "0 cases" { // the figures of all tests
				continue
			}
			if strings.Contains(got, bad) {
				t.Errorf("%s says %q of a test that never began:\n%s", form, bad, got)
			}
		}
		if !strings.Contains(got, "No account is connected.") {
			t.Errorf("%s does not say why:\n%s", form, got)
		}
	}
	for form, got := range every(t, stopped(3)) {
		if !strings.Contains(got, "3 of 3") {
			t.Errorf("%s leaves out the cases before the stop:\n%s", form, got)
		}
	}
}

// An expectation that stands under its case is only named among what changed; others are told there.
func TestChangesDoNotRepeatFailures(t *testing.T) {
	t.Parallel()
	r := repeated("New York", "New York")
	failures := r.Tests[0].Cells[0].Failures[1].Failures
	record := r.Tests[0].Cells[0].Failures[1].Record
	other := prompttest.Failure{Subject: "cost", Check: "max", Expected: "$0.1", Got: "$0.2", File: "tests/state-formatting.yaml", Line: 20, Column: 3}
	r.Baseline = &prompttest.Baseline{Of: "r1", Regressed: 2, Changes: []prompttest.BaselineChange{
		{Kind: prompttest.Regressed, Test: "states", Cell: "as it is", Record: record, Case: "typed in full", Repeat: 2, Before: "NY", After: "New York", Failures: append(append([]prompttest.Failure{}, failures...), other)},
		{Kind: prompttest.Regressed, Test: "states", Cell: "as it is", Record: record, Case: "typed in full", Repeat: 7, Before: "NY", After: "NY", Failures: failures}}}
	got := inText(t, r, report.Style{Width: 200}, testreport.TextOptions{})
	_, changes, _ := strings.Cut(got, "Against r1")
	for want, n := range map[string]int{
		"\n  regressed  117 Grace Hopper · typed in full · repeat 2: response equals (step format), property state one_of\n             before    NY\n             after     New York\n": 1,
		"\n             cost max: expected $0.1, got $0.2  tests/state-formatting.yaml:20:3\n":                                                                                           1,
		"\n  regressed  117 Grace Hopper · typed in full · repeat 7\n             response equals (step format): expected NY, got New York":                                              1,
		"expected NY": 1, "states": 0, "as it is": 0,
	} {
		if strings.Count(changes, want) != n {
			t.Errorf("%q stands there %d times, want %d:\n%s", want, strings.Count(changes, want), n, got)
		}
	}
	r.Tests = append(r.Tests, &prompttest.TestReport{Name: "drafts"})
	if got := inText(t, r, report.Style{Width: 200}, testreport.TextOptions{}); !strings.Contains(got, "  regressed  states · 117 Grace Hopper") {
		t.Errorf("of two tests it is not said which one:\n%s", got)
	}
}

// The effects of a case are told by what people call them.
func TestHTMLEffects(t *testing.T) {
	t.Parallel()
	r := passedReport()
	results, _ := r.Tests[0].Cells[0].Results.(slice)
	results[0].Effects = []run.Effect{
		{Type: run.EffectTask, ActionID: "3", RecordID: "990000000000001", Associations: []hubspot.Association{{ObjectType: "contact", RecordID: "3"}},
			Properties: map[string]string{"hs_task_subject": "Call Ines Moreau <today>", "hs_task_priority": "HIGH", "hs_timestamp": "2026-01-06T14:00:00.7Z"}},
		{Type: run.EffectRecord, ActionID: "4", ObjectType: "deal", RecordID: "990000000000002", Properties: map[string]string{"dealname": "Moreau, yearly", "hs_timestamp": "soon"}},
		{Type: run.EffectTask, RecordID: "990000000000003", Properties: map[string]string{"hs_timestamp": "tomorrow"}},
	}
	page := htmlBody(t, r)
	for _, want := range []string{"task Call Ines Moreau <today> with contact 3 · action 3 hs_task_priority HIGH due 2026-01-06 14:00 UTC", "record deal Moreau, yearly action 4 hs_timestamp soon", "task 990000000000003 due tomorrow"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q: %s", want, page)
		}
	}
	for _, bad := range []string{"990000000000001", "990000000000002", "14:00:00.7", "hs_task_subject"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page says %q", bad)
		}
	}
}

// Labels keep off the line of what must pass.
func TestHTMLPlotLabelsKeepOffTheThreshold(t *testing.T) {
	t.Parallel()
	var cells []*prompttest.CellReport
	for i := range 4 {
		label := fmt.Sprintf("gpt-5.4-nano, temperature %d", i)
		cells = append(cells, &prompttest.CellReport{Cell: prompttest.Cell{Label: label, Values: []string{label}}, Cases: 100, PassRate: []float64{0.9, 0.91, 0.89, 0.9}[i], CostUSD: fmt.Sprintf("0.%d", 1+2*i)})
	}
	r := &prompttest.Report{Tests: []*prompttest.TestReport{{Dimensions: []string{"model"}, Threshold: 0.9, Cells: cells}}}
	plot := htmlCheck(t, htmlPage(t, r)).all("figure", "plot")[0]
	if n := htmlLabelBoxes(t, plot); n < 3 {
		t.Errorf("only %d labels have a place", n)
	}
	var line float64
	if _, err := fmt.Sscan(plot.all("line", "threshold")[0].attrs["y1"], &line); err != nil {
		t.Fatal(err)
	}
	for _, l := range plot.all("text", "label") {
		var y float64
		if _, err := fmt.Sscan(l.attrs["y"], &y); err != nil {
			t.Fatal(err)
		}
		if y-10 < line && line < y+2 {
			t.Errorf("the line at %v strikes through %q at %v", line, l.words(), y)
		}
	}
}
