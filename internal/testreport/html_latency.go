package testreport

import (
	"math"
	"strconv"

	"askflow/internal/report"
)

// The plot of latencies has a row for each cell.
const (
	latencyRow  = 36.0
	latencyTop  = 10.0
	latencyRows = 40 // more are in the table only
)

// latencyPlot draws, for each cell that sent asks, the range from the median to the 99th percentile.
func (p *htmlPage) latencyPlot(asked []htmlAsked) {
	var rows []htmlAsked
	least, most := math.MaxFloat64, 0.0
	for _, a := range asked {
		if c := a.cell; c.LatencyP99 > 0 {
			rows = append(rows, a)
			least, most = min(least, float64(max(c.LatencyP50, 1))), max(most, float64(c.LatencyP99))
		}
	}
	if len(rows) == 0 {
		return
	}
	left := max(0, len(rows)-latencyRows)
	rows = rows[:len(rows)-left]
	x, scale := newHTMLAxis(0, most, 8, plotWidth-plotRight-14), ""
	if most > 25*least {
		x, scale = newHTMLLogAxis(least, most, 8, plotWidth-plotRight-14), ", logarithmic"
	}
	bottom := latencyTop + latencyRow*float64(len(rows))
	p.raw(`<figure class="plot"><figcaption><h4>Latency</h4></figcaption>`, "\n")
	p.scrollStart("Plot of latencies")
	p.raw(`<svg viewBox="0 0 `, htmlNumber(plotWidth), " ", htmlNumber(bottom+plotBottom), `" role="img" aria-label="`, htmlLatencySummary(rows), `">`, "\n")
	for i, v := range x.ticks {
		at, anchor := htmlNumber(x.at(v)), "middle"
		if i == 0 {
			anchor = "start"
		}
		p.raw(`<line class="grid" x1="`, at, `" x2="`, at, `" y1="`, htmlNumber(latencyTop), `" y2="`, htmlNumber(bottom+4), `"/>`,
			`<text class="tick" text-anchor="`, anchor, `" x="`, at, `" y="`, htmlNumber(bottom+17), `">`, htmlTickMs(v), "</text>\n")
	}
	p.raw(`<text class="title" text-anchor="end" x="`, htmlNumber(plotWidth-4), `" y="`, htmlNumber(bottom+plotBottom-8), `">time of an ask`, scale, " →</text>\n")
	for i, a := range rows {
		p.range99(x, latencyTop+latencyRow*float64(i), a)
	}
	p.raw("</svg></div>\n",
		`<p class="legend keys"><span><svg class="key" viewBox="0 0 12 12" aria-hidden="true"><circle class="p50" cx="6" cy="6" r="5"/></svg> half of the asks took no longer (p50)</span>`,
		`<span><svg class="key" viewBox="0 0 12 12" aria-hidden="true"><line class="p90" x1="6" x2="6" y1="0" y2="12"/></svg> nine of ten (p90)</span>`,
		`<span><svg class="key" viewBox="0 0 12 12" aria-hidden="true"><rect class="range" x="0" y="3" width="12" height="6"/></svg> up to 99 of 100 (p99)</span>`)
	if left > 0 {
		p.raw("<span>", strconv.Itoa(left), " more in the table</span>")
	}
	p.raw("</p></figure>\n")
}

// range99 draws one row: the cell's name, a bar from p50 to p99, a dot at p50, a stroke at p90.
func (p *htmlPage) range99(x *htmlAxis, top float64, a htmlAsked) {
	c := a.cell
	p50, p90, p99 := x.at(float64(c.LatencyP50)), x.at(float64(c.LatencyP90)), x.at(float64(c.LatencyP99))
	middle := top + 25
	p.raw(`<g><title>`, htmlText(htmlLabel(c)), ": p50 ", htmlMs(c.LatencyP50), ", p90 ", htmlMs(c.LatencyP90), ", p99 ", htmlMs(c.LatencyP99), "</title>",
		`<text class="label" x="8" y="`, htmlNumber(top+13), `">`, htmlText(htmlCut(a.row(), 60)), "</text>",
		`<rect class="range" x="`, htmlNumber(p50), `" y="`, htmlNumber(middle-3.5), `" width="`, htmlNumber(max(p99-p50, 1)), `" height="7" rx="1.5"/>`,
		`<line class="p90" x1="`, htmlNumber(p90), `" x2="`, htmlNumber(p90), `" y1="`, htmlNumber(middle-7), `" y2="`, htmlNumber(middle+7), `"/>`,
		`<circle class="p50" cx="`, htmlNumber(p50), `" cy="`, htmlNumber(middle), `" r="5"/></g>`, "\n")
}

func htmlLatencySummary(rows []htmlAsked) string {
	text := "Latency of asks."
	for i, a := range rows {
		c := a.cell
		if i == 12 {
			text += " And " + report.Count(int64(len(rows)-i), "cells") + " more."
			break
		}
		text += " " + c.Label + ": p50 " + htmlMs(c.LatencyP50) + ", p90 " + htmlMs(c.LatencyP90) + ", p99 " + htmlMs(c.LatencyP99) + "."
	}
	return htmlText(text)
}
