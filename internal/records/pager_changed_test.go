package records_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/hubspot"
	"askflow/internal/records"
)

func onDisk(t testing.TB, name string, data []byte) (records.File, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return diskFile(name, path), path
}

func TestChangedFiles(t *testing.T) {
	t.Parallel()
	text := csvText(rand.New(rand.NewPCG(17, 18)), 1, 3000, "\n", "Rome Oslo")
	file, path := onDisk(t, "contacts.csv", []byte(text))
	other, _ := onDisk(t, "more.jsonl", []byte(`{"id":"x"}`))
	p := records.NewPager("contact", []records.File{file, other}, records.Options{})
	if n, err := p.CountAll(t.Context()); n != 3001 || err != nil || p.Count() != 3001 {
		t.Fatal(n, err)
	}
	page, err := p.Page(t.Context(), records.PageQuery{Limit: 2000})
	if err != nil || page.Next.Stamp != records.StampOf([]records.File{file, other}) {
		t.Fatal(err, page.Next)
	}
	beyond := page.Next
	beyond.Offset = 1 << 30
	if _, err := p.Page(t.Context(), records.PageQuery{From: beyond}); !errors.Is(err, records.ErrChanged) {
		t.Errorf("a cursor behind the file's end gives %v", err)
	}
	for i, change := range []func() error{
		func() error { return os.Chtimes(path, time.Time{}, time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)) },
		func() error { return os.WriteFile(path, []byte("id\n7\n"), 0o600) },
		func() error { return os.Remove(path) },
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		var changed *records.ChangedError
		_, err := p.Page(t.Context(), records.PageQuery{From: page.Next})
		if !errors.Is(err, records.ErrChanged) || !errors.As(err, &changed) || changed.File != "contacts.csv" || !strings.Contains(err.Error(), "go back") {
			t.Errorf("change %d: %v", i, err)
		}
		_, err = p.Page(t.Context(), records.PageQuery{From: page.Next, Backwards: true})
		if !errors.Is(err, records.ErrChanged) {
			t.Errorf("change %d, backwards: %v", i, err)
		}
		fresh, err := p.Page(t.Context(), records.PageQuery{Limit: 5000})
		if want := []int{3001, 2, 0}[i]; len(fresh.Records) != want || (err != nil) != (i == 2) || i < 2 && p.Count() != int64(want) {
			t.Errorf("change %d: then %d records, Count %d, %v", i, len(fresh.Records), p.Count(), err)
		}
		if page, err = p.Page(t.Context(), records.PageQuery{Limit: 1}); err != nil && i < 2 {
			t.Fatal(err)
		}
	}
}

// TestChangedWhileReading writes to a file between two blocks of it.
func TestChangedWhileReading(t *testing.T) {
	t.Parallel()
	file, path := onDisk(t, "contacts.csv", []byte(csvText(rand.New(rand.NewPCG(19, 20)), 1, 3000, "\n", "Rome Oslo")))
	p := records.NewPager("contact", []records.File{file}, records.Options{})
	n := 0
	_, err := p.Page(t.Context(), records.PageQuery{Filter: func(*hubspot.Record) bool {
		if n++; n == 10 {
			if err := os.WriteFile(path, []byte("id\n7,8\n"), 0o600); err != nil {
				t.Error(err)
			}
		}
		return false
	}})
	if !errors.Is(err, records.ErrChanged) {
		t.Errorf("the page gives %v", err)
	}
}

// TestStrangeCursors: a cursor may come from anywhere.
func TestStrangeCursors(t *testing.T) {
	t.Parallel()
	files := shapes(rand.New(rand.NewPCG(21, 22)), 1200)
	for _, name := range []string{"several files", "JSON pages", "UTF-16LE", "cannot be sought"} {
		p := records.NewPager("contact", files[name], records.Options{})
		page, err := p.Page(t.Context(), records.PageQuery{Limit: 500})
		if err != nil {
			t.Fatal(err)
		}
		want, _ := readAll(t, "contact", records.Options{}, files[name]...)
		rng := rand.New(rand.NewPCG(23, 24))
		for i := range 120 {
			c := page.Next
			if i%2 == 0 { // where the pager goes on learning
				if c, err = p.At(t.Context(), p.Known()); err != nil {
					t.Fatal(err)
				}
			}
			strange := []int64{-1, 0, 1, 3, 600, 1 << 20, 1 << 62, -1 << 63, 1<<63 - 1}
			for range 1 + rng.IntN(2) {
				v := strange[rng.IntN(len(strange))]
				switch rng.IntN(9) {
				case 0:
					c.File = int(v)
				case 1:
					c.Offset = v
				case 2:
					c.Place = v
				case 3:
					c.InFile = v
				case 4:
					c.Skip = v
				case 5:
					c.Line, c.Col = int(v), int(v)
				case 6:
					c.Mode = uint8(v)
				case 7:
					c.Columns = int(v)
				case 8:
					c.Offset += v % 100
				}
			}
			for _, back := range []bool{false, true} {
				_, _ = p.Page(t.Context(), records.PageQuery{From: c, Limit: 20, Backwards: back}) // any error will do
			}
		}
		got, err := p.Page(t.Context(), records.PageQuery{Limit: 10_000})
		if diff := cmp.Diff(show(want), show(got.Records)); err != nil || diff != "" {
			t.Errorf("%s: strange cursors have misled the pager: %v %s", name, err, diff)
		}
		if at, err := p.At(t.Context(), 1100); err != nil || at.Place != 1100 {
			t.Error(at, err)
		}
	}
}

func TestPagerEndsWithItsContext(t *testing.T) {
	t.Parallel()
	p := records.NewPager("contact", []records.File{big("contacts.csv", 50_000, csvRow)}, records.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	_, err := p.Page(ctx, records.PageQuery{Filter: func(*hubspot.Record) bool {
		if n++; n == 5000 {
			cancel()
		}
		return false
	}})
	if !errors.Is(err, context.Canceled) || n > 6000 || p.Count() != -1 || p.Known() < 4000 {
		t.Errorf("%v after %d records, %d known", err, n, p.Known())
	}
	for _, err := range []error{second(p.CountAll(ctx)), second(p.At(ctx, 9)), third(p.Find(ctx, "1"))} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled context gives %v", err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func third[T, U any](_ T, _ U, err error) error { return err }

func TestPagerServesMany(t *testing.T) {
	t.Parallel()
	files := shapes(rand.New(rand.NewPCG(25, 26)), 2600)["several files"]
	all, err := readAll(t, "contact", records.Options{}, files...)
	if err != nil {
		t.Fatal(err)
	}
	p := records.NewPager("contact", files, records.Options{})
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(27, uint64(i)))
			for range 15 {
				place := rng.Int64N(int64(len(all)))
				c, err := p.At(t.Context(), place)
				if err != nil {
					t.Error(err)
					return
				}
				page, err := p.Page(t.Context(), records.PageQuery{From: c, Limit: 3, Backwards: i%2 == 0})
				if err != nil || len(page.Records) > 0 && page.Records[0].ID != all[page.At].ID {
					t.Errorf("at %d: %v", place, err)
				}
			}
			if n, err := p.CountAll(t.Context()); n != int64(len(all)) || err != nil {
				t.Error(n, err)
			}
		})
	}
	wg.Wait()
}
