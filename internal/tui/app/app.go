// Package app is the frame of the screen: it switches between the places, draws header, footer, dialogs and tasks around
// them, and does what they ask for beyond their own body.
package app

import (
	"context"
	"errors"
	"os/exec"
	"runtime/debug"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/service"
	"askflow/internal/tui/keymap"
	"askflow/internal/tui/theme"
	"askflow/internal/tui/ui"
)

// The least size that places are drawn at.
const (
	MinWidth  = 60
	MinHeight = 16
)

// Options make an App.
type Options struct {
	Services *service.Services
	// Screens makes the places, in their order.
	Screens [ui.Places]func(*ui.Env) ui.Screen
	Keys    *keymap.Map
	// Theme is auto, dark or light.
	Theme   string
	NoMouse bool
	Version string
	Context context.Context
	// Stop ends the program after a panic while drawing, when no message may come any more; nil waits for the next one.
	Stop func()
	// Report writes a report about a panic that the program survived, and names its file; nil writes none.
	Report func(*Crash) (file string, err error)
	// System is what the machine offers; zero members are the real ones.
	System System
}

// System is what the frame needs of the machine, so that tests can be without it.
type System struct {
	Now func() time.Time
	// Tick is tea.Tick.
	Tick func(time.Duration, func(time.Time) tea.Msg) tea.Cmd
	// Exec gives the terminal to another program: tea.ExecProcess.
	Exec     func(*exec.Cmd, tea.ExecCallback) tea.Cmd
	Getenv   func(string) string
	LookPath func(string) (string, error)
	// Clipboard writes to the terminal's clipboard (OSC 52): tea.SetClipboard.
	Clipboard func(string) tea.Cmd
	// RunQuietly runs a program that needs no terminal, such as xclip.
	RunQuietly func(*exec.Cmd) error
}

// App is the tea.Model of the whole program.
type App struct {
	env     *ui.Env
	opt     Options
	screens [ui.Places]ui.Screen
	shown   [ui.Places]bool
	at      ui.Place
	dialogs []opened
	tasks   tasks
	width   int
	height  int
	mouse   bool
	note    note
	failed  error
	click   lastClick
	gone    *service.Error // the portal or the database cannot be reached
	// quitting asks whether to quit while a live run is going.
	quitting ui.Dialog
	// launching tells that a run is being started.
	launching bool
	// elsewhere tells that another program has the terminal, whose interrupts are not ours.
	elsewhere atomic.Bool
	crash     *Crash
}

// Crash is a panic that ended the program.
type Crash struct {
	Value any
	Stack []byte
	// Place was on the screen, which had Width and Height cells.
	Place         ui.Place
	Width, Height int
}

type note struct {
	text string
	n    int
}

// New makes the frame and its places. Nothing is read yet.
func New(opt Options) *App {
	opt.System = opt.System.complete()
	if opt.Context == nil {
		opt.Context = context.Background()
	}
	themed, err := theme.New(opt.Theme)
	if err != nil {
		themed = theme.For(true)
	}
	a := &App{opt: opt, mouse: !opt.NoMouse, width: 80, height: 24}
	a.env = &ui.Env{Services: opt.Services, Theme: themed, Keys: opt.Keys, Portal: &service.Portal{}, Active: map[string]*service.Progress{},
		Now: opt.System.Now, Context: opt.Context}
	for i, build := range opt.Screens {
		a.screens[i] = build(a.env)
	}
	return a
}

// Env is what the places work with.
func (a *App) Env() *ui.Env { return a.env }

// Crash is the panic that ended the program, nil without one.
func (a *App) Crash() *Crash {
	if a.crash != nil {
		a.crash.Place, a.crash.Width, a.crash.Height = a.at, a.width, a.height
	}
	return a.crash
}

// Elsewhere tells that another program (an editor, a pager) has the terminal now. Any goroutine may ask.
func (a *App) Elsewhere() bool { return a.elsewhere.Load() }

// Messages of the frame itself.
type (
	portalMsg struct {
		portal *service.Portal
		files  []string
		err    error
	}
	accountMsg struct {
		status *service.AccountStatus
		err    error
	}
	noteGoneMsg struct{ n int }
	crashMsg    struct{ crash *Crash }
)

// Init reads the portal and the account, and asks the terminal for its background.
func (a *App) Init() tea.Cmd {
	cmds := []tea.Cmd{a.readPortal(nil), a.readAccount(), a.show(a.at)}
	if a.opt.Theme == "" || a.opt.Theme == theme.Auto {
		cmds = append(cmds, tea.RequestBackgroundColor)
	}
	return tea.Batch(cmds...)
}

func (a *App) readPortal(files []string) tea.Cmd {
	return a.guard(func() tea.Msg {
		p, err := a.env.Services.Workflows.Portal(a.env.Context)
		return portalMsg{p, files, err}
	})
}

func (a *App) readAccount() tea.Cmd {
	return a.guard(func() tea.Msg {
		s, err := a.env.Services.Account.Status(a.env.Context)
		return accountMsg{s, err}
	})
}

