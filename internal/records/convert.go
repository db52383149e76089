package records

import (
	"bytes"
	"fmt"
	"strings"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// converter turns what a file says into the value HubSpot stores, for one property. It keeps what it cannot read.
type converter struct {
	property hubspot.Property
	kind     conversion
	values   map[string]string // option labels and values, and both in lower case, to values
	owners   *owners
}

type conversion uint8

const (
	asText conversion = iota
	asOption
	asOptions // several, joined by ";"
	asBool
	asNumber
	asDate
	asOwner
)

func newConverter(p hubspot.Property, o *owners) *converter {
	c := &converter{property: p, owners: o}
	switch {
	case hubspot.OwnerProperty(p.Name) && o != nil:
		c.kind = asOwner
	case p.Type == hubspot.TypeEnumeration && len(p.Options) > 0:
		c.kind = asOption
		if p.Multiple {
			c.kind = asOptions
		}
		c.values = optionValues(p.Options)
	case p.Type == hubspot.TypeBool:
		c.kind = asBool
	case p.Type == hubspot.TypeNumber:
		c.kind = asNumber
	case p.Type == hubspot.TypeDate, p.Type == hubspot.TypeDatetime:
		c.kind = asDate
	}
	return c
}

// optionValues maps every way to write an option to its value. Values win over labels, exact spelling over case.
func optionValues(options []hubspot.Option) map[string]string {
	m := make(map[string]string, 4*len(options))
	set := func(key, value string) {
		if _, taken := m[key]; !taken {
			m[key] = value
		}
	}
	for _, fold := range []func(string) string{func(s string) string { return s }, strings.ToLower} {
		for _, o := range options {
			set(fold(o.Value), o.Value)
		}
		for _, o := range options {
			set(fold(o.Label), o.Value)
		}
	}
	return m
}

// convert appends the value for text; ok is false when text is no value of the property, and is then kept as it is.
func (c *converter) convert(dst, text []byte) (out []byte, ok bool) {
	if c.kind == asText || len(text) == 0 {
		return append(dst, text...), true
	}
	trimmed := bytes.TrimSpace(text)
	switch c.kind {
	case asOption:
		return c.option(dst, trimmed)
	case asOptions:
		return c.options(dst, trimmed)
	case asBool:
		return appendBool(dst, trimmed)
	case asOwner:
		return c.owners.resolve(dst, trimmed)
	case asNumber:
		return append(dst, trimmed...), len(trimmed) == 0 || isNumber(trimmed)
	default:
		return append(dst, trimmed...), len(trimmed) == 0 || isDate(trimmed)
	}
}

func (c *converter) option(dst, text []byte) ([]byte, bool) {
	if len(text) == 0 {
		return dst, true
	}
	v, ok := c.values[string(text)]
	if !ok {
		v, ok = c.values[strings.ToLower(string(text))]
	}
	if !ok {
		return append(dst, text...), false
	}
	return append(dst, v...), true
}

func (c *converter) options(dst, text []byte) ([]byte, bool) {
	all := true
	first := true
	for len(text) > 0 {
		part := text
		if i := bytes.IndexByte(text, ';'); i >= 0 {
			part, text = text[:i], text[i+1:]
		} else {
			text = nil
		}
		if part = bytes.TrimSpace(part); len(part) == 0 {
			continue
		}
		if !first {
			dst = append(dst, ';')
		}
		first = false
		var ok bool
		dst, ok = c.option(dst, part)
		all = all && ok
	}
	return dst, all
}

func appendBool(dst, text []byte) ([]byte, bool) {
	switch {
	case len(text) == 0:
		return dst, true
	case bytes.EqualFold(text, []byte("true")), bytes.EqualFold(text, []byte("yes")):
		return append(dst, "true"...), true
	case bytes.EqualFold(text, []byte("false")), bytes.EqualFold(text, []byte("no")):
		return append(dst, "false"...), true
	}
	return append(dst, text...), false
}

// isNumber tells whether text is a plain decimal number, also with an exponent.
func isNumber(text []byte) bool {
	text = text[signs(text):]
	whole := digits(text)
	text = text[whole:]
	if len(text) > 0 && text[0] == '.' {
		fraction := digits(text[1:])
		whole += fraction
		text = text[1+fraction:]
	}
	if whole == 0 {
		return false
	}
	if len(text) > 0 && (text[0] == 'e' || text[0] == 'E') {
		text = text[1:]
		text = text[signs(text):]
		return len(text) > 0 && allDigits(text)
	}
	return len(text) == 0
}

// signs is 1 when text starts with a sign.
func signs(text []byte) int {
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		return 1
	}
	return 0
}

// digits is how many digits text starts with.
func digits(text []byte) int {
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return n
}

// isDate tells whether text is a date as HubSpot writes them: 2026-01-05, 2026-01-05 09:00, RFC 3339, or milliseconds
// since 1970.
func isDate(text []byte) bool {
	if allDigits(bytes.TrimPrefix(text, []byte("-"))) {
		return len(text) > 8 || string(text) == "0" // 20260105 is more likely a day than 5.6 hours after 1970
	}
	if len(text) < 10 || text[4] != '-' || text[7] != '-' || number(text[:4]) < 0 ||
		!between(text[5:7], 1, 12) || !between(text[8:10], 1, 31) {
		return false
	}
	return len(text) == 10 || bytes.IndexByte([]byte("Tt "), text[10]) >= 0 && isTime(text[11:])
}

