package prompttest_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"askflow/internal/prompttest"
	"askflow/internal/run"
)

// accept scores rows with a test and accepts what came out.
func accept(t *testing.T, file, text string, rows ...*run.Result) (changed, report string) {
	t.Helper()
	test, problems := prompttest.Read(file, []byte(text))
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	s, problems := prompttest.Compile(test, env(t, oneAsk))
	if s == nil {
		t.Fatal(problems)
	}
	var results []*prompttest.CaseResult
	for _, row := range rows {
		results = append(results, s.Score(t.Context(), row, fixture(), nil)...)
	}
	got, accepted, refused := prompttest.Accept([]byte(text), test, results)
	var lines []string
	for _, a := range accepted {
		lines = append(lines, fmt.Sprintf("%d:%d %s %s: %s => %s", a.Line, a.Column, a.Subject, a.Check, a.Was, a.Now))
	}
	for _, r := range refused {
		lines = append(lines, r.Subject+" "+r.Check+": "+r.String())
	}
	return string(got), strings.Join(lines, "\n")
}

// answering is the way of a record through oneAsk with another answer.
func answering(id, response string) *run.Result {
	row := enrolled()
	row.Record.ID = id
	row.Steps[0] = asked("1", "qualify", "Grade this: hello", response)
	return row
}

