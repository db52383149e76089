package suite

import (
	"slices"

	"askflow/internal/prompttest"
	"askflow/internal/source"
)

// StepAnswer is what a step answered; Text is "" when no answer came.
type StepAnswer struct{ Step, Text string }

// answersOf are the answers of a case in the order in which they came.
func answersOf(c *prompttest.CaseResult) []StepAnswer {
	out := make([]StepAnswer, 0, len(c.Asks))
	for i := range c.Asks {
		a := StepAnswer{Step: c.Asks[i].Step}
		if c.Asks[i].Response != nil {
			a.Text = *c.Asks[i].Response
		}
		out = append(out, a)
	}
	return out
}

// shift is how one step's answer differs.
type shift struct{ step, before, after string }

// shiftOf picks what shows best how a case changed: of the steps whose answers differ, the first that an expectation failed at, else the
// first one. Where none differs it is the step that failed, else the last one.
func shiftOf(was, now []StepAnswer, failures []prompttest.Failure) shift {
	all := paired(was, now)
	if len(all) == 0 {
		return shift{}
	}
	several := slices.ContainsFunc(all, func(s shift) bool { return s.step != all[0].step })
	failed := func(s shift) bool {
		return slices.ContainsFunc(failures, func(f prompttest.Failure) bool { return f.Step == s.step })
	}
	differs := func(s shift) bool { return s.before != s.after }
	out := all[len(all)-1]
	for _, is := range []func(shift) bool{func(s shift) bool { return differs(s) && failed(s) }, differs, failed} {
		if i := slices.IndexFunc(all, is); i >= 0 {
			out = all[i]
			break
		}
	}
	if !several {
		out.step = ""
	}
	return out
}

// paired lays the answers of the same steps side by side: those of a step that asked several times one by one.
func paired(was, now []StepAnswer) []shift {
	visits := map[string]int{}
	nth := func(list []StepAnswer, step string, n int) string {
		for _, a := range list {
			if a.Step != step {
				continue
			}
			if n == 0 {
				return a.Text
			}
			n--
		}
		return ""
	}
	var out []shift
	for _, a := range now {
		out = append(out, shift{a.Step, nth(was, a.Step, visits[a.Step]), a.Text})
		visits[a.Step]++
	}
	for _, a := range was { // steps that did not ask this time
		if visits[a.Step]--; visits[a.Step] < 0 {
			out = append(out, shift{step: a.Step, before: a.Text})
		}
	}
	return out
}

// onlyJudged tells whether a case failed for nothing but what judges said.
func onlyJudged(c *prompttest.CaseResult) bool {
	return !slices.ContainsFunc(c.Failures, func(f prompttest.Failure) bool { return f.Check != judgeStep && !mentionsJudge(f.Node) })
}

func mentionsJudge(n *source.Node) bool {
	if n == nil {
		return false
	}
	return n.Get(judgeStep) != nil || slices.ContainsFunc(n.Items, mentionsJudge) ||
		slices.ContainsFunc(n.Members, func(m source.Member) bool { return mentionsJudge(m.Value) })
}
