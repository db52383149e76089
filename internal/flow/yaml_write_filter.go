package flow

import (
	"fmt"
	"slices"

	"askflow/internal/source"
)

// condition writes a filter tree on one line where it can, else as it is.
func (w *yamlWriter) condition(n *source.Node) *source.Node {
	branches := n.Get("filterBranches")
	if branches != nil && len(branches.Items) > 0 {
		entries := source.NewArray(source.Pos{})
		for _, b := range branches.Items {
			entries.Items = append(entries.Items, w.entry(b))
		}
		short := entries
		if len(entries.Items) == 1 {
			short = entries.Items[0]
		}
		if w.check(n, func() *source.Node { return w.y.condition(short, "") }) {
			return short
		}
	}
	raw := source.NewObject(source.Pos{})
	raw.Set("filter_branch", n)
	return raw
}

// entry writes an AND branch: one object, or several under all where one object cannot keep the order.
func (w *yamlWriter) entry(b *source.Node) *source.Node {
	var parts []*source.Node
	last := func() *source.Node {
		if len(parts) == 0 {
			parts = append(parts, source.NewObject(source.Pos{}))
		}
		return parts[len(parts)-1]
	}
	add := func(key string, value *source.Node) {
		if here := last().Get(key); here != nil {
			lastKey := last().Members[len(last().Members)-1].Key
			switch {
			case lastKey == key && key == "filter":
				if here.Kind != source.Array {
					here = source.NewArray(source.Pos{}, here)
					last().Set(key, here)
				}
				here.Items = append(here.Items, value)
				return
			case lastKey == key && mergeOperators(here, value):
				return
			}
			parts = append(parts, source.NewObject(source.Pos{}))
		}
		last().Set(key, value)
	}
	each(b.Get("filters"), func(f *source.Node) {
		key, value := w.filter(f)
		add(key, value)
	})
	each(b.Get("filterBranches"), func(sub *source.Node) { add("filter", sub) })
	if len(parts) == 1 {
		return parts[0]
	}
	all := source.NewObject(source.Pos{})
	all.Set("all", source.NewArray(source.Pos{}, parts...))
	return all
}

// mergeOperators puts a second operator on the same property beside the first: {gt: 5, lt: 10}.
func mergeOperators(here, more *source.Node) bool {
	if here.Kind != source.Object || more.Kind != source.Object || here.Get("or_unknown") != nil || more.Get("or_unknown") != nil {
		return false
	}
	for _, m := range more.Members {
		if here.Get(m.Key) != nil {
			return false
		}
	}
	for _, m := range more.Members {
		here.Set(m.Key, m.Value)
	}
	return true
}

// reserved are the keys of an entry that are no properties.
func reservedCondition(key string) bool {
	return slices.Contains([]string{"all", "filter", "in_list", "not_in_list", "filter_branch"}, key)
}

// filter writes one filter as a key and a value of an entry.
func (w *yamlWriter) filter(f *source.Node) (string, *source.Node) {
	switch textOf(f.Get("filterType")) {
	case "IN_LIST":
		key := map[string]string{"IN_LIST": "in_list", "NOT_IN_LIST": "not_in_list"}[textOf(f.Get("operator"))]
		id := f.Get("listId")
		if key != "" && id.IsScalar() && w.check(f, func() *source.Node { return w.y.inList(key, source.Pos{}, id) }) {
			return key, id
		}
	case "PROPERTY":
		property := textOf(f.Get("property"))
		op := w.operator(property, f.Get("operation"))
		if op == nil || reservedCondition(property) {
			break
		}
		if w.check(f, func() *source.Node {
			if fs := w.y.propertyFilters(property, source.Pos{}, op); len(fs) == 1 {
				return fs[0]
			}
			return nil
		}) {
			return property, op
		}
	}
	return "filter", f
}

