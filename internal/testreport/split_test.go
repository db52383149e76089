package testreport_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"askflow/internal/prompttest"
	"askflow/internal/report"
	"askflow/internal/run"
	"askflow/internal/testreport"
)

// matrix is a test of cells with these labels, in one dimension, and what they said of some records: a passed or failed answer each.
func matrix(dimension string, labels []string, said ...[]prompttest.CellVerdict) *prompttest.Report {
	t := &prompttest.TestReport{Name: "states", Dimensions: []string{dimension}, Disagree: int64(len(said))}
	for _, label := range labels {
		t.Cells = append(t.Cells, &prompttest.CellReport{Cell: prompttest.Cell{Label: label, Values: []string{label}}, Cases: 1, Passed: 1})
	}
	for i, verdicts := range said {
		d := prompttest.Disagreement{Record: run.RecordRef{ObjectType: "contact", ID: fmt.Sprint(101 + i)}}
		for _, v := range verdicts {
			d.Cells = append(d.Cells, &v)
		}
		t.Disagreements = append(t.Disagreements, d)
	}
	return &prompttest.Report{Tests: []*prompttest.TestReport{t}}
}

func good(answer string) prompttest.CellVerdict {
	return prompttest.CellVerdict{Passed: 1, Of: 1, Answer: answer}
}

func bad(answer string) prompttest.CellVerdict { return prompttest.CellVerdict{Of: 1, Answer: answer} }

// Cells are called by their whole labels where these are short, and else by the numbers of the table.
func TestCellsAreToldApart(t *testing.T) {
	t.Parallel()
	got := inText(t, matrix("model", []string{"luna", "sol", "mini"}, []prompttest.CellVerdict{good("A"), bad("B"), good("A")}), report.Style{Width: 100}, testreport.TextOptions{})
	if !strings.Contains(got, "failed  sol  B\n") || !strings.Contains(got, "passed  luna; mini  A\n") || strings.Contains(got, "#") {
		t.Errorf("short labels do not stand in the list:\n%s", got)
	}
	long := make([]string, 12)
	verdicts := make([]prompttest.CellVerdict, 12)
	for i := range long {
		long[i] = fmt.Sprintf("gpt-6-luna, temperature 0.7, reasoning effort medium, prompt %d", i)
		verdicts[i] = good("A")
	}
	verdicts[3], verdicts[8], verdicts[9] = bad("B"), bad("B"), bad("B")
	r := matrix("model", long, verdicts)
	got = inText(t, r, report.Style{Width: 100}, testreport.TextOptions{})
	for _, want := range []string{"failed  cells 4, 9, 10  B\n", "passed  cells 1–3, 5–8, 11, 12  A\n", "   4  gpt-6-luna"} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %q:\n%s", want, got)
		}
	}
	whole := strings.Join(strings.Fields(inText(t, r, report.Style{Width: 100}, testreport.TextOptions{Verbose: true})), " ")
	if !strings.Contains(whole, "failed 4 "+long[3]+"; 9 "+long[8]+"; 10 "+long[9]+" ") {
		t.Errorf("verbose does not name the cells:\n%s", whole)
	}
	md := string(written(t, r, testreport.Markdown))
	if !strings.Contains(md, "<code>cells 4, 9, 10</code>") || !strings.Contains(md, "| 4 <code>gpt-6-luna") {
		t.Errorf("the comment does not number cells:\n%.2000s", md)
	}
}

// Long answers are cut so that the place where they differ can be seen, however many there are.
func TestAnswersAreCutWhereTheyDiffer(t *testing.T) {
	t.Parallel()
	lead := strings.Repeat("the same words over and over, ", 8)
	r := matrix("model", []string{"a", "b", "c", "d"}, []prompttest.CellVerdict{bad(lead + "then one thing " + lead), good(lead + "then another thing " + lead), good("short"), good("ähnlich " + lead)})
	for _, form := range []struct {
		name, text string
	}{{"text", inText(t, r, report.Style{Width: 80}, testreport.TextOptions{})}, {"markdown", string(written(t, r, testreport.Markdown))}, {"html", htmlPage(t, r)}} {
		for _, want := range []string{"then one thing", "then another", "ähnlich the same words", "short"} {
			if !strings.Contains(form.text, want) {
				t.Errorf("%s has no %q:\n%.3000s", form.name, want, form.text)
			}
		}
	}
}

