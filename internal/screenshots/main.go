// Command screenshots draws the README's pictures: it drives the screen over the demo portal, with real runs, and writes what a
// terminal would show as SVG. Run by `make screenshots`.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/custody"
	"askflow/internal/portal"
	"askflow/internal/service/local"
	"askflow/internal/tui"
	"askflow/internal/tui/app"
	"askflow/internal/tui/theme"
	"askflow/internal/tui/tuitest"
	"askflow/internal/version"
)

// scene is one picture: what is pressed before it is taken.
type scene struct {
	name          string
	theme         string
	width, height int
	play          func(*tuitest.Driver)
}

func scenes() []scene {
	ran := func(d *tuitest.Driver, place int) *tuitest.Driver {
		d.WaitFor("Lead qualification")
		for range place {
			d.Press("down")
		}
		return d.Press("r").WaitFor("completed in")
	}
	return []scene{
		{"workflows", theme.Dark, 120, 36, func(d *tuitest.Driver) { ran(d, 1).Press("1") }},
		{"run", theme.Dark, 120, 36, func(d *tuitest.Driver) { ran(d, 3) }},
		{"step", theme.Dark, 120, 36, func(d *tuitest.Driver) { ran(d, 0).Press("enter") }},
		{"enroll", theme.Light, 120, 36, func(d *tuitest.Driver) { d.WaitFor("Lead qualification").Press("3", "]", "down", "down") }},
	}
}

// failure is how the driver says that something is not on the screen.
type failure struct{}

func (failure) Helper() {}
func (failure) Fatalf(format string, args ...any) {
	_, _ = fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}

func main() {
	if len(os.Args) != 2 {
		_, _ = fmt.Fprintln(os.Stderr, "usage: screenshots FOLDER")
		os.Exit(2)
	}
	for _, s := range scenes() {
		if err := take(s, os.Args[1]); err != nil {
			_, _ = fmt.Fprintln(os.Stderr, s.name+":", err)
			os.Exit(1)
		}
	}
}

// environ is the environment of the pictures: no key, and no keyring.
func environ(name string) (string, bool) {
	if name == custody.VarKeyring {
		return "off", true
	}
	return "", false
}

// take plays a scene over a fresh copy of the demo portal.
func take(s scene, folder string) error {
	dir, err := os.MkdirTemp("", "askflow-pictures-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	home := filepath.Join(dir, "northwind")
	if err := portal.Init(home, "demo"); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	l, err := local.Open(ctx, local.Options{Dir: home, Version: version.String(), ConfigDir: dir, Environ: environ})
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }()
	keys, err := tui.Keymap()
	if err != nil {
		return err
	}
	services := l.Services()
	d := tuitest.New(failure{}, s.width, s.height, func(system app.System) tea.Model {
		return app.New(app.Options{Services: services, Screens: tui.Screens(), Keys: keys, Theme: s.theme, Context: ctx, System: system})
	})
	events := services.Events.Subscribe(ctx)
	go func() {
		for e := range events {
			d.Send(e)
		}
	}()
	s.play(d)
	own := look{"#d7dae0", "#16191f"}
	if s.theme == theme.Light {
		own = look{"#2b303a", "#ffffff"}
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, s.name+".svg"), []byte(picture(d.Styled(), s.width, s.height, own)), 0o644)
}
