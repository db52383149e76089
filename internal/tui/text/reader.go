package text

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	unknown = "\ufffd" // what cannot be shown
	carrier = '\u25cc' // the dotted circle that carries a mark without a letter
	apart   = "\u200c" // keeps a conjunct's letters apart
	ltr     = "\u200e" // ends right-to-left text
	// mostMarks is how many combining marks one letter keeps; no language needs more.
	mostMarks = 4
	// mostSkipped bounds how many further marks are left out and counted as one.
	mostSkipped = 1000
)

// Reader reads data piece by piece, from the beginning, only as far as it is asked to. A piece is what moves together: a
// letter with its marks, an emoji, the symbol of a control character. Pieces do not depend on what is read before them, except that
// marks belong to their letter: any place where a piece begins is a place to start reading from.
type Reader struct {
	s  string
	at int

	// Text is the piece as it is drawn: harmless, Width cells wide.
	Text  string
	Width int
	// Start and End are the bytes of the data that it stands for.
	Start, End int
	// RTL tells that the piece is written from right to left.
	RTL bool
}

// Read starts to read.
func Read(s string) Reader { return Reader{s: s} }

// ReadAt starts to read at a byte.
func ReadAt(s string, at int) Reader { return Reader{s: s, at: at} }

// Next reads a piece; false at the end.
func (r *Reader) Next() bool {
	if r.at >= len(r.s) {
		return false
	}
	r.Start, r.RTL = r.at, false
	c := r.s[r.at]
	if c >= ' ' && c < 0x7f && (r.at+1 == len(r.s) || r.s[r.at+1] < utf8.RuneSelf) { // no mark can follow
		r.Text, r.Width, r.at = r.s[r.at:r.at+1], 1, r.at+1
		r.End = r.at
		return true
	}
	r.slow()
	r.End = r.at
	return true
}

// slow reads a piece that is more than a letter of ASCII.
func (r *Reader) slow() {
	ch, size := utf8.DecodeRuneInString(r.s[r.at:])
	r.at += size
	if ch == utf8.RuneError && size == 1 || ch < ' ' || ch >= 0x7f && ch < 0xa0 || ch == '\u2028' || ch == '\u2029' {
		r.Text, r.Width = r.control(ch)
		return
	}
	base, plain := r.base(ch)
	p := piece{r: r, base: base, kept: plain}
	if p.width = widthOf(base); p.width == 0 { // a mark without a letter
		p.base, p.width, p.kept = carrier, 1, false
		if isMark(base) {
			r.at -= size
		} else {
			p.base = utf8.RuneError
		}
	}
	if p.base == utf8.RuneError && r.dropped(ch) {
		r.Text, r.Width = "", 0
		return
	}
	p.marks()
	r.Text = p.text()
	r.Width = p.width
	r.RTL = rightToLeft(p.base)
}

// control gives the symbol of a control character, of a byte that is no text, of a line break.
func (r *Reader) control(ch rune) (string, int) {
	switch {
	case ch == '\r' && strings.HasPrefix(r.s[r.at:], "\n"):
		r.at++
		return "⏎", 1
	case ch == '\n', ch == '\u2028', ch == '\u2029':
		return "⏎", 1
	case ch == '\t':
		return "  ", 2
	case ch < ' ':
		return string('\u2400' + ch), 1
	case ch == 0x7f:
		return "\u2421", 1
	}
	return unknown, 1
}

// dropped tells that a rune is left out silently: the marks that Safe itself puts around text that is written from right to left, and
// those of the other direction next to such text.
func (r *Reader) dropped(ch rune) bool {
	if ch == '\u200e' {
		return true
	}
	if ch != '\u200f' && ch != '\u061c' {
		return false
	}
	next, _ := utf8.DecodeRuneInString(r.s[r.at:])
	before, _ := utf8.DecodeLastRuneInString(r.s[:r.Start])
	return rightToLeft(next) || rightToLeft(before)
}

// base says what is drawn for a rune that begins a piece; plain tells that it is the rune itself.
func (r *Reader) base(ch rune) (base rune, plain bool) {
	switch {
	case ch >= 0xac00 && ch <= 0xd7a3, ch >= 0x1100 && ch <= 0x11ff:
		b := r.hangul(ch)
		return b, b == ch
	case ch >= 0x1f1e6 && ch <= 0x1f1ff: // half a flag
		return 'A' + ch - 0x1f1e6, false
	case ch == 0xff9e:
		return '\u309b', false
	case ch == 0xff9f:
		return '\u309c', false
	case ch >= 0xff66 && ch <= 0xff9d:
		b := r.halfWidth(ch)
		return b, b == ch
	case ch == 0x0e33, ch == 0x0eb3: // carries a mark that belongs to the letter before it
		r.at -= utf8.RuneLen(ch)
		return carrier, false
	}
	if isMark(ch) || widthOf(ch) > 0 {
		return ch, true
	}
	return vowel(ch), false
}

