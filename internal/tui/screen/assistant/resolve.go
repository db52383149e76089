package assistant

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/service"
	"askflow/internal/tui/ui"
)

// resolved is what some settings come to.
type resolved struct {
	// sent is what would be sent; own what would be without the choices for the next run.
	sent, own *service.Resolution
	// assistant is whom the workflow's step asks by itself, "" without a step.
	assistant string
}

// resolver keeps what settings come to up to date.
type resolver struct {
	loader ui.Loader
	now    *resolved
	err    error
}

// load works it out anew. A question without an assistant comes to nothing.
func (r *resolver) load(env *ui.Env, q service.SettingsQuery) tea.Cmd {
	if q.File == "" && q.Assistant == "" {
		r.loader.Cancel()
		r.now, r.err = nil, nil
		return nil
	}
	assistants := env.Services.Assistants
	return ui.Load(env, &r.loader, func(ctx context.Context) (*resolved, error) { return readResolved(ctx, assistants, q) })
}

func readResolved(ctx context.Context, svc service.Assistants, q service.SettingsQuery) (*resolved, error) {
	out := &resolved{}
	var err error
	if out.sent, err = svc.Resolve(ctx, q); err != nil {
		return nil, err
	}
	q = service.SettingsQuery{File: q.File, Step: q.Step, Assistant: q.Assistant}
	if out.own, err = svc.Resolve(ctx, q); err != nil {
		return nil, err
	}
	if out.assistant = out.own.Assistant; q.File != "" && q.Assistant != "" {
		q.Assistant = ""
		by, err := svc.Resolve(ctx, q)
		if err != nil {
			return nil, err
		}
		out.assistant = by.Assistant
	}
	return out, nil
}

func (r *resolver) take(msg ui.Loaded[*resolved]) {
	if msg.Of != &r.loader || !r.loader.Take(msg.N) {
		return
	}
	if r.err = msg.Err; msg.Err == nil {
		r.now = msg.Value
	}
}

// query are the settings for the next run over those of a workflow's step; without one, over those of an assistant.
func (s *Screen) query(t *target) service.SettingsQuery {
	c := s.settings.chosen
	q := service.SettingsQuery{Assistant: c.Assistant, Model: c.Model, Temperature: c.Temperature, ReasoningEffort: c.ReasoningEffort}
	if t != nil {
		q.File, q.Step = t.file, t.step
	}
	if q.File == "" && q.Assistant == "" {
		q.Assistant = s.selected()
	}
	return q
}
