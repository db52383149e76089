package text

import (
	"unicode"

	"github.com/charmbracelet/x/ansi"
	"github.com/clipperhouse/displaywidth"
)

// widthOf is how many cells a letter takes: 1 or 2, or 0 when it has no width of its own or none that all terminals agree on.
func widthOf(ch rune) int {
	for _, known := range [...]struct {
		from, to rune
		width    int
	}{ // the common ones, which are not worth measuring
		{' ', 0x7e, 1}, {0xa1, 0xac, 1}, {0xae, 0x2ff, 1}, {0x391, 0x3a1, 1}, {0x3a3, 0x3c9, 1}, {0x410, 0x45f, 1}, {0x2010, 0x2027, 1}, {0x2030, 0x205e, 1}, {0x2190, 0x21ff, 1}, {0x2500, 0x25fc, 1},
		{0x3041, 0x3096, 2}, {0x30a1, 0x30fa, 2}, {0x4e00, 0x9fef, 2}, {0xac00, 0xd7a3, 2},
	} {
		if ch < known.from {
			break
		}
		if ch <= known.to {
			return known.width
		}
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
