package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	openai "github.com/sashabaranov/go-openai"

	"askflow/internal/assistant"
	"askflow/internal/clock"
	"askflow/internal/emulator"
	"askflow/internal/openaisim"
	"askflow/internal/recording"
)

// liveAsks is how many questions go over TCP; replayMany and replayFew how many recordings are replayed.
const (
	liveAsks   = 3_000
	replayMany = 10_000
	replayFew  = 10
)

// live measures what our client adds to a question that goes over TCP, and what replaying costs.
func live(ctx context.Context, dir string) error {
	e, err := emulator.Open(ctx, emulator.Options{Dir: filepath.Join(dir, "portal")})
	if err != nil {
		return err
	}
	rules := []*openaisim.Rule{}
	for _, r := range e.Portal.Rules {
		open := *r
		open.When = openaisim.When{} // over TCP nobody says which assistant asks
		rules = append(rules, &open)
	}
	sim := openaisim.New(openaisim.Options{Rules: rules, Models: e.Models})
	server, err := openaisim.Serve("127.0.0.1:0", sim)
	if err != nil {
		return err
	}
	if err = overTCP(ctx, e, dir, server.URL); err == nil {
		err = replays(ctx, e, sim, dir)
	}
	return errors.Join(err, server.Close())
}

// overTCP asks the same server the same questions in three ways, taking turns, and sets the medians side by side.
func overTCP(ctx context.Context, e *emulator.Emulator, dir, base string) error {
	q, err := benchQuestion(e)
	if err != nil {
		return err
	}
	pool := &http.Transport{MaxIdleConnsPerHost: 64}
	defer pool.CloseIdleConnections()
	config := openai.DefaultConfig("sk-none")
	config.BaseURL, config.HTTPClient = base, &http.Client{Transport: pool}
	bare := openai.NewClientWithConfig(config)
	ours := func(transport http.RoundTripper) *assistant.Client {
		most, _ := assistant.ParseMoney("1000")
		return assistant.NewClient(assistant.Config{BaseURL: base, Transport: transport, Models: e.Models, Key: func() string { return "sk-none" },
			Limits: assistant.NewLimiter(assistant.Limits{}), Budget: assistant.NewBudget(most)})
	}
	recorder := recording.Record(nil, pool, recording.RecordOptions{Name: "bench", EachCaller: true})
	if err := recorder.Begin(filepath.Join(dir, "journals", "bench.jsonl")); err != nil {
		return err
	}
	plain, kept := ours(pool), ours(recorder)
	ways := []func(i int) error{
		func(i int) error { return bareAsk(ctx, bare, q, i) },
		func(i int) error { return ask(ctx, plain, q, i, clock.Real) },
		func(i int) error { return ask(ctx, kept, q, i, clock.Real) },
	}
	times := make([][]time.Duration, len(ways))
	for i := range liveAsks {
		for turn := range ways {
			w := (turn + i) % len(ways) // what came before leaves its traces
			took, err := timed(func() error { return ways[w](i) })
			if err != nil {
				return err
			}
			times[w] = append(times[w], took)
		}
	}
	if _, err := recorder.Finish(); err != nil {
		return err
	}
	fmt.Printf("\nOne ask over TCP, to a server on this machine (median of %d)\n", liveAsks)
	least := median(times[0])
	for w, what := range []string{"a bare go-openai call", "our client, limits and a budget", "the same, kept on disk first"} {
		took := median(times[w])
		fmt.Printf("  %-34s %8.1f µs   %.2f times a bare call\n", what, float64(took.Nanoseconds())/1000, float64(took)/float64(least))
	}
	return nil
}

func benchQuestion(e *emulator.Emulator) (*assistant.Question, error) {
	asked := e.Portal.Assistants[0]
	q, refused := assistant.Resolve(asked, assistant.Responses, 2000, e.Models, nil, assistant.FromAssistant(asked))
	if refused != nil {
		return nil, refused
	}
	return q, nil
}

