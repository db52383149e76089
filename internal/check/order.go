package check

import (
	"fmt"
	"strings"

	"askflow/internal/flow"
)

// order tells which actions have run when a record comes to another one.
type order struct {
	graph *flow.Graph
	// parent is each reachable action's immediate dominator: the last action that every way to it passes through.
	parent map[string]string
	depth  map[string]int // in the tree of dominators
	before map[[2]string]bool
}

func newOrder(f *flow.Flow) *order {
	o := &order{graph: flow.Analyze(f), parent: map[string]string{}, depth: map[string]int{}, before: map[[2]string]bool{}}
	if f.Action(f.StartActionID) != nil {
		o.dominators(f.StartActionID)
	}
	return o
}

// sometimes tells whether a can have run before b.
func (o *order) sometimes(a, b string) bool {
	key := [2]string{a, b}
	yes, known := o.before[key]
	if !known {
		yes = o.graph.Before(a, b)
		o.before[key] = yes
	}
	return yes
}

// always tells whether a has run before b whatever way the record took. What is never reached is not held against it.
func (o *order) always(a, b string) bool {
	if !o.graph.Reachable(b) {
		return true
	}
	if o.depth[a] >= o.depth[b] {
		return false
	}
	for o.depth[b] > o.depth[a] {
		b = o.parent[b]
	}
	return a == b
}

// dominators finds, by going over the actions in walking order until nothing changes, the last action that all ways to
// each action share. Few rounds are needed: one for each level of nested loops.
func (o *order) dominators(start string) {
	walk := o.postorder(start)
	number := make(map[string]int, len(walk))
	for i, id := range walk {
		number[id] = i
	}
	o.parent[start] = start
	for changed := true; changed; {
		changed = false
		for i := len(walk) - 2; i >= 0; i-- { // the start comes last
			id, shared := walk[i], ""
			for _, p := range o.graph.Predecessors(id) {
				if _, done := o.parent[p]; done {
					shared = o.meet(number, shared, p)
				}
			}
			if o.parent[id] != shared {
				o.parent[id], changed = shared, true
			}
		}
	}
	for i := len(walk) - 2; i >= 0; i-- {
		o.depth[walk[i]] = o.depth[o.parent[walk[i]]] + 1
	}
}

// meet is the closest action on both chains of dominators.
func (o *order) meet(number map[string]int, a, b string) string {
	if a == "" {
		return b
	}
	for a != b {
		for number[a] < number[b] {
			a = o.parent[a]
		}
		for number[b] < number[a] {
			b = o.parent[b]
		}
	}
	return a
}

// postorder lists the reachable actions, each after everything it leads to, the start last.
func (o *order) postorder(start string) []string {
	type frame struct {
		id   string
		next []string
	}
	var out []string
	seen := map[string]bool{start: true}
	stack := []frame{{start, o.graph.Successors(start)}}
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		if len(top.next) == 0 {
			out = append(out, top.id)
			stack = stack[:len(stack)-1]
			continue
		}
		id := top.next[0]
		top.next = top.next[1:]
		if !seen[id] {
			seen[id] = true
			stack = append(stack, frame{id, o.graph.Successors(id)})
		}
	}
	return out
}

// short joins names, the first dozen of them.
func short(names []string) string {
	const most = 12
	if len(names) > most {
		return fmt.Sprintf("%s, … (%d in all)", strings.Join(names[:most], ", "), len(names))
	}
	return strings.Join(names, ", ")
}

// quote shows text in a message: shortened, control characters made visible.
func quote(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
