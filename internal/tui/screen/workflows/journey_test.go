package workflows_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"askflow/internal/service/local"
	"askflow/internal/tui/app"
	"askflow/internal/tui/tuitest"

	"charm.land/bubbletea/v2"
)

// rehearse opens the demo portal in a folder of its own, over the services of this machine.
func rehearse(t *testing.T, jump string, change ...func(dir string)) (*tuitest.Driver, *app.App, string) {
	t.Helper()
	dir := tuitest.Unpack(t)
	for _, c := range change {
		c(dir)
	}
	portal := tuitest.OpenPortal(t, local.Options{Dir: dir})
	var to []tea.Msg
	if jump != "" {
		to = append(to, jump)
	}
	d, frame := drive(t, portal.Services, 120, 40, to...)
	portal.Feed(d)
	return d, frame, dir
}

// From the first start: one key runs a workflow, and its card then shows what a record came to.
func TestJourneyRunAndLook(t *testing.T) {
	t.Parallel()
	d, _, _ := rehearse(t, "")
	d.See("Sales email draft", "Lead qualification", "State formatting", "Record summary", "never")
	d.Press("j", "r").See("this is Runs: ui.ShowRun {ID:r1").Press("1").WaitFor("r1 ✗ 1 failed")
	d.Press("enter").WaitFor("path of").Press("down").See("lead-qualifier", "In run r1", "gpt-6-luna").Press("end", "L").See("this is Runs: ui.ShowRun {ID:r1")
	d.Press("1", "esc", "p").See("would enroll", "Prompts as they would be sent", "nothing with scripted answers")
	aligned(t, d, 120, 40)
}

// From the first start, with the place Runs: run, open the run, look at a record, and back here with its path lit.
func TestJourneyThroughRunsAndBack(t *testing.T) {
	t.Parallel()
	d, _, _ := rehearse(t, realRuns)
	d.Press("j", "r").WaitFor("Run r1 of Lead qualification: completed").Press("enter").See("Nora Feldmann", "completed")
	d.Press("w").WaitFor("path of Nora Feldmann in r1").See("[1 Workflows]", "15 actions", "✓ SUCCESS", "14 kitchens")
	d.Press(".").WaitFor("path of").NotSee("14 kitchens", "Nora Feldmann")
	aligned(t, d, 120, 40)
}

// A mistake made in the editor is shown at its place, corrected from there and run.
func TestJourneyEditFixAndRun(t *testing.T) {
	t.Parallel()
	d, _, dir := rehearse(t, "")
	file := filepath.Join(dir, "workflows", "lead-qualification.yaml")
	change := func(from, to string) func(*exec.Cmd) error {
		return func(cmd *exec.Cmd) error {
			if cmd.Args[len(cmd.Args)-1] != file {
				t.Errorf("the editor got %q", cmd.Args)
			}
			data, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			return os.WriteFile(file, []byte(strings.Replace(string(data), from, to, 1)), 0o600)
		}
	}
	d.OnExec = change("assistant: lead-qualifier", "assistant: lead-qualifer")
	d.Press("j", "enter", "down", "e").See("Problems of lead-qualification.yaml", "✗ 1", "lead-qualifer", "lead-qualifier", "fix")
	d.OnExec = change("assistant: lead-qualifer", "assistant: lead-qualifier")
	d.Press("enter").See("has no problems").Press("r").See("this is Runs: ui.ShowRun {ID:r1").Press("1").WaitFor("r1 ✗ 1 failed")
}

