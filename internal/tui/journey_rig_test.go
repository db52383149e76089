package tui_test

import (
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"askflow/internal/assistant"
	"askflow/internal/openaisim"
	"askflow/internal/secret/secrettest"
	"askflow/internal/source"
	"askflow/testdata"
)

// canaryKey is a key that may be seen nowhere.
const canaryKey = "sk-proj-CaNaRy0123456789abcdefghijklmnopqrstuvwxyzT3BlbkFJABCDEFGHIJKLMNOPQRSTUVwxyz"

// showsKey tells whether a text holds the canary.
func showsKey(s string) bool { return secrettest.Shows(s, canaryKey) }

// machine is a user's machine: a portal, a folder for settings, a keyring, variables, and the way to OpenAI.
type machine struct {
	t         *testing.T
	dir, home string
	ring      secrettest.Ring
	env       map[string]string
	transport http.RoundTripper
}

// newMachine makes one with a portal folder that holds the demo, or these files.
func newMachine(t *testing.T, files map[string]string) *machine {
	t.Helper()
	m := &machine{t: t, dir: filepath.Join(t.TempDir(), "portal"), home: t.TempDir(), env: map[string]string{}}
	if files == nil {
		from, err := fs.Sub(testdata.Demo, "demo")
		if err == nil {
			err = os.CopyFS(m.dir, from)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range files {
		m.write(name, content)
	}
	return m
}

func (m *machine) path(name string) string { return filepath.Join(m.dir, filepath.FromSlash(name)) }

// write writes a file of the portal, all of it at once, as an editor does.
func (m *machine) write(name, content string) {
	m.t.Helper()
	file := m.path(name)
	err := os.MkdirAll(filepath.Dir(file), 0o755)
	if err == nil {
		err = os.WriteFile(filepath.Join(m.home, "new"), []byte(content), 0o644)
	}
	if err == nil {
		err = os.Rename(filepath.Join(m.home, "new"), file)
	}
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) read(name string) string {
	m.t.Helper()
	data, err := os.ReadFile(m.path(name))
	if err != nil {
		m.t.Fatal(err)
	}
	return string(data)
}

// change replaces what stands in a file of the portal.
func (m *machine) change(name, from, to string) {
	m.t.Helper()
	before := m.read(name)
	if !strings.Contains(before, from) {
		m.t.Fatalf("%s does not hold %q", name, from)
	}
	m.write(name, strings.Replace(before, from, to, 1))
}

// noKey looks for the canary in every file of the portal, its state and the user's settings.
func (m *machine) noKey() {
	m.t.Helper()
	for _, dir := range []string{m.dir, m.home} {
		err := filepath.WalkDir(dir, func(file string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			data, err := os.ReadFile(file)
			if err == nil && showsKey(string(data)) {
				m.t.Errorf("%s holds the key", file)
			}
			return err
		})
		if err != nil {
			m.t.Fatal(err)
		}
	}
}

// gate lets requests through to a server, or keeps questions waiting until they are given up.
type gate struct {
	next http.RoundTripper
	mu   sync.Mutex
	left int // questions that still get through; -1 for all
}

func (g *gate) let(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.left = n
}

func (g *gate) RoundTrip(r *http.Request) (*http.Response, error) {
	g.mu.Lock()
	shut := r.Method == http.MethodPost && g.left == 0
	if r.Method == http.MethodPost && g.left > 0 {
		g.left--
	}
	g.mu.Unlock()
	if shut {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return g.next.RoundTrip(r)
}

// openAI puts a simulated OpenAI on the machine, which the portal's live questions then go to.
func (m *machine) openAI(keys map[string]*openaisim.Fault) *gate {
	m.t.Helper()
	node, problems := source.ParseYAML("rules.yaml", []byte("- {reply: 'B: a fine lead', usage: {input_tokens: 10, output_tokens: 5}}\n"))
	rules, more := openaisim.ReadRules("rules.yaml", node)
	if problems.HasErrors() || more.HasErrors() {
		m.t.Fatal(problems, more)
	}
	server, err := openaisim.Serve("127.0.0.1:0", openaisim.New(openaisim.Options{Models: assistant.DefaultModels(), Rules: rules, Keys: keys}))
	if err != nil {
		m.t.Fatal(err)
	}
	transport := &http.Transport{}
	m.t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := server.Close(); err != nil {
			m.t.Error(err)
		}
	})
	g := &gate{next: transport, left: -1}
	m.env["OPENAI_BASE_URL"], m.transport = server.URL, g
	return g
}

// asOpenAI makes the simulated server stand where api.openai.com is, which is asked with a key only.
func (m *machine) asOpenAI() {
	m.t.Helper()
	to, err := url.Parse(m.env["OPENAI_BASE_URL"])
	if err != nil {
		m.t.Fatal(err)
	}
	delete(m.env, "OPENAI_BASE_URL")
	m.transport = detour{to.Host, m.transport}
}

// detour takes requests to another server of this machine.
type detour struct {
	host string
	next http.RoundTripper
}

func (d detour) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = "http", d.host
	return d.next.RoundTrip(r)
}

// keysThatWork are the keys of a simulated OpenAI that knows only the canary.
func keysThatWork() map[string]*openaisim.Fault { return map[string]*openaisim.Fault{canaryKey: nil} }
