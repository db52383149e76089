package tui_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// 9. A prompt is edited in $EDITOR; a mistake is shown at its line, mended from there, and the workflow is run again.
func TestJourneyThroughTheEditor(t *testing.T) {
	t.Parallel()
	sizes(t, false, func(t *testing.T, width, height int) {
		m := newMachine(t, nil)
		v := m.sit(width, height)
		v.Env["EDITOR"] = "vim"
		const file = "workflows/lead-qualification.yaml"
		line := 1 + strings.Count(strings.Split(m.read(file), "  Message:")[0], "\n")
		v.editor(func(args []string, before string) string {
			return strings.Replace(before, "        Message:\n", "        Message, {{ enrolled_object.frstname }}:\n", 1)
		})
		v.Press("j", "enter", "down", "e").Reads("Problems of lead-qualification.yaml", "frstname")
		var at []string
		v.editor(func(args []string, before string) string {
			at = args
			return strings.Replace(before, "frstname", "firstname", 1)
		})
		v.Press("enter").Reads("has no problems")
		if !slices.Contains(at, "+"+strconv.Itoa(line)) {
			t.Errorf("the editor was started with %q, the mistake is in line %d", at, line)
		}
		v.Press("r").ended("r1").Press("enter").seek("[", "[Prompt]").Press("enter").seek("down", "Message, Nora:")
	})
}

// 10. One prompt, tried in the scratchpad with one record and then another.
func TestJourneyInTheScratchpad(t *testing.T) {
	t.Parallel()
	sizes(t, false, func(t *testing.T, width, height int) {
		v := newMachine(t, nil).sit(width, height)
		v.Press("2", "down", "s").Reads("contact 2001, Nora Feldmann", "Name: Nora Feldmann")
		v.Press("ctrl+s").Reads("A: 14 kitchens with about 90 fridges")
		v.Press("enter").Press("end").Type(" In one word.").Reads("{{ enrolled_object.message }} In one word.", "qualify (c").Press("ctrl+s").Reads("Result 2 of 2")
		v.Press("ctrl+r").Reads("Ask about which record?").Press("/").Type("Callum Reid").Press("enter", "enter").Reads("contact 2002, Callum Reid")
		v.Press("ctrl+s").Reads("B: A butcher", "Result 3 of 3")
	})
}

// 11. Data tokens come from a picker: properties of the record, outputs of actions before.
func TestJourneyToADataToken(t *testing.T) {
	t.Parallel()
	sizes(t, false, func(t *testing.T, width, height int) {
		m := newMachine(t, nil)
		v := m.sit(width, height)
		const file = "workflows/lead-qualification.yaml"
		before := m.read(file)
		v.Press("j", "enter", "down", "o").Reads("Ask OpenAI Assistant", "Prompt").seek("tab", "▸ Prompt").Press("ctrl+t").See("type to filter").Type("Phone Number").Press("enter").See("{{ enrolled_object.phone }}")
		v.Press("ctrl+s").See("+ ", "{{ enrolled_object.phone }}").Press("enter")
		if after := m.read(file); !strings.Contains(after, "{{ enrolled_object.phone }}") || before == after {
			t.Errorf("the token is not in the file:\n%s", after)
		}
		// An action further down offers what the ask came to.
		v.Press("end").See("▸").Press("o").Reads("Create task").seek("tab", "▸ Notes").Press("ctrl+t").Type("response").Reads("qualify").Press("enter").See("action_outputs.qualify.response")
	})
}

// 14. From nothing to a task in the inbox: a name, who enrolls, a question, and a task that uses its answer.
func TestJourneyOfANewWorkflow(t *testing.T) {
	t.Parallel()
	sizes(t, false, func(t *testing.T, width, height int) {
		m := newMachine(t, nil)
		m.write("responses/a-thanks.yaml", "- name: thanks\n  when: {prompt: {contains: Thank them}}\n  reply: Dear friend of cold rooms\n")
		v := m.sit(width, height)
		v.Press("n").Type("Thank new leads").Press("ctrl+s").See("name: Thank new leads").Press("enter").See("Thank new leads", "0 actions")
		v.Press("E", "enter").Type("message").Press("enter", "ctrl+s").Type("show the").Press("enter").See("{message: known}").Press("enter").Reads("message is known")
		v.Press("a", "enter").seek("tab", "▸ Prompt").Type("Thank").Press("esc").Reads("Not saved").Press("esc").See("Thank") // esc loses nothing unasked
		v.Press("ctrl+u").Type("Thank them for: ").Press("ctrl+t").Type("message").Press("enter", "ctrl+s").See("ask_openai_assistant").Press("enter").Reads("1 ask")
		v.Press("a").Type("create task").Press("enter").seek("tab", "▸ Title").Type("Call them").seek("tab", "▸ Notes").Press("ctrl+t").Type("response").Press("enter", "ctrl+s").See("action_outputs.ask.response").Press("enter").Reads("2 actions")
		if got := m.read("workflows/thank-new-leads.yaml"); !strings.Contains(got, "create_task:") {
			t.Errorf("the file holds\n%s", got)
		}
		v.Press("r").ended("r1").See("[4 Runs]", " completed in", "Dear friend")
		v.Press("5").See("[5 Inbox]", "☐ task", "Call them").Press("right").seek("down", "Dear friend of cold rooms")
	})
}
