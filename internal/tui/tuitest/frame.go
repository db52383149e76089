package tuitest

import (
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"askflow/internal/tui/text"
)

// Flaw is what is wrong with a line of something that was drawn.
type Flaw struct {
	// Line counts from 1.
	Line int
	// What goes on after "line N".
	What string
	// Text is the line as it was drawn.
	Text string
}

// Error says where it is and what.
func (f *Flaw) Error() string { return fmt.Sprintf("line %d %s: %q", f.Line, f.What, f.Text) }

// Check finds what is wrong with a frame: another number of lines than height (0 allows any), a line that is not exactly as wide as the
// window or whose width depends on the terminal, and whatever a terminal would act upon other than ends of lines and styles.
func Check(frame string, width, height int) error {
	lines := strings.Split(frame, "\n")
	if height > 0 && len(lines) != height {
		return fmt.Errorf("%d lines were drawn, not %d", len(lines), height)
	}
	return check(lines, func(w int) bool { return w == width }, width)
}

// CheckPart finds what is wrong with a part of a frame, which may be smaller than the room that it was given.
func CheckPart(part string, width, height int) error {
	lines := strings.Split(part, "\n")
	if len(lines) > height {
		return fmt.Errorf("%d lines were drawn where there is room for %d", len(lines), height)
	}
	return check(lines, func(w int) bool { return w <= width }, width)
}

func check(lines []string, fits func(width int) bool, room int) error {
	for i, line := range lines {
		plain, what := unstyled(line)
		if w := text.Width(plain); what == "" && !fits(w) {
			what = fmt.Sprintf("has %d cells, in a width of %d", w, room)
		}
		if a, b := ansi.StringWidth(plain), ansi.StringWidthWc(plain); what == "" && (a != b || !fits(a)) {
			what = fmt.Sprintf("is %d or %d cells wide on a terminal, in a width of %d", a, b, room)
		}
		if what != "" {
			return &Flaw{Line: i + 1, What: what, Text: line}
		}
	}
	return nil
}

// Harmless fails the test where a frame has a flaw, whatever its height.
func Harmless(t testing.TB, frame string, width int) {
	t.Helper()
	Whole(t, frame, width, 0)
}

// Whole fails the test where a frame of a window has a flaw.
func Whole(t testing.TB, frame string, width, height int) {
	t.Helper()
	if err := Check(frame, width, height); err != nil {
		t.Fatalf("%v\n%s", err, ansi.Strip(frame))
	}
}

// unstyled takes the styles out of a line, and says what in it is neither style nor letter.
func unstyled(line string) (plain, what string) {
	if !utf8.ValidString(line) {
		return "", "is not UTF-8"
	}
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(line, "\x1b")
		if at := strings.IndexFunc(before, harmful); at >= 0 {
			r, _ := utf8.DecodeRuneInString(before[at:])
			return "", fmt.Sprintf("holds the character %U", r)
		}
		out.WriteString(before)
		if !found {
			return out.String(), ""
		}
		numbers, is := strings.CutPrefix(rest, "[")
		line = strings.TrimLeft(numbers, "0123456789;:")
		if !is || !strings.HasPrefix(line, "m") {
			return "", "holds an escape sequence that is no style"
		}
		line = line[1:]
	}
}

// harmful tells the characters that no frame may hold: controls, and what has no shape of its own. Two of the latter are drawn on
// purpose: the non-joiner that some scripts need, and the mark that ends text from right to left.
func harmful(r rune) bool {
	const nonJoiner, leftToRight = '\u200c', '\u200e'
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) && r != nonJoiner && r != leftToRight
}
