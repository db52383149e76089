package expect

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"askflow/internal/source"
)

// text reads one scalar as it is written.
func (rd *reader) text(check string, n *source.Node) (string, bool) {
	if n.IsScalar() {
		return n.Text, true
	}
	hint := ""
	switch {
	case n.Kind == source.Null:
		hint = "quote it if it is text"
	case n.Kind == source.Array && check == "equals":
		hint = "to allow several texts, write {one_of: […]}"
	case n.Kind == source.Array:
		hint = "it takes one text"
	}
	rd.errorf(n.Pos, "wrong_type", hint, "%s needs a text, but here stands %s", check, n.Kind)
	return "", false
}

// texts reads a list of scalars, or one.
func (rd *reader) texts(check string, n *source.Node) ([]string, bool) {
	if n.IsScalar() {
		return []string{n.Text}, true
	}
	if n.Kind != source.Array {
		rd.errorf(n.Pos, "wrong_type", "", "%s needs a text or a list of texts, but here stands %s", check, n.Kind)
		return nil, false
	}
	out, good := make([]string, 0, len(n.Items)), true
	for _, item := range n.Items {
		if !item.IsScalar() {
			rd.errorf(item.Pos, "wrong_type", "", "%s needs texts, but here stands %s", check, item.Kind)
			good = false
			continue
		}
		out = append(out, item.Text)
	}
	return out, good
}

// items reads a list of scalars, or one, and brings the items of a list to the form that values have. Names that there are not
// are reported by unknown.
func (rd *reader) items(check string, n *source.Node, unknown func(pos source.Pos, hint, format string, args ...any)) ([]string, bool) {
	out, good := rd.texts(check, n)
	if !good || rd.d.Kind != KindList || rd.d.Canon == nil {
		return out, good
	}
	for i, item := range out {
		canonical, known := rd.d.Canon(item)
		if !known {
			pos := n.Pos
			if n.Kind == source.Array {
				pos = n.Items[i].Pos
			}
			listed := rd.d.Listed
			if listed == nil {
				listed = rd.d.Names
			}
			unknown(pos, nearOf(item, rd.d.Names, listed), "there is no %s", quote(item))
			good = false
			continue
		}
		out[i] = canonical
	}
	return out, good
}

// near is the hint that names the nearest of the names, or all of them when they are few.
func near(name string, names []string) string { return nearOf(name, names, names) }

// nearOf is near where hints list other names than those that are compared.
func nearOf(name string, names, listed []string) string {
	if n := source.Nearest(name, names); n != "" {
		return "did you mean " + quote(n) + "?"
	}
	if len(listed) == 0 || len(listed) > mostListed {
		return ""
	}
	return "there are " + quoteAll(listed)
}

func (rd *reader) equals(n *source.Node) rule {
	switch {
	case rd.d.Kind == KindList || rd.inJSON && n.Kind == source.Array:
		list, ok := rd.items("equals", n, rd.neverHolds)
		if !ok || !rd.distinct(n, list) {
			return nil
		}
		return &equals{kind: KindList, list: list}
	case rd.d.Kind == KindBool:
		want, ok := rd.truth("equals", n)
		if !ok {
			return nil
		}
		return &equals{kind: KindBool, text: strconv.FormatBool(want)}
	case rd.d.Kind == KindNumber:
		return rd.equalsNumber(n)
	case rd.inJSON && n.Kind == source.Null:
		return &equals{text: "null"}
	case rd.inJSON && n.Kind == source.Object:
		rd.errorf(n.Pos, "wrong_type", "check its members by their paths, or the whole with json_schema", "equals needs a text, a number or a list, but here stands %s", n.Kind)
		return nil
	}
	text, ok := rd.text("equals", n)
	if !ok || !rd.word(n.Pos, text) {
		return nil
	}
	e := &equals{text: text}
	e.num, e.has = parseNumber(text)
	return e
}

func (rd *reader) equalsNumber(n *source.Node) rule {
	x, ok := rd.number("equals", n)
	if !ok || !rd.reachable(n, x) || !rd.unbroken(n, x) {
		return nil
	}
	return &equals{kind: KindNumber, text: n.Text, num: x, has: true, latency: rd.latency()}
}

