// Package prompttest is prompt tests: the files under tests/, what they expect of a workflow's enrollments, the verdict on
// one enrollment, and what a whole test run came to. It asks nobody and reads no portal; package suite runs tests.
package prompttest

import (
	"askflow/internal/source"
)

// DirName is the folder of a portal that holds tests.
const DirName = "tests"

// Test is one file under tests/: a workflow, the records that enroll, and what is expected of them.
type Test struct {
	// File is relative to the portal folder, with slashes. Name is its path below tests/ without the ending.
	File, Name string
	// Description says in one line what the test is about; "" for none.
	Description string
	Workflow    string // as `emulator run` takes it
	WorkflowPos source.Pos
	// Answers is scripted, replay, record or live; "" for the portal's own.
	Answers string
	// Enroll is matching, all, or record ids separated by commas; "" counts as matching.
	Enroll    string
	EnrollPos source.Pos
	// Each is expected of every record that enrolls.
	Each []*Expectation
	// Cases expect something of one record each.
	Cases []*Case
	// Matrix is what the test is run over, when the command line does not say. Nil for the workflow as it is.
	Matrix *Matrix
	// Repeat is how often every question is asked; 0 counts as 1.
	Repeat int
	// Threshold is the share of cases, from 0 to 1, that must pass; nil for all of them.
	Threshold *float64
	// Run settings, as the command line's flags of the same names.
	Seed   int64
	Now    string
	Era    string
	Faults string // a file, relative to the portal folder
	Pins   map[string]string
	Stubs  []string
	// Records are files that replace the portal's, relative to the portal folder.
	Records []string
	// Pos is where the file's own keys stand, by their names: now, records, pins, stubs, faults, matrix, repeat and the others that
	// are there.
	Pos map[string]source.Pos
	// Node is the file as it was read, for those who change it.
	Node *source.Node
}

// Case is what is expected of one record.
type Case struct {
	Name   string // "" when it has none
	Record string // id
	Expect []*Expectation
	Pos    source.Pos // of the record's id
}

// Expectation is one entry of `each` or of a case's `expect`: checks of one subject.
type Expectation struct {
	Subject Subject
	// Step is the name or id behind the @ of the subject; "" for none.
	Step string
	// Member is which property, output or part of an effect is looked at: `property: {state: CA}`. "" for subjects that have none.
	Member string
	// Node is the check, or checks, as written.
	Node *source.Node
	Pos  source.Pos // of the subject
}

// Subject is what an expectation looks at.
type Subject string

// The subjects. Those from Cost on are numbers; cost is in US dollars, latency in milliseconds on the enrollment's timeline.
const (
	Enrolled     Subject = "enrolled"
	Reason       Subject = "reason"
	State        Subject = "state"
	Path         Subject = "path"
	Prompt       Subject = "prompt"
	Response     Subject = "response"
	Error        Subject = "error" // the code of a step's error
	Output       Subject = "output"
	Property     Subject = "property"
	Task         Subject = "task"
	Notification Subject = "notification"
	Email        Subject = "email"
	Created      Subject = "record"      // records created
	Associated   Subject = "association" // records associated
	Usage        Subject = "usage"
	Cost         Subject = "cost"
	Attempts     Subject = "attempts"
	Latency      Subject = "latency"
)

// Subjects are all of them, in the order in which messages list them.
var Subjects = []Subject{Enrolled, Reason, State, Path, Prompt, Response, Error, Output, Property, Task, Notification, Email, Created, Associated, Usage, Cost, Attempts, Latency}

// Matrix is what cells are made of: every combination of the values. An empty dimension is left as the workflow has it.
type Matrix struct {
	Models       []string
	Temperatures []string // as written; "" for the workflow's own
	Efforts      []string
	Assistants   []string
	// Prompts are variants: "current", the name of a file under prompts/, or a second workflow file. By the name of the asking
	// step; "" is the only one there is.
	Prompts map[string][]string
	// Dimensions are the keys in the order written: model, temperature, reasoning_effort, assistant, prompt, prompt@STEP. What has
	// values and is not among them comes behind, in this order.
	Dimensions []string
}
