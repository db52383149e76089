package account_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"askflow/internal/secret"
	"askflow/internal/service"
	"askflow/internal/tui/ui"
)

// Where a key cannot be kept is said, and cannot be chosen.
func TestPlacesHaveReasons(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.places[0].Unusable = "The keyring did not answer within 3 seconds."
	d := drive(t, f.services(), 80, 24).Press("c")
	d.See("Where is the key to be kept?", "▸ Encrypted file", "1f.age").Press("up").See("The keyring did not answer").Press("enter").See("Where is the key")
	d.Press("down", "down").See("OPENAI_API_KEY is not set. Set it in your shell").Press("enter").See("Where is the key")
	d.Press("esc").NotSee("Where is the key")
}

// keyOf is a Connect that keeps what it was asked for.
func keyOf(f *fake, got *[]service.ConnectRequest, answer error) {
	f.connect = func(_ context.Context, r service.ConnectRequest) (*service.Connected, error) {
		r.Key, r.Passphrase = secret.New(r.Key.Reveal()), secret.New(r.Passphrase.Reveal()) // the screen wipes its own
		*got = append(*got, r)
		if answer != nil {
			return nil, answer
		}
		f.status = connected().status
		return &service.Connected{Status: f.status, Models: f.status.Models, Probe: "gpt-5-nano", CostUSD: "0.0000084", Notes: []string{"The assistant grader asks gpt-4o, which the key may not use."}}, nil
	}
}

func TestTypedAndPastedKeysAreTrimmedAndHidden(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"typed", "pasted"} {
		f := newFake()
		var got []service.ConnectRequest
		keyOf(f, &got, nil)
		d := drive(t, f.services(), 80, 24)
		hide(t, d)
		d.Press("c").Press("enter").See("OpenAI API key", "it goes there only", "16 tokens at most")
		if how == "typed" {
			d.Type(canary)
		} else {
			d.Paste(" \"" + canary + "\"\r\n")
		}
		d.See("••••").Press("enter").See("● Connected", "gpt-5-nano one question for $0.0000084", "! The assistant grader")
		if len(got) != 1 || got[0].Key.Reveal() != canary || got[0].Store != "keyring" || got[0].Replace || !got[0].Passphrase.IsZero() {
			t.Fatalf("%s: %+v", how, got)
		}
	}
}

// A file wants a passphrase, twice; names for organization and project are optional.
func TestFileAndIdentity(t *testing.T) {
	t.Parallel()
	f := newFake()
	var got []service.ConnectRequest
	keyOf(f, &got, nil)
	d := drive(t, f.services(), 80, 24)
	hide(t, d)
	d.Press("c").Press("down", "down", "down").See("Project keys need neither").Press("enter").See("Organization and project")
	d.Paste(canary).See("What you pasted is an OpenAI key")
	d.Type("org-7").Press("tab").Type("proj_9").Press("ctrl+s").See("Where is the key")
	d.Type("encr").Press("enter").Paste(canary).Press("enter").See("Passphrase for the key file")
	d.Type("tiny").Press("enter").See("too short").Press("ctrl+u").Type("\"correct horse \"").Press("enter").See("once more") // quotes and blanks count
	d.Type("correct horse").Press("enter").See("not the same").Press("ctrl+u").Paste("\"correct horse \"\n").Press("enter").See("● Connected")
	want := service.ConnectRequest{Store: "file", Organization: "org-7", Project: "proj_9"}
	if len(got) != 1 || got[0].Store != want.Store || got[0].Organization != want.Organization || got[0].Project != want.Project || got[0].Passphrase.Reveal() != "\"correct horse \"" || got[0].Key.Reveal() != canary {
		t.Fatalf("%+v", got)
	}
}

