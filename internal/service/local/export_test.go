package local

import (
	"askflow/internal/assistant"
	"askflow/internal/run"
	"askflow/internal/service"
)

// Progressed is what is told of a run with these totals that replaces the rows before, once it has committed rows.
func Progressed(totals run.Totals, before []run.Row, rows ...run.Row) (told run.Totals, done int64) {
	p := &progress{before: map[int64]counts{}, p: service.Progress{Totals: copyOf(totals)}}
	p.cost, _ = assistant.ParseMoney(totals.CostUSD) // "" is nothing
	for i := range before {
		p.before[before[i].Seq] = countsOf(&before[i])
	}
	for _, row := range rows {
		p.add([]run.Row{row})
	}
	return p.p.Totals, p.done
}
