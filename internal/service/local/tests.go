package local

import (
	"context"
	"errors"
	"fmt"
	"path"
	"runtime"
	"slices"
	"strings"

	"askflow/internal/emulator"
	"askflow/internal/portal"
	"askflow/internal/prompttest"
	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/source"
	"askflow/internal/suite"
)

// tests is service.Tests.
type tests struct{ l *Local }

var _ service.Tests = tests{}

// List lists the tests of a workflow, or of the portal.
func (x tests) List(ctx context.Context, workflow string) (*service.TestList, error) {
	s, err := x.l.saved(ctx)
	if err != nil {
		return nil, err
	}
	if _, known := s.files[workflow]; workflow != "" && (!known || !isWorkflow(workflow)) {
		return nil, unknownWorkflow(s, workflow)
	}
	all, err := suite.Load(s.e)
	if err != nil {
		return nil, problem(err)
	}
	out := &service.TestList{Tests: []*service.TestFile{}, Version: s.files.version()}
	for _, t := range all {
		of := s.tested(t)
		if workflow == "" || of == workflow {
			out.Tests = append(out.Tests, &service.TestFile{Name: t.Name, File: t.File, Description: t.Description, Workflow: of, Answers: s.answersOf(t), Cases: len(t.Cases), Problems: service.FoundOnScreen(t.Problems)})
		}
	}
	return out, ctx.Err()
}

// tested is the file of a test's workflow, "" when it names none that there is.
func (s *snapshot) tested(t *suite.Loaded) string {
	if t.Workflow == "" {
		return ""
	}
	f, err := s.e.Portal.Workflow(t.Workflow)
	if err != nil {
		return ""
	}
	return f.File
}

// answersOf is where a test's answers come from.
func (s *snapshot) answersOf(t *suite.Loaded) string {
	if t.Answers != "" {
		return t.Answers
	}
	return s.e.Portal.Settings.Answers
}

// Run runs tests.
func (x tests) Run(ctx context.Context, of string, progress func(service.TestProgress)) (out *service.Tested, err error) {
	end, ok := x.l.during()
	if !ok {
		return nil, closed()
	}
	defer end()
	defer recovered(func(broken error) { out, err = nil, problem(broken) })
	s, err := x.l.saved(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(x.l.ctx, cancel)()
	names, aside, err := x.choose(s, of)
	if err != nil {
		return nil, problem(err)
	}
	details, err := suite.NewDetails()
	if err != nil {
		return nil, problem(err)
	}
	defer func() { _ = details.Close() }() // a temporary file
	report, err := suite.Run(ctx, s.e, suite.Options{Names: names, Concurrency: testsAtOnce(), Details: details, Progress: told(progress)})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if report == nil {
		return nil, problem(err)
	}
	if err := finished(report, err, aside); err != nil {
		return nil, problem(err)
	}
	return &service.Tested{Report: report, Version: s.files.version()}, nil
}

// during keeps Close waiting until end is called; false when the portal was closed.
func (l *Local) during() (end func(), ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, false
	}
	l.work.Add(1)
	return l.work.Done, true
}

// testsAtOnce is how many records tests walk at once: they wait for nothing, so that keys would have to wait for them otherwise.
func testsAtOnce() int {
	const most = 4
	return min(most, max(1, runtime.NumCPU()/2))
}

func told(progress func(service.TestProgress)) func(suite.Progress) {
	if progress == nil {
		return nil
	}
	return func(p suite.Progress) {
		progress(service.TestProgress{Test: p.Test, Cell: p.Cell, At: p.Number, Of: p.Of, Records: p.Records, Total: p.Total, Failed: p.Failed})
	}
}

// choose says which test files run, and what is to be said about those that do not.
func (x tests) choose(s *snapshot, of string) (files []string, aside source.Problems, err error) {
	all, err := suite.Load(s.e)
	if err != nil {
		return nil, nil, err
	}
	var meant []*suite.Loaded
	if isWorkflow(of) {
		meant, aside, err = s.testsOf(all, of)
	} else {
		meant, err = suite.Select(s.e, all, []string{of})
	}
	if err != nil {
		return nil, nil, err
	}
	asking := 0
	for _, t := range meant {
		switch answers := s.answersOf(t); answers {
		case portal.AnswersLive, portal.AnswersRecord:
			asking++
			aside = append(aside, x.live(t, answers))
		default:
			files = append(files, t.File)
		}
	}
	switch {
	case len(files) > 0:
		return files, aside, nil
	case asking > 0:
		first := aside[len(aside)-asking]
		e := usage(service.CodeLiveTests, "All tests here ask OpenAI, and that costs money: the screen runs tests with scripted and replayed answers only.", first.Hint)
		e.Problems = aside
		return nil, nil, e
	case aside.HasErrors():
		e := usage(service.CodeInvalidTest, "There is no test of this workflow that can be read, but there are tests that cannot be.", "correct them first")
		e.Problems = aside
		return nil, nil, e
	}
	return nil, nil, s.noTests(of)
}

// testsOf are the tests of a workflow. What is wrong with tests whose workflow cannot be told is found, too: they may be meant.
func (s *snapshot) testsOf(all []*suite.Loaded, workflow string) (meant []*suite.Loaded, aside source.Problems, err error) {
	if _, known := s.files[workflow]; !known {
		return nil, nil, unknownWorkflow(s, workflow)
	}
	for _, t := range all {
		switch of := s.tested(t); {
		case of == workflow:
			meant = append(meant, t)
		case of != "":
		case t.Workflow == "":
			aside = append(aside, service.FoundOnScreen(t.Problems.Errors())...)
		default:
			aside = append(aside, s.astray(t)...)
		}
	}
	return meant, aside, nil
}

