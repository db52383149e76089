package mask

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Invented names are put together from these. Nobody needs to be called so; what matters is that they read as names.
const (
	firstStems   = "Av Bel Cor Dar El Fen Gal Hal Iv Jor Kel Lor Mir Nev Or Per Quil Ros Sel Tam Ul Var Wen Xan Yor Zel"
	firstEndings = "ana enor ian ida ilo ina iro isse ola ona orin ulia una wen yra ette"
	lastStems    = "Ash Brack Cald Dorn Elver Farn Gold Hart Ingle Jasp Kest Lark Mar Norv Ock Penn Quern Rav Stel Thorn Under Vale Wick Yarn Zant"
	lastEndings  = "bourne by croft dale den feld garth holm ley low mere moor more nock ridge shaw stead strom thwaite vik well wick worth yard"
	firmStems    = "Amber Basal Copper Delta Ember Fjord Granit Harbor Indigo Juniper Kobalt Lumen Maple Nimbus Orchid Pylon Quartz Ripple Saffron Timber Umbra Velvet Willow Zephyr"
	firmEndings  = "arc bay bridge cast core field flow forge gate grove hill lane line loop mark mill path peak point port rock side span vale ware way wood yard"
)

// name masks each word of a name. In a whole name the last word is the last name, or the first one before a comma.
func (m *Masker) name(kind Kind, value string) string {
	if strings.Contains(value, "@") || strings.Contains(value, "://") {
		return m.contacts(value, func(rest string) string { return m.name(kind, rest) })
	}
	orders := givesOrders(value)
	fields := nameFields(value)
	last := -1
	for i, f := range fields {
		if f.name && !suffixes[fold(strings.Trim(f.text, "."))] {
			last = i
			if strings.HasPrefix(after(fields, i), ",") {
				break
			}
		}
	}
	var b strings.Builder
	for i, f := range fields {
		role := kind
		if kind == FullName {
			role = FirstName
			if i == last {
				role = LastName
			}
		}
		word := fold(strings.Trim(f.text, "."))
		switch {
		case !f.name, orders && orderWords[word], len(fields) > 1 && (particles[word] || suffixes[word]):
			b.WriteString(f.text)
		default:
			b.WriteString(m.nameWord(role, f.text))
		}
	}
	return b.String()
}

// nameField is one word of a name, or what stands between two.
type nameField struct {
	text string
	name bool
}

// nameFields divides a name into words; an apostrophe within one belongs to it.
func nameFields(s string) []nameField {
	var out []nameField
	start, within := 0, false
	flush := func(end int) {
		if end > start {
			out = append(out, nameField{s[start:end], within})
		}
		start = end
	}
	for i, r := range s {
		in := inWord(r) || within && (r == '\'' || r == '’') && nextInWord(s[i+utf8.RuneLen(r):])
		if in != within {
			flush(i)
			within = in
		}
	}
	flush(len(s))
	return out
}

func nextInWord(s string) bool {
	r, size := utf8.DecodeRuneInString(s)
	return size > 0 && unicode.IsLetter(r)
}

func after(fields []nameField, i int) string {
	if i+1 < len(fields) {
		return strings.TrimSpace(fields[i+1].text)
	}
	return ""
}

// nameWord masks one word of a name: FirstName, LastName.
func (m *Masker) nameWord(role Kind, word string) string {
	count := 0
	for _, r := range word {
		if unicode.IsDigit(r) {
			return m.words(word, nil)
		}
		if unicode.IsLetter(r) {
			count++
		}
	}
	if _, foreign := scriptOf(word); count < 2 && !foreign {
		return m.words(word, nil) // an initial
	}
	return style(m.invented(role, word), word)
}

// invented is the name that stands for a word: of the same script, with another first letter.
func (m *Masker) invented(role Kind, word string) string {
	key := unaccented(fold(word)) // so that an address without accents names the same person
	d := m.draw(string(role), key)
	first, _ := utf8.DecodeRuneInString(key)
	for {
		name := d.newName(role, word)
		low := unaccented(fold(name))
		if r, _ := utf8.DecodeRuneInString(low); r != first && !strings.Contains(low, key) {
			return name
		}
	}
}

