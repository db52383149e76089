package ui

import (
	tea "charm.land/bubbletea/v2"

	"askflow/internal/service"
)

// Launch starts a run. What the request leaves open is taken from Env.Settings, and from the workflow where that is empty,
// too. The frame shows the run as soon as it has an id, and why it cannot start otherwise; where an account is missing it
// offers to connect one.
func Launch(r service.RunRequest) tea.Cmd { return Send(LaunchMsg{r}) }

// Fill takes what a request leaves open from the settings. A run that goes on keeps its own.
func (s Settings) Fill(r service.RunRequest) service.RunRequest {
	if r.Resume != "" || r.RetryFailed != "" {
		return r
	}
	or := func(own, other string) string {
		if own != "" {
			return own
		}
		return other
	}
	r.Answers, r.Assistant, r.Model = or(r.Answers, s.Answers), or(r.Assistant, s.Assistant), or(r.Model, s.Model)
	r.ReasoningEffort, r.MaxCost = or(r.ReasoningEffort, s.ReasoningEffort), or(r.MaxCost, s.MaxCost)
	if r.Temperature == nil {
		r.Temperature = s.Temperature
	}
	return r
}

// Chosen tells whether anything was chosen for the next run.
func (s Settings) Chosen() bool { return s != Settings{} }
