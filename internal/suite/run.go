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
	"askflow/internal/source"
)

// Run runs the tests of a portal. Nothing runs when one of them cannot run as written: the error then names every finding. A report
// comes back beside an error when the tests began and were stopped: it says how far they came.
func Run(ctx context.Context, e *emulator.Emulator, opt Options) (*prompttest.Report, error) {
	plans, warnings, err := Prepare(ctx, e, &opt)
	if err != nil {
		return nil, err
	}
	return runPlans(ctx, e, plans, warnings, &opt)
}

// Prepare reads and checks the tests that the options name.
func Prepare(ctx context.Context, e *emulator.Emulator, opt *Options) ([]*Plan, source.Problems, error) {
	all, err := Load(e)
	if err != nil {
		return nil, nil, err
	}
	tests, err := Select(e, all, opt.Names)
	if err != nil {
		return nil, nil, err
	}
	if tests, err = ofRun(ctx, e, tests, opt.Rescore); err != nil {
		return nil, nil, err
	}
	var plans []*Plan
	var problems source.Problems
	for _, t := range tests {
		p := &Plan{e: e, test: t}
		found, err := p.prepare(ctx, opt)
		problems = append(problems, found...)
		if err == nil && opt.Rescore == "" { // then nothing is to run
			err = p.runnable()
		}
		if err != nil {
			return nil, nil, inTest(t, err)
		}
		plans = append(plans, p)
	}
	problems.Sort()
	if problems.HasErrors() {
		return nil, nil, invalid(problems)
	}
	return plans, problems, nil
}

// ofRun keeps the tests of the workflow that a stored run is of; all of them where no run is named.
func ofRun(ctx context.Context, e *emulator.Emulator, tests []*Loaded, id string) ([]*Loaded, error) {
	if id == "" {
		return tests, nil
	}
	reader, err := e.Reader(ctx)
	if err != nil {
		return nil, err
	}
	stored, err := reader.Run(ctx, id)
	if err = errors.Join(err, reader.Close()); err != nil {
		return nil, err
	}
	kept := slices.DeleteFunc(slices.Clone(tests), func(t *Loaded) bool {
		f, err := flowOf(e, t)
		return err == nil && f.File != stored.Workflow.File
	})
	if len(kept) == 0 {
		return nil, usage(codeOtherWorkflow, "emulator runs lists the runs there are", "no test that is named here is of %s, the workflow of run %s", stored.Workflow.File, stored.ID)
	}
	return kept, nil
}

// inTest says which test an error is about.
func inTest(t *Loaded, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	out := *emulator.AsError(err)
	out.Message = "the test " + t.Name + ": " + out.Message
	return &out
}

// runner runs plans and adds up.
type runner struct {
	ctx    context.Context
	e      *emulator.Emulator
	opt    *Options
	report *prompttest.Report
	// memory is what all questions go through that are really asked.
	memory *Memory
	// spent is what cells and judges cost so far, max the most they may; nil for no limit.
	spent    assistant.Money
	max      *assistant.Money
	done, of int
	covers   *covers
	base     *held
	stop     error
	// warned are the warnings that the report has.
	warned map[source.Problem]bool
	// missing says which cases a stored run knows nothing of.
	missing []string
}

func runPlans(ctx context.Context, e *emulator.Emulator, plans []*Plan, warnings source.Problems, opt *Options) (*prompttest.Report, error) {
	r := &runner{ctx: ctx, e: e, opt: opt, report: &prompttest.Report{Tests: []*prompttest.TestReport{}}, covers: newCovers(), warned: map[source.Problem]bool{}, memory: memoryOf(e)}
	r.warn(warnings)
	for _, p := range plans {
		r.of += len(p.cells)
	}
	if err := r.limit(); err != nil {
		return nil, err
	}
	if opt.Baseline != nil {
		r.base = newHeld(opt.Baseline)
		if err := opt.Baseline.Open(ctx, e, plans); err != nil {
			return nil, err
		}
		if b, ok := opt.Baseline.(interface{ Warnings() source.Problems }); ok {
			r.warn(b.Warnings())
		}
	}
	for i, p := range plans {
		t, err := r.test(p)
		if t != nil {
			r.report.Tests = append(r.report.Tests, t)
		}
		if err != nil || r.stop != nil {
			for _, rest := range plans[i+1:] {
				r.report.NotRun = append(r.report.NotRun, rest.Name())
			}
		}
		if err != nil {
			r.finish(err)
			return r.report, err
		}
		if r.stop != nil {
			break
		}
	}
	r.finish(nil)
	return r.report, nil
}

