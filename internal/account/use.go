package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/secret"
)

// Credentials are what a live request needs.
type Credentials struct {
	Key          secret.Secret // zero for a server that needs none
	Organization string
	Project      string
	BaseURL      string
	// Kept is where the key came from.
	Kept string
}

// Credentials fetches the key: from the environment, else the keyring, else the encrypted file, whose passphrase may be
// asked for. A key is only handed out for the server it was connected for.
func (a *Account) Credentials(ctx context.Context) (*Credentials, error) {
	m, err := a.readMetadata()
	if err != nil {
		return nil, err
	}
	out := &Credentials{BaseURL: a.baseURL()}
	out.Organization, out.Project = a.identity(m)
	key, err := a.opt.Environment.Load(ctx, a.id)
	elsewhere := error(nil)
	switch {
	case errors.Is(err, secret.ErrNotFound):
	case err != nil:
		return nil, err
	default:
		if elsewhere = a.refuseEnvironment(); elsewhere == nil {
			out.Key, out.Kept = key, secret.InEnvironment
			return out, nil
		}
	}
	kept, err := a.find(ctx, m)
	if s := a.store(kept); s != nil {
		return a.open(ctx, s, out)
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case !a.NeedsKey():
		out.Kept = KeptNone
		return out, nil
	case elsewhere != nil:
		return nil, elsewhere
	case kept == "" && err != nil: // most machines without a desktop have no keyring, and nothing is missing there
		e := notConnected("No OpenAI account is connected to this portal.")
		e.Hint += ". " + errText(err)
		e.Cause = err
		return nil, e
	case kept == secret.InEnvironment:
		return nil, notConnected(secret.VarKey + " is not set any more.")
	case kept == secret.InKeyring:
		return nil, notConnected("The key is in the system's keyring, which is turned off by ASKFLOW_KEYRING.")
	}
	return nil, notConnected("No OpenAI account is connected to this portal.")
}

func notConnected(says string) *Error {
	return &Error{Code: CodeNotConnected, Message: says, Hint: "run: emulator account connect; scripted and replayed runs need no account"}
}

func (a *Account) open(ctx context.Context, s secret.Store, out *Credentials) (*Credentials, error) {
	kit, err := s.Load(ctx, a.id)
	if errors.Is(err, secret.ErrNotFound) {
		return nil, &Error{Code: CodeNotConnected, Message: fmt.Sprintf("The key is not in the %s any more.", s.Name()), Hint: "connect one again: emulator account reconnect"}
	}
	if err != nil {
		return nil, err
	}
	defer kit.Zero()
	key, base := unpack(kit)
	if origin(base) != origin(out.BaseURL) {
		key.Zero()
		return nil, &Error{Code: CodeOtherServer, Message: fmt.Sprintf("The key was connected for %s, but the portal asks %s now; the key is not sent there.", shown(base), shown(out.BaseURL)),
			Hint: "if the new address is meant, connect a key for it: emulator account reconnect"}
	}
	out.Key, out.Kept = key, s.Name()
	return out, nil
}

// SawLimits notes what the account's limits were when it was last asked, for Show. An account that is not connected here
// (a key in the environment, a server without keys) has nowhere to note it, which is no error.
func (a *Account) SawLimits(seen []assistant.LimitsSeen) error {
	m, err := a.readMetadata()
	if err != nil || m == nil || len(seen) == 0 {
		return err
	}
	m.Limits = nil
	for _, l := range seen {
		m.Limits = append(m.Limits, Limit{Model: l.Model, Requests: l.Requests, Tokens: l.Tokens, SeenAt: l.At.UTC().Truncate(time.Second)})
	}
	return a.writeMetadata(m)
}

// Verify checks the connected key again and notes the result, good or bad.
func (a *Account) Verify(ctx context.Context) (*Connected, error) {
	if err := a.refuseLocked(); err != nil {
		return nil, err
	}
	c, err := a.Credentials(ctx)
	if err != nil {
		return nil, err
	}
	m, err := a.readMetadata()
	if err != nil {
		return nil, err
	}
	checked, failed := a.check(ctx, c.Key, c.Organization, c.Project)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if m == nil || m.Kept != c.Kept {
		if failed != nil { // nothing is connected by a check that fails
			return nil, failed
		}
		m = a.record(c.Key, c.Kept, c.Organization, c.Project, checked)
	}
	m.VerifiedAt, m.Result, m.MaskedKey = a.opt.Now().UTC(), ResultOK, c.Key.Mask()
	if failed != nil {
		m.Result = CodeOf(failed)
	} else {
		m.Models = checked.Models
	}
	if err := a.writeMetadata(m); err != nil {
		return nil, errors.Join(failed, err)
	}
	if failed != nil {
		return nil, failed
	}
	return a.connected(m, checked, nil), nil
}

// Removed is what uninstalling did.
type Removed struct {
	// From names the stores that held the key.
	From []string
	// Was tells whether anything was connected.
	Was bool
	// EnvironmentStays tells that OPENAI_API_KEY is set, which only the user can unset.
	EnvironmentStays bool
	// Workflows can no longer ask live: empty while the environment has a key or the server needs none.
	Workflows []string
	Notes     []string
}

// Uninstall removes the key from every place that keeps it, and what is known about it. workflows are the names of those
// that use the action. It works for locked portals, too. Uninstalling twice is no error.
func (a *Account) Uninstall(ctx context.Context, workflows []string) (*Removed, error) {
	m, err := a.readMetadata()
	if err != nil {
		m = nil // a damaged file goes, too
	}
	out := &Removed{Was: m != nil}
	var failed []error
	for _, s := range a.stores() {
		err := s.Delete(ctx, a.id)
		switch {
		case err == nil:
			out.From, out.Was = append(out.From, s.Name()), true
		case errors.Is(err, secret.ErrNotFound):
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case m != nil && m.Kept == s.Name():
			failed = append(failed, err)
		default:
			out.Notes = append(out.Notes, errText(err)+" If a key was ever kept there, it still is.")
		}
	}
	if m != nil && m.Kept == secret.InKeyring && a.store(m.Kept) == nil {
		failed = append(failed, notConnected("The key is in the system's keyring, which is turned off by ASKFLOW_KEYRING."))
	}
	if len(failed) > 0 {
		err := errors.Join(failed...)
		return nil, &Error{Code: CodeOf(err), Message: "The key could not be removed. " + errText(err), Hint: "make that place available and run account uninstall again; or revoke the key at platform.openai.com/api-keys", Cause: err}
	}
	if err := a.removeMetadata(); err != nil {
		return nil, err
	}
	out.EnvironmentStays, _ = a.opt.Environment.Has(ctx, a.id) // never fails
	if a.NeedsKey() && !(out.EnvironmentStays && a.refuseEnvironment() == nil) {
		out.Workflows = slices.Clone(workflows)
	}
	return out, nil
}
