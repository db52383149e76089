package widget

import (
	"fmt"
	"sort"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
)

// Span is a part of a text, in bytes of the raw text, that is drawn in a style. Where spans overlap, the one that begins
// last counts.
type Span struct {
	Start, End int
	Style      lipgloss.Style
}

// Prepared is a text with what takes time to find out about it.
type Prepared struct {
	raw   string
	lines int
}

// Prepare looks through a text; for use inside a Load.
func Prepare(raw string) *Prepared {
	lines := strings.Count(raw, "\n")
	if raw != "" && !strings.HasSuffix(raw, "\n") {
		lines++
	}
	return &Prepared{raw: raw, lines: lines}
}

// Raw is the text.
func (p *Prepared) Raw() string { return p.raw }

// Lines is how many lines the text has.
func (p *Prepared) Lines() int { return p.lines }

// Text shows a text, which is data, or lines that are drawn already. It can be scrolled and searched. However long the text is,
// only what is near the rows on the screen is looked at.
type Text struct {
	book  book
	drawn []string
	lines bool // drawn counts, not the book
	spans []Span

	flat bool // long lines are cut, not wrapped
	top  int  // the byte, or the drawn line, of the first row
	left int  // cells that are scrolled away to the left
	// of the last View
	width, height, bottom int
	last                  int // the furthest top; -1 when not known
	search                search
}

// NewText makes an empty Text that wraps long lines.
func NewText() *Text { return &Text{last: -1} }

// SetText shows a text from its beginning. It costs the same for every text.
func (t *Text) SetText(raw string) {
	*t = Text{book: book{raw: raw}, flat: t.flat, width: t.width, height: t.height, last: -1}
}

// SetPrepared is SetText.
func (t *Text) SetPrepared(p *Prepared) { t.SetText(p.raw) }

// SetDrawn shows lines that are safe and may be styled, from the first.
func (t *Text) SetDrawn(lines []string) {
	*t = Text{drawn: lines, lines: true, flat: t.flat, width: t.width, height: t.height, last: -1}
}

// SetSpans styles parts of the text. Places outside of the text are left out.
func (t *Text) SetSpans(spans []Span) {
	ordered := make([]Span, 0, len(spans))
	for _, s := range spans {
		if s.Start, s.End = max(0, s.Start), min(s.End, len(t.book.raw)); s.Start < s.End {
			ordered = append(ordered, s)
		}
	}
	sort.SliceStable(ordered, func(i, j int) bool { return ordered[i].Start < ordered[j].Start })
	t.spans = flattened(ordered)
}

// flattened makes spans that do not overlap of spans in the order of their beginnings.
func flattened(spans []Span) []Span {
	var out, open []Span
	at := 0
	until := func(end int) {
		for len(open) > 0 && at < end {
			top := open[len(open)-1]
			if stop := min(top.End, end); stop > at {
				out = append(out, Span{at, stop, top.Style})
				at = stop
			}
			if top.End <= at {
				open = open[:len(open)-1]
			}
		}
		at = max(at, end)
	}
	for _, s := range spans {
		until(s.Start)
		open = append(open, s)
	}
	for len(open) > 0 {
		until(open[len(open)-1].End)
		if n := len(open); n > 0 && open[n-1].End <= at {
			open = open[:n-1]
		}
	}
	return out
}

// Raw is the text as it was set, "" for drawn lines.
func (t *Text) Raw() string { return t.book.raw }

// Wrap tells whether long lines are wrapped, or cut. It goes on showing the line that it showed.
func (t *Text) Wrap(on bool) {
	t.flat, t.left, t.last = !on, 0, -1
	t.book.forget()
}

// Wrapped tells whether long lines are wrapped.
func (t *Text) Wrapped() bool { return !t.flat }

// Press handles the keys of texts; false for any other.
func (t *Text) Press(env *ui.Env, msg tea.KeyPressMsg) (tea.Cmd, bool) {
	key, is := msg.String(), env.Keys.Is
	page := max(1, t.height-1)
	switch {
	case is("nav.up", key):
		t.move(-1)
	case is("nav.down", key):
		t.move(1)
	case is("nav.pageup", key):
		t.move(-page)
	case is("nav.pagedown", key):
		t.move(page)
	case is("nav.top", key):
		t.top, t.left = 0, 0
	case is("nav.bottom", key):
		t.top = t.furthest()
	case is("nav.wrap", key):
		t.Wrap(t.flat)
	default:
		return nil, t.sideways(env, key) || t.hit(env, key)
	}
	return nil, true
}

// sideways takes the keys that scroll lines that are not wrapped.
func (t *Text) sideways(env *ui.Env, key string) bool {
	const step = 8
	switch {
	case !t.flat:
		return false
	case env.Keys.Is("nav.left", key) && t.left > 0:
		t.left = max(0, t.left-step)
	case env.Keys.Is("nav.right", key):
		t.left = min(t.left+step, mostLeft)
	default:
		return false
	}
	return true
}

// hit takes the keys that go from hit to hit.
func (t *Text) hit(env *ui.Env, key string) bool {
	switch {
	case t.search.query == "":
		return false
	case env.Keys.Is("nav.nexthit", key):
		t.Next()
	case env.Keys.Is("nav.prevhit", key):
		t.Prev()
	default:
		return false
	}
	return true
}

