// Package storetest says by tests what a run.Store must do.
package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/run"
)

// Run runs the suite. open gives a store without runs and closes it when its test ends.
func Run(t *testing.T, open func(t *testing.T) run.Store) {
	t.Helper()
	for _, c := range []struct {
		name string
		test func(*testing.T, run.Store)
	}{
		{"a run comes back as it was begun", testBegin},
		{"ids are counted and never come back", testIDs},
		{"runs are listed newest first without flow", testRuns},
		{"what is not there is ErrNotFound", testNotFound},
		{"rows come back as they were committed", testRows},
		{"a later row takes the place of an earlier one", testReplace},
		{"rows come in input order", testOrder},
		{"a query selects", testQuery},
		{"the callback's error stops and comes back", testCallbackError},
		{"the callback may use the store", testCallbackWrites},
		{"done tells place, state and failure", testDone},
		{"a commit without totals keeps them", testCommitWithoutTotals},
		{"a finished run takes no more rows", testFinish},
		{"a finished run can be reopened", testReopen},
		{"a running run cannot be reopened or deleted", testRunningIsBusy},
		{"delete removes a run and its rows only", testDelete},
		{"a cancelled context changes nothing", testCancelled},
		{"readers see whole groups", testReadersSeeWholeGroups},
		{"rows that cannot be stored leave nothing", testBadRow},
		{"runs are listed in windows", testRunList},
		{"briefs say what is in the steps", testBriefs},
		{"briefs come in windows", testBriefWindows},
		{"briefs pass over places without rows", testBriefHoles},
		{"a record is found", testNear},
		{"windows of what is not there", testBrowseErrors},
		{"effects come in windows", testEffectPage},
		{"effects of big texts come in small pages", testEffectPageOfBigTexts},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, open(t))
		})
	}
}

// NewRun is a run with every member set that Begin stores.
func NewRun() *run.Run {
	berlin := time.FixedZone("", 3600)
	return &run.Run{
		Workflow: run.Workflow{File: "workflows/states.yaml", ID: "77", Name: "Clean up states"},
		Created:  time.Date(2026, 11, 23, 8, 30, 0, 123456789, time.UTC),
		Now:      time.Date(2026, 1, 5, 9, 0, 0, 0, berlin),
		Answers:  "scripted", Era: "responses", Seed: -42,
		Settings: json.RawMessage(`{"concurrency":16}`),
		Flow:     json.RawMessage(`{"type":"CONTACT_FLOW","actions":[]}`),
		Inputs:   map[string]string{"records/contacts.csv": "9f86d0", "responses/a.yaml": "60303a"},
		Totals:   run.Totals{Enrollments: map[run.State]int64{}, Effects: map[string]int64{}, CostUSD: "0"},
	}
}

// NewRow is a row as the engine makes them, for the record at this place of the input.
func NewRow(seq int64) run.Row {
	start := time.Date(2026, 1, 5, 9, 0, 0, 0, time.FixedZone("", 3600))
	return run.Row{
		Seq: seq, Record: run.RecordRef{ObjectType: "contact", ID: fmt.Sprint(100 + seq), Name: "Ada Byron"},
		State: run.Completed, Started: start, Ended: start.Add(1500 * time.Millisecond),
		Steps: []byte(`[{"actionId":"1","actionTypeId":"1-900001","state":"SUCCESS"}]`), Effects: []byte(`[]`), Asks: 1, CostUSD: "0.0000345",
	}
}

func begin(t *testing.T, s run.Store) *run.Run {
	t.Helper()
	r := NewRun()
	if err := s.Begin(t.Context(), r); err != nil {
		t.Fatalf("Begin: %v", err)
	}
	return r
}

func commit(t *testing.T, s run.Store, id string, totals *run.Totals, rows ...run.Row) {
	t.Helper()
	if err := s.Commit(t.Context(), id, rows, totals); err != nil {
		t.Fatalf("Commit: %v", err)
	}
}

func finish(t *testing.T, s run.Store, r *run.Run, status run.Status) {
	t.Helper()
	r.Status = status
	if err := s.Finish(t.Context(), r); err != nil {
		t.Fatalf("Finish: %v", err)
	}
}

