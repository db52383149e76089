package app

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/tui/dialog"
	"askflow/internal/tui/keymap"
	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
)

// openHelp shows every key that works here.
func (a *App) openHelp() tea.Cmd {
	th := a.env.Theme
	var lines []string
	room := max(20, dialogWidth(a.width)-4-20)
	section := func(title string, list []ui.Binding) {
		if len(list) == 0 {
			return
		}
		lines = append(lines, th.Heading.Render(title))
		for _, b := range list {
			spec := a.env.Keys.Get(b.ID)
			if len(spec.Keys) == 0 {
				continue
			}
			lead, key, said := "  "+text.Fit(labels(spec.Keys), 16)+" ", th.Key, th.Text
			if b.Disabled != "" {
				key, said = th.Faint, th.Faint
			}
			for _, l := range append(text.Wrap(spec.Help, room), text.Wrap(b.Disabled, room)...) {
				if l != "" {
					lines = append(lines, key.Render(lead)+said.Render(l))
					lead = strings.Repeat(" ", 19)
				}
			}
		}
		lines = append(lines, "")
	}
	section(a.at.String(), a.screens[a.at].Bindings())
	var moving []ui.Binding
	for _, s := range a.env.Keys.All() {
		if keymap.Place(s.ID) == "nav" {
			moving = append(moving, ui.Binding{ID: s.ID})
		}
	}
	section("Moving", moving)
	section("Everywhere", a.bindings())
	for _, l := range text.Wrap("Shift and drag selects text while the mouse is ours. Keys can be changed: docs/keys.md says how.", room+18) {
		lines = append(lines, th.Faint.Render(l))
	}
	a.open(a.at, dialog.Show(a.env, dialog.ShowOptions{Title: "Keys", Drawn: lines}))
	return nil
}

func labels(keys []string) string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = text.Safe(keymap.Label(k))
	}
	return strings.Join(out, " ")
}

// openPalette offers every action: those of this place, those of the others, those that work everywhere.
func (a *App) openPalette() tea.Cmd {
	var items []dialog.Choice
	does := map[string]tea.Cmd{}
	add := func(b ui.Binding, where string) {
		spec := a.env.Keys.Get(b.ID)
		if spec.Help == "" || b.ID == "app.palette" || does[b.ID] != nil {
			return
		}
		key := ""
		if len(spec.Keys) > 0 {
			key = text.Safe(keymap.Label(spec.Keys[0]))
		}
		title := text.Fit(key, 6) + " " + where + ": " + spec.Help
		items = append(items, dialog.Choice{ID: b.ID, Title: title, Disabled: b.Disabled})
		does[b.ID] = func() tea.Msg { return palettePick{b.ID} }
	}
	for _, b := range a.screens[a.at].Bindings() {
		add(b, a.at.String())
	}
	for _, b := range a.bindings() {
		add(b, "Everywhere")
	}
	for _, s := range a.env.Keys.All() {
		if p, ok := placeOf(s.ID); ok && p != a.at {
			add(ui.Binding{ID: s.ID}, p.String())
		}
	}
	a.open(a.at, dialog.Choose(a.env, dialog.ChooseOptions{Title: "Actions", Items: items, Do: func(c dialog.Choice) tea.Cmd { return does[c.ID] }}))
	return nil
}

// palettePick is an action that was chosen by its name.
type palettePick struct{ id string }

// placeOf is the place whose actions have this id.
func placeOf(id string) (ui.Place, bool) {
	for p := range ui.Places {
		if keymap.Place(id) == strings.ToLower(p.String()) {
			return p, true
		}
	}
	return 0, false
}

// pick does an action by its name. One of another place is done there, if it can be done there now.
func (a *App) pick(id string) tea.Cmd {
	var cmd tea.Cmd
	list := a.bindings()
	if p, is := placeOf(id); is {
		if p != a.at {
			cmd = a.show(p)
		}
		list = a.screens[p].Bindings()
	} else if keymap.Place(id) != keymap.Everywhere {
		list = a.screens[a.at].Bindings()
	}
	for _, b := range list {
		switch {
		case b.ID != id:
		case b.Disabled != "":
			return tea.Batch(cmd, a.say(b.Disabled))
		case b.Do != nil && keymap.Place(id) == keymap.Everywhere:
			return b.Do()
		case b.Do != nil:
			return tea.Batch(cmd, a.tag(a.at, nil, b.Do()))
		}
	}
	return tea.Batch(cmd, a.say(fmt.Sprintf("%s: nothing is chosen here that this could be done with.", a.env.Keys.Get(id).Help)))
}

// openCommand shows the command line that does the same.
func (a *App) openCommand() tea.Cmd {
	command := "emulator " + a.screens[a.at].Command()
	if more := a.env.Portal.Command; more != "" {
		command += " " + more
	}
	a.open(a.at, dialog.Confirm(a.env, dialog.ConfirmOptions{Title: "The same on the command line", Text: command,
		Details: []string{"With --output json it prints JSON."}, Yes: "copy it", Do: func() tea.Cmd { return ui.Copy(command, "the command") }}))
	return nil
}
