package expect

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aymanbagabas/go-udiff"
	"github.com/aymanbagabas/go-udiff/lcs"
	"golang.org/x/text/unicode/norm"
)

// differs says where two texts begin to differ, or that they differ in nothing but white space, case, or a code fence.
func differs(want, got string) string {
	if only := onlyDiffers(want, got); only != "" {
		return only
	}
	return firstDifference(want, got)
}

// differsFold is differs where case does not count.
func differsFold(want, got string) string {
	if only := onlyDiffers(strings.Map(unicode.ToLower, want), strings.Map(unicode.ToLower, got)); only != "" {
		return only
	}
	return differenceAt(want, got, func(a, b rune) bool { return a == b || strings.EqualFold(string(a), string(b)) })
}

// onlyDiffers tells in what alone two texts differ that are almost the same; "" when they differ in more.
func onlyDiffers(want, got string) string {
	if want == got || want == "" || got == "" {
		return ""
	}
	trimmedWant, trimmedGot := strings.TrimSpace(want), strings.TrimSpace(got)
	switch {
	case trimmedWant == trimmedGot:
		return onlySpace(want, got)
	case strings.Join(strings.Fields(want), " ") == strings.Join(strings.Fields(got), " "):
		return "only white space differs"
	case strings.EqualFold(want, got):
		return "only upper and lower case differ"
	case strings.EqualFold(trimmedWant, trimmedGot):
		return "only white space around it and upper and lower case differ"
	case trimmedWant != "" && norm.NFC.String(trimmedWant) == norm.NFC.String(trimmedGot):
		return "only how characters are composed differs (Unicode normalization)"
	}
	if inside, ok := unfence(got); ok && strings.TrimSpace(inside) == trimmedWant {
		return "only the code fence around it differs"
	}
	return ""
}

func onlySpace(want, got string) string {
	switch {
	case strings.TrimRight(got, "\r\n") == want:
		return "only a newline at the end differs"
	case strings.TrimRight(want, "\r\n") == got:
		return "only a newline at the end differs: it is missing"
	case strings.TrimRightFunc(want, unicode.IsSpace) == strings.TrimRightFunc(got, unicode.IsSpace):
		return "only white space at the end differs"
	case strings.TrimLeftFunc(want, unicode.IsSpace) == strings.TrimLeftFunc(got, unicode.IsSpace):
		return "only white space at the beginning differs"
	}
	return "only white space around it differs"
}

// unfence takes the code fence off a text that is nothing but one fenced block.
func unfence(text string) (string, bool) {
	text = strings.TrimSpace(text)
	inside, ok := strings.CutPrefix(text, "```")
	if !ok {
		return "", false
	}
	inside, ok = strings.CutSuffix(inside, "```")
	if !ok {
		return "", false
	}
	_, body, ok := strings.Cut(inside, "\n")
	return body, ok && !strings.Contains(body, "```")
}

// How many characters around a difference are shown.
const contextBefore, contextAfter = 12, 24

// firstDifference points at the first character that differs, with a little of both texts.
func firstDifference(want, got string) string {
	return differenceAt(want, got, func(a, b rune) bool { return a == b })
}

func differenceAt(want, got string, same func(a, b rune) bool) string {
	a, b := []rune(want), []rune(got)
	at := 0
	for at < len(a) && at < len(b) && same(a[at], b[at]) {
		at++
	}
	show := func(text []rune) string {
		switch {
		case at == len(text) && at == 0:
			return "nothing"
		case at == len(text):
			return "the end"
		}
		from, to := max(0, at-contextBefore), min(len(text), at+contextAfter)
		return `"` + dots(from > 0) + string(text[from:to]) + dots(to < len(text)) + `"`
	}
	return fmt.Sprintf("at character %d: expected %s, got %s", at+1, show(a), show(b))
}

func dots(more bool) string {
	if more {
		return "…"
	}
	return ""
}

// around is the part of text from byte `from` to byte `to` with a little on both sides.
func around(text string, from, to int) string {
	start, end := from, to
	for i := 0; i < contextBefore && start > 0; i++ {
		_, size := utf8.DecodeLastRuneInString(text[:start])
		start -= size
	}
	for i := 0; i < contextBefore && end < len(text); i++ {
		_, size := utf8.DecodeRuneInString(text[end:])
		end += size
	}
	return dots(start > 0) + cut(text[start:end], 120) + dots(end < len(text))
}

