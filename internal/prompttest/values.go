package prompttest

import (
	"strconv"

	"askflow/internal/assistant"
	"askflow/internal/expect"
	"askflow/internal/flow"
	"askflow/internal/run"
)

// notEnrolled says why a record that did not enroll has no values.
func (sc *scoring) notEnrolled() string {
	if sc.row.Enrollment.Reason == "" {
		return "the record did not enroll"
	}
	return "the record did not enroll: " + sc.row.Enrollment.Reason
}

// visited is the last visit of a step; nil, and why, where there was none.
func (sc *scoring) visited(p *probe) (*run.Step, string) {
	for i := len(sc.row.Steps) - 1; i >= 0; i-- {
		if sc.row.Steps[i].ActionID == p.step {
			return &sc.row.Steps[i], ""
		}
	}
	if !sc.enrolled {
		return nil, sc.notEnrolled()
	}
	why := "the step " + p.display + " was not reached"
	if e := &sc.row.Enrollment; e.State != run.Completed {
		why += ": the enrollment is " + string(e.State)
		if e.Reason != "" {
			why += " (" + e.Reason + ")"
		}
	}
	return nil, why
}

// unanswered says why a step that was reached came to nothing.
func unanswered(name string, s *run.Step) string {
	switch {
	case s.Error != nil:
		return "the step " + name + " failed: " + s.Error.Code + ": " + s.Error.Message
	case s.Reason != "":
		return "the step " + name + " was " + stateWords(s.State) + ": " + s.Reason
	default:
		return "the step " + name + " was " + stateWords(s.State)
	}
}

func stateWords(s run.StepState) string {
	switch s {
	case run.Skipped:
		return "not executed"
	case run.Blocked:
		return "blocked"
	default:
		return string(s)
	}
}

func (sc *scoring) enrolledValue(_ *probe, v *expect.Value) { v.Bool = sc.enrolled }

func (sc *scoring) state(_ *probe, v *expect.Value) { v.Text = string(sc.row.Enrollment.State) }

func (sc *scoring) reason(_ *probe, v *expect.Value) {
	if v.Text = sc.row.Enrollment.Reason; v.Text == "" {
		v.Missing = "the enrollment has no reason: it is " + string(sc.row.Enrollment.State)
	}
}

func (sc *scoring) walked(_ *probe, v *expect.Value) {
	if v.List = sc.path; !sc.enrolled {
		v.Missing = sc.notEnrolled()
	}
}

func (sc *scoring) prompt(p *probe, v *expect.Value) {
	s, why := sc.visited(p)
	switch {
	case s == nil:
		v.Missing = why
	case s.Ask == nil || s.Ask.Prompt == "" && s.Error != nil:
		text, stubbed := s.Inputs["prompt"]
		if v.Text = text; !stubbed {
			v.Missing = unanswered(p.display, s)
		}
	default:
		v.Text = s.Ask.Prompt
	}
}

func (sc *scoring) response(p *probe, v *expect.Value) {
	s, why := sc.visited(p)
	switch {
	case s == nil:
		v.Missing = why
	case s.Ask == nil || s.Ask.Response == nil:
		v.Missing = unanswered(p.display, s)
	default:
		v.Text, v.Prompt = *s.Ask.Response, s.Ask.Prompt
	}
}

// failure is the code of a step's error: of the one that is named, else of the first that failed.
func (sc *scoring) failure(p *probe, v *expect.Value) {
	if p.step != "" {
		s, why := sc.visited(p)
		switch {
		case s == nil:
			v.Missing = why
		case s.Error == nil:
			v.Missing = "the step " + p.display + " did not fail"
		default:
			v.Text = s.Error.Code
		}
		return
	}
	for i := range sc.row.Steps {
		if s := &sc.row.Steps[i]; s.Error != nil {
			v.Text, sc.display = s.Error.Code, sc.path[i]
			return
		}
	}
	if v.Missing = "no step failed"; !sc.enrolled {
		v.Missing = sc.notEnrolled()
	}
}

