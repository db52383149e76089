package flowdraw

// sequence is what stands below each other.
type sequence struct {
	parts []*piece
	// flows tells that it goes on with follow, which stands below whatever holds the sequence.
	flows  bool
	follow int
	// columns and height are its size with arms side by side.
	columns, height int
}

// piece is a card with its arms.
type piece struct {
	node  int
	limbs []limb
	// tail is how it ends, where nothing is linked below it; limbs have their own.
	tail tail
	// linked tells that what stands above goes on here.
	linked bool
	// columns are what the arms take, height is of card and arms.
	columns, height int
}

// limb is an arm with what hangs on it.
type limb struct {
	arm  int // of the node
	body *sequence
	tail tail // of an arm without a body
	// size of the body, or of what stands in its place
	columns, height int
}

// tail says how something ends.
type tail struct {
	kind tailKind
	// node and arm are the connection; for a mark it says where to.
	node, arm int
}

type tailKind int

const (
	tailNone  tailKind = iota
	tailFlows          // into what stands below
	tailEnds           // the enrollment ends
	tailMark           // go to, or nowhere
)

// outline says what stands below and beside what, one sequence for each root.
func (g *graph) outline() []*sequence {
	out := make([]*sequence, len(g.roots))
	for i, r := range g.roots {
		out[i] = g.sequence(r.node, -1)
	}
	return out
}

// sequence follows the ways from a node until they lead to what stands below.
func (g *graph) sequence(start, follow int) *sequence {
	s := &sequence{follow: follow}
	linked := true
	for at := start; ; {
		n := &g.nodes[at]
		p := &piece{node: at, linked: linked}
		s.parts = append(s.parts, p)
		if !n.branch() {
			next := g.ending(at, 0, follow)
			if next.kind == tailNone { // the only way there
				at, linked = n.arms[0].to, true
				continue
			}
			p.tail, s.flows = next, next.kind == tailFlows
			return s
		}
		joins := g.below(at, follow)
		next := append(joins[:len(joins):len(joins)], follow)
		linked = g.limbs(p, next[0])
		if len(joins) == 0 {
			s.flows = linked
			return s
		}
		for k, join := range joins[:len(joins)-1] {
			mid := g.sequence(join, next[k+1])
			mid.parts[0].linked = linked
			s.parts, linked = append(s.parts, mid.parts...), mid.flows
		}
		at = joins[len(joins)-1]
	}
}

// below lists what stands below the arms of a branch: where ways meet, or else, where nothing else follows, the one arm that
// branches further, so that the drawing grows down and not sideways.
func (g *graph) below(at, follow int) []int {
	n := &g.nodes[at]
	if len(n.joins) > 0 || follow >= 0 {
		return n.joins
	}
	found := -1
	for _, a := range n.arms {
		if a.forward && g.nodes[a.to].dom == at && g.nodes[a.to].branchy {
			if found >= 0 {
				return nil
			}
			found = a.to
		}
	}
	if found < 0 {
		return nil
	}
	return []int{found}
}

// limbs makes the arms of a branch above what follows, and tells whether one of them leads there.
func (g *graph) limbs(p *piece, follow int) (flows bool) {
	n := &g.nodes[p.node]
	p.limbs = make([]limb, len(n.arms))
	for i := range n.arms {
		l := limb{arm: i, tail: g.ending(p.node, i, follow)}
		if l.tail.kind == tailNone {
			l.body = g.sequence(n.arms[i].to, follow)
			flows = flows || l.body.flows
		}
		flows = flows || l.tail.kind == tailFlows
		p.limbs[i] = l
	}
	return flows
}

// ending is how an arm ends; tailNone when it leads to what is drawn on it.
func (g *graph) ending(at, arm, follow int) tail {
	t := tail{node: at, arm: arm}
	switch a := g.nodes[at].arms[arm]; {
	case a.to < 0 && a.target == "":
		t.kind = tailEnds
	case a.forward && a.to == follow:
		t.kind = tailFlows
	case a.forward && g.nodes[a.to].ways == 1:
		t.kind = tailNone
	default:
		t.kind = tailMark
	}
	return t
}
