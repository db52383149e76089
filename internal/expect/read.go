package expect

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"askflow/internal/source"
)

// Read reads what stands behind a subject or a member: a scalar, which the value must equal, a list, which a list must equal, or
// an object of checks by name, all of which must hold. What is wrong with it goes to r, each problem with the place of the
// node it is about; the checks that can be used are returned all the same.
func Read(r *source.Reader, n *source.Node, d Domain, env Env) []Check {
	rd := &reader{r: r, d: d, env: env}
	read := rd.read(n)
	out := make([]Check, len(read))
	for i, c := range read {
		out[i] = c
	}
	return out
}

// TestAll tests the checks one after another. It returns the place and the mismatch of the first that fails, -1 and nil when all
// of them hold. One that is NotJudged is returned only where none fails.
func TestAll(ctx context.Context, checks []Check, v *Value, judge Judge) (index int, m *Mismatch) {
	index = -1
	for i, c := range checks {
		switch failed := c.Test(ctx, v, judge); {
		case failed == nil:
		case failed.Code != NotJudged:
			return i, failed
		case m == nil:
			index, m = i, failed
		}
	}
	return index, m
}

// Names are all checks, in the order in which messages list them.
func Names() []string {
	kinds := checkKinds()
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.name
	}
	return names
}

// checkKind is one check: which values it takes and how it is read. Parts of JSON take what texts do.
type checkKind struct {
	name     string
	takes    []Kind
	negative bool
	read     func(rd *reader, n *source.Node) rule // nil when something was wrong
}

func checkKinds() []checkKind {
	text, every := []Kind{KindText}, []Kind{KindText, KindBool, KindNumber, KindList, KindEffects}
	textOrList, textOrNumber := []Kind{KindText, KindList}, []Kind{KindText, KindNumber}
	return []checkKind{
		{name: "equals", takes: []Kind{KindText, KindBool, KindNumber, KindList}, read: (*reader).equals},
		{name: "equals_ignoring_case", takes: text, read: (*reader).equalsFold},
		{name: "contains", takes: textOrList, read: (*reader).contains},
		{name: "not_contains", takes: textOrList, negative: true, read: (*reader).notContains},
		{name: "matches", takes: text, read: (*reader).matches},
		{name: "one_of", takes: textOrNumber, read: (*reader).oneOf},
		{name: "starts_with", takes: textOrList, read: (*reader).startsWith},
		{name: "ends_with", takes: textOrList, read: (*reader).endsWith},
		{name: "min", takes: textOrNumber, read: (*reader).min},
		{name: "max", takes: textOrNumber, read: (*reader).max},
		{name: "length", takes: textOrList, read: (*reader).length},
		{name: "count", takes: []Kind{KindEffects}, read: (*reader).count},
		{name: "json", takes: text, read: (*reader).json},
		{name: "json_schema", takes: text, read: (*reader).jsonSchema},
		{name: "similar", takes: text, read: (*reader).similar},
		{name: "judge", takes: text, read: (*reader).judge},
		{name: "not", takes: every, negative: true, read: (*reader).not},
		{name: "exists", takes: every, read: (*reader).exists},
	}
}

// reader reads the checks of one value.
type reader struct {
	r   *source.Reader
	d   Domain
	env Env
	// inJSON tells that values are parts of JSON: text, numbers, truth values, lists. path is where they stand.
	inJSON bool
	path   string
}

func (rd *reader) subject() string {
	if rd.d.Subject == "" {
		return "the value"
	}
	return rd.d.Subject
}

// errorf records an error whose message begins with the subject.
func (rd *reader) errorf(pos source.Pos, code, hint, format string, args ...any) {
	rd.r.Errorf(pos, code, hint, "%s: %s", rd.subject(), fmt.Sprintf(format, args...))
}

func (rd *reader) neverFails(pos source.Pos, hint, format string, args ...any) {
	rd.errorf(pos, "never_fails", hint, "this check can never fail: %s", fmt.Sprintf(format, args...))
}

func (rd *reader) neverHolds(pos source.Pos, hint, format string, args ...any) {
	rd.errorf(pos, "never_holds", hint, "this check can never hold: %s", fmt.Sprintf(format, args...))
}

