package prompttest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"askflow/internal/assistant"
	"askflow/internal/expect"
	"askflow/internal/run"
)

const judgedTest = `workflow: w
each:
  - response: {judge: {assistant: judge, rubric: kind}, length: 7}
cases:
  - record: 101
    expect:
      - response: {not: {judge: {assistant: judge, rubric: rude}}}
      - task: {body: {judge: {assistant: judge, rubric: short}}}
      - state: COMPLETED
`

// Where nobody can be asked, what judges would say is neither met nor failed.
func TestNobodyToJudge(t *testing.T) {
	t.Parallel()
	s := compile(t, oneAsk, judgedTest)
	got := s.Score(t.Context(), enrolled(), nil, nil)
	if len(got) != 1 || !got[0].Passed || got[0].Checks != 2 || got[0].NotJudged != 3 || got[0].NoAnswer != 0 {
		t.Errorf("%+v", got[0])
	}
	row := enrolled()
	row.Record.ID = "7"
	if got = s.Score(t.Context(), row, nil, nil); got[0].Checks != 1 || got[0].NotJudged != 1 {
		t.Errorf("each alone: %+v", got[0])
	}
	if got = s.Score(t.Context(), failed(), nil, nil); got[0].Passed || got[0].NotJudged != 0 || got[0].Checks != 5 {
		t.Errorf("no judge is needed for an answer that is not there: %+v", got[0])
	}
	judge := func(_ context.Context, q expect.JudgeQuestion) (expect.JudgeVerdict, error) {
		return expect.JudgeVerdict{Pass: q.Rubric != "rude"}, nil
	}
	if got = s.Score(t.Context(), enrolled(), nil, judge); !got[0].Passed || got[0].Checks != 5 || got[0].NotJudged != 0 {
		t.Errorf("%+v", got[0])
	}
}

// Questions for which nothing is scripted or recorded are told from other failures of a judge.
func TestJudgesWithoutAnswers(t *testing.T) {
	t.Parallel()
	s := compile(t, oneAsk, judgedTest)
	for _, tt := range []struct {
		err  error
		want int
	}{
		{&assistant.Error{Code: assistant.CodeNoScriptedAnswer, Message: "No rule."}, 4},
		{fmt.Errorf("around: %w", &assistant.Error{Code: assistant.CodeNoRecording}), 4},
		{&run.Error{Code: assistant.CodeNoRecording}, 4},
		{&assistant.Error{Code: assistant.CodeTimeout}, 0},
		{errors.New("no JSON"), 0},
	} {
		got := s.Score(t.Context(), enrolled(), nil, func(context.Context, expect.JudgeQuestion) (expect.JudgeVerdict, error) {
			return expect.JudgeVerdict{}, tt.err
		})[0]
		if got.NoAnswer != tt.want || len(got.Failures) != 3 || got.NotJudged != 0 || got.Checks != 5 { // of two tasks both are asked about
			t.Errorf("%v: %+v", tt.err, got)
		}
		for _, f := range got.Failures {
			if f.Code != expect.JudgeFailed {
				t.Errorf("%v: %+v", tt.err, f)
			}
		}
	}
}
