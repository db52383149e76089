package testreport_test

import (
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/prompttest"
	"askflow/internal/testreport"
)

// manyCases gives the same case many times, a new record each, and always in the same place of memory.
type manyCases struct {
	n    int
	seen func(n int)
}

func (m manyCases) Each(fn func(*prompttest.CaseResult) error) error {
	c := htmlCase(0, 0, "gpt-6-luna", false)
	for i := range m.n {
		c.Record.ID = fmt.Sprint(i)
		if m.seen != nil {
			m.seen(i)
		}
		if err := fn(c); err != nil {
			return err
		}
	}
	return nil
}

func manyReport(n int, seen func(int)) *prompttest.Report {
	cell := &prompttest.CellReport{Cell: prompttest.Cell{Label: "as it is"}, Cases: int64(n), Passed: int64(n), PassRate: 1, CostUSD: "1", Results: manyCases{n, seen}}
	return &prompttest.Report{Passed: true, Totals: prompttest.Totals{Cases: int64(n), Passed: int64(n)}, Tests: []*prompttest.TestReport{{Name: "many", Passed: true, Cells: []*prompttest.CellReport{cell}}}}
}

type countBytes struct{ n int }

func (c *countBytes) Write(p []byte) (int, error) { c.n += len(p); return len(p), nil }

// TestHTMLStreams: while cases come, those before them are written; no more than a hundred and a buffer are in memory.
func TestHTMLStreams(t *testing.T) {
	t.Parallel()
	var out countBytes
	var at []int
	if err := testreport.HTML(&out, manyReport(10_000, func(n int) {
		if n%1000 == 0 {
			at = append(at, out.n)
		}
	}), htmlMeta()); err != nil {
		t.Fatal(err)
	}
	each := (out.n - at[1]) / 9000
	for i, n := range at {
		if least := i*1000*each - 200*each - 1<<17; n < least {
			t.Errorf("at case %d only %d bytes were written, %d could be", i*1000, n, least)
		}
	}
	root := htmlCheck(t, htmlPage(t, manyReport(250, nil)))
	var groups []string
	for _, g := range root.all("details", "hundred") {
		groups = append(groups, fmt.Sprint(g.children[0].words(), ": ", len(g.all("details", "case"))))
	}
	if diff := cmp.Diff([]string{"1 to 100: 100", "101 to 200: 100", "201 to 250: 50"}, groups); diff != "" {
		t.Error(diff)
	}
	if got := len(htmlCheck(t, htmlPage(t, manyReport(100, nil))).all("details", "hundred")); got != 0 {
		t.Errorf("a hundred cases make %d groups", got)
	}
}

func BenchmarkHTML10000Cases(b *testing.B) {
	r := manyReport(10_000, nil)
	var out countBytes
	if err := testreport.HTML(&out, r, htmlMeta()); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(out.n))
	b.ReportAllocs()
	for b.Loop() {
		if err := testreport.HTML(io.Discard, r, htmlMeta()); err != nil {
			b.Fatal(err)
		}
	}
}
