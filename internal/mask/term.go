package mask

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// term is something that free text may mention: a name, a company, a part of an address.
type term struct {
	words []word // what it consists of, in its spelling
	// mask gives what stands in its place; it gets the spelling of the text.
	mask func(as string) string
	// exact terms count in their own spelling only: those that are words of the language, too, or very short.
	exact bool
}

// word is a word of a text or a term, and where it stands.
type word struct {
	start, end int
	text       string
	key        string // folded
	before     string // what stands between the word before and this one, blanks as one
}

// wordsOf divides a text into words.
func wordsOf(s string) []word {
	var out []word
	start, last := -1, 0
	for i := 0; i <= len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		in := size > 0 && inWord(r)
		if in && start < 0 {
			start = i
		}
		if !in && start >= 0 {
			out = append(out, word{start: start, end: i, text: s[start:i], key: fold(s[start:i]), before: spaced(s[last:start])})
			last, start = i, -1
		}
		if size == 0 {
			break
		}
		i += size
	}
	return out
}

// spaced makes every run of blanks one blank.
func spaced(s string) string {
	if len(s) == 1 && s != "\n" && s != "\t" {
		return s
	}
	fields := strings.Fields(s)
	out := strings.Join(fields, " ")
	if len(fields) == 0 && s != "" {
		return " "
	}
	if out == "" {
		return out
	}
	if r, _ := utf8.DecodeRuneInString(s); unicode.IsSpace(r) {
		out = " " + out
	}
	if r, _ := utf8.DecodeLastRuneInString(s); unicode.IsSpace(r) {
		out += " "
	}
	return out
}

// dictionary finds terms in texts.
type dictionary struct {
	byWord map[string][]term // by the key of the first word
	byPair map[string][]term // by the first two letters, for scripts that put no blanks between words
	known  map[string]bool
}

func newDictionary() *dictionary {
	return &dictionary{byWord: map[string][]term{}, byPair: map[string][]term{}, known: map[string]bool{}}
}

// add makes a term known. Terms that say nothing, or are a single letter, are left out.
func (d *dictionary) add(text string, mask func(as string) string) {
	words := wordsOf(text)
	if len(words) == 0 || len(words) > 12 {
		return
	}
	count := 0
	for _, w := range words {
		count += utf8.RuneCountInString(w.text)
	}
	key := fold(text[words[0].start:words[len(words)-1].end])
	if count < 2 || d.known[key] {
		return
	}
	d.known[key] = true
	t := term{words: words, mask: mask, exact: len(words) == 1 && (count < 3 || Common(key))}
	first := words[0].key
	if pair, ok := unspaced(first); ok && len(words) == 1 {
		d.byPair[pair] = longestFirst(append(d.byPair[pair], t))
		return
	}
	d.byWord[first] = longestFirst(append(d.byWord[first], t))
}

// longestFirst puts the last term where it belongs.
func longestFirst(terms []term) []term {
	length := func(t term) int { return t.words[len(t.words)-1].end - t.words[0].start }
	for i := len(terms) - 1; i > 0 && length(terms[i]) > length(terms[i-1]); i-- {
		terms[i], terms[i-1] = terms[i-1], terms[i]
	}
	return terms
}

// unspaced gives the first two letters of a word in a script that puts no blanks between words, or adds endings to names.
func unspaced(s string) (pair string, ok bool) {
	r, size := utf8.DecodeRuneInString(s)
	if !unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai) {
		return "", false
	}
	_, second := utf8.DecodeRuneInString(s[size:])
	if second == 0 {
		return "", false
	}
	return s[:size+second], true
}

// find calls found for every mention of a term in a text, of which words are the words; mentions do not overlap.
func (d *dictionary) find(text string, words []word, found func(start, end int, masked string)) {
	if len(d.known) == 0 {
		return
	}
	for i := 0; i < len(words); {
		w := words[i]
		if t, n := d.at(words[i:]); n > 0 {
			end := words[i+n-1].end
			found(w.start, end, t.mask(text[w.start:end]))
			i += n
			continue
		}
		if !d.genitive(w, found) {
			d.within(w, found)
		}
		i++
	}
}

// at gives the longest term that begins with the first of some words, and of how many it consists.
func (d *dictionary) at(words []word) (t term, n int) {
	for _, t := range d.byWord[words[0].key] {
		if t.fits(words) {
			return t, len(t.words)
		}
	}
	return term{}, 0
}

func (t *term) fits(words []word) bool {
	if len(t.words) > len(words) || t.exact && words[0].text != t.words[0].text {
		return false
	}
	for i := 1; i < len(t.words); i++ {
		if t.words[i].key != words[i].key || t.words[i].before != words[i].before {
			return false
		}
	}
	return true
}

// genitive finds a name with an s behind it: Byrons.
func (d *dictionary) genitive(w word, found func(start, end int, masked string)) bool {
	if len(w.key) < 4 || w.text[len(w.text)-1] != 's' || !strings.HasSuffix(w.key, "s") {
		return false
	}
	w.end--
	w.text, w.key = w.text[:len(w.text)-1], w.key[:len(w.key)-1]
	for _, t := range d.byWord[w.key] {
		if len(t.words) == 1 && t.fits([]word{w}) {
			found(w.start, w.end, t.mask(w.text))
			return true
		}
	}
	return false
}

// within finds terms inside a run of letters that has no blanks.
func (d *dictionary) within(w word, found func(start, end int, masked string)) {
	if len(d.byPair) == 0 {
		return
	}
	for i := 0; i < len(w.text); {
		_, size := utf8.DecodeRuneInString(w.text[i:])
		pair, ok := unspaced(w.text[i:])
		step := size
		if ok {
			for _, t := range d.byPair[pair] {
				if strings.HasPrefix(w.text[i:], t.words[0].text) {
					step = len(t.words[0].text)
					found(w.start+i, w.start+i+step, t.mask(t.words[0].text))
					break
				}
			}
		}
		i += step
	}
}
