package assistant

import (
	tea "charm.land/bubbletea/v2"

	"askflow/internal/tui/keymap"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// Keys are the actions of the place.
func Keys() []keymap.Spec {
	return []keymap.Spec{
		{ID: "assistant.open", Keys: []string{"enter"}, Short: "open", Help: "Open the assistant: its instructions in full, and what does not work any more"},
		{ID: "assistant.change", Keys: []string{"enter"}, Short: "change", Help: "Choose a value for the setting under the cursor"},
		{ID: "assistant.slide", Keys: []string{"right", "l"}, Short: "more", Help: "Change the setting under the cursor step by step; left goes the other way", Quiet: true},
		{ID: "assistant.own", Keys: []string{"backspace", "delete"}, Short: "use own", Help: "Leave the setting under the cursor to the workflow and the assistant"},
		{ID: "assistant.choose", Keys: []string{"enter"}, Short: "use it", Help: "Use the model under the cursor for the next run"},
		{ID: "assistant.pick", Keys: []string{"enter"}, Short: "use it", Help: "Ask about the record under the cursor"},
		{ID: "assistant.prompt", Keys: []string{"enter", "i"}, Short: "edit prompt", Help: "Edit the prompt of the scratchpad"},
		{ID: "assistant.ask", Keys: []string{"ctrl+s", "ctrl+enter"}, Short: "ask", Help: "Ask the prompt of the scratchpad; nothing is stored"},
		{ID: "assistant.token", Keys: []string{"ctrl+t"}, Short: "data token", Help: "Choose a data token and put it into the prompt"},
		{ID: "assistant.record", Keys: []string{"ctrl+r"}, Short: "record", Help: "Choose the record that the prompt is rendered with"},
		{ID: "assistant.from", Keys: []string{"ctrl+n"}, Short: "from", Help: "Start from the prompt of a workflow's step"},
		{ID: "assistant.save", Keys: []string{"ctrl+g"}, Short: "save prompt", Help: "Write the prompt into a workflow's step; the difference is shown first"},
		{ID: "assistant.older", Keys: []string{"<", ","}, Short: "older", Help: "Show the answer before this one"},
		{ID: "assistant.newer", Keys: []string{">", "."}, Short: "newer", Help: "Show the answer after this one"},
		{ID: "assistant.use", Keys: []string{"u"}, Short: "use", Help: "Use the assistant under the cursor for the next run, whatever the workflow says; again leaves it to the workflow"},
		{ID: "assistant.settings", Keys: []string{"c"}, Short: "settings", Help: "Go to the settings for the next run"},
		{ID: "assistant.models", Keys: []string{"m"}, Short: "models", Help: "Choose a model: prices, context, what it accepts, when it is switched off"},
		{ID: "assistant.pad", Keys: []string{"s"}, Short: "scratchpad", Help: "Try one prompt with one record"},
		{ID: "assistant.run", Keys: []string{"r"}, Short: "run", Help: "Run a workflow that asks, with these settings"},
		{ID: "assistant.write", Keys: []string{"w"}, Short: "write", Help: "Write these settings into a workflow's step; the difference is shown first"},
		{ID: "assistant.reset", Keys: []string{"X"}, Short: "reset", Help: "Leave every setting to the workflow and the assistant"},
		{ID: "assistant.connect", Keys: []string{"C"}, Short: "connect", Help: "Connect an OpenAI account, which live answers need"},
		{ID: "assistant.edit", Keys: []string{"e"}, Short: "edit", Help: "Open the assistant's file in your editor"},
		{ID: "assistant.copy", Keys: []string{"y"}, Short: "copy", Help: "Copy the instructions, or the answer"},
		{ID: "assistant.pager", Keys: []string{"o"}, Short: "pager", Help: "Show the instructions, or the answer, in your pager"},
	}
}

// Bindings are the actions that work here and now.
func (s *Screen) Bindings() []ui.Binding {
	switch {
	case s.filtering():
		return widget.FilterBindings(s.press)
	case s.level == levelModels:
		return s.models.bindings()
	case s.level == levelRecords:
		return s.records.bindings()
	case s.level == levelPad:
		return s.pad.bindings()
	}
	var list []ui.Binding
	switch s.focus {
	case focusSettings:
		list = append(list, ui.On("assistant.change", s.form.enter), ui.When("assistant.own", s.form.ownAlready(), s.form.own), ui.On("assistant.slide", func() tea.Cmd { return s.form.slide(1) }))
	case focusDetail:
	default:
		list = append(list, ui.When("assistant.open", s.nobody(), s.open))
	}
	run := []ui.Binding{ui.When("assistant.run", s.cannotRun(), s.run), ui.When("assistant.write", s.cannotWrite(), s.write), ui.On("assistant.pad", s.openPad)}
	if s.focus == focusSettings {
		list = append(append(list, run...), ui.When("assistant.reset", s.allOwn(), s.reset), ui.On("assistant.models", s.openModels))
	} else {
		list = append(list, ui.When("assistant.use", s.nobody(), s.use), ui.On("assistant.settings", s.openSettings))
		list = append(append(list, run...), ui.On("assistant.models", s.openModels), ui.When("assistant.reset", s.allOwn(), s.reset))
	}
	if s.needsAccount() {
		list = append(list, ui.On("assistant.connect", s.connect))
	}
	return append(list, ui.When("assistant.edit", s.nobody(), s.edit), ui.When("assistant.copy", s.nobody(), s.copyInstructions), ui.When("assistant.pager", s.nobody(), s.pageInstructions))
}

// nobody says why nothing can be done with the assistant under the cursor.
func (s *Screen) nobody() string {
	if _, ok := s.list.Selected(); ok {
		return ""
	}
	return "There is no assistant here; put one into the folder assistants/, or import one with emulator assistants import FILE."
}

func (s *Screen) allOwn() string {
	if s.settings.chosen.Chosen() {
		return ""
	}
	return "Nothing is chosen for the next run; every setting is left to the workflow and the assistant."
}

func (s *Screen) cannotRun() string {
	switch {
	case s.catalog == nil:
		return "The workflows are still being read."
	case len(s.catalog.asking) == 0:
		return "No workflow of this portal asks OpenAI; add the action Ask OpenAI Assistant to one in Workflows (1)."
	}
	return ""
}

func (s *Screen) cannotWrite() string {
	if why := s.cannotRun(); why != "" {
		return why
	}
	if len(edits("", s.settings.chosen)) == 0 {
		return "There is nothing to write: choose an assistant, a model, a temperature or a reasoning effort first."
	}
	return ""
}
