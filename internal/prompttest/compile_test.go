package prompttest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/prompttest"
)

func TestCompileSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	const steps = "qualify, call, write, tell, deal, 2, 3"
	for _, tt := range []struct{ name, flow, text, want string }{
		{"all is well", oneAsk, "each: [{response: A}, {property: {city: x}}, {path: [qualify, '2']}]", ""},
		{"a step", oneAsk, "each: [{response@qualfy: A}]", `t.yaml:2:9 unknown_step: the workflow "Lead qualification" has no step "qualfy" -> did you mean "qualify"?`},
		{"a far step", oneAsk, "each: [{error@zzzzzzzzzzzz: A}]", `t.yaml:2:9 unknown_step: the workflow "Lead qualification" has no step "zzzzzzzzzzzz" -> the steps are ` + steps},
		{"a step by its id", oneAsk, "each: [{response@1: A}]", ""},
		{"a step that does not ask", oneAsk, "each: [{cost@call: {max: 1}}]", `t.yaml:2:9 unknown_step: the step "call" does not ask OpenAI -> those that do are qualify`},
		{"which response", twoAsks, "each: [{response: A}]", `t.yaml:2:9 name_the_step: which response is meant is not said: these steps ask OpenAI: first, second -> write response@first`},
		{"which prompt", twoAsks, "each: [{prompt: A}]", `t.yaml:2:9 name_the_step: which prompt is meant is not said: these steps ask OpenAI: first, second -> write prompt@first`},
		{"the cost of all", twoAsks, "each: [{cost: {max: 1}}, {error: {exists: false}}]", ""},
		{"nobody asks", "name: W\nobject: contact\nsteps: [{delay: 1d}]\n", "each: [{response: A}]", `t.yaml:2:9 no_ask: the workflow "W" has no step that asks OpenAI`},
		{"nothing costs nothing", "name: W\nobject: contact\nsteps: [{delay: 1d}]\n", "each: [{cost: {max: 0.1}}]", `t.yaml:2:21 never_fails: cost: this check can never fail: it is never more than 0`},
		{"an output", oneAsk, "each: [{output@qualify: {respons: A}}]", `t.yaml:2:26 unknown_output: the step "qualify" has no output "respons" -> did you mean "response"?`},
		{"an output of a step that is not executed", oneAsk, "each: [{output@3: {anything: A}}]", ""},
		{"an execution state", oneAsk, "each: [{output@call: {hs_execution_state: SUCESS}}]", `t.yaml:2:43 never_holds: output@call hs_execution_state: this check can never hold: there is no "SUCESS" -> did you mean "SUCCESS"?`},
		{"a property", oneAsk, "each: [{property: {ctiy: x}}]", `t.yaml:2:20 unknown_property: a contact has no property "ctiy" -> did you mean "city"?`},
		{"a property by its label", oneAsk, "each: [{property: {First Name: x}}]", `t.yaml:2:20 unknown_property: a contact has no property "First Name" -> its name is firstname`},
		{"a state", oneAsk, "cases: [{record: 101, expect: [{state: COMPLETE}]}]", `t.yaml:2:40 never_holds: state: this check can never hold: there is no "COMPLETE" -> did you mean "COMPLETED"?`},
		{"a state that each never sees", oneAsk, "each: [{state: NOT_ENROLLED}]", `t.yaml:2:16 never_holds: every record that each looks at is enrolled -> write a case for each record that must not enroll`},
		{"a state always is", oneAsk, "each: [{state: {exists: true}}]", `t.yaml:2:25 never_fails: state: this check can never fail: there always is one`},
		{"each is enrolled", oneAsk, "each: [{enrolled: true}]", `t.yaml:2:19 never_fails: every record that each looks at is enrolled -> each looks at records that enroll and at no others; take it out`},
		{"each is equal to enrolled", oneAsk, "each: [{enrolled: {equals: true}}]", `t.yaml:2:28 never_fails: every record that each looks at is enrolled -> each looks at records that enroll and at no others; take it out`},
		{"each is not enrolled", oneAsk, "each: [{enrolled: false}]", `t.yaml:2:19 never_holds: every record that each looks at is enrolled -> write a case for each record that must not enroll`},
		{"a case is enrolled", oneAsk, "cases: [{record: 101, expect: [{enrolled: true}]}]", ""},
		{"enrolled is text", oneAsk, "each: [{enrolled: maybe}]", `t.yaml:2:19 wrong_type: enrolled: equals needs true or false, but here stands "maybe"`},
		{"a step of a path", oneAsk, "each: [{path: {contains: qualfy}}]", `t.yaml:2:26 never_holds: path: this check can never hold: there is no "qualfy" -> did you mean "qualify"?`},
		{"a record", oneAsk, "cases: [{record: 99, expect: [{response: A}]}]", `t.yaml:2:18 unknown_record: there is no contact "99" in the records -> emulator records list shows those there are`},
		{"a record that enrolls", oneAsk, "enroll: [101, 99]\neach: [{response: A}]", `t.yaml:2:15 unknown_record: there is no contact "99" in the records -> emulator records list shows those there are`},
		{"a stub and a pin", oneAsk, "stubs: [cal]\npins: {qualify: x, qualfy.response: y, 3.id: z}\neach: [{response: A}]", `t.yaml:2:9 unknown_step: the workflow "Lead qualification" has no step "cal" -> did you mean "call"?
t.yaml:3:20 unknown_step: the workflow "Lead qualification" has no step "qualfy" -> did you mean "qualify"?`},
		{"whose prompt varies", twoAsks, "matrix: {prompt: [current, short]}\neach: [{cost: {max: 1}}]", `t.yaml:2:10 name_the_step: which prompt is meant is not said: these steps ask OpenAI: first, second -> write prompt@first`},
		{"the same prompt varies twice", oneAsk, "matrix: {prompt: [current], prompt@qualify: [short]}\neach: [{cost: {max: 1}}]", `t.yaml:2:29 duplicate_value: the prompt of the step "qualify" is varied twice -> write all variants in one list`},
		{"attempts that all asks stay below", twoAsks, "each: [{attempts: {max: 6}}]", `t.yaml:2:25 never_fails: attempts: this check can never fail: it is never more than 6`},
		{"attempts of one step", twoAsks, "each: [{attempts@first: {max: 3}}]", `t.yaml:2:31 never_fails: attempts@first: this check can never fail: it is never more than 3`},
		{"fewer attempts", twoAsks, "each: [{attempts: {max: 5}}, {attempts@first: {max: 2}}]", ""},
		{"attempts of a loop", loop, "each: [{attempts: {max: 60}}]", ""},
		{"a least cost", oneAsk, "each: [{cost: {min: 0}}]", `t.yaml:2:21 never_fails: cost: this check can never fail: it is never less than 0`},
		{"latency as people write it", oneAsk, "each: [{latency@qualify: {max: 2s}}]", ""},
		{"a part of a task", oneAsk, "each: [{task: {subjct: x}}]", `t.yaml:2:16 unknown_member: task has no part "subjct" -> did you mean "subject"?`},
		{"a property of a task", oneAsk, "each: [{task: {hs_task_status: NOT_STARTED}}]", ""},
		{"no property of a task", oneAsk, "each: [{task: {hs_task_statsu: NOT_STARTED}}]", `t.yaml:2:16 unknown_member: task has no part "hs_task_statsu" -> did you mean "hs_task_status"?`},
		{"a part of a notification", oneAsk, "each: [{notification: {zzzzzzzzzzz: x}}]", `t.yaml:2:24 unknown_member: notification has no part "zzzzzzzzzzz" -> it has count, exists, subject, body, users, teams`},
		{"a user", oneAsk, "each: [{notification: {users: ['61']}}]", `t.yaml:2:32 never_holds: notification users: this check can never hold: there is no "61" -> did you mean "16"?`},
		{"a user by name", oneAsk, "each: [{notification: {users: [Ada Byron]}}]", ""},
		{"a property of a new record", oneAsk, "each: [{record: {dealnam: x}}]", `t.yaml:2:18 unknown_member: record has no part "dealnam" -> did you mean "dealname"?`},
		{"too many tasks", oneAsk, "each: [{task: {count: 3}}]", `t.yaml:2:23 never_holds: task: this check can never hold: so many cannot be made`},
		{"no task", oneAsk, "each: [{task: {count: 0}}]", ""},
		{"never made", oneAsk, "each: [{email: {count: 0}}]", `warning t.yaml:2:9 never_made: no internal email was sent, whatever happens: the workflow "Lead qualification" has no action for it -> take it out, or add the action to the workflow`},
		{"never made, at most", twoAsks, "each: [{task: {count: {max: 0}}}]", `warning t.yaml:2:9 never_made: no task was created, whatever happens: the workflow "Two questions" has no action for it -> take it out, or add the action to the workflow`},
		{"never made and expected", oneAsk, "each: [{email: {count: 1}}]", `t.yaml:2:9 never_holds: no internal email was sent, whatever happens: the workflow "Lead qualification" has no action for it`},
		{"a part of what is never made", oneAsk, "each: [{email: {subject: x}}]", `t.yaml:2:17 never_holds: no internal email was sent, whatever happens: the workflow "Lead qualification" has no action for it`},
		{"a step that nobody reaches", "name: W\nobject: contact\nsteps:\n  - ask_openai_assistant: {id: a, assistant: x, prompt: y}\n  - stop: true\n  - ask_openai_assistant: {id: b, assistant: x, prompt: y}\n", "each: [{response@b: A}]",
			`warning t.yaml:2:9 unreachable_step: no record can come to the step "b"`},
		{"a check", oneAsk, "each: [{response: {contians: x}}]", `t.yaml:2:20 unknown_check: response: there is no check "contians" -> did you mean "contains"?`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			test, problems := prompttest.Read("tests/t.yaml", []byte("workflow: w\n"+tt.text+"\n"))
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			s, problems := prompttest.Compile(test, env(t, tt.flow))
			if diff := cmp.Diff(tt.want, told(problems)); diff != "" {
				t.Error(diff)
			}
			if (s == nil) != problems.HasErrors() {
				t.Errorf("the scorer is %v with the problems %v", s, problems)
			}
		})
	}
}

