package local

import (
	"context"
	"errors"

	"askflow/internal/account"
	"askflow/internal/assistant"
	"askflow/internal/custody"
	"askflow/internal/emulator"
	"askflow/internal/records"
	"askflow/internal/rewrite"
	"askflow/internal/secret"
	"askflow/internal/service"
)

// problem gives an error the form in which services hand errors out. A context's own stays what it is.
func problem(err error) error {
	if err == nil {
		return nil
	}
	var ours *service.Error
	if errors.As(err, &ours) {
		return ours
	}
	var known *emulator.Error
	if !errors.As(err, &known) && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		return err
	}
	return errorOf(err)
}

// errorOf is problem for what must be an Error: how a run ended. Its hints name places and keys of the screen instead of commands.
func errorOf(err error) *service.Error {
	var ours *service.Error
	var edited *rewrite.ChangedError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &ours):
		return ours
	case errors.As(err, &edited):
		return &service.Error{Code: service.CodeChanged, Message: assistant.Scrub(err.Error()), Hint: "look at the file as it is now, and make the change again", Exit: emulator.ExitUsage, Cause: err}
	case errors.Is(err, records.ErrChanged):
		return &service.Error{Code: "records_changed", Message: err.Error(), Hint: "begin again at the first record", Exit: emulator.ExitUsage, Cause: err}
	}
	var bare *account.Error
	var kept *secret.Error
	if errors.As(err, &bare) || errors.As(err, &kept) {
		err = custody.AsError(err)
	}
	e := emulator.AsError(err)
	out := &service.Error{Code: e.Code, Message: assistant.Scrub(e.Message), Hint: assistant.Scrub(service.OnScreen(e.Hint)), Exit: e.Exit, Problems: service.FoundOnScreen(e.Problems), Cause: err}
	if out.Code == "no_account" {
		out.Code = service.CodeNotConnected
	}
	return out
}

// usage is the error for what cannot be asked for.
func usage(code, message, hint string) *service.Error {
	return &service.Error{Code: code, Message: message, Hint: hint, Exit: emulator.ExitUsage}
}
