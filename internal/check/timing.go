package check

import (
	"strconv"
	"strings"

	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// timeUnits are the units that hints name. An export may hold any of HubSpot's, hubspot.TimeUnits.
var timeUnits = []string{"SECONDS", "MINUTES", "HOURS", "DAYS", "WEEKS", "MONTHS", "YEARS"}

// mostDelta bounds a delay's number: more would leave every calendar.
const mostDelta = 100_000_000

// delays checks the two delays that are emulated.
func (c *checker) delays() {
	c.each(flow.TypeDelay, func(a *flow.Action) {
		if a.Field("delta") == nil {
			c.Errorf(a.Pos, "bad_delay", "", "%s needs a number (delta) and a unit (time_unit)", c.name(a))
			return
		}
		c.span(a, true)
	})
	c.each(flow.TypeDelayUntil, func(a *flow.Action) {
		date := a.Field("date")
		if date == nil && a.Field("delta") == nil {
			c.Errorf(a.Pos, "bad_delay", "", "%s needs a date", c.name(a))
		}
		if a.Field("delta") != nil {
			c.span(a, false)
		}
		if n := a.Field("time_of_day"); n != nil {
			hubspot.ReadTimeOfDay(&c.Reader, n)
		}
		c.delayDate(a, date)
	})
}

// span checks delta and time_unit.
func (c *checker) span(a *flow.Action, positive bool) {
	n := a.Field("delta")
	delta, err := strconv.Atoi(strings.TrimSpace(n.Text))
	switch {
	case !n.IsScalar() || err != nil:
		c.Errorf(n.Pos, "bad_delay", "", "%s: %s is no whole number", c.name(a), quote(n.Text))
	case positive && delta < 0 || delta > mostDelta || delta < -mostDelta:
		c.Errorf(n.Pos, "bad_delay", "", "%s: a delay cannot last %d", c.name(a), delta)
	case positive && delta == 0:
		c.Warnf(n.Pos, "bad_delay", "", "%s waits no time at all", c.name(a))
	}
	if unit := a.Field("time_unit"); unit == nil {
		c.Errorf(a.Pos, "bad_delay", "it may be: "+strings.Join(timeUnits, ", "), "%s needs a unit (time_unit)", c.name(a))
	} else {
		c.unit(a, unit.Text, unit.Pos)
		if word := strings.ToUpper(unit.Text); delta > 0 && (word == "ERAS" || word == "FOREVER") {
			c.Warnf(unit.Pos, "endless_delay", "use a unit that ends, such as DAYS", "%s never ends: every record that comes to it stays there", c.name(a))
		}
	}
}

func (c *checker) unit(a *flow.Action, unit string, pos source.Pos) {
	if hubspot.IsTimeUnit(unit) {
		return
	}
	hint := "it may be: " + strings.Join(timeUnits, ", ")
	if near := source.Nearest(unit, timeUnits); near != "" {
		hint = "did you mean " + near + "?"
	}
	c.Errorf(pos, "bad_time_unit", hint, "%s: %s is no unit of time", c.name(a), quote(unit))
}

// delayUnit checks a TimeDelay, such as a task's due time.
func (c *checker) delayUnit(a *flow.Action, d *hubspot.TimeDelay, pos source.Pos) {
	if d == nil {
		return
	}
	if d.Unit != "" || d.TimeOfDay == nil {
		c.unit(a, d.Unit, pos)
	}
	if d.Delta > mostDelta || d.Delta < -mostDelta {
		c.Errorf(pos, "bad_delay", "", "%s: %d is more than a calendar holds", c.name(a), d.Delta)
	}
}

func (c *checker) delayDate(a *flow.Action, n *source.Node) {
	if n == nil {
		return
	}
	v := hubspot.ReadValue(&source.Reader{}, n, "")
	if v == nil {
		return
	}
	switch v.Type {
	case hubspot.StaticValue:
		if t := textNode(v); t != nil && !strings.Contains(t.Text, "{{") && !isDate(strings.TrimSpace(t.Text)) {
			c.Errorf(t.Pos, "bad_value", "write it like 2026-01-31T09:00, or as milliseconds since 1970", "%s: %s is no date", c.name(a), quote(t.Text))
		}
	case hubspot.ObjectProperty:
		p, ok := c.opt.Schema.Of(c.object.Name).Get(v.Text)
		if ok && !p.Inferred && p.Type != hubspot.TypeDate && p.Type != hubspot.TypeDatetime {
			c.Errorf(v.TextPos, "value_type", "choose a date property", "%s waits for the property %s, which holds %s and no date", c.name(a), p.Name, typeWord(p))
		}
	}
}

// createRecords checks new records.
func (c *checker) createRecords() {
	c.each(flow.TypeCreateRecord, func(a *flow.Action) {
		n := a.Field("object_type_id")
		if empty(n) {
			c.Errorf(a.Pos, "missing_key", "", "%s needs an object_type_id", c.name(a))
			return
		}
		t, ok := hubspot.LookupObjectType(n.Text)
		if !ok {
			c.notKnown(n.Pos, "unknown_object_type", nearest(n.Text, hubspot.ObjectTypeNames()), "%s: %s is no object type that is known here; a run skips the action", c.name(a), quote(n.Text))
			return
		}
		properties := a.Field("properties")
		if properties != nil && properties.Kind != source.Array {
			c.Errorf(properties.Pos, "wrong_type", "", "%s: properties must be a list, but here stands %s", c.name(a), properties.Kind)
			return
		}
		if properties != nil {
			for _, it := range properties.Items {
				c.newProperty(a, t.Name, it)
			}
		}
		c.associations(a, t.Name)
	})
}

func (c *checker) newProperty(a *flow.Action, objectType string, n *source.Node) {
	o := c.Object(n, "a property of a new record")
	name := o.Get("targetProperty")
	if name == nil || !name.IsScalar() || name.Text == "" {
		c.Errorf(n.Pos, "missing_key", "", "%s: a property needs its name (targetProperty)", c.name(a))
		name = nil
	}
	value := o.Get("value")
	o.Done()
	if name != nil {
		c.assign(a, objectType, name, value)
	}
}
