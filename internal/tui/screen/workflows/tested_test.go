package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/prompttest"
	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/source"
	"askflow/internal/tui/screen/workflows"
	"askflow/internal/tui/theme"
	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
)

// caseList are the results of a cell.
type caseList []*prompttest.CaseResult

func (l caseList) Each(fn func(*prompttest.CaseResult) error) error {
	for _, c := range l {
		if err := fn(c); err != nil {
			return err
		}
	}
	return nil
}

func pointer[T any](v T) *T { return &v }

// oneCase is a case that passed, of a contact.
func oneCase(id, name, answer string) *prompttest.CaseResult {
	return &prompttest.CaseResult{Record: run.RecordRef{ObjectType: "contact", ID: id, Name: name}, Case: "what " + name + " wants", File: "tests/leads.yaml", Line: 12, Passed: true, State: run.Completed, Checks: 4,
		Asks: []prompttest.AskResult{{Step: "qualify", Model: "gpt-6-luna", Prompt: "Name: " + name + "\nMessage:\nforty seats", Response: &answer, Attempts: 1, LatencyMs: 480, CostUSD: "0.0000386"}},
		Path: []string{"qualify", "2", "4"}, Effects: []run.Effect{{Type: run.EffectProperty, ActionID: "4", ObjectType: "contact", RecordID: id, Property: "lead_grade", To: pointer("A")},
			{Type: run.EffectNotification, ActionID: "8", UserIDs: []string{"16"}, Subject: pointer("Hot lead: " + name), Body: &answer}}}
}

// failing is that case with an expectation that was not met.
func failing(c *prompttest.CaseResult) *prompttest.CaseResult {
	c.Passed = false
	c.Failures = []prompttest.Failure{
		{Subject: "response@qualify", Check: "equals", Expected: "A: forty seats\nThey want a quote.", Got: "B: forty seats\nThey want a quote.", Differs: `at character 1: expected "A", got "B"`, Diff: "@@ -1,2 +1,2 @@\n-A: forty seats\n+B: forty seats\n They want a quote.\n",
			File: "tests/leads.yaml", Line: 14, Column: 9},
		{Subject: "property lead_grade", Check: "equals", Step: "4", Expected: "A", Got: "", File: "tests/leads.yaml", Line: 15, Column: 9}}
	return c
}

// report is what two tests came to: one with two cells, one of whose cases failed, and one that passed.
func report() *prompttest.Report {
	bad, good, second := failing(oneCase("101", "Ada Byron", "B: forty seats\nThey want a quote.")), oneCase("102", "Grace Hopper", "A: ships"), oneCase("101", "Ada Byron", "A: forty seats")
	cell := func(label string, list ...*prompttest.CaseResult) *prompttest.CellReport {
		c := &prompttest.CellReport{Cell: prompttest.Cell{Label: label}, Results: caseList(list), Considered: 24, Enrolled: 2, Asks: 2, InputTokens: 492, OutputTokens: 56, CostUSD: "0.0000772", LatencyP50: 480, LatencyP90: 900}
		for _, one := range list {
			c.Cases++
			if one.Passed {
				c.Passed++
			} else {
				c.Failed, c.Failures = c.Failed+1, append(c.Failures, one)
			}
		}
		return c
	}
	refused := &prompttest.CellReport{Cell: prompttest.Cell{Label: "gpt-6-sol, temperature 1"}, Refused: &run.Error{Code: "bad_settings", Message: "The model gpt-6-sol takes no temperature.", Hint: "leave the temperature out"}}
	lead := run.Workflow{File: "workflows/lead-qualification.yaml", Name: "Lead qualification"}
	leads := &prompttest.TestReport{Name: "leads", File: "tests/leads.yaml", Description: "Every lead gets its grade", Workflow: lead, Answers: "scripted", Era: "responses", Repeat: 1, Threshold: 0.9, Dimensions: []string{"model"},
		Cells: []*prompttest.CellReport{cell("gpt-6-luna", bad, good), cell("gpt-5.4-mini", second), refused}, Disagree: 1,
		Disagreements: []prompttest.Disagreement{{Record: bad.Record, Case: bad.Case, Cells: []*prompttest.CellVerdict{{Of: 1, Answer: "B: forty seats"}, {Passed: 1, Of: 1, Answer: "A: forty seats"}, nil}}},
		Coverage: &prompttest.Coverage{Covered: 2, Total: 3, Items: []prompttest.CoverItem{{Kind: prompttest.CoverTrigger, ID: "1", Label: "message is known", File: lead.File, Line: 6, Hits: 3},
			{Kind: prompttest.CoverAction, ID: "1", Label: "qualify", File: lead.File, Line: 12, Hits: 3}, {Kind: prompttest.CoverBranch, ID: "5:Spam", Label: "5 · If/then branch: Spam", File: lead.File, Line: 44}}}}
	spam := &prompttest.TestReport{Name: "spam", File: "tests/spam.yaml", Workflow: lead, Answers: "replay", Era: "responses", Repeat: 1, Threshold: 1, Passed: true, Cells: []*prompttest.CellReport{cell("as it is", oneCase("103", "Win Now", "SPAM"))}}
	return &prompttest.Report{Tests: []*prompttest.TestReport{leads, spam}, Totals: prompttest.Totals{Tests: 2, Cells: 4, Refused: 1, Cases: 4, Passed: 3, Failed: 1, Checks: 16, Asks: 4},
		Reasons:  []string{"the coverage of lead-qualification is 66.6%, and 80% are asked for"},
		Warnings: source.Problems{{Severity: source.SeverityWarning, Code: "live_test", File: "tests/live.yaml", Line: 1, Col: 1, Message: "the test live has live answers, so it does not run here: asking OpenAI costs money", Hint: "emulator test live --answers live runs it"}}}
}

