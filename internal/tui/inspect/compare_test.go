package inspect_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"askflow/internal/compare"
	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/tui/inspect"
	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
)

// side is what a record came to: its answer and an effect.
func side(answer string, path ...string) *compare.Side {
	return &compare.Side{State: run.Completed, Response: &answer, Path: path, Effects: []run.Effect{{Type: run.EffectProperty, ActionID: "3", ObjectType: "contact", RecordID: "1", Property: "grade", To: &answer}},
		Responses: []compare.Asked{{ActionID: "1", Name: "grade", Visit: 1, Model: "gpt-6-luna", Prompt: "Grade hello", Response: &answer}}}
}

// testDiffs are differences of every kind.
func testDiffs() []compare.Diff {
	left, right := side("B: a butcher with one chiller", "1", "2", "3"), side("A: a butcher with two chillers", "1", "2", "4")
	right.Responses[0].Prompt, right.Responses[0].Model = "Grade hi", "gpt-6-sol"
	gone := side("C: no sale", "1")
	gone.State, gone.Reason = run.Unenrolled, "the list has the record now"
	mute := side("", "1")
	mute.Response, mute.Responses[0].Response, mute.Responses[0].Error, mute.Effects = nil, nil, &run.Error{Code: "refused", Message: "The model refused."}, nil
	return []compare.Diff{
		{Record: run.RecordRef{ObjectType: "contact", ID: "1", Name: "Callum Reid"}, Differs: []string{"path", "response", "effects"}, A: left, B: right},
		{Record: run.RecordRef{ObjectType: "contact", ID: "2", Name: "Nora Feldmann"}, Differs: []string{"state"}, A: side("C: no sale", "1"), B: gone},
		{Record: run.RecordRef{ObjectType: "contact", ID: "3"}, Differs: []string{"response"}, A: side("B: warm", "1"), B: mute},
		{Record: run.RecordRef{ObjectType: "contact", ID: "4", Name: "Only One"}, Differs: []string{"considered"}, A: side("B: warm", "1")},
		{Record: run.RecordRef{ObjectType: "contact", ID: "5", Name: "Not Enrolled"}, Differs: []string{"enrolled"}, A: &compare.Side{State: run.NotEnrolled, Reason: "no trigger fits"}, B: side("B: warm", "1")},
	}
}

func testChanges() []compare.Change {
	return []compare.Change{{What: "prompt", Name: "step grade"}, {What: "records", Name: "records/contacts.csv"}, {What: "settings", Name: "model"}, {What: "workflow", Name: "step notify"}}
}

// compared are runs r1 and r2 with those differences, in pages as they were asked for; the cursor is the place of the next one.
func compared(diffs []compare.Diff, asked *[]service.CompareQuery) *runs {
	from := &runs{}
	from.run = func(id string) (*run.Run, error) {
		r := testRun()
		r.ID = id
		r.Totals = run.Totals{Considered: 1234, Asks: 1200, FailedSteps: 3, CostUSD: "0.1234567", InputTokens: 120_000, OutputTokens: 4_500}
		if id == "r2" {
			r.Status, r.Totals.FailedSteps, r.Totals.CostUSD = run.RunStopped, 0, "0.2"
		}
		for i := range int64(100) {
			r.Totals.Latency.Add(10 * i)
		}
		return r, nil
	}
	from.compare = func(q service.CompareQuery) (*service.ComparePage, error) {
		if asked != nil {
			*asked = append(*asked, q)
		}
		page := &service.ComparePage{Changes: testChanges()}
		at, _ := strconv.Atoi(q.After)
		for ; at < len(diffs) && len(page.Diffs) < q.Limit; at++ {
			page.Scanned += 3
			page.Same += 2
			if len(q.Only) == 0 || slices.ContainsFunc(q.Only, func(kind string) bool { return slices.Contains(diffs[at].Differs, kind) }) {
				page.Diffs = append(page.Diffs, diffs[at])
			}
		}
		if at < len(diffs) {
			page.Next = strconv.Itoa(at)
		}
		return page, nil
	}
	return from
}

