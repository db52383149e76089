package expect_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/expect"
	"askflow/internal/source"
)

func TestNames(t *testing.T) {
	t.Parallel()
	want := []string{"equals", "equals_ignoring_case", "contains", "not_contains", "matches", "one_of", "starts_with", "ends_with", "min", "max", "length", "count",
		"json", "json_schema", "similar", "judge", "not", "exists"}
	if diff := cmp.Diff(want, expect.Names()); diff != "" {
		t.Error(diff)
	}
}

// Checks come in the order of the file, under their names.
func TestReadOrder(t *testing.T) {
	t.Parallel()
	var got []string
	for _, c := range good(t, "{length: 2, equals: CA, exists: true, not: {contains: x}}", expect.Domain{}) {
		got = append(got, c.Name())
	}
	if diff := cmp.Diff([]string{"length", "equals", "exists", "not"}, got); diff != "" {
		t.Error(diff)
	}
}

var (
	least, most = 0.0, 3.0
	anyText     = expect.Domain{Subject: "response", Multiline: true}
	oneLine     = expect.Domain{Subject: "reason"}
	state       = expect.Domain{Subject: "state", Words: []string{"COMPLETED", "GOAL_MET", "UNENROLLED"}, Always: true}
	enrolled    = expect.Domain{Subject: "enrolled", Kind: expect.KindBool, Always: true}
	attempts    = expect.Domain{Subject: "attempts", Kind: expect.KindNumber, Least: &least, Most: &most, Whole: true}
	latency     = expect.Domain{Subject: "latency", Kind: expect.KindNumber, Least: &least, Whole: true}
	kindOfTask  = expect.Domain{Subject: "task type", Words: []string{"TODO", "CALL"}, Optional: true}
	users       = expect.Domain{Subject: "notification users", Kind: expect.KindList, Distinct: true, Names: []string{"Mara Lind", "11"}, Listed: []string{"Mara Lind"},
		Canon: func(s string) (string, bool) { return "11", s == "11" || s == "Mara Lind" }}
	due = expect.Domain{Subject: "task due", Form: func(text string, part bool) (bool, string) {
		return strings.Trim(text, "0123456789-") == "" && (part || len(text) == 10), "write 2026-11-17"
	}}
	task = expect.Domain{Subject: "task", Kind: expect.KindEffects, Most: &most}
	path = expect.Domain{Subject: "path", Kind: expect.KindList, Names: []string{"qualify", "notify"}, Canon: func(s string) (string, bool) {
		return s, s == "qualify" || s == "notify"
	}}
)

// problem is a mistake: the column counts from the beginning of the yaml, from 1.
type problem struct {
	domain  expect.Domain
	yaml    string
	code    string
	col     int
	message string // part of it
	hint    string // part of it
}

