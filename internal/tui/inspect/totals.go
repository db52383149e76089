package inspect

import (
	"fmt"

	"askflow/internal/assistant"
	"askflow/internal/report"
	"askflow/internal/run"
)

// addUp adds up the record's steps.
func (r *row) addUp() []string {
	result := r.result
	asks, failed, tokens, took := 0, 0, 0, int64(0)
	sum, priced := assistant.Money(0), false
	for i := range result.Steps {
		s := &result.Steps[i]
		if s.State == run.FailContinue {
			failed++
		}
		if s.Ask == nil {
			continue
		}
		asks++
		took += s.Ask.LatencyMs
		if u := s.Ask.Usage; u != nil {
			tokens += u.InputTokens + u.OutputTokens
		}
		if m, err := assistant.ParseMoney(s.Ask.CostUSD); err == nil && s.Ask.CostUSD != "" {
			sum, priced = sum.Add(m), true
		}
	}
	parts := []string{report.Count(int64(len(result.Steps)), "steps")}
	if failed > 0 {
		parts = append(parts, fmt.Sprintf("✗ %d failed", failed))
	}
	if asks > 0 {
		parts = append(parts, report.Count(int64(asks), "asks"))
		if took > 0 {
			parts = append(parts, Millis(took)+" asking")
		}
		if tokens > 0 {
			parts = append(parts, report.Count(int64(tokens), "tokens"))
		}
		if priced {
			parts = append(parts, Money(sum.String()))
		}
	}
	if n := len(result.Effects); n > 0 {
		parts = append(parts, report.Count(int64(n), "effects"))
	}
	if at := result.Enrollment.Started; at != nil && !at.IsZero() {
		parts = append(parts, at.In(r.zone).Format("2006-01-02 15:04"))
		if end := result.Enrollment.Ended; end != nil && end.After(*at) {
			parts = append(parts, "ended after "+span(end.Sub(*at)))
		}
	}
	return parts
}
