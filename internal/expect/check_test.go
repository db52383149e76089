package expect_test

import (
	"context"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/expect"
)

// verdict is one check and the values that meet it, and those that do not.
type verdict struct {
	yaml   string
	domain expect.Domain
	holds  []*expect.Value
	fails  []*expect.Value
}

func values(texts ...string) []*expect.Value {
	var out []*expect.Value
	for _, s := range texts {
		out = append(out, text(s))
	}
	return out
}

func textVerdicts() []verdict {
	return []verdict{
		{yaml: `CA`, holds: values("CA"), fails: values("ca", "CA ", "CAL", "", "CA\n")},
		{yaml: `012`, holds: values("012"), fails: values("12", "10", "12.0")},
		{yaml: `1.10`, holds: values("1.10"), fails: values("1.1")},
		{yaml: `NO`, holds: values("NO"), fails: values("false", "no")},
		{yaml: `true`, holds: values("true"), fails: values("TRUE", "1")},
		{yaml: `""`, holds: values(""), fails: values(" ")},
		{yaml: `{equals: CA}`, holds: values("CA"), fails: values("NY")},
		{yaml: `{equals_ignoring_case: Ca}`, holds: values("CA", "ca"), fails: values("CAL", "CA ")},
		{yaml: `{contains: lif}`, holds: values("Calif."), fails: values("CALIF.", "")},
		{yaml: `{contains: [a, b]}`, holds: values("ba"), fails: values("a", "b", "c")},
		{yaml: `{not_contains: x}`, holds: values("", "abc"), fails: values("x", "axb")},
		{yaml: `{not_contains: [x, y]}`, holds: values("abc"), fails: values("x", "y", "xy")},
		{yaml: `{matches: "^[A-Z]{2}$"}`, holds: values("CA"), fails: values("CAL", "ca", "CA\n")},
		{yaml: `{matches: "(?i)calif"}`, holds: values("in CALIFORNIA"), fails: values("CA")},
		{yaml: `{matches: "."}`, holds: values("a"), fails: values("", "\n")},
		{yaml: `{one_of: [CA, NY, 012]}`, holds: values("CA", "NY", "012"), fails: values("ca", "", "12", "TX")},
		{yaml: `{one_of: [a, b, c, d, e, f, g, h, i, j, k, l, m]}`, holds: values("a", "m"), fails: values("n", "")},
		{yaml: `{starts_with: Dear}`, holds: values("Dear", "Dear Ada"), fails: values("dear", " Dear", "Dea", "")},
		{yaml: `{ends_with: "."}`, holds: values(".", "a."), fails: values("a. ", "")},
		{yaml: `{min: 3}`, holds: values("3", "3.0", "1e2"), fails: values("2", "2.999", "-4", "", "three", " 4", "1,000", "NaN", "Inf", "0x10")},
		{yaml: `{max: 3}`, holds: values("3", "-7", "0"), fails: values("4", "1e400", "", "x")},
		{yaml: `{min: 1, max: 3}`, holds: values("1", "2", "3"), fails: values("0", "4")},
		{yaml: `{length: 2}`, holds: values("CA", "éé", "日本", "\U0001F600x"), fails: values("C", "CAL", "")},
		{yaml: `{length: {min: 1}}`, holds: values("a", "aa"), fails: values("")},
		{yaml: `{length: {max: 2}}`, holds: values("", "aa"), fails: values("aaa")},
		{yaml: `{length: {min: 2, max: 3}}`, holds: values("aa", "aaa"), fails: values("a", "aaaa")},
		{yaml: `{length: 0}`, holds: values(""), fails: values("a")},
		{yaml: `{similar: colour}`, holds: values("colour", "color", " colour\n"), fails: values("cooler", "", "Farbe")},
		{yaml: `{similar: {to: "a  b", min: 1}}`, holds: values("a b", "a\n b"), fails: values("ab", "a b c")},
		{yaml: `{similar: "cafe\u0301 noir"}`, holds: values("caf\u00e9 noir"), fails: values("tea")},
		{yaml: `{not: {contains: x}}`, holds: values("abc"), fails: values("x")},
		{yaml: `{not: {contains: x, length: 2}}`, holds: values("ab", "abx"), fails: values("ax")},
		{yaml: `{not: CA}`, holds: values("NY", ""), fails: values("CA")},
		{yaml: `{not: {not: CA}}`, holds: values("CA"), fails: values("NY")},
		{yaml: `{exists: true}`, holds: values("", "a")},
		{yaml: `{exists: false}`, fails: values("", "a")},
		{yaml: `{equals: CA, length: 2, one_of: [CA, NY]}`, holds: values("CA"), fails: values("NY")},
	}
}

