package filter

import (
	"strconv"
	"strings"
)

// mostRunes is how much of a value a sentence shows.
const mostRunes = 60

// quote shows a value in quotes, shortened, with control characters made visible: sentences go to terminals.
func quote(s string) string { return strconv.Quote(shorten(s)) }

// show is quote without the quotes, for names and options.
func show(s string) string {
	q := quote(s)
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
}

func shorten(s string) string {
	n := 0
	for i := range s {
		if n == mostRunes {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

// list shows values in a row, the first few of them.
func list(values []string, each func(string) string) string {
	const most = 8
	var b strings.Builder
	for i, v := range values {
		if i == most {
			b.WriteString(", … (")
			b.WriteString(strconv.Itoa(len(values)))
			b.WriteString(" in all)")
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(each(v))
	}
	return b.String()
}
