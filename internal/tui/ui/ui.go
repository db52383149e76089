// Package ui is the contract between the program's frame (router, header, footer, dialogs, tasks) and its places. A place
// draws itself and says which actions it offers right now; everything beyond its own body it asks of the frame, with the
// commands of this package.
package ui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/service"
	"askflow/internal/tui/keymap"
	"askflow/internal/tui/theme"
)

// Place is one of the six.
type Place int

// The places, in the order of their number keys.
const (
	Workflows Place = iota
	Assistant
	Records
	Runs
	Inbox
	Account
	Places // how many there are
)

// String is the place's name on the screen.
func (p Place) String() string {
	return [...]string{"Workflows", "Assistant", "Records", "Runs", "Inbox", "Account", ""}[p]
}

// Env is what every place and dialog works with. The frame keeps it up to date; read it anew in every Update and View.
type Env struct {
	Services *service.Services
	Theme    *theme.Theme
	Keys     *keymap.Map
	// Portal is as it was last read; never nil, empty before the first time.
	Portal *service.Portal
	// Account is as last read, nil before the first time.
	Account *service.AccountStatus
	// Active are the runs that go on, by id.
	Active map[string]*service.Progress
	// Settings are what the next run is started with: chosen in the place Assistant, used by every place that starts one.
	Settings Settings
	// Now is wall time.
	Now func() time.Time
	// Context ends with the program.
	Context context.Context
}

// Settings are choices for the next run; zero members leave it to the workflow.
type Settings struct {
	Answers         string
	Assistant       string
	Model           string
	Temperature     *float64
	ReasoningEffort string
	MaxCost         string
}

// Screen is a place. All of its methods are called from one goroutine; none may wait or take longer than a frame: what takes
// time goes through Load or Start.
type Screen interface {
	// Update takes a message: Shown, keys that no binding took, Click, Wheel, service.Event, results of the place's own
	// commands, and what other places sent with GoTo.
	Update(msg tea.Msg) tea.Cmd
	// View draws the body: at most height lines of at most width cells.
	View(width, height int) string
	// Crumbs say where in the place we are, without its name: "Lead qualification", "Ada Byron".
	Crumbs() []string
	// Bindings are the actions that work here and now, the most important first.
	Bindings() []Binding
	// Typing tells that letters go into a text.
	Typing() bool
	// Back leaves what was last opened within the place (esc); false when there is nothing left to leave.
	Back() bool
	// Command is the command line that shows or does the same, without the program's name: "runs show r3 --record 101".
	Command() string
}

// Dialog is drawn in a frame over the place that opened it; results of its commands go to that place, other than keys.
type Dialog interface {
	Title() string
	Update(msg tea.Msg) tea.Cmd
	// View draws the inside.
	View(width, height int) string
	Bindings() []Binding
	Typing() bool
}

// Binding is an action that is offered now.
type Binding struct {
	// ID of the keymap.
	ID string
	// Disabled says why it cannot be done now, "" when it can. Pressing the key then shows the reason.
	Disabled string
	Do       func() tea.Cmd
}

// On is a binding that can be used.
func On(id string, do func() tea.Cmd) Binding { return Binding{ID: id, Do: do} }

// When is a binding that can be used unless there is a reason why not.
func When(id, disabled string, do func() tea.Cmd) Binding {
	return Binding{ID: id, Disabled: disabled, Do: do}
}

// Shown tells a place that it is on the screen now; First tells that it never was before.
type Shown struct{ First bool }

// Refresh tells a place that files of the portal changed and Env.Portal was read again.
type Refresh struct{ Files []string }

// Themed tells that Env.Theme is another one: cached styles are void.
type Themed struct{}

// Click is a click into the body; X and Y count cells from its top left.
type Click struct {
	X, Y int
	// Double tells that it is the second at the same place within half a second.
	Double bool
}

// Wheel is a turn of the mouse wheel over the body; Lines is negative upwards.
type Wheel struct{ X, Y, Lines int }

// Send gives a message to the place that the command comes from.
func Send(msg tea.Msg) tea.Cmd { return func() tea.Msg { return msg } }