func rows(t *testing.T, s run.Reader, id string, q run.Query) []run.Row {
	t.Helper()
	var list []run.Row
	if err := s.Rows(t.Context(), id, q, func(r *run.Row) error { list = append(list, *r); return nil }); err != nil {
		t.Fatalf("Rows: %v", err)
	}
	return list
}

func seqs(list []run.Row) []int64 {
	var out []int64
	for _, r := range list {
		out = append(out, r.Seq)
	}
	return out
}

var all = run.Query{AfterSeq: -1}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func is(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: the error is %v, want %v", what, got, want)
	}
}

func testBegin(t *testing.T, s run.Store) {
	r := begin(t, s)
	if r.ID != "r1" || r.Status != run.RunRunning || r.Pid != os.Getpid() {
		t.Errorf("begun as id %q, status %s, pid %d; want r1, RUNNING and this process", r.ID, r.Status, r.Pid)
	}
	want := NewRun()
	want.ID, want.Status, want.Pid, want.Host = "r1", run.RunRunning, os.Getpid(), r.Host
	got, err := s.Run(t.Context(), "r1")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the stored run", got, want)
	last, err := s.Run(t.Context(), "last")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the last run", last, want)
}

func testIDs(t *testing.T, s run.Store) {
	for _, want := range []string{"r1", "r2"} {
		r := begin(t, s)
		same(t, "id", r.ID, want)
		finish(t, s, r, run.RunCompleted)
	}
	if err := s.Delete(t.Context(), "r2"); err != nil {
		t.Fatal(err)
	}
	same(t, "id after a delete", begin(t, s).ID, "r3")
}

func testRuns(t *testing.T, s run.Store) {
	list, err := s.Runs(t.Context())
	if err != nil || len(list) != 0 {
		t.Fatalf("a new store lists %v, %v", list, err)
	}
	for range 3 {
		finish(t, s, begin(t, s), run.RunCompleted)
	}
	if list, err = s.Runs(t.Context()); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, r := range list {
		ids = append(ids, r.ID)
		if r.Flow != nil {
			t.Errorf("run %s is listed with its flow", r.ID)
		}
		same(t, "inputs", r.Inputs, NewRun().Inputs)
	}
	same(t, "order", ids, []string{"r3", "r2", "r1"})
}

func testNotFound(t *testing.T, s run.Store) {
	ctx := t.Context()
	none := func(*run.Row) error { return nil }
	_, err := s.Run(ctx, "last")
	is(t, "Run last of nothing", err, run.ErrNotFound)
	finish(t, s, begin(t, s), run.RunCompleted)
	for _, id := range []string{"r2", "", "r", "1", "r0", "r-1", "r01", "R1", "r1 ", "r9223372036854775807", "r99999999999999999999", "r1;drop table runs"} {
		_, err := s.Run(ctx, id)
		is(t, "Run "+id, err, run.ErrNotFound)
		_, err = s.Reopen(ctx, id)
		is(t, "Reopen "+id, err, run.ErrNotFound)
		is(t, "Rows "+id, s.Rows(ctx, id, all, none), run.ErrNotFound)
		is(t, "Done "+id, s.Done(ctx, id, func(int64, run.State, bool) error { return nil }), run.ErrNotFound)
		is(t, "Delete "+id, s.Delete(ctx, id), run.ErrNotFound)
		is(t, "Commit "+id, s.Commit(ctx, id, []run.Row{NewRow(0)}, nil), run.ErrNotFound)
		is(t, "Finish "+id, s.Finish(ctx, &run.Run{ID: id, Status: run.RunCompleted}), run.ErrNotFound)
	}
}

