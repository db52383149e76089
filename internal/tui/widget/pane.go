package widget

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
)

// Pane draws a body in a quiet border with a title: exactly h lines of w cells. The title is data and made safe; the body is
// drawn already. Where there is no room for a border, the body stands alone.
func Pane(env *ui.Env, title, body string, w, h int, focused bool) string {
	if w <= 0 || h <= 0 {
		return ""
	}
	if w < 4 || h < 3 {
		return text.Block(body, w, h)
	}
	border, head := env.Theme.Border, env.Theme.Faint
	corners := [6]string{"╭", "╮", "╰", "╯", "─", "│"}
	if focused {
		border, head = env.Theme.BorderFocus, env.Theme.Heading
		corners = [6]string{"┏", "┓", "┗", "┛", "━", "┃"}
	}
	var b strings.Builder
	top := corners[4]
	rest := w - 3
	b.WriteString(border.Render(corners[0] + top))
	if label := text.Clip(title, w-6); label != "" {
		b.WriteString(" " + head.Render(label) + " ")
		rest -= text.Width(label) + 2
	}
	b.WriteString(border.Render(strings.Repeat(top, max(0, rest)) + corners[1]))
	side := border.Render(corners[5])
	for line := range strings.SplitSeq(text.Block(body, w-2, h-2), "\n") {
		b.WriteString("\n" + side + line + side)
	}
	b.WriteString("\n" + border.Render(corners[2]+strings.Repeat(corners[4], w-2)+corners[3]))
	return b.String()
}

// Split lays out a list and its detail: side by side where there is room, one below the other where there is not. The zero
// Split is ready.
type Split struct {
	// Ratio is the list's part of the whole, in percent; 0 stands for 45.
	Ratio int
	// Zoom lets the pane with the focus fill everything.
	Zoom bool
	// Focus is 0 for the list, 1 for the detail.
	Focus int
}

// SideBySide is the least width at which the detail stands at the right.
const SideBySide = 100

const (
	usualRatio = 45
	leastRatio = 15
	ratioStep  = 5
)

// Press handles the keys that resize and zoom; false for any other.
func (s *Split) Press(env *ui.Env, msg tea.KeyPressMsg) (tea.Cmd, bool) {
	key := msg.String()
	switch {
	case env.Keys.Is("nav.grow", key):
		s.resize(ratioStep)
	case env.Keys.Is("nav.shrink", key):
		s.resize(-ratioStep)
	case env.Keys.Is("nav.zoom", key):
		s.Zoom = !s.Zoom
	default:
		return nil, false
	}
	return nil, true
}

// resize gives the pane with the focus more room, or less.
func (s *Split) resize(by int) {
	if s.Focus == 1 {
		by = -by
	}
	s.Ratio = max(leastRatio, min(s.ratio()+by, 100-leastRatio))
	s.Zoom = false
}

func (s *Split) ratio() int {
	if s.Ratio <= 0 {
		return usualRatio
	}
	return max(leastRatio, min(s.Ratio, 100-leastRatio))
}

// Area is a rectangle within the body; a pane that is not drawn has W 0.
type Area struct{ X, Y, W, H int }

// Contains tells whether a cell is inside.
func (a Area) Contains(x, y int) bool { return x >= a.X && x < a.X+a.W && y >= a.Y && y < a.Y+a.H }

// Areas says where the list and the detail stand in a body of that size.
func (s *Split) Areas(w, h int) (list, detail Area) {
	const least = 6 // lines below which a pane shows nothing
	whole := Area{W: max(0, w), H: max(0, h)}
	beside := w >= SideBySide
	if s.Zoom || !beside && h < 2*least {
		if s.Focus == 1 {
			return Area{}, whole
		}
		return whole, Area{}
	}
	if beside {
		at := w * s.ratio() / 100
		return Area{W: at, H: h}, Area{X: at, W: w - at, H: h}
	}
	at := max(least, min(h*s.ratio()/100, h-least))
	return Area{W: w, H: at}, Area{Y: at, W: w, H: h - at}
}

// View draws both: exactly h lines of w cells. Each function is given the size of its part.
func (s *Split) View(_ *ui.Env, w, h int, list, detail func(w, h int) string) string {
	if w <= 0 || h <= 0 {
		return ""
	}
	a, b := s.Areas(w, h)
	switch {
	case b.W == 0:
		return text.Block(list(a.W, a.H), a.W, a.H)
	case a.W == 0:
		return text.Block(detail(b.W, b.H), b.W, b.H)
	case b.X > 0:
		return text.Beside(text.Block(list(a.W, a.H), a.W, a.H), a.W, text.Block(detail(b.W, b.H), b.W, b.H))
	}
	return text.Block(list(a.W, a.H), a.W, a.H) + "\n" + text.Block(detail(b.W, b.H), b.W, b.H)
}

// Tabs is a line of titles of which one is chosen.
type Tabs struct {
	Titles []string
	At     int
}

// Press goes to the next tab or the one before, round and round; false for any other key.
func (t *Tabs) Press(env *ui.Env, msg tea.KeyPressMsg) (tea.Cmd, bool) {
	key, n := msg.String(), len(t.Titles)
	switch {
	case n == 0:
		return nil, false
	case env.Keys.Is("nav.nexttab", key):
		t.At = (t.at() + 1) % n
	case env.Keys.Is("nav.prevtab", key):
		t.At = (t.at() + n - 1) % n
	default:
		return nil, false
	}
	return nil, true
}

func (t *Tabs) at() int { return max(0, min(t.At, len(t.Titles)-1)) }

// Click chooses the tab drawn at column x of a line of that width; false when there is none.
func (t *Tabs) Click(x, width int) bool {
	from, to := t.window(width)
	at := 0
	if from > 0 {
		at = 2
	}
	for i := from; i < to; i++ {
		w := text.Width(t.label(i))
		if x >= at && x < at+w {
			t.At = i
			return true
		}
		at += w + 1
	}
	return false
}

// label is a tab as it is drawn. The chosen one has brackets, so that it is known without colours, too.
func (t *Tabs) label(i int) string {
	title := text.Clip(t.Titles[i], 30)
	if i == t.at() {
		return "[" + title + "]"
	}
	return " " + title + " "
}

// window chooses which tabs are drawn where not all have room: the chosen one always.
func (t *Tabs) window(width int) (from, to int) {
	if len(t.Titles) == 0 {
		return 0, 0
	}
	from, to = t.at(), t.at()+1
	room := width - text.Width(t.label(from)) - 4 // the signs that there is more
	for {
		grown := false
		if to < len(t.Titles) {
			if w := text.Width(t.label(to)) + 1; w <= room {
				room, to, grown = room-w, to+1, true
			}
		}
		if from > 0 {
			if w := text.Width(t.label(from-1)) + 1; w <= room {
				room, from, grown = room-w, from-1, true
			}
		}
		if !grown {
			return from, to
		}
	}
}

// View draws the tabs on one line of at most width cells.
func (t *Tabs) View(env *ui.Env, width int) string {
	if width <= 0 || len(t.Titles) == 0 {
		return ""
	}
	from, to := t.window(width)
	var b strings.Builder
	if from > 0 {
		b.WriteString(env.Theme.Faint.Render("‹ "))
	}
	for i := from; i < to; i++ {
		if i > from {
			b.WriteByte(' ')
		}
		style := env.Theme.Hint
		if i == t.at() {
			style = env.Theme.Heading
		}
		b.WriteString(style.Render(t.label(i)))
	}
	if to < len(t.Titles) {
		b.WriteString(env.Theme.Faint.Render(" ›"))
	}
	return text.Cut(b.String(), width)
}