func typeProblems() []problem {
	return []problem{
		{anyText, `{contain: x}`, "unknown_check", 2, `response: there is no check "contain"`, `did you mean "contains"?`},
		{anyText, `{regex: x}`, "unknown_check", 2, `there is no check "regex"`, `did you mean "matches"?`},
		{anyText, `{zzzzzzzz: x}`, "unknown_check", 2, `there is no check "zzzzzzzz"`, "its checks are equals,"},
		{anyText, `{count: 1}`, "unknown_check", 2, "count is no check of a text", "its checks are equals,"},
		{enrolled, `{contains: t}`, "unknown_check", 2, "enrolled: contains is no check of what is true or false", "its checks are equals, not, exists"},
		{attempts, `{length: 1}`, "unknown_check", 2, "length is no check of a number", "its checks are equals, one_of, min, max, not, exists"},
		{path, `{json: true}`, "unknown_check", 2, "json is no check of a list", "its checks are equals, contains, not_contains, starts_with, ends_with, length, not, exists"},
		{task, `{max: 1}`, "unknown_check", 2, "max is no check of what the workflow made", "its checks are count, not, exists"},
		{anyText, `{json: {$.a: {b: 1}}}`, "unknown_check", 15, `response $.a: there is no check "b"`, "a member of an object has a path of its own, $.a.b;"},
		{anyText, `{not: {contain: x}}`, "unknown_check", 8, `there is no check "contain"`, `"contains"`},
		{anyText, `[CA, NY]`, "wrong_type", 1, "equals needs a text, but here stands a list", "{one_of: […]}"},
		{anyText, `{equals: [CA]}`, "wrong_type", 10, "equals needs a text, but here stands a list", "{one_of: […]}"},
		{anyText, `{starts_with: [a]}`, "wrong_type", 15, "starts_with needs a text, but here stands a list", "it takes one text"},
		{anyText, `~`, "wrong_type", 1, "here stands nothing", `"null"`},
		{anyText, `{equals: null}`, "wrong_type", 10, "equals needs a text, but here stands null", "quote it"},
		{anyText, `{contains: {a: 1}}`, "wrong_type", 12, "contains needs a text or a list of texts", ""},
		{anyText, `{contains: [a, [b]]}`, "wrong_type", 16, "contains needs texts, but here stands a list", ""},
		{anyText, `{one_of: CA}`, "wrong_type", 10, "one_of needs a list, but here stands text", "write [CA], or equals"},
		{anyText, `{min: few}`, "wrong_type", 7, `min needs a number, but here stands "few"`, ""},
		{anyText, `{max: .inf}`, "wrong_type", 7, `max needs a number, but here stands ".inf"`, ""},
		{anyText, `{max: 1e999}`, "wrong_type", 7, `max needs a number`, ""},
		{anyText, `{max: 2s}`, "wrong_type", 7, `max needs a number, but here stands "2s"`, ""},
		{anyText, `{length: 1.5}`, "wrong_type", 10, `length needs a whole number from 0, but here stands "1.5"`, ""},
		{anyText, `{length: -1}`, "wrong_type", 10, "length needs a whole number", ""},
		{anyText, `{length: {min: a}}`, "wrong_type", 16, `length: min needs a whole number from 0, but here stands "a"`, ""},
		{anyText, `{length: [1]}`, "wrong_type", 10, "length must be an object, but here stands a list", "write a number, or {min: 1, max: 5}"},
		{anyText, `{length: {mim: 1}}`, "unknown_key", 11, `length has no key "mim"`, `did you mean "min"?`},
		{anyText, `{json: A}`, "wrong_type", 8, `json needs true or an object, but here stands "A"`, "json: {$.grade: A}"},
		{anyText, `{json: {}}`, "wrong_type", 8, "an object without paths", "json: true"},
		{anyText, `{json: {$.a: }}`, "", 0, "", ""}, // null is a value of JSON
		{anyText, `{json: {$.a: {equals: {b: 1}}}}`, "wrong_type", 23, "equals needs a text, a number or a list", "json_schema"},
		{anyText, `{json_schema: 5}`, "wrong_type", 15, "json_schema needs a schema or the name of a file", ""},
		{anyText, `{similar: [a]}`, "wrong_type", 11, "similar needs a text", ""},
		{anyText, `{similar: {too: a}}`, "unknown_key", 12, `similar has no key "too"`, `"to"`},
		{anyText, `{similar: {min: 0.5}}`, "missing_key", 11, `similar needs "to"`, ""},
		{anyText, `{similar: " "}`, "missing_key", 11, "similar needs a text that is not empty", ""},
		{anyText, `{similar: {to: a, min: much}}`, "wrong_type", 24, `similar: min needs a number, but here stands "much"`, ""},
		{anyText, `{judge: is polite}`, "wrong_type", 9, "judge must be an object", "{assistant: NAME, rubric: TEXT}"},
		{anyText, `{judge: {assistant: reviewer}}`, "missing_key", 9, `judge needs "rubric"`, ""},
		{anyText, `{judge: {assistant: reviewer, rubric: " "}}`, "missing_key", 39, "judge: rubric must not be empty", ""},
		{anyText, `{judge: {rubric: a}}`, "missing_key", 9, `judge needs "assistant"`, ""},
		{anyText, `{judge: {assistant: reviewr, rubric: a}}`, "unknown_assistant", 21, `the portal has no assistant "reviewr"`, `did you mean "reviewer"?`},
		{anyText, `{judge: {assistant: x, rubric: a}}`, "unknown_assistant", 21, `the portal has no assistant "x"`, `there are "reviewer", "state-formatter"`},
		{enrolled, `yes`, "wrong_type", 1, `equals needs true or false, but here stands "yes"`, ""},
		{enrolled, `[true]`, "wrong_type", 1, "equals needs true or false, but here stands a list", ""},
		{attempts, `two`, "wrong_type", 1, `equals needs a number, but here stands "two"`, ""},
		{latency, `{max: soon}`, "wrong_type", 7, "max needs milliseconds, or a duration as 2s or 800ms", ""},
		{task, `1`, "wrong_type", 1, "checks were expected, but here stands a number", "write {count: 1}"},
		{task, `[1]`, "wrong_type", 1, "checks were expected, but here stands a list", "write {count: 1}"},
		{anyText, `{exists: maybe}`, "wrong_type", 10, `exists needs true or false, but here stands "maybe"`, ""},
	}
}

