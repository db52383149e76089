package secret

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zalando/go-keyring"
)

// KeyringLimit is how long one call to the system's keyring may take. A keyring that waits for a password on a screen
// nobody sees, or for a service that is not there, would hold up the program for ever.
const KeyringLimit = 3 * time.Second

// service is the name under which the system's keyring shows our entries.
const service = "askflow"

// Backend is a keyring. Get and Delete return ErrNotFound where there is nothing. Calls may block for ever.
type Backend interface {
	Get(service, user string) (string, error)
	Set(service, user, text string) error
	Delete(service, user string) error
}

// SystemKeyring is the keyring of the system: Keychain, Credential Manager, Secret Service.
func SystemKeyring() Backend { return system{} }

type system struct{}

func (system) Get(service, user string) (string, error) {
	text, err := keyring.Get(service, user)
	return text, notFound(err)
}

func (system) Set(service, user, text string) error { return keyring.Set(service, user, text) }

func (system) Delete(service, user string) error { return notFound(keyring.Delete(service, user)) }

func notFound(err error) error {
	if errors.Is(err, keyring.ErrNotFound) {
		return ErrNotFound
	}
	return err
}

// Keyring is the store in a keyring. No call takes longer than KeyringLimit.
type Keyring struct{ backend Backend }

// NewKeyring makes the store over a backend.
func NewKeyring(b Backend) *Keyring { return &Keyring{backend: b} }

// Name is "keyring".
func (k *Keyring) Name() string { return InKeyring }

// Load returns the account's secret.
func (k *Keyring) Load(ctx context.Context, id string) (Secret, error) {
	return k.within(ctx, "read", func() (Secret, error) {
		text, err := k.backend.Get(service, id)
		return New(text), err
	}, nil)
}

// Has tells whether there is a secret for the account.
func (k *Keyring) Has(ctx context.Context, id string) (bool, error) {
	s, err := k.Load(ctx, id)
	defer s.Zero()
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Save keeps the secret. When the limit is over before the keyring is done, what it still does is undone as soon as it
// answers: the caller was told that nothing was kept.
func (k *Keyring) Save(ctx context.Context, id string, s Secret) error {
	var before string
	var had bool
	_, err := k.within(ctx, "written to", func() (Secret, error) {
		text, err := k.backend.Get(service, id)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return Secret{}, errors.New(s.Hide(err.Error())) // a backend may quote what it was given
		}
		before, had = text, err == nil
		if err := k.backend.Set(service, id, s.Reveal()); err != nil {
			return Secret{}, errors.New(s.Hide(err.Error()))
		}
		return Secret{}, nil
	}, func() {
		if had {
			_ = k.backend.Set(service, id, before) // nobody is left to hear about an error
			return
		}
		_ = k.backend.Delete(service, id)
	})
	return err
}

// Delete forgets the account's secret.
func (k *Keyring) Delete(ctx context.Context, id string) error {
	_, err := k.within(ctx, "changed", func() (Secret, error) { return Secret{}, k.backend.Delete(service, id) }, nil)
	return err
}

// within runs work for as long as the limit allows. A result that comes later is wiped where it is, and what was done is
// undone; nobody else gets to see it.
func (k *Keyring) within(ctx context.Context, what string, work func() (Secret, error), undo func()) (Secret, error) {
	if err := ctx.Err(); err != nil {
		return Secret{}, err
	}
	type result struct {
		s   Secret
		err error
	}
	limited, cancel := context.WithTimeout(ctx, KeyringLimit)
	defer cancel()
	done := make(chan result) // without a buffer: a late result finds nobody and stays with its goroutine
	go func() {
		s, err := guarded(work)
		select {
		case done <- result{s, err}:
		case <-limited.Done():
			s.Zero()
			if err == nil && undo != nil {
				undo()
			}
		}
	}()
	select {
	case r := <-done:
		if r.err == nil || errors.Is(r.err, ErrNotFound) {
			return r.s, r.err
		}
		return Secret{}, &Error{Code: CodeKeyring, Message: fmt.Sprintf("The system's keyring cannot be %s: %s.", what, trimStop(r.err.Error())),
			Hint: "unlock or start the keyring, or set ASKFLOW_KEYRING=off to keep the key in an encrypted file", Cause: r.err}
	case <-limited.Done():
		if err := ctx.Err(); err != nil {
			return Secret{}, err
		}
		return Secret{}, &Error{Code: CodeKeyringTimeout, Message: fmt.Sprintf("The system's keyring did not answer within %s.", KeyringLimit),
			Hint: "it may wait for a password in a window; unlock it and try again, or set ASKFLOW_KEYRING=off to keep the key in an encrypted file", Cause: limited.Err()}
	}
}

// guarded turns a panic of a backend into an error; in a goroutine of its own it would end the program.
func guarded(work func() (Secret, error)) (s Secret, err error) {
	defer func() {
		if recover() != nil { // its text may hold anything
			s, err = Secret{}, errors.New("the keyring's library failed")
		}
	}()
	return work()
}

func trimStop(s string) string {
	for len(s) > 0 && (s[len(s)-1] == '.' || s[len(s)-1] == '\n') {
		s = s[:len(s)-1]
	}
	return s
}
