// Package run is what a run leaves behind: the run itself, an enrollment for each record considered, its steps, the asks
// among them, and the effects. Types, their JSON, and the store they are kept in; no behaviour.
package run

import (
	"time"

	"askflow/internal/hubspot"
)

// State of an enrollment.
type State string

// Enrollment states. NotEnrolled, Unenrolled and Interrupted carry a reason; Active ones are waiting in a delay.
const (
	NotEnrolled State = "NOT_ENROLLED"
	Active      State = "ACTIVE"
	Completed   State = "COMPLETED"
	GoalMet     State = "GOAL_MET"
	Unenrolled  State = "UNENROLLED"
	Interrupted State = "INTERRUPTED"
)

// States in the order in which totals list them.
var States = []State{Completed, GoalMet, Unenrolled, NotEnrolled, Active, Interrupted}

// StepState is how an action ended.
type StepState string

// Step states. FailContinue means: the action failed, the record went on.
const (
	Success      StepState = "SUCCESS"
	FailContinue StepState = "FAIL_CONTINUE"
	Blocked      StepState = "BLOCKED"
	Skipped      StepState = "SKIPPED"
)

// Status of a run.
type Status string

// Run statuses. A run whose process is gone without having finished reads INTERRUPTED.
const (
	RunRunning     Status = "RUNNING"
	RunCompleted   Status = "COMPLETED"
	RunInterrupted Status = "INTERRUPTED"
	RunStopped     Status = "STOPPED" // by an account problem or the budget
)

// RecordRef names a record.
type RecordRef struct {
	ObjectType string `json:"objectType"`
	ID         string `json:"id"`
	Name       string `json:"name,omitempty"`
}

// Result is one record considered by a run: what `run --output jsonl` prints a line of.
type Result struct {
	Record     RecordRef  `json:"record"`
	Enrollment Enrollment `json:"enrollment"`
	Steps      []Step     `json:"steps"`
	Effects    []Effect   `json:"effects"`
}

// Enrollment is how the record's way through the flow ended.
type Enrollment struct {
	State  State  `json:"state"`
	Reason string `json:"reason,omitempty"`
	// Times on the enrollment's own timeline; in results only with --timings.
	Started *time.Time `json:"startedAt,omitempty"`
	Ended   *time.Time `json:"endedAt,omitempty"`
}

// Step is one action executed for one enrollment.
type Step struct {
	ActionID     string            `json:"actionId"`
	ActionTypeID string            `json:"actionTypeId"`
	Name         string            `json:"name,omitempty"` // from the YAML form
	Label        string            `json:"label,omitempty"`
	State        StepState         `json:"state"`
	Visit        int               `json:"visit,omitempty"` // 2 and up when a loop came back here
	Branch       *string           `json:"branch,omitempty"`
	Reason       string            `json:"reason,omitempty"` // why SKIPPED or BLOCKED, or why a branch was taken
	Outputs      map[string]string `json:"outputs,omitempty"`
	Inputs       map[string]string `json:"inputs,omitempty"` // of a stubbed step
	Pinned       bool              `json:"pinned,omitempty"`
	Stubbed      bool              `json:"stubbed,omitempty"`
	WaitUntil    *time.Time        `json:"waitUntil,omitempty"` // of a delay
	Ask          *Ask              `json:"ask,omitempty"`
	Error        *Error            `json:"error,omitempty"`
	Warnings     []string          `json:"warnings,omitempty"`
	// Times on the enrollment's own timeline; in results only with --timings.
	Started *time.Time `json:"startedAt,omitempty"`
	Ended   *time.Time `json:"endedAt,omitempty"`
}

// Error is what went wrong, for people and for programs. Codes are stable.
type Error struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	// Stops tells that every further ask would fail the same way, so that the run must stop.
	Stops bool `json:"-"`
}

// Error is code and message.
func (e *Error) Error() string { return e.Message }

