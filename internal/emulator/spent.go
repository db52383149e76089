package emulator

import (
	"context"

	"askflow/internal/action"
	"askflow/internal/assistant"
	"askflow/internal/engine"
	"askflow/internal/run"
)

// spentBefore is what earlier parts of a run that asks live have spent: what the answers did cost, and the worst case of
// every request of which nobody learned what it cost. A question that was under way when the run ended may have been sent
// as often as questions are.
func (e *Emulator) spentBefore(ctx context.Context, store run.Reader, p *prepared, r *run.Run) (assistant.Money, error) {
	spent, err := assistant.ParseMoney(r.Totals.CostUSD)
	if err != nil {
		spent = 0 // nothing was charged yet
	}
	count := exactTokens()
	longest := "" // of the prompts that are known, for the one that is not
	var underWay []*assistant.Question
	add := func(q *assistant.Question, model, prompt string, times int) {
		if q == nil || times == 0 {
			return
		}
		m, _ := e.Models.Lookup(model)
		worst, _ := m.WorstCase(count(q.Instructions)+count(prompt), q.MaxOutputTokens) // affordable has refused models without a price
		for range times {
			spent = spent.Add(worst)
		}
	}
	err = store.Rows(ctx, r.ID, run.Query{AfterSeq: -1}, func(row *run.Row) error {
		if id, ok := engine.Asking(row); ok {
			if q, _ := action.Question(p.program.Runner(id)); q != nil {
				underWay = append(underWay, q)
			}
		}
		if row.Asks == 0 {
			return nil
		}
		result, err := row.Result()
		if err != nil {
			return err
		}
		for i := range result.Steps {
			s := &result.Steps[i]
			if s.Ask == nil || s.Pinned {
				continue
			}
			if len(s.Ask.Prompt) > len(longest) {
				longest = s.Ask.Prompt
			}
			q, _ := action.Question(p.program.Runner(s.ActionID))
			add(q, s.Ask.Model, s.Ask.Prompt, unpriced(s))
		}
		return nil
	})
	for _, q := range underWay {
		add(q, q.Model, longest, e.Portal.Settings.OpenAI.MaxAttempts)
	}
	return spent, err
}

// unpriced counts the requests of an ask of which nobody learned what they cost.
func unpriced(s *run.Step) int {
	n := 0
	for i := range s.Ask.History {
		if s.Ask.History[i].MayHaveCost {
			n++
		}
	}
	if len(s.Ask.History) == 0 && s.State == run.Success && s.Ask.Usage == nil {
		n++ // an answer that came at once, from a server that does not count tokens
	}
	return n
}
