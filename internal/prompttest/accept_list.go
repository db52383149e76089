package prompttest

import (
	"slices"

	"askflow/internal/rewrite"
	"askflow/internal/source"
)

// edit is one change within a check's value.
type edit struct {
	at rewrite.Path // below the check's value
	// insert is the place of a new item in the list there, -1 where the value is replaced. With remove the value goes.
	insert int
	remove bool
	value  *source.Node
}

// listEdits turn one list of texts into another one. Items that are in both stay where they are, with the comments beside and
// above them. The edits are in the order in which they are made: from the end of the list to its beginning.
func listEdits(old, now *source.Node) []edit {
	const mostPairs = 250_000
	whole := []edit{{insert: -1, value: now}}
	if len(old.Items) == 0 || len(now.Items) == 0 || len(old.Items)*len(now.Items) > mostPairs {
		return whole
	}
	if !slices.ContainsFunc(old.Items, func(it *source.Node) bool { return it.IsScalar() }) {
		return whole
	}
	var edits []edit
	item := func(i int) rewrite.Path { return rewrite.Path{rewrite.Item(i)} }
	for _, h := range slices.Backward(hunks(old.Items, now.Items)) {
		gone, come := h.oldEnd-h.oldFrom, h.newEnd-h.newFrom
		both := min(gone, come)
		for i := gone - 1; i >= both; i-- {
			edits = append(edits, edit{at: item(h.oldFrom + i), insert: -1, remove: true})
		}
		for i := both; i < come; i++ {
			edits = append(edits, edit{insert: h.oldFrom + i, value: now.Items[h.newFrom+i]})
		}
		for i := range both {
			edits = append(edits, edit{at: item(h.oldFrom + i), insert: -1, value: now.Items[h.newFrom+i]})
		}
	}
	return edits
}

// hunk is a part of a list that another list has otherwise.
type hunk struct{ oldFrom, oldEnd, newFrom, newEnd int }

// hunks compares two lists by their longest common part.
func hunks(old, now []*source.Node) []hunk {
	same := func(i, j int) bool { return old[i].IsScalar() && old[i].Text == now[j].Text }
	length := make([][]int, len(old)+1) // of the longest common part of what follows
	length[len(old)] = make([]int, len(now)+1)
	for i := len(old) - 1; i >= 0; i-- {
		length[i] = make([]int, len(now)+1)
		for j := len(now) - 1; j >= 0; j-- {
			if length[i][j] = max(length[i+1][j], length[i][j+1]); same(i, j) {
				length[i][j] = 1 + length[i+1][j+1]
			}
		}
	}
	var out []hunk
	i, j := 0, 0
	for i < len(old) || j < len(now) {
		h := hunk{oldFrom: i, newFrom: j}
		for i < len(old) && j < len(now) && same(i, j) {
			i, j = i+1, j+1
			h.oldFrom, h.newFrom = i, j
		}
		for (i < len(old) || j < len(now)) && (i == len(old) || j == len(now) || !same(i, j)) {
			if j == len(now) || i < len(old) && length[i+1][j] >= length[i][j+1] {
				i++
			} else {
				j++
			}
		}
		if h.oldEnd, h.newEnd = i, j; h.oldEnd > h.oldFrom || h.newEnd > h.newFrom {
			out = append(out, h)
		}
	}
	return out
}

// changed makes the edits of one proposal, all of them or none.
func changed(doc *rewrite.Doc, p *proposal) error {
	trial, err := rewrite.Open(p.s.first.File, doc.Text())
	if err != nil {
		return err
	}
	for _, e := range p.edits {
		at := below(p.path, e.at...)
		switch {
		case e.remove:
			err = trial.Remove(at)
		case e.insert >= 0:
			err = trial.InsertItem(at, e.insert, e.value)
		default:
			err = trial.Set(at, e.value)
		}
		if err != nil {
			return err
		}
	}
	*doc = *trial
	return nil
}
