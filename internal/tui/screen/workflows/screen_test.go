package workflows_test

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/hubspot"
	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/source"
	"askflow/internal/tui/screen/workflows"
	"askflow/internal/tui/text"
	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
)

func TestScreensStandStill(t *testing.T) {
	t.Parallel()
	for _, size := range []struct {
		name          string
		width, height int
	}{{"80x24", 80, 24}, {"120x40", 120, 40}} {
		t.Run(size.name, func(t *testing.T) {
			t.Parallel()
			o := northwind(t)
			o.plan = planOf(o)
			d, _ := drive(t, o.services(), size.width, size.height)
			d.Press("j")
			golden(t, d, "list-"+size.name)
			d.Press("enter", "j")
			golden(t, d, "flow-"+size.name)
			d.Press("enter")
			golden(t, d, "card-"+size.name)
			d.Press("end")
			golden(t, d, "card-end-"+size.name)
			d.Press("esc", "home", "enter")
			golden(t, d, "triggers-"+size.name)
			d.Press("esc", "p")
			golden(t, d, "plan-"+size.name)
			d.Press("esc", "esc", "j", "j", "enter", "P")
			golden(t, d, "problems-"+size.name)
			aligned(t, d, size.width, size.height)
		})
	}
}

func planOf(o *office) *run.Plan {
	temperature := 0.2
	return &run.Plan{Workflow: run.Workflow{File: o.items[1].File, Name: o.items[1].Name}, Answers: "scripted", Considered: 24, Enrolled: 18, PricesAsOf: "2026-11-01", MinCostUSD: "0.0012", MaxCostUSD: "0.36",
		NotEnrolled: []run.ReasonCount{{Reason: "message is not known", Records: 5}, {Reason: "it is a member of list 42", Records: 1}},
		Asks: []run.PlanAsk{{ActionID: "1", Name: "qualify", Assistant: "lead-qualifier", Model: "gpt-6-luna", Temperature: &temperature, ReasoningEffort: "none", Asks: 18, InputTokens: 2345, MaxOutput: 36000, MinCostUSD: "0.0012", MaxCostUSD: "0.36", Conditional: true, Warnings: []string{"the model is switched off on 2027-01-01"}},
			{ActionID: "7", Assistant: "old", Model: "gpt-3", Refused: &run.Error{Code: "bad_settings", Message: "gpt-3 takes no reasoning effort.", Hint: "leave the effort out"}}},
		Samples: []run.PlanSample{{Record: run.RecordRef{ObjectType: "contact", ID: "101", Name: "Ada Byron"}, Action: "1", Prompt: "Name: Ada Byron\nMessage:\nWe need 400 sensors.", Tokens: 31}}}
}

func TestTheListSaysWhatMatters(t *testing.T) {
	t.Parallel()
	o := northwind(t)
	o.items[0].Enabled, o.items[0].Errors, o.items[0].Warnings = false, 2, 1
	d, frame := drive(t, o.services(), 200, 40)
	d.See("Sales email draft", "○", "✗ 2 ! 1", "Contact", "Lead qualification", "r3 ✗ 2 failed", "5 min ago", "never", "✓ none", "Workflows · 4")
	frame.Env().Active["r4"] = &service.Progress{Run: "r4", Workflow: run.Workflow{File: o.items[1].File}, Total: 200, Totals: run.Totals{Considered: 86}, Rate: 40}
	d.See("r4 ▶ 43%")
	d.Press("j", "enter").See("86 of 200 records", "40/s")
}

