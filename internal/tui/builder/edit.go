package builder

import (
	"fmt"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/service"
	"askflow/internal/source"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/flowdraw"
	"askflow/internal/tui/ui"
)

// EditFields asks for the fields of an action, starting with what they are.
func EditFields(env *ui.Env, wf *service.Workflow, step string) tea.Cmd {
	if err := unreadable(wf); err != nil {
		return failed(err)
	}
	a := wf.Flow.ActionByName(step)
	if a == nil {
		return failed(noStep(wf, step))
	}
	w := newWork(env)
	s, ok := sheetOf(kindOf(a, w.kinds()))
	if !ok {
		return failed(&service.Error{Code: "usage", Message: w.kinds().Of(a).Label + " has no form here.", Hint: "change it in the editor"})
	}
	return func() tea.Msg {
		f, err := w.facts(wf, spot{step: a.Display()})
		if err != nil {
			return failed(err)()
		}
		e := &editing{work: w, wf: wf, action: a, sheet: s, data: &sheetData{f, w.portal.Users}}
		e.was = e.values()
		return ui.OpenMsg{Dialog: e.form(e.was)}
	}
}

// kindOf is an action's name in the YAML form, as far as there is a form for it; a branch on a value counts when it is one
// on an outcome.
func kindOf(a *flow.Action, kinds *flow.Kinds) string {
	if a.Type == flow.StaticBranchType {
		if a.Input != nil && a.Input.Type == hubspot.FieldData && a.Input.Text == flow.ExecutionState {
			return "branch_on"
		}
		return ""
	}
	if a.Type != flow.SingleConnection {
		return ""
	}
	return kinds.Of(a).YAML
}

// editing is an action whose fields are changed.
type editing struct {
	work
	wf     *service.Workflow
	action *flow.Action
	sheet  sheet
	data   *sheetData
	was    map[string]string
}

// form asks for the fields. It is made outside of Update.
func (e *editing) form(values map[string]string) ui.Dialog {
	fields := e.sheet.fields(e.data, values)
	return leaving(e.sheetForm(e.sheet, e.data, dialog.FormOptions{Title: e.sheet.title + ": " + e.action.Display(), Fields: fields, Touched: len(e.edits(values)) > 0, Do: func(given map[string]string) tea.Cmd {
		all := merged(values, fields, given)
		back := func() tea.Cmd { return ui.Open(e.form(all)) }
		edits := e.edits(all)
		if len(edits) == 0 {
			return tea.Batch(cancelled(), ui.Note("Nothing was changed."))
		}
		return change{work: e.work, title: "Change " + e.action.Display(), file: e.wf.Item.File, before: e.wf.Problems, again: back, edits: edits, step: e.action.Display()}.propose()
	}}), cancelled)
}

// edits are the fields that are others than before.
func (e *editing) edits(now map[string]string) []service.Edit {
	before := map[string]string{}
	for _, f := range e.sheet.encode(e.data, e.was) {
		before[f.Field] = f.Value
	}
	var out []service.Edit
	for _, f := range e.sheet.encode(e.data, now) {
		if old, there := before[f.Field]; !there || old != f.Value {
			if f.Field == "owner_properties" && f.Value == "" && written(e.wf, e.action).Get("owner") != nil {
				f.Field = "owner" // owner: true is short for the record's owner
			}
			out = append(out, service.Edit{Kind: service.EditSetField, Step: e.action.Display(), Field: f.Field, Value: f.Value})
		}
	}
	return out
}

// values are the action's fields as the form has them. Texts are as they stand in the file, with the names of steps in their tokens.
func (e *editing) values() map[string]string {
	a, v := e.action, map[string]string{}
	body := written(e.wf, a)
	take := func(id, field string) {
		v[id] = scalar(a.Field(field))
		if n := body.Get(id); n.IsScalar() && n.Kind == source.String {
			v[id] = n.Text
		}
	}
	switch e.sheet.kind {
	case "ask_openai_assistant":
		m := e.openAI()
		for id, field := range map[string]string{"assistant": m.Assistant, "prompt": m.Prompt, "model": m.Model, "temperature": m.Temperature, "reasoning_effort": m.ReasoningEffort} {
			take(id, field)
		}
	case "create_task":
		take("subject", "subject")
		take("body", "body")
		v["type"], v["priority"] = scalar(a.Field("task_type")), scalar(a.Field("priority"))
		if v["priority"] == "NONE" {
			v["priority"] = ""
		}
		e.owner(v)
		v["due"] = spanOf(scalar(a.Field("due_time").Get("delta")), scalar(a.Field("due_time").Get("timeUnit")))
	case "notify", "send_internal_email":
		take("subject", "subject")
		take("body", "body")
		v["users"], v["owners"] = strings.Join(scalars(a.Field("user_ids")), ", "), strings.Join(scalars(a.Field("owner_properties")), ", ")
		for _, id := range scalars(a.Field("user_ids")) {
			v["user "+id] = "true"
		}
	case "set_property":
		v["property"] = scalar(a.Field("property_name"))
		e.value(v, body)
	case "branch_on":
		v["on"] = e.stepName(a.Input.ActionID) + "." + a.Input.Text
	case "delay":
		v["delay"] = spanOf(scalar(a.Field("delta")), scalar(a.Field("time_unit")))
	}
	return v
}

