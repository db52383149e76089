package flow_test

import (
	"os"
	"strings"
	"testing"

	"askflow/internal/flow"
)

// The example in the documentation is a workflow without a mistake.
func TestDocumentedExample(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(data), "\n## workflows/")
	_, example, also := strings.Cut(section, "```yaml\n")
	example, _, end := strings.Cut(example, "```")
	if !ok || !also || !end {
		t.Fatal("the section on workflows has no example")
	}
	f, problems := flow.Parse("example.yaml", []byte(example), flow.DefaultOpenAIAction())
	if len(problems) > 0 || f == nil || len(f.Actions) != 8 {
		t.Fatalf("%v", problems)
	}
	if g := flow.Analyze(f); len(g.Unreachable)+len(g.Dangling)+len(g.Cycles) > 0 {
		t.Errorf("%+v", g)
	}
	for _, step := range []string{"ask_openai_assistant", "set_property", "create_task", "notify", "send_internal_email", "delay", "delay_until",
		"create_record", "branch", "branch_on", "random_split", "action"} {
		if !strings.Contains(section, "`"+step+"`") {
			t.Errorf("the step %s is not documented", step)
		}
	}
}
