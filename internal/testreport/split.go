package testreport

import (
	"fmt"
	"strings"

	"askflow/internal/prompttest"
	"askflow/internal/report"
)

// verdictGroup is what several cells said alike of a case.
type verdictGroup struct {
	verdict prompttest.CellVerdict
	cells   []int // places in the test, from 1
}

// groupVerdicts puts the cells that did the same together: those that failed first, else in the order of the cells. Answers
// are compared on one line, as they are shown.
func groupVerdicts(t *prompttest.TestReport, d *prompttest.Disagreement) []*verdictGroup {
	var failed, passed []*verdictGroup
	byVerdict := map[prompttest.CellVerdict]*verdictGroup{}
	for i, v := range d.Cells {
		if v == nil || i >= len(t.Cells) || t.Cells[i] == nil {
			continue
		}
		key := *v
		key.Answer = oneLine(key.Answer)
		group := byVerdict[key]
		if group == nil {
			group = &verdictGroup{verdict: key}
			byVerdict[key] = group
			if key.Passed < key.Of {
				failed = append(failed, group)
			} else {
				passed = append(passed, group)
			}
		}
		group.cells = append(group.cells, i+1)
	}
	return append(failed, passed...)
}

// word says how a case did in a cell.
func (g *verdictGroup) word() string {
	switch v := g.verdict; {
	case v.Of > 1:
		return fmt.Sprintf("%d of %d", v.Passed, v.Of)
	case v.Passed > 0:
		return "passed"
	default:
		return "failed"
	}
}

// answers are what the groups of a case answered, each on one line of a width: the step, where there are several that ask, and
// the answer around the place where it differs from the others. Where all answered alike, something that is not shown differs.
func answers(groups []*verdictGroup, width func(i int) int) []string {
	out := make([]string, len(groups))
	whole := make([]string, len(groups))
	least := -1
	for i, g := range groups {
		if whole[i] = g.verdict.Answer; whole[i] == "" {
			whole[i] = "(no answer)"
		}
		room := max(10, width(i)-report.Width(stepMark(&g.verdict)))
		if least < 0 || room < least {
			least = room
		}
	}
	short := aroundDifference(whole, least)
	for i, g := range groups {
		out[i] = stepMark(&g.verdict) + short[i]
	}
	return out
}

// stepMark is a step and a colon where a verdict names one.
func stepMark(v *prompttest.CellVerdict) string {
	if v.Step == "" {
		return ""
	}
	return report.Truncate(oneLine(v.Step), 30) + ": "
}

// elsewhere says why a case is listed whose answers all look the same.
const elsewhere = "what is shown is the same in all of them: the answers differ in an earlier step, or further on"

// variesPrompt tells whether the cells of a test differ in their prompts, so that answers differ with them.
func variesPrompt(t *prompttest.TestReport) bool {
	for i, d := range t.Dimensions {
		if d != "prompt" && !strings.HasPrefix(d, "prompt@") {
			continue
		}
		first := ""
		for n, c := range cellsOf(t) {
			value := cellValue(c, i)
			if n > 0 && value != first {
				return true
			}
			first = value
		}
	}
	return false
}

// telling are the disagreements that say something: where cells differ in their prompts, not those in which every cell passed.
// expected counts those that are left out.
func telling(t *prompttest.TestReport) (list []*prompttest.Disagreement, expected int64) {
	prompts := variesPrompt(t)
	for i := range t.Disagreements {
		d := &t.Disagreements[i]
		if prompts && allPassed(d.Cells) {
			expected++
			continue
		}
		list = append(list, d)
	}
	return list, expected
}

func allPassed(cells []*prompttest.CellVerdict) bool {
	for _, v := range cells {
		if v != nil && v.Passed < v.Of {
			return false
		}
	}
	return true
}

// expectedText says how many cases are left out since all cells passed them.
func expectedText(n int64) string {
	if n == 1 {
		return "1 record got another answer with another prompt, and every cell passed it"
	}
	return report.Count(n, "records") + " got other answers with other prompts, and every cell passed them"
}
