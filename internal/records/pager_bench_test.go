package records_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/hubspot"
	"askflow/internal/records"
)

// TestIndexStaysSmall: less than 16 bytes for a thousand records.
func TestIndexStaysSmall(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]records.File{"CSV": big("contacts.csv", 100_000, quotedRow), "JSON": big("contacts.jsonl", 50_000, jsonRow)} {
		p := records.NewPager("contact", []records.File{file}, records.Options{})
		n, err := p.CountAll(t.Context())
		if size := p.IndexSize(); err != nil || n < 50_000 || size == 0 || int64(size) > n/1000*16 {
			t.Errorf("%s: %d bytes for %d records, %v", name, size, n, err)
		}
	}
}

// FuzzPager compares pages of a hostile file with what a Reader gives.
func FuzzPager(f *testing.F) {
	for _, seed := range []string{"Record ID,First Name\n1,Ada\n2,B\xf6\n3,c\n", "\xff\xfei\x00d\x00\n\x001\x00\n\x002\x00\x0a\x00\x3d\xd8", "id,x\n1,Köln\n2,\xff\n3,\"a\n\n\"\"\"\n4", "id,x\n1,\"a"} {
		f.Add("c.csv", seed, uint8(1))
	}
	for _, seed := range []string{`[{"id":"1"},{"id":"2","properties":{"é":"1"}},{"id":"3"}]`, "{\"id\":\"1\"}\n{\"id\":\"2\"}", `{"results":[{"id":1},{"id":2}],"paging":null}{"id":"3"}[{"id":4}]`, `[{"id":"1"} {"id":"2"}]`} {
		f.Add("c.json", seed, uint8(2))
	}
	f.Fuzz(func(t *testing.T, path, text string, limit uint8) {
		file := bytesFile(path, []byte(text))
		want, wantErr := readAll(t, "contact", records.Options{}, file)
		p := records.NewPager("contact", []records.File{file}, records.Options{})
		var got []*hubspot.Record
		var err error
		for c, more := (records.Cursor{}), true; more && err == nil; {
			var page records.Page
			page, err = p.Page(t.Context(), records.PageQuery{From: again(t, c), Limit: 1 + int(limit%4)})
			got = append(got, page.Records...)
			c, more = page.Next, page.More
		}
		sameError(t, wantErr, err)
		if diff := cmp.Diff(show(want), show(got)); diff != "" {
			t.Errorf("%q (-want +got): %s", text, diff)
		}
	})
}

// million is a CSV file of a million contacts on the disk.
func million(b *testing.B) records.File {
	b.Helper()
	path := filepath.Join(b.TempDir(), "contacts.csv")
	out, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	buf := []byte(csvHeader)
	for i := range 1_000_000 {
		if buf = csvRow(buf, i); len(buf) > 1<<20 || i == 999_999 {
			if _, err := out.Write(buf); err != nil {
				b.Fatal(err)
			}
			buf = buf[:0]
		}
	}
	if err := out.Close(); err != nil {
		b.Fatal(err)
	}
	return diskFile("contacts.csv", path)
}

// BenchmarkPages reads pages of 50 out of a million records.
func BenchmarkPages(b *testing.B) {
	file := million(b)
	page := func(b *testing.B, p *records.Pager, q records.PageQuery) {
		q.Limit = 50
		if page, err := p.Page(b.Context(), q); err != nil || len(page.Records) != 50 {
			b.Fatal(len(page.Records), err)
		}
	}
	p := records.NewPager("contact", []records.File{file}, records.Options{})
	middle, err := p.At(b.Context(), 654_321)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			page(b, records.NewPager("contact", []records.File{file}, records.Options{}), records.PageQuery{})
		}
	})
	b.Run("middle", func(b *testing.B) {
		for b.Loop() {
			page(b, p, records.PageQuery{From: middle})
		}
	})
	b.Run("middle of another pager", func(b *testing.B) {
		for b.Loop() {
			page(b, records.NewPager("contact", []records.File{file}, records.Options{}), records.PageQuery{From: middle})
		}
	})
	b.Run("before the middle", func(b *testing.B) {
		for b.Loop() {
			page(b, p, records.PageQuery{From: middle, Backwards: true})
		}
	})
	b.Run("count", func(b *testing.B) {
		for b.Loop() {
			if n, err := records.NewPager("contact", []records.File{file}, records.Options{}).CountAll(b.Context()); n != 1_000_000 || err != nil {
				b.Fatal(n, err)
			}
		}
	})
}
