package emulator_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/emulator"
	"askflow/internal/run"
)

// portalFiles is a small portal: contacts are graded by an assistant, and those graded A get a task.
func portalFiles() map[string]string {
	return map[string]string{
		"portal.yaml": "id: 4242\nname: Harbor Test\ntime_zone: Europe/Berlin\nnow: 2026-01-05T09:00\n",
		"assistants/grader.yaml": `
name: grader
model: gpt-6-luna
reasoning_effort: none
instructions: Grade.
`,
		"workflows/grade.yaml": `
name: Grade
object: contact
enabled: true
enroll: {when: {firstname: known}}
steps:
  - ask_openai_assistant: {id: ask, assistant: grader, prompt: "Grade {{ enrolled_object.firstname }}"}
  - set_property: {property: jobtitle, value: {output: ask.response}}
  - branch_on: {output: ask.response}
    cases:
      A: [create_task: {subject: "Call {{ enrolled_object.firstname }}"}]
    default: []
`,
		"responses/all.yaml": `
- {when: {prompt: {matches: "mod0$"}}, reply: A, usage: {input_tokens: 100, output_tokens: 10}}
- {reply: B, latency: 200ms, usage: {input_tokens: 100, output_tokens: 10}}
`,
	}
}

// writePortal writes files into a new folder.
func writePortal(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		write(t, dir, name, text)
	}
	return dir
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.TrimPrefix(text, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
}

// gradePortal is the small portal with n contacts; every third is graded A.
func gradePortal(t *testing.T, n int) string {
	t.Helper()
	files := portalFiles()
	var b strings.Builder
	b.WriteString("Record ID,First Name\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,P%d mod%d\n", 1000+i, i, i%3)
	}
	files["records/contacts.csv"] = b.String()
	return writePortal(t, files)
}

func open(t *testing.T, dir string) *emulator.Emulator {
	t.Helper()
	e, err := emulator.Open(context.Background(), emulator.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// gradeAll runs the workflow without disturbance.
func gradeAll(t *testing.T, dir string) ([]string, run.Totals) {
	t.Helper()
	e := open(t, dir)
	s, err := e.Run(context.Background(), emulator.Request{Workflow: "grade", Seed: 1}, emulator.Hooks{})
	if err != nil || s.Err != nil {
		t.Fatal(err, s)
	}
	return stored(t, e), s.Run.Totals
}

// stored are the results of the last run.
func stored(t *testing.T, e *emulator.Emulator) []string {
	t.Helper()
	reader, err := e.Reader(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := reader.Close(); err != nil {
			t.Error(err)
		}
	}()
	r, err := reader.Run(context.Background(), "last")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	err = reader.Rows(context.Background(), r.ID, run.Query{AfterSeq: -1}, func(row *run.Row) error {
		lines = append(lines, string(run.AppendResult(nil, row, true)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func theRun(t *testing.T, e *emulator.Emulator) *run.Run {
	t.Helper()
	reader, err := e.Reader(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	r, err := reader.Run(context.Background(), "last")
	if err != nil {
		t.Fatal(err)
	}
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	return r
}

// sameLines compares results; only those that differ are looked at closely, since there are many.
func sameLines(t *testing.T, want, got []string) {
	t.Helper()
	if len(want) != len(got) {
		t.Errorf("%d results, want %d", len(got), len(want))
		return
	}
	for i := range want {
		if want[i] != got[i] {
			t.Errorf("result %d differs:\n%s", i, cmp.Diff(want[i], got[i]))
			return
		}
	}
}