func testRows(t *testing.T, s run.Store) {
	r := begin(t, s)
	full := NewRow(0)
	full.State, full.Reason, full.FailedSteps, full.Asks, full.NoAnswer = run.Unenrolled, "goal", 3, 2, 1
	bare := run.Row{Seq: 1, State: run.NotEnrolled, Steps: []byte(`[]`), Effects: []byte(`[]`)}
	hostile := NewRow(2)
	hostile.Record = run.RecordRef{ObjectType: "2-123", ID: "'); drop table runs;--", Name: "a\x00b \xff\xfe \u202e ' \" ; ☃"}
	hostile.Reason = "\x00"
	hostile.Steps = []byte(`[{"reason":"a\u0000b"}]`)
	odd := NewRow(3)
	odd.Started = time.Date(12026, 1, 1, 0, 0, 0, 5, time.UTC)
	odd.Ended = time.Date(1890, 1, 1, 0, 0, 0, 0, time.FixedZone("LMT", 3208)).UTC()
	want := []run.Row{full, bare, hostile, odd}
	commit(t, s, r.ID, nil, want...)
	same(t, "rows", rows(t, s, r.ID, all), want)
	if _, err := s.Run(t.Context(), r.ID); err != nil {
		t.Errorf("after a hostile row: %v", err)
	}
}

func testReplace(t *testing.T, s run.Store) {
	r := begin(t, s)
	active := NewRow(1)
	active.State, active.Reason = run.Active, "waits"
	commit(t, s, r.ID, nil, NewRow(0), active, NewRow(2))
	other := NewRow(1)
	other.Reason = "first of the group"
	commit(t, s, r.ID, nil, other, NewRow(3), NewRow(1)) // the last one of a group counts
	same(t, "rows", rows(t, s, r.ID, all), []run.Row{NewRow(0), NewRow(1), NewRow(2), NewRow(3)})
}

func testOrder(t *testing.T, s run.Store) {
	r := begin(t, s)
	commit(t, s, r.ID, nil, NewRow(7), NewRow(2), NewRow(9))
	commit(t, s, r.ID, nil, NewRow(1<<39), NewRow(0), NewRow(8))
	same(t, "places", seqs(rows(t, s, r.ID, all)), []int64{0, 2, 7, 8, 9, 1 << 39})
}

func testQuery(t *testing.T, s run.Store) {
	r, other := begin(t, s), begin(t, s)
	const n = 1000 // more than any store should read at once
	var group []run.Row
	for i := range int64(n) {
		row := NewRow(i)
		row.State = run.States[i%int64(len(run.States))]
		row.FailedSteps = int(i % 10 / 9)
		row.Record.ID = fmt.Sprint(i % 250)
		group = append(group, row)
	}
	commit(t, s, r.ID, nil, group...)
	commit(t, s, other.ID, nil, NewRow(0))
	for _, c := range []struct {
		name string
		q    run.Query
		want func(run.Row) bool
	}{
		{"all", all, func(run.Row) bool { return true }},
		{"after", run.Query{AfterSeq: 990}, func(r run.Row) bool { return r.Seq > 990 }},
		{"after the last", run.Query{AfterSeq: n}, func(run.Row) bool { return false }},
		{"after everything", run.Query{AfterSeq: 1<<63 - 1}, func(run.Row) bool { return false }},
		{"before everything", run.Query{AfterSeq: -1 << 63}, func(run.Row) bool { return true }},
		{"limit", run.Query{AfterSeq: -1, Limit: 700}, func(r run.Row) bool { return r.Seq < 700 }},
		{"limit of one", run.Query{AfterSeq: 4, Limit: 1}, func(r run.Row) bool { return r.Seq == 5 }},
		{"record", run.Query{AfterSeq: -1, RecordID: "7"}, func(r run.Row) bool { return r.Record.ID == "7" }},
		{"no such record", run.Query{AfterSeq: -1, RecordID: "' or 1=1"}, func(run.Row) bool { return false }},
		{"state", run.Query{AfterSeq: -1, States: []run.State{run.GoalMet}}, func(r run.Row) bool { return r.State == run.GoalMet }},
		{"states", run.Query{AfterSeq: -1, States: []run.State{run.GoalMet, run.Active}}, func(r run.Row) bool { return r.State == run.GoalMet || r.State == run.Active }},
		{"failed", run.Query{AfterSeq: -1, Failed: true}, func(r run.Row) bool { return r.FailedSteps > 0 }},
		{"everything together", run.Query{AfterSeq: 8, Limit: 1, RecordID: "9", Failed: true, States: []run.State{run.NotEnrolled}}, func(r run.Row) bool { return r.Seq == 9 }},
	} {
		var want []run.Row
		for _, row := range group {
			if c.want(row) {
				want = append(want, row)
			}
		}
		same(t, c.name, seqs(rows(t, s, r.ID, c.q)), seqs(want))
	}
}

