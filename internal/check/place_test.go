package check_test

import (
	"strings"
	"testing"

	"askflow/internal/check"
)

// Where a text is written with escapes, the place may be a little off, but never in another field.
func TestPlaceOfEscapedText(t *testing.T) {
	t.Parallel()
	files := baseFiles()
	files["workflows/w.json"] = contactFlow("\n" + step("1", "0-9", `"user_ids":["11"],`+"\n"+`"subject":"\u007b{ enrolled_object.email }} {{ enrolled_object.nothing }}",`+"\n"+`"body":"{{ enrolled_object.email }}{{ enrolled_object.email }}"`, ""))
	dir, _ := write(t, files)
	got := check.Portal(load(t, dir), check.Options{})
	if len(got) != 1 || got[0].Code != "unknown_property" {
		t.Fatalf("got %v, want one unknown_property", got)
	}
	line := strings.Count(strings.Split(files["workflows/w.json"], `"subject"`)[0], "\n") + 1
	if got[0].Line != line {
		t.Errorf("the place is %s, want line %d", got[0].Where(), line)
	}
}

// Texts of the YAML form, in every style in which they can be written.
func TestPlaceInYAML(t *testing.T) {
	t.Parallel()
	head := "name: W\nobject: contact\nenabled: true\nenroll:\n  when: [{email: known}]\nsteps:\n  - ask_openai_assistant:\n      id: first\n      assistant: qualifier\n      prompt: "
	for name, prompt := range map[string]string{
		"plain":         "Hi «unknown_property»{{ enrolled_object.nothing }} x\n",
		"double quoted": "\"Hi \\\"x\\\" «unknown_property»{{ enrolled_object.nothing }}\"\n",
		"single quoted": "'It''s «unknown_property»{{ enrolled_object.nothing }}'\n",
		"literal":       "|\n        Grade\n          this: {{ enrolled_object.email }} «unknown_property»{{ enrolled_object.nothing }}\n",
		"folded":        ">-\n        Grade\n        this {{ enrolled_object.email }}\n        «unknown_property»{{ enrolled_object.nothing }}\n",
		"indented":      "|2-\n          Grade «unknown_property»{{ enrolled_object.nothing }}\n",
		"step names":    "a\n  - notify: {users: [\"11\"], subject: \"Été: {{ action_outputs.first.response }} «unknown_output»{{ action_outputs.first.answer }}\"}\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := baseFiles()
			files["workflows/w.yaml"] = head + prompt
			expect(t, files)
		})
	}
}

// The place of a token must be the same with Windows line ends and with a byte-order mark.
func TestPlaceWithWindowsLineEnds(t *testing.T) {
	t.Parallel()
	files := baseFiles()
	files["workflows/w.json"] = contactFlow("\n" + step("1", "0-9", `"user_ids":["11"],`+"\n"+`"subject":"é «unknown_property»{{ enrolled_object.nothing }}"`, ""))
	dir, want := write(t, files)
	files["workflows/w.json"] = "\ufeff" + strings.ReplaceAll(mark.ReplaceAllString(files["workflows/w.json"], ""), "\n", "\r\n")
	dir2, _ := write(t, files)
	for _, d := range []string{dir, dir2} {
		got := places(check.Portal(load(t, d), check.Options{}))
		if len(got) != 1 || got[0] != want[0] {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}
