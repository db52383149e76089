package account_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"askflow/internal/account"
	"askflow/internal/assistant"
	"askflow/internal/secret"
)

// A portal's files travel in repositories: one that names another server must not get a key.
func TestNoKeyForAnotherServer(t *testing.T) {
	t.Parallel()
	for _, where := range []string{secret.InKeyring, secret.InFile, secret.InEnvironment} {
		r := newRig(t)
		if where == secret.InEnvironment {
			r.env["OPENAI_API_KEY"] = canary
		}
		if _, err := r.account().Connect(t.Context(), secret.New(canary), account.Choice{Store: where}); err != nil {
			t.Fatal(err)
		}
		sent := len(r.api.seen)
		for _, other := range []string{"https://evil.example/v1", "http://api.openai.com/v1", "https://api.openai.com:444/v1", "https://api.openai.com.evil.example/v1"} {
			r.portal.BaseURL = other
			c, err := r.account().Credentials(t.Context())
			if err == nil && !c.Key.IsZero() {
				t.Errorf("%s: the key would go to %s", where, other)
			}
			if _, err := r.account().Verify(t.Context()); err == nil && len(r.api.seen) == sent {
				t.Errorf("%s: nothing was checked at %s", where, other)
			}
		}
		if slices.Contains(r.api.auth[sent:], "Bearer "+canary) {
			t.Errorf("%s: the key was sent to another server", where)
		}
		r.portal.BaseURL = "https://API.openai.com:443/v1/"
		if r.kept() != where+":"+canary {
			t.Errorf("%s: the same server written in another way does not get the key", where)
		}
	}
}

func TestCompatibleServerWithoutKey(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.portal.BaseURL, r.portal.Protocol = "http://127.0.0.1:11434/v1", assistant.Chat
	r.api.models = modelList("llama-4")
	if r.kept() != "none:" {
		t.Error("a server without keys cannot be asked before connecting")
	}
	got, err := r.account().Connect(t.Context(), secret.Secret{}, account.Choice{})
	if err != nil || got.Status.Kept != account.KeptNone || got.Check.Probe != "llama-4" || got.Check.CostUSD != "" {
		t.Fatalf("%+v, %v", got, err)
	}
	if r.api.auth[0] != "" && r.api.auth[0] != "Bearer " || r.api.seen[1] != "POST http://127.0.0.1:11434/v1/chat/completions llama-4" {
		t.Errorf("%q %q", r.api.auth, r.api.seen)
	}
	r.api.models = answer{status: 404, body: "404 page not found"} // lists nothing, but answers
	if _, err := r.account().Reconnect(t.Context(), secret.Secret{}, account.Choice{}); err != nil {
		t.Errorf("%v", err)
	}
	r.api.models = failure(401, "invalid_request_error", "invalid_api_key", "no key")
	if _, err := r.account().Reconnect(t.Context(), secret.Secret{}, account.Choice{}); account.CodeOf(err) != account.CodeNotConnected || !strings.Contains(err.Error(), "wants an API key") {
		t.Errorf("%v", err)
	}
	removed, err := r.account().Uninstall(t.Context(), []string{"a"})
	if err != nil || len(removed.Workflows) != 0 {
		t.Errorf("%+v, %v", removed, err)
	}
}

func TestKeyringThatDoesNotWorkGivesWayToTheFile(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.keys.down = errors.New("no such service")
	got, err := r.account().Connect(t.Context(), secret.New(canary), account.Choice{})
	if err != nil || got.Status.Kept != secret.InFile || len(got.Status.Notes) != 1 || !strings.Contains(got.Status.Notes[0], "no such service") {
		t.Fatalf("%+v, %v", got, err)
	}
	if r.kept() != "file:"+canary {
		t.Error("the key cannot be read back")
	}
	mustHideFiles(t, r.dir)
	r.env["ASKFLOW_PASSPHRASE"] = "wrong horse"
	if r.kept() != secret.CodeWrongPassphrase {
		t.Error("a wrong passphrase is not told")
	}
	r = newRig(t)
	r.keys.down = errors.New("no such service")
	delete(r.env, "ASKFLOW_PASSPHRASE")
	_, err = r.account().Connect(t.Context(), secret.New(canary), account.Choice{})
	if account.CodeOf(err) != secret.CodePassphraseNeeded || !strings.Contains(err.Error(), "no such service") || !strings.Contains(hint(err), "ASKFLOW_PASSPHRASE") {
		t.Errorf("%v", err)
	}
	_, err = r.account().Connect(t.Context(), secret.New(canary), account.Choice{Store: secret.InKeyring})
	if account.CodeOf(err) != secret.CodeKeyring {
		t.Errorf("%v", err)
	}
	if st, err := r.account().Show(t.Context()); err != nil || st.Connected || len(st.Notes) != 1 {
		t.Errorf("%+v, %v", st, err)
	}
}

