package prompttest

import (
	"askflow/internal/run"
	"askflow/internal/source"
)

// Report is what a test run came to: the JSON of `emulator test --output json`.
type Report struct {
	Tests  []*TestReport `json:"tests"`
	Totals Totals        `json:"totals"`
	Passed bool          `json:"passed"`
	// Baseline is what changed since the run or report that it was held against; nil without one.
	Baseline *Baseline `json:"baseline,omitempty"`
	// NotRun names the tests that never began, since one before them was stopped.
	NotRun []string `json:"notRun,omitempty"`
	// Reasons say in sentences why it did not pass, beside failed expectations: too little coverage, a regression, a stop.
	Reasons []string `json:"reasons,omitempty"`
	// Warnings are what is worth saying about portal and tests.
	Warnings source.Problems `json:"warnings,omitempty"`
}

// Totals add up cells. Money is an exact decimal.
type Totals struct {
	Tests   int   `json:"tests"`
	Cells   int   `json:"cells"`
	Refused int   `json:"refused"` // cells that a model refuses
	Cases   int64 `json:"cases"`   // over all cells and repeats
	Passed  int64 `json:"passed"`
	Failed  int64 `json:"failed"`
	Checks  int64 `json:"checks"`
	Asks    int64 `json:"asks"`
	// CostUSD is what the workflow's asks cost, JudgeCostUSD what judges cost.
	CostUSD      string `json:"costUsd"`
	JudgeCostUSD string `json:"judgeCostUsd,omitempty"`
	UnknownPrice int64  `json:"unknownPrice,omitempty"`
}

// TestReport is one test.
type TestReport struct {
	Name        string       `json:"name"`
	File        string       `json:"file"`
	Description string       `json:"description,omitempty"`
	Workflow    run.Workflow `json:"workflow"`
	Answers     string       `json:"answers"`
	Era         string       `json:"era"`
	Repeat      int          `json:"repeat"`
	// Threshold is the share of cases that must pass.
	Threshold float64 `json:"threshold"`
	Passed    bool    `json:"passed"`
	// Dimensions are the settings in which the cells differ: model, temperature, reasoning_effort, assistant, prompt, prompt@STEP.
	Dimensions []string      `json:"dimensions"`
	Cells      []*CellReport `json:"cells"`
	// Disagreements are the cases in which cells differ, most split first, at most MaxDisagreements of them; Disagree counts all.
	Disagreements []Disagreement `json:"disagreements,omitempty"`
	Disagree      int64          `json:"disagree"`
	Coverage      *Coverage      `json:"coverage,omitempty"`
	// Error is why the test stopped early; nil otherwise.
	Error *run.Error `json:"error,omitempty"`
}

// MaxDisagreements is how many disagreements are kept.
const MaxDisagreements = 1000

// Cell is one combination of the matrix. Empty members are the workflow's own.
type Cell struct {
	// Label names the cell in reports: "gpt-6-luna, temperature 0.2"; "as it is" without a matrix.
	Label           string            `json:"label"`
	Model           string            `json:"model,omitempty"`
	Temperature     *float64          `json:"temperature,omitempty"`
	ReasoningEffort string            `json:"reasoningEffort,omitempty"`
	Assistant       string            `json:"assistant,omitempty"`
	Prompts         map[string]string `json:"prompts,omitempty"` // variant by step; "" for the only one that asks
	// Values are the cell's values in the order of the test's dimensions, for tables.
	Values []string `json:"values"`
}

