package flow

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// valueForms are the keys of a value that is not plain text.
func valueForms() []string {
	return []string{"output", "property", "fetched", "append", "append_property", "increment", "now", "in", "clear", "event", "value_object"}
}

// typed starts a v4 value.
func typed(t hubspot.ValueType, pos source.Pos) *source.Node {
	out := source.NewObject(pos)
	out.Set("type", source.NewString(string(t), pos))
	return out
}

func withText(t hubspot.ValueType, key string, text *source.Node) *source.Node {
	out := typed(t, text.Pos)
	out.Set(key, text)
	return out
}

// value compiles a value: text, or an object with one of valueForms.
func (y *yamlFlow) value(n *source.Node, what string) *source.Node {
	if n.IsScalar() {
		return withText(hubspot.StaticValue, "staticValue", y.text(n))
	}
	o := y.r.Object(n, what)
	form := ""
	for _, key := range valueForms() {
		if o.Get(key) == nil {
			continue
		}
		if form != "" {
			y.r.Errorf(n.Pos, "two_values", "keep one of them", "%s: %s and %s cannot both be the value", what, form, key)
			break
		}
		form = key
	}
	out := source.NewObject(n.Pos)
	switch form {
	case "":
		if n.Kind == source.Object && len(n.Members) == 0 || n.Kind == source.Null {
			y.r.Errorf(n.Pos, "missing_key", "write text, {output: step.key}, {property: name} or another value", "%s is empty", what)
		}
	case "value_object":
		out = y.raw(o.Get(form))
	case "in":
		o.Known("at")
		out = typed(hubspot.RelativeDatetime, n.Pos)
		out.Set("timeDelay", y.timeDelay(n, what))
	case "now", "clear":
		if !o.Bool(form, true) {
			y.r.Errorf(n.Pos, "bad_value", "", "%s: %s can only be true", what, form)
		}
		out = typed(hubspot.Timestamp, n.Pos)
		out.Set("timestampType", source.NewString("EXECUTION_TIME", n.Pos))
		if form == "clear" {
			out = withText(hubspot.StaticValue, "staticValue", source.NewString("", n.Pos))
		}
	default:
		if text := y.scalar(o, form); text != nil {
			out = y.textValue(form, text)
		}
	}
	o.Done()
	return out
}

func (y *yamlFlow) textValue(form string, n *source.Node) *source.Node {
	switch form {
	case "output":
		return y.output(n)
	case "property":
		return withText(hubspot.ObjectProperty, "propertyName", source.NewString(n.Text, n.Pos))
	case "fetched":
		token := n.Text
		if !strings.Contains(token, "{{") {
			token = "{{ fetched_objects." + token + " }}"
		}
		return withText(hubspot.FetchedObjectProperty, "propertyToken", source.NewString(token, n.Pos))
	case "append":
		return withText(hubspot.StaticAppendValue, "staticAppendValue", y.text(n))
	case "append_property":
		return withText(hubspot.AppendObjectProperty, "appendPropertyName", source.NewString(n.Text, n.Pos))
	case "event":
		return withText(hubspot.EnrollmentEventProperty, "enrollmentEventPropertyToken", source.NewString(n.Text, n.Pos))
	default: // increment
		if !source.ValidNumber(n.Text) {
			y.r.Errorf(n.Pos, "bad_value", "", "increment must be a number, but here stands %s", show(n))
			return source.NewObject(n.Pos)
		}
		return withText(hubspot.Increment, "incrementAmount", source.NewNumber(n.Text, n.Pos))
	}
}

// output reads step.key.
func (y *yamlFlow) output(n *source.Node) *source.Node {
	ref, key, ok := strings.Cut(n.Text, ".")
	out := typed(hubspot.FieldData, n.Pos)
	if !ok || key == "" {
		y.r.Errorf(n.Pos, "bad_output", "for example {output: qualify.response}", "%s names no output; it takes a step and a key", show(n))
		return out
	}
	s := y.lookup(ref)
	if s == nil {
		y.r.Errorf(n.Pos, "unknown_step", y.nearestStep(ref), "there is no step %q", ref)
		return out
	}
	out.Set("actionId", source.NewString(s.id, n.Pos))
	out.Set("dataKey", source.NewString(key, n.Pos))
	return out
}

