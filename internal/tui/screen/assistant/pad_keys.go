package assistant

import (
	"context"
	"errors"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

func isCancelled(err error) bool { return errors.Is(err, context.Canceled) }

// bindings are the actions of the scratchpad.
func (p *pad) bindings() []ui.Binding {
	_, _, nothing := p.copying()
	list := []ui.Binding{ui.When("assistant.ask", p.cannotAsk(), p.ask)}
	if !p.typing {
		list = append(list, ui.On("assistant.prompt", p.edit))
	}
	list = append(list, ui.When("assistant.token", p.noTokens(), p.chooseToken), ui.On("assistant.record", p.s.openRecords), ui.When("assistant.from", p.s.cannotRun(), p.from),
		ui.When("assistant.save", p.cannotSave(), p.save))
	if p.typing {
		return list
	}
	older, newer := "This is the oldest answer that is kept.", "This is the newest answer."
	switch n := len(p.results.all); {
	case n == 0:
		older, newer = "Nothing was asked yet.", "Nothing was asked yet."
	default:
		if p.results.at > 0 {
			older = ""
		}
		if p.results.at < n-1 {
			newer = ""
		}
	}
	list = append(list, ui.When("assistant.copy", nothing, p.copy), ui.When("assistant.older", older, func() tea.Cmd { return p.turn(-1) }), ui.When("assistant.newer", newer, func() tea.Cmd { return p.turn(1) }),
		ui.When("assistant.pager", nothing, p.pager))
	if p.s.needsAccount() {
		list = append(list, ui.On("assistant.connect", p.s.connect))
	}
	return list
}

// Unsaved says that the scratchpad's prompt was changed and neither asked nor saved, "" otherwise.
func (s *Screen) Unsaved() string {
	p := &s.pad
	if now := p.editor.Value(); now == p.source || now == p.asked || strings.TrimSpace(now) == "" {
		return ""
	}
	return "The prompt of the scratchpad was changed, and neither asked nor saved."
}

// cannotAsk says why the prompt cannot be asked.
func (p *pad) cannotAsk() string {
	switch {
	case p.results.asking:
		return "A question is under way; " + keyOf(p.s.env, "app.cancel") + " cancels it."
	case p.empty:
		return "There is no prompt yet: write one, or start from a workflow's with " + keyOf(p.s.env, "assistant.from") + "."
	}
	return ""
}

func (p *pad) cannotSave() string {
	switch why := p.s.cannotRun(); {
	case why != "":
		return why
	case p.empty:
		return "There is no prompt to be written yet."
	}
	return ""
}

func (p *pad) noTokens() string {
	if p.target == nil && p.objectType == "" {
		return "Data tokens are those of a record or a workflow; choose a record first with " + keyOf(p.s.env, "assistant.record") + "."
	}
	return ""
}

func (p *pad) edit() tea.Cmd {
	p.typing = true
	return nil
}

func (p *pad) copy() tea.Cmd {
	what, name, _ := p.copying()
	return ui.Copy(what, name)
}

func (p *pad) pager() tea.Cmd {
	what, name, _ := p.copying()
	return ui.Pager(name, what)
}

// press takes a key that no binding took.
func (p *pad) press(msg tea.KeyPressMsg) tea.Cmd {
	if p.typing {
		if changed, _ := p.editor.Update(msg); changed {
			return p.edited()
		}
		return nil
	}
	key, is := msg.String(), p.s.env.Keys.Is
	tabs := p.tabs()
	if cmd, taken := tabs.Press(p.s.env, msg); taken {
		p.results.tab = tabs.At + p.firstTab()
		return cmd
	}
	if p.areas.wide {
		switch {
		case is("nav.left", key):
			p.results.onRendered = true
			return nil
		case is("nav.right", key):
			p.results.onRendered = false
			return nil
		}
	}
	if body := p.body(); body != nil {
		cmd, _ := body.Press(p.s.env, msg)
		return cmd
	}
	return nil
}

func (p *pad) paste(s string) tea.Cmd {
	if !p.typing {
		return nil
	}
	p.editor.Insert(s)
	return p.edited()
}

// body is the text that keys scroll, nil where there is none.
func (p *pad) body() *widget.Text {
	if p.areas.wide && p.results.onRendered || !p.areas.wide && p.results.tab == tabRendered {
		return p.render.body
	}
	a := p.results.shown()
	switch {
	case a == nil:
		return nil
	case p.results.tab == tabDetails:
		return p.results.details
	case p.results.tab == tabCompare:
		return a.compare
	}
	return a.body
}

// firstTab is the first of the results' tabs: where the rendered prompt stands beside them it has none.
func (p *pad) firstTab() int {
	if p.areas.wide {
		return tabAnswer
	}
	return tabRendered
}

func (p *pad) tabs() *widget.Tabs {
	all := []string{"Rendered prompt", "Answer", "Details", "Compared with the one before"}
	t := &p.results.tabs
	t.Titles, t.At = all[p.firstTab():], max(0, p.results.tab-p.firstTab())
	return t
}

func (p *pad) click(msg ui.Click) tea.Cmd {
	switch a := p.areas; {
	case a.editor.Contains(msg.X, msg.Y):
		p.typing = true
	case a.rendered.Contains(msg.X, msg.Y):
		p.typing, p.results.onRendered = false, true
	case a.results.Contains(msg.X, msg.Y):
		p.typing, p.results.onRendered = false, false
		if tabs := p.tabs(); msg.Y == a.results.Y+1 && tabs.Click(msg.X-a.results.X-1, a.results.W-2) {
			p.results.tab = tabs.At + p.firstTab()
		}
	}
	return nil
}

func (p *pad) wheel(msg ui.Wheel) tea.Cmd {
	body := p.body()
	if p.areas.rendered.Contains(msg.X, msg.Y) {
		body = p.render.body
	}
	if body != nil {
		body.Wheel(msg.Lines)
	}
	return nil
}
