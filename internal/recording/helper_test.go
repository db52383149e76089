package recording_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/clock"
	"askflow/internal/recording"
)

// The credentials that must appear nowhere.
const (
	canaryKey     = "sk-proj-CANARYcanary0123456789abcdefCANARY"
	canaryOrg     = "org-CANARYorganisation77"
	canaryProject = "proj_CANARYproject88"
)

// server plays OpenAI: the same question has the same answer, under ids and times that are new with every call, and in
// headers and unknown members that name the account.
type server struct {
	*httptest.Server
	calls atomic.Int64
	// answer is what the model says to a prompt; nil echoes it.
	answer func(prompt string) string
	// refuse may answer an error instead: status and body, 0 for none.
	refuse func(n int64, prompt string) (int, string)
	// hold is waited for before an answer is sent; nil for nothing.
	hold chan struct{}
	seen sync.Map // prompts
}

func newServer(t testing.TB) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *server) serve(w http.ResponseWriter, req *http.Request) {
	n := s.calls.Add(1)
	var body struct {
		Model    string `json:"model"`
		Input    string `json:"input"`
		Messages []struct {
			Role, Content string
		} `json:"messages"`
	}
	data, _ := io.ReadAll(req.Body)
	if err := json.Unmarshal(data, &body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	prompt := body.Input
	for _, m := range body.Messages {
		if m.Role == "user" {
			prompt = m.Content
		}
	}
	if s.hold != nil {
		<-s.hold
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Openai-Version", "2020-10-01")
	h.Set("Openai-Organization", canaryOrg)
	h.Set("Openai-Project", canaryProject)
	h.Set("X-Request-Id", fmt.Sprintf("req_%d", n))
	h.Set("X-Ratelimit-Remaining-Requests", fmt.Sprint(10_000-n))
	if s.refuse != nil {
		if status, text := s.refuse(n, prompt); status != 0 {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, text)
			return
		}
	}
	if _, twice := s.seen.LoadOrStore(prompt, true); twice {
		h.Set("Askflow-Asked-Twice", "true")
	}
	text := "echo: " + prompt
	if s.answer != nil {
		text = s.answer(prompt)
	}
	quoted, _ := json.Marshal(text)
	now := time.Now().UnixNano()
	if strings.HasSuffix(req.URL.Path, "/chat/completions") {
		_, _ = fmt.Fprintf(w, `{"id":"chatcmpl-%d","object":"chat.completion","created":%d,"model":"%s-2026","organization":%q,"choices":[{"index":0,"message":{"role":"assistant","content":%s,"refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":3,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":0}},"system_fingerprint":"fp_%d"}`,
			now, now/1e9, body.Model, canaryOrg, quoted, now)
		return
	}
	_, _ = fmt.Fprintf(w, `{"id":"resp_%d","object":"response","created_at":%d,"status":"completed","error":null,"incomplete_details":null,"model":"%s-2026","project":%q,"output":[{"type":"reasoning","id":"rs_%d","summary":[],"encrypted_content":"%d"},{"type":"message","id":"msg_%d","role":"assistant","status":"completed","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":%s}]}],"usage":{"input_tokens":12,"input_tokens_details":{"cached_tokens":%d},"output_tokens":3,"output_tokens_details":{"reasoning_tokens":1},"total_tokens":15},"metadata":{"key":%q}}`,
		now, now/1e9, body.Model, canaryProject, now, now, now, quoted, n%2, canaryKey)
}

// client asks through a transport, as runs do.
func (s *server) client(transport http.RoundTripper) *assistant.Client {
	base := "http://127.0.0.1:1/v1"
	if s != nil {
		base = s.URL + "/v1"
	}
	return assistant.NewClient(assistant.Config{BaseURL: base, Transport: transport, Key: func() string { return canaryKey }, Models: assistant.DefaultModels()})
}

func question(prompt string) *assistant.Question {
	t := 0.2
	return &assistant.Question{Assistant: &assistant.Assistant{ID: "asst"}, Protocol: assistant.Responses, Model: "gpt-6-luna", Instructions: "Answer briefly.",
		Prompt: prompt, Temperature: &t, ReasoningEffort: "none", MaxOutputTokens: 200}
}

// ask puts a question for a record, on a timeline that does not wait.
func ask(c *assistant.Client, q *assistant.Question, record string) (*assistant.Answer, error) {
	ctx := clock.With(context.Background(), clock.NewTimeline(time.Unix(0, 0), clock.Skip))
	return c.Ask(assistant.WithCaller(ctx, assistant.Caller{RecordType: "contact", RecordID: record, Step: "1", Visit: 1}), q)
}

func code(err error) string {
	var e *assistant.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return fmt.Sprint(err)
}

// folders is a portal's folder of recordings and a journal.
func folders(t testing.TB) (dir, journal string) {
	root := t.TempDir()
	return filepath.Join(root, "recordings"), filepath.Join(root, "state", "r1--states.jsonl")
}

// load loads recordings that must have no problems.
func load(t testing.TB, dir string) *recording.Library {
	t.Helper()
	lib, problems := recording.Load(dir)
	t.Cleanup(func() { _ = lib.Close() })
	if len(problems) > 0 {
		t.Fatalf("problems in %s: %v", dir, problems)
	}
	return lib
}

// record asks prompts through a recorder, some at a time, and finishes it.
func record(t testing.TB, s *server, dir, journal, date string, concurrency int, prompts ...string) *recording.Changes {
	t.Helper()
	lib := load(t, dir)
	r := recording.Record(lib, http.DefaultTransport, recording.RecordOptions{Name: "states", Date: date, Secrets: []string{canaryKey, canaryOrg, canaryProject}})
	if err := r.Begin(journal); err != nil {
		t.Fatal(err)
	}
	c := s.client(r)
	work := make(chan int)
	var workers sync.WaitGroup
	for range concurrency {
		workers.Go(func() {
			for i := range work {
				if _, err := ask(c, question(prompts[i]), fmt.Sprint(i)); err != nil {
					t.Errorf("asking %q: %v", prompts[i], err)
				}
			}
		})
	}
	for i := range prompts {
		work <- i
	}
	close(work)
	workers.Wait()
	if err := lib.Close(); err != nil {
		t.Fatal(err)
	}
	changes, err := r.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

func readFile(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// tree is every file below a folder, with its content.
func tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(dir, name)
		out[rel] = readFile(t, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func noCanary(t testing.TB, where, text string) {
	t.Helper()
	for _, secret := range []string{canaryKey, canaryOrg, canaryProject, canaryKey[len(canaryKey)-12:]} {
		if strings.Contains(text, secret) {
			t.Errorf("%s holds %s:\n%s", where, secret, text)
		}
	}
}

// serverAt names a server of another process.
func serverAt(url string) *httptest.Server { return &httptest.Server{URL: url} }
