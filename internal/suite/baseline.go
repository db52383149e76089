package suite

import (
	"context"
	"fmt"
	"slices"

	"askflow/internal/emulator"
	"askflow/internal/expect"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/prompttest"
	"askflow/internal/run"
	"askflow/internal/source"
)

// Baseline is what results are held against: a stored run, or the report of an earlier test run.
type Baseline interface {
	// Name is a run's id, or a report's file.
	Name() string
	// Open reads it, once, before the first test runs.
	Open(ctx context.Context, e *emulator.Emulator, plans []*Plan) error
	// Find looks up what a case came to, whose last response is now answer; the key that comes back is the baseline's own.
	Find(k Key, answer string) (own Key, was Was, ok bool)
	// Len is how many cases it holds of the tests that run.
	Len() int64
}

// Key names a case across test runs.
type Key struct {
	Test, Cell         string
	ObjectType, Record string
	Case               string
	Repeat             int // 0 without repeats
}

// Was is what a case came to.
type Was struct {
	Passed bool
	Answer string // the last response, or its beginning; "" when there was none
	Same   bool   // the last response is the same as now
	// Steps are all responses, in order; nil where only the last one is known.
	Steps []StepAnswer
	// NotJudged tells that nobody could say whether checks of judges held: Passed is without them.
	NotJudged bool
}

// held compares cases with a baseline as they come.
type held struct {
	base  Baseline
	out   prompttest.Baseline
	met   map[Key]bool
	kinds map[string][]prompttest.BaselineChange
}

func newHeld(b Baseline) *held {
	return &held{base: b, out: prompttest.Baseline{Of: b.Name()}, met: map[Key]bool{}, kinds: map[string][]prompttest.BaselineChange{}}
}

// changeRunes is how much of an answer a change shows.
const changeRunes = 2000

func (h *held) add(k Key, c *prompttest.CaseResult, answer string) {
	own, was, ok := h.base.Find(k, answer)
	if !ok {
		h.out.New++
		return
	}
	h.met[own] = true
	change := shift{before: was.Answer, after: answer}
	if was.Steps != nil {
		now := answersOf(c)
		was.Same, change = slices.Equal(was.Steps, now), shiftOf(was.Steps, now, c.Failures)
	}
	kind := h.kind(was, c.Passed || was.NotJudged && onlyJudged(c)) // by what could be judged then
	if kind == "" || len(h.kinds[kind]) >= prompttest.MaxDisagreements {
		return
	}
	h.kinds[kind] = append(h.kinds[kind], prompttest.BaselineChange{Kind: kind, Test: k.Test, Cell: k.Cell, Record: c.Record, Case: c.Case, Repeat: c.Repeat,
		Step: change.step, Before: shorten(change.before, changeRunes), After: shorten(change.after, changeRunes), Failures: c.Failures})
}

// kind counts a case, and says how it changed; "" when it did not.
func (h *held) kind(was Was, passed bool) string {
	switch {
	case was.Passed && !passed:
		h.out.Regressed++
		return prompttest.Regressed
	case !was.Passed && passed:
		h.out.Fixed++
		return prompttest.Fixed
	case !was.Same:
		h.out.Changed++
		return prompttest.Changed
	}
	h.out.Same++
	return ""
}

// finish lists regressions first.
func (h *held) finish() *prompttest.Baseline {
	h.out.Of = h.base.Name() // "last" is known by now
	h.out.Gone = max(0, h.base.Len()-int64(len(h.met)))
	all := slices.Concat(h.kinds[prompttest.Regressed], h.kinds[prompttest.Fixed], h.kinds[prompttest.Changed])
	h.out.Changes = append([]prompttest.BaselineChange{}, all[:min(len(all), prompttest.MaxDisagreements)]...)
	return &h.out
}

// nothingCompared says that a baseline has none of the cases; "" when it has some.
func nothingCompared(b *prompttest.Baseline) string {
	if b == nil || b.New == 0 || b.Regressed+b.Fixed+b.Changed+b.Same > 0 {
		return ""
	}
	return b.Of + " has none of the cases that ran, so nothing was compared with it"
}

// StoredRun is a baseline of a run in the portal's database: its results are held against the expectations as they are now.
type StoredRun struct {
	ID    string // or last
	cases map[Key]Was
	unfit source.Problems
}

// Name is the run's id.
func (s *StoredRun) Name() string { return "run " + s.ID }

// Len is how many cases the run has.
func (s *StoredRun) Len() int64 { return int64(len(s.cases)) }

// Find ignores cells and repeats: a run is the workflow as it was.
func (s *StoredRun) Find(k Key, answer string) (Key, Was, bool) {
	k.Cell, k.Repeat = "", 0
	was, ok := s.cases[k]
	was.Same = was.Answer == answer
	return k, was, ok
}

// Warnings name the tests that could not be held against the run: the workflow was another one then. Their cases are new.
func (s *StoredRun) Warnings() source.Problems { return s.unfit }

