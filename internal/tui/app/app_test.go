package app_test

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/run"
	"askflow/internal/secret"
	"askflow/internal/service"
	"askflow/internal/tui/app"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/keymap"
	"askflow/internal/tui/text"
	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// page is a place that does what the test says.
type page struct {
	name     string
	messages []tea.Msg
	bindings []ui.Binding
	typing   bool
	typed    string
	depth    int
	view     func(w, h int) string
	update   func(tea.Msg) tea.Cmd
}

func (p *page) Update(msg tea.Msg) tea.Cmd {
	p.messages = append(p.messages, msg)
	if k, is := msg.(tea.KeyPressMsg); is && p.typing {
		p.typed += k.Text
	}
	if p.update != nil {
		return p.update(msg)
	}
	return nil
}

func (p *page) View(w, h int) string {
	if p.view != nil {
		return p.view(w, h)
	}
	return "this is " + p.name
}

func (p *page) Crumbs() []string       { return []string{"crumb of " + p.name} }
func (p *page) Bindings() []ui.Binding { return p.bindings }
func (p *page) Typing() bool           { return p.typing }
func (p *page) Back() bool             { p.depth--; return p.depth >= 0 }
func (p *page) Command() string        { return "runs show r1" }

func got[T any](p *page) (last T, n int) {
	for _, m := range p.messages {
		if v, is := m.(T); is {
			last, n = v, n+1
		}
	}
	return last, n
}

// core answers what the frame itself asks for.
type core struct {
	service.Workflows
	service.Account
	service.Launcher
	portal  *service.Portal
	err     error
	start   func(service.RunRequest) (*service.Started, error)
	unlock  func(secret.Secret) error
	reloads int
}

func (c *core) Portal(context.Context) (*service.Portal, error) { c.reloads++; return c.portal, c.err }
func (c *core) Status(context.Context) (*service.AccountStatus, error) {
	return &service.AccountStatus{Connected: true, Result: "ok"}, nil
}
func (c *core) Start(_ context.Context, r service.RunRequest) (*service.Started, error) {
	return c.start(r)
}
func (c *core) Unlock(_ context.Context, s secret.Secret) error { return c.unlock(s) }

func testKeys(t *testing.T) *keymap.Map {
	t.Helper()
	own := []keymap.Spec{{ID: "runs.act", Keys: []string{"x"}, Short: "act", Help: "Act on it"}, {ID: "workflows.off", Keys: []string{"y"}, Short: "off", Help: "Is off"}}
	keys, err := keymap.New(app.Keys(), widget.Keys(), dialog.Keys(), own)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func drive(t *testing.T, width, height int) (*tuitest.Driver, [ui.Places]*page, *core) {
	t.Helper()
	c := &core{portal: &service.Portal{Dir: "/p", Name: "Northwind", TimeZone: "Europe/Berlin", Answers: "scripted", Era: "responses", Now: time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC), Command: "--demo"}}
	var pages [ui.Places]*page
	opt := app.Options{Services: &service.Services{Workflows: c, Account: c, Launcher: c}, Keys: testKeys(t), Theme: "dark"}
	for i := range pages {
		pages[i] = &page{name: ui.Place(i).String()}
		opt.Screens[i] = func(*ui.Env) ui.Screen { return pages[i] }
	}
	d := tuitest.New(t, width, height, func(s app.System) tea.Model { opt.System = s; return app.New(opt) })
	return d, pages, c
}

func TestPlacesAndHeader(t *testing.T) {
	t.Parallel()
	d, pages, _ := drive(t, 100, 24)
	d.See("askflow", "Northwind", "OpenAI ● connected", "answers scripted", "2026-01-05 09:00", "this is Workflows", "[1 Workflows]", "crumb of Workflows", "? help")
	d.Press("3").See("this is Records", "[3 Records]")
	d.Press("tab").See("this is Runs").Press("shift+tab", "shift+tab").See("this is Assistant")
	if s, n := got[ui.Shown](pages[ui.Records]); n != 2 || s.First {
		t.Errorf("Records was told %d times that it is shown, first %v the last time", n, s.First)
	}
	for _, line := range strings.Split(d.Screen(), "\n") {
		if text.Width(line) != 100 {
			t.Errorf("a line has %d cells: %q", text.Width(line), line)
		}
	}
}

