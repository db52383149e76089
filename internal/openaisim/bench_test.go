package openaisim_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/clock"
	"askflow/internal/openaisim"

	"github.com/jarcoal/httpmock"
	openai "github.com/sashabaranov/go-openai"
)

const benchInstructions = "You format the state of a contact as its two-letter abbreviation and say nothing else."

var benchNow = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

func benchContext() context.Context {
	ctx := clock.With(context.Background(), clock.NewTimeline(benchNow, clock.Skip))
	return assistant.WithCaller(ctx, assistant.Caller{RecordType: "contact", RecordID: "101", Assistant: "state-formatter", Step: "1", Visit: 1})
}

func benchQuestion() *assistant.Question {
	t := 0.2
	return &assistant.Question{Assistant: &assistant.Assistant{ID: "state-formatter"}, Protocol: assistant.Responses, Model: "gpt-6-luna",
		Instructions: benchInstructions, Prompt: "State: Calif.\nCompany: Northwind", Temperature: &t, ReasoningEffort: "none", MaxOutputTokens: 2000}
}

func benchClient(b *testing.B, text string) *assistant.Client {
	models := assistant.DefaultModels()
	sim := openaisim.New(openaisim.Options{Rules: rules(b, text), Models: models, Seed: 1})
	return assistant.NewClient(assistant.Config{Transport: sim, Models: models, Seed: 1})
}

// BenchmarkAsk measures a whole ask: our client, go-openai, and the simulator with few or many rules. BenchmarkBareMock
// is the measure to hold it against.
func BenchmarkAsk(b *testing.B) {
	many := ""
	for i := range 1000 {
		many += fmt.Sprintf("- when: {prompt: {matches: '(?i)invoice number %d[0-9]+ of (?P<who>\\w+)'}}\n  reply: \"${who}\"\n", i)
	}
	for _, bench := range []struct{ name, rules string }{
		{"one rule", "- reply: CA\n"},
		{"1000 expressions before", many + "- reply: CA\n"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			client := benchClient(b, bench.rules)
			ctx, q := benchContext(), benchQuestion()
			b.ReportAllocs()
			for b.Loop() {
				if a, err := client.Ask(ctx, q); err != nil || a.Text != "CA" {
					b.Fatal(a, err)
				}
			}
		})
	}
}

// bare is go-openai over httpmock with a fixed answer: what no design could go below.
func bare(b *testing.B) func() {
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder(http.MethodPost, "/v1/responses", httpmock.NewStringResponder(200, `{"id":"resp_1","object":"response","created_at":1767600000,
"status":"completed","model":"gpt-6-luna","error":null,"incomplete_details":null,"output":[{"type":"message","id":"msg_1","role":"assistant",
"status":"completed","content":[{"type":"output_text","text":"CA","annotations":[],"logprobs":[]}]}],
"usage":{"input_tokens":30,"input_tokens_details":{"cached_tokens":0},"output_tokens":1,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":31}}`))
	cfg := openai.DefaultConfig("")
	cfg.HTTPClient = &http.Client{Transport: mock}
	client := openai.NewClientWithConfig(cfg)
	store, temperature := false, float32(0.2)
	req := openai.CreateResponseRequest{Model: "gpt-6-luna", Instructions: benchInstructions, Input: "State: Calif.\nCompany: Northwind",
		Store: &store, Temperature: &temperature, MaxOutputTokens: 2000, Reasoning: &openai.ResponseReasoning{Effort: "none"}}
	return func() {
		if resp, err := client.CreateResponse(context.Background(), req); err != nil || resp.GetOutputText() != "CA" {
			b.Fatal(resp, err)
		}
	}
}

func BenchmarkBareMock(b *testing.B) {
	call := bare(b)
	b.ReportAllocs()
	for b.Loop() {
		call()
	}
}

// BenchmarkAskAgainstBareMock reports how many times as long as the bare call a whole ask takes, whatever the machine.
func BenchmarkAskAgainstBareMock(b *testing.B) {
	call, client := bare(b), benchClient(b, "- reply: CA\n")
	ctx, q := benchContext(), benchQuestion()
	var asking, calling time.Duration
	for b.Loop() {
		started := time.Now()
		if a, err := client.Ask(ctx, q); err != nil || a.Text != "CA" {
			b.Fatal(a, err)
		}
		between := time.Now()
		call()
		asking, calling = asking+between.Sub(started), calling+time.Since(between)
	}
	b.ReportMetric(float64(asking)/float64(calling), "x-bare")
}