// Where one answer is shown for all cells it is said that something else differs, and the step is named where several ask.
func TestAnswersOfSteps(t *testing.T) {
	t.Parallel()
	first, second := bad("A"), good("Dear Ada")
	first.Step, second.Step = "qualify", "draft"
	got := inText(t, matrix("model", []string{"a", "b"}, []prompttest.CellVerdict{first, second}, []prompttest.CellVerdict{good("A"), good("A")}), report.Style{Width: 120}, testreport.TextOptions{})
	for _, want := range []string{"failed  a  qualify: A\n", "passed  b  draft: Dear Ada\n", "what is shown is the same in all of them"} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %q:\n%s", want, got)
		}
	}
	if n := strings.Count(got, "what is shown is the same"); n != 1 {
		t.Errorf("it is said %d times", n)
	}
}

// Other prompts bring other answers: a record that every cell passed is no news there.
func TestOtherPromptsBringOtherAnswers(t *testing.T) {
	t.Parallel()
	for dimension, left := range map[string]bool{"prompt": true, "prompt@draft": true, "model": false} {
		r := matrix(dimension, []string{"current", "short"}, []prompttest.CellVerdict{good("A"), bad("B")}, []prompttest.CellVerdict{good("A"), good("a")}, []prompttest.CellVerdict{good("A"), good("a!")})
		const note = "2 records got other answers with other prompts, and every cell passed them"
		short, whole := inText(t, r, report.Style{Width: 120}, testreport.TextOptions{}), inText(t, r, report.Style{Width: 120}, testreport.TextOptions{Verbose: true})
		md, page := string(written(t, r, testreport.Markdown)), htmlPage(t, r)
		heading := "3 records on which cells disagree"
		if left {
			heading = "1 record on which cells disagree"
		}
		if strings.Contains(short, note+": --verbose lists them\n") != left || strings.Contains(md, note) != left || strings.Contains(short, "\n  102\n") == left || strings.Contains(md, "<code>102</code>") == left || !strings.Contains(short, heading) || !strings.Contains(md, heading) {
			t.Errorf("%s:\n%s\n%s", dimension, short, md)
		}
		if strings.Contains(whole, "other prompts") || !strings.Contains(whole, "\n  102\n") || !strings.Contains(whole, "3 records on which") {
			t.Errorf("%s: verbose leaves records out:\n%s", dimension, whole)
		}
		if strings.Contains(page, "2 cases that every cell passed: another prompt brings another answer") != left || !strings.Contains(page, "contact 102") {
			t.Errorf("%s: the page does not fold what is no news", dimension)
		}
		htmlCheck(t, page)
	}
	same := matrix("prompt", []string{"current", "short"}, []prompttest.CellVerdict{good("A"), good("B")})
	if got := inText(t, same, report.Style{Width: 120}, testreport.TextOptions{}); strings.Contains(got, "0 records on") || !strings.Contains(got, "1 record got another answer with another prompt, and every cell passed it") {
		t.Errorf("nothing disagrees:\n%s", got)
	}
}

// repeated is a test of one cell in which repeats of a case failed, with these answers.
func repeated(answers ...string) *prompttest.Report {
	c := &prompttest.CellReport{Cell: prompttest.Cell{Label: "as it is", Values: []string{}}, Runs: []string{"r1", "r2", "r3", "r4", "r5", "r6"}}
	for i, answer := range answers {
		failed := sampleCase(prompttest.Cell{Model: "gpt-6-luna"}, i+1, true)
		failed.Asks[0].Response, failed.Failures[0].Got, failed.Asks[0].LatencyMs = text(answer), answer, int64(100*i)
		c.Cases++
		c.Failed++
		c.Failures = append(c.Failures, failed)
	}
	c.Results = slice(c.Failures)
	return &prompttest.Report{Tests: []*prompttest.TestReport{{Name: "states", Repeat: len(answers), Threshold: 1, Dimensions: []string{}, Cells: []*prompttest.CellReport{c}}}}
}