func TestSmallWindows(t *testing.T) {
	t.Parallel()
	d, _, _ := drive(t, 80, 24)
	for _, size := range [][2]int{{1, 1}, {0, 0}, {59, 40}, {200, 15}, {10, 3}} {
		d.Resize(size[0], size[1]).NotSee("this is")
		if lines := strings.Split(d.Screen(), "\n"); len(lines) > max(1, size[1]) {
			t.Errorf("%v: %d lines", size, len(lines))
		}
	}
	d.Resize(40, 10).See("askflow needs").Press("3").Resize(80, 24).See("this is Workflows")
}

func TestDisabledActionsSayWhy(t *testing.T) {
	t.Parallel()
	d, pages, _ := drive(t, 80, 24)
	pages[0].bindings = []ui.Binding{ui.When("workflows.off", "There is nothing to be off.", func() tea.Cmd { t.Error("it was done"); return nil })}
	d.Press("y").See("There is nothing to be off.").Advance(time.Minute).NotSee("There is nothing")
}

func TestLettersGoIntoATextWhileTyping(t *testing.T) {
	t.Parallel()
	d, pages, _ := drive(t, 80, 24)
	pages[0].typing = true
	d.Type("q3 x?")
	if pages[0].typed != "q3 x?" || d.Quit() {
		t.Errorf("typed %q, quit %v", pages[0].typed, d.Quit())
	}
	d.Press("ctrl+p").See("Actions")
}

func TestPaletteFindsActionsOfOtherPlaces(t *testing.T) {
	t.Parallel()
	d, pages, _ := drive(t, 80, 24)
	acted := false
	pages[ui.Runs].bindings = []ui.Binding{ui.On("runs.act", func() tea.Cmd { acted = true; return nil })}
	d.Press(":").Type("act on it").Press("enter").See("this is Runs")
	if !acted {
		t.Error("the action of the other place was not done")
	}
}

func TestMessagesFindBackToTheirPlace(t *testing.T) {
	t.Parallel()
	d, pages, _ := drive(t, 80, 24)
	type mine struct{ n int }
	pages[0].bindings = []ui.Binding{ui.On("runs.act", func() tea.Cmd {
		return tea.Batch(ui.Send(mine{1}), tea.Batch(ui.Send(mine{2}), nil), ui.GoTo(ui.Inbox, mine{3}))
	})}
	d.Press("x").See("this is Inbox")
	if last, n := got[mine](pages[0]); n != 2 || last.n != 2 {
		t.Errorf("Workflows got %d messages, the last one %v", n, last)
	}
	if last, n := got[mine](pages[ui.Inbox]); n != 1 || last.n != 3 {
		t.Errorf("Inbox got %d messages, the last one %v", n, last)
	}
}

func TestLaunchUsesTheSettingsAndShowsTheRun(t *testing.T) {
	t.Parallel()
	d, pages, c := drive(t, 100, 24)
	var asked service.RunRequest
	c.start = func(r service.RunRequest) (*service.Started, error) {
		asked = r
		return &service.Started{Run: &run.Run{ID: "r7"}, Total: 3}, nil
	}
	cold := 0.2
	pages[0].bindings = []ui.Binding{ui.On("workflows.off", func() tea.Cmd {
		return tea.Batch(ui.Send(ui.SettingsMsg{Settings: ui.Settings{Model: "gpt-6-sol", Temperature: &cold}}), ui.Launch(service.RunRequest{Workflow: "w.yaml", Answers: "replay"}))
	})}
	d.Press("y").See("this is Runs", "next run: gpt-6-sol t 0.2")
	if asked.Model != "gpt-6-sol" || asked.Temperature != &cold || asked.Answers != "replay" {
		t.Errorf("the run was asked for with %+v", asked)
	}
	if s, _ := got[ui.ShowRun](pages[ui.Runs]); s.ID != "r7" {
		t.Errorf("Runs was told to show %q", s.ID)
	}
}

