package runs_test

import (
	"context"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"askflow/internal/openaisim"
	"askflow/internal/secret"
	"askflow/internal/service"
	"askflow/internal/service/local"
	"askflow/internal/source"
	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
	"askflow/testdata"
)

// noKeyring is a keyring that keeps nothing.
type noKeyring struct{}

func (noKeyring) Get(_, _ string) (string, error) { return "", secret.ErrNotFound }
func (noKeyring) Set(_, _, _ string) error        { return secret.ErrNotFound }
func (noKeyring) Delete(_, _ string) error        { return secret.ErrNotFound }

// demo opens the demo portal in a folder of its own; a transport carries live answers.
func demo(t *testing.T, transport http.RoundTripper, url string) (*tuitest.Driver, *[ui.Places]*page) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "portal")
	from, err := fs.Sub(testdata.Demo, "demo")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, from); err != nil {
		t.Fatal(err)
	}
	env := func(name string) (string, bool) {
		if name == "OPENAI_BASE_URL" && url != "" {
			return url, true
		}
		return "", false
	}
	l, err := local.Open(t.Context(), local.Options{Dir: dir, Version: "test", Environ: env, Keyring: noKeyring{}, ConfigDir: t.TempDir(), WorkFactor: 4, Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	d, pages := drive(t, l.Services(), 120, 40)
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	events := l.Services().Events.Subscribe(ctx)
	go func() {
		for e := range events {
			d.Send(e)
		}
	}()
	d.Press("1")
	return d, pages
}

// launching makes any key in Workflows start a run.
func launching(pages *[ui.Places]*page, r service.RunRequest) { pages[0].send = ui.Launch(r) }

func TestFromTheStartToAnAnswerInTwoKeys(t *testing.T) {
	t.Parallel()
	d, pages := demo(t, nil, "")
	launching(pages, service.RunRequest{Workflow: "workflows/lead-qualification.yaml"})
	d.Press("r").WaitFor("✓ completed in").WaitFor("Nora Feldmann")
	d.Press("enter").See("Nora Feldmann", "[Response]", "14 kitchens")
}

func TestFindTheRecordThatFailed(t *testing.T) {
	t.Parallel()
	d, pages := demo(t, nil, "")
	launching(pages, service.RunRequest{Workflow: "workflows/lead-qualification.yaml"})
	d.Press("r").WaitFor("✓ completed in").Press("!").See("refus")
	d.Press("/").Type("2057").Press("enter").See("1 found").Press("enter")
	for range 4 {
		if strings.Contains(d.Screen(), "[Attempts]") {
			break
		}
		d.Press("]")
	}
	d.See("[Attempts]", "refus").Press("esc").See("1 found")
	d.Press("f", "!", "f").Press("/", "esc").Press("/").Type("Castaneda").Press("enter").See("1 found")
}

func TestTwoRunsOfTheDemoCompared(t *testing.T) {
	t.Parallel()
	d, pages := demo(t, nil, "")
	launching(pages, service.RunRequest{Workflow: "workflows/state-formatting.json"})
	d.Press("r").WaitFor("✓ completed in").Press("R").Until("the second run has ended", func() bool {
		s := d.Screen()
		return strings.Contains(s, "r2 ") && strings.Contains(s, "✓ completed in")
	})
	d.Press("esc").See("r1 ", "r2 ").Press("d").See("Compare r2 with").Press("enter", "$").See("runs diff r1 r2")
}

func TestOnlyMarkedEnrollmentsAgain(t *testing.T) {
	t.Parallel()
	d, pages := demo(t, nil, "")
	launching(pages, service.RunRequest{Workflow: "workflows/lead-qualification.yaml"})
	d.Press("r").WaitFor("✓ completed in").WaitFor("Nora").Press("space", "space", "R").Until("the second run has ended", func() bool {
		s := d.Screen()
		return strings.Contains(s, "r2 ") && strings.Contains(s, "✓ completed in")
	})
	d.See("enroll 2001,2002", "2 asks")
}

// gate lets some requests through and then none, until it is opened.
type gate struct {
	next http.RoundTripper
	mu   sync.Mutex
	left int
}

func (g *gate) RoundTrip(r *http.Request) (*http.Response, error) {
	g.mu.Lock()
	g.left--
	shut := g.left < 0
	g.mu.Unlock()
	if shut {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return g.next.RoundTrip(r)
}

func (g *gate) open(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.left = n
}

func TestCancelAndResume(t *testing.T) {
	t.Parallel()
	rules, problems := source.ParseYAML("rules.yaml", []byte("- {reply: 'B: fine', usage: {input_tokens: 10, output_tokens: 5}}\n"))
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	read, problems := openaisim.ReadRules("rules.yaml", rules)
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	sim, err := openaisim.Serve("127.0.0.1:0", openaisim.New(openaisim.Options{Rules: read}))
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	g := &gate{next: transport, left: 3}
	d, pages := demo(t, g, sim.URL)
	launching(pages, service.RunRequest{Workflow: "workflows/lead-qualification.yaml", Answers: "live", Concurrency: 1, MaxCost: "1"})
	d.Press("r").WaitFor("of $1 budget").WaitFor("B: fine")
	d.Press("c").WaitFor("What is done is kept: u resumes it.")
	g.open(1 << 20)
	d.Press("u").WaitFor("✓ completed in").NotSee("u resumes it")
}
