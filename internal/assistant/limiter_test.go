package assistant_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/clock"

	"github.com/google/go-cmp/cmp"
)

// live is a server that notes when requests arrive and how many are there at once.
type live struct {
	mu       sync.Mutex
	takes    time.Duration // for an answer
	arrived  []time.Time
	inFlight int
	most     int
	answer   func(n int) answer // to the n-th request, from 1
}

func (l *live) RoundTrip(req *http.Request) (*http.Response, error) {
	l.mu.Lock()
	l.arrived = append(l.arrived, time.Now())
	l.inFlight++
	l.most = max(l.most, l.inFlight)
	a := ok("CA")
	if l.answer != nil {
		a = l.answer(len(l.arrived))
	}
	l.mu.Unlock()
	select {
	case <-time.After(l.takes):
	case <-req.Context().Done():
	}
	l.mu.Lock()
	l.inFlight--
	l.mu.Unlock()
	h := http.Header{}
	for k, v := range a.header {
		h.Set(k, v)
	}
	return &http.Response{StatusCode: a.status, Header: h, Body: io.NopCloser(strings.NewReader(a.body))}, req.Context().Err()
}

// askAtOnce asks n questions at once and returns the errors.
func askAtOnce(client *assistant.Client, mode clock.Mode, n int) []error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			ctx := clock.With(context.Background(), clock.NewTimeline(time.Now(), mode))
			ctx = assistant.WithCaller(ctx, assistant.Caller{RecordID: fmt.Sprint(i), Step: "1"})
			_, errs[i] = client.Ask(ctx, question())
		})
	}
	wg.Wait()
	return errs
}

func failed(errs []error) (out []error) {
	for _, err := range errs {
		if err != nil {
			out = append(out, err)
		}
	}
	return out
}

// mostInAMinute is the most arrivals within any 60 seconds.
func mostInAMinute(arrived []time.Time) int {
	most := 0
	for i := range arrived {
		n := 0
		for _, at := range arrived[i:] {
			if at.Sub(arrived[i]) < time.Minute {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

func TestRequestsPerMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &live{takes: 300 * time.Millisecond}
		client := assistant.NewClient(assistant.Config{Transport: server, Limits: assistant.NewLimiter(assistant.Limits{RequestsPerMinute: 20})})
		started := time.Now()
		if errs := failed(askAtOnce(client, clock.Real, 70)); len(errs) > 0 {
			t.Fatal(errs)
		}
		if most, took := mostInAMinute(server.arrived), time.Since(started); most != 20 || took < 3*time.Minute || took > 4*time.Minute {
			t.Errorf("%d in a minute, all in %s", most, took)
		}
	})
}

func TestTokensPerMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		// Each asks for up to 2034 tokens and then takes 1010.
		server := &live{}
		client := assistant.NewClient(assistant.Config{Transport: server, Limits: assistant.NewLimiter(assistant.Limits{TokensPerMinute: 10_000})})
		if errs := failed(askAtOnce(client, clock.Real, 30)); len(errs) > 0 {
			t.Fatal(errs)
		}
		if most := mostInAMinute(server.arrived); most > 9 || most < 7 {
			t.Errorf("%d requests in a minute", most)
		}
		tight := assistant.NewClient(assistant.Config{Transport: server, Limits: assistant.NewLimiter(assistant.Limits{TokensPerMinute: 2000})})
		before := len(server.arrived)
		err := askAtOnce(tight, clock.Real, 1)[0]
		if e := wantCode(t, err, assistant.CodeTooLarge); !e.StopsRun || !strings.Contains(e.Message, "2000") || len(server.arrived) != before {
			t.Errorf("%+v", e)
		}
	})
}

func TestCountedTokensAreUsed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &live{}
		client := assistant.NewClient(assistant.Config{Transport: server, Limits: assistant.NewLimiter(assistant.Limits{TokensPerMinute: 5000}),
			Tokens: func(string) int { return 1500 }})
		err := askAtOnce(client, clock.Real, 1)[0]
		if e := wantCode(t, err, assistant.CodeTooLarge); !strings.Contains(e.Message, "5032") {
			t.Errorf("%+v", e)
		}
	})
}

