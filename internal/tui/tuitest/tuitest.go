// Package tuitest drives the screen in tests: it runs Update and View in one goroutine until nothing is left to do, and reads
// like what a person does: press, type, see.
package tuitest

import (
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"askflow/internal/tui/app"
)

// T is what the driver needs of a test.
type T interface {
	Helper()
	Fatalf(format string, args ...any)
}

// Driver drives a model.
type Driver struct {
	t     T
	model tea.Model
	queue []tea.Msg
	// ticks are timers that wait for Advance.
	ticks []tick
	now   time.Time
	quit  bool
	// Frames counts views.
	Frames int
	// Each is called with every frame, if set.
	Each func(frame string)

	mu     sync.Mutex
	outer  []tea.Msg
	signal chan struct{}

	// OnExec plays the program that gets the terminal: an editor, a pager. Nil: it fails the test.
	OnExec func(cmd *exec.Cmd) error
	// Clipboard is what was copied last.
	Clipboard string
	// Env are the variables that the program sees.
	Env map[string]string
	// Missing are the programs that are not installed; all others are.
	Missing map[string]bool
}

type tick struct {
	at  time.Time
	msg func(time.Time) tea.Msg
}

// execMsg stands for a program that gets the terminal.
type execMsg struct {
	cmd  *exec.Cmd
	done tea.ExecCallback
}

// limit is how long a wait for something that goes on in the background may take before the test fails.
const limit = 60 * time.Second

// New makes a driver; build gets the System that stands for the machine.
func New(t T, width, height int, build func(system app.System) tea.Model) *Driver {
	t.Helper()
	d := &Driver{t: t, now: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC), signal: make(chan struct{}, 1), Env: map[string]string{"EDITOR": "edit", "PAGER": "page"}}
	d.model = build(app.System{
		Now: func() time.Time { return d.now },
		Tick: func(after time.Duration, msg func(time.Time) tea.Msg) tea.Cmd {
			at := d.now.Add(after)
			return func() tea.Msg { return tick{at, msg} }
		},
		Exec: func(cmd *exec.Cmd, done tea.ExecCallback) tea.Cmd {
			return func() tea.Msg { return execMsg{cmd, done} }
		},
		Getenv: func(name string) string { return d.Env[name] },
		LookPath: func(name string) (string, error) {
			if d.Missing[name] {
				return "", &exec.Error{Name: name, Err: exec.ErrNotFound}
			}
			if strings.HasPrefix(name, "/") {
				return name, nil
			}
			return "/usr/bin/" + name, nil
		},
		Clipboard:  func(s string) tea.Cmd { return func() tea.Msg { d.Clipboard = s; return nil } },
		RunQuietly: func(*exec.Cmd) error { return nil },
	})
	d.run(d.model.Init())
	d.Resize(width, height)
	return d
}

// Send gives the program a message from outside, as its event pump does; any goroutine may call it.
func (d *Driver) Send(msg tea.Msg) {
	d.mu.Lock()
	d.outer = append(d.outer, msg)
	d.mu.Unlock()
	select {
	case d.signal <- struct{}{}:
	default:
	}
}

// Resize changes the window's size.
func (d *Driver) Resize(width, height int) *Driver {
	return d.give(tea.WindowSizeMsg{Width: width, Height: height})
}

// Press presses keys, one after the other, named as Bubble Tea names them: "enter", "ctrl+p", "j".
func (d *Driver) Press(keys ...string) *Driver {
	for _, k := range keys {
		d.give(KeyPress(k))
	}
	return d
}

// Type types a text, letter by letter.
func (d *Driver) Type(s string) *Driver {
	for _, r := range s {
		switch r {
		case '\n':
			d.Press("enter")
		case ' ':
			d.give(tea.KeyPressMsg{Code: tea.KeySpace, Text: " "})
		default:
			d.give(tea.KeyPressMsg{Code: r, Text: string(r)})
		}
	}
	return d
}

// Paste pastes a text.
func (d *Driver) Paste(s string) *Driver { return d.give(tea.PasteMsg{Content: s}) }

