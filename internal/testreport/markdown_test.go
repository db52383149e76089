package testreport_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"askflow/internal/prompttest"
	"askflow/internal/run"
	"askflow/internal/source"
	"askflow/internal/testreport"
)

// outsideFences is Markdown without its blocks of code; it fails when a fence is left open.
func outsideFences(t *testing.T, md string) string {
	t.Helper()
	var out strings.Builder
	fence := ""
	for line := range strings.Lines(md) {
		ticks := line[:len(line)-len(strings.TrimLeft(line, "`"))]
		switch {
		case fence == "" && len(ticks) >= 3:
			fence = ticks
		case fence != "" && len(ticks) >= len(fence) && strings.TrimSpace(line) == ticks:
			fence = ""
		case fence == "":
			out.WriteString(line)
		}
	}
	if fence != "" {
		t.Errorf("a block of code is left open:\n%s", md)
	}
	return out.String()
}

// checkMarkdown looks for whatever a page could make of data: tags, links, mentions, rows of a table that break.
func checkMarkdown(t *testing.T, md string) {
	t.Helper()
	if n := utf8.RuneCountInString(md); n > 60_000 {
		t.Errorf("the comment is %d characters long", n)
	}
	outside := outsideFences(t, md)
	ours := regexp.MustCompile(`</?(code|details|summary)>`)
	if at := strings.IndexAny(ours.ReplaceAllString(outside, ""), "<>"); at >= 0 {
		t.Errorf("a tag is none of ours: %q", ours.ReplaceAllString(outside, "")[at:min(len(outside), at+80)])
	}
	for _, pair := range []string{"code", "details", "summary"} {
		if opened, closed := strings.Count(outside, "<"+pair+">"), strings.Count(outside, "</"+pair+">"); opened != closed {
			t.Errorf("<%s> is opened %d times and closed %d times", pair, opened, closed)
		}
	}
	for what, pattern := range map[string]string{
		"a mention":   `(@|&#64;)[A-Za-z0-9]`,
		"an address":  `(?i)https?://|www\.[a-z]|mailto:`,
		"a link":      `[\[\]]`,
		"an issue":    `#\d|&#35;\d|\bGH-\d`,
		"a code span": "`",
		"mathematics": `\$`,
		"emphasis":    `\b_|~~`,
	} {
		text := outside
		if what == "an issue" { // character references look like one
			text = regexp.MustCompile(`&#\d+;`).ReplaceAllString(text, "")
		}
		if found := regexp.MustCompile(pattern).FindStringIndex(text); found != nil {
			t.Errorf("%s: %q", what, text[max(0, found[0]-30):min(len(text), found[1]+30)])
		}
	}
	columns := 0
	for line := range strings.Lines(outside) {
		if !strings.HasPrefix(line, "|") {
			columns = 0
			continue
		}
		n := strings.Count(line, "|")
		if columns > 0 && n != columns {
			t.Errorf("a row has %d bars where its table has %d: %s", n, columns, line)
		}
		columns = n
	}
}

func TestMarkdownIsHarmless(t *testing.T) {
	t.Parallel()
	r := sampleReport()
	h := hostile + " " + strings.Repeat("`", 40) + "\n````\n</details>\n\n| a | b |\n# heading\n"
	r.Reasons = append(r.Reasons, h)
	r.Warnings = append(r.Warnings, source.Problem{File: h, Message: h, Hint: h, Line: 1})
	r.Baseline.Of = h
	r.Totals.CostUSD = h
	test := r.Tests[0]
	test.Name, test.Error = h, &run.Error{Code: h, Message: h, Hint: h}
	for _, c := range test.Cells {
		c.Label, c.CostUSD = h, h
		if c.Refused != nil {
			c.Refused = &run.Error{Code: h, Message: h}
		}
		for _, failed := range c.Failures {
			failed.Case, failed.File, failed.State = h, h, run.State(h)
			failed.Failures = []prompttest.Failure{{Subject: h, Check: h, Expected: h, Got: h, Differs: h, Diff: h, Code: h, Step: h, File: h, Line: 1}}
			failed.Asks = []prompttest.AskResult{{Step: h, Model: h, Prompt: h, Response: &h}, {Step: h, Error: &run.Error{Code: h, Message: h}}}
		}
	}
	for i := range test.Coverage.Items {
		test.Coverage.Items[i] = prompttest.CoverItem{Kind: prompttest.CoverKind(h), ID: h, Label: h, File: h, Line: 3}
	}
	md := string(written(t, r, testreport.Markdown))
	checkMarkdown(t, md)
	for _, want := range []string{"octocat", "alert(1)", "evil"} {
		if !strings.Contains(md, want) {
			t.Errorf("the data is not shown: no %q", want)
		}
	}
}

func TestMarkdownIsShort(t *testing.T) {
	t.Parallel()
	r := sampleReport()
	long := strings.Repeat("x😀`", 5000)
	var failures []*prompttest.CaseResult
	for i := range 500 {
		c := sampleCase(prompttest.Cell{}, 0, true)
		c.Record.ID = fmt.Sprint(1000 + i)
		c.Asks[0].Prompt, c.Asks[0].Response = long, &long
		failures = append(failures, c)
	}
	r.Tests = nil
	for i := range 30 {
		r.Tests = append(r.Tests, &prompttest.TestReport{Name: fmt.Sprintf("test-%d", i), Cells: []*prompttest.CellReport{{Cell: prompttest.Cell{Label: "as it is"}, Cases: 600, Failed: 600, Failures: failures}}})
	}
	md := string(written(t, r, testreport.Markdown))
	checkMarkdown(t, md)
	shown := strings.Count(md, "<details>")
	if shown < 5 {
		t.Errorf("only %d failures are shown", shown)
	}
	want := fmt.Sprintf("Left out here: %s,%03d failed cases.", fmt.Sprint((30*600-shown)/1000), (30*600-shown)%1000)
	if !strings.Contains(md, want) {
		t.Errorf("%d failures are shown; the last sentence is %q, want %q", shown, md[strings.LastIndex(strings.TrimSpace(md), "\n"):], want)
	}
}

// TestMarkdownOrder holds what got worse to standing before everything else.
func TestMarkdownOrder(t *testing.T) {
	t.Parallel()
	md := string(written(t, sampleReport(), testreport.Markdown))
	last := 0
	for _, want := range []string{"### ❌ 6 of 20 cases failed", "2 cases regressed", "❌ regressed", "✅ fixed", "another answer", "| Test | Cell |", "⚠️ | <code>state-formatting", "records on which cells disagree", "5 cases failed", "<details><summary>❌", "```diff\n-NY\n+New York\n```",
		"1 case failed", "lead-qualification</code> stopped", "never reached", "⚠️ <code>tests/state-formatting.yaml", "Left out here: 10 records on which cells disagree."} {
		at := strings.Index(md[last:], want)
		if at < 0 {
			t.Fatalf("%q does not stand behind what it should:\n%s", want, md[last:])
		}
		last += at
	}
}
