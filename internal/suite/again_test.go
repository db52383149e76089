package suite_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/emulator"
	"askflow/internal/prompttest"
	"askflow/internal/suite"
)

// gradeRun runs the workflow as emulator run does.
func gradeRun(t *testing.T, dir string, req emulator.Request) *emulator.Summary {
	t.Helper()
	req.Workflow, req.Seed = "grade", 1
	s, err := openWith(t, dir, nil).Run(context.Background(), req, emulator.Hooks{})
	if err != nil || s.Err != nil {
		t.Fatal(err, s)
	}
	return s
}

// changed are the kinds of changes since a baseline, with the records.
func changed(b *prompttest.Baseline) []string {
	out := []string{}
	for _, c := range b.Changes {
		out = append(out, c.Kind+" "+c.Record.ID+" "+c.Before+">"+c.After)
	}
	return out
}

const twoGrades = "workflow: grade\ncases:\n  - {record: \"101\", expect: [response: A]}\n  - {record: \"102\", expect: [response: A]}\n  - {record: \"103\", expect: [response: {one_of: [A, B]}]}\n"

func TestBaselineOfAStoredRun(t *testing.T) {
	t.Parallel()
	dir := clinic(t, map[string]string{"tests/grade.yaml": twoGrades})
	gradeRun(t, dir, emulator.Request{})
	// 101 had A and passed, 102 had B and failed, 103 had A.
	write(t, dir, "responses/grader.yaml", "- {when: {record: \"102\"}, reply: A}\n- {reply: B}\n")
	for _, id := range []string{"r1", "last"} {
		r := report(t, dir, suite.Options{Baseline: &suite.StoredRun{ID: id}, Threshold: ptr(0.5)})
		b := r.Baseline
		if b == nil || b.Of != "run r1" || b.Regressed != 1 || b.Fixed != 1 || b.Changed != 1 || b.Same+b.New+b.Gone != 0 {
			t.Fatalf("%s: %+v", id, b)
		}
		if diff := cmp.Diff([]string{"regressed 101 A>B", "fixed 102 B>A", "changed 103 A>B"}, changed(b)); diff != "" {
			t.Error(diff)
		}
		if !r.Passed {
			t.Errorf("a regression fails though nobody said so: %v", r.Reasons)
		}
	}
	r := report(t, dir, suite.Options{Baseline: &suite.StoredRun{ID: "r1"}, Threshold: ptr(0.5), FailOnRegression: true})
	if r.Passed || !cmp.Equal([]string{"1 case has regressed since run r1"}, r.Reasons) {
		t.Errorf("passed %v: %v", r.Passed, r.Reasons)
	}
	// Of cells, each is held against the run; a record that the run did not look at is new.
	r = report(t, dir, suite.Options{Baseline: &suite.StoredRun{ID: "r1"}, Matrix: matrix(t, "temperature=0,0.7")})
	if r.Baseline.Regressed != 2 || r.Baseline.Gone != 0 {
		t.Errorf("%+v", r.Baseline)
	}
	gradeRun(t, dir, emulator.Request{Enroll: "101"})
	r = report(t, dir, suite.Options{Baseline: &suite.StoredRun{ID: "last"}})
	if r.Baseline.Of != "run r2" {
		t.Errorf("%+v", r.Baseline)
	}
}

func TestBaselineThatCannotBe(t *testing.T) {
	t.Parallel()
	dir := clinic(t, nil)
	if _, err := refusal(t, dir, suite.Options{Baseline: &suite.StoredRun{ID: "r7"}}); err.Exit != emulator.ExitUsage {
		t.Errorf("%+v", err)
	}
	gradeRun(t, dir, emulator.Request{})
	write(t, dir, "tests/other.yaml", "workflow: other\neach: [state: COMPLETED]\n")
	_, err := refusal(t, dir, suite.Options{Names: []string{"tests/other.yaml"}, Baseline: &suite.StoredRun{ID: "r1"}})
	if err.Exit != emulator.ExitUsage || !strings.Contains(err.Message, "run r1 is of none of the workflows") {
		t.Errorf("%+v", err)
	}
	if r := report(t, dir, suite.Options{Baseline: &suite.StoredRun{ID: "r1"}}); r.Baseline.New == 0 || r.Baseline.Same == 0 {
		t.Errorf("cases of another workflow are new: %+v", r.Baseline)
	}
}