// vowel stands for a vowel sign that takes room of its own on some terminals and none on others: the vowel's letter, which is
// as wide everywhere. What is no such sign gives what cannot be shown.
func vowel(ch rune) rune {
	if ch >= 0x0900 && ch < 0x0d80 {
		if at := ch & 0x7f; at >= 0x3e && at <= 0x4c {
			if letter := ch - 0x38; widthOf(letter) == 1 {
				return letter
			}
		}
		if ch&0x7f == 0x03 && unicode.Is(unicode.Mc, ch) { // the sign visarga is two dots
			return ':'
		}
	}
	if unicode.Is(unicode.Mc, ch) {
		return carrier
	}
	return utf8.RuneError
}

// halfWidth puts the voice mark that follows a narrow kana into one wide letter, as wide as both.
func (r *Reader) halfWidth(ch rune) rune {
	next, size := utf8.DecodeRuneInString(r.s[r.at:])
	if next != 0xff9e && next != 0xff9f {
		return ch
	}
	both := []rune(norm.NFKC.String(string([]rune{ch, next})))
	if len(both) != 1 || widthOf(both[0]) != 2 {
		return ch
	}
	r.at += size
	return both[0]
}

// hangul puts the letters of a syllable together. A letter that makes none is drawn as a letter of its own.
func (r *Reader) hangul(ch rune) rune {
	next := func(from, to rune) (rune, bool) {
		n, size := utf8.DecodeRuneInString(r.s[r.at:])
		if n < from || n > to {
			return 0, false
		}
		r.at += size
		return n - from, true
	}
	if ch >= 0x1100 && ch <= 0x1112 {
		v, ok := next(0x1161, 0x1175)
		if !ok {
			return []rune("ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ")[ch-0x1100]
		}
		ch = 0xac00 + ((ch-0x1100)*21+v)*28
	}
	switch {
	case ch >= 0xac00 && (ch-0xac00)%28 == 0:
		if t, ok := next(0x11a8, 0x11c2); ok {
			ch += t + 1
		}
		return ch
	case ch >= 0xac00:
		return ch
	case ch >= 0x1161 && ch <= 0x1175:
		return 0x314f + ch - 0x1161
	case ch >= 0x11a8 && ch <= 0x11c2:
		return []rune("ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")[ch-0x11a8]
	}
	return utf8.RuneError
}

// piece is one that is being put together.
type piece struct {
	r     *Reader
	base  rune
	width int
	kept  bool // the text is the data itself
	out   []rune
	link  bool // the last letter would join the next
	count int
	left  int // marks left out
}

// marks takes what belongs to the letter.
func (p *piece) marks() {
	var seen looks
	for p.r.at < len(p.r.s) {
		ch, size := utf8.DecodeRuneInString(p.r.s[p.r.at:])
		switch {
		case ch < 0x300:
			return
		case ch == 0x0e33, ch == 0x0eb3: // its mark for this letter, then its letter
			p.mark(ch + 0x1a)
			if p.link {
				p.out = append(p.out, []rune(apart)...)
			}
			p.out, p.kept, p.link = append(p.out, ch-1), false, false
			p.width++
			p.r.at += size
			return
		case p.loses(ch, &seen):
			p.kept = false
		case isMark(ch) && p.left < mostSkipped:
			p.mark(ch)
		default:
			return
		}
		p.r.at += size
	}
}

// looks are the kinds of marks that were left out of a piece, each once: those that change how the letter looks and, on some terminals
// only, how wide it is.
type looks struct{ variant, joiner, tone bool }

// loses tells that a rune after the letter is left out silently.
func (p *piece) loses(ch rune, seen *looks) bool {
	once := func(what *bool, allowed bool) bool {
		lost := allowed && !*what
		*what = true
		return lost
	}
	switch {
	case ch == 0x20e3: // the cap of a key
		return p.base < 0x80
	case ch >= 0xfe00 && ch <= 0xfe0f:
		return once(&seen.variant, true)
	case ch >= 0xe0100 && ch <= 0xe01ef:
		return once(&seen.variant, p.width == 2)
	case ch == '\u200d', ch == '\u200c':
		return once(&seen.joiner, p.base >= 0x300 || p.link)
	case ch >= 0x1f3fb && ch <= 0x1f3ff:
		return once(&seen.tone, p.base >= 0x1f000 || p.base >= 0x261d && p.base <= 0x270d)
	}
	return false
}

func (p *piece) mark(ch rune) {
	if p.count == mostMarks {
		p.left, p.kept = p.left+1, false
		return
	}
	p.count++
	p.out = append(p.out, ch)
	if ch >= 0x0900 && norm.NFC.PropertiesString(string(ch)).CCC() == 9 { // a virama joins the next consonant to its letter
		p.link, p.kept = true, false
	}
}

func (p *piece) text() string {
	if p.kept {
		return p.r.s[p.r.Start:p.r.at]
	}
	out := string(p.base) + string(p.out)
	if p.link {
		out += apart
	}
	if p.left > 0 {
		more := "⋯" + strconv.Itoa(p.left)
		p.width += len(more) - len("⋯") + 1
		out += more
	}
	return out
}
