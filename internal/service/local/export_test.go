package local

import (
	"time"

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
	return p.p.Totals, p.done.records
}

// Paced is what is told of a run of total records which commits these groups of rows, each so long after the one before.
func Paced(total int64, every time.Duration, groups ...[]run.Row) []*service.Progress {
	now := time.Unix(0, 0)
	l := &Local{opt: Options{Now: func() time.Time { return now }}, hub: newHub()}
	p := &progress{l: l, before: map[int64]counts{}, p: service.Progress{Total: total, Totals: copyOf(run.Totals{})}, marks: []mark{{at: now}}}
	var out []*service.Progress
	for _, rows := range groups {
		now = now.Add(every)
		p.add(rows)
		p.tell()
		out = append(out, p.now())
	}
	return out
}
