package suite

import (
	"cmp"
	"slices"

	"askflow/internal/prompttest"
)

// mostWavering is how many cases of a cell are listed whose repeats do not agree.
const mostWavering = 100

// wavering lists the cases to which the repeats of a cell gave several answers: those first whose most frequent answer is the least
// frequent one, in the order of the records otherwise.
func (a *agreement) wavering(cell int) []prompttest.Disagreement {
	if a.repeats < 2 {
		return nil
	}
	type split struct{ place, most, of int }
	var found []split
	for place := range a.cases {
		verdicts := a.answers(place, cell)
		if len(verdicts) < 2 {
			continue
		}
		s := split{place: place}
		for _, v := range verdicts {
			s.most, s.of = max(s.most, v.Of), s.of+v.Of
		}
		found = append(found, s)
	}
	slices.SortStableFunc(found, func(x, y split) int { return cmp.Compare(x.most*y.of, y.most*x.of) })
	var out []prompttest.Disagreement
	for _, s := range found[:min(len(found), mostWavering)] {
		out = append(out, prompttest.Disagreement{Record: a.cases[s.place].record, Case: a.cases[s.place].name, Cells: a.answers(s.place, cell)})
	}
	return out
}

// answers are the different answers of the repeats to a case, the most frequent first.
func (a *agreement) answers(place, cell int) []*prompttest.CellVerdict {
	var out []*prompttest.CellVerdict
	at := map[uint64]int{}
	where, several := differing(a.at(place, cell))
	for _, v := range a.at(place, cell) {
		if !v.seen {
			continue
		}
		i, known := at[v.answers]
		if !known {
			i = len(out)
			at[v.answers] = i
			out = append(out, a.verdict(&v, where, several))
		}
		out[i].Of++
		if v.pass {
			out[i].Passed++
		}
	}
	slices.SortStableFunc(out, func(x, y *prompttest.CellVerdict) int { return cmp.Compare(y.Of, x.Of) })
	return out
}
