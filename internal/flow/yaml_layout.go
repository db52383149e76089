package flow

import (
	"slices"
	"sort"

	"askflow/internal/source"
)

// maxArmDepth is how deep arms nest before the rest is written at the top and named: deeper is hard to read, and YAML
// readers limit nesting.
const maxArmDepth = 25

// elsewhere is the continuation of a list after which unrelated steps follow.
const elsewhere = "\x00"

// writeAction is an action on its way into a list.
type writeAction struct {
	id   string
	node *source.Node
	kind string
	body *source.Node // of the short form; without arms for a branch
	// own tells that a raw action brings its own connections.
	own    bool
	branch bool
	edges  []writeEdge // the connection, or the arms' in order, the default last
	placed bool

	item *source.Node // written
	// join is what follows in the list, as far as the graph decides; depth counts how many follow after that.
	join  *writeAction
	depth int
	state int // of the search: 0 not seen, 1 on the way, 2 done
}

// writeEdge is a connection; an empty id is the end.
type writeEdge struct{ kind, to string }

// prepare sorts out which form every action gets.
func (w *yamlWriter) prepare() {
	w.y.object.ID = w.want.Get("objectTypeId").Text
	o := source.NewObject(source.Pos{})
	o.Set("object", source.NewString(w.y.object.ID, source.Pos{}))
	w.y.objectTypeID(w.y.r.Object(o, ""), nil)

	w.ids, w.actions, w.names = nil, map[string]*writeAction{}, map[string]string{}
	custom, used := w.want.Get("customProperties"), map[string]string{}
	for _, n := range w.want.Get("actions").Items {
		id := n.Get("actionId").Text
		w.ids = append(w.ids, id)
		w.actions[id] = &writeAction{id: id, node: n}
		if name := custom.Get(StepNamePrefix + id); name != nil && name.Kind == source.String && validName(name.Text) && used[name.Text] == "" {
			used[name.Text] = id
			w.names[id] = name.Text
		}
	}
	for _, id := range w.ids {
		if other := used[id]; other != "" { // an id that reads like another action's name
			delete(w.names, other)
		}
	}
	for _, id := range w.ids {
		s := &yamlStep{id: id, name: w.names[id]}
		w.y.byID[id] = s
		if s.name != "" {
			w.y.byName[s.name] = s
		}
	}
	for _, id := range w.ids {
		w.form(w.actions[id])
	}
	for _, id := range w.ids {
		w.findJoins(w.actions[id])
	}
}

// edge reads a connection that a list can express: to an action that exists, with nothing unknown in it.
func (w *yamlWriter) edge(n *source.Node) (writeEdge, bool) {
	if n == nil {
		return writeEdge{}, true
	}
	kind, to := n.Get("edgeType"), n.Get("nextActionId")
	if n.Kind != source.Object || len(n.Members) != 2 || kind == nil || to == nil || kind.Kind != source.String || to.Kind != source.String {
		return writeEdge{}, false
	}
	ok := (kind.Text == EdgeStandard || kind.Text == EdgeGoto) && w.actions[to.Text] != nil
	return writeEdge{kind.Text, to.Text}, ok
}

// findJoins decides what follows each action in its list: its connection's target, and for a branch the first action
// that most of its arms come to. It walks without recursion; ways back to an action on the way are left out.
func (w *yamlWriter) findJoins(root *writeAction) {
	stack := []*writeAction{root}
	for len(stack) > 0 {
		a := stack[len(stack)-1]
		if a.state == 0 {
			a.state = 1
			for _, e := range a.edges {
				if to := w.actions[e.to]; e.kind == EdgeStandard && to.state == 0 {
					stack = append(stack, to)
				}
			}
			continue
		}
		stack = stack[:len(stack)-1]
		if a.state == 2 {
			continue
		}
		a.state = 2
		var targets []*writeAction
		for _, e := range a.edges {
			if to := w.actions[e.to]; e.kind == EdgeStandard && to.state == 2 && to != a {
				targets = append(targets, to)
			}
		}
		if a.branch {
			a.join = meeting(targets)
		} else if len(targets) == 1 {
			a.join = targets[0]
		}
		if a.join != nil {
			a.depth = a.join.depth + 1
		}
	}
}

// meeting finds where most pairs of arms meet first.
func meeting(arms []*writeAction) *writeAction {
	count := map[*writeAction]int{}
	var best *writeAction
	for i := range arms {
		for j := i + 1; j < len(arms) && (j == i+1 || len(arms) <= 12); j++ {
			m := meet(arms[i], arms[j])
			if m == nil {
				continue
			}
			count[m]++
			if best == nil || count[m] > count[best] || count[m] == count[best] && m.depth < best.depth {
				best = m
			}
		}
	}
	return best
}

func meet(a, b *writeAction) *writeAction {
	for a != b {
		if a == nil || b == nil {
			return nil
		}
		if a.depth >= b.depth {
			a = a.join
		} else {
			b = b.join
		}
	}
	return a
}

