package expect

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"askflow/internal/source"
)

// equals wants exactly one value.
type equals struct {
	text string   // as written
	list []string // of a list
	kind Kind     // KindList for a list
	num  float64  // where the text is a number
	has  bool     // num counts
	// latency shows numbers as durations.
	latency bool
}

func (e *equals) expected() string {
	switch {
	case e.kind == KindList:
		return showList(e.list)
	case e.latency:
		return formatLatency(e.num)
	}
	return shown(e.text)
}

func (e *equals) phrase() string {
	if e.kind == KindText {
		return quote(e.text)
	}
	return e.expected()
}

func (e *equals) test(_ context.Context, v *Value, _ Judge) *Mismatch {
	if e.same(v) {
		return nil
	}
	m := &Mismatch{Expected: e.expected(), Got: show(v)}
	switch {
	case e.latency:
		m.Got = latencyText(v)
	case v.Kind == KindText && e.kind == KindText:
		m.Differs, m.Diff = differs(e.text, v.Text), diff(e.text, v.Text)
	case v.Kind == KindList && e.kind == KindList:
		m.Differs = differsList(e.list, v.List)
	}
	return m
}

func (e *equals) same(v *Value) bool {
	if e.kind == KindList {
		return v.Kind == KindList && slices.Equal(e.list, v.List)
	}
	switch v.Kind {
	case KindBool:
		return e.text == strconv.FormatBool(v.Bool)
	case KindNumber:
		return e.has && sameNumber(e.num, e.text, v)
	case KindEffects:
		return false
	default:
		return e.text == v.Text
	}
}

// sameNumber compares as numbers, large whole ones (ids) digit by digit: as floating point, neighbours are the same.
func sameNumber(x float64, text string, v *Value) bool {
	if x != v.Number {
		return false
	}
	if math.Abs(x) < 1<<53 || v.Exact == "" || text == v.Exact {
		return true
	}
	if math.IsInf(x, 0) {
		return false // too large to tell apart
	}
	a, okA := new(big.Rat).SetString(text)
	b, okB := new(big.Rat).SetString(v.Exact)
	return okA && okB && a.Cmp(b) == 0
}

// equalsFold is equals without regard to upper and lower case.
type equalsFold struct{ text string }

func (e equalsFold) expected() string { return quote(e.text) + " in upper or lower case" }

func (e equalsFold) test(_ context.Context, v *Value, _ Judge) *Mismatch {
	got := textOf(v)
	if strings.EqualFold(e.text, got) {
		return nil
	}
	return &Mismatch{Expected: e.expected(), Got: show(v), Differs: differsFold(e.text, got), Diff: diff(e.text, got)}
}

// contains wants all of some texts, or items; not_contains none of them.
type contains struct {
	want []string
	none bool
}

func (c contains) expected() string {
	if c.none {
		return "does not contain " + quoteAll(c.want)
	}
	return "contains " + quoteAll(c.want)
}

func (c contains) test(_ context.Context, v *Value, _ Judge) *Mismatch {
	for _, w := range c.want {
		if c.in(v, w) != c.none {
			continue
		}
		m := &Mismatch{Expected: c.expected(), Got: show(v)}
		switch {
		case c.none && v.Kind == KindList:
			m.Differs = quote(w) + " is there"
		case c.none:
			text := textOf(v)
			at := strings.Index(text, w)
			m.Differs = fmt.Sprintf("%s is there, at character %d: %s", quote(w), 1+len([]rune(text[:at])), `"`+around(text, at, at+len(w))+`"`)
		case v.Kind == KindList:
			m.Differs = missingItem(w, v.List)
		default:
			m.Differs = missingText(w, textOf(v))
		}
		return m
	}
	return nil
}

func (c contains) in(v *Value, w string) bool {
	if v.Kind == KindList {
		return slices.Contains(v.List, w)
	}
	return strings.Contains(textOf(v), w)
}

func missingItem(w string, items []string) string {
	if near := source.Nearest(w, items); near != "" {
		return quote(w) + " is missing; nearest: " + quote(near)
	}
	return quote(w) + " is missing"
}

func missingText(w, text string) string {
	if near := nearestPassage(w, text); near != "" {
		if strings.EqualFold(near, w) {
			return quote(w) + " is missing; only upper and lower case differ in " + quote(near)
		}
		return quote(w) + " is missing; nearest: " + quote(near)
	}
	return quote(w) + " is missing"
}

