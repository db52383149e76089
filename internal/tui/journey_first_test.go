package tui_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"askflow/internal/openaisim"
)

// sizes does a journey on a small terminal, on a usual one and, where asked for, on a large one.
func sizes(t *testing.T, large bool, journey func(t *testing.T, width, height int)) {
	t.Helper()
	list := [][2]int{{80, 24}, {120, 40}}
	if large {
		list = append(list, [2]int{200, 60})
	}
	for _, size := range list {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			t.Parallel()
			journey(t, size[0], size[1])
		})
	}
}

// 1. From the first start to reading an answer: nothing to configure, no key, few keys.
func TestJourneyToTheFirstAnswer(t *testing.T) {
	t.Parallel()
	sizes(t, true, func(t *testing.T, width, height int) {
		v := newMachine(t, nil).sit(width, height)
		v.See("[1 Workflows]", "▌ Sales email draft", "Lead qualification", "State formatting", "never", "r run")
		v.Press("r").ended("r1").See("[4 Runs]", " completed in", "▌ Leonhard")
		v.Press("enter").Reads("Leonhard Gschwend", "[Response]", "Testgerät für Ihre Felsenkeller")
		if v.keys > 5 {
			t.Errorf("%d keys to the answer", v.keys)
		}
		v.Press("[").See("[Prompt]", "Leonhard Gschwend", "Occasion:")
		if v.keys > 5 {
			t.Errorf("%d keys to its prompt", v.keys)
		}
	})
}

// 2. An account: a key that is refused, one without credit, one that does; another in its place; none any more. No frame, file or
// message holds it, which every frame is looked at for.
func TestJourneyOfAKey(t *testing.T) {
	t.Parallel()
	const broke, wrong = "sk-proj-NoCredit0123456789abcdefghijklmnop", "sk-proj-Wrong0123456789abcdefghijklmnopqr"
	sizes(t, false, func(t *testing.T, width, height int) {
		m := newMachine(t, nil)
		m.openAI(map[string]*openaisim.Fault{canaryKey: nil, broke: {Kind: openaisim.FaultStatus, Status: 429, Code: "insufficient_quota", Type: "insufficient_quota", Message: "You exceeded your current quota."}})
		v := m.sit(width, height)
		v.See("not connected").Press("6").See("○ Not connected", "c connect")
		v.Press("c").Type("keyring").Press("enter").Type(wrong).NotSee(wrong[8:]).Press("enter").Reads("The key was not connected", "does not accept the key", "Nothing was stored")
		v.Press("enter").Paste(broke).Press("enter").Reads("has no credit", "Add credit at platform.openai.com")
		v.Press("enter").Type(canaryKey).Press("enter").WaitFor("● Connected").See("sk-proj-…wxyz").Reads("in the system's keyring")
		if len(m.ring.Texts) != 1 {
			t.Errorf("%d keys in the keyring", len(m.ring.Texts))
		}
		m.noKey()
		v.Press("1").WaitFor("OpenAI ● ").NotSee("not connected")
		v.Press("6", "v").Reads("The key is in order.")
		v.Press("n").Type("keyring").Press("enter").Paste(wrong).Press("enter").Reads("The old key stays connected").Press("esc").See("● Connected")
		v.Press("n").Type("encrypted").Press("enter").Paste(" " + canaryKey + "\n").Press("enter").Paste("correct horse").Press("enter").Paste("correct horse").Press("enter").WaitFor("in an encrypted file")
		if len(m.ring.Texts) != 0 {
			t.Error("the old key is still in the keyring")
		}
		m.noKey()

		// Another day: the file wants its passphrase before a live run, and only then.
		again := m.sit(width, height)
		again.See("Sales email draft").Press("6").See("● Connected").Press("v").See("Passphrase of the key file").Type("not this one").Press("enter").Reads("does not open the file")
		again.Type("correct horse").Press("enter").Reads("The key is in order.")
		again.Press("u").Reads("kept in an encrypted file").Press("tab", "enter").WaitFor("○ Not connected").Reads("The account is uninstalled.").Press("v").Reads("No key is connected yet")
		v.Advance(time.Minute)
		v.Press("ctrl+l").See("○ Not connected", "OpenAI ○ not connected") // the first program looks again
		m.noKey()
	})
}

