package suite_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"askflow/internal/emulator"
	"askflow/internal/suite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// watching is a watcher that runs until its test ends.
type watching struct {
	t     *testing.T
	dir   string
	begun chan []string
	shown chan *suite.Round
	stop  context.CancelFunc
	ended chan error
}

func watch(t *testing.T, dir string, server http.RoundTripper, opt suite.Options, change ...func(*suite.Watcher)) *watching {
	t.Helper()
	w := &watching{t: t, dir: dir, begun: make(chan []string, 100), shown: make(chan *suite.Round, 100), ended: make(chan error, 1)}
	watcher := &suite.Watcher{
		Open: func(ctx context.Context) (*emulator.Emulator, error) {
			return emulator.Open(ctx, emulator.Options{Dir: dir, Transport: server})
		},
		Options: opt, Begin: func(saved []string) { w.begun <- saved }, Show: func(r *suite.Round) { w.shown <- r },
	}
	for _, c := range change {
		c(watcher)
	}
	var ctx context.Context
	ctx, w.stop = context.WithCancel(context.Background())
	go func() { w.ended <- watcher.Watch(ctx) }()
	t.Cleanup(w.end)
	return w
}

// end ends the watcher; that is no error.
func (w *watching) end() {
	w.stop()
	if w.ended == nil {
		return
	}
	select {
	case err := <-w.ended:
		if err != nil {
			w.t.Error(told(err))
		}
	case <-time.After(patience):
		w.t.Error("the watcher does not end")
	}
	w.ended = nil
}

// patience is how long a watcher may take on a busy machine before a test gives up.
const patience = time.Minute

// round waits for a round to be shown.
func (w *watching) round() *suite.Round {
	w.t.Helper()
	select {
	case r := <-w.shown:
		<-w.begun
		return r
	case <-time.After(patience):
		w.t.Fatal("no round came")
	}
	return nil
}

// save puts a file in its place at once, as editors do, and waits for what comes of it.
func (w *watching) save(name, text string) *suite.Round {
	w.t.Helper()
	w.put(name, text)
	return w.round()
}

func (w *watching) put(name, text string) {
	w.t.Helper()
	path := filepath.Join(w.dir, filepath.FromSlash(name))
	beside := filepath.Join(filepath.Dir(path), ".beside")
	if err := os.WriteFile(beside, []byte(text), 0o644); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Rename(beside, path); err != nil {
		w.t.Fatal(err)
	}
}

// ran checks which tests a round ran, and that they passed.
func (w *watching) ran(r *suite.Round, saved string, passed bool, tests ...string) {
	w.t.Helper()
	if r.Err != nil {
		w.t.Fatal(told(r.Err))
	}
	if diff := cmp.Diff(tests, r.Ran); diff != "" {
		w.t.Errorf("saving %s: %s", saved, diff)
	}
	if got := strings.Join(r.Saved, " "); got != saved {
		w.t.Errorf("saved %q, not %q", got, saved)
	}
	if r.Report == nil || len(r.Report.Tests) != 2 || r.Report.Passed != passed {
		w.t.Errorf("saving %s: passed %v: %v", saved, !passed, r.Report)
	}
}

// twoTests are tests of two workflows.
func twoTests(t *testing.T) string {
	t.Helper()
	return clinic(t, map[string]string{"tests/other.yaml": "workflow: other\neach: [state: COMPLETED, property: {jobtitle: seen}]\n", "prompts/short.md": "{{ enrolled_object.message }}", "notes.txt": "x",
		"tests/grade.yaml": clinicFiles()["tests/grade.yaml"] + "matrix: {prompt: [current, short]}\n"})
}

