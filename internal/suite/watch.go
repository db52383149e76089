package suite

import (
	"context"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"askflow/internal/emulator"
	"askflow/internal/portal"
	"askflow/internal/prompttest"
)

// Watcher runs tests again whenever a file of the portal is saved, as far as the file matters to them.
type Watcher struct {
	// Open opens the portal as it is now.
	Open    func(context.Context) (*emulator.Emulator, error)
	Options Options
	// Cases keeps every case for reports, as Options.Details does for a single run.
	Cases bool
	// Own are files that Show writes, such as reports; saving them begins no round. Names are absolute.
	Own []string
	// Begin is told that a round begins, and which files were saved; Show what came of it.
	Begin func(saved []string)
	Show  func(*Round)

	// known are the tests' last results, by name.
	known map[string]*outcome
	dir   string
	// details are those that known results still need.
	details map[*Details]bool
}

// Round is one time that the tests, or some of them, ran.
type Round struct {
	// Saved are the files whose saving began it, relative to the portal folder; none for the first round.
	Saved []string
	// Report is of all tests, those that did not have to run again as they were; nil beside an Err that kept them from running.
	Report *prompttest.Report
	Err    error
	// Ran are the tests that ran.
	Ran []string
	// Delta is what changed since the round before; nil in the first one.
	Delta *prompttest.Baseline
	Took  time.Duration
}

// outcome is what a test came to.
type outcome struct {
	fingerprint string
	report      *prompttest.TestReport
	// cases are what the next round is held against.
	cases   map[Key]Was
	details *Details
}

// settling is how long files must be left alone before tests run: editors save in several steps.
const settling = 120 * time.Millisecond

// Watch runs rounds until the context ends, which is no error.
func (w *Watcher) Watch(ctx context.Context) error {
	e, err := w.Open(ctx)
	if err != nil {
		return err
	}
	w.dir, w.known, w.details = e.Portal.Dir, map[string]*outcome{}, map[*Details]bool{}
	defer w.forget(nil)
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		return &emulator.Error{Code: "cannot_watch", Message: "the portal folder cannot be watched: " + err.Error(), Hint: "close other programs that watch files, or run without --watch", Exit: emulator.ExitUsage, Cause: err}
	}
	defer func() { _ = notify.Close() }() // nothing is lost
	w.follow(notify, w.dir)
	var saved []string
	for {
		round, stop := context.WithCancel(ctx)
		done := make(chan *Round, 1)
		if w.Begin != nil {
			w.Begin(saved)
		}
		go func() { done <- w.round(round, saved) }()
		more := w.wait(ctx, notify, done, stop, saved)
		stop()
		if ctx.Err() != nil {
			return nil
		}
		saved = more
	}
}

// wait shows the round when it is done, and waits until files were saved and left alone again. A round that goes on when a file
// is saved is given up: what it would show is old, and its files count as saved again.
func (w *Watcher) wait(ctx context.Context, notify *fsnotify.Watcher, done <-chan *Round, stop func(), began []string) (saved []string) {
	var settle <-chan time.Time
	running := true
	end := func() {
		if running {
			stop()
			<-done
		}
	}
	for {
		select {
		case <-ctx.Done():
			end()
			return nil
		case r := <-done:
			running = false
			if w.Show != nil {
				w.Show(r)
			}
		case event, ok := <-notify.Events:
			if !ok {
				continue
			}
			if name, matters := w.matters(notify, event); matters {
				if !slices.Contains(saved, name) {
					saved = append(saved, name)
				}
				settle = time.After(settling)
			}
		case <-notify.Errors: // a notification was lost: look at everything
			settle = time.After(settling)
		case <-settle:
			if running {
				for _, name := range began {
					if !slices.Contains(saved, name) {
						saved = append(saved, name)
					}
				}
			}
			end()
			slices.Sort(saved)
			return saved
		}
	}
}

// matters tells whether an event is about a file that tests may read, and names it.
func (w *Watcher) matters(notify *fsnotify.Watcher, event fsnotify.Event) (string, bool) {
	rel, err := filepath.Rel(w.dir, event.Name)
	if err != nil || event.Op == fsnotify.Chmod || slices.Contains(w.Own, event.Name) {
		return "", false
	}
	rel = filepath.ToSlash(rel)
	for _, part := range strings.Split(rel, "/") {
		if portal.Ignored(part) {
			return "", false
		}
	}
	if info, err := os.Stat(event.Name); err == nil && info.IsDir() {
		w.follow(notify, event.Name)
	}
	return rel, true
}

