package emulator_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"askflow/internal/emulator"
	"askflow/internal/portal"
	"askflow/internal/run"
)

func TestReplayNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	server := newAPI(t)
	dir := shop(t, server.URL, 3)
	if s, _ := execute(t, connected(t, dir), emulator.Request{Answers: "record"}); s.Err != nil {
		t.Fatal(s.Err)
	}
	s, out := execute(t, connected(t, dir), emulator.Request{Answers: "replay", Model: "gpt-4o"})
	if s.Run.Totals.NoAnswer == 0 || !strings.Contains(out, `"code":"no_recording"`) || !strings.Contains(out, "the model is gpt-4o here and gpt-6-luna there") ||
		!strings.Contains(out, "emulator run grade --answers record") {
		t.Errorf("%+v %.1500s", s.Run.Totals, out)
	}
}

func TestLiveAndRecordNeedAnAccount(t *testing.T) {
	t.Parallel()
	dir := shop(t, "https://api.openai.com", 3)
	for _, answers := range []string{"live", "record"} {
		for name, opt := range map[string]emulator.Options{"none": {Dir: dir}, "locked": {Dir: dir, Account: func() (emulator.Access, error) {
			return emulator.Access{}, errors.New("the key " + canaryKey + " cannot be read")
		}}} {
			e, err := emulator.Open(context.Background(), opt)
			if err != nil {
				t.Fatal(err)
			}
			_, err = e.Run(context.Background(), emulator.Request{Workflow: "grade", Answers: answers}, emulator.Hooks{})
			got := emulator.AsError(err)
			if got == nil || got.Exit != emulator.ExitAccount || !strings.Contains(got.Hint, "emulator account connect") || strings.Contains(got.Message, canaryKey) {
				t.Errorf("%s, %s: %+v", answers, name, got)
			}
		}
	}
	noCanary(t, dir)
}

func TestAServerOfOnesOwnNeedsNoKey(t *testing.T) {
	t.Parallel()
	server := newAPI(t)
	e, err := emulator.Open(context.Background(), emulator.Options{Dir: shop(t, server.URL, 3)})
	if err != nil {
		t.Fatal(err)
	}
	if s, _ := execute(t, e, emulator.Request{Answers: "live"}); s.Err != nil || s.Run.Totals.FailedAsks != 0 || s.Recorded != nil {
		t.Errorf("%+v %+v", s.Err, s.Run.Totals)
	}
}

func TestRefusedBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		req    emulator.Request
		portal string
		says   string
	}{
		"faults":    {emulator.Request{Answers: "record", Faults: "x.yaml"}, "", "simulated API"},
		"protocol":  {emulator.Request{Answers: "record"}, "openai: {protocol: assistants}\n", "assistants protocol"},
		"protocol2": {emulator.Request{Answers: "replay"}, "openai: {protocol: assistants}\n", "assistants protocol"},
		"nonsense":  {emulator.Request{Answers: "guess"}, "", "no source of answers"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newAPI(t)
			dir := shop(t, server.URL, 3)
			if test.portal != "" {
				if err := os.WriteFile(filepath.Join(dir, "portal.yaml"), []byte(test.portal), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			test.req.Workflow = "grade"
			_, err := connected(t, dir).Run(context.Background(), test.req, emulator.Hooks{})
			if got := emulator.AsError(err); got == nil || got.Exit != emulator.ExitUsage || !strings.Contains(got.Message, test.says) || server.calls.Load() != 0 {
				t.Errorf("%+v after %d requests", got, server.calls.Load())
			}
		})
	}
}

