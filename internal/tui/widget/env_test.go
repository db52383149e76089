package widget_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"askflow/internal/tui/keymap"
	"askflow/internal/tui/theme"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

var update = flag.Bool("update", false, "write the golden files anew")

func testEnv(tb testing.TB) *ui.Env {
	tb.Helper()
	keys, err := keymap.New(widget.Keys())
	if err != nil {
		tb.Fatal(err)
	}
	return &ui.Env{Theme: theme.For(true), Keys: keys}
}

// key makes the message of a key by its name.
func key(name string) tea.KeyPressMsg {
	mod := tea.KeyMod(0)
	rest := name
	for prefix, m := range map[string]tea.KeyMod{"ctrl+": tea.ModCtrl, "alt+": tea.ModAlt, "shift+": tea.ModShift} {
		if s, ok := strings.CutPrefix(rest, prefix); ok {
			rest, mod = s, mod|m
		}
	}
	codes := map[string]rune{"up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight, "home": tea.KeyHome, "end": tea.KeyEnd, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown,
		"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "backspace": tea.KeyBackspace, "delete": tea.KeyDelete}
	if code, ok := codes[rest]; ok {
		return tea.KeyPressMsg{Code: code, Mod: mod}
	}
	if rest == "space" {
		return tea.KeyPressMsg{Code: ' ', Text: " ", Mod: mod}
	}
	msg := tea.KeyPressMsg{Code: []rune(rest)[0], Mod: mod}
	if mod == 0 {
		msg.Text = rest
	}
	return msg
}

// fits tells what is wrong with a drawing: too many lines, too wide a line, or one whose width depends on the terminal.
func fits(s string, width, height int) error {
	lines := strings.Split(s, "\n")
	if len(lines) > height {
		return fmt.Errorf("%d lines, not %d", len(lines), height)
	}
	for i, line := range lines {
		a, b := ansi.StringWidth(line), ansi.StringWidthWc(line)
		if a > width || a != b {
			return fmt.Errorf("line %d is %d and %d wide, not %d: %q", i, a, b, width, line)
		}
		if plain := ansi.Strip(line); strings.ContainsFunc(plain, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }) {
			return fmt.Errorf("line %d holds control characters: %q", i, line)
		}
	}
	return nil
}

// golden compares a drawing, without its styles, with a file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	got = ansi.Strip(got) + "\n"
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

const hostile = "\x1b[31mred\x1b[0m\x07 \u202eevil 日本 👩\u200d👩 \U0001f1e9\U0001f1ea e\u0301\u0301 नमस्ते\tשלום\r\nend"
