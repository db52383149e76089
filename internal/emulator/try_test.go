package emulator_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/emulator"
	"askflow/internal/portal"
	"askflow/internal/run"
)

// tried asks and wants an answer.
func tried(t *testing.T, e *emulator.Emulator, req emulator.TryRequest) *emulator.Tried {
	t.Helper()
	got, err := e.Try(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func demoPortal(t *testing.T) *emulator.Emulator {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "demo")
	if err := portal.Init(dir, "demo"); err != nil {
		t.Fatal(err)
	}
	return open(t, dir)
}

// Whatever a run over the demo portal asks comes out the same when it is asked once more on its own: prompt, answer,
// attempts, tokens, cost, errors.
func TestTryIsWhatARunDoes(t *testing.T) {
	t.Parallel()
	e := demoPortal(t)
	asks, retried, failed := 0, 0, 0
	for _, f := range e.Portal.Flows {
		_, text := execute(t, e, emulator.Request{Workflow: f.File})
		for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
			var r run.Result
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				t.Fatal(err)
			}
			for _, step := range r.Steps {
				if step.Ask == nil {
					continue
				}
				asks++
				if step.Ask.Attempts > 1 {
					retried++
				}
				if step.Error != nil {
					failed++
				}
				got := tried(t, e, emulator.TryRequest{Workflow: f.File, Step: step.ActionID, RecordID: r.Record.ID})
				want, gotJSON := run.AppendSteps(nil, []run.Step{step}), run.AppendSteps(nil, []run.Step{got.Step})
				if diff := cmp.Diff(string(want), string(gotJSON)); diff != "" {
					t.Fatalf("%s, record %s (-run +tried):\n%s", f.File, r.Record.ID, diff)
				}
				if got.Rendered.Text != step.Ask.Prompt || got.Question.Model != step.Ask.Model {
					t.Errorf("rendered %q for %s", got.Rendered.Text, got.Question.Model)
				}
			}
		}
	}
	if asks < 20 || retried == 0 || failed == 0 {
		t.Errorf("%d asks, %d of them retried, %d failed: the demo shows too little", asks, retried, failed)
	}
	runs := theRun(t, e)
	if want := "r4"; runs.ID != want {
		t.Errorf("the last run is %s: trying made runs", runs.ID)
	}
}

// Settings of the request come before those of the step, and the step's before the assistant's.
func TestTrySettings(t *testing.T) {
	t.Parallel()
	e := open(t, gradePortal(t, 4))
	cool := 0.25
	got := tried(t, e, emulator.TryRequest{Workflow: "grade", Step: "ask", RecordID: "1001", Prompt: "Say {{ enrolled_object.firstname }} and {{ action_outputs.ask.response }}{{ enrolled_object.lastname }}{{ enrolled_object.lastname }}",
		Temperature: &cool, Outputs: map[string]map[string]string{"1": {"response": "before"}}})
	if got.Step.Ask.Prompt != "Say P1 mod1 and before" || got.Question.Temperature == nil || *got.Question.Temperature != cool || *got.Step.Ask.Temperature != cool || got.Question.ReasoningEffort != "none" {
		t.Errorf("%+v %+v", got.Step.Ask, got.Question)
	}
	if diff := cmp.Diff([]string{"{{ enrolled_object.lastname }}"}, got.Missing); diff != "" {
		t.Error(diff)
	}
	if got.Step.Name != "ask" || got.Step.State != run.Success || *got.Step.Ask.Response != "B" {
		t.Errorf("%+v", got.Step)
	}
	alone := tried(t, e, emulator.TryRequest{Assistant: "grader", Prompt: "Hi mod0", Model: "gpt-6-sol"})
	if *alone.Step.Ask.Response != "A" || alone.Step.ActionID != "scratchpad" || alone.Step.Ask.Model != "gpt-6-sol" || alone.Step.Ask.CostUSD == "" || alone.Step.Ask.Usage == nil {
		t.Errorf("without workflow and record: %+v", alone.Step.Ask)
	}
	if _, err := os.Stat(filepath.Join(e.Portal.Dir, ".askflow")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("trying left state behind: %v", err)
	}
}

