package openaisim_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/clock"
	"askflow/internal/openaisim"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// v2 is somebody who speaks the Assistants protocol by hand, on a timeline of their own.
type v2 struct {
	t        testing.TB
	sim      http.RoundTripper
	timeline *clock.Timeline
}

func newV2(t testing.TB, o openaisim.Options) *v2 {
	o.Era = openaisim.EraAssistants
	if o.Models == nil {
		o.Models = assistant.DefaultModels()
	}
	return &v2{t: t, sim: openaisim.New(o), timeline: clock.NewTimeline(benchNow, clock.Skip)}
}

func (v *v2) call(method, path, body string) (int, []byte) {
	v.t.Helper()
	ctx := assistant.WithCaller(clock.With(context.Background(), v.timeline), assistant.Caller{RecordID: "101", Step: "1", Visit: 1, Attempt: 1})
	req, err := http.NewRequestWithContext(ctx, method, "https://api.openai.com/v1"+path, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("OpenAI-Beta", "assistants=v2")
	resp, err := v.sim.RoundTrip(req)
	if err != nil {
		v.t.Fatal(err)
	}
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return resp.StatusCode, data
}

// must makes a call that succeeds and follows the schema, and returns the object.
func (v *v2) must(name, method, path, body string) map[string]any {
	v.t.Helper()
	status, data := v.call(method, path, body)
	if status != http.StatusOK {
		v.t.Fatalf("%s %s: %d %s", method, path, status, data)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		v.t.Fatal(err)
	}
	if err := v2Schema(v.t, name).Validate(value); err != nil {
		v.t.Errorf("%s %s: %v\n%s", method, path, err, data)
	}
	out := map[string]any{}
	if err := json.Unmarshal(data, &out); err != nil {
		v.t.Fatal(err)
	}
	return out
}

func (v *v2) refused(method, path, body string) envelope {
	v.t.Helper()
	status, data := v.call(method, path, body)
	var got struct{ Error envelope }
	if err := json.Unmarshal(data, &got); err != nil {
		v.t.Fatalf("%s %s: %d %s", method, path, status, data)
	}
	got.Error.Status = status
	return got.Error
}

// compiled holds the schemas of the tests, each compiled once.
var compiled sync.Map

func v2Schema(t testing.TB, name string) *jsonschema.Schema {
	t.Helper()
	if s, ok := compiled.Load(name); ok {
		return s.(*jsonschema.Schema)
	}
	s, err := jsonschema.NewCompiler().Compile("testdata/openapi-trimmed.json#/components/schemas/" + name)
	if err != nil {
		t.Fatal(err)
	}
	compiled.Store(name, s)
	return s
}

func text(m map[string]any, key string) string {
	s, _ := m[key].(string)
	return s
}

func TestWholeAssistantsProtocol(t *testing.T) {
	t.Parallel()
	v := newV2(t, openaisim.Options{Rules: rules(t, "- {reply: hi, latency: 2s, usage: {input_tokens: 9, output_tokens: 8, reasoning_tokens: 5}}\n")})
	asst := v.must("AssistantObject", "POST", "/assistants", `{"model":"gpt-6-luna","name":"Kind","instructions":"be kind"}`)
	v.must("AssistantObject", "GET", "/assistants/"+text(asst, "id"), "")
	v.must("ListAssistantsResponse", "GET", "/assistants", "")
	thread := v.must("ThreadObject", "POST", "/threads", `{"metadata":{"a":"b"}}`)
	at := "/threads/" + text(thread, "id")
	v.must("ThreadObject", "GET", at, "")
	v.must("ThreadObject", "POST", at, `{"metadata":{"a":"c"}}`)
	message := v.must("MessageObject", "POST", at+"/messages", `{"role":"user","content":[{"type":"text","text":"hello"}]}`)
	v.must("MessageObject", "GET", at+"/messages/"+text(message, "id"), "")

	run := v.must("RunObject", "POST", at+"/runs", `{"assistant_id":"`+text(asst, "id")+`","temperature":0.2,"reasoning_effort":"none","max_completion_tokens":256}`)
	runAt := at + "/runs/" + text(run, "id")
	if text(run, "status") != "queued" || text(run, "instructions") != "be kind" || run["usage"] != nil || run["started_at"] != nil {
		t.Errorf("%v", run)
	}
	for _, elapsed := range []time.Duration{0, time.Second, 999 * time.Millisecond} { // looking often does not make it faster
		_ = v.timeline.Sleep(context.Background(), elapsed)
		if run = v.must("RunObject", "GET", runAt, ""); text(run, "status") != "in_progress" {
			t.Errorf("after %s: %v", elapsed, run["status"])
		}
	}
	for _, refusal := range []struct{ method, path, body, says string }{
		{"POST", at + "/messages", `{"role":"user","content":"x"}`, "while a run run_"},
		{"POST", at + "/runs", `{"assistant_id":"asst_x"}`, "already has an active run"},
		{"POST", runAt + "/submit_tool_outputs", `{"tool_outputs":[]}`, "do not accept tool outputs"},
	} {
		if got := v.refused(refusal.method, refusal.path, refusal.body); got.Status != 400 || !strings.Contains(got.Message, refusal.says) {
			t.Errorf("%+v", got)
		}
	}
	_ = v.timeline.Sleep(context.Background(), time.Millisecond)
	run = v.must("RunObject", "GET", runAt, "")
	usage, _ := run["usage"].(map[string]any)
	if text(run, "status") != "completed" || usage["total_tokens"] != 17.0 || run["expires_at"] != nil || run["completed_at"] != float64(benchNow.Unix()+2) {
		t.Errorf("%v", run)
	}
	steps := v.must("ListRunStepsResponse", "GET", runAt+"/steps", "")
	v.must("RunStepObject", "GET", runAt+"/steps/"+text(steps, "first_id"), "")
	v.must("ListRunsResponse", "GET", at+"/runs", "")
	list := v.must("ListMessagesResponse", "GET", at+"/messages?run_id="+text(run, "id"), "")
	if data, _ := json.Marshal(list["data"]); !strings.Contains(string(data), `"value":"hi"`) || len(list["data"].([]any)) != 1 {
		t.Errorf("%s", data)
	}
	if got := v.refused("POST", runAt+"/cancel", ""); got.Status != 400 || !strings.Contains(got.Message, "'completed'") {
		t.Errorf("%+v", got)
	}
	v.must("DeleteThreadResponse", "DELETE", at, "")
	v.must("DeleteAssistantResponse", "DELETE", "/assistants/"+text(asst, "id"), "")
	if got := v.refused("GET", runAt, ""); got.Status != 404 || got.Message != "No thread found with id '"+text(thread, "id")+"'." {
		t.Errorf("%+v", got)
	}
}

func TestRunsThatEndDifferently(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		rule, status, has string
		spend             time.Duration
		cancel            bool
	}{
		"refusal":         {rule: "- fault: refusal\n", status: "completed", has: `"refusal":"I'm sorry`},
		"empty":           {rule: "- fault: empty\n", status: "completed", has: `"data":[]`},
		"incomplete":      {rule: "- fault: incomplete\n", status: "incomplete", has: `"data":[]`},
		"incomplete text": {rule: "- {fault: incomplete, reply: half}\n", status: "incomplete", has: `"reason":"max_tokens"`},
		"failed":          {rule: "- fault: {code: server_is_overloaded, inside: true}\n", status: "failed", has: `"data":[]`},
		"never done":      {rule: "- fault: timeout\n", status: "in_progress", spend: 9 * time.Minute, has: `"data":[]`},
		"expired":         {rule: "- fault: timeout\n", status: "expired", spend: 10 * time.Minute, has: `"data":[]`},
		"late":            {rule: "- {reply: late, latency: 11m}\n", status: "expired", spend: 12 * time.Minute, has: `"data":[]`},
		"cancelled":       {rule: "- {reply: late, latency: 1m}\n", status: "cancelled", cancel: true, has: `"data":[]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newV2(t, openaisim.Options{Rules: rules(t, test.rule)})
			run := v.must("RunObject", "POST", "/threads/runs", `{"assistant_id":"asst_any","model":"gpt-6-luna","max_completion_tokens":300,"thread":{"messages":[{"role":"user","content":"hello"}]}}`)
			at := "/threads/" + text(run, "thread_id")
			runAt := at + "/runs/" + text(run, "id")
			if run := v.must("RunObject", "GET", runAt, ""); text(run, "status") != "in_progress" || run["usage"] != nil {
				t.Errorf("at the first look: %v", run)
			}
			if test.cancel {
				if run := v.must("RunObject", "POST", runAt+"/cancel", ""); text(run, "status") != "cancelling" {
					t.Errorf("%v", run)
				}
			}
			_ = v.timeline.Sleep(context.Background(), test.spend)
			if run = v.must("RunObject", "GET", runAt, ""); text(run, "status") != test.status {
				t.Errorf("%v", run)
			}
			list := v.must2("GET", at+"/messages?run_id="+text(run, "id"))
			if !strings.Contains(list, test.has) {
				t.Errorf("%s", list)
			}
			if test.status == "failed" && text(run["last_error"].(map[string]any), "code") != "server_error" {
				t.Errorf("%v", run["last_error"])
			}
		})
	}
}

// must2 is must for listings, which have no schema when they are empty.
func (v *v2) must2(method, path string) string {
	v.t.Helper()
	status, data := v.call(method, path, "")
	if status != http.StatusOK {
		v.t.Fatalf("%s %s: %d %s", method, path, status, data)
	}
	return string(data)
}

func TestAssistantsProtocolRefuses(t *testing.T) {
	t.Parallel()
	v := newV2(t, openaisim.Options{Rules: rules(t, "- reply: hi\n"), Assistants: []*assistant.Assistant{{ID: "asst_1", Name: "One", Model: "gpt-5.1"}, {ID: "asst_2", Name: "Two"}}})
	at := "/threads/" + text(v.must("ThreadObject", "POST", "/threads", ""), "id")
	v.must("MessageObject", "POST", at+"/messages", `{"role":"user","content":"x"}`)
	bad := func(message, param, code string) envelope {
		e := envelope{Status: 400, Type: "invalid_request_error", Message: message}
		if param != "" {
			e.Param = &param
		}
		if code != "" {
			e.Code = &code
		}
		return e
	}
	missing := func(message string) envelope {
		e := bad(message, "", "")
		e.Status = 404
		return e
	}
	for _, test := range []struct {
		method, path, body string
		want               envelope
	}{
		{"GET", "/threads/thread_x", "", missing("No thread found with id 'thread_x'.")},
		{"GET", "/assistants/asst_x", "", missing("No assistant found with id 'asst_x'.")},
		{"GET", at + "/runs/run_x", "", missing("No run found with id 'run_x'.")},
		{"GET", at + "/messages/msg_x", "", missing("No message found with id 'msg_x'.")},
		{"POST", at + "/runs", `{"assistant_id":"asst_x"}`, missing("No assistant found with id 'asst_x'.")},
		{"GET", at + "/files", "", missing("Invalid URL (GET /v1" + at + "/files)")},
		{"PATCH", at, "", missing("Invalid URL (PATCH /v1" + at + ")")},
		{"GET", "/threads", "", missing("Invalid URL (GET /v1/threads)")},
		{"POST", at + "/runs", `{}`, bad("Missing required parameter: 'assistant_id'.", "assistant_id", "missing_required_parameter")},
		{"POST", at + "/runs", `{`, bad("We could not parse the JSON body of your request. The API expects a JSON payload.", "", "")},
		{"POST", at + "/runs", `{"assistant_id":"asst_1","temperature":"hot"}`, bad("Invalid type for 'temperature': expected a decimal, but got string instead.", "temperature", "invalid_type")},
		{"POST", at + "/runs", `{"assistant_id":"asst_1","max_completion_tokens":255}`, bad("Invalid 'max_completion_tokens': integer below minimum value. Expected a value >= 256, but got 255 instead.", "max_completion_tokens", "integer_below_min_value")},
		{"POST", at + "/runs", `{"assistant_id":"asst_1","max_prompt_tokens":1}`, bad("Invalid 'max_prompt_tokens': integer below minimum value. Expected a value >= 256, but got 1 instead.", "max_prompt_tokens", "integer_below_min_value")},
		{"POST", at + "/runs", `{"assistant_id":"asst_1","reasoning_effort":"minimal"}`, bad("Unsupported value: 'minimal' is not supported with the 'gpt-5.1' model. Supported values are: 'none', 'low', 'medium', and 'high'.", "reasoning_effort", "unsupported_value")},
		{"POST", at + "/runs", `{"assistant_id":"asst_2"}`, bad("Missing required parameter: 'model'.", "model", "missing_required_parameter")},
		{"POST", "/threads/runs", `{"assistant_id":"asst_1","reasoning_effort":"low","thread":{"messages":[{"role":"user","content":"x"}]}}`, bad("Unknown parameter: 'reasoning_effort'.", "reasoning_effort", "unknown_parameter")},
		{"POST", at + "/messages", `{"role":"system","content":"x"}`, bad("Invalid value: 'system'. Supported values are: 'user' and 'assistant'.", "role", "invalid_value")},
		{"POST", at + "/messages", `{"role":"user","content":""}`, bad("Message content must be non-empty.", "content", "missing_required_parameter")},
		{"POST", at + "/messages", `{"role":"user","content":"` + strings.Repeat("x", 256_001) + `"}`, bad("Invalid 'content': string too long. Expected a string with maximum length 256000.", "content", "string_above_max_length")},
		{"POST", "/assistants", `{}`, bad("Missing required parameter: 'model'.", "model", "missing_required_parameter")},
		{"DELETE", "/assistants/asst_1", "", bad("The assistants of the portal's files are not deleted by the simulated API.", "", "")},
		{"GET", "/assistants?limit=0", "", bad("Invalid 'limit': expected an integer from 1 to 100, but got '0' instead.", "limit", "invalid_value")},
		{"GET", "/assistants?order=up", "", bad("Invalid value: 'up'. Supported values are: 'asc' and 'desc'.", "order", "invalid_value")},
		{"GET", "/assistants?after=asst_x", "", missing("No assistant found with id 'asst_x'.")},
	} {
		if d := cmp.Diff(test.want, v.refused(test.method, test.path, test.body)); d != "" {
			t.Errorf("%s %s %.80s: %s", test.method, test.path, test.body, d)
		}
	}
	// The thread of a refused run is as it was.
	if list := v.must("ListMessagesResponse", "GET", at+"/messages", ""); len(list["data"].([]any)) != 1 {
		t.Errorf("%v", list)
	}
}

func TestBetaHeaderIsNeeded(t *testing.T) {
	t.Parallel()
	sim := openaisim.New(openaisim.Options{Era: openaisim.EraAssistants})
	status, body, _ := send(t, sim, "GET", "/v1/assistants", "")
	if status != 400 || !strings.Contains(string(body), "invalid_beta") {
		t.Errorf("%d %s", status, body)
	}
}

func TestPaging(t *testing.T) {
	t.Parallel()
	v := newV2(t, openaisim.Options{})
	at := "/threads/" + text(v.must("ThreadObject", "POST", "/threads", ""), "id") + "/messages"
	for i := range 45 {
		v.must("MessageObject", "POST", at, fmt.Sprintf(`{"role":"user","content":"%d"}`, i))
	}
	walk := func(order, edge, last string, limit int) (out []string, pages int) {
		cursor := ""
		for more := true; more; pages++ {
			list := v.must("ListMessagesResponse", "GET", fmt.Sprintf("%s?order=%s&limit=%d%s", at, order, limit, cursor), "")
			for _, m := range list["data"].([]any) {
				data, _ := json.Marshal(m)
				_, rest, _ := strings.Cut(string(data), `"value":"`)
				value, _, _ := strings.Cut(rest, `"`)
				out = append(out, value)
			}
			more, _ = list["has_more"].(bool)
			cursor = "&" + edge + "=" + text(list, last)
		}
		return out, pages
	}
	var up, down []string
	for i := range 45 {
		up, down = append(up, fmt.Sprint(i)), append(down, fmt.Sprint(44-i))
	}
	for _, limit := range []int{1, 7, 20, 45, 100} {
		if got, pages := walk("asc", "after", "last_id", limit); !cmp.Equal(got, up) || pages != (44+limit)/limit {
			t.Errorf("limit %d: %v in %d pages", limit, got, pages)
		}
		if got, _ := walk("desc", "after", "last_id", limit); !cmp.Equal(got, down) {
			t.Errorf("limit %d: %v", limit, got)
		}
	}
	first := v.must("ListMessagesResponse", "GET", at+"?order=asc&limit=3", "")
	before := v.must("ListMessagesResponse", "GET", at+"?order=asc&limit=100&before="+text(first, "last_id"), "")
	if len(before["data"].([]any)) != 2 {
		t.Errorf("before: %v", before)
	}
}