func jsonVerdicts() []verdict {
	return []verdict{
		{yaml: `{json: true}`, holds: values("{}", "[1]", "null", `"a"`, " 1 \n", `{"a":1,"a":2}`), fails: values("", " ", "{", "{} {}", "```json\n{}\n```", "\ufeff{}", "{'a':1}", "NaN", "{} trailing")},
		{yaml: `{json: {grade: A}}`, holds: values(`{"grade":"A"}`), fails: values(`{"grade":"B"}`, `{}`, `[]`, `"A"`, `{"Grade":"A"}`, `{"grade":["A"]}`, `no`)},
		{yaml: `{json: {"$.score": 3}}`, holds: values(`{"score":3}`, `{"score":3.0}`, `{"score":"3"}`), fails: values(`{"score":3.01}`, `{"score":"3.0"}`, `{"score":true}`)},
		{yaml: `{json: {$.id: 901234567890123456}}`, holds: values(`{"id":901234567890123456}`), fails: values(`{"id":901234567890123457}`)},
		{yaml: `{json: {$.score: {min: 3}}}`, holds: values(`{"score":3}`, `{"score":1e400}`, `{"score":"4"}`), fails: values(`{"score":2}`, `{"score":null}`, `{"score":"a"}`, `{}`)},
		{yaml: `{json: {$.ok: true}}`, holds: values(`{"ok":true}`, `{"ok":"true"}`), fails: values(`{"ok":false}`, `{"ok":1}`)},
		{yaml: `{json: {$.x: null}}`, holds: values(`{"x":null}`), fails: values(`{}`, `{"x":0}`)},
		{yaml: `{json: {$.tags: {length: 2}}}`, holds: values(`{"tags":["a","b"]}`, `{"tags":"ab"}`), fails: values(`{"tags":[]}`, `{"tags":["ab"]}`)},
		{yaml: `{json: {$.tags: [a, 1]}}`, holds: values(`{"tags":["a",1]}`), fails: values(`{"tags":[1,"a"]}`, `{"tags":"a"}`)},
		{yaml: `{json: {$.tags: {contains: urgent}}}`, holds: values(`{"tags":["x","urgent"]}`, `{"tags":"urgently"}`), fails: values(`{"tags":["urgently"]}`)},
		{yaml: `{json: {$.tags: {not_contains: urgent}}}`, holds: values(`{"tags":["urgently"]}`), fails: values(`{"tags":["urgent"]}`, `{}`)},
		{yaml: `{json: {"$.tags[*]": {length: {max: 2}}}}`, holds: values(`{"tags":["a","bb"]}`), fails: values(`{"tags":["a","bbb"]}`, `{"tags":[]}`)},
		{yaml: `{json: {"$..id": {min: 1}}}`, holds: values(`{"id":1,"a":[{"id":2}]}`), fails: values(`{"id":1,"a":[{"id":0}]}`)},
		{yaml: `{json: {"$.items[?(@.price > 2)].name": x}}`, holds: values(`{"items":[{"price":3,"name":"x"},{"price":1,"name":"y"}]}`), fails: values(`{"items":[{"price":3.5,"name":"y"}]}`, `{"items":[]}`)},
		{yaml: `{json: {"items[0].name": x}}`, holds: values(`{"items":[{"name":"x"}]}`), fails: values(`{"items":[{"name":"y"}]}`)},
		{yaml: `{json: {"[0]": x}}`, holds: values(`["x"]`), fails: values(`["y"]`)},
		{yaml: `{json: {"first name": x}}`, holds: values(`{"first name":"x"}`), fails: values(`{}`)},
		{yaml: `{json: {"$..*": {length: {max: 3}}}}`, holds: values(`[1,[2]]`), fails: values("["+strings.Repeat("1,", 1000)+"1]", `["abcd"]`)},
		{yaml: `{json: {"$[?(@.n > 1)].n": {max: 5}}}`, holds: values(`{"a":{"n":2},"b":{"n":1},"c":{"n":5.0}}`), fails: values(`{"a":{"n":9}}`, `[{"n":1}]`)},
		{yaml: `{json: {$: {length: 1}}}`, holds: values(`[1]`, `"x"`), fails: values(`[]`)},
		{yaml: `{json: {$.name: {exists: false}}}`, holds: values(`{}`, `[]`), fails: values(`{"name":null}`, `{"name":""}`, `x`)},
		{yaml: `{json: {$.o: {equals: '{"b":1,"a":[2]}'}}}`, holds: values(`{"o": {"b": 1, "a": [ 2 ]}}`), fails: values(`{"o":{"a":[2],"b":1}}`)},
		{yaml: `{json: {$.a: {one_of: [1, x, null]}}}`, holds: values(`{"a":1.0}`, `{"a":"x"}`, `{"a":null}`), fails: values(`{"a":2}`, `{"a":"y"}`)},
		{yaml: `{json: {$.inner: {json: {$.b: 1}}}}`, holds: values(`{"inner":"{\"b\":1}"}`), fails: values(`{"inner":"{"}`)},
		{yaml: `{json_schema: {type: object, required: [a], properties: {a: {type: integer, minimum: 1}}}}`, holds: values(`{"a":1}`), fails: values(`{"a":0}`, `{"a":1.5}`, `{}`, `[]`, `{`, `{"a":1e9999999}`, `{"a":-1e99999999999999}`)},
		{yaml: `{json_schema: schemas/grade.json}`, holds: values(`{"grade":"A"}`), fails: values(`{"grade":"C"}`, `{}`)},
		{yaml: `{json_schema: schemas/grade.yaml}`, holds: values(`{"grade":1}`), fails: values(`{}`)},
		{yaml: `{json_schema: {$ref: "#/$defs/g", $defs: {g: {enum: [A]}}}}`, holds: values(`"A"`), fails: values(`"B"`)},
	}
}

