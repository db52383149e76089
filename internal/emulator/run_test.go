package emulator_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/assistant"
	"askflow/internal/emulator"
	"askflow/internal/hubspot"
	"askflow/internal/portal"
	"askflow/internal/run"
	"askflow/internal/source"
)

// TestInterruptedRunGoesOn cancels a run from outside, resumes it, and compares with one that was left alone.
func TestInterruptedRunGoesOn(t *testing.T) {
	t.Parallel()
	const n = 4000
	want, wantTotals := gradeAll(t, gradePortal(t, n))
	dir := gradePortal(t, n)
	e := open(t, dir)
	for _, req := range []emulator.Request{{Workflow: "grade", Seed: 1, Concurrency: 2}, {Workflow: "grade", Resume: "r1", Concurrency: 1}} {
		ctx, cancel := context.WithCancel(context.Background())
		s, err := e.Run(ctx, req, emulator.Hooks{Rows: func([]run.Row, bool) error { cancel(); return nil }})
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		if s.Err == nil || s.Err.Exit != emulator.ExitInterrupted || s.Run.Status != run.RunInterrupted || !strings.Contains(s.Err.Hint, "--resume r1") {
			t.Fatalf("an interrupted run ends with %+v, status %s", s.Err, s.Run.Status)
		}
		if r := theRun(t, e); r.Status != run.RunInterrupted || r.Totals.Considered != int64(len(stored(t, e))) {
			t.Errorf("stored as %s with %d records considered, and %d rows", r.Status, r.Totals.Considered, len(stored(t, e)))
		}
	}
	s, err := e.Run(context.Background(), emulator.Request{Resume: "last"}, emulator.Hooks{})
	if err != nil || s.Err != nil {
		t.Fatal(err, s)
	}
	sameLines(t, want, stored(t, e))
	if diff := cmp.Diff(wantTotals, s.Run.Totals); diff != "" {
		t.Errorf("totals (-whole +resumed):\n%s", diff)
	}
	// A run that has come to its end has nothing left to do.
	s, err = e.Run(context.Background(), emulator.Request{Resume: "r1"}, emulator.Hooks{Rows: func([]run.Row, bool) error { return errors.New("a row again") }})
	if err != nil || s.Err != nil || s.Run.Status != run.RunCompleted {
		t.Fatal(err, s)
	}
	if diff := cmp.Diff(wantTotals, s.Run.Totals); diff != "" {
		t.Errorf("totals after resuming a complete run:\n%s", diff)
	}
}

func TestCancelledBeforeItBegins(t *testing.T) {
	t.Parallel()
	e := open(t, gradePortal(t, 3))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if s, err := e.Run(ctx, emulator.Request{Workflow: "grade"}, emulator.Hooks{}); !errors.Is(err, context.Canceled) || s != nil {
		t.Errorf("%v, %v", s, err)
	}
	if _, err := emulator.Open(ctx, emulator.Options{Dir: e.Portal.Dir}); !errors.Is(err, context.Canceled) {
		t.Error("Open takes no notice of a cancelled context")
	}
}

