package runs

import (
	"errors"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/tui/inspect"
	"askflow/internal/tui/ui"
)

// deletedMsg tells how deleting a run went.
type deletedMsg struct {
	id  string
	err error
}

// shown comes whenever the place gets onto the screen, and after Back.
func (s *Screen) shown(msg ui.Shown) tea.Cmd {
	cmds := []tea.Cmd{s.retry(), s.pass(msg)}
	if msg.First || s.list.stale() {
		cmds = append(cmds, s.list.reload(s.list.query.text != s.list.filter.Active()))
	}
	if o := s.one; o != nil && s.child() == nil {
		cmds = append(cmds, o.returned())
	}
	return tea.Batch(cmds...)
}

// retry loads again what could not be loaded.
func (s *Screen) retry() tea.Cmd {
	var cmds []tea.Cmd
	if s.list.err != nil {
		cmds = append(cmds, s.list.reload(false))
	}
	if o := s.one; o != nil && (o.err != nil || o.rowsErr != nil) {
		cmds = append(cmds, o.open(o.want))
	}
	return tea.Batch(cmds...)
}

// event takes a hint that something happened.
func (s *Screen) event(e service.Event) tea.Cmd {
	switch e.Kind {
	case service.EventRuns:
		cmds := []tea.Cmd{s.list.reload(false)}
		if s.one != nil {
			cmds = append(cmds, s.one.follow(true))
		}
		return tea.Batch(cmds...)
	case service.EventRun:
		if e.Progress != nil {
			return s.progress(e.Progress)
		}
	}
	return nil
}

// progress follows a run that goes on here. Its numbers are in Env.Active already.
func (s *Screen) progress(p *service.Progress) tea.Cmd {
	var cmds []tea.Cmd
	switch {
	case p.Ended:
		s.list.ended(p)
		cmds = append(cmds, s.list.reload(false), s.drafted(p))
	case !s.list.holds(p):
		cmds = append(cmds, s.list.nowAndThen())
	}
	if o := s.one; o != nil && o.id == p.Run {
		cmds = append(cmds, o.follow(p.Ended))
	}
	return tea.Batch(cmds...)
}

// show opens a run, at one of its records when one is named.
func (s *Screen) show(msg ui.ShowRun) tea.Cmd {
	s.compare, s.enrollment = nil, nil
	s.load.hop.Cancel()
	if s.one != nil && s.one.id == msg.ID && s.one.run != nil && !msg.Row {
		return s.one.follow(true)
	}
	return s.openRun(msg)
}

func (s *Screen) openRun(msg ui.ShowRun) tea.Cmd {
	if s.one != nil {
		s.one.close()
	}
	s.one = newOne(s, msg.ID)
	s.list.selectRun(msg.ID)
	return s.one.open(wanted{row: msg.Row, seq: msg.Seq, action: msg.Action})
}

// opened takes a run that was loaded, for the first time or again.
func (s *Screen) opened(msg ui.Loaded[openedRun]) tea.Cmd {
	o := s.one
	if o == nil || msg.Of != &o.load || !o.load.Take(msg.N) {
		return nil
	}
	want := o.want
	cmd := o.take(msg.Value, msg.Err)
	if o.err == nil && want.row && s.enrollment == nil {
		return tea.Batch(cmd, s.inspect(want.seq, want.action))
	}
	return cmd
}

func (s *Screen) rowsLoaded(msg ui.Loaded[rowsPage]) tea.Cmd {
	if o := s.one; o != nil && msg.Of == &o.rows && o.rows.Take(msg.N) {
		return o.takeRows(msg.Value, msg.Err)
	}
	return nil
}

// inspect opens an enrollment, at an action when one is named.
func (s *Screen) inspect(seq int64, action string) tea.Cmd {
	o := s.one
	o.inspected, o.want = seq, wanted{}
	s.enrollment = inspect.NewEnrollment(s.env, o.run, seq)
	if action != "" {
		s.enrollment.SelectAction(action)
	}
	return s.enrollment.Update(ui.Shown{First: true})
}

// openCompare compares two runs, the older one first.
func (s *Screen) openCompare(a, b string) tea.Cmd {
	if number(a) > number(b) {
		a, b = b, a
	}
	s.compared = [2]string{a, b}
	s.compare = inspect.NewCompare(s.env, a, b)
	return s.compare.Update(ui.Shown{First: true})
}

// deleted goes on after a run was deleted.
func (s *Screen) deleted(msg deletedMsg) tea.Cmd {
	if msg.err != nil {
		return nil // the frame says why
	}
	delete(s.drafts, msg.id)
	if s.one != nil && s.one.id == msg.id {
		s.one.close()
		s.one, s.enrollment, s.compare = nil, nil, nil
	}
	s.list.forget(msg.id)
	return s.list.reload(false)
}

// missing tells that a run is not there any more.
func missing(err error) bool {
	return errors.Is(err, run.ErrNotFound) || service.CodeOf(err) == "unknown_run"
}
