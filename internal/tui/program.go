// Package tui is the screen: a Bubble Tea program with six places over the services of a portal.
package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	tea "charm.land/bubbletea/v2"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"askflow/internal/assistant"
	"askflow/internal/report"
	"askflow/internal/secret"
	"askflow/internal/service"
	"askflow/internal/service/local"
	"askflow/internal/tui/app"
	"askflow/internal/tui/keymap"
	"askflow/internal/tui/theme"
	"askflow/internal/tui/ui"
	"askflow/internal/version"
)

// Exit codes, as those of the command line where both have them.
const (
	ExitOK    = 0
	ExitUsage = 2
	// ExitCrash: the program ended because of a mistake of its own; a report was written.
	ExitCrash = 70
)

// framesPerSecond bounds how often the terminal is written to. Events come at most twenty times a second; the rest is for keys,
// so that an answer to one never waits long for the next frame.
const framesPerSecond = 120

// Program is the whole of it, as a value, so that tests can start it.
type Program struct {
	in       io.Reader
	out, err io.Writer
	// Lookup reads environment variables; Keyring and Transport are the machine's own when nil.
	Lookup    func(string) (string, bool)
	Keyring   secret.Backend
	Transport http.RoundTripper

	// ConfigDir is the user's folder for settings; "" is the machine's own.
	ConfigDir string

	dir, theme, keys string
	demo, noMouse    bool
	screens          [ui.Places]func(*ui.Env) ui.Screen
}

// New makes the program.
func New(in io.Reader, out, err io.Writer) *Program {
	return &Program{in: in, out: out, err: err, Lookup: os.LookupEnv, Keyring: secret.SystemKeyring(), screens: Screens()}
}

// Run runs it with command line arguments, until the user quits, and returns the exit code.
func (p *Program) Run(ctx context.Context, args []string) int {
	code := ExitOK
	cmd := &cobra.Command{
		Use:   "tui",
		Short: "Rehearse HubSpot workflows that ask OpenAI, on a screen",
		Long: `Rehearse HubSpot workflows that ask OpenAI, on this machine: run them over fixture records, and look at
every prompt, answer and effect. Nothing here touches a real portal; only live answers ask OpenAI.

Without --portal the current folder is opened, which needs a portal.yaml.

Exit codes: 0 when it was left, 2 for wrong usage and for a portal that cannot be opened, 70 after a mistake of
the program's own, about which it then leaves a report.`,
		Example: `  tui --demo
  tui --portal ~/portals/northwind
  tui --theme light --no-mouse
  tui --demo --keys my-keys.yaml`,
		Args:          cobra.NoArgs,
		Version:       version.String(),
		SilenceErrors: true, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			code, err = p.open(cmd.Context())
			return err
		},
	}
	cmd.SetArgs(args)
	cmd.SetOut(p.out)
	cmd.SetErr(p.err)
	cmd.SetVersionTemplate("askflow tui {{.Version}}\n")
	cmd.CompletionOptions.HiddenDefaultCmd = true
	flags := cmd.Flags()
	flags.StringVar(&p.dir, "portal", "", "the portal `DIR` to open")
	flags.BoolVar(&p.demo, "demo", false, "open the portal that is built into the program")
	flags.StringVar(&p.theme, "theme", theme.Auto, "the `THEME`: auto (from the terminal's background), dark or light")
	flags.BoolVar(&p.noMouse, "no-mouse", false, "leave the mouse to the terminal")
	flags.StringVar(&p.keys, "keys", "", "a `FILE` that gives actions other keys (default: askflow/keys.yaml in your folder for settings, if it is there)")
	if err := cmd.ExecuteContext(ctx); err != nil {
		p.complain(err)
		if code == ExitOK {
			code = ExitUsage
		}
	}
	return code
}

// complain says on stderr what is wrong, with everything found in files, as the command line does.
func (p *Program) complain(err error) {
	e := service.AsError(err)
	if e.Code == "failed" { // what the flags say
		e = &service.Error{Message: e.Message, Hint: "tui --help shows how"}
	}
	say := func(lead, text string) {
		_, _ = fmt.Fprintln(p.err, lead+report.SafeLines(assistant.Scrub(text)))
	}
	say("error: ", e.Message)
	for _, found := range e.Problems {
		say("  ", found.Error())
	}
	if e.Hint != "" {
		say("  ", e.Hint)
	}
}

