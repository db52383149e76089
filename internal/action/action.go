// Package action binds behaviour to flow's table of action kinds: one file for each kind. An action never writes: Run
// receives what it needs and returns an Outcome; the engine applies and stores it.
package action

import (
	"context"
	"fmt"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/run"
	"askflow/internal/source"
)

// Runner executes one action of a flow, any number of times, from several goroutines.
type Runner interface {
	Run(ctx context.Context, s *Scope) run.Outcome
}

// Env is what compiling an action needs to know of portal and run.
type Env struct {
	Flow     *flow.Flow
	Kinds    *flow.Kinds
	Schema   hubspot.Schema
	Users    []hubspot.User
	Location *time.Location
	// MissingIsError makes a token without a value fail the action; otherwise it renders as nothing.
	MissingIsError bool
	Seed           int64
	Ask            AskEnv
}

// AskEnv is what asking OpenAI needs on top.
type AskEnv struct {
	Asker  assistant.Asker
	Models *assistant.Models
	// Assistant finds one of the portal's assistants.
	Assistant func(idOrName string) (*assistant.Assistant, bool)
	Protocol  assistant.Protocol
	MaxOutput int
	Allowed   []string // models; empty: all
	Flags     assistant.Settings
	FlagAsst  string // --assistant
	Portal    assistant.Settings
	Repeat    int        // numbers the repetitions of the same questions, from 0
	Locked    *run.Error // set when the subscription is missing: every ask fails with it
}

// Compile prepares an action. Problems that hold errors mean that the action cannot run as written.
func Compile(env *Env, a *flow.Action) (Runner, source.Problems) {
	c := &compiler{env: env, action: a, r: &source.Reader{File: env.Flow.File}}
	runner := c.compile()
	return runner, c.r.Problems
}

type compiler struct {
	env    *Env
	action *flow.Action
	r      *source.Reader
}

func (c *compiler) compile() Runner {
	switch c.action.Type {
	case flow.ListBranchType:
		return c.listBranch()
	case flow.StaticBranchType:
		return c.staticBranch()
	case flow.ABTestBranch:
		return c.randomSplit()
	case flow.SingleConnection:
	default:
		return skipped{c.env.Kinds.Of(c.action).WhyNot}
	}
	if c.env.Kinds.IsOpenAI(c.action) {
		return c.ask()
	}
	switch c.action.TypeID {
	case flow.TypeDelay:
		return c.delay()
	case flow.TypeDelayUntil:
		return c.delayUntil()
	case flow.TypeCreateTask:
		return c.createTask()
	case flow.TypeSetProperty:
		return c.setProperty()
	case flow.TypeInternalEmail:
		return c.message(run.EffectEmail)
	case flow.TypeNotification:
		return c.message(run.EffectNotification)
	case flow.TypeCreateRecord:
		return c.createRecord()
	}
	return skipped{c.env.Kinds.Of(c.action).WhyNot}
}

// skipped stands for an action that is not emulated.
type skipped struct{ why string }

func (s skipped) Run(context.Context, *Scope) run.Outcome {
	return run.Outcome{State: run.Skipped, Reason: s.why}
}

// failed is an action that ended in an error; the record goes on.
func failed(e *run.Error) run.Outcome {
	return run.Outcome{State: run.FailContinue, Error: e}
}

func failf(code, hint, format string, args ...any) *run.Error {
	return &run.Error{Code: code, Message: fmt.Sprintf(format, args...), Hint: hint}
}

// Error codes of actions. Stable.
const (
	CodeMissingValue   = "missing_value"
	CodeMissingOutput  = "missing_output"
	CodeInvalidValue   = "invalid_property_value"
	CodeUnknownProp    = "unknown_property"
	CodeReadOnly       = "read_only_property"
	CodeInvalidUser    = "invalid_user"
	CodeNoRecipient    = "no_recipient"
	CodeInvalidDate    = "invalid_date"
	CodeNotEmulated    = "not_emulated"
	CodeUnknownObject  = "unknown_object_type"
	CodeUnknownAsst    = "unknown_assistant"
	CodeInvalidSetting = "invalid_setting"
)
