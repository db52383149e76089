package app

import (
	"runtime/debug"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/secret"
	"askflow/internal/tui/ui"
)

// tagged is a message that belongs to a place, or to a dialog over it.
type tagged struct {
	place  ui.Place
	dialog ui.Dialog
	msg    tea.Msg
}

// opened is a dialog with the place that opened it.
type opened struct {
	dialog ui.Dialog
	place  ui.Place
}

// tag makes the results of a command find back to where it came from. Places use the commands of package ui and plain
// functions; commands of Bubble Tea that act on the terminal are the frame's.
func (a *App) tag(place ui.Place, dialog ui.Dialog, cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return a.guard(func() tea.Msg {
		switch msg := cmd().(type) {
		case nil:
			return nil
		case tea.BatchMsg:
			out := make(tea.BatchMsg, 0, len(msg))
			for _, c := range msg {
				if c != nil {
					out = append(out, a.tag(place, dialog, c))
				}
			}
			return out
		default:
			return tagged{place, dialog, msg}
		}
	})
}

// guard turns a panic in a command into the end of the program, in order.
func (a *App) guard(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer func() {
			if v := recover(); v != nil {
				msg = crashMsg{&Crash{Value: v, Stack: debug.Stack()}}
			}
		}()
		return cmd()
	}
}

// to gives a message to a place.
func (a *App) to(p ui.Place, msg tea.Msg) tea.Cmd {
	return a.tag(p, nil, a.screens[p].Update(msg))
}

func (a *App) tagged(t tagged) tea.Cmd {
	if cmd, is := a.request(t); is {
		return cmd
	}
	if t.dialog == nil {
		return a.to(t.place, t.msg)
	}
	for _, o := range a.dialogs {
		if o.dialog == t.dialog {
			return a.tag(t.place, t.dialog, t.dialog.Update(t.msg))
		}
	}
	return nil // the dialog is closed
}

// request does what a place asks the frame for.
func (a *App) request(t tagged) (tea.Cmd, bool) {
	switch msg := t.msg.(type) {
	case ui.GoToMsg:
		return a.goTo(msg), true
	case ui.NoteMsg:
		return a.say(msg.Text), true
	case ui.FailMsg:
		return a.fail(t.place, msg.Err), true
	case ui.OpenMsg:
		a.dialogs = append(a.dialogs, opened{msg.Dialog, t.place})
		return nil, true
	case ui.CloseMsg:
		return a.close(t, msg.Then), true
	case ui.StartMsg:
		return a.tasks.start(a, t.place, msg.Task), true
	case ui.CopyMsg:
		return a.copy(msg), true
	case ui.PagerMsg:
		return a.pager(msg), true
	case ui.EditMsg:
		return a.edit(t.place, msg), true
	case ui.SettingsMsg:
		a.env.Settings = msg.Settings
		return nil, true
	case ui.LaunchMsg:
		return a.launch(t.place, msg), true
	case leaveMsg:
		return a.leave(msg.opened), true
	case launchedMsg:
		return a.launched(msg), true
	case palettePick:
		return a.pick(msg.id), true
	case tea.QuitMsg:
		return tea.Quit, true
	}
	return nil, false
}

func (a *App) goTo(msg ui.GoToMsg) tea.Cmd {
	if msg.Place < 0 || msg.Place >= ui.Places {
		return nil
	}
	cmds := []tea.Cmd{a.show(msg.Place)}
	if msg.Msg != nil {
		cmds = append(cmds, a.to(msg.Place, msg.Msg))
	}
	return tea.Batch(cmds...)
}

// close closes the dialog that asks for it, or the topmost one.
func (a *App) close(t tagged, then tea.Cmd) tea.Cmd {
	for i := len(a.dialogs) - 1; i >= 0; i-- {
		if t.dialog == nil || a.dialogs[i].dialog == t.dialog {
			a.dialogs = append(a.dialogs[:i:i], a.dialogs[i+1:]...)
			break
		}
	}
	return a.tag(t.place, nil, then)
}

// top is the dialog that has the keys, nil without one.
func (a *App) top() *opened {
	if len(a.dialogs) == 0 {
		return nil
	}
	return &a.dialogs[len(a.dialogs)-1]
}

// input gives a message that a person made to whoever has the keys.
func (a *App) input(msg tea.Msg) tea.Cmd {
	if d := a.top(); d != nil {
		return a.tag(d.place, d.dialog, d.dialog.Update(msg))
	}
	return a.to(a.at, msg)
}

// paste gives pasted text to whoever has the keys. A key is for the dialog that asks for one; anywhere else it would be shown.
func (a *App) paste(msg tea.PasteMsg) tea.Cmd {
	if secret.HoldsKey(msg.Content) {
		d := a.top()
		if d == nil {
			return a.say(keyPasted)
		}
		if s, is := d.dialog.(interface{ TakesKeys() bool }); !is || !s.TakesKeys() {
			return a.say(keyPasted)
		}
	}
	return a.input(msg)
}

const keyPasted = "What you pasted is an OpenAI key. It is not shown, and was not taken: press 6, then c, to connect it."
