package local_test

import (
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/service/local"
)

// breaking is a way to the server that panics with data at the nth question.
type breaking struct {
	to http.RoundTripper
	at func() bool
}

func (b breaking) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPost && b.at() {
		panic("Ada Byron " + canary)
	}
	return b.to.RoundTrip(r)
}

// mistake checks the error that stands for a panic: its sentence quotes nothing, its cause has the stack.
func mistake(t *testing.T, err error, where string) {
	t.Helper()
	e := wants(t, err, service.CodeInternal)
	var cause interface {
		Stack() []byte
		PanicValue() any
	}
	if strings.Contains(e.Message+e.Hint, "Ada") || e.Hint == "" || !strings.Contains(e.Message, "askflow itself") {
		t.Errorf("it says %q, %q", e.Message, e.Hint)
	}
	if !errors.As(err, &cause) || !strings.Contains(string(cause.Stack()), where) || cause.PanicValue() == nil {
		t.Errorf("the cause is %#v", e.Cause)
	}
}

func TestAPanicWhileAskingInterruptsTheRun(t *testing.T) {
	t.Parallel()
	s := openAI(t)
	asked := 0
	d := open(t, demoDir(t), live(s, map[string]string{"OPENAI_API_KEY": canary}), func(_ *desk, o *local.Options) {
		o.Transport = breaking{s, func() bool { asked++; return asked > 5 }}
	})
	started, err := d.Launcher.Start(d.ctx, service.RunRequest{Workflow: "lead-qualification", Answers: "live", Concurrency: 1, MaxCost: "5"})
	if err != nil {
		t.Fatal(err)
	}
	p := d.ended(started.Run.ID)
	if p.Status != run.RunInterrupted || p.Totals.Asks == 0 || p.Err == nil {
		t.Fatalf("the run ended with %+v", p)
	}
	mistake(t, p.Err, "panics_test.go")
	stored, err := d.Runs.Run(d.ctx, p.Run)
	if err != nil || stored.Status != run.RunInterrupted || stored.Error == nil || stored.Error.Code != service.CodeInternal || stored.Totals.Considered != p.Totals.Considered {
		t.Errorf("stored is %+v (%v)", stored, err)
	}
	if active, err := d.Launcher.Active(d.ctx); err != nil || len(active) != 0 {
		t.Errorf("%d runs go on (%v)", len(active), err)
	}
	if again := d.run(service.RunRequest{Workflow: "lead-qualification"}); again.Status != run.RunCompleted {
		t.Errorf("the next run is %s", again.Status)
	}
	noKeyIn(t, d.dir)
}

// TestAPanicWhileLoadingIsTold breaks what reads the portal, and mends it.
func TestAPanicWhileLoadingIsTold(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	dir := demoDir(t)
	d := open(t, dir, func(_ *desk, o *local.Options) {
		o.Timer = func(after time.Duration) (<-chan time.Time, func()) {
			if broken.CompareAndSwap(true, false) {
				panic("Ada Byron")
			}
			return quick(after)
		}
	})
	broken.Store(true)
	write(t, filepath.Join(dir, "workflows", "new.yaml"), "name: New\nobject: contact\nsteps: []\n")
	e := d.waitKind(service.EventGone)
	mistake(t, e.Err, "panics_test.go")
	d.waitKind(service.EventPortal)
	list, err := d.Workflows.List(d.ctx)
	if err != nil || len(list) != 5 {
		t.Errorf("%d workflows are listed afterwards (%v)", len(list), err)
	}
}

func TestWhatIsMissingIsProposedAndNotWritten(t *testing.T) {
	t.Parallel()
	dir := demoDir(t)
	if err := os.RemoveAll(filepath.Join(dir, "responses")); err != nil {
		t.Fatal(err)
	}
	d := open(t, dir)
	if end := d.run(service.RunRequest{Workflow: "lead-qualification"}); end.Draft != nil || end.Totals.NoAnswer == 0 {
		t.Errorf("nobody asked for a draft: %+v", end.Draft)
	}
	end := d.run(service.RunRequest{Workflow: "lead-qualification", DraftMissing: true})
	p := end.Draft
	if p == nil || p.File != "responses/draft-"+end.Run+".yaml" || p.Base != nil || len(p.Lines) != strings.Count(string(p.Text), "\n") || !strings.Contains(string(p.Text), "reply: ") {
		t.Fatalf("the draft is %+v", p)
	}
	file := filepath.Join(dir, filepath.FromSlash(p.File))
	if _, err := os.Stat(filepath.Dir(file)); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("something was written before anybody said yes (%v)", err)
	}
	for name, bad := range map[string]service.Proposal{
		"outside":             {File: "responses/../../draft.yaml", Text: p.Text},
		"deeper":              {File: "responses/a/draft.yaml", Text: p.Text},
		"another folder":      {File: "records/draft.yaml", Text: p.Text},
		"no YAML":             {File: "responses/draft.sh", Text: p.Text},
		"hidden":              {File: "responses/.draft.yaml", Text: p.Text},
		"one that is there":   {File: p.File, Base: []byte("x"), Text: p.Text},
		"no name":             {File: "responses/.yaml", Text: p.Text},
		"with a back slash":   {File: `responses/..\draft.yaml`, Text: p.Text},
		"the folder's own":    {File: "responses/", Text: p.Text},
		"from the root":       {File: "/responses/draft.yaml", Text: p.Text},
		"the portal's own":    {File: "portal.yaml", Text: p.Text},
		"assistants, as well": {File: "assistants/draft.yaml", Text: p.Text},
	} {
		if err := d.Workflows.Write(d.ctx, &bad); service.CodeOf(err) != "usage" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := d.Workflows.Write(d.ctx, p); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != string(p.Text) {
		t.Errorf("%s holds %q (%v)", p.File, text, err)
	}
	wants(t, d.Workflows.Write(d.ctx, p), service.CodeChanged)
	if end = d.run(service.RunRequest{Workflow: "lead-qualification", DraftMissing: true}); end.Draft != nil {
		t.Errorf("what stands in a draft already is proposed again: %s", end.Draft.Text)
	}
}
