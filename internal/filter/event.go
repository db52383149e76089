package filter

import (
	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// The events that a rehearsal can stand in for.
const (
	eventPropertyChanged = "4-655002"
	eventRecordCreated   = "4-1463224"
)

// eventName names the events that triggers use, for people.
func eventName(id string) string {
	names := map[string]string{
		"4-1553675": "Ad interaction", "4-666440": "Email open", "4-665538": "Email reply", "4-666288": "Email click",
		"4-665536": "Email delivery", "4-1639801": "Form submission", "4-1639797": "Form view", "4-1639799": "Form interaction",
		"4-68559": "Marketing event registration", "4-69072": "Marketing event cancellation", "4-1733817": "Call start",
		"4-1741072": "Call end", "4-1722276": "SMS shortlink click", "4-1555804": "CTA view", "4-1555805": "CTA click",
		"4-675783": "Media play", "4-1466013": "Enrolled in workflow", "4-1466014": "Unenrolled from workflow",
		"4-1753168": "Workflow goal achieved", "4-1720599": "Meeting booked", "4-1814177": "Playbook log",
	}
	if name := names[id]; name != "" {
		return name + " (" + id + ")"
	}
	return show(id)
}

// event compiles a UNIFIED_EVENTS branch: a change of a property tests its current value, a created record is what
// every fixture is, and no other event occurs.
func (c *compiler) event(b *hubspot.FilterBranch, s scope) node {
	if b.ListOperator != "" && b.ListOperator != "HAS_COMPLETED" && b.ListOperator != "HAS_NOT_COMPLETED" {
		c.unknownOperator(b.Pos, b.ListOperator, "an event branch", []string{"HAS_COMPLETED", "HAS_NOT_COMPLETED"})
		return &fixed{unknown, "the operator " + quote(b.ListOperator) + " of an event branch is not known", "", b.Pos}
	}
	if b.ListOperator == "HAS_NOT_COMPLETED" {
		c.r.Warnf(b.Pos, "event_not_emulated", "run with --enroll all to skip the triggers", "whether an event has never occurred is not known in a rehearsal; no record meets this trigger")
		return &fixed{unknown, "a rehearsal does not know which events have never occurred; --enroll all skips the triggers", "", b.Pos}
	}
	if len(b.Branches) > 0 {
		c.r.Warnf(b.Pos, "event_not_emulated", "make several event branches side by side", "branches inside an event branch are not tested; HubSpot refuses nested event branches")
	}
	switch b.EventTypeID {
	case eventPropertyChanged:
		name, value, ok := eventPair(b.Filters, nil)
		if !ok {
			c.r.Errorf(b.Pos, "missing_value", "add a filter on hs_name with STRING IS_EQUAL_TO and the property's name", "the property-change trigger does not say which property")
			return &fixed{unknown, "a property-change trigger names no property", "", b.Pos}
		}
		c.ignored(b.Filters)
		return c.changed(name, value, b.Pos, s)
	case eventRecordCreated:
		c.ignored(b.Filters)
		return &fixed{yes, "the record was created", "", b.Pos}
	}
	name := eventName(b.EventTypeID)
	c.r.Warnf(b.Pos, "event_not_emulated", "run with --enroll all to skip the triggers", "the event %s does not occur in a rehearsal; no record meets this trigger", name)
	return &fixed{unknown, "the event " + name + " does not occur in a rehearsal; --enroll all skips the triggers", "", b.Pos}
}

// eventPair finds the filters on hs_name and hs_value of a property change. In a plain AND branch they count as such
// only where the object type has no property of that name.
func eventPair(filters []*hubspot.Filter, props *hubspot.Properties) (name, value *hubspot.Filter, ok bool) {
	if _, defined := props.Get("hs_name"); defined {
		return nil, nil, false
	}
	for _, f := range filters {
		switch f.Property {
		case "hs_name":
			name = f
		case "hs_value":
			value = f
		}
	}
	return name, value, name != nil && len(name.Operation.Values) == 1 && name.Operation.Operator == "IS_EQUAL_TO"
}

// ignored warns about refinements of an event that only a real event has, such as its source.
func (c *compiler) ignored(filters []*hubspot.Filter) {
	for _, f := range filters {
		if f.Property != "hs_name" && f.Property != "hs_value" {
			c.r.Warnf(f.Pos, "event_not_emulated", "", "the filter on %s belongs to the event, which does not occur in a rehearsal; it is not tested", quote(f.Property))
		}
	}
}

// changed tests the current value of the property whose change would be the event; without a value filter any value
// counts as one that was set.
func (c *compiler) changed(name, value *hubspot.Filter, pos source.Pos, s scope) node {
	property := name.Operation.Values[0]
	if value == nil {
		known := &hubspot.Operation{Type: "ALL_PROPERTY", Operator: "IS_KNOWN", Pos: pos}
		return c.condition(property, name.Operation.Pos, known, s)
	}
	return c.condition(property, name.Operation.Pos, &value.Operation, s)
}
