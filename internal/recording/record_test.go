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
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/assistant"
	"askflow/internal/recording"
)

func TestRecordThenReplay(t *testing.T) {
	t.Parallel()
	for _, protocol := range []assistant.Protocol{assistant.Responses, assistant.Chat} {
		t.Run(string(protocol), func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			dir, journal := folders(t)
			lib := load(t, dir)
			r := recording.Record(lib, http.DefaultTransport, recording.RecordOptions{Name: "states", Date: "2026-11-23"})
			if err := r.Begin(journal); err != nil {
				t.Fatal(err)
			}
			q := question("Calif.\nÜber \"quotes\" <b> \u2028")
			q.Protocol = protocol
			live, err := ask(s.client(r), q, "1")
			if err != nil {
				t.Fatal(err)
			}
			if changes, err := r.Finish(); err != nil || changes.Added != 1 {
				t.Fatalf("%+v %v", changes, err)
			}
			s.Close() // no network from here on
			replayed, err := ask(s.client(recording.Replay(load(t, dir), recording.ReplayOptions{})), q, "2")
			if err != nil {
				t.Fatal(err)
			}
			live.Attempts, replayed.Attempts = nil, nil // request ids and wall times are not kept
			if diff := cmp.Diff(live, replayed); diff != "" {
				t.Errorf("live and replayed differ (-live +replayed):\n%s", diff)
			}
			if live.Text != "echo: "+q.Prompt || live.CostUSD == "" {
				t.Errorf("the live answer is %+v", live)
			}
		})
	}
}

func TestTheFormat(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	dir, journal := folders(t)
	record(t, s, dir, journal, "2026-11-23", 1, "Calif.")
	want := `{"key":"KEY","recorded_at":"2026-11-23","request":{"method":"POST","path":"/v1/responses","body":{"input":"Calif.","instructions":"Answer briefly.","max_output_tokens":200,"model":"gpt-6-luna","reasoning":{"effort":"none"},"temperature":0.2}},` +
		`"response":{"status":200,"headers":{"content-type":"application/json","openai-version":"2020-10-01"},"body":{"created_at":0,"error":null,"id":"resp_recorded","incomplete_details":null,"model":"gpt-6-luna-2026","object":"response",` +
		`"output":[{"summary":[],"type":"reasoning"},{"content":[{"text":"echo: Calif.","type":"output_text"}],"role":"assistant","status":"completed","type":"message"}],"status":"completed",` +
		`"usage":{"input_tokens":12,"input_tokens_details":{"cached_tokens":1},"output_tokens":3,"output_tokens_details":{"reasoning_tokens":1},"total_tokens":15}}},` +
		`"usage":{"input_tokens":12,"cached_tokens":1,"output_tokens":3,"reasoning_tokens":1},"model":"gpt-6-luna-2026"}` + "\n"
	lib := load(t, dir)
	key := lib.Keys()[0]
	if diff := cmp.Diff(strings.Replace(want, "KEY", key, 1), readFile(t, filepath.Join(dir, "states.jsonl"))); diff != "" {
		t.Errorf("the file (-want +got):\n%s", diff)
	}
	if _, err := os.Stat(journal); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the journal is still there: %v", err)
	}
	i, err := lib.Lookup(key)
	if err != nil || i.Text() != "echo: Calif." || i.File != "recordings/states.jsonl" || i.Line != 1 {
		t.Errorf("%+v %v", i, err)
	}
}

func prompts(n int) []string {
	out := make([]string, 0, 2*n)
	for i := range n {
		out = append(out, fmt.Sprintf("State number %d", i))
	}
	return append(out, out...) // every question twice
}

func TestConcurrencyDoesNotShow(t *testing.T) {
	t.Parallel()
	var files [2]string
	for i, concurrency := range []int{1, 64} {
		s := newServer(t)
		dir, journal := folders(t)
		record(t, s, dir, journal, "2026-11-23", concurrency, prompts(100)...)
		files[i] = readFile(t, filepath.Join(dir, "states.jsonl"))
		if got := s.calls.Load(); got != 100 {
			t.Errorf("at concurrency %d, %d requests were sent for 100 questions", concurrency, got)
		}
	}
	// Which of the calls is cached differs on purpose; it is what usage is allowed to differ in.
	strip := func(s string) string { return strings.NewReplacer(`"cached_tokens":1`, `"cached_tokens":0`).Replace(s) }
	if strip(files[0]) != strip(files[1]) {
		t.Error("the recording made under concurrency 64 differs from the one made under 1")
	}
}

