package runs_test

import (
	"strconv"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/google/go-cmp/cmp"

	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/tui/screen/runs"
	"askflow/internal/tui/ui"
)

func TestProgressOfARun(t *testing.T) {
	t.Parallel()
	s := sample()
	d, _ := drive(t, s.services(), 120, 40)
	running := *s.runs[0]
	running.Status, running.Ended = run.RunRunning, time.Time{}
	s.runs[0] = &running
	p := &service.Progress{Run: "r5", Workflow: running.Workflow, Answers: "live", Total: 5000, Rate: 230, Left: 16 * time.Second, BudgetUSD: "1", Status: run.RunRunning,
		Totals: run.Totals{Considered: 1234, CostUSD: "0.12", FailedSteps: 2, Enrollments: map[run.State]int64{run.Completed: 1200, run.Active: 34}}}
	d.Msg(service.Event{Kind: service.EventRun, Progress: p})
	d.See("● 24%", "1,200 of 5,000 records · 230 records/s", "about 16s left", "$0.12 of $1 budget", "completed 1200")
	d.Press("enter").See("1,200 of 5,000 records", "24%").Press("c").See("r5 was interrupted")
	if diff := cmp.Diff([]string{"r5"}, s.cancels); diff != "" {
		t.Error(diff)
	}
	ended := *p
	ended.Ended, ended.Status = true, run.RunInterrupted
	stopped := running
	stopped.Status, stopped.Ended = run.RunInterrupted, running.Created.Add(time.Second)
	s.runs[0] = &stopped
	d.Msg(service.Event{Kind: service.EventRun, Progress: &ended}).See("! interrupted", "u resumes it").NotSee("24%").Press("esc").See("! interrupted")
}

func TestTheTableFollowsARun(t *testing.T) {
	t.Parallel()
	s := sample()
	all := s.briefs["r5"]
	s.briefs["r5"] = all[:10]
	s.runs[0].Status = run.RunRunning
	p := &service.Progress{Run: "r5", Total: 45, Status: run.RunRunning, Totals: run.Totals{Considered: 10}}
	h := byHand(t, s)
	waits := []time.Duration{}
	runs.Hurry(h.screen, func(d time.Duration) { waits = append(waits, d) })
	h.active("r5", p).send(ui.ShowRun{ID: "r5"}).all().press("j", "j").see("Enrollments · 3 of 10")
	s.briefs["r5"] = all[:20]
	at := len(s.queries)
	more := *p
	more.Totals.Considered = 20
	h.active("r5", &more)
	for range 50 { // all of which one load is for
		h.send(service.Event{Kind: service.EventRun, Progress: &more})
	}
	h.all().see("Enrollments · 3 of 20", "Person 18")
	if n := len(s.queries) - at; n != 1 {
		t.Errorf("the window was loaded %d times within a moment", n)
	}
	s.briefs["r5"] = all[:25]
	for range 50 { // which come too soon: one load waits, and has it all
		h.send(service.Event{Kind: service.EventRun, Progress: &more})
	}
	h.all().see("Person 23")
	if n := len(s.queries) - at; n != 2 || len(waits) != 2 || waits[0] > 0 || waits[1] != 250*time.Millisecond {
		t.Errorf("the window was loaded %d times, after waits of %v", n, waits)
	}
	s.briefs["r5"], s.runs[0].Status = all, run.RunCompleted
	last := *p
	last.Ended, last.Status = true, run.RunCompleted
	h.active("r5", nil).send(service.Event{Kind: service.EventRun, Progress: &last}).all().see("Enrollments · 3 of 36", "Person 33", "✓ completed")
}

