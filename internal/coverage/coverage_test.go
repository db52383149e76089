package coverage_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/coverage"
	"askflow/internal/flow"
	"askflow/internal/openaisim"
	"askflow/internal/prompttest"
	"askflow/internal/run"
	"askflow/internal/source"
)

const everyArm = `name: Arms
object: contact
enabled: true
enroll: {when: {city: known}}
steps:
  - ask_openai_assistant: {id: grade, assistant: grader, prompt: "Grade"}
  - branch_on: {output: grade.response}
    id: by_grade
    cases:
      A: []
      B:
        - set_property: {property: city, value: B}
    default: []
  - branch:
      - if: {city: {is: Oslo}}
        name: North
        then: []
      - if: {city: {is: Rome}}
        name: South
        then:
          - stop: true
      - else:
          - set_property: {property: city, value: none}
        name: Elsewhere
  - random_split: {percent: [50, 50], paths: [[], [set_property: {property: city, value: split}]]}
`

func TestArms(t *testing.T) {
	t.Parallel()
	tr := tracker(t, readYAML(t, everyArm))
	tr.Steps(steps("1 2=A 4=North 6=A"))
	tr.Steps(steps("1 2=B 3 4=Elsewhere 5 6=B 7"))
	tr.Steps(steps("1 2=B 3 4=Elsewhere 5 6=A"))
	tr.Steps(steps("1"))
	tr.Steps(nil)
	got := tr.Report()
	want := []string{
		"1 | grade · Ask OpenAI Assistant | 6 | 4", "2 | by_grade · Value equals branch | 7 | 3", "3 | 3 · Edit record | 12 | 2",
		"4 | 4 · If/then branch | 14 | 3", "5 | 5 · Edit record | 23 | 2", "6 | 6 · Random split | 25 | 3", "7 | 7 · Edit record | 25 | 1",
	}
	if diff := cmp.Diff(want, show(got, prompttest.CoverAction)); diff != "" {
		t.Errorf("actions (-want +got):\n%s", diff)
	}
	want = []string{
		"2:A | by_grade · Value equals branch: A | 10 | 1", "2:B | by_grade · Value equals branch: B | 11 | 2",
		"2:None met | by_grade · Value equals branch: None met (default) | 7 | 0",
		"4:North | 4 · If/then branch: North | 15 | 1", "4:South | 4 · If/then branch: South | 18 | 0",
		"4:Elsewhere | 4 · If/then branch: Elsewhere (default) | 24 | 2",
		"6:A | 6 · Random split: A (50%) | 25 | 2", "6:B | 6 · Random split: B (50%) | 25 | 1",
	}
	if diff := cmp.Diff(want, show(got, prompttest.CoverBranch)); diff != "" {
		t.Errorf("branches (-want +got):\n%s", diff)
	}
	if got.Total != 15 || got.Covered != 13 {
		t.Errorf("%d of %d are covered", got.Covered, got.Total)
	}
	for _, i := range got.Items {
		if i.File != "workflows/test.yaml" {
			t.Errorf("%s stands in %q", i.Label, i.File)
		}
	}
}

// TestAnyState: an action counts however it ended, and a branch that failed counts by the arm it fell into.
func TestAnyState(t *testing.T) {
	t.Parallel()
	tr := tracker(t, readYAML(t, everyArm))
	for i, state := range []run.StepState{run.Success, run.FailContinue, run.Blocked, run.Skipped} {
		list := steps("1 2=None_met")
		list[0].State, list[1].State = state, state
		tr.Steps(list)
		if got, want := tr.Report(), int64(i+1); got.Items[0].Hits != want || got.Items[9].Hits != want || got.Items[9].ID != "2:None met" {
			t.Errorf("after a step %s: %+v, %+v", state, got.Items[0], got.Items[9])
		}
	}
}

