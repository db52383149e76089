package workflows

import (
	"strings"

	"askflow/internal/source"
	"askflow/internal/token"
	"askflow/internal/tui/text"
	"askflow/internal/tui/theme"
	"askflow/internal/tui/widget"
)

// doc is a document about a workflow.
type doc struct {
	*widget.Doc
	// spell writes a data token as the file does; nil leaves it as it stands.
	spell func(token.Ref) string
}

func newDoc(th *theme.Theme) *doc { return &doc{Doc: widget.NewDoc(th)} }

// label begins a line of a label with its value.
func (d *doc) label(name string, width int) {
	name = text.Safe(name)
	lead := "  " + name + strings.Repeat(" ", max(1, width-text.Width(name)+2))
	d.Hang(text.Width(lead))
	d.Put(d.Theme.Faint, lead)
}

// template appends a text with its data tokens coloured; lines after the first are indented.
func (d *doc) template(s string, indent string) {
	parsed, problems := token.Parse(s)
	at := 0
	for _, r := range parsed.Refs() {
		d.Lines(d.Theme.Text, s[at:r.Offset], indent)
		word := s[r.Offset:r.End]
		if d.spell != nil {
			word = d.spell(r)
		}
		d.Lines(d.Theme.Token, word, indent)
		at = r.End
	}
	rest := s[at:]
	if len(problems) > 0 && problems[0].Offset >= at { // what is no token although it looks like one
		p := problems[0]
		d.Lines(d.Theme.Text, s[at:p.Offset], indent)
		d.Lines(d.Theme.Bad, s[p.Offset:p.End], indent)
		rest = s[p.End:]
	}
	d.Lines(d.Theme.Text, rest, indent)
}

// problem appends a finding: its sign, place, message and hint.
func (d *doc) problem(p source.Problem, where string) {
	style := d.Theme.Warn
	if p.Severity == source.SeverityError {
		style = d.Theme.Bad
	}
	d.Hang(4)
	d.Put(style, "  "+sign(p.Severity)+" ")
	if where != "" {
		d.Put(d.Theme.Faint, where+"  ")
	}
	d.Line(style, p.Message)
	if p.Hint != "" {
		d.Line(d.Theme.Faint, "    "+p.Hint)
	}
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
