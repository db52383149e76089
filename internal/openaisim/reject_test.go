package openaisim_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/clock"
	"askflow/internal/openaisim"

	"github.com/google/go-cmp/cmp"
)

type envelope struct {
	Status  int
	Type    string
	Code    *string
	Param   *string
	Message string
}

func said(s string) *string { return &s }

// TestRejectedInputs holds what the API refuses, with its words.
func TestRejectedInputs(t *testing.T) {
	t.Parallel()
	const responses, chat = "/v1/responses", "/v1/chat/completions"
	bad := func(message string, param, code *string) envelope {
		return envelope{400, "invalid_request_error", code, param, message}
	}
	tests := []struct {
		name, path, body string
		want             envelope
	}{
		{"no JSON", responses, `{`, bad("We could not parse the JSON body of your request. The API expects a JSON payload.", nil, nil)},
		{"no object", chat, `[]`, bad("We could not parse the JSON body of your request. The API expects a JSON payload.", nil, nil)},
		{"nothing", responses, ``, bad("We could not parse the JSON body of your request. The API expects a JSON payload.", nil, nil)},
		{"no model", responses, `{"input":"x"}`, bad("Missing required parameter: 'model'.", said("model"), said("missing_required_parameter"))},
		{"no model in chat", chat, `{"messages":[{"role":"user","content":"x"}]}`, bad("you must provide a model parameter", nil, nil)},
		{"no input", responses, `{"model":"m"}`, bad("Missing required parameter: 'input'.", said("input"), said("missing_required_parameter"))},
		{"input of the wrong type", responses, `{"model":"m","input":3}`, bad("Invalid type for 'input': expected a string or an array of input items.", said("input"), said("invalid_type"))},
		{"no messages", chat, `{"model":"m","messages":[]}`, bad("Missing required parameter: 'messages'.", said("messages"), said("missing_required_parameter"))},
		{"temperature is text", responses, `{"model":"m","input":"x","temperature":"hot"}`, bad("Invalid type for 'temperature': expected a decimal, but got string instead.", said("temperature"), said("invalid_type"))},
		{"effort is a number", responses, `{"model":"m","input":"x","reasoning":{"effort":3}}`, bad("Invalid type for 'reasoning.effort': expected a string, but got number instead.", said("reasoning.effort"), said("invalid_type"))},
		{"streaming", responses, `{"model":"m","input":"x","stream":true}`, bad("Streaming is not simulated; leave 'stream' out.", said("stream"), said("unsupported_parameter"))},
		{"too hot", responses, `{"model":"m","input":"x","temperature":2.5}`, bad("Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 2.5 instead.", said("temperature"), said("decimal_above_max_value"))},
		{"too cold", chat, `{"model":"m","messages":[{"role":"user","content":"x"}],"temperature":-1}`, bad("Invalid 'temperature': decimal below minimum value. Expected a value >= 0, but got -1 instead.", said("temperature"), said("decimal_below_min_value"))},
		{"top_p", responses, `{"model":"m","input":"x","top_p":1.5}`, bad("Invalid 'top_p': decimal above maximum value. Expected a value <= 1, but got 1.5 instead.", said("top_p"), said("decimal_above_max_value"))},
		{"too small a bound", responses, `{"model":"m","input":"x","max_output_tokens":15}`, bad("Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 15 instead.", said("max_output_tokens"), said("integer_below_min_value"))},
		{"too small a bound in chat", chat, `{"model":"m","messages":[{"role":"user","content":"x"}],"max_completion_tokens":0}`, bad("Invalid 'max_completion_tokens': integer below minimum value. Expected a value >= 1, but got 0 instead.", said("max_completion_tokens"), said("integer_below_min_value"))},
		{"no such effort", responses, `{"model":"m","input":"x","reasoning":{"effort":"huge"}}`, bad("Invalid value: 'huge'. Supported values are: 'none', 'minimal', 'low', 'medium', 'high', 'xhigh', and 'max'.", said("reasoning.effort"), said("invalid_value"))},
		{"effort of another model", responses, `{"model":"gpt-5.1","input":"x","reasoning":{"effort":"minimal"}}`, bad("Unsupported value: 'minimal' is not supported with the 'gpt-5.1' model. Supported values are: 'none', 'low', 'medium', and 'high'.", said("reasoning.effort"), said("unsupported_value"))},
		{"effort of another model in chat", chat, `{"model":"gpt-5.1","messages":[{"role":"user","content":"x"}],"reasoning_effort":"max"}`, bad("Unsupported value: 'max' is not supported with the 'gpt-5.1' model. Supported values are: 'none', 'low', 'medium', and 'high'.", said("reasoning_effort"), said("unsupported_value"))},
		{"effort without reasoning", responses, `{"model":"gpt-4o","input":"x","reasoning":{"effort":"low"}}`, bad("Unsupported parameter: 'reasoning.effort' is not supported with this model.", said("reasoning.effort"), said("unsupported_parameter"))},
		{"temperature while reasoning", responses, `{"model":"gpt-6-luna","input":"x","temperature":0.2}`, bad("Unsupported parameter: 'temperature' is not supported with this model.", said("temperature"), nil)},
		{"temperature never", responses, `{"model":"gpt-6.2-sol","input":"x","temperature":0}`, bad("Unsupported parameter: 'temperature' is not supported with this model.", said("temperature"), nil)},
		{"top_p while reasoning", responses, `{"model":"gpt-6-luna","input":"x","reasoning":{"effort":"low"},"top_p":0.5}`, bad("Unsupported parameter: 'top_p' is not supported with this model.", said("top_p"), nil)},
		{"temperature in chat", chat, `{"model":"gpt-5","messages":[{"role":"user","content":"x"}],"temperature":0.2}`, bad("Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.", said("temperature"), said("unsupported_value"))},
		{"temperature in chat, o1", chat, `{"model":"o1","messages":[{"role":"user","content":"x"}],"temperature":0.2}`, bad("Unsupported parameter: 'temperature' is not supported with this model.", said("temperature"), said("unsupported_parameter"))},
		{"max_tokens", chat, `{"model":"gpt-5","messages":[{"role":"user","content":"x"}],"max_tokens":50}`, bad("Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.", said("max_tokens"), said("unsupported_parameter"))},
		{"tools while reasoning", chat, `{"model":"gpt-6-luna","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function"}]}`, bad("Function tools with reasoning_effort are not supported for gpt-6-luna in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.", said("reasoning_effort"), nil)},
		{"too long", responses, `{"model":"gpt-4o","input":"` + strings.Repeat("x", 512_004) + `"}`, bad("Your input exceeds the context window of this model. Please adjust your input and try again.", said("input"), said("context_length_exceeded"))},
		{"too long in chat", chat, `{"model":"gpt-4o","messages":[{"role":"user","content":"` + strings.Repeat("x", 512_004) + `"}]}`, bad("This model's maximum context length is 128000 tokens. However, your messages resulted in 128001 tokens. Please reduce the length of the messages.", said("messages"), said("context_length_exceeded"))},
		{"switched off", responses, `{"model":"gpt-4.1-nano","input":"x"}`, envelope{404, "invalid_request_error", said("model_not_found"), nil, "The model `gpt-4.1-nano` does not exist or you do not have access to it."}},
		{"not allowed", responses, `{"model":"o3","input":"x"}`, envelope{403, "invalid_request_error", said("model_not_found"), nil, "Project `proj_simulated` does not have access to model `o3`"}},
	}
	november := time.Date(2026, 10, 23, 0, 0, 0, 0, time.UTC)
	sim := openaisim.New(openaisim.Options{Rules: rules(t, "- reply: hi\n"), Models: assistant.DefaultModels(),
		Allowed: []string{"m", "gpt-4.1-nano", "gpt-4o", "gpt-5", "gpt-5.1", "gpt-6-luna", "gpt-6.2-sol", "o1"}})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			now := benchNow
			if test.name == "switched off" {
				now = november
			}
			ctx := clock.With(benchContext(), clock.NewTimeline(now, clock.Skip))
			req, _ := http.NewRequestWithContext(ctx, http.MethodPost, "https://api.openai.com"+test.path, strings.NewReader(test.body))
			resp, err := sim.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			var got struct{ Error envelope }
			if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
				t.Fatal(err)
			}
			got.Error.Status = resp.StatusCode
			if d := cmp.Diff(test.want, got.Error); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestAcceptedInputs holds what must not be refused.
