package flow

import (
	"slices"
	"strings"

	"askflow/internal/source"
)

// only tells whether an object has no members but these.
func only(n *source.Node, keys ...string) bool {
	if n == nil || n.Kind != source.Object {
		return false
	}
	for _, m := range n.Members {
		if !slices.Contains(keys, m.Key) || m.Value.Kind == source.Null {
			return false
		}
	}
	return true
}

// isText tells whether a member is text, or is not there.
func isText(n *source.Node) bool { return n == nil || n.Kind == source.String }

// branchForm prepares a branch whose arms lists can hold. Members that the short form has no word for make it raw.
func (w *yamlWriter) branchForm(a *writeAction) bool {
	ok := false
	switch NodeType(textOf(a.node.Get("type"))) {
	case ListBranchType:
		ok = w.listBranchForm(a)
	case StaticBranchType:
		ok = w.staticBranchForm(a)
	case ABTestBranch:
		ok = w.splitForm(a)
	}
	if ok {
		a.branch = true
	}
	return ok
}

// arrayOf returns the items of a list member.
func arrayOf(n *source.Node) ([]*source.Node, bool) {
	if n == nil || n.Kind != source.Array {
		return nil, false
	}
	return n.Items, true
}

func (w *yamlWriter) listBranchForm(a *writeAction) bool {
	items, ok := arrayOf(a.node.Get("listBranches"))
	if !ok || !only(a.node, "type", "actionId", "listBranches", "defaultBranch", "defaultBranchName") || !isText(a.node.Get("defaultBranchName")) {
		return false
	}
	var edges []writeEdge
	for _, b := range items {
		e, ok := w.edge(b.Get("connection"))
		filter := b.Get("filterBranch")
		if !ok || !only(b, "branchName", "filterBranch", "connection") || !isText(b.Get("branchName")) || filter != nil && filter.Kind != source.Object {
			return false
		}
		edges = append(edges, e)
	}
	last, ok := w.edge(a.node.Get("defaultBranch"))
	a.kind, a.body, a.edges = stepBranch, source.NewArray(source.Pos{}), append(edges, last)
	return ok
}

func (w *yamlWriter) staticBranchForm(a *writeAction) bool {
	items, ok := arrayOf(a.node.Get("staticBranches"))
	input := a.node.Get("inputValue")
	if !ok || input == nil || !only(a.node, "type", "actionId", "inputValue", "staticBranches", "defaultBranch", "defaultBranchName") ||
		!isText(a.node.Get("defaultBranchName")) {
		return false
	}
	var edges []writeEdge
	for _, b := range items {
		e, ok := w.edge(b.Get("connection"))
		if value := b.Get("branchValue"); !ok || value == nil || value.Kind != source.String || !only(b, "branchValue", "connection") {
			return false
		}
		edges = append(edges, e)
	}
	last, ok := w.edge(a.node.Get("defaultBranch"))
	a.kind, a.body, a.edges = stepBranchOn, w.value(input), append(edges, last)
	return ok
}

func (w *yamlWriter) splitForm(a *writeAction) bool {
	items, ok := arrayOf(a.node.Get("testBranches"))
	if !ok || !only(a.node, "type", "actionId", "testBranches") {
		return false
	}
	bare := false // the older form
	for _, b := range items {
		bare = bare || b.Get("nextActionId") != nil
	}
	var edges []writeEdge
	percent := source.NewArray(source.Pos{})
	for _, b := range items {
		c, known := b.Get("connection"), only(b, "connection", "percentage")
		if bare {
			known = only(b, "edgeType", "nextActionId")
			if len(b.Members) > 0 {
				c = b
			}
		} else if p := b.Get("percentage"); p != nil {
			percent.Items = append(percent.Items, p)
		}
		e, ok := w.edge(c)
		if !known || !ok {
			return false
		}
		edges = append(edges, e)
	}
	body := source.NewObject(source.Pos{})
	switch {
	case bare || len(items) == 0:
	case len(percent.Items) == len(items) && addUp(percent):
		body.Set("percent", percent)
	case len(percent.Items) == 0:
		body.Set("percent", source.NewString(splitEqual, source.Pos{}))
	default:
		return false
	}
	a.kind, a.body, a.edges = stepRandomSplit, body, edges
	return true
}

