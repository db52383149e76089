package openaisim_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/assistant"
	"askflow/internal/openaisim"
	"askflow/internal/source"
)

func readFile(t *testing.T, file, text string) ([]*openaisim.Rule, source.Problems) {
	t.Helper()
	n, problems := source.ParseYAML(file, []byte(text))
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	return openaisim.ReadRules(file, n)
}

// A rule that holds whenever a later one does leaves the later one without a question.
func TestRulesThatNeverAnswer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, rules string
		want        []int // lines of the findings
	}{
		{"whole assistant first", "- {when: {assistant: a}, reply: x}\n- {when: {assistant: a, record: 1}, reply: y}\n- {when: {assistant: b}, reply: z}\n- {when: {assistant: a, prompt: p}, reply: z}\n", []int{2}},
		{"whole assistant last", "- {when: {assistant: a, record: 1}, reply: y}\n- {when: {assistant: a}, reply: x}\n", nil},
		{"only so often", "- {when: {assistant: a}, reply: x, times: 1}\n- {when: {assistant: a, record: 1}, reply: y}\n", nil},
		{"only sometimes", "- {when: {assistant: a}, fault: timeout, rate: 0.5}\n- {when: {assistant: a, record: 1}, reply: y}\n", nil},
		{"the same twice", "- {when: {record: 1}, reply: x}\n- {when: {record: 1}, reply: y}\n", []int{2}},
		{"part of a longer text", "- {when: {prompt: {contains: ab}}, reply: x}\n- {when: {prompt: {contains: cabs}}, reply: y}\n- {when: {prompt: {starts_with: about}}, reply: y}\n- {when: {prompt: {equals: tab}}, reply: y}\n", []int{2}},
		{"longer text first", "- {when: {prompt: {contains: cabs}}, reply: x}\n- {when: {prompt: {contains: ab}}, reply: y}\n", nil},
		{"exact prompt of an expression", "- {when: {prompt: {matches: '^a+$'}}, reply: x}\n- {when: {prompt: {equals: aa}}, reply: y}\n- {when: {prompt: {equals: ab}}, reply: y}\n", []int{2}},
		{"same expression", "- {when: {prompt: {matches: a}}, reply: x}\n- {when: {prompt: {matches: a}, record: 1}, reply: y}\n- {when: {prompt: {matches: b}}, reply: y}\n", []int{2}},
		{"without a word", "- {when: {prompt: {not_contains: abc}}, reply: x}\n- {when: {prompt: {not_contains: b}}, reply: y}\n- {when: {prompt: {contains: abc}}, reply: y}\n", []int{2}},
		{"two groups", "- {when: {step: 1}, reply: x}\n- {when: {step: 2}, reply: x}\n- {when: {step: 2, record: 1}, reply: x}\n- {when: {step: 1, record: 1}, reply: x}\n", []int{3, 4}},
		{"another prompt", "- {when: {prompt: {equals: a}}, reply: x}\n- {when: {prompt: {equals: b}}, reply: x}\n- {when: {instructions: i}, reply: x}\n- {when: {model: m}, reply: x}\n", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, problems := readFile(t, "r.yaml", c.rules)
			var lines []int
			for _, p := range problems {
				if p.Code != "unreachable_rule" || !strings.Contains(p.Message, "never reached") || !strings.Contains(p.Message, "r.yaml:") {
					t.Errorf("%+v", p)
				}
				lines = append(lines, p.Line)
			}
			if diff := cmp.Diff(c.want, lines); diff != "" {
				t.Errorf("%s\n%v", diff, problems)
			}
		})
	}
}

