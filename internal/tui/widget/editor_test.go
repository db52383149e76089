package widget_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/widget"
)

func TestEditorKeys(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ value, keys, want string }{
		{"abc", "x", "abcx"},
		{"abc", "left x", "abxc"},
		{"abc", "home x end y", "xabcy"},
		{"abc", "home delete", "bc"},
		{"abc", "backspace", "ab"},
		{"e\u0301", "backspace", ""},
		{"a👩\u200d", "backspace", "a"},
		{"日本", "left backspace", "本"},
		{"one two  three", "ctrl+w", "one two  "},
		{"one two  three", "ctrl+w ctrl+w", "one "},
		{"one two", "alt+left x", "one xtwo"},
		{"one two", "home alt+right x", "onex two"},
		{"one two", "home alt+d", " two"},
		{"one two", "left left ctrl+u", "wo"},
		{"one two", "home right ctrl+k", "o"},
		{"a\nb", "backspace backspace", "a"},
		{"a\nb", "home backspace", "ab"},
		{"a\nb", "up delete", "ab"},
		{"a\nb", "up ctrl+k", "ab"},
		{"ab\n\ncd", "up x up y", "ayb\nx\ncd"},
		{"abcd\nx", "up up home z", "zabcd\nx"},
		{"abcd\nx\nefgh", "up up q", "abcdq\nx\nefgh"}, // up keeps the column
		{"a", "enter b", "a\nb"},
		{"", "backspace delete ctrl+w ctrl+u ctrl+k left right up down pgup pgdown ctrl+home ctrl+end", ""},
		{"a\tb", "backspace", "a\t"},
		{"ab\ncd", "ctrl+home x ctrl+end y", "xab\ncdy"},
	} {
		e := widget.NewEditor(c.value, true)
		for _, k := range strings.Fields(c.keys) {
			if _, taken := e.Update(tuitest.KeyPress(k)); !taken {
				t.Errorf("%s is not taken", k)
			}
		}
		if got := e.Value(); got != c.want {
			t.Errorf("%q after %s: %q, want %q", c.value, c.keys, got, c.want)
		}
	}
}

func TestEditorOfOneLine(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	e := widget.NewEditor("one\ntwo", false)
	if e.Value() != "one two" {
		t.Errorf("%q", e.Value())
	}
	for _, k := range []string{"enter", "up", "down", "tab", "esc", "pgup"} {
		if _, taken := e.Update(tuitest.KeyPress(k)); taken {
			t.Errorf("%s is taken", k)
		}
	}
	e.SetValue(strings.Repeat("x", 50) + "END")
	if out := ansi.Strip(e.View(env, 10, 1, true)); !strings.HasSuffix(out, "END ") {
		t.Errorf("the cursor is not on the screen: %q", out)
	}
	e.Update(tuitest.KeyPress("home"))
	if out := ansi.Strip(e.View(env, 10, 1, true)); out != "xxxxxxxxxx" {
		t.Errorf("%q", out)
	}
	if out := e.View(env, 10, 1, true); !strings.HasPrefix(ansi.Strip(out), "x") || !strings.Contains(out, env.Theme.Text.Reverse(true).Render("x")) {
		t.Errorf("the cursor is not drawn: %q", out)
	}
	if out := e.View(env, 10, 1, false); strings.Contains(out, env.Theme.Text.Reverse(true).Render("x")) {
		t.Errorf("a cursor without focus: %q", out)
	}
	e.SetValue("")
	e.Placeholder = "type " + hostile
	for _, focused := range []bool{true, false} {
		if out := e.View(env, 12, 1, focused); !strings.Contains(ansi.Strip(out), "type ") || tuitest.CheckPart(out, 12, 1) != nil {
			t.Errorf("%q", out)
		}
	}
}

func TestEditorTakesPastes(t *testing.T) {
	t.Parallel()
	e := widget.NewEditor("", true)
	e.Update(tea.PasteMsg{Content: "one\r\ntwo\rthree\x00\x1b[31m\tfour"})
	if got, want := e.Value(), "one\ntwo\nthree[31m\tfour"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	e.Insert("!")
	if !strings.HasSuffix(e.Value(), "four!") {
		t.Errorf("%q", e.Value())
	}
	e.SetValue(strings.Repeat("日", 8<<20))
	if n := len(e.Value()); n > 8<<20 || n < 8<<20-4 || !utf8.ValidString(e.Value()) {
		t.Errorf("%d bytes are held, as text: %t", n, utf8.ValidString(e.Value()))
	}
}

// Whatever is typed, the drawing fits, the text stays text, and the cursor is on the screen.
func TestEditorWithRandomKeys(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	keys := []string{"left", "right", "up", "down", "home", "end", "backspace", "delete", "enter", "ctrl+w", "ctrl+k", "ctrl+u", "pgup", "pgdown", "alt+left", "alt+right", "a", "b", "space"}
	pastes := []string{hostile, "日本語", "word word word ", "\n\n", "e\u0301\u0301\u0301\u0301\u0301\u0301", "שלום", "नमस्ते", "\xff", "👩\u200d👩"}
	rnd := rand.New(rand.NewPCG(5, 6))
	for _, multi := range []bool{true, false} {
		for round := range 60 {
			e := widget.NewEditor("", multi)
			for step := range 150 {
				if rnd.IntN(4) == 0 {
					e.Update(tea.PasteMsg{Content: pastes[rnd.IntN(len(pastes))]})
				} else {
					e.Update(tuitest.KeyPress(keys[rnd.IntN(len(keys))]))
				}
				w, h := 1+rnd.IntN(40), 1+rnd.IntN(6)
				out := e.View(env, w, h, true)
				if err := tuitest.CheckPart(out, w, h); err != nil {
					t.Fatalf("round %d, step %d: %v of %q", round, step, err, e.Value())
				}
				if w > 4 && strings.Count(out, "\x1b[7;") != 1 {
					t.Fatalf("round %d, step %d: %d cursors in %q of %q", round, step, strings.Count(out, "\x1b[7;"), out, e.Value())
				}
				if !multi && strings.Contains(e.Value(), "\n") {
					t.Fatal("two lines")
				}
			}
		}
	}
}

func BenchmarkEditor(b *testing.B) {
	env := testEnv(b)
	e := widget.NewEditor(strings.Repeat("A prompt with {{ a.token }} and some words.\n", 2000), true)
	b.ReportAllocs()
	for b.Loop() {
		e.Update(tuitest.KeyPress("x"))
		e.View(env, 100, 20, true)
	}
}
