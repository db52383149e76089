package suite_test

import (
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/prompttest"
	"askflow/internal/suite"
)

// Where several steps ask, a disagreement shows the first one that answered differently, the same one for every cell.
func TestDisagreementsShowTheStepThatDiffers(t *testing.T) {
	t.Parallel()
	dir := clinic(t, twoAsks(map[string]string{
		"prompts/brief.md":      "Briefly: {{ enrolled_object.message }}",
		"responses/grader.yaml": "- {when: {prompt: {contains: Briefly}}, reply: short}\n- {when: {prompt: {contains: Qualify}}, reply: long}\n- {when: {prompt: {contains: In short}}, reply: other}\n- {reply: same}\n",
		"tests/two.yaml":        "workflow: two\nenroll: [\"101\"]\neach: [response@draft: same]\n",
	}))
	shown := func(key string) []*prompttest.CellVerdict {
		r := report(t, dir, suite.Options{Matrix: matrix(t, key)})
		if len(r.Tests[0].Disagreements) != 1 {
			t.Fatalf("%s: %+v", key, r.Tests[0].Disagreements)
		}
		return r.Tests[0].Disagreements[0].Cells
	}
	want := []*prompttest.CellVerdict{{Passed: 1, Of: 1, Answer: "long", Step: "qualify"}, {Passed: 1, Of: 1, Answer: "short", Step: "qualify"}}
	if diff := cmp.Diff(want, shown("prompt@qualify=current,brief")); diff != "" {
		t.Error(diff)
	}
	want = []*prompttest.CellVerdict{{Passed: 1, Of: 1, Answer: "same", Step: "draft"}, {Passed: 0, Of: 1, Answer: "other", Step: "draft"}}
	if diff := cmp.Diff(want, shown("prompt@draft=current,short")); diff != "" {
		t.Error(diff)
	}
}

// Repeats that answer differently are named with every answer, at most a hundred of them.
func TestWaveringNamesTheAnswers(t *testing.T) {
	t.Parallel()
	files := flaky()
	dir := clinic(t, twoAsks(map[string]string{"records/contacts.csv": files["records/contacts.csv"], "tests/two.yaml": "workflow: two\nenroll: [\"101\"]\neach: [response@draft: {matches: answer}]\n"}))
	var asked atomic.Int64
	c := reportOf(t, openWith(t, dir, numbering(&asked)), suite.Options{Answers: "live", Repeat: 2, Concurrency: 1}).Tests[0].Cells[0]
	want := []*prompttest.CellVerdict{{Passed: 1, Of: 1, Answer: "answer 1", Step: "qualify"}, {Passed: 1, Of: 1, Answer: "answer 3", Step: "qualify"}}
	if len(c.Wavering) != 1 || c.Wavering[0].Record.ID != "101" {
		t.Fatalf("%+v", c.Wavering)
	}
	if diff := cmp.Diff(want, c.Wavering[0].Cells); diff != "" {
		t.Error(diff)
	}
	many := report(t, clinic(t, files), suite.Options{Repeat: 4}).Tests[0].Cells[0]
	if len(many.Wavering) == 0 || len(many.Wavering[0].Cells) != 2 || many.Wavering[0].Cells[0].Step != "" {
		t.Errorf("%+v", many.Wavering)
	}
	if steady := report(t, clinic(t, nil), suite.Options{Repeat: 3}).Tests[0].Cells[0]; len(steady.Wavering) != 0 {
		t.Errorf("%+v", steady.Wavering)
	}
}
