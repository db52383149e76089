package app

import (
	"context"
	"errors"
	"time"

	"charm.land/bubbles/v2/spinner"
	tea "charm.land/bubbletea/v2"

	"askflow/internal/tui/ui"
)

// tasks are the waits that are going on.
type tasks struct {
	list []*task
	n    int
	spin int
	on   bool // the spinner's tick is under way
}

type task struct {
	id      int
	name    string
	place   ui.Place
	cancel  context.CancelFunc
	started time.Time
	then    ui.Task
}

// far says how far the task is, for what follows on the same line; "" when it does not tell.
func (t *task) far() string {
	if t.then.Far == nil {
		return ""
	}
	far := t.then.Far()
	if far != "" {
		far += ", "
	}
	return far
}

// tasksMsg is what tasks tell the frame.
type tasksMsg struct {
	tick   bool
	id     int
	result string
	err    error
}

func (ts *tasks) start(a *App, place ui.Place, t ui.Task) tea.Cmd {
	ctx, cancel := context.WithCancel(a.env.Context)
	ts.n++
	id := ts.n
	ts.list = append(ts.list, &task{id: id, name: t.Name, place: place, cancel: cancel, started: a.env.Now(), then: t})
	run := a.guard(func() tea.Msg {
		result, err := t.Run(ctx)
		return tasksMsg{id: id, result: result, err: err}
	})
	return tea.Batch(run, ts.tick(a))
}

// spin is how the spinner looks and how fast it turns.
func spin() spinner.Spinner { return spinner.MiniDot }

// tick turns the spinner while anything is waited for.
func (ts *tasks) tick(a *App) tea.Cmd {
	if ts.on || len(ts.list) == 0 {
		return nil
	}
	ts.on = true
	return a.opt.System.Tick(spin().FPS, func(time.Time) tea.Msg { return tasksMsg{tick: true} })
}

func (ts *tasks) update(a *App, msg tasksMsg) tea.Cmd {
	if msg.tick {
		ts.on = false
		ts.spin++
		return ts.tick(a)
	}
	for i, t := range ts.list {
		if t.id != msg.id {
			continue
		}
		t.cancel()
		ts.list = append(ts.list[:i:i], ts.list[i+1:]...)
		return ts.ended(a, t, msg)
	}
	return nil
}

func (ts *tasks) ended(a *App, t *task, msg tasksMsg) tea.Cmd {
	var cmds []tea.Cmd
	switch {
	case errors.Is(msg.err, context.Canceled):
		cmds = append(cmds, a.say("Cancelled: "+t.name))
	case msg.err != nil && !t.then.Quiet:
		cmds = append(cmds, a.fail(t.place, msg.err))
	case msg.err == nil:
		cmds = append(cmds, a.say(msg.result))
	}
	if t.then.Done != nil {
		if done := t.then.Done(msg.err); done != nil {
			cmds = append(cmds, a.tag(t.place, nil, ui.Send(done)))
		}
	}
	return tea.Batch(cmds...)
}

func (ts *tasks) nothing() string {
	if len(ts.list) == 0 {
		return "No task is being waited for."
	}
	return ""
}

// cancel cancels the newest task.
func (ts *tasks) cancel(*App) tea.Cmd {
	if n := len(ts.list); n > 0 {
		ts.list[n-1].cancel()
	}
	return nil
}
