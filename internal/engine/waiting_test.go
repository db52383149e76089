package engine_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/clock"
	"askflow/internal/engine"
	"askflow/internal/run"
)

const withDelays = `
name: Test
object: contact
enabled: true
enroll: {when: {firstname: known}}
steps:
  - ask_openai_assistant: {id: ask, assistant: helper, prompt: "{{ enrolled_object.firstname }}"}
  - create_task: {subject: "before"}
  - delay: 2d
  - create_task: {subject: "between {{ action_outputs.ask.response }}"}
  - delay: 12h
  - create_task: {subject: "after {{ enrolled_object.jobtitle }}"}
`

// slow answers after three seconds of the enrollment's time.
func slow(ctx context.Context, q *assistant.Question) (*assistant.Answer, error) {
	if err := clock.From(ctx).Sleep(ctx, 3*time.Second); err != nil {
		return &assistant.Answer{}, err
	}
	return echo(ctx, q)
}

func onClock(mode clock.Mode) func(*engine.Config) {
	return func(c *engine.Config) { c.Clock, c.Timings = mode, true }
}

// TestARealClockGivesTheResultsOfASkippedOne: waiting changes when things are done, not what is done.
func TestARealClockGivesTheResultsOfASkippedOne(t *testing.T) {
	t.Parallel()
	want := whole(t, compile(t, withDelays, slow, onClock(clock.Skip)), 20)
	for _, c := range []struct {
		mode clock.Mode
		// A worker asks two records in turn, three seconds each, then all of them are parked together.
		longest time.Duration
	}{{clock.Real, 60*time.Hour + 30*time.Second}, {60, time.Hour + time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			p := compile(t, withDelays, slow, onClock(c.mode))
			m := newMemory()
			began := time.Now()
			if _, err := p.Run(context.Background(), &contacts{n: 20}, m, "r1", engine.Options{Concurrency: 10}); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(began); took < time.Duration(float64(60*time.Hour)/float64(c.mode)) || took > c.longest {
				t.Errorf("clock %s: the run took %s", c.mode, took)
			}
			equal(t, "results", want.lines(), m.lines())
			equal(t, "totals", want.totals, m.totals)
		})
	}
}

// TestCancelWhileParked interrupts during each stretch of a run and resumes from ACTIVE rows.
func TestCancelWhileParked(t *testing.T) {
	t.Parallel()
	want := whole(t, compile(t, withDelays, slow, onClock(clock.Skip)), 6)
	for _, c := range []struct {
		name   string
		after  time.Duration
		active int64
		// tasks are on disk when the run is cancelled.
		tasks int64
	}{
		{"while asking", time.Second, 0, 0},
		{"some parked, some asking", 4 * time.Second, 2, 2},
		{"in the first delay", 24 * time.Hour, 6, 6},
		{"in the second delay", 55 * time.Hour, 6, 12},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := compile(t, withDelays, slow, onClock(clock.Real))
				m := newMemory()
				ctx, cancel := context.WithTimeoutCause(context.Background(), c.after, context.Canceled)
				defer cancel()
				totals, err := p.Run(ctx, &contacts{n: 6}, m, "r1", engine.Options{Concurrency: 2})
				if !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
					t.Fatalf("the run ended with %v", err)
				}
				if totals.Enrollments[run.Active] != c.active || totals.Effects["TASK"] != c.tasks {
					t.Errorf("%d enrollments are parked with %d tasks, want %d with %d", totals.Enrollments[run.Active], totals.Effects["TASK"], c.active, c.tasks)
				}
				m.checkTotals(t)
				began := time.Now()
				if _, err := p.Run(context.Background(), &contacts{n: 6}, m, "r1", engine.Options{Concurrency: 1, Totals: totals, Redo: m.redo(false)}); err != nil {
					t.Fatal(err)
				}
				// One worker: parked enrollments must wait side by side, not one after another.
				if took := time.Since(began); took > 61*time.Hour {
					t.Errorf("going on took %s", took)
				}
				equal(t, "results", want.lines(), m.lines())
				equal(t, "totals", want.totals, m.totals)
				m.checkTotals(t)
			})
		})
	}
}

