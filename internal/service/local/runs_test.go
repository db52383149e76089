package local_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/emulator"
	"askflow/internal/openaisim"
	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/service/local"
	"askflow/internal/source"
)

func TestRunAndLookAtIt(t *testing.T) {
	t.Parallel()
	d := open(t, demoDir(t))
	started, err := d.Launcher.Start(d.ctx, service.RunRequest{Workflow: "workflows/lead-qualification.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	if started.Run.ID != "r1" || started.Run.Status != run.RunRunning || started.Total != 255 {
		t.Errorf("%+v", started)
	}
	end := d.ended("r1")
	if end.Status != run.RunCompleted || end.Err != nil || end.Totals.Considered != 255 || end.Totals.Asks == 0 || end.Left != 0 {
		t.Errorf("%+v", end)
	}
	if list, err := d.Launcher.Active(d.ctx); err != nil || len(list) != 0 {
		t.Errorf("%v %v goes on", list, err)
	}
	r, err := d.Runs.Run(d.ctx, "last")
	if err != nil || r.ID != "r1" || len(r.Flow) == 0 || len(r.Settings) == 0 {
		t.Fatal(r, err)
	}
	if diff := cmp.Diff(r.Totals, end.Totals); diff != "" {
		t.Errorf("what was told of the end is not what is stored: %s", diff)
	}
	page, err := d.Runs.Briefs(d.ctx, "r1", run.BriefQuery{AfterSeq: -1, BeforeSeq: -1, Asked: true, Limit: 5})
	if err != nil || len(page.Briefs) != 5 || !page.More {
		t.Fatal(page, err)
	}
	row, err := d.Runs.Row(d.ctx, "r1", page.Briefs[0].Seq)
	if err != nil || row.Record.ID != page.Briefs[0].Record.ID || len(row.Steps) == 0 || row.Steps[0].Ask == nil {
		t.Errorf("%+v %v", row, err)
	}
	effects, err := d.Inbox.Effects(d.ctx, run.EffectQuery{Types: []run.EffectType{run.EffectNotification}, Limit: 3})
	if err != nil || len(effects.Items) != 3 || effects.Items[0].Effect.UserIDs[0] != "16" {
		t.Errorf("%+v %v", effects, err)
	}
	_, err = d.Runs.Row(d.ctx, "r1", 100_000)
	wants(t, err, "result_not_found")
	_, err = d.Runs.Run(d.ctx, "r9")
	wants(t, err, "run_not_found")
}

func TestExportIsWhatTheCommandLinePrints(t *testing.T) {
	t.Parallel()
	d := open(t, demoDir(t))
	d.run(service.RunRequest{Workflow: "email-draft"})
	var b bytes.Buffer
	if err := d.Runs.Export(d.ctx, "last", &b); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	var first run.Result
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil || len(lines) != 255 || first.Record.ID == "" {
		t.Errorf("%d lines, the first %v %v", len(lines), first, err)
	}
	if err := d.Runs.Export(d.ctx, "last", broken{}); err == nil || !strings.Contains(err.Error(), "no space") {
		t.Errorf("%v", err)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("no space") }

func TestCompareAndDelete(t *testing.T) {
	t.Parallel()
	dir := demoDir(t)
	d := open(t, dir)
	d.run(service.RunRequest{Workflow: "lead-qualification"})
	d.run(service.RunRequest{Workflow: "lead-qualification"})
	q := service.CompareQuery{A: "r1", B: "last", Limit: 10}
	same, err := d.Runs.Compare(d.ctx, q)
	if err != nil || len(same.Diffs) != 0 || len(same.Changes) != 0 || same.Same != 255 || same.Next != "" {
		t.Fatalf("%+v %v", same, err)
	}
	responses := filepath.Join(dir, "responses", "lead-qualification.yaml")
	write(t, responses, "- {reply: 'B: all of them'}\n")
	d.waitKind(service.EventPortal)
	d.run(service.RunRequest{Workflow: "lead-qualification"})
	var seen []string
	q = service.CompareQuery{A: "r1", B: "r3", Limit: 7, Only: []string{"response"}}
	for {
		p, err := d.Runs.Compare(d.ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Changes) != 1 || p.Changes[0].What != "responses" {
			t.Fatalf("%+v", p.Changes)
		}
		for _, x := range p.Diffs {
			seen = append(seen, x.Record.ID)
		}
		if q.After = p.Next; q.After == "" {
			break
		}
	}
	if len(seen) < 20 || len(slices.Compact(slices.Sorted(slices.Values(seen)))) != len(seen) {
		t.Errorf("%d records differ: %v", len(seen), seen)
	}
	_, err = d.Runs.Compare(d.ctx, service.CompareQuery{A: "r1", B: "r8"})
	wants(t, err, "run_not_found")
	if err := d.Runs.Delete(d.ctx, "r1"); err != nil {
		t.Fatal(err)
	}
	d.waitKind(service.EventRuns)
	wants(t, d.Runs.Delete(d.ctx, "r1"), "run_not_found")
	list, err := d.Runs.List(d.ctx, run.RunQuery{})
	if err != nil || len(list) != 2 {
		t.Errorf("%v %v", list, err)
	}
}

func TestDeleteMakesNoDatabase(t *testing.T) {
	t.Parallel()
	dir := demoDir(t)
	d := open(t, dir)
	wants(t, d.Runs.Delete(d.ctx, "last"), "run_not_found")
	if found, err := filepath.Glob(filepath.Join(dir, ".askflow", "*")); err != nil || len(found) != 0 {
		t.Errorf("%v %v", found, err)
	}
}

func TestStartRefuses(t *testing.T) {
	t.Parallel()
	dir := demoDir(t)
	write(t, filepath.Join(dir, "workflows", "broken.yaml"), "name: [\n")
	write(t, filepath.Join(dir, "workflows", "wrong.yaml"), "name: Wrong\nobject: contact\nsteps:\n  - ask_openai_assistant: {assistant: nobody, prompt: Hm}\n")
	d := open(t, dir)
	for _, c := range []struct {
		r    service.RunRequest
		code string
	}{
		{service.RunRequest{Workflow: "nothing"}, "unknown_workflow"},
		{service.RunRequest{Workflow: "workflows/broken.yaml"}, "invalid_portal"},
		{service.RunRequest{Workflow: "wrong"}, "invalid_portal"},
		{service.RunRequest{Workflow: "email-draft", Answers: "live"}, service.CodeNotConnected},
		{service.RunRequest{Workflow: "email-draft", Enroll: "12345678"}, "unknown_record"},
		{service.RunRequest{Workflow: "email-draft", Concurrency: -1}, "usage"},
		{service.RunRequest{Resume: "r7"}, "run_not_found"},
		{service.RunRequest{Resume: "r7", RetryFailed: "r7"}, "usage"},
		{service.RunRequest{Resume: "r7", Model: "gpt-6-luna"}, "usage"},
	} {
		_, err := d.Launcher.Start(d.ctx, c.r)
		e := wants(t, err, c.code)
		if c.code == "invalid_portal" && len(e.Problems) == 0 {
			t.Errorf("%+v: no problems come with %v", c.r, e)
		}
	}
	wants(t, d.Launcher.Cancel(d.ctx, "r1"), "not_running")
	ended, cancel := context.WithCancel(d.ctx)
	cancel()
	if _, err := d.Launcher.Start(ended, service.RunRequest{Workflow: "email-draft"}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	d := open(t, demoDir(t))
	p, err := d.Launcher.Plan(d.ctx, service.RunRequest{Workflow: "lead-qualification"})
	if err != nil || p.Considered != 255 || p.Enrolled == 0 || len(p.Asks) != 1 || p.Asks[0].Asks != p.Enrolled || p.MaxCostUSD == "" || len(p.Samples) == 0 || len(p.NotEnrolled) == 0 {
		t.Errorf("%+v %v", p, err)
	}
	_, err = d.Launcher.Plan(d.ctx, service.RunRequest{Workflow: "nothing"})
	wants(t, err, "unknown_workflow")
}

// A live run is interrupted, keeps what is done, and goes on; the key is nowhere.
func TestCancelAndResumeLive(t *testing.T) {
	t.Parallel()
	s := serve(t, openaisim.Options{Rules: rules(t, "- {reply: 'B: fine', usage: {input_tokens: 10, output_tokens: 5}}\n"), Keys: map[string]*openaisim.Fault{canary: nil}})
	dir := demoDir(t)
	d := open(t, dir, live(s, map[string]string{"OPENAI_API_KEY": canary}))
	s.allow(3)
	started, err := d.Launcher.Start(d.ctx, service.RunRequest{Workflow: "lead-qualification", Answers: "live", Concurrency: 1, MaxCost: "1"})
	if err != nil {
		t.Fatal(err)
	}
	<-s.blocked
	list, err := d.Launcher.Active(d.ctx)
	if err != nil || len(list) != 1 || list[0].Run != started.Run.ID || list[0].Answers != "live" || list[0].BudgetUSD != "1" || list[0].Ended {
		t.Errorf("%+v %v", list, err)
	}
	if err := d.Launcher.Cancel(d.ctx, started.Run.ID); err != nil {
		t.Fatal(err)
	}
	end := d.ended(started.Run.ID)
	if end.Status != run.RunInterrupted || end.Err == nil || end.Err.Code != "interrupted" || end.Totals.Asks != 3 {
		t.Errorf("%+v %v", end, end.Err)
	}
	s.allow(-1)
	if _, err = d.Launcher.Start(d.ctx, service.RunRequest{Resume: started.Run.ID}); err != nil {
		t.Fatal(err)
	}
	asked, events := 0, 0
	last := d.wait("the end", func(e service.Event) bool {
		if e.Kind != service.EventRun {
			return false
		}
		if events++; e.Progress.Totals.Asks < int64(asked) || e.Progress.Totals.Considered > e.Progress.Total {
			t.Errorf("progress goes back to %d asks, or beyond the end: %+v", e.Progress.Totals.Asks, e.Progress)
		}
		asked = int(e.Progress.Totals.Asks)
		return e.Progress.Ended
	}).Progress
	if last.Status != run.RunCompleted || last.Err != nil || last.Totals.Considered != 255 || last.Totals.Asks < 20 {
		t.Errorf("%+v %v", last, last.Err)
	}
	if st, err := d.Account.Status(d.ctx); err != nil || !st.Connected || st.Kept != "environment" {
		t.Errorf("%+v %v", st, err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	noKeyIn(t, dir, d.home)
}

// Closing interrupts what goes on, and what is done is kept.
func TestCloseInterruptsRuns(t *testing.T) {
	t.Parallel()
	s := serve(t, openaisim.Options{Rules: rules(t, "- {reply: 'B: fine'}\n")})
	dir := demoDir(t)
	d := open(t, dir, live(s, map[string]string{"OPENAI_API_KEY": canary}))
	s.allow(1)
	if _, err := d.Launcher.Start(d.ctx, service.RunRequest{Workflow: "lead-qualification", Answers: "live", Concurrency: 2}); err != nil {
		t.Fatal(err)
	}
	<-s.blocked
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := d.Launcher.Start(t.Context(), service.RunRequest{Workflow: "lead-qualification"})
	wants(t, err, "closed")
	if _, open := <-d.Events.Subscribe(t.Context()); open {
		t.Error("there are events after the end")
	}
	again := open(t, dir)
	r, err := again.Runs.Run(again.ctx, "last")
	if err != nil || r.Status != run.RunInterrupted {
		t.Errorf("%+v %v", r, err)
	}
}

// Enrollments with a failed step are run again, in the same run.
func TestRetryFailed(t *testing.T) {
	t.Parallel()
	dir := demoDir(t)
	d := open(t, dir)
	write(t, filepath.Join(dir, "workflows", "wait.yaml"), "name: Wait\nobject: contact\nenroll: {when: [{message: known}]}\nsteps:\n  - delay: 30d\n  - ask_openai_assistant: {assistant: lead-qualifier, prompt: 'Hello {{ enrolled_object.firstname }}'}\n")
	d.waitKind(service.EventPortal)
	end := d.run(service.RunRequest{Workflow: "wait"})
	if end.Totals.NoAnswer == 0 || end.Totals.FailedSteps == 0 {
		t.Fatalf("%+v", end.Totals)
	}
	started, err := d.Launcher.Start(d.ctx, service.RunRequest{RetryFailed: "last"})
	if err != nil {
		t.Fatal(err)
	}
	after := d.ended(started.Run.ID)
	if after.Run != end.Run || after.Err != nil || after.Totals.Considered != end.Totals.Considered || after.Totals.NoAnswer != end.Totals.NoAnswer {
		t.Errorf("%+v became %+v", end, after)
	}
}

func TestManyRunsAndReadersAtOnce(t *testing.T) {
	t.Parallel()
	d := open(t, demoDir(t))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 3 {
				_, e1 := d.Workflows.List(d.ctx)
				_, e2 := d.Runs.List(d.ctx, run.RunQuery{Limit: 5})
				_, e3 := d.Records.Page(d.ctx, service.RecordQuery{ObjectType: "contact", Limit: 20})
				_, e4 := d.Launcher.Active(d.ctx)
				_, e5 := d.Records.Explain(d.ctx, "contact", "2001")
				if err := errors.Join(e1, e2, e3, e4, e5); err != nil {
					t.Error(i, err)
				}
			}
		}()
	}
	d.run(service.RunRequest{Workflow: "lead-qualification"})
	wg.Wait()
}

// rules reads scripted answers.
func rules(t *testing.T, text string) []*openaisim.Rule {
	t.Helper()
	n, problems := source.ParseYAML("rules.yaml", []byte(text))
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	out, problems := openaisim.ReadRules("rules.yaml", n)
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	return out
}

// A database that another program holds is an error soon, and works again by itself.
func TestDatabaseLocked(t *testing.T) {
	t.Parallel()
	dir := demoDir(t)
	first := open(t, dir)
	first.run(service.RunRequest{Workflow: "email-draft"})
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, ".askflow", "askflow.db"))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	for _, sql := range []string{"pragma locking_mode=exclusive", "begin exclusive", "update runs set seed = seed", "commit"} {
		if _, err := db.Exec(sql); err != nil {
			t.Fatal(err)
		}
	}
	d := open(t, dir)
	_, err = d.Runs.List(d.ctx, run.RunQuery{})
	wants(t, err, service.CodeDatabaseLocked)
	list, err := d.Workflows.List(d.ctx)
	if err != nil || len(list) != 4 {
		t.Errorf("the workflows are gone with their runs: %v %v", list, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if runs, err := d.Runs.List(d.ctx, run.RunQuery{}); err != nil || len(runs) != 1 {
		t.Errorf("%v %v", runs, err)
	}
}

// A database that was put in another one's place is noticed.
func TestRunsOfAnotherProgram(t *testing.T) {
	t.Parallel()
	dir := demoDir(t)
	for _, polling := range []bool{false, true} {
		t.Run(fmt.Sprintf("polling %v", polling), func(t *testing.T) {
			d := open(t, dir, func(_ *desk, o *local.Options) { o.Polling = polling })
			before, err := d.Runs.List(d.ctx, run.RunQuery{})
			if err != nil {
				t.Fatal(err)
			}
			other, err := emulator.Open(d.ctx, emulator.Options{Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := other.Run(d.ctx, emulator.Request{Workflow: "email-draft", Seed: 1}, emulator.Hooks{}); err != nil {
				t.Fatal(err)
			}
			for {
				d.waitKind(service.EventRuns)
				after, err := d.Runs.List(d.ctx, run.RunQuery{})
				if err != nil {
					t.Fatal(err)
				}
				if len(after) == len(before)+1 && after[0].Status == run.RunCompleted {
					return
				}
			}
		})
	}
}
