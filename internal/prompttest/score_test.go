package prompttest_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"askflow/internal/expect"
	"askflow/internal/hubspot"
	"askflow/internal/prompttest"
	"askflow/internal/run"
)

// oneCase is a test of the contact 101 with one expectation.
func oneCase(expectation string) string {
	return "workflow: w\ncases:\n  - record: 101\n    expect:\n      - " + expectation + "\n"
}

func TestValuesOfSubjects(t *testing.T) {
	t.Parallel()
	rows := map[string]func() *run.Result{"enrolled": enrolled, "refused": refused, "failed": failed, "waiting": waiting}
	const no = "nothing: the record did not enroll: message is unknown"
	const vain = "nothing: the step qualify failed: rate_limit_exceeded: Too many requests."
	const held = ""
	for _, tt := range []struct{ row, expectation, got string }{ // got is what the mismatch says, "" where it holds
		{"enrolled", "enrolled: true", held}, {"refused", "enrolled: true", "false"}, {"refused", "enrolled: false", held},
		{"refused", "reason: {contains: unknown}", held}, {"enrolled", "reason: x", "nothing: the enrollment has no reason: it is COMPLETED"}, {"waiting", "reason: x", "waits for an event"},
		{"enrolled", "state: COMPLETED", held}, {"refused", "state: COMPLETED", "NOT_ENROLLED"},
		{"enrolled", "path: [qualify, '2', '3', call, write, tell, deal]", held}, {"enrolled", "path: ['1', '2', '3', '4', '5', '6', '7']", held},
		{"failed", "path: [qualify, '2']", "[qualify]"}, {"refused", "path: [qualify]", no}, {"waiting", "path: [qualify]", "[]"},
		{"enrolled", "prompt: 'Grade this: hello'", held}, {"enrolled", "prompt@qualify: x", "Grade this: hello"}, {"enrolled", "prompt@1: x", "Grade this: hello"},
		{"failed", "prompt: Grade this", held}, {"refused", "prompt: x", no}, {"waiting", "prompt: x", "nothing: the step qualify was not reached: the enrollment is ACTIVE (waits for an event)"},
		{"enrolled", "response: {starts_with: 'A:'}", held}, {"enrolled", "response: B", "A: fine"}, {"failed", "response: B", vain}, {"refused", "response: B", no}, {"refused", "response: {exists: false}", held},
		{"failed", "error: rate_limit_exceeded", held}, {"failed", "error@qualify: x", "rate_limit_exceeded"}, {"enrolled", "error: x", "nothing: no step failed"},
		{"enrolled", "error: {exists: false}", held}, {"refused", "error: x", no}, {"enrolled", "error@call: x", "nothing: the step call did not fail"}, {"failed", "error@call: x", "nothing: the step call was not reached"},
		{"enrolled", "output@qualify: {response: 'A: fine'}", held}, {"enrolled", "output: {qualify.response: B}", "A: fine"}, {"enrolled", "output@qualify: {hs_execution_state: SUCCESS}", held},
		{"enrolled", "output@call: {hs_execution_state: SUCCESS}", held}, {"failed", "output@qualify: {hs_execution_state: SUCCESS}", "FAIL_CONTINUE"}, {"failed", "output@qualify: {response: B}", vain},
		{"enrolled", "output@3: {id: x}", "nothing: the step 3 was not executed: other apps' actions are not executed"}, {"failed", "output@3: {id: x}", "nothing: the step 3 was not reached"},
		{"enrolled", "property: {city: 'A: fine'}", held}, {"refused", "property: {city: Paris}", held}, {"failed", "property: {city: x}", "Paris"}, {"enrolled", "property: {firstname: Ada}", held},
		{"enrolled", "property: {hs_object_id: 101}", held}, {"enrolled", "property: {lastname: x}", `""`}, {"enrolled", "property: {lastname: ''}", held},
		{"enrolled", "property: {lastname: {exists: false}}", held}, {"enrolled", "property: {lastname: {exists: true}}", "nothing: lastname is empty"}, {"enrolled", "property: {city: {exists: true}}", held},
		{"enrolled", "property: {lastname: {not_contains: x}}", held},
		{"enrolled", "task: {count: 2}", held}, {"enrolled", "task: {count: 0}", "2"}, {"refused", "task: {count: 0}", held}, {"enrolled", "task: {subject: Write to them}", held}, {"enrolled", "task: {subject: {contains: Meet}}", "1: Call them\n2: Write to them"},
		{"enrolled", "task: {body: 'A: fine', type: CALL, priority: HIGH, due: '2026-01-06T09:00:00Z', hs_task_status: NOT_STARTED}", held}, {"enrolled", "task: {owner: 9016}", held},
		{"enrolled", "task: {body: {not_contains: Soon}}", "Soon"}, {"failed", "task: {subject: x}", "nothing: no task was created"}, {"refused", "task: {subject: x}", "nothing: no task was created: the record did not enroll: message is unknown"},
		{"failed", "task: {exists: true}", "nothing: no task was created"}, {"enrolled", "task: {exists: true}", held}, {"failed", "task: {exists: false}", held},
		{"enrolled", "notification: {count: 1, subject: A lead, body: Look, users: ['16'], teams: [sales]}", held}, {"enrolled", "notification: {users: [ada@example.com]}", held}, {"enrolled", "notification: {users: ['17']}", "[16]"},
		{"failed", "notification: {subject: x}", "nothing: no notification was sent"},
		{"enrolled", "record: {count: 1, object_type: deal, dealname: New}", held}, {"enrolled", "record: {dealname: Old}", "New"}, {"enrolled", "record: {amount: 1}", "nothing: the record has no amount"}, {"failed", "record: {dealname: x}", "nothing: no record was created"},
		{"enrolled", "association: {count: 3, object_type: contact, record: '101'}", held}, {"enrolled", "association: {record: '7'}", "1: 101\n2: 101\n3: 101"}, {"failed", "association: {record: '7'}", "nothing: nothing was associated"},
		{"enrolled", "usage: 120", held}, {"enrolled", "usage: {input_tokens: 100, cached_tokens: 10, output_tokens: 20, reasoning_tokens: 5}", held}, {"enrolled", "usage@qualify: {max: 100}", "120"}, {"failed", "usage: {max: 1}", held},
		{"refused", "usage: {max: 1}", no},
		{"enrolled", "cost: 0.0001", held}, {"enrolled", "cost: {max: 0.0001}", held}, {"enrolled", "cost@qualify: {max: 0.00009}", "0.0001"}, {"refused", "cost: {max: 1}", no}, {"waiting", "cost: {max: 1}", held},
		{"waiting", "cost@qualify: {max: 1}", "nothing: the step qualify was not reached: the enrollment is ACTIVE (waits for an event)"},
		{"enrolled", "attempts: 1", held}, {"failed", "attempts: {max: 2}", "3"}, {"failed", "attempts@qualify: 3", held},
		{"enrolled", "latency: {max: 1s}", held}, {"failed", "latency: {max: 2s}", "3.2s"}, {"failed", "latency@qualify: 3200ms", held},
	} {
		t.Run(tt.row+" "+tt.expectation, func(t *testing.T) {
			t.Parallel()
			s := compile(t, oneAsk, oneCase(tt.expectation))
			got := s.Score(t.Context(), rows[tt.row](), fixture(), nil)
			if len(got) != 1 {
				t.Fatalf("%d results", len(got))
			}
			said := ""
			for _, f := range got[0].Failures {
				said += f.Got
			}
			if diff := cmp.Diff(tt.got, said); diff != "" || got[0].Passed != (tt.got == "") {
				t.Error(diff, got[0].Passed)
			}
		})
	}
}

