package builder

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/service"
	"askflow/internal/source"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/keymap"
	"askflow/internal/tui/ui"
)

// triggers is the change of a workflow's enrollment triggers.
type triggers struct {
	work
	wf      *service.Workflow
	columns []hubspot.Property
	// was is what stands under enroll now; before says the same as the guided form would write it.
	was    *source.Node
	before string
}

// Triggers asks who enrolls.
func Triggers(env *ui.Env, wf *service.Workflow) tea.Cmd {
	if err := unreadable(wf); err != nil {
		return failed(err)
	}
	t := &triggers{work: newWork(env), wf: wf}
	return func() tea.Msg {
		columns, err := t.services.Records.Columns(t.ctx, wf.Flow.ObjectType().Name)
		if err != nil {
			return failed(err)()
		}
		t.columns = columns
		t.was = t.enroll()
		c, ok := readCriteria(t.was)
		if !ok {
			return tea.BatchMsg{ui.Open(t.text(blockYAML(t.was, ""), cancelled)), ui.Note("These triggers say more than the guided form can show, so here they are as YAML.")}
		}
		t.before = blockYAML(c.node(), "")
		return ui.OpenMsg{Dialog: t.menu(c, "")}
	}
}

// enroll is what stands under enroll, of a JSON workflow what would stand there in YAML.
func (t *triggers) enroll() *source.Node {
	if strings.EqualFold(path.Ext(t.wf.Item.File), ".json") {
		n, err := flow.ToYAML(t.wf.Flow, t.openAI())
		if err != nil {
			return nil
		}
		return n.Get("enroll")
	}
	n, _ := source.ParseYAML(t.wf.Item.File, t.wf.Text) // it was read before: there is a flow
	return n.Get("enroll")
}

// What the menu offers beside the conditions.
const (
	doneID   = "done"
	groupID  = "group"
	manualID = "manual"
	againID  = "again"
	textID   = "text"
)

// menu lists the conditions; enter opens the one under the cursor.
func (t *triggers) menu(c criteria, at string) ui.Dialog {
	var items []dialog.Choice
	add := func(id, title, detail, disabled string) {
		items = append(items, dialog.Choice{ID: id, Title: title, Detail: detail, Disabled: disabled})
	}
	manual := ""
	if c.manual {
		manual = "Records are enrolled by hand: switch that off first."
	}
	for g, group := range c.groups {
		for i, cond := range group {
			lead := "    and "
			switch {
			case i == 0 && g == 0:
				lead = "when "
			case i == 0:
				lead = "or when "
			}
			add(fmt.Sprintf("%d.%d", g, i), lead+cond.words(), "enter changes or removes this condition", "")
		}
		add(fmt.Sprintf("%d.+", g), "    + and …", "one more condition that must hold as well", manual)
	}
	title := "+ or when …"
	if len(c.groups) == 0 {
		title = "+ when …"
	}
	add(groupID, title, "another way to enroll: any of them is enough", manual)
	add(againID, "re-enroll: "+c.againWords(), "whether a record that went through enrolls again", "")
	word, why := "no", ""
	if c.manual {
		word = "yes"
	} else if len(c.groups) > 0 {
		why = "The conditions decide who enrolls: remove them first."
	}
	add(manualID, "enroll by hand only: "+word, "nobody enrolls by itself; runs name the records", why)
	add(textID, "as YAML …", "write what stands under enroll yourself", "")
	add(doneID, "✓ show the change", "nothing is written before you accept the difference", "")
	unsaved := ""
	if blockYAML(c.node(), "") != t.before {
		unsaved = "The enrollment triggers of " + t.wf.Item.Name + " were changed, and the change is not written yet."
	}
	return losing(dialog.Choose(t.env, dialog.ChooseOptions{Title: "Enrollment triggers of " + t.wf.Item.Name, Items: items, At: at, Ordered: true,
		Do: func(chosen dialog.Choice) tea.Cmd { return t.chosen(c, chosen.ID) }}), unsaved, cancelled)
}

func (c criteria) againWords() string {
	switch {
	case len(c.again) > 0:
		return "when " + strings.Join(c.again, " or ") + " changes"
	case c.always:
		return "yes"
	}
	return "no"
}

