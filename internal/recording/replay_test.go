package recording_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"askflow/internal/assistant"
	"askflow/internal/recording"
)

func TestAMissNamesTheNearestAndWhatDiffers(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	dir, journal := folders(t)
	record(t, s, dir, journal, "2026-11-23", 1, "Company: Northwind\nState: Calif.\nCountry: US", "Grade the lead of Acme, who wants forty seats")
	client := s.client(recording.Replay(load(t, dir), recording.ReplayOptions{Hint: "record it: emulator run states --answers record"}))
	base := func() *assistant.Question { return question("Company: Northwind\nState: Calif.\nCountry: US") }
	for _, test := range []struct {
		name   string
		change func(*assistant.Question)
		says   []string
	}{
		{"model", func(q *assistant.Question) { q.Model = "gpt-4o" }, []string{"the model is gpt-4o here and gpt-6-luna there"}},
		{"temperature", func(q *assistant.Question) { x := 0.7; q.Temperature = &x }, []string{"the temperature is 0.7 here and 0.2 there"}},
		{"no temperature", func(q *assistant.Question) { q.Temperature = nil }, []string{"the temperature is not set here and 0.2 there"}},
		{"effort", func(q *assistant.Question) { q.ReasoningEffort = "low" }, []string{`the reasoning_effort is "low" here and "none" there`}},
		{"output bound", func(q *assistant.Question) { q.MaxOutputTokens = 300 }, []string{"the max_output_tokens is 300 here and 200 there"}},
		{"protocol", func(q *assistant.Question) { q.Protocol = assistant.Chat }, []string{"the protocol is chat here and responses there"}},
		{"instructions", func(q *assistant.Question) { q.Instructions = "Answer at length." }, []string{"instructions differ", `"at length." where the recording says "briefly."`}},
		{"a word", func(q *assistant.Question) { q.Prompt = strings.Replace(q.Prompt, "Calif.", "Kalifornien", 1) }, []string{`the prompt differs: it says "Kalifornien" where the recording says "Calif."`}},
		{"two places", func(q *assistant.Question) { q.Prompt = "Company: Southwind\nState: Calif.\nCountry: USA" }, []string{`"Southwind" where the recording says "Northwind", it says "USA" where the recording says "US"`}},
		{"words more", func(q *assistant.Question) { q.Prompt += " of America" }, []string{`it has "of America" in addition`}},
		{"words fewer", func(q *assistant.Question) { q.Prompt = "Company: Northwind\nState: Calif." }, []string{`it lacks "Country: US"`}},
		{"white space", func(q *assistant.Question) { q.Prompt += "\n" }, []string{"only in white space"}},
		{"the other prompt", func(q *assistant.Question) { q.Prompt = "Grade the lead of Acme, who wants fifty seats" }, []string{`"fifty" where the recording says "forty"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			q := base()
			test.change(q)
			a, err := ask(client, q, "4711")
			if code(err) != assistant.CodeNoRecording || len(a.Attempts) != 1 {
				t.Fatalf("%q after %d attempts: %v", code(err), len(a.Attempts), err)
			}
			for _, says := range append(test.says, "of record 4711 at step 1", "recordings/states.jsonl:") {
				if !strings.Contains(err.Error(), says) {
					t.Errorf("the message does not say %q:\n%s", says, err)
				}
			}
			if hint := hintOf(err); hint != "record it: emulator run states --answers record" {
				t.Errorf("hint: %q", hint)
			}
		})
	}
}

func hintOf(err error) string {
	var e *assistant.Error
	if errors.As(err, &e) {
		return e.Hint
	}
	return ""
}

func TestAMissWithoutRecordings(t *testing.T) {
	t.Parallel()
	dir, _ := folders(t)
	var s *server
	_, err := ask(s.client(recording.Replay(load(t, dir), recording.ReplayOptions{})), question("x"), "1")
	if code(err) != assistant.CodeNoRecording || !strings.Contains(err.Error(), "no recordings") || !strings.Contains(hintOf(err), "--answers record") {
		t.Errorf("%v (%s)", err, hintOf(err))
	}
}

func TestARepeatThatWasNotRecorded(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	dir, journal := folders(t)
	record(t, s, dir, journal, "2026-11-23", 1, "one")
	c := s.client(recording.Replay(load(t, dir), recording.ReplayOptions{}))
	_, err := c.Ask(assistant.WithCaller(context.Background(), assistant.Caller{Repeat: 3}), question("one"))
	if code(err) != assistant.CodeNoRecording || !strings.Contains(err.Error(), "this is repeat 3 and that was repeat 0") {
		t.Error(err)
	}
}

func TestAskedTellsEveryKey(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	dir, journal := folders(t)
	record(t, s, dir, journal, "2026-11-23", 1, "one")
	lib := load(t, dir)
	got := map[string]bool{}
	c := s.client(recording.Replay(lib, recording.ReplayOptions{NoNearest: true, Asked: func(key string, recorded bool) { got[key] = recorded }}))
	_, _ = ask(c, question("one"), "1")
	if _, err := ask(c, question("two"), "1"); strings.Contains(err.Error(), "nearest") {
		t.Error(err)
	}
	if len(got) != 2 || !got[lib.Keys()[0]] {
		t.Errorf("asked: %v", got)
	}
}

// keyFor is the key under which a request's body is looked up.
func keyFor(t *testing.T, path, body string, repeat int) string {
	t.Helper()
	dir, _ := folders(t)
	key := ""
	transport := recording.Replay(load(t, dir), recording.ReplayOptions{NoNearest: true, Asked: func(k string, _ bool) { key = k }})
	req := httptest.NewRequest(http.MethodPost, "http://x.example"+path, strings.NewReader(body))
	req = req.WithContext(assistant.WithCaller(req.Context(), assistant.Caller{RecordID: fmt.Sprint(len(body)), Repeat: repeat}))
	if _, err := transport.RoundTrip(req); code(err) != assistant.CodeNoRecording {
		t.Fatal(err)
	}
	return key
}

func TestTheKeyIsWhatDecidesTheAnswer(t *testing.T) {
	t.Parallel()
	const path = "/v1/responses"
	body := `{"model":"m","instructions":"i","input":"p","temperature":0.2,"top_p":1,"max_output_tokens":200,"reasoning":{"effort":"none"},"store":false}`
	key := keyFor(t, path, body, 0)
	for _, same := range []string{
		`{"store":true,"metadata":{"a":"b"},"reasoning":{"effort":"none"},"max_output_tokens":2e2,"top_p":1.0,"temperature":2e-1,"input":"p","instructions":"i","model":"m","user":"u","stream":false}`,
		`{ "model": "m", "instructions": "\u0069", "input": "p", "temperature": 0.20, "top_p": 1, "max_output_tokens": 200, "reasoning": {"effort":"none"}, "text": null }`,
	} {
		if got := keyFor(t, path, same, 0); got != key {
			t.Errorf("another key for %s", same)
		}
	}
	if got := keyFor(t, "/openai"+path, body, 0); got != key {
		t.Error("the server's address is in the key")
	}
	seen := map[string]string{key: body}
	for _, change := range [][2]string{{`"m"`, `"n"`}, {`"i"`, `"j"`}, {`"p"`, `"q"`}, {`0.2`, `0.3`}, {`"top_p":1`, `"top_p":0.5`}, {`200`, `201`}, {`none`, `low`},
		{`"store"`, `"text":{"format":{"type":"json_object"}},"store"`}, {`"store"`, `"seed":1,"store"`}, {`"input":"p"`, `"input":"p "`}, {`"input":"p"`, `"input":"P"`}} {
		other := strings.Replace(body, change[0], change[1], 1)
		got := keyFor(t, path, other, 0)
		if was, twice := seen[got]; twice {
			t.Errorf("one key for\n%s\n%s", was, other)
		}
		seen[got] = other
	}
	if keyFor(t, path, body, 1) != key+"-1" || keyFor(t, "/v1/chat/completions", body, 0) == key {
		t.Error("repeat and protocol are not in the key")
	}
}

func TestBrokenRequestsAreRefused(t *testing.T) {
	t.Parallel()
	dir, _ := folders(t)
	transport := recording.Replay(load(t, dir), recording.ReplayOptions{})
	for _, body := range []string{"", "[]", "{", "\x00", `{"stream":true}`, strings.Repeat("[", 1000)} {
		req := httptest.NewRequest(http.MethodPost, "http://x.example/v1/responses", strings.NewReader(body))
		if _, err := transport.RoundTrip(req); code(err) != assistant.CodeBadRequest {
			t.Errorf("%q: %v", body[:min(len(body), 20)], err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	req := httptest.NewRequestWithContext(ctx, http.MethodPost, "http://x.example/v1/responses", strings.NewReader("{}"))
	if _, err := transport.RoundTrip(req); !errors.Is(err, context.Canceled) {
		t.Errorf("after a cancellation: %v", err)
	}
}

// The key of a body does not depend on its form, whatever the body.
func FuzzKey(f *testing.F) {
	for _, seed := range []string{`{"model":"m","input":"p","temperature":0.2}`, `{"messages":[{"role":"system","content":"s"},{"role":"user","content":[{"text":"t"}]}]}`,
		`{"a":1e400,"b":-0,"c":-0.0,"d":1.0,"e":123456789012345678901234567890}`, `{"input":[{"role":"user"}],"input":null}`, `{"text":{"format":1},"reasoning":3}`, "{"} {
		f.Add(seed)
	}
	dir := filepath.Join(f.TempDir(), "recordings")
	lib, _ := recording.Load(dir)
	f.Fuzz(func(t *testing.T, body string) {
		keys := map[string]bool{}
		transport := recording.Replay(lib, recording.ReplayOptions{Asked: func(key string, _ bool) { keys[key] = true }})
		for _, form := range []string{body, " " + body + "\n"} {
			for _, path := range []string{"/v1/responses", "/v1/chat/completions"} {
				resp, err := transport.RoundTrip(httptest.NewRequest(http.MethodPost, "http://x.example"+path, strings.NewReader(form)))
				if err == nil || resp != nil {
					t.Fatalf("an empty library answered %q", form)
				}
			}
		}
		if len(keys) != 0 && len(keys) != 2 {
			t.Errorf("%d keys for %q in two protocols", len(keys), body)
		}
	})
}

// replays measures asks over a library of n recordings.
func replays(b *testing.B, n int) {
	s := newServer(b)
	dir, journal := folders(b)
	asked := make([]string, n)
	for i := range asked {
		asked[i] = fmt.Sprintf("State number %d", i)
	}
	seed := func() {
		// One answer from the server gives the form of all others; asking for each of them is not what is measured.
		record(b, s, dir, journal, "2026-11-23", 1, asked[0])
		line := readFile(b, filepath.Join(dir, "states.jsonl"))
		keys := map[string]string{}
		var at string
		probe := s.client(recording.Replay(load(b, dir), recording.ReplayOptions{NoNearest: true, Asked: func(key string, _ bool) { keys[at] = key }}))
		for _, at = range asked {
			_, _ = ask(probe, question(at), "1")
		}
		var all strings.Builder
		for _, prompt := range asked {
			all.WriteString(strings.NewReplacer(keys[asked[0]], keys[prompt], asked[0], prompt).Replace(line))
		}
		if err := os.WriteFile(filepath.Join(dir, "states.jsonl"), []byte(all.String()), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	seed()
	c := s.client(recording.Replay(load(b, dir), recording.ReplayOptions{}))
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if a, err := ask(c, question(asked[i%n]), "1"); err != nil || a.Text != "echo: "+asked[i%n] {
			b.Fatal(a, err)
		}
		i++
	}
}

func BenchmarkReplayOf10(b *testing.B)    { replays(b, 10) }
func BenchmarkReplayOf10000(b *testing.B) { replays(b, 10_000) }

// BenchmarkMiss is a question that is nearest to one of 10,000 recordings.
func BenchmarkMiss(b *testing.B) {
	lib := load(b, many(b, 10_000))
	transport := recording.Replay(lib, recording.ReplayOptions{})
	for b.Loop() {
		resp, err := transport.RoundTrip(httptest.NewRequest(http.MethodPost, "http://x.example/v1/responses", strings.NewReader(`{"model":"gpt-6-luna","input":"The contact wrote about the offer"}`)))
		if code(err) != assistant.CodeNoRecording {
			b.Fatal(resp, err)
		}
	}
}
