package testreport_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"askflow/internal/prompttest"
	"askflow/internal/report"
	"askflow/internal/run"
	"askflow/internal/testreport"
)

func inText(t testing.TB, r *prompttest.Report, style report.Style, opt testreport.TextOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := testreport.Text(&b, style, r, opt); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestTextFits holds every line to the width, and colours to changing nothing else.
func TestTextFits(t *testing.T) {
	t.Parallel()
	sgr := regexp.MustCompile("\x1b\\[[0-9;]*m")
	for _, width := range []int{60, 80, 100, 120, 200} {
		for _, opt := range []testreport.TextOptions{{}, {Verbose: true}, {Compact: true}} {
			style := report.Style{Width: width, Terminal: true}
			plain := inText(t, sampleReport(), style, opt)
			for line := range strings.Lines(plain) {
				line = strings.TrimSuffix(line, "\n")
				if n := report.Width(line); n > width {
					t.Errorf("a line is %d wide of %d: %s", n, width, line)
				}
				if strings.TrimRight(line, " ") != line {
					t.Errorf("a line ends in spaces: %q", line)
				}
			}
			style.Color = true
			colored := inText(t, sampleReport(), style, opt)
			if !strings.Contains(colored, "\x1b[1;31m") {
				t.Errorf("nothing is coloured at %d", width)
			}
			if stripped := regexp.MustCompile(` +\n`).ReplaceAllString(sgr.ReplaceAllString(colored, ""), "\n"); stripped != plain {
				t.Errorf("at %d colours change more than colours:\n%s", width, stripped)
			}
			if rest := sgr.ReplaceAllString(colored, ""); strings.ContainsAny(rest, "\x1b\u009b\x07") {
				t.Errorf("at %d more than colours reaches the terminal", width)
			}
		}
	}
}

// TestTextColumns holds narrow tables to naming the columns that they leave out, and to keeping the dimensions.
func TestTextColumns(t *testing.T) {
	t.Parallel()
	for width, want := range map[int]string{120: "TOKENS", 80: "no room for: tokens", 60: "no room for: tokens, p90, p50"} {
		got := inText(t, sampleReport(), report.Style{Width: width}, testreport.TextOptions{})
		if !strings.Contains(got, want) || !strings.Contains(got, "MODEL") || !strings.Contains(got, "TEMPERATURE") || !strings.Contains(got, "RATE") {
			t.Errorf("at %d there is no %q:\n%s", width, want, got[:1200])
		}
	}
}

// TestTextLimits holds the text to showing ten of each, some of every cell, and all of them where that is asked for.
func TestTextLimits(t *testing.T) {
	t.Parallel()
	r := sampleReport()
	test := r.Tests[0]
	r.Tests = r.Tests[:1]
	var split []prompttest.Disagreement
	for i := range 30 {
		split = append(split, prompttest.Disagreement{Record: run.RecordRef{ID: fmt.Sprintf("5%02d", i)}, Cells: []*prompttest.CellVerdict{{Passed: 1, Of: 1, Answer: "CA"}, {Of: 1, Answer: "XX"}, nil, nil}})
	}
	test.Disagreements, test.Disagree = split, 2030
	for at, c := range test.Cells[:3] {
		c.Failures, c.Failed = nil, int64([]int{2, 100, 100}[at])
		for i := range c.Failed {
			failed := sampleCase(c.Cell, 0, true)
			failed.Record.ID = fmt.Sprintf("9%d%03d", at, i)
			c.Failures = append(c.Failures, failed)
		}
	}
	for i := range 40 {
		test.Coverage.Items = append(test.Coverage.Items, prompttest.CoverItem{Kind: prompttest.CoverRule, ID: fmt.Sprintf("rule-%d", i)})
	}
	count := func(text, pattern string) int { return len(regexp.MustCompile(pattern).FindAllString(text, -1)) }
	short := inText(t, r, report.Style{Width: 120}, testreport.TextOptions{Again: " --demo"})
	for pattern, want := range map[string]int{`(?m)^  5\d\d$`: 10, `(?m)^  ✗ 9`: 10, `✗ 90`: 2, `✗ 91`: 4, `✗ 92`: 4, `never reached`: 15} {
		if got := count(short, pattern); got != want {
			t.Errorf("%d times %s, want %d:\n%s", got, pattern, want, short)
		}
	}
	for _, want := range []string{"… and 2,020 more: --verbose shows 20 of them\n", "202 cases failed", "… and 192 more: --verbose shows all of them\n", "… and 26 more: --verbose shows all of them\n"} {
		if !strings.Contains(short, want) {
			t.Errorf("there is no %q:\n%s", want, short)
		}
	}
	if strings.Contains(short, "emulator test") {
		t.Error("another command is suggested, which would leave out what this one was given")
	}
	all := inText(t, r, report.Style{Width: 120}, testreport.TextOptions{Verbose: true})
	for pattern, want := range map[string]int{`(?m)^  5\d\d$`: 30, `(?m)^  ✗ 9`: 202, `never reached`: 41} {
		if got := count(all, pattern); got != want {
			t.Errorf("verbose: %d times %s, want %d", got, pattern, want)
		}
	}
	if strings.Contains(all, "--verbose") || !strings.Contains(all, "… and 2,000 more\n") {
		t.Error("verbose does not say that 2,000 disagreements were not kept, or suggests itself")
	}
}

// TestTextOneCell names the only cell of a matrix, and no cell where there is no matrix.
func TestTextOneCell(t *testing.T) {
	t.Parallel()
	r := passedReport()
	if got := inText(t, r, report.Style{Width: 120}, testreport.TextOptions{}); strings.Contains(got, "as it is") {
		t.Errorf("a cell is named:\n%s", got)
	}
	r.Tests[0].Dimensions, r.Tests[0].Cells[0].Label = []string{"model"}, "gpt-6-luna"
	if got := inText(t, r, report.Style{Width: 120}, testreport.TextOptions{}); !strings.Contains(got, "\n  gpt-6-luna · 1 of 1 case passed") {
		t.Errorf("the cell is not named:\n%s", got)
	}
}

func TestTextCommands(t *testing.T) {
	t.Parallel()
	r := sampleReport()
	got := inText(t, r, report.Style{Width: 120}, testreport.TextOptions{Again: " --demo"})
	if want := "emulator runs show r13 --record 117 --demo\n"; !strings.Contains(got, want) {
		t.Errorf("the case of the second repeat does not name its run: no %q", want)
	}
	for _, c := range r.Tests[0].Cells {
		for _, failed := range c.Failures {
			failed.Record.ID = "1; rm -rf ~"
		}
	}
	if got := inText(t, r, report.Style{Width: 120}, testreport.TextOptions{}); strings.Contains(got, "--record 1;") {
		t.Error("a command is suggested with a record's id that a shell would read")
	}
}

// TestBest marks the cell that passed the most, and of those the cheapest.
func TestBest(t *testing.T) {
	t.Parallel()
	cells := func(list ...*prompttest.CellReport) *prompttest.Report {
		for i, c := range list {
			c.Label, c.Values = fmt.Sprintf("model-%d", i), []string{fmt.Sprintf("model-%d", i)}
		}
		return &prompttest.Report{Tests: []*prompttest.TestReport{{Name: "states", Dimensions: []string{"model"}, Cells: list}}}
	}
	cell := func(passed int64, cost string) *prompttest.CellReport {
		return &prompttest.CellReport{Cases: 10, Passed: passed, Failed: 10 - passed, CostUSD: cost}
	}
	unknown := cell(9, "0")
	unknown.UnknownPrice = 3
	for name, test := range map[string]struct {
		r    *prompttest.Report
		want string
	}{
		"more passed":        {cells(cell(8, "0.1"), cell(9, "0.5")), "1"},
		"cheaper":            {cells(cell(9, "0.10"), cell(9, "0.09"), cell(9, "0.2")), "1"},
		"amounts, not words": {cells(cell(9, "0.1"), cell(9, "0.02")), "1"},
		"alike":              {cells(cell(9, "0.1"), cell(9, "0.10"), cell(8, "0")), "01"},
		"unknown price":      {cells(unknown, cell(9, "5")), "1"},
		"refused":            {cells(&prompttest.CellReport{Refused: &run.Error{Message: "no"}}, cell(1, "1"), cell(2, "2")), "2"},
		"one asked":          {cells(&prompttest.CellReport{Refused: &run.Error{Message: "no"}}, cell(1, "1")), ""},
	} {
		got := ""
		for line := range strings.Lines(inText(t, test.r, report.Style{Width: 120}, testreport.TextOptions{})) {
			if m := regexp.MustCompile(`★ +model-(\d)`).FindStringSubmatch(line); m != nil {
				got += m[1]
			}
		}
		if got != test.want {
			t.Errorf("%s: the best are %q, want %q", name, got, test.want)
		}
	}
}

func TestVerdict(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]*prompttest.Report{
		"All 255 cases passed, for $0.0123.":                                                         {Passed: true, Totals: prompttest.Totals{Cases: 255, Passed: 255, Asks: 255, CostUSD: "0.0123"}},
		"3 of 255 cases failed, for $0.0123.":                                                        {Totals: prompttest.Totals{Cases: 255, Passed: 252, Failed: 3, Asks: 255, CostUSD: "0.0123"}},
		"3 of 255 cases failed, which the thresholds of the tests allow, for $0.1.":                  {Passed: true, Totals: prompttest.Totals{Cases: 255, Passed: 252, Failed: 3, Asks: 255, CostUSD: "0.1"}},
		"All 2 cases passed; asked live, it would cost about $0.1.":                                  {Passed: true, Tests: []*prompttest.TestReport{{Answers: "scripted"}, {Answers: "replay"}}, Totals: prompttest.Totals{Cases: 2, Passed: 2, Asks: 2, CostUSD: "0.1"}},
		"All 2 cases passed, for $0.1.":                                                              {Passed: true, Tests: []*prompttest.TestReport{{Answers: "scripted"}, {Answers: "live"}}, Totals: prompttest.Totals{Cases: 2, Passed: 2, Asks: 2, CostUSD: "0.1"}},
		"All 2 cases passed. old.json has none of these cases, so nothing was compared.":             {Passed: true, Totals: prompttest.Totals{Cases: 2, Passed: 2}, Baseline: &prompttest.Baseline{Of: "old.json", New: 2, Gone: 7}},
		"All 2 cases passed. 1 test did not run.":                                                    {Passed: true, Totals: prompttest.Totals{Cases: 2, Passed: 2}, NotRun: []string{"drafts"}},
		"All 2 cases passed, and yet the test run did not.":                                          {Totals: prompttest.Totals{Cases: 2, Passed: 2}},
		"The only case passed, and yet the test run did not.":                                        {Totals: prompttest.Totals{Cases: 1, Passed: 1}},
		"No case was looked at, so nothing passed. 2 cells were refused by the model and not asked.": {Totals: prompttest.Totals{Refused: 2}},
		"1 of 1 case failed, for 1 ask of unknown price, and $0.2 for judges.":                       {Totals: prompttest.Totals{Cases: 1, Failed: 1, Asks: 1, CostUSD: "0", JudgeCostUSD: "0.2", UnknownPrice: 1}},
	} {
		if got := testreport.Verdict(r); got != want {
			t.Errorf("the verdict is %q, want %q", got, want)
		}
	}
}

