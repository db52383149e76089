package filter

import (
	"math/big"
	"strconv"
	"strings"
)

// number is a decimal. Short ones compare as float64, which keeps their order and their equality; longer ones exactly.
type number struct {
	text  string
	f     float64
	short bool
}

const (
	// maxDigits a float64 holds without two decimals becoming one.
	maxDigits = 15
	// maxNumberLength and maxExponent keep exact arithmetic small whatever a file holds.
	maxNumberLength = 400
	maxExponent     = 400
)

// parseNumber reads a decimal as HubSpot stores it: no thousands separators, no units.
func parseNumber(text string) (number, bool) {
	s := strings.TrimSpace(text)
	if len(s) > maxNumberLength {
		return number{}, false
	}
	i := 0
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	whole := countDigits(s[i:])
	i += whole
	digits := whole
	if i < len(s) && s[i] == '.' {
		fraction := countDigits(s[i+1:])
		i, digits = i+1+fraction, digits+fraction
	}
	if digits == 0 {
		return number{}, false
	}
	short := digits <= maxDigits
	if i < len(s) {
		if !isExponent(s[i:]) {
			return number{}, false
		}
		short = false
	}
	f, err := strconv.ParseFloat(s, 64)
	return number{text: s, f: f, short: short && err == nil}, true
}

func isExponent(s string) bool {
	if s[0] != 'e' && s[0] != 'E' {
		return false
	}
	n, err := strconv.Atoi(s[1:])
	return err == nil && n <= maxExponent && n >= -maxExponent
}

func countDigits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}

// compare is -1, 0 or 1.
func (a number) compare(b number) int {
	if a.short && b.short {
		switch {
		case a.f < b.f:
			return -1
		case a.f > b.f:
			return 1
		}
		return 0
	}
	x, okX := new(big.Rat).SetString(a.text)
	y, okY := new(big.Rat).SetString(b.text)
	if !okX || !okY {
		return 0
	}
	return x.Cmp(y)
}

type numberOp uint8

const (
	numberEqual numberOp = iota
	numberGreater
	numberGreaterEqual
	numberLess
	numberLessEqual
)

type numberTest struct {
	op      numberOp
	negated bool
	values  []number
	holds   string
	fails   string
}

func compileNumber(c *compiler, t target) test {
	if !c.need(t) {
		return nil
	}
	out := &numberTest{negated: t.operator == "IS_NOT_EQUAL_TO"}
	words := "equal to "
	switch t.operator {
	case "IS_GREATER_THAN":
		out.op, words = numberGreater, "greater than "
	case "IS_GREATER_THAN_OR_EQUAL_TO":
		out.op, words = numberGreaterEqual, "greater than or equal to "
	case "IS_LESS_THAN":
		out.op, words = numberLess, "less than "
	case "IS_LESS_THAN_OR_EQUAL_TO":
		out.op, words = numberLessEqual, "less than or equal to "
	}
	for _, v := range t.op.Values {
		n, ok := c.number(v, t)
		if !ok {
			return nil
		}
		out.values = append(out.values, n)
	}
	if len(out.values) > 1 {
		words += "any of "
	}
	out.holds, out.fails = phrase(words+list(t.op.Values, show), out.negated)
	if out.negated && len(out.values) == 1 {
		out.fails = unwanted
	}
	return out
}

func (c *compiler) number(v string, t target) (number, bool) {
	n, ok := parseNumber(v)
	if !ok {
		c.r.Errorf(t.op.Pos, "bad_value", "write digits with a point: 1234.5", "%s %s on %s compares with %s, which is no number", t.op.Type, t.op.Operator, show(t.prop.Name), quote(v))
	}
	return n, ok
}

func (x *numberTest) match(_ Record, value string) verdict {
	n, ok := parseNumber(value)
	if !ok {
		return unknown
	}
	for _, v := range x.values {
		if x.op.holds(n.compare(v)) {
			return verdictOf(!x.negated)
		}
	}
	return verdictOf(x.negated)
}

func (op numberOp) holds(order int) bool {
	switch op {
	case numberGreater:
		return order > 0
	case numberGreaterEqual:
		return order >= 0
	case numberLess:
		return order < 0
	case numberLessEqual:
		return order <= 0
	default:
		return order == 0
	}
}

func (x *numberTest) words(Record) (holds, fails string) { return x.holds, x.fails }
func (x *numberTest) invalid(string) string              { return "which is no number" }

// numberRange is IS_BETWEEN and IS_NOT_BETWEEN, bounds included.
type numberRange struct {
	lower, upper number
	negated      bool
	holds, fails string
}

func compileNumberRange(c *compiler, t target) test {
	if !c.bounds(t) {
		return nil
	}
	lower, okLower := c.number(t.op.Lower, t)
	upper, okUpper := c.number(t.op.Upper, t)
	if !okLower || !okUpper {
		return nil
	}
	if lower.compare(upper) > 0 {
		c.r.Warnf(t.op.Pos, "bad_value", "swap the bounds", "the lower bound %s is greater than the upper bound %s, so nothing lies between them", show(t.op.Lower), show(t.op.Upper))
	}
	out := &numberRange{lower: lower, upper: upper, negated: t.operator == "IS_NOT_BETWEEN"}
	out.holds, out.fails = phrase("between "+show(t.op.Lower)+" and "+show(t.op.Upper), out.negated)
	return out
}

// bounds reports a range without both of its bounds.
func (c *compiler) bounds(t target) bool {
	if t.op.Lower != "" && t.op.Upper != "" {
		return true
	}
	c.r.Errorf(t.op.Pos, "missing_value", "", "%s %s on %s needs \"lowerBound\" and \"upperBound\"", t.op.Type, t.op.Operator, show(t.prop.Name))
	return false
}

func (x *numberRange) match(_ Record, value string) verdict {
	n, ok := parseNumber(value)
	if !ok {
		return unknown
	}
	between := n.compare(x.lower) >= 0 && n.compare(x.upper) <= 0
	return verdictOf(between != x.negated)
}

func (x *numberRange) words(Record) (holds, fails string) { return x.holds, x.fails }
func (x *numberRange) invalid(string) string              { return "which is no number" }