func TestLimitsAreLearned(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		told := map[string]string{"X-Ratelimit-Limit-Requests": "10", "X-Ratelimit-Remaining-Requests": "9", "X-Ratelimit-Reset-Requests": "6s",
			"X-Ratelimit-Limit-Tokens": "200000", "X-Ratelimit-Remaining-Tokens": "150000", "X-Ratelimit-Reset-Tokens": "1m0s"}
		server := &live{answer: func(int) answer { a := ok("CA"); a.header = told; return a }}
		limiter := assistant.NewLimiter(assistant.Limits{Concurrency: 1})
		client := assistant.NewClient(assistant.Config{Transport: server, Limits: limiter})
		if errs := failed(askAtOnce(client, clock.Real, 25)); len(errs) > 0 {
			t.Fatal(errs)
		}
		if most := mostInAMinute(server.arrived); most != 10 {
			t.Errorf("%d in a minute", most)
		}
		seen := limiter.Seen()
		if len(seen) != 1 || seen[0].At.IsZero() {
			t.Fatalf("%+v", seen)
		}
		seen[0].At = time.Time{}
		want := []assistant.LimitsSeen{{Model: "gpt-6-luna", Requests: 10, RemainingRequests: 9, ResetRequestsAfter: 6 * time.Second, Tokens: 200000, RemainingTokens: 150000, ResetTokensAfter: time.Minute}}
		if d := cmp.Diff(want, seen); d != "" {
			t.Error(d)
		}
	})
}

func TestNothingLeftIsWaitedFor(t *testing.T) {
	t.Parallel()
	for name, headers := range map[string]map[string]string{
		"requests": {"X-Ratelimit-Limit-Requests": "100", "X-Ratelimit-Remaining-Requests": "0", "X-Ratelimit-Reset-Requests": "9s"},
		"tokens":   {"X-Ratelimit-Limit-Tokens": "100000", "X-Ratelimit-Remaining-Tokens": "0", "X-Ratelimit-Reset-Tokens": "9s"},
		"none":     {"X-Ratelimit-Limit-Requests": "-1", "X-Ratelimit-Remaining-Requests": "0", "X-Ratelimit-Reset-Requests": "9s", "X-Ratelimit-Limit-Tokens": "0"},
		"nonsense": {"X-Ratelimit-Limit-Requests": "many", "X-Ratelimit-Remaining-Requests": "0", "X-Ratelimit-Reset-Requests": "soon"},
	} {
		synctest.Test(t, func(t *testing.T) {
			server := &live{answer: func(int) answer { a := ok("CA"); a.header = headers; return a }}
			limiter := assistant.NewLimiter(assistant.Limits{Concurrency: 1})
			client := assistant.NewClient(assistant.Config{Transport: server, Limits: limiter})
			if errs := failed(askAtOnce(client, clock.Real, 2)); len(errs) > 0 {
				t.Fatal(errs)
			}
			waits := name == "requests" || name == "tokens"
			if gap := server.arrived[1].Sub(server.arrived[0]); (gap >= 9*time.Second) != waits || gap > 10*time.Second {
				t.Errorf("%s: %s between two requests", name, gap)
			}
			if len(limiter.Seen()) > 0 != waits {
				t.Errorf("%s: %+v", name, limiter.Seen())
			}
		})
	}
}

// TestConcurrencyBacksOffAndRecovers sends into a server that refuses for a while whatever comes.
func TestConcurrencyBacksOffAndRecovers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limiter := assistant.NewLimiter(assistant.Limits{Concurrency: 16})
		server := &live{takes: time.Second}
		lowest := 16
		server.answer = func(n int) answer {
			lowest = min(lowest, limiter.Concurrency())
			if n <= 16 || n > 16 && n <= 24 {
				return failure(429, "requests", "rate_limit_exceeded", "busy")
			}
			return ok("CA")
		}
		client := assistant.NewClient(assistant.Config{Transport: server, Limits: limiter, MaxAttempts: 5})
		if errs := failed(askAtOnce(client, clock.Real, 400)); len(errs) > 0 {
			t.Fatal(errs[0], len(errs))
		}
		if server.most != 16 || lowest != 4 {
			t.Errorf("at most %d in flight, lowered to %d; one round of refusals halves once", server.most, lowest)
		}
		if got := limiter.Concurrency(); got != 16 {
			t.Errorf("recovered to %d", got)
		}
	})
}

func TestUnlimitedConcurrencyBacksOffToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limiter := assistant.NewLimiter(assistant.Limits{})
		server := &live{takes: time.Second, answer: func(n int) answer {
			if n <= 30 {
				return answer{status: 503, body: ""}
			}
			return ok("CA")
		}}
		if limiter.Concurrency() != 0 {
			t.Error("limited from the start")
		}
		client := assistant.NewClient(assistant.Config{Transport: server, Limits: limiter, MaxAttempts: 5})
		if errs := failed(askAtOnce(client, clock.Real, 30)); len(errs) > 0 || server.most != 30 || limiter.Concurrency() < 15 || limiter.Concurrency() > 25 {
			t.Errorf("%v, at most %d in flight, now %d", errs, server.most, limiter.Concurrency())
		}
	})
}

