package account

import (
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/service"
	"askflow/internal/tui/keymap"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// Keys are the actions of this place.
func Keys() []keymap.Spec {
	return []keymap.Spec{
		{ID: "account.connect", Keys: []string{"c"}, Short: "connect", Help: "Connect a key: choose where it is kept, paste it, have it checked"},
		{ID: "account.verify", Keys: []string{"v"}, Short: "check again", Help: "Check the connected key with OpenAI once more"},
		{ID: "account.reconnect", Keys: []string{"n"}, Short: "reconnect", Help: "Put another key in place of the connected one, which stays until the new one works"},
		{ID: "account.uninstall", Keys: []string{"u"}, Short: "uninstall", Help: "Remove the key from this machine; says first what stops working"},
		{ID: "account.open", Keys: []string{"enter"}, Short: "open", Help: "Go to the models, or open the model under the cursor"},
		{ID: "account.edit", Keys: []string{"e"}, Short: "portal.yaml", Help: "Open portal.yaml, which names server, models and subscriptions, in $EDITOR"},
	}
}

// Bindings are the actions that make sense now.
func (s *Screen) Bindings() []ui.Binding {
	if s.filter.Editing {
		return widget.FilterBindings(s.press)
	}
	connect := ui.When("account.connect", s.whyNotConnect(), func() tea.Cmd { return s.begin(&connecting{}) })
	verify := ui.When("account.verify", s.whyNotKeyed(), s.verify)
	reconnect := ui.When("account.reconnect", s.whyNotReconnect(), func() tea.Cmd { return s.begin(&connecting{replace: true}) })
	uninstall := ui.When("account.uninstall", s.whyNotUninstall(), s.confirmUninstall)
	open, edit := ui.When("account.open", s.whyNotOpen(), s.open), ui.When("account.edit", s.whyNotEdit(), s.edit)
	switch {
	case s.failed != nil || s.st != nil && s.st.Locked:
		return []ui.Binding{edit, connect, verify, reconnect, uninstall, open}
	case s.st != nil && s.st.Kept != "":
		return []ui.Binding{verify, reconnect, uninstall, open, edit} // one account is all that a portal has
	}
	return []ui.Binding{connect, open, edit, verify, reconnect, uninstall}
}

const stillReading = "What is known about the account is still being read."

// unusable says why nothing at all can be done with an account.
func (s *Screen) unusable() string {
	switch {
	case s.st != nil && s.st.Locked:
		return "Ask OpenAI Assistant is locked: add one of " + strings.Join(s.st.Unlocking, ", ") + " to subscriptions in portal.yaml first."
	case s.st != nil:
		return ""
	case s.failed != nil:
		return s.failed.Message
	}
	return stillReading
}

func (s *Screen) whyNotConnect() string {
	if why := s.unusable(); why != "" {
		return why
	}
	if s.st.Kept == "environment" {
		return inEnvironment
	}
	if s.st.Kept != "" {
		return "A portal has one OpenAI account, and it is connected. " + s.key("account.reconnect") + " puts another key in its place."
	}
	return ""
}

func (s *Screen) whyNotKeyed() string {
	if why := s.unusable(); why != "" {
		return why
	}
	if s.st.Kept == "" {
		return "No key is connected yet. " + s.key("account.connect") + " connects one."
	}
	return ""
}

const inEnvironment = "OPENAI_API_KEY is set and comes before any other key. Unset it in your shell and start again to connect another one."

func (s *Screen) whyNotReconnect() string {
	if why := s.whyNotKeyed(); why != "" {
		return why
	}
	if s.st.Kept == "environment" {
		return inEnvironment
	}
	return ""
}

func (s *Screen) whyNotUninstall() string {
	switch {
	case s.failed != nil && s.failed.Code == "account_file_unusable": // what is left of it can go
		return ""
	case s.failed != nil:
		return s.failed.Message
	case s.st == nil:
		return stillReading
	case s.st.Kept == "":
		return "No key is connected, so there is nothing to uninstall."
	}
	return ""
}

func (s *Screen) whyNotOpen() string {
	if s.focus == onModels && s.models.Len() == 0 {
		return "There is no model under the cursor."
	}
	return ""
}

func (s *Screen) whyNotEdit() string {
	if s.env.Portal.Dir == "" {
		return "The portal is still being opened."
	}
	return ""
}

// open goes to the models, or opens the one under the cursor.
func (s *Screen) open() tea.Cmd {
	if s.focus == onPage {
		s.focus = onModels
		return nil
	}
	m, ok := s.models.Selected()
	if !ok {
		return nil
	}
	return s.openModel(m)
}

const portalFile = "portal.yaml"

// edit opens portal.yaml, at what is wrong with it if anything is.
func (s *Screen) edit() tea.Cmd {
	msg := ui.EditMsg{Path: filepath.Join(s.env.Portal.Dir, portalFile), Done: func(error) tea.Msg { return ui.Refresh{} }}
	if s.failed != nil {
		msg.Line, msg.Column = firstProblem(s.failed)
	}
	return ui.Send(msg)
}

func firstProblem(e *service.Error) (line, column int) {
	for _, p := range e.Problems {
		if p.File == portalFile {
			return p.Line, p.Col
		}
	}
	return 0, 0
}

// key is how people read the key of an action.
func (s *Screen) key(id string) string {
	if keys := s.env.Keys.Get(id).Keys; len(keys) > 0 {
		return keymap.Label(keys[0])
	}
	return "“" + s.env.Keys.Get(id).Short + "” of the action list"
}
