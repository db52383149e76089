package testreport

import (
	"strconv"

	"askflow/internal/prompttest"
	"askflow/internal/report"
)

// htmlAnswerShown is how many characters of an answer stand in a table.
const htmlAnswerShown = 140

// disagreements is the table of cases in which cells differ, records by cells. Equal answers of a row have the same letter. Where
// cells have prompts of their own, what all of them passed is folded: it answers differently as it should.
func (p *htmlPage) disagreements(number int, t *prompttest.TestReport) {
	if len(t.Disagreements) == 0 {
		return
	}
	var rows, expected []int
	prompts := variesPrompt(t)
	for i := range t.Disagreements {
		if prompts && allPassed(t.Disagreements[i].Cells) {
			expected = append(expected, i)
		} else {
			rows = append(rows, i)
		}
	}
	id, total := htmlID(number, "split"), max(t.Disagree, int64(len(t.Disagreements)))
	p.raw(`<section aria-labelledby="`, id, `"><h3 id="`, id, `">Disagreements <span class="count">`, report.Number(total), "</span></h3>\n",
		`<p class="legend">Cases that cells answered differently, or that only some of them passed; the most split come first. In a row, cells with the same letter gave the same answer; where all of them did, an earlier step answered differently, or the answers part behind what is shown.</p>`, "\n")
	if len(rows) > 0 {
		p.more(len(rows), htmlShown, "cases", func(from, to int) { p.splitTable(number, t, rows[from:to], from) })
	}
	if len(expected) > 0 {
		p.raw(`<details class="more"><summary>`, report.Count(int64(len(expected)), "cases"), " that every cell passed: another prompt brings another answer</summary>\n")
		p.splitTable(number, t, expected, len(rows))
		p.raw("</details>\n")
	}
	if n := total - int64(len(t.Disagreements)); n > 0 {
		p.raw(`<p class="soft">`, report.Count(n, "cases"), " more are not listed.</p>\n")
	}
	p.raw("</section>\n")
}

// splitTable writes rows of disagreements by their places; from is how many stand above.
func (p *htmlPage) splitTable(number int, t *prompttest.TestReport, rows []int, from int) {
	p.scrollStart("Disagreements " + strconv.Itoa(from+1) + " to " + strconv.Itoa(from+len(rows)))
	p.raw(`<table class="split"><caption class="vh">What each cell answered, one row a case</caption>`, "\n<thead><tr>", `<th scope="col">Record</th>`)
	for i, c := range t.Cells {
		if c != nil && c.Refused == nil {
			p.raw(`<th scope="col"><a href="#`, htmlID(number, "c", i+1), `"><bdi>`, htmlText(htmlLabel(c)), "</bdi></a></th>")
		}
	}
	p.raw("</tr></thead>\n<tbody>\n")
	for _, row := range rows {
		d := &t.Disagreements[row]
		p.raw(`<tr><th scope="row">`)
		p.record(d.Record, d.Case, 0)
		p.raw("</th>")
		letters, short := htmlLetters(d.Cells), htmlShort(d.Cells)
		for i, c := range t.Cells {
			if c == nil || c.Refused != nil {
				continue
			}
			if i >= len(d.Cells) || d.Cells[i] == nil {
				p.raw(`<td class="absent">not run</td>`)
				continue
			}
			target := ""
			if c.Results != nil {
				target = htmlID(number, "c", i+1, "d", row+1)
			}
			p.verdictCell(d.Cells[i], letters[i], short[i], target)
		}
		p.raw("</tr>\n")
	}
	p.raw("</tbody></table></div>\n")
}

// htmlShort are the answers of a row, cut around the places where they differ.
func htmlShort(cells []*prompttest.CellVerdict) []string {
	texts := make([]string, len(cells))
	for i, v := range cells {
		if v != nil {
			texts[i] = oneLine(v.Answer)
		}
	}
	return aroundDifference(texts, htmlAnswerShown)
}

// htmlLetters gives each distinct answer of a row a letter, in the order of the cells.
func htmlLetters(cells []*prompttest.CellVerdict) []string {
	letters, known := make([]string, len(cells)), map[string]string{}
	for i, c := range cells {
		if c == nil || c.Answer == "" {
			continue
		}
		letter, ok := known[c.Answer]
		if !ok {
			n := len(known)
			letter = string(rune('A' + n%26))
			if n >= 26 {
				letter += strconv.Itoa(n / 26)
			}
			known[c.Answer] = letter
		}
		letters[i] = letter
	}
	return letters
}

func (p *htmlPage) verdictCell(v *prompttest.CellVerdict, letter, short, target string) {
	class, word := "bad", "failed"
	switch {
	case v.Passed >= v.Of:
		class, word = "good", "passed"
	case v.Passed > 0:
		class, word = "warn", "partly"
	}
	mark := htmlMark(class == "good")
	if class == "warn" {
		mark = `<span class="mark" aria-hidden="true">◐</span>`
	}
	p.raw(`<td class="v `, class, `"><p class="said">`, mark, `<span class="word">`, word)
	if v.Of > 1 {
		p.raw(" ", strconv.Itoa(v.Passed), " of ", strconv.Itoa(v.Of))
	}
	p.raw("</span>")
	if letter != "" {
		p.raw(` <span class="letter">`, letter, "</span>")
	}
	p.raw(`</p><p class="ans">`)
	answer := htmlText(short)
	if v.Answer == "" {
		answer = `<span class="none">no answer</span>`
	}
	if v.Step != "" {
		p.raw(`<span class="soft"><bdi>`, htmlText(v.Step), "</bdi>:</span> ")
	}
	if target == "" {
		p.raw(answer)
	} else {
		p.raw(`<a href="#`, target, `">`, answer, "</a>")
	}
	p.raw("</p></td>")
}