func bareAsk(ctx context.Context, client *openai.Client, q *assistant.Question, i int) error {
	temperature, store := float32(0.2), false
	_, err := client.CreateResponse(ctx, openai.CreateResponseRequest{Model: q.Model, Instructions: q.Instructions, Input: numbered(i), Temperature: &temperature,
		Reasoning: &openai.ResponseReasoning{Effort: q.ReasoningEffort}, MaxOutputTokens: q.MaxOutputTokens, Store: &store})
	return err
}

// numbered is a prompt like no other.
func numbered(i int) string { return fmt.Sprintf("Lead %d. %s", i, prompt(i)) }

func ask(ctx context.Context, client *assistant.Client, q *assistant.Question, i int, mode clock.Mode) error {
	question := *q
	question.Prompt = numbered(i)
	caller := assistant.Caller{RecordType: "contact", RecordID: fmt.Sprint(100_000 + i), Assistant: q.Assistant.ID, AssistantName: q.Assistant.Name, Step: "1", Visit: 1, FirstAttempt: 1}
	at := clock.With(ctx, clock.NewTimeline(time.Unix(1_795_000_000, 0), mode))
	_, err := client.Ask(assistant.WithCaller(at, caller), &question)
	return err
}

// replays records and replays few and many questions; one ask must cost the same. Few are asked again and again until as
// many were asked.
func replays(ctx context.Context, e *emulator.Emulator, sim http.RoundTripper, dir string) error {
	q, err := benchQuestion(e)
	if err != nil {
		return err
	}
	fmt.Printf("\nReplaying recordings, one ask (median of %d)\n", replayMany)
	var first time.Duration
	for _, n := range []int{replayFew, replayMany} {
		folder := filepath.Join(dir, fmt.Sprintf("replay-%d", n))
		if err := record(ctx, e, q, sim, folder, n); err != nil {
			return err
		}
		loading := time.Now()
		lib, problems := recording.Load(folder)
		if problems.HasErrors() {
			return problems
		}
		loaded := time.Since(loading)
		client := assistant.NewClient(assistant.Config{Transport: recording.Replay(lib, recording.ReplayOptions{}), Models: e.Models})
		times := make([]time.Duration, 0, replayMany)
		for i := range replayMany {
			took, failed := timed(func() error { return ask(ctx, client, q, i%n, clock.Skip) })
			if err = failed; err != nil {
				break
			}
			times = append(times, took)
		}
		if err = errors.Join(err, lib.Close()); err != nil {
			return err
		}
		took := median(times)
		if first == 0 {
			first = took
		}
		fmt.Printf("  %-34s %8.1f µs   %.2f times that of %d   loading them all took %.1f ms\n", fmt.Sprintf("of %d recordings", n), float64(took.Nanoseconds())/1000,
			float64(took)/float64(first), replayFew, ms(loaded))
	}
	return nil
}

// record makes n recordings in a folder of its own, many at once, as a run does.
func record(ctx context.Context, e *emulator.Emulator, q *assistant.Question, sim http.RoundTripper, folder string, n int) error {
	lib, problems := recording.Load(folder)
	if problems.HasErrors() {
		return problems
	}
	defer func() { _ = lib.Close() }()
	recorder := recording.Record(lib, sim, recording.RecordOptions{Name: "bench", Date: "2026-11-23"})
	if err := recorder.Begin(folder + ".journal"); err != nil {
		return err
	}
	client := assistant.NewClient(assistant.Config{Transport: recorder, Models: e.Models})
	const workers = 64
	failed := make([]error, workers)
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := w; i < n && failed[w] == nil; i += workers {
				failed[w] = ask(ctx, client, q, i, clock.Skip)
			}
		})
	}
	all.Wait()
	_, err := recorder.Finish()
	return errors.Join(errors.Join(failed...), err)
}
