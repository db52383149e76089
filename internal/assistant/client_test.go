package assistant_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/clock"
	"askflow/internal/run"
	"askflow/internal/source"

	"github.com/google/go-cmp/cmp"
)

var start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// canary is a key that must turn up nowhere.
const canary = "sk-proj-CANARYcanaryCANARYcanary0123456789"

// answers is a transport that gives one answer after another, the last one for ever.
type answers struct {
	t    testing.TB
	mu   sync.Mutex
	list []answer
	got  []*http.Request
	body []string
}

type answer struct {
	status int
	header map[string]string
	body   string
	err    error
}

func (a *answers) RoundTrip(req *http.Request) (*http.Response, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	data, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	if req.ContentLength != int64(len(data)) {
		a.t.Errorf("Content-Length says %d of %d bytes", req.ContentLength, len(data))
	}
	a.got, a.body = append(a.got, req), append(a.body, string(data))
	next := a.list[0]
	if len(a.list) > 1 {
		a.list = a.list[1:]
	}
	if next.err != nil {
		return nil, next.err
	}
	h := http.Header{}
	for k, v := range next.header {
		h.Set(k, v)
	}
	return &http.Response{StatusCode: next.status, Status: http.StatusText(next.status), Header: h, Body: io.NopCloser(strings.NewReader(next.body))}, nil
}

func ok(text string) answer {
	quoted := string(source.AppendString(nil, text))
	return answer{status: 200, header: map[string]string{"X-Request-Id": "req_1"}, body: `{"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"gpt-6-luna",
"output":[{"type":"reasoning","id":"rs_1","summary":[]},{"type":"message","content":[{"type":"output_text","text":` + quoted + `}]}],
"usage":{"input_tokens":1000,"input_tokens_details":{"cached_tokens":400,"cache_write_tokens":100},"output_tokens":10,"output_tokens_details":{"reasoning_tokens":4},"total_tokens":1010}}`}
}

func failure(status int, kind, code, message string, header ...string) answer {
	body, _ := json.Marshal(map[string]any{"error": map[string]any{"message": message, "type": kind, "param": nil, "code": nullable(code)}})
	a := answer{status: status, body: string(body), header: map[string]string{}}
	for i := 0; i+1 < len(header); i += 2 {
		a.header[header[i]] = header[i+1]
	}
	return a
}

func nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func question() *assistant.Question {
	return &assistant.Question{Assistant: &assistant.Assistant{ID: "a"}, Protocol: assistant.Responses, Model: "gpt-6-luna", Instructions: "be kind", Prompt: "hello", MaxOutputTokens: 2000}
}

func ask(t testing.TB, q *assistant.Question, list ...answer) (*assistant.Answer, *assistant.Error, *answers, *clock.Timeline) {
	t.Helper()
	transport := &answers{t: t, list: list}
	client := assistant.NewClient(assistant.Config{Transport: transport, Key: func() string { return canary }, Seed: 7, Models: assistant.DefaultModels()})
	timeline := clock.NewTimeline(start, clock.Skip)
	ctx := assistant.WithCaller(clock.With(context.Background(), timeline), assistant.Caller{RecordID: "101", Step: "1", Visit: 1})
	a, err := client.Ask(ctx, q)
	if a == nil {
		t.Fatal("no Answer")
	}
	var e *assistant.Error
	if err != nil && !errors.As(err, &e) {
		t.Fatalf("not an *assistant.Error: %v", err)
	}
	all, _ := json.Marshal([]any{a, e})
	if strings.Contains(string(all), canary) || e != nil && strings.Contains(e.Error(), canary) {
		t.Errorf("the key is in %s", all)
	}
	return a, e, transport, timeline
}

