package suite_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/emulator"
	"askflow/internal/prompttest"
	"askflow/internal/suite"
)

const oneCase = "workflow: grade\ncases: [{record: \"101\", expect: [response: A]}]\n"

func TestLoadFindsTests(t *testing.T) {
	t.Parallel()
	dir := clinic(t, map[string]string{
		"tests/deep/er/grade.yaml": oneCase, "tests/B.YML": oneCase, "tests/c.yaml": oneCase, "tests/d.json": "{}",
		"tests/.hidden.yaml": "nonsense: [", "tests/.git/x.yaml": "nonsense: [", "tests/old.yaml~": "nonsense: [", "tests/notes.md": "# Notes",
		"tests/people.json":      `[{"id":"9","properties":{"firstname":"Zed","message":"seats"}}]`,
		"tests/schema.json":      `{"type":"string"}`,
		"tests/unlucky.yaml":     "- {fault: {status: 500, code: server_error}}\n",
		"tests/with-people.yaml": "workflow: grade\nrecords: [tests/people.json]\nfaults: tests/unlucky.yaml\ncases: [{record: \"9\", expect: [error: server_error, response: {not: {json_schema: tests/schema.json}}]}]\n",
	})
	all, err := suite.Load(openWith(t, dir, nil))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, one := range all {
		got = append(got, fmt.Sprint(one.Name, " ", one.File, " ", one.Problems.HasErrors()))
	}
	want := []string{"B tests/B.YML false", "c tests/c.yaml false", "deep/er/grade tests/deep/er/grade.yaml false", "grade tests/grade.yaml false", "with-people tests/with-people.yaml false"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for names, want := range map[string]int{"": 5, "deep/er/grade": 1, "grade": 1, "grade.yaml": 2, "tests/deep/er/grade.yaml": 1, filepath.Join(dir, "tests", "c.yaml"): 1, "Grade": 5, "B,c": 2} {
		var list []string
		if names != "" {
			list = strings.Split(names, ",")
		}
		picked, err := suite.Select(openWith(t, dir, nil), all, list)
		if err != nil || len(picked) != want {
			t.Errorf("%q: %d, %v", names, len(picked), err)
		}
	}
}

func TestLoadThroughALink(t *testing.T) {
	t.Parallel()
	dir := clinic(t, map[string]string{"tests/grade.yaml": "-"})
	shared := t.TempDir()
	write(t, shared, "grade.yaml", oneCase)
	write(t, shared, "real.txt", oneCase)
	for from, to := range map[string]string{"linked.yaml": "real.txt", "nowhere.yaml": "gone", "loop": "."} {
		if err := os.Symlink(to, filepath.Join(shared, from)); err != nil {
			t.Skipf("no links here: %v", err)
		}
	}
	if err := os.Symlink(shared, filepath.Join(dir, "tests")); err != nil {
		t.Fatal(err)
	}
	all, err := suite.Load(openWith(t, dir, nil))
	if err != nil || len(all) != 3 {
		t.Fatalf("%d tests, %v", len(all), err)
	}
	if all[0].File != "tests/grade.yaml" || all[1].Problems.HasErrors() || !all[2].Problems.HasErrors() {
		t.Errorf("%+v", all)
	}
}

// Whatever a portal has under tests/, it is refused with a sentence and, where there is one, a place.
func TestRefusedBeforeAnythingRuns(t *testing.T) {
	t.Parallel()
	many := "workflow: grade\ncases: [{record: \"101\", expect: [response: A]}]\nmatrix:\n  temperature: ["
	for i := range 1000 {
		many += fmt.Sprintf("%g, ", float64(i)/1000)
	}
	many += "2]\n"
	for name, c := range map[string]struct {
		changes map[string]string
		opt     suite.Options
		want    []string // parts of what is told
	}{
		"no tests":          {map[string]string{"tests/grade.yaml": "-"}, suite.Options{}, []string{"no_tests: the portal has no tests"}},
		"a file":            {map[string]string{"tests/grade.yaml": "-", "tests": "x"}, suite.Options{}, []string{"unreadable: the tests cannot be read: tests is a file"}},
		"unknown name":      {nil, suite.Options{Names: []string{"grad"}}, []string{`unknown_test: there is no test "grad"`, "did you mean grade?"}},
		"untested workflow": {nil, suite.Options{Names: []string{"other"}}, []string{"unknown_test: the workflow other has no test"}},
		"unknown workflow":  {map[string]string{"tests/grade.yaml": strings.Replace(oneCase, "grade", "grad", 1)}, suite.Options{}, []string{"tests/grade.yaml:1:11 unknown_workflow"}},
		"same name":         {map[string]string{"tests/grade.yml": oneCase}, suite.Options{}, []string{"tests/grade.yml:1:1 duplicate_test: tests/grade.yaml is a test of the same name"}},
		"everything wrong": {map[string]string{"tests/grade.yaml": "workflow: grade\ncases:\n  - {record: \"9\", expect: [respons: A, response: {containing: x}, response@asks: A, property: {stat: X}, response: {matches: \".*\"}]}\n", "tests/z.yaml": "workflow: [\n"},
			suite.Options{}, []string{"invalid_test: the tests have 2 errors; nothing was run", "tests/grade.yaml:3:28 unknown_subject", "tests/z.yaml:2:1 bad_yaml"}},
		"unknown parts": {map[string]string{"tests/grade.yaml": "workflow: grade\ncases:\n  - {record: \"9\", expect: [response@asks: A, property: {stat: X}, response: {matches: \".*\"}]}\n"},
			suite.Options{}, []string{"tests/grade.yaml:3:14 unknown_record", "tests/grade.yaml:3:28 unknown_step", "tests/grade.yaml:3:57 unknown_property", "never_fails"}},
		"a thousand cells": {map[string]string{"tests/grade.yaml": many}, suite.Options{}, []string{"tests/grade.yaml:4:3 too_many_cells"}},
		"too many runs":    {nil, suite.Options{Repeat: 100, Matrix: &prompttest.Matrix{Models: numbered(60)}}, []string{"too_many_cells: the test grade: the matrix of the test grade has 60 cells, each 100 times"}},
		"file and flag together": {map[string]string{"tests/grade.yaml": oneCase + "matrix: {temperature: [0, 0.1, 0.2]}\n"}, suite.Options{Matrix: &prompttest.Matrix{Models: numbered(400)}},
			[]string{"too_many_cells: the test grade: the matrix of the test grade has 1200 cells"}},
		"assistant of the file": {map[string]string{"tests/grade.yaml": oneCase + "matrix: {assistant: [grader, stric]}\n"}, suite.Options{}, []string{`tests/grade.yaml:3:30 unknown_assistant: there is no assistant "stric"`, `did you mean "strict"?`}},
		"assistant of the flag": {nil, suite.Options{Matrix: &prompttest.Matrix{Assistants: []string{"stric"}}}, []string{`unknown_assistant: the test grade: there is no assistant "stric"`}},
		"prompt of the file":    {map[string]string{"tests/grade.yaml": oneCase + "matrix: {prompt: [current, shrt]}\n", "prompts/short.md": "x"}, suite.Options{}, []string{`tests/grade.yaml:3:28 unknown_prompt: there is no prompt variant "shrt"`, "did you mean short?"}},
		"prompt of the flag":    {map[string]string{"prompts/short.md": "x"}, suite.Options{Matrix: &prompttest.Matrix{Prompts: map[string][]string{"": {"shrt"}}}}, []string{`unknown_prompt: the test grade: there is no prompt variant "shrt"`}},
		"step of the file":      {map[string]string{"tests/grade.yaml": oneCase + "matrix: {prompt@asks: [short]}\n", "prompts/short.md": "x"}, suite.Options{}, []string{"tests/grade.yaml:3:10 unknown_step"}},
		"step of the flag":      {map[string]string{"prompts/short.md": "x"}, suite.Options{Matrix: &prompttest.Matrix{Prompts: map[string][]string{"asks": {"short"}}}}, []string{`unknown_step: the test grade: no step "asks"`}},
		"broken variant":        {map[string]string{"tests/grade.yaml": oneCase + "matrix: {prompt: [drafts/v2.yaml]}\n", "drafts/v2.yaml": "name: [\n"}, suite.Options{}, []string{"tests/grade.yaml:3:19 invalid_portal", "drafts/v2.yaml:"}},
		"variant without it":    {map[string]string{"tests/grade.yaml": oneCase + "matrix: {prompt: [drafts/v2.yaml]}\n"}, suite.Options{}, []string{"tests/grade.yaml:3:19 unreadable"}},
		"variant outside":       {nil, suite.Options{Matrix: &prompttest.Matrix{Prompts: map[string][]string{"": {"../x.yaml"}}}}, []string{"unknown_prompt: the test grade: the prompt variant ../x.yaml lies outside"}},
		"prompt outside":        {nil, suite.Options{Matrix: &prompttest.Matrix{Prompts: map[string][]string{"": {"../x"}}}}, []string{"lies outside of the folder prompts/"}},
		"no records":            {map[string]string{"records/contacts.csv": "-"}, suite.Options{}, []string{"no_records: the test grade: "}},
		"broken workflow": {map[string]string{"workflows/grade.yaml": strings.Replace(clinicFiles()["workflows/grade.yaml"], "assistant: grader", "assistant: nobody", 1), "tests/a.yaml": "workflow: other\neach: [state: COMPLETED]\n"},
			suite.Options{}, []string{"invalid_portal: the test grade: the workflow grade cannot run because of 1 error", "workflows/grade.yaml:6:"}},
		"locked": {map[string]string{"portal.yaml": "id: 1\nsubscriptions: []\n"}, suite.Options{}, []string{"openai_locked: the test grade: "}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := refusal(t, clinic(t, c.changes), c.opt)
			if r != nil {
				t.Errorf("something was run: %+v", r.Totals)
			}
			text := told(err)
			for _, part := range c.want {
				if !strings.Contains(text, part) {
					t.Errorf("%q is not in:\n%s", part, text)
				}
			}
			if want := emulator.ExitUsage; err.Exit != want && name != "locked" {
				t.Errorf("exit code %d", err.Exit)
			}
		})
	}
}

