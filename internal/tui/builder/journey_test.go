package builder_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/service"
	"askflow/internal/tui/builder"
	"askflow/internal/tui/ui"
)

// add opens the form of a new action.
func (r *rig) add(file, after, branch, arm string) *rig {
	r.t.Helper()
	return r.open(file, func(env *ui.Env, wf *service.Workflow) tea.Cmd { return builder.AddAction(env, wf, after, branch, arm) })
}

// A workflow is made from nothing, with every kind of dialog, and then run.
func TestAWorkflowIsMadeFromNothingAndRuns(t *testing.T) {
	t.Parallel()
	r := demo(t, 100, 30)
	const file = "workflows/sort-the-mail.yaml"
	if err := os.WriteFile(filepath.Join(r.dir, "responses", "a-mail.yaml"), []byte("- name: mail\n  when: {prompt: {contains: Sort this}}\n  reply: URGENT\n"), 0o644); err != nil {
		t.Fatal(err)
	}

	r.host.do = builder.Create
	r.Press("x").See("New workflow", "Contact").Type("Sort the mail").Press("down", "down").Type("Puts messages in order.").Press("ctrl+s")
	r.See(file+" (new)", "+ name: Sort the mail", "Write "+file).Press("enter")
	r.wrote(file, "")

	r.open(file, builder.Triggers).See("+ when …", "re-enroll: no")
	r.choose("+ when").See("Which property?").choose("Message (message)").See("is known").Press("ctrl+s")
	r.See("when message is known").choose("or when").choose("Lead Status").See("is any of", "New (NEW)").Press("down", "space", "ctrl+s")
	r.See("or when hs_lead_status is any of NEW").choose("re-enroll").Press("right", "right", "down").Type("message").Press("ctrl+s")
	r.See("re-enroll: when message changes").choose("show the change").See("+   when:", "+     - {message: known}", "+   re_enroll: [message]").Press("enter")
	r.wrote(file, "")

	r.add(file, "", "", "").See("New action at the beginning", "Ask OpenAI Assistant").Press("enter")
	r.Press("ctrl+s").See("A prompt is needed.").Type("Sort this: ").Press("ctrl+t").See("type to filter").choose("message")
	r.See("Sort this: {{ enrolled_object.message }}").Press("ctrl+s").See("+   - ask_openai_assistant:", "assistant: email-drafter").NotSee("✗ workflows").Press("enter")
	r.wrote(file, "ask")

	r.add(file, "1", "", "").See("New action after ask").choose("Branch on").See("Execution state of ask").Press("ctrl+s")
	r.See("+     cases:", "+       SUCCESS: []").Press("enter").wrote(file, "branch")

	r.add(file, "", "branch", "SUCCESS").See("in the arm SUCCESS of branch").choose("Edit record").See("an output of an earlier action", "Response of ask")
	r.Press("down").Press("space").choose("Outreach topic").See("outreach_topic").Press("ctrl+s").See("property: outreach_topic", "value: {output:", "ask.response}}").Press("enter")
	r.wrote(file, "set")

	r.add(file, "", "branch", "None met").See("in the arm default of branch").choose("Create task").Press("down").Type("Sort by hand: ").Press("ctrl+t").choose("last name")
	r.Press("ctrl+s").See("default:", "Sort by hand: {{ enrolled_object.lastname }}").Press("enter").wrote(file, "task")

	r.add(file, "set", "", "").choose("notification").See("To Mara Lind", "hubspot_owner_id")
	r.Press("down").Type("{{ action_outputs.ask.response }} mail").Press("down").Type("Look at it.").Press("ctrl+s").See("notify:", "owner_properties: [hubspot_owner_id]").Press("enter").wrote(file, "notify")

	r.add(file, "branch", "", "").choose("Delay").See("1d").Press("ctrl+s").Press("enter").wrote(file, "wait")
	r.add(file, "wait", "", "").choose("End").See("- stop: true").Press("enter").wrote(file, "")

	wf, err := r.s.Workflows.Workflow(context.Background(), file)
	if err != nil {
		t.Fatal(err)
	}
	if wf.Problems.HasErrors() || len(wf.Flow.Actions) != 6 {
		t.Fatalf("%d actions, problems %v in\n%s", len(wf.Flow.Actions), wf.Problems, wf.Text)
	}
	r.runs(file)
}

