package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"askflow/internal/expect"
	"askflow/internal/mask"
	"askflow/internal/prompttest"
)

// demoCopy is a portal folder with the files of the demo.
func demoCopy(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "portal")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", "testdata", "demo"))); err != nil {
		t.Fatal(err)
	}
	return dir
}

// testFormats is what docs/formats.md says of prompt tests and prompts.
func testFormats(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "formats.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "\n## tests/*.yaml\n")
	body, _, closed := strings.Cut(rest, "\n## recordings/")
	if !found || !closed {
		t.Fatal("docs/formats.md has no section of prompt tests")
	}
	return body
}

var (
	fencedBlock = regexp.MustCompile("(?ms)^```(yaml|text)\n(.*?)^```$")
	refusedRow  = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| `([a-z_]+)` \\|")
)

// writeInto puts a file into a portal folder.
func writeInto(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// eachOf is a test of the demo that expects a list of expectations of its hottest lead.
func eachOf(expectations string) string {
	return "workflow: lead-qualification\nenroll: [\"2001\"]\neach:\n" + expectations
}

// TestFormatsExamples runs every example that docs/formats.md has of a prompt test, over the demo: whole tests, lists of
// expectations, scripted judges, prompts.
func TestFormatsExamples(t *testing.T) {
	t.Parallel()
	body := testFormats(t)
	dir := demoCopy(t)
	if err := os.RemoveAll(filepath.Join(dir, "tests")); err != nil {
		t.Fatal(err)
	}
	writeInto(t, dir, "tests/email-draft.yaml", "workflow: email-draft\nenroll: [\"4001\"]\neach: [{response: {judge: {assistant: tone-judge, rubric: It is an email.}}}]\n")
	kinds := map[string]int{}
	for i, m := range fencedBlock.FindAllStringSubmatch(body, -1) {
		text := m[2]
		name := fmt.Sprintf("tests/example-%d.yaml", i)
		switch {
		case m[1] == "text":
			kinds["prompt"]++
			writeInto(t, dir, "prompts/example.md", text)
			writeInto(t, dir, name, "workflow: lead-qualification\nenroll: [\"2001\"]\nmatrix: {prompt: [current, example]}\neach: [{prompt: {contains: Frischwerk Bowls}}]\n")
			continue
		case strings.Contains(text, "reply:"):
			kinds["rules"]++
			writeInto(t, dir, "responses/a-judge.yaml", text)
			continue
		case strings.Contains(text, "\nworkflow: "):
			kinds["test"]++
		default:
			kinds["expectations"]++
			text = eachOf(text)
		}
		if _, problems := prompttest.Read(name, []byte(text)); len(problems) > 0 {
			t.Errorf("example %d: %v\n%s", i, problems, text)
		}
		writeInto(t, dir, name, text)
	}
	if want := map[string]int{"prompt": 1, "rules": 1, "test": 4, "expectations": 3}; !sameCounts(kinds, want) {
		t.Errorf("the examples are %v, not %v", kinds, want)
	}
	out, errs, code := runProgram(t, []string{"test", "--portal", dir})
	if code != 0 {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
}

func sameCounts(a, b map[string]int) bool {
	for k := range b {
		if a[k] != b[k] {
			return false
		}
	}
	return len(a) == len(b)
}

// TestFormatsRefused holds every row of the table of refused expectations against the program.
func TestFormatsRefused(t *testing.T) {
	t.Parallel()
	rows := refusedRow.FindAllStringSubmatch(testFormats(t), -1)
	if len(rows) < 15 {
		t.Fatalf("the table of what is refused has %d rows", len(rows))
	}
	dir := demoCopy(t)
	if err := os.RemoveAll(filepath.Join(dir, "tests")); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		writeInto(t, dir, "tests/refused.yaml", eachOf("  - "+row[1]+"\n"))
		_, errs, code := runProgram(t, []string{"test", "--portal", dir})
		if code != 2 || !strings.Contains(errs, "tests/refused.yaml:4:") || !strings.Contains(errs, "["+row[2]+"]") {
			t.Errorf("%s: exit code %d, and not refused as %s:\n%s", row[1], code, row[2], errs)
		}
	}
}

// TestFormatsNamesEverything looks whether each subject, check and key is in a table.
func TestFormatsNamesEverything(t *testing.T) {
	t.Parallel()
	body := testFormats(t)
	var names []string
	for _, s := range prompttest.Subjects {
		names = append(names, string(s))
	}
	names = append(names, expect.Names()...)
	_, problems := prompttest.Read("tests/a.yaml", []byte("workflow: a\neach: [state: COMPLETED]\nnone: 1\n"))
	if len(problems) != 1 {
		t.Fatal(problems)
	}
	_, keys, found := strings.Cut(problems[0].Hint, "its keys are ")
	if !found {
		t.Fatalf("the hint of an unknown key no longer lists the keys: %s", problems[0].Hint)
	}
	names = append(names, strings.Split(keys, ", ")...)
	var first []string
	for _, line := range strings.Split(body, "\n") {
		if cells := strings.Split(line, "|"); len(cells) > 2 {
			first = append(first, regexp.MustCompile("`([^`]+)`").FindAllString(cells[1], -1)...)
		}
	}
	for _, name := range names {
		if !slices.Contains(first, "`"+name+"`") {
			t.Errorf("docs/formats.md has no row for %s", name)
		}
	}
}

// TestFormatsSamples tries the command and the rules that docs/formats.md has for samples of records.
func TestFormatsSamples(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "formats.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n### Samples of an export\n")
	section, _, _ = strings.Cut(section, "\n## ")
	_, command, _ := strings.Cut(section, "```sh\nemulator ")
	command, _, found := strings.Cut(command, "\n")
	_, rules, _ := strings.Cut(section, "```yaml\n")
	rules, _, also := strings.Cut(rules, "```")
	if !found || !also {
		t.Fatal("docs/formats.md has no section on samples, with a command and rules")
	}
	for _, kind := range mask.Kinds() {
		if !strings.Contains(section, "`"+string(kind)+"`") {
			t.Errorf("the kind %s is not documented", kind)
		}
	}
	dir := demoCopy(t)
	writeInto(t, dir, "rules.yaml", rules)
	args := append(strings.Fields(command), "--portal", dir, "--dry-run", "--salt", "a-salt-that-nobody-guesses-7315")
	for _, more := range [][]string{nil, {"--mask-rules", filepath.Join(dir, "rules.yaml"), "-o", "json"}} {
		out, errs, code := runProgram(t, append(slices.Clone(args), more...))
		if code != 0 || !strings.Contains(out, "sales_notes") {
			t.Errorf("%q: exit code %d\n%s%s", more, code, out, errs)
		}
		if more != nil && !regexp.MustCompile(`"property": "hs_lead_status",\s*"kind": "drop"`).MatchString(out) {
			t.Errorf("the rules of the example do not drop hs_lead_status:\n%s", out)
		}
	}
}