// The bars of the past runs stand in their column, the newest at the right, however many runs there were.
func TestPastRunsStayInTheirColumn(t *testing.T) {
	t.Parallel()
	for _, size := range []struct{ width, height int }{{80, 24}, {120, 40}} {
		o := northwind(t)
		lead := o.items[1]
		lead.Runs = nil
		for i := range 12 { // the newest first; the older, the more failed
			lead.Runs = append(lead.Runs, pastRun(fmt.Sprintf("r%d", 12-i), lead.File, lead.Name, run.RunCompleted, time.Duration(i+1)*time.Minute, 32, int64(3*i)))
		}
		d, _ := drive(t, o.services(), size.width, size.height)
		var head, row string
		for line := range strings.Lines(d.Screen()) {
			switch before, _, _ := strings.Cut(line, "●"); {
			case strings.Contains(line, "Last run"):
				head = line
			case strings.Contains(before, lead.Name):
				row = line
			}
		}
		title, _, found := strings.Cut(head, "Past")
		bars, after, drawn := strings.Cut(row, "▅▆▇██")
		if !found || !drawn || text.Width(title) != text.Width(bars) || !strings.HasSuffix(bars, " ") || !strings.HasPrefix(after, " ┃") {
			t.Errorf("%d by %d: the bars of five runs do not stand under their title:\n%s%s", size.width, size.height, head, row)
		}
		aligned(t, d, size.width, size.height)
	}
}

func TestFilter(t *testing.T) {
	t.Parallel()
	d, _ := drive(t, northwind(t).services(), 100, 30)
	d.Press("/").Type("lead").See("Lead qualification", "1 of 4").NotSee("State formatting")
	d.Press("enter").Press("f").See("State formatting", "(off)").Press("f").NotSee("State formatting")
	d.Press("/").Type(" zzz").See("No workflow matches the filter", "/ changes it").Press("esc").See("State formatting", "Workflows · 4")
	d.Press("/").Type("problems:yes").Press("enter").See("State formatting", "1 of 4").NotSee("Sales email")
	d.Press("enter").See("8 actions").Press("esc").See("1 of 4")
}

func TestOpeningAWorkflowAndItsCards(t *testing.T) {
	t.Parallel()
	d, _ := drive(t, northwind(t).services(), 120, 50)
	d.Press("j", "enter").See("15 actions", "r3 ✗ 2 failed", "path of Ada Byron in r3", "Enrollment triggers", "hs_lead_status is any of NEW", "members of list 42", "lifecyclestage is any of customer", "message changes")
	d.Press("down").See("Lead qualifier", "gpt-6-luna", "the model's own", "{{ action_outputs.qualify.response }}", "Used by", "Create task 9")
	d.Press("down").See("Branches on", "of qualify", "→ Edit record 4", "→ Create task 3")
	d.Press("down", "down", "down", "down").See("Hot") // Into the hot arm.
	d.Press("end", "enter").See("qualification › Create task 15").Press("left").NotSee("qualification › Create task 15").Press("home").See("Contact workflow").Press("esc").See("Workflows · 4").Press("enter").See("15 actions")
}

// What was under the cursor is still there when a workflow is opened again.
func TestTheCursorIsRemembered(t *testing.T) {
	t.Parallel()
	d, _ := drive(t, northwind(t).services(), 80, 24)
	d.Press("j", "enter", "down", "enter").See("action 1 · type 1-900001").Press("esc", "esc", "k", "j", "enter", "enter").See("action 1 · type 1-900001")
	d.Resize(130, 40).See("action 1 · type 1-900001").Resize(80, 24).See("action 1 · type 1-900001")
}

func TestPathsOfOtherRecords(t *testing.T) {
	t.Parallel()
	d, _ := drive(t, northwind(t).services(), 120, 40)
	d.Press("j", "enter", "down").See("path of Ada Byron", "A: asks for a quote")
	d.Press(".").See("path of Grace Hopper", "✗ FAIL_CONTINUE").Press(".").See("enrolled no further record that way", "path of Grace Hopper").Press(",").See("path of Ada Byron")
}

func TestShowWorkflowOpensAtAnActionWithThePathOfARecord(t *testing.T) {
	t.Parallel()
	o := northwind(t)
	d, _ := drive(t, o.services(), 120, 40, ui.ShowWorkflow{File: o.items[1].File, ActionID: "9", Run: "r3", Seq: 1})
	d.Press("4", "W").See("path of Ada Byron in r3", "✗ FAIL_CONTINUE", "The owner 9016 is deactivated.", "Create task", "9016 Dana Whitfield")
	// A newer run counts more than what was asked for once.
	o.items[1].Runs = append([]*run.Run{pastRun("r4", o.items[1].File, "Lead qualification", run.RunCompleted, time.Minute, 3, 0)}, o.items[1].Runs...)
	o.rows["r4"] = []*run.Result{{Record: run.RecordRef{ID: "7", ObjectType: "contact"}, Enrollment: run.Enrollment{State: run.Completed}, Steps: []run.Step{{ActionID: "1", State: run.Success}}}}
	d.Advance(time.Second).Msg(service.Event{Kind: service.EventRuns}).See("path of contact 7 in r4", "r4 ✓ done")
}

