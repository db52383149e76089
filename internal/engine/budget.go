package engine

import (
	"fmt"

	"askflow/internal/assistant"
	"askflow/internal/run"
)

// CodeOverBudget stops a run whose next enrollment might cost more than is left.
const CodeOverBudget = "over_budget"

// Budget limits what a run may cost. An enrollment counts only when its worst case, every answer as long as it may be,
// still fits, and so does what it really cost where a script says more than that; enrollments are taken in input order, so
// the same run always stops at the same record.
type Budget struct {
	Max       assistant.Money
	Models    *assistant.Models
	MaxOutput int
}

// allows tells whether an enrollment with these steps fits into what is left.
func (b *Budget) allows(spent assistant.Money, steps []run.Step) *run.Error {
	worst := spent
	for i := range steps {
		a := steps[i].Ask
		if a == nil || a.Usage == nil || steps[i].Pinned {
			continue
		}
		var cost assistant.Money
		if m, ok := b.Models.Lookup(a.Model); ok {
			cost, _ = m.WorstCase(a.Usage.InputTokens, b.MaxOutput)
		}
		if actual, err := assistant.ParseMoney(a.CostUSD); err == nil { // "" where the price is unknown
			cost = max(cost, actual)
		}
		worst = worst.Add(cost)
	}
	if worst <= b.Max {
		return nil
	}
	return &run.Error{Code: CodeOverBudget, Stops: true,
		Message: fmt.Sprintf("stopped before the budget of $%s could be exceeded: $%s is spent, and the next enrollment may cost up to $%s", b.Max, spent, worst-spent),
		Hint:    "raise --max-cost, or lower openai.max_output_tokens in portal.yaml"}
}
