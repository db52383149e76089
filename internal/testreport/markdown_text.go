package testreport

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"askflow/internal/report"
)

// Limits of a comment on a pull request, in characters. GitHub takes 65,536 of them.
const (
	maxMarkdown     = 60_000
	markdownReserve = 1_000 // for the sentence that says what was left out
	maxInline       = 160   // of a text on one line
	maxFenced       = 1_500 // of a text in a block
	maxFencedLines  = 30
)

// code puts a text into a code element on one line: there nobody is mentioned, nothing is linked, and no character of it is
// read as Markdown or HTML. It may stand in a table, in a list, and in a summary.
func code(s string) string {
	if s = oneLine(cut(strings.TrimSpace(s), 8*maxInline)); s == "" { // a long text is not read to its end for its beginning
		s = " "
	}
	return "<code>" + escapeMarkdown(cut(s, maxInline)) + "</code>"
}

// escapeMarkdown writes whatever Markdown or HTML could take for its own as a character reference, and puts a space of no
// width behind what would become a link or a mention by the reading of the finished page.
func escapeMarkdown(s string) string {
	const noWidth = "\u200b"
	var b strings.Builder
	last := rune(0)
	for i, r := range s {
		if strings.ContainsRune("&<>\"|`*_~[]\\$@#:", r) {
			fmt.Fprintf(&b, "&#%d;", r)
		} else {
			b.WriteRune(r)
		}
		switch {
		case r == '@', r == '#', strings.HasPrefix(s[i:], "://"), r == '.' && (last == 'w' || last == 'W'):
			b.WriteString(noWidth)
		}
		last = r
	}
	return b.String()
}

// fenced puts a text of several lines into a block of code whose fence is longer than any inside.
func fenced(language, text string) string {
	text = strings.TrimRight(report.SafeLines(strings.ReplaceAll(cut(text, 2*maxFenced), "\r\n", "\n")), "\n")
	short := cut(text, maxFenced)
	if lines := strings.SplitAfterN(short, "\n", maxFencedLines+1); len(lines) > maxFencedLines {
		short = strings.Join(lines[:maxFencedLines], "") + "…"
	}
	longest, run := 0, 0
	for _, r := range short {
		if run++; r != '`' {
			run = 0
		}
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", max(3, longest+1))
	return fence + language + "\n" + short + "\n" + fence + "\n"
}

// fenced is a text in a block of code, or where it stands when it was shown before.
func (t texts) fenced(text string) string {
	return t.once(text, fenced("text", orEmpty(text)), "*as above*\n")
}

// markdownText collects blocks up to the limit, and counts what did not fit.
type markdownText struct {
	strings.Builder
	used    int
	pending string // a heading that comes with the first block behind it
	left    map[string]int64
}

// write adds a block, or counts the n things in it as left out. It tells whether there was room.
func (m *markdownText) write(what string, n int64, block string) bool {
	block = m.pending + block
	size := utf8.RuneCountInString(block)
	if m.used+size > maxMarkdown-markdownReserve {
		m.leave(what, n)
		return false
	}
	m.used += size
	m.pending = ""
	m.WriteString(block)
	return true
}

// leave counts things that are left out.
func (m *markdownText) leave(what string, n int64) {
	if n > 0 {
		m.left[what] += n
	}
}