// A record that was not enrolled has no path, and the triggers say why.
func TestShowWorkflowOfARecordThatWasNotEnrolled(t *testing.T) {
	t.Parallel()
	o := northwind(t)
	d, _ := drive(t, o.services(), 120, 40, ui.ShowWorkflow{File: o.items[1].File, Run: "r3", Seq: 0})
	d.Press("4", "W").See("path of Nobody Here in r3", "○ not enrolled", "message is not known")
	d, _ = drive(t, o.services(), 120, 40, ui.ShowWorkflow{File: o.items[1].File, Run: "r3", Seq: 77})
	d.Press("4", "W").See("15 actions").NotSee("path of")
	d, _ = drive(t, o.services(), 120, 40, ui.ShowWorkflow{File: "workflows/gone.yaml"})
	d.Press("4", "W").See("There is no workflow file workflows/gone.yaml")
}

func TestRunPlanAndOptions(t *testing.T) {
	t.Parallel()
	o := northwind(t)
	o.plan = planOf(o)
	d, frame := drive(t, o.services(), 100, 50)
	temperature := 0.7
	frame.Env().Settings = ui.Settings{Model: "gpt-6-sol", Temperature: &temperature}
	d.Press("j", "r").See("this is Runs", "r11")
	d.Press("1", "p").See("18 of 24 records would enroll", "message is not known", "nothing with scripted answers", "$0.0012 to $0.36", "gpt-3 takes no reasoning effort.", "We need 400 sensors.", "18 questions", "switched off on 2027")
	d.Press("r").See("this is Runs").Press("1").NotSee("18 of 24")
	d.Press("R").See("Run Lead qualification", "those that match the triggers").Press("ctrl+s").See("this is Runs")
	want := []service.RunRequest{{Workflow: o.items[1].File, Model: "gpt-6-sol", Temperature: &temperature}, {Workflow: o.items[1].File, Model: "gpt-6-sol", Temperature: &temperature},
		{Workflow: o.items[1].File, Model: "gpt-6-sol", Temperature: &temperature, Enroll: "matching"}}
	if diff := cmp.Diff(want, o.started); diff != "" {
		t.Error(diff)
	}
	d.Press("1", "L").See("this is Runs: ui.ShowRun {ID:r3")
}

func TestAWorkflowWithErrorsIsNotRun(t *testing.T) {
	t.Parallel()
	o := northwind(t)
	o.items[1].Errors = 1
	o.problems[o.items[1].File] = source.Problems{{Severity: source.SeverityError, Code: "unknown_assistant", File: o.items[1].File, Line: 14, Col: 18, Message: "there is no assistant lead-qualifer", Hint: "did you mean lead-qualifier?"}}
	d, _ := drive(t, o.services(), 120, 40)
	d.Press("j", "r").See("First correct what is wrong with it").NotSee("this is Runs")
	d.Press("enter", "j").See("14:18", "there is no assistant lead-qualifer", "✗ 1", "⏎ open  P problems  e edit")
	if len(o.started) != 0 {
		t.Errorf("it was started: %v", o.started)
	}
}

