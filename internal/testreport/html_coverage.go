package testreport

import (
	"strconv"

	"askflow/internal/prompttest"
	"askflow/internal/report"
)

// coverage is what the records of a test reached, and first what they never did.
func (p *htmlPage) coverage(number int, t *prompttest.TestReport) {
	c := t.Coverage
	if c == nil {
		return
	}
	var never, reached []*prompttest.CoverItem
	for i := range c.Items {
		if c.Items[i].Hits > 0 {
			reached = append(reached, &c.Items[i])
		} else {
			never = append(never, &c.Items[i])
		}
	}
	id, share := htmlID(number, "cover"), htmlShare(c.Percent()/100)
	p.raw(`<section aria-labelledby="`, id, `"><h3 id="`, id, `">Coverage</h3>`, "\n", `<p class="cover">`, htmlBar(share), " <b>", htmlPercent(share), "</b> ",
		strconv.Itoa(c.Covered), " of ", strconv.Itoa(c.Total), " triggers, actions, branches and scripted rules were reached.</p>\n")
	if len(never) > 0 {
		p.coverTable("Never reached", never, false)
	}
	if len(reached) > 0 {
		p.raw(`<details class="more"><summary>Reached: `, strconv.Itoa(len(reached)), "</summary>\n")
		p.coverTable("Reached", reached, true)
		p.raw("</details>\n")
	}
	p.raw("</section>\n")
}

func (p *htmlPage) coverTable(caption string, list []*prompttest.CoverItem, hits bool) {
	p.scrollStart(caption)
	p.raw(`<table class="figs"><caption>`, caption, ` <span class="count">`, strconv.Itoa(len(list)), `</span></caption><thead><tr><th scope="col">What</th><th scope="col">Kind</th><th scope="col">Id</th>`)
	if hits {
		p.raw(`<th scope="col">Times</th>`)
	}
	p.raw(`<th scope="col">Where</th></tr></thead>`, "\n<tbody>\n")
	for _, item := range list {
		label := item.Label
		if label == "" {
			label = string(item.Kind) + " " + item.ID
		}
		p.raw(`<tr><th scope="row"><bdi>`, htmlText(label), "</bdi></th><td>", htmlText(string(item.Kind)), "</td><td>", htmlText(item.ID), "</td>")
		if hits {
			p.raw(`<td class="n">`, report.Number(item.Hits), "</td>")
		}
		p.raw(`<td><code class="where">`, htmlText(htmlWhere(item.File, item.Line, 0)), "</code></td></tr>\n")
	}
	p.raw("</tbody></table></div>\n")
}
