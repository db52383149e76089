package assistant_test

import (
	"fmt"
	"testing"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/tui/tuitest"
)

// typed makes the message of a letter.
func typed(r rune) tea.Msg { return tea.KeyPressMsg{Code: r, Text: string(r)} }

func TestGoldenScreens(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{80, 24}, {120, 40}} {
		t.Run(fmt.Sprint(size[0]), func(t *testing.T) {
			t.Parallel()
			d := demo(t, size[0], size[1])
			golden := func(name string) { t.Helper(); d.golden(fmt.Sprintf("%s-%d", name, size[0])) }
			golden("list")
			d.Press("enter")
			golden("detail")
			d.Press("esc", "down", "down", "c", "down", "down")
			golden("settings")
			d.Press("m")
			golden("models")
			d.Press("/").Type("gpt-5-mini").Press("enter", "enter")
			golden("refused")
			d.Press("X", "esc", "up", "s", "ctrl+s").Advance(10e9)
			golden("asked")
			d.Press("ctrl+r")
			golden("records")
			d.Press("/").Type("Callum").Press("enter", "enter", "ctrl+s", "]", "]").Advance(10e9)
			golden("compared")
		})
	}
}

// TestEverySize draws every level at many sizes, each line exactly as wide as the screen.
func TestEverySize(t *testing.T) {
	t.Parallel()
	d := demo(t, 80, 24)
	width := 80
	d.Each = func(frame string) {
		tuitest.Harmless(t, frame, width)
	}
	sizes := [][2]int{{60, 16}, {61, 17}, {80, 24}, {99, 30}, {100, 16}, {101, 24}, {160, 50}, {200, 60}}
	for _, keys := range [][]string{{}, {"enter"}, {"esc", "c"}, {"z"}, {"z", "m"}, {"esc", "s"}, {"ctrl+s"}, {"]"}, {"enter"}, {"ctrl+r"}} {
		d.Press(keys...)
		for _, size := range sizes {
			width = size[0]
			d.Resize(size[0], size[1])
		}
		width = 80
		d.Resize(80, 24)
	}
}

func BenchmarkView(b *testing.B) {
	for _, c := range []struct {
		name string
		keys []string
	}{{"list", nil}, {"models", []string{"m"}}, {"scratchpad", []string{"s", "enter", "ctrl+s"}}} {
		b.Run(c.name, func(b *testing.B) {
			d := drive(b, big().services(), 200, 60)
			d.Press(c.keys...)
			for b.Loop() {
				d.frame.View()
			}
		})
	}
}

func BenchmarkKey(b *testing.B) {
	for _, c := range []struct {
		name string
		keys []string
		key  []string
	}{{"list", nil, []string{"down", "up"}}, {"slider", []string{"c", "down", "down", "down"}, []string{"right", "left"}}, {"models", []string{"m"}, []string{"down", "up"}},
		{"typing", []string{"s", "enter"}, []string{"x", "backspace"}}, {"answer", []string{"s", "ctrl+s"}, []string{"pgdown", "pgup"}}} {
		b.Run(c.name, func(b *testing.B) {
			d := drive(b, big().services(), 200, 60)
			d.Press(c.keys...)
			i := 0
			for b.Loop() {
				d.Press(c.key[i%len(c.key)])
				d.frame.View()
				i++
			}
		})
	}
}
