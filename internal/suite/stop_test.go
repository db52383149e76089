package suite_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/emulator"
	"askflow/internal/suite"
)

func TestFilter(t *testing.T) {
	t.Parallel()
	dir := clinic(t, map[string]string{"tests/second.yaml": "workflow: other\ncases: [{record: \"105\", expect: [enrolled: true]}]\n"})
	cases := map[string]struct {
		filter string
		cases  int64
		asks   int64
		passed bool
	}{
		"a test's name":   {"SECOND", 1, 0, true}, // the other test has no case then, and is none of those that ran
		"a record's id":   {"105", 2, 1, true},
		"a record's name": {"bo", 1, 1, true},
		"a case's name":   {"many SEATS", 1, 1, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := report(t, dir, suite.Options{Filter: c.filter})
			if r.Totals.Cases != c.cases || r.Totals.Asks != c.asks || r.Passed != c.passed {
				t.Errorf("%d cases, %d asks, passed %v: %v", r.Totals.Cases, r.Totals.Asks, r.Passed, r.Reasons)
			}
			for _, one := range r.Tests {
				if one.Cells[0].Cases == 0 || one.Coverage != nil {
					t.Errorf("%s is not left out, or something is said of what was reached", one.Name)
				}
			}
		})
	}
	if _, err := refusal(t, dir, suite.Options{Filter: "nobody is called that"}); err.Exit != emulator.ExitUsage || err.Message != `no case matches the filter "nobody is called that"` {
		t.Errorf("%s", told(err))
	}
}

// Of a refused cell no record is looked at: what the file names still tells whether the test is one of those that are wanted.
func TestFilterOverRefusedCells(t *testing.T) {
	t.Parallel()
	dir := clinic(t, nil)
	refused := matrix(t, "reasoning_effort=high", "temperature=0.7")
	if r := report(t, dir, suite.Options{Matrix: refused, Filter: "many seats"}); r.Passed || r.Totals.Refused != 1 {
		t.Errorf("%+v", r.Totals)
	}
	if _, err := refusal(t, dir, suite.Options{Matrix: refused, Filter: "nobody"}); err.Code != "no_case" {
		t.Errorf("%s", told(err))
	}
}

func TestFailFastStopsAtTheFirstFailure(t *testing.T) {
	t.Parallel()
	var first string
	for _, concurrency := range []int{1, 2, 64} {
		changes := flaky()
		changes["tests/later.yaml"] = "workflow: other\neach: [state: COMPLETED]\n"
		r := report(t, clinic(t, changes), suite.Options{FailFast: true, Concurrency: concurrency, Matrix: matrix(t, "temperature=0,0.7"), Names: []string{"grade", "later"}})
		if r.Passed || r.Totals.Failed != 1 || len(r.Tests[0].Cells) != 1 || r.Tests[0].Coverage != nil {
			t.Fatalf("passed %v, %+v, %v", r.Passed, r.Totals, cellsOf(r))
		}
		if want := []string{"stopped at the first case that failed (test grade), in 1 of 4 cells"}; !cmp.Equal(want, r.Reasons) {
			t.Errorf("%v", r.Reasons)
		}
		if !cmp.Equal([]string{"later"}, r.NotRun) {
			t.Errorf("not run: %v", r.NotRun)
		}
		text := bytesOf(t, r)
		if first == "" {
			first = text
		}
		if diff := cmp.Diff(first, text); diff != "" {
			t.Errorf("concurrency %d: %s", concurrency, diff)
		}
	}
}

// A threshold allows failures: only a cell that stays under it ends the tests.
func TestFailFastHonoursThresholds(t *testing.T) {
	t.Parallel()
	changes := flaky()
	changes["tests/later.yaml"] = "workflow: other\neach: [state: COMPLETED]\n"
	dir := clinic(t, changes)
	opt := suite.Options{FailFast: true, Threshold: ptr(0.1), Matrix: matrix(t, "temperature=0,0.7"), Names: []string{"grade", "later"}}
	if r := report(t, dir, opt); !r.Passed || r.Totals.Failed == 0 || len(r.Tests) != 2 || len(r.NotRun) != 0 {
		t.Errorf("passed %v, %+v, not run %v", r.Passed, r.Totals, r.NotRun)
	}
	opt.Threshold = ptr(0.99)
	r := report(t, dir, opt)
	if r.Passed || len(r.Tests) != 1 || len(r.Tests[0].Cells) != 1 || r.Tests[0].Cells[0].Cases != 40 || !cmp.Equal([]string{"later"}, r.NotRun) {
		t.Errorf("passed %v, %v, not run %v", r.Passed, cellsOf(r), r.NotRun)
	}
	if want := []string{"stopped after the first cell that did not pass (test grade), in 1 of 4 cells"}; !cmp.Equal(want, r.Reasons) {
		t.Errorf("%v", r.Reasons)
	}
}
