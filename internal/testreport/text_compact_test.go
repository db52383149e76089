package testreport_test

import (
	"fmt"
	"strings"
	"testing"

	"askflow/internal/prompttest"
	"askflow/internal/report"
	"askflow/internal/run"
	"askflow/internal/source"
	"askflow/internal/testreport"
)

// portalReport is what a portal of many tests comes to: failing ones with many failed cases each, and workflows of which much was never
// reached.
func portalReport(tests, failing int) *prompttest.Report {
	r := &prompttest.Report{Totals: prompttest.Totals{Cases: 59 * int64(tests)}}
	for i := range tests {
		workflow := run.Workflow{File: fmt.Sprintf("workflows/w%d.yaml", i/2), Name: fmt.Sprintf("Workflow %d", i/2)}
		c := &prompttest.CellReport{Cell: prompttest.Cell{Label: "as it is"}, Cases: 59, Passed: 59, LatencyP90: 900}
		t := &prompttest.TestReport{Name: fmt.Sprintf("test-%d", i), File: fmt.Sprintf("tests/test-%d.yaml", i), Workflow: workflow, Passed: true, Threshold: 1, Cells: []*prompttest.CellReport{c},
			Coverage: &prompttest.Coverage{Covered: 1, Total: 41}}
		for n := range 40 {
			t.Coverage.Items = append(t.Coverage.Items, prompttest.CoverItem{Kind: prompttest.CoverRule, ID: fmt.Sprint(n)})
		}
		if i < failing {
			t.Passed = false
			for n := range 20 {
				failed := sampleCase(prompttest.Cell{Model: "gpt-6-luna"}, 0, true)
				failed.Record.ID = fmt.Sprint(1000 + n)
				failed.Asks[0].Prompt = strings.Repeat("a line\n", 50)
				c.Failures = append(c.Failures, failed)
			}
			c.Failed, c.Passed = 20, 39
		}
		r.Tests = append(r.Tests, t)
		r.Totals.Passed, r.Totals.Failed = r.Totals.Passed+c.Passed, r.Totals.Failed+c.Failed
	}
	return r
}

// A round over twelve tests, one of which failed, has room on a screen of 40 lines; so have rounds with more failures.
func TestCompactIsShort(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ tests, failing, cases int }{{12, 0, 0}, {12, 1, 3}, {12, 2, 6}, {6, 6, 6}} {
		r := portalReport(c.tests, c.failing)
		got := inText(t, r, report.Style{Width: 100}, testreport.TextOptions{Compact: true, Again: " --demo"})
		if n := strings.Count(got, "\n"); n > 48 || c.failing < 2 && n > 38 {
			t.Errorf("%d tests, %d of them failing, take %d lines:\n%s", c.tests, c.failing, n, got)
		}
		if n := strings.Count(got, "  ✗ 10"); n != c.cases || strings.Count(got, "      got       New York\n") != c.cases {
			t.Errorf("%d failed cases are shown of %d failing tests, want %d:\n%s", n, c.failing, c.cases, got)
		}
		if n := strings.Count(got, "Coverage  Workflow"); n != c.tests/2 || strings.Contains(got, "never reached") {
			t.Errorf("%d lines of coverage, want %d:\n%s", n, c.tests/2, got)
		}
		if c.failing < c.tests && !strings.Contains(got, fmt.Sprintf("\n✓ test-%d  59 of 59 · p90 900 ms\n", c.tests-1)) {
			t.Errorf("a test that passed is not one line:\n%s", got)
		}
		if c.failing > 0 && (!strings.Contains(got, "✗ test-0  39 of 59 · p90 900 ms\n") || !strings.Contains(got, "… and 17 more: --verbose shows all of them\n")) {
			t.Errorf("a test that failed says less than it should:\n%s", got)
		}
		whole := inText(t, r, report.Style{Width: 100}, testreport.TextOptions{Compact: true, Verbose: true})
		if whole != inText(t, r, report.Style{Width: 100}, testreport.TextOptions{Verbose: true}) {
			t.Error("compact changes what verbose shows")
		}
	}
}

// What stops many tests is said once; long lists of notes are cut; what did not run is named.
func TestCompactSaysThingsOnce(t *testing.T) {
	t.Parallel()
	r := &prompttest.Report{NotRun: []string{"a", "b", "c", "d", "e", "f"}, Reasons: []string{"one", "two", "three", "four", "five"}}
	for i := range 12 {
		r.Tests = append(r.Tests, &prompttest.TestReport{Name: fmt.Sprintf("test-%d", i), Error: &run.Error{Code: "bad_portal", Message: "portal.yaml:3:4 is broken"}})
		r.Warnings = append(r.Warnings, source.Problem{Severity: source.SeverityWarning, Message: fmt.Sprint("warning ", i)})
	}
	got := inText(t, r, report.Style{Width: 100}, testreport.TextOptions{Compact: true})
	for _, want := range []string{"✗ test-0, test-1, test-2 and 9 others stopped: portal.yaml:3:4 is broken\n", "not run  a, b, c and 3 others\n", "! warning 2\n… and 9 more warnings: --verbose shows all of them\n", "✗ three\n… and 2 more reasons: --verbose shows all of them\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %q:\n%s", want, got)
		}
	}
	if strings.Count(got, "is broken") != 1 {
		t.Errorf("one reason is said again and again:\n%s", got)
	}
}

// What tells cases of one record apart is never cut off.
func TestCompactTellsCasesApart(t *testing.T) {
	t.Parallel()
	r := sampleReport()
	r.Tests = r.Tests[:1]
	got := inText(t, r, report.Style{Width: 80}, testreport.TextOptions{Compact: true})
	for _, want := range []string{"… · repeats 1, 2 · gpt-6-luna, temperature 0.7\n", "… · repeats 1, 2 · gpt-5.4-mini, temperature 0\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %q:\n%s", want, got)
		}
	}
}
