package expect

import (
	"context"
	"fmt"
	"math"
	"strings"

	"askflow/internal/source"
)

// judged wants an assistant to say that the text meets a rubric.
type judged struct {
	assistant, rubric string
	min               float64 // of the score
	score             bool    // min counts
}

// judge reads {assistant, rubric, min}.
func (rd *reader) judge(n *source.Node) rule {
	if !rd.members("judge", n, "write {assistant: NAME, rubric: TEXT}", "assistant", "rubric", "min") {
		return nil
	}
	j := &judged{}
	var good, rubric bool
	j.assistant, good = rd.needed("judge", n, "assistant")
	j.rubric, rubric = rd.needed("judge", n, "rubric")
	if good && rd.env.Assistant != nil {
		if known, names := rd.env.Assistant(j.assistant); !known {
			rd.errorf(n.Get("assistant").Pos, "unknown_assistant", near(j.assistant, names), "the portal has no assistant %s", quote(j.assistant))
			good = false
		}
	}
	if least := n.Get("min"); least != nil {
		var ok bool
		if j.min, ok = rd.share("judge: min", least, "a score"); !ok {
			return nil
		}
		j.score = true
	}
	if !good || !rubric {
		return nil
	}
	return j
}

// needed reads a text that must not be missing or empty.
func (rd *reader) needed(what string, n *source.Node, key string) (string, bool) {
	v := n.Get(key)
	if v == nil {
		rd.errorf(n.Pos, "missing_key", "", "%s needs %q", what, key)
		return "", false
	}
	text, ok := rd.text(what+": "+key, v)
	if ok && strings.TrimSpace(text) == "" {
		rd.errorf(v.Pos, "missing_key", "", "%s: %s must not be empty", what, key)
		return "", false
	}
	return text, ok
}

// share reads a minimum above 0, at most 1.
func (rd *reader) share(check string, n *source.Node, of string) (float64, bool) {
	if n.IsScalar() {
		x, ok := parseNumber(n.Text)
		switch {
		case !ok:
		case x <= 0:
			rd.neverFails(n.Pos, "", "%s is never less than 0", of)
			return 0, false
		case x > 1:
			rd.neverHolds(n.Pos, "it goes from 0 to 1: 0.8 is 80 percent", "%s is never more than 1", of)
			return 0, false
		default:
			return x, true
		}
		rd.errorf(n.Pos, "wrong_type", "it goes from 0 to 1", "%s needs a number, but here stands %s", check, quote(n.Text))
		return 0, false
	}
	rd.errorf(n.Pos, "wrong_type", "it goes from 0 to 1", "%s needs a number, but here stands %s", check, n.Kind)
	return 0, false
}

// similar reads a text, or {to, min}.
func (rd *reader) similar(n *source.Node) rule {
	s := &similar{min: defaultSimilar}
	to := n
	if n.Kind == source.Object {
		if !rd.members("similar", n, "", "to", "min") {
			return nil
		}
		if to = n.Get("to"); to == nil {
			rd.errorf(n.Pos, "missing_key", "", "similar needs %q", "to")
			return nil
		}
		if least := n.Get("min"); least != nil {
			var ok bool
			if s.min, ok = rd.share("similar: min", least, "a similarity"); !ok {
				return nil
			}
		}
	}
	text, ok := rd.text("similar", to)
	if !ok {
		return nil
	}
	s.to, s.runes = text, []rune(normalise(text))
	if len(s.runes) == 0 {
		rd.errorf(to.Pos, "missing_key", "", "similar needs a text that is not empty")
		return nil
	}
	return s
}

func (j *judged) expected() string {
	if j.score {
		return fmt.Sprintf("that %s gives it at least %s for: %s", j.assistant, formatNumber(j.min), j.rubric)
	}
	return "that " + j.assistant + " says it meets: " + j.rubric
}

// denied is what not wants of the judge.
func (j *judged) denied() string {
	if j.score {
		return fmt.Sprintf("that %s does not give it %s or more for: %s", j.assistant, formatNumber(j.min), j.rubric)
	}
	return "that " + j.assistant + " says it does not meet: " + j.rubric
}

// test asks the judge. Where nobody can be asked, the text is neither one that meets the rubric nor one that does not.
func (j *judged) test(ctx context.Context, v *Value, judge Judge) *Mismatch {
	failed := func(why string) *Mismatch {
		return &Mismatch{Expected: j.expected(), Got: why, Code: JudgeFailed}
	}
	if judge == nil {
		return &Mismatch{Expected: j.expected(), Got: "not judged: nobody can be asked here", Code: NotJudged}
	}
	verdict, err := judge(ctx, JudgeQuestion{Assistant: j.assistant, Rubric: j.rubric, Answer: textOf(v), Prompt: v.Prompt})
	switch {
	case err != nil:
		return failed("the judge " + j.assistant + " gave no verdict: " + err.Error())
	case verdict.Score != nil && (math.IsNaN(*verdict.Score) || *verdict.Score < 0 || *verdict.Score > 1):
		return failed("the judge " + j.assistant + " gave a score that is not from 0 to 1: " + formatNumber(*verdict.Score))
	case j.score && verdict.Score == nil:
		return failed("the judge " + j.assistant + " gave no score, but min is a score")
	}
	m := &Mismatch{Expected: j.expected(), Got: verdict.Reason}
	if m.Got == "" {
		m.Got = "no, without a reason"
	}
	switch {
	case !verdict.Pass && verdict.Score != nil:
		m.Differs = "it does not meet the rubric; its score is " + formatNumber(*verdict.Score)
	case !verdict.Pass:
		m.Differs = "it does not meet the rubric"
	case j.score && *verdict.Score < j.min:
		m.Differs = "its score is " + formatNumber(*verdict.Score)
	default:
		return nil
	}
	return m
}
