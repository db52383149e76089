package check_test

import (
	"strings"
	"testing"
	"time"

	"askflow/internal/check"
	"askflow/internal/source"
)

// find returns the only finding of a code.
func find(t *testing.T, ps source.Problems, code string) source.Problem {
	t.Helper()
	var found source.Problems
	for _, p := range ps {
		if p.Code == code {
			found = append(found, p)
		}
	}
	if len(found) != 1 {
		t.Errorf("%d findings of %s, want one: %v", len(found), code, ps)
		return source.Problem{}
	}
	return found[0]
}

func customCode(outputs string) string {
	return `{"type":"CUSTOM_CODE","actionId":"1","sourceCode":"","runtime":"NODE20X","secretNames":[],"inputFields":[],"outputFields":[` + outputs + `],"connection":{"edgeType":"STANDARD","nextActionId":"2"}},`
}

func output(name string) string { return `{"name":"` + name + `","type":"STRING"}` }

// Every hint leads somewhere.
func TestHints(t *testing.T) {
	t.Parallel()
	notify := func(user string) string {
		return contactFlow(step("1", "0-9", `"subject":"x","user_ids":["`+user+`"]`, ""))
	}
	owner := func(id string) string {
		return contactFlow(step("1", "0-3", `"task_type":"CALL","subject":"x","priority":"LOW","owner_assignment":{"type":"CUSTOM","value":{"type":"STATIC_VALUE","staticValue":"`+id+`"}}`, ""))
	}
	reader := func(outputs, reads string) string {
		return contactFlow(customCode(outputs) + step("2", "0-9", `"user_ids":["11"],"subject":"{{ action_outputs.action_output_1.`+reads+` }}"`, ""))
	}
	for _, c := range []struct{ name, flow, code, message, hint string }{
		{"unknown user", notify("7"), "unknown_user", `no user "7"`, `the users are 11 (Mara Lind), 12 (Jon Vale); HubSpot's log says then: "User was invalid"`},
		{"address of a user", notify("Mara@northwind.example"), "unknown_user", "no user", "write the id: Mara@northwind.example is the user 11; "},
		{"name of a user", notify("mara lind"), "unknown_user", "no user", "write the id: Mara Lind is the user 11; "},
		{"unknown owner", owner("7"), "unknown_owner", "no owner", "the owners are 9011 (Mara Lind), 9012 (Jon Vale)"},
		{"address of an owner", owner("mara@northwind.example"), "unknown_owner", "no owner", "write the id: mara@northwind.example is the owner 9011"},
		{"no assistant", contactFlow(step("1", "1-900001", `"prompt":"x"`, "")), "missing_assistant", "which assistant to ask", "the assistants are qualifier"},
		{"temperature", contactFlow(step("1", "1-900001", `"assistant":"qualifier","prompt":"x","temperature":"3"`, "")), "bad_temperature", "the temperature 3 is outside of 0 to 2", "write a number such as 0.2"},
		{"list", contactFlow(notifyEnd, `"startActionId":"2"`, `"suppressionListIds":["44"]`), "unknown_list", `"44"`, "there are: 42, 43; name its members in records/lists.yaml"},
		{"one output", reader(output("o"), "o"), "output_of_skipped_action", "is skipped", "--pin 1=TEXT"},
		{"two outputs", reader(output("o")+","+output("p"), "p"), "output_of_skipped_action", "is skipped", "--pin 1.p=TEXT"},
		{"unknown outputs", contactFlow(step("1", "1-555", `"x":"y"`, "2") + "," + step("2", "0-9", `"user_ids":["11"],"subject":"{{ action_outputs.action_output_1.z }}"`, "")), "output_of_skipped_action", "is skipped", "--pin 1.z=TEXT"},
		{"own output", contactFlow(step("1", "0-9", `"user_ids":["11"],"subject":"{{ action_outputs.action_output_1.hs_execution_state }}"`, "")), "output_not_yet_there", "reads its own output", "runs before it"},
		{"locked", "", "openai_locked", "a run that does not pin or stub it is refused", "sales-hub-enterprise"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			files := baseFiles()
			if c.flow == "" {
				c.flow = contactFlow(askStep + "," + notifyEnd)
				files["portal.yaml"] = strings.Replace(files["portal.yaml"], "[sales-hub-enterprise]", "[]", 1)
			}
			files["workflows/w.json"] = c.flow
			dir, _ := write(t, files)
			p := find(t, check.Portal(load(t, dir), check.Options{}), c.code)
			if !strings.Contains(p.Message, c.message) || !strings.Contains(p.Hint, c.hint) || strings.Contains(p.Hint, "?;") {
				t.Errorf("%s (%s)\nwant %s (%s)", p.Message, p.Hint, c.message, c.hint)
			}
		})
	}
}

