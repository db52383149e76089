package assistant

import (
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/tui/ui"
)

// settings are what is chosen for the next run. The frame keeps them and takes changes as messages, whose order nobody promises;
// so one message at a time is under way, and what was chosen meanwhile follows it.
type settings struct {
	env    *ui.Env
	chosen ui.Settings
	sent   ui.Settings
	under  bool // a message is under way
	asked  int  // how often it was looked for
	// then is what waits until the frame has what was chosen.
	then []tea.Cmd
}

// mostAsked bounds how often a message is looked for.
const mostAsked = 1000

// set chooses.
func (t *settings) set(c ui.Settings) tea.Cmd {
	t.chosen = c
	if t.under {
		return nil
	}
	return t.send()
}

func (t *settings) send() tea.Cmd {
	t.under, t.asked, t.sent = true, 0, t.chosen
	return tea.Batch(ui.Send(ui.SettingsMsg{Settings: t.chosen}), ui.Send(appliedMsg{}))
}

// applied goes on when the frame has what was sent.
func (t *settings) applied() tea.Cmd {
	switch {
	case !t.under:
		return nil
	case !same(t.env.Settings, t.sent):
		if t.asked++; t.asked < mostAsked {
			return ui.Send(appliedMsg{})
		}
	case !same(t.chosen, t.sent):
		return t.send()
	}
	t.under = false
	then := t.then
	t.then = nil
	t.adopt()
	return tea.Batch(then...)
}

// once does something as soon as the frame has what was chosen.
func (t *settings) once(do tea.Cmd) tea.Cmd {
	if !t.under {
		return do
	}
	t.then = append(t.then, do)
	return nil
}

// adopt takes what the frame has, unless something is under way to it.
func (t *settings) adopt() {
	if !t.under {
		t.chosen = t.env.Settings
	}
}

// same tells whether two choices are equal.
func same(a, b ui.Settings) bool {
	ta, tb := a.Temperature, b.Temperature
	a.Temperature, b.Temperature = nil, nil
	return a == b && (ta == nil) == (tb == nil) && (ta == nil || *ta == *tb)
}

// number writes a temperature, "" for none.
func number(f *float64) string {
	if f == nil {
		return ""
	}
	return strconv.FormatFloat(*f, 'f', -1, 64)
}

// word quotes a word of a command line so that a shell takes it as it is.
func word(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@+,") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// choose changes what is chosen for the next run, and looks at what it comes to.
func (s *Screen) choose(change func(*ui.Settings)) tea.Cmd {
	c := s.settings.chosen
	change(&c)
	return tea.Batch(s.settings.set(c), s.form.resolve())
}

func (s *Screen) reset() tea.Cmd {
	return tea.Batch(s.settings.set(ui.Settings{}), s.form.resolve(), ui.Note("Every setting is left to the workflow and the assistant again."))
}

// answers is where answers of the next run come from.
func (s *Screen) answers() string {
	if s.settings.chosen.Answers != "" {
		return s.settings.chosen.Answers
	}
	return s.env.Portal.Answers
}

// live tells whether the next run asks OpenAI.
func (s *Screen) live() bool { return s.answers() == "live" || s.answers() == "record" }

// needsAccount tells that the next run asks OpenAI and no account is connected.
func (s *Screen) needsAccount() bool {
	return s.live() && s.env.Account != nil && !s.env.Account.Connected
}

func (s *Screen) connect() tea.Cmd {
	return ui.GoTo(ui.Account, ui.ConnectAccount{Return: ui.Assistant})
}
