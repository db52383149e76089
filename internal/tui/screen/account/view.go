package account

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"askflow/internal/report"
	"askflow/internal/service"
	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// page is what is known about the account, as lines that scroll.
type page struct {
	lines []string // nil when they are to be drawn anew
	width int
	top   int
	room  int // lines that had room at the last View
}

func (p *page) scroll(by int) { p.top = max(0, min(p.top+by, len(p.lines)-p.room)) }

// split is the layout for the width.
func (s *Screen) split() *widget.Split {
	out := &s.narrow
	if s.width >= widget.SideBySide {
		out = &s.wide
	}
	out.Focus = int(s.focus)
	return out
}

// View draws the body.
func (s *Screen) View(width, height int) string {
	s.width, s.height = width, height
	return s.split().View(s.env, width, height, s.viewPage, s.viewModels)
}

func (s *Screen) viewPage(w, h int) string {
	inner := max(1, w-4)
	if s.page.lines == nil || s.page.width != inner {
		s.page.lines, s.page.width = s.draw(inner), inner
	}
	p := &s.page
	p.room = max(1, h-2)
	p.scroll(0)
	rows := make([]string, 0, p.room)
	for _, l := range p.lines[p.top:min(len(p.lines), p.top+p.room)] {
		rows = append(rows, " "+l)
	}
	title := "OpenAI account"
	switch below := len(p.lines) - p.room - p.top; {
	case below > 0:
		title += " · ↓ " + report.Count(int64(below), "more lines")
	case p.top > 0:
		title += " · ↑ end"
	}
	return widget.Pane(s.env, title, strings.Join(rows, "\n"), w, h, s.focus == onPage)
}

func (s *Screen) viewModels(w, h int) string {
	title := "Models"
	switch {
	case s.st != nil && len(s.st.Models) > 0:
		title = fmt.Sprintf("Models · the key may use %d", len(s.st.Models))
	case s.st != nil && s.st.NeedsKey && !s.st.Connected:
		title = "Models · which the key may use is known once it is connected"
	}
	inner, room := w-3, h-2 // a blank beside the border
	body := ""
	if line := s.filter.View(s.env, inner); line != "" {
		body, room = line+"\n", room-1
	}
	return widget.Pane(s.env, title, body+s.models.View(s.env, inner, room, s.focus == onModels), w, h, s.focus == onModels)
}

const longestNote = 1000

// draw draws the page: how the account is, what to do, and what is known.
func (s *Screen) draw(width int) []string {
	th := s.env.Theme
	if s.st == nil {
		return s.drawNothing(width)
	}
	head, say := s.headline()
	lines := []string{head}
	for _, p := range say {
		lines = append(lines, styled(th.Text, p, width)...)
	}
	for _, n := range s.notes() {
		lines = append(lines, bullet(th.Warn, th.Text, "!", text.Clip(n, longestNote), width)...)
	}
	lines = append(lines, "")
	lines = append(lines, widget.Fields(s.env, s.fields(), width)...)
	lines = append(lines, "")
	return append(lines, styled(th.Faint, "A portal has one OpenAI account; every workflow of it asks with it. Scripted and replayed answers need none.", width)...)
}

func (s *Screen) drawNothing(width int) []string {
	th := s.env.Theme
	if s.failed == nil {
		return []string{th.Faint.Render("Reading what is known about the account …")}
	}
	lines := bullet(th.Bad, th.Text, "✗", sentence(s.failed.Message), width)
	for _, p := range s.failed.Problems {
		lines = append(lines, bullet(th.Bad, th.Text, "·", p.Error(), width)...)
	}
	if todo := s.todo(s.failed); todo != "" {
		lines = append(lines, "")
		lines = append(lines, bullet(th.Accent, th.Text, "→", todo, width)...)
	}
	lines = append(lines, "")
	return append(lines, styled(th.Faint, fmt.Sprintf("It is read again when files change, or with %s.", s.key("app.redraw")), width)...)
}

// styled wraps data.
func styled(style lipgloss.Style, data string, width int) []string {
	lines := text.Wrap(data, width)
	for i := range lines {
		lines[i] = style.Render(lines[i])
	}
	return lines
}

// bullet wraps data behind a sign.
func bullet(signStyle, style lipgloss.Style, sign, data string, width int) []string {
	lines := text.Wrap(data, max(1, width-2))
	for i := range lines {
		lead := "  "
		if i == 0 {
			lead = signStyle.Render(sign) + " "
		}
		lines[i] = lead + style.Render(lines[i])
	}
	return lines
}

