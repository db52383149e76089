package rewrite

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aymanbagabas/go-udiff"
	"github.com/aymanbagabas/go-udiff/lcs"
)

// DiffKind tells what became of a piece of text.
type DiffKind uint8

// The kinds of a piece of text in a diff.
const (
	Equal DiffKind = iota
	Delete
	Insert
)

// String is the sign that diffs put in front of a line: a space, - or +.
func (k DiffKind) String() string {
	switch k {
	case Delete:
		return "-"
	case Insert:
		return "+"
	default:
		return " "
	}
}

// DiffLine is one line of a diff. Old and New are its 1-based numbers in the two texts, 0 where it does not stand there.
// Text is the line without its ending.
type DiffLine struct {
	Kind     DiffKind
	Old, New int
	Text     string
}

// WordDiff is a run of text that stands in both texts, or in one of them.
type WordDiff struct {
	Kind DiffKind
	Text string
}

// MaxWords is the size in bytes up to which Words compares word by word; larger texts are compared by lines.
const MaxWords = 200_000

// Diff is a unified diff of two texts under one name, three lines of context, "" where they are equal. It is data: whoever
// shows it escapes what a terminal would obey.
func Diff(a, b, name string) string {
	if a == b {
		return ""
	}
	return udiff.Unified(name, name, a, b)
}

// Lines compares two texts line by line and returns every line of both, deleted ones before those that replace them.
// Lines that differ in their ending only (LF, CRLF, none at the end of the file) differ.
func Lines(a, b string) []DiffLine {
	before, after := strings.SplitAfter(a, "\n"), strings.SplitAfter(b, "\n")
	before, after = withoutEmptyEnd(before), withoutEmptyEnd(after)
	var out []DiffLine
	compare(before, after, func(kind DiffKind, i, j int) {
		line := DiffLine{Kind: kind, Old: i + 1, New: j + 1}
		if kind == Insert {
			line.Old, line.Text = 0, after[j]
		} else {
			line.Text = before[i]
		}
		if kind == Delete {
			line.New = 0
		}
		line.Text = strings.TrimSuffix(strings.TrimSuffix(line.Text, "\n"), "\r")
		out = append(out, line)
	})
	return out
}

func withoutEmptyEnd(lines []string) []string {
	if last := len(lines) - 1; last >= 0 && lines[last] == "" {
		return lines[:last]
	}
	return lines
}

// Words compares two texts word by word: runs of letters and digits, white space, and each other character by itself.
// The deleted and equal pieces together are a, the inserted and equal ones b. Where one of them is larger than MaxWords,
// lines take the place of words.
func Words(a, b string) []WordDiff {
	cut := words
	if len(a) > MaxWords || len(b) > MaxWords {
		cut = func(s string) []string { return withoutEmptyEnd(strings.SplitAfter(s, "\n")) }
	}
	before, after := cut(a), cut(b)
	var out []WordDiff
	add := func(kind DiffKind, text string) {
		if last := len(out) - 1; last >= 0 && out[last].Kind == kind {
			out[last].Text += text
			return
		}
		out = append(out, WordDiff{kind, text})
	}
	var run []string // equal words are joined at once: a long text would be copied for each of them otherwise
	flush := func() {
		if len(run) > 0 {
			add(Equal, strings.Join(run, ""))
			run = nil
		}
	}
	compare(before, after, func(kind DiffKind, i, j int) {
		switch kind {
		case Equal:
			run = append(run, before[i])
		case Delete:
			flush()
			add(Delete, before[i])
		default:
			flush()
			add(Insert, after[j])
		}
	})
	flush()
	return out
}

// words cuts a text into words, spaces and single other characters; marks that combine stay with what they stand on.
func words(s string) []string {
	const (
		other = iota
		word
		space
	)
	class := func(r rune) int {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '_':
			return word
		case unicode.IsSpace(r) && r != '\n':
			return space
		default:
			return other
		}
	}
	var out []string
	start, last := 0, -1
	for i, r := range s {
		c := class(r)
		if i > start && (unicode.IsMark(r) || r == 0x200d || c == last && c != other) {
			continue
		}
		if i > start {
			out = append(out, s[start:i])
		}
		start, last = i, c
		if r == utf8.RuneError {
			last = other
		}
	}
	if start < len(s) {
		out = append(out, s[start:])
	}
	return out
}

// compare walks two sequences and reports each element once, with its places in both.
func compare(a, b []string, report func(kind DiffKind, i, j int)) {
	i, j := 0, 0
	for _, d := range append(lcs.DiffLines(a, b), lcs.Diff{Start: len(a), End: len(a), ReplStart: len(b), ReplEnd: len(b)}) {
		for ; i < d.Start; i, j = i+1, j+1 {
			report(Equal, i, j)
		}
		for ; i < d.End; i++ {
			report(Delete, i, j)
		}
		for ; j < d.ReplEnd; j++ {
			report(Insert, i, j)
		}
	}
}
