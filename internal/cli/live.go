package cli

import (
	"fmt"

	"askflow/internal/emulator"
	"askflow/internal/report"
)

// compared holds what a live run was expected to ask and cost against what it took.
func (a *App) compared(s *emulator.Summary) {
	p := s.Estimate
	if p == nil {
		return
	}
	var asks, tokens int64
	for _, k := range p.Asks {
		asks += k.Asks
		tokens += k.InputTokens
	}
	t := &s.Run.Totals
	cost := "an unknown price"
	if p.MaxCostUSD != "" {
		cost = fmt.Sprintf("$%s to $%s", p.MinCostUSD, p.MaxCostUSD)
	}
	a.note("%s", a.errStyle().Faint(fmt.Sprintf("Expected %s with %s tokens in for %s; it took %s with %s for $%s.",
		report.Count(asks, "asks"), report.Number(tokens), cost, report.Count(t.Asks, "asks"), report.Number(t.InputTokens), t.CostUSD)))
}

// sawLimits keeps what the account said of its limits for account show.
func (a *App) sawLimits(e *emulator.Emulator, s *emulator.Summary) {
	if len(s.Limits) == 0 {
		return
	}
	acc, err := a.accountOf(e)
	if err == nil {
		err = acc.SawLimits(s.Limits)
	}
	if err != nil { // worth a line in the log, not a failed run
		a.log.Warn("limits not kept", "error", err.Error())
	}
}