func sourceProblems() []problem {
	return []problem{
		{anyText, `{matches: "(a"}`, "bad_pattern", 11, "is not a regular expression: missing closing )", "RE2"},
		{anyText, `{matches: "^(?!sorry)"}`, "bad_pattern", 11, "is not a regular expression", "not_contains"},
		{anyText, `{matches: '(.)\1'}`, "bad_pattern", 11, "is not a regular expression", "no references"},
		{anyText, `{json: {"$.a[": 1}}`, "bad_json_path", 9, `"$.a[" is not a JSONPath`, "$.items[0].name"},
		{anyText, `{json: {"$.a-b": 1}}`, "bad_json_path", 9, "is not a JSONPath", "$['a-b']"},
		{anyText, `{json: {"$.a[(@.length-1)]": 1}}`, "bad_json_path", 9, "it holds a script", ""},
		{anyText, `{json: {"$..a..b..c": 1}}`, "bad_json_path", 9, "it has .. more than 2 times", ""},
		{anyText, `{json: {"` + strings.Repeat("(", 1001) + `": 1}}`, "bad_json_path", 9, "it is longer than 1000 bytes", ""},
		{anyText, `{json_schema: {allOf: [{$ref: "#"}]}}`, "bad_schema", 15, "it refers to itself without end", ""},
		{anyText, `{json: {"": 1}}`, "bad_json_path", 9, "is not a JSONPath", ""},
		{anyText, `{json_schema: {type: objekt}}`, "bad_schema", 22, "this is not a JSON Schema: /type: ", ""},
		{anyText, `{json_schema: {properties: {a: {pattern: "(?=a)"}}}}`, "bad_schema", 42, "/properties/a/pattern: ", ""},
		{anyText, `{json_schema: {$ref: other.json}}`, "bad_schema", 22, `it refers to "other.json"`, "$defs"},
		{anyText, `{json_schema: {allOf: [{$ref: "https://example.com/s.json#/a"}]}}`, "bad_schema", 31, `it refers to "https://example.com/s.json"`, "nothing is loaded from elsewhere"},
		{anyText, `{json_schema: {$ref: "file:///etc/passwd"}}`, "bad_schema", 22, `it refers to "file:///etc/passwd"`, ""},
		{anyText, `{json_schema: {$schema: "https://example.com/mine"}}`, "bad_schema", 25, `it refers to "https://example.com/mine"`, ""},
		{anyText, `{json_schema: {$ref: "#/$defs/x"}}`, "bad_schema", 15, "#/$defs/x", ""},
		{anyText, `{json_schema: {$ref: "#"}}`, "bad_schema", 15, "it refers to itself without end", ""},
		{anyText, `{json_schema: {minimum: 1e-99999}}`, "bad_schema", 25, "the number 1e-99999 is too large or too small", ""},
		{anyText, `{json_schema: schemas/bad.json}`, "bad_schema", 15, `"schemas/bad.json" is not a JSON Schema: line 2, column 11: /type: `, ""},
		{anyText, `{json_schema: schemas/torn.json}`, "bad_schema", 15, "schemas/torn.json:1:8: ", ""},
		{anyText, `{json_schema: schemas/void.yaml}`, "bad_schema", 15, "is not a JSON Schema", ""},
		{anyText, `{json_schema: schemas/none.json}`, "unknown_file", 15, `there is no file "schemas/none.json"`, "portal's folder"},
		{anyText, `{json_schema: locked.json}`, "unknown_file", 15, "cannot be read: permission denied", ""},
		{anyText, `{json_schema: grade.txt}`, "unknown_file", 15, `"grade.txt"`, ".yaml"},
		{anyText, `{one_of: [a, b, a]}`, "duplicate_value", 17, `"a" stands twice`, ""},
	}
}

