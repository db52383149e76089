package emulator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/emulator"
	"askflow/internal/run"
	"askflow/internal/secret"
)

// The credentials that must appear nowhere.
const (
	canaryKey     = "sk-proj-CANARYcanary0123456789abcdefCANARY"
	canaryOrg     = "org-CANARYorganisation77"
	canaryProject = "proj_CANARYproject88"
)

// api plays OpenAI over TCP: it answers a prompt with its last word in capitals, and quotes the account in headers.
type api struct {
	*httptest.Server
	calls    atomic.Int64 // questions
	lists    atomic.Int64 // requests for the list of models
	unsigned atomic.Int64 // requests that did not name key, organisation and project
	// before may answer instead; false leaves the answer to the api.
	before func(w http.ResponseWriter, n int64) bool
	suffix atomic.Value // string added to answers
}

func newAPI(t *testing.T) *api {
	t.Helper()
	a := &api{}
	a.suffix.Store("")
	a.Server = httptest.NewServer(http.HandlerFunc(a.serve))
	t.Cleanup(a.Close)
	return a
}

func (a *api) serve(w http.ResponseWriter, req *http.Request) {
	if req.Header.Get("Authorization") != "Bearer "+canaryKey || req.Header.Get("OpenAI-Organization") != canaryOrg || req.Header.Get("OpenAI-Project") != canaryProject {
		a.unsigned.Add(1)
	}
	for name := range req.Header {
		if strings.HasPrefix(name, "Askflow-") {
			a.unsigned.Add(1) // who asks is nobody's business
		}
	}
	w.Header().Set("Content-Type", "application/json")
	if req.Method == http.MethodGet {
		a.lists.Add(1)
		_, _ = io.WriteString(w, `{"object":"list","data":[{"id":"gpt-6-luna","object":"model","created":1,"owned_by":"x"}]}`)
		return
	}
	n := a.calls.Add(1)
	w.Header().Set("X-Request-Id", fmt.Sprintf("req_%d", n))
	w.Header().Set("Openai-Organization", canaryOrg)
	if a.before != nil && a.before(w, n) {
		return
	}
	var body struct{ Model, Input string }
	data, _ := io.ReadAll(req.Body)
	if json.Unmarshal(data, &body) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	words := strings.Fields(body.Input)
	text, _ := json.Marshal(strings.ToUpper(words[len(words)-1]) + a.suffix.Load().(string))
	_, _ = fmt.Fprintf(w, `{"id":"resp_%d","object":"response","created_at":%d,"status":"completed","error":null,"model":%q,"output":[{"type":"message","id":"msg_%d","role":"assistant","status":"completed","content":[{"type":"output_text","text":%s,"annotations":[]}]}],"usage":{"input_tokens":20,"input_tokens_details":{"cached_tokens":0},"output_tokens":2,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":22}}`,
		n, time.Now().Unix(), body.Model, n, text)
}

