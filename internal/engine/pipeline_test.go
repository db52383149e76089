package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"askflow/internal/assistant"
	"askflow/internal/clock"
	"askflow/internal/engine"
	"askflow/internal/run"
)

const askAndTask = `
name: Test
object: contact
enabled: true
enroll: {when: {city: {is: Oslo}}}
steps:
  - ask_openai_assistant: {id: ask, assistant: helper, prompt: "{{ enrolled_object.firstname }}"}
  - set_property: {property: jobtitle, value: {output: ask.response}}
  - create_task: {subject: "{{ action_outputs.ask.response }}"}
`

func equal(t interface {
	Helper()
	Fatalf(string, ...any)
}, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

// whole runs a program over n contacts without any disturbance.
func whole(t *testing.T, p *engine.Program, n int) *memory {
	t.Helper()
	m := newMemory()
	if _, err := p.Run(context.Background(), &contacts{n: n}, m, "r1", engine.Options{Concurrency: 3}); err != nil {
		t.Fatal(err)
	}
	if len(m.rows) != n {
		t.Fatalf("%d rows for %d records", len(m.rows), n)
	}
	m.checkTotals(t)
	return m
}

func TestConcurrencyDoesNotShow(t *testing.T) {
	t.Parallel()
	p := compile(t, askAndTask, echo, nil)
	want := whole(t, p, 300)
	for _, concurrency := range []int{0, 1, 2, 64} {
		m, order := newMemory(), []int64{}
		opt := engine.Options{Concurrency: concurrency, Rows: func(rows []run.Row) error {
			for i := range rows {
				order = append(order, rows[i].Seq)
			}
			return nil
		}}
		if _, err := p.Run(context.Background(), &contacts{n: 300}, m, "r1", opt); err != nil {
			t.Fatal(err)
		}
		equal(t, "results", want.lines(), m.lines())
		equal(t, "totals", want.totals, m.totals)
		for i, seq := range order {
			if int64(i) != seq {
				t.Fatalf("row %d was handed out at place %d", seq, i)
			}
		}
	}
}

// TestInterruptedEqualsUninterrupted cancels a run at any record, resumes it, again and again, and compares.
func TestInterruptedEqualsUninterrupted(t *testing.T) {
	t.Parallel()
	const n = 110
	p := compile(t, askAndTask, echo, nil)
	want := whole(t, p, n)
	rapid.Check(t, func(rt *rapid.T) {
		m := newMemory()
		var totals *run.Totals
		for try := 0; ; try++ {
			ctx, cancel := context.WithCancel(context.Background())
			at := n
			if try < 4 {
				at = rapid.IntRange(0, n).Draw(rt, "cancelled at")
			}
			src := &contacts{n: n, before: func(i int) error {
				if i == at {
					cancel()
				}
				return nil
			}}
			opt := engine.Options{Concurrency: rapid.SampledFrom([]int{1, 3, 16}).Draw(rt, "concurrency"), Totals: totals, Redo: m.redo(false)}
			got, err := p.Run(ctx, src, m, "r1", opt)
			cancel()
			if err != nil && !errors.Is(err, context.Canceled) {
				rt.Fatal(err)
			}
			kept := *got
			totals = &kept
			if at == n && try >= 4 {
				break
			}
		}
		equal(rt, "results", want.lines(), m.lines())
		equal(rt, "totals", want.totals, m.totals)
	})
}

func TestAStopIsAtTheSameRecordWhateverTheConcurrency(t *testing.T) {
	t.Parallel()
	stopping := asker(func(ctx context.Context, q *assistant.Question) (*assistant.Answer, error) {
		if q.Prompt == "P150" || q.Prompt == "P152" || q.Prompt == "P290" {
			return &assistant.Answer{}, &assistant.Error{Code: assistant.CodeNoCredit, Message: "No credit at " + q.Prompt + ".", StopsRun: true}
		}
		return echo(ctx, q)
	})
	p := compile(t, askAndTask, stopping, nil)
	for _, concurrency := range []int{1, 2, 16, 64} {
		for range 5 {
			m := newMemory()
			_, err := p.Run(context.Background(), &contacts{n: 400}, m, "r1", engine.Options{Concurrency: concurrency})
			var stop *run.Error
			if !errors.As(err, &stop) || stop.Message != "No credit at P150." {
				t.Fatalf("concurrency %d: the run ended with %v", concurrency, err)
			}
			if len(m.rows) != 150 {
				t.Fatalf("concurrency %d: %d rows were kept, want the 150 before the stop", concurrency, len(m.rows))
			}
			m.checkTotals(t)
		}
	}
}

func TestTheBudgetStopsAtTheSameRecord(t *testing.T) {
	t.Parallel()
	limit, err := assistant.ParseMoney("0.0015")
	if err != nil {
		t.Fatal(err)
	}
	p := compile(t, askAndTask, echo, func(c *engine.Config) {
		c.Budget = &engine.Budget{Max: limit, Models: assistant.DefaultModels(), MaxOutput: 2000}
	})
	// One enrollment costs $0.000007 and at worst $0.0010025, 20 input tokens at the price of writing them to the cache
	// included: 72 of them fit, since 71 × 0.000007 + 0.0010025 is 0.0014995, and the 73rd would make it 0.0015065.
	for _, concurrency := range []int{1, 7, 64} {
		m := newMemory()
		_, err := p.Run(context.Background(), &contacts{n: 400}, m, "r1", engine.Options{Concurrency: concurrency})
		var stop *run.Error
		if !errors.As(err, &stop) || stop.Code != engine.CodeOverBudget || !stop.Stops {
			t.Fatalf("the run ended with %v", err)
		}
		if got := m.totals.Enrollments[run.Completed]; got != 72 {
			t.Fatalf("concurrency %d: %d enrollments fit into the budget, want 72", concurrency, got)
		}
		if _, there := m.rows[144]; there || len(m.rows) != 144 {
			t.Fatalf("concurrency %d: %d rows, want 144: every record before the one that does not fit", concurrency, len(m.rows))
		}
		m.checkTotals(t)
	}
}

func TestASourceThatFailsKeepsWhatWasRead(t *testing.T) {
	t.Parallel()
	p := compile(t, askAndTask, echo, nil)
	for _, mode := range []clock.Mode{clock.Skip, clock.Real} {
		p := p
		if mode != clock.Skip {
			p = compile(t, askAndTask, echo, func(c *engine.Config) { c.Clock = mode })
		}
		m := newMemory()
		src := &contacts{n: 100, before: func(i int) error {
			if i == 70 {
				return fmt.Errorf("line 71: %w", errTest)
			}
			return nil
		}}
		_, err := p.Run(context.Background(), src, m, "r1", engine.Options{Concurrency: 4})
		if !errors.Is(err, errTest) {
			t.Fatalf("the run ended with %v", err)
		}
		if len(m.rows) != 70 {
			t.Errorf("%d rows were kept, want 70", len(m.rows))
		}
		m.checkTotals(t)
	}
}

func TestAStoreThatFailsEndsTheRun(t *testing.T) {
	t.Parallel()
	for _, mode := range []clock.Mode{clock.Skip, clock.Real} {
		p := compile(t, askAndTask, echo, func(c *engine.Config) { c.Clock = mode })
		m := newMemory()
		m.fail = func(commit int) error {
			if commit == 2 {
				return errTest
			}
			return nil
		}
		totals, err := p.Run(context.Background(), &contacts{n: 5000}, m, "r1", engine.Options{Concurrency: 4})
		if !errors.Is(err, errTest) {
			t.Fatalf("the run ended with %v", err)
		}
		equal(t, "the totals are those of what is stored", &m.totals, totals)
		if m.commits != 2 {
			t.Errorf("%d commits; nothing must be committed after one failed", m.commits)
		}
		m.checkTotals(t)
	}
}

func TestRowsThatCannotBeShownEndTheRun(t *testing.T) {
	t.Parallel()
	p := compile(t, askAndTask, echo, nil)
	m := newMemory()
	_, err := p.Run(context.Background(), &contacts{n: 5000}, m, "r1", engine.Options{Concurrency: 4, Rows: func([]run.Row) error { return errTest }})
	if !errors.Is(err, errTest) {
		t.Fatalf("the run ended with %v", err)
	}
	m.checkTotals(t)
}

// TestAnInterruptedRetryKeepsTotalsAndRows cancels a retry in the middle of a batch.
func TestAnInterruptedRetryKeepsTotalsAndRows(t *testing.T) {
	t.Parallel()
	failing := true
	var cancel context.CancelFunc
	p := compile(t, askAndTask, func(ctx context.Context, q *assistant.Question) (*assistant.Answer, error) {
		if failing {
			return &assistant.Answer{Attempts: []run.Attempt{{Status: 500, Code: "server_error"}}}, &assistant.Error{Code: assistant.CodeServer, Message: "Down."}
		}
		if q.Prompt == "P10" {
			cancel()
			return &assistant.Answer{}, ctx.Err()
		}
		return echo(ctx, q)
	}, nil)
	m := whole(t, p, 40)
	failing = false
	ctx, stop := context.WithCancel(context.Background())
	cancel = stop
	totals := m.totals
	if _, err := p.Run(ctx, &contacts{n: 40}, m, "r1", engine.Options{Concurrency: 1, Totals: &totals, Redo: m.redo(true)}); !errors.Is(err, context.Canceled) {
		t.Fatalf("the run ended with %v", err)
	}
	if got := m.totals.FailedAsks; got != 15 {
		t.Errorf("%d asks are failed still, want 15 of 20", got)
	}
	m.checkTotals(t)
}

func TestRetryGoesOnCountingAndDoublesNothing(t *testing.T) {
	t.Parallel()
	var firsts []int
	failures := 2
	p := compile(t, askAndTask, func(ctx context.Context, q *assistant.Question) (*assistant.Answer, error) {
		caller, _ := assistant.CallerFrom(ctx)
		firsts = append(firsts, caller.FirstAttempt)
		if len(firsts) <= failures {
			usage := &run.Usage{InputTokens: 5}
			return &assistant.Answer{Usage: usage, CostUSD: "0.5", Attempts: make([]run.Attempt, 3)}, &assistant.Error{Code: assistant.CodeEmpty, Message: "Empty."}
		}
		return echo(ctx, q)
	}, nil)
	m := newMemory()
	var totals *run.Totals
	for range 3 {
		opt := engine.Options{Concurrency: 1, Totals: totals}
		if totals != nil {
			opt.Redo = m.redo(true)
		}
		got, err := p.Run(context.Background(), &contacts{n: 1}, m, "r1", opt)
		if err != nil {
			t.Fatal(err)
		}
		kept := *got
		totals = &kept
		m.checkTotals(t)
	}
	equal(t, "first attempts", []int{1, 4, 7}, firsts)
	if m.totals.Attempts != 7 || m.totals.CostUSD != "1.000007" || m.totals.Effects["TASK"] != 1 || m.totals.Effects["PROPERTY"] != 1 || m.totals.FailedSteps != 0 {
		t.Errorf("totals: %+v", m.totals)
	}
	if line := m.lines()[0]; strings.Count(line, `"type":"TASK"`) != 1 || !strings.Contains(line, `"attempts":7`) {
		t.Errorf("result: %s", line)
	}
}

func TestMissingAnswersAreThoseOfRowsThatAreKept(t *testing.T) {
	t.Parallel()
	p := compile(t, askAndTask, func(ctx context.Context, q *assistant.Question) (*assistant.Answer, error) {
		switch q.Prompt {
		case "P4", "P30":
			return &assistant.Answer{}, &assistant.Error{Code: assistant.CodeNoScriptedAnswer, Message: "Nothing."}
		case "P20":
			return &assistant.Answer{}, &assistant.Error{Code: assistant.CodeBadKey, Message: "Key.", StopsRun: true}
		}
		return echo(ctx, q)
	}, nil)
	var got []engine.MissingAnswer
	_, err := p.Run(context.Background(), &contacts{n: 40}, newMemory(), "r1", engine.Options{Concurrency: 8, Missing: func(m engine.MissingAnswer) { got = append(got, m) }})
	if err == nil {
		t.Fatal("the run was not stopped")
	}
	equal(t, "missing answers", []engine.MissingAnswer{{Seq: 4, RecordID: "1004", Assistant: "helper", Step: "1", Prompt: "P4"}}, got)
}

func TestAnswersAreCountedUpToABound(t *testing.T) {
	t.Parallel()
	p := compile(t, askAndTask, func(_ context.Context, q *assistant.Question) (*assistant.Answer, error) {
		text := q.Prompt
		if q.Prompt == "P0" {
			text = strings.Repeat("ä", 61)
		}
		return &assistant.Answer{Text: text, Attempts: make([]run.Attempt, 1)}, nil
	}, nil)
	m := newMemory()
	if _, err := p.Run(context.Background(), &contacts{n: 1000}, m, "r1", engine.Options{Concurrency: 4}); err != nil {
		t.Fatal(err)
	}
	if n := len(m.totals.Answers); n > 201 {
		t.Errorf("%d different answers are kept", n)
	}
	total := int64(0)
	for _, n := range m.totals.Answers {
		total += n
	}
	if total != 500 || m.totals.Answers["P2"] != 1 {
		t.Errorf("%d answers are counted, want 500; P2 %d times", total, m.totals.Answers["P2"])
	}
}

func TestConsidersAndOne(t *testing.T) {
	t.Parallel()
	p := compile(t, askAndTask, echo, nil)
	src := &contacts{n: 2}
	oslo, _ := src.Next()
	rome, _ := src.Next()
	if ok, why := p.Considers(oslo); !ok || why != "" {
		t.Errorf("Oslo: %v %q", ok, why)
	}
	if ok, why := p.Considers(rome); ok || !strings.Contains(why, "Rome") {
		t.Errorf("Rome: %v %q", ok, why)
	}
	row, err := p.One(context.Background(), 0, oslo)
	if err != nil || row.State != run.Completed || row.Asks != 1 {
		t.Errorf("row %+v, %v", row, err)
	}
	row, err = p.One(context.Background(), 1, rome)
	if err != nil || row.State != run.NotEnrolled || string(row.Steps) != "[]" {
		t.Errorf("row %+v, %v", row, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := p.One(ctx, 0, oslo); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context gives %v", err)
	}
	if p.Runner("1") == nil || p.Runner("9") != nil || p.Flow().Name != "Test" {
		t.Error("Runner and Flow")
	}
}

func BenchmarkEnrollments(b *testing.B) {
	t := &testing.T{}
	p := compile(t, askAndTask, echo, nil)
	for b.Loop() {
		if _, err := p.Run(context.Background(), &contacts{n: 1000}, newMemory(), "r1", engine.Options{Concurrency: 2}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "records/s")
}
