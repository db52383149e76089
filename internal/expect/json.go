package expect

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ohler55/ojg/jp"

	"askflow/internal/source"
)

const (
	// mostMatches is how many places of an answer one path may name.
	mostMatches = 1000
	// mostDescents is how many .. a path may have: each multiplies what there is to look at.
	mostDescents = 2
	// longestPath bounds how deep filters within filters go.
	longestPath = 1000
)

// jsonCheck wants a text that is one JSON value, and of its parts what is checked by their paths.
type jsonCheck struct{ paths []jsonPath }

// jsonPath is a JSONPath and the checks that every place it names must meet.
type jsonPath struct {
	text   string // beginning with $
	path   jp.Expr
	checks []*check
}

// json reads `json: true`, or an object of paths.
func (rd *reader) json(n *source.Node) rule {
	if n.Kind == source.Bool && n.Text == "true" {
		return jsonCheck{}
	}
	if n.Kind != source.Object || len(n.Members) == 0 {
		stands := n.Kind.String()
		switch {
		case n.Kind == source.Object:
			stands = "an object without paths"
		case n.IsScalar():
			stands = quote(n.Text)
		}
		rd.errorf(n.Pos, "wrong_type", "write json: true, or paths and what stands there: json: {$.grade: A}", "json needs true or an object, but here stands %s", stands)
		return nil
	}
	var out jsonCheck
	good := true
	for _, m := range n.Members {
		p, ok := rd.jsonPath(m)
		if !ok {
			good = false
			continue
		}
		out.paths = append(out.paths, p)
	}
	if !good {
		return nil
	}
	return out
}

func (rd *reader) jsonPath(m source.Member) (jsonPath, bool) {
	text, path, err := parsePath(m.Key)
	if err != nil {
		hint := "paths look like $.grade, $.items[0].name, $.tags[*]"
		if plain := strings.TrimPrefix(strings.TrimPrefix(m.Key, "$"), "."); plain != "" && !strings.ContainsAny(plain, "[]()'\"*?@") {
			hint = "a name with other signs than letters and digits stands in brackets: $['" + brief(plain) + "']"
		}
		rd.errorf(m.KeyPos, "bad_json_path", hint, "%s is not a JSONPath: %s", quote(m.Key), err)
		return jsonPath{}, false
	}
	inner := &reader{r: rd.r, env: rd.env, inJSON: true, path: text, d: Domain{Kind: KindText, Subject: rd.subject() + " " + brief(text), Multiline: true}}
	before := len(rd.r.Problems)
	checks := inner.read(m.Value)
	return jsonPath{text: text, path: path, checks: checks}, !rd.r.Problems[before:].HasErrors()
}

// parsePath reads a JSONPath; one that does not begin with $ begins at the root all the same.
func parsePath(key string) (text string, path jp.Expr, err error) {
	defer func() { // the parser belongs to somebody else, and the key is anything
		if r := recover(); r != nil {
			err = errors.New("it cannot be read")
		}
	}()
	text = key
	switch {
	case len(key) > longestPath:
		return text, nil, fmt.Errorf("it is longer than %d bytes", longestPath)
	case strings.HasPrefix(key, "$"):
	case key != "" && !strings.ContainsAny(key, ".[]()*?@'\"$^"):
		return "$." + key, jp.R().Child(key), nil
	case strings.HasPrefix(key, "["):
		text = "$" + key
	default:
		text = "$." + key
	}
	path, err = jp.ParseString(text)
	if err != nil {
		message, _, _ := strings.Cut(err.Error(), " in $")
		if strings.Contains(message, "CompileScript") {
			message = "it holds a script; only filters, [?(…)], are supported"
		}
		return text, nil, errors.New(message)
	}
	if len(path) == 0 {
		return text, nil, errors.New("it is empty")
	}
	descents := 0
	for _, step := range path {
		switch step.(type) {
		case *jp.Proc:
			return text, nil, errors.New("it holds a script; only filters, [?(…)], are supported")
		case jp.Descent:
			descents++
		}
	}
	if descents > mostDescents {
		return text, nil, fmt.Errorf("it has .. more than %d times", mostDescents)
	}
	return text, path, nil
}

func (j jsonCheck) expected() string {
	if len(j.paths) == 0 {
		return "JSON"
	}
	var parts []string
	for _, p := range j.paths {
		for _, c := range p.checks {
			parts = append(parts, p.text+": "+phrase(c.rule))
		}
	}
	return "JSON with " + strings.Join(parts, ", ")
}

func (j jsonCheck) test(ctx context.Context, v *Value, judge Judge) *Mismatch {
	root, bad := decode(textOf(v))
	if bad != nil {
		bad.Expected = j.expected()
		return bad
	}
	if len(j.paths) == 0 {
		return nil
	}
	tree := plain(root)
	var failed []*Mismatch
	var open *Mismatch // what only a judge knows
	for i := range j.paths {
		m := j.paths[i].test(ctx, v, root, tree, judge)
		if m == nil {
			continue
		}
		if m.Code == NotJudged {
			open = m
			continue
		}
		if m.Code != "" {
			return m
		}
		failed = append(failed, m)
	}
	if len(failed) == 0 {
		return open
	}
	for _, m := range failed[1:] {
		failed[0].Expected += "\n" + m.Expected
		failed[0].Got += "\n" + m.Got
		if m.Differs != "" {
			failed[0].Differs = joined(failed[0].Differs, m.Differs)
		}
	}
	return failed[0]
}

