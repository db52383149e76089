package check_test

import (
	"strings"
	"testing"
	"unicode"

	"askflow/internal/check"
)

func ask(fields string) string {
	return contactFlow(step("1", "1-900001", fields, ""))
}

func TestAsks(t *testing.T) {
	t.Parallel()
	with := func(fields string) string { return ask(`"assistant":"qualifier","prompt":"x",` + fields) }
	table(t, map[string]string{
		"by name":             ask(`"assistant":"Lead qualifier","prompt":"x","model":"","temperature":"","reasoning_effort":""`),
		"no assistant":        contactFlow(marked("missing_assistant", step("1", "1-900001", `"prompt":"x"`, ""))),
		"unknown assistant":   ask(`"assistant":«unknown_assistant»"qualifyer","prompt":"x"`),
		"token for assistant": ask(`"assistant":«token_not_rendered»"{{ enrolled_object.email }}","prompt":"x"`),
		"no prompt":           contactFlow(marked("missing_prompt", step("1", "1-900001", `"assistant":"qualifier"`, ""))),
		"blank prompt":        ask(`"assistant":"qualifier","prompt":«missing_prompt»" "`),
		"unknown model":       with(`"model":«unknown_model»"gpt-6-lunar"`),
		"model switched off":  with(`"model":«model_switched_off»"gpt-5-codex"`),
		"words for a number":  with(`"temperature":«bad_temperature»"warm"`),
		"too warm":            with(`"temperature":«bad_temperature»"2.5"`),
		"temperature":         with(`"temperature":"0.2","reasoning_effort":"none"`),
		"temperature alone":   contactFlow(marked("settings_adjusted", step("1", "1-900001", `"assistant":"qualifier","prompt":"x","temperature":"0.2"`, ""))),
		"clash":               with(`"temperature":«unsupported_settings»"0.2","reasoning_effort":"high"`),
		"no effort":           with(`"reasoning_effort":«unsupported_settings»"extreme"`),
	})
}

func TestAllowedModels(t *testing.T) {
	t.Parallel()
	files := baseFiles()
	files["portal.yaml"] += "openai:\n  default_model: «model_not_allowed»gpt-5.4\n  allowed_models: [gpt-6-luna]\n"
	files["workflows/w.json"] = ask(`"assistant":"qualifier","prompt":"x","model":«model_not_allowed»"gpt-5.4"`)
	expect(t, files)
}

func TestAssistants(t *testing.T) {
	t.Parallel()
	files := baseFiles()
	files["workflows/w.json"] = ask(`"assistant":"qualifier","prompt":"x"`)
	files["assistants/clash.yaml"] = "name: Clash\nmodel: gpt-6-luna\ntemperature: «unsupported_settings»0.3\nreasoning_effort: high\n"
	files["assistants/old.yaml"] = "name: Old\nmodel: «model_switched_off»gpt-4\n"
	files["assistants/same.yaml"] = "name: «duplicate_assistant»Lead qualifier\nmodel: gpt-6-luna\n"
	files["assistants/strange.yaml"] = "name: Strange\nmodel: «unknown_model»my-own-model\n"
	expect(t, files)
}

func TestLocked(t *testing.T) {
	t.Parallel()
	for subscriptions, locked := range map[string]bool{
		"subscriptions: []":                           true,
		"subscriptions: [sales-hub-professional]":     true,
		"subscriptions: [commerce-hub-enterprise]":    false,
		"# nothing is said, which counts as unlocked": false,
	} {
		t.Run(subscriptions, func(t *testing.T) {
			t.Parallel()
			files := baseFiles()
			files["portal.yaml"] = strings.Replace(files["portal.yaml"], "subscriptions: [sales-hub-enterprise]", subscriptions, 1)
			action := step("1", "1-900001", `"assistant":"qualifier","prompt":"x"`, "")
			if locked {
				action = marked("openai_locked", action)
			}
			files["workflows/w.json"] = contactFlow(action)
			expect(t, files)
		})
	}
}

func TestLockedNamesTheFive(t *testing.T) {
	t.Parallel()
	files := baseFiles()
	files["portal.yaml"] = "subscriptions: []\n"
	files["workflows/w.json"] = ask(`"assistant":"qualifier","prompt":"x"`)
	dir, _ := write(t, files)
	for _, p := range check.Portal(load(t, dir), check.Options{}) {
		if p.Code != "openai_locked" {
			continue
		}
		for _, name := range []string{"marketing-hub-enterprise", "sales-hub-enterprise", "service-hub-enterprise", "data-hub-enterprise", "commerce-hub-enterprise"} {
			if !strings.Contains(p.Hint, name) {
				t.Errorf("the hint does not name %s: %s", name, p.Hint)
			}
		}
		return
	}
	t.Error("no openai_locked")
}