func TestAcceptedInputs(t *testing.T) {
	t.Parallel()
	sim := openaisim.New(openaisim.Options{Rules: rules(t, "- reply: hi\n"), Models: assistant.DefaultModels()})
	for _, body := range []string{
		`{"model":"gpt-6-luna","input":"x","temperature":0.2,"reasoning":{"effort":"none"}}`,
		`{"model":"gpt-6-luna","input":"x","temperature":1}`,
		`{"model":"gpt-6.2-sol","input":"x","temperature":1,"top_p":1}`,
		`{"model":"gpt-5.4","input":"x","temperature":0.2}`,
		`{"model":"gpt-4o","input":"x","temperature":2,"max_output_tokens":16}`,
		`{"model":"llama","input":"x","temperature":0.2,"reasoning":{"effort":"max"}}`,
		`{"model":"gpt-4o","input":[]}`,
		`{"model":"gpt-4o","input":"x","reasoning":null,"text":null,"metadata":null,"instructions":null,"temperature":null}`,
	} {
		if status, answer, _ := send(t, sim, http.MethodPost, "/v1/responses", body); status != 200 {
			t.Errorf("%s: %d %s", body, status, answer)
		}
	}
}

// FuzzRequest sends any body to both endpoints: what comes back is always JSON, an answer or an error of the API.
func FuzzRequest(f *testing.F) {
	f.Add(`{"model":"gpt-6-luna","input":"x","instructions":"y","text":{"format":{}},"metadata":{"a":1}}`)
	f.Add(`{"model":"gpt-6-luna","messages":[{"role":"user","content":[{"type":"text","text":"x"},3]},null]}`)
	f.Add(`{"model":"\u0000","input":[{"role":"user","content":"x"},{"content":{}},7],"temperature":1e308}`)
	f.Add(`[[[[`)
	n := rules(f, "- {reply: \"${1}\", when: {prompt: {matches: '(.*)'}}}\n")
	sim := openaisim.New(openaisim.Options{Rules: n, Models: assistant.DefaultModels()})
	f.Fuzz(func(t *testing.T, body string) {
		for _, path := range []string{"/v1/responses", "/v1/chat/completions"} {
			req, _ := http.NewRequestWithContext(benchContext(), http.MethodPost, "https://api.openai.com"+path, io.MultiReader(strings.NewReader(body)))
			resp, err := sim.RoundTrip(req)
			var missing *openaisim.NoAnswer
			if errors.As(err, &missing) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			data, err := io.ReadAll(resp.Body)
			if err != nil || !json.Valid(data) || resp.ContentLength != int64(len(data)) {
				t.Errorf("%s: %d bytes announced, %v: %s", body, resp.ContentLength, err, data)
			}
		}
	})
}
