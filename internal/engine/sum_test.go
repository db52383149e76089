package engine_test

import (
	"math/big"
	"sort"
	"strings"

	"askflow/internal/run"
)

// sum adds up results by reading them, as a check on the totals that a run keeps along the way.
type sum struct {
	t    run.Totals
	cost big.Rat
}

func newSum() *sum {
	return &sum{t: run.Totals{Enrollments: map[run.State]int64{}, Effects: map[string]int64{}, Answers: map[string]int64{}}}
}

func (s *sum) add(r *run.Result) {
	s.t.Considered++
	s.t.Enrollments[r.Enrollment.State]++
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
}

func (s *sum) totals() *run.Totals {
	text := s.cost.FloatString(12)
	text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	s.t.CostUSD = text
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
