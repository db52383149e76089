package records_test

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"askflow/internal/records"
)

// generated is a contacts file of n records of about 300 bytes that exists only while it is read.
type generated struct {
	n, at  int
	row    func(b []byte, i int) []byte
	buf    []byte
	offset int
	end    string
}

func (g *generated) Read(p []byte) (int, error) {
	for g.offset == len(g.buf) {
		if g.at > g.n {
			return 0, io.EOF
		}
		g.buf, g.offset = g.buf[:0], 0
		for len(g.buf) < 60_000 && g.at < g.n {
			g.buf = g.row(g.buf, g.at)
			g.at++
		}
		if g.at == g.n {
			g.buf = append(g.buf, g.end...)
			g.at++
		}
	}
	n := copy(p, g.buf[g.offset:])
	g.offset += n
	return n, nil
}

func (g *generated) Close() error { return nil }

const csvHeader = "Record ID,First Name,Last Name,Email,Phone Number,City,State/Region,Lifecycle Stage,Lead Status,Create Date,Message,Associated Company IDs\n"

func csvRow(b []byte, i int) []byte {
	return fmt.Appendf(b, "%d,Ada,Byron,ada.%d@analytical.example,+1 555-0101,London,Calif.,Lead,Attempted to Contact,2026-01-05 09:00,"+
		"We are looking for a difference engine that can be extended later on. Could you send us a price list and tell us when a visit would suit you? Best wishes,%d\n",
		50_000_000_000+i*7, i, 9000+i%500)
}

func quotedRow(b []byte, i int) []byte {
	return fmt.Appendf(b, "%d,Ada,Byron,ada.%d@analytical.example,+1 555-0101,London,Calif.,Lead,Attempted to Contact,2026-01-05 09:00,"+
		"\"We are looking for a \"\"difference engine\"\" that can be extended.\nCould you send us a price list, and tell us when a visit would suit you? Best wishes\",%d\n",
		50_000_000_000+i*7, i, 9000+i%500)
}

func jsonRow(b []byte, i int) []byte {
	return fmt.Appendf(b, `{"id":"%d","properties":{"firstname":"Ada","lastname":"Byron","email":"ada.%d@analytical.example","city":"London","state":"Calif.","lifecyclestage":"lead","createdate":"2026-01-05T09:00:00Z","message":"Could you send us a price list, and tell us when a visit would suit you?"},"associations":{"companies":{"results":[{"id":"%d","type":"contact_to_company"}]}}}`+"\n",
		50_000_000_000+i*7, i, 9000+i%500)
}

func big(path string, n int, row func([]byte, int) []byte) records.File {
	return records.File{Path: path, Open: func() (io.ReadCloser, error) {
		g := &generated{n: n, row: row}
		if strings.HasSuffix(path, ".csv") {
			g.buf = []byte(csvHeader)
		}
		return g, nil
	}}
}

func TestMemoryStaysBounded(t *testing.T) {
	const n = 100_000
	for _, tt := range []struct {
		name string
		file records.File
	}{
		{"CSV", big("contacts.csv", n, csvRow)},
		{"quoted CSV", big("contacts.csv", n, quotedRow)},
		{"JSON Lines", big("contacts.jsonl", n, jsonRow)},
	} {
		r := records.Open("contact", []records.File{tt.file}, records.Options{})
		var before, now runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		count := 0
		for {
			rec, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if rec.Get("lifecyclestage") != "lead" || len(rec.Associations) != 1 {
				t.Fatalf("%s: record %s is wrong", tt.name, rec.ID)
			}
			if count++; count%20_000 == 0 {
				runtime.GC()
				runtime.ReadMemStats(&now)
				if grown := int64(now.HeapAlloc) - int64(before.HeapAlloc); grown > 4<<20 {
					t.Fatalf("%s: after %d records the heap has grown by %d KiB", tt.name, count, grown>>10)
				}
			}
		}
		if count != n {
			t.Errorf("%s: read %d records, want %d", tt.name, count, n)
		}
	}
}

func BenchmarkCSV(b *testing.B)       { benchmarkReader(b, "contacts.csv", csvRow) }
func BenchmarkCSVQuoted(b *testing.B) { benchmarkReader(b, "contacts.csv", quotedRow) }
func BenchmarkJSONLines(b *testing.B) { benchmarkReader(b, "contacts.jsonl", jsonRow) }

func prepared(path string, row func([]byte, int) []byte) (records.File, int, int) {
	const n = 20_000
	var text []byte
	if strings.HasSuffix(path, ".csv") {
		text = append(text, csvHeader...)
	}
	for i := range n {
		text = row(text, i)
	}
	return textFile(path, string(text)), n, len(text)
}

func benchmarkReader(b *testing.B, path string, row func([]byte, int) []byte) {
	file, n, size := prepared(path, row)
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		r := records.Open("contact", []records.File{file}, records.Options{})
		for {
			_, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

func BenchmarkScan(b *testing.B) {
	file, n, size := prepared("contacts.csv", csvRow)
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		s, problems := records.Scan(b.Context(), "contact", []records.File{file}, records.Options{})
		if s.Records != n || problems.HasErrors() {
			b.Fatal(s.Records, problems)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
