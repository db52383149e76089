package expect_test

import (
	"context"
	"errors"
	"io/fs"
	"testing"

	"askflow/internal/expect"
	"askflow/internal/source"
)

// read reads what stands behind `x: ` in a YAML file.
func read(t testing.TB, yaml string, d expect.Domain) ([]expect.Check, source.Problems) {
	t.Helper()
	root, problems := source.ParseYAML("tests/t.yaml", []byte("x: "+yaml+"\n"))
	if problems.HasErrors() {
		t.Fatalf("%s: %v", yaml, problems)
	}
	r := &source.Reader{File: "tests/t.yaml", Strict: true}
	checks := expect.Read(r, root.Get("x"), d, env())
	return checks, r.Problems
}

// good reads checks that have no problems.
func good(t testing.TB, yaml string, d expect.Domain) []expect.Check {
	t.Helper()
	checks, problems := read(t, yaml, d)
	if len(problems) > 0 {
		t.Fatalf("%s: %v", yaml, problems)
	}
	if len(checks) == 0 {
		t.Fatalf("%s: no checks", yaml)
	}
	return checks
}

// env has the assistant reviewer and some schemas.
func env() expect.Env {
	files := map[string]string{
		"schemas/grade.json": `{"type":"object","required":["grade"],"properties":{"grade":{"enum":["A","B"]}}}`,
		"schemas/grade.yaml": "type: object\nrequired: [grade]\n",
		"schemas/bad.json":   "{\n  \"type\": \"objekt\"\n}",
		"schemas/torn.json":  `{"type"`,
		"schemas/any.json":   `{}`,
		"schemas/void.yaml":  ``,
	}
	return expect.Env{
		ReadFile: func(name string) ([]byte, error) {
			if text, ok := files[name]; ok {
				return []byte(text), nil
			}
			if name == "locked.json" {
				return nil, errors.New("permission denied")
			}
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		},
		Assistant: func(name string) (bool, []string) { return name == "reviewer", []string{"reviewer", "state-formatter"} },
	}
}

func text(s string) *expect.Value { return &expect.Value{Text: s} }

func number(x float64, exact string) *expect.Value {
	return &expect.Value{Kind: expect.KindNumber, Number: x, Exact: exact}
}

func list(items ...string) *expect.Value { return &expect.Value{Kind: expect.KindList, List: items} }

func truth(b bool) *expect.Value { return &expect.Value{Kind: expect.KindBool, Bool: b} }

func effects(n int) *expect.Value { return &expect.Value{Kind: expect.KindEffects, Count: n} }

func missing(why string) *expect.Value { return &expect.Value{Missing: why} }

func several(values ...*expect.Value) *expect.Value {
	out := &expect.Value{Several: []expect.Value{}}
	for _, v := range values {
		out.Several = append(out.Several, *v)
	}
	return out
}

// mismatch tests all checks and returns the first mismatch.
func mismatch(checks []expect.Check, v *expect.Value, judge expect.Judge) *expect.Mismatch {
	_, m := expect.TestAll(context.Background(), checks, v, judge)
	return m
}

// saying is a judge that says the same of everything.
func saying(v expect.JudgeVerdict, err error) expect.Judge {
	return func(context.Context, expect.JudgeQuestion) (expect.JudgeVerdict, error) { return v, err }
}

func score(x float64) *float64 { return &x }

// similarTo are the checks of {similar: {to, min}}.
func similarTo(to, least string) []expect.Check {
	body := source.NewObject(source.Pos{})
	body.Set("to", source.NewString(to, source.Pos{}))
	body.Set("min", source.NewNumber(least, source.Pos{}))
	n := source.NewObject(source.Pos{})
	n.Set("similar", body)
	return expect.Read(&source.Reader{}, n, expect.Domain{}, expect.Env{})
}