func TestLaunchWithoutAnAccountOffersToConnect(t *testing.T) {
	t.Parallel()
	d, pages, c := drive(t, 80, 24)
	c.start = func(service.RunRequest) (*service.Started, error) {
		return nil, &service.Error{Code: service.CodeNotConnected, Message: "No account is connected."}
	}
	pages[0].bindings = []ui.Binding{ui.On("runs.act", func() tea.Cmd { return ui.Launch(service.RunRequest{}) })}
	d.Press("x").See("No account is connected.", "connect now").Press("enter").See("this is Account")
	if m, n := got[ui.ConnectAccount](pages[ui.Account]); n != 1 || m.Return != ui.Workflows {
		t.Errorf("Account was asked %d times to connect, to return to %v", n, m.Return)
	}
}

func TestLaunchAsksForThePassphrase(t *testing.T) {
	t.Parallel()
	d, pages, c := drive(t, 80, 24)
	locked := true
	c.start = func(service.RunRequest) (*service.Started, error) {
		if locked {
			return nil, &service.Error{Code: service.CodePassphrase, Message: "The key file is encrypted."}
		}
		return &service.Started{Run: &run.Run{ID: "r1"}}, nil
	}
	c.unlock = func(secret.Secret) error { locked = false; return nil }
	pages[0].bindings = []ui.Binding{ui.On("runs.act", func() tea.Cmd { return ui.Launch(service.RunRequest{}) })}
	d.Each = func(frame string) {
		if strings.Contains(frame, "correct horse") {
			t.Errorf("a frame shows the passphrase:\n%s", frame)
		}
	}
	d.Press("x").See("The key file is encrypted.").Type("correct horse").Press("enter").See("this is Runs")
}

func TestTasks(t *testing.T) {
	t.Parallel()
	d, pages, _ := drive(t, 80, 24)
	type done struct{ err error }
	start := func(err error) tea.Cmd {
		return ui.Start(ui.Task{Name: "counting", Run: func(context.Context) (string, error) { return "Counted 3.", err }, Done: func(err error) tea.Msg { return done{err} }})
	}
	pages[0].bindings = []ui.Binding{ui.On("runs.act", func() tea.Cmd { return start(nil) }),
		ui.On("workflows.off", func() tea.Cmd { return start(&service.Error{Code: "c", Message: "It broke", Hint: "mend it"}) })}
	d.Press("x").See("Counted 3.").Press("y").See("It broke. Mend it").Press("down").NotSee("It broke")
	if _, n := got[done](pages[0]); n != 2 {
		t.Errorf("the place was told %d times that its task ended", n)
	}
	far, seen := "", ""
	pages[0].bindings = []ui.Binding{ui.On("runs.act", func() tea.Cmd {
		return ui.Start(ui.Task{Name: "counting", Far: func() string { return far }, Run: func(context.Context) (string, error) {
			seen = d.See("counting … 0").Screen()
			far = "3 of 9\a"
			seen = d.Screen()
			return "", nil
		}})
	})}
	d.Press("x")
	if !strings.Contains(seen, "counting … 3 of 9␇, 0") {
		t.Errorf("while a task is going the screen is\n%s", seen)
	}
}

func TestQuitAsksOnlyWhileALiveRunGoes(t *testing.T) {
	t.Parallel()
	for answers, asks := range map[string]bool{"live": true, "record": true, "scripted": false} {
		d, _, _ := drive(t, 80, 24)
		d.Msg(service.Event{Kind: service.EventRun, Progress: &service.Progress{Run: "r1", Answers: answers, Total: 9, Status: run.RunRunning, Totals: run.Totals{CostUSD: "0.5"}}})
		d.Press("q")
		if d.Quit() == asks {
			t.Errorf("%s: quit at once is %v", answers, d.Quit())
		}
		if asks {
			d.See("A run is asking OpenAI", "$0.5").Press("esc")
			if d.Press("3").See("this is Records"); d.Quit() {
				t.Error("esc quit")
			}
			if d.Press("q").Press("ctrl+c"); !d.Quit() {
				t.Error("a second ctrl+c does not quit")
			}
		}
	}
}

