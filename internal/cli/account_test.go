package cli_test

import (
	"bytes"
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

	"github.com/google/go-cmp/cmp"

	"askflow/internal/cli"
	"askflow/internal/secret/secrettest"
)

const (
	canaryKey = "sk-proj-CaNaRy0123456789abcdefghijklmnopqrstuvwxyzT3BlbkFJABCDEFGHIJKLMNOPQRSTUVwxyz"
	strayKey  = "gsk_CaNaRy9876543210ZYXWVUTSRQPONMLKJIHGFEDCBAstrayabcd" // not OpenAI's: only the program that was given it knows it
)

// showsKey tells whether a text holds one of the keys.
func showsKey(text string) bool { return secrettest.Shows(text, canaryKey, strayKey) }

// ring is what the keyring keeps, and why it is out of order, if it is.
type ring struct {
	texts map[string]string
	down  error
}

// desk is a user's machine: a home, a portal, a keyring, and something that stands in for OpenAI on 127.0.0.1.
type desk struct {
	t      *testing.T
	home   string
	portal string
	env    map[string]string
	ring   ring
	server *httptest.Server
	mu     sync.Mutex
	fail   http.HandlerFunc // in place of good answers
	failOn string           // "" for every request, else GET or POST
}

func newDesk(t *testing.T, serve func(http.Handler) *httptest.Server) *desk {
	t.Helper()
	home := t.TempDir()
	d := &desk{t: t, home: home, portal: filepath.Join(home, "shop"), ring: ring{texts: map[string]string{}}}
	d.server = serve(http.HandlerFunc(d.answer))
	t.Cleanup(d.server.Close)
	d.env = map[string]string{"OPENAI_BASE_URL": d.server.URL + "/v1", "ASKFLOW_PASSPHRASE": "correct horse battery"}
	d.write("portal.yaml", "id: 77\nname: Corner Shop\nsubscriptions: [sales-hub-enterprise]\n")
	d.write("assistants/grader.yaml", "id: asst_grader\nname: Grader\nmodel: gpt-6-luna\ninstructions: Grade.\n")
	d.write("assistants/poet.yaml", "id: asst_poet\nname: Poet\nmodel: gpt-6-astra\ninstructions: Rhyme.\n")
	d.write("workflows/grade.yaml", "name: Grade\nobject: contact\nsteps:\n  - ask_openai_assistant: {assistant: asst_grader, prompt: Grade.}\n")
	d.write("workflows/quiet.yaml", "name: Quiet\nobject: contact\nsteps:\n  - delay: 1d\n")
	return d
}

func (d *desk) write(name, text string) {
	d.t.Helper()
	path := filepath.Join(d.portal, filepath.FromSlash(name))
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) answer(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	fail, on := d.fail, d.failOn
	d.mu.Unlock()
	if fail != nil && (on == "" || on == r.Method) {
		fail(w, r)
		return
	}
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/json")
	switch r.Method + " " + r.URL.Path {
	case "GET /v1/models":
		_, _ = io.WriteString(w, `{"object":"list","data":[{"id":"gpt-6-luna","object":"model","created":1,"owned_by":"x"},{"id":"gpt-6-sol","object":"model","created":1,"owned_by":"x"},{"id":"whisper-1","object":"model","created":1,"owned_by":"x"}]}`)
	case "POST /v1/responses":
		_, _ = io.WriteString(w, `{"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"gpt-6-luna","error":null,"output":[{"type":"message","id":"m","role":"assistant","status":"completed","content":[{"type":"output_text","text":"OK","annotations":[]}]}],"usage":{"input_tokens":12,"output_tokens":2,"total_tokens":14}}`)
	default:
		w.WriteHeader(http.StatusNotFound)
		_, _ = fmt.Fprintf(w, `{"error":{"message":"Invalid URL (%s %s)","type":"invalid_request_error","param":null,"code":null}}`, r.Method, r.URL.Path)
	}
}

func (d *desk) failing(on string, fail http.HandlerFunc) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fail, d.failOn = fail, on
}

// outcome of one command.
type outcome struct {
	code     int
	out, err string
}

// run executes a command and looks for the key everywhere.
func (d *desk) run(stdin string, args ...string) outcome {
	d.t.Helper()
	var out, errs bytes.Buffer
	logFile := filepath.Join(d.home, "askflow.log")
	app := cli.New(strings.NewReader(stdin), &out, &errs).WithCustody(cli.Custody{
		Lookup:  func(name string) (string, bool) { v, ok := d.env[name]; return v, ok },
		Keyring: &secrettest.Ring{Texts: d.ring.texts, Down: d.ring.down}, ConfigDir: filepath.Join(d.home, "config"), Transport: http.DefaultTransport, WorkFactor: 2,
		Now: func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) },
	})
	code := app.Run(d.t.Context(), append(args, "--portal", d.portal, "--log-file", logFile, "--verbose"))
	if showsKey(out.String()) || showsKey(errs.String()) {
		d.t.Errorf("%q shows the key:\n%s\n%s", args, &out, &errs)
	}
	d.searchFiles(args)
	return outcome{code, out.String(), errs.String()}
}

