package assistant

import (
	"context"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/report"
	"askflow/internal/service"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
)

// edits are what writing the settings into a step changes. Answers and the budget are the run's and not a step's.
func edits(step string, c ui.Settings) []service.Edit {
	var out []service.Edit
	for _, f := range [][2]string{{"assistant", c.Assistant}, {"model", c.Model}, {"temperature", number(c.Temperature)}, {"reasoning_effort", c.ReasoningEffort}} {
		if f[1] != "" {
			out = append(out, service.Edit{Kind: service.EditSetField, Step: step, Field: f[0], Value: f[1]})
		}
	}
	return out
}

// proposed is a change that was worked out.
type proposed struct {
	*service.Proposal
	target *target
	edits  []service.Edit
	what   string
}

// writtenMsg is how writing went.
type writtenMsg struct {
	p   *proposed
	err error
}

// write asks for a step, and shows what writing the settings into it changes.
func (s *Screen) write() tea.Cmd {
	then := func(t *target) tea.Cmd {
		if t == nil {
			return nil
		}
		return s.propose(t, edits(t.step, s.settings.chosen), theSettings)
	}
	at := s.form.target
	return s.withTargets(func() tea.Cmd {
		if len(s.targets.list) == 1 {
			return then(s.targets.list[0])
		}
		return s.chooseTarget(choosing{title: "Write these settings into which step?", at: at, then: then})
	})
}

const theSettings = "the settings"

// own leaves to workflows again what was written into one: otherwise it would go on deciding for all others as well.
func (s *Screen) own(p *proposed) tea.Cmd {
	if p.what != theSettings {
		return nil
	}
	c := s.settings.chosen
	for _, e := range p.edits {
		for r := range rows {
			if fieldOf(r) == e.Field && r.value(c) == e.Value {
				r.clear(&c)
			}
		}
	}
	return s.settings.set(c)
}

// fieldOf is the field of a step that a setting is written into, "" for one of the run.
func fieldOf(r row) string {
	return map[row]string{rowAssistant: "assistant", rowModel: "model", rowTemperature: "temperature", rowEffort: "reasoning_effort"}[r]
}

// propose works out a change.
func (s *Screen) propose(t *target, change []service.Edit, what string) tea.Cmd {
	workflows := s.env.Services.Workflows
	return ui.Load(s.env, &s.form.proposing, func(ctx context.Context) (*proposed, error) {
		p, err := workflows.Propose(ctx, t.file, change...)
		if err != nil {
			return nil, err
		}
		return &proposed{p, t, change, what}, nil
	})
}

// proposed shows a change before it is made.
func (s *Screen) proposed(msg ui.Loaded[*proposed]) tea.Cmd {
	if msg.Of != &s.form.proposing || !s.form.proposing.Take(msg.N) {
		return nil
	}
	if msg.Err != nil {
		return ui.Fail(msg.Err)
	}
	p := msg.Value
	if string(p.Base) == string(p.Text) {
		return ui.Note(fmt.Sprintf("Nothing would change: %s says so already.", text.Clip(p.target.String(), 80)))
	}
	yes := "Write the file"
	if n := len(p.Problems.Errors()); n > 0 {
		yes = "Write it with its " + report.Count(int64(n), "errors")
	}
	return ui.Open(dialog.Diff(s.env, dialog.DiffOptions{Title: "Write " + p.what + " into " + p.target.String(), Proposal: p.Proposal, Yes: yes, Do: func() tea.Cmd { return s.writeFile(p) }}))
}

func (s *Screen) writeFile(p *proposed) tea.Cmd {
	workflows := s.env.Services.Workflows
	return ui.Start(ui.Task{Name: "writing " + text.Clip(p.File, 60), Quiet: true,
		Run: func(ctx context.Context) (string, error) {
			if err := workflows.Write(ctx, p.Proposal); err != nil {
				return "", err
			}
			said := "Wrote " + p.what + " into " + text.Clip(p.File, 60) + "."
			if p.what == theSettings {
				said += " They are no longer chosen for the next run."
			}
			return said, nil
		},
		Done: func(err error) tea.Msg { return writtenMsg{p, err} }})
}

// written goes on after a file was written. One that changed meanwhile is left alone, and the change is worked out anew.
func (s *Screen) written(msg writtenMsg) tea.Cmd {
	switch {
	case msg.err == nil:
		s.pad.saved(msg.p)
		s.targets.forget()
		own := s.own(msg.p)
		return tea.Batch(own, s.form.resolve(), s.withTargets(func() tea.Cmd { return s.form.aimAgain() }))
	case service.CodeOf(msg.err) == service.CodeChanged:
		return tea.Batch(ui.Note(text.Clip(msg.p.File, 60)+" changed meanwhile and was left alone. This is the change against what it holds now."), s.propose(msg.p.target, msg.p.edits, msg.p.what))
	}
	return ui.Fail(msg.err)
}
