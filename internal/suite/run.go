package suite

import (
	"context"
	"errors"
	"slices"

	"askflow/internal/assistant"
	"askflow/internal/emulator"
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

// Plan is a test made ready to run.
type Plan = plan

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
	var plans []*plan
	var problems source.Problems
	for _, t := range tests {
		p := &plan{e: e, test: t}
		found, err := p.prepare(ctx, opt)
		problems = append(problems, found...)
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
	var known *emulator.Error
	if !errors.As(err, &known) {
		return err
	}
	out := *known
	out.Message = "the test " + t.Name + ": " + known.Message
	return &out
}

// runner runs plans and adds up.
type runner struct {
	ctx    context.Context
	e      *emulator.Emulator
	opt    *Options
	report *prompttest.Report
	// spent is what cells and judges cost so far, max the most they may; nil for no limit.
	spent    assistant.Money
	max      *assistant.Money
	done, of int
	covers   *covers
	base     *held
	stop     error
}

func runPlans(ctx context.Context, e *emulator.Emulator, plans []*plan, warnings source.Problems, opt *Options) (*prompttest.Report, error) {
	r := &runner{ctx: ctx, e: e, opt: opt, report: &prompttest.Report{Warnings: warnings, Tests: []*prompttest.TestReport{}}, covers: newCovers()}
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
	}
	for _, p := range plans {
		t, err := r.test(p)
		if t != nil {
			r.report.Tests = append(r.report.Tests, t)
		}
		if err != nil {
			r.finish()
			return r.report, err
		}
		if r.stop != nil {
			break
		}
	}
	r.finish()
	if r.stop != nil && !errors.Is(r.stop, errFailFast) {
		return r.report, r.stop
	}
	return r.report, nil
}

// limit is the most that everything together may cost.
func (r *runner) limit() error {
	for _, limit := range []struct{ from, text string }{{"--max-cost", r.opt.MaxCost}, {"", r.e.Portal.Settings.OpenAI.Limits.MaxCostUSD}} {
		if limit.text == "" {
			continue
		}
		m, err := assistant.ParseMoney(limit.text)
		if err != nil {
			return usage("usage", "", "%s: %v", limit.from, err)
		}
		if m == 0 && limit.from == "" {
			continue // 0: no limit of the portal's own
		}
		if r.max == nil || m < *r.max {
			r.max = &m
		}
	}
	return nil
}

// test runs one test, cell by cell.
func (r *runner) test(p *plan) (*prompttest.TestReport, error) {
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
	cells := p.cells
	if r.opt.Rescore != "" { // a stored run is one cell, whatever the matrix
		stored := *cells[0]
		stored.Cell = prompttest.Cell{Label: "run " + r.opt.Rescore, Values: []string{}}
		cells, t.Dimensions = []*cell{&stored}, []string{}
	}
	agree := newAgreement(len(cells), p.repeat, len(cells) > 1 || p.repeat > 1)
	for i, c := range cells {
		tally := &tally{report: &prompttest.CellReport{Cell: c.Cell}, agree: agree, cell: i, base: r.base, test: t.Name, opt: r.opt, plan: p, c: c}
		t.Cells = append(t.Cells, tally.report)
		r.done++
		err := r.cell(p, c, tally)
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

// cell runs one cell, repeat by repeat.
func (r *runner) cell(p *plan, c *cell, tally *tally) error {
	if r.opt.Rescore != "" {
		return r.rescore(p, c, tally)
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

// refused says why a model does not take a cell's settings, before anything is sent for it.
func (r *runner) refused(c *cell) *run.Error {
	for _, a := range c.e.Asking(c.flow) {
		if _, pinned := c.request.Pins[a.ID]; pinned || a.Name != "" && c.request.Pins[a.Name] != "" {
			continue
		}
		res, err := c.e.Resolve(r.ctx, emulator.SettingsRequest{Assistant: c.Assistant, Model: c.Model, Temperature: c.Temperature, ReasoningEffort: c.ReasoningEffort, Workflow: c.request.Workflow, Step: a.ID})
		if err == nil && res.Refused != nil && (res.Refused.Code == assistant.CodeBadSettings || res.Refused.Code == assistant.CodeModelAccess) {
			return res.Refused
		}
	}
	return nil
}

// errFailFast ends a cell whose first case failed.
var errFailFast = errors.New("a case failed")

// trial runs a cell once over its records.
func (r *runner) trial(p *plan, c *cell, tally *tally, repeat int) error {
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
	s, err := c.e.Trial(r.ctx, emulator.Trial{Request: req, Keep: r.opt.Keep, Only: w.only, Answered: cover.rule, Started: w.started, Rows: w.rows})
	w.close()
	if s != nil && s.Run != nil {
		tally.add(s.Run)
		r.spend(s.Run.Totals.CostUSD)
	}
	r.spent = r.spent.Add(w.judged)
	tally.judged(w)
	switch {
	case w.failed && r.opt.FailFast:
		r.stop = errFailFast
		return nil
	case err != nil:
		return err
	case s.Err != nil:
		return s.Err
	}
	return nil
}

func (r *runner) spend(usd string) {
	if m, err := assistant.ParseMoney(usd); err == nil {
		r.spent = r.spent.Add(m)
	}
}

// rescore holds a stored run against the expectations; nobody is asked, judges neither.
func (r *runner) rescore(p *plan, c *cell, tally *tally) error {
	stored, scorer, err := storedScorer(r.ctx, r.e, p, r.opt.Rescore)
	if err != nil {
		return err
	}
	scored := *c
	scored.scorer = scorer
	tally.c = &scored
	tally.begin(0, 1)
	w := &watchers{r: r, p: p, c: &scored, tally: tally, cover: r.covers.of(c)}
	if scorer.NeedsRecord() {
		w.fixtures = p.fixtures(stored)
	}
	err = r.e.StoredRows(r.ctx, stored.ID, w.rows)
	w.close()
	tally.add(stored)
	if w.failed && r.opt.FailFast && errors.Is(err, errFailFast) {
		r.stop = errFailFast
		return nil
	}
	return err
}

// finish adds the report up and says whether it passed.
func (r *runner) finish() {
	r.covers.finish(r.report)
	if r.base != nil {
		r.report.Baseline = r.base.finish()
	}
	verdict(r.report, r.opt, r.stop != nil)
}

func addMoney(m assistant.Money, text string) assistant.Money {
	more, err := assistant.ParseMoney(text)
	if text == "" || err != nil {
		return m
	}
	return m.Add(more)
}
