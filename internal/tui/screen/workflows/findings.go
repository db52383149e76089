package workflows

import (
	"fmt"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/service"
	"askflow/internal/source"
	"askflow/internal/tui/text"
	"askflow/internal/tui/theme"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// findings is the pane of problems: of one workflow, or of the whole portal.
type findings struct {
	s *Screen
	// file is the workflow's; "" for the portal, where places name the file, too.
	file  string
	table widget.Table[finding]
}

// finding is a problem with its place in the list.
type finding struct {
	n int
	p source.Problem
}

func newFindings(s *Screen, file string, found source.Problems) *findings {
	f := &findings{s: s, file: file}
	width := 7
	if file == "" {
		width = 24
	}
	f.table = widget.Table[finding]{
		Columns: []widget.Column{{Title: "", Width: 1}, {Title: "Where", Width: width, Drop: 1}, {Title: "What is wrong", Width: 20, Grow: 1}},
		Cells:   f.cells,
		Key:     func(x finding) string { return strconv.Itoa(x.n) },
	}
	f.set(found)
	return f
}

// set replaces the problems; errors come first.
func (f *findings) set(found source.Problems) {
	list := make([]finding, 0, len(found))
	for _, level := range []int{3, 2, 1, 0} {
		for _, p := range found {
			if rank(p.Severity) == level {
				list = append(list, finding{len(list), p})
			}
		}
	}
	f.table.Empty = "Checking found nothing wrong."
	if f.file != "" {
		f.table.Empty += " " + f.s.key("workflows.run") + " runs the workflow."
	}
	f.table.Set(list, false, false)
}

func (f *findings) cells(x finding) []widget.Cell {
	th := f.s.env.Theme
	style := th.Text
	switch x.p.Severity {
	case source.SeverityError:
		style = th.Bad
	case source.SeverityWarning:
		style = th.Warn
	}
	where := widget.Cell{Text: place(x.p), Style: th.Faint}
	if f.file == "" {
		where.Text = strings.TrimSuffix(path.Base(x.p.File)+":"+place(x.p), ":")
	}
	return []widget.Cell{{Text: sign(x.p.Severity), Style: style}, where, {Text: x.p.Message, Style: style}}
}

// view draws the list, and below it the whole of the problem under the cursor.
func (f *findings) view(w, h int, focused bool) string {
	env := f.s.env
	x, ok := f.table.Selected()
	if !ok {
		return f.table.View(env, w, h, focused)
	}
	lines := []string{env.Theme.Border.Render(strings.Repeat("─", w)), " " + env.Theme.Faint.Render(text.Clip(x.p.Where(), w-2))}
	const most = 4
	for i, l := range text.Wrap(clipBytes(x.p.Message, 8*w), max(1, w-2)) {
		if i < most {
			lines = append(lines, " "+env.Theme.Text.Render(l))
		}
	}
	if x.p.Hint != "" {
		for i, l := range text.Wrap("→ "+clipBytes(x.p.Hint, 8*w), max(1, w-2)) {
			if i < most {
				lines = append(lines, " "+env.Theme.Info.Render(l))
			}
		}
	}
	if rows := h - len(lines); rows >= 3 {
		return text.Block(f.table.View(env, w, rows, focused), w, rows) + "\n" + strings.Join(lines, "\n")
	}
	return f.table.View(env, w, h, focused)
}

// clipBytes bounds how much of a message is wrapped.
func clipBytes(s string, most int) string {
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

// place is line:column, as much of it as is known.
func place(p source.Problem) string {
	switch {
	case p.Line <= 0:
		return ""
	case p.Col <= 0:
		return strconv.Itoa(p.Line)
	}
	return fmt.Sprintf("%d:%d", p.Line, p.Col)
}

// title says how many there are of each kind.
func (f *findings) title() string {
	errs, warns := 0, 0
	for _, x := range f.table.Items() {
		switch x.p.Severity {
		case source.SeverityError:
			errs++
		case source.SeverityWarning:
			warns++
		}
	}
	name := "Problems of the portal"
	if f.file != "" {
		name = "Problems of " + path.Base(f.file)
	}
	if errs > 0 {
		name += fmt.Sprintf(" · ✗ %d", errs)
	}
	if warns > 0 {
		name += fmt.Sprintf(" · ! %d", warns)
	}
	return name
}

// openFindings shows the problems of the workflow that is open, or of the portal.
func (s *Screen) openFindings() tea.Cmd {
	file, found := "", s.env.Portal.Problems
	if s.inside {
		if s.opened.data == nil {
			return nil
		}
		file, found = s.opened.file, s.opened.data.wf.Problems
	}
	s.findings, s.focus, s.plan = newFindings(s, file, found), paneFindings, nil
	return nil
}

// fix opens the editor at the problem under the cursor.
func (s *Screen) fix() tea.Cmd {
	x, ok := s.findings.table.Selected()
	if !ok {
		return nil
	}
	file := x.p.File
	if file == "" {
		file = "portal.yaml"
		if s.findings.file != "" {
			file = s.findings.file
		}
	}
	return s.editAt(file, s.pathOf(file), x.p.Line, x.p.Col)
}

// pathOf is the absolute path of a file of the portal.
func (s *Screen) pathOf(file string) string {
	if d := s.opened.data; d != nil && d.wf.Item.File == file {
		return d.wf.Path
	}
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(s.env.Portal.Dir, filepath.FromSlash(file))
}

// unreadable says why a file cannot be read as a workflow, with the text around each place.
func unreadable(th *theme.Theme, wf *service.Workflow) *doc {
	const most, around = 10, 2
	d := newDoc(th)
	d.Line(th.Heading, "This file cannot be read as a workflow")
	lines := strings.Split(string(wf.Text), "\n")
	if len(wf.Problems) == 0 {
		d.Line(th.Bad, "  ✗ nobody says why: it is perhaps empty")
	}
	for i, p := range wf.Problems {
		if i == most {
			d.Newline()
			d.Line(th.Faint, fmt.Sprintf("and %d more", len(wf.Problems)-most))
			break
		}
		d.Newline()
		d.problem(p, p.Where())
		if p.Line <= 0 {
			continue
		}
		for n := max(1, p.Line-around); n <= min(p.Line+around, len(lines)); n++ {
			style, lead := th.Faint, "   "
			if n == p.Line {
				style, lead = th.Text, " ▸ "
			}
			d.Put(th.Faint, fmt.Sprintf("%s%5d  ", lead, n))
			d.Line(style, clipBytes(strings.TrimSuffix(lines[n-1], "\r"), 400))
		}
	}
	return d
}

// editedMsg tells that the editor gave a file back.
type editedMsg struct {
	file string
	err  error
}

// editAt opens a file of the portal in the editor.
func (s *Screen) editAt(file, path string, line, column int) tea.Cmd {
	return ui.Send(ui.EditMsg{Path: path, Line: line, Column: column, Done: func(err error) tea.Msg { return editedMsg{file, err} }})
}

// edited reads a file again after the editor had it, and says what is wrong with it now.
func (s *Screen) edited(msg editedMsg) tea.Cmd {
	reload := s.reload()
	if msg.file != s.opened.file {
		return reload
	}
	s.opened.check = msg.err == nil && s.tests == nil // who looks at tests goes on with them
	return tea.Batch(reload, s.opened.load())
}

// checked shows the problems of a workflow that was just edited, or says that there are none.
func (s *Screen) checked() tea.Cmd {
	wf := s.opened.data.wf
	serious := 0
	for _, p := range wf.Problems {
		if rank(p.Severity) > 1 {
			serious++
		}
	}
	if serious > 0 {
		s.inside = true
		return s.openFindings()
	}
	if s.findings != nil {
		s.findings, s.focus = nil, paneGraph
	}
	return ui.Note(fmt.Sprintf("%s has no problems. %s runs it.", path.Base(wf.Item.File), s.key("workflows.run")))
}
