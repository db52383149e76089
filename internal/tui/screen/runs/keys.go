package runs

import (
	tea "charm.land/bubbletea/v2"

	"askflow/internal/tui/keymap"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// Keys are the actions of this place.
func Keys() []keymap.Spec {
	return []keymap.Spec{
		{ID: "runs.open", Keys: []string{"enter"}, Short: "open", Help: "Open the run, or the enrollment under the cursor"},
		{ID: "runs.answer", Keys: []string{"enter"}, Short: "only this answer", Help: "Show only the enrollments with the answer under the cursor"},
		{ID: "runs.search", Keys: []string{"m"}, Short: "search on", Help: "Go on with a search that was stopped"},
		{ID: "runs.cancel", Keys: []string{"c"}, Short: "cancel", Help: "Interrupt the run; what is done is kept"},
		{ID: "runs.resume", Keys: []string{"u"}, Short: "resume", Help: "Go on with a run that was interrupted or stopped"},
		{ID: "runs.retry", Keys: []string{"F"}, Short: "retry failed", Help: "Start the enrollments with a failed step over, in the same run"},
		{ID: "runs.draft", Keys: []string{"M"}, Short: "missing answers", Help: "Show the responses file with the questions that had no answer, and write it"},
		{ID: "runs.failed", Keys: []string{"!"}, Short: "only failed", Help: "Show only enrollments with a failed step, or all again"},
		{ID: "runs.all", Keys: []string{"a"}, Short: "all records", Help: "Show the records that did not enroll, too, or only enrollments again"},
		{ID: "runs.compare", Keys: []string{"d"}, Short: "compare", Help: "Compare two marked runs, or this one with another"},
		{ID: "runs.again", Keys: []string{"R"}, Short: "run again", Help: "Run the same again with its settings; with marked enrollments, only those records"},
		{ID: "runs.workflow", Keys: []string{"w"}, Short: "workflow", Help: "Open the run's workflow, with the path of the enrollment lit"},
		{ID: "runs.record", Keys: []string{"s"}, Short: "record", Help: "Open the enrollment's record in Records"},
		{ID: "runs.next", Keys: []string{"n"}, Short: "next", Help: "Open the next enrollment"},
		{ID: "runs.previous", Keys: []string{"N"}, Short: "previous", Help: "Open the enrollment before"},
		{ID: "runs.nextfailed", Keys: []string{"."}, Short: "next failed", Help: "Open the next enrollment with a failed step"},
		{ID: "runs.export", Keys: []string{"x"}, Short: "export", Help: "Write the run's results to a file, as JSON Lines"},
		{ID: "runs.copy", Keys: []string{"y"}, Short: "copy id", Help: "Copy the run's id"},
		{ID: "runs.delete", Keys: []string{"D"}, Short: "delete", Help: "Delete the run and everything it kept"},
	}
}

// Bindings are the actions that work here and now. While a filter is typed they are the filter's.
func (s *Screen) Bindings() []ui.Binding {
	c := s.child()
	switch {
	case c != nil && c.Typing():
		return c.Bindings()
	case s.compare != nil:
		return s.compare.Bindings()
	case s.enrollment != nil:
		return append(s.enrollment.Bindings(), s.enrollmentBindings()...)
	case s.Typing():
		return widget.FilterBindings(s.key)
	case s.one != nil:
		return s.oneBindings()
	}
	return s.listBindings()
}

func (s *Screen) enrollmentBindings() []ui.Binding {
	return []ui.Binding{
		ui.On("runs.next", func() tea.Cmd { return s.hop(hopNext) }), ui.On("runs.previous", func() tea.Cmd { return s.hop(hopPrevious) }),
		ui.When("runs.nextfailed", s.one.noneFailed(), func() tea.Cmd { return s.hop(hopFailed) }),
		ui.On("runs.workflow", s.openWorkflow), ui.When("runs.record", s.noRow(), s.openRecord),
	}
}

func (s *Screen) oneBindings() []ui.Binding {
	o := s.one
	var out []ui.Binding
	if o.run == nil {
		return nil
	}
	if o.split.Focus == 1 && o.split.detailShown(s.drawn.width, s.drawn.height) {
		if len(o.answers) > 0 {
			out = append(out, ui.When("runs.answer", o.noAnswer(), o.filterAnswer))
		}
	} else if o.table.Len() > 0 {
		out = append(out, ui.On("runs.open", o.openSelected))
	}
	if o.stopped {
		out = append(out, ui.On("runs.search", o.searchOn))
	}
	out = append(append(out, s.urgent()...), s.draftBinding()...)
	out = append(out, ui.When("runs.failed", o.noneFailed(), o.toggleFailed))
	out = append(out, ui.When("runs.all", o.noneLeftOut(), o.toggleAll))
	out = append(out, s.common()...)
	return append(out, ui.When("runs.record", s.noRow(), s.openRecord))
}

func (s *Screen) listBindings() []ui.Binding {
	if s.target() == nil {
		return nil
	}
	out := []ui.Binding{ui.On("runs.open", s.list.openSelected)}
	out = append(append(out, s.urgent()...), s.draftBinding()...)
	return append(out, s.common()...)
}

// urgent are what a run in this state most likely needs.
func (s *Screen) urgent() []ui.Binding {
	return []ui.Binding{ui.When("runs.cancel", s.notRunning(), s.cancel), ui.When("runs.resume", s.notStopped(), s.resume), ui.When("runs.retry", s.noFailed(), s.retryFailed)}
}

func (s *Screen) common() []ui.Binding {
	return []ui.Binding{
		ui.When("runs.compare", s.notComparable(), s.compareRuns), ui.On("runs.again", s.again), ui.On("runs.workflow", s.openWorkflow),
		ui.When("runs.export", s.stillRunning("exported"), s.export), ui.On("runs.copy", s.copyID), ui.When("runs.delete", s.stillRunning("deleted"), s.remove),
	}
}
