package workflows

import (
	tea "charm.land/bubbletea/v2"

	"askflow/internal/tui/ui"
)

// press takes a key that no binding took.
func (v *tested) press(msg tea.KeyPressMsg) tea.Cmd {
	if v.findings != nil {
		cmd, _ := v.findings.table.Press(v.s.env, msg)
		return cmd
	}
	if v.result == nil {
		return nil
	}
	v.split.Focus = 0
	if v.inside {
		v.split.Focus = 1
	}
	if _, taken := v.split.Press(v.s.env, msg); taken {
		return nil
	}
	if !v.inside {
		cmd, taken := v.table.Press(v.s.env, msg)
		v.inside = !taken && v.s.env.Keys.Is("nav.right", msg.String()) && v.table.Len() > 0
		return tea.Batch(cmd, v.follow())
	}
	if v.about.shown == nil {
		return nil
	}
	cmd, taken := v.about.shown.sheet.Press(v.s.env, msg)
	if !taken && v.s.env.Keys.Is("nav.left", msg.String()) {
		v.inside = false
	}
	return cmd
}

// click puts the cursor where it was clicked; a second click opens that.
func (v *tested) click(msg ui.Click) tea.Cmd {
	left, right := v.areas()
	y := msg.Y - v.headHeight()
	switch {
	case v.result == nil:
	case left.Contains(msg.X, y):
		v.inside = false
		if !v.table.Click(y - left.Y - 1) {
			return nil
		}
		if msg.Double {
			return v.open()
		}
		return v.follow()
	case right.Contains(msg.X, y):
		v.inside = true
	}
	return nil
}

// wheel scrolls what is under the pointer.
func (v *tested) wheel(msg ui.Wheel) tea.Cmd {
	left, right := v.areas()
	y := msg.Y - v.headHeight()
	switch {
	case v.findings != nil:
		return v.findings.table.Wheel(msg.Lines)
	case v.result == nil:
	case left.Contains(msg.X, y):
		return tea.Batch(v.table.Wheel(msg.Lines), v.follow())
	case right.Contains(msg.X, y) && v.about.shown != nil:
		v.about.shown.sheet.Wheel(msg.Lines)
	}
	return nil
}

// crumbs say where in the tests we are.
func (v *tested) crumbs() []string {
	out := []string{v.name, "tests"}
	if r, ok := v.table.Selected(); ok && v.inside && v.result != nil {
		out = append(out, r.title)
	}
	return out
}

// command is the command line that shows the same.
func (v *tested) command() string {
	r, ok := v.table.Selected()
	if !ok || !v.inside || v.result == nil || r.test == nil {
		return "test " + word(v.fileName)
	}
	command := "test " + word(r.test.Name)
	if r.one != nil {
		command += " --filter " + word(r.one.Record.ID) + " --verbose"
	}
	return command
}
