package assistant_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/clock"
	"askflow/internal/run"

	"github.com/google/go-cmp/cmp"
)

func TestWaits(t *testing.T) {
	t.Parallel()
	limited := func(header ...string) answer {
		return failure(429, "requests", "rate_limit_exceeded", "busy", header...)
	}
	date := start.Add(-time.Hour)
	tests := []struct {
		name   string
		answer answer
		wait   time.Duration
		failed bool // the server asks for more than is waited
	}{
		{"milliseconds", limited("Retry-After-Ms", "1500", "Retry-After", "9"), 1500 * time.Millisecond, false},
		{"seconds", limited("Retry-After", "2"), 2 * time.Second, false},
		{"part of a second", limited("Retry-After", "0.25"), 250 * time.Millisecond, false},
		{"at once", limited("Retry-After", "0"), 0, false},
		{"a date, by the timeline", limited("Retry-After", start.Add(3*time.Second).Format(http.TimeFormat)), 3 * time.Second, false},
		{"a date, by the server's own clock", limited("Retry-After", date.Add(4*time.Second).Format(http.TimeFormat), "Date", date.Format(http.TimeFormat)), 4 * time.Second, false},
		{"a date gone by", limited("Retry-After", date.Format(http.TimeFormat)), 0, false},
		{"as long as is waited", limited("Retry-After", "60"), time.Minute, false},
		{"longer", limited("Retry-After", "61"), 0, true},
		{"absurd", limited("Retry-After", "1e300"), 0, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a, err, _, timeline := ask(t, question(), test.answer, ok("CA"))
			if test.failed {
				if err == nil || err.Code != assistant.CodeRateLimited || len(a.Attempts) != 1 || !strings.Contains(err.Message, "asks to wait") {
					t.Errorf("%+v %+v", a, err)
				}
				return
			}
			if err != nil || a.Text != "CA" || len(a.Attempts) != 2 {
				t.Fatalf("%+v %v", a, err)
			}
			if got := timeline.Now().Sub(start); got != test.wait || a.Attempts[0].WaitMs != test.wait.Milliseconds() {
				t.Errorf("waited %s, want %s; %+v", got, test.wait, a.Attempts)
			}
		})
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	down := answer{status: 500}
	wait := func(seed int64, record string) []time.Duration {
		transport := &answers{t: t, list: []answer{down}}
		client := assistant.NewClient(assistant.Config{Transport: transport, MaxAttempts: 10, Seed: seed})
		timeline := clock.NewTimeline(start, clock.Skip)
		ctx := assistant.WithCaller(clock.With(context.Background(), timeline), assistant.Caller{RecordID: record, Step: "1", Visit: 1})
		a, err := client.Ask(ctx, question())
		if err == nil || len(a.Attempts) != 10 {
			t.Fatal(a, err)
		}
		var out []time.Duration
		for _, at := range a.Attempts {
			out = append(out, time.Duration(at.WaitMs)*time.Millisecond)
		}
		return out
	}
	first := wait(1, "101")
	for n, got := range first[:9] {
		most := min(500*time.Millisecond<<n, time.Minute)
		if got > most || got < most*3/4-time.Millisecond {
			t.Errorf("wait %d is %s, want %s to %s", n, got, most*3/4, most)
		}
	}
	if first[9] != 0 {
		t.Errorf("something is waited after the last attempt: %s", first[9])
	}
	if d := cmp.Diff(first, wait(1, "101")); d != "" {
		t.Errorf("the same ask waits differently: %s", d)
	}
	for name, other := range map[string][]time.Duration{"seed": wait(2, "101"), "record": wait(1, "102")} {
		if cmp.Equal(first, other) {
			t.Errorf("another %s waits the same", name)
		}
	}
}

// watch is a transport that looks at the requests' contexts.
type watch func(*http.Request) (*http.Response, error)

func (w watch) RoundTrip(req *http.Request) (*http.Response, error) { return w(req) }