// test tests what stands at the path; every place that it names must meet the checks.
func (p *jsonPath) test(ctx context.Context, whole *Value, root *source.Node, tree any, judge Judge) *Mismatch {
	places, err := p.locate(root, tree)
	if err != nil {
		return &Mismatch{Expected: p.text, Got: show(whole), Differs: err.Error()}
	}
	if len(places) == 0 {
		none := Value{Missing: "there is no " + p.text}
		m := firstFailed(ctx, p.checks, &none, judge)
		if m != nil {
			m.Expected = p.text + ": " + m.Expected
		}
		return m
	}
	var open *Mismatch
	for _, place := range places {
		v := valueOf(place.node)
		v.Prompt = whole.Prompt
		m := firstFailed(ctx, p.checks, &v, judge)
		if m == nil {
			continue
		}
		if m.Code == NotJudged {
			open = m
			continue
		}
		m.Expected = p.text + ": " + m.Expected
		m.Got = place.path + ": " + m.Got
		if m.Differs != "" {
			m.Differs = place.path + ": " + m.Differs
		}
		return m
	}
	return open
}

// firstFailed is the first mismatch; one of a judge whom nobody can ask counts only where nothing else fails.
func firstFailed(ctx context.Context, checks []*check, v *Value, judge Judge) *Mismatch {
	var open *Mismatch
	for _, c := range checks {
		switch m := c.test(ctx, v, judge); {
		case m == nil:
		case m.Code == NotJudged:
			open = m
		default:
			return m
		}
	}
	return open
}

// found is a place that a path names.
type found struct {
	path string
	node *source.Node
}

// locate finds the places that the path names, in the order of the text.
func (p *jsonPath) locate(root *source.Node, tree any) (out []found, err error) {
	defer func() { // the evaluator belongs to somebody else, and the text is anything
		if r := recover(); r != nil {
			out, err = nil, fmt.Errorf("the path %s cannot be evaluated on it", p.text)
		}
	}()
	if len(p.path) == 1 && p.path.String() == "$" {
		return []found{{"$", root}}, nil
	}
	locations := p.path.Locate(tree, mostMatches+1)
	if len(locations) > mostMatches {
		return nil, fmt.Errorf("%s names more than %d places", p.text, mostMatches)
	}
	for _, location := range locations {
		if n := follow(root, location); n != nil {
			out = append(out, found{location.String(), n})
		}
	}
	slices.SortStableFunc(out, func(a, b found) int {
		if a.node.Pos.Line != b.node.Pos.Line {
			return a.node.Pos.Line - b.node.Pos.Line
		}
		return a.node.Pos.Col - b.node.Pos.Col
	})
	return out, nil
}

// follow walks a path of names and numbers.
func follow(n *source.Node, path jp.Expr) *source.Node {
	for _, step := range path {
		switch s := step.(type) {
		case jp.Root:
		case jp.Child:
			n = n.Get(string(s))
		case jp.Nth:
			i := int(s)
			if n.Kind != source.Array || i < 0 || i >= len(n.Items) {
				return nil
			}
			n = n.Items[i]
		default:
			return nil
		}
		if n == nil {
			return nil
		}
	}
	return n
}

// decode reads a text that must be one JSON value; the mismatch lacks what was expected.
func decode(text string) (*source.Node, *Mismatch) {
	bad := &Mismatch{Got: shown(text)}
	switch {
	case strings.TrimSpace(text) == "":
		bad.Differs = "it is empty, not JSON"
		return nil, bad
	case strings.HasPrefix(text, "\ufeff"):
		bad.Differs = "a byte order mark stands before the JSON"
		return nil, bad
	}
	root, problems := source.ParseJSON("", []byte(text))
	if root != nil {
		return root, nil
	}
	bad.Differs = "it is not JSON"
	if errs := problems.Errors(); len(errs) > 0 {
		if errs[0].Line > 0 {
			bad.Differs += fmt.Sprintf(": line %d, column %d", errs[0].Line, errs[0].Col)
		}
		bad.Differs += ": " + errs[0].Message
	}
	if inside, ok := unfence(text); ok {
		if root, _ := source.ParseJSON("", []byte(inside)); root != nil {
			bad.Differs = "there is a code fence around the JSON"
		}
	}
	return nil, bad
}

// valueOf is a part of JSON as checks see it: what is neither text nor number nor truth value nor list is its JSON.
func valueOf(n *source.Node) Value {
	switch n.Kind {
	case source.String:
		return Value{Text: n.Text}
	case source.Number:
		x, _ := parseNumber(n.Text)
		return Value{Kind: KindNumber, Number: x, Exact: n.Text}
	case source.Bool:
		return Value{Kind: KindBool, Bool: n.Text == "true"}
	case source.Array:
		v := Value{Kind: KindList, Text: compact(n), List: make([]string, len(n.Items))}
		for i, item := range n.Items {
			v.List[i] = compact(item)
			if item.IsScalar() {
				v.List[i] = item.Text
			}
		}
		return v
	default:
		return Value{Text: compact(n)}
	}
}

func compact(n *source.Node) string { return string(source.AppendJSON(nil, n)) }

// plain is the tree that paths are evaluated on. Filters compare its numbers.
func plain(n *source.Node) any {
	switch n.Kind {
	case source.String:
		return n.Text
	case source.Number:
		if i, ok := wholeNumber(n.Text); ok {
			return i
		}
		x, _ := parseNumber(n.Text)
		return x
	case source.Bool:
		return n.Text == "true"
	case source.Array:
		out := make([]any, len(n.Items))
		for i, item := range n.Items {
			out[i] = plain(item)
		}
		return out
	case source.Object:
		out := make(map[string]any, len(n.Members))
		for _, m := range n.Members {
			out[m.Key] = plain(m.Value)
		}
		return out
	default:
		return nil
	}
}
