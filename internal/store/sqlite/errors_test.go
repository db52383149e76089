package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/run"
	"askflow/internal/store/sqlite"
	"askflow/internal/store/storetest"
)

// raw opens the database's file past the store.
func raw(t testing.TB, dir string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, sqlite.FileName))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func sqlExec(t testing.TB, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// filled is a folder with a database of one finished run.
func filled(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	s := open(t, dir, sqlite.Options{})
	r := storetest.NewRun()
	if err := s.Begin(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), r.ID, group(0, 500, 2000), nil); err != nil {
		t.Fatal(err)
	}
	r.Status = run.RunCompleted
	if err := s.Finish(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// hasCode checks code, sentence and hint, and that a *run.Error is found.
func hasCode(t *testing.T, err error, code string, words ...string) {
	t.Helper()
	var e *sqlite.Error
	var forPeople *run.Error
	if !errors.As(err, &e) || e.Code != code || e.Hint == "" || !errors.As(err, &forPeople) || forPeople.Code != code {
		t.Fatalf("the error is %#v (%v), want code %s and a hint", err, err, code)
	}
	for _, w := range words {
		if !strings.Contains(e.Message, w) {
			t.Errorf("%q does not say %q", e.Message, w)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		prepare func(t *testing.T, dir string)
		code    string
		words   []string
	}{
		{"a newer database", func(t *testing.T, dir string) { sqlExec(t, raw(t, dir), "pragma user_version=7") }, sqlite.CodeNewer, []string{"version 7", "versions up to 1"}},
		{"another program's database", func(t *testing.T, dir string) { sqlExec(t, raw(t, dir), "pragma application_id=5") }, sqlite.CodeForeign, []string{sqlite.FileName}},
		{"a database without the mark", func(t *testing.T, dir string) { sqlExec(t, raw(t, dir), "pragma application_id=0") }, sqlite.CodeForeign, nil},
		{"a version below any", func(t *testing.T, dir string) { sqlExec(t, raw(t, dir), "pragma user_version=-1") }, sqlite.CodeCorrupt, nil},
		{"text", func(t *testing.T, dir string) {
			write(t, dir, []byte(strings.Repeat("This is a letter. ", 100)))
		}, sqlite.CodeCorrupt, []string{"damaged"}},
		{"a damaged first page", func(t *testing.T, dir string) {
			data := read(t, dir)
			for i := 100; i < 1000; i++ {
				data[i] = 0xff
			}
			write(t, dir, data)
		}, sqlite.CodeCorrupt, nil},
		{"a folder in the file's place", func(t *testing.T, dir string) {
			file := filepath.Join(dir, sqlite.FileName)
			if err := errors.Join(os.Remove(file), os.Mkdir(file, 0o700)); err != nil {
				t.Fatal(err)
			}
		}, sqlite.CodeUnreachable, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := filled(t)
			c.prepare(t, dir)
			_, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
			hasCode(t, err, c.code, c.words...)
			_, readErr := sqlite.OpenReader(t.Context(), dir, sqlite.Options{})
			hasCode(t, readErr, c.code, c.words...)
			if newer := c.code == sqlite.CodeNewer; errors.Is(err, run.ErrNewer) != newer || errors.Is(readErr, run.ErrNewer) != newer {
				t.Errorf("%v and %v are wrong about ErrNewer", err, readErr)
			}
		})
	}
}

func read(t *testing.T, dir string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, sqlite.FileName))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t *testing.T, dir string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, sqlite.FileName), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDamagedRows(t *testing.T) {
	t.Parallel()
	dir := filled(t)
	data := read(t, dir)
	const page = 16384 // SQLite cannot tell when only the middle of a page is damaged
	for i := len(data) / 2 / page * page; i < len(data); i++ {
		data[i] = 0xa5
	}
	write(t, dir, data)
	s := open(t, dir, sqlite.Options{})
	err := s.Rows(t.Context(), "r1", run.Query{AfterSeq: -1}, func(*run.Row) error { return nil })
	hasCode(t, err, sqlite.CodeCorrupt, "reading the results of run r1")
	hasCode(t, s.Delete(t.Context(), "r1"), sqlite.CodeCorrupt)
}

func TestStateFolderCannotBeMade(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, ".askflow"), "a\x00b"} {
		_, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
		hasCode(t, err, sqlite.CodeUnreachable, "state folder")
	}
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, sqlite.Options{MaxBytes: 2 << 20})
	r := storetest.NewRun()
	if err := s.Begin(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	var err error
	for r.Totals.Considered < 5000 {
		totals := r.Totals
		totals.Considered += 100
		if err = s.Commit(t.Context(), r.ID, group(r.Totals.Considered, 100, 2000), &totals); err != nil {
			break
		}
		r.Totals = totals
	}
	hasCode(t, err, sqlite.CodeFull, "no space left")
	n := int64(0)
	if err := s.Rows(t.Context(), r.ID, run.Query{AfterSeq: -1}, func(*run.Row) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	got, err := s.Run(t.Context(), r.ID)
	if err != nil || n == 0 || got.Totals.Considered != n || r.Totals.Considered != n {
		t.Errorf("the full database has %d rows and the run %+v, %v; %d were committed", n, got, err, r.Totals.Considered)
	}
	r.Status = run.RunStopped
	if err := s.Finish(t.Context(), r); err != nil {
		t.Errorf("a full disk keeps the run from finishing: %v", err)
	}
	if err := s.Delete(t.Context(), r.ID); err != nil {
		t.Fatal(err)
	}
	if err := s.Begin(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), r.ID, group(0, 100, 2000), nil); err != nil {
		t.Errorf("the space of a deleted run is not used again: %v", err)
	}
}

