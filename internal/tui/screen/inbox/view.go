package inbox

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/report"
	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/tui/text"
	"askflow/internal/tui/widget"
)

// View draws the list, and what the selected item would look like to the person it is for.
func (s *Screen) View(width, height int) string {
	title := "Inbox"
	if s.kind > 0 {
		title = strings.ToUpper(kinds()[s.kind].name[:1]) + kinds()[s.kind].name[1:]
	}
	list := func(w, h int) string { return widget.Pane(s.env, title, s.list(w-2, h-2), w, h, s.split.Focus == 0) }
	detail := func(w, h int) string {
		s.draw(w-4, width)
		head := ""
		if it, ok := s.table.Selected(); ok {
			head = word(it.Effect.Type)
		}
		if at := s.detail.Position(); at != "" && at != "0%" { // where one is, not how far the task is
			head += " · " + at
		}
		return widget.Pane(s.env, head, indent(s.detail.View(s.env, w-4, h-2, s.split.Focus == 1)), w, h, s.split.Focus == 1)
	}
	return s.split.View(s.env, width, height, list, detail)
}

func indent(s string) string { return " " + strings.ReplaceAll(s, "\n", "\n ") }

func (s *Screen) list(w, h int) string {
	var lines []string
	if s.filter.Visible() {
		lines = append(lines, s.filter.View(s.env, w))
	}
	if s.err != nil {
		e := service.AsError(s.err)
		for _, l := range text.Wrap(e.Message+" "+e.Hint, max(1, w-2)) {
			lines = append(lines, s.env.Theme.Bad.Render(" "+l))
		}
	}
	s.table.Empty = s.nothing()
	return strings.Join(append(lines, s.table.View(s.env, w, h-len(lines), s.split.Focus == 0)), "\n")
}

// nothing says why the list is empty.
func (s *Screen) nothing() string {
	switch {
	case s.load.Busy() && s.searched > 0:
		return fmt.Sprintf("Looked through %s so far. Esc stops.", report.Count(s.searched, "records"))
	case s.narrowed():
		return "Nothing here is like that. X shows everything again."
	case s.err != nil:
		return ""
	}
	return "Nobody got anything yet. A workflow that notifies somebody, sends an email or creates a task fills the inbox: press 1 and run one with r."
}

func (s *Screen) cells(it run.EffectItem) []widget.Cell {
	th := s.env.Theme
	glyph, style := mark(it.Effect.Type), th.Info
	switch it.Effect.Type {
	case run.EffectTask:
		style = th.Good
	case run.EffectEmail:
		style = th.Token
	}
	return []widget.Cell{{Text: glyph, Style: style, Drawn: true}, {Text: s.people().forWhom(&it.Effect), Style: th.Text}, {Text: subject(&it.Effect), Style: th.Text},
		{Text: about(it.Record), Style: th.Faint}, {Text: it.Run, Style: th.Faint}}
}

// mark tells kinds apart without colour.
func mark(t run.EffectType) string {
	switch t {
	case run.EffectTask:
		return "☐ task"
	case run.EffectEmail:
		return "@ mail"
	}
	return "• note"
}

func word(t run.EffectType) string {
	switch t {
	case run.EffectTask:
		return "Task"
	case run.EffectEmail:
		return "Internal email"
	}
	return "Notification"
}

func about(r run.RecordRef) string {
	if r.Name != "" {
		return r.Name
	}
	return r.ObjectType + " " + r.ID
}

func subject(e *run.Effect) string {
	if e.Type == run.EffectTask {
		return e.Properties["hs_task_subject"]
	}
	if e.Subject != nil {
		return *e.Subject
	}
	return ""
}

func body(e *run.Effect) string {
	if e.Type == run.EffectTask {
		return plainText(e.Properties["hs_task_body"])
	}
	if e.Body != nil {
		return plainText(*e.Body)
	}
	return ""
}

// draw draws the selected item as its reader would see it. What was drawn stays until something about it changes.
func (s *Screen) draw(w, whole int) {
	it, ok := s.table.Selected()
	now := shownItem{width: whole, theme: s.env.Theme.Name}
	if ok {
		now.key = fmt.Sprintf("%s %d", keyOf(it), w)
	}
	if now == s.shown {
		return
	}
	s.shown = now
	if !ok {
		s.detail.SetDrawn(nil)
		return
	}
	th := s.env.Theme
	lines := []string{""}
	for _, l := range text.Wrap(subject(&it.Effect), w) {
		lines = append(lines, th.Heading.Render(l))
	}
	lines = append(lines, "")
	lines = append(lines, widget.Fields(s.env, s.fields(&it), w)...)
	if b := body(&it.Effect); b != "" {
		const most = 64 << 10 // what a person reads; the rest is in the step
		rest := ""
		if len(b) > most {
			b, rest = strings.ToValidUTF8(b[:most], ""), fmt.Sprintf("… and %s more: o shows all of it", report.Count(int64(len(b)-most), "bytes"))
		}
		lines = append(lines, "")
		lines = append(lines, text.Wrap(b, w)...)
		if rest != "" {
			lines = append(lines, th.Faint.Render(rest))
		}
	}
	s.detail.SetDrawn(lines)
}