// What cannot be a key is not sent.
func TestMalformedKeysAreNotSent(t *testing.T) {
	t.Parallel()
	f := newFake()
	var got []service.ConnectRequest
	keyOf(f, &got, nil)
	d := drive(t, f.services(), 80, 24)
	d.Press("c").Press("enter").Press("enter").See("Nothing was typed yet")
	d.Paste("https://platform.openai.com/api-keys").Press("enter").See("✗").NotSee("platform.openai.com/api-keys•")
	if d.Press("esc").NotSee("it goes there only"); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

// A key is no passphrase: typed by mistake into its question, it would lock the file, and be typed again and again.
func TestAKeyIsNoPassphrase(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"typed", "pasted"} {
		f := newFake()
		var got []service.ConnectRequest
		keyOf(f, &got, nil)
		d := drive(t, f.services(), 80, 24)
		hide(t, d)
		d.Press("c").Type("encr").Press("enter").Paste(canary).Press("enter").See("Passphrase for the key file")
		if how == "typed" {
			d.Type(canary)
		} else {
			d.Paste(canary)
		}
		d.Press("enter").See("Passphrase for the key file", "This is an API key.", "a word of your own").NotSee("once more")
		d.Press("ctrl+u").Type("correct horse").Press("enter").See("once more").Type("correct horse").Press("enter").See("● Connected")
		if len(got) != 1 || got[0].Passphrase.Reveal() != "correct horse" || got[0].Key.Reveal() != canary {
			t.Errorf("%s: %d requests: %+v", how, len(got), got)
		}
	}
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  service.Error
		see  []string
		next string
	}{
		{service.Error{Code: "invalid_api_key", Message: "OpenAI does not accept the key: it was revoked.", Hint: "copy it again"}, []string{"it was revoked.", "Copy it again.", "Nothing was stored", "Try another key"}, "OpenAI API key"},
		{service.Error{Code: "keyring_unavailable", Message: "The keyring is locked.", Hint: "unlock it"}, []string{"Unlock it.", "Choose another place"}, "Where is the key"},
		{service.Error{Code: "already_connected", Message: "An OpenAI account is connected already."}, []string{"n puts another key", "Replace the connected key"}, "Where is the key"},
		{service.Error{Code: "api_key_expired", Message: "The key has expired.", Hint: "make a new key at platform.openai.com/api-keys and run: emulator account reconnect"}, []string{"api-keys, then reconnect (n)."}, "OpenAI API key"},
	} {
		f := newFake()
		var got []service.ConnectRequest
		keyOf(f, &got, &c.err)
		d := drive(t, f.services(), 80, 24)
		hide(t, d)
		d.Press("c").Press("enter").Paste(canary).Press("enter").See("The key was not connected").See(c.see...).NotSee("emulator account")
		d.Press("enter").See(c.next)
		if d.Press("esc", "esc").See("○ Not connected"); len(got) != 1 {
			t.Errorf("%s: asked %d times", c.err.Code, len(got))
		}
	}
}

// A passphrase that is found to be missing late is asked for, and the key that was typed goes on.
func TestPassphraseThatIsMissedLate(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.places[1].Passphrase = false
	var got []service.ConnectRequest
	keyOf(f, &got, nil)
	connect := f.connect
	f.connect = func(ctx context.Context, r service.ConnectRequest) (*service.Connected, error) {
		if r.Passphrase.IsZero() {
			return nil, &service.Error{Code: service.CodePassphrase, Message: "The key file needs a passphrase."}
		}
		return connect(ctx, r)
	}
	d := drive(t, f.services(), 80, 24)
	d.Press("c").Type("encr").Press("enter").Paste(canary).Press("enter").See("The key file needs a passphrase.")
	d.Type("correct horse").Press("enter").Type("correct horse").Press("enter").See("● Connected")
	if len(got) != 1 || got[0].Key.Reveal() != canary {
		t.Errorf("%+v", got)
	}
}