// rehearsed is an office whose tests come to a report, or to an error.
func rehearsed(tb testing.TB, r *prompttest.Report, err error) *office {
	tb.Helper()
	o := northwind(tb)
	o.version = "v1"
	o.tests = func(_ context.Context, of string, progress func(service.TestProgress)) (*service.Tested, error) {
		if of != "workflows/lead-qualification.yaml" {
			tb.Errorf("the tests of %q were run", of)
		}
		progress(service.TestProgress{Test: "leads", Cell: "gpt-6-luna", At: 1, Of: 4, Records: 12, Total: 24})
		if err != nil {
			return nil, err
		}
		return &service.Tested{Report: r, Version: o.version}, nil
	}
	return o
}

func noTests() error {
	return &service.Error{Code: service.CodeNoTests, Message: "This workflow has no tests.", Hint: "write one: a file tests/lead.yaml with the line `workflow: lead-qualification`, and cases"}
}

func invalid() error {
	return &service.Error{Code: service.CodeInvalidTest, Message: "tests/leads.yaml has 1 error; nothing was run", Problems: source.Problems{{Severity: source.SeverityError, Code: "unknown_key", File: "tests/leads.yaml", Line: 14, Col: 9, Message: `there is no expectation "respose"`, Hint: "did you mean response?"}}}
}

func liveOnly() error {
	return &service.Error{Code: service.CodeLiveTests, Message: "All tests here ask OpenAI, and that costs money: the screen runs tests with scripted and replayed answers only.", Hint: "emulator test leads --answers live runs it"}
}

func TestTestsViews(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{80, 24}, {120, 40}} {
		for name, c := range map[string]struct {
			err  error
			keys []string
		}{
			"tests":          {nil, []string{"t"}},
			"tests-test":     {nil, []string{"t", "enter"}},
			"tests-failed":   {nil, []string{"t", "down", "down", "down", "enter"}},
			"tests-effects":  {nil, []string{"t", "down", "down", "down", "enter", "end"}},
			"tests-passed":   {nil, []string{"t", "a", "down", "down", "down", "down", "down", "enter"}},
			"tests-coverage": {nil, []string{"t", "end", "up", "up", "enter"}},
			"tests-warning":  {nil, []string{"t", "end", "enter"}},
			"tests-none":     {noTests(), []string{"t"}},
			"tests-invalid":  {invalid(), []string{"t"}},
			"tests-live":     {liveOnly(), []string{"t"}},
		} {
			t.Run(fmt.Sprintf("%s-%d", name, size[0]), func(t *testing.T) {
				t.Parallel()
				d, _ := drive(t, rehearsed(t, report(), c.err).services(), size[0], size[1])
				d.Press("j")
				d.Each = func(frame string) { tuitest.Whole(t, frame, size[0], size[1]) }
				d.Press(c.keys...)
				golden(t, d, fmt.Sprintf("%s-%d", name, size[0]))
			})
		}
	}
}