func (sc *scoring) output(p *probe, v *expect.Value) {
	s, why := sc.visited(p)
	if s == nil {
		v.Missing = why
		return
	}
	text, there := s.Outputs[p.member]
	switch {
	case there:
		v.Text = text
		if s.Ask != nil {
			v.Prompt = s.Ask.Prompt
		}
	case p.member == flow.ExecutionState && (s.State == run.Success || s.State == run.FailContinue):
		v.Text = string(s.State)
	case s.State == run.Success:
		v.Missing = "the step " + p.display + " gave no output " + p.member
	default:
		v.Missing = unanswered(p.display, s)
	}
}

// property is what a property of the enrolled record holds at the end: what was set last, else what it held before.
func (sc *scoring) property(p *probe, v *expect.Value) {
	ref := &sc.row.Record
	for i := len(sc.row.Effects) - 1; i >= 0; i-- {
		e := &sc.row.Effects[i]
		if e.Type == run.EffectProperty && e.Property == p.member && e.RecordID == ref.ID && e.ObjectType == ref.ObjectType {
			if e.To != nil {
				v.Text = *e.To
			}
			sc.emptied(p, v)
			sc.display = sc.called(e.ActionID)
			return
		}
	}
	if sc.fixture == nil {
		v.Missing = "the run did not keep what " + p.member + " held, and no step set it"
		return
	}
	v.Text = sc.fixture.Get(p.member)
	sc.emptied(p, v)
}

// emptied notes that an empty value is no value to those who ask whether there is one.
func (sc *scoring) emptied(p *probe, v *expect.Value) {
	if v.Text == "" {
		sc.gone = p.member + " is empty"
	}
}

// called is what messages call the step of an action.
func (sc *scoring) called(actionID string) string {
	if name, ok := sc.s.names[actionID]; ok {
		return name
	}
	return actionID
}

// each calls fn with every ask that a probe looks at. It is false, with the reason in v, where there is none to look at; an
// enrollment that asked nothing is no such case: it came to 0.
func (sc *scoring) eachAsk(p *probe, v *expect.Value, fn func(*run.Ask)) bool {
	if !sc.enrolled {
		v.Missing = sc.notEnrolled()
		return false
	}
	asks := 0
	for i := range sc.row.Steps {
		s := &sc.row.Steps[i]
		if s.Ask != nil && (p.step == "" || p.step == s.ActionID) {
			asks++
			fn(s.Ask)
		}
	}
	if asks > 0 || p.step == "" {
		return true
	}
	s, why := sc.visited(p)
	if v.Missing = why; s != nil {
		v.Missing = unanswered(p.display, s)
	}
	return false
}

func (sc *scoring) usage(p *probe, v *expect.Value) {
	sum := 0
	if !sc.eachAsk(p, v, func(a *run.Ask) {
		u := a.Usage
		if u == nil {
			return
		}
		switch p.member {
		case "":
			sum += u.InputTokens + u.OutputTokens
		case "input_tokens":
			sum += u.InputTokens
		case "cached_tokens":
			sum += u.CachedTokens
		case "output_tokens":
			sum += u.OutputTokens
		default:
			sum += u.ReasoningTokens
		}
	}) {
		return
	}
	v.Number = float64(sum)
}

func (sc *scoring) cost(p *probe, v *expect.Value) {
	sum, unknown := assistant.Money(0), ""
	if !sc.eachAsk(p, v, func(a *run.Ask) {
		if unpriced(a) && unknown == "" {
			unknown = "the price of " + a.Model + " is not known"
		}
		if m, err := assistant.ParseMoney(a.CostUSD); err == nil {
			sum = sum.Add(m)
		}
	}) {
		return
	}
	if unknown != "" {
		v.Missing = unknown
		return
	}
	v.Exact = sum.String()
	v.Number = float64(sum) / float64(assistant.USD)
	if x, err := strconv.ParseFloat(v.Exact, 64); err == nil {
		v.Number = x // the nearest number to the decimal, as a limit of the same decimal is
	}
}

func (sc *scoring) attempts(p *probe, v *expect.Value) {
	sum := 0
	if sc.eachAsk(p, v, func(a *run.Ask) { sum += a.Attempts }) {
		v.Number = float64(sum)
	}
}

func (sc *scoring) latency(p *probe, v *expect.Value) {
	sum := int64(0)
	if sc.eachAsk(p, v, func(a *run.Ask) { sum += a.LatencyMs }) {
		v.Number = float64(sum)
	}
}