// follow watches a folder and those in it, without the portal's own state and what tools keep in hidden folders.
func (w *Watcher) follow(notify *fsnotify.Watcher, dir string) {
	_ = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error { // what cannot be watched is not watched
		if err != nil || !d.IsDir() {
			return nil
		}
		if name != w.dir && portal.Ignored(d.Name()) {
			return fs.SkipDir
		}
		_ = notify.Add(name)
		return nil
	})
}

// round runs the tests that a change matters to.
func (w *Watcher) round(ctx context.Context, saved []string) *Round {
	started := time.Now()
	r := &Round{Saved: w.there(saved)}
	r.Err = w.run(ctx, r)
	r.Took = time.Since(started)
	return r
}

// there leaves out what is gone again, such as the file that an editor writes before it puts it in the place of the old one.
func (w *Watcher) there(saved []string) []string {
	here := slices.DeleteFunc(slices.Clone(saved), func(name string) bool {
		_, err := os.Stat(filepath.Join(w.dir, filepath.FromSlash(name)))
		return err != nil
	})
	if len(here) == 0 {
		return saved
	}
	return here
}

func (w *Watcher) run(ctx context.Context, r *Round) error {
	e, err := w.Open(ctx)
	if err != nil {
		return err
	}
	opt := w.Options
	plans, warnings, err := Prepare(ctx, e, &opt)
	if err != nil {
		return err
	}
	prints := map[string]string{}
	affected := map[string]bool{} // workflows: what is reached of one is counted over all of its tests
	for _, p := range plans {
		prints[p.Name()] = p.fingerprint()
		if was := w.known[p.Name()]; was == nil || was.fingerprint != prints[p.Name()] {
			affected[p.flow.File] = true
		}
	}
	var again []*Plan
	for _, p := range plans {
		if affected[p.flow.File] {
			again = append(again, p)
			r.Ran = append(r.Ran, p.Name())
		}
	}
	fresh := map[string]*outcome{}
	var delta *held
	if len(w.known) > 0 {
		delta = newHeld(&lastRound{known: w.known, fresh: fresh})
	}
	opt.seen = func(k Key, c *prompttest.CaseResult, answer string) {
		fresh[k.Test].cases[k] = Was{Passed: c.Passed, Answer: answer}
		if delta != nil {
			delta.add(k, c, answer)
		}
	}
	if w.Cases && len(again) > 0 {
		if opt.Details, err = NewDetails(); err != nil {
			return err
		}
		w.details[opt.Details] = true
	}
	defer func() { w.forget(w.known) }()
	for _, p := range again {
		fresh[p.Name()] = &outcome{fingerprint: prints[p.Name()], cases: map[Key]Was{}, details: opt.Details}
	}
	report, err := runPlans(ctx, e, again, warnings, &opt)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if report != nil {
		for _, t := range report.Tests {
			fresh[t.Name].report = t
		}
	}
	r.Report = w.merge(plans, fresh, report)
	if delta != nil {
		r.Delta = delta.finish()
	}
	return err
}

// forget lets the details go that none of the results needs.
func (w *Watcher) forget(needed map[string]*outcome) {
	for d := range w.details {
		if !slices.ContainsFunc(slices.Collect(maps.Values(needed)), func(o *outcome) bool { return o.details == d }) {
			_ = d.Close() // a temporary file
			delete(w.details, d)
		}
	}
}

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
		if out.report == nil { // it was not reached
			continue
		}
		now[name] = out
		all.Tests = append(all.Tests, out.report)
	}
	w.known = now
	if report != nil {
		all.Warnings, all.Baseline = report.Warnings, report.Baseline
	}
	verdict(all, &w.Options, false)
	return all
}

// lastRound is the round before, as what the next one is held against.
type lastRound struct{ known, fresh map[string]*outcome }

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

// Len counts the cases of the tests that ran again.
func (l *lastRound) Len() int64 {
	n := 0
	for name := range l.fresh {
		if o := l.known[name]; o != nil {
			n += len(o.cases)
		}
	}
	return int64(n)
}
