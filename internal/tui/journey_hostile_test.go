package tui_test

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"askflow/internal/tui/ui"
)

// hostileText is what would do something to a terminal, or to columns: titles, links, the clipboard, colours, the cursor, modes, a
// DCS, C1 controls, letters that turn the direction, that have no width, that pile up, that are wide, and that never end.
func hostileText() string {
	return "\x1b]0;owned\x07\x1b]52;c;b3duZWQ=\x07\x1b]8;;https://evil.example\x1b\\x\x1b]8;;\x1b\\\x1b[2J\x1b[31m\x1b[5 q\x1b[?1003h\x1bPq#0\x1b\\\x1bc\x1b_x\x1b\\" +
		"\u009d0;c1\u009c\u009b2J\x07\b\x7f\v\f" + "\u202eabc\u2066def\u2069\u200f\u061c" + "\u200b\u200c\u200d\ufeff\u2060\u00ad\U000e0041\u180e\u2028\u2029" +
		"e" + strings.Repeat("\u0301", 40) + "\u0301\u0488\u20dd" + "日本語한국어" + "👩‍👩‍👧‍👦🏳️‍🌈🇩🇪👍🏽❤️☎" + "กำ\u0e33ক্ষি" + "שלום عربي" + strings.Repeat("W", 300)
}

// endless is a word that no line can hold.
func endless() string { return strings.Repeat("Donaudampfschiff", 625) }

// hostilePortalFiles are a portal in which data is everywhere as bad as it can be; in one record and its answer, that is size bytes of it.
func hostilePortalFiles(t *testing.T, size int) map[string]string {
	t.Helper()
	quoted := func(lead string) string { return strconv.QuoteToASCII(lead + hostileText() + " end") } // also the quotes of YAML
	huge := strings.Repeat("a line "+hostileText()+"\n", size/len("a line \n"+hostileText()))
	var rows strings.Builder
	w := csv.NewWriter(&rows)
	write := func(cells ...string) {
		if err := w.Write(cells); err != nil {
			t.Fatal(err)
		}
	}
	bad := hostileText()
	write("Record ID", "First Name", "Last Name", "Email", "Message", "Company Name", "Odd "+bad)
	write("101", "Ada"+bad, "Byron"+bad, "ada@looms.example", "forty seats "+bad, bad, bad)
	write("102", "Grace"+endless(), endless(), "grace@navy.example", endless(), endless(), endless())
	write("103", "Huge", "One", "huge@x.example", huge[:min(len(huge), 4<<20-8)], "x", "")
	write("104", bad, bad, bad, "", bad, bad)
	w.Flush() // a cell may have 4 MiB, an answer more
	if err := w.Error(); err != nil {
		t.Fatal(err)
	}
	imported, err := json.Marshal(map[string]any{"id": "asst_other", "name": "Other" + bad, "model": "gpt-6-luna", "instructions": "Answer " + bad + endless(), "description": bad})
	if err != nil {
		t.Fatal(err)
	}
	ask := "  - ask_openai_assistant: {id: qualify, assistant: asst_grader, prompt: " + strconv.QuoteToASCII("Grade "+bad+": ") + "}\n"
	ask = strings.Replace(ask, `: "}`, `: {{ enrolled_object.message }} {{ enrolled_object.company }}"}`, 1)
	return map[string]string{
		"portal.yaml": "id: 7\nname: " + quoted("Shop") + "\nsubscriptions: [sales-hub-enterprise]\nusers:\n  - {id: \"1\", owner_id: \"901\", name: " + quoted("Mara") + ", email: mara@shop.example, teams: [" + quoted("Team") + "]}\n" +
			"  - {id: \"2\", owner_id: \"902\", name: " + strconv.QuoteToASCII(endless()) + ", email: x@shop.example}\n",
		"assistants/grader.yaml": "id: asst_grader\nname: " + quoted("Grader") + "\nmodel: gpt-6-luna\ninstructions: " + quoted("Answer.") + "\n",
		"assistants/other.json":  string(imported),
		"records/contacts.csv":   rows.String(),
		"responses/a.yaml": "- name: " + quoted("big") + "\n  when: {record: \"103\"}\n  reply: " + strconv.QuoteToASCII("big "+huge) + "\n" +
			"- when: {record: \"102\"}\n  fault: {status: 500, code: server_error, message: " + quoted("The server says") + "}\n- reply: " + quoted("graded A") + "\n",
		"workflows/grade.yaml": "name: " + quoted("Grading") + "\ndescription: " + quoted("What for") + "\nobject: contact\nenabled: true\nenroll:\n  when:\n    - {message: known}\nsteps:\n" + ask +
			"  - branch:\n      - if: {message: {contains: [forty]}}\n        name: " + quoted("Arm") + "\n        then:\n          - notify: {users: [\"1\", \"2\"], subject: \"{{ enrolled_object.firstname }} is here\", body: \"{{ action_outputs.qualify.response }}\"}\n" +
			"  - create_task: {subject: \"Call {{ enrolled_object.lastname }}\", body: \"{{ action_outputs.qualify.response }}\", owner: \"902\"}\n" +
			"  - set_property: {property: company, value: {output: qualify.response}}\n",
		"workflows/endless.yaml": "name: " + strconv.QuoteToASCII(endless()) + "\nobject: contact\nenabled: true\nsteps:\n  - set_property: {property: nosuch" + endless() + ", value: x}\n",
		"workflows/broken.yaml":  "name: " + quoted("Broken") + "\nsteps: [\n",
	}
}

