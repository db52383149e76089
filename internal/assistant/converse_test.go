package assistant_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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

// past is a server of the Assistants protocol that says what a test wants it to say.
type past struct {
	mu       sync.Mutex
	runs     []answer            // what looking at the run brings, the last one for ever
	messages []answer            // pages of messages
	steps    answer              // of the run
	other    map[string]answer   // by method and path, instead of what would be said
	got      []string            // method and path
	bodies   map[string]string   // by method and path
	looked   func(*http.Request) // called for every request
}

const (
	runBody      = `{"id":"run_1","object":"thread.run","created_at":1,"thread_id":"thread_1","assistant_id":"asst_1","model":"gpt-6-luna","status":"%s"%s}`
	messagesBody = `{"object":"list","data":[%s],"first_id":null,"last_id":"msg_1","has_more":%v}`
	usageMembers = `,"usage":{"prompt_tokens":1000,"completion_tokens":10,"total_tokens":1010,"prompt_token_details":{"cached_tokens":400},"completion_tokens_details":{"reasoning_tokens":4}}`
)

func status(name, members string) answer {
	return answer{status: 200, body: fmt.Sprintf(runBody, name, members), header: map[string]string{"X-Request-Id": "req_run"}}
}

func said(parts string) answer {
	return answer{status: 200, body: fmt.Sprintf(messagesBody, `{"id":"msg_1","object":"thread.message","created_at":1,"role":"assistant","run_id":"run_1","status":"completed","content":[`+parts+`]}`, false)}
}

func textPart(s string) string {
	return `{"type":"text","text":{"value":` + string(source.AppendString(nil, s)) + `,"annotations":[]}}`
}

func (p *past) RoundTrip(req *http.Request) (*http.Response, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := req.Method + " " + strings.TrimPrefix(req.URL.Path, "/v1")
	p.got = append(p.got, at)
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		if p.bodies == nil {
			p.bodies = map[string]string{}
		}
		p.bodies[at] = string(body)
	}
	if p.looked != nil {
		p.looked(req)
	}
	a, ok := p.other[at]
	if !ok {
		a = p.usual(at)
	}
	if a.err != nil {
		return nil, a.err
	}
	h := http.Header{}
	for k, v := range a.header {
		h.Set(k, v)
	}
	return &http.Response{StatusCode: a.status, Header: h, Body: io.NopCloser(strings.NewReader(a.body))}, req.Context().Err()
}

func (p *past) usual(at string) answer {
	switch at {
	case "POST /assistants":
		return answer{status: 200, body: `{"id":"asst_temp","object":"assistant","created_at":1,"model":"m"}`}
	case "POST /threads":
		return answer{status: 200, body: `{"id":"thread_1","object":"thread","created_at":1,"metadata":{}}`}
	case "POST /threads/thread_1/runs":
		return status("queued", "")
	case "GET /threads/thread_1/runs/run_1":
		return next(&p.runs)
	case "GET /threads/thread_1/messages":
		return next(&p.messages)
	case "GET /threads/thread_1/runs/run_1/steps":
		return p.steps
	}
	return answer{status: 200, body: `{"id":"x","deleted":true}`}
}

func next(list *[]answer) answer {
	a := (*list)[0]
	if len(*list) > 1 {
		*list = (*list)[1:]
	}
	return a
}

func (p *past) has(at string) bool {
	for _, g := range p.got {
		if g == at {
			return true
		}
	}
	return false
}

const (
	cancelRun    = "POST /threads/thread_1/runs/run_1/cancel"
	deleteThread = "DELETE /threads/thread_1"
	deleteTemp   = "DELETE /assistants/asst_temp"
)

func runQuestion() *assistant.Question {
	q := question()
	q.Protocol, q.Assistant = assistant.Assistants, &assistant.Assistant{ID: "asst_1", Name: "One"}
	return q
}

func converse(t testing.TB, p *past, q *assistant.Question, cfg assistant.Config) (*assistant.Answer, *assistant.Error, *clock.Timeline) {
	t.Helper()
	cfg.Transport, cfg.Models = p, assistant.DefaultModels()
	timeline := clock.NewTimeline(start, clock.Skip)
	a, err := assistant.NewClient(cfg).Ask(clock.With(context.Background(), timeline), q)
	var e *assistant.Error
	if err != nil && !errors.As(err, &e) {
		t.Fatalf("not an *assistant.Error: %v", err)
	}
	return a, e, timeline
}

