package dialog

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/rewrite"
	"askflow/internal/source"
	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

type show struct {
	env  *ui.Env
	o    ShowOptions
	body *widget.Text
}

// Show shows a text, or lines that are drawn already; both scroll.
func Show(env *ui.Env, o ShowOptions) ui.Dialog {
	s := &show{env: env, o: o, body: widget.NewText()}
	if o.Drawn != nil {
		s.body.SetDrawn(o.Drawn)
	} else {
		s.body.SetText(o.Text)
	}
	return s
}

func (s *show) Title() string { return s.o.Title }
func (s *show) Typing() bool  { return false }

func (s *show) Bindings() []ui.Binding {
	return []ui.Binding{{ID: "dialog.accept", Do: func() tea.Cmd { return ui.Close(nil) }}, cancel()}
}

func (s *show) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case ui.Wheel:
		s.body.Wheel(msg.Lines)
	case tea.KeyPressMsg:
		if cmd, taken := s.body.Press(s.env, msg); taken {
			return cmd
		}
		return pressBound(s.env, s.Bindings(), msg.String())
	}
	return nil
}

func (s *show) View(width, height int) string { return scrolled(s.env, s.body, width, height) }

// scrolled draws a text, with its position below when it does not have room.
func scrolled(env *ui.Env, body *widget.Text, width, height int) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	if height < 3 {
		return body.View(env, width, height, true)
	}
	out := body.View(env, width, height-1, true)
	if body.Position() == "" {
		return out
	}
	return out + "\n" + env.Theme.Faint.Render(text.ClipFitRight(body.Position(), width))
}

type diff struct {
	env   *ui.Env
	o     DiffOptions
	body  *widget.Text
	width int
}

// Diff shows a change to a file, and what checking the result finds, before the change is made.
func Diff(env *ui.Env, o DiffOptions) ui.Dialog {
	if o.Yes == "" {
		o.Yes = "Write the file"
	}
	return &diff{env: env, o: o, body: widget.NewText()}
}

func (d *diff) Title() string { return d.o.Title }
func (d *diff) Typing() bool  { return false }

func (d *diff) Bindings() []ui.Binding {
	return []ui.Binding{ui.When("dialog.accept", d.disabled(), func() tea.Cmd { return closing(d.o.Do) }), cancel()}
}

// changed tells whether there is any difference.
func (d *diff) changed() bool {
	if d.o.Proposal == nil {
		return false
	}
	for _, l := range d.o.Proposal.Lines {
		if l.Kind != rewrite.Equal {
			return true
		}
	}
	return string(d.o.Proposal.Base) != string(d.o.Proposal.Text)
}

func (d *diff) disabled() string {
	if !d.changed() {
		return "Nothing would change."
	}
	return ""
}

func (d *diff) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case ui.Wheel:
		d.body.Wheel(msg.Lines)
	case ui.Themed:
		d.width = 0
	case tea.KeyPressMsg:
		if cmd, taken := d.body.Press(d.env, msg); taken {
			return cmd
		}
		return pressBound(d.env, d.Bindings(), msg.String())
	}
	return nil
}

func (d *diff) View(width, height int) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	if width != d.width {
		d.width = width
		d.body.SetDrawn(d.lines(width))
	}
	th := d.env.Theme
	if height < 4 {
		return scrolled(d.env, d.body, width, height)
	}
	yes := th.Accent.Bold(true).Render("▸[" + text.Clip(d.o.Yes, max(0, width-3)) + "]")
	if !d.changed() {
		yes = th.Faint.Render(text.Clip(d.disabled(), width))
	}
	return scrolled(d.env, d.body, width, height-2) + "\n\n" + text.Cut(yes, width)
}

func (d *diff) lines(width int) []string {
	p, th := d.o.Proposal, d.env.Theme
	if p == nil {
		return []string{th.Faint.Render("There is no change.")}
	}
	what := p.File
	if p.Base == nil {
		what += " (new)"
	}
	out := []string{th.Heading.Render(text.Clip(what, width)), ""}
	lastOld, lastNew := 0, 0
	for i, l := range p.Lines {
		if i > 0 && (l.Old > lastOld+1 || l.New > lastNew+1) {
			out = append(out, th.Faint.Render("⋯"))
		}
		lastOld, lastNew = max(lastOld, l.Old), max(lastNew, l.New)
		out = append(out, d.rows(l, width)...)
	}
	if !d.changed() {
		out = append(out, th.Faint.Render(d.disabled()))
	}
	return append(out, problems(d.env, p.Problems, width)...)
}

// rows draws a line of the file. One that changes goes on below its own beginning where it is wider than there is room; others are cut.
func (d *diff) rows(l rewrite.DiffLine, width int) []string {
	th, number := d.env.Theme, l.New
	style := th.Faint
	switch l.Kind {
	case rewrite.Delete:
		style, number = th.Removed, l.Old
	case rewrite.Insert:
		style = th.Added
	}
	lead := fmt.Sprintf("%4d %s ", number, l.Kind)
	if width < 30 {
		lead = l.Kind.String() + " "
	}
	room := max(1, width-len(lead))
	parts := []string{text.Clip(l.Text, room)}
	if l.Kind != rewrite.Equal {
		parts = text.Wrap(l.Text, room)
	}
	out := make([]string, 0, len(parts))
	for _, part := range parts {
		out = append(out, text.Cut(th.Faint.Render(lead)+style.Render(part), width))
		lead = strings.Repeat(" ", len(lead))
	}
	return out
}

// problems lists what was found, errors first.
func problems(env *ui.Env, found source.Problems, width int) []string {
	th := env.Theme
	if len(found) == 0 {
		return []string{"", th.Good.Render(text.Clip("✓ The result has no problems.", width))}
	}
	out := []string{""}
	for _, kind := range []source.Severity{source.SeverityError, source.SeverityWarning, source.SeverityNote} {
		style, sign := th.Bad, "✗"
		switch kind {
		case source.SeverityWarning:
			style, sign = th.Warn, "!"
		case source.SeverityNote:
			style, sign = th.Info, "·"
		}
		for _, p := range found {
			if p.Severity != kind && (kind != source.SeverityNote || p.Severity == source.SeverityError || p.Severity == source.SeverityWarning) {
				continue
			}
			for i, row := range text.Wrap(p.Error(), max(1, width-2)) {
				lead := "  "
				if i == 0 {
					lead = sign + " "
				}
				out = append(out, text.Cut(style.Render(lead+row), width))
			}
		}
	}
	return out
}
