package dialog_test

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"askflow/internal/tui/dialog"
	"askflow/internal/tui/theme"
	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
)

func TestGolden(t *testing.T) {
	t.Parallel()
	for name, build := range dialogs() {
		for _, width := range []int{40, 80, 120} {
			tuitest.Golden(t, fmt.Sprintf("%s-%d", name, width), ansi.Strip(build(testEnv(t)).View(width-8, 20)))
		}
	}
	for _, th := range []*theme.Theme{theme.For(true), theme.For(false)} {
		env := testEnv(t)
		env.Theme = th
		var all []string
		for _, name := range []string{"confirm", "choose", "diff", "form"} {
			all = append(all, dialogs()[name](env).View(60, 20))
		}
		tuitest.Golden(t, "styled-"+th.Name, strings.Join(all, "\n\n"))
	}
}

func dialogs() map[string]func(*ui.Env) ui.Dialog {
	return map[string]func(*ui.Env) ui.Dialog{
		"confirm": func(env *ui.Env) ui.Dialog {
			return dialog.Confirm(env, dialog.ConfirmOptions{Text: "The key is removed from the system's keyring.", Details: []string{"Lead qualification can no longer ask live.", hostile}, Yes: "Uninstall", Danger: true})
		},
		"choose": func(env *ui.Env) ui.Dialog {
			return dialog.Choose(env, dialog.ChooseOptions{Items: choices(), At: "2"})
		},
		"diff":   func(env *ui.Env) ui.Dialog { return dialog.Diff(env, dialog.DiffOptions{Proposal: proposal()}) },
		"tokens": func(env *ui.Env) ui.Dialog { return dialog.Tokens(env, tokens(), nil) },
		"secret": func(env *ui.Env) ui.Dialog {
			d := dialog.Secret(env, dialog.SecretOptions{Text: "Paste the key.", Hint: "It is checked first."})
			d.Update(tea.PasteMsg{Content: canary})
			return d
		},
		"form": func(env *ui.Env) ui.Dialog {
			return dialog.Form(env, dialog.FormOptions{Text: "An action.", Fields: []dialog.Field{{ID: "a", Label: "Name", Value: "ada", Hint: "a word"}, {ID: "b", Label: "Model", Kind: dialog.KindChoice, Value: "4", Options: choices()},
				{ID: "c", Label: "Keep", Kind: dialog.KindBool}, {ID: "d", Label: "Prompt", Kind: dialog.KindArea, Value: "Hello {{ contact.firstname }}"}}})
		},
	}
}
