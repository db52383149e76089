package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/jarcoal/httpmock"
	openai "github.com/sashabaranov/go-openai"
	_ "modernc.org/sqlite"

	"askflow/internal/assistant"
	"askflow/internal/clock"
	"askflow/internal/emulator"
	"askflow/internal/hubspot"
	"askflow/internal/openaisim"
	"askflow/internal/records"
	"askflow/internal/run"
	"askflow/internal/store/sqlite"
)

const stageRecords = 10_000

// stages measures the parts of a run one by one, and raw work beside them.
func stages(ctx context.Context, dir string) error {
	path := filepath.Join(dir, fmt.Sprintf("contacts-%d.csv", stageRecords))
	e, err := emulator.Open(ctx, emulator.Options{Dir: filepath.Join(dir, "portal")})
	if err != nil {
		return err
	}
	var rows []run.Row
	whole, err := cpuTimed(func() error {
		_, err := e.Run(ctx, emulator.Request{Workflow: "leads", Records: []string{path}, Seed: 1, Concurrency: 1}, emulator.Hooks{
			Rows: func(group []run.Row, _ bool) error {
				rows = append(rows, group...)
				return nil
			},
		})
		return err
	})
	if err != nil {
		return err
	}
	read, err := cpuTimed(func() error { return readRecords(path) })
	if err != nil {
		return err
	}
	ask, err := cpuTimed(func() error { return askAll(ctx, e) })
	if err != nil {
		return err
	}
	bare, err := cpuTimed(func() error { return bareCalls(ctx) })
	if err != nil {
		return err
	}
	store, err := cpuTimed(func() error { return storeRows(ctx, filepath.Join(dir, "stages"), rows) })
	if err != nil {
		return err
	}
	raw, err := cpuTimed(func() error { return rawRows(filepath.Join(dir, "raw.db"), rows) })
	if err != nil {
		return err
	}
	rest := whole - read - ask - store
	line := func(what string, d time.Duration, note string) {
		fmt.Printf("  %-34s %8.1f µs   %3.0f %%   %s\n", what, float64(d.Microseconds())/stageRecords, 100*float64(d)/float64(whole), note)
	}
	line("the whole run, one worker", whole, "")
	line("reading and checking the records", read, "")
	line("asking", ask, fmt.Sprintf("%.2f times a bare call", float64(ask)/float64(bare)))
	line("storing", store, fmt.Sprintf("%.2f times a raw insert of the same bytes", float64(store)/float64(raw)))
	line("enrolling, walking, encoding", rest, "what is left")
	line("a bare go-openai call on httpmock", bare, "for comparison")
	line("a raw insert of the same bytes", raw, "for comparison")
	fmt.Printf("\n  A run takes %.2f times a bare call and a raw insert together.\n", float64(whole)/float64(bare+raw))
	return nil
}

// timed measures wall time.
func timed(fn func() error) (time.Duration, error) {
	began := time.Now()
	err := fn()
	return time.Since(began), err
}

// cpuTimed measures CPU time: walking and committing overlap, so only CPU time adds up.
func cpuTimed(fn func() error) (time.Duration, error) {
	runtime.GC() // nobody pays for the garbage of the stage before
	began := cpuTime()
	err := fn()
	return cpuTime() - began, err
}

