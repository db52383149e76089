package dialog

import (
	tea "charm.land/bubbletea/v2"

	"askflow/internal/tui/ui"
)

// Bindings are those of the field that has the keys.
func (f *form) Bindings() []ui.Binding {
	if f.over != nil {
		return []ui.Binding{ui.When("dialog.accept", f.over.disabled(), f.pick), ui.On("dialog.cancel", f.shut)}
	}
	field := f.field()
	area, several := field != nil && field.Kind == KindArea, len(f.fields) > 1
	var list []ui.Binding
	switch { // enter first, the way out last
	case area:
		list = append(list, ui.On("dialog.line", f.newLine), ui.On("dialog.save", f.accept))
	case f.last():
		list = append(list, ui.On("dialog.accept", f.accept))
	default:
		list = append(list, ui.On("dialog.forward", f.next), ui.On("dialog.save", f.accept))
	}
	switch {
	case field == nil:
	case field.editor == nil:
		list = append(list, ui.On("dialog.change", f.changeOn))
	case field.TokenSource != nil:
		list = append(list, ui.On("dialog.token", f.openTokens))
	case field.Picks != nil:
		list = append(list, ui.On("dialog.pick", f.openPicks))
	}
	if several {
		list = append(list, ui.On("dialog.next", f.next), ui.On("dialog.prev", f.prev))
		if !area {
			list = append(list, ui.On("dialog.up", f.prev), ui.On("dialog.down", f.next))
		}
	}
	return append(list, cancel())
}

// last tells that no field that can be given follows.
func (f *form) last() bool {
	all := f.seen()
	for i := f.at + 1; i < len(f.fields); i++ {
		if f.disabled(f.fields[i], all) == "" {
			return false
		}
	}
	return true
}

// newLine is what enter does in a text of several lines.
func (f *form) newLine() tea.Cmd {
	field := f.field()
	field.editor.Insert("\n")
	f.typed(field)
	return nil
}
