package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sort"
	"sync"
	"testing"
	"time"

	"askflow/internal/action"
	"askflow/internal/assistant"
	"askflow/internal/engine"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/run"
	"askflow/internal/source"
)

// noWorld has no records beside the enrolled one.
type noWorld struct{}

func (noWorld) Associated(*hubspot.Record, string, hubspot.AssociationType) []*hubspot.Record {
	return nil
}
func (noWorld) Find(string, string) *hubspot.Record { return nil }
func (noWorld) InList(string, string, string) bool  { return false }

// asker answers by a function.
type asker func(ctx context.Context, q *assistant.Question) (*assistant.Answer, error)

func (f asker) Ask(ctx context.Context, q *assistant.Question) (*assistant.Answer, error) {
	return f(ctx, q)
}

// echo answers every prompt with itself.
func echo(_ context.Context, q *assistant.Question) (*assistant.Answer, error) {
	return &assistant.Answer{Text: "re " + q.Prompt, Model: q.Model, Usage: &run.Usage{InputTokens: 20, OutputTokens: 10}, CostUSD: "0.000007",
		Attempts: []run.Attempt{{Status: 200}}}, nil
}

var start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// compile makes a program of a workflow in its YAML form.
func compile(t testing.TB, text string, ask asker, change func(*engine.Config)) *engine.Program {
	t.Helper()
	n, problems := source.ParseYAML("workflows/test.yaml", []byte(text))
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	kinds := flow.NewKinds(flow.DefaultOpenAIAction())
	v4, problems := flow.FromYAML("workflows/test.yaml", n, kinds.OpenAI)
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	f, problems := flow.Decode("workflows/test.yaml", v4)
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	helper := &assistant.Assistant{ID: "helper", Name: "helper", Model: "gpt-6-luna"}
	cfg := engine.Config{World: noWorld{}, Now: start, Env: &action.Env{
		Flow: f, Kinds: kinds, Schema: hubspot.DefaultSchema(), Location: time.UTC, Seed: 1,
		Ask: action.AskEnv{Asker: ask, Models: assistant.DefaultModels(), MaxOutput: 2000, Protocol: assistant.Responses,
			Assistant: func(name string) (*assistant.Assistant, bool) { return helper, name == "helper" }},
	}}
	if change != nil {
		change(&cfg)
	}
	p, problems := engine.Compile(cfg)
	if p == nil {
		t.Fatal(problems)
	}
	return p
}

// contacts gives n contacts, calling before each.
type contacts struct {
	n, next int
	before  func(i int) error
}

func (c *contacts) Next() (*hubspot.Record, error) {
	if c.next >= c.n {
		return nil, io.EOF
	}
	if c.before != nil {
		if err := c.before(c.next); err != nil {
			return nil, err
		}
	}
	i := c.next
	c.next++
	return hubspot.NewRecordFromMap("contact", fmt.Sprint(1000+i), map[string]string{"firstname": fmt.Sprintf("P%d", i), "city": []string{"Oslo", "Rome"}[i%2]}), nil
}

// memory keeps what is committed, as a store does.
type memory struct {
	mu     sync.Mutex
	rows   map[int64]run.Row
	totals run.Totals
	// commits counts; fail makes a commit fail.
	commits int
	fail    func(commit int) error
}

func newMemory() *memory {
	return &memory{rows: map[int64]run.Row{}, totals: run.Totals{CostUSD: "0"}}
}

func (m *memory) Commit(ctx context.Context, _ string, rows []run.Row, totals *run.Totals) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	m.commits++
	if m.fail != nil {
		if err := m.fail(m.commits); err != nil {
			return err
		}
	}
	for _, r := range rows {
		r.Steps, r.Effects = append([]byte{}, r.Steps...), append([]byte{}, r.Effects...)
		m.rows[r.Seq] = r
	}
	m.totals = *totals
	return nil
}

// lines are the results in input order.
func (m *memory) lines() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	seqs := make([]int64, 0, len(m.rows))
	for seq := range m.rows {
		seqs = append(seqs, seq)
	}
	sort.Slice(seqs, func(i, j int) bool { return seqs[i] < seqs[j] })
	out := []string{}
	for _, seq := range seqs {
		row := m.rows[seq]
		out = append(out, string(run.AppendResult(nil, &row, true)))
	}
	return out
}

// redo goes on with what is in the store, as --resume does, or starts over what failed, as --retry-failed does.
func (m *memory) redo(retry bool) func(seq int64) engine.Redo {
	stored := map[int64]*run.Row{}
	for seq, row := range m.rows {
		stored[seq] = &row
	}
	return func(seq int64) engine.Redo {
		row := stored[seq]
		switch {
		case row == nil:
			return engine.Redo{Skip: retry}
		case retry && row.FailedSteps > 0:
			return engine.Redo{Row: row, Again: true}
		case !retry && row.State == run.Active:
			return engine.Redo{Row: row}
		}
		return engine.Redo{Skip: true}
	}
}

// checkTotals compares a store's totals with the sum of its rows.
func (m *memory) checkTotals(t *testing.T) {
	t.Helper()
	s := newSum()
	for _, row := range m.rows {
		result, err := row.Result()
		if err != nil {
			t.Fatal(err)
		}
		s.add(result)
	}
	want, got := s.totals(), m.totals
	equal(t, "the totals are not the sum of the rows", want, &got)
}

var errTest = errors.New("made to fail")
