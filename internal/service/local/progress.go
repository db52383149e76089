package local

import (
	"context"
	"maps"
	"sync"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/emulator"
	"askflow/internal/run"
	"askflow/internal/service"
)

const (
	// tellEvery is how often progress is told at most.
	tellEvery = 50 * time.Millisecond
	// The rate is measured over at least rateOver and rateOf of what it counts: answers come in bursts, as many at once as were asked.
	rateOver = 2 * time.Second
	rateOf   = 32
	// mostMarks is how many moments are remembered where rateOf takes long.
	mostMarks = 1000
)

// counts are what a row adds to the totals of a run that goes on; the totals of its end are the engine's own.
type counts struct {
	state             run.State
	failedSteps, asks int
	noAnswer          int
	cost              assistant.Money
	unnamed           bool
	// here tells that the row was committed since the run went on here.
	here bool
}

// through tells that an enrollment has ended.
func (c *counts) through() bool { return c.state != run.NotEnrolled && c.state != run.Active }

func countsOf(row *run.Row) counts {
	c := counts{state: row.State, failedSteps: row.FailedSteps, asks: row.Asks, noAnswer: row.NoAnswer}
	c.unnamed = row.State == run.NotEnrolled && row.Reason == run.NotNamed
	c.cost, _ = assistant.ParseMoney(row.CostUSD) // "" for rows that cost nothing
	return c
}

// progress is how far a run is.
type progress struct {
	l *Local

	mu     sync.Mutex
	p      service.Progress
	cost   assistant.Money
	before map[int64]counts // rows that others will replace, by their place
	done   done             // since the run began here
	marks  []mark           // of the last seconds, oldest first
	dirty  bool
	quit   chan struct{}
	ended  chan struct{}
}

// done is what was done: records considered, and enrollments that have ended.
type done struct{ records, through int64 }

// mark is what was done at a moment.
type mark struct {
	at time.Time
	done
}

func newProgress(l *Local, s *snapshot, r service.RunRequest, stored *run.Run, total int64, before map[int64]counts) *progress {
	now := l.opt.Now()
	p := &progress{l: l, before: before, quit: make(chan struct{}), ended: make(chan struct{}), p: service.Progress{
		Run: stored.ID, Workflow: stored.Workflow, Answers: stored.Answers, Total: total, Totals: copyOf(stored.Totals), Started: now, Status: run.RunRunning,
		BudgetUSD: budgetOf(s.e.Portal, stored.Settings, r.MaxCost)}}
	p.cost, _ = assistant.ParseMoney(stored.Totals.CostUSD) // "" in a run that begins
	p.marks = []mark{{at: now}}
	return p
}

// copyOf is a copy whose counts can go on.
func copyOf(t run.Totals) run.Totals {
	t.Enrollments, t.Effects, t.Answers, t.Models = maps.Clone(t.Enrollments), maps.Clone(t.Effects), maps.Clone(t.Answers), maps.Clone(t.Models)
	if t.Enrollments == nil {
		t.Enrollments = map[run.State]int64{}
	}
	return t
}

// begin tells that the run has started, and from now on how far it is.
func (p *progress) begin() {
	p.tell()
	go func() {
		defer close(p.ended)
		defer recovered(p.l.broken)
		tick := time.NewTicker(tellEvery)
		defer tick.Stop()
		for {
			select {
			case <-p.quit:
				return
			case <-tick.C:
				p.mu.Lock()
				dirty := p.dirty
				p.mu.Unlock()
				if dirty {
					p.tell()
				}
			}
		}
	}()
}

// add counts committed rows.
func (p *progress) add(rows []run.Row) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range rows {
		row := &rows[i]
		was, again := p.before[row.Seq]
		if again {
			p.count(was, -1)
			delete(p.before, row.Seq)
		}
		now := countsOf(row)
		p.count(now, 1)
		if now.here = true; row.State == run.Active { // live runs commit a record with each of its answers
			p.before[row.Seq] = now
		}
		if !was.here {
			p.done.records++
		}
		if now.through() {
			p.done.through++
		}
	}
	p.p.Totals.CostUSD = p.cost.String()
	p.dirty = true
}

func (p *progress) count(c counts, sign int64) {
	t := &p.p.Totals
	t.Considered += sign
	if c.unnamed {
		t.NotNamed += sign
	}
	t.FailedSteps += sign * int64(c.failedSteps)
	t.Asks += sign * int64(c.asks)
	t.NoAnswer += sign * int64(c.noAnswer)
	if t.Enrollments[c.state] += sign; t.Enrollments[c.state] == 0 {
		delete(t.Enrollments, c.state)
	}
	p.cost += assistant.Money(sign) * c.cost
}

// now is the progress as it is.
func (p *progress) now() *service.Progress {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.nowLocked()
}

func (p *progress) nowLocked() *service.Progress {
	out := p.p
	out.Totals = copyOf(p.p.Totals)
	if out.Ended {
		return &out
	}
	now := p.l.opt.Now()
	first := p.marks[0]
	through, all, enrolled := out.Work()
	if past := now.Sub(first.at).Seconds(); past > 0 {
		out.Rate = float64(p.done.since(first.done, enrolled)) / past
	}
	if left := all - through; left > 0 && out.Rate > 0 {
		out.Left = min(time.Duration(float64(left)/out.Rate*float64(time.Second)), 1000*time.Hour)
	}
	return &out
}

// since is what was done after that: enrollments that ended, as soon as there are any, records before.
func (d done) since(before done, enrolled bool) int64 {
	if enrolled {
		return d.through - before.through
	}
	return d.records - before.records
}

// tell publishes the progress.
func (p *progress) tell() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dirty = false
	now := p.l.opt.Now()
	told := p.nowLocked()
	p.marks = append(p.marks, mark{now, p.done})
	_, _, enrolled := told.Work()
	for len(p.marks) > 1 && now.Sub(p.marks[1].at) >= rateOver && (p.done.since(p.marks[1].done, enrolled) >= rateOf || len(p.marks) > mostMarks) {
		p.marks = p.marks[1:]
	}
	p.l.hub.publish(service.Event{Kind: service.EventRun, Progress: told})
}

// end tells how the run ended. Nothing is told of it afterwards.
func (p *progress) end(s *emulator.Summary, err error) {
	close(p.quit)
	<-p.ended
	p.mu.Lock()
	p.p.Ended, p.p.Status = true, run.RunInterrupted
	if s != nil && s.Run != nil {
		p.p.Totals, p.p.Status, p.p.Draft = copyOf(s.Run.Totals), s.Run.Status, proposed(s.Draft)
		if err == nil && s.Err != nil {
			err = s.Err
		}
	}
	p.p.Err = errorOf(err)
	p.mu.Unlock()
	p.tell()
}

// is tells whether this is the run with the id.
func (p *progress) is(id string) bool { return p.p.Run == id } // which never changes

// sawLimits keeps what the account said of its limits.
func (l *Local) sawLimits(ctx context.Context, s *snapshot, summary *emulator.Summary) {
	if summary == nil || len(summary.Limits) == 0 {
		return
	}
	acc, err := l.account(s, nil)
	if err == nil {
		err = acc.SawLimits(summary.Limits)
	}
	if err == nil && ctx.Err() == nil { // not kept, they are missing on one screen, and no run has failed
		l.hub.publish(service.Event{Kind: service.EventAccount})
	}
}