func TestIdenticalQuestionsWaitForTheFirst(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.hold = make(chan struct{})
	dir, journal := folders(t)
	r := recording.Record(load(t, dir), http.DefaultTransport, recording.RecordOptions{Name: "states", Date: "2026-11-23"})
	if err := r.Begin(journal); err != nil {
		t.Fatal(err)
	}
	var waiting sync.WaitGroup
	texts := make([]string, 16)
	for i := range texts {
		waiting.Go(func() {
			if a, err := ask(s.client(r), question("Calif."), fmt.Sprint(i)); err == nil {
				texts[i] = a.Text
			}
		})
	}
	close(s.hold)
	waiting.Wait()
	for i, text := range texts {
		if text != "echo: Calif." {
			t.Errorf("asker %d got %q", i, text)
		}
	}
	if s.calls.Load() != 1 {
		t.Errorf("%d requests for one question", s.calls.Load())
	}
}

func TestWhatIsNoFinalAnswerIsNotRecorded(t *testing.T) {
	t.Parallel()
	message := `{"type":"message","role":"assistant","status":"completed","content":[%s]}`
	respond := func(status, output string) string {
		return `{"id":"resp_1","object":"response","created_at":1,"model":"m","error":null,"status":"` + status + `","output":[` + output + `]}`
	}
	said := fmt.Sprintf(message, `{"type":"output_text","text":"x"}`)
	for _, test := range []struct {
		name   string
		status int
		body   string
		code   string
		kept   int
	}{
		{"rate limit", 429, `{"error":{"message":"Rate limit in organization ` + canaryOrg + `","type":"requests","code":"rate_limit_exceeded"}}`, assistant.CodeRateLimited, 0},
		{"bad key", 401, `{"error":{"message":"Incorrect API key provided: ` + canaryKey + `","code":"invalid_api_key"}}`, assistant.CodeBadKey, 0},
		{"server error", 500, `<html>oops</html>`, assistant.CodeServer, 0},
		{"broken JSON", 200, `{"id":"resp_1","output":[<html>`, assistant.CodeBadResponse, 0},
		{"error inside", 200, `{"id":"r","object":"response","created_at":1,"status":"failed","error":{"code":"server_error","message":"no"},"output":[]}`, assistant.CodeServer, 0},
		{"in progress", 200, respond("in_progress", ""), assistant.CodeBadResponse, 0},
		{"refusal", 200, respond("completed", fmt.Sprintf(message, `{"type":"refusal","refusal":"I cannot."}`)), assistant.CodeRefusal, 1},
		{"empty", 200, respond("completed", ""), assistant.CodeEmpty, 1},
		{"incomplete", 200, strings.Replace(respond("incomplete", said), `"error":null`, `"error":null,"incomplete_details":{"reason":"max_output_tokens"}`, 1), assistant.CodeIncomplete, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.refuse = func(int64, string) (int, string) { return test.status, test.body }
			dir, journal := folders(t)
			r := recording.Record(load(t, dir), http.DefaultTransport, recording.RecordOptions{Name: "states", Date: "2026-11-23", Secrets: []string{canaryKey, canaryOrg, canaryProject}})
			if err := r.Begin(journal); err != nil {
				t.Fatal(err)
			}
			a, err := ask(s.client(r), question("x"), "1")
			if code(err) != test.code {
				t.Fatalf("code %q, not %q: %v", code(err), test.code, err)
			}
			noCanary(t, "the error", fmt.Sprintf("%v %+v", err, a))
			if _, err := r.Finish(); err != nil {
				t.Fatal(err)
			}
			lib := load(t, dir)
			if lib.Len() != test.kept {
				t.Fatalf("%d interactions are recorded, not %d", lib.Len(), test.kept)
			}
			if test.kept == 1 {
				if _, err := ask(s.client(recording.Replay(lib, recording.ReplayOptions{})), question("x"), "1"); code(err) != test.code {
					t.Errorf("replayed, the code is %q", code(err))
				}
			}
		})
	}
}

func TestRetriesAreRecordedAsTheirAnswer(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.refuse = func(n int64, _ string) (int, string) {
		if n <= 2 {
			return 503, `{"error":{"message":"overloaded"}}`
		}
		return 0, ""
	}
	dir, journal := folders(t)
	record(t, s, dir, journal, "2026-11-23", 1, "one")
	if load(t, dir).Len() != 1 || s.calls.Load() != 3 {
		t.Errorf("%d recorded after %d calls", load(t, dir).Len(), s.calls.Load())
	}
}

func TestNothingNamesTheAccount(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.answer = func(prompt string) string {
		return prompt + " " + canaryKey + " in " + canaryOrg + " of " + canaryProject
	}
	dir, journal := folders(t)
	r := recording.Record(load(t, dir), http.DefaultTransport, recording.RecordOptions{Name: "states", Date: "2026-11-23", Secrets: []string{canaryKey, canaryOrg, canaryProject}})
	if err := r.Begin(journal); err != nil {
		t.Fatal(err)
	}
	a, err := ask(s.client(r), question("My key is "+canaryKey+" and "+canaryOrg), "1")
	if err != nil {
		t.Fatal(err)
	}
	noCanary(t, "the answer", a.Text)
	for name, text := range tree(t, filepath.Dir(journal)) {
		noCanary(t, name, text)
		if !strings.Contains(text, "My key is") {
			t.Errorf("%s does not hold the answer", name)
		}
	}
	if _, err := r.Finish(); err != nil {
		t.Fatal(err)
	}
	for name, text := range tree(t, dir) {
		noCanary(t, name, text)
	}
	// What was scrubbed does not keep the question from being found again.
	if _, err := ask(s.client(recording.Replay(load(t, dir), recording.ReplayOptions{})), question("My key is "+canaryKey+" and "+canaryOrg), "1"); err != nil {
		t.Error(err)
	}
}

