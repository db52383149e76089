package suite_test

import (
	"strings"
	"testing"

	"askflow/internal/emulator"
	"askflow/internal/suite"
)

// What only tests ask is kept when recordings are pruned: repeats, cells, prompt variants, judges.
func TestPruneKeepsWhatTestsAsk(t *testing.T) {
	t.Parallel()
	test := "workflow: grade\nenroll: [\"101\", \"102\"]\nrepeat: 2\nmatrix: {temperature: [0, 0.7], prompt: [current, short]}\neach: [response: {judge: {assistant: referee, rubric: Kindness}}]\n"
	dir := clinic(t, map[string]string{"tests/grade.yaml": test, "prompts/short.md": "seats, or {{ enrolled_object.message }}?\n"})
	server := serverOf(t, dir)
	// 2 records × 2 repeats × 4 cells, each with a judge; that of the same answer to the same prompt is one question.
	if r := reportOf(t, openWith(t, dir, server), suite.Options{Answers: "record"}); !r.Passed {
		t.Fatal(r.Reasons)
	}
	if s, err := openWith(t, dir, server).Run(t.Context(), emulator.Request{Workflow: "grade", Seed: 1, Answers: "record", Model: "gpt-5.4-mini"}, emulator.Hooks{}); err != nil || s.Err != nil {
		t.Fatal(err, s)
	}
	total := recordings(t, dir)
	if total < 16+4+8 {
		t.Fatalf("%d recordings", total)
	}
	p, err := openWith(t, dir, nil).PruneRecordings(t.Context(), true, suite.Asked)
	if err != nil {
		t.Fatal(err)
	}
	// Only what was asked of the other model, by a flag, is nobody's. Of the workflow's own questions, of five records, none was recorded.
	if len(p.Dropped) != 4 || p.Kept != total-4 || p.Unrecorded != 5 {
		t.Errorf("%d dropped, %d kept of %d, %d not recorded", len(p.Dropped), p.Kept, total, p.Unrecorded)
	}
	for _, d := range p.Dropped {
		if d.Model != "gpt-5.4-mini" {
			t.Errorf("%+v", d)
		}
	}
	if p, err = openWith(t, dir, nil).PruneRecordings(t.Context(), false, suite.Asked); err != nil || len(p.Dropped) != 4 {
		t.Fatal(err, p)
	}
	if r := report(t, dir, suite.Options{Answers: "replay"}); !r.Passed {
		t.Errorf("the tests cannot be replayed any more: %v", r.Reasons)
	}
	asked := server.asked.Load()
	if p, err = openWith(t, dir, server).PruneRecordings(t.Context(), true); err != nil || p.Kept != 0 {
		t.Errorf("without the tests everything would be dropped: %+v %v", p, err)
	}
	if server.asked.Load() != asked {
		t.Error("looking for what is asked asked somebody")
	}
}

func recordings(t *testing.T, dir string) int {
	t.Helper()
	lib, err := openWith(t, dir, nil).Recordings()
	if err != nil {
		t.Fatal(err)
	}
	n := lib.Len()
	if err := lib.Close(); err != nil {
		t.Fatal(err)
	}
	return n
}

// A test that cannot run may ask anything: then nothing is dropped. Without recordings or tests there is nothing to look at.
func TestPruneOfTestsThatCannotRun(t *testing.T) {
	t.Parallel()
	dir := clinic(t, nil)
	if p, err := openWith(t, dir, nil).PruneRecordings(t.Context(), false, suite.Asked); err != nil || p.Kept != 0 {
		t.Errorf("%+v %v", p, err)
	}
	gradeRecorded(t, dir)
	write(t, dir, "tests/bad.yaml", "workflow: grade\ncases: [{record: \"999\", expect: [response: A]}]\n")
	_, err := openWith(t, dir, nil).PruneRecordings(t.Context(), false, suite.Asked)
	if err == nil || !strings.Contains(err.Error(), "nothing was dropped") || emulator.AsError(err).Exit != emulator.ExitUsage || len(emulator.AsError(err).Problems) != 1 {
		t.Errorf("%v", err)
	}
	if recordings(t, dir) != 4 {
		t.Errorf("%d recordings are left", recordings(t, dir))
	}
	bare := clinic(t, map[string]string{"tests/grade.yaml": "-"})
	gradeRecorded(t, bare)
	if p, err := openWith(t, bare, nil).PruneRecordings(t.Context(), false, suite.Asked); err != nil || p.Kept != 4 {
		t.Errorf("%+v %v", p, err)
	}
}

func gradeRecorded(t *testing.T, dir string) {
	t.Helper()
	s, err := openWith(t, dir, serverOf(t, dir)).Run(t.Context(), emulator.Request{Workflow: "grade", Seed: 1, Answers: "record"}, emulator.Hooks{})
	if err != nil || s.Err != nil {
		t.Fatal(err, s)
	}
}
