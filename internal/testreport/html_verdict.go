package testreport

import (
	"strconv"
	"strings"

	"askflow/internal/prompttest"
	"askflow/internal/report"
	"askflow/internal/source"
)

// verdict is the top of the page: what came out, in a sentence and in figures, and where to go on.
func (p *htmlPage) verdict(r *prompttest.Report, meta Meta) {
	word, class := "Failed", "bad"
	if r.Passed {
		word, class = "Passed", "good"
	}
	p.raw(`<header class="top `, class, `" id="top">`, "\n", `<p class="over">`, htmlText(htmlTitle(meta)))
	if meta.Portal != "" {
		p.raw(` <span class="sep">·</span> `, htmlText(meta.Portal))
	}
	p.raw("</p>\n<h1>", htmlMark(r.Passed), " ", word, "</h1>\n", `<p class="lead">`, htmlVerdict(r), "</p>\n")
	if len(r.Reasons) > 0 {
		p.raw(`<ul class="reasons">`)
		for _, reason := range r.Reasons {
			p.raw("<li>", htmlText(reason), "</li>")
		}
		p.raw("</ul>\n")
	}
	p.figures(r)
	if meta.Command != "" {
		p.raw(`<p class="command"><span>Command</span> <code>`, htmlText(meta.Command), "</code></p>\n")
	}
	p.raw("</header>\n")
	p.contents(r)
}

// htmlMark is a tick or a cross; what it stands for is said beside it.
func htmlMark(passed bool) string {
	if passed {
		return `<span class="mark good" aria-hidden="true">✓</span>`
	}
	return `<span class="mark bad" aria-hidden="true">✗</span>`
}

// htmlVerdict says how the cases did, and what they say nothing about.
func htmlVerdict(r *prompttest.Report) string {
	said := htmlCases(r)
	if n := len(r.NotRun); n > 0 {
		said += " " + report.Count(int64(n), "tests") + " did not run."
	}
	if hasNothingInCommon(r.Baseline) {
		said += " <bdi>" + htmlText(r.Baseline.Of) + "</bdi> has none of these cases, so nothing was compared."
	}
	return said
}

// ofCases is "of 12 cases"; "" where there was none.
func ofCases(n int64) string {
	if n == 0 {
		return ""
	}
	return "of " + report.Count(n, "cases")
}

// notRun names the tests that never began.
func (p *htmlPage) notRun(r *prompttest.Report) {
	if len(r.NotRun) == 0 {
		return
	}
	p.raw(`<section class="panel" aria-labelledby="notrun"><h2 id="notrun">Not run <span class="count">`, strconv.Itoa(len(r.NotRun)), "</span></h2>\n",
		`<p class="legend">These tests never began, since one before them was stopped.</p><ul class="plain">`, "\n")
	for _, name := range r.NotRun {
		p.raw("<li><bdi>", htmlText(name), "</bdi></li>\n")
	}
	p.raw("</ul></section>\n")
}

// htmlCases says in a sentence how the cases did.
func htmlCases(r *prompttest.Report) string {
	t := &r.Totals
	switch {
	case t.Cases == 0:
		return "No case was run."
	case t.Failed == 0 && r.Passed:
		return "All " + report.Count(t.Cases, "cases") + " passed."
	case t.Failed == 0:
		return "All " + report.Count(t.Cases, "cases") + " passed; the test run did not."
	case r.Passed:
		return report.Number(t.Failed) + " of " + report.Count(t.Cases, "cases") + " failed, no more than the thresholds allow."
	}
	return report.Number(t.Failed) + " of " + report.Count(t.Cases, "cases") + " failed."
}

// figure is one number of a list of figures; its value is markup.
type htmlFigure struct{ label, value, note string }

func (p *htmlPage) figureList(list []htmlFigure) {
	p.raw(`<dl class="figures">`)
	for _, f := range list {
		p.raw("<div><dt>", f.label, "</dt><dd>", f.value)
		if f.note != "" {
			p.raw(` <small>`, f.note, "</small>")
		}
		p.raw("</dd></div>")
	}
	p.raw("</dl>\n")
}

