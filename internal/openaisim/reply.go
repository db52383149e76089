package openaisim

import (
	"regexp/syntax"
	"strconv"
	"strings"

	"askflow/internal/source"
)

// segment is a piece of a reply: text, or what a group of an expression captured.
type segment struct {
	text         string
	group        int  // 0: text
	instructions bool // the group belongs to the expression on the instructions
}

// cut takes a reply apart at its ${name} and ${1}. $${ stands for ${ itself; any other dollar is a dollar.
func cut(r *source.Reader, pos source.Pos, rule *Rule) []segment {
	var out []segment
	var text strings.Builder
	rest := rule.Reply
	for {
		before, after, found := strings.Cut(rest, "${")
		if !found {
			text.WriteString(rest)
			break
		}
		if escaped, ok := strings.CutSuffix(before, "$"); ok {
			text.WriteString(escaped + "${")
			rest = after
			continue
		}
		name, tail, closed := strings.Cut(after, "}")
		if !closed {
			r.Errorf(pos, "bad_reply", "write $${ for a plain ${", "the reply has a ${ without its }")
			return nil
		}
		text.WriteString(before)
		s, ok := rule.When.group(name)
		if !ok {
			why := `the rule has no condition "matches:" that could capture it`
			if t, i := rule.When.Prompt, rule.When.Instructions; t != nil && t.Matches != nil || i != nil && i.Matches != nil {
				why = `the expression under "matches:" has no group of that name or number`
			}
			r.Errorf(pos, "bad_reply", "name a group in the expression as (?P<name>…), or write $${ for a plain ${", "the reply uses ${%s}, but %s", clip(name, 40), why)
			return nil
		}
		if text.Len() > 0 {
			out = append(out, segment{text: text.String()})
			text.Reset()
		}
		out = append(out, s)
		rest = tail
	}
	if text.Len() > 0 || len(out) == 0 {
		out = append(out, segment{text: text.String()})
	}
	return out
}

// group finds a captured group by name or number: in the expression on the prompt, else in that on the instructions.
func (w When) group(name string) (segment, bool) {
	number, err := strconv.Atoi(name)
	for i, t := range []*Text{w.Prompt, w.Instructions} {
		if t == nil || t.Matches == nil {
			continue
		}
		index := t.Matches.SubexpIndex(name)
		if err == nil && number >= 1 && number <= t.Matches.NumSubexp() {
			index = number
		}
		if index >= 1 {
			return segment{group: index, instructions: i == 1}, true
		}
	}
	return segment{}, false
}

// text is the rule's reply to a question it holds for.
func (r *Rule) text(q *question) string {
	if len(r.reply) == 1 && r.reply[0].group == 0 {
		return r.reply[0].text
	}
	var prompt, instructions []string
	var b strings.Builder
	for _, s := range r.reply {
		switch {
		case s.group == 0:
			b.WriteString(s.text)
		case s.instructions:
			if instructions == nil {
				instructions = r.When.Instructions.Matches.FindStringSubmatch(q.instructions)
			}
			b.WriteString(captured(instructions, s.group))
		default:
			if prompt == nil {
				prompt = r.When.Prompt.Matches.FindStringSubmatch(q.prompt)
			}
			b.WriteString(captured(prompt, s.group))
		}
	}
	return b.String()
}

func captured(groups []string, i int) string {
	if i >= len(groups) {
		return ""
	}
	return groups[i]
}

// requiredLiteral is a text that stands in everything the expression matches, folded by fold; "" when none is found.
// Looking for it first spares running most expressions.
func requiredLiteral(expr string) string {
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return ""
	}
	return fold(longestLiteral(tree.Simplify()))
}

func longestLiteral(e *syntax.Regexp) string {
	switch e.Op {
	case syntax.OpLiteral:
		for _, r := range e.Rune {
			// Case folding beyond ASCII is not what fold does.
			if r >= 0x80 {
				return ""
			}
		}
		return string(e.Rune)
	case syntax.OpCapture, syntax.OpPlus:
		return longestLiteral(e.Sub[0])
	case syntax.OpRepeat:
		if e.Min >= 1 {
			return longestLiteral(e.Sub[0])
		}
	case syntax.OpConcat:
		best := ""
		for _, sub := range e.Sub {
			if s := longestLiteral(sub); len(s) > len(best) {
				best = s
			}
		}
		return best
	}
	return ""
}

// fold makes ASCII letters small, and the two other characters that case-insensitive expressions take for ASCII letters.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r == '\u017f': // long s
			return 's'
		case r == '\u212a': // kelvin sign
			return 'k'
		}
		return r
	}, s)
}

// clip cuts text for a message.
func clip(s string, limit int) string {
	n := 0
	for i := range s {
		if n == limit {
			return s[:i] + "…"
		}
		n++
	}
	return s
}
