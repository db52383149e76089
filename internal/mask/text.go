package mask

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Span is a part of a text: the bytes from Start up to End.
type Span struct{ Start, End int }

// texter masks free text: what gives itself away by its form, and what the dictionaries know.
type texter struct {
	m  *Masker
	of Subject
	// terms are searched one after the other; what an earlier one finds, a later one does not see.
	terms    []*dictionary
	patterns []Pattern
	// values are those of masked properties, which must not be left; of set. Nil for a text alone.
	values *searcher
	set    *Set
}

// finding is a part of a text with what stands in its place.
type finding struct {
	Span
	masked string
}

var (
	ibanForm   = regexp.MustCompile(`\b[A-Z]{2}[0-9]{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,3})?\b`)
	ipv4Form   = regexp.MustCompile(`\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b`)
	ipv6Form   = regexp.MustCompile(`(?i)[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}`)
	handleForm = regexp.MustCompile(`@[\pL\pN_][\pL\pN\pM_.-]{1,63}`)
	digitsForm = regexp.MustCompile(`(?:\+|\(\+?)?[0-9][0-9 \x{a0}()./\x{2010}-\x{2015}-]{5,40}[0-9]`)
	dateForm   = regexp.MustCompile(`^(?:[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[ T][0-9]{1,2})?|[0-9]{1,2}[./-][0-9]{1,2}[./-](?:[0-9]{4}|[0-9]{2})|(?:19|20)[0-9]{2}(?: ?[-/] ?)(?:19|20)[0-9]{2})$`)
	amountForm = regexp.MustCompile(`^[0-9]{1,3}(?:[. \x{a0}][0-9]{3})+$`)
)

// mask masks a text and tells which parts of the result are the text's own.
func (x *texter) mask(s string) (out string, kept []Span) {
	var b strings.Builder
	at := 0
	for _, f := range x.findings(s) {
		if f.Start > at {
			kept = append(kept, Span{b.Len(), b.Len() + f.Start - at})
			b.WriteString(s[at:f.Start])
		}
		b.WriteString(f.masked)
		at = f.End
	}
	if at < len(s) {
		kept = append(kept, Span{b.Len(), b.Len() + len(s) - at})
		b.WriteString(s[at:])
	}
	return b.String(), kept
}

// findings are what is to be replaced, in order and without overlaps. What is looked for first wins.
func (x *texter) findings(s string) []finding {
	all := &findings{}
	for _, p := range x.patterns {
		for _, at := range p.Form.FindAllStringIndex(s, -1) {
			if at[0] < at[1] {
				all.add(at[0], at[1], x.m.Value(p.As, s[at[0]:at[1]], x.of))
			}
		}
	}
	all.settle()
	each := func(form *regexp.Regexp, mask func(text string, start, end int) (string, bool)) {
		for _, gap := range all.gaps(len(s)) {
			for _, at := range form.FindAllStringIndex(s[gap.Start:gap.End], -1) {
				start, end := gap.Start+at[0], gap.Start+at[1]
				if masked, ok := mask(s[start:end], start, end); ok {
					all.add(start, end, masked)
				}
			}
		}
		all.settle()
	}
	always := func(mask func(string) string) func(string, int, int) (string, bool) {
		return func(text string, _, _ int) (string, bool) { return mask(text), true }
	}
	if strings.Contains(s, "://") || strings.Contains(strings.ToLower(s), "www.") {
		each(urlForm, always(x.m.url))
	}
	if strings.Contains(s, "@") {
		each(emailForm, always(x.m.email))
	}
	x.mentions(s, all)
	if x.values != nil {
		x.values.replace(x.set, s, all)
	}
	shape := func(text string) string { return x.m.words(text, nil) }
	if strings.ContainsAny(s, "0123456789") {
		each(ibanForm, func(text string, _, _ int) (string, bool) { return text[:2] + shape(text[2:]), countDigits(text) >= 10 })
		each(ipv4Form, func(text string, _, _ int) (string, bool) {
			_, err := netip.ParseAddr(text)
			return shape(text), err == nil
		})
		each(digitsForm, func(text string, start, end int) (string, bool) { return x.longNumber(s, text, start, end) })
	}
	if strings.Contains(s, "::") || strings.Count(s, ":") >= 7 {
		each(ipv6Form, func(text string, _, _ int) (string, bool) {
			_, err := netip.ParseAddr(text)
			return shape(text), err == nil && speaks(text)
		})
	}
	if strings.Contains(s, "@") {
		each(handleForm, func(text string, start, _ int) (string, bool) {
			r, _ := utf8.DecodeLastRuneInString(s[:start])
			return "@" + x.m.local(text[1:]), start == 0 || !inWord(r)
		})
	}
	return all.settled
}

// mentions finds what the dictionaries know.
func (x *texter) mentions(s string, all *findings) {
	if len(x.terms) == 0 {
		return
	}
	words := wordsOf(s)
	for _, d := range x.terms {
		d.find(s, words, all.add)
		all.settle()
	}
}

// longNumber masks what may be a phone number, a card or an account: seven digits and more. Dates and amounts stay.
func (x *texter) longNumber(s, text string, start, end int) (masked string, ok bool) {
	before, _ := utf8.DecodeLastRuneInString(s[:start])
	next, _ := utf8.DecodeRuneInString(s[end:])
	if start > 0 && (unicode.IsLetter(before) || unicode.IsDigit(before)) || end < len(s) && (unicode.IsLetter(next) || unicode.IsDigit(next)) && !strings.ContainsAny(text, " /-") {
		return x.m.words(text, nil), countDigits(text) >= 7 // a number within a longer code
	}
	switch n := countDigits(text); {
	case n < 7, dateForm.MatchString(text), amountForm.MatchString(text), strings.ContainsRune("€$£¥#", before) && n < 9:
		return "", false
	case n > 15:
		return x.m.words(text, nil), true
	}
	return x.m.phone(text), true
}

func countDigits(s string) int {
	n := 0
	for _, r := range s {
		if unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

// findings collects findings by rounds: those of a later round give way to those of an earlier one.
type findings struct {
	settled []finding
	fresh   []finding
}

func (f *findings) add(start, end int, masked string) {
	f.fresh = append(f.fresh, finding{Span{start, end}, masked})
}

// gaps are the parts of a text in which nothing was found yet.
func (f *findings) gaps(length int) []Span {
	var out []Span
	at := 0
	for _, s := range f.settled {
		if s.Start > at {
			out = append(out, Span{at, s.Start})
		}
		at = s.End
	}
	if at < length {
		out = append(out, Span{at, length})
	}
	return out
}

// settle ends a round. Among its findings the first to begin wins, then the longest, then the first that was added.
func (f *findings) settle() {
	if len(f.fresh) == 0 {
		return
	}
	slices.SortStableFunc(f.fresh, func(a, b finding) int {
		if a.Start != b.Start {
			return a.Start - b.Start
		}
		return b.End - a.End
	})
	var out []finding
	old := f.settled
	end := 0
	for _, n := range f.fresh {
		for len(old) > 0 && old[0].End <= n.Start {
			out = append(out, old[0])
			old = old[1:]
		}
		if n.Start < end || len(old) > 0 && old[0].Start < n.End {
			continue
		}
		out = append(out, n)
		end = n.End
	}
	f.settled, f.fresh = append(out, old...), nil
}
