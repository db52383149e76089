package flowdraw

import (
	"askflow/internal/flow"
)

// graph is a flow's actions with what follows them. Node 0 is the card of the enrollment triggers. Connections that lead forward form a graph
// without loops; all others are drawn as marks that name where they go.
type graph struct {
	nodes []node
	index map[string]int
	// roots begin the parts that hang together: first the triggers, then what no forward connection leads to.
	roots []root
}

type node struct {
	id     string
	action *flow.Action // nil for the triggers
	arms   []arm
	// order is the place in an order in which every forward connection leads to a later one; part counts the roots.
	order, part int
	ways        int // forward connections that lead here
	joins       []int
	dom         int // what every way here comes through last; -1 for a root
	jump, depth int // for finding common ones quickly
	branchy     bool
}

type root struct {
	node int
	// byGoTo tells that go-to connections lead here.
	byGoTo bool
}

// arm is one way out of a node.
type arm struct {
	name    string
	labeled bool // of a branch
	last    bool // the default one
	to      int  // a node, -1 for none
	target  string
	jumps   bool // a GOTO
	forward bool
}

// dangling tells that the connection leads to no action.
func (a *arm) dangling() bool { return a.to < 0 && a.target != "" }

func newGraph(f *flow.Flow) *graph {
	g := &graph{index: map[string]int{"": 0}, nodes: []node{{part: -1}}}
	for _, a := range f.Actions {
		if _, twice := g.index[a.ID]; twice {
			continue // an id that is there twice, or "": checking the workflow says so
		}
		g.index[a.ID] = len(g.nodes)
		g.nodes = append(g.nodes, node{id: a.ID, action: a, part: -1})
	}
	if f.StartActionID != "" {
		g.nodes[0].arms = []arm{g.arm("", &flow.Connection{NextID: f.StartActionID}, false, false)}
	} else {
		g.nodes[0].arms = []arm{{to: -1}}
	}
	for i := range g.nodes {
		if a := g.nodes[i].action; a != nil {
			g.nodes[i].arms = g.armsOf(a)
		}
	}
	g.walk()
	g.dominate()
	return g
}

func (g *graph) arm(name string, c *flow.Connection, labeled, last bool) arm {
	a := arm{name: name, labeled: labeled, last: last, to: -1}
	if c == nil || c.NextID == "" {
		return a
	}
	a.target, a.jumps = c.NextID, c.EdgeType != "" && c.EdgeType != flow.EdgeStandard
	if to, ok := g.index[c.NextID]; ok {
		a.to = to
	}
	return a
}

// armsOf lists every way out of an action, those that lead nowhere included.
func (g *graph) armsOf(a *flow.Action) []arm {
	var out []arm
	add := func(name string, c *flow.Connection, last bool) { out = append(out, g.arm(name, c, true, last)) }
	for _, b := range a.ListBranches {
		add(b.Name, b.Connection, false)
	}
	for _, b := range a.StaticBranches {
		add(b.Value, b.Connection, false)
	}
	for i, b := range a.TestBranches {
		add(flow.TestArm(i), b.Connection, false)
	}
	switch a.Type {
	case flow.ListBranchType, flow.StaticBranchType:
		add(a.DefaultArm(), a.DefaultBranch, true)
	case flow.ABTestBranch:
		if a.DefaultBranch != nil {
			add(a.DefaultArm(), a.DefaultBranch, true)
		}
	}
	switch {
	case len(out) == 0:
		return []arm{g.arm("", a.Connection, false, false)}
	case a.Connection != nil:
		add("", a.Connection, false)
	}
	return out
}

// branch tells that a node's arms are drawn beside each other.
func (n *node) branch() bool { return len(n.arms) > 0 && n.arms[0].labeled }

// walk finds the parts that hang together, puts their nodes in order, and tells forward connections from all others.
func (g *graph) walk() {
	g.part(root{node: 0})
	led, jumped := make([]bool, len(g.nodes)), make([]bool, len(g.nodes))
	for i := range g.nodes {
		for _, a := range g.nodes[i].arms {
			if a.to < 0 {
				continue
			}
			if a.jumps {
				jumped[a.to] = true
			} else if a.to != i && g.nodes[i].part < 0 {
				led[a.to] = true
			}
		}
	}
	for _, first := range []bool{true, false} { // then what lies on loops
		for i := range g.nodes {
			if g.nodes[i].part < 0 && (!first || !led[i]) {
				g.part(root{node: i, byGoTo: jumped[i]})
			}
		}
	}
}

