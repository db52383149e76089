package expect

import (
	"context"
	"strings"
)

// possible tells whether some of the texts that there can be meet the check, and some do not; where not, it says so.
func (rd *reader) possible(c *check) bool {
	if _, ok := c.rule.(exists); ok || len(rd.d.Words) == 0 || rd.d.Kind != KindText {
		return true
	}
	held := 0
	for _, w := range rd.d.Words {
		m := c.test(context.Background(), &Value{Text: w}, nil)
		switch {
		case m == nil:
			held++
		case m.Code != "":
			return true // only a judge knows
		}
	}
	hint := ""
	if len(rd.d.Words) <= mostListed {
		hint = "there are " + quoteAll(rd.d.Words)
	}
	switch held {
	case 0:
		rd.neverHolds(c.pos, hint, "no value that there can be meets it")
	case len(rd.d.Words):
		if rd.d.Optional {
			return true
		}
		rd.neverFails(c.pos, hint, "every value that there can be meets it")
	default:
		return true
	}
	return false
}

// contradictions refuses checks that cannot hold together, and returns the others.
func (rd *reader) contradictions(checks []*check) []*check {
	bad := rd.absent(checks)
	if bad == nil {
		bad = rd.crossed(checks)
	}
	if bad == nil {
		bad = rd.opposed(checks)
	}
	if bad == nil && !rd.d.Several { // with several values, one may meet this check and another that one
		bad = rd.impossible(checks)
	}
	if bad == nil {
		return checks
	}
	var out []*check
	for _, c := range checks {
		if !bad[c] {
			out = append(out, c)
		}
	}
	return out
}

// absent finds what is checked of a value that must not be there.
func (rd *reader) absent(checks []*check) map[*check]bool {
	for _, c := range checks {
		e, ok := c.rule.(exists)
		if !ok || e.want || len(checks) == 1 {
			continue
		}
		bad := make(map[*check]bool)
		for _, other := range checks {
			if other != c {
				rd.neverHolds(other.pos, "", "exists: false wants no value, which does not meet %s", other.name)
				bad[other] = true
			}
		}
		return bad
	}
	return nil
}

// crossed finds a minimum above the maximum.
func (rd *reader) crossed(checks []*check) map[*check]bool {
	var least, most *check
	for _, c := range checks {
		switch c.name {
		case "min":
			least = c
		case "max":
			most = c
		}
	}
	if least == nil || most == nil || rd.d.Several {
		return nil
	}
	low, _ := least.rule.(bound)
	high, _ := most.rule.(bound)
	if low.limit <= high.limit {
		return nil
	}
	rd.neverHolds(most.pos, "", "the maximum %s is less than the minimum %s", high.text, low.text)
	return map[*check]bool{most: true}
}

// opposed finds a text, or an item, that must be there and must not. With several values it is the same: one must have what
// none may have.
func (rd *reader) opposed(checks []*check) map[*check]bool {
	for _, no := range checks {
		for _, forbidden := range forbids(no) {
			for _, yes := range checks {
				for _, wanted := range demands(yes) {
					if yes == no || wanted != forbidden && (rd.d.Kind == KindList || !strings.Contains(wanted, forbidden)) {
						continue
					}
					rd.neverHolds(no.pos, "", "what %s wants, %s, does not meet %s", yes.name, quote(wanted), no.name)
					return map[*check]bool{no: true}
				}
			}
		}
	}
	return nil
}

// demands are texts, or items, that are in every value which meets the check.
func demands(c *check) []string {
	switch r := c.rule.(type) {
	case contains:
		if !r.none {
			return r.want
		}
	case edge:
		if r.list != nil {
			return r.list
		}
		return []string{r.text}
	}
	return nil
}

// forbids are texts, or items, that are in no value which meets the check.
func forbids(c *check) []string {
	switch r := c.rule.(type) {
	case contains:
		if r.none {
			return r.want
		}
	case not:
		if len(r.checks) == 1 {
			if inner := demands(r.checks[0]); len(inner) == 1 && r.checks[0].name == "contains" {
				return inner
			}
		}
	}
	return nil
}

// impossible finds checks that none of the values meets that equals, or one_of, allow.
func (rd *reader) impossible(checks []*check) map[*check]bool {
	base, values := fixed(checks, rd.inJSON)
	if base == nil {
		return nil
	}
	bad := make(map[*check]bool)
	for _, c := range checks {
		if c == base || rd.some(c, values) {
			continue
		}
		if _, ok := c.rule.(exists); ok {
			continue
		}
		rd.neverHolds(c.pos, "", "what %s wants, %s, does not meet %s", base.name, brief(phrase(base.rule)), c.name)
		bad[c] = true
	}
	if len(bad) == 0 {
		return nil
	}
	return bad
}

// some tells whether one of the values meets the check, as far as can be told here.
func (rd *reader) some(c *check, values []Value) bool {
	for i := range values {
		if m := c.test(context.Background(), &values[i], nil); m == nil || m.Code != "" {
			return true
		}
	}
	return false
}

// fixed is the check that allows a few values only, and those values: equals, else one_of.
func fixed(checks []*check, inJSON bool) (*check, []Value) {
	for _, c := range checks {
		if e, ok := c.rule.(*equals); ok {
			v := Value{Kind: e.kind, Text: e.text, List: e.list, Number: e.num, Exact: e.text, Bool: e.text == "true"}
			if inJSON && structured(e.text) {
				return nil, nil // text that is a list or an object is looked at in other ways
			}
			return c, []Value{v}
		}
	}
	for _, c := range checks {
		o, ok := c.rule.(*oneOf)
		if !ok {
			continue
		}
		values := make([]Value, 0, len(o.texts))
		for i, t := range o.texts {
			if inJSON && structured(t) {
				return nil, nil
			}
			v := Value{Text: t}
			if o.number {
				v = Value{Kind: KindNumber, Number: o.nums[i], Exact: t}
			}
			values = append(values, v)
		}
		return c, values
	}
	return nil, nil
}

func structured(text string) bool { return text != "" && (text[0] == '[' || text[0] == '{') }