func (s *Screen) fields(it *run.EffectItem) []widget.Field {
	e := &it.Effect
	out := []widget.Field{{Label: "For", Value: s.people().forWhom(e)}}
	if e.Type == run.EffectTask {
		for _, f := range [][2]string{{"Type", "hs_task_type"}, {"Priority", "hs_task_priority"}, {"Status", "hs_task_status"}} {
			if v := e.Properties[f[1]]; v != "" {
				out = append(out, widget.Field{Label: f[0], Value: v})
			}
		}
		if due := e.Properties["hs_timestamp"]; due != "" {
			out = append(out, widget.Field{Label: "Due", Value: s.due(due)})
		}
	}
	record := it.Record.ObjectType + " " + it.Record.ID
	if it.Record.Name != "" {
		record = it.Record.Name + " (" + record + ")"
	}
	out = append(out, widget.Field{Label: "About", Value: record})
	for _, a := range e.Associations {
		if a.ObjectType != it.Record.ObjectType || a.RecordID != it.Record.ID {
			out = append(out, widget.Field{Label: "Associated", Value: a.ObjectType + " " + a.RecordID})
		}
	}
	return append(out, widget.Field{Label: "Made by", Value: fmt.Sprintf("%s of %s, run %s", s.step(it), it.Workflow.Name, it.Run)})
}

// due writes a task's time in the portal's time zone.
func (s *Screen) due(at string) string {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return at
	}
	return t.In(s.env.Portal.Zone()).Format("Mon 2006-01-02 15:04 MST")
}

// plain gives the text of what is selected to then. Making it takes as long as the text is, so that happens outside of Update.
func (s *Screen) plain(then func(text string) tea.Msg) tea.Cmd {
	it, ok := s.table.Selected()
	if !ok {
		return nil
	}
	effect := it.Effect
	return func() tea.Msg { return then(strings.TrimSpace(subject(&effect) + "\n\n" + body(&effect))) }
}

var (
	htmlBreak = regexp.MustCompile(`(?i)<(br|/p|/div|/li|/tr|/h[1-6])\s*/?>`)
	htmlItem  = regexp.MustCompile(`(?i)<li[^>]*>`)
	htmlTag   = regexp.MustCompile(`(?i)</?(p|div|span|b|i|u|em|strong|a|ul|ol|li|br|h[1-6]|table|tbody|thead|tr|td|th|html|body|head|style|blockquote|code|pre)(\s[^<>]*)?/?>`)
)

// plainText makes HTML readable, as an email client would; what is no HTML stays as it is.
func plainText(s string) string {
	if !htmlTag.MatchString(s) {
		return s
	}
	s = htmlBreak.ReplaceAllString(s, "\n")
	s = htmlItem.ReplaceAllString(s, "• ")
	return strings.TrimSpace(html.UnescapeString(htmlTag.ReplaceAllString(s, "")))
}

// matcher tells whether an item has every word of the filter, whatever the case; kind:, for:, run: and about: look at one thing.
func (s *Screen) matcher() func(*run.EffectItem) bool {
	words := strings.Fields(strings.ToLower(s.filter.Active()))
	if len(words) == 0 {
		return func(*run.EffectItem) bool { return true }
	}
	who := s.people() // as they are now: this runs beside the screen
	return func(it *run.EffectItem) bool {
		parts := map[string]string{"kind": word(it.Effect.Type), "for": who.forWhom(&it.Effect), "run": it.Run, "about": about(it.Record) + " " + it.Record.ID, "workflow": it.Workflow.Name,
			"subject": subject(&it.Effect), "body": body(&it.Effect)}
		for k, v := range parts {
			parts[k] = strings.ToLower(v)
		}
		return !slices.ContainsFunc(words, func(w string) bool { return !hasWord(parts, w) })
	}
}

func hasWord(parts map[string]string, w string) bool {
	if field, value, named := strings.Cut(w, ":"); named {
		if part, known := parts[field]; known {
			return strings.Contains(part, value)
		}
	}
	for _, part := range parts {
		if strings.Contains(part, w) {
			return true
		}
	}
	return false
}