func TestVerifyNotesTheResult(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if _, err := r.account().Verify(t.Context()); account.CodeOf(err) != account.CodeNotConnected {
		t.Errorf("%v", err)
	}
	if _, err := r.account().Connect(t.Context(), secret.New(canary), account.Choice{}); err != nil {
		t.Fatal(err)
	}
	r.api.asks = map[string]answer{"": failure(429, "insufficient_quota", "credit_balance_exhausted", "no credit")}
	if _, err := r.account().Verify(t.Context()); account.CodeOf(err) != account.CodeNoCredit {
		t.Errorf("%v", err)
	}
	st, err := r.account().Show(t.Context())
	if err != nil || st.Result != account.CodeNoCredit || !st.Connected || len(st.Models) != 3 {
		t.Errorf("%+v, %v", st, err)
	}
	r.api.asks = nil
	if got, err := r.account().Verify(t.Context()); err != nil || got.Status.Result != "ok" {
		t.Errorf("%v", err)
	}
}

func TestMetadataThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"empty": "", "text": canary, "other": `["x"]`, "newer": `{"version":99}`, "nowhere": `{"kept":"/etc/passwd"}`, "huge": strings.Repeat(" ", 2<<20)} {
		r := newRig(t)
		if err := os.MkdirAll(r.portal.StateDir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(r.portal.StateDir, account.MetadataFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, shown := r.account().Show(t.Context())
		_, connected := r.account().Connect(t.Context(), secret.New(second), account.Choice{})
		_, used := r.account().Credentials(t.Context())
		for _, err := range []error{shown, connected, used} {
			if account.CodeOf(err) != account.CodeMetadata {
				t.Errorf("%s: %v", name, err)
				continue
			}
			mustHide(t, name, err.Error())
		}
		if _, err := r.account().Uninstall(t.Context(), nil); err != nil || strings.Contains(r.meta(), text) && text != "" {
			t.Errorf("%s: uninstalling does not clean up: %v", name, err)
		}
	}
}

// Nothing is kept when what is known about it cannot be written.
func TestUnwritableState(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if err := os.WriteFile(filepath.Join(r.dir, "shop"), nil, 0o600); err != nil { // a file where the folder should be
		t.Fatal(err)
	}
	if _, err := r.account().Connect(t.Context(), secret.New(canary), account.Choice{}); err == nil || len(r.keys.texts) != 0 {
		t.Errorf("%v; the keyring has %d entries", err, len(r.keys.texts))
	}
}

func TestCancelledConnectKeepsNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ctx, cancel := context.WithCancel(t.Context())
	r.api.models = answer{err: context.Canceled}
	cancel()
	if _, err := r.account().Connect(ctx, secret.New(canary), account.Choice{}); !errors.Is(err, context.Canceled) || len(r.keys.texts) != 0 {
		t.Errorf("%v", err)
	}
}

func TestCredentialsAndLimits(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if _, err := r.account().Credentials(t.Context()); account.CodeOf(err) != account.CodeNotConnected {
		t.Errorf("%v", err)
	}
	seen := []assistant.LimitsSeen{{Model: "gpt-6-luna", Requests: 500, Tokens: 200_000, At: time.Unix(1_795_000_000, 0)}}
	if err := r.account().SawLimits(seen); err != nil { // nowhere to note it, and no error
		t.Error(err)
	}
	if _, err := r.account().Connect(t.Context(), secret.New(canary), account.Choice{Organization: "org-1", Project: "proj_1"}); err != nil {
		t.Fatal(err)
	}
	c, err := r.account().Credentials(t.Context())
	if err != nil || c.Key.Reveal() != canary || c.Organization != "org-1" || c.Project != "proj_1" {
		t.Errorf("%v %v", c, err)
	}
	if err := r.account().SawLimits(seen); err != nil {
		t.Fatal(err)
	}
	st, err := r.account().Show(t.Context())
	if err != nil || len(st.Limits) != 1 || st.Limits[0].Requests != 500 || st.Limits[0].Tokens != 200_000 {
		t.Errorf("%+v %v", st, err)
	}
}

func TestAccountsOfPortalsDiffer(t *testing.T) {
	t.Parallel()
	ids := []string{account.ID("/a/shop", 1), account.ID("/a/shop", 2), account.ID("/b/shop", 1), account.ID("/a/shop\x001", 1)}
	slices.Sort(ids)
	if len(slices.Compact(ids)) != 4 {
		t.Errorf("%q", ids)
	}
	if account.ID("/a/shop/", 1) != account.ID("/a/shop", 1) {
		t.Error("a slash makes another account")
	}
}

func FuzzMetadata(f *testing.F) {
	for _, seed := range []string{`{"version":1,"kept":"keyring","maskedKey":"x","baseUrl":"https://api.openai.com/v1"}`, `{"kept":"none","models":["a"]}`, `{}`, `null`, ``} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := newRig(t)
		if err := os.MkdirAll(r.portal.StateDir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(r.portal.StateDir, account.MetadataFile), data, 0o600); err != nil {
			t.Fatal(err)
		}
		st, err := r.account().Show(t.Context())
		if err != nil {
			if account.CodeOf(err) != account.CodeMetadata {
				t.Errorf("%v", err)
			}
			return
		}
		if !json.Valid(data) {
			t.Errorf("%q was read as %+v", data, st)
		}
		if c, err := r.account().Credentials(t.Context()); err == nil && !c.Key.IsZero() {
			t.Error("a file made a key")
		}
	})
}