// text copies a scalar as text, with step names in tokens turned into action ids.
func (y *yamlFlow) text(n *source.Node) *source.Node {
	text, unknown := y.replaceNames(n.Text)
	for _, name := range unknown {
		y.r.Errorf(n.Pos, "unknown_step", y.nearestStep(name), "a token names the step %q, which does not exist", name)
	}
	return &source.Node{Kind: source.String, Text: text, Pos: n.Pos, Quoted: n.Quoted}
}

var outputToken = regexp.MustCompile(`\{\{\s*action_outputs\.([A-Za-z_][A-Za-z0-9_-]*)\.`)

// replaceNames writes action_output_N for step names in tokens, and lists names that no step has.
func (y *yamlFlow) replaceNames(text string) (out string, unknown []string) {
	if !strings.Contains(text, "action_outputs") {
		return text, nil
	}
	out = outputToken.ReplaceAllStringFunc(text, func(match string) string {
		name := outputToken.FindStringSubmatch(match)[1]
		if actionOutput.MatchString(name) {
			return match
		}
		s := y.byName[name]
		if s == nil {
			unknown = append(unknown, name)
			return match
		}
		return strings.TrimSuffix(match, name+".") + "action_output_" + s.id + "."
	})
	return out, unknown
}

// span is a stretch of time as people write it: 2d, 4h, 1d12h, -3d.
var (
	spanForm = regexp.MustCompile(`^-?([0-9]{1,7}(mo|[smhdwy]))+$`)
	spanPart = regexp.MustCompile(`([0-9]+)(mo|[smhdwy])`)
)

var spanUnits = map[string]string{"s": "SECONDS", "m": "MINUTES", "h": "HOURS", "d": "DAYS", "w": "WEEKS", "mo": "MONTHS", "y": "YEARS"}

var unitSeconds = map[string]int{"SECONDS": 1, "MINUTES": 60, "HOURS": 3600, "DAYS": 86400, "WEEKS": 7 * 86400}

// span reads a span as an amount of one unit: the unit as written where there is one, else minutes or seconds.
func (y *yamlFlow) span(n *source.Node, what string) (delta int, unit string, ok bool) {
	text := textOf(n)
	parts := spanPart.FindAllStringSubmatch(text, -1)
	if !spanForm.MatchString(text) {
		y.r.Errorf(n.Pos, "bad_span", "write 30m, 4h, 2d, 1w or 1d12h", "%s: %s is no span of time", what, show(n))
		return 0, "", false
	}
	sign := 1
	if strings.HasPrefix(text, "-") {
		sign = -1
	}
	if len(parts) == 1 {
		v, _ := strconv.Atoi(parts[0][1]) // seven digits at most
		return sign * v, spanUnits[parts[0][2]], true
	}
	seconds := 0
	for _, p := range parts {
		each := unitSeconds[spanUnits[p[2]]]
		v, _ := strconv.Atoi(p[1])
		if each == 0 {
			y.r.Errorf(n.Pos, "bad_span", "write months and years alone, for example 6mo", "%s: %s mixes months or years with other units", what, show(n))
			return 0, "", false
		}
		seconds += v * each
		if seconds > 1_000_000_000_000 {
			y.r.Errorf(n.Pos, "bad_span", "", "%s: %s is too long", what, show(n))
			return 0, "", false
		}
	}
	if seconds%60 == 0 {
		return sign * seconds / 60, "MINUTES", true
	}
	return sign * seconds, "SECONDS", true
}

// inMinutes turns a span into minutes where that is exact.
func inMinutes(delta int, unit string) (int, string) {
	if each := unitSeconds[unit]; each >= 60 {
		return delta * (each / 60), "MINUTES"
	}
	if unit == "SECONDS" && delta%60 == 0 {
		return delta / 60, "MINUTES"
	}
	return delta, unit
}

// delayFields reads delay: a span, kept in minutes as exports do, or an amount of a named unit, kept as it is.
func (y *yamlFlow) delayFields(s *yamlStep, fields *source.Node) {
	set := func(delta, unit string, pos source.Pos) {
		fields.Set("delta", source.NewString(delta, pos))
		fields.Set("time_unit", source.NewString(unit, pos))
	}
	if s.inner == nil {
		if delta, unit, ok := y.span(s.body, stepDelay); ok {
			if delta < 0 {
				y.r.Errorf(s.body.Pos, "bad_span", "", "a delay cannot be negative")
			}
			delta, unit = inMinutes(delta, unit)
			set(strconv.Itoa(delta), unit, s.body.Pos)
		}
		return
	}
	found := false
	for _, unit := range []string{"SECONDS", "MINUTES", "HOURS", "DAYS", "WEEKS", "MONTHS", "YEARS"} {
		n := y.scalar(s.inner, strings.ToLower(unit))
		if n == nil {
			continue
		}
		if _, ok := smallID(n.Text); !ok || found {
			y.r.Errorf(n.Pos, "bad_span", "for example delay: {days: 2}", "a delay takes one whole number of one unit")
		}
		found = true
		set(n.Text, unit, n.Pos)
	}
	if !found {
		y.r.Errorf(s.body.Pos, "bad_span", "for example delay: 2d, or delay: {days: 2}", "this delay has no length")
	}
}