func TestRowsThatCannotBeShown(t *testing.T) {
	t.Parallel()
	e := open(t, gradePortal(t, 3))
	s, err := e.Run(context.Background(), emulator.Request{Workflow: "grade", Seed: 1}, emulator.Hooks{Rows: func([]run.Row, bool) error { return errors.New("the pipe is closed") }})
	if err != nil {
		t.Fatal(err)
	}
	if s.Err == nil || s.Err.Message != "the pipe is closed" || s.Run.Status != run.RunInterrupted {
		t.Errorf("%+v, status %s", s.Err, s.Run.Status)
	}
	if got := len(stored(t, e)); got != 3 {
		t.Errorf("%d rows are kept, want 3", got)
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	t.Parallel()
	hot, warm, nan := 2.5, 0.5, math.NaN()
	for _, c := range []struct {
		req  emulator.Request
		exit int
		code string
		says string
	}{
		{emulator.Request{Workflow: "grad"}, 2, "unknown_workflow", "grad"},
		{emulator.Request{Workflow: "grade", Answers: "live"}, 3, "no_account", "live"},
		{emulator.Request{Workflow: "grade", Answers: "record"}, 3, "no_account", "record"},
		{emulator.Request{Workflow: "grade", Answers: "replay"}, 2, "no_recording", "recordings"},
		{emulator.Request{Workflow: "grade", Answers: "guess"}, 2, "usage", "guess"},
		{emulator.Request{Workflow: "grade", Era: "1999"}, 2, "usage", "1999"},
		{emulator.Request{Workflow: "grade", Clock: "x0"}, 2, "usage", "--clock"},
		{emulator.Request{Workflow: "grade", Now: "tomorrow"}, 2, "usage", "--now"},
		{emulator.Request{Workflow: "grade", Temperature: &hot}, 2, "usage", "2.5"},
		{emulator.Request{Workflow: "grade", Temperature: &nan}, 2, "usage", "--temperature: NaN"},
		{emulator.Request{Workflow: "grade", ReasoningEffort: "hihg"}, 2, "usage", `--reasoning-effort: "hihg"`},
		{emulator.Request{Workflow: "grade", ReasoningEffort: "minimal"}, 2, "unsupported_settings", "gpt-6-luna does not take the reasoning effort minimal"},
		{emulator.Request{Workflow: "grade", Temperature: &warm, Model: "gpt-6-astra"}, 2, "unsupported_settings", "nothing can be asked"},
		{emulator.Request{Workflow: "grade", MaxCost: "-1"}, 2, "usage", "--max-cost"},
		{emulator.Request{Workflow: "grade", Assistant: "nobody"}, 2, "unknown_assistant", "nobody"},
		{emulator.Request{Workflow: "grade", Enroll: "1000,77"}, 2, "unknown_record", "77"},
		{emulator.Request{Workflow: "grade", Pins: map[string]string{"2": "x"}}, 2, "cannot_pin", "2"},
		{emulator.Request{Workflow: "grade", Stubs: []string{"askk"}}, 2, "unknown_step", "askk"},
		{emulator.Request{Workflow: "grade", Faults: "nowhere.yaml"}, 2, "cannot_read", "--faults: nowhere.yaml cannot be read: no such file"},
		{emulator.Request{Workflow: "grade", Records: []string{"nowhere.csv"}}, 2, "cannot_read", "--records: nowhere.csv cannot be read: no such file"},
		{emulator.Request{Resume: "last"}, 2, "run_not_found", "no run"},
		{emulator.Request{RetryFailed: "r4"}, 2, "run_not_found", "r4"},
		{emulator.Request{Resume: "r1", RetryFailed: "r1"}, 2, "usage", "exclude"},
	} {
		t.Run(fmt.Sprintf("%+v", c.req), func(t *testing.T) {
			t.Parallel()
			e := open(t, gradePortal(t, 3))
			s, err := e.Run(context.Background(), c.req, emulator.Hooks{})
			got := emulator.AsError(err)
			if got == nil || s != nil {
				t.Fatalf("it ran: %+v", s)
			}
			if got.Exit != c.exit || got.Code != c.code || !strings.Contains(got.Message, c.says) {
				t.Errorf("exit %d, %s: %s; want exit %d, %s with %q", got.Exit, got.Code, got.Message, c.exit, c.code, c.says)
			}
		})
	}
}

func TestTheLowerBudgetCounts(t *testing.T) {
	t.Parallel()
	files := portalFiles()
	files["records/contacts.csv"] = "Record ID,First Name\n1,a mod0\n2,b mod1\n"
	files["portal.yaml"] += "openai: {limits: {max_cost_usd: 0.0001}}\n"
	for _, c := range []struct{ flag, says string }{{"", "$0.0001 "}, {"5", "$0.0001 "}, {"0.00002", "$0.00002 "}, {"0", "$0 "}} {
		e := open(t, writePortal(t, files))
		s, err := e.Run(context.Background(), emulator.Request{Workflow: "grade", Seed: 1, MaxCost: c.flag}, emulator.Hooks{})
		if err != nil {
			t.Fatal(err)
		}
		if s.Err == nil || s.Err.Exit != emulator.ExitUnreachable || s.Run.Status != run.RunStopped || !strings.Contains(s.Err.Message, c.says) {
			t.Errorf("--max-cost %q: %+v, status %s", c.flag, s.Err, s.Run.Status)
		}
		if r := theRun(t, e); r.Error == nil || r.Error.Code != "over_budget" {
			t.Errorf("stored error: %+v", r.Error)
		}
	}
}

func TestARunOnARealClock(t *testing.T) {
	t.Parallel()
	files := portalFiles()
	files["workflows/grade.yaml"] = `
name: Grade
object: contact
enabled: true
enroll: {when: {firstname: known}}
steps:
  - delay: 7d
  - create_task: {subject: x}
`
	files["records/contacts.csv"] = "Record ID,First Name\n1,a\n2,b\n"
	dir := writePortal(t, files)
	e := open(t, dir)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	// A week is ten minutes at x1008: nobody waits for that; the run is cancelled when both are parked.
	parked := 0
	s, err := e.Run(ctx, emulator.Request{Workflow: "grade", Clock: "x1008"}, emulator.Hooks{Rows: func(rows []run.Row, ordered bool) error {
		if ordered {
			t.Error("rows on a real clock come as they are done")
		}
		if parked += len(rows); parked == 2 {
			cancel()
		}
		return nil
	}})
	if err != nil || s.Err == nil || s.Err.Exit != emulator.ExitInterrupted {
		t.Fatal(err, s)
	}
	if got := s.Run.Totals.Enrollments[run.Active]; got != 2 {
		t.Fatalf("%d enrollments are parked, want 2", got)
	}
	for _, line := range stored(t, e) {
		if !strings.Contains(line, `"state":"ACTIVE"`) || !strings.Contains(line, `"waitUntil":"2026-01-12T09:00:00+01:00"`) {
			t.Errorf("stored: %s", line)
		}
	}
	// A faster clock cannot be chosen when going on: the run keeps the one it was started with.
	ctx, cancel = context.WithCancel(context.Background())
	defer cancel()
	started := func(*run.Run, int64, source.Problems) { time.AfterFunc(30*time.Millisecond, cancel) }
	s, err = e.Run(ctx, emulator.Request{Resume: "last", Clock: "skip"}, emulator.Hooks{Started: started})
	if err != nil || s.Err == nil || s.Run.Totals.Enrollments[run.Active] != 2 {
		t.Fatal(err, s)
	}
}

func TestDraftsDoNotOverwrite(t *testing.T) {
	t.Parallel()
	files := portalFiles()
	files["records/contacts.csv"] = "Record ID,First Name\n1,a\n"
	files["responses/all.yaml"] = "- {when: {record: \"7\"}, reply: x}\n"
	files["responses/draft-r1.yaml"] = "- {when: {record: \"8\"}, reply: x}\n"
	dir := writePortal(t, files)
	s, err := open(t, dir).Run(context.Background(), emulator.Request{Workflow: "grade", DraftMissing: true}, emulator.Hooks{})
	if err != nil || s.Drafted != "responses/draft-r1-2.yaml" {
		t.Fatal(err, s)
	}
	// What is drafted is a portal that loads, with replies to be written: until then, the questions have no answer.
	e := open(t, dir)
	if e.Portal.Problems.HasErrors() {
		t.Fatal(e.Portal.Problems)
	}
	s, err = e.Run(context.Background(), emulator.Request{Workflow: "grade", DraftMissing: true}, emulator.Hooks{})
	if err != nil || s.Drafted != "" || s.Run.Totals.NoAnswer != 1 || s.Run.Totals.FailedAsks != 1 {
		t.Fatal(err, s)
	}
	if got := stored(t, e); len(got) != 1 || !strings.Contains(got[0], "The reply in responses/draft-r1-2.yaml:") || !strings.Contains(got[0], "is not filled in") {
		t.Errorf("%v", got)
	}
	if err := os.RemoveAll(filepath.Join(dir, "responses")); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "responses", "a file where a folder should be")
	e = open(t, dir)
	if s, err = e.Run(context.Background(), emulator.Request{Workflow: "grade", DraftMissing: true}, emulator.Hooks{}); err == nil {
		t.Errorf("a draft that cannot be written: %+v", s)
	}
}

