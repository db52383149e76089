package source_test

import (
	"strings"
	"testing"

	"askflow/internal/source"
)

// What keeps a file from being read is said in plain words, at the line that has to be changed, with what to write.
func TestYAMLMistakesInPlainWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, where, says, hint string }{
		{"a: {{ x.y }}\n", "a.yaml:1:5", "key must be text", "put text with {{ }} in quotes"},
		{"b: 1\na: {{ x.y }} more\n", "a.yaml:2:4", "begins with {{", "put text with {{ }} in quotes"},
		{"- {{ x }} more\n", "a.yaml:1:3", "begins with {{", "put text with {{ }} in quotes"},
		{"subject: Call: x\n", "a.yaml:1:14", "second colon stands in the value of subject", `subject: "Call: x"`},
		{"- subject: Call: x\n", "a.yaml:1:16", "second colon stands in the value of subject", `subject: "Call: x"`},
		{"a:\n  b: 1\n c: 2\n", "a.yaml:3:2", "indentation of this line", "same column"},
		{"a: 1\n  b: 2\n", "a.yaml:2:3", "indented deeper", "same column"},
		{"a:\n  - b: 1\n   d: 3\n", "a.yaml:3:4", "neither begins with a dash", "begin it with a dash"},
		{"a: 1\nc\n\n# note\nd: 1\n", "a.yaml:2:1", "no key with a colon", "write key: value"},
		{"a b\nc: d\n", "a.yaml:1:1", "no key with a colon", "write key: value"},
		{"a: 1\nb: \"x\nc: 1\n", "a.yaml:2:4", "never closed", "close it"},
		{"a: [1, 2\nb: 1\n", "a.yaml:1:4", "opens here with [", "commas"},
		{"a: {x: 1\nb: 2\n", "a.yaml:1:4", "opens here with {", "commas"},
		{"a:\n\tb: 1\n", "a.yaml:2:1", "tab", "spaces"},
		{"a: %x\n", "a.yaml:1:4", "cannot begin with %", "quotes"},
		{"a: *x\n", "a.yaml:1:4", "none of this name", "quotes"},
		{"a: & b\n", "a.yaml:1:5", "have a meaning in YAML", "quotes"},
		{"a: !foo!x 1\n", "a.yaml:1:4", "has a meaning in YAML", "quotes"},
		{"a: \"\\d\"\n", "a.yaml:1:5", "backslash", "two backslashes"},
		{"a: [1,\n", "a.yaml:2:1", "something is missing", "close every ["},
		{"a: - b\n", "a.yaml:1:4", "line of its key", "next line"},
		{"a: \"x\" y\n", "a.yaml:1:8", "more text", "whole text in quotes"},
	} {
		n, problems := source.ParseYAML("a.yaml", []byte(c.in))
		if n != nil || len(problems) != 1 {
			t.Errorf("%q: %v", c.in, problems)
			continue
		}
		p := problems[0]
		if p.Where() != c.where || !strings.Contains(p.Message, c.says) || !strings.Contains(p.Hint, c.hint) {
			t.Errorf("%q: %v\nwant %s %s (%s)", c.in, p, c.where, c.says, c.hint)
		}
		for _, jargon := range []string{"mapping", "token", "expected", "context", "stream"} {
			if strings.Contains(p.Message, jargon) {
				t.Errorf("%q: %s: a word of the parser's", c.in, p.Message)
			}
		}
	}
}

// A key that is not there leads to the one that was meant, or to all there are.
func TestUnknownKeysAreAnswered(t *testing.T) {
	t.Parallel()
	read := func(strict bool, text string) source.Problems {
		n, _ := source.ParseYAML("a.yaml", []byte(text))
		r := &source.Reader{File: "a.yaml", Strict: strict}
		o := r.Object(n, "a task")
		o.Known("subject")
		o.String("subject")
		o.String("priority")
		o.String("reply")
		o.Done()
		return r.Problems
	}
	for text, hint := range map[string]string{
		"prio: HIGH":     `did you mean "priority"?`,
		"Priorität: x":   `did you mean "priority"?`,
		"replies: x":     `did you mean "reply"?`,
		"subjekt: x":     `did you mean "subject"?`,
		"color: x":       "its keys are subject, priority, reply",
		"subject: [7]":   `write it without the brackets: "7"`,
		"subject: [a,b]": "it takes one value",
	} {
		if got := read(true, text); len(got) != 1 || got[0].Hint != hint {
			t.Errorf("%s: %v, want %s", text, got, hint)
		}
	}
	if got := read(false, "color: x"); len(got) != 1 || got[0].Hint != "" {
		t.Errorf("%v", got)
	}
}

// FuzzYAMLProblem looks for text on which explaining what is wrong goes wrong itself.
func FuzzYAMLProblem(f *testing.F) {
	for _, s := range []string{"a: {{ x }} y", "a: b: c", "a:\n  b\n c: d", "\t", "a: \"", "- a\nb: c\n", "a: %\r\n", "[", "é: ü: x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, problems := source.ParseYAML("a.yaml", []byte(text))
		lines := strings.Count(text, "\n") + 2
		for _, p := range problems {
			if p.Message == "" || p.Line < 0 || p.Col < 0 || p.Line > lines+strings.Count(text, "\r")+strings.Count(text, "\u0085")+strings.Count(text, "\u2028")+strings.Count(text, "\u2029") {
				t.Errorf("%q: %+v", text, p)
			}
		}
	})
}