func TestConversation(t *testing.T) {
	t.Parallel()
	q := runQuestion()
	q.Temperature, q.TopP, q.ReasoningEffort = float(0), float(0.25), "none"
	q.ResponseFormat, _ = source.ParseJSON("", []byte(`{"type":"json_object"}`))
	p := &past{runs: []answer{status("queued", ""), status("in_progress", ""), status("completed", usageMembers)}, messages: []answer{said(textPart("CA") + "," + textPart("NY"))}}
	p.looked = func(req *http.Request) {
		if req.Header.Get("OpenAI-Beta") != "assistants=v2" || req.Header.Get("Authorization") != "Bearer "+canary || req.Header.Get("OpenAI-Project") != "proj_1" || req.Header.Get("OpenAI-Organization") != "org_1" {
			t.Errorf("%v", req.Header)
		}
	}
	a, err, timeline := converse(t, p, q, assistant.Config{Key: func() string { return canary }, Project: "proj_1", Organization: "org_1"})
	if err != nil {
		t.Fatal(err)
	}
	want := &assistant.Answer{Text: "CA\nNY", Model: "gpt-6-luna", CostUSD: "0.000069", Usage: &run.Usage{InputTokens: 1000, CachedTokens: 400, OutputTokens: 10, ReasoningTokens: 4},
		Attempts: []run.Attempt{{Status: 200, LatencyMs: 2375}}}
	if d := cmp.Diff(want, a); d != "" {
		t.Error(d)
	}
	// 0.5 s, then half as long again each time.
	if passed := timeline.Now().Sub(start); passed != 500*time.Millisecond+750*time.Millisecond+1125*time.Millisecond {
		t.Errorf("%s passed", passed)
	}
	wantCalls := []string{"POST /threads", "POST /threads/thread_1/runs", "GET /threads/thread_1/runs/run_1", "GET /threads/thread_1/runs/run_1",
		"GET /threads/thread_1/runs/run_1", "GET /threads/thread_1/messages", deleteThread}
	if d := cmp.Diff(wantCalls, p.got); d != "" {
		t.Error(d)
	}
	for at, want := range map[string]string{
		"POST /threads": `{"messages":[{"role":"user","content":"hello"}]}`,
		// A temperature of 0 is kept, and the effort that go-openai's runs have no field for is there.
		"POST /threads/thread_1/runs": `{"assistant_id":"asst_1","model":"gpt-6-luna","instructions":"be kind","temperature":0,"top_p":0.25,"max_completion_tokens":2000,` +
			`"response_format":{"type":"json_object"},"reasoning_effort":"none"}`,
	} {
		if d := cmp.Diff(want, p.bodies[at]); d != "" {
			t.Errorf("%s: %s", at, d)
		}
	}
}

func TestPollingSlowsDown(t *testing.T) {
	t.Parallel()
	var at []time.Duration
	timeline := clock.NewTimeline(start, clock.Skip)
	p := &past{runs: []answer{status("in_progress", "")}}
	p.looked = func(req *http.Request) {
		if req.Method == http.MethodGet {
			at = append(at, timeline.Now().Sub(start))
		}
	}
	client := assistant.NewClient(assistant.Config{Transport: p, MaxAttempts: 1, Timeout: time.Minute})
	_, err := client.Ask(clock.With(context.Background(), timeline), runQuestion())
	wantCode(t, err, assistant.CodeTimeout)
	for i := 1; i < len(at); i++ {
		gap, before := at[i]-at[i-1], time.Duration(0)
		if i > 1 {
			before = at[i-1] - at[i-2]
		}
		if gap > 5*time.Second || gap < before {
			t.Errorf("look %d after %s, the one before after %s", i, gap, before)
		}
	}
	if len(at) < 12 || len(at) > 20 {
		t.Errorf("%d looks in a minute", len(at))
	}
	if !p.has(cancelRun) || !p.has(deleteThread) {
		t.Errorf("what was started goes on: %v", p.got)
	}
}