func (rd *reader) read(n *source.Node) []*check {
	switch {
	case n == nil:
		rd.errorf(source.Pos{}, "wrong_type", "", "a value or checks were expected, but here stands nothing")
		return nil
	case n.Kind == source.Object:
		return rd.mapping(n)
	case n.Kind == source.Null && !rd.inJSON:
		rd.errorf(n.Pos, "wrong_type", "quote it if it is the text "+quote("null"), "a value or checks were expected, but here stands nothing")
		return nil
	case rd.d.Kind == KindEffects && n.IsScalar():
		rd.errorf(n.Pos, "wrong_type", "write {count: "+brief(n.Text)+"}", "checks were expected, but here stands %s", n.Kind)
		return nil
	case rd.d.Kind == KindEffects:
		rd.errorf(n.Pos, "wrong_type", "write {count: 1}", "checks were expected, but here stands %s", n.Kind)
		return nil
	}
	if c := rd.one(checkKinds()[0], n); c != nil {
		return []*check{c}
	}
	return nil
}

// mapping reads checks by their names.
func (rd *reader) mapping(n *source.Node) []*check {
	if len(n.Members) == 0 {
		rd.neverFails(n.Pos, "", "nothing is checked here")
		return nil
	}
	kinds := checkKinds()
	var out []*check
	for _, m := range n.Members {
		i := slices.IndexFunc(kinds, func(k checkKind) bool { return k.name == m.Key })
		if i < 0 || !slices.Contains(kinds[i].takes, rd.d.Kind) {
			rd.unknownCheck(m, i >= 0)
			continue
		}
		if c := rd.one(kinds[i], m.Value); c != nil {
			out = append(out, c)
		}
	}
	return rd.contradictions(out)
}

// one reads one check and refuses it where no possible value, or every one, meets it.
func (rd *reader) one(kind checkKind, n *source.Node) *check {
	found := kind.read(rd, n)
	if found == nil {
		return nil
	}
	c := &check{name: kind.name, rule: found, negative: kind.negative, pos: n.Pos}
	if e, ok := found.(exists); ok {
		c.negative = !e.want
	}
	if !rd.possible(c) {
		return nil
	}
	return c
}

func (rd *reader) unknownCheck(m source.Member, exists bool) {
	var names []string
	for _, k := range checkKinds() {
		if slices.Contains(k.takes, rd.d.Kind) {
			names = append(names, k.name)
		}
	}
	hint := "its checks are " + strings.Join(names, ", ")
	if exists {
		rd.errorf(m.KeyPos, "unknown_check", hint, "%s is no check of %s", m.Key, rd.kindWords())
		return
	}
	near := source.Nearest(m.Key, names)
	if other := otherWord(m.Key); near == "" && slices.Contains(names, other) {
		near = other
	}
	switch {
	case near != "":
		hint = fmt.Sprintf("did you mean %s?", quote(near))
	case rd.inJSON:
		hint = "a member of an object has a path of its own, " + brief(rd.path+"."+m.Key) + "; " + hint
	}
	rd.errorf(m.KeyPos, "unknown_check", hint, "there is no check %s", quote(m.Key))
}

// otherWord is the check that other tools call by this name, "" for none.
func otherWord(name string) string {
	others := map[string]string{
		"equals":       "is eq equal_to == value exact",
		"one_of":       "in any_of enum oneof",
		"contains":     "includes include has contains_all icontains",
		"not_contains": "excludes exclude without contains_none",
		"matches":      "regex regexp pattern re",
		"starts_with":  "prefix begins_with",
		"ends_with":    "suffix",
		"min":          "minimum at_least gte ge >=",
		"max":          "maximum at_most lte le <=",
		"length":       "len size characters",
		"json":         "jsonpath json_path",
		"json_schema":  "schema jsonschema",
		"similar":      "levenshtein like similarity",
		"judge":        "llm_rubric rubric llm",
		"exists":       "present defined",
	}
	name = strings.ToLower(strings.ReplaceAll(name, "-", "_"))
	for check, names := range others {
		if slices.Contains(strings.Fields(names), name) {
			return check
		}
	}
	return ""
}

func (rd *reader) kindWords() string {
	switch rd.d.Kind {
	case KindBool:
		return "what is true or false"
	case KindNumber:
		return "a number"
	case KindList:
		return "a list"
	case KindEffects:
		return "what the workflow made"
	default:
		return "a text"
	}
}

// members checks that n is an object with no other members than these.
func (rd *reader) members(what string, n *source.Node, hint string, names ...string) bool {
	if n.Kind != source.Object {
		rd.errorf(n.Pos, "wrong_type", hint, "%s must be an object, but here stands %s", what, n.Kind)
		return false
	}
	good := true
	for _, m := range n.Members {
		if slices.Contains(names, m.Key) {
			continue
		}
		good = false
		hint := "its keys are " + strings.Join(names, ", ")
		if near := source.Nearest(m.Key, names); near != "" {
			hint = "did you mean " + quote(near) + "?"
		}
		rd.errorf(m.KeyPos, "unknown_key", hint, "%s has no key %s", what, quote(m.Key))
	}
	return good
}
