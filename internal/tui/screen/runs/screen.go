// Package runs is the place Runs: the list of runs, one run with its charts and enrollments, and from there the inspector of an
// enrollment and the comparison of two runs.
package runs

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/tui/inspect"
	"askflow/internal/tui/ui"
)

// Screen is the place. Its levels lie over each other: the list, one run, an enrollment of it; a comparison over any of the first two.
type Screen struct {
	env  *ui.Env
	list *list
	// one is the run that is open, nil while the list is on the screen.
	one        *one
	enrollment *inspect.Enrollment
	compare    *inspect.Compare
	compared   [2]string // the runs of compare
	load       loaders
	zoned      zoned
	// pause waits within a load; a test need not.
	pause func(ctx context.Context, wait time.Duration) error
	// drafts are the files of responses that runs propose, by the run.
	drafts map[string]*service.Proposal
	// drawn is what the last View drew, for clicks.
	drawn struct{ width, height, top int }
}

// loaders guard what is loaded only for an action.
type loaders struct{ again, choose, export, hop ui.Loader }

// child is what lies over a run or the list: an enrollment, a comparison.
type child interface {
	Update(msg tea.Msg) tea.Cmd
	View(width, height int) string
	Bindings() []ui.Binding
	Back() bool
	Crumbs() []string
	Typing() bool
}

// New makes the place. Nothing is read before it is shown.
func New(env *ui.Env) ui.Screen {
	s := &Screen{env: env, pause: pause}
	s.list = newList(s)
	return s
}

// child is what lies on top, nil when it is the run or the list.
func (s *Screen) child() child {
	switch {
	case s.compare != nil:
		return s.compare
	case s.enrollment != nil:
		return s.enrollment
	}
	return nil
}

// Update takes a message.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return s.key(msg)
	case tea.PasteMsg:
		return s.paste(msg)
	case ui.Click:
		return s.click(msg)
	case ui.Wheel:
		return s.wheel(msg)
	case ui.Shown:
		return s.shown(msg)
	case ui.Refresh:
		return tea.Batch(s.retry(), s.pass(msg))
	case ui.ShowRun:
		return s.show(msg)
	case service.Event:
		return tea.Batch(s.event(msg), s.pass(msg))
	}
	if cmd, mine := s.result(msg); mine {
		return cmd
	}
	return s.pass(msg)
}

// result takes what the place's own commands brought.
func (s *Screen) result(msg tea.Msg) (cmd tea.Cmd, mine bool) {
	switch msg := msg.(type) {
	case ui.Loaded[listPage]:
		return s.list.loaded(msg), true
	case ui.Loaded[pastRuns]:
		return s.list.pastLoaded(msg), true
	case ui.Loaded[openedRun]:
		return s.opened(msg), true
	case ui.Loaded[rowsPage]:
		return s.rowsLoaded(msg), true
	case ui.Loaded[nextRow]:
		return s.hopped(msg), true
	case ui.Loaded[againRun]:
		return s.againLoaded(msg), true
	case ui.Loaded[otherRuns]:
		return s.othersLoaded(msg), true
	case ui.Loaded[exportPlace]:
		return s.exportChecked(msg), true
	case deletedMsg:
		return s.deleted(msg), true
	case draftWrittenMsg:
		return s.draftWritten(msg), true
	case compareMsg:
		return s.openCompare(msg.a, msg.b), true
	}
	return nil, false
}

// pass gives a message to what lies over the run: results of its own commands come this way.
func (s *Screen) pass(msg tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	if s.enrollment != nil {
		cmds = append(cmds, s.enrollment.Update(msg))
	}
	if s.compare != nil {
		cmds = append(cmds, s.compare.Update(msg))
	}
	return tea.Batch(cmds...)
}

// key takes a key that no binding took.
func (s *Screen) key(msg tea.KeyPressMsg) tea.Cmd {
	switch c := s.child(); {
	case c != nil:
		return c.Update(msg)
	case s.one != nil:
		return s.one.key(msg)
	}
	return s.list.key(msg)
}

func (s *Screen) paste(msg tea.PasteMsg) tea.Cmd {
	switch c := s.child(); {
	case c != nil:
		return c.Update(msg)
	case s.one != nil:
		if s.one.filter.Paste(msg.Content) {
			return s.one.refilter()
		}
	case s.list.filter.Paste(msg.Content):
		return s.list.reload(true)
	}
	return nil
}

func (s *Screen) click(msg ui.Click) tea.Cmd {
	switch c := s.child(); {
	case c != nil:
		return c.Update(msg)
	case s.one != nil:
		return s.one.click(msg)
	}
	return s.list.click(msg)
}

func (s *Screen) wheel(msg ui.Wheel) tea.Cmd {
	switch c := s.child(); {
	case c != nil:
		return c.Update(msg)
	case s.one != nil:
		return s.one.wheel(msg)
	}
	return s.list.wheel(msg)
}

// Crumbs say which run, and what of it.
func (s *Screen) Crumbs() []string {
	var out []string
	if s.one != nil {
		out = append(out, s.one.crumb())
	}
	if c := s.child(); c != nil {
		out = append(out, c.Crumbs()...)
	}
	return out
}

// Typing tells that letters go into a filter.
func (s *Screen) Typing() bool {
	switch c := s.child(); {
	case c != nil:
		return c.Typing()
	case s.one != nil:
		return s.one.filter.Editing
	}
	return s.list.filter.Editing
}

// Back leaves one level: what is being typed, a search that goes on, a comparison, an enrollment, the run.
func (s *Screen) Back() bool {
	if c := s.child(); c != nil {
		if c.Back() {
			return true
		}
		if s.compare != nil {
			s.compare = nil
		} else {
			s.enrollment = nil
			s.load.hop.Cancel()
		}
		return true
	}
	if o := s.one; o != nil {
		if !o.back() {
			o.close()
			s.one = nil
		}
		return true
	}
	return s.list.back()
}

// Command is the command line that shows the same.
func (s *Screen) Command() string {
	switch o := s.one; {
	case s.compare != nil:
		return "runs diff " + s.compared[0] + " " + s.compared[1]
	case o == nil:
		return "runs list"
	case s.enrollment != nil:
		if record, ok := s.enrollment.Record(); ok {
			return "runs show " + o.id + " --record " + record.ID
		}
		return "runs show " + o.id
	case o.failedOnly:
		return "runs show " + o.id + " --failed"
	default:
		return "runs show " + o.id
	}
}

// View draws the level that is on top.
func (s *Screen) View(width, height int) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	s.drawn.width, s.drawn.height, s.drawn.top = width, height, 0
	switch c := s.child(); {
	case c != nil:
		return c.View(width, height)
	case s.one != nil:
		return s.one.view(width, height)
	}
	return s.list.view(width, height)
}

// target is the run that actions are about, nil for none.
func (s *Screen) target() *run.Run {
	if s.one != nil {
		return s.one.run
	}
	if r, ok := s.list.table.Selected(); ok {
		return r
	}
	return nil
}

// zoned is the portal's time zone; finding one by its name reads files.
type zoned struct {
	name string
	zone *time.Location
}

func (s *Screen) zone() *time.Location {
	if s.zoned.zone == nil || s.zoned.name != s.env.Portal.TimeZone {
		s.zoned = zoned{s.env.Portal.TimeZone, s.env.Portal.Zone()}
	}
	return s.zoned.zone
}