func TestWatchRunsWhatASavedFileAffects(t *testing.T) {
	t.Parallel()
	w := watch(t, twoTests(t), nil, suite.Options{})
	first := w.round()
	w.ran(first, "", true, "grade", "other")
	if first.Delta != nil {
		t.Errorf("a first round has nothing before it: %+v", first.Delta)
	}
	files := clinicFiles()
	w.ran(w.save("notes.txt", "y"), "notes.txt", true)
	w.ran(w.save("assistants/strict.yaml", "name: strict\nmodel: gpt-6-luna\ninstructions: Others.\n"), "assistants/strict.yaml", true)
	w.ran(w.save("responses/referee.yaml", "- {when: {assistant: referee}, reply: x}\n"), "responses/referee.yaml", true)
	w.ran(w.save("assistants/grader.yaml", files["assistants/grader.yaml"]+"description: new\n"), "assistants/grader.yaml", true, "grade")
	w.ran(w.save("prompts/short.md", "Short: {{ enrolled_object.message }}"), "prompts/short.md", true, "grade")
	w.ran(w.save("workflows/other.yaml", strings.Replace(files["workflows/other.yaml"], "Other", "Others", 1)), "workflows/other.yaml", true, "other")
	w.ran(w.save("tests/other.yaml", "workflow: other\neach: [state: COMPLETED]\n"), "tests/other.yaml", true, "other")
	w.ran(w.save("records/contacts.csv", strings.Replace(files["records/contacts.csv"], "Hello", "Hi", 1)), "records/contacts.csv", true, "grade", "other")
	r := w.save("responses/grader.yaml", strings.Replace(files["responses/grader.yaml"], "reply: B", "reply: Z", 1))
	w.ran(r, "responses/grader.yaml", false, "grade")
	d := r.Delta
	// In both cells: 102 fails now; 105 and 102 answer otherwise; 101, 103 and 104 are as they were.
	if d == nil || d.Of != "the last round" || d.Regressed != 2 || d.Changed != 2 || d.Same != 6 || d.New+d.Gone+d.Fixed != 0 {
		t.Errorf("%+v", d)
	}
	r = w.save("responses/grader.yaml", files["responses/grader.yaml"])
	w.ran(r, "responses/grader.yaml", true, "grade")
	if r.Delta.Fixed != 2 || r.Delta.Changes[0].Before != "Z" || r.Delta.Changes[0].After != "B" {
		t.Errorf("%+v", r.Delta)
	}
	// A case more is new, one less is gone.
	r = w.save("tests/other.yaml", "workflow: other\ncases: [{record: \"101\", name: first, expect: [state: COMPLETED]}]\n")
	w.ran(r, "tests/other.yaml", true, "other")
	if r.Delta.New != 1 || r.Delta.Gone != 4 {
		t.Errorf("%+v", r.Delta)
	}
}

func TestWatchABrokenFile(t *testing.T) {
	t.Parallel()
	w := watch(t, twoTests(t), nil, suite.Options{})
	w.ran(w.round(), "", true, "grade", "other")
	r := w.save("tests/grade.yaml", "workflow: [\n")
	if r.Err == nil || r.Report != nil || emulator.AsError(r.Err).Code != "invalid_test" {
		t.Errorf("%+v", r)
	}
	w.ran(w.save("tests/grade.yaml", clinicFiles()["tests/grade.yaml"]), "tests/grade.yaml", true, "grade")
	// A portal that cannot be opened is shown, too, and so is a workflow that cannot run.
	r = w.save("workflows/grade.yaml", strings.Replace(clinicFiles()["workflows/grade.yaml"], "assistant: grader", "assistant: nobody", 1))
	if r.Err == nil || emulator.AsError(r.Err).Code != "invalid_portal" {
		t.Errorf("%+v", r)
	}
	w.ran(w.save("workflows/grade.yaml", clinicFiles()["workflows/grade.yaml"]), "workflows/grade.yaml", true) // it is as it was when it ran
	r = w.save("portal.yaml", "id: [\n")
	if r.Err == nil {
		t.Errorf("%+v", r)
	}
	if r = w.save("portal.yaml", clinicFiles()["portal.yaml"]); r.Err != nil || !r.Report.Passed {
		t.Errorf("%+v", r)
	}
	// A responses file that cannot be read keeps scripted runs from running, though nothing of it would have answered.
	if r = w.save("responses/new.yaml", "- {when: [}\n"); r.Err == nil {
		t.Errorf("%+v", r)
	}
}

func TestWatchNewFolders(t *testing.T) {
	t.Parallel()
	dir := twoTests(t)
	w := watch(t, dir, nil, suite.Options{})
	w.round()
	beside := filepath.Join(t.TempDir(), "more")
	if err := os.MkdirAll(beside, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(beside, "third.yaml"), []byte("workflow: other\neach: [state: COMPLETED]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(beside, filepath.Join(dir, "tests", "more")); err != nil {
		t.Fatal(err)
	}
	r := w.round()
	if r.Err != nil || len(r.Report.Tests) != 3 || !cmp.Equal([]string{"more/third", "other"}, r.Ran) {
		t.Fatalf("%v %v", r.Err, r.Ran)
	}
	// What is saved in it from now on counts.
	r = w.save("tests/more/third.yaml", "workflow: other\neach: [state: UNENROLLED]\n")
	if r.Err != nil || r.Report.Passed || r.Delta.Regressed == 0 {
		t.Errorf("%v %+v", r.Err, r.Delta)
	}
	if err := os.Remove(filepath.Join(dir, "tests", "more", "third.yaml")); err != nil {
		t.Fatal(err)
	}
	if r = w.round(); r.Err != nil || !r.Report.Passed || len(r.Report.Tests) != 2 {
		t.Errorf("%v %+v", r.Err, r.Report)
	}
}

// Live answers are asked once over all rounds: only what changed is asked.
func TestWatchAsksOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	dir := clinic(t, map[string]string{"tests/other.yaml": "workflow: other\neach: [state: COMPLETED]\n"})
	server := serverOf(t, dir)
	w := watch(t, dir, suite.NewMemory(server), suite.Options{Answers: "live"})
	w.ran(w.round(), "", true, "grade", "other")
	if n := server.asked.Load(); n != 4 {
		t.Fatalf("%d questions", n)
	}
	w.ran(w.save("tests/grade.yaml", clinicFiles()["tests/grade.yaml"]+"  - {record: \"103\", expect: [response: A]}\n"), "tests/grade.yaml", true, "grade")
	if n := server.asked.Load(); n != 4 {
		t.Errorf("%d questions for expectations", n-4)
	}
	w.ran(w.save("records/contacts.csv", strings.Replace(clinicFiles()["records/contacts.csv"], "Hello", "Hi", 1)), "records/contacts.csv", true, "grade", "other")
	if n := server.asked.Load(); n != 5 {
		t.Errorf("%d questions for one record", n-4)
	}
}

