package prompttest

import (
	"fmt"
	"slices"

	"askflow/internal/expect"
	"askflow/internal/flow"
	"askflow/internal/run"
	"askflow/internal/source"
)

// domain resolves an expectation: how its value comes about, and what is known of the values. It is false when the expectation
// was refused.
func (c *compiler) domain(e *Expectation, p *probe) (expect.Domain, bool) {
	switch e.Subject {
	case Enrolled:
		p.value = (*scoring).enrolledValue
		return expect.Domain{Kind: expect.KindBool, Always: true}, true
	case Reason:
		p.value = (*scoring).reason
		return expect.Domain{}, true
	case State:
		p.value = (*scoring).state
		return expect.Domain{Words: c.states(), Always: true}, true
	case Path:
		p.value = (*scoring).walked
		return expect.Domain{Kind: expect.KindList, Canon: c.canon, Names: c.stepNames(c.env.Flow.Actions)}, true
	case Prompt, Response:
		p.value = (*scoring).response
		if e.Subject == Prompt {
			p.value = (*scoring).prompt
		}
		return expect.Domain{Multiline: true}, c.of(p, c.asking(e.Pos, string(e.Subject), e.Step, e.Step != ""))
	case Error:
		p.value = (*scoring).failure
		return expect.Domain{Usual: errorCodes()}, e.Step == "" || c.of(p, c.step(e.Pos, e.Step))
	case Output:
		p.value = (*scoring).output
		return c.output(e, p)
	case Property:
		p.value = (*scoring).property
		return c.property(e)
	case Usage, Cost, Attempts, Latency:
		return c.figure(e, p)
	default:
		return c.effects(e, p)
	}
}

// of notes whose step is looked at; false when it was not found.
func (c *compiler) of(p *probe, a *flow.Action) bool {
	if a == nil {
		return false
	}
	p.step, p.display = a.ID, c.names[a.ID]
	return true
}

// states are the ways in which an enrollment can end.
func (c *compiler) states() []string {
	var words []string
	for _, s := range run.States {
		if s != run.NotEnrolled || !c.inEach {
			words = append(words, string(s))
		}
	}
	return words
}

// canon brings a step of a path to what paths show.
func (c *compiler) canon(item string) (string, bool) {
	a := c.env.Flow.ActionByName(item)
	if a == nil {
		return "", false
	}
	return c.names[a.ID], true
}

func (c *compiler) output(e *Expectation, p *probe) (expect.Domain, bool) {
	a := c.step(e.Pos, e.Step)
	if !c.of(p, a) {
		return expect.Domain{}, false
	}
	kind := c.env.Kinds.Of(a)
	outputs := append(slices.Clone(kind.Outputs), flow.ExecutionState)
	if kind.Emulated && !slices.Contains(outputs, e.Member) {
		c.Errorf(e.Pos, "unknown_output", c.among(e.Member, "its outputs are ", outputs), "the step %s has no output %s", quote(p.display), quote(e.Member))
		return expect.Domain{}, false
	}
	if e.Member == flow.ExecutionState {
		return expect.Domain{Words: []string{string(run.Success), string(run.FailContinue)}}, true
	}
	return expect.Domain{Multiline: true}, true
}

func (c *compiler) property(e *Expectation) (expect.Domain, bool) {
	objectType := c.env.Flow.ObjectType().Name
	schema := c.env.Schema.Of(objectType)
	names := schema.Names()
	if p, known := schema.Get(e.Member); known || len(names) == 0 {
		return optionsOf(p), true
	}
	hint := ""
	if p, ok := schema.Find(e.Member); ok {
		hint = fmt.Sprintf("its name is %s", p.Name)
	} else if near := source.Nearest(e.Member, names); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	c.Errorf(e.Pos, "unknown_property", hint, "a %s has no property %s", objectType, quote(e.Member))
	return expect.Domain{}, false
}

// figure is what is counted over the asks of an enrollment, or over those of one step.
func (c *compiler) figure(e *Expectation, p *probe) (expect.Domain, bool) {
	d := expect.Domain{Kind: expect.KindNumber, Least: new(float64), Whole: e.Subject != Cost}
	switch e.Subject {
	case Cost:
		p.value = (*scoring).cost
	case Attempts:
		p.value = (*scoring).attempts
	case Latency:
		p.value = (*scoring).latency
	default:
		p.value = (*scoring).usage
	}
	asked := c.askers
	if e.Step != "" {
		a := c.asking(e.Pos, string(e.Subject), e.Step, true)
		if !c.of(p, a) {
			return d, false
		}
		asked = []*flow.Action{a}
	}
	most := float64(c.env.MaxAttempts * len(asked))
	if len(asked) == 0 || e.Subject == Attempts && c.env.MaxAttempts > 0 && !slices.ContainsFunc(asked, c.loops) {
		d.Most = &most
	}
	return d, true
}

// loops tells whether a record can come to a step more than once.
func (c *compiler) loops(a *flow.Action) bool { return c.graph.Before(a.ID, a.ID) }
