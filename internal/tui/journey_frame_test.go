package tui_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"askflow/internal/tui/app"
	"askflow/internal/tui/text"
)

// look checks a frame: what every frame has to be.
func (v *visit) look(frame string) {
	v.t.Helper()
	if p := frameProblem(frame, v.width, v.height); p != nil {
		v.t.Fatalf("line %d of the frame %s\n%q\n%s", p.line+1, p.what, strings.Split(frame, "\n")[p.line], ansi.Strip(frame))
	}
	if showsKey(frame) {
		v.t.Fatalf("the key shows:\n%s", ansi.Strip(frame))
	}
}

// lineProblem is what is wrong with a line of a frame.
type lineProblem struct {
	line int
	what string
}

// frameProblem says what is wrong with a frame, nil for nothing: a line that is not exactly as wide as the window, or anything in it that a terminal
// would act upon other than a line's end and a style.
func frameProblem(frame string, width, height int) *lineProblem {
	lines := strings.Split(frame, "\n")
	small := width < app.MinWidth || height < app.MinHeight // then a sentence says so, and nothing else
	if len(lines) != height && (!small || len(lines) > max(1, height)) {
		return &lineProblem{max(0, min(len(lines), height)-1), fmt.Sprintf("is not followed as it should be: there are %d lines in a window of %d", len(lines), height)}
	}
	for i, line := range lines {
		plain, what := unstyled(line)
		if what != "" {
			return &lineProblem{i, what}
		}
		if w := text.Width(plain); w != width {
			return &lineProblem{i, fmt.Sprintf("has %d cells in a window of %d", w, width)}
		}
		if a, b := ansi.StringWidth(plain), ansi.StringWidthWc(plain); a != b {
			return &lineProblem{i, fmt.Sprintf("is %d or %d cells wide, which depends on the terminal", a, b)}
		}
	}
	return nil
}

// unstyled takes the styles out of a line, and says what in it is neither style nor letter.
func unstyled(line string) (plain, what string) {
	if !utf8.ValidString(line) {
		return "", "holds bytes that are no text"
	}
	var out strings.Builder
	for len(line) > 0 {
		at := strings.IndexByte(line, 0x1b)
		if at < 0 {
			at = len(line)
		}
		for _, r := range line[:at] {
			if harmful(r) {
				return "", fmt.Sprintf("holds the character %U", r)
			}
		}
		out.WriteString(line[:at])
		line = line[at:]
		if line == "" {
			break
		}
		end := strings.IndexFunc(strings.TrimPrefix(line, "\x1b["), func(r rune) bool { return !strings.ContainsRune("0123456789;:", r) })
		if !strings.HasPrefix(line, "\x1b[") || end < 0 || line[2+end] != 'm' {
			return "", fmt.Sprintf("holds an escape sequence that is no style: %q", line[:min(len(line), 20)])
		}
		line = line[2+end+1:]
	}
	return out.String(), ""
}

// harmful tells the characters that no frame may hold: controls, other line ends, and what turns the direction or cannot be seen. The
// left-to-right mark is the screen's own, beside right-to-left letters.
func harmful(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp) || unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200e'
}

// What the journeys look for in every frame is found.
func TestFrameProblem(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ line, want string }{
		"letters":                {"abcdef", ""},
		"styles":                 {"\x1b[1;38;2;1;2;3mabc\x1b[mdef", ""},
		"wide letters":           {"日本語", ""},
		"right to left":          {"\u200eשלום\u200e  ", ""},
		"too short":              {"abcde", "has 5 cells"},
		"too long":               {"abcdefg", "has 7 cells"},
		"a tab":                  {"abcde\t", "U+0009"},
		"a carriage return":      {"abcdef\r", "U+000D"},
		"a bell":                 {"abcdef\a", "U+0007"},
		"C1":                     {"abcdef\u009b", "U+009B"},
		"C1 as a byte":           {"abcdef\x9b31m", "no text"},
		"a link":                 {"\x1b]8;;x\x1b\\abcdef", "no style"},
		"a title":                {"\x1b]0;x\aabcdef", "no style"},
		"the cursor moved":       {"\x1b[2Habcdef", "no style"},
		"a mode":                 {"\x1b[?25labcdef", "no style"},
		"half a style":           {"abcdef\x1b[1", "no style"},
		"a lone escape":          {"abcdef\x1b", "no style"},
		"turned around":          {"abc\u202edef", "U+202E"},
		"no width":               {"abc\u200bdef", "U+200B"},
		"another line end":       {"abc\u2028def", "U+2028"},
		"depends on the program": {"👩\u200d👩ab", "U+200D"},
		"a skin colour":          {"👍🏽abcd", "depends on the terminal"},
	} {
		p := frameProblem(strings.Repeat("abcdef\n", app.MinHeight-1)+c.line, 6, app.MinHeight)
		switch {
		case c.want == "" && p != nil:
			t.Errorf("%s: line %d %s", name, p.line+1, p.what)
		case c.want != "" && (p == nil || p.line != app.MinHeight-1 || !strings.Contains(p.what, c.want)):
			t.Errorf("%s: %+v, want %q", name, p, c.want)
		}
	}
	for _, lines := range []int{app.MinHeight - 1, app.MinHeight + 1} {
		wide := strings.Repeat("a", app.MinWidth)
		if frameProblem(strings.TrimSuffix(strings.Repeat(wide+"\n", lines), "\n"), app.MinWidth, app.MinHeight) == nil {
			t.Errorf("%d lines in a window of %d are found right", lines, app.MinHeight)
		}
	}
}
