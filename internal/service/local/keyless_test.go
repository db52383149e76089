package local_test

import (
	"strings"
	"testing"

	"askflow/internal/secret"
	"askflow/internal/service"
)

// A server of one's own may want a key after all: what is missing then is an account, and it is no longer said that none is needed.
func TestAServerThatWantsAKeyAfterAll(t *testing.T) {
	t.Parallel()
	d := open(t, demoDir(t), live(openAI(t), nil))
	st, err := d.Account.Status(d.ctx)
	if err != nil || st.NeedsKey {
		t.Fatalf("%+v %v", st, err)
	}
	_, err = d.Launcher.Start(d.ctx, service.RunRequest{Workflow: "email-draft", Answers: "live"})
	e := wants(t, err, service.CodeNotConnected)
	if !strings.Contains(e.Message, "wants an API key, and none is connected") || strings.Contains(e.Hint, "emulator") || !strings.Contains(e.Hint, "Account (6)") {
		t.Errorf("%q %q", e.Message, e.Hint)
	}
	d.waitKind(service.EventAccount)
	if st, err = d.Account.Status(d.ctx); err != nil || !st.NeedsKey || st.Connected {
		t.Errorf("%+v %v", st, err)
	}
	_, err = d.Assistants.Try(d.ctx, service.TryRequest{SettingsQuery: service.SettingsQuery{File: "workflows/email-draft.yaml", Step: "draft"}, ObjectType: "contact", RecordID: "4001", Prompt: "Hello", Answers: "live"})
	wants(t, err, service.CodeNotConnected)
	if _, err := d.Account.Connect(d.ctx, service.ConnectRequest{Key: secret.New(canary)}); err != nil {
		t.Fatal(err)
	}
	if end := d.run(service.RunRequest{Workflow: "email-draft", Answers: "live"}); end.Totals.FailedAsks != 0 || end.Totals.Asks == 0 {
		t.Errorf("%+v", end)
	}
}
