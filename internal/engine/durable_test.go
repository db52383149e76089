package engine_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/engine"
	"askflow/internal/run"
)

const twoAsks = `
name: two asks
object: contact
enabled: true
steps:
  - ask_openai_assistant: {id: first, assistant: helper, prompt: "one {{ enrolled_object.firstname }}"}
  - delay: 2d
  - branch_on: {output: first.hs_execution_state}
    cases:
      SUCCESS:
        - ask_openai_assistant: {id: second, assistant: helper, prompt: "two {{ action_outputs.first.response }}"}
        - create_task: {subject: "{{ action_outputs.second.response }}"}
    default: []
`

func all(cfg *engine.Config)     { cfg.Enroll.All = true }
func durable(cfg *engine.Config) { cfg.Durable, cfg.Enroll.All = true, true }

// stored is what the store holds of the record that asks: its reason and how many answers.
func stored(m *memory, seq int64) (row run.Row, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	row, ok = m.rows[seq]
	return row, ok
}

func TestAnswersForMoneyAreStoredBeforeAnythingElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		asks := 0
		ask := func(ctx context.Context, q *assistant.Question) (*assistant.Answer, error) {
			asks++
			caller, _ := assistant.CallerFrom(ctx)
			row, ok := stored(m, 0)
			if !ok || row.State != run.Active || !strings.HasPrefix(row.Reason, "asking in step "+caller.Step) {
				t.Errorf("when step %s asks, the store holds %v %q", caller.Step, row.State, row.Reason)
			}
			if want := asks - 1; strings.Count(string(row.Steps), `"response":"re `) != 2*want {
				t.Errorf("before ask %d the store does not hold the %d answers so far: %s", asks, want, row.Steps)
			}
			return echo(ctx, q)
		}
		began := time.Now()
		if _, err := compile(t, twoAsks, ask, durable).Run(context.Background(), &contacts{n: 1}, m, "r1", engine.Options{}); err != nil {
			t.Fatal(err)
		}
		if asks != 2 || time.Since(began) > time.Second {
			t.Errorf("%d asks in %s: a skipped delay must not be waited for", asks, time.Since(began))
		}
		row, _ := stored(m, 0)
		if row.State != run.Completed || row.Reason != "" || row.Asks != 2 {
			t.Errorf("the enrollment ended as %+v", row)
		}
		m.checkTotals(t)
	})
}

func TestWhatWasUnderWayIsAskedAgainAndShownAsSuch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		want := whole(t, compile(t, twoAsks, echo, all), 4)
		m := newMemory()
		ctx, cancel := context.WithCancel(context.Background())
		asked := map[string]int{}
		interrupted := func(ctx context.Context, q *assistant.Question) (*assistant.Answer, error) {
			asked[q.Prompt]++
			if strings.HasPrefix(q.Prompt, "two re one P2") {
				cancel()
				return nil, ctx.Err()
			}
			return echo(ctx, q)
		}
		totals, err := compile(t, twoAsks, interrupted, durable).Run(ctx, &contacts{n: 4}, m, "r1", engine.Options{Concurrency: 1})
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		again := func(ctx context.Context, q *assistant.Question) (*assistant.Answer, error) {
			asked[q.Prompt]++
			return echo(ctx, q)
		}
		if _, err := compile(t, twoAsks, again, durable).Run(context.Background(), &contacts{n: 4}, m, "r1", engine.Options{Concurrency: 1, Totals: totals, Redo: m.redo(false)}); err != nil {
			t.Fatal(err)
		}
		for prompt, n := range asked {
			if wanted := map[bool]int{true: 2, false: 1}[prompt == "two re one P2"]; n != wanted {
				t.Errorf("%q was asked %d times, want %d", prompt, n, wanted)
			}
		}
		row, _ := stored(m, 2)
		if !strings.Contains(string(row.Steps), "asked again: the run ended while an earlier request was under way") {
			t.Errorf("the second request is not shown as such: %s", row.Steps)
		}
		m.checkTotals(t)
		for seq := range int64(4) {
			a, _ := stored(want, seq)
			b, _ := stored(m, seq)
			if string(a.Effects) != string(b.Effects) || a.State != b.State {
				t.Errorf("record %d ended as %s %s, want %s %s", seq, b.State, b.Effects, a.State, a.Effects)
			}
		}
	})
}