// shop makes a portal whose OpenAI is at an address, with n contacts; every third has the message of the one before.
func shop(t *testing.T, base string, n int) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{
		"portal.yaml":            "id: 77\nsubscriptions: [sales-hub-enterprise]\nopenai: {base_url: " + base + "/v1}\nnow: 2026-01-05T09:00\n",
		"assistants/grader.yaml": "name: Grader\nmodel: gpt-6-luna\ninstructions: Grade it.\n",
		"workflows/grade.yaml": `name: Grade
object: contact
enabled: true
enroll: {when: [{message: known}]}
steps:
  - ask_openai_assistant: {id: first, assistant: grader, prompt: "Grade: {{ enrolled_object.message }}"}
  - ask_openai_assistant: {id: second, assistant: grader, prompt: "Explain {{ action_outputs.first.response }}"}
  - create_task: {subject: "{{ action_outputs.second.response }}", body: x, type: TODO}
`,
	}
	var csv strings.Builder
	csv.WriteString("Record ID,Message\n")
	for i := range n {
		fmt.Fprintf(&csv, "%d,message%d\n", 100+i, i-i%3/2)
	}
	files["records/contacts.csv"] = csv.String()
	for name, text := range files {
		full := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func account() (emulator.Access, error) {
	return emulator.Access{Key: secret.New(canaryKey), Organization: canaryOrg, Project: canaryProject}, nil
}

func connected(t *testing.T, dir string) *emulator.Emulator {
	t.Helper()
	e, err := emulator.Open(context.Background(), emulator.Options{Dir: dir, Account: account,
		WallClock: func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// execute runs a request and returns its results in input order.
func execute(t *testing.T, e *emulator.Emulator, req emulator.Request) (*emulator.Summary, string) {
	t.Helper()
	if req.Workflow == "" && req.Resume == "" {
		req.Workflow = "grade"
	}
	req.Seed = 1
	s, err := e.Run(context.Background(), req, emulator.Hooks{})
	if err != nil {
		t.Fatalf("%v", err)
	}
	return s, results(t, e, s.Run.ID)
}

func results(t *testing.T, e *emulator.Emulator, id string) string {
	t.Helper()
	reader, err := e.Reader(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	var out []byte
	err = reader.Rows(context.Background(), id, run.Query{AfterSeq: -1}, func(row *run.Row) error {
		out = append(run.AppendResult(out, row, false), '\n')
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// noCanary looks for the account in every file below a folder.
func noCanary(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		for _, secret := range []string{canaryKey, canaryOrg, canaryProject} {
			if bytes.Contains(data, []byte(secret)) {
				t.Errorf("%s holds %s", name, secret)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRecordThenReplayWithoutNetwork(t *testing.T) {
	t.Parallel()
	server := newAPI(t)
	dir := shop(t, server.URL, 30)
	s, recorded := execute(t, connected(t, dir), emulator.Request{Answers: "record", Concurrency: 8})
	if s.Err != nil || s.Recorded == nil || s.Recorded.Added != 40 || s.Run.Totals.Asks != 60 {
		t.Fatalf("%+v %+v %+v", s.Err, s.Recorded, s.Run.Totals)
	}
	if server.calls.Load() != 40 || server.lists.Load() != 1 || server.unsigned.Load() != 0 {
		t.Errorf("%d questions, %d lists, %d requests not signed as they should be", server.calls.Load(), server.lists.Load(), server.unsigned.Load())
	}
	if want := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC); !s.Run.Now.Equal(want) {
		t.Errorf("a record run starts at %v", s.Run.Now)
	}
	if journals, _ := filepath.Glob(filepath.Join(dir, ".askflow", "journals", "*", "*")); len(journals) != 0 {
		t.Errorf("journals are left: %v", journals)
	}
	noCanary(t, dir)
	server.Close()

	// Nobody is connected any more, and nothing listens.
	e, err := emulator.Open(context.Background(), emulator.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	s, replayed := execute(t, e, emulator.Request{Answers: "replay", Now: "2026-11-23T12:00:00Z"})
	if s.Err != nil || s.Run.Totals.NoAnswer != 0 {
		t.Fatalf("%+v %+v", s.Err, s.Run.Totals)
	}
	if diff := cmp.Diff(recorded, replayed); diff != "" {
		t.Errorf("recorded and replayed results differ (-recorded +replayed):\n%s", diff)
	}
	if s.Run.Inputs["recordings/grade.jsonl"] == "" {
		t.Errorf("the recordings are no input of the run: %v", s.Run.Inputs)
	}
	if !strings.Contains(replayed, `"response":"MESSAGE0"`) || !strings.Contains(replayed, `"costUsd"`) {
		t.Errorf("results: %.600s", replayed)
	}
}

func TestConcurrencyDoesNotShowInRecordings(t *testing.T) {
	t.Parallel()
	var files [2][]byte
	for i, concurrency := range []int{1, 64} {
		server := newAPI(t)
		dir := shop(t, server.URL, 60)
		if s, _ := execute(t, connected(t, dir), emulator.Request{Answers: "record", Concurrency: concurrency}); s.Err != nil {
			t.Fatal(s.Err)
		}
		data, err := os.ReadFile(filepath.Join(dir, "recordings", "grade.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		files[i] = data
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("the recording made under concurrency 64 differs from the one made under 1")
	}
}

func TestAnInterruptedRecordingKeepsItsAnswers(t *testing.T) {
	t.Parallel()
	for _, answers := range []string{"record", "live"} {
		t.Run(answers, func(t *testing.T) {
			t.Parallel()
			server := newAPI(t)
			dir := shop(t, server.URL, 30)
			ctx, cancel := context.WithCancel(context.Background())
			server.before = func(_ http.ResponseWriter, n int64) bool {
				if n == 15 {
					cancel()
				}
				return false
			}
			e := connected(t, dir)
			s, err := e.Run(ctx, emulator.Request{Workflow: "grade", Answers: answers, Concurrency: 1, Seed: 1}, emulator.Hooks{})
			if err != nil || s.Err == nil || s.Err.Exit != emulator.ExitInterrupted || s.Run.Status != run.RunInterrupted {
				t.Fatalf("%+v %v", s, err)
			}
			if _, err := os.Stat(filepath.Join(dir, "recordings", "grade.jsonl")); (err == nil) != (answers == "record") {
				t.Errorf("recordings after an interrupted %s run: %v", answers, err)
			}
			noCanary(t, dir)
			s, _ = execute(t, connected(t, dir), emulator.Request{Resume: s.Run.ID})
			if s.Err != nil || s.Run.Status != run.RunCompleted || s.Run.Totals.Asks != 60 {
				t.Fatalf("%+v", s.Run.Totals)
			}
			// At most the request in flight at the interruption is asked again.
			want := map[string]int64{"record": 40, "live": 60}[answers]
			if n := server.calls.Load(); n < want || n > want+1 {
				t.Errorf("%d requests for %d questions", n, want)
			}
			if journals, _ := filepath.Glob(filepath.Join(dir, ".askflow", "journals", "*", "*")); len(journals) != 0 {
				t.Errorf("journals are left: %v", journals)
			}
		})
	}
}

func TestAJournalOfADeadRunIsBroughtHome(t *testing.T) {
	t.Parallel()
	server := newAPI(t)
	dir := shop(t, server.URL, 6)
	e := connected(t, dir)
	if s, _ := execute(t, e, emulator.Request{Answers: "record"}); s.Err != nil {
		t.Fatal(s.Err)
	}
	// What a kill leaves: a journal, and no recordings.
	recordings := filepath.Join(dir, "recordings", "grade.jsonl")
	journal := filepath.Join(dir, ".askflow", "journals", "record", "r7--grade.jsonl")
	if err := os.Rename(recordings, journal); err != nil {
		t.Fatal(err)
	}
	if s, _ := execute(t, e, emulator.Request{Answers: "replay"}); s.Run.Totals.NoAnswer != 0 {
		t.Errorf("%d answers are missing", s.Run.Totals.NoAnswer)
	}
	if _, err := os.Stat(recordings); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(journal + "*"); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestWhatStopsARecordRunKeepsWhatCame(t *testing.T) {
	t.Parallel()
	server := newAPI(t)
	server.before = func(w http.ResponseWriter, n int64) bool {
		if n <= 5 {
			return false
		}
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"error":{"message":"Incorrect API key provided: `+canaryKey+` of `+canaryOrg+`","type":"invalid_request_error","code":"invalid_api_key"}}`)
		return true
	}
	dir := shop(t, server.URL, 30)
	s, _ := execute(t, connected(t, dir), emulator.Request{Answers: "record", Concurrency: 1})
	if s.Err == nil || s.Err.Exit != emulator.ExitAccount || s.Run.Status != run.RunStopped || s.Recorded.Added != 5 {
		t.Errorf("%+v %+v", s.Err, s.Recorded)
	}
	noCanary(t, dir)
}
