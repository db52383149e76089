package check

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"askflow/internal/assistant"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/openaisim"
	"askflow/internal/portal"
	"askflow/internal/source"
)

// settings checks what portal.yaml says about OpenAI against the table of models.
func settings(p *portal.Portal, opt Options) source.Problems {
	r := &source.Reader{File: portal.FileName}
	o, n := p.Settings.OpenAI, p.Settings.Node.Get("openai")
	at := func(key string) source.Pos {
		if v := n.Get(key); v != nil {
			return v.Pos
		}
		return source.Pos{}
	}
	if n.Get("default_model") != nil {
		modelKnown(r, at("default_model"), "default_model", o.DefaultModel, opt)
	}
	if len(o.AllowedModels) > 0 && !slices.Contains(o.AllowedModels, o.DefaultModel) && n.Get("default_model") != nil {
		r.Warnf(at("default_model"), assistant.CodeModelAccess, "add it to allowed_models, or choose an allowed model", "the default model %s is not among the allowed models", quote(o.DefaultModel))
	}
	for i, model := range o.AllowedModels {
		pos := at("allowed_models")
		if list := n.Get("allowed_models"); i < len(list.Items) {
			pos = list.Items[i].Pos
		}
		modelKnown(r, pos, "allowed_models", model, opt)
	}
	if o.Protocol == assistant.Assistants && o.Era != "assistants" {
		r.Warnf(at("protocol"), assistant.CodeAPIRetired, "use responses or chat, or rehearse the past with era: assistants", "OpenAI switched the Assistants API off on 2026-08-26: every ask fails")
	}
	if len(p.Flows) == 0 && !named(p.Problems, "workflows") {
		r.Warnf(source.Pos{}, "no_workflows", "put one into workflows/", "the portal has no workflow that can be read")
	}
	return r.Problems
}

// named tells whether there are findings about a folder or its files.
func named(problems source.Problems, folder string) bool {
	for _, p := range problems {
		if p.File == folder || strings.HasPrefix(p.File, folder+"/") {
			return true
		}
	}
	return false
}

// Refusals says what keeps a run of these workflows from starting or from getting any answer, and is not in their files.
func Refusals(p *portal.Portal, flows ...*flow.Flow) source.Problems {
	var out source.Problems
	asks := false
	for _, f := range flows {
		kinds := flow.NewKinds(p.Settings.OpenAIAction)
		asks = asks || slices.ContainsFunc(f.Actions, kinds.IsOpenAI)
		if t, ok := hubspot.LookupObjectType(f.ObjectTypeID); ok && len(p.RecordFiles[t.Name]) == 0 {
			out = append(out, source.Problem{Severity: source.SeverityWarning, Code: "no_records", File: f.File, Line: f.Pos.Line, Col: f.Pos.Col,
				Message: fmt.Sprintf("the workflow enrolls %s, and the portal has no records of them: a run is refused", t.Plural),
				Hint:    fmt.Sprintf("put a HubSpot export at records/%s.csv, or run with --records FILE", t.Plural)})
		}
	}
	if asks && p.Settings.Answers == portal.AnswersScripted && len(p.Rules) == 0 && !named(p.Problems, "responses") {
		problem := source.Problem{Severity: source.SeverityWarning, Code: "no_responses", File: portal.FileName,
			Message: "answers are scripted, and responses/ scripts none: every ask fails",
			Hint:    "run with --draft-missing, which writes a file for the replies, or write rules into responses/"}
		if n := p.Settings.Node.Get("answers"); n != nil {
			problem.Line, problem.Col = n.Pos.Line, n.Pos.Col
		}
		out = append(out, problem)
	}
	return out
}

// rules checks what scripted answers refer to. Records may come from other files, so any record id is fine.
func rules(p *portal.Portal) source.Problems {
	var out source.Problems
	for _, rule := range p.Rules {
		r := &source.Reader{File: rule.File}
		if name := rule.When.Assistant; name != "" {
			if _, err := p.Assistant(name); err != nil {
				hint := ""
				var e *portal.Error
				if errors.As(err, &e) {
					hint = e.Hint
				}
				r.Warnf(orElse(rule.When.AssistantPos, rule.Pos), "unknown_assistant", hint, "the rule waits for the assistant %s, which the portal does not have: it never answers", quote(name))
			}
		}
		if step := rule.When.Step; step != "" && len(p.Flows) > 0 && !hasStep(p, step) {
			r.Warnf(rule.Pos, "unknown_step", "", "the rule waits for the step %s, which no workflow has: it never answers", quote(step))
		}
		out = append(out, r.Problems...)
	}
	return append(out, openaisim.CheckOrder(p.Rules)...)
}

func hasStep(p *portal.Portal, name string) bool {
	for _, f := range p.Flows {
		if f.ActionByName(name) != nil {
			return true
		}
	}
	return false
}

func orElse(pos, otherwise source.Pos) source.Pos {
	if pos.Line > 0 {
		return pos
	}
	return otherwise
}