func TestUnknownRecordsAreTakenWhereRecordsAreNotKnown(t *testing.T) {
	t.Parallel()
	e := env(t, oneAsk)
	e.Record = nil
	test := read(t, "workflow: w\ncases: [{record: 99, expect: [{response: A}]}]\n")
	if s, problems := prompttest.Compile(test, e); s == nil || len(problems) > 0 {
		t.Error(problems)
	}
}

func TestScorerTellsWhatItNeeds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text           string
		ids            map[string]bool
		all            bool
		record, judges bool
	}{
		{"cases: [{record: 101, expect: [{response: A}]}, {record: 102, expect: [{property: {city: x}}]}]", map[string]bool{"101": true, "102": true}, false, true, false},
		{"each: [{response: {judge: {assistant: judge, rubric: kind}}}]", map[string]bool{}, true, false, true},
		{"each: [{response: {not: {judge: {assistant: judge, rubric: kind}}}}]", map[string]bool{}, true, false, true},
		{"each: [{response: {contains: judge}}]\ncases: [{record: 103, expect: [{path: [qualify]}]}]", map[string]bool{"103": true}, true, false, false},
	} {
		s := compile(t, oneAsk, "workflow: w\n"+tt.text+"\n")
		ids, all := s.Needs()
		if diff := cmp.Diff(tt.ids, ids); diff != "" || all != tt.all || s.NeedsRecord() != tt.record || s.Judges() != tt.judges {
			t.Errorf("%s: %v all=%v record=%v judges=%v", tt.text, diff, all, s.NeedsRecord(), s.Judges())
		}
	}
	s := compile(t, oneAsk, "workflow: w\neach: [{response: A}]\ncases: [{record: 101, expect: [{response: A}]}, {record: 102, expect: [{response: A}]}, {record: 101, name: x, expect: [{response: A}]}]\n")
	cases, each := s.Wanted("101")
	if diff := cmp.Diff([]int{0, 2}, cases); diff != "" || !each {
		t.Error(diff, each)
	}
	if cases, each := s.Wanted("7"); len(cases) > 0 || !each {
		t.Error(cases, each)
	}
}

// Two steps of one name, or a name that is another's id, must not be taken for each other.
func TestStepsOfOneNameGoByTheirIDs(t *testing.T) {
	t.Parallel()
	e := env(t, twoAsks)
	e.Flow.Actions[0].Name, e.Flow.Actions[1].Name = "2", "second"
	test := read(t, "workflow: w\neach: [{path: ['1', second]}, {response@1: A}]\n")
	s, problems := prompttest.Compile(test, e)
	if s == nil {
		t.Fatal(problems)
	}
	row := enrolled()
	row.Steps = row.Steps[:0]
	row.Steps = append(row.Steps, asked("1", "2", "p", "A"), asked("2", "second", "p", "B"))
	got := s.Score(t.Context(), row, nil, nil)
	if len(got) != 1 || !got[0].Passed || !cmp.Equal(got[0].Path, []string{"1", "second"}) {
		t.Errorf("%+v", got)
	}
}
