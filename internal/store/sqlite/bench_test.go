package sqlite_test

import (
	"context"
	"database/sql/driver"
	"path/filepath"
	"testing"
	"time"

	modernc "modernc.org/sqlite"

	"askflow/internal/run"
	"askflow/internal/store/sqlite"
	"askflow/internal/store/storetest"
)

const (
	benchGroup = 128
	benchBytes = 2000
)

// BenchmarkCommit commits groups of results of 2 KB. "x-raw" is how many times the time of a raw insert of the same bytes
// (two columns, the same file settings, no database/sql) a result takes.
func BenchmarkCommit(b *testing.B) {
	s := open(b, b.TempDir(), sqlite.Options{})
	r := storetest.NewRun()
	if err := s.Begin(b.Context(), r); err != nil {
		b.Fatal(err)
	}
	rows := group(0, benchGroup, benchBytes)
	bytes := int64(len(rows[0].Steps) + len(rows[0].Effects))
	seq := int64(0)
	for b.Loop() {
		for i := range rows {
			rows[i].Seq = seq
			seq++
		}
		r.Totals.Considered = seq
		if err := s.Commit(b.Context(), r.ID, rows, &r.Totals); err != nil {
			b.Fatal(err)
		}
	}
	each := b.Elapsed() / time.Duration(max(1, seq))
	b.StopTimer()
	b.SetBytes(bytes * benchGroup)
	b.ReportMetric(float64(seq)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(each)/float64(rawInserts(b, int(min(seq, 200000)), string(rows[0].Steps))), "x-raw")
}

// rawInserts is the time that one insert of text takes without anything around it.
func rawInserts(b *testing.B, n int, text string) time.Duration {
	b.Helper()
	c, err := (&modernc.Driver{}).Open(filepath.Join(b.TempDir(), "raw.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	conn, ok := c.(interface {
		driver.ExecerContext
		driver.ConnPrepareContext
	})
	if !ok {
		b.Fatal("the driver's connection is not what it was")
	}
	ctx := context.Background()
	do := func(query string) {
		if _, err := conn.ExecContext(ctx, query, nil); err != nil {
			b.Fatalf("%s: %v", query, err)
		}
	}
	for _, query := range []string{"pragma page_size=16384", "pragma journal_mode=wal", "pragma synchronous=normal", "pragma wal_autocheckpoint=1024",
		"create table t (id integer primary key, text text)"} {
		do(query)
	}
	p, err := conn.PrepareContext(ctx, "insert into t values (?, ?)")
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	insert, ok := p.(driver.StmtExecContext)
	if !ok {
		b.Fatal("the driver's statement is not what it was")
	}
	args := []driver.NamedValue{{Ordinal: 1}, {Ordinal: 2, Value: text}}
	start := time.Now()
	for i := 0; i < n; {
		do("begin immediate")
		for range benchGroup {
			args[0].Value = int64(i)
			i++
			if _, err := insert.ExecContext(ctx, args); err != nil {
				b.Fatal(err)
			}
		}
		do("commit")
	}
	return max(1, time.Since(start)/time.Duration(max(1, n)))
}

// BenchmarkCommitOne commits one result at a time, as runs with live answers do, without and with waiting for the disk.
func BenchmarkCommitOne(b *testing.B) {
	for name, durable := range map[string]bool{"normal": false, "full": true} {
		b.Run(name, func(b *testing.B) {
			s := open(b, b.TempDir(), sqlite.Options{Durable: durable})
			r := storetest.NewRun()
			if err := s.Begin(b.Context(), r); err != nil {
				b.Fatal(err)
			}
			rows := group(0, 1, benchBytes)
			for b.Loop() {
				if err := s.Commit(b.Context(), r.ID, rows, &r.Totals); err != nil {
					b.Fatal(err)
				}
				rows[0].Seq++
			}
		})
	}
}

// BenchmarkRows reads 10,000 results of 2 KB, and what of them is done.
func BenchmarkRows(b *testing.B) {
	const n = 10000
	s := open(b, b.TempDir(), sqlite.Options{})
	r := storetest.NewRun()
	if err := s.Begin(b.Context(), r); err != nil {
		b.Fatal(err)
	}
	if err := s.Commit(b.Context(), r.ID, group(0, n, benchBytes), nil); err != nil {
		b.Fatal(err)
	}
	count := 0
	for name, read := range map[string]func() error{
		"rows": func() error {
			return s.Rows(b.Context(), r.ID, run.Query{AfterSeq: -1}, func(*run.Row) error { count++; return nil })
		},
		"done": func() error {
			return s.Done(b.Context(), r.ID, func(int64, run.State, bool) error { count++; return nil })
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				count = 0
				if err := read(); err != nil || count != n {
					b.Fatalf("%d rows, %v", count, err)
				}
			}
			b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
