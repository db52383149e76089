package text_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/clipperhouse/displaywidth"
	"github.com/google/go-cmp/cmp"

	"askflow/internal/tui/text"
)

// agree tells what is wrong with a text that ought to be harmless and of the same width everywhere; "" when nothing is.
func agree(s string) string {
	if !utf8.ValidString(s) {
		return "is not valid UTF-8"
	}
	for _, r := range s {
		if r < 0x20 || r >= 0x7f && r <= 0x9f || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Co, r) {
			return "holds a control character"
		}
		if unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200e' {
			return "holds a rune that cannot be seen"
		}
	}
	sum := 0
	for _, r := range s {
		sum += ansi.StringWidthWc(string(r))
	}
	if a, b := ansi.StringWidth(s), displaywidth.String(s); a != sum || b != sum || ansi.StringWidthWc(s) != sum || text.Width(s) != sum {
		return "has several widths"
	}
	return ""
}

func checkAll(t *testing.T, s string) {
	t.Helper()
	safe := text.Safe(s)
	if wrong := agree(safe); wrong != "" {
		t.Fatalf("Safe(%+q) = %+q %s: %d, %d, %d", s, safe, wrong, ansi.StringWidthWc(safe), ansi.StringWidth(safe), displaywidth.String(safe))
	}
	if again := text.Safe(safe); again != safe {
		t.Fatalf("Safe(%+q) = %+q, again %+q", s, safe, again)
	}
	for _, width := range []int{1, 2, 3, 7} {
		for name, fit := range map[string]string{"ClipFit": text.ClipFit(s, width), "ClipFitRight": text.ClipFitRight(s, width), "Fit": text.Fit(safe, width), "FitRight": text.FitRight(safe, width)} {
			if got := ansi.StringWidthWc(fit); got != width || ansi.StringWidth(fit) != width || agree(fit) != "" {
				t.Fatalf("%s(%+q, %d) = %+q is %d and %d wide: %s", name, s, width, fit, got, ansi.StringWidth(fit), agree(fit))
			}
		}
		for _, line := range text.Wrap(s, width) {
			if agree(line) != "" || text.Width(line) > width {
				t.Fatalf("Wrap(%+q, %d): line %+q is %d wide: %s", s, width, line, text.Width(line), agree(line))
			}
		}
	}
}

// Every rune, alone and between letters that may join it.
func TestEveryRune(t *testing.T) {
	t.Parallel()
	for r := rune(0); r <= unicode.MaxRune; r++ {
		for _, s := range []string{string(r), "a" + string(r) + "b", "क्" + string(r) + "क", "👩" + string(r) + "\u200d👩", "ᄀ" + string(r) + "ᅡ", "ש" + string(r) + "1"} {
			safe := text.Safe(s)
			if wrong := agree(safe); wrong != "" {
				t.Fatalf("%U: Safe(%+q) = %+q %s: %d, %d, %d", r, s, safe, wrong, ansi.StringWidthWc(safe), ansi.StringWidth(safe), displaywidth.String(safe))
			}
		}
		if r >= 0x4e10 && r < 0x9ff0 || r >= 0x20010 && r < 0xdfff0 || r > 0xe0200 { // much of the same
			r += 36
		}
	}
}

func nasty() []string {
	return []string{"a", " ", "é", "e\u0301", "\u0301", "日", "ﾊ", "ﾞ", "ﾟ", "\x1b[31m", "\x1b]8;;x\x07", "\n", "\r\n", "\t", "\x00", "\x7f", "\u0085", "\x9b", "\xff", "\xed\xa0\x80", "\u200b", "\u200c", "\u200d", "\u200e", "\u200f",
		"\u202e", "\u2066", "\u2069", "\ufe0f", "\ufe0e", "\U000e0101", "👩", "🏽", "\U0001f1e9", "\U0001f1ea", "\u20e3", "1", "#", "❤", "क", "्", "ि", "ा", "ः", "ক", "্", "ா", "ำ", "น", "้", "ᄀ", "ᅡ", "ᆨ", "각", "가", "ᅠ",
		"ש", "ّ", "ع", "\u0600", "\U000110bd", "\U000e0041", "\ue000", "\u2028", "\ufeff", "\u00ad", "\u3000", "\u302e", "…", "⋯", "◌", "\U0001d165", "\u0d4e", "မ", "္", "ឃ", "្", "🫩", "\U00016ff0"}
}

func TestRandomStrings(t *testing.T) {
	t.Parallel()
	parts, rnd := nasty(), rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		var b strings.Builder
		for range rnd.IntN(12) {
			b.WriteString(parts[rnd.IntN(len(parts))])
		}
		checkAll(t, b.String())
	}
}

func FuzzSafe(f *testing.F) {
	for _, s := range nasty() {
		f.Add(s + "x")
	}
	f.Add(strings.Join(nasty(), ""))
	f.Fuzz(func(t *testing.T, s string) { checkAll(t, s) })
}

