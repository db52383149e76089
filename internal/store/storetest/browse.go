package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"askflow/internal/run"
)

// browser is the store as a screen sees it; the suite is for stores that are one.
func browser(t *testing.T, s run.Store) run.Browser {
	t.Helper()
	b, ok := s.(run.Browser)
	if !ok {
		t.Fatalf("%T is no run.Browser", s)
	}
	return b
}

// pages reads all briefs of a query in pages, and checks what every page promises.
func pages(t *testing.T, b run.Browser, id string, q run.BriefQuery) []run.Brief {
	t.Helper()
	var list []run.Brief
	for calls := 0; ; calls++ {
		page, err := b.Briefs(t.Context(), id, q)
		if err != nil {
			t.Fatalf("Briefs: %v", err)
		}
		if q.Limit > 0 && len(page.Briefs) > q.Limit || q.Scan > 0 && page.Scanned > q.Scan || page.More && page.Scanned == 0 || calls > 5000 {
			t.Fatalf("after %d calls a page of %+v has %d briefs, scanned %d, more %t", calls, q, len(page.Briefs), page.Scanned, page.More)
		}
		if list = append(list, page.Briefs...); !page.More {
			return list
		}
		if q.Backwards {
			q.BeforeSeq = page.Next
		} else {
			q.AfterSeq = page.Next
		}
	}
}

func places(list []run.Brief) []int64 {
	var out []int64
	for _, b := range list {
		out = append(out, b.Seq)
	}
	return out
}