// open opens the portal and shows it.
func (p *Program) open(ctx context.Context) (int, error) {
	if _, err := theme.New(p.theme); err != nil && p.theme != theme.Auto {
		return 0, &service.Error{Code: "usage", Message: "--theme: " + err.Error()}
	}
	keys, err := Keymap()
	if err != nil {
		return 0, err
	}
	if err := p.remap(keys); err != nil {
		return 0, err
	}
	if !isTerminal(p.in) || !isTerminal(p.out) {
		return 0, &service.Error{Code: "no_terminal", Message: "This is a screen and needs a terminal to be drawn on.", Hint: "in scripts and pipes use the command line: emulator --help"}
	}
	spareProcessors()
	portal, err := local.Open(ctx, local.Options{Dir: p.dir, Demo: p.demo, Version: version.String(), Environ: p.Lookup, Keyring: p.Keyring, ConfigDir: p.ConfigDir, Transport: p.Transport})
	if err != nil {
		return 0, err
	}
	code, err := p.show(ctx, portal.Services(), keys)
	if closing := portal.Close(); err == nil {
		err = closing
	}
	return code, err
}

func isTerminal(stream any) bool {
	f, ok := stream.(interface{ Fd() uintptr })
	return ok && term.IsTerminal(int(f.Fd()))
}

// remap reads the user's file of keys.
func (p *Program) remap(keys *keymap.Map) error {
	file := p.keys
	if file == "" {
		dir := p.ConfigDir
		if dir == "" {
			var err error
			if dir, err = os.UserConfigDir(); err != nil {
				return nil // no folder for settings, no settings
			}
		}
		file = filepath.Join(dir, "askflow", "keys.yaml")
	}
	data, err := os.ReadFile(file)
	if p.keys == "" && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return &service.Error{Code: "keys_file", Message: "The file of keys cannot be read: " + err.Error(), Hint: "docs/keys.md says what is in one"}
	}
	problems := keys.Remap(file, data)
	if !problems.HasErrors() {
		return nil
	}
	return &service.Error{Code: "keys_file", Message: "The file of keys cannot be used.", Hint: "docs/keys.md lists every action and its keys", Problems: problems}
}

// whenInterrupted does something at every interrupt from outside, until what it returns is called. On the screen itself ctrl+c is
// a key.
func whenInterrupted(do func()) (end func()) {
	interrupts, done := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(interrupts, os.Interrupt)
	go func() {
		for {
			select {
			case <-interrupts:
				do()
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(interrupts)
		close(done)
	}
}

// show runs the screen until it is left.
func (p *Program) show(ctx context.Context, services *service.Services, keys *keymap.Map) (int, error) {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	var program *tea.Program
	frame := app.New(app.Options{Services: services, Screens: p.screens, Keys: keys, Theme: p.theme, NoMouse: p.noMouse, Version: version.String(), Context: ctx,
		Stop: func() { program.Quit() }, Report: p.write})
	program = tea.NewProgram(frame, tea.WithContext(ctx), tea.WithInput(p.in), tea.WithOutput(p.out), tea.WithFPS(framesPerSecond), tea.WithoutSignalHandler())
	defer whenInterrupted(func() {
		if !frame.Elsewhere() { // else it is meant for the editor or the pager
			stop()
		}
	})()
	events := services.Events.Subscribe(ctx)
	go func() {
		for e := range events {
			program.Send(e)
		}
	}()
	_, err := program.Run()
	if c := frame.Crash(); c != nil {
		return ExitCrash, p.report(c)
	}
	switch {
	case err == nil, ctx.Err() != nil: // the terminal was closed, or the system wants us gone: what is done is kept
		return ExitOK, nil
	case errors.Is(err, tea.ErrProgramPanic):
		return ExitCrash, p.report(&app.Crash{Value: err, Stack: []byte(err.Error())})
	}
	return ExitUsage, fmt.Errorf("the screen cannot be shown: %w", err)
}
