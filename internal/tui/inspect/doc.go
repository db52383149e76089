package inspect

import (
	"strings"

	"charm.land/lipgloss/v2"

	"askflow/internal/tui/text"
	"askflow/internal/tui/theme"
	"askflow/internal/tui/widget"
)

// doc is a document with what the tabs of a step have in common.
type doc struct{ *widget.Doc }

func newDoc(th *theme.Theme) *doc { return &doc{widget.NewDoc(th)} }

// labelWidth is how wide the labels of values are.
const labelWidth = 12

// label begins a line with a label: a short word of ours, or the name of a property.
func (d *doc) label(name string) {
	name = text.Safe(name)
	fill := max(1, labelWidth-text.Width(name))
	d.Put(d.Theme.Faint, "  "+name+strings.Repeat(" ", fill))
}

// field is a label with its value. The second and later lines of a value stand below the first.
func (d *doc) field(name, value string, style lipgloss.Style) {
	if value == "" {
		return
	}
	d.Hang(labelWidth + 2)
	d.label(name)
	d.indented(style, value, strings.Repeat(" ", labelWidth+2))
	d.Newline()
}

// indented appends a text whose second and later lines begin with an indent.
func (d *doc) indented(style lipgloss.Style, s, indent string) {
	d.Lines(style, strings.TrimRight(s, "\r\n"), indent)
}

// error appends what went wrong: what, where it is known by, what to do.
func (d *doc) error(code, message, hint string) {
	d.Put(d.Theme.Bad, "✗ "+code)
	d.Newline()
	if message != "" {
		d.Text("  ")
		d.indented(d.Theme.Text, message, "  ")
		d.Newline()
	}
	if hint != "" {
		d.Hang(4)
		d.Put(d.Theme.Accent, "  → ")
		d.indented(d.Theme.Text, upper(hint), "    ")
		d.Newline()
	}
}

// upper begins a sentence with a capital.
func upper(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}
