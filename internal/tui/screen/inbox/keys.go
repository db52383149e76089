package inbox

import (
	tea "charm.land/bubbletea/v2"

	"askflow/internal/tui/keymap"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// Keys are the actions of the place.
func Keys() []keymap.Spec {
	return []keymap.Spec{
		{ID: "inbox.step", Keys: []string{"enter"}, Short: "its step", Help: "Go to the step that made it"},
		{ID: "inbox.record", Keys: []string{"s"}, Short: "record", Help: "Go to the record that it is about"},
		{ID: "inbox.kind", Keys: []string{"!"}, Short: "kind", Help: "Show all, only notifications, only emails, or only tasks"},
		{ID: "inbox.person", Keys: []string{"u"}, Short: "for whom", Help: "Show what is for one person"},
		{ID: "inbox.run", Keys: []string{"r"}, Short: "run", Help: "Show what one run made"},
		{ID: "inbox.copy", Keys: []string{"y"}, Short: "copy", Help: "Copy its text"},
		{ID: "inbox.pager", Keys: []string{"o"}, Short: "pager", Help: "Show its text in the pager"},
		{ID: "inbox.all", Keys: []string{"X"}, Short: "show all", Help: "Show everything again: every kind, person and run"},
	}
}

// Bindings are the actions that work now.
func (s *Screen) Bindings() []ui.Binding {
	if s.filter.Editing {
		return widget.FilterBindings(s.press)
	}
	none := ""
	if _, ok := s.table.Selected(); !ok {
		none = "There is nothing here to do this with."
	}
	list := []ui.Binding{
		ui.When("inbox.step", none, s.goToStep), ui.When("inbox.record", none, s.goToRecord), ui.On("inbox.kind", s.nextKind),
		ui.When("inbox.person", s.nobody(), s.choosePerson), ui.On("inbox.run", s.chooseRun),
		ui.When("inbox.copy", none, func() tea.Cmd {
			return s.plain(func(t string) tea.Msg { return ui.CopyMsg{Text: t, What: "the text"} })
		}),
		ui.When("inbox.pager", none, func() tea.Cmd { return s.plain(func(t string) tea.Msg { return ui.PagerMsg{Name: "inbox", Text: t} }) }),
	}
	if s.narrowed() {
		list = append(list, ui.On("inbox.all", s.showAll))
	}
	return list
}

func (s *Screen) nobody() string {
	if len(s.env.Portal.Users) == 0 {
		return "portal.yaml names no users."
	}
	return ""
}
