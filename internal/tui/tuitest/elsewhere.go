package tuitest

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/tui/ui"
)

// Elsewhere is a place other than the one that is tested. It keeps what it is sent, and shows its name and what the place that is tested sent it last.
type Elsewhere struct {
	Name string
	// Got are its messages, the oldest first.
	Got []tea.Msg
	// Do is what a key does that no binding took; nil for nothing.
	Do tea.Cmd

	asked string
}

// Update keeps the message.
func (e *Elsewhere) Update(msg tea.Msg) tea.Cmd {
	e.Got = append(e.Got, msg)
	switch msg.(type) {
	case tea.KeyPressMsg:
		return e.Do
	case ui.ShowWorkflow, ui.ShowRecord, ui.ShowRun, ui.ShowAssistant, ui.ConnectAccount:
		e.asked = fmt.Sprintf(": %T %+v", msg, msg)
	}
	return nil
}

// View says which place it is.
func (e *Elsewhere) View(int, int) string { return "this is " + e.Name + e.asked }

// Crumbs are none.
func (*Elsewhere) Crumbs() []string { return nil }

// Bindings are none.
func (*Elsewhere) Bindings() []ui.Binding { return nil }

// Typing is false.
func (*Elsewhere) Typing() bool { return false }

// Back leaves nothing.
func (*Elsewhere) Back() bool { return false }

// Command is none.
func (*Elsewhere) Command() string { return "" }

// Last is the last message of a type that the place got; the zero value when there was none.
func Last[M tea.Msg](e *Elsewhere) (last M) {
	for _, m := range e.Got {
		if v, is := m.(M); is {
			last = v
		}
	}
	return last
}
