package testreport

import (
	"strings"

	"askflow/internal/prompttest"
	"askflow/internal/report"
)

// disagreements prints the records on which cells disagree, most split first.
func (p *printer) disagreements(t *prompttest.TestReport) {
	if len(t.Disagreements) == 0 {
		return
	}
	list, expected := telling(t)
	if p.opt.Verbose {
		list, expected = nil, 0
		for i := range t.Disagreements {
			list = append(list, &t.Disagreements[i])
		}
	}
	if all := max(t.Disagree, int64(len(t.Disagreements))) - expected; all > 0 {
		p.line("  %s", p.style.Head(report.Count(all, "records")+" on which cells disagree, most split first"))
		names := namesOf(t)
		shown := p.limit(shownDisagreements, len(list))
		for _, d := range list[:shown] {
			p.disagreement(titleOf(d.Record, d.Case, 0), groupVerdicts(t, d), names)
		}
		p.more(2, all-int64(shown), "", int64(len(list)-shown))
	}
	if expected > 0 {
		text := expectedText(expected)
		if kept := int64(len(t.Disagreements) - len(list)); kept == 1 {
			text += ": --verbose lists it"
		} else if kept > 1 {
			text += ": --verbose lists them"
		}
		p.painted("  ", 2, text, p.style.Faint)
	}
	p.line("")
}

// disagreement prints what the cells said of one case.
func (p *printer) disagreement(title string, groups []*verdictGroup, names cellNames) {
	const margin, word = 4, 8
	p.sentence("  ", 2, title)
	labels := make([]string, len(groups))
	for i, g := range groups {
		labels[i] = names.list(g.cells)
	}
	room := max(20, p.style.Width-margin-word)
	said := answers(groups, func(i int) int {
		if report.Width(labels[i]) > room/2 { // the answer comes on a line of its own
			return room
		}
		return room - report.Width(labels[i]) - 2
	})
	for i, g := range groups {
		mark := p.style.Good(fill(g.word(), word))
		if g.verdict.Passed < g.verdict.Of {
			mark = p.style.Bad(fill(g.word(), word))
		}
		mark = strings.Repeat(" ", margin) + mark
		switch {
		case p.opt.Verbose:
			p.painted(mark, margin+word, names.whole(g.cells), p.style.Faint)
			p.field(margin+word, "answer", stepMark(&g.verdict)+orNone(g.verdict.Answer), 0, false)
		case report.Width(labels[i]) > room/2:
			p.painted(mark, margin+word, labels[i], p.style.Faint)
			p.line("%s%s", strings.Repeat(" ", margin+word), said[i])
		default:
			p.line("%s%s  %s", mark, p.style.Faint(labels[i]), said[i])
		}
	}
	if len(groups) == 1 {
		p.painted(strings.Repeat(" ", margin), margin, elsewhere, p.style.Faint)
	}
}

// wavering prints, cell by cell, the records that its repeats answered differently.
func (p *printer) wavering(t *prompttest.TestReport) {
	for _, c := range cellsOf(t) {
		if len(c.Wavering) == 0 {
			continue
		}
		heading := report.Count(int64(len(c.Wavering)), "records") + " on which repeats disagree, most split first"
		if isMatrix(t) {
			heading += " · " + oneLine(c.Label)
		}
		p.painted("  ", 2, heading, p.style.Head)
		shown := p.limit(shownDisagreements, len(c.Wavering))
		for i := range c.Wavering[:shown] {
			p.waver(&c.Wavering[i])
		}
		p.more(2, int64(len(c.Wavering)-shown), "", int64(len(c.Wavering)-shown))
		p.line("")
	}
}

// waver prints the answers that repeats gave to one case.
func (p *printer) waver(d *prompttest.Disagreement) {
	const margin = 4
	p.sentence("  ", 2, titleOf(d.Record, d.Case, 0))
	groups, column := wavers(d), 0
	for _, g := range groups {
		column = max(column, report.Width(waverWord(g))+2)
	}
	said := answers(groups, func(int) int { return max(20, p.style.Width-margin-column) })
	for i, g := range groups {
		word := p.style.Good(fill(waverWord(g), column))
		if g.verdict.Passed < g.verdict.Of {
			word = p.style.Bad(fill(waverWord(g), column))
		}
		p.line("%s%s%s", strings.Repeat(" ", margin), word, said[i])
	}
}

// wavers are the answers of the repeats to a case, the most frequent first as they come.
func wavers(d *prompttest.Disagreement) []*verdictGroup {
	var out []*verdictGroup
	for _, v := range present(d.Cells) {
		one := *v
		one.Answer = oneLine(one.Answer)
		out = append(out, &verdictGroup{verdict: one})
	}
	return out
}

// waverWord says how many repeats gave an answer, and how they did with it.
func waverWord(g *verdictGroup) string {
	repeats := report.Count(int64(g.verdict.Of), "repeats")
	switch {
	case g.verdict.Passed >= g.verdict.Of:
		return repeats + " passed"
	case g.verdict.Passed <= 0:
		return repeats + " failed"
	}
	return repeats + ", " + report.Number(int64(g.verdict.Passed)) + " passed"
}
