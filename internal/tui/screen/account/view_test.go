package account_test

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"askflow/internal/service"
	"askflow/internal/source"
	"askflow/internal/tui/app"
	"askflow/internal/tui/tuitest"
)

// states are accounts as they can be.
func states() map[string]*fake {
	failing := connected()
	failing.status.Result, failing.status.Kept, failing.status.Organization = "insufficient_quota", "file", "org-abc"
	failing.status.Notes = []string{"The keyring did not answer within 3 seconds."}
	locked := newFake()
	locked.status.Locked, locked.status.Subscriptions = true, []string{"sales-hub-professional"}
	locked.status.Notes = []string{"Ask OpenAI Assistant is locked: none of the portal's subscriptions unlocks it, so there is nothing to connect an account for."}
	env := connected()
	env.status.Kept, env.status.Result, env.status.VerifiedAt, env.status.ConnectedAt, env.status.Models = "environment", "", time.Time{}, time.Time{}, nil
	keyless := newFake()
	keyless.status.NeedsKey, keyless.status.BaseURL, keyless.status.Subscriptions = false, "http://127.0.0.1:11434/v1", nil
	broken := newFake()
	broken.err = &service.Error{Code: "invalid_portal", Message: "portal.yaml has errors, so it is not certain whom this portal asks", Hint: "correct them first",
		Problems: source.Problems{{Severity: source.SeverityError, Code: "bad_url", File: "portal.yaml", Line: 7, Col: 3, Message: "base_url: this is no address", Hint: "write it like https://api.openai.com/v1"}}}
	return map[string]*fake{"none": newFake(), "connected": connected(), "failing": failing, "locked": locked, "environment": env, "keyless": keyless, "broken": broken}
}

func TestGoldens(t *testing.T) {
	t.Parallel()
	for name, f := range states() {
		for _, size := range [][2]int{{80, 24}, {120, 40}} {
			t.Run(fmt.Sprintf("%s-%d", name, size[0]), func(t *testing.T) {
				t.Parallel()
				d := drive(t, f.services(), size[0], size[1])
				tuitest.Whole(t, d.Styled(), size[0], size[1])
				tuitest.Golden(t, fmt.Sprintf("%s-%d", name, size[0]), d.Screen())
			})
		}
	}
}

// Every size that is drawn at all is drawn whole, and every line of the page can be scrolled to.
func TestSizes(t *testing.T) {
	t.Parallel()
	for name, f := range states() {
		d := drive(t, f.services(), 80, 24)
		for _, size := range [][2]int{{60, 16}, {61, 17}, {99, 20}, {100, 16}, {101, 30}, {200, 60}, {1, 1}, {80, 24}} {
			d.Resize(size[0], size[1])
			if size[0] > 1 {
				tuitest.Whole(t, d.Styled(), size[0], size[1])
			}
			if size == [2]int{60, 16} && f.status.Result != "" {
				d.Press("G")
				if !strings.Contains(d.Screen(), "replayed answers need none.") {
					t.Errorf("%s: the end of the page is out of reach:\n%s", name, d.Screen())
				}
				d.Press("g").See("Connected")
			}
		}
	}
}

func hostileFake() *fake {
	nasty := "\x1b]0;owned\x07\x1b[2J\x1b[31mred\u202eevil\u200b\u0301\u0301 日本 👩\u200d👩 \x9b31m\x00\r" + strings.Repeat("w", 10_000)
	f := connected()
	st := f.status
	st.MaskedKey, st.Kept, st.Organization, st.Project, st.BaseURL, st.Result = nasty, nasty, nasty, nasty, nasty, nasty
	st.Subscriptions, st.Unlocking, st.Workflows, st.Notes = []string{nasty}, []string{nasty}, []string{nasty, nasty}, []string{nasty, strings.Repeat("a b ", 200_000)}
	st.Limits = make([]service.AccountLimit, 500)
	for i := range st.Limits {
		st.Limits[i] = service.AccountLimit{Model: nasty, Requests: 1}
	}
	f.models = nil
	for i := range 3000 {
		f.models = append(f.models, &service.Model{ID: fmt.Sprint(i) + nasty, Name: nasty, Note: nasty, InputUSD: nasty, OutputUSD: nasty, Shutdown: nasty, Allowed: true, Efforts: []string{nasty}, AsOf: nasty})
	}
	f.places = []service.KeyPlace{{Name: "keyring", Label: nasty}, {Name: "file", Label: nasty, Unusable: nasty}}
	return f
}

func TestHostileData(t *testing.T) {
	t.Parallel()
	f := hostileFake()
	d := drive(t, f.services(), 80, 24)
	d.Each = func(frame string) { tuitest.Whole(t, frame, 80, 24) }
	d.Press("G", "enter", "j", "G", "enter").See("Model 2999").Press("esc", "u").See("Uninstall")
	d.Press("esc", "n").See("Where is the key").Press("down", "esc")
	d.Each = func(frame string) { tuitest.Whole(t, frame, 140, 40) }
	d.Resize(140, 40).Press("g", "left", "G")
}