func TestEventsReachPlacesThatWereShown(t *testing.T) {
	t.Parallel()
	d, pages, c := drive(t, 80, 24)
	d.Press("4").Press("1")
	c.portal = &service.Portal{Dir: "/p", Name: "Renamed", Answers: "scripted"}
	d.Msg(service.Event{Kind: service.EventPortal, Files: []string{"portal.yaml"}}).See("Renamed")
	if m, n := got[ui.Refresh](pages[ui.Runs]); n != 1 || len(m.Files) != 1 {
		t.Errorf("Runs was refreshed %d times: %v", n, m)
	}
	if _, n := got[ui.Refresh](pages[ui.Inbox]); n != 0 {
		t.Error("a place that was never shown was refreshed")
	}
	d.Msg(service.Event{Kind: service.EventGone, Err: &service.Error{Message: "The portal folder is gone", Hint: "put it back"}}).See("The portal folder is gone. Put it back")
	d.Msg(service.Event{Kind: service.EventPortal}).NotSee("is gone")
	d.Msg(service.Event{Kind: service.EventRun, Progress: &service.Progress{Run: "r3", Workflow: run.Workflow{Name: "W\x1b[31m"}, Total: 10, Status: run.RunRunning}}).See("r3 W␛[31m: 0 of 10 records")
	d.Msg(service.Event{Kind: service.EventRun, Progress: &service.Progress{Run: "r3", Total: 10, Ended: true, Status: run.RunCompleted, Totals: run.Totals{Considered: 10}}}).See("Run r3", "completed, 10 records")
}

func TestAPanicEndsTheProgramInOrder(t *testing.T) {
	t.Parallel()
	boom := func() tea.Cmd { panic("boom") }
	cases := map[string]func(*page){
		"update":  func(p *page) { p.update = func(tea.Msg) tea.Cmd { panic("boom") } },
		"binding": func(p *page) { p.bindings = []ui.Binding{ui.On("runs.act", boom)} },
		"command": func(p *page) {
			p.bindings = []ui.Binding{ui.On("runs.act", func() tea.Cmd { return func() tea.Msg { panic("boom") } })}
		},
		"view": func(p *page) { p.view = func(int, int) string { panic("boom") } },
		"task": func(p *page) {
			p.bindings = []ui.Binding{ui.On("runs.act", func() tea.Cmd {
				return ui.Start(ui.Task{Name: "t", Run: func(context.Context) (string, error) { panic("boom") }})
			})}
		},
	}
	for name, breaks := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var frame *app.App
			p := &page{}
			c := &core{portal: &service.Portal{}}
			opt := app.Options{Services: &service.Services{Workflows: c, Account: c}, Keys: testKeys(t)}
			for i := range opt.Screens {
				opt.Screens[i] = func(*ui.Env) ui.Screen { return p }
			}
			d := tuitest.New(t, 80, 24, func(s app.System) tea.Model { opt.System = s; frame = app.New(opt); return frame })
			breaks(p)
			d.Press("x")
			_ = d.Screen()
			d.Press("x")
			if frame.Crash() == nil || fmt.Sprint(frame.Crash().Value) != "boom" || !d.Quit() {
				t.Errorf("crashed %v, quit %v", frame.Crash() != nil, d.Quit())
			}
		})
	}
}