func TestLocalDefinitionsGetATemporaryAssistant(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"state-formatter", "asst_../threads", "", "asst_"} {
		q := runQuestion()
		q.Assistant = &assistant.Assistant{ID: id, Name: "State Formatter"}
		p := &past{runs: []answer{status("completed", "")}, messages: []answer{said(textPart("CA"))}}
		a, err, _ := converse(t, p, q, assistant.Config{})
		temporary := id != "asst_"
		if err != nil || a.Text != "CA" || p.has("POST /assistants") != temporary || p.has(deleteTemp) != temporary || !p.has(deleteThread) {
			t.Errorf("%q: %+v %v %v", id, a, err, p.got)
		}
		if temporary && (p.bodies["POST /assistants"] != `{"model":"gpt-6-luna","name":"State Formatter"}` || !strings.Contains(p.bodies["POST /threads/thread_1/runs"], `"assistant_id":"asst_temp"`)) {
			t.Errorf("%v", p.bodies)
		}
	}
	q := runQuestion()
	q.Assistant = nil
	p := &past{runs: []answer{status("completed", "")}, messages: []answer{said(textPart("CA"))}}
	if a, err, _ := converse(t, p, q, assistant.Config{}); err != nil || a.Text != "CA" || !p.has(deleteTemp) {
		t.Errorf("%+v %v %v", a, err, p.got)
	}
}

func TestHowRunsEnd(t *testing.T) {
	t.Parallel()
	call := `,"required_action":{"type":"submit_tool_outputs","submit_tool_outputs":{"tool_calls":[{"id":"call_1","type":"function","function":{"name":"look_up","arguments":"{}"}}]}}`
	steps := answer{status: 200, body: `{"object":"list","data":[{"id":"step_1","status":"failed","last_error":{"code":"rate_limit_exceeded","message":"busy"}}],"first_id":"a","last_id":"a","has_more":false}`}
	for name, test := range map[string]struct {
		run      answer
		messages answer
		steps    answer
		code     string
		says     string
		attempts int
		cancels  bool
	}{
		"failed":               {run: status("failed", `,"last_error":{"code":"server_error","message":"oops"}`), code: assistant.CodeServer, says: "oops", attempts: 3},
		"failed, limit":        {run: status("failed", `,"last_error":{"code":"rate_limit_exceeded","message":"busy"}`), code: assistant.CodeRateLimited, says: "busy", attempts: 3},
		"failed, no credit":    {run: status("failed", `,"last_error":{"code":"rate_limit_exceeded","message":"You exceeded your current quota, please check your plan and billing details."}`), code: assistant.CodeNoCredit, says: "credit", attempts: 1},
		"failed, prompt":       {run: status("failed", `,"last_error":{"code":"invalid_prompt","message":"no"}`), code: assistant.CodeBadRequest, says: "does not take the prompt", attempts: 1},
		"failed, say steps":    {run: status("failed", ""), steps: steps, code: assistant.CodeRateLimited, says: "busy", attempts: 3},
		"failed, nobody knows": {run: status("failed", ""), steps: answer{status: 500}, code: assistant.CodeServer, says: "without saying why", attempts: 3},
		"incomplete":           {run: status("incomplete", `,"incomplete_details":{"reason":"max_completion_tokens"}`), code: assistant.CodeIncomplete, says: "max_output_tokens (2000", attempts: 1},
		"incomplete prompt":    {run: status("incomplete", `,"incomplete_details":{"reason":"max_prompt_tokens"}`), code: assistant.CodeIncomplete, says: "max_prompt_tokens", attempts: 1},
		"expired":              {run: status("expired", ""), code: assistant.CodeRunExpired, says: "ten minutes", attempts: 3},
		"cancelled":            {run: status("cancelled", ""), code: assistant.CodeRunCancelled, says: "Somebody else", attempts: 1},
		"tools":                {run: status("requires_action", call), code: assistant.CodeToolCalls, says: "look_up", attempts: 1, cancels: true},
		"tools, unnamed":       {run: status("requires_action", ""), code: assistant.CodeToolCalls, says: "does not say which", attempts: 1, cancels: true},
		"unknown status":       {run: status("dreaming", ""), code: assistant.CodeBadResponse, says: "dreaming", attempts: 1, cancels: true},
		"refusal":              {run: status("completed", usageMembers), messages: said(`{"type":"refusal","refusal":"I can't"}`), code: assistant.CodeRefusal, says: "I can't", attempts: 1},
		"no message":           {run: status("completed", ""), messages: answer{status: 200, body: fmt.Sprintf(messagesBody, "", false)}, code: assistant.CodeEmpty, says: "nothing", attempts: 1},
		"message cut off":      {run: status("completed", ""), messages: answer{status: 200, body: strings.Replace(said(textPart("half")).body, `"status":"completed"`, `"status":"incomplete","incomplete_details":{"reason":"content_filter"}`, 1)}, code: assistant.CodeIncomplete, says: "content filter", attempts: 1},
		"another run's":        {run: status("completed", ""), messages: answer{status: 200, body: strings.Replace(said(textPart("old")).body, `"run_1"`, `"run_0"`, 1)}, code: assistant.CodeEmpty, says: "nothing", attempts: 1},
		"no JSON":              {run: answer{status: 200, body: "hello"}, code: assistant.CodeBadResponse, says: "JSON", attempts: 1, cancels: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &past{runs: []answer{test.run}, messages: []answer{test.messages}, steps: test.steps}
			a, err, _ := converse(t, p, runQuestion(), assistant.Config{})
			if err == nil || err.Code != test.code || !strings.Contains(err.Message, test.says) || err.Hint == "" || len(a.Attempts) != test.attempts || a.Text != "" {
				t.Errorf("%+v\n%+v", a, err)
			}
			if p.has(cancelRun) != test.cancels || !p.has(deleteThread) {
				t.Errorf("%v", p.got)
			}
			if strings.Contains(test.run.body, "usage") && (a.Usage == nil || a.CostUSD == "") {
				t.Errorf("what was used is forgotten: %+v", a)
			}
		})
	}
}