func otherVerdicts() []verdict {
	boolean, numbers, lists, made := expect.Domain{Kind: expect.KindBool}, expect.Domain{Kind: expect.KindNumber}, expect.Domain{Kind: expect.KindList}, expect.Domain{Kind: expect.KindEffects}
	latency := expect.Domain{Kind: expect.KindNumber, Subject: "latency@qualify"}
	steps := expect.Domain{Kind: expect.KindList, Names: []string{"qualify", "notify"}, Canon: func(item string) (string, bool) {
		id, ok := map[string]string{"qualify": "1", "notify": "2", "1": "1", "2": "2"}[item]
		return id, ok
	}}
	all := func(v ...*expect.Value) []*expect.Value { return v }
	return []verdict{
		{`true`, boolean, all(truth(true)), all(truth(false))},
		{`{equals: "false"}`, boolean, all(truth(false)), all(truth(true))},
		{`{not: true}`, boolean, all(truth(false)), all(truth(true))},
		{`9007199254740993`, numbers, all(number(9007199254740993, ""), number(9007199254740993, "9007199254740993.0")), all(number(9007199254740993, "9007199254740992"))},
		{`900`, numbers, all(number(900, ""), number(900, "900")), all(number(901, ""), number(0, ""))},
		{`{max: 0.001}`, numbers, all(number(0.001, "0.001"), number(0, "0")), all(number(0.0010001, "0.0010001"))},
		{`{min: 2, max: 3}`, numbers, all(number(2, ""), number(3, "")), all(number(1, ""), number(4, ""))},
		{`{one_of: [1, 2]}`, numbers, all(number(1, ""), number(2, "2")), all(number(3, ""))},
		{`{not: {min: 2}}`, numbers, all(number(1, "")), all(number(2, ""))},
		{`{max: 2s}`, latency, all(number(2000, "")), all(number(2001, "2001"))},
		{`800ms`, latency, all(number(800, "")), all(number(801, ""))},
		{`{max: 1500}`, latency, all(number(1500, "")), all(number(1501, ""))},
		{`[a, b]`, lists, all(list("a", "b")), all(list("b", "a"), list("a"), list())},
		{`a`, lists, all(list("a")), all(list("a", "b"))},
		{`[]`, lists, all(list()), all(list("a"))},
		{`{contains: [a, b]}`, lists, all(list("b", "x", "a")), all(list("ab"), list("a"))},
		{`{not_contains: a}`, lists, all(list("ab"), list()), all(list("a"))},
		{`{starts_with: [a, b]}`, lists, all(list("a", "b", "c")), all(list("b", "a"), list("a"), list("ab"))},
		{`{ends_with: c}`, lists, all(list("a", "c")), all(list("c", "a"), list())},
		{`{length: 2}`, lists, all(list("a", "b")), all(list("ab"))},
		{`[qualify, "2"]`, steps, all(list("1", "2")), all(list("qualify", "2"))},
		{`{contains: notify}`, steps, all(list("1", "2")), all(list("1"))},
		{`{count: 1}`, made, all(effects(1)), all(effects(0), effects(2))},
		{`{count: {max: 2}}`, made, all(effects(0), effects(2)), all(effects(3))},
		{`{exists: true}`, made, all(effects(1)), all(effects(0))},
		{`{exists: false}`, made, all(effects(0)), all(effects(1))},
		{`{not: {count: 0}}`, made, all(effects(1)), all(effects(0))},
	}
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	all := append(append(textVerdicts(), jsonVerdicts()...), otherVerdicts()...)
	for _, c := range all {
		t.Run(c.yaml, func(t *testing.T) {
			t.Parallel()
			checks := good(t, c.yaml, c.domain)
			for _, v := range c.holds {
				if m := mismatch(checks, v, nil); m != nil {
					t.Errorf("%+v does not hold: %+v", *v, *m)
				}
			}
			for _, v := range c.fails {
				m := mismatch(checks, v, nil)
				if m == nil {
					t.Errorf("%+v holds", *v)
					continue
				}
				if m.Expected == "" || m.Got == "" || m.Code != "" {
					t.Errorf("%+v: the mismatch lacks something: %+v", *v, *m)
				}
			}
		})
	}
}

