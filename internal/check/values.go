package check

import (
	"strings"

	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/source"
	"askflow/internal/token"
)

// isValue tells a value object from other objects inside fields.
func isValue(n *source.Node) bool {
	t := n.Get("type")
	if t == nil {
		return n.Get("staticValue") != nil
	}
	switch hubspot.ValueType(t.Text) {
	case hubspot.StaticValue, hubspot.ObjectProperty, hubspot.FieldData, hubspot.FetchedObjectProperty, hubspot.Timestamp,
		hubspot.RelativeDatetime, hubspot.Increment, hubspot.AppendObjectProperty, hubspot.StaticAppendValue,
		hubspot.EnrollmentEventProperty, hubspot.EnrollmentDatasetColumn, hubspot.ActionOutputObjectProperty,
		hubspot.SingleObjectCoordinates, hubspot.ListValue, hubspot.MapValue, hubspot.EnrolledObject, hubspot.CopyAssociation:
		return true
	}
	return false
}

// values checks every value object: in fields, in branch inputs, in the inputs of custom code and webhooks.
func (c *checker) values() {
	for _, a := range c.f.Actions {
		c.value(a, a.Input)
		if a.Code != nil {
			for _, v := range a.Code.InputFields {
				c.value(a, v.Value)
			}
		}
		if a.Webhook != nil {
			for _, v := range a.Webhook.QueryParams {
				c.value(a, v.Value)
			}
		}
		if a.Type == flow.SingleConnection {
			c.valuesIn(a, a.Fields, 0)
		}
	}
}

func (c *checker) valuesIn(a *flow.Action, n *source.Node, depth int) {
	if n == nil || depth > maxFieldDepth {
		return
	}
	if n.Kind == source.Object && depth > 0 && isValue(n) {
		c.value(a, hubspot.ReadValue(&c.Reader, n, c.name(a)))
		return
	}
	for _, m := range n.Members {
		c.valuesIn(a, m.Value, depth+1)
	}
	for _, it := range n.Items {
		c.valuesIn(a, it, depth+1)
	}
}

// value checks what a value object refers to.
func (c *checker) value(a *flow.Action, v *hubspot.Value) {
	if v == nil {
		return
	}
	switch v.Type {
	case hubspot.StaticValue, hubspot.StaticAppendValue:
		if n := textNode(v); n != nil {
			c.text1(a, n)
		}
	case hubspot.ObjectProperty, hubspot.AppendObjectProperty:
		if v.Text == "" {
			c.Errorf(valuePos(v), "missing_key", "", "%s: the value does not name a property", c.name(a))
		}
		c.property(a, c.object.Name, v.Text, func() source.Pos { return valuePos(v) })
	case hubspot.FieldData:
		if v.ActionID != "" && v.Text != "" {
			c.output(a, v.ActionID, v.Text, func() source.Pos { return v.Pos })
		}
	case hubspot.FetchedObjectProperty:
		c.fetchedValue(a, v, valuePos(v))
	case hubspot.Increment, hubspot.Timestamp, hubspot.RelativeDatetime:
		c.literalValue(a, v)
	case hubspot.EnrollmentEventProperty, hubspot.EnrollmentDatasetColumn, hubspot.ActionOutputObjectProperty,
		hubspot.SingleObjectCoordinates, hubspot.ListValue, hubspot.MapValue:
		c.Warnf(v.Pos, "value_not_emulated", "use a static value, a property or an action output", "%s: values of the type %s are not emulated; there will be none", c.name(a), v.Type)
	}
}

// valuePos is where a value's text stands, or the value where it has none.
func valuePos(v *hubspot.Value) source.Pos {
	if v.TextPos.Line > 0 {
		return v.TextPos
	}
	return v.Pos
}

// literalValue checks the values that refer to nothing.
func (c *checker) literalValue(a *flow.Action, v *hubspot.Value) {
	switch v.Type {
	case hubspot.Increment:
		if !isNumber(strings.TrimSpace(v.Text)) {
			c.Errorf(valuePos(v), "bad_value", "", "%s: %s is no number to increment by", c.name(a), quote(v.Text))
		}
	case hubspot.Timestamp:
		if v.Text != "EXECUTION_TIME" {
			c.Errorf(valuePos(v), "bad_value", "use EXECUTION_TIME", "%s: %s is no timestamp type", c.name(a), quote(v.Text))
		}
	case hubspot.RelativeDatetime:
		c.delayUnit(a, v.Delay, v.Pos)
	}
}

// textNode is the node that holds a static value's text.
func textNode(v *hubspot.Value) *source.Node {
	if v.Node.IsScalar() {
		return v.Node
	}
	n := v.Node.Get("staticValue")
	if v.Type == hubspot.StaticAppendValue {
		n = v.Node.Get("staticAppendValue")
	}
	if !n.IsScalar() {
		return nil
	}
	return n
}

func (c *checker) fetchedValue(a *flow.Action, v *hubspot.Value, pos source.Pos) {
	ref, problems := token.ParseRef(v.Text)
	for _, p := range problems {
		c.Errorf(pos, p.Code, p.Hint, "%s: %s", c.name(a), p.Message)
	}
	if ref != nil {
		c.ref(a, ref, func() source.Pos { return pos })
	}
}

