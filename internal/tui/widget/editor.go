package widget

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/tui/text"
)

// Editor is a text that is typed: one line, or several that wrap. The text stays as it is, tabs and all; only what is drawn is made safe. The
// cursor does not blink.
type Editor struct {
	// Placeholder is shown while there is no text.
	Placeholder string

	multi    bool
	lines    []editLine
	row, col int // the cursor: a line, a byte of it
	goal     int // the column that up and down keep to; -1 for the cursor's own
	top      int // the first row that is shown, of a text of several lines
	left     int // the first byte that is shown, of a single line
	width    int
	height   int
}

// editLine is a line with where it breaks at a width.
type editLine struct {
	text   string
	width  int
	breaks []int
}

// mostTyped is how many bytes an Editor holds; what is pasted beyond it is left out.
const mostTyped = 8 << 20

// NewEditor makes an Editor with the cursor behind the text.
func NewEditor(value string, multi bool) *Editor {
	e := &Editor{multi: multi, goal: -1, width: 80, height: 1}
	e.SetValue(value)
	return e
}

// SetValue replaces the text and puts the cursor behind it. Line breaks become spaces where there is one line.
func (e *Editor) SetValue(s string) {
	e.lines, e.row, e.col, e.top, e.left, e.goal = []editLine{{}}, 0, 0, 0, 0, -1
	e.Insert(s)
}

// Value is the text.
func (e *Editor) Value() string {
	if len(e.lines) == 1 {
		return e.lines[0].text
	}
	var b strings.Builder
	b.Grow(e.Len())
	for i := range e.lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(e.lines[i].text)
	}
	return b.String()
}

// Len is how many bytes the text has.
func (e *Editor) Len() int {
	n := len(e.lines) - 1
	for i := range e.lines {
		n += len(e.lines[i].text)
	}
	return n
}

// Insert puts a text in at the cursor. Control characters other than line breaks and tabs are left out.
func (e *Editor) Insert(s string) {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' && !e.multi:
			return ' '
		case r == '\n', r == '\t':
			return r
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, s)
	if room := mostTyped - e.Len() - 1; len(s) > room {
		s = s[:max(0, room)]
		for len(s) > 0 && !utf8.ValidString(s[max(0, len(s)-utf8.UTFMax):]) && !utf8.RuneStart(s[len(s)-1]) {
			s = s[:len(s)-1]
		}
		s = strings.ToValidUTF8(s, "")
	}
	if s == "" {
		return
	}
	line := e.lines[e.row].text
	if !strings.Contains(s, "\n") {
		e.set(e.row, line[:e.col]+s+line[e.col:], e.col, len(line)-e.col)
		e.col, e.goal = e.col+len(s), -1
		return
	}
	parts := strings.Split(line[:e.col]+s+line[e.col:], "\n")
	tail := len(line) - e.col
	fresh := make([]editLine, len(parts))
	for i, p := range parts {
		fresh[i].text = p
	}
	e.lines = append(e.lines[:e.row:e.row], append(fresh, e.lines[e.row+1:]...)...)
	e.row += len(parts) - 1
	e.col, e.goal = len(parts[len(parts)-1])-tail, -1
}

// InsertWord puts a text in at the cursor, with a blank before it where it would stand right behind a word or the end of a sentence.
func (e *Editor) InsertWord(s string) {
	before := e.lines[e.row].text[:e.col]
	if last, _ := utf8.DecodeLastRuneInString(before); before != "" && (unicode.IsLetter(last) || unicode.IsDigit(last) || strings.ContainsRune(".,;:!?)}", last)) {
		s = " " + s
	}
	e.Insert(s)
}

// set gives a line another text, of which the first bytes and the last ones are as they were.
func (e *Editor) set(row int, s string, first, last int) {
	old := &e.lines[row]
	fresh := editLine{text: s}
	if old.width > 0 && len(s) > segment {
		fresh.width, fresh.breaks = old.width, old.broken(s, first, last)
	}
	*old = fresh
}

// broken finds the breaks of a long line that changed, of which the first bytes and the last ones are as they were: it looks at what lies around the
// change, until a row begins where one began before.
func (l *editLine) broken(s string, first, last int) []int {
	keep := max(0, sort.SearchInts(l.breaks, first)-2) // a change can move the beginning of its own row, and leave room in the one before
	out := append(make([]int, 0, len(l.breaks)+2), l.breaks[:keep]...)
	shift := len(s) - len(l.text)
	start, window := 0, segment
	if keep > 0 {
		start = out[keep-1]
	}
	for {
		end := min(len(s), start+window)
		for end < len(s) && !utf8.RuneStart(s[end]) {
			end++
		}
		from := start
		for _, at := range text.Breaks(s[start:end], l.width) {
			if at += from; end < len(s) && at > end-segment/4 { // what follows may belong to it
				break
			}
			if i := sort.SearchInts(l.breaks, at-shift); at > len(s)-last && i < len(l.breaks) && l.breaks[i] == at-shift {
				for _, same := range l.breaks[i:] {
					out = append(out, same+shift)
				}
				return out
			}
			out, start = append(out, at), at
		}
		switch {
		case end == len(s):
			return out
		case start == from:
			window *= 2
		}
	}
}

