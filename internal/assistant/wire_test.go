package assistant_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/clock"
)

// serve runs a real HTTP server, to see that net/http's own transport is read as well as ours.
func serve(t *testing.T, handle http.HandlerFunc, timeout time.Duration) (*assistant.Client, context.Context) {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	client := assistant.NewClient(assistant.Config{BaseURL: server.URL + "/v1", Transport: transport, Key: func() string { return canary }, MaxAttempts: 1, Timeout: timeout, Models: assistant.DefaultModels()})
	return client, clock.With(context.Background(), clock.NewTimeline(start, clock.Skip))
}

// quiet keeps a server's complaints about clients that left out of the test's output.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

func wantCode(t *testing.T, err error, code string) *assistant.Error {
	t.Helper()
	var e *assistant.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Fatalf("%v, want %s", err, code)
	}
	return e
}

func TestOverHTTP(t *testing.T) {
	t.Parallel()
	client, ctx := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.ContentLength != int64(len(body)) || r.Header.Get("Authorization") != "Bearer "+canary {
			t.Errorf("%v, %d of %d bytes, %v", err, len(body), r.ContentLength, r.Header)
		}
		for name := range r.Header {
			if strings.HasPrefix(name, "Askflow") {
				t.Errorf("who is asking leaks: %s", name)
			}
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"model":"gpt-6-luna","choices":[{"message":{"role":"assistant","content":"CA"},"finish_reason":"stop"}]}`)
	}, 0)
	q := question()
	q.Protocol, q.Temperature = assistant.Chat, float(0)
	ctx = assistant.WithCaller(ctx, assistant.Caller{RecordID: "101", Step: "1"})
	if a, err := client.Ask(ctx, q); err != nil || a.Text != "CA" || a.Usage != nil || a.CostUSD != "" {
		t.Errorf("%+v %v", a, err)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	var elsewhere atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	t.Cleanup(other.Close)
	client, ctx := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	}, 0)
	_, err := client.Ask(ctx, question())
	if e := wantCode(t, err, assistant.CodeBadRequest); !strings.Contains(e.Message, other.URL) {
		t.Error(e)
	}
	if elsewhere.Load() != 0 {
		t.Error("the key was sent to another address")
	}
}

func TestBrokenOffOverHTTP(t *testing.T) {
	t.Parallel()
	client, ctx := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, `{"output":[`)
	}, 0)
	_, err := client.Ask(ctx, question())
	wantCode(t, err, assistant.CodeConnection)
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	client := assistant.NewClient(assistant.Config{BaseURL: server.URL, Transport: &http.Transport{}, MaxAttempts: 1})
	_, err := client.Ask(clock.With(context.Background(), clock.NewTimeline(start, clock.Skip)), question())
	if e := wantCode(t, err, assistant.CodeConnection); !strings.Contains(e.Hint, "openai.base_url") {
		t.Error(e)
	}
}

func TestCertificateIsNotTrusted(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = quiet()
	server.StartTLS()
	t.Cleanup(server.Close)
	client := assistant.NewClient(assistant.Config{BaseURL: server.URL, Transport: &http.Transport{}, MaxAttempts: 3})
	a, err := client.Ask(clock.With(context.Background(), clock.NewTimeline(start, clock.Skip)), question())
	if e := wantCode(t, err, assistant.CodeConnection); !strings.Contains(e.Message, "certificate") || len(a.Attempts) != 1 {
		t.Errorf("%v after %d attempts", e, len(a.Attempts))
	}
}

func TestServerThatNeverAnswers(t *testing.T) {
	t.Parallel()
	client, _ := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // the server notices a client that left only after the body is read
		<-r.Context().Done()
	}, 20*time.Millisecond)
	_, err := client.Ask(clock.With(context.Background(), clock.NewTimeline(start, clock.Real)), question())
	if e := wantCode(t, err, assistant.CodeTimeout); !strings.Contains(e.Message, "20ms") {
		t.Error(e)
	}
}

// FuzzAnswer throws any body at the client with any status: each must end in an answer or an *Error.
func FuzzAnswer(f *testing.F) {
	f.Add(200, ok("CA").body, "1", false)
	f.Add(200, `{"choices":[{"message":{"content":[{"type":"text","text":"a"}]},"finish_reason":null}],"error":{"code":null}}`, "", true)
	f.Add(429, `{"error":{"message":["a","b"],"code":null,"param":null}}`, "Mon, 05 Jan 2026 09:00:01 GMT", false)
	f.Add(502, "<script></script><style><b", "-1", true)
	models := assistant.DefaultModels()
	f.Fuzz(func(t *testing.T, status int, body, after string, chat bool) {
		q := question()
		if chat {
			q.Protocol = assistant.Chat
		}
		client := assistant.NewClient(assistant.Config{MaxAttempts: 2, Models: models, Transport: watch(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Status: fmt.Sprint(status), Header: http.Header{"Retry-After": {after}}, Body: io.NopCloser(strings.NewReader(body))}, nil
		})})
		a, err := client.Ask(clock.With(context.Background(), clock.NewTimeline(start, clock.Skip)), q)
		if err == nil {
			if strings.TrimSpace(a.Text) == "" {
				t.Error("success without an answer")
			}
			return
		}
		var e *assistant.Error
		if !errors.As(err, &e) || e.Code == "" || e.Message == "" || strings.ContainsAny(e.Message, "\n\r\x00\x1b") || len(a.Attempts) == 0 {
			t.Errorf("%+v", err)
		}
	})
}