func TestEffectsOfInternalEmails(t *testing.T) {
	t.Parallel()
	const mails = "name: W\nobject: contact\nsteps:\n  - send_internal_email: {users: ['16'], subject: Hi, body: There}\n"
	row := enrolled()
	row.Steps = []run.Step{{ActionID: "1", State: run.Success}}
	row.Effects = []run.Effect{effect(run.EffectEmail, "1", run.Effect{UserIDs: []string{"16"}, Subject: ptr("Hi"), Body: ptr("There")})}
	s := compile(t, mails, oneCase("email: {count: 1, subject: Hi, body: There, users: ['16']}"))
	if got := s.Score(t.Context(), row, nil, nil); !got[0].Passed || got[0].Checks != 4 {
		t.Errorf("%+v", got[0])
	}
	row.Effects = nil
	got := s.Score(t.Context(), row, nil, nil)
	if len(got[0].Failures) != 4 || got[0].Failures[1].Got != "nothing: no internal email was sent" {
		t.Errorf("%+v", got[0].Failures)
	}
}

func TestTheLastVisitCounts(t *testing.T) {
	t.Parallel()
	row := enrolled()
	row.Steps = []run.Step{asked("1", "again", "one", "A"), {ActionID: "2", State: run.Success}, asked("1", "again", "two", "B")}
	s := compile(t, loop, oneCase("{response: B, prompt: two, attempts: 2, cost: 0.0002, latency: 1600ms, usage: {input_tokens: 200}, path: [again, '2', again]}"))
	got := s.Score(t.Context(), row, nil, nil)[0]
	if !got.Passed || got.Checks != 7 || got.CostUSD != "0.0002" || len(got.Asks) != 2 {
		t.Errorf("%+v", got)
	}
}