// The file is opened at the card, checked when it comes back, and corrected from the list of problems: enter, then r.
func TestEditWithAValidationErrorThenFixAndRerun(t *testing.T) {
	t.Parallel()
	o := northwind(t)
	lead := o.items[1]
	d, _ := drive(t, o.services(), 120, 40)
	var calls [][]string
	d.OnExec = func(cmd *exec.Cmd) error {
		calls = append(calls, cmd.Args[1:])
		if len(calls) == 1 {
			lead.Errors = 1
			o.problems[lead.File] = source.Problems{{Severity: source.SeverityError, Code: "unknown_assistant", File: lead.File, Line: 14, Col: 18, Message: "there is no assistant lead-qualifer", Hint: "did you mean lead-qualifier?"}}
			return nil
		}
		lead.Errors, o.problems[lead.File] = 0, nil
		return nil
	}
	d.Env["EDITOR"] = "nano"
	d.Press("j", "enter", "down", "e").See("Problems of lead-qualification.yaml", "✗ 1", "14:18", "there is no assistant lead-qualifer", "did you mean lead-qualifier?", "fix")
	d.Press("r").See("First correct what is wrong").Press("enter").See("has no problems", "r runs it").NotSee("Problems of").Press("r").See("this is Runs")
	want := [][]string{{"+12,5", "/portal/" + lead.File}, {"+14,18", "/portal/" + lead.File}}
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Error(diff)
	}
	if len(o.started) != 1 {
		t.Errorf("%d runs were started", len(o.started))
	}
}

func TestAFileThatIsNoWorkflow(t *testing.T) {
	t.Parallel()
	o := northwind(t)
	broken := o.items[2]
	actions, object := broken.Actions, broken.ObjectType
	broken.Errors, broken.Actions, broken.Asks, broken.ObjectType = 1, 0, 0, hubspot.ObjectType{}
	o.texts[broken.File] = "name: Broken\nsteps:\n  - notify: [\n\x1b[2Jevil\n"
	d, _ := drive(t, o.services(), 100, 40)
	d.Press("j", "j").See("cannot be read as a workflow", "unreadable").Press("enter").See("cannot be read as a workflow", "steps:", "✗ unreadable · ✗ 1").NotSee("0 actions", "○ off")
	d.Press("E").See("cannot be read as a workflow; e opens it in the editor")
	aligned(t, d, 100, 40)
	line := ""
	d.OnExec = func(cmd *exec.Cmd) error {
		line = strings.Join(cmd.Args[1:], " ")
		o.texts[broken.File], broken.Errors, broken.Actions, broken.ObjectType = demoText(t, "record-summary.yaml"), 0, actions, object
		return nil
	}
	d.Env["EDITOR"] = "vim"
	d.Press("e").See("has no problems", "Enrollment triggers")
	if !strings.HasPrefix(line, "+") {
		t.Errorf("the editor got %q, not the line of the problem", line)
	}
}

func TestLiveAnswersWithoutAnAccount(t *testing.T) {
	t.Parallel()
	o := northwind(t)
	d, _ := drive(t, o.services(), 100, 30)
	d.NotSee("live answers need").Press("c").NotSee("this is Account") // scripted portals do not nag
	o.portal.Answers = "live"
	d, _ = drive(t, o.services(), 100, 30)
	d.See("live answers need an OpenAI account: c connects").Press("enter").See("live answers need an OpenAI account").Press("c").See("this is Account", "ConnectAccount", "Return:Workflows")
	o.account = &service.AccountStatus{Locked: true}
	d, _ = drive(t, o.services(), 100, 30)
	d.See("no subscription of this portal unlocks the action").Press("c").See("nothing can be connected")
	o.account = &service.AccountStatus{Connected: true}
	d, _ = drive(t, o.services(), 100, 30)
	d.NotSee("live answers need")
}

func TestSettingsGoToAssistant(t *testing.T) {
	t.Parallel()
	o := northwind(t)
	d, _ := drive(t, o.services(), 160, 30)
	d.Press("j", "enter", "down", "s").See("this is Assistant: ui.ShowAssistant {Assistant:lead-qualifier File:workflows/lead-qualification.yaml Step:1}")
	d.Press("1", "y")
	if d.Clipboard != "{{ action_outputs.qualify.response }}" {
		t.Errorf("copied %q", d.Clipboard)
	}
}

func TestErrorsAreShownAndTriedAgain(t *testing.T) {
	t.Parallel()
	o := northwind(t)
	o.err = &service.Error{Code: service.CodePortalGone, Message: "The portal folder is not there any more.", Hint: "put it back, or start again"}
	d, _ := drive(t, o.services(), 80, 24)
	d.See("✗ The portal folder is not there any more.", "put it back")
	o.err = nil
	d.Advance(time.Second).Msg(service.Event{Kind: service.EventPortal}).See("Lead qualification").NotSee("not there any more")
	o.err = &service.Error{Code: service.CodePortalGone, Message: "The file cannot be read."}
	d.Press("j").See("The file cannot be read.")
	o.err = nil
	d.Press("2", "1").NotSee("The file cannot be read.").See("qualify")
}