func testCallbackError(t *testing.T, s run.Store) {
	r := begin(t, s)
	commit(t, s, r.ID, nil, NewRow(0), NewRow(1))
	stop, calls := errors.New("stop"), 0
	//nolint:errorlint // the very same error
	if err := s.Rows(t.Context(), r.ID, all, func(*run.Row) error { calls++; return stop }); err != stop || calls != 1 {
		t.Errorf("Rows gave %v after %d calls", err, calls)
	}
	calls = 0
	//nolint:errorlint // the very same error
	if err := s.Done(t.Context(), r.ID, func(int64, run.State, bool) error { calls++; return stop }); err != stop || calls != 1 {
		t.Errorf("Done gave %v after %d calls", err, calls)
	}
}

func testCallbackWrites(t *testing.T, s run.Store) {
	r := begin(t, s)
	commit(t, s, r.ID, nil, NewRow(0), NewRow(1))
	seen := 0
	err := s.Rows(t.Context(), r.ID, all, func(row *run.Row) error {
		if seen++; seen > 2 {
			return nil // rows behind may or may not be seen
		}
		return s.Commit(t.Context(), r.ID, []run.Row{NewRow(row.Seq + 10)}, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "places", seqs(rows(t, s, r.ID, all)), []int64{0, 1, 10, 11})
}

func testDone(t *testing.T, s run.Store) {
	r := begin(t, s)
	var group []run.Row
	var want []string
	for i := range int64(10000) {
		row := NewRow(2 * i)
		row.State = run.States[i%int64(len(run.States))]
		row.FailedSteps = int(i % 3)
		group = append(group, row)
		want = append(want, fmt.Sprint(row.Seq, row.State, row.FailedSteps > 0))
	}
	commit(t, s, r.ID, nil, group...)
	var got []string
	err := s.Done(t.Context(), r.ID, func(seq int64, state run.State, failed bool) error {
		got = append(got, fmt.Sprint(seq, state, failed))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "done", got, want)
}

// totals has every member set.
func totals(considered int64) *run.Totals {
	return &run.Totals{Considered: considered, Enrollments: map[run.State]int64{run.Completed: considered}, Steps: 2, FailedSteps: 3,
		SkippedSteps: 4, Asks: 5, Attempts: 6, Retries: 7, FailedAsks: 8, NoAnswer: 9, InputTokens: 10, CachedTokens: 11, OutputTokens: 12,
		ReasoningTokens: 13, EstimatedUsage: true, CostUSD: "0.00012", UnknownPrice: 14, Effects: map[string]int64{"TASK": 15},
		Answers: map[string]int64{"CA": 1, "": 2}, Latency: histogram(0, 7, 1500), Tokens: histogram(165, 1<<40),
		Models: map[string]run.ModelTotals{"gpt-6-luna": {Asks: 5, FailedAsks: 1, InputTokens: 2, CachedTokens: 3, OutputTokens: 4, ReasoningTokens: 6, CostUSD: "0.00012"}}}
}

func histogram(values ...int64) (h run.Histogram) {
	for _, v := range values {
		h.Add(v)
	}
	return h
}

func testCommitWithoutTotals(t *testing.T, s run.Store) {
	r := begin(t, s)
	commit(t, s, r.ID, totals(1), NewRow(0))
	commit(t, s, r.ID, nil, NewRow(1))
	got, err := s.Run(t.Context(), r.ID)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "totals", &got.Totals, totals(1))
	commit(t, s, r.ID, totals(2))
	if got, err = s.Run(t.Context(), r.ID); err != nil {
		t.Fatal(err)
	}
	same(t, "totals of a commit without rows", &got.Totals, totals(2))
}
