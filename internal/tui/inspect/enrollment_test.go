package inspect_test

import (
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/tui/inspect"
	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
)

// openResult shows a result within the frame.
func openResult(t testing.TB, width, height int, r *run.Result) (*screen, *inspect.Enrollment) {
	t.Helper()
	return openRuns(t, width, height, stored(r))
}

func openRuns(t testing.TB, width, height int, from *runs) (*screen, *inspect.Enrollment) {
	t.Helper()
	var e *inspect.Enrollment
	s := open(t, width, height, from, func(env *ui.Env) part {
		e = inspect.NewEnrollment(env, testRun(), 4)
		return e
	})
	return s, e
}

func TestEnrollmentScreens(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{80, 24}, {120, 40}} {
		for name, keys := range map[string][]string{
			"failed": nil, "response-json": {"home", "i"}, "attempts": {"home", "i", "]"}, "prompt-both": {"home", "i", "[", "m"}, "template": {"home", "i", "[", "m", "m"},
			"branch": {"home", "down"}, "effects": {"home", "down", "down", "down"}, "delay": {"home", "down", "down", "down", "down"}, "skipped": {"end", "up", "up", "up"},
			"stubbed": {"end", "up", "up"}, "markdown": {"end", "up"}, "outputs": {"home", "]", "]"}, "zoomed": {"home", "i", "enter", "z"},
		} {
			s, _ := openResult(t, size[0], size[1], testResult())
			s.Press(keys...)
			if err := tuitest.Check(s.Styled(), size[0], size[1]); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			golden(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), s.Styled())
		}
	}
}

func TestEnrollmentOpensAtWhatFailed(t *testing.T) {
	t.Parallel()
	s, e := openResult(t, 120, 40, testResult())
	s.See("Ada Byron", "contact 101", "unenrolled", "the list Customers has the record now", "9 steps", "✗ 1 failed", "[Attempts]", "context_length_exceeded", "Shorten the prompt")
	if e.Action() != "8" || e.Seq() != 4 {
		t.Errorf("it stands at action %s of record %d", e.Action(), e.Seq())
	}
	if ref, ok := e.Record(); !ok || ref.ID != "101" {
		t.Errorf("the record is %v, %v", ref, ok)
	}
}

func TestSelectAction(t *testing.T) {
	t.Parallel()
	var e *inspect.Enrollment
	s := open(t, 120, 40, stored(testResult()), func(env *ui.Env) part {
		e = inspect.NewEnrollment(env, testRun(), 0)
		e.SelectAction("2")
		return e
	})
	s.See("[Response]", "JSON", `"Hello Ada"`)
	e.SelectAction("5")
	if e.Action() != "5" {
		t.Errorf("it stands at action %q", e.Action())
	}
	e.SelectAction("no such action")
	if e.Action() != "8" {
		t.Errorf("without such an action it stands at %q, and not at what failed", e.Action())
	}
}

func TestPromptModes(t *testing.T) {
	t.Parallel()
	s, _ := openResult(t, 200, 40, testResult())
	s.Press("home", "i", "[").See("rendered", "4 data tokens · ! 1 empty: company", "Name: Ada Byron", "Grade so far: B: warm")
	value := s.env.Theme.Value.Render("Ada")
	if !strings.Contains(s.Styled(), value) {
		t.Error("the data in the prompt have no style of their own")
	}
	s.Press("m").See("both", "  Name: {{ enrolled_object.firstname }} {{ enrolled_object.lastname }}", "▸ Name: Ada Byron", "▸ Company: ∅", "▸ Grade so far: B: warm", "  Write JSON.")
	s.Press("m").See("template", "Company: {{ enrolled_object.company }}").NotSee("Byron\n")
	if s.Press("y"); s.Clipboard != template {
		t.Errorf("copied %q", s.Clipboard)
	}
	if s.Press("m", "y"); s.Clipboard != "Name: Ada Byron\nCompany: \nGrade so far: B: warm\n\nWrite JSON." {
		t.Errorf("copied %q", s.Clipboard)
	}
}

