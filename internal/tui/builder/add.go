package builder

import (
	"fmt"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/flow"
	"askflow/internal/service"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/ui"
)

// AddAction asks for a new action and its fields. It stands behind the action after; with after "" at the beginning of the
// workflow, or of the arm of a branch. Steps are named by their name or action id, arms as flow.Edge names them.
func AddAction(env *ui.Env, wf *service.Workflow, after, branch, arm string) tea.Cmd {
	if err := unreadable(wf); err != nil {
		return failed(err)
	}
	w := newWork(env)
	at, err := spotOf(wf, after, branch, arm)
	if err != nil {
		return failed(err)
	}
	return func() tea.Msg {
		f, err := w.facts(wf, at)
		if err != nil {
			return failed(err)()
		}
		return ui.OpenMsg{Dialog: (&adding{work: w, wf: wf, at: at, data: &sheetData{f, w.portal.Users}}).kind("")}
	}
}

// spotOf names a place as the file does.
func spotOf(wf *service.Workflow, after, branch, arm string) (spot, error) {
	at := spot{after: after}
	if after != "" {
		a := wf.Flow.ActionByName(after)
		if a == nil {
			return at, noStep(wf, after)
		}
		at.after = a.Display()
		return at, nil
	}
	if branch == "" {
		return at, nil
	}
	b := wf.Flow.ActionByName(branch)
	if b == nil {
		return at, noStep(wf, branch)
	}
	at.branch, at.arm, at.edge = b.Display(), arm, arm
	if arm == "" && b.DefaultBranch != nil && len(b.ListBranches) == 0 {
		at.edge = b.DefaultArm()
	}
	for i, l := range b.ListBranches {
		if l.Name != arm {
			continue
		}
		if arm == "" { // the file knows it by its number
			at.arm = strconv.Itoa(i + 1)
		}
		return at, nil
	}
	for _, s := range b.StaticBranches {
		if s.Value == arm {
			return at, nil
		}
	}
	if arm == b.DefaultArm() || arm == "" {
		at.arm = "default"
		if b.Type == flow.ListBranchType {
			at.arm = "else"
		}
	}
	return at, nil
}

// adding is a new action on its way.
type adding struct {
	work
	wf   *service.Workflow
	at   spot
	data *sheetData
}

// where says where the action will stand.
func (a *adding) where() string {
	switch {
	case a.at.after != "":
		return "after " + a.at.after
	case a.at.branch != "":
		return "in the arm " + a.at.arm + " of " + a.at.branch
	}
	return "at the beginning"
}

// kind asks which kind of action.
func (a *adding) kind(at string) ui.Dialog {
	var items []dialog.Choice
	for _, s := range sheets() {
		c := dialog.Choice{ID: s.kind, Title: s.title, Detail: s.detail}
		switch {
		case s.kind == "ask_openai_assistant" && len(a.data.assistants) == 0:
			c.Disabled = "This portal has no assistants yet: put one into the folder assistants/, or import one."
		case s.kind == "branch_on" && len(a.data.outputChoices("", true)) == 0:
			c.Disabled = "There is no earlier action here whose outcome could be branched on."
		case s.kind == "go_to" && len(a.wf.Flow.Actions) == 0:
			c.Disabled = "There is no action to go to yet."
		case s.kind == "stop":
			c.Disabled = a.noEnd()
		}
		items = append(items, c)
	}
	return leaving(dialog.Choose(a.env, dialog.ChooseOptions{Title: "New action " + a.where(), Items: items, At: at, Do: func(c dialog.Choice) tea.Cmd { return a.chosen(c.ID) }}), cancelled)
}

// noEnd says why the enrollment cannot end here, "" where it can.
func (a *adding) noEnd() string {
	switch next := a.next(); {
	case a.at.after == "" && a.at.branch == "":
		return "A workflow begins with an action, not with its end: add an action first."
	case next != "":
		return "The actions after it, beginning with " + next + ", would never run: remove them first, or choose a later place."
	}
	return ""
}

// next is the action that stands behind the place, "" at the end of a way.
func (a *adding) next() string {
	f := a.wf.Flow
	var to *flow.Connection
	if from := f.ActionByName(a.at.after); from != nil && a.at.after != "" {
		to = from.Connection
	} else if from := f.ActionByName(a.at.branch); from != nil && a.at.branch != "" {
		for _, e := range from.Edges() {
			if e.Arm == a.at.edge {
				to = e.Connection
			}
		}
	}
	if to == nil || to.EdgeType == flow.EdgeGoto {
		return ""
	}
	if next := f.Action(to.NextID); next != nil {
		return next.Display()
	}
	return ""
}

