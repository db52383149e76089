package suite_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/emulator"
	"askflow/internal/prompttest"
	"askflow/internal/suite"
)

func matrix(t *testing.T, texts ...string) *prompttest.Matrix {
	t.Helper()
	m, err := prompttest.ParseMatrix(texts)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestRunCountsCasesChecksAndMoney(t *testing.T) {
	t.Parallel()
	r := report(t, clinic(t, nil), suite.Options{})
	if !r.Passed || len(r.Reasons) > 0 || len(r.Warnings) > 0 {
		t.Fatalf("passed %v, reasons %v, warnings %v", r.Passed, r.Reasons, r.Warnings)
	}
	c := r.Tests[0].Cells[0]
	// 101, 102 and 104 have cases, 103 and 105 only what each expects; 104 does not enroll.
	want := prompttest.Totals{Tests: 1, Cells: 1, Cases: 5, Passed: 5, Checks: 2 + 1 + 2 + 1 + 1 + 1 + 1, Asks: 4, CostUSD: c.CostUSD}
	if diff := cmp.Diff(want, r.Totals); diff != "" {
		t.Error(diff)
	}
	if c.Considered != 5 || c.Enrolled != 4 || c.InputTokens != 400 || c.OutputTokens != 40 || c.CostUSD == "0" || c.CostUSD == "" {
		t.Errorf("%+v", c)
	}
	if r.Tests[0].Coverage == nil || r.Tests[0].Coverage.Covered == 0 {
		t.Error("nothing is said of what was reached")
	}
	e := openWith(t, clinic(t, nil), nil)
	reportOf(t, e, suite.Options{})
	if ids := runs(t, e); len(ids) != 0 {
		t.Errorf("runs were kept though nobody said so: %v", ids)
	}
}

func TestMatrixOverEveryDimension(t *testing.T) {
	t.Parallel()
	changes := map[string]string{
		"prompts/short.md":  "seats? {{ enrolled_object.message }}\n",
		"workflows/v2.yaml": strings.Replace(clinicFiles()["workflows/grade.yaml"], "Grade: {{", "A hundred seats: {{", 1),
		"tests/grade.yaml":  "workflow: grade\nenroll: [\"101\", \"102\"]\neach: [response: {one_of: [A, B]}]\ncases: [{record: \"102\", expect: [response: B]}]\n",
	}
	cases := map[string]struct {
		matrix []string
		want   []string
	}{
		"model":            {[]string{"model=gpt-6-luna,gpt-5.4-mini"}, []string{"gpt-6-luna: 2 passed, 0 failed, 2 asked", "gpt-5.4-mini: 2 passed, 0 failed, 2 asked"}},
		"temperature":      {[]string{"temperature=0,0.7"}, []string{"temperature 0: 2 passed, 0 failed, 2 asked", "temperature 0.7: 2 passed, 0 failed, 2 asked"}},
		"effort":           {[]string{"reasoning_effort=none,low"}, []string{"reasoning effort none: 2 passed, 0 failed, 2 asked", "reasoning effort low: 2 passed, 0 failed, 2 asked"}},
		"assistant":        {[]string{"assistant=grader,strict"}, []string{"assistant grader: 2 passed, 0 failed, 2 asked", "assistant strict: 0 passed, 2 failed, 2 asked"}},
		"prompt":           {[]string{"prompt=current,short"}, []string{"prompt current: 2 passed, 0 failed, 2 asked", "prompt short: 1 passed, 1 failed, 2 asked"}},
		"prompt of a step": {[]string{"prompt@ask=short.md"}, []string{"prompt@ask short.md: 1 passed, 1 failed, 2 asked"}},
		"second workflow":  {[]string{"prompt=current,workflows/v2.yaml"}, []string{"prompt current: 2 passed, 0 failed, 2 asked", "prompt workflows/v2.yaml: 1 passed, 1 failed, 2 asked"}},
		"two of them": {[]string{"model=gpt-6-luna,gpt-5.4-mini", "prompt=current,short"}, []string{
			"gpt-6-luna, prompt current: 2 passed, 0 failed, 2 asked", "gpt-6-luna, prompt short: 1 passed, 1 failed, 2 asked",
			"gpt-5.4-mini, prompt current: 2 passed, 0 failed, 2 asked", "gpt-5.4-mini, prompt short: 1 passed, 1 failed, 2 asked"}},
	}
	dir := clinic(t, changes)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := report(t, dir, suite.Options{Names: []string{"grade"}, Matrix: matrix(t, c.matrix...)})
			var got []string
			for _, cell := range r.Tests[0].Cells {
				got = append(got, cellText(cell))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A workflow file that lies elsewhere in the portal is a prompt variant, too, and is no workflow of the portal for that.
func TestMatrixOfADraftWorkflow(t *testing.T) {
	t.Parallel()
	dir := clinic(t, map[string]string{"drafts/bold.yaml": strings.Replace(clinicFiles()["workflows/grade.yaml"], "Grade: {{", "All seats: {{", 1)})
	r := report(t, dir, suite.Options{Matrix: matrix(t, "prompt=current,drafts/bold.yaml")})
	want := []string{"grade: prompt current: 5 passed, 0 failed, 4 asked", "grade: prompt drafts/bold.yaml: 4 passed, 1 failed, 4 asked"}
	if diff := cmp.Diff(want, cellsOf(r)); diff != "" {
		t.Error(diff)
	}
}

// The command line's matrix beats the test's, dimension by dimension.
func TestMatrixOfFileAndCommandLine(t *testing.T) {
	t.Parallel()
	dir := clinic(t, map[string]string{"tests/grade.yaml": "workflow: grade\nmatrix: {model: [gpt-6-luna, gpt-5.4-mini], temperature: [0, 0.7]}\ncases: [{record: \"101\", expect: [response: A]}]\n"})
	own := report(t, dir, suite.Options{})
	if got := len(own.Tests[0].Cells); got != 4 {
		t.Errorf("%d cells of the file's own matrix", got)
	}
	r := report(t, dir, suite.Options{Matrix: matrix(t, "model=gpt-5.4-mini", "assistant=grader")})
	want := []string{"grade: temperature 0: 1 passed, 0 failed, 1 asked", "grade: temperature 0.7: 1 passed, 0 failed, 1 asked"}
	if diff := cmp.Diff(want, cellsOf(r)); diff != "" {
		t.Error(diff)
	}
	for _, c := range r.Tests[0].Cells {
		if c.Model != "gpt-5.4-mini" || c.Assistant != "grader" {
			t.Errorf("%+v", c.Cell)
		}
	}
}

func TestRefusedCellsSendNothing(t *testing.T) {
	t.Parallel()
	dir := clinic(t, nil)
	server := serverOf(t, dir)
	opt := suite.Options{Answers: "live", Matrix: matrix(t, "reasoning_effort=high,none", "temperature=0.7"), Filter: "101"}
	r := reportOf(t, openWith(t, dir, server), opt)
	want := []string{"grade: reasoning effort high: refused: unsupported_settings", "grade: reasoning effort none: 1 passed, 0 failed, 1 asked"}
	if diff := cmp.Diff(want, cellsOf(r)); diff != "" {
		t.Error(diff)
	}
	if n := server.asked.Load(); n != 1 {
		t.Errorf("%d questions were sent, not 1", n)
	}
	if !r.Passed || r.Totals.Refused != 1 || r.Totals.Failed != 0 {
		t.Errorf("a refused cell counts as failed: %+v", r.Totals)
	}
	opt.Matrix = matrix(t, "reasoning_effort=high", "temperature=0.7")
	r = reportOf(t, openWith(t, dir, server), opt)
	if r.Passed || len(r.Reasons) != 1 || !strings.Contains(r.Reasons[0], "every cell is refused") {
		t.Errorf("nothing was tested, and that is said so: %v %v", r.Passed, r.Reasons)
	}
	if n := server.asked.Load(); n != 1 {
		t.Errorf("a refused cell sent %d questions", n-1)
	}
}

// A workflow whose own settings no model takes is no refused cell, but cannot run. A step that is not asked refuses nothing.
func TestNotRefused(t *testing.T) {
	t.Parallel()
	bad := strings.Replace(clinicFiles()["workflows/grade.yaml"], "assistant: grader,", "assistant: grader, temperature: 0.7, reasoning_effort: high,", 1)
	_, err := refusal(t, clinic(t, map[string]string{"workflows/grade.yaml": bad}), suite.Options{})
	if err.Exit != emulator.ExitUsage || len(err.Problems) != 1 || err.Problems[0].Code != "unsupported_settings" {
		t.Errorf("%s", told(err))
	}
	for _, head := range []string{"pins: {ask: A}", "pins: {ask.response: A}", "stubs: [ask]"} {
		dir := clinic(t, map[string]string{"tests/grade.yaml": "workflow: grade\n" + head + "\ncases: [{record: \"101\", expect: [enrolled: true]}]\n"})
		r := report(t, dir, suite.Options{Matrix: matrix(t, "reasoning_effort=high", "temperature=0.7")})
		if r.Totals.Refused != 0 || !r.Passed || r.Totals.Asks != 0 {
			t.Errorf("%s: %v", head, cellsOf(r))
		}
	}
}

// flaky answers differently from time to time: the seed says to whom a rule of a rate applies, the repeat when.
func flaky() map[string]string {
	var contacts strings.Builder
	contacts.WriteString("Record ID,First Name,Message\n")
	for i := range 40 {
		fmt.Fprintf(&contacts, "%d,P%d,m%d\n", 100+i, i, i)
	}
	return map[string]string{
		"records/contacts.csv": contacts.String(),
		"faults.yaml":          "- {fault: {status: 500, code: server_error, message: Oops.}, rate: 0.3}\n",
		"tests/grade.yaml":     "workflow: grade\nfaults: faults.yaml\neach: [response: B]\n",
	}
}

func TestRepeatsAgreeAsFarAsAnswersDo(t *testing.T) {
	t.Parallel()
	steady := report(t, clinic(t, nil), suite.Options{Repeat: 3})
	c := steady.Tests[0].Cells[0]
	if c.Agreement == nil || *c.Agreement != 1 || c.Cases != 15 || c.Considered != 5 || c.Enrolled != 4 || c.Asks != 12 {
		t.Errorf("agreement %v of %+v", c.Agreement, c)
	}
	d := details(t)
	r := report(t, clinic(t, flaky()), suite.Options{Repeat: 4, Details: d})
	c = r.Tests[0].Cells[0]
	if c.Agreement == nil || *c.Agreement >= 1 || *c.Agreement < 0.5 {
		t.Errorf("agreement %v", c.Agreement)
	}
	if len(c.Wavering) == 0 || len(c.Wavering) == 40 {
		t.Errorf("%d cases waver", len(c.Wavering))
	}
	for i, w := range c.Wavering {
		if len(w.Cells) != 2 || w.Cells[0].Of+w.Cells[1].Of != 4 || w.Cells[0].Of < w.Cells[1].Of || i > 0 && w.Cells[0].Of < c.Wavering[i-1].Cells[0].Of {
			t.Errorf("%d: %+v %+v", i, *w.Cells[0], *w.Cells[1])
		}
		for _, v := range w.Cells { // an ask that failed has no answer, and does not pass
			if (v.Answer == "B") != (v.Passed == v.Of) || (v.Answer == "") != (v.Passed == 0) {
				t.Errorf("%d: %+v", i, *v)
			}
		}
	}
	if len(steady.Tests[0].Cells[0].Wavering) != 0 {
		t.Errorf("%+v", steady.Tests[0].Cells[0].Wavering)
	}
	repeats := map[int]int{}
	for _, one := range casesOf(t, c) {
		repeats[one.Repeat]++
	}
	if diff := cmp.Diff(map[int]int{1: 40, 2: 40, 3: 40, 4: 40}, repeats); diff != "" {
		t.Error(diff)
	}
	if one := report(t, clinic(t, nil), suite.Options{}).Tests[0].Cells[0]; one.Agreement != nil {
		t.Errorf("without repeats there is an agreement of %v", *one.Agreement)
	}
}

func TestCellsThatDisagreeComeFirst(t *testing.T) {
	t.Parallel()
	r := report(t, clinic(t, nil), suite.Options{Matrix: matrix(t, "assistant=grader,strict")})
	test := r.Tests[0]
	if test.Disagree != 4 || len(test.Disagreements) != 4 {
		t.Fatalf("%d of %d: %+v", len(test.Disagreements), test.Disagree, test.Disagreements)
	}
	// 101 and 102 pass in one cell and fail in the other; 103 and 105 pass in both, with other answers.
	var ids []string
	for _, d := range test.Disagreements {
		ids = append(ids, d.Record.ID)
	}
	if diff := cmp.Diff([]string{"101", "102", "103", "105"}, ids); diff != "" {
		t.Error(diff)
	}
	want := []*prompttest.CellVerdict{{Passed: 1, Of: 1, Answer: "A"}, {Passed: 0, Of: 1, Answer: "C"}}
	if diff := cmp.Diff(want, test.Disagreements[0].Cells); diff != "" {
		t.Error(diff)
	}
}

func ptr[T any](v T) *T { return &v }

func TestThreshold(t *testing.T) {
	t.Parallel()
	test := "workflow: grade\ncases:\n  - {record: \"101\", expect: [response: A]}\n  - {record: \"102\", expect: [response: A]}\n"
	for name, c := range map[string]struct {
		own    string
		flag   *float64
		passed bool
	}{
		"none":             {"", nil, false},
		"of the test":      {"threshold: 0.5\n", nil, true},
		"of the flag":      {"", ptr(0.5), true},
		"the flag is more": {"threshold: 0.5\n", ptr(0.51), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := report(t, clinic(t, map[string]string{"tests/grade.yaml": c.own + test}), suite.Options{Threshold: c.flag})
			if r.Passed != c.passed || r.Totals.Failed != 1 {
				t.Errorf("passed %v of %+v", r.Passed, r.Totals)
			}
		})
	}
}

func TestMinCoverage(t *testing.T) {
	t.Parallel()
	dir := clinic(t, map[string]string{"tests/grade.yaml": "workflow: grade\ncases: [{record: \"102\", expect: [response: B]}]\n"})
	r := report(t, dir, suite.Options{MinCoverage: ptr(100.0)})
	if r.Passed || len(r.Reasons) != 1 || !strings.Contains(r.Reasons[0], "less than the 100 %") {
		t.Errorf("%v %v", r.Passed, r.Reasons)
	}
	at := r.Tests[0].Coverage.Percent()
	if at <= 0 || at >= 100 {
		t.Fatalf("%v percent", at)
	}
	if r = report(t, dir, suite.Options{MinCoverage: &at}); !r.Passed {
		t.Errorf("%v", r.Reasons)
	}
	// Two tests of a workflow together reach what neither does alone.
	write(t, dir, "tests/more.yaml", "workflow: grade\ncases: [{record: \"101\", expect: [response: A]}]\n")
	r = report(t, dir, suite.Options{MinCoverage: ptr(at + 0.1)})
	if !r.Passed || r.Tests[1].Coverage != nil {
		t.Errorf("%v, and the second test has a coverage of its own: %v", r.Reasons, r.Tests[1].Coverage)
	}
}

func TestNoAnswerFails(t *testing.T) {
	t.Parallel()
	changes := map[string]string{"responses/grader.yaml": "- {when: {record: \"101\"}, reply: A}\n", "tests/grade.yaml": "workflow: grade\neach: [path: {length: {min: 2}}]\n"}
	r := report(t, clinic(t, changes), suite.Options{})
	if r.Passed || r.Totals.Failed != 0 || len(r.Reasons) != 1 || !strings.Contains(r.Reasons[0], "grade: 3 asks have no scripted answer: add rules to responses/") {
		t.Errorf("passed %v, %+v, %v", r.Passed, r.Totals, r.Reasons)
	}
}

func TestMaxCostStopsEverything(t *testing.T) {
	t.Parallel()
	dir := clinic(t, nil)
	full, err := suite.Run(t.Context(), openWith(t, dir, nil), suite.Options{MaxCost: "1", Matrix: matrix(t, "temperature=0,0.1,0.2")})
	if err != nil || full.Totals.Asks != 12 {
		t.Fatalf("%v", err)
	}
	// The second cell does not fit any more: a question may cost up to 2,000 tokens.
	r, over := refusal(t, dir, suite.Options{MaxCost: "0.005", Matrix: matrix(t, "model=gpt-6-luna,gpt-5.4-mini", "temperature=0,0.1,0.2"), Repeat: 3})
	if over.Exit != emulator.ExitUnreachable || over.Code != emulator.CodeOverBudget || !strings.HasPrefix(over.Message, "the test grade: ") {
		t.Errorf("%d %s", over.Exit, over.Message)
	}
	if r == nil || r.Passed || r.Totals.Cases == 0 || r.Tests[0].Error == nil || r.Tests[0].Cells[0].CostUSD == "0" {
		t.Fatalf("there is no report so far: %+v", r)
	}
	for _, concurrency := range []int{2, 64} {
		again, _ := refusal(t, dir, suite.Options{MaxCost: "0.005", Matrix: matrix(t, "model=gpt-6-luna,gpt-5.4-mini", "temperature=0,0.1,0.2"), Repeat: 3, Concurrency: concurrency})
		if diff := cmp.Diff(bytesOf(t, r), bytesOf(t, again)); diff != "" {
			t.Errorf("concurrency %d: %s", concurrency, diff)
		}
	}
	if _, over = refusal(t, dir, suite.Options{MaxCost: "0"}); over.Exit != emulator.ExitUnreachable {
		t.Errorf("%d %s", over.Exit, over.Message)
	}
	if _, bad := refusal(t, dir, suite.Options{MaxCost: "cheap"}); bad.Exit != emulator.ExitUsage || !strings.HasPrefix(bad.Message, "--max-cost: ") {
		t.Errorf("%d %s", bad.Exit, bad.Message)
	}
	write(t, dir, "portal.yaml", strings.Replace(clinicFiles()["portal.yaml"], "openai: {", "openai: {limits: {max_cost_usd: 0.0001}, ", 1))
	if _, over = refusal(t, dir, suite.Options{MaxCost: "1"}); over.Code != emulator.CodeOverBudget {
		t.Errorf("the portal's own limit does not count: %s", over.Message)
	}
}

// A model that nobody knows may be a slip: it is said, once.
func TestWarnings(t *testing.T) {
	t.Parallel()
	r := report(t, clinic(t, nil), suite.Options{Repeat: 2, Matrix: matrix(t, "model=gpt-6-lunar", "temperature=0,0.7")})
	if len(r.Warnings) != 1 || r.Warnings[0].Code != "unknown_model" || !strings.Contains(r.Warnings[0].Message, "gpt-6-lunar") {
		t.Errorf("%+v", r.Warnings)
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	var last suite.Progress
	calls := 0
	report(t, clinic(t, nil), suite.Options{Matrix: matrix(t, "temperature=0,0.7"), Progress: func(p suite.Progress) { calls++; last = p }})
	want := suite.Progress{Test: "grade", Cell: "temperature 0.7", Number: 2, Of: 2, Records: 5, Total: 5}
	if calls < 2 || last != want {
		t.Errorf("%d calls, the last %+v", calls, last)
	}
}

// The same tests give the same bytes, however many records are walked at once.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	changes := flaky()
	changes["tests/judged.yaml"] = "workflow: grade\nrepeat: 2\nmatrix: {temperature: [0, 0.7]}\neach: [response: {judge: {assistant: referee, rubric: Kindness}}]\n"
	dir := clinic(t, changes)
	first := ""
	for _, concurrency := range []int{1, 2, 64, 64} {
		r := report(t, dir, suite.Options{Concurrency: concurrency, Repeat: 2, Details: details(t)})
		text := bytesOf(t, r)
		if first == "" {
			first = text
		}
		if text != first {
			t.Errorf("concurrency %d: %s", concurrency, cmp.Diff(first, text))
		}
	}
	if !strings.Contains(first, `"judgeCostUsd"`) || !strings.Contains(first, `"agreement"`) {
		t.Error("the report lacks what could differ")
	}
}
