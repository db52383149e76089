package records

import (
	tea "charm.land/bubbletea/v2"

	"askflow/internal/report"
	"askflow/internal/tui/keymap"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// Keys are the actions of the place.
func Keys() []keymap.Spec {
	return []keymap.Spec{
		{ID: "records.open", Keys: []string{"enter"}, Short: "open", Help: "Look at the record; in it, go to what the tab shows: a workflow, an associated record"},
		{ID: "records.run", Keys: []string{"r"}, Short: "run", Help: "Run a workflow over the marked records, or over this one"},
		{ID: "records.columns", Keys: []string{"c"}, Short: "columns", Help: "Choose the columns"},
		{ID: "records.id", Keys: []string{"#"}, Short: "by id", Help: "Go to a record by its id"},
		{ID: "records.empty", Keys: []string{"i"}, Short: "empty ones", Help: "Show properties without a value, too", Quiet: true},
		{ID: "records.problems", Keys: []string{"P"}, Short: "problems", Help: "Look through all records for what is wrong with them"},
		{ID: "records.copy", Keys: []string{"y"}, Short: "copy", Help: "Copy the ids of the marked records, or this one's"},
		{ID: "records.all", Keys: []string{"X"}, Short: "show all", Help: "Take the filter away", Quiet: true},
	}
}

// Bindings are the actions that work now.
func (s *Screen) Bindings() []ui.Binding {
	if s.filter.Editing {
		return widget.FilterBindings(s.press)
	}
	none := ""
	if _, ok := s.table.Selected(); !ok {
		none = "There is no record here to do this with."
	}
	list := []ui.Binding{
		ui.When("records.open", none, s.open), ui.When("records.run", none, s.chooseWorkflow), ui.When("records.columns", s.noColumns(), s.chooseColumns), ui.On("records.id", s.askID),
		ui.When("records.copy", none, s.copyIDs), ui.When("records.problems", none, s.lookThrough), ui.When("records.empty", none, func() tea.Cmd { s.empty = !s.empty; s.void(); return nil }),
	}
	if s.filter.Text != "" {
		list = append(list, ui.On("records.all", func() tea.Cmd { s.filter.Clear(); return s.restart() }))
	}
	return list
}

func (s *Screen) noColumns() string {
	if len(s.columns) == 0 {
		return "The columns are not known yet."
	}
	return ""
}

// copyIDs copies the ids of the marked records, or of the one under the cursor.
func (s *Screen) copyIDs() tea.Cmd {
	ids := s.chosen()
	what := "the id"
	if len(ids) > 1 {
		what = report.Count(int64(len(ids)), "ids")
	}
	return ui.Copy(join(ids), what)
}
