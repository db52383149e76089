package workflows_test

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/assistant"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/source"
	"askflow/internal/tui/app"
	"askflow/internal/tui/inspect"
	"askflow/internal/tui/screen/runs"
	"askflow/internal/tui/screen/workflows"
	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
	"askflow/testdata"
)

// office is a portal in memory: what the services of a test answer.
type office struct {
	portal   *service.Portal
	items    []*service.WorkflowItem
	texts    map[string]string // of files
	problems map[string]source.Problems
	err      error
	account  *service.AccountStatus
	resolve  *service.Resolution
	rows     map[string][]*run.Result // by run
	plan     *run.Plan
	started  []service.RunRequest
	startErr error
	lists    int
	reads    int
	tests    func(ctx context.Context, of string, progress func(service.TestProgress)) (*service.Tested, error)
	version  string // of the files that tests depend on
}

func (o flowsFake) Portal(context.Context) (*service.Portal, error) { return o.portal, nil }

func (o flowsFake) List(context.Context) ([]*service.WorkflowItem, error) {
	o.lists++
	return o.items, o.err
}

func (o flowsFake) Workflow(_ context.Context, file string) (*service.Workflow, error) {
	o.reads++
	if o.err != nil {
		return nil, o.err
	}
	for _, it := range o.items {
		if it.File == file {
			wf := &service.Workflow{Item: it, Path: "/portal/" + file, Text: []byte(o.texts[file])}
			wf.Flow, wf.Problems = flow.Parse(file, wf.Text, flow.DefaultOpenAIAction())
			wf.Problems = append(wf.Problems, o.problems[file]...)
			return wf, nil
		}
	}
	return nil, &service.Error{Code: "unknown_workflow", Message: "There is no workflow file " + file + " in this portal."}
}

func (asksFake) List(context.Context) ([]*assistant.Assistant, error) {
	return []*assistant.Assistant{{ID: "lead-qualifier", Name: "Lead qualifier"}}, nil
}

func (o asksFake) Resolve(context.Context, service.SettingsQuery) (*service.Resolution, error) {
	return o.resolve, nil
}

func (o runsFake) Briefs(_ context.Context, id string, q run.BriefQuery) (run.BriefPage, error) {
	rows := o.rows[id]
	page := run.BriefPage{}
	for i := range rows {
		seq := int64(i)
		if q.Backwards {
			seq = int64(len(rows) - 1 - i)
		}
		r := rows[seq]
		if q.AfterSeq >= 0 && seq <= q.AfterSeq || q.BeforeSeq >= 0 && seq >= q.BeforeSeq || r.Enrollment.State == run.NotEnrolled || q.Limit > 0 && len(page.Briefs) >= q.Limit {
			continue
		}
		page.Briefs = append(page.Briefs, run.Brief{Seq: seq, Record: r.Record, State: r.Enrollment.State})
	}
	return page, nil
}

func (o runsFake) Row(_ context.Context, id string, seq int64) (*run.Result, error) {
	if rows := o.rows[id]; seq >= 0 && seq < int64(len(rows)) {
		return rows[seq], nil
	}
	return nil, run.ErrNoRow
}

func (o accountFake) Status(context.Context) (*service.AccountStatus, error) { return o.account, nil }

func (o launchFake) Start(_ context.Context, r service.RunRequest) (*service.Started, error) {
	o.started = append(o.started, r)
	if o.startErr != nil {
		return nil, o.startErr
	}
	return &service.Started{Run: &run.Run{ID: fmt.Sprintf("r%d", 10+len(o.started))}}, nil
}

func (o launchFake) Plan(context.Context, service.RunRequest) (*run.Plan, error) {
	return o.plan, o.err
}

func (o testsFake) Run(ctx context.Context, of string, progress func(service.TestProgress)) (*service.Tested, error) {
	return o.tests(ctx, of, progress)
}

func (o testsFake) List(context.Context, string) (*service.TestList, error) {
	return &service.TestList{Version: o.version}, nil
}

// The services over an office.
type (
	flowsFake struct {
		service.Workflows
		*office
	}
	asksFake struct {
		service.Assistants
		*office
	}
	runsFake struct {
		service.Runs
		*office
	}
	launchFake struct {
		service.Launcher
		*office
	}
	accountFake struct {
		service.Account
		*office
	}
	testsFake struct{ *office }
)

func (o *office) services() *service.Services {
	return &service.Services{Workflows: flowsFake{office: o}, Assistants: asksFake{office: o}, Runs: runsFake{office: o}, Launcher: launchFake{office: o}, Tests: testsFake{o}, Account: accountFake{office: o}}
}

// demoText is a workflow file of the demo portal.
func demoText(tb testing.TB, name string) string {
	tb.Helper()
	data, err := fs.ReadFile(testdata.Demo, "demo/workflows/"+name)
	if err != nil {
		tb.Fatal(err)
	}
	return string(data)
}

// now is the driver's time.
var now = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

func pastRun(id, file, name string, status run.Status, age time.Duration, considered, failed int64) *run.Run {
	return &run.Run{ID: id, Workflow: run.Workflow{File: file, Name: name}, Status: status, Created: now.Add(-age), Answers: "scripted",
		Totals: run.Totals{Considered: considered, FailedSteps: failed, Enrollments: map[run.State]int64{run.NotEnrolled: considered / 4}}}
}