func TestAnEmptyPortal(t *testing.T) {
	t.Parallel()
	o := northwind(t)
	o.items = nil
	d, _ := drive(t, o.services(), 80, 24)
	d.See("This portal has no workflows yet. n makes one").Press("enter").See("There is no workflow here; n makes one.").Press("r", "p", "e", "L", "R", "P", "down", "end", "space", "z", "+")
	aligned(t, d, 80, 24)
}

// Events of a run that goes on read nothing; a hundred changes at once read a few times.
func TestEventsAreCheap(t *testing.T) {
	t.Parallel()
	o := northwind(t)
	d, _ := drive(t, o.services(), 100, 30)
	d.Screen()
	lists, reads := o.lists, o.reads
	for i := range 100 {
		d.Msg(service.Event{Kind: service.EventRun, Progress: &service.Progress{Run: "r9", Workflow: run.Workflow{File: o.items[1].File}, Total: 1000, Totals: run.Totals{Considered: int64(i)}}})
	}
	if o.lists != lists || o.reads != reads {
		t.Errorf("progress read the list %d times and workflows %d times", o.lists-lists, o.reads-reads)
	}
	d.See("r9 ▶ 9%")
	for range 100 {
		d.Msg(service.Event{Kind: service.EventRuns}).Screen()
	}
	if n := o.lists - lists; n > 2 {
		t.Errorf("100 events at once read the list %d times", n)
	}
	d.Advance(time.Second)
	o.items[1].Runs = append([]*run.Run{pastRun("r9", o.items[1].File, "Lead qualification", run.RunCompleted, 0, 3, 0)}, o.items[1].Runs...)
	d.Msg(service.Event{Kind: service.EventRun, Progress: &service.Progress{Run: "r9", Workflow: run.Workflow{File: o.items[1].File}, Ended: true, Status: run.RunCompleted}}).See("r9 ✓ done")
}

// A change that came while nobody looked is read with the next occasion.
func TestAChangeWhileNobodyLooks(t *testing.T) {
	t.Parallel()
	o := northwind(t)
	d, _ := drive(t, o.services(), 100, 30)
	d.Press("2")
	before := o.lists
	for range 20 {
		d.Advance(time.Second).Msg(service.Event{Kind: service.EventRuns})
	}
	if n := o.lists - before; n > 4 {
		t.Errorf("the list was read %d times while another place was shown", n)
	}
	o.items[0].Name = "Another name"
	d.Press("1").See("Another name")
}

// Another theme recolours what is open, where it is.
func TestThemes(t *testing.T) {
	t.Parallel()
	o := northwind(t)
	o.plan = planOf(o)
	o.texts[o.items[2].File] = "name: [\n"
	for _, path := range []string{"j enter down enter end", "j p end", "j j enter"} {
		d, _ := drive(t, o.services(), 80, 24)
		d.Press(strings.Fields(path)...)
		plain, styled := d.Screen(), d.Styled()
		d.Press("T")
		if d.Styled() == styled {
			t.Errorf("%s: nothing has another colour", path)
		}
		if d.Screen() != plain {
			t.Errorf("%s: the text is another one:\n%s", path, d.Screen())
		}
		if d.Press("T").Styled() != styled {
			t.Errorf("%s: the first theme does not come back", path)
		}
	}
}

func TestPasteIntoTheFilter(t *testing.T) {
	t.Parallel()
	d, _ := drive(t, northwind(t).services(), 100, 30)
	d.Paste("zzz").See("Workflows · 4").Press("/").Paste("state").See("1 of 4", "State formatting").NotSee("Sales email draft")
}

func TestMouse(t *testing.T) {
	t.Parallel()
	d, _ := drive(t, northwind(t).services(), 120, 40)
	d.See("Workflows · 4").Click(10, 5).See("qualify").Click(10, 5).See("15 actions") // the second row of the list, twice
	d.Click(5, 10).Wheel(5, 10, 3).Wheel(100, 10, 3).Click(100, 10).Press("esc", "esc").See("Workflows · 4")
	d.Wheel(5, 8, 1).Wheel(100, 20, 2)
	aligned(t, d, 120, 40)
}

