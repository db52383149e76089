package dialog_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"askflow/internal/rewrite"
	"askflow/internal/secret"
	"askflow/internal/service"
	"askflow/internal/source"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/theme"
	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
)

const hostile = "\x1b[31mred\x07 \u202eevil 日本 👩\u200d👩\tשלום"

func testEnv(tb testing.TB) *ui.Env {
	tb.Helper()
	return &ui.Env{Theme: theme.For(true), Keys: tuitest.Keys(tb)}
}

// user works a dialog as the frame does: bindings first, then Update.
type user struct {
	t   *testing.T
	env *ui.Env
	d   ui.Dialog
	// closed tells that the dialog asked to be closed; then is what it does afterwards.
	closed bool
	note   string
	then   any
}

func (u *user) press(names ...string) *user {
	u.t.Helper()
	for _, name := range names {
		msg := tuitest.KeyPress(name)
		done := false
		if !u.d.Typing() || msg.Text == "" {
			for _, b := range u.d.Bindings() {
				if !u.env.Keys.Is(b.ID, msg.String()) || done || u.d.Typing() && strings.Contains("backspace left right space", name) {
					continue
				}
				done = true
				if b.Disabled != "" {
					u.note = b.Disabled
				} else if b.Do != nil {
					u.run(b.Do())
				}
			}
		}
		if !done {
			u.run(u.d.Update(msg))
		}
		u.looks()
	}
	return u
}

func (u *user) typed(s string) *user {
	u.t.Helper()
	for _, r := range s {
		u.press(string(r))
	}
	return u
}

func (u *user) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case ui.CloseMsg:
		u.closed = true
		if msg.Then != nil {
			u.then = msg.Then()
		}
	case ui.NoteMsg:
		u.note = msg.Text
	}
}

// looks checks that the dialog keeps to its size, whatever that is.
func (u *user) looks() {
	u.t.Helper()
	for _, size := range [][2]int{{1, 1}, {2, 3}, {11, 4}, {40, 9}, {76, 20}, {106, 40}} {
		if err := tuitest.CheckPart(u.d.View(size[0], size[1]), size[0], size[1]); err != nil {
			u.t.Fatalf("%s at %v: %v", u.d.Title(), size, err)
		}
	}
}

func (u *user) see(want ...string) *user {
	u.t.Helper()
	out := u.text()
	for _, w := range want {
		if !strings.Contains(out, w) {
			u.t.Errorf("%q is not to be seen in\n%s", w, out)
		}
	}
	return u
}

func (u *user) text() string { return strings.ReplaceAll(ansi.Strip(u.d.View(76, 30)), "\u200e", "") }

type did struct{ What any }

func open(t *testing.T, build func(*ui.Env) ui.Dialog) *user {
	t.Helper()
	env := testEnv(t)
	return &user{t: t, env: env, d: build(env)}
}

func (u *user) expect(want any) {
	u.t.Helper()
	if !u.closed {
		u.t.Error("the dialog is still open")
	}
	if diff := cmp.Diff(want, u.then); diff != "" {
		u.t.Error(diff)
	}
}

func doing(what any) tea.Cmd { return func() tea.Msg { return did{what} } }

func TestConfirm(t *testing.T) {
	t.Parallel()
	for _, danger := range []bool{false, true} {
		for keys, yes := range map[string]bool{"enter": !danger, "left enter": danger, "tab right enter": !danger, "esc": false} {
			u := open(t, func(env *ui.Env) ui.Dialog {
				return dialog.Confirm(env, dialog.ConfirmOptions{Title: "Sure?", Text: "This removes " + hostile, Details: []string{"one", hostile}, Yes: "Uninstall", Danger: danger, Do: func() tea.Cmd { return doing("yes") }})
			})
			u.see("Uninstall", "Cancel", "• one").press(strings.Fields(keys)...)
			if want := any(did{"yes"}); yes {
				u.expect(want)
			} else {
				u.expect(nil)
			}
		}
	}
	u := open(t, func(env *ui.Env) ui.Dialog {
		return dialog.Confirm(env, dialog.ConfirmOptions{Text: strings.Repeat("word ", 2000)})
	})
	u.press("down", "up", "down", "enter").expect(nil)
}

