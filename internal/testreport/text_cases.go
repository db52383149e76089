package testreport

import (
	"fmt"
	"strings"

	"askflow/internal/prompttest"
	"askflow/internal/report"
	"askflow/internal/run"
)

// failures prints the cases that failed, cell by cell; repeats that failed alike are one. Where not all are shown, each cell shows as
// many as the others.
func (p *printer) failures(t *prompttest.TestReport) {
	all := failedCases(t)
	if all == 0 {
		return
	}
	p.line("  %s", p.style.Bad(report.Count(all, "cases")+" failed"))
	groups := failedGroups(t)
	share := shares(groups, p.limit(shownFailures, int(all)))
	kept := int64(0)
	for i, c := range cellsOf(t) {
		kept += int64(len(failuresOf(c)))
		for _, g := range groups[i][:share[i]] {
			p.failedCase(t, c, g)
			all, kept = all-g.cases(), kept-g.cases()
		}
	}
	p.more(2, all, "", kept)
	p.line("")
}

// failedCase prints one case with every expectation that was not met.
func (p *printer) failedCase(t *prompttest.TestReport, c *prompttest.CellReport, g *failedGroup) {
	result := g.CaseResult
	p.tell(t, c, g)
	title := g.title()
	if isMatrix(t) {
		title += " · " + oneLine(c.Label)
	}
	p.sentence("  "+p.style.Bad("✗")+" ", 4, title)
	p.painted("    ", 4, where(result.File, result.Line, 0), p.style.Link)
	if state := stateText(result); state != "" {
		p.field(4, "record", state, shownLines, false)
	}
	for i := range result.Failures {
		p.expectation(&result.Failures[i])
	}
	for i := range result.Asks {
		p.ask(&result.Asks[i])
	}
	if text := judgesText(result); text != "" {
		p.field(4, "judges", text, shownLines, false)
	}
	if id := runOf(c, result); id != "" && plainWord(result.Record.ID) {
		p.field(4, "look at", "emulator runs show "+id+" --record "+result.Record.ID+p.opt.Again, shownLines, false)
	}
}

// stateText says how the record's enrollment ended, where that is not the usual end.
func stateText(result *prompttest.CaseResult) string {
	state := oneLine(string(result.State))
	if result.State == run.Completed {
		return ""
	}
	if reason := oneLine(result.Reason); reason != "" {
		return state + ": " + reason
	}
	return state
}

// runOf is the stored run that a case is from; "" when there is none.
func runOf(c *prompttest.CellReport, result *prompttest.CaseResult) string {
	at := max(0, result.Repeat-1)
	if at >= len(c.Runs) || !plainWord(c.Runs[at]) {
		return ""
	}
	return c.Runs[at]
}

func (p *printer) expectation(f *prompttest.Failure) {
	title, place := expectationTitle(f), where(f.File, f.Line, f.Column)
	if 4+report.Width(title)+2+report.Width(place) <= p.style.Width {
		p.line("    %s  %s", p.style.Head(title), p.style.Link(place))
	} else {
		p.painted("    ", 4, title, p.style.Head)
		p.painted("      ", 6, place, p.style.Link)
	}
	p.field(6, "expected", orEmpty(f.Expected), shownLines, false)
	p.field(6, "got", p.texts.once(f.Got, orEmpty(f.Got), asAbove), shownLines, false)
	p.field(6, "differs", f.Differs, shownLines, false)
	p.field(6, "diff", f.Diff, 3*shownLines, true)
}

// ask prints what a step asked and what came back.
func (p *printer) ask(a *prompttest.AskResult) {
	asked := oneLine(a.Step) + " asked " + oneLine(a.Model)
	if a.Attempts > 1 {
		asked += fmt.Sprintf(", %d attempts", a.Attempts)
	}
	p.sentence("    ", 4, asked)
	p.field(6, "prompt", p.texts.once(a.Prompt, p.beginning(a.Prompt), asAbove), shownLines/2, false)
	switch {
	case a.Response != nil:
		p.field(6, "answer", p.texts.once(*a.Response, p.beginning(*a.Response), asAbove), shownLines/2, false)
	case a.Error != nil:
		p.field(6, "error", oneLine(a.Error.Code)+": "+errorText(a.Error), shownLines, false)
	default:
		p.field(6, "answer", "(no answer)", 1, false)
	}
}

// beginning is a text of which only the first lines are shown: without its empty lines, unless all of it is.
func (p *printer) beginning(s string) string {
	if p.opt.Verbose {
		return orEmpty(s)
	}
	var b strings.Builder
	for line := range strings.Lines(s) {
		if strings.TrimSpace(line) != "" {
			b.WriteString(line)
		}
	}
	return orEmpty(b.String())
}

func orEmpty(s string) string {
	if strings.TrimSpace(s) == "" {
		return "(empty)"
	}
	return s
}