func TestAcceptRewritesWhatItMay(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, before, response, after, report string }{
		{"a short text", "response: CA  # why", "NY", "response: NY  # why", `5:19 response equals: CA => NY`},
		{"double quotes", `response: "CA"`, "NY", `response: "NY"`, `5:19 response equals: CA => NY`},
		{"single quotes", `response: 'CA'`, "it's", `response: 'it''s'`, `5:19 response equals: CA => it's`},
		{"a text that needs quotes", `response: CA`, "012", `response: "012"`, `5:19 response equals: CA => 012`},
		{"a number stays one", `response: 12`, "13", `response: 13`, `5:19 response equals: 12 => 13`},
		{"a text of several lines", "response: CA # why", "one\ntwo\n", "response: | # why\n          one\n          two", "5:19 response equals: CA => one\ntwo\n"},
		{"a block", "response: |\n          one\n          two", "three\nfour\n", "response: |\n          three\n          four", "5:19 response equals: one\ntwo\n => three\nfour\n"},
		{"within braces", `response: {equals: CA, length: 2}`, "NYC", `response: {equals: NYC, length: 3}`, "5:20 response equals: CA => NYC\n5:32 response length: 2 => 3"},
		{"on lines of their own", "response:\n          equals: CA # a\n          # b\n          length: 2", "NYC", "response:\n          equals: NYC # a\n          # b\n          length: 3", "6:11 response equals: CA => NYC\n8:11 response length: 2 => 3"},
		{"escape sequences", `response: CA`, "\x1b[31m", `response: "\u001b[31m"`, "5:19 response equals: CA => \x1b[31m"},
		{"one of", `response: {one_of: [CA, "NY"]} # two`, "TX", `response: {one_of: [CA, "NY", TX]} # two`, `5:20 response one_of: ["CA","NY"] => ["CA","NY","TX"]`},
		{"one of in lines", "response:\n          one_of:\n            - CA\n            - NY # last", "T, X", "response:\n          one_of:\n            - CA\n            - NY # last\n            - T, X", `6:11 response one_of: ["CA","NY"] => ["CA","NY","T, X"]`},
		{"similar", `response: {similar: What a lovely day}`, "Not at all", `response: {similar: Not at all}`, `5:20 response similar: What a lovely day => Not at all`},
		{"similar with a limit", `response: {similar: {to: What a lovely day, min: 0.9}}`, "Not at all", `response: {similar: {to: Not at all, min: 0.9}}`, `5:20 response similar: {"to":"What a lovely day","min":0.9} => {"to":"Not at all","min":0.9}`},
		{"json", `response: {json: {grade: A, "$.score": 3, "$.ok": {equals: true}, "$.why": same}}`, `{"grade": "B", "score": 4, "ok": false, "why": "same"}`,
			`response: {json: {grade: B, "$.score": 4, "$.ok": {equals: false}, "$.why": same}}`,
			`5:20 response json: {"grade":"A","$.score":3,"$.ok":{"equals":true},"$.why":"same"} => {"grade":"B","$.score":4,"$.ok":{"equals":false},"$.why":"same"}`},
		{"an output", `output: {qualify.response: CA}`, "NY", `output: {qualify.response: NY}`, `5:36 output@qualify response equals: CA => NY`},
		{"a state", `state: GOAL_MET`, "", `state: COMPLETED`, `5:16 state equals: GOAL_MET => COMPLETED`},
		{"true", `enrolled: false`, "", `enrolled: true`, `5:19 enrolled equals: false => true`},
		{"a path", `path: [qualify, "2"]`, "", `path: [qualify, "2", "3", call, write, tell, deal]`, `5:15 path equals: ["qualify","2"] => ["qualify","2","3","call","write","tell","deal"]`},
		{"recipients", `notification: {users: ["17"]}`, "", `notification: {users: ["16"]}`, `5:31 notification users equals: ["17"] => ["16"]`},
		{"a count", `task: {count: 1, subject: Call them}`, "", `task: {count: 2, subject: Call them}`, `5:16 task count: 1 => 2`},
		{"a number", `attempts: 2`, "", `attempts: 1`, `5:19 attempts equals: 2 => 1`},
		{"tokens", `usage: {input_tokens: 7}`, "", `usage: {input_tokens: 100}`, `5:31 usage input_tokens equals: 7 => 100`},
		{"a cost", `cost: 1`, "", `cost: 0.0001`, `5:15 cost equals: 1 => 0.0001`},
		{"a span", `latency: 2s`, "", `latency: 800ms`, `5:18 latency equals: 2s => 800ms`},
		{"milliseconds", `latency: 2000`, "", `latency: 800`, `5:18 latency equals: 2000 => 800`},
		{"a property", `property: {firstname: Bo, city: 'A: fine'}`, "", `property: {firstname: Ada, city: 'A: fine'}`, `5:31 property firstname equals: Bo => Ada`},
		{"an empty property", `property: {lastname: Bo}`, "", `property: {lastname: ""}`, `5:30 property lastname equals: Bo => `},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			const head = "workflow:   w # as it is\ncases:\n  - record: 101\n    expect: # what\n      - "
			const tail = "\n      - enrolled: true\n# the end"
			response := tt.response
			if response == "" {
				response = "A: fine"
			}
			got, report := accept(t, "tests/t.yaml", head+tt.before+tail, answering("101", response))
			if diff := cmp.Diff(head+tt.after+tail, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.report, report); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAcceptRefusesWhatIsNotItsToSay(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, before, response, report string }{
		{"a maximum", `cost: {max: 0.00001}`, "", `cost max: a maximum is yours to raise: tests/t.yaml:5:16`},
		{"a minimum", `usage: {min: 1000}`, "", `usage min: a minimum is yours to lower: tests/t.yaml:5:17`},
		{"bounds of a count", `task: {count: {max: 1}}`, "", `task count: bounds are yours to move: tests/t.yaml:5:16`},
		{"bounds of a length", `response: {length: {max: 1}}`, "", `response length: bounds are yours to move: tests/t.yaml:5:20`},
		{"a pattern", `response: {matches: "^B"}`, "", `response matches: a pattern is yours to change: tests/t.yaml:5:20`},
		{"a part", `response: {contains: B}`, "", `response contains: what contains wants is yours to say: tests/t.yaml:5:20`},
		{"what must not be", `response: {not_contains: fine}`, "", `response not_contains: what must not come is yours to say: tests/t.yaml:5:20`},
		{"not", `response: {not: {equals: "A: fine"}}`, "", `response not: what must not come is yours to say: tests/t.yaml:5:20`},
		{"a schema", `response: {json_schema: {type: object}}`, "", `response json_schema: a schema is yours to change: tests/t.yaml:5:20`},
		{"a judge that nobody asks", `response: {judge: {assistant: judge, rubric: x}}`, "", ``},
		{"nothing there", `response: B`, "-", `response equals: there is no value to accept: the step qualify failed: rate_limit_exceeded: Too many requests.: tests/t.yaml:5:19`},
		{"several", `task: {subject: Sing}`, "", `task subject equals: there are several values, and which of them is meant is yours to say: tests/t.yaml:5:25`},
		{"not JSON", `response: {json: {a: 1}}`, "", `response json: none of its paths leads to one other text, number, true or false: tests/t.yaml:5:20`},
		{"JSON that fails elsewhere too", `response: {json: {a: 1, b: {min: 5}}}`, `{"a": 2, "b": 3}`, `response json: it would still not hold; change it in an editor: tests/t.yaml:5:20`},
		{"a contradiction", `response: {equals: Bye, starts_with: B}`, "Ade", "response starts_with: what starts_with wants is yours to say: tests/t.yaml:5:33\n" +
			`response equals: the checks beside it say otherwise: response: this check can never hold: what equals wants, "Ade", does not meet starts_with: tests/t.yaml:5:20`},
		{"an alias", "response: &a B\n      - property: {city: *a}", "A: fine", `property city equals: tests/t.yaml: `},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			before := oneCase(tt.before)
			row := answering("101", tt.response)
			switch tt.response {
			case "":
				row = enrolled()
			case "-":
				row = failed()
			}
			got, report := accept(t, "tests/t.yaml", before, row)
			if got != before {
				t.Errorf("the text changed: %s", cmp.Diff(before, got))
			}
			if !strings.HasPrefix(report, tt.report) {
				t.Error(cmp.Diff(tt.report, report))
			}
		})
	}
}