// Every mistake is found, where it stands.
func TestProblems(t *testing.T) {
	t.Parallel()
	all := append(append(typeProblems(), neverProblems()...), sourceProblems()...)
	for _, c := range all {
		t.Run(c.domain.Subject+" "+c.yaml, func(t *testing.T) {
			t.Parallel()
			_, problems := read(t, c.yaml, c.domain)
			if c.code == "" {
				if len(problems) > 0 {
					t.Error(problems)
				}
				return
			}
			if len(problems) != 1 {
				t.Fatalf("%d problems: %v", len(problems), problems)
			}
			p := problems[0]
			if p.Code != c.code || p.Line != 1 || p.Col != c.col+len("x: ") || !strings.Contains(p.Message, c.message) || !strings.Contains(p.Hint, c.hint) {
				t.Errorf("%s at %d (wanted %s at %d): %v", p.Code, p.Col-len("x: "), c.code, c.col, p)
			}
			if want := source.SeverityError; (p.Severity == want) == (p.Code == "duplicate_value") {
				t.Errorf("severity %s", p.Severity)
			}
		})
	}
}

// What is meant well is not refused.
func TestNoProblems(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		domain expect.Domain
		yaml   string
	}{
		{anyText, `{length: {min: 0, max: 5}}`}, {anyText, `{matches: "^.*$"}`}, {anyText, `{matches: "(?s)."}`}, {anyText, `{matches: "\\bCA\\b"}`},
		{attempts, `{max: 2}`}, {attempts, `{min: 1, max: 2}`}, {latency, `{max: 2s}`}, {task, `{count: {max: 2}}`}, {task, `{count: 0}`},
		{state, `COMPLETED`}, {state, `{one_of: [COMPLETED, GOAL_MET]}`}, {state, `{not: COMPLETED}`}, {state, `{judge: {assistant: reviewer, rubric: r}}`},
		{anyText, `{equals: CA, length: 2, judge: {assistant: reviewer, rubric: r}}`}, {anyText, `{equals: CA, exists: true}`},
		{expect.Domain{Several: true}, `{equals: Call, contains: Mail}`}, {expect.Domain{Several: true}, `{min: 5, max: 3}`},
		{anyText, `{json: {$.x: {equals: "[1]", length: 1}}}`}, {anyText, `{json: {$.x: {one_of: [1, a], min: 1}}}`},
		{anyText, `{json_schema: {$schema: "http://json-schema.org/draft-07/schema#", type: object}}`},
		{anyText, `{json_schema: {type: object, properties: {next: {$ref: "#"}}}}`},
	} {
		good(t, c.yaml, c.domain)
	}
}