// northwind is an office with the workflows of the demo portal and some past runs.
func northwind(tb testing.TB) *office {
	tb.Helper()
	contact, _ := hubspot.LookupObjectType("contact")
	o := &office{texts: map[string]string{}, problems: map[string]source.Problems{}, rows: map[string][]*run.Result{},
		portal: &service.Portal{Dir: "/portal", Name: "Northwind", TimeZone: "Europe/Berlin", Answers: "scripted", Era: "responses", Now: time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC),
			OpenAIAction: flow.DefaultOpenAIAction(), Unlocked: true, Users: []hubspot.User{{ID: "16", OwnerID: "9016", Name: "Dana Whitfield"}}},
		account: &service.AccountStatus{Connected: false, NeedsKey: true},
		resolve: &service.Resolution{Assistant: "lead-qualifier", Model: "gpt-6-luna", ReasoningEffort: "none", Warnings: []string{"The temperature is sent with effort none."}}}
	for _, name := range []string{"email-draft.yaml", "lead-qualification.yaml", "record-summary.yaml", "state-formatting.json"} {
		file := "workflows/" + name
		o.texts[file] = demoText(tb, name)
		f, problems := flow.Parse(file, []byte(o.texts[file]), flow.DefaultOpenAIAction())
		if problems.HasErrors() {
			tb.Fatal(problems)
		}
		o.items = append(o.items, &service.WorkflowItem{File: file, FileName: strings.TrimSuffix(name, path.Ext(name)), Name: f.Name, ObjectType: contact, Enabled: f.Enabled, Actions: len(f.Actions), Asks: 1})
	}
	lead := o.items[1]
	lead.Runs = []*run.Run{pastRun("r3", lead.File, lead.Name, run.RunCompleted, 5*time.Minute, 24, 2), pastRun("r2", lead.File, lead.Name, run.RunCompleted, 3*time.Hour, 24, 0), pastRun("r1", lead.File, lead.Name, run.RunInterrupted, 50*time.Hour, 8, 4)}
	hot := "Hot"
	success := "SUCCESS"
	answer := "A: asks for a quote for 400 sensors"
	o.rows["r3"] = []*run.Result{
		{Record: run.RecordRef{ObjectType: "contact", ID: "100", Name: "Nobody Here"}, Enrollment: run.Enrollment{State: run.NotEnrolled, Reason: "message is not known"}},
		{Record: run.RecordRef{ObjectType: "contact", ID: "101", Name: "Ada Byron"}, Enrollment: run.Enrollment{State: run.Completed}, Steps: []run.Step{
			{ActionID: "1", State: run.Success, Outputs: map[string]string{"response": answer}, Ask: &run.Ask{Response: &answer}}, {ActionID: "2", State: run.Success, Branch: &success},
			{ActionID: "4", State: run.Success}, {ActionID: "5", State: run.Success, Branch: &hot}, {ActionID: "6", State: run.Success}, {ActionID: "7", State: run.Success},
			{ActionID: "8", State: run.Success}, {ActionID: "9", State: run.FailContinue, Error: &run.Error{Code: "invalid_owner", Message: "The owner 9016 is deactivated."}}}},
		{Record: run.RecordRef{ObjectType: "contact", ID: "102", Name: "Grace Hopper"}, Enrollment: run.Enrollment{State: run.Completed}, Steps: []run.Step{{ActionID: "1", State: run.FailContinue}}}}
	state := o.items[3]
	state.Warnings = 1
	o.problems[state.File] = source.Problems{{Severity: source.SeverityWarning, Code: "unused", File: state.File, Line: 20, Col: 19, Message: "the prompt does not name the postal code", Hint: "add {{ enrolled_object.zip }}"}}
	o.portal.Problems = o.problems[state.File]
	return o
}

// realRuns, in place of a jump, puts the place Runs behind its number instead of Elsewhere.
const realRuns = "runs"

// drive shows services on a screen of that size; a jump is what a key that no binding takes sends from the other places to Workflows.
func drive(tb testing.TB, services *service.Services, width, height int, jump ...tea.Msg) (*tuitest.Driver, *app.App) {
	tb.Helper()
	opt := app.Options{Services: services, Keys: tuitest.Keys(tb, inspect.Keys(), runs.Keys(), workflows.Keys())}
	opt.Screens[ui.Workflows] = workflows.New
	if len(jump) > 0 && jump[0] == realRuns {
		opt.Screens[ui.Runs] = runs.New
	}
	s := tuitest.NewStage(tb, opt, ui.Workflows, width, height)
	if len(jump) > 0 && jump[0] != realRuns {
		for _, e := range s.Others {
			e.Do = ui.GoTo(ui.Workflows, jump[0])
		}
	}
	return s.Driver, s.Frame
}

// aligned fails the test where the frame has a flaw.
func aligned(tb testing.TB, d *tuitest.Driver, width, height int) {
	tb.Helper()
	tuitest.Whole(tb, d.Styled(), width, height)
}

// golden compares the screen, without its styles, with a file.
func golden(t *testing.T, d *tuitest.Driver, name string) {
	t.Helper()
	tuitest.Golden(t, name, d.Screen())
}