func TestSearchGoesInStepsAndCanBeStopped(t *testing.T) {
	t.Parallel()
	s := sample()
	rows := make([]run.Brief, 90_000)
	for i := range rows {
		rows[i] = run.Brief{Seq: int64(i), Record: run.RecordRef{ObjectType: "contact", ID: strconv.Itoa(i)}, State: run.Completed, Asks: 1, Answer: "Same"}
	}
	rows[15].Answer, rows[88_000].Answer = "a needle", "needle"
	s.briefs["r5"], s.runs[0].Totals.Considered, s.runs[0].Totals.Enrollments = rows, 90_000, nil
	h := byHand(t, s)
	h.send(ui.ShowRun{ID: "r5"}).all().see("Enrollments · 1 of 90,000")
	h.press("/").send(tea.PasteMsg{Content: "needle"}).press("enter").step(2).see("searched 40,000 of 90,000 records, esc stops", "1 found so far", "a needle")
	if !h.screen.Back() {
		t.Fatal("esc left the run, not the search")
	}
	h.send(ui.Shown{}).all().see("stopped after 40,000 records, m searches on", "a needle").notSee("88000")
	h.press("down").all().see("stopped after 40,000 records")
	h.do("runs.search").all().see("2 found", "88000").notSee("so far", "stopped")
	for _, q := range s.queries {
		if q.Text != "" && (q.Scan <= 0 || q.Scan > 20_000) {
			t.Errorf("a step of the search looks at %d places", q.Scan)
		}
	}
	if !h.screen.Back() || h.screen.Back() {
		t.Error("esc does not leave the run, and then nothing")
	}
}

// A long run is held in windows, both ways, and every enrollment is shown once and in its place.
func TestEnrollmentsArePagedBothWays(t *testing.T) {
	t.Parallel()
	s := many()
	h := byHand(t, s).send(ui.ShowRun{ID: "r5"}).all()
	for range 40 {
		h.press("end").all().view()
	}
	held := len(s.queries)
	for _, q := range s.queries {
		if q.Limit <= 0 || q.Limit > 1000 {
			t.Fatalf("a page of %d was asked for", q.Limit)
		}
	}
	for range 60 {
		h.press("home").all().view()
	}
	h.see("▌ Person 00", "1 of")
	if len(s.queries) == held {
		t.Error("everything was held")
	}
	h.send(ui.ShowRun{ID: "r5", Row: true, Seq: 12_345}).all()
	if !h.screen.Back() {
		t.Fatal("esc does not leave the enrollment")
	}
	h.send(ui.Shown{}).all().see("▌ Person 15") // 12,345 = 274 · 45 + 15
	h.press("up", "up", "up", "up").all().see("▌ Person 10")
}

func TestMouse(t *testing.T) {
	t.Parallel()
	d, _ := drive(t, sample().services(), 120, 40)
	const list = 4 // the line of the first run: header, tabs, border, heads of the columns
	d.See("Runs · 5").Click(5, list+2).See("r3 Email draft").Wheel(5, list, 1).See("r1 Lead").Click(5, list).See("r5 ").Click(5, list).See("Enrollments · 1 of 36")
	const rows = list + 2 // below the two lines about the run
	d.Click(5, rows+3).See("Enrollments · 4 of 36").Click(100, rows+4).Press("enter").See("answer:Qualified")
	d.Press("/", "esc").See("of 36").Click(5, rows+1).Click(5, rows+1).See("Person 01", "[Response]").NotSee("Charts")
}

// What was chosen for the next run would change a run that is to be the same.
func TestRunAgainTellsWhatTheSettingsChange(t *testing.T) {
	t.Parallel()
	s := sample()
	s.runs[0].Settings = []byte(`{"request":{"workflow":"lead-qualification","seed":1},"clock":"skip"}`)
	d, pages := drive(t, s.services(), 100, 30)
	warm := 1.5
	pages[0].Do = ui.Send(ui.SettingsMsg{Settings: ui.Settings{Model: "gpt-6-sol", Temperature: &warm}})
	d.Press("1", "j", "4", "R").See("Run r5 again", "model gpt-6-sol", "temperature 1.5")
	if len(s.started) != 0 {
		t.Fatalf("it was started without asking: %+v", s.started)
	}
	d.Press("enter")
	if diff := cmp.Diff([]service.RunRequest{{Workflow: "workflows/lead-qualification.yaml", Answers: "scripted", Model: "gpt-6-sol", Temperature: &warm}}, s.started); diff != "" {
		t.Error(diff)
	}
}
