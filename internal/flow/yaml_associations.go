package flow

import (
	"fmt"
	"strconv"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// association reads which association is meant: an object type's name (the default one), a type id of HubSpot's own, or
// {associationCategory, associationTypeId}.
func (y *yamlFlow) association(n *source.Node, from string) *source.Node {
	if n.Kind == source.Object {
		return n.Clone()
	}
	if _, ok := smallID(textOf(n)); ok {
		return definedAssociation(n.Text, n.Pos)
	}
	to := y.objectType(n)
	t, _ := hubspot.LookupObjectType(to.Text)
	id := hubspot.DefaultAssociationType(from, t.Name)
	if id == 0 && t.Name != "" {
		y.r.Errorf(n.Pos, "unknown_association", "give the association's type id", "no default association from %s to %s is known", from, t.Name)
	}
	return definedAssociation(strconv.Itoa(id), n.Pos)
}

// definedCategory marks the association types that HubSpot brings along.
const definedCategory = "HUBSPOT_DEFINED"

func definedAssociation(typeID string, pos source.Pos) *source.Node {
	out := source.NewObject(pos)
	out.Set("associationCategory", source.NewString(definedCategory, pos))
	out.Set("associationTypeId", source.NewNumber(typeID, pos))
	return out
}

// associations says what a new record of the type from is associated with: the enrolled record where nothing is said.
func (y *yamlFlow) associations(o *source.Fields, from string, fields *source.Node) {
	out := source.NewArray(o.Pos("associations"))
	n := o.Get("associations")
	explicit := "true"
	switch {
	case n == nil:
		if id := hubspot.DefaultAssociationType(from, y.object.Name); id != 0 {
			out.Items = append(out.Items, associationEntry(definedAssociation(strconv.Itoa(id), out.Pos), typed(hubspot.EnrolledObject, out.Pos)))
		} else {
			explicit = "false" // HubSpot then associates the enrolled record by itself
		}
	case n.Kind != source.Array:
		y.r.Errorf(n.Pos, "wrong_type", "for example [contact, company]", "associations must be a list, but here stands %s", n.Kind)
	default:
		for _, it := range n.Items {
			out.Items = append(out.Items, y.associated(it, from))
		}
	}
	fields.Set("associations", out)
	fields.Set("use_explicit_associations", source.NewString(explicit, out.Pos))
}

func associationEntry(target, value *source.Node) *source.Node {
	out := source.NewObject(target.Pos)
	out.Set("target", target)
	out.Set("value", value)
	return out
}

// associated reads one entry: the flow's own object type for the enrolled record, another one for the records
// associated with it, or a v4 entry.
func (y *yamlFlow) associated(n *source.Node, from string) *source.Node {
	if n.Kind == source.Object {
		return y.raw(n)
	}
	target := y.association(source.NewString(textOf(n), n.Pos), from)
	t, _ := hubspot.LookupObjectType(textOf(n))
	if t.Name == y.object.Name {
		return associationEntry(target, typed(hubspot.EnrolledObject, n.Pos))
	}
	value := typed(hubspot.CopyAssociation, n.Pos)
	value.Set("sourceSpec", y.association(source.NewString(textOf(n), n.Pos), y.object.Name))
	return associationEntry(target, value)
}

// dataSources reads v4 data sources, and the short {name, object, association, sort, by}.
func (y *yamlFlow) dataSources(o *source.Fields) *source.Node {
	out := source.NewArray(o.Pos("data_sources"))
	for _, it := range o.Items("data_sources") {
		if it.Get("type") != nil {
			out.Items = append(out.Items, it.Clone())
			continue
		}
		out.Items = append(out.Items, y.dataSource(it))
	}
	return out
}

func (y *yamlFlow) dataSource(n *source.Node) *source.Node {
	o := y.r.Object(n, "a data source")
	out := source.NewObject(n.Pos)
	kind := "ASSOCIATION"
	if by := y.scalar(o, "by"); by != nil {
		kind = "ASSOCIATION_TIMESTAMP"
		if by.Text != "association_time" {
			y.r.Errorf(by.Pos, "bad_value", "use association_time, or sort", "%s is no order of a data source", show(by))
		}
	}
	out.Set("type", source.NewString(kind, n.Pos))
	out.Set("name", source.NewString(o.Need("name"), o.Pos("name")))
	object := o.Get("object")
	if object == nil {
		y.r.Errorf(n.Pos, "missing_key", fmt.Sprintf("for example {name: company, object: company}, or a v4 object with %q", "type"), "a data source needs %q", "object")
		o.Done()
		return out
	}
	out.Set("objectTypeId", y.objectType(object))
	which := o.Get("association")
	if which == nil {
		which = object
	}
	association := y.association(which, y.object.Name)
	for _, m := range association.Members {
		out.Set(m.Key, m.Value)
	}
	if s := o.Get("sort"); s != nil {
		out.Set("sortBy", s.Clone())
	}
	o.Done()
	return out
}