func TestEditorIsOpenedAtTheLine(t *testing.T) {
	t.Parallel()
	for editor, want := range map[string]string{
		"vim": "/usr/bin/vim +7 /p/w.yaml", "code --wait": "/usr/bin/code --wait --wait --goto /p/w.yaml:7:3", "nano": "/usr/bin/nano +7,3 /p/w.yaml",
		"hx": "/usr/bin/hx /p/w.yaml:7:3", "unknown -x": "/usr/bin/unknown -x /p/w.yaml", "": "/usr/bin/nano +7,3 /p/w.yaml",
	} {
		d, pages, _ := drive(t, 80, 24)
		d.Env["EDITOR"] = editor
		var ran string
		d.OnExec = func(cmd *exec.Cmd) error { ran = strings.Join(cmd.Args, " "); return errors.New("exit status 1") }
		type edited struct{ err error }
		pages[0].bindings = []ui.Binding{ui.On("runs.act", func() tea.Cmd {
			return ui.Send(ui.EditMsg{Path: "/p/w.yaml", Line: 7, Column: 3, Done: func(err error) tea.Msg { return edited{err} }})
		})}
		d.Press("x").See("ended with an error: exit status 1")
		if ran != want {
			t.Errorf("EDITOR=%q ran %q, want %q", editor, ran, want)
		}
		if e, n := got[edited](pages[0]); n != 1 || e.err == nil {
			t.Errorf("the place was told %d times: %v", n, e.err)
		}
	}
}

func TestCopyGoesToTheClipboard(t *testing.T) {
	t.Parallel()
	d, pages, _ := drive(t, 80, 24)
	pages[0].bindings = []ui.Binding{ui.On("runs.act", func() tea.Cmd { return ui.Copy("the text", "the answer") })}
	if d.Press("x").See("Copied the answer."); d.Clipboard != "the text" {
		t.Errorf("the clipboard holds %q", d.Clipboard)
	}
	d.Press("$").See("emulator runs show r1 --demo").Press("enter")
	if d.Clipboard != "emulator runs show r1 --demo" {
		t.Errorf("the clipboard holds %q", d.Clipboard)
	}
}

func TestMouse(t *testing.T) {
	t.Parallel()
	d, pages, _ := drive(t, 120, 24)
	d.Click(16, 1).See("this is Assistant")
	d.Click(5, 6).Click(5, 6).Wheel(5, 6, -2)
	if c, n := got[ui.Click](pages[ui.Assistant]); n != 2 || c != (ui.Click{X: 5, Y: 4, Double: true}) {
		t.Errorf("%d clicks, the last one %+v", n, c)
	}
	if w, n := got[ui.Wheel](pages[ui.Assistant]); n != 2 || w.Lines != -3 {
		t.Errorf("%d turns, the last one %+v", n, w)
	}
}

func TestNarrowTabsGiveWayToTheCrumbs(t *testing.T) {
	t.Parallel()
	d, _, _ := drive(t, 80, 24)
	d.See("[1 Workflows] 2  3  4  5  6 ", "crumb of Workflows").Click(15, 1).See("this is Assistant")
}

func TestAPastedKeyIsNeverShown(t *testing.T) {
	t.Parallel()
	const canary = "sk-proj-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789T3BlbkFJAbCdEfGhIjKlMnOpQrStUvWxYz0123456789"
	d, pages, _ := drive(t, 100, 24)
	d.Each = func(frame string) {
		if strings.Contains(frame, canary[:20]) {
			t.Errorf("a frame shows the key:\n%s", frame)
		}
	}
	pages[0].typing = true
	d.Paste(canary).See("What you pasted is an OpenAI key")
	if _, n := got[tea.PasteMsg](pages[0]); n != 0 {
		t.Error("the place got the key")
	}
	d.Press("ctrl+p").Paste("now " + canary).Press("esc")
	d.Paste("plain text")
	if m, n := got[tea.PasteMsg](pages[0]); n != 1 || m.Content != "plain text" {
		t.Errorf("the place got %d pastes, %q", n, m.Content)
	}
}

// draft is a place with something to lose.
type draft struct {
	page
	lost string
}

func (p *draft) Unsaved() string { return p.lost }

