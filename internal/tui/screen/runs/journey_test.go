package runs_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"askflow/internal/openaisim"
	"askflow/internal/service"
	"askflow/internal/service/local"
	"askflow/internal/source"
	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
)

// demo opens the demo portal in a folder of its own; a transport carries live answers.
func demo(t *testing.T, transport http.RoundTripper, url string) (*tuitest.Driver, *[ui.Places]*tuitest.Elsewhere) {
	t.Helper()
	env := func(name string) (string, bool) {
		if name == "OPENAI_BASE_URL" && url != "" {
			return url, true
		}
		return "", false
	}
	portal := tuitest.OpenPortal(t, local.Options{Transport: transport, Environ: env})
	d, pages := drive(t, portal.Services, 120, 40)
	portal.Feed(d)
	d.Press("1")
	return d, pages
}

// launching makes any key in Workflows start a run.
func launching(pages *[ui.Places]*tuitest.Elsewhere, r service.RunRequest) {
	pages[0].Do = ui.Launch(r)
}

func TestFromTheStartToAnAnswerInTwoKeys(t *testing.T) {
	t.Parallel()
	d, pages := demo(t, nil, "")
	launching(pages, service.RunRequest{Workflow: "workflows/lead-qualification.yaml"})
	d.Press("r").WaitFor("completed in").WaitFor("Nora Feldmann")
	d.Press("enter").See("Nora Feldmann", "[Response]", "14 kitchens")
}

func TestFindTheRecordThatFailed(t *testing.T) {
	t.Parallel()
	d, pages := demo(t, nil, "")
	launching(pages, service.RunRequest{Workflow: "workflows/lead-qualification.yaml"})
	d.Press("r").WaitFor("completed in").Press("!").See("refus")
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
	d.Press("r").WaitFor("completed in").Press("R").Until("the second run has ended", func() bool {
		s := d.Screen()
		return strings.Contains(s, "r2 ") && strings.Contains(s, "completed in")
	})
	d.Press("esc").See("r1 ", "r2 ").Press("d").See("Compare r2 with").Press("enter", "$").See("runs diff r1 r2")
}

func TestOnlyMarkedEnrollmentsAgain(t *testing.T) {
	t.Parallel()
	d, pages := demo(t, nil, "")
	launching(pages, service.RunRequest{Workflow: "workflows/lead-qualification.yaml"})
	d.Press("r").WaitFor("completed in").WaitFor("Nora").Press("space", "space", "R").Until("the second run has ended", func() bool {
		s := d.Screen()
		return strings.Contains(s, "r2 ") && strings.Contains(s, "completed in")
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
	d.Press("u").WaitFor("completed in").NotSee("u resumes it")
}
