package openaisim_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"askflow/internal/assistant"
	"askflow/internal/clock"
	"askflow/internal/openaisim"
)

// row is one way in which OpenAI refuses, and what must become of it.
type row struct {
	name  string
	fault string // as in responses/*.yaml
	code  string
	says  string // our own words
	quote string // the server's
	hint  string
	retry bool
	stops bool
	// change makes a question that is refused without any fault.
	change func(*assistant.Question)
	only   assistant.Protocol // "" for all
}

const (
	creditHint = "platform.openai.com, Settings, Billing"
	limitHint  = "platform.openai.com, Settings, Limits"
	scopeHint  = "api.responses.write"
	busyHint   = "lower --concurrency"
	modelsHint = "emulator models list"
	tryHint    = "try again"
	fieldHint  = "temperature only with reasoning effort none"
)

// errorRows are the error table: every status, type, code and message that OpenAI is known to send.
func errorRows() []row {
	return []row{
		{name: "wrong key", fault: "{status: 401, code: invalid_api_key, message: 'Incorrect API key provided: sk-proj-****abcd. You can find your API key at …'}",
			code: assistant.CodeBadKey, says: "does not accept the API key", quote: "Incorrect API key provided: sk-…", hint: "emulator account reconnect", stops: true},
		{name: "missing scope", fault: "{status: 401, type: invalid_request_error, message: 'You have insufficient permissions for this operation. Missing scopes: api.responses.write.'}",
			code: assistant.CodePermission, says: "The API key may not do this.", quote: "Missing scopes: api.responses.write", hint: scopeHint, stops: true},
		{name: "missing scope model.request", fault: "{status: 401, type: invalid_request_error, message: 'You have insufficient permissions for this operation. Missing scopes: model.request.'}",
			code: assistant.CodePermission, says: "The API key may not do this.", quote: "model.request", hint: "model.request", stops: true},
		{name: "not a member", fault: "{status: 401, type: invalid_request_error, message: 'You must be a member of an organization to use the API.'}",
			code: assistant.CodePermission, says: "The API key may not do this.", quote: "member of an organization", hint: "organization", stops: true},
		{name: "address not allowed", fault: "{status: 401, type: invalid_request_error, message: 'Your IP is not authorized: the IP address 1.2.3.4 is not on the allow-list.'}",
			code: assistant.CodePermission, says: "The API key may not do this.", quote: "1.2.3.4", hint: "IP allow-list", stops: true},
		{name: "project without the model", fault: "{status: 403, code: model_not_found, message: 'Project `proj_1` does not have access to model `gpt-6-luna`'}",
			code: assistant.CodeModelAccess, says: "may not use the model gpt-6-luna", quote: "proj_1", hint: modelsHint},
		{name: "country", fault: "{status: 403, code: unsupported_country_region_territory, message: 'Country, region, or territory not supported'}",
			code: assistant.CodePermission, says: "does not serve this country", quote: "territory", hint: "supported country", stops: true},
		{name: "no such model", fault: "{status: 404, code: model_not_found, message: 'The model `gpt-6-luna` does not exist or you do not have access to it.'}",
			code: assistant.CodeModelNotFound, says: "There is no model gpt-6-luna", quote: "does not exist", hint: modelsHint},
		{name: "context, chat's words", fault: `{status: 400, code: context_length_exceeded, param: messages, message: "This model's maximum context length is 5 tokens. However, your messages resulted in 6 tokens."}`,
			code: assistant.CodeContextLength, says: "does not fit into the context window", quote: "maximum context length", hint: "shorter"},
		{name: "context, responses' words", fault: "{status: 400, code: context_length_exceeded, param: input, message: 'Your input exceeds the context window of this model. Please adjust your input and try again.'}",
			code: assistant.CodeContextLength, says: "does not fit into the context window", quote: "exceeds the context window", hint: "shorter"},
		{name: "rate limit of tokens", fault: "{status: 429, type: tokens, code: rate_limit_exceeded, message: 'Rate limit reached for gpt-6-luna in organization org-x on tokens per min (TPM): Limit 10, Used 9, Requested 5. Please try again in 1.574s.'}",
			code: assistant.CodeRateLimited, says: "rate limit for gpt-6-luna is reached", quote: "TPM", hint: busyHint, retry: true},
		{name: "rate limit of requests", fault: "{status: 429, type: requests, code: rate_limit_exceeded, retry_after: 2s}",
			code: assistant.CodeRateLimited, says: "rate limit for gpt-6-luna is reached", quote: "RPM", hint: busyHint, retry: true},
		{name: "request too large", fault: "{status: 429, type: tokens, code: rate_limit_exceeded, message: 'Request too large for gpt-6-luna in organization org-x on tokens per min (TPM): Limit 10, Requested 20.'}",
			code: assistant.CodeTooLarge, says: "larger than the account's limit", quote: "Requested 20", hint: "max_output_tokens", stops: true},
		{name: "slow down", fault: "{status: 429, type: rate_limit_error, code: slow_down}", code: assistant.CodeOverloaded, says: "asks for fewer requests", quote: "slowly", hint: busyHint, retry: true},
		{name: "slow down, 503", fault: "{status: 503, code: slow_down}", code: assistant.CodeOverloaded, says: "asks for fewer requests", quote: "slowly", hint: busyHint, retry: true},
		{name: "quota", fault: "{status: 429, type: insufficient_quota, code: insufficient_quota, message: 'You exceeded your current quota, please check your plan and billing details.'}",
			code: assistant.CodeNoCredit, says: "no credit left", quote: "exceeded your current quota", hint: creditHint, stops: true},
		{name: "quota, by type only", fault: "{status: 429, type: insufficient_quota, message: 'no'}", code: assistant.CodeNoCredit, says: "no credit left", quote: "no", hint: creditHint, stops: true},
		{name: "credit", fault: "{status: 429, code: credit_balance_exhausted, message: 'Your credit balance is exhausted.'}", code: assistant.CodeNoCredit, says: "no credit left", quote: "exhausted", hint: creditHint, stops: true},
		{name: "credit, as a rate limit", fault: "{status: 429, type: rate_limit_error, code: credit_balance_exhausted, message: x}", code: assistant.CodeNoCredit, says: "no credit left", quote: "x", hint: creditHint, stops: true},
		{name: "organisation's spend limit", fault: "{status: 429, code: organization_spend_limit_exceeded, message: x}", code: assistant.CodeNoCredit, says: "limit set in the OpenAI account is reached", quote: "x", hint: limitHint, stops: true},
		{name: "project's spend limit", fault: "{status: 429, code: project_spend_limit_exceeded, message: x}", code: assistant.CodeNoCredit, says: "limit set in the OpenAI account is reached", quote: "x", hint: limitHint, stops: true},
		{name: "organisation's usage limit", fault: "{status: 429, code: organization_usage_limit_exceeded, message: x}", code: assistant.CodeNoCredit, says: "limit set in the OpenAI account is reached", quote: "x", hint: limitHint, stops: true},
		{name: "500", fault: "{status: 500}", code: assistant.CodeServer, says: "had an error of its own (HTTP 500)", quote: "had an error", hint: tryHint, retry: true},
		{name: "502 HTML", fault: "{status: 502, body: '<html><title>502 Bad Gateway</title></html>'}", code: assistant.CodeServer, says: "(HTTP 502)", quote: "502 Bad Gateway", hint: tryHint, retry: true},
		{name: "503", fault: "{status: 503, code: server_is_overloaded}", code: assistant.CodeOverloaded, says: "is overloaded", quote: "try again in a moment", hint: busyHint, retry: true},
		{name: "503 empty", fault: "{status: 503, body: ''}", code: assistant.CodeOverloaded, says: "is overloaded", hint: busyHint, retry: true},
		{name: "504 empty", fault: "{status: 504, body: ''}", code: assistant.CodeServer, says: "(HTTP 504)", hint: tryHint, retry: true},
		{name: "code is a number", fault: `{status: 429, body: '{"error":{"message":"busy","type":"","param":null,"code":429}}'}`, code: assistant.CodeRateLimited, says: "rate limit", quote: "busy", hint: busyHint, retry: true},
		{name: "error without a message", fault: `{status: 429, body: '{"error":{"code":"insufficient_quota"}}'}`, code: assistant.CodeNoCredit, says: "no credit left", hint: creditHint, stops: true},
		{name: "reset", fault: "reset", code: assistant.CodeConnection, says: "The connection failed", hint: "check the network", retry: true},
		{name: "truncated", fault: "truncated", code: assistant.CodeConnection, says: "broke off", hint: tryHint, retry: true},
		{name: "slow", fault: "timeout", code: assistant.CodeTimeout, says: "no answer within 30s", hint: "openai.timeout", retry: true},
		{name: "no JSON", fault: "invalid_json", code: assistant.CodeBadResponse, says: "not the JSON that was expected", hint: "openai.base_url"},
		{name: "told not to ask again", fault: "{status: 500, headers: {x-should-retry: 'false'}}", code: assistant.CodeServer, says: "HTTP 500", hint: tryHint},
		{name: "refusal", fault: "refusal", code: assistant.CodeRefusal, says: "refused to answer", quote: "can't help", hint: "look at the prompt"},
		{name: "incomplete", fault: "incomplete", code: assistant.CodeIncomplete, says: "used up max_output_tokens (2000", hint: "raise openai.max_output_tokens"},
		{name: "empty", fault: "empty", code: assistant.CodeEmpty, says: "answered with nothing", hint: "look at the prompt"},
		{name: "error inside", fault: "{code: server_error, inside: true}", code: assistant.CodeServer, says: "had an error of its own", hint: tryHint, retry: true},
		{name: "limit inside", fault: "{code: rate_limit_exceeded, inside: true}", code: assistant.CodeRateLimited, says: "rate limit", hint: busyHint, retry: true},
		{name: "prompt refused inside", fault: "{status: 400, code: invalid_prompt, message: no, inside: true}", code: assistant.CodeBadRequest, says: "does not take the prompt", quote: "no", hint: "look at the prompt"},
	}
}

