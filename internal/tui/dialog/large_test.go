package dialog_test

import (
	"errors"
	"strings"
	"testing"

	"askflow/internal/rewrite"
	"askflow/internal/service"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/theme"
	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"

	"charm.land/bubbletea/v2"
)

// large are texts of so many bytes.
func large(bytes int) map[string]string {
	return map[string]string{
		"lines":    strings.Repeat("a line with some words of a prompt that is long\n", bytes/48),
		"one line": strings.Repeat("word ", bytes/5),
	}
}

// A key in a long text, with the frame after it, has to take less than a frame does.
func BenchmarkKeyInALongText(b *testing.B) {
	for name, text := range large(5 << 20) {
		b.Run(name, func(b *testing.B) {
			env := &ui.Env{Theme: theme.For(true), Keys: tuitest.Keys(b)}
			d := dialog.Form(env, dialog.FormOptions{Fields: []dialog.Field{
				{ID: "prompt", Label: "Prompt", Kind: dialog.KindArea, Value: text},
				{ID: "effort", Label: "Effort", Disabled: func(v map[string]string) string { return v["prompt"][:1] }},
			}})
			d.View(76, 20)
			x, back := tuitest.KeyPress("x"), tuitest.KeyPress("backspace")
			b.ReportAllocs()
			for b.Loop() {
				d.Update(x)
				d.View(76, 20)
				d.Update(back)
				d.View(76, 20)
			}
		})
	}
}

// A long text reaches the one who asked for it whole, and what depends on it sees it when it is left.
func TestLongTextsAreGivenWhole(t *testing.T) {
	t.Parallel()
	for name, text := range large(100 << 10) {
		u := open(t, func(env *ui.Env) ui.Dialog {
			return dialog.Form(env, dialog.FormOptions{Do: func(v map[string]string) tea.Cmd { return doing(v) }, Fields: []dialog.Field{
				{ID: "prompt", Label: "Prompt", Kind: dialog.KindArea, Value: text, Check: func(s string) error {
					if strings.HasSuffix(s, "!") {
						return errors.New("It must not end like that.")
					}
					return nil
				}},
				{ID: "effort", Label: "Effort", Disabled: func(v map[string]string) string {
					if strings.HasSuffix(v["prompt"], "?") {
						return "It is a question."
					}
					return ""
				}},
			}})
		})
		u.typed("!").press("tab").see("It must not end like that.").press("shift+tab", "backspace").typed("x?").press("tab").see("It is a question.").press("ctrl+s")
		values, _ := u.then.(did).What.(map[string]string)
		if got := values["prompt"]; got != text+"x?" {
			t.Errorf("%s: %d bytes were given, not %d", name, len(got), len(text)+2)
		}
	}
}

// Changed lines of a diff can be read to their end; others are cut.
func TestDiffWrapsWhatChanges(t *testing.T) {
	t.Parallel()
	long := "prompt: " + strings.Repeat("some words ", 20)
	p := &service.Proposal{File: "w.yaml", Base: []byte("a"), Text: []byte("b"), Lines: []rewrite.DiffLine{
		{Kind: rewrite.Equal, Old: 1, New: 1, Text: long + "EQUAL"}, {Kind: rewrite.Delete, Old: 2, Text: long + "GONE"}, {Kind: rewrite.Insert, New: 2, Text: long + "NEW"}}}
	u := open(t, func(env *ui.Env) ui.Dialog { return dialog.Diff(env, dialog.DiffOptions{Proposal: p}) })
	out := u.see("   2 - prompt: some", "GONE", "   2 + prompt: some", "NEW", "\n       ").text()
	if strings.Contains(out, "EQUAL") || strings.Count(out, " - ") != 1 || strings.Count(out, " + ") != 1 {
		t.Errorf("the diff is\n%s", out)
	}
	u.looks()
}