func openCompare(t testing.TB, width, height int, from *runs) (*screen, *inspect.Compare) {
	t.Helper()
	var c *inspect.Compare
	s := open(t, width, height, from, func(env *ui.Env) part {
		c = inspect.NewCompare(env, "r1", "r2")
		return c
	})
	return s, c
}

func TestCompareScreens(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{80, 24}, {120, 40}} {
		for name, keys := range map[string][]string{"compare": nil, "compare-one": {"enter"}, "compare-state": {"down", "enter"}, "compare-none": {"!", "!", "!", "!"}, "compare-changes": {"c"}} {
			diffs := testDiffs()
			if name == "compare-none" {
				diffs = diffs[1:]
			}
			s, _ := openCompare(t, size[0], size[1], compared(diffs, nil))
			s.Press(keys...)
			if err := tuitest.Check(s.Styled(), size[0], size[1]); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			golden(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), s.Styled())
		}
	}
}

func TestCompareTellsWhatDiffers(t *testing.T) {
	t.Parallel()
	s, c := openCompare(t, 160, 50, compared(testDiffs(), nil))
	s.See("! completed", "✗ stopped", "1,234", "124,500", "$0.1234", "✗ 3", "Changed  prompt of step grade · records/contacts.csv · setting model · workflow of step notify", "5 records differ · 10 alike",
		"Callum Reid", "path, response, effects", "[-B-]{+A+}: a butcher with [-one-]{+two+} [-chiller-]{+chillers+}", "[-hello-]{+hi+}", "- gpt-6-luna", "+ gpt-6-sol", "- Create task (3)", "+ action 4", "- Set grade", "+ Set grade")
	s.Press("down").See("- completed", "+ unenrolled: the list has the record now", "grade: the same answer").Press("down").See("contact 3", "- B: warm", "+ ✗ refused: The model refused.")
	s.Press("down").See("asked in r1 only", "+ the run did not consider the record").Press("down").See("- not enrolled: no trigger fits", "asked in r2 only")
	if got := strings.Join(c.Crumbs(), " › "); got != "r1 ⇄ r2" {
		t.Errorf("crumbs are %q", got)
	}
	s.Press("enter")
	if got := strings.Join(c.Crumbs(), " › "); got != "r1 ⇄ r2 › Not Enrolled" {
		t.Errorf("crumbs are %q", got)
	}
	s.Press("home", "y")
	if !strings.Contains(s.Clipboard, "- not enrolled: no trigger fits") || strings.Contains(s.Clipboard, "\x1b") {
		t.Errorf("copied %q", s.Clipboard)
	}
}

func TestCompareByKind(t *testing.T) {
	t.Parallel()
	var asked []service.CompareQuery
	s, _ := openCompare(t, 120, 40, compared(testDiffs(), &asked))
	for _, c := range []struct{ kind, see string }{{"response", "2 records differ in response"}, {"state", "1 record differs in state"}, {"path", "1 record differs in path"}, {"effects", "1 record differs in effects"},
		{"enrolled", "2 records differ in enrolled"}, {"all", "5 records differ"}} {
		s.Press("!").See(c.see, "Treated differently: "+c.kind)
	}
	if only := asked[len(asked)-2].Only; !slices.Equal(only, []string{"enrolled", "considered"}) {
		t.Errorf("asked for %v", only)
	}
	s, _ = openCompare(t, 120, 40, compared(testDiffs()[3:], nil))
	s.Press("!").See("No record differs in response. Press ! to look at other differences.")
	s, _ = openCompare(t, 120, 40, compared(nil, nil))
	s.See("The two runs treated every record alike.").Press("enter", "y", "/").See("No record is listed")
}

func TestCompareSwaps(t *testing.T) {
	t.Parallel()
	var asked []service.CompareQuery
	s, _ := openCompare(t, 120, 40, compared(testDiffs(), &asked))
	s.Press("s").See("r2 ⇄ r1")
	if q := asked[len(asked)-1]; q.A != "r2" || q.B != "r1" {
		t.Errorf("asked for %s and %s", q.A, q.B)
	}
	screen := s.Screen()
	if strings.Index(screen, " r2 ") > strings.Index(screen, " r1 ") {
		t.Errorf("the runs are in the order before:\n%s", screen)
	}
}

