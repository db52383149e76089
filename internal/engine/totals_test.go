package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/clock"
	"askflow/internal/engine"
	"askflow/internal/hubspot"
	"askflow/internal/run"
)

// named gives contacts of these first names.
type named []string

func (n *named) Next() (*hubspot.Record, error) {
	if len(*n) == 0 {
		return nil, io.EOF
	}
	name := (*n)[0]
	*n = (*n)[1:]
	return hubspot.NewRecordFromMap("contact", name, map[string]string{"firstname": name, "city": "Oslo"}), nil
}

// TestAnswersAreCountedWhateverTheirOrder runs over more different answers than are counted by value, forwards, backwards,
// and in an order that only the clock knows.
func TestAnswersAreCountedWhateverTheirOrder(t *testing.T) {
	t.Parallel()
	var forwards, backwards named
	for i := range 700 {
		forwards = append(forwards, fmt.Sprintf("%03d", i%350))
		backwards = append(backwards, fmt.Sprintf("%03d", 349-i%350))
	}
	count := func(names named, mode clock.Mode) map[string]int64 {
		p := compile(t, askAndTask, echo, func(c *engine.Config) { c.Clock = mode })
		m := newMemory()
		if _, err := p.Run(context.Background(), &names, m, "r1", engine.Options{Concurrency: 8}); err != nil {
			t.Fatal(err)
		}
		m.checkTotals(t)
		return m.totals.Answers
	}
	want := count(forwards, clock.Skip)
	if len(want) != 201 || want["re 000"] != 2 || want["re 199"] != 2 || want[""] != 300 {
		t.Errorf("%d entries, %d of the first, %d of the last, %d others", len(want), want["re 000"], want["re 199"], want[""])
	}
	equal(t, "answers backwards", want, count(backwards, clock.Skip))
	equal(t, "answers on a real clock", want, count(backwards, clock.Real))
}

// TestAnswersAreCountedOutAndIn starts failed enrollments over, whose answers are counted out and in again.
func TestAnswersAreCountedOutAndIn(t *testing.T) {
	t.Parallel()
	var names named
	for i := range 300 {
		names = append(names, fmt.Sprintf("%03d", 299-i))
	}
	broken := asker(func(ctx context.Context, q *assistant.Question) (*assistant.Answer, error) {
		a, err := echo(ctx, q)
		if q.Prompt >= "150" && q.Prompt < "160" {
			return a, &assistant.Error{Code: assistant.CodeServer, Message: "made to fail"}
		}
		return a, err
	})
	m := newMemory()
	all := names
	totals, err := compile(t, askAndTask, broken, nil).Run(context.Background(), &names, m, "r1", engine.Options{Concurrency: 4})
	if err != nil {
		t.Fatal(err)
	}
	m.checkTotals(t)
	if _, err := compile(t, askAndTask, echo, nil).Run(context.Background(), &all, m, "r1", engine.Options{Concurrency: 4, Totals: totals, Redo: m.redo(true)}); err != nil {
		t.Fatal(err)
	}
	m.checkTotals(t)
}

// TestChartsAreCountedOutAndIn starts failed enrollments over: the counts of their asks, which were slow, go.
func TestChartsAreCountedOutAndIn(t *testing.T) {
	t.Parallel()
	names := named{"1", "2", "3", "4"}
	all := names
	slow := asker(func(ctx context.Context, q *assistant.Question) (*assistant.Answer, error) {
		a, err := echo(ctx, q)
		if q.Prompt >= "3" {
			if err := clock.From(ctx).Sleep(ctx, 7*time.Second); err != nil {
				return nil, err
			}
			a.Usage.InputTokens = 4000
			return a, &assistant.Error{Code: assistant.CodeServer, Message: "made to fail"}
		}
		return a, err
	})
	m := newMemory()
	totals, err := compile(t, askAndTask, slow, nil).Run(context.Background(), &names, m, "r1", engine.Options{Concurrency: 4})
	if err != nil {
		t.Fatal(err)
	}
	m.checkTotals(t)
	var want run.Histogram
	for _, ms := range []int64{0, 0, 7000, 7000} {
		want.Add(ms)
	}
	equal(t, "latency", want, totals.Latency)
	if got := totals.Models["gpt-6-luna"]; got.Asks != 4 || got.FailedAsks != 2 || got.CostUSD != totals.CostUSD {
		t.Errorf("the model's asks are %+v", got)
	}
	old := *totals
	old.Models, old.Latency, old.Tokens = nil, run.Histogram{}, run.Histogram{}
	retried := all
	if totals, err = compile(t, askAndTask, echo, nil).Run(context.Background(), &retried, m, "r1", engine.Options{Concurrency: 4, Totals: totals, Redo: m.redo(true)}); err != nil {
		t.Fatal(err)
	}
	m.checkTotals(t)
	if totals.Latency.Len() != 4 || totals.Latency.Quantile(1) != 1 || totals.Models["gpt-6-luna"].FailedAsks != 0 {
		t.Errorf("after starting over: %+v", totals)
	}
	// A run that a version without charts began stays without: a part would look like all.
	more := append(all, "5")
	if totals, err = compile(t, askAndTask, echo, nil).Run(context.Background(), &more, newMemory(), "r1", engine.Options{Totals: &old}); err != nil {
		t.Fatal(err)
	}
	if totals.Asks != old.Asks+5 || totals.Models != nil || !totals.Latency.IsZero() || !totals.Tokens.IsZero() {
		t.Errorf("an old run going on counts %+v", totals)
	}
}

func TestTheBudgetCountsWhatAnAnswerReallyCosts(t *testing.T) {
	t.Parallel()
	limit, err := assistant.ParseMoney("0.002")
	if err != nil {
		t.Fatal(err)
	}
	// A script may say more output tokens than the bound lets a model write.
	dear := asker(func(_ context.Context, q *assistant.Question) (*assistant.Answer, error) {
		usage, cost := &run.Usage{InputTokens: 2, OutputTokens: 10}, "0.0000052"
		if q.Prompt == "P4" {
			usage, cost = &run.Usage{InputTokens: 10, OutputTokens: 1_000_000}, "0.500001"
		}
		return &assistant.Answer{Text: "x", Model: q.Model, Usage: usage, CostUSD: cost, Attempts: []run.Attempt{{Status: 200}}}, nil
	})
	p := compile(t, askAndTask, dear, func(c *engine.Config) {
		c.Budget = &engine.Budget{Max: limit, Models: assistant.DefaultModels(), MaxOutput: 2000}
	})
	m := newMemory()
	_, err = p.Run(context.Background(), &contacts{n: 10}, m, "r1", engine.Options{Concurrency: 3})
	var stop *run.Error
	if !errors.As(err, &stop) || stop.Code != engine.CodeOverBudget {
		t.Fatalf("the run ended with %v", err)
	}
	if len(m.rows) != 4 || m.totals.CostUSD != "0.0000104" {
		t.Errorf("%d rows that cost $%s are kept, want the 4 before the dear one, for $0.0000104", len(m.rows), m.totals.CostUSD)
	}
	m.checkTotals(t)
}
