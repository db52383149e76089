// Package account is the place Account: whether the portal's one OpenAI account is connected, where its key is kept, what the key may
// use, and connecting, checking, replacing and removing it. No key is ever drawn.
package account

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/service"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// focus is the pane that has the keys.
type focus int

const (
	onPage focus = iota
	onModels
)

// Screen is the place.
type Screen struct {
	env *ui.Env
	// st is what is known about the account, nil before the first time; failed says why it cannot be read.
	st     *service.AccountStatus
	failed *service.Error
	status reading
	// said are notes that the last action brought.
	said []string

	list       []*service.Model
	listFailed *service.Error
	listing    reading
	models     widget.Table[*service.Model]
	filter     widget.Filter

	// flow is a key on its way in; waiting is one that was asked for before the status was known.
	flow, waiting *connecting

	focus        focus
	wide, narrow widget.Split
	page         page
	// width and height are the body's at the last View.
	width, height int
}

// reading is one thing that is read, and read again when something happened.
type reading struct {
	loader ui.Loader
	// stale tells that it is to be read again; last keeps that from happening too often.
	stale bool
	last  time.Time
}

// leastBetween is the least time between two readings that events cause.
const leastBetween = 250 * time.Millisecond

// New makes the place.
func New(env *ui.Env) ui.Screen {
	s := &Screen{env: env, wide: widget.Split{Ratio: 44}, narrow: widget.Split{Ratio: 62}, width: 80, height: 21}
	s.initModels()
	return s
}

// Update takes a message.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	return tea.Batch(s.update(msg), s.catchUp())
}

func (s *Screen) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return s.press(msg)
	case tea.PasteMsg:
		if s.filter.Paste(msg.Content) {
			s.refilter()
		}
	case ui.Click:
		return s.click(msg)
	case ui.Wheel:
		return s.wheel(msg)
	case ui.Shown, ui.Refresh:
		s.status.renew()
		s.listing.renew()
	case ui.Themed:
		s.page.lines = nil
	case service.Event:
		if msg.Kind == service.EventAccount {
			s.status.stale, s.listing.stale = true, true
		}
	case ui.ConnectAccount:
		return s.asked(msg)
	}
	return s.result(msg)
}

// result takes what the place's own commands brought.
func (s *Screen) result(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case ui.Loaded[*service.AccountStatus]:
		return s.known(msg)
	case ui.Loaded[[]*service.Model]:
		s.listed(msg)
	case placesMsg:
		return s.placed(msg)
	case connectedMsg:
		return s.connected(msg)
	case verifiedMsg:
		return s.verified(msg)
	case unlockedMsg:
		return s.unlocked(msg)
	case removedMsg:
		return s.removed(msg)
	}
	return nil
}

// catchUp reads what is stale, unless it is being read or was a moment ago; then a later message does.
func (s *Screen) catchUp() tea.Cmd {
	var cmds []tea.Cmd
	if s.status.due(s.env.Now()) {
		account := s.env.Services.Account
		cmds = append(cmds, ui.Load(s.env, &s.status.loader, account.Status))
	}
	if s.listing.due(s.env.Now()) {
		if s.list == nil {
			s.models.Wait()
		}
		assistants := s.env.Services.Assistants
		cmds = append(cmds, ui.Load(s.env, &s.listing.loader, func(ctx context.Context) ([]*service.Model, error) { return readModels(ctx, assistants) }))
	}
	return tea.Batch(cmds...)
}

// renew makes it be read again at once, since a person waits for it.
func (r *reading) renew() { r.stale, r.last = true, time.Time{} }

// due tells that it is time to read, and counts that as done.
func (r *reading) due(now time.Time) bool {
	if !r.stale || r.loader.Busy() || now.Sub(r.last) < leastBetween {
		return false
	}
	r.stale, r.last = false, now
	return true
}

// known takes what is known about the account.
func (s *Screen) known(msg ui.Loaded[*service.AccountStatus]) tea.Cmd {
	if msg.Of != &s.status.loader || !s.status.loader.Take(msg.N) {
		return nil
	}
	s.page.lines = nil
	if s.failed = service.AsError(msg.Err); s.failed != nil {
		s.st, s.waiting = nil, nil
		return nil
	}
	s.st = msg.Value
	flow := s.waiting
	if s.waiting = nil; flow == nil {
		return nil
	}
	return s.start(flow)
}

// Crumbs say which pane has the keys.
func (s *Screen) Crumbs() []string {
	if s.focus == onModels {
		return []string{"models"}
	}
	return nil
}

// Typing tells that letters go into the filter.
func (s *Screen) Typing() bool { return s.filter.Editing }

// Back leaves the filter, then the models.
func (s *Screen) Back() bool {
	switch {
	case s.filter.Editing:
		s.filter.Clear()
		s.refilter()
	case s.focus == onModels:
		s.focus = onPage
	default:
		return false
	}
	return true
}

// Command is the command line that shows the same.
func (s *Screen) Command() string {
	if s.focus == onModels {
		return "models list"
	}
	return "account show"
}
