package coverage_test

import (
	"strconv"
	"strings"
	"testing"

	"askflow/internal/coverage"
	"askflow/internal/flow"
	"askflow/internal/openaisim"
	"askflow/internal/prompttest"
	"askflow/internal/run"
	"askflow/internal/source"
)

func kinds() *flow.Kinds { return flow.NewKinds(flow.DefaultOpenAIAction()) }

// readYAML reads a workflow in its YAML form.
func readYAML(t testing.TB, text string) *flow.Flow {
	t.Helper()
	n, problems := source.ParseYAML("workflows/test.yaml", []byte(text))
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	v4, problems := flow.FromYAML("workflows/test.yaml", n, flow.DefaultOpenAIAction())
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	return decode(t, "workflows/test.yaml", v4)
}

// readJSON reads a flow as a portal returns it, from its actions.
func readJSON(t testing.TB, actions string) *flow.Flow {
	t.Helper()
	n, problems := source.ParseJSON("workflows/test.json", []byte(`{"type":"CONTACT_FLOW","objectTypeId":"0-1","name":"Test","isEnabled":true,"flowType":"WORKFLOW","startActionId":"1",
"actions":[`+actions+`]}`))
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	return decode(t, "workflows/test.json", n)
}

func decode(t testing.TB, file string, n *source.Node) *flow.Flow {
	t.Helper()
	f, problems := flow.Decode(file, n)
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	return f
}

func readRules(t testing.TB, text string) []*openaisim.Rule {
	t.Helper()
	n, problems := source.ParseYAML("responses/test.yaml", []byte(text))
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	rules, problems := openaisim.ReadRules("responses/test.yaml", n)
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	return rules
}

// steps makes the steps of a record from "1 2=SUCCESS 3": action ids, with the arm that a branch took. An underscore is a space.
func steps(path string) []run.Step {
	var out []run.Step
	visits := map[string]int{}
	for _, word := range strings.Fields(path) {
		id, arm, branches := strings.Cut(word, "=")
		s := run.Step{ActionID: id, State: run.Success}
		if visits[id]++; visits[id] > 1 {
			s.Visit = visits[id]
		}
		if branches {
			arm = strings.ReplaceAll(arm, "_", " ")
			s.Branch = &arm
		}
		out = append(out, s)
	}
	return out
}

// show lists the items of a report of one kind: "id | label | line | hits".
func show(c *prompttest.Coverage, kind prompttest.CoverKind) []string {
	out := []string{}
	for _, i := range c.Items {
		if i.Kind == kind {
			out = append(out, i.ID+" | "+i.Label+" | "+strconv.Itoa(i.Line)+" | "+strconv.FormatInt(i.Hits, 10))
		}
	}
	return out
}

func tracker(t testing.TB, f *flow.Flow, rules ...*openaisim.Rule) *coverage.Tracker {
	t.Helper()
	return coverage.New(f, kinds(), nil, rules)
}
