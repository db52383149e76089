package testreport

import (
	"fmt"
	"strings"

	"askflow/internal/prompttest"
	"askflow/internal/report"
	"askflow/internal/run"
)

// verdictGroup is what several cells said alike of a case.
type verdictGroup struct {
	verdict prompttest.CellVerdict
	labels  []string
}

// groupVerdicts puts the cells that did the same together: those that failed first, else in the order of the cells. Answers
// are compared on one line, as they are shown.
func groupVerdicts(t *prompttest.TestReport, d *prompttest.Disagreement) []*verdictGroup {
	var failed, passed []*verdictGroup
	byVerdict := map[prompttest.CellVerdict]*verdictGroup{}
	for i, v := range d.Cells {
		if v == nil || i >= len(t.Cells) || t.Cells[i] == nil {
			continue
		}
		key := *v
		key.Answer = oneLine(key.Answer)
		group := byVerdict[key]
		if group == nil {
			group = &verdictGroup{verdict: key}
			byVerdict[key] = group
			if key.Passed < key.Of {
				failed = append(failed, group)
			} else {
				passed = append(passed, group)
			}
		}
		group.labels = append(group.labels, oneLine(t.Cells[i].Label))
	}
	return append(failed, passed...)
}

// word says how a case did in a cell.
func (g *verdictGroup) word() string {
	switch v := g.verdict; {
	case v.Of > 1:
		return fmt.Sprintf("%d of %d", v.Passed, v.Of)
	case v.Passed > 0:
		return "passed"
	default:
		return "failed"
	}
}

// answer is what the cells answered, on one line.
func (g *verdictGroup) answer() string {
	if g.verdict.Answer == "" {
		return "(no answer)"
	}
	return g.verdict.Answer
}

// disagreements prints the records on which cells disagree, most split first.
func (p *printer) disagreements(t *prompttest.TestReport) {
	if len(t.Disagreements) == 0 {
		return
	}
	all := max(t.Disagree, int64(len(t.Disagreements)))
	p.line("  %s", p.style.Head(report.Count(all, "records")+" on which cells disagree, most split first"))
	shown := p.limit(shownDisagreements, len(t.Disagreements))
	for i := range shown {
		d := &t.Disagreements[i]
		p.sentence("  ", 2, titleOf(d.Record, d.Case, 0))
		for _, group := range groupVerdicts(t, d) {
			p.group(group)
		}
	}
	p.more(2, all-int64(shown), "", t.Name)
	p.line("")
}

func (p *printer) group(g *verdictGroup) {
	const margin, names = 4, 46
	word := p.style.Good(fill(g.word(), 8))
	if g.verdict.Passed < g.verdict.Of {
		word = p.style.Bad(fill(g.word(), 8))
	}
	room := max(20, p.style.Width-margin-8-2)
	labels := report.Truncate(listed(g.labels, 3), min(names, room/2))
	answer := report.Truncate(g.answer(), room-report.Width(labels))
	if p.opt.Verbose {
		p.painted(strings.Repeat(" ", margin)+word, margin+8, listed(g.labels, len(g.labels)), p.style.Faint)
		p.field(margin+8, "answer", g.verdict.Answer, 0, false)
		return
	}
	p.line("%s%s%s  %s", strings.Repeat(" ", margin), word, p.style.Faint(labels), answer)
}

// listed joins names, at most a number of them. Cell labels hold commas, so semicolons stand between.
func listed(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, "; ")
	}
	return fmt.Sprintf("%s; and %d more", strings.Join(names[:most], "; "), len(names)-most)
}

// failures prints the cases that failed, cell by cell. Where not all are shown, each cell shows as many as the others.
func (p *printer) failures(t *prompttest.TestReport) {
	var all int64
	for _, c := range cellsOf(t) {
		all += max(c.Failed, int64(len(failuresOf(c))))
	}
	if all == 0 {
		return
	}
	heading := report.Count(all, "cases") + " failed"
	p.line("  %s", p.style.Bad(heading))
	share := shares(cellsOf(t), p.limit(shownFailures, int(all)))
	var shown int64
	for i, c := range cellsOf(t) {
		failed := failuresOf(c)
		for _, result := range failed[:share[i]] {
			p.failedCase(t, c, result)
			shown++
		}
	}
	p.more(2, all-shown, "", t.Name)
	p.line("")
}

// shares says how many failed cases of each cell are shown: one of each, a second one of each, and so on up to the limit.
func shares(cells []*prompttest.CellReport, most int) []int {
	share := make([]int, len(cells))
	left := 0
	for _, c := range cells {
		left += len(failuresOf(c))
	}
	for left = min(most, left); left > 0; {
		for i, c := range cells {
			if left > 0 && share[i] < len(failuresOf(c)) {
				share[i]++
				left--
			}
		}
	}
	return share
}

// failedCase prints one case with every expectation that was not met.
func (p *printer) failedCase(t *prompttest.TestReport, c *prompttest.CellReport, result *prompttest.CaseResult) {
	title := caseTitle(result)
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
	p.field(6, "got", orEmpty(f.Got), shownLines, false)
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
	p.field(6, "prompt", p.beginning(a.Prompt), shownLines/2, false)
	switch {
	case a.Response != nil:
		p.field(6, "answer", p.beginning(*a.Response), shownLines/2, false)
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
