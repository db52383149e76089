package sqlite_test

import (
	"os"
	"path/filepath"
	"testing"

	"askflow/internal/run"
	"askflow/internal/store/sqlite"
	"askflow/internal/store/storetest"
)

// fileSize is the size of the database after it was closed.
func fileSize(t *testing.T, dir string) int64 {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, sqlite.FileName))
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// twoRuns stores a run of 8 MB and one of two results, and closes the database.
func twoRuns(t *testing.T, dir string) (big, small string) {
	t.Helper()
	s, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ids := []string{}
	for i := range 2 {
		r := storetest.NewRun()
		if err := s.Begin(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		var seq int64
		if i == 0 {
			fill(t, s, dir, r.ID, &seq)
		} else if err := s.Commit(t.Context(), r.ID, group(0, 2, 100), nil); err != nil {
			t.Fatal(err)
		}
		r.Status = run.RunCompleted
		if err := s.Finish(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, r.ID)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return ids[0], ids[1]
}

func rowsOf(t *testing.T, s run.Reader, id string) (n int) {
	t.Helper()
	if err := s.Rows(t.Context(), id, run.Query{AfterSeq: -1}, func(*run.Row) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

// A delete gives its space back to the disk, also in a file made before files could be shrunk in portions.
func TestDeleteGivesSpaceBack(t *testing.T) {
	t.Parallel()
	for name, older := range map[string]bool{"in portions": false, "a file of an older askflow": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			big, small := twoRuns(t, dir)
			if older {
				db := raw(t, dir)
				sqlExec(t, db, "pragma auto_vacuum=none")
				sqlExec(t, db, "vacuum")
				if err := db.Close(); err != nil {
					t.Fatal(err)
				}
			}
			if size := fileSize(t, dir); size < 8<<20 {
				t.Fatalf("the file has %d bytes before the delete", size)
			}
			s, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Delete(t.Context(), big); err != nil {
				t.Fatal(err)
			}
			if n := rowsOf(t, s, small); n != 2 {
				t.Errorf("the other run has %d results left, not 2", n)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if size := fileSize(t, dir); size > 1<<20 {
				t.Errorf("the file has %d bytes after the delete", size)
			}
		})
	}
}

// While somebody reads, a delete does not fail and does not wait: the file is shortened later.
func TestDeleteWhileSomebodyReads(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	big, small := twoRuns(t, dir)
	db := raw(t, dir)
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := tx.QueryRowContext(t.Context(), "select count(*) from enrollments").Scan(&n); err != nil {
		t.Fatal(err)
	}
	s, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(t.Context(), big); err != nil {
		t.Errorf("while somebody reads: %v", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	reader, err := sqlite.OpenReader(t.Context(), dir, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close() }()
	if n := rowsOf(t, reader, small); n != 2 {
		t.Errorf("the other run has %d results left, not 2", n)
	}
}
