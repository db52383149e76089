package tui_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/service/local"
	"askflow/internal/tui"
	"askflow/internal/tui/app"
	"askflow/internal/tui/tuitest"
)

// visit is somebody in front of the whole program.
type visit struct {
	*tuitest.Driver
	*machine
	services      *service.Services
	frame         *app.App
	width, height int
	// keys counts what was pressed.
	keys int
}

// sit opens the program on the machine as it is opened for real, but with a driver for a terminal. Every frame is checked.
func (m *machine) sit(width, height int) *visit {
	m.t.Helper()
	ctx, cancel := context.WithCancel(m.t.Context())
	// Files settle forty times as fast, so that nothing waits long.
	quick := func(d time.Duration) (<-chan time.Time, func()) {
		timer := time.NewTimer(d / 40)
		return timer.C, func() { timer.Stop() }
	}
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	l, err := local.Open(ctx, local.Options{Dir: m.dir, Version: "test", Keyring: &m.ring, ConfigDir: m.home, WorkFactor: 4, Transport: m.transport, Timer: quick, Now: func() time.Time { return now },
		Environ: func(name string) (string, bool) { v, ok := m.env[name]; return v, ok }})
	if err != nil {
		m.t.Fatal(err)
	}
	keys, err := tui.Keymap()
	if err != nil {
		m.t.Fatal(err)
	}
	v := &visit{machine: m, services: l.Services(), width: width, height: height}
	v.Driver = tuitest.New(m.t, width, height, func(s app.System) tea.Model {
		v.frame = app.New(app.Options{Services: v.services, Screens: tui.Screens(), Keys: keys, Theme: "dark", Version: "test", Context: ctx, System: s})
		return v.frame
	})
	v.Each = v.look
	pumped := make(chan struct{})
	events := v.services.Events.Subscribe(ctx)
	go func() {
		defer close(pumped)
		for e := range events {
			v.Send(e)
		}
	}()
	m.t.Cleanup(func() {
		cancel()
		if err := l.Close(); err != nil {
			m.t.Error(err)
		}
		<-pumped
	})
	return v
}

// Press presses keys, and counts them.
func (v *visit) Press(keys ...string) *visit {
	v.t.Helper()
	v.keys += len(keys)
	v.Driver.Press(keys...)
	return v
}

// Type types a text, each letter of which is a key.
func (v *visit) Type(s string) *visit {
	v.t.Helper()
	v.keys += len([]rune(s))
	v.Driver.Type(s)
	return v
}

// See, NotSee, WaitFor, Paste and Resize are those of the driver, to go on with keys that are counted.
func (v *visit) See(texts ...string) *visit { v.t.Helper(); v.Driver.See(texts...); return v }

// Reads fails the test unless the screen shows each text; where it breaks lines does not matter.
func (v *visit) Reads(texts ...string) *visit {
	v.t.Helper()
	screen := v.Screen()
	flat := words(screen)
	for _, s := range texts {
		if !strings.Contains(flat, words(s)) {
			v.t.Fatalf("the screen does not say %q:\n%s", s, screen)
		}
	}
	return v
}

// words are the words of a screen or a text, without the lines that are drawn around them.
func words(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x2500 && r < 0x2580 }), " ")
}

func (v *visit) NotSee(texts ...string) *visit { v.t.Helper(); v.Driver.NotSee(texts...); return v }

func (v *visit) WaitFor(s string) *visit { v.t.Helper(); v.Driver.WaitFor(s); return v }

func (v *visit) Paste(s string) *visit { v.t.Helper(); v.Driver.Paste(s); return v }

func (v *visit) Resize(width, height int) *visit {
	v.t.Helper()
	v.width, v.height = width, height
	v.Driver.Resize(width, height)
	return v
}

// seek presses a key until the screen shows a text, a bounded number of times.
func (v *visit) seek(key, wanted string) *visit {
	v.t.Helper()
	for range 40 {
		if strings.Contains(v.Screen(), wanted) {
			return v
		}
		v.Press(key)
	}
	return v.See(wanted)
}

// ended waits until a run has ended and the screen tells of it.
func (v *visit) ended(id string) *visit {
	v.t.Helper()
	v.Until(id+" has ended", func() bool {
		v.Screen() // which takes what happened
		_, going := v.frame.Env().Active[id]
		r, err := v.services.Runs.Run(v.t.Context(), id)
		return err == nil && !going && r.Status != run.RunRunning
	})
	return v
}

// editor plays $EDITOR: it changes the file that it is given, as somebody would.
func (v *visit) editor(edit func(args []string, before string) (after string)) {
	v.OnExec = func(cmd *exec.Cmd) error {
		file := cmd.Args[len(cmd.Args)-1]
		before, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		return os.WriteFile(file, []byte(edit(cmd.Args, string(before))), 0o644)
	}
}
