package check

import (
	"fmt"
	"strings"

	"askflow/internal/flow"
)

// order tells which actions have run when a record comes to another one.
type order struct {
	graph *flow.Graph
	// number counts the reachable actions so that the start has the highest number and every action, loops aside, a
	// lower one than those before it.
	number map[string]int
	// parent is, by number, each action's immediate dominator: the last action that every way to it passes through.
	parent []int
	before map[[2]string]bool
}

func newOrder(f *flow.Flow) *order {
	o := &order{graph: flow.Analyze(f), number: map[string]int{}, before: map[[2]string]bool{}}
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

// always tells whether a has run before b whatever way the record took.
func (o *order) always(a, b string) bool {
	i, ok := o.number[a]
	j, also := o.number[b]
	if !ok || !also || i == j {
		return false
	}
	for j < i { // a dominator has a higher number
		j = o.parent[j]
	}
	return i == j
}

// dominators finds, by going over the actions in walking order until nothing changes, the last action that all ways to
// each action share. Few rounds are needed: one for each level of nested loops.
func (o *order) dominators(start string) {
	walk := o.postorder(start)
	for i, id := range walk {
		o.number[id] = i
	}
	predecessors := make([][]int, len(walk))
	for i, id := range walk {
		for _, p := range o.graph.Predecessors(id) {
			if n, reached := o.number[p]; reached {
				predecessors[i] = append(predecessors[i], n)
			}
		}
	}
	const none = -1
	o.parent = make([]int, len(walk))
	for i := range o.parent {
		o.parent[i] = none
	}
	first := len(walk) - 1
	o.parent[first] = first
	for changed := true; changed; {
		changed = false
		for i := first - 1; i >= 0; i-- {
			shared := none
			for _, p := range predecessors[i] {
				switch {
				case o.parent[p] == none: // not come by yet
				case shared == none:
					shared = p
				default:
					shared = o.meet(shared, p)
				}
			}
			if o.parent[i] != shared {
				o.parent[i], changed = shared, true
			}
		}
	}
}

// meet is the closest action on both chains of dominators.
func (o *order) meet(a, b int) int {
	for a != b {
		for a < b {
			a = o.parent[a]
		}
		for b < a {
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
func quote(s string) string { return fmt.Sprintf("%q", shorten(s)) }

func shorten(s string) string {
	const most = 60
	n := 0
	for i := range s {
		if n == most {
			return s[:i] + "…"
		}
		n++
	}
	return s
}
