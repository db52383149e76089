package local_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"askflow/internal/openaisim"
	"askflow/internal/secret"
	"askflow/internal/secret/secrettest"
	"askflow/internal/service"
	"askflow/internal/service/local"
	"askflow/testdata"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const canary = "sk-proj-CaNaRy0123456789abcdefghijklmnopqrstuvwxyzT3BlbkFJABCDEFGHIJKLMNOPQRSTUVwxyz"

// showsKey tells whether a text holds the canary.
func showsKey(text string) bool { return secrettest.Shows(text, canary) }

// ring is a keyring in memory, which may be out of order.
type ring struct {
	mu    sync.Mutex
	texts map[string]string
	down  error
}

func newRing() *ring { return &ring{texts: map[string]string{}} }

func (r *ring) Get(_, user string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if text, ok := r.texts[user]; ok || r.down != nil {
		return text, r.down
	}
	return "", secret.ErrNotFound
}

func (r *ring) Set(_, user, text string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.down == nil {
		r.texts[user] = text
	}
	return r.down
}

func (r *ring) Delete(_, user string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.texts[user]; !ok && r.down == nil {
		return secret.ErrNotFound
	}
	delete(r.texts, user)
	return r.down
}

// desk is a user's machine with a portal on it.
type desk struct {
	*local.Local
	*service.Services
	t    *testing.T
	ctx  context.Context
	dir  string
	home string
	ring *ring
	env  map[string]string
	// events are all that happened since the portal was opened.
	events <-chan service.Event
}

// demoDir unpacks the demo portal.
func demoDir(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "portal")
	from, err := fs.Sub(testdata.Demo, "demo")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, from); err != nil {
		t.Fatal(err)
	}
	return dir
}

// portalDir writes a portal of these files.
func portalDir(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "portal")
	for name, text := range files {
		write(t, filepath.Join(dir, filepath.FromSlash(name)), text)
	}
	return dir
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// quick is a timer that goes off forty times as early.
func quick(d time.Duration) (<-chan time.Time, func()) {
	timer := time.NewTimer(d / 40)
	return timer.C, func() { timer.Stop() }
}

// open opens a portal as a program does. change sets options.
func open(t *testing.T, dir string, change ...func(*desk, *local.Options)) *desk {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	d := &desk{t: t, ctx: ctx, dir: dir, home: t.TempDir(), ring: newRing(), env: map[string]string{}}
	opt := local.Options{Dir: dir, Version: "test", Environ: func(name string) (string, bool) { v, ok := d.env[name]; return v, ok }, Keyring: d.ring, ConfigDir: d.home, WorkFactor: 4, Timer: quick}
	for _, c := range change {
		c(d, &opt)
	}
	l, err := local.Open(ctx, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	d.Local, d.Services = l, l.Services()
	d.events = d.Events.Subscribe(ctx)
	if _, err := d.Workflows.Portal(ctx); err != nil {
		t.Fatal(err)
	}
	return d
}

// wait takes events until one is as wanted.
func (d *desk) wait(what string, want func(service.Event) bool) service.Event {
	d.t.Helper()
	var others []string
	for {
		select {
		case e, ok := <-d.events:
			if !ok {
				d.t.Fatalf("no more events, and none of them: %s, but %v", what, others)
			}
			if want(e) {
				return e
			}
			others = append(others, fmt.Sprint(e.Kind, e.Files))
		case <-d.ctx.Done():
			d.t.Fatalf("no event: %s, but %v", what, others)
		}
	}
}

func (d *desk) waitKind(kind service.EventKind) service.Event {
	d.t.Helper()
	return d.wait(string(kind), func(e service.Event) bool { return e.Kind == kind })
}

// ended waits for the end of a run.
func (d *desk) ended(id string) *service.Progress {
	d.t.Helper()
	return d.wait("the end of "+id, func(e service.Event) bool {
		return e.Kind == service.EventRun && e.Progress.Run == id && e.Progress.Ended
	}).Progress
}

// run runs a workflow to its end.
func (d *desk) run(r service.RunRequest) *service.Progress {
	d.t.Helper()
	started, err := d.Launcher.Start(d.ctx, r)
	if err != nil {
		d.t.Fatal(err)
	}
	p := d.ended(started.Run.ID)
	if p.Err != nil {
		d.t.Fatal(p.Err)
	}
	return p
}

// wants checks the code of an error, and that it is a sentence without a key in it.
func wants(t *testing.T, err error, code string) *service.Error {
	t.Helper()
	if service.CodeOf(err) != code {
		t.Fatalf("%v has the code %q, want %q", err, service.CodeOf(err), code)
	}
	e := service.AsError(err)
	text, _ := json.Marshal(e)
	if e.Message == "" || showsKey(string(text)) || showsKey(err.Error()) {
		t.Fatalf("a bad error: %s", text)
	}
	return e
}

// server is a simulated OpenAI on this machine, and the way to it, which can be blocked.
type server struct {
	*openaisim.Server
	transport *http.Transport
	mu        sync.Mutex
	// asks is how many more questions get through; -1 for all. blocked tells of those that do not.
	asks    int
	blocked chan struct{}
}

func serve(t *testing.T, opt openaisim.Options) *server {
	t.Helper()
	at, err := openaisim.Serve("127.0.0.1:0", openaisim.New(opt))
	if err != nil {
		t.Fatal(err)
	}
	s := &server{Server: at, transport: &http.Transport{}, asks: -1, blocked: make(chan struct{}, 1000)}
	t.Cleanup(func() {
		s.transport.CloseIdleConnections()
		if err := at.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *server) allow(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asks = n
}

// RoundTrip lets a request through, or holds it until it is given up.
func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	hold := r.Method == http.MethodPost && s.asks == 0
	if r.Method == http.MethodPost && s.asks > 0 {
		s.asks--
	}
	s.mu.Unlock()
	if hold {
		s.blocked <- struct{}{}
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return s.transport.RoundTrip(r)
}

// live makes a machine on which the portal's questions go to a server.
func live(s *server, env map[string]string) func(*desk, *local.Options) {
	return func(d *desk, o *local.Options) {
		maps.Copy(d.env, env)
		d.env["OPENAI_BASE_URL"] = s.URL
		o.Transport = s
	}
}

// withHome gives a machine the settings folder of another one.
func withHome(home string) func(*desk, *local.Options) {
	return func(d *desk, o *local.Options) { d.home, o.ConfigDir = home, home }
}

// noKeyIn looks for the canary in every file below the folders.
func noKeyIn(t *testing.T, dirs ...string) {
	t.Helper()
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(file string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			data, err := os.ReadFile(file)
			if err == nil && showsKey(string(data)) {
				t.Errorf("%s holds the key", file)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
