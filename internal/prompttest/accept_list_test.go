package prompttest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"askflow/internal/prompttest"
	"askflow/internal/run"
)

// walking is an enrollment that walked these steps of oneAsk, by id.
func walking(ids ...string) *run.Result {
	row := enrolled()
	row.Steps = row.Steps[:0]
	for _, id := range ids {
		row.Steps = append(row.Steps, run.Step{ActionID: id, State: run.Success})
	}
	return row
}

func TestAcceptKeepsCommentsOfLists(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, before, after string
		walked              []string
	}{
		{"one more at the end", "path:\n          - qualify # one\n          - \"2\"   # two\n", "path:\n          - qualify # one\n          - \"2\"   # two\n          - call\n", []string{"1", "2", "4"}},
		{"one more in the middle", "path:\n          - qualify # one\n          # above the call\n          - call # two\n", "path:\n          - qualify # one\n          - \"2\"\n          # above the call\n          - call # two\n", []string{"1", "2", "4"}},
		{"one more at the beginning", "path:\n          - call # two\n", "path:\n          - qualify\n          - call # two\n", []string{"1", "4"}},
		{"one less", "path:\n          - qualify # one\n          - \"2\" # gone\n          - call # three\n", "path:\n          - qualify # one\n          - call # three\n", []string{"1", "4"}},
		{"another one", "path:\n          - qualify # one\n          - \"2\" # two\n          - call # three\n", "path:\n          - qualify # one\n          - \"3\" # two\n          - call # three\n", []string{"1", "3", "4"}},
		{"everything else", "path:\n          # all of it\n          - qualify # one\n          - \"2\"\n", "path:\n          # all of it\n          - call # one\n          - \"write\"\n          - tell\n", []string{"4", "5", "6"}},
		{"in brackets, on lines", "path: [\n          qualify, # one\n          call, # two\n        ]\n", "path: [\n          qualify, \"2\", # one\n          call, # two\n        ]\n", []string{"1", "2", "4"}},
		{"under equals", "path:\n          equals:\n          - qualify # one\n          - call\n", "path:\n          equals:\n          - qualify # one\n", []string{"1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			const head = "workflow: w\ncases:\n  - record: 101\n    expect:\n      - "
			const tail = "      # what follows\n      - enrolled: true\n"
			got, report := accept(t, "tests/t.yaml", head+tt.before+tail, walking(tt.walked...))
			if diff := cmp.Diff(head+tt.after+tail, got); diff != "" {
				t.Error(diff, report)
			}
		})
	}
}

// Whatever was walked: the path that is accepted is that one, and what was said of a step that is still there is still said.
func TestAcceptedPathsHoldAndKeepWhatWasSaid(t *testing.T) {
	t.Parallel()
	names := map[string]string{"1": "qualify", "2": "2", "3": "3", "4": "call", "5": "write", "6": "tell", "7": "deal"}
	ids := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"1", "2", "3", "4", "5", "6", "7"}), 1, 7, func(s string) string { return s })
	around := env(t, oneAsk)
	rapid.Check(t, func(r *rapid.T) {
		expected, walked := ids.Draw(r, "expected"), ids.Draw(r, "walked")
		slices.Sort(expected)
		slices.Sort(walked) // in one order, what is in both stays
		text := "workflow: w\neach:\n  - path:\n"
		for _, id := range expected {
			text += fmt.Sprintf("      - %q # of %s\n", names[id], id)
		}
		text += "  - state: COMPLETED # end\n"
		test, problems := prompttest.Read("tests/t.yaml", []byte(text))
		if problems.HasErrors() {
			r.Fatal(problems)
		}
		s, problems := prompttest.Compile(test, around)
		if s == nil {
			r.Fatal(problems)
		}
		got, _, refused := prompttest.Accept([]byte(text), test, s.Score(t.Context(), walking(walked...), nil, nil))
		if len(refused) > 0 {
			r.Fatal(refused, "\n", text)
		}
		test, problems = prompttest.Read("tests/t.yaml", got)
		if problems.HasErrors() {
			r.Fatal(problems)
		}
		if s, problems = prompttest.Compile(test, around); s == nil {
			r.Fatal(problems)
		}
		if again := s.Score(t.Context(), walking(walked...), nil, nil); !again[0].Passed {
			r.Fatalf("%+v\n%s", again[0].Failures, got)
		}
		for _, id := range expected {
			if line := fmt.Sprintf("- %q # of %s\n", names[id], id); slices.Contains(walked, id) && !strings.Contains(string(got), line) {
				r.Fatalf("%q is gone:\n%s\nof\n%s", line, got, text)
			}
		}
	})
}

// What is not accepted is pointed to where it stands now.
func TestRefusedPositionsAreThoseOfTheNewText(t *testing.T) {
	t.Parallel()
	const text = "workflow: w\ncases:\n  - record: 101\n    expect:\n      - path:\n          - qualify\n      - response: {matches: \"^B\"}\n      - cost:\n          max: 0.00001\n      - error: x\n"
	got, report := accept(t, "tests/t.yaml", text, enrolled())
	for _, want := range []string{
		"6:11 path equals:", // as it stood
		"response matches: a pattern is yours to change: tests/t.yaml:13:20", "cost max: a maximum is yours to raise: tests/t.yaml:15:11",
		"error equals: there is no value to accept: no step failed: tests/t.yaml:16:16",
	} {
		if !strings.Contains(report, want) {
			t.Errorf("%q is not in\n%s\nof\n%s", want, report, got)
		}
	}
	const alone = "workflow: w\neach:\n  - response: {matches: \"^B\"}\n"
	if got, report = accept(t, "tests/t.yaml", alone, enrolled()); got != alone || report != "response matches: a pattern is yours to change: tests/t.yaml:3:16" {
		t.Errorf("%s\n%s", report, got)
	}
}
