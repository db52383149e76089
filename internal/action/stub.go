package action

import (
	"context"
	"strings"

	"askflow/internal/flow"
	"askflow/internal/run"
)

// Stub is the outcome of a step that was told to keep its inputs and execute nothing: effects become inputs, and an ask
// keeps the question it would have put.
func Stub(r Runner, a *flow.Action, s *Scope) run.Outcome {
	if asking, ok := r.(*ask); ok {
		return asking.stub(s)
	}
	out := r.Run(context.Background(), s)
	if out.NextSet { // a branch executes nothing: it goes its way
		return out
	}
	return run.Outcome{State: run.Skipped, Stubbed: true, Reason: "stubbed: nothing was executed", Inputs: inputs(&out), Error: out.Error}
}

func (a *ask) stub(s *Scope) run.Outcome {
	out := run.Outcome{State: run.Skipped, Stubbed: true, Reason: "stubbed: nothing was asked"}
	prompt, err := a.prompt.tokenText(s)
	if err == nil {
		err = a.refused
	}
	if err != nil {
		out.Error = err
		return out
	}
	out.Inputs = map[string]string{"assistant": a.question.Assistant.ID, "model": a.question.Model, "prompt": prompt}
	return out
}

// inputs shows what the effects of an outcome would have held.
func inputs(out *run.Outcome) map[string]string {
	in := map[string]string{}
	if out.WaitUntil != nil {
		in["wait_until"] = out.WaitUntil.Format("2006-01-02T15:04:05Z07:00")
	}
	for i := range out.Effects {
		e := &out.Effects[i]
		for k, v := range e.Properties {
			in[k] = v
		}
		for key, ids := range map[string][]string{"user_ids": e.UserIDs, "team_ids": e.TeamIDs} {
			if len(ids) > 0 {
				in[key] = strings.Join(ids, ",")
			}
		}
		if e.To != nil {
			in[e.Property] = *e.To
		}
		if e.Subject != nil {
			in["subject"] = *e.Subject
		}
		if e.Body != nil {
			in["body"] = *e.Body
		}
	}
	return in
}
