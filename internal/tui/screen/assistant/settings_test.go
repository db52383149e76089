package assistant_test

import (
	"context"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	domain "askflow/internal/assistant"
	"askflow/internal/service"
	"askflow/internal/tui/screen/assistant"
	"askflow/internal/tui/theme"
	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
)

// TestQuickChangesArriveInOrder lets commands end in any order, as goroutines do, and the frame take the settings when it gets
// to it: what was chosen last is what counts.
func TestQuickChangesArriveInOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 1))
		f := &fake{list: []*domain.Assistant{{ID: "a"}}, models: manyModels(4)}
		env := &ui.Env{Services: f.services(), Theme: theme.For(true), Keys: keysOf(t), Portal: &service.Portal{Answers: "scripted"}, Now: func() time.Time { return now }, Context: context.Background()}
		s := assistant.New(env)
		var waiting []tea.Cmd
		run := func() {
			at := r.IntN(len(waiting))
			cmd := waiting[at]
			waiting = append(waiting[:at:at], waiting[at+1:]...)
			switch msg := cmd().(type) {
			case nil:
			case tea.BatchMsg:
				for _, c := range msg {
					if c != nil {
						waiting = append(waiting, c)
					}
				}
			case ui.SettingsMsg:
				env.Settings = msg.Settings
			default:
				if next := s.Update(msg); next != nil {
					waiting = append(waiting, next)
				}
			}
		}
		give := func(msg tea.Msg) {
			if next := s.Update(msg); next != nil {
				waiting = append(waiting, next)
			}
		}
		give(ui.Shown{First: true})
		for len(waiting) > 0 {
			run()
		}
		press := func(id string) {
			for _, b := range s.Bindings() {
				if b.ID == id && b.Disabled == "" {
					if next := b.Do(); next != nil {
						waiting = append(waiting, next)
					}
				}
			}
		}
		press("assistant.settings")
		for range 3 {
			give(tuitest.KeyPress("down"))
		}
		for range 7 {
			press("assistant.slide")
			for range r.IntN(4) {
				if len(waiting) > 0 {
					run()
				}
			}
		}
		for n := 0; len(waiting) > 0; n++ {
			if run(); n > 10_000 {
				t.Fatal("it never comes to an end")
			}
		}
		if got := env.Settings.Temperature; got == nil || *got != 1.7 {
			t.Fatalf("seed %d: the frame has %+v", seed, env.Settings)
		}
		if !strings.Contains(s.Command(), "--temperature 1.7") {
			t.Fatalf("seed %d: %s", seed, s.Command())
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
