package tui_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// 18. The tests of a workflow: green, red after a reply changed, the failed case looked at and mended from there.
func TestJourneyOfTests(t *testing.T) {
	t.Parallel()
	sizes(t, true, func(t *testing.T, width, height int) {
		m := newMachine(t, nil)
		v := m.sit(width, height)
		v.See("t test").Press("j", "j", "j", "t").Reads("✓ passed", "cases passed", "Tests of State formatting", "Coverage 100%").NotSee("✗")
		if entries, err := os.ReadDir(filepath.Join(m.dir, ".askflow")); err == nil && len(entries) > 0 {
			list, err := v.services.Workflows.List(t.Context())
			if err != nil || len(list[3].Runs) != 0 {
				t.Errorf("tests left runs: %+v, %v", list[3], err)
			}
		}
		m.change("responses/state-formatting.yaml", "reply: UT", "reply: UTAH")
		v.WaitFor("files changed since").Press("r").Reads("✗ failed", "of", "failed").NotSee("files changed since")
		v.seek("down", "▌ ✗  3035").Press("enter").Reads("✗ failed contact 3035", "expected", "got", "differs", "Expectations:").seek("down", "UTAH").seek("pgdown", "Effects")
		v.editor(func(args []string, before string) string {
			if !strings.HasPrefix(filepath.Base(args[len(args)-1]), "state-formatting") || !strings.Contains(before, "workflow: state-formatting") {
				t.Errorf("the editor got %q", args)
			}
			return before + "# looked at\n"
		})
		v.Press("e").WaitFor("files changed since")
		m.change("responses/state-formatting.yaml", "reply: UTAH", "reply: UT")
		v.Press("t").Reads("✓ passed").NotSee("✗").Press("a").seek("pgdown", "3035").Press("$").See("emulator test state-formatting").Press("esc", "esc").See("▌ State formatting", "Workflows · 4")
	})
}

// A test file that is wrong is shown with its place, corrected from there, and the tests run again.
func TestJourneyWithABrokenTest(t *testing.T) {
	t.Parallel()
	sizes(t, false, func(t *testing.T, width, height int) {
		m := newMachine(t, nil)
		v := m.sit(width, height)
		m.change("tests/lead-qualification.yaml", "\neach:\n", "\neech:\n")
		v.Press("j", "t").Reads("nothing was run", "lead-qualification.yaml:6:1", `no key "eech"`, "did you mean")
		v.editor(func(_ []string, before string) string { return strings.Replace(before, "\neech:\n", "\neach:\n", 1) })
		v.Press("enter").WaitFor("files changed since").Press("r").Reads("✓ passed", "cases failed, as the thresholds of the tests allow")
		v.seek("down", "▌ ✗  2007").Press("enter").Reads("gpt-5.4-nano", "property lead_grade equals", "expected B")
	})
}

// A workflow without tests says how to write one; written so, it runs. One that asks live says which command runs it.
func TestJourneyToTheFirstTest(t *testing.T) {
	t.Parallel()
	sizes(t, false, func(t *testing.T, width, height int) {
		m := newMachine(t, nil)
		v := m.sit(width, height)
		for _, name := range []string{"email-draft.yaml", "email-draft-prompts.yaml", "email-draft-pushy.yaml", "email-draft-tone.yaml"} {
			if err := os.Remove(m.path("tests/" + name)); err != nil {
				t.Fatal(err)
			}
		}
		v.Press("t").Reads("This workflow has no tests", "tests/email-draft.yaml", "workflow: email-draft", "r test again")
		m.write("tests/email-draft.yaml", "workflow: email-draft\ncases:\n  - {record: \"1001\", expect: [enrolled: false]}\n  - {record: \"1002\", expect: [response: {contains: nowhere}]}\n")
		v.WaitFor("files changed since").Press("r").See("▌").Reads("1 of 2 cases failed", "never reached")
		v.seek("down", "▌ ✗  1002").Press("enter").Reads("contains").Press("esc")
		m.change("tests/email-draft.yaml", "workflow: email-draft\n", "workflow: email-draft\nanswers: live\n")
		v.Press("r").Reads("asking OpenAI costs money", "emulator test email-draft --answers live")
	})
}

// hostileTest expects what hostile data is not.
func hostileTest() string {
	return "workflow: grade\ndescription: \"odd\"\ncases:\n  - {record: \"101\", name: \"a\\e[31mb\\u202Ec\\u0007\", expect: [response: {contains: \"no\\e[2J\"}, path: [\"2\"], task: {count: 0}]}\n" +
		"  - {record: \"102\", expect: [response: {exists: false}]}\n  - {record: \"103\", expect: [response: {equals: big}]}\n  - {record: \"104\", expect: [enrolled: false]}\n"
}

// Whatever records, answers and tests hold, looking at tests shows letters and styles only.
func TestJourneyThroughHostileTests(t *testing.T) {
	t.Parallel()
	files := hostilePortalFiles(t, 100_000)
	files["tests/odd\u202e name.yaml"] = hostileTest()
	files["tests/broken.yaml"] = "cases: [\x00\x1b\n"
	m := newMachine(t, files)
	v, _ := m.sitAt(120, 40)
	v.WaitFor("Shop").seek("j", "▌ Grading").Press("t").around().Reads("✗ failed", "not all tests could be read")
	for range 9 {
		v.tour("right", "end", "pgup", "home").Press("left").See("▌").Press("down")
		if !strings.Contains(v.Screen(), "Tests of") {
			t.Fatalf("the tests were left:\n%s", v.Screen())
		}
	}
	v.tour("a", "home", "T", "?", "esc", "z", "z", "+", "r")
}