func TestLocked(t *testing.T) {
	t.Parallel()
	dir := filled(t)
	s := open(t, dir, sqlite.Options{BusyTimeout: time.Millisecond})
	other := raw(t, dir)
	sqlExec(t, other, "begin immediate")
	err := s.Begin(t.Context(), storetest.NewRun())
	hasCode(t, err, sqlite.CodeLocked, "1ms", dir)
	if !errors.Is(err, run.ErrBusy) {
		t.Errorf("%v is not ErrBusy", err)
	}
	if runs, err := s.Runs(t.Context()); err != nil || len(runs) != 1 {
		t.Errorf("reading beside a writer gives %v, %v", runs, err)
	}
	sqlExec(t, other, "rollback")
	if err := s.Begin(t.Context(), storetest.NewRun()); err != nil {
		t.Errorf("after the lock is gone: %v", err)
	}
}

func TestWaitingForTheLockEndsWithTheContext(t *testing.T) {
	t.Parallel()
	dir := filled(t)
	s := open(t, dir, sqlite.Options{BusyTimeout: time.Hour})
	other := raw(t, dir)
	sqlExec(t, other, "begin immediate")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := s.Begin(ctx, storetest.NewRun()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the error is %v, want the context's", err)
	}
	sqlExec(t, other, "rollback")
	if err := s.Begin(t.Context(), storetest.NewRun()); err != nil {
		t.Errorf("after the lock is gone: %v", err)
	}
}

func TestReadOnlyFolder(t *testing.T) {
	dir := filled(t)
	empty := t.TempDir()
	for _, c := range []struct {
		path string
		mode os.FileMode
	}{{filepath.Dir(dir), 0o755}, {filepath.Dir(empty), 0o755}, {filepath.Join(dir, sqlite.FileName), 0o444}, {dir, 0o555}, {empty, 0o555}} {
		if err := os.Chmod(c.path, c.mode); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(c.path, 0o755) })
	}
	withoutPrivileges(t, func() {
		_, err := sqlite.Open(context.Background(), filepath.Join(empty, ".askflow"), sqlite.Options{})
		hasCode(t, err, sqlite.CodeReadOnly, "may not be written")
		r, err := sqlite.OpenReader(context.Background(), dir, sqlite.Options{})
		if err != nil {
			t.Fatalf("reading in a read-only folder: %v", err)
		}
		n := 0
		if err := r.Rows(context.Background(), "last", run.Query{AfterSeq: -1}, func(*run.Row) error { n++; return nil }); err != nil || n != 500 {
			t.Errorf("reading in a read-only folder gives %d rows, %v", n, err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		s, err := sqlite.Open(context.Background(), dir, sqlite.Options{})
		if err == nil {
			err = s.Begin(context.Background(), storetest.NewRun())
			_ = s.Close()
		}
		hasCode(t, err, sqlite.CodeReadOnly, "may not be written")
	})
}

func TestReaderMakesNothing(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), ".askflow")
	r, err := sqlite.OpenReader(t.Context(), dir, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if runs, err := r.Runs(t.Context()); err != nil || len(runs) != 0 {
		t.Errorf("without a database there are %v, %v", runs, err)
	}
	none := func(*run.Row) error { return nil }
	for _, id := range []string{"last", "r1"} {
		_, err := r.Run(t.Context(), id)
		for what, err := range map[string]error{"Run": err, "Rows": r.Rows(t.Context(), id, run.Query{}, none),
			"Done": r.Done(t.Context(), id, func(int64, run.State, bool) error { return nil })} {
			if !errors.Is(err, run.ErrNotFound) {
				t.Errorf("%s of %s gives %v", what, id, err)
			}
		}
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the reader made the folder: %v", err)
	}

	// Once there is a database, the same reader sees it.
	s := open(t, dir, sqlite.Options{})
	if err := s.Begin(t.Context(), storetest.NewRun()); err != nil {
		t.Fatal(err)
	}
	if got, err := r.Run(t.Context(), "last"); err != nil || got.ID != "r1" || got.Status != run.RunRunning {
		t.Errorf("the reader sees %v, %v", got, err)
	}
	hasCode(t, r.Delete(t.Context(), "r1"), sqlite.CodeReadOnly)
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	_, err = r.Runs(t.Context())
	hasCode(t, err, sqlite.CodeClosed)
	for name, mode := range map[string]os.FileMode{"": 0o700 | os.ModeDir, sqlite.FileName: 0o600, sqlite.FileName + "-wal": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(fmt.Sprint(mode), fmt.Sprint(info.Mode())); diff != "" && filepath.Separator == '/' {
			t.Errorf("mode of %q (-want +got):\n%s", name, diff)
		}
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, sqlite.Options{})
	r := storetest.NewRun()
	if err := s.Begin(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), r.ID, group(0, 1, 100), nil); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	hasCode(t, s.Begin(t.Context(), r), sqlite.CodeClosed)
	hasCode(t, s.Commit(t.Context(), r.ID, nil, nil), sqlite.CodeClosed)
	hasCode(t, s.Delete(t.Context(), r.ID), sqlite.CodeClosed)
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 1 {
		t.Errorf("after closing there are %v, %v; want the database only", files, err)
	}
	again := open(t, dir, sqlite.Options{})
	if got, err := again.Run(t.Context(), r.ID); err != nil || got.Status != run.RunInterrupted || got.Ended.IsZero() {
		t.Errorf("a run that was not finished reads %v, %v", got, err)
	}
}
