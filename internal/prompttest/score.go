package prompttest

import (
	"context"
	"errors"
	"slices"

	"askflow/internal/assistant"
	"askflow/internal/expect"
	"askflow/internal/hubspot"
	"askflow/internal/run"
	"askflow/internal/source"
)

// Checks that are more than a comparison here.
const (
	checkEquals  = "equals"
	checkOneOf   = "one_of"
	checkSimilar = "similar"
	checkCount   = "count"
	checkLength  = "length"
	checkJSON    = "json"
	checkJudge   = "judge"
	checkNot     = "not"
	checkExists  = "exists"
)

// Fixture is a record as it was before the workflow: what a property holds that no step set. *hubspot.Record is one.
type Fixture interface {
	// Get returns a property's value, "" when the record has none.
	Get(property string) string
}

// Wanted tells what is expected of a record: the indexes of its cases in Test.Cases, and whether `each` looks at it should it
// enroll.
func (s *Scorer) Wanted(recordID string) (cases []int, each bool) {
	return slices.Clone(s.byRecord[recordID]), len(s.each) > 0
}

// Needs tells which records must be considered: those of the cases, or all when `each` looks at everybody that enrolls. The map
// must not be changed.
func (s *Scorer) Needs() (ids map[string]bool, all bool) { return s.ids, len(s.each) > 0 }

// NeedsRecord tells whether some expectation looks at a property, so that Score wants the record as it was.
func (s *Scorer) NeedsRecord() bool {
	return s.any(func(p *probe) bool { return p.subject == Property })
}

// Judges tells whether some expectation asks a judge, so that Score may take as long as an ask.
func (s *Scorer) Judges() bool {
	return s.any(func(p *probe) bool {
		return slices.ContainsFunc(p.checks, func(c placedCheck) bool {
			return c.Name() == checkJudge || (c.Name() == checkNot || c.Name() == checkJSON) && mentions(c.node, checkJudge)
		})
	})
}

func (s *Scorer) any(is func(*probe) bool) bool {
	return slices.ContainsFunc(s.each, is) || slices.ContainsFunc(s.cases, func(c compiledCase) bool { return slices.ContainsFunc(c.probes, is) })
}

// mentions tells whether a key stands somewhere in a value.
func mentions(n *source.Node, key string) bool {
	return n.Get(key) != nil || slices.ContainsFunc(n.Items, func(it *source.Node) bool { return mentions(it, key) }) ||
		slices.ContainsFunc(n.Members, func(m source.Member) bool { return mentions(m.Value, key) })
}

// Score says how one considered record did: one result for each of its cases, `each` included when it enrolled; for a record
// without a case one result of `each` alone; none when nothing is expected of it. fixture is the record as it was, nil where it
// is not at hand: then only properties that the workflow set are known. judge is nil where judges cannot be asked: what they would
// say is then neither met nor failed, and counted as NotJudged. The row is not kept but for the texts and effects in it, which must
// not change afterwards.
func (s *Scorer) Score(ctx context.Context, row *run.Result, fixture Fixture, judge expect.Judge) []*CaseResult {
	cases := s.byRecord[row.Record.ID]
	enrolled := row.Enrollment.State != run.NotEnrolled
	each := s.each
	if !enrolled {
		each = nil
	}
	if len(cases) == 0 && len(each) == 0 {
		return nil
	}
	if rec, is := fixture.(*hubspot.Record); is && rec == nil {
		fixture = nil
	}
	sc := &scoring{s: s, row: row, fixture: fixture, judge: judge, enrolled: enrolled}
	sc.walk()
	shared := CaseResult{Record: row.Record, File: s.file, State: row.Enrollment.State, Reason: row.Enrollment.Reason,
		Asks: sc.asks(), Effects: row.Effects, Path: sc.path, CostUSD: sc.costText()}
	if judge != nil {
		sc.judge = sc.counting(judge)
	}
	failures, counts := sc.test(ctx, each, nil)
	if len(cases) == 0 {
		r := shared
		r.Line = s.eachLine
		r.finish(failures, counts)
		return []*CaseResult{&r}
	}
	out := make([]*CaseResult, len(cases))
	for i, at := range cases {
		c := &s.cases[at]
		r := shared
		r.Case, r.Line = c.name, c.line
		own, n := sc.test(ctx, c.probes, nil)
		r.finish(append(own, failures...), counts.plus(n))
		out[i] = &r
	}
	return out
}

// tallied counts what checks came to, beside failures.
type tallied struct{ checks, notJudged, noAnswer int }

func (t tallied) plus(o tallied) tallied {
	return tallied{t.checks + o.checks, t.notJudged + o.notJudged, t.noAnswer + o.noAnswer}
}

func (r *CaseResult) finish(failures []Failure, n tallied) {
	if failures == nil {
		failures = []Failure{}
	}
	r.Failures, r.Checks, r.Passed = failures, n.checks, len(failures) == 0
	r.NotJudged, r.NoAnswer = n.notJudged, n.noAnswer
}

