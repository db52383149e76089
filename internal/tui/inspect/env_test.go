package inspect_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/hubspot"
	"askflow/internal/service"
	"askflow/internal/service/local"
	"askflow/internal/tui/app"
	"askflow/internal/tui/inspect"
	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
)

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
	*tuitest.Stage
	env  *ui.Env
	left int
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
	s := &screen{}
	opt := app.Options{Services: services, Keys: tuitest.Keys(t, inspect.Keys())}
	opt.Screens[ui.Workflows] = func(env *ui.Env) ui.Screen {
		s.env = env
		return place{part: build(env), left: &s.left}
	}
	s.Stage = tuitest.NewStage(t, opt, ui.Workflows, width, height)
	s.Msg(ui.Shown{})
	return s
}

// golden compares a frame, without its styles, with a file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	tuitest.Golden(t, name, tuitest.Plain(got))
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
	portal := tuitest.OpenPortal(t, local.Options{Timer: quick})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return &demo{Services: portal.Services, t: t, ctx: ctx, dir: portal.Dir, events: portal.Events.Subscribe(ctx)}
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
