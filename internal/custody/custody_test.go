package custody_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"askflow/internal/account"
	"askflow/internal/custody"
	"askflow/internal/emulator"
	"askflow/internal/portal"
	"askflow/internal/secret"
)

const canaryKey = "sk-proj-CaNaRy0123456789abcdefghijklmnopqrstuvwxyzT3BlbkFJABCDEFGHIJKLMNOPQRSTUVwxyz"

// openAI answers what a check of a key asks, and counts.
type openAI struct {
	mu    sync.Mutex
	hosts map[string]int
	keys  map[string]bool
}

func (o *openAI) RoundTrip(req *http.Request) (*http.Response, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.hosts[req.URL.Host]++
	o.keys[req.Header.Get("Authorization")] = true
	body := `{"object":"list","data":[{"id":"gpt-6-luna","object":"model","created":1,"owned_by":"x"}]}`
	if req.Method == http.MethodPost {
		body = `{"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"gpt-6-luna","error":null,"output":[{"type":"message","id":"m","role":"assistant","status":"completed","content":[{"type":"output_text","text":"OK","annotations":[]}]}],"usage":{"input_tokens":12,"output_tokens":2,"total_tokens":14}}`
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
}

// ring is a keyring in memory.
type ring map[string]string

func (r ring) Get(_, user string) (string, error) {
	if text, ok := r[user]; ok {
		return text, nil
	}
	return "", secret.ErrNotFound
}

func (r ring) Set(_, user, text string) error {
	r[user] = text
	return nil
}

func (r ring) Delete(_, user string) error {
	delete(r, user)
	return nil
}

// desk is a machine with a portal on it.
type desk struct {
	custody.Options
	dir    string
	env    map[string]string
	server *openAI
	ring   ring
}

func newDesk(t *testing.T, portalYAML string) *desk {
	t.Helper()
	d := &desk{dir: t.TempDir(), env: map[string]string{}, server: &openAI{hosts: map[string]int{}, keys: map[string]bool{}}, ring: ring{}}
	if err := os.WriteFile(filepath.Join(d.dir, "portal.yaml"), []byte(portalYAML), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := portal.Load(t.Context(), d.dir, portal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d.Options = custody.Options{Portal: p, Keyring: d.ring, ConfigDir: t.TempDir(), Transport: d.server, WorkFactor: 1,
		Lookup: func(name string) (string, bool) { v, ok := d.env[name]; return v, ok }}
	return d
}

func (d *desk) account(t *testing.T) *account.Account {
	t.Helper()
	acc, err := custody.New(d.Options)
	if err != nil {
		t.Fatal(err)
	}
	return acc
}

// The same key is found again by whoever opens the account next, in the keyring or in the file, and only for its server.
func TestTheAccountIsFoundAgain(t *testing.T) {
	t.Parallel()
	for _, place := range []string{secret.InKeyring, secret.InFile} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, "id: 7\n")
			asked := 0
			d.Passphrase = func(context.Context, bool) (secret.Secret, error) {
				asked++
				return secret.New("correct horse battery"), nil
			}
			told := ""
			d.Progress = func(s string) { told += s }
			if _, err := d.account(t).Connect(t.Context(), secret.New(canaryKey), account.Choice{Store: place}); err != nil {
				t.Fatal(err)
			}
			if told == "" || strings.Contains(told, canaryKey) {
				t.Errorf("progress: %q", told)
			}
			access, err := custody.Access(t.Context(), d.account(t))
			if err != nil || access.Key.Reveal() != canaryKey {
				t.Errorf("%v, %v", access.Key, err)
			}
			if (asked > 0) != (place == secret.InFile) {
				t.Errorf("the passphrase was asked for %d times", asked)
			}
			if len(d.server.hosts) != 1 || d.server.hosts["api.openai.com"] == 0 {
				t.Errorf("asked %v", d.server.hosts)
			}
			files, err := filepath.Glob(filepath.Join(d.ConfigDir, "askflow", "keys", "*"))
			if err != nil || (len(files) == 1) != (place == secret.InFile) || (len(d.ring) == 1) != (place == secret.InKeyring) {
				t.Errorf("kept in %v and %d keyring entries: %v", files, len(d.ring), err)
			}
		})
	}
}

