package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/cli"
	"askflow/internal/openaisim"
	"askflow/internal/secret/secrettest"
	"askflow/internal/source"
)

// liveKey is a key that must turn up nowhere.
const liveKey = "sk-proj-LiVeCaNaRy456789abcdefghijklmnopqrstuvwxyzT3BlbkFJZYXWVUTSRQPONMLKJIHGFEDCbaqz"

func mustHideLiveKey(t *testing.T, where, text string) {
	t.Helper()
	if secrettest.Shows(text, liveKey) {
		t.Errorf("%s shows the key:\n%s", where, text)
	}
}

// office is a user's machine: a home, a portal, a keyring, an environment.
type office struct {
	t      *testing.T
	home   string
	portal string
	env    map[string]string
	ring   secrettest.Ring
}

func newOffice(t *testing.T, baseURL string, protocol assistant.Protocol) *office {
	t.Helper()
	home := t.TempDir()
	o := &office{t: t, home: home, portal: filepath.Join(home, "shop"),
		env: map[string]string{"OPENAI_BASE_URL": baseURL, "ASKFLOW_PASSPHRASE": "correct horse battery"}}
	o.settings(protocol, "5s")
	o.write("assistants/grader.yaml", "id: asst_grader\nname: Grader\nmodel: gpt-6-luna\ntemperature: 0.2\nreasoning_effort: none\ninstructions: Grade.\n")
	o.write("workflows/grade.yaml", "name: Grade\nobject: contact\nenabled: true\nenroll: {when: {firstname: known}}\nsteps:\n"+
		"  - ask_openai_assistant: {id: qualify, assistant: asst_grader, prompt: \"Grade: {{ enrolled_object.firstname }}\"}\n"+
		"  - create_task: {subject: \"{{ action_outputs.qualify.response }}\"}\n")
	o.write("responses/all.yaml", "- reply: scripted\n")
	o.records(4)
	t.Cleanup(o.search)
	return o
}

func (o *office) settings(protocol assistant.Protocol, timeout string) {
	o.t.Helper()
	o.write("portal.yaml", fmt.Sprintf("id: 77\nname: Corner Shop\ntime_zone: UTC\nsubscriptions: [sales-hub-enterprise]\n"+
		"openai: {protocol: %s, timeout: %s, max_output_tokens: 1000, default_model: gpt-6-luna}\n", protocol, timeout))
}

// records writes so many contacts: Lead1, Lead2, ….
func (o *office) records(n int) {
	o.t.Helper()
	var b strings.Builder
	b.WriteString("Record ID,First Name\n")
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "%d,Lead%d\n", 100+i, i)
	}
	o.write("records/contacts.csv", b.String())
}

func (o *office) write(name, text string) {
	o.t.Helper()
	path := filepath.Join(o.portal, filepath.FromSlash(name))
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		o.t.Fatal(err)
	}
}

// ended is how one command ended.
type ended struct {
	t        *testing.T
	args     []string
	code     int
	out, err string
}

func (o *office) run(stdin string, args ...string) *ended {
	o.t.Helper()
	return o.runIn(o.t.Context(), stdin, args...)
}

func (o *office) runIn(ctx context.Context, stdin string, args ...string) *ended {
	o.t.Helper()
	var out, errs bytes.Buffer
	app := cli.New(strings.NewReader(stdin), &out, &errs).WithCustody(cli.Custody{
		Lookup:  func(name string) (string, bool) { v, ok := o.env[name]; return v, ok },
		Keyring: &o.ring, ConfigDir: filepath.Join(o.home, "config"), WorkFactor: 2, Transport: &http.Transport{DisableKeepAlives: true},
		Now: func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) },
	})
	code := app.Run(ctx, append(args, "--portal", o.portal, "--log-file", filepath.Join(o.home, "askflow.log"), "--verbose"))
	mustHideLiveKey(o.t, fmt.Sprintf("%q", args), out.String()+errs.String())
	return &ended{o.t, args, code, out.String(), errs.String()}
}

// search looks for the key in every file of the home: portal, database, journals, recordings, log, key files.
func (o *office) search() {
	o.t.Helper()
	files := 0
	err := filepath.WalkDir(o.home, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		mustHideLiveKey(o.t, path, path+"\n"+string(data))
		return err
	})
	if err != nil || files < 5 {
		o.t.Errorf("%d files searched: %v", files, err)
	}
}

