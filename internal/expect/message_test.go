package expect_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/expect"
)

// What a mismatch says, to the letter.
func TestMessages(t *testing.T) {
	t.Parallel()
	latency := expect.Domain{Kind: expect.KindNumber, Subject: "latency"}
	numbers := expect.Domain{Kind: expect.KindNumber}
	steps := expect.Domain{Kind: expect.KindList}
	none := expect.Domain{}
	for _, c := range []struct {
		yaml   string
		domain expect.Domain
		value  *expect.Value
		want   expect.Mismatch
	}{
		{`CA`, none, text("California"), expect.Mismatch{Expected: "CA", Got: "California", Differs: `at character 2: expected "CA", got "California"`}},
		{`The state is CA`, none, text("The state is California"), expect.Mismatch{Expected: "The state is CA", Got: "The state is California", Differs: `at character 15: expected "…e state is CA", got "…e state is California"`}},
		{`CAL`, none, text("CA"), expect.Mismatch{Expected: "CAL", Got: "CA", Differs: `at character 3: expected "CAL", got the end`}},
		{`CA`, none, text(""), expect.Mismatch{Expected: "CA", Got: `""`, Differs: `at character 1: expected "CA", got nothing`}},
		{`CA`, none, text("CA\n"), expect.Mismatch{Expected: "CA", Got: "CA\n", Differs: "only a newline at the end differs"}},
		{`"CA\n"`, none, text("CA"), expect.Mismatch{Expected: "CA\n", Got: "CA", Differs: "only a newline at the end differs: it is missing"}},
		{`CA`, none, text("CA  "), expect.Mismatch{Expected: "CA", Got: "CA  ", Differs: "only white space at the end differs"}},
		{`CA`, none, text(" CA"), expect.Mismatch{Expected: "CA", Got: " CA", Differs: "only white space at the beginning differs"}},
		{`CA`, none, text(" CA "), expect.Mismatch{Expected: "CA", Got: " CA ", Differs: "only white space around it differs"}},
		{`a b`, none, text("a\u00a0 b"), expect.Mismatch{Expected: "a b", Got: "a\u00a0 b", Differs: "only white space differs"}},
		{`CA`, none, text("ca"), expect.Mismatch{Expected: "CA", Got: "ca", Differs: "only upper and lower case differ"}},
		{`CA`, none, text("ca\n"), expect.Mismatch{Expected: "CA", Got: "ca\n", Differs: "only white space around it and upper and lower case differ"}},
		{`"caf\u00e9"`, none, text("cafe\u0301"), expect.Mismatch{Expected: "caf\u00e9", Got: "cafe\u0301", Differs: "only how characters are composed differs (Unicode normalization)"}},
		{`'{"a":1}'`, none, text("```json\n{\"a\":1}\n```"), expect.Mismatch{Expected: `{"a":1}`, Got: "```json\n{\"a\":1}\n```", Differs: "only the code fence around it differs", Diff: "--- expected\n+++ got\n@@ -1 +1,3 @@\n+```json\n {\"a\":1}\n+```\n"}},
		{`{equals_ignoring_case: ca}`, none, text("CAL"), expect.Mismatch{Expected: `"ca" in upper or lower case`, Got: "CAL", Differs: `at character 3: expected the end, got "CAL"`}},
		{`{equals_ignoring_case: dear ada}`, none, text("Dear Bob"), expect.Mismatch{Expected: `"dear ada" in upper or lower case`, Got: "Dear Bob", Differs: `at character 6: expected "dear ada", got "Dear Bob"`}},
		{`{contains: "Calif."}`, none, text("Ada lives in california, USA"), expect.Mismatch{Expected: `contains "Calif."`, Got: "Ada lives in california, USA", Differs: `"Calif." is missing; nearest: "calif"`}},
		{`{contains: Calif}`, none, text("in california"), expect.Mismatch{Expected: `contains "Calif"`, Got: "in california", Differs: `"Calif" is missing; only upper and lower case differ in "calif"`}},
		{`{contains: [in, Texas]}`, none, text("in a state"), expect.Mismatch{Expected: `contains "in", "Texas"`, Got: "in a state", Differs: `"Texas" is missing`}},
		{`{not_contains: sorry}`, none, text("I am so very sorry for what was said"), expect.Mismatch{Expected: `does not contain "sorry"`, Got: "I am so very sorry for what was said", Differs: `"sorry" is there, at character 14: "… am so very sorry for what wa…"`}},
		{`{matches: "^[A-Z]{2}$"}`, none, text("CAL"), expect.Mismatch{Expected: "matches ^[A-Z]{2}$", Got: "CAL", Differs: `it matches up to "CA", but not from character 3 on: "CAL"`}},
		{`{matches: "^[A-Z]{2}$"}`, none, text("C"), expect.Mismatch{Expected: "matches ^[A-Z]{2}$", Got: "C", Differs: `it does not match from the beginning: "C"`}},
		{`{matches: "^(A|B): .+ please$"}`, none, text("A: call me"), expect.Mismatch{Expected: "matches ^(A|B): .+ please$", Got: "A: call me", Differs: `it matches up to "A: call me", but not from character 11 on: the end`}},
		{`{matches: "^[A-Z]{2}$"}`, none, text("CA\n"), expect.Mismatch{Expected: "matches ^[A-Z]{2}$", Got: "CA\n", Differs: "only white space around it differs"}},
		{`{matches: "Grade: [A-F]"}`, none, text("grade: a"), expect.Mismatch{Expected: "matches Grade: [A-F]", Got: "grade: a", Differs: "only upper and lower case differ"}},
		{`{matches: "Grade: [A-F]"}`, none, text("the Grad: 1"), expect.Mismatch{Expected: "matches Grade: [A-F]", Got: "the Grad: 1", Differs: `"Grade: " is missing; nearest: "Grad: "`}},
		{`{matches: "Grade: [A-F]"}`, none, text("its Grade: 1"), expect.Mismatch{Expected: "matches Grade: [A-F]", Got: "its Grade: 1", Differs: `it matches up to "Grade: ", but not from character 12 on: "its Grade: 1"`}},
		{`{matches: '\A\{.*\}\z'}`, none, text("```json\n{}\n```"), expect.Mismatch{Expected: `matches \A\{.*\}\z`, Got: "```json\n{}\n```", Differs: "it does not match from the beginning: \"```json\n{}\n``…\""}},
		{`{matches: "x+|y+"}`, none, text("a"), expect.Mismatch{Expected: "matches x+|y+", Got: "a"}},
		{`{one_of: [CA, NY]}`, none, text("Ca\n"), expect.Mismatch{Expected: `one of "CA", "NY"`, Got: "Ca\n", Differs: `nearest: "CA"; only white space around it and upper and lower case differ`}},
		{`{one_of: [a1, b1, c1, d1, e1, f1, g1, h1, i1, j1, k1, l1, m1]}`, none, text("m2"), expect.Mismatch{Expected: "one of 13 texts", Got: "m2", Differs: `nearest: "m1"; at character 2: expected "m1", got "m2"`}},
		{`{one_of: [hot lead, cold lead]}`, none, text("hot leads"), expect.Mismatch{Expected: `one of "hot lead", "cold lead"`, Got: "hot leads", Differs: `nearest: "hot lead"; at character 9: expected the end, got "hot leads"`}},
		{`{one_of: [hot lead, cold lead]}`, none, text("no idea"), expect.Mismatch{Expected: `one of "hot lead", "cold lead"`, Got: "no idea"}},
		{`{starts_with: Dear}`, none, text("Hello Dear"), expect.Mismatch{Expected: `starts with "Dear"`, Got: "Hello Dear", Differs: `at character 1: expected "Dear", got "Hello Dear"`}},
		{`{starts_with: Dear}`, none, text(" Dear Ada"), expect.Mismatch{Expected: `starts with "Dear"`, Got: " Dear Ada", Differs: "white space stands before it"}},
		{`{ends_with: Bye}`, none, text("… and BYE"), expect.Mismatch{Expected: `ends with "Bye"`, Got: "… and BYE", Differs: "only upper and lower case differ"}},
		{`{ends_with: Bye}`, none, text("Bye\n"), expect.Mismatch{Expected: `ends with "Bye"`, Got: "Bye\n", Differs: "white space follows it"}},
		{`{ends_with: Bye}`, none, text("see you"), expect.Mismatch{Expected: `ends with "Bye"`, Got: "see you", Differs: `it ends with "… you"`}},
		{`{min: 3}`, none, text("three"), expect.Mismatch{Expected: "at least 3", Got: "three", Differs: "it is not a number"}},
		{`{min: 3}`, none, text("3\n"), expect.Mismatch{Expected: "at least 3", Got: "3\n", Differs: "it is not a number: white space stands around the digits"}},
		{`{max: 0.001}`, numbers, number(0.0012, "0.0012"), expect.Mismatch{Expected: "at most 0.001", Got: "0.0012"}},
		{`900`, numbers, number(1200, ""), expect.Mismatch{Expected: "900", Got: "1200"}},
		{`{one_of: [1, 2]}`, numbers, number(3, ""), expect.Mismatch{Expected: "one of 1, 2", Got: "3"}},
		{`{max: 2000}`, latency, number(2500, ""), expect.Mismatch{Expected: "at most 2s", Got: "2.5s"}},
		{`2s`, latency, number(2500, "2500"), expect.Mismatch{Expected: "2s", Got: "2500ms"}},
		{`["1", "2", "4"]`, steps, list("1", "3"), expect.Mismatch{Expected: "[1, 2, 4]", Got: "[1, 3]", Differs: `at item 2: expected "2", got "3"`}},
		{`["1", "2"]`, steps, list("1"), expect.Mismatch{Expected: "[1, 2]", Got: "[1]", Differs: `at item 2: expected "2", got the end`}},
		{`{contains: qualify}`, steps, list("qualfy"), expect.Mismatch{Expected: `contains "qualify"`, Got: "[qualfy]", Differs: `"qualify" is missing; nearest: "qualfy"`}},
		{`{length: {min: 1, max: 2}}`, none, text("abc"), expect.Mismatch{Expected: "a length of 1 to 2", Got: "3 characters: abc"}},
		{`{length: {min: 2}}`, none, text("a"), expect.Mismatch{Expected: "a length of at least 2", Got: "1 character: a"}},
		{`{length: {max: 1}}`, steps, list("a", "b"), expect.Mismatch{Expected: "a length of at most 1", Got: "2 items: [a, b]"}},
		{`{count: 1}`, expect.Domain{Kind: expect.KindEffects}, effects(3), expect.Mismatch{Expected: "a count of 1", Got: "3"}},
		{`{json: true}`, none, text("{\n  \"a\":}"), expect.Mismatch{Expected: "JSON", Got: "{\n  \"a\":}", Differs: `it is not JSON: line 2, column 7: a value was expected, but here stands '}'`}},
		{`{json: true}`, none, text("```json\n{}\n```"), expect.Mismatch{Expected: "JSON", Got: "```json\n{}\n```", Differs: "there is a code fence around the JSON"}},
		{`{json: true}`, none, text(" \n"), expect.Mismatch{Expected: "JSON", Got: " \n", Differs: "it is empty, not JSON"}},
		{`{json: {grade: A}}`, none, text("no"), expect.Mismatch{Expected: `JSON with $.grade: "A"`, Got: "no", Differs: "it is not JSON: line 1, column 1: a value was expected, but here stands 'n'"}},
		{`{json: {grade: A}}`, none, text("{}"), expect.Mismatch{Expected: "$.grade: A", Got: "nothing: there is no $.grade"}},
		{`{json: {grade: A, "$.tags[*]": {length: 2}, n: {min: 1}}}`, none, text(`{"n":1,"tags":["ab","c"],"grade":"B"}`),
			expect.Mismatch{Expected: "$.grade: A\n$.tags[*]: a length of 2", Got: "$.grade: B\n$.tags[1]: 1 character: c", Differs: `$.grade: at character 1: expected "A", got "B"`}},
		{`{json: {"$.*": {min: 1}}}`, none, text(`{"z":0,"y":-1,"a":-2}`), expect.Mismatch{Expected: "$.*: at least 1", Got: "$.z: 0"}},
		{`{json: {"$..*": {length: 1}}}`, none, text("[" + strings.Repeat("1,", 1000) + "1]"), expect.Mismatch{Expected: "$..*", Got: cutOnes(), Differs: "$..* names more than 1000 places"}},
		{`{json_schema: {required: [x], properties: {b/c: {type: string}, a: {enum: [1, 2]}}}}`, none, text(`{"a":3,"b/c":4}`),
			expect.Mismatch{Expected: "JSON that meets the schema", Got: `{"a":3,"b/c":4}`, Differs: "at the root: missing property 'x'; /a: value must be one of 1, 2; /b~1c: got number, want string"}},
		{`{json_schema: schemas/grade.json}`, none, text(`{}`), expect.Mismatch{Expected: "JSON that meets schemas/grade.json", Got: "{}", Differs: "at the root: missing property 'grade'"}},
		{`{json_schema: {minimum: 3}}`, none, text(`1e99999`), expect.Mismatch{Expected: "JSON that meets the schema", Got: "1e99999", Differs: "the number 1e99999 is too large or too small to be compared with the schema"}},
		{`{similar: a quick brown fox}`, none, text("a quick red fox"), expect.Mismatch{Expected: `a similarity of at least 0.8 to "a quick brown fox"`, Got: "a quick red fox", Differs: "the similarity is 0.76", Diff: "--- expected\n+++ got\n a quick \n-brown\n+red\n  fox\n"}},
		{`{judge: {assistant: reviewer, rubric: is polite, min: 0.7}}`, none, text("x"), expect.Mismatch{Expected: "that reviewer gives it at least 0.7 for: is polite", Got: "not judged: nobody can be asked here", Code: expect.NotJudged}},
		{`{not: {judge: {assistant: reviewer, rubric: is rude}}}`, none, text("x"), expect.Mismatch{Expected: "that reviewer says it does not meet: is rude", Got: "not judged: nobody can be asked here", Code: expect.NotJudged}},
		{`{not: {contains: a, equals: abc}}`, none, text("abc"), expect.Mismatch{Expected: `not all of: contains "a"; "abc"`, Got: "abc"}},
		{`{not: {max: 3}}`, numbers, number(2, ""), expect.Mismatch{Expected: "not: at most 3", Got: "2"}},
		{`{exists: false}`, none, text("x"), expect.Mismatch{Expected: "no value", Got: "x"}},
		{`{exists: true}`, none, missing("the step qualify was not reached"), expect.Mismatch{Expected: "a value", Got: "nothing: the step qualify was not reached"}},
		{`CA`, none, missing("the record did not enroll"), expect.Mismatch{Expected: "CA", Got: "nothing: the record did not enroll"}},
		{`CA`, none, text("\x1b[2J"), expect.Mismatch{Expected: "CA", Got: "\x1b[2J", Differs: "at character 1: expected \"CA\", got \"\x1b[2J\""}}, // those who show it escape it
	} {
		m := mismatch(good(t, c.yaml, c.domain), c.value, nil)
		if m == nil {
			t.Errorf("%s holds for %+v", c.yaml, *c.value)
			continue
		}
		if diff := cmp.Diff(c.want, *m); diff != "" {
			t.Errorf("%s: %s", c.yaml, diff)
		}
	}
}

