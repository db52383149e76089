//go:build !windows

package tui_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/tui"
	"askflow/internal/tui/app"
	"askflow/internal/tui/ui"
)

const canary = "sk-proj-CaNaRy0123456789abcdefghijklmnopqrstuvwxyzT3BlbkFJABCDEFGHIJKLMNOPQRSTUVwxyz"

// faulty is a place that fails where the test says.
type faulty struct{ in string }

// fail panics as the language does, at a place of the code that the report is to name.
func (f *faulty) fail() {
	var none []int
	_ = none[len(f.in)]
}

func (f *faulty) Update(msg tea.Msg) tea.Cmd {
	if k, is := msg.(tea.KeyPressMsg); !is || k.String() != "x" {
		return nil
	}
	switch f.in {
	case "Update":
		f.fail()
	case "a command":
		return func() tea.Msg {
			f.fail()
			return nil
		}
	case "View":
		f.in = "View, now"
	case "a panic with data":
		panic("Ada Byron, " + canary)
	}
	return nil
}

func (f *faulty) View(int, int) string {
	if f.in == "View, now" {
		f.fail()
	}
	return "this place is faulty"
}

func (f *faulty) Crumbs() []string       { return []string{"Ada Byron"} }
func (f *faulty) Bindings() []ui.Binding { return nil }
func (f *faulty) Typing() bool           { return false }
func (f *faulty) Back() bool             { return false }
func (f *faulty) Command() string        { return "" }

// A mistake of the program gives the terminal back, and leaves a report that holds neither key nor data.
func TestPanics(t *testing.T) {
	dir := demo(t)
	for _, in := range []string{"Update", "View", "a command", "a panic with data"} {
		t.Run(in, func(t *testing.T) {
			reports := t.TempDir()
			t.Setenv("TMPDIR", reports)
			m := newTerminal(t, 90, 25)
			slave := m.pty.Slave()
			var stderr bytes.Buffer
			p := tui.New(slave, slave, &stderr)
			p.ConfigDir = t.TempDir()
			p.Lookup = func(name string) (string, bool) {
				return map[string]string{"TERM": "xterm-256color", "ASKFLOW_KEYRING": "off", "OPENAI_API_KEY": canary}[name], true
			}
			p.SetScreen(ui.Inbox, func(*ui.Env) ui.Screen { return &faulty{in} })
			m.watch()
			code := make(chan int, 1)
			go func() { code <- p.Run(t.Context(), []string{"--portal", dir}) }()
			m.wait("[1 Workflows]", "Norrvind")
			m.press("5")
			m.wait("this place is faulty")
			m.press("x")
			select {
			case got := <-code:
				if got != tui.ExitCrash {
					t.Errorf("exit code %d", got)
				}
			case <-time.After(patience):
				t.Fatal("the program does not end")
			}
			_ = slave.Close() // nobody writes any more
			<-m.ended
			m.restored()
			checkReport(t, in, reports, stderr.String())
		})
	}
}

func checkReport(t *testing.T, in, reports, said string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(reports, "askflow-crash-*.txt"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%d reports, and this was said: %s", len(files), said)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	report := string(data)
	if !strings.Contains(said, files[0]) || strings.Contains(said, "goroutine") {
		t.Errorf("said: %s", said)
	}
	for _, want := range []string{"askflow tui ", "go1.", "TERM=xterm-256color", "place Inbox, 90×25", "crash_test.go"} {
		if !strings.Contains(report, want) {
			t.Errorf("the report has no %q:\n%s", want, report)
		}
	}
	if what := "index out of range"; strings.Contains(report, what) == (in == "a panic with data") {
		t.Errorf("%q in a report about %s:\n%s", what, in, report)
	}
	for _, text := range []string{report, said} {
		if strings.Contains(text, canary[8:20]) || strings.Contains(text, canary[len(canary)-12:]) || strings.Contains(text, "Byron") || strings.ContainsAny(text, "\x1b\x07") {
			t.Errorf("data, or a key:\n%s", text)
		}
	}
	if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others may read the report: %v %v", info.Mode(), err)
	}
}

func TestCrashText(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	text := tui.CrashText(&app.Crash{Value: errors.New("record 101: " + canary), Stack: []byte("main.go:1\n\tkey " + canary + "\x1b]0;owned\x07\n"), Place: ui.Runs, Width: 80, Height: 24}, "xterm "+canary+"\x1b[2J", at)
	for _, want := range []string{"2026-11-23T10:00:00Z", "place Runs, 80×24", "*errors.errorString", "main.go:1"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
	if strings.Contains(text, canary[8:20]) || strings.Contains(text, "record 101") || strings.ContainsAny(text, "\x1b\x07") {
		t.Errorf("too much:\n%s", text)
	}
}
