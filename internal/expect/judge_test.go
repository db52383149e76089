package expect_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/expect"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	const plain, least = `{judge: {assistant: reviewer, rubric: is polite}}`, `{judge: {assistant: reviewer, rubric: is polite, min: 0.7}}`
	type verdict = expect.JudgeVerdict
	for _, c := range []struct {
		name, yaml string
		judge      expect.Judge
		holds      bool
		got, code  string
		differs    string
	}{
		{"passes", plain, saying(verdict{Pass: true}, nil), true, "", "", ""},
		{"passes below no minimum", plain, saying(verdict{Pass: true, Score: score(0.1)}, nil), true, "", "", ""},
		{"does not pass", plain, saying(verdict{Reason: "too short"}, nil), false, "too short", "", "it does not meet the rubric"},
		{"says nothing", plain, saying(verdict{}, nil), false, "no, without a reason", "", "it does not meet the rubric"},
		{"enough", least, saying(verdict{Pass: true, Score: score(0.7)}, nil), true, "", "", ""},
		{"too little", least, saying(verdict{Pass: true, Score: score(0.69), Reason: "curt"}, nil), false, "curt", "", "its score is 0.69"},
		{"score without pass", least, saying(verdict{Score: score(0.9), Reason: "rude"}, nil), false, "rude", "", "it does not meet the rubric; its score is 0.9"},
		{"no score", least, saying(verdict{Pass: true}, nil), false, "the judge reviewer gave no score, but min is a score", "judge_failed", ""},
		{"wild score", plain, saying(verdict{Pass: true, Score: score(7)}, nil), false, "the judge reviewer gave a score that is not from 0 to 1: 7", "judge_failed", ""},
		{"no number", plain, saying(verdict{Pass: true, Score: score(math.NaN())}, nil), false, "the judge reviewer gave a score that is not from 0 to 1: NaN", "judge_failed", ""},
		{"fails", plain, saying(verdict{Pass: true}, errors.New("rate limited")), false, "the judge reviewer gave no verdict: rate limited", "judge_failed", ""},
		{"nobody", plain, nil, false, "not judged: nobody can be asked here", "not_judged", ""},
		{"not, inverted", `{not: {judge: {assistant: reviewer, rubric: is rude}}}`, saying(verdict{Reason: "polite"}, nil), true, "", "", ""},
		{"not, failed", `{not: {judge: {assistant: reviewer, rubric: is rude}}}`, saying(verdict{}, errors.New("rate limited")), false, "the judge reviewer gave no verdict: rate limited", "judge_failed", ""},
		{"not, nobody", `{not: {judge: {assistant: reviewer, rubric: is rude}}}`, nil, false, "not judged: nobody can be asked here", "not_judged", ""},
		{"not, met", `{not: {judge: {assistant: reviewer, rubric: is rude}}}`, saying(verdict{Pass: true}, nil), false, "Dear Ada", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := mismatch(good(t, c.yaml, expect.Domain{}), text("Dear Ada"), c.judge)
			if c.holds != (m == nil) {
				t.Fatalf("holds %v: %+v", m == nil, m)
			}
			if m != nil && (m.Got != c.got || m.Code != c.code || m.Differs != c.differs) {
				t.Errorf("%+v", *m)
			}
		})
	}
}