// distinct refuses a list that has an item twice, where the lists that there are have none.
func (rd *reader) distinct(n *source.Node, list []string) bool {
	if !rd.d.Distinct || n.Kind != source.Array {
		return true
	}
	for i, item := range list {
		if first := slices.Index(list, item); first < i {
			was, is := n.Items[first].Text, n.Items[i].Text
			if was == is {
				rd.neverHolds(n.Items[i].Pos, "", "%s stands twice, and nothing comes twice", quote(is))
			} else {
				rd.neverHolds(n.Items[i].Pos, "", "%s and %s are the same, and nothing comes twice", quote(was), quote(is))
			}
			return false
		}
	}
	return true
}

// word tells whether a text is one of those that are possible, and warns of one that is not usual.
func (rd *reader) word(pos source.Pos, text string) bool {
	if len(rd.d.Words) > 0 && !slices.Contains(rd.d.Words, text) {
		rd.neverHolds(pos, near(text, rd.d.Words), "there is no %s", quote(text))
		return false
	}
	rd.usual(pos, text)
	return rd.formed(pos, text, false)
}

// formed refuses a text that no value is, or with part, that stands in no value.
func (rd *reader) formed(pos source.Pos, text string, part bool) bool {
	if rd.d.Form == nil {
		return true
	}
	ok, hint := rd.d.Form(text, part)
	if !ok {
		rd.neverHolds(pos, hint, "no value is like %s", quote(text))
	}
	return ok
}

// usual warns of a text that values are not known to have.
func (rd *reader) usual(pos source.Pos, text string) {
	u := rd.d.Usual
	if u == nil || len(u.Texts) == 0 || text == "" {
		return
	}
	parts := []string{text}
	if u.Separator != "" {
		parts = strings.Split(text, u.Separator)
	}
	for _, part := range parts {
		if part == "" || slices.Contains(u.Texts, part) {
			continue
		}
		hint := near(part, u.Texts)
		if u.Meant != nil {
			if meant := u.Meant(part); meant != "" {
				hint = "did you mean " + quote(meant) + "?"
			}
		}
		rd.r.Warnf(pos, u.Code, hint, "%s: %s is no %s that is known", rd.subject(), quote(part), u.Kind)
	}
}

func (rd *reader) equalsFold(n *source.Node) rule {
	text, ok := rd.text("equals_ignoring_case", n)
	if !ok || !rd.formed(n.Pos, strings.ToUpper(text), false) {
		return nil
	}
	return equalsFold{text}
}

func (rd *reader) contains(n *source.Node) rule {
	want, ok := rd.items("contains", n, rd.neverHolds)
	if !ok {
		return nil
	}
	if len(want) == 0 {
		rd.neverFails(n.Pos, "", "the list is empty")
		return nil
	}
	if slices.Contains(want, "") && rd.d.Kind != KindList {
		rd.neverFails(n.Pos, "to check that there is something, write {length: {min: 1}}", "every text contains an empty text")
		return nil
	}
	for _, w := range want {
		if rd.d.Kind == KindText && !rd.formed(n.Pos, w, true) {
			return nil
		}
	}
	return contains{want: want}
}

func (rd *reader) notContains(n *source.Node) rule {
	want, ok := rd.items("not_contains", n, rd.neverFails)
	if !ok {
		return nil
	}
	if len(want) == 0 {
		rd.neverFails(n.Pos, "", "the list is empty")
		return nil
	}
	if slices.Contains(want, "") && rd.d.Kind != KindList {
		rd.neverHolds(n.Pos, "", "every text contains an empty text")
		return nil
	}
	return contains{want: want, none: true}
}

func (rd *reader) startsWith(n *source.Node) rule { return rd.edge("starts_with", n, false) }

func (rd *reader) endsWith(n *source.Node) rule { return rd.edge("ends_with", n, true) }