func TestCallerAndTimeout(t *testing.T) {
	t.Parallel()
	var attempts []int
	transport := watch(func(req *http.Request) (*http.Response, error) {
		c, _ := assistant.CallerFrom(req.Context())
		attempts = append(attempts, c.Attempt)
		if c.RecordID != "101" || clock.Timeout(req.Context()) != 5*time.Second {
			t.Errorf("%+v, timeout %s", c, clock.Timeout(req.Context()))
		}
		if _, set := req.Context().Deadline(); set {
			t.Error("a wall deadline is set though nobody waits")
		}
		return nil, clock.From(req.Context()).Sleep(req.Context(), time.Hour)
	})
	client := assistant.NewClient(assistant.Config{Transport: transport, MaxAttempts: 2, Timeout: 5 * time.Second, Seed: 1})
	timeline := clock.NewTimeline(start, clock.Skip)
	ctx := assistant.WithCaller(clock.With(context.Background(), timeline), assistant.Caller{RecordID: "101", FirstAttempt: 4})
	a, err := client.Ask(ctx, question())
	var e *assistant.Error
	if !errors.As(err, &e) || e.Code != assistant.CodeTimeout || !strings.Contains(e.Message, "5s") || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%+v", err)
	}
	if d := cmp.Diff([]int{4, 5}, attempts); d != "" {
		t.Error(d)
	}
	if len(a.Attempts) != 2 || a.Attempts[0].LatencyMs != 5000 || a.Attempts[0].WaitMs == 0 {
		t.Errorf("%+v", a.Attempts)
	}
}

func TestWallDeadlineWhereSomebodyWaits(t *testing.T) {
	t.Parallel()
	set := false
	client := assistant.NewClient(assistant.Config{Transport: watch(func(req *http.Request) (*http.Response, error) {
		_, set = req.Context().Deadline()
		return nil, &assistant.Error{Code: assistant.CodeNoRecording, Message: "nothing"}
	})})
	if _, err := client.Ask(clock.With(context.Background(), clock.NewTimeline(start, clock.Real)), question()); err == nil || !set {
		t.Errorf("deadline %v, %v", set, err)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(clock.With(context.Background(), clock.NewTimeline(start, clock.Skip)))
	sent := 0
	client := assistant.NewClient(assistant.Config{Transport: watch(func(*http.Request) (*http.Response, error) {
		sent++
		cancel()
		return nil, errors.New("broken pipe")
	})})
	a, err := client.Ask(ctx, question())
	if !errors.Is(err, context.Canceled) || sent != 1 || len(a.Attempts) != 1 || a.Attempts[0].Code != assistant.CodeCancelled {
		t.Errorf("%+v %v after %d requests", a, err, sent)
	}
	if a, err := client.Ask(ctx, question()); !errors.Is(err, context.Canceled) || sent != 1 || a == nil || len(a.Attempts) != 0 {
		t.Errorf("a cancelled context: %+v %v after %d requests", a, err, sent)
	}
}

func TestAnAnswerThatArrivedIsKept(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(clock.With(context.Background(), clock.NewTimeline(start, clock.Skip)))
	inner := &answers{t: t, list: []answer{ok("CA")}}
	client := assistant.NewClient(assistant.Config{Transport: watch(func(req *http.Request) (*http.Response, error) {
		defer cancel()
		return inner.RoundTrip(req)
	})})
	if a, err := client.Ask(ctx, question()); err != nil || a.Text != "CA" {
		t.Errorf("an answer that was paid for is thrown away: %+v %v", a, err)
	}
}

func TestRetryThenAnswer(t *testing.T) {
	t.Parallel()
	a, err, _, _ := ask(t, question(), failure(500, "server_error", "", "oops", "X-Request-Id", "req_a", "Openai-Processing-Ms", "12"), answer{err: io.ErrUnexpectedEOF}, ok("CA"))
	if err != nil || a.Text != "CA" || a.CostUSD != "0.0000715" {
		t.Fatalf("%+v %v", a, err)
	}
	for i := range a.Attempts[:2] {
		if a.Attempts[i].WaitMs == 0 || a.Attempts[i].Message == "" {
			t.Errorf("%+v", a.Attempts[i])
		}
		a.Attempts[i].WaitMs, a.Attempts[i].Message = 0, ""
	}
	want := []run.Attempt{{Status: 500, Code: assistant.CodeServer, RequestID: "req_a", LatencyMs: 12}, {Code: assistant.CodeConnection}, {Status: 200, RequestID: "req_1"}}
	if d := cmp.Diff(want, a.Attempts); d != "" {
		t.Error(d)
	}
}

func TestNotSent(t *testing.T) {
	t.Parallel()
	never := watch(func(req *http.Request) (*http.Response, error) {
		t.Errorf("sent to %s", req.URL)
		return nil, io.EOF
	})
	tests := []struct {
		name string
		cfg  assistant.Config
		q    func(*assistant.Question)
		code string
		says string
	}{
		{"unknown protocol", assistant.Config{Transport: never}, func(q *assistant.Question) { q.Protocol = "telnet" }, assistant.CodeBadSettings, "telnet"},
		{"no output bound", assistant.Config{Transport: never}, func(q *assistant.Question) { q.MaxOutputTokens = 0 }, assistant.CodeBadSettings, "output bound"},
		{"no transport", assistant.Config{}, func(*assistant.Question) {}, assistant.CodeConnection, "transport"},
		{"no address", assistant.Config{Transport: never, BaseURL: "ftp://x"}, func(*assistant.Question) {}, assistant.CodeBadSettings, "base_url"},
		{"a key for an address", assistant.Config{Transport: never, BaseURL: canary}, func(*assistant.Question) {}, assistant.CodeBadSettings, "sk-…"},
		{"broken address", assistant.Config{Transport: never, BaseURL: "http://[::1"}, func(*assistant.Question) {}, assistant.CodeBadSettings, "base_url"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			q := question()
			test.q(q)
			a, err := assistant.NewClient(test.cfg).Ask(context.Background(), q)
			var e *assistant.Error
			if !errors.As(err, &e) || e.Code != test.code || !strings.Contains(e.Message, test.says) || len(a.Attempts) != 0 {
				t.Errorf("%+v %v", a, err)
			}
		})
	}
}

