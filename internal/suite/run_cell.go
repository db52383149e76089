package suite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"askflow/internal/assistant"
	"askflow/internal/emulator"
	"askflow/internal/flow"
	"askflow/internal/prompttest"
	"askflow/internal/run"
)

// cell runs one cell, repeat by repeat.
func (r *runner) cell(p *Plan, c *cell, t *prompttest.TestReport, tally *tally) error {
	if r.opt.Rescore != "" {
		return r.rescore(p, c, t, tally)
	}
	if tally.report.Refused = r.refused(c); tally.report.Refused != nil {
		return nil
	}
	for repeat := range p.repeat {
		tally.begin(repeat, p.repeat)
		if err := r.trial(p, c, tally, repeat); err != nil {
			return err
		}
		if r.stop != nil {
			return nil
		}
	}
	return nil
}

// refused says why a model does not take a cell's settings, before anything is sent for it. A workflow as it is is never refused: its
// step fails, and a test may expect that.
func (r *runner) refused(c *cell) *run.Error {
	if c.Model == "" && c.Temperature == nil && c.ReasoningEffort == "" && c.Assistant == "" {
		return nil
	}
	for _, a := range c.e.Asking(c.flow) {
		if given(&c.request, a) {
			continue
		}
		res, err := c.e.Resolve(r.ctx, emulator.SettingsRequest{Assistant: c.Assistant, Model: c.Model, Temperature: c.Temperature, ReasoningEffort: c.ReasoningEffort, Workflow: c.request.Workflow, Step: a.ID})
		if err == nil && res.Refused != nil && (res.Refused.Code == assistant.CodeBadSettings || res.Refused.Code == assistant.CodeModelAccess) {
			return res.Refused
		}
	}
	return nil
}

// given tells whether a step is not executed, since the test says what it answers.
func given(req *emulator.Request, a *flow.Action) bool {
	is := func(name string) bool { return name == a.ID || name == a.Name && name != "" }
	for name := range req.Pins {
		step, _, _ := strings.Cut(name, ".")
		if is(name) || is(step) {
			return true
		}
	}
	return slices.ContainsFunc(req.Stubs, is)
}

// errFailFast ends a cell whose first case failed.
var errFailFast = errors.New("a case failed")

// trial runs a cell once over its records.
func (r *runner) trial(p *Plan, c *cell, tally *tally, repeat int) error {
	req := c.request
	req.Repeat = repeat
	if r.max != nil {
		left := *r.max - r.spent
		if left < 0 {
			left = 0
		}
		req.MaxCost = left.String()
	}
	cover := r.covers.of(c)
	w := &watchers{r: r, p: p, c: c, tally: tally, cover: cover}
	s, err := c.e.WithTransport(r.memory.under(p.survey.Answers)).Trial(r.ctx, emulator.Trial{Request: req, Keep: r.opt.Keep, Asks: r.memory.asks, Record: recordCommand(p), Only: w.only, Answered: cover.rule, Started: w.started, Rows: w.rows})
	w.close()
	if s != nil && s.Run != nil {
		tally.run(s.Run, w)
		r.spent = addMoney(r.spent, s.Run.Totals.CostUSD)
	}
	r.spent = r.spent.Add(w.judged.cost)
	if err == nil && s.Err != nil {
		err = s.Err
	}
	if errors.Is(err, errFailFast) && emulator.AsError(err).Exit != emulator.ExitUnreachable { // no case, but the budget, stopped it
		r.stopAt(tally.test, firstFailed)
		return nil
	}
	return err
}

const firstFailed = "at the first case that failed"

// stopAt ends everything, as --fail-fast wants.
func (r *runner) stopAt(test, what string) {
	r.stop, r.where = errFailFast, what+" (test "+test+")"
}

// lost tells whether a cell has failed, whatever its cases come to in sum.
func lost(t *prompttest.TestReport, c *prompttest.CellReport) bool {
	return c.Refused == nil && c.Cases > 0 && (c.PassRate < t.Threshold || c.NoAnswer > 0)
}

// recordCommand is the command that records what a test asks.
func recordCommand(p *Plan) string {
	name := p.Name()
	if strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./") != "" {
		name = "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
	}
	return "emulator test " + name + " --answers record"
}

// affordable holds what a run and its judges cost so far against what is left. It is for answers that cost nothing really: where they
// do, the client itself looks before it asks.
func (r *runner) affordable(sum *figures, judged *charges) error {
	if r.max == nil {
		return nil
	}
	if judged.unknown > 0 {
		return &emulator.Error{Code: assistant.CodeUnknownPrice, Exit: emulator.ExitUnreachable, Message: fmt.Sprintf("the price of a judge's model is unknown, so a budget of $%s cannot be kept", r.max),
			Hint: "let an assistant judge whose model has a known price (emulator models list), or run without --max-cost"}
	}
	if all := r.spent.Add(sum.cost).Add(judged.cost); all > *r.max {
		return &emulator.Error{Code: emulator.CodeOverBudget, Exit: emulator.ExitUnreachable, Message: fmt.Sprintf("stopped before the budget of $%s could be exceeded: with the next answers of judges $%s would be spent", r.max, all),
			Hint: "raise --max-cost, or ask judges less"}
	}
	return nil
}

// rescore holds a stored run against the expectations; nobody is asked, judges neither.
func (r *runner) rescore(p *Plan, c *cell, t *prompttest.TestReport, tally *tally) error {
	stored, scorer, err := storedScorer(r.ctx, r.e, p, r.opt.Rescore)
	if err != nil {
		return err
	}
	t.Answers, t.Era = stored.Answers, stored.Era
	tally.report.Label = "run " + stored.ID
	scored := *c
	scored.scorer = scorer
	tally.begin(0, 1)
	w := &watchers{r: r, p: p, c: &scored, tally: tally, cover: r.covers.of(c)}
	if scorer.NeedsRecord() {
		w.fixtures = p.fixtures(stored)
	}
	looked := map[string]bool{}
	err = r.e.StoredRows(r.ctx, stored.ID, func(ctx context.Context, rows []run.Row) error {
		for i := range rows {
			looked[rows[i].Record.ID] = true
		}
		return w.rows(ctx, rows)
	})
	w.close()
	tally.run(stored, w)
	if missed := w.missed(looked); missed > 0 && err == nil {
		r.missing = append(r.missing, fmt.Sprintf("%s: %s of records that run %s did not look at", p.test.Name, count(missed, "case is", "cases are"), stored.ID))
	}
	if errors.Is(err, errFailFast) {
		r.stopAt(t.Name, firstFailed)
		return nil
	}
	return err
}
