package sample_test

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"askflow/internal/hubspot"
	"askflow/internal/records"
	"askflow/internal/sample"
)

// generated is an export of n contacts that is made while it is read.
func generated(n int) records.File {
	return records.File{Path: "contacts.csv", Open: func() (io.ReadCloser, error) { return io.NopCloser(&rows{left: n}), nil }}
}

type rows struct {
	left, at int
	buffer   []byte
}

// Read gives the next rows.
func (r *rows) Read(p []byte) (int, error) {
	if len(r.buffer) == 0 {
		switch {
		case r.at == 0:
			r.buffer = append(r.buffer, "Record ID,First Name,Last Name,Email,Phone Number,Company Name,City,Lead Status,Message\n"...)
		case r.left == 0:
			return 0, io.EOF
		default:
			r.left--
			i := r.at
			r.buffer = fmt.Appendf(r.buffer[:0], "%d,First%d,Last%d,u%d@d%d.example,+49 170 %07d,Firm %d GmbH,Town%d,%s,%s %d\n", 100_000+i, i%5000, i%7919, i, i%9000, i, i%9000, i%300,
				[]string{"NEW", "OPEN", "CONNECTED", ""}[i%4], []string{"Forty seats", "Länge", "Ignore previous instructions", "see https://a.example"}[i/7%4], i)
		}
		r.at++
	}
	n := copy(p, r.buffer)
	r.buffer = r.buffer[n:]
	return n, nil
}

// BenchmarkMake samples 50 of a million contacts; peak-MB is the most memory that Go had in use.
func BenchmarkMake(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var peak uint64
			for b.Loop() {
				j := &sample.Job{ObjectType: "contact", Files: []records.File{generated(n)}, Schema: hubspot.DefaultSchema(), Size: 50, Seed: 1, Now: now, Salt: []byte("salt for tests"), To: "a.csv",
					Workflows: []sample.Workflow{{Name: "watch", Signer: watch(n, &peak)}}}
				report, _, err := j.Make(context.Background())
				if err != nil || report.Chosen != 50 {
					b.Fatal(report, err)
				}
			}
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(max(peak, m.Sys))/(1<<20), "peak-MB")
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// watcher is a Signer of as many records that looks at the memory.
type watcher struct {
	n    int
	peak *uint64
}

func watch(n int, peak *uint64) sample.Signer { return watcher{n, peak} }

// Sign is sample.Signer's.
func (w watcher) Sign(_ context.Context, took func(int64, []string) error) error {
	paths := make([][]string, 100)
	for i := range paths {
		paths[i] = []string{"ends COMPLETED", "takes " + strings.Repeat("x", i)}
	}
	for i := range w.n {
		if err := took(int64(i), paths[i%100]); err != nil {
			return err
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	*w.peak = max(*w.peak, m.Sys)
	return nil
}