// headline says how the account is, with a sign and words, and what follows from that.
func (s *Screen) headline() (head string, say []string) {
	th, st := s.env.Theme, s.st
	switch {
	case st.Locked:
		return th.Bad.Bold(true).Render("✗ Locked: no subscription unlocks the action"), []string{
			"A portal without one of the subscriptions below has no Ask OpenAI Assistant: nothing can be connected, and workflows that ask do not run. " +
				"portal.yaml says what the portal has, under subscriptions. Press " + s.key("account.edit") + " to open it."}
	case st.Connected && st.Result != "" && st.Result != "ok":
		return th.Bad.Bold(true).Render("✗ Connected, but the last check failed"), nil
	case st.Kept == "none" && st.NeedsKey:
		return th.Bad.Bold(true).Render("✗ Connected without a key, but the server wants one"), []string{"Press " + s.key("account.reconnect") + " to connect one."}
	case st.Connected && st.Kept == "none":
		return th.Good.Bold(true).Render("● Connected, without a key"), nil
	case st.Connected && st.Result == "":
		return th.Warn.Bold(true).Render("● Connected, not checked yet"), []string{"Press " + s.key("account.verify") + " to have the key checked with OpenAI."}
	case st.Connected:
		return th.Good.Bold(true).Render("● Connected"), nil
	case st.Kept != "":
		return th.Bad.Bold(true).Render("✗ A key is kept, but cannot be used"), []string{"Press " + s.key("account.reconnect") + " to connect another one, " + s.key("account.uninstall") + " to remove it."}
	case !st.NeedsKey:
		return th.Text.Bold(true).Render("○ Not connected, and no key is needed"), []string{"Live runs ask " + st.BaseURL + " without a key. Press " + s.key("account.connect") + " to connect one, or to check the server."}
	}
	return th.Warn.Bold(true).Render("○ Not connected"), []string{
		"Live answers need an OpenAI API key. Press " + s.key("account.connect") + " to connect one: it is never shown, checked with OpenAI, and kept only when it works."}
}

// fields are what is known, the most important first.
func (s *Screen) fields() []widget.Field {
	th, st := s.env.Theme, s.st
	plain := func(label, value string) widget.Field {
		return widget.Field{Label: label, Value: brief(value), Style: th.Text}
	}
	var out []widget.Field
	if st.Kept != "" {
		if st.MaskedKey != "" {
			out = append(out, widget.Field{Label: "Key", Value: brief(st.MaskedKey), Style: th.Strong})
		}
		out = append(out, plain("Kept", keptIn(st.Kept)), s.lastCheck())
	}
	out = append(out, plain("Server", st.BaseURL))
	if st.Kept != "" {
		out = append(out, plain("Organization", orNot(st.Organization)), plain("Project", orNot(st.Project)))
		if !st.ConnectedAt.IsZero() {
			out = append(out, plain("Connected", s.when(st.ConnectedAt)))
		}
		out = append(out, s.limits()...)
	}
	out = append(out, s.subscriptions()...)
	if len(st.Workflows) > 0 {
		out = append(out, plain("Asked by", few(st.Workflows)))
	}
	return out
}

// brief keeps a value from filling the page.
func brief(value string) string {
	const most = 300
	return text.Clip(value, most)
}

func orNot(id string) string {
	if id == "" {
		return "not named: the key's own"
	}
	return id
}

// when is a time in the portal's time zone.
func (s *Screen) when(t time.Time) string {
	return t.In(s.env.Portal.Zone()).Format("2006-01-02 15:04")
}

// lastCheck says when the key was checked, what came of it, and what to do.
func (s *Screen) lastCheck() widget.Field {
	th, st := s.env.Theme, s.st
	if st.Result == "" || st.VerifiedAt.IsZero() {
		return widget.Field{Label: "Last check", Value: "never", Style: th.Warn}
	}
	c := resultOf(st.Result)
	if st.Result == "ok" {
		return widget.Field{Label: "Last check", Value: "✓ " + s.when(st.VerifiedAt) + ": " + c.what, Style: th.Good}
	}
	return widget.Field{Label: "Last check", Value: "✗ " + s.when(st.VerifiedAt) + ": " + c.what + " (" + brief(st.Result) + ")\n→ " + c.todo, Style: th.Bad}
}

const mostLimits = 20

// limits are what the account said about itself when it was last asked.
func (s *Screen) limits() []widget.Field {
	var out []widget.Field
	label := "Limits"
	for i, l := range s.st.Limits {
		if i == mostLimits {
			return append(out, widget.Field{Value: fmt.Sprintf("and of %d more models", len(s.st.Limits)-i), Style: s.env.Theme.Faint})
		}
		out = append(out, widget.Field{Label: label, Value: brief(limitOf(l)) + ", seen " + s.when(l.SeenAt), Style: s.env.Theme.Text})
		label = ""
	}
	return out
}

