package rewrite_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"askflow/internal/flow"
	"askflow/internal/rewrite"
	"askflow/internal/source"
)

const demoFolder = "../../testdata/demo/workflows"

// demoFiles are the demo's workflows, each as YAML and as JSON, and each with CRLF too.
func demoFiles(t *testing.T) []rewrite.File {
	t.Helper()
	entries, err := os.ReadDir(demoFolder)
	if err != nil {
		t.Fatal(err)
	}
	var out []rewrite.File
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(demoFolder, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		f := file(e.Name(), string(text))
		out = append(out, f, file("crlf-"+e.Name(), strings.ReplaceAll(string(text), "\n", "\r\n")))
		old := parsed(t, f)
		if strings.HasSuffix(e.Name(), ".json") {
			short, err := flow.ToYAML(old, f.OpenAI)
			if err != nil {
				t.Fatal(err)
			}
			text, err := source.FormatYAML(short)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, file(e.Name()+".yaml", string(text)))
		} else {
			out = append(out, file(e.Name()+".json", string(old.JSON())))
		}
	}
	if len(out) != 12 {
		t.Fatalf("there are %d files of demo workflows, not 12", len(out))
	}
	return out
}

func file(name, text string) rewrite.File {
	return rewrite.File{Name: name, Text: []byte(text), OpenAI: flow.DefaultOpenAIAction()}
}

func parsed(t *testing.T, f rewrite.File) *flow.Flow {
	t.Helper()
	out, problems := flow.Parse(f.Name, f.Text, f.OpenAI, f.Options...)
	if problems.HasErrors() {
		t.Fatalf("%s: %v\n%s", f.Name, problems, f.Text)
	}
	return out
}

func askStep(t *testing.T, f *flow.Flow) *flow.Action {
	t.Helper()
	for _, a := range f.Actions {
		if a.TypeID == flow.DefaultOpenAIAction().TypeID {
			return a
		}
	}
	t.Fatalf("%s asks nobody", f.File)
	return nil
}

// changed counts the lines that a change took and gave.
func changed(before, after []byte) (deleted, inserted int) {
	for _, l := range rewrite.Lines(string(before), string(after)) {
		switch l.Kind {
		case rewrite.Delete:
			deleted++
		case rewrite.Insert:
			inserted++
		}
	}
	return deleted, inserted
}

func TestSetFieldsOfTheDemo(t *testing.T) {
	t.Parallel()
	for _, f := range demoFiles(t) {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			old := parsed(t, f)
			ask := askStep(t, old)
			for field, value := range map[string]string{"model": "gpt-6-sol", "temperature": "0.7", "reasoning_effort": "high", "assistant": "somebody-else",
				"prompt": "One: {{ enrolled_object.firstname }}\n\n  two  \nthree # no comment\n"} {
				text, err := f.SetField(ask.Display(), field, value)
				if err != nil {
					t.Fatalf("%s: %v", field, err)
				}
				now := parsed(t, rewrite.File{Name: f.Name, Text: text, OpenAI: f.OpenAI})
				if got := now.Action(ask.ID).Field(field); got == nil || got.Text != value {
					t.Errorf("%s became %v, not %q", field, got, value)
				}
				deleted, inserted := changed(f.Text, text)
				was := ask.Field(field)
				switch {
				case field == "prompt":
				case was != nil && (deleted != 1 || inserted != 1):
					t.Errorf("setting %s changed %d lines into %d:\n%s", field, deleted, inserted, rewrite.Diff(string(f.Text), string(text), f.Name))
				case was == nil && (deleted > 1 || inserted-deleted != 1):
					t.Errorf("adding %s changed %d lines into %d:\n%s", field, deleted, inserted, rewrite.Diff(string(f.Text), string(text), f.Name))
				}
				if crlf := bytes.Count(text, []byte("\r\n")); strings.HasPrefix(f.Name, "crlf") && crlf != bytes.Count(text, []byte("\n")) {
					t.Errorf("setting %s broke the line endings", field)
				}
				back, err := rewrite.File{Name: f.Name, Text: text, OpenAI: f.OpenAI}.SetField(ask.Display(), field, fieldText(was))
				switch {
				case was == nil && (field == "model" || field == "temperature" || field == "reasoning_effort") && err != nil:
					t.Errorf("%s could not be taken out: %v", field, err)
				case was != nil && err != nil:
					t.Errorf("%s could not be set back: %v", field, err)
				case string(back) != string(f.Text):
					t.Errorf("setting %s and setting it back left\n%s", field, rewrite.Diff(string(f.Text), string(back), f.Name))
				}
			}
		})
	}
}

func fieldText(n *source.Node) string {
	if n == nil {
		return ""
	}
	return n.Text
}