func TestBrokenRecordingsKeepARunFromStarting(t *testing.T) {
	t.Parallel()
	server := newAPI(t)
	dir := shop(t, server.URL, 3)
	if err := os.MkdirAll(filepath.Join(dir, "recordings"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "recordings", "x.jsonl"), []byte("{\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	e := connected(t, dir)
	for _, answers := range []string{"record", "replay"} {
		_, err := e.Run(context.Background(), emulator.Request{Workflow: "grade", Answers: answers}, emulator.Hooks{})
		if got := emulator.AsError(err); got == nil || got.Exit != emulator.ExitUsage || len(got.Problems) != 1 || got.Problems[0].File != "recordings/x.jsonl" {
			t.Errorf("%s: %+v", answers, got)
		}
	}
	if server.calls.Load() != 0 {
		t.Error("something was asked")
	}
	problems, err := e.Validate(context.Background())
	if err != nil || !problems.HasErrors() {
		t.Errorf("validate finds nothing: %v %v", problems, err)
	}
}

func TestPruneDropsWhatNobodyAsks(t *testing.T) {
	t.Parallel()
	server := newAPI(t)
	dir := shop(t, server.URL, 6)
	if s, _ := execute(t, connected(t, dir), emulator.Request{Answers: "record"}); s.Err != nil {
		t.Fatal(s.Err)
	}
	p, err := connected(t, dir).PruneRecordings(context.Background(), false)
	if err != nil || len(p.Dropped) != 0 || p.Kept != 8 || p.Unrecorded != 0 {
		t.Fatalf("%+v %v", p, err)
	}
	// The second prompt changes: what was asked with the old one goes, the first stays.
	file := filepath.Join(dir, "workflows", "grade.yaml")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bytes.Replace(data, []byte("Explain"), []byte("Tell"), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, dryRun := range []bool{true, false} {
		p, err = connected(t, dir).PruneRecordings(context.Background(), dryRun)
		if err != nil || len(p.Dropped) != 4 || p.Kept != 4 || p.Unrecorded != 4 || !strings.HasPrefix(p.Dropped[0].Prompt, "Explain") {
			t.Fatalf("dry run %v: %+v %v", dryRun, p, err)
		}
	}
	lib, err := connected(t, dir).Recordings()
	if err != nil || lib.Len() != 4 {
		t.Fatalf("%v", err)
	}
	_ = lib.Close()
	// A workflow that cannot run may ask anything.
	if err := os.WriteFile(file, []byte("name: [\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "workflows", "other.yaml"), bytes.Replace(data, []byte("assistant: grader"), []byte("assistant: nobody"), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	if p, err = connected(t, dir).PruneRecordings(context.Background(), false); err == nil {
		t.Errorf("dropped %d recordings though a workflow is broken", len(p.Dropped))
	}
}

func TestReplayAndPlanWithoutAccount(t *testing.T) {
	t.Parallel()
	dir := shop(t, "https://api.openai.com", 3)
	file := filepath.Join(dir, "workflows", "grade.yaml")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	// A delay is nothing that a plan waits for.
	if err := os.WriteFile(file, bytes.Replace(data, []byte("steps:\n"), []byte("steps:\n  - delay: 30d\n"), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	e, err := emulator.Open(context.Background(), emulator.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	for _, answers := range []string{portal.AnswersLive, portal.AnswersRecord, portal.AnswersReplay} {
		if p, err := e.Plan(context.Background(), emulator.Request{Workflow: "grade", Answers: answers}); err != nil || p.Enrolled != 3 || len(p.Asks) != 2 || p.Asks[0].Asks != 3 || p.Asks[1].Asks != 3 {
			t.Errorf("%s: %+v %v", answers, p, err)
		}
	}
	_, err = e.Run(context.Background(), emulator.Request{Workflow: "grade", Answers: "replay"}, emulator.Hooks{})
	if got := emulator.AsError(err); got == nil || got.Exit != emulator.ExitUsage || !strings.Contains(got.Message, "no recordings to replay") {
		t.Errorf("%+v", got)
	}
}

// Delays are skipped when that is asked for; answers are waited for all the same.
func TestLiveWithSkippedDelays(t *testing.T) {
	t.Parallel()
	server := newAPI(t)
	dir := shop(t, server.URL, 3)
	file := filepath.Join(dir, "workflows", "grade.yaml")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bytes.Replace(data, []byte("  - create_task"), []byte("  - delay: 30d\n  - create_task"), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, answers := range []string{"live", "record"} {
		s, out := execute(t, connected(t, dir), emulator.Request{Answers: answers, Clock: "skip"})
		if s.Err != nil || s.Run.Totals.Enrollments[run.Completed] != 3 || strings.Count(out, `"type":"TASK"`) != 3 {
			t.Errorf("%s: %+v %+v\n%s", answers, s.Err, s.Run.Totals, out)
		}
	}
}