func (t *triggers) chosen(c criteria, id string) tea.Cmd {
	back := func() tea.Cmd { return ui.Open(t.menu(c, id)) }
	switch id {
	case doneID:
		return t.propose(blockYAML(c.node(), ""), back)
	case textID:
		return ui.Open(t.text(blockYAML(c.node(), ""), back))
	case manualID:
		c.manual = !c.manual
		return ui.Open(t.menu(c, id))
	case againID:
		return ui.Open(t.reEnroll(c, back))
	case groupID:
		return ui.Open(t.property(back, func(made condition) tea.Cmd {
			next := c.clone()
			next.groups = append(next.groups, []condition{made})
			return ui.Open(t.menu(next, fmt.Sprintf("%d.+", len(next.groups)-1)))
		}))
	}
	g, i := 0, 0
	if n, _ := fmt.Sscanf(id, "%d.%d", &g, &i); n == 2 && g < len(c.groups) && i < len(c.groups[g]) {
		return ui.Open(t.one(c, g, i, back))
	}
	if n, _ := fmt.Sscanf(id, "%d.+", &g); n == 1 && g < len(c.groups) {
		return ui.Open(t.property(back, func(made condition) tea.Cmd {
			next := c.clone()
			next.groups[g] = append(next.groups[g], made)
			return ui.Open(t.menu(next, id))
		}))
	}
	return back()
}

// clone copies what the menu changes.
func (c criteria) clone() criteria {
	groups := make([][]condition, len(c.groups))
	for i := range c.groups {
		groups[i] = slices.Clone(c.groups[i])
	}
	c.groups = groups
	return c
}

// one asks what to do with a condition.
func (t *triggers) one(c criteria, g, i int, back func() tea.Cmd) ui.Dialog {
	cond := c.groups[g][i]
	items := []dialog.Choice{{ID: "edit", Title: "Change it", Detail: cond.words()}, {ID: "remove", Title: "Remove it", Detail: cond.words()}}
	return leaving(dialog.Choose(t.env, dialog.ChooseOptions{Title: cond.words(), Items: items, Do: func(chosen dialog.Choice) tea.Cmd {
		next := c.clone()
		if chosen.ID == "remove" {
			next.groups[g] = slices.Delete(next.groups[g], i, i+1)
			if len(next.groups[g]) == 0 {
				next.groups = slices.Delete(next.groups, g, g+1)
			}
			return ui.Open(t.menu(next, ""))
		}
		return ui.Open(t.condition(cond, back, func(made condition) tea.Cmd {
			next.groups[g][i] = made
			return ui.Open(t.menu(next, fmt.Sprintf("%d.%d", g, i)))
		}))
	}}), back)
}

// property asks what a new condition is about.
func (t *triggers) property(back func() tea.Cmd, do func(condition) tea.Cmd) ui.Dialog {
	const other, inList, notInList = " other", " in_list", " not_in_list"
	var items []dialog.Choice
	for _, p := range t.columns {
		label := p.Label
		if label == "" || label == p.Name {
			label = p.Name
		} else {
			label += " (" + p.Name + ")"
		}
		items = append(items, dialog.Choice{ID: p.Name, Title: label, Detail: typeWords(p)})
	}
	items = append(items, dialog.Choice{ID: other, Title: "another property …", Detail: "by its internal name"},
		dialog.Choice{ID: inList, Title: "is in a list …", Detail: "not a property: a static list, by its id"}, dialog.Choice{ID: notInList, Title: "is not in a list …", Detail: "not a property: a static list, by its id"})
	return leaving(dialog.Choose(t.env, dialog.ChooseOptions{Title: "Which property?", Items: items, Do: func(chosen dialog.Choice) tea.Cmd {
		switch chosen.ID {
		case other:
			return ui.Open(leaving(dialog.Input(t.env, dialog.InputOptions{Title: "Which property?", Label: "Internal name", Check: filled("The property needs its internal name."),
				Do: func(name string) tea.Cmd {
					return ui.Open(t.condition(condition{property: strings.TrimSpace(name)}, back, do))
				}}), back))
		case inList, notInList:
			operator := strings.TrimSpace(chosen.ID)
			return ui.Open(leaving(dialog.Input(t.env, dialog.InputOptions{Title: operatorWords(operator), Label: "Id of the list", Check: filled("The list needs its id."),
				Do: func(id string) tea.Cmd {
					return do(condition{operator: operator, values: []*source.Node{typed(strings.TrimSpace(id))}})
				}}), back))
		}
		return ui.Open(t.condition(condition{property: chosen.ID}, back, do))
	}}), back)
}

