package run

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// Run is one launch over a set of records.
type Run struct {
	ID       string // "r1", "r2", …: counted
	Workflow Workflow
	Status   Status
	Created  time.Time // wall clock
	Ended    time.Time // wall clock; zero while running
	// Idle is how long between Created and Ended it did not run: from being cut off until it went on.
	Idle time.Duration
	// Now is where every enrollment's timeline starts.
	Now      time.Time
	Answers  string // scripted, replay, record, live
	Era      string
	Seed     int64
	Settings json.RawMessage // everything else the run was started with, as the engine wrote it
	Flow     json.RawMessage // canonical flow
	// Inputs are the files the run read and their SHA-256, by path relative to the portal folder.
	Inputs map[string]string
	Totals Totals
	// Error is why the run stopped early, nil otherwise.
	Error *Error
	// Pid and Host name the process that runs it.
	Pid  int
	Host string
}

// Workflow names the flow that ran.
type Workflow struct {
	File string `json:"file"`
	ID   string `json:"id,omitempty"`
	Name string `json:"name"`
}

// NotNamed is the reason of a record that is NOT_ENROLLED because others were named by their ids.
const NotNamed = "not among the records named by --enroll"

// Totals add up a run. They are kept up to date with every commit.
type Totals struct {
	Considered      int64            `json:"considered"`
	Enrollments     map[State]int64  `json:"enrollments"`
	Steps           int64            `json:"steps"`
	FailedSteps     int64            `json:"failedSteps"`
	SkippedSteps    int64            `json:"skippedSteps"`
	Asks            int64            `json:"asks"`
	Attempts        int64            `json:"attempts"`
	Retries         int64            `json:"retries"`
	FailedAsks      int64            `json:"failedAsks"`
	NoAnswer        int64            `json:"noAnswer"`           // asks without a scripted answer or a recording
	NotNamed        int64            `json:"notNamed,omitempty"` // of those NOT_ENROLLED, the records that were not among the ones named by their ids
	InputTokens     int64            `json:"inputTokens"`
	CachedTokens    int64            `json:"cachedTokens"`
	OutputTokens    int64            `json:"outputTokens"`
	ReasoningTokens int64            `json:"reasoningTokens"`
	EstimatedUsage  bool             `json:"estimatedUsage,omitempty"`
	CostUSD         string           `json:"costUsd"`                // exact decimal
	UnknownPrice    int64            `json:"unknownPrice,omitempty"` // asks whose price is unknown
	Effects         map[string]int64 `json:"effects"`                // by EffectType
	// Answers counts responses of at most 60 characters, the first 200 in the order of their text; all others under "".
	Answers map[string]int64 `json:"answers,omitempty"`
	// Models, Latency and Tokens are empty in runs that a version without them began, also after they go on.
	Models  map[string]ModelTotals `json:"models,omitempty"`   // by model
	Latency Histogram              `json:"latencyMs,omitzero"` // of asks that were sent, milliseconds on the timeline
	Tokens  Histogram              `json:"tokens,omitzero"`    // input and output of each ask whose usage is known
}

// Row is one stored Result, encoded once: steps and effects are JSON lists, exactly as results print them.
type Row struct {
	// Seq is the record's place in the input, from 0; rows of a run are unique by it.
	Seq    int64
	Record RecordRef
	State  State
	Reason string
	// Started and Ended are on the enrollment's timeline; zero when it never started.
	Started, Ended time.Time
	Steps          []byte
	Effects        []byte
	// FailedSteps counts FAIL_CONTINUE steps; Asks counts asks: both for filtering without opening the JSON.
	FailedSteps int
	Asks        int
	// NoAnswer counts asks that found no scripted answer or recording.
	NoAnswer int
	CostUSD  string
}

// Query selects rows of a run, in input order.
type Query struct {
	RecordID string // "" for all
	AfterSeq int64  // rows with Seq > AfterSeq; -1 from the start
	Limit    int    // 0 for no limit
	States   []State
	Failed   bool // only rows with a failed step
}

// Store keeps runs. Commit is atomic: after a crash a group of rows is there whole, totals included, or not at all.
//
// One process writes at a time; any number may read meanwhile. Rows are immutable except that a row may be replaced by a
// later Commit with the same Seq (an Active enrollment going on, a retried failure).
type Store interface {
	// Begin stores a new run with status RUNNING, gives it the next id and the lock; ErrBusy names a living owner.
	Begin(ctx context.Context, r *Run) error
	// Reopen takes an INTERRUPTED, STOPPED or (for retry) COMPLETED run again for writing.
	Reopen(ctx context.Context, id string) (*Run, error)
	// Commit adds rows and replaces the run's totals in one transaction.
	Commit(ctx context.Context, runID string, rows []Row, totals *Totals) error
	// Finish stores status, end, error and totals, and lets the lock go.
	Finish(ctx context.Context, r *Run) error
	Reader
}

// Reader reads what is stored.
type Reader interface {
	// Runs lists runs, newest first, without Flow.
	Runs(ctx context.Context) ([]*Run, error)
	// Run returns one run; "last" is the newest. ErrNotFound when there is none.
	Run(ctx context.Context, id string) (*Run, error)
	// Rows calls fn for each row in input order until it returns an error.
	Rows(ctx context.Context, runID string, q Query, fn func(*Row) error) error
	// Done calls fn for each place of the input that has a row, in order, with its state and whether a step failed.
	Done(ctx context.Context, runID string, fn func(seq int64, state State, failed bool) error) error
	// Delete removes a run and its rows.
	Delete(ctx context.Context, id string) error
	Close() error
}

// Errors of a Store; wrapped with what was asked for.
var (
	ErrNotFound = errors.New("there is no such run")
	// ErrBusy: another living process owns the run or the database.
	ErrBusy = errors.New("another process is running in this portal")
	// ErrNewer: the database was written by a newer version.
	ErrNewer = errors.New("the database was written by a newer version of askflow")
)