func readRecords(path string) error {
	files := []records.File{{Path: path, Open: func() (io.ReadCloser, error) { return os.Open(path) }}}
	opt := records.Options{Properties: hubspot.DefaultSchema().Of("contact")}
	if _, problems := records.Scan(context.Background(), "contact", files, opt); problems.HasErrors() {
		return problems
	}
	r := records.Open("contact", files, opt)
	defer func() { _ = r.Close() }()
	for {
		if _, err := r.Next(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// askAll puts the questions of the run to the simulator.
func askAll(ctx context.Context, e *emulator.Emulator) error {
	sim := openaisim.New(openaisim.Options{Rules: e.Portal.Rules, Models: e.Models})
	client := assistant.NewClient(assistant.Config{BaseURL: "https://api.openai.com/v1", Transport: sim, Models: e.Models})
	q, err := benchQuestion(e)
	if err != nil {
		return err
	}
	asked := e.Portal.Assistants[0]
	for i := range stageRecords {
		question := *q
		question.Prompt = prompt(i)
		caller := assistant.Caller{RecordType: "contact", RecordID: fmt.Sprint(100_000 + i), Assistant: asked.ID, AssistantName: asked.Name, Step: "1", Visit: 1, FirstAttempt: 1}
		at := clock.With(ctx, clock.NewTimeline(time.Unix(1_795_000_000, 0), clock.Skip))
		if _, err := client.Ask(assistant.WithCaller(at, caller), &question); err != nil {
			return err
		}
	}
	return nil
}

func prompt(i int) string {
	return fmt.Sprintf("Grade this lead A, B or C.\nCompany: Northwind, branch %d\nMessage: We are looking for a solution for %d seats; please call us back about prices, onboarding and support in our region.\n", i%97, i%50)
}

// bareCalls makes the same calls with go-openai on httpmock and nothing of ours.
func bareCalls(ctx context.Context) error {
	const body = `{"id":"resp_1","object":"response","created_at":1795430400,"status":"completed","model":"gpt-6-luna","error":null,"incomplete_details":null,"output":[{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"B: curious and polite, but there is no date and no budget yet","annotations":[],"logprobs":[]}]}],"usage":{"input_tokens":66,"input_tokens_details":{"cached_tokens":0,"cache_write_tokens":0},"output_tokens":15,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":81},"instructions":null,"tools":[],"tool_choice":"auto","parallel_tool_calls":true,"metadata":{},"temperature":0.2,"top_p":1}`
	transport := httpmock.NewMockTransport()
	transport.RegisterResponder(http.MethodPost, "https://api.openai.com/v1/responses", func(req *http.Request) (*http.Response, error) {
		if _, err := io.Copy(io.Discard, req.Body); err != nil {
			return nil, err
		}
		return httpmock.NewStringResponse(http.StatusOK, body), nil
	})
	config := openai.DefaultConfig("")
	config.HTTPClient = &http.Client{Transport: transport}
	client := openai.NewClientWithConfig(config)
	temperature := float32(0.2)
	for i := range stageRecords {
		if _, err := client.CreateResponse(ctx, openai.CreateResponseRequest{Model: "gpt-6-luna", Instructions: "Grade leads by how likely they are to buy soon. Answer with one letter and a reason.", Input: prompt(i), Temperature: &temperature}); err != nil {
			return err
		}
	}
	return nil
}

// storeRows commits the rows through the store.
func storeRows(ctx context.Context, dir string, rows []run.Row) error {
	s, err := sqlite.Open(ctx, dir, sqlite.Options{})
	if err != nil {
		return err
	}
	r := &run.Run{Workflow: run.Workflow{File: "workflows/leads.yaml", Name: "Leads"}, Now: time.Now(), Answers: "scripted"}
	if err := s.Begin(ctx, r); err != nil {
		return err
	}
	for group := range groups(rows) {
		if err := s.Commit(ctx, r.ID, group, &run.Totals{}); err != nil {
			return err
		}
	}
	r.Status = run.RunCompleted
	if err := s.Finish(ctx, r); err != nil {
		return err
	}
	return s.Close()
}

// groups of the size a run commits.
func groups(rows []run.Row) func(func([]run.Row) bool) {
	return func(yield func([]run.Row) bool) {
		for len(rows) > 0 {
			n := min(512, len(rows))
			if !yield(rows[:n]) {
				return
			}
			rows = rows[n:]
		}
	}
}

// rawRows inserts the same bytes into a table without anything around it.
func rawRows(path string, rows []run.Row) error {
	db, err := sql.Open("sqlite", path+"?_pragma=journal_mode(wal)&_pragma=synchronous(normal)")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec("create table t (id integer primary key, steps text, effects text)"); err != nil {
		return err
	}
	for group := range groups(rows) {
		tx, err := db.Begin()
		if err != nil {
			return err
		}
		insert, err := tx.Prepare("insert into t values (?, ?, ?)")
		if err != nil {
			return err
		}
		for i := range group {
			if _, err := insert.Exec(group[i].Seq, string(group[i].Steps), string(group[i].Effects)); err != nil {
				return err
			}
		}
		_ = insert.Close()
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	return nil
}
