package assistant

import (
	tea "charm.land/bubbletea/v2"

	"askflow/internal/service"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// Messages that the place sends itself.
type (
	// appliedMsg asks whether the frame has taken the settings that were sent to it.
	appliedMsg struct{}
	// changeMsg is a choice made in a dialog.
	changeMsg struct{ do func(*ui.Settings) }
	// targetMsg is a workflow's step that was chosen for something; nil for none.
	targetMsg struct {
		target *target
		then   func(*target) tea.Cmd
	}
	// insertMsg puts a data token into the prompt.
	insertMsg struct{ token string }
	// doMsg does something after a dialog.
	doMsg struct{ do func() tea.Cmd }
	// editedMsg: the editor has given the terminal back.
	editedMsg struct{}
)

// result takes what the place's own commands brought.
func (s *Screen) result(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case appliedMsg:
		return s.settings.applied()
	case changeMsg:
		return s.choose(msg.do)
	case targetMsg:
		return msg.then(msg.target)
	case insertMsg:
		return s.pad.insert(msg.token)
	case doMsg:
		return msg.do()
	case editedMsg:
		return s.load()
	case triedMsg:
		return s.pad.tried(msg)
	case writtenMsg:
		return s.written(msg)
	}
	return s.loaded(msg)
}

// loaded takes what was loaded.
func (s *Screen) loaded(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case ui.Loaded[*catalog]:
		return s.take(msg)
	case ui.Loaded[*resolved]:
		if msg.Of == &s.pad.resolver.loader {
			s.pad.resolver.take(msg)
			return nil
		}
		s.form.resolver.take(msg)
	case ui.Loaded[[]*target]:
		return s.tookTargets(msg)
	case ui.Loaded[*proposed]:
		return s.proposed(msg)
	case ui.Loaded[*start]:
		return s.pad.started(msg)
	case ui.Loaded[*rendering]:
		return s.pad.rendered(msg)
	case ui.Loaded[[]service.TokenChoice]:
		return s.pad.tookTokens(msg)
	case ui.Loaded[[]*service.ObjectInfo]:
		return s.records.tookObjects(msg)
	case ui.Loaded[*recordWindow]:
		return s.records.took(msg)
	}
	return nil
}

// press takes a key that no binding took.
func (s *Screen) press(msg tea.KeyPressMsg) tea.Cmd {
	switch s.level {
	case levelModels:
		return s.models.press(msg)
	case levelRecords:
		return s.records.press(msg)
	case levelPad:
		return s.pad.press(msg)
	}
	if s.focus == focusList && s.filter.Editing {
		if changed, _ := s.filter.Press(s.env, msg); changed {
			return s.refilter()
		}
		if !s.filter.Editing { // what was found is what is wanted
			return s.moved()
		}
		return nil
	}
	if cmd, taken := s.split().Press(s.env, msg); taken {
		return cmd
	}
	switch s.focus {
	case focusSettings:
		return s.form.press(msg)
	case focusDetail:
		if cmd, taken := s.detail.body.Press(s.env, msg); taken {
			return cmd
		}
		if s.env.Keys.Is("nav.left", msg.String()) {
			s.setFocus(focusList)
		}
		return nil
	}
	return s.pressList(msg)
}

func (s *Screen) pressList(msg tea.KeyPressMsg) tea.Cmd {
	if changed, taken := s.filter.Press(s.env, msg); taken {
		if changed {
			return s.refilter()
		}
		return nil
	}
	if s.env.Keys.Is("nav.right", msg.String()) {
		return s.openSettings()
	}
	cmd, _ := s.list.Press(s.env, msg)
	return tea.Batch(cmd, s.moved())
}

func (s *Screen) paste(text string) tea.Cmd {
	switch s.level {
	case levelModels:
		if s.models.filter.Paste(text) {
			s.models.refilter()
		}
	case levelRecords:
		if s.records.filter.Paste(text) {
			return s.records.load()
		}
	case levelPad:
		return s.pad.paste(text)
	case levelMain:
		if s.filter.Paste(text) {
			return s.refilter()
		}
	}
	return nil
}

// shown reads what was not read yet, or could not be.
func (s *Screen) shown() tea.Cmd {
	s.settings.adopt()
	var cmds []tea.Cmd
	if s.catalog == nil || s.err != nil || s.stale {
		cmds = append(cmds, s.load())
	} else {
		cmds = append(cmds, s.form.resolve())
	}
	switch s.level {
	case levelPad:
		cmds = append(cmds, s.pad.again())
	case levelRecords:
		cmds = append(cmds, s.records.again())
	}
	return tea.Batch(cmds...)
}

// refresh reads everything again: files changed.
func (s *Screen) refresh() tea.Cmd {
	s.targets.forget()
	cmds := []tea.Cmd{s.load()}
	if s.form.target != nil || len(s.targets.then) > 0 {
		cmds = append(cmds, s.withTargets(func() tea.Cmd { return s.form.aimAgain() }))
	}
	switch s.level {
	case levelPad:
		cmds = append(cmds, s.pad.again())
	case levelRecords:
		cmds = append(cmds, s.records.open())
	}
	return tea.Batch(cmds...)
}

func (s *Screen) event(e service.Event) tea.Cmd {
	if e.Kind == service.EventAccount { // which models it offers
		return s.load()
	}
	return nil
}

// show selects an assistant, or the settings of a workflow's step.
func (s *Screen) show(msg ui.ShowAssistant) tea.Cmd {
	s.level = levelMain
	s.setFocus(focusList)
	s.detail.want = msg.Assistant
	cmd := s.selectWanted()
	if msg.File == "" {
		return cmd
	}
	s.setFocus(focusSettings)
	s.form.want = &ui.ShowAssistant{File: msg.File, Step: msg.Step}
	return tea.Batch(cmd, s.withTargets(func() tea.Cmd { return s.form.aim() }))
}

// themed: colours that were drawn into texts are void.
func (s *Screen) themed() { s.pad.recolour() }

// click puts the cursor where it is; a second click opens.
func (s *Screen) click(msg ui.Click) tea.Cmd {
	switch s.level {
	case levelModels:
		return s.models.click(msg)
	case levelRecords:
		return s.records.click(msg)
	case levelPad:
		return s.pad.click(msg)
	}
	switch a := s.areas; {
	case a.list.Contains(msg.X, msg.Y):
		s.setFocus(focusList)
		if s.list.Click(msg.Y - a.list.Y - 1 - a.above) {
			if msg.Double {
				return s.open()
			}
			return s.moved()
		}
	case a.detail.Contains(msg.X, msg.Y):
		s.setFocus(focusDetail)
	case a.settings.Contains(msg.X, msg.Y):
		s.setFocus(focusSettings)
		return s.form.click(msg.Y-a.settings.Y-1, msg.Double)
	}
	return nil
}

func (s *Screen) wheel(msg ui.Wheel) tea.Cmd {
	switch s.level {
	case levelModels:
		return s.models.table.Wheel(msg.Lines)
	case levelRecords:
		return s.records.table.Wheel(msg.Lines)
	case levelPad:
		return s.pad.wheel(msg)
	}
	switch a := s.areas; {
	case a.list.Contains(msg.X, msg.Y):
		return tea.Batch(s.list.Wheel(msg.Lines), s.moved())
	case a.detail.Contains(msg.X, msg.Y):
		s.detail.body.Wheel(msg.Lines)
	}
	return nil
}

// areas say where the panes of the first level stood in the last View; above is how many lines of the list's pane stand above
// its head, narrow that the settings stood below the list.
type areas struct {
	list, detail, settings widget.Area
	above                  int
	narrow                 bool
}
