package suite

import (
	"context"
	"errors"
	"fmt"
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
		if err == nil && opt.Rescore == "" && !found.HasErrors() { // a stored run is not run again
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
	if errors.Is(err, context.Canceled) || emulator.AsError(err).Code == emulator.CodeInterrupted {
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
	// where is the test in which stop came about, and what of it.
	where string
	// missing says which cases a stored run knows nothing of.
	missing []string
}

func runPlans(ctx context.Context, e *emulator.Emulator, plans []*Plan, warnings source.Problems, opt *Options) (*prompttest.Report, error) {
	r := &runner{ctx: ctx, e: e, opt: opt, report: &prompttest.Report{Tests: []*prompttest.TestReport{}}, covers: newCovers(), warned: map[source.Problem]bool{}, memory: memoryOf(e)}
	r.warn(warnings)
	for _, p := range plans {
		r.of += len(p.cells)
	}
	if len(plans) == 0 { // watching, nothing changed that matters
		return r.report, nil
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
		if t != nil && (err != nil || !leftOut(p, t, opt)) {
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
	if len(r.report.Tests) == 0 && opt.Filter != "" && !opt.partly {
		return nil, noCase(opt.Filter)
	}
	r.finish(nil)
	return r.report, nil
}

func noCase(filter string) error {
	return usage("no_case", "it is looked for in the names of tests and cases, and in the ids and names of records", "no case matches the filter %q", filter)
}

// leftOut tells whether the filter leaves nothing of a test: then the test is none of those that ran.
func leftOut(p *Plan, t *prompttest.TestReport, opt *Options) bool {
	if opt.Filter == "" || holds(t.Name, opt.Filter) {
		return false
	}
	refused := true
	for _, c := range t.Cells {
		if c.Cases > 0 {
			return false
		}
		refused = refused && c.Refused != nil
	}
	// Of refused cells no record was looked at; the cases that the file names can be.
	return !refused || !slices.ContainsFunc(p.test.Cases, func(c *prompttest.Case) bool { return holds(c.Record, opt.Filter) || holds(c.Name, opt.Filter) })
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
		tally := &tally{report: &prompttest.CellReport{Cell: c.Cell}, agree: agree, cell: i, base: r.base, test: t.Name, threshold: t.Threshold, opt: r.opt, plan: p, c: c}
		t.Cells = append(t.Cells, tally.report)
		r.done++
		err := r.cell(p, c, t, tally)
		tally.finish()
		if err == nil && r.stop == nil && r.opt.FailFast && lost(t, tally.report) {
			r.stopAt(t.Name, "after the first cell that did not pass")
		}
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

// finish adds the report up and says whether it passed; failed is what ended the tests early.
func (r *runner) finish(failed error) {
	if r.stop == nil && failed == nil && r.opt.Filter == "" { // else what would have been reached is not known
		r.covers.finish(r.report)
	}
	if r.base != nil {
		r.report.Baseline = r.base.finish()
		if text := nothingCompared(r.report.Baseline); text != "" && !r.opt.FailOnRegression {
			r.warn(source.Problems{{Severity: source.SeverityWarning, Code: "nothing_compared", Message: text}})
		}
	}
	verdict(r.report, r.opt, r.stop != nil)
	if len(r.missing) > 0 {
		r.report.Passed = false
		r.report.Reasons = append(r.report.Reasons, r.missing...)
	}
	if r.stop != nil { // whatever the threshold: not everything ran
		r.report.Passed = false
		r.report.Reasons = append(r.report.Reasons, fmt.Sprintf("stopped %s, in %d of %s", r.where, r.done, count(int64(r.of), "cell", "cells")))
	}
}

func addMoney(m assistant.Money, text string) assistant.Money {
	more, err := assistant.ParseMoney(text)
	if text == "" || err != nil {
		return m
	}
	return m.Add(more)
}
