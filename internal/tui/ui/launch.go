package ui

import (
	tea "charm.land/bubbletea/v2"

	"askflow/internal/service"
)

// Launch starts a run. What the request leaves open is taken from Env.Settings, and from the workflow where that is empty,
// too. The frame shows the run as soon as it has an id, and why it cannot start otherwise; where an account is missing it
// offers to connect one.
func Launch(r service.RunRequest) tea.Cmd { return Send(LaunchMsg{Request: r}) }

// LaunchAs is Launch of a request whose answers and budget a person has just decided on: where they are empty they are the
// portal's own, whatever was chosen for the next run before.
func LaunchAs(r service.RunRequest) tea.Cmd { return Send(LaunchMsg{Request: r, Decided: true}) }

// Fill takes what a request leaves open from the settings; decided tells that its answers and budget are not open. A run that goes
// on keeps its own.
func (s Settings) Fill(r service.RunRequest, decided bool) service.RunRequest {
	if r.Resume != "" || r.RetryFailed != "" {
		return r
	}
	if decided {
		s.Answers, s.MaxCost = "", ""
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
