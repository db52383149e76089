// Package report writes what people read: tables, a run as it goes by, one enrollment step by step. Whatever comes from
// a record or a model is data: its control characters are shown, never sent to the terminal.
package report

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

// Style says how text may look.
type Style struct {
	// Color is on where the output is a terminal that wants it.
	Color bool
	// Width is the terminal's, or a fixed one where there is no terminal, so that files come out the same everywhere.
	Width int
	// Terminal tells that a person reads along: sentences are broken between words.
	Terminal bool
}

// PlainWidth is the width of output that goes into a file or a pipe.
const PlainWidth = 120

// paint wraps text into the escape sequences of a colour. Done by hand: the libraries that draw screens cost more time
// to start than all of `emulator --version` may take.
func (s Style) paint(text, sgr string) string {
	if !s.Color || text == "" {
		return text
	}
	return "\x1b[" + sgr + "m" + text + "\x1b[0m"
}

// The meanings that colour carries; each is also said in words.

// Good is for what went well.
func (s Style) Good(text string) string { return s.paint(text, "32") }

// Bad is for errors and failures.
func (s Style) Bad(text string) string { return s.paint(text, "1;31") }

// Warn is for what deserves a look.
func (s Style) Warn(text string) string { return s.paint(text, "33") }

// Faint is for what matters less.
func (s Style) Faint(text string) string { return s.paint(text, "90") }

// Head is for titles.
func (s Style) Head(text string) string { return s.paint(text, "1") }

// Link is for places and commands.
func (s Style) Link(text string) string { return s.paint(text, "36") }

// Safe makes text harmless for a terminal: control characters, escape sequences, direction marks and the like become
// visible symbols. Line breaks and tabs become symbols too, so that the text stays on its line.
func Safe(s string) string { return safe(s, false) }

// SafeLines is Safe that keeps line breaks.
func SafeLines(s string) string { return safe(s, true) }

func safe(s string, lines bool) string {
	clean := true
	for _, r := range s {
		if !harmless(r, lines) {
			clean = false
			break
		}
	}
	if clean && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case harmless(r, lines):
			b.WriteRune(r)
		case r == '\n':
			b.WriteRune('⏎')
		case r == '\t':
			b.WriteString("  ")
		case r == '\r':
		case r < 0x20:
			b.WriteRune('\u2400' + r) // control pictures
		case r == 0x7f:
			b.WriteRune('\u2421')
		default:
			b.WriteRune('\ufffd')
		}
	}
	return b.String()
}

func harmless(r rune, lines bool) bool {
	switch {
	case r == '\n':
		return lines
	case r < 0x20, r >= 0x7f && r < 0xa0, r == utf8.RuneError:
		return false
	case r == '\u200d': // joins emoji
		return true
	}
	return !unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs)
}

// Truncate cuts text at a display width, with an ellipsis.
func Truncate(s string, width int) string {
	if width <= 0 {
		return ""
	}
	return displaywidth.TruncateString(s, width, "…")
}

// Width is the display width of text.
func Width(s string) int { return displaywidth.String(s) }

// pad fills text up to a display width.
func pad(s string, width int) string {
	if n := width - Width(s); n > 0 {
		return s + strings.Repeat(" ", n)
	}
	return s
}

// Sentence breaks a text at the width of a terminal, later lines after an indent; anywhere else it stays on its line, so
// that other programs find it. It starts after the indent, too: below or beside a word as wide as that.
func (s Style) Sentence(text string, indent int) string { return s.SentenceAt(indent, text, indent) }

// SentenceAt is Sentence for a text that starts at a column further right than the indent of its later lines.
func (s Style) SentenceAt(column int, text string, indent int) string {
	if !s.Terminal || column+Width(text) <= s.Width {
		return text
	}
	margin := "\n" + strings.Repeat(" ", indent)
	first, _, _ := strings.Cut(text, " ")
	if column > indent && column+Width(first) > s.Width { // no word fits behind what stands there
		return margin + strings.Join(Wrap(text, s.Width-indent), margin)
	}
	// What stands there already takes part as if it were the beginning of the first word.
	taken := strings.Repeat("_", max(0, column-indent))
	lines := Wrap(taken+text, s.Width-indent)
	if !strings.HasPrefix(lines[0], taken) { // the screen is narrower than what stands there
		return margin + strings.Join(Wrap(text, s.Width-indent), margin)
	}
	lines[0] = lines[0][len(taken):]
	return strings.Join(lines, margin)
}

// Wrap breaks text at spaces so that no line is wider than width, and words that are wider anywhere. Its own line breaks
// stay.
func Wrap(s string, width int) []string {
	width = max(20, width)
	var out []string
	for _, line := range strings.Split(s, "\n") {
		if Width(line) <= width {
			out = append(out, line)
			continue
		}
		out = append(out, wrapLine(line, width)...)
	}
	return out
}

func wrapLine(line string, width int) []string {
	var out []string
	current, used := strings.Builder{}, 0
	flush := func() {
		out = append(out, strings.TrimRight(current.String(), " "))
		current.Reset()
		used = 0
	}
	for _, word := range strings.SplitAfter(line, " ") {
		w := Width(word)
		if used > 0 && used+Width(strings.TrimRight(word, " ")) > width {
			flush()
		}
		if w <= width {
			current.WriteString(word)
			used += w
			continue
		}
		for g := displaywidth.StringGraphemes(word); g.Next(); {
			if used+g.Width() > width {
				flush()
			}
			current.WriteString(g.Value())
			used += g.Width()
		}
	}
	flush()
	return out
}