// Update takes keys and pastes. changed tells that the text is another one, taken that the key meant something.
func (e *Editor) Update(msg tea.Msg) (changed, taken bool) {
	switch msg := msg.(type) {
	case tea.PasteMsg:
		e.Insert(msg.Content)
		return true, true
	case tea.KeyPressMsg:
		if msg.Text != "" && msg.Mod&^(tea.ModShift|tea.ModCapsLock|tea.ModNumLock) == 0 {
			e.Insert(msg.Text)
			return true, true
		}
		if e.moved(msg.String()) {
			return false, true
		}
		return e.changed(msg.String())
	}
	return false, false
}

// moved takes the keys that move the cursor.
func (e *Editor) moved(key string) bool {
	if e.multi && e.movedByRows(key) {
		return true
	}
	switch key {
	case "left", "ctrl+b":
		e.back()
	case "right", "ctrl+f":
		e.forth()
	case "home", "ctrl+a":
		e.col = 0
	case "end", "ctrl+e":
		e.col = len(e.lines[e.row].text)
	case "alt+left", "ctrl+left", "alt+b":
		e.wordBack()
	case "alt+right", "ctrl+right", "alt+f":
		e.wordForth()
	default:
		return false
	}
	e.goal = -1
	return true
}

func (e *Editor) movedByRows(key string) bool {
	switch key {
	case "up":
		e.vertical(-1)
	case "down":
		e.vertical(1)
	case "pgup":
		e.vertical(-max(1, e.height-1))
	case "pgdown":
		e.vertical(max(1, e.height-1))
	case "ctrl+home":
		e.row, e.col, e.goal = 0, 0, -1
	case "ctrl+end":
		e.row = len(e.lines) - 1
		e.col, e.goal = len(e.lines[e.row].text), -1
	default:
		return false
	}
	return true
}

// changed takes the keys that change the text.
func (e *Editor) changed(key string) (changed, taken bool) {
	line := e.lines[e.row].text
	row, col := e.row, e.col
	switch key {
	case "enter", "shift+enter", "alt+enter":
		if !e.multi {
			return false, false
		}
		e.Insert("\n")
		return true, true
	case "backspace", "ctrl+h", "shift+backspace":
		e.back()
	case "delete", "ctrl+d":
		e.forth()
	case "ctrl+w", "alt+backspace", "ctrl+backspace":
		e.wordBack()
	case "alt+d", "alt+delete", "ctrl+delete":
		e.wordForth()
	case "ctrl+u":
		e.col = 0
	case "ctrl+k":
		if e.col = len(line); e.col == col {
			e.forth()
		}
	default:
		return false, false
	}
	return e.remove(row, col), true
}

// remove takes out what lies between a place and the cursor.
func (e *Editor) remove(row, col int) bool {
	fromRow, fromCol, toRow, toCol := e.row, e.col, row, col
	if fromRow > toRow || fromRow == toRow && fromCol > toCol {
		fromRow, fromCol, toRow, toCol = row, col, e.row, e.col
	}
	e.row, e.col, e.goal = fromRow, fromCol, -1
	if fromRow == toRow && fromCol == toCol {
		return false
	}
	rest := e.lines[toRow].text[toCol:]
	e.set(fromRow, e.lines[fromRow].text[:fromCol]+rest, fromCol, len(rest))
	if toRow > fromRow {
		e.lines = append(e.lines[:fromRow+1:fromRow+1], e.lines[toRow+1:]...)
	}
	return true
}

func (e *Editor) back() {
	if e.col == 0 {
		if e.row > 0 {
			e.row--
			e.col = len(e.lines[e.row].text)
		}
		return
	}
	line, at := e.lines[e.row].text, 0
	// What a reader takes for one piece begins at most that far before the cursor.
	from := max(0, e.col-64)
	for from > 0 && (!utf8.RuneStart(line[from]) || line[from] >= utf8.RuneSelf) {
		from--
	}
	for r := text.ReadAt(line, from); r.Next() && r.Start < e.col; {
		at = r.Start
	}
	e.col = at
}

func (e *Editor) forth() {
	line := e.lines[e.row].text
	if e.col >= len(line) {
		if e.row+1 < len(e.lines) {
			e.row, e.col = e.row+1, 0
		}
		return
	}
	r := text.ReadAt(line, e.col)
	r.Next()
	e.col = r.End
}

func isWord(s string, at int) bool {
	ch, _ := utf8.DecodeRuneInString(s[at:])
	return unicode.IsLetter(ch) || unicode.IsDigit(ch) || unicode.IsMark(ch) || ch == '_'
}

func (e *Editor) wordBack() {
	e.back()
	for e.col > 0 && !isWord(e.lines[e.row].text, e.col) {
		e.back()
	}
	for e.col > 0 {
		at := e.col
		if e.back(); !isWord(e.lines[e.row].text, e.col) {
			e.col = at
			return
		}
	}
}

func (e *Editor) wordForth() {
	if e.col == len(e.lines[e.row].text) {
		e.forth()
		return
	}
	for e.col < len(e.lines[e.row].text) && !isWord(e.lines[e.row].text, e.col) {
		e.forth()
	}
	for e.col < len(e.lines[e.row].text) && isWord(e.lines[e.row].text, e.col) {
		e.forth()
	}
}
