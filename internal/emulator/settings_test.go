package emulator_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"askflow/internal/assistant"
	"askflow/internal/emulator"
	"askflow/internal/run"
	"askflow/internal/source"
	"askflow/internal/store/sqlite"
)

// waitingPortal is the small portal with a workflow whose records wait for a week.
func waitingPortal(t *testing.T) string {
	t.Helper()
	files := portalFiles()
	files["workflows/grade.yaml"] = `
name: Grade
object: contact
enabled: true
enroll: {when: {firstname: known}}
steps:
  - delay: 7d
  - set_property: {property: jobtitle, value: x}
`
	files["records/contacts.csv"] = "Record ID,First Name\n1,a\n2,b\n"
	return writePortal(t, files)
}

// cutShort starts a run and interrupts it as soon as its records wait.
func cutShort(t *testing.T, e *emulator.Emulator, req emulator.Request) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	req.Clock = "real"
	s, err := e.Run(ctx, req, emulator.Hooks{Rows: func([]run.Row, bool) error { cancel(); return nil }})
	if err != nil || s.Run.Status != run.RunInterrupted {
		t.Fatal(err, s)
	}
}

func TestResumeKeepsFractionsOfNow(t *testing.T) {
	t.Parallel()
	e := open(t, waitingPortal(t))
	const now = "2026-01-05T09:00:00.123456789+01:00"
	cutShort(t, e, emulator.Request{Workflow: "grade", Now: now})
	var kept struct{ Now string }
	if err := json.Unmarshal(theRun(t, e).Settings, &kept); err != nil || kept.Now != now {
		t.Fatalf("the run keeps the time %s: %v", kept.Now, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var resumed string
	s, err := e.Run(ctx, emulator.Request{Resume: "last"}, emulator.Hooks{Started: func(r *run.Run, _ int64, _ source.Problems) {
		resumed = r.Now.Format("2006-01-02T15:04:05.999999999Z07:00")
		cancel()
	}})
	if err != nil || resumed != now {
		t.Errorf("it goes on at %s, not at %s: %v, %+v", resumed, now, err, s)
	}
}

// TestFilesOfTheCommandLine names files from one folder, and goes on from another.
func TestFilesOfTheCommandLine(t *testing.T) {
	dir := waitingPortal(t)
	here := t.TempDir()
	write(t, here, "my.csv", "Record ID,First Name\n7,c\n")
	write(t, here, "my.yaml", "- {fault: {status: 500}, rate: 0.5}\n")
	t.Chdir(here)
	e := open(t, dir)
	cutShort(t, e, emulator.Request{Workflow: "grade", Records: []string{"my.csv"}, Faults: "my.yaml"})
	if _, there := theRun(t, e).Inputs["my.csv"]; !there {
		t.Errorf("the run read %v", theRun(t, e).Inputs)
	}
	t.Chdir(t.TempDir())
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s, err := e.Run(ctx, emulator.Request{Resume: "last"}, emulator.Hooks{Started: func(*run.Run, int64, source.Problems) { cancel() }})
	if err != nil || s.Run.Totals.Considered != 1 {
		t.Fatalf("it does not go on: %v, %+v", err, s)
	}
	if err := os.Remove(filepath.Join(here, "my.csv")); err != nil {
		t.Fatal(err)
	}
	_, err = e.Run(context.Background(), emulator.Request{Resume: "last"}, emulator.Hooks{})
	got := emulator.AsError(err)
	if got == nil || got.Exit != emulator.ExitUsage || !strings.HasPrefix(got.Message, "--records: my.csv cannot be read") || !strings.Contains(got.Hint, here) || strings.Contains(got.Hint, "validate") {
		t.Errorf("a file that is gone: %+v", got)
	}
}

func TestFilesOfTheCommandLineThatAreWrong(t *testing.T) {
	t.Parallel()
	dir := waitingPortal(t)
	write(t, dir, "bad.csv", "First Name,First Name\na,b\n")
	write(t, dir, "bad.yaml", "just: this\n")
	for _, req := range []emulator.Request{{Workflow: "grade", Records: []string{filepath.Join(dir, "bad.csv")}}, {Workflow: "grade", Faults: filepath.Join(dir, "bad.yaml")}} {
		_, err := open(t, dir).Run(context.Background(), req, emulator.Hooks{})
		if got := emulator.AsError(err); got == nil || got.Code != "invalid_file" || got.Hint != "" || len(got.Problems) == 0 {
			t.Errorf("%v %s: %+v", req.Records, req.Faults, got)
		}
	}
}

func TestABrokenAssistantThatNobodyAsks(t *testing.T) {
	t.Parallel()
	files := portalFiles()
	files["records/contacts.csv"] = "Record ID,First Name\n1,a mod0\n"
	files["assistants/other.yaml"] = "name: other\nmodel: [gpt-6-luna]\n"
	for _, c := range []struct {
		name, workflow, flag string
		runs                 bool
	}{
		{"not asked", "grader", "", true},
		{"asked", "other", "", false},
		{"asked instead", "grader", "other", false},
		{"not asked instead", "other", "grader", true},
		{"an assistant that may be in the broken file", "nobody", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			mine := map[string]string{}
			for name, text := range files {
				mine[name] = strings.Replace(text, "assistant: grader", "assistant: "+c.workflow, 1)
			}
			s, err := open(t, writePortal(t, mine)).Run(context.Background(), emulator.Request{Workflow: "grade", Assistant: c.flag}, emulator.Hooks{})
			if c.runs != (err == nil && s.Err == nil) {
				t.Errorf("%v, %+v", err, s)
			}
			if !c.runs && len(emulator.AsError(err).Problems) == 0 && emulator.AsError(err).Code != "unknown_assistant" {
				t.Errorf("it does not say why: %+v", emulator.AsError(err))
			}
		})
	}
}

// TestARefusedAskIsAnAsk sets what goes with one of two assistants only.
func TestARefusedAskIsAnAsk(t *testing.T) {
	t.Parallel()
	files := portalFiles()
	files["assistants/plain.yaml"] = "name: plain\nmodel: gpt-4o\n"
	files["workflows/grade.yaml"] = `
name: Grade
object: contact
enabled: true
enroll: {when: {firstname: known}}
steps:
  - ask_openai_assistant: {id: ask, assistant: grader, prompt: "Grade {{ enrolled_object.firstname }}"}
  - ask_openai_assistant: {id: plain, assistant: plain, prompt: "Say {{ enrolled_object.firstname }}"}
`
	files["records/contacts.csv"] = "Record ID,First Name\n1,a mod0\n"
	e := open(t, writePortal(t, files))
	s, err := e.Run(context.Background(), emulator.Request{Workflow: "grade", ReasoningEffort: "low"}, emulator.Hooks{})
	if err != nil || s.Err != nil {
		t.Fatal(err, s)
	}
	if o := s.Run.Totals; o.Asks != 2 || o.FailedAsks != 1 || o.Attempts != 1 {
		t.Errorf("%d asks, %d failed, %d attempts; want 2, 1, 1", o.Asks, o.FailedAsks, o.Attempts)
	}
	const want = `"ask":{"assistant":"plain","model":"gpt-4o","reasoningEffort":"low","protocol":"responses","prompt":"Say a mod0","attempts":0}`
	if line := stored(t, e)[0]; !strings.Contains(line, want) {
		t.Errorf("%s\nlacks %s", line, want)
	}
}

func TestAStoreThatFailsInterrupts(t *testing.T) {
	t.Parallel()
	e := open(t, gradePortal(t, 3))
	full := &sqlite.Error{Code: sqlite.CodeFull, Message: "there is no space left", Hint: "free disk space"}
	s, err := e.Run(context.Background(), emulator.Request{Workflow: "grade"}, emulator.Hooks{Rows: func([]run.Row, bool) error { return full }})
	if err != nil {
		t.Fatal(err)
	}
	r := theRun(t, e)
	if r.Status != run.RunInterrupted || r.Error == nil || r.Error.Code != sqlite.CodeFull || s.Err == nil || s.Err.Exit != emulator.ExitUsage || s.Err.Hint == "" {
		t.Errorf("status %s, stored error %+v, told %+v", r.Status, r.Error, s.Err)
	}
}

func TestTheSunsetSaysSo(t *testing.T) {
	t.Parallel()
	files := portalFiles()
	files["records/contacts.csv"] = "Record ID,First Name\n1,a mod0\n"
	for _, protocol := range []string{"responses", "chat"} {
		files["portal.yaml"] = portalFiles()["portal.yaml"] + "openai: {protocol: " + protocol + "}\n"
		e := open(t, writePortal(t, files))
		s, err := e.Run(context.Background(), emulator.Request{Workflow: "grade", Era: "sunset"}, emulator.Hooks{})
		if err != nil || s.Err != nil || s.Run.Totals.FailedAsks != 1 {
			t.Fatal(err, s)
		}
		line := stored(t, e)[0]
		if !strings.Contains(line, `"code":"`+assistant.CodeSunset+`"`) || !strings.Contains(line, "plays the era sunset") || !strings.Contains(line, "--era responses") || strings.Contains(line, "base_url") {
			t.Errorf("%s: %s", protocol, line)
		}
	}
}