func TestModelsThatChatNeverServed(t *testing.T) {
	t.Parallel()
	q := question()
	q.Protocol, q.Model = assistant.Chat, "text-davinci-003"
	a, err, transport, _ := ask(t, q, ok("CA"))
	if err == nil || err.Code != assistant.CodeBadSettings || len(transport.got) != 0 || len(a.Attempts) != 1 || !strings.Contains(err.Message, "not sent") {
		t.Errorf("%+v %v", a, err)
	}
}

func TestEndlessBody(t *testing.T) {
	t.Parallel()
	client := assistant.NewClient(assistant.Config{MaxAttempts: 1, Transport: watch(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusInternalServerError, Body: io.NopCloser(endless{}), Header: http.Header{}}, nil
	})})
	ctx := clock.With(context.Background(), clock.NewTimeline(start, clock.Skip))
	if _, err := client.Ask(ctx, question()); err == nil || !strings.Contains(err.Error(), "500") {
		t.Errorf("%v", err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestNilResponse(t *testing.T) {
	t.Parallel()
	client := assistant.NewClient(assistant.Config{MaxAttempts: 1, Transport: watch(func(*http.Request) (*http.Response, error) { return nil, nil })})
	ctx := clock.With(context.Background(), clock.NewTimeline(start, clock.Skip))
	if _, err := client.Ask(ctx, question()); err == nil || !strings.Contains(err.Error(), "no response") {
		t.Errorf("%v", err)
	}
}

func TestAccountModels(t *testing.T) {
	t.Parallel()
	get := func(a answer) ([]assistant.AccountModel, error) {
		client := assistant.NewClient(assistant.Config{Key: func() string { return canary }, Transport: watch(func(req *http.Request) (*http.Response, error) {
			if req.Method != http.MethodGet || req.URL.Path != "/v1/models" || req.Header.Get("Authorization") != "Bearer "+canary {
				t.Errorf("%s %s %v", req.Method, req.URL, req.Header)
			}
			return &http.Response{StatusCode: a.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(a.body))}, a.err
		})})
		return client.AccountModels(clock.With(context.Background(), clock.NewTimeline(start, clock.Skip)))
	}
	models, err := get(answer{status: 200, body: `{"object":"list","data":[{"id":"gpt-4o","object":"model","created":1767603600,"owned_by":"system","shutdown_date":"2027-01-14"},{"id":"x","created":0,"owned_by":"acme","shutdown_date":null}]}`})
	want := []assistant.AccountModel{{ID: "gpt-4o", OwnedBy: "system", Created: start, Shutdown: time.Date(2027, 1, 14, 0, 0, 0, 0, time.UTC)}, {ID: "x", OwnedBy: "acme", Created: time.Unix(0, 0).UTC()}}
	if d := cmp.Diff(want, models); d != "" || err != nil {
		t.Error(d, err)
	}
	var e *assistant.Error
	if _, err := get(failure(401, "", "invalid_api_key", canary)); !errors.As(err, &e) || e.Code != assistant.CodeBadKey || strings.Contains(e.Message, "CANARY") {
		t.Errorf("%v", err)
	}
}
