package flow_test

import (
	"os"
	"path/filepath"
	"testing"

	"askflow/internal/flow"
	"askflow/internal/source"
)

func addFiles(f *testing.F, pattern string) {
	f.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		f.Fatal(pattern, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
}

// checkFlow uses a flow in every way that must not fail on any input, and converts it to YAML and back.
func checkFlow(t *testing.T, n *source.Node) {
	t.Helper()
	f, _ := flow.Decode("f", n)
	if f == nil {
		return
	}
	g := flow.Analyze(f)
	for _, a := range f.Actions {
		if g.Before(a.ID, f.Actions[0].ID) != g.Earlier(f.Actions[0].ID)[a.ID] {
			t.Fatalf("Before and Earlier disagree on %q", a.ID)
		}
	}
	if c := flow.Canonical(n); compact(flow.Canonical(c)) != compact(c) {
		t.Fatal("a second Canonical changes the flow")
	}
	tree, err := flow.ToYAML(f, flow.DefaultOpenAIAction())
	if err != nil {
		return // it says so instead of losing something
	}
	text, err := source.FormatYAML(tree)
	if err != nil {
		t.Fatal(err)
	}
	again, problems := source.ParseYAML("f", text)
	if again == nil {
		t.Fatal(problems)
	}
	back, problems := flow.FromYAML("f", again, flow.DefaultOpenAIAction())
	if back == nil || !source.Equal(back, flow.Canonical(n)) {
		t.Fatalf("%v\n%s\n%s", problems, compact(n), text)
	}
}

func FuzzDecodeJSON(f *testing.F) {
	addFiles(f, "testdata/flows/*.json")
	f.Add([]byte(`{"type":"X","objectTypeId":"0-1","actions":[{"actionId":"1","type":"LIST_BRANCH","listBranches":[null,{"connection":null}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if n, _ := source.ParseJSON("f", data); n != nil {
			checkFlow(t, n)
		}
	})
}

func FuzzFromYAML(f *testing.F) {
	addFiles(f, "testdata/yaml/*.yaml")
	f.Add([]byte("object: deal\nsteps: [{action: {type: WEBHOOK, connection: null}}, {go_to: 1}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		n, _ := source.ParseYAML("f", data)
		if n == nil {
			return
		}
		v4, problems := flow.FromYAML("f", n, flow.DefaultOpenAIAction())
		if (v4 == nil) != problems.HasErrors() {
			t.Fatal(problems)
		}
		if v4 != nil {
			checkFlow(t, v4)
		}
	})
}

func BenchmarkFromYAML(b *testing.B) {
	data, err := os.ReadFile("testdata/yaml/lead.yaml")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if f, problems := flow.Parse("lead.yaml", data, flow.DefaultOpenAIAction()); f == nil {
			b.Fatal(problems)
		}
	}
}
