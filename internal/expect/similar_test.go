package expect_test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"askflow/internal/expect"
)

// fullDistance is the plain table of distances.
func fullDistance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := diagonal
			if a[i-1] != b[j-1] {
				change++
			}
			diagonal, row[j] = row[j], min(change, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}

// alike makes two texts of up to 400 characters that share much: the second is the first with some edits, or now and then
// another text.
func alike(t *rapid.T) (a, b []rune) {
	random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1)) // evenly long ones, which rapid rarely draws
	letters := []rune("ab é日")
	if random.IntN(2) == 0 {
		letters = []rune("abcdefghijklmnopqrstuvwxyz ")
	}
	other := func() []rune {
		out := make([]rune, random.IntN(400))
		for i := range out {
			out[i] = letters[random.IntN(len(letters))]
		}
		return out
	}
	a = other()
	if random.IntN(4) == 0 {
		return a, other()
	}
	b = slices.Clone(a)
	for range random.IntN(60) {
		at := random.IntN(len(b) + 1)
		switch letter := letters[random.IntN(len(letters))]; {
		case random.IntN(3) == 0:
			b = slices.Insert(b, at, letter)
		case at == len(b):
		case random.IntN(2) == 0:
			b = slices.Delete(b, at, at+1)
		default:
			b[at] = letter
		}
	}
	return a, b
}

// With a limit, the distance is the one of the whole table where it is within it, and beyond the limit where it is not.
func TestDistance(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := alike(t)
		want := fullDistance(a, b)
		longer := max(len(a), len(b))
		for _, limit := range []int{longer, want, want - 1, rapid.IntRange(0, longer).Draw(t, "limit")} {
			if limit < 0 {
				continue
			}
			got, within := expect.Distance(a, b, limit)
			if within != (want <= limit) || within && got != want {
				t.Fatalf("limit %d: %d, %v; the whole table says %d", limit, got, within, want)
			}
		}
		back, _ := expect.Distance(b, a, longer)
		if back != want {
			t.Fatalf("%d there, %d back", want, back)
		}
	})
}

// A similarity of 1 is that of texts that are equal but for white space and how characters are composed.
func TestSimilarOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		piece := rapid.SampledFrom([]string{"a", "b", " ", "\n", "\u00a0", "\u00e9", "e\u0301"})
		to := "x" + strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(t, "to"), "")
		got := "x" + strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(t, "got"), "")
		if rapid.Bool().Draw(t, "same") {
			got = strings.NewReplacer(" ", "\n\n", "\u00e9", "e\u0301").Replace(to) + "\n"
		}
		checks := similarTo(to, "1")
		same := expect.Normalise(to) == expect.Normalise(got)
		if m := mismatch(checks, text(got), nil); (m == nil) != same {
			t.Fatalf("%q and %q: equal %v, mismatch %v", to, got, same, m)
		}
	})
}

// What one finds similar, the other does.
func TestSimilarSymmetric(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := alike(t)
		x, y := "x"+string(a), "x"+string(b)
		least := rapid.SampledFrom([]string{"0.1", "0.5", "0.8", "0.95", "1"}).Draw(t, "min")
		there, back := mismatch(similarTo(x, least), text(y), nil), mismatch(similarTo(y, least), text(x), nil)
		if (there == nil) != (back == nil) {
			t.Fatalf("%q and %q at %s: %v there, %v back", x, y, least, there, back)
		}
		ra, rb := []rune(expect.Normalise(x)), []rune(expect.Normalise(y))
		limit, err := strconv.ParseFloat(least, 64)
		if err != nil {
			t.Fatal(err)
		}
		longer := max(len(ra), len(rb))
		if want := float64(longer-fullDistance(ra, rb)) >= limit*float64(longer)-1e-6; (there == nil) != want {
			t.Fatalf("%q and %q at %s: %v, the whole table says %v", x, y, least, there, want)
		}
	})
}

// The threshold itself holds: 2 of 10 characters may differ at 0.8.
func TestSimilarThreshold(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		to, got, least string
		holds          bool
	}{
		{"abcdefghij", "abcdefghXX", "0.8", true},
		{"abcdefghij", "abcdefgXXX", "0.8", false},
		{"abcdefghij", "abcdefgXXX", "0.7", true},
		{"abc", "abX", "0.6666", true},
		{"abc", "abX", "0.6667", false},
	} {
		m := mismatch(similarTo(c.to, c.least), text(c.got), nil)
		if (m == nil) != c.holds {
			t.Errorf("%+v: %+v", c, m)
		}
	}
}