// Ask is what a step that asked OpenAI sent and got.
type Ask struct {
	Assistant       string   `json:"assistant"` // id
	Model           string   `json:"model"`
	Temperature     *float64 `json:"temperature,omitempty"`
	ReasoningEffort string   `json:"reasoningEffort,omitempty"`
	Protocol        string   `json:"protocol"`
	Prompt          string   `json:"prompt"`
	// Response is nil when there was no usable answer.
	Response *string `json:"response,omitempty"`
	// Attempts is how many requests were sent; 0 when the question was refused before sending, or pinned.
	Attempts int    `json:"attempts"`
	Usage    *Usage `json:"usage,omitempty"`
	// CostUSD is an exact decimal without trailing zeros; "" when the price is unknown.
	CostUSD string `json:"costUsd,omitempty"`
	// LatencyMs is what the whole ask took on the enrollment's timeline, waits between attempts included.
	LatencyMs int64 `json:"latencyMs,omitempty"`
	// History has one entry an attempt when there was more than one, or the only one failed.
	History []Attempt `json:"history,omitempty"`
}

// Usage is what the answer consumed, in tokens. Input includes cached, output includes reasoning tokens.
type Usage struct {
	InputTokens     int  `json:"inputTokens"`
	CachedTokens    int  `json:"cachedTokens"`
	OutputTokens    int  `json:"outputTokens"`
	ReasoningTokens int  `json:"reasoningTokens"`
	Estimated       bool `json:"estimated,omitempty"`
}

// Attempt is one request.
type Attempt struct {
	Status    int    `json:"status,omitempty"` // HTTP status, 0 when there was no response
	Code      string `json:"code,omitempty"`   // "" when it succeeded
	Message   string `json:"message,omitempty"`
	RequestID string `json:"requestId,omitempty"`
	// WaitMs is what was waited after this attempt before the next one, on the enrollment's timeline.
	WaitMs int64 `json:"waitMs,omitempty"`
	// LatencyMs is how long it took, on the enrollment's timeline.
	LatencyMs int64 `json:"latencyMs,omitempty"`
	// MayHaveCost tells that a live request arrived, or may have, and that nobody said what it cost.
	MayHaveCost bool `json:"mayHaveCost,omitempty"`
}

// EffectType discriminates Effect.
type EffectType string

// Effect types.
const (
	EffectTask         EffectType = "TASK"
	EffectNotification EffectType = "NOTIFICATION"
	EffectEmail        EffectType = "EMAIL"
	EffectProperty     EffectType = "PROPERTY"
	EffectRecord       EffectType = "RECORD"
	EffectAssociation  EffectType = "ASSOCIATION"
)

// Effect is something an action did. Which members are set depends on Type.
type Effect struct {
	Type     EffectType `json:"type"`
	ActionID string     `json:"actionId"`

	// TASK and RECORD: the new record's type (RECORD), counted id, properties and associations.
	// PROPERTY: the record changed. ASSOCIATION: the record associated from.
	ObjectType   string                `json:"objectType,omitempty"`
	RecordID     string                `json:"recordId,omitempty"`
	Properties   map[string]string     `json:"properties,omitempty"`
	Associations []hubspot.Association `json:"associations,omitempty"`

	// PROPERTY
	Property string  `json:"property,omitempty"`
	From     *string `json:"from,omitempty"`
	To       *string `json:"to,omitempty"`

	// NOTIFICATION and EMAIL
	UserIDs []string `json:"userIds,omitempty"`
	TeamIDs []string `json:"teamIds,omitempty"`
	Subject *string  `json:"subject,omitempty"`
	Body    *string  `json:"body,omitempty"`
}

// Outcome is what an action returns: it never writes anything itself.
type Outcome struct {
	State    StepState
	Outputs  map[string]string
	Effects  []Effect
	Branch   *string
	Reason   string
	Error    *Error
	Ask      *Ask
	Inputs   map[string]string
	Warnings []string
	Pinned   bool
	Stubbed  bool
	// WaitUntil parks the enrollment until then.
	WaitUntil *time.Time
	// Forever leaves the enrollment ACTIVE here for good, with Reason.
	Forever bool
	// Next overrides where the record goes: set by branches. NextSet with an empty Next ends the path.
	Next    string
	NextSet bool
}
