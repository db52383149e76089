package coverage_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/coverage"
	"askflow/internal/openaisim"
	"askflow/internal/prompttest"
)

const scripted = `
- {name: first, when: {assistant: grader, record: "77"}, reply: A}
- {reply: B}
- {when: {assistant: Other}, reply: C}
- {when: {assistant: GRADER, step: grade}, reply: D}
- {when: {step: "1", model: gpt-6-luna}, reply: E}
- {when: {step: elsewhere}, reply: F}
- {when: {model: gpt-5.4-mini}, fault: timeout}
- {when: {assistant: asst_7}, reply: G}
`

func labels(c *prompttest.Coverage) string {
	var out []string
	for _, i := range c.Items {
		if i.Kind == prompttest.CoverRule {
			out = append(out, i.Label)
		}
	}
	return strings.Join(out, ", ")
}

// TestRules: only rules that could answer this workflow's questions count; a record that is not there makes no difference.
func TestRules(t *testing.T) {
	t.Parallel()
	step := coverage.Ask{Step: "1", StepName: "grade", Assistant: "asst_7", AssistantName: "grader", Model: "gpt-6-luna"}
	mini, other := step, step
	mini.Model, other.Assistant, other.AssistantName = "gpt-5.4-mini", "other", ""
	for _, c := range []struct {
		name string
		asks [][]coverage.Ask
		want string
	}{
		{"by the workflow's fields", nil, "first, rule 2, rule 4, rule 5, rule 7"},
		{"by what a cell asks", [][]coverage.Ask{{step}}, "first, rule 2, rule 4, rule 5, rule 8"},
		{"by another model", [][]coverage.Ask{{mini}}, "first, rule 2, rule 4, rule 7, rule 8"},
		{"by two cells", [][]coverage.Ask{{step}, {other, step}}, "first, rule 2, rule 3, rule 4, rule 5, rule 8"},
		{"by no question", [][]coverage.Ask{{}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tr := tracker(t, readYAML(t, everyArm), readRules(t, scripted)...)
			for _, asks := range c.asks {
				tr.Asks(asks...)
			}
			if got := labels(tr.Report()); got != c.want {
				t.Errorf("the rules are %q, want %q", got, c.want)
			}
		})
	}
}

func TestRuleHits(t *testing.T) {
	t.Parallel()
	rules := readRules(t, scripted)
	f := readYAML(t, everyArm)
	tr := tracker(t, f, append(rules, nil, rules[0])...)
	for _, r := range []*openaisim.Rule{rules[0], rules[1], rules[1], rules[5], nil, {Name: "of nobody"}} {
		tr.Rule(r)
	}
	// A rule that answered is listed, whatever was thought of it.
	want := []string{
		"responses/test.yaml:2:3 | first | 2 | 1", "responses/test.yaml:3:3 | rule 2 | 3 | 2", "responses/test.yaml:5:3 | rule 4 | 5 | 0",
		"responses/test.yaml:6:3 | rule 5 | 6 | 0", "responses/test.yaml:7:3 | rule 6 | 7 | 1", "responses/test.yaml:8:3 | rule 7 | 8 | 0",
	}
	if diff := cmp.Diff(want, show(tr.Report(), prompttest.CoverRule)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	placeless := tracker(t, f, &openaisim.Rule{}, &openaisim.Rule{File: "x.yaml"}, &openaisim.Rule{File: "x.yaml", Name: "two"})
	want = []string{"1 | rule 1 | 0 | 0", "x.yaml:1 | rule 1 | 0 | 0", "x.yaml:2 | two | 0 | 0"}
	if diff := cmp.Diff(want, show(placeless.Report(), prompttest.CoverRule)); diff != "" {
		t.Errorf("rules without a place (-want +got):\n%s", diff)
	}
}

// TestRulesOfCells: what only one of the cells can be answered by counts, in the order of the file.
func TestRulesOfCells(t *testing.T) {
	t.Parallel()
	rules := readRules(t, scripted)
	var cells []*coverage.Tracker
	for _, model := range []string{"gpt-5.4-mini", "gpt-6-luna"} {
		tr := tracker(t, readYAML(t, everyArm), rules...)
		tr.Asks(coverage.Ask{Step: "1", StepName: "grade", Assistant: "grader", Model: model})
		cells = append(cells, tr)
	}
	cells[1].Rule(rules[4])
	c := coverage.Merge(cells...)
	if got, want := labels(c), "first, rule 2, rule 4, rule 5, rule 7"; got != want {
		t.Errorf("the rules are %q, want %q", got, want)
	}
	if c.Covered != 1 || c.Total != len(c.Items) {
		t.Errorf("%d of %d are covered", c.Covered, c.Total)
	}
}
