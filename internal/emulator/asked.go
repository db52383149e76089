package emulator

import (
	"fmt"
	"strings"

	"askflow/internal/action"
	"askflow/internal/assistant"
	"askflow/internal/flow"
	"askflow/internal/portal"
	"askflow/internal/run"
	"askflow/internal/source"
)

// otherFiles keeps the findings that concern a run and are not in its workflow: those in other workflows do not, nor do
// those in assistants that it does not ask.
func (e *Emulator) otherFiles(s *settled, plan bool) source.Problems {
	asked, unknown := e.assistantsAsked(s)
	scripted := !plan && s.answers == portal.AnswersScripted
	var out source.Problems
	for _, p := range e.Portal.Problems {
		if p.File == s.flow.File || strings.HasPrefix(p.File, "workflows/") {
			continue
		}
		if strings.HasPrefix(p.File, "assistants/") && !unknown && !asked[p.File] {
			continue
		}
		if strings.HasPrefix(p.File, "responses/") && !scripted { // nobody looks into them
			continue
		}
		out = append(out, p)
	}
	return out
}

// assistantsAsked are the files of the assistants that a workflow asks. With unknown, it asks one that is not there, and
// then any file that cannot be read may be why.
func (e *Emulator) assistantsAsked(s *settled) (files map[string]bool, unknown bool) {
	files = map[string]bool{}
	r := &source.Reader{File: s.flow.File} // what is wrong with the fields, check says
	for _, a := range s.flow.Actions {
		if !e.Kinds.IsOpenAI(a) {
			continue
		}
		name := s.req.Assistant
		if name == "" {
			name = strings.TrimSpace(r.Object(a.Fields, "Ask OpenAI Assistant").String(e.Kinds.OpenAI.Assistant))
		}
		found, ok := e.Assistant(name)
		if !ok {
			return nil, true
		}
		for _, same := range e.Portal.Assistants { // of the same name: which of them is meant is not certain
			if same == found || strings.EqualFold(same.ID, name) || strings.EqualFold(same.Name, name) {
				files[same.File] = true
			}
		}
	}
	return files, false
}

// possible refuses settings on the command line with which no ask of the workflow could be sent.
func (p *prepared) possible(kinds *flow.Kinds) error {
	if f := p.flags(); f.Model == "" && f.Temperature == nil && f.ReasoningEffort == "" {
		return nil
	}
	var first *run.Error
	for _, a := range p.flow.Actions {
		if _, pinned := p.pins[a.ID]; !kinds.IsOpenAI(a) || pinned || p.stubs[a.ID] {
			continue
		}
		_, refused := action.Question(p.program.Runner(a.ID))
		if refused == nil || refused.Code != assistant.CodeBadSettings && refused.Code != assistant.CodeModelAccess {
			return nil
		}
		if first == nil {
			first = refused
		}
	}
	if first == nil {
		return nil
	}
	return &Error{Code: first.Code, Message: "with these settings nothing can be asked: " + first.Message, Hint: first.Hint, Exit: ExitUsage}
}

// affordable refuses a budget that could not be kept: the price of every model that may be asked must be known.
func (p *prepared) affordable(models *assistant.Models) error {
	if p.maxCost == nil {
		return nil
	}
	for _, a := range p.flow.Actions {
		q, _ := action.Question(p.program.Runner(a.ID))
		if q == nil {
			continue
		}
		if m, ok := models.Lookup(q.Model); !ok || !m.Priced {
			return &Error{Code: "unknown_price", Exit: ExitUnreachable, Message: fmt.Sprintf("the price of %s is unknown, so a budget of $%s cannot be kept", q.Model, p.maxCost),
				Hint: "choose a model with a known price (emulator models list), or run without --max-cost"}
		}
	}
	return nil
}
