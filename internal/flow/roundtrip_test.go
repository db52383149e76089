package flow_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/flow"
	"askflow/internal/source"
)

// toYAML converts a v4 object to the short form's text and back, and fails unless the object comes back.
func toYAML(t *testing.T, n *source.Node, opts ...flow.Option) string {
	t.Helper()
	f, _ := flow.Decode("f.json", n)
	if f == nil {
		t.Fatal("the flow was not decoded")
	}
	tree, err := flow.ToYAML(f, flow.DefaultOpenAIAction(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	text, err := source.FormatYAML(tree)
	if err != nil {
		t.Fatal(err)
	}
	back := fromYAML(t, string(text), opts...)
	want, got := string(f.JSON()), string(source.FormatJSON(back))
	if !source.Equal(flow.Canonical(n), back) {
		t.Fatalf("JSON -> YAML -> JSON (-want +got):\n%s\n%s", cmp.Diff(want, got), text)
	}
	return string(text)
}

func fromYAML(t *testing.T, text string, opts ...flow.Option) *source.Node {
	t.Helper()
	n, problems := source.ParseYAML("f.yaml", []byte(text))
	if problems.HasErrors() {
		t.Fatalf("%v\n%s", problems, text)
	}
	back, problems := flow.FromYAML("f.yaml", n, flow.DefaultOpenAIAction(), opts...)
	if back == nil {
		t.Fatalf("%v\n%s", problems, text)
	}
	return back
}

func parseJSON(t *testing.T, data []byte) *source.Node {
	t.Helper()
	n, problems := source.ParseJSON("f.json", data)
	if n == nil {
		t.Fatal(problems)
	}
	return n
}

func TestJSONToYAMLAndBack(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/flows/*.json")
	if err != nil || len(files) < 25 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			text := toYAML(t, parseJSON(t, data))
			// Once more from what was written: the short form settles at once.
			if again := toYAML(t, fromYAML(t, text)); again != text {
				t.Errorf("YAML -> JSON -> YAML (-first +second):\n%s", cmp.Diff(text, again))
			}
			whole := strings.HasPrefix(text, "flow:")
			if broken := strings.HasPrefix(filepath.Base(file), "broken-") || filepath.Base(file) == "collision.json"; whole != broken {
				t.Errorf("the whole object under flow: %v, want %v\n%s", whole, broken, text)
			}
		})
	}
}
