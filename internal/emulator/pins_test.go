package emulator_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/emulator"
	"askflow/internal/run"
	"askflow/internal/source"
)

// codePortal has a workflow whose actions read outputs of custom code, of an app's action, and of an ask.
func codePortal() map[string]string {
	files := portalFiles()
	files["records/contacts.csv"] = "Record ID,First Name\n1,Ann\n"
	files["workflows/code.yaml"] = `
name: Code
object: contact
enabled: true
enroll: {when: {firstname: known}}
steps:
  - action: {type: CUSTOM_CODE, sourceCode: "", runtime: NODE20X, secretNames: [], inputFields: [], outputFields: [{name: full, type: STRING}]}
    id: one
  - action: {type: CUSTOM_CODE, sourceCode: "", runtime: NODE20X, secretNames: [], inputFields: [], outputFields: [{name: a, type: STRING}, {name: b, type: STRING}]}
    id: two
  - action: {type: SINGLE_CONNECTION, actionTypeId: "1-555", actionTypeVersion: 0, fields: {x: y}}
    id: app
  - action: {type: SINGLE_CONNECTION, actionTypeId: "1-556", actionTypeVersion: 0, fields: {x: y}}
    id: quiet
  - ask_openai_assistant: {id: ask, assistant: grader, prompt: "Grade {{ action_outputs.one.full }} {{ action_outputs.two.a }}{{ action_outputs.two.b }}"}
  - set_property: {property: jobtitle, value: {output: app.title}}
`
	return files
}

func TestPinsGiveOutputs(t *testing.T) {
	t.Parallel()
	e := open(t, writePortal(t, codePortal()))
	f, err := e.Portal.Workflow("code")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range e.Pins(f) {
		names = append(names, p.Name)
	}
	if diff := cmp.Diff([]string{"one", "two.a", "two.b", "app.title", "ask"}, names); diff != "" {
		t.Errorf("what can be pinned (-want +got):\n%s", diff)
	}
	s, err := e.Run(context.Background(), emulator.Request{Workflow: "code", Pins: map[string]string{"one": "Bob", "two.a": "x", "2.b": "y", "app.title": "Captain", "ask.response": "fine"}}, emulator.Hooks{})
	if err != nil || s.Err != nil {
		t.Fatal(err, s)
	}
	got := strings.Join(stored(t, e), "\n")
	for _, want := range []string{
		`"prompt":"Grade Bob xy"`, `"to":"Captain"`, `"response":"fine"`,
		`"state":"SUCCESS","outputs":{"full":"Bob","hs_execution_state":"SUCCESS"},"pinned":true`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("want %s in\n%s", want, got)
		}
	}
	if s.Run.Totals.SkippedSteps != 1 {
		t.Errorf("%d steps were skipped, want the one whose outputs nobody reads", s.Run.Totals.SkippedSteps)
	}
}

func TestPinsThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pins       map[string]string
		says, hint string
	}{
		{map[string]string{"two": "x"}, `the step "two" has 2 outputs: a, b`, "--pin two.a=TEXT"},
		{map[string]string{"two.c": "x"}, `has no output "c"`, "there are: a, b"},
		{map[string]string{"one": "x", "one.full": "y"}, "twice", "keep one"},
		{map[string]string{"ask": "x", "5.response": "y"}, "twice", "keep one"},
		{map[string]string{"quiet": "x"}, "asks nobody", "--stub"},
		{map[string]string{"quiet.z": "x"}, `no step reads the output "z" of the step "quiet"`, ""},
		{map[string]string{"6": "x"}, "asks nobody", "--stub"},
		{map[string]string{"6.value": "x"}, "asks nobody", "--stub"},
		{map[string]string{"tow.a": "x"}, `no step "tow"`, "two"},
	} {
		e := open(t, writePortal(t, codePortal()))
		_, err := e.Run(context.Background(), emulator.Request{Workflow: "code", Pins: c.pins}, emulator.Hooks{})
		got := emulator.AsError(err)
		if got == nil || got.Exit != emulator.ExitUsage || !strings.Contains(got.Message, c.says) || !strings.Contains(got.Hint, c.hint) {
			t.Errorf("%v: %+v", c.pins, got)
		}
	}
	e := open(t, writePortal(t, codePortal()))
	if _, err := e.Run(context.Background(), emulator.Request{Workflow: "code", Pins: map[string]string{"one": "x"}, Stubs: []string{"one"}}, emulator.Hooks{}); err == nil {
		t.Error("a step was pinned and stubbed")
	}
}

