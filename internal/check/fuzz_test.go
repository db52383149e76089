package check_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"askflow/internal/check"
	"askflow/internal/flow"
	"askflow/internal/portal"
)

// FuzzFlow: whatever a workflow file holds, checking it ends, and every finding has a code, a message and the file.
func FuzzFlow(f *testing.F) {
	for _, seed := range []string{
		contactFlow(askStep + "," + notifyEnd), contactFlow(branch("1", 2, "2", noNameTwo) + "," + notifyEnd),
		contactFlow(static("1", failedInput, `{"branchValue":"{{","connection":null}`, defaultTwo)),
		contactFlow(step("1", "0-3", `"subject":["{{ a }}"],"associations":[{}],"owner_assignment":{"value":{}},"due_time":{}`, "")),
		contactFlow(step("1", "0-5", `"property_name":{},"value":{"type":"LIST"},"association":{"associationTypeId":"x"}`, "1")),
		contactFlow(step("1", "0-14", `"object_type_id":"0-1","properties":[{"targetProperty":"topics","value":{"type":"STATIC_VALUE","staticValue":";;"}}]`, "")),
		contactFlow(step("1", "0-35", `"date":{"type":"OBJECT_PROPERTY"},"delta":{},"time_unit":[]`, "1")),
		`{"type":"X","actions":[{"type":"CUSTOM_CODE"},{"type":"WEBHOOK","webhookUrl":"{{"},{"type":"AB_TEST_BRANCH","testBranches":[null]}]}`,
		"name: x\nobject: contact\nsteps:\n  - ask_openai_assistant: {id: a, assistant: b, prompt: '{{ action_outputs.a.response }}'}\n",
	} {
		f.Add(seed)
	}
	dir := f.TempDir()
	for name, text := range baseFiles() {
		full := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			f.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			f.Fatal(err)
		}
	}
	p, err := portal.Load(f.Context(), dir, portal.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		name := "workflows/x.yaml"
		if strings.HasPrefix(strings.TrimSpace(text), "{") {
			name = "workflows/x.json"
		}
		parsed, _ := flow.Parse(name, []byte(text), p.Settings.OpenAIAction)
		if parsed == nil {
			return
		}
		for _, problem := range check.Flow(p, parsed) {
			if problem.Code == "" || problem.Message == "" || problem.File == "" || strings.Contains(problem.Message, "%!") {
				t.Errorf("a finding without code, message or file: %+v", problem)
			}
		}
	})
}

// chain makes n asks in a row, each reading the answer before it.
func chain(n int) string {
	var b strings.Builder
	for i := 1; i <= n; i++ {
		prompt := "x"
		if i > 1 {
			prompt = fmt.Sprintf("{{ action_outputs.action_output_%d.response }}", i-1)
		}
		if i > 1 {
			b.WriteByte(',')
		}
		next := ""
		if i < n {
			next = fmt.Sprint(i + 1)
		}
		b.WriteString(step(fmt.Sprint(i), "1-900001", `"assistant":"qualifier","prompt":"`+prompt+`"`, next))
	}
	return contactFlow(b.String())
}

func TestLongChain(t *testing.T) {
	t.Parallel()
	files := baseFiles()
	files["workflows/w.json"] = chain(10_000)
	expect(t, files)
}

func BenchmarkFlow(b *testing.B) {
	dir := b.TempDir()
	files := baseFiles()
	files["workflows/w.json"] = chain(100)
	for name, text := range files {
		full := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	p, err := portal.Load(b.Context(), dir, portal.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if found := check.Flow(p, p.Flows[0]); len(found) > 0 {
			b.Fatal(found)
		}
	}
}
