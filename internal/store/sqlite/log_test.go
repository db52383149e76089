package sqlite_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/run"
	"askflow/internal/store/sqlite"
	"askflow/internal/store/storetest"
)

const smallLog = 24 << 20 // a checkpoint is at 16 MB

func logSize(t *testing.T, dir string) int64 {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, sqlite.FileName+"-wal"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if err != nil {
		return 0
	}
	return info.Size()
}

// fill commits 8 MB and returns the log's largest size meanwhile.
func fill(t *testing.T, s *sqlite.Store, dir, id string, seq *int64) (largest int64) {
	t.Helper()
	for range 8 {
		if err := s.Commit(t.Context(), id, group(*seq, 100, 10000), nil); err != nil {
			t.Fatal(err)
		}
		*seq += 100
		largest = max(largest, logSize(t, dir))
	}
	return largest
}

func TestLogStaysBounded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, sqlite.Options{BusyTimeout: time.Millisecond})
	r := storetest.NewRun()
	if err := s.Begin(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	var seq int64
	for range 3 {
		if got := fill(t, s, dir, r.ID, &seq); got > smallLog {
			t.Fatalf("the log grew to %d bytes", got)
		}
	}
	// A slow reader of ours does not hold the log.
	rows := 0
	err := s.Rows(t.Context(), r.ID, run.Query{AfterSeq: -1, Limit: 2}, func(*run.Row) error {
		if got := fill(t, s, dir, r.ID, &seq); got > smallLog {
			t.Errorf("while a reader took its time, the log grew to %d bytes", got)
		}
		rows++
		return nil
	})
	if err != nil || rows != 2 {
		t.Errorf("%d rows, %v", rows, err)
	}
	// Another program that sits on an old state does, until it lets go.
	other := raw(t, dir)
	sqlExec(t, other, "begin")
	table(t, other, "select count(*) from runs")
	for range 9 {
		fill(t, s, dir, r.ID, &seq)
	}
	if got := logSize(t, dir); got < 64<<20 {
		t.Fatalf("the other program did not hold the log: it has %d bytes", got)
	}
	sqlExec(t, other, "commit")
	fill(t, s, dir, r.ID, &seq)
	fill(t, s, dir, r.ID, &seq)
	if got := logSize(t, dir); got > smallLog {
		t.Errorf("after the other program let go, the log has %d bytes", got)
	}
}

func TestDeleteThatWasCutOff(t *testing.T) {
	t.Parallel()
	dir := filled(t)
	db := raw(t, dir)
	sqlExec(t, db, `update runs set status = 'DELETED'`)
	r, err := sqlite.OpenReader(t.Context(), dir, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if list, err := r.Runs(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("a run that is being deleted is listed: %v, %v", list, err)
	}
	if _, err := r.Run(t.Context(), "last"); !errors.Is(err, run.ErrNotFound) {
		t.Errorf("the last run is one that is being deleted: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	s := open(t, dir, sqlite.Options{})
	if got := table(t, db, `select (select count(*) from runs) as runs, (select count(*) from run_inputs) as inputs,
		(select count(*) from enrollments) as enrollments`); got != "runs | inputs | enrollments\n0 | 0 | 0\n" {
		t.Errorf("the rest was not removed:\n%s", got)
	}
	next := storetest.NewRun()
	if err := s.Begin(t.Context(), next); err != nil || next.ID != "r2" {
		t.Errorf("the next run is %s, %v", next.ID, err)
	}
}

// FuzzRow: whatever is in a row comes back, and the views bear it.
func FuzzRow(f *testing.F) {
	f.Add("contact", "101", "Ada Byron", "", "0.1", []byte(`[{"actionId":"1"}]`), int64(0), int64(0), int64(1767600000), 3600)
	f.Add("'); drop table runs;--", "\x00", "\xff\xfe", "\u2028", "-", []byte("[[[{"), int64(1)<<39, int64(-1), int64(1)<<40, 3208)
	f.Add("", "", "", "", "", []byte{}, int64(1)<<40-1, int64(999999999), int64(-1)<<40, -86399)
	dir := f.TempDir()
	s := open(f, dir, sqlite.Options{})
	r := storetest.NewRun()
	if err := s.Begin(f.Context(), r); err != nil {
		f.Fatal(err)
	}
	db := raw(f, dir)
	f.Fuzz(func(t *testing.T, objectType, id, name, reason, cost string, steps []byte, seq, nanos, seconds int64, offset int) {
		if len(steps) == 0 {
			steps = []byte("[]")
		}
		// 100,000 years either way are beyond what any clock here reaches.
		at := time.Unix(seconds%(1<<41), nanos%1e9).In(time.FixedZone("", offset%86400))
		want := run.Row{Seq: seq & (1<<40 - 1), Record: run.RecordRef{ObjectType: objectType, ID: id, Name: name}, State: run.Active, Reason: reason,
			CostUSD: cost, Steps: steps, Effects: steps, Started: at, Ended: at.Add(time.Hour), FailedSteps: 1, Asks: 2, NoAnswer: 3}
		if err := s.Commit(t.Context(), r.ID, []run.Row{want}, nil); err != nil {
			t.Fatal(err)
		}
		err := s.Rows(t.Context(), r.ID, run.Query{AfterSeq: want.Seq - 1, Limit: 1}, func(got *run.Row) error {
			if diff := cmp.Diff(want, *got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range views {
			table(t, db, "select * from "+v)
		}
		sqlExec(t, db, "delete from enrollments")
	})
}