func TestAskResponses(t *testing.T) {
	t.Parallel()
	q := question()
	q.Temperature, q.TopP, q.ReasoningEffort = float(0), float(0.5), "none"
	schema, _ := source.ParseJSON("", []byte(`{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object","z":1,"a":2}}}`))
	q.ResponseFormat = schema
	a, err, transport, _ := ask(t, q, ok("CA"))
	if err != nil {
		t.Fatal(err)
	}
	want := &assistant.Answer{Text: "CA", Model: "gpt-6-luna", CostUSD: "0.0000715",
		Usage:    &run.Usage{InputTokens: 1000, CachedTokens: 400, OutputTokens: 10, ReasoningTokens: 4},
		Attempts: []run.Attempt{{Status: 200, RequestID: "req_1"}}}
	if d := cmp.Diff(want, a); d != "" {
		t.Error(d)
	}
	const body = `{"input":"hello","instructions":"be kind","max_output_tokens":2000,"model":"gpt-6-luna","reasoning":{"effort":"none"},"store":false,"temperature":0,` +
		`"text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object","z":1,"a":2},"strict":true}},"top_p":0.5}`
	if d := cmp.Diff(body, transport.body[0]); d != "" {
		t.Error(d)
	}
	if got := transport.got[0]; got.URL.String() != "https://api.openai.com/v1/responses" || got.Header.Get("Authorization") != "Bearer "+canary {
		t.Errorf("%s %v", got.URL, got.Header)
	}
	if strings.Contains(strings.ToLower(strings.Join(headerNames(transport.got[0].Header), " ")), "askflow") {
		t.Errorf("who is asking leaks upstream: %v", transport.got[0].Header)
	}
}

func headerNames(h http.Header) []string {
	var out []string
	for name := range h {
		out = append(out, name)
	}
	return out
}

