package testreport

import (
	"fmt"
	"strconv"
	"strings"

	"askflow/internal/assistant"
	"askflow/internal/prompttest"
	"askflow/internal/report"
	"askflow/internal/run"
)

// eachCase gives the cases of a cell to fn, in the order of the records: all of them, or the failed ones where nothing
// else was kept.
func eachCase(c *prompttest.CellReport, fn func(*prompttest.CaseResult) error) error {
	given := func(result *prompttest.CaseResult) error {
		if result == nil {
			return nil
		}
		return fn(result)
	}
	if c.Results != nil {
		return c.Results.Each(given)
	}
	for _, result := range c.Failures {
		if err := given(result); err != nil {
			return err
		}
	}
	return nil
}

// testsOf, cellsOf and failuresOf leave out what is not there at all.
func testsOf(r *prompttest.Report) []*prompttest.TestReport {
	if r == nil {
		return nil
	}
	return present(r.Tests)
}

func cellsOf(t *prompttest.TestReport) []*prompttest.CellReport { return present(t.Cells) }

func failuresOf(c *prompttest.CellReport) []*prompttest.CaseResult { return present(c.Failures) }

func present[T any](list []*T) []*T {
	var out []*T
	for _, it := range list {
		if it != nil {
			out = append(out, it)
		}
	}
	return out
}

// isMatrix tells whether a test has cells to compare.
func isMatrix(t *prompttest.TestReport) bool { return len(cellsOf(t)) > 1 }

// LastResponse is what the last ask of a case that was answered said; "" when none was.
func LastResponse(c *prompttest.CaseResult) string {
	for i := len(c.Asks) - 1; i >= 0; i-- {
		if response := c.Asks[i].Response; response != nil {
			return *response
		}
	}
	return ""
}

// oneLine makes a text harmless and puts it on one line.
func oneLine(s string) string { return report.Safe(strings.Join(strings.Fields(s), " ")) }

// cut shortens a text to a number of characters.
func cut(s string, characters int) string {
	if len(s) <= characters { // bytes are never fewer than characters
		return s
	}
	n := 0
	for at := range s {
		if n++; n == characters {
			rest := s[at:]
			if len([]rune(rest[:min(len(rest), 8)])) == 1 {
				return s
			}
			return s[:at] + "…"
		}
	}
	return s
}

// maxName is how much of a name a title shows, in characters.
const maxName = 80

// recordTitle names a record: its id and its name.
func recordTitle(r run.RecordRef) string {
	return strings.TrimSpace(cut(oneLine(r.ID), maxName) + " " + cut(oneLine(r.Name), maxName))
}

// caseTitle names a case of a record within its cell: the record, the case, the repeat.
func caseTitle(c *prompttest.CaseResult) string { return titleOf(c.Record, c.Case, c.Repeat) }

func titleOf(record run.RecordRef, name string, repeat int) string {
	parts := []string{recordTitle(record)}
	if name := oneLine(name); name != "" {
		parts = append(parts, cut(name, 2*maxName))
	}
	if repeat > 0 {
		parts = append(parts, "repeat "+strconv.Itoa(repeat))
	}
	return strings.Join(parts, " · ")
}

// isAllowed tells whether the failures of a cell are so few that its test's threshold allows them. A question without an answer to
// play fails the test whatever the threshold.
func isAllowed(t *prompttest.TestReport, c *prompttest.CellReport) bool {
	return t.Threshold > 0 && c.Cases > 0 && c.NoAnswer == 0 && rate(c) >= t.Threshold
}

// where is file:line:column, as much of it as is known.
func where(file string, line, column int) string {
	file = oneLine(file)
	switch {
	case file == "" || line <= 0:
		return file
	case column <= 0:
		return fmt.Sprintf("%s:%d", file, line)
	}
	return fmt.Sprintf("%s:%d:%d", file, line, column)
}

// expectationTitle names an expectation: the subject and the check, and the step where the subject does not name it.
func expectationTitle(f *prompttest.Failure) string {
	title := oneLine(strings.TrimSpace(f.Subject + " " + f.Check))
	if f.Step != "" && !strings.Contains(f.Subject, "@") {
		title += " (step " + oneLine(f.Step) + ")"
	}
	return title
}

// percent writes a share of 0 to 1 with a decimal that counts: what is not all never reads 100%.
func percent(share float64) string { return percentText(100 * share) }

func percentText(p float64) string {
	switch {
	case p != p, p <= 0:
		return "0%"
	case p >= 100:
		return "100%"
	}
	return strconv.FormatFloat(float64(tenthsOf(p))/10, 'f', -1, 64) + "%"
}

// tenthsOf is a percentage in tenths, cut and not rounded: a share that is a little less than asked for must not read as if it were
// enough. It is neither 0 nor 1000: those are of nothing and of all.
func tenthsOf(p float64) int64 {
	const imprecise = 1e-6 // 100 times 0.57 is less than 57
	return min(max(int64(p*10+imprecise), 1), 999)
}

// rate is the share of a cell's cases that passed.
func rate(c *prompttest.CellReport) float64 {
	if c.Cases <= 0 {
		return 0
	}
	return float64(c.Passed) / float64(c.Cases)
}

// costText is what a cell's asks cost, for people.
func costText(c *prompttest.CellReport) string {
	return costWith(c.CostUSD, c.UnknownPrice, unknownModels(c))
}

// amount is an amount of dollars; "0" when there is none.
func amount(usd string) string {
	if usd = oneLine(usd); usd == "" {
		return "0"
	}
	return usd
}

// bestCells are the cells with the highest pass rate, and of those the cheapest; none where there is nothing to choose from, or
// where all were answered alike by what nobody was asked for.
func bestCells(t *prompttest.TestReport) map[*prompttest.CellReport]bool {
	if answeredAlike(t) {
		return nil
	}
	best := map[*prompttest.CellReport]bool{}
	var leader *prompttest.CellReport
	asked := 0
	for _, c := range cellsOf(t) {
		if c.Refused != nil || c.Cases <= 0 {
			continue
		}
		if asked++; c.Passed == 0 { // the best of nothing is no recommendation
			continue
		}
		if leader != nil {
			switch order := compareCells(c, leader); {
			case order < 0:
				continue
			case order > 0:
				clear(best)
			}
		}
		leader = c
		best[c] = true
	}
	if asked < 2 {
		return nil
	}
	return best
}

// compareCells is above 0 when a is better than b.
func compareCells(a, b *prompttest.CellReport) int {
	if x, y := rate(a), rate(b); x != y {
		if x > y {
			return 1
		}
		return -1
	}
	x, knownX := costOf(a)
	y, knownY := costOf(b)
	switch {
	case knownX != knownY:
		if knownX {
			return 1
		}
		return -1
	case x < y:
		return 1
	case x > y:
		return -1
	}
	return 0
}

// costOf is what a cell's asks cost, when all of it is known.
func costOf(c *prompttest.CellReport) (assistant.Money, bool) {
	money, err := assistant.ParseMoney(c.CostUSD)
	return money, err == nil && c.UnknownPrice == 0
}

// errorText is what went wrong and what helps, on one line.
func errorText(e *run.Error) string {
	text := e.Message
	if text == "" {
		text = e.Code
	}
	if e.Hint != "" {
		text += " (" + e.Hint + ")"
	}
	return oneLine(text)
}
