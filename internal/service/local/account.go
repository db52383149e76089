package local

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"askflow/internal/account"
	"askflow/internal/custody"
	"askflow/internal/emulator"
	"askflow/internal/hubspot"
	"askflow/internal/secret"
	"askflow/internal/service"
)

// accounts is service.Account.
type accounts struct{ l *Local }

var _ service.Account = accounts{}

// passphrase is the one of the key file, once it is known.
type passphrase struct {
	mu   sync.Mutex
	text secret.Secret
}

func (p *passphrase) keep(text secret.Secret) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text.Zero()
	p.text = secret.New(text.Reveal()) // a copy: whoever gave it may wipe theirs
}

func (p *passphrase) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text.Zero()
	p.text = secret.Secret{}
}

// give is a copy, or why there is none.
func (p *passphrase) give(context.Context, bool) (secret.Secret, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.text.IsZero() {
		return secret.Secret{}, &secret.Error{Code: secret.CodePassphraseNeeded, Message: "The key lies in an encrypted file, whose passphrase is not known here.", Hint: "give the passphrase, or set " + secret.VarPassphrase}
	}
	return secret.New(p.text.Reveal()), nil
}

// custodyOf says where this machine keeps keys. ask is nil where the passphrase that is known is to be used.
func (l *Local) custodyOf(s *snapshot, ask secret.Passphrase) custody.Options {
	if ask == nil {
		ask = l.pass.give
	}
	o := l.opt
	return custody.Options{Portal: s.e.Portal, Lookup: o.Environ, Keyring: o.Keyring, ConfigDir: o.ConfigDir, Transport: o.Transport, Now: o.Now, WorkFactor: o.WorkFactor, Passphrase: ask}
}

// account is the portal's account.
func (l *Local) account(s *snapshot, ask secret.Passphrase) (*account.Account, error) {
	return custody.New(l.custodyOf(s, ask))
}

// access is what a run that asks live gets from the account of the portal that the emulator has open.
func (l *Local) access(ctx context.Context, e *emulator.Emulator) (emulator.Access, error) {
	acc, err := l.account(&snapshot{e: e}, nil)
	if err != nil {
		return emulator.Access{}, err
	}
	return custody.Access(ctx, acc)
}

func (a accounts) open(ctx context.Context, ask secret.Passphrase) (*account.Account, *snapshot, error) {
	s, err := a.l.portal(ctx)
	if err != nil {
		return nil, nil, err
	}
	acc, err := a.l.account(s, ask)
	return acc, s, problem(err)
}

// Status tells what is known.
func (a accounts) Status(ctx context.Context) (*service.AccountStatus, error) {
	acc, s, err := a.open(ctx, nil)
	if err != nil {
		return nil, err
	}
	st, err := acc.Show(ctx)
	if err != nil {
		return nil, problem(err)
	}
	return a.l.statusOf(st, acc, s), nil
}

func (l *Local) statusOf(st *account.Status, acc *account.Account, s *snapshot) *service.AccountStatus {
	out := &service.AccountStatus{Connected: st.Connected, Kept: st.Kept, MaskedKey: st.MaskedKey, Organization: st.Organization, Project: st.Project, BaseURL: st.BaseURL,
		ConnectedAt: st.ConnectedAt, VerifiedAt: st.VerifiedAt, Result: st.Result, Models: st.Models, Locked: st.Locked, Subscriptions: slices.Clone(s.e.Portal.Settings.Subscriptions),
		Unlocking: slices.Clone(hubspot.EnterpriseSubscriptions), NeedsKey: acc.NeedsKey() || l.keyless.is(st.BaseURL), Notes: st.Notes, Workflows: s.e.AskingWorkflows()}
	for _, l := range st.Limits {
		out.Limits = append(out.Limits, service.AccountLimit(l))
	}
	return out
}

// Connect checks a key and keeps it.
func (a accounts) Connect(ctx context.Context, c service.ConnectRequest) (*service.Connected, error) {
	ask := func(ctx context.Context, fresh bool) (secret.Secret, error) {
		if c.Passphrase.IsZero() {
			return a.l.pass.give(ctx, fresh)
		}
		return secret.New(c.Passphrase.Reveal()), nil
	}
	acc, s, err := a.open(ctx, ask)
	if err != nil {
		return nil, err
	}
	connect := acc.Connect
	if c.Replace {
		connect = acc.Reconnect
	}
	done, err := connect(ctx, c.Key, account.Choice{Store: c.Store, Organization: c.Organization, Project: c.Project})
	if err != nil {
		return nil, problem(err)
	}
	a.l.keyless.set("")
	if done.Status.Kept == secret.InFile && !c.Passphrase.IsZero() {
		a.l.pass.keep(c.Passphrase)
	}
	return a.connected(done, acc, s), nil
}

func (a accounts) connected(done *account.Connected, acc *account.Account, s *snapshot) *service.Connected {
	a.l.hub.publish(service.Event{Kind: service.EventAccount})
	return &service.Connected{Status: a.l.statusOf(done.Status, acc, s), Models: done.Check.Models, Probe: done.Check.Probe, CostUSD: done.Check.CostUSD, Notes: done.Status.Notes}
}

