package openaisim_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"

	"askflow/internal/assistant"
	"askflow/internal/clock"
	"askflow/internal/openaisim"

	"github.com/google/go-cmp/cmp"
)

func TestSameQuestionSameBytes(t *testing.T) {
	t.Parallel()
	sim := openaisim.New(openaisim.Options{Rules: rules(t, "- {reply: hi, latency: 1500ms}\n"), Seed: 3, Models: assistant.DefaultModels()})
	const ask = `{"model":"gpt-6-luna","input":"x"}`
	get := func(caller assistant.Caller) (string, http.Header) {
		ctx := assistant.WithCaller(clock.With(context.Background(), clock.NewTimeline(benchNow, clock.Skip)), caller)
		req, _ := http.NewRequestWithContext(ctx, http.MethodPost, "http://x/v1/responses", strings.NewReader(ask))
		resp, err := sim.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		data, _ := io.ReadAll(resp.Body)
		return string(data), resp.Header
	}
	first, header := get(assistant.Caller{RecordID: "1", Attempt: 1})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if again, h := get(assistant.Caller{RecordID: "1", Attempt: 1}); again != first || !cmp.Equal(h, header) {
				t.Errorf("%s\n%s", first, again)
			}
		})
	}
	wg.Wait()
	ids := map[string]bool{}
	for _, c := range []assistant.Caller{{RecordID: "1", Attempt: 1}, {RecordID: "1", Attempt: 2}, {RecordID: "2", Attempt: 1}, {RecordID: "1", Attempt: 1, Visit: 2}, {RecordID: "1", Attempt: 1, Repeat: 1}} {
		body, _ := get(c)
		var answer struct {
			ID        string `json:"id"`
			Created   int64  `json:"created_at"`
			Completed int64  `json:"completed_at"`
		}
		if err := json.Unmarshal([]byte(body), &answer); err != nil {
			t.Fatal(err)
		}
		if answer.Created != benchNow.Unix() || answer.Completed != benchNow.Unix()+1 {
			t.Errorf("%+v", answer)
		}
		ids[answer.ID] = true
	}
	if len(ids) != 5 {
		t.Errorf("ids are shared: %v", ids)
	}
}

func TestCancelledRequests(t *testing.T) {
	t.Parallel()
	sim := openaisim.New(openaisim.Options{Rules: rules(t, "- {reply: hi, latency: 1h}\n")})
	ctx, cancel := context.WithCancel(clock.With(context.Background(), clock.NewTimeline(benchNow, clock.Real)))
	send := func() error {
		req, _ := http.NewRequestWithContext(ctx, http.MethodPost, "http://x/v1/responses", strings.NewReader(`{"model":"m","input":"x"}`))
		resp, err := sim.RoundTrip(req)
		if err == nil {
			t.Errorf("an answer: %v", resp.StatusCode)
		}
		return err
	}
	failed := make(chan error)
	go func() { failed <- send() }()
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for range 200 {
		if err := send(); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
}

func TestNoGoroutinesAreStarted(t *testing.T) {
	ctx, cancel := context.WithCancel(benchContext())
	defer cancel()
	most := 0
	scripted := rules(t, "- reply: hi\n")
	client := assistant.NewClient(assistant.Config{Transport: counting{openaisim.New(openaisim.Options{Rules: scripted}), &most}})
	before := runtime.NumGoroutine()
	for range 100 {
		if _, err := client.Ask(ctx, benchQuestion()); err != nil {
			t.Fatal(err)
		}
	}
	if most > before {
		t.Errorf("%d goroutines before, %d while asking", before, most)
	}
}

type counting struct {
	next http.RoundTripper
	most *int
}

func (c counting) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := c.next.RoundTrip(req)
	*c.most = max(*c.most, runtime.NumGoroutine())
	return resp, err
}

type server struct{ sim http.RoundTripper }

// RoundTrip stands for the network: nothing of the request's context reaches the other side.
func (s server) RoundTrip(req *http.Request) (*http.Response, error) {
	return s.sim.RoundTrip(req.Clone(clock.With(context.Background(), clock.NewTimeline(benchNow, clock.Skip))))
}

func TestIdentityOverTheWire(t *testing.T) {
	t.Parallel()
	sim := openaisim.New(openaisim.Options{Rules: rules(t, `
- {when: {record: "ä 1%", assistant: "Staat & Co", step: ask}, fault: {status: 500}, times: 1}
- {when: {record: "ä 1%", assistant: "Staat & Co", step: ask}, reply: hi}
`)})
	ctx := assistant.WithCaller(benchContext(), assistant.Caller{RecordType: "contact", RecordID: "ä 1%", Assistant: "a", AssistantName: "Staat & Co", Step: "1", StepName: "ask", Visit: 1})
	for name, transport := range map[string]http.RoundTripper{"told": openaisim.WithIdentity(server{sim}), "not told": server{sim}} {
		client := assistant.NewClient(assistant.Config{Transport: transport})
		a, err := client.Ask(ctx, benchQuestion())
		if told := name == "told"; (err == nil) != told || told && len(a.Attempts) != 2 {
			t.Errorf("%s: %+v %v", name, a, err)
		}
	}
}

func TestTimeoutWithoutATimeout(t *testing.T) {
	t.Parallel()
	sim := openaisim.New(openaisim.Options{Rules: rules(t, "- fault: timeout\n")})
	req, _ := http.NewRequestWithContext(benchContext(), http.MethodPost, "http://x/v1/responses", strings.NewReader(`{"model":"m","input":"x"}`))
	if _, err := sim.RoundTrip(req); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}