func TestDataSources(t *testing.T) {
	t.Parallel()
	flow := func(sources string) string {
		return contactFlow(notifyEnd, `"startActionId":"2"`, `"dataSources":[`+sources+`]`)
	}
	source := func(name, object, id, rest string) string {
		return `{"type":"ASSOCIATION","name":"` + name + `","objectTypeId":"` + object + `","associationCategory":"HUBSPOT_DEFINED","associationTypeId":` + id + rest + `}`
	}
	var many []string
	for i := range 51 {
		many = append(many, source("s"+string(rune('a'+i/26))+string(rune('a'+i%26)), "0-2", "279", ""))
	}
	many[50] = "«too_many_data_sources»" + many[50]
	table(t, map[string]string{
		"companies":      flow(source("a", "0-2", "279", `,"sortBy":{"property":"createdate","order":"DESC"}`)),
		"fifty-one":      flow(strings.Join(many, ",")),
		"the same twice": flow(source("a", "0-2", "279", "") + "," + marked("duplicate_data_source", source("a", "0-2", "279", ""))),
		"wrong object":   flow(marked("association_mismatch", source("a", "0-3", "279", ""))),
		"nowhere":        flow(marked("unknown_association", source("a", "0-3", "9999", ""))),
		"no object type": flow(marked("unknown_object_type", source("a", "0-997", "279", ""))),
		"sort":           flow(marked("unknown_property", source("a", "0-2", "279", `,"sortBy":{"property":"nothing","order":"ASC"}`))),
		"sort order":     flow(marked("bad_value", source("a", "0-2", "279", `,"sortBy":{"property":"createdate","order":"UP"}`))),
		"by property":    flow(`«not_emulated»{"type":"STATIC_PROPERTY_FILTER","name":"a","objectTypeId":"0-2","propertyName":"domain","staticValue":"x"}`),
	})
}

func TestRules(t *testing.T) {
	t.Parallel()
	files := baseFiles()
	files["workflows/w.json"] = ask(`"assistant":"qualifier","prompt":"x"`)
	files["responses/a.yaml"] = "- when: {assistant: «unknown_assistant»qualifyer}\n  reply: A\n- when: {record: \"999\"}\n  reply: B\n- «unknown_step»when: {step: \"7\"}\n  reply: C\n- reply: D\n"
	files["responses/b.yaml"] = "- «unreachable_rule»when: {assistant: Lead qualifier}\n  reply: E\n"
	expect(t, files)
}

func TestSettings(t *testing.T) {
	t.Parallel()
	files := baseFiles()
	files["portal.yaml"] += "openai:\n  protocol: «assistants_api_retired»assistants\n  default_model: «unknown_model»gpt-99\n  allowed_models: [gpt-6-luna, gpt-99, «model_switched_off»gpt-4]\n"
	files["portal.yaml"] = strings.Replace(files["portal.yaml"], "gpt-6-luna, gpt-99", "gpt-6-luna, «unknown_model»gpt-99", 1)
	files["workflows/w.json"] = contactFlow(notifyEnd, `"startActionId":"2"`)
	expect(t, files)
}

func TestNoWorkflows(t *testing.T) {
	t.Parallel()
	dir, _ := write(t, baseFiles())
	got := places(check.Portal(load(t, dir), check.Options{}))
	if len(got) != 1 || got[0] != "portal.yaml no_workflows" {
		t.Errorf("got %v, want one no_workflows", got)
	}
}

// A portal that lists no users may be one whose users nobody has written down.
func TestNoUsers(t *testing.T) {
	t.Parallel()
	files := baseFiles()
	files["portal.yaml"] = "name: Test\n"
	files["workflows/w.json"] = contactFlow(step("1", "0-9", `"subject":"x","user_ids":[«no_users»"11"],"team_ids":[«unknown_team»"EMEA"]`, ""))
	dir, want := write(t, files)
	got := check.Portal(load(t, dir), check.Options{})
	if len(got) != len(want) || got.HasErrors() {
		t.Errorf("got %v, want the warnings %v", got, want)
	}
}

// An exported workflow may call the action and its fields by other names; portal.yaml says which.
func TestMappedAction(t *testing.T) {
	t.Parallel()
	files := baseFiles()
	files["portal.yaml"] += "openai_action:\n  type_id: 1-4242\n  fields: {assistant: assistantId, prompt: question}\n  output: answer\n"
	files["workflows/w.json"] = contactFlow(step("1", "1-4242", `"assistantId":«unknown_assistant»"nobody","question":"x",«unknown_field»"prompt":"x"`, "2") + "," +
		step("2", "0-9", `"user_ids":["11"],"subject":"{{ action_outputs.action_output_1.answer }}«unknown_output»{{ action_outputs.action_output_1.response }}"`, ""))
	expect(t, files)
}

// Names in messages come from files; none of them may steer a terminal.
func TestMessagesAreForTerminals(t *testing.T) {
	t.Parallel()
	files := baseFiles()
	files["workflows/w.json"] = contactFlow(step(`\u001b[2J`, "1-9\\u001b]0;x\\u0007", `"a":"b"`, `\u009bx`), `"startActionId":"\u001b[2J"`)
	dir, _ := write(t, files)
	got := check.Portal(load(t, dir), check.Options{})
	if len(got) < 2 {
		t.Errorf("got only %v", got)
	}
	for _, p := range got {
		if strings.ContainsFunc(p.Message+p.Hint, unicode.IsControl) {
			t.Errorf("control characters in %q (%q)", p.Message, p.Hint)
		}
	}
}
