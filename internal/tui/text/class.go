package text

import (
	"unicode"

	"github.com/charmbracelet/x/ansi"
	"github.com/clipperhouse/displaywidth"
)

// widthOf is how many cells a letter takes: 1 or 2, or 0 when it has no width of its own or none that all terminals agree on.
func widthOf(ch rune) int {
	switch {
	case ch >= ' ' && ch < 0x7f, ch > 0xa0 && ch < 0x300 && ch != 0xad, ch >= 0x410 && ch < 0x460, ch >= 0x391 && ch <= 0x3c9 && ch != 0x3a2,
		ch >= 0x2010 && ch < 0x2028, ch >= 0x2030 && ch < 0x205f, ch >= 0x2190 && ch < 0x2200, ch >= 0x2500 && ch < 0x25fd:
		return 1
	case ch >= 0x4e00 && ch <= 0x9fef, ch >= 0xac00 && ch <= 0xd7a3, ch >= 0x3041 && ch <= 0x3096, ch >= 0x30a1 && ch <= 0x30fa:
		return 2
	}
	return measured(ch)
}

// measured asks the libraries: one that counts letters and one that counts clusters of letters, alone and between others.
func measured(ch rune) int {
	if !unicode.In(ch, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Zs) && (ch < 0x1f000 || ch > 0x1faff) {
		return 0
	}
	s := string(ch)
	w := ansi.StringWidthWc(s)
	if w < 1 || w > 2 || ansi.StringWidth("a"+s+"a") != w+2 || ansi.StringWidth(s) != w || displaywidth.String(s) != w {
		return 0
	}
	return w
}

// isMark tells that a rune is drawn over the letter before it and takes no room, wherever it is drawn.
func isMark(ch rune) bool {
	if ch >= 0x300 && ch < 0x370 {
		return true
	}
	if ch < 0x300 || !unicode.In(ch, unicode.Mn, unicode.Me, unicode.Mc) || ch >= 0xfe00 && ch <= 0xfe0f || ch >= 0xe0100 {
		return false
	}
	s := string(ch)
	return ansi.StringWidthWc(s) == 0 && ansi.StringWidth("a"+s) == 1
}

// rightToLeft tells that a letter is written from right to left.
func rightToLeft(ch rune) bool {
	return ch >= 0x0590 && ch <= 0x08ff || ch >= 0xfb1d && ch <= 0xfdff || ch >= 0xfe70 && ch <= 0xfefe || ch >= 0x10800 && ch <= 0x10fff || ch >= 0x1e800 && ch <= 0x1efff
}