// TestLoopsCountOnce: hits are records, not visits.
func TestLoopsCountOnce(t *testing.T) {
	t.Parallel()
	tr := tracker(t, readJSON(t, `{"actionId":"1","type":"LIST_BRANCH","listBranches":[{"branchName":"Again","connection":{"edgeType":"GOTO","nextActionId":"1"}}],"defaultBranchName":"Out"}`))
	tr.Steps(steps("1=Again 1=Again 1=Again 1=Out"))
	tr.Steps(steps("1=Again 1=Again"))
	want := []string{"1 | 1 · If/then branch | 2 | 2", "1:Again | 1 · If/then branch: Again | 2 | 2", "1:Out | 1 · If/then branch: Out (default) | 2 | 1"}
	c := tr.Report()
	if diff := cmp.Diff(want, append(show(c, prompttest.CoverAction), show(c, prompttest.CoverBranch)...)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestUnreachable: what no way leads to is listed, as is the default that a branch does not connect.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	tr := tracker(t, readJSON(t, `{"actionId":"10","type":"STATIC_BRANCH","inputValue":{"type":"OBJECT_PROPERTY","propertyName":"city"},"staticBranches":[{"branchValue":""}]},
{"actionId":"2","type":"AB_TEST_BRANCH","testBranches":[{"edgeType":"STANDARD","nextActionId":"10"}]},
{"actionId":"1","type":"WEBHOOK","method":"POST","webhookUrl":"https://example.com"}`))
	tr.Steps(steps("1"))
	got := tr.Report()
	want := []string{"10 | 10 · Value equals branch | 2 | 0", "2 | 2 · Random split | 3 | 0", "1 | 1 · Send a webhook | 4 | 1"}
	if diff := cmp.Diff(want, show(got, prompttest.CoverAction)); diff != "" {
		t.Errorf("actions, in the order of the file (-want +got):\n%s", diff)
	}
	want = []string{"10: | 10 · Value equals branch: (empty) | 2 | 0", "10:None met | 10 · Value equals branch: None met (default) | 2 | 0", "2:A | 2 · Random split: A | 3 | 0"}
	if diff := cmp.Diff(want, show(got, prompttest.CoverBranch)); diff != "" {
		t.Errorf("branches (-want +got):\n%s", diff)
	}
}

// TestDefaultPlace: a portal's own JSON says where a default stands, with a name or without.
func TestDefaultPlace(t *testing.T) {
	t.Parallel()
	const branch = `{"actionId":"1","type":"LIST_BRANCH","listBranches":[],
"defaultBranch":{"edgeType":"STANDARD","nextActionId":"2"}%s},
{"actionId":"2","type":"WEBHOOK","method":"POST","webhookUrl":"https://example.com"}`
	for name, want := range map[string]string{
		"":                                  "1:None met | 1 · If/then branch: None met (default) | 3 | 1",
		",\n\"defaultBranchName\":\"Rest\"": "1:Rest | 1 · If/then branch: Rest (default) | 4 | 1",
	} {
		f := readJSON(t, fmt.Sprintf(branch, name))
		tr := tracker(t, f)
		tr.Steps(steps("1=" + strings.ReplaceAll(f.Actions[0].DefaultArm(), " ", "_") + " 2"))
		if diff := cmp.Diff([]string{want}, show(tr.Report(), prompttest.CoverBranch)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// TestArmsOfOneName: where arms share a name, the step that follows tells which one was taken.
func TestArmsOfOneName(t *testing.T) {
	t.Parallel()
	const listed = `{"actionId":"1","type":"LIST_BRANCH","listBranches":[
{"branchName":"Same","connection":{"edgeType":"STANDARD","nextActionId":"2"}},
{"branchName":"Same","connection":{"edgeType":"STANDARD","nextActionId":"3"}},
{"branchName":"Same","connection":{"edgeType":"STANDARD","nextActionId":"3"}},
{"branchName":""}],"defaultBranchName":"Same"},
{"actionId":"2","type":"WEBHOOK","method":"POST","webhookUrl":"https://example.com"},{"actionId":"3","type":"WEBHOOK","method":"POST","webhookUrl":"https://example.com"}`
	const valued = `{"actionId":"1","type":"STATIC_BRANCH","inputValue":{"type":"OBJECT_PROPERTY","propertyName":"city"},"staticBranches":[
{"branchValue":"Oslo"},{"branchValue":"Oslo","connection":{"edgeType":"STANDARD","nextActionId":"2"}}]},
{"actionId":"2","type":"WEBHOOK","method":"POST","webhookUrl":"https://example.com"}`
	for _, c := range []struct {
		name, actions string
		paths, want   []string
	}{
		{"told by where it leads", listed, []string{"1=Same 2"}, []string{"1:Same 1", "1:Same#2 0", "1:Same#3 0", "1: 0", "1:Same#4 0"}},
		{"two lead to the same", listed, []string{"1=Same 3"}, []string{"1:Same 0", "1:Same#2 1", "1:Same#3 1", "1: 0", "1:Same#4 0"}},
		{"leads nowhere", listed, []string{"1=Same"}, []string{"1:Same 0", "1:Same#2 0", "1:Same#3 0", "1: 0", "1:Same#4 1"}},
		{"leads where no arm does", listed, []string{"1=Same 9"}, []string{"1:Same 1", "1:Same#2 1", "1:Same#3 1", "1: 0", "1:Same#4 1"}},
		{"without a name", listed, []string{"1="}, []string{"1:Same 0", "1:Same#2 0", "1:Same#3 0", "1: 1", "1:Same#4 0"}},
		{"each", listed, []string{"1=Same 2", "1=Same 3", "1=Same", "1=", "1=Same 2"}, []string{"1:Same 2", "1:Same#2 1", "1:Same#3 1", "1: 1", "1:Same#4 1"}},
		{"a name that is none of it", listed, []string{"1=Other 2"}, []string{"1:Same 0", "1:Same#2 0", "1:Same#3 0", "1: 0", "1:Same#4 0"}},
		{"the first with a value takes all", valued, []string{"1=Oslo", "1=Oslo 2"}, []string{"1:Oslo 2", "1:Oslo#2 0", "1:None met 0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tr := tracker(t, readJSON(t, c.actions))
			for _, path := range c.paths {
				tr.Steps(steps(path))
			}
			var got []string
			for _, i := range tr.Report().Items {
				if i.Kind == prompttest.CoverBranch {
					got = append(got, fmt.Sprint(i.ID, " ", i.Hits))
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTriggers(t *testing.T) {
	t.Parallel()
	triggers := []coverage.Trigger{{Label: "state is known", File: "workflows/a.yaml", Pos: source.Pos{Line: 5, Col: 3}}, {Label: "goal", File: "workflows/a.yaml"}}
	tr := coverage.New(readYAML(t, everyArm), kinds(), triggers, nil)
	for _, i := range []int{0, 0, 1, -1, 2, 3, 99} {
		tr.Trigger(i)
	}
	c := tr.Report()
	want := []string{"1 | state is known | 5 | 2", "2 | goal | 0 | 1"}
	if diff := cmp.Diff(want, show(c, prompttest.CoverTrigger)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if c.Covered != 2 || c.Items[0].Kind != prompttest.CoverTrigger || c.Items[0].File != "workflows/a.yaml" {
		t.Errorf("%d covered, first %+v", c.Covered, c.Items[0])
	}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	rules := readRules(t, scripted)
	one := coverage.New(readYAML(t, everyArm), kinds(), []coverage.Trigger{{Label: "in"}}, rules[:2])
	two := coverage.New(readJSON(t, `{"actionId":"1","type":"WEBHOOK","method":"POST","webhookUrl":"https://example.com"},{"actionId":"55","type":"WEBHOOK","method":"POST","webhookUrl":"https://example.com"}`),
		kinds(), []coverage.Trigger{{Label: "in"}, {Label: "goal"}}, rules)
	two.Asks(coverage.Ask{})
	one.Trigger(0)
	two.Trigger(0)
	one.Steps(steps("1 2=A"))
	two.Steps(steps("1 55"))
	two.Rule(rules[1])
	c := coverage.Merge(one, nil, two)
	if want := (prompttest.CoverItem{Kind: prompttest.CoverTrigger, ID: "1", Label: "in", Hits: 2}); c.Items[0] != want || c.Items[1].Label != "goal" {
		t.Errorf("merged triggers are %+v, %+v", c.Items[0], c.Items[1])
	}
	actions := show(c, prompttest.CoverAction)
	if len(actions) != 8 || actions[0] != "1 | grade · Ask OpenAI Assistant | 6 | 2" || actions[7] != "55 | 55 · Send a webhook | 2 | 1" {
		t.Errorf("merged actions are %q", actions)
	}
	if got := show(c, prompttest.CoverRule); len(got) != 8 || got[1] != "responses/test.yaml:3:3 | rule 2 | 3 | 1" {
		t.Errorf("merged rules are %q", got)
	}
	if c.Total != len(c.Items) || c.Covered != 6 {
		t.Errorf("%d of %d are covered", c.Covered, c.Total)
	}
	if empty := coverage.Merge(); empty.Items == nil || empty.Percent() != 100 {
		t.Errorf("nothing merges to %+v", empty)
	}
	before := one.Report()
	if before.Items[0].Hits != 1 {
		t.Error("merging changed a tracker")
	}
}

// TestNothing: without a tracker, a flow or rules nothing is counted and nothing breaks.
func TestNothing(t *testing.T) {
	t.Parallel()
	var none *coverage.Tracker
	for _, tr := range []*coverage.Tracker{none, coverage.New(nil, nil, nil, nil), coverage.New(&flow.Flow{}, kinds(), nil, nil)} {
		tr.Asks(coverage.Ask{Step: "1"})
		tr.Trigger(0)
		tr.Rule(&openaisim.Rule{})
		tr.Steps(steps("1 2=A"))
		if c := tr.Report(); c.Items == nil || len(c.Items) != 0 || c.Total != 0 || c.Percent() != 100 {
			t.Errorf("the report is %+v", c)
		}
	}
}

// TestHostileNames: labels go to terminals, names come from files.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	const esc = "\\u001b[2J\\u009b\\u202e"
	f := readJSON(t, `{"actionId":"1","type":"LIST_BRANCH","listBranches":[{"branchName":"`+esc+`"}],"defaultBranchName":"say \"hi\"`+esc+`"}`)
	tr := coverage.New(f, kinds(), []coverage.Trigger{{Label: "a\x1b[31m"}}, []*openaisim.Rule{{Name: "b\u202e\n"}})
	tr.Asks(coverage.Ask{})
	c := tr.Report()
	if len(c.Items) != 5 {
		t.Fatalf("%d items", len(c.Items))
	}
	for _, i := range c.Items {
		if strings.ContainsAny(i.Label, "\x1b\u009b\u202e\n") {
			t.Errorf("the label %q speaks to a terminal", i.Label)
		}
	}
	if got := c.Items[3].Label; !strings.HasPrefix(got, `1 · If/then branch: say "hi"\x1b`) {
		t.Errorf("the label is %q", got)
	}
	tr.Steps([]run.Step{{ActionID: "1", Branch: new("\x1b[2J\u009b\u202e")}})
	if c = tr.Report(); c.Items[2].Hits != 1 {
		t.Error("the arm was not found by its name as it is")
	}
}

// TestManyActions: a workflow of any size; marks that do not fit on the stack are taken elsewhere.
func TestManyActions(t *testing.T) {
	t.Parallel()
	const n = 1500
	var actions, path strings.Builder
	for i := range n {
		if i > 0 {
			actions.WriteString(",")
		}
		fmt.Fprintf(&actions, `{"actionId":"%d","type":"LIST_BRANCH","listBranches":[{"branchName":"on","connection":{"edgeType":"STANDARD","nextActionId":"%d"}}]}`, i+1, i+2)
		fmt.Fprintf(&path, "%d=on ", i+1)
	}
	tr := tracker(t, readJSON(t, actions.String()))
	for range 2 {
		tr.Steps(steps(path.String()))
	}
	c := tr.Report()
	if c.Total != 3*n || c.Covered != 2*n || c.Items[n-1].Hits != 2 || c.Items[3*n-2].Hits != 2 || c.Items[3*n-1].Hits != 0 {
		t.Errorf("%d of %d are covered", c.Covered, c.Total)
	}
}

// TestTogether: many goroutines count while others look.
func TestTogether(t *testing.T) {
	t.Parallel()
	rules := readRules(t, scripted)
	tr := coverage.New(readYAML(t, everyArm), kinds(), []coverage.Trigger{{Label: "in"}}, rules)
	list := steps("1 2=A 4=North 6=A")
	var group sync.WaitGroup
	const workers, each = 8, 200
	for range workers {
		group.Go(func() {
			for range each {
				tr.Trigger(0)
				tr.Rule(rules[1])
				tr.Steps(list)
			}
			tr.Asks(coverage.Ask{Step: "1"})
			if c := tr.Report(); c.Items[0].Hits < each {
				t.Errorf("a goroutine's own %d are not all in %d", each, c.Items[0].Hits)
			}
		})
	}
	group.Wait()
	for _, i := range tr.Report().Items {
		if i.Hits != 0 && i.Hits != workers*each {
			t.Errorf("%s was hit %d times", i.Label, i.Hits)
		}
	}
}

func TestStepsAllocatesNothing(t *testing.T) {
	tr := tracker(t, readYAML(t, everyArm))
	list := steps("1 2=B 3 4=Elsewhere 5 6=B 7")
	if n := testing.AllocsPerRun(100, func() { tr.Steps(list) }); n != 0 {
		t.Errorf("a record takes %v allocations", n)
	}
}

func BenchmarkSteps(b *testing.B) {
	tr := tracker(b, readYAML(b, everyArm))
	list := steps("1 2=B 3 4=Elsewhere 5 6=B 7")
	b.ReportAllocs()
	for b.Loop() {
		tr.Steps(list)
	}
}

func BenchmarkStepsTogether(b *testing.B) {
	tr := tracker(b, readYAML(b, everyArm))
	list := steps("1 2=B 3 4=Elsewhere 5 6=B 7")
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			tr.Steps(list)
		}
	})
}
