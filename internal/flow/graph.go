package flow

import (
	"sort"

	"askflow/internal/source"
)

// typeDelayEvent is "delay until an event occurs": it waits like the other delays, though it is not emulated.
const typeDelayEvent = "0-29"

// Graph is what the connections of a flow amount to. It is read-only and safe for concurrent use.
type Graph struct {
	// Unreachable are the ids of actions that no way from the start leads to.
	Unreachable []string
	// Dangling are the edges that lead to no action.
	Dangling []Dangling
	// Cycles are loops that a record can run through without any delay, at most one for each group of actions that
	// reach each other.
	Cycles []Cycle
	// Joins are the ids of reachable actions at which several ways meet.
	Joins []string

	ids     []string
	index   map[string]int
	next    [][]int // by index, one entry for each edge
	before  [][]int
	reached []bool
}

// Dangling is an edge to an action that does not exist.
type Dangling struct {
	// ActionID is where the edge starts, "" for the flow's startActionId.
	ActionID string
	// Arm names the branch as Edge does.
	Arm string
	// To is the id that no action has.
	To  string
	Pos source.Pos
}

// Cycle is a loop without a delay.
type Cycle struct {
	// ActionIDs are the actions on it in walking order, starting with the lowest id; the last leads to the first.
	ActionIDs []string
	// Pos is the first action's.
	Pos source.Pos
}

// Analyze walks the flow's edges once. Everything takes time linear in actions and edges, and no recursion, so that a
// chain of any length is fine.
func Analyze(f *Flow) *Graph {
	g := &Graph{index: make(map[string]int, len(f.Actions)), ids: make([]string, len(f.Actions))}
	for i, a := range f.Actions {
		g.ids[i] = a.ID
		g.index[a.ID] = i
	}
	g.next, g.before = make([][]int, len(g.ids)), make([][]int, len(g.ids))
	start, ok := g.index[f.StartActionID]
	if !ok {
		start = -1
		if f.StartActionID != "" {
			g.Dangling = append(g.Dangling, Dangling{To: f.StartActionID, Pos: startPos(f)})
		}
	}
	for i, a := range f.Actions {
		for _, e := range a.Edges() {
			j, ok := g.index[e.Connection.NextID]
			if !ok {
				g.Dangling = append(g.Dangling, Dangling{ActionID: a.ID, Arm: e.Arm, To: e.Connection.NextID, Pos: e.Connection.Pos})
				continue
			}
			g.next[i] = append(g.next[i], j)
			g.before[j] = append(g.before[j], i)
		}
	}
	g.reached = walk(g.next, start, -1)
	for i, id := range g.ids {
		if !g.reached[i] {
			g.Unreachable = append(g.Unreachable, id)
		}
	}
	g.findJoins(start)
	g.findCycles(f)
	return g
}

func startPos(f *Flow) source.Pos {
	if n := f.Node.Get("startActionId"); n != nil {
		return n.Pos
	}
	return f.Pos
}

// walk marks what can be reached from one node, itself included; it stops early once stop is marked.
func walk(edges [][]int, from, stop int) []bool {
	seen := make([]bool, len(edges))
	if from < 0 {
		return seen
	}
	seen[from] = true
	for stack := []int{from}; len(stack) > 0; {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, j := range edges[i] {
			if !seen[j] {
				seen[j] = true
				if j == stop {
					return seen
				}
				stack = append(stack, j)
			}
		}
	}
	return seen
}

func (g *Graph) findJoins(start int) {
	for j, id := range g.ids {
		ways := 0
		if j == start {
			ways++
		}
		for _, i := range g.before[j] {
			if g.reached[i] {
				ways++
			}
		}
		if ways > 1 && g.reached[j] {
			g.Joins = append(g.Joins, id)
		}
	}
}

// Reachable tells whether a record can come to the action.
func (g *Graph) Reachable(id string) bool {
	i, ok := g.index[id]
	return ok && g.reached[i]
}

// Successors lists the actions right after one, each once, in the order of its edges.
func (g *Graph) Successors(id string) []string { return g.neighbours(g.next, id) }

// Predecessors lists the actions right before one, each once, in canonical order.
func (g *Graph) Predecessors(id string) []string {
	ids := g.neighbours(g.before, id)
	sort.SliceStable(ids, func(i, j int) bool { return LessID(ids[i], ids[j]) })
	return ids
}

func (g *Graph) neighbours(edges [][]int, id string) []string {
	i, ok := g.index[id]
	if !ok {
		return nil
	}
	var out []string
	seen := map[int]bool{}
	for _, j := range edges[i] {
		if !seen[j] {
			seen[j] = true
			out = append(out, g.ids[j])
		}
	}
	return out
}

