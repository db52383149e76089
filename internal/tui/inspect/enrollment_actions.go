package inspect

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// Bindings are the actions that work now, the most important first.
func (e *Enrollment) Bindings() []ui.Binding {
	if e.row == nil {
		return nil
	}
	if e.reader.find.Editing {
		return widget.FilterBindings(e.key)
	}
	s := e.step()
	if s == nil {
		return nil
	}
	var list []ui.Binding
	if e.reader.finding() {
		list = append(list, ui.On("inspect.nexthit", func() tea.Cmd { return e.reader.hop(true) }), ui.On("inspect.prevhit", func() tea.Cmd { return e.reader.hop(false) }))
	}
	if e.split.Focus == 0 {
		list = append(list, ui.On("inspect.open", func() tea.Cmd { e.split.Focus = 1; return nil }))
	}
	list = append(list, ui.On("inspect.tab", e.nextTab))
	noPage := ""
	if e.reader.page() == nil {
		noPage = "The text is still being read; it takes a moment."
	}
	list = append(list, ui.When("inspect.ask", e.noAsk(), e.nextAsk), ui.When("inspect.mode", e.noMode(), e.nextMode))
	return append(list, ui.When("inspect.copy", noPage, e.reader.copy), ui.When("inspect.pager", noPage, func() tea.Cmd { return e.reader.pager(strings.ToLower(e.tabTitle())) }),
		ui.On("inspect.find", e.find))
}

func (e *Enrollment) tabTitle() string {
	if t := e.reader.tabs; t.At < len(t.Titles) {
		return t.Titles[t.At]
	}
	return "step"
}

func (e *Enrollment) nextTab() tea.Cmd {
	before := e.reader.tabs.At
	if n := len(e.reader.tabs.Titles); n > 0 {
		e.reader.tabs.At = (before + 1) % n
	}
	return e.chooseTab(before)
}

// find opens the line for a word. Words are found in texts, so JSON is shown as it was written.
func (e *Enrollment) find() tea.Cmd {
	e.reader.startFind()
	e.split.Focus = 1
	if e.reader.shown().tree != nil {
		e.responseMode = modeRaw
		return e.show()
	}
	return nil
}

func (e *Enrollment) noAsk() string {
	if e.row.asked {
		return ""
	}
	return "No step of this record asked OpenAI."
}

// nextAsk goes to the next step that asked, after the last one to the first.
func (e *Enrollment) nextAsk() tea.Cmd {
	steps := e.row.steps
	for i := 1; i <= len(steps); i++ {
		if k := steps[(e.steps.Cursor()+i)%len(steps)]; k.step.Ask != nil {
			e.steps.Select(stepKey(k))
			return e.show()
		}
	}
	return nil
}

func (e *Enrollment) noMode() string {
	if t := e.tabTitle(); t != tabPrompt && t != tabResponse {
		return "Only Prompt and Response can be shown in several ways; press ] to get there."
	}
	switch s, t := e.step(), e.tabTitle(); {
	case s == nil || s.Ask == nil:
	case t == tabResponse && s.Ask.Response == nil:
		return "There is no answer that could be shown in another way."
	case t == tabPrompt && e.row.template(s) == "":
		return "The run keeps no template of this prompt, so there is only what was sent."
	}
	return ""
}

// nextMode shows the prompt or the response in the next way.
func (e *Enrollment) nextMode() tea.Cmd {
	mode, modes := &e.promptMode, promptModes()
	if e.tabTitle() == tabResponse {
		mode, modes = &e.responseMode, responseModes()
	}
	*mode = modes[(slices.Index(modes, e.reader.shown().mode)+1)%len(modes)]
	return e.show()
}
