package service

import (
	"time"

	"askflow/internal/run"
)

// Model is a model that can be asked.
type Model struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	// Context and MaxOutput are in tokens, 0 when unknown.
	Context   int `json:"context,omitempty"`
	MaxOutput int `json:"maxOutput,omitempty"`
	// Prices are US dollars per million tokens, exact decimals; "" when unknown.
	InputUSD  string `json:"inputUsd,omitempty"`
	CachedUSD string `json:"cachedUsd,omitempty"`
	OutputUSD string `json:"outputUsd,omitempty"`
	// Shutdown is the day on which OpenAI switches it off, YYYY-MM-DD; Gone tells that it has passed.
	Shutdown string `json:"shutdown,omitempty"`
	Gone     bool   `json:"gone,omitempty"`
	// Efforts are the reasoning efforts it takes; Reasons is false for a model without any.
	Efforts       []string `json:"efforts,omitempty"`
	DefaultEffort string   `json:"defaultEffort,omitempty"`
	// Temperature is always, never, with_none (only with effort none), or "" when unknown.
	Temperature string `json:"temperature,omitempty"`
	// Allowed tells that portal.yaml allows it; Offered that the account offers it, nil when that is not known.
	Allowed bool   `json:"allowed"`
	Offered *bool  `json:"offered,omitempty"`
	AsOf    string `json:"asOf,omitempty"`
	Note    string `json:"note,omitempty"`
}

// SettingsQuery are settings to be looked at: what is chosen for a run, over what a workflow's action says, over the
// assistant's own.
type SettingsQuery struct {
	// File and Step name the asking action whose own settings count beneath; "" for none.
	File            string   `json:"file,omitempty"`
	Step            string   `json:"step,omitempty"`
	Assistant       string   `json:"assistant,omitempty"`
	Model           string   `json:"model,omitempty"`
	Temperature     *float64 `json:"temperature,omitempty"`
	ReasoningEffort string   `json:"reasoningEffort,omitempty"`
}

// Resolution is what would be sent.
type Resolution struct {
	Assistant string `json:"assistant"`
	Model     string `json:"model"`
	// Temperature is nil when none is sent.
	Temperature     *float64 `json:"temperature,omitempty"`
	ReasoningEffort string   `json:"reasoningEffort,omitempty"`
	Warnings        []string `json:"warnings,omitempty"`
	// Refused says why nothing would be sent.
	Refused *run.Error `json:"refused,omitempty"`
	// NoTemperature says why a temperature cannot be chosen with this model and effort; "" when it can.
	NoTemperature string `json:"noTemperature,omitempty"`
	// Efforts are the reasoning efforts that the model takes; empty with a reason in NoEffort.
	Efforts  []string `json:"efforts,omitempty"`
	NoEffort string   `json:"noEffort,omitempty"`
}

// TryRequest is one prompt over one record.
type TryRequest struct {
	SettingsQuery
	ObjectType string `json:"objectType"`
	RecordID   string `json:"recordId"`
	// Prompt is the text with its data tokens.
	Prompt string `json:"prompt"`
	// Outputs are what earlier actions gave, by action id or name, then by output.
	Outputs map[string]map[string]string `json:"outputs,omitempty"`
	// Answers is scripted, replay, record or live; "" for the portal's own.
	Answers string `json:"answers,omitempty"`
	MaxCost string `json:"maxCost,omitempty"`
}

// Rendered is a prompt with the data in it.
type Rendered struct {
	Text   string       `json:"text"`
	Tokens []TokenValue `json:"tokens,omitempty"`
	// Problems are sentences about tokens that mean nothing.
	Problems []string `json:"problems,omitempty"`
}

// TokenValue is a data token of a prompt and what it gave.
type TokenValue struct {
	Token   string `json:"token"`
	Value   string `json:"value"`
	Missing bool   `json:"missing,omitempty"`
	// Why says in a sentence why there is no value.
	Why string `json:"why,omitempty"`
	// Start and End are byte offsets in the rendered text.
	Start int `json:"start"`
	End   int `json:"end"`
}

// Tried is a question that was asked.
type Tried struct {
	Rendered Rendered `json:"rendered"`
	// Step is what a run would have stored, with the ask and its attempts.
	Step run.Step `json:"step"`
	// Sent is what was sent, or why nothing was.
	Sent Resolution `json:"sent"`
	// Took is wall time.
	Took time.Duration `json:"took"`
}
