package flow

import (
	"slices"
	"strconv"
	"strings"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// compile makes a step's v4 action.
func (y *yamlFlow) compile(s *yamlStep) *source.Node {
	out := source.NewObject(s.pos)
	if s.kind == stepRaw {
		return y.compileRaw(s)
	}
	typed := map[string]NodeType{stepBranch: ListBranchType, stepBranchOn: StaticBranchType, stepRandomSplit: ABTestBranch}[s.kind]
	if typed == "" {
		typed = SingleConnection
	}
	out.Set("type", source.NewString(string(typed), s.pos))
	out.Set("actionId", source.NewString(s.id, s.idPos))
	switch typed {
	case ListBranchType:
		y.compileBranch(s, out)
	case StaticBranchType:
		y.compileBranchOn(s, out)
	case ABTestBranch:
		y.compileSplit(s, out)
	default:
		typeID, version := y.actionType(s)
		out.Set("actionTypeId", source.NewString(typeID, s.pos))
		out.Set("actionTypeVersion", version)
		fields := source.NewObject(s.body.Pos)
		y.compileFields(s, fields)
		out.Set("fields", fields)
		setConnection(out, "connection", s.follow)
	}
	if s.inner != nil {
		s.inner.Done()
	}
	return out
}

// actionType is the type id and version of a step. Every step takes a version, since exports differ in it.
func (y *yamlFlow) actionType(s *yamlStep) (string, *source.Node) {
	typeID, version := y.openAI.TypeID, y.openAI.Version
	if s.kind != stepAsk {
		version = 0
		for _, kind := range staticKinds {
			if kind.YAML == s.kind {
				typeID = kind.TypeID
			}
		}
	}
	n := source.NewNumber(strconv.Itoa(version), s.pos)
	if s.inner != nil {
		if v := y.scalar(s.inner, "version"); v != nil {
			if _, ok := smallID(v.Text); !ok {
				y.r.Errorf(v.Pos, "bad_value", "", "version must be a whole number, but here stands %s", show(v))
			} else {
				n = source.NewNumber(v.Text, v.Pos)
			}
		}
	}
	return typeID, n
}

func (y *yamlFlow) compileFields(s *yamlStep, fields *source.Node) {
	if s.kind == stepDelay {
		y.delayFields(s, fields)
		return
	}
	if s.inner == nil {
		y.r.Errorf(s.body.Pos, "wrong_type", "", "%s must be an object, but here stands %s", s.kind, s.body.Kind)
		return
	}
	switch o := s.inner; s.kind {
	case stepAsk:
		y.askFields(o, fields)
	case stepSetProperty:
		y.setPropertyFields(o, fields)
	case stepCreateTask:
		y.taskFields(o, fields)
	case stepNotify, stepEmail:
		y.messageFields(s.kind, o, fields)
	case stepDelayUntil:
		y.delayUntilFields(o, fields)
	case stepCreateRecord:
		y.createRecordFields(o, fields)
	}
}

func (y *yamlFlow) askFields(o *source.Fields, fields *source.Node) {
	if n := o.Get("assistant"); len(y.opt.assistants) > 0 && (n == nil || n.IsScalar() && n.Text == "") {
		y.r.Errorf(o.Node.Pos, "missing_key", "the assistants are "+strings.Join(y.opt.assistants, ", "), "%s needs %q", stepAsk, "assistant")
	} else {
		y.needText(o, "assistant", fields, y.openAI.Assistant)
	}
	y.needText(o, "prompt", fields, y.openAI.Prompt)
	y.optText(o, "model", fields, y.openAI.Model)
	o.Float("temperature") // reports what is no number
	y.optText(o, "temperature", fields, y.openAI.Temperature)
	y.optText(o, "reasoning_effort", fields, y.openAI.ReasoningEffort)
}

// optText copies text with its tokens when it is there; an empty text counts as there.
func (y *yamlFlow) optText(o *source.Fields, key string, fields *source.Node, field string) {
	if n := y.scalar(o, key); n != nil {
		fields.Set(field, y.text(n))
	}
}

func (y *yamlFlow) needText(o *source.Fields, key string, fields *source.Node, field string) {
	if o.Need(key) != "" {
		fields.Set(field, y.text(o.Get(key)))
	}
}

func (y *yamlFlow) setPropertyFields(o *source.Fields, fields *source.Node) {
	y.needText(o, "property", fields, "property_name")
	value, raw := o.Get("value"), o.Get("value_object")
	switch {
	case raw != nil:
		if value != nil {
			y.r.Errorf(raw.Pos, "two_values", "keep one of them", "value and value_object cannot both be set")
		}
		fields.Set("value", y.raw(raw))
	case value != nil:
		fields.Set("value", y.value(value, "value"))
	default:
		y.r.Errorf(o.Node.Pos, "missing_key", "use {clear: true} to empty the property", "set_property needs %q", "value")
	}
	if n := o.Get("association"); n != nil {
		fields.Set("association", y.association(n, y.object.Name))
	}
}

func (y *yamlFlow) oneOf(o *source.Fields, key, otherwise string, choices ...string) *source.Node {
	n := y.scalar(o, key)
	if n == nil {
		return source.NewString(otherwise, o.Node.Pos)
	}
	if !slices.Contains(choices, n.Text) {
		hint := "use " + choices[0]
		for _, c := range choices[1:] {
			hint += ", " + c
		}
		y.r.Errorf(n.Pos, "bad_value", hint, "%s cannot be the %s", show(n), key)
	}
	return source.NewString(n.Text, n.Pos)
}

func (y *yamlFlow) taskFields(o *source.Fields, fields *source.Node) {
	fields.Set("task_type", y.oneOf(o, "type", "TODO", "TODO", "CALL", "EMAIL"))
	y.needText(o, "subject", fields, "subject")
	y.optText(o, "body", fields, "body")
	fields.Set("priority", y.oneOf(o, "priority", "NONE", "NONE", "LOW", "MEDIUM", "HIGH"))
	y.associations(o, "task", fields)
	if n := o.Get("owner"); n != nil {
		owner := source.NewObject(n.Pos)
		owner.Set("type", source.NewString("CUSTOM", n.Pos))
		owner.Set("value", y.value(n, "owner"))
		fields.Set("owner_assignment", owner)
	}
	if n := o.Get("due"); n != nil {
		fields.Set("due_time", y.timeDelay(n, "due"))
	}
}

// ownerProperty is the property in which a record keeps its owner.
const ownerProperty = "hubspot_owner_id"

func (y *yamlFlow) messageFields(kind string, o *source.Fields, fields *source.Node) {
	owners := y.strings(o, "owner_properties")
	if o.Bool("owner", false) {
		if owners != nil {
			y.r.Errorf(o.Pos("owner"), "two_values", "keep one of them", "owner: true is short for owner_properties: [%s]", ownerProperty)
		}
		owners = source.NewArray(o.Pos("owner"), source.NewString(ownerProperty, o.Pos("owner")))
	}
	lists := []struct {
		field string
		items *source.Node
	}{{"user_ids", y.strings(o, "users")}, {"team_ids", y.strings(o, "teams")}, {"owner_properties", owners}}
	some := false
	for _, l := range lists {
		if l.items != nil {
			fields.Set(l.field, l.items)
			some = true
		}
	}
	if !some {
		y.r.Errorf(o.Node.Pos, "missing_key", "give users, teams, owner_properties, or owner: true", "%s has nobody to tell", kind)
	}
	if kind == stepNotify {
		fields.Set("delivery_method", source.NewString("APP", o.Node.Pos))
	}
	y.needText(o, "subject", fields, "subject")
	y.optText(o, "body", fields, "body")
}

// strings reads a list of texts as v4 has them; nil when it is missing.
func (y *yamlFlow) strings(o *source.Fields, key string) *source.Node {
	n := o.Get(key)
	if n == nil {
		return nil
	}
	out := source.NewArray(n.Pos)
	for _, it := range y.scalarItems(n, key) {
		out.Items = append(out.Items, source.NewString(it.Text, it.Pos))
	}
	return out
}

func (y *yamlFlow) createRecordFields(o *source.Fields, fields *source.Node) {
	name := ""
	if n := o.Get("object"); n != nil {
		id := y.objectType(n)
		fields.Set("object_type_id", id)
		t, _ := hubspot.LookupObjectType(id.Text)
		name = t.Name
	} else {
		y.r.Errorf(o.Node.Pos, "missing_key", "", "create_record needs %q", "object")
	}
	properties := source.NewArray(o.Pos("properties"))
	for _, m := range y.r.Object(o.Get("properties"), "properties").Node.Members {
		p := source.NewObject(m.KeyPos)
		p.Set("targetProperty", source.NewString(m.Key, m.KeyPos))
		p.Set("value", y.value(m.Value, m.Key))
		properties.Items = append(properties.Items, p)
	}
	fields.Set("properties", properties)
	y.associations(o, name, fields)
}

// rawConnects tells which raw actions have one connection, which the list then decides.
func rawConnects(n *source.Node) bool {
	switch NodeType(textOf(n.Get("type"))) {
	case ListBranchType, StaticBranchType, ABTestBranch:
		return false
	}
	return n.Get("connection") == nil
}

// compileRaw takes a v4 action as it stands. Its id follows the list's numbering unless it has one, its connection the
// list unless it has one. Step names in tokens and ids become numbers where the name exists.
func (y *yamlFlow) compileRaw(s *yamlStep) *source.Node {
	if s.body.Kind != source.Object {
		y.r.Errorf(s.body.Pos, "wrong_type", "for example action: {type: SINGLE_CONNECTION, actionTypeId: 0-4, …}", "action must be a v4 action object, but here stands %s", s.body.Kind)
		return s.body
	}
	connects := rawConnects(s.body)
	out := y.raw(s.body)
	out.Set("actionId", source.NewString(s.id, s.idPos))
	if connects {
		setConnection(out, "connection", s.follow)
	} else if s.ending != nil {
		y.r.Errorf(s.ending.pos, "bad_step", "take it out", "this raw action has its own connections, so %s has no effect", s.ending.kind)
	}
	return out
}

// raw copies a v4 value, with step names turned into action ids.
func (y *yamlFlow) raw(n *source.Node) *source.Node {
	out := n.Clone()
	y.rawNames(out)
	return out
}

func (y *yamlFlow) rawNames(n *source.Node) {
	if n.Kind == source.String {
		n.Text, _ = y.replaceNames(n.Text)
		return
	}
	for _, it := range n.Items {
		y.rawNames(it)
	}
	for _, m := range n.Members {
		if m.Key == "actionId" || m.Key == "nextActionId" {
			if s := y.byName[textOf(m.Value)]; s != nil && y.byID[m.Value.Text] == nil {
				m.Value.Text = s.id
			}
			continue
		}
		y.rawNames(m.Value)
	}
}
