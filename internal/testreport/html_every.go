package testreport

import (
	"fmt"
	"strconv"

	"askflow/internal/prompttest"
	"askflow/internal/report"
	"askflow/internal/run"
)

// htmlGroup is how many cases stand in one group.
const htmlGroup = 100

// everyCase lists all cases of a test, cell by cell, as they come from the results.
func (p *htmlPage) everyCase(number int, t *prompttest.TestReport) error {
	id := htmlID(number, "cases")
	p.raw(`<section aria-labelledby="`, id, `"><h3 id="`, id, `">Every case</h3>`, "\n")
	splits := map[htmlSplitKey]int{}
	for i := range t.Disagreements {
		key := htmlSplitKey{t.Disagreements[i].Record, t.Disagreements[i].Case}
		if _, known := splits[key]; !known {
			splits[key] = i
		}
	}
	for i, c := range t.Cells {
		if c == nil {
			continue
		}
		l := &htmlCaseList{p: p, test: number, number: i + 1, cell: c, splits: splits, open: len(t.Cells) == 1, plain: isPlain(t)}
		if err := l.write(len(t.Disagreements)); err != nil {
			return fmt.Errorf("the cases of %s in test %s could not be read for the HTML report: %w", htmlLabel(c), t.Name, err)
		}
	}
	p.raw("</section>\n")
	return nil
}

// htmlSplitKey finds the case that a disagreement is about.
type htmlSplitKey struct {
	record run.RecordRef
	name   string
}

// htmlFailKey finds the case that a failure is about.
type htmlFailKey struct {
	record run.RecordRef
	name   string
	repeat int
	file   string
	line   int
}

func htmlKeyOf(c *prompttest.CaseResult) htmlFailKey {
	return htmlFailKey{c.Record, c.Case, c.Repeat, c.File, c.Line}
}

// htmlCaseList writes the cases of one cell in groups. Links to cases stand above and were written before the cases were
// read, so it also makes sure that each of them leads somewhere.
type htmlCaseList struct {
	p            *htmlPage
	test, number int
	cell         *prompttest.CellReport
	splits       map[htmlSplitKey]int
	// failed are the places of the failures that no case was found for yet.
	failed map[htmlFailKey][]int
	found  []bool // disagreements that a case was found for
	// first is the number of the first case of the group being gathered, count how many cases there were.
	first, count, bad int
	grouped           bool
	// open shows the cases at once: those of the only cell.
	open bool
	// plain leaves the cell's own level away: there is no other, and it has no name.
	plain bool
}

func (l *htmlCaseList) write(disagreements int) error {
	p, c := l.p, l.cell
	l.failed, l.found, l.first = map[htmlFailKey][]int{}, make([]bool, disagreements), 1
	for i, f := range c.Failures {
		if f != nil {
			l.failed[htmlKeyOf(f)] = append(l.failed[htmlKeyOf(f)], i)
		}
	}
	if !l.plain {
		l.summary()
	}
	p.raw(`<div class="cell" id="`, htmlID(l.test, "c", l.number), `">`, "\n")
	if c.Refused != nil {
		p.problem("Nothing was asked.", c.Refused)
	}
	if len(c.Runs) > 0 {
		p.raw(`<p class="soft">Stored as `)
		for i, id := range c.Runs {
			if i > 0 {
				p.raw(", ")
			}
			p.raw("<code>", htmlText(id), "</code>")
		}
		p.raw(".</p>\n")
	}
	if err := l.stream(); err != nil {
		return err
	}
	l.leftovers()
	p.raw("</div>")
	if !l.plain {
		p.raw("</details>")
	}
	p.raw("\n")
	return nil
}

// summary opens the fold of a cell: its name, and how its cases did.
func (l *htmlCaseList) summary() {
	p, c, open := l.p, l.cell, ""
	if l.open {
		open = " open"
	}
	p.raw(`<details class="group"`, open, `><summary><h4><bdi>`, htmlText(htmlLabel(c)), `</bdi></h4> <span class="soft">`)
	if c.Refused != nil {
		p.raw("refused")
	} else {
		p.raw(report.Number(c.Passed), " of ", report.Number(c.Cases), " passed")
	}
	p.raw(`</span></summary>`, "\n")
}

// stream gathers a hundred cases at a time: the heading of a group says how many of them failed. A cell of no more than a
// hundred cases needs no groups.
func (l *htmlCaseList) stream() error {
	p := l.p
	if l.cell.Results == nil {
		return nil
	}
	p.hundred.Reset()
	p.to = &p.hundred
	defer func() { p.to = p.out }()
	err := l.cell.Results.Each(func(c *prompttest.CaseResult) error {
		if c == nil {
			return p.err
		}
		if l.count > 0 && l.count%htmlGroup == 0 {
			l.grouped = true
			l.flush()
		}
		l.count++
		if !c.Passed {
			l.bad++
		}
		p.caseDetails(c, l.anchors(c))
		return p.err
	})
	l.flush()
	return err
}

// flush writes the cases gathered as a group, or bare where they are the only ones.
func (l *htmlCaseList) flush() {
	p := l.p
	p.to = p.out
	if l.grouped {
		p.raw(`<details class="hundred"><summary>`, report.Number(int64(l.first)), " to ", report.Number(int64(l.count)))
		if l.bad > 0 {
			p.raw(` <span class="badge bad">`, strconv.Itoa(l.bad), " failed</span>")
		}
		p.raw("</summary>\n")
	}
	if p.err == nil {
		_, p.err = p.out.Write(p.hundred.Bytes())
	}
	if l.grouped {
		p.raw("</details>\n")
	}
	p.hundred.Reset()
	p.to = &p.hundred
	l.first, l.bad = l.count+1, 0
}

// anchors are the ids that links above lead to.
func (l *htmlCaseList) anchors(c *prompttest.CaseResult) (ids []string) {
	if key := htmlKeyOf(c); !c.Passed && len(l.failed[key]) > 0 {
		ids = append(ids, htmlID(l.test, "c", l.number, "f", l.failed[key][0]+1))
		l.failed[key] = l.failed[key][1:]
	}
	if i, ok := l.splits[htmlSplitKey{c.Record, c.Case}]; ok && !l.found[i] {
		l.found[i] = true
		ids = append(ids, htmlID(l.test, "c", l.number, "d", i+1))
	}
	return ids
}

// leftovers writes the failed cases that were not among the results: all of them where nobody asked for results.
func (l *htmlCaseList) leftovers() {
	p, c := l.p, l.cell
	if c.Results == nil && c.Refused == nil && c.Cases > int64(len(c.Failures)) {
		p.raw(`<p class="soft">Only failed cases were kept.</p>`, "\n")
	}
	for i, f := range c.Failures {
		if f == nil {
			continue
		}
		if left := l.failed[htmlKeyOf(f)]; len(left) > 0 && left[0] == i {
			l.failed[htmlKeyOf(f)] = left[1:]
			p.caseDetails(f, []string{htmlID(l.test, "c", l.number, "f", i+1)})
		}
	}
	if c.Results == nil || c.Refused != nil {
		return
	}
	for i, found := range l.found {
		if !found {
			p.raw(`<span class="anchor" id="`, htmlID(l.test, "c", l.number, "d", i+1), `"></span>`)
		}
	}
}