// choose makes choices for the next run of Lead qualification.
func (v *visit) choose() *visit {
	v.t.Helper()
	v.Press("2").See("[2 Assistant]", "lead-qualifier").Press("down", "c").See("any workflow")
	v.Press("enter").Reads("Over whose own settings?").Type("Lead qual").Press("enter").See("Lead qualification › qualify")
	v.Press("down", "enter").Reads("Which assistant").Type("state").Press("enter").See("● state-formatter")
	v.Press("down", "enter").See("gpt-6-luna").Press("/").Type("gpt-5.4-mini").Press("enter", "enter").See("● gpt-5.4-mini")
	return v.Press("down", "right", "l").See("0.4").Press("down", "right").See("● none")
}

// 3. Other settings for one run, seen in the step that was asked with them, and then written into the file of the workflow.
func TestJourneyOfSettings(t *testing.T) {
	t.Parallel()
	sizes(t, false, func(t *testing.T, width, height int) {
		m := newMachine(t, nil)
		const file = "workflows/lead-qualification.yaml"
		m.change(file, "name: Lead qualification\n", "# Ask Dana before changing the grades.\nname: Lead qualification # as in HubSpot\n")
		before := m.read(file)
		v := m.sit(width, height)
		v.choose().Press("r").ended("r1").See("[4 Runs]", "Lead qualification")
		if m.read(file) != before {
			t.Fatal("settings for one run changed the file")
		}
		v.Press("enter").seek("]", "[Attempts]").Reads("gpt-5.4-mini", "state-formatter", "0.4")
		v.Press("2", "w").Reads("Write these settings into which step?").Press("enter")
		v.See("model: gpt-5.4-mini")
		if m.read(file) != before {
			t.Fatal("the file was written before its difference was accepted")
		}
		v.Press("enter").Reads("Wrote the settings into " + file)
		after := m.read(file)
		checkDifference(t, before, after, []string{"assistant: lead-qualifier", "temperature: 0.2"}, []string{"assistant: state-formatter", "model: gpt-5.4-mini", "temperature: 0.4"})
	})
}

// checkDifference fails the test unless exactly these lines went and came, and all others stand in their order.
func checkDifference(t *testing.T, before, after string, gone, come []string) {
	t.Helper()
	rest := func(text string, without []string) (kept string, left []string) {
		left = append(left, without...)
		var out strings.Builder
	lines:
		for line := range strings.Lines(text) {
			for i, w := range left {
				if strings.TrimSpace(line) == w {
					left = append(left[:i:i], left[i+1:]...)
					continue lines
				}
			}
			out.WriteString(line)
		}
		return out.String(), left
	}
	a, notGone := rest(before, gone)
	b, notCome := rest(after, come)
	if a != b || len(notGone) > 0 || len(notCome) > 0 {
		t.Errorf("other lines than %q and %q changed (%q, %q):\n%s", gone, come, notGone, notCome, after)
	}
}

// 4. A model that takes no temperature says so where one would be chosen.
func TestJourneyToAModelThatTakesNoTemperature(t *testing.T) {
	t.Parallel()
	sizes(t, true, func(t *testing.T, width, height int) {
		v := newMachine(t, nil).sit(width, height)
		v.Press("2", "down", "m").See("gpt-6-luna", "Temp").Press("/").Type("gpt-5-mini").Press("enter").Reads("takes none").Press("enter")
		v.Press("c", "down", "down", "down").Reads("gpt-5-mini takes no temperature.")
		v.Press("right").Reads("› gpt-5-mini takes no temperature.")
		if v.frame.Env().Settings.Temperature != nil {
			t.Error("a temperature was chosen all the same")
		}
	})
}
