package account

import (
	"errors"

	"askflow/internal/assistant"
	"askflow/internal/secret"
)

// Codes of errors, beside those of package secret. Stable: they stand in results, tests and docs.
const (
	CodeLocked           = "openai_locked"
	CodeNotConnected     = "not_connected"
	CodeAlreadyConnected = "already_connected"
	CodeOtherServer      = "key_for_other_server"
	CodeNoStore          = "no_key_store"
	CodeMetadata         = "account_file_unusable"

	CodeMalformed     = secret.CodeMalformed
	CodeAdminKey      = "admin_key"
	CodeWrongKey      = assistant.CodeBadKey // wrong or revoked
	CodeExpired       = "api_key_expired"
	CodePermission    = assistant.CodePermission
	CodeOrganization  = "organization_membership"
	CodeIPNotAllowed  = "ip_not_allowed"
	CodeCountry       = "country_not_supported"
	CodeModelAccess   = assistant.CodeModelAccess
	CodeModelNotFound = assistant.CodeModelNotFound
	CodeNoCredit      = assistant.CodeNoCredit
	CodeSpendLimit    = "spend_limit_reached"
	CodeRateLimited   = assistant.CodeRateLimited
	CodeOverloaded    = assistant.CodeOverloaded
	CodeServer        = assistant.CodeServer
	CodeRefused       = "check_refused" // the server does not take the check's own question
	CodeWrongBaseURL  = "wrong_base_url"
	CodeTLS           = "tls_failed"
	CodeHostNotFound  = "host_not_found"
	CodeConnRefused   = "connection_refused"
	CodeTimeout       = assistant.CodeTimeout
	CodeConnection    = assistant.CodeConnection
)

// Error is why an account cannot be connected, used or removed.
type Error struct {
	Code    string
	Message string // sentences; nothing of a key is in them
	Hint    string // what to do
	Cause   error
}

// Error is the message.
func (e *Error) Error() string { return e.Message }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Unreachable tells that the account may be in order: the server could not be reached, is overloaded or limits the rate.
func Unreachable(code string) bool {
	switch code {
	case CodeRateLimited, CodeOverloaded, CodeServer, CodeTLS, CodeHostNotFound, CodeConnRefused, CodeTimeout, CodeConnection, CodeWrongBaseURL:
		return true
	}
	return false
}

// CodeOf is the code of an error of this package, of secret or of assistant; "" for others.
func CodeOf(err error) string {
	var ours *Error
	var kept *secret.Error
	var asked *assistant.Error
	switch {
	case errors.As(err, &ours):
		return ours.Code
	case errors.As(err, &kept):
		return kept.Code
	case errors.As(err, &asked):
		return asked.Code
	}
	return ""
}

// errText is what an error says, without the line breaks of joined ones.
func errText(err error) string {
	joined, ok := err.(interface{ Unwrap() []error }) //nolint:errorlint // only the outermost counts: below it, the sentences are told already
	if !ok {
		return err.Error()
	}
	text := ""
	for _, e := range joined.Unwrap() {
		if text != "" {
			text += " "
		}
		text += errText(e)
	}
	return text
}