// isTime reads 09:00, 09:00:00, 09:00:00.123, each also with Z or an offset.
func isTime(text []byte) bool {
	if len(text) < 5 || text[2] != ':' || !between(text[:2], 0, 23) || !between(text[3:5], 0, 59) {
		return false
	}
	rest := bytes.TrimSpace(text[5:])
	if len(rest) >= 3 && rest[0] == ':' {
		if !between(rest[1:3], 0, 60) {
			return false
		}
		rest = rest[3:]
		if len(rest) > 0 && rest[0] == '.' {
			rest = rest[1+digits(rest[1:]):]
		}
	}
	if signs(rest) == 1 {
		return allDigits(bytes.Replace(rest[1:], []byte(":"), nil, 1))
	}
	return len(rest) == 0 || string(rest) == "Z" || string(rest) == "z"
}

func between(text []byte, low, high int) bool {
	n := number(text)
	return n >= low && n <= high
}

func allDigits(text []byte) bool {
	for _, b := range text {
		if b < '0' || b > '9' {
			return false
		}
	}
	return len(text) > 0
}

// number reads a few digits, -1 when something else stands there.
func number(text []byte) int {
	n := 0
	for _, b := range text {
		if b < '0' || b > '9' {
			return -1
		}
		n = 10*n + int(b-'0')
	}
	return n
}

// code is the finding's, for a value that is none of the property's.
func (c *converter) code() string {
	switch c.kind {
	case asOption, asOptions:
		return "unknown_option"
	case asOwner:
		return "unknown_owner"
	}
	return "bad_value"
}

// complaint says why a value is none of the property's.
func (c *converter) complaint(value string) (message, hint string) {
	name := c.property.Name
	switch c.kind {
	case asOption, asOptions:
		if near := source.Nearest(value, optionNames(c.property.Options)); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		} else {
			hint = "the options are " + someOptions(c.property.Options)
		}
		return fmt.Sprintf("%s is no option of %s; it is kept as it is", quote(value), name), hint
	case asOwner:
		return fmt.Sprintf("%s holds %s, which is no owner id, e-mail address or name of a user of this portal", name, quote(value)),
			"add the user to portal.yaml"
	case asBool:
		return fmt.Sprintf("%s is true or false, but here stands %s; it is kept as it is", name, quote(value)), "write true or false"
	case asNumber:
		return fmt.Sprintf("%s is a number, but here stands %s; it is kept as it is", name, quote(value)),
			"write digits with a point for decimals, without thousands separators and units"
	default:
		return fmt.Sprintf("%s is a date, but here stands %s; it is kept as it is", name, quote(value)),
			"write 2026-01-05 or 2026-01-05T09:00:00Z"
	}
}

func optionNames(options []hubspot.Option) []string {
	var names []string
	for _, o := range options {
		names = append(names, o.Value, o.Label)
	}
	return names
}

func someOptions(options []hubspot.Option) string {
	var names []string
	for i, o := range options {
		if i == 10 {
			names = append(names, "…")
			break
		}
		names = append(names, o.Value)
	}
	return strings.Join(names, ", ")
}

// owners finds owner ids.
type owners struct {
	ids    map[string]bool
	byName map[string]string // lower-case e-mail addresses and names; "" where two share one
}

// newOwners indexes users; nil when there are none, which leaves owner columns alone.
func newOwners(users []hubspot.User) *owners {
	if len(users) == 0 {
		return nil
	}
	o := &owners{ids: map[string]bool{}, byName: map[string]string{}}
	for _, u := range users {
		if u.OwnerID == "" {
			continue
		}
		o.ids[u.OwnerID] = true
		for _, key := range []string{u.Email, u.Name} {
			key = strings.ToLower(strings.TrimSpace(key))
			if other, taken := o.byName[key]; taken && other != u.OwnerID {
				o.byName[key] = ""
			} else {
				o.byName[key] = u.OwnerID
			}
		}
	}
	delete(o.byName, "")
	return o
}

// resolve takes an owner's id, e-mail address or name; exports write "Name (Deactivated User)" for people who left, and
// "Name (address)" where names repeat.
func (o *owners) resolve(dst, text []byte) ([]byte, bool) {
	if len(text) == 0 {
		return dst, true
	}
	if o.ids[string(text)] {
		return append(dst, text...), true
	}
	lower := strings.ToLower(string(text))
	if id := o.byName[lower]; id != "" {
		return append(dst, id...), true
	}
	if i := strings.LastIndexByte(lower, '('); i >= 0 && strings.HasSuffix(lower, ")") {
		for _, part := range []string{lower[i+1 : len(lower)-1], lower[:i]} {
			if id := o.byName[strings.TrimSpace(part)]; id != "" {
				return append(dst, id...), true
			}
		}
	}
	return append(dst, text...), false
}
