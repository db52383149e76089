package records_test

import (
	"runtime"
	"testing"

	"askflow/internal/hubspot"
	"askflow/internal/records"
	"askflow/internal/source"
)

// text180k is a contacts file of 180,000 records with one association each.
func text180k() (records.File, int) {
	const n = 180_000
	text := []byte(csvHeader)
	for i := range n {
		text = csvRow(text, i)
	}
	return textFile("contacts.csv", string(text)), n
}

func BenchmarkLoadNames(b *testing.B) {
	file, n := text180k()
	files := map[string][]records.File{"contact": {file}}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	b.ReportAllocs()
	var names *records.Names
	for b.Loop() {
		var problems source.Problems
		if names, problems = records.LoadNames(b.Context(), hubspot.DefaultSchema(), files, nil); problems.HasErrors() {
			b.Fatal(problems)
		}
	}
	b.StopTimer()
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/float64(n), "held-B/record")
	runtime.KeepAlive(names)
	runtime.KeepAlive(files)
}