func TestQuittingAsksWhenSomethingWouldBeLost(t *testing.T) {
	t.Parallel()
	c := &core{portal: &service.Portal{}}
	p := &draft{lost: "The prompt in the scratchpad is saved nowhere."}
	opt := app.Options{Services: &service.Services{Workflows: c, Account: c}, Keys: testKeys(t)}
	for i := range opt.Screens {
		opt.Screens[i] = func(*ui.Env) ui.Screen { return &page{} }
	}
	opt.Screens[0] = func(*ui.Env) ui.Screen { return p }
	d := tuitest.New(t, 80, 24, func(s app.System) tea.Model { opt.System = s; return app.New(opt) })
	if d.Press("3", "q").See("saved nowhere").Press("esc"); d.Quit() {
		t.Fatal("it quit")
	}
	p.lost = ""
	if d.Press("q"); !d.Quit() {
		t.Error("it did not quit although nothing is lost")
	}
}

// sheet is a dialog with something to lose.
type sheet struct{ lost string }

func (*sheet) Title() string          { return "A sheet" }
func (*sheet) Update(tea.Msg) tea.Cmd { return nil }
func (*sheet) View(int, int) string   { return "what was typed" }
func (*sheet) Typing() bool           { return true }
func (s *sheet) Unsaved() string      { return s.lost }
func (*sheet) Bindings() []ui.Binding {
	return []ui.Binding{ui.On("dialog.cancel", func() tea.Cmd { return ui.Close(nil) })}
}

func TestEscAsksBeforeADialogLosesSomething(t *testing.T) {
	t.Parallel()
	d, pages, _ := drive(t, 80, 24)
	s := &sheet{lost: "The triggers are saved nowhere."}
	pages[0].bindings = []ui.Binding{ui.On("runs.act", func() tea.Cmd { return ui.Open(s) })}
	d.Press("x").See("what was typed").Press("esc").See("The triggers are saved nowhere.").Press("esc").See("what was typed").NotSee("saved nowhere")
	d.Press("esc", "left", "enter")
	if strings.Contains(d.Screen(), "saved nowhere") {
		d.Press("right", "enter")
	}
	d.NotSee("what was typed", "saved nowhere")
	s.lost = ""
	d.Press("x").See("what was typed").Press("esc").NotSee("what was typed")
}

func TestOneRunIsStartedAtATime(t *testing.T) {
	t.Parallel()
	d, pages, c := drive(t, 80, 24)
	starts := 0
	c.start = func(service.RunRequest) (*service.Started, error) {
		if starts++; starts == 1 {
			d.Press("x", "x") // while the first is being started
		}
		return &service.Started{Run: &run.Run{ID: fmt.Sprint("r", starts)}}, nil
	}
	pages[0].bindings = []ui.Binding{ui.On("runs.act", func() tea.Cmd { return ui.Launch(service.RunRequest{}) })}
	d.Press("x")
	if starts != 1 {
		t.Errorf("%d runs were started", starts)
	}
	if d.Press("1", "x"); starts != 2 {
		t.Error("afterwards no other run can be started")
	}
}

func TestARunAsDecidedDoesNotTakeTheChosenAnswers(t *testing.T) {
	t.Parallel()
	d, pages, c := drive(t, 80, 24)
	var asked service.RunRequest
	c.start = func(r service.RunRequest) (*service.Started, error) {
		asked = r
		return &service.Started{Run: &run.Run{ID: "r1"}}, nil
	}
	pages[0].bindings = []ui.Binding{ui.On("runs.act", func() tea.Cmd {
		return tea.Batch(ui.Send(ui.SettingsMsg{Settings: ui.Settings{Answers: "live", MaxCost: "5", Model: "gpt-6-sol"}}), ui.LaunchAs(service.RunRequest{}))
	})}
	if d.Press("x"); asked.Answers != "" || asked.MaxCost != "" || asked.Model != "gpt-6-sol" {
		t.Errorf("asked for %+v", asked)
	}
}

func TestAPortalThatIsBackIsNotSaidToBeGone(t *testing.T) {
	t.Parallel()
	d, pages, _ := drive(t, 80, 24)
	gone := &service.Error{Code: service.CodePortalGone, Message: "The portal folder is gone"}
	pages[0].bindings = []ui.Binding{ui.On("runs.act", func() tea.Cmd { return ui.Fail(gone) })}
	d.Msg(service.Event{Kind: service.EventGone, Err: gone}).Press("x")
	if n := strings.Count(d.Screen(), "The portal folder is gone"); n != 1 {
		t.Errorf("it is said %d times", n)
	}
	d.Msg(service.Event{Kind: service.EventPortal}).NotSee("The portal folder is gone")
}

