package openaisim

import (
	"fmt"
	"strconv"
	"strings"

	"askflow/internal/assistant"
	"askflow/internal/source"
)

// NoAnswer is the error of a question for which nothing is scripted. It holds an *assistant.Error with code
// no_scripted_answer.
type NoAnswer struct {
	Prompt    string
	Model     string
	Record    string // id
	Assistant string // id
	Step      string // name, or action id where it has none
	// Nearest is the rule that came closest, nil when there are no rules at all; Why says which of its conditions did not
	// hold.
	Nearest *Rule
	Why     string
	// Unfilled is the rule that holds and whose reply nobody has written yet, nil for none.
	Unfilled *Rule
}

// Error is a sentence that names prompt, record and nearest rule, or the reply that is still to be written.
func (e *NoAnswer) Error() string {
	var b strings.Builder
	if r := e.Unfilled; r != nil {
		b.WriteString("The reply in " + source.Problem{File: r.File, Line: r.replyPos.Line, Col: r.replyPos.Col}.Where() + " is not filled in")
	} else {
		b.WriteString("No scripted answer fits the prompt " + strconv.Quote(excerpt(e.Prompt, 80)))
	}
	if e.Record != "" {
		b.WriteString(" of record " + e.Record)
	}
	if e.Step != "" {
		b.WriteString(" at step " + e.Step)
	}
	b.WriteString(".")
	switch {
	case e.Unfilled != nil:
	case e.Nearest == nil:
		b.WriteString(" There are no rules.")
	default:
		b.WriteString(" The nearest is " + e.Nearest.Title() + ": " + e.Why + ".")
	}
	return b.String()
}

// Unwrap gives the error as the client understands it.
func (e *NoAnswer) Unwrap() error {
	hint := "add a rule to responses/, or let run --draft-missing write a skeleton of it"
	if e.Unfilled != nil {
		hint = "write what the assistant answers; for an answer without text write fault: empty"
	}
	return &assistant.Error{Code: assistant.CodeNoScriptedAnswer, Message: e.Error(), Hint: hint}
}

// noAnswer says why nothing answers a question; unfilled is the rule that would, were its reply written.
func (s *Simulator) noAnswer(q *question, unfilled *Rule) *NoAnswer {
	c := q.caller
	e := &NoAnswer{Prompt: q.prompt, Model: q.model, Record: c.RecordID, Assistant: c.Assistant, Step: c.StepName, Unfilled: unfilled}
	if e.Step == "" {
		e.Step = c.Step
	}
	if unfilled != nil {
		return e
	}
	best := 0
	for _, r := range s.rules.rules {
		held, failed := r.When.explain(q)
		score := 2*held - 3*len(failed)
		if len(failed) == 0 {
			failed = []string{r.spent(q)}
			score++ // nothing but the count of attempts stands in the way
		}
		if e.Nearest == nil || score > best {
			e.Nearest, e.Why, best = r, failed[0], score
		}
	}
	return e
}

// spent says why a rule whose conditions hold did not answer.
func (r *Rule) spent(q *question) string {
	if r.Rate > 0 && r.Rate < 1 {
		return fmt.Sprintf("its rate of %g was not drawn", r.Rate)
	}
	return fmt.Sprintf("it answers only %d attempts, and this is attempt %d", r.Times, q.attempt())
}

// explain counts the conditions that hold and describes those that do not.
func (w *When) explain(q *question) (held int, failed []string) {
	is := func(what, want string, got ...string) {
		if want == "" {
			return
		}
		for _, g := range got {
			if g == want {
				held++
				return
			}
		}
		failed = append(failed, fmt.Sprintf("it wants the %s %s, and this is %s", what, want, orNothing(got[0])))
	}
	is("record", w.Record, q.caller.RecordID)
	is("assistant", w.Assistant, q.caller.Assistant, q.caller.AssistantName)
	is("model", w.Model, q.model)
	is("step", w.Step, q.caller.Step, q.caller.StepName)
	for _, t := range []struct {
		what string
		cond *Text
		got  string
	}{{"prompt", w.Prompt, q.prompt}, {"instructions", w.Instructions, q.instructions}} {
		if t.cond == nil {
			continue
		}
		h, f := t.cond.explain(t.what, t.got)
		held, failed = held+h, append(failed, f...)
	}
	return held, failed
}

func (t *Text) explain(what, got string) (held int, failed []string) {
	check := func(ok bool, verb, want string) {
		if ok {
			held++
			return
		}
		failed = append(failed, fmt.Sprintf("its %s must %s %s", what, verb, strconv.Quote(excerpt(want, 60))))
	}
	for _, want := range t.Contains {
		ok := strings.Contains(got, want)
		check(ok, "contain", want)
		if !ok && strings.Contains(fold(got), fold(want)) {
			failed[len(failed)-1] += " in this very spelling of small and capital letters"
		}
	}
	for _, unwanted := range t.NotContains {
		check(!strings.Contains(got, unwanted), "not contain", unwanted)
	}
	if t.StartsWith != "" {
		check(strings.HasPrefix(got, t.StartsWith), "start with", t.StartsWith)
	}
	if t.Equals != nil {
		check(*t.Equals == got, "equal", *t.Equals)
	}
	if t.Matches != nil {
		check(t.Matches.MatchString(got), "match", t.Matches.String())
	}
	return held, failed
}

// excerpt shows the beginning of a text in a sentence: on one line, cut at so many characters.
func excerpt(s string, limit int) string {
	return clip(strings.Join(strings.Fields(clip(s, 4*limit)), " "), limit)
}

func orNothing(s string) string {
	if s == "" {
		return "not known"
	}
	return s
}
