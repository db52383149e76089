// Package assistant asks OpenAI: what is asked (Question), what comes back (Answer), what a model takes and costs
// (Models), how errors are told apart and retried, and the client. Which answers a client gets (scripted, recorded,
// live) is decided by the transport under it and nowhere else.
package assistant

import (
	"context"
	"net/http"
	"time"

	"askflow/internal/run"
	"askflow/internal/source"
)

// Assistant is OpenAI's Assistant (v2) object, kept as a local definition: the API that served it was switched off on
// 2026-08-26, the definition is executed through Responses or Chat Completions.
type Assistant struct {
	ID              string
	Name            string
	Description     string
	Model           string
	Instructions    string
	Temperature     *float64 // nil when unset; an imported 1 counts as unset
	TopP            *float64 // the same
	ReasoningEffort string   // "" when unset
	ResponseFormat  *source.Node
	Tools           []string // types: file_search, code_interpreter, function; never executed
	Metadata        map[string]string
	File            string // relative to the portal folder
	Node            *source.Node
	Pos             source.Pos
	ModelPos        source.Pos
}

// Protocol is how a question is put.
type Protocol string

// The protocols. Assistants is the v2 protocol that OpenAI has switched off.
const (
	Responses  Protocol = "responses"
	Chat       Protocol = "chat"
	Assistants Protocol = "assistants"
)

// Settings are what one level (run flag, action, portal) says; zero members say nothing.
type Settings struct {
	Model           string
	Temperature     *float64
	ReasoningEffort string
}

// Question is one ask, fully resolved.
type Question struct {
	Assistant       *Assistant
	Protocol        Protocol
	Model           string
	Instructions    string
	Prompt          string
	Temperature     *float64
	TopP            *float64
	ReasoningEffort string
	ResponseFormat  *source.Node
	MaxOutputTokens int
	// Warnings say what was changed to make the model take the settings.
	Warnings []string
}

// Answer is what came back. On an error Ask still returns the Answer with attempts, usage and cost so far.
type Answer struct {
	Text     string
	Model    string
	Usage    *run.Usage
	CostUSD  string // exact decimal; "" when the price is unknown or nothing was charged
	Attempts []run.Attempt
}

// Error codes of asks. Stable: they stand in results, tests and docs.
const (
	CodeNoScriptedAnswer = "no_scripted_answer"
	CodeNoRecording      = "no_recording"
	CodeRefusal          = "refusal"
	CodeIncomplete       = "incomplete_answer"
	CodeEmpty            = "empty_answer"
	CodeTimeout          = "timeout"
	CodeConnection       = "connection_failed"
	CodeBadResponse      = "bad_response"
	CodeServer           = "server_error"
	CodeOverloaded       = "overloaded"
	CodeRateLimited      = "rate_limit_exceeded"
	CodeTooLarge         = "request_too_large"
	CodeContextLength    = "context_length_exceeded"
	CodeNoCredit         = "insufficient_quota"
	CodeBadKey           = "invalid_api_key"
	CodePermission       = "missing_permission"
	CodeModelAccess      = "model_not_allowed"
	CodeModelNotFound    = "model_not_found"
	CodeBadSettings      = "unsupported_settings"
	CodeBadRequest       = "bad_request"
	CodeAPIRetired       = "assistants_api_retired"
	CodeCancelled        = "cancelled"
	CodeOverBudget       = "over_budget"         // the worst case of the request does not fit into what is left
	CodeUnknownPrice     = "unknown_price"       // a budget cannot be kept for a model without a price
	CodeRunExpired       = "run_expired"         // a run of the Assistants protocol was not finished in ten minutes
	CodeRunCancelled     = "run_cancelled"       // somebody else cancelled it
	CodeToolCalls        = "tools_not_executed"  // the run waits for the outputs of tools
	CodeNoAssistant      = "assistant_not_found" // the server has no assistant of that id
	CodeSunset           = "era_sunset"          // our simulator plays the era in which nothing answers
)

// Error is why an ask has no usable answer.
type Error struct {
	Code    string
	Message string // a sentence, scrubbed of keys
	Hint    string // what to do
	Status  int    // HTTP status, 0 when there was no response
	Param   string
	// StopsRun tells that every further ask would fail the same way (bad key, no credit): the run must stop.
	StopsRun bool
	Cause    error
}

// Error is the message.
func (e *Error) Error() string { return e.Message }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Caller says who is asking. It travels in the request's context; only our own simulator gets to see it.
type Caller struct {
	RecordType    string
	RecordID      string
	Assistant     string // id
	AssistantName string
	Step          string // action id
	StepName      string
	Visit         int // 1 for the first time this enrollment is at the step
	Repeat        int // for repeated tests; 0 the first time
	Attempt       int // 1-based, set by the client; goes on counting over --retry-failed
	// FirstAttempt is the number of the first attempt; 1, or more when an earlier run of this step already used some.
	FirstAttempt int
}

type callerKey struct{}

// WithCaller puts the caller into the context.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// CallerFrom takes it out again.
func CallerFrom(ctx context.Context) (Caller, bool) {
	c, ok := ctx.Value(callerKey{}).(Caller)
	return c, ok
}

// Config makes a Client.
type Config struct {
	BaseURL   string
	Transport http.RoundTripper
	Key       func() string // nil where none is needed
	// Organization and Project are sent along where set; a project key implies both.
	Organization string
	Project      string
	// Limits and Budget may be shared by several clients; nil: none.
	Limits *Limiter
	Budget *Budget
	// Tokens counts the tokens of a text. Without it the limiter takes a quarter of the bytes, and the budget all of them:
	// no text has more tokens than bytes.
	Tokens      func(text string) int
	MaxAttempts int           // 3 when 0
	Timeout     time.Duration // of one attempt; 60 s when 0
	Seed        int64         // of the jitter
	Models      *Models
}

// Asker is what actions see of a Client.
type Asker interface {
	// Ask puts the question, retrying what may be retried, on the context's timeline. The error is an *Error, or the
	// context's own when it was cancelled.
	Ask(ctx context.Context, q *Question) (*Answer, error)
}