func TestManyMessages(t *testing.T) {
	t.Parallel()
	p := &past{runs: []answer{status("completed", "")}}
	for i := range 3 {
		one := strings.Replace(said(textPart(fmt.Sprint(i))).body, `"has_more":false`, fmt.Sprintf(`"has_more":%v`, i < 2), 1)
		p.messages = append(p.messages, answer{status: 200, body: one})
	}
	if a, err, _ := converse(t, p, runQuestion(), assistant.Config{}); err != nil || a.Text != "0\n1\n2" {
		t.Errorf("%+v %v", a, err)
	}
	endless := &past{runs: []answer{status("completed", "")}, messages: []answer{p.messages[0]}}
	endless.messages[0].body = strings.Replace(endless.messages[0].body, `"has_more":false`, `"has_more":true`, 1)
	if a, err, _ := converse(t, endless, runQuestion(), assistant.Config{}); err != nil || len(endless.got) > 20 {
		t.Errorf("%+v %v after %d requests", a, err, len(endless.got))
	}
}

// TestLookingMayFail tells that a run whose state cannot be read for a moment is not paid for twice.
func TestLookingMayFail(t *testing.T) {
	t.Parallel()
	busy := failure(429, "requests", "rate_limit_exceeded", "busy", "Retry-After", "7")
	p := &past{runs: []answer{busy, {err: errors.New("reset")}, {status: 502}, status("completed", "")}, messages: []answer{said(textPart("CA"))}}
	a, err, timeline := converse(t, p, runQuestion(), assistant.Config{})
	if err != nil || a.Text != "CA" || len(a.Attempts) != 1 || timeline.Now().Sub(start) < 7*time.Second {
		t.Errorf("%+v %v after %s", a, err, timeline.Now().Sub(start))
	}
	p = &past{runs: []answer{{status: 502}}}
	a, err, _ = converse(t, p, runQuestion(), assistant.Config{MaxAttempts: 1})
	if err == nil || err.Code != assistant.CodeServer || !p.has(cancelRun) || len(p.got) != 2+4+2 {
		t.Errorf("%+v %v %v", a, err, p.got)
	}
	p = &past{runs: []answer{failure(401, "", "invalid_api_key", "no")}}
	if a, err, _ = converse(t, p, runQuestion(), assistant.Config{}); err == nil || err.Code != assistant.CodeBadKey || len(a.Attempts) != 1 {
		t.Errorf("%+v %v", a, err)
	}
}