// timeDelay reads a span from now: 3d, {in: 3d, at: "09:00"}, or a v4 TimeDelay.
func (y *yamlFlow) timeDelay(n *source.Node, what string) *source.Node {
	if n.Kind == source.Object && n.Get("timeUnit") != nil {
		return n.Clone()
	}
	out := source.NewObject(n.Pos)
	span, at := n, (*source.Node)(nil)
	if n.Kind == source.Object {
		o := y.r.Object(n, what)
		span, at = o.Get("in"), o.Get("at")
		o.Done()
	}
	if span == nil {
		y.r.Errorf(n.Pos, "missing_key", "for example {in: 3d, at: \"09:00\"}", "%s needs %q", what, "in")
		return out
	}
	delta, unit, ok := y.span(span, what)
	if !ok {
		return out
	}
	out.Set("delta", source.NewNumber(strconv.Itoa(delta), span.Pos))
	out.Set("timeUnit", source.NewString(unit, span.Pos))
	out.Set("daysOfWeek", source.NewArray(span.Pos))
	if at != nil {
		out.Set("timeOfDay", y.timeOfDay(at))
	}
	return out
}

func (y *yamlFlow) timeOfDay(n *source.Node) *source.Node {
	out := source.NewObject(n.Pos)
	t, err := time.Parse("15:04", textOf(n))
	if err != nil {
		y.r.Errorf(n.Pos, "bad_time", `for example "09:00"`, "%s is no time of day", show(n))
		return out
	}
	out.Set("hour", source.NewNumber(strconv.Itoa(t.Hour()), n.Pos))
	out.Set("minute", source.NewNumber(strconv.Itoa(t.Minute()), n.Pos))
	return out
}

// delayUntilFields reads date or property, plus, and at.
func (y *yamlFlow) delayUntilFields(o *source.Fields, fields *source.Node) {
	date, property := o.Get("date"), y.scalar(o, "property")
	switch {
	case (date == nil) == (property == nil):
		y.r.Errorf(o.Node.Pos, "missing_key", "", "delay_until needs either %q or %q", "date", "property")
	case property != nil:
		fields.Set("date", withText(hubspot.ObjectProperty, "propertyName", source.NewString(property.Text, property.Pos)))
	case date.IsScalar():
		fields.Set("date", withText(hubspot.StaticValue, "staticValue", source.NewString(y.moment(date), date.Pos)))
	default:
		fields.Set("date", y.value(date, "date"))
	}
	delta, unit, pos := 0, "DAYS", o.Node.Pos
	if n := o.Get("plus"); n != nil {
		pos = n.Pos
		delta, unit, _ = y.span(n, "plus")
		if unit != "DAYS" {
			delta, unit = inMinutes(delta, unit)
		}
	}
	fields.Set("delta", source.NewString(strconv.Itoa(delta), pos))
	fields.Set("time_unit", source.NewString(unit, pos))
	if n := o.Get("at"); n != nil {
		fields.Set("time_of_day", y.timeOfDay(n))
	}
}

// moment reads a date for delay_until. With a known zone, or a zone in the text, it becomes epoch milliseconds; else the
// text stays, and means the portal's local time.
func (y *yamlFlow) moment(n *source.Node) string {
	if t, err := time.Parse(time.RFC3339, n.Text); err == nil {
		return strconv.FormatInt(t.UnixMilli(), 10)
	}
	for _, layout := range localLayouts() {
		t, err := time.Parse(layout, n.Text)
		if err != nil {
			continue
		}
		if y.opt.zone == nil {
			return n.Text
		}
		t = time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, y.opt.zone)
		return strconv.FormatInt(t.UnixMilli(), 10)
	}
	y.r.Errorf(n.Pos, "bad_date", "write 2026-02-01 or 2026-02-01T09:00", "%s is no date", show(n))
	return n.Text
}

func localLayouts() []string {
	return []string{"2006-01-02", "2006-01-02T15:04", "2006-01-02T15:04:05"}
}

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
