package openaisim_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/clock"
	"askflow/internal/openaisim"

	"github.com/google/go-cmp/cmp"
)

// TestServedIsTheSame asks the same in this process and over TCP: answers, attempts, usage and the time that passed are
// equal, and so are what rules see of who is asking.
func TestServedIsTheSame(t *testing.T) {
	t.Parallel()
	scripted := rules(t, `
- {when: {record: "102"}, reply: other record}
- {fault: {status: 503}, times: 1, latency: 300ms}
- {when: {assistant: state-formatter, step: "1", prompt: {matches: 'State: (\w+)'}}, reply: "“${1}”", latency: 1500ms, usage: {input_tokens: 9, output_tokens: 3}}
`)
	for _, protocol := range protocols() {
		q := benchQuestion()
		q.Protocol = protocol
		client, ctx, timeline := overTCP(t, openaisim.Options{Rules: scripted, Seed: 4})
		served, err := client.Ask(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		models := assistant.DefaultModels()
		here := assistant.NewClient(assistant.Config{Transport: openaisim.New(openaisim.Options{Rules: scripted, Seed: 4, Era: openaisim.EraAssistants, Models: models}), Models: models, Seed: 1, Timeout: 30 * time.Second})
		own := clock.NewTimeline(benchNow, clock.Skip)
		near, err := here.Ask(clock.With(ctx, own), q)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(near, served); d != "" || served.Text != "“Calif”" {
			t.Errorf("%s: %s", protocol, d)
		}
		if !own.Now().Equal(timeline.Now()) || own.Now().Sub(benchNow) < 1800*time.Millisecond {
			t.Errorf("%s: %s passed here, %s over TCP", protocol, own.Now().Sub(benchNow), timeline.Now().Sub(benchNow))
		}
	}
}

func TestNoAnswerOverTCP(t *testing.T) {
	t.Parallel()
	for _, protocol := range protocols() {
		client, ctx, _ := overTCP(t, openaisim.Options{Rules: rules(t, "- {name: far, when: {record: '9'}, reply: x}\n")})
		q := benchQuestion()
		q.Protocol = protocol
		a, err := client.Ask(ctx, q)
		var e *assistant.Error
		if !errors.As(err, &e) || e.Code != assistant.CodeNoScriptedAnswer || len(a.Attempts) != 1 || !strings.Contains(e.Message, "far") || !strings.Contains(e.Message, "Calif") {
			t.Errorf("%s: %+v %v", protocol, a, err)
		}
	}
}

// TestLatencyOverTCP: without a timeline of the client's, latency is real, and leaving early ends it.
func TestLatencyOverTCP(t *testing.T) {
	t.Parallel()
	url := serve(t, openaisim.New(openaisim.Options{Rules: rules(t, "- {when: {prompt: quick}, reply: hi, latency: 30ms}\n- {reply: hi, latency: 1h}\n")}))
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	post := func(ctx context.Context, prompt string) (int, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/responses", strings.NewReader(`{"model":"m","input":"`+prompt+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := transport.RoundTrip(req)
		if err != nil {
			return 0, err
		}
		_, err = io.Copy(io.Discard, resp.Body)
		return resp.StatusCode, errors.Join(err, resp.Body.Close())
	}
	started := time.Now()
	if status, err := post(context.Background(), "quick"); status != 200 || err != nil || time.Since(started) < 30*time.Millisecond {
		t.Errorf("%d %v after %s", status, err, time.Since(started))
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if status, err := post(ctx, "slow"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%d %v", status, err)
	}
}

func TestServeOnlyHere(t *testing.T) {
	t.Parallel()
	sim := openaisim.New(openaisim.Options{})
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:80", "example.com:80", "nonsense", "[::]:0", "127.0.0.1:99999"} {
		if server, err := openaisim.Serve(addr, sim); err == nil {
			t.Errorf("serves at %s", addr)
			_ = server.Close()
		}
	}
	server, err := openaisim.Serve("localhost:0", sim)
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	if _, err := http.Get(server.URL + "/models"); err == nil {
		t.Error("still there after Close")
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	const good, bad, poor, noScope = "sk-proj-goodgoodgoodgood1234", "sk-proj-wrongwrongwrong9876", "sk-poorpoorpoorpoor", "sk-restricted"
	url := serve(t, openaisim.New(openaisim.Options{Era: openaisim.EraAssistants, Rules: rules(t, "- reply: hi\n"), Models: assistant.DefaultModels(), Keys: map[string]*openaisim.Fault{
		good: nil, poor: {Kind: openaisim.FaultStatus, Status: 429, Code: "insufficient_quota"},
		noScope: {Kind: openaisim.FaultStatus, Status: 401, Type: "invalid_request_error", Message: "You have insufficient permissions for this operation. Missing scopes: api.responses.write."},
	}}))
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	for key, want := range map[string]string{good: "", bad: assistant.CodeBadKey, "": assistant.CodeBadKey, poor: assistant.CodeNoCredit, noScope: assistant.CodePermission} {
		for _, protocol := range protocols() {
			client := assistant.NewClient(assistant.Config{BaseURL: url, Transport: openaisim.WithIdentity(transport), Key: func() string { return key }, MaxAttempts: 1})
			ctx := clock.With(context.Background(), clock.NewTimeline(benchNow, clock.Skip))
			q := benchQuestion()
			q.Protocol = protocol
			_, err := client.Ask(ctx, q)
			_, listed := client.AccountModels(ctx)
			for what, err := range map[string]error{"ask": err, "models": listed} {
				var e *assistant.Error
				switch {
				case want == "":
					if err != nil {
						t.Errorf("%s of %s: %v", what, protocol, err)
					}
				case !errors.As(err, &e) || e.Code != want || !e.StopsRun:
					t.Errorf("%s of %s with %q: %v", what, protocol, key, err)
				case len(key) > 8 && strings.Contains(e.Message, key[len(key)-8:]):
					t.Errorf("the key is in %s", e.Message)
				}
			}
		}
	}
}

func TestInputTokens(t *testing.T) {
	t.Parallel()
	client, ctx, _ := overTCP(t, openaisim.Options{})
	if n, err := client.CountInput(ctx, benchQuestion()); err != nil || n != (len(benchInstructions)+len(benchQuestion().Prompt)+3)/4 {
		t.Errorf("%d %v", n, err)
	}
	status, body, _ := send(t, openaisim.New(openaisim.Options{}), "POST", "/v1/responses/input_tokens", `{"input":"x"}`)
	if status != 400 || !strings.Contains(string(body), "'model'") {
		t.Errorf("%d %s", status, body)
	}
}

// TestHandlerWithoutConnection: a handler may be called with a writer that has no connection to break.
func TestHandlerWithoutConnection(t *testing.T) {
	t.Parallel()
	sim := openaisim.New(openaisim.Options{Rules: rules(t, "- fault: reset\n")})
	w := httptest.NewRecorder()
	sim.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/v1/responses", strings.NewReader(`{"model":"m","input":"x"}`)))
	if w.Code != http.StatusInternalServerError {
		t.Errorf("%d", w.Code)
	}
}

// FuzzServe sends anything as a request, hostile Askflow headers included: the handler always answers.
func FuzzServe(f *testing.F) {
	f.Add("POST", "/v1/responses", `{"model":"m","input":"x"}`, "2026-01-05T09:00:00Z", "1000")
	f.Add("POST", "/v1/responses", `{"model":"m","input":"x"}`, "9999-12-31T23:59:59Z", "9223372036854775807")
	f.Add("GET", "/v1/models", "", "0000-01-01T00:00:00Z", "-1")
	f.Add("PUT", "//", "\x00", "now", "")
	sim := openaisim.New(openaisim.Options{Rules: rules(f, "- {reply: hi, latency: 24h}\n"), Models: assistant.DefaultModels()})
	f.Fuzz(func(t *testing.T, method, path, body, now, timeout string) {
		if _, err := time.Parse(time.RFC3339Nano, now); err != nil {
			now = "2026-01-05T09:00:00Z" // without a time of the client's, the latency would be real
		}
		req, err := http.NewRequest(method, "http://127.0.0.1/", strings.NewReader(body))
		if err != nil {
			t.Skip("no request")
		}
		req.URL.Path = path
		req.Header.Set("Askflow-Now", now)
		req.Header.Set("Askflow-Timeout-Ms", timeout)
		req.Header.Set("Askflow-Attempt", timeout)
		w := httptest.NewRecorder()
		sim.ServeHTTP(w, req)
		if w.Code < 200 || w.Code > 599 || !json.Valid(w.Body.Bytes()) {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}
