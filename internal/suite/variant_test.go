package suite_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/emulator"
	"askflow/internal/source"
	"askflow/internal/suite"
)

// places are findings without their messages.
func places(problems source.Problems) []string {
	out := []string{}
	for _, p := range problems {
		out = append(out, fmt.Sprintf("%s:%d:%d %s %s", p.File, p.Line, p.Col, p.Severity, p.Code))
	}
	return out
}

// A prompt that takes the place of a step's own is checked as that one is, in its own file, by `test` before anything is asked and by
// `validate`.
func TestPromptVariantsAreCheckedBeforeAnythingRuns(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prompt string
		want   []string
	}{
		"no such property": {"x {{ enrolled_object.nope }}", []string{"prompts/bad.md:1:3 error unknown_property"}},
		"on a later line":  {"\ufeffFirst.\r\n\r\nThen é {{ fetched_objects.fetched_object_9.name }}.\r\n", []string{"prompts/bad.md:3:8 error unknown_data_source"}},
		"an odd root":      {"a\n{{ qualify.response }}", []string{"prompts/bad.md:2:1 error token_unknown_root"}},
		"not closed":       {"a {{ enrolled_object.message", []string{"prompts/bad.md:1:3 error token_unclosed"}},
		"a later step":     {"{{ action_outputs.draft.response }}", []string{"prompts/bad.md:1:1 error output_not_yet_there"}},
		"empty":            {"", []string{"prompts/bad.md:1:1 error missing_prompt"}},
		"two slips":        {"{{ enrolled_object.nope }}\n{{ enrolled_object.no }}", []string{"prompts/bad.md:1:1 error unknown_property", "prompts/bad.md:2:1 error unknown_property"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := clinic(t, twoAsks(map[string]string{
				"prompts/bad.md": c.prompt, "tests/two.yaml": "workflow: two\nanswers: live\nmatrix: {prompt@qualify: [current, bad], temperature: [0, 0.7]}\neach: [response@draft: {matches: answer}]\n"}))
			var asked atomic.Int64
			_, err := suite.Run(t.Context(), openWith(t, dir, numbering(&asked)), suite.Options{})
			known := emulator.AsError(err)
			if err == nil || known.Exit != emulator.ExitUsage || asked.Load() != 0 {
				t.Fatalf("%v, and %d questions were sent", err, asked.Load())
			}
			if diff := cmp.Diff(c.want, places(known.Problems)); diff != "" {
				t.Errorf("%s\n%s", diff, told(err))
			}
			problems, err := suite.Validate(t.Context(), openWith(t, dir, nil))
			if diff := cmp.Diff(c.want, places(problems)); diff != "" || err != nil {
				t.Errorf("validate: %v %s", err, diff)
			}
		})
	}
}

// What validate only warns of keeps nothing from running. A JSON workflow's prompt files are text all the same.
func TestPromptVariantsMayBeWarnedOf(t *testing.T) {
	t.Parallel()
	branchy := strings.Replace(clinicFiles()["workflows/grade.yaml"], "default: []", "default: [create_task: {id: other, subject: Other}]", 1) +
		"  - ask_openai_assistant: {id: last, assistant: strict, prompt: Last}\n"
	dir := clinic(t, map[string]string{"workflows/grade.yaml": branchy, "prompts/odd.txt": "Odd.\n  {{ action_outputs.other.hs_execution_state }}",
		"tests/grade.yaml": "workflow: grade\nmatrix: {prompt@last: [odd]}\ncases: [{record: \"101\", expect: [response@last: C]}]\n"})
	r := report(t, dir, suite.Options{})
	if diff := cmp.Diff([]string{"prompts/odd.txt:2:3 warning output_not_on_every_path"}, places(r.Warnings)); diff != "" || !r.Passed {
		t.Errorf("%v %s", r.Reasons, diff)
	}
}