// Regular expressions that every text matches are refused, as are those that none does.
func TestPatterns(t *testing.T) {
	t.Parallel()
	const fails, holds, fine = "never_fails", "never_holds", ""
	for _, c := range []struct {
		pattern       string
		one, multiple string // the codes for texts of one line, of several
	}{
		{`.*`, fails, fails}, {``, fails, fails}, {`a*`, fails, fails}, {`a?|b`, fails, fails}, {`^`, fails, fails}, {`$`, fails, fails}, {`(?m)^`, fails, fails}, {`(?m)$`, fails, fails},
		{`^.*$`, fails, fine}, {`^(?s:.*)$`, fails, fails}, {`(?s)^.*$`, fails, fails}, {`^[\s\S]*$`, fails, fails}, {`^(.|\n)*$`, fails, fails}, {`^[^\n]*$`, fails, fine},
		{`\A.*\z`, fails, fine}, {`^(.*)+$`, fails, fine}, {`^.*?$`, fails, fine}, {`^a*.*$`, fails, fine}, {`^(x|.*)$`, fails, fine}, {`(^|,)`, fails, fails}, {`(a|^)(b|)`, fails, fails},
		{`^.{0,}$`, fails, fine}, {`(?s)^(.*){2}$`, fails, fails}, {`(?m)^.*$`, fails, fails}, {`a{0,3}`, fails, fails}, {`(a*)+`, fails, fails},
		{`.`, fine, fine}, {`.+`, fine, fine}, {`^.+$`, fine, fine}, {`^$`, fine, fine}, {`^\s*$`, fine, fine}, {`a+`, fine, fine}, {`\b`, fine, fine}, {`^a?$`, fine, fine}, {`^[a-z]*$`, fine, fine},
		{`\B`, fine, fine}, {`^.{0,5}$`, fine, fine}, {`(a|b)`, fine, fine}, {`(?m)a$\n^b`, fine, fine}, {`^[^\x00]*$`, fine, fine}, {`(?m)^$`, fine, fine}, {`a{2,}`, fine, fine},
		{`[^\x00-\x{10FFFF}]`, holds, holds}, {`a^`, holds, holds}, {`$a`, holds, holds}, {`a\Ab|c$d`, holds, holds}, {`(x|$)a^`, holds, holds}, {`(a^)+`, holds, holds}, {`(a^){2}`, holds, holds},
		{`a|b^`, fine, fine}, {`(a^)?b`, fine, fine}, {`a*^b`, fine, fine}, {`x$\n?`, fine, fine},
	} {
		for i, want := range []string{c.one, c.multiple} {
			r := &source.Reader{}
			n := source.NewObject(source.Pos{Line: 1, Col: 1})
			n.Set("matches", source.NewString(c.pattern, source.Pos{Line: 1, Col: 2}))
			checks := expect.Read(r, n, expect.Domain{Multiline: i == 1}, expect.Env{})
			got := ""
			if len(r.Problems) > 0 {
				got = r.Problems[0].Code
			}
			if got != want {
				t.Errorf("%q, multiline %v: %q, not %q: %v", c.pattern, i == 1, got, want, r.Problems)
			}
			if want == fine && len(checks) != 1 {
				t.Errorf("%q: no check", c.pattern)
			}
		}
	}
}

// A text that values are not known to have is a warning, and the check is taken.
func TestUsual(t *testing.T) {
	t.Parallel()
	d := expect.Domain{Subject: "property role", Usual: &expect.Usual{Texts: []string{"BUYER", "LEGAL"}, Separator: ";", Code: "unknown_option", Kind: "option", Meant: func(text string) string {
		if text == "Advisor" {
			return "LEGAL"
		}
		return ""
	}}}
	for _, c := range []struct{ yaml, want string }{
		{`BUYER`, ""}, {`BUYER;LEGAL`, ""}, {`""`, ""}, {`{contains: BOSS}`, ""},
		{`BUYERS`, `tests/t.yaml:1:4: warning: property role: "BUYERS" is no option that is known; did you mean "BUYER"? [unknown_option]`},
		{`{equals: BUYER;BOSS}`, `tests/t.yaml:1:13: warning: property role: "BOSS" is no option that is known; there are "BUYER", "LEGAL" [unknown_option]`},
		{`{one_of: [BUYER, Advisor]}`, `tests/t.yaml:1:21: warning: property role: "Advisor" is no option that is known; did you mean "LEGAL"? [unknown_option]`},
	} {
		checks, problems := read(t, c.yaml, d)
		got := ""
		for _, p := range problems {
			got += fmt.Sprintf("%s: %s: %s; %s [%s]", p.Where(), p.Severity, p.Message, p.Hint, p.Code)
		}
		if got != c.want || len(checks) != 1 {
			t.Errorf("%s: %d checks, %s", c.yaml, len(checks), got)
		}
	}
}

