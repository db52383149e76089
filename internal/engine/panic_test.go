package engine_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"askflow/internal/assistant"
	"askflow/internal/clock"
	"askflow/internal/engine"
	"askflow/internal/run"
)

const secretName = "Ada Byron"

// panicked checks that an error is a caught panic that quotes nothing.
func panicked(t *testing.T, err error, where string) {
	t.Helper()
	var p *engine.PanicError
	if !errors.As(err, &p) {
		t.Fatalf("not a panic that was caught: %v", err)
	}
	if strings.Contains(err.Error(), secretName) || !strings.Contains(err.Error(), "askflow itself") {
		t.Errorf("the error says %q", err)
	}
	if !strings.Contains(p.Where, where) || !strings.Contains(string(p.Stack()), where) || p.PanicValue() == nil {
		t.Errorf("it happened in %q, with the stack\n%s", p.Where, p.Stack())
	}
}

// breaking panics when a record is asked about.
func breaking(name string) asker {
	return func(ctx context.Context, q *assistant.Question) (*assistant.Answer, error) {
		if q.Prompt == name {
			panic("no answer for " + secretName)
		}
		return echo(ctx, q)
	}
}

func TestAPanicInAnActionEndsTheRunAndKeepsWhatWasDone(t *testing.T) {
	t.Parallel()
	modes := map[string]func(*engine.Config){
		"skip":    nil,
		"real":    func(c *engine.Config) { c.Clock = clock.Real },
		"durable": func(c *engine.Config) { c.Clock, c.Durable = clock.Real, true },
	}
	for name, mode := range modes {
		for _, concurrency := range []int{1, 4} {
			m := newMemory()
			totals, err := compile(t, askAndTask, breaking("P200"), mode).Run(context.Background(), &contacts{n: 400}, m, "r1", engine.Options{Concurrency: concurrency})
			panicked(t, err, "breaking")
			if totals.Considered < 190 || int(totals.Considered) != len(m.rows) || totals.Considered >= 400 {
				t.Errorf("%s, %d at once: %d records were kept", name, concurrency, totals.Considered)
			}
			if row, there := m.rows[200]; there && row.State != run.Active {
				t.Errorf("%s: the record that broke the run is %s", name, row.State)
			}
			m.checkTotals(t)
			opt := engine.Options{Concurrency: 2, Totals: totals, Redo: m.redo(false)}
			if _, err := compile(t, askAndTask, echo, mode).Run(context.Background(), &contacts{n: 400}, m, "r1", opt); err != nil || len(m.rows) != 400 {
				t.Errorf("%s: it goes on with %d rows and %v", name, len(m.rows), err)
			}
			m.checkTotals(t)
		}
	}
}

func TestAPanicAnywhereElseEndsTheRun(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*engine.Config){"skip": nil, "real": func(c *engine.Config) { c.Clock = clock.Real }} {
		p := compile(t, askAndTask, echo, change)
		broken := func() error { panic(secretName) }
		src := &contacts{n: 100, before: func(i int) error {
			if i == 70 {
				return broken()
			}
			return nil
		}}
		m := newMemory()
		if _, err := p.Run(context.Background(), src, m, "r1", engine.Options{Concurrency: 3}); len(m.rows) < 64 {
			t.Errorf("%s: %d records were kept (%v)", name, len(m.rows), err)
		} else {
			panicked(t, err, "TestAPanicAnywhereElse")
		}
		m = newMemory()
		m.fail = func(int) error { return broken() }
		_, err := p.Run(context.Background(), &contacts{n: 100}, m, "r1", engine.Options{Concurrency: 3})
		panicked(t, err, "TestAPanicAnywhereElse")
		m = newMemory()
		_, err = p.Run(context.Background(), &contacts{n: 100}, m, "r1", engine.Options{Concurrency: 3, Rows: func([]run.Row) error { return broken() }})
		panicked(t, err, "TestAPanicAnywhereElse")
		if len(m.rows) == 0 {
			t.Errorf("%s: what was committed is gone", name)
		}
		_, err = p.Run(context.Background(), &contacts{n: 100}, newMemory(), "r1", engine.Options{Concurrency: 3, Redo: func(int64) engine.Redo { _ = broken(); return engine.Redo{} }})
		panicked(t, err, "TestAPanicAnywhereElse")
	}
}

func TestAPanicOfTheLanguageIsToldByItsPlace(t *testing.T) {
	t.Parallel()
	p := compile(t, askAndTask, func(context.Context, *assistant.Question) (*assistant.Answer, error) {
		var none map[string]string
		none["x"] = secretName //nolint:staticcheck // the panic is wanted
		return nil, nil
	}, nil)
	_, err := p.Run(context.Background(), &contacts{n: 3}, newMemory(), "r1", engine.Options{})
	panicked(t, err, "TestAPanicOfTheLanguage")
}
