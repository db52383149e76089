package inbox

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/flow"
	"askflow/internal/run"
	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
)

// stepNames are the names of a workflow's actions by their ids.
type stepNames struct {
	file  string
	names map[string]string
}

// nameSteps reads what the actions of the selected item's workflow are called, once.
func (s *Screen) nameSteps() tea.Cmd {
	it, ok := s.table.Selected()
	if !ok || it.Workflow.File == "" || s.steps[it.Workflow.File] != nil || s.naming.Busy() {
		return nil
	}
	workflows, file, openAI := s.env.Services.Workflows, it.Workflow.File, s.env.Portal.OpenAIAction
	return ui.Load(s.env, &s.naming, func(ctx context.Context) (stepNames, error) {
		out := stepNames{file: file, names: map[string]string{}}
		wf, err := workflows.Workflow(ctx, file)
		if err != nil || wf == nil || wf.Flow == nil {
			return out, ctx.Err() // it was removed since: its actions have numbers only
		}
		if openAI.TypeID == "" {
			openAI = flow.DefaultOpenAIAction()
		}
		kinds := flow.NewKinds(openAI)
		for _, a := range wf.Flow.Actions {
			if out.names[a.ID] = a.Name; a.Name == "" {
				out.names[a.ID] = kinds.Of(a).Label
			}
		}
		return out, nil
	})
}

func (s *Screen) named(msg ui.Loaded[stepNames]) {
	if msg.Of != &s.naming || !s.naming.Take(msg.N) || msg.Err != nil {
		return
	}
	if s.steps == nil {
		s.steps = map[string]map[string]string{}
	}
	s.steps[msg.Value.file], s.shown = msg.Value.names, shownItem{}
}

// step names the action that made an item: its id is not its place in the record's timeline.
func (s *Screen) step(it *run.EffectItem) string {
	out := "action " + it.Effect.ActionID
	if name := s.steps[it.Workflow.File][it.Effect.ActionID]; name != "" {
		out += " (" + text.Clip(name, 60) + ")"
	}
	return out
}
