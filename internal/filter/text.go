package filter

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

type textOp uint8

const (
	textEqual textOp = iota
	textContains
	textContainsExactly
	textStarts
	textEnds
)

// textTest compares text without regard to case: any of the values for a positive operator, none for a negative one.
type textTest struct {
	op      textOp
	negated bool
	folded  []string // the values in the form of foldRune
	holds   string
	fails   string
}

func compileText(c *compiler, t target) test {
	n := t.op.Node
	if t.op.Type == "MULTISTRING" && n != nil && n.Get("values") == nil && n.Get("value") != nil {
		c.r.Warnf(t.op.Pos, "single_value", "write \"values\": […]", "MULTISTRING takes a list in \"values\"; the single \"value\" is read as a list of one")
	}
	if !c.need(t) {
		return nil
	}
	out := &textTest{}
	var words string
	switch t.operator {
	case "IS_EQUAL_TO", "IS_NOT_EQUAL_TO":
		out.op, words = textEqual, "equal to "
	case "CONTAINS", "DOES_NOT_CONTAIN":
		out.op, words = textContains, "containing "
	case "CONTAINS_EXACTLY", "DOES_NOT_CONTAIN_EXACTLY":
		out.op, words = textContainsExactly, "containing exactly "
	case "STARTS_WITH":
		out.op, words = textStarts, "starting with "
	default: // ENDS_WITH
		out.op, words = textEnds, "ending with "
	}
	out.negated = strings.Contains(t.operator, "NOT_")
	for _, v := range t.op.Values {
		if v == "" {
			c.r.Errorf(t.op.Pos, "bad_value", "use ALL_PROPERTY with IS_KNOWN or IS_UNKNOWN", "%s %s on %s compares with an empty value", t.op.Type, t.op.Operator, show(t.prop.Name))
			return nil
		}
		out.folded = append(out.folded, fold(v))
	}
	if len(t.op.Values) > 1 {
		words += "any of "
	}
	out.holds, out.fails = phrase(words+list(t.op.Values, quote), out.negated)
	if out.negated && out.op == textEqual && len(out.folded) == 1 {
		out.fails = unwanted
	}
	return out
}

func (x *textTest) match(_ Record, value string) verdict {
	for _, v := range x.folded {
		if x.one(value, v) {
			return verdictOf(!x.negated)
		}
	}
	return verdictOf(x.negated)
}

func (x *textTest) one(value, folded string) bool {
	switch x.op {
	case textEqual:
		rest, ok := cutPrefixFold(value, folded)
		return ok && rest == ""
	case textContains:
		return containsFold(value, folded, false)
	case textContainsExactly:
		return containsFold(value, folded, true)
	case textStarts:
		_, ok := cutPrefixFold(value, folded)
		return ok
	default:
		return hasSuffixFold(value, folded)
	}
}

func (x *textTest) words(Record) (holds, fails string) { return x.holds, x.fails }
func (x *textTest) invalid(string) string              { return "which is no text" }

// comparativeString compares two properties of the record.
type comparativeString struct{ property, otherwise string }

func compileComparativeString(c *compiler, t target) test {
	if t.op.ComparisonProperty == "" {
		c.r.Errorf(t.op.Pos, "missing_value", "", "COMPARATIVE_STRING on %s needs \"comparisonPropertyName\"", show(t.prop.Name))
		return nil
	}
	return &comparativeString{t.op.ComparisonProperty, t.op.ComparisonDefault}
}

func (x *comparativeString) other(rec Record) string {
	if v := rec.Get(x.property); v != "" {
		return v
	}
	return x.otherwise
}

func (x *comparativeString) match(rec Record, value string) verdict {
	return verdictOf(strings.EqualFold(value, x.other(rec)))
}

func (x *comparativeString) words(rec Record) (holds, fails string) {
	other := x.other(rec)
	if other == "" {
		return "", "but " + show(x.property) + ", which it is compared with, has no value"
	}
	return phrase("equal to "+show(x.property)+", which is "+quote(other), false)
}

func (x *comparativeString) invalid(string) string { return "which is no text" }

// foldRune maps every rune that differs only by case to the same one, as strings.EqualFold has it.
func foldRune(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	if 'A' <= least && least <= 'Z' {
		least += 'a' - 'A'
	}
	return least
}

func fold(s string) string { return strings.Map(foldRune, s) }

// cutPrefixFold removes a folded prefix from s without regard to case.
func cutPrefixFold(s, folded string) (rest string, ok bool) {
	for folded != "" {
		want, n := utf8.DecodeRuneInString(folded)
		got, m := utf8.DecodeRuneInString(s)
		if m == 0 || foldRune(got) != want {
			return s, false
		}
		folded, s = folded[n:], s[m:]
	}
	return s, true
}

func hasSuffixFold(s, folded string) bool {
	for folded != "" {
		want, n := utf8.DecodeLastRuneInString(folded)
		got, m := utf8.DecodeLastRuneInString(s)
		if m == 0 || foldRune(got) != want {
			return false
		}
		folded, s = folded[:len(folded)-n], s[:len(s)-m]
	}
	return true
}

// maxScan bounds the comparisons of the search that allocates nothing; longer texts are folded first.
const maxScan = 1 << 20

// containsFold finds folded in s without regard to case; words asks that no letter or digit touches what was found.
func containsFold(s, folded string, words bool) bool {
	if len(s)*len(folded) > maxScan {
		return containsLong(fold(s), folded, words)
	}
	previous := rune(-1)
	for i, r := range s {
		if !words || !isWord(previous) {
			if rest, ok := cutPrefixFold(s[i:], folded); ok && (!words || endsWord(rest)) {
				return true
			}
		}
		previous = r
	}
	return false
}

func containsLong(s, folded string, words bool) bool {
	for from := 0; ; {
		i := strings.Index(s[from:], folded)
		if i < 0 {
			return false
		}
		i += from
		before, _ := utf8.DecodeLastRuneInString(s[:i])
		if !words || (i == 0 || !isWord(before)) && endsWord(s[i+len(folded):]) {
			return true
		}
		_, n := utf8.DecodeRuneInString(s[i:])
		from = i + n
	}
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func endsWord(rest string) bool {
	r, n := utf8.DecodeRuneInString(rest)
	return n == 0 || !isWord(r)
}