// addUp tells whether numbers are percentages of a whole, as the short form wants them.
func addUp(percent *source.Node) bool {
	sum := 0
	for _, p := range percent.Items {
		v, ok := smallID(textOf(p))
		if !ok || v > 100 || p.Kind != source.Number {
			return false
		}
		sum += v
	}
	return sum == 100
}

// arms writes the lists of a branch into its item. after is what follows the branch.
func (w *yamlWriter) arms(a *writeAction, after string, reserved []string, depth int) {
	switch a.kind {
	case stepBranch:
		body := source.NewArray(source.Pos{})
		for i, b := range a.node.Get("listBranches").Items {
			arm := source.NewObject(source.Pos{})
			condition := &source.Node{} // null: an arm without a condition
			if f := b.Get("filterBranch"); f != nil {
				condition = w.condition(f)
			}
			arm.Set("if", condition)
			if name := b.Get("branchName"); name != nil {
				arm.Set("name", name)
			}
			arm.Set("then", source.NewArray(source.Pos{}, w.list(a.edges[i], after, reserved, depth)...))
			body.Items = append(body.Items, arm)
		}
		if arm := w.defaultArm(a, after, reserved, depth); arm != nil {
			other := pair("else", arm)
			if name := a.node.Get("defaultBranchName"); name != nil {
				other.Set("name", name)
			}
			body.Items = append(body.Items, other)
		}
		a.item.Set(stepBranch, body)
	case stepBranchOn:
		a.item.Set("cases", w.cases(a, after, reserved, depth))
		arm := w.defaultArm(a, after, reserved, depth)
		if name := a.node.Get("defaultBranchName"); name != nil {
			a.item.Set("default_name", name)
		}
		if arm != nil {
			a.item.Set("default", arm)
		}
	case stepRandomSplit:
		paths := source.NewArray(source.Pos{})
		for _, e := range a.edges {
			paths.Items = append(paths.Items, source.NewArray(source.Pos{}, w.list(e, after, reserved, depth)...))
		}
		a.item.Members[0].Value.Set("paths", paths)
	}
}

// defaultArm writes the default branch; nil where leaving it out says the same.
func (w *yamlWriter) defaultArm(a *writeAction, after string, reserved []string, depth int) *source.Node {
	e := a.edges[len(a.edges)-1]
	goesOn := e.kind != EdgeGoto && e.to == after
	if goesOn && a.node.Get("defaultBranchName") == nil {
		return nil
	}
	return source.NewArray(source.Pos{}, w.list(e, after, reserved, depth)...)
}

// cases writes the arms of branch_on: by value where the values allow it, else as a list. Neighbours that lead to the
// same step share a list.
func (w *yamlWriter) cases(a *writeAction, after string, reserved []string, depth int) *source.Node {
	type arm struct {
		values []*source.Node
		list   *source.Node
	}
	var arms []arm
	items := a.node.Get("staticBranches").Items
	for i := 0; i < len(items); {
		values := []*source.Node{items[i].Get("branchValue")}
		e := a.edges[i]
		for i++; i < len(items) && a.edges[i] == e; i++ {
			values = append(values, items[i].Get("branchValue"))
		}
		arms = append(arms, arm{values, source.NewArray(source.Pos{}, w.list(e, after, reserved, depth)...)})
	}
	byValue, list := source.NewObject(source.Pos{}), source.NewArray(source.Pos{})
	plain := true
	for _, c := range arms {
		var texts []string
		for _, v := range c.values {
			plain = plain && !strings.Contains(v.Text, ",") && strings.TrimSpace(v.Text) == v.Text && len(v.Text) <= 60
			texts = append(texts, v.Text)
		}
		key := strings.Join(texts, ", ")
		plain = plain && byValue.Get(key) == nil && key != "<<" && len(key) <= 200
		byValue.Set(key, c.list)
		it := source.NewObject(source.Pos{})
		it.Set("is", source.NewArray(source.Pos{}, c.values...))
		it.Set("then", c.list)
		list.Items = append(list.Items, it)
	}
	if plain {
		return byValue
	}
	return list
}
