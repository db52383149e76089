package text

import "strings"

// Safe makes data of one line. Control characters, escape sequences, what changes the direction of text, what cannot be seen
// and what is no text are shown as symbols; line breaks, too. Its width is the same for terminals that add up letters and for those that count clusters
// of them: sequences that they count differently are taken apart (families into persons, flags into letters, conjuncts
// into consonants) or put together (Hangul), and vowel signs of Indic scripts become vowels. Of more than four marks on one
// letter the rest is left out, "⋯12" says how many.
//
// The order of right-to-left letters is the terminal's. Those that turn text around take a line as one paragraph, so text that has such
// letters stands between two left-to-right marks, which take no room: the columns, borders and numbers beside it stay where they are.
//
// Safe of a safe text is that text.
func Safe(s string) string {
	if printable(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 8)
	rtl := false
	for r := Read(s); r.Next(); {
		b.WriteString(r.Text)
		rtl = rtl || r.RTL
	}
	return Directed(b.String(), rtl)
}

// SafeLines is Safe of every line of data that has several.
func SafeLines(s string) []string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = Safe(strings.TrimSuffix(lines[i], "\r"))
	}
	return lines
}

// Directed puts a safe line between marks that keep what stands beside it in its place; rtl tells that it holds right-to-left letters,
// without which it stays as it is.
func Directed(s string, rtl bool) string {
	if !rtl {
		return s
	}
	return ltr + s + ltr
}

func printable(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// Clip is Cut of Safe: data, cut to a width. It reads no more of the data than it shows.
func Clip(s string, width int) string {
	out, _ := clip(s, width)
	return out
}

func clip(s string, width int) (out string, used int) {
	if width <= 0 {
		return "", 0
	}
	if len(s) <= width && printable(s) {
		return s, len(s)
	}
	var b strings.Builder
	rtl := false
	b.Grow(min(len(s), width) + 8)
	room, roomUsed := 0, 0 // how much of it leaves room for an ellipsis
	for r := Read(s); r.Next(); {
		if used+r.Width > width {
			return Directed(b.String()[:room]+"…", rtl), roomUsed + 1
		}
		b.WriteString(r.Text)
		rtl = rtl || r.RTL
		if used += r.Width; used < width {
			room, roomUsed = b.Len(), used
		}
	}
	return Directed(b.String(), rtl), used
}

// ClipFit is Fit of Safe, reading no more of the data than it shows.
func ClipFit(s string, width int) string {
	s, used := clip(s, width)
	return s + spaces(width-used)
}

// ClipFitRight is FitRight of Safe, reading no more of the data than it shows.
func ClipFitRight(s string, width int) string {
	s, used := clip(s, width)
	return spaces(width-used) + s
}

func spaces(n int) string {
	const some = "                                                                                                    "
	if n <= 0 {
		return ""
	}
	if n <= len(some) {
		return some[:n]
	}
	return strings.Repeat(" ", n)
}