func TestInput(t *testing.T) {
	t.Parallel()
	check := func(s string) error {
		if !strings.HasPrefix(s, "a") {
			return errors.New("It has to begin with a.")
		}
		return nil
	}
	u := open(t, func(env *ui.Env) ui.Dialog {
		return dialog.Input(env, dialog.InputOptions{Title: "Name", Label: "Name", Placeholder: "a name", Hint: "as HubSpot shows it", Check: check, Do: func(s string) tea.Cmd { return doing(s) }})
	})
	u.see("a name", "as HubSpot shows it").typed("x").see("✗ It has to begin with a.").press("enter")
	if u.closed {
		t.Fatal("a wrong text is taken")
	}
	u.press("backspace").typed("ada q").see("ada q", "as HubSpot shows it").press("enter").expect(did{"ada q"})

	u = open(t, func(env *ui.Env) ui.Dialog {
		return dialog.Input(env, dialog.InputOptions{Title: "Prompt", Value: "one\ttab " + hostile, Multi: true, Height: 3, Do: func(s string) tea.Cmd { return doing(s) },
			TokenSource: func() []service.TokenChoice { return tokens() }})
	})
	u.press("enter").typed("two ").press("ctrl+t").typed("mail").press("enter").press("ctrl+s").expect(did{"one\ttab " + hostile[:0] + strings.NewReplacer("\x1b", "", "\x07", "").Replace(hostile) + "\ntwo {{ contact.email }}"})
	open(t, func(env *ui.Env) ui.Dialog {
		return dialog.Input(env, dialog.InputOptions{Title: "x", Do: func(s string) tea.Cmd { return doing(s) }})
	}).typed("q?:").press("esc").expect(nil)
}

func tokens() []service.TokenChoice {
	return []service.TokenChoice{{Token: "{{ contact.firstname }}", Label: "First Name", Group: "contact", Sample: hostile}, {Token: "{{ step.response }}", Label: "Response of qualify", Group: "Action outputs"}, {Token: "{{ contact.email }}", Label: "Email", Group: "contact"}}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	u := open(t, func(env *ui.Env) ui.Dialog {
		return dialog.Tokens(env, tokens(), func(s string) tea.Cmd { return doing(s) })
	})
	out := u.see("contact", "Action outputs", "First Name", "{{ contact.firstname }} – for example").text()
	if strings.Index(out, "Email") > strings.Index(out, "Action outputs") {
		t.Errorf("the tokens of one group are apart:\n%s", out)
	}
	u.typed("rspqu").see("Response of qualify").press("enter").expect(did{"{{ step.response }}"})
	open(t, func(env *ui.Env) ui.Dialog { return dialog.Tokens(env, nil, nil) }).see("nothing to choose").press("esc").expect(nil)
}

func choices() []dialog.Choice {
	return []dialog.Choice{{ID: "1", Title: "gpt-6-luna", Detail: "a long context"}, {ID: "2", Title: "gpt-6-sol", Disabled: "portal.yaml does not allow it"}, {ID: "3", Title: "o9 " + hostile, Detail: hostile}, {ID: "4", Title: "four"}, {ID: "5", Title: "five"}}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	choose := func(at string) *user {
		return open(t, func(env *ui.Env) ui.Dialog {
			return dialog.Choose(env, dialog.ChooseOptions{Title: "Model", Items: choices(), At: at, Do: func(c dialog.Choice) tea.Cmd { return doing(c.ID) }})
		})
	}
	choose("").see("▸ gpt-6-luna", "a long context").press("enter").expect(did{"1"})
	choose("4").see("▸ four").press("down", "down", "enter").expect(did{"5"})
	choose("4").press("up", "enter").expect(did{"3"})
	u := choose("2").see("✗ portal.yaml does not allow it").press("enter")
	if u.closed || u.note != "portal.yaml does not allow it" {
		t.Errorf("a choice that is disabled is made; the note is %q", u.note)
	}
	u.typed("lna").see("▸ gpt-6-luna").press("enter").expect(did{"1"})
	u = choose("").typed("zzzz").see("Nothing matches").press("enter")
	if u.closed {
		t.Error("nothing was chosen")
	}
	u.press("ctrl+u", "pgdown", "enter").expect(did{"5"})
	var many []dialog.Choice
	for i := range 500 {
		many = append(many, dialog.Choice{ID: fmt.Sprint(i), Title: fmt.Sprintf("item %d", i)})
	}
	u = open(t, func(env *ui.Env) ui.Dialog { return dialog.Choose(env, dialog.ChooseOptions{Items: many, At: "400"}) })
	u.see("▸ item 400")
	u.run(u.d.Update(ui.Wheel{Lines: 3}))
	u.see("▸ item 403").press("enter").expect(nil)
}

