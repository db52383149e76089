package mask

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// piece is a run of letters, a run of digits, or what stands between them.
type piece struct {
	text string
	kind pieceKind
}

type pieceKind uint8

const (
	between pieceKind = iota
	letters
	figures
)

// pieces divides a text; joined they are the text again.
func pieces(s string) []piece {
	var out []piece
	start, last := 0, between
	for i, r := range s {
		kind := between
		switch {
		case unicode.IsLetter(r), unicode.IsMark(r):
			kind = letters
		case unicode.IsDigit(r):
			kind = figures
		}
		if kind != last && i > start {
			out = append(out, piece{s[start:i], last})
			start = i
		}
		last = kind
	}
	if start < len(s) {
		out = append(out, piece{s[start:], last})
	}
	return out
}

// words replaces every word and every number by another one of the same shape. Words in kept, in lower case, stay, and so
// do those of an attempt to give a model orders: what it is about must remain to be seen.
func (m *Masker) words(s string, kept map[string]bool) string {
	var b strings.Builder
	orders := givesOrders(s)
	for _, p := range pieces(s) {
		lower := fold(p.text)
		switch {
		case p.kind == between, kept[lower], orders && orderWords[lower]:
			b.WriteString(p.text)
		default:
			b.WriteString(m.shaped(p))
		}
	}
	return b.String()
}

// shaped replaces one run of letters or digits.
func (m *Masker) shaped(p piece) string {
	d := m.draw("shape", fold(p.text))
	var b strings.Builder
	for _, r := range p.text {
		if p.kind == figures {
			b.WriteRune(otherDigit(r, d))
			continue
		}
		b.WriteRune(otherLetter(r, d))
	}
	return b.String()
}

// otherDigit is another digit of the same script.
func otherDigit(r rune, d *draw) rune {
	zero, ok := zeroOf(r)
	if !ok {
		return '0' + rune(d.below(10))
	}
	return zero + (r-zero+1+rune(d.below(9)))%10
}

// zeroOf finds the zero of a digit's script: digits stand in tens.
func zeroOf(r rune) (rune, bool) {
	if r >= '0' && r <= '9' {
		return '0', true
	}
	for _, t := range unicode.Nd.R16 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return r - (r-rune(t.Lo))%10, true
		}
	}
	for _, t := range unicode.Nd.R32 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return r - (r-rune(t.Lo))%10, true
		}
	}
	return 0, false
}

const (
	vowels     = "aeiou"
	consonants = "bcdfghklmnprstvw"
	accented   = "àáâäåçèéêëíîïñòóôöøùúûü"
)

// otherLetter is another letter of the same script, case and, in Latin, sort. Marks stay: they belong to the letter before.
func otherLetter(r rune, d *draw) rune {
	if unicode.IsMark(r) {
		return r
	}
	lower := unicode.ToLower(r)
	var from string
	switch {
	case strings.ContainsRune(vowels, lower):
		from = vowels
	case lower >= 'a' && lower <= 'z':
		from = consonants
	case unicode.Is(unicode.Latin, r):
		from = accented
	default:
		from = alphabetOf(r)
	}
	runes := []rune(from)
	for range 4 {
		if other := runes[d.below(len(runes))]; other != lower {
			return cased(other, r)
		}
	}
	other := runes[0]
	if other == lower {
		other = runes[1]
	}
	return cased(other, r)
}

// cased gives a letter the case of another one.
func cased(r, like rune) rune {
	if unicode.IsUpper(like) {
		return unicode.ToUpper(r)
	}
	return r
}

// script is a writing system with a few of its letters and syllables that names are made of.
type script struct {
	in        *unicode.RangeTable
	letters   string
	syllables string
	// first and last are how many syllables a name has.
	first, last int
}

// scripts are the writing systems that masks stay in; a letter of any other becomes a Latin one.
func scripts() []script {
	return []script{
		{unicode.Cyrillic, "абвгдеиклмнопрстуфх", "ве ра то ли на ми ко ду зо ре", 2, 3},
		{unicode.Greek, "αβγδεικλμνοπρστυ", "λα νο ρι τε μα κο δη σα", 2, 3},
		{unicode.Hiragana, "あいうえおかきくけこさしすせたてとなにのはまみもやゆよらりろ", "さ み と の り か ゆ は", 2, 2},
		{unicode.Katakana, "アイウエオカキクケコサシスセタテトナニノハマミモヤユヨラリロ", "サ ミ ト ノ リ カ ユ ハ", 2, 3},
		{unicode.Han, "安文林泽雅思宁晨嘉远平川石田原木山水光明", "安 文 林 泽 雅 思 宁 晨 嘉 远", 2, 1},
		{unicode.Hangul, "서민하준아윤도현지수영은", "서 민 하 준 아 윤 도 현", 2, 1},
		{unicode.Arabic, "ابتجدرسكلمنوي", "را مي نو سا لي دا كا تو", 2, 2},
		{unicode.Hebrew, "אבגדהוזלמנרשת", "מי רו נא לי דו שי", 2, 2},
		{unicode.Devanagari, "कगचजतदनपबमरलवसह", "मी रा नो सु ला ता की दे", 2, 2},
		{unicode.Thai, "กขคงจชดตนบปมยรลวสห", "กา มา นา ดี ลา ยา", 2, 2},
	}
}

// scriptOf finds the script of the first letter that is not Latin; ok is false when there is none of those known here.
func scriptOf(s string) (script, bool) {
	for _, r := range s {
		if r < 0x80 || unicode.Is(unicode.Latin, r) || !unicode.IsLetter(r) {
			continue
		}
		for _, sc := range scripts() {
			if unicode.Is(sc.in, r) {
				return sc, true
			}
		}
	}
	return script{}, false
}

// alphabetOf is a set of letters of a letter's script.
func alphabetOf(r rune) string {
	for _, sc := range scripts() {
		if unicode.Is(sc.in, r) {
			return sc.letters
		}
	}
	return consonants
}

// style gives a made-up word the case of the one it stands for.
func style(word, like string) string {
	upper, lower := 0, 0
	first := rune(0)
	for _, r := range like {
		if !unicode.IsLetter(r) {
			continue
		}
		if first == 0 {
			first = r
		}
		if unicode.IsUpper(r) {
			upper++
		} else if unicode.IsLower(r) {
			lower++
		}
	}
	switch {
	case upper > 1 && lower == 0:
		return strings.ToUpper(word)
	case unicode.IsLower(first):
		return strings.ToLower(word)
	}
	r, size := utf8.DecodeRuneInString(word)
	return string(unicode.ToUpper(r)) + word[size:]
}