func TestAcceptOfEach(t *testing.T) {
	t.Parallel()
	const equals, oneOf = "workflow: w\neach:\n  - response: CA\n", "workflow: w\neach:\n  - response: {one_of: [CA, NY]}\n"
	both := "workflow: w\neach: [{response: CA}]\ncases: [{record: 101, expect: [{response: NY}]}]\n"
	for _, tt := range []struct {
		name, before, after, report string
		rows                        []*run.Result
	}{
		{"the same for all", equals, strings.Replace(equals, "CA", "TX", 1), "3:15 response equals: CA => TX", []*run.Result{answering("1", "TX"), answering("2", "TX")}},
		{"different", equals, equals, `response equals: what came out differs: "TX" for the record 1, "NY" for the record 3: tests/t.yaml:3:15`, []*run.Result{answering("1", "TX"), answering("2", "TX"), answering("3", "NY")}},
		{"it holds for others", equals, equals, `response equals: it holds for 2 others: a change would be wrong for them: tests/t.yaml:3:15`, []*run.Result{answering("1", "TX"), answering("2", "CA"), answering("3", "CA"), refused()}},
		{"one more value", oneOf, strings.Replace(oneOf, "NY]", "NY, TX]", 1), `3:16 response one_of: ["CA","NY"] => ["CA","NY","TX"]`, []*run.Result{answering("1", "TX"), answering("2", "CA")}},
		{"two more values", oneOf, oneOf, `response one_of: what came out differs: "TX" for the record 1, "MA" for the record 2: tests/t.yaml:3:16`, []*run.Result{answering("1", "TX"), answering("2", "MA")}},
		{"beside a case", both, strings.NewReplacer("CA", "TX", "NY", "TX").Replace(both), "2:19 response equals: CA => TX\n3:43 response equals: NY => TX", []*run.Result{answering("101", "TX"), answering("2", "TX")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, report := accept(t, "tests/t.yaml", tt.before, tt.rows...)
			if diff := cmp.Diff(tt.after, got) + cmp.Diff(tt.report, report); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAcceptOfACaseThatVaries(t *testing.T) {
	t.Parallel()
	text := oneCase("response: CA")
	got, report := accept(t, "tests/t.yaml", text, answering("101", "NY"), answering("101", "TX"))
	if want := `response equals: what came out differs from time to time: "NY" and "TX": tests/t.yaml:5:19`; got != text || report != want {
		t.Errorf("%s\n%s", got, report)
	}
	got, report = accept(t, "tests/t.yaml", text, answering("101", "NY"), answering("101", "CA"), answering("101", "CA"))
	if want := `response equals: it holds in 2 of 3 runs: what comes out is not always the same: tests/t.yaml:5:19`; got != text || report != want {
		t.Errorf("%s\n%s", got, report)
	}
	got, _ = accept(t, "tests/t.yaml", text, answering("101", "NY"), answering("101", "NY"))
	if got != oneCase("response: NY") {
		t.Error(got)
	}
}

func TestAcceptKeepsMarksAndLineEndings(t *testing.T) {
	t.Parallel()
	text := "\xef\xbb\xbfworkflow: w\r\neach:\r\n  - response: CA # c\r\n"
	got, _ := accept(t, "tests/t.yaml", text, answering("1", "NY"))
	if diff := cmp.Diff(strings.Replace(text, "CA", "NY", 1), got); diff != "" {
		t.Error(diff)
	}
}

func TestAcceptOfJSONFiles(t *testing.T) {
	t.Parallel()
	text := "{\"workflow\": \"w\",\n \"each\": [{\"response\": {\"equals\": \"CA\"}}] }\n"
	got, report := accept(t, "tests/t.json", text, answering("1", "one\n\"two\""))
	if diff := cmp.Diff(strings.Replace(text, `"CA"`, `"one\n\"two\""`, 1), got); diff != "" {
		t.Error(diff, report)
	}
}

func TestAcceptOfAFileThatChanged(t *testing.T) {
	t.Parallel()
	test := read(t, "workflow: w\neach: [{response: CA}]\n")
	s, _ := prompttest.Compile(test, env(t, oneAsk))
	results := s.Score(t.Context(), enrolled(), nil, nil)
	for src, want := range map[string]string{
		"workflow: w\neach: [{response: DC}]\n": "tests/t.yaml is no longer what was tested",
		"workflow: [\n":                         "tests/t.yaml:",
		"":                                      "tests/t.yaml is empty",
	} {
		text, accepted, refused := prompttest.Accept([]byte(src), test, results)
		if string(text) != src || len(accepted) > 0 || len(refused) != 1 || !strings.HasPrefix(refused[0].Reason, want) {
			t.Errorf("%q: %q %v %v", src, text, accepted, refused)
		}
	}
	// Results that were read back from a file know no place.
	results[0].Failures[0].Node = nil
	if _, accepted, refused := prompttest.Accept([]byte("workflow: w\neach: [{response: CA}]\n"), test, results); len(accepted) > 0 || len(refused) != 1 || refused[0].Reason != "where it stands in the file is not known" {
		t.Errorf("%v %v", accepted, refused)
	}
	text, accepted, refused := prompttest.Accept([]byte("workflow: w\neach: [{response: CA}]\n"), test, nil)
	if string(text) != "workflow: w\neach: [{response: CA}]\n" || len(accepted)+len(refused) > 0 {
		t.Error("something changed without results")
	}
}

// Whatever a model answers: what was accepted reads back as exactly that, and holds from then on.
func TestAcceptedAnswersHoldAfterwards(t *testing.T) {
	t.Parallel()
	places := []string{"response: CA", "response: 'CA'", "response: \"CA\" # c", "response: {equals: CA}", "response:\n          equals: |\n            CA\n            DC",
		"response: {one_of: [CA, 'x']}", "response:\n          one_of:\n          - CA", "response: {similar: {to: CA, min: 1}}", "property: {city: CA}", "output@qualify:\n          response: >-\n            CA"}
	around := env(t, oneAsk)
	rapid.Check(t, func(r *rapid.T) {
		response := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ \n\t:#'"\\\-a|>%@{}\[\],&*!?0-9e.~=<]{0,12}`), rapid.SampledFrom([]string{"true", "null", "~", "012", "1e3", "- a", "a: b", "| x", "\u202ea", "\x00", "\r\n", " a", "a\n\nb\n\n"})).Draw(r, "response")
		text := oneCase(rapid.SampledFrom(places).Draw(r, "place")) + "      - enrolled: true # end\n"
		test, problems := prompttest.Read("tests/t.yaml", []byte(text))
		if problems.HasErrors() {
			r.Fatal(problems)
		}
		s, problems := prompttest.Compile(test, around)
		if s == nil {
			r.Fatal(problems)
		}
		row := answering("101", response)
		row.Effects[0].To = &response
		results := s.Score(t.Context(), row, fixture(), nil)
		if results[0].Passed {
			return
		}
		changed, accepted, refused := prompttest.Accept([]byte(text), test, results)
		if len(accepted) == 0 {
			if !bytes.Equal(changed, []byte(text)) || len(refused) == 0 {
				r.Fatalf("nothing was accepted of %q, and the text is %s, refused %v", response, changed, refused)
			}
			if utf8.ValidString(response) && strings.TrimSpace(response) != "" { // no text is similar to none
				r.Fatalf("%q was refused: %v", response, refused)
			}
			return
		}
		again, problems := prompttest.Read("tests/t.yaml", changed)
		if problems.HasErrors() {
			r.Fatalf("%v\n%s", problems, changed)
		}
		if s, problems = prompttest.Compile(again, around); s == nil {
			r.Fatalf("%v\n%s", problems, changed)
		}
		if got := s.Score(t.Context(), row, fixture(), nil)[0]; !got.Passed || !bytes.HasSuffix(changed, []byte("      - enrolled: true # end\n")) {
			r.Fatalf("%+v\n%s", got.Failures, changed)
		}
	})
}
