package check

import (
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// maxDataSources is HubSpot's limit for one workflow.
const maxDataSources = 50

// leadsTo is the object type that an association leads to from another, "" when that is not known here; then says what
// a run does in that case.
func (c *checker) leadsTo(pos source.Pos, who, from string, kind hubspot.AssociationType, then string) string {
	typeID := kind.ID
	if typeID == 0 {
		c.Errorf(pos, "missing_key", "give it an associationTypeId", "%s: the association has no type", who)
		return ""
	}
	if kind.Own() {
		return "" // labels are each portal's own; where they lead is not in any file
	}
	to, ok := kind.LeadsTo(from)
	if ok {
		return to
	}
	hint := "check its direction: the type must lead from " + from + " to the other object"
	for _, t := range hubspot.ObjectTypes() {
		if back, ok := hubspot.AssociatedObjectType(t.Name, typeID); ok {
			hint = "type " + itoa(typeID) + " leads from " + t.Name + " to " + back
			if id := hubspot.DefaultAssociationType(from, t.Name); id != 0 && back == from {
				hint += "; the other way it is " + itoa(id)
			}
			break
		}
	}
	c.Warnf(pos, "unknown_association", hint, "%s: no association type %d leads away from a %s as far as askflow knows; %s", who, typeID, from, then)
	return ""
}

// followed is leadsTo for an association of the enrolled record whose object type the action does not name: a label of
// the portal's own leads somewhere that only the portal knows.
func (c *checker) followed(a *flow.Action, pos source.Pos, kind hubspot.AssociationType, then string) string {
	if kind.Own() && kind.ID != 0 {
		c.Warnf(pos, "unknown_association", "rehearse with the unlabelled association, which HubSpot defines",
			"%s: only the portal knows to which object type its association label %s leads; %s", c.name(a), kind, then)
	}
	return c.leadsTo(pos, c.name(a), c.object.Name, kind, then)
}

// dataSources checks the associated records that a workflow fetches.
func (c *checker) dataSources() {
	if n := len(c.f.DataSources); n > maxDataSources {
		c.Errorf(c.f.DataSources[maxDataSources].Pos, "too_many_data_sources", "remove those that nothing reads",
			"the workflow has %d data sources; HubSpot takes at most %d", n, maxDataSources)
	}
	seen := map[string]bool{}
	for _, d := range c.f.DataSources {
		if d.Name != "" && seen[d.Name] {
			c.Errorf(d.Pos, "duplicate_data_source", "rename one of them", "there are two data sources %s", quote(d.Name))
		}
		seen[d.Name] = true
		c.dataSource(d)
	}
}

func (c *checker) dataSource(d flow.DataSource) {
	t, ok := hubspot.LookupObjectType(d.ObjectTypeID)
	if !ok {
		c.notKnown(d.Pos, "unknown_object_type", nearest(d.ObjectTypeID, hubspot.ObjectTypeNames()), "the data source %s is of object type %s, which is not known here; it finds no record", quote(d.Name), quote(d.ObjectTypeID))
		return
	}
	switch d.Type {
	case "ASSOCIATION", "ASSOCIATION_TIMESTAMP":
		to := c.leadsTo(d.Pos, "the data source "+quote(d.Name), c.object.Name, d.Association(), "it finds no record")
		if to != "" && to != t.Name {
			c.Errorf(d.Pos, "association_mismatch", "use type "+itoa(hubspot.DefaultAssociationType(c.object.Name, t.Name))+" for "+t.Plural,
				"the data source %s fetches %s, but association type %d leads from %s to %s", quote(d.Name), t.Plural, d.AssociationTypeID, c.object.Name, to)
		}
	case "":
	default:
		c.Warnf(d.Pos, "not_emulated", "tokens that read it find nothing", "the data source %s finds records by property (%s), which is not emulated", quote(d.Name), d.Type)
	}
	props := c.opt.Schema.Of(t.Name)
	if d.Sort == nil || d.Sort.Property == "" || props == nil {
		return
	}
	if _, ok := props.Get(d.Sort.Property); !ok {
		c.Errorf(d.Pos, "unknown_property", nearest(d.Sort.Property, props.Names()), "the data source %s sorts by %s, a property that %s do not have", quote(d.Name), quote(d.Sort.Property), t.Plural)
	}
	if d.Sort.Order != "" && d.Sort.Order != "ASC" && d.Sort.Order != "DESC" {
		c.Errorf(d.Pos, "bad_value", "use ASC or DESC", "the data source %s is sorted %s", quote(d.Name), quote(d.Sort.Order))
	}
}

// associations checks the association list of a new task or record of type from.
func (c *checker) associations(a *flow.Action, from string) {
	n := a.Field("associations")
	if n == nil {
		return
	}
	if n.Kind != source.Array {
		c.Errorf(n.Pos, "wrong_type", "", "%s: associations must be a list, but here stands %s", c.name(a), n.Kind)
		return
	}
	for _, it := range n.Items {
		o := c.Object(it, "an association")
		t := c.Object(o.Get("target"), "the target of an association")
		category, id := t.String("associationCategory"), t.Int("associationTypeId", 0)
		t.Done()
		value := hubspot.ReadValue(&source.Reader{}, o.Get("value"), "")
		o.Done()
		to := c.leadsTo(it.Pos, c.name(a), from, hubspot.AssociationType{Category: category, ID: id}, "the association is made all the same")
		other := c.associated(a, value, it.Pos)
		if to != "" && other != "" && to != other {
			c.Errorf(it.Pos, "association_mismatch", "use type "+itoa(hubspot.DefaultAssociationType(from, other)),
				"%s: association type %d leads from %s to %s, but the other record is a %s", c.name(a), id, from, to, other)
		}
	}
}

// associated is the object type of the record that an entry associates with, "" when that is not known.
func (c *checker) associated(a *flow.Action, v *hubspot.Value, pos source.Pos) string {
	switch {
	case v == nil:
		c.Errorf(pos, "missing_key", "use ENROLLED_OBJECT for the enrolled record", "%s: the association does not say with which record", c.name(a))
		return ""
	case v.Type == hubspot.EnrolledObject:
		return c.object.Name
	case v.Type == hubspot.CopyAssociation:
		return c.followed(a, v.Pos, v.Source(), "a run leaves the association out")
	default:
		return ""
	}
}
