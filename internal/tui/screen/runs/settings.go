package runs

import (
	"encoding/json"
	"sort"
	"strconv"
	"strings"

	"askflow/internal/assistant"
	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/tui/inspect"
)

// settings are what a run was started with, as far as it is not the portal's or the workflow's own.
type settings struct {
	Request struct {
		Records         []string          `json:"records"`
		Enroll          string            `json:"enroll"`
		Answers         string            `json:"answers"`
		Assistant       string            `json:"assistant"`
		Model           string            `json:"model"`
		Temperature     *float64          `json:"temperature"`
		ReasoningEffort string            `json:"reasoningEffort"`
		Seed            int64             `json:"seed"`
		Now             string            `json:"now"`
		Clock           string            `json:"clock"`
		Era             string            `json:"era"`
		Pins            map[string]string `json:"pins"`
		Stubs           []string          `json:"stubs"`
		Faults          string            `json:"faults"`
		MaxCost         string            `json:"maxCost"`
	} `json:"request"`
	Clock string `json:"clock"`
	// known is false when the run kept none, or none that can be read.
	known bool
}

func settingsOf(r *run.Run) settings {
	var s settings
	s.known = len(r.Settings) > 0 && json.Unmarshal(r.Settings, &s) == nil
	return s
}

// differ lists what was chosen for this run, as data.
func (s *settings) differ() []string {
	q := s.Request
	var out []string
	add := func(label, value string) {
		if value != "" {
			out = append(out, label+" "+value)
		}
	}
	if len(q.Records) > 0 {
		add("records", strings.Join(q.Records, ", "))
	}
	if q.Enroll != "matching" {
		add("enroll", q.Enroll)
	}
	add("assistant", q.Assistant)
	add("model", q.Model)
	if q.Temperature != nil {
		add("temperature", strconv.FormatFloat(*q.Temperature, 'f', -1, 64))
	}
	add("effort", q.ReasoningEffort)
	if q.MaxCost != "" {
		add("budget", inspect.Money(q.MaxCost))
	}
	if s.Clock != "" && s.Clock != "skip" {
		add("clock", s.Clock)
	}
	if len(q.Pins) > 0 {
		steps := make([]string, 0, len(q.Pins))
		for step := range q.Pins {
			steps = append(steps, step)
		}
		sort.Strings(steps)
		add("pinned", strings.Join(steps, ", "))
	}
	add("stubbed", strings.Join(q.Stubs, ", "))
	add("faults", q.Faults)
	return out
}

// onlyThere names what this run was started with and a screen has no way to ask for, "" when there is nothing of it.
func (s *settings) onlyThere() string {
	q := s.Request
	var out []string
	for flag, set := range map[string]bool{"--records": len(q.Records) > 0, "--pin": len(q.Pins) > 0, "--stub": len(q.Stubs) > 0, "--faults": q.Faults != "",
		"--seed": q.Seed != 1, "--now": q.Now != ""} {
		if set {
			out = append(out, flag)
		}
	}
	sort.Strings(out)
	return strings.Join(out, ", ")
}

// request is the run as it was asked for.
func (s *settings) request(r *run.Run) service.RunRequest {
	q := s.Request
	answers := q.Answers
	if answers == "" {
		answers = r.Answers
	}
	return service.RunRequest{Workflow: r.Workflow.File, Enroll: q.Enroll, Answers: answers, Assistant: q.Assistant, Model: q.Model, Temperature: q.Temperature,
		ReasoningEffort: q.ReasoningEffort, Clock: q.Clock, Era: q.Era, MaxCost: q.MaxCost}
}

// dollars is an exact amount as a number, for the length of a bar.
func dollars(usd string) float64 {
	m, err := assistant.ParseMoney(usd)
	if err != nil {
		return 0
	}
	const unit = 1e12 // of assistant.Money
	return float64(m) / unit
}
