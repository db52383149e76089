package openaisim

import (
	"fmt"
	"strings"

	"askflow/internal/source"
)

// shadow is a rule that answers whatever others after it wait for, so that those never answer.
type shadow struct {
	by, first *Rule
	count     int // of the rules that are never reached
}

// mostCompared bounds how many pairs of rules are looked at, so that a file of many thousand rules loads quickly.
const mostCompared = 2_000_000

// place is where a rule is looked for: a rule can only cover another of the same record and the same exact prompt, or
// name neither.
type place struct {
	record, prompt string
	equals         bool
}

func placeOf(w *When) place {
	p := place{record: w.Record}
	if w.Prompt != nil && w.Prompt.Equals != nil {
		p.prompt, p.equals = *w.Prompt.Equals, true
	}
	return p
}

// shadows finds the rules that never answer, grouped by the first rule that answers in their place.
func shadows(rules []*Rule) []shadow {
	var out []shadow
	at := map[*Rule]int{} // index in out
	earlier := map[place][]*Rule{}
	compared := 0
	for _, r := range rules {
		own := placeOf(&r.When)
		seen := map[place]bool{}
		var by *Rule
		for _, p := range []place{{}, {prompt: own.prompt, equals: own.equals}, {record: own.record}, own} {
			if seen[p] || by != nil {
				continue
			}
			seen[p] = true
			for _, e := range earlier[p] {
				if compared++; compared > mostCompared {
					return out
				}
				if e.When.covers(&r.When) {
					by = e
					break
				}
			}
		}
		if by != nil {
			if i, known := at[by]; known {
				out[i].count++
			} else {
				at[by] = len(out)
				out = append(out, shadow{by, r, 1})
			}
			continue // what covers it covers all that it covers
		}
		if r.Times == 0 && (r.Rate == 0 || r.Rate == 1) {
			earlier[own] = append(earlier[own], r)
		}
	}
	return out
}

// shadowedIn warns of the rules of one file that never answer.
func shadowedIn(rules []*Rule) source.Problems {
	var out source.Problems
	for _, s := range shadows(rules) {
		out = append(out, s.problem(false))
	}
	return out
}

// CheckOrder finds rules that no question reaches because a rule of an earlier file answers in their place. ReadRules has
// already reported those within one file.
func CheckOrder(rules []*Rule) source.Problems {
	var out source.Problems
	for _, s := range shadows(rules) {
		if s.by.File != s.first.File {
			out = append(out, s.problem(true))
		}
	}
	return out
}

func (s shadow) problem(otherFile bool) source.Problem {
	p := source.Problem{Severity: source.SeverityWarning, Code: "unreachable_rule", File: s.first.File, Line: s.first.Pos.Line, Col: s.first.Pos.Col}
	if s.by.Always() {
		p.Message = "this rule and those after it are never reached: " + s.by.Title() + " has no conditions and answers everything"
		p.Hint = "move the rule without conditions to the end"
		if otherFile {
			p.Hint = "files are read in name order; keep the rule without conditions in the last one"
		}
		return p
	}
	who := "this rule is never reached"
	if s.count > 1 {
		who = fmt.Sprintf("this rule and %d more after it are never reached", s.count-1)
	}
	p.Message = who + ": " + s.by.Title() + " comes before and holds whenever they would"
	if s.count == 1 {
		p.Message = who + ": " + s.by.Title() + " comes before and holds whenever this one would"
	}
	p.Hint = "the first rule that holds answers; put the one with fewer conditions after those with more"
	if otherFile {
		p.Hint += "; files are read in name order"
	}
	return p
}

// covers tells whether w surely holds for every question that o holds for.
func (w *When) covers(o *When) bool {
	for _, pair := range [...][2]string{{w.Assistant, o.Assistant}, {w.Model, o.Model}, {w.Record, o.Record}, {w.Step, o.Step}} {
		if pair[0] != "" && pair[0] != pair[1] {
			return false
		}
	}
	return w.Prompt.covers(o.Prompt) && w.Instructions.covers(o.Instructions)
}

func (t *Text) covers(o *Text) bool {
	switch {
	case t == nil:
		return true
	case o == nil:
		return false
	case o.Equals != nil: // one text only
		return t.holdsPlain(*o.Equals) && (t.Matches == nil || t.Matches.MatchString(*o.Equals))
	case t.Equals != nil || !strings.HasPrefix(o.StartsWith, t.StartsWith):
		return false
	case t.Matches != nil && (o.Matches == nil || o.Matches.String() != t.Matches.String()):
		return false
	}
	for _, want := range t.Contains {
		if !o.surelyHas(want) {
			return false
		}
	}
	for _, unwanted := range t.NotContains {
		if !o.surelyLacks(unwanted) {
			return false
		}
	}
	return true
}

// surelyHas tells that every text for which t holds has a part.
func (t *Text) surelyHas(part string) bool {
	if strings.Contains(t.StartsWith, part) {
		return true
	}
	for _, c := range t.Contains {
		if strings.Contains(c, part) {
			return true
		}
	}
	return false
}

// surelyLacks tells that no text for which t holds has a part: it must not even have a piece of it.
func (t *Text) surelyLacks(part string) bool {
	for _, c := range t.NotContains {
		if strings.Contains(part, c) {
			return true
		}
	}
	return false
}
