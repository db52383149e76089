package filter

import (
	"fmt"
	"path/filepath"
	"strings"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// maxAssociationDepth bounds ASSOCIATION in ASSOCIATION: each level multiplies the records to look at.
const maxAssociationDepth = 3

var branchTypes = []string{"OR", "AND", "NOT_ALL", "NOT_ANY", "RESTRICTED", "UNIFIED_EVENTS", "ASSOCIATION", "PROPERTY_ASSOCIATION"}

type compiler struct {
	env CompileEnv
	r   *source.Reader
}

// scope is the kind of record that a branch looks at.
type scope struct {
	objectType string
	props      *hubspot.Properties
	depth      int // of associations
}

func (c *compiler) branch(b *hubspot.FilterBranch, s scope) node {
	switch b.Type {
	case "AND":
		return c.group(b, s, groupAll)
	case "OR":
		return c.group(b, s, groupAny)
	case "NOT_ALL":
		return c.group(b, s, groupNotAll)
	case "NOT_ANY":
		return c.group(b, s, groupNotAny)
	case "RESTRICTED":
		return c.restricted(b, s)
	case "UNIFIED_EVENTS":
		return c.event(b, s)
	case "ASSOCIATION", "PROPERTY_ASSOCIATION":
		return c.association(b, s)
	}
	hint := "use OR, AND, NOT_ALL, NOT_ANY, UNIFIED_EVENTS or ASSOCIATION"
	if near := source.Nearest(b.Type, branchTypes); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	c.notKnown(b.Pos, "unknown_filter_branch", hint, "%s is no type of filter branch", quote(b.Type))
	return &fixed{unknown, "a filter branch of the type " + quote(b.Type) + " cannot be evaluated", "", b.Pos}
}

func (c *compiler) group(b *hubspot.FilterBranch, s scope, kind groupKind) node {
	g := &group{kind: kind}
	name, value, changed := eventPair(b.Filters, s.props)
	if changed = changed && kind == groupAll; changed {
		// Re-enrollment triggers write a property change without a UNIFIED_EVENTS branch around it.
		g.children = append(g.children, c.changed(name, value, b.Pos, s))
	}
	for _, f := range b.Filters {
		if !changed || f != name && f != value {
			g.children = append(g.children, c.filter(f, s))
		}
	}
	for _, sub := range b.Branches {
		if sub == nil {
			continue
		}
		child := c.branch(sub, s)
		if inner, ok := child.(*group); ok && len(inner.children) == 0 && !inner.negated() && len(b.Branches)+len(b.Filters) > 1 && kind == groupAny {
			c.r.Warnf(sub.Pos, "empty_branch", "give it a condition, or remove it", "this branch is empty and matches every record, so the conditions beside it have no effect")
		}
		g.children = append(g.children, child)
	}
	return g
}

// restricted is a branch whose conditions HubSpot shows only to some users: an export may hold them or not.
func (c *compiler) restricted(b *hubspot.FilterBranch, s scope) node {
	if len(b.Filters) == 0 && len(b.Branches) == 0 {
		c.r.Warnf(b.Pos, "not_evaluated", "export the workflow as a user who may see it", "the conditions of this RESTRICTED branch are not in the file; no record meets it")
		return &fixed{unknown, "the conditions of a RESTRICTED branch are not in the file", "", b.Pos}
	}
	if b.Operator == "OR" {
		return c.group(b, s, groupAny)
	}
	return c.group(b, s, groupAll)
}

func (c *compiler) association(b *hubspot.FilterBranch, s scope) node {
	if s.depth >= maxAssociationDepth {
		c.notKnown(b.Pos, "nested_too_deep", "", "association branches nest deeper than %d levels", maxAssociationDepth)
		return &fixed{unknown, "an association branch is nested too deep to be evaluated", "", b.Pos}
	}
	other, ok := c.otherType(b, s)
	if !ok {
		return &fixed{unknown, "the object type of an association branch is not known", "", b.Pos}
	}
	a := &association{objectType: other, kind: b.Association(), pos: b.Pos}
	if b.Type == "PROPERTY_ASSOCIATION" {
		a.property = b.PropertyWithID
		if a.property == "" {
			c.r.Errorf(b.Pos, "missing_value", "", "a PROPERTY_ASSOCIATION branch needs \"propertyWithObjectId\", the property that holds the other record's id")
			return &fixed{unknown, "a PROPERTY_ASSOCIATION branch names no property", "", b.Pos}
		}
		if _, ok := c.property(a.property, b.Pos, s); !ok {
			return &fixed{unknown, "a PROPERTY_ASSOCIATION branch names a property that does not exist", "", b.Pos}
		}
	}
	switch b.ListOperator {
	case "", "IN_LIST":
	case "NOT_IN_LIST":
		a.negated = true
	default:
		c.unknownOperator(b.Pos, b.ListOperator, "an association branch", []string{"IN_LIST", "NOT_IN_LIST"})
		return &fixed{unknown, "the operator " + quote(b.ListOperator) + " of an association branch is not known", "", b.Pos}
	}
	kind := groupAll
	if b.Operator == "OR" {
		kind = groupAny
	}
	a.inner = c.group(b, scope{objectType: other.Name, props: c.env.Schema.Of(other.Name), depth: s.depth + 1}, kind)
	return a
}

// otherType finds the object type an association branch leads to: named, or told by the association type.
func (c *compiler) otherType(b *hubspot.FilterBranch, s scope) (hubspot.ObjectType, bool) {
	if b.ObjectTypeID == "" {
		if name, ok := b.Association().LeadsTo(s.objectType); ok {
			return hubspot.LookupObjectType(name)
		}
		c.notKnown(b.Pos, "unknown_object_type", "add \"objectTypeId\"", "the association branch does not say which object type it looks at, and the association type %s of a %s is not known", b.Association(), s.objectType)
		return hubspot.ObjectType{}, false
	}
	t, ok := hubspot.LookupObjectType(b.ObjectTypeID)
	if !ok {
		c.notKnown(b.Pos, "unknown_object_type", "", "the association branch names the object type %s, which is not known", quote(b.ObjectTypeID))
	}
	return t, ok
}

func (c *compiler) filter(f *hubspot.Filter, s scope) node {
	switch f.Type {
	case "PROPERTY":
		if f.Property == "" {
			c.r.Errorf(f.Pos, "missing_value", "", "a property filter needs \"property\"")
			return &fixed{unknown, "a property filter names no property", "", f.Pos}
		}
		return c.condition(f.Property, f.PropertyPos, &f.Operation, s)
	case "IN_LIST":
		return c.listFilter(f)
	}
	c.r.Warnf(f.Pos, "not_evaluated", "", "filters of the type %s are not evaluated; no record meets this one", quote(f.Type))
	return &fixed{unknown, "a filter of the type " + quote(f.Type) + " cannot be evaluated in a rehearsal", "", f.Pos}
}

func (c *compiler) listFilter(f *hubspot.Filter) node {
	switch f.InListType {
	case "WORKFLOWS_ENROLLMENT", "WORKFLOWS_ACTIVE", "WORKFLOWS_GOAL", "WORKFLOWS_COMPLETED", "IMPORT":
		c.r.Warnf(f.Pos, "not_evaluated", "", "membership by %s is not known in a rehearsal; no record meets this filter", f.InListType)
		return &fixed{unknown, "membership by " + f.InListType + " is not known in a rehearsal", "", f.Pos}
	}
	if f.ListID == "" {
		c.r.Errorf(f.Pos, "missing_value", "", "a list filter needs \"listId\"")
		return &fixed{unknown, "a list filter names no list", "", f.Pos}
	}
	if c.env.KnowsList != nil && !c.env.KnowsList(f.ListID) {
		c.r.Warnf(f.Pos, "unknown_list", "add it to records/lists.yaml", "the list %s is not in records/lists.yaml, so no record is in it", quote(f.ListID))
	}
	switch f.ListOperator {
	case "", "IN_LIST":
		return &inList{f.ListID, true, f.Pos}
	case "NOT_IN_LIST":
		return &inList{f.ListID, false, f.Pos}
	}
	c.unknownOperator(f.Pos, f.ListOperator, "a list filter", []string{"IN_LIST", "NOT_IN_LIST"})
	return &fixed{unknown, "the operator " + quote(f.ListOperator) + " of a list filter is not known", "", f.Pos}
}

func (c *compiler) unknownOperator(pos source.Pos, operator, where string, known []string) {
	c.notKnown(pos, "unknown_operator", operatorHint(operator, known), "%s is no operator of %s", quote(operator), where)
}

// notKnown reports a part of a filter that is not known here. What a portal exported may be newer than this program: it
// is a warning, and the part never matches. In a file that somebody wrote by hand it is a slip of the pen, an error.
func (c *compiler) notKnown(pos source.Pos, code, hint, format string, args ...any) {
	if strings.EqualFold(filepath.Ext(c.env.File), ".json") {
		c.r.Warnf(pos, code, hint, format+"; no record meets it", args...)
		return
	}
	c.r.Errorf(pos, code, hint, format, args...)
}

// property finds a definition; ok is false when the object type has definitions and none of this name. Where nothing is
// defined the property is taken as text.
func (c *compiler) property(name string, pos source.Pos, s scope) (p hubspot.Property, ok bool) {
	text := hubspot.Property{Name: name, Type: hubspot.TypeString, Inferred: true}
	if s.props == nil || name == "hs_object_id" {
		return text, true
	}
	if p, ok := s.props.Get(name); ok {
		return p, true
	}
	hint := "define it in records/properties.yaml"
	if near := source.Nearest(name, s.props.Names()); near != "" {
		hint = fmt.Sprintf("did you mean %q? A property of your own goes into records/properties.yaml", near)
	} else if p, ok := s.props.Find(name); ok {
		hint = fmt.Sprintf("filters use internal names: %q", p.Name)
	}
	c.r.Errorf(pos, "unknown_property", hint, "%s have no property %s", plural(s.objectType), quote(name))
	return text, false
}

func plural(objectType string) string {
	if t, ok := hubspot.LookupObjectType(objectType); ok {
		return t.Plural
	}
	return objectType + " records"
}
