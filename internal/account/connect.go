package account

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"askflow/internal/secret"
)

// Choice says how an account is connected; zero members leave it to the program.
type Choice struct {
	// Store is where to keep the key: keyring, file, or environment to use OPENAI_API_KEY, which stays where it is. "" is
	// the keyring, or the file where no keyring works; when reconnecting, the place of the old key.
	Store        string
	Organization string // "": OPENAI_ORG_ID, if set
	Project      string // "": OPENAI_PROJECT_ID, if set
}

// Connected is what connecting brought.
type Connected struct {
	Status *Status
	Check  *Checked
}

const theOldStays = " The old key stays connected."

// Connect checks a key against OpenAI and keeps it. A portal has one account: a second connect is refused. Nothing is
// kept unless the check succeeds. The zero Secret connects a server that needs no key.
func (a *Account) Connect(ctx context.Context, key secret.Secret, c Choice) (*Connected, error) {
	m, err := a.readMetadata()
	if err != nil {
		return nil, err
	}
	key, err = a.admit(ctx, key, c)
	if err != nil {
		return nil, err
	}
	if err := a.refuseSecond(ctx, m); err != nil {
		return nil, err
	}
	organization, project := a.chosen(c, nil)
	checked, err := a.check(ctx, key, organization, project)
	if err != nil {
		return nil, err
	}
	if m, err = a.readMetadata(); err != nil { // the check took a while
		return nil, err
	}
	if m != nil {
		return nil, a.second(m.Kept)
	}
	kept, notes, err := a.keep(ctx, key, c.Store)
	if err != nil {
		return nil, err
	}
	m = a.record(key, kept, organization, project, checked)
	if err := a.writeMetadata(m); err != nil {
		if s := a.store(kept); s != nil {
			_ = s.Delete(ctx, a.id) // as if nothing had been done; the error about the file is the one that counts
		}
		return nil, err
	}
	return a.connected(m, checked, notes), nil
}

// Reconnect checks another key and puts it in place of the connected one, which stays when anything goes wrong.
func (a *Account) Reconnect(ctx context.Context, key secret.Secret, c Choice) (*Connected, error) {
	m, err := a.readMetadata()
	if err != nil {
		return nil, err
	}
	old, err := a.find(ctx, m)
	switch {
	case old == "" && err != nil:
		return nil, err
	case old == "":
		return nil, &Error{Code: CodeNotConnected, Message: "No OpenAI account is connected to this portal, so there is nothing to replace.", Hint: "run: emulator account connect"}
	}
	key, err = a.admit(ctx, key, c)
	if err != nil {
		return nil, oldStays(err)
	}
	organization, project := a.chosen(c, m)
	checked, err := a.check(ctx, key, organization, project)
	if err != nil {
		return nil, oldStays(err)
	}
	want := c.Store
	if want == "" && a.store(old) != nil {
		want = old
	}
	kept, notes, err := a.keep(ctx, key, want)
	if err != nil {
		return nil, oldStays(err)
	}
	m = a.record(key, kept, organization, project, checked)
	if err := a.writeMetadata(m); err != nil {
		return nil, &Error{Code: CodeOf(err), Message: "The new key is kept, but what is known about it is not. " + errText(err), Hint: "run account reconnect again when that works", Cause: err}
	}
	if s := a.store(old); s != nil && old != kept {
		if err := s.Delete(ctx, a.id); err != nil && !errors.Is(err, secret.ErrNotFound) {
			notes = append(notes, fmt.Sprintf("The old key could not be removed from the %s: %s", old, errText(err)))
		}
	}
	return a.connected(m, checked, notes), nil
}

// oldStays adds that nothing changed to a sentence about what went wrong.
func oldStays(err error) error {
	var e *Error
	if errors.As(err, &e) {
		c := *e
		c.Message += theOldStays
		return &c
	}
	var s *secret.Error
	if errors.As(err, &s) {
		return &Error{Code: s.Code, Message: s.Message + theOldStays, Hint: s.Hint, Cause: err}
	}
	return err
}

