package inspect_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/tui/inspect"
	"askflow/internal/tui/theme"
	"askflow/internal/tui/ui"
)

func TestMoney(t *testing.T) {
	t.Parallel()
	for usd, want := range map[string]string{"": "–", "0": "$0", "12": "$12", "0.5": "$0.5", "0.0000345": "$0.0000345", "0.0000345678": "$0.00003456", "1.23456": "$1.2345", "0.12345": "$0.1234", "10.000001": "$10",
		"0.100009": "$0.1", "0.0000000001": "$0.0000000001", "1.2x": "$1.2x"} {
		if got := inspect.Money(usd); got != want {
			t.Errorf("%q is %q, want %q", usd, got, want)
		}
	}
}

func TestMillis(t *testing.T) {
	t.Parallel()
	for ms, want := range map[int64]string{-1: "–", 0: "–", 20: "20 ms", 1180: "1.2 s", 63_000: "1m3s", math.MaxInt64: "very long"} {
		if got := inspect.Millis(ms); got != want {
			t.Errorf("%d is %q, want %q", ms, got, want)
		}
	}
}

func TestQuantile(t *testing.T) {
	t.Parallel()
	var h run.Histogram
	if got := inspect.Quantile(&h, 0.5, inspect.Millis); got != "–" {
		t.Errorf("of nothing it is %q", got)
	}
	for range 9 {
		h.Add(300)
	}
	h.Add(math.MaxInt64)
	if got := inspect.Quantile(&h, 0.5, inspect.Millis); got != "≤ 500 ms" {
		t.Errorf("half is %q", got)
	}
	if got := inspect.Quantile(&h, 1, inspect.Millis); got != "> 1h23m20s" {
		t.Errorf("all is %q", got)
	}
}

// TestSigns: what has another meaning has another glyph, so that colours are not needed.
func TestSigns(t *testing.T) {
	t.Parallel()
	th := theme.For(true)
	branch := ""
	for _, c := range []struct {
		step run.Step
		want string
	}{{run.Step{State: run.Success}, "✓"}, {run.Step{State: run.FailContinue, Branch: &branch}, "✗"}, {run.Step{State: run.Skipped}, "○"}, {run.Step{State: run.Blocked}, "!"}, {run.Step{State: run.Success, Branch: &branch}, "▷"}} {
		if got, _ := inspect.StepSign(th, &c.step); got != c.want {
			t.Errorf("%s has the sign %s, want %s", c.step.State, got, c.want)
		}
	}
	for state, want := range map[run.State]string{run.Completed: "✓", run.GoalMet: "✓", run.Active: "●", run.Unenrolled: "!", run.Interrupted: "!", run.NotEnrolled: "○"} {
		if got, _ := inspect.StateSign(th, state); got != want {
			t.Errorf("%s has the sign %s, want %s", state, got, want)
		}
	}
	for status, want := range map[run.Status]string{run.RunCompleted: "✓", run.RunRunning: "●", run.RunStopped: "✗", run.RunInterrupted: "!"} {
		if got, _ := inspect.StatusSign(th, status); got != want {
			t.Errorf("%s has the sign %s, want %s", status, got, want)
		}
	}
}

func TestRunLine(t *testing.T) {
	t.Parallel()
	env := &ui.Env{Theme: theme.For(true), Portal: &service.Portal{}}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := ansi.Strip(inspect.RunLine(env, testRun(), berlin, 120)), "r7 Lead qualification · ✓ completed · 2026-11-01 10:30 · 1,234 records · $0.5 · scripted"; got != want {
		t.Errorf("the line is %q, want %q", got, want)
	}
	r := testRun()
	r.Workflow.Name = hostile
	for _, width := range []int{1, 20, 60} {
		line := inspect.RunLine(env, r, nil, width)
		if w := ansi.StringWidth(line); w > width || strings.Contains(ansi.Strip(line), "\x1b") || strings.Contains(line, "\x07") {
			t.Errorf("at %d cells it has %d: %q", width, w, line)
		}
	}
	if inspect.RunLine(env, nil, nil, 80) != "" || inspect.RunLine(env, r, nil, 0) != "" {
		t.Error("no run is drawn")
	}
}