// runs runs a workflow to its end: somebody is asked, and what is answered is stored.
func (r *rig) runs(file string) {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	events := r.s.Events.Subscribe(ctx)
	started, err := r.s.Launcher.Start(ctx, service.RunRequest{Workflow: file})
	if err != nil {
		r.t.Fatal(err)
	}
	for e := range events {
		if p := e.Progress; p != nil && p.Run == started.Run.ID && p.Ended {
			if p.Err != nil || p.Totals.Asks == 0 {
				r.t.Fatalf("the run came to %+v, error %v", p.Totals, p.Err)
			}
			for seq := range p.Totals.Considered {
				row, err := r.s.Runs.Row(ctx, started.Run.ID, seq)
				if err != nil {
					r.t.Fatal(err)
				}
				for _, s := range row.Steps {
					if s.Ask != nil && s.Outputs["response"] == "URGENT" && strings.HasPrefix(s.Ask.Prompt, "Sort this: ") {
						return
					}
				}
			}
			r.t.Fatalf("no record of %d was sorted", p.Totals.Considered)
		}
	}
}

func TestFieldsAreEdited(t *testing.T) {
	t.Parallel()
	r := demo(t, 100, 40)
	const file = "workflows/lead-qualification.yaml"
	edit := func(step string) *rig {
		return r.open(file, func(env *ui.Env, wf *service.Workflow) tea.Cmd { return builder.EditFields(env, wf, step) })
	}

	edit("1").See("Ask OpenAI Assistant: qualify", "lead-qualifier", "Company: {{ enrolled_object.company }}", "› 0.2", "none")
	r.Press("shift+tab").See("▸ Temperature").Press("backspace", "backspace", "backspace").Type("9").Press("ctrl+s").See("a temperature is a number from 0 to 2")
	r.Press("backspace").Type("0.5").Press("ctrl+s").See("-       temperature: 0.2", "+       temperature: 0.5").NotSee("+       prompt").Press("enter")
	r.wrote(file, "qualify")

	edit("8").See("Send in-app notification", "To Dana Whitfield", "[x] yes", "{{ enrolled_object.company }}")
	r.Press("down").See("▸ Body", "{{ action_outputs.qualify.response }}").Press("tab", "tab", "space").See("[x] yes").Press("ctrl+s")
	r.See(`users: ["16", "11"]`).Press("enter").wrote(file, "8")

	edit("11").See("Create task", "Dana Whitfield", "email", "2d").Press("ctrl+s").See("Nothing was changed.")
	if _, is := r.last().(builder.Cancelled); !is {
		t.Errorf("the place got %#v", r.last())
	}
	edit("4").See("an output of an earlier action", "Response of qualify").Press("down").Press("left").See("a text").Press("down").Type("{{ enrolled_object.city }}: A").Press("ctrl+s")
	r.See(`value: "{{ enrolled_object.city }}:`).Press("enter").wrote(file, "4")

	edit("5").See("If/then branch has no form here")
	if _, is := r.last().(builder.Cancelled); !is {
		t.Errorf("the place got %#v", r.last())
	}
	edit("99").See("has no action \"99\" any more")
}

func TestAJSONWorkflowIsEdited(t *testing.T) {
	t.Parallel()
	r := demo(t, 100, 40)
	const file = "workflows/state-formatting.json"
	wf, err := r.s.Workflows.Workflow(context.Background(), file)
	if err != nil {
		t.Fatal(err)
	}
	ask := wf.Flow.StartActionID
	r.open(file, func(env *ui.Env, wf *service.Workflow) tea.Cmd { return builder.EditFields(env, wf, ask) }).See("Ask OpenAI Assistant", "state-formatter")
	r.Press("down").Type("Please. ").Press("ctrl+s").See("+         \"prompt\"", "no problems").Press("enter").wrote(file, ask)
	if !strings.Contains(r.file(file), "Please. \"") {
		t.Errorf("the prompt is not changed:\n%s", r.file(file))
	}
	before := len(wf.Flow.Actions)
	r.add(file, ask, "", "").choose("Delay").NotSee("Name of the action").Press("ctrl+s").Press("enter")
	w, is := r.last().(builder.Written)
	if !is || w.Step == "" || wf.Flow.Action(w.Step) != nil {
		t.Fatalf("the place got %#v", r.last())
	}
	r.open(file, func(env *ui.Env, wf *service.Workflow) tea.Cmd { return builder.Remove(env, wf, w.Step) }).See("Remove "+w.Step, "-").Press("enter").wrote(file, "")
	if wf, err = r.s.Workflows.Workflow(context.Background(), file); err != nil || len(wf.Flow.Actions) != before {
		t.Fatalf("%v, %d actions, not %d", err, len(wf.Flow.Actions), before)
	}
	r.open(file, builder.Triggers).See("Enrollment triggers of")
}

func TestSettingsAreWritten(t *testing.T) {
	t.Parallel()
	r := demo(t, 100, 40)
	const file = "workflows/record-summary.yaml"
	zero := 0.0
	write := func(step string, s ui.Settings) *rig {
		return r.open(file, func(env *ui.Env, wf *service.Workflow) tea.Cmd { return builder.WriteSettings(env, wf, step, s) })
	}
	write("", ui.Settings{Model: "gpt-5.4-mini", Temperature: &zero, ReasoningEffort: "none"}).See("+       model: gpt-5.4-mini", "temperature: 0").Press("enter").wrote(file, "")
	write("", ui.Settings{Answers: "live"}).See("There is nothing to write")
	write("99", ui.Settings{Model: "gpt-5.4-mini"}).See("does not ask OpenAI")
}

