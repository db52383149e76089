package sqlite_test

import (
	"errors"
	"os"
	"runtime"
	"testing"
	"time"

	"askflow/internal/run"
	"askflow/internal/store/sqlite"
	"askflow/internal/store/storetest"
)

// TestOwner makes a run look like other processes' and asks who is taken for living.
func TestOwner(t *testing.T) {
	t.Parallel()
	iso := func(ago time.Duration) string { return time.Now().Add(-ago).UTC().Format(time.RFC3339Nano) }
	for _, c := range []struct {
		name, change string
		args         []any
		alive        bool
		needsProc    bool
	}{
		{"this process", `update runs set pid = pid`, nil, true, false},
		{"an earlier process with this pid", `update runs set process = 'another boot:1'`, nil, false, true},
		{"the process above us", `update runs set pid = ?, process = ''`, []any{os.Getppid()}, true, false},
		{"an earlier process with the pid of the one above us", `update runs set pid = ?, process = 'another boot:1'`, []any{os.Getppid()}, false, true},
		{"no such process", `update runs set pid = 2147483646`, nil, false, false},
		{"no process at all", `update runs set pid = 0`, nil, false, false},
		{"a group of processes", `update runs set pid = -1`, nil, false, false},
		{"another host, just now", `update runs set host = 'elsewhere', updated = ?`, []any{iso(time.Minute)}, true, false},
		{"another host, long ago", `update runs set host = 'elsewhere', updated = ?`, []any{iso(time.Hour)}, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.needsProc && runtime.GOOS != "linux" && runtime.GOOS != "windows" {
				t.Skip("this system does not tell when a process started")
			}
			dir := t.TempDir()
			s := open(t, dir, sqlite.Options{})
			if err := s.Begin(t.Context(), storetest.NewRun()); err != nil {
				t.Fatal(err)
			}
			sqlExec(t, raw(t, dir), c.change, c.args...)
			want := run.RunInterrupted
			if c.alive {
				want = run.RunRunning
			}
			got, err := s.Run(t.Context(), "r1")
			if err != nil || got.Status != want {
				t.Errorf("the run reads %v, %v; want %s", got, err, want)
			}
			list, err := s.Runs(t.Context())
			if err != nil || len(list) != 1 || list[0].Status != want {
				t.Errorf("the run is listed as %v, %v; want %s", list, err, want)
			}
			if _, err = s.Reopen(t.Context(), "r1"); errors.Is(err, run.ErrBusy) != c.alive || err != nil != c.alive {
				t.Errorf("Reopen gives %v", err)
			}
		})
	}
}

// TestTakenOver: who lost a run to another cannot write it any more.
func TestTakenOver(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, second := open(t, dir, sqlite.Options{}), open(t, dir, sqlite.Options{})
	r := storetest.NewRun()
	if err := first.Begin(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	sqlExec(t, raw(t, dir), `update runs set pid = 2147483646`)
	if _, err := second.Reopen(t.Context(), r.ID); err != nil {
		t.Fatal(err)
	}
	hasCode(t, first.Commit(t.Context(), r.ID, group(0, 3, 100), nil), sqlite.CodeNotOpen, "r1")
	r.Status = run.RunCompleted
	hasCode(t, first.Finish(t.Context(), r), sqlite.CodeNotOpen, "r1")
	if err := second.Commit(t.Context(), r.ID, group(0, 1, 100), nil); err != nil {
		t.Error(err)
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	got, err := second.Run(t.Context(), r.ID)
	if err != nil || got.Status != run.RunRunning {
		t.Errorf("after the loser closed, the run reads %v, %v", got, err)
	}
	n := 0
	if err := second.Rows(t.Context(), r.ID, run.Query{AfterSeq: -1}, func(*run.Row) error { n++; return nil }); err != nil || n != 1 {
		t.Errorf("there are %d rows, %v", n, err)
	}
}

func TestBeginSettlesTheDead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, sqlite.Options{})
	if err := s.Begin(t.Context(), storetest.NewRun()); err != nil {
		t.Fatal(err)
	}
	db := raw(t, dir)
	sqlExec(t, db, `update runs set pid = 2147483646`)
	if err := s.Begin(t.Context(), storetest.NewRun()); err != nil {
		t.Fatal(err)
	}
	if got := table(t, db, `select id, status, ended = updated as ended, owner = '' as free from runs order by id`); got !=
		"id | status | ended | free\n1 | INTERRUPTED | 1 | 1\n2 | RUNNING |  | 0\n" {
		t.Errorf("the runs are\n%s", got)
	}
}

func TestDurable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		answers string
		durable bool
		want    int
	}{{"scripted", false, 1}, {"replay", false, 1}, {"live", false, 2}, {"record", false, 2}, {"scripted", true, 2}} {
		s := open(t, t.TempDir(), sqlite.Options{Durable: c.durable})
		r := storetest.NewRun()
		r.Answers = c.answers
		if err := s.Begin(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		r.Status = run.RunCompleted
		if err := s.Finish(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		other := storetest.NewRun() // in between, one that need not wait for the disk
		if err := s.Begin(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Reopen(t.Context(), r.ID); err != nil {
			t.Fatal(err)
		}
		if err := s.Commit(t.Context(), other.ID, group(0, 1, 100), nil); err != nil {
			t.Fatal(err)
		}
		if err := s.Commit(t.Context(), r.ID, group(0, 1, 100), nil); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Synchronous(t.Context()); err != nil || got != c.want {
			t.Errorf("a commit of %s answers, durable %t, is at level %d, %v; want %d", c.answers, c.durable, got, err, c.want)
		}
	}
}
