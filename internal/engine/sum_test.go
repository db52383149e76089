package engine_test

import (
	"math/big"
	"sort"
	"strings"

	"askflow/internal/run"
)

// sum adds up results by reading them, as a check on the totals that a run keeps along the way.
type sum struct {
	t      run.Totals
	cost   big.Rat
	models map[string]*big.Rat
}

func newSum() *sum {
	return &sum{t: run.Totals{Enrollments: map[run.State]int64{}, Effects: map[string]int64{}, Answers: map[string]int64{}}, models: map[string]*big.Rat{}}
}

func (s *sum) add(r *run.Result) {
	s.t.Considered++
	s.t.Enrollments[r.Enrollment.State]++
	if r.Enrollment.State == run.NotEnrolled && r.Enrollment.Reason == run.NotNamed {
		s.t.NotNamed++
	}
	for i := range r.Effects {
		s.t.Effects[string(r.Effects[i].Type)]++
	}
	for i := range r.Steps {
		step := &r.Steps[i]
		s.t.Steps++
		switch step.State {
		case run.FailContinue:
			s.t.FailedSteps++
		case run.Skipped:
			s.t.SkippedSteps++
		}
		s.ask(step)
	}
}

func (s *sum) ask(step *run.Step) {
	a := step.Ask
	if a == nil {
		return
	}
	if a.Response != nil {
		key := *a.Response
		if len([]rune(key)) > 60 {
			key = ""
		}
		s.t.Answers[key]++
	}
	if step.Pinned {
		return
	}
	s.t.Asks++
	s.t.Attempts += int64(a.Attempts)
	if a.Attempts > 1 {
		s.t.Retries += int64(a.Attempts - 1)
	}
	if step.State == run.FailContinue {
		s.t.FailedAsks++
	}
	if step.Error != nil && step.Error.Code == "no_scripted_answer" {
		s.t.NoAnswer++
	}
	if u := a.Usage; u != nil {
		s.t.InputTokens += int64(u.InputTokens)
		s.t.CachedTokens += int64(u.CachedTokens)
		s.t.OutputTokens += int64(u.OutputTokens)
		s.t.ReasoningTokens += int64(u.ReasoningTokens)
		s.t.EstimatedUsage = s.t.EstimatedUsage || u.Estimated
		if a.CostUSD == "" {
			s.t.UnknownPrice++
		}
	}
	if cost, ok := new(big.Rat).SetString(a.CostUSD); ok {
		s.cost.Add(&s.cost, cost)
	}
	s.charts(step)
}

// charts adds up what charts are drawn of.
func (s *sum) charts(step *run.Step) {
	a := step.Ask
	if s.t.Models == nil {
		s.t.Models = map[string]run.ModelTotals{}
	}
	m := s.t.Models[a.Model]
	m.Asks++
	if step.State == run.FailContinue {
		m.FailedAsks++
	}
	if a.Attempts > 0 {
		s.t.Latency.Add(a.LatencyMs)
	}
	if u := a.Usage; u != nil {
		s.t.Tokens.Add(int64(u.InputTokens + u.OutputTokens))
		m.InputTokens += int64(u.InputTokens)
		m.CachedTokens += int64(u.CachedTokens)
		m.OutputTokens += int64(u.OutputTokens)
		m.ReasoningTokens += int64(u.ReasoningTokens)
	}
	if s.models[a.Model] == nil {
		s.models[a.Model] = new(big.Rat)
	}
	if cost, ok := new(big.Rat).SetString(a.CostUSD); ok {
		s.models[a.Model].Add(s.models[a.Model], cost)
	}
	m.CostUSD = decimal(s.models[a.Model])
	s.t.Models[a.Model] = m
}

// decimal is an amount without trailing zeros.
func decimal(r *big.Rat) string {
	return strings.TrimSuffix(strings.TrimRight(r.FloatString(12), "0"), ".")
}

func (s *sum) totals() *run.Totals {
	s.t.CostUSD = decimal(&s.cost)
	var answers []string
	for a := range s.t.Answers {
		if a != "" {
			answers = append(answers, a)
		}
	}
	sort.Strings(answers)
	for _, a := range answers[min(200, len(answers)):] {
		s.t.Answers[""] += s.t.Answers[a]
		delete(s.t.Answers, a)
	}
	return &s.t
}
