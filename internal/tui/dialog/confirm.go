package dialog

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
)

// closing closes a dialog and then does what it was opened for.
func closing(do func() tea.Cmd) tea.Cmd {
	if do == nil {
		return ui.Close(nil)
	}
	return ui.Close(do())
}

// paragraphs wraps a text of the program's own or of data.
func paragraphs(s string, width int) []string {
	if s == "" {
		return nil
	}
	return text.Wrap(s, max(1, width))
}

// window cuts lines to a height so that one of them is seen. Where lines are left out, the edge says so.
func window(env *ui.Env, lines []string, first, last, width, height int) []string {
	if len(lines) <= height {
		return lines
	}
	top := max(0, min(last+2-height, len(lines)-height))
	top = max(0, min(top, first))
	out := append([]string(nil), lines[top:top+height]...)
	if height < 3 {
		return out
	}
	if top > 0 && first > top {
		out[0] = env.Theme.Faint.Render(text.Clip("↑ more", width))
	}
	if top+height < len(lines) && last < top+height-1 {
		out[height-1] = env.Theme.Faint.Render(text.Clip("↓ more", width))
	}
	return out
}

type confirm struct {
	env *ui.Env
	o   ConfirmOptions
	no  bool // the answer is Cancel
	top int
	all int // lines of the last View that did not all have room
}

// Confirm asks before something is done.
func Confirm(env *ui.Env, o ConfirmOptions) ui.Dialog {
	if o.Yes == "" {
		o.Yes = "Yes"
	}
	return &confirm{env: env, o: o, no: o.Danger}
}

func (c *confirm) Title() string { return c.o.Title }
func (c *confirm) Typing() bool  { return false }

func (c *confirm) Bindings() []ui.Binding {
	return []ui.Binding{ui.On("dialog.accept", c.act), ui.On("dialog.flip", c.flip), cancel()}
}

func cancel() ui.Binding {
	return ui.On("dialog.cancel", func() tea.Cmd { return ui.Close(nil) })
}

func (c *confirm) flip() tea.Cmd {
	c.no = !c.no
	return nil
}

func (c *confirm) act() tea.Cmd {
	if c.no {
		return ui.Close(nil)
	}
	return closing(c.o.Do)
}

func (c *confirm) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case ui.Wheel:
		c.top = max(0, min(c.top+msg.Lines, c.all))
	case tea.KeyPressMsg:
		key, is := msg.String(), c.env.Keys.Is
		switch {
		case is("dialog.up", key):
			c.top = max(0, c.top-1)
		case is("dialog.down", key):
			c.top = min(c.top+1, c.all)
		default:
			return pressBound(c.env, c.Bindings(), key)
		}
	}
	return nil
}

// pressBound does what a key is bound to, for frames that do not.
func pressBound(env *ui.Env, list []ui.Binding, key string) tea.Cmd {
	for _, b := range list {
		if !env.Keys.Is(b.ID, key) {
			continue
		}
		if b.Disabled != "" {
			return ui.Note(b.Disabled)
		}
		if b.Do != nil {
			return b.Do()
		}
	}
	return nil
}

func (c *confirm) View(width, height int) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	th := c.env.Theme
	var lines []string
	for _, l := range paragraphs(c.o.Text, width) {
		lines = append(lines, th.Text.Render(l))
	}
	if len(c.o.Details) > 0 {
		lines = append(lines, "")
	}
	for _, d := range c.o.Details {
		for i, l := range text.Wrap(d, max(1, width-2)) {
			lead := "  "
			if i == 0 {
				lead = "• "
			}
			lines = append(lines, text.Cut(th.Faint.Render(lead)+th.Text.Render(l), width))
		}
	}
	room := max(0, height-2)
	c.all = max(0, len(lines)-room)
	c.top = min(c.top, c.all)
	lines = append(lines[c.top:min(len(lines), c.top+room)], "", c.buttons(width))
	return strings.Join(lines[max(0, len(lines)-height):], "\n")
}

func (c *confirm) buttons(width int) string {
	th := c.env.Theme
	yes := th.Accent
	if c.o.Danger {
		yes = th.Bad
	}
	button := func(label string, here bool) string {
		label = text.Clip(label, 40)
		if here {
			return "▸[" + label + "]"
		}
		return "  " + label + " "
	}
	return text.Cut(yes.Bold(!c.no).Render(button(c.o.Yes, !c.no))+"  "+th.Text.Bold(c.no).Render(button("Cancel", c.no)), width)
}