// Another program changes a file: the screen follows, and keeps the cursor on its card.
func TestJourneyAFileChanges(t *testing.T) {
	t.Parallel()
	d, _, dir := rehearse(t, "")
	d.Press("j", "enter", "down").See("▸ qualify")
	file := filepath.Join(dir, "workflows", "lead-qualification.yaml")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(data), "name: Lead qualification", "name: Leads, graded", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	d.WaitFor("Leads, graded").See("▸ qualify")
	// Saved in the middle of a change it is no workflow for a moment; nothing is lost by that.
	if err := os.WriteFile(file, []byte("name: Leads\nsteps: [\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.WaitFor("cannot be read as a workflow").See("▸").Press("down", "enter", "r").See("First correct what is wrong")
	aligned(t, d, 120, 40)
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	d.WaitFor("▸ qualify")
}

// Live answers need an account: the workflow says so and leads there; launching says it, too.
func TestJourneyConnectFromHere(t *testing.T) {
	t.Parallel()
	d, _, _ := rehearse(t, "", func(dir string) {
		file := filepath.Join(dir, "portal.yaml")
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(strings.Replace(string(data), "answers: scripted", "answers: live", 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	})
	d.See("live answers need an OpenAI account: c connects").Press("enter").See("live answers need an OpenAI account").Press("c").See("this is Account: ui.ConnectAccount {Return:Workflows}")
	d.Press("1", "r").See("No OpenAI account")
}

// From nothing: a name, who enrolls, a question, a task that uses the answer by the picker of data tokens, and a run.
func TestJourneyCreateFromNothing(t *testing.T) {
	t.Parallel()
	d, _, dir := rehearse(t, "")
	d.Press("n").Type("Thank new leads").Press("ctrl+s").See("name: Thank new leads").Press("enter").See("Thank new leads", "0 actions", "somebody enrolls it by hand")
	d.Press("E", "enter").Type("message").Press("enter", "ctrl+s").Type("show the").Press("enter").See("{message: known}").Press("enter").See("message is known")
	d.Press("a", "enter", "tab", "tab").Type("Grade: ").Press("ctrl+t").Type("message").Press("enter", "ctrl+s").See("ask_openai_assistant").Press("enter").See("1 ask", "{{ action_outputs.ask.response }}", "no action yet")
	d.Press("a").Type("create task").Press("enter", "tab").Type("Call them").Press("tab", "ctrl+t").Type("response").Press("enter", "ctrl+s").See(`body: "{{ action_outputs.ask.response }}"`)
	d.Press("enter").See("2 actions", "▸ task", "Call them").Press("up").See("Used by", "task  response in body")
	data, err := os.ReadFile(filepath.Join(dir, "workflows", "thank-new-leads.yaml"))
	if err != nil || !strings.Contains(string(data), "create_task:") {
		t.Errorf("the file holds %s, %v", data, err)
	}
	d.Press("r").See("this is Runs: ui.ShowRun {ID:r1").Press("1").WaitFor("r1 ").Press("esc").See("Workflows · 5", "▌ Thank new leads")
}

// Actions are changed and removed through a difference that is shown first; what was chosen for the next run can be written.
func TestJourneyChangeAWorkflow(t *testing.T) {
	t.Parallel()
	d, frame, dir := rehearse(t, "")
	file := filepath.Join(dir, "workflows", "lead-qualification.yaml")
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	d.Press("j", "enter").Press("x").See("The enrollment triggers cannot be removed").Press("o").See("Its triggers are changed with E")
	d.Press("down", "o").See("Ask OpenAI Assistant", "Prompt").Press("esc")
	d.Press("down", "a").See("In which arm?", "SUCCESS", "None met").Press("esc").Press("up")
	frame.Env().Settings.Model = "gpt-6-luna"
	d.Press("w").See("model: gpt-6-luna").Press("esc").Press("x").See("lead-qualification.yaml").Press("esc")
	if now, err := os.ReadFile(file); err != nil || string(now) != string(before) {
		t.Errorf("the file was changed although nothing was accepted: %v", err)
	}
	d.Press("w", "enter")
	if now, err := os.ReadFile(file); err != nil || !strings.Contains(string(now), "model: gpt-6-luna") {
		t.Errorf("the settings were not written: %v", err)
	}
	d.See("▸ qualify", "model")
}
