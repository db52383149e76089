package account_test

import (
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"askflow/internal/assistant"
	"askflow/internal/openaisim"
	"askflow/internal/secret"
	"askflow/internal/service/local"
	"askflow/internal/source"
	"askflow/internal/tui/tuitest"
)

// showsKey tells whether a text holds the canary: as it is, in part, in base64 or in hex.
func showsKey(text string) bool {
	raw := []byte(canary)
	for _, form := range []string{canary, canary[8:], canary[len(canary)-12:], hex.EncodeToString(raw), base64.StdEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw)} {
		if strings.Contains(text, form) {
			return true
		}
	}
	return false
}

// ring is a keyring in memory.
type ring struct {
	mu    sync.Mutex
	texts map[string]string
}

func (r *ring) Get(_, user string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if text, ok := r.texts[user]; ok {
		return text, nil
	}
	return "", secret.ErrNotFound
}

func (r *ring) Set(_, user, text string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.texts[user] = text
	return nil
}

func (r *ring) Delete(_, user string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.texts[user]; !ok {
		return secret.ErrNotFound
	}
	delete(r.texts, user)
	return nil
}

// machine is a user's machine with the demo portal and a simulated OpenAI on it.
type machine struct {
	t         *testing.T
	dir, home string
	ring      *ring
	env       map[string]string
	transport *http.Transport
}

// newMachine makes one; broke is a key that is valid, but without credit.
func newMachine(t *testing.T, broke string) *machine {
	t.Helper()
	m := &machine{t: t, dir: tuitest.Unpack(t), home: t.TempDir(), ring: &ring{texts: map[string]string{}}, env: map[string]string{}, transport: &http.Transport{}}
	node, problems := source.ParseYAML("rules.yaml", []byte("- {reply: 'OK', usage: {input_tokens: 10, output_tokens: 5}}\n"))
	rules, more := openaisim.ReadRules("rules.yaml", node)
	if problems.HasErrors() || more.HasErrors() {
		t.Fatal(problems, more)
	}
	keys := map[string]*openaisim.Fault{canary: nil, broke: {Kind: openaisim.FaultStatus, Status: 429, Code: "insufficient_quota", Type: "insufficient_quota", Message: "You exceeded your current quota."}}
	server, err := openaisim.Serve("127.0.0.1:0", openaisim.New(openaisim.Options{Models: assistant.DefaultModels(), Rules: rules, Keys: keys}))
	if err != nil {
		t.Fatal(err)
	}
	m.env["OPENAI_BASE_URL"] = server.URL
	t.Cleanup(func() {
		m.transport.CloseIdleConnections()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// open starts the program on the machine and goes to the account.
func (m *machine) open(width, height int) *tuitest.Driver {
	t := m.t
	t.Helper()
	portal := tuitest.OpenPortal(t, local.Options{Dir: m.dir, Keyring: m.ring, ConfigDir: m.home, Transport: m.transport, Environ: func(name string) (string, bool) { v, ok := m.env[name]; return v, ok }})
	d := drive(t, portal.Services, width, height)
	portal.Feed(d)
	d.Each = func(frame string) {
		if showsKey(frame) {
			t.Fatalf("the key shows:\n%s", frame)
		}
	}
	return d
}

// noKey looks for the canary in every file of the portal and of the user's settings.
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

func TestJourney(t *testing.T) {
	t.Parallel()
	const broke, wrong = "sk-proj-NoCredit0123456789abcdefghijklmnop", "sk-proj-Wrong0123456789abcdefghijklmnopqr"
	m := newMachine(t, broke)
	d := m.open(120, 40)
	d.See("○ Not connected", "lead-qualification")
	// A wrong key, one without credit, then a good one.
	d.Press("c").See("System's keyring", "No key: this server needs none").Type("keyring").Press("enter").Type(wrong).Press("enter").See("The key was not connected", "does not accept the key", "Nothing was stored")
	d.Press("enter").Paste(broke).Press("enter").See("has no credit", "Add credit at platform.openai.com")
	d.Press("enter").Paste("  "+canary+"\n").Press("enter").WaitFor("● Connected").See("sk-proj-…wxyz", "in the system's keyring", "✓ 20", "the key may use")
	if len(m.ring.texts) != 1 {
		t.Errorf("%d keys in the keyring", len(m.ring.texts))
	}
	d.Press("c").See("A portal has one OpenAI account")
	d.Press("v").See("The key is in order.")
	// Another key that does not do leaves the old one; one that does moves into a file.
	d.Press("n").Type("keyring").Press("enter").See("until the new one works").Paste(wrong).Press("enter").See("The old key stays connected").Press("esc").See("● Connected")
	d.Press("n").Type("encrypted").Press("enter").Paste(canary).Press("enter").Paste("correct horse").Press("enter").Paste("correct horse").Press("enter").WaitFor("in an encrypted file")
	if len(m.ring.texts) != 0 {
		t.Error("the old key is still in the keyring")
	}
	m.noKey()
	// Another day, the file wants its passphrase.
	again := m.open(80, 24)
	again.See("● Connected", "in an encrypted file").Press("v").See("Passphrase of the key file").Type("not this one").Press("enter").See("does not open the file")
	again.Type("correct horse").Press("enter").See("The key is in order.")
	again.Press("u").See("kept in an encrypted file").Press("tab", "enter").WaitFor("○ Not connected").See("The account is uninstalled.", "from the encrypted file")
	again.Press("v").See("No key is connected yet")
	m.noKey()
}

func TestJourneyWithTheEnvironment(t *testing.T) {
	t.Parallel()
	m := newMachine(t, "sk-other")
	m.env["OPENAI_API_KEY"], m.env["ASKFLOW_KEYRING"] = canary, "off"
	d := m.open(80, 24)
	d.See("● Connected, not checked yet", "OPENAI_API_KEY").Press("v").WaitFor("the key is in order").See("sk-proj-…wxyz")
	d.Press("u").Press("tab", "enter").WaitFor("not checked yet")
	m.noKey()
}

func TestJourneyOfALockedPortal(t *testing.T) {
	t.Parallel()
	m := newMachine(t, "sk-other")
	file := filepath.Join(m.dir, "portal.yaml")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for line := range strings.Lines(string(data)) {
		if !strings.HasPrefix(line, "subscriptions:") {
			kept = append(kept, line)
		}
	}
	if err := os.WriteFile(file, []byte(strings.Join(kept, "")+"\nsubscriptions: [sales-hub-professional]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	m.open(80, 24).See("✗ Locked", "sales-hub-professional", "data-hub-enterprise").Press("c").See("add one of")
}
