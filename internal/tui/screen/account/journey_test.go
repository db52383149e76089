package account_test

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"askflow/internal/assistant"
	"askflow/internal/openaisim"
	"askflow/internal/secret/secrettest"
	"askflow/internal/service/local"
	"askflow/internal/source"
	"askflow/internal/tui/tuitest"
)

// machine is a user's machine with the demo portal and a simulated OpenAI on it.
type machine struct {
	t         *testing.T
	dir, home string
	ring      secrettest.Ring
	env       map[string]string
	transport *http.Transport
}

// newMachine makes one; broke is a key that is valid, but without credit.
func newMachine(t *testing.T, broke string) *machine {
	t.Helper()
	m := &machine{t: t, dir: tuitest.Unpack(t), home: t.TempDir(), env: map[string]string{}, transport: &http.Transport{}}
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
	portal := tuitest.OpenPortal(t, local.Options{Dir: m.dir, Keyring: &m.ring, ConfigDir: m.home, Transport: m.transport, Environ: func(name string) (string, bool) { v, ok := m.env[name]; return v, ok }})
	d := drive(t, portal.Services, width, height)
	portal.Feed(d)
	d.Each = func(frame string) {
		if secrettest.Shows(frame, canary) {
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
			if err == nil && secrettest.Shows(string(data), canary) {
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
	if len(m.ring.Texts) != 1 {
		t.Errorf("%d keys in the keyring", len(m.ring.Texts))
	}
	d.Press("c").See("A portal has one OpenAI account")
	d.Press("v").See("The key is in order.")
	// Another key that does not do leaves the old one; one that does moves into a file.
	d.Press("n").Type("keyring").Press("enter").See("until the new one works").Paste(wrong).Press("enter").See("The old key stays connected").Press("esc").See("● Connected")
	d.Press("n").Type("encrypted").Press("enter").Paste(canary).Press("enter").Paste("correct horse").Press("enter").Paste("correct horse").Press("enter").WaitFor("in an encrypted file")
	if len(m.ring.Texts) != 0 {
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