// Verify checks the connected key again.
func (a accounts) Verify(ctx context.Context) (*service.Connected, error) {
	acc, s, err := a.open(ctx, nil)
	if err != nil {
		return nil, err
	}
	done, err := acc.Verify(ctx)
	if err != nil {
		a.l.hub.publish(service.Event{Kind: service.EventAccount}) // what was found is kept, too
		return nil, problem(err)
	}
	return a.connected(done, acc, s), nil
}

// Uninstall removes the key.
func (a accounts) Uninstall(ctx context.Context) (*service.Removed, error) {
	acc, s, err := a.open(ctx, nil)
	if err != nil {
		return nil, err
	}
	done, err := acc.Uninstall(ctx, s.e.AskingWorkflows())
	if err != nil {
		return nil, problem(err)
	}
	a.l.pass.forget()
	a.l.hub.publish(service.Event{Kind: service.EventAccount})
	return &service.Removed{From: done.From, Was: done.Was, EnvironmentStays: done.EnvironmentStays, Workflows: done.Workflows, Notes: done.Notes}, nil
}

// Unlock takes the passphrase of the key file when it opens it.
func (a accounts) Unlock(ctx context.Context, pass secret.Secret) error {
	s, err := a.l.portal(ctx)
	if err != nil {
		return err
	}
	if pass.IsZero() {
		return usage(secret.CodeWrongPassphrase, "No passphrase was given.", "type the one with which the key was kept")
	}
	_, file := custody.Stores(a.l.custodyOf(s, func(context.Context, bool) (secret.Secret, error) { return secret.New(pass.Reveal()), nil }))
	if file == nil {
		return usage(account.CodeNoStore, "There is no folder for key files on this machine, so there is nothing to unlock.", "connect the key again")
	}
	key, err := file.Load(ctx, a.id(s))
	if errors.Is(err, secret.ErrNotFound) {
		return usage(account.CodeNotConnected, "No encrypted file keeps a key for this portal, so there is nothing to unlock.", "connect a key")
	}
	if err != nil {
		return problem(err)
	}
	key.Zero() // only the passphrase was in question
	a.l.pass.keep(pass)
	a.l.hub.publish(service.Event{Kind: service.EventAccount})
	return nil
}

func (a accounts) id(s *snapshot) string { return account.ID(s.e.Portal.Dir, s.e.Portal.Settings.ID) }

// Places lists where a key can be kept.
func (a accounts) Places(ctx context.Context) ([]service.KeyPlace, error) {
	s, err := a.l.portal(ctx)
	if err != nil {
		return nil, err
	}
	keyring, file := custody.Stores(a.l.custodyOf(s, nil))
	out := []service.KeyPlace{a.inKeyring(ctx, s, keyring), a.inFile(ctx, s, file), a.inEnvironment(ctx, s)}
	return out, ctx.Err()
}

func (a accounts) inKeyring(ctx context.Context, s *snapshot, keyring secret.Store) service.KeyPlace {
	p := service.KeyPlace{Name: secret.InKeyring, Label: keyringLabel()}
	if keyring == nil {
		p.Unusable = custody.VarKeyring + " turns it off."
		return p
	}
	has, err := keyring.Has(ctx, a.id(s))
	if p.HasKey = has; err != nil {
		p.Unusable = errorOf(err).Message
	}
	return p
}

func keyringLabel() string {
	switch runtime.GOOS {
	case "darwin":
		return "Keychain"
	case "windows":
		return "Credential Manager"
	}
	return "Secret Service (GNOME Keyring, KWallet)"
}

func (a accounts) inFile(ctx context.Context, s *snapshot, file secret.Store) service.KeyPlace {
	p := service.KeyPlace{Name: secret.InFile, Label: "encrypted file"}
	if file == nil {
		p.Unusable = "This user has no folder for settings."
		return p
	}
	if f, ok := file.(*secret.File); ok {
		p.Label = filepath.Clean(f.Path(a.id(s)))
	}
	has, err := file.Has(ctx, a.id(s))
	if p.HasKey = has; err != nil {
		p.Unusable = errorOf(err).Message
	}
	given, _ := a.l.opt.Environ(secret.VarPassphrase)
	_, missing := a.l.pass.give(ctx, false)
	p.Passphrase = given == "" && missing != nil
	return p
}

func (a accounts) inEnvironment(ctx context.Context, s *snapshot) service.KeyPlace {
	p := service.KeyPlace{Name: secret.InEnvironment, Label: secret.VarKey}
	env := secret.NewEnvironment(a.l.opt.Environ)
	p.HasKey, _ = env.Has(ctx, a.id(s)) // never fails
	key, err := env.Load(ctx, a.id(s))
	key.Zero() // only whether it is one was in question
	switch {
	case !p.HasKey:
		p.Unusable = secret.VarKey + " is not set."
	case err != nil:
		p.Unusable = errorOf(err).Message
	}
	return p
}