// A file that is saved while a round goes on ends it: what it would show is old. The files that began it count as saved again.
func TestWatchGivesARoundUp(t *testing.T) {
	t.Parallel()
	dir := clinic(t, map[string]string{"tests/other.yaml": "workflow: other\neach: [state: COMPLETED]\n"})
	server := serverOf(t, dir)
	var once sync.Once
	arrived, given := make(chan bool), make(chan bool)
	slow := roundTrip(func(req *http.Request) (*http.Response, error) {
		first := false
		if req.Method == http.MethodPost {
			once.Do(func() { first = true })
		}
		if first {
			close(arrived)
			<-req.Context().Done() // only giving up ends it
			close(given)
			return nil, req.Context().Err()
		}
		return server.RoundTrip(req)
	})
	w := watch(t, dir, slow, suite.Options{Answers: "live", Concurrency: 1})
	if saved := <-w.begun; len(saved) != 0 {
		t.Errorf("%v", saved)
	}
	<-arrived
	w.put("tests/grade.yaml", clinicFiles()["tests/grade.yaml"]+"  - {record: \"103\", expect: [response: A]}\n")
	<-given
	r := w.round()
	w.ran(r, "tests/grade.yaml", true, "grade", "other")
	if r.Delta != nil {
		t.Errorf("the round that was given up counts: %+v", r.Delta)
	}
	select {
	case r := <-w.shown:
		t.Errorf("a round that was given up is shown: %+v", r)
	default:
	}
}

func TestWatchEndsWithItsContext(t *testing.T) {
	t.Parallel()
	dir := clinic(t, nil)
	server := serverOf(t, dir)
	arrived := make(chan bool, 100)
	slow := roundTrip(func(req *http.Request) (*http.Response, error) {
		if req.Method != http.MethodPost {
			return server.RoundTrip(req)
		}
		arrived <- true
		<-req.Context().Done()
		return nil, req.Context().Err()
	})
	w := watch(t, dir, slow, suite.Options{Answers: "live", Concurrency: 1})
	<-arrived
	w.end() // in the middle of a round
	if len(w.shown) != 0 {
		t.Error("a round that was interrupted is shown")
	}
	quiet := watch(t, clinic(t, nil), nil, suite.Options{})
	quiet.round()
	quiet.end() // between rounds
	broken := &suite.Watcher{Open: func(context.Context) (*emulator.Emulator, error) {
		return emulator.Open(context.Background(), emulator.Options{Dir: filepath.Join(dir, "nowhere")})
	}}
	if err := broken.Watch(t.Context()); err == nil {
		t.Error("a portal that is not there is watched")
	}
}

// Reports are written into the portal without beginning a round, and show every case of every test, of earlier rounds, too.
func TestWatchReports(t *testing.T) {
	t.Parallel()
	dir := twoTests(t)
	own := filepath.Join(dir, "report.json")
	w := watch(t, dir, nil, suite.Options{}, func(w *suite.Watcher) {
		show := w.Show
		w.Cases, w.Own = true, []string{own}
		w.Show = func(r *suite.Round) {
			if r.Report != nil {
				if err := os.WriteFile(own, []byte(bytesOf(t, r.Report)), 0o644); err != nil {
					t.Error(err)
				}
			}
			show(r)
		}
	})
	first := w.round()
	whole := bytesOf(t, first.Report)
	r := w.save("tests/other.yaml", "workflow: other\neach: [state: COMPLETED]\n") // and no round for the report before it
	w.ran(r, "tests/other.yaml", true, "other")
	for _, test := range r.Report.Tests {
		for _, c := range test.Cells {
			if n := len(casesOf(t, c)); n == 0 || int64(n) != c.Cases {
				t.Errorf("%s: %d of %d cases are kept", test.Name, n, c.Cases)
			}
		}
	}
	if len(whole) < 1000 {
		t.Errorf("%s", whole)
	}
}