func TestLockedSaysWhatUnlocks(t *testing.T) {
	t.Parallel()
	f := states()["locked"]
	d := drive(t, f.services(), 120, 40)
	d.See("✗ Locked", "Unlocked by", "commerce-hub-enterprise", "portal.yaml says what the portal has")
	for _, key := range []string{"c", "v", "n"} {
		d.Press(key).See("add one of marketing-hub-enterprise").Advance(7 * time.Second)
	}
	opened := ""
	d.OnExec = func(cmd *exec.Cmd) error { opened = strings.Join(cmd.Args, " "); return nil }
	d.Press("e")
	if !strings.HasSuffix(opened, "portal.yaml") {
		t.Errorf("opened %q", opened)
	}
}

// Problems of portal.yaml are shown where they are, and the editor opens at the first.
func TestBrokenPortal(t *testing.T) {
	t.Parallel()
	f := states()["broken"]
	d := drive(t, f.services(), 100, 30)
	d.See("portal.yaml has errors", "portal.yaml:7:3", "Correct them first.")
	d.Env["EDITOR"] = "nano"
	opened := ""
	d.OnExec = func(cmd *exec.Cmd) error {
		opened = strings.Join(cmd.Args, " ")
		f.err = nil
		return nil
	}
	d.Press("e").See("○ Not connected")
	if !strings.Contains(opened, "+7,3") {
		t.Errorf("opened %q", opened)
	}
}

func TestModels(t *testing.T) {
	t.Parallel()
	f := connected()
	d := drive(t, f.services(), 120, 40)
	d.Press("enter").See("models").Press("j", "enter").See("Model gpt-6-luna", "$0.1 for a million tokens", "with reasoning effort none only", "none, low, medium (its own: medium)", "The key may use it").Press("esc")
	d.Press("/").Type("use:acc 4o").See("/use:acc 4o", "gpt-4o").NotSee("gpt-6.1-sol")
	d.Press("enter").Press("f").See("(off)", "gpt-6.1-sol").Press("/").Press("esc").Press("/").Type("nothing").See("No model matches").Press("esc").See("gpt-6.1-sol")
	if d.Press("esc").See("● Connected"); strings.Contains(d.Screen(), "▸") {
		t.Error(d.Screen())
	}
	f.models = nil
	d.Press("1", "6").See("✗ The table of models cannot be read.")
	f.models = connected().models
	d.Press("1", "6").See("gpt-6.1-sol").NotSee("cannot be read")
}

func TestMouse(t *testing.T) {
	t.Parallel()
	f := connected()
	d := drive(t, f.services(), 120, 40)
	d.See("gpt-6-luna").Click(80, 5).Press("enter").See("Model gpt-6-luna").Press("esc")
	d.Click(80, 4).Click(80, 4).See("Model gpt-5-nano").Press("esc")
	d.Click(5, 5).Wheel(5, 5, 1).Wheel(80, 5, 1).Click(80, 5)
	d.Resize(80, 24).Press("left").See("● Connected").Wheel(5, 5, 4).See("↑ end").Wheel(5, 5, -4).See("● Connected")
}

// What changes outside is shown, and read no more often than four times a second.
func TestEvents(t *testing.T) {
	t.Parallel()
	f := newFake()
	d := drive(t, f.services(), 80, 24)
	d.See("○ Not connected")
	before := f.reads.Load()
	f.status = connected().status
	for range 100 {
		d.Msg(service.Event{Kind: service.EventAccount})
	}
	if own := f.reads.Load() - before - 100; own > 1 { // the frame reads it for each event
		t.Errorf("100 events made the place read %d times", own)
	}
	d.Advance(time.Second).Press("j", "k").See("● Connected")
	f.err = errors.New("the disk is gone")
	d.Press("1", "6").See("✗ The disk is gone.")
	f.err = nil
	d.Msg(service.Event{Kind: service.EventAccount}).Advance(time.Second).Press("j").See("● Connected")
}

func TestCommandAndThemes(t *testing.T) {
	t.Parallel()
	f := connected()
	d := drive(t, f.services(), 80, 24)
	d.Press("$").See("emulator account show").Press("esc").Press("enter", "$").See("emulator models list").Press("esc")
	dark := d.Styled()
	if d.Press("T"); dark == d.Styled() {
		t.Error("the light theme looks like the dark one")
	}
	tuitest.Whole(t, d.Styled(), 80, 24)
}

func bench(b *testing.B) *app.App {
	s := stage(b, hostileFake().services(), 200, 60)
	s.Press("enter")
	return s.Frame
}

func BenchmarkView(b *testing.B) {
	a := bench(b)
	for b.Loop() {
		_ = a.View()
	}
}

func BenchmarkKey(b *testing.B) {
	a := bench(b)
	for i := 0; b.Loop(); i++ {
		_, _ = a.Update(tuitest.KeyPress([]string{"j", "k"}[i%2]))
		_ = a.View()
	}
}