// CellReport is what a cell came to.
type CellReport struct {
	Cell
	// Refused says why nothing was asked: a model does not take the settings. Such a cell neither passes nor fails.
	Refused *run.Error `json:"refused,omitempty"`
	Cases   int64      `json:"cases"` // over all repeats
	Passed  int64      `json:"passed"`
	Failed  int64      `json:"failed"`
	// PassRate is from 0 to 1; 0 of a refused cell.
	PassRate     float64 `json:"passRate"`
	Checks       int64   `json:"checks"`
	FailedChecks int64   `json:"failedChecks"`
	// NotJudged counts the checks of judges where nobody could be asked; they are not among Checks.
	NotJudged int64 `json:"notJudged,omitempty"`
	// Agreement is the mean share of repeats that gave a case's most frequent answers, from 0 to 1; nil without repeats.
	Agreement *float64 `json:"agreement,omitempty"`
	// Wavering are the cases to which the repeats of this cell gave several answers, most split first, at most MaxDisagreements of
	// them; each verdict is one answer, how many of the repeats that gave it passed, and how many gave it.
	Wavering []Disagreement `json:"wavering,omitempty"`

	// Considered and Enrolled count records; those of one repeat where there are several.
	Considered      int64  `json:"considered"`
	Enrolled        int64  `json:"enrolled"`
	Asks            int64  `json:"asks"`
	FailedAsks      int64  `json:"failedAsks"`
	NoAnswer        int64  `json:"noAnswer"`
	InputTokens     int64  `json:"inputTokens"`
	CachedTokens    int64  `json:"cachedTokens"`
	OutputTokens    int64  `json:"outputTokens"`
	ReasoningTokens int64  `json:"reasoningTokens"`
	EstimatedUsage  bool   `json:"estimatedUsage,omitempty"`
	CostUSD         string `json:"costUsd"`
	UnknownPrice    int64  `json:"unknownPrice,omitempty"`
	JudgeAsks       int64  `json:"judgeAsks,omitempty"`
	JudgeCostUSD    string `json:"judgeCostUsd,omitempty"`
	// Latency percentiles of asks that were sent, in milliseconds on the timeline.
	LatencyP50 int64 `json:"latencyP50Ms"`
	LatencyP90 int64 `json:"latencyP90Ms"`
	LatencyP99 int64 `json:"latencyP99Ms"`
	LatencyMax int64 `json:"latencyMaxMs"`
	// Runs are the ids of the stored runs, one a repeat; empty when nothing was stored.
	Runs []string `json:"runs,omitempty"`

	// Failures are the cases that failed, in the order of the records, at most MaxFailures of them.
	Failures []*CaseResult `json:"-"`
	// Results gives every case, failed or not, in the order of the records, repeat by repeat; nil where nobody asked for them.
	Results Results `json:"-"`
}

// MaxFailures is how many failed cases a cell keeps whole.
const MaxFailures = 500

// Results are the cases of a cell. Each may be called any number of times, by one goroutine at a time; it ends with fn's error.
type Results interface {
	Each(fn func(*CaseResult) error) error
}

// CaseResult is one record in one cell and repeat.
type CaseResult struct {
	Record run.RecordRef `json:"record"`
	// Case is the case's name, or "" for a record that only `each` looks at or a case without a name.
	Case string `json:"case,omitempty"`
	// File and Line are where the case stands; those of `each` for records without one.
	File   string    `json:"file"`
	Line   int       `json:"line"`
	Repeat int       `json:"repeat,omitempty"` // from 1; 0 without repeats
	Passed bool      `json:"passed"`
	State  run.State `json:"state"`
	Reason string    `json:"reason,omitempty"`
	Checks int       `json:"checks"`
	// NotJudged counts the checks of judges where nobody could be asked, as over stored runs: they are neither met nor failed, and
	// not among Checks.
	NotJudged int `json:"notJudged,omitempty"`
	// NoAnswer counts the questions to judges for which there is no scripted answer, or no recording.
	NoAnswer int          `json:"noAnswer,omitempty"`
	Failures []Failure    `json:"failures"`
	Asks     []AskResult  `json:"asks"`
	Effects  []run.Effect `json:"effects,omitempty"`
	Path     []string     `json:"path,omitempty"`
	CostUSD  string       `json:"costUsd,omitempty"`
}

