package inspect_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"askflow/internal/hubspot"
	"askflow/internal/run"
	"askflow/internal/service"
)

// runs are stored runs that a test makes up.
type runs struct {
	service.Runs
	run     func(id string) (*run.Run, error)
	row     func(seq int64) (*run.Result, error)
	compare func(q service.CompareQuery) (*service.ComparePage, error)
	rows    int // calls
}

func (r *runs) Run(_ context.Context, id string) (*run.Run, error) { return r.run(id) }
func (r *runs) Row(_ context.Context, _ string, seq int64) (*run.Result, error) {
	r.rows++
	return r.row(seq)
}
func (r *runs) Compare(_ context.Context, q service.CompareQuery) (*service.ComparePage, error) {
	return r.compare(q)
}

func ptr[T any](v T) *T { return &v }

func at(minutes int) *time.Time {
	return ptr(time.Date(2026, 1, 5, 8, minutes, 0, 0, time.UTC))
}

const template = "Name: {{ enrolled_object.firstname }} {{ enrolled_object.lastname }}\nCompany: {{ enrolled_object.company }}\nGrade so far: {{ action_outputs.grade.response }}\n\nWrite JSON."

// flowJSON is a workflow with an asking action 2 of that prompt.
func flowJSON(prompt string) []byte {
	return fmt.Appendf(nil, `{"name":"Lead qualification","type":"CONTACT_FLOW","flowType":"WORKFLOW","objectTypeId":"0-1","isEnabled":true,"startActionId":"1","actions":[
{"actionId":"1","actionTypeId":"1-900001","actionTypeVersion":0,"type":"SINGLE_CONNECTION","fields":{"assistant":"a","prompt":"Grade {{ enrolled_object.message }}"},"connection":{"edgeType":"STANDARD","nextActionId":"2"}},
{"actionId":"2","actionTypeId":"1-900001","actionTypeVersion":0,"type":"SINGLE_CONNECTION","fields":{"assistant":"a","prompt":%q},"connection":{"edgeType":"STANDARD","nextActionId":"3"}},
{"actionId":"3","actionTypeId":"0-3","actionTypeVersion":0,"type":"SINGLE_CONNECTION","fields":{}}],"customProperties":{"askflow_step_1":"grade","askflow_step_2":"draft"}}`, prompt)
}

func testRun() *run.Run {
	return &run.Run{ID: "r7", Workflow: run.Workflow{File: "workflows/lead.yaml", Name: "Lead qualification"}, Status: run.RunCompleted, Answers: "scripted", Flow: flowJSON(template), Created: time.Date(2026, 11, 1, 9, 30, 0, 0, time.UTC),
		Totals: run.Totals{Considered: 1234, CostUSD: "0.5"}}
}