// part walks what hangs on a root.
func (g *graph) part(r root) {
	part := len(g.roots)
	g.roots = append(g.roots, r)
	type visit struct{ node, arm int }
	stack := []visit{{r.node, len(g.nodes[r.node].arms)}}
	g.nodes[r.node].part = part
	var done []int
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		n := &g.nodes[top.node]
		if top.arm == 0 {
			done = append(done, top.node)
			stack = stack[:len(stack)-1]
			continue
		}
		top.arm-- // the last arm first, so that the first one comes first in the order
		a := n.arms[top.arm]
		if a.to < 0 || a.jumps || g.nodes[a.to].part >= 0 {
			continue
		}
		g.nodes[a.to].part = part
		stack = append(stack, visit{a.to, len(g.nodes[a.to].arms)})
	}
	for i, n := range done {
		g.nodes[n].order = len(done) - i
	}
	for _, n := range done {
		from := &g.nodes[n]
		for i := range from.arms {
			a := &from.arms[i]
			if a.to >= 0 && !a.jumps && g.nodes[a.to].part == part && g.nodes[a.to].order > from.order {
				a.forward = true
				g.nodes[a.to].ways++
			}
		}
	}
}

// dominate finds for every node the one that all ways to it come through last: where several ways meet, that is the branch
// behind whose arms it is drawn.
func (g *graph) dominate() {
	order := make([][]int, len(g.roots))
	for i := range g.nodes {
		n := &g.nodes[i]
		n.dom = -1
		order[n.part] = append(order[n.part], i)
	}
	for part, list := range order {
		sorted := make([]int, len(list)+1)
		for _, i := range list {
			sorted[g.nodes[i].order] = i
		}
		top := g.roots[part].node
		g.nodes[top].jump = top
		for _, i := range sorted[1:] {
			g.hang(i, top)
			for _, a := range g.nodes[i].arms {
				if a.forward {
					g.offer(a.to, i)
				}
			}
		}
		for k := len(sorted) - 1; k > 0; k-- {
			i := sorted[k]
			n := &g.nodes[i]
			n.branchy = n.branchy || n.branch()
			if n.dom >= 0 {
				g.nodes[n.dom].branchy = g.nodes[n.dom].branchy || n.branchy
				if n.ways > 1 {
					g.nodes[n.dom].joins = append(g.nodes[n.dom].joins, i)
				}
			}
		}
	}
	for i := range g.nodes { // collected from the end
		j := g.nodes[i].joins
		for a, b := 0, len(j)-1; a < b; a, b = a+1, b-1 {
			j[a], j[b] = j[b], j[a]
		}
	}
}

// offer tells a node of one more way to it.
func (g *graph) offer(to, from int) {
	n := &g.nodes[to]
	if n.dom < 0 {
		n.dom = from
	} else {
		n.dom = g.common(n.dom, from)
	}
}

// hang gives a node whose dom is known its place in the tree, with a jump far up, so that common takes few steps.
func (g *graph) hang(i, top int) {
	if i == top {
		return
	}
	n := &g.nodes[i]
	p := &g.nodes[n.dom]
	n.depth, n.jump = p.depth+1, n.dom
	if j := &g.nodes[p.jump]; p.depth-j.depth == j.depth-g.nodes[j.jump].depth {
		n.jump = j.jump
	}
}

func (g *graph) common(a, b int) int {
	if g.nodes[a].depth < g.nodes[b].depth {
		a, b = b, a
	}
	for g.nodes[a].depth > g.nodes[b].depth {
		if j := g.nodes[a].jump; g.nodes[j].depth >= g.nodes[b].depth {
			a = j
		} else {
			a = g.nodes[a].dom
		}
	}
	for a != b {
		if g.nodes[a].jump != g.nodes[b].jump {
			a, b = g.nodes[a].jump, g.nodes[b].jump
		} else {
			a, b = g.nodes[a].dom, g.nodes[b].dom
		}
	}
	return a
}
