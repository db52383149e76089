package prompttest_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"askflow/internal/prompttest"
	"askflow/internal/source"
)

const whole = `# a comment
description: Grades leads
workflow: lead-qualification
answers: replay
enroll: ["101", 102]
repeat: 3
threshold: 0.9
seed: 7
now: 2026-01-05T09:00
era: assistants
faults: faults/some.yaml
pins: {qualify: "A: hot", asana.id: 12}
stubs: [call]
records: [records/a.csv]
matrix: {model: [gpt-6-luna, gpt-5.4-mini], temperature: [0, 0.7], effort: none, prompt@qualify: [current, short]}
each:
  - response: {one_of: [A, B]}
  - cost: {max: 0.001}
    attempts: 1
cases:
  - record: "101"
    name: a hot lead
    expect:
      - state: COMPLETED
      - property: {state: CA, city: {not: {equals: x}}}
      - output@qualify: {response: {starts_with: A}}
      - output: {qualify.response: A}
      - task: {count: 1, subject: {contains: Call}}
      - usage: {max: 900, input_tokens: {max: 500}, min: 1}
      - path: ["1", "2"]
  - record: 102
    expect:
      - enrolled: false
`

func TestReadsEverything(t *testing.T) {
	t.Parallel()
	got := read(t, whole)
	want := &prompttest.Test{
		File: "tests/t.yaml", Name: "t", Description: "Grades leads", Workflow: "lead-qualification", WorkflowPos: source.Pos{Line: 3, Col: 11},
		Answers: "replay", Enroll: "101,102", EnrollPos: source.Pos{Line: 5, Col: 9}, Repeat: 3, Threshold: ptr(0.9), Seed: 7,
		Now: "2026-01-05T09:00", Era: "assistants", Faults: "faults/some.yaml", Pins: map[string]string{"qualify": "A: hot", "asana.id": "12"},
		Stubs: []string{"call"}, Records: []string{"records/a.csv"},
		Pos: map[string]source.Pos{"description": {Line: 2, Col: 1}, "workflow": {Line: 3, Col: 1}, "answers": {Line: 4, Col: 1}, "enroll": {Line: 5, Col: 1}, "repeat": {Line: 6, Col: 1},
			"threshold": {Line: 7, Col: 1}, "seed": {Line: 8, Col: 1}, "now": {Line: 9, Col: 1}, "era": {Line: 10, Col: 1}, "faults": {Line: 11, Col: 1}, "pins": {Line: 12, Col: 1},
			"stubs": {Line: 13, Col: 1}, "records": {Line: 14, Col: 1}, "matrix": {Line: 15, Col: 1}, "each": {Line: 16, Col: 1}, "cases": {Line: 20, Col: 1}},
		Matrix: &prompttest.Matrix{Models: []string{"gpt-6-luna", "gpt-5.4-mini"}, Temperatures: []string{"0", "0.7"}, Efforts: []string{"none"},
			Prompts: map[string][]string{"qualify": {"current", "short"}}, Dimensions: []string{"model", "temperature", "reasoning_effort", "prompt@qualify"}},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(prompttest.Test{}, "Each", "Cases", "Node")); diff != "" {
		t.Error(diff)
	}
	lists := [][]*prompttest.Expectation{got.Each}
	for _, c := range got.Cases {
		lists = append(lists, c.Expect)
	}
	var lines []string
	for _, list := range lists {
		for _, e := range list {
			lines = append(lines, strings.Join([]string{string(e.Subject), e.Step, e.Member, string(source.AppendJSON(nil, e.Node))}, "|"))
		}
	}
	expected := []string{
		`response|||{"one_of":["A","B"]}`, `cost|||{"max":0.001}`, `attempts|||1`,
		`state|||"COMPLETED"`, `property||state|"CA"`, `property||city|{"not":{"equals":"x"}}`, `output|qualify|response|{"starts_with":"A"}`,
		`output|qualify|response|"A"`, `task|||{"count":1}`, `task||subject|{"contains":"Call"}`, `usage|||{"max":900,"min":1}`, `usage||input_tokens|{"max":500}`,
		`path|||["1","2"]`, `enrolled|||false`,
	}
	if diff := cmp.Diff(expected, lines); diff != "" {
		t.Error(diff)
	}
	one := prompttest.Case{Name: "a hot lead", Record: "101", Pos: source.Pos{Line: 21, Col: 13}}
	if diff := cmp.Diff(one, *got.Cases[0], cmpopts.IgnoreFields(prompttest.Case{}, "Expect")); diff != "" {
		t.Error(diff)
	}
	if p := got.Cases[0].Expect[2].Pos; p != (source.Pos{Line: 25, Col: 31}) {
		t.Errorf("the second property stands at %v", p)
	}
}