// show puts a place on the screen.
func (a *App) show(p ui.Place) tea.Cmd {
	a.at = p
	first := !a.shown[p]
	a.shown[p] = true
	return a.to(p, ui.Shown{First: first})
}

// Update takes a message. A panic in any place ends the program in order: the terminal is given back, what runs is kept.
func (a *App) Update(msg tea.Msg) (model tea.Model, cmd tea.Cmd) {
	defer func() {
		if v := recover(); v != nil {
			model, cmd = a, a.crashed(&Crash{Value: v, Stack: debug.Stack()})
		}
	}()
	if a.crash != nil { // while drawing
		return a, tea.Quit
	}
	return a, a.update(msg)
}

func (a *App) crashed(c *Crash) tea.Cmd {
	if a.crash == nil {
		a.crash = c
	}
	return tea.Quit
}

func (a *App) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tagged:
		return a.tagged(msg)
	case tea.KeyPressMsg:
		return a.press(msg)
	case tea.PasteMsg:
		return a.paste(msg)
	case tea.WindowSizeMsg:
		a.width, a.height = msg.Width, msg.Height
		return nil
	case tea.MouseMsg:
		return a.mouseMsg(msg)
	case tea.BackgroundColorMsg:
		return a.background(msg.IsDark())
	case service.Event:
		return a.event(msg)
	}
	return a.own(msg)
}

// own takes the messages of the frame itself.
func (a *App) own(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case portalMsg:
		return a.portalRead(msg)
	case accountMsg:
		if msg.err == nil {
			a.env.Account = msg.status
		}
		return nil
	case noteGoneMsg:
		if msg.n == a.note.n {
			a.note.text = ""
		}
		return nil
	case crashMsg:
		return a.crashed(msg.crash)
	case tasksMsg:
		return a.tasks.update(a, msg)
	case brokenMsg:
		if msg.err != nil {
			return a.fail(a.at, msg.err)
		}
		return nil
	case execMsg:
		return a.exec(msg)
	case outsideMsg:
		return a.outside(msg)
	}
	return nil
}

func (a *App) portalRead(msg portalMsg) tea.Cmd {
	if msg.err != nil {
		a.gone = service.AsError(msg.err)
		return nil
	}
	a.gone = nil
	if service.CodeOf(a.failed) == service.CodePortalGone {
		a.failed = nil
	}
	first := a.env.Portal.Dir == ""
	a.env.Portal = msg.portal
	if first {
		return nil
	}
	return a.all(ui.Refresh{Files: msg.files})
}

// event takes a hint that something happened.
func (a *App) event(e service.Event) tea.Cmd {
	var cmd tea.Cmd
	switch e.Kind {
	case service.EventRun:
		if e.Progress == nil {
			return nil
		}
		cmd = a.progress(e.Progress)
	case service.EventPortal:
		a.gone = nil
		cmd = a.readPortal(e.Files)
	case service.EventAccount:
		cmd = a.readAccount()
	case service.EventGone:
		a.gone = e.Err
	case service.EventBroken:
		cmd = a.broken(e.Err)
	}
	return tea.Batch(cmd, a.all(e))
}

func (a *App) progress(p *service.Progress) tea.Cmd {
	if !p.Ended {
		a.env.Active[p.Run] = p
		return nil
	}
	delete(a.env.Active, p.Run)
	if p.Err != nil && p.Err.Code == service.CodeInternal {
		return a.broken(p.Err)
	}
	return a.say(endOf(p))
}

// brokenMsg is a mistake of the program that it survived, with the file of the report.
type brokenMsg struct{ err *service.Error }

// broken shows a mistake of the program that ended a run or some work beside, and leaves a report about it.
func (a *App) broken(e *service.Error) tea.Cmd {
	var p interface {
		Stack() []byte
		PanicValue() any
	}
	if e == nil || a.opt.Report == nil || !errors.As(error(e), &p) {
		return func() tea.Msg { return brokenMsg{e} }
	}
	c, shown := &Crash{Value: p.PanicValue(), Stack: p.Stack(), Place: a.at, Width: a.width, Height: a.height}, *e
	return a.guard(func() tea.Msg {
		if file, err := a.opt.Report(c); err == nil {
			shown.Hint = "a report without keys and records is in " + file
		}
		return brokenMsg{&shown}
	})
}

// all gives a message to every place that was on the screen before.
func (a *App) all(msg tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	for p := range ui.Places {
		if a.shown[p] {
			cmds = append(cmds, a.to(p, msg))
		}
	}
	return tea.Batch(cmds...)
}

func (a *App) background(isDark bool) tea.Cmd {
	if a.opt.Theme != "" && a.opt.Theme != theme.Auto {
		return nil
	}
	if want := theme.For(isDark); want.Name != a.env.Theme.Name {
		a.env.Theme = want
		return a.all(ui.Themed{})
	}
	return nil
}

// say shows a line for a while.
func (a *App) say(text string) tea.Cmd {
	if text == "" {
		return nil
	}
	const shown = 6 * time.Second
	a.note.n++
	a.note.text = text
	n := a.note.n
	return a.opt.System.Tick(shown, func(time.Time) tea.Msg { return noteGoneMsg{n} })
}
