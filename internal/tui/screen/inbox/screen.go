// Package inbox is the place Inbox: notifications, internal emails and tasks as the people in the portal would find them.
package inbox

import (
	"context"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/report"
	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// How much is read at once: rows of the table, and places looked at for a filter before the screen says how far it is.
const (
	pageItems = 60
	pageScan  = 20_000
)

// Screen is the place.
type Screen struct {
	env    *ui.Env
	table  *widget.Table[run.EffectItem]
	filter widget.Filter
	split  widget.Split
	detail *widget.Text
	// steps are the names of actions by workflow and id, as far as their workflows were read.
	steps  map[string]map[string]string
	naming ui.Loader
	shown  shownItem
	load   ui.Loader
	runs   ui.Loader

	kind   int    // among kinds
	person string // a user's id, "" for everybody
	run    string // "" for every run
	// searched counts the places that a filter has looked at without a hit; more tells that it goes on.
	searched int64
	err      error
	stale    bool // something happened while the place was not on the screen
}

// shownItem is what the detail was drawn of.
type shownItem struct {
	key   string
	width int
	theme string
}

// kinds are what can be shown alone.
func kinds() []struct {
	name  string
	types []run.EffectType
} {
	return []struct {
		name  string
		types []run.EffectType
	}{
		{"inbox", []run.EffectType{run.EffectNotification, run.EffectEmail, run.EffectTask}},
		{"notifications", []run.EffectType{run.EffectNotification}},
		{"emails", []run.EffectType{run.EffectEmail}},
		{"tasks", []run.EffectType{run.EffectTask}},
	}
}

// New makes the place.
func New(env *ui.Env) ui.Screen {
	s := &Screen{env: env, detail: widget.NewText()}
	s.table = &widget.Table[run.EffectItem]{
		Columns: []widget.Column{{Title: "Kind", Width: 6}, {Title: "For", Width: 10, Grow: 1}, {Title: "Subject", Width: 16, Grow: 3}, {Title: "About", Width: 10, Grow: 1, Drop: 1}, {Title: "Run", Width: 5, Drop: 2}},
		Cells:   s.cells, Key: keyOf,
		More: func(edge run.EffectItem, backwards bool) tea.Cmd { return s.read(edge.EffectKey, backwards, false) },
	}
	return s
}

func keyOf(it run.EffectItem) string { return fmt.Sprintf("%s/%d/%d", it.Run, it.Seq, it.Index) }

// page is what one read brought.
type page struct {
	items     []run.EffectItem
	next      run.EffectKey
	more      bool
	scanned   int64
	backwards bool
	fresh     bool
}

// read reads a page behind or before a place; fresh replaces what the table holds.
func (s *Screen) read(after run.EffectKey, backwards, fresh bool) tea.Cmd {
	q := run.EffectQuery{Run: s.run, Types: kinds()[s.kind].types, After: after, Backwards: backwards, Limit: pageItems, Scan: pageScan}
	if u, ok := s.people().user(s.person); ok {
		q.User, q.Owner, q.Teams = u.ID, u.OwnerID, u.Teams
	}
	matches := s.matcher()
	inbox := s.env.Services.Inbox
	s.table.Wait()
	return ui.Load(s.env, &s.load, func(ctx context.Context) (page, error) {
		got, err := inbox.Effects(ctx, q)
		p := page{next: got.Next, more: got.More, scanned: got.Scanned, backwards: backwards, fresh: fresh}
		for _, it := range got.Items {
			if matches(&it) {
				p.items = append(p.items, it)
			}
		}
		if backwards {
			slices.Reverse(p.items)
		}
		return p, err
	})
}

// reload reads everything anew from the beginning; the cursor stays on its item.
func (s *Screen) reload() tea.Cmd {
	s.searched, s.err, s.stale = 0, nil, false
	return s.read(run.EffectKey{}, false, true)
}

// restart is reload with the cursor on the first item.
func (s *Screen) restart() tea.Cmd {
	s.table.Reset(nil, false, false)
	return s.reload()
}

// Update takes a message.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	return tea.Batch(s.update(msg), s.nameSteps())
}