func numbered(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("m%d", i))
	}
	return out
}

// Line ends, marks and cases of letters of other systems change nothing.
func TestOddFiles(t *testing.T) {
	t.Parallel()
	odd := "\ufeff" + strings.ReplaceAll(clinicFiles()["tests/grade.yaml"], "\n", "\r\n")
	dir := clinic(t, map[string]string{"tests/grade.yaml": odd, "prompts/short.md": "\ufeffseats\r\nplease\r\n"})
	r := report(t, dir, suite.Options{})
	if !r.Passed || r.Totals.Cases != 5 {
		t.Errorf("%v %v", r.Totals, r.Reasons)
	}
	d := details(t)
	r = report(t, dir, suite.Options{Matrix: matrix(t, "prompt=short"), Details: d, Filter: "101"})
	for _, c := range casesOf(t, r.Tests[0].Cells[0]) {
		if c.Asks[0].Prompt != "seats\nplease" {
			t.Errorf("%q", c.Asks[0].Prompt)
		}
	}
	for _, text := range []string{"", "# only words\n", "null\n", "[]\n", "text\n", "--- \n---\n", "\x00", "workflow: grade\ncases: []\n", "workflow: \"\"\neach: [state: COMPLETED]\n"} {
		_, err := refusal(t, clinic(t, map[string]string{"tests/grade.yaml": text}), suite.Options{})
		if err.Exit != emulator.ExitUsage || len(err.Problems) == 0 || err.Problems[0].File != "tests/grade.yaml" || err.Problems[0].Line < 1 {
			t.Errorf("%q: %s", text, told(err))
		}
	}
}

func TestValidateTellsOfTests(t *testing.T) {
	t.Parallel()
	dir := clinic(t, map[string]string{"tests/grade.yaml": oneCase, "tests/bad.yaml": "workflow: gone\ncases: [{record: \"1\", expect: [response: A]}]\n", "tests/odd.yaml": "workflow: grade\ncases: [{record: \"7\", expect: [response: A]}]\n"})
	problems, err := suite.Validate(t.Context(), openWith(t, dir, nil))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range problems {
		got = append(got, fmt.Sprintf("%s:%d:%d %s", p.File, p.Line, p.Col, p.Code))
	}
	if diff := cmp.Diff([]string{"tests/bad.yaml:1:11 unknown_workflow", "tests/odd.yaml:2:18 unknown_record"}, got); diff != "" {
		t.Error(diff)
	}
}
