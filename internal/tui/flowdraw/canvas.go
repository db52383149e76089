package flowdraw

import (
	"slices"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"askflow/internal/tui/text"
	"askflow/internal/tui/theme"
)

// pen is a style as the terminal takes it, which is quicker than styling each piece.
type pen struct{ open, close string }

func newPen(s lipgloss.Style) pen {
	before, after, _ := strings.Cut(s.Render("x"), "x")
	return pen{before, after}
}

func (p pen) on(s string) string {
	if s == "" || p.open == "" {
		return s
	}
	return p.open + s + p.close
}

// pens are those of one theme.
type pens struct {
	theme                                                   *theme.Theme
	letters                                                 []rune
	text, faint, strong, accent, heading                    pen
	good, warn, bad, info, border, focus, lit, marked, idle pen
}

func newPens(t *theme.Theme) *pens {
	return &pens{theme: t, letters: []rune(letters), text: newPen(t.Text), faint: newPen(t.Faint), strong: newPen(t.Strong), accent: newPen(t.Accent), heading: newPen(t.Heading),
		good: newPen(t.Good), warn: newPen(t.Warn), bad: newPen(t.Bad), info: newPen(t.Info), border: newPen(t.Border), focus: newPen(t.BorderFocus),
		lit: newPen(t.Good.Bold(true)), marked: newPen(t.Cursor), idle: newPen(t.CursorIdle)}
}

// The ways in which a line leaves a cell.
const (
	north = 1 << iota
	east
	south
	west
)

// letters are those that lines are drawn with: sixteen rows for the ways that are lit, in each one letter for the ways there are.
const letters = "" +
	" ╵╶╰╷│╭├╴╯─┴╮┤┬┼" +
	" ╹╶┖╷╿╭┞╴┚─┸╮┦┬╀" +
	" ╵╺┕╷│┍┝╴╯╼┶╮┤┮┾" +
	" ╹╺┗╷╿┍┡╴┚╼┺╮┦┮╄" +
	" ╵╶╰╻╽┎┟╴╯─┴┒┧┰╁" +
	" ╹╶┖╻┃┎┠╴┚─┸┒┨┰╂" +
	" ╵╺┕╻╽┏┢╴╯╼┶┒┧┲╆" +
	" ╹╺┗╻┃┏┣╴┚╼┺┒┨┲╊" +
	" ╵╶╰╷│╭├╸┙╾┵┑┥┭┽" +
	" ╹╶┖╷╿╭┞╸┛╾┹┑┩┭╃" +
	" ╵╺┕╷│┍┝╸┙━┷┑┥┯┿" +
	" ╹╺┗╷╿┍┡╸┛━┻┑┩┯╇" +
	" ╵╶╰╻╽┎┟╸┙╾┵┓┪┱╅" +
	" ╹╶┖╻┃┎┠╸┛╾┹┓┫┱╉" +
	" ╵╺┕╻╽┏┢╸┙━┷┓┪┳╈" +
	" ╹╺┗╻┃┏┣╸┛━┻┓┫┳╋"

// span is a piece of a line that is drawn already.
type span struct {
	x, width int
	text     string
}

// canvas is the part of a drawing that is shown.
type canvas struct {
	left, top, width, height int
	ways                     []uint8 // of each cell, lit ones in the upper half
	spans                    [][]span
}

func newCanvas(left, top, width, height int) *canvas {
	return &canvas{left: left, top: top, width: width, height: height, ways: make([]uint8, width*height), spans: make([][]span, height)}
}

// shows tells whether lines from y up to end are in view.
func (c *canvas) shows(y, end int) bool { return end > c.top && y < c.top+c.height }

// line adds ways of a line to a cell.
func (c *canvas) line(x, y int, ways uint8, lit bool) {
	x, y = x-c.left, y-c.top
	if x < 0 || y < 0 || x >= c.width || y >= c.height {
		return
	}
	if lit {
		ways |= ways << 4
	}
	c.ways[y*c.width+x] |= ways
}

func (c *canvas) upright(x, y, end int, lit bool) {
	for at := max(y, c.top); at < min(end, c.top+c.height); at++ {
		c.line(x, at, north|south, lit)
	}
}

func (c *canvas) elbow(y, top, bottom int, lit bool) {
	if !c.shows(y, y+1) {
		return
	}
	if top == bottom {
		c.line(top, y, north|south, lit)
		return
	}
	from, to, first, last := top, bottom, uint8(north|east), uint8(south|west)
	if from > to {
		from, to, first, last = bottom, top, south|east, north|west
	}
	c.line(from, y, first, lit)
	for x := max(from+1, c.left); x < min(to, c.left+c.width); x++ {
		c.line(x, y, east|west, lit)
	}
	c.line(to, y, last, lit)
}

// put sets a piece of a line; it covers lines under it.
func (c *canvas) put(x, y, width int, text string) {
	if !c.shows(y, y+1) || x >= c.left+c.width || x+width <= c.left || width <= 0 {
		return
	}
	c.spans[y-c.top] = append(c.spans[y-c.top], span{x, width, text})
}

// String is what is shown: exactly height lines of width cells.
func (c *canvas) String(p *pens) string {
	var b strings.Builder
	for y := range c.height {
		if y > 0 {
			b.WriteByte('\n')
		}
		c.row(&b, y, p)
	}
	return b.String()
}

func (c *canvas) row(b *strings.Builder, y int, p *pens) {
	spans := c.spans[y]
	slices.SortStableFunc(spans, func(a, b span) int { return a.x - b.x })
	at := c.left
	right := c.left + c.width
	for _, s := range spans {
		end := min(s.x+s.width, right)
		from := max(s.x, at)
		if from >= end {
			continue
		}
		c.lines(b, y, at, from, p)
		piece := s.text
		if from > s.x || end < s.x+s.width {
			piece = text.Fit(ansi.Cut(piece, from-s.x, end-s.x), end-from)
		}
		b.WriteString(piece)
		at = end
	}
	c.lines(b, y, at, right, p)
}

// lines draws the cells of a row between pieces.
func (c *canvas) lines(b *strings.Builder, y, from, to int, p *pens) {
	now := 0 // 1 light, 2 lit
	change := func(kind int) {
		if kind == now {
			return
		}
		switch now {
		case 1:
			b.WriteString(p.border.close)
		case 2:
			b.WriteString(p.lit.close)
		}
		switch now = kind; kind {
		case 1:
			b.WriteString(p.border.open)
		case 2:
			b.WriteString(p.lit.open)
		}
	}
	for x := from - c.left; x < to-c.left; x++ {
		w := c.ways[y*c.width+x]
		switch {
		case w == 0:
			change(0)
			b.WriteByte(' ')
		case w>>4 != 0:
			change(2)
			b.WriteRune(p.letters[w])
		default:
			change(1)
			b.WriteRune(p.letters[w])
		}
	}
	change(0)
}