func TestEverySizeIsFilledExactly(t *testing.T) {
	t.Parallel()
	o := northwind(t)
	o.plan = planOf(o)
	d, _ := drive(t, o.services(), 80, 24)
	for _, path := range [][]string{{}, {"j"}, {"enter"}, {"down"}, {"enter"}, {"esc", "esc", "j", "j", "enter", "P"}, {"esc", "p"}, {"esc", "z"}} {
		d.Press(path...)
		for _, size := range [][2]int{{60, 16}, {61, 17}, {80, 24}, {99, 30}, {100, 20}, {120, 40}, {200, 60}} {
			d.Resize(size[0], size[1])
			aligned(t, d, size[0], size[1])
		}
	}
}

func TestCommands(t *testing.T) {
	t.Parallel()
	o := northwind(t)
	o.plan = planOf(o)
	d, frame := drive(t, o.services(), 100, 40)
	for _, step := range []struct{ keys, want string }{{"", "emulator run email-draft"}, {"P", "emulator validate"}, {"esc j enter", "emulator run lead-qualification"}, {"p", "emulator plan lead-qualification"}, {"esc esc j j enter P", "emulator validate workflows/state-formatting.json"}} {
		d.Press(strings.Fields(step.keys)...).Press("$").See(step.want).Press("esc")
	}
	frame.Env().Settings = ui.Settings{Model: "gpt-6-luna", MaxCost: "0.50"}
	d.Press("esc", "esc").Press("$").See("emulator run state-formatting --model gpt-6-luna --max-cost 0.50").Press("esc")
}

func TestHostileDataStaysInItsPlace(t *testing.T) {
	t.Parallel()
	o := northwind(t)
	evil := "\x1b[31mred\x1b]0;title\x07 \u202eright\u202c \u200bz\u200d a" + strings.Repeat("\u0301", 500) + " 👨‍👩‍👧 日本語 " + strings.Repeat("W", 10_000) + "\r\n\tx\x00\x85"
	lead := o.items[1]
	lead.Name, lead.Warnings = evil, 1
	lead.Runs[0].ID = "r3"
	long := strings.Repeat("answer ", 700_000)
	o.rows["r3"][1].Record.Name = evil
	o.rows["r3"][1].Steps[0].Ask.Response = &long
	o.resolve.Model, o.resolve.Warnings = evil, []string{evil}
	o.texts[lead.File] = strings.Replace(o.texts[lead.File], "Grades what visitors write", "\"\\e[2J\\u202e"+strings.Repeat("Q", 10_000)+"\" #", 1)
	o.problems[lead.File] = source.Problems{{Severity: source.SeverityWarning, Code: "x", File: lead.File, Line: 14, Col: 3, Message: evil, Hint: evil}}
	o.plan = planOf(o)
	o.plan.Samples[0].Prompt, o.plan.Samples[0].Record.Name, o.plan.NotEnrolled[0].Reason = long+evil, evil, evil
	d, _ := drive(t, o.services(), 120, 40)
	for _, keys := range []string{"", "j", "enter", "down", "enter", "end", "esc P", "esc p", "end", "esc esc"} {
		d.Press(strings.Fields(keys)...)
		aligned(t, d, 120, 40)
		d.Resize(80, 24)
		aligned(t, d, 80, 24)
		d.Resize(120, 40)
	}
}

func TestBindingsAvoidTheFramesKeys(t *testing.T) {
	t.Parallel()
	ids := []string{}
	for _, spec := range tuitest.Keys(t, workflows.Keys()).All() { // which fails where keys clash

		if strings.HasPrefix(spec.ID, "workflows.") {
			ids = append(ids, spec.ID)
			if spec.Help == "" || spec.Short == "" || text.Width(spec.Short) > 14 {
				t.Errorf("%s says too little, or too much: %+v", spec.ID, spec)
			}
		}
	}
	if n := len(slices.Compact(slices.Sorted(slices.Values(ids)))); n != len(ids) || n < 15 {
		t.Errorf("actions: %v", ids)
	}
}
