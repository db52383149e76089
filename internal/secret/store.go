package secret

import (
	"context"
	"errors"
	"strings"
)

// Store keeps the secrets of accounts. An account's id is lower-case hexadecimal. Implementations are safe for many
// goroutines, and their errors hold nothing of a secret.
type Store interface {
	// Name is how the store is called in messages and metadata: environment, keyring, file.
	Name() string
	// Load returns the account's secret; ErrNotFound when the store works and has none.
	Load(ctx context.Context, id string) (Secret, error)
	// Save keeps the secret in place of an earlier one. When it fails, the earlier one stays.
	Save(ctx context.Context, id string, s Secret) error
	// Delete forgets it; ErrNotFound when there was none.
	Delete(ctx context.Context, id string) error
	// Has tells whether there is one, without asking anybody for a passphrase.
	Has(ctx context.Context, id string) (bool, error)
}

// The names of the stores.
const (
	InEnvironment = "environment"
	InKeyring     = "keyring"
	InFile        = "file"
)

// ErrNotFound tells that the store works, and has no secret for the account.
var ErrNotFound = errors.New("there is no key for this portal")

// Codes of errors.
const (
	CodeMalformed        = "key_malformed"
	CodeReadOnly         = "key_store_read_only"
	CodeKeyring          = "keyring_unavailable"
	CodeKeyringTimeout   = "keyring_timeout"
	CodePassphraseNeeded = "passphrase_needed"
	CodeWeakPassphrase   = "weak_passphrase"
	CodeWrongPassphrase  = "wrong_passphrase"
	CodeDamagedFile      = "key_file_damaged"
	CodeFile             = "key_file_unusable"
)

// Error is why a secret cannot be had or kept.
type Error struct {
	Code    string
	Message string // a sentence; nothing of a secret is in it
	Hint    string // what to do
	Cause   error
}

// Error is the message.
func (e *Error) Error() string { return e.Message }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// validID keeps an id from being a path, or anything but what it is made of.
func validID(id string) bool {
	return id != "" && len(id) <= 128 && strings.Trim(id, "0123456789abcdef") == ""
}

func badID() *Error {
	return &Error{Code: CodeFile, Message: "The account's id is not hexadecimal.", Hint: "this is a mistake in the program; please report it"}
}