func TestStubbedAndUnpricedAsks(t *testing.T) {
	t.Parallel()
	row := enrolled()
	row.Steps[0] = run.Step{ActionID: "1", Name: "qualify", State: run.Skipped, Stubbed: true, Reason: "stubbed: nothing was asked", Inputs: map[string]string{"prompt": "p"}}
	said := func(row *run.Result, expectation string) string {
		t.Helper()
		got := compile(t, oneAsk, oneCase(expectation)).Score(t.Context(), row, fixture(), nil)[0]
		if len(got.Failures) == 0 {
			return ""
		}
		return got.Failures[0].Got
	}
	if got := said(row, "prompt: p"); got != "" {
		t.Errorf("the prompt of a stubbed step is %q", got)
	}
	if got := said(row, "response: x"); got != "nothing: the step qualify was not executed: stubbed: nothing was asked" {
		t.Error(got)
	}
	if got := said(row, "attempts@qualify: 1"); got != "nothing: the step qualify was not executed: stubbed: nothing was asked" {
		t.Error(got)
	}
	row = enrolled()
	row.Steps[0].Ask.CostUSD = ""
	if got := said(row, "cost: {max: 1}"); got != "nothing: the price of gpt-6-luna is not known" {
		t.Error(got)
	}
	row.Steps[0].Ask.Prompt, row.Steps[0].Error = "", &run.Error{Code: "missing_token", Message: "message is empty"}
	if got := said(row, "prompt: p"); got != "nothing: the step qualify failed: missing_token: message is empty" {
		t.Error(got)
	}
}

func TestPropertiesWithoutTheRecord(t *testing.T) {
	t.Parallel()
	s := compile(t, oneAsk, oneCase("property: {city: x, firstname: Ada}"))
	var none *hubspot.Record
	for _, fixture := range []prompttest.Fixture{nil, none} {
		got := s.Score(t.Context(), enrolled(), fixture, nil)[0].Failures
		if len(got) != 2 || got[0].Got != "A: fine" || got[0].Step != "2" || got[1].Got != "nothing: the run did not keep what firstname held, and no step set it" {
			t.Errorf("%+v", got)
		}
	}
}

// A property of an associated record of the same name is not the enrolled record's.
func TestPropertiesOfOtherRecordsDoNotCount(t *testing.T) {
	t.Parallel()
	row := enrolled()
	row.Effects = append(row.Effects, effect(run.EffectProperty, "2", run.Effect{ObjectType: "company", RecordID: "101", Property: "city", To: ptr("Rome")}),
		effect(run.EffectProperty, "2", run.Effect{ObjectType: "contact", RecordID: "102", Property: "city", To: ptr("Oslo")}))
	if got := compile(t, oneAsk, oneCase("property: {city: 'A: fine'}")).Score(t.Context(), row, nil, nil)[0]; !got.Passed {
		t.Errorf("%+v", got.Failures)
	}
}

func TestFailuresSayWhereAndWhat(t *testing.T) {
	t.Parallel()
	test := read(t, `workflow: w
each:
  - response: {one_of: [B, C], length: 1}
cases:
  - record: 101
    name: a lead
    expect:
      - response@qualify: B
      - property: {city: x}
      - error: x
`)
	s, problems := prompttest.Compile(test, env(t, oneAsk))
	if s == nil {
		t.Fatal(problems)
	}
	got := s.Score(t.Context(), enrolled(), fixture(), nil)
	if len(got) != 1 {
		t.Fatal(got)
	}
	want := []prompttest.Failure{
		{Subject: "response@qualify", Check: "equals", Expected: "B", Got: "A: fine", Step: "qualify", File: "tests/t.yaml", Line: 8, Column: 27},
		{Subject: "property city", Check: "equals", Expected: "x", Got: "A: fine", Step: "2", File: "tests/t.yaml", Line: 9, Column: 26},
		{Subject: "error", Check: "equals", Expected: "x", Got: "nothing: no step failed", File: "tests/t.yaml", Line: 10, Column: 16},
		{Subject: "response", Check: "one_of", Got: "A: fine", Step: "qualify", File: "tests/t.yaml", Line: 3, Column: 16},
		{Subject: "response", Check: "length", Got: "7 characters: A: fine", Step: "qualify", File: "tests/t.yaml", Line: 3, Column: 32},
	}
	if diff := cmp.Diff(want, got[0].Failures, cmpopts.IgnoreFields(prompttest.Failure{}, "Expected", "Differs", "Diff", "Node", "Actual")); diff != "" {
		t.Error(diff)
	}
	for i, f := range got[0].Failures {
		if f.Node == nil || (f.Actual == nil) != (i == 2) {
			t.Errorf("%s: node %v, actual %v", f.Subject, f.Node, f.Actual)
		}
	}
	if f := got[0].Failures[0]; f.Actual.Text != "A: fine" || f.Actual.Prompt != "Grade this: hello" || f.Node.Text != "B" || !strings.Contains(f.Expected, "B") {
		t.Errorf("%+v", f)
	}
	response := "A: fine"
	rest := prompttest.CaseResult{Record: run.RecordRef{ObjectType: "contact", ID: "101", Name: "Ada Byron"}, Case: "a lead", File: "tests/t.yaml", Line: 5,
		State: run.Completed, Checks: 5, CostUSD: "0.0001", Path: []string{"qualify", "2", "3", "call", "write", "tell", "deal"},
		Asks: []prompttest.AskResult{{Step: "qualify", Model: "gpt-6-luna", Prompt: "Grade this: hello", Response: &response, Attempts: 1, LatencyMs: 800, CostUSD: "0.0001"}}}
	if diff := cmp.Diff(rest, *got[0], cmpopts.IgnoreFields(prompttest.CaseResult{}, "Failures", "Effects")); diff != "" {
		t.Error(diff)
	}
	if len(got[0].Effects) != 5 {
		t.Errorf("%d effects", len(got[0].Effects))
	}
}

