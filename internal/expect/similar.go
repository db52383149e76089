package expect

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// defaultSimilar is how similar texts must be where the check does not say.
const defaultSimilar = 0.8

// similar wants a text that differs from another one in few characters.
type similar struct {
	to    string
	runes []rune // of to, normalised
	min   float64
}

func (s *similar) expected() string {
	return fmt.Sprintf("a similarity of at least %s to %s", formatNumber(s.min), quote(s.to))
}

func (s *similar) test(_ context.Context, v *Value, _ Judge) *Mismatch {
	text := textOf(v)
	got := []rune(normalise(text))
	longer := max(len(s.runes), len(got))
	// The largest distance that holds; a little is added, since 1 - 0.8 is less than 0.2 in floating point.
	allowed := int(math.Floor((1-s.min)*float64(longer) + 1e-9*float64(longer+1)))
	if _, within := distance(s.runes, got, allowed); within {
		return nil
	}
	m := &Mismatch{Expected: s.expected(), Got: show(v), Differs: "the similarity is below " + formatNumber(s.min), Diff: diff(s.to, text)}
	if m.Diff == "" && s.to != text { // short texts, too: a number alone says nothing
		m.Diff = diffWordByWord(s.to, text)
	}
	if len(s.runes)*len(got) <= 1<<30 {
		d, _ := distance(s.runes, got, longer)
		m.Differs = "the similarity is " + similarity(d, longer)
	}
	return m
}

// similarity writes 1 - d/longer with two digits, rounded down so that it never reads as the minimum that it missed.
func similarity(d, longer int) string {
	hundredths := (longer - d) * 100 / longer
	return strconv.FormatFloat(float64(hundredths)/100, 'f', 2, 64)
}

// normalise composes characters and makes every run of white space one space, none at the ends.
func normalise(text string) string {
	return strings.Join(strings.FieldsFunc(norm.NFC.String(text), unicode.IsSpace), " ")
}

// nearestPassage finds the part of text that is most like want, case apart; "" where none is alike.
func nearestPassage(want, text string) string {
	const mostCells = 4_000_000
	pattern, runes := []rune(want), []rune(text)
	if len(pattern) < 2 || len(pattern)*len(runes) > mostCells {
		return ""
	}
	from, to, d := bestWindow(foldRunes(pattern), foldRunes(runes))
	if d > max(1, len(pattern)/3) || to <= from || d >= len(pattern) {
		return ""
	}
	return string(runes[from:to])
}

func foldRunes(runes []rune) []rune {
	out := make([]rune, len(runes))
	for i, r := range runes {
		out[i] = unicode.ToLower(r)
	}
	return out
}

// bestWindow returns the part of text with the least edit distance to pattern, the first of several, and that distance.
func bestWindow(pattern, text []rune) (from, to, best int) {
	type cell struct{ d, from int }
	column := make([]cell, len(pattern)+1) // distances of the beginnings of pattern to what ends at the current place
	for i := range column {
		column[i] = cell{i, 0}
	}
	best = len(pattern)
	for j, r := range text {
		diagonal := column[0]
		column[0] = cell{0, j + 1}
		diagonal.from = j
		for i := 1; i <= len(pattern); i++ {
			next := cell{diagonal.d, diagonal.from}
			if pattern[i-1] != r {
				next.d++
			}
			if c := column[i-1]; c.d+1 < next.d {
				next = cell{c.d + 1, c.from}
			}
			if c := column[i]; c.d+1 < next.d {
				next = cell{c.d + 1, c.from}
			}
			diagonal, column[i] = column[i], next
		}
		if last := column[len(pattern)]; last.d < best {
			from, to, best = last.from, j+1, last.d
		}
	}
	return from, to, best
}
