package prompttest

import (
	"askflow/internal/expect"
	"askflow/internal/source"
)

// Failure is an expectation that was not met.
type Failure struct {
	// Subject is as written, step and member included: response@qualify, property state.
	Subject  string `json:"subject"`
	Check    string `json:"check"`
	Expected string `json:"expected"`
	Got      string `json:"got"`
	Differs  string `json:"differs,omitempty"`
	Diff     string `json:"diff,omitempty"`
	Code     string `json:"code,omitempty"`
	// Step is the step that the subject belongs to, as messages call it; "" for none.
	Step string `json:"step,omitempty"`
	// File, Line and Column are where the expectation stands.
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	// Node is the check as written and Actual the value, for those who accept it as the new expectation. Nil when it cannot be accepted.
	Node   *source.Node  `json:"-"`
	Actual *expect.Value `json:"-"`
}
