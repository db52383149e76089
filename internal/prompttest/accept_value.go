package prompttest

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ohler55/ojg/jp"

	"askflow/internal/expect"
	"askflow/internal/rewrite"
	"askflow/internal/source"
)

// propose says what a failed check is to become so that it holds, or why that is not for a program to say.
func propose(s *slot, path rewrite.Path) (*proposal, string) {
	f := &s.first
	n := f.Node
	p := &proposal{s: s, path: path, before: n, after: n.Clone()}
	switch to := n.Get("to"); {
	case n.IsScalar() || f.Check == checkEquals && n.Kind == source.Array:
		value := replacement(f)
		if value == nil {
			return nil, yours(f.Check)
		}
		p.after = value
		p.edits = []edit{{insert: -1, value: value}}
		if n.Kind == source.Array && value.Kind == source.Array {
			p.edits = listEdits(n, value)
		}
	case f.Check == checkSimilar && to.IsScalar():
		value := source.NewString(f.Actual.Text, to.Pos)
		p.after.Set("to", value)
		p.edits = []edit{{at: rewrite.Path{rewrite.Key("to")}, insert: -1, value: value}}
	case f.Check == checkOneOf && n.Kind == source.Array:
		item := valueNode(f, nil)
		p.after.Items = append(p.after.Items, item)
		p.edits = []edit{{insert: len(n.Items), value: item}}
	case f.Check == checkJSON && n.Kind == source.Object:
		if p.paths(f.Actual.Text); len(p.edits) == 0 {
			return nil, "none of its paths leads to one other text, number, true or false"
		}
	default:
		return nil, yours(f.Check)
	}
	return p, ""
}

// replacement is the value that takes the place of a check's only value; nil where that is the author's to say.
func replacement(f *Failure) *source.Node {
	switch f.Check {
	case checkEquals:
		return valueNode(f, f.Node)
	case checkSimilar:
		return source.NewString(f.Actual.Text, f.Node.Pos)
	case checkCount:
		return source.NewNumber(strconv.Itoa(f.Actual.Count), f.Node.Pos)
	case checkLength:
		return source.NewNumber(strconv.Itoa(length(f.Actual)), f.Node.Pos)
	}
	return nil
}

// yours says that a check is the author's to change.
func yours(check string) string {
	switch check {
	case "min":
		return "a minimum is yours to lower"
	case "max":
		return "a maximum is yours to raise"
	case checkCount, checkLength:
		return "bounds are yours to move"
	case "matches":
		return "a pattern is yours to change"
	case "json_schema":
		return "a schema is yours to change"
	case checkJudge:
		return "what a judge did not like is yours to decide"
	case checkNot, "not_contains":
		return "what must not come is yours to say"
	case checkExists:
		return "whether there must be a value is yours to say"
	default:
		return "what " + check + " wants is yours to say"
	}
}

// valueNode is the value that came out, written as the old one was: a number stays a number, 2s a span. old is nil for a new
// item.
func valueNode(f *Failure, old *source.Node) *source.Node {
	v := f.Actual
	pos := f.Node.Pos
	switch v.Kind {
	case expect.KindBool:
		return source.NewBool(v.Bool, pos)
	case expect.KindNumber:
		if strings.HasPrefix(f.Subject, string(Latency)) && old != nil && old.Kind == source.String {
			return source.NewString((time.Duration(v.Number) * time.Millisecond).String(), pos)
		}
		text := v.Exact
		if !source.ValidNumber(text) {
			text = strconv.FormatFloat(v.Number, 'f', -1, 64)
		}
		return source.NewNumber(text, pos)
	case expect.KindEffects:
		return source.NewNumber(strconv.Itoa(v.Count), pos)
	case expect.KindList:
		list := source.NewArray(pos)
		for _, item := range v.List {
			list.Items = append(list.Items, source.NewString(item, pos))
		}
		return list
	default:
		return scalarLike(old, v.Text, pos)
	}
}

// scalarLike is a text, written without quotes where the old value was and the new one can be.
func scalarLike(old *source.Node, text string, pos source.Pos) *source.Node {
	switch {
	case old != nil && old.Kind == source.Number && source.ValidNumber(text):
		return source.NewNumber(text, pos)
	case old != nil && old.Kind == source.Bool && (text == "true" || text == "false"):
		return source.NewBool(text == "true", pos)
	}
	return source.NewString(text, pos)
}

// length is what the check length counts.
func length(v *expect.Value) int {
	if v.Kind == expect.KindList {
		return len(v.List)
	}
	return utf8.RuneCountInString(v.Text)
}

// paths proposes the values that stand at the paths of a json check now.
func (p *proposal) paths(text string) {
	var data any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if d.Decode(&data) != nil {
		return // then nothing can be accepted, which is what the caller says
	}
	for _, m := range p.before.Members {
		at := rewrite.Path{rewrite.Key(m.Key)}
		want := m.Value
		if eq := want.Get(checkEquals); eq != nil {
			want, at = eq, append(at, rewrite.Key(checkEquals))
		}
		got := atPath(data, m.Key)
		if !want.IsScalar() || !got.IsScalar() || got.Text == want.Text {
			continue
		}
		got.Pos = want.Pos
		p.edits = append(p.edits, edit{at: at, insert: -1, value: got})
		if inner := p.after.Get(m.Key); len(at) > 1 {
			inner.Set(checkEquals, got)
		} else {
			p.after.Set(m.Key, got)
		}
	}
}

// atPath is the only scalar that a path leads to; nil where it leads to none or to several values.
func atPath(data any, path string) *source.Node {
	if !strings.HasPrefix(path, "$") {
		path = "$." + path
	}
	x, err := jp.ParseString(path)
	if err != nil {
		return nil
	}
	found := x.Get(data)
	if len(found) != 1 {
		return nil
	}
	switch v := found[0].(type) {
	case string:
		return source.NewString(v, source.Pos{})
	case json.Number:
		return source.NewNumber(v.String(), source.Pos{})
	case bool:
		return source.NewBool(v, source.Pos{})
	}
	return nil
}
