package recording_test

import (
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"askflow/internal/assistant"
	"askflow/internal/recording"
	"askflow/internal/secret"
)

const passKey = "gsk_PassThrough0123456789abcdefgh"

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// What asks nothing goes through a recorder, also before it has begun; other conversations go through in live runs only.
func TestRequestsThatPass(t *testing.T) {
	t.Parallel()
	sent := 0
	next := transport(func(req *http.Request) (*http.Response, error) {
		sent++
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"X-Request-Id": {"req_1"}}, Body: io.NopCloser(strings.NewReader(`{"path":"` + req.URL.Path + ` ` + passKey + `"}`))}, nil
	})
	for _, tt := range []struct {
		method, path string
		live, passes bool
	}{
		{"GET", "/v1/models", false, true}, {"GET", "/v1/models", true, true}, {"POST", "/v1/threads", true, true}, {"GET", "/v1/threads/t/runs/r", true, true}, {"DELETE", "/v1/threads/t", true, true},
		{"POST", "/v1/threads", false, false}, {"DELETE", "/v1/models", false, false}, {"GET", "/v1/responses", false, false}, {"POST", "/v1/responses", true, false},
	} {
		r := recording.Record(nil, next, recording.RecordOptions{EachCaller: tt.live, Secrets: []string{passKey}})
		req, err := http.NewRequestWithContext(t.Context(), tt.method, "https://api.example"+tt.path, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		before := sent
		resp, err := r.RoundTrip(req)
		if (err == nil) != tt.passes || (sent > before) != tt.passes {
			t.Errorf("%+v: %v, sent %d", tt, err, sent-before)
			continue
		}
		var refused *assistant.Error
		if !tt.passes {
			if !errors.As(err, &refused) {
				t.Errorf("%+v: %v", tt, err)
			}
			continue
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.Body.Close() != nil || string(body) != `{"path":"`+tt.path+` …"}` || resp.Header.Get("X-Request-Id") != "req_1" {
			t.Errorf("%+v: %v %q", tt, err, body)
		}
	}
}

// A server's error shows no part of the key, in no form, and neither do its headers; numbers stay.
func TestErrorsThatQuoteTheKey(t *testing.T) {
	t.Parallel()
	next := transport(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusUnauthorized, Header: http.Header{"X-Request-Id": {passKey[6:20]}, "Retry-After": {"2"}, "X-Ratelimit-Limit-Tokens": {"2000000"}},
			Body: io.NopCloser(strings.NewReader("no: " + passKey[4:18] + "!"))}, nil
	})
	for _, path := range []string{"/v1/responses", "/v1/threads"} {
		r := recording.Record(nil, next, recording.RecordOptions{EachCaller: true, Hide: secret.New(passKey).Hider()})
		if err := r.Begin(filepath.Join(t.TempDir(), "journal.jsonl")); err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://api.example"+path, strings.NewReader(`{"model":"m","input":"hi"}`))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := r.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.Body.Close() != nil || string(body) != "no: …!" || resp.Header.Get("X-Request-Id") != "…" || resp.Header.Get("Retry-After") != "2" || resp.Header.Get("X-Ratelimit-Limit-Tokens") != "2000000" {
			t.Errorf("%s: %v %q %v", path, err, body, resp.Header)
		}
		if _, err := r.Finish(); err != nil {
			t.Error(err)
		}
	}
}