// Repeats that failed alike are one block, which counts for all of them.
func TestEqualFailuresOfRepeats(t *testing.T) {
	t.Parallel()
	r := repeated("New York", "New York", "new york", "New York", "New York", "N.Y.")
	titles := func(s string) []string { return regexp.MustCompile(`repeats? \d[\d–, ]*`).FindAllString(s, -1) }
	want := []string{"repeats 1, 2, 4, 5", "repeat 3", "repeat 6"}
	got := inText(t, r, report.Style{Width: 120}, testreport.TextOptions{})
	if !slices.Equal(titles(got), want) || !strings.Contains(got, "6 cases failed") || strings.Contains(got, "… and") || !strings.Contains(got, "runs show r1 --record 117") {
		t.Errorf("the blocks are of %q:\n%s", titles(got), got)
	}
	if md := string(written(t, r, testreport.Markdown)); !slices.Equal(titles(md), want) || strings.Contains(md, "Left out here") {
		t.Errorf("the comment has blocks of %q:\n%s", titles(md), md)
	}
	root := htmlCheck(t, htmlPage(t, r))
	if n := len(root.all("article", "fail")); n != 3 {
		t.Errorf("the page has %d failures", n)
	}
	if all := inText(t, repeated("a", "a", "a", "a", "a"), report.Style{Width: 120}, testreport.TextOptions{}); !strings.Contains(all, "repeats 1–5\n") {
		t.Errorf("five repeats in a row:\n%s", all)
	}
	long := make([]string, 30)
	for i := range long {
		long[i] = fmt.Sprint(i / 2)
	}
	if got := inText(t, repeated(long...), report.Style{Width: 120}, testreport.TextOptions{}); !strings.Contains(got, "30 cases failed") || !strings.Contains(got, "… and 10 more") {
		t.Errorf("ten blocks of two repeats are not twenty cases:\n%s", got)
	}
}

// Records on which repeats disagree are listed with their answers in every form.
func TestWaveringRecords(t *testing.T) {
	t.Parallel()
	r := repeated("New York", "NY")
	r.Tests[0].Cells[0].Wavering = []prompttest.Disagreement{{Record: run.RecordRef{ObjectType: "contact", ID: "117", Name: "Grace Hopper"}, Cells: []*prompttest.CellVerdict{{Passed: 3, Of: 3, Answer: "NY"}, {Of: 2, Answer: hostile}, nil, {Passed: 1, Of: 2}}}}
	for name, got := range map[string]string{"text": inText(t, r, report.Style{Width: 120}, testreport.TextOptions{}), "markdown": string(written(t, r, testreport.Markdown)), "html": htmlPage(t, r)} {
		at := 0
		for _, want := range []string{"3 repeats passed", "NY", "2 repeats failed", "owned", "2 repeats, 1 passed", "(no answer)"} {
			next := strings.Index(got[at:], want)
			if next < 0 {
				t.Fatalf("%s: there is no %q behind the others:\n%s", name, want, got)
			}
			at += next
		}
	}
	htmlCheck(t, htmlPage(t, r))
}

// What has nothing in common with its baseline says so in its verdict, and where the baseline stands.
func TestBaselineOfOtherCases(t *testing.T) {
	t.Parallel()
	r := passedReport()
	r.Baseline = &prompttest.Baseline{Of: "old.json", New: 5, Gone: 7}
	for name, got := range map[string]string{"text": inText(t, r, report.Style{Width: 120}, testreport.TextOptions{}), "compact": inText(t, r, report.Style{Width: 120}, testreport.TextOptions{Compact: true}),
		"markdown": string(written(t, r, testreport.Markdown)), "html": htmlPage(t, r)} {
		if n := strings.Count(got, "has none of these cases"); n != 2 {
			t.Errorf("%s says it %d times:\n%s", name, n, got)
		}
	}
	r.Baseline.Same = 1
	if got := inText(t, r, report.Style{Width: 120}, testreport.TextOptions{}); strings.Contains(got, "none of these") {
		t.Errorf("one case is the same:\n%s", got)
	}
}
