package builder_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/service"
	"askflow/internal/service/local"
	"askflow/internal/tui/app"
	"askflow/internal/tui/builder"
	"askflow/internal/tui/keymap"
	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
)

// host is the least place that opens the dialogs.
type host struct {
	env *ui.Env
	// do is what the key x does.
	do  func(*ui.Env) tea.Cmd
	got []tea.Msg
}

func (h *host) Update(msg tea.Msg) tea.Cmd {
	switch msg.(type) {
	case builder.Written, builder.Cancelled:
		h.got = append(h.got, msg)
	}
	return nil
}
func (h *host) View(int, int) string { return "the host" }
func (h *host) Crumbs() []string     { return nil }
func (h *host) Bindings() []ui.Binding {
	return []ui.Binding{ui.On("workflows.do", func() tea.Cmd { return h.do(h.env) })}
}
func (h *host) Typing() bool    { return false }
func (h *host) Back() bool      { return false }
func (h *host) Command() string { return "" }

type rig struct {
	*tuitest.Driver
	t    testing.TB
	host *host
	s    *service.Services
	dir  string
}

func rigOver(t testing.TB, s *service.Services, width, height int) *rig {
	t.Helper()
	keys := tuitest.Keys(t, []keymap.Spec{{ID: "workflows.do", Keys: []string{"x"}, Short: "do", Help: "Do it"}})
	r := &rig{t: t, host: &host{}, s: s}
	opt := app.Options{Services: s, Keys: keys}
	opt.Screens[ui.Workflows] = func(env *ui.Env) ui.Screen { r.host.env = env; return r.host }
	r.Driver = tuitest.NewStage(t, opt, ui.Workflows, width, height).Driver
	r.Each = func(frame string) { tuitest.Whole(t, frame, width, height) }
	return r
}

// demo opens the demo portal in a folder of its own.
func demo(t testing.TB, width, height int) *rig {
	t.Helper()
	portal := tuitest.OpenPortal(t, local.Options{Polling: true})
	r := rigOver(t, portal.Services, width, height)
	r.dir = portal.Dir
	return r
}

// open does something with a workflow.
func (r *rig) open(file string, do func(*ui.Env, *service.Workflow) tea.Cmd) *rig {
	r.t.Helper()
	wf, err := r.s.Workflows.Workflow(context.Background(), file)
	if err != nil {
		r.t.Fatal(err)
	}
	r.host.do = func(env *ui.Env) tea.Cmd { return do(env, wf) }
	r.Press("x")
	return r
}

// choose types into a list until one is left, and takes it.
func (r *rig) choose(words string) *rig {
	r.t.Helper()
	r.Type(words).Press("enter")
	return r
}

func (r *rig) file(name string) string {
	r.t.Helper()
	data, err := os.ReadFile(filepath.Join(r.dir, filepath.FromSlash(name)))
	if err != nil {
		r.t.Fatal(err)
	}
	return string(data)
}

// last is the last message that the place got.
func (r *rig) last() tea.Msg {
	if len(r.host.got) == 0 {
		return nil
	}
	return r.host.got[len(r.host.got)-1]
}

func (r *rig) wrote(file, step string) *rig {
	r.t.Helper()
	if got := r.last(); got != (builder.Written{File: file, Step: step}) {
		r.t.Fatalf("the place got %#v, not that %s, step %q was written:\n%s", got, file, step, r.Screen())
	}
	return r
}

func (r *rig) Press(keys ...string) *rig   { r.Driver.Press(keys...); return r }
func (r *rig) Type(s string) *rig          { r.Driver.Type(s); return r }
func (r *rig) See(texts ...string) *rig    { r.t.Helper(); r.Driver.See(texts...); return r }
func (r *rig) NotSee(texts ...string) *rig { r.t.Helper(); r.Driver.NotSee(texts...); return r }