// settingRows are the settings that models refuse.
func settingRows() []row {
	refused := func(name, fault, quote string) row {
		return row{name: name, fault: fault, code: assistant.CodeBadSettings, says: "The model gpt-6-luna does not take", quote: quote, hint: fieldHint}
	}
	asked := func(name string, only assistant.Protocol, quote string, change func(*assistant.Question)) row {
		return row{name: name, only: only, code: assistant.CodeBadSettings, says: "does not take", quote: quote, hint: fieldHint, change: change}
	}
	model := func(id, effort string, temperature float64) func(*assistant.Question) {
		return func(q *assistant.Question) {
			q.Model, q.ReasoningEffort, q.Temperature = id, effort, nil
			if temperature >= 0 {
				q.Temperature = &temperature
			}
		}
	}
	return []row{
		refused("temperature value", "{status: 400, code: unsupported_value, param: temperature, message: \"Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.\"}", "does not support 0.2"),
		refused("temperature parameter", "{status: 400, code: unsupported_parameter, param: temperature, message: \"Unsupported parameter: 'temperature' is not supported with this model.\"}", "'temperature' is not supported"),
		refused("temperature, code null", "{status: 400, type: invalid_request_error, param: temperature, message: \"Unsupported parameter: 'temperature' is not supported with this model.\"}", "'temperature' is not supported"),
		refused("max_tokens", "{status: 400, code: unsupported_parameter, param: max_tokens, message: \"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.\"}", "max_completion_tokens"),
		refused("effort", "{status: 400, code: unsupported_value, param: reasoning.effort, message: \"Unsupported value: 'minimal' is not supported with the 'gpt-5.1' model. Supported values are: 'none', 'low', 'medium', and 'high'.\"}", "'minimal'"),
		refused("tools and effort", "{status: 400, type: invalid_request_error, param: reasoning_effort, message: \"Function tools with reasoning_effort are not supported for gpt-6-luna in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.\"}", "Function tools"),
		asked("temperature on gpt-5", assistant.Chat, "does not support 0.2 with this model", model("gpt-5", "", 0.2)),
		asked("temperature on o1", assistant.Chat, "'temperature' is not supported", model("o1", "", 0.2)),
		asked("temperature while reasoning", assistant.Responses, "'temperature' is not supported", model("gpt-6-luna", "low", 0.2)),
		asked("temperature while reasoning in a run", assistant.Assistants, "'temperature' is not supported", model("gpt-6-luna", "low", 0)),
		asked("effort of another model", "", "'minimal' is not supported with the 'gpt-5.1' model", model("gpt-5.1", "minimal", -1)),
		asked("effort without reasoning", "", "is not supported with this model", model("gpt-4o", "low", -1)),
	}
}

