package openaisim_test

import (
	"strings"
	"testing"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/openaisim"
	"askflow/internal/source"

	"github.com/google/go-cmp/cmp"
)

func TestReadRules(t *testing.T) {
	t.Parallel()
	got := rules(t, `
- name: California
  when:
    assistant: state-formatter
    model: gpt-6-luna
    record: 0101
    step: "1"
    prompt: {contains: Calif, matches: '(?i)state:\s*(?P<raw>.*)', not_contains: [x, y], starts_with: S, equals: "S"}
    instructions: kind
  reply: "${raw} $${x} $5"
  usage: {input_tokens: 90, output_tokens: 2, reasoning_tokens: 0}
  latency: 800ms
- when: {record: "117"}
  fault: {status: 429, code: rate_limit_exceeded, message: m, type: requests, param: p, retry_after: 2s, headers: {x-should-retry: "false"}}
  times: 2
- fault: {code: invalid_api_key, retry_after: 0.5}
  rate: 0.05
- fault: timeout
  when: {prompt: a}
- reply: 42
`)
	if len(got) != 5 {
		t.Fatalf("%d rules", len(got))
	}
	first := got[0]
	equals := "S"
	if d := cmp.Diff(openaisim.Text{Contains: []string{"Calif"}, NotContains: []string{"x", "y"}, StartsWith: "S", Equals: &equals},
		openaisim.Text{Contains: first.When.Prompt.Contains, NotContains: first.When.Prompt.NotContains, StartsWith: first.When.Prompt.StartsWith, Equals: first.When.Prompt.Equals},
		cmp.FilterPath(func(p cmp.Path) bool { f := p.Last().String(); return f == ".literal" || f == ".Matches" }, cmp.Ignore())); d != "" {
		t.Error(d)
	}
	if first.Name != "California" || first.When.Record != "0101" || first.When.Step != "1" || first.Latency != 800*time.Millisecond || first.Pos.Line != 2 ||
		first.When.AssistantPos.Line != 4 || first.When.Instructions.Contains[0] != "kind" || first.Usage.InputTokens != 90 || !strings.Contains(first.Title(), "California") {
		t.Errorf("%+v", first)
	}
	want := &openaisim.Fault{Kind: openaisim.FaultStatus, Status: 429, Code: "rate_limit_exceeded", Message: "m", Type: "requests", Param: "p", RetryAfter: 2 * time.Second, Headers: map[string]string{"X-Should-Retry": "false"}}
	if d := cmp.Diff(want, got[1].Fault); d != "" || got[1].Times != 2 {
		t.Error(d, got[1].Times)
	}
	if f := got[2].Fault; f.Status != 401 || f.RetryAfter != 500*time.Millisecond || got[2].Rate != 0.05 || got[2].Always() {
		t.Errorf("%+v", got[2])
	}
	if got[3].Fault.Kind != openaisim.FaultTimeout || got[4].Reply != "42" || !got[4].Always() {
		t.Errorf("%+v %+v", got[3], got[4])
	}
}