// Requests to the frame; made by the functions below.
type (
	// GoToMsg switches to a place and gives it a message (nil for none).
	GoToMsg struct {
		Place Place
		Msg   tea.Msg
	}
	// NoteMsg shows a line for a while.
	NoteMsg struct{ Text string }
	// FailMsg shows an error until a key is pressed.
	FailMsg struct{ Err error }
	// OpenMsg opens a dialog.
	OpenMsg struct{ Dialog Dialog }
	// CloseMsg closes the topmost dialog and then does Then.
	CloseMsg struct{ Then tea.Cmd }
	// StartMsg starts a task.
	StartMsg struct{ Task Task }
	// CopyMsg copies a text.
	CopyMsg struct{ Text, What string }
	// PagerMsg shows a text in $PAGER.
	PagerMsg struct{ Name, Text string }
	// EditMsg opens a file in $EDITOR.
	EditMsg struct {
		Path string
		// Line and Column count from 1; 0 for the beginning.
		Line, Column int
		// Done makes the message that the place gets afterwards; the error says why the editor could not do it.
		Done func(err error) tea.Msg
	}
	// SettingsMsg changes Env.Settings.
	SettingsMsg struct{ Settings Settings }
)

// GoTo switches to a place, and gives it a message unless it is nil.
func GoTo(p Place, msg tea.Msg) tea.Cmd { return Send(GoToMsg{p, msg}) }

// Note shows a line for a while.
func Note(text string) tea.Cmd { return Send(NoteMsg{text}) }

// Fail shows an error: what happened, what it means, what to do.
func Fail(err error) tea.Cmd { return Send(FailMsg{err}) }

// Open opens a dialog.
func Open(d Dialog) tea.Cmd { return Send(OpenMsg{d}) }

// Close closes the topmost dialog, then does what is given (nil for nothing).
func Close(then tea.Cmd) tea.Cmd { return Send(CloseMsg{then}) }

// Copy copies a text through the terminal (OSC 52) and the system's own clipboard; what names it in the line that says so.
func Copy(text, what string) tea.Cmd { return Send(CopyMsg{text, what}) }

// Pager shows a text in $PAGER.
func Pager(name, text string) tea.Cmd { return Send(PagerMsg{name, text}) }

// Task is a wait with a name, which the frame shows and the user can cancel.
type Task struct {
	// Name says what is being done: "checking the key".
	Name string
	// Run does it, outside of Update. It returns a line for the user ("" for none).
	Run func(ctx context.Context) (result string, err error)
	// Done makes a message for the place when it has ended; nil for none. A failure is shown by the frame unless Quiet.
	Done  func(err error) tea.Msg
	Quiet bool
	// Far says in a few words how far it is, whenever the frame is drawn; nil, or "", for nothing. It is called while Run runs.
	Far func() string
}

// Start starts a task.
func Start(t Task) tea.Cmd { return Send(StartMsg{t}) }

// Loader guards one thing that is loaded: a newer load cancels the older one, whose result then no longer counts. The zero
// value is ready.
type Loader struct {
	n      int
	cancel context.CancelFunc
	busy   bool
}

// Loaded is the result of a load.
type Loaded[T any] struct {
	Of    *Loader
	N     int
	Value T
	Err   error
}

// Load runs fn outside of Update, and sends a Loaded[T].
func Load[T any](env *Env, l *Loader, fn func(ctx context.Context) (T, error)) tea.Cmd {
	l.Cancel()
	base := env.Context
	if base == nil {
		base = context.Background()
	}
	ctx, cancel := context.WithCancel(base)
	l.n, l.cancel, l.busy = l.n+1, cancel, true
	n := l.n
	return func() tea.Msg {
		value, err := fn(ctx)
		return Loaded[T]{Of: l, N: n, Value: value, Err: err}
	}
}

// Take tells whether the result of load n is the one that is waited for, and takes it.
func (l *Loader) Take(n int) bool {
	if !l.busy || n != l.n {
		return false
	}
	l.Cancel()
	return true
}

// Busy tells that something is being loaded.
func (l *Loader) Busy() bool { return l.busy }

// Cancel gives up what is being loaded.
func (l *Loader) Cancel() {
	if l.cancel != nil {
		l.cancel()
	}
	l.cancel, l.busy = nil, false
}
