package rewrite

import (
	"fmt"
	"strings"

	"askflow/internal/source"
)

// SetField sets a field of a step, which is named by its name or its action id. field is the short form's key: assistant,
// prompt, model, temperature and reasoning_effort of ask_openai_assistant; subject, body, users and so on of the others,
// as docs/formats.md lists them. Texts are taken as they are; lists, spans and values are YAML: [11, 12], 2d,
// {property: city}. An empty value takes the field out, which means the assistant's own for model, temperature and
// reasoning_effort, and is an error where the step needs the field.
func (f File) SetField(step, field, value string) ([]byte, error) {
	n, err := fieldValue(field, value)
	if err != nil {
		return nil, err
	}
	return f.SetFieldNode(step, field, n)
}

// literalFields are taken as they are typed.
func literalFields() []string {
	return []string{"assistant", "prompt", "model", "temperature", "reasoning_effort", "subject", "body", "property", "type", "priority",
		"default_name", "sourceCode", "webhookUrl"}
}

// fieldValue reads what was typed for a field; nil takes it out.
func fieldValue(field, value string) (*source.Node, error) {
	if value == "" {
		return nil, nil
	}
	for _, l := range literalFields() {
		if l == field {
			return source.NewString(value, source.Pos{}), nil
		}
	}
	if strings.HasPrefix(strings.TrimSpace(value), "{{") { // a token is text, though YAML reads braces
		return source.NewString(value, source.Pos{}), nil
	}
	n, problems := source.ParseYAML(field, []byte(value))
	if problems.HasErrors() {
		return nil, problems.Errors()[0]
	}
	return n, nil
}

// SetFieldNode is SetField for a value that is at hand as a tree; nil and null take the field out.
func (f File) SetFieldNode(step, field string, value *source.Node) ([]byte, error) {
	w, err := f.open()
	if err != nil {
		return nil, err
	}
	s, err := w.find(step)
	if err != nil {
		return nil, err
	}
	if value != nil && value.Kind == source.Null {
		value = nil
	}
	keys, err := w.setField(s, field, value)
	if err != nil {
		return nil, err
	}
	text, now, err := w.finish(nil)
	if err != nil {
		return nil, err
	}
	if err := checkField(w.old, now, s.action.ID, keys); err != nil {
		return nil, err
	}
	return text, nil
}

// setField makes the change and returns the keys of the v4 action that it may concern.
func (w *work) setField(s step, field string, value *source.Node) ([]string, error) {
	item := s.path.At(w.ed.Root())
	body := item.Get(s.kind)
	at, keys := s.path.with(Key(s.kind)), w.keysOf(s.kind, field)
	switch {
	case s.kind == "action":
		return w.setRaw(s, field, value)
	case len(keys) == 0:
		return nil, fmt.Errorf("%s has no field %q; docs/formats.md lists them", s.kind, field)
	case s.kind == "branch_on" && field == "branch_on" || s.kind == "delay" && field == "delay":
		if value == nil {
			return nil, fmt.Errorf("%s cannot be without its value", s.kind)
		}
		return keys, w.ed.Set(at, keepKind(body, field, value))
	case s.kind == "branch_on":
		return keys, put(w.ed, s.path, field, value, fieldOrder(s.kind))
	case s.kind == "delay" && value != nil && body.Get(field) == nil:
		return keys, w.ed.Set(at, w.newDelay(body, field, value))
	}
	if value != nil {
		value = keepKind(body.Get(field), field, value)
	}
	return keys, put(w.ed, at, field, value, fieldOrder(s.kind))
}

// newDelay is a delay of another unit; a name that stands in it stays.
func (w *work) newDelay(old *source.Node, unit string, value *source.Node) *source.Node {
	n := source.NewObject(source.Pos{})
	for _, m := range old.Members {
		if len(w.keysOf("delay", m.Key)) == 0 {
			n.Set(m.Key, m.Value)
		}
	}
	n.Set(unit, value)
	return n
}

// keepKind lets numbers stay numbers, and digits that stood as text stay text.
func keepKind(old *source.Node, field string, value *source.Node) *source.Node {
	number := field == "temperature" || old != nil && old.Kind == source.Number
	if value.Kind == source.String && number && source.ValidNumber(value.Text) && (old == nil || old.Kind != source.String || old.Text == "") {
		return source.NewNumber(value.Text, source.Pos{})
	}
	if old != nil && old.Kind == source.String && value.Kind == source.Number {
		return source.NewString(value.Text, source.Pos{})
	}
	return value
}