// searchFiles looks for the key in every file of the home, the log and the portal among them.
func (d *desk) searchFiles(args []string) {
	d.t.Helper()
	seen := 0
	err := filepath.WalkDir(d.home, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		seen++
		data, err := os.ReadFile(path)
		if showsKey(string(data)) || showsKey(path) {
			d.t.Errorf("after %q, %s holds the key", args, path)
		}
		return err
	})
	if err != nil || seen < 5 {
		d.t.Errorf("%d files searched: %v", seen, err)
	}
}

func (r outcome) mustBe(t *testing.T, code int, out, errs string) {
	t.Helper()
	if r.code != code || !strings.Contains(r.out, out) || !strings.Contains(r.err, errs) {
		t.Errorf("exit code %d, not %d; wanted %q and %q in\n%s\n%s", r.code, code, out, errs, r.out, r.err)
	}
}

func TestAccountFromConnectToUninstall(t *testing.T) {
	t.Parallel()
	d := newDesk(t, httptest.NewServer)
	delete(d.env, "OPENAI_BASE_URL")
	d.write("portal.yaml", "id: 77\nopenai: {base_url: "+d.server.URL+"/v1, allowed_models: [gpt-6-luna]}\n")
	d.run("", "account").mustBe(t, 0, "No OpenAI account is connected.", "emulator account connect")
	r := d.run(canaryKey+"\n", "account", "connect")
	r.mustBe(t, 0, "Connected. The key sk-proj-…wxyz is kept in the system's keyring.", "Asking gpt-6-luna one question")
	for _, want := range []string{"It cost $0.0000022.", "The key may use 2 models, 1 of them allowed in this portal.", "asst_grader  Grader  gpt-6-luna   yes", "asst_poet    Poet    gpt-6-astra  no"} {
		if !strings.Contains(r.out, want) {
			t.Errorf("no %q in\n%s", want, r.out)
		}
	}
	d.run(strayKey, "account", "connect").mustBe(t, 3, "", "reconnect")
	d.run("", "account", "show").mustBe(t, 0, "last checked", "")
	d.run("", "account", "show", "--check").mustBe(t, 0, "sk-proj-…wxyz", "Asking")
	d.run(strayKey, "account", "reconnect", "--store", "file").mustBe(t, 0, "The key …abcd is kept in an encrypted file.", "")
	d.run("", "account", "show").mustBe(t, 0, "in an encrypted file", "")
	d.run("", "account", "uninstall").mustBe(t, 0, "The key was removed from the file.", "")
	d.run("", "account", "uninstall").mustBe(t, 0, "nothing to remove", "")
	if len(d.ring.texts) != 0 {
		t.Error("the keyring still has a key")
	}
}

func TestUninstallNamesWorkflows(t *testing.T) {
	t.Parallel()
	d := newDesk(t, httptest.NewServer)
	d.env["OPENAI_BASE_URL"] = "https://api.openai.com/v1" // nothing is sent there
	d.env["OPENAI_API_KEY"] = canaryKey
	r := d.run("", "account", "uninstall")
	r.mustBe(t, 0, "unset OPENAI_API_KEY", "")
	if strings.Contains(r.out, "can no longer") {
		t.Error("the environment still has a key")
	}
	d.run("", "account", "show").mustBe(t, 0, "in the environment (OPENAI_API_KEY)", "")
	delete(d.env, "OPENAI_API_KEY")
	d.run("", "account", "uninstall").mustBe(t, 0, "These workflows can no longer ask live: grade.\nScripted and replayed runs go on", "")
}