func (a *adding) chosen(kind string) tea.Cmd {
	back := func() tea.Cmd { return ui.Open(a.kind(kind)) }
	switch kind {
	case "stop":
		return a.insert(kind, []service.FieldValue{{Field: "stop", Value: "true"}}, "", back)
	case "go_to":
		return ui.Open(a.target(back))
	}
	s, ok := sheetOf(kind)
	if !ok {
		return back()
	}
	values := map[string]string{"id": a.freeName(kind), "assistant": a.firstAssistant(), "type": "TODO", "from": fromText, "priority": "MEDIUM", "due": "1d", "delay": "1d", "owners": ""}
	if kind == "notify" || kind == "send_internal_email" {
		values["owners"] = "hubspot_owner_id"
	}
	if kind == "create_task" {
		values["owner"] = ownerOfRecord
	}
	if list := a.data.outputChoices("", kind == "branch_on"); len(list) > 0 {
		last := list[len(list)-1].ID
		values["on"], values["output"] = last, last
		if kind == "set_property" {
			values["from"] = fromOutput
		}
		for _, c := range list { // the action right before is meant most often
			if name, _, _ := strings.Cut(c.ID, "."); name == a.at.after {
				values["on"], values["output"] = c.ID, c.ID
			}
		}
	}
	return func() tea.Msg { return ui.OpenMsg{Dialog: a.form(s, values, false)} }
}

// form asks for the fields. It is made outside of Update.
func (a *adding) form(s sheet, values map[string]string, touched bool) ui.Dialog {
	fields := s.fields(a.data, values)
	if !isJSON(a.wf) {
		fields = append([]dialog.Field{nameField(values["id"], a.used())}, fields...)
	}
	do := func(given map[string]string) tea.Cmd {
		all := merged(values, fields, given)
		id := strings.TrimSpace(given["id"])
		var list []service.FieldValue
		if id != "" {
			list = append(list, service.FieldValue{Field: "id", Value: id})
		}
		for _, f := range s.encode(a.data, all) {
			if f.Value != "" {
				list = append(list, f)
			}
		}
		return a.insert(s.kind, list, id, func() tea.Cmd { return ui.Open(a.form(s, all, true)) })
	}
	return leaving(a.sheetForm(s, a.data, dialog.FormOptions{Title: "New action " + a.where() + ": " + s.title, Fields: fields, Touched: touched, Do: do}), func() tea.Cmd { return ui.Open(a.kind(s.kind)) })
}

// sheetForm is the form of a sheet; that of the asking action says while it is filled in what would be sent.
func (w work) sheetForm(s sheet, data *sheetData, o dialog.FormOptions) ui.Dialog {
	if s.kind == "ask_openai_assistant" {
		return newAskForm(w, data, o)
	}
	return dialog.Form(w.env, o)
}

// merged are the values of a form: what was given, "" for what could not be, and what the form has no field for.
func merged(values map[string]string, fields []dialog.Field, given map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range values {
		out[k] = v
	}
	for _, f := range fields {
		out[f.ID] = given[f.ID]
	}
	return out
}

func (a *adding) insert(kind string, fields []service.FieldValue, id string, again func() tea.Cmd) tea.Cmd {
	c := change{work: a.work, title: "New action " + a.where(), file: a.wf.Item.File, before: a.wf.Problems, again: again, step: id,
		edits: []service.Edit{{Kind: service.EditInsert, Action: kind, Fields: fields, After: a.at.after, Branch: a.at.branch, Arm: a.at.arm}}}
	if kind != "stop" && kind != "go_to" {
		c.added = a.wf.Flow
	}
	return c.propose()
}

// target asks where to go on.
func (a *adding) target(back func() tea.Cmd) ui.Dialog {
	kinds := a.kinds()
	var items []dialog.Choice
	for _, t := range a.wf.Flow.Actions {
		items = append(items, dialog.Choice{ID: t.Display(), Title: t.Display() + " · " + kinds.Of(t).Label})
	}
	return leaving(dialog.Choose(a.env, dialog.ChooseOptions{Title: "Go on at which action?", Items: items, Do: func(c dialog.Choice) tea.Cmd {
		return a.insert("go_to", []service.FieldValue{{Field: "go_to", Value: c.ID}}, "", func() tea.Cmd { return ui.Open(a.target(back)) })
	}}), back)
}

// used are the names that actions go by.
func (a *adding) used() map[string]bool {
	used := map[string]bool{}
	for _, t := range a.wf.Flow.Actions {
		used[t.Name], used[t.ID] = true, true
	}
	return used
}

// freeName is a name for a new action.
func (a *adding) freeName(kind string) string {
	base := map[string]string{"ask_openai_assistant": "ask", "create_task": "task", "send_internal_email": "email", "set_property": "set", "branch_on": "branch", "delay": "wait"}[kind]
	if base == "" {
		base = kind
	}
	used := a.used()
	name := base
	for i := 2; used[name]; i++ {
		name = fmt.Sprintf("%s_%d", base, i)
	}
	return name
}

func (a *adding) firstAssistant() string {
	if len(a.data.assistants) == 0 {
		return ""
	}
	return a.data.ref(a.data.assistants[0])
}
