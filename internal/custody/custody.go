// Package custody opens the OpenAI account of a portal on this machine: which environment, keyring and key files hold the
// key, which server it is for, and how what goes wrong is told. Every program that needs the account gets it here, so that all
// of them look in the same places.
package custody

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"askflow/internal/account"
	"askflow/internal/emulator"
	"askflow/internal/portal"
	"askflow/internal/secret"
	"askflow/internal/source"
)

// VarKeyring is the variable that, set to off, leaves the system's keyring alone.
const VarKeyring = "ASKFLOW_KEYRING"

// Options say where to look. Zero members are the machine's own.
type Options struct {
	Portal *portal.Portal
	// Lookup reads environment variables; nil: os.LookupEnv.
	Lookup func(string) (string, bool)
	// Keyring is the system's. It is not used when ASKFLOW_KEYRING is off.
	Keyring secret.Backend
	// ConfigDir is the user's folder for settings; key files lie in askflow/keys below it. "": os.UserConfigDir.
	ConfigDir string
	// Transport carries requests to OpenAI; nil: net/http's own.
	Transport http.RoundTripper
	// Now is the time of day; nil: time.Now.
	Now func() time.Time
	// WorkFactor of key files; secret.DefaultWorkFactor when 0.
	WorkFactor int
	// Passphrase asks a person for the passphrase of the key file when ASKFLOW_PASSPHRASE is not set; nil where nobody can be
	// asked, which then is an error with code secret.CodePassphraseNeeded.
	Passphrase secret.Passphrase
	// Progress is told, in a sentence, what is about to be sent and what it may cost; nil is fine.
	Progress func(sentence string)
}

// New makes the account of a portal. Nothing is read yet. A portal.yaml with errors is refused with an *emulator.Error: it
// may name the wrong server, and the key must not go there.
func New(opt Options) (*account.Account, error) {
	p := opt.Portal
	if broken := portalErrors(p.Problems); len(broken) > 0 {
		return nil, &emulator.Error{Code: "invalid_portal", Message: portal.FileName + " has errors, so it is not certain whom this portal asks", Hint: "correct them first", Exit: emulator.ExitUsage, Problems: broken}
	}
	if opt.Lookup == nil {
		opt.Lookup = os.LookupEnv
	}
	if opt.Transport == nil {
		opt.Transport = http.DefaultTransport
	}
	settings := p.Settings
	of := account.Options{
		Environment: secret.NewEnvironment(opt.Lookup), Transport: opt.Transport, Models: p.Models, Now: opt.Now, Progress: opt.Progress,
		Portal: account.Portal{Dir: p.Dir, ID: settings.ID, StateDir: p.StateDir, EnsureState: p.EnsureState,
			Subscriptions: settings.Subscriptions, Protocol: settings.OpenAI.Protocol, DefaultModel: settings.OpenAI.DefaultModel,
			AllowedModels: settings.OpenAI.AllowedModels, Timeout: settings.OpenAI.Timeout},
	}
	if n := settings.Node; n.Get("openai").Get("base_url") != nil { // what the portal says itself, not the default
		of.Portal.BaseURL = settings.OpenAI.BaseURL
	}
	of.Keyring, of.File = Stores(opt)
	return account.New(of), nil
}

// Stores are the places of this machine that can keep a key; nil where there is none.
func Stores(opt Options) (keyring, file secret.Store) {
	if opt.Lookup == nil {
		opt.Lookup = os.LookupEnv
	}
	switch off, _ := opt.Lookup(VarKeyring); strings.ToLower(strings.TrimSpace(off)) {
	case "off", "0", "no", "false":
	default:
		backend := opt.Keyring
		if backend == nil {
			backend = secret.SystemKeyring()
		}
		keyring = secret.NewKeyring(backend)
	}
	dir := opt.ConfigDir
	if dir == "" {
		var err error
		if dir, err = os.UserConfigDir(); err != nil {
			return keyring, nil // a user without a home has the other places
		}
	}
	return keyring, secret.NewFile(filepath.Join(dir, "askflow", "keys"), secret.PassphraseFrom(opt.Lookup, opt.Passphrase), opt.WorkFactor)
}

func portalErrors(problems source.Problems) source.Problems {
	return slices.DeleteFunc(slices.Clone(problems.Errors()), func(p source.Problem) bool { return p.File != portal.FileName })
}

// Access is what a run that asks live gets from the account. The key is fetched now, which may ask for a passphrase; call it
// when it is needed and not before. The error is an *emulator.Error or the context's own.
func Access(ctx context.Context, acc *account.Account) (emulator.Access, error) {
	c, err := acc.Credentials(ctx)
	if err != nil {
		return emulator.Access{}, AsError(err)
	}
	return emulator.Access{Key: c.Key, Organization: c.Organization, Project: c.Project, BaseURL: c.BaseURL}, nil
}

// AsError gives what the account says the form and the exit code of the program's own errors. Other errors pass unchanged.
func AsError(err error) error {
	var ours *account.Error
	var kept *secret.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return &emulator.Error{Code: "interrupted", Message: "interrupted; the account is as it was", Exit: emulator.ExitInterrupted, Cause: err}
	case errors.As(err, &ours):
		exit := emulator.ExitAccount
		if account.Unreachable(ours.Code) {
			exit = emulator.ExitUnreachable
		}
		return &emulator.Error{Code: ours.Code, Message: ours.Message, Hint: ours.Hint, Exit: exit, Cause: err}
	case errors.As(err, &kept):
		return &emulator.Error{Code: kept.Code, Message: kept.Message, Hint: kept.Hint, Exit: emulator.ExitAccount, Cause: err}
	}
	return err
}

// Result is the word that logs have for how something with the account ended: ok, or the code of the error.
func Result(err error) string {
	switch code := account.CodeOf(err); {
	case err == nil:
		return account.ResultOK
	case code != "":
		return code
	}
	return "failed"
}
