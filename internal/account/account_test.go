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

	"github.com/google/go-cmp/cmp"

	"askflow/internal/account"
	"askflow/internal/assistant"
	"askflow/internal/secret"
)

func TestConnectChecksAndKeeps(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.env["OPENAI_ORG_ID"] = "org-1"
	got, err := r.account().Connect(t.Context(), secret.New(" \""+canary+"\"\n"), account.Choice{Project: "proj_2"})
	if err != nil {
		t.Fatal(err)
	}
	want := &account.Status{Connected: true, Kept: "keyring", MaskedKey: "sk-proj-…wxyz", Organization: "org-1", Project: "proj_2", BaseURL: account.DefaultBaseURL,
		ConnectedAt: noon(), VerifiedAt: noon(), Result: "ok", Models: []string{"gpt-5.6-luna", "gpt-6-luna", "gpt-6-sol"}}
	if diff := cmp.Diff(want, got.Status); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(&account.Checked{Models: want.Models, Listed: true, Allowed: 3, Probe: "gpt-6-luna", CostUSD: "0.0000022"}, got.Check); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"GET https://api.openai.com/v1/models", "POST https://api.openai.com/v1/responses gpt-6-luna"}, r.api.seen); diff != "" {
		t.Error(diff)
	}
	for i, auth := range r.api.auth {
		if auth != "Bearer "+canary || r.api.org[i] != "org-1/proj_2" {
			t.Errorf("request %d is not signed as it should be", i)
		}
	}
	if body := r.api.bodies[1]; !strings.Contains(body, `"max_output_tokens":16`) || !strings.Contains(body, `"store":false`) || !strings.Contains(body, `"effort":"none"`) {
		t.Errorf("the question is %s", body)
	}
	if len(r.said) != 1 || !strings.Contains(r.said[0], "gpt-6-luna") || !strings.Contains(r.said[0], "at most $0.0000") {
		t.Errorf("before sending it says %q", r.said)
	}
	if r.kept() != "keyring:"+canary {
		t.Error("the key cannot be read back")
	}
	st, err := r.account().Show(t.Context())
	if diff := cmp.Diff(want, st); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	mustHideFiles(t, r.dir)
}

func TestSecondConnectIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if _, err := r.account().Connect(t.Context(), secret.New(canary), account.Choice{}); err != nil {
		t.Fatal(err)
	}
	sent := len(r.api.seen)
	for _, forget := range []bool{false, true} { // also when the state folder was deleted
		if forget {
			if err := os.RemoveAll(r.portal.StateDir); err != nil {
				t.Fatal(err)
			}
		}
		_, err := r.account().Connect(t.Context(), secret.New(second), account.Choice{})
		if account.CodeOf(err) != account.CodeAlreadyConnected || !strings.Contains(hint(err), "reconnect") {
			t.Errorf("%v", err)
		}
	}
	if len(r.api.seen) != sent || r.kept() != "keyring:"+canary {
		t.Error("a refused connect did something")
	}
}

func hint(err error) string {
	var e *account.Error
	if errors.As(err, &e) {
		return e.Hint
	}
	return ""
}

func TestReconnect(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if _, err := r.account().Reconnect(t.Context(), secret.New(second), account.Choice{}); account.CodeOf(err) != account.CodeNotConnected {
		t.Errorf("%v", err)
	}
	if _, err := r.account().Connect(t.Context(), secret.New(canary), account.Choice{}); err != nil {
		t.Fatal(err)
	}
	before := r.meta()
	r.api.models = failure(401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided: "+second)
	_, err := r.account().Reconnect(t.Context(), secret.New(second), account.Choice{})
	if account.CodeOf(err) != account.CodeWrongKey || !strings.HasSuffix(err.Error(), "The old key stays connected.") || r.kept() != "keyring:"+canary || r.meta() != before {
		t.Errorf("%v, %s", err, r.meta())
	}
	mustHide(t, "the error", err.Error())
	r.api.models = modelList("gpt-6-luna")
	r.keys.down = errors.New("locked")
	_, err = r.account().Reconnect(t.Context(), secret.New(second), account.Choice{})
	r.keys.down = nil
	if account.CodeOf(err) != secret.CodeKeyring || !strings.HasSuffix(err.Error(), "The old key stays connected.") || r.kept() != "keyring:"+canary {
		t.Errorf("%v", err)
	}
	if _, err := r.account().Reconnect(t.Context(), secret.New(second), account.Choice{}); err != nil || r.kept() != "keyring:"+second {
		t.Errorf("%v", err)
	}
	got, err := r.account().Reconnect(t.Context(), secret.New(canary), account.Choice{Store: secret.InFile})
	if err != nil || got.Status.Kept != secret.InFile || r.kept() != "file:"+canary || len(r.keys.texts) != 0 {
		t.Errorf("%v, the keyring has %d entries", err, len(r.keys.texts))
	}
	mustHideFiles(t, r.dir)
}

func (r *rig) meta() string {
	data, err := os.ReadFile(filepath.Join(r.portal.StateDir, account.MetadataFile))
	if err != nil {
		return err.Error()
	}
	return string(data)
}

func TestUninstall(t *testing.T) {
	t.Parallel()
	for _, where := range []string{secret.InKeyring, secret.InFile} {
		r := newRig(t)
		if _, err := r.account().Connect(t.Context(), secret.New(canary), account.Choice{Store: where}); err != nil {
			t.Fatal(err)
		}
		r.env["OPENAI_API_KEY"] = second
		got, err := r.account().Uninstall(t.Context(), []string{"a", "b"})
		if diff := cmp.Diff(&account.Removed{From: []string{where}, Was: true, EnvironmentStays: true}, got); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
		delete(r.env, "OPENAI_API_KEY")
		got, err = r.account().Uninstall(t.Context(), []string{"a", "b"})
		if diff := cmp.Diff(&account.Removed{Workflows: []string{"a", "b"}}, got); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
		if r.kept() != account.CodeNotConnected || len(r.keys.texts) != 0 {
			t.Error("something is left")
		}
		if left, _ := filepath.Glob(filepath.Join(r.dir, "*", "keys", "*")); len(left) != 0 {
			t.Errorf("left: %v", left)
		}
		if _, err := os.Stat(filepath.Join(r.portal.StateDir, account.MetadataFile)); !errors.Is(err, os.ErrNotExist) {
			t.Error("the metadata is left")
		}
	}
}

func TestUninstallThatFailsSaysSo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if _, err := r.account().Connect(t.Context(), secret.New(canary), account.Choice{}); err != nil {
		t.Fatal(err)
	}
	r.keys.down = errors.New("locked")
	if _, err := r.account().Uninstall(t.Context(), nil); account.CodeOf(err) != secret.CodeKeyring || !strings.Contains(err.Error(), "could not be removed") {
		t.Errorf("%v", err)
	}
	r.noRing = true
	if _, err := r.account().Uninstall(t.Context(), nil); account.CodeOf(err) != account.CodeNotConnected || !strings.Contains(err.Error(), "ASKFLOW_KEYRING") {
		t.Errorf("%v", err)
	}
	r.noRing, r.keys.down = false, nil
	if r.kept() != "keyring:"+canary {
		t.Error("what could not be removed must stay known")
	}
}

