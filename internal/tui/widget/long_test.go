package widget_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/google/go-cmp/cmp"

	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/widget"
)

// A long line breaks after any change where it would break if it were laid out anew.
func TestLongLinesBreakAsFreshOnesDo(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	for name, part := range map[string]string{"words": "some words of a line ", "one word": "word", "wide": "日本 ", "marks": "e\u0301\u0301 नमस्ते👩\u200d👩", "blanks": "          ", "hostile": hostile} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(1, 2))
			e := widget.NewEditor(strings.Repeat(strings.NewReplacer("\r", "", "\n", "").Replace(part), 40_000/len(part)), true)
			const width, height = 31, 9
			e.View(env, width, height, true)
			for i := range 120 {
				for range r.IntN(400) {
					e.Update(tuitest.KeyPress([]string{"up", "left", "down", "up", "pgup"}[r.IntN(5)]))
				}
				switch r.IntN(5) {
				case 0:
					e.Update(tea.PasteMsg{Content: strings.Repeat(part, r.IntN(9))})
				case 1:
					e.Update(tuitest.KeyPress("ctrl+w"))
				case 2:
					e.Update(tuitest.KeyPress("delete"))
				default:
					e.Update(tuitest.KeyPress([]string{"x", "space", "日"}[r.IntN(3)]))
				}
				if i%20 == 3 {
					e.Update(tuitest.KeyPress("ctrl+end"))
				}
				fresh := widget.NewEditor(e.Value(), true)
				fresh.View(env, width, height, true)
				_, all := e.Scrolled()
				if _, want := fresh.Scrolled(); all != want {
					t.Fatalf("after %d changes there are %d rows, not %d", i, all, want)
				}
			}
			e.Update(tuitest.KeyPress("ctrl+home"))
			fresh := widget.NewEditor(e.Value(), true)
			fresh.View(env, width, height, true)
			fresh.Update(tuitest.KeyPress("ctrl+home"))
			for range 200 {
				if diff := cmp.Diff(fresh.View(env, width, height, true), e.View(env, width, height, true)); diff != "" {
					t.Fatal(diff)
				}
				fresh.Update(tuitest.KeyPress("pgdown"))
				e.Update(tuitest.KeyPress("pgdown"))
			}
		})
	}
}