// manyDiffs are differences with their number as the record's name.
func manyDiffs(n, size int) []compare.Diff {
	out := make([]compare.Diff, n)
	for i := range out {
		pad := strings.Repeat("long ", size/5)
		out[i] = compare.Diff{Record: run.RecordRef{ObjectType: "contact", ID: strconv.Itoa(i), Name: fmt.Sprintf("Record %d.", i)}, Differs: []string{"response"}, A: side(pad+"old", "1"), B: side(pad+"new"+strconv.Itoa(i), "1")}
	}
	return out
}

func TestCompareReadsPages(t *testing.T) {
	t.Parallel()
	var asked []service.CompareQuery
	s, _ := openCompare(t, 120, 40, compared(manyDiffs(5000, 0), &asked))
	s.See("at least 50 records differ", "Record 0.")
	if len(asked) > 2 {
		t.Errorf("%d pages were read at the start", len(asked))
	}
	for range 120 {
		s.Press("G")
	}
	s.See("Record 4999.")
	for range 120 {
		s.Press("home")
	}
	s.See("▌ Record 0.", "Record 1.").Press("end").See("new")
	s.Press("home", "down", "down").See("▌ Record 2.", "{+new2+}")
}

func TestCompareReadsLongRecordsAgain(t *testing.T) {
	t.Parallel()
	diffs := manyDiffs(120, 20_000)
	s, _ := openCompare(t, 120, 40, compared(diffs, nil))
	s.See("Record 0.").Press("down", "down", "enter", "G").See("new2")
	s.Press("esc").Press("G", "G", "G", "enter", "G").See("new119")
	diffs[119].Record.ID = "another"
	s.Press("esc", "up", "up", "down", "down").See("new119")
	s.Press("s", "G", "G", "G")
	diffs[119].Record.ID = "yet another"
	s.Press("up", "T", "down").See("one of the runs has changed")
}

func TestComparePatience(t *testing.T) {
	t.Parallel()
	from := compared(testDiffs(), nil)
	pages := 0
	var s *screen
	from.compare = func(q service.CompareQuery) (*service.ComparePage, error) {
		pages++
		if pages == 30 {
			return &service.ComparePage{Diffs: testDiffs()[:1], Scanned: 20_000, Changes: testChanges()}, nil
		}
		return &service.ComparePage{Next: strconv.Itoa(pages), Scanned: 20_000, Same: 20_000, Changes: testChanges()}, nil
	}
	s, _ = openCompare(t, 100, 30, from)
	s.See("1 record differs", "580,000 alike")
	if pages != 30 {
		t.Errorf("%d pages were read", pages)
	}
}

func TestCompareStopsAndGoesOn(t *testing.T) {
	t.Parallel()
	from := compared(testDiffs(), nil)
	var env *ui.Env
	var c *inspect.Compare
	s := open(t, 100, 30, from, func(e *ui.Env) part {
		env = e
		c = inspect.NewCompare(e, "r1", "r2")
		return c
	})
	s.See("5 records differ")
	c = inspect.NewCompare(env, "r1", "r2")
	c.Update(ui.Shown{}) // what it asks for never comes
	if view := c.View(100, 26); !strings.Contains(view, "looking …") {
		t.Errorf("nothing says that it looks:\n%s", view)
	}
	if !c.Back() {
		t.Error("esc leaves, and does not stop")
	}
	if view := c.View(100, 26); !strings.Contains(view, "stopped; press r to go on") {
		t.Errorf("nothing says that it was stopped:\n%s", view)
	}
	at := slices.IndexFunc(c.Bindings(), func(b ui.Binding) bool { return b.ID == "inspect.goon" })
	if at < 0 {
		t.Fatal("it cannot go on")
	}
	c.Update(c.Bindings()[at].Do()())
	if view := c.View(100, 26); !strings.Contains(view, "5 records differ") {
		t.Errorf("it did not go on:\n%s", view)
	}
	if c.Back() {
		t.Error("there is something left to leave")
	}
}