// around shows what is on the screen at other sizes; every frame is looked at.
func (v *visit) around() *visit {
	v.t.Helper()
	for _, size := range [][2]int{{60, 16}, {80, 24}, {200, 60}, {120, 40}} {
		v.Resize(size[0], size[1])
	}
	return v
}

// tour presses keys one after the other and looks around after each.
func (v *visit) tour(keys ...string) *visit {
	v.t.Helper()
	for _, k := range keys {
		v.Press(k).around()
	}
	return v
}

// 17. Whatever data holds, no frame holds anything but letters, line ends and styles, and every line is as wide as the window.

// sitAt opens a hostile portal; what the pager gets is looked at, and counted.
func (m *machine) sitAt(width, height int) (v *visit, paged *int) {
	m.t.Helper()
	v, paged = m.sit(width, height), new(int)
	v.OnExec = func(cmd *exec.Cmd) error {
		if cmd.Stdin == nil {
			return nil // an editor
		}
		given, err := io.ReadAll(cmd.Stdin)
		*paged++
		for line := range strings.Lines(string(given)) {
			line = strings.ReplaceAll(strings.TrimSuffix(line, "\n"), "\u200d", "") // it joins emoji, and a pager has no columns
			if _, what := unstyled(line); what != "" {
				m.t.Errorf("what the pager gets %s", what)
				break
			}
		}
		return err
	}
	return v, paged
}

func TestJourneyThroughAHostilePortal(t *testing.T) {
	t.Parallel()
	v, paged := newMachine(t, hostilePortalFiles(t, 10_000)).sitAt(120, 40)
	v.WaitFor("Shop").around()

	t.Log("workflows")
	v.seek("j", "▌ Grading").tour("P", "esc", "p", "esc", "enter", "down", "enter", "]", "esc", "o", "tab", "ctrl+t", "esc", "esc", "down", "enter", "a", "esc", "E", "esc", "R", "esc", "$", "esc", "y", "esc")
	v.seek("esc", "Workflows ·").Press("end").tour("enter", "P", "esc", "esc", "home", "/", "W", "esc", "n", "esc")

	t.Log("a run")
	v.Press("1").Press("home").seek("j", "▌ Grading").Press("r").ended("r1").around().See("[4 Runs]", "graded A")
	for _, row := range []string{"home", "down", "down"} {
		v.Press(row).tour("enter")
		for range 4 {
			v.tour("]", "m", "]", "m", "]", "]", "m", "down")
		}
		v.tour("home", "enter", "end", "pgup", "z", "z", "o", "/", "o", "enter", "n", "esc", "esc")
		v.seek("esc", "Enrollments")
	}
	v.tour("a", "!", "!", "a", "right", "down", "enter", "esc", "left", "w", ".", ".", "4", "esc")

	t.Log("the assistant, and another run, compared")
	v.Press("2").tour("down", "enter", "esc", "c", "down", "enter", "esc", "m", "end", "esc", "s")
	v.tour("]", "]", "enter", "ctrl+t", "esc", "esc", "ctrl+r", "down", "down", "enter", "ctrl+s", "]", "]", "]", "o", "esc", "esc")
	v.change("responses/a.yaml", `"graded A`, `"graded B or so `)
	v.Press("4").seek("esc", "r1 ").Press("R").ended("r2").seek("esc", "r1 ").tour("d", "enter").See("r1 ⇄ r2")
	v.tour("enter", "end", "o", "esc", "down", "enter", "down", "o", "esc", "down", "enter", "end", "esc", "c", "esc", "!", "esc", "esc")

	t.Log("records")
	v.Press("3").around()
	for _, row := range []string{"home", "down", "down", "down"} {
		v.Press(row).tour("enter", "]", "down", "]", "]", "i", "end", "z", "z", "esc")
	}
	v.tour("c", "down", "esc", "P", "esc", "r", "esc", "#", "esc", "/", "x", "esc", "right", "right")

	t.Log("inbox and account")
	v.Press("5").around().See("☐ task").tour("down", "down", "!", "!", "!", "!", "u", "down", "enter", "X", "r", "esc", "right", "end", "z", "z", "left", "s", "5", "enter")
	v.Press("6").around().tour("enter", "enter", "esc", "c", "esc", "e")
	v.every(func(ui.Place) { v.tour("?", "esc", ":", "esc", "$", "esc") })
	if *paged < 5 {
		t.Errorf("the pager was used %d times", *paged)
	}
}

// A record and an answer of several megabytes are looked at, searched, tried and compared like any other.
func TestJourneyThroughMegabytes(t *testing.T) {
	t.Parallel()
	v, paged := newMachine(t, hostilePortalFiles(t, 5<<20)).sitAt(120, 40)
	v.WaitFor("Shop").seek("j", "▌ Grading").Press("r").ended("r1").See("Huge One").Press("/").Type("103").Press("enter").See("1 found")
	v.Press("enter").See("[Response]", "big a line").tour("enter", "end", "pgup", "home").Press("o", "/").Type("end").Press("enter", "n", "esc", "esc").seek("]", "[Prompt]").tour("m")
	v.seek("]", "[Outputs]").seek("down", "[Effects]").around()
	v.Press("5").seek("down", "Call One").Press("right", "end").around()
	v.Press("3", "/").Type("103").Press("enter", "enter").See("Huge One").Press("end").around()
	v.change("responses/a.yaml", `"big a line`, `"bad a word`)
	v.Press("4").seek("esc", "Enrollments").seek("esc", "r1 ").Press("R").ended("r2").seek("esc", "r1 ").Press("d", "enter").See("r1 ⇄ r2", "1 record differs").Press("enter").around().Press("end", "o").around()
	if *paged != 2 {
		t.Errorf("the pager was used %d times", *paged)
	}
}
