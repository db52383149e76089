package tuitest_test

import (
	"strings"
	"testing"

	"askflow/internal/tui/tuitest"
)

func TestCheckFindsFlaws(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ frame, flaw string }{
		"whole":             {"abcd\n\x1b[1;38:2:1:2:3mab\x1b[mcd", ""},
		"wide":              {"日本\nabcd", ""},
		"narrow line":       {"abcd\nabc", "line 2 has 3 cells"},
		"broad line":        {"abcde\nabcd", "line 1 has 5 cells"},
		"lines":             {"abcd", "1 lines were drawn, not 2"},
		"bell":              {"abcd\nab\acd", "U+0007"},
		"tab":               {"abcd\nabc\t", "U+0009"},
		"return":            {"abcd\r\nabcd", "U+000D"},
		"C1":                {"abcd\nab\u009bcd", "U+009B"},
		"C1 as a byte":      {"abcd\nab\x9bcd", "not UTF-8"},
		"direction":         {"abcd\nab\u202ecd", "U+202E"},
		"isolate":           {"abcd\nab\u2066cd", "U+2066"},
		"nothing":           {"abcd\nab\u200bcd", "U+200B"},
		"line separator":    {"abcd\nab\u2028cd", "U+2028"},
		"clear":             {"abcd\n\x1b[2Jabcd", "no style"},
		"title":             {"abcd\n\x1b]0;x\x07abcd", "no style"},
		"private":           {"abcd\n\x1b[?1mabcd", "no style"},
		"cut off":           {"abcd\nabcd\x1b[3", "no style"},
		"after a style":     {"abcd\n\x1b[1mab\x7fcd", "U+007F"},
		"cluster of letter": {"abcd\nab👩\u200d👩", "U+200D"},
	} {
		err := tuitest.Check(c.frame, 4, 2)
		if (err == nil) != (c.flaw == "") || err != nil && !strings.Contains(err.Error(), c.flaw) {
			t.Errorf("%s: %v, want %q", name, err, c.flaw)
		}
	}
	if err := tuitest.CheckPart("ab\nabcd", 4, 3); err != nil {
		t.Errorf("a part may be smaller: %v", err)
	}
	for _, part := range []string{"abcde", "a\nb\nc\nd"} {
		if tuitest.CheckPart(part, 4, 3) == nil {
			t.Errorf("%q has room", part)
		}
	}
}
