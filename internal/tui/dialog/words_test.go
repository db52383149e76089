package dialog_test

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/google/go-cmp/cmp"

	"askflow/internal/service"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/ui"
)

// footer is what the frame says below a dialog.
func (u *user) footer() string {
	var out []string
	for _, b := range u.d.Bindings() {
		if spec := u.env.Keys.Get(b.ID); !spec.Quiet {
			out = append(out, spec.Keys[0]+" "+spec.Short)
		}
	}
	return strings.Join(out, ", ")
}

// Every footer says what enter does first and how to leave last, and names the keys of the field that has them.
func TestFootersOfForms(t *testing.T) {
	t.Parallel()
	u := form(t)
	for _, want := range []string{
		"enter next, ctrl+s ok, tab next field, esc cancel",
		"enter next, ctrl+s ok, space change, tab next field, esc cancel",
		"enter next, ctrl+s ok, space change, tab next field, esc cancel",
		"enter new line, ctrl+s ok, ctrl+t data token, tab next field, esc cancel",
	} {
		if diff := cmp.Diff(want, u.footer()); diff != "" {
			t.Error(diff)
		}
		u.press("tab")
	}
	one := open(t, func(env *ui.Env) ui.Dialog { return dialog.Input(env, dialog.InputOptions{Title: "x"}) })
	many := open(t, func(env *ui.Env) ui.Dialog {
		return dialog.Input(env, dialog.InputOptions{Title: "x", Multi: true})
	})
	last := open(t, func(env *ui.Env) ui.Dialog {
		return dialog.Form(env, dialog.FormOptions{Fields: []dialog.Field{{ID: "a"}, {ID: "b"}}})
	}).press("down")
	if got := []string{one.footer(), many.footer(), last.footer()}; !cmp.Equal(got, []string{"enter ok, esc cancel", "enter new line, ctrl+s ok, esc cancel", "enter ok, tab next field, esc cancel"}) {
		t.Errorf("%q", got)
	}
}

// A hint shows before its field has the keys.
func TestHintsOfOtherFields(t *testing.T) {
	t.Parallel()
	u := open(t, func(env *ui.Env) ui.Dialog {
		return dialog.Form(env, dialog.FormOptions{Fields: []dialog.Field{{ID: "a", Label: "First", Hint: "one"}, {ID: "b", Label: "Clock", Hint: "skip, real, or x10"}}})
	})
	u.see("Clock  skip, real, or x10", "  one").press("tab").see("First  one", "  skip, real")
}

func TestUnsaved(t *testing.T) {
	t.Parallel()
	input := func(multi bool) *user {
		return open(t, func(env *ui.Env) ui.Dialog {
			return dialog.Input(env, dialog.InputOptions{Title: "Prompt", Value: "a", Multi: multi})
		})
	}
	two := func(touched bool) *user {
		return open(t, func(env *ui.Env) ui.Dialog {
			return dialog.Form(env, dialog.FormOptions{Title: "Two", Touched: touched, Fields: []dialog.Field{{ID: "a"}, {ID: "b"}}})
		})
	}
	for name, c := range map[string]struct {
		u    *user
		want bool
	}{
		"one line":             {input(false).typed("b"), false},
		"many lines":           {input(true).typed("b"), true},
		"many lines as before": {input(true).typed("b").press("backspace"), false},
		"one field of two":     {two(false).typed("b"), false},
		"two fields":           {two(false).typed("b").press("tab").typed("c"), true},
		"shown before":         {two(true), true},
		"new line":             {input(true).press("enter"), true},
		"a question":           {open(t, func(env *ui.Env) ui.Dialog { return dialog.Confirm(env, dialog.ConfirmOptions{}) }), false},
	} {
		if got := dialog.Unsaved(c.u.d); (got != "") != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// What is listed first is meant more often, and words that begin as typed come before scattered letters.
func TestNearTitlesComeFirst(t *testing.T) {
	t.Parallel()
	list := []service.TokenChoice{{Token: "{{ a.notes }}", Label: "Off in rest", Group: "contact"}, {Token: "{{ a.name }}", Label: "First Name", Group: "contact"}, {Token: "{{ a.page }}", Label: "First Page Seen", Group: "contact"},
		{Token: "{{ a.first }}", Label: "The very first", Group: "contact"}, {Token: "{{ a.own }}", Label: "first", Group: "contact"}}
	tokens := func() *user {
		return open(t, func(env *ui.Env) ui.Dialog {
			return dialog.Tokens(env, list, func(s string) tea.Cmd { return doing(s) })
		})
	}
	for i, want := range []string{"{{ a.own }}", "{{ a.name }}", "{{ a.page }}", "{{ a.first }}"} {
		u := tokens().typed("First")
		for range i {
			u.press("down")
		}
		u.press("enter").expect(did{want})
	}
}

// What stands below each other for a reason keeps its order.
func TestOrderedChoices(t *testing.T) {
	t.Parallel()
	u := open(t, func(env *ui.Env) ui.Dialog {
		return dialog.Choose(env, dialog.ChooseOptions{Ordered: true, Items: []dialog.Choice{{ID: "1", Title: "when a is known"}, {ID: "2", Title: "    and known"}, {ID: "3", Title: "known"}}})
	})
	out := u.typed("known").text()
	if a, b := strings.Index(out, "when a"), strings.Index(out, "and known"); a < 0 || b < a || strings.LastIndex(out, "known") < b+len("and known") {
		t.Errorf("the order is lost:\n%s", out)
	}
}

// A list with commas can be put together from choices.
func TestPicks(t *testing.T) {
	t.Parallel()
	u := open(t, func(env *ui.Env) ui.Dialog {
		return dialog.Form(env, dialog.FormOptions{Do: func(v map[string]string) tea.Cmd { return doing(v["p"]) }, Fields: []dialog.Field{{ID: "p", Label: "Properties",
			Picks: func() []dialog.Choice {
				return []dialog.Choice{{ID: "city", Title: "City"}, {ID: "email", Title: "Email"}}
			}}}})
	})
	if !strings.Contains(u.footer(), "ctrl+t choose") {
		t.Error(u.footer())
	}
	u.press("ctrl+t").typed("mail").press("enter").press("ctrl+t").typed("city").press("enter").see("email, city").press("ctrl+s").expect(did{"email, city"})
}
