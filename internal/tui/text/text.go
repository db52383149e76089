// Package text makes data fit for the screen: harmless to the terminal, and of a width that every terminal agrees on, so that
// columns stay aligned. Whatever comes from a record, a model or a file goes through here before it is styled.
package text

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Width is how many cells a safe text takes; styles in it do not count.
func Width(s string) int {
	_, used := cut(s, int(^uint(0)>>1))
	return used
}

// Cut shortens a safe text, which may be styled, to a width, with an ellipsis where something is left out. It reads no more of
// the text than it keeps; a style or a link that is open there is closed.
func Cut(s string, width int) string {
	s, _ = cut(s, width)
	return s
}

// pen is what escape sequences left switched on.
type pen struct{ style, link bool }

func (p pen) close() string {
	out := ""
	if p.style {
		out = "\x1b[m"
	}
	if p.link {
		out += "\x1b]8;;\x1b\\"
	}
	return out
}

func cut(s string, width int) (out string, used int) {
	if width <= 0 {
		return "", 0
	}
	var now, then pen
	room, roomUsed := 0, 0
	for i := 0; i < len(s); {
		n, w := step(s, i)
		if s[i] == 0x1b {
			now.take(s[i : i+n])
		}
		if used+w > width {
			return s[:room] + "…" + then.close(), roomUsed + 1
		}
		i, used = i+n, used+w
		if used < width {
			room, roomUsed, then = i, used, now
		}
	}
	return s, used
}

// step measures what stands at a byte of a safe text: an escape sequence, a letter, a cluster.
func step(s string, i int) (bytes, width int) {
	c := s[i]
	switch {
	case c == 0x1b:
		return sequence(s[i:]), 0
	case c < ' ' || c == 0x7f:
		return 1, 0
	case c < utf8.RuneSelf && (i+1 == len(s) || s[i+1] < utf8.RuneSelf):
		return 1, 1
	}
	cluster, w := ansi.FirstGraphemeCluster(s[i:min(len(s), i+256)], ansi.GraphemeWidth)
	if len(cluster) == 0 {
		return 1, 0
	}
	return len(cluster), w
}

// sequence is the length of the escape sequence that s begins with.
func sequence(s string) int {
	if len(s) < 2 {
		return len(s)
	}
	switch s[1] {
	case '[':
		for i := 2; i < len(s); i++ {
			if s[i] >= 0x40 && s[i] <= 0x7e {
				return i + 1
			}
		}
		return len(s)
	case ']', 'P', '_', '^', 'X':
		for i := 2; i < len(s); i++ {
			if s[i] == 0x07 {
				return i + 1
			}
			if s[i] == 0x1b {
				return min(len(s), i+2)
			}
		}
		return len(s)
	}
	return 2
}

func (p *pen) take(seq string) {
	switch {
	case strings.HasPrefix(seq, "\x1b[") && strings.HasSuffix(seq, "m"):
		p.style = seq != "\x1b[m" && seq != "\x1b[0m"
	case strings.HasPrefix(seq, "\x1b]8;"):
		body := strings.TrimSuffix(strings.TrimSuffix(seq[4:], "\x07"), "\x1b\\")
		_, target, _ := strings.Cut(body, ";")
		p.link = target != ""
	}
}

// Fit cuts or fills a safe text, which may be styled, to exactly a width.
func Fit(s string, width int) string {
	s, used := cut(s, width)
	return s + spaces(width-used)
}

// FitRight is Fit with the text at the right.
func FitRight(s string, width int) string {
	s, used := cut(s, width)
	return spaces(width-used) + s
}

// Block makes exactly height lines of exactly width cells of a text that was drawn already.
func Block(s string, width, height int) string {
	if height <= 0 {
		return ""
	}
	var b strings.Builder
	for i := range height {
		if i > 0 {
			b.WriteByte('\n')
		}
		line, rest, _ := strings.Cut(s, "\n")
		b.WriteString(Fit(line, width))
		s = rest
	}
	return b.String()
}

// Beside sets drawn blocks side by side; each line of the left one is filled up to its width.
func Beside(left string, leftWidth int, right string) string {
	a, b := strings.Split(left, "\n"), strings.Split(right, "\n")
	var out strings.Builder
	for i := range max(len(a), len(b)) {
		if i > 0 {
			out.WriteByte('\n')
		}
		l, r := "", ""
		if i < len(a) {
			l = a[i]
		}
		if i < len(b) {
			r = b[i]
		}
		out.WriteString(Fit(l, leftWidth))
		out.WriteString(r)
	}
	return out.String()
}