// A refused key costs another key, and not the passphrase twice again.
func TestThePassphraseStaysForAnotherKey(t *testing.T) {
	t.Parallel()
	f := newFake()
	var got []service.ConnectRequest
	keyOf(f, &got, &service.Error{Code: "invalid_api_key", Message: "OpenAI does not accept the key."})
	d := drive(t, f.services(), 80, 24)
	hide(t, d)
	d.Press("c").Type("encr").Press("enter").Paste(canary).Press("enter").Type("correct horse").Press("enter").Type("correct horse").Press("enter")
	keyOf(f, &got, nil)
	d.See("Try another key").Press("enter").See("OpenAI API key").Paste(canary).Press("enter").NotSee("Passphrase").See("● Connected")
	if len(got) != 2 || got[1].Passphrase.Reveal() != "correct horse" || got[1].Key.Reveal() != canary {
		t.Errorf("%d requests; the second has the passphrase %q", len(got), got[len(got)-1].Passphrase.Reveal())
	}
}

// What was typed goes when the refusal is not answered with another try, in whichever way.
func TestThePassphraseGoesWithTheRefusal(t *testing.T) {
	t.Parallel()
	for _, keys := range [][]string{{"esc"}, {"tab", "enter"}} {
		f := newFake()
		var pass secret.Secret // a copy, which is wiped with the original
		f.connect = func(_ context.Context, r service.ConnectRequest) (*service.Connected, error) {
			pass = r.Passphrase
			return nil, &service.Error{Code: "invalid_api_key", Message: "OpenAI does not accept the key."}
		}
		d := drive(t, f.services(), 80, 24)
		d.Press("c").Type("encr").Press("enter").Paste(canary).Press("enter").Type("correct horse").Press("enter").Type("correct horse").Press("enter").See("Try another key")
		if pass.Reveal() != "correct horse" {
			t.Fatal("the passphrase does not stay for another key")
		}
		if d.Press(keys...).NotSee("Try another key"); pass.Reveal() == "correct horse" {
			t.Errorf("%v: the passphrase is still in memory", keys)
		}
	}
}

// Another key goes where the one in use is kept, unless another place is chosen.
func TestReconnectStartsAtThePlaceInUse(t *testing.T) {
	t.Parallel()
	f := connected()
	f.status.Kept, f.status.NeedsKey = "file", false
	d := drive(t, f.services(), 80, 24)
	d.NotSee("c connect").Press("n").See("▸ Encrypted file", "No key: this server needs none")
}

// A server that refused for want of a key is not said to need none.
func TestAServerThatWantsAKeyAfterAll(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.status.BaseURL, f.status.NeedsKey = "https://llm.example.net/v1", true
	d := drive(t, f.services(), 80, 24)
	d.See("○ Not connected").NotSee("no key is needed").Press("c").NotSee("No key: this server")
	f.status.Kept, f.status.Connected = "none", true
	drive(t, f.services(), 80, 24).See("but the server wants one")
}

// What was typed is wiped as soon as it is not needed any more: after success, after a refusal, and when a later question is cancelled.
func TestKeysAreWiped(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		keys []string
	}{
		"connected": {nil, nil},
		"refused":   {&service.Error{Code: "invalid_api_key", Message: "It is refused."}, nil},
		"cancelled": {&service.Error{Code: service.CodePassphrase, Message: "A passphrase is needed."}, []string{"esc"}},
		"given up":  {context.Canceled, nil},
	} {
		f := newFake()
		var key secret.Secret // a copy, which is wiped with the original
		f.connect = func(_ context.Context, r service.ConnectRequest) (*service.Connected, error) {
			if key = r.Key; key.Reveal() != canary {
				t.Errorf("%s: another key arrived", name)
			}
			return &service.Connected{Status: f.status}, c.err
		}
		drive(t, f.services(), 80, 24).Press("c").Press("enter").Paste(canary).Press("enter").Press(c.keys...)
		if key.Reveal() == canary {
			t.Errorf("%s: the key is still in memory", name)
		}
	}
}

