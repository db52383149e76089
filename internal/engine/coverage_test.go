package engine_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"askflow/internal/flow"
	"askflow/internal/run"
)

// seen is what the golden files of all scenarios show.
type seen struct {
	kinds     map[string]map[run.StepState]bool
	states    map[run.State]bool
	codes     map[string]bool // of steps, attempts and runs
	exits     map[int]bool
	effects   map[run.EffectType]bool
	reasons   []string
	statuses  map[run.Status]bool
	protocols map[string]bool
}

func readGoldens(t *testing.T) *seen {
	t.Helper()
	s := &seen{kinds: map[string]map[run.StepState]bool{}, states: map[run.State]bool{}, codes: map[string]bool{}, exits: map[int]bool{},
		effects: map[run.EffectType]bool{}, statuses: map[run.Status]bool{}, protocols: map[string]bool{}}
	for _, name := range scenarioNames(t) {
		data, err := os.ReadFile(filepath.Join(scenarioRoot, name, "want.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range lines(string(data)) {
			var h head
			var r run.Result
			if strings.Contains(line, `"exit":`) {
				if err := json.Unmarshal([]byte(line), &h); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				s.head(&h)
				continue
			}
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			s.result(&r)
		}
	}
	return s
}

func (s *seen) head(h *head) {
	s.exits[h.Exit] = true
	s.statuses[h.Status] = true
	if h.Error != nil {
		s.codes[h.Error.Code] = true
	}
}

func (s *seen) result(r *run.Result) {
	s.states[r.Enrollment.State] = true
	s.reasons = append(s.reasons, r.Enrollment.Reason)
	for i := range r.Effects {
		s.effects[r.Effects[i].Type] = true
	}
	for i := range r.Steps {
		step := &r.Steps[i]
		if s.kinds[step.ActionTypeID] == nil {
			s.kinds[step.ActionTypeID] = map[run.StepState]bool{}
		}
		s.kinds[step.ActionTypeID][step.State] = true
		s.reasons = append(s.reasons, step.Reason)
		if step.Error != nil {
			s.codes[step.Error.Code] = true
		}
		if step.Ask != nil {
			s.protocols[step.Ask.Protocol] = true
			for _, a := range step.Ask.History {
				s.codes[a.Code] = true
			}
		}
	}
}

// TestScenariosCover fails when no scenario shows a kind of action, an enrollment rule or a failure.
func TestScenariosCover(t *testing.T) {
	t.Parallel()
	s := readGoldens(t)
	for _, id := range []string{flow.DefaultOpenAIAction().TypeID, flow.TypeDelay, flow.TypeDelayUntil, flow.TypeCreateTask, flow.TypeSetProperty,
		flow.TypeInternalEmail, flow.TypeNotification, flow.TypeCreateRecord, "LIST_BRANCH", "STATIC_BRANCH", "AB_TEST_BRANCH"} {
		if !s.kinds[id][run.Success] {
			t.Errorf("no scenario runs an action of the type %s", id)
		}
	}
	for _, id := range []string{flow.DefaultOpenAIAction().TypeID, flow.TypeDelayUntil, flow.TypeSetProperty, flow.TypeInternalEmail, flow.TypeNotification, flow.TypeCreateRecord} {
		if !s.kinds[id][run.FailContinue] {
			t.Errorf("no scenario lets an action of the type %s fail", id)
		}
	}
	for _, id := range []string{"CUSTOM_CODE", "WEBHOOK", "0-4", "1-777"} {
		if !s.kinds[id][run.Skipped] {
			t.Errorf("no scenario skips an action of the type %s", id)
		}
	}
	for _, state := range []run.State{run.NotEnrolled, run.Completed, run.GoalMet, run.Unenrolled} {
		if !s.states[state] {
			t.Errorf("no scenario has an enrollment that ends %s", state)
		}
	}
	for _, effect := range []run.EffectType{run.EffectTask, run.EffectNotification, run.EffectEmail, run.EffectProperty, run.EffectRecord} {
		if !s.effects[effect] {
			t.Errorf("no scenario has an effect %s", effect)
		}
	}
	for _, code := range []string{"rate_limit_exceeded", "server_error", "overloaded", "timeout", "refusal", "incomplete_answer", "empty_answer",
		"connection_failed", "bad_response", "no_scripted_answer", "context_length_exceeded", "insufficient_quota", "unsupported_settings",
		"openai_locked", "over_budget", "unknown_price", "input_changed", "nothing_failed", "run_not_found", "unknown_step", "cannot_pin",
		"missing_value", "missing_output", "invalid_property_value", "invalid_user", "no_recipient", "invalid_date", "invalid_portal",
		"unknown_record", "unknown_assistant"} {
		if !s.codes[code] {
			t.Errorf("no scenario shows the error %s", code)
		}
	}
	for _, exit := range []int{0, 2, 3, 4} {
		if !s.exits[exit] {
			t.Errorf("no scenario exits with %d", exit)
		}
	}
	for _, protocol := range []string{"responses", "chat"} {
		if !s.protocols[protocol] {
			t.Errorf("no scenario asks by the protocol %s", protocol)
		}
	}
	if !s.statuses[run.RunStopped] {
		t.Error("no scenario stops a run")
	}
	coverReasons(t, s)
}

func coverReasons(t *testing.T, s *seen) {
	t.Helper()
	for _, want := range []string{"not any of", "has no value", "not equal to", "in the suppression list", "the goal is met already", "by hand only",
		"does not occur in a rehearsal", "not among the records named", "meets the unenrollment triggers", "no longer meets the enrollment triggers",
		"the goal was met", "stopped after 1000 steps", "there is no default branch", "no associated company", "the date has passed", "nothing to wait for",
		"stubbed", "custom code is not executed", "webhooks are not sent", "is not known to askflow"} {
		found := false
		for _, reason := range s.reasons {
			found = found || strings.Contains(reason, want)
		}
		if !found {
			t.Errorf("no scenario gives the reason %q", want)
		}
	}
}