// The shapes of every JSON output.
func TestAccountJSON(t *testing.T) {
	t.Parallel()
	d := newDesk(t, httptest.NewServer)
	account := map[string]any{"connected": true, "kept": "keyring", "key": "sk-proj-…wxyz", "baseUrl": d.server.URL + "/v1", "connectedAt": "2026-11-23T12:00:00Z", "checkedAt": "2026-11-23T12:00:00Z",
		"result": "ok", "models": []any{"gpt-6-luna", "gpt-6-sol"}, "allowedModels": 2.0, "locked": false, "notes": []any{}}
	connected := map[string]any{"account": account, "asked": "gpt-6-luna", "costUsd": "0.0000022", "assistants": []any{
		map[string]any{"id": "asst_grader", "name": "Grader", "model": "gpt-6-luna", "modelOffered": true},
		map[string]any{"id": "asst_poet", "name": "Poet", "model": "gpt-6-astra", "modelOffered": false}}}
	removed := map[string]any{"wasConnected": true, "removedFrom": []any{"keyring"}, "environmentStays": false, "workflowsThatCannotAskLive": []any{}, "notes": []any{}}
	for _, tt := range []struct {
		args []string
		want any
	}{
		{[]string{"connect", "-o", "json"}, connected},
		{[]string{"reconnect", "-o", "jsonl"}, connected},
		{[]string{"show", "-o", "json"}, map[string]any{"account": account}},
		{[]string{"-o", "jsonl"}, account},
		{[]string{"uninstall", "-o", "json"}, map[string]any{"uninstalled": removed}},
	} {
		r := d.run(canaryKey, append([]string{"account"}, tt.args...)...)
		var got any
		if err := json.Unmarshal([]byte(r.out), &got); err != nil || r.code != 0 {
			t.Fatalf("%q: %v, exit code %d\n%s%s", tt.args, err, r.code, r.out, r.err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%q\n%s", tt.args, diff)
		}
		if strings.Contains(strings.Join(tt.args, " "), "jsonl") != (strings.Count(r.out, "\n") == 1) {
			t.Errorf("%q prints %d lines", tt.args, strings.Count(r.out, "\n"))
		}
	}
	for _, command := range []string{"show", "connect", "reconnect", "uninstall"} {
		d.run(canaryKey, "account", command, "-o", "xml").mustBe(t, 2, "", "--output")
	}
}

// A key on the command line is refused and not repeated, whatever it looks like and wherever it stands.
func TestKeysAsArguments(t *testing.T) {
	t.Parallel()
	for _, key := range []string{canaryKey, strayKey} {
		for _, args := range [][]string{{"account", key}, {"account", "connect", key}, {"account", "reconnect", key}, {"account", "show", key}, {"account", "uninstall", key},
			{"account", "connect", "--key", key}, {"account", "connect", "--key=" + key}, {"account", "connect", "--store", key}, {"account", "connect", "x", key}} {
			d := newDesk(t, httptest.NewServer)
			r := d.run("", args...)
			r.mustBe(t, 2, "", "error:")
			if len(args) == 3 && args[2] == key && !strings.Contains(r.err, "does not belong on the command line") {
				t.Errorf("%s", r.err)
			}
		}
	}
	d := newDesk(t, httptest.NewServer)
	d.run("", canaryKey).mustBe(t, 2, "", "error:")
	d.run("", "account", "--"+canaryKey).mustBe(t, 2, "", "error:")
	d.run("", "account", "connect", "--organization", strayKey+"!").mustBe(t, 3, "", "no id has")
	d.run(canaryKey, "account", "connect", "--organization", canaryKey+"!").mustBe(t, 2, "", "does not belong on the command line")
	d.run("", "account", "foo").mustBe(t, 2, "", "show, connect, reconnect or uninstall")
}

func TestKeysThatAreRefusedUnsent(t *testing.T) {
	t.Parallel()
	d := newDesk(t, httptest.NewServer)
	d.failing("", func(http.ResponseWriter, *http.Request) { t.Error("something was sent") })
	d.env["OPENAI_BASE_URL"] = "https://api.openai.com/v1"
	d.run("", "account", "connect").mustBe(t, 3, "", "standard input is empty")
	d.run("\n", "account", "connect").mustBe(t, 3, "", "No API key")
	delete(d.env, "OPENAI_BASE_URL")
	d.write("portal.yaml", "openai: {base_url: "+d.server.URL+"/v1}\n")
	d.run("https://platform.openai.com/api-keys\n", "account", "connect").mustBe(t, 3, "", "web address")
	d.run(canaryKey+" "+canaryKey+"\n", "account", "connect").mustBe(t, 3, "", "space")
	d.run("sk-admin-"+canaryKey[8:]+"\n", "account", "connect").mustBe(t, 3, "", "admin key")
	d.run(strings.Repeat(canaryKey, 500), "account", "connect").mustBe(t, 3, "", "too long")
	d.write("portal.yaml", "subscriptions: []\n")
	d.run(canaryKey, "account", "connect").mustBe(t, 3, "", "commerce-hub-enterprise")
	d.write("portal.yaml", "openai: {base_url: 7, era: [}\n")
	d.run(canaryKey, "account", "connect").mustBe(t, 2, "", "portal.yaml")
}
