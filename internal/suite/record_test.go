package suite_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/assistant"
	"askflow/internal/emulator"
	"askflow/internal/suite"
)

// twoAsks is a workflow whose second question depends on the first answer.
func twoAsks(changes map[string]string) map[string]string {
	files := map[string]string{
		"workflows/two.yaml": `
name: Two steps
object: contact
enabled: true
enroll: {when: {message: known}}
steps:
  - ask_openai_assistant: {id: qualify, assistant: grader, prompt: "Qualify: {{ enrolled_object.message }}"}
  - ask_openai_assistant: {id: draft, assistant: strict, prompt: "Draft after {{ action_outputs.qualify.response }}"}
  - set_property: {property: jobtitle, value: {output: draft.response}}
`,
		"prompts/short.md": "In short, after {{ action_outputs.qualify.response }}\n",
		"tests/grade.yaml": "-",
		"tests/two.yaml":   "workflow: two\nenroll: [\"101\", \"102\"]\neach: [response@draft: {matches: \"answer [0-9]+\"}]\n",
	}
	maps.Copy(files, changes)
	return files
}

// numbering answers every question with its number, so that no two answers are the same.
func numbering(asked *atomic.Int64) http.RoundTripper {
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		body := `{"object":"list","data":[]}`
		if req.Method == http.MethodPost {
			if _, err := io.Copy(io.Discard, req.Body); err != nil {
				return nil, err
			}
			text := fmt.Sprintf("answer %d", asked.Add(1))
			if c, _ := assistant.CallerFrom(req.Context()); c.Step == "judge" {
				text = `{\"pass\": true, \"score\": 1, \"reason\": \"` + text + `\"}`
			}
			body = `{"id":"r","object":"response","created_at":1,"status":"completed","model":"gpt-6-luna","output":[{"type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"` + text + `"}]}],` +
				`"usage":{"input_tokens":10,"input_tokens_details":{"cached_tokens":0},"output_tokens":3,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":13}}`
		}
		return &http.Response{StatusCode: http.StatusOK, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Content-Type": {"application/json"}},
			Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: req}, nil
	})
}

// What is asked in the same words is asked once by a command that records, whichever cell, test or judge asks: otherwise the recordings
// would hold the last answer, and questions that were made of an earlier one would have none.
func TestRecordAsksOnceAndReplaysGreen(t *testing.T) {
	t.Parallel()
	dir := clinic(t, twoAsks(map[string]string{
		"tests/again.yaml":  "workflow: two\nenroll: [\"101\"]\neach: [response@draft: {matches: \"answer [0-9]+\"}]\n",
		"tests/judged.yaml": "workflow: two\nenroll: [\"101\"]\neach: [response@qualify: {judge: {assistant: referee, rubric: Kindness}}]\n",
	}))
	var asked atomic.Int64
	e := openWith(t, dir, numbering(&asked))
	opt := suite.Options{Answers: "record", Matrix: matrix(t, "prompt@draft=current,short")}
	r := reportOf(t, e, opt)
	// Two first questions, a second one of each in both cells, and the judge's: it reads the same answer in both.
	if n := asked.Load(); !r.Passed || n != 2+2*2+1 {
		t.Fatalf("%d questions were sent: %v", n, r.Reasons)
	}
	opt.Answers = "replay"
	replayed := report(t, dir, opt)
	if !replayed.Passed || replayed.Totals.Cases != r.Totals.Cases || replayed.Totals.Asks != r.Totals.Asks {
		t.Errorf("a replay of the same command: %v\n%+v\n%+v", replayed.Reasons, replayed.Totals, r.Totals)
	}
	if diff := cmp.Diff(r.Totals, replayed.Totals); diff != "" {
		t.Error(diff)
	}
	// Repeats are questions of their own, and live every record asks for itself, once a command.
	asked.Store(0)
	opt = suite.Options{Answers: "live", Repeat: 2, Names: []string{"again", "two"}}
	if r = reportOf(t, openWith(t, dir, numbering(&asked)), opt); !r.Passed || asked.Load() != 2*2*2 {
		t.Errorf("%d questions were sent live: %v", asked.Load(), r.Reasons)
	}
}

