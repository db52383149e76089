package cli_test

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
	"testing"

	"askflow/internal/cli"
)

// emulate runs one command line.
func emulate(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = cli.New(strings.NewReader(""), &out, &err).Run(context.Background(), args)
	return code, out.String(), err.String()
}

// echo is an OpenAI-compatible server that needs no key and says what it was asked.
func echo(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		var body struct{ Model, Input string }
		data, _ := io.ReadAll(req.Body)
		if json.Unmarshal(data, &body) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		text, _ := json.Marshal("So: " + body.Input)
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"id":"resp_1","object":"response","created_at":1,"status":"completed","error":null,"model":%q,"output":[{"type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":%s}]}],"usage":{"input_tokens":20,"output_tokens":2,"total_tokens":22}}`, body.Model, text)
	}))
	t.Cleanup(s.Close)
	return s
}

// localPortal makes a portal with two contacts whose OpenAI is at base.
func localPortal(t *testing.T, base string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"portal.yaml":            "id: 77\nsubscriptions: [sales-hub-enterprise]\nopenai: {base_url: " + base + "/v1}\n",
		"assistants/grader.yaml": "name: Grader\nmodel: gpt-6-luna\ninstructions: Grade it.\n",
		"workflows/grade.yaml":   "name: Grade\nobject: contact\nenabled: true\nenroll: {when: [{message: known}]}\nsteps:\n  - ask_openai_assistant: {assistant: grader, prompt: \"Grade: {{ enrolled_object.message }}\"}\n",
		"records/contacts.csv":   "Record ID,Message\n101,forty seats\n102,just\u202elooking\n",
	} {
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

func wants(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s does not say %q:\n%s", what, part, text)
		}
	}
}

func TestRecordReplayListAndPrune(t *testing.T) {
	t.Parallel()
	server := echo(t)
	dir := localPortal(t, server.URL)
	code, recorded, notes := emulate(t, "run", "grade", "--answers", "record", "--portal", dir, "-o", "jsonl")
	if code != 0 {
		t.Fatalf("record ends with %d: %s", code, notes)
	}
	wants(t, "stderr", notes, "Recorded: 2 new, 0 changed, 0 as before; see recordings/grade.jsonl.")
	_, _, notes = emulate(t, "run", "grade", "--answers", "record", "--portal", dir, "-o", "jsonl")
	wants(t, "stderr", notes, "Recorded: 0 new, 0 changed, 2 as before; nothing was written.")
	server.Close()
	code, replayed, notes := emulate(t, "run", "grade", "--answers", "replay", "--portal", dir, "-o", "jsonl")
	if code != 0 || replayed != recorded || replayed == "" {
		t.Errorf("replay ends with %d (%s):\n%s\ninstead of\n%s", code, notes, replayed, recorded)
	}

	code, text, _ := emulate(t, "recordings", "list", "--portal", dir)
	wants(t, "the list", text, "KEY", "RECORDED", "gpt-6-luna", "Grade: forty seats", "So: Grade: forty", "recordings/grade.jsonl:1")
	if code != 0 || strings.Contains(text, "\u202e") {
		t.Errorf("the list ends with %d, or may harm a terminal: %q", code, text)
	}
	var listed struct {
		Recordings []struct {
			Key, File, RecordedAt, Protocol, Model, Prompt, Response string
			Line                                                     int
			Usage                                                    struct{ InputTokens, OutputTokens int }
		}
	}
	_, text, _ = emulate(t, "recordings", "--portal", dir, "-o", "json")
	if err := json.Unmarshal([]byte(text), &listed); err != nil || len(listed.Recordings) != 2 {
		t.Fatalf("%v: %s", err, text)
	}
	if r := listed.Recordings[0]; len(r.Key) != 32 || r.File != "recordings/grade.jsonl" || r.Line != 1 || r.Protocol != "responses" || r.Usage.InputTokens != 20 || r.RecordedAt == "" {
		t.Errorf("%+v", r)
	}
	if _, text, _ = emulate(t, "recordings", "list", "--portal", dir, "-o", "jsonl"); strings.Count(text, "\n") != 2 {
		t.Errorf("jsonl: %s", text)
	}

	if err := os.WriteFile(filepath.Join(dir, "records", "contacts.csv"), []byte("Record ID,Message\n101,forty seats\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	code, text, notes = emulate(t, "recordings", "prune", "--dry-run", "--portal", dir)
	wants(t, "the dry run", text+notes, "looking", "Would drop 1 recording, keeping 1.", "Next: emulator recordings prune --portal")
	before, err := os.ReadFile(filepath.Join(dir, "recordings", "grade.jsonl"))
	if code != 0 || err != nil || bytes.Count(before, []byte("\n")) != 2 {
		t.Errorf("the dry run ends with %d and left %d lines", code, bytes.Count(before, []byte("\n")))
	}
	code, text, notes = emulate(t, "recordings", "prune", "--portal", dir, "-o", "json")
	wants(t, "prune", text+notes, `"dropped": [`, "Dropped 1 recording, keeping 1.")
	after, err := os.ReadFile(filepath.Join(dir, "recordings", "grade.jsonl"))
	if code != 0 || err != nil || !bytes.Contains(before, after) || !bytes.Contains(after, []byte("forty seats")) || bytes.Count(after, []byte("\n")) != 1 {
		t.Errorf("prune ends with %d and left:\n%s", code, after)
	}
	_, text, notes = emulate(t, "recordings", "prune", "--portal", dir)
	wants(t, "prune again", notes, "nothing is dropped")
	if text != "" {
		t.Errorf("stdout: %s", text)
	}
}

func TestReplayOfWhatIsNotRecorded(t *testing.T) {
	t.Parallel()
	dir := localPortal(t, echo(t).URL)
	if _, _, notes := emulate(t, "recordings", "--portal", dir); !strings.Contains(notes, "Nothing is recorded") {
		t.Error(notes)
	}
	code, _, notes := emulate(t, "run", "grade", "--answers", "replay", "--portal", dir)
	wants(t, "stderr", notes, "no recordings to replay")
	if code != 2 {
		t.Errorf("without recordings: exit code %d", code)
	}
	if code, _, notes = emulate(t, "run", "grade", "--answers", "record", "--enroll", "101", "--portal", dir); code != 0 {
		t.Fatal(notes)
	}
	code, out, notes := emulate(t, "run", "grade", "--answers", "replay", "--portal", dir)
	if code != 1 {
		t.Errorf("with one of two recorded: exit code %d", code)
	}
	wants(t, "the run", out+notes, "no_recording", "1 without a recording", "Next: emulator run grade --answers record")
}

func TestRecordWithoutAccount(t *testing.T) {
	t.Parallel()
	dir := localPortal(t, "https://api.openai.com")
	for _, answers := range []string{"record", "live"} {
		code, _, notes := emulate(t, "run", "grade", "--answers", answers, "--portal", dir)
		if code != 3 || !strings.Contains(notes, "emulator account connect") {
			t.Errorf("%s ends with %d: %s", answers, code, notes)
		}
	}
}

func TestRecordingsRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"recordings", "lost"}, {"recordings", "list", "x"}, {"recordings", "prune", "x"}, {"recordings", "list", "-o", "xml"}, {"recordings", "prune", "-o", "xml"}} {
		if code, _, notes := emulate(t, append(args, "--portal", localPortal(t, "http://127.0.0.1:1"))...); code != 2 || notes == "" {
			t.Errorf("%v ends with %d: %s", args, code, notes)
		}
	}
}