func filled(sentence string) func(string) error {
	return func(s string) error {
		if strings.TrimSpace(s) == "" {
			return errors.New(sentence)
		}
		return nil
	}
}

// reEnroll asks whether records enroll again.
func (t *triggers) reEnroll(c criteria, back func() tea.Cmd) ui.Dialog {
	mode := "no"
	switch {
	case len(c.again) > 0:
		mode = "changes"
	case c.always:
		mode = "yes"
	}
	options := []dialog.Choice{{ID: "no", Title: "no", Detail: "a record enrolls once"}, {ID: "yes", Title: "yes", Detail: "whenever it meets the triggers again"}}
	if !c.manual {
		options = append(options, dialog.Choice{ID: "changes", Title: "when a property changes", Detail: "the properties that are named below"})
	}
	return leaving(dialog.Form(t.env, dialog.FormOptions{Title: "Re-enrollment", Fields: []dialog.Field{
		{ID: "mode", Label: "Enroll a record again", Kind: dialog.KindChoice, Value: mode, Options: options},
		{ID: "properties", Label: "Properties whose change enrolls again", Value: strings.Join(c.again, ", "), Hint: "Internal names, separated by commas; " + t.pickKey() + " chooses them from a list.", Picks: t.picks,
			Check: filled("Name at least one property."), Disabled: func(v map[string]string) string {
				if v["mode"] != "changes" {
					return "Only where a change of properties enrolls again."
				}
				return ""
			}},
	}, Do: func(v map[string]string) tea.Cmd {
		next := c.clone()
		next.always, next.again = v["mode"] == "yes", nil
		if v["mode"] == "changes" {
			next.again = listOf(v["properties"])
		}
		return ui.Open(t.menu(next, againID))
	}}), back)
}

// pickKey is the key that shows what can be chosen.
func (t *triggers) pickKey() string {
	if keys := t.env.Keys.Get("dialog.pick").Keys; len(keys) > 0 {
		return keymap.Label(keys[0])
	}
	return "the key of dialog.pick"
}

// picks are the properties that a list of names can be made of.
func (t *triggers) picks() []dialog.Choice {
	out := make([]dialog.Choice, 0, len(t.columns))
	for _, p := range t.columns {
		c := dialog.Choice{ID: p.Name, Title: p.Name, Detail: typeWords(p)}
		if p.Label != "" && p.Label != p.Name {
			c.Title = p.Label + " (" + p.Name + ")"
		}
		out = append(out, c)
	}
	return out
}

// typeWords say what kind of values a property has.
func typeWords(p hubspot.Property) string {
	switch p.Type {
	case hubspot.TypeNumber:
		return "a number"
	case hubspot.TypeDate:
		return "a date"
	case hubspot.TypeDatetime:
		return "a date and time"
	case hubspot.TypeBool:
		return "yes or no"
	case hubspot.TypeEnumeration:
		return "one of a choice"
	case hubspot.TypeString:
		return "a text"
	}
	return "its kind is not known: " + string(p.Type)
}

// listOf takes a text apart at its commas.
func listOf(s string) []string {
	var out []string
	for _, part := range strings.Split(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// text asks for the triggers as YAML.
func (t *triggers) text(value string, back func() tea.Cmd) ui.Dialog {
	check := func(s string) error {
		_, problems := source.ParseYAML("enroll", []byte(s))
		if problems.HasErrors() {
			return fmt.Errorf("line %d: %s", problems.Errors()[0].Line, problems.Errors()[0].Message)
		}
		return nil
	}
	return leaving(dialog.Input(t.env, dialog.InputOptions{Title: "Enrollment triggers as YAML", Label: "What stands under enroll", Value: value, Multi: true, Height: 12, Check: check,
		Hint: "For example: when: {lifecyclestage: {any_of: [lead]}, email: known}", Do: func(s string) tea.Cmd {
			return t.propose(s, func() tea.Cmd { return ui.Open(t.text(s, back)) })
		}}), back)
}

func (t *triggers) propose(yaml string, again func() tea.Cmd) tea.Cmd {
	return change{work: t.work, title: "Enrollment triggers of " + t.wf.Item.Name, file: t.wf.Item.File, before: t.wf.Problems, again: again,
		edits: []service.Edit{{Kind: service.EditTriggers, Value: yaml}}}.propose()
}
