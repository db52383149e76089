package runs_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/tui/ui"
)

// What was on its way when a run was cut off waits to be resumed; when the run goes on, it is active again.
func TestWhatWasCutOffWaitsToBeResumed(t *testing.T) {
	t.Parallel()
	s := sample()
	r := s.runs[0]
	r.Status, r.Totals.FailedSteps = run.RunInterrupted, 0
	r.Totals.Enrollments = map[run.State]int64{run.Completed: 29, run.Active: 16}
	s.briefs["r5"][1].State, s.briefs["r5"][1].Reason, s.briefs["r5"][1].Answer = run.Active, "asking in step 1", ""
	d, _ := drive(t, s.services(), 160, 40)
	d.See("! interrupted", "waiting to be resumed 16").NotSee("active")
	d.Press("enter").See("! to be resumed", "waiting to be resumed 16").NotSee("● active").Press("z").See("was asking in step 1").Press("z")
	d.Press("j", "enter").See("Person 01", "! to be resumed", "was asking in step 1").Press("esc", "c")
	d.Press("u").See("Run r5 goes on.").NotSee("interrupted; what")
	d.Msg(service.Event{Kind: service.EventRun, Progress: &service.Progress{Run: "r5", Workflow: r.Workflow, Total: 45, Totals: r.Totals, Status: run.RunRunning}})
	d.See("● active", "active 16").NotSee("to be resumed", "was asking")
}

// An enrollment that is open learns that its run was cut off.
func TestAnOpenEnrollmentFollowsItsRun(t *testing.T) {
	t.Parallel()
	s := sample()
	running := *s.runs[0]
	running.Status = run.RunRunning
	s.runs[0] = &running
	s.briefs["r5"][0].State, s.briefs["r5"][0].Reason = run.Active, "asking in step 1"
	d, _ := drive(t, s.services(), 120, 40)
	p := service.Progress{Run: "r5", Workflow: running.Workflow, Total: 45, Totals: running.Totals, Status: run.RunRunning}
	d.Msg(service.Event{Kind: service.EventRun, Progress: &p}).Press("enter", "enter").See("Person 00", "● active", "asking in step 1")
	ended, stopped := p, running
	ended.Ended, ended.Status, stopped.Status = true, run.RunInterrupted, run.RunInterrupted
	s.runs[0] = &stopped
	d.Msg(service.Event{Kind: service.EventRun, Progress: &ended}).See("! to be resumed", "was asking in step 1")
}

// The time in which a run was cut off is not time that it took.
func TestARunThatWasCutOffTookWhatItRan(t *testing.T) {
	t.Parallel()
	s := sample()
	r := s.runs[0]
	r.Ended, r.Idle = r.Created.Add(47*time.Second), 39*time.Second
	d, _ := drive(t, s.services(), 120, 40)
	d.See("completed in 8.0 s").NotSee("47").Press("enter").See("completed in 8.0 s")
}

func TestFailedStepsMarkARun(t *testing.T) {
	t.Parallel()
	s := sample()
	r := s.runs[0]
	d, _ := drive(t, s.services(), 120, 40)
	d.See("! completed", "✓ completed").Press("enter").See("! completed in", "✗ 1 failed step").NotSee("What to do")
	r.Totals.NoAnswer = 1
	d.Msg(service.Event{Kind: service.EventRuns}).See("! What to do: w, then", "Draft missing")
	r.Answers = "replay"
	d.Msg(service.Event{Kind: service.EventRuns}).See("Answers › record").NotSee("Draft missing")
}

// A run of a few records is about these: nobody asked for the others.
func TestARunOfChosenRecords(t *testing.T) {
	t.Parallel()
	s := sample()
	s.runs[0].Totals = run.Totals{Considered: 255, NotNamed: 253, Asks: 1, Enrollments: map[run.State]int64{run.Completed: 1, run.NotEnrolled: 254}}
	s.runs[0].Settings = json.RawMessage(`{"request":{"enroll":"101,102"}}`)
	d, _ := drive(t, s.services(), 160, 40)
	d.See("2 of 255 records chosen", "not enrolled 1").NotSee("254")
	d.Press("enter").See("2 of 255 records chosen", "not enrolled 1").NotSee("254")
}

// Where nothing went wrong, the answers get the room that is left.
func TestAnswersGetTheRoomThatIsLeft(t *testing.T) {
	t.Parallel()
	s := sample()
	long := strings.TrimSpace(strings.Repeat("a long answer that says a lot ", 3))
	for i := range s.briefs["r5"] {
		s.briefs["r5"][i].State, s.briefs["r5"][i].Reason, s.briefs["r5"][i].FailedSteps, s.briefs["r5"][i].Problem = run.Completed, "", 0, ""
	}
	s.briefs["r5"][0].Answer = long
	d, pages := drive(t, s.services(), 200, 60)
	d.Press("enter", "z").See(long)
	s.briefs["r5"][3].FailedSteps, s.briefs["r5"][3].Problem = 1, "no_scripted_answer"
	s.briefs["r5"][3].Record.Name = "Somebody With A Very Long Name Indeed"
	pages[0].Do = ui.GoTo(ui.Runs, ui.ShowRun{ID: "r5"})
	d.Press("1", "j").See("no scripted answer ", "Somebody With A Very Long Name Indeed", long[:60])
}

// While enrollments are on their way, progress is of them, and not of records that were done with at once.
func TestProgressIsOfEnrollments(t *testing.T) {
	t.Parallel()
	s := sample()
	running := *s.runs[0]
	running.Status = run.RunRunning
	s.runs[0] = &running
	p := &service.Progress{Run: "r5", Workflow: running.Workflow, Total: 255, Status: run.RunRunning, Rate: 2.25,
		Totals: run.Totals{Considered: 212, CostUSD: "0", Enrollments: map[run.State]int64{run.NotEnrolled: 172, run.Active: 16, run.Completed: 24}}}
	d, _ := drive(t, s.services(), 160, 40)
	d.Msg(service.Event{Kind: service.EventRun, Progress: p}).See("● 48%", "24 of about 49 enrolled · 212 of 255 records considered").See("2.2 records/s").NotSee("83%")
	done := *p
	done.Totals.Considered, done.Totals.Enrollments = 255, map[run.State]int64{run.NotEnrolled: 215, run.Completed: 40}
	d.Msg(service.Event{Kind: service.EventRun, Progress: &done}).See("40 of 40 enrolled").NotSee("about", "considered")
}