func TestCompareErrors(t *testing.T) {
	t.Parallel()
	from := compared(testDiffs(), nil)
	good, goodRun := from.compare, from.run
	from.run = func(id string) (*run.Run, error) { return nil, fmt.Errorf("%s: %w", id, run.ErrNotFound) }
	s, _ := openCompare(t, 100, 30, from)
	s.See("The run r1 is not there any more", "Press esc and choose another run.")
	from.run = goodRun
	from.compare = func(service.CompareQuery) (*service.ComparePage, error) {
		return nil, &service.Error{Code: service.CodeDatabaseLocked, Message: "Another program holds the database.", Hint: "end it"}
	}
	s.Msg(service.Event{Kind: service.EventRuns}).See("Another program holds the database.", "End it.", "could not be read")
	from.compare = good
	s.Msg(service.Event{Kind: service.EventRuns}).See("5 records differ").NotSee("Another program")
	from.compare = compared(testDiffs()[:2], nil).compare
	s.Msg(service.Event{Kind: service.EventRun, Progress: &service.Progress{Run: "r2", Ended: true, Status: run.RunCompleted}}).See("2 records differ")
}

func TestCompareMouseAndFind(t *testing.T) {
	t.Parallel()
	s, c := openCompare(t, 120, 40, compared(testDiffs(), nil))
	row := slices.IndexFunc(strings.Split(s.Screen(), "\n"), func(line string) bool { return strings.Contains(line, "contact 3") })
	s.Click(10, row).See("▌ contact 3").Click(10, row)
	if len(c.Crumbs()) != 2 {
		t.Error("a double click does not open the record")
	}
	s.Click(10, row+1).See("▌ Only One").Wheel(10, row, -1).See("▌ Callum Reid")
	s.Press("/").Type("two").See("/two", "1 of 2").Press("enter", "esc").NotSee("/two")
	s.Press("z").NotSee("Treated differently").Press("z", "esc", "esc")
	if s.left != 1 {
		t.Errorf("esc had nothing to leave %d times, want 1", s.left)
	}
}

func TestCompareWithHostileData(t *testing.T) {
	t.Parallel()
	diffs := testDiffs()
	long := hostile + strings.Repeat("long", 2500)
	for i := range diffs {
		d := &diffs[i]
		d.Record = run.RecordRef{ObjectType: hostile, ID: hostile, Name: long}
		for _, k := range []*compare.Side{d.A, d.B} {
			if k == nil {
				continue
			}
			k.Reason, k.Path = long, []string{hostile, long}
			for j := range k.Responses {
				q := &k.Responses[j]
				q.Name, q.Label, q.Model, q.Prompt = hostile, long, long, long
				if q.Response != nil {
					q.Response, k.Response = ptr(strings.Repeat(hostile, i+1)+*q.Response), &long
				}
			}
		}
	}
	from := compared(diffs, nil)
	good := from.run
	from.run = func(id string) (*run.Run, error) {
		r, err := good(id)
		r.Workflow.Name, r.Answers, r.Totals.CostUSD = long, hostile, hostile
		return r, err
	}
	answer := from.compare
	from.compare = func(q service.CompareQuery) (*service.ComparePage, error) {
		page, err := answer(q)
		page.Changes = []compare.Change{{What: "workflow", Name: long}, {What: hostile}}
		return page, err
	}
	for _, size := range [][2]int{{60, 16}, {80, 24}, {120, 40}, {200, 60}} {
		s, _ := openCompare(t, size[0], size[1], from)
		for i := range diffs {
			for _, key := range []string{"home", "enter", "G", "c", "esc", "esc"} {
				s.Press(key)
				if err := tuitest.Check(s.Styled(), size[0], size[1]); err != nil {
					t.Errorf("%v, record %d, %s: %v", size, i, key, err)
				}
			}
			s.Press("down")
		}
	}
}

func BenchmarkCompareView(b *testing.B) {
	_, c := openCompare(b, 200, 60, compared(manyDiffs(200, 500), nil))
	for b.Loop() {
		c.View(200, 56)
	}
}

func BenchmarkCompareKey(b *testing.B) {
	s, _ := openCompare(b, 200, 60, compared(manyDiffs(200, 500), nil))
	for b.Loop() {
		s.Press("down", "up")
		s.Styled()
	}
}