func TestWhereNobodyCanBeAsked(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "id: 7\n")
	d.env["ASKFLOW_PASSPHRASE"] = "correct horse battery"
	if _, err := d.account(t).Connect(t.Context(), secret.New(canaryKey), account.Choice{Store: secret.InFile}); err != nil {
		t.Fatal(err)
	}
	delete(d.env, "ASKFLOW_PASSPHRASE")
	_, err := custody.Access(t.Context(), d.account(t))
	var e *emulator.Error
	if !errors.As(err, &e) || e.Code != secret.CodePassphraseNeeded || e.Exit != emulator.ExitAccount || e.Hint == "" {
		t.Errorf("%+v", err)
	}
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "id: 7\n")
	d.env["OPENAI_API_KEY"], d.env["OPENAI_ORG_ID"] = canaryKey, "org-1"
	access, err := custody.Access(t.Context(), d.account(t))
	if err != nil || access.Key.Reveal() != canaryKey || access.Organization != "org-1" {
		t.Errorf("%+v %v", access, err)
	}
	other := newDesk(t, "id: 7\nopenai: {base_url: https://elsewhere.example/v1}\n")
	other.env["OPENAI_API_KEY"] = canaryKey
	if access, err := custody.Access(t.Context(), other.account(t)); err != nil || !access.Key.IsZero() || access.BaseURL != "https://elsewhere.example/v1" {
		t.Errorf("the server of portal.yaml gets the environment's key: %v, %v", access, err)
	}
	azure := newDesk(t, "id: 7\nopenai: {base_url: https://shop.azure.com/v1}\n")
	azure.env["OPENAI_API_KEY"] = canaryKey
	_, err = custody.Access(t.Context(), azure.account(t))
	var e *emulator.Error
	if !errors.As(err, &e) || e.Code != account.CodeOtherServer || e.Exit != emulator.ExitAccount || strings.Contains(fmt.Sprintf("%+v %v", e, err), canaryKey) {
		t.Errorf("%+v", err)
	}
	// What portal.yaml does not say, the environment may.
	d.env["OPENAI_BASE_URL"] = "https://mine.example/v1"
	if access, err = custody.Access(t.Context(), d.account(t)); err != nil || access.BaseURL != "https://mine.example/v1" {
		t.Errorf("%s, %v", access.BaseURL, err)
	}
}

func TestStores(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "id: 7\n")
	for value, used := range map[string]bool{"": true, "on": true, "off": false, " OFF ": false, "0": false, "no": false, "false": false} {
		d.env[custody.VarKeyring] = value
		keyring, file := custody.Stores(custody.Options{Lookup: func(name string) (string, bool) {
			if name == custody.VarKeyring {
				return value, true
			}
			return "", false
		}, Keyring: d.ring, ConfigDir: d.ConfigDir})
		if (keyring != nil) != used || file == nil {
			t.Errorf("with %s=%q: keyring %v, file %v", custody.VarKeyring, value, keyring, file)
		}
	}
}

func TestABrokenPortalGetsNoKey(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "id: 7\nopenai: {base_url: 12, protocol: telepathy}\n")
	acc, err := custody.New(d.Options)
	var e *emulator.Error
	if acc != nil || !errors.As(err, &e) || e.Code != "invalid_portal" || e.Exit != emulator.ExitUsage || len(e.Problems) == 0 {
		t.Errorf("%v, %+v", acc, err)
	}
}

func TestAsError(t *testing.T) {
	t.Parallel()
	plain := errors.New("plain")
	if custody.AsError(nil) != nil || !errors.Is(custody.AsError(plain), plain) {
		t.Error("errors of others do not pass")
	}
	for _, c := range []struct {
		err    error
		code   string
		exit   int
		result string
	}{
		{&account.Error{Code: account.CodeLocked, Message: "m"}, account.CodeLocked, emulator.ExitAccount, account.CodeLocked},
		{&account.Error{Code: "connection_failed", Message: "m"}, "connection_failed", emulator.ExitUnreachable, "connection_failed"},
		{fmt.Errorf("x: %w", &secret.Error{Code: secret.CodeKeyring, Message: "m", Hint: "h"}), secret.CodeKeyring, emulator.ExitAccount, secret.CodeKeyring},
		{fmt.Errorf("x: %w", context.Canceled), "interrupted", emulator.ExitInterrupted, "failed"},
		{nil, "", 0, "ok"},
	} {
		var e *emulator.Error
		if c.err != nil && (!errors.As(custody.AsError(c.err), &e) || e.Code != c.code || e.Exit != c.exit) {
			t.Errorf("%v: %+v", c.err, e)
		}
		if got := custody.Result(c.err); got != c.result {
			t.Errorf("%v is logged as %q, want %q", c.err, got, c.result)
		}
	}
}