func TestInsertATaskAfterEachStepOfTheDemo(t *testing.T) {
	t.Parallel()
	for _, f := range demoFiles(t) {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			old := parsed(t, f)
			for _, a := range old.Actions {
				text, step, err := f.InsertStep(rewrite.Place{After: a.Display()}, "create_task", []rewrite.Field{
					rewrite.TextField("subject", "Look: {{ enrolled_object.firstname }}"), rewrite.TextField("body", "first\n\nlast"), rewrite.TextField("priority", "HIGH")})
				if err != nil {
					t.Errorf("after %s: %v", a.Display(), err)
					continue
				}
				now := parsed(t, rewrite.File{Name: f.Name, Text: text, OpenAI: f.OpenAI})
				task := now.ActionByName(step)
				if task == nil || task.TypeID != flow.TypeCreateTask || task.Field("subject").Text != "Look: {{ enrolled_object.firstname }}" || task.Field("body").Text != "first\n\nlast" {
					t.Fatalf("after %s: the new step %q is %+v", a.Display(), step, task)
				}
				if len(now.Actions) != len(old.Actions)+1 {
					t.Errorf("after %s: %d steps became %d", a.Display(), len(old.Actions), len(now.Actions))
				}
				if deleted, _ := changed(f.Text, text); deleted > 0 && !strings.Contains(f.Name, ".json") {
					t.Errorf("after %s: lines were changed:\n%s", a.Display(), rewrite.Diff(string(f.Text), string(text), f.Name))
				}
				back, err := rewrite.File{Name: f.Name, Text: text, OpenAI: f.OpenAI}.RemoveStep(step)
				if err != nil {
					t.Errorf("after %s: taking it out again: %v", a.Display(), err)
					continue
				}
				if got := parsed(t, rewrite.File{Name: f.Name, Text: back, OpenAI: f.OpenAI}); !source.Equal(withoutNumber(got.Node), withoutNumber(old.Node)) {
					t.Errorf("after %s: taking it out again left\n%s", a.Display(), rewrite.Diff(string(f.Text), string(back), f.Name))
				}
			}
		})
	}
}

// withoutNumber leaves out the next free action id, which only grows.
func withoutNumber(n *source.Node) *source.Node {
	n = n.Clone()
	n.Delete("nextAvailableActionId")
	return n
}

func TestNewStepOfEachKind(t *testing.T) {
	t.Parallel()
	value, err := rewrite.YAMLField("value", "{output: summarize.response}")
	if err != nil {
		t.Fatal(err)
	}
	users, err := rewrite.YAMLField("users", "[11, '012']")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(demoFolder, "record-summary.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	f := file("record-summary.yaml", string(text))
	asJSON := file("record-summary.json", string(parsed(t, f).JSON()))
	for i, tt := range []struct {
		kind   string
		fields []rewrite.Field
		name   string
	}{
		{"ask_openai_assistant", []rewrite.Field{rewrite.TextField("assistant", "a"), rewrite.TextField("prompt", "p\nq"), rewrite.TextField("temperature", "0.5")}, "ask"},
		{"create_task", []rewrite.Field{rewrite.TextField("subject", "s")}, "task"},
		{"notify", []rewrite.Field{users, rewrite.TextField("subject", "s: #1")}, "notify"},
		{"send_internal_email", []rewrite.Field{users, rewrite.TextField("subject", "- s")}, "email"},
		{"set_property", []rewrite.Field{rewrite.TextField("property", "p"), value}, "set"},
		{"delay", []rewrite.Field{rewrite.TextField("delay", "2d")}, "wait"},
		{"branch_on", nil, "branch"},
		{"stop", nil, ""},
	} {
		for _, f := range []rewrite.File{f, asJSON} {
			out, step, err := f.InsertStep(rewrite.Place{After: "summarize"}, tt.kind, tt.fields)
			if err != nil {
				t.Errorf("%s in %s: %v", tt.kind, f.Name, err)
				continue
			}
			want := tt.name
			if strings.HasSuffix(f.Name, ".json") && want != "" {
				want = strconv.Itoa(len(parsed(t, f).Actions) + 1)
			}
			if step != want {
				t.Errorf("%d: %s in %s is called %q, not %q", i, tt.kind, f.Name, step, want)
			}
			now := parsed(t, rewrite.File{Name: f.Name, Text: out, OpenAI: f.OpenAI})
			if tt.kind == "stop" {
				if c := now.ActionByName("summarize").Connection; c != nil {
					t.Errorf("%s: the workflow goes on at %s after stop", f.Name, c.NextID)
				}
				continue
			}
			if c := now.ActionByName("summarize").Connection; c.NextID != now.ActionByName(step).ID {
				t.Errorf("%s in %s: the step before goes on at %s", tt.kind, f.Name, c.NextID)
			}
		}
	}
}
