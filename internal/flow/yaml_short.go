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

// form picks how an action is written.
func (w *yamlWriter) form(a *writeAction) {
	if !w.raw[a.id] {
		switch NodeType(textOf(a.node.Get("type"))) {
		case ListBranchType, StaticBranchType, ABTestBranch:
			if w.branchForm(a) {
				return
			}
		case SingleConnection:
			if w.singleForm(a) {
				return
			}
		}
	}
	body := a.node.Clone()
	body.Delete("actionId")
	a.kind, a.body, a.branch, a.edges, a.own = stepRaw, body, false, nil, true
	if e, ok := w.edge(body.Get("connection")); ok && !w.raw[a.id] {
		managed := body.Clone()
		managed.Delete("connection")
		if rawConnects(managed) {
			a.body, a.edges, a.own = managed, []writeEdge{e}, false
		}
	}
	if a.own && w.raw[a.id] && rawConnects(body) {
		a.edges, a.own = []writeEdge{{}}, false // it ends the workflow: the list must say so
	}
}

// singleForm tries the short step of a SINGLE_CONNECTION action.
func (w *yamlWriter) singleForm(a *writeAction) bool {
	e, ok := w.edge(a.node.Get("connection"))
	fields := a.node.Get("fields")
	if !ok || fields == nil || fields.Kind != source.Object {
		return false
	}
	want := a.node.Clone()
	want.Delete("connection")
	kind, bodies := w.bodies(textOf(a.node.Get("actionTypeId")), fields)
	version := textOf(a.node.Get("actionTypeVersion"))
	usual := "0"
	if kind == stepAsk {
		usual = strconv.Itoa(w.openAI.Version)
	}
	for _, body := range bodies {
		if version != usual && body.Kind == source.Object && source.ValidNumber(version) {
			body.Set("version", source.NewNumber(version, source.Pos{}))
		}
		if w.check(want, func() *source.Node {
			it, ok := w.y.readItem(pair(kind, body))
			if !ok || it.step == nil {
				return nil
			}
			it.step.id = a.id
			return w.y.compile(it.step)
		}) {
			a.kind, a.body, a.edges = kind, body, []writeEdge{e}
			return true
		}
	}
	return false
}

// bodies proposes short forms, the shortest first.
func (w *yamlWriter) bodies(typeID string, f *source.Node) (kind string, bodies []*source.Node) {
	switch typeID {
	case w.openAI.TypeID:
		return stepAsk, []*source.Node{w.askBody(f)}
	case TypeSetProperty:
		b := source.NewObject(source.Pos{})
		w.copyText(b, "property", f.Get("property_name"))
		if v := f.Get("value"); v != nil {
			b.Set("value", w.value(v))
		}
		if as := f.Get("association"); as != nil {
			b.Set("association", w.association(as, w.y.object.Name))
		}
		return stepSetProperty, []*source.Node{b}
	case TypeCreateTask:
		return stepCreateTask, w.taskBodies(f)
	case TypeNotification:
		return stepNotify, []*source.Node{w.messageBody(f)}
	case TypeInternalEmail:
		return stepEmail, []*source.Node{w.messageBody(f)}
	case TypeDelay:
		delta, unit := textOf(f.Get("delta")), textOf(f.Get("time_unit"))
		named := pair(strings.ToLower(unit), source.NewNumber(delta, source.Pos{}))
		bodies := []*source.Node{source.NewString(spanText(delta, unit), source.Pos{})}
		if _, ok := smallID(delta); ok {
			bodies = append(bodies, named)
		}
		return stepDelay, bodies
	case TypeDelayUntil:
		return stepDelayUntil, w.untilBodies(f)
	case TypeCreateRecord:
		return stepCreateRecord, w.recordBodies(f)
	}
	return "", nil
}

func (w *yamlWriter) messageBody(f *source.Node) *source.Node {
	b := source.NewObject(source.Pos{})
	for _, l := range [][2]string{{"users", "user_ids"}, {"teams", "team_ids"}, {"owner_properties", "owner_properties"}} {
		v := f.Get(l[1])
		if v != nil && v.Kind == source.Array && len(v.Items) == 1 && l[0] == "owner_properties" && textOf(v.Items[0]) == ownerProperty {
			b.Set("owner", source.NewBool(true, source.Pos{}))
		} else if v != nil {
			b.Set(l[0], v)
		}
	}
	w.copyText(b, "subject", f.Get("subject"))
	w.copyText(b, "body", f.Get("body"))
	return b
}

// copyText copies a text, with names for action ids in its tokens.
func (w *yamlWriter) copyText(to *source.Node, key string, n *source.Node) {
	if n != nil {
		to.Set(key, w.text(n))
	}
}

var numberedToken = regexp.MustCompile(`(\{\{\s*action_outputs\.)action_output_([0-9]+)\.`)