// TestPercent holds shares to reading 100% only where nothing is missing, and 0% only where nothing is there.
func TestPercent(t *testing.T) {
	t.Parallel()
	for passed, want := range map[int64]string{0: " 0%", 1: " 0.1%", 5000: " 50%", 9985: " 99.8%", 9999: " 99.9%", 10_000: " 100%", 3333: " 33.3%"} {
		r := &prompttest.Report{Tests: []*prompttest.TestReport{{Name: "states", Dimensions: []string{"model"}, Cells: []*prompttest.CellReport{{Cell: prompttest.Cell{Values: []string{"a"}}, Cases: 10_000, Passed: passed, Failed: 10_000 - passed},
			{Cell: prompttest.Cell{Values: []string{"b"}}, Cases: 1, Passed: 1}}}}}
		line := regexp.MustCompile(`(?m)^.* a .*$`).FindString(inText(t, r, report.Style{Width: 120}, testreport.TextOptions{}))
		if !strings.Contains(line, want+" ") {
			t.Errorf("%d of 10,000 reads %q", passed, line)
		}
		full := strings.Count(line, "█")
		if (full == 10) != (passed == 10_000) || (full == 0) != (passed == 0) {
			t.Errorf("%d of 10,000 is drawn %q", passed, line)
		}
	}
}
