package service

import (
	"time"

	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/rewrite"
	"askflow/internal/run"
	"askflow/internal/source"
)

// Portal says which portal is open and how it is set up.
type Portal struct {
	// Dir is the folder's absolute path.
	Dir  string `json:"dir"`
	Demo bool   `json:"demo,omitempty"`
	ID   int64  `json:"id"`
	Name string `json:"name"`
	// TimeZone is an IANA name.
	TimeZone string `json:"timeZone"`
	// Answers is where answers come from by default: scripted, replay, record, live.
	Answers      string `json:"answers"`
	Era          string `json:"era"`
	Protocol     string `json:"protocol"`
	BaseURL      string `json:"baseUrl,omitempty"`
	DefaultModel string `json:"defaultModel,omitempty"`
	// MaxCostUSD is portal.yaml's own budget for a run, "" for none.
	MaxCostUSD string `json:"maxCostUsd,omitempty"`
	// Now is where the timelines of scripted and replayed runs start.
	Now time.Time `json:"now"`
	// Subscriptions is nil when portal.yaml does not say, which counts as unlocked.
	Subscriptions []string          `json:"subscriptions,omitempty"`
	Unlocked      bool              `json:"unlocked"`
	Users         []hubspot.User    `json:"users"`
	OpenAIAction  flow.OpenAIAction `json:"openaiAction"`
	Problems      source.Problems   `json:"problems,omitempty"`
	// Command is what follows `emulator COMMAND` so that it uses this portal: "--demo", "--portal DIR", or "".
	Command string `json:"command,omitempty"`
}

// Zone is the portal's time zone, UTC when the machine does not know it.
func (p *Portal) Zone() *time.Location {
	if p == nil {
		return time.UTC
	}
	zone, err := time.LoadLocation(p.TimeZone)
	if err != nil {
		return time.UTC
	}
	return zone
}

// WorkflowItem is a workflow in a list.
type WorkflowItem struct {
	// File is relative to the portal folder, with slashes; FileName has neither folder nor ending.
	File       string             `json:"file"`
	FileName   string             `json:"fileName"`
	Name       string             `json:"name"`
	ID         string             `json:"id,omitempty"`
	ObjectType hubspot.ObjectType `json:"objectType"`
	Enabled    bool               `json:"enabled"`
	Actions    int                `json:"actions"`
	Asks       int                `json:"asks"`
	Errors     int                `json:"errors"`
	Warnings   int                `json:"warnings"`
	// Runs are its newest runs, newest first, at most twenty, without settings, flow and inputs.
	Runs []*run.Run `json:"runs,omitempty"`
}

// Workflow is one workflow with its file.
type Workflow struct {
	Item *WorkflowItem `json:"item"`
	// Path is the file's absolute path.
	Path string `json:"path"`
	// Text is the file as it stands.
	Text []byte `json:"text"`
	// Flow is nil when the file cannot be read as a workflow.
	Flow     *flow.Flow      `json:"-"`
	Problems source.Problems `json:"problems,omitempty"`
}

// EditKind says what an Edit changes.
type EditKind string

// Kinds of edits.
const (
	// EditCreate makes a new workflow: Name, ObjectType. The file given to Propose is "".
	EditCreate EditKind = "create"
	// EditSetField sets a field of an action: Step, Field, Value; "" removes it.
	EditSetField EditKind = "set_field"
	// EditTriggers replaces the enrollment triggers: Value is what stands under `enroll:` in YAML.
	EditTriggers EditKind = "triggers"
	// EditTop sets name, description or enabled: Field, Value.
	EditTop EditKind = "top"
	// EditInsert adds an action: Action, Fields, and After or Branch and Arm.
	EditInsert EditKind = "insert"
	// EditRemove removes the action Step.
	EditRemove EditKind = "remove"
	// EditText replaces the whole file by Value.
	EditText EditKind = "text"
)

// Edit is a change to a workflow's file. Steps are named by their name or action id.
type Edit struct {
	Kind       EditKind `json:"kind"`
	Name       string   `json:"name,omitempty"`
	ObjectType string   `json:"objectType,omitempty"`
	Step       string   `json:"step,omitempty"`
	Field      string   `json:"field,omitempty"`
	Value      string   `json:"value,omitempty"`
	// Action is the new action's name in the YAML form: ask_openai_assistant, create_task, ….
	Action string       `json:"action,omitempty"`
	Fields []FieldValue `json:"fields,omitempty"`
	// After is the step that the new one follows; "" is the start, or with Branch the start of its arm Arm.
	After  string `json:"after,omitempty"`
	Branch string `json:"branch,omitempty"`
	Arm    string `json:"arm,omitempty"`
}

// FieldValue is a field of a new action, as the YAML form names it. A text of several items separated by commas is a list where
// the field takes one.
type FieldValue struct {
	Field string `json:"field"`
	Value string `json:"value"`
}

// Proposal is a change to a file that was not made yet.
type Proposal struct {
	File string `json:"file"`
	// Base is what the file holds now, nil when it is new.
	Base []byte `json:"base,omitempty"`
	Text []byte `json:"text"`
	// Lines are the difference, with some unchanged lines around it.
	Lines []rewrite.DiffLine `json:"lines"`
	// Problems are what checking the workflow finds after the change.
	Problems source.Problems `json:"problems,omitempty"`
}

// TokenChoice is a data token that can be put into a text.
type TokenChoice struct {
	// Token is the whole text: {{ enrolled_object.firstname }}.
	Token string `json:"token"`
	// Label says what it is: "First Name", "Response of qualify".
	Label string `json:"label"`
	// Group is where it comes from: the object type's name, or "Action outputs".
	Group string `json:"group"`
	// Sample is what it holds for the first record, if known.
	Sample string `json:"sample,omitempty"`
}