func TestShow(t *testing.T) {
	t.Parallel()
	u := open(t, func(env *ui.Env) ui.Dialog {
		return dialog.Show(env, dialog.ShowOptions{Title: "Text", Text: "first " + hostile + strings.Repeat("\nline", 100) + "\nlast"})
	})
	u.see("first", "0%").run(u.d.Update(tuitest.KeyPress("G")))
	u.see("last", "100%")
	u.run(u.d.Update(ui.Wheel{Lines: -500}))
	u.see("first").press("enter").expect(nil)
	open(t, func(env *ui.Env) ui.Dialog {
		return dialog.Show(env, dialog.ShowOptions{Drawn: []string{env.Theme.Bad.Render("drawn")}})
	}).see("drawn").press("esc").expect(nil)
}

func proposal() *service.Proposal {
	return &service.Proposal{File: "workflows/leads.yaml", Base: []byte("a"), Text: []byte("b"),
		Lines:    []rewrite.DiffLine{{Kind: rewrite.Equal, Old: 1, New: 1, Text: "name: Leads"}, {Kind: rewrite.Delete, Old: 2, Text: "model: " + hostile}, {Kind: rewrite.Insert, New: 2, Text: "model: gpt-6-luna"}, {Kind: rewrite.Equal, Old: 40, New: 40, Text: "end"}},
		Problems: source.Problems{{Severity: source.SeverityWarning, File: "workflows/leads.yaml", Line: 9, Col: 1, Message: "a warning"}, {Severity: source.SeverityError, File: "workflows/leads.yaml", Line: 3, Col: 5, Message: "an error " + hostile, Hint: "mend it"}}}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	show := func(p *service.Proposal) *user {
		return open(t, func(env *ui.Env) ui.Dialog {
			return dialog.Diff(env, dialog.DiffOptions{Title: "Change", Proposal: p, Do: func() tea.Cmd { return doing("written") }})
		})
	}
	u := show(proposal())
	out := u.see("workflows/leads.yaml", "2 - model: ␛[31mred", "2 + model: gpt-6-luna", "⋯", "✗ workflows/leads.yaml:3:5: an error", "! workflows/leads.yaml:9:1: a warning", "Write the file").text()
	if strings.Index(out, "an error") > strings.Index(out, "a warning") {
		t.Error("errors do not come first")
	}
	u.press("down", "up", "enter").expect(did{"written"})
	for _, p := range []*service.Proposal{nil, {File: "x", Base: []byte("a"), Text: []byte("a"), Lines: []rewrite.DiffLine{{Text: "same"}}}} {
		u := show(p).see("Nothing would change").press("enter")
		if u.closed || u.note == "" {
			t.Error("no change is written")
		}
		u.press("esc").expect(nil)
	}
	fresh := proposal()
	fresh.Base, fresh.Problems = nil, nil
	show(fresh).see("(new)", "✓ The result has no problems.")
}

func form(t *testing.T) *user {
	return open(t, func(env *ui.Env) ui.Dialog {
		return dialog.Form(env, dialog.FormOptions{Title: "New action", Text: "An action after qualify.", Do: func(v map[string]string) tea.Cmd { return doing(v) }, Fields: []dialog.Field{
			{ID: "name", Label: "Name", Hint: "a word", Check: func(s string) error {
				if s == "" {
					return errors.New("A name is needed.")
				}
				return nil
			}},
			{ID: "model", Label: "Model", Kind: dialog.KindChoice, Value: "3", Options: choices()},
			{ID: "keep", Label: "Keep", Kind: dialog.KindBool, Value: "true"},
			{ID: "effort", Label: "Effort", Disabled: func(v map[string]string) string {
				if v["keep"] == "true" {
					return "It is kept."
				}
				return ""
			}},
			{ID: "prompt", Label: "Prompt", Kind: dialog.KindArea, Value: "Hello " + hostile, TokenSource: func() []service.TokenChoice { return tokens() }},
		}})
	})
}

