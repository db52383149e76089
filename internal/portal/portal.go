// Package portal is the portal folder: it reads one, makes one, and unpacks the built-in demo. Loading only reads; what
// is wrong inside the folder's files becomes Problems, so that everything is reported at once and not just the first.
package portal

import (
	"time"

	"askflow/internal/assistant"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/openaisim"
	"askflow/internal/records"
	"askflow/internal/source"
)

// FileName is the file that makes a folder a portal.
const FileName = "portal.yaml"

// StateName is the folder inside a portal that holds runs and the inbox.
const StateName = ".askflow"

// Portal is a loaded portal folder. It is not changed after Load and may be read by several goroutines.
type Portal struct {
	// Dir is the folder's absolute path.
	Dir string
	// StateDir is where runs are kept; EnsureState makes it.
	StateDir string

	Settings   Settings
	Users      []hubspot.User
	Schema     hubspot.Schema // what every portal has, and records/properties.yaml
	Lists      []hubspot.List
	Flows      []*flow.Flow
	Assistants []*assistant.Assistant
	Rules      []*openaisim.Rule // of responses/, files in name order
	// Models is the built-in table, with what the portal's models.yaml (or models.json) says over it.
	Models *assistant.Models
	// RecordFiles are the files under records/ by object type name, in name order.
	RecordFiles map[string][]records.File
	// Inputs are the SHA-256 sums (hex) of what decides a run beside records and workflow: portal.yaml, assistants,
	// responses, properties and lists. Keys are paths relative to Dir, with slashes.
	Inputs map[string]string
	// Problems are what loading found, sorted by place; files are named relative to Dir, with slashes.
	Problems source.Problems

	sources map[string][]byte
}

// Source returns the text of a workflow file as it was read, nil for other files.
func (p *Portal) Source(file string) []byte { return p.sources[file] }

// Error is why a folder cannot be used as a portal at all. Codes: no_folder, not_a_folder, no_portal, unreadable,
// already_a_portal, would_overwrite, unknown_template, cannot_write, unknown_workflow, ambiguous_workflow,
// unknown_assistant.
type Error struct {
	Code    string
	Message string
	Hint    string
	Cause   error
}

// Error is the message, a sentence.
func (e *Error) Error() string { return e.Message }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Settings are portal.yaml's, defaults filled in.
type Settings struct {
	ID   int64 // the portal id; 0 when none is given
	Name string
	// TimeZone is the name of Zone, "America/New_York" when none is given: HubSpot's default is US Eastern.
	TimeZone string
	Zone     *time.Location
	// Subscriptions is nil when portal.yaml says nothing, which counts as unlocked.
	Subscriptions []string
	// Answers is scripted, replay, record or live.
	Answers      string
	OpenAI       OpenAISettings
	OpenAIAction flow.OpenAIAction
	// Now is where the clock starts; the zero time when portal.yaml does not say. See StartOfClock.
	Now time.Time
	// MissingToken is blank or error: what an empty property renders as.
	MissingToken string
	// Node is portal.yaml as it was read, for positions; nil when the file is empty or broken.
	Node *source.Node
}

// OpenAISettings are the openai: section.
type OpenAISettings struct {
	BaseURL         string // without a trailing slash
	Protocol        assistant.Protocol
	Era             string // responses, assistants, sunset
	DefaultModel    string
	MaxOutputTokens int
	MaxAttempts     int
	AllowedModels   []string // empty: whatever the account offers
	Limits          Limits
	Timeout         time.Duration // of one attempt
}

// Limits are what the portal allows itself; 0 and "" mean no limit.
type Limits struct {
	RequestsPerMinute int
	TokensPerMinute   int
	MaxCostUSD        string // a decimal
}

// The answers a portal may choose.
const (
	AnswersScripted = "scripted"
	AnswersReplay   = "replay"
	AnswersRecord   = "record"
	AnswersLive     = "live"
)

// Unlocked tells whether the portal's subscriptions unlock Ask OpenAI Assistant.
func (s Settings) Unlocked() bool {
	return s.Subscriptions == nil || hubspot.UnlocksOpenAI(s.Subscriptions)
}

// StartOfClock is where the clock of a scripted or replayed run starts: portal.yaml's now, else 2026-01-05T09:00 in the
// portal's time zone.
func (s Settings) StartOfClock() time.Time {
	if !s.Now.IsZero() {
		return s.Now
	}
	return time.Date(2026, time.January, 5, 9, 0, 0, 0, s.zone())
}

func (s Settings) zone() *time.Location {
	if s.Zone == nil {
		return time.UTC
	}
	return s.Zone
}

// DefaultSettings are what an empty portal.yaml means.
func DefaultSettings() Settings {
	s := Settings{
		TimeZone: "America/New_York", Answers: AnswersScripted, MissingToken: "blank", OpenAIAction: flow.DefaultOpenAIAction(),
		OpenAI: OpenAISettings{
			BaseURL: "https://api.openai.com/v1", Protocol: assistant.Responses, Era: "responses", DefaultModel: "gpt-6-luna",
			MaxOutputTokens: 2000, MaxAttempts: 3, Timeout: time.Minute,
		},
	}
	zone, err := time.LoadLocation(s.TimeZone)
	if err != nil { // no time zone database on this machine and none embedded
		zone = time.FixedZone("EST", -5*60*60)
	}
	s.Zone = zone
	return s
}
