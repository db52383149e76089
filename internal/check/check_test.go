package check_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/check"
	"askflow/internal/portal"
	"askflow/internal/source"
)

// Files of the portal that all tables start from. «code» in a file marks where a problem with that code is expected;
// marks are taken out before the file is written.
func baseFiles() map[string]string {
	return map[string]string{
		"portal.yaml": `id: 1
name: Test
subscriptions: [sales-hub-enterprise]
users:
  - {id: "11", owner_id: "9011", name: Mara Lind, email: mara@northwind.example, teams: [EMEA]}
  - {id: "12", owner_id: "9012", name: Jon Vale, email: jon@northwind.example, teams: [EMEA], deactivated: true}
`,
		"assistants/qualifier.yaml": "name: Lead qualifier\nmodel: gpt-6-luna\n",
		"records/properties.yaml": `contact:
  - {name: lead_grade, label: Lead grade, type: enumeration, options: [A, B, C]}
  - {name: topics, label: Topics, type: enumeration, multiple: true, options: [{label: Food, value: food}, {label: Sport, value: sport}]}
  - {name: score, label: Score, type: number}
  - {name: next_call, label: Next call, type: date}
  - {name: wants_news, label: Wants news, type: bool}
`,
		"records/lists.yaml":    "- {id: 42, name: Competitors, object: contact, members: [\"101\"]}\n- {id: 43, name: Rivals, object: company, members: []}\n",
		"records/contacts.csv":  "Record ID,Email\n101,ada@northwind.example\n",
		"responses/grades.yaml": "- when: {prompt: {starts_with: Grade}}\n  reply: A\n",
	}
}

var mark = regexp.MustCompile(`«([a-z_ ]+)»`)

// write makes the portal and returns the problems that the marks announce.
func write(t *testing.T, files map[string]string) (dir string, want []string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range files {
		for {
			at := mark.FindStringSubmatchIndex(text)
			if at == nil {
				break
			}
			codes := strings.Fields(text[at[2]:at[3]])
			line, col := source.LineCol([]byte(text), at[0])
			for _, code := range codes {
				want = append(want, fmt.Sprintf("%s:%d:%d %s", name, line, col, code))
			}
			text = text[:at[0]] + text[at[1]:]
		}
		full := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	sort.Strings(want)
	return dir, want
}

func load(t *testing.T, dir string) *portal.Portal {
	t.Helper()
	p, err := portal.Load(t.Context(), dir, portal.Options{StateHome: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func places(ps source.Problems) []string {
	var out []string
	for _, p := range ps {
		out = append(out, p.Where()+" "+p.Code)
	}
	sort.Strings(out)
	return out
}

// expect compares what is found in a portal with its marks.
func expect(t *testing.T, files map[string]string) {
	t.Helper()
	dir, want := write(t, files)
	got := check.Portal(load(t, dir), check.Options{})
	if diff := cmp.Diff(want, places(got)); diff != "" {
		t.Errorf("problems (-want +got):\n%s\n%v", diff, got)
	}
	for _, p := range got {
		if p.Message == "" || strings.Contains(p.Message, "%!") || strings.Contains(p.Hint, "%!") {
			t.Errorf("the message of %s is broken: %q (%q)", p.Code, p.Message, p.Hint)
		}
	}
}

// contactFlow is a workflow with these actions; members replace the usual ones, one a line.
func contactFlow(actions string, members ...string) string {
	usual := []string{
		`"type":"CONTACT_FLOW"`, `"flowType":"WORKFLOW"`, `"objectTypeId":"0-1"`, `"name":"W"`, `"isEnabled":true`, `"startActionId":"1"`,
		`"enrollmentCriteria":{"type":"LIST_BASED","shouldReEnroll":false,"listFilterBranch":{"filterBranchType":"OR","filterBranchOperator":"OR","filters":[],"filterBranches":[{"filterBranchType":"AND","filterBranchOperator":"AND","filterBranches":[],"filters":[{"filterType":"PROPERTY","property":"email","operation":{"operationType":"ALL_PROPERTY","operator":"IS_KNOWN","includeObjectsWithNoValueSet":false}}]}]}}`,
	}
	key := func(m string) string { k, _, _ := strings.Cut(mark.ReplaceAllString(m, ""), ":"); return k }
	var lines []string
	for _, u := range usual {
		replaced := false
		for _, m := range members {
			replaced = replaced || key(m) == key(u)
		}
		if !replaced {
			lines = append(lines, u)
		}
	}
	for _, m := range members {
		if !strings.HasSuffix(m, ":") {
			lines = append(lines, m)
		}
	}
	lines = append(lines, `"actions":[`+actions+`]`)
	return "{\n" + strings.Join(lines, ",\n") + "\n}\n"
}

// Actions that are right.
const (
	askStep   = `{"type":"SINGLE_CONNECTION","actionId":"1","actionTypeId":"1-900001","actionTypeVersion":1,"fields":{"assistant":"qualifier","prompt":"Grade {{ enrolled_object.email }}"},"connection":{"edgeType":"STANDARD","nextActionId":"2"}}`
	notifyEnd = `{"type":"SINGLE_CONNECTION","actionId":"2","actionTypeId":"0-9","actionTypeVersion":0,"fields":{"user_ids":["11"],"delivery_method":"APP","subject":"New","body":"Hello"}}`
)

// step makes action id with a type and fields, leading to next unless that is "".
func step(id, typeID, fields, next string) string {
	connection := ""
	if next != "" {
		connection = `,"connection":{"edgeType":"STANDARD","nextActionId":"` + next + `"}`
	}
	return `{"type":"SINGLE_CONNECTION","actionId":"` + id + `","actionTypeId":"` + typeID + `","fields":{` + fields + `}` + connection + `}`
}

// marked puts a mark before an action.
func marked(codes, action string) string { return "«" + codes + "»" + action }

func TestCleanPortal(t *testing.T) {
	t.Parallel()
	files := baseFiles()
	files["workflows/clean.json"] = contactFlow(askStep + ",\n" + notifyEnd)
	files["responses/a.yaml"] = "- when: {assistant: qualifier}\n  reply: A\n"
	expect(t, files)
}

func TestFlowChecksOneWorkflow(t *testing.T) {
	t.Parallel()
	files := baseFiles()
	files["workflows/a.json"] = contactFlow(step("1", "0-9", `"user_ids":[«unknown_user»"13"],"subject":"x"`, ""))
	files["workflows/b.json"] = contactFlow(step("1", "0-9", `"user_ids":["14"],"subject":"x"`, ""))
	dir, want := write(t, files)
	p := load(t, dir)
	if diff := cmp.Diff(want, places(check.Flow(p, p.Flows[0]))); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

// A workflow that asks an assistant with impossible settings must say so even when only that workflow is checked.
func TestFlowChecksItsAssistants(t *testing.T) {
	t.Parallel()
	files := baseFiles()
	files["assistants/qualifier.yaml"] = "name: Lead qualifier\nmodel: gpt-6-luna\ntemperature: «unsupported_settings»0.5\nreasoning_effort: high\n"
	files["workflows/a.json"] = contactFlow(askStep + "," + notifyEnd)
	dir, want := write(t, files)
	p := load(t, dir)
	if diff := cmp.Diff(want, places(check.Flow(p, p.Flows[0], check.Options{}))); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}
