package builder

import (
	"errors"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/hubspot"
	"askflow/internal/report"
	"askflow/internal/service"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/ui"
)

// Create asks for the name, the object type and the description of a new workflow.
func Create(env *ui.Env) tea.Cmd {
	w := newWork(env)
	return func() tea.Msg {
		objects, err := w.services.Records.Objects(w.ctx)
		if err != nil {
			return failed(err)()
		}
		list, err := w.services.Workflows.List(w.ctx)
		if err != nil {
			return failed(err)()
		}
		return ui.OpenMsg{Dialog: w.create(objectChoices(objects), names(list), map[string]string{"object": firstObject(objects)}, false)}
	}
}

func names(list []*service.WorkflowItem) map[string]string {
	taken := map[string]string{}
	for _, w := range list {
		taken[strings.ToLower(strings.TrimSpace(w.Name))] = w.File
	}
	return taken
}

func (w work) create(objects []dialog.Choice, taken, values map[string]string, touched bool) ui.Dialog {
	free := func(name string) error {
		name = strings.TrimSpace(name)
		if name == "" {
			return errors.New("a workflow needs a name")
		}
		if file, is := taken[strings.ToLower(name)]; is {
			return fmt.Errorf("%s has this name already; choose another one", file)
		}
		return nil
	}
	return leaving(dialog.Form(w.env, dialog.FormOptions{Title: "New workflow", Touched: touched, Fields: []dialog.Field{
		{ID: "name", Label: "Name", Value: values["name"], Check: free, Hint: "The file gets its name from it."},
		{ID: "object", Label: "Object type that enrolls", Kind: dialog.KindChoice, Value: values["object"], Options: objects, Hint: "It cannot be changed later."},
		{ID: "description", Label: "Description", Value: values["description"], Hint: "What it is for, in a sentence. It may stay empty."},
	}, Do: func(v map[string]string) tea.Cmd {
		c := change{work: w, title: "New workflow", again: func() tea.Cmd { return ui.Open(w.create(objects, taken, v, true)) },
			edits: []service.Edit{{Kind: service.EditCreate, Name: strings.TrimSpace(v["name"]), ObjectType: v["object"]}}}
		if d := strings.TrimSpace(v["description"]); d != "" {
			c.edits = append(c.edits, service.Edit{Kind: service.EditTop, Field: "description", Value: d})
		}
		return c.propose()
	}}), cancelled)
}

// firstObject is where the choice of object types starts: contacts, or else the first type that has records.
func firstObject(objects []*service.ObjectInfo) string {
	first := "contact"
	for i, o := range objects {
		if o.Type.Name == "contact" {
			return "contact"
		}
		if i == 0 {
			first = o.Type.Name
		}
	}
	return first
}

// objectChoices are the object types, those with records first.
func objectChoices(objects []*service.ObjectInfo) []dialog.Choice {
	var out []dialog.Choice
	seen := map[string]bool{}
	for _, o := range objects {
		detail := "has records"
		if o.Count >= 0 {
			detail = report.Count(o.Count, "records")
		}
		seen[o.Type.Name] = true
		out = append(out, dialog.Choice{ID: o.Type.Name, Title: o.Type.Singular, Detail: detail + " in this portal"})
	}
	for _, t := range hubspot.ObjectTypes() {
		if !seen[t.Name] {
			out = append(out, dialog.Choice{ID: t.Name, Title: t.Singular, Detail: "no records in this portal"})
		}
	}
	return out
}

// Remove removes an action, and with a branch everything in its arms.
func Remove(env *ui.Env, wf *service.Workflow, step string) tea.Cmd {
	if err := unreadable(wf); err != nil {
		return failed(err)
	}
	a := wf.Flow.ActionByName(step)
	if a == nil {
		return failed(noStep(wf, step))
	}
	w := newWork(env)
	title := "Remove " + a.Display()
	if len(a.Edges()) > 1 {
		title += " and everything in its arms"
	}
	return change{work: w, title: title, file: wf.Item.File, edits: []service.Edit{{Kind: service.EditRemove, Step: a.Display()}}, before: wf.Problems}.propose()
}

func noStep(wf *service.Workflow, step string) error {
	return &service.Error{Code: "unknown_step", Message: fmt.Sprintf("The workflow %s has no action %.80q any more.", wf.Item.Name, step), Hint: "the file may have changed: look at the workflow again"}
}

// WriteSettings writes what was chosen for the next run into an asking action; step "" stands for every one that asks.
func WriteSettings(env *ui.Env, wf *service.Workflow, step string, s ui.Settings) tea.Cmd {
	if err := unreadable(wf); err != nil {
		return failed(err)
	}
	w := newWork(env)
	rest := ui.Settings{Answers: s.Answers, MaxCost: s.MaxCost} // what was written would go on deciding for all other workflows
	c := change{work: w, title: "Write the settings into " + wf.Item.Name, file: wf.Item.File, before: wf.Problems, step: step, then: ui.Send(ui.SettingsMsg{Settings: rest})}
	kinds, fields := w.kinds(), settingFields(s)
	for _, a := range wf.Flow.Actions {
		if !kinds.IsOpenAI(a) || step != "" && a.ID != step && a.Name != step {
			continue
		}
		for _, f := range fields {
			c.edits = append(c.edits, service.Edit{Kind: service.EditSetField, Step: a.Display(), Field: f.Field, Value: f.Value})
		}
	}
	switch {
	case len(c.edits) > 0:
		return c.propose()
	case len(fields) == 0:
		return failed(&service.Error{Code: "usage", Message: "There is nothing to write: no assistant, model, temperature or effort is chosen for the next run.", Hint: "choose them in the place Assistant first"})
	case step != "":
		return failed(&service.Error{Code: "usage", Message: fmt.Sprintf("The action %.80q of %s does not ask OpenAI.", step, wf.Item.Name), Hint: "choose one that does"})
	}
	return failed(&service.Error{Code: "usage", Message: "No action of " + wf.Item.Name + " asks OpenAI.", Hint: "add one first"})
}

// settingFields are the fields that settings set.
func settingFields(s ui.Settings) []service.FieldValue {
	temperature := ""
	if s.Temperature != nil {
		temperature = number(*s.Temperature)
	}
	var out []service.FieldValue
	for _, f := range []service.FieldValue{{Field: "assistant", Value: s.Assistant}, {Field: "model", Value: s.Model}, {Field: "temperature", Value: temperature},
		{Field: "reasoning_effort", Value: s.ReasoningEffort}} {
		if f.Value != "" {
			out = append(out, f)
		}
	}
	return out
}
