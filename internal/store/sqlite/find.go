package sqlite

import (
	"unicode"
	"unicode/utf8"
)

// finder looks for a text in others, whatever the case of its letters, as they come in pieces.
type finder struct {
	want []rune
	// back is where to go on when the rune after a match of this length is a wrong one (Knuth, Morris, Pratt).
	back  []int
	at    int
	cut   [utf8.UTFMax]byte // a character of which only the beginning came
	ncut  int
	found bool
}

// newFinder returns nil when there is nothing to look for.
func newFinder(text string) *finder {
	if text == "" {
		return nil
	}
	f := &finder{}
	for _, r := range text {
		f.want = append(f.want, unicode.ToLower(r))
	}
	f.back = make([]int, len(f.want))
	for i, at := 1, 0; i < len(f.want); i++ {
		for at > 0 && f.want[i] != f.want[at] {
			at = f.back[at-1]
		}
		if f.want[i] == f.want[at] {
			at++
		}
		f.back[i] = at
	}
	return f
}

// begin starts with a new text.
func (f *finder) begin() { f.at, f.ncut = 0, 0 }

// feed takes the next piece of the text.
func (f *finder) feed(b []byte) {
	for len(b) > 0 && !f.found {
		if f.ncut > 0 || b[0] >= utf8.RuneSelf {
			b = f.wide(b)
			continue
		}
		c := b[0]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		f.step(rune(c))
		b = b[1:]
	}
}

// wide takes a character of several bytes from the front of b.
func (f *finder) wide(b []byte) []byte {
	if f.ncut == 0 && utf8.FullRune(b) {
		r, size := utf8.DecodeRune(b)
		f.step(unicode.ToLower(r))
		return b[size:]
	}
	f.cut[f.ncut] = b[0]
	f.ncut++
	if part := f.cut[:f.ncut]; utf8.FullRune(part) {
		r, size := utf8.DecodeRune(part)
		rest := append([]byte(nil), part[size:]...)
		f.ncut = 0
		f.step(unicode.ToLower(r))
		f.feed(rest)
	}
	return b[1:]
}

func (f *finder) step(r rune) {
	for f.at > 0 && f.want[f.at] != r {
		f.at = f.back[f.at-1]
	}
	if f.want[f.at] == r {
		f.at++
	}
	if f.at == len(f.want) {
		f.found, f.at = true, 0
	}
}

// in tells whether one of the texts holds what is looked for.
func (f *finder) in(texts ...string) bool {
	f.found = false
	for _, t := range texts {
		f.begin()
		for i := 0; i < len(t) && !f.found; { // without a copy of the text
			r, size := utf8.DecodeRuneInString(t[i:])
			f.step(unicode.ToLower(r))
			i += size
		}
		if f.found {
			return true
		}
	}
	return false
}