// A step that the workflow did not have yet is no reason to compare nothing: those cases are new.
func TestBaselineOfAnOlderWorkflow(t *testing.T) {
	t.Parallel()
	dir := clinic(t, map[string]string{"tests/grade.yaml": twoGrades})
	gradeRun(t, dir, emulator.Request{})
	write(t, dir, "workflows/grade.yaml", clinicFiles()["workflows/grade.yaml"]+"  - create_task: {id: extra, subject: more}\n")
	write(t, dir, "tests/extra.yaml", "workflow: grade\ncases: [{record: \"101\", expect: [output@extra: {hs_execution_state: SUCCESS}]}]\n")
	r := report(t, dir, suite.Options{Baseline: &suite.StoredRun{ID: "r1"}})
	if r.Baseline.New != 1 || r.Baseline.Same != 3 {
		t.Errorf("%+v", r.Baseline)
	}
	if len(r.Warnings) != 1 || r.Warnings[0].File != "tests/extra.yaml" || !strings.Contains(r.Warnings[0].Message, "r1") {
		t.Errorf("nothing is said of a test that was not compared: %+v", r.Warnings)
	}
	_, err := refusal(t, dir, suite.Options{Names: []string{"extra"}, Baseline: &suite.StoredRun{ID: "r1"}})
	if err.Exit != emulator.ExitUsage || !strings.Contains(err.Message, "does not fit the workflow as it was in run r1") || len(err.Problems) == 0 {
		t.Errorf("%s", told(err))
	}
}

func TestRescoreAsksNobody(t *testing.T) {
	t.Parallel()
	dir := clinic(t, map[string]string{"tests/grade.yaml": strings.Replace(twoGrades, "workflow: grade\n", "workflow: grade\nrepeat: 3\nmatrix: {temperature: [0, 0.7]}\n", 1)})
	server := serverOf(t, dir)
	e := openWith(t, dir, server)
	if s, err := e.Run(t.Context(), emulator.Request{Workflow: "grade", Seed: 1, Answers: "live"}, emulator.Hooks{}); err != nil || s.Err != nil {
		t.Fatal(err, s)
	}
	asked := server.asked.Load()
	if asked != 4 {
		t.Fatalf("%d questions", asked)
	}
	for _, id := range []string{"r1", "last"} {
		r := reportOf(t, e, suite.Options{Rescore: id})
		test, c := r.Tests[0], r.Tests[0].Cells[0]
		if r.Passed || r.Totals.Failed != 1 || r.Totals.Cases != 3 || len(test.Cells) != 1 {
			t.Errorf("%+v", r.Totals)
		}
		if c.Label != "run r1" || test.Answers != "live" || test.Repeat != 1 || c.Agreement != nil || c.Asks != 4 || c.Considered != 5 || c.Enrolled != 4 {
			t.Errorf("%+v %+v", test, c)
		}
	}
	write(t, dir, "tests/grade.yaml", strings.Replace(twoGrades, "record: \"102\", expect: [response: A]", "record: \"102\", expect: [response: B, property: {jobtitle: B, firstname: Bo}]", 1))
	if r := report(t, dir, suite.Options{Rescore: "r1"}); !r.Passed || r.Totals.Checks != 5 {
		t.Errorf("the changed expectations do not count: %+v %v", r.Totals, r.Tests[0].Cells[0].Failures[0].Failures)
	}
	write(t, dir, "tests/other.yaml", "workflow: other\neach: [state: COMPLETED]\n")
	if r := report(t, dir, suite.Options{Rescore: "r1"}); len(r.Tests) != 1 {
		t.Errorf("tests of other workflows are not of that run: %v", cellsOf(r))
	}
	if _, err := refusal(t, dir, suite.Options{Rescore: "r1", Names: []string{"other"}}); err.Exit != emulator.ExitUsage || err.Code != "other_workflow" {
		t.Errorf("%+v", err)
	}
	if server.asked.Load() != asked {
		t.Errorf("%d questions were asked for that", server.asked.Load()-asked)
	}
}

// A record that the run did not look at is said to be missing: nothing is known of it.
func TestRescoreTellsWhatTheRunDidNotLookAt(t *testing.T) {
	t.Parallel()
	dir := clinic(t, map[string]string{"tests/grade.yaml": twoGrades, "few.csv": "Record ID,First Name,Message\n101,Ada,Forty seats\n"})
	gradeRun(t, dir, emulator.Request{Records: []string{"few.csv"}, Dir: dir})
	r := report(t, dir, suite.Options{Rescore: "r1"})
	if r.Passed || r.Totals.Cases != 1 || len(r.Reasons) != 1 || !strings.Contains(r.Reasons[0], "2 cases are of records that run r1 did not look at") {
		t.Errorf("passed %v, %+v, %v", r.Passed, r.Totals, r.Reasons)
	}
}

func TestKeepStoresEveryRun(t *testing.T) {
	t.Parallel()
	dir := clinic(t, nil)
	e := openWith(t, dir, nil)
	r := reportOf(t, e, suite.Options{Keep: true, Repeat: 2, Matrix: matrix(t, "temperature=0,0.7")})
	var kept []string
	for _, c := range r.Tests[0].Cells {
		kept = append(kept, c.Runs...)
	}
	if diff := cmp.Diff([]string{"r1", "r2", "r3", "r4"}, kept); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"r4", "r3", "r2", "r1"}, runs(t, e)); diff != "" {
		t.Error(diff)
	}
	if again := reportOf(t, e, suite.Options{Rescore: "r3"}); !again.Passed || again.Totals.Cases != 5 {
		t.Errorf("a kept run is not a run like any other: %+v %v", again.Totals, again.Reasons)
	}
}

