package report_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/report"
)

func TestSafe(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, want, lines string }{
		"plain":                 {"Ada Byron", "Ada Byron", "Ada Byron"},
		"empty":                 {"", "", ""},
		"escape sequence":       {"\x1b[31mred\x1b[0m", "␛[31mred␛[0m", "␛[31mred␛[0m"},
		"title":                 {"\x1b]0;x\x07", "␛]0;x␇", "␛]0;x␇"},
		"NUL, backspace, DEL":   {"a\x00\b\x7f", "a␀␈␡", "a␀␈␡"},
		"C1 as UTF-8":           {"a\u009b31m", "a\ufffd31m", "a\ufffd31m"},
		"C1 as a byte":          {"a\x9b31m", "a\ufffd31m", "a\ufffd31m"},
		"line breaks":           {"a\nb\r\nc", "a⏎b⏎c", "a\nb\nc"},
		"a carriage return":     {"secret\rpublic", "secretpublic", "secretpublic"},
		"tab":                   {"a\tb", "a  b", "a  b"},
		"direction":             {"abc\u202egnp.exe\u202c", "abc\ufffdgnp.exe\ufffd", "abc\ufffdgnp.exe\ufffd"},
		"isolates and marks":    {"\u2066a\u2069\u200e\u200f\u061c", "\ufffda\ufffd\ufffd\ufffd\ufffd", "\ufffda\ufffd\ufffd\ufffd\ufffd"},
		"separators":            {"a\u2028b\u2029c", "a\ufffdb\ufffdc", "a\ufffdb\ufffdc"},
		"right to left letters": {"שלום مرحبا", "שלום مرحبا", "שלום مرحبا"},
		"wide":                  {"日本語", "日本語", "日本語"},
		"emoji that is joined":  {"👩‍👩‍👧", "👩‍👩‍👧", "👩‍👩‍👧"},
		"combining":             {"e\u0301", "e\u0301", "e\u0301"},
		"invalid UTF-8":         {"a\xff\xfeb", "a\ufffd\ufffdb", "a\ufffd\ufffdb"},
		"byte-order mark":       {"\ufeffa", "\ufffda", "\ufffda"},
		"private use":           {"\ue000", "\ufffd", "\ufffd"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := report.Safe(c.in); got != c.want {
				t.Errorf("Safe(%q) = %q, want %q", c.in, got, c.want)
			}
			if got := report.SafeLines(c.in); got != c.lines {
				t.Errorf("SafeLines(%q) = %q, want %q", c.in, got, c.lines)
			}
		})
	}
}

// harmful finds the first character that could speak to a terminal.
func harmful(s string, lines bool) rune {
	for _, r := range s {
		if r == '\n' && lines {
			continue
		}
		if unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp) || unicode.In(r, unicode.Cf) && r != '\u200d' {
			return r
		}
	}
	return 0
}

func FuzzSafe(f *testing.F) {
	for _, s := range []string{"", "plain", "\x1b[31m", "a\nb\tc\r", "\x9b\xff\x00", "\u202eabc\u2066", "👩‍👩‍👧 日本", "\ufeff\u2028\u00ad\u0600"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		one, many := report.Safe(s), report.SafeLines(s)
		if r := harmful(one, false); r != 0 || !utf8.ValidString(one) {
			t.Fatalf("Safe(%q) lets %U through", s, r)
		}
		if r := harmful(many, true); r != 0 || !utf8.ValidString(many) {
			t.Fatalf("SafeLines(%q) lets %U through", s, r)
		}
		if again := report.Safe(one); again != one {
			t.Fatalf("Safe twice differs: %q, %q", one, again)
		}
	})
}

func TestTruncate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in    string
		width int
		want  string
	}{
		{"short", 10, "short"},
		{"exactly", 7, "exactly"},
		{"too long", 7, "too lo…"},
		{"日本語", 6, "日本語"},
		{"日本語", 5, "日本…"},
		{"日本語", 4, "日…"}, // half of a wide character does not fit
		{"👩‍👩‍👧👩‍👩‍👧", 3, "👩‍👩‍👧…"},
		{"e\u0301e\u0301e\u0301", 2, "e\u0301…"},
		{"abc", 1, "…"},
		{"abc", 0, ""},
		{"abc", -3, ""},
		{"", 0, ""},
	} {
		got := report.Truncate(c.in, c.width)
		if got != c.want || report.Width(got) > max(0, c.width) {
			t.Errorf("Truncate(%q, %d) = %q (%d wide), want %q", c.in, c.width, got, report.Width(got), c.want)
		}
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 45)
	for name, c := range map[string]struct {
		in   string
		want []string
	}{
		"empty":            {"", []string{""}},
		"fits":             {"one two", []string{"one two"}},
		"at blanks":        {"one two three four five six", []string{"one two three four", "five six"}},
		"own breaks stay":  {"one\n\ntwo", []string{"one", "", "two"}},
		"a long word":      {long, []string{long[:20], long[:20], long[:5]}},
		"after a word":     {"hello " + long, []string{"hello", long[:20], long[:20], long[:5]}},
		"wide":             {"日本語日本語日本語日本語", []string{"日本語日本語日本語日", "本語"}},
		"exactly the edge": {"1234567890 123456789 x", []string{"1234567890 123456789", "x"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, report.Wrap(c.in, 20)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzWrap(f *testing.F) {
	f.Add("one two three", 20)
	f.Add(strings.Repeat("日", 50)+" x", 21)
	f.Add("  lead and trail  ", -5)
	f.Add("👩‍👩‍👧 family\n\nflag 🇩🇪", 30)
	f.Fuzz(func(t *testing.T, s string, width int) {
		s = report.SafeLines(s)
		var kept strings.Builder
		for _, line := range report.Wrap(s, width) {
			if report.Width(line) > max(20, width) {
				t.Fatalf("%q is %d wide, more than %d", line, report.Width(line), width)
			}
			kept.WriteString(line)
		}
		squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if squeeze(kept.String()) != squeeze(s) {
			t.Fatalf("wrapping %q at %d kept %q", s, width, kept.String())
		}
	})
}