// A workflow that is no workflow of the portal is checked by nobody else.
func TestWorkflowVariantsAreChecked(t *testing.T) {
	t.Parallel()
	bad := strings.Replace(clinicFiles()["workflows/grade.yaml"], "enrolled_object.message", "enrolled_object.massage", 1)
	for _, file := range []string{"drafts/v2.yaml", "workflows/v2.yaml"} {
		dir := clinic(t, map[string]string{file: bad, "tests/grade.yaml": "workflow: grade\nmatrix: {prompt: [current, " + file + "]}\ncases: [{record: \"101\", expect: [response: A]}]\n"})
		_, err := refusal(t, dir, suite.Options{})
		if diff := cmp.Diff([]string{file + ":6:72 error unknown_property"}, places(err.Problems)); diff != "" {
			t.Errorf("%s\n%s", diff, told(err))
		}
		problems, err2 := suite.Validate(t.Context(), openWith(t, dir, nil))
		if outside := strings.HasPrefix(file, "drafts"); err2 != nil || problems.HasErrors() != outside { // the portal's own are validated anyway
			t.Errorf("validate: %v %v", err2, problems)
		}
	}
}

func TestPromptFilesThatCannotBe(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "secret.txt")
	if err := os.WriteFile(secret, []byte(`{"type": "object"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	const head = "workflow: grade\nmatrix: {prompt: [current, odd]}\ncases: [{record: \"101\", expect: [response: A]}]\n"
	for name, c := range map[string]struct {
		files map[string]string
		link  string
		want  string
	}{
		"two of a name":   {map[string]string{"prompts/odd.md": "x", "prompts/odd.txt": "y"}, "", `tests/grade.yaml:2:28 ambiguous_prompt: the prompt variant "odd" may be prompts/odd.md or prompts/odd.txt`},
		"no text":         {map[string]string{"prompts/odd.md": "\xff\xfe\x00"}, "", "tests/grade.yaml:2:28 not_utf8: the prompt variant prompts/odd.md is not text in UTF-8"},
		"a link":          {nil, "prompts/odd.md", "tests/grade.yaml:2:28 outside_portal: the file prompts/odd.md is a link that leads out of the portal folder"},
		"a linked schema": {map[string]string{"prompts/odd.md": "x", "tests/grade.yaml": "workflow: grade\neach: [response: {json_schema: tests/answer.json}]\n"}, "tests/answer.json", "is a link that leads out of the portal folder"},
		"a linked draft":  {map[string]string{"tests/grade.yaml": strings.Replace(head, "odd", "drafts/v2.yaml", 1)}, "drafts/v2.yaml", "tests/grade.yaml:2:28 outside_portal: the file drafts/v2.yaml is a link"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{"tests/grade.yaml": head}
			for file, text := range c.files {
				files[file] = text
			}
			dir := clinic(t, files)
			if c.link != "" {
				write(t, dir, filepath.Dir(c.link)+"/.keep", "")
				if err := os.Symlink(secret, filepath.Join(dir, c.link)); err != nil {
					t.Skipf("this system makes no links here: %v", err)
				}
			}
			if _, err := refusal(t, dir, suite.Options{}); !strings.Contains(told(err), c.want) || err.Exit != emulator.ExitUsage {
				t.Errorf("%s", told(err))
			}
		})
	}
	// A link inside of the portal is a file like any other, and a name with its ending is one file.
	dir := clinic(t, map[string]string{"tests/grade.yaml": strings.Replace(head, "odd", "odd.txt", 1), "prompts/odd.md": "x", "prompts/text": "seats"})
	if err := os.Symlink("text", filepath.Join(dir, "prompts", "odd.txt")); err != nil {
		t.Skipf("this system makes no links here: %v", err)
	}
	if r := report(t, dir, suite.Options{}); !r.Passed {
		t.Errorf("%v", r.Reasons)
	}
}

// A second workflow file stands for the whole workflow, or, for one step, for that step's prompt.
func TestSecondWorkflowOverSeveralAskingSteps(t *testing.T) {
	t.Parallel()
	files := twoAsks(nil)
	second := strings.NewReplacer("Qualify: ", "Please qualify: ", "Draft after", "Please draft after", "Two steps", "Second").Replace(files["workflows/two.yaml"])
	files["workflows/v2.yaml"] = second
	files["responses/grader.yaml"] = "- {when: {prompt: {contains: Please}}, reply: polite}\n- {reply: plain}\n"
	dir := clinic(t, files)
	for name, c := range map[string]struct {
		matrix string
		want   []string // answers of both steps, by cell
	}{
		"the whole workflow": {"prompt=current,workflows/v2.yaml", []string{"plain plain", "polite polite"}},
		"one step's prompt":  {"prompt@draft=current,workflows/v2.yaml", []string{"plain plain", "plain polite"}},
		"another step's":     {"prompt@qualify=workflows/v2.yaml", []string{"polite plain"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := report(t, dir, suite.Options{Names: []string{"two"}, Matrix: matrix(t, c.matrix), Details: details(t), Threshold: ptr(0.001)})
			var got []string
			for _, cell := range r.Tests[0].Cells {
				asks := casesOf(t, cell)[0].Asks
				got = append(got, *asks[0].Response+" "+*asks[1].Response)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if cover := r.Tests[0].Coverage; len(c.want) == 2 && (cover == nil || cover.Covered == 0) {
				t.Error("nothing is said of what was reached of the test's own workflow")
			}
		})
	}
	files["workflows/v2.yaml"] = strings.NewReplacer("id: draft", "id: write", "draft.response", "write.response").Replace(second)
	other := clinic(t, files)
	_, err := refusal(t, other, suite.Options{Names: []string{"two"}, Matrix: matrix(t, "prompt=workflows/v2.yaml")})
	if !strings.Contains(told(err), `with workflows/v2.yaml: `) {
		t.Errorf("a workflow that lacks the step is not named:\n%s", told(err))
	}
	_, err = refusal(t, other, suite.Options{Names: []string{"two"}, Matrix: matrix(t, "prompt@draft=workflows/v2.yaml")})
	if !strings.Contains(told(err), `no step "draft" of the workflow v2 asks OpenAI`) {
		t.Errorf("%s", told(err))
	}
	if _, err = refusal(t, other, suite.Options{Names: []string{"two"}, Matrix: matrix(t, "prompt@nope=current")}); err.Code != "unknown_step" {
		t.Errorf("%s", told(err))
	}
}

// What a test says of how it runs is refused where the test says it, by `test` and by `validate`.
func TestSettingsAreRefusedInTheirPlace(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lines string
		want  string
	}{
		"now":             {"now: tomorrow\n", "tests/grade.yaml:3:6 usage: now: "},
		"records":         {"records: [records/contacts.csv, nothere.csv]\n", "tests/grade.yaml:3:33 cannot_read: records: nothere.csv cannot be read"},
		"broken records":  {"records: [odd.csv]\n", "tests/grade.yaml:3:1 invalid_file: the records cannot be used because of 1 error"},
		"pins":            {"pins:\n  ask: A\n  nope: x\n", `tests/grade.yaml:5:3 unknown_step: pins: the workflow has no step "nope"`},
		"output of a pin": {"pins: {ask.sound: x}\n", "tests/grade.yaml:3:8 "},
		"stubs":           {"stubs: [ask, nope]\n", `tests/grade.yaml:3:14 unknown_step: stubs: the workflow has no step "nope"`},
		"no faults file":  {"faults: nothere.yaml\n", "tests/grade.yaml:3:9 cannot_read: faults: nothere.yaml cannot be read"},
		"broken faults":   {"faults: odd.yaml\n", "tests/grade.yaml:3:1 invalid_file: the faults file cannot be used because of 1 error"},
		"faults, live":    {"answers: live\nfaults: empty.yaml\n", "tests/grade.yaml:4:9 usage: faults needs the simulated API"},
		"many cells":      {"matrix: {model: [" + strings.Join(numbered(60), ", ") + "]}\nrepeat: 100\n", "tests/grade.yaml:3:1 too_many_cells: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := clinic(t, map[string]string{"tests/grade.yaml": oneCase + c.lines, "odd.csv": "First Name\nAda\n", "odd.yaml": "- {fault: nope}\n", "empty.yaml": "[]\n"})
			r, err := refusal(t, dir, suite.Options{})
			if text := told(err); r != nil || err.Exit != emulator.ExitUsage || !strings.Contains(text, c.want) || strings.Contains(text, "--now") || strings.Contains(text, "--pin") || strings.Contains(text, "--stub") {
				t.Errorf("%q is not in:\n%s", c.want, text)
			}
			problems, err2 := suite.Validate(t.Context(), openWith(t, dir, nil))
			if text := told(problems); err2 != nil || !strings.Contains(text, c.want) {
				t.Errorf("validate: %v\n%s", err2, text)
			}
		})
	}
	// The command line is to blame for what it says itself.
	if _, err := refusal(t, clinic(t, map[string]string{"tests/grade.yaml": oneCase + "now: 2026-01-05T09:00\n"}), suite.Options{Now: "tomorrow"}); !strings.Contains(err.Message, "--now: ") || len(err.Problems) != 0 {
		t.Errorf("%s", told(err))
	}
}
