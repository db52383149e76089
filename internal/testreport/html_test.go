package testreport_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/prompttest"
	"askflow/internal/run"
	"askflow/internal/testreport"
)

func htmlPage(t *testing.T, r *prompttest.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := testreport.HTML(&b, r, htmlMeta()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestHTMLHasEverything: whatever the report knows can be read on the page.
func TestHTMLHasEverything(t *testing.T) {
	t.Parallel()
	page := htmlPage(t, htmlReport())
	root := htmlCheck(t, page)
	text := root.words()
	for _, want := range []string{
		"Failed: Lead prompts", "79 of 620 cases failed.", "qualify-leads: 87.3% of cases passed, 90% must.", "Lead prompts · Northwind Demo", "emulator test qualify-leads", "askflow 0.9.0 on 20 November 2026, 09:30 UTC",
		"and 4 asks of unknown price", "Only `each` looks at these records.", "tests/digest.yaml:3:1",
		"Since r5", "Regressed: passed then, fails now 1", "Fixed: failed then, passes now 1", "Another answer, the same verdict 1",
		"533 of 600", "refused gpt-6-nano takes no temperature unless its reasoning effort is none.", "Add reasoning_effort: none, or leave the temperature out.",
		"Disagreements 31", "5 cases more are not listed.", "6 cases more", "passed 2 of 2 A", "partly 1 of 2 B", "failed 0 of 2 C", "no answer",
		"Failures 67", "at character 1: expected a JSON object, got \"The lead\"", "tests/qualify-leads.yaml:26:11", "judge_failed",
		"81.8% 9 of 11", "by tier: cold", "responses/lead-qualification.yaml:40",
		"Decide whether this lead is hot, warm or cold.", "qualify → by tier → set tier → notify sales", "751 ms · $0.00041", "contact.lead_tier empty → hot", "hs_task_body It was written by hand.", "with contact 101",
		"NOT_ENROLLED – state is empty", "The ask failed. OpenAI answered 429 three times. rate_limit_exceeded", "The test stopped early. The budget of $0.25 is used up.", "≈ 240",
		"1 to 100", "101 to 120", "Stored as r7, r8.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if got := len(root.all("details", "case")); got != 603 {
		t.Errorf("%d cases are on the page, want 603", got)
	}
	if got := len(root.all("a", "h")); got != 6 {
		t.Errorf("%d cells are in the heat table, want 6", got)
	}
	if got := len(root.all("", "star")); got != 3 {
		t.Errorf("%d stars, want one in the heat table, one in its legend and one in the table", got)
	}
	adds, cuts := root.all("ins", ""), root.all("del", "")
	if len(adds) == 0 || len(adds) != len(cuts) || !strings.HasPrefix(adds[0].words(), "+") || !strings.HasPrefix(cuts[0].words(), "-") {
		t.Errorf("%d lines added and %d removed are marked", len(adds), len(cuts))
	}
	if !strings.Contains(page, `content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"`) {
		t.Error("no policy keeps the page from loading anything")
	}
}

// TestHTMLHostile: texts that try to be markup, to turn the direction of reading or to be escape sequences are shown as texts.
func TestHTMLHostile(t *testing.T) {
	t.Parallel()
	page := htmlPage(t, htmlHostile())
	root := htmlCheck(t, page)
	if !strings.Contains(root.words(), `"><script>alert('canary')</script><img src=x onerror=canary()>'`) {
		t.Error("the text is not shown as it is")
	}
	if n := strings.Count(page, "canary"); n < 100 {
		t.Errorf("the hostile text is on the page %d times only", n)
	}
	for _, bad := range []string{"<script", "onerror=canary()>", "\x1b", "\u202e", "\u2066", "\x00", "\xff"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
}

// TestHTMLOddReports: reports that no test run makes are pages all the same.
func TestHTMLOddReports(t *testing.T) {
	t.Parallel()
	cell := func() *prompttest.CellReport { return htmlCell("one", []string{"one"}, 3, 2, "0.1", 100) }
	lost := cell()
	lost.Results = htmlCases{}
	twice := cell()
	twice.Failures = append(twice.Failures, twice.Failures...)
	for name, r := range map[string]*prompttest.Report{
		"empty":                   {},
		"no cells":                {Tests: []*prompttest.TestReport{{}, nil}},
		"nil cells":               {Tests: []*prompttest.TestReport{{Dimensions: []string{"model"}, Cells: []*prompttest.CellReport{nil, nil}}}},
		"values missing":          {Tests: []*prompttest.TestReport{{Dimensions: []string{"model", "temperature", "prompt"}, Cells: []*prompttest.CellReport{cell(), cell()}}}},
		"failures without result": {Tests: []*prompttest.TestReport{{Cells: []*prompttest.CellReport{lost}}}},
		"failures twice":          {Tests: []*prompttest.TestReport{{Cells: []*prompttest.CellReport{twice}}}},
		"disagreements without result": {Tests: []*prompttest.TestReport{{Cells: []*prompttest.CellReport{lost, cell()},
			Disagreements: []prompttest.Disagreement{{Record: run.RecordRef{ID: "999"}, Cells: []*prompttest.CellVerdict{{Passed: 1, Of: 1, Answer: "a"}, {Of: 1, Answer: "b"}}}, {Cells: []*prompttest.CellVerdict{nil}}, {}}}}},
		"coverage of nothing": {Tests: []*prompttest.TestReport{{Coverage: &prompttest.Coverage{}}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := htmlCheck(t, htmlPage(t, r))
			if strings.HasPrefix(name, "failures") {
				want := len(r.Tests[0].Cells[0].Failures)
				if got := len(root.all("article", "fail")); got != want {
					t.Errorf("%d failures are listed, want %d", got, want)
				}
			}
		})
	}
}

// TestHTMLLinksLeadToTheCase: a failure's link leads to that very case, with its prompt.
func TestHTMLLinksLeadToTheCase(t *testing.T) {
	t.Parallel()
	root := htmlCheck(t, htmlPage(t, htmlReport()))
	at := map[string]*htmlNode{}
	root.each(func(n *htmlNode) {
		if n.attrs["id"] != "" {
			at[n.attrs["id"]] = n
		}
	})
	checked := 0
	for _, article := range root.all("article", "fail") {
		links := article.all("a", "whole")
		if len(links) == 0 {
			continue
		}
		who := article.all("span", "id")[0].words()
		details := at[links[0].attrs["href"][1:]].parent.parent
		if details.name != "details" || !strings.Contains(details.words(), who) || !strings.Contains(details.words(), "Prompt") {
			t.Errorf("the failure of %s leads to %.80q", who, details.words())
		}
		checked++
	}
	if checked != 68 {
		t.Errorf("%d failures have a link, want 68", checked)
	}
}

func TestHTMLSameReportSameBytes(t *testing.T) {
	t.Parallel()
	if a, b := htmlPage(t, htmlReport()), htmlPage(t, htmlReport()); a != b {
		t.Error("the same report gave two pages")
	}
}

// TestHTMLVerdict: the sentence at the top.
func TestHTMLVerdict(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		passed        bool
		cases, failed int64
		want          string
	}{
		{true, 255, 0, "✓ Passed All 255 cases passed."}, {false, 255, 3, "✗ Failed 3 of 255 cases failed."}, {true, 10, 1, "✓ Passed 1 of 10 cases failed, no more than the thresholds allow."},
		{false, 10, 0, "✗ Failed All 10 cases passed; the test run did not."}, {true, 0, 0, "✓ Passed No case was run."}, {true, 1, 0, "✓ Passed All 1 case passed."},
	} {
		r := &prompttest.Report{Passed: c.passed, Totals: prompttest.Totals{Cases: c.cases, Failed: c.failed, Passed: c.cases - c.failed}}
		if got := htmlCheck(t, htmlPage(t, r)).all("header", "top")[0].words(); !strings.Contains(got, c.want) {
			t.Errorf("%+v gives %q, want %q", c, got, c.want)
		}
	}
}

// TestHTMLNumbers: shares are never rounded to all or nothing, and money stays exact at a glance.
func TestHTMLNumbers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rate float64
		cost string
		want string
	}{{0.9999, "0.0000345", "99.9% 9 of 10 $0.0000345"}, {0.00001, "1234567.891", "0.1% 9 of 10 $1,234,568"}, {1, "12.345", "100% 9 of 10 $12.35"}, {0, "0", "0% 9 of 10 $0"}, {0.5, "0.123456", "50% 9 of 10 $0.123"}, {2, "much", "100% 9 of 10 much"}} {
		r := &prompttest.Report{Tests: []*prompttest.TestReport{{Cells: []*prompttest.CellReport{{Cases: 10, Passed: 9, PassRate: c.rate, CostUSD: c.cost}}}}}
		if got := htmlCheck(t, htmlPage(t, r)).all("table", "figs")[0].words(); !strings.Contains(got, c.want) {
			t.Errorf("%v, %s: the table says %q, want %q", c.rate, c.cost, got, c.want)
		}
	}
}