func (w *yamlWriter) text(n *source.Node) *source.Node {
	if n.Kind != source.String || !strings.Contains(n.Text, "action_outputs") {
		return n
	}
	text := numberedToken.ReplaceAllStringFunc(n.Text, func(match string) string {
		parts := numberedToken.FindStringSubmatch(match)
		if name := w.names[parts[2]]; name != "" {
			return parts[1] + name + "."
		}
		return match
	})
	return source.NewString(text, source.Pos{})
}

func (w *yamlWriter) askBody(f *source.Node) *source.Node {
	b := source.NewObject(source.Pos{})
	for _, k := range [][2]string{{"assistant", w.openAI.Assistant}, {"model", w.openAI.Model}, {"temperature", w.openAI.Temperature},
		{"reasoning_effort", w.openAI.ReasoningEffort}, {"prompt", w.openAI.Prompt}} {
		w.copyText(b, k[0], f.Get(k[1]))
	}
	if t := b.Get("temperature"); t != nil && source.ValidNumber(t.Text) {
		b.Set("temperature", source.NewNumber(t.Text, source.Pos{}))
	}
	return b
}

func (w *yamlWriter) taskBodies(f *source.Node) []*source.Node {
	b := source.NewObject(source.Pos{})
	w.copyText(b, "subject", f.Get("subject"))
	w.copyText(b, "body", f.Get("body"))
	for _, k := range [][3]string{{"type", "task_type", "TODO"}, {"priority", "priority", "NONE"}} {
		if v := f.Get(k[1]); v != nil && textOf(v) != k[2] {
			b.Set(k[0], v)
		}
	}
	if v := f.Get("owner_assignment").Get("value"); v != nil {
		b.Set("owner", w.value(v))
	}
	if d := f.Get("due_time"); d != nil {
		b.Set("due", w.timeDelay(d))
	}
	return w.withAssociations(b, f, "task")
}

// withAssociations proposes the body without associations, which means the enrolled record, and with them.
func (w *yamlWriter) withAssociations(b, f *source.Node, from string) []*source.Node {
	list := f.Get("associations")
	if list == nil || list.Kind != source.Array {
		return []*source.Node{b}
	}
	out := source.NewArray(source.Pos{})
	for _, it := range list.Items {
		entry := it
		for _, t := range hubspot.ObjectTypes() {
			name := source.NewString(t.Name, source.Pos{})
			if w.check(it, func() *source.Node { return w.y.associated(name, from) }) {
				entry = name
				break
			}
		}
		out.Items = append(out.Items, entry)
	}
	with := b.Clone()
	with.Set("associations", out)
	return []*source.Node{b, with}
}

func (w *yamlWriter) recordBodies(f *source.Node) []*source.Node {
	b := source.NewObject(source.Pos{})
	id := f.Get("object_type_id")
	t, ok := hubspot.LookupObjectType(textOf(id))
	if ok && t.ID == id.Text {
		b.Set("object", source.NewString(t.Name, source.Pos{}))
	} else if id != nil {
		b.Set("object", id)
	}
	properties := source.NewObject(source.Pos{})
	each(f.Get("properties"), func(p *source.Node) {
		if v := p.Get("value"); v != nil {
			properties.Set(textOf(p.Get("targetProperty")), w.value(v))
		}
	})
	b.Set("properties", properties)
	return w.withAssociations(b, f, t.Name)
}

func (w *yamlWriter) untilBodies(f *source.Node) []*source.Node {
	tail := source.NewObject(source.Pos{})
	if span := spanText(textOf(f.Get("delta")), textOf(f.Get("time_unit"))); span != "0d" && span != "" {
		tail.Set("plus", source.NewString(span, source.Pos{}))
	}
	if at := f.Get("time_of_day"); at != nil {
		tail.Set("at", clockText(at))
	}
	date := f.Get("date")
	if property := date.Get("propertyName"); property != nil {
		return []*source.Node{{Kind: source.Object, Members: append([]source.Member{{Key: "property", Value: property}}, tail.Members...)}}
	}
	var bodies []*source.Node
	for _, d := range w.dates(date) {
		bodies = append(bodies, &source.Node{Kind: source.Object, Members: append([]source.Member{{Key: "date", Value: d}}, tail.Members...)})
	}
	return bodies
}

// dates proposes how a date to wait for may have been written.
func (w *yamlWriter) dates(v *source.Node) []*source.Node {
	if v == nil {
		return nil
	}
	text := textOf(v.Get("staticValue"))
	out := []*source.Node{source.NewString(text, source.Pos{})}
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		t := time.UnixMilli(ms).UTC()
		if w.y.opt.zone != nil {
			for _, layout := range localLayouts() {
				out = append(out, source.NewString(t.In(w.y.opt.zone).Format(layout), source.Pos{}))
			}
		}
		out = append(out, source.NewString(t.Format(time.RFC3339), source.Pos{}))
	}
	return append(out, pair("value_object", v))
}

