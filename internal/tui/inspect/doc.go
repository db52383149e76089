package inspect

import (
	"strings"

	"charm.land/lipgloss/v2"

	"askflow/internal/tui/text"
	"askflow/internal/tui/theme"
	"askflow/internal/tui/widget"
)

// doc is a text with styled parts. It is data all through: a widget.Text wraps it and makes it harmless.
type doc struct {
	th    *theme.Theme
	b     strings.Builder
	spans []widget.Span
	// hangs say where a line that has to be wrapped goes on: the indent of its further rows, from a byte on to the line's end.
	hangs []hang
}

type hang struct{ at, indent int }

// mostSpans bounds how many parts have a style of their own; what comes behind them is drawn plainly.
const mostSpans = 20_000

func newDoc(th *theme.Theme) *doc { return &doc{th: th} }

// put appends a text in a style.
func (d *doc) put(style lipgloss.Style, s string) {
	start := d.b.Len()
	d.b.WriteString(s)
	if s != "" && len(d.spans) < mostSpans {
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

// labelWidth is how wide the labels of values are.
const labelWidth = 12

// label begins a line with a label: a short word of ours, or the name of a property.
func (d *doc) label(name string) {
	name = text.Safe(name)
	fill := max(1, labelWidth-text.Width(name))
	d.put(d.th.Faint, "  "+name+strings.Repeat(" ", fill))
}

// field is a label with its value. The second and later lines of a value stand below the first.
func (d *doc) field(name, value string, style lipgloss.Style) {
	if value == "" {
		return
	}
	d.hang(labelWidth + 2)
	d.label(name)
	d.indented(style, value, strings.Repeat(" ", labelWidth+2))
	d.newline()
}

// hang says how far the line that begins here goes on indented where it is wrapped. Other lines go on below their beginning.
func (d *doc) hang(indent int) { d.hangs = append(d.hangs, hang{d.b.Len(), indent}) }

// indented appends a text whose second and later lines begin with an indent.
func (d *doc) indented(style lipgloss.Style, s, indent string) {
	d.lines(style, strings.TrimRight(s, "\r\n"), indent)
}

// lines is indented for a text that something follows: its own line breaks at the end stay.
func (d *doc) lines(style lipgloss.Style, s, indent string) {
	for line := range strings.SplitAfterSeq(s, "\n") {
		d.put(style, line)
		if strings.HasSuffix(line, "\n") {
			d.text(indent)
		}
	}
}

// error appends what went wrong: what, where it is known by, what to do.
func (d *doc) error(code, message, hint string) {
	d.put(d.th.Bad, "✗ "+code)
	d.newline()
	if message != "" {
		d.text("  ")
		d.indented(d.th.Text, message, "  ")
		d.newline()
	}
	if hint != "" {
		d.hang(4)
		d.put(d.th.Accent, "  → ")
		d.indented(d.th.Text, upper(hint), "    ")
		d.newline()
	}
}

// upper begins a sentence with a capital.
func upper(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}

// show puts the text into a widget, as it is.
func (d *doc) show(t *widget.Text) {
	t.SetText(strings.TrimRight(d.b.String(), "\n"))
	t.SetSpans(d.spans)
}

// mostLaid is how long a text is at most that is laid out for a width; longer ones wrap without hanging indents.
const mostLaid = 64 << 10

// showAt puts the text into a widget with its lines wrapped for a width, each going on below its beginning.
func (d *doc) showAt(t *widget.Text, width int) {
	raw := strings.TrimRight(d.b.String(), "\n")
	if len(raw) > mostLaid || width < 20 {
		d.show(t)
		return
	}
	l := layout{d: d, spans: make([]widget.Span, 0, len(d.spans))}
	at := 0
	for line := range strings.SplitAfterSeq(raw, "\n") {
		l.line(line, at, width)
		at += len(line)
	}
	t.SetText(l.b.String())
	t.SetSpans(l.spans)
}

// layout copies a text with more line breaks in it.
type layout struct {
	d     *doc
	b     strings.Builder
	spans []widget.Span
	next  int // the first span that may not be copied yet
	hang  int // the first hang that may count
}

// line copies one line, which begins at a byte of the text.
func (l *layout) line(line string, at, width int) {
	body := strings.TrimSuffix(line, "\n")
	indent := len(body) - len(strings.TrimLeft(body, " "))
	for ; l.hang < len(l.d.hangs) && l.d.hangs[l.hang].at <= at; l.hang++ {
		if l.d.hangs[l.hang].at == at {
			indent = l.d.hangs[l.hang].indent
		}
	}
	if indent > width/2 {
		indent = 2
	}
	breaks := text.Breaks(body, width)
	if len(breaks) == 0 || indent == 0 {
		l.part(line, at)
		return
	}
	first := breaks[0]
	l.part(strings.TrimRight(line[:first], " "), at)
	from := first
	for _, to := range append(text.Breaks(body[first:], width-indent), len(line)-first) {
		l.b.WriteString("\n" + strings.Repeat(" ", indent))
		part := line[from : first+to]
		if first+to < len(line) {
			part = strings.TrimRight(part, " ")
		}
		l.part(part, at+from)
		from = first + to
	}
}

// part copies a part of the text that begins at a byte of it, with its spans.
func (l *layout) part(s string, at int) {
	start := l.b.Len()
	l.b.WriteString(s)
	end := at + len(s)
	for l.next < len(l.d.spans) && l.d.spans[l.next].End <= at {
		l.next++
	}
	for i := l.next; i < len(l.d.spans) && l.d.spans[i].Start < end; i++ {
		k := l.d.spans[i]
		k.Start, k.End = max(k.Start, at)-at+start, min(k.End, end)-at+start
		l.spans = append(l.spans, k)
	}
}