// TestEveryErrorInEachProtocol plays every row over TCP, in each protocol.
func TestEveryErrorInEachProtocol(t *testing.T) {
	t.Parallel()
	for _, r := range append(errorRows(), settingRows()...) {
		for _, protocol := range protocols() {
			if r.only != "" && r.only != protocol {
				continue
			}
			t.Run(string(protocol)+"/"+r.name, func(t *testing.T) {
				t.Parallel()
				r.check(t, protocol)
			})
		}
	}
}

func (r row) check(t *testing.T, protocol assistant.Protocol) {
	script := "- {reply: hi}\n"
	if r.fault != "" {
		script = "- fault: " + r.fault + "\n"
	}
	client, ctx, timeline := overTCP(t, openaisim.Options{Rules: rules(t, script)})
	q := benchQuestion()
	q.Protocol = protocol
	if r.change != nil {
		r.change(q)
	}
	a, err := client.Ask(ctx, q)
	var e *assistant.Error
	if !errors.As(err, &e) {
		t.Fatalf("%+v %v", a, err)
	}
	attempts := 1
	if r.retry {
		attempts = 3
	}
	if e.Code != r.code || e.StopsRun != r.stops || len(a.Attempts) != attempts || !strings.Contains(e.Message, r.says) || !strings.Contains(e.Message, r.quote) || !strings.Contains(e.Hint, r.hint) {
		t.Errorf("after %d attempts: code %s, stops %v\n%s\n%s", len(a.Attempts), e.Code, e.StopsRun, e.Message, e.Hint)
	}
	if a.Text != "" || e.Status >= 400 != (a.Attempts[0].Status >= 400) {
		t.Errorf("%+v %d", a, e.Status)
	}
	waited := int64(0)
	for i, at := range a.Attempts {
		if at.Code != r.code || at.Message == "" || at.Status > 0 && at.RequestID == "" || (at.WaitMs > 0) != (i < attempts-1) {
			t.Errorf("attempt %d: %+v", i, at)
		}
		waited += at.WaitMs
	}
	if passed := timeline.Now().Sub(benchNow).Milliseconds(); passed < waited {
		t.Errorf("%d ms passed, and %d were waited", passed, waited)
	}
	if strings.Contains(r.fault, "retry_after: 2s") && waited != 4000 {
		t.Errorf("the server asked for 2 s each time, and %d ms were waited in all", waited)
	}
}