// Before tells whether action a can have run when a record comes to action b. An action comes before itself only on a
// loop. What no record reaches has never run, except for an action that no record reaches either: there only the
// connections between the two count, so that a check does not complain twice.
func (g *Graph) Before(a, b string) bool {
	i, ok := g.index[a]
	j, also := g.index[b]
	if !ok || !also || g.reached[j] && !g.reached[i] {
		return false
	}
	for _, first := range g.next[i] {
		if first == j {
			return true
		}
	}
	// Backwards: loops and outputs mostly lie close before their use.
	for _, last := range g.before[j] {
		if last == i {
			return true
		}
	}
	return g.earlier(j)[i]
}

// Earlier returns the ids of all actions that can have run when a record comes to b: Before for every action at once.
func (g *Graph) Earlier(b string) map[string]bool {
	out := map[string]bool{}
	j, ok := g.index[b]
	if !ok {
		return out
	}
	for i, yes := range g.earlier(j) {
		if yes && (g.reached[i] || !g.reached[j]) {
			out[g.ids[i]] = true
		}
	}
	return out
}

// earlier marks what a way of at least one edge leads from to j.
func (g *Graph) earlier(j int) []bool {
	seen := make([]bool, len(g.ids))
	stack := append([]int(nil), g.before[j]...)
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[i] {
			continue
		}
		seen[i] = true
		for _, k := range g.before[i] {
			if !seen[k] {
				stack = append(stack, k)
			}
		}
	}
	return seen
}

// waits tells whether a record spends time at the action.
func waits(a *Action) bool {
	return a.Type == SingleConnection && (a.TypeID == TypeDelay || a.TypeID == TypeDelayUntil || a.TypeID == typeDelayEvent)
}

// findCycles looks for loops among the reachable actions that are no delays.
func (g *Graph) findCycles(f *Flow) {
	edges := make([][]int, len(g.next))
	for i, a := range f.Actions {
		if waits(a) || !g.reached[i] {
			continue
		}
		for _, j := range g.next[i] {
			if !waits(f.Actions[j]) {
				edges[i] = append(edges[i], j)
			}
		}
	}
	for _, group := range components(edges) {
		first := group[0]
		for _, i := range group {
			if i < first {
				first = i // f.Actions is in canonical order
			}
		}
		loop := shortestLoop(edges, group, first)
		if loop == nil {
			continue
		}
		c := Cycle{Pos: f.Actions[first].Pos}
		for _, i := range loop {
			c.ActionIDs = append(c.ActionIDs, g.ids[i])
		}
		g.Cycles = append(g.Cycles, c)
	}
	sort.SliceStable(g.Cycles, func(i, j int) bool { return LessID(g.Cycles[i].ActionIDs[0], g.Cycles[j].ActionIDs[0]) })
}

// shortestLoop finds a shortest way from first back to itself inside its group; nil when there is none.
func shortestLoop(edges [][]int, group []int, first int) []int {
	inside := make(map[int]bool, len(group))
	for _, i := range group {
		inside[i] = true
	}
	from := map[int]int{}
	queue := []int{first}
	for len(queue) > 0 {
		i := queue[0]
		queue = queue[1:]
		for _, j := range edges[i] {
			if j == first {
				loop := []int{i}
				for loop[len(loop)-1] != first {
					loop = append(loop, from[loop[len(loop)-1]])
				}
				for a, b := 0, len(loop)-1; a < b; a, b = a+1, b-1 {
					loop[a], loop[b] = loop[b], loop[a]
				}
				return loop
			}
			if _, seen := from[j]; inside[j] && !seen {
				from[j] = i
				queue = append(queue, j)
			}
		}
	}
	return nil
}

// components groups nodes that reach each other: Tarjan's algorithm with its own stack.
func components(edges [][]int) [][]int {
	type frame struct{ node, edge int }
	var (
		groups  [][]int
		counter int
		order   = make([]int, len(edges)) // 0: not visited yet
		low     = make([]int, len(edges))
		open    = make([]bool, len(edges))
		path    []int
	)
	for root := range edges {
		if order[root] != 0 {
			continue
		}
		calls := []frame{{node: root}}
		for len(calls) > 0 {
			c := &calls[len(calls)-1]
			v := c.node
			if c.edge == 0 && order[v] == 0 {
				counter++
				order[v], low[v] = counter, counter
				path, open[v] = append(path, v), true
			}
			if c.edge < len(edges[v]) {
				w := edges[v][c.edge]
				c.edge++
				if order[w] == 0 {
					calls = append(calls, frame{node: w})
				} else if open[w] {
					low[v] = min(low[v], order[w])
				}
				continue
			}
			if low[v] == order[v] {
				at := len(path) - 1
				for path[at] != v {
					at--
				}
				group := append([]int(nil), path[at:]...)
				for _, w := range group {
					open[w] = false
				}
				path = path[:at]
				groups = append(groups, group)
			}
			calls = calls[:len(calls)-1]
			if len(calls) > 0 {
				up := calls[len(calls)-1].node
				low[up] = min(low[up], low[v])
			}
		}
	}
	return groups
}