// setRaw sets a field of an action that stands as v4 object in the short form.
func (w *work) setRaw(s step, field string, value *source.Node) ([]string, error) {
	key := field
	if keys := w.keysOf(w.kindName(s), field); len(keys) == 1 {
		key = keys[0]
	}
	at := s.path.with(Key("action"))
	if body := at.At(w.ed.Root()); body.Get("fields") != nil {
		at = at.with(Key("fields"))
	}
	old := at.At(w.ed.Root()).Get(key)
	if old != nil && !old.IsScalar() && value != nil && value.IsScalar() {
		return nil, fmt.Errorf("%s of this action is %s of HubSpot's v4 form; change it in an editor", key, old.Kind)
	}
	for _, fixed := range []string{"actionId", "actionTypeId", "actionTypeVersion", "type", "connection"} {
		if key == fixed {
			return nil, fmt.Errorf("%s of an action cannot be changed", key)
		}
	}
	if value != nil && old != nil {
		value = keepKind(old, "", value)
	}
	return []string{key}, put(w.ed, at, key, value, nil)
}

// kindName is the short form's name of a step's action type, also where it stands as v4 object.
func (w *work) kindName(s step) string {
	switch s.action.TypeID {
	case w.file.OpenAI.TypeID:
		return "ask_openai_assistant"
	case "0-3":
		return "create_task"
	case "0-5":
		return "set_property"
	case "0-8":
		return "send_internal_email"
	case "0-9":
		return "notify"
	}
	return s.kind
}

// keysOf are the v4 keys that a short form's field becomes; none for a field that the step does not have.
func (w *work) keysOf(kind, field string) []string {
	one := func(names ...string) []string {
		for i := 0; i < len(names); i += 2 {
			if names[i] == field {
				return strings.Split(names[i+1], " ")
			}
		}
		return nil
	}
	const associations = "associations use_explicit_associations"
	switch kind {
	case "ask_openai_assistant":
		a := w.file.OpenAI
		return one("assistant", a.Assistant, "prompt", a.Prompt, "model", a.Model, "temperature", a.Temperature, "reasoning_effort", a.ReasoningEffort)
	case "create_task":
		return one("subject", "subject", "body", "body", "type", "task_type", "priority", "priority", "owner", "owner_assignment", "due", "due_time", "associations", associations)
	case "notify", "send_internal_email":
		return one("users", "user_ids", "teams", "team_ids", "owner_properties", "owner_properties", "owner", "owner_properties", "subject", "subject", "body", "body")
	case "set_property":
		return one("property", "property_name", "value", "value", "value_object", "value", "association", "association")
	case "delay":
		const length = "delta time_unit"
		return one("delay", length, "seconds", length, "minutes", length, "hours", length, "days", length, "weeks", length, "months", length, "years", length)
	case "delay_until":
		return one("date", "date", "property", "date", "plus", "delta time_unit", "at", "time_of_day")
	case "create_record":
		return one("object", "object_type_id "+associations, "properties", "properties", "associations", associations)
	case "branch_on":
		return one("branch_on", "inputValue", "default_name", "defaultBranchName")
	case "random_split":
		return one("percent", "testBranches")
	}
	return nil
}

// fieldOrder is how people order the fields of a step.
func fieldOrder(kind string) []string {
	switch kind {
	case "ask_openai_assistant":
		return []string{"id", "action_id", "assistant", "model", "temperature", "reasoning_effort", "prompt"}
	case "create_task":
		return []string{"id", "action_id", "subject", "body", "type", "priority", "owner", "due", "associations"}
	case "notify", "send_internal_email":
		return []string{"id", "action_id", "users", "teams", "owner_properties", "owner", "subject", "body"}
	case "set_property":
		return []string{"id", "action_id", "property", "value", "value_object", "association"}
	case "delay_until":
		return []string{"id", "action_id", "date", "property", "plus", "at"}
	case "create_record":
		return []string{"id", "action_id", "object", "properties", "associations"}
	case "random_split":
		return []string{"id", "action_id", "percent", "paths"}
	}
	return []string{"branch_on", "branch", "id", "action_id", "cases", "default_name", "default"}
}