func TestSafe(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain":                           "plain",
		"日本語":                             "日本語",
		"one\ntwo\r\nthree\u2028four":     "one⏎two⏎three⏎four",
		"a\tb":                            "a  b",
		"\x1b[31mred\x07\x7f":             "␛[31mred␇␡",
		"\u009b31m":                       "�31m",
		"\xffx\xed\xa0\x80":               "�x���",
		"👨\u200d👩\u200d👧":                 "👨👩👧",
		"👍🏽":                              "👍",
		"❤\ufe0f":                         "❤",
		"1\ufe0f\u20e3":                   "1",
		"\U0001f1e9\U0001f1ea":            "DE",
		"한\u1100\u1161\u11a8":             "한각",
		"\u1100x\u1161":                   "ㄱxㅏ",
		"ﾊﾞｽ":                             "バｽ",
		"น้ำ":                             "น้\u0e4dา",
		"नाम":                             "नआम",
		"स्ते":                            "स्\u200cते",
		"\u0301x":                         "◌\u0301x",
		"e\u0301":                         "e\u0301",
		"z" + strings.Repeat("\u0301", 7): "z" + strings.Repeat("\u0301", 4) + "⋯3",
		"a\u202eb\u200bc\ufeff":           "a�b�c�",
		"x\U000e0041\ue000":               "x��",
		"שלום 1":                          "\u200eשלום 1\u200e",
		"سلام\u200f, a":                   "\u200eسلام, a\u200e",
		"a\u200fb":                        "a�b",
	} {
		if diff := cmp.Diff(want, text.Safe(in)); diff != "" {
			t.Errorf("%+q: %s", in, diff)
		}
	}
}

func TestCutKeepsStylesWhole(t *testing.T) {
	t.Parallel()
	red := "\x1b[31mred words\x1b[m after"
	for _, c := range []struct {
		in    string
		width int
		want  string
	}{
		{red, 20, red},
		{red, 5, "\x1b[31mred …\x1b[m"},
		{red, 12, "\x1b[31mred words\x1b[m a…"},
		{"\x1b]8;;https://x\x1b\\link here\x1b]8;;\x1b\\", 5, "\x1b]8;;https://x\x1b\\link…\x1b]8;;\x1b\\"},
		{"日本", 3, "日…"},
		{"日本", 2, "…"},
		{"ab", 0, ""},
		{"ab", -1, ""},
		{"\x1b[", 3, "\x1b["},
	} {
		if diff := cmp.Diff(c.want, text.Cut(c.in, c.width)); diff != "" {
			t.Errorf("Cut(%q, %d): %s", c.in, c.width, diff)
		}
	}
	if got := text.Fit(red, 5) + "|" + text.FitRight("\x1b[1mx\x1b[m", 3); got != "\x1b[31mred …\x1b[m|  \x1b[1mx\x1b[m" {
		t.Errorf("%q", got)
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in    string
		width int
		want  []string
	}{
		{"", 5, []string{""}},
		{"one two three", 7, []string{"one two", "three"}},
		{"one two three", 3, []string{"one", "two", "thr", "ee"}},
		{"abcdefgh", 3, []string{"abc", "def", "gh"}},
		{"日本語です", 5, []string{"日本", "語で", "す"}},
		{"a 日本", 4, []string{"a 日", "本"}},
		{"one\r\n\ntwo", 9, []string{"one", "", "two"}},
		{"日本", 1, []string{"…", "…"}},
		{"x", 0, []string{"x"}},
		{"a    b", 3, []string{"a", "b"}},
		{"see \x1b[0m", 20, []string{"see ␛[0m"}},
	} {
		if diff := cmp.Diff(c.want, text.Wrap(c.in, c.width)); diff != "" {
			t.Errorf("Wrap(%q, %d): %s", c.in, c.width, diff)
		}
	}
}

func TestBlockAndBeside(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff("ab \nc  \n   ", text.Block("ab\nc", 3, 3)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff("a…", text.Block("abc\nd", 2, 1)); diff != "" {
		t.Error(diff)
	}
	if got := text.Block("abc", 2, 0); got != "" {
		t.Errorf("%q", got)
	}
	if diff := cmp.Diff("a  |x\nbb |\n   |z", text.Beside("a\nbb", 3, "|x\n|\n|z")); diff != "" {
		t.Error(diff)
	}
}

// What is cut away is not copied: the work for the first cells of a long text does not grow with the text.
func TestOnlyWhatIsShownIsBuilt(t *testing.T) {
	for name, long := range map[string]string{"word": strings.Repeat("x", 5<<20), "marks": "a" + strings.Repeat("\u0301", 1<<20), "wide": strings.Repeat("日", 1<<20), "joined": strings.Repeat("ำ", 1<<20), "controls": strings.Repeat("\x1b", 1<<20)} {
		if n := testing.AllocsPerRun(3, func() { text.ClipFit(long, 40) }); n > 200 {
			t.Errorf("ClipFit of a long text of %s takes %.0f allocations", name, n)
		}
	}
}

func BenchmarkClipFit(b *testing.B) {
	for name, s := range map[string]string{"ascii": "Ada Byron", "5MB": strings.Repeat("word ", 1<<20), "accents": "Zoë Müller-Åström", "wide": "日本語のテキスト", "emoji": "👩‍👩‍👧 👍🏽 ❤️ 🇩🇪", "marks": "a" + strings.Repeat("\u0301", 1<<20), "indic": "नमस्ते दुनिया"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				text.ClipFit(s, 30)
			}
		})
	}
}

func BenchmarkFitStyled(b *testing.B) {
	s := strings.Repeat("\x1b[31mword\x1b[m ", 1<<18)
	b.ReportAllocs()
	for b.Loop() {
		text.Fit(s, 120)
	}
}

func BenchmarkSafe(b *testing.B) {
	s := strings.Repeat("The quick brown Füchse – 日本 ", 1000)
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		text.Safe(s)
	}
}