func TestCheckOrderFindsRulesOfOtherFiles(t *testing.T) {
	t.Parallel()
	a, _ := readFile(t, "a.yaml", "- {when: {assistant: x}, reply: a}\n")
	b, _ := readFile(t, "b.yaml", "- {when: {assistant: y}, reply: a}\n- {when: {assistant: x, record: 2}, reply: b}\n- {when: {assistant: x, record: 3}, reply: b}\n")
	problems := openaisim.CheckOrder(append(a, b...))
	if len(problems) != 1 || problems[0].File != "b.yaml" || problems[0].Line != 2 || !strings.Contains(problems[0].Message, "1 more") {
		t.Errorf("%v", problems)
	}
}

// Many rules must not take a time that grows with their square.
func TestManyRulesLoadQuickly(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&b, "- {when: {prompt: word%d}, reply: x}\n", i)
	}
	n, problems := source.ParseYAML("r.yaml", []byte(b.String()))
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	began := time.Now()
	if got, problems := openaisim.ReadRules("r.yaml", n); len(got) != 20_000 {
		t.Errorf("%d rules, %v", len(got), problems)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("reading took %s", took)
	}
}

// What --draft-missing leaves is neither an answer nor nothing: somebody has to write it.
func TestReplyThatIsNotFilledIn(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"- when: {prompt: {equals: Grade}}\n  reply: \"\"\n- reply: other\n", "- when: {prompt: {equals: Grade}}\n  reply:\n- reply: other\n"} {
		got, problems := readFile(t, "responses/draft-r1.yaml", text)
		if len(problems) != 1 || problems[0].Code != "reply_not_filled_in" || problems[0].Severity != source.SeverityWarning || problems[0].Line != 2 {
			t.Errorf("%v", problems)
		}
		for _, protocol := range protocols() {
			_, _, err := play(t, openaisim.Options{Rules: got}, who{record: "1", prompt: "Grade", protocol: protocol})
			var e *assistant.Error
			if !errors.As(err, &e) || e.Code != assistant.CodeNoScriptedAnswer || !strings.Contains(e.Message, "reply in responses/draft-r1.yaml:2:") || !strings.Contains(e.Message, "is not filled in") || !strings.Contains(e.Hint, "fault: empty") {
				t.Errorf("%s: %v", protocol, err)
			}
		}
		if _, _, prompt, ok := got[0].Unwritten(); !ok || prompt != "Grade" {
			t.Errorf("the question that waits for a reply is %q, %v", prompt, ok)
		}
		if _, _, _, ok := got[1].Unwritten(); ok {
			t.Error("a rule with a reply waits for one")
		}
	}
	if _, problems := readFile(t, "r.yaml", "- {fault: refusal, reply: \"\"}\n- {fault: empty, when: {record: 2}}\n"); len(problems) != 1 || problems[0].Code != "unreachable_rule" {
		t.Errorf("faults are not replies: %v", problems)
	}
}

func TestComplaintsSayWhatToWrite(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"- {reply: \"${Name}\"}":                               `no condition "matches:"`,
		"- {reply: \"${Name}\", when: {prompt: {matches: x}}}": `no group of that name`,
		"- {reply: a, when: {record: [2]}}":                    "write one rule for each",
		"- {when: {record: 2}}":                                "fault: what goes wrong",
		"- {replies: a}":                                       `did you mean "reply"?`,
	} {
		_, problems := readFile(t, "r.yaml", text)
		if !strings.Contains(problems.Error(), want) {
			t.Errorf("%s: %v, want %s", text, problems, want)
		}
	}
}

// The message quotes the beginning of the prompt on one line.
func TestNoAnswerQuotesOnOneLine(t *testing.T) {
	t.Parallel()
	_, _, err := play(t, openaisim.Options{Rules: rules(t, "- {when: {prompt: {equals: \"a\\n  b\"}}, reply: x}\n")}, who{record: "1", prompt: "One\n\n  two\tthree\n" + strings.Repeat("x", 300)})
	if err == nil || strings.Contains(err.Error(), `\n`) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), `"One two three xxx`) || !strings.Contains(err.Error(), `equal "a b"`) {
		t.Errorf("%v", err)
	}
}
