package flowdraw

import (
	"fmt"
	"strings"

	"askflow/internal/report"
	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
)

// view is how the drawing was shown last.
type view struct {
	layout         *layout
	options        Options
	left, top      int
	width, height  int
	column, offset int // cells of a column, and before the first
	selected       int
	// scrolled tells that Scroll moved it since the selection changed.
	scrolled bool
}

// Sizes of cards, in cells.
const (
	leastColumn = 24
	mostColumn  = 66
	leastCard   = 24
	gap         = 2
)

// View draws the part of the workflow in which the selected card is: exactly Height lines of Width cells.
func (d *Drawing) View(env *ui.Env, o Options) string {
	if o.Width <= 0 || o.Height <= 0 {
		return ""
	}
	if d.pens == nil || d.pens.theme != env.Theme {
		d.pens = newPens(env.Theme)
	}
	d.show(o)
	v := &d.view
	c := newCanvas(v.left, v.top, o.Width, o.Height)
	l := v.layout
	for i := range l.lines {
		if u := &l.lines[i]; c.shows(u.y, u.end) {
			c.upright(v.cell(u.x), u.y, u.end, d.lit(u.lit))
		}
	}
	for i := range l.elbows {
		if e := &l.elbows[i]; c.shows(e.y, e.y+1) {
			c.elbow(e.y, v.cell(e.top), v.cell(e.bottom), d.lit(e.lit))
		}
	}
	for i := range l.notes {
		if n := &l.notes[i]; c.shows(n.y, n.y+1) {
			d.note(c, n)
		}
	}
	for i := range l.cards {
		if k := &l.cards[i]; c.shows(k.y, k.y+cardHeight) {
			d.card(c, i)
		}
	}
	return c.String(d.pens)
}

// show chooses the layout for the size, and scrolls so that the selected card is in view.
func (d *Drawing) show(o Options) {
	v := &d.view
	selected, known := d.graph.index[o.Selected]
	if !known {
		selected = 0
	}
	l := d.wide
	column := max(leastColumn, min(o.Width/max(1, l.columns), mostColumn))
	if l.columns == 1 {
		column = min(o.Width, mostColumn)
	} else if l.columns*column > o.Width {
		l = d.tall
	}
	moved := v.layout != l || v.selected != selected || v.width != o.Width || v.height != o.Height
	if v.selected != selected {
		v.scrolled = false
	}
	v.layout, v.options, v.selected, v.width, v.height, v.column, v.offset = l, o, selected, o.Width, o.Height, column, 0
	if !l.tree {
		v.offset = (o.Width - column*l.columns) / 2
	}
	if moved || !v.scrolled {
		v.reveal()
	}
	v.top = max(0, min(v.top, l.height-o.Height))
}

// reveal scrolls no further than it takes to see the selected card with a little around it.
func (v *view) reveal() {
	const around = 2
	x, y, w := v.box(v.selected)
	if v.selected == 0 {
		v.left, v.top = 0, 0
		return
	}
	v.top = min(v.top, max(0, y-around))
	v.top = max(v.top, min(y+cardHeight+around-v.height, y))
	v.left = min(v.left, x)
	v.left = max(v.left, min(x+w-v.width, x), 0)
	if x+w <= v.width {
		v.left = 0
	}
}

// cell is where a layout's x stands.
func (v *view) cell(x int) int {
	if v.layout.tree {
		return x
	}
	return v.offset + x*v.column/2
}

// box is a card's left edge, first line and width.
func (v *view) box(i int) (x, y, w int) {
	k := &v.layout.cards[i]
	if v.layout.tree {
		return k.x, k.y, max(leastCard, min(v.width-k.x, mostColumn))
	}
	w = max(4, v.column-gap, min(k.room*v.column, mostColumn)-gap)
	return v.cell(k.x) - w/2, k.y, w
}

// Scroll moves what is shown without moving the selection; negative is upwards. It counts until the selection changes.
func (d *Drawing) Scroll(lines int) {
	v := &d.view
	if v.layout == nil {
		return
	}
	v.top, v.scrolled = max(0, min(v.top+lines, v.layout.height-v.height)), true
}

// At finds the card at a cell of what was drawn last; "" is the card of the triggers.
func (d *Drawing) At(x, y int) (id string, ok bool) {
	v := &d.view
	if v.layout == nil || x < 0 || y < 0 || x >= v.width || y >= v.height {
		return "", false
	}
	x, y = x+v.left, y+v.top
	for i := range v.layout.cards {
		cx, cy, cw := v.box(i)
		if y >= cy && y < cy+cardHeight && x >= cx && x < cx+cw {
			return d.graph.nodes[i].id, true
		}
	}
	return "", false
}