// The triggers of every demo workflow can be opened and come out as they went in.
func TestTriggersComeOutAsTheyWentIn(t *testing.T) {
	t.Parallel()
	r := demo(t, 100, 30)
	list, err := r.s.Workflows.List(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range list {
		r.open(item.File, builder.Triggers).See("Enrollment triggers of").choose("as YAML").See("What stands under enroll", "when:").Press("ctrl+s")
		if s := r.Screen(); strings.Contains(s, "+  ") || !strings.Contains(s, "Nothing would change") && !strings.Contains(s, "{") {
			t.Errorf("%s:\n%s", item.File, s)
		}
		r.Press("esc").Press("esc").Press("esc").See("the host")
	}
	const lead = "workflows/lead-qualification.yaml"
	r.open(lead, builder.Triggers).See("when hs_lead_status is any of NEW", "and message is known").choose("hs_lead_status").choose("Remove").NotSee("hs_lead_status is any")
	r.choose("message is known").choose("Change it").Press("right").See("is unknown").Press("ctrl+s").See("when message is unknown").choose("show the change")
	r.See("- {message: unknown}").Press("enter").wrote(lead, "")
	const draft = "workflows/email-draft.yaml"
	r.open(draft, builder.Triggers).choose("outreach_topic").choose("Remove").choose("hubspot_owner_id").choose("Remove").See("+ when …").choose("by hand only").See("by hand only: yes")
	r.choose("re-enroll").Press("right").See("yes").NotSee("2/3").Press("ctrl+s").choose("show the change").See("+   manual: true", "+   re_enroll: true").Press("enter").wrote(draft, "")
	r.open(draft, builder.Triggers).choose("by hand only").choose("re-enroll").Press("left", "left").See("▸ Enroll a record again").Press("left", "ctrl+s")
	r.choose("show the change").See("-   manual: true")
	r.Press("enter")
	if got := r.file(draft); strings.Contains(got, "manual: true") {
		t.Errorf("the file is now\n%s", got)
	}
	r.open(lead, builder.Triggers).choose("as YAML").Press("end").Type("\n  : [").Press("ctrl+s").See("line ")
}

// What a form has no words for stays as it stands in the file.
func TestWhatTheFormHasNoWordsForStays(t *testing.T) {
	t.Parallel()
	r := demo(t, 100, 40)
	const file = "workflows/odd.yaml"
	text := `name: Odd
object: contact
enabled: true
enroll:
  when:
    - {filter: {filterType: PROPERTY, property: closedate, operation: {operationType: ROLLING_DATE_RANGE, operator: IS_LESS_THAN_X_DAYS_AGO, numberOfDays: 7}}}
steps:
  - ask_openai_assistant: {id: ask, assistant: lead-qualifier, prompt: "\e[31mred {{ enrolled_object.city }}\u202e"}
  - create_task: {id: task, subject: Do it, owner: {output: ask.response}, due: 36h}
  - set_property: {id: later, property: createdate, value: {in: 3d}}
  - notify: {id: tell, owner: true, users: ["11"], subject: S, body: B}
`
	if err := os.WriteFile(filepath.Join(r.dir, filepath.FromSlash(file)), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	edit := func(step string) *rig {
		return r.open(file, func(env *ui.Env, wf *service.Workflow) tea.Cmd { return builder.EditFields(env, wf, step) })
	}
	r.Until("the new file is read", func() bool {
		wf, err := r.s.Workflows.Workflow(context.Background(), file)
		return err == nil && wf.Flow != nil
	})
	edit("ask").See("{{ enrolled_object.city }}", "[31mred").Press("esc")
	edit("task").See("as it is", "36h").Type("!").Press("ctrl+s").See("Do it!").NotSee("+       owner").Press("enter").wrote(file, "task")
	edit("later").See("as it is", "Only for a text.").Press("ctrl+s").See("Nothing was changed.")
	edit("tell").See("hubspot_owner_id").Press("down", "tab").Press(strings.Split(strings.Repeat("backspace ", 16)+"backspace", " ")...).Press("ctrl+s").See("Change tell").Press("enter").wrote(file, "tell")
	if got := r.file(file); strings.Contains(got, "owner: true") || !strings.Contains(got, "owner: {output: ask.response}") || !strings.Contains(got, "value: {in: 3d}") {
		t.Errorf("the file is now\n%s", got)
	}
	r.open(file, builder.Triggers).See("Enrollment triggers as YAML", "ROLLING_DATE_RANGE", "say more than the guided form").Press("esc").See("the host")
}
