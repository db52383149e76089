package recording

import (
	"strconv"
	"strings"
)

const (
	// maxTable bounds the table that compares two texts word by word.
	maxTable = 250_000
	// maxChanges is how many differences a message names.
	maxChanges = 3
	// maxQuote is how much of a text a message quotes.
	maxQuote = 60
)

// change is a place where two texts differ: what stands in one, and what stands there in the other.
type change struct{ here, there []string }

// differences compares two texts word by word. Only white space differs when it finds none in texts that are not equal.
func differences(here, there string) []change {
	a, b := strings.Fields(here), strings.Fields(there)
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	if len(a) == 0 && len(b) == 0 {
		return nil
	}
	if len(a)*len(b) > maxTable || len(a) == 0 || len(b) == 0 {
		return []change{{a, b}}
	}
	return align(a, b)
}

// align finds the longest common subsequence and returns what lies between its words.
func align(a, b []string) []change {
	width := len(b) + 1
	table := make([]int32, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				table[i*width+j] = table[(i+1)*width+j+1] + 1
			} else {
				table[i*width+j] = max(table[(i+1)*width+j], table[i*width+j+1])
			}
		}
	}
	var out []change
	var open change
	flush := func() {
		if len(open.here)+len(open.there) > 0 {
			out = append(out, open)
			open = change{}
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			flush()
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && table[(i+1)*width+j] >= table[i*width+j+1]:
			open.here = append(open.here, a[i])
			i++
		default:
			open.there = append(open.there, b[j])
			j++
		}
	}
	flush()
	return out
}

// tell describes the differences between a prompt and a recorded one.
func tell(here, there string) string {
	changes := differences(here, there)
	if len(changes) == 0 {
		return "only in white space"
	}
	var parts []string
	for n, c := range changes {
		if n == maxChanges {
			parts = append(parts, "and "+strconv.Itoa(len(changes)-n)+" more places")
			break
		}
		switch {
		case len(c.there) == 0:
			parts = append(parts, "it has "+quoted(c.here)+" in addition")
		case len(c.here) == 0:
			parts = append(parts, "it lacks "+quoted(c.there))
		default:
			parts = append(parts, "it says "+quoted(c.here)+" where the recording says "+quoted(c.there))
		}
	}
	return strings.Join(parts, ", ")
}

func quoted(words []string) string { return strconv.Quote(clip(strings.Join(words, " "))) }

// clip cuts text for a message.
func clip(s string) string {
	n := 0
	for i := range s {
		if n == maxQuote {
			return s[:i] + "…"
		}
		n++
	}
	return s
}