func TestForm(t *testing.T) {
	t.Parallel()
	u := form(t).see("An action after qualify.", "▸ Name", "a word", "[x] yes", "– It is kept.", "Hello ␛?"[:6])
	u.press("ctrl+s").see("✗ A name is needed.")
	if u.closed {
		t.Fatal("a form with a mistake is taken")
	}
	u.typed("ada?").press("enter").see("▸ Model").press("right").see("‹ four ›").press("left", "left").see("‹ gpt-6-luna ›") // over the one that is disabled
	u.press("space").see("type to filter").typed("five").press("enter").see("‹ five ›")
	u.press("tab", "space").see("[ ] no").press("down").see("▸ Effort").typed("low").press("enter").see("▸ Prompt")
	u.press("enter").typed("q").press("ctrl+t").see("First Name").press("esc").press("ctrl+t", "enter").see("{{ contact.firstname }}")
	if u.closed {
		t.Fatal("esc closed the form and not what is open over it")
	}
	u.press("shift+tab").see("▸ Effort").press("up", "up", "up").see("▸ Name").press("shift+tab", "ctrl+s")
	u.expect(did{map[string]string{"name": "ada?", "model": "5", "keep": "false", "effort": "low", "prompt": "Hello " + strings.NewReplacer("\x1b", "", "\x07", "").Replace(hostile) + "\nq {{ contact.firstname }}"}})

	u = form(t).typed("x").press("ctrl+s")
	if values, ok := u.then.(did).What.(map[string]string); !ok || len(values) != 4 {
		t.Errorf("a field that is disabled is given: %v", u.then)
	}
	open(t, func(env *ui.Env) ui.Dialog { return dialog.Form(env, dialog.FormOptions{Title: "empty"}) }).press("tab", "up", "x", "enter").press("ctrl+s").expect(nil)
}

const canary = "sk-proj-CANARY0123456789abcdefT3BlbkFJzyxwvutsrq"

func TestSecret(t *testing.T) {
	t.Parallel()
	var got string
	u := open(t, func(env *ui.Env) ui.Dialog {
		return dialog.Secret(env, dialog.SecretOptions{Title: "Connect", Text: "Paste the key.", Hint: "it is checked first",
			Check: func(s secret.Secret) error {
				if s.Reveal() != canary {
					return errors.New("This is no key: " + s.Reveal())
				}
				return nil
			},
			Do: func(s secret.Secret) tea.Cmd { got = s.Reveal(); return doing("kept") }})
	})
	hidden := func() {
		t.Helper()
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			if out := fmt.Sprintf(format, u.d); strings.Contains(out, "CANARY") || strings.Contains(out, "CANARY"[:4]) || strings.Contains(out, "67 65 78") || strings.Contains(strings.ToLower(out), "43414e") {
				t.Fatalf("%s prints the key: %s", format, out)
			}
		}
		if out := u.d.View(100, 40) + u.d.Title() + fmt.Sprint(u.d.Bindings()); strings.Contains(out, "CANARY") || strings.Contains(out, canary[10:20]) {
			t.Fatalf("the key is on the screen: %s", out)
		}
	}
	u.see("it is checked first").press("enter").see("Nothing was typed yet.")
	u.typed("sk-proj-CANARYwrong0123456789").press("enter").see("This is no key").see(strings.Repeat("•", 24))
	hidden()
	if u.closed || strings.Contains(u.text(), strings.Repeat("•", 25)) || strings.Contains(u.text(), "CANARY") {
		t.Fatalf("closed: %t\n%s", u.closed, u.text())
	}
	u.press("ctrl+u", "a", "b", "c", "backspace").see("••")
	if strings.Contains(u.text(), "•••") {
		t.Error("backspace keeps a character")
	}
	u.press("ctrl+u")
	u.run(u.d.Update(tea.PasteMsg{Content: " \u200b\"" + canary + "\"\r\n"}))
	hidden()
	u.run(u.d.Update(tea.PasteMsg{Content: strings.Repeat("x", 9000)}))
	u.see("too long").press("enter").expect(did{"kept"})
	hidden()
	if got != canary {
		t.Errorf("%d characters were given", len(got))
	}
	if strings.Contains(u.text(), "•") {
		t.Error("the buffer is not wiped")
	}
	u.closed, u.then = false, nil
	u.typed("abc").press("esc").expect(nil)
	if strings.Contains(u.text(), "•") {
		t.Error("the buffer is not wiped after esc")
	}
}
