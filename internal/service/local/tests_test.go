package local_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/prompttest"
	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/service/local"
)

// graded is a small portal: one workflow that asks, two records, and these test files.
func graded(files map[string]string) map[string]string {
	out := map[string]string{
		"portal.yaml":            "name: Shop\nsubscriptions: [sales-hub-enterprise]\n",
		"assistants/grader.yaml": "id: asst_grader\nname: Grader\nmodel: gpt-6-luna\ninstructions: Answer A or B.\n",
		"records/contacts.csv":   "Record ID,First Name,Message\n101,Ada,forty seats\n102,Grace,none\n",
		"responses/a.yaml":       "- when: {record: \"101\"}\n  reply: A\n- reply: B\n",
		"workflows/grade.yaml": "name: Grade\nobject: contact\nenabled: true\nenroll:\n  when:\n    - {message: known}\nsteps:\n" +
			"  - ask_openai_assistant: {id: qualify, assistant: asst_grader, prompt: \"{{ enrolled_object.message }}\"}\n",
		"workflows/other.yaml": "name: Other\nobject: contact\nenabled: true\nsteps:\n  - set_property: {property: company, value: x}\n",
	}
	for name, text := range files {
		out[name] = text
	}
	return out
}

const gradeTest = "description: Grades\nworkflow: grade\ncases:\n  - {record: \"101\", name: seats, expect: [response: A]}\n  - {record: \"102\", name: nothing, expect: [response: B, prompt: none]}\n"

// stored lists every file of a portal's state.
func stored(t *testing.T, dir string) (files []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, ".askflow"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		files = append(files, e.Name())
	}
	return files
}

