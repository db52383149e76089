package flow

import (
	"fmt"
	"slices"
	"strings"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

func filterOperators() []string {
	return []string{"known", "unknown", "is", "is_not", "any_of", "none_of", "contains", "not_contains", "starts_with", "ends_with",
		"gt", "gte", "lt", "lte", "between", "before", "after"}
}

// condition compiles a condition to the nesting HubSpot keeps: OR over AND over filters. A list is any of its entries;
// within an entry all must hold.
func (y *yamlFlow) condition(n *source.Node, what string) *source.Node {
	if raw := n.Get("filter_branch"); raw != nil {
		if len(n.Members) > 1 {
			y.r.Errorf(n.Pos, "two_values", "keep one of them", "%s: filter_branch is the whole condition and takes nothing beside it", what)
		}
		return y.raw(raw)
	}
	or := filterBranch("OR", n.Pos)
	entries := []*source.Node{n}
	if n.Kind == source.Array {
		entries = n.Items
	}
	if len(entries) == 0 {
		y.r.Errorf(n.Pos, "empty_condition", "leave it out, or write a condition", "%s has no condition", what)
	}
	for _, it := range entries {
		and := filterBranch("AND", it.Pos)
		y.entry(it, what, and)
		or.Get("filterBranches").Items = append(or.Get("filterBranches").Items, and)
	}
	return or
}

func filterBranch(kind string, pos source.Pos) *source.Node {
	n := source.NewObject(pos)
	n.Set("filterBranchType", source.NewString(kind, pos))
	n.Set("filterBranchOperator", source.NewString(kind, pos))
	n.Set("filterBranches", source.NewArray(pos))
	n.Set("filters", source.NewArray(pos))
	return n
}

// entry adds the conditions of one entry to an AND branch.
func (y *yamlFlow) entry(n *source.Node, what string, and *source.Node) {
	if n.Kind != source.Object {
		y.r.Errorf(n.Pos, "wrong_type", "for example {state: known}", "%s must hold conditions, but here stands %s", what, show(n))
		return
	}
	if len(n.Members) == 0 {
		y.r.Errorf(n.Pos, "empty_condition", "for example {state: known}", "%s has an empty condition", what)
	}
	filters := and.Get("filters")
	for _, m := range n.Members {
		switch m.Key {
		case "all":
			if m.Value.Kind != source.Array {
				y.r.Errorf(m.Value.Pos, "wrong_type", "", "all must be a list of conditions, but here stands %s", m.Value.Kind)
				continue
			}
			for _, it := range m.Value.Items {
				y.entry(it, what, and)
			}
		case "filter":
			items := []*source.Node{m.Value}
			if m.Value.Kind == source.Array {
				items = m.Value.Items
			}
			for _, it := range items {
				y.rawFilter(it, and)
			}
		case "in_list", "not_in_list":
			filters.Items = append(filters.Items, y.inList(m.Key, m.KeyPos, m.Value))
		default:
			filters.Items = append(filters.Items, y.propertyFilters(m.Key, m.KeyPos, m.Value)...)
		}
	}
}

// rawFilter takes a v4 filter, or a v4 filter branch, as it stands.
func (y *yamlFlow) rawFilter(n, and *source.Node) {
	to := and.Get("filters")
	switch {
	case n.Get("filterBranchType") != nil:
		to = and.Get("filterBranches")
	case n.Kind != source.Object || n.Get("filterType") == nil:
		y.r.Errorf(n.Pos, "wrong_type", `it has a "filterType" or a "filterBranchType"`, "filter must be a v4 filter object")
		return
	}
	to.Items = append(to.Items, y.raw(n))
}

func (y *yamlFlow) inList(operator string, pos source.Pos, id *source.Node) *source.Node {
	if !id.IsScalar() || id.Text == "" {
		y.r.Errorf(id.Pos, "wrong_type", "for example {in_list: 42}", "%s takes the id of one list", operator)
	}
	f := source.NewObject(pos)
	f.Set("filterType", source.NewString("IN_LIST", pos))
	f.Set("listId", source.NewString(textOf(id), id.Pos))
	f.Set("operator", source.NewString(strings.ToUpper(operator), pos))
	return f
}

// propertyFilters compiles the conditions on one property.
func (y *yamlFlow) propertyFilters(property string, pos source.Pos, n *source.Node) []*source.Node {
	var out []*source.Node
	add := func(op *source.Node) {
		if op == nil {
			return
		}
		f := source.NewObject(pos)
		f.Set("filterType", source.NewString("PROPERTY", pos))
		f.Set("property", source.NewString(property, pos))
		f.Set("operation", op)
		out = append(out, f)
	}
	if text := textOf(n); text == "known" || text == "unknown" {
		add(y.operation(property, text, pos, n, false))
		return out
	}
	if n.Kind != source.Object || len(n.Members) == 0 {
		hint := "write known, unknown, or an operator, for example {is: …}"
		if near := source.Nearest(textOf(n), []string{"known", "unknown"}); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		y.r.Errorf(n.Pos, "bad_condition", hint, "the condition on %s says nothing that can be tested: %s", property, show(n))
		return nil
	}
	o := y.r.Object(n, "the condition on "+property)
	orUnknown := o.Bool("or_unknown", false)
	for _, m := range n.Members {
		switch {
		case m.Key == "or_unknown":
		case m.Key == "in_list", m.Key == "not_in_list":
			y.r.Errorf(m.KeyPos, "bad_condition", "write {in_list: 42} in place of the property", "%s is about the record, not about the property %s", m.Key, property)
			o.Known(m.Key)
		case slices.Contains(filterOperators(), m.Key):
			o.Known(m.Key)
			if m.Key == "known" || m.Key == "unknown" {
				o.Bool(m.Key, true)
			}
			add(y.operation(property, m.Key, m.KeyPos, m.Value, orUnknown))
		}
	}
	if o.Known(filterOperators()...); len(out) == 0 && !hasUnknownKey(n) {
		y.r.Errorf(n.Pos, "bad_condition", "add an operator, for example is", "the condition on %s has no operator", property)
	}
	o.Done()
	return out
}

// hasUnknownKey tells that Done will complain anyway.
func hasUnknownKey(n *source.Node) bool {
	for _, m := range n.Members {
		if m.Key != "or_unknown" {
			return true
		}
	}
	return false
}

// propertyType is the property's type, "" where it is not known. A type that was only inferred says nothing.
func (y *yamlFlow) propertyType(property string) (t hubspot.PropertyType, multiple bool) {
	if y.opt.property == nil {
		return "", false
	}
	p, ok := y.opt.property(y.object.Name, property)
	if !ok || p.Inferred {
		return "", false
	}
	if p.Type == hubspot.TypePhone {
		return hubspot.TypeString, false
	}
	return p.Type, p.Multiple
}

// operation compiles one operator, by the type of the property; nil after a mistake that was reported.
func (y *yamlFlow) operation(property, operator string, pos source.Pos, n *source.Node, orUnknown bool) *source.Node {
	op := &operation{y: y, property: property, operator: operator, pos: pos, value: n, orUnknown: orUnknown}
	op.kind, op.multiple = y.propertyType(property)
	if !op.fits() {
		return nil
	}
	switch operator {
	case "known":
		return op.begin("ALL_PROPERTY", "IS_KNOWN")
	case "unknown":
		op.orUnknown = true
		return op.begin("ALL_PROPERTY", "IS_UNKNOWN")
	case "is", "is_not", "any_of", "none_of":
		return op.equality()
	case "contains", "not_contains":
		name := map[string][2]string{"contains": {"CONTAINS", "CONTAINS_ALL"}, "not_contains": {"DOES_NOT_CONTAIN", "DOES_NOT_CONTAIN_ALL"}}[operator]
		if op.kind == hubspot.TypeEnumeration {
			return op.list("ENUMERATION", name[1])
		}
		return op.list("MULTISTRING", name[0])
	case "starts_with":
		return op.list("MULTISTRING", "STARTS_WITH")
	case "ends_with":
		return op.list("MULTISTRING", "ENDS_WITH")
	case "between":
		return op.between()
	default:
		return op.comparison()
	}
}
