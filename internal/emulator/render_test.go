package emulator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/emulator"
)

// lookingPortal has a contact with a company, and a workflow that looks at it.
func lookingPortal(t *testing.T) *emulator.Emulator {
	t.Helper()
	files := portalFiles()
	files["workflows/look.yaml"] = `
name: Look
object: contact
data_sources:
  - {type: ASSOCIATION, name: company, objectTypeId: 0-2, associationCategory: HUBSPOT_DEFINED, associationTypeId: 279}
  - {type: ASSOCIATION, name: deal, objectTypeId: 0-3, associationCategory: HUBSPOT_DEFINED, associationTypeId: 4}
steps:
  - ask_openai_assistant: {id: ask, assistant: grader, prompt: "{{ fetched_objects.company.name }}"}
`
	files["records/contacts.csv"] = "Record ID,First Name,Email,Associated Company IDs\n1,Ada,\"{{ enrolled_object.email }}\",7\n2,Bo,,\n"
	files["records/companies.csv"] = "Record ID,Company name,City\n7,Harbor,\n"
	return open(t, writePortal(t, files))
}

func TestRender(t *testing.T) {
	t.Parallel()
	e := lookingPortal(t)
	for _, c := range []struct {
		req emulator.TryRequest
		// want is the text, then each token with its value or why it has none.
		want     string
		problems string
	}{
		{emulator.TryRequest{RecordID: "1", Prompt: "plain"}, "plain", ""},
		{emulator.TryRequest{RecordID: "1", Prompt: "Hi {{enrolled_object.firstname}}, id {{ enrolled_object }}."}, "Hi Ada, id 1.|{{ enrolled_object.firstname }}=Ada|{{ enrolled_object }}=1", ""},
		{emulator.TryRequest{RecordID: "1", Prompt: "ä{{ enrolled_object.email }}ö"}, "ä{{ enrolled_object.email }}ö|{{ enrolled_object.email }}={{ enrolled_object.email }}", ""},
		{emulator.TryRequest{RecordID: "2", Prompt: "[{{ enrolled_object.email }}]"}, "[]|{{ enrolled_object.email }}: The contact 2 has no value for email.", ""},
		{emulator.TryRequest{RecordID: "1", Prompt: "[{{ enrolled_object.frstname }}]"}, "[]|{{ enrolled_object.frstname }}: A contact has no property frstname; did you mean firstname?", ""},
		{emulator.TryRequest{Prompt: "[{{ enrolled_object.email }}]"}, "[]|{{ enrolled_object.email }}: No record is chosen.", ""},
		{emulator.TryRequest{Workflow: "look", Step: "ask", RecordID: "1"}, "Harbor|{{ fetched_objects.company.name }}=Harbor", ""},
		{emulator.TryRequest{Workflow: "look", RecordID: "1", Prompt: "[{{ fetched_objects.company.city }}]"}, "[]|{{ fetched_objects.company.city }}: The company 7 has no value for city.", ""},
		{emulator.TryRequest{Workflow: "look", RecordID: "2", Prompt: "[{{ fetched_objects.company.name }}]"}, "[]|{{ fetched_objects.company.name }}: The data source company finds nothing for the contact.", ""},
		{emulator.TryRequest{Workflow: "look", RecordID: "1", Prompt: "[{{ fetched_objects.deal.dealname }}{{ fetched_objects.boss.name }}]"},
			"[]|{{ fetched_objects.deal.dealname }}: The data source deal finds nothing for the contact.|{{ fetched_objects.boss.name }}: The workflow look has no data source boss.", ""},
		{emulator.TryRequest{RecordID: "1", Prompt: "[{{ fetched_objects.company.name }}]"}, "[]|{{ fetched_objects.company.name }}: Without a workflow there is no data source company.", ""},
		{emulator.TryRequest{RecordID: "1", Prompt: "{{ _0_2.name }} of {{ _0_1.firstname }}"}, "Harbor of Ada|{{ _0_2.name }}=Harbor|{{ _0_1.firstname }}=Ada", ""},
		{emulator.TryRequest{RecordID: "2", Prompt: "[{{ _0_2.name }}{{ _0_99.x }}]"}, "[]|{{ _0_2.name }}: The contact is associated with none of the companies.|{{ _0_99.x }}: There is no object type 0-99.", ""},
		{emulator.TryRequest{Workflow: "look", Prompt: "{{ action_outputs.ask.response }}/{{ action_outputs.ask.hs_execution_state }}", Outputs: map[string]map[string]string{"ask": {"response": "yes"}}},
			"yes/SUCCESS|{{ action_outputs.ask.response }}=yes|{{ action_outputs.ask.hs_execution_state }}=SUCCESS", ""},
		{emulator.TryRequest{Workflow: "look", Prompt: "[{{ action_outputs.ask.response }}{{ action_outputs.aks.response }}]"},
			"[]|{{ action_outputs.ask.response }}: No value was given for the output response of the step ask.|{{ action_outputs.aks.response }}: The workflow look has no step aks.", ""},
		{emulator.TryRequest{RecordID: "1", Prompt: "{{ nothing.x }} {{ enrolled_object.firstname }} {{"}, "{{ nothing.x }} Ada {{|{{ enrolled_object.firstname }}=Ada", "nothing|not closed"},
	} {
		got, err := e.Render(t.Context(), c.req)
		if err != nil {
			t.Errorf("%+v: %v", c.req, err)
			continue
		}
		parts := []string{got.Text}
		for _, v := range got.Tokens {
			if got.Text[v.Start:v.End] != v.Value {
				t.Errorf("%s stands at %q, not %q", v.Token, got.Text[v.Start:v.End], v.Value)
			}
			parts = append(parts, v.Token+"="+v.Value)
			if v.Missing {
				parts[len(parts)-1] = v.Token + ": " + v.Why
			}
		}
		if diff := cmp.Diff(c.want, strings.Join(parts, "|")); diff != "" {
			t.Errorf("%+v:\n%s", c.req, diff)
		}
		for i, want := range slices.DeleteFunc(strings.Split(c.problems, "|"), func(s string) bool { return s == "" }) {
			if i >= len(got.Problems) || !strings.Contains(got.Problems[i], want) {
				t.Errorf("%+v: problems %q, want one with %q", c.req, got.Problems, want)
			}
		}
		if c.problems == "" && len(got.Problems) > 0 {
			t.Errorf("%+v: problems %q", c.req, got.Problems)
		}
	}
}