// clockText writes a v4 time of day as HH:MM.
func clockText(n *source.Node) *source.Node {
	hour, _ := smallID(textOf(n.Get("hour")))
	minute, _ := smallID(textOf(n.Get("minute")))
	return source.NewString(fmt.Sprintf("%02d:%02d", hour, minute), source.Pos{})
}

// spanText writes an amount of a unit as a span, minutes as days or hours where that is exact.
func spanText(delta, unit string) string {
	v, err := strconv.Atoi(delta)
	if err != nil || v > 1_000_000_000 || v < -1_000_000_000 {
		return ""
	}
	if unit == "MINUTES" {
		switch {
		case v != 0 && v%1440 == 0:
			return strconv.Itoa(v/1440) + "d"
		case v != 0 && v%60 == 0:
			return strconv.Itoa(v/60) + "h"
		}
	}
	for short, long := range spanUnits {
		if long == unit {
			return strconv.Itoa(v) + short
		}
	}
	return ""
}

func (w *yamlWriter) timeDelay(d *source.Node) *source.Node {
	unit := textOf(d.Get("timeUnit"))
	span := spanText(textOf(d.Get("delta")), unit)
	if unit == "MINUTES" { // here the unit is kept as written
		span = textOf(d.Get("delta")) + "m"
	}
	short := source.NewString(span, source.Pos{})
	if at := d.Get("timeOfDay"); at != nil {
		short = pair("in", short)
		short.Set("at", clockText(at))
	}
	if w.check(d, func() *source.Node { return w.y.timeDelay(short, "") }) {
		return short
	}
	return d
}

func (w *yamlWriter) association(n *source.Node, from string) *source.Node {
	for _, t := range hubspot.ObjectTypes() {
		name := source.NewString(t.Name, source.Pos{})
		if hubspot.DefaultAssociationType(from, t.Name) != 0 && w.check(n, func() *source.Node { return w.y.association(name, from) }) {
			return name
		}
	}
	if id := n.Get("associationTypeId"); id != nil && w.check(n, func() *source.Node { return w.y.association(id, from) }) {
		return id
	}
	return n
}

// value writes a value: plain text, a short form, or the v4 object.
func (w *yamlWriter) value(v *source.Node) *source.Node {
	if short := w.shortValue(v); short != nil && w.check(v, func() *source.Node { return w.y.value(short, "") }) {
		return short
	}
	return pair("value_object", v)
}

// textForms are the values whose short form is one text, by v4 type: the key and the v4 member.
func textForms(t hubspot.ValueType) (key, member string) {
	forms := map[hubspot.ValueType][2]string{
		hubspot.ObjectProperty: {"property", "propertyName"}, hubspot.StaticAppendValue: {"append", "staticAppendValue"},
		hubspot.AppendObjectProperty: {"append_property", "appendPropertyName"}, hubspot.Increment: {"increment", "incrementAmount"},
		hubspot.EnrollmentEventProperty: {"event", "enrollmentEventPropertyToken"}, hubspot.FetchedObjectProperty: {"fetched", "propertyToken"},
	}
	return forms[t][0], forms[t][1]
}

func (w *yamlWriter) shortValue(v *source.Node) *source.Node {
	kind := hubspot.ValueType(textOf(v.Get("type")))
	switch kind {
	case hubspot.StaticValue:
		n := v.Get("staticValue")
		if n == nil {
			return nil
		}
		if n.Kind == source.String && n.Text == "" {
			return pair("clear", source.NewBool(true, source.Pos{}))
		}
		return w.text(n)
	case hubspot.FieldData:
		id, key := textOf(v.Get("actionId")), textOf(v.Get("dataKey"))
		return pair("output", source.NewString(w.ref(id).Text+"."+key, source.Pos{}))
	case hubspot.Timestamp:
		return pair("now", source.NewBool(true, source.Pos{}))
	case hubspot.RelativeDatetime:
		return w.shortDelay(v.Get("timeDelay"))
	}
	key, member := textForms(kind)
	n := v.Get(member)
	if key == "" || !n.IsScalar() {
		return nil
	}
	if rest, ok := strings.CutPrefix(n.Text, "{{ fetched_objects."); ok && kind == hubspot.FetchedObjectProperty {
		if inner, ok := strings.CutSuffix(rest, " }}"); ok && !strings.Contains(inner, "{{") {
			n = source.NewString(inner, source.Pos{})
		}
	}
	return pair(key, w.text(n))
}

// shortDelay writes a time delay as a value: {in: 3d}.
func (w *yamlWriter) shortDelay(d *source.Node) *source.Node {
	if d == nil {
		return nil
	}
	short := w.timeDelay(d)
	switch {
	case short.IsScalar():
		return pair("in", short)
	case short.Get("timeUnit") == nil:
		return short
	default:
		return nil
	}
}