func (s *Screen) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return s.press(msg)
	case tea.PasteMsg:
		if s.filter.Paste(msg.Content) {
			return s.restart()
		}
	case ui.Loaded[page]:
		return s.took(msg)
	case ui.Loaded[[]*run.Run]:
		return s.pickRun(msg)
	case ui.Loaded[stepNames]:
		s.named(msg)
	case ui.Shown:
		if msg.First || s.stale || s.err != nil {
			return s.reload()
		}
	case ui.Refresh:
		s.shown, s.steps = shownItem{}, nil // names may be others now
	case ui.Wheel:
		return s.wheel(msg)
	case ui.Click:
		return s.click(msg)
	case service.Event:
		return s.event(msg)
	case personMsg:
		s.person = msg.id
		return s.restart()
	case runMsg:
		s.run = msg.id
		return s.restart()
	}
	return nil
}

func (s *Screen) event(e service.Event) tea.Cmd {
	ended := e.Kind == service.EventRun && e.Progress != nil && e.Progress.Ended
	if ended || e.Kind == service.EventRuns || (e.Kind == service.EventPortal && s.err != nil) {
		if s.table.Cursor() < pageItems && !s.load.Busy() {
			return s.reload()
		}
		s.stale = true // far down the list nothing moves under the reader's eyes
	}
	return nil
}

func (s *Screen) took(msg ui.Loaded[page]) tea.Cmd {
	if !s.load.Take(msg.N) {
		return nil
	}
	p := msg.Value
	if msg.Err != nil {
		s.err = msg.Err
		s.table.Failed()
		return nil
	}
	s.err = nil
	s.searched += p.scanned
	switch {
	case p.fresh && (len(p.items) > 0 || !p.more):
		s.table.Set(p.items, false, p.more)
	case !p.fresh && (len(p.items) > 0 || !p.more):
		s.table.Add(p.items, p.backwards, p.more)
	default: // nothing here: go on looking, in slices, so that it can be cancelled
		return s.read(p.next, p.backwards, p.fresh)
	}
	s.searched = 0
	return nil
}

func (s *Screen) press(msg tea.KeyPressMsg) tea.Cmd {
	if changed, taken := s.filter.Press(s.env, msg); taken {
		if changed {
			return s.restart()
		}
		return nil
	}
	if s.split.Focus == 1 {
		if cmd, taken := s.detail.Press(s.env, msg); taken {
			return cmd
		}
	}
	if cmd, taken := s.split.Press(s.env, msg); taken {
		return cmd
	}
	switch key := msg.String(); {
	case s.env.Keys.Is("nav.right", key):
		s.split.Focus = 1
		return nil
	case s.env.Keys.Is("nav.left", key):
		s.split.Focus = 0
		return nil
	}
	cmd, _ := s.table.Press(s.env, msg)
	return cmd
}

func (s *Screen) wheel(w ui.Wheel) tea.Cmd {
	if s.split.Focus == 1 {
		s.detail.Wheel(w.Lines)
		return nil
	}
	return s.table.Wheel(w.Lines)
}

func (s *Screen) click(c ui.Click) tea.Cmd {
	_, detail := s.split.Areas(s.shown.width, 1<<20)
	if detail.Contains(c.X, c.Y) && s.split.Focus == 0 && detail.Y == 0 {
		s.split.Focus = 1
		return nil
	}
	top := 1 // the border
	if s.filter.Visible() {
		top++
	}
	if s.table.Click(c.Y-top) && c.Double {
		return s.goToStep()
	}
	return nil
}

// Typing tells that letters go into the filter.
func (s *Screen) Typing() bool { return s.filter.Editing }

