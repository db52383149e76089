package testreport

import (
	"askflow/internal/prompttest"
	"askflow/internal/report"
)

// htmlWavering counts the cases of a test that repeats of a cell answered differently.
func htmlWavering(t *prompttest.TestReport) (n int64) {
	for _, c := range cellsOf(t) {
		n += int64(len(c.Wavering))
	}
	return n
}

// wavering lists, cell by cell, the cases that its repeats answered differently, each with its answers.
func (p *htmlPage) wavering(number int, t *prompttest.TestReport) {
	total := htmlWavering(t)
	if total == 0 {
		return
	}
	id := htmlID(number, "waver")
	p.raw(`<section aria-labelledby="`, id, `"><h3 id="`, id, `">Repeats that differ <span class="count">`, report.Number(total), "</span></h3>\n",
		`<p class="legend">Cases to which repeats of the same question gave several answers; the most split come first.</p>`, "\n")
	for _, c := range cellsOf(t) {
		if len(c.Wavering) == 0 {
			continue
		}
		if isPlain(t) {
			p.more(len(c.Wavering), htmlShown, "cases", func(from, to int) { p.waverTable(c.Wavering[from:to]) })
			continue
		}
		p.raw(`<details class="group" open><summary><h4><bdi>`, htmlText(htmlLabel(c)), `</bdi></h4> <span class="count">`, report.Number(int64(len(c.Wavering))), "</span></summary>\n")
		p.more(len(c.Wavering), htmlShown, "cases", func(from, to int) { p.waverTable(c.Wavering[from:to]) })
		p.raw("</details>\n")
	}
	p.raw("</section>\n")
}

func (p *htmlPage) waverTable(list []prompttest.Disagreement) {
	p.scrollStart("Answers of repeats")
	p.raw(`<table class="figs"><caption class="vh">What the repeats of each case answered, one row an answer</caption><thead><tr><th scope="col">Record</th><th scope="col">Repeats</th><th scope="col">Answer</th></tr></thead>`, "\n<tbody>\n")
	for i := range list {
		d := &list[i]
		groups := wavers(d)
		said := answers(groups, func(int) int { return htmlAnswerShown })
		for j, g := range groups {
			p.raw(`<tr><th scope="row">`)
			p.record(d.Record, d.Case, 0)
			p.raw("</th><td>", htmlMark(g.verdict.Passed >= g.verdict.Of), " ", htmlText(waverWord(g)), "</td><td><bdi>", htmlText(said[j]), "</bdi></td></tr>\n")
		}
	}
	p.raw("</tbody></table></div>\n")
}