// differsList points at the first item that differs.
func differsList(want, got []string) string {
	at := 0
	for at < len(want) && at < len(got) && want[at] == got[at] {
		at++
	}
	show := func(items []string) string {
		if at == len(items) {
			return "the end"
		}
		return quote(items[at])
	}
	return fmt.Sprintf("at item %d: expected %s, got %s", at+1, show(want), show(got))
}

// Limits of a diff: which texts have one, and how many lines and bytes it has.
const (
	longText  = 80
	diffLines = 60
	diffBytes = 6000
	diffWords = 8      // equal words shown on both sides of what differs
	wholeDiff = 200000 // bytes; larger texts have no diff
)

// diff compares texts of several lines by lines, long ones of one line by words, as a unified diff. Short texts have none.
func diff(want, got string) string {
	if want == got || len(want)+len(got) > wholeDiff {
		return ""
	}
	inner := strings.TrimRight(want, "\n") + strings.TrimRight(got, "\n")
	if !strings.Contains(inner, "\n") {
		if utf8.RuneCountInString(want) <= longText && utf8.RuneCountInString(got) <= longText {
			return ""
		}
		return diffWordByWord(want, got)
	}
	if !strings.HasSuffix(want, "\n") && !strings.HasSuffix(got, "\n") {
		want, got = want+"\n", got+"\n" // spares the remark that the last line has no ending
	}
	return shortDiff(udiff.Unified("expected", "got", want, got))
}

// diffWordByWord is the diff of two lines by words, "" for texts that are too long for one.
func diffWordByWord(want, got string) string {
	if len(want)+len(got) > wholeDiff {
		return ""
	}
	return shortDiff("--- expected\n+++ got\n" + wordDiff(want, got))
}

// shortDiff keeps the first lines of a diff and says that there are more.
func shortDiff(text string) string {
	lines := strings.SplitAfter(text, "\n")
	var b strings.Builder
	for i, line := range lines {
		if line == "" {
			break
		}
		if i == diffLines || b.Len()+len(line) > diffBytes {
			room := max(0, min(len(line), diffBytes-b.Len()))
			if i < diffLines && room > longText { // one line that is long by itself
				b.WriteString(strings.ToValidUTF8(line[:room], "") + "…\n")
				i++
			}
			if left := len(lines) - i - 1; left > 0 {
				fmt.Fprintf(&b, "… and %d more lines\n", left)
			}
			break
		}
		b.WriteString(line)
	}
	return b.String()
}

// wordDiff compares word by word; every run of words that is in both texts, or in one of them, is a line.
func wordDiff(want, got string) string {
	a, b := words(want), words(got)
	var out strings.Builder
	line := func(sign, text string) {
		if text != "" {
			out.WriteString(sign + strings.ReplaceAll(text, "\n", "⏎") + "\n")
		}
	}
	at := 0
	changes := lcs.DiffLines(a, b)
	for i, d := range changes {
		line(" ", equalWords(a[at:d.Start], i > 0, true))
		line("-", strings.Join(a[d.Start:d.End], ""))
		line("+", strings.Join(b[d.ReplStart:d.ReplEnd], ""))
		at = d.End
	}
	line(" ", equalWords(a[at:], len(changes) > 0, false))
	return out.String()
}

// equalWords shortens a run of equal words to those next to a difference: before tells of one in front of it, after of one behind.
func equalWords(run []string, before, after bool) string {
	const most = 2 * diffWords
	head, tail := 0, 0
	if before {
		head = most
	}
	if after {
		tail = most
	}
	if len(run) <= head+tail {
		return strings.Join(run, "")
	}
	return strings.Join(run[:head], "") + "…" + strings.Join(run[len(run)-tail:], "")
}

// words cuts a text into words and what stands between them.
func words(s string) []string {
	var out []string
	start, wasWord := 0, false
	for i, r := range s {
		word := unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_'
		if i > start && word != wasWord {
			out = append(out, s[start:i])
			start = i
		}
		wasWord = word
	}
	if start < len(s) {
		out = append(out, s[start:])
	}
	return out
}
