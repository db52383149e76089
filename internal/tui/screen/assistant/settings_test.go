package assistant_test

import (
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/service"
	"askflow/internal/tui/screen/assistant"
	"askflow/internal/tui/theme"
	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
)

// disorder runs a place's commands in any order, as goroutines do, and takes the settings as the frame would.
type disorder struct {
	t        *testing.T
	r        *rand.Rand
	env      *ui.Env
	s        ui.Screen
	waiting  []tea.Cmd
	launched []ui.Settings // what the frame had whenever a run was launched
}

func (d *disorder) add(cmd tea.Cmd) {
	if cmd != nil {
		d.waiting = append(d.waiting, cmd)
	}
}

// some runs at most n of the commands that wait.
func (d *disorder) some(n int) {
	for ; n > 0 && len(d.waiting) > 0; n-- {
		at := d.r.IntN(len(d.waiting))
		cmd := d.waiting[at]
		d.waiting = append(d.waiting[:at:at], d.waiting[at+1:]...)
		switch msg := cmd().(type) {
		case nil:
		case tea.BatchMsg:
			for _, c := range msg {
				d.add(c)
			}
		case ui.SettingsMsg:
			d.env.Settings = msg.Settings
		case ui.LaunchMsg:
			d.launched = append(d.launched, d.env.Settings)
		default:
			d.add(d.s.Update(msg))
		}
	}
}

func (d *disorder) all() {
	const most = 10_000
	if d.some(most); len(d.waiting) > 0 {
		d.t.Fatal("it never comes to an end")
	}
}

func (d *disorder) do(id string) {
	for _, b := range d.s.Bindings() {
		if b.ID == id && b.Disabled == "" {
			d.add(b.Do())
		}
	}
}

// TestQuickChangesArriveInOrder lets commands end in any order, and the frame take the settings when it gets to it: what was
// chosen last is what counts, and what a run is launched with.
func TestQuickChangesArriveInOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		f := big()
		f.list = f.list[:1]
		env := &ui.Env{Services: f.services(), Theme: theme.For(true), Keys: tuitest.Keys(t, assistant.Keys()), Portal: &service.Portal{Answers: "scripted"}, Now: func() time.Time { return now }, Context: t.Context()}
		d := &disorder{t: t, r: rand.New(rand.NewPCG(seed, 1)), env: env, s: assistant.New(env)}
		d.add(d.s.Update(ui.Shown{First: true}))
		d.all()
		d.do("assistant.settings")
		for range 3 {
			d.add(d.s.Update(tuitest.KeyPress("down")))
		}
		for range 7 {
			d.do("assistant.slide")
			d.some(d.r.IntN(4))
		}
		d.do("assistant.run")
		d.all()
		if got := env.Settings.Temperature; got == nil || *got != 1.7 {
			t.Fatalf("seed %d: the frame has %+v", seed, env.Settings)
		}
		if len(d.launched) != 1 || d.launched[0].Temperature == nil || *d.launched[0].Temperature != 1.7 {
			t.Fatalf("seed %d: a run was launched with %+v", seed, d.launched)
		}
		if !strings.Contains(d.s.Command(), "--temperature 1.7") {
			t.Fatalf("seed %d: %s", seed, d.s.Command())
		}
	}
}

func TestALiveRunIsConfirmed(t *testing.T) {
	t.Parallel()
	f := big()
	f.connected = true
	d := drive(t, f.services(), 80, 24)
	d.Press("c", "end", "enter").Type("0.5").Press("enter", "up", "right", "right", "right", "right").See("● live").NotSee("needs an OpenAI account")
	d.Press("r").See("Ask OpenAI for real?", "It stops before it costs more than $0.5", "answers live, budget $0.5").Press("esc")
	d.Press("down", "backspace", "r").See("There is no budget").Press("enter").See("✗") // it was started, and the service said no
}

func TestEditAndPager(t *testing.T) {
	t.Parallel()
	d := demo(t, 80, 24)
	var got []string
	d.OnExec = func(cmd *exec.Cmd) error {
		got = append(got, strings.Join(cmd.Args, " "))
		return nil
	}
	d.Press("down", "e", "o")
	if len(got) != 2 || !strings.Contains(got[0], "/assistants/lead-qualifier.yaml") || !strings.Contains(got[1], "page") {
		t.Errorf("%q", got)
	}
}

func TestCommandsDoTheSame(t *testing.T) {
	t.Parallel()
	d := demo(t, 100, 30)
	for _, c := range []struct {
		keys []string
		want string
	}{{nil, "emulator assistants list"}, {[]string{"enter"}, "emulator assistants show asst_8v"}, {[]string{"esc", "m"}, "emulator models list"}, {[]string{"esc", "c"}, "emulator run WORKFLOW"}, {[]string{"esc", "s"}, "emulator run email-draft"}} {
		d.Press(c.keys...).Press("$").See(c.want).Press("esc")
	}
}

// TestFilesThatChangeAreReadAgain changes a step's own settings while they are looked at.
func TestFilesThatChangeAreReadAgain(t *testing.T) {
	t.Parallel()
	f := big()
	d := drive(t, f.services(), 120, 30)
	d.Press("c", "enter", "down", "enter").See("● Big › ask", "○ the assistant's own: gpt-6-luna")
	f.flow.Actions[0].Fields.Set("model", f.flow.Actions[0].Fields.Get("assistant"))
	d.Msg(service.Event{Kind: service.EventPortal}).See("○ the step's own: gpt-6-luna")
	f.flow.Actions[0].Name = "another"
	d.Msg(service.Event{Kind: service.EventPortal}).See("○ any workflow")
}
