package testreport

import (
	"strconv"

	"askflow/internal/prompttest"
	"askflow/internal/report"
	"askflow/internal/run"
)

// test is one test, from its verdict to every case. Its number makes its ids.
func (p *htmlPage) test(number int, t *prompttest.TestReport) error {
	id := htmlID(number)
	p.raw(`<section class="test" aria-labelledby="`, id, `"><header class="head">`,
		`<h2 id="`, id, `">`, htmlMark(t.Passed), " <bdi>", htmlText(t.Name), `</bdi> <span class="badge `, htmlGoodBad(t.Passed), `">`, htmlPassedWord(t.Passed), "</span></h2>\n")
	if t.Description != "" {
		p.raw(`<p class="about">`, htmlText(t.Description), "</p>\n")
	}
	p.facts(t)
	p.raw("</header>\n")
	if t.Error != nil {
		p.problem("The test stopped early.", t.Error)
	}
	if neverBegan(t) { // figures of nothing say nothing
		p.raw("</section>\n")
		return nil
	}
	p.jumps(number, t)
	p.matrix(number, t)
	p.cells(number, t)
	p.plots(t)
	p.disagreements(number, t)
	p.wavering(number, t)
	p.failed(number, t)
	p.coverage(number, t)
	if err := p.everyCase(number, t); err != nil {
		return err
	}
	p.raw("</section>\n")
	return nil
}

func htmlGoodBad(good bool) string {
	if good {
		return "good"
	}
	return "bad"
}

// facts are the settings of a test in one line.
func (p *htmlPage) facts(t *prompttest.TestReport) {
	workflow := t.Workflow.Name
	if workflow == "" {
		workflow = t.Workflow.File
	}
	cases, passed := htmlSums(t)
	var list []htmlFigure
	if !neverBegan(t) {
		list = append(list, htmlFigure{label: "Cases passed", value: report.Number(passed) + " of " + report.Number(cases)})
	}
	add := func(label, value string) {
		if value != "" {
			list = append(list, htmlFigure{label: label, value: "<bdi>" + htmlText(value) + "</bdi>"})
		}
	}
	add("Workflow", workflow)
	add("Answers", t.Answers)
	add("Era", eraOf(t))
	if t.Repeat > 1 {
		list = append(list, htmlFigure{label: "Repeats", value: strconv.Itoa(t.Repeat)})
	}
	if t.Threshold > 0 && t.Threshold < 1 {
		list = append(list, htmlFigure{label: "Must pass", value: htmlPercent(t.Threshold)})
	}
	add("File", t.File)
	p.raw(`<dl class="facts">`)
	for _, f := range list {
		p.raw("<div><dt>", f.label, "</dt><dd>", f.value, "</dd></div>")
	}
	p.raw("</dl>\n")
}

// problem is an error that people must see: what happened, its code, what to do.
func (p *htmlPage) problem(title string, e *run.Error) {
	p.raw(`<div class="callout"><p><strong>`, title, "</strong> ", htmlText(e.Message), ` <code>`, htmlText(e.Code), "</code></p>")
	if e.Hint != "" {
		p.raw("<p>", htmlText(e.Hint), "</p>")
	}
	p.raw("</div>\n")
}

// jumps are links to the parts of a test that are there.
func (p *htmlPage) jumps(number int, t *prompttest.TestReport) {
	p.raw(`<nav class="jumps" aria-label="Parts of this test">`)
	link := func(part, label string, count int64) {
		p.raw(`<a href="#`, htmlID(number, part), `">`, label)
		if count > 0 {
			p.raw(`<span class="count">`, report.Number(count), "</span>")
		}
		p.raw("</a> ")
	}
	link("cells", htmlCellsTitle(t), htmlMany(len(t.Cells)))
	if len(t.Disagreements) > 0 {
		link("split", "Disagreements", max(t.Disagree, int64(len(t.Disagreements))))
	}
	if n := htmlWavering(t); n > 0 {
		link("waver", "Repeats that differ", n)
	}
	if n := htmlFailed(t); n > 0 {
		link("failed", "Failures", n)
	}
	if t.Coverage != nil {
		link("cover", "Coverage", 0)
	}
	cases, _ := htmlSums(t)
	link("cases", "Every case", cases)
	p.raw("</nav>\n")
}

// htmlMany is a count that is worth saying: of more than one.
func htmlMany(n int) int64 {
	if n < 2 {
		return 0
	}
	return int64(n)
}

// htmlFailed counts the failed cases of a test; those kept count when totals say less.
func htmlFailed(t *prompttest.TestReport) int64 {
	n := int64(0)
	for _, c := range t.Cells {
		if c != nil {
			n += max(c.Failed, int64(len(c.Failures)))
		}
	}
	return n
}

// record names a case: the record, the case's name, the repeat.
func (p *htmlPage) record(ref run.RecordRef, name string, repeat int) {
	if ref.Name != "" {
		p.raw(`<bdi class="name">`, htmlText(ref.Name), "</bdi> ")
	}
	p.raw(`<span class="id">`, htmlText(ref.ObjectType), " ", htmlText(ref.ID), "</span>")
	if name != "" {
		p.raw(` <bdi class="case-name">`, htmlText(name), "</bdi>")
	}
	if repeat > 0 {
		p.raw(` <span class="badge note">repeat `, strconv.Itoa(repeat), "</span>")
	}
}
