package testreport

import (
	"math"
	"strconv"

	"askflow/internal/prompttest"
	"askflow/internal/report"
)

// The size of the plot of costs, in units of the picture; it is drawn at about one pixel a unit.
const (
	plotWidth, plotHeight = 520.0, 330.0
	plotLeft, plotRight   = 46.0, 16.0
	plotTop, plotBottom   = 16.0, 44.0
	plotLetter            = 6.6 // about the width of a letter of a label
	plotLine              = 12.0
)

// htmlAsked is a cell in the plots.
type htmlAsked struct {
	cell *prompttest.CellReport
	// number is the cell's in the table, where plots name cells by number; 0 where their labels have room.
	number int
}

// mark names the cell beside its mark.
func (a htmlAsked) mark() string {
	if a.number > 0 {
		return strconv.Itoa(a.number)
	}
	return report.Safe(htmlLabel(a.cell))
}

// row names the cell above its row.
func (a htmlAsked) row() string {
	if a.number > 0 {
		return strconv.Itoa(a.number) + "  " + htmlLabel(a.cell)
	}
	return htmlLabel(a.cell)
}

// htmlNumbered tells whether cells have numbers: many cells, or long labels, leave plots no room for names.
func htmlNumbered(t *prompttest.TestReport) bool {
	if len(t.Cells) > 8 {
		return true
	}
	for _, c := range t.Cells {
		if c != nil && report.Width(htmlLabel(c)) > 34 {
			return len(t.Cells) > 1
		}
	}
	return false
}

// plots draws the cells that were asked: what they cost against how many cases passed, and how long they took. One cell says
// that in its figures.
func (p *htmlPage) plots(t *prompttest.TestReport) {
	var asked []htmlAsked
	numbered := htmlNumbered(t)
	for i, c := range t.Cells {
		if c == nil || c.Refused != nil || c.Cases == 0 {
			continue
		}
		one := htmlAsked{cell: c}
		if numbered {
			one.number = i + 1
		}
		asked = append(asked, one)
	}
	if len(asked) < 2 {
		return
	}
	p.raw(`<div class="plots">`, "\n")
	p.costPlot(t, asked)
	p.latencyPlot(asked)
	p.raw("</div>\n")
}

// htmlDot is a cell in the plot of costs.
type htmlDot struct {
	htmlAsked
	usd  float64
	x, y float64
	// front tells that no cell passes as much for less.
	front bool
}

func (p *htmlPage) costPlot(t *prompttest.TestReport, asked []htmlAsked) {
	dots, unknown := htmlDots(asked)
	if len(dots) == 0 {
		return
	}
	most, least := 0.0, 1.0
	for _, d := range dots {
		most, least = max(most, d.usd), min(least, htmlShare(d.cell.PassRate))
	}
	floor := max(0, math.Floor((least-0.05)*10+1e-9)/10)
	x := newHTMLAxis(0, most, plotLeft, plotWidth-plotRight)
	y := newHTMLAxis(floor, 1, plotHeight-plotBottom, plotTop)
	p.raw(`<figure class="plot"><figcaption><h4>Cost and pass rate</h4></figcaption>`, "\n")
	p.scrollStart("Plot of cost and pass rate")
	p.raw(`<svg viewBox="0 0 `, htmlNumber(plotWidth), " ", htmlNumber(plotHeight), `" role="img" aria-label="`, htmlCostSummary(dots), `">`, "\n")
	p.frame(x, y)
	if t.Threshold > floor && t.Threshold < 1 {
		p.raw(`<line class="threshold" x1="`, htmlNumber(x.start), `" x2="`, htmlNumber(x.end), `" y1="`, htmlNumber(y.at(t.Threshold)), `" y2="`, htmlNumber(y.at(t.Threshold)), `"/>`, "\n")
	}
	for i := range dots {
		dots[i].x, dots[i].y = x.at(dots[i].usd), y.at(htmlShare(dots[i].cell.PassRate))
	}
	for _, d := range dots {
		p.dot(d)
	}
	var lines []htmlBox // labels keep off what runs through the picture
	if t.Threshold > floor && t.Threshold < 1 {
		at := y.at(t.Threshold)
		lines = append(lines, htmlBox{x.start, at - 1, x.end, at + 1})
	}
	left := p.labels(dots, lines)
	p.raw("</svg></div>\n")
	p.raw(`<p class="legend keys"><span><svg class="key" viewBox="0 0 12 12" aria-hidden="true"><path class="dot front" d="M6 0.5L11.5 6L6 11.5L0.5 6Z"/></svg> no cell passes as much for less</span>`,
		`<span><svg class="key" viewBox="0 0 12 12" aria-hidden="true"><circle class="dot" cx="6" cy="6" r="4.5"/></svg> the others</span>`)
	if t.Threshold > floor && t.Threshold < 1 {
		p.raw("<span>dashed: ", htmlPercent(t.Threshold), " must pass</span>")
	}
	if dots[0].number > 0 {
		p.raw("<span>numbers as in the table of cells</span>")
	}
	if left > 0 {
		p.raw("<span>", report.Count(int64(left), "labels"), " left out where they would overlap</span>")
	}
	if unknown > 0 {
		p.raw("<span>", report.Count(int64(unknown), "cells"), " of unknown price not drawn</span>")
	}
	p.raw("</p></figure>\n")
}

