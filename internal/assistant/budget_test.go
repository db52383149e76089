package assistant_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/clock"
)

func money(t testing.TB, s string) assistant.Money {
	t.Helper()
	m, err := assistant.ParseMoney(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestBudgetReservesAndSettles(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := assistant.NewBudget(money(t, "1"))
	first, err := b.Reserve(ctx, money(t, "0.6"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Reserve(ctx, money(t, "1.1"))
	if e := wantCode(t, err, assistant.CodeOverBudget); !e.StopsRun || !strings.Contains(e.Message, "$1.1") || !strings.Contains(e.Hint, "--max-cost") {
		t.Errorf("%+v", e)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := b.Reserve(cancelled, money(t, "0.5")); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting for another reservation is not cancelled: %v", err)
	}
	got := make(chan error)
	go func() {
		second, err := b.Reserve(ctx, money(t, "0.9")) // fits when the first has cost no more than 0.1
		second.Settle(money(t, "0.2"))
		got <- err
	}()
	first.Settle(money(t, "0.1"))
	first.Settle(money(t, "0.1"))
	first.Keep()
	if err := <-got; err != nil {
		t.Error(err)
	}
	if b.Spent() != money(t, "0.3") || b.Limit() != money(t, "1") {
		t.Errorf("%s of %s", b.Spent(), b.Limit())
	}
	b.Spend(money(t, "0.5"))
	if _, err := b.Reserve(ctx, money(t, "0.200000000001")); err == nil {
		t.Error("more than is left is given")
	}
	last, err := b.Reserve(ctx, money(t, "0.2"))
	if err != nil {
		t.Fatal(err)
	}
	last.Keep()
	if b.Spent() != b.Limit() {
		t.Errorf("%s", b.Spent())
	}
}

// TestBudgetHolds lets many ask at once with little money: what the server charged is never above the budget, and money
// that was only reserved is not lost.
func TestBudgetHolds(t *testing.T) {
	t.Parallel()
	// An ask costs 0.0000715, at most 0.001… with 2000 tokens of output.
	server := &live{}
	budget := assistant.NewBudget(money(t, "0.004"))
	client := assistant.NewClient(assistant.Config{Transport: server, Models: assistant.DefaultModels(), Budget: budget})
	errs := askAtOnce(client, clock.Skip, 100)
	refused := failed(errs)
	for _, err := range refused {
		if e := wantCode(t, err, assistant.CodeOverBudget); !e.StopsRun {
			t.Errorf("%+v", e)
		}
	}
	charged := money(t, "0.0000715") * assistant.Money(len(server.arrived))
	if charged > budget.Limit() || charged != budget.Spent() {
		t.Errorf("%d asks cost %s, the budget counted %s of %s", len(server.arrived), charged, budget.Spent(), budget.Limit())
	}
	if len(server.arrived) < 40 || len(refused) != 100-len(server.arrived) {
		t.Errorf("%d of 100 were asked, %d refused", len(server.arrived), len(refused))
	}
}

// TestWhatIsSettled tells what each way to end costs a budget.
func TestWhatIsSettled(t *testing.T) {
	t.Parallel()
	worst := "0.0010055" // 44 bytes of input with framing, written to the cache, and 2000 tokens of output
	for name, test := range map[string]struct {
		answer answer
		spent  string
	}{
		"answered":                {ok("CA"), "0.0000715"},
		"refused by the server":   {failure(401, "", "invalid_api_key", "no"), "0"},
		"broken off":              {answer{status: 200, body: `{"output":[`}, worst},
		"no usage":                {answer{status: 200, body: `{"status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"CA"}]}]}`}, worst},
		"reset":                   {answer{err: errors.New("reset")}, worst},
		"nobody listens":          {answer{err: &net.OpError{Op: "dial", Err: errors.New("refused")}}, "0"},
		"timeout":                 {answer{err: clock.ErrTimeout}, worst},
		"a transport knows":       {answer{err: &assistant.Error{Code: assistant.CodeNoRecording, Message: "no"}}, "0"},
		"empty, and charged":      {answer{status: 200, body: `{"status":"completed","model":"gpt-6-luna","output":[],"usage":{"input_tokens":10,"output_tokens":20}}`}, "0.000011"},
		"model of unknown price ": {answer{status: 200, body: `{"status":"completed","model":"mystery","output":[],"usage":{"input_tokens":10,"output_tokens":20}}`}, "0.000011"},
	} {
		budget := assistant.NewBudget(money(t, "1"))
		client := assistant.NewClient(assistant.Config{Transport: &answers{t: t, list: []answer{test.answer}}, Models: assistant.DefaultModels(), Budget: budget, MaxAttempts: 1})
		_, _ = client.Ask(clock.With(context.Background(), clock.NewTimeline(start, clock.Skip)), question())
		if got := budget.Spent(); got != money(t, test.spent) {
			t.Errorf("%s: %s, want %s", name, got, test.spent)
		}
	}
}

func TestRunsAreSettledToo(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		run   answer
		spent string
	}{
		"answered": {status("completed", usageMembers), "0.000069"},
		"tools":    {status("requires_action", ""), "0.0010055"},
	} {
		budget := assistant.NewBudget(money(t, "1"))
		p := &past{runs: []answer{test.run}, messages: []answer{said(textPart("CA"))}}
		_, _, _ = converse(t, p, runQuestion(), assistant.Config{Budget: budget})
		if got := budget.Spent(); got != money(t, test.spent) {
			t.Errorf("%s: %s, want %s", name, got, test.spent)
		}
	}
}

func TestBudgetBeforeSending(t *testing.T) {
	t.Parallel()
	never := watch(func(req *http.Request) (*http.Response, error) {
		t.Errorf("sent to %s", req.URL)
		return nil, io.EOF
	})
	q := question()
	client := assistant.NewClient(assistant.Config{Transport: never, Models: assistant.DefaultModels(), Budget: assistant.NewBudget(money(t, "0.001"))})
	a, err := client.Ask(context.Background(), q)
	if e := wantCode(t, err, assistant.CodeOverBudget); !e.StopsRun || len(a.Attempts) != 0 || a.CostUSD != "" {
		t.Errorf("%+v %+v", a, e)
	}
	for _, model := range []string{"llama", "ft:gpt-4o:acme::1"} {
		q.Model = model
		_, err = client.Ask(context.Background(), q)
		if e := wantCode(t, err, assistant.CodeUnknownPrice); !e.StopsRun || !strings.Contains(e.Message, model) {
			t.Errorf("%+v", e)
		}
	}
	q = question()
	counted := assistant.NewClient(assistant.Config{Transport: never, Models: assistant.DefaultModels(), Budget: assistant.NewBudget(money(t, "0.1")),
		Tokens: func(string) int { return 1_000_000 }})
	_, err = counted.Ask(context.Background(), q)
	wantCode(t, err, assistant.CodeOverBudget)
}

// TestBudgetStopsRetries tells that each attempt has to fit.
func TestBudgetStopsRetries(t *testing.T) {
	t.Parallel()
	budget := assistant.NewBudget(money(t, "0.0021"))
	transport := &answers{t: t, list: []answer{{err: errors.New("reset")}}}
	client := assistant.NewClient(assistant.Config{Transport: transport, Models: assistant.DefaultModels(), Budget: budget, MaxAttempts: 5})
	a, err := client.Ask(clock.With(context.Background(), clock.NewTimeline(start, clock.Skip)), question())
	wantCode(t, err, assistant.CodeOverBudget)
	if len(transport.got) != 2 || len(a.Attempts) != 2 || a.Attempts[1].WaitMs == 0 {
		t.Errorf("%d requests, %+v", len(transport.got), a.Attempts)
	}
}

func TestBudgetAndLimitsTogether(t *testing.T) {
	t.Parallel()
	var wg sync.WaitGroup
	budget := assistant.NewBudget(money(t, "1"))
	client := assistant.NewClient(assistant.Config{Transport: &live{}, Models: assistant.DefaultModels(), Budget: budget, Limits: assistant.NewLimiter(assistant.Limits{TokensPerMinute: 10})})
	wg.Go(func() {
		_, err := client.Ask(clock.With(context.Background(), clock.NewTimeline(time.Now(), clock.Real)), question())
		wantCode(t, err, assistant.CodeTooLarge)
	})
	wg.Wait()
	if budget.Spent() != 0 {
		t.Errorf("%s were spent on nothing", budget.Spent())
	}
	if r, err := budget.Reserve(context.Background(), money(t, "1")); err != nil {
		t.Errorf("the reservation was not given back: %v", err)
	} else {
		r.Settle(0)
	}
}
