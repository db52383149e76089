package portal_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"askflow/internal/assistant"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/portal"
	"askflow/internal/source"
)

func read(t *testing.T, text string) (portal.Settings, []hubspot.User, source.Problems) {
	t.Helper()
	n, problems := source.ParseYAML("portal.yaml", []byte(text))
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	return portal.ReadSettings("portal.yaml", n)
}

func TestSettingsDefaults(t *testing.T) {
	t.Parallel()
	s, users, problems := read(t, "")
	if len(problems) > 0 || users != nil {
		t.Errorf("problems %v, users %v", problems, users)
	}
	want := portal.Settings{
		TimeZone: "America/New_York", Answers: "scripted", MissingToken: "blank", OpenAIAction: flow.DefaultOpenAIAction(),
		OpenAI: portal.OpenAISettings{BaseURL: "https://api.openai.com/v1", Protocol: assistant.Responses, Era: "responses",
			DefaultModel: "gpt-6-luna", MaxOutputTokens: 2000, MaxAttempts: 3, Timeout: time.Minute},
	}
	if diff := cmp.Diff(want, s, cmpopts.IgnoreFields(portal.Settings{}, "Zone", "Node")); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
	if got := s.StartOfClock().Format(time.RFC3339); got != "2026-01-05T09:00:00-05:00" || !s.Unlocked() {
		t.Errorf("the clock starts at %s, unlocked %v", got, s.Unlocked())
	}
}

func TestSettingsAll(t *testing.T) {
	t.Parallel()
	s, users, problems := read(t, `
id: 4242
name: Northwind Demo
time_zone: Europe/Berlin
subscriptions: [sales-hub-enterprise]
users:
  - {id: "11", owner_id: "9011", name: Mara Lind, email: mara@northwind.example, teams: [EMEA], deactivated: true}
answers: replay
openai:
  base_url: http://localhost:11434/v1/
  protocol: chat
  era: sunset
  default_model: llama
  max_output_tokens: 500
  max_attempts: 2
  allowed_models: [llama]
  limits: {requests_per_minute: 60, tokens_per_minute: 90000, max_cost_usd: 2.50}
  timeout: 1m30s
openai_action:
  type_id: "1-123"
  version: 7
  fields: {assistant: assistantId, prompt: text, model: m, temperature: t, reasoning_effort: e}
  output: answer
now: 2026-02-01T10:00
missing_token: error
`)
	if len(problems) > 0 {
		t.Errorf("problems: %v", problems)
	}
	want := portal.Settings{
		ID: 4242, Name: "Northwind Demo", TimeZone: "Europe/Berlin", Subscriptions: []string{"sales-hub-enterprise"}, Answers: "replay", MissingToken: "error",
		OpenAIAction: flow.OpenAIAction{TypeID: "1-123", Version: 7, Assistant: "assistantId", Prompt: "text", Model: "m", Temperature: "t", ReasoningEffort: "e", Output: "answer"},
		OpenAI: portal.OpenAISettings{BaseURL: "http://localhost:11434/v1", Protocol: assistant.Chat, Era: "sunset", DefaultModel: "llama", MaxOutputTokens: 500, MaxAttempts: 2,
			AllowedModels: []string{"llama"}, Limits: portal.Limits{RequestsPerMinute: 60, TokensPerMinute: 90000, MaxCostUSD: "2.50"}, Timeout: 90 * time.Second},
	}
	if diff := cmp.Diff(want, s, cmpopts.IgnoreFields(portal.Settings{}, "Zone", "Node", "Now")); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	if got := s.StartOfClock().Format(time.RFC3339); got != "2026-02-01T10:00:00+01:00" {
		t.Errorf("the clock starts at %s", got)
	}
	wantUsers := []hubspot.User{{ID: "11", OwnerID: "9011", Name: "Mara Lind", Email: "mara@northwind.example", Teams: []string{"EMEA"}, Deactivated: true}}
	if diff := cmp.Diff(wantUsers, users); diff != "" {
		t.Errorf("users (-want +got):\n%s", diff)
	}
}

