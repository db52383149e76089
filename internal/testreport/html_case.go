package testreport

import (
	"strconv"
	"strings"

	"askflow/internal/prompttest"
	"askflow/internal/report"
)

// caseDetails is one case: a line to scan, and behind it everything that is known. ids are what links lead to; they stand
// inside, since a browser opens what it is led into.
func (p *htmlPage) caseDetails(c *prompttest.CaseResult, ids []string) {
	p.raw(`<details class="case"><summary>`, htmlMark(c.Passed), `<span class="vh">`, htmlPassedWord(c.Passed), " </span>")
	p.record(c.Record, c.Case, c.Repeat)
	if answer := htmlLastAnswer(c); answer != "" {
		p.raw(` <span class="peek">`, htmlText(htmlCut(answer, 120)), "</span>")
	}
	p.raw(`</summary><div class="body">`)
	for _, id := range ids {
		p.raw(`<span class="anchor" id="`, id, `"></span>`)
	}
	p.caseFacts(c)
	seen := p.failures(c.Failures)
	if text := judgesText(c); text != "" {
		p.raw(`<p class="soft">Judges: `, htmlText(text), ".</p>\n")
	}
	for i := range c.Asks {
		p.ask(&c.Asks[i], seen)
	}
	p.effects(c.Effects)
	p.raw("</div></details>\n")
}

// htmlLastAnswer is the last response of a case; "" when there was none.
func htmlLastAnswer(c *prompttest.CaseResult) string {
	for i := len(c.Asks) - 1; i >= 0; i-- {
		if r := c.Asks[i].Response; r != nil && *r != "" {
			return *r
		}
	}
	return ""
}

func (p *htmlPage) caseFacts(c *prompttest.CaseResult) {
	p.raw(`<dl class="facts"><div><dt>State</dt><dd>`, htmlText(string(c.State)))
	if c.Reason != "" {
		p.raw(" – ", htmlText(c.Reason))
	}
	p.raw("</dd></div><div><dt>Checks</dt><dd>", strconv.Itoa(c.Checks))
	if n := len(c.Failures); n > 0 {
		p.raw(`, <span class="bad">`, strconv.Itoa(n), " failed</span>")
	}
	p.raw("</dd></div>")
	if len(c.Path) > 0 {
		p.raw(`<div><dt>Path</dt><dd class="path">`)
		for i, step := range c.Path {
			if i > 0 {
				p.raw(" → ")
			}
			p.raw("<bdi>", htmlText(step), "</bdi>")
		}
		p.raw("</dd></div>")
	}
	if c.CostUSD != "" {
		p.raw("<div><dt>Cost</dt><dd>$", htmlText(c.CostUSD), "</dd></div>")
	}
	if c.File != "" {
		p.raw(`<div><dt>Where</dt><dd><code class="where">`, htmlText(htmlWhere(c.File, c.Line, 0)), "</code></dd></div>")
	}
	p.raw("</dl>\n")
}

// ask is one question to OpenAI: settings, prompt, answer or error. seen are the texts that stand above.
func (p *htmlPage) ask(a *prompttest.AskResult, seen texts) {
	p.raw(`<div class="ask"><p class="what">Asked by <code>`, htmlText(a.Step), "</code>")
	var facts []string
	if a.Model != "" {
		facts = append(facts, htmlText(a.Model))
	}
	if a.Attempts != 1 {
		facts = append(facts, report.Count(int64(a.Attempts), "attempts"))
	}
	if a.LatencyMs > 0 {
		facts = append(facts, htmlMs(a.LatencyMs))
	}
	if a.CostUSD != "" {
		facts = append(facts, "$"+htmlText(a.CostUSD))
	}
	if len(facts) > 0 {
		p.raw(` <span class="soft">`, strings.Join(facts, " · "), "</span>")
	}
	p.raw("</p>\n", `<div class="pair"><div><p class="k">Prompt</p>`)
	p.once(a.Prompt, seen)
	p.raw(`</div><div><p class="k">Answer</p>`)
	switch {
	case a.Response != nil && *a.Response == "":
		p.raw(`<p class="none">an empty answer</p>`)
	case a.Response != nil:
		p.once(*a.Response, seen)
	case a.Error == nil:
		p.raw(`<p class="none">no answer</p>`)
	}
	if a.Error != nil {
		p.problem("The ask failed.", a.Error)
	}
	p.raw("</div></div></div>\n")
}
