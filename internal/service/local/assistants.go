package local

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"time"

	"askflow/internal/account"
	"askflow/internal/assistant"
	"askflow/internal/emulator"
	"askflow/internal/service"
)

// assistants is service.Assistants.
type assistants struct{ l *Local }

var _ service.Assistants = assistants{}

// List lists the assistants.
func (a assistants) List(ctx context.Context) ([]*assistant.Assistant, error) {
	s, err := a.l.portal(ctx)
	if err != nil {
		return nil, err
	}
	return append([]*assistant.Assistant{}, s.e.Portal.Assistants...), nil
}

// Models lists the models.
func (a assistants) Models(ctx context.Context) ([]*service.Model, error) {
	s, err := a.l.portal(ctx)
	if err != nil {
		return nil, err
	}
	out := []*service.Model{}
	for _, m := range s.e.ModelList(a.offered(ctx, s)) {
		j := &service.Model{ID: m.ID, Name: m.Name, Context: m.Context, MaxOutput: m.MaxOutput, InputUSD: m.InputUSD, CachedUSD: m.CachedUSD, OutputUSD: m.OutputUSD,
			Gone: m.Gone, Efforts: m.Efforts, DefaultEffort: m.DefaultEffort, Temperature: temperature(m.Temperature), Allowed: m.Allowed, Offered: m.Offered, AsOf: m.AsOf, Note: m.Note}
		if !m.Shutdown.IsZero() {
			j.Shutdown = m.Shutdown.Format(time.DateOnly)
		}
		out = append(out, j)
	}
	return out, nil
}

func temperature(t assistant.TemperatureSupport) string {
	switch t {
	case assistant.TemperatureAlways:
		return "always"
	case assistant.TemperatureNever:
		return "never"
	case assistant.TemperatureNoneOnly:
		return "with_none"
	}
	return ""
}

// offered are the models of the account's last check, nil when that is not known. Without a file that says so nobody asks a
// keyring, which may take its time.
func (a assistants) offered(ctx context.Context, s *snapshot) []string {
	if _, err := os.Stat(filepath.Join(s.e.Portal.StateDir, account.MetadataFile)); err != nil {
		return nil
	}
	acc, err := a.l.account(s, nil)
	if err != nil {
		return nil
	}
	st, err := acc.Show(ctx)
	if err != nil {
		return nil
	}
	return st.Models
}

// Resolve says what would be sent.
func (a assistants) Resolve(ctx context.Context, q service.SettingsQuery) (*service.Resolution, error) {
	s, err := a.l.portal(ctx)
	if err != nil {
		return nil, err
	}
	r, err := s.e.Resolve(ctx, emulator.SettingsRequest{Assistant: q.Assistant, Model: q.Model, Temperature: q.Temperature, ReasoningEffort: q.ReasoningEffort, Workflow: q.File, Step: q.Step})
	if err != nil {
		return nil, problem(err)
	}
	return resolution(r), nil
}

func resolution(r emulator.Resolution) *service.Resolution {
	return &service.Resolution{Assistant: r.Assistant, Model: r.Model, Temperature: r.Temperature, ReasoningEffort: r.ReasoningEffort, Warnings: r.Warnings,
		Refused: r.Refused, NoTemperature: r.NoTemperature, Efforts: r.Efforts, NoEffort: r.NoEffort}
}

func tryRequest(t service.TryRequest) emulator.TryRequest {
	return emulator.TryRequest{ObjectType: t.ObjectType, RecordID: t.RecordID, Prompt: t.Prompt, Workflow: t.File, Step: t.Step, Outputs: t.Outputs,
		Assistant: t.Assistant, Model: t.Model, Temperature: t.Temperature, ReasoningEffort: t.ReasoningEffort, Answers: t.Answers, MaxCost: t.MaxCost}
}

// Render renders a prompt.
func (a assistants) Render(ctx context.Context, t service.TryRequest) (*service.Rendered, error) {
	s, err := a.l.portal(ctx)
	if err != nil {
		return nil, err
	}
	r, err := s.e.Render(ctx, tryRequest(t))
	if err != nil {
		return nil, problem(err)
	}
	out := rendered(r)
	return &out, nil
}

func rendered(r emulator.Rendered) service.Rendered {
	out := service.Rendered{Text: r.Text, Problems: slices.Clone(r.Problems)}
	for _, t := range r.Tokens {
		out.Tokens = append(out.Tokens, service.TokenValue(t))
	}
	return out
}

// Try asks a prompt.
func (a assistants) Try(ctx context.Context, t service.TryRequest) (*service.Tried, error) {
	s, err := a.l.saved(ctx)
	if err != nil {
		return nil, err
	}
	r, err := s.e.Try(ctx, tryRequest(t))
	if err != nil {
		return nil, a.l.wanting(ctx, s, problem(err))
	}
	if e := r.Step.Error; e != nil && e.Code == assistant.CodeBadKey {
		if err := a.l.wanting(ctx, s, &service.Error{Code: e.Code, Message: e.Message, Hint: e.Hint, Exit: emulator.ExitAccount}); service.CodeOf(err) == service.CodeNotConnected {
			return nil, err
		}
	}
	r.Step.Error = service.AskedOnScreen(r.Step.Error)
	return &service.Tried{Rendered: rendered(r.Rendered), Step: r.Step, Sent: *resolution(r.Question), Took: r.Took}, nil
}
