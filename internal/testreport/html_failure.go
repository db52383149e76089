package testreport

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"askflow/internal/prompttest"
	"askflow/internal/report"
)

const (
	// htmlWhole is the length, in bytes, up to which a text stands on the page whole; of a longer one its beginning, and the rest
	// one click away.
	htmlWhole = 1500
	// htmlFailuresShown is how many failed cases of a cell stand open.
	htmlFailuresShown = 10
)

// failed lists the failed cases of a test, cell by cell.
func (p *htmlPage) failed(number int, t *prompttest.TestReport) {
	total := htmlFailed(t)
	if total == 0 {
		return
	}
	id := htmlID(number, "failed")
	p.raw(`<section aria-labelledby="`, id, `"><h3 id="`, id, `">Failures <span class="count">`, report.Number(total), "</span></h3>\n")
	shown := 0
	for i, c := range t.Cells {
		if c == nil || len(c.Failures) == 0 {
			continue
		}
		groups := groupFailures(c)
		open := ""
		if shown < 3*htmlFailuresShown {
			open = " open"
		}
		shown += min(len(groups), htmlFailuresShown)
		if !isPlain(t) {
			p.raw(`<details class="group"`, open, `><summary><h4><bdi>`, htmlText(htmlLabel(c)), `</bdi></h4> <span class="count">`, report.Number(max(c.Failed, int64(len(c.Failures)))), "</span></summary>\n")
		}
		p.more(len(groups), htmlFailuresShown, "failed_cases", func(from, to int) {
			for _, g := range groups[from:to] {
				p.failedCase(g, htmlID(number, "c", i+1, "f", g.at+1))
			}
		})
		if n := c.Failed - int64(len(c.Failures)); n > 0 {
			p.raw(`<p class="soft">`, report.Count(n, "failed_cases"), ` more are among <a href="#`, htmlID(number, "c", i+1), `">all its cases</a>.</p>`, "\n")
		}
		if !isPlain(t) {
			p.raw("</details>\n")
		}
	}
	p.raw("</section>\n")
}

// failedCase is a failed case with a link to all that is known of it; of repeats that failed alike, to the first of them.
func (p *htmlPage) failedCase(g *failedGroup, target string) {
	c := g.CaseResult
	p.raw(`<article class="fail bad"><header>`)
	if len(g.repeats) > 1 {
		p.record(c.Record, c.Case, 0)
		p.raw(` <span class="badge note">`, numbersText("repeat", g.repeats), "</span>")
	} else {
		p.record(c.Record, c.Case, c.Repeat)
	}
	p.raw(` <a class="whole" href="#`, target, `">prompt and answer<span class="vh"> of `, htmlText(htmlWho(c)), "</span></a></header>\n")
	p.failures(c.Failures)
	p.raw("</article>\n")
}

// htmlWho is a short name for a case's record.
func htmlWho(c *prompttest.CaseResult) string {
	if c.Record.Name != "" {
		return c.Record.Name
	}
	return c.Record.ObjectType + " " + c.Record.ID
}

// failures are expectations that were not met: what was expected, what came, how the two differ. It returns the long texts among
// what came, which need not be shown again.
func (p *htmlPage) failures(list []prompttest.Failure) texts {
	seen := texts{}
	for i := range list {
		f := &list[i]
		p.raw(`<div class="miss"><p class="what"><code>`, htmlText(f.Subject), "</code> ", htmlText(f.Check))
		if f.Step != "" {
			p.raw(` <span class="soft">step <bdi>`, htmlText(f.Step), "</bdi></span>")
		}
		if f.Code != "" {
			p.raw(` <span class="badge warn">`, htmlText(f.Code), "</span>")
		}
		if where := htmlWhere(f.File, f.Line, f.Column); where != "" {
			p.raw(` <code class="where">`, htmlText(where), "</code>")
		}
		p.raw("</p>\n")
		if f.Diff != "" {
			p.differs(f.Differs)
			p.diff(f.Diff)
			p.raw(`<details class="both"><summary>Expected and got, whole</summary>`)
			p.pair(f, texts{}) // nobody has to open it to know what came
			p.raw("</details></div>\n")
			continue
		}
		p.pair(f, seen)
		p.differs(f.Differs)
		p.raw("</div>\n")
	}
	return seen
}

func (p *htmlPage) differs(text string) {
	if text != "" {
		p.raw(`<p class="differs">`, htmlText(text), "</p>\n")
	}
}

func (p *htmlPage) pair(f *prompttest.Failure, seen texts) {
	p.raw(`<div class="pair"><div><p class="k">Expected</p>`)
	p.long(f.Expected)
	p.raw(`</div><div><p class="k">Got</p>`)
	if f.Got == "" {
		p.raw(`<p class="none">nothing</p>`)
	} else {
		p.once(f.Got, seen)
	}
	p.raw("</div></div>\n")
}

// once writes a text, or that it stands above.
func (p *htmlPage) once(text string, seen texts) {
	if seen.once(text, "", asAbove) == asAbove {
		p.raw(`<p class="none">`, asAbove, "</p>")
		return
	}
	p.long(text)
}

// htmlWhere is file:line:column, as much of it as is known.
func htmlWhere(file string, line, column int) string {
	if line > 0 {
		file += ":" + strconv.Itoa(line)
		if column > 0 {
			file += ":" + strconv.Itoa(column)
		}
	}
	return file
}

// long writes a text as it is, its line breaks included; all but the beginning of a very long one is folded.
func (p *htmlPage) long(text string) {
	if len(text) <= htmlWhole {
		p.raw(`<pre dir="auto">`, htmlLines(htmlBreak(text)), "</pre>")
		return
	}
	cut := htmlWhole
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	p.raw(`<pre dir="auto">`, htmlLines(htmlBreak(text[:cut])), "…</pre>")
	p.raw(`<details class="rest"><summary>The whole text, `, report.Count(int64(utf8.RuneCountInString(text)), "characters"), `</summary><pre dir="auto">`, htmlLines(htmlBreak(text)), "</pre></details>")
}

// htmlBreak adds the line break that a pre element would swallow at its start.
func htmlBreak(text string) string {
	if strings.HasPrefix(text, "\n") {
		return "\n" + text
	}
	return text
}

// diff writes a unified diff; every line keeps its + or -, colour only repeats it.
func (p *htmlPage) diff(text string) {
	p.raw(`<pre class="diff" role="group" aria-label="Difference, expected with minus, got with plus">`)
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		element, class := "span", "same"
		switch {
		case strings.HasPrefix(line, "@@"):
			class = "hunk"
		case strings.HasPrefix(line, "+"):
			element, class = "ins", "add"
		case strings.HasPrefix(line, "-"):
			element, class = "del", "cut"
		}
		if line == "" {
			line = " "
		}
		p.raw("<", element, ` class="`, class, `">`, htmlText(line), "</", element, ">")
	}
	p.raw("</pre>\n")
}
