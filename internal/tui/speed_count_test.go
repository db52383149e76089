package tui_test

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/hubspot"
	"askflow/internal/run"
	"askflow/internal/secret"
	"askflow/internal/service"
)

// counter counts what the screen asks of the services: calls by name, rows that they gave, and calls that came from within Update or
// View, which must not wait for anything.
type counter struct {
	inside atomic.Bool
	mu     sync.Mutex
	calls  map[string]int
	took   map[string]time.Duration // the longest call
	within []string
	rows   int64 // rows and records returned since the last take
	most   int64 // the most that one call returned
	looked int64 // places of the store that were looked at since the last take
}

func newCounter() *counter {
	return &counter{calls: map[string]int{}, took: map[string]time.Duration{}}
}

// drawing tells that Update or View is at work.
func (c *counter) drawing(on bool) { c.inside.Store(on) }

// saw notes a call, and gives a function that notes its end.
func (c *counter) saw(name string) func() {
	within := c.inside.Load()
	began := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls[name]++
	if within {
		c.within = append(c.within, name)
	}
	return func() {
		took := time.Since(began)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.took[name] = max(c.took[name], took)
	}
}

// gave notes how many rows a call returned, and how many places it looked at.
func (c *counter) gave(rows int, looked int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rows += int64(rows)
	c.most = max(c.most, int64(rows))
	c.looked += looked
}

// take returns what was counted since the last take.
func (c *counter) take() (calls map[string]int, rows, looked int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	calls, rows, looked = c.calls, c.rows, c.looked
	c.calls, c.rows, c.looked = map[string]int{}, 0, 0
	return calls, rows, looked
}

// over are services that are counted.
func (c *counter) over(s *service.Services) *service.Services {
	return &service.Services{Workflows: countedWorkflows{s.Workflows, c}, Assistants: countedAssistants{s.Assistants, c}, Records: countedRecords{s.Records, c},
		Runs: countedRuns{s.Runs, c}, Launcher: countedLauncher{s.Launcher, c}, Inbox: countedInbox{s.Inbox, c}, Account: countedAccount{s.Account, c}, Events: s.Events}
}

type countedWorkflows struct {
	service.Workflows
	c *counter
}

func (w countedWorkflows) Portal(ctx context.Context) (*service.Portal, error) {
	defer w.c.saw("Workflows.Portal")()
	return w.Workflows.Portal(ctx)
}

func (w countedWorkflows) List(ctx context.Context) ([]*service.WorkflowItem, error) {
	defer w.c.saw("Workflows.List")()
	return w.Workflows.List(ctx)
}

func (w countedWorkflows) Workflow(ctx context.Context, file string) (*service.Workflow, error) {
	defer w.c.saw("Workflows.Workflow")()
	return w.Workflows.Workflow(ctx, file)
}

func (w countedWorkflows) Propose(ctx context.Context, file string, edits ...service.Edit) (*service.Proposal, error) {
	defer w.c.saw("Workflows.Propose")()
	return w.Workflows.Propose(ctx, file, edits...)
}

func (w countedWorkflows) Write(ctx context.Context, p *service.Proposal) error {
	defer w.c.saw("Workflows.Write")()
	return w.Workflows.Write(ctx, p)
}

func (w countedWorkflows) Tokens(ctx context.Context, file, actionID string) ([]service.TokenChoice, error) {
	defer w.c.saw("Workflows.Tokens")()
	return w.Workflows.Tokens(ctx, file, actionID)
}

type countedAssistants struct {
	service.Assistants
	c *counter
}

func (a countedAssistants) List(ctx context.Context) ([]*assistant.Assistant, error) {
	defer a.c.saw("Assistants.List")()
	return a.Assistants.List(ctx)
}

func (a countedAssistants) Models(ctx context.Context) ([]*service.Model, error) {
	defer a.c.saw("Assistants.Models")()
	return a.Assistants.Models(ctx)
}

func (a countedAssistants) Resolve(ctx context.Context, q service.SettingsQuery) (*service.Resolution, error) {
	defer a.c.saw("Assistants.Resolve")()
	return a.Assistants.Resolve(ctx, q)
}

func (a countedAssistants) Render(ctx context.Context, t service.TryRequest) (*service.Rendered, error) {
	defer a.c.saw("Assistants.Render")()
	return a.Assistants.Render(ctx, t)
}

func (a countedAssistants) Try(ctx context.Context, t service.TryRequest) (*service.Tried, error) {
	defer a.c.saw("Assistants.Try")()
	return a.Assistants.Try(ctx, t)
}

type countedRecords struct {
	service.Records
	c *counter
}

func (r countedRecords) Objects(ctx context.Context) ([]*service.ObjectInfo, error) {
	defer r.c.saw("Records.Objects")()
	return r.Records.Objects(ctx)
}

func (r countedRecords) Columns(ctx context.Context, objectType string) ([]hubspot.Property, error) {
	defer r.c.saw("Records.Columns")()
	return r.Records.Columns(ctx, objectType)
}

