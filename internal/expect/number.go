package expect

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// bound wants a number, or a text that is one, of at least or at most so much.
type bound struct {
	limit   float64
	text    string // the limit as written
	most    bool
	latency bool
}

func (b bound) expected() string {
	text := b.text
	if b.latency {
		text = formatLatency(b.limit)
	}
	if b.most {
		return "at most " + text
	}
	return "at least " + text
}

func (b bound) test(_ context.Context, v *Value, _ Judge) *Mismatch {
	x := v.Number
	if v.Kind != KindNumber {
		text := textOf(v)
		var ok bool
		if x, ok = parseNumber(text); !ok {
			m := &Mismatch{Expected: b.expected(), Got: show(v), Differs: "it is not a number"}
			if _, ok := parseNumber(strings.TrimSpace(text)); ok {
				m.Differs = "it is not a number: white space stands around the digits"
			}
			return m
		}
	}
	if b.most && x <= b.limit || !b.most && x >= b.limit {
		return nil
	}
	m := &Mismatch{Expected: b.expected(), Got: show(v)}
	if b.latency {
		m.Got = latencyText(v)
	}
	return m
}

// latencyText is a number of milliseconds as people read it.
func latencyText(v *Value) string {
	if v.Exact == "" {
		return formatLatency(v.Number)
	}
	if _, plain := parseNumber(v.Exact); plain {
		return v.Exact + "ms"
	}
	return v.Exact
}

// size wants so many characters, items or effects.
type size struct {
	least, most int // most is -1 for no bound
	count       bool
}

func (s size) expected() string {
	what := "a length"
	if s.count {
		what = "a count"
	}
	switch {
	case s.least == s.most:
		return fmt.Sprintf("%s of %d", what, s.least)
	case s.most < 0:
		return fmt.Sprintf("%s of at least %d", what, s.least)
	case s.least == 0:
		return fmt.Sprintf("%s of at most %d", what, s.most)
	}
	return fmt.Sprintf("%s of %d to %d", what, s.least, s.most)
}

func (s size) test(_ context.Context, v *Value, _ Judge) *Mismatch {
	n, unit := v.Count, ""
	switch {
	case s.count:
	case v.Kind == KindList:
		n, unit = len(v.List), "item"
	default:
		n, unit = utf8.RuneCountInString(textOf(v)), "character"
	}
	if n >= s.least && (s.most < 0 || n <= s.most) {
		return nil
	}
	m := &Mismatch{Expected: s.expected(), Got: strconv.Itoa(n)}
	if unit == "" {
		return m
	}
	if n != 1 {
		unit += "s"
	}
	m.Got = fmt.Sprintf("%d %s: %s", n, unit, show(v))
	return m
}