func TestReadsJSON(t *testing.T) {
	t.Parallel()
	got, problems := prompttest.Read("tests/sub/x.json", []byte(`{"workflow": "w", "enroll": "all", "each": [{"response": "CA"}]}`))
	if len(problems) > 0 || got.Name != "sub/x" || got.Enroll != "all" || got.Seed != 1 || len(got.Each) != 1 || got.Threshold != nil || got.Matrix != nil {
		t.Errorf("%+v %v", got, problems)
	}
}

func TestReadSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	const head = "workflow: w\n"
	const each = "each: [{response: A}]\n"
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", `t.yaml:1:1 empty_file: the test is empty -> begin with workflow: and cases:`},
		{"a comment", "# x\n", `t.yaml:1:1 empty_file: the test is empty -> begin with workflow: and cases:`},
		{"a list", "- x\n", `t.yaml:1:1 wrong_type: a test must be an object, but here stands a list
t.yaml:1:1 missing_key: a test needs "workflow"`},
		{"no workflow", each, `t.yaml:1:1 missing_key: a test needs "workflow"`},
		{"nothing", head, `t.yaml:1:1 nothing_expected: the test expects nothing -> say what each record comes to under each:, or single records under cases:`},
		{"unknown key", head + each + "reapeat: 2\n", `t.yaml:3:1 unknown_key: a test has no key "reapeat" -> did you mean "repeat"?`},
		{"each is empty", head + "each: []\n", `t.yaml:2:7 nothing_expected: each is empty -> begin each expectation with a dash: - response: CA`},
		{"each is nothing", head + "each:\n", `t.yaml:2:6 nothing_expected: each is empty -> begin each expectation with a dash: - response: CA`},
		{"each is an object", head + "each: {response: A}\n", `t.yaml:2:7 wrong_type: each must be a list of expectations, but here stands an object -> begin each expectation with a dash: - response: CA`},
		{"an entry is text", head + "each: [CA]\n", `t.yaml:2:8 wrong_type: an expectation must be an object, but here stands text -> write a subject and what it must be: response: CA`},
		{"an entry is empty", head + "each: [{}]\n", `t.yaml:2:8 nothing_expected: this entry of each expects nothing -> write a subject and what it must be: response: CA`},
		{"cases are empty", head + "cases: []\n", `t.yaml:2:8 nothing_expected: cases is empty -> begin each case with a dash and the record: - record: "101"`},
		{"cases are nothing", head + "cases:\n", `t.yaml:2:7 nothing_expected: cases is empty -> begin each case with a dash and the record: - record: "101"`},
		{"cases are text", head + "cases: x\n", `t.yaml:2:8 wrong_type: a test: "cases" must be a list, but here stands text`},
		{"no record", head + "cases: [{expect: [{response: A}]}]\n", `t.yaml:2:9 missing_key: a case needs "record"`},
		{"no expect", head + "cases: [{record: 1}]\n", `t.yaml:2:9 nothing_expected: the case expects nothing -> say what it comes to under expect:`},
		{"expect is empty", head + "cases: [{record: 1, expect: []}]\n", `t.yaml:2:29 nothing_expected: expect is empty -> begin each expectation with a dash: - response: CA`},
		{"unknown key of a case", head + "cases: [{record: 1, expct: [], expect: [{response: A}]}]\n", `t.yaml:2:21 unknown_key: a case has no key "expct" -> did you mean "expect"?`},
		{"twice", head + "cases: [{record: 1, expect: [{response: A}]}, {record: 1, name: x, expect: [{response: A}]}, {record: '1', expect: [{response: A}]}]\n",
			`t.yaml:2:103 duplicate_case: the record "1" has a case already, at line 2 -> give it a name of its own, or write both as one case`},
		{"twice with a name", head + "cases: [{record: 1, name: x, expect: [{response: A}]}, {record: 1, name: x, expect: [{response: A}]}]\n",
			`t.yaml:2:65 duplicate_case: the record "1" with the name "x" has a case already, at line 2 -> give it a name of its own, or write both as one case`},
		{"a subject", head + "each: [{respnse: A}]\n", `t.yaml:2:9 unknown_subject: there is no subject "respnse" -> did you mean "response"?`},
		{"a far subject", head + "each: [{zzzzzzzzzzzz: A}]\n", `t.yaml:2:9 unknown_subject: there is no subject "zzzzzzzzzzzz" -> the subjects are enrolled, reason, state, path, prompt, response, error, output, property, task, notification, email, record, association, usage, cost, attempts, latency`},
		{"a step of a state", head + "each: [{state@qualify: A}]\n", `t.yaml:2:9 takes_no_step: state belongs to no step -> a step can stand behind prompt, response, error, output, usage, cost, attempts, latency`},
		{"no step", head + "each: [{response@: A}]\n", `t.yaml:2:9 name_the_step: behind the @ stands no step -> write response@STEP, with the step's name or id`},
		{"no value", head + "each: [{response: }]\n", `t.yaml:2:9 nothing_expected: nothing is expected of response -> write "" for empty text`},
		{"no checks", head + "each: [{response: {}}]\n", `t.yaml:2:19 nothing_expected: nothing is expected of response -> write a value, or checks: {contains: …}`},
		{"a property without a name", head + "each: [{property: CA}]\n", `t.yaml:2:19 wrong_type: property must name what is looked at, but here stands text -> write property: {NAME: VALUE}`},
		{"a property without a value", head + "each: [{property: {state: }}]\n", `t.yaml:2:20 nothing_expected: nothing is expected of property state -> write "" for empty text`},
		{"a part without checks", head + "each: [{task: {count: 1, subject: {}}}]\n", `t.yaml:2:26 nothing_expected: nothing is expected of task subject -> write "" for empty text`},
		{"an output without a step", head + "each: [{output: {response: A}}]\n", `t.yaml:2:18 name_the_step: which step's output "response" is looked at is not said -> write output@STEP: {response: …}`},
		{"threshold 0", head + each + "threshold: 0\n", `t.yaml:3:12 bad_value: threshold: "0" is not above 0 -> 0.95, or 95%, lets one case in twenty fail`},
		{"threshold of almost nothing", head + each + "threshold: 1e-400\n", `t.yaml:3:12 bad_value: threshold: "1e-400" is not above 0 -> 0.95, or 95%, lets one case in twenty fail`},
		{"threshold 1.1", head + each + "threshold: 1.1\n", `t.yaml:3:12 bad_value: threshold: "1.1" is more than 1 -> 0.95, or 95%, lets one case in twenty fail`},
		{"threshold is text", head + each + "threshold: most\n", `t.yaml:3:12 bad_value: threshold: "most" is not a number or a percentage -> 0.95, or 95%, lets one case in twenty fail`},
		{"threshold is a list", head + each + "threshold: [1]\n", `t.yaml:3:12 wrong_type: threshold must be a share, but here stands a list -> 0.95, or 95%, lets one case in twenty fail`},
		{"repeat 0", head + each + "repeat: 0\n", `t.yaml:3:9 bad_value: repeat must lie between 1 and 100, not 0`},
		{"repeat 101", head + each + "repeat: 101\n", `t.yaml:3:9 bad_value: repeat must lie between 1 and 100, not 101`},
		{"answers", head + each + "answers: scriptd\n", `t.yaml:3:10 bad_value: "scriptd" is no value for "answers" -> did you mean "scripted"? It may be: scripted, replay, record, live`},
		{"era", head + each + "era: 2025\n", `t.yaml:3:6 bad_value: "2025" is no value for "era" -> use one of: responses, assistants, sunset`},
		{"enroll", head + each + "enroll: matchin\n", `t.yaml:3:9 bad_value: "matchin" is no value for "enroll" -> did you mean "matching"?`},
		{"enroll an id", head + each + "enroll: 101,102\n", `t.yaml:3:9 bad_value: "101,102" is no value for "enroll" -> use matching, all, or a list of record ids in brackets`},
		{"enroll nobody", head + each + "enroll: []\n", `t.yaml:3:9 empty_list: "enroll" is an empty list -> leave the key out`},
		{"enroll several in one", head + each + "enroll: ['101,102']\n", `t.yaml:3:10 bad_value: "101,102" is no record id -> write one id an entry`},
		{"enroll twice", head + each + "enroll: [1, 1]\n", `t.yaml:3:13 duplicate_value: "1" stands twice in "enroll"`},
		{"enroll an object", head + each + "enroll: {a: 1}\n", `t.yaml:3:9 wrong_type: a test: "enroll" must be text, but here stands an object`},
		{"records outside", head + each + "records: [../x.csv]\n", `t.yaml:3:11 bad_path: "../x.csv" is no file of the portal folder -> name it from the portal folder, with slashes: records/sample.csv`},
		{"faults outside", head + each + "faults: /etc/passwd\n", `t.yaml:3:9 bad_path: "/etc/passwd" is no file of the portal folder -> name it from the portal folder, with slashes: records/sample.csv`},
		{"no pins", head + each + "pins: {}\n", `t.yaml:3:7 empty_list: "pins" is empty -> leave the key out`},
		{"an empty pin", head + each + "pins: {a: }\n", `t.yaml:3:8 bad_value: the step "a" is given no answer -> write "" for an empty answer`},
		{"a key of a matrix", head + each + "matrix: {modle: [a]}\n", `t.yaml:3:10 unknown_key: a matrix has no key "modle" -> did you mean "model"?`},
		{"a step of a model", head + each + "matrix: {model@a: [a]}\n", `t.yaml:3:10 unknown_key: a matrix has no key "model@a" -> only prompt takes a step: prompt@STEP`},
		{"no models", head + each + "matrix: {model: []}\n", `t.yaml:3:10 empty_list: model of the matrix names no value -> leave the key out`},
		{"an empty matrix", head + each + "matrix: {}\n", `t.yaml:3:9 empty_list: the matrix names nothing -> leave the key out`},
		{"a temperature", head + each + "matrix: {temperature: [0, 2.1]}\n", `t.yaml:3:27 bad_value: "2.1" is no temperature -> write a number from 0 to 2, or "" for the workflow's own`},
		{"not a number", head + each + "matrix: {temperature: [nan]}\n", `t.yaml:3:24 bad_value: "nan" is no temperature -> write a number from 0 to 2, or "" for the workflow's own`},
		{"an effort", head + each + "matrix: {reasoning_effort: [hihg]}\n", `t.yaml:3:29 bad_value: "hihg" is no reasoning effort -> did you mean "high"?`},
		{"a model twice", head + each + "matrix: {model: [a, b, a]}\n", `t.yaml:3:24 duplicate_value: model of the matrix has the value "a" twice`},
		{"a temperature twice", head + each + "matrix: {temperature: [0.2, 0.20]}\n", `t.yaml:3:29 duplicate_value: temperature of the matrix has the value "0.20" twice`},
		{"an empty prompt", head + each + "matrix: {prompt: ['']}\n", `t.yaml:3:19 bad_value: prompt of the matrix has an empty value -> current is the prompt as the workflow has it`},
		{"a prompt outside", head + each + "matrix: {prompt@x: [../x]}\n", `t.yaml:3:21 bad_path: "../x" is no file of the portal folder -> name a file under prompts/, or a workflow file from the portal folder`},
		{"too many cells", head + each + "matrix: {model: [" + numbers(51) + "], assistant: [" + numbers(10) + "]}\n",
			`t.yaml:3:9 too_many_cells: the matrix has more than 500 combinations: 51 × model, 10 × assistant -> leave some values out, or make several tests`},
		{"a pin that is a list", head + each + "pins: {a: [x]}\n", `t.yaml:3:11 wrong_type: pins: "a" must be text, but here stands a list`},
		{"too many models", head + each + "matrix: {model: [" + numbers(501) + "]}\n", `t.yaml:3:10 too_many_cells: the matrix has more than 500 combinations: 501 × model -> leave some values out, or make several tests`},
		{"control bytes", head + "each: [{\"a\\u001b[31m\": A}]\n", `t.yaml:2:9 unknown_subject: there is no subject "a\x1b[31m" -> the subjects are enrolled, reason, state, path, prompt, response, error, output, property, task, notification, email, record, association, usage, cost, attempts, latency`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, problems := prompttest.Read("tests/t.yaml", []byte(tt.text))
			if diff := cmp.Diff(tt.want, told(problems)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func numbers(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = "v" + strings.Repeat("x", i)
	}
	return strings.Join(list, ", ")
}

func TestReadTellsBrokenFiles(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ file, text, code string }{
		{"tests/t.yaml", "a: [\n", "bad_yaml"}, {"tests/t.yaml", "a: 1\na: 2\n", "duplicate_key"}, {"tests/t.json", "{", "bad_json"},
	} {
		got, problems := prompttest.Read(tt.file, []byte(tt.text))
		if got != nil || !problems.HasErrors() || problems[0].Code != tt.code || problems[0].Line == 0 {
			t.Errorf("%s %q: %v, %v", tt.file, tt.text, got, problems)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("t.yaml", whole)
	f.Add("t.json", `{"workflow": "w", "each": [{"response": {"one_of": ["A"]}}]}`)
	f.Add("t.yaml", "workflow: w\neach: &a\n  - output: {a.b: *a}\n")
	f.Add("t.yaml", "matrix: {model: [a], prompt@: [b]}\ncases: {x: 1}\nenroll: [[]]\npins: [1]\n")
	f.Fuzz(func(t *testing.T, file, text string) {
		test, problems := prompttest.Read(file, []byte(text))
		if test == nil && !problems.HasErrors() {
			t.Fatal("nothing was read and nothing was said")
		}
		if test == nil || problems.HasErrors() {
			return
		}
		if len(test.Each)+len(test.Cases) == 0 {
			t.Error("a test that expects nothing was taken")
		}
		if cells, _ := test.Matrix.Cells(); len(cells) == 0 || len(cells) > prompttest.MaxCells {
			t.Errorf("%d cells", len(cells))
		}
		_, _ = prompttest.Compile(test, env(t, oneAsk)) // must not panic, whatever it says
	})
}
