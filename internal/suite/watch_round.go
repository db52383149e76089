package suite

import (
	"context"
	"slices"

	"askflow/internal/emulator"
	"askflow/internal/prompttest"
)

// merge lays the new outcomes over the known ones.
func (w *Watcher) merge(plans []*Plan, fresh map[string]*outcome, report *prompttest.Report) *prompttest.Report {
	now := map[string]*outcome{}
	all := &prompttest.Report{Tests: []*prompttest.TestReport{}}
	for _, p := range plans {
		name := p.Name()
		out := fresh[name]
		if out == nil {
			out = w.known[name]
		}
		now[name] = out
		if out.report == nil { // it was not reached, or the filter leaves nothing of it
			continue
		}
		all.Tests = append(all.Tests, out.report)
	}
	w.known = now
	if report != nil {
		all.Warnings, all.Baseline, all.NotRun = report.Warnings, report.Baseline, report.NotRun
	}
	verdict(all, &w.Options, false)
	return all
}

// lastRound is the round before, as what the next one is held against.
type lastRound struct {
	known, fresh map[string]*outcome
	plans        []*Plan // of this round
}

// Name is what messages call it.
func (l *lastRound) Name() string { return "the last round" }

// Open has nothing to read.
func (l *lastRound) Open(context.Context, *emulator.Emulator, []*Plan) error { return nil }

// Find looks a case up.
func (l *lastRound) Find(k Key, answer string) (Key, Was, bool) {
	o := l.known[k.Test]
	if o == nil {
		return k, Was{}, false
	}
	was, ok := o.cases[k]
	was.Same = was.Answer == answer
	return k, was, ok
}

// Len counts the cases of the tests that ran again, and of those that are gone.
func (l *lastRound) Len() int64 {
	n := 0
	for name, o := range l.known {
		there := slices.ContainsFunc(l.plans, func(p *Plan) bool { return p.Name() == name })
		if _, again := l.fresh[name]; again || !there {
			n += len(o.cases)
		}
	}
	return int64(n)
}
