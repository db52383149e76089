package tui_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/service/local"
	"askflow/internal/tui"
	"askflow/internal/tui/app"
	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
)

// at gives a run times that do not depend on when the test runs.
func at(r *run.Run) *run.Run {
	fixed := *r
	fixed.Created = time.Date(2026, 1, 2, 9, 30, 0, 0, time.UTC)
	if !fixed.Ended.IsZero() {
		fixed.Ended = fixed.Created.Add(1500 * time.Millisecond)
	}
	return &fixed
}

func allAt(list []*run.Run) []*run.Run {
	for i := range list {
		list[i] = at(list[i])
	}
	return list
}

// timedRuns and timedWorkflows give runs those times.
type timedRuns struct{ service.Runs }

func (t timedRuns) List(ctx context.Context, q run.RunQuery) ([]*run.Run, error) {
	list, err := t.Runs.List(ctx, q)
	return allAt(list), err
}

func (t timedRuns) Run(ctx context.Context, id string) (*run.Run, error) {
	r, err := t.Runs.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	return at(r), nil
}

type timedWorkflows struct{ service.Workflows }

func (t timedWorkflows) List(ctx context.Context) ([]*service.WorkflowItem, error) {
	list, err := t.Workflows.List(ctx)
	for _, it := range list {
		it.Runs = allAt(append([]*run.Run(nil), it.Runs...))
	}
	return list, err
}

// TestWholeScreensInEachTheme looks at whole frames with their styles: Workflows after a run, the runs, one of them, and a dialog over it.
func TestWholeScreensInEachTheme(t *testing.T) {
	t.Parallel()
	for _, theme := range []string{"dark", "light"} {
		t.Run(theme, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, map[string]string{
				"portal.yaml":            "name: Northwind\nid: 7\ntime_zone: Europe/Berlin\n",
				"assistants/helper.yaml": "id: helper\nname: Helper\nmodel: gpt-6-luna\ninstructions: Grade the lead.\n",
				"workflows/grade.yaml":   "name: Grade leads\nobject: contact\nenabled: true\nenroll: {when: {city: {is: Oslo}}}\nsteps:\n  - ask_openai_assistant: {id: ask, assistant: helper, prompt: \"{{ enrolled_object.firstname }}\"}\n  - create_task: {subject: \"{{ action_outputs.ask.response }}\"}\n",
				"records/contacts.csv":   "Record ID,First Name,City\n1,Ada,Oslo\n2,Bo,Rome\n3,日本 Cy,Oslo\n",
				"responses/all.yaml":     "- {when: {record: \"1\"}, reply: \"A: a fine lead\", usage: {input_tokens: 20, output_tokens: 5}}\n",
			})
			portal := tuitest.OpenPortal(t, local.Options{Dir: m.dir})
			services := *portal.Services
			services.Runs, services.Workflows = timedRuns{services.Runs}, timedWorkflows{services.Workflows}
			keys, err := tui.Keymap()
			if err != nil {
				t.Fatal(err)
			}
			s := tuitest.NewStage(t, app.Options{Services: &services, Keys: keys, Screens: tui.Screens(), Theme: theme}, ui.Workflows, 80, 24)
			portal.Feed(s.Driver)
			s.Press("r").WaitFor("completed, 3 records").WaitFor("completed in")
			one := s.Press("z").Styled()
			dialog := s.Press("D").See("Delete").Styled()
			list := s.Press("esc", "z", "esc").See("r1").Styled()
			flows := s.Press("1").WaitFor("r1 ✗ 1 failed").Styled()
			tuitest.Golden(t, "whole-"+theme, strings.Join([]string{flows, list, one, dialog}, "\n\n"))
		})
	}
}
