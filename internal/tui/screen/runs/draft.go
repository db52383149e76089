package runs

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/service"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
)

// draftWrittenMsg tells how writing the draft of a run went.
type draftWrittenMsg struct {
	run string
	err error
}

// drafted keeps the responses file that a run proposes. It is shown when it is asked for: a dialog that comes by itself would take a
// key that was meant for something else as a yes.
func (s *Screen) drafted(p *service.Progress) tea.Cmd {
	if p.Draft == nil {
		return nil
	}
	if s.drafts == nil {
		s.drafts = map[string]*service.Proposal{}
	}
	s.drafts[p.Run] = p.Draft
	return ui.Note("Some questions of " + text.Clip(p.Run, 20) + " had no answer. " + s.keyOf("runs.draft") + " on the run shows the file for their replies; nothing is written before that.")
}

// draftBinding offers the draft of the run, nothing when it has none.
func (s *Screen) draftBinding() []ui.Binding {
	r := s.target()
	if r == nil || s.drafts[r.ID] == nil {
		return nil
	}
	return []ui.Binding{ui.On("runs.draft", func() tea.Cmd { return s.showDraft(r.ID) })}
}

// showDraft shows what would be written, and writes it on yes.
func (s *Screen) showDraft(id string) tea.Cmd {
	p := s.drafts[id]
	return ui.Open(dialog.Diff(s.env, dialog.DiffOptions{Title: "The questions of " + id + " without an answer", Proposal: p, Yes: "Write " + p.File, Do: func() tea.Cmd {
		workflows := s.env.Services.Workflows
		return ui.Start(ui.Task{Name: "writing " + text.Clip(p.File, 60),
			Run: func(ctx context.Context) (string, error) {
				return "Wrote " + text.Clip(p.File, 60) + ". Write the replies there, then run again.", workflows.Write(ctx, p)
			},
			Done: func(err error) tea.Msg { return draftWrittenMsg{id, err} }})
	}}))
}

// draftWritten forgets a draft that is a file by now.
func (s *Screen) draftWritten(msg draftWrittenMsg) tea.Cmd {
	if msg.err == nil {
		delete(s.drafts, msg.run)
	}
	return nil // the frame says how it went
}
