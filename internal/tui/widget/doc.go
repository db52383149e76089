package widget

import (
	"strconv"
	"strings"

	"charm.land/lipgloss/v2"

	"askflow/internal/tui/text"
	"askflow/internal/tui/theme"
	"askflow/internal/tui/ui"
)

// Doc is a text with styled parts that is written from its beginning to its end, outside of Update where it may be long. It is data all
// through: the Sheet that shows it wraps it and makes it harmless.
type Doc struct {
	// Theme is what the document's own parts are styled with.
	Theme *theme.Theme

	b     strings.Builder
	spans []Span
	// hangs say where a line that has to be wrapped goes on: the indent of its further rows.
	hangs []hang
}

// hang is the indent of the line that begins at a byte.
type hang struct{ at, indent int }

// mostSpans bounds how many parts have a style of their own; what comes behind them is drawn plainly.
const mostSpans = 20_000

// NewDoc makes an empty document.
func NewDoc(th *theme.Theme) *Doc { return &Doc{Theme: th} }

// Put appends a text in a style.
func (d *Doc) Put(style lipgloss.Style, s string) {
	start := d.b.Len()
	d.b.WriteString(s)
	if s != "" && len(d.spans) < mostSpans {
		d.spans = append(d.spans, Span{Start: start, End: d.b.Len(), Style: style})
	}
}

// Text appends a text in the usual style.
func (d *Doc) Text(s string) { d.b.WriteString(s) }

// Newline ends a line.
func (d *Doc) Newline() { d.b.WriteByte('\n') }

// Line appends a whole line.
func (d *Doc) Line(style lipgloss.Style, s string) {
	d.Put(style, s)
	d.Newline()
}

// Head begins a section; a blank line stands before each but the first.
func (d *Doc) Head(title string) {
	if d.b.Len() > 0 {
		d.Newline()
	}
	d.Line(d.Theme.Heading, title)
}

// Hang says, in cells, how far the line that begins here is indented where it goes on in further rows. Other lines go on below their own first letter.
func (d *Doc) Hang(indent int) { d.hangs = append(d.hangs, hang{d.b.Len(), indent}) }

// Lines appends a text whose second and later lines begin with an indent.
func (d *Doc) Lines(style lipgloss.Style, s, indent string) {
	for line := range strings.SplitAfterSeq(s, "\n") {
		d.Put(style, line)
		if strings.HasSuffix(line, "\n") {
			d.Text(indent)
		}
	}
}

// Len is how many bytes were written.
func (d *Doc) Len() int { return d.b.Len() }

// String is the text as it was written.
func (d *Doc) String() string { return d.b.String() }

// Raw is the text, without line breaks at its end.
func (d *Doc) Raw() string { return strings.TrimRight(d.b.String(), "\n") }

// mostLaid is how many bytes a text has at most that is laid out for a width; longer ones wrap without hanging indents.
const mostLaid = 64 << 10

// laid is the text with its lines wrapped for a width, each going on below its beginning; its spans are those of that text.
func (d *Doc) laid(width int) (raw string, spans []Span) {
	raw = d.Raw()
	if len(raw) > mostLaid || width < 20 {
		return raw, d.spans
	}
	l := docLayout{d: d, spans: make([]Span, 0, len(d.spans))}
	at := 0
	for line := range strings.SplitAfterSeq(raw, "\n") {
		l.line(line, at, width)
		at += len(line)
	}
	return l.b.String(), l.spans
}

// docLayout copies a text with more line breaks in it.
type docLayout struct {
	d     *Doc
	b     strings.Builder
	spans []Span
	next  int // the first span that may not be copied yet
	hang  int // the first hang that may count
}

// line copies one line, which begins at a byte of the text.
func (l *docLayout) line(line string, at, width int) {
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
func (l *docLayout) part(s string, at int) {
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

// Sheet shows a finished document. It is laid out for the width at which it is drawn, and keeps roughly the place that was read when that changes.
type Sheet struct {
	*Text
	doc   *Doc
	width int // the one that it is laid out for; 0 before the first View
}

// Sheet makes one of the document.
func (d *Doc) Sheet() *Sheet {
	s := &Sheet{Text: NewText(), doc: d}
	s.set(d.Raw(), d.spans)
	return s
}

func (s *Sheet) set(raw string, spans []Span) {
	s.SetText(raw)
	s.SetSpans(spans)
}

// Raw is the document's text, not as it is laid out.
func (s *Sheet) Raw() string { return s.doc.Raw() }

// Repaint takes another document with the same text, in other styles. It stays where it was scrolled to.
func (s *Sheet) Repaint(d *Doc) {
	s.doc = d
	_, spans := d.laid(s.width)
	s.SetSpans(spans)
}

// Lay lays the text out for a width of so many cells, as View does; height is how many lines will be drawn.
func (s *Sheet) Lay(env *ui.Env, width, height int) {
	if width <= 0 || width == s.width {
		return
	}
	share := 0
	if s.top > 0 { // keys may have come before the first View, too
		share, _ = strconv.Atoi(strings.TrimSuffix(s.Position(), "%")) // "" is the top
	}
	s.width = width
	s.set(s.doc.laid(width))
	if share > 0 {
		_ = s.Text.View(env, width, height, false) // tells the text its size
		rows := strings.Count(s.Text.Raw(), "\n") + 1 - height
		s.Wheel((rows*share + 50) / 100)
	}
}

// View draws the rows that are on the screen: at most height lines of at most width cells.
func (s *Sheet) View(env *ui.Env, width, height int, focused bool) string {
	s.Lay(env, width, height)
	return s.Text.View(env, width, height, focused)
}