// What cannot be asked is told, before anybody is asked.
func TestTryRefusedByTheAction(t *testing.T) {
	t.Parallel()
	hot, warm := 2.5, 0.5
	for _, c := range []struct {
		name, code, says string
		req              emulator.TryRequest
	}{
		{"settings that clash", "unsupported_settings", "does not take the reasoning effort none", emulator.TryRequest{Assistant: "grader", Model: "gpt-6-astra", Temperature: &warm}},
		{"no temperature", "unsupported_settings", "from 0 to 2, not 2.5", emulator.TryRequest{Assistant: "grader", Temperature: &hot}},
		{"no effort", "unsupported_settings", "hihg", emulator.TryRequest{Assistant: "grader", ReasoningEffort: "hihg"}},
		{"no assistant", "unknown_assistant", "names no assistant", emulator.TryRequest{}},
		{"unknown assistant", "unknown_assistant", `"nobody"`, emulator.TryRequest{Assistant: "nobody"}},
		{"the budget", "over_budget", "$0.0000001", emulator.TryRequest{Assistant: "grader", MaxCost: "0.0000001"}},
		{"an unknown price", "unknown_price", "house-model", emulator.TryRequest{Assistant: "grader", Model: "house-model", MaxCost: "1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.req.Prompt = "Hi"
			got := tried(t, open(t, gradePortal(t, 2)), c.req)
			if e := got.Step.Error; e == nil || e.Code != c.code || !strings.Contains(e.Message, c.says) || got.Step.State != run.FailContinue || got.Step.Ask.Attempts != 0 {
				t.Errorf("%+v: %+v", got.Step, got.Step.Error)
			}
		})
	}
}

func TestTryRequestsThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		req        emulator.TryRequest
		exit       int
		code, says string
	}{
		{emulator.TryRequest{Assistant: "grader"}, 2, "missing_prompt", "no prompt"},
		{emulator.TryRequest{Assistant: "grader", Prompt: " \n"}, 2, "missing_prompt", "no prompt"},
		{emulator.TryRequest{Assistant: "grader", Prompt: "{{ enrolled_object.firstname"}, 2, "token_unclosed", "cannot be asked"},
		{emulator.TryRequest{Assistant: "grader", Prompt: "x", RecordID: "77"}, 2, "unknown_record", "no contact 77"},
		{emulator.TryRequest{Assistant: "grader", Prompt: "x", ObjectType: "deal", RecordID: "1"}, 2, "unknown_record", "no deal 1"},
		{emulator.TryRequest{Assistant: "grader", Prompt: "x", ObjectType: "dael"}, 2, "unknown_object_type", "dael"},
		{emulator.TryRequest{Workflow: "grade", ObjectType: "deal", Prompt: "x"}, 2, "usage", "about contacts, not about deals"},
		{emulator.TryRequest{Workflow: "grad", Prompt: "x"}, 2, "unknown_workflow", "grad"},
		{emulator.TryRequest{Workflow: "grade", Step: "aks", Prompt: "x"}, 2, "unknown_step", "aks"},
		{emulator.TryRequest{Step: "ask", Prompt: "x"}, 2, "usage", "no workflow"},
		{emulator.TryRequest{Assistant: "grader", Prompt: "x", Answers: "guess"}, 2, "usage", "guess"},
		{emulator.TryRequest{Assistant: "grader", Prompt: "x", Answers: "live"}, 3, "no_account", "live"},
		{emulator.TryRequest{Assistant: "grader", Prompt: "x", Answers: "replay"}, 2, "no_recording", "no recordings"},
		{emulator.TryRequest{Assistant: "grader", Prompt: "x", MaxCost: "-1"}, 2, "usage", "--max-cost"},
		{emulator.TryRequest{Assistant: "grader", Prompt: "x", Era: "1999"}, 2, "usage", "1999"},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			got, err := open(t, gradePortal(t, 2)).Try(t.Context(), c.req)
			e := emulator.AsError(err)
			if e == nil || got != nil || e.Exit != c.exit || e.Code != c.code || !strings.Contains(e.Message, c.says) {
				t.Errorf("%+v, %+v", got, e)
			}
		})
	}
}

