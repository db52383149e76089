package assistant_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"askflow/internal/assistant"
	"askflow/internal/clock"
)

// TestCompatibleServerWithoutKey asks a server such as people run for local models: it asks for no key, answers chat
// completions and nothing else, and leaves out what it does not know.
func TestCompatibleServerWithoutKey(t *testing.T) {
	t.Parallel()
	handle := func(w http.ResponseWriter, r *http.Request) {
		if len(r.Header["Authorization"])+len(r.Header["Openai-Organization"])+len(r.Header["Openai-Project"]) > 0 {
			t.Errorf("credentials are sent: %v", r.Header)
		}
		if r.Method != http.MethodPost || r.URL.Path != "/v1/chat/completions" {
			http.Error(w, "404 page not found", http.StatusNotFound)
			return
		}
		var req struct {
			Model    string
			Messages []struct{ Role, Content string }
		}
		if err := json.NewDecoder(r.Body).Decode(&req); err != nil || req.Model != "llama3" || len(req.Messages) != 2 {
			t.Errorf("%v %+v", err, req)
		}
		_, _ = io.WriteString(w, `{"choices":[{"message":{"content":"CA"}}],"usage":{"prompt_tokens":12,"completion_tokens":3}}`)
	}
	server := httptest.NewServer(http.HandlerFunc(handle))
	t.Cleanup(server.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	client := assistant.NewClient(assistant.Config{BaseURL: server.URL + "/v1", Transport: transport, Models: assistant.DefaultModels()})
	ctx := clock.With(context.Background(), clock.NewTimeline(start, clock.Skip))
	q := question()
	q.Protocol, q.Model, q.Temperature = assistant.Chat, "llama3", float(0)
	if err := client.Preflight(ctx, q.Protocol); err != nil {
		t.Errorf("preflight: %v", err)
	}
	a, err := client.Ask(ctx, q)
	if err != nil || a.Text != "CA" || a.Usage.InputTokens != 12 || a.CostUSD != "" {
		t.Errorf("%+v %v", a, err)
	}
	q.Protocol = assistant.Responses
	_, err = client.Ask(ctx, q)
	if e := wantCode(t, err, assistant.CodeBadRequest); !strings.Contains(e.Hint, "openai.protocol") {
		t.Errorf("%+v", e)
	}
	q.Protocol = assistant.Assistants
	_, err = client.Ask(ctx, q)
	if e := wantCode(t, err, assistant.CodeAPIRetired); !e.StopsRun || !strings.Contains(e.Message, "127.0.0.1") || !strings.Contains(e.Hint, "chat") {
		t.Errorf("%+v", e)
	}
	err = client.Preflight(ctx, assistant.Assistants)
	wantCode(t, err, assistant.CodeAPIRetired)
}

// TestProjectHeader: go-openai has no field for the project.
func TestProjectHeader(t *testing.T) {
	t.Parallel()
	for _, protocol := range []assistant.Protocol{assistant.Responses, assistant.Chat} {
		transport := &answers{t: t, list: []answer{{status: 500}}}
		client := assistant.NewClient(assistant.Config{Transport: transport, Organization: "org_1", Project: "proj_1", MaxAttempts: 1})
		q := question()
		q.Protocol = protocol
		_, _ = client.Ask(clock.With(context.Background(), clock.NewTimeline(start, clock.Skip)), q)
		if h := transport.got[0].Header; h.Get("OpenAI-Project") != "proj_1" || h.Get("OpenAI-Organization") != "org_1" || h.Get("Authorization") != "" {
			t.Errorf("%s: %v", protocol, h)
		}
	}
}

func TestCountInput(t *testing.T) {
	t.Parallel()
	transport := &answers{t: t, list: []answer{{status: 200, body: `{"object":"response.input_tokens","input_tokens":17}`}, failure(401, "", "invalid_api_key", "no")}}
	client := assistant.NewClient(assistant.Config{Transport: transport})
	ctx := clock.With(context.Background(), clock.NewTimeline(start, clock.Skip))
	if n, err := client.CountInput(ctx, question()); err != nil || n != 17 || transport.got[0].URL.Path != "/v1/responses/input_tokens" || !strings.Contains(transport.body[0], `"input":"hello"`) {
		t.Errorf("%d %v %s", n, err, transport.body)
	}
	_, err := client.CountInput(ctx, question())
	wantCode(t, err, assistant.CodeBadKey)
	_, err = client.CountInput(ctx, &assistant.Question{Protocol: "telnet"})
	wantCode(t, err, assistant.CodeBadSettings)
}
