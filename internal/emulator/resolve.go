package emulator

import (
	"context"
	"fmt"
	"slices"

	"askflow/internal/action"
	"askflow/internal/assistant"
	"askflow/internal/check"
	"askflow/internal/run"
)

// SettingsRequest are settings to be looked at: what is chosen for a run, over what a step of a workflow says, over the
// assistant's own, over the portal's.
type SettingsRequest struct {
	Assistant       string
	Model           string
	Temperature     *float64
	ReasoningEffort string
	// Workflow and Step name the asking action whose own settings count beneath; "" for none.
	Workflow, Step string
}

// Resolve says what would be sent for these settings, or why nothing would be. It asks nobody and reads no file. The error is
// for a workflow or a step that is not there; everything else that is wrong is in Resolution.Refused.
func (e *Emulator) Resolve(ctx context.Context, req SettingsRequest) (Resolution, error) {
	if err := ctx.Err(); err != nil {
		return Resolution{}, err
	}
	s, err := e.scratch(TryRequest{Workflow: req.Workflow, Step: req.Step, Prompt: "-", Assistant: req.Assistant, Model: req.Model, Temperature: req.Temperature, ReasoningEffort: req.ReasoningEffort})
	if err != nil {
		return Resolution{}, err
	}
	return e.resolution(s), nil
}

// Resolution is what would be sent with some settings, or why nothing would be.
type Resolution struct {
	// Assistant is an id, or the name that was given when the portal has no such assistant.
	Assistant string
	Model     string
	// Temperature is nil when none is sent.
	Temperature     *float64
	ReasoningEffort string
	Protocol        string
	// MaxOutputTokens is the output bound, 0 when refused.
	MaxOutputTokens int
	// Warnings say what was changed to make the model take the settings.
	Warnings []string
	// Refused says why nothing would be sent, nil when something would.
	Refused *run.Error
	// NoTemperature says why a temperature cannot be chosen with this model and effort, "" when it can.
	NoTemperature string
	// Efforts are the reasoning efforts that can be chosen; where there are none, NoEffort says why.
	Efforts  []string
	NoEffort string
}

// resolution is what the action's settings come to.
func (e *Emulator) resolution(s *scratch) Resolution {
	settled, _ := action.Settled(s.runner)
	out := Resolution{Assistant: settled.Assistant, Model: settled.Model, Temperature: settled.Temperature, ReasoningEffort: settled.ReasoningEffort, Protocol: settled.Protocol}
	q, refused := action.Question(s.runner)
	out.Refused = refused
	if broken := s.problems.Errors(); len(broken) > 0 && out.Refused == nil { // in the fields of the step
		out.Refused = &run.Error{Code: broken[0].Code, Message: broken[0].Message, Hint: broken[0].Hint}
	}
	if q != nil {
		out.MaxOutputTokens, out.Warnings = q.MaxOutputTokens, slices.Clone(q.Warnings)
	}
	if m, _ := e.Models.Lookup(out.Model); out.Model != "" && !m.Gone(s.now) { // of one that is gone the question warns itself
		for _, p := range check.Model(e.Portal, "the settings", out.Model, check.Options{Models: e.Models, Now: s.now, Today: e.wallClock()}) {
			out.Warnings = append(out.Warnings, p.Message)
		}
	}
	out.choices(e.Models)
	return out
}

// choices says what else could be chosen with the model.
func (r *Resolution) choices(models *assistant.Models) {
	m, known := models.Lookup(r.Model)
	if !known || m.Efforts == nil {
		r.Efforts = assistant.Efforts()
	} else if r.Efforts = slices.Clone(m.Efforts); len(r.Efforts) == 0 {
		r.NoEffort = r.Model + " does not reason, so it takes no reasoning effort."
	}
	switch {
	case !known:
	case m.Temperature == assistant.TemperatureNever:
		r.NoTemperature = r.Model + " takes no temperature."
	case m.Temperature == assistant.TemperatureNoneOnly && r.ReasoningEffort != "" && r.ReasoningEffort != assistant.EffortNone:
		r.NoTemperature = fmt.Sprintf("%s takes a temperature only with reasoning effort none, and %s is set.", r.Model, r.ReasoningEffort)
	}
}