func TestTryInAnEraAndOverFiles(t *testing.T) {
	t.Parallel()
	dir := gradePortal(t, 2)
	e := open(t, dir)
	if got := tried(t, e, emulator.TryRequest{Assistant: "grader", Prompt: "x", Era: "sunset"}); got.Step.Error == nil || got.Step.Error.Code != "era_sunset" {
		t.Errorf("after everything was switched off: %+v", got.Step.Error)
	}
	write(t, dir, "responses/all.yaml", "- {repyl: x}\n")
	if _, err := open(t, dir).Try(t.Context(), emulator.TryRequest{Assistant: "grader", Prompt: "x"}); emulator.AsError(err) == nil || emulator.AsError(err).Code != "invalid_portal" {
		t.Errorf("with broken responses: %v", err)
	}
	write(t, dir, "portal.yaml", "id: 1\nsubscriptions: []\n")
	write(t, dir, "responses/all.yaml", "- {reply: x}\n")
	if got := tried(t, open(t, dir), emulator.TryRequest{Assistant: "grader", Prompt: "x"}); got.Step.Error == nil || got.Step.Error.Code != emulator.CodeLocked {
		t.Errorf("a locked action answers: %+v", got.Step)
	}
}

// Live, a question is asked once, its journal goes, and nothing holds the account.
func TestTryLive(t *testing.T) {
	t.Parallel()
	server := newAPI(t)
	server.before = func(w http.ResponseWriter, n int64) bool {
		if n > 1 {
			return false
		}
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(http.StatusInternalServerError)
		return true
	}
	dir := shop(t, server.URL, 3)
	e := connected(t, dir)
	got := tried(t, e, emulator.TryRequest{Workflow: "grade", Step: "first", RecordID: "101", Answers: "live"})
	if a := got.Step.Ask; *a.Response != "MESSAGE1" || a.Attempts != 2 || len(a.History) != 2 || got.Took <= 0 {
		t.Errorf("%+v took %v", a, got.Took)
	}
	if server.unsigned.Load() != 0 || server.lists.Load() != 1 || server.calls.Load() != 2 {
		t.Errorf("%d unsigned, %d lists, %d questions", server.unsigned.Load(), server.lists.Load(), server.calls.Load())
	}
	again := tried(t, e, emulator.TryRequest{Workflow: "grade", Step: "first", RecordID: "101", Answers: "live"})
	if server.calls.Load() != 3 || again.Recorded != nil {
		t.Errorf("asked again it is asked %d times: %+v", server.calls.Load(), again.Recorded)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".askflow", "journals", "*", "*"))
	if err != nil || len(left) != 0 {
		t.Errorf("journals are left: %v, %v", left, err)
	}
	for _, name := range []string{"recordings", ".askflow/askflow.db"} {
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name))); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is there: %v", name, err)
		}
	}
	noCanary(t, dir)
}

// What a single question recorded is what a replayed run answers with.
func TestTryRecords(t *testing.T) {
	t.Parallel()
	server := newAPI(t)
	dir := shop(t, server.URL, 1)
	e := connected(t, dir)
	got := tried(t, e, emulator.TryRequest{Workflow: "grade", Step: "first", RecordID: "100", Answers: "record"})
	if got.Recorded == nil || got.Recorded.Added != 1 || *got.Step.Ask.Response != "MESSAGE0" {
		t.Fatalf("%+v %+v", got.Recorded, got.Step.Ask)
	}
	second := tried(t, e, emulator.TryRequest{Workflow: "grade", Step: "second", RecordID: "100", Answers: "record", Outputs: map[string]map[string]string{"first": {"response": "MESSAGE0"}}})
	if second.Recorded.Added != 1 || server.calls.Load() != 2 {
		t.Fatalf("%+v after %d questions", second.Recorded, server.calls.Load())
	}
	noCanary(t, dir)
	s, text := execute(t, e, emulator.Request{Answers: "replay"})
	if s.Err != nil || server.calls.Load() != 2 || s.Run.Totals.NoAnswer != 0 || !strings.Contains(text, *second.Step.Ask.Response) {
		t.Errorf("%+v, %d questions: %s", s.Err, server.calls.Load(), text)
	}
	replayed := tried(t, e, emulator.TryRequest{Workflow: "grade", Step: "first", RecordID: "100", Answers: "replay"})
	if *replayed.Step.Ask.Response != "MESSAGE0" || server.calls.Load() != 2 {
		t.Errorf("%+v", replayed.Step.Ask)
	}
	unknown := tried(t, e, emulator.TryRequest{Assistant: "Grader", Prompt: "something else", Answers: "replay"})
	if k := unknown.Step.Error; k == nil || k.Code != "no_recording" || k.Hint != "ask it with answers record" {
		t.Errorf("%+v", k)
	}
	loose := tried(t, e, emulator.TryRequest{Assistant: "Grader", Prompt: "on its own", Answers: "record"})
	if diff := cmp.Diff([]string{"recordings/scratchpad.jsonl"}, loose.Recorded.Files); diff != "" {
		t.Error(diff)
	}
}