func TestAskChat(t *testing.T) {
	t.Parallel()
	const reply = `{"id":"x","object":"chat.completion","created":1,"model":"o3","choices":[{"index":0,"message":{"role":"assistant","content":"CA","refusal":null},"finish_reason":"stop"}],
"usage":{"prompt_tokens":1000,"completion_tokens":10,"total_tokens":1010,"prompt_tokens_details":{"cached_tokens":400,"cache_write_tokens":100},"completion_tokens_details":{"reasoning_tokens":4}}}`
	q := question()
	q.Protocol, q.Temperature, q.TopP, q.ReasoningEffort = assistant.Chat, float(0), float(0.25), "none"
	q.ResponseFormat, _ = source.ParseJSON("", []byte(`{"type":"json_object"}`))
	// go-openai refuses a temperature on these by rules of its own, and would drop the 0; neither may happen.
	for _, model := range []string{"gpt-6-luna", "gpt-5.4", "o3", "gpt-6-astra"} {
		q.Model = model
		a, err, transport, _ := ask(t, q, answer{status: 200, body: strings.ReplaceAll(reply, "o3", model)})
		if err != nil {
			t.Fatal(err)
		}
		if a.Text != "CA" || a.Usage.CachedTokens != 400 || a.Usage.ReasoningTokens != 4 || model == "gpt-6-luna" && a.CostUSD != "0.0000715" {
			t.Errorf("%s: %+v %+v", model, a, a.Usage)
		}
		want := `{"model":"` + model + `","messages":[{"role":"system","content":"be kind"},{"role":"user","content":"hello"}],"stream":false,` +
			`"temperature":0,"top_p":0.25,"reasoning_effort":"none","response_format":{"type":"json_object"},"max_completion_tokens":2000,"store":false}`
		if d := cmp.Diff(want, transport.body[0]); d != "" {
			t.Error(d)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	const html = "<!DOCTYPE html><html><head><style>b{color:red}</style><script>alert('x<b>')</script><title>502 Bad Gateway</title></head><body>nginx &amp; co</body></html>"
	tests := []struct {
		name     string
		answer   answer
		code     string
		attempts int
		stops    bool
		says     string
	}{
		{"wrong key", failure(401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided: "+canary), assistant.CodeBadKey, 1, true, "sk-…"},
		{"wrong key, no code", failure(401, "invalid_request_error", "", "Incorrect API key provided: sk-proj-****abcd."), assistant.CodeBadKey, 1, true, "sk-…"},
		{"missing scope", failure(401, "invalid_request_error", "", "You have insufficient permissions for this operation. Missing scopes: api.responses.write."), assistant.CodePermission, 1, true, "api.responses.write"},
		{"address not allowed", failure(401, "invalid_request_error", "", "Your IP address is not on the list."), assistant.CodePermission, 1, true, "IP"},
		{"model not allowed", failure(403, "invalid_request_error", "model_not_found", "Project `proj_1` does not have access to model `gpt-6-luna`"), assistant.CodeModelAccess, 1, false, "gpt-6-luna"},
		{"country", failure(403, "request_forbidden", "unsupported_country_region_territory", "Country, region, or territory not supported"), assistant.CodePermission, 1, true, "country"},
		{"forbidden", failure(403, "", "", "no"), assistant.CodePermission, 1, true, "denies"},
		{"no model", failure(404, "invalid_request_error", "model_not_found", "The model `x` does not exist or you do not have access to it."), assistant.CodeModelNotFound, 1, false, "no model"},
		{"no address", failure(404, "invalid_request_error", "", "Invalid URL (POST /responses)"), assistant.CodeBadRequest, 1, false, "address"},
		{"too long", failure(400, "invalid_request_error", "context_length_exceeded", "Your input exceeds the context window of this model."), assistant.CodeContextLength, 1, false, "context window"},
		{"too long, no code", failure(400, "invalid_request_error", "", "This model's maximum context length is 5 tokens."), assistant.CodeContextLength, 1, false, "context"},
		{"setting, code null", failure(400, "invalid_request_error", "", "Unsupported parameter: 'temperature' is not supported with this model."), assistant.CodeBadSettings, 1, false, "temperature"},
		{"setting", failure(400, "invalid_request_error", "unsupported_value", "Unsupported value"), assistant.CodeBadSettings, 1, false, "gpt-6-luna"},
		{"bad request", failure(400, "invalid_request_error", "", "nope"), assistant.CodeBadRequest, 1, false, "nope"},
		{"filtered", failure(400, "invalid_request_error", "content_filter", "The prompt was filtered"), assistant.CodeRefusal, 1, false, "content"},
		{"payment", answer{status: 402}, assistant.CodeNoCredit, 1, true, "pay"},
		{"body too large", answer{status: 413}, assistant.CodeTooLarge, 1, true, "large"},
		{"rate limit", failure(429, "requests", "rate_limit_exceeded", "Rate limit reached for gpt-6-luna"), assistant.CodeRateLimited, 3, false, "rate limit"},
		{"rate limit, bare", answer{status: 429}, assistant.CodeRateLimited, 3, false, "rate limit"},
		{"too large a request", failure(429, "tokens", "rate_limit_exceeded", "Request too large for gpt-6-luna"), assistant.CodeTooLarge, 1, true, "larger"},
		{"slow down", failure(429, "rate_limit_error", "slow_down", "slow"), assistant.CodeOverloaded, 3, false, "fewer"},
		{"no quota", failure(429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota"), assistant.CodeNoCredit, 1, true, "credit"},
		{"no quota, by type", failure(429, "insufficient_quota", "", "x"), assistant.CodeNoCredit, 1, true, "credit"},
		{"no credit", failure(429, "insufficient_quota", "credit_balance_exhausted", "x"), assistant.CodeNoCredit, 1, true, "credit"},
		{"spend limit", failure(429, "insufficient_quota", "project_spend_limit_exceeded", "x"), assistant.CodeNoCredit, 1, true, "limit"},
		{"numeric code", answer{status: 429, body: `{"error":{"message":"busy","type":"","param":null,"code":429}}`}, assistant.CodeRateLimited, 3, false, "busy"},
		{"timeout at the server", answer{status: 408}, assistant.CodeTimeout, 3, false, "gave up"},
		{"conflict", answer{status: 409}, assistant.CodeServer, 3, false, "conflict"},
		{"server", failure(500, "server_error", "", "oops"), assistant.CodeServer, 3, false, "oops"},
		{"gateway page", answer{status: 502, body: html}, assistant.CodeServer, 3, false, "502 Bad Gateway nginx & co"},
		{"overloaded", failure(503, "service_unavailable_error", "server_is_overloaded", ""), assistant.CodeOverloaded, 3, false, "overloaded"},
		{"empty 503", answer{status: 503}, assistant.CodeOverloaded, 3, false, "overloaded"},
		{"error is text", answer{status: 400, body: `{"error":"use another model"}`}, assistant.CodeBadRequest, 1, false, "use another model"},
		{"error is empty", answer{status: 400, body: `{"error":{}}`}, assistant.CodeBadRequest, 1, false, "400"},
		{"detail", answer{status: 422, body: `{"detail":"field x"}`}, assistant.CodeBadRequest, 1, false, "field x"},
		{"teapot", answer{status: 418, body: "short and stout"}, assistant.CodeBadRequest, 1, false, "stout"},
		{"redirect", answer{status: 307, header: map[string]string{"Location": "https://evil.example/v1"}}, assistant.CodeBadRequest, 1, false, "evil.example"},
		{"reset", answer{err: errors.New("connection reset by peer")}, assistant.CodeConnection, 3, false, "reset by peer"},
		{"timed out", answer{err: clock.ErrTimeout}, assistant.CodeTimeout, 3, false, "1m0s"},
		{"a transport that knows better", answer{err: &assistant.Error{Code: assistant.CodeNoRecording, Message: "Nothing recorded for " + canary}}, assistant.CodeNoRecording, 1, false, "sk-…"},
		{"said not to retry", failure(500, "server_error", "", "oops", "X-Should-Retry", "false"), assistant.CodeServer, 1, false, "oops"},
		{"said to retry", failure(400, "", "", "later", "X-Should-Retry", "true"), assistant.CodeBadRequest, 3, false, "later"},
		{"said to retry without credit", failure(429, "insufficient_quota", "", "x", "X-Should-Retry", "true"), assistant.CodeNoCredit, 1, true, "credit"},
	}
	for _, protocol := range []assistant.Protocol{assistant.Responses, assistant.Chat} {
		for _, test := range tests {
			t.Run(string(protocol)+"/"+test.name, func(t *testing.T) {
				t.Parallel()
				q := question()
				q.Protocol = protocol
				a, err, transport, _ := ask(t, q, test.answer)
				if err == nil {
					t.Fatalf("no error: %+v", a)
				}
				if err.Code != test.code || err.StopsRun != test.stops || len(a.Attempts) != test.attempts || len(transport.got) != test.attempts || !strings.Contains(err.Message, test.says) {
					t.Errorf("%d attempts, %+v", len(a.Attempts), err)
				}
				if err.Hint == "" && test.code != assistant.CodeNoRecording {
					t.Errorf("no hint: %+v", err)
				}
				if last := a.Attempts[len(a.Attempts)-1]; last.Code != err.Code || last.Message != err.Message || last.WaitMs != 0 {
					t.Errorf("%+v", last)
				}
				if a.Text != "" || a.Usage != nil || a.CostUSD != "" {
					t.Errorf("%+v", a)
				}
			})
		}
	}
}

func TestUnusableAnswers(t *testing.T) {
	t.Parallel()
	responses := func(members string) string {
		return `{"id":"r","object":"response","created_at":1,"model":"gpt-6-luna","usage":{"input_tokens":10,"output_tokens":20,"total_tokens":30},` + members + `}`
	}
	message := func(part string) string {
		return responses(`"status":"completed","output":[{"type":"message","content":[` + part + `]}]`)
	}
	chat := func(finish, message string) string {
		return `{"model":"gpt-6-luna","usage":{"prompt_tokens":10,"completion_tokens":20},"choices":[{"message":{"role":"assistant",` + message + `},"finish_reason":` + finish + `}]}`
	}
	tests := []struct {
		name, body string
		chat       bool
		code       string
		attempts   int
		says       string
		cost       string
	}{
		{"refusal", message(`{"type":"refusal","refusal":"I can't"}`), false, assistant.CodeRefusal, 1, "I can't", "0.000011"},
		{"empty refusal", message(`{"type":"refusal","refusal":""}`), false, assistant.CodeRefusal, 1, "no reason", "0.000011"},
		{"bound", responses(`"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[]`), false, assistant.CodeIncomplete, 1, "max_output_tokens (2000", "0.000011"},
		{"filter", responses(`"status":"incomplete","incomplete_details":{"reason":"content_filter"},"output":[]`), false, assistant.CodeIncomplete, 1, "content filter", "0.000011"},
		{"no message", responses(`"status":"completed","output":[]`), false, assistant.CodeEmpty, 1, "nothing", "0.000011"},
		{"blank", message(`{"type":"output_text","text":" \n\t"}`), false, assistant.CodeEmpty, 1, "nothing", "0.000011"},
		{"error inside", responses(`"status":"failed","error":{"code":"server_error","message":"oops"},"output":[]`), false, assistant.CodeServer, 3, "oops", "0.000033"},
		{"limit inside", responses(`"status":"failed","error":{"code":"rate_limit_exceeded","message":"busy"},"output":[]`), false, assistant.CodeRateLimited, 3, "busy", "0.000033"},
		{"invalid prompt inside", responses(`"status":"failed","error":{"code":"invalid_prompt","message":"no"},"output":[]`), false, assistant.CodeBadRequest, 1, "no", "0.000011"},
		{"failed without a word", responses(`"status":"failed","output":[]`), false, assistant.CodeServer, 3, "without saying why", "0.000033"},
		{"queued", responses(`"status":"queued","output":[]`), false, assistant.CodeBadResponse, 1, "queued", "0.000011"},
		{"no JSON", "hello", false, assistant.CodeBadResponse, 1, "JSON", ""},
		{"another JSON", `{"output":"text"}`, false, assistant.CodeBadResponse, 1, "JSON", ""},
		{"no body", "", false, assistant.CodeBadResponse, 1, "no content", ""},
		{"half a body", `{"id":"r","output":[`, false, assistant.CodeConnection, 3, "broke off", ""},
		{"odd items", responses(`"status":"completed","output":[1,null,{"type":"message","content":"x"},{"type":"message","content":[3,{"type":"output_text","text":9}]}]`), false, assistant.CodeEmpty, 1, "nothing", "0.000011"},
		{"chat refusal", chat(`"stop"`, `"content":null,"refusal":"I can't"`), true, assistant.CodeRefusal, 1, "I can't", "0.000011"},
		{"chat bound", chat(`"length"`, `"content":"half"`), true, assistant.CodeIncomplete, 1, "max_output_tokens", "0.000011"},
		{"chat filter", chat(`"content_filter"`, `"content":""`), true, assistant.CodeIncomplete, 1, "content filter", "0.000011"},
		{"chat blank", chat(`"stop"`, `"content":" "`), true, assistant.CodeEmpty, 1, "nothing", "0.000011"},
		{"chat without choices", `{"model":"gpt-6-luna","choices":[]}`, true, assistant.CodeBadResponse, 1, "no choices", ""},
		{"chat error inside", `{"error":{"message":"no credit","code":402}}`, true, assistant.CodeNoCredit, 1, "no credit", ""},
		{"chat half a body", `{"choices":[`, true, assistant.CodeConnection, 3, "broke off", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			q := question()
			if test.chat {
				q.Protocol = assistant.Chat
			}
			a, err, _, _ := ask(t, q, answer{status: 200, body: test.body})
			if err == nil || err.Code != test.code || len(a.Attempts) != test.attempts || !strings.Contains(err.Message, test.says) || a.Text != "" || a.CostUSD != test.cost {
				t.Errorf("%+v\n%+v", a, err)
			}
		})
	}
}