func TestDialogsLeaveTheSidesAlone(t *testing.T) {
	t.Parallel()
	d, pages, _ := drive(t, 200, 24)
	pages[0].view = func(w, h int) string {
		return strings.TrimSuffix(strings.Repeat(strings.Repeat("界", w/2)+"\n", h), "\n")
	}
	d.Press("?").See("界界", "Moving")
	for i, line := range strings.Split(d.Screen(), "\n") {
		if text.Width(line) != 200 {
			t.Errorf("line %d has %d cells: %q", i, text.Width(line), line)
		}
		if i > 4 && i < 18 && (!strings.HasPrefix(line, "界") || !strings.HasSuffix(line, "界")) {
			t.Errorf("line %d lost its sides: %q", i, line)
		}
	}
}

func TestEditorsWithBlanksInTheirPaths(t *testing.T) {
	t.Parallel()
	for editor, want := range map[string]string{`"/Applications/My Editor/ed" -w`: "/Applications/My Editor/ed|-w|/p/w.yaml", `'my ed' "" x`: "/usr/bin/my ed||x|/p/w.yaml"} {
		d, pages, _ := drive(t, 80, 24)
		d.Env["EDITOR"] = editor
		var ran string
		d.OnExec = func(cmd *exec.Cmd) error { ran = strings.Join(cmd.Args, "|"); return nil }
		pages[0].bindings = []ui.Binding{ui.On("runs.act", func() tea.Cmd { return ui.Send(ui.EditMsg{Path: "/p/w.yaml"}) })}
		if d.Press("x"); ran != want {
			t.Errorf("EDITOR=%s ran %s, want %s", editor, ran, want)
		}
	}
}

func TestALongTextIsNotSentToTheTerminalsClipboard(t *testing.T) {
	t.Parallel()
	d, pages, _ := drive(t, 80, 24)
	d.Env["DISPLAY"] = ":0"
	pages[0].bindings = []ui.Binding{ui.On("runs.act", func() tea.Cmd { return ui.Copy(strings.Repeat("x", 200<<10), "the answer") })}
	if d.Press("x").See("to the system's clipboard"); d.Clipboard != "" {
		t.Error("it was sent")
	}
}

// fault is an error that keeps the panic it comes from.
type fault struct{}

func (fault) Error() string   { return "a panic" }
func (fault) Stack() []byte   { return []byte("where it was") }
func (fault) PanicValue() any { return "what it said" }

func TestAPanicThatWasSurvivedLeavesAReport(t *testing.T) {
	t.Parallel()
	c := &core{portal: &service.Portal{}}
	var reported *app.Crash
	opt := app.Options{Services: &service.Services{Workflows: c, Account: c}, Keys: testKeys(t), Report: func(c *app.Crash) (string, error) { reported = c; return "/tmp/report.txt", nil }}
	for i := range opt.Screens {
		opt.Screens[i] = func(*ui.Env) ui.Screen { return &page{} }
	}
	d := tuitest.New(t, 100, 24, func(s app.System) tea.Model { opt.System = s; return app.New(opt) })
	broken := &service.Error{Code: service.CodeInternal, Message: "The run ended because of a mistake of the program", Cause: fault{}}
	d.Msg(service.Event{Kind: service.EventRun, Progress: &service.Progress{Run: "r1", Ended: true, Status: run.RunInterrupted, Err: broken}})
	d.See("a mistake of the program", "/tmp/report.txt")
	if reported == nil || string(reported.Stack) != "where it was" {
		t.Errorf("reported %+v", reported)
	}
	reported = nil
	if d.Press("down").Msg(service.Event{Kind: service.EventBroken, Err: broken}).See("/tmp/report.txt"); reported == nil {
		t.Error("a mistake beside a run was not reported")
	}
}