// twenty begins r1 to r20, finishes all but the last, and deletes r7.
func twenty(t *testing.T, s run.Store) {
	t.Helper()
	for i := range 20 {
		r := NewRun()
		if r.Workflow.Name = "Grade leads"; i%4 == 0 {
			r.Workflow = run.Workflow{File: "workflows/odd.json", ID: "x5", Name: "Prüfe ÄPFEL"}
		}
		if err := s.Begin(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		if i < 19 {
			r.Totals = *totals(int64(i))
			finish(t, s, r, []run.Status{run.RunCompleted, run.RunStopped, run.RunInterrupted}[i%3])
		}
	}
	if err := s.Delete(t.Context(), "r7"); err != nil {
		t.Fatal(err)
	}
}

func testRunList(t *testing.T, s run.Store) {
	b := browser(t, s)
	list, err := b.RunList(t.Context(), run.RunQuery{})
	if n, countErr := b.RunCount(t.Context()); err != nil || countErr != nil || len(list) != 0 || n != 0 {
		t.Fatalf("a new store lists %v, %v and counts %d, %v", list, err, n, countErr)
	}
	twenty(t, s)
	for _, c := range []struct {
		name string
		q    run.RunQuery
		want string
	}{
		{"the newest", run.RunQuery{Limit: 3}, "r20 r19 r18"},
		{"all", run.RunQuery{}, "r20 r19 r18 r17 r16 r15 r14 r13 r12 r11 r10 r9 r8 r6 r5 r4 r3 r2 r1"},
		{"older ones, past a deleted one", run.RunQuery{Before: "r9", Limit: 3}, "r8 r6 r5"},
		{"older than one that is gone", run.RunQuery{Before: "r7", Limit: 1}, "r6"},
		{"newer ones next to it", run.RunQuery{After: "r4", Limit: 3}, "r8 r6 r5"},
		{"newer than the newest", run.RunQuery{After: "r20"}, ""},
		{"older than the oldest", run.RunQuery{Before: "r1"}, ""},
		{"between", run.RunQuery{After: "r4", Before: "r9", Limit: 2}, "r8 r6"},
		{"of a workflow", run.RunQuery{Workflow: "workflows/odd.json"}, "r17 r13 r9 r5 r1"},
		{"running", run.RunQuery{Statuses: []run.Status{run.RunRunning}}, "r20"},
		{"of two statuses", run.RunQuery{Statuses: []run.Status{run.RunRunning, run.RunStopped}, Limit: 2}, "r20 r17"},
		{"whose name says so", run.RunQuery{Text: "äpfel", Limit: 2}, "r17 r13"},
		{"by id", run.RunQuery{Text: "R19"}, "r19"},
		{"no such text", run.RunQuery{Text: "%"}, ""},
		{"everything together", run.RunQuery{Text: "prüfe", Before: "r17", Workflow: "workflows/odd.json", Statuses: []run.Status{run.RunCompleted}}, "r13 r1"},
	} {
		list, err := b.RunList(t.Context(), c.q)
		var ids []string
		for _, r := range list {
			ids = append(ids, r.ID)
			if r.Settings != nil || r.Flow != nil || r.Inputs != nil {
				t.Errorf("%s: run %s is listed with settings, flow or inputs", c.name, r.ID)
			}
		}
		if got := strings.Join(ids, " "); got != c.want || err != nil {
			t.Errorf("%s: %s, %v; want %s", c.name, got, err, c.want)
		}
	}
	if list, err = b.RunList(t.Context(), run.RunQuery{Before: "r20", Limit: 1}); err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	want, err := s.Run(t.Context(), "r19")
	if err != nil {
		t.Fatal(err)
	}
	want.Settings, want.Flow, want.Inputs = nil, nil, nil
	same(t, "a listed run", list[0], want)
	if n, err := b.RunCount(t.Context()); n != 19 || err != nil {
		t.Errorf("%d runs are counted, %v; want 19", n, err)
	}
}

// ask is a step that asked and got this answer.
func ask(id, answer string, latency int64) run.Step {
	s := run.Step{ActionID: id, ActionTypeID: "1-900001", State: run.Success, Outputs: map[string]string{"response": answer},
		Ask: &run.Ask{Assistant: "a", Model: "m", Protocol: "responses", Prompt: `say "` + answer + `"`, Response: &answer, Attempts: 1, LatencyMs: latency}}
	return s
}

func failed(id, code, message string) run.Step {
	return run.Step{ActionID: id, State: run.FailContinue, Error: &run.Error{Code: code, Message: message, Hint: "h"}, Ask: &run.Ask{Prompt: "p", Attempts: 3, LatencyMs: 77}}
}

func withSteps(seq int64, steps ...run.Step) run.Row {
	row := NewRow(seq)
	row.Steps, row.Asks, row.FailedSteps = run.AppendSteps(nil, steps), 0, 0
	for i := range steps {
		if steps[i].Ask != nil {
			row.Asks++
		}
		if steps[i].State == run.FailContinue {
			row.FailedSteps++
		}
	}
	return row
}

func testBriefs(t *testing.T, s run.Store) {
	r := begin(t, s)
	long := strings.Repeat("ä😀\"\\\n\x1b", 100000) // several pieces, however they are cut
	hostile := withSteps(3)
	hostile.Steps = []byte(`[{"state":"FAIL_CONTINUE","ask":{"response":"cut`)
	empty := withSteps(4)
	empty.Steps, empty.Record.Name, empty.NoAnswer, empty.CostUSD = nil, "\xff\x00", 2, ""
	odd := withSteps(5)
	odd.Steps = []byte(` [ { "ask" : {"latencyMs":1.5e3,"response":"\ud83d\ude00\ud83dx\u00zz"} } , {"ask":null,"outputs":{"ask":{"response":"no"},"\"":[{}]},"error":7} ] `)
	want := []run.Brief{
		{Seq: 0, Steps: 3, Asks: 2, Answer: "B", LatencyMs: 20},
		{Seq: 1, Steps: 3, Asks: 3, FailedSteps: 2, Answer: "kept", LatencyMs: 77, Problem: "rate_limit_exceeded", ProblemText: "OpenAI says \"no\"."},
		{Seq: 2, Steps: 2, Asks: 1, Answer: string([]rune(long)[:300]), LatencyMs: 9},
		{Seq: 3, Steps: 1},
		{Seq: 4, NoAnswer: 2},
		{Seq: 5},
	}
	commit(t, s, r.ID, nil,
		withSteps(0, ask("1", "A", 10), run.Step{ActionID: "2", State: run.Success}, ask("3", "B", 20)),
		withSteps(1, ask("1", "kept", 5), failed("2", "rate_limit_exceeded", `OpenAI says "no".`), failed("3", "other", "later")),
		withSteps(2, ask("1", long, 9), run.Step{ActionID: "2", State: run.Success}), hostile, empty, odd)
	got := pages(t, browser(t, s), r.ID, run.BriefQuery{AfterSeq: -1, BeforeSeq: -1})
	for i := range want {
		row := NewRow(int64(i))
		want[i].Record, want[i].State, want[i].CostUSD = row.Record, row.State, row.CostUSD
	}
	want[4].Record.Name, want[4].CostUSD = "\xff\x00", ""
	if len(got) == len(want) { // of what is no JSON only that it does no harm
		got[3].Answer, got[3].Steps = "", 1
		got[5].Steps, got[5].Answer, got[5].LatencyMs = 0, "", 0
	}
	same(t, "briefs", got, want)
	row, err := browser(t, s).Row(t.Context(), r.ID, 2)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the whole row", *row, rows(t, s, r.ID, run.Query{AfterSeq: 1, Limit: 1})[0])
}

const windowRows = 5000 // more than any store should read at once

// windowCase is a query and which of the rows of testBriefWindows it selects.
type windowCase struct {
	name string
	with func(q *run.BriefQuery)
	want func(i int64) bool
}

func windowCases() []windowCase {
	return []windowCase{
		{"all", func(*run.BriefQuery) {}, func(int64) bool { return true }},
		{"between", func(q *run.BriefQuery) { q.AfterSeq, q.BeforeSeq = 10, 60 }, func(i int64) bool { return i > 10 && i < 60 }},
		{"nothing between", func(q *run.BriefQuery) { q.AfterSeq, q.BeforeSeq = 60, 10 }, func(int64) bool { return false }},
		{"before the first", func(q *run.BriefQuery) { q.BeforeSeq = 0 }, func(int64) bool { return false }},
		{"beyond everything", func(q *run.BriefQuery) { q.AfterSeq, q.BeforeSeq = 1<<63-1, 1<<63-1 }, func(int64) bool { return false }},
		{"states", func(q *run.BriefQuery) { q.States = []run.State{run.GoalMet, run.Active} }, func(i int64) bool { return i%6 == 1 || i%6 == 4 }},
		{"failed", func(q *run.BriefQuery) { q.Failed = true }, func(i int64) bool { return i%10 == 9 }},
		{"asked", func(q *run.BriefQuery) { q.Asked = true }, func(i int64) bool { return i%10 != 8 }},
		{"of an action", func(q *run.BriefQuery) { q.Action = "3" }, func(i int64) bool { return i%10 < 8 && i%3 == 1 }},
		{"of an action's state", func(q *run.BriefQuery) { q.Action, q.ActionState = "2", run.Skipped }, func(i int64) bool { return i%10 < 8 && i%6 == 3 }},
		{"of a step's state", func(q *run.BriefQuery) { q.ActionState = run.FailContinue }, func(i int64) bool { return i%10 == 9 }},
		{"text in an answer", func(q *run.BriefQuery) { q.Text = "ANSWER no123" }, func(i int64) bool { return i%10 < 8 && (i == 123 || i/10 == 123) }},
		{"text in an id", func(q *run.BriefQuery) { q.Text = "Id4999" }, func(i int64) bool { return i == 4999 }},
		{"text in a name", func(q *run.BriefQuery) { q.Text = "GRÖSSE 7" }, func(i int64) bool { return false }},
		{"text in a name, other case", func(q *run.BriefQuery) { q.Text = "gRÖße 77" }, func(i int64) bool { return i%1000 == 77 || i%1000/10 == 77 }},
		{"text in a reason", func(q *run.BriefQuery) { q.Text = "äußerst RARE" }, func(i int64) bool { return i == 4321 }},
		{"text nowhere", func(q *run.BriefQuery) { q.Text = "response" }, func(i int64) bool { return false }},
		{"everything together", func(q *run.BriefQuery) {
			q.Text, q.Failed, q.Asked, q.Action, q.ActionState, q.States = "ID99", true, true, "1", run.FailContinue, []run.State{run.NotEnrolled}
		}, func(i int64) bool { return i == 99 || i == 999 }},
	}
}

func testBriefWindows(t *testing.T, s run.Store) {
	b := browser(t, s)
	r, other := begin(t, s), begin(t, s)
	const n = windowRows
	var group []run.Row
	for i := range int64(n) {
		row := withSteps(i, ask("1", fmt.Sprintf("Answer No%d", i), i), run.Step{ActionID: fmt.Sprint(2 + i%3), State: run.StepState([]string{"SUCCESS", "SKIPPED"}[i%2])})
		switch i % 10 {
		case 8:
			row = withSteps(i)
		case 9:
			row = withSteps(i, failed("1", "c", "m"))
		}
		row.State = run.States[i%6]
		row.Record.ID, row.Record.Name = fmt.Sprint("id", i), fmt.Sprint("Größe ", i%1000)
		if i == 4321 {
			row.Reason = "the ÄUẞERST rare reason"
		}
		group = append(group, row)
	}
	commit(t, s, r.ID, nil, group...)
	commit(t, s, other.ID, nil, NewRow(0), NewRow(1))
	q := run.BriefQuery{AfterSeq: -1, BeforeSeq: -1}
	for _, c := range windowCases() {
		var want []int64
		for i := range int64(n) {
			if c.want(i) {
				want = append(want, i)
			}
		}
		for _, size := range []struct {
			limit int
			scan  int64
		}{{0, 0}, {70, 777}} {
			page := q
			page.Limit, page.Scan = size.limit, size.scan
			c.with(&page)
			same(t, fmt.Sprint(c.name, " in pages of ", size), places(pages(t, b, r.ID, page)), want)
			if page.Backwards = true; size.limit == 0 {
				continue
			}
			got := places(pages(t, b, r.ID, page))
			slices.Reverse(got)
			same(t, fmt.Sprint(c.name, " backwards in pages of ", size), got, want)
		}
	}
	last, err := b.Briefs(t.Context(), "last", run.BriefQuery{AfterSeq: -1, BeforeSeq: -1, Limit: 1})
	if err != nil || len(last.Briefs) != 1 || !last.More || last.Next != 0 || last.Scanned != 1 {
		t.Errorf("the first row of the last run: %+v, %v", last, err)
	}
}

func testBriefHoles(t *testing.T, s run.Store) {
	r := begin(t, s)
	want := []int64{3, 4, 9000, 1 << 39, 1<<40 - 1}
	for _, seq := range want {
		commit(t, s, r.ID, nil, NewRow(seq))
	}
	same(t, "places", places(pages(t, browser(t, s), r.ID, run.BriefQuery{AfterSeq: -1, BeforeSeq: -1, Scan: 1})), want)
	got := places(pages(t, browser(t, s), r.ID, run.BriefQuery{AfterSeq: -1, BeforeSeq: -1, Scan: 2, Limit: 1, Backwards: true}))
	slices.Reverse(got)
	same(t, "places backwards", got, want)
}

func testNear(t *testing.T, s run.Store) {
	b := browser(t, s)
	r, other := begin(t, s), begin(t, s)
	twice := NewRow(7)
	twice.Record.ID = "103"
	commit(t, s, r.ID, nil, NewRow(0), NewRow(3), NewRow(5), twice)
	commit(t, s, other.ID, nil, NewRow(9))
	if seq, err := b.Near(t.Context(), r.ID, "103"); seq != 3 || err != nil {
		t.Errorf("the record is at %d, %v; want 3", seq, err)
	}
	for _, record := range []string{"109", "", "10", "' or 1=1"} {
		_, err := b.Near(t.Context(), r.ID, record)
		is(t, "Near "+record, err, run.ErrNoRow)
	}
	for _, seq := range []int64{-1, 1, 4, 8, 1<<40 - 1, 1 << 40, 1<<63 - 1, -1 << 63} {
		_, err := b.Row(t.Context(), r.ID, seq)
		is(t, fmt.Sprint("Row ", seq), err, run.ErrNoRow)
	}
	row, err := b.Row(t.Context(), "last", 9)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "a row", *row, NewRow(9))
}

