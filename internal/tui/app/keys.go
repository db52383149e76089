package app

import (
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/tui/dialog"
	"askflow/internal/tui/keymap"
	"askflow/internal/tui/ui"
)

// Keys are the actions that work everywhere.
func Keys() []keymap.Spec {
	specs := []keymap.Spec{
		{ID: "app.quit", Keys: []string{"q", "ctrl+c"}, Short: "quit", Help: "Quit; asks first while a live run is going", Quiet: true},
		{ID: "app.help", Keys: []string{"?"}, Short: "help", Help: "Show every key that works here"},
		{ID: "app.palette", Keys: []string{":", "ctrl+p"}, Short: "actions", Help: "Find any action by its name"},
		{ID: "app.back", Keys: []string{"esc"}, Short: "back", Help: "Go back, or close what is open", Quiet: true},
		{ID: "app.next", Keys: []string{"tab"}, Short: "next place", Help: "Go to the next place", Quiet: true},
		{ID: "app.previous", Keys: []string{"shift+tab"}, Short: "previous place", Help: "Go to the place before", Quiet: true},
		{ID: "app.command", Keys: []string{"$"}, Short: "command", Help: "Show the command that does the same", Quiet: true},
		{ID: "app.cancel", Keys: []string{"ctrl+x"}, Short: "cancel task", Help: "Cancel the task that is being waited for", Quiet: true},
		{ID: "app.mouse", Keys: []string{"ctrl+o"}, Short: "mouse", Help: "Give the mouse back to the terminal, to select text, or take it again", Quiet: true},
		{ID: "app.theme", Keys: []string{"T"}, Short: "theme", Help: "Switch between the dark and the light theme", Quiet: true},
		{ID: "app.redraw", Keys: []string{"ctrl+l"}, Short: "redraw", Help: "Draw the screen anew and read the portal again", Quiet: true},
	}
	for p := range ui.Places {
		specs = append(specs, keymap.Spec{ID: placeID(p), Keys: []string{strconv.Itoa(int(p) + 1)}, Short: p.String(), Help: "Go to " + p.String(), Quiet: true})
	}
	return specs
}

func placeID(p ui.Place) string { return fmt.Sprintf("app.place%d", int(p)+1) }

// bindings are the frame's own actions.
func (a *App) bindings() []ui.Binding {
	list := []ui.Binding{
		ui.On("app.help", a.openHelp), ui.On("app.palette", a.openPalette), ui.On("app.back", a.back), ui.On("app.quit", a.quit),
		ui.On("app.next", func() tea.Cmd { return a.show((a.at + 1) % ui.Places) }),
		ui.On("app.previous", func() tea.Cmd { return a.show((a.at + ui.Places - 1) % ui.Places) }),
		ui.On("app.command", a.openCommand),
		ui.When("app.cancel", a.tasks.nothing(), func() tea.Cmd { return a.tasks.cancel(a) }),
		ui.On("app.mouse", a.toggleMouse), ui.On("app.theme", a.toggleTheme),
		ui.On("app.redraw", func() tea.Cmd { return tea.Batch(tea.ClearScreen, a.readPortal(nil), a.readAccount()) }),
	}
	for p := range ui.Places {
		list = append(list, ui.On(placeID(p), func() tea.Cmd { return a.show(p) }))
	}
	return list
}

// press finds out what a key does: the action of a dialog or a place, one of the frame, or a letter of a text.
func (a *App) press(msg tea.KeyPressMsg) tea.Cmd {
	key := msg.String()
	a.failed = nil
	if a.tooSmall() && !a.env.Keys.Is("app.quit", key) {
		return nil
	}
	typing := a.typing()
	if d := a.top(); d != nil {
		if a.losing(d, key) {
			return nil
		}
		if cmd, done := a.bound(d.dialog.Bindings(), key, typing); done {
			return a.tag(d.place, d.dialog, cmd)
		}
		if key == "ctrl+c" {
			return a.quit()
		}
		cmd := d.dialog.Update(msg)
		return a.tag(d.place, d.dialog, cmd)
	}
	if cmd, done := a.bound(a.screens[a.at].Bindings(), key, typing); done {
		return a.tag(a.at, nil, cmd)
	}
	if cmd, done := a.bound(a.bindings(), key, typing); done {
		return cmd
	}
	return a.to(a.at, msg)
}

func (a *App) typing() bool {
	if d := a.top(); d != nil {
		return d.dialog.Typing()
	}
	return a.screens[a.at].Typing()
}

// bound does what a key is bound to. While letters go into a text, only keys that are none are looked up.
func (a *App) bound(list []ui.Binding, key string, typing bool) (tea.Cmd, bool) {
	if typing && isText(key) {
		return nil, false
	}
	for _, b := range list {
		if !a.env.Keys.Is(b.ID, key) {
			continue
		}
		if b.Disabled != "" {
			return ui.Note(b.Disabled), true
		}
		if b.Do == nil {
			return nil, true
		}
		return b.Do(), true
	}
	return nil, false
}