func TestRetryAfterHoldsEverybody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &live{answer: func(n int) answer {
			if n == 1 {
				return failure(429, "requests", "rate_limit_exceeded", "busy", "Retry-After", "20")
			}
			return ok("CA")
		}}
		client := assistant.NewClient(assistant.Config{Transport: server, Limits: assistant.NewLimiter(assistant.Limits{Concurrency: 1})})
		if errs := failed(askAtOnce(client, clock.Real, 5)); len(errs) > 0 {
			t.Fatal(errs)
		}
		if gap := server.arrived[1].Sub(server.arrived[0]); gap < 20*time.Second {
			t.Errorf("the next request came after %s", gap)
		}
	})
}

func TestLimitsHaveNoEffectWhereNobodyWaits(t *testing.T) {
	t.Parallel()
	limiter := assistant.NewLimiter(assistant.Limits{RequestsPerMinute: 1, TokensPerMinute: 1, Concurrency: 1})
	server := &live{}
	started := time.Now()
	if errs := failed(askAtOnce(assistant.NewClient(assistant.Config{Transport: server, Limits: limiter}), clock.Skip, 50)); len(errs) > 0 || time.Since(started) > 20*time.Second {
		t.Errorf("%v in %s", errs, time.Since(started))
	}
	if len(server.arrived) != 50 || len(limiter.Seen()) != 0 {
		t.Errorf("%d requests, %+v", len(server.arrived), limiter.Seen())
	}
}

func TestWaitingForLimitsIsCancelledAtOnce(t *testing.T) {
	t.Parallel()
	for _, limits := range []assistant.Limits{{RequestsPerMinute: 1}, {Concurrency: 1}} {
		synctest.Test(t, func(t *testing.T) {
			server := &live{takes: 30 * time.Second}
			limiter := assistant.NewLimiter(limits)
			client := assistant.NewClient(assistant.Config{Transport: server, Limits: limiter, Timeout: time.Hour})
			ctx, cancel := context.WithCancel(clock.With(context.Background(), clock.NewTimeline(time.Now(), clock.Real)))
			var wg sync.WaitGroup
			wg.Go(func() { _ = askAtOnce(client, clock.Real, 1) })
			synctest.Wait()
			wg.Go(func() {
				a, err := client.Ask(ctx, question())
				if !errors.Is(err, context.Canceled) || len(a.Attempts) != 0 {
					t.Errorf("%+v: %+v %v", limits, a, err)
				}
			})
			synctest.Wait()
			before := time.Now()
			cancel()
			synctest.Wait()
			if time.Since(before) != 0 || len(server.arrived) != 1 {
				t.Errorf("%s passed, %d requests", time.Since(before), len(server.arrived))
			}
			wg.Wait()
			// The slot of the one that left is free again.
			if errs := failed(askAtOnce(client, clock.Real, 2)); len(errs) > 0 {
				t.Error(errs)
			}
		})
	}
}

func TestModelsThatAreMadeUpDoNotPileUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &live{answer: func(int) answer {
			a := ok("CA")
			a.header = map[string]string{"X-Ratelimit-Limit-Requests": "100000"}
			return a
		}}
		limiter := assistant.NewLimiter(assistant.Limits{})
		client := assistant.NewClient(assistant.Config{Transport: server, Limits: limiter})
		for i := range 200 {
			q := question()
			q.Model = fmt.Sprint("m", i)
			if _, err := client.Ask(clock.With(context.Background(), clock.NewTimeline(time.Now(), clock.Real)), q); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(limiter.Seen()); n > 65 {
			t.Errorf("%d models are kept", n)
		}
	})
}

// TestTurnAndCancelAtTheSameMoment: a slot that is handed to somebody who is leaving must not be lost.
func TestTurnAndCancelAtTheSameMoment(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		leave := func() {}
		server := watch(func(*http.Request) (*http.Response, error) {
			time.Sleep(time.Second) // the bubble's time
			leave()
			return nil, &assistant.Error{Code: assistant.CodeNoRecording, Message: "no"}
		})
		client := assistant.NewClient(assistant.Config{Transport: server, Limits: assistant.NewLimiter(assistant.Limits{Concurrency: 1})})
		for range 500 {
			ctx, cancel := context.WithCancel(clock.With(context.Background(), clock.NewTimeline(time.Now(), clock.Real)))
			leave = cancel
			var wg sync.WaitGroup
			wg.Go(func() { _ = askAtOnce(client, clock.Real, 1) })
			synctest.Wait()
			wg.Go(func() { _, _ = client.Ask(ctx, question()) })
			synctest.Wait()
			wg.Wait()
		}
		if errs := failed(askAtOnce(client, clock.Real, 2)); len(errs) != 2 {
			t.Errorf("%v", errs)
		}
	})
}
