package service

import (
	"math"
	"time"

	"askflow/internal/compare"
	"askflow/internal/run"
	"askflow/internal/source"
)

// RunRequest is a run as a person asks for it. "" and nil leave a choice to the workflow and the portal.
type RunRequest struct {
	// Workflow is its file.
	Workflow string `json:"workflow"`
	// Enroll is matching, all, or ids separated by commas.
	Enroll          string   `json:"enroll,omitempty"`
	Answers         string   `json:"answers,omitempty"`
	Assistant       string   `json:"assistant,omitempty"`
	Model           string   `json:"model,omitempty"`
	Temperature     *float64 `json:"temperature,omitempty"`
	ReasoningEffort string   `json:"reasoningEffort,omitempty"`
	Concurrency     int      `json:"concurrency,omitempty"`
	Clock           string   `json:"clock,omitempty"`
	Era             string   `json:"era,omitempty"`
	MaxCost         string   `json:"maxCost,omitempty"`
	// Resume and RetryFailed name a run that goes on.
	Resume      string `json:"resume,omitempty"`
	RetryFailed string `json:"retryFailed,omitempty"`
	// DraftMissing works out a responses file with the questions that found no answer, for Progress.Draft. Nothing is written.
	DraftMissing bool `json:"draftMissing,omitempty"`
}

// Started is a run that has begun.
type Started struct {
	Run *run.Run `json:"run"`
	// Total is how many records it considers.
	Total    int64           `json:"total"`
	Warnings source.Problems `json:"warnings,omitempty"`
}

// Progress is how far a run is.
type Progress struct {
	Run      string       `json:"run"`
	Workflow run.Workflow `json:"workflow"`
	Answers  string       `json:"answers"`
	Total    int64        `json:"total"`
	Totals   run.Totals   `json:"totals"`
	// BudgetUSD is what it may cost at most, "" without a limit.
	BudgetUSD string `json:"budgetUsd,omitempty"`
	// Started is wall time; Rate is how many a second of late of what Work counts; Left is how long the rest will take, 0 when not known.
	Started time.Time     `json:"started"`
	Rate    float64       `json:"rate"`
	Left    time.Duration `json:"left"`
	// Ended tells that it goes on no more; Status and Err then say how it ended, Draft is a new file with skeletons of the
	// missing answers, where they were asked for, to be shown and given to Workflows.Write.
	Ended  bool       `json:"ended,omitempty"`
	Status run.Status `json:"status"`
	Err    *Error     `json:"error,omitempty"`
	Draft  *Proposal  `json:"draft,omitempty"`
}

// Work is how many enrollments of the run are through, and how many there will be, in all: a record that does not enroll is done at
// once and says nothing about the rest. All is exact when every record was considered; before, it takes the records to come to enroll
// as often as those before. Until a record has enrolled, records are counted, and enrolled is false.
func (p *Progress) Work() (through, all int64, enrolled bool) {
	t := &p.Totals
	n := t.Considered - t.Enrollments[run.NotEnrolled]
	if n <= 0 {
		return t.Considered, p.Total, false
	}
	all = n
	if rest := p.Total - t.Considered; rest > 0 {
		all += int64(math.Ceil(float64(rest) * float64(n) / float64(t.Considered)))
	}
	return n - t.Enrollments[run.Active], all, true
}

// CompareQuery asks which records two runs treated differently.
type CompareQuery struct {
	A     string `json:"a"`
	B     string `json:"b"`
	After string `json:"after,omitempty"` // ComparePage.Next
	Limit int    `json:"limit"`
	// Only keeps differences of these kinds: considered, enrolled, state, path, response, effects.
	Only []string `json:"only,omitempty"`
	// Scan is the most records to look at.
	Scan int `json:"scan,omitempty"`
}

// ComparePage is a page of a comparison, in the order of the first run.
type ComparePage struct {
	// Changes are what was changed between the runs: the same on every page.
	Changes []compare.Change `json:"changes"`
	Diffs   []compare.Diff   `json:"diffs"`
	// Next is where to go on, "" at the end.
	Next string `json:"next,omitempty"`
	// Same counts the records of this page's part of the input that were treated alike.
	Same    int64 `json:"same"`
	Scanned int64 `json:"scanned"`
}
