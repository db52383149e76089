package inspect_test

import (
	"testing"

	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/tui/inspect"
	"askflow/internal/tui/theme"
	"askflow/internal/tui/ui"
)

// An enrollment stands the same way in every list and head.
func TestStanding(t *testing.T) {
	t.Parallel()
	th := theme.For(true)
	for _, c := range []struct {
		state          run.State
		failed, halted bool
		want           string
	}{
		{run.Completed, false, false, "✓ completed"}, {run.Completed, true, false, "✗ completed"}, {run.Completed, false, true, "✓ completed"}, {run.GoalMet, false, false, "✓ goal met"},
		{run.NotEnrolled, false, true, "○ not enrolled"}, {run.Active, false, false, "● active"}, {run.Active, true, false, "✗ active"}, {run.Active, false, true, "! to be resumed"}, {run.Active, true, true, "! to be resumed"},
	} {
		if got, _ := inspect.Standing(th, c.state, c.failed, c.halted); got != c.want {
			t.Errorf("%s, failed %t, halted %t: %q, want %q", c.state, c.failed, c.halted, got, c.want)
		}
	}
	for _, c := range []struct {
		status run.Status
		failed int64
		want   string
	}{{run.RunCompleted, 0, "✓ completed"}, {run.RunCompleted, 232, "! completed"}, {run.RunStopped, 1, "✗ stopped"}, {run.RunRunning, 1, "● running"}, {run.RunInterrupted, 0, "! interrupted"}} {
		if got, _ := inspect.RunStanding(th, c.status, c.failed); got != c.want {
			t.Errorf("%s with %d failed steps: %q, want %q", c.status, c.failed, got, c.want)
		}
	}
}

func TestHalted(t *testing.T) {
	t.Parallel()
	env := &ui.Env{Active: map[string]*service.Progress{"r2": {Run: "r2"}}}
	for _, c := range []struct {
		id     string
		status run.Status
		want   bool
	}{{"r1", run.RunInterrupted, true}, {"r1", run.RunStopped, true}, {"r1", run.RunCompleted, false}, {"r1", run.RunRunning, false}, {"r2", run.RunInterrupted, false}} {
		if got := inspect.Halted(env, &run.Run{ID: c.id, Status: c.status}); got != c.want {
			t.Errorf("%s %s: %t", c.id, c.status, got)
		}
	}
}

func TestRecordsThatWereChosen(t *testing.T) {
	t.Parallel()
	for want, totals := range map[string]run.Totals{"45 records": {Considered: 45}, "2 of 255 records chosen": {Considered: 255, NotNamed: 253}, "1 record": {Considered: 1}} {
		if got := inspect.Records(&totals); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Nothing that is read touches the frame.
func TestTextStandsOffTheFrame(t *testing.T) {
	t.Parallel()
	s, _ := openResult(t, 120, 40, &run.Result{Record: run.RecordRef{ObjectType: "contact", ID: "5"}, Enrollment: run.Enrollment{State: run.Completed},
		Steps: []run.Step{{ActionID: "1", ActionTypeID: "1-900001", State: run.Success, Ask: &run.Ask{Assistant: "a", Model: "m", Prompt: "Is it?", Response: new("Surely it is."), Attempts: 1}}}})
	s.See("│ Surely it is.").Press("[").See("│ Is it?")
}
