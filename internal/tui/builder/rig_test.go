package builder_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"askflow/internal/secret"
	"askflow/internal/service"
	"askflow/internal/service/local"
	"askflow/internal/tui/app"
	"askflow/internal/tui/builder"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/keymap"
	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
	"askflow/testdata"
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

// styles are the only escape sequences that a frame may hold.
var styles = regexp.MustCompile("\x1b\\[[0-9;:]*m")

type rig struct {
	*tuitest.Driver
	t    testing.TB
	host *host
	s    *service.Services
	dir  string
}

func rigOver(t testing.TB, s *service.Services, width, height int) *rig {
	t.Helper()
	keys, err := keymap.New(app.Keys(), widget.Keys(), dialog.Keys(), []keymap.Spec{{ID: "workflows.do", Keys: []string{"x"}, Short: "do", Help: "Do it"}})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, host: &host{}, s: s}
	opt := app.Options{Services: s, Keys: keys, Theme: "dark"}
	for i := range opt.Screens {
		opt.Screens[i] = func(*ui.Env) ui.Screen { return &host{} }
	}
	opt.Screens[ui.Workflows] = func(env *ui.Env) ui.Screen { r.host.env = env; return r.host }
	r.Driver = tuitest.New(t, width, height, func(system app.System) tea.Model { opt.System = system; return app.New(opt) })
	r.Each = func(frame string) {
		for i, line := range strings.Split(frame, "\n") {
			if w := ansi.StringWidth(line); w != width {
				t.Fatalf("line %d is %d wide: %q", i, w, line)
			}
		}
		for _, c := range styles.ReplaceAllString(frame, "") {
			if c < ' ' && c != '\n' || c >= 0x7f && c < 0xa0 {
				t.Fatalf("the control character %U is drawn", c)
			}
		}
	}
	return r
}

// demo opens the demo portal in a folder of its own.
func demo(t testing.TB, width, height int) *rig {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "portal")
	from, err := fs.Sub(testdata.Demo, "demo")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, from); err != nil {
		t.Fatal(err)
	}
	l, err := local.Open(context.Background(), local.Options{Dir: dir, Environ: func(string) (string, bool) { return "", false }, Keyring: nothing{}, ConfigDir: t.TempDir(), Polling: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	r := rigOver(t, l.Services(), width, height)
	r.dir = dir
	return r
}

// nothing is a keyring without keys.
type nothing struct{}

func (nothing) Get(_, _ string) (string, error) { return "", secret.ErrNotFound }
func (nothing) Set(_, _, _ string) error        { return nil }
func (nothing) Delete(_, _ string) error        { return secret.ErrNotFound }

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