// astray says that a test is of no workflow that there is. A workflow that cannot be read has problems of its own.
func (s *snapshot) astray(t *suite.Loaded) source.Problems {
	_, err := s.e.Portal.Workflow(t.Workflow)
	e := errorOf(s.unreadable(t.Workflow, err))
	if e == nil || e.Code == "invalid_portal" {
		return nil
	}
	return source.Problems{{Severity: source.SeverityError, Code: e.Code, File: t.File, Line: t.WorkflowPos.Line, Col: t.WorkflowPos.Col, Message: e.Message, Hint: e.Hint}}
}

// live says that a test asks OpenAI and does not run here, and which command runs it.
func (x tests) live(t *suite.Loaded, answers string) source.Problem {
	command := "emulator test " + quote(t.Name) + " --answers " + answers
	if which := x.l.opt.command(); which != "" {
		command += " " + which
	}
	return source.Problem{Severity: source.SeverityWarning, Code: "live_test", File: t.File, Line: 1, Col: 1,
		Message: fmt.Sprintf("the test %s has %s answers, so it does not run here: asking OpenAI costs money", t.Name, answers), Hint: command + " runs it"}
}

// noTests says how a workflow's first test is written.
func (s *snapshot) noTests(workflow string) error {
	name := strings.TrimSuffix(path.Base(workflow), path.Ext(workflow))
	return usage(service.CodeNoTests, "This workflow has no tests.", fmt.Sprintf("write one: a file tests/%s.yaml with the lines `workflow: %s`, `cases:` and `- {record: \"ID\", expect: [response: TEXT]}`; docs/formats.md has everything that can be expected", name, name))
}

// finished makes of a report what the screen is given: with the cases in memory, hints in its terms, what was left aside among the
// warnings, and how it was stopped if it was.
func finished(r *prompttest.Report, stopped error, aside source.Problems) error {
	if err := keepCases(r); err != nil {
		return err
	}
	r.Warnings = append(slices.Clip(service.FoundOnScreen(r.Warnings)), aside...)
	if len(aside) > 0 && aside.HasErrors() {
		r.Reasons = append(r.Reasons, "not all tests could be read")
		r.Passed = false
	}
	for _, t := range r.Tests {
		t.Error = service.AskedOnScreen(t.Error)
		for _, c := range t.Cells {
			c.Refused = service.AskedOnScreen(c.Refused)
		}
	}
	if stopped == nil {
		return nil
	}
	r.Passed = false
	e := errorOf(stopped)
	if len(r.Tests) == 0 || e.Code == service.CodeInternal {
		return stopped
	}
	if last := r.Tests[len(r.Tests)-1]; last.Error == nil {
		last.Error = &run.Error{Code: e.Code, Message: e.Message, Hint: e.Hint}
	}
	return nil
}

// How much of the cases that passed is kept, over all cells: so many of them, and so many bytes of what was asked and answered.
const (
	mostPassed = 5000
	mostBytes  = 32 << 20
)

// errEnough ends the reading of cases.
var errEnough = errors.New("enough")

// keepCases takes the cases into memory, since the file that they lie in does not last.
func keepCases(r *prompttest.Report) error {
	var kept keptCases
	for _, t := range r.Tests {
		for _, c := range t.Cells {
			if err := kept.cell(c); err != nil {
				return &emulator.Error{Code: "unreadable", Message: err.Error(), Hint: "make room in the folder for temporary files", Exit: emulator.ExitUsage, Cause: err}
			}
		}
	}
	return nil
}

// keptCases counts what is kept of the cases that passed.
type keptCases struct{ passed, bytes int }

// cell takes the cases of one cell into memory.
func (k *keptCases) cell(c *prompttest.CellReport) error {
	list, failed := cases{}, c.Failures // which are whole
	if c.Results != nil {
		err := c.Results.Each(func(one *prompttest.CaseResult) error {
			if !one.Passed {
				if len(failed) > 0 {
					list, failed = append(list, onScreen(failed[0])), failed[1:]
				}
				return nil
			}
			if k.passed >= mostPassed || k.bytes >= mostBytes {
				return errEnough
			}
			k.passed, k.bytes = k.passed+1, k.bytes+sizeOf(one)
			list = append(list, onScreen(one))
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			return err
		}
	}
	for _, one := range failed {
		list = append(list, onScreen(one))
	}
	c.Results = list
	return nil
}

// sizeOf is about how many bytes a case takes.
func sizeOf(c *prompttest.CaseResult) int {
	n := 500
	for i := range c.Asks {
		n += len(c.Asks[i].Prompt)
		if answer := c.Asks[i].Response; answer != nil {
			n += len(*answer)
		}
	}
	for i := range c.Effects {
		e := &c.Effects[i]
		for _, text := range []*string{e.From, e.To, e.Subject, e.Body} {
			if text != nil {
				n += len(*text)
			}
		}
		for _, value := range e.Properties {
			n += len(value)
		}
	}
	return n
}

// onScreen is a case with the hints of its asks in terms of the screen.
func onScreen(c *prompttest.CaseResult) *prompttest.CaseResult {
	for i := range c.Asks {
		c.Asks[i].Error = service.AskedOnScreen(c.Asks[i].Error)
	}
	return c
}

// cases are prompttest.Results in memory.
type cases []*prompttest.CaseResult

// Each gives the cases to fn.
func (c cases) Each(fn func(*prompttest.CaseResult) error) error {
	for _, one := range c {
		if err := fn(one); err != nil {
			return err
		}
	}
	return nil
}
