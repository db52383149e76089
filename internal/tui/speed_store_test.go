package tui_test

import (
	"bufio"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"askflow/internal/emulator"
	"askflow/internal/run"
	"askflow/internal/source"
	"askflow/internal/store/sqlite"
	"askflow/testdata"
)

// What is beside the demo in the portal of the measurements: a workflow that asks, branches, sets a property, makes a task and
// tells somebody, over as many contacts as the big run has rows.
const (
	speedRuns     = 1000
	speedSample   = 200 // enrollments that the engine really makes; the others are theirs with other ids
	speedRowSteps = 5
	speedFile     = "workflows/speed.yaml"
)

// speedFiles are the files of that workflow.
func speedFiles() map[string]string {
	return map[string]string{
		speedFile: `name: Speed
object: contact
enabled: true
enroll:
  when:
    - {message: known}
steps:
  - ask_openai_assistant:
      id: qualify
      assistant: lead-qualifier
      prompt: |
        Grade this lead A, B or C.
        Company: {{ enrolled_object.company }}
        Message: {{ enrolled_object.message }}
  - branch_on: {output: qualify.hs_execution_state}
    cases:
      SUCCESS:
        - set_property: {property: jobtitle, value: {output: qualify.response}}
        - create_task: {subject: "Call {{ enrolled_object.firstname }}", body: "{{ action_outputs.qualify.response }}", type: CALL, owner: "9011"}
        - notify: {users: ["11"], subject: "Lead {{ enrolled_object.firstname }}", body: "{{ action_outputs.qualify.response }}"}
    default: []
`,
		"responses/speed.yaml": `- name: refused
  when: {assistant: lead-qualifier, prompt: {contains: "nothing for 13 seats"}}
  fault: refusal
  reply: "I cannot grade this lead."
- name: urgent
  when: {assistant: lead-qualifier, prompt: {contains: "an urgent solution"}}
  reply: "A: they need it now, for the whole team, and name a budget"
  latency: 480ms
- name: plain
  when: {assistant: lead-qualifier}
  reply: "B: curious and polite, but there is no date and no budget yet"
  latency: 910ms
`,
	}
}

// bigPortal is a portal folder with a database of 1,000 runs and at least so many steps, nine tenths of them in the newest run.
// Its rows are those that the engine makes, and its contacts those of the big run.
func bigPortal(tb testing.TB, steps int) (dir string, rows int) {
	tb.Helper()
	rows = steps / speedRowSteps * 9 / 10
	dir = contactsPortal(tb, rows)
	stored, sample, stateDir := sampleRun(tb, dir)
	s, err := sqlite.Open(tb.Context(), stateDir, sqlite.Options{})
	must(tb, err)
	each := (steps/speedRowSteps - rows) / (speedRuns - 2)
	for n := range speedRuns - 1 { // one is the sample's
		count := each
		if n == speedRuns-2 {
			count = rows
		}
		writeRun(tb, s, stored, sample, count)
	}
	must(tb, s.Close())
	return dir, rows
}

// contactsPortal is a portal folder without runs, with that many contacts beside those of the demo.
func contactsPortal(tb testing.TB, contacts int) (dir string) {
	tb.Helper()
	dir = filepath.Join(tb.TempDir(), "portal")
	from, err := fs.Sub(testdata.Demo, "demo")
	must(tb, err)
	must(tb, os.CopyFS(dir, from))
	for name, text := range speedFiles() {
		must(tb, os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(text), 0o644))
	}
	must(tb, writeContacts(filepath.Join(dir, "records", "contacts-speed.csv"), contacts))
	return dir
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// writeContacts writes an export of n leads. One in a hundred is refused by the assistant.
func writeContacts(path string, n int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	_, _ = fmt.Fprintln(w, "Record ID,First Name,Last Name,Email,Company Name,Message")
	for i := range n {
		need := []string{"an urgent solution", "a solution", "a solution"}[i%3]
		seats := i % 50
		if i%100 == 13 {
			need, seats = "nothing", 13
		}
		_, _ = fmt.Fprintf(w, "%d,Ada%d,Byron,ada%d@northwind.example,\"Northwind, branch %d\",\"We are looking for %s for %d seats; please call us back about prices, onboarding and support in our region.\"\n",
			100_000+i, i, i, i%97, need, seats)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// sampleRun runs the workflow over a few contacts, and returns what the engine stored.
func sampleRun(tb testing.TB, dir string) (stored run.Run, rows []run.Row, stateDir string) {
	tb.Helper()
	csv := filepath.Join(tb.TempDir(), "contacts.csv")
	must(tb, writeContacts(csv, speedSample))
	e, err := emulator.Open(tb.Context(), emulator.Options{Dir: dir})
	must(tb, err)
	summary, err := e.Run(tb.Context(), emulator.Request{Workflow: "speed", Records: []string{csv}, Seed: 1}, emulator.Hooks{
		Started: func(r *run.Run, _ int64, _ source.Problems) { stored = *r },
		Rows: func(group []run.Row, _ bool) error {
			rows = append(rows, group...)
			return nil
		},
	})
	must(tb, err)
	if summary.Err != nil {
		tb.Fatal(summary.Err)
	}
	stored.Totals = summary.Run.Totals
	if t := stored.Totals; len(rows) != speedSample || t.Steps < speedSample*(speedRowSteps-1) || t.FailedSteps == 0 {
		tb.Fatalf("the sample is not what is measured: %d rows, %d steps, %d failed", len(rows), t.Steps, t.FailedSteps)
	}
	return stored, rows, e.Portal.StateDir
}

// writeRun stores a run of n rows like those of the sample.
func writeRun(tb testing.TB, s *sqlite.Store, like run.Run, sample []run.Row, n int) {
	tb.Helper()
	const groupSize = 512
	r := like
	r.ID, r.Status, r.Ended = "", run.RunRunning, time.Time{}
	totals := scaled(like.Totals, int64(n))
	r.Totals = run.Totals{CostUSD: "0"}
	must(tb, s.Begin(tb.Context(), &r))
	group := make([]run.Row, 0, groupSize)
	for seq := range n {
		row := sample[seq%len(sample)]
		row.Seq, row.Record.ID, row.Record.Name = int64(seq), fmt.Sprint(100_000+seq), fmt.Sprintf("Ada%d Byron", seq)
		group = append(group, row)
		if len(group) == groupSize || seq == n-1 {
			must(tb, s.Commit(tb.Context(), r.ID, group, nil))
			group = group[:0]
		}
	}
	r.Status, r.Totals = run.RunCompleted, totals
	must(tb, s.Finish(tb.Context(), &r))
}

// scaled are the totals of n rows like those of a sample.
func scaled(t run.Totals, n int64) run.Totals {
	of := func(v int64) int64 { return v * n / speedSample }
	t.Considered, t.Steps, t.FailedSteps, t.SkippedSteps = n, of(t.Steps), of(t.FailedSteps), of(t.SkippedSteps)
	t.Asks, t.Attempts, t.FailedAsks, t.InputTokens, t.OutputTokens = of(t.Asks), of(t.Attempts), of(t.FailedAsks), of(t.InputTokens), of(t.OutputTokens)
	t.Enrollments, t.Effects, t.Answers = maps.Clone(t.Enrollments), maps.Clone(t.Effects), maps.Clone(t.Answers)
	for k, v := range t.Enrollments {
		t.Enrollments[k] = of(v)
	}
	for k, v := range t.Effects {
		t.Effects[k] = of(v)
	}
	for k, v := range t.Answers {
		t.Answers[k] = of(v)
	}
	return t
}