// An answer that a killed program had recorded, but not brought home, is not lost; a fresh journal is left alone.
func TestTryBringsAbandonedAnswersHome(t *testing.T) {
	t.Parallel()
	server := newAPI(t)
	dir := shop(t, server.URL, 2)
	e := connected(t, dir)
	tried(t, e, emulator.TryRequest{Workflow: "grade", Step: "first", RecordID: "100", Answers: "record"})
	recordings := filepath.Join(dir, "recordings", "grade.jsonl")
	kept, err := os.ReadFile(recordings)
	if err != nil {
		t.Fatal(err)
	}
	journals := filepath.Join(dir, ".askflow", "journals", "scratchpad")
	put := func(name string, age time.Duration) {
		t.Helper()
		path := filepath.Join(journals, name)
		when := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC).Add(-age)
		if err := errors.Join(os.WriteFile(path, kept, 0o600), os.Chtimes(path, when, when)); err != nil {
			t.Fatal(err)
		}
	}
	put("record--1--grade.jsonl", 2*time.Hour)
	put("live--2--grade.jsonl", 2*time.Hour)
	put("record--3--grade.jsonl", time.Minute)
	if err := os.Remove(recordings); err != nil {
		t.Fatal(err)
	}
	tried(t, e, emulator.TryRequest{Workflow: "grade", Step: "second", RecordID: "100", Answers: "live"})
	if back, err := os.ReadFile(recordings); err != nil || string(back) != string(kept) {
		t.Errorf("%v: %s", err, back)
	}
	left, err := filepath.Glob(filepath.Join(journals, "*"))
	if err != nil || len(left) != 1 || filepath.Base(left[0]) != "record--3--grade.jsonl" {
		t.Errorf("%v %v", left, err)
	}
}

func TestTryInterrupted(t *testing.T) {
	t.Parallel()
	server := newAPI(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	server.before = func(http.ResponseWriter, int64) bool { cancel(); return false }
	e := connected(t, shop(t, server.URL, 1))
	got, err := e.Try(ctx, emulator.TryRequest{Workflow: "grade", Step: "first", RecordID: "100", Answers: "live"})
	if k := emulator.AsError(err); got != nil || k == nil || k.Code != "interrupted" || k.Exit != emulator.ExitInterrupted || !strings.Contains(k.Hint, "charge") {
		t.Errorf("%+v, %+v", got, k)
	}
}

// Two that record would write the same files.
func TestTryDoesNotRecordBesideARunThatRecords(t *testing.T) {
	t.Parallel()
	server := newAPI(t)
	e := connected(t, shop(t, server.URL, 1))
	store, err := e.Store(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := store.Begin(t.Context(), &run.Run{Workflow: run.Workflow{File: "workflows/grade.yaml", Name: "Grade"}, Status: run.RunRunning, Answers: "record", Era: "responses", Created: time.Now(), Now: time.Now(), Settings: json.RawMessage("{}"), Flow: json.RawMessage("{}")}); err != nil {
		t.Fatal(err)
	}
	req := emulator.TryRequest{Workflow: "grade", Step: "first", RecordID: "100", Answers: "record"}
	if got, err := e.Try(t.Context(), req); emulator.AsError(err) == nil || emulator.AsError(err).Code != "busy" || !strings.Contains(err.Error(), "r1") || server.calls.Load() != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if req.Answers = "live"; *tried(t, e, req).Step.Ask.Response != "MESSAGE0" {
		t.Error("live it is asked beside the run")
	}
}
