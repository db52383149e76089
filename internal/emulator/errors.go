package emulator

import (
	"errors"
	"fmt"
	"strings"

	"askflow/internal/assistant"
	"askflow/internal/engine"
	"askflow/internal/portal"
	"askflow/internal/run"
	"askflow/internal/source"
)

// Exit codes of the command line; the highest of 130 > 2 > 3 > 4 > 1 wins.
const (
	ExitOK          = 0
	ExitFailed      = 1   // an expectation failed, an answer was missing, or (strict) a step failed
	ExitUsage       = 2   // wrong usage or invalid portal
	ExitAccount     = 3   // key, credit, permission, locked action
	ExitUnreachable = 4   // OpenAI unreachable, limited, or over budget
	ExitInterrupted = 130 // what was done is kept
)

// Error is a failure with what a person needs: what happened, what to do, and the exit code it stands for.
type Error struct {
	Code    string
	Message string
	Hint    string
	Exit    int
	// Problems are the findings in files behind it, if any.
	Problems source.Problems
	Cause    error
}

// Error is the message.
func (e *Error) Error() string { return e.Message }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

func usage(code, hint, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Hint: hint, Exit: ExitUsage}
}

// invalid is the error for files that keep something from running.
func invalid(what string, problems source.Problems) *Error {
	errs := problems.Errors()
	n := "1 error"
	if len(errs) != 1 {
		n = fmt.Sprintf("%d errors", len(errs))
	}
	verb := "be used"
	if strings.HasPrefix(what, "the workflow") {
		verb = "run"
	}
	return &Error{Code: "invalid_portal", Message: fmt.Sprintf("%s cannot %s because of %s", what, verb, n), Hint: "emulator validate shows warnings too", Exit: ExitUsage, Problems: errs}
}

// invalidFile is the error for a file that is not the portal's, of which validate has nothing to say.
func invalidFile(what string, problems source.Problems) *Error {
	e := invalid(what, problems)
	e.Code, e.Hint = "invalid_file", ""
	return e
}

// AsError makes an Error of anything that went wrong.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	var mistake *engine.PanicError
	if errors.As(err, &mistake) {
		return &Error{Code: engine.CodeInternal, Message: mistake.Error() + "; what was done is kept", Hint: "please report it, with the workflow and the place it names; another record or another action may not meet it",
			Exit: ExitInterrupted, Cause: err}
	}
	var p *portal.Error
	if errors.As(err, &p) {
		return &Error{Code: p.Code, Message: p.Message, Hint: p.Hint, Exit: ExitUsage, Cause: err}
	}
	var problems source.Problems
	if errors.As(err, &problems) {
		return invalid("a file", problems)
	}
	var problem source.Problem
	if errors.As(err, &problem) {
		return &Error{Code: problem.Code, Message: problem.Message, Hint: problem.Hint, Exit: ExitUsage, Problems: source.Problems{problem}, Cause: err}
	}
	var r *run.Error
	if errors.As(err, &r) {
		return &Error{Code: r.Code, Message: r.Message, Hint: r.Hint, Exit: exitOf(r.Code), Cause: err}
	}
	if errors.Is(err, run.ErrNotFound) || errors.Is(err, run.ErrBusy) || errors.Is(err, run.ErrNewer) {
		return &Error{Code: "store", Message: err.Error(), Exit: ExitUsage, Cause: err}
	}
	return &Error{Code: "failed", Message: strings.TrimSpace(err.Error()), Exit: ExitUsage, Cause: err}
}

// Recovered is the error for what recover returned, nil for nil; AsError makes one with the code internal_error of it. It is called
// where recover was.
func Recovered(value any) error { return engine.Recovered(value) }

// exitOf says which exit code an ask's error stands for when it stops a run.
func exitOf(code string) int {
	switch code {
	case assistant.CodeBadKey, assistant.CodeNoCredit, assistant.CodePermission, assistant.CodeModelAccess, CodeLocked:
		return ExitAccount
	case assistant.CodeRateLimited, assistant.CodeServer, assistant.CodeOverloaded, assistant.CodeConnection, assistant.CodeTimeout,
		assistant.CodeTooLarge, assistant.CodeOverBudget, assistant.CodeUnknownPrice:
		return ExitUnreachable
	}
	return ExitUsage
}

// CodeLocked says that none of the portal's subscriptions unlocks the action.
const CodeLocked = "openai_locked"

// CodeOverBudget says that a run stopped before it would have cost more than it may.
const CodeOverBudget = engine.CodeOverBudget
