package testreport

import (
	"errors"
	"strings"

	"askflow/internal/prompttest"
	"askflow/internal/report"
)

// asItIs is the label of the only cell of a test without a matrix.
const asItIs = "as it is"

// isPlain tells whether a test is the workflow as it is and nothing else, so that naming its only cell says nothing.
func isPlain(t *prompttest.TestReport) bool {
	cells := cellsOf(t)
	return len(cells) == 1 && len(t.Dimensions) == 0 && namesNothing(cells[0].Label)
}

// namesNothing tells whether a cell's label says no more than that there is no matrix.
func namesNothing(label string) bool { return label == "" || label == asItIs }

// neverBegan tells whether a test was stopped before any case, so that it has no figures.
func neverBegan(t *prompttest.TestReport) bool {
	if t.Error == nil {
		return false
	}
	for _, c := range cellsOf(t) {
		if c.Cases > 0 || c.Asks > 0 || c.Refused != nil || len(c.Failures) > 0 {
			return false
		}
	}
	return true
}

// isPlayed tells whether the answers of a test were scripted or recorded before, so that nobody was asked.
func isPlayed(t *prompttest.TestReport) bool { return t.Answers == "scripted" || t.Answers == "replay" }

// answeredAlike tells whether every cell of a matrix got the same played answers in every case: then none is better than another.
func answeredAlike(t *prompttest.TestReport) bool {
	if !isPlayed(t) || t.Disagree > 0 || len(t.Disagreements) > 0 {
		return false
	}
	var first *prompttest.CellReport
	cells := 0
	for _, c := range cellsOf(t) {
		if c.Refused != nil || c.Cases <= 0 {
			continue
		}
		if cells++; first == nil {
			first = c
		}
		if c.Asks <= c.FailedAsks || c.Cases != first.Cases || c.Passed != first.Passed { // without answers there are none that are the same
			return false
		}
	}
	return cells > 1
}

// alikeText says of a test whose cells were answered alike why no cell is better than another.
func alikeText(t *prompttest.TestReport) string {
	if t.Answers == "replay" {
		return "every cell got the same answers: nothing recorded tells the models, the settings or the prompts apart"
	}
	return "every cell got the same answers: no rule looks at the model, the settings or the prompt"
}

// errEnough ends looking through cases.
var errEnough = errors.New("enough was seen")

// unknownModels names the models of a cell whose price is not known: the cell's own, or, where that is the workflow's, those in the
// first of its cases that has one. It is empty where nothing of that was kept.
func unknownModels(c *prompttest.CellReport) []string {
	if c == nil || c.UnknownPrice <= 0 {
		return nil
	}
	if c.Model != "" {
		return []string{cut(oneLine(c.Model), maxName)}
	}
	var names []string
	_ = eachCase(c, func(one *prompttest.CaseResult) error { // what cannot be read names nothing
		for i := range one.Asks {
			if a := &one.Asks[i]; a.Response != nil && a.CostUSD == "" && a.Model != "" {
				names = added(names, cut(oneLine(a.Model), maxName))
			}
		}
		if len(names) > 0 {
			return errEnough
		}
		return nil
	})
	return names
}

// added is a list with a name that it did not have.
func added(names []string, name string) []string {
	for _, known := range names {
		if known == name {
			return names
		}
	}
	return append(names, name)
}

// unpriced counts asks of unknown price, and names their models as far as they are known.
func unpriced(asks int64, models []string) string {
	text := report.Count(asks, "asks") + " of "
	switch len(models) {
	case 0:
		return text + "unknown price"
	case 1:
		return text + models[0] + ", whose price is not known"
	}
	return text + listed(models, 3) + ", whose prices are not known"
}

// costWith is what asks cost, for people; those of unknown price are counted.
func costWith(usd string, asks int64, models []string) string {
	sum := amount(usd)
	switch {
	case asks <= 0:
		return "$" + sum
	case sum == "0":
		return unpriced(asks, models)
	}
	return "$" + sum + " + " + unpriced(asks, models)
}

// shortCost is what a cell's asks cost, where there is no room for more.
func shortCost(c *prompttest.CellReport) string {
	sum := amount(c.CostUSD)
	switch {
	case c.UnknownPrice <= 0:
		return "$" + sum
	case sum == "0":
		return "?"
	}
	return "$" + sum + " + ?"
}

// unpricedNotes say of the cells of a matrix whose asks are not in their costs, the cells with the same models together.
func unpricedNotes(t *prompttest.TestReport) []string {
	names := namesOf(t)
	type note struct {
		models []string
		asks   int64
		cells  []int
	}
	var notes []*note
	byModels := map[string]*note{}
	for i, c := range t.Cells {
		if c == nil || c.UnknownPrice <= 0 {
			continue
		}
		models := unknownModels(c)
		key := strings.Join(models, "\x00")
		if byModels[key] == nil {
			byModels[key] = &note{models: models}
			notes = append(notes, byModels[key])
		}
		byModels[key].asks += c.UnknownPrice
		byModels[key].cells = append(byModels[key].cells, i+1)
	}
	var out []string
	for _, n := range notes {
		text := "? " + unpriced(n.asks, n.models)
		if where := names.list(n.cells); strings.Join(n.models, "") != where {
			text += " (" + where + ")"
		}
		out = append(out, text)
	}
	return out
}