// admit refuses keys that are not even sent, and takes the environment's where it was chosen.
func (a *Account) admit(ctx context.Context, key secret.Secret, c Choice) (secret.Secret, error) {
	if err := a.refuseLocked(); err != nil {
		return secret.Secret{}, err
	}
	inEnvironment, _ := a.opt.Environment.Has(ctx, a.id) // never fails
	switch {
	case c.Store == secret.InEnvironment && !inEnvironment:
		return secret.Secret{}, &Error{Code: CodeNotConnected, Message: secret.VarKey + " is not set.", Hint: "set it, or let the command ask for the key"}
	case c.Store == secret.InEnvironment:
		if err := a.refuseEnvironment(); err != nil {
			return secret.Secret{}, err
		}
		var err error
		if key, err = a.opt.Environment.Load(ctx, a.id); err != nil {
			return secret.Secret{}, err
		}
	case inEnvironment && a.refuseEnvironment() == nil:
		return secret.Secret{}, &Error{Code: CodeAlreadyConnected, Message: secret.VarKey + " is set in the environment and comes before any other key.",
			Hint: "check that key with: emulator account connect --store environment; or unset the variable first"}
	case c.Store != "" && a.store(c.Store) == nil:
		return secret.Secret{}, noStore(c.Store)
	}
	if key.IsZero() && !a.NeedsKey() {
		return key, nil
	}
	key, err := secret.Parse(key.Reveal())
	if err != nil {
		return secret.Secret{}, err
	}
	if key.Kind() == secret.KindAdmin {
		return secret.Secret{}, &Error{Code: CodeAdminKey, Message: "This is an admin key (sk-admin-…). It administers the organization and cannot ask a model, and it could do far more harm than a workflow's key. It was not sent anywhere.",
			Hint: "make a project key at platform.openai.com/api-keys"}
	}
	return key, nil
}

func noStore(name string) *Error {
	return &Error{Code: CodeNoStore, Message: fmt.Sprintf("There is no %s to keep a key in.", name), Hint: "choose another --store, or set " + secret.VarKey + " in the environment"}
}

func (a *Account) refuseSecond(ctx context.Context, m *metadata) error {
	kept, err := a.find(ctx, m)
	if kept != "" {
		return a.second(kept)
	}
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return nil // a keyring that does not answer cannot keep the new key either, and says so then
}

func (a *Account) second(kept string) error {
	return &Error{Code: CodeAlreadyConnected, Message: fmt.Sprintf("An OpenAI account is connected to this portal already (its key: %s). A portal has one.", place(kept)),
		Hint: "replace it with: emulator account reconnect"}
}

func place(kept string) string {
	switch kept {
	case secret.InKeyring:
		return "in the system's keyring"
	case secret.InFile:
		return "in an encrypted file"
	case secret.InEnvironment:
		return "in " + secret.VarKey
	}
	return "none is needed"
}

// chosen are the organization and project to name: the choice's, else the environment's, else those of before.
func (a *Account) chosen(c Choice, m *metadata) (organization, project string) {
	organization, project = a.identity(m)
	if c.Organization != "" {
		organization = strings.TrimSpace(c.Organization)
	}
	if c.Project != "" {
		project = strings.TrimSpace(c.Project)
	}
	return organization, project
}

// keep puts the key where it was wanted, or into the first store that takes it. It returns that store's name.
func (a *Account) keep(ctx context.Context, key secret.Secret, want string) (kept string, notes []string, err error) {
	if key.IsZero() {
		return KeptNone, nil, nil
	}
	if want == secret.InEnvironment {
		return want, nil, nil
	}
	kit := pack(key, a.baseURL())
	defer kit.Zero()
	var failed []error
	for _, s := range a.stores() {
		if want != "" && s.Name() != want {
			continue
		}
		err := s.Save(ctx, a.id, kit)
		if err == nil {
			for _, e := range failed {
				notes = append(notes, errText(e)+" The key is kept in an encrypted file instead.")
			}
			return s.Name(), notes, nil
		}
		if ctx.Err() != nil {
			return "", nil, ctx.Err()
		}
		failed = append(failed, err)
	}
	if len(failed) == 0 {
		if want == "" {
			want = "keyring or file"
		}
		return "", nil, noStore(want)
	}
	e := &Error{Code: CodeOf(failed[len(failed)-1]), Message: "The key is in order, but it cannot be kept.", Cause: errors.Join(failed...)}
	for _, err := range failed {
		e.Message += " " + errText(err)
	}
	var last *secret.Error
	if errors.As(failed[len(failed)-1], &last) {
		e.Hint = last.Hint
	}
	return "", nil, e
}

func (a *Account) record(key secret.Secret, kept, organization, project string, c *Checked) *metadata {
	now := a.opt.Now().UTC()
	return &metadata{Kept: kept, MaskedKey: key.Mask(), Organization: organization, Project: project, BaseURL: a.baseURL(),
		ConnectedAt: now, VerifiedAt: now, Result: ResultOK, Models: c.Models}
}

func (a *Account) connected(m *metadata, c *Checked, notes []string) *Connected {
	st := m.status()
	st.Connected = true
	st.Notes = append(notes, c.Notes...)
	return &Connected{Status: st, Check: c}
}