// What a replay misses is recorded by the test, not by the workflow alone: judges and other prompts ask, too.
func TestReplayAdvisesToRecordTheTest(t *testing.T) {
	t.Parallel()
	dir := clinic(t, twoAsks(map[string]string{"tests/my test.yaml": "workflow: two\nanswers: replay\nenroll: [\"101\"]\neach: [response@draft: {matches: answer}]\n"}))
	_, err := refusal(t, dir, suite.Options{Names: []string{"my test"}})
	if err.Code != "no_recording" || !strings.Contains(err.Hint, "record some with emulator test 'my test' --answers record") {
		t.Errorf("%s", told(err))
	}
	var asked atomic.Int64
	reportOf(t, openWith(t, dir, numbering(&asked)), suite.Options{Names: []string{"two"}, Answers: "record", Filter: "102"})
	r := report(t, dir, suite.Options{Names: []string{"my test"}, Details: details(t)})
	if ask := casesOf(t, r.Tests[0].Cells[0])[0].Asks[0]; ask.Error == nil || !strings.Contains(ask.Error.Hint, "record it: emulator test 'my test' --answers record") {
		t.Errorf("%+v", ask.Error)
	}
}

// A live run is kept because it cost money. One that asked nothing did not.
func TestOnlyRunsThatAskedAreKept(t *testing.T) {
	t.Parallel()
	dir := clinic(t, twoAsks(nil))
	var asked atomic.Int64
	e := openWith(t, dir, suite.NewMemory(numbering(&asked)))
	for range 2 {
		r := reportOf(t, e, suite.Options{Answers: "live"})
		if diff := cmp.Diff([]string{"r1"}, runs(t, e)); diff != "" || r.Totals.Asks != 4 || asked.Load() != 4 {
			t.Errorf("%d asks, %d questions: %s", r.Totals.Asks, asked.Load(), diff)
		}
	}
	if r := reportOf(t, e, suite.Options{Answers: "live", Keep: true}); len(runs(t, e)) != 2 || len(r.Tests[0].Cells[0].Runs) != 1 {
		t.Errorf("a run that is to be kept is not: %v", runs(t, e))
	}
}

// Who asks a second time could not use the answer, so another one is fetched; what is too long to be kept passes whole.
func TestMemoryAsksAgain(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	memory := suite.NewMemory(numbering(&asked))
	ask := func(attempt int) string {
		ctx := assistant.WithCaller(t.Context(), assistant.Caller{RecordID: "1", Step: "ask", Visit: 1, Attempt: attempt})
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://127.0.0.1/v1/responses", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := memory.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.Body.Close() != nil {
			t.Fatal(err)
		}
		_, text, _ := strings.Cut(string(body), `"text":"`)
		text, _, _ = strings.Cut(text, `"`)
		return text
	}
	got := []string{ask(1), ask(1), ask(2), ask(1)}
	if diff := cmp.Diff([]string{"answer 1", "answer 1", "answer 2", "answer 2"}, got); diff != "" {
		t.Error(diff)
	}
	breaks := suite.NewMemory(roundTrip(func(req *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(io.MultiReader(strings.NewReader("half"), broken{})), Request: req}, nil
	}))
	req, err := http.NewRequest(http.MethodPost, "http://127.0.0.1/v1/responses", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := breaks.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(resp.Body); string(body) != "half" || err == nil || resp.Body.Close() != nil {
		t.Errorf("%q %v", body, err)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// An interruption says what became of what was done.
func TestInterruptions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		opt  suite.Options
		want string
	}{
		"scripted":   {suite.Options{}, "interrupted; nothing was kept"},
		"to be kept": {suite.Options{Keep: true}, "interrupted; what was done is kept as run r1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := openWith(t, clinic(t, map[string]string{"tests/other.yaml": "workflow: other\neach: [state: COMPLETED]\n"}), nil)
			ctx, stop := contextThatStops(t)
			c.opt.Progress = func(suite.Progress) { stop() }
			r, err := suite.Run(ctx, e, c.opt)
			known := emulator.AsError(err)
			if err == nil || known.Message != c.want || known.Exit != emulator.ExitInterrupted || strings.Contains(known.Hint, "--resume") {
				t.Fatalf("%+v", known)
			}
			if r == nil || r.Passed || len(r.Tests) != 1 || r.Tests[0].Error == nil || !cmp.Equal([]string{"other"}, r.NotRun) {
				t.Errorf("%+v", r)
			}
		})
	}
}