func TestCancelledWhileGoingOnKeepsTheParked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := compile(t, withDelays, slow, onClock(clock.Real))
		m := newMemory()
		var totals *run.Totals
		for range 3 {
			ctx, cancel := context.WithTimeout(context.Background(), 24*time.Hour)
			opt := engine.Options{Concurrency: 2, Totals: totals, Redo: m.redo(false)}
			got, err := p.Run(ctx, &contacts{n: 4}, m, "r1", opt)
			cancel()
			if err == nil {
				t.Fatal("the run came to its end")
			}
			totals = got
			if n := totals.Enrollments[run.Active]; n != 4 {
				t.Fatalf("%d enrollments are parked, want 4", n)
			}
			m.checkTotals(t)
		}
	})
}

// TestAWokenEnrollmentThatIsCutShortStaysParked cancels in the middle of an ask after a delay.
func TestAWokenEnrollmentThatIsCutShortStaysParked(t *testing.T) {
	t.Parallel()
	const flow = `
name: Test
object: contact
enabled: true
enroll: {when: {firstname: known}}
steps:
  - create_task: {subject: "before"}
  - delay: 1h
  - ask_openai_assistant: {id: ask, assistant: helper, prompt: "{{ enrolled_object.firstname }}"}
`
	synctest.Test(t, func(t *testing.T) {
		p := compile(t, flow, slow, onClock(clock.Real))
		m := newMemory()
		ctx, cancel := context.WithTimeout(context.Background(), time.Hour+time.Second)
		defer cancel()
		totals, err := p.Run(ctx, &contacts{n: 3}, m, "r1", engine.Options{Concurrency: 3})
		if err == nil {
			t.Fatal("the run came to its end")
		}
		if totals.Enrollments[run.Active] != 3 || totals.Considered != 3 || totals.Effects["TASK"] != 3 {
			t.Errorf("totals: %+v", totals)
		}
		m.checkTotals(t)
		if _, err := p.Run(context.Background(), &contacts{n: 3}, m, "r1", engine.Options{Concurrency: 3, Totals: totals, Redo: m.redo(false)}); err != nil {
			t.Fatal(err)
		}
		m.checkTotals(t)
		if m.totals.Enrollments[run.Completed] != 3 || m.totals.Asks != 3 || m.totals.Effects["TASK"] != 3 {
			t.Errorf("totals: %+v", m.totals)
		}
	})
}

func TestAStopOnARealClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := compile(t, withDelays, func(ctx context.Context, q *assistant.Question) (*assistant.Answer, error) {
			if q.Prompt == "P3" {
				return &assistant.Answer{}, &assistant.Error{Code: assistant.CodeNoCredit, Message: "No credit.", StopsRun: true}
			}
			return slow(ctx, q)
		}, onClock(clock.Real))
		m := newMemory()
		_, err := p.Run(context.Background(), &contacts{n: 50}, m, "r1", engine.Options{Concurrency: 1})
		var stop *run.Error
		if !errors.As(err, &stop) || stop.Code != assistant.CodeNoCredit {
			t.Fatalf("the run ended with %v", err)
		}
		if len(m.rows) != 3 {
			t.Errorf("%d rows, want the three before the stop", len(m.rows))
		}
		m.checkTotals(t)
	})
}

func TestRowsAreHandedOutWhenTheyArePutOnDisk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := compile(t, withDelays, echo, onClock(clock.Real))
		var states []string
		opt := engine.Options{Concurrency: 1, Rows: func(rows []run.Row) error {
			for i := range rows {
				states = append(states, string(rows[i].State))
			}
			return nil
		}}
		if _, err := p.Run(context.Background(), &contacts{n: 1}, newMemory(), "r1", opt); err != nil {
			t.Fatal(err)
		}
		if want := []string{"ACTIVE", "ACTIVE", "COMPLETED"}; !slices.Equal(states, want) {
			t.Errorf("states %s, want %s", strings.Join(states, " "), strings.Join(want, " "))
		}
	})
}