// steps writes all actions: what the start leads to, then what is only named by others or not reached at all.
func (w *yamlWriter) steps() *source.Node {
	chunks := w.chunks()
	w.document, w.wanted = nil, nil
	for _, a := range w.actions {
		a.placed, a.item = false, nil
	}
	out := source.NewArray(source.Pos{})
	for i, e := range chunks {
		after := elsewhere
		if i == len(chunks)-1 {
			after = ""
		}
		out.Items = append(out.Items, w.list(e, after, nil, 0)...)
	}
	w.giveIDs()
	return out
}

// chunks finds the heads of the top list's parts by a trial writing. Where a part ends does not depend on what comes
// after it, so the real writing makes the same parts.
func (w *yamlWriter) chunks() []writeEdge {
	for _, a := range w.actions {
		a.placed = false
	}
	w.document, w.wanted = nil, nil
	start := textOf(w.want.Get("startActionId"))
	var heads []writeEdge
	if w.actions[start] != nil {
		heads = append(heads, writeEdge{EdgeStandard, start})
	} else {
		heads = append(heads, writeEdge{}) // nothing starts: the first list is empty
	}
	w.list(heads[0], elsewhere, nil, 0)
	place := func(id string) {
		if !w.actions[id].placed {
			e := writeEdge{EdgeStandard, id}
			heads = append(heads, e)
			w.list(e, elsewhere, nil, 0)
		}
	}
	drain := func() {
		for len(w.wanted) > 0 {
			id := w.wanted[0]
			w.wanted = w.wanted[1:]
			place(id)
		}
	}
	drain()
	led := map[string]bool{}
	for _, a := range w.actions {
		for _, e := range a.edges {
			led[e.to] = true
		}
	}
	ids := append([]string(nil), w.ids...)
	sort.SliceStable(ids, func(i, j int) bool { return !led[ids[i]] && led[ids[j]] })
	for _, id := range ids {
		place(id)
		drain()
	}
	return heads
}

// list writes the steps from an edge on. after is what follows the list, "" for the end; reserved are joins that outer
// lists will write.
func (w *yamlWriter) list(e writeEdge, after string, reserved []string, depth int) []*source.Node {
	out := []*source.Node{}
	for {
		switch {
		case e.to == "":
			if after != "" {
				out = append(out, pair(stepStop, source.NewBool(true, source.Pos{})))
			}
			return out
		case e.kind == EdgeGoto:
			w.wanted = append(w.wanted, e.to)
			return append(out, pair(stepGoTo, w.ref(e.to)))
		case e.to == after:
			return out
		}
		a := w.actions[e.to]
		if a.placed || slices.Contains(reserved, e.to) || depth > maxArmDepth {
			w.wanted = append(w.wanted, e.to)
			return append(out, pair(stepNext, w.ref(e.to)))
		}
		a.placed = true
		w.document = append(w.document, a)
		a.item = pair(a.kind, a.body.Clone())
		out = append(out, a.item)
		switch {
		case a.own:
			return out
		case a.branch:
			join := ""
			if a.join != nil && !a.join.placed && !slices.Contains(reserved, a.join.id) {
				join = a.join.id
			}
			if join == "" || join == after {
				w.arms(a, after, reserved, depth+1)
				return out
			}
			w.arms(a, join, append(reserved[:len(reserved):len(reserved)], after), depth+1)
			e = writeEdge{EdgeStandard, join}
		default:
			e = a.edges[0]
		}
	}
}

func pair(key string, value *source.Node) *source.Node {
	n := source.NewObject(source.Pos{})
	n.Set(key, value)
	return n
}

// ref names an action: by its name where it has one.
func (w *yamlWriter) ref(id string) *source.Node {
	if name := w.names[id]; name != "" {
		id = name
	}
	return source.NewString(id, source.Pos{})
}

// giveIDs writes names, and the ids that numbering would not give by itself.
func (w *yamlWriter) giveIDs() {
	last := 0
	for _, a := range w.document {
		id, ok := smallID(a.id)
		next := ok && id == last+1
		if ok {
			last = id
		}
		var own []source.Member
		name := w.names[a.id]
		if name != "" {
			own = append(own, source.Member{Key: "id", Value: source.NewString(name, source.Pos{})})
		}
		switch {
		case next:
		case name == "" && stepID.MatchString(a.id):
			own = append(own, source.Member{Key: "id", Value: source.NewString(a.id, source.Pos{})})
		default:
			own = append(own, source.Member{Key: "action_id", Value: source.NewString(a.id, source.Pos{})})
		}
		body := a.item.Members[0].Value
		if takesOwn(a.kind) && body.Kind == source.Object {
			body.Members = append(own, body.Members...)
			continue
		}
		a.item.Members = append(a.item.Members, own...)
	}
}

// takesOwn tells whether id and action_id stand inside of a step's body.
func takesOwn(kind string) bool {
	return kind != stepBranch && kind != stepBranchOn && kind != stepRaw
}
