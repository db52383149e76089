package workflows

import (
	"strings"

	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/source"
	"askflow/internal/tui/flowdraw"
	"askflow/internal/tui/inspect"
)

// enrollment is the card of who enrolls: triggers, what keeps a record out, the goal.
func (c *cardInput) enrollment(d *doc) {
	f := c.data.wf.Flow
	d.Line(c.th.Heading, "Enrollment triggers")
	d.Line(c.th.Faint, f.ObjectType().Singular+" workflow")
	c.problems(d)
	c.cameIn(d)
	c.triggers(d, f.Enrollment)
	if f.Description != "" {
		d.Head("Description")
		d.Text("  ")
		d.Lines(c.th.Text, f.Description, "  ")
		d.Newline()
	}
	if len(f.SuppressionListIDs) > 0 || f.SuppressionFilter != nil {
		d.Head("Kept out")
		if len(f.SuppressionListIDs) > 0 {
			d.Line(c.th.Text, "  members of list "+strings.Join(f.SuppressionListIDs, ", list "))
		}
		c.sentences(d, f.SuppressionFilter)
	}
	if f.Goal != nil {
		d.Head("Goal")
		d.Line(c.th.Faint, "  a record leaves the workflow as soon as")
		c.sentences(d, f.Goal)
	}
	if len(f.DataSources) > 0 {
		d.Head("Associated records")
		for i := range f.DataSources {
			src := &f.DataSources[i]
			d.Put(c.th.Token, "  {{ fetched_objects."+src.Name+".… }}")
			if t, ok := hubspot.LookupObjectType(src.ObjectTypeID); ok {
				d.Put(c.th.Faint, "  "+t.Singular)
			}
			d.Newline()
		}
	}
}

// cameIn is how the record whose path is lit was enrolled, or why not.
func (c *cardInput) cameIn(d *doc) {
	if c.lit == nil || c.lit.none {
		return
	}
	d.Head("In run " + c.lit.run + ", " + litName(c.lit))
	word, style := inspect.Standing(c.th, c.lit.enrolled.State, c.lit.failed(), c.lit.halted)
	d.Line(style, "  "+word)
	if why := inspect.Reason(c.lit.enrolled.State, c.lit.enrolled.Reason, c.lit.halted); why != "" {
		d.Line(c.th.Faint, "  "+why)
	}
}

func (c *cardInput) sentences(d *doc, b *hubspot.FilterBranch) {
	for _, s := range flowdraw.Sentences(b) {
		d.Line(c.th.Text, "  "+s)
	}
}

func (c *cardInput) triggers(d *doc, e *flow.EnrollmentCriteria) {
	d.Head("Enrolls when")
	switch {
	case e == nil || e.Type == flow.Manual:
		d.Line(c.th.Text, "  somebody enrolls it by hand")
		return
	case e.Type == flow.Dataset:
		d.Line(c.th.Text, "  it is in dataset "+e.DatasetID)
	}
	c.sentences(d, e.ListFilter)
	for i, b := range append(append([]*hubspot.FilterBranch(nil), e.EventFilters...), e.ListMembershipFilters...) {
		if i > 0 {
			d.Line(c.th.Faint, "  OR")
		}
		c.sentences(d, b)
	}
	if e.Refinement != nil {
		d.Line(c.th.Faint, "  and only if")
		c.sentences(d, e.Refinement)
	}
	switch {
	case len(e.ReEnrollTriggers) > 0:
		d.Head("Enrolls again when")
		for _, b := range e.ReEnrollTriggers {
			c.sentences(d, b)
		}
	case e.ShouldReEnroll:
		d.Line(c.th.Faint, "  and again whenever that becomes true")
	}
	if e.UnEnrollWhenNotMeeting {
		d.Line(c.th.Faint, "  a record that no longer meets this leaves the workflow")
	}
}

// problems are what checking found here.
func (c *cardInput) problems(d *doc) {
	id := ""
	if c.action != nil {
		id = c.action.ID
	}
	found := c.data.byAction[id]
	if len(found) == 0 {
		return
	}
	d.Head("Problems")
	for _, p := range found {
		d.problem(p, place(p))
	}
}

// value draws a field: text with its tokens, a value object as words, people with their names, anything else as JSON.
func (c *cardInput) value(d *doc, n *source.Node, field string) {
	switch {
	case n == nil:
		d.Put(c.th.Faint, "–")
	case n.Kind == source.String:
		d.template(n.Text, "    ")
		c.person(d, n.Text, field)
	case n.IsScalar():
		d.Put(c.th.Value, n.Text)
		c.person(d, n.Text, field)
	case n.Kind == source.Array:
		c.items(d, n, field)
	default:
		c.object(d, n, field)
	}
}

func (c *cardInput) items(d *doc, n *source.Node, field string) {
	if len(n.Items) == 0 {
		d.Put(c.th.Faint, "none")
	}
	for i, item := range n.Items {
		if i > 0 {
			d.Put(c.th.Faint, ", ")
		}
		c.value(d, item, field)
	}
}

// object draws a value object as people would say it.
func (c *cardInput) object(d *doc, n *source.Node, field string) {
	of := func(key string) string {
		if v := n.Get(key); v != nil {
			return v.Text
		}
		return ""
	}
	switch kind := hubspot.ValueType(of("type")); kind {
	case hubspot.StaticValue:
		d.template(of("staticValue"), "    ")
		c.person(d, of("staticValue"), field)
	case hubspot.ObjectProperty:
		d.Put(c.th.Faint, "the record's ")
		d.Put(c.th.Token, of("propertyName"))
	case hubspot.FieldData:
		d.Put(c.th.Token, of("dataKey"))
		name := of("actionId")
		if a := c.data.wf.Flow.ActionByName(name); a != nil {
			name = c.data.nameOf(a)
		}
		d.Put(c.th.Faint, " of "+name)
	case hubspot.FetchedObjectProperty:
		d.Put(c.th.Token, of("propertyToken"))
	case hubspot.EnrolledObject:
		d.Put(c.th.Text, "the enrolled record")
	default:
		inner := n.Get("value")
		switch {
		case inner != nil && inner.Kind == source.Object: // an owner's assignment, an association
			c.object(d, inner, field)
		case n.Get("delta") != nil && n.Get("timeUnit") != nil:
			d.Put(c.th.Value, span(of("delta"), of("timeUnit")))
		default:
			d.Put(c.th.Value, string(source.AppendJSON(nil, n)))
		}
	}
}

// span says how long a delay is: 4 hours, 1 day.
func span(count, unit string) string {
	unit = strings.ToLower(unit)
	if count == "1" {
		unit = strings.TrimSuffix(unit, "s")
	}
	return count + " " + unit
}

// person adds the name of a user or an owner whose id a field holds.
func (c *cardInput) person(d *doc, id, field string) {
	for _, u := range c.people {
		switch field {
		case "user_ids":
			if u.ID == id {
				d.Put(c.th.Faint, " "+u.Name)
				return
			}
		case "owner_assignment", "hubspot_owner_id":
			if u.OwnerID == id {
				d.Put(c.th.Faint, " "+u.Name)
				return
			}
		}
	}
}
