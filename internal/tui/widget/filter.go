package widget

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
)

// Filter is the line of a filter: words, or field:value. It stays visible while it has a text; a switched-off filter keeps it.
type Filter struct {
	Text string
	// On tells that the text counts.
	On bool
	// Editing tells that keys go into the text.
	Editing bool

	editor *Editor
}

// Active is the text that counts now, "" when it is switched off.
func (f *Filter) Active() string {
	if !f.On {
		return ""
	}
	return strings.TrimSpace(f.Text)
}

// Visible tells that the line has something to show.
func (f *Filter) Visible() bool { return f.Editing || f.Text != "" }

// Clear takes the filter away; it tells whether that changes what is Active.
func (f *Filter) Clear() (changed bool) {
	was := f.Active()
	*f = Filter{}
	return was != ""
}

// Press takes a key: "/" begins editing and "f" switches it off and on; while editing, enter keeps the text, esc takes it away, and
// everything else goes into it. changed tells that Active is another one.
func (f *Filter) Press(env *ui.Env, msg tea.KeyPressMsg) (changed, taken bool) {
	was, key := f.Active(), msg.String()
	switch {
	case f.Editing && key == "enter":
		f.end()
	case f.Editing && key == "esc":
		*f = Filter{}
	case f.Editing:
		_, taken = f.edit().Update(msg)
		f.Text, f.On = f.edit().Value(), true
		return f.Active() != was, taken
	case env.Keys.Is("nav.filter", key):
		f.Editing, f.On, f.editor = true, true, nil
	case env.Keys.Is("nav.filteronoff", key) && f.Text != "":
		f.On = !f.On
	default:
		return false, false
	}
	return f.Active() != was, true
}

// FilterBindings are the actions of a place while its filter is edited; press is what takes the place's keys.
func FilterBindings(press func(tea.KeyPressMsg) tea.Cmd) []ui.Binding {
	return []ui.Binding{
		ui.On("filter.keep", func() tea.Cmd { return press(tea.KeyPressMsg{Code: tea.KeyEnter}) }),
		ui.On("filter.clear", func() tea.Cmd { return press(tea.KeyPressMsg{Code: tea.KeyEscape}) }),
	}
}

// Paste puts pasted text in while editing; changed tells that Active is another one.
func (f *Filter) Paste(s string) (changed bool) {
	if !f.Editing {
		return false
	}
	was := f.Active()
	f.edit().Insert(s)
	f.Text, f.On = f.edit().Value(), true
	return f.Active() != was
}

func (f *Filter) edit() *Editor {
	if f.editor == nil {
		f.editor = NewEditor(f.Text, false)
	}
	return f.editor
}

func (f *Filter) end() {
	f.Editing, f.editor = false, nil
	if f.Text = strings.TrimSpace(f.Text); f.Text == "" {
		*f = Filter{}
	}
}

// View draws the line, "" when there is no filter.
func (f *Filter) View(env *ui.Env, width int) string {
	if width <= 0 || !f.Visible() {
		return ""
	}
	slash := env.Theme.Key.Render("/")
	switch {
	case f.Editing:
		return text.Cut(slash+f.edit().View(env, width-1, 1, true), width)
	case !f.On:
		const off = " (off)"
		return text.Cut(env.Theme.Faint.Render("/"+text.Clip(f.Text, max(1, width-1-len(off)))+off), width)
	}
	field, value, named := strings.Cut(f.Text, ":")
	if !named || strings.ContainsAny(field, " \t") {
		return text.Cut(slash+env.Theme.Strong.Render(text.Clip(f.Text, width-1)), width)
	}
	return text.Cut(slash+env.Theme.Info.Render(text.Clip(field, width-1)+":")+env.Theme.Strong.Render(text.Clip(value, width-1)), width)
}