// AskResult is one ask of a case.
type AskResult struct {
	Step      string     `json:"step"` // its name, or its id
	Model     string     `json:"model"`
	Prompt    string     `json:"prompt"`
	Response  *string    `json:"response,omitempty"`
	Error     *run.Error `json:"error,omitempty"`
	Attempts  int        `json:"attempts"`
	LatencyMs int64      `json:"latencyMs,omitempty"`
	CostUSD   string     `json:"costUsd,omitempty"`
}

// Disagreement is a case that cells answered differently, or that only some of them passed.
type Disagreement struct {
	Record run.RecordRef `json:"record"`
	Case   string        `json:"case,omitempty"`
	// Cells say, in the order of the test's cells, how each did; refused cells are nil.
	Cells []*CellVerdict `json:"cells"`
}

// CellVerdict is a case in one cell, over its repeats.
type CellVerdict struct {
	Passed int `json:"passed"`
	Of     int `json:"of"`
	// Answer is the last response of the first repeat, at most 300 characters; "" when there was none.
	Answer string `json:"answer"`
	// Step is the step that gave the answer; "" where only one asks.
	Step string `json:"step,omitempty"`
}

// CoverKind is what a cover item is.
type CoverKind string

// What is covered.
const (
	CoverTrigger CoverKind = "trigger"
	CoverAction  CoverKind = "action"
	CoverBranch  CoverKind = "branch"
	CoverRule    CoverKind = "rule"
)

// Coverage is what the fixtures of a test reached, in any of its cells.
type Coverage struct {
	Items   []CoverItem `json:"items"`
	Covered int         `json:"covered"`
	Total   int         `json:"total"`
}

// Percent is the share covered, 0 to 100; 100 of nothing.
func (c *Coverage) Percent() float64 {
	if c == nil || c.Total == 0 {
		return 100
	}
	return 100 * float64(c.Covered) / float64(c.Total)
}

// CoverItem is one thing that can be reached.
type CoverItem struct {
	Kind CoverKind `json:"kind"`
	// ID is the action's id, "branchAction:branch" for a branch, the trigger's number, the rule's place.
	ID    string `json:"id"`
	Label string `json:"label"`
	File  string `json:"file,omitempty"`
	Line  int    `json:"line,omitempty"`
	// Hits counts the records that reached it; of a rule, the answers it gave.
	Hits int64 `json:"hits"`
}

// Baseline is what changed since an earlier run or report.
type Baseline struct {
	// Of names what the tests were held against: a run's id, or a report's file.
	Of        string `json:"of"`
	Regressed int64  `json:"regressed"`
	Fixed     int64  `json:"fixed"`
	// Changed counts cases whose answer changed and whose verdict did not.
	Changed int64 `json:"changed"`
	Same    int64 `json:"same"`
	New     int64 `json:"new"`  // only in this test run
	Gone    int64 `json:"gone"` // only in the baseline
	// Changes are regressions first, then fixes, then changed answers, at most MaxDisagreements of them.
	Changes []BaselineChange `json:"changes"`
}

// Kinds of BaselineChange.
const (
	Regressed = "regressed"
	Fixed     = "fixed"
	Changed   = "changed"
)

// BaselineChange is one case that changed.
type BaselineChange struct {
	Kind   string        `json:"kind"`
	Test   string        `json:"test"`
	Cell   string        `json:"cell"`
	Record run.RecordRef `json:"record"`
	Case   string        `json:"case,omitempty"`
	Repeat int           `json:"repeat,omitempty"`
	// Step is the step that Before and After are responses of; "" for the last one that asked.
	Step string `json:"step,omitempty"`
	// Before and After are the last responses, at most 2,000 characters each; "" when there was none.
	Before string `json:"before"`
	After  string `json:"after"`
	// Failures are those of now.
	Failures []Failure `json:"failures,omitempty"`
}
