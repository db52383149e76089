package records

import (
	"context"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/hubspot"
	"askflow/internal/report"
	"askflow/internal/service"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
)

// open looks at the record; in it, goes to what its tab shows.
func (s *Screen) open() tea.Cmd {
	if s.split.Focus == 0 {
		s.split.Focus = 1
		return nil
	}
	switch s.detail.tabs.At {
	case tabWhy:
		return s.goToWorkflow()
	case tabAssociated:
		return s.goToAssociated()
	}
	return nil
}

func (s *Screen) goToWorkflow() tea.Cmd {
	var items []dialog.Choice
	for _, e := range s.detail.why {
		word := "would not enroll it"
		if e.Enrolls {
			word = "would enroll it"
		}
		items = append(items, dialog.Choice{ID: e.File, Title: text.Safe(e.Name), Detail: word})
	}
	return s.pick("Go to a workflow", items, "No workflow enrolls such records.", func(id string) tea.Cmd { return ui.GoTo(ui.Workflows, ui.ShowWorkflow{File: id}) })
}

func (s *Screen) goToAssociated() tea.Cmd {
	var items []dialog.Choice
	if s.detail.view != nil {
		for i, a := range s.detail.view.Associations {
			c := dialog.Choice{ID: fmt.Sprint(i), Title: text.Safe(a.ObjectType + " " + a.ID + " " + a.Name), Detail: text.Safe(a.Label)}
			if a.Missing {
				c.Disabled = "The portal has no such record."
			}
			items = append(items, c)
		}
	}
	return s.pick("Go to an associated record", items, "It is associated with nothing.", func(id string) tea.Cmd {
		n := 0
		if _, err := fmt.Sscan(id, &n); err != nil || s.detail.view == nil || n >= len(s.detail.view.Associations) {
			return nil
		}
		a := s.detail.view.Associations[n]
		return ui.Send(ui.ShowRecord{ObjectType: a.ObjectType, ID: a.ID})
	})
}

// pick asks for one of several; a single one needs no question.
func (s *Screen) pick(title string, items []dialog.Choice, none string, do func(id string) tea.Cmd) tea.Cmd {
	switch {
	case len(items) == 0:
		return ui.Note(none)
	case len(items) == 1 && items[0].Disabled == "":
		return do(items[0].ID)
	}
	return ui.Open(dialog.Choose(s.env, dialog.ChooseOptions{Title: title, Items: items, Do: func(c dialog.Choice) tea.Cmd { return do(c.ID) }}))
}

// chooseWorkflow runs the chosen records through a workflow.
func (s *Screen) chooseWorkflow() tea.Cmd {
	workflows := s.env.Services.Workflows
	return ui.Load(s.env, &s.loads.workflows, func(ctx context.Context) ([]*service.WorkflowItem, error) { return workflows.List(ctx) })
}

func (s *Screen) pickWorkflow(msg ui.Loaded[[]*service.WorkflowItem]) tea.Cmd {
	if !s.loads.workflows.Take(msg.N) {
		return nil
	}
	if msg.Err != nil {
		return ui.Fail(msg.Err)
	}
	ids := s.chosen()
	if len(ids) == 0 {
		return nil
	}
	for _, id := range ids {
		if strings.Contains(id, ",") {
			return ui.Note("A record whose id holds a comma cannot be named alone: " + text.Safe(id))
		}
	}
	var items []dialog.Choice
	for _, w := range msg.Value {
		if w.ObjectType.Name != s.at {
			continue
		}
		c := dialog.Choice{ID: w.File, Title: text.Safe(w.Name), Detail: report.Count(int64(w.Asks), "questions") + " for each " + w.ObjectType.Name}
		if w.Errors > 0 {
			c.Disabled = "It cannot run: " + report.Count(int64(w.Errors), "errors") + " in its file."
		}
		items = append(items, c)
	}
	title := "Run " + report.Count(int64(len(ids)), "records") + " through"
	return s.pick(title, items, "No workflow takes "+s.plural()+".", func(file string) tea.Cmd {
		return ui.Launch(service.RunRequest{Workflow: file, Enroll: join(ids)})
	})
}

// askID goes to a record by its id.
func (s *Screen) askID() tea.Cmd {
	return ui.Open(dialog.Input(s.env, dialog.InputOptions{Title: "Go to a record", Label: "Record ID", Do: func(id string) tea.Cmd {
		if id = strings.TrimSpace(id); id == "" {
			return nil
		}
		return ui.Send(ui.ShowRecord{ObjectType: s.at, ID: id})
	}}))
}

// chooseColumns takes columns in and out.
func (s *Screen) chooseColumns() tea.Cmd { return s.columnsDialog("") }

func (s *Screen) columnsDialog(at string) tea.Cmd {
	shown := s.shownColumns()
	var items []dialog.Choice
	for _, p := range s.columns {
		mark := "○ "
		if slices.ContainsFunc(shown, func(c hubspot.Property) bool { return c.Name == p.Name }) {
			mark = "● "
		}
		items = append(items, dialog.Choice{ID: p.Name, Title: mark + text.Safe(p.Label), Detail: text.Safe(p.Name)})
	}
	return ui.Open(dialog.Choose(s.env, dialog.ChooseOptions{Title: "Columns: enter takes one in or out", Items: items, At: at, Do: func(c dialog.Choice) tea.Cmd { return ui.Send(columnsMsg{c.ID}) }}))
}

func (s *Screen) toggleColumn(name string) tea.Cmd {
	shown := slices.Clone(s.shownColumns())
	if i := slices.IndexFunc(shown, func(c hubspot.Property) bool { return c.Name == name }); i >= 0 {
		shown = slices.Delete(shown, i, i+1)
	} else if i := slices.IndexFunc(s.columns, func(c hubspot.Property) bool { return c.Name == name }); i >= 0 {
		shown = append(shown, s.columns[i])
	}
	s.picked[s.at] = shown
	return s.columnsDialog(name) // until esc: several are chosen one after the other
}

// lookThrough looks through all records for what is wrong with them.
func (s *Screen) lookThrough() tea.Cmd {
	service, at, plural := s.env.Services.Records, s.at, s.plural()
	var found []string
	count := int64(0)
	return ui.Start(ui.Task{Name: "looking through the " + plural, Run: func(ctx context.Context) (string, error) {
		check, err := service.Check(ctx, at)
		if err != nil {
			return "", err
		}
		count = check.Count
		for _, p := range check.Problems {
			found = append(found, text.Safe(p.Where()), "  "+text.Safe(p.Message))
			if p.Hint != "" {
				found = append(found, "  "+text.Safe(p.Hint))
			}
		}
		if len(found) == 0 {
			return "Nothing is wrong with " + report.Count(count, plural) + ".", nil
		}
		return "", nil
	}, Done: func(err error) tea.Msg {
		if err != nil || len(found) == 0 {
			return nil
		}
		return ui.OpenMsg{Dialog: dialog.Show(s.env, dialog.ShowOptions{Title: "What is wrong with " + plural, Text: strings.Join(found, "\n")})}
	}})
}