// shortOperators lists the short operators that may stand for a v4 one, the most telling first.
func shortOperators(v4 string) []string {
	return map[string][]string{
		"IS_KNOWN": {"known"}, "IS_UNKNOWN": {"unknown"},
		"IS_EQUAL_TO": {"is", "any_of"}, "IS_EXACTLY": {"is"}, "IS_NOT_EQUAL_TO": {"is_not", "none_of"}, "IS_NOT_EXACTLY": {"is_not"},
		"IS_ANY_OF": {"any_of", "is"}, "IS_NONE_OF": {"none_of", "is_not"},
		"CONTAINS": {"contains"}, "CONTAINS_ALL": {"contains"}, "DOES_NOT_CONTAIN": {"not_contains"}, "DOES_NOT_CONTAIN_ALL": {"not_contains"},
		"STARTS_WITH": {"starts_with"}, "ENDS_WITH": {"ends_with"},
		"IS_GREATER_THAN": {"gt"}, "IS_GREATER_THAN_OR_EQUAL_TO": {"gte"}, "IS_LESS_THAN": {"lt"}, "IS_LESS_THAN_OR_EQUAL_TO": {"lte"},
		"IS_BEFORE": {"before", "lte"}, "IS_AFTER": {"after", "gte"},
		"IS_BETWEEN": {"is", "between"}, "IS_NOT_BETWEEN": {"is_not"},
	}[v4]
}

// operator writes an operation as the value of a property; nil when nothing short compiles to it.
func (w *yamlWriter) operator(property string, op *source.Node) *source.Node {
	if op == nil || op.Kind != source.Object {
		return nil
	}
	for _, key := range shortOperators(textOf(op.Get("operator"))) {
		for _, value := range operands(op, key == "any_of" || key == "none_of") {
			short := source.NewObject(source.Pos{})
			short.Set(key, value)
			if key == "known" || key == "unknown" {
				short = source.NewString(key, source.Pos{})
			} else if textOf(op.Get("includeObjectsWithNoValueSet")) == "true" {
				short.Set("or_unknown", source.NewBool(true, source.Pos{}))
			}
			if w.check(op, func() *source.Node {
				if fs := w.y.propertyFilters(property, source.Pos{}, short); len(fs) == 1 {
					return fs[0].Get("operation")
				}
				return nil
			}) {
				return short
			}
		}
	}
	return nil
}

// operands are the ways in which an operation's values may be written; listed prefers a list even for one value.
func operands(op *source.Node, listed bool) []*source.Node {
	if v := op.Get("value"); v.IsScalar() {
		return []*source.Node{v}
	}
	if vs := op.Get("values"); vs != nil && vs.Kind == source.Array {
		if len(vs.Items) == 1 && vs.Items[0].Kind == source.String && !listed {
			return []*source.Node{vs.Items[0], vs}
		}
		return []*source.Node{vs}
	}
	if low, high := op.Get("lowerBound"), op.Get("upperBound"); low.IsScalar() && high.IsScalar() {
		return []*source.Node{source.NewArray(source.Pos{}, low, high)}
	}
	if p := op.Get("timePoint"); p != nil {
		return pointTexts(p)
	}
	low, high := op.Get("lowerBoundTimePoint"), op.Get("upperBoundTimePoint")
	if low != nil && high != nil {
		var out []*source.Node
		for _, a := range pointTexts(low) {
			for _, b := range pointTexts(high) {
				out = append(out, a, source.NewArray(source.Pos{}, a, b))
			}
		}
		return out
	}
	return []*source.Node{source.NewBool(true, source.Pos{})} // known, unknown
}

// pointTexts are the ways in which a DATE time point may have been written.
func pointTexts(p *source.Node) []*source.Node {
	part := map[string]int{}
	for _, key := range []string{"year", "month", "day", "hour", "minute", "second", "millisecond"} {
		v := p.Get(key)
		n, ok := smallID(textOf(v))
		if v == nil || !ok || n > 9999 {
			return nil
		}
		part[key] = n
	}
	date := fmt.Sprintf("%04d-%02d-%02d", part["year"], part["month"], part["day"])
	minute := fmt.Sprintf("%sT%02d:%02d", date, part["hour"], part["minute"])
	second := fmt.Sprintf("%s:%02d", minute, part["second"])
	var out []*source.Node
	for _, text := range []string{date, minute, second, second + "Z"} {
		out = append(out, source.NewString(text, source.Pos{}))
	}
	return out
}
