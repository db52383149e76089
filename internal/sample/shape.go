// Package sample picks a few records of a large export: such that every value shape and every way through a workflow that
// the export has is among them, as far as the size allows. What is picked is masked by package mask, and written so that a
// run reads it as it read the export.
package sample

import (
	"strings"
	"time"
	"unicode"

	"askflow/internal/hubspot"
	"askflow/internal/mask"
)

// shape is something that can be said of a value: one of shapeNames.
type shape uint8

// The shapes of values. The comments in shapeNames are what reports call them.
const (
	noValue shape = iota
	onlyBlanks
	shortText
	mediumText
	longText
	onlyDigits
	padded
	beyondASCII
	latinAccents
	cyrillic
	greek
	eastAsian
	rightToLeft
	otherScript
	severalScripts
	emoji
	lineBreak
	hasURL
	hasEmail
	markup
	template
	orders
	formula
	control
	noNumber
	negative
	zero
	decimal
	huge
	plainNumber
	noDate
	datePast
	dateFuture
	oneChoice
	twoChoices
	manyChoices
	noOption
	shapes // how many there are
)

func (s shape) String() string { return shapeNames[s] }

var shapeNames = [shapes]string{
	noValue: "no value", onlyBlanks: "only blanks", shortText: "up to 3 characters", mediumText: "a usual length", longText: "more than 500 characters", onlyDigits: "only digits",
	padded: "blanks around it", beyondASCII: "not ASCII", latinAccents: "accented letters", cyrillic: "Cyrillic letters", greek: "Greek letters",
	eastAsian: "Chinese, Japanese or Korean", rightToLeft: "Arabic or Hebrew letters", otherScript: "letters of another script", severalScripts: "letters of several scripts", emoji: "emoji or symbols",
	lineBreak: "a line break", hasURL: "an address on the web", hasEmail: "an e-mail address", markup: "markup", template: "template characters {{ }}",
	orders: "orders to a model", formula: "begins like a formula", control: "control characters",
	noNumber: "not a number", negative: "negative", zero: "zero", decimal: "with decimals", huge: "more than a thousand million", plainNumber: "a usual number",
	noDate: "not a date", datePast: "in the past", dateFuture: "in the future", oneChoice: "one choice", twoChoices: "two choices", manyChoices: "three choices and more", noOption: "none of its options",
}

// shapesOf calls seen for everything that can be said of a value. now is where past and future meet.
func shapesOf(p *hubspot.Property, value string, now time.Time, seen func(shape)) {
	trimmed := strings.TrimSpace(value)
	switch {
	case value == "":
		seen(noValue)
		return
	case trimmed == "":
		seen(onlyBlanks)
		return
	}
	switch p.Type {
	case hubspot.TypeNumber:
		numberShapes(trimmed, seen)
	case hubspot.TypeDate, hubspot.TypeDatetime:
		seen(dateShape(trimmed, now))
	case hubspot.TypeEnumeration, hubspot.TypeBool:
		if p.Multiple {
			choices := strings.Count(strings.Trim(trimmed, ";"), ";")
			seen(oneChoice + shape(min(choices, 2)))
		}
	default:
		textShapes(value, trimmed, seen)
	}
}

func numberShapes(s string, seen func(shape)) {
	body := strings.TrimLeft(s, "+-")
	if body == "" || strings.Trim(body, "0123456789.eE+-") != "" || !strings.ContainsAny(body, "0123456789") {
		seen(noNumber)
		return
	}
	if s[0] == '-' {
		seen(negative)
	}
	if strings.Contains(body, ".") {
		seen(decimal)
	}
	whole, _, _ := strings.Cut(body, ".")
	switch {
	case strings.Trim(body, "0.") == "":
		seen(zero)
	case len(strings.TrimLeft(whole, "0")) > 9 || strings.ContainsAny(body, "eE"):
		seen(huge)
	default:
		seen(plainNumber)
	}
}

// dateShape tells past from future; milliseconds since 1970 are read, too.
func dateShape(s string, now time.Time) shape {
	if len(s) >= 10 {
		if day, err := time.Parse(time.DateOnly, s[:10]); err == nil {
			if day.Before(now) {
				return datePast
			}
			return dateFuture
		}
	}
	if body := strings.TrimPrefix(s, "-"); len(body) > 8 && len(body) < 15 && strings.Trim(body, "0123456789") == "" {
		var ms int64
		for _, c := range []byte(body) {
			ms = 10*ms + int64(c-'0')
		}
		if body != s || ms < now.UnixMilli() {
			return datePast
		}
		return dateFuture
	}
	return noDate
}

// longest is how many characters make a text a long one.
const longest = 500

func textShapes(value, trimmed string, seen func(shape)) {
	switch {
	case len(trimmed) > longest:
		seen(longText)
	case len(trimmed) <= 3:
		seen(shortText)
	default:
		seen(mediumText)
	}
	if len(trimmed) != len(value) {
		seen(padded)
	}
	ascii, digits, special := true, true, false
	for i := range len(value) {
		c := value[i]
		ascii = ascii && c < 0x80
		digits = digits && c >= '0' && c <= '9'
		special = special || c < ' ' || c == 0x7f
	}
	if digits {
		seen(onlyDigits)
		return
	}
	if !ascii {
		seen(beyondASCII)
		scriptShapes(value, seen)
	}
	if special {
		lineShapes(value, seen)
	}
	if strings.IndexByte("=+-@", trimmed[0]) >= 0 {
		seen(formula)
	}
	formShapes(trimmed, seen)
}

// formShapes looks for what others may read as more than text.
func formShapes(s string, seen func(shape)) {
	if i := strings.Index(s, "@"); i > 0 && strings.Contains(s[i:], ".") {
		seen(hasEmail)
	}
	if strings.Contains(s, "://") || strings.Contains(s, "www.") {
		seen(hasURL)
	}
	if i := strings.IndexByte(s, '<'); i >= 0 && strings.IndexByte(s[i:], '>') > 1 {
		seen(markup)
	}
	if strings.Contains(s, "{{") || strings.Contains(s, "{%") || strings.Contains(s, "}}") {
		seen(template)
	}
	if len(s) >= 8 && strings.ContainsAny(s, " :") && mask.GivesOrders(s) {
		seen(orders)
	}
}

func lineShapes(s string, seen func(shape)) {
	if strings.ContainsAny(s, "\n\r") {
		seen(lineBreak)
	}
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }) {
		seen(control)
	}
}

// scriptShapes looks at the letters that are not ASCII.
func scriptShapes(s string, seen func(shape)) {
	var has [shapes]bool
	plain := false
	for _, r := range s {
		switch {
		case r < 0x80:
			plain = plain || unicode.IsLetter(r)
		case unicode.Is(unicode.Latin, r):
			has[latinAccents] = true
		case unicode.Is(unicode.Cyrillic, r):
			has[cyrillic] = true
		case unicode.Is(unicode.Greek, r):
			has[greek] = true
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul):
			has[eastAsian] = true
		case unicode.In(r, unicode.Arabic, unicode.Hebrew):
			has[rightToLeft] = true
		case unicode.IsLetter(r):
			has[otherScript] = true
		case unicode.IsSymbol(r):
			has[emoji] = true
		}
	}
	scripts := 0
	for _, sh := range []shape{cyrillic, greek, eastAsian, rightToLeft, otherScript} {
		if has[sh] {
			scripts++
		}
	}
	if plain || has[latinAccents] {
		scripts++
	}
	has[severalScripts] = scripts > 1
	for i, there := range has {
		if there {
			seen(shape(i))
		}
	}
}
