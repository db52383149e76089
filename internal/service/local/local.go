// Package local is the service in the same process: over a portal folder of this machine, its database, and the account that
// this machine keeps. The folder is watched; what is shown is always the files as they stand.
package local

import (
	"context"
	"errors"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"askflow/internal/emulator"
	"askflow/internal/portal"
	"askflow/internal/secret"
	"askflow/internal/service"
)

// Options say which portal to open, and what of the machine to use. Zero members are the machine's own.
type Options struct {
	// Dir is the portal folder; "" is the current one.
	Dir string
	// Demo opens the portal that is built into the program.
	Demo    bool
	Version string
	// Environ reads environment variables.
	Environ func(string) (string, bool)
	// Keyring is the system's; ConfigDir the user's folder for settings, in which key files lie; WorkFactor that of key files.
	Keyring    secret.Backend
	ConfigDir  string
	WorkFactor int
	// Transport carries live requests.
	Transport http.RoundTripper
	Now       func() time.Time
	// Timer starts a timer and gives a function that stops it; what waits for files to settle uses it.
	Timer func(time.Duration) (<-chan time.Time, func())
	// Polling watches the folder by looking at it now and then, and not through the system's notifications.
	Polling bool
}

// Local is an open portal. Everything about it may be used by several goroutines.
type Local struct {
	opt Options
	dir string
	// ctx ends with Close; work counts what must have ended before Close returns.
	ctx    context.Context
	cancel context.CancelFunc
	mu     sync.Mutex // guards closed, and work while it grows
	closed bool
	work   sync.WaitGroup

	hub     *hub
	keeper  *keeper
	store   *store
	runs    *launcher
	compare comparing
	pass    passphrase
	keyless keyless
}

// Open finds the portal folder and begins to load it. It returns at once; the services wait for what they need. The context
// counts for Open alone. Errors are *service.Error.
func Open(ctx context.Context, opt Options) (*Local, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	opt = opt.complete()
	dir, err := opt.folder()
	if err != nil {
		return nil, problem(err)
	}
	l := &Local{opt: opt, dir: dir}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	l.hub = newHub()
	l.store = &store{}
	l.runs = newLauncher(l)
	l.keeper = newKeeper(l)
	l.spawn(l.keeper.run)
	return l, nil
}

func (o Options) complete() Options {
	if o.Environ == nil {
		o.Environ = os.LookupEnv
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Timer == nil {
		o.Timer = func(d time.Duration) (<-chan time.Time, func()) {
			t := time.NewTimer(d)
			return t.C, func() { t.Stop() }
		}
	}
	return o
}

// folder is the portal folder, by the rules of the command line.
func (o Options) folder() (string, error) {
	if o.Demo && o.Dir != "" {
		return "", &service.Error{Code: "usage", Message: "--portal and --demo exclude each other", Exit: emulator.ExitUsage}
	}
	if o.Demo {
		return portal.Demo(o.Version)
	}
	return portal.Folder(o.Dir)
}

// command is how the portal is named on the command line.
func (o Options) command() string {
	switch {
	case o.Demo:
		return "--demo"
	case o.Dir != "" && o.Dir != ".":
		return "--portal " + quote(o.Dir)
	}
	return ""
}

// quote writes a word so that a shell takes it as it is.
func quote(s string) string {
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@+,") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// Services are all services over this portal.
func (l *Local) Services() *service.Services {
	return &service.Services{Workflows: workflows{l}, Assistants: assistants{l}, Records: recordsOf{l}, Runs: runs{l}, Launcher: l.runs, Tests: tests{l}, Inbox: inbox{l}, Account: accounts{l}, Events: l.hub}
}

// Close interrupts the runs that go on here and waits until they have kept what is done, then lets everything go. It may be
// called twice.
func (l *Local) Close() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.cancel()
	l.work.Wait()
	l.hub.close()
	l.pass.forget()
	return l.store.close()
}

// spawn runs fn beside everything else; Close waits for it. It tells whether fn was started.
func (l *Local) spawn(fn func(context.Context)) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.work.Add(1)
	go func() {
		defer l.work.Done()
		defer recovered(l.broken)
		fn(l.ctx)
	}()
	return true
}

// portal is the portal as its files stand, once it is loaded.
func (l *Local) portal(ctx context.Context) (*snapshot, error) { return l.keeper.current(ctx) }

// saved is the portal as its files stand now: what was saved a moment ago counts, although it has not settled. What asks OpenAI, or
// says what asking would come to, goes by it.
func (l *Local) saved(ctx context.Context) (*snapshot, error) {
	if err := l.keeper.refresh(ctx); err != nil {
		return nil, err
	}
	return l.keeper.current(ctx)
}

var errClosed = errors.New("the portal was closed")

func closed() *service.Error {
	return &service.Error{Code: "closed", Message: "The portal was closed.", Cause: errClosed}
}
