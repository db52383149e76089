package suite_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/emulator"
	"askflow/internal/prompttest"
	"askflow/internal/suite"
)

// Of several steps the one is shown at which an expectation failed; else the first whose answer differs.
func TestBaselineShowsTheStepThatFailed(t *testing.T) {
	t.Parallel()
	files := twoAsks(map[string]string{
		"responses/grader.yaml": "- {when: {assistant: strict}, reply: fine}\n- {when: {record: \"101\"}, reply: A}\n- {reply: B}\n",
		"tests/two.yaml":        "workflow: two\ncases:\n  - {record: \"101\", expect: [response@qualify: A]}\n  - {record: \"102\", expect: [response@qualify: {one_of: [A, B]}]}\n  - {record: \"103\", expect: [response@qualify: B]}\n",
	})
	dir := clinic(t, files)
	if s, err := openWith(t, dir, nil).Run(t.Context(), emulator.Request{Workflow: "two", Seed: 1}, emulator.Hooks{}); err != nil || s.Err != nil {
		t.Fatal(err)
	}
	write(t, dir, "responses/grader.yaml", "- {when: {assistant: strict}, reply: fine}\n- {when: {record: \"101\"}, reply: C}\n- {when: {record: \"102\"}, reply: A}\n- {reply: B}\n")
	r := report(t, dir, suite.Options{Baseline: &suite.StoredRun{ID: "r1"}})
	want := []string{"regressed 101 qualify A>C", "changed 102 qualify B>A"}
	if diff := cmp.Diff(want, shifts(r.Baseline)); diff != "" || r.Baseline.Same != 1 {
		t.Errorf("%+v %s", r.Baseline, diff)
	}
	write(t, dir, "responses/grader.yaml", "- {when: {record: \"102\", assistant: grader}, reply: B}\n- {when: {record: \"102\"}, reply: other}\n- {when: {assistant: strict}, reply: fine}\n- {when: {record: \"101\"}, reply: A}\n- {reply: B}\n")
	r = report(t, dir, suite.Options{Baseline: &suite.StoredRun{ID: "r1"}})
	if diff := cmp.Diff([]string{"changed 102 draft fine>other"}, shifts(r.Baseline)); diff != "" {
		t.Error(diff)
	}
}

func shifts(b *prompttest.Baseline) []string {
	out := []string{}
	for _, c := range b.Changes {
		out = append(out, c.Kind+" "+c.Record.ID+" "+c.Step+" "+c.Before+">"+c.After)
	}
	return out
}

// A stored run knows no verdicts of judges: what can be compared is, and the rest is said.
func TestBaselineOfAStoredRunComparesWhatCanBeJudged(t *testing.T) {
	t.Parallel()
	const test = "workflow: grade\ncases:\n  - {record: \"101\", expect: [response: {one_of: [A, B], judge: {assistant: referee, rubric: RUBRIC}}]}\n  - {record: \"102\", expect: [response: {not: {judge: {assistant: referee, rubric: RUBRIC}}}]}\n"
	dir := clinic(t, map[string]string{"tests/grade.yaml": strings.ReplaceAll(test, "RUBRIC", "Rudeness")})
	gradeRun(t, dir, emulator.Request{})
	against := func() *prompttest.Report {
		return report(t, dir, suite.Options{Baseline: &suite.StoredRun{ID: "r1"}, FailOnRegression: true, Threshold: ptr(0.01)})
	}
	r := against() // 101 fails by the judge alone, and its answer is as it was
	if b := r.Baseline; b.Regressed != 0 || b.Same != 2 || r.Totals.Failed != 1 {
		t.Errorf("%+v %+v", b, r.Totals)
	}
	if len(r.Warnings) != 1 || r.Warnings[0].Message != "what judges say was not stored with run r1: 2 cases are compared without it" {
		t.Errorf("%+v", r.Warnings)
	}
	write(t, dir, "responses/grader.yaml", "- {when: {record: \"101\"}, reply: C}\n- {when: {record: \"102\"}, reply: A}\n")
	r = against()
	if b := r.Baseline; b.Regressed != 1 || b.Changed != 1 || r.Passed {
		t.Errorf("%+v", b)
	}
	if r = report(t, dir, suite.Options{Rescore: "r1"}); !r.Passed || r.Tests[0].Cells[0].NotJudged != 2 {
		t.Errorf("%v %+v", r.Reasons, r.Tests[0].Cells[0])
	}
}

// A baseline that has none of the cases compares nothing: that is said, and is no success where regressions must not be.
func TestBaselineThatComparesNothing(t *testing.T) {
	t.Parallel()
	dir := clinic(t, map[string]string{"tests/grade.yaml": "workflow: grade\ncases: [{record: \"101\", expect: [response: A]}]\n"})
	const said = "run r1 has none of the cases that ran, so nothing was compared with it"
	r := report(t, dir, suite.Options{Baseline: none{}})
	if !r.Passed || len(r.Warnings) != 1 || r.Warnings[0].Message != said {
		t.Errorf("%v %+v", r.Reasons, r.Warnings)
	}
	r = report(t, dir, suite.Options{Baseline: none{}, FailOnRegression: true})
	if r.Passed || !cmp.Equal([]string{said}, r.Reasons) {
		t.Errorf("%v %v", r.Passed, r.Reasons)
	}
}

// none is a baseline without any case.
type none struct{}

func (none) Name() string                                                  { return "run r1" }
func (none) Open(context.Context, *emulator.Emulator, []*suite.Plan) error { return nil }
func (none) Find(k suite.Key, _ string) (own suite.Key, was suite.Was, there bool) {
	return k, was, false
}
func (none) Len() int64 { return 0 }

// A question to a judge that nobody can answer fails the test, whatever its threshold.
func TestJudgesWithoutAnAnswerFailTheTest(t *testing.T) {
	t.Parallel()
	dir := clinic(t, map[string]string{
		"responses/referee.yaml": "-", "responses/grader.yaml": "- {when: {assistant: grader}, reply: B}\n",
		"tests/grade.yaml": "workflow: grade\nthreshold: 0.3\ncases:\n  - {record: \"101\", expect: [response: {judge: {assistant: referee, rubric: Kindness}}]}\n  - {record: \"102\", expect: [response: B]}\n",
	})
	r := report(t, dir, suite.Options{})
	if c := r.Tests[0].Cells[0]; r.Passed || c.NoAnswer != 1 || c.Passed != 1 || len(r.Reasons) != 1 || !strings.Contains(r.Reasons[0], "1 ask has no scripted answer") {
		t.Errorf("passed %v, %v, %+v", r.Passed, r.Reasons, c)
	}
}
