package testreport

import (
	"fmt"
	"strings"

	"askflow/internal/prompttest"
	"askflow/internal/report"
)

// changesByKind orders what changed since a baseline: what got worse first.
func changesByKind(b *prompttest.Baseline) []*prompttest.BaselineChange {
	var out []*prompttest.BaselineChange
	for _, kind := range []string{prompttest.Regressed, prompttest.Fixed, prompttest.Changed} {
		for i := range b.Changes {
			if b.Changes[i].Kind == kind {
				out = append(out, &b.Changes[i])
			}
		}
	}
	return out
}

// hasNothingInCommon tells that a baseline has none of the cases that ran, so that it says nothing about them.
func hasNothingInCommon(b *prompttest.Baseline) bool {
	return b != nil && b.New > 0 && b.Regressed+b.Fixed+b.Changed+b.Same == 0
}

// baselineFigures counts what changed since a baseline.
func baselineFigures(b *prompttest.Baseline) []string {
	var out []string
	if hasNothingInCommon(b) {
		out = append(out, "it has none of these cases")
	}
	for _, n := range []struct {
		n    int64
		what string
	}{{b.Regressed, "regressed"}, {b.Fixed, "fixed"}, {b.Changed, "with another answer"}, {b.Same, "the same"}, {b.New, "new"}, {b.Gone, "gone"}} {
		if n.n > 0 {
			out = append(out, report.Number(n.n)+" "+n.what)
		}
	}
	if len(out) == 0 {
		return []string{"no case to compare"}
	}
	return out
}

// changePlace says where a change happened: test, cell, record, case. The only one of tests, and what is no cell of a matrix, go
// without saying.
func changePlace(c *prompttest.BaselineChange, tests int) string {
	place := titleOf(c.Record, c.Case, c.Repeat)
	if !namesNothing(c.Cell) {
		place = oneLine(c.Cell) + " · " + place
	}
	if tests != 1 {
		place = oneLine(c.Test) + " · " + place
	}
	if c.Step != "" {
		place += " · step " + cut(oneLine(c.Step), maxName)
	}
	return place
}

// baseline prints what changed since the run or report that the tests were held against.
func (p *printer) baseline(b *prompttest.Baseline) {
	if b == nil {
		return
	}
	p.painted("", 0, "Against "+oneLine(b.Of), p.style.Head)
	p.sentence("  ", 2, strings.Join(baselineFigures(b), ", "))
	changes := changesByKind(b)
	shown := p.limit(shownChanges, len(changes))
	for _, c := range changes[:shown] {
		p.change(c)
	}
	p.more(2, b.Regressed+b.Fixed+b.Changed-int64(shown), "changes", int64(len(changes)-shown))
	p.line("")
}

func (p *printer) change(c *prompttest.BaselineChange) {
	kind := fill(c.Kind, 11)
	switch c.Kind {
	case prompttest.Regressed:
		kind = p.style.Bad(kind)
	case prompttest.Fixed:
		kind = p.style.Good(kind)
	default:
		kind = p.style.Warn(kind)
	}
	place := changePlace(c, p.tests)
	told, untold := p.untold(c)
	if len(told) > 0 { // each is above, with what was expected and where
		place += ": " + failedNames(told)
	}
	p.sentence("  "+kind, 13, place)
	switch {
	case !sameAnswer(c):
		p.field(13, "before", orNone(c.Before), 3, false)
		p.field(13, "after", orNone(c.After), 3, false)
	case len(c.Failures) == 0:
		same := "the same: "
		if c.Kind == prompttest.Changed {
			same = "the same, as far as it is kept: "
		}
		p.field(13, "answer", same+p.short(orNone(c.After)), 1, false)
	}
	for _, f := range untold {
		p.sentence(strings.Repeat(" ", 13), 13, fmt.Sprintf("%s: expected %s, got %s  %s", expectationTitle(f), p.short(f.Expected), p.short(f.Got), where(f.File, f.Line, f.Column)))
	}
}

// failedNames are expectations that were not met, without what they got.
func failedNames(failures []*prompttest.Failure) string {
	names := make([]string, len(failures))
	for i, f := range failures {
		names[i] = expectationTitle(f)
	}
	return listed(names, 3)
}

// sameAnswer tells that both answers of a change read the same: something else than them has changed, or something behind what was
// kept of them.
func sameAnswer(c *prompttest.BaselineChange) bool { return c.Before == c.After }

// failedGot is what the failed expectations of a change got, on one line; "" where none failed.
func failedGot(c *prompttest.BaselineChange) string {
	var parts []string
	for i := range c.Failures {
		f := &c.Failures[i]
		parts = append(parts, fmt.Sprintf("%s: got %s", expectationTitle(f), cut(orEmpty(oneLine(f.Got)), maxName)))
	}
	return strings.Join(parts, "; ")
}

// short is a text on one line, cut where it is long.
func (p *printer) short(s string) string { return report.Truncate(orEmpty(oneLine(s)), 60) }

func orNone(answer string) string {
	if answer == "" {
		return "(no answer)"
	}
	return orEmpty(answer)
}

// neverReached are the items of a coverage without a hit.
func neverReached(c *prompttest.Coverage) []*prompttest.CoverItem {
	var out []*prompttest.CoverItem
	for i := range c.Items {
		if c.Items[i].Hits <= 0 {
			out = append(out, &c.Items[i])
		}
	}
	return out
}

// coverageText is the share of a workflow that a test reached.
func coverageText(c *prompttest.Coverage) string {
	return fmt.Sprintf("%s (%s of %s reached)", percentText(c.Percent()), report.Number(int64(c.Covered)), report.Number(int64(c.Total)))
}

// coverages prints what the tests reached.
func (p *printer) coverages(tests []*prompttest.TestReport) {
	counted := false
	for _, t := range tests {
		if t.Coverage != nil {
			p.coverage(t)
			counted = true
		}
	}
	if counted {
		p.line("")
	}
}

// coverage prints how much of its workflow a test reached, and what it never did.
func (p *printer) coverage(t *prompttest.TestReport) {
	never := neverReached(t.Coverage)
	p.sentence(p.style.Head("Coverage")+"  ", 10, coverageOf(t)+": "+coverageText(t.Coverage))
	if len(never) == 0 {
		return
	}
	shown := p.limit(shownNeverReached, len(never))
	table := &report.Table{Keep: map[int]bool{0: true, 1: true, 3: true}, Grow: 2, Paint: func(_, col int, text string) string {
		switch col {
		case 0:
			return p.style.Warn(text)
		case 3:
			return p.style.Link(text)
		}
		return text
	}}
	for _, it := range never[:shown] {
		table.Rows = append(table.Rows, []string{"never reached", oneLine(string(it.Kind)), coverLabel(it), where(it.File, it.Line, 0)})
	}
	p.table(2, table)
	p.more(2, int64(len(never)-shown), "", int64(len(never)-shown))
}

// coverageOf names what was reached: all tests of a workflow count together, so it is called by the workflow.
func coverageOf(t *prompttest.TestReport) string {
	if name := oneLine(t.Workflow.Name); name != "" {
		return name
	}
	return oneLine(t.Name)
}

// coverLabel names what can be reached; its id where it has no label.
func coverLabel(it *prompttest.CoverItem) string {
	if label := oneLine(it.Label); label != "" {
		return label
	}
	return oneLine(it.ID)
}