// The editor opens at the expectation, the case, the test, what was never reached, and at what is wrong.
func TestTestsOpenFiles(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		keys []string
		want string
	}{
		"test":        {nil, []string{"e"}, "+1 /portal/tests/leads.yaml"},
		"expectation": {nil, []string{"down", "down", "down", "enter", "o"}, "+14 /portal/tests/leads.yaml"},
		"case":        {nil, []string{"a", "end", "up", "up", "up", "up", "up", "e"}, "+12 /portal/tests/leads.yaml"},
		"branch":      {nil, []string{"end", "up", "e"}, "+44 /portal/workflows/lead-qualification.yaml"},
		"warning":     {nil, []string{"end", "e"}, "+1 /portal/tests/live.yaml"},
		"finding":     {invalid(), []string{"enter"}, "+14 /portal/tests/leads.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, _ := drive(t, rehearsed(t, report(), c.err).services(), 120, 40)
			d.Env["EDITOR"] = "vi"
			got := ""
			d.OnExec = func(cmd *exec.Cmd) error {
				got = strings.Join(cmd.Args[1:], " ")
				return nil
			}
			d.Press("j", "t").Press(c.keys...)
			if got = strings.ReplaceAll(got, `\`, "/"); got != c.want {
				t.Errorf("the editor got %q, want %q", got, c.want)
			}
			d.See("[1 Workflows]", "Tests of Lead qualification")
		})
	}
	d, _ := drive(t, rehearsed(t, report(), nil).services(), 120, 40)
	d.Press("j", "t", "down", "down", "e").See("This line stands for no place in a file.")
}

// Files that change make the result old; what does not concern it leaves it as it is, and so does what happened before.
func TestTestsKnowWhenTheyAreOld(t *testing.T) {
	t.Parallel()
	o := rehearsed(t, report(), nil)
	d, _ := drive(t, o.services(), 120, 40)
	saved := service.Event{Kind: service.EventPortal, Files: []string{"tests/leads.yaml"}}
	d.Press("j", "t").Msg(saved).NotSee("files changed")
	o.version = "v2"
	d.Msg(saved).See("files changed since: r runs the tests again").Press("r").NotSee("files changed").Msg(saved).NotSee("files changed")
	o = rehearsed(t, nil, noTests())
	d, _ = drive(t, o.services(), 120, 40)
	d.Press("j", "t").Msg(saved).NotSee("files changed")
	o.version = "v2"
	d.Msg(saved).See("files changed since: r tries again")
	o.tests = rehearsed(t, report(), nil).tests
	d.Press("r").See("1 of 4 cases failed")
}

// From place to place, from line to line: what is said stays right.
func TestTestsAreLeftAndFound(t *testing.T) {
	t.Parallel()
	d, _ := drive(t, rehearsed(t, report(), nil).services(), 120, 40)
	d.Press("j", "t").See("▌ ✗  leads", "Every lead gets its grade").Press("$").See("emulator test lead-qualification").Press("esc")
	d.Press("down", "down", "down").See("▌ ✗  101 Ada Byron", `expected "A"`).Press("right", "enter").See("› 101 Ada Byron · cell 1").Press("$").See("emulator test leads --filter 101 --verbose").Press("esc")
	d.Press("2").See("this is Assistant").Press("1").See("› 101 Ada Byron").Press("left").Press("a").See("102 Grace Hopper", "a hides them", "a failed only").NotSee("passed too").Press("r").See("102 Grace Hopper", "▌ ✗  101 Ada Byron")
	d.Press("T").See("▌ ✗  101 Ada Byron").Press("esc").See("Workflows · 4", "▌ Lead qualification").NotSee("Tests of")
	d.Press("enter", "t").See("Tests of Lead qualification").Press("esc").See("Flow", "15 actions")
}

// A click chooses a line, a second one opens it; the wheel scrolls what is under it.
func TestTestsByMouse(t *testing.T) {
	t.Parallel()
	d, _ := drive(t, rehearsed(t, report(), nil).services(), 120, 40)
	d.Press("j", "t").See("▌ ✗  leads").Click(10, 8).See("▌ ✗  101 Ada Byron").Click(10, 8).See("› 101 Ada Byron")
	before := d.Screen()
	if d.Wheel(100, 10, 3); d.Screen() == before {
		t.Error("the wheel scrolled nothing")
	}
	d.Press("esc").Wheel(10, 10, 1).NotSee("▌ ✗  101 Ada Byron")
}

// screenOf is the place by itself, with the list read.
func screenOf(t *testing.T, o *office) (ui.Screen, *ui.Env) {
	t.Helper()
	env := &ui.Env{Services: o.services(), Theme: theme.For(true), Keys: tuitest.Keys(t, workflows.Keys()), Portal: o.portal, Account: o.account, Now: now.UTC, Context: t.Context()}
	s := workflows.New(env)
	settle(s, s.Update(ui.Shown{First: true}))
	settle(s, s.Update(tuitest.KeyPress("j")))
	return s, env
}

// settle runs a command and what follows; it gives back the task that was asked for, if any.
func settle(s ui.Screen, cmd tea.Cmd) (task *ui.Task) {
	if cmd == nil {
		return nil
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			if got := settle(s, c); got != nil {
				task = got
			}
		}
	case ui.StartMsg:
		return &msg.Task
	default:
		return settle(s, s.Update(msg))
	}
	return task
}

// do does what a key is bound to.
func do(t *testing.T, s ui.Screen, id string) *ui.Task {
	t.Helper()
	for _, b := range s.Bindings() {
		if b.ID == id && b.Disabled == "" {
			return settle(s, b.Do())
		}
	}
	t.Fatalf("%s is not offered", id)
	return nil
}

// While tests run it is said how far they are; esc stops them. A result that is there stays then.
func TestTestsAreStopped(t *testing.T) {
	t.Parallel()
	o := rehearsed(t, report(), nil)
	once := o.tests
	heard := make(chan bool)
	o.tests = func(ctx context.Context, _ string, progress func(service.TestProgress)) (*service.Tested, error) {
		progress(service.TestProgress{Test: "leads", Cell: "gpt-6-luna", At: 2, Of: 4, Records: 12, Total: 24, Failed: 3})
		heard <- true
		<-ctx.Done()
		return nil, ctx.Err()
	}
	s, _ := screenOf(t, o)
	runIt := func(task *ui.Task) chan error {
		done := make(chan error, 1)
		go func() {
			_, err := task.Run(t.Context())
			done <- err
		}()
		<-heard
		return done
	}
	task := do(t, s, "workflows.test")
	done := runIt(task)
	plain := tuitest.Plain(s.View(100, 20))
	for _, want := range []string{"leads: 12 of 24 records, cell 2 of 4, 3 failed", "37%", "Esc stops them"} {
		if !strings.Contains(plain, want) {
			t.Errorf("the view does not show %q:\n%s", want, plain)
		}
	}
	if far := task.Far(); far != "leads: 12 of 24 records, cell 2 of 4, 3 failed" {
		t.Errorf("the task says %q", far)
	}
	if len(s.Bindings()) != 1 || s.Bindings()[0].Disabled == "" {
		t.Errorf("while they run %+v is offered", s.Bindings())
	}
	if !s.Back() || strings.Contains(s.View(100, 20), "Tests of") {
		t.Error("esc does not leave")
	}
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("they ended with %v", err)
	}
	settle(s, s.Update(task.Done(context.Canceled))) // comes late
	blocked := o.tests
	o.tests = once
	task = do(t, s, "workflows.test")
	_, err := task.Run(t.Context())
	settle(s, s.Update(task.Done(err)))
	o.tests = blocked
	again := do(t, s, "workflows.again")
	done = runIt(again)
	if plain := tuitest.Plain(s.View(100, 20)); !strings.Contains(plain, "testing") || !strings.Contains(plain, "1 of 4 cases failed") {
		t.Errorf("while they run again the view is\n%s", plain)
	}
	if !s.Back() {
		t.Error("esc does nothing")
	}
	<-done
	settle(s, s.Update(again.Done(context.Canceled)))
	if plain := tuitest.Plain(s.View(100, 20)); strings.Contains(plain, "▶ testing") || !strings.Contains(plain, "1 of 4 cases failed") {
		t.Errorf("after they were stopped the view is\n%s", plain)
	}
}

func casesOf(c *prompttest.CellReport) caseList {
	list, _ := c.Results.(caseList)
	return list
}

// Whatever tests hold, the view holds letters and styles only, in any size.
func TestTestsWithHostileData(t *testing.T) {
	t.Parallel()
	bad := "\x1b]0;owned\x07\x1b[2J\u009b31m\u202eabc\u2066\u200b\r\n\t日本語👩‍👩‍👧‍👦שלום" + strings.Repeat("W", 500) + "\xff\xfe"
	r := report()
	for _, tr := range r.Tests {
		tr.Name, tr.Description, tr.File, tr.Answers = bad+tr.Name, bad, "tests/"+bad, bad
		for _, c := range tr.Cells {
			c.Label = bad
			for _, one := range casesOf(c) {
				one.Case, one.Record.Name, one.Record.ID, one.Reason, one.File, one.Path = bad, bad, bad+one.Record.ID, bad, bad, []string{bad}
				for i := range one.Asks {
					one.Asks[i] = prompttest.AskResult{Step: bad, Model: bad, Prompt: strings.Repeat(bad, 200), Response: pointer(bad), CostUSD: bad}
				}
				for i := range one.Failures {
					one.Failures[i] = prompttest.Failure{Subject: bad, Check: bad, Expected: bad, Got: bad, Differs: bad, Diff: "+" + bad, Step: bad, File: bad, Line: 1}
				}
				for i := range one.Effects {
					one.Effects[i].Property, one.Effects[i].To, one.Effects[i].UserIDs = bad, pointer(bad), []string{bad}
				}
			}
		}
	}
	r.Tests[1].Error = &run.Error{Code: bad, Message: bad, Hint: bad}
	r.Tests[0].Coverage.Items[2].Label, r.Tests[0].Coverage.Items[2].File = bad, bad
	r.Reasons, r.Warnings[0].Message, r.Warnings[0].File = []string{bad}, bad, bad
	for name, err := range map[string]error{"": nil, "error": &service.Error{Code: service.CodeInvalidTest, Message: bad, Hint: bad, Problems: source.Problems{{Severity: source.SeverityError, File: bad, Line: 1, Message: bad, Hint: bad}}}} {
		for _, size := range [][2]int{{120, 40}, {80, 24}, {60, 16}} {
			d, _ := drive(t, rehearsed(t, r, err).services(), size[0], size[1])
			d.Each = func(frame string) { tuitest.Whole(t, frame, size[0], size[1]) }
			d.OnExec = func(*exec.Cmd) error { return nil }
			d.Press("j", "t", "a")
			for range 13 {
				d.Press("enter", "pgdown", "end", "esc", "down")
				if name != "" {
					break
				}
			}
		}
		o := rehearsed(t, r, err)
		s, _ := screenOf(t, o)
		task := do(t, s, "workflows.test")
		_, err := task.Run(t.Context())
		settle(s, s.Update(task.Done(err)))
		for _, size := range [][2]int{{30, 5}, {30, 4}, {8, 3}, {1, 1}, {200, 2}, {120, 40}} {
			for range 4 {
				if flaw := tuitest.CheckPart(s.View(size[0], size[1]), size[0], size[1]); flaw != nil {
					t.Errorf("%v: %v", size, flaw)
				}
				settle(s, s.Update(tuitest.KeyPress("down")))
			}
		}
	}
}

// Thousands of cases are shown like a few.
func TestTestsWithManyCases(t *testing.T) {
	t.Parallel()
	r := report()
	var list caseList
	for i := range 3000 {
		list = append(list, oneCase(fmt.Sprint(1000+i), "Somebody", "A"))
	}
	c := r.Tests[1].Cells[0]
	c.Results, c.Cases, c.Passed = list, 5000, 5000
	r.Totals.Passed = 5002
	d, _ := drive(t, rehearsed(t, r, nil).services(), 120, 40)
	d.Press("j", "t", "a").See("5,002 cases passed").Press("home", "down", "down", "down", "down").See("listed; 2,000 more").Press("end", "up", "up", "up").See("▌ ✓  3999 Somebody")
}
