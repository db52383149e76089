package prompttest_test

import (
	"strings"
	"testing"

	"askflow/internal/expect"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/prompttest"
	"askflow/internal/run"
	"askflow/internal/source"
)

// oneAsk has one asking step and every kind of effect but an internal email; 3 is a step that is not executed.
const oneAsk = `name: Lead qualification
object: contact
enroll: {when: [{message: known}]}
steps:
  - ask_openai_assistant: {id: qualify, assistant: grader, prompt: "Grade this: {{ enrolled_object.message }}"}
  - set_property: {property: city, value: {output: qualify.response}}
  - action: {type: SINGLE_CONNECTION, actionTypeId: "1-100451", actionTypeVersion: 0, fields: {name: x}}
  - create_task: {id: call, subject: "Call them", body: "{{ action_outputs.qualify.response }}", type: CALL, priority: HIGH, owner: "9016", due: 1d}
  - create_task: {id: write, subject: "Write to them", body: "Soon", type: EMAIL, priority: LOW}
  - notify: {id: tell, users: ["16"], subject: "A lead", body: "Look"}
  - create_record: {id: deal, object: deal, properties: {dealname: "New"}}
`

// twoAsks has two asking steps and nothing else.
const twoAsks = `name: Two questions
object: contact
enroll: {when: [{message: known}]}
steps:
  - ask_openai_assistant: {id: first, assistant: grader, prompt: "One {{ enrolled_object.message }}"}
  - ask_openai_assistant: {id: second, assistant: grader, prompt: "Two"}
`

// loop asks again and again.
const loop = `name: Loop
object: contact
enroll: {when: [{message: known}]}
steps:
  - ask_openai_assistant: {id: again, assistant: grader, prompt: "Once more"}
  - delay: 1d
  - go_to: again
`

func workflow(t testing.TB, text string) *flow.Flow {
	t.Helper()
	f, problems := flow.Parse("workflows/test.yaml", []byte(text), flow.DefaultOpenAIAction())
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	return f
}

func env(t testing.TB, text string) prompttest.Env {
	t.Helper()
	return prompttest.Env{
		Flow: workflow(t, text), Kinds: flow.NewKinds(flow.DefaultOpenAIAction()), Schema: hubspot.DefaultSchema(), MaxAttempts: 3,
		Users:  []hubspot.User{{ID: "16", Name: "Ada Byron", Email: "ada@example.com"}, {ID: "17", Name: "Bo Li"}},
		Record: func(id string) bool { return id == "101" || id == "102" || id == "103" },
		Expect: expect.Env{Assistant: func(name string) (bool, []string) { return name == "judge", []string{"judge"} }},
	}
}

// read reads a test that must be without problems.
func read(t testing.TB, text string) *prompttest.Test {
	t.Helper()
	got, problems := prompttest.Read("tests/t.yaml", []byte(text))
	if len(problems) > 0 {
		t.Fatalf("%v\n%s", problems, text)
	}
	return got
}

// compile makes a scorer of a test that must be without errors.
func compile(t testing.TB, flowText, text string) *prompttest.Scorer {
	t.Helper()
	s, problems := prompttest.Compile(read(t, text), env(t, flowText))
	if s == nil {
		t.Fatalf("%v\n%s", problems, text)
	}
	return s
}

