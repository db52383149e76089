package workflows

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/service"
	"askflow/internal/tui/builder"
	"askflow/internal/tui/flowdraw"
	"askflow/internal/tui/ui"
)

// shown reads what is not read yet, or could not be.
func (s *Screen) shown(msg ui.Shown) tea.Cmd {
	s.list.unseen = 0
	if msg.First || s.list.err != nil || s.list.stale && !s.inside {
		return tea.Batch(s.reload(), s.retry())
	}
	return tea.Batch(s.retry(), s.follow(), s.opened.refreshCard())
}

// retry reads again what could not be read.
func (s *Screen) retry() tea.Cmd {
	if s.opened.err != nil {
		return s.opened.load()
	}
	return nil
}

// refreshCard makes an asking card anew: what is chosen for the next run may have changed in another place.
func (o *opened) refreshCard() tea.Cmd {
	if o.settingsQuery(o.action()) != nil {
		return o.readCard()
	}
	return nil
}

// refresh reads everything that is shown again, since files of the portal changed. Which ones does not matter: a check looks
// across files.
func (s *Screen) refresh() tea.Cmd {
	cmds := []tea.Cmd{s.reload(), s.opened.load()}
	if f := s.findings; f != nil && f.file == "" {
		f.set(s.env.Portal.Problems)
	}
	if s.tests != nil {
		cmds = append(cmds, s.tests.refreshed())
	}
	return tea.Batch(cmds...)
}

// themed draws anew what has colours in it already.
func (s *Screen) themed() tea.Cmd {
	var cmd tea.Cmd
	if s.plan != nil {
		cmd = s.plan.redraw(s.env.Theme)
	}
	if s.tests != nil {
		cmd = tea.Batch(cmd, s.tests.write(true))
	}
	if d := s.opened.data; d != nil && d.unread != nil {
		return tea.Batch(cmd, s.opened.load())
	}
	s.opened.card.repaint = true
	return tea.Batch(cmd, s.opened.readCard())
}

// event takes a hint. A run that goes on changes numbers that View reads anyhow; one that ends changes the list.
func (s *Screen) event(e service.Event) tea.Cmd {
	switch e.Kind {
	case service.EventRun:
		if e.Progress == nil || !e.Progress.Ended {
			return nil
		}
		s.list.last = s.list.last.Add(-leastBetween)
		return s.hint()
	case service.EventRuns:
		return tea.Batch(s.hint(), s.retry())
	}
	return nil
}

// show opens the workflow that another place names.
func (s *Screen) show(msg ui.ShowWorkflow) tea.Cmd {
	s.leaveTests()
	s.plan, s.findings = nil, nil
	s.inside, s.focus = true, paneGraph
	s.list.table.Select(msg.File)
	if s.opened.file != msg.File {
		s.opened.close()
		s.opened = newOpened(s, msg.File)
	}
	o := s.opened
	o.path.asked, o.path.of, o.path.lit = msg, "", nil
	o.want = msg.ActionID
	if msg.ActionID != "" {
		s.focus = paneCard
	}
	return o.load()
}

// follow draws the workflow under the list's cursor.
func (s *Screen) follow() tea.Cmd {
	if s.inside {
		return nil
	}
	it, ok := s.list.table.Selected()
	file := ""
	if ok {
		file = it.File
	}
	if file == s.opened.file {
		return nil
	}
	s.opened.close()
	s.opened = newOpened(s, file)
	return s.opened.load()
}

// written reads a workflow that a dialog wrote, and goes to what was changed.
func (s *Screen) written(msg builder.Written) tea.Cmd {
	if s.opened.file != msg.File {
		s.opened.close()
		s.opened = newOpened(s, msg.File)
	}
	s.leaveTests()
	s.inside, s.plan = true, nil
	if s.focus == paneFindings {
		s.focus = paneGraph
	}
	s.findings = nil
	s.opened.want = msg.Step
	return tea.Batch(s.reload(), s.opened.load())
}

// press takes a key that no binding took.
func (s *Screen) press(msg tea.KeyPressMsg) tea.Cmd {
	s.list.unseen = 0
	if s.plan != nil {
		cmd, _ := s.plan.text.Press(s.env, msg)
		return cmd
	}
	if s.tests != nil {
		return s.tests.press(msg)
	}
	if !s.inside && s.focus == paneGraph {
		if changed, taken := s.list.filter.Press(s.env, msg); taken || changed {
			if changed {
				return s.refilter()
			}
			return nil
		}
	}
	if s.resize(msg) {
		return nil
	}
	switch {
	case s.focus == paneFindings && s.findings != nil:
		cmd, _ := s.findings.table.Press(s.env, msg)
		return cmd
	case !s.inside:
		cmd, _ := s.list.table.Press(s.env, msg)
		return tea.Batch(cmd, s.follow())
	case s.opened.flow() == nil:
		if s.opened.data == nil {
			return nil
		}
		cmd, _ := s.opened.data.unread.Press(s.env, msg)
		return cmd
	case s.focus == paneCard:
		return s.pressCard(msg)
	}
	return s.opened.pressGraph(msg)
}

// resize takes the keys that resize and zoom the panes.
func (s *Screen) resize(msg tea.KeyPressMsg) bool {
	sp := s.split()
	was := sp.Ratio
	sp.Ratio = s.ratio(sp) // from where it is drawn
	_, taken := sp.Press(s.env, msg)
	if !taken {
		sp.Ratio = was
	}
	return taken
}