// setProperties checks that the property exists, may be set, and takes the value.
func (c *checker) setProperties() {
	c.each(flow.TypeSetProperty, func(a *flow.Action) {
		target := c.target(a)
		n := a.Field("property_name")
		if !n.IsScalar() || n.Text == "" {
			c.Errorf(fieldPos(a, "property_name"), "missing_key", "", "%s needs the name of a property", c.name(a))
			return
		}
		value := a.Field("value")
		if value == nil {
			c.Errorf(a.Pos, "missing_key", "to empty the property, set it to an empty text", "%s needs a value", c.name(a))
		}
		if target != "" {
			c.assign(a, target, n, value)
		}
	})
}

// target is the object type that an association leads to; without one it is the enrolled record's.
func (c *checker) target(a *flow.Action) string {
	n := a.Field("association")
	if n == nil || n.Kind == source.Object && len(n.Members) == 0 {
		return c.object.Name
	}
	f := c.Object(n, "an association")
	category, id := f.String("associationCategory"), f.Int("associationTypeId", 0)
	f.Done()
	return c.followed(a, n.Pos, hubspot.AssociationType{Category: category, ID: id}, "a run skips the action")
}

// assign checks one property and the value it is to get.
func (c *checker) assign(a *flow.Action, objectType string, name, value *source.Node) {
	p, ok := c.property(a, objectType, name.Text, func() source.Pos { return name.Pos })
	if name.Text == "hs_object_id" {
		p, ok = hubspot.Property{Name: name.Text, ReadOnly: true}, true
	}
	if !ok {
		return
	}
	if p.ReadOnly {
		c.Warnf(name.Pos, "read_only_property", "set another property", "%s: HubSpot keeps the property %s itself and does not let it be set; %s", c.name(a), p.Name, failsAlways)
		return
	}
	if value == nil {
		return
	}
	if value.Kind == source.Object && !isValue(value) {
		hubspot.ReadValue(&c.Reader, value, c.name(a)) // says what is wrong with it
		return
	}
	// The value's own problems are reported by values.
	quiet := &source.Reader{}
	if v := hubspot.ReadValue(quiet, value, ""); v != nil {
		c.fits(a, p, v)
	}
}

// fits checks a value against the property's type.
func (c *checker) fits(a *flow.Action, p hubspot.Property, v *hubspot.Value) {
	n := textNode(v)
	literal := n != nil && !strings.Contains(n.Text, "{{")
	var fits bool
	var what string
	switch v.Type {
	case hubspot.StaticValue:
		if literal {
			c.staticFits(a, p, n)
		}
		return
	case hubspot.StaticAppendValue, hubspot.AppendObjectProperty:
		if v.Type == hubspot.StaticAppendValue && p.Multiple && literal {
			c.staticFits(a, p, n)
		}
		fits, what = p.Multiple || p.Type == hubspot.TypeString, "an appended value"
	case hubspot.Increment:
		fits, what = p.Type == hubspot.TypeNumber, "an increment"
	case hubspot.Timestamp, hubspot.RelativeDatetime:
		fits, what = p.Type == hubspot.TypeDate || p.Type == hubspot.TypeDatetime || p.Type == hubspot.TypeString, "a date"
	default:
		return
	}
	if !fits {
		c.Errorf(v.Pos, "value_type", "", "%s: the property %s holds %s and cannot take %s", c.name(a), p.Name, typeWord(p), what)
	}
}

func typeWord(p hubspot.Property) string {
	switch p.Type {
	case hubspot.TypeNumber:
		return "a number"
	case hubspot.TypeDate:
		return "a date"
	case hubspot.TypeDatetime:
		return "a date and time"
	case hubspot.TypeBool:
		return "true or false"
	case hubspot.TypeEnumeration:
		return "one of its options"
	default:
		return "text"
	}
}

// staticFits checks a literal value. Empty clears the property, which every type takes.
func (c *checker) staticFits(a *flow.Action, p hubspot.Property, n *source.Node) {
	text := strings.TrimSpace(n.Text)
	if text == "" {
		return
	}
	bad := func(hint string) {
		c.Warnf(n.Pos, "bad_value", hint, "%s: %s is no value for the property %s, which holds %s; %s", c.name(a), quote(text), p.Name, typeWord(p), failsAlways)
	}
	switch p.Type {
	case hubspot.TypeNumber:
		if !isNumber(text) {
			bad("write it without separators: 1250.5")
		}
	case hubspot.TypeBool:
		if text != "true" && text != "false" {
			bad("write true or false")
		}
	case hubspot.TypeDate, hubspot.TypeDatetime:
		if !isDate(text) {
			bad("write it like 2026-01-31, 2026-01-31T09:00:00Z, or as milliseconds since 1970")
		}
	case hubspot.TypeEnumeration:
		c.optionFits(a, p, n, text, bad)
	}
}

func (c *checker) optionFits(a *flow.Action, p hubspot.Property, n *source.Node, text string, bad func(string)) {
	if strings.HasSuffix(p.Name, "owner_id") && len(p.Options) == 0 {
		c.owner(a, text, n.Pos)
		return
	}
	parts := []string{text}
	if p.Multiple {
		parts = strings.Split(text, ";")
	}
	for _, part := range parts {
		part = strings.TrimSpace(part)
		if len(p.Options) == 0 || part == "" {
			continue
		}
		value, ok := p.OptionValue(part)
		switch {
		case !ok:
			bad(nearest(part, optionValues(p)))
			return
		case value != part:
			c.Warnf(n.Pos, "option_label", "write "+value, "%s: %s is not the internal value of an option of %s, and HubSpot takes no other; %s", c.name(a), quote(part), p.Name, failsAlways)
		}
	}
}

func optionValues(p hubspot.Property) []string {
	values := make([]string, len(p.Options))
	for i, o := range p.Options {
		values[i] = o.Value
	}
	return values
}
