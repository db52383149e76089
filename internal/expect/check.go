package expect

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"askflow/internal/source"
)

// mostShown is how many characters of a value, or of what was expected, a mismatch tells, the note about the rest included.
const mostShown = 2000

// rule is what a check does with one value that is there.
type rule interface {
	// expected says what the rule wants: in words, or the text itself.
	expected() string
	test(ctx context.Context, v *Value, judge Judge) *Mismatch
}

// check is a rule under its name; it deals with values that are missing and with several of them.
type check struct {
	name string
	rule rule
	// negative rules hold for several values when they hold for all, others when they hold for one.
	negative bool
	pos      source.Pos
}

// Name is the check's word in the file.
func (c *check) Name() string { return c.name }

// Test returns nil when the value meets the check.
func (c *check) Test(ctx context.Context, v *Value, judge Judge) *Mismatch {
	m := c.test(ctx, v, judge)
	if m != nil {
		m.Expected, m.Got, m.Differs = cut(m.Expected, mostShown), cut(m.Got, mostShown), cut(m.Differs, mostShown)
	}
	return m
}

func (c *check) test(ctx context.Context, v *Value, judge Judge) *Mismatch {
	if v == nil {
		v = &Value{Missing: "there is no value"}
	}
	if e, ok := c.rule.(exists); ok {
		return e.test(ctx, v, judge)
	}
	if v.Several != nil {
		return c.several(ctx, v, judge)
	}
	if v.Missing != "" {
		return &Mismatch{Expected: c.rule.expected(), Got: nothing(v)}
	}
	return c.rule.test(ctx, v, judge)
}

// several tests the same part of several effects.
func (c *check) several(ctx context.Context, v *Value, judge Judge) *Mismatch {
	if len(v.Several) == 0 {
		return &Mismatch{Expected: c.rule.expected(), Got: nothing(v)}
	}
	failed := make([]*Mismatch, len(v.Several))
	var open *Mismatch // what only a judge knows
	held := 0
	for i := range v.Several {
		one := &v.Several[i]
		if one.Prompt == "" && v.Prompt != "" {
			with := *one
			with.Prompt = v.Prompt
			one = &with
		}
		m := c.test(ctx, one, judge)
		failed[i] = m
		switch {
		case m == nil && !c.negative:
			return nil
		case m == nil:
			held++
		case m.Code == NotJudged:
			open = m
		case c.negative && len(v.Several) > 1:
			m.Differs = joined(m.Differs, fmt.Sprintf("this is value %d of %d, and the check must hold for all", i+1, len(v.Several)))
			return m
		}
	}
	switch {
	case open != nil:
		return open
	case held == len(failed):
		return nil
	}
	return noneOf(failed)
}

// noneOf is the mismatch where a check holds for none of several values.
func noneOf(failed []*Mismatch) *Mismatch {
	if len(failed) == 1 {
		return failed[0]
	}
	m := &Mismatch{Expected: failed[0].Expected, Differs: fmt.Sprintf("it holds for none of the %d values", len(failed))}
	got := make([]string, len(failed))
	for i, f := range failed {
		if f.Code != "" {
			return f // whether the value failed is not known
		}
		got[i] = f.Got
	}
	m.Got = numbered(got)
	return m
}

// numbered lists several values so that one can tell where each begins, whatever line breaks they have.
func numbered(texts []string) string {
	switch len(texts) {
	case 0:
		return ""
	case 1:
		return texts[0]
	}
	const least, most = 60, 300
	each := min(most, max(least, mostShown/len(texts)-8))
	lines := make([]string, len(texts))
	for i, t := range texts {
		lines[i] = strconv.Itoa(i+1) + ": " + cut(t, each)
	}
	return strings.Join(lines, "\n")
}

// exists tells whether there is a value at all.
type exists struct{ want bool }

func (e exists) expected() string {
	if e.want {
		return "a value"
	}
	return "no value"
}

func (e exists) test(_ context.Context, v *Value, _ Judge) *Mismatch {
	if present(v) == e.want {
		return nil
	}
	if e.want {
		return &Mismatch{Expected: e.expected(), Got: nothing(v)}
	}
	return &Mismatch{Expected: e.expected(), Got: show(v)}
}

// present tells whether there is a value: one of several, of effects one that was made.
func present(v *Value) bool {
	if v.Missing != "" {
		return false
	}
	if v.Several != nil {
		for i := range v.Several {
			if present(&v.Several[i]) {
				return true
			}
		}
		return false
	}
	return v.Kind != KindEffects || v.Count > 0
}