func TestPlanAsksNothing(t *testing.T) {
	t.Parallel()
	e := open(t, gradePortal(t, 9))
	p, err := e.Plan(context.Background(), emulator.Request{Workflow: "grade", Enroll: "1000,1001"})
	if err != nil {
		t.Fatal(err)
	}
	if p.Considered != 9 || p.Enrolled != 2 || len(p.Asks) != 1 || p.Asks[0].Asks != 2 || len(p.Samples) != 2 {
		t.Errorf("%+v", p)
	}
	if len(p.NotEnrolled) != 1 || p.NotEnrolled[0].Records != 7 {
		t.Errorf("not enrolled: %+v", p.NotEnrolled)
	}
	least, err := assistant.ParseMoney(p.MinCostUSD)
	if err != nil {
		t.Fatal(err)
	}
	if most, err := assistant.ParseMoney(p.MaxCostUSD); err != nil || least <= 0 || most <= least {
		t.Errorf("costs from %s to %s: %v", p.MinCostUSD, p.MaxCostUSD, err)
	}
	if _, err := os.Stat(e.Portal.StateDir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a plan leaves a state folder: %v", err)
	}
	if _, err := e.Plan(context.Background(), emulator.Request{Workflow: "nothing"}); err == nil {
		t.Error("a plan of a workflow that is not there")
	}
}

