package testreport

import (
	"strconv"
	"strings"

	"askflow/internal/prompttest"
	"askflow/internal/report"
)

// htmlShown is how many entries of a long list stand open on the page; the others are one click away.
const htmlShown = 20

// baseline is what changed since an earlier run or report, regressions first.
func (p *htmlPage) baseline(r *prompttest.Report) {
	b := r.Baseline
	if b == nil {
		return
	}
	p.raw(`<section class="panel" aria-labelledby="baseline"><h2 id="baseline">Since `, `<bdi>`, htmlText(b.Of), "</bdi></h2>\n")
	p.figureList([]htmlFigure{
		{label: "Regressed", value: report.Number(b.Regressed)}, {label: "Fixed", value: report.Number(b.Fixed)},
		{label: "Other answer, same verdict", value: report.Number(b.Changed)}, {label: "Same", value: report.Number(b.Same)},
		{label: "New", value: report.Number(b.New)}, {label: "Gone", value: report.Number(b.Gone)},
	})
	if hasNothingInCommon(b) {
		p.raw(`<p class="soft">It has none of these cases, so nothing was compared.</p>`, "\n")
	}
	titles := []struct{ kind, title, badge string }{
		{prompttest.Regressed, "Regressed: passed then, fails now", "bad"},
		{prompttest.Fixed, "Fixed: failed then, passes now", "good"},
		{prompttest.Changed, "Another answer, the same verdict", "note"},
	}
	for i, group := range titles {
		var list []*prompttest.BaselineChange
		for j := range b.Changes {
			if b.Changes[j].Kind == group.kind {
				list = append(list, &b.Changes[j])
			}
		}
		if len(list) == 0 {
			continue
		}
		p.raw("<details")
		if i == 0 {
			p.raw(" open")
		}
		p.raw(`><summary><h3>`, group.title, `</h3> <span class="count">`, strconv.Itoa(len(list)), "</span></summary>\n")
		p.more(len(list), htmlShown, "changes", func(from, to int) {
			for _, change := range list[from:to] {
				p.change(change, group.badge, len(testsOf(r)))
			}
		})
		p.raw("</details>\n")
	}
	if n := b.Regressed + b.Fixed + b.Changed - int64(len(b.Changes)); n > 0 {
		p.raw(`<p class="soft">`, report.Count(n, "changes"), " more are not listed.</p>\n")
	}
	p.raw("</section>\n")
}

// more writes the first entries of a list, and the others inside a details element.
func (p *htmlPage) more(total, shown int, plural string, write func(from, to int)) {
	write(0, min(total, shown))
	if total <= shown {
		return
	}
	p.raw(`<details class="more"><summary>`, report.Count(int64(total-shown), plural), " more</summary>\n")
	write(shown, total)
	p.raw("</details>\n")
}

func (p *htmlPage) change(c *prompttest.BaselineChange, badge string, tests int) {
	p.raw(`<article class="fail `, badge, `"><header>`)
	p.record(c.Record, c.Case, c.Repeat)
	var about []string
	if tests != 1 {
		about = append(about, "<bdi>"+htmlText(c.Test)+"</bdi>")
	}
	if !namesNothing(c.Cell) {
		about = append(about, "<bdi>"+htmlText(c.Cell)+"</bdi>")
	}
	if c.Step != "" {
		about = append(about, "step <bdi>"+htmlText(c.Step)+"</bdi>")
	}
	if len(about) > 0 {
		p.raw(` <span class="soft">`, strings.Join(about, " · "), "</span>")
	}
	p.raw("</header>\n", `<div class="pair">`)
	if sameAnswer(c) { // twice the same text says nothing: what failed does
		p.answer("The same answer before and now", c.After)
	} else {
		p.answer("Before", c.Before)
		p.answer("Now", c.After)
	}
	p.raw("</div>\n")
	p.failures(c.Failures)
	p.raw("</article>\n")
}

// answer is a response under a label; there may have been none.
func (p *htmlPage) answer(label, text string) {
	p.raw(`<div><p class="k">`, label, "</p>")
	if text == "" {
		p.raw(`<p class="none">no answer</p></div>`)
		return
	}
	p.long(text)
	p.raw("</div>")
}
