package openaisim_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/clock"
	"askflow/internal/openaisim"
	"askflow/internal/run"
	"askflow/internal/source"

	"github.com/google/go-cmp/cmp"
)

// rules reads rules that must be right.
func rules(t testing.TB, text string) []*openaisim.Rule {
	t.Helper()
	n, problems := source.ParseYAML("rules.yaml", []byte(text))
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	out, problems := openaisim.ReadRules("rules.yaml", n)
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	return out
}

func protocols() []assistant.Protocol {
	return []assistant.Protocol{assistant.Responses, assistant.Chat, assistant.Assistants}
}

// who is one ask: the record, and what is changed about the question.
type who struct {
	record   string
	first    int // number of the first attempt
	prompt   string
	protocol assistant.Protocol
	change   func(*assistant.Question)
}

func play(t testing.TB, o openaisim.Options, w who) (*assistant.Answer, *clock.Timeline, error) {
	t.Helper()
	if o.Models == nil {
		o.Models = assistant.DefaultModels()
	}
	if w.protocol == assistant.Assistants && o.Era == "" {
		o.Era = openaisim.EraAssistants
	}
	client := assistant.NewClient(assistant.Config{Transport: openaisim.New(o), Models: o.Models, Seed: 1, Timeout: 30 * time.Second})
	timeline := clock.NewTimeline(benchNow, clock.Skip)
	ctx := assistant.WithCaller(clock.With(context.Background(), timeline), assistant.Caller{RecordType: "contact", RecordID: w.record,
		Assistant: "asst_1", AssistantName: "state-formatter", Step: "1", StepName: "ask", Visit: 1, FirstAttempt: w.first})
	q := benchQuestion()
	q.Prompt = w.prompt
	if w.protocol != "" {
		q.Protocol = w.protocol
	}
	if w.change != nil {
		w.change(q)
	}
	a, err := client.Ask(ctx, q)
	return a, timeline, err
}

func TestMatching(t *testing.T) {
	t.Parallel()
	scripted := rules(t, `
- {when: {record: "7", prompt: {equals: "hi"}}, reply: record and prompt}
- {when: {prompt: {equals: "hi"}}, reply: the very prompt}
- {when: {prompt: {starts_with: "Dear", not_contains: "Sir"}}, reply: dear}
- {when: {assistant: state-formatter, prompt: "Calif"}, reply: by name}
- {when: {assistant: asst_1, prompt: "Texas"}, reply: by id}
- {when: {assistant: other, prompt: "Nevada"}, reply: other}
- {when: {model: gpt-4o, prompt: "Nevada"}, reply: model}
- {when: {step: ask, prompt: "Ohio"}, reply: step by name}
- {when: {step: "1", prompt: "Utah"}, reply: step by id}
- {when: {step: "2", prompt: "Nevada"}, reply: other step}
- {when: {instructions: "German", prompt: "Nevada"}, reply: other instructions}
- {when: {instructions: {matches: 'state of a (\w+)'}, prompt: "Maine"}, reply: "${1}"}
- {when: {prompt: {matches: '(?i)zip:\s*(?P<zip>\d+)( |$)'}}, reply: "${zip}, ${1}!"}
- {when: {prompt: {matches: 'a(b)?c'}}, reply: "[${1}]"}
- {when: {record: "7"}, reply: record}
- {when: {prompt: {matches: '(?i)KITS'}}, reply: kits}
`)
	for prompt, want := range map[string]string{
		"hi": "the very prompt", "7:hi": "record and prompt", "7:other": "record", "Dear all": "dear", "Calif.": "by name", "in Texas": "by id",
		"Ohio": "step by name", "Utah": "step by id", "Maine": "contact", "ZIP: 94016 x": "94016, 94016!", "abc": "[b]", "xac": "[]",
		"\u212ait\u017f": "kits", "Dear Sir": "", "Nevada": "", "": "", "zip: x": "",
	} {
		record, text, found := strings.Cut(prompt, ":")
		if !found || record != "7" {
			record, text = "1", prompt
		}
		for _, protocol := range protocols() {
			a, _, err := play(t, openaisim.Options{Rules: scripted}, who{record: record, prompt: text, protocol: protocol})
			if a.Text != want || (err == nil) != (want != "") {
				t.Errorf("%s %q: %q, %v; want %q", protocol, prompt, a.Text, err, want)
			}
		}
	}
}