// must checks the exit code, and a part of what was printed.
func (e *ended) must(code int, out, errs string) *ended {
	e.t.Helper()
	if e.code != code || !strings.Contains(e.out, out) || !strings.Contains(e.err, errs) {
		e.t.Fatalf("%q: exit code %d, not %d; wanted %q and %q in\n%s\n%s", e.args, e.code, code, out, errs, e.out, e.err)
	}
	return e
}

// liveRun is what run --output json prints.
type liveRun struct {
	Run struct {
		Status string
		Totals struct {
			Asks, Attempts, FailedAsks int
			CostUSD                    string
		}
		Error struct{ Code, Message, Hint string }
	}
	Results []struct {
		Record     struct{ ID string }
		Enrollment struct{ State string }
		Steps      []struct {
			State    string
			Outputs  struct{ Response string }
			Warnings []string
			Error    struct{ Code, Hint string }
			Ask      *struct {
				Attempts int
				History  []struct{ Status, WaitMs int }
			}
		}
	}
}

func (e *ended) results() *liveRun {
	e.t.Helper()
	r := &liveRun{}
	if err := json.Unmarshal([]byte(e.out), r); err != nil {
		e.t.Fatalf("%q: %v\n%s\n%s", e.args, err, e.out, e.err)
	}
	return r
}

// answered checks that a run is complete and that each record has its own answer.
func (r *liveRun) answered(t *testing.T, n int) {
	t.Helper()
	if r.Run.Status != "COMPLETED" || len(r.Results) != n {
		t.Fatalf("%s, %d results", r.Run.Status, len(r.Results))
	}
	for i, res := range r.Results {
		if want := fmt.Sprintf("Answer for Lead%d", i+1); res.Enrollment.State != "COMPLETED" || len(res.Steps) != 2 || res.Steps[0].Outputs.Response != want {
			t.Errorf("not %q: %+v", want, res)
		}
	}
}

const goodRules = `- when: {prompt: {matches: 'Grade: (?P<who>.*)'}}
  reply: "Answer for ${who}"
  usage: {input_tokens: 50, output_tokens: 1000}
- {reply: OK, usage: {input_tokens: 12, output_tokens: 2}}
`

func simulator(t *testing.T, rules string, protocol assistant.Protocol) *openaisim.Simulator {
	t.Helper()
	n, problems := source.ParseYAML("rules.yaml", []byte(rules))
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	read, problems := openaisim.ReadRules("rules.yaml", n)
	if problems.HasErrors() {
		t.Fatalf("%v in\n%s", problems, rules)
	}
	opt := openaisim.Options{Rules: read, Models: assistant.DefaultModels(), Keys: map[string]*openaisim.Fault{liveKey: nil}}
	if protocol == assistant.Assistants {
		opt.Era = openaisim.EraAssistants
	}
	return openaisim.New(opt)
}

// front is the server: it counts questions, and lets a simulator answer them.
type front struct {
	url       string
	mu        sync.Mutex
	handler   http.Handler
	questions int
	// before, where set, is called with the number of each question (from 0) before it is answered. It may name another
	// handler for it.
	before func(n int, r *http.Request) http.Handler
}

func newFront(t *testing.T, protocol assistant.Protocol) *front {
	t.Helper()
	f := &front{handler: simulator(t, goodRules, protocol)}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	f.url = server.URL + "/v1"
	return f
}

// isQuestion tells what is asked for money from what is only looked at.
func isQuestion(r *http.Request) bool {
	for _, end := range []string{"/responses", "/chat/completions", "/runs"} {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, end) {
			return true
		}
	}
	return false
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	data, err := io.ReadAll(r.Body) // only then does a server notice that the client leaves
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(data))
	f.mu.Lock()
	handler, n, before := f.handler, f.questions, f.before
	question := isQuestion(r)
	if question {
		f.questions++
	}
	f.mu.Unlock()
	if question && before != nil {
		if other := before(n, r); other != nil {
			handler = other
		}
	}
	handler.ServeHTTP(w, r)
}

// serve lets another server answer from now on.
func (f *front) serve(h http.Handler) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.handler = h
}

func (f *front) mustHaveSeen(t *testing.T, want int) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.questions != want {
		t.Errorf("the server saw %d questions, not %d", f.questions, want)
	}
}

func liveProtocols() []assistant.Protocol {
	return []assistant.Protocol{assistant.Responses, assistant.Chat, assistant.Assistants}
}
