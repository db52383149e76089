package assistant_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
)

// choices chooses a step, an assistant, a model, a temperature and an effort in the settings.
func choices(d *desk) {
	d.Press("down", "c").See("[2 Assistant]", "○ any workflow, as for lead-qualifier")
	d.Press("enter").See("Over whose own settings?").Type("Lead qual").Press("enter").See("● Lead qualification › qualify", "0.2  the step's own")
	d.Press("down", "enter").See("Which assistant").Type("state").Press("enter").See("● state-formatter", "own: lead-qualifier")
	d.Press("down", "enter").See("dollars for a million tokens", "gpt-6-luna").Press("/").Type("gpt-5.4-mini").Press("enter", "enter").See("● gpt-5.4-mini", "own: gpt-6-luna")
	d.Press("down", "right", "l").See("● ────●──────────────── 0.4")
	d.Press("down", "right").See("● none").Press("left").See("○ the step's own: none").Press("right")
	d.See("✓ Sends state-formatter · gpt-5.4-mini · temperature 0.4 · effort")
}

func TestSettingsOfOneRun(t *testing.T) {
	t.Parallel()
	d := demo(t, 120, 30)
	choices(d)
	d.See("next run: state-formatter gpt-5.4-mini none t 0.4")
	d.Press("$").See("run lead-qualification", "--assistant state-formatter", "--model gpt-5.4-mini", "--temperature 0.4", "--reasoning-effort none").Press("esc")
	d.Press("r").See("[4 Runs]")
	run := tuitest.Last[ui.ShowRun](d.others[ui.Runs])
	stored, err := d.frame.Env().Services.Runs.Run(t.Context(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	var settings struct{ Request map[string]any }
	if err := json.Unmarshal(stored.Settings, &settings); err != nil {
		t.Fatal(err)
	}
	if kept := settings.Request; kept["model"] != "gpt-5.4-mini" || kept["assistant"] != "state-formatter" || kept["temperature"] != 0.4 || kept["reasoningEffort"] != "none" {
		t.Errorf("the run keeps %s", stored.Settings)
	}
	d.Press("2", "X").See("left to the workflow and the assistant again").NotSee("next run:")
	if s := d.frame.Env().Settings; s.Chosen() {
		t.Errorf("after the reset %+v is chosen", s)
	}
}

func TestSettingsAreWrittenAfterTheirDiff(t *testing.T) {
	t.Parallel()
	const file = "workflows/lead-qualification.yaml"
	d := demo(t, 120, 40)
	before := d.file(file)
	d.Press("w").See("There is nothing to write")
	choices(d)
	d.Press("w").See("Write these settings into which step?", "▸ Lead qualification › qualify").Press("enter")
	d.See("Write the settings into Lead qualification › qualify", "- ", "+ ", "model: gpt-5.4-mini", "temperature: 0.4", "assistant: state-formatter")
	if d.file(file) != before {
		t.Fatal("the file was written before the difference was accepted")
	}
	d.Press("esc")
	if d.file(file) != before {
		t.Fatal("the file was written though the difference was not accepted")
	}
	d.Press("w", "enter", "enter").See("Wrote the settings into "+file, "no longer chosen for the next run").NotSee("next run:")
	if s := d.frame.Env().Settings; s.Chosen() {
		t.Errorf("what was written is still chosen for every other workflow: %+v", s)
	}
	after := d.file(file)
	for _, line := range []string{"assistant: state-formatter", "model: gpt-5.4-mini", "temperature: 0.4", "reasoning_effort: none"} {
		if !strings.Contains(after, line) {
			t.Errorf("the file lacks %s", line)
		}
	}
	if changed := strings.Count(after, "\n") - strings.Count(before, "\n"); changed != 1 || !strings.Contains(after, "- branch_on: {output: qualify.hs_execution_state}") {
		t.Errorf("%d lines more than before:\n%s", changed, after)
	}
	d.Press("X", "home").See("the step's own: gpt-5.4-mini")
	d.Press("down", "enter").Type("state").Press("enter", "w", "enter").See("Nothing would change")
}

func TestModelsAreFilteredByTemperature(t *testing.T) {
	t.Parallel()
	d := demo(t, 120, 40)
	d.Press("m").See("with none").Press("/").See("⏎ keep", "Esc clear").Type("temp:no").See("gpt-5-mini").NotSee("with none")
	d.Press("ctrl+u").Type("temp:with").See("with none").NotSee("gpt-5-mini").Press("enter").See("temp:with").NotSee("⏎ keep")
}

func TestAFileThatChangedMeanwhileIsLeftAlone(t *testing.T) {
	t.Parallel()
	const file = "workflows/lead-qualification.yaml"
	d := demo(t, 120, 40)
	choices(d)
	d.Press("w", "enter").See("Write the settings into")
	other := strings.Replace(d.file(file), "Grades what visitors write", "Judges what visitors write", 1)
	if err := os.WriteFile(filepath.Join(d.dir, filepath.FromSlash(file)), []byte(other), 0o644); err != nil {
		t.Fatal(err)
	}
	d.Press("enter").See("changed meanwhile and was left alone", "Write the settings into")
	if d.file(file) != other {
		t.Fatal("what somebody else wrote was overwritten")
	}
	d.Press("enter").See("Wrote the settings")
	if got := d.file(file); !strings.Contains(got, "Judges what visitors write") || !strings.Contains(got, "model: gpt-5.4-mini") {
		t.Errorf("one of the changes is lost:\n%s", got)
	}
}

func TestAModelThatRefusesATemperature(t *testing.T) {
	t.Parallel()
	d := demo(t, 120, 30)
	d.Press("down", "m").See("Temp").Press("/").Type("gpt-5-mini").Press("enter").See("takes none", "in 18").Press("enter")
	d.Press("c", "down", "down", "down").See("Temperature       – gpt-5-mini takes no temperature.")
	d.Press("right").See("› gpt-5-mini takes no temperature.")
	d.Press("enter").See("› gpt-5-mini takes no temperature.").NotSee("A number from 0 to 2")
	if s := d.frame.Env().Settings; s.Temperature != nil {
		t.Errorf("a temperature of %v was chosen", *s.Temperature)
	}
	d.See("✗ Nothing would be sent: ", "gpt-5-mini")
	d.Press("up", "backspace").See("○ the assistant's own: gpt-6-luna", "✓ Sends lead-qualifier")
	// A temperature that was chosen before the model stays, is marked, and can be taken back.
	d.Press("down", "right", "up", "enter", "/").Type("o3").Press("enter", "home", "enter")
	d.Press("down").See("✗ 0.3: o3 takes no temperature.").Press("backspace").See("– o3 takes no temperature.")
}

func TestTemperatureAndBudgetAreTyped(t *testing.T) {
	t.Parallel()
	d := demo(t, 80, 24)
	d.Press("down", "c", "down", "down", "down", "enter").See("A number from 0 to 2").Type("7").See("A temperature is a number from 0 to 2").Press("enter").See("A number from 0 to 2")
	d.Press("backspace").Type("1,25").Press("enter").See("● ─────────────●─────── 1.25")
	if s := d.frame.Env().Settings; s.Temperature == nil || *s.Temperature != 1.25 {
		t.Errorf("%+v", s)
	}
	for range 30 {
		d.Press("right")
	}
	d.See("────────────────────● 2")
	for range 30 {
		d.Press("h")
	}
	d.See("●──────────────────── 0").Press("delete").See("○ ──○────")
	d.Press("end", "enter").Type("much").See("A budget is an amount").Press("ctrl+u").Type("$0.50").Press("enter").See("● $0.50", "own: no limit", "≤ $0.50")
}

func TestAnswersThatNeedAnAccount(t *testing.T) {
	t.Parallel()
	d := demo(t, 120, 30)
	d.Press("c", "end", "up", "right", "right", "right", "right", "right").See("● live", "! live answers need an OpenAI account", "C", "connects one.")
	d.Press("s").WaitFor("Record contact").Press("ctrl+s").See("No OpenAI account").Press("esc", "esc")
	d.Press("C").See("[6 Account]")
	if asked := tuitest.Last[ui.ConnectAccount](d.others[ui.Account]); asked.Return != ui.Assistant {
		t.Errorf("the account's place got %v", d.others[ui.Account].Got)
	}
}

func TestShowAssistant(t *testing.T) {
	t.Parallel()
	d := demo(t, 120, 30)
	d.Press("1")
	d.others[ui.Workflows].Got = nil
	show := func(msg ui.ShowAssistant) {
		d.Press("1")
		d.others[ui.Workflows].Do = ui.GoTo(ui.Assistant, msg)
		d.Press("j")
	}
	show(ui.ShowAssistant{Assistant: "record-summarizer"})
	d.See("[2 Assistant]", "▌    record-summarizer", "as for record-summarizer")
	show(ui.ShowAssistant{Assistant: "state-formatter", File: "workflows/state-formatting.json", Step: "1"})
	d.See("▌    state-formatter", "State formatting", "Settings for the next run")
	show(ui.ShowAssistant{Assistant: "nobody"})
	d.See("This portal has no assistant nobody.")
	show(ui.ShowAssistant{File: "workflows/state-formatting.json", Step: "nothing"})
	d.See("has no step nothing that asks OpenAI")
}

func TestTheScratchpad(t *testing.T) {
	t.Parallel()
	d := demo(t, 120, 40)
	d.Press("down", "s").See("Record contact 2001, Nora Feldmann", "Lead qualification › qualify", "Name: {{ enrolled_object.firstname }}", "Name: Nora Feldmann", "Nothing was asked yet")
	d.Press("ctrl+s").See("A: 14 kitchens with about 90 fridges", "246 in, 28 out", "480 ms", "$0.0000")
	d.Press("y")
	if !strings.HasPrefix(d.Clipboard, "A: 14 kitchens") {
		t.Errorf("copied %q", d.Clipboard)
	}
	d.Press("ctrl+r").See("Ask about which record?", "[contacts]").Press("/").Type("Callum Reid").Press("enter").See("2002").Press("enter")
	d.See("Record contact 2002, Callum Reid", "Name: Callum Reid").Press("ctrl+s").See("B: A butcher", "Result 2 of 2")
	d.Press("]", "]").See("[Compared with the one before]", "[-", "{+")
	d.Press("[").See("State", "SUCCESS", "207, 0 of them cached", "Attempts")
	d.Press("<").See("Result 1 of 2").Press("<").See("This is the oldest answer").Press(">").See("Result 2 of 2")
	d.Press("esc").NotSee("Callum Reid").Press("s").See("Record contact 2002, Callum Reid")
}

func TestATokenIsInsertedAndThePromptSaved(t *testing.T) {
	t.Parallel()
	const file = "workflows/lead-qualification.yaml"
	d := demo(t, 120, 40)
	before := d.file(file)
	d.Press("down", "s", "enter").Type("Dear 1 q r").See("Dear 1 q r", "(changed)").Press("ctrl+t").See("Insert a data token").Type("Job Title").Press("enter")
	d.See("Dear 1 q r {{ enrolled_object.jobtitle }}", "Dear 1 q r Head of Operations") // a blank keeps the token off the word
	d.Type("{{ enrolled_object.nosuch }} {{ broken").See("○ {{ enrolled_object.nosuch }}", "✗ ")
	d.Press("ctrl+u").Type("Job: {{ enrolled_object.jobtitle }}")
	d.Press("ctrl+g").See("Write the prompt into Lead qualification › qualify", "Job: {{ enrolled_object.jobtitle }}")
	if d.file(file) != before {
		t.Fatal("the file was written before the difference was accepted")
	}
	d.Press("enter").See("Wrote the prompt").NotSee("(changed)")
	if !strings.Contains(d.file(file), "Job: {{ enrolled_object.jobtitle }}") {
		t.Error(d.file(file))
	}
	d.Press("esc", "ctrl+n").See("Start from the prompt of which step?").Type("State").Press("enter").See("State formatting", "Record contact")
}

func TestAPromptThatIsNotSavedIsNotLost(t *testing.T) {
	t.Parallel()
	d := demo(t, 80, 24)
	d.Press("s", "enter").Type("mine").Press("esc", "ctrl+n").See("Replace the prompt?").Press("esc").See("│ mine")
	d.Press("esc", "down", "s").See("│ mine")
	d.Press("q").See("neither asked nor saved").Press("esc").See("│ mine")
	d.Press("ctrl+n", "enter").Type("Lead").Press("enter").See("Country: {{").NotSee("mine")
}

func TestRunChoosesAWorkflow(t *testing.T) {
	t.Parallel()
	d := demo(t, 80, 24)
	d.Press("r").See("Run which workflow with these settings?", "Lead qualification").Type("State").Press("enter").See("[4 Runs]")
}

func TestFilterAndUse(t *testing.T) {
	t.Parallel()
	d := demo(t, 80, 24)
	d.Press("/").Type("model:gpt-6 summ").See("record-summarizer").NotSee("lead-qualifier", "email-drafter").Press("enter").See("Assistants 1 of 5")
	d.Press("u").See("✓  record-summarizer", "next run: record-summarizer").Press("u").NotSee("next run:")
	d.Press("esc").See("lead-qualifier", "▌    record-summarizer").Press("/").Type("zzz").See("No assistant matches").Press("esc")
	d.Press("enter").See("Instructions", "You summarise the history").Press("y")
	if !strings.HasPrefix(d.Clipboard, "You summarise") {
		t.Errorf("copied %q", d.Clipboard)
	}
	d.Press("z").NotSee("Assistants 5").Press("z").See("Assistants 5").Press("esc").See("┏━ Assistants 5")
}

func TestTheMouse(t *testing.T) {
	t.Parallel()
	d := demo(t, 120, 40)
	d.See("Assistants 5").Click(10, 6).See("▌    record-summarizer").Click(70, 8).See("┏━ Settings", "▌ Reasoning effort").Click(10, 20).See("┏━ record-summarizer")
	d.Click(10, 5).Click(10, 5).See("┏━ lead-qualifier").Press("esc", "s").See("Rendered prompt").Click(20, 8).See("┏━ Prompt").Wheel(20, 30, 2).Click(80, 20).See("┏━ Result")
}

func TestRecordsArePickedFromAllPages(t *testing.T) {
	t.Parallel()
	d := demo(t, 100, 30)
	d.Press("down", "s").See("Record contact 2001").Press("ctrl+r").See("[contacts]", "▌ 2001", "Job Title") // at the record in use
	d.Press("g").See("1001", "Inês Carvalho")
	seen := map[string]bool{}
	for range 40 { // to the end, whatever is fetched on the way
		d.Press("G")
		seen[d.Screen()] = true
	}
	if len(seen) < 2 {
		t.Error("there is one page only, so this tests nothing")
	}
	last := d.Screen()
	d.Press("j")
	if d.Screen() != last {
		t.Error("there was more below the end")
	}
	d.Press("g").See("Inês Carvalho").Press("/").Type("zzqqxx").See("No record matches").Press("esc").See("Inês Carvalho")
	d.Press("]").See("[companies]").NotSee("Inês Carvalho").Press("enter").See("is about contact records; the prompt stands on its own now", "Record company", "stands on its own")
	d.Press("ctrl+r").See("[companies]").Press("esc").See("Record company")
}