func TestCheckAgain(t *testing.T) {
	t.Parallel()
	f := connected()
	asked, answers := 0, []error{&service.Error{Code: service.CodePassphrase, Message: "The key lies in an encrypted file."}, nil, &service.Error{Code: "insufficient_quota", Message: "There is no credit.", Hint: "add credit"}, context.Canceled}
	f.verify = func(context.Context) (*service.Connected, error) {
		asked++
		if err := answers[asked-1]; err != nil {
			return nil, err
		}
		return &service.Connected{Status: f.status, Probe: "gpt-5-nano", CostUSD: "0.000001", Models: []string{"a", "b"}}, nil
	}
	unlocked := ""
	f.unlock = func(s secret.Secret) error {
		unlocked = s.Reveal()
		if unlocked != "correct horse" {
			return &service.Error{Code: "wrong_passphrase", Message: "The passphrase does not open the file.", Hint: "try again"}
		}
		return nil
	}
	d := drive(t, f.services(), 80, 24)
	d.Press("v").See("Passphrase of the key file", "lies in an encrypted file").Type("wrong").Press("enter").See("does not open the file", "Try again.")
	d.Type("correct horse").Press("enter").See("The key is in order.", "for $0.000001")
	d.Press("v").See("There is no credit. Add credit.")
	if d.Press("v").See("Cancelled: checking the key"); asked != 4 || unlocked != "correct horse" {
		t.Errorf("%d %q", asked, unlocked)
	}
}

func TestUninstallSaysWhatStops(t *testing.T) {
	t.Parallel()
	f := connected()
	f.status.Workflows = append(f.status.Workflows, "five", "six", "seven", "eight")
	f.uninstall = func(context.Context) (*service.Removed, error) {
		f.status = newFake().status
		return &service.Removed{Was: true, From: []string{"keyring"}, Notes: []string{"The file could not be looked at."}}, nil
	}
	d := drive(t, f.services(), 80, 24)
	d.Press("u").See("Uninstall the OpenAI account?", "sk-proj-…wxyz", "No longer able to ask live: Lead qualification", "six and 2 more", "scripted and replayed answers").Press("enter").See("● Connected") // Cancel comes first
	d.Press("u", "tab", "enter").See("The account is uninstalled. The key was removed from the system's keyring.", "○ Not connected", "! The file could not be looked at.")
	d.Press("u").See("there is nothing to uninstall")
}

func TestEnvironmentSaysHow(t *testing.T) {
	t.Parallel()
	f := states()["environment"]
	f.uninstall = func(context.Context) (*service.Removed, error) {
		return &service.Removed{EnvironmentStays: true}, nil
	}
	d := drive(t, f.services(), 120, 40)
	d.Press("n").See("Unset it in your shell").Press("c").See("Unset it in your shell")
	d.Press("u").See("and only you can", "OPENAI_API_KEY in your shell").Press("tab", "enter").See("OPENAI_API_KEY stays")
}

// A place that needs an account gets the screen back.
func TestConnectForAnotherPlace(t *testing.T) {
	t.Parallel()
	f := newFake()
	var got []service.ConnectRequest
	keyOf(f, &got, nil)
	d := stage(t, f.services(), 80, 24)
	d.Others[ui.Runs].Do = ui.GoTo(ui.Account, ui.ConnectAccount{Return: ui.Runs})
	d.Press("4", "x").See("Where is the key to be kept?").Press("enter").Paste(canary).Press("enter").See("this is Runs", "[4 Runs]")
	// Connected already: another key takes its place.
	d.Press("x").See("Where is the key").Press("enter").See("New OpenAI API key").Paste(canary).Press("enter").See("this is Runs")
	if len(got) != 2 || got[0].Replace || !got[1].Replace {
		t.Errorf("%+v", got)
	}
	f.status = states()["locked"].status
	d.Press("6").Press("4", "x").See("add one of").NotSee("Where is the key")
	if !slices.Contains(strings.Fields(d.Screen()), "[6") {
		t.Error("the account is not shown:\n" + d.Screen())
	}
}
