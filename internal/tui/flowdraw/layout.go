package flowdraw

// layout says where everything stands. Lines count from the top; how a column becomes cells is worked out for each width.
type layout struct {
	graph *graph
	// tree tells that x counts cells and is where a card begins; otherwise it counts half columns and is a card's middle.
	tree    bool
	columns int
	height  int
	cards   []card // by node
	elbows  []elbow
	lines   []upright
	notes   []note
}

// cardHeight is how many lines a card takes.
const cardHeight = 4

// indent is how far an arm of the tree stands in, in cells; trunk is where its line runs.
const (
	indent = 4
	trunk  = 1
)

type card struct {
	x, y  int
	depth int
	room  int // columns that are free for it
	// parent is the branch whose arm arm it stands on, -1 for none.
	parent, arm int
	above       int // the node that a way to it starts from and that stands above it, -1 for none
}

// lit says when a line is lit: when the connection is, or else both nodes.
type lit struct{ node, arm, to int }

// elbow is a line that comes from above at one place and goes on below at another.
type elbow struct {
	y, top, bottom int
	lit            lit
}

// upright is a line from y up to, but not with, end.
type upright struct {
	x, y, end int
	lit       lit
}

// note is a line of words.
type note struct {
	x, y int
	kind noteKind
	// node and arm are what it is about.
	node, arm int
	tail      tailKind
}

type noteKind int

const (
	noteArm    noteKind = iota // names an arm
	noteTail                   // how something ends
	noteApart                  // above what cannot be reached
	noteByGoTo                 // above what only go-to connections reach
)

func newLayout(g *graph, tree bool) *layout {
	l := &layout{graph: g, tree: tree, cards: make([]card, len(g.nodes))}
	for i := range l.cards {
		l.cards[i].parent, l.cards[i].above = -1, -1
	}
	return l
}

// place is where a sequence stands: its part of the drawing and what it hangs on.
type place struct {
	x, y        int
	depth       int
	parent, arm int
	above       int
}

// layWide lays arms side by side.
func layWide(g *graph, parts []*sequence) *layout {
	l := newLayout(g, false)
	for _, s := range parts {
		s.measure()
		l.columns = max(l.columns, s.columns)
	}
	y := 0
	for i, s := range parts {
		if i > 0 {
			l.notes = append(l.notes, note{l.columns, y + 1, apart(g.roots[i]), g.roots[i].node, 0, tailNone})
			y += 2
		}
		l.wide(s, place{x: l.columns - s.columns, y: y, parent: -1, above: -1})
		y += s.height
	}
	l.height = y
	return l
}

func apart(r root) noteKind {
	if r.byGoTo {
		return noteByGoTo
	}
	return noteApart
}

// measure works out the sizes with arms side by side.
func (s *sequence) measure() {
	s.columns, s.height = 1, 0
	for i, p := range s.parts {
		p.columns, p.height = 0, cardHeight
		tallest := 0
		for k := range p.limbs {
			l := &p.limbs[k]
			l.columns, l.height = 1, 0
			if l.body != nil {
				l.body.measure()
				l.columns, l.height = l.body.columns, l.body.height
			} else if l.tail.kind != tailFlows {
				l.height = 1
			}
			p.columns += l.columns
			tallest = max(tallest, l.height)
		}
		if len(p.limbs) > 0 {
			p.height += 2 + tallest
		}
		if p.tail.kind == tailEnds || p.tail.kind == tailMark {
			p.height++
		}
		s.columns = max(s.columns, p.columns)
		s.height += p.height
		if i > 0 {
			s.height++ // the line between
		}
	}
	if s.flows && len(s.parts[len(s.parts)-1].limbs) > 0 {
		s.height++ // where its arms meet
	}
}

func (l *layout) wide(s *sequence, at place) {
	middle, y, above := at.x+s.columns, at.y, at.above
	for i, p := range s.parts {
		l.cards[p.node] = card{x: middle, y: y, room: s.columns, depth: at.depth, parent: at.parent, arm: at.arm, above: above}
		top := y + cardHeight
		if len(p.limbs) == 0 {
			if p.tail.kind == tailEnds || p.tail.kind == tailMark {
				l.notes = append(l.notes, note{middle, top, noteTail, p.tail.node, p.tail.arm, p.tail.kind})
			}
		} else {
			l.wideArms(s, p, i, middle, place{x: middle - p.columns, y: top, depth: at.depth + 1, parent: p.node})
		}
		y += p.height
		if i+1 < len(s.parts) {
			if next := s.parts[i+1]; next.linked && len(p.limbs) == 0 {
				l.lines = append(l.lines, upright{middle, y, y + 1, lit{p.node, 0, next.node}})
			}
			y, above = y+1, p.node
		}
	}
}