// owner is who a task is assigned to.
func (e *editing) owner(v map[string]string) {
	n := e.action.Field("owner_assignment").Get("value")
	switch {
	case n == nil:
		v["owner"] = ""
	case hubspot.ValueType(scalar(n.Get("type"))) == hubspot.StaticValue:
		v["owner"] = scalar(n.Get("staticValue"))
	case hubspot.ValueType(scalar(n.Get("type"))) == hubspot.ObjectProperty && scalar(n.Get("propertyName")) == "hubspot_owner_id":
		v["owner"] = ownerOfRecord
	default:
		v["owner"], v["owner words"] = keep, flowdraw.Summary(e.action, e.kinds(), nil)
	}
}

// value is what a property is set to.
func (e *editing) value(v map[string]string, body *source.Node) {
	n := e.action.Field("value")
	get := func(key string) string { return scalar(n.Get(key)) }
	switch hubspot.ValueType(get("type")) {
	case hubspot.StaticValue:
		v["from"], v["text"] = fromText, get("staticValue")
		if t := body.Get("value"); t.IsScalar() && t.Kind == source.String {
			v["text"] = t.Text
		}
		if v["text"] == "" {
			v["from"] = fromClear
		}
	case hubspot.FieldData:
		v["from"], v["output"] = fromOutput, e.stepName(get("actionId"))+"."+get("dataKey")
	case hubspot.ObjectProperty:
		v["from"], v["other"] = fromProperty, get("propertyName")
	case hubspot.Timestamp:
		v["from"] = fromNow
	default:
		v["from"], v["value words"] = keep, flowdraw.Summary(e.action, e.kinds(), nil)
	}
}

// stepName is how the file calls an action.
func (e *editing) stepName(id string) string {
	if a := e.wf.Flow.Action(id); a != nil && a.Name != "" && !isJSON(e.wf) {
		return a.Name
	}
	return id
}

func scalar(n *source.Node) string {
	if n.IsScalar() {
		return n.Text
	}
	return ""
}

func scalars(n *source.Node) []string {
	if n.IsScalar() {
		return []string{n.Text}
	}
	var out []string
	if n != nil {
		for _, it := range n.Items {
			if it.IsScalar() {
				out = append(out, it.Text)
			}
		}
	}
	return out
}

// spanOf writes an amount of time as files do; "" when it has no such form.
func spanOf(delta, unit string) string {
	n, err := strconv.Atoi(delta)
	if err != nil || n < 0 {
		return ""
	}
	if unit == "MINUTES" && n > 0 {
		switch {
		case n%1440 == 0:
			n, unit = n/1440, "DAYS"
		case n%60 == 0:
			n, unit = n/60, "HOURS"
		}
	}
	short := map[string]string{"SECONDS": "s", "MINUTES": "m", "HOURS": "h", "DAYS": "d", "WEEKS": "w", "MONTHS": "mo", "YEARS": "y"}[unit]
	if short == "" {
		return ""
	}
	return fmt.Sprintf("%d%s", n, short)
}

// written finds what stands under an action's kind in a YAML file; nil when it cannot be told.
func written(wf *service.Workflow, a *flow.Action) *source.Node {
	if isJSON(wf) {
		return nil
	}
	root, _ := source.ParseYAML(wf.Item.File, wf.Text) // it was read before: there is a flow
	var found *source.Node
	var walk func(n *source.Node)
	walk = func(n *source.Node) {
		if n == nil || found != nil {
			return
		}
		if n.Kind == source.Object {
			for _, m := range n.Members {
				here := m.KeyPos == a.Pos || n.Pos == a.Pos || m.Value != nil && m.Value.Pos == a.Pos
				if here && m.Value != nil && m.Value.Kind == source.Object && isSheet(m.Key) {
					found = m.Value
					return
				}
			}
		}
		for _, m := range n.Members {
			walk(m.Value)
		}
		for _, it := range n.Items {
			walk(it)
		}
	}
	walk(root.Get("steps"))
	return found
}

func isSheet(key string) bool {
	_, ok := sheetOf(key)
	return ok
}