func TestPromptAgainstItsTemplate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, template, prompt, want string }{
		{"spaces in data", "To {{ enrolled_object.a }}, {{ enrolled_object.b }}!", "To x y, z!!", "▸ To x y, z!!"},
		{"another template", "Hello {{ enrolled_object.a }}", "Goodbye Ada", "which text they gave cannot be told"},
		{"longer than its template", "Hello {{ enrolled_object.a }}.", "Hello Ada. And more", "cannot be told"},
		{"no tokens", "Hello", "Hello", "The prompt has no data tokens."},
		{"only a token", "{{ enrolled_object.a }}", "all of it", "1 data token, all with data"},
		{"tokens side by side", "{{ enrolled_object.a }}{{ enrolled_object.b }}", "ab", "2 data tokens"},
		{"broken token", "Hello {{ enrolled_object.a", "Hello {{ enrolled_object.a", "The prompt has no data tokens."},
		{"trimmed", "Hello {{ enrolled_object.a }}\n", "Hello Ada", "1 data token, all with data"},
		{"no template", "", "Hello Ada", "the run keeps no template of it"},
		{"data like tokens", "Say {{ enrolled_object.a }}", "Say {{ enrolled_object.b }}", "▸ Say {{ enrolled_object.b }}"},
		{"data of several lines", "Say {{ enrolled_object.a }} now", "Say one\ntwo now", "  two now"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			result := testResult()
			result.Steps[2].Ask.Prompt = c.prompt
			stands := testRun()
			stands.Flow = flowJSON(c.template)
			s := open(t, 120, 40, stored(result), func(env *ui.Env) part { return inspect.NewEnrollment(env, stands, 0) })
			s.Press("home", "i", "[")
			if strings.HasPrefix(c.want, "▸") || strings.HasPrefix(c.want, " ") {
				s.Press("m")
			}
			s.See(c.want)
		})
	}
}

func TestResponseModes(t *testing.T) {
	t.Parallel()
	s, _ := openResult(t, 120, 40, testResult())
	s.Press("home", "i").See("JSON", "subject", "[2 items]").Press("enter", "down", "down", "y")
	if s.Clipboard != "[\n  \"new\",\n  \"warm\"\n]" {
		t.Errorf("copied %q", s.Clipboard)
	}
	s.See("Copied the value at $.tags")
	s.Press("m").See("raw", `{"subject":"Hello Ada"`).Press("y")
	if s.Clipboard != `{"subject":"Hello Ada","tags":["new","warm"],"score":0.75}` {
		t.Errorf("copied %q", s.Clipboard)
	}
	s, _ = openResult(t, 120, 40, testResult())
	s.Press("end", "up").See("Markdown", "Grade", "• warm lead", "• call soon", "pinned: nobody was asked").NotSee("# Grade", "**")
	s.Press("m", "m").See("# Grade", "- **warm** lead").Press("y")
	if s.Clipboard != "# Grade\n\n- **warm** lead\n- call `soon`\n" {
		t.Errorf("copied %q", s.Clipboard)
	}
}

func TestAttempts(t *testing.T) {
	t.Parallel()
	s, _ := openResult(t, 120, 60, testResult())
	s.Press("home", "i", "]").See("3 attempts", "✗ 429 rate_limit_exceeded", "after 20 ms", "then waited 2.0 s", "request req_2", "it may have cost something", "✓ 200 answered", "gpt-6-luna", "0.2",
		"1,200 tokens, 200 of them cached", "$0.0000345", "4.2 s, waits between attempts included", "· reasoning effort none is sent", "! the prompt is long", "Mon 2026-01-05 09:02:00 CET", "+2m")
}

func TestEffectsAndOutputs(t *testing.T) {
	t.Parallel()
	s, _ := openResult(t, 120, 60, testResult())
	s.Press("home", "down", "down", "down").See("[Effects]", "Set lead_grade", "C → B", "Call Ada", "She asked for a call.", "Grace Hopper (9016)", "Mon 2026-01-05 14:00 CET", "belongs to  contact 101",
		"to Grace Hopper (16), 99, team 4", "Warm lead", "New deal", "Ada's deal")
	s.Press("home", "]", "]").See("{{ action_outputs.grade.response }}", "B: warm", "{{ action_outputs.grade.hs_execution_state }}")
}