// A judge is told what it needs, also of one of several values and of a part of JSON.
func TestJudgeQuestion(t *testing.T) {
	t.Parallel()
	want := expect.JudgeQuestion{Assistant: "reviewer", Rubric: "is polite", Answer: "Dear Ada", Prompt: "Write to Ada"}
	for _, c := range []struct {
		yaml  string
		value expect.Value
	}{
		{`{judge: {assistant: reviewer, rubric: is polite}}`, expect.Value{Text: "Dear Ada", Prompt: "Write to Ada"}},
		{`{judge: {assistant: reviewer, rubric: is polite}}`, expect.Value{Prompt: "Write to Ada", Several: []expect.Value{{Text: "Dear Ada"}}}},
		{`{json: {$.text: {judge: {assistant: reviewer, rubric: is polite}}}}`, expect.Value{Text: `{"text":"Dear Ada"}`, Prompt: "Write to Ada"}},
	} {
		var got expect.JudgeQuestion
		judge := func(_ context.Context, q expect.JudgeQuestion) (expect.JudgeVerdict, error) {
			got = q
			return expect.JudgeVerdict{Pass: true}, nil
		}
		if m := mismatch(good(t, c.yaml, expect.Domain{}), &c.value, judge); m != nil {
			t.Errorf("%s: %+v", c.yaml, *m)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", c.yaml, diff)
		}
	}
	vain := saying(expect.JudgeVerdict{}, errors.New("rate limited"))
	one := good(t, `{judge: {assistant: reviewer, rubric: r}}`, expect.Domain{})
	if m := mismatch(one, several(text("a"), text("b")), vain); m == nil || m.Code != expect.JudgeFailed {
		t.Errorf("a judge that fails for all of several values: %+v", m)
	}
	m := mismatch(good(t, `{json: {$.text: {judge: {assistant: reviewer, rubric: r}}}}`, expect.Domain{}), text(`{"text":"a"}`), vain)
	if m == nil || m.Code != expect.JudgeFailed {
		t.Errorf("a judge that fails within json: %+v", m)
	}
	m = mismatch(good(t, `{not: {judge: {assistant: reviewer, rubric: r}}}`, expect.Domain{}), text("a"), vain)
	if m == nil || m.Expected != "that reviewer says it does not meet: r" {
		t.Errorf("what not wants of a judge that fails: %+v", m)
	}
	m = mismatch(good(t, `{not: {judge: {assistant: reviewer, rubric: r, min: 0.7}}}`, expect.Domain{}), text("a"), saying(expect.JudgeVerdict{Pass: true, Score: score(0.8)}, nil))
	if m == nil || m.Expected != "that reviewer does not give it 0.7 or more for: r" || m.Code != "" {
		t.Errorf("what not wants of a judge that gives a score: %+v", m)
	}
}

// Where nobody can be asked, what only a judge knows is neither met nor failed; what can be known without one is.
func TestNotJudged(t *testing.T) {
	t.Parallel()
	const judge = `judge: {assistant: reviewer, rubric: r}`
	a, b := text("Call Ada"), text("Mail Ada")
	for _, c := range []struct {
		yaml  string
		value *expect.Value
		code  string // of the mismatch: "-" where the check holds
	}{
		{`{` + judge + `}`, a, "not_judged"},
		{`{` + judge + `}`, missing("gone"), ""},
		{`{` + judge + `}`, several(a, b), "not_judged"},
		{`{` + judge + `}`, several(a, missing("gone")), "not_judged"},
		{`{` + judge + `}`, several(missing("gone"), missing("gone")), ""},
		{`{not: {` + judge + `}}`, a, "not_judged"},
		{`{not: {` + judge + `, contains: Bob}}`, a, "-"},
		{`{not: {` + judge + `, contains: Ada}}`, a, "not_judged"},
		{`{not: {` + judge + `}}`, several(a, b), "not_judged"},
		{`{not: {` + judge + `}}`, several(a, missing("gone")), ""},
		{`{not: {` + judge + `, contains: Call}}`, several(a, b), "not_judged"},
		{`{json: {$.a: {` + judge + `}}}`, text(`{"a":"x"}`), "not_judged"},
		{`{json: {$.a: {` + judge + `}}}`, text(`{}`), ""},
		{`{json: {$.a: {` + judge + `}, $.b: 2}}`, text(`{"a":"x","b":3}`), ""},
		{`{json: {$.a: {` + judge + `, length: 3}}}`, text(`{"a":"x"}`), ""},
		{`{json: {"$.a[*]": {` + judge + `, not: y}}}`, text(`{"a":["x","y"]}`), ""},
		{`{json: {"$.a[*]": {` + judge + `}}}`, text(`{"a":["x","y"]}`), "not_judged"},
	} {
		m := mismatch(good(t, c.yaml, expect.Domain{Several: true}), c.value, nil)
		got := "-"
		if m != nil {
			got = m.Code
		}
		if got != c.code {
			t.Errorf("%s: %q, not %q: %+v", c.yaml, got, c.code, m)
		}
	}
	checks := good(t, `{`+judge+`, length: 3}`, expect.Domain{})
	for value, want := range map[string]int{"abc": 0, "abcd": 1} {
		if i, m := expect.TestAll(context.Background(), checks, text(value), nil); i != want || (m.Code == expect.NotJudged) != (want == 0) {
			t.Errorf("%s: %d, %+v", value, i, m)
		}
	}
}