// edge wants a beginning, or an end, of a text or a list.
type edge struct {
	text string
	list []string // of a list, instead of text
	end  bool
}

func (e edge) expected() string {
	what := quote(e.text)
	if e.list != nil {
		what = showList(e.list)
	}
	if e.end {
		return "ends with " + what
	}
	return "starts with " + what
}

func (e edge) test(_ context.Context, v *Value, _ Judge) *Mismatch {
	if e.list != nil {
		return e.testList(v)
	}
	got := textOf(v)
	if !e.end && strings.HasPrefix(got, e.text) || e.end && strings.HasSuffix(got, e.text) {
		return nil
	}
	m := &Mismatch{Expected: e.expected(), Got: show(v)}
	same := min(len(e.text), len(got))
	part := got[:same]
	if e.end {
		part = got[len(got)-same:]
	}
	switch {
	case strings.EqualFold(part, e.text):
		m.Differs = "only upper and lower case differ"
	case e.end && strings.HasSuffix(strings.TrimSpace(got), e.text):
		m.Differs = "white space follows it"
	case !e.end && strings.HasPrefix(strings.TrimSpace(got), e.text):
		m.Differs = "white space stands before it"
	case e.end:
		m.Differs = "it ends with " + quote(lastRunes(got, 1+len([]rune(e.text))))
	default:
		m.Differs = firstDifference(e.text, got)
	}
	return m
}

func (e edge) testList(v *Value) *Mismatch {
	n := len(e.list)
	if v.Kind == KindList && len(v.List) >= n {
		part := v.List[:n]
		if e.end {
			part = v.List[len(v.List)-n:]
		}
		if slices.Equal(part, e.list) {
			return nil
		}
	}
	return &Mismatch{Expected: e.expected(), Got: show(v)}
}

// lastRunes is the end of s, n characters of it, with … where it begins earlier.
func lastRunes(s string, n int) string {
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	return "…" + string(runes[len(runes)-n:])
}

// oneOf wants one of some texts, or numbers.
type oneOf struct {
	texts []string
	set   map[string]bool // of texts, nil for a few
	nums  []float64       // beside texts, NaN for those that are no numbers
	// number tells that all values are numbers.
	number bool
	// latency shows numbers as durations.
	latency bool
}

// mostListed is how many texts a message lists.
const mostListed = 12

func (o *oneOf) expected() string {
	if len(o.texts) > mostListed {
		return fmt.Sprintf("one of %d texts", len(o.texts))
	}
	if o.number {
		return "one of " + strings.Join(o.texts, ", ")
	}
	return "one of " + quoteAll(o.texts)
}

func (o *oneOf) test(_ context.Context, v *Value, _ Judge) *Mismatch {
	if o.has(v) {
		return nil
	}
	m := &Mismatch{Expected: o.expected(), Got: show(v)}
	if v.Kind == KindNumber {
		if o.latency {
			m.Got = latencyText(v)
		}
		return m
	}
	m.Differs = o.nearly(textOf(v))
	return m
}

func (o *oneOf) has(v *Value) bool {
	if v.Kind == KindNumber {
		for i, x := range o.nums {
			if sameNumber(x, o.texts[i], v) {
				return true
			}
		}
		return false
	}
	text := textOf(v)
	if o.set != nil {
		return o.set[text]
	}
	return slices.Contains(o.texts, text)
}

// nearly says which of the texts was almost met, and where it differs.
func (o *oneOf) nearly(got string) string {
	for _, t := range o.texts {
		if only := onlyDiffers(t, got); only != "" {
			return "nearest: " + quote(t) + "; " + only
		}
	}
	if near := o.nearest(got); near != "" {
		return "nearest: " + quote(near) + "; " + firstDifference(near, got)
	}
	return ""
}

// nearest is the text that differs from got in the fewest characters, in a third of them at most; "" where none is near.
func (o *oneOf) nearest(got string) string {
	const mostLong, mostTexts = 1000, 200
	runes := foldRunes([]rune(got))
	if len(runes) > mostLong || len(o.texts) > mostTexts {
		return ""
	}
	near, least := "", max(1, len(runes)/3)+1
	for _, t := range o.texts {
		if len(t) > 4*mostLong {
			continue
		}
		if d, within := distance(foldRunes([]rune(t)), runes, least-1); within {
			near, least = t, d
		}
		if least == 0 {
			break
		}
	}
	return near
}
