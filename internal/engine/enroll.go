package engine

import (
	"askflow/internal/action"
	"askflow/internal/filter"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/run"
	"askflow/internal/source"
)

// triggers are the compiled enrollment criteria. why is set when no record can enroll by them.
type triggers struct {
	// any holds alternatives: a record enrolls when one of them matches.
	any []*filter.Matcher
	// all must match on top: refinement criteria of event triggers.
	all []*filter.Matcher
	why string
}

func (p *Program) compileTriggers() source.Problems {
	var problems source.Problems
	e := p.flow.Enrollment
	compile := func(branches ...*hubspot.FilterBranch) (out []*filter.Matcher) {
		for _, b := range branches {
			if b == nil {
				continue
			}
			m, found := action.CompileFilter(p.cfg.Env, b)
			problems = append(problems, found...)
			out = append(out, m)
		}
		return out
	}
	const byHand = "the workflow enrolls records by hand only; use --enroll all or --enroll with record ids"
	switch {
	case e == nil:
		p.triggers.why = "the workflow has no enrollment triggers; use --enroll all or --enroll with record ids"
	case e.Type == flow.ListBased:
		if p.triggers.any = compile(e.ListFilter); len(p.triggers.any) == 0 {
			p.triggers.why = "the workflow has no enrollment triggers; use --enroll all or --enroll with record ids"
		}
	case e.Type == flow.EventBased:
		p.triggers.any = compile(append(e.EventFilters[:len(e.EventFilters):len(e.EventFilters)], e.ListMembershipFilters...)...)
		p.triggers.all = compile(e.Refinement)
		if len(p.triggers.any) == 0 {
			p.triggers.why = byHand
		}
	case e.Type == flow.Manual:
		p.triggers.why = byHand
	default:
		p.triggers.why = "the enrollment type " + e.Type + " is not emulated; use --enroll all or --enroll with record ids"
	}
	return problems
}

// refusal says why a record does not enroll; "" means it does. Suppression and goal hold even where triggers are
// skipped, as they do for manual enrollment in HubSpot.
func (p *Program) refusal(s *action.Scope) string {
	rec := s.Record().Record
	switch m := p.cfg.Enroll; {
	case m.IDs != nil && !m.IDs[rec.ID]:
		return run.NotNamed
	case m.Matching():
		if why := p.notTriggered(s); why != "" {
			return why
		}
	}
	if why := p.suppressed(s); why != "" {
		return why
	}
	if p.goal != nil && p.goal.Match(s.Record()).OK {
		return "the goal is met already"
	}
	return ""
}

func (p *Program) notTriggered(s *action.Scope) string {
	if p.triggers.why != "" {
		return p.triggers.why
	}
	for _, m := range p.triggers.all {
		if !m.Match(s.Record()).OK {
			return m.Match(s.Record()).Reason()
		}
	}
	for _, m := range p.triggers.any {
		if m.Match(s.Record()).OK {
			return ""
		}
	}
	why := ""
	for _, m := range p.triggers.any {
		if why != "" {
			why += "; "
		}
		why += m.Match(s.Record()).Reason()
	}
	return why
}

// meetsUnenrollment is the reason of a record that a workflow's unenrollment triggers keep out, or put out.
const meetsUnenrollment = "meets the unenrollment triggers"

func (p *Program) suppressed(s *action.Scope) string {
	rec := s.Record().Record
	for _, id := range p.flow.SuppressionListIDs {
		if s.World.InList(id, rec.ObjectType, rec.ID) {
			if name := p.cfg.ListNames[id]; name != "" {
				return "in the suppression list " + name + " (" + id + ")"
			}
			return "in the suppression list " + id
		}
	}
	if p.suppression != nil && p.suppression.Match(s.Record()).OK {
		return meetsUnenrollment
	}
	return ""
}

// leaves says whether an enrolled record must leave now that its properties have changed: by goal, by unenrollment
// triggers, or because it no longer meets the enrollment triggers and the workflow wants such records out.
func (p *Program) leaves(s *action.Scope) (goal bool, why string) {
	if p.goal != nil && p.goal.Match(s.Record()).OK {
		return true, "the goal was met"
	}
	if p.suppression != nil && p.suppression.Match(s.Record()).OK {
		return false, meetsUnenrollment
	}
	if e := p.flow.Enrollment; e != nil && e.UnEnrollWhenNotMeeting && p.cfg.Enroll.Matching() {
		if why := p.notTriggered(s); why != "" {
			return false, "no longer meets the enrollment triggers: " + why
		}
	}
	return false, ""
}

// Considers tells whether the workflow would enroll a record, and why not.
func (p *Program) Considers(rec *hubspot.Record) (enrolls bool, why string) {
	w := p.newWalker(0, rec)
	enrolls = w.enroll()
	return enrolls, w.reason
}
