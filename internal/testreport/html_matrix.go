package testreport

import (
	"strings"

	"askflow/internal/prompttest"
	"askflow/internal/report"
)

// htmlGrid is a matrix laid out in rows and columns. The last of several dimensions makes the columns, the others the rows.
type htmlGrid struct {
	rowTitle, columnTitle string
	rows, columns         []string
	// at is the cells of a row and a column, as their numbers from 0; hostile reports may have several at one place.
	at map[[2]string][]int
}

// newHTMLGrid lays out a test's cells in the order in which they come.
func newHTMLGrid(t *prompttest.TestReport) *htmlGrid {
	g := &htmlGrid{at: map[[2]string][]int{}}
	last := len(t.Dimensions) - 1
	titles := make([]string, len(t.Dimensions))
	for i, d := range t.Dimensions {
		titles[i] = strings.ReplaceAll(d, "_", " ")
	}
	if last > 0 {
		g.rowTitle, g.columnTitle = strings.Join(titles[:last], ", "), titles[last]
	} else if last == 0 {
		g.rowTitle = titles[0]
	}
	seenRow, seenColumn := map[string]bool{}, map[string]bool{}
	for i, c := range t.Cells {
		if c == nil {
			continue
		}
		values := make([]string, max(len(t.Dimensions), 1))
		for j := range values {
			values[j] = htmlValue(c, j)
		}
		row, column := values[0], ""
		if last > 0 {
			row, column = strings.Join(values[:last], ", "), values[last]
		}
		if !seenRow[row] {
			seenRow[row] = true
			g.rows = append(g.rows, row)
		}
		if !seenColumn[column] {
			seenColumn[column] = true
			g.columns = append(g.columns, column)
		}
		g.at[[2]string{row, column}] = append(g.at[[2]string{row, column}], i)
	}
	return g
}

// htmlValue is a cell's value in a dimension; where it is empty, the workflow's own setting holds.
func htmlValue(c *prompttest.CellReport, dimension int) string {
	if dimension < len(c.Values) && c.Values[dimension] != "" {
		return c.Values[dimension]
	}
	return "workflow’s own"
}

// matrix is the heat table: pass rates by the settings in which cells differ. A single cell needs none.
func (p *htmlPage) matrix(number int, t *prompttest.TestReport) {
	if len(t.Cells) < 2 || len(t.Dimensions) == 0 {
		return
	}
	g, best := newHTMLGrid(t), htmlBest(t)
	id := htmlID(number, "matrix")
	p.raw(`<section aria-labelledby="`, id, `"><h3 id="`, id, `">Pass rates</h3>`, "\n")
	label := "Pass rates by " + g.rowTitle
	if g.columnTitle != "" {
		label += " and " + g.columnTitle
	}
	p.scrollStart(label)
	p.raw(`<table class="heat"><caption class="vh">Share of cases that passed, each a link to its cases</caption>`, "\n<thead><tr>", `<th scope="col" class="corner">`, htmlText(g.rowTitle), "</th>")
	for _, column := range g.columns {
		if g.columnTitle == "" {
			p.raw(`<th scope="col">Pass rate</th>`)
			continue
		}
		p.raw(`<th scope="col"><span class="dim">`, htmlText(g.columnTitle), `</span> <bdi>`, htmlText(column), "</bdi></th>")
	}
	p.raw("</tr></thead>\n<tbody>\n")
	for _, row := range g.rows {
		p.raw(`<tr><th scope="row"><bdi>`, htmlText(row), "</bdi></th>")
		for _, column := range g.columns {
			p.raw("<td>")
			for _, i := range g.at[[2]string{row, column}] {
				p.heat(htmlID(number, "c", i+1), t.Cells[i], best[t.Cells[i]])
			}
			if len(g.at[[2]string{row, column}]) == 0 {
				p.raw(`<span class="absent">not run</span>`)
			}
			p.raw("</td>")
		}
		p.raw("</tr>\n")
	}
	p.raw("</tbody></table></div>\n")
	p.legend(t, len(best) > 0)
	if answeredAlike(t) {
		p.raw(`<p class="legend">`, htmlSentence(alikeText(t)), "</p>\n")
	}
	p.raw("</section>\n")
}

// heat is one cell of the heat table. Its number and its bar say what its colour says.
func (p *htmlPage) heat(target string, c *prompttest.CellReport, best bool) {
	if c.Refused != nil {
		p.raw(`<a class="h refused" href="#`, target, `"><b>refused</b><span class="why">`, htmlText(htmlCut(c.Refused.Message, 90)), "</span></a>")
		return
	}
	if c.Cases == 0 {
		p.raw(`<a class="h empty" href="#`, target, `"><b>–</b><span class="why">no cases</span></a>`)
		return
	}
	p.raw(`<a class="h `, htmlHeat(c.PassRate), `" href="#`, target, `"><b>`, htmlPercent(c.PassRate), "</b>")
	if best {
		p.raw(` <span class="star">★<span class="vh"> best</span></span>`)
	}
	p.raw(`<span class="of">`, report.Number(c.Passed), " of ", report.Number(c.Cases), "</span>", htmlBar(c.PassRate), "</a>")
}

// htmlBar draws a share; the number stands beside it.
func htmlBar(rate float64) string {
	return `<span class="bar" aria-hidden="true"><i style="width:` + htmlNumber(100*htmlShare(rate)) + `%"></i></span>`
}

func (p *htmlPage) legend(t *prompttest.TestReport, best bool) {
	p.raw(`<p class="legend keys"><span><span class="scale" aria-hidden="true">`,
		`<i class="q0"></i><i class="q1"></i><i class="q2"></i><i class="q3"></i><i class="q4"></i><i class="q5"></i></span>`,
		` under 50%, from 50, 75, 90, 95, all of them</span>`)
	if best {
		p.raw(`<span><span class="star">★</span> highest pass rate, then cheapest</span>`)
	}
	for _, c := range t.Cells {
		if c != nil && c.Refused != nil {
			p.raw(`<span><i class="swatch refused" aria-hidden="true"></i> refused: the model does not take these settings</span>`)
			break
		}
	}
	p.raw("</p>\n")
}

// scrollStart opens a box for what may be wider than the page. It takes the focus, so that keys can move it.
func (p *htmlPage) scrollStart(label string) {
	p.raw(`<div class="scroll" role="region" tabindex="0" aria-label="`, htmlText(label), `">`, "\n")
}
