// Package assistant is the place Assistant: the portal's assistants, what the next run is started with, the models that can be
// asked, and a scratchpad for one prompt over one record.
package assistant

import (
	tea "charm.land/bubbletea/v2"

	"askflow/internal/service"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// level is how far into the place one went.
type level int

const (
	levelMain level = iota
	levelModels
	levelPad
	levelRecords // of the scratchpad
)

// focus is the pane of the first level that has the keys.
type focus int

const (
	focusList focus = iota
	focusSettings
	focusDetail
)

// Screen is the place.
type Screen struct {
	env   *ui.Env
	level level
	focus focus

	catalog *catalog
	loader  ui.Loader
	err     error
	// stale tells that what is being read has changed since.
	stale bool

	list   widget.Table[*item]
	filter widget.Filter
	detail detail
	wide   widget.Split
	narrow widget.Split
	areas  areas

	settings settings
	form     form
	models   modelLevel
	pad      pad
	records  recordLevel
	targets  targets
}

// New makes the place.
func New(env *ui.Env) ui.Screen {
	s := &Screen{env: env, wide: widget.Split{Ratio: 42}, narrow: widget.Split{Ratio: 35}}
	s.settings = settings{env: env}
	s.list = widget.Table[*item]{Columns: listColumns(), Cells: s.cells, Key: func(it *item) string { return it.key },
		Empty: "There are no assistants yet. Put one into the folder assistants/ (YAML, or OpenAI's JSON), or import one: emulator assistants import FILE."}
	s.list.Wait()
	s.detail.body = widget.NewText()
	s.form = newForm(s)
	s.models = newModelLevel(s)
	s.pad = newPad(s)
	s.records = newRecordLevel(s)
	return s
}

// Update takes a message.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return s.press(msg)
	case tea.PasteMsg:
		return s.paste(msg.Content)
	case ui.Click:
		return s.click(msg)
	case ui.Wheel:
		return s.wheel(msg)
	case ui.Shown:
		return s.shown()
	case ui.Refresh:
		return s.refresh()
	case ui.Themed:
		s.themed()
	case service.Event:
		return s.event(msg)
	case ui.ShowAssistant:
		return s.show(msg)
	}
	return s.result(msg)
}

// Crumbs say where in the place one is.
func (s *Screen) Crumbs() []string {
	switch s.level {
	case levelModels:
		return []string{"Models"}
	case levelPad:
		return []string{"Scratchpad"}
	case levelRecords:
		return []string{"Scratchpad", "Record"}
	}
	switch it, ok := s.list.Selected(); {
	case s.focus == focusSettings:
		return []string{"Settings for the next run"}
	case s.focus == focusDetail && ok:
		return []string{it.name()}
	}
	return nil
}

// Typing tells that letters go into a filter or the prompt.
func (s *Screen) Typing() bool {
	return s.filtering() || s.level == levelPad && s.pad.typing
}

// filtering tells that keys go into the filter of the list on the screen.
func (s *Screen) filtering() bool {
	switch s.level {
	case levelModels:
		return s.models.filter.Editing
	case levelRecords:
		return s.records.filter.Editing
	case levelPad:
		return false
	}
	return s.filter.Editing && s.focus == focusList
}

// Back leaves what was opened last.
func (s *Screen) Back() bool {
	switch {
	case s.level == levelModels:
		if !s.models.unfilter() {
			s.level = levelMain
		}
	case s.level == levelRecords:
		if !s.records.unfilter() {
			s.level = levelPad
		}
	case s.level == levelPad && s.pad.typing:
		s.pad.typing = false
	case s.level == levelPad:
		s.level = levelMain
	case s.split().Zoom:
		s.split().Zoom = false
	case s.focus != focusList:
		s.setFocus(focusList)
	case s.filter.Visible():
		s.filter.Clear()
		s.refilter()
	default:
		return false
	}
	return true
}

// Command is the command line that does the same.
func (s *Screen) Command() string {
	switch s.level {
	case levelModels:
		return "models list"
	case levelPad, levelRecords:
		return s.runCommand(s.pad.target)
	}
	if s.focus == focusSettings {
		return s.runCommand(s.form.target)
	}
	if it, ok := s.list.Selected(); ok && s.focus == focusDetail {
		return "assistants show " + word(it.a.ID)
	}
	return "assistants list"
}

// runCommand starts a run with the settings that were chosen.
func (s *Screen) runCommand(t *target) string {
	file := "WORKFLOW"
	switch {
	case t != nil:
		file = word(t.fileName)
	case s.catalog != nil && len(s.catalog.asking) == 1:
		file = word(s.catalog.asking[0].FileName)
	}
	return "run " + file + s.settings.chosen.Flags()
}