func TestSettingsProblems(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"- a":                                   "1:1 wrong_type",
		"nmae: x":                               "1:1 unknown_key",
		"id: x":                                 "1:5 wrong_type",
		"id: -1":                                "1:5 bad_value",
		"time_zone: Berlin":                     "1:12 bad_time_zone",
		"time_zone: Local":                      "1:12 bad_time_zone",
		"time_zone: ../../etc/passwd":           "1:12 bad_time_zone",
		"answers: script":                       "1:10 bad_value",
		"subscriptions: [sales-hub-enterprize]": "1:17 unknown_subscription",
		"users: [{name: x}]":                    "1:9 missing_key",
		"users: [{id: 1}, {id: 1}]":             "1:23 duplicate_user",
		"users: [{id: 1, owner_id: 5}, {id: 2, owner_id: 5}]": "1:49 duplicate_owner",
		"users: {id: 1}":                              "1:8 wrong_type",
		"openai: {base_url: api.openai.com}":          "1:20 bad_url",
		"openai: {base_url: 'ftp://x.example'}":       "1:20 bad_url",
		"openai: {base_url: 'https://k:s@x.example'}": "1:20 bad_url",
		"openai: {base_url: 'http://x.example/v1'}":   "1:20 plain_http",
		"openai: {protocol: response}":                "1:20 bad_value",
		"openai: {era: now}":                          "1:15 bad_value",
		"openai: {max_output_tokens: 5}":              "1:29 bad_value",
		"openai: {max_attempts: 0}":                   "1:24 bad_value",
		"openai: {timeout: 60}":                       "1:19 bad_duration",
		"openai: {timeout: -5s}":                      "1:19 bad_duration",
		"openai: {limits: {max_cost_usd: -1}}":        "1:33 bad_value",
		"openai: {limits: {max_cost_usd: 1e3}}":       "1:33 bad_value",
		"openai: {limits: {requests_per_minute: -1}}": "1:40 bad_value",
		"openai: {limits: {max_cost: 1}}":             "1:19 unknown_key",
		"openai: 5":                                   "1:9 wrong_type",
		"openai_action: {type_id: 0-5}":               "1:26 bad_value",
		"openai_action: {type_id: mine}":              "1:26 bad_value",
		"openai_action: {fields: {prompt: model}}":    "1:25 bad_value",
		"openai_action: {output: hs_execution_state}": "1:25 bad_value",
		"now: tomorrow":                               "1:6 bad_time",
		"missing_token: empty":                        "1:16 bad_value",
	} {
		_, _, problems := read(t, text)
		var got []string
		for _, p := range problems {
			got = append(got, strings.TrimPrefix(p.Where(), "portal.yaml:")+" "+p.Code)
		}
		if diff := cmp.Diff([]string{want}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s%v", text, diff, problems)
		}
	}
}

func TestLockedPortal(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"": true, "name: x": true, "subscriptions: []": false, "subscriptions: [starter]": false, "subscriptions: [data-hub-enterprise]": true, "subscriptions:": true} {
		if s, _, _ := read(t, text); s.Unlocked() != want {
			t.Errorf("%q: unlocked is %v", text, !want)
		}
	}
}

func TestParseNow(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"2026-01-05T09:00": "2026-01-05T09:00:00+01:00", "2026-07-05T09:00:30": "2026-07-05T09:00:30+02:00", "2026-01-05": "2026-01-05T00:00:00+01:00",
		"2026-01-05 09:00": "2026-01-05T09:00:00+01:00", "2026-01-05T09:00:00Z": "2026-01-05T10:00:00+01:00",
	} {
		got, err := portal.ParseNow(text, berlin)
		if err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("ParseNow(%q) = %s, %v; want %s", text, got.Format(time.RFC3339), err, want)
		}
	}
	for _, text := range []string{"", "tomorrow", "05.01.2026", "0001-01-01", "2026-13-01"} {
		if got, err := portal.ParseNow(text, berlin); err == nil {
			t.Errorf("ParseNow(%q) = %s, want an error", text, got)
		}
	}
}

func FuzzReadSettings(f *testing.F) {
	for _, seed := range []string{"", "id: 1", "users: [{id: 1}]", "openai: {base_url: 'http://[::1]:80/v1', timeout: 1h}", "openai_action: {fields: {prompt: model}}", "now: 2026-01-05", "- x", "subscriptions: [[]]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, problems := source.ParseYAML("portal.yaml", []byte(text))
		if problems.HasErrors() {
			return
		}
		s, _, _ := portal.ReadSettings("portal.yaml", n)
		if s.Zone == nil || s.OpenAI.Timeout <= 0 || s.OpenAI.MaxAttempts < 1 || s.OpenAI.MaxOutputTokens < 16 || s.StartOfClock().IsZero() {
			t.Errorf("settings that cannot be used: %+v", s)
		}
	})
}
