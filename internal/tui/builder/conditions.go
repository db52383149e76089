package builder

import (
	"slices"
	"strings"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// criteria are enrollment triggers as the guided form knows them: any group, and in it every condition.
type criteria struct {
	groups [][]condition
	// manual tells that records are enrolled by hand.
	manual bool
	// again is never, always, or the properties whose change enrolls again.
	always bool
	again  []string
	// rest are keys that are kept as they are.
	rest []source.Member
}

// condition is one line: a property (or inList), an operator, values.
type condition struct {
	property string
	operator string
	values   []*source.Node
	// list tells that the values stand in a list.
	list      bool
	orUnknown bool
}

// operators are those of conditions with their words, in the order in which they are offered.
func operators() [][2]string {
	return [][2]string{{"known", "is known"}, {"unknown", "is unknown"}, {"any_of", "is any of"}, {"none_of", "is none of"}, {"is", "is"}, {"is_not", "is not"},
		{"contains", "contains"}, {"not_contains", "does not contain"}, {"starts_with", "starts with"}, {"ends_with", "ends with"}, {"gt", "is greater than"},
		{"gte", "is at least"}, {"lt", "is less than"}, {"lte", "is at most"}, {"between", "is between"}, {"before", "is before"}, {"after", "is after"}}
}

func operatorWords(operator string) string {
	for _, o := range operators() {
		if o[0] == operator {
			return o[1]
		}
	}
	switch operator {
	case "in_list":
		return "is in list"
	case "not_in_list":
		return "is not in list"
	}
	return operator
}

// operatorsFor are the operators that fit a property's type.
func operatorsFor(p hubspot.Property, known bool) []string {
	switch {
	case !known || p.Inferred:
		all := operators()
		out := make([]string, len(all))
		for i, o := range all {
			out[i] = o[0]
		}
		return out
	case p.Type == hubspot.TypeNumber:
		return []string{"known", "unknown", "is", "is_not", "gt", "gte", "lt", "lte", "between"}
	case p.Type == hubspot.TypeDate || p.Type == hubspot.TypeDatetime:
		return []string{"known", "unknown", "is", "is_not", "before", "after", "between"}
	case p.Type == hubspot.TypeBool:
		return []string{"is", "is_not", "known", "unknown"}
	case p.Type == hubspot.TypeEnumeration && p.Multiple:
		return []string{"any_of", "none_of", "contains", "not_contains", "is", "is_not", "known", "unknown"}
	case p.Type == hubspot.TypeEnumeration:
		return []string{"any_of", "none_of", "known", "unknown"}
	}
	return []string{"known", "unknown", "any_of", "none_of", "contains", "not_contains", "starts_with", "ends_with"}
}

// bare tells that an operator takes no value.
func bare(operator string) bool { return operator == "known" || operator == "unknown" }

// words say a condition as people read it.
func (c condition) words() string {
	values := make([]string, 0, len(c.values))
	for _, v := range c.values {
		if v.Text == "" {
			values = append(values, "(empty)")
			continue
		}
		values = append(values, v.Text)
	}
	joint := ", "
	if c.operator == "between" {
		joint = " and "
	}
	words := strings.TrimSpace(c.property + " " + operatorWords(c.operator) + " " + strings.Join(values, joint))
	if c.orUnknown {
		words += ", or unknown"
	}
	return words
}

// readCriteria reads what stands under enroll; false when it says more than the guided form can show.
func readCriteria(n *source.Node) (c criteria, ok bool) {
	if n == nil || n.Kind == source.Null {
		return c, true
	}
	if n.Kind != source.Object {
		return c, false
	}
	for _, m := range n.Members {
		switch m.Key {
		case "when":
			if !c.readWhen(m.Value) {
				return c, false
			}
		case "manual":
			c.manual = m.Value.IsScalar() && m.Value.Text == "true"
		case "re_enroll":
			if !c.readAgain(m.Value) {
				return c, false
			}
		case "criteria":
			return c, false
		default:
			c.rest = append(c.rest, m)
		}
	}
	return c, !c.manual || len(c.groups) == 0
}

func (c *criteria) readWhen(n *source.Node) bool {
	entries := []*source.Node{n}
	if n != nil && n.Kind == source.Array {
		entries = n.Items
	}
	for _, e := range entries {
		group, ok := readGroup(e)
		if !ok {
			return false
		}
		c.groups = append(c.groups, group)
	}
	return true
}

func (c *criteria) readAgain(n *source.Node) bool {
	if n.IsScalar() && n.Kind == source.Bool {
		c.always = n.Text == "true"
		return true
	}
	items := []*source.Node{n}
	if n != nil && n.Kind == source.Array {
		items = n.Items
	}
	for _, it := range items {
		if !it.IsScalar() {
			return false
		}
		c.again = append(c.again, it.Text)
	}
	return true
}

func readGroup(n *source.Node) (group []condition, ok bool) {
	if n == nil || n.Kind != source.Object {
		return nil, false
	}
	for _, m := range n.Members {
		switch {
		case slices.Contains([]string{"all", "filter", "filter_branch"}, m.Key):
			return nil, false
		case m.Key == "in_list" || m.Key == "not_in_list":
			if !m.Value.IsScalar() {
				return nil, false
			}
			group = append(group, condition{operator: m.Key, values: []*source.Node{m.Value}})
		default:
			list, ok := readProperty(m.Key, m.Value)
			if !ok {
				return nil, false
			}
			group = append(group, list...)
		}
	}
	return group, true
}

// readProperty reads the conditions on one property.
func readProperty(property string, n *source.Node) (out []condition, ok bool) {
	if n.IsScalar() && bare(n.Text) {
		return []condition{{property: property, operator: n.Text}}, true
	}
	if n == nil || n.Kind != source.Object {
		return nil, false
	}
	orUnknown := false
	for _, m := range n.Members {
		if m.Key == "or_unknown" {
			orUnknown = m.Value.IsScalar() && m.Value.Text == "true"
			continue
		}
		c := condition{property: property, operator: m.Key}
		if !c.readValues(m.Value) {
			return nil, false
		}
		out = append(out, c)
	}
	for i := range out {
		out[i].orUnknown = orUnknown && !bare(out[i].operator)
	}
	return out, len(out) > 0
}

// readValues reads an operator's values; false when they, or the operator, are not known here.
func (c *condition) readValues(n *source.Node) bool {
	known := slices.ContainsFunc(operators(), func(o [2]string) bool { return o[0] == c.operator })
	switch {
	case !known:
		return false
	case bare(c.operator):
	case n.IsScalar():
		c.values = []*source.Node{n}
	case n != nil && n.Kind == source.Array:
		c.list = true
		for _, it := range n.Items {
			if !it.IsScalar() {
				return false
			}
		}
		c.values = n.Items
	default:
		return false
	}
	return true
}

// node is what stands under enroll; nil when nobody enrolls by itself.
func (c criteria) node() *source.Node {
	n := source.NewObject(source.Pos{})
	when := source.NewArray(source.Pos{})
	for _, g := range c.groups {
		if e := groupNode(g); e != nil {
			when.Items = append(when.Items, e)
		}
	}
	switch {
	case len(when.Items) > 0:
		n.Set("when", when)
	case c.manual:
		n.Set("manual", source.NewBool(true, source.Pos{}))
	default:
		return nil
	}
	switch {
	case len(c.again) > 0 && !c.manual:
		list := source.NewArray(source.Pos{})
		for _, p := range c.again {
			list.Items = append(list.Items, source.NewString(p, source.Pos{}))
		}
		n.Set("re_enroll", list)
	case c.always:
		n.Set("re_enroll", source.NewBool(true, source.Pos{}))
	}
	for _, m := range c.rest {
		n.Set(m.Key, m.Value)
	}
	return n
}

// groupNode writes a group as one entry; conditions on one property stand together, or where they cannot, under all.
func groupNode(g []condition) *source.Node {
	if len(g) == 0 {
		return nil
	}
	entries := []*source.Node{source.NewObject(source.Pos{})}
	for _, c := range g {
		last := entries[len(entries)-1]
		key, value := c.entry()
		here := last.Get(key)
		if here != nil && here.Kind == source.Object && value.Kind == source.Object && here.Get("or_unknown") == nil && value.Get("or_unknown") == nil && here.Get(value.Members[0].Key) == nil {
			here.Set(value.Members[0].Key, value.Members[0].Value)
			continue
		}
		if here != nil {
			last = source.NewObject(source.Pos{})
			entries = append(entries, last)
		}
		last.Set(key, value)
	}
	if len(entries) == 1 {
		return entries[0]
	}
	all := source.NewObject(source.Pos{})
	all.Set("all", source.NewArray(source.Pos{}, entries...))
	return all
}

func (c condition) entry() (key string, value *source.Node) {
	if c.property == "" {
		return c.operator, c.values[0]
	}
	if bare(c.operator) {
		return c.property, source.NewString(c.operator, source.Pos{})
	}
	operand := source.NewArray(source.Pos{}, c.values...)
	if !c.list && len(c.values) == 1 {
		operand = c.values[0]
	}
	n := source.NewObject(source.Pos{})
	n.Set(c.operator, operand)
	if c.orUnknown {
		n.Set("or_unknown", source.NewBool(true, source.Pos{}))
	}
	return c.property, n
}
