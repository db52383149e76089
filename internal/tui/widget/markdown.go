package widget

import (
	"strings"

	"charm.land/lipgloss/v2"

	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
)

// Markdown draws the Markdown that models write: headings, paragraphs, lists, quotes, code, tables, rules, emphasis, links. Everything else
// stays as it was written. The lines are safe, styled, and no wider than width; they go into Text.SetDrawn. The work grows with the text, so long
// texts are drawn in a Load; of more than 256 KB the rest is left out, which the last line says.
func Markdown(env *ui.Env, raw string, width int) []string {
	m := markdown{env: env, width: max(1, width)}
	more := len(raw) > mostMarkdown
	if more {
		raw = raw[:mostMarkdown]
	}
	m.lines = strings.Split(strings.ReplaceAll(raw, "\r\n", "\n"), "\n")
	for m.at < len(m.lines) {
		m.block()
	}
	for len(m.out) > 0 && m.out[len(m.out)-1] == "" {
		m.out = m.out[:len(m.out)-1]
	}
	if more {
		m.out = append(m.out, env.Theme.Warn.Render(text.Clip("… the rest is left out; the raw text has all of it", m.width)))
	}
	return m.out
}

const mostMarkdown = 256 << 10

type markdown struct {
	env   *ui.Env
	width int
	lines []string
	at    int
	out   []string
}

// block draws what begins at the current line.
func (m *markdown) block() {
	line := m.lines[m.at]
	trimmed := strings.TrimSpace(line)
	th := m.env.Theme
	_, item := listItem(line)
	switch {
	case trimmed == "":
		m.blank()
		m.at++
	case fence(trimmed) != "":
		m.code(fence(trimmed))
	case heading(trimmed) > 0:
		m.blank()
		level := heading(trimmed)
		m.flow(strings.Trim(trimmed[level:], " #"), "", "", m.env.Theme.Heading.Underline(level == 1))
		m.at++
	case rule(trimmed):
		m.out = append(m.out, th.Border.Render(strings.Repeat("─", min(m.width, 40))))
		m.at++
	case strings.HasPrefix(trimmed, ">"):
		m.flow(strings.TrimSpace(strings.TrimLeft(trimmed, "> ")), "▎ ", "▎ ", th.Faint)
		m.at++
	case m.at+1 < len(m.lines) && strings.Contains(trimmed, "|") && divider(m.lines[m.at+1]):
		m.table()
	case item:
		m.list(line)
	default:
		m.paragraph()
	}
}

func (m *markdown) blank() {
	if len(m.out) > 0 && m.out[len(m.out)-1] != "" {
		m.out = append(m.out, "")
	}
}

func fence(s string) string {
	for _, f := range []string{"```", "~~~"} {
		if strings.HasPrefix(s, f) {
			return f
		}
	}
	return ""
}

func heading(s string) int {
	n := len(s) - len(strings.TrimLeft(s, "#"))
	if n > 6 || n == 0 || len(s) > n && s[n] != ' ' {
		return 0
	}
	return n
}

func rule(s string) bool {
	s = strings.ReplaceAll(s, " ", "")
	return len(s) >= 3 && (strings.Trim(s, "-") == "" || strings.Trim(s, "*") == "" || strings.Trim(s, "_") == "")
}

func divider(s string) bool {
	return strings.Contains(s, "-") && strings.Contains(s, "|") && strings.Trim(s, "|-: \t\r") == ""
}

// listItem tells whether a line is an item of a list, and which bullet or number stands in front of it.
func listItem(line string) (mark string, ok bool) {
	s := strings.TrimLeft(line, " \t")
	if len(s) >= 2 && strings.ContainsRune("-*+", rune(s[0])) && s[1] == ' ' {
		return s[:1], true
	}
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	if digits > 0 && digits <= 9 && len(s) > digits+1 && (s[digits] == '.' || s[digits] == ')') && s[digits+1] == ' ' {
		return s[:digits+1], true
	}
	return "", false
}

func (m *markdown) list(line string) {
	mark, _ := listItem(line)
	body := strings.TrimLeft(line, " \t")
	indent := min(len(line)-len(body), m.width/3)
	var all strings.Builder
	all.WriteString(strings.TrimSpace(body[len(mark):]))
	if len(mark) == 1 {
		mark = "•"
	}
	for m.at++; m.at < len(m.lines) && m.plain(m.lines[m.at]); m.at++ { // lines that go on with the item
		all.WriteString(" " + strings.TrimSpace(m.lines[m.at]))
	}
	lead := strings.Repeat(" ", indent) + mark + " "
	m.flow(all.String(), lead, strings.Repeat(" ", text.Width(lead)), m.env.Theme.Text)
}

// plain tells that a line begins nothing of its own.
func (m *markdown) plain(line string) bool {
	s := strings.TrimSpace(line)
	_, item := listItem(line)
	return s != "" && !item && fence(s) == "" && heading(s) == 0 && !rule(s) && !strings.HasPrefix(s, ">")
}

