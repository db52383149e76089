package suite_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"askflow/internal/emulator"
	"askflow/internal/openaisim"
	"askflow/internal/prompttest"
	"askflow/internal/suite"
	"askflow/internal/testreport"
)

// clinicFiles are a small portal: contacts are graded, those graded A get a task.
func clinicFiles() map[string]string {
	return map[string]string{
		"portal.yaml": "id: 42\nname: Clinic\ntime_zone: UTC\nnow: 2026-01-05T09:00\nopenai: {base_url: \"http://127.0.0.1:9/v1\"}\n",
		"assistants/grader.yaml": `
name: grader
model: gpt-6-luna
instructions: Grade.
`,
		"assistants/strict.yaml": `
name: strict
model: gpt-6-luna
instructions: Grade strictly.
`,
		"assistants/referee.yaml": `
name: referee
model: gpt-6-luna
instructions: Judge.
`,
		"workflows/grade.yaml": `
name: Grade
object: contact
enabled: true
enroll: {when: {message: known}}
steps:
  - ask_openai_assistant: {id: ask, assistant: grader, prompt: "Grade: {{ enrolled_object.message }}"}
  - set_property: {property: jobtitle, value: {output: ask.response}}
  - branch_on: {output: ask.response}
    cases:
      A: [create_task: {subject: "Call {{ enrolled_object.firstname }}"}]
    default: []
`,
		"workflows/other.yaml": `
name: Other
object: contact
enabled: true
enroll: {when: {message: known}}
steps:
  - set_property: {property: jobtitle, value: seen}
`,
		"responses/grader.yaml": `
- {when: {assistant: strict}, reply: C, usage: {input_tokens: 100, output_tokens: 10}}
- {when: {assistant: grader, prompt: {contains: seats}}, reply: A, usage: {input_tokens: 100, output_tokens: 10}}
- {when: {assistant: grader}, reply: B, usage: {input_tokens: 100, output_tokens: 10}}
`,
		"responses/referee.yaml": `
- {when: {assistant: referee, step: judge, prompt: {contains: Rudeness}}, reply: "{\"pass\": false, \"score\": 0.1, \"reason\": \"it is rude\"}", usage: {input_tokens: 50, output_tokens: 20}}
- {when: {assistant: referee, step: judge, prompt: {contains: Nonsense}}, reply: "Well, it depends.", usage: {input_tokens: 50, output_tokens: 20}}
- {when: {assistant: referee, step: judge}, reply: "{\"pass\": true, \"score\": 0.9, \"reason\": \"it is kind\"}", usage: {input_tokens: 50, output_tokens: 20}}
`,
		"records/contacts.csv": `
Record ID,First Name,Message
101,Ada,Forty seats by March
102,Bo,Just looking
103,Cy,Ten seats
104,Di,
105,Ed,Hello
`,
		"tests/grade.yaml": `
workflow: grade
each:
  - state: COMPLETED
cases:
  - {record: "101", name: many seats, expect: [response: A, task: {count: 1}]}
  - {record: "102", expect: [response: B, task: {count: 0}]}
  - {record: "104", expect: [enrolled: false]}
`,
	}
}

// clinic writes the portal, with files changed, added, or, where their text is "-", left out.
func clinic(t *testing.T, changes map[string]string) string {
	t.Helper()
	files := clinicFiles()
	maps.Copy(files, changes)
	dir := t.TempDir()
	for name, text := range files {
		if text != "-" {
			write(t, dir, name, text)
		}
	}
	return dir
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.TrimPrefix(text, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
}

// counting is a transport that counts questions.
type counting struct {
	next  http.RoundTripper
	asked atomic.Int64
	// first is called with the number of each question, from 1; nil for nobody.
	first func(n int64)
}

func (c *counting) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method == http.MethodPost {
		n := c.asked.Add(1)
		if c.first != nil {
			c.first(n)
		}
	}
	return c.next.RoundTrip(req)
}

// openWith opens a portal; a server, where one is given, answers what is asked live.
func openWith(t *testing.T, dir string, server http.RoundTripper) *emulator.Emulator {
	t.Helper()
	e, err := emulator.Open(t.Context(), emulator.Options{Dir: dir, Transport: server})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// serverOf plays OpenAI with the portal's own scripts, as a server that live runs ask.
func serverOf(t *testing.T, dir string) *counting {
	t.Helper()
	e := openWith(t, dir, nil)
	return &counting{next: openaisim.New(openaisim.Options{Rules: e.Portal.Rules, Models: e.Models})}
}

// report runs tests that must be able to run.
func report(t *testing.T, dir string, opt suite.Options) *prompttest.Report {
	t.Helper()
	return reportOf(t, openWith(t, dir, nil), opt)
}

func reportOf(t *testing.T, e *emulator.Emulator, opt suite.Options) *prompttest.Report {
	t.Helper()
	r, err := suite.Run(t.Context(), e, opt)
	if err != nil {
		t.Fatal(told(err))
	}
	return r
}

// refusal runs tests that must not begin, or end early, and gives the reason.
func refusal(t *testing.T, dir string, opt suite.Options) (*prompttest.Report, *emulator.Error) {
	t.Helper()
	r, err := suite.Run(t.Context(), openWith(t, dir, nil), opt)
	if err == nil {
		t.Fatalf("nothing is wrong: %+v %v", r.Totals, r.Reasons)
	}
	return r, emulator.AsError(err)
}

// told is an error with all that it says.
func told(err error) string {
	e := emulator.AsError(err)
	text := e.Code + ": " + e.Message
	if e.Hint != "" {
		text += " | " + e.Hint
	}
	for _, p := range e.Problems {
		text += fmt.Sprintf("\n%s:%d:%d %s: %s (%s)", p.File, p.Line, p.Col, p.Code, p.Message, p.Hint)
	}
	return text
}

// cellsOf are the labels of the cells with what each came to.
func cellsOf(r *prompttest.Report) []string {
	var out []string
	for _, t := range r.Tests {
		for _, c := range t.Cells {
			out = append(out, t.Name+": "+cellText(c))
		}
	}
	return out
}

func cellText(c *prompttest.CellReport) string {
	if c.Refused != nil {
		return c.Label + ": refused: " + c.Refused.Code
	}
	return fmt.Sprintf("%s: %d passed, %d failed, %d asked", c.Label, c.Passed, c.Failed, c.Asks)
}

// bytesOf is a report as JSON with every case.
func bytesOf(t *testing.T, r *prompttest.Report) string {
	t.Helper()
	var out bytes.Buffer
	if err := testreport.JSON(&out, r); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// details keeps every case until the test ends.
func details(t *testing.T) *suite.Details {
	t.Helper()
	d, err := suite.NewDetails()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// casesOf are all cases of a cell.
func casesOf(t *testing.T, c *prompttest.CellReport) []*prompttest.CaseResult {
	t.Helper()
	var out []*prompttest.CaseResult
	if c.Results == nil {
		t.Fatal("the cases were not kept")
	}
	if err := c.Results.Each(func(r *prompttest.CaseResult) error {
		out = append(out, r)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// runs are the ids of the stored runs, newest first.
func runs(t *testing.T, e *emulator.Emulator) []string {
	t.Helper()
	reader, err := e.Reader(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	all, err := reader.Runs(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, r := range all {
		ids = append(ids, r.ID)
	}
	return ids
}

// contextThatStops is the test's context, and what ends it.
func contextThatStops(t *testing.T) (context.Context, func()) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	return ctx, stop
}
