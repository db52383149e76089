package assistant_test

import (
	"strings"
	"testing"

	"askflow/internal/assistant"
	"askflow/internal/source"

	"github.com/google/go-cmp/cmp"
)

const exported = `{"id":"asst_abc123","object":"assistant","created_at":1698984975,"name":"Math Tutor","description":null,
"model":"gpt-4o","instructions":"Be brief.","tools":[{"type":"code_interpreter"},{"type":"function","function":{"name":"f"}}],
"tool_resources":{"code_interpreter":{"file_ids":[]}},"metadata":{"team":"sales","n":7},"top_p":1.0,"temperature":1.0,
"reasoning_effort":null,"response_format":"auto","x_new":true}`

func TestReadAssistantFromAnExport(t *testing.T) {
	t.Parallel()
	n, problems := source.ParseJSON("assistants/tutor.json", []byte(exported))
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	a, problems := assistant.ReadAssistant("assistants/tutor.json", n, false)
	if problems.HasErrors() || len(problems) != 3 {
		t.Fatalf("want warnings about two tools and a member, got %v", problems)
	}
	if a.ID != "asst_abc123" || a.Name != "Math Tutor" || a.Model != "gpt-4o" || a.Temperature != nil || a.TopP != nil || a.ResponseFormat != nil ||
		a.ReasoningEffort != "" || a.Node != n || a.ModelPos.Line != 2 {
		t.Errorf("%+v", a)
	}
	if d := cmp.Diff([]string{"code_interpreter", "function"}, a.Tools); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]string{"team": "sales", "n": "7"}, a.Metadata); d != "" {
		t.Error(d)
	}
}

func TestReadAssistant(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		codes      string
		check      func(*assistant.Assistant) bool
	}{
		{"smallest", "name: A\nmodel: m\n", "", func(a *assistant.Assistant) bool { return a.ID == "writer" && a.Name == "A" && a.Model == "m" }},
		{"settings", "name: A\nmodel: m\ntemperature: 0\ntop_p: 0.5\nreasoning_effort: none\n", "", func(a *assistant.Assistant) bool {
			return *a.Temperature == 0 && *a.TopP == 0.5 && a.ReasoningEffort == "none"
		}},
		{"schema", "name: A\nmodel: m\nresponse_format: {type: json_schema, json_schema: {name: n, schema: {type: object}}}\n", "", func(a *assistant.Assistant) bool { return a.ResponseFormat != nil }},
		{"plain text format", "name: A\nmodel: m\nresponse_format: {type: text}\n", "", func(a *assistant.Assistant) bool { return a.ResponseFormat == nil }},
		{"nothing required is there", "description: x\n", "missing_key missing_key", nil},
		{"typo", "name: A\nmodel: m\ntemprature: 1\n", "unknown_key", nil},
		{"too hot", "name: A\nmodel: m\ntemperature: 2.5\n", "bad_value", func(a *assistant.Assistant) bool { return a.Temperature == nil }},
		{"top_p above 1", "name: A\nmodel: m\ntop_p: 1.5\n", "bad_value", nil},
		{"temperature is text", "name: A\nmodel: m\ntemperature: warm\n", "wrong_type", nil},
		{"effort", "name: A\nmodel: m\nreasoning_effort: hihg\n", "bad_effort", nil},
		{"format", "name: A\nmodel: m\nresponse_format: {type: xml}\n", "bad_value", nil},
		{"format without schema", "name: A\nmodel: m\nresponse_format: {type: json_schema}\n", "missing_key", nil},
		{"format is a list", "name: A\nmodel: m\nresponse_format: []\n", "bad_value", nil},
		{"tools", "name: A\nmodel: m\ntools: [file_search, {type: magic}, {}]\n", "tool_not_executed tool_not_executed bad_tool", nil},
		{"metadata", "name: A\nmodel: m\nmetadata: {a: [1]}\n", "wrong_type", nil},
		{"a list", "- 1\n", "not_an_assistant", nil},
		{"a listing", "data: []\n", "not_an_assistant", nil},
		{"empty", "", "empty_file", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			n, problems := source.ParseYAML("assistants/writer.yaml", []byte(test.text))
			if problems.HasErrors() {
				t.Fatal(problems)
			}
			a, problems := assistant.ReadAssistant("assistants/writer.yaml", n, true)
			var codes []string
			for _, p := range problems {
				codes = append(codes, p.Code)
				if p.File != "assistants/writer.yaml" || test.text != "" && p.Line == 0 {
					t.Errorf("no place: %v", p)
				}
			}
			if got := strings.Join(codes, " "); got != test.codes {
				t.Errorf("%v, want %s", problems, test.codes)
			}
			if test.check != nil && !test.check(a) {
				t.Errorf("%+v", a)
			}
		})
	}
}

func FuzzReadAssistant(f *testing.F) {
	f.Add(exported, false)
	f.Add(`{"data":[]}`, false)
	f.Add(`{"model":[],"tools":{"type":1},"metadata":[],"response_format":{"type":{}},"temperature":"1e999"}`, true)
	models := assistant.DefaultModels()
	f.Fuzz(func(t *testing.T, text string, strict bool) {
		n, problems := source.ParseJSON("a.json", []byte(text))
		if problems.HasErrors() {
			return
		}
		a, problems := assistant.ReadAssistant("a.json", n, strict)
		if a == nil {
			if !problems.HasErrors() {
				t.Error("no assistant and no error")
			}
			return
		}
		if a.ID == "" || a.Name == "" {
			t.Errorf("without id or name: %+v", a)
		}
		if q, err := assistant.Resolve(a, assistant.Responses, 100, models, nil, assistant.FromAssistant(a)); (q == nil) == (err == nil) {
			t.Errorf("Resolve gives %v and %v", q, err)
		}
	})
}