func TestReadRulesComplaints(t *testing.T) {
	t.Parallel()
	for text, code := range map[string]string{
		"a: 1":                             "wrong_type",
		"- 1":                              "wrong_type missing_key",
		"- {}":                             "missing_key",
		"- {reply: a, repy: b}":            "unknown_key",
		"- {reply: a, when: {recrd: 1}}":   "unknown_key",
		"- {reply: a, when: 3}":            "wrong_type",
		"- {reply: [a]}":                   "wrong_type",
		"- {reply: a, fault: timeout}":     "reply_and_fault",
		"- {reply: a, fault: refusal}":     "",
		"- {reply: a, fault: incomplete}":  "",
		"- {fault: timeouts}":              "bad_fault",
		"- {fault: {}}":                    "missing_key",
		"- {fault: {status: 200}}":         "bad_value",
		"- {fault: {status: 600}}":         "bad_value",
		"- {fault: {status: 429, cod: a}}": "unknown_key",
		"- {fault: {status: 429, headers: {\"a b\": c}}}":             "bad_header",
		"- {fault: {status: 429, headers: {a: \"b\\nc\"}}}":           "bad_header",
		"- {fault: {status: 429, headers: {a: [b]}}}":                 "bad_header",
		"- {fault: {status: 429, retry_after: -1s}}":                  "bad_duration",
		"- {fault: reset, usage: {input_tokens: 1}}":                  "usage_without_answer",
		"- {reply: a, latency: 800}":                                  "bad_duration",
		"- {reply: a, latency: 25h}":                                  "bad_duration",
		"- {reply: a, times: 0}":                                      "bad_value",
		"- {reply: a, times: 99999999}":                               "bad_value",
		"- {reply: a, rate: 0}":                                       "bad_value",
		"- {reply: a, rate: 1.1}":                                     "bad_value",
		"- {reply: a, usage: {input_tokens: -1}}":                     "bad_value",
		"- {reply: a, usage: {input_tokens: 1, cached_tokens: 2}}":    "bad_usage",
		"- {reply: a, usage: {reasoning_tokens: 2}}":                  "bad_usage",
		"- {reply: a, when: {prompt: {matches: \"(\"}}}":              "bad_expression",
		"- {reply: a, when: {prompt: {}}}":                            "empty_condition",
		"- {reply: a, when: {prompt: [a]}}":                           "wrong_type empty_condition",
		"- {reply: \"${x}\"}":                                         "bad_reply",
		"- {reply: \"${1}\", when: {prompt: {matches: a}}}":           "bad_reply",
		"- {reply: \"${1\", when: {prompt: {matches: (a)}}}":          "bad_reply",
		"- {reply: \"${1}${0}\", when: {prompt: {matches: (a)}}}":     "bad_reply",
		"- {reply: \"${-1}\", when: {prompt: {matches: (a)}}}":        "bad_reply",
		"- reply: a\n- reply: b\n- reply: c\n":                        "unreachable_rule",
		"- {reply: a, times: 1}\n- reply: b\n":                        "",
		"- {reply: a, when: {prompt: x}}\n- reply: b\n":               "",
		"- {reply: a, when: {instructions: {matches: (x)}}}":          "",
		"- {reply: \"${1}\", when: {instructions: {matches: (x)}}}":   "",
		"- {reply: \"$${1} $ $$ }\"}":                                 "",
		"- {reply: a, when: {}}\n- {reply: b, when: {record: 101}}\n": "unreachable_rule",
	} {
		n, problems := source.ParseYAML("r.yaml", []byte(text))
		if problems.HasErrors() {
			t.Fatalf("%s: %v", text, problems)
		}
		got, problems := openaisim.ReadRules("r.yaml", n)
		var codes []string
		for _, p := range problems {
			codes = append(codes, p.Code)
			if p.File != "r.yaml" || p.Line == 0 || p.Message == "" {
				t.Errorf("%s: no place: %+v", text, p)
			}
		}
		if c := strings.Join(codes, " "); c != code {
			t.Errorf("%s: %v, want %s", text, problems, code)
		}
		if problems.HasErrors() && len(got) != 0 {
			t.Errorf("%s: a rule with errors is kept", text)
		}
	}
	if got, problems := openaisim.ReadRules("r.yaml", nil); got != nil || problems != nil {
		t.Error("an empty file scripts something")
	}
}

func TestCheckOrder(t *testing.T) {
	t.Parallel()
	read := func(file, text string) []*openaisim.Rule {
		n, _ := source.ParseYAML(file, []byte(text))
		got, problems := openaisim.ReadRules(file, n)
		if problems.HasErrors() {
			t.Fatal(problems)
		}
		return got
	}
	all := append(read("a.yaml", "- reply: a\n"), read("b.yaml", "- {reply: b, when: {record: 1}}\n")...)
	if problems := openaisim.CheckOrder(all); len(problems) != 1 || problems[0].File != "b.yaml" || problems[0].Line != 1 {
		t.Errorf("%v", problems)
	}
	all[0], all[1] = all[1], all[0]
	if problems := openaisim.CheckOrder(all); len(problems) != 0 {
		t.Errorf("%v", problems)
	}
}

// FuzzReadRules reads scripted answers and plays what is left of them: nothing may panic, and what was read must answer
// or say why not.
func FuzzReadRules(f *testing.F) {
	for _, s := range []string{
		"- reply: CA\n",
		"- when: {prompt: {contains: Calif, matches: '(?i)state:\\s*(?P<raw>.*)'}}\n  reply: \"${raw} ${1} $${x}\"\n  latency: 800ms\n  usage: {input_tokens: 90}\n",
		"- when: {record: \"101\"}\n  fault: {status: 429, retry_after: 2s, headers: {a: b}}\n  times: 2\n- fault: truncated\n",
		"- {fault: refusal, reply: no, rate: 0.5}\n- {fault: incomplete}\n",
		"- {fault: invalid_json, when: {instructions: {not_contains: x}}}\n- {fault: empty}\n",
		"- &a {reply: a}\n- *a\n",
		"- {reply: '${', when: 1}\n- []\n- ~\n",
	} {
		f.Add(s, "State: Calif.")
	}
	models := assistant.DefaultModels()
	f.Fuzz(func(t *testing.T, text, prompt string) {
		n, problems := source.ParseYAML("rules.yaml", []byte(text))
		if problems.HasErrors() {
			return
		}
		read, problems := openaisim.ReadRules("rules.yaml", n)
		for _, p := range problems {
			if p.Line == 0 || p.Message == "" {
				t.Errorf("no place or no words: %+v", p)
			}
		}
		sim := openaisim.New(openaisim.Options{Rules: read, Models: models})
		client := assistant.NewClient(assistant.Config{Transport: sim, Models: models})
		q := benchQuestion()
		q.Prompt = prompt
		for _, protocol := range []assistant.Protocol{assistant.Responses, assistant.Chat} {
			q.Protocol = protocol
			a, err := client.Ask(benchContext(), q)
			if a == nil || (err == nil) != (a.Text != "") {
				t.Errorf("%+v %v", a, err)
			}
		}
	})
}
