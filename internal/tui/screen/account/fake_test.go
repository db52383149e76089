package account_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"askflow/internal/secret"
	"askflow/internal/service"
	"askflow/internal/tui/app"
	"askflow/internal/tui/screen/account"
	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
)

const canary = "sk-proj-CaNaRy0123456789abcdefghijklmnopqrstuvwxyzT3BlbkFJABCDEFGHIJKLMNOPQRSTUVwxyz"

// fake answers what the place asks, as the test says.
type fake struct {
	service.Workflows
	service.Launcher
	portal    *service.Portal
	status    *service.AccountStatus
	err       error
	models    []*service.Model
	places    []service.KeyPlace
	connect   func(context.Context, service.ConnectRequest) (*service.Connected, error)
	verify    func(context.Context) (*service.Connected, error)
	uninstall func(context.Context) (*service.Removed, error)
	unlock    func(secret.Secret) error
	reads     atomic.Int64
}

func (f *fake) Portal(context.Context) (*service.Portal, error) { return f.portal, nil }

func (f *fake) Status(context.Context) (*service.AccountStatus, error) {
	f.reads.Add(1)
	if f.err != nil {
		return nil, f.err
	}
	st := *f.status
	return &st, nil
}

func (f *fake) Connect(ctx context.Context, r service.ConnectRequest) (*service.Connected, error) {
	return f.connect(ctx, r)
}
func (f *fake) Verify(ctx context.Context) (*service.Connected, error)  { return f.verify(ctx) }
func (f *fake) Uninstall(ctx context.Context) (*service.Removed, error) { return f.uninstall(ctx) }
func (f *fake) Unlock(_ context.Context, s secret.Secret) error         { return f.unlock(s) }
func (f *fake) Places(context.Context) ([]service.KeyPlace, error)      { return f.places, nil }

// catalogue is the list of models.
type catalogue struct {
	service.Assistants
	f *fake
}

func (c catalogue) Models(context.Context) ([]*service.Model, error) {
	if c.f.models == nil {
		return nil, errors.New("the table of models cannot be read")
	}
	return c.f.models, nil
}

// stage opens the place over services; only the account is real.
func stage(tb testing.TB, services *service.Services, width, height int) *tuitest.Stage {
	tb.Helper()
	opt := app.Options{Services: services, Keys: tuitest.Keys(tb, account.Keys())}
	opt.Screens[ui.Account] = account.New
	return tuitest.NewStage(tb, opt, ui.Account, width, height)
}

// drive is stage for tests that stay in the place.
func drive(tb testing.TB, services *service.Services, width, height int) *tuitest.Driver {
	tb.Helper()
	return stage(tb, services, width, height).Driver
}

func (f *fake) services() *service.Services {
	return &service.Services{Workflows: f, Launcher: f, Account: f, Assistants: catalogue{f: f}}
}

func yes(b bool) *bool { return &b }

var day = time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)

// newFake has a portal with nothing connected.
func newFake() *fake {
	return &fake{
		portal: &service.Portal{Dir: "/home/ada/northwind", Name: "Northwind", TimeZone: "Europe/Berlin", Answers: "scripted", Era: "responses", Unlocked: true},
		status: &service.AccountStatus{BaseURL: "https://api.openai.com/v1", NeedsKey: true, Subscriptions: []string{"sales-hub-professional", "marketing-hub-enterprise"},
			Unlocking: []string{"marketing-hub-enterprise", "sales-hub-enterprise", "service-hub-enterprise", "data-hub-enterprise", "commerce-hub-enterprise"},
			Workflows: []string{"Lead qualification", "Email draft", "Ticket triage", "State formatter"}},
		models: []*service.Model{
			{ID: "gpt-4o", Name: "GPT-4o", Context: 128000, MaxOutput: 16384, InputUSD: "2.5", CachedUSD: "1.25", OutputUSD: "10", Shutdown: "2027-01-14", Temperature: "always", Allowed: true, AsOf: "2026-11-01"},
			{ID: "gpt-4", Context: 8192, InputUSD: "30", OutputUSD: "60", Shutdown: "2026-10-23", Gone: true, Temperature: "always", Allowed: true},
			{ID: "gpt-5-nano", Context: 400000, MaxOutput: 128000, InputUSD: "0.05", OutputUSD: "0.4", Shutdown: "2026-12-11", Efforts: []string{"minimal", "low", "medium", "high"}, DefaultEffort: "medium", Temperature: "never", Allowed: true},
			{ID: "gpt-6-luna", Context: 400000, MaxOutput: 128000, InputUSD: "0.1", CachedUSD: "0.01", OutputUSD: "0.8", Efforts: []string{"none", "low", "medium"}, DefaultEffort: "medium", Temperature: "with_none", Allowed: true},
			{ID: "gpt-6.1-sol", Context: 1000000, MaxOutput: 128000, InputUSD: "5", OutputUSD: "40", Efforts: []string{"low", "high", "max"}, Temperature: "never"},
			{ID: "ft:gpt-4o-mini:northwind::abc", Allowed: true},
		},
		places: []service.KeyPlace{{Name: "keyring", Label: "Secret Service (GNOME Keyring, KWallet)"}, {Name: "file", Label: "/home/ada/.config/askflow/keys/1f.age", Passphrase: true},
			{Name: "environment", Label: "OPENAI_API_KEY", Unusable: "OPENAI_API_KEY is not set."}},
	}
}

// connected makes a fake with a key in the keyring.
func connected() *fake {
	f := newFake()
	st := f.status
	st.Connected, st.Kept, st.MaskedKey, st.Result = true, "keyring", "sk-proj-…wxyz", "ok"
	st.ConnectedAt, st.VerifiedAt = day, day.Add(time.Hour)
	st.Models = []string{"gpt-5-nano", "gpt-6-luna", "gpt-6.1-sol", "ft:gpt-4o-mini:northwind::abc"}
	st.Limits = []service.AccountLimit{{Model: "gpt-5-nano", Requests: 500, Tokens: 200000, SeenAt: day.Add(2 * time.Hour)}, {Model: "gpt-6-luna", Requests: 60, SeenAt: day}}
	for _, m := range f.models {
		m.Offered = yes(m.ID != "gpt-4o" && m.ID != "gpt-4")
	}
	return f
}

// hide fails the test if a frame shows any part of the canary that is no mask.
func hide(t *testing.T, d *tuitest.Driver) {
	t.Helper()
	d.Each = func(frame string) {
		if plain := ansi.Strip(frame); strings.Contains(plain, canary[8:20]) || strings.Contains(plain, canary[len(canary)-12:]) {
			t.Fatalf("the key shows:\n%s", plain)
		}
	}
}
