package expect

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode"

	"askflow/internal/source"
)

// matches reads a regular expression.
func (rd *reader) matches(n *source.Node) rule {
	text, ok := rd.text("matches", n)
	if !ok {
		return nil
	}
	compiled, err := regexp.Compile(text)
	if err != nil {
		rd.badPattern(n.Pos, text, err)
		return nil
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		rd.badPattern(n.Pos, text, err)
		return nil
	}
	p := patterns{multiline: rd.d.Multiline || rd.inJSON}
	switch {
	case p.always(tree):
		hint := "say what must be there, and bind it with ^ and $ where the whole text counts"
		if !p.multiline {
			hint += "; this text has one line"
		}
		rd.neverFails(n.Pos, hint, "every text matches %s", quote(text))
		return nil
	case p.never(tree):
		rd.neverHolds(n.Pos, "", "no text matches %s", quote(text))
		return nil
	}
	return matches{compiled}
}

func (rd *reader) badPattern(pos source.Pos, text string, err error) {
	hint := "the syntax is that of RE2: https://github.com/google/re2/wiki/Syntax"
	why := err.Error()
	var bad *syntax.Error
	if errors.As(err, &bad) {
		why = bad.Code.String()
		if bad.Expr != "" {
			why += ": " + quote(bad.Expr)
		}
	}
	switch {
	case strings.Contains(text, "(?=") || strings.Contains(text, "(?!") || strings.Contains(text, "(?<=") || strings.Contains(text, "(?<!"):
		hint = "RE2 has no lookahead and no lookbehind; use not_contains, or not: {matches: …}, for what must not be there"
	case bad != nil && bad.Code == syntax.ErrInvalidEscape && len(bad.Expr) == 2 && unicode.IsDigit(rune(bad.Expr[1])):
		hint = "RE2 has no references to what a group matched"
	}
	rd.errorf(pos, "bad_pattern", hint, "%s is not a regular expression: %s", quote(text), why)
}

// patterns tells which regular expressions match every text, or none.
type patterns struct {
	multiline bool // texts may have line breaks
}

// place is where in a text an empty match is looked for.
type place uint8

const (
	atBegin place = iota
	atEnd
)

// always tells whether the expression is found in every text: empty at its beginning or end, or as the whole, or as the whole of
// the first line where the end of a line is enough for it.
func (p patterns) always(re *syntax.Regexp) bool {
	if p.empty(re, atBegin) || p.empty(re, atEnd) || p.whole(re) {
		return true
	}
	return p.multiline && !wantsEnd(re) && patterns{}.always(re)
}

// wantsEnd tells whether the end of the text is part of the expression.
func wantsEnd(re *syntax.Regexp) bool { return re.Op == syntax.OpEndText || some(re.Sub, wantsEnd) }

// empty tells whether the expression matches nothing at that place of every text.
func (p patterns) empty(re *syntax.Regexp, at place) bool {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpStar, syntax.OpQuest:
		return true
	case syntax.OpBeginText, syntax.OpBeginLine:
		return at == atBegin
	case syntax.OpEndText, syntax.OpEndLine:
		return at == atEnd
	case syntax.OpRepeat:
		return re.Min == 0 || p.empty(re.Sub[0], at)
	case syntax.OpPlus, syntax.OpCapture:
		return p.empty(re.Sub[0], at)
	case syntax.OpConcat:
		return all(re.Sub, func(sub *syntax.Regexp) bool { return p.empty(sub, at) })
	case syntax.OpAlternate:
		return some(re.Sub, func(sub *syntax.Regexp) bool { return p.empty(sub, at) })
	default:
		return false
	}
}

// whole tells whether the expression matches every text from its beginning to its end.
func (p patterns) whole(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpStar:
		return p.anyCharacter(re.Sub[0]) || p.whole(re.Sub[0])
	case syntax.OpPlus, syntax.OpQuest, syntax.OpCapture:
		return p.whole(re.Sub[0])
	case syntax.OpRepeat:
		return re.Max != 0 && p.whole(re.Sub[0]) || re.Min == 0 && re.Max < 0 && p.anyCharacter(re.Sub[0])
	case syntax.OpAlternate:
		return some(re.Sub, p.whole)
	case syntax.OpConcat:
		for i, sub := range re.Sub {
			before := all(re.Sub[:i], func(s *syntax.Regexp) bool { return p.empty(s, atBegin) })
			after := all(re.Sub[i+1:], func(s *syntax.Regexp) bool { return p.empty(s, atEnd) })
			if before && after && p.whole(sub) {
				return true
			}
		}
	}
	return false
}

// anyCharacter tells whether the expression matches every single character that texts may have.
func (p patterns) anyCharacter(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpAnyChar:
		return true
	case syntax.OpAnyCharNotNL:
		return !p.multiline
	case syntax.OpCapture, syntax.OpPlus:
		return p.anyCharacter(re.Sub[0])
	case syntax.OpAlternate:
		return some(re.Sub, p.anyCharacter)
	case syntax.OpCharClass:
		next := rune(0) // the first character that no range had so far
		for i := 0; i+1 < len(re.Rune); i += 2 {
			if re.Rune[i] > next && (p.multiline || next != '\n' || re.Rune[i] > '\n'+1) {
				return false
			}
			next = re.Rune[i+1] + 1
		}
		return next > unicode.MaxRune
	}
	return false
}

// never tells whether the expression matches no text.
func (p patterns) never(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpNoMatch:
		return true
	case syntax.OpCharClass:
		return len(re.Rune) == 0
	case syntax.OpCapture, syntax.OpPlus:
		return p.never(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min > 0 && p.never(re.Sub[0])
	case syntax.OpAlternate:
		return all(re.Sub, p.never)
	case syntax.OpConcat:
		return some(re.Sub, p.never) || p.misplaced(re.Sub)
	}
	return false
}

// misplaced tells whether characters are wanted before the beginning of the text, or after its end.
func (p patterns) misplaced(subs []*syntax.Regexp) bool {
	before, ended := false, false
	for _, sub := range subs {
		if sub.Op == syntax.OpBeginText && before {
			return true
		}
		if p.takes(sub) {
			if ended {
				return true
			}
			before = true
		}
		ended = ended || sub.Op == syntax.OpEndText
	}
	return false
}

// takes tells whether every match of the expression has at least one character.
func (p patterns) takes(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune) > 0
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return true
	case syntax.OpPlus, syntax.OpCapture:
		return p.takes(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min > 0 && p.takes(re.Sub[0])
	case syntax.OpConcat:
		return some(re.Sub, p.takes)
	case syntax.OpAlternate:
		return all(re.Sub, p.takes)
	}
	return false
}

func all(subs []*syntax.Regexp, is func(*syntax.Regexp) bool) bool {
	for _, sub := range subs {
		if !is(sub) {
			return false
		}
	}
	return true
}

func some(subs []*syntax.Regexp, is func(*syntax.Regexp) bool) bool {
	for _, sub := range subs {
		if is(sub) {
			return true
		}
	}
	return false
}