// wideArms draws a branch's arms and, where they go on, the lines to what follows.
func (l *layout) wideArms(s *sequence, p *piece, i, middle int, at place) {
	bottom, follow := at.y+p.height-cardHeight, s.follow
	if i+1 < len(s.parts) {
		follow = s.parts[i+1].node
	}
	x := at.x
	for k := range p.limbs {
		b := &p.limbs[k]
		mid := x + b.columns
		way := lit{p.node, b.arm, -1}
		l.elbows = append(l.elbows, elbow{at.y, middle, mid, way})
		l.notes = append(l.notes, note{mid, at.y + 1, noteArm, p.node, b.arm, tailNone})
		end := at.y + 2
		goesOn, through := b.tail.kind == tailFlows, way
		switch {
		case b.body != nil:
			l.wide(b.body, place{x: x, y: end, depth: at.depth, parent: p.node, arm: b.arm, above: p.node})
			end += b.body.height
			goesOn, through = b.body.flows, lit{b.body.parts[len(b.body.parts)-1].node, -1, follow}
		case !goesOn:
			l.notes = append(l.notes, note{mid, end, noteTail, p.node, b.arm, b.tail.kind})
		}
		if goesOn {
			if end < bottom {
				l.lines = append(l.lines, upright{mid, end, bottom, through})
			}
			l.elbows = append(l.elbows, elbow{bottom, mid, middle, through})
		}
		x += 2 * b.columns
	}
}

// layTall lays arms below each other, each standing in a little.
func layTall(g *graph, parts []*sequence) *layout {
	l := newLayout(g, true)
	y := 0
	for i, s := range parts {
		if i > 0 {
			l.notes = append(l.notes, note{0, y + 1, apart(g.roots[i]), g.roots[i].node, 0, tailNone})
			y += 2
		}
		y = l.tall(s, place{y: y, parent: -1, above: -1})
	}
	l.height = y
	return l
}

func (l *layout) tall(s *sequence, at place) (y int) {
	x, above := at.depth*indent, at.above
	y = at.y
	l.columns = max(l.columns, at.depth+1)
	for i, p := range s.parts {
		l.cards[p.node] = card{x: x, y: y, depth: at.depth, parent: at.parent, arm: at.arm, above: above}
		y += cardHeight
		last := i+1 == len(s.parts)
		linked := !last && s.parts[i+1].linked
		if len(p.limbs) > 0 {
			y = l.tallArms(p, at.depth, y, linked)
		} else if p.tail.kind == tailEnds || p.tail.kind == tailMark || p.tail.kind == tailFlows && at.parent >= 0 {
			l.notes = append(l.notes, note{x + trunk, y, noteTail, p.tail.node, p.tail.arm, p.tail.kind})
			y++
		}
		if !last {
			if linked {
				through := lit{p.node, 0, s.parts[i+1].node}
				if len(p.limbs) > 0 {
					through.arm = -1
				}
				l.lines = append(l.lines, upright{x + trunk, y, y + 1, through})
			}
			y, above = y+1, p.node
		}
	}
	return y
}

func (l *layout) tallArms(p *piece, depth, y int, linked bool) int {
	x := depth*indent + trunk
	from := y
	dark := lit{-1, -1, -1}
	for k := range p.limbs {
		b := &p.limbs[k]
		l.notes = append(l.notes, note{x, y, noteArm, p.node, b.arm, b.tail.kind})
		at := y
		y++
		if b.body != nil {
			y = l.tall(b.body, place{y: y, depth: depth + 1, parent: p.node, arm: b.arm, above: p.node})
		}
		switch {
		case k+1 < len(p.limbs) || linked:
			l.lines = append(l.lines, upright{x, at, y, dark})
		default:
			l.lines = append(l.lines, upright{x, from, at, dark})
		}
	}
	return y
}
