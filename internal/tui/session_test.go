//go:build !windows

package tui_test

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/service/local"
	"askflow/internal/tui"
	"askflow/testdata"
)

// demo unpacks the demo portal.
func demo(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "portal")
	from, err := fs.Sub(testdata.Demo, "demo")
	if err == nil {
		err = os.CopyFS(dir, from)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// portal writes a portal of these files.
func portal(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "portal")
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// From the first start to reading an answer, with nothing configured.
func TestFirstStartToAnswer(t *testing.T) {
	t.Parallel()
	p := launch(t, 100, 30, nil, "--portal", demo(t))
	p.wait("[1 Workflows]", "▌ Sales email draft", "not connected")
	p.press("r")
	p.wait("[4 Runs]", "completed, 255 records", "Leonhard Gschwend")
	p.press("enter")
	p.wait("Leonhard Gschwend", "[Response]", "Guten Tag")
	p.press("[")
	p.wait("[Prompt]")
	p.press("q")
	if code := p.end(); code != tui.ExitOK {
		t.Errorf("exit code %d", code)
	}
	p.untouched()
	p.restored()
}

// Where there is no portal, the sentence is that of the command line, and nothing was drawn.
func TestNoPortal(t *testing.T) {
	t.Parallel()
	p := launch(t, 120, 30, nil)
	if code := p.end(); code != tui.ExitUsage {
		t.Errorf("exit code %d", code)
	}
	p.wait("error: the folder . has no portal.yaml, so it is no portal", "emulator init", "--demo")
	if raw := p.written(); strings.Contains(raw, "\x1b") {
		t.Errorf("the terminal was touched: %q", raw)
	}
}

// nasty is data that would do something to a terminal: title, clipboard, link, colours, cursor, bell, a DCS, C1 controls, mouse modes.
const nasty = "\x1b]0;owned\x07\x1b]52;c;b3duZWQ=\x07\x1b]8;;https://evil.example\x1b\\x\x1b]8;;\x1b\\\x1b[2J\x1b[31m\x1b[5 q\x1b]12;red\x07\x1b]11;#ff0000\x07\x1bPq#0\x1b\\\x07\u009d0;c1\u009c\u009b2J\x1b[?1003h\x1bc\u202e\u200b"

// hostilePortal has nasty data wherever data can be.
func hostilePortal(t *testing.T) string {
	t.Helper()
	escaped := strings.NewReplacer("\x1b", `\e`, "\x07", `\a`, `\`, `\\`, "\u009d", `\x9d`, "\u009c", `\x9c`, "\u009b", `\x9b`, "\u202e", `\u202e`, "\u200b", `\u200b`).Replace(nasty)
	quoted := func(name string) string { return `"` + name + escaped + ` end"` }
	return portal(t, map[string]string{
		"portal.yaml":            "id: 7\nname: " + quoted("Shop") + "\nsubscriptions: [sales-hub-enterprise]\nusers:\n  - {id: \"1\", owner_id: \"901\", name: " + quoted("Mara") + ", email: mara@shop.example}\n",
		"assistants/grader.yaml": "id: asst_grader\nname: " + quoted("Grader") + "\nmodel: gpt-6-luna\ninstructions: " + quoted("Answer.") + "\n",
		"records/contacts.csv":   "Record ID,First Name,Last Name,Email,Message\n101,\"Ada" + nasty + "\",\"Byron" + nasty + "\",ada@looms.example,\"forty seats " + nasty + "\"\n",
		"responses/grader.yaml":  "- reply: " + quoted("graded A") + "\n",
		"workflows/grade.yaml": "name: " + quoted("Grading") + "\nobject: contact\nenabled: true\nenroll:\n  when:\n    - {message: known}\nsteps:\n" +
			"  - ask_openai_assistant: {id: qualify, assistant: asst_grader, prompt: \"Grade: {{ enrolled_object.message }}\"}\n" +
			"  - notify: {users: [\"1\"], subject: \"{{ enrolled_object.firstname }} is here\", body: \"{{ action_outputs.qualify.response }}\"}\n",
	})
}

// What records, files and answers hold reaches no terminal: neither its title, clipboard, colours and cursor nor its bell.
func TestHostilePortal(t *testing.T) {
	t.Parallel()
	p := launch(t, 120, 40, nil, "--portal", hostilePortal(t))
	p.wait("Shop␛", "Grading␛]0;ow")
	p.press("enter")
	p.wait("Ask OpenAI Assistant", "o fields")
	p.press("esc") // on its own: with another key behind it, it would be alt
	p.wait("n new")
	p.press("3")
	p.wait("[3 Records]", "ada@looms")
	p.press("enter")
	p.wait("forty seats")
	p.press("2")
	p.wait("[2 Assistant]", "Grader")
	p.press("1", "r")
	p.wait("[4 Runs]", "completed, 1 record", "Ada␛")
	p.press("enter")
	p.wait("[Response]", "graded A")
	p.press("[")
	p.wait("[Prompt]", "forty seats")
	p.press("5")
	p.wait("[5 Inbox]", "Ada␛]0;owned")
	p.press("6")
	p.wait("OpenAI account")
	p.press("ctrl+c")
	if code := p.end(); code != tui.ExitOK {
		t.Errorf("exit code %d", code)
	}
	p.untouched()
	p.restored()
}

// Windows of any size: the place and what is selected stay.
func TestResizing(t *testing.T) {
	t.Parallel()
	p := launch(t, 100, 30, nil, "--portal", demo(t), "--theme", "light", "--no-mouse")
	p.wait("▌ Sales email draft")
	p.press("down")
	p.wait("▌ Lead qualification")
	for _, size := range [][2]int{{1, 1}, {40, 10}, {2, 1}, {40, 10}} {
		p.resize(size[0], size[1])
		if size[0] > 2 {
			p.wait("askflow needs")
		}
	}
	p.resize(100, 30)
	p.wait("[1 Workflows]", "▌ Lead qualification")
	p.resize(200, 60)
	p.wait("▌ Lead qualification", "? help")
	if strings.Contains(p.written(), "\x1b[?1002h") || strings.Contains(p.written(), "\x1b[?1003h") {
		t.Error("--no-mouse takes the mouse")
	}
	p.press("q")
	if code := p.end(); code != tui.ExitOK {
		t.Errorf("exit code %d", code)
	}
	p.restored()
}

// slow is an OpenAI that answers a few questions and keeps the others waiting.
type slow struct {
	*httptest.Server
	mu      sync.Mutex
	answers int // how many more; -1 for all
	given   int
	waiting chan struct{}
}

func newSlow(t *testing.T, answers int) *slow {
	t.Helper()
	s := &slow{answers: answers, waiting: make(chan struct{}, 1000)}
	s.Server = httptest.NewServer(http.HandlerFunc(s.answer))
	t.Cleanup(s.Close)
	return s
}

func (s *slow) answer(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // whatever it asks
	w.Header().Set("Content-Type", "application/json")
	if r.Method == http.MethodGet {
		_, _ = io.WriteString(w, `{"object":"list","data":[{"id":"gpt-6-luna","object":"model","created":1,"owned_by":"x"}]}`)
		return
	}
	s.mu.Lock()
	hold := s.answers == 0
	if !hold {
		s.given++
		s.answers--
	}
	s.mu.Unlock()
	if hold {
		s.waiting <- struct{}{}
		<-r.Context().Done()
		return
	}
	_, _ = io.WriteString(w, `{"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"gpt-6-luna","error":null,"output":[{"type":"message","id":"m","role":"assistant","status":"completed","content":[{"type":"output_text","text":"A","annotations":[]}]}],"usage":{"input_tokens":12,"output_tokens":2,"total_tokens":14}}`)
}

func (s *slow) let(answers int) (given int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers = answers
	return s.given
}

// A terminal that is closed, and a system that wants the program gone, in the middle of a run: what is done is kept, and the run goes
// on later without asking again.
func TestEndInTheMiddleOfARun(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(p *process) error{
		"the terminal is closed": func(p *process) error { return p.pty.Master().Close() },
		"SIGTERM":                func(p *process) error { return p.cmd.Process.Signal(syscall.SIGTERM) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const answered, records, atOnce = 3, 12, 5 // questions that a run asks at once
			server := newSlow(t, answered)
			csv := "Record ID,First Name,Message\n"
			for i := range records {
				csv += fmt.Sprintf("%d,Person %d,hello\n", 101+i, i)
			}
			dir := portal(t, map[string]string{
				"portal.yaml":            "id: 7\nname: Shop\nanswers: live\nopenai: {base_url: '" + server.URL + "/v1'}\n",
				"assistants/grader.yaml": "id: asst_grader\nname: Grader\nmodel: gpt-6-luna\nreasoning_effort: none\ninstructions: Answer.\n",
				"records/contacts.csv":   csv,
				"workflows/grade.yaml":   "name: Grading\nobject: contact\nenabled: true\nenroll:\n  when:\n    - {message: known}\nsteps:\n  - ask_openai_assistant: {id: qualify, assistant: asst_grader, prompt: \"Grade: {{ enrolled_object.message }}\"}\n",
			})
			p := launch(t, 100, 30, nil, "--portal", dir)
			p.wait("Grading", "answers live")
			p.press("r")
			p.wait("[4 Runs]")
			for range atOnce { // whoever waits has got the answers before
				select {
				case <-server.waiting:
				case <-time.After(patience):
					t.Fatalf("nothing waits for an answer:\n%s", p.text())
				}
			}
			if err := stop(p); err != nil {
				t.Fatal(err)
			}
			if code := p.end(); code != tui.ExitOK {
				t.Errorf("exit code %d:\n%s", code, p.text())
			}
			goOn(t, dir, server, answered, records)
		})
	}
}

// goOn resumes the newest run, which was interrupted after some answers. Those that came are not asked for again, even where their
// record was still under way.
func goOn(t *testing.T, dir string, server *slow, answered, records int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	l, err := local.Open(ctx, local.Options{Dir: dir, Version: "test", ConfigDir: t.TempDir(), Environ: func(name string) (string, bool) { return "off", name == "ASKFLOW_KEYRING" }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	s := l.Services()
	last, err := s.Runs.Run(ctx, "last")
	if err != nil || last.Status != run.RunInterrupted || last.Totals.Asks > answered || last.Totals.Considered < answered {
		t.Fatalf("%s, %d answers: %v", last.Status, last.Totals.Asks, err)
	}
	before := server.let(-1)
	events := s.Events.Subscribe(ctx)
	if _, err := s.Launcher.Start(ctx, service.RunRequest{Workflow: "workflows/grade.yaml", Resume: last.ID}); err != nil {
		t.Fatal(err)
	}
	for e := range events {
		if e.Kind == service.EventRun && e.Progress.Ended {
			break
		}
	}
	done, err := s.Runs.Run(ctx, "last")
	if err != nil || done.Status != run.RunCompleted || done.Totals.Enrollments[run.Completed] != records {
		t.Errorf("%s, %v: %v", done.Status, done.Totals.Enrollments, err)
	}
	// An answer that was on its way when the program ended was never seen, and is asked for again.
	if given := int64(server.let(-1) - before); given < records-answered || given > records-last.Totals.Asks {
		t.Errorf("%d more questions were answered, want %d, or up to %d where answers were on their way", given, records-answered, records-last.Totals.Asks)
	}
}