func limitOf(l service.AccountLimit) string {
	var parts []string
	if l.Requests > 0 {
		parts = append(parts, report.Count(int64(l.Requests), "requests"))
	}
	if l.Tokens > 0 {
		parts = append(parts, report.Count(int64(l.Tokens), "tokens"))
	}
	if len(parts) == 0 {
		parts = []string{"not known"}
	}
	return l.Model + ": " + strings.Join(parts, " and ") + " a minute"
}

const mostSubscriptions = 8

// subscriptions say what the portal has, and what unlocks the action.
func (s *Screen) subscriptions() []widget.Field {
	th, st := s.env.Theme, s.st
	has := widget.Field{Label: "Subscriptions", Value: "portal.yaml does not say, which counts as unlocked", Style: th.Text}
	if st.Subscriptions != nil {
		lines := []string{}
		for i, one := range st.Subscriptions {
			if i == mostSubscriptions {
				lines = append(lines, fmt.Sprintf("and %d more", len(st.Subscriptions)-i))
				break
			}
			if slices.ContainsFunc(st.Unlocking, func(u string) bool { return strings.EqualFold(one, u) }) {
				lines = append(lines, "✓ "+brief(one)+" unlocks the action")
				continue
			}
			lines = append(lines, "· "+brief(one))
		}
		if has.Value = strings.Join(lines, "\n"); len(lines) == 0 {
			has.Value = "none"
		}
	}
	style := th.Faint
	if st.Locked {
		style = th.Strong
	}
	return []widget.Field{has, {Label: "Unlocked by", Value: brief(strings.Join(st.Unlocking, ", ")), Style: style}}
}

// notes are what is worth reading: what the last action brought, then what is known, each once.
func (s *Screen) notes() []string {
	var out []string
	for _, n := range append(slices.Clone(s.said), s.st.Notes...) {
		headline := s.st.Locked && strings.HasPrefix(n, "Ask OpenAI Assistant is locked") || strings.HasPrefix(n, "Live runs ask ") && !s.st.Connected
		if !headline && !slices.Contains(out, n) && strings.TrimSpace(n) != "" {
			out = append(out, n)
		}
	}
	return out
}

// press takes keys that no binding took.
func (s *Screen) press(msg tea.KeyPressMsg) tea.Cmd {
	is, key := s.env.Keys.Is, msg.String()
	changed, taken := s.filter.Press(s.env, msg)
	if changed {
		s.refilter()
	}
	if s.filter.Editing {
		s.focus = onModels
	}
	if taken {
		return nil
	}
	if cmd, ok := s.split().Press(s.env, msg); ok {
		return cmd
	}
	switch {
	case is("nav.right", key):
		s.focus = onModels
	case is("nav.left", key):
		s.focus = onPage
	case is("nav.mark", key), is("nav.range", key), is("nav.unmark", key): // there is nothing to do with marked models
	case s.focus == onModels:
		cmd, _ := s.models.Press(s.env, msg)
		return cmd
	default:
		s.pressPage(key)
	}
	return nil
}

func (s *Screen) pressPage(key string) {
	is, p := s.env.Keys.Is, &s.page
	switch {
	case is("nav.up", key):
		p.scroll(-1)
	case is("nav.down", key):
		p.scroll(1)
	case is("nav.pageup", key):
		p.scroll(-max(1, p.room-1))
	case is("nav.pagedown", key):
		p.scroll(max(1, p.room-1))
	case is("nav.top", key):
		p.top = 0
	case is("nav.bottom", key):
		p.scroll(len(p.lines))
	}
}

func (s *Screen) click(msg ui.Click) tea.Cmd {
	page, models := s.split().Areas(s.width, s.height)
	switch {
	case page.Contains(msg.X, msg.Y):
		s.focus = onPage
	case models.Contains(msg.X, msg.Y):
		s.focus = onModels
		y := msg.Y - models.Y - 1
		if s.filter.Visible() {
			y--
		}
		if s.models.Click(y) && msg.Double {
			return s.open()
		}
	}
	return nil
}

func (s *Screen) wheel(msg ui.Wheel) tea.Cmd {
	if _, models := s.split().Areas(s.width, s.height); models.Contains(msg.X, msg.Y) {
		return s.models.Wheel(msg.Lines)
	}
	s.page.scroll(msg.Lines)
	return nil
}