func TestNextAskGoesRound(t *testing.T) {
	t.Parallel()
	s, e := openResult(t, 120, 40, testResult())
	var seen []string
	for range 5 {
		s.Press("i")
		seen = append(seen, e.Action())
	}
	if got := strings.Join(seen, " "); got != "1 2 7 8 1" {
		t.Errorf("it went to %s", got)
	}
	result := testResult()
	result.Steps = result.Steps[3:5]
	s, _ = openResult(t, 120, 40, result)
	s.Press("i").See("No step of this record asked OpenAI.")
}

func TestFind(t *testing.T) {
	t.Parallel()
	s, _ := openResult(t, 100, 30, testResult())
	s.Press("home", "[", "/").Type("grade").See("/grade", "1 of 1")
	s.Type("q?").See("/gradeq?", "not found").Press("backspace", "backspace", "enter").See("1 of 1")
	s.Press("i", "n").See("1 of 1", "Grade so far")
	s.Press("esc").NotSee("1 of 1").Press("esc", "esc")
	if s.left != 1 {
		t.Errorf("esc had nothing to leave %d times, want 1", s.left)
	}
	s.Press("home", "i", "]", "/").Paste("Hello").See("raw", "/Hello", "1 of 1")
}

func TestFocusAndBack(t *testing.T) {
	t.Parallel()
	s, e := openResult(t, 100, 30, testResult())
	crumbs := func() string { return strings.Join(e.Crumbs(), " › ") }
	if crumbs() != "Ada Byron" {
		t.Errorf("crumbs are %q", crumbs())
	}
	s.Press("enter")
	if crumbs() != "Ada Byron › Ask OpenAI Assistant · summary" {
		t.Errorf("crumbs are %q", crumbs())
	}
	s.Press("z").NotSee("Timeline").Press("esc").See("Timeline").Press("h")
	if crumbs() != "Ada Byron" {
		t.Errorf("left does not lead back: %q", crumbs())
	}
	s.Press("l", "esc", "esc")
	if s.left != 1 {
		t.Errorf("esc had nothing to leave %d times, want 1", s.left)
	}
}

func TestTabsStayChosen(t *testing.T) {
	t.Parallel()
	s, _ := openResult(t, 120, 40, testResult())
	s.Press("home", "[").See("[Prompt]").Press("i").See("[Prompt]", "Name: Ada").Press("down").See("[Effects]").Press("home").See("[Prompt]")
}

func TestPlaceIsRemembered(t *testing.T) {
	t.Parallel()
	result := testResult()
	result.Steps[0].Ask.Response = ptr(strings.Repeat("line\n", 300) + "the end")
	s, _ := openResult(t, 100, 30, result)
	s.Press("home", "enter", "G").See("the end").Press("]", "[").See("the end").Press("esc", "down", "up").See("the end")
	s.Resize(140, 40).See("the end").Resize(70, 20).See("91%").Resize(140, 40).See("the end")
}

func TestMouseInEnrollment(t *testing.T) {
	t.Parallel()
	s, e := openResult(t, 120, 40, testResult())
	s.Press("home", "down", "down").See(`subject: "Hello Ada"`)
	row := slices.IndexFunc(strings.Split(s.Screen(), "\n"), func(line string) bool { return strings.Contains(line, "subject:") })
	if s.Click(70, row).Press("y"); s.Clipboard != `"Hello Ada"` {
		t.Errorf("a click into JSON and y copy %q", s.Clipboard)
	}
	s.Click(10, 2+3+3)
	if e.Action() != "9" {
		t.Errorf("a click leads to action %s", e.Action())
	}
	s.Wheel(10, 10, 1)
	if e.Action() != "4" {
		t.Errorf("the wheel leads to action %s", e.Action())
	}
	s.Press("home")
	line := strings.Split(s.Screen(), "\n")[6]
	s.Click(ansi.StringWidth(line[:strings.Index(line, "Attempts")]), 6).See("[Attempts]", "1 attempt, which was answered")
}

