package inspect

import (
	"strings"

	"charm.land/lipgloss/v2"
)

// looksLikeMarkdown tells that a text uses signs of Markdown that are worth drawing. It looks at the beginning only.
func looksLikeMarkdown(s string) bool {
	const enough = 16 << 10
	if len(s) > enough {
		s = s[:enough]
	}
	bullets := 0
	for line := range strings.Lines(s) {
		line = strings.TrimSpace(line)
		switch {
		case headingLevel(line) > 0, strings.HasPrefix(line, "```"):
			return true
		case bullet(line) != "":
			bullets++
		}
		if at := strings.Index(line, "**"); at >= 0 && strings.Contains(line[at+2:], "**") {
			return true
		}
	}
	return bullets > 1
}

// headingLevel is how many # a heading begins with, 0 for none.
func headingLevel(line string) int {
	n := len(line) - len(strings.TrimLeft(line, "#"))
	if n == 0 || n > 6 || n == len(line) || line[n] != ' ' {
		return 0
	}
	return n
}

// bullet is the sign of a list item with the space behind it, "" for none.
func bullet(line string) string {
	for _, sign := range []string{"- ", "* ", "+ "} {
		if strings.HasPrefix(line, sign) {
			return sign
		}
	}
	return ""
}

// markdown writes a text of Markdown: headings, lists, quotes, code, rules and what is strong. Everything else stays as it is.
func markdown(d *doc, s string) {
	fence := ""
	for line := range strings.Lines(s) {
		line = strings.TrimRight(line, "\r\n")
		trimmed := strings.TrimLeft(line, " ")
		indent := line[:len(line)-len(trimmed)]
		switch {
		case fence != "" && strings.HasPrefix(trimmed, fence):
			fence = ""
		case fence != "":
			d.Put(d.Theme.Border, "│ ")
			d.Line(d.Theme.Info, line)
		case strings.HasPrefix(trimmed, "```"), strings.HasPrefix(trimmed, "~~~"):
			fence = trimmed[:3]
		case headingLevel(trimmed) > 0:
			d.Line(d.Theme.Heading, strings.TrimSpace(strings.Trim(trimmed, "#")))
		case trimmed == "---", trimmed == "***", trimmed == "___":
			d.Line(d.Theme.Border, strings.Repeat("─", 24))
		case strings.HasPrefix(trimmed, ">"):
			d.Hang(len(indent) + 2)
			d.Put(d.Theme.Border, indent+"▏ ")
			inline(d, strings.TrimPrefix(strings.TrimPrefix(trimmed, ">"), " "), d.Theme.Faint)
			d.Newline()
		case bullet(trimmed) != "":
			d.Hang(len(indent) + 2)
			d.Put(d.Theme.Accent, indent+"• ")
			inline(d, trimmed[2:], d.Theme.Text)
			d.Newline()
		default:
			d.Text(indent)
			inline(d, trimmed, d.Theme.Text)
			d.Newline()
		}
	}
}

// inline writes a line with what is strong and what is code in it.
func inline(d *doc, s string, style lipgloss.Style) {
	for s != "" {
		at := strings.IndexAny(s, "*`_")
		if at < 0 {
			break
		}
		sign := s[at : at+1]
		if sign != "`" {
			sign += sign
		}
		if !strings.HasPrefix(s[at:], sign) {
			d.Put(style, s[:at+1])
			s = s[at+1:]
			continue
		}
		inside, rest, closed := strings.Cut(s[at+len(sign):], sign)
		if !closed || strings.TrimSpace(inside) == "" {
			d.Put(style, s[:at+len(sign)])
			s = s[at+len(sign):]
			continue
		}
		d.Put(style, s[:at])
		if sign == "`" {
			d.Put(d.Theme.Info, inside)
		} else {
			d.Put(d.Theme.Strong, inside)
		}
		s = rest
	}
	d.Put(style, s)
}
