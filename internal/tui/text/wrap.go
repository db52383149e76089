package text

import "strings"

// Wrap breaks data, or a safe text without styles, at spaces so that no line is wider than width, and words that are wider
// anywhere. Its own line breaks stay. The lines are safe.
func Wrap(s string, width int) []string {
	width = max(1, width)
	var out []string
	for line := range strings.SplitSeq(s, "\n") {
		line = strings.TrimSuffix(line, "\r")
		from := 0
		for _, to := range append(Breaks(line, width), len(line)) {
			row := line[from:to]
			if to < len(line) || from > 0 {
				row = strings.TrimRight(row, " ")
			}
			out = append(out, Clip(row, width))
			from = to
		}
	}
	return out
}

// Breaks says where a line of data breaks so that no row is wider than width: the bytes at which its second and later rows
// begin. Rows break behind spaces, as many of which as the row is wide may hang over the edge, and beside wide letters; a word that is wider than a row anywhere.
func Breaks(line string, width int) []int {
	if len(line) <= width && printable(line) {
		return nil
	}
	width = max(1, width)
	var out []int
	start, used, over := 0, 0, 0
	breakAt, usedAt := 0, 0 // where the row could break, and how much of it lies before
	for r := Read(line); r.Next(); {
		if r.Text == " " {
			if used < width {
				used++
			} else if over++; over > width { // blanks without an end
				start, used, over = r.Start, 1, 0
				out = append(out, start)
			}
			breakAt, usedAt = r.End, used
			continue
		}
		if r.Width > 1 {
			breakAt, usedAt = r.Start, used
		}
		for used+r.Width > width && r.Start > start {
			if breakAt > start {
				start, used = breakAt, used-usedAt
			} else {
				start, used = r.Start, 0
			}
			out = append(out, start)
			usedAt, over = 0, 0
		}
		used += r.Width
		if r.Width > 1 {
			breakAt, usedAt = r.End, used
		}
	}
	return out
}