func (d *draw) newName(role Kind, like string) string {
	if sc, ok := scriptOf(like); ok {
		n := sc.first
		if role == LastName {
			n = sc.last
		}
		var b strings.Builder
		for range n {
			b.WriteString(d.pick(sc.syllables))
		}
		return b.String()
	}
	stems, endings := firstStems, firstEndings
	if role == LastName {
		stems, endings = lastStems, lastEndings
	}
	name := d.pick(stems) + d.pick(endings)
	if strings.ContainsFunc(like, func(r rune) bool { return r >= 0x80 && unicode.Is(unicode.Latin, r) }) {
		return d.accent(name)
	}
	return name
}

// accent puts an accent on one of a name's vowels behind its first letter.
func (d *draw) accent(name string) string {
	var at []int
	for i, r := range name {
		if i > 0 && strings.ContainsRune(vowels, r) {
			at = append(at, i)
		}
	}
	if len(at) == 0 {
		return name
	}
	i := at[d.below(len(at))]
	marked := []rune(map[byte]string{'a': "áäå", 'e': "éèë", 'i': "íï", 'o': "óöø", 'u': "úü"}[name[i]])
	return name[:i] + string(marked[d.below(len(marked))]) + name[i+1:]
}

// pick draws one of the words of a list.
func (d *draw) pick(list string) string {
	words := strings.Fields(list)
	return words[d.below(len(words))]
}

// firm is an invented company's name without a legal form; plain is for domains.
func (m *Masker) firm(like string, plain bool) string {
	key := unaccented(fold(like))
	d := m.draw("firm", key)
	first, _ := utf8.DecodeRuneInString(key)
	if sc, ok := scriptOf(like); ok && !plain {
		for {
			name := d.pick(sc.syllables) + d.pick(sc.syllables) + d.pick(sc.syllables)
			if r, _ := utf8.DecodeRuneInString(name); r != first {
				return name
			}
		}
	}
	for {
		name := d.pick(firmStems) + d.pick(firmEndings)
		low, stem := fold(name), key
		if plain { // of a domain
			stem, _, _ = strings.Cut(key, ".")
		}
		if r, _ := utf8.DecodeRuneInString(low); r == first || len(stem) > 2 && strings.Contains(low, stem) {
			continue
		}
		if !plain && strings.ContainsFunc(like, func(r rune) bool { return r >= 0x80 && unicode.Is(unicode.Latin, r) }) {
			return d.accent(name)
		}
		return name
	}
}

// company masks a company's name; its legal form stays.
func (m *Masker) company(value string) string {
	if strings.Contains(value, "@") || strings.Contains(value, "://") {
		return m.contacts(value, m.company)
	}
	core, form := companyCore(value)
	if !speaks(core) {
		return m.words(value, nil)
	}
	lead := core[:len(core)-len(strings.TrimLeftFunc(core, notInWord))]
	if givesOrders(value) || strings.ContainsAny(core, "\n\r{}<>") { // a shape that is worth keeping
		return m.words(core, legalForms) + form
	}
	return lead + style(m.firm(strings.TrimSpace(core), false), core) + form
}

// companyCore divides a company's name into what it is called and its legal form, blanks and commas before it included.
func companyCore(value string) (core, form string) {
	core = value
	for {
		trimmed := strings.TrimRightFunc(core, notInWord)
		cut := strings.LastIndexFunc(trimmed, func(r rune) bool { return !inWord(r) && r != '.' && r != '/' })
		if cut <= 0 {
			break
		}
		_, size := utf8.DecodeRuneInString(trimmed[cut:])
		if !legalForms[strings.NewReplacer(".", "", "/", "").Replace(fold(trimmed[cut+size:]))] {
			break
		}
		core = strings.TrimRightFunc(trimmed[:cut], func(r rune) bool { return !inWord(r) && r != ')' })
	}
	return core, value[len(core):]
}

// set makes a set of the words of a list.
func set(list string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(list) {
		out[w] = true
	}
	return out
}