// TestHTMLGrid: two dimensions are rows and columns; of three, the first two share the rows.
func TestHTMLGrid(t *testing.T) {
	t.Parallel()
	var cells []*prompttest.CellReport
	for _, model := range []string{"m1", "m2"} {
		for _, effort := range []string{"low", ""} {
			for _, prompt := range []string{"current", "short"} {
				cells = append(cells, &prompttest.CellReport{Cell: prompttest.Cell{Label: model, Values: []string{model, effort, prompt}}, Cases: 4, Passed: 1, PassRate: 0.25})
			}
		}
	}
	cells = cells[:7]
	r := &prompttest.Report{Tests: []*prompttest.TestReport{{Dimensions: []string{"model", "reasoning_effort", "prompt"}, Cells: cells}}}
	var got []string
	for _, row := range htmlCheck(t, htmlPage(t, r)).all("table", "heat")[0].all("tr", "") {
		var line []string
		for _, c := range row.children {
			line = append(line, c.words())
		}
		got = append(got, strings.Join(line, "|"))
	}
	want := []string{"model, reasoning effort|prompt current|prompt short", "m1, low|25%1 of 4|25%1 of 4", "m1, workflow’s own|25%1 of 4|25%1 of 4", "m2, low|25%1 of 4|25%1 of 4", "m2, workflow’s own|25%1 of 4|not run"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestHTMLPlotLabelsDoNotOverlap: with many cells close together, labels are moved or left out, and that is said.
func TestHTMLPlotLabelsDoNotOverlap(t *testing.T) {
	t.Parallel()
	for _, n := range []int{2, 7, 40} {
		var cells []*prompttest.CellReport
		for i := range n {
			label := fmt.Sprintf("model-%d, temperature 0.%d", i/4, i%4)
			cells = append(cells, &prompttest.CellReport{Cell: prompttest.Cell{Label: label, Values: []string{label}},
				Cases: 100, PassRate: 0.9 + 0.002*float64(i%5), CostUSD: fmt.Sprintf("0.0%d", 100+i%7), LatencyP50: 300, LatencyP90: 3000, LatencyP99: 30_000})
		}
		root := htmlCheck(t, htmlPage(t, &prompttest.Report{Tests: []*prompttest.TestReport{{Dimensions: []string{"model"}, Cells: cells}}}))
		plots := root.all("figure", "plot")
		if len(plots) != 2 {
			t.Fatalf("%d plots", len(plots))
		}
		shown := htmlLabelBoxes(t, plots[0])
		said := regexp.MustCompile(`(\d+) labels? left out`).FindStringSubmatch(plots[0].words())
		if left := n - shown; left > 0 && (said == nil || said[1] != fmt.Sprint(left)) || left == 0 && said != nil || shown < min(n, 4) {
			t.Errorf("of %d labels %d are there; the legend says %q", n, shown, said)
		}
		if numbered := strings.Contains(plots[0].words(), "numbers as in the table of cells"); numbered != (n > 8) || numbered != (len(root.all("span", "no")) == n) {
			t.Errorf("of %d cells the plot has numbers: %t", n, numbered)
		}
		if marks := len(plots[0].all("", "dot")) - 2; marks != n { // two in the legend
			t.Errorf("%d of %d cells have a mark", marks, n)
		}
		if got := plots[1].words(); !strings.Contains(got, "logarithmic") || !strings.Contains(got, "p90 3.00 s") {
			t.Errorf("the plot of latencies says %q", got)
		}
	}
}

// htmlLabelBoxes expects that no label of a plot overlaps another or leaves the picture, and counts them.
func htmlLabelBoxes(t *testing.T, plot *htmlNode) int {
	t.Helper()
	type box struct{ left, top, right, bottom float64 }
	var boxes []box
	for _, l := range plot.all("text", "label") {
		var x, y float64
		if _, err := fmt.Sscan(l.attrs["x"]+" "+l.attrs["y"], &x, &y); err != nil {
			t.Fatal(err)
		}
		width := 6 * float64(len(l.words()))
		if l.attrs["text-anchor"] == "end" {
			x -= width
		}
		b := box{x, y - 10, x + width, y + 2}
		for _, o := range boxes {
			if b.left < o.right && o.left < b.right && b.top < o.bottom && o.top < b.bottom {
				t.Errorf("the label %q overlaps another", l.words())
			}
		}
		if b.left < 0 || b.right > 520 || b.top < 0 || b.bottom > 330 {
			t.Errorf("the label %q leaves the picture: %v", l.words(), b)
		}
		boxes = append(boxes, b)
	}
	return len(boxes)
}

// brokenResults end with an error.
type brokenResults struct{ err error }

func (b brokenResults) Each(func(*prompttest.CaseResult) error) error { return b.err }

type fullDisk struct{ room int }

func (d *fullDisk) Write(p []byte) (int, error) {
	if d.room -= len(p); d.room < 0 {
		return 0, errors.New("the disk is full")
	}
	return len(p), nil
}

func TestHTMLErrors(t *testing.T) {
	t.Parallel()
	if err := testreport.HTML(io.Discard, nil, testreport.Meta{}); err == nil {
		t.Error("no report was written without an error")
	}
	r := htmlReport()
	lost := errors.New("the run r7 is gone")
	r.Tests[0].Cells[2].Results = brokenResults{lost}
	err := testreport.HTML(io.Discard, r, htmlMeta())
	if !errors.Is(err, lost) || !strings.Contains(err.Error(), "gpt-6-luna, temperature 0 in test qualify-leads") {
		t.Errorf("lost results give %v", err)
	}
	for _, room := range []int{0, 1000, 70_000, 500_000} {
		if err := testreport.HTML(&fullDisk{room}, htmlReport(), htmlMeta()); err == nil || !strings.Contains(err.Error(), "the disk is full") {
			t.Errorf("a disk with room for %d bytes gives %v", room, err)
		}
	}
}

// TestHTMLGolden holds a small report to the page it made; the style sheet has a file of its own.
func TestHTMLGolden(t *testing.T) {
	t.Parallel()
	r := &prompttest.Report{Tests: []*prompttest.TestReport{htmlSingle(), htmlStopped()}, Totals: prompttest.Totals{Tests: 2, Cells: 2, Cases: 3, Passed: 2, Failed: 1, Checks: 7, Asks: 3, CostUSD: "0.0000345"}, Baseline: htmlBaseline(), Reasons: []string{"digest stopped: the budget is used up."}}
	var b bytes.Buffer
	if err := testreport.HTML(&b, r, testreport.Meta{Title: "Golden", Generated: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}); err != nil {
		t.Fatal(err)
	}
	got := regexp.MustCompile(`(?s)<style>.*</style>`).ReplaceAllString(b.String(), "<style>…</style>")
	path := filepath.Join("testdata", "html_small.golden")
	if update := flag.Lookup("update"); update != nil && update.Value.String() == "true" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the page differs from %s (go test -run HTMLGolden -update writes it anew):\n%s", path, diff)
	}
}

// TestHTMLWhatWasLeftOut: tests that did not run, judges that were not asked and answers that are the same are said in words.
func TestHTMLWhatWasLeftOut(t *testing.T) {
	t.Parallel()
	root := htmlCheck(t, htmlPage(t, sampleReport()))
	words := root.words()
	for _, want := range []string{"2 tests did not run.", "Not run 2", "spam-filter", "12 judge checks were not asked: nobody is asked when a stored run is looked at", "1 question to a judge has no scripted or recorded answer",
		"Repeats that differ 2", "The same answer before and now", "step draft", "repeats 1, 2", "explain:"} {
		if !strings.Contains(words, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	if n := strings.Count(words, "Era responses"); n != 1 {
		t.Errorf("an era is said of %d tests, and one has scripted answers", n)
	}
}