// A model that only the flag names is warned of like one that a file names.
func TestModelOfTheFlagIsWarnedOf(t *testing.T) {
	t.Parallel()
	e := open(t, gradePortal(t, 1))
	var said source.Problems
	s, err := e.Run(context.Background(), emulator.Request{Workflow: "grade", Model: "gpt-7"}, emulator.Hooks{Started: func(_ *run.Run, _ int64, warnings source.Problems) { said = warnings }})
	if err != nil || s.Err != nil {
		t.Fatal(err, s)
	}
	if !strings.Contains(codesAndMessages(said), `unknown_model --model: the model "gpt-7"`) {
		t.Errorf("%v", said)
	}
}

// What nobody is going to read keeps nothing from working.
func TestPlanIgnoresBrokenResponses(t *testing.T) {
	t.Parallel()
	files := portalFiles()
	files["records/contacts.csv"] = "Record ID,First Name\n1,Ann\n"
	files["responses/broken.yaml"] = "- repply: x\n"
	e := open(t, writePortal(t, files))
	if p, err := e.Plan(context.Background(), emulator.Request{Workflow: "grade"}); err != nil || p.Enrolled != 1 {
		t.Errorf("%+v, %v", p, err)
	}
	_, err := e.Run(context.Background(), emulator.Request{Workflow: "grade"}, emulator.Hooks{})
	if got := emulator.AsError(err); got == nil || got.Code != "invalid_portal" {
		t.Errorf("a scripted run with broken scripts: %+v", got)
	}
}

// A record that a list suppresses is told the list's name.
func TestSuppressionNamesTheList(t *testing.T) {
	t.Parallel()
	files := portalFiles()
	files["records/contacts.csv"] = "Record ID,First Name\n1,Ann\n"
	files["records/lists.yaml"] = "- {id: 42, name: Competitors, object: contact, members: [\"1\"]}\n"
	files["workflows/grade.yaml"] += "suppress_lists: [42]\n"
	e := open(t, writePortal(t, files))
	if _, err := e.Run(context.Background(), emulator.Request{Workflow: "grade"}, emulator.Hooks{}); err != nil {
		t.Fatal(err)
	}
	if got := stored(t, e); len(got) != 1 || !strings.Contains(got[0], "in the suppression list Competitors (42)") {
		t.Errorf("%v", got)
	}
}

// validate looks at today as well as at the portal's clock, and says what a run would refuse.
func TestValidateSaysWhatARunRefuses(t *testing.T) {
	t.Parallel()
	files := portalFiles()
	files["portal.yaml"] += "answers: replay\n"
	files["assistants/grader.yaml"] = "name: grader\nmodel: gpt-5.1-codex\n"
	dir := writePortal(t, files)
	e, err := emulator.Open(context.Background(), emulator.Options{Dir: dir, WallClock: func() time.Time { return time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC) }})
	if err != nil {
		t.Fatal(err)
	}
	whole, err := e.Validate(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	one, err := e.ValidateFlow(context.Background(), dir+"/workflows/grade.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"no_records", "no_recordings", "OpenAI switched the model gpt-5.1-codex off on 2026-07-23; here it answers"} {
		if !strings.Contains(codesAndMessages(whole), want) {
			t.Errorf("validate does not say %s: %v", want, whole)
		}
	}
	if !strings.Contains(codesAndMessages(one), "no_records") {
		t.Errorf("validate FILE: %v", one)
	}
}

func codesAndMessages(ps source.Problems) string {
	var b strings.Builder
	for _, p := range ps {
		b.WriteString(p.Code + " " + p.Message + "\n")
	}
	return b.String()
}