func TestCancelledConversation(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(clock.With(context.Background(), clock.NewTimeline(start, clock.Skip)))
	p := &past{runs: []answer{status("in_progress", "")}}
	p.looked = func(req *http.Request) {
		if req.Method == http.MethodGet {
			cancel()
		}
		if strings.HasSuffix(req.URL.Path, "/cancel") && req.Context().Err() != nil {
			t.Error("the run is cancelled with a context that is over")
		}
	}
	a, err := assistant.NewClient(assistant.Config{Transport: p}).Ask(ctx, runQuestion())
	if !errors.Is(err, context.Canceled) || len(a.Attempts) != 1 || a.Attempts[0].Code != assistant.CodeCancelled {
		t.Errorf("%+v %v", a, err)
	}
	if d := cmp.Diff([]string{cancelRun, deleteThread}, p.got[3:]); d != "" {
		t.Error(d)
	}
}

func TestIDsThatAreNone(t *testing.T) {
	t.Parallel()
	for at, body := range map[string]string{
		"POST /threads":               `{"id":"../../files?x="}`,
		"POST /threads/thread_1/runs": `{"id":""}`,
		"POST /assistants":            `{"id":"a b"}`,
	} {
		q := runQuestion()
		if strings.HasSuffix(at, "assistants") {
			q.Assistant = nil
		}
		p := &past{other: map[string]answer{at: {status: 200, body: body}}}
		a, err, _ := converse(t, p, q, assistant.Config{})
		if err == nil || err.Code != assistant.CodeBadResponse || p.got[len(p.got)-1] != at && p.got[len(p.got)-1] != deleteThread {
			t.Errorf("%+v %v %v", a, err, p.got)
		}
	}
}

func TestAPIRetired(t *testing.T) {
	t.Parallel()
	bodies := map[string]string{"OpenAI's": `{"error":{"message":"Invalid URL (POST /v1/threads)","type":"invalid_request_error","param":null,"code":null}}`, "HTML": "<h1>404</h1>", "empty": ""}
	for name, body := range bodies {
		for _, base := range []string{"", "https://eu.api.openai.com/v1", "https://x.openai.azure.com/openai/v1", "http://localhost:1234/v1"} {
			for _, id := range []string{"asst_1", "local"} {
				q := runQuestion()
				q.Assistant.ID = id
				gone := answer{status: 404, body: body}
				p := &past{other: map[string]answer{"POST /threads": gone, "POST /assistants": gone, "POST /openai/threads": gone, "POST /openai/v1/threads": gone, "POST /openai/v1/assistants": gone}}
				a, err, _ := converse(t, p, q, assistant.Config{BaseURL: base})
				if err == nil || err.Code != assistant.CodeAPIRetired || !err.StopsRun || err.Status != 404 || len(a.Attempts) != 1 || !strings.Contains(err.Message, "2026-08-26") || !strings.Contains(err.Hint, "openai.protocol to responses") {
					t.Errorf("%s at %s: %+v %+v", name, base, a, err)
					continue
				}
				if local := strings.Contains(base, "localhost"); strings.Contains(err.Message, "localhost") != local {
					t.Errorf("%s: %s", base, err.Message)
				}
			}
		}
	}
}

func TestMissingObjectsAreNotTheSunset(t *testing.T) {
	t.Parallel()
	for message, code := range map[string]string{
		"No assistant found with id 'asst_1'.":        assistant.CodeNoAssistant,
		"No thread found with id 'thread_1'.":         assistant.CodeBadRequest,
		"The model `x` does not exist or you do not…": assistant.CodeModelNotFound,
	} {
		kind := ""
		if code == assistant.CodeModelNotFound {
			kind = "model_not_found"
		}
		p := &past{other: map[string]answer{"POST /threads/thread_1/runs": failure(404, "invalid_request_error", kind, message)}}
		a, err, _ := converse(t, p, runQuestion(), assistant.Config{})
		if err == nil || err.Code != code || err.StopsRun || len(a.Attempts) != 1 || !p.has(deleteThread) {
			t.Errorf("%s: %+v %+v", message, a, err)
		}
	}
}

