package assistant_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/clock"
)

func TestWhereTheTextIs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		protocol assistant.Protocol
		body     string
		want     string
	}{
		"parts are joined":        {"", `{"status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"a"},{"type":"output_text","text":"b"}]},{"type":"message","content":[{"type":"output_text","text":"c"}]}]}`, "abc"},
		"commentary is left out":  {"", `{"status":"completed","output":[{"type":"message","phase":"commentary","content":[{"type":"output_text","text":"hm"}]},{"type":"message","phase":"final_answer","content":[{"type":"output_text","text":"CA"}]}]}`, "CA"},
		"unless there is no more": {"", `{"status":"completed","output":[{"type":"message","phase":"commentary","content":[{"type":"output_text","text":"hm"}]}]}`, "hm"},
		"other items are skipped": {"", `{"status":"completed","output":[{"type":"function_call","content":[{"type":"output_text","text":"x"}]},{"type":"message","content":[{"type":"output_text","text":"CA"}]}]}`, "CA"},
		"the convenience field":   {"", `{"output":[],"output_text":"CA"}`, "CA"},
		"spaces stay":             {"", `{"output":[{"type":"message","content":[{"type":"output_text","text":" CA\n"}]}]}`, " CA\n"},
		"chat, parts":             {assistant.Chat, `{"choices":[{"message":{"role":"assistant","content":[{"type":"text","text":"C"},{"type":"text","text":"A"}]}}]}`, "CA"},
	} {
		q := question()
		q.Protocol = test.protocol
		if a, err, _, _ := ask(t, q, answer{status: 200, body: test.body}); err != nil || a.Text != test.want {
			t.Errorf("%s: %q, %v", name, a.Text, err)
		}
	}
}

// TestCancelWhileWaiting cancels in the pause between two attempts: what was tried so far is told.
func TestCancelWhileWaiting(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(clock.With(context.Background(), clock.NewTimeline(start, clock.Real)))
	defer cancel()
	inner := &answers{t: t, list: []answer{failure(429, "requests", "rate_limit_exceeded", "busy", "Retry-After", "60")}}
	client := assistant.NewClient(assistant.Config{Transport: watch(func(req *http.Request) (*http.Response, error) {
		time.AfterFunc(time.Millisecond, cancel)
		return inner.RoundTrip(req)
	})})
	a, err := client.Ask(ctx, question())
	if !errors.Is(err, context.Canceled) || len(a.Attempts) != 1 || len(inner.got) != 1 {
		t.Errorf("%+v %v", a, err)
	}
}