// TestStateIsBounded plays clients that never delete anything, and looks at what the simulator keeps of them.
func TestStateIsBounded(t *testing.T) {
	v := newV2(t, openaisim.Options{})
	// Deleted ids are given again to whoever asks the very same; every request is another.
	body := fmt.Sprintf(`{"messages":[{"role":"user","content":"%s"}],"metadata":{"n":"`, strings.Repeat("x", 100_000)) + `%d"}}`
	first := "/threads/" + text(v.must("ThreadObject", "POST", "/threads", fmt.Sprintf(body, -1)), "id")
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for n := range 680 {
		v.call("POST", "/threads", fmt.Sprintf(body, n))
	}
	if got := v.refused("GET", first, ""); got.Status != 404 {
		t.Errorf("the oldest text is still there: %+v", got)
	}
	empty := "/threads/" + text(v.must("ThreadObject", "POST", "/threads", ""), "id")
	for n := range 4200 {
		v.call("POST", "/threads", fmt.Sprintf(`{"metadata":{"n":"%d"}}`, n))
	}
	for range 1100 {
		v.call("POST", "/assistants", `{"model":"gpt-6-luna"}`)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 100<<20 {
		t.Errorf("%d MiB are kept", grown>>20)
	}
	if got := v.refused("GET", empty, ""); got.Status != 404 {
		t.Errorf("the oldest thread is still there: %+v", got)
	}
	runtime.KeepAlive(v)
}

func TestThreadsExpireOnTheTimeline(t *testing.T) {
	t.Parallel()
	v := newV2(t, openaisim.Options{})
	at := "/threads/" + text(v.must("ThreadObject", "POST", "/threads", ""), "id")
	_ = v.timeline.Sleep(context.Background(), 24*time.Hour)
	v.must("ThreadObject", "GET", at, "") // using it keeps it
	_ = v.timeline.Sleep(context.Background(), 24*time.Hour+time.Second)
	if got := v.refused("GET", at, ""); got.Status != 404 {
		t.Errorf("%+v", got)
	}
}

// TestAssistantsAsksAreDeterministic asks the same under every concurrency: what comes back is the same, and nothing is
// left behind.
func TestAssistantsAsksAreDeterministic(t *testing.T) {
	t.Parallel()
	models := assistant.DefaultModels()
	scripted := rules(t, "- {when: {prompt: {matches: 'n=(\\d*[13579])$'}}, fault: {status: 503}, times: 1}\n- {when: {prompt: {matches: 'n=(\\d+)'}}, reply: \"${1}\", latency: 700ms}\n")
	ask := func(workers int) map[string]string {
		sim := openaisim.New(openaisim.Options{Rules: scripted, Era: openaisim.EraAssistants, Models: models, Seed: 5})
		client := assistant.NewClient(assistant.Config{Transport: sim, Models: models, Seed: 5})
		var mu sync.Mutex
		var wg sync.WaitGroup
		out := map[string]string{}
		jobs := make(chan int)
		for range workers {
			wg.Go(func() {
				for n := range jobs {
					timeline := clock.NewTimeline(benchNow, clock.Skip)
					ctx := assistant.WithCaller(clock.With(context.Background(), timeline), assistant.Caller{RecordID: fmt.Sprint(n), Step: "1", Visit: 1})
					q := benchQuestion()
					q.Protocol, q.Prompt = assistant.Assistants, fmt.Sprintf("n=%d", n)
					a, err := client.Ask(ctx, q)
					data, _ := json.Marshal([]any{a, fmt.Sprint(err), timeline.Now()})
					mu.Lock()
					out[fmt.Sprint(n)] = string(data)
					mu.Unlock()
				}
			})
		}
		for n := range 60 {
			jobs <- n
		}
		close(jobs)
		wg.Wait()
		left := &v2{t: t, sim: sim, timeline: clock.NewTimeline(benchNow, clock.Skip)}
		if list := left.must2("GET", "/assistants"); !strings.Contains(list, `"data":[]`) {
			t.Errorf("temporary assistants are left: %s", list)
		}
		return out
	}
	one := ask(1)
	if d := cmp.Diff(one, ask(16)); d != "" {
		t.Error(d)
	}
	if !strings.Contains(one["4"], `"Text":"4"`) || strings.Count(one["5"], `"status"`) != 2 {
		t.Errorf("%s\n%s", one["4"], one["5"])
	}
}

func TestOtherEras(t *testing.T) {
	t.Parallel()
	for _, era := range []openaisim.Era{"", openaisim.EraResponses, openaisim.EraSunset} {
		a, _, err := play(t, openaisim.Options{Rules: rules(t, "- reply: hi\n"), Era: era}, who{prompt: "x", change: func(q *assistant.Question) { q.Protocol = assistant.Assistants }})
		var e *assistant.Error
		if !errors.As(err, &e) || e.Code != assistant.CodeAPIRetired || !e.StopsRun || len(a.Attempts) != 1 || !strings.Contains(e.Message, "2026-08-26") || !strings.Contains(e.Hint, "responses") {
			t.Errorf("%s: %+v %v", era, a, err)
		}
	}
}

// FuzzPast sends anything to any route: what comes back is JSON, or the error of a question without an answer.
func FuzzPast(f *testing.F) {
	f.Add("POST", "/threads/runs", `{"assistant_id":"asst_1","model":"m","thread":{"messages":[{"role":"user","content":"x"}]}}`)
	f.Add("POST", "/threads/T/runs", `{"assistant_id":"asst_1","model":"m","additional_messages":[{"role":"user","content":[{"text":"x"},3]}],"metadata":[],"tool_choice":{}}`)
	f.Add("POST", "/threads/T/messages", `{"role":"assistant","content":{}}`)
	f.Add("GET", "/threads/T/messages?limit=100&after=x&order=asc", "")
	f.Add("POST", "/threads/T", `{"metadata":"}"}`)
	f.Add("GET", "/threads//runs//steps/", "")
	f.Add("DELETE", "/assistants/%00", "[")
	scripted := rules(f, "- {reply: \"${1}\", when: {prompt: {matches: '(.+)'}}}\n")
	f.Fuzz(func(t *testing.T, method, path, body string) {
		v := newV2(t, openaisim.Options{Rules: scripted})
		id := text(v.must("ThreadObject", "POST", "/threads", ""), "id")
		ctx := clock.With(context.Background(), v.timeline)
		req, err := http.NewRequestWithContext(ctx, method, "https://api.openai.com/v1"+strings.ReplaceAll(path, "T", id), strings.NewReader(body))
		if err != nil {
			t.Skip("no request")
		}
		req.Header.Set("OpenAI-Beta", "assistants=v2")
		resp, err := v.sim.RoundTrip(req)
		var missing *openaisim.NoAnswer
		if errors.As(err, &missing) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(resp.Body)
		if err != nil || !json.Valid(data) {
			t.Errorf("%v: %s", err, data)
		}
	})
}