// Click clicks at a cell of the screen.
func (d *Driver) Click(x, y int) *Driver {
	return d.give(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
}

// Wheel turns the wheel over a cell; up is negative.
func (d *Driver) Wheel(x, y, turns int) *Driver {
	button := tea.MouseWheelDown
	if turns < 0 {
		button, turns = tea.MouseWheelUp, -turns
	}
	for range turns {
		d.give(tea.MouseWheelMsg{X: x, Y: y, Button: button})
	}
	return d
}

// Msg gives the program any message.
func (d *Driver) Msg(msg tea.Msg) *Driver { return d.give(msg) }

// Advance lets time pass; timers that are due fire.
func (d *Driver) Advance(by time.Duration) *Driver {
	d.now = d.now.Add(by)
	due := d.ticks
	d.ticks = nil
	for _, t := range due {
		if t.at.After(d.now) {
			d.ticks = append(d.ticks, t)
			continue
		}
		d.queue = append(d.queue, t.msg(d.now))
	}
	d.settle()
	return d
}

// See fails the test unless the screen shows each text.
func (d *Driver) See(texts ...string) *Driver {
	d.t.Helper()
	screen := d.Screen()
	for _, s := range texts {
		if !strings.Contains(screen, s) {
			d.t.Fatalf("the screen does not show %q:\n%s", s, screen)
		}
	}
	return d
}

// NotSee fails the test if the screen shows any of the texts.
func (d *Driver) NotSee(texts ...string) *Driver {
	d.t.Helper()
	screen := d.Screen()
	for _, s := range texts {
		if strings.Contains(screen, s) {
			d.t.Fatalf("the screen shows %q:\n%s", s, screen)
		}
	}
	return d
}

// WaitFor takes what comes from outside until the screen shows a text.
func (d *Driver) WaitFor(s string) *Driver {
	d.t.Helper()
	return d.Until(fmt.Sprintf("the screen shows %q", s), func() bool { return strings.Contains(d.Screen(), s) })
}

// Until takes what comes from outside until something is true.
func (d *Driver) Until(what string, is func() bool) *Driver {
	d.t.Helper()
	end := time.NewTimer(limit)
	defer end.Stop()
	for !is() {
		select {
		case <-d.signal:
			d.pump()
		case <-end.C:
			d.t.Fatalf("it never came about that %s:\n%s", what, d.Screen())
		}
	}
	return d
}

// Quit tells whether the program has ended.
func (d *Driver) Quit() bool { return d.quit }

// Screen is what the screen shows, without styles.
func (d *Driver) Screen() string { return ansi.Strip(d.Styled()) }

// Styled is what the screen shows.
func (d *Driver) Styled() string {
	d.pump()
	d.Frames++
	switch v := any(d.model).(type) {
	case interface{ View() tea.View }:
		frame := v.View().Content
		if d.Each != nil {
			d.Each(frame)
		}
		return frame
	}
	return ""
}

func (d *Driver) pump() {
	d.mu.Lock()
	outer := d.outer
	d.outer = nil
	d.mu.Unlock()
	if len(outer) > 0 {
		d.queue = append(d.queue, outer...)
		d.settle()
	}
}

func (d *Driver) give(msg tea.Msg) *Driver {
	d.pump()
	d.queue = append(d.queue, msg)
	d.settle()
	if d.Each != nil {
		d.Styled()
	}
	return d
}

// settle goes on until there is nothing left to do.
func (d *Driver) settle() {
	for len(d.queue) > 0 && !d.quit {
		msg := d.queue[0]
		d.queue = d.queue[1:]
		switch m := msg.(type) {
		case nil:
		case tea.QuitMsg:
			d.quit = true
		case tea.BatchMsg:
			for _, cmd := range m {
				d.run(cmd)
			}
		case tick:
			d.ticks = append(d.ticks, m)
		case execMsg:
			d.exec(m)
		default:
			next, cmd := d.model.Update(m)
			d.model = next
			d.run(cmd)
		}
	}
}

func (d *Driver) exec(m execMsg) {
	if d.OnExec == nil {
		d.t.Fatalf("nobody plays the program %v", m.cmd.Args)
	}
	d.queue = append(d.queue, m.done(d.OnExec(m.cmd)))
}

func (d *Driver) run(cmd tea.Cmd) {
	if cmd != nil {
		d.queue = append(d.queue, cmd())
	}
}

// KeyPress makes the message of a key by its name.
func KeyPress(name string) tea.KeyPressMsg {
	var k tea.KeyPressMsg
	rest := name
	for {
		mod, after, found := strings.Cut(rest, "+")
		if !found || after == "" {
			break
		}
		switch mod {
		case "ctrl":
			k.Mod |= tea.ModCtrl
		case "alt":
			k.Mod |= tea.ModAlt
		case "shift":
			k.Mod |= tea.ModShift
		}
		rest = after
	}
	special := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight,
		"pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "home": tea.KeyHome, "end": tea.KeyEnd, "space": tea.KeySpace, "backspace": tea.KeyBackspace, "delete": tea.KeyDelete}
	if code, is := special[rest]; is {
		k.Code = code
		if rest == "space" && k.Mod == 0 {
			k.Text = " "
		}
		return k
	}
	r := []rune(rest)[0]
	k.Code = r
	if k.Mod&^tea.ModShift == 0 {
		k.Text = rest
	}
	return k
}