func TestPagerGetsTheText(t *testing.T) {
	t.Parallel()
	s, _ := openResult(t, 120, 40, testResult())
	ran := false
	s.OnExec = func(*exec.Cmd) error { ran = true; return nil }
	if s.Press("home", "o"); !ran {
		t.Error("no pager was started")
	}
}

func TestNotEnrolled(t *testing.T) {
	t.Parallel()
	s, _ := openResult(t, 80, 24, &run.Result{Record: run.RecordRef{ObjectType: "contact", ID: "5"}, Enrollment: run.Enrollment{State: run.NotEnrolled, Reason: "the goal is met already"}})
	s.See("contact 5", "○ not enrolled", "the goal is met already", "did not enroll this record")
	s.Press("enter", "i", "m", "y", "/", "]", "down").See("contact 5")
}

func TestErrorsAreShownAndTriedAgain(t *testing.T) {
	t.Parallel()
	fault := fmt.Errorf("r7: %w", run.ErrNoRow)
	from := stored(nil)
	from.row = func(int64) (*run.Result, error) {
		if fault != nil {
			return nil, fault
		}
		return testResult(), nil
	}
	s, e := openRuns(t, 100, 30, from)
	s.See("The run has no result for this record yet.", "It appears here as soon as there is one")
	fault = fmt.Errorf("r7: %w", run.ErrNotFound)
	s.Msg(service.Event{Kind: service.EventRuns}).See("it was deleted")
	fault = &service.Error{Code: service.CodeDatabaseLocked, Message: "Another program holds the database.", Hint: "end it"}
	s.Msg(service.Event{Kind: service.EventRuns}).See("Another program holds the database.", "End it.")
	fault = nil
	s.Msg(service.Event{Kind: service.EventRuns}).See("Ada Byron", "Timeline")
	fault = errors.New("disk gone")
	s.Msg(service.Event{Kind: service.EventRuns}).See("This may be old: disk gone", "Ada Byron")
	load := e.Show(9)
	if e.Update(load()); e.Action() != "" {
		t.Error("it shows the record before for one that cannot be read")
	}
	s.See("disk gone").NotSee("Ada Byron")
}

func TestShowGoesToAnotherRecord(t *testing.T) {
	t.Parallel()
	from := stored(nil)
	from.row = func(seq int64) (*run.Result, error) {
		r := testResult()
		r.Record = run.RecordRef{ObjectType: "contact", ID: fmt.Sprint(seq), Name: fmt.Sprintf("Record %d", seq)}
		return r, nil
	}
	s, e := openRuns(t, 120, 40, from)
	s.Press("home", "down", "down", "[").See("Record 4", "[Prompt]", "▌   3")
	load := e.Show(5)
	if e.Update(load()); e.Seq() != 5 {
		t.Errorf("it shows record %d", e.Seq())
	}
	s.See("Record 5", "[Prompt]", "▌   3")
}

func TestRunningEnrollmentIsFollowed(t *testing.T) {
	t.Parallel()
	result := testResult()
	result.Enrollment.State, result.Steps = run.Active, result.Steps[:5]
	from := stored(result)
	s, _ := openRuns(t, 120, 40, from)
	s.Press("home", "down").See("● active", "5 steps")
	event := func(ended bool) service.Event {
		return service.Event{Kind: service.EventRun, Progress: &service.Progress{Run: "r7", Status: run.RunRunning, Ended: ended}}
	}
	before := from.rows
	for range 20 {
		s.Msg(event(false))
	}
	if n := from.rows - before; n > 1 {
		t.Errorf("it was read %d times in no time", n)
	}
	s.Advance(1e9)
	from.row = func(int64) (*run.Result, error) { return testResult(), nil }
	s.Msg(event(false)).See("unenrolled", "9 steps", "▌   2")
	before = from.rows
	s.Advance(1e9).Msg(event(false)).Msg(service.Event{Kind: service.EventRun, Progress: &service.Progress{Run: "r8", Ended: true}})
	if from.rows != before {
		t.Error("a record that has ended was read again")
	}
	if s.Msg(event(true)); from.rows != before+1 {
		t.Error("it was not read after the run had ended")
	}
}
