package main_test

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"askflow/internal/cli"
	"askflow/internal/service/local"
	"askflow/internal/tui"
	"askflow/internal/tui/app"
	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
)

// TestEveryCommandIsOne walks through the places and gives each command that the screen shows to the command line, which must know the
// command, all of its flags, and how many words follow it.
func TestEveryCommandIsOne(t *testing.T) {
	t.Parallel()
	keys, err := tui.Keymap()
	if err != nil {
		t.Fatal(err)
	}
	dir := tuitest.Unpack(t)
	if err := os.WriteFile(filepath.Join(dir, "workflows", "it's broken.yaml"), []byte("name: [\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	portal := tuitest.OpenPortal(t, local.Options{Dir: dir})
	opt := app.Options{Services: portal.Services, Keys: keys, Screens: tui.Screens()}
	var places [ui.Places]ui.Screen
	for p, build := range opt.Screens {
		opt.Screens[p] = func(env *ui.Env) ui.Screen {
			places[p] = build(env)
			return places[p]
		}
	}
	s := tuitest.NewStage(t, opt, ui.Workflows, 120, 40)
	portal.Feed(s.Driver)
	s.Press("j", "j", "r").WaitFor("completed")
	warm := 0.3
	seen := map[string]bool{}
	for _, settings := range []ui.Settings{{}, {Answers: "scripted", Assistant: "it's me", Model: "gpt-6-luna", Temperature: &warm, ReasoningEffort: "none", MaxCost: "0.50"}} {
		s.Frame.Env().Settings = settings
		for _, walk := range []struct {
			place ui.Place
			keys  string
		}{
			{ui.Workflows, "home . j . j . enter . down . enter . esc . p . esc . P . esc . esc . P . esc"}, {ui.Assistant, ". enter . esc . m . esc . c . esc . s . esc"},
			{ui.Records, ". j . enter . ] . ] . esc . / ada enter ."}, {ui.Runs, "esc . enter . ! . ! enter . esc . esc ."}, {ui.Inbox, ". ] . ] . ] ."}, {ui.Account, ". tab . right ."},
		} {
			s.Press(string(rune('1' + walk.place)))
			for _, key := range strings.Fields(walk.keys) {
				switch key {
				case ".":
					command := places[walk.place].Command()
					seen[command] = true
					parses(t, command)
				case "ada":
					s.Type(key)
				default:
					s.Press(key)
				}
			}
		}
	}
	for _, want := range []string{"run 'it'\\''s broken'", "run email-draft", "validate", "runs show r1", "plan lead-qualification", "run lead-qualification --answers scripted --assistant 'it'\\''s me' --model gpt-6-luna --temperature 0.3 --reasoning-effort none --max-cost 0.50",
		"assistants list", "models list", "records list contacts", "runs list", "inbox", "account show"} {
		if !seen[want] {
			t.Errorf("%q was not shown", want)
		}
	}
}

// parses fails the test unless the command line takes a command; nothing is executed.
func parses(t *testing.T, command string) {
	t.Helper()
	root := cli.New(strings.NewReader(""), io.Discard, io.Discard).Commands()
	cmd, rest, err := root.Find(words(command))
	if err == nil && !cmd.Runnable() {
		err = os.ErrInvalid
	}
	if err == nil {
		err = cmd.ParseFlags(rest)
	}
	if err == nil {
		err = cmd.ValidateArgs(cmd.Flags().Args())
	}
	if err != nil {
		t.Errorf("the command line does not take %q: %v", command, err)
	}
}

// words takes a command apart as a shell does, as far as the screen writes one.
func words(command string) []string {
	var out []string
	word, quoted, escaped := "", false, false
	for _, r := range command + " " {
		switch {
		case escaped:
			word, escaped = word+string(r), false
		case r == '\'':
			quoted = !quoted
		case r == '\\' && !quoted:
			escaped = true
		case r == ' ' && !quoted:
			out, word = append(out, word), ""
		default:
			word += string(r)
		}
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}
