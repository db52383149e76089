package openaisim_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"askflow/internal/assistant"
	"askflow/internal/openaisim"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schema is one schema of OpenAI's own description of its API.
func schema(t *testing.T, name string) *jsonschema.Schema { return v2Schema(t, name) }

func TestAnswersFollowOpenAIsSchemas(t *testing.T) {
	t.Parallel()
	response, chat, list, failure := schema(t, "Response"), schema(t, "CreateChatCompletionResponse"), schema(t, "ListModelsResponse"), schema(t, "ErrorResponse")
	const askResponses = `{"model":"gpt-6-luna","instructions":"Be <brief> & “kind”","input":"hello","temperature":0.2,"reasoning":{"effort":"none"},"max_output_tokens":100,"store":false,"metadata":{"a":"b"}}`
	const askChat = `{"model":"gpt-6-luna","messages":[{"role":"system","content":"x"},{"role":"user","content":"hello"}],"reasoning_effort":"none","temperature":0,"max_completion_tokens":100,"stream":false}`
	tests := []struct {
		name, rules, method, path, body string
		status                          int
		schema                          *jsonschema.Schema
	}{
		{"responses", "- reply: hi\n", "POST", "/v1/responses", askResponses, 200, response},
		{"responses, defaults", "- reply: hi\n", "POST", "/v1/responses", `{"model":"gpt-5.4","input":[{"role":"user","content":[{"type":"input_text","text":"hello"}]}]}`, 200, response},
		{"responses, usage", "- {reply: hi, usage: {input_tokens: 9, cached_tokens: 3, cache_write_tokens: 1, output_tokens: 8, reasoning_tokens: 5}}\n", "POST", "/v1/responses", askResponses, 200, response},
		{"responses, format", "- reply: '{}'\n", "POST", "/v1/responses", `{"model":"gpt-6-luna","input":"x","text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"},"strict":true}}}`, 200, response},
		{"responses, refusal", "- fault: refusal\n", "POST", "/v1/responses", askResponses, 200, response},
		{"responses, empty", "- fault: empty\n", "POST", "/v1/responses", askResponses, 200, response},
		{"responses, incomplete", "- fault: incomplete\n", "POST", "/v1/responses", askResponses, 200, response},
		{"responses, incomplete text", "- {fault: incomplete, reply: 'half a'}\n", "POST", "/v1/responses", askResponses, 200, response},
		{"chat", "- reply: \"hi\\u0001\\u2028\"\n", "POST", "/v1/chat/completions", askChat, 200, chat},
		{"chat, refusal", "- fault: refusal\n", "POST", "/v1/chat/completions", askChat, 200, chat},
		{"chat, empty", "- fault: empty\n", "POST", "/v1/chat/completions", askChat, 200, chat},
		{"chat, incomplete", "- fault: incomplete\n", "POST", "/v1/chat/completions", askChat, 200, chat},
		{"responses, failed", "- fault: {code: rate_limit_exceeded, inside: true}\n", "POST", "/v1/responses", askResponses, 200, response},
		{"input tokens", "", "POST", "/v1/responses/input_tokens", `{"model":"gpt-6-luna","input":"hello"}`, 200, schema(t, "TokenCountsResource")},
		{"models", "", "GET", "/v1/models", "", 200, list},
		{"error 429", "- fault: {status: 429, retry_after: 2s}\n", "POST", "/v1/responses", askResponses, 429, failure},
		{"error 503", "- fault: {status: 503}\n", "POST", "/v1/chat/completions", askChat, 503, failure},
		{"error 404", "", "GET", "/v1/assistants", "", 404, failure},
		{"error 400", "", "POST", "/v1/responses", `{`, 400, failure},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var scripted []*openaisim.Rule
			if test.rules != "" {
				scripted = rules(t, test.rules)
			}
			sim := openaisim.New(openaisim.Options{Rules: scripted, Models: assistant.DefaultModels()})
			status, body, _ := send(t, sim, test.method, test.path, test.body)
			if status != test.status {
				t.Fatalf("status %d, want %d: %s", status, test.status, body)
			}
			value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
			if err != nil {
				t.Fatalf("%v: %s", err, body)
			}
			if err := test.schema.Validate(value); err != nil {
				t.Errorf("%v\n%s", err, body)
			}
		})
	}
}

func TestSchemasRefuseWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]string{
		"Response":                     `{"id":"resp_1","object":"response"}`,
		"CreateChatCompletionResponse": `{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{}]}`,
		"ListModelsResponse":           `{"object":"list"}`,
		"ErrorResponse":                `{"error":{"message":"x"}}`,
		"RunObject":                    `{"id":"run_1","object":"thread.run","status":"done"}`,
		"MessageObject":                `{"id":"msg_1","object":"thread.message","content":null}`,
		"ListRunStepsResponse":         `{"object":"list","data":[{}],"first_id":"a","last_id":"a","has_more":false}`,
	} {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(bad))
		if err != nil {
			t.Fatal(err)
		}
		if schema(t, name).Validate(value) == nil {
			t.Errorf("the schema %s accepts %s: the test above would prove nothing", name, bad)
		}
	}
}

// send makes a request to the simulator at OpenAI's address.
func send(t *testing.T, sim http.RoundTripper, method, path, body string) (int, []byte, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(benchContext(), method, "https://api.openai.com"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := sim.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, data, resp.Header
}
