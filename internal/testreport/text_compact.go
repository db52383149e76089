package testreport

import (
	"fmt"
	"strings"

	"askflow/internal/prompttest"
	"askflow/internal/report"
)

// What is shown with Compact, so that most reports have room on a screen of 40 lines.
const (
	compactFailures = 3 // cases of a test
	compactCases    = 6 // cases of all tests
	compactChanges  = 3
	compactNotes    = 3 // warnings, reasons
)

// compact prints a report of which everything is on one screen.
func (p *printer) compact(r *prompttest.Report) {
	tests := testsOf(r)
	left := compactCases
	stopped := map[string][]string{} // tests by what stopped them
	for _, t := range tests {
		if t.Error != nil {
			reason := errorText(t.Error)
			stopped[reason] = append(stopped[reason], oneLine(t.Name))
		}
	}
	for _, t := range tests {
		if t.Error != nil {
			reason := errorText(t.Error)
			if names := stopped[reason]; names[0] == oneLine(t.Name) { // what stops many tests is said once
				p.sentence(p.style.Bad("✗")+" ", 2, listed(names, compactFailures)+" stopped: "+reason)
			}
			continue
		}
		p.compactTest(t, &left)
	}
	if len(r.NotRun) > 0 {
		names := make([]string, len(r.NotRun))
		for i, name := range r.NotRun {
			names[i] = oneLine(name)
		}
		p.line("%s  %s", p.style.Warn("not run"), report.Truncate(listed(names, compactFailures), p.style.Width-9))
	}
	p.line("")
	p.compactBaseline(r.Baseline)
	p.compactCoverage(tests)
	p.compactNotes(r)
}

// listed joins names, at most a number of them.
func listed(names []string, most int) string {
	if len(names) <= most+1 {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d others", strings.Join(names[:most], ", "), len(names)-most)
}

// compactTest is one line of a test, and of one that failed how its first cases did.
func (p *printer) compactTest(t *prompttest.TestReport, left *int) {
	mark := p.style.Good("✓")
	if !t.Passed {
		mark = p.style.Bad("✗")
	}
	figures := compactFigures(t)
	name := report.Truncate(oneLine(t.Name), max(10, p.style.Width-2-2-report.Width(figures)))
	if !t.Passed {
		name = p.style.Head(name)
	}
	p.line("%s %s  %s", mark, name, figures)
	if t.Passed {
		return
	}
	p.refusals(cellsOf(t))
	all, groups := failedCases(t), failedGroups(t)
	kept := int64(0)
	share := shares(groups, min(compactFailures, *left))
	shown := false
	for i, c := range cellsOf(t) {
		kept += int64(len(failuresOf(c)))
		for _, g := range groups[i][:share[i]] {
			p.compactCase(t, c, g)
			all, kept = all-g.cases(), kept-g.cases()
			*left--
			shown = true
		}
	}
	if shown {
		p.more(2, all, "", kept)
	}
}

// compactFigures are the cases of a test that passed, its cells where it has several, and how long the slowest tenth of its asks took.
func compactFigures(t *prompttest.TestReport) string {
	var passed, cases, slow int64
	for _, c := range cellsOf(t) {
		passed, cases, slow = passed+c.Passed, cases+c.Cases, max(slow, c.LatencyP90)
	}
	parts := []string{report.Number(passed) + " of " + report.Number(cases)}
	if n := len(cellsOf(t)); n > 1 {
		parts = append(parts, report.Count(int64(n), "cells"))
	}
	if slow > 0 {
		parts = append(parts, "p90 "+milliseconds(slow))
	}
	return strings.Join(parts, " · ")
}

// compactCase is a failed case in four lines: where, what was expected, what came.
func (p *printer) compactCase(t *prompttest.TestReport, c *prompttest.CellReport, g *failedGroup) {
	title, behind := titleOf(g.Record, g.Case, 0), strings.TrimPrefix(g.title(), titleOf(g.Record, g.Case, 0))
	if isMatrix(t) {
		behind += " · " + oneLine(c.Label)
	}
	room := p.style.Width - 4
	if rest := room - report.Width(behind); rest >= room/3 { // what tells cases of one record apart stands behind its name
		title = report.Truncate(title, rest)
	}
	p.line("  %s %s", p.style.Bad("✗"), report.Truncate(title+behind, room))
	if len(g.Failures) == 0 {
		return
	}
	f := &g.Failures[0]
	head := expectationTitle(f)
	if n := len(g.Failures) - 1; n > 0 {
		head += ", and " + report.Count(int64(n), "more expectations")
	}
	place := where(f.File, f.Line, f.Column)
	p.line("    %s  %s", p.style.Head(report.Truncate(head, max(10, p.style.Width-6-report.Width(place)))), p.style.Link(report.Truncate(place, p.style.Width/2)))
	texts := aroundDifference([]string{orEmpty(oneLine(f.Expected)), orEmpty(oneLine(f.Got))}, max(10, p.style.Width-16))
	for i, label := range []string{"expected", "got"} {
		p.line("      %s%s", p.style.Faint(fill(label, 10)), texts[i])
	}
}

// compactBaseline counts what changed since the baseline, and shows the worst of it.
func (p *printer) compactBaseline(b *prompttest.Baseline) {
	if b == nil {
		return
	}
	p.sentence("", 0, "Against "+oneLine(b.Of)+": "+strings.Join(baselineFigures(b), ", "))
	changes := changesByKind(b)
	shown := min(compactChanges, len(changes))
	for _, c := range changes[:shown] {
		p.line("  %s", report.Truncate(fill(c.Kind, 11)+changePlace(c, p.tests), p.style.Width-2))
	}
	p.more(2, b.Regressed+b.Fixed+b.Changed-int64(shown), "changes", int64(len(changes)-shown))
	p.line("")
}

// compactCoverage is a line for each workflow: its tests count together.
func (p *printer) compactCoverage(tests []*prompttest.TestReport) {
	seen := map[string]bool{}
	for _, t := range tests {
		if t.Coverage == nil || seen[t.Workflow.File+"\x00"+t.Workflow.Name] {
			continue
		}
		seen[t.Workflow.File+"\x00"+t.Workflow.Name] = true
		text := coverageText(t.Coverage)
		p.line("%s  %s: %s", p.style.Head("Coverage"), report.Truncate(coverageOf(t), max(10, p.style.Width-12-report.Width(text))), text)
	}
	if len(seen) > 0 {
		p.line("")
	}
}

// compactNotes are the first warnings, and the first reasons why it did not pass.
func (p *printer) compactNotes(r *prompttest.Report) {
	for _, warning := range r.Warnings[:min(compactNotes, len(r.Warnings))] {
		p.line("%s %s", p.style.Warn("!"), report.Truncate(oneLine(warning.Error()), p.style.Width-2))
	}
	p.more(0, int64(len(r.Warnings)-compactNotes), "warnings", int64(len(r.Warnings)-compactNotes))
	for _, reason := range r.Reasons[:min(compactNotes, len(r.Reasons))] {
		p.line("%s %s", p.style.Bad("✗"), report.Truncate(oneLine(reason), p.style.Width-2))
	}
	p.more(0, int64(len(r.Reasons)-compactNotes), "reasons", int64(len(r.Reasons)-compactNotes))
}