func TestUpdatesAcceptWhatCameAndNothingElse(t *testing.T) {
	t.Parallel()
	text := `# who gets what
workflow: grade
each:
  - response: {one_of: [A]}
cases:
  - {record: "101", expect: [response: Z, task: {count: 1}]} # seats
  - {record: "102", expect: [response: B, usage: {input_tokens: {max: 3}}]}
`
	dir := clinic(t, map[string]string{"tests/grade.yaml": text, "tests/fine.yaml": "workflow: grade\ncases: [{record: \"101\", expect: [response: A]}]\n"})
	r, updates, err := suite.Updates(t.Context(), openWith(t, dir, nil), suite.Options{})
	if err != nil || len(updates) != 1 || r.Passed {
		t.Fatalf("%v %+v", err, updates)
	}
	u := updates[0]
	want := strings.NewReplacer("one_of: [A]", "one_of: [A, B]", "response: Z", "response: A").Replace(text)
	if diff := cmp.Diff(want, string(u.After)); diff != "" || u.File != "tests/grade.yaml" || string(u.Before) != text {
		t.Errorf("%s: %s", u.File, diff)
	}
	if len(u.Accepted) != 2 || len(u.Refused) != 1 || !strings.Contains(u.Refused[0].Reason, "a maximum is yours to raise") {
		t.Errorf("%+v %+v", u.Accepted, u.Refused)
	}
	if now, err := os.ReadFile(filepath.Join(dir, "tests", "grade.yaml")); err != nil || string(now) != text {
		t.Errorf("the file was written: %v", err)
	}
	// With a filter, what each expects of all records stays: only some were looked at.
	_, updates, err = suite.Updates(t.Context(), openWith(t, dir, nil), suite.Options{Filter: "102"})
	if err != nil || len(updates) != 1 || len(updates[0].Accepted) != 0 || string(updates[0].After) != text {
		t.Errorf("%v %+v", err, updates)
	}
	for name, opt := range map[string]suite.Options{"cells": {Matrix: matrix(t, "temperature=0,0.7")}, "repeats": {Repeat: 2}} {
		if _, _, err = suite.Updates(t.Context(), openWith(t, dir, nil), opt); err == nil || !strings.Contains(err.Error(), "2 tests have a matrix or repeats") {
			t.Errorf("%s: %v", name, err)
		}
	}
	// In a file they keep that test from being looked at, and no other.
	write(t, dir, "tests/many.yaml", "workflow: grade\nmatrix: {temperature: [0, 0.7]}\ncases: [{record: \"101\", expect: [response: Z]}]\n")
	r, updates, err = suite.Updates(t.Context(), openWith(t, dir, nil), suite.Options{Names: []string{"many", "grade"}})
	if err != nil || len(updates) != 2 || len(r.Tests) != 1 || len(updates[1].Accepted) != 2 {
		t.Fatalf("%v %+v", err, updates)
	}
	if u := updates[0]; u.File != "tests/many.yaml" || string(u.After) != string(u.Before) || !strings.HasPrefix(u.Aside, "tests/many.yaml:2:1: left aside: it has a matrix") {
		t.Errorf("%+v", u)
	}
	_, updates, err = suite.Updates(t.Context(), openWith(t, dir, nil), suite.Options{Names: []string{"fine"}})
	if err != nil || len(updates) != 0 {
		t.Errorf("%v %+v", err, updates)
	}
}

func TestVerdictsOfAStoredRun(t *testing.T) {
	t.Parallel()
	dir := clinic(t, map[string]string{"tests/grade.yaml": twoGrades, "tests/broken.yaml": "workflow: grade\ncases: [{record: \"999\", expect: [response: A]}]\n"})
	gradeRun(t, dir, emulator.Request{})
	failed, tested, err := suite.Verdicts(t.Context(), openWith(t, dir, nil), "last")
	if err != nil || !tested || len(failed) != 1 || len(failed[suite.RecordKey{ObjectType: "contact", ID: "102"}]) != 1 {
		t.Errorf("%v %v %+v", err, tested, failed)
	}
	bare := clinic(t, map[string]string{"tests/grade.yaml": "-"})
	gradeRun(t, bare, emulator.Request{})
	if _, tested, err = suite.Verdicts(t.Context(), openWith(t, bare, nil), "r1"); err != nil || tested {
		t.Errorf("without tests: %v %v", tested, err)
	}
}
