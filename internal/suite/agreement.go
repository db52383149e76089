package suite

import (
	"cmp"
	"hash/fnv"
	"slices"

	"askflow/internal/prompttest"
	"askflow/internal/run"
)

// agreement remembers, case by case, how cells and repeats answered, in a few bytes for each.
type agreement struct {
	cells, repeats int
	on             bool
	places         map[caseKey]int
	cases          []caseKey
	// verdicts are by case, cell and repeat.
	verdicts []said
	// texts are answers by their hash, as many as fit.
	texts map[uint64]string
	bytes int
}

// caseKey names a case in a test.
type caseKey struct {
	record run.RecordRef
	name   string
	line   int
}

type said struct {
	answers    uint64 // a hash of all responses
	steps      []stepSaid
	seen, pass bool
}

const (
	// answerRunes is how much of an answer disagreements show.
	answerRunes = 300
	// answerBytes is how much of answers is kept for them.
	answerBytes = 32 << 20
)

func newAgreement(cells, repeats int, on bool) *agreement {
	return &agreement{cells: cells, repeats: repeats, on: on, places: map[caseKey]int{}, texts: map[uint64]string{}}
}

func (a *agreement) add(cell int, c *prompttest.CaseResult, hash uint64) {
	if !a.on {
		return
	}
	key := caseKey{c.Record, c.Case, c.Line}
	place, known := a.places[key]
	if !known {
		place = len(a.cases)
		a.places[key] = place
		a.cases = append(a.cases, key)
		a.verdicts = append(a.verdicts, make([]said, a.cells*a.repeats)...)
	}
	v := said{answers: hash, steps: a.saidBy(c), seen: true, pass: c.Passed}
	a.verdicts[place*a.cells*a.repeats+cell*a.repeats+max(0, c.Repeat-1)] = v
}

func (a *agreement) at(place, cell int) []said {
	from := (place*a.cells + cell) * a.repeats
	return a.verdicts[from : from+a.repeats]
}

// of is how much the repeats of a cell agree; nil without repeats.
func (a *agreement) of(cell int) *float64 {
	if a.repeats < 2 || len(a.cases) == 0 {
		return nil
	}
	sum, cases := 0.0, 0
	for place := range a.cases {
		seen, most := 0, 0
		counts := map[uint64]int{}
		for _, v := range a.at(place, cell) {
			if v.seen {
				seen++
				counts[v.answers]++
				most = max(most, counts[v.answers])
			}
		}
		if seen > 0 {
			sum += float64(most) / float64(seen)
			cases++
		}
	}
	if cases == 0 {
		return nil
	}
	mean := sum / float64(cases)
	return &mean
}

// finish lists the cases in which cells disagree: those first whose verdicts are most evenly split, then those whose answers
// differ, in the order of the records.
func (a *agreement) finish(t *prompttest.TestReport) {
	if !a.on || a.cells < 2 {
		return
	}
	type split struct{ place, verdicts, answers int }
	var found []split
	for place := range a.cases {
		passed, cells := 0, 0
		answers := map[uint64]bool{}
		for cell := range a.cells {
			all, any1 := true, false
			for _, v := range a.at(place, cell) {
				if v.seen {
					any1 = true
					all = all && v.pass
					answers[v.answers] = true
				}
			}
			if !any1 {
				continue
			}
			cells++
			if all {
				passed++
			}
		}
		if s := (split{place, min(passed, cells-passed), len(answers)}); s.verdicts > 0 || s.answers > 1 {
			found = append(found, s)
		}
	}
	slices.SortStableFunc(found, func(x, y split) int {
		return cmp.Or(cmp.Compare(y.verdicts, x.verdicts), cmp.Compare(y.answers, x.answers))
	})
	t.Disagree = int64(len(found))
	for _, s := range found[:min(len(found), prompttest.MaxDisagreements)] {
		key := a.cases[s.place]
		d := prompttest.Disagreement{Record: key.record, Case: key.name}
		from := s.place * a.cells * a.repeats
		at, several := differing(a.verdicts[from : from+a.cells*a.repeats])
		for cell := range a.cells {
			d.Cells = append(d.Cells, a.cellVerdict(s.place, cell, at, several))
		}
		t.Disagreements = append(t.Disagreements, d)
	}
}

func (a *agreement) cellVerdict(place, cell int, at visit, several bool) *prompttest.CellVerdict {
	var out *prompttest.CellVerdict
	for _, v := range a.at(place, cell) {
		if !v.seen {
			continue
		}
		if out == nil {
			out = a.verdict(&v, at, several)
		}
		out.Of++
		if v.pass {
			out.Passed++
		}
	}
	return out
}

func hashOf(text string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text)) // a hash takes everything
	return h.Sum64()
}
