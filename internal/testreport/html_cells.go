package testreport

import (
	"strconv"

	"askflow/internal/prompttest"
	"askflow/internal/report"
)

// cells is the table of figures, one row a cell, and under it why cells were refused.
func (p *htmlPage) cells(number int, t *prompttest.TestReport) {
	id, best := htmlID(number, "cells"), htmlBest(t)
	agreement, judged, numbered := false, false, htmlNumbered(t)
	for _, c := range t.Cells {
		agreement = agreement || c != nil && c.Agreement != nil
		judged = judged || c != nil && c.JudgeAsks > 0
	}
	p.raw(`<section aria-labelledby="`, id, `"><h3 id="`, id, `">`, htmlCellsTitle(t), "</h3>\n")
	p.scrollStart("Figures of each cell")
	p.raw(`<table class="figs"><caption class="vh">Figures of each cell</caption>`, "\n<thead><tr>")
	if !isPlain(t) {
		p.raw(`<th scope="col">Cell</th>`)
	}
	p.raw(`<th scope="col">Pass rate</th><th scope="col">Cases</th>`)
	if agreement {
		p.raw(`<th scope="col">Agreement</th>`)
	}
	p.raw(`<th scope="col">Cost</th>`)
	if judged {
		p.raw(`<th scope="col">Judges</th>`)
	}
	p.raw(`<th scope="col">Asks</th><th scope="col">Tokens in</th><th scope="col">Tokens out</th><th scope="col">p50</th><th scope="col">p90</th><th scope="col">p99</th></tr></thead>`, "\n<tbody>\n")
	for i, c := range t.Cells {
		if c == nil {
			continue
		}
		p.raw("<tr>")
		if !isPlain(t) {
			p.cellName(number, i+1, c, numbered, best[c])
		}
		if c.Refused != nil {
			span := 9
			if agreement {
				span++
			}
			if judged {
				span++
			}
			p.raw(`<td class="refused" colspan="`, strconv.Itoa(span), `"><b>refused</b> `, htmlText(c.Refused.Message), "</td></tr>\n")
			continue
		}
		p.cellRow(c, agreement, judged)
	}
	p.raw("</tbody></table></div>\n")
	p.cellNotes(t, agreement)
	p.raw("</section>\n")
}

// cellName begins the row of a cell: its name, which leads to its cases.
func (p *htmlPage) cellName(test, number int, c *prompttest.CellReport, numbered, best bool) {
	p.raw(`<th scope="row">`)
	if numbered {
		p.raw(`<span class="no">`, strconv.Itoa(number), "</span> ")
	}
	p.raw(`<a href="#`, htmlID(test, "c", number), `"><bdi>`, htmlText(htmlLabel(c)), "</bdi></a>")
	if best {
		p.raw(` <span class="star">★<span class="vh"> best</span></span>`)
	}
	p.raw("</th>")
}

// htmlCellsTitle is what the table of cells is called: a single cell is no choice of cells.
func htmlCellsTitle(t *prompttest.TestReport) string {
	if len(t.Cells) == 1 {
		return "Figures"
	}
	return "Cells"
}

// htmlLabel names a cell.
func htmlLabel(c *prompttest.CellReport) string {
	if c.Label == "" {
		return asItIs
	}
	return c.Label
}

func (p *htmlPage) cellRow(c *prompttest.CellReport, agreement, judged bool) {
	cell := func(value string) { p.raw(`<td class="n">`, value, "</td>") }
	p.raw(`<td class="rate">`, htmlBar(c.PassRate), " <b>", htmlPercent(c.PassRate), "</b></td>")
	cell(report.Number(c.Passed) + " of " + report.Number(c.Cases))
	if agreement {
		if c.Agreement != nil {
			cell(htmlPercent(*c.Agreement))
		} else {
			cell("–")
		}
	}
	switch {
	case c.UnknownPrice > 0 && amount(c.CostUSD) == "0":
		cell("?")
	case c.UnknownPrice > 0:
		cell(htmlExact(c.CostUSD) + " + ?")
	default:
		cell(htmlExact(c.CostUSD))
	}
	if judged {
		cell(htmlExact(c.JudgeCostUSD))
	}
	estimated := ""
	if c.EstimatedUsage {
		estimated = "≈ "
	}
	asks := report.Number(c.Asks)
	if c.FailedAsks > 0 {
		asks += ` <small class="bad">` + report.Number(c.FailedAsks) + " failed</small>"
	}
	cell(asks)
	in := estimated + report.Number(c.InputTokens)
	if c.CachedTokens > 0 {
		in += ` <small>` + report.Number(c.CachedTokens) + " cached</small>"
	}
	cell(in)
	out := estimated + report.Number(c.OutputTokens)
	if c.ReasoningTokens > 0 {
		out += ` <small>` + report.Number(c.ReasoningTokens) + " reasoning</small>"
	}
	cell(out)
	for _, ms := range []int64{c.LatencyP50, c.LatencyP90, c.LatencyP99} {
		cell(htmlMs(ms))
	}
	p.raw("</tr>\n")
}

// cellNotes explains the signs in the table that are used.
func (p *htmlPage) cellNotes(t *prompttest.TestReport, agreement bool) {
	estimated, noAnswer, unjudged := false, int64(0), int64(0)
	for _, c := range t.Cells {
		if c == nil {
			continue
		}
		estimated = estimated || c.EstimatedUsage
		noAnswer += c.NoAnswer
		unjudged += c.NotJudged
	}
	var notes []string
	if agreement {
		notes = append(notes, "Agreement is how often repeats of a question gave its most frequent answer.")
	}
	if estimated {
		notes = append(notes, "≈ marks tokens that are partly estimated.")
	}
	for _, note := range unpricedNotes(t) {
		notes = append(notes, htmlText(note+"."))
	}
	if noAnswer > 0 {
		notes = append(notes, report.Count(noAnswer, "asks")+" had no scripted or recorded answer.")
	}
	if unjudged > 0 {
		notes = append(notes, notJudged(unjudged)+".")
	}
	for _, note := range notes {
		p.raw(`<p class="legend">`, note, "</p>\n")
	}
}
