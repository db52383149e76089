package expect

import (
	"context"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// matches wants a regular expression to be found.
type matches struct{ pattern *regexp.Regexp }

func (m matches) expected() string { return "matches " + m.pattern.String() }

func (m matches) test(_ context.Context, v *Value, _ Judge) *Mismatch {
	text := textOf(v)
	if m.pattern.MatchString(text) {
		return nil
	}
	return &Mismatch{Expected: m.expected(), Got: show(v), Differs: m.differs(text)}
}

// longMatch is up to where texts are looked at more closely, in bytes.
const longMatch = 20_000

// differs says what keeps a text from matching: case, white space, or what follows the part that fits. "" where that cannot be
// told.
func (m matches) differs(text string) string {
	if text == "" || len(text) > longMatch {
		return ""
	}
	if trimmed := strings.TrimSpace(text); trimmed != text && m.pattern.MatchString(trimmed) {
		return "only white space around it differs"
	}
	if folded, err := regexp.Compile("(?i:" + m.pattern.String() + ")"); err == nil && folded.MatchString(text) {
		return "only upper and lower case differ"
	}
	if inside, ok := unfence(text); ok && m.pattern.MatchString(inside) {
		return "only the code fence around it differs"
	}
	if prefix, _ := m.pattern.LiteralPrefix(); prefix != "" && !strings.Contains(text, prefix) {
		return missingText(prefix, text)
	}
	return m.fits(text)
}

// fits says how far the text goes along with the expression.
func (m matches) fits(text string) string {
	tree, err := syntax.Parse(m.pattern.String(), syntax.Perl)
	if err != nil {
		return ""
	}
	parts := flat(tree)
	for n := len(parts) - 1; n > 0; n-- {
		begin, err := regexp.Compile(joinParts(parts[:n]))
		if err != nil {
			return ""
		}
		at := begin.FindStringIndex(text)
		if at == nil {
			continue
		}
		place, follows := utf8.RuneCountInString(text[:at[1]])+1, "the end"
		if at[1] < len(text) {
			follows = `"` + around(text, at[1], at[1]+1) + `"`
		}
		if at[0] == at[1] && at[1] == 0 {
			return "it does not match from the beginning: " + follows
		}
		return fmt.Sprintf("it matches up to %s, but not from character %d on: %s", quote(lastRunes(text[at[0]:at[1]], contextAfter)), place, follows)
	}
	return ""
}

// flat are the parts of an expression that must follow one another.
func flat(re *syntax.Regexp) []*syntax.Regexp {
	const mostParts = 60
	parts := []*syntax.Regexp{re}
	for range 20 { // groups within groups
		var next []*syntax.Regexp
		for _, p := range parts {
			switch p.Op {
			case syntax.OpConcat:
				next = append(next, p.Sub...)
			case syntax.OpCapture:
				next = append(next, p.Sub[0])
			default:
				next = append(next, p)
			}
		}
		if len(next) > mostParts {
			return parts
		}
		if same := len(next) == len(parts); same && !some(next, func(p *syntax.Regexp) bool { return p.Op == syntax.OpConcat || p.Op == syntax.OpCapture }) {
			return next
		}
		parts = next
	}
	return parts
}

func joinParts(parts []*syntax.Regexp) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("(?:" + p.String() + ")")
	}
	return b.String()
}