// Back leaves the text, then what narrows the list.
func (s *Screen) Back() bool {
	switch {
	case s.filter.Editing:
		if s.filter.Clear() {
			s.stale = true
		}
	case s.split.Zoom:
		s.split.Zoom = false
	case s.split.Focus == 1:
		s.split.Focus = 0
	case s.load.Busy() && s.searched > 0:
		s.load.Cancel()
		s.table.Failed()
	default:
		return false
	}
	return true
}

// Crumbs say what the list is narrowed to.
func (s *Screen) Crumbs() []string {
	var out []string
	if s.kind > 0 {
		out = append(out, kinds()[s.kind].name)
	}
	if s.person != "" {
		out = append(out, "for "+s.people().name(s.person))
	}
	if s.run != "" {
		out = append(out, s.run)
	}
	return out
}

// Command is the command line that lists the same.
func (s *Screen) Command() string {
	command := "inbox"
	if s.kind > 0 {
		command += " " + kinds()[s.kind].name
	}
	if s.run != "" {
		command += " --run " + s.run
	}
	return command
}

func (s *Screen) narrowed() bool {
	return s.kind > 0 || s.person != "" || s.run != "" || s.filter.Text != ""
}

func (s *Screen) showAll() tea.Cmd {
	s.kind, s.person, s.run = 0, "", ""
	s.filter.Clear()
	return s.restart()
}

func (s *Screen) nextKind() tea.Cmd {
	s.kind = (s.kind + 1) % len(kinds())
	return s.restart()
}

func (s *Screen) goToStep() tea.Cmd {
	it, ok := s.table.Selected()
	if !ok {
		return nil
	}
	return ui.GoTo(ui.Runs, ui.ShowRun{ID: it.Run, Row: true, Seq: it.Seq, Action: it.Effect.ActionID})
}

func (s *Screen) goToRecord() tea.Cmd {
	it, ok := s.table.Selected()
	if !ok {
		return nil
	}
	return ui.GoTo(ui.Records, ui.ShowRecord{ObjectType: it.Record.ObjectType, ID: it.Record.ID})
}

func (s *Screen) choosePerson() tea.Cmd {
	items := []dialog.Choice{{ID: "", Title: "Everybody"}}
	for _, u := range s.env.Portal.Users {
		items = append(items, dialog.Choice{ID: u.ID, Title: text.Safe(s.people().name(u.ID)), Detail: text.Safe(strings.Join(append([]string{u.Email}, u.Teams...), " · "))})
	}
	return ui.Open(dialog.Choose(s.env, dialog.ChooseOptions{Title: "For whom", Items: items, At: s.person, Do: func(c dialog.Choice) tea.Cmd {
		return ui.Send(personMsg{c.ID})
	}}))
}

func (s *Screen) chooseRun() tea.Cmd {
	runs := s.env.Services.Runs
	return ui.Load(s.env, &s.runs, func(ctx context.Context) ([]*run.Run, error) { return runs.List(ctx, run.RunQuery{Limit: 200}) })
}

func (s *Screen) pickRun(msg ui.Loaded[[]*run.Run]) tea.Cmd {
	if !s.runs.Take(msg.N) {
		return nil
	}
	if msg.Err != nil {
		return ui.Fail(msg.Err)
	}
	items := []dialog.Choice{{ID: "", Title: "Every run"}}
	for _, r := range msg.Value {
		made := r.Totals.Effects[string(run.EffectNotification)] + r.Totals.Effects[string(run.EffectEmail)] + r.Totals.Effects[string(run.EffectTask)]
		items = append(items, dialog.Choice{ID: r.ID, Title: r.ID + "  " + text.Safe(r.Workflow.Name), Detail: fmt.Sprintf("%s, %s", r.Created.Local().Format("2006-01-02 15:04"), report.Count(made, "messages and tasks"))})
	}
	return ui.Open(dialog.Choose(s.env, dialog.ChooseOptions{Title: "What one run made", Items: items, At: s.run, Do: func(c dialog.Choice) tea.Cmd { return ui.Send(runMsg{c.ID}) }}))
}