func TestKeysThatAreNotSent(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, key, code, says string }{
		{"nothing", "", account.CodeMalformed, "No API key"},
		{"an address", "https://platform.openai.com/api-keys", account.CodeMalformed, "web address"},
		{"two words", canary + " " + canary, account.CodeMalformed, "space"},
		{"an admin key", "sk-admin-" + canary[8:], account.CodeAdminKey, "not sent"},
	}
	for _, tt := range tests {
		r := newRig(t)
		_, err := r.account().Connect(t.Context(), secret.New(tt.key), account.Choice{})
		if account.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", tt.name, err)
		}
		if err != nil {
			mustHide(t, tt.name, err.Error())
		}
		if len(r.api.seen) != 0 || len(r.keys.texts) != 0 {
			t.Errorf("%s was sent or kept", tt.name)
		}
	}
}

func TestLockedPortal(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.portal.Subscriptions = []string{"sales-hub-professional"}
	_, err := r.account().Connect(t.Context(), secret.New(canary), account.Choice{})
	for _, hub := range []string{"marketing", "sales", "service", "data", "commerce"} {
		if account.CodeOf(err) != account.CodeLocked || !strings.Contains(hint(err), hub+"-hub-enterprise") {
			t.Errorf("%s: %v", hub, err)
		}
	}
	st, err := r.account().Show(t.Context())
	if err != nil || !st.Locked || len(r.api.seen) != 0 {
		t.Errorf("%v, %v", st, err)
	}
	if _, err := r.account().Uninstall(t.Context(), nil); err != nil {
		t.Errorf("uninstall of a locked portal: %v", err)
	}
}

func TestEnvironmentComesFirst(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if _, err := r.account().Connect(t.Context(), secret.New(canary), account.Choice{}); err != nil {
		t.Fatal(err)
	}
	r.env["OPENAI_API_KEY"] = second
	if r.kept() != "environment:"+second {
		t.Error("OPENAI_API_KEY is not used")
	}
	st, err := r.account().Show(t.Context())
	if err != nil || st.Kept != secret.InEnvironment || st.MaskedKey != "sk-proj-…abcd" || !st.VerifiedAt.IsZero() || len(st.Notes) != 1 || !strings.Contains(st.Notes[0], "not used") {
		t.Errorf("%+v, %v", st, err)
	}
	if _, err := r.account().Reconnect(t.Context(), secret.New(canary), account.Choice{}); account.CodeOf(err) != account.CodeAlreadyConnected {
		t.Errorf("%v", err)
	}
	got, err := r.account().Reconnect(t.Context(), secret.Secret{}, account.Choice{Store: secret.InEnvironment})
	if err != nil || got.Status.Kept != secret.InEnvironment || len(r.keys.texts) != 0 {
		t.Errorf("%v", err)
	}
	st, err = r.account().Show(t.Context())
	if err != nil || st.VerifiedAt != noon() || st.Result != "ok" {
		t.Errorf("%+v, %v", st, err)
	}
	delete(r.env, "OPENAI_API_KEY")
	if st, err = r.account().Show(t.Context()); err != nil || st.Connected || r.kept() != account.CodeNotConnected {
		t.Errorf("%+v, %v", st, err)
	}
	r.env["OPENAI_API_KEY"] = "two words"
	if r.kept() != secret.CodeMalformed {
		t.Error("a malformed variable is not reported")
	}
}

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

func TestProvider(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	provide := r.account().Provider(t.Context())
	if _, _, _, err := provide(); account.CodeOf(err) != account.CodeNotConnected {
		t.Errorf("%v", err)
	}
	if _, err := r.account().Connect(t.Context(), secret.New(canary), account.Choice{Organization: "org-1", Project: "proj_1"}); err != nil {
		t.Fatal(err)
	}
	key, organization, project, err := provide()
	if err != nil || key != canary || organization != "org-1" || project != "proj_1" {
		t.Errorf("%s %s %v", organization, project, err)
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
