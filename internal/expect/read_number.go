package expect

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"askflow/internal/source"
)

// latency tells whether the numbers are milliseconds that may be written as durations.
func (rd *reader) latency() bool {
	name, _, _ := strings.Cut(rd.d.Subject, "@")
	return rd.d.Kind == KindNumber && name == "latency"
}

// number reads a number; for latency a duration, too.
func (rd *reader) number(check string, n *source.Node) (float64, bool) {
	if n.IsScalar() {
		if x, ok := parseNumber(n.Text); ok && !math.IsInf(x, 0) {
			return x, true
		}
		if d, err := time.ParseDuration(n.Text); err == nil && rd.latency() {
			return float64(d) / float64(time.Millisecond), true
		}
	}
	stands := n.Kind.String()
	if n.IsScalar() {
		stands = quote(n.Text)
	}
	switch {
	case rd.latency():
		rd.errorf(n.Pos, "wrong_type", "", "%s needs milliseconds, or a duration as 2s or 800ms, but here stands %s", check, stands)
	default:
		rd.errorf(n.Pos, "wrong_type", "", "%s needs a number, but here stands %s", check, stands)
	}
	return 0, false
}

// reachable tells whether the number is one that values can have.
func (rd *reader) reachable(n *source.Node, x float64) bool {
	switch {
	case rd.d.Least != nil && x < *rd.d.Least:
		rd.neverHolds(n.Pos, "", "the least that there is is %s", rd.format(*rd.d.Least))
	case rd.d.Most != nil && x > *rd.d.Most:
		rd.neverHolds(n.Pos, "", "the most that there is is %s", rd.format(*rd.d.Most))
	default:
		return true
	}
	return false
}

// unbroken tells whether the number is a whole one where values are.
func (rd *reader) unbroken(n *source.Node, x float64) bool {
	if !rd.d.Whole || x == math.Trunc(x) {
		return true
	}
	hint := "to allow several, write {min: …, max: …}"
	if rd.latency() {
		hint = "it is counted in whole milliseconds"
	}
	rd.neverHolds(n.Pos, hint, "it is a whole number, and %s is none", rd.format(x))
	return false
}

// covers tells whether the numbers are all that values can be.
func (rd *reader) covers(nums []float64) bool {
	d := rd.d
	if d.Kind != KindNumber || !d.Whole || d.Least == nil || d.Most == nil || *d.Most-*d.Least >= float64(len(nums)) {
		return false
	}
	for x := math.Ceil(*d.Least); x <= *d.Most; x++ {
		if !slices.Contains(nums, x) {
			return false
		}
	}
	return true
}

func (rd *reader) format(x float64) string {
	if rd.latency() {
		return formatLatency(x)
	}
	return formatNumber(x)
}

func (rd *reader) min(n *source.Node) rule {
	x, ok := rd.number("min", n)
	if !ok {
		return nil
	}
	if rd.d.Kind == KindNumber {
		if rd.d.Least != nil && x <= *rd.d.Least {
			rd.neverFails(n.Pos, "", "it is never less than %s", rd.format(*rd.d.Least))
			return nil
		}
		if !rd.reachable(n, x) {
			return nil
		}
	}
	return bound{limit: x, text: n.Text, latency: rd.latency()}
}

func (rd *reader) max(n *source.Node) rule {
	x, ok := rd.number("max", n)
	if !ok {
		return nil
	}
	if rd.d.Kind == KindNumber {
		if rd.d.Most != nil && x >= *rd.d.Most {
			rd.neverFails(n.Pos, "", "it is never more than %s", rd.format(*rd.d.Most))
			return nil
		}
		if !rd.reachable(n, x) {
			return nil
		}
	}
	return bound{limit: x, text: n.Text, most: true, latency: rd.latency()}
}

func (rd *reader) length(n *source.Node) rule { return rd.size("length", n) }

func (rd *reader) count(n *source.Node) rule { return rd.size("count", n) }

// size reads a whole number, or {min, max}.
func (rd *reader) size(name string, n *source.Node) rule {
	s := size{most: -1, count: name == "count"}
	if n.IsScalar() {
		exactly, ok := rd.whole(name, n)
		if !ok {
			return nil
		}
		s.least, s.most = exactly, exactly
		return rd.sized(n, s)
	}
	if !rd.members(name, n, "write a number, or {min: 1, max: 5}", "min", "max") {
		return nil
	}
	if least := n.Get("min"); least != nil {
		var ok bool
		if s.least, ok = rd.whole(name+": min", least); !ok {
			return nil
		}
	}
	if most := n.Get("max"); most != nil {
		var ok bool
		if s.most, ok = rd.whole(name+": max", most); !ok {
			return nil
		}
		if s.most < s.least {
			rd.neverHolds(most.Pos, "", "the maximum %d is less than the minimum %d", s.most, s.least)
			return nil
		}
	}
	if s.least == 0 && s.most < 0 {
		pos := n.Pos
		if least := n.Get("min"); least != nil {
			pos = least.Pos
		}
		rd.neverFails(pos, "", "every %s is at least 0", name)
		return nil
	}
	return rd.sized(n, s)
}

// sized refuses a count that is out of the domain.
func (rd *reader) sized(n *source.Node, s size) rule {
	if !s.count {
		return s
	}
	if rd.d.Most != nil && float64(s.least) > *rd.d.Most || rd.d.Least != nil && s.most >= 0 && float64(s.most) < *rd.d.Least {
		rd.neverHolds(n.Pos, "", "so many cannot be made")
		return nil
	}
	if most := rd.d.Most; most != nil && s.least == 0 && s.most >= 0 && float64(s.most) >= *most {
		pos := n.Pos
		if bound := n.Get("max"); bound != nil {
			pos = bound.Pos
		}
		rd.neverFails(pos, "", "more than %s cannot be made", formatNumber(*most))
		return nil
	}
	return s
}

// whole reads a whole number that is not negative.
func (rd *reader) whole(what string, n *source.Node) (int, bool) {
	stands := n.Kind.String()
	if n.IsScalar() {
		if i, err := strconv.Atoi(n.Text); err == nil && source.ValidNumber(n.Text) && i >= 0 {
			return i, true
		}
		stands = quote(n.Text)
	}
	rd.errorf(n.Pos, "wrong_type", "", "%s needs a whole number from 0, but here stands %s", what, stands)
	return 0, false
}