// told are problems in short: place, code and message, and the hint behind an arrow.
func told(problems source.Problems) string {
	var lines []string
	for _, p := range problems {
		line := strings.TrimPrefix(p.Where(), "tests/") + " " + p.Code + ": " + p.Message
		if p.Severity != source.SeverityError {
			line = string(p.Severity) + " " + line
		}
		if p.Hint != "" {
			line += " -> " + p.Hint
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func ptr[T any](v T) *T { return &v }

// asked is a step that asked and got an answer.
func asked(id, name, prompt, response string) run.Step {
	return run.Step{ActionID: id, ActionTypeID: "1-900001", Name: name, State: run.Success,
		Outputs: map[string]string{"response": response, "hs_execution_state": "SUCCESS"},
		Ask: &run.Ask{Assistant: "grader", Model: "gpt-6-luna", Prompt: prompt, Response: &response, Attempts: 1, LatencyMs: 800, CostUSD: "0.0001",
			Usage: &run.Usage{InputTokens: 100, CachedTokens: 10, OutputTokens: 20, ReasoningTokens: 5}}}
}

// unanswered is a step that asked in vain.
func unanswered(id, name string) run.Step {
	return run.Step{ActionID: id, ActionTypeID: "1-900001", Name: name, State: run.FailContinue,
		Outputs: map[string]string{"hs_execution_state": "FAIL_CONTINUE"},
		Error:   &run.Error{Code: "rate_limit_exceeded", Message: "Too many requests."},
		Ask:     &run.Ask{Assistant: "grader", Model: "gpt-6-luna", Prompt: "Grade this", Attempts: 3, LatencyMs: 3200}}
}

func effect(kind run.EffectType, id string, e run.Effect) run.Effect {
	e.Type, e.ActionID = kind, id
	return e
}

// enrolled is the way of the contact 101 through oneAsk.
func enrolled() *run.Result {
	here := []hubspot.Association{{ObjectType: "contact", RecordID: "101"}}
	return &run.Result{
		Record:     run.RecordRef{ObjectType: "contact", ID: "101", Name: "Ada Byron"},
		Enrollment: run.Enrollment{State: run.Completed},
		Steps: []run.Step{asked("1", "qualify", "Grade this: hello", "A: fine"), {ActionID: "2", State: run.Success},
			{ActionID: "3", State: run.Skipped, Reason: "other apps' actions are not executed"},
			{ActionID: "4", Name: "call", State: run.Success}, {ActionID: "5", Name: "write", State: run.Success},
			{ActionID: "6", Name: "tell", State: run.Success}, {ActionID: "7", Name: "deal", State: run.Success}},
		Effects: []run.Effect{
			effect(run.EffectProperty, "2", run.Effect{ObjectType: "contact", RecordID: "101", Property: "city", From: ptr("x"), To: ptr("A: fine")}),
			effect(run.EffectTask, "4", run.Effect{RecordID: "9901", Associations: here, Properties: map[string]string{"hs_task_subject": "Call them", "hs_task_body": "A: fine",
				"hs_task_type": "CALL", "hs_task_priority": "HIGH", "hubspot_owner_id": "9016", "hs_task_status": "NOT_STARTED", "hs_timestamp": "2026-01-06T09:00:00Z"}}),
			effect(run.EffectTask, "5", run.Effect{RecordID: "9902", Associations: here, Properties: map[string]string{"hs_task_subject": "Write to them", "hs_task_body": "Soon",
				"hs_task_type": "EMAIL", "hs_task_priority": "LOW", "hs_task_status": "NOT_STARTED", "hs_timestamp": "2026-01-05T09:00:00Z"}}),
			effect(run.EffectNotification, "6", run.Effect{UserIDs: []string{"16"}, TeamIDs: []string{"sales"}, Subject: ptr("A lead"), Body: ptr("Look")}),
			effect(run.EffectRecord, "7", run.Effect{ObjectType: "deal", RecordID: "9903", Associations: here, Properties: map[string]string{"dealname": "New"}}),
		},
	}
}

// refused is a contact that did not enroll.
func refused() *run.Result {
	return &run.Result{Record: run.RecordRef{ObjectType: "contact", ID: "101"}, Steps: []run.Step{}, Effects: []run.Effect{},
		Enrollment: run.Enrollment{State: run.NotEnrolled, Reason: "message is unknown"}}
}

// failed is oneAsk where nobody answered, and which ended there.
func failed() *run.Result {
	return &run.Result{Record: run.RecordRef{ObjectType: "contact", ID: "101"}, Enrollment: run.Enrollment{State: run.Completed},
		Steps: []run.Step{unanswered("1", "qualify")}, Effects: []run.Effect{}}
}

// waiting never came to a step.
func waiting() *run.Result {
	return &run.Result{Record: run.RecordRef{ObjectType: "contact", ID: "101"}, Enrollment: run.Enrollment{State: run.Active, Reason: "waits for an event"},
		Steps: []run.Step{}, Effects: []run.Effect{}}
}

func fixture() *hubspot.Record {
	return hubspot.NewRecordFromMap("contact", "101", map[string]string{"city": "Paris", "firstname": "Ada", "message": "hello"})
}