// overTCP is a client of a simulator on 127.0.0.1, on a timeline that does not wait.
func overTCP(t testing.TB, o openaisim.Options) (*assistant.Client, context.Context, *clock.Timeline) {
	t.Helper()
	if o.Era == "" {
		o.Era = openaisim.EraAssistants
	}
	if o.Models == nil {
		o.Models = assistant.DefaultModels()
	}
	url := serve(t, openaisim.New(o))
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	client := assistant.NewClient(assistant.Config{BaseURL: url, Transport: openaisim.WithIdentity(transport), Models: o.Models, Seed: 1, Timeout: 30e9})
	timeline := clock.NewTimeline(benchNow, clock.Skip)
	ctx := assistant.WithCaller(clock.With(context.Background(), timeline), assistant.Caller{RecordType: "contact", RecordID: "101", Assistant: "state-formatter", Step: "1", Visit: 1})
	return client, ctx, timeline
}

func serve(t testing.TB, s *openaisim.Simulator) string {
	t.Helper()
	server, err := openaisim.Serve("127.0.0.1:0", s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server.URL
}

// TestModelsThatAreOff asks, in each protocol and today, a model that was switched off.
func TestModelsThatAreOff(t *testing.T) {
	t.Parallel()
	for _, protocol := range protocols() {
		client, ctx, timeline := overTCP(t, openaisim.Options{Rules: rules(t, "- reply: hi\n")})
		timeline.Set(benchNow.AddDate(0, 11, 0))
		q := benchQuestion()
		q.Protocol, q.Model, q.ReasoningEffort = protocol, "gpt-4.1-nano", ""
		_, err := client.Ask(ctx, q)
		var e *assistant.Error
		if !errors.As(err, &e) || e.Code != assistant.CodeModelNotFound || !strings.Contains(e.Hint, "2026-10-23") {
			t.Errorf("%s: %v", protocol, err)
		}
	}
}