// Long texts of one line are compared by words, those of several by lines; short ones have no diff.
func TestDiff(t *testing.T) {
	t.Parallel()
	const long = "the quick brown fox jumps over the lazy dog and then some more words follow here until it ends"
	var tall []string
	for range 200 {
		tall = append(tall, "line")
	}
	for _, c := range []struct{ name, want, got, diff string }{
		{"short", "CA", "NY", ""},
		{"words", long, strings.Replace(long, "lazy", "crazy", 1), "--- expected\n+++ got\n the quick brown fox jumps over the \n-lazy\n+crazy\n  dog and then some more words follow here…\n"},
		{"only in one", long, long + " now", "--- expected\n+++ got\n … some more words follow here until it ends\n+ now\n"},
		{"lines", "a\nb\nc", "a\nx\nc", "--- expected\n+++ got\n@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n"},
		{"no newline at the end", "a\nb\n", "a\nb", "--- expected\n+++ got\n@@ -1,2 +1,2 @@\n a\n-b\n+b\n\\ No newline at end of file\n"},
	} {
		m := mismatch([]expect.Check{equalsOf(t, c.want)}, text(c.got), nil)
		if m == nil {
			t.Fatalf("%s: no mismatch", c.name)
		}
		if diff := cmp.Diff(c.diff, m.Diff); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
	other := strings.ReplaceAll(strings.Join(tall, "\n"), "line", "row")
	m := mismatch([]expect.Check{equalsOf(t, strings.Join(tall, "\n"))}, text(other), nil)
	if lines := strings.Count(m.Diff, "\n"); lines != 61 || !strings.HasSuffix(m.Diff, "more lines\n") {
		t.Errorf("a long diff has %d lines and ends with %q", lines, m.Diff[len(m.Diff)-30:])
	}
}

// equalsOf is the check that a text is exactly this.
func equalsOf(t *testing.T, want string) expect.Check {
	t.Helper()
	return good(t, `"`+strings.ReplaceAll(want, "\n", `\n`)+`"`, expect.Domain{})[0]
}

// Among many mistakes the first of the text is told, and all of a schema's in one order, however often it is asked.
func TestOrder(t *testing.T) {
	t.Parallel()
	const answer = `{"h":{"n":1},"g":{"n":2},"f":{"n":3},"e":{"n":4},"d":{"n":5},"c":{"n":6},"b":{"n":7},"a":{"n":8}}`
	const schema = `{json_schema: {properties: {a: {type: string}, b: {type: string}, c: {type: string}, d: {type: string}, e: {type: string}, f: {type: string}}}}`
	for _, path := range []string{"$..n", "$.*.n", "$[?(@.n > 0)].n"} {
		checks := good(t, `{json: {"`+path+`": {min: 9}}}`, expect.Domain{})
		for range 30 {
			if m := mismatch(checks, text(answer), nil); m == nil || m.Got != "$.h.n: 1" {
				t.Fatalf("%s: %+v", path, m)
			}
		}
	}
	checks := good(t, schema, expect.Domain{})
	for range 30 {
		m := mismatch(checks, text(answer), nil)
		if m == nil || !strings.HasPrefix(m.Differs, "/a: ") || strings.Index(m.Differs, "/b: ") > strings.Index(m.Differs, "/c: ") || strings.Index(m.Differs, "/e: ") > strings.Index(m.Differs, "/f: ") {
			t.Fatalf("%+v", m)
		}
	}
}

// cutOnes is a list of 1,001 ones as a mismatch shows it.
func cutOnes() string {
	const note = "… (2003 characters in all)"
	return ("[" + strings.Repeat("1,", 1000))[:2000-len([]rune(note))] + note
}