func TestTimesCountsAttempts(t *testing.T) {
	t.Parallel()
	scripted := rules(t, `
- {fault: {status: 500}, times: 2, when: {record: "1"}}
- {fault: {status: 503}, times: 1}
- {reply: done}
`)
	codes := func(record string, first int) string {
		a, _, _ := play(t, openaisim.Options{Rules: scripted}, who{record: record, first: first})
		var out []string
		for _, at := range a.Attempts {
			out = append(out, fmt.Sprint(at.Status))
		}
		return strings.Join(out, " ")
	}
	for _, test := range []struct {
		record string
		first  int
		want   string
	}{{"1", 1, "500 500 503"}, {"1", 2, "500 503 200"}, {"1", 4, "200"}, {"2", 1, "503 200"}, {"2", 2, "200"}} {
		for range 2 { // nothing is counted between asks
			if got := codes(test.record, test.first); got != test.want {
				t.Errorf("record %s from attempt %d: %s, want %s", test.record, test.first, got, test.want)
			}
		}
	}
}

func TestFaultsAreDrawnBySeed(t *testing.T) {
	t.Parallel()
	faults, scripted := rules(t, "- {fault: {status: 503}, rate: 0.25}\n"), rules(t, "- reply: ok\n")
	draw := func(seed int64) (failed int, pattern string) {
		sim := openaisim.New(openaisim.Options{Rules: scripted, Faults: faults, Seed: seed})
		for i := range 400 {
			ctx := assistant.WithCaller(context.Background(), assistant.Caller{RecordID: fmt.Sprint(i), Step: "1", Visit: 1, Attempt: 1})
			req, _ := http.NewRequestWithContext(ctx, http.MethodPost, "http://x/v1/responses", strings.NewReader(`{"model":"m","input":"x"}`))
			resp, err := sim.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode == http.StatusServiceUnavailable {
				failed++
			}
			pattern += fmt.Sprint(resp.StatusCode == http.StatusServiceUnavailable)
		}
		return failed, pattern
	}
	failed, first := draw(1)
	if failed < 60 || failed > 140 {
		t.Errorf("a rate of 0.25 fails %d of 400", failed)
	}
	if _, again := draw(1); again != first {
		t.Error("the same seed draws differently")
	}
	if _, other := draw(2); other == first {
		t.Error("another seed draws the same")
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		fault, code, says string
		attempts          int
		spent             time.Duration // at least
	}{
		{"timeout", assistant.CodeTimeout, "30s", 3, 90 * time.Second},
		{"reset", assistant.CodeConnection, "reset", 3, 0},
		{"truncated", assistant.CodeConnection, "broke off", 3, 0},
		{"invalid_json", assistant.CodeBadResponse, "JSON", 1, 0},
		{"empty", assistant.CodeEmpty, "nothing", 1, 0},
		{"refusal", assistant.CodeRefusal, "can't help", 1, 0},
		{"incomplete", assistant.CodeIncomplete, "max_output_tokens", 1, 0},
		{"{status: 429, retry_after: 2s}", assistant.CodeRateLimited, "rate limit", 3, 4 * time.Second},
		{"{status: 429, message: hold on}", assistant.CodeRateLimited, "hold on", 3, 0},
		{"{status: 429, retry_after: 2h}", assistant.CodeRateLimited, "2h0m0s", 1, 0},
		{"{code: insufficient_quota}", assistant.CodeNoCredit, "quota", 1, 0},
		{"{code: credit_balance_exhausted}", assistant.CodeNoCredit, "credit", 1, 0},
		{"{status: 401}", assistant.CodeBadKey, "key", 1, 0},
		{"{status: 401, message: 'Missing scopes: model.request'}", assistant.CodePermission, "model.request", 1, 0},
		{"{status: 403, code: model_not_found, message: no}", assistant.CodeModelAccess, "no", 1, 0},
		{"{status: 404}", assistant.CodeModelNotFound, "gpt-6-luna", 1, 0},
		{"{code: context_length_exceeded}", assistant.CodeContextLength, "context", 1, 0},
		{"{status: 500, headers: {x-should-retry: 'false'}}", assistant.CodeServer, "500", 1, 0},
		{"{status: 503}", assistant.CodeOverloaded, "overloaded", 3, 0},
	}
	for _, test := range tests {
		for _, protocol := range protocols() {
			t.Run(string(protocol)+" "+test.fault, func(t *testing.T) {
				t.Parallel()
				a, timeline, err := play(t, openaisim.Options{Rules: rules(t, "- fault: "+test.fault+"\n  latency: 100ms\n")}, who{prompt: "x", protocol: protocol})
				var e *assistant.Error
				if !errors.As(err, &e) || e.Code != test.code || !strings.Contains(strings.ToLower(e.Message), strings.ToLower(test.says)) || len(a.Attempts) != test.attempts {
					t.Fatalf("%+v\n%+v", a, err)
				}
				if spent := timeline.Now().Sub(benchNow); spent < test.spent || spent < time.Duration(test.attempts)*100*time.Millisecond {
					t.Errorf("%s passed", spent)
				}
				if a.Attempts[0].LatencyMs < 100 {
					t.Errorf("%+v", a.Attempts[0])
				}
			})
		}
	}
}

