package local_test

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"testing"

	"askflow/internal/assistant"
	"askflow/internal/openaisim"
	"askflow/internal/secret"
	"askflow/internal/service"
)

const passphrase = "correct horse battery"

// openAI accepts the canary and nothing else.
func openAI(t *testing.T) *server {
	t.Helper()
	return serve(t, openaisim.Options{Models: assistant.DefaultModels(), Rules: rules(t, "- {reply: 'B: OK', usage: {input_tokens: 10, output_tokens: 5}}\n"), Keys: map[string]*openaisim.Fault{canary: nil}})
}

func TestConnectVerifyUninstall(t *testing.T) {
	t.Parallel()
	dir := demoDir(t)
	d := open(t, dir, live(openAI(t), nil))
	st, err := d.Account.Status(d.ctx)
	if err != nil || st.Connected || st.Kept != "" || !st.NeedsKey && st.BaseURL == "" || len(st.Unlocking) != 5 || len(st.Workflows) != 4 {
		t.Fatalf("%+v %v", st, err)
	}
	_, err = d.Account.Connect(d.ctx, service.ConnectRequest{Key: secret.New("sk-proj-" + canary[20:])})
	wants(t, err, "invalid_api_key")
	done, err := d.Account.Connect(d.ctx, service.ConnectRequest{Key: secret.New(canary)})
	if err != nil {
		t.Fatal(err)
	}
	d.waitKind(service.EventAccount)
	if done.Status.Kept != "keyring" || !done.Status.Connected || len(done.Models) == 0 || done.Probe == "" || done.CostUSD == "" {
		t.Errorf("%+v", done)
	}
	_, err = d.Account.Connect(d.ctx, service.ConnectRequest{Key: secret.New(canary)})
	wants(t, err, "already_connected")
	if done, err = d.Account.Connect(d.ctx, service.ConnectRequest{Key: secret.New(canary), Replace: true, Store: "file", Passphrase: secret.New(passphrase)}); err != nil || done.Status.Kept != "file" {
		t.Fatalf("%+v %v", done, err)
	}
	if done, err = d.Account.Verify(d.ctx); err != nil || done.Status.Result != "ok" { // the passphrase is known
		t.Fatalf("%+v %v", done, err)
	}
	models, err := d.Assistants.Models(d.ctx)
	if err != nil || !slices.ContainsFunc(models, func(m *service.Model) bool { return m.Offered != nil && *m.Offered }) {
		t.Errorf("no model is offered: %v", err)
	}
	text, err := json.Marshal(done)
	if err != nil || showsKey(string(text)) {
		t.Errorf("the key shows: %s %v", text, err)
	}
	if end := d.run(service.RunRequest{Workflow: "email-draft", Answers: "live"}); end.Totals.FailedAsks != 0 || end.Totals.Asks == 0 {
		t.Errorf("%+v", end)
	}
	gone, err := d.Account.Uninstall(d.ctx)
	if err != nil || !gone.Was || !slices.Equal(gone.From, []string{"file"}) {
		t.Errorf("%+v %v", gone, err)
	}
	if st, err = d.Account.Status(d.ctx); err != nil || st.Connected {
		t.Errorf("%+v %v", st, err)
	}
	noKeyIn(t, dir, d.home)
}

// The key file of yesterday needs its passphrase again: whoever starts a run is told, and may give it.
func TestUnlock(t *testing.T) {
	t.Parallel()
	dir := demoDir(t)
	s := openAI(t)
	first := open(t, dir, live(s, nil))
	wants(t, first.Account.Unlock(first.ctx, secret.New(passphrase)), "not_connected")
	_, err := first.Account.Connect(first.ctx, service.ConnectRequest{Key: secret.New(canary), Store: "file"})
	wants(t, err, service.CodePassphrase)
	if _, err := first.Account.Connect(first.ctx, service.ConnectRequest{Key: secret.New(canary), Store: "file", Passphrase: secret.New(passphrase)}); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, dir, live(s, nil), withHome(first.home))
	ask := service.RunRequest{Workflow: "email-draft", Answers: "live"}
	_, err = again.Launcher.Start(again.ctx, ask)
	wants(t, err, service.CodePassphrase)
	_, err = again.Account.Verify(again.ctx)
	wants(t, err, service.CodePassphrase)
	wants(t, again.Account.Unlock(again.ctx, secret.New("another one entirely")), "wrong_passphrase")
	wants(t, again.Account.Unlock(again.ctx, secret.Secret{}), "wrong_passphrase")
	_, err = again.Launcher.Start(again.ctx, ask)
	wants(t, err, service.CodePassphrase)
	given := secret.New(passphrase)
	if err := again.Account.Unlock(again.ctx, given); err != nil {
		t.Fatal(err)
	}
	given.Zero() // the screen forgets what was typed
	if end := again.run(ask); end.Totals.FailedAsks != 0 {
		t.Errorf("%+v", end)
	}
	if _, err := again.Account.Verify(again.ctx); err != nil {
		t.Error(err)
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	d := open(t, demoDir(t), live(openAI(t), nil))
	places := func() map[string]service.KeyPlace {
		t.Helper()
		list, err := d.Account.Places(d.ctx)
		if err != nil || len(list) != 3 {
			t.Fatal(list, err)
		}
		out := map[string]service.KeyPlace{}
		for _, p := range list {
			out[p.Name] = p
			if p.Label == "" {
				t.Errorf("%+v", p)
			}
		}
		return out
	}
	if p := places(); p["keyring"].Unusable != "" || p["file"].Unusable != "" || !p["file"].Passphrase || p["environment"].Unusable == "" || p["environment"].HasKey {
		t.Errorf("%+v", p)
	}
	if _, err := d.Account.Connect(d.ctx, service.ConnectRequest{Key: secret.New(canary), Store: "file", Passphrase: secret.New(passphrase)}); err != nil {
		t.Fatal(err)
	}
	d.ring.mu.Lock()
	d.ring.down = errors.New("the bus is down")
	d.ring.mu.Unlock()
	if p := places(); p["keyring"].Unusable == "" || !p["file"].HasKey || p["file"].Passphrase {
		t.Errorf("%+v", p)
	}
}

func TestEnvironmentAndKeyringOff(t *testing.T) {
	t.Parallel()
	d := open(t, demoDir(t), live(openAI(t), map[string]string{"OPENAI_API_KEY": canary, "ASKFLOW_KEYRING": "off"}))
	list, err := d.Account.Places(d.ctx)
	if err != nil || list[0].Unusable == "" || !list[2].HasKey || list[2].Unusable != "" {
		t.Errorf("%+v %v", list, err)
	}
	done, err := d.Account.Connect(d.ctx, service.ConnectRequest{Store: "environment"})
	if err != nil || done.Status.Kept != "environment" {
		t.Fatalf("%+v %v", done, err)
	}
	gone, err := d.Account.Uninstall(d.ctx)
	if err != nil || !gone.EnvironmentStays {
		t.Errorf("%+v %v", gone, err)
	}
}

// A portal.yaml with errors may name the wrong server.
func TestNoAccountForABrokenPortal(t *testing.T) {
	t.Parallel()
	files := map[string]string{"portal.yaml": "name: Broken\nopenai: {base_url: 'nowhere'}\n"}
	env := map[string]string{"OPENAI_API_KEY": canary}
	d := open(t, portalDir(t, files), live(openAI(t), maps.Clone(env)))
	_, err := d.Account.Status(d.ctx)
	if e := wants(t, err, "invalid_portal"); len(e.Problems) == 0 {
		t.Errorf("%+v", e)
	}
}