// Every check is part of the tables, and fails a value that is missing.
func TestMissing(t *testing.T) {
	t.Parallel()
	const why = "the step qualify was not reached"
	seen := map[string]bool{"judge": true} // tested by itself
	all := append(append(textVerdicts(), jsonVerdicts()...), otherVerdicts()...)
	for _, c := range all {
		for _, check := range good(t, c.yaml, c.domain) {
			seen[check.Name()] = true
			for _, v := range []*expect.Value{missing(why), several(missing(why), missing(why))} {
				m := check.Test(context.Background(), v, nil)
				switch {
				case c.yaml == "{exists: false}":
					if m != nil {
						t.Errorf("%s: %+v", c.yaml, *m)
					}
				case m == nil:
					t.Errorf("%s: %s holds for a missing value", c.yaml, check.Name())
				case !strings.Contains(m.Got, why):
					t.Errorf("%s: %q does not say why there is no value", c.yaml, m.Got)
				}
			}
			if m := check.Test(context.Background(), nil, nil); (m == nil) != (c.yaml == "{exists: false}") {
				t.Errorf("%s: nil: %v", c.yaml, m)
			}
		}
	}
	for _, name := range expect.Names() {
		if !seen[name] {
			t.Errorf("no table has %s", name)
		}
	}
}

