package keymap_test

import (
	"strings"
	"testing"

	"askflow/internal/tui/keymap"
)

func specs() []keymap.Spec {
	return []keymap.Spec{
		{ID: "app.quit", Keys: []string{"q", "ctrl+c"}, Short: "quit", Help: "Quit"},
		{ID: "runs.cancel", Keys: []string{"c"}, Short: "cancel", Help: "Cancel the run"},
		{ID: "runs.compare", Keys: []string{"d"}, Short: "compare", Help: "Compare"},
		{ID: "dialog.cancel", Keys: []string{"q"}, Short: "no", Help: "Close"},
	}
}

func TestTwoActionsOfOneName(t *testing.T) {
	t.Parallel()
	if _, err := keymap.New(specs(), specs()); err == nil || !strings.Contains(err.Error(), "app.quit") {
		t.Errorf("the mistake is not named: %v", err)
	}
}

func TestRemap(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file string
		want string // of the problems; "" for none
		is   map[string]string
	}{
		"one key":           {"runs.cancel: X\n", "", map[string]string{"runs.cancel": "X"}},
		"several":           {"runs.cancel: [X, ctrl+x]\nruns.compare: []\n", "", map[string]string{"runs.cancel": "ctrl+x"}},
		"empty file":        {"", "", map[string]string{"runs.cancel": "c"}},
		"unknown action":    {"runs.cancle: X\n", `keys.yaml:1:1: "runs.cancle" is no action`, map[string]string{"runs.cancel": "c"}},
		"nearest":           {"runs.cancle: X\n", "did you mean runs.cancel?", nil},
		"no key":            {"runs.cancel: {a: b}\n", "runs.cancel: this is no key or list of keys", nil},
		"no file of keys":   {"- a\n", "a file of keys holds one line for each action", nil},
		"no YAML":           {"a: [\n", "keys.yaml:", nil},
		"no such key":       {"runs.cancel: Ctrl-X\n", "keys.yaml:1:1: runs.cancel: this is no key", map[string]string{"runs.cancel": "c"}},
		"blank":             {"runs.cancel: foo bar\n", "this is no key", nil},
		"escape":            {"runs.cancel: \"\\e[31mred\"\n", "this is no key", nil},
		"keys of all kinds": {"runs.cancel: [ctrl+alt+x, f12, space, ä, shift+tab, ctrl++]\n", "", map[string]string{"runs.cancel": "ctrl++"}},
		"needed":            {"app.quit: []\n", "keys.yaml:1:1: app.quit needs a key", map[string]string{"app.quit": "q"}},
		"clash":             {"runs.cancel: q\n", "keys.yaml:1:1: the key q leads to runs.cancel and to app.quit", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, err := keymap.New(specs())
			if err != nil {
				t.Fatal(err)
			}
			problems := m.Remap("keys.yaml", []byte(c.file))
			if c.want == "" && len(problems) > 0 || !strings.Contains(problems.Error(), c.want) {
				t.Errorf("problems %v, want %q", problems, c.want)
			}
			for id, key := range c.is {
				if !m.Is(id, key) {
					t.Errorf("%s does not lead to %s", key, id)
				}
			}
		})
	}
}

func TestNothingClashesByItself(t *testing.T) {
	t.Parallel()
	m, err := keymap.New(specs())
	if err != nil {
		t.Fatal(err)
	}
	if found := m.Clashes(""); len(found) > 0 {
		t.Errorf("%v", found) // keys of dialogs work alone
	}
	if m.Get("nobody").ID != "nobody" || len(m.All()) != 4 {
		t.Error("an unknown action has no spec, and all specs are listed")
	}
}