func (p *htmlPage) figures(r *prompttest.Report) {
	t := &r.Totals
	list := []htmlFigure{
		{label: "Passed", value: report.Number(t.Passed), note: ofCases(t.Cases)},
		{label: "Failed", value: report.Number(t.Failed)},
		{label: "Checks", value: report.Number(t.Checks)},
		{label: "Tests", value: strconv.Itoa(t.Tests)},
		{label: "Cells", value: strconv.Itoa(t.Cells)},
		{label: "Asks", value: report.Number(t.Asks)},
	}
	if t.Cases > 0 {
		list[0].note += ", " + htmlPercent(float64(t.Passed)/float64(t.Cases))
	}
	if t.Refused > 0 {
		list[4].note = report.Number(int64(t.Refused)) + " refused"
	}
	p.figureList(append(list, htmlCosts(r)...))
}

// htmlCosts are what asks and judges cost, or what they would cost live where every answer was scripted or recorded before.
func htmlCosts(r *prompttest.Report) []htmlFigure {
	t := &r.Totals
	cost, judges := htmlFigure{label: "Cost", value: htmlExact(t.CostUSD)}, htmlFigure{label: "Judges", value: htmlExact(t.JudgeCostUSD)}
	if played(r) {
		cost.label, cost.value = "Asked live", "about "+cost.value
		judges.label, judges.value = "Judges, asked live", "about "+judges.value
	}
	if t.UnknownPrice > 0 {
		cost.note = "and " + htmlText(unpriced(t.UnknownPrice, modelsWithoutPrice(r)))
		if amount(t.CostUSD) == "0" {
			cost.value, cost.note = "not known", strings.TrimPrefix(cost.note, "and ")
		}
	}
	list := []htmlFigure{cost}
	if amount(t.JudgeCostUSD) != "0" {
		list = append(list, judges)
	}
	return list
}

// contents lists the tests, when there are several, each a link.
func (p *htmlPage) contents(r *prompttest.Report) {
	if len(r.Tests) < 2 {
		return
	}
	p.raw(`<nav class="contents" aria-label="Tests"><ol>`)
	for i, t := range r.Tests {
		if t == nil {
			continue
		}
		cases, passed := htmlSums(t)
		p.raw(`<li><a href="#`, htmlID(i+1), `">`, htmlMark(t.Passed), " <bdi>", htmlText(t.Name), "</bdi> ",
			`<span class="soft">`, htmlPassedWord(t.Passed))
		if !neverBegan(t) {
			p.raw(", ", report.Number(passed), " of ", report.Count(cases, "cases"))
		}
		p.raw("</span></a></li>")
	}
	p.raw("</ol></nav>\n")
}

func htmlPassedWord(passed bool) string {
	if passed {
		return "passed"
	}
	return "failed"
}

// htmlSums adds up the cases of a test's cells.
func htmlSums(t *prompttest.TestReport) (cases, passed int64) {
	for _, c := range t.Cells {
		if c != nil && c.Refused == nil {
			cases, passed = cases+c.Cases, passed+c.Passed
		}
	}
	return cases, passed
}

// warnings lists what is worth saying about portal and tests.
func (p *htmlPage) warnings(list source.Problems) {
	if len(list) == 0 {
		return
	}
	p.raw(`<section class="panel" aria-labelledby="warnings"><h2 id="warnings">Worth knowing</h2><ul class="plain">`, "\n")
	for _, w := range list {
		class := "note"
		switch w.Severity {
		case source.SeverityWarning:
			class = "warn"
		case source.SeverityError:
			class = "bad"
		}
		p.raw(`<li><span class="badge `, class, `">`, htmlText(string(w.Severity)), "</span> ", htmlText(w.Message))
		if w.Hint != "" {
			p.raw(` <span class="soft">`, htmlText(w.Hint), "</span>")
		}
		if where := w.Where(); where != "" {
			p.raw(` <code class="where">`, htmlText(where), "</code>")
		}
		p.raw("</li>\n")
	}
	p.raw("</ul></section>\n")
}
