package tuitest

import (
	"strconv"
	"testing"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/tui/app"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/keymap"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// Stage is the whole frame with the places that are tested; Others stand where there is none.
type Stage struct {
	*Driver
	Frame  *app.App
	Others [ui.Places]*Elsewhere
}

// NewStage shows a frame at a place. Screens that the options leave out become Elsewhere; the theme is the dark one unless they name another.
func NewStage(t testing.TB, opt app.Options, at ui.Place, width, height int) *Stage {
	t.Helper()
	s := &Stage{}
	for p := range ui.Places {
		s.Others[p] = &Elsewhere{Name: p.String()}
		if opt.Screens[p] == nil {
			opt.Screens[p] = func(*ui.Env) ui.Screen { return s.Others[p] }
		}
	}
	if opt.Theme == "" {
		opt.Theme = "dark"
	}
	s.Driver = New(t, width, height, func(system app.System) tea.Model {
		opt.System = system
		s.Frame = app.New(opt)
		return s.Frame
	})
	if at != 0 {
		s.Press(strconv.Itoa(int(at) + 1))
	}
	return s
}

// Keys are the keys of the frame, its widgets and its dialogs, and those of the places that are tested. Clashes fail the test.
func Keys(t testing.TB, specs ...[]keymap.Spec) *keymap.Map {
	t.Helper()
	keys, err := keymap.New(append([][]keymap.Spec{app.Keys(), widget.Keys(), dialog.Keys()}, specs...)...)
	if err != nil {
		t.Fatal(err)
	}
	if clashes := keys.Clashes("keys"); len(clashes) > 0 {
		t.Fatal(clashes)
	}
	return keys
}