func TestCasesAndEach(t *testing.T) {
	t.Parallel()
	s := compile(t, oneAsk, `workflow: w
each: [{response: B}]
cases:
  - {record: 101, expect: [{enrolled: true}]}
  - {record: 101, name: again, expect: [{state: GOAL_MET}]}
  - {record: 102, expect: [{enrolled: false}]}
`)
	got := s.Score(t.Context(), enrolled(), nil, nil)
	if len(got) != 2 || got[0].Checks != 2 || len(got[0].Failures) != 1 || got[1].Checks != 2 || len(got[1].Failures) != 2 || got[1].Case != "again" || got[1].Line != 5 {
		t.Errorf("%+v", got)
	}
	row := refused()
	row.Record.ID = "102"
	if got = s.Score(t.Context(), row, nil, nil); len(got) != 1 || !got[0].Passed || got[0].Checks != 1 || got[0].Failures == nil || got[0].Reason != "message is unknown" {
		t.Errorf("each looked at a record that did not enroll: %+v", got)
	}
	row.Record.ID = "7"
	if got = s.Score(t.Context(), row, nil, nil); got != nil {
		t.Errorf("%+v", got)
	}
	row = enrolled()
	row.Record.ID = "7"
	if got = s.Score(t.Context(), row, nil, nil); len(got) != 1 || got[0].Passed || got[0].Checks != 1 || got[0].Line != 2 || got[0].Case != "" {
		t.Errorf("%+v", got[0])
	}
}

func TestJudgesAreTold(t *testing.T) {
	t.Parallel()
	s := compile(t, oneAsk, "workflow: w\neach: [{response: {judge: {assistant: judge, rubric: Is it kind?}}}]\n")
	var q expect.JudgeQuestion
	got := s.Score(t.Context(), enrolled(), nil, func(_ context.Context, asked expect.JudgeQuestion) (expect.JudgeVerdict, error) {
		q = asked
		return expect.JudgeVerdict{Pass: true}, nil
	})
	if diff := cmp.Diff(expect.JudgeQuestion{Assistant: "judge", Rubric: "Is it kind?", Answer: "A: fine", Prompt: "Grade this: hello"}, q); diff != "" || !got[0].Passed {
		t.Error(diff, got[0].Failures)
	}
	got = s.Score(t.Context(), enrolled(), nil, func(context.Context, expect.JudgeQuestion) (expect.JudgeVerdict, error) {
		return expect.JudgeVerdict{}, errors.New("no answer")
	})
	if f := got[0].Failures; len(f) != 1 || f[0].Code != "judge_failed" || f[0].Actual != nil {
		t.Errorf("%+v", f)
	}
}

// Steps of a run that the workflow no longer has are called what the run calls them.
func TestStepsThatAreGone(t *testing.T) {
	t.Parallel()
	row := enrolled()
	row.Steps = append(row.Steps, run.Step{ActionID: "77", Name: "old"}, run.Step{ActionID: "78"})
	got := compile(t, oneAsk, oneCase("enrolled: true")).Score(t.Context(), row, nil, nil)[0]
	if n := len(got.Path); got.Path[n-2] != "old" || got.Path[n-1] != "78" {
		t.Error(got.Path)
	}
}

func BenchmarkScore(b *testing.B) {
	s := compile(b, oneAsk, "workflow: w\neach:\n  - response: {one_of: ['A: fine', B]}\n  - cost: {max: 0.001}\n  - property: {city: 'A: fine'}\n")
	row, rec := enrolled(), fixture()
	row.Record.ID = "7"
	row.Effects[0].RecordID = "7"
	b.ReportAllocs()
	for b.Loop() {
		if got := s.Score(b.Context(), row, rec, nil); !got[0].Passed {
			b.Fatal(got[0].Failures)
		}
	}
}
