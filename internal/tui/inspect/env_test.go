package inspect_test

import (
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"askflow/internal/hubspot"
	"askflow/internal/service"
	"askflow/internal/service/local"
	"askflow/internal/tui/app"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/inspect"
	"askflow/internal/tui/keymap"
	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
	"askflow/testdata"
)

var update = flag.Bool("update", false, "write the golden files anew")

// part is what the package offers: something that lies over a place.
type part interface {
	Update(msg tea.Msg) tea.Cmd
	View(width, height int) string
	Bindings() []ui.Binding
	Back() bool
	Crumbs() []string
	Typing() bool
}

// place lets a part fill the screen. left counts how often esc had nothing more to leave.
type place struct {
	part
	left *int
}

func (p place) Command() string { return "runs show r1" }
func (p place) Back() bool {
	if p.part.Back() {
		return true
	}
	*p.left++
	return false
}

// screen is a part within the whole frame.
type screen struct {
	*tuitest.Driver
	env  *ui.Env
	left int
	// messages the other places got.
	went []tea.Msg
}

// core answers what the frame asks for.
type core struct {
	service.Workflows
	service.Account
	portal *service.Portal
}

func (c core) Portal(context.Context) (*service.Portal, error) { return c.portal, nil }
func (c core) Status(context.Context) (*service.AccountStatus, error) {
	return &service.AccountStatus{}, nil
}

func testPortal() *service.Portal {
	return &service.Portal{Dir: "/p", Name: "Northwind", TimeZone: "Europe/Berlin", Answers: "scripted", Era: "responses", Now: time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC),
		Users: []hubspot.User{{ID: "16", OwnerID: "9016", Name: "Grace Hopper"}}}
}

// open shows a part that is made with the frame's Env, over fakes of the services.
func open(t testing.TB, width, height int, runs service.Runs, build func(env *ui.Env) part) *screen {
	t.Helper()
	c := core{portal: testPortal()}
	return openServices(t, width, height, &service.Services{Workflows: c, Account: c, Runs: runs}, build)
}

func openServices(t testing.TB, width, height int, services *service.Services, build func(env *ui.Env) part) *screen {
	t.Helper()
	keys, err := keymap.New(app.Keys(), widget.Keys(), dialog.Keys(), inspect.Keys())
	if err != nil {
		t.Fatal(err)
	}
	if clashes := keys.Clashes("keys"); len(clashes) > 0 {
		t.Fatal(clashes)
	}
	s := &screen{}
	opt := app.Options{Services: services, Keys: keys, Theme: "dark"}
	for i := range opt.Screens {
		opt.Screens[i] = func(env *ui.Env) ui.Screen {
			s.env = env
			if i == 0 {
				return place{part: build(env), left: &s.left}
			}
			return place{part: elsewhere{s}, left: new(int)}
		}
	}
	s.Driver = tuitest.New(t, width, height, func(sys app.System) tea.Model { opt.System = sys; return app.New(opt) })
	s.Driver.Msg(ui.Shown{})
	return s
}

// elsewhere is another place.
type elsewhere struct{ s *screen }

func (e elsewhere) Update(msg tea.Msg) tea.Cmd { e.s.went = append(e.s.went, msg); return nil }
func (elsewhere) View(int, int) string         { return "elsewhere" }
func (elsewhere) Bindings() []ui.Binding       { return nil }
func (elsewhere) Back() bool                   { return false }
func (elsewhere) Crumbs() []string             { return nil }
func (elsewhere) Typing() bool                 { return false }

// fits tells what is wrong with a frame: its size, a width that depends on the terminal, a control character.
func fits(frame string, width, height int) error {
	lines := strings.Split(frame, "\n")
	if len(lines) != height {
		return fmt.Errorf("%d lines, not %d", len(lines), height)
	}
	for i, line := range lines {
		a, b := ansi.StringWidth(line), ansi.StringWidthWc(line)
		if a != width || b != width {
			return fmt.Errorf("line %d is %d and %d wide, not %d: %q", i, a, b, width, line)
		}
		for rest := line; ; {
			at := strings.IndexFunc(rest, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 })
			if at < 0 {
				break
			}
			end := strings.IndexByte(rest[at:], 'm')
			if !strings.HasPrefix(rest[at:], "\x1b[") || end < 0 || strings.Trim(rest[at+2:at+end], "0123456789;:") != "" {
				return fmt.Errorf("line %d holds a control character: %q", i, line)
			}
			rest = rest[at+end+1:]
		}
	}
	return nil
}

// golden compares a frame, without its styles, with a file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	lines := strings.Split(ansi.Strip(got), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	got = strings.Join(lines, "\n") + "\n"
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (write it anew with -update): %s", name, diff)
	}
}

// demo is the demo portal, unpacked, with the services over it.
type demo struct {
	*service.Services
	t      testing.TB
	ctx    context.Context
	dir    string
	events <-chan service.Event
}

func openDemo(t testing.TB) *demo {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "portal")
	from, err := fs.Sub(testdata.Demo, "demo")
	if err == nil {
		err = os.CopyFS(dir, from)
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	l, err := local.Open(ctx, local.Options{Dir: dir, Version: "test", Environ: func(string) (string, bool) { return "", false }, ConfigDir: t.TempDir(), WorkFactor: 4, Timer: quick})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	d := &demo{Services: l.Services(), t: t, ctx: ctx, dir: dir}
	d.events = d.Events.Subscribe(ctx)
	return d
}

// run runs a workflow to its end and gives the run's id.
func (d *demo) run(r service.RunRequest) string {
	d.t.Helper()
	started, err := d.Launcher.Start(d.ctx, r)
	if err != nil {
		d.t.Fatal(err)
	}
	for e := range d.events {
		if e.Kind == service.EventRun && e.Progress.Run == started.Run.ID && e.Progress.Ended {
			if e.Progress.Err != nil {
				d.t.Fatal(e.Progress.Err)
			}
			return started.Run.ID
		}
	}
	d.t.Fatal("the run did not end")
	return ""
}

// edit replaces texts in a file of the portal, pairs of old and new, and waits until the services have read it.
func (d *demo) edit(file string, texts ...string) {
	d.t.Helper()
	path := filepath.Join(d.dir, filepath.FromSlash(file))
	data, err := os.ReadFile(path)
	if err != nil {
		d.t.Fatal(err)
	}
	for i := 0; i < len(texts); i += 2 {
		if !strings.Contains(string(data), texts[i]) {
			d.t.Fatalf("%s does not hold %q", file, texts[i])
		}
	}
	if err := os.WriteFile(path, []byte(strings.NewReplacer(texts...).Replace(string(data))), 0o644); err != nil {
		d.t.Fatal(err)
	}
	for e := range d.events {
		if e.Kind == service.EventPortal && slices.Contains(e.Files, file) {
			return
		}
	}
	d.t.Fatal("the file was not read again")
}

// quick is a timer that goes off forty times as early.
func quick(d time.Duration) (<-chan time.Time, func()) {
	timer := time.NewTimer(d / 40)
	return timer.C, func() { timer.Stop() }
}
