// Package workflows is the place Workflows: the list of a portal's workflows, each drawn as a graph of cards, what a card holds,
// what is wrong with a file, and everything that is done with a workflow: run, plan, edit, change.
package workflows

import (
	tea "charm.land/bubbletea/v2"

	"askflow/internal/service"
	"askflow/internal/tui/builder"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// pane is a part of the body that has the keys.
type pane int

const (
	// paneGraph is the list where no workflow is open, and the graph, or the text of a file that is none, of an open one.
	paneGraph pane = iota
	// paneCard is what the card under the cursor holds.
	paneCard
	// paneFindings are the problems.
	paneFindings
)

// Screen is the place.
type Screen struct {
	env  *ui.Env
	list listing
	// opened is the workflow that is drawn: the one under the list's cursor, or with inside the one that was opened.
	opened *opened
	inside bool
	focus  pane
	// findings are problems beside the list or the graph; plan is what was planned, over everything.
	findings *findings
	plan     *planned
	// tests are those of the workflow while they are looked at, over everything but a plan.
	tests *tested
	// listSplit and flowSplit lay out the two levels.
	listSplit, flowSplit widget.Split
	// options are the last choices of a run's options; cards the card that was last under the cursor, by file.
	options map[string]string
	cards   map[string]string
	// width and height are the body's at the last View.
	width, height int
}

// New makes the place.
func New(env *ui.Env) ui.Screen {
	s := &Screen{env: env, cards: map[string]string{}, width: 80, height: 21}
	s.initList()
	s.opened = newOpened(s, "")
	return s
}

// Update takes a message.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	cmd := s.update(msg)
	if s.list.stale && s.list.loaded {
		cmd = tea.Batch(cmd, s.hint())
	}
	return cmd
}

func (s *Screen) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return s.press(msg)
	case tea.PasteMsg:
		if s.list.filter.Paste(msg.Content) {
			return s.refilter()
		}
	case ui.Click:
		return s.click(msg)
	case ui.Wheel:
		return s.wheel(msg)
	case ui.Shown:
		return s.shown(msg)
	case ui.Refresh:
		return s.refresh()
	case ui.Themed:
		return s.themed()
	case ui.ShowWorkflow:
		return s.show(msg)
	case service.Event:
		return s.event(msg)
	}
	return s.result(msg)
}

// result takes what the place's own commands brought.
func (s *Screen) result(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case ui.Loaded[[]*service.WorkflowItem]:
		return s.listed(msg)
	case ui.Loaded[*flowData]:
		return s.opened.take(msg)
	case ui.Loaded[*cardText]:
		return s.opened.takeCard(msg)
	case ui.Loaded[*litPath]:
		return s.opened.takePath(msg)
	case editedMsg:
		return s.edited(msg)
	case plannedMsg:
		return s.showPlan(msg)
	case testedMsg:
		return s.tookTests(msg)
	case ui.Loaded[*testText]:
		s.tookText(msg)
	case ui.Loaded[*service.TestList]:
		s.tookVersion(msg)
	case builder.Written:
		return s.written(msg)
	}
	return nil
}

// Crumbs say which workflow is open, and which of its cards.
func (s *Screen) Crumbs() []string {
	if s.plan != nil {
		return []string{s.plan.name, "plan"}
	}
	if s.tests != nil {
		return s.tests.crumbs()
	}
	if !s.inside {
		if s.findings != nil {
			return []string{"problems of the portal"}
		}
		return nil
	}
	crumbs := []string{s.opened.name()}
	switch s.focus {
	case paneCard:
		crumbs = append(crumbs, s.opened.cardName())
	case paneFindings:
		crumbs = append(crumbs, "problems")
	}
	return crumbs
}

// Typing tells that letters go into the filter.
func (s *Screen) Typing() bool { return s.list.filter.Editing }

// Back leaves the plan, the problems, the card, the workflow.
func (s *Screen) Back() bool {
	switch {
	case s.list.filter.Editing:
		s.list.filter.Clear()
		s.list.stale = true
	case s.plan != nil:
		s.plan = nil
	case s.tests != nil:
		s.tests.back()
	case s.findings != nil:
		s.findings, s.focus = nil, paneGraph
	case s.inside && s.focus != paneGraph:
		s.focus = paneGraph
	case s.inside:
		s.inside, s.findings, s.focus = false, nil, paneGraph
		s.opened.remember()
	default:
		return false
	}
	return true
}

// Command is the command line that does the same.
func (s *Screen) Command() string {
	switch {
	case s.plan != nil:
		return "plan " + word(s.plan.fileName) + s.env.Settings.Flags()
	case s.tests != nil:
		return s.tests.command()
	case s.inside && s.focus == paneFindings:
		return "validate " + word(s.opened.file)
	case s.inside:
		return "run " + word(s.opened.fileName()) + s.env.Settings.Flags()
	case s.findings != nil:
		return "validate"
	}
	if it, ok := s.list.table.Selected(); ok {
		return "run " + word(it.FileName) + s.env.Settings.Flags()
	}
	return "validate"
}
