package suite

import (
	"context"
	"io/fs"
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
	// Begin is told that a round begins, and which files were saved; Show what came of it.
	Begin func(saved []string)
	Show  func(*Round)

	// known are the tests' last results, by name.
	known map[string]*outcome
	dir   string
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
	// changes are the cases held against the round before.
	cases map[Key]Was
}

// settling is how long files must be left alone before tests run: editors save in several steps.
const settling = 120 * time.Millisecond

// Watch runs rounds until the context ends, which is no error.
func (w *Watcher) Watch(ctx context.Context) error {
	e, err := w.Open(ctx)
	if err != nil {
		return err
	}
	w.dir, w.known = e.Portal.Dir, map[string]*outcome{}
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
	if err != nil || event.Op == fsnotify.Chmod {
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
	r := &Round{Saved: saved}
	r.Err = w.run(ctx, r)
	r.Took = time.Since(started)
	return r
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
	var again []*plan
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
	for _, p := range again {
		fresh[p.Name()] = &outcome{fingerprint: prints[p.Name()], cases: map[Key]Was{}}
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

// merge lays the new outcomes over the known ones.
func (w *Watcher) merge(plans []*plan, fresh map[string]*outcome, report *prompttest.Report) *prompttest.Report {
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