// mostLeft bounds how far a line scrolls sideways; a line is cut into parts that are not longer.
const mostLeft = 2 * segment

// Wheel scrolls by lines.
func (t *Text) Wheel(lines int) { t.move(lines) }

func (t *Text) move(rows int) {
	if t.lines {
		t.top = max(0, min(t.top+rows, t.furthest()))
		return
	}
	t.settle()
	for ; rows > 0; rows-- {
		next, ok := t.book.next(t.top)
		if !ok || t.top >= t.furthest() {
			break
		}
		t.top = next
	}
	for ; rows < 0; rows++ {
		before, ok := t.book.before(t.top)
		if !ok {
			break
		}
		t.top = before
	}
}

// settle moves the top to the beginning of the row that it is in, which changes with the width.
func (t *Text) settle() { t.top = t.book.row(min(t.top, len(t.book.raw))) }

// furthest is the top at which the end of the text is at the bottom of the screen.
func (t *Text) furthest() int {
	if t.lines {
		return max(0, len(t.drawn)-max(1, t.height))
	}
	if t.last >= 0 {
		return t.last
	}
	at := t.book.row(len(t.book.raw))
	for range max(1, t.height) - 1 {
		before, ok := t.book.before(at)
		if !ok {
			break
		}
		at = before
	}
	t.last = at
	return at
}

// Position says how far down the text it is, in percent; "" when everything is on the screen.
func (t *Text) Position() string {
	last := t.furthest()
	if last <= 0 {
		return ""
	}
	return fmt.Sprintf("%d%%", min(t.top, last)*100/last)
}

// View draws the rows that are on the screen: at most height lines of at most width cells.
func (t *Text) View(env *ui.Env, width, height int, _ bool) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	if width != t.width || height != t.height {
		t.last = -1
	}
	t.width, t.height = width, height
	t.search.more(t)
	if t.lines {
		return t.viewDrawn(env)
	}
	t.book.shape(width, t.flat)
	t.settle()
	t.top = min(t.top, t.furthest())
	rows := make([]string, 0, height)
	at := t.top
	for len(rows) < height && at < len(t.book.raw) {
		next, ok := t.book.next(at)
		if !ok {
			next = len(t.book.raw)
		}
		rows = append(rows, t.draw(env, at, next))
		at = next
	}
	t.bottom = at
	return strings.Join(rows, "\n")
}

func (t *Text) viewDrawn(env *ui.Env) string {
	t.top = max(0, min(t.top, t.furthest()))
	t.bottom = min(len(t.drawn), t.top+t.height)
	rows := make([]string, 0, t.height)
	for i := t.top; i < t.bottom; i++ {
		line := t.drawn[i]
		if hit, ok := t.search.current(); ok && hit == i {
			line = env.Theme.Marked.Render("▸") + text.Cut(line, t.width-1)
		}
		rows = append(rows, text.Cut(line, t.width))
	}
	return strings.Join(rows, "\n")
}

// draw draws the row that begins at a byte and ends before another.
func (t *Text) draw(env *ui.Env, from, to int) string {
	line := strings.TrimSuffix(strings.TrimSuffix(t.book.raw[from:to], "\n"), "\r")
	b := brush{env: env, text: t}
	used, skipped, cutOff := 0, 0, false
	for r := text.Read(line); r.Next(); {
		if skipped < t.left { // a wide letter at the edge goes as a whole
			skipped += r.Width
			continue
		}
		if used+r.Width > t.width {
			cutOff = r.Text != " " // spaces may hang over
			break
		}
		b.piece(from+r.Start, r.Text)
		b.rtl = b.rtl || r.RTL
		used += r.Width
	}
	out := b.done()
	if cutOff && t.flat {
		out = text.Cut(out+"x", t.width) // an ellipsis where it is cut
	}
	return out
}

// brush puts pieces of one style together.
type brush struct {
	env  *ui.Env
	text *Text
	out  strings.Builder
	run  strings.Builder
	look look
	rtl  bool
}

// look says which style a piece has: 0 none, 1 a hit, 2 the hit it stands at, 3 and above a span.
type look int

func (b *brush) piece(at int, s string) {
	l := b.at(at)
	if l != b.look {
		b.flush()
		b.look = l
	}
	b.run.WriteString(s)
}

func (b *brush) at(at int) look {
	if l := b.text.search.at(at); l != 0 {
		return l
	}
	spans := b.text.spans
	if i := sort.Search(len(spans), func(i int) bool { return spans[i].Start > at }) - 1; i >= 0 && at < spans[i].End {
		return look(i + 3)
	}
	return 0
}

func (b *brush) flush() {
	if b.run.Len() == 0 {
		return
	}
	s := b.run.String()
	b.run.Reset()
	switch {
	case b.look == 0:
		s = b.env.Theme.Text.Render(s)
	case b.look == 1:
		s = b.env.Theme.Warn.Underline(true).Render(s)
	case b.look == 2:
		s = b.env.Theme.Warn.Reverse(true).Render(s)
	default:
		s = b.text.spans[b.look-3].Style.Render(s)
	}
	b.out.WriteString(s)
}

func (b *brush) done() string {
	b.flush()
	return text.Directed(b.out.String(), b.rtl)
}