// counting is a judge that counts the questions for which nothing was scripted or recorded.
func (sc *scoring) counting(judge expect.Judge) expect.Judge {
	return func(ctx context.Context, q expect.JudgeQuestion) (expect.JudgeVerdict, error) {
		verdict, err := judge(ctx, q)
		if err != nil && unscripted(err) {
			sc.noAnswer++
		}
		return verdict, err
	}
}

// unscripted tells whether a question failed for want of a scripted answer or a recording.
func unscripted(err error) bool {
	code := ""
	var asked *assistant.Error
	var ran *run.Error
	switch {
	case errors.As(err, &asked):
		code = asked.Code
	case errors.As(err, &ran):
		code = ran.Code
	}
	return code == assistant.CodeNoScriptedAnswer || code == assistant.CodeNoRecording
}

// scoring is one record being looked at.
type scoring struct {
	s        *Scorer
	row      *run.Result
	fixture  Fixture
	judge    expect.Judge
	enrolled bool
	path     []string

	v       expect.Value
	several []expect.Value
	// gone says why there is nothing, where nothing is a value too: an empty property, no task. Only exists takes it as missing.
	gone string
	// display is the step that the value came from, where the expectation names none.
	display string
	// noAnswer counts what judges could not be asked, of the probes being tested.
	noAnswer int
}

// walk lists the steps walked by what they are called.
func (sc *scoring) walk() {
	sc.path = make([]string, len(sc.row.Steps))
	for i := range sc.row.Steps {
		sc.path[i] = sc.name(&sc.row.Steps[i])
	}
}

// name is what a step is called; one that the workflow no longer has goes by its own name, or its id.
func (sc *scoring) name(s *run.Step) string {
	if name, ok := sc.s.names[s.ActionID]; ok {
		return name
	}
	if s.Name != "" {
		return s.Name
	}
	return s.ActionID
}

// test checks expectations, adds what was not met and counts the checks. A check that nobody could judge is none.
func (sc *scoring) test(ctx context.Context, probes []*probe, failures []Failure) ([]Failure, tallied) {
	n := tallied{}
	sc.noAnswer = 0
	for _, p := range probes {
		sc.v, sc.gone, sc.display = expect.Value{Kind: p.kind}, "", p.display
		p.value(sc, p, &sc.v)
		for i := range p.checks {
			c := &p.checks[i]
			missing := sc.v.Missing
			if sc.gone != "" && c.Name() == checkExists {
				sc.v.Missing = sc.gone
			}
			m := c.Test(ctx, &sc.v, sc.judge)
			sc.v.Missing = missing
			if m != nil && m.Code == expect.NotJudged {
				n.notJudged++
				continue
			}
			n.checks++
			if m != nil {
				failures = append(failures, sc.failed(p, c, m))
			}
		}
	}
	n.noAnswer = sc.noAnswer
	return failures, n
}

func (sc *scoring) failed(p *probe, c *placedCheck, m *expect.Mismatch) Failure {
	f := Failure{Subject: p.shown, Check: c.Name(), Expected: m.Expected, Got: m.Got, Differs: m.Differs, Diff: m.Diff, Code: m.Code,
		Step: sc.display, File: sc.s.file, Line: c.pos.Line, Column: c.pos.Col, Node: c.node}
	if sc.v.Missing == "" && sc.v.Several == nil && m.Code == "" {
		actual := sc.v
		actual.List = slices.Clone(actual.List)
		f.Actual = &actual
	}
	return f
}

// asks lists the asks of an enrollment.
func (sc *scoring) asks() []AskResult {
	n := 0
	for i := range sc.row.Steps {
		if sc.row.Steps[i].Ask != nil {
			n++
		}
	}
	out := make([]AskResult, 0, n)
	for i := range sc.row.Steps {
		st := &sc.row.Steps[i]
		if a := st.Ask; a != nil {
			out = append(out, AskResult{Step: sc.path[i], Model: a.Model, Prompt: a.Prompt, Response: a.Response, Error: st.Error,
				Attempts: a.Attempts, LatencyMs: a.LatencyMs, CostUSD: a.CostUSD})
		}
	}
	return out
}

// costText is what all asks cost, "" when nothing was asked or a price is unknown.
func (sc *scoring) costText() string {
	sum, asked := assistant.Money(0), 0
	only := ""
	for i := range sc.row.Steps {
		a := sc.row.Steps[i].Ask
		if a == nil {
			continue
		}
		if unpriced(a) {
			return ""
		}
		if a.CostUSD == "" {
			continue
		}
		m, err := assistant.ParseMoney(a.CostUSD)
		if err != nil {
			return ""
		}
		asked++
		sum, only = sum.Add(m), a.CostUSD
	}
	if asked <= 1 {
		return only
	}
	return sum.String()
}

// unpriced tells whether an ask used tokens of an unknown price.
func unpriced(a *run.Ask) bool { return a.CostUSD == "" && a.Usage != nil }