// pressCard scrolls the card; left leaves it.
func (s *Screen) pressCard(msg tea.KeyPressMsg) tea.Cmd {
	if s.opened.card.shown == nil {
		return nil
	}
	cmd, taken := s.opened.card.shown.text.Press(s.env, msg)
	if !taken && s.env.Keys.Is("nav.left", msg.String()) {
		s.focus = paneGraph
	}
	return cmd
}

// pressGraph moves the cursor along the edges.
func (o *opened) pressGraph(msg tea.KeyPressMsg) tea.Cmd {
	const page = 5
	key, is, d := msg.String(), o.s.env.Keys.Is, o.data.drawing
	switch {
	case is("nav.up", key):
		return o.selectCard(d.Next(o.at, flowdraw.Up))
	case is("nav.down", key):
		return o.selectCard(d.Next(o.at, flowdraw.Down))
	case is("nav.left", key):
		return o.selectCard(d.Next(o.at, flowdraw.Left))
	case is("nav.right", key):
		return o.selectCard(d.Next(o.at, flowdraw.Right))
	case is("nav.pageup", key):
		return o.selectCard(o.walk(flowdraw.Up, page))
	case is("nav.pagedown", key):
		return o.selectCard(o.walk(flowdraw.Down, page))
	case is("nav.top", key):
		return o.selectCard("")
	case is("nav.bottom", key):
		return o.selectCard(o.walk(flowdraw.Down, len(o.flow().Actions)))
	}
	return nil
}

// walk is where several steps in a direction lead; a loop ends it.
func (o *opened) walk(to flowdraw.Direction, steps int) string {
	at, been := o.at, map[string]bool{o.at: true}
	for range steps {
		next := o.data.drawing.Next(at, to)
		if been[next] {
			break
		}
		at, been[next] = next, true
	}
	return at
}

// click puts the cursor where it was clicked; a second click opens that.
func (s *Screen) click(msg ui.Click) tea.Cmd {
	s.list.unseen = 0
	if s.plan != nil {
		return nil
	}
	if s.tests != nil {
		return s.tests.click(msg)
	}
	left, right := s.areas()
	y := msg.Y - s.headHeight()
	switch {
	case left.Contains(msg.X, y):
		s.focus = paneGraph
		return s.clickLeft(msg, msg.X-left.X-1, y-left.Y-1)
	case right.Contains(msg.X, y):
		if s.findings != nil {
			s.focus = paneFindings
			if s.findings.table.Click(y-right.Y-1) && msg.Double {
				return s.fix()
			}
			return nil
		}
		if s.inside && s.opened.flow() != nil {
			s.focus = paneCard
		} else if !s.inside && msg.Double {
			return s.enter()
		}
	}
	return nil
}

func (s *Screen) clickLeft(msg ui.Click, x, y int) tea.Cmd {
	if !s.inside {
		if !s.list.table.Click(y - s.filterHeight()) {
			return nil
		}
		cmd := s.follow()
		if msg.Double {
			return tea.Batch(cmd, s.enter())
		}
		return cmd
	}
	if s.opened.flow() == nil {
		return nil
	}
	id, ok := s.opened.data.drawing.At(x, y)
	if !ok {
		return nil
	}
	if msg.Double {
		s.focus = paneCard
	}
	return s.opened.selectCard(id)
}

// wheel scrolls what is under the pointer.
func (s *Screen) wheel(msg ui.Wheel) tea.Cmd {
	if s.plan != nil {
		s.plan.text.Wheel(msg.Lines)
		return nil
	}
	if s.tests != nil {
		return s.tests.wheel(msg)
	}
	left, right := s.areas()
	y := msg.Y - s.headHeight()
	switch {
	case right.Contains(msg.X, y) && s.findings != nil:
		return s.findings.table.Wheel(msg.Lines)
	case right.Contains(msg.X, y) && s.inside:
		if card := s.opened.card.shown; card != nil {
			card.text.Wheel(msg.Lines)
		}
	case right.Contains(msg.X, y):
		s.opened.scroll(msg.Lines)
	case left.Contains(msg.X, y) && !s.inside:
		return tea.Batch(s.list.table.Wheel(msg.Lines), s.follow())
	case left.Contains(msg.X, y):
		s.opened.scroll(msg.Lines)
	}
	return nil
}

// scroll moves the drawing, or the text of a file that is no workflow.
func (o *opened) scroll(lines int) {
	switch {
	case o.data == nil:
	case o.flow() == nil:
		o.data.unread.Wheel(lines)
	default:
		o.data.drawing.Scroll(lines)
	}
}

// enter opens what is under the cursor: a workflow, then its card.
func (s *Screen) enter() tea.Cmd {
	if !s.inside {
		if s.opened.file == "" {
			return nil
		}
		s.inside, s.focus, s.findings = true, paneGraph, nil
		if s.opened.err != nil {
			return s.opened.load()
		}
		return nil
	}
	if s.opened.flow() != nil {
		s.focus = paneCard
	}
	return nil
}

// asks tells whether the workflow asks OpenAI, as far as known.
func (s *Screen) asks() bool {
	return s.opened.item().Asks > 0 || s.opened.data != nil && len(s.opened.data.asks) > 0
}

// nag says what live answers lack, "" when nothing.
func (s *Screen) nag() string {
	answers := s.env.Settings.Answers
	if answers == "" {
		answers = s.env.Portal.Answers
	}
	account := s.env.Account
	if !slices.Contains([]string{"live", "record"}, answers) || !s.asks() || account == nil || account.Connected || !account.NeedsKey && !account.Locked {
		return ""
	}
	if account.Locked {
		return "no subscription of this portal unlocks the action: live answers cannot be had"
	}
	return "live answers need an OpenAI account: " + s.key("workflows.connect") + " connects"
}