func TestSeveral(t *testing.T) {
	t.Parallel()
	a, b, none := text("Call Ada"), text("Mail Ada"), missing("the task has no subject")
	for _, c := range []struct {
		yaml  string
		value *expect.Value
		holds bool
	}{
		{`Call Ada`, several(b, a), true},
		{`Call Bob`, several(b, a), false},
		{`{contains: Call}`, several(b, none, a), true},
		{`{contains: Call}`, several(b, none), false},
		{`{not_contains: Bob}`, several(a, b), true},
		{`{not_contains: Call}`, several(b, a), false},
		{`{not_contains: Bob}`, several(a, none), false},
		{`{not: {contains: Call}}`, several(b, a), false},
		{`{not: {contains: Bob}}`, several(b, a), true},
		{`{not: {not_contains: Call}}`, several(a, a), true},
		{`{not: {not_contains: Call}}`, several(a, b), false},
		{`{one_of: [x, Mail Ada]}`, several(a, b), true},
		{`{length: 8}`, several(a, b), true},
		{`{length: 3}`, several(a, b), false},
		{`{exists: true}`, several(none, a), true},
		{`{exists: true}`, several(none), false},
		{`{exists: false}`, several(none, none), true},
		{`{exists: false}`, several(none, a), false},
		{`{exists: true}`, several(), false},
		{`Call Ada`, several(), false},
		{`{not_contains: x}`, several(), false},
	} {
		m := mismatch(good(t, c.yaml, expect.Domain{Several: true}), c.value, nil)
		if (m == nil) != c.holds {
			t.Errorf("%s of %d values: holds %v, not %v: %+v", c.yaml, len(c.value.Several), m == nil, c.holds, m)
		}
	}
	got := mismatch(good(t, `Call Bob`, expect.Domain{}), several(a, b), nil)
	want := &expect.Mismatch{Expected: "Call Bob", Got: "1: Call Ada\n2: Mail Ada", Differs: "it holds for none of the 2 values"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got = mismatch(good(t, `{not_contains: Mail}`, expect.Domain{}), several(a, b), nil)
	want = &expect.Mismatch{Expected: `does not contain "Mail"`, Got: "Mail Ada", Differs: `"Mail" is there, at character 1: "Mail Ada"; this is value 2 of 2, and the check must hold for all`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Of several values one can tell where each begins.
func TestSeveralAreNumbered(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 900)
	m := mismatch(good(t, `Call Bob`, expect.Domain{}), several(text("one\ntwo"), text(long), missing("the task has no body")), nil)
	want := "1: one\ntwo\n2: " + long[:275] + "… (900 characters in all)\n3: nothing: the task has no body"
	if m == nil || m.Got != want {
		t.Errorf("%+v", m)
	}
	m = mismatch(good(t, `{exists: false}`, expect.Domain{}), several(text("a\nb"), text("c")), nil)
	if m == nil || m.Got != "1: a\nb\n2: c" {
		t.Errorf("%+v", m)
	}
	many := make([]*expect.Value, 100)
	for i := range many {
		many[i] = text(long)
	}
	if m = mismatch(good(t, `x`, expect.Domain{}), several(many...), nil); m == nil || !strings.Contains(m.Got, "\n9: x") || utf8.RuneCountInString(m.Got) > 2000 {
		t.Errorf("%+v", m)
	}
}

func TestTestAll(t *testing.T) {
	t.Parallel()
	checks := good(t, `{length: 2, contains: A, not_contains: B}`, expect.Domain{})
	for _, c := range []struct {
		value string
		index int
	}{{"CA", -1}, {"CAL", 0}, {"CO", 1}, {"AB", 2}} {
		i, m := expect.TestAll(context.Background(), checks, text(c.value), nil)
		if i != c.index || (m == nil) != (c.index < 0) {
			t.Errorf("%s: %d, %+v", c.value, i, m)
		}
	}
}

// What is long is cut, and says so.
func TestCut(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 5000)
	for _, yaml := range []string{`CA`, `{contains: x}`, `{json: true}`, `{similar: abc}`, `{length: 1}`, `{equals: ` + long + `x}`, `{not: {length: 5000}}`} {
		m := mismatch(good(t, yaml, expect.Domain{}), text(long), nil)
		if m == nil {
			t.Fatalf("%.20s holds", yaml)
		}
		if n := utf8.RuneCountInString(m.Got); n > 2000 || !strings.HasSuffix(m.Got, "characters in all)") || !utf8.ValidString(m.Got) {
			t.Errorf("%.20s: got has %d characters and ends with %q", yaml, n, m.Got[len(m.Got)-40:])
		}
		if n := utf8.RuneCountInString(m.Expected); n > 2000 {
			t.Errorf("%.20s: expected has %d characters", yaml, n)
		}
		if len(m.Diff) > 8000 || len(m.Differs) > 8000 {
			t.Errorf("%.20s: a diff of %d bytes, differs of %d", yaml, len(m.Diff), len(m.Differs))
		}
	}
	m := mismatch(good(t, `CA`, expect.Domain{}), text(long), nil)
	if !strings.HasSuffix(m.Got, "… (5000 characters in all)") {
		t.Errorf("%q", m.Got[len(m.Got)-40:])
	}
}