// htmlDots are the cells whose cost is known, and how many are not among them.
func htmlDots(asked []htmlAsked) (dots []htmlDot, unknown int) {
	for _, a := range asked {
		usd, known := htmlDollars(a.cell.CostUSD)
		if !known || a.cell.UnknownPrice > 0 {
			unknown++
			continue
		}
		dots = append(dots, htmlDot{htmlAsked: a, usd: usd})
	}
	for i := range dots {
		dots[i].front = true
		for j := range dots {
			a, b := &dots[j], &dots[i]
			if a.usd <= b.usd && a.cell.PassRate >= b.cell.PassRate && (a.usd < b.usd || a.cell.PassRate > b.cell.PassRate) {
				dots[i].front = false
			}
		}
	}
	return dots, unknown
}

// htmlCostSummary says what the plot shows, for those who do not see it. The table above it has the figures.
func htmlCostSummary(dots []htmlDot) string {
	text := "Cost in dollars across, pass rate upwards."
	for i, d := range dots {
		if i == 12 {
			text += " And " + report.Count(int64(len(dots)-i), "cells") + " more."
			break
		}
		text += " " + d.cell.Label + ": " + htmlPercent(d.cell.PassRate) + " for " + htmlMoney(d.cell.CostUSD) + "."
	}
	return htmlText(text)
}

// frame draws ticks, lines and titles of the plot of costs.
func (p *htmlPage) frame(x, y *htmlAxis) {
	step := x.ticks[1] - x.ticks[0]
	for _, v := range y.ticks {
		at := htmlNumber(y.at(v))
		p.raw(`<line class="grid" x1="`, htmlNumber(x.start), `" x2="`, htmlNumber(x.end), `" y1="`, at, `" y2="`, at, `"/>`,
			`<text class="tick" text-anchor="end" x="`, htmlNumber(x.start-7), `" y="`, htmlNumber(y.at(v)+4), `">`, htmlPercent(v), "</text>\n")
	}
	every := 1 + int(float64(len(x.ticks))*plotLetter*float64(len(htmlTickMoney(x.to, step))+2)/(x.end-x.start))
	for i, v := range x.ticks {
		at := htmlNumber(x.at(v))
		p.raw(`<line class="axis" x1="`, at, `" x2="`, at, `" y1="`, htmlNumber(y.start), `" y2="`, htmlNumber(y.start+4), `"/>`)
		if i%every == 0 {
			anchor := "middle"
			if i == len(x.ticks)-1 {
				anchor = "end"
			}
			p.raw(`<text class="tick" text-anchor="`, anchor, `" x="`, htmlNumber(x.at(v)+htmlIf(anchor == "end", plotRight-4, 0)), `" y="`, htmlNumber(y.start+17), `">`, htmlTickMoney(v, step), "</text>")
		}
		p.raw("\n")
	}
	p.raw(`<line class="axis" x1="`, htmlNumber(x.start), `" x2="`, htmlNumber(x.end), `" y1="`, htmlNumber(y.start), `" y2="`, htmlNumber(y.start), `"/>`, "\n",
		`<text class="title" text-anchor="end" x="`, htmlNumber(x.end+plotRight-4), `" y="`, htmlNumber(plotHeight-8), `">cost, US dollars →</text>`,
		`<text class="title" x="4" y="`, htmlNumber(plotHeight-8), `">↑ cases passed</text>`, "\n")
}