func testBrowseErrors(t *testing.T, s run.Store) {
	b := browser(t, s)
	finish(t, s, begin(t, s), run.RunCompleted)
	for _, id := range []string{"r2", "", "r0", "r01", "r99999999999999999999", "r1;drop table runs"} {
		_, err := b.Briefs(t.Context(), id, run.BriefQuery{AfterSeq: -1, BeforeSeq: -1})
		is(t, "Briefs "+id, err, run.ErrNotFound)
		_, err = b.Row(t.Context(), id, 0)
		is(t, "Row "+id, err, run.ErrNotFound)
		_, err = b.Near(t.Context(), id, "1")
		is(t, "Near "+id, err, run.ErrNotFound)
		if id != "" {
			_, err = b.EffectPage(t.Context(), run.EffectQuery{Run: id})
			is(t, "EffectPage "+id, err, run.ErrNotFound)
		}
	}
	_, err := b.RunList(t.Context(), run.RunQuery{Before: "nonsense"})
	is(t, "RunList before nonsense", err, run.ErrNotFound)
	_, err = b.EffectPage(t.Context(), run.EffectQuery{After: run.EffectKey{Run: "nonsense"}})
	is(t, "EffectPage after nonsense", err, run.ErrNotFound)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = b.RunList(ctx, run.RunQuery{})
	is(t, "RunList", err, context.Canceled)
	_, err = b.RunCount(ctx)
	is(t, "RunCount", err, context.Canceled)
	_, err = b.Briefs(ctx, "r1", run.BriefQuery{AfterSeq: -1, BeforeSeq: -1})
	is(t, "Briefs", err, context.Canceled)
	_, err = b.Row(ctx, "r1", 0)
	is(t, "Row", err, context.Canceled)
	_, err = b.Near(ctx, "r1", "1")
	is(t, "Near", err, context.Canceled)
	_, err = b.EffectPage(ctx, run.EffectQuery{})
	is(t, "EffectPage", err, context.Canceled)
}
