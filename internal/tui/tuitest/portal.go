package tuitest

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"askflow/internal/secret"
	"askflow/internal/service"
	"askflow/internal/service/local"
	"askflow/testdata"
)

// NoKeyring is a machine whose keyring is empty and takes nothing.
type NoKeyring struct{}

// Get finds nothing.
func (NoKeyring) Get(string, string) (string, error) { return "", secret.ErrNotFound }

// Set keeps nothing.
func (NoKeyring) Set(string, string, string) error { return secret.ErrNotFound }

// Delete finds nothing.
func (NoKeyring) Delete(string, string) error { return secret.ErrNotFound }

// Unpack puts the demo portal into a new folder.
func Unpack(t testing.TB) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "portal")
	from, err := fs.Sub(testdata.Demo, "demo")
	if err == nil {
		err = os.CopyFS(dir, from)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// Portal is a portal folder with the services over it, which end with the test.
type Portal struct {
	*service.Services
	Dir string
	t   testing.TB
}

// OpenPortal opens a portal. What the options leave out is that of a machine without keys, variables and settings, with the demo portal in a
// folder of its own.
func OpenPortal(t testing.TB, opt local.Options) *Portal {
	t.Helper()
	if opt.Dir == "" {
		opt.Dir = Unpack(t)
	}
	if opt.Version == "" {
		opt.Version = "test"
	}
	if opt.Environ == nil {
		opt.Environ = func(string) (string, bool) { return "", false }
	}
	if opt.Keyring == nil {
		opt.Keyring = NoKeyring{}
	}
	if opt.ConfigDir == "" {
		opt.ConfigDir = t.TempDir()
	}
	if opt.WorkFactor == 0 {
		opt.WorkFactor = 4
	}
	l, err := local.Open(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return &Portal{Services: l.Services(), Dir: opt.Dir, t: t}
}

// Feed gives a driver the events of the portal until the test ends.
func (p *Portal) Feed(d *Driver) {
	ctx, cancel := context.WithCancel(p.t.Context())
	events, done := p.Events.Subscribe(ctx), make(chan struct{})
	go func() {
		defer close(done)
		for e := range events {
			d.Send(e)
		}
	}()
	p.t.Cleanup(func() {
		cancel()
		<-done
	})
}

// File reads a file of the portal.
func (p *Portal) File(name string) string {
	p.t.Helper()
	data, err := os.ReadFile(filepath.Join(p.Dir, filepath.FromSlash(name)))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(data)
}
