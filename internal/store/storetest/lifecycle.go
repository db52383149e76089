package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"askflow/internal/run"
)

func testFinish(t *testing.T, s run.Store) {
	r := begin(t, s)
	r.Status, r.Ended, r.Totals = run.RunStopped, r.Created.Add(time.Minute), *totals(4)
	r.Error = &run.Error{Code: "insufficient_quota", Message: "The account has no credit.", Hint: "Buy some."}
	if err := s.Finish(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	got, err := s.Run(t.Context(), r.ID)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the finished run", got, r)
	if s.Commit(t.Context(), r.ID, []run.Row{NewRow(0)}, nil) == nil || s.Finish(t.Context(), r) == nil {
		t.Error("a finished run took a row, or finished again")
	}
	same(t, "rows", len(rows(t, s, r.ID, all)), 0)
	other := begin(t, s)
	if s.Finish(t.Context(), other) == nil {
		t.Error("a run finished as RUNNING")
	}
	other.Status = run.RunCompleted
	if err := s.Finish(t.Context(), other); err != nil || other.Ended.IsZero() {
		t.Errorf("finishing without a time gave %v and the time %v", err, other.Ended)
	}
}

func testReopen(t *testing.T, s run.Store) {
	for _, status := range []run.Status{run.RunInterrupted, run.RunStopped, run.RunCompleted} {
		r := begin(t, s)
		commit(t, s, r.ID, totals(1), NewRow(0))
		r.Totals, r.Error = *totals(1), &run.Error{Code: "x", Message: "y"}
		r.Status, r.Ended = status, time.Now().Add(-time.Hour)
		if err := s.Finish(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		again, err := s.Reopen(t.Context(), r.ID)
		if err != nil {
			t.Fatalf("Reopen of %s: %v", status, err)
		}
		want := NewRun()
		want.ID, want.Status, want.Pid, want.Host, want.Totals = r.ID, run.RunRunning, r.Pid, r.Host, *totals(1)
		const idle = time.Hour
		if again.Idle < idle-time.Second || again.Idle > idle+time.Minute {
			t.Errorf("a run that ended an hour ago was idle for %s", again.Idle)
		}
		want.Idle = again.Idle
		same(t, "the reopened run", again, want)
		commit(t, s, r.ID, totals(2), NewRow(1))
		again.Totals = *totals(2)
		finish(t, s, again, run.RunCompleted)
		if last, err := s.Run(t.Context(), r.ID); err != nil || last.Idle != want.Idle {
			t.Errorf("when it had ended the run was idle for %v, before for %s; %v", last, want.Idle, err)
		}
		same(t, "rows", seqs(rows(t, s, r.ID, all)), []int64{0, 1})
	}
}

func testRunningIsBusy(t *testing.T, s run.Store) {
	r := begin(t, s)
	commit(t, s, r.ID, nil, NewRow(0))
	_, err := s.Reopen(t.Context(), r.ID)
	is(t, "Reopen", err, run.ErrBusy)
	is(t, "Delete", s.Delete(t.Context(), r.ID), run.ErrBusy)
	commit(t, s, r.ID, nil, NewRow(1))
	same(t, "rows", seqs(rows(t, s, r.ID, all)), []int64{0, 1})
}

func testDelete(t *testing.T, s run.Store) {
	var group []run.Row
	for i := range int64(5000) {
		group = append(group, NewRow(i))
	}
	for range 3 {
		r := begin(t, s)
		commit(t, s, r.ID, nil, group...)
		finish(t, s, r, run.RunCompleted)
	}
	if err := s.Delete(t.Context(), "r2"); err != nil {
		t.Fatal(err)
	}
	_, err := s.Run(t.Context(), "r2")
	is(t, "Run", err, run.ErrNotFound)
	is(t, "Rows", s.Rows(t.Context(), "r2", all, func(*run.Row) error { return nil }), run.ErrNotFound)
	is(t, "Delete again", s.Delete(t.Context(), "r2"), run.ErrNotFound)
	for _, id := range []string{"r1", "r3"} {
		same(t, "rows of "+id, len(rows(t, s, id, all)), len(group))
	}
}

func testCancelled(t *testing.T, s run.Store) {
	r := begin(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	is(t, "Begin", s.Begin(ctx, NewRun()), context.Canceled)
	is(t, "Commit", s.Commit(ctx, r.ID, []run.Row{NewRow(0)}, totals(1)), context.Canceled)
	done := *r
	done.Status = run.RunCompleted
	is(t, "Finish", s.Finish(ctx, &done), context.Canceled)
	is(t, "Delete", s.Delete(ctx, r.ID), context.Canceled)
	_, err := s.Runs(ctx)
	is(t, "Runs", err, context.Canceled)
	_, err = s.Run(ctx, r.ID)
	is(t, "Run", err, context.Canceled)
	is(t, "Rows", s.Rows(ctx, r.ID, all, func(*run.Row) error { return nil }), context.Canceled)
	is(t, "Done", s.Done(ctx, r.ID, func(int64, run.State, bool) error { return nil }), context.Canceled)
	got, err := s.Run(t.Context(), r.ID)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the run", got, r)
	same(t, "rows", len(rows(t, s, r.ID, all)), 0)
	commit(t, s, r.ID, nil, NewRow(0)) // and the store still works
}

func testReadersSeeWholeGroups(t *testing.T, s run.Store) {
	const groups, size = 40, 25
	r := begin(t, s)
	stop, results := make(chan struct{}), make(chan error, 3)
	for range cap(results) {
		go func() {
			for {
				select {
				case <-stop:
					results <- nil
					return
				default:
				}
				n := 0
				err := s.Rows(context.Background(), r.ID, all, func(*run.Row) error { n++; return nil })
				if err == nil && n%size != 0 {
					err = errors.New("a reader saw a part of a group")
				}
				if err != nil {
					results <- err
					return
				}
			}
		}()
	}
	for g := range int64(groups) {
		var group []run.Row
		for i := range int64(size) {
			group = append(group, NewRow(g*size+i))
		}
		commit(t, s, r.ID, totals(g*size+size), group...)
	}
	close(stop)
	for range cap(results) {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	same(t, "rows", len(rows(t, s, r.ID, all)), groups*size)
}

func testBadRow(t *testing.T, s run.Store) {
	r := begin(t, s)
	for _, seq := range []int64{-1, -1 << 63, 1<<63 - 1} {
		if s.Commit(t.Context(), r.ID, []run.Row{NewRow(0), {Seq: seq}}, totals(2)) == nil {
			t.Errorf("a row at place %d was taken", seq)
		}
	}
	if s.Begin(t.Context(), nil) == nil || s.Finish(t.Context(), nil) == nil {
		t.Error("no run was taken for a run")
	}
	same(t, "rows", len(rows(t, s, r.ID, all)), 0)
}