// Open scores the run with the tests of its workflow.
func (s *StoredRun) Open(ctx context.Context, e *emulator.Emulator, plans []*Plan) error {
	s.cases, s.unfit = map[Key]Was{}, nil
	matched, unjudged := false, int64(0)
	var unfit error
	for _, p := range plans {
		err := eachStored(ctx, e, p, s.ID, func(r *run.Run, c *prompttest.CaseResult) {
			s.ID, matched = r.ID, true
			s.cases[Key{Test: p.test.Name, ObjectType: c.Record.ObjectType, Record: c.Record.ID, Case: c.Case}] =
				Was{Passed: c.Passed, Answer: lastAnswer(c), Steps: answersOf(c), NotJudged: c.NotJudged > 0}
			if c.NotJudged > 0 {
				unjudged++
			}
		})
		switch {
		case err == nil:
			matched = true
		case emulator.AsError(err).Code == codeUnfit:
			unfit = err
			s.unfit = append(s.unfit, source.Problem{Severity: source.SeverityWarning, Code: codeUnfit, File: p.test.File, Line: p.test.WorkflowPos.Line, Col: p.test.WorkflowPos.Col,
				Message: emulator.AsError(err).Message, Hint: "its cases count as new"})
		case emulator.AsError(err).Code != codeOtherWorkflow:
			return err
		}
	}
	if unjudged > 0 {
		s.unfit = append(s.unfit, source.Problem{Severity: source.SeverityWarning, Code: expect.NotJudged,
			Message: fmt.Sprintf("what judges say was not stored with run %s: %s compared without it", s.ID, count(unjudged, "case is", "cases are")), Hint: "the file of a report keeps it: --report json=FILE"})
	}
	if !matched && unfit != nil {
		return unfit
	}
	if !matched {
		return usage(codeOtherWorkflow, "name a run of a workflow that is tested; emulator runs lists them", "run %s is of none of the workflows that are tested", s.ID)
	}
	return nil
}

const (
	// codeOtherWorkflow is the error for a run of another workflow than the test's, codeUnfit for one of the workflow as it was before
	// it had what the test looks at.
	codeOtherWorkflow = "other_workflow"
	codeUnfit         = "test_does_not_fit"
)

// eachStored scores a stored run with a test; nobody is asked.
func eachStored(ctx context.Context, e *emulator.Emulator, p *Plan, id string, fn func(*run.Run, *prompttest.CaseResult)) error {
	stored, scorer, err := storedScorer(ctx, e, p, id)
	if err != nil {
		return err
	}
	fixtures := p.fixtures(stored)
	if fixtures != nil {
		defer func() { _ = fixtures.Close() }() // it was only read
	}
	return e.StoredRows(ctx, stored.ID, func(ctx context.Context, rows []run.Row) error {
		for i := range rows {
			if !p.considers(rows[i].Record.ID) {
				continue
			}
			result, err := rows[i].Result()
			if err != nil {
				return err
			}
			var rec *hubspot.Record
			if fixtures != nil {
				if rec, err = fixtures.At(rows[i].Seq); err != nil {
					return err
				}
			}
			for _, c := range scorer.Score(ctx, result, fixtureOf(rec), nil) {
				fn(stored, c)
			}
		}
		return ctx.Err()
	})
}

// fixtures opens the records that a stored run read; nil when they have changed since.
func (p *Plan) fixtures(stored *run.Run) *emulator.Fixtures {
	for file, sum := range p.survey.Inputs {
		if stored.Inputs[file] != sum {
			return nil
		}
	}
	return p.survey.Records()
}

// storedScorer finds a stored run of the test's workflow, and compiles the test against the workflow as it ran.
func storedScorer(ctx context.Context, e *emulator.Emulator, p *Plan, id string) (*run.Run, *prompttest.Scorer, error) {
	reader, err := e.Reader(ctx)
	if err != nil {
		return nil, nil, err
	}
	stored, err := reader.Run(ctx, id)
	if closeErr := reader.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, nil, err
	}
	if stored.Workflow.File != p.flow.File {
		return nil, nil, usage(codeOtherWorkflow, "name a run of it; emulator runs lists them", "run %s is of the workflow %s, not of %s", stored.ID, stored.Workflow.File, p.flow.File)
	}
	f, problems := flow.Parse(stored.ID+".json", stored.Flow, e.Portal.Settings.OpenAIAction)
	if f == nil || problems.HasErrors() {
		return nil, nil, usage("bad_run", "", "the workflow that run %s kept cannot be read", stored.ID)
	}
	f.File, f.FileName = p.flow.File, p.flow.FileName
	scorer, problems := p.compile(e, f)
	if scorer == nil {
		out := invalid(problems)
		out.Code = codeUnfit
		out.Message = fmt.Sprintf("the test %s does not fit the workflow as it was in run %s", p.test.Name, stored.ID)
		return nil, nil, out
	}
	return stored, scorer, nil
}