// Position says how much of the drawing lies above what is shown: "top", "40%", "end", "all".
func (d *Drawing) Position() string {
	v := &d.view
	if v.layout == nil || v.layout.height <= v.height {
		return "all"
	}
	switch most := v.layout.height - v.height; {
	case v.top == 0:
		return "top"
	case v.top >= most:
		return "end"
	default:
		return fmt.Sprintf("%d%%", v.top*100/most)
	}
}

// lit tells whether a line belongs to the chosen path.
func (d *Drawing) lit(w lit) bool {
	o := &d.view.options
	if len(o.Lit) == 0 || w.node < 0 {
		return false
	}
	n := &d.graph.nodes[w.node]
	if w.arm >= 0 {
		if o.Lit[Edge(n.id, n.arms[w.arm].name)] {
			return true
		}
		if n.arms[w.arm].labeled {
			return false
		}
	}
	return w.to >= 0 && o.Lit[n.id] && o.Lit[d.graph.nodes[w.to].id]
}

// note draws a line of words.
func (d *Drawing) note(c *canvas, n *note) {
	p, v := d.pens, &d.view
	switch n.kind {
	case noteApart:
		d.words(c, n.x, n.y, p.warn, "! Not reached from the start")
	case noteByGoTo:
		d.words(c, n.x, n.y, p.faint, "Reached by go to only")
	case noteTail:
		style, words := d.ending(n)
		d.words(c, n.x, n.y, style, words)
	case noteArm:
		style, name := d.armName(n)
		if !v.layout.tree {
			c.line(v.cell(n.x), n.y, north|south, d.lit(lit{n.node, n.arm, -1}))
			d.words(c, n.x, n.y, style, name)
			return
		}
		on := d.lit(lit{n.node, n.arm, -1})
		c.line(n.x, n.y, north|east, on)
		c.line(n.x+1, n.y, east|west, on)
		room := max(leastCard, v.width-n.x-3)
		line := style.on(text.Cut(name, room))
		if tailed, words := d.ending(n); words != "" && text.Width(name)+2 < room {
			words = text.Cut(words, room-text.Width(name)-2)
			line += "  " + tailed.on(words)
		}
		c.put(n.x+3, n.y, text.Width(line), line)
	}
}

// words draws words around the middle of a column, or from a place on in the tree.
func (d *Drawing) words(c *canvas, x, y int, style pen, words string) {
	v := &d.view
	if v.layout.tree {
		words = text.Cut(words, max(leastCard, v.width-x-1))
		c.put(x, y, text.Width(words), style.on(words))
		return
	}
	words = text.Cut(words, max(1, v.column-gap))
	w := text.Width(words)
	c.put(v.cell(x)-w/2, y, w, style.on(words))
}

// armName is an arm's name with the number of records that took it.
func (d *Drawing) armName(n *note) (pen, string) {
	a := &d.graph.nodes[n.node].arms[n.arm]
	name := text.Clip(a.name, 60)
	if name == "" {
		name = "(no name)"
	}
	if count, ok := d.view.options.Counts[Edge(d.graph.nodes[n.node].id, a.name)]; ok {
		name += " · " + report.Number(count)
	}
	switch {
	case d.lit(lit{n.node, n.arm, -1}):
		return d.pens.lit, "● " + name
	case a.last:
		return d.pens.faint, name
	}
	return d.pens.text, name
}

// ending says in words how a connection ends that leads to no card below.
func (d *Drawing) ending(n *note) (pen, string) {
	p := d.pens
	switch n.tail {
	case tailEnds:
		return p.faint, "■ end"
	case tailFlows:
		return p.faint, "↓ goes on below"
	case tailMark:
	default:
		return p.faint, ""
	}
	a := &d.graph.nodes[n.node].arms[n.arm]
	if a.dangling() {
		return p.bad, "✗ no action " + text.Clip(a.target, 20)
	}
	sign := "↩ go to "
	if !a.jumps && a.forward {
		sign = "↓ on to "
	}
	return p.info, sign + d.called(a.to)
}

// called is a node's id with its name.
func (d *Drawing) called(i int) string {
	n := &d.graph.nodes[i]
	if n.action == nil {
		return "the enrollment triggers"
	}
	id, name := text.Clip(n.id, 20), n.action.Name
	if name == "" || name == n.id {
		name = d.kinds.Of(n.action).Label
	}
	return strings.TrimSpace(id + " " + text.Clip(name, 40))
}