// Without surroundings nothing is known of files and assistants.
func TestNoEnv(t *testing.T) {
	t.Parallel()
	r := &source.Reader{}
	root, _ := source.ParseYAML("", []byte("{judge: {assistant: anybody, rubric: r}, json_schema: s.json}"))
	if checks := expect.Read(r, root, expect.Domain{}, expect.Env{}); len(checks) != 1 || len(r.Problems) != 1 || r.Problems[0].Code != "unknown_file" {
		t.Errorf("%d checks, %v", len(checks), r.Problems)
	}
	r = &source.Reader{}
	if checks := expect.Read(r, nil, expect.Domain{}, expect.Env{}); len(checks) != 0 || len(r.Problems) != 1 {
		t.Errorf("no node: %d checks, %v", len(checks), r.Problems)
	}
}

// FuzzRead: whatever stands there, reading ends, and what was read can be tested.
func FuzzRead(f *testing.F) {
	for _, c := range append(append(typeProblems(), neverProblems()...), sourceProblems()...) {
		f.Add(c.yaml, "CA", uint8(c.domain.Kind))
	}
	for _, c := range append(append(textVerdicts(), jsonVerdicts()...), otherVerdicts()...) {
		for _, v := range append(c.holds, c.fails...) {
			f.Add(c.yaml, v.Text, uint8(c.domain.Kind))
		}
	}
	f.Add("{json: {'$..[?(@.a =~ /x/)]': 1}}", `{"a":"x","b":[{"a":{}}]}`, uint8(0))
	f.Add("{json_schema: {multipleOf: 1e-400, uniqueItems: true}}", `[1e400, 1E+400]`, uint8(0))
	domains := []expect.Domain{anyText, enrolled, attempts, path, task, state, latency, oneLine}
	f.Fuzz(func(t *testing.T, yaml, answer string, pick uint8) {
		root, problems := source.ParseYAML("t.yaml", []byte(yaml))
		if problems.HasErrors() || len(yaml) > 5000 || len(answer) > 5000 {
			return
		}
		d := domains[int(pick)%len(domains)]
		r := &source.Reader{File: "t.yaml", Strict: true}
		checks := expect.Read(r, root, d, env())
		for _, p := range r.Problems {
			if p.Code == "" || p.Message == "" {
				t.Errorf("a problem without code or message: %+v", p)
			}
		}
		if len(checks) == 0 && !r.Problems.HasErrors() {
			t.Errorf("%q: neither checks nor problems", yaml)
		}
		value := expect.Value{Kind: d.Kind, Text: answer, List: strings.Fields(answer), Number: float64(len(answer)), Count: len(answer)}
		for _, c := range checks {
			for _, v := range []expect.Value{value, {Missing: "gone"}, {Several: []expect.Value{value, value}}} {
				m := c.Test(context.Background(), &v, nil)
				again := c.Test(context.Background(), &v, nil)
				if fmt.Sprint(m) != fmt.Sprint(again) {
					t.Errorf("%s of %q says one thing and then another: %v, %v", c.Name(), answer, m, again)
				}
				if m != nil && m.Expected == "" {
					t.Errorf("%s expects nothing: %+v", c.Name(), m)
				}
			}
		}
	})
}