func casesOf(t *testing.T, c *prompttest.CellReport) (out []string) {
	t.Helper()
	if err := c.Results.Each(func(one *prompttest.CaseResult) error {
		word := "✓ "
		if !one.Passed {
			word = "✗ "
		}
		out = append(out, word+one.Record.ID+" "+one.Case)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTestsRunAndKeepTheirCases(t *testing.T) {
	t.Parallel()
	d := open(t, portalDir(t, graded(map[string]string{"tests/grade.yaml": gradeTest})))
	before := stored(t, d.dir)
	var heard []service.TestProgress
	got, err := d.Tests.Run(d.ctx, "workflows/grade.yaml", func(p service.TestProgress) { heard = append(heard, p) })
	if err != nil {
		t.Fatal(err)
	}
	r := got.Report
	if !r.Passed || r.Totals.Cases != 2 || r.Totals.Passed != 2 || len(r.Tests) != 1 || r.Tests[0].Coverage == nil || r.Tests[0].Answers != "scripted" {
		t.Errorf("it came to %+v", r.Totals)
	}
	if diff := cmp.Diff([]string{"✓ 101 seats", "✓ 102 nothing"}, casesOf(t, r.Tests[0].Cells[0])); diff != "" {
		t.Error(diff)
	}
	if len(heard) == 0 || heard[len(heard)-1].Test != "grade" || heard[0].At != 1 || heard[0].Of != 1 {
		t.Errorf("the progress was %+v", heard)
	}
	if diff := cmp.Diff(before, stored(t, d.dir)); diff != "" {
		t.Errorf("something was stored: %s", diff)
	}
	if list, err := d.Runs.List(d.ctx, run.RunQuery{Limit: 10}); err != nil || len(list) != 0 {
		t.Errorf("there are runs: %v, %v", list, err)
	}
}

// A file that was saved a moment ago counts, and so does one beside the test.
func TestTestsFollowFiles(t *testing.T) {
	t.Parallel()
	d := open(t, portalDir(t, graded(map[string]string{"tests/grade.yaml": gradeTest, "tests/more/note.txt": "x", "prompts/short.md": "x"})))
	first, err := d.Tests.Run(d.ctx, "grade", nil)
	if err != nil {
		t.Fatal(err)
	}
	version := func() string {
		t.Helper()
		list, err := d.Tests.List(d.ctx, "")
		if err != nil {
			t.Fatal(err)
		}
		return list.Version
	}
	if version() != first.Version {
		t.Error("the version changed although nothing did")
	}
	seen := map[string]bool{first.Version: true}
	for _, file := range []string{"tests/grade.yaml", "tests/more/note.txt", "prompts/short.md", "responses/a.yaml"} {
		before, err := os.ReadFile(filepath.Join(d.dir, filepath.FromSlash(file)))
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Replace(string(before), "reply: A\n", "reply: C, not A\n", 1) + "\n"
		write(t, filepath.Join(d.dir, filepath.FromSlash(file)), text)
		now := version()
		if seen[now] {
			t.Errorf("after %s was saved the version is an old one", file)
		}
		seen[now] = true
	}
	second, err := d.Tests.Run(d.ctx, "tests/grade.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	cell := second.Report.Tests[0].Cells[0]
	if second.Report.Passed || len(cell.Failures) != 1 || cell.Failures[0].Failures[0].Got != "C, not A" || cell.Failures[0].Failures[0].Line != 4 {
		t.Errorf("after the reply changed it came to %+v", cell)
	}
	if diff := cmp.Diff([]string{"✗ 101 seats", "✓ 102 nothing"}, casesOf(t, cell)); diff != "" {
		t.Error(diff)
	}
}

func TestTestsAreListed(t *testing.T) {
	t.Parallel()
	d := open(t, portalDir(t, graded(map[string]string{"tests/a.yaml": gradeTest, "tests/b.yaml": strings.Replace(gradeTest, "workflow: grade", "workflow: Other\nanswers: live", 1), "tests/c.yaml": "cases: [\n"})))
	list, err := d.Tests.List(d.ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		Name, Workflow, Answers string
		Cases                   int
		Bad                     bool
	}
	var got []row
	for _, f := range list.Tests {
		got = append(got, row{f.Name, f.Workflow, f.Answers, f.Cases, f.Problems.HasErrors()})
	}
	if diff := cmp.Diff([]row{{"a", "workflows/grade.yaml", "scripted", 2, false}, {"b", "workflows/other.yaml", "live", 2, false}, {"c", "", "scripted", 0, true}}, got); diff != "" {
		t.Error(diff)
	}
	if list, err = d.Tests.List(d.ctx, "workflows/other.yaml"); err != nil || len(list.Tests) != 1 || list.Tests[0].Name != "b" {
		t.Errorf("of one workflow: %+v, %v", list, err)
	}
	_, err = d.Tests.List(d.ctx, "workflows/none.yaml")
	wants(t, err, "unknown_workflow")
}

// What keeps tests from running is an error that says what to do.
func TestTestsThatDoNotRun(t *testing.T) {
	t.Parallel()
	liveTest := strings.Replace(gradeTest, "workflow: grade", "workflow: grade\nanswers: live", 1)
	for name, c := range map[string]struct {
		files    map[string]string
		of, code string
		hint     string
		where    string // of the first finding
	}{
		"none":     {nil, "workflows/grade.yaml", service.CodeNoTests, "tests/grade.yaml", ""},
		"broken":   {map[string]string{"tests/a.yaml": strings.Replace(gradeTest, "response: A", "respose: A", 1)}, "workflows/grade.yaml", service.CodeInvalidTest, "", "tests/a.yaml:4:"},
		"record":   {map[string]string{"tests/a.yaml": strings.Replace(gradeTest, `"101"`, `"999"`, 1)}, "workflows/grade.yaml", service.CodeInvalidTest, "", "tests/a.yaml:4:"},
		"no YAML":  {map[string]string{"tests/a.yaml": "cases: [\n"}, "workflows/grade.yaml", service.CodeInvalidTest, "correct them first", "tests/a.yaml:"},
		"astray":   {map[string]string{"tests/a.yaml": strings.Replace(gradeTest, "workflow: grade", "workflow: gradee", 1)}, "workflows/grade.yaml", service.CodeInvalidTest, "", "tests/a.yaml:2:"},
		"live":     {map[string]string{"tests/a b.yaml": liveTest}, "workflows/grade.yaml", service.CodeLiveTests, "emulator test 'a b' --answers live --portal ", "tests/a b.yaml:1:1"},
		"record a": {map[string]string{"tests/a.yaml": strings.Replace(liveTest, "answers: live", "answers: record", 1)}, "a", service.CodeLiveTests, "emulator test a --answers record --portal ", ""},
		"unknown":  {map[string]string{"tests/a.yaml": gradeTest}, "b", "unknown_test", "", ""},
		"nowhere":  {map[string]string{"tests/a.yaml": gradeTest}, "workflows/none.yaml", "unknown_workflow", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := open(t, portalDir(t, graded(c.files)))
			got, err := d.Tests.Run(d.ctx, c.of, nil)
			if got != nil {
				t.Fatalf("it ran: %+v", got)
			}
			e := wants(t, err, c.code)
			if !strings.Contains(e.Hint, c.hint) {
				t.Errorf("the hint is %q", e.Hint)
			}
			if c.where != "" && (len(e.Problems) == 0 || !strings.HasPrefix(e.Problems[0].Where(), c.where)) {
				t.Errorf("the findings are %v", e.Problems)
			}
		})
	}
}

// Tests that cannot be read, or ask OpenAI, are left aside and named; the others run.
func TestTestsBesideOthers(t *testing.T) {
	t.Parallel()
	asked := false
	d := open(t, portalDir(t, graded(map[string]string{"tests/a.yaml": gradeTest, "tests/live.yaml": strings.Replace(gradeTest, "workflow: grade", "workflow: grade\nanswers: live", 1)})),
		func(_ *desk, o *local.Options) { o.Transport = breaking{at: func() bool { asked = true; return true }} })
	got, err := d.Tests.Run(d.ctx, "workflows/grade.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	if r := got.Report; asked || !r.Passed || len(r.Tests) != 1 || len(r.Warnings) != 1 || r.Warnings[0].Code != "live_test" || !strings.HasPrefix(r.Warnings[0].Hint, "emulator test live --answers live") {
		t.Errorf("asked %v; it came to %+v", asked, r)
	}
	write(t, filepath.Join(d.dir, "tests", "zbroken.yaml"), "cases: [\n")
	if got, err = d.Tests.Run(d.ctx, "workflows/grade.yaml", nil); err != nil {
		t.Fatal(err)
	}
	if r := got.Report; r.Passed || r.Totals.Failed != 0 || !r.Warnings.HasErrors() || len(r.Reasons) == 0 {
		t.Errorf("with a file that cannot be read it came to %+v", r)
	}
}

// Tests that are given up end at once, with the context's own error; closing the portal ends them, too.
func TestTestsAreCancelled(t *testing.T) {
	t.Parallel()
	d := open(t, portalDir(t, graded(map[string]string{"tests/a.yaml": gradeTest})))
	ctx, cancel := context.WithCancel(d.ctx)
	got, err := d.Tests.Run(ctx, "workflows/grade.yaml", func(service.TestProgress) { cancel() })
	if got != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("given up, it came to %+v, %v", got, err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = d.Tests.Run(d.ctx, "workflows/grade.yaml", nil)
	wants(t, err, "closed")
}

// Tests that were stopped midway say why, and how far they came.
func TestTestsThatWereStopped(t *testing.T) {
	t.Parallel()
	d := open(t, portalDir(t, graded(map[string]string{"tests/a.yaml": gradeTest, "portal.yaml": "name: Shop\nsubscriptions: [sales-hub-enterprise]\nopenai: {limits: {max_cost_usd: 0.0000001}}\n"})))
	got, err := d.Tests.Run(d.ctx, "a", nil)
	if err != nil {
		t.Fatal(err)
	}
	if r := got.Report; r.Passed || len(r.Tests) != 1 || r.Tests[0].Error == nil || r.Tests[0].Error.Code != "over_budget" {
		t.Errorf("it came to %+v, %+v", r, r.Tests[0].Error)
	}
}

// A mistake of the program's own is an error like any other.
func TestAPanicWhileTestsRun(t *testing.T) {
	t.Parallel()
	d := open(t, portalDir(t, graded(map[string]string{"tests/a.yaml": gradeTest})))
	_, err := d.Tests.Run(d.ctx, "workflows/grade.yaml", func(service.TestProgress) { panic("Ada Byron " + canary) })
	mistake(t, err, "tests_test.go")
	if _, err = d.Tests.Run(d.ctx, "workflows/grade.yaml", nil); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