func TestLiveAsksEachCallerAndResumes(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	_, journal := folders(t)
	options := recording.RecordOptions{EachCaller: true, Date: "2026-11-23"}
	r := recording.Record(nil, http.DefaultTransport, options)
	if err := r.Begin(journal); err != nil {
		t.Fatal(err)
	}
	for _, rec := range []string{"1", "2", "1"} {
		if _, err := ask(s.client(r), question("same"), rec); err != nil {
			t.Fatal(err)
		}
	}
	if s.calls.Load() != 2 {
		t.Errorf("%d requests for two records", s.calls.Load())
	}
	if _, err := r.Pause(); err != nil {
		t.Fatal(err)
	}
	again := recording.Record(nil, http.DefaultTransport, options)
	if err := again.Begin(journal); err != nil {
		t.Fatal(err)
	}
	if a, err := ask(s.client(again), question("same"), "2"); err != nil || a.Text != "echo: same" || s.calls.Load() != 2 {
		t.Errorf("after a break: %v %v, %d requests", a, err, s.calls.Load())
	}
	if _, err := again.Finish(); err != nil {
		t.Fatal(err)
	}
	if left := tree(t, filepath.Dir(journal)); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestPauseMergesAndGoesOn(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	dir, journal := folders(t)
	options := recording.RecordOptions{Name: "states", Date: "2026-11-23"}
	for n, prompt := range []string{"one", "one", "two"} {
		r := recording.Record(load(t, dir), http.DefaultTransport, options)
		if err := r.Begin(journal); err != nil {
			t.Fatal(err)
		}
		if _, err := ask(s.client(r), question(prompt), "1"); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Pause(); err != nil {
			t.Fatal(err)
		}
		if want := []int64{1, 1, 2}[n]; s.calls.Load() != want || load(t, dir).Len() != int(want) {
			t.Errorf("try %d: %d requests, %d recorded, not %d", n, s.calls.Load(), load(t, dir).Len(), want)
		}
	}
}

func TestOtherRequestsAreRefused(t *testing.T) {
	t.Parallel()
	dir, journal := folders(t)
	r := recording.Record(load(t, dir), http.DefaultTransport, recording.RecordOptions{Name: "states"})
	if err := r.Begin(journal); err != nil {
		t.Fatal(err)
	}
	for _, transport := range []http.RoundTripper{r, recording.Replay(load(t, dir), recording.ReplayOptions{})} {
		for path, stops := range map[string]bool{"/v1/threads": true, "/v1/assistants/asst_1": true, "/v1/models": false, "/v1/embeddings": false} {
			req := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:1"+path, strings.NewReader("{}"))
			resp, err := transport.RoundTrip(req)
			var e *assistant.Error
			if !errors.As(err, &e) || e.Code != recording.CodeNotRecordable || e.StopsRun != stops || e.Hint == "" {
				t.Errorf("%s: %v %v", path, resp, err)
			}
		}
	}
}

func TestAFailedAskIsAskedAgain(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.refuse = func(n int64, _ string) (int, string) {
		if n == 1 {
			return 200, `{"id":"r","object":"response","created_at":1,"status":"completed","output":[]}`
		}
		return 0, ""
	}
	dir, journal := folders(t)
	for try, want := range []string{assistant.CodeEmpty, assistant.CodeEmpty, "<nil>"} {
		r := recording.Record(load(t, dir), http.DefaultTransport, recording.RecordOptions{Name: "states", Date: "2026-11-23"})
		if err := r.Begin(journal); err != nil {
			t.Fatal(err)
		}
		first := 1 + try/2 // the last try is a retry of what failed, the one before merely goes on
		_, err := s.client(r).Ask(assistant.WithCaller(context.Background(), assistant.Caller{RecordID: "1", FirstAttempt: first}), question("x"))
		if code(err) != want {
			t.Errorf("try %d: %v", try, err)
		}
		if _, err := r.Pause(); err != nil {
			t.Fatal(err)
		}
	}
	if s.calls.Load() != 2 {
		t.Errorf("%d requests", s.calls.Load())
	}
	if i, err := load(t, dir).Lookup(load(t, dir).Keys()[0]); err != nil || i.Text() != "echo: x" {
		t.Errorf("%+v %v", i, err)
	}
}