// isText tells whether a key makes a character, or moves and erases in a text.
func isText(key string) bool {
	switch key {
	case "space", "backspace", "delete", "left", "right", "home", "end":
		return true
	}
	return utf8.RuneCountInString(key) == 1
}

func (a *App) back() tea.Cmd {
	if a.screens[a.at].Back() {
		return a.to(a.at, ui.Shown{})
	}
	return nil
}

// unsaved is a place or a dialog that knows whether something would be lost: it says what, "" for nothing.
type unsaved interface{ Unsaved() string }

// losing asks before esc closes a dialog in which something would be lost, and tells whether it does.
func (a *App) losing(d *opened, key string) bool {
	u, is := d.dialog.(unsaved)
	if !is || !a.env.Keys.Is("dialog.cancel", key) {
		return false
	}
	lost := u.Unsaved()
	if lost == "" {
		return false
	}
	under := *d
	a.open(d.place, dialog.Confirm(a.env, dialog.ConfirmOptions{Title: "Not saved", Text: lost, Yes: "Leave it", Danger: true, Do: func() tea.Cmd { return ui.Send(leaveMsg{under}) }}))
	return true
}

// leaveMsg closes a dialog although something is lost.
type leaveMsg struct{ opened opened }

// leave does what esc does in a dialog.
func (a *App) leave(o opened) tea.Cmd {
	for _, b := range o.dialog.Bindings() {
		if b.ID == "dialog.cancel" && b.Do != nil {
			return a.tag(o.place, o.dialog, b.Do())
		}
	}
	return nil
}

// lost is what quitting would lose, over all places and open dialogs.
func (a *App) lost() string {
	for i := len(a.dialogs) - 1; i >= 0; i-- {
		if u, is := a.dialogs[i].dialog.(unsaved); is && u.Unsaved() != "" {
			return u.Unsaved()
		}
	}
	for _, s := range a.screens {
		if u, is := s.(unsaved); is && u.Unsaved() != "" {
			return u.Unsaved()
		}
	}
	return ""
}

// quit ends the program, and asks first while a run that costs money is going, or when something would be lost. A second time
// it quits.
func (a *App) quit() tea.Cmd {
	if d := a.top(); a.quitting != nil && d != nil && d.dialog == a.quitting {
		return tea.Quit
	}
	if lost := a.lost(); lost != "" {
		a.quitting = dialog.Confirm(a.env, dialog.ConfirmOptions{Title: "Not saved", Text: lost, Yes: "Quit", Danger: true, Do: func() tea.Cmd { return tea.Quit }})
		a.open(a.at, a.quitting)
		return nil
	}
	for _, p := range a.env.Active {
		if p.Answers != "live" && p.Answers != "record" {
			continue
		}
		a.quitting = a.confirmQuit(p)
		a.open(a.at, a.quitting)
		return nil
	}
	return tea.Quit
}

func (a *App) toggleMouse() tea.Cmd {
	a.mouse = !a.mouse
	if a.mouse {
		return a.say("The mouse works on the screen again.")
	}
	return a.say("The mouse is the terminal's: drag to select text. " + keymap.Label(a.firstKey("app.mouse")) + " takes it back.")
}

func (a *App) toggleTheme() tea.Cmd {
	a.opt.Theme = "light"
	if a.env.Theme.Name == "light" {
		a.opt.Theme = "dark"
	}
	a.setTheme(a.opt.Theme)
	return a.all(ui.Themed{})
}

func (a *App) firstKey(id string) string {
	if keys := a.env.Keys.Get(id).Keys; len(keys) > 0 {
		return keys[0]
	}
	return ""
}

// lastClick tells double clicks.
type lastClick struct {
	x, y int
	at   time.Time
}

func (a *App) mouseMsg(msg tea.MouseMsg) tea.Cmd {
	if a.tooSmall() || len(a.dialogs) > 0 {
		if wheel, is := msg.(tea.MouseWheelMsg); is && len(a.dialogs) > 0 {
			return a.input(ui.Wheel{X: wheel.X, Y: wheel.Y, Lines: linesOf(wheel)})
		}
		return nil
	}
	switch msg := msg.(type) {
	case tea.MouseWheelMsg:
		return a.to(a.at, ui.Wheel{X: msg.X, Y: msg.Y - bodyTop, Lines: linesOf(msg)})
	case tea.MouseClickMsg:
		if msg.Button != tea.MouseLeft {
			return nil
		}
		a.failed = nil
		if msg.Y == tabsLine {
			if p, ok := a.tabAt(msg.X); ok {
				return a.show(p)
			}
			return nil
		}
		now := a.env.Now()
		double := a.click.x == msg.X && a.click.y == msg.Y && now.Sub(a.click.at) < 500*time.Millisecond
		a.click = lastClick{msg.X, msg.Y, now}
		if top := msg.Y - bodyTop; top >= 0 && top < a.bodyHeight() {
			return a.to(a.at, ui.Click{X: msg.X, Y: top, Double: double})
		}
	}
	return nil
}

func linesOf(msg tea.MouseWheelMsg) int {
	switch msg.Button {
	case tea.MouseWheelUp:
		return -3
	case tea.MouseWheelDown:
		return 3
	}
	return 0
}
