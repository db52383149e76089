package suite

import (
	"hash/fnv"
	"slices"

	"askflow/internal/assistant"
	"askflow/internal/portal"
	"askflow/internal/prompttest"
	"askflow/internal/run"
)

// tally adds up one cell.
type tally struct {
	report *prompttest.CellReport
	agree  *agreement
	cell   int
	base   *held
	test   string
	// threshold is the share of the cell's cases that must pass.
	threshold float64
	opt       *Options
	plan      *Plan
	c         *cell

	repeat, of int
	latencies  []int32 // milliseconds of asks that were sent
	details    *segment
	cost       assistant.Money
	judge      assistant.Money
}

// begin starts a repeat, counted from 0.
func (t *tally) begin(repeat, of int) {
	t.repeat, t.of = repeat, of
	if t.details == nil && t.opt.Details != nil {
		t.details = t.opt.Details.segment()
		t.report.Results = t.details
	}
}

// asks looks at the asks of a record, whatever is expected of it.
func (t *tally) asks(result *run.Result) {
	for i := range result.Steps {
		if a := result.Steps[i].Ask; a != nil && a.Attempts > 0 {
			t.latencies = append(t.latencies, int32(min(a.LatencyMs, 1<<31-1)))
		}
	}
}

// add takes one case.
func (t *tally) add(c *prompttest.CaseResult) {
	if t.of > 1 {
		c.Repeat = t.repeat + 1
	}
	r := t.report
	r.Cases++
	r.Checks += int64(c.Checks)
	r.FailedChecks += int64(len(c.Failures))
	r.NotJudged += int64(c.NotJudged)
	r.NoAnswer += int64(c.NoAnswer)
	if c.Passed {
		r.Passed++
	} else {
		r.Failed++
		if len(r.Failures) < prompttest.MaxFailures {
			r.Failures = append(r.Failures, c)
		}
	}
	if t.details != nil {
		t.details.add(c)
	}
	answer := lastAnswer(c)
	t.agree.add(t.cell, c, answersHash(c))
	if t.base == nil && t.opt.seen == nil {
		return
	}
	key := Key{Test: t.test, Cell: t.report.Label, ObjectType: c.Record.ObjectType, Record: c.Record.ID, Case: c.Case, Repeat: c.Repeat}
	if t.base != nil {
		t.base.add(key, c, answer)
	}
	if t.opt.seen != nil {
		t.opt.seen(key, c, answer)
	}
}

// lastAnswer is the last response of a case, "" when there was none.
func lastAnswer(c *prompttest.CaseResult) string {
	for _, a := range slices.Backward(c.Asks) {
		if a.Response != nil {
			return *a.Response
		}
	}
	return ""
}

// answersHash is a hash of every response of a case.
func answersHash(c *prompttest.CaseResult) uint64 {
	h := fnv.New64a()
	for _, a := range c.Asks {
		_, _ = h.Write([]byte(a.Step)) // a hash takes everything
		if a.Response != nil {
			_, _ = h.Write([]byte{1})
			_, _ = h.Write([]byte(*a.Response))
		}
		_, _ = h.Write([]byte{0})
	}
	return h.Sum64()
}

// run takes what one run of the cell came to. Of a scripted one that was ended in the middle only the rows before that count: how much
// was done behind them depends on how fast it went. What was asked live was paid for.
func (t *tally) run(r *run.Run, w *watchers) {
	c, s := t.report, &w.sum
	if r.ID != "" {
		c.Runs = append(c.Runs, r.ID)
	}
	if live := r.Answers == portal.AnswersLive || r.Answers == portal.AnswersRecord; w.stage != nil && (live || !w.stopped) {
		s = figuresOf(&r.Totals)
	}
	c.Considered = max(c.Considered, s.Considered) // every repeat looks at the same records
	c.Enrolled = max(c.Enrolled, s.enrolled)
	c.Asks += s.Asks
	c.FailedAsks += s.FailedAsks
	c.NoAnswer += s.NoAnswer
	c.InputTokens += s.InputTokens
	c.CachedTokens += s.CachedTokens
	c.OutputTokens += s.OutputTokens
	c.ReasoningTokens += s.ReasoningTokens
	c.EstimatedUsage = c.EstimatedUsage || s.EstimatedUsage
	c.UnknownPrice += s.UnknownPrice + w.judged.unknown
	t.cost = t.cost.Add(s.cost)
	c.JudgeAsks += w.judged.asks
	t.judge = t.judge.Add(w.judged.cost)
}

// figures are the totals of a run that reports show.
type figures struct {
	run.Totals // Enrollments, Effects and the like are not counted
	enrolled   int64
	cost       assistant.Money
}

func figuresOf(t *run.Totals) *figures {
	return &figures{Totals: *t, enrolled: t.Considered - t.Enrollments[run.NotEnrolled], cost: addMoney(0, t.CostUSD)}
}

// add counts one record, as the run's own totals do.
func (f *figures) add(r *run.Result) {
	f.Considered++
	if r.Enrollment.State != run.NotEnrolled {
		f.enrolled++
	}
	for i := range r.Steps {
		s := &r.Steps[i]
		a := s.Ask
		if a == nil || s.Stubbed || s.Pinned {
			continue
		}
		f.Asks++
		if s.State == run.FailContinue {
			f.FailedAsks++
		}
		if s.Error != nil && (s.Error.Code == assistant.CodeNoScriptedAnswer || s.Error.Code == assistant.CodeNoRecording) {
			f.NoAnswer++
		}
		f.cost = addMoney(f.cost, a.CostUSD)
		if u := a.Usage; u != nil {
			f.InputTokens += int64(u.InputTokens)
			f.CachedTokens += int64(u.CachedTokens)
			f.OutputTokens += int64(u.OutputTokens)
			f.ReasoningTokens += int64(u.ReasoningTokens)
			f.EstimatedUsage = f.EstimatedUsage || u.Estimated
			if a.CostUSD == "" {
				f.UnknownPrice++
			}
		}
	}
}

// finish works out the figures that need all cases.
func (t *tally) finish() {
	c := t.report
	c.CostUSD = t.cost.String()
	if c.JudgeAsks > 0 {
		c.JudgeCostUSD = t.judge.String()
	}
	if c.Cases > 0 {
		c.PassRate = float64(c.Passed) / float64(c.Cases)
	}
	if n := len(t.latencies); n > 0 {
		slices.Sort(t.latencies)
		at := func(percent int) int64 { return int64(t.latencies[min(n-1, max(0, (n*percent+99)/100-1))]) }
		c.LatencyP50, c.LatencyP90, c.LatencyP99, c.LatencyMax = at(50), at(90), at(99), int64(t.latencies[n-1])
	}
	t.latencies = nil
	if c.Refused == nil {
		c.Agreement, c.Wavering = t.agree.of(t.cell), t.agree.wavering(t.cell)
	}
}
