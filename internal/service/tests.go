package service

import (
	"askflow/internal/prompttest"
	"askflow/internal/source"
)

// Codes of errors about tests.
const (
	// CodeNoTests: the workflow has no test. The hint says how to write one.
	CodeNoTests = "no_tests"
	// CodeInvalidTest: a test cannot run as it is written; Problems say why. Nothing was run.
	CodeInvalidTest = "invalid_test"
	// CodeLiveTests: all tests that were meant ask OpenAI, which only the command line does for tests. The hint names the command.
	CodeLiveTests = "live_tests"
)

// TestFile is a prompt test, as its file stands.
type TestFile struct {
	// Name is what the test is called; File its file, relative to the portal folder, with slashes.
	Name        string `json:"name"`
	File        string `json:"file"`
	Description string `json:"description,omitempty"`
	// Workflow is the file of the workflow that it tests; "" when that cannot be told.
	Workflow string `json:"workflow,omitempty"`
	// Answers is scripted, replay, record or live.
	Answers string `json:"answers"`
	Cases   int    `json:"cases"`
	// Problems are what reading the file found; that it fits the portal, only running it finds out.
	Problems source.Problems `json:"problems,omitempty"`
}

// TestList is a portal's tests at one moment.
type TestList struct {
	Tests []*TestFile `json:"tests"`
	// Version is another one whenever a file was saved on which tests may depend.
	Version string `json:"version"`
}

// TestProgress is how far tests are that run.
type TestProgress struct {
	Test string `json:"test"`
	Cell string `json:"cell"`
	// At counts the cells of all tests from 1, Of is how many there are.
	At int `json:"at"`
	Of int `json:"of"`
	// Records of this cell that were looked at, of Total; Failed are the cell's cases that failed so far.
	Records int64 `json:"records"`
	Total   int64 `json:"total"`
	Failed  int64 `json:"failed"`
}

// Tested is what tests came to.
type Tested struct {
	// Report is of all tests that ran. The Results of its cells give their cases in the order of the records: all that failed and are
	// among the Failures, and of those that passed as many as are kept. What is wrong with tests that could not be run, and which
	// tests ask OpenAI and therefore did not run, is among its Warnings.
	Report *prompttest.Report `json:"report"`
	// Version is that of TestList, as it was when the tests began.
	Version string `json:"version"`
}
