package runs_test

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"askflow/internal/service"
	"askflow/internal/tui/inspect"
	"askflow/internal/tui/screen/runs"
	"askflow/internal/tui/theme"
	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
)

// hand drives the place without the frame: what it asks for is done when the test says so, command by command.
type hand struct {
	t      testing.TB
	screen ui.Screen
	env    *ui.Env
	cmds   []tea.Cmd
}

// active puts a run among those that go on, as the frame does; nil takes it away.
func (h *hand) active(id string, p *service.Progress) *hand {
	if delete(h.env.Active, id); p != nil {
		h.env.Active[id] = p
	}
	return h
}

func byHand(tb testing.TB, s *store) *hand {
	tb.Helper()
	env := &ui.Env{Services: s.services(), Theme: theme.For(true), Keys: tuitest.Keys(tb, inspect.Keys(), runs.Keys()), Portal: &service.Portal{TimeZone: "Europe/Berlin"}, Active: map[string]*service.Progress{},
		Now: func() time.Time { return time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC) }, Context: tb.Context()}
	h := &hand{t: tb, env: env, screen: runs.New(env)}
	return h.send(ui.Shown{First: true}).all()
}

func (h *hand) send(msg tea.Msg) *hand {
	if cmd := h.screen.Update(msg); cmd != nil {
		h.cmds = append(h.cmds, cmd)
	}
	return h
}

func (h *hand) press(keys ...string) *hand {
	for _, k := range keys {
		h.send(tuitest.KeyPress(k))
	}
	return h
}

// do does what an action's key does.
func (h *hand) do(id string) *hand {
	h.t.Helper()
	for _, b := range h.screen.Bindings() {
		if b.ID == id && b.Disabled == "" {
			if cmd := b.Do(); cmd != nil {
				h.cmds = append(h.cmds, cmd)
			}
			return h
		}
	}
	h.t.Fatalf("%s is not offered", id)
	return h
}

// step runs n commands; a batch is none.
func (h *hand) step(n int) *hand {
	for n > 0 && len(h.cmds) > 0 {
		cmd := h.cmds[0]
		h.cmds = h.cmds[1:]
		switch msg := cmd().(type) {
		case nil:
		case tea.BatchMsg:
			for _, c := range msg {
				if c != nil {
					h.cmds = append(h.cmds, c)
				}
			}
		default:
			h.send(msg)
			n--
		}
	}
	return h
}

func (h *hand) all() *hand { return h.step(10_000) }

func (h *hand) view() string { return ansi.Strip(h.screen.View(120, 37)) }

func (h *hand) see(texts ...string) *hand {
	h.t.Helper()
	for _, s := range texts {
		if view := h.view(); !strings.Contains(view, s) {
			h.t.Fatalf("the screen does not show %q:\n%s", s, view)
		}
	}
	return h
}

func (h *hand) notSee(texts ...string) *hand {
	h.t.Helper()
	for _, s := range texts {
		if view := h.view(); strings.Contains(view, s) {
			h.t.Fatalf("the screen shows %q:\n%s", s, view)
		}
	}
	return h
}
