package workflows

import (
	"strings"

	"charm.land/lipgloss/v2"

	"askflow/internal/source"
	"askflow/internal/token"
	"askflow/internal/tui/theme"
	"askflow/internal/tui/widget"
)

// doc is a text with styled parts, made outside of Update and shown by a widget.Text, which wraps it and makes it harmless.
type doc struct {
	th    *theme.Theme
	b     strings.Builder
	spans []widget.Span
	// spell writes a data token as the file does; nil leaves it as it stands.
	spell func(token.Ref) string
}

func newDoc(th *theme.Theme) *doc { return &doc{th: th} }

// put appends a text in a style.
func (d *doc) put(style lipgloss.Style, s string) {
	start := d.b.Len()
	d.b.WriteString(s)
	if s != "" {
		d.spans = append(d.spans, widget.Span{Start: start, End: d.b.Len(), Style: style})
	}
}

// text appends a text in the usual style.
func (d *doc) text(s string) { d.b.WriteString(s) }

func (d *doc) newline() { d.b.WriteByte('\n') }

// line appends a whole line.
func (d *doc) line(style lipgloss.Style, s string) {
	d.put(style, s)
	d.newline()
}

// head begins a section; a blank line stands before each but the first.
func (d *doc) head(title string) {
	if d.b.Len() > 0 {
		d.newline()
	}
	d.line(d.th.Heading, title)
}

// label begins a line of a label with its value.
func (d *doc) label(name string, width int) {
	d.put(d.th.Faint, "  "+name+strings.Repeat(" ", max(1, width-len([]rune(name))+2)))
}

// template appends a text with its data tokens coloured; lines after the first are indented.
func (d *doc) template(s string, indent string) {
	parsed, problems := token.Parse(s)
	at := 0
	for _, r := range parsed.Refs() {
		d.indented(d.th.Text, s[at:r.Offset], indent)
		word := s[r.Offset:r.End]
		if d.spell != nil {
			word = d.spell(r)
		}
		d.indented(d.th.Token, word, indent)
		at = r.End
	}
	rest := s[at:]
	if len(problems) > 0 && problems[0].Offset >= at { // what is no token although it looks like one
		p := problems[0]
		d.indented(d.th.Text, s[at:p.Offset], indent)
		d.indented(d.th.Bad, s[p.Offset:p.End], indent)
		rest = s[p.End:]
	}
	d.indented(d.th.Text, rest, indent)
}

func (d *doc) indented(style lipgloss.Style, s, indent string) {
	d.put(style, strings.ReplaceAll(s, "\n", "\n"+indent))
}

// problem appends a finding: its sign, place, message and hint.
func (d *doc) problem(p source.Problem, where string) {
	style := d.th.Warn
	if p.Severity == source.SeverityError {
		style = d.th.Bad
	}
	d.put(style, "  "+sign(p.Severity)+" ")
	if where != "" {
		d.put(d.th.Faint, where+"  ")
	}
	d.line(style, p.Message)
	if p.Hint != "" {
		d.line(d.th.Faint, "    "+p.Hint)
	}
}

// done makes a text of the document, which is then finished. It takes as long as there are spans, so it belongs outside of Update.
func (d *doc) done() *widget.Text {
	t := widget.NewText()
	t.SetText(strings.TrimRight(d.b.String(), "\n"))
	t.SetSpans(d.spans)
	return t
}

// sign is the letter that stands for a severity where there are no colours.
func sign(s source.Severity) string {
	switch s {
	case source.SeverityError:
		return "✗"
	case source.SeverityWarning:
		return "!"
	}
	return "·"
}