// A token that may not be missing still shows as missing, and keeps the question from being asked.
func TestRenderWhereMissingIsAnError(t *testing.T) {
	t.Parallel()
	dir := gradePortal(t, 1)
	write(t, dir, "portal.yaml", "id: 1\nmissing_token: error\n")
	e := open(t, dir)
	req := emulator.TryRequest{Assistant: "grader", RecordID: "1000", Prompt: "x{{ enrolled_object.lastname }}y"}
	if got, err := e.Render(t.Context(), req); err != nil || got.Text != "xy" || len(got.Missing()) != 1 {
		t.Errorf("%+v %v", got, err)
	}
	if got := tried(t, e, req); got.Step.Error == nil || got.Step.Error.Code != "missing_value" || got.Step.Ask.Attempts != 0 {
		t.Errorf("%+v", got.Step)
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	half := 0.5
	e := open(t, gradePortal(t, 1))
	for _, c := range []struct {
		req emulator.SettingsRequest
		// want is model, temperature, effort, whether refused, and how many warnings.
		want, refused, noTemperature, noEffort string
		warnings                               int
	}{
		{emulator.SettingsRequest{Assistant: "grader"}, "gpt-6-luna - none", "", "", "", 0},
		{emulator.SettingsRequest{Workflow: "grade", Step: "ask"}, "gpt-6-luna - none", "", "", "", 0},
		{emulator.SettingsRequest{Assistant: "grader", Temperature: &half}, "gpt-6-luna 0.5 none", "", "", "", 0},
		{emulator.SettingsRequest{Assistant: "grader", ReasoningEffort: "low"}, "gpt-6-luna - low", "", "only with reasoning effort none, and low is set", "", 0},
		{emulator.SettingsRequest{Assistant: "grader", ReasoningEffort: "low", Temperature: &half}, "gpt-6-luna 0.5 low", "unsupported_settings", "only with reasoning effort none", "", 0},
		{emulator.SettingsRequest{Assistant: "grader", Model: "gpt-6-astra", ReasoningEffort: "low"}, "gpt-6-astra - low", "", "takes no temperature", "", 0},
		{emulator.SettingsRequest{Assistant: "grader", Model: "gpt-4.1"}, "gpt-4.1 - none", "unsupported_settings", "", "does not reason", 1},
		{emulator.SettingsRequest{Assistant: "grader", Model: "house-model"}, "house-model - none", "", "", "", 1},
		{emulator.SettingsRequest{Assistant: "nobody", Model: "gpt-6-luna"}, "gpt-6-luna - ", "unknown_assistant", "", "", 0},
		{emulator.SettingsRequest{}, "gpt-6-luna - ", "unknown_assistant", "", "", 0},
	} {
		got, err := e.Resolve(t.Context(), c.req)
		if err != nil {
			t.Errorf("%+v: %v", c.req, err)
			continue
		}
		temperature := "-"
		if got.Temperature != nil {
			temperature = fmt.Sprint(*got.Temperature)
		}
		refused := ""
		if got.Refused != nil {
			refused = got.Refused.Code
		}
		if have := got.Model + " " + temperature + " " + got.ReasoningEffort; have != c.want || refused != c.refused || len(got.Warnings) != c.warnings {
			t.Errorf("%+v: %s, refused %q, warnings %q", c.req, have, refused, got.Warnings)
		}
		if !strings.Contains(got.NoTemperature, c.noTemperature) || (got.NoTemperature == "") != (c.noTemperature == "") {
			t.Errorf("%+v: no temperature because %q", c.req, got.NoTemperature)
		}
		if !strings.Contains(got.NoEffort, c.noEffort) || (got.NoEffort == "") != (c.noEffort == "") || (len(got.Efforts) == 0) != (c.noEffort != "") {
			t.Errorf("%+v: efforts %v, %q", c.req, got.Efforts, got.NoEffort)
		}
	}
	for _, req := range []emulator.SettingsRequest{{Workflow: "nowhere"}, {Workflow: "grade", Step: "nothing"}, {Step: "ask"}} {
		if _, err := e.Resolve(t.Context(), req); err == nil {
			t.Errorf("%+v is no mistake", req)
		}
	}
}

func TestModelList(t *testing.T) {
	t.Parallel()
	dir := gradePortal(t, 1)
	write(t, dir, "portal.yaml", "id: 1\nopenai: {allowed_models: [gpt-6-luna]}\n")
	e := open(t, dir)
	byID := map[string]emulator.ModelInfo{}
	for _, m := range e.ModelList([]string{"gpt-6-luna", "house-model"}) {
		byID[m.ID] = m
	}
	luna, house, sol := byID["gpt-6-luna"], byID["house-model"], byID["gpt-6-sol"]
	table, _ := e.Models.Lookup("gpt-6-luna")
	if luna.InputUSD != table.Input.String() || luna.OutputUSD != table.Output.String() || luna.CachedUSD == "" || luna.Context != table.Context || !luna.Allowed || luna.Offered == nil || !*luna.Offered ||
		!slices.Equal(luna.TemperatureEfforts, []string{"none"}) || luna.AsOf == "" {
		t.Errorf("%+v", luna)
	}
	if house.AsOf != "" || house.InputUSD != "" || house.Allowed || !*house.Offered {
		t.Errorf("%+v", house)
	}
	if sol.Allowed || *sol.Offered {
		t.Errorf("%+v", sol)
	}
	for _, m := range e.ModelList(nil) {
		if m.Offered != nil || m.Gone && m.Shutdown.IsZero() || m.ID == "house-model" {
			t.Errorf("%+v", m)
		}
	}
	if names := e.AskingWorkflows(); !slices.Equal(names, []string{"grade"}) {
		t.Error(names)
	}
}