func TestPreflight(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		protocol assistant.Protocol
		answer   answer
		code     string // "" when the run may go on
		path     string
	}{
		"retired":                     {assistant.Assistants, failure(404, "invalid_request_error", "", "Invalid URL (GET /v1/assistants)"), assistant.CodeAPIRetired, "/v1/assistants"},
		"retired, HTML":               {assistant.Assistants, answer{status: 404, body: "<h1>no</h1>"}, assistant.CodeAPIRetired, "/v1/assistants"},
		"alive":                       {assistant.Assistants, answer{status: 200, body: `{"object":"list","data":[]}`}, "", "/v1/assistants"},
		"wrong key":                   {assistant.Assistants, failure(401, "", "invalid_api_key", "no"), assistant.CodeBadKey, "/v1/assistants"},
		"key":                         {assistant.Responses, failure(401, "", "invalid_api_key", "no "+canary), assistant.CodeBadKey, "/v1/models"},
		"network":                     {assistant.Responses, answer{err: errors.New("reset")}, assistant.CodeConnection, "/v1/models"},
		"country":                     {assistant.Chat, failure(403, "", "unsupported_country_region_territory", "no"), assistant.CodePermission, "/v1/models"},
		"may ask, may not list":       {assistant.Responses, failure(401, "", "", "You have insufficient permissions for this operation. Missing scopes: api.model.read."), "", "/v1/models"},
		"compatible, no list":         {assistant.Chat, answer{status: 404, body: "not found"}, "", "/v1/models"},
		"compatible, a list of sorts": {assistant.Chat, answer{status: 200, body: `[]`}, "", "/v1/models"},
		"all well":                    {assistant.Responses, answer{status: 200, body: `{"object":"list","data":[]}`}, "", "/v1/models"},
		"busy":                        {assistant.Responses, answer{status: 503}, "", "/v1/models"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sent := 0
			client := assistant.NewClient(assistant.Config{Transport: watch(func(req *http.Request) (*http.Response, error) {
				if sent++; req.URL.Path != test.path {
					t.Errorf("%s", req.URL)
				}
				return &http.Response{StatusCode: test.answer.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(test.answer.body))}, test.answer.err
			})})
			err := client.Preflight(clock.With(context.Background(), clock.NewTimeline(start, clock.Skip)), test.protocol)
			if sent != 1 {
				t.Errorf("%d requests", sent)
			}
			if test.code == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if e := wantCode(t, err, test.code); strings.Contains(e.Message, "CANARY") || test.code == assistant.CodeAPIRetired && !e.StopsRun {
				t.Errorf("%+v", e)
			}
		})
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	client := assistant.NewClient(assistant.Config{Transport: watch(func(req *http.Request) (*http.Response, error) { return nil, req.Context().Err() })})
	for _, protocol := range []assistant.Protocol{assistant.Responses, assistant.Assistants} {
		if err := client.Preflight(ctx, protocol); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	if err := assistant.NewClient(assistant.Config{}).Preflight(context.Background(), assistant.Assistants); err == nil {
		t.Error("no transport, and all is well")
	}
}

// FuzzRun throws any body and status at a conversation: it always ends, in an answer or an *Error.
func FuzzRun(f *testing.F) {
	f.Add(200, status("completed", usageMembers).body, said(textPart("CA")).body)
	f.Add(200, status("requires_action", `,"required_action":{"submit_tool_outputs":{"tool_calls":[{}]}}`).body, "")
	f.Add(200, status("failed", `,"last_error":{"code":"","message":"\u001b"}`).body, "[]")
	f.Add(404, `{"error":{"message":"No run found with id 'x'."}}`, "")
	f.Add(200, status("incomplete", `,"incomplete_details":3,"usage":{"prompt_tokens":-5,"completion_tokens":99999999999999}`).body, "")
	f.Fuzz(func(t *testing.T, code int, body, messages string) {
		p := &past{runs: []answer{{status: code, body: body}}, messages: []answer{{status: 200, body: messages}}, steps: answer{status: code, body: body}}
		a, err, _ := converse(t, p, runQuestion(), assistant.Config{MaxAttempts: 2})
		if err == nil && strings.TrimSpace(a.Text) == "" {
			t.Error("success without an answer")
		}
		if err != nil && (err.Code == "" || err.Message == "" || strings.ContainsAny(err.Message, "\n\r\x00\x1b") || len(a.Attempts) == 0) {
			t.Errorf("%+v", err)
		}
		if _, broken := json.Marshal(a); broken != nil {
			t.Error(broken)
		}
	})
}
