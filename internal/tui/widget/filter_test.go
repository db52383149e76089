package widget_test

import (
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/google/go-cmp/cmp"

	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/widget"
)

// The footer of a filter says what enter and esc do, and its bindings do that.
func TestFilterBindings(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	var f widget.Filter
	press := func(msg tea.KeyPressMsg) tea.Cmd {
		f.Press(env, msg)
		return nil
	}
	for key, want := range map[string]string{"filter.keep": "ab", "filter.clear": ""} {
		f = widget.Filter{}
		for _, k := range []string{"/", "a", "b"} {
			press(tuitest.KeyPress(k))
		}
		var ids []string
		for _, b := range widget.FilterBindings(press) {
			if ids = append(ids, b.ID); b.ID == key {
				b.Do()
			}
		}
		if diff := cmp.Diff([]string{"filter.keep", "filter.clear"}, ids); diff != "" || f.Editing || f.Text != want {
			t.Errorf("%s: %+v %s", key, f, diff)
		}
	}
}

// A token that is put in does not stick to the word before it.
func TestInsertWord(t *testing.T) {
	t.Parallel()
	for before, want := range map[string]string{"": "X", "Dear": "Dear X", "Dear ": "Dear X", "Dear:": "Dear: X", "(": "(X", "\"": "\"X", "a\n": "a\nX", "{{ b }}": "{{ b }} X", "ä": "ä X", "id=": "id=X"} {
		e := widget.NewEditor(before, true)
		if e.InsertWord("X"); e.Value() != want {
			t.Errorf("%q became %q, want %q", before, e.Value(), want)
		}
	}
}
