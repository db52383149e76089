package testreport

import (
	"encoding/json"
	"fmt"

	"askflow/internal/prompttest"
	"askflow/internal/report"
)

// failedGroup is a case that failed, and the repeats that failed alike.
type failedGroup struct {
	*prompttest.CaseResult
	repeats []int // empty without repeats
	at      int   // the place of the first one among the cell's failures
}

// cases is how many cases the group stands for.
func (g *failedGroup) cases() int64 { return int64(max(1, len(g.repeats))) }

// title names the case with its repeats.
func (g *failedGroup) title() string {
	title := titleOf(g.Record, g.Case, 0)
	if len(g.repeats) > 0 {
		title += " · " + numbersText("repeat", g.repeats)
	}
	return title
}

// groupFailures puts the repeats of a case together that failed alike: with the same answers, in the same expectations. They come in
// the order of the first of each.
func groupFailures(c *prompttest.CellReport) []*failedGroup {
	var out []*failedGroup
	known := map[string]*failedGroup{}
	for i, f := range c.Failures {
		if f == nil {
			continue
		}
		if f.Repeat <= 0 {
			out = append(out, &failedGroup{CaseResult: f, at: i})
			continue
		}
		key := alikeKey(f)
		g := known[key]
		if g == nil || g.repeats[len(g.repeats)-1] >= f.Repeat { // the same repeat twice is two cases
			g = &failedGroup{CaseResult: f, at: i}
			known[key] = g
			out = append(out, g)
		}
		g.repeats = append(g.repeats, f.Repeat)
	}
	return out
}

// alikeKey is what repeats of a case have in common that failed alike.
func alikeKey(c *prompttest.CaseResult) string {
	whole := *c
	whole.Repeat, whole.CostUSD, whole.Effects, whole.Asks = 0, "", nil, nil
	for i := range c.Asks {
		a := c.Asks[i]
		a.LatencyMs, a.CostUSD, a.Attempts = 0, "", 0
		whole.Asks = append(whole.Asks, a)
	}
	key, err := json.Marshal(&whole)
	if err != nil { // nothing in it can fail to be written; were it so, the case would stand alone
		return fmt.Sprintf("%p", c)
	}
	return string(key)
}

// failedGroups are the failed cases of each cell of a test.
func failedGroups(t *prompttest.TestReport) [][]*failedGroup {
	var out [][]*failedGroup
	for _, c := range cellsOf(t) {
		out = append(out, groupFailures(c))
	}
	return out
}

// failedCases counts the failed cases of a test; those kept count where the figures say less.
func failedCases(t *prompttest.TestReport) (all int64) {
	for _, c := range cellsOf(t) {
		all += max(c.Failed, int64(len(failuresOf(c))))
	}
	return all
}

// shares says how many failed cases of each cell are shown: one of each, a second one of each, and so on up to the limit.
func shares(cells [][]*failedGroup, most int) []int {
	share := make([]int, len(cells))
	left := 0
	for _, c := range cells {
		left += len(c)
	}
	for left = min(most, left); left > 0; {
		for i, c := range cells {
			if left > 0 && share[i] < len(c) {
				share[i]++
				left--
			}
		}
	}
	return share
}

// judgesText says of a case which questions to judges were not answered; "" when all were.
func judgesText(c *prompttest.CaseResult) string {
	switch {
	case c.NoAnswer > 0 && c.NotJudged > 0:
		return noJudgeAnswer(int64(c.NoAnswer)) + "; " + notJudged(int64(c.NotJudged))
	case c.NoAnswer > 0:
		return noJudgeAnswer(int64(c.NoAnswer))
	case c.NotJudged > 0:
		return notJudged(int64(c.NotJudged))
	}
	return ""
}

// noJudgeAnswer says that judges had nothing to answer with.
func noJudgeAnswer(n int64) string {
	if n == 1 {
		return "1 question to a judge has no scripted or recorded answer"
	}
	return report.Number(n) + " questions to judges have no scripted or recorded answer"
}