// A type of action that nobody knows is named once.
func TestUnknownNodeIsNamedOnce(t *testing.T) {
	t.Parallel()
	files := baseFiles()
	files["workflows/w.json"] = contactFlow(`{"type":"HYPER_BRANCH","actionId":"1","connection":{"edgeType":"STANDARD","nextActionId":"2"}},` + notifyEnd)
	dir, _ := write(t, files)
	got := check.Portal(load(t, dir), check.Options{})
	if len(got) != 1 || got[0].Code != "unknown_node_type" {
		t.Errorf("%v", got)
	}
}

// Whether a day is past depends on where one stands: on the portal's clock, and today.
func TestModelsThatAreSwitchedOff(t *testing.T) {
	t.Parallel()
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	dir, _ := write(t, baseFiles())
	p := load(t, dir)
	for _, c := range []struct {
		name       string
		now, today time.Time
		want       string
	}{
		{"both before", day("2026-01-05"), day("2026-02-01"), "OpenAI switches the model gpt-5.1-codex off on 2026-07-23 (choose another model before that day)"},
		{"clock before, today after", day("2026-01-05"), day("2026-11-23"), "OpenAI switched the model gpt-5.1-codex off on 2026-07-23; here it answers, because the portal's clock starts on 2026-01-05 (choose another model; asked live"},
		{"both after", day("2026-08-01"), day("2026-11-23"), "OpenAI switched the model gpt-5.1-codex off on 2026-07-23 (choose another model; asked live"},
		{"today is not known", day("2026-01-05"), time.Time{}, "the day on which OpenAI switches the model gpt-5.1-codex off is 2026-07-23; the portal's clock starts on 2026-01-05"},
	} {
		got := check.Model(p, "--model", "gpt-5.1-codex", check.Options{Now: c.now, Today: c.today})
		if len(got) != 1 || got[0].Code != "model_switched_off" || !strings.Contains(got.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
	}
	got := check.Model(p, "--model", "gpt-7", check.Options{Now: day("2026-01-05"), Today: day("2026-11-23")})
	if len(got) != 1 || got[0].Code != "unknown_model" || strings.Contains(got[0].Hint, `"gpt-4"`) {
		t.Errorf("%v: a model that is gone is no advice", got)
	}
	if got := check.Model(p, "--model", "gpt-6-luna", check.Options{}); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

// validate says what a run would refuse.
func TestRefusals(t *testing.T) {
	t.Parallel()
	files := baseFiles()
	files["workflows/w.json"] = contactFlow(askStep + "," + notifyEnd)
	delete(files, "records/contacts.csv")
	delete(files, "responses/grades.yaml")
	dir, _ := write(t, files)
	got := check.Portal(load(t, dir), check.Options{})
	if p := find(t, got, "no_records"); p.File != "workflows/w.json" || !strings.Contains(p.Message, "contacts") || !strings.Contains(p.Hint, "records/contacts.csv") {
		t.Errorf("%+v", p)
	}
	if p := find(t, got, "no_responses"); p.File != "portal.yaml" || got.HasErrors() {
		t.Errorf("%v", got)
	}
	files["portal.yaml"] += "answers: live\n"
	files["responses/grades.yaml"] = ""
	dir, _ = write(t, files)
	for _, p := range check.Portal(load(t, dir), check.Options{}) {
		if p.Code == "no_responses" {
			t.Errorf("live answers need no responses: %v", p)
		}
	}
}

// A workflow that cannot be read is no missing workflow.
func TestBrokenWorkflowIsNotMissing(t *testing.T) {
	t.Parallel()
	files := baseFiles()
	files["workflows/w.yaml"] = "steps: [\n"
	dir, _ := write(t, files)
	got := check.Portal(load(t, dir), check.Options{})
	if len(got) != 1 || got[0].Code != "bad_yaml" {
		t.Errorf("%v", got)
	}
}