func htmlIf(yes bool, a, b float64) float64 {
	if yes {
		return a
	}
	return b
}

func (p *htmlPage) dot(d htmlDot) {
	title := "<title>" + htmlText(htmlLabel(d.cell)) + ": " + htmlPercent(d.cell.PassRate) + ", " + htmlMoney(d.cell.CostUSD) + "</title>"
	if d.front {
		p.raw(`<path class="dot front" d="M`, htmlNumber(d.x), " ", htmlNumber(d.y-6.5), "l6.5 6.5l-6.5 6.5l-6.5 -6.5Z", `">`, title, "</path>\n")
		return
	}
	p.raw(`<circle class="dot" cx="`, htmlNumber(d.x), `" cy="`, htmlNumber(d.y), `" r="4.5">`, title, "</circle>\n")
}

// htmlBox is where something stands in a picture.
type htmlBox struct{ left, top, right, bottom float64 }

func (b htmlBox) over(other htmlBox) bool {
	return b.left < other.right && other.left < b.right && b.top < other.bottom && other.top < b.bottom
}

// labels writes the names of dots beside them where none overlaps another, a dot or a line, the ones on the front first. It returns
// how many found no place.
func (p *htmlPage) labels(dots []htmlDot, lines []htmlBox) (left int) {
	taken := append(make([]htmlBox, 0, 2*len(dots)+len(lines)), lines...)
	for _, d := range dots {
		taken = append(taken, htmlBox{d.x - 7, d.y - 7, d.x + 7, d.y + 7})
	}
	for _, front := range []bool{true, false} {
		for _, d := range dots {
			if d.front != front {
				continue
			}
			text := d.mark()
			box, distance, found := htmlPlace(d, plotLetter*float64(report.Width(text)), taken)
			if !found {
				left++
				continue
			}
			taken = append(taken, box)
			if distance > 0 {
				p.raw(`<line class="leader" x1="`, htmlNumber(d.x), `" y1="`, htmlNumber(d.y), `" x2="`, htmlNumber(min(max(d.x, box.left), box.right)),
					`" y2="`, htmlNumber(htmlIf(box.top > d.y, box.top+2, box.bottom-2)), `"/>`)
			}
			anchor, x := "start", box.left
			if box.right < d.x { // letters may be narrower than they were taken for
				anchor, x = "end", box.right
			}
			p.raw(`<text class="label" text-anchor="`, anchor, `" x="`, htmlNumber(x), `" y="`, htmlNumber(box.bottom-3), `">`, htmlText(text), "</text>\n")
		}
	}
	return left
}

// htmlPlace finds a free place for a label of a width near a dot: right, left, above, below, then further away.
func htmlPlace(d htmlDot, width float64, taken []htmlBox) (htmlBox, int, bool) {
	for distance, gap := range []float64{10, 22, 36, 52, 70} {
		for _, at := range [][2]float64{
			{d.x + 10, d.y - plotLine/2}, {d.x - 10 - width, d.y - plotLine/2}, // beside, only next to the dot
			{d.x - width/2, d.y - gap - plotLine}, {d.x - width/2, d.y + gap},
			{d.x - 4, d.y - gap - plotLine}, {d.x - 4, d.y + gap}, {d.x + 4 - width, d.y - gap - plotLine}, {d.x + 4 - width, d.y + gap},
		} {
			box := htmlBox{at[0], at[1], at[0] + width, at[1] + plotLine + 2}
			free := box.left >= plotLeft+2 && box.right <= plotWidth-2 && box.top >= 0 && box.bottom <= plotHeight-plotBottom-1
			for i := 0; free && i < len(taken); i++ {
				free = !box.over(taken[i])
			}
			if free {
				return box, distance, true
			}
		}
	}
	return htmlBox{}, 0, false
}