// warn notes warnings, each once.
func (r *runner) warn(problems source.Problems) {
	for _, p := range problems {
		if !r.warned[p] {
			r.warned[p] = true
			r.report.Warnings = append(r.report.Warnings, p)
		}
	}
}

// limit is the most that everything together may cost.
func (r *runner) limit() error {
	const flag = "--max-cost"
	for _, limit := range []struct{ from, text string }{{flag, r.opt.MaxCost}, {"limits.max_cost_usd in portal.yaml", r.e.Portal.Settings.OpenAI.Limits.MaxCostUSD}} {
		if limit.text == "" {
			continue
		}
		m, err := assistant.ParseMoney(limit.text)
		if err != nil {
			return usage("usage", "", "%s: %v", limit.from, err)
		}
		if m == 0 && limit.from != flag {
			continue // 0: no limit of the portal's own
		}
		if r.max == nil || m < *r.max {
			r.max = &m
		}
	}
	return nil
}

// test runs one test, cell by cell.
func (r *runner) test(p *Plan) (*prompttest.TestReport, error) {
	t := r.head(p)
	cells := p.cells
	if r.opt.Rescore != "" { // a stored run is one cell, whatever the matrix
		stored := *cells[0]
		stored.Cell = prompttest.Cell{Label: "run " + r.opt.Rescore, Values: []string{}}
		cells, t.Dimensions, t.Repeat = []*cell{&stored}, []string{}, 1
	}
	agree := newAgreement(len(cells), t.Repeat, len(cells) > 1 || t.Repeat > 1)
	for i, c := range cells {
		tally := &tally{report: &prompttest.CellReport{Cell: c.Cell}, agree: agree, cell: i, base: r.base, test: t.Name, opt: r.opt, plan: p, c: c}
		t.Cells = append(t.Cells, tally.report)
		r.done++
		err := r.cell(p, c, t, tally)
		tally.finish()
		if err != nil {
			err = inTest(p.test, err)
			known := emulator.AsError(err)
			t.Error = &run.Error{Code: known.Code, Message: known.Message, Hint: known.Hint}
		}
		if err != nil || r.stop != nil {
			agree.finish(t)
			return t, err
		}
	}
	agree.finish(t)
	return t, nil
}

// head is the report of a test without its cells.
func (r *runner) head(p *Plan) *prompttest.TestReport {
	t := &prompttest.TestReport{Name: p.test.Name, File: p.test.File, Description: p.test.Description, Answers: p.survey.Answers, Repeat: p.repeat, Threshold: 1,
		Workflow: run.Workflow{File: p.flow.File, ID: p.flow.ID, Name: p.flow.Name}, Dimensions: p.dimensions, Era: p.base.Era}
	if t.Workflow.Name == "" {
		t.Workflow.Name = p.flow.FileName
	}
	if t.Era == "" {
		t.Era = r.e.Portal.Settings.OpenAI.Era
	}
	if t.Dimensions == nil {
		t.Dimensions = []string{}
	}
	if p.test.Threshold != nil {
		t.Threshold = *p.test.Threshold
	}
	if r.opt.Threshold != nil {
		t.Threshold = *r.opt.Threshold
	}
	return t
}

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
		r.stop = errFailFast
		return nil
	}
	return err
}

// recordCommand is the command that records what a test asks.
func recordCommand(p *Plan) string { return "emulator test " + p.Name() + " --answers record" }

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
		r.stop = errFailFast
		return nil
	}
	return err
}

// finish adds the report up and says whether it passed; failed is what ended the tests early.
func (r *runner) finish(failed error) {
	if r.stop == nil && failed == nil { // else what would have been reached is not known
		r.covers.finish(r.report)
	}
	if r.base != nil {
		r.report.Baseline = r.base.finish()
	}
	verdict(r.report, r.opt, r.stop != nil)
	if len(r.missing) > 0 {
		r.report.Passed = false
		r.report.Reasons = append(r.report.Reasons, r.missing...)
	}
	if r.stop != nil { // whatever the threshold: not everything ran
		r.report.Passed = false
		r.report.Reasons = append(r.report.Reasons, fmt.Sprintf("stopped at the first case that failed, in %d of %s", r.done, count(int64(r.of), "cell", "cells")))
	}
}

func addMoney(m assistant.Money, text string) assistant.Money {
	more, err := assistant.ParseMoney(text)
	if text == "" || err != nil {
		return m
	}
	return m.Add(more)
}