func (m *markdown) paragraph() {
	var body strings.Builder
	for first := true; m.at < len(m.lines) && (first || m.plain(m.lines[m.at])); first = false {
		line := m.lines[m.at]
		body.WriteString(strings.TrimSpace(line))
		m.at++
		if strings.HasSuffix(line, "  ") || strings.HasSuffix(line, `\`) {
			break
		}
		body.WriteByte(' ')
	}
	m.flow(strings.TrimSuffix(strings.TrimSpace(body.String()), `\`), "", "", m.env.Theme.Text)
}

func (m *markdown) code(fenced string) {
	th := m.env.Theme
	for m.at++; m.at < len(m.lines); m.at++ {
		if strings.HasPrefix(strings.TrimSpace(m.lines[m.at]), fenced) {
			m.at++
			return
		}
		m.out = append(m.out, text.Cut(th.Border.Render("│ ")+th.Value.Render(text.Clip(m.lines[m.at], max(1, m.width-2))), m.width))
	}
}

// flow draws text with emphasis, wrapped, behind what leads its first and its other rows.
func (m *markdown) flow(s, lead, rest string, style lipgloss.Style) {
	lead, rest = text.Clip(lead, max(0, m.width-1)), text.Clip(rest, max(0, m.width-1))
	room := max(1, m.width-text.Width(lead))
	plain, spans := emphasis(m.env, s, style)
	v := NewText()
	v.SetText(plain)
	v.SetSpans(spans)
	v.width = room
	from := 0
	for i, to := range append(text.Breaks(plain, room), len(plain)) {
		if i == 1 {
			lead = rest
		}
		m.out = append(m.out, text.Cut(m.env.Theme.Accent.Render(lead)+v.draw(m.env, from, to), m.width))
		from = to
	}
}

// emphasis takes the marks of emphasis out of a text and says which parts they style.
func emphasis(env *ui.Env, s string, base lipgloss.Style) (string, []Span) {
	th := env.Theme
	var out strings.Builder
	var spans []Span
	put := func(part string, style lipgloss.Style) {
		if part != "" {
			spans = append(spans, Span{out.Len(), out.Len() + len(part), style})
			out.WriteString(part)
		}
	}
	plain := 0 // what lies between is put as it is
	for i := 0; i < len(s); {
		part, style, size := inline(s, i, base, th.Value, th.Info)
		if size == 0 {
			i++
			continue
		}
		put(s[plain:i], base)
		put(part, style)
		i += size
		plain = i
	}
	put(s[plain:], base)
	return out.String(), spans
}

// farthest is how many bytes of a line emphasis reaches at most.
const farthest = 2048

// inline reads what is emphasised at a byte: its text, its style, and how many bytes it takes; 0 when nothing is.
func inline(s string, i int, base, code, link lipgloss.Style) (part string, style lipgloss.Style, size int) {
	rest := s[i:min(len(s), i+farthest)]
	word := i > 0 && isWord(s[i-1:i], 0)
	switch c := s[i]; {
	case c == '\\' && len(rest) > 1 && strings.IndexByte("\\`*_{}[]()#+-.!|~>", rest[1]) >= 0:
		return rest[1:2], base, 2
	case c == '`':
		if end := strings.IndexByte(rest[1:], '`'); end > 0 {
			return rest[1 : end+1], code, end + 2
		}
	case c == '[':
		return linked(rest, link)
	case c == '*', c == '_' && !word:
		if strings.HasPrefix(rest[1:], rest[:1]) {
			if end := closing(rest, rest[:2]); end > 0 {
				return rest[2:end], base.Bold(true), end + 2
			}
		}
		if end := closing(rest, rest[:1]); end > 0 {
			return rest[1:end], base.Italic(true), end + 1
		}
	}
	return "", base, 0
}

// linked reads [text](address).
func linked(s string, style lipgloss.Style) (part string, _ lipgloss.Style, size int) {
	mid := strings.Index(s, "](")
	if mid <= 0 || strings.ContainsAny(s[1:mid], "[]") {
		return "", style, 0
	}
	end := strings.IndexByte(s[mid:], ')')
	if end < 0 {
		return "", style, 0
	}
	return s[1:mid] + " <" + s[mid+2:mid+end] + ">", style, mid + end + 1
}

// closing finds the mark that ends what one begins; 0 when none does.
func closing(s, mark string) int {
	n := len(mark)
	if len(s) <= n || s[n] == ' ' || s[n] == mark[0] {
		return 0
	}
	end := strings.Index(s[n:], mark)
	if end <= 0 || s[n+end-1] == ' ' {
		return 0
	}
	return n + end
}

// table draws columns side by side, the widest made narrower until all have room.
func (m *markdown) table() {
	const most = 12
	var cells [][]string
	columns := 0
	for i := m.at; i < len(m.lines) && strings.Contains(m.lines[i], "|"); i++ {
		m.at = i + 1
		if divider(m.lines[i]) {
			continue
		}
		row := strings.Split(strings.Trim(strings.TrimSpace(m.lines[i]), "|"), "|")
		row = row[:min(len(row), most)]
		for k := range row {
			row[k], _ = emphasis(m.env, strings.TrimSpace(row[k]), m.env.Theme.Text)
		}
		cells, columns = append(cells, row), max(columns, len(row))
	}
	all := make([]Column, columns)
	for _, row := range cells {
		for k, c := range row {
			all[k].Width = max(all[k].Width, text.Width(text.Clip(c, m.width)))
		}
	}
	shown, widths := layout(all, m.width)
	for i, row := range cells {
		style, line := m.env.Theme.Text, ""
		if i == 0 {
			style = m.env.Theme.Strong
		}
		for k, c := range shown {
			cell := ""
			if c < len(row) {
				cell = row[c]
			}
			line += text.ClipFit(cell, widths[k]) + strings.Repeat(" ", columnGap)
		}
		m.out = append(m.out, style.Render(strings.TrimRight(line, " ")))
	}
}