func (r countedRecords) Page(ctx context.Context, q service.RecordQuery) (*service.RecordPage, error) {
	defer r.c.saw("Records.Page")()
	page, err := r.Records.Page(ctx, q)
	if page != nil {
		r.c.gave(len(page.Records), page.Scanned)
	}
	return page, err
}

func (r countedRecords) Record(ctx context.Context, objectType, id string) (*service.RecordView, error) {
	defer r.c.saw("Records.Record")()
	return r.Records.Record(ctx, objectType, id)
}

func (r countedRecords) Explain(ctx context.Context, objectType, id string) ([]*service.Explanation, error) {
	defer r.c.saw("Records.Explain")()
	return r.Records.Explain(ctx, objectType, id)
}

func (r countedRecords) Check(ctx context.Context, objectType string) (*service.RecordCheck, error) {
	defer r.c.saw("Records.Check")()
	return r.Records.Check(ctx, objectType)
}

type countedRuns struct {
	service.Runs
	c *counter
}

func (r countedRuns) List(ctx context.Context, q run.RunQuery) ([]*run.Run, error) {
	defer r.c.saw("Runs.List")()
	list, err := r.Runs.List(ctx, q)
	r.c.gave(len(list), int64(len(list)))
	return list, err
}

func (r countedRuns) Run(ctx context.Context, id string) (*run.Run, error) {
	defer r.c.saw("Runs.Run")()
	return r.Runs.Run(ctx, id)
}

func (r countedRuns) Briefs(ctx context.Context, id string, q run.BriefQuery) (run.BriefPage, error) {
	defer r.c.saw("Runs.Briefs")()
	page, err := r.Runs.Briefs(ctx, id, q)
	r.c.gave(len(page.Briefs), page.Scanned)
	return page, err
}

func (r countedRuns) Row(ctx context.Context, id string, seq int64) (*run.Result, error) {
	defer r.c.saw("Runs.Row")()
	r.c.gave(1, 1)
	return r.Runs.Row(ctx, id, seq)
}

func (r countedRuns) Compare(ctx context.Context, q service.CompareQuery) (*service.ComparePage, error) {
	defer r.c.saw("Runs.Compare")()
	page, err := r.Runs.Compare(ctx, q)
	if page != nil {
		r.c.gave(len(page.Diffs), page.Scanned)
	}
	return page, err
}

func (r countedRuns) Export(ctx context.Context, id string, w io.Writer) error {
	defer r.c.saw("Runs.Export")()
	return r.Runs.Export(ctx, id, w)
}

func (r countedRuns) Delete(ctx context.Context, id string) error {
	defer r.c.saw("Runs.Delete")()
	return r.Runs.Delete(ctx, id)
}

type countedLauncher struct {
	service.Launcher
	c *counter
}

func (l countedLauncher) Start(ctx context.Context, r service.RunRequest) (*service.Started, error) {
	defer l.c.saw("Launcher.Start")()
	return l.Launcher.Start(ctx, r)
}

func (l countedLauncher) Cancel(ctx context.Context, id string) error {
	defer l.c.saw("Launcher.Cancel")()
	return l.Launcher.Cancel(ctx, id)
}

func (l countedLauncher) Active(ctx context.Context) ([]*service.Progress, error) {
	defer l.c.saw("Launcher.Active")()
	return l.Launcher.Active(ctx)
}

func (l countedLauncher) Plan(ctx context.Context, r service.RunRequest) (*run.Plan, error) {
	defer l.c.saw("Launcher.Plan")()
	return l.Launcher.Plan(ctx, r)
}

type countedInbox struct {
	service.Inbox
	c *counter
}

func (i countedInbox) Effects(ctx context.Context, q run.EffectQuery) (run.EffectPage, error) {
	defer i.c.saw("Inbox.Effects")()
	page, err := i.Inbox.Effects(ctx, q)
	i.c.gave(len(page.Items), page.Scanned)
	return page, err
}

type countedAccount struct {
	service.Account
	c *counter
}

func (a countedAccount) Status(ctx context.Context) (*service.AccountStatus, error) {
	defer a.c.saw("Account.Status")()
	return a.Account.Status(ctx)
}

func (a countedAccount) Connect(ctx context.Context, r service.ConnectRequest) (*service.Connected, error) {
	defer a.c.saw("Account.Connect")()
	return a.Account.Connect(ctx, r)
}

func (a countedAccount) Verify(ctx context.Context) (*service.Connected, error) {
	defer a.c.saw("Account.Verify")()
	return a.Account.Verify(ctx)
}

func (a countedAccount) Uninstall(ctx context.Context) (*service.Removed, error) {
	defer a.c.saw("Account.Uninstall")()
	return a.Account.Uninstall(ctx)
}

func (a countedAccount) Unlock(ctx context.Context, passphrase secret.Secret) error {
	defer a.c.saw("Account.Unlock")()
	return a.Account.Unlock(ctx, passphrase)
}

func (a countedAccount) Places(ctx context.Context) ([]service.KeyPlace, error) {
	defer a.c.saw("Account.Places")()
	return a.Account.Places(ctx)
}
