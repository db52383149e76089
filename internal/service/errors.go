package service

import (
	"errors"

	"askflow/internal/source"
)

// Codes that screens act on; all other codes are those of the command line.
const (
	// CodeChanged: a file is no longer what the proposal was made from.
	CodeChanged = "file_changed"
	// CodePassphrase: the key lies in an encrypted file whose passphrase is not known.
	CodePassphrase = "passphrase_needed"
	// CodeNotConnected: live answers need an account.
	CodeNotConnected = "not_connected"
	// CodePortalGone: the portal folder is not there any more.
	CodePortalGone = "portal_gone"
	// CodeDatabaseLocked: another program holds the database.
	CodeDatabaseLocked = "database_locked"
	// CodeInternal: a mistake of the program itself. The cause is an error with the methods Stack() []byte and PanicValue() any.
	CodeInternal = "internal_error"
)

// Error is what went wrong, for people and for programs.
type Error struct {
	// Code is stable.
	Code string `json:"code"`
	// Message says in sentences what happened and what it means.
	Message string `json:"message"`
	// Hint says what to do.
	Hint string `json:"hint,omitempty"`
	// Exit is the exit code of the command line for it.
	Exit int `json:"exit,omitempty"`
	// Problems are the findings in files behind it, if any.
	Problems source.Problems `json:"problems,omitempty"`
	Cause    error           `json:"-"`
}

// Error is the message.
func (e *Error) Error() string { return e.Message }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// CodeOf is the code of an error, "" when it has none.
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// AsError makes an Error of anything that went wrong.
func AsError(err error) *Error {
	var e *Error
	if err == nil || errors.As(err, &e) {
		return e
	}
	return &Error{Code: "failed", Message: err.Error(), Cause: err}
}