// not inverts a set of checks: at least one of them must not hold.
type not struct{ checks []*check }

func (n not) expected() string {
	phrases := make([]string, len(n.checks))
	for i, c := range n.checks {
		phrases[i] = phrase(c.rule)
	}
	if len(phrases) > 1 {
		return "not all of: " + strings.Join(phrases, "; ")
	}
	if j, ok := n.checks[0].rule.(*judged); ok {
		return j.denied()
	}
	return "not: " + phrases[0]
}

func (n not) test(ctx context.Context, v *Value, judge Judge) *Mismatch {
	var open *Mismatch
	for _, c := range n.checks {
		m := c.test(ctx, v, judge)
		switch {
		case m == nil:
		case m.Code == NotJudged:
			open = m
		case m.Code != "":
			m.Expected = n.expected()
			return m // a judge that could not be asked did not say no
		default:
			return nil
		}
	}
	if open != nil {
		open.Expected = n.expected()
		return open
	}
	return &Mismatch{Expected: n.expected(), Got: show(v)}
}

// phrase is what a rule expects, as part of a sentence.
func phrase(r rule) string {
	if e, ok := r.(*equals); ok {
		return e.phrase()
	}
	return r.expected()
}

// nothing says that and why there is no value.
func nothing(v *Value) string {
	switch {
	case v.Missing != "":
		return "nothing: " + v.Missing
	case v.Kind == KindEffects:
		return "none"
	}
	for i := range v.Several {
		if v.Several[i].Missing != "" {
			return "nothing: " + v.Several[i].Missing
		}
	}
	return "nothing"
}

// show is a value as mismatches tell it.
func show(v *Value) string {
	switch {
	case v.Several != nil:
		all := make([]string, 0, len(v.Several))
		for i := range v.Several {
			if v.Several[i].Missing == "" {
				all = append(all, show(&v.Several[i]))
			}
		}
		return numbered(all)
	case v.Kind == KindEffects:
		return strconv.Itoa(v.Count)
	case v.Kind == KindList:
		return showList(v.List)
	}
	return shown(textOf(v))
}

// shown makes a text visible that is empty.
func shown(s string) string {
	if s == "" {
		return `""`
	}
	return s
}

func showList(items []string) string { return "[" + strings.Join(items, ", ") + "]" }

// textOf is a value as text. A list that was JSON is its JSON.
func textOf(v *Value) string {
	switch v.Kind {
	case KindBool:
		return strconv.FormatBool(v.Bool)
	case KindNumber:
		if v.Exact != "" {
			return v.Exact
		}
		return formatNumber(v.Number)
	case KindList:
		if v.Text != "" {
			return v.Text
		}
		return showList(v.List)
	case KindEffects:
		return strconv.Itoa(v.Count)
	default:
		return v.Text
	}
}

// formatNumber writes a number for people: no exponent where digits do.
func formatNumber(x float64) string {
	if size := math.Abs(x); size != 0 && (size >= 1e15 || size < 1e-9) {
		return strconv.FormatFloat(x, 'g', -1, 64)
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

// formatLatency writes milliseconds as a duration: 800ms, 1.2s.
func formatLatency(ms float64) string {
	if math.Abs(ms) > math.MaxInt64/float64(2*time.Millisecond) {
		return formatNumber(ms) + "ms"
	}
	return time.Duration(math.Round(ms * float64(time.Millisecond))).String()
}

// parseNumber reads a number as JSON writes it; one that is too large is infinite.
func parseNumber(text string) (float64, bool) {
	if !source.ValidNumber(text) {
		return 0, false
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, false
	}
	return x, true
}

// cut shortens a text to at most `most` characters and says how many there are.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	all := utf8.RuneCountInString(s)
	if all <= most {
		return s
	}
	note := fmt.Sprintf("… (%d characters in all)", all)
	return firstRunes(s, max(0, most-utf8.RuneCountInString(note))) + note
}

// firstRunes is the beginning of s, n characters of it.
func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// brief shortens a text that stands within a sentence.
func brief(s string) string {
	const most = 80
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return firstRunes(s, most-1) + "…"
}

// quote puts a text into quotation marks. It escapes nothing: those who show it do.
func quote(s string) string { return `"` + brief(s) + `"` }

func quoteAll(texts []string) string {
	quoted := make([]string, len(texts))
	for i, t := range texts {
		quoted[i] = quote(t)
	}
	return strings.Join(quoted, ", ")
}

func joined(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}
