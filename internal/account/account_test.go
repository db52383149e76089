package account_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/account"
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
