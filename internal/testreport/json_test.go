package testreport_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"askflow/internal/prompttest"
	"askflow/internal/run"
	"askflow/internal/testreport"

	"github.com/google/go-cmp/cmp"
)

// readBack is the JSON of a report as somebody else would read it.
type readBack struct {
	Report struct {
		prompttest.Report
		Tests []struct {
			prompttest.TestReport
			Cells []struct {
				prompttest.CellReport
				OnlyFailures bool                     `json:"onlyFailures"`
				Results      []*prompttest.CaseResult `json:"results"`
			} `json:"cells"`
		} `json:"tests"`
	} `json:"report"`
}

func TestJSONHoldsEverything(t *testing.T) {
	t.Parallel()
	r := sampleReport()
	var back readBack
	dec := json.NewDecoder(bytes.NewReader(written(t, r, testreport.JSON)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r.Totals, back.Report.Totals); diff != "" {
		t.Errorf("totals differ (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(len(r.Baseline.Changes), len(back.Report.Baseline.Changes)); diff != "" || back.Report.Warnings[0].Code != "never_made" || len(back.Report.Reasons) != 2 {
		t.Errorf("baseline, warnings or reasons are not whole: %+v", back.Report.Report)
	}
	if len(back.Report.Tests) != len(r.Tests) {
		t.Fatalf("%d tests, want %d", len(back.Report.Tests), len(r.Tests))
	}
	for i, want := range r.Tests {
		got := back.Report.Tests[i]
		if got.Name != want.Name || len(got.Cells) != len(want.Cells) || got.Disagree != want.Disagree || len(got.Disagreements) != len(want.Disagreements) {
			t.Fatalf("the test %s came out as %+v", want.Name, got.TestReport)
		}
		for j, cell := range want.Cells {
			results := cell.Failures
			if cell.Results != nil {
				results = cell.Results.(slice)
			}
			if got.Cells[j].OnlyFailures != (cell.Results == nil && cell.Refused == nil) || got.Cells[j].Label != cell.Label || got.Cells[j].Cases != cell.Cases {
				t.Errorf("the cell %s came out as %+v", cell.Label, got.Cells[j].CellReport)
			}
			if len(got.Cells[j].Results) != len(results) {
				t.Errorf("the cell %s has %d results, want %d", cell.Label, len(got.Cells[j].Results), len(results))
				continue
			}
			for k, result := range results {
				if had := got.Cells[j].Results[k]; had.Record.ID != result.Record.ID || had.Passed != result.Passed || len(had.Asks) != len(result.Asks) || len(had.Failures) != len(result.Failures) {
					t.Errorf("the cell %s has as result %d %+v", cell.Label, k, had)
				}
			}
		}
	}
}

// TestJSONLists holds lists to being lists where they are empty.
func TestJSONLists(t *testing.T) {
	t.Parallel()
	r := &prompttest.Report{Baseline: &prompttest.Baseline{}, Tests: []*prompttest.TestReport{{Coverage: &prompttest.Coverage{}, Cells: []*prompttest.CellReport{{Results: slice{{}}}}}, {}, nil}}
	for name, write := range map[string]func(io.Writer, *prompttest.Report) error{"json": testreport.JSON, "jsonl": testreport.JSONLines} {
		got := string(written(t, r, write))
		if strings.Contains(got, "null") {
			t.Errorf("%s has null for a list:\n%s", name, got)
		}
		if !strings.Contains(strings.ReplaceAll(got, " ", ""), `"asks":[]`) {
			t.Errorf("%s has no empty list of asks:\n%s", name, got)
		}
	}
	if got := string(written(t, &prompttest.Report{}, testreport.JSON)); !strings.Contains(got, `"tests": []`) {
		t.Errorf("a report without tests has no list of them:\n%s", got)
	}
}

func TestJSONLines(t *testing.T) {
	t.Parallel()
	lines := bytes.Split(bytes.TrimSpace(written(t, sampleReport(), testreport.JSONLines)), []byte("\n"))
	if len(lines) != 13 {
		t.Fatalf("%d lines, want 13: four cases in each of three cells, and one failure", len(lines))
	}
	var last struct {
		Test, Cell string
		prompttest.CaseResult
	}
	if err := json.Unmarshal(lines[12], &last); err != nil {
		t.Fatal(err)
	}
	if last.Test != "email-draft" || last.Cell != "as it is" || last.Record.ID != "101" || len(last.Failures) != 1 {
		t.Errorf("the last line is %s", lines[12])
	}
}

// broken is Results that end with an error.
type broken struct{}

var errBroken = errors.New("the database is locked")

func (broken) Each(func(*prompttest.CaseResult) error) error { return errBroken }

// full takes so many bytes and then no more.
type full int

func (f *full) Write(p []byte) (int, error) {
	if len(p) > int(*f) {
		return 0, io.ErrShortWrite
	}
	*f -= full(len(p))
	return len(p), nil
}

func TestErrorsArePassedOn(t *testing.T) {
	t.Parallel()
	for name, f := range forms() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole := len(written(t, f.report(), f.write))
			for _, room := range []int{0, whole / 2, whole - 1} {
				w := full(room)
				if err := f.write(&w, f.report()); !errors.Is(err, io.ErrShortWrite) {
					t.Errorf("with room for %d of %d bytes the error is %v", room, whole, err)
				}
			}
		})
	}
	r := &prompttest.Report{Tests: []*prompttest.TestReport{{Name: "states", Cells: []*prompttest.CellReport{{Results: broken{}}}}}}
	for name, write := range map[string]func(io.Writer, *prompttest.Report) error{"json": testreport.JSON, "jsonl": testreport.JSONLines, "junit": testreport.JUnit} {
		if err := write(io.Discard, r); !errors.Is(err, errBroken) || !strings.Contains(err.Error(), "states") {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}

// TestNothing holds every form to taking reports with nothing in them, or with holes.
func TestNothing(t *testing.T) {
	t.Parallel()
	for _, r := range []*prompttest.Report{nil, {}, {Tests: []*prompttest.TestReport{nil, {}, {Dimensions: []string{"model", "prompt@x"}, Cells: []*prompttest.CellReport{nil, {}, {Refused: &run.Error{}}},
		Disagreements: []prompttest.Disagreement{{Cells: []*prompttest.CellVerdict{nil, {}, nil, {Of: 1}}}}, Coverage: &prompttest.Coverage{Items: []prompttest.CoverItem{{}}}}}, Baseline: &prompttest.Baseline{Changes: []prompttest.BaselineChange{{}}}},
		{Tests: []*prompttest.TestReport{{Cells: []*prompttest.CellReport{{Failed: 3, Failures: []*prompttest.CaseResult{nil, {}, {Failures: []prompttest.Failure{{}}, Asks: []prompttest.AskResult{{}}}}}}}}}} {
		for name, f := range forms() {
			if got := written(t, r, f.write); len(got) == 0 && name != "jsonl" {
				t.Errorf("%s says nothing at all", name)
			}
		}
	}
}

// streamed gives n cases without keeping them.
type streamed int

func (m streamed) Each(fn func(*prompttest.CaseResult) error) error {
	c := sampleCase(prompttest.Cell{Model: "gpt-6-luna"}, 0, false)
	for i := range int(m) {
		c.Record.ID = fmt.Sprint(i)
		if err := fn(c); err != nil {
			return err
		}
	}
	return nil
}

func streamedReport(n int) *prompttest.Report {
	r := passedReport()
	r.Tests[0].Cells[0].Results = streamed(n)
	return r
}

// TestFlatMemory holds JSON to keeping no cases.
func TestFlatMemory(t *testing.T) { // not parallel: it measures
	grown := func(n int) uint64 {
		var before, after runtime.MemStats
		var most uint64
		runtime.GC()
		runtime.ReadMemStats(&before)
		w := writerFunc(func(p []byte) (int, error) {
			runtime.GC()
			runtime.ReadMemStats(&after)
			most = max(most, after.HeapAlloc)
			return len(p), nil
		})
		if err := testreport.JSON(w, streamedReport(n)); err != nil {
			t.Fatal(err)
		}
		return most - min(most, before.HeapAlloc)
	}
	grown(100)
	if few, lots := grown(200), grown(4000); lots > few+1<<20 {
		t.Errorf("200 cases take %d bytes, 4,000 take %d", few, lots)
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func BenchmarkWrite(b *testing.B) {
	for _, format := range testreport.Formats {
		b.Run(format, func(b *testing.B) {
			r := streamedReport(10_000)
			for b.Loop() {
				if err := testreport.Write(io.Discard, format, r, testreport.Meta{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