func (rd *reader) edge(name string, n *source.Node, end bool) rule {
	if rd.d.Kind == KindList || rd.inJSON && n.Kind == source.Array {
		list, ok := rd.items(name, n, rd.neverHolds)
		if !ok || !rd.distinct(n, list) {
			return nil
		}
		if len(list) == 0 {
			rd.neverFails(n.Pos, "", "the list is empty")
			return nil
		}
		return edge{list: list, end: end}
	}
	text, ok := rd.text(name, n)
	if !ok {
		return nil
	}
	if text == "" {
		rd.neverFails(n.Pos, "", "the text is empty")
		return nil
	}
	if !rd.formed(n.Pos, text, true) {
		return nil
	}
	return edge{text: text, end: end}
}

func (rd *reader) oneOf(n *source.Node) rule {
	if n.Kind != source.Array {
		hint := ""
		if n.IsScalar() {
			hint = "write [" + brief(n.Text) + "], or equals"
		}
		rd.errorf(n.Pos, "wrong_type", hint, "one_of needs a list, but here stands %s", n.Kind)
		return nil
	}
	if len(n.Items) == 0 {
		rd.neverHolds(n.Pos, "", "the list is empty")
		return nil
	}
	o := &oneOf{number: rd.d.Kind == KindNumber, latency: rd.latency()}
	for _, item := range n.Items {
		text, x, ok := rd.option(item)
		if !ok {
			return nil
		}
		if slices.Contains(o.texts, text) {
			rd.r.Warnf(item.Pos, "duplicate_value", "", "%s: %s stands twice in one_of", rd.subject(), quote(text))
			continue
		}
		o.texts, o.nums = append(o.texts, text), append(o.nums, x)
	}
	if rd.covers(o.nums) {
		rd.neverFails(n.Pos, "leave out those that must not come", "these are all that there can be")
		return nil
	}
	if len(o.texts) > 8 {
		o.set = make(map[string]bool, len(o.texts))
		for _, t := range o.texts {
			o.set[t] = true
		}
	}
	return o
}

// option reads one of the values of one_of; x is NaN where it is no number.
func (rd *reader) option(n *source.Node) (text string, x float64, ok bool) {
	if rd.d.Kind == KindNumber {
		x, ok = rd.number("one_of", n)
		return n.Text, x, ok && rd.reachable(n, x) && rd.unbroken(n, x)
	}
	if rd.inJSON && n.Kind == source.Null {
		return "null", math.NaN(), true
	}
	text, ok = rd.text("one_of", n)
	if !ok || !rd.word(n.Pos, text) {
		return "", 0, false
	}
	x, isNumber := parseNumber(text)
	if !isNumber {
		x = math.NaN()
	}
	return text, x, true
}

func (rd *reader) truth(check string, n *source.Node) (want, ok bool) {
	if n.IsScalar() {
		switch strings.ToLower(n.Text) {
		case "true":
			return true, true
		case "false":
			return false, true
		}
		rd.errorf(n.Pos, "wrong_type", "", "%s needs true or false, but here stands %s", check, quote(n.Text))
		return false, false
	}
	rd.errorf(n.Pos, "wrong_type", "", "%s needs true or false, but here stands %s", check, n.Kind)
	return false, false
}

func (rd *reader) exists(n *source.Node) rule {
	want, ok := rd.truth("exists", n)
	if !ok {
		return nil
	}
	switch {
	case rd.d.Always && want:
		rd.neverFails(n.Pos, "", "there always is one")
		return nil
	case rd.d.Always:
		rd.neverHolds(n.Pos, "", "there always is one")
		return nil
	}
	return exists{want}
}

func (rd *reader) not(n *source.Node) rule {
	if e := n.Get("exists"); e != nil && e.IsScalar() && strings.EqualFold(e.Text, "true") {
		rd.neverHolds(e.Pos, "write exists: false instead", "a value that is missing does not meet not either")
		return nil
	}
	inner := *rd
	inner.d.Several = false // each value is tested by itself
	if checks := inner.read(n); len(checks) > 0 && len(checks) == max(1, len(n.Members)) {
		return not{checks}
	}
	return nil
}