// testResult is an enrollment with a step of every sort.
func testResult() *run.Result {
	ask := func(prompt, response string) *run.Ask {
		return &run.Ask{Assistant: "lead-qualifier", Model: "gpt-6-luna", Temperature: ptr(0.2), ReasoningEffort: "none", Protocol: "responses", Prompt: prompt, Response: &response, Attempts: 1,
			Usage: &run.Usage{InputTokens: 1200, CachedTokens: 200, OutputTokens: 45}, CostUSD: "0.0000345", LatencyMs: 1180}
	}
	retried := ask("Name: Ada Byron\nCompany: \nGrade so far: B: warm\n\nWrite JSON.", `{"subject":"Hello Ada","tags":["new","warm"],"score":0.75}`)
	retried.Attempts, retried.LatencyMs = 3, 4200
	retried.History = []run.Attempt{{Status: 429, Code: "rate_limit_exceeded", Message: "Rate limit reached for gpt-6-luna on requests per min (RPM): Limit 500, Used 500, Requested 1.", RequestID: "req_1", LatencyMs: 20, WaitMs: 2000},
		{Status: 500, Code: "server_error", Message: "The server had an error.", RequestID: "req_2", LatencyMs: 180, WaitMs: 1000, MayHaveCost: true}, {Status: 200, RequestID: "req_3", LatencyMs: 1000}}
	failed := ask("Summarise Ada Byron", "")
	failed.Response, failed.Usage, failed.CostUSD, failed.LatencyMs = nil, nil, "", 0
	failed.History = []run.Attempt{{Status: 400, Code: "context_length_exceeded", Message: "This model takes 400,000 tokens."}}
	return &run.Result{
		Record:     run.RecordRef{ObjectType: "contact", ID: "101", Name: "Ada Byron"},
		Enrollment: run.Enrollment{State: run.Unenrolled, Reason: "the list Customers has the record now", Started: at(0), Ended: at(90)},
		Steps: []run.Step{
			{ActionID: "1", ActionTypeID: "1-900001", Name: "grade", Label: "Ask OpenAI Assistant", State: run.Success, Started: at(0), Ended: at(1), Ask: ask("Grade hello", "B: warm"),
				Outputs: map[string]string{"response": "B: warm", "hs_execution_state": "SUCCESS"}},
			{ActionID: "9", ActionTypeID: "STATIC_BRANCH", Label: "Value equals branch", State: run.Success, Branch: ptr("Warm"), Reason: "the grade is B", Started: at(1), Ended: at(1)},
			{ActionID: "2", ActionTypeID: "1-900001", Name: "draft", Label: "Ask OpenAI Assistant", State: run.Success, Started: at(2), Ended: at(3), Ask: retried, Outputs: map[string]string{"response": "{}", "hs_execution_state": "SUCCESS"},
				Warnings: []string{"reasoning effort none is sent so that gpt-6-luna takes a temperature", "the prompt is long"}},
			{ActionID: "3", ActionTypeID: "0-3", Label: "Create task", State: run.Success, Started: at(3), Ended: at(3)},
			{ActionID: "4", ActionTypeID: "0-1", Label: "Delay", State: run.Success, WaitUntil: at(60), Started: at(3), Ended: at(60)},
			{ActionID: "5", ActionTypeID: "WEBHOOK", Label: "Send a webhook", State: run.Skipped, Reason: "webhooks are not sent in a rehearsal"},
			{ActionID: "6", ActionTypeID: "CUSTOM_CODE", Label: "Custom code", State: run.Success, Stubbed: true, Inputs: map[string]string{"email": "ada@example.com"}},
			{ActionID: "7", ActionTypeID: "1-900001", Name: "pinned", Label: "Ask OpenAI Assistant", State: run.Success, Pinned: true, Visit: 2, Ask: &run.Ask{Assistant: "lead-qualifier", Model: "gpt-6-luna", Protocol: "responses", Prompt: "Say it", Response: ptr("# Grade\n\n- **warm** lead\n- call `soon`\n")}},
			{ActionID: "8", ActionTypeID: "1-900001", Name: "summary", Label: "Ask OpenAI Assistant", State: run.FailContinue, Ask: failed, Error: &run.Error{Code: "context_length_exceeded", Message: "This model takes 400,000 tokens.", Hint: "shorten the prompt"},
				Outputs: map[string]string{"hs_execution_state": "FAIL_CONTINUE"}},
		},
		Effects: []run.Effect{
			{Type: run.EffectProperty, ActionID: "3", ObjectType: "contact", RecordID: "101", Property: "lead_grade", From: ptr("C"), To: ptr("B")},
			{Type: run.EffectTask, ActionID: "3", RecordID: "990000000000001", Properties: map[string]string{"hs_task_subject": "Call Ada", "hs_task_body": "She asked for a call.\nBring the numbers.", "hubspot_owner_id": "9016", "hs_timestamp": "2026-01-05T13:00:00Z"},
				Associations: []hubspot.Association{{ObjectType: "contact", RecordID: "101"}}},
			{Type: run.EffectNotification, ActionID: "3", UserIDs: []string{"16", "99"}, TeamIDs: []string{"4"}, Subject: ptr("Warm lead"), Body: ptr("Ada Byron, see task")},
			{Type: run.EffectRecord, ActionID: "3", ObjectType: "deal", RecordID: "990000000000002", Properties: map[string]string{"dealname": "Ada's deal"}},
		},
	}
}

// stored are runs with one record.
func stored(result *run.Result) *runs {
	return &runs{row: func(int64) (*run.Result, error) { return result, nil }, run: func(string) (*run.Run, error) { return testRun(), nil }}
}

// hostile is text that wants to do something to the terminal.
const hostile = "\x1b[31mred\x1b[0m\x07\x1b]0;title\x07\x9b2J \u202eevil\u2066 日本 👩\u200d👩 \U0001f1e9\U0001f1ea e\u0301\u0301\u0301\u0301\u0301\u0301 \u200b\ufeff नमस्ते\tשלום\r\nend\x00\x7f"

// hostileResult has it everywhere.
func hostileResult() *run.Result {
	long := hostile + strings.Repeat("long", 2500) + strings.Repeat("漢", 500)
	r := testResult()
	r.Record = run.RecordRef{ObjectType: hostile, ID: hostile, Name: long}
	r.Enrollment.Reason = long
	for i := range r.Steps {
		s := &r.Steps[i]
		s.Name, s.Label, s.Reason, s.ActionTypeID = hostile, long, long, hostile
		s.Outputs = map[string]string{hostile: long, "response": hostile}
		s.Inputs = map[string]string{hostile: long}
		s.Warnings = []string{long}
		if s.Branch != nil {
			s.Branch = ptr(long)
		}
		if s.Error != nil {
			s.Error = &run.Error{Code: hostile, Message: long, Hint: long}
		}
		if a := s.Ask; a != nil {
			a.Assistant, a.Model, a.ReasoningEffort, a.Protocol, a.Prompt, a.CostUSD = hostile, long, hostile, hostile, long, hostile
			if a.Response != nil {
				a.Response = ptr(long)
			}
			for k := range a.History {
				a.History[k].Code, a.History[k].Message, a.History[k].RequestID = hostile, long, hostile
			}
		}
	}
	for i := range r.Effects {
		e := &r.Effects[i]
		e.ObjectType, e.RecordID, e.Property, e.From, e.To, e.Subject, e.Body = hostile, hostile, hostile, ptr(long), ptr(hostile), ptr(long), ptr(long)
		e.UserIDs, e.Properties = []string{hostile}, map[string]string{hostile: long, "hs_task_subject": long, "hs_timestamp": hostile}
		e.Associations = []hubspot.Association{{ObjectType: hostile, RecordID: long}}
	}
	return r
}