func TestInspect(t *testing.T) {
	t.Parallel()
	dir := gradePortal(t, 2)
	write(t, dir, "workflows/broken.yaml", `
name: Broken
object: contact
enabled: true
steps: [create_task: {subject: "{{ enrolled_object.nothing }}"}]
`)
	write(t, dir, "workflows/deals.yaml", "name: Deals\nobject: deal\nsteps: [create_task: {subject: x}]\n")
	e := open(t, dir)
	var rec *hubspot.Record
	err := e.EachRecord(context.Background(), "contact", func(r *hubspot.Record) error { rec = r; return nil })
	if err != nil || rec == nil || rec.ID != "1001" {
		t.Fatal(err, rec)
	}
	stop := errors.New("enough")
	if err := e.EachRecord(context.Background(), "contact", func(*hubspot.Record) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("EachRecord ends with %v", err)
	}
	got := e.Eligible(context.Background(), rec)
	if len(got) != 2 || got[0].Workflow != "broken" || got[0].Enrolls || !strings.Contains(got[0].Reason, "cannot run") || !got[1].Enrolls {
		t.Errorf("%+v", got)
	}
	problems, err := e.Validate(context.Background())
	if err != nil || !problems.HasErrors() {
		t.Errorf("validate: %v, %v", problems, err)
	}
	problems, err = e.ValidateFlow(context.Background(), filepath.Join(dir, "workflows", "grade.yaml"))
	if err != nil || problems.HasErrors() {
		t.Errorf("validating one workflow: %v, %v", problems, err)
	}
	summary, problems, err := e.Scan(context.Background(), "contact")
	if err != nil || problems.HasErrors() || summary.Records != 2 {
		t.Errorf("scan: %+v, %v, %v", summary, problems, err)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	problems := source.Problems{{Severity: source.SeverityError, File: "a.yaml", Line: 1, Col: 2, Code: "x", Message: "wrong"}}
	for _, c := range []struct {
		err  error
		exit int
		code string
	}{
		{&emulator.Error{Code: "own", Exit: 4}, 4, "own"},
		{fmt.Errorf("around: %w", &emulator.Error{Code: "own", Exit: 4}), 4, "own"},
		{&portal.Error{Code: "no_folder", Message: "none"}, 2, "no_folder"},
		{problems, 2, "invalid_portal"},
		{problems[0], 2, "x"},
		{&run.Error{Code: assistant.CodeBadKey}, 3, assistant.CodeBadKey},
		{&run.Error{Code: assistant.CodePermission}, 3, assistant.CodePermission},
		{&run.Error{Code: assistant.CodeConnection}, 4, assistant.CodeConnection},
		{&run.Error{Code: assistant.CodeRateLimited}, 4, assistant.CodeRateLimited},
		{&run.Error{Code: "else"}, 2, "else"},
		{errors.New("plain"), 2, "failed"},
	} {
		if got := emulator.AsError(c.err); got.Exit != c.exit || got.Code != c.code {
			t.Errorf("%v: exit %d, %s; want exit %d, %s", c.err, got.Exit, got.Code, c.exit, c.code)
		}
	}
	if emulator.AsError(nil) != nil {
		t.Error("no error became one")
	}
	cause := errors.New("cause")
	if e := (&emulator.Error{Message: "m", Cause: cause}); !errors.Is(e, cause) || e.Error() != "m" {
		t.Error("Unwrap and Error")
	}
	if _, err := emulator.Open(context.Background(), emulator.Options{Dir: "x", Demo: true}); emulator.AsError(err).Code != "usage" {
		t.Errorf("--portal with --demo: %v", err)
	}
	if _, err := emulator.Open(context.Background(), emulator.Options{Dir: t.TempDir()}); emulator.AsError(err).Exit != 2 {
		t.Errorf("a folder without portal.yaml: %v", err)
	}
}