func TestLatencyAboveTheTimeout(t *testing.T) {
	t.Parallel()
	scripted := rules(t, "- {reply: late, latency: 31s, times: 1}\n- {reply: in time, latency: 29s}\n")
	a, _, err := play(t, openaisim.Options{Rules: scripted}, who{prompt: "x"})
	if err != nil || a.Text != "in time" || len(a.Attempts) != 2 || a.Attempts[0].Code != assistant.CodeTimeout || a.Attempts[0].LatencyMs != 30_000 || a.Attempts[1].LatencyMs != 29_000 {
		t.Errorf("%+v %v", a, err)
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	exact := &run.Usage{InputTokens: 90, CachedTokens: 40, OutputTokens: 12, ReasoningTokens: 10}
	for _, test := range []struct {
		rule string
		want *run.Usage
		cost string
	}{
		{"{reply: CA, usage: {input_tokens: 90, cached_tokens: 40, cache_write_tokens: 10, output_tokens: 12, reasoning_tokens: 10}}", exact, "0.00001165"},
		// 87 bytes of instructions and 5 of prompt; 3 of answer.
		{"{reply: abc}", &run.Usage{InputTokens: 23, OutputTokens: 1, Estimated: true}, "0.0000028"},
		{"{reply: abcde, usage: {input_tokens: 90}}", &run.Usage{InputTokens: 90, OutputTokens: 2, Estimated: true}, "0.00001"},
		{"{fault: incomplete}", &run.Usage{InputTokens: 23, OutputTokens: 2000, ReasoningTokens: 2000, Estimated: true}, "0.0010023"},
		{"{fault: {status: 500}}", nil, ""},
	} {
		for _, protocol := range protocols() {
			a, _, _ := play(t, openaisim.Options{Rules: rules(t, "- "+test.rule+"\n")}, who{prompt: "12345", protocol: protocol})
			cost := test.cost
			if protocol == assistant.Assistants && test.want == exact {
				cost = "0.0000114" // runs never told what was written to the cache
			}
			if d := cmp.Diff(test.want, a.Usage); d != "" || a.CostUSD != cost {
				t.Errorf("%s %s: cost %s, want %s\n%s", protocol, test.rule, a.CostUSD, cost, d)
			}
		}
	}
}

func TestNoAnswerNamesTheNearestRule(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		rules, nearest, why string
	}{
		{"", "", ""},
		{"- {name: far, when: {record: '2', prompt: y}, reply: a}\n- {name: near, when: {record: '1', prompt: calif}, reply: b}\n", "near", `contain "calif" in this very spelling`},
		{"- {name: a, when: {assistant: nobody}, reply: b}\n", "a", "the assistant nobody, and this is asst_1"},
		{"- {name: a, when: {prompt: {matches: '^x'}}, reply: b}\n", "a", `match "^x"`},
		{"- {name: a, when: {prompt: {equals: x, starts_with: y, not_contains: Calif}}, reply: b}\n", "a", `not contain "Calif"`},
		{"- {name: worn, times: 1, reply: b, fault: refusal, when: {step: '9'}}\n- {name: used up, times: 2, fault: {status: 500}}\n", "used up", "2 attempts, and this is attempt 3"},
	} {
		a, _, err := play(t, openaisim.Options{Rules: rules(t, test.rules)}, who{record: "1", prompt: "State: Calif."})
		var e *assistant.Error
		var missing *openaisim.NoAnswer
		if !errors.As(err, &e) || e.Code != assistant.CodeNoScriptedAnswer || e.StopsRun || !errors.As(err, &missing) {
			t.Fatalf("%s: %+v %v", test.rules, a, err)
		}
		if missing.Prompt != "State: Calif." || missing.Record != "1" || missing.Assistant != "asst_1" || missing.Step != "ask" || !strings.Contains(e.Message, "record 1") || !strings.Contains(e.Message, "Calif.") {
			t.Errorf("%+v", missing)
		}
		if test.nearest == "" {
			if missing.Nearest != nil {
				t.Errorf("%+v", missing)
			}
			continue
		}
		if missing.Nearest.Name != test.nearest || !strings.Contains(missing.Why, test.why) || !strings.Contains(e.Message, test.nearest) {
			t.Errorf("%s: nearest %q, because %s\n%s", test.rules, missing.Nearest.Name, missing.Why, e.Message)
		}
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	const body = `{"model":"gpt-6-luna","input":"x","messages":[{"role":"user","content":"x"}]}`
	for _, test := range []struct {
		era             openaisim.Era
		method, address string
		status          int
		says            string
	}{
		{"", "POST", "https://api.openai.com/v1/responses", 200, `"object":"response"`},
		{"", "POST", "http://localhost:11434/v1/chat/completions", 200, `"chat.completion"`},
		{"", "POST", "https://r.openai.azure.com/openai/v1/responses?x=1", 200, `"object":"response"`},
		{"", "POST", "https://gateway.example/llm/chat/completions", 200, `"chat.completion"`},
		{"", "GET", "https://api.openai.com/v1/models", 200, `"gpt-6-luna"`},
		{"", "GET", "https://api.openai.com/v1/responses", 404, "Invalid URL (GET /v1/responses)"},
		{"", "POST", "https://api.openai.com/v1/models", 404, "Invalid URL (POST /v1/models)"},
		{"", "DELETE", "https://api.openai.com/v1/models", 404, "Invalid URL (DELETE /v1/models)"},
		{"", "GET", "https://api.openai.com/v1/assistants?limit=20", 404, "Invalid URL (GET /v1/assistants)"},
		{"", "POST", "https://api.openai.com/v1/threads/t/runs", 404, "Invalid URL (POST /v1/threads/t/runs)"},
		{"", "GET", "https://gateway.example/llm/threads/t", 404, "Invalid URL (GET /v1/threads/t)"},
		{"", "POST", "https://api.openai.com/", 404, "Invalid URL (POST /)"},
		{"assistants", "POST", "https://api.openai.com/v1/responses", 200, `"object":"response"`},
		{"sunset", "POST", "https://api.openai.com/v1/responses", 404, "Invalid URL (POST /v1/responses)"},
		{"sunset", "GET", "https://api.openai.com/v1/assistants", 404, "Invalid URL"},
	} {
		sim := openaisim.New(openaisim.Options{Rules: rules(t, "- reply: hi\n"), Era: test.era, Models: assistant.DefaultModels()})
		req, err := http.NewRequestWithContext(benchContext(), test.method, test.address, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := sim.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		data, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != test.status || !strings.Contains(string(data), test.says) || resp.Header.Get("X-Request-Id") == "" || resp.Request != req {
			t.Errorf("%s %s: %d %s", test.method, test.address, resp.StatusCode, data)
		}
	}
}

func TestModelsList(t *testing.T) {
	t.Parallel()
	models := assistant.DefaultModels()
	list := func(now time.Time, allowed ...string) map[string]time.Time {
		client := assistant.NewClient(assistant.Config{Transport: openaisim.New(openaisim.Options{Models: models, Allowed: allowed})})
		got, err := client.AccountModels(clock.With(context.Background(), clock.NewTimeline(now, clock.Skip)))
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]time.Time{}
		for _, m := range got {
			out[m.ID] = m.Shutdown
		}
		return out
	}
	early, late := list(benchNow), list(time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC))
	if _, ok := early["o4-mini"]; !ok || len(early) != len(models.All()) {
		t.Errorf("in January: %v", early)
	}
	if _, ok := late["o4-mini"]; ok || late["gpt-4o"].Format(time.DateOnly) != "2027-01-14" {
		t.Errorf("in November: %v", late)
	}
	if got := list(benchNow, "gpt-4o"); len(got) != 1 {
		t.Errorf("allowed: %v", got)
	}
}
