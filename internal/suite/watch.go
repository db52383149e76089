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
	// broken tells that the last round ended with an error.
	broken bool
	dir    string
	// details are those that known results still need.
	details map[*Details]bool
}

// Round is one time that the tests, or some of them, ran.
type Round struct {
	// Saved are the files whose saving began it, relative to the portal folder, Gone those that are not there any more; both are empty
	// for the first round.
	Saved, Gone []string
	// Report is of all tests, those that did not have to run again as they were; nil beside an Err that kept them from running.
	Report *prompttest.Report
	Err    error
	// Ran are the tests that ran.
	Ran []string
	// AsBefore tells that the round before could not run, and that everything is again as it was before that.
	AsBefore bool
	// Delta is what changed since the round before; nil in the first one.
	Delta *prompttest.Baseline
	Took  time.Duration
}

// outcome is what a test came to.
type outcome struct {
	// fingerprint is "" when the test did not come to its end, so that it runs again.
	fingerprint string
	// file is the test's, workflow that of its workflow.
	file, workflow string
	report         *prompttest.TestReport
	// cases are what the next round is held against: those of the last round in which the test came to its end.
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
		case _, open := <-notify.Errors: // a notification was lost: look at everything
			if open {
				settle = time.After(settling)
			}
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
		return rel, holdsFiles(event.Name)
	}
	return rel, true
}

// holdsFiles tells whether there is any file below a folder: one that is empty changes nothing yet.
func holdsFiles(dir string) bool {
	found := false
	_ = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error { // what cannot be read is no file
		switch {
		case err != nil:
			return nil
		case !d.IsDir():
			found = true
			return fs.SkipAll
		case name != dir && portal.Ignored(d.Name()):
			return fs.SkipDir
		}
		return nil
	})
	return found
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
	r := &Round{}
	r.Saved, r.Gone = w.there(saved)
	r.Err = w.run(ctx, r)
	r.Took = time.Since(started)
	if ctx.Err() == nil {
		w.broken = r.Err != nil
	}
	return r
}

// there tells files that are there from those that are gone. Beside others what is gone and was no test is left out: it may be the file
// that an editor writes before it puts it in the place of the old one.
func (w *Watcher) there(saved []string) (here, gone []string) {
	tests := map[string]bool{}
	for _, o := range w.known {
		tests[o.file] = true
	}
	var others []string
	for _, name := range saved {
		_, err := os.Stat(filepath.Join(w.dir, filepath.FromSlash(name)))
		switch {
		case err == nil:
			here = append(here, name)
		case tests[name]:
			gone = append(gone, name)
		default:
			others = append(others, name)
		}
	}
	if len(here)+len(gone) == 0 {
		return nil, others
	}
	return here, gone
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
	again, prints := w.affected(plans)
	for _, p := range again {
		r.Ran = append(r.Ran, p.Name())
	}
	fresh := map[string]*outcome{}
	var delta *held
	if len(w.known) > 0 {
		delta = newHeld(&lastRound{known: w.known, fresh: fresh, plans: plans})
	}
	opt.partly = true
	opt.seen = func(k Key, c *prompttest.CaseResult, answer string) {
		fresh[k.Test].cases[k] = Was{Passed: c.Passed, Answer: answer, Steps: answersOf(c)}
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
		fresh[p.Name()] = &outcome{fingerprint: prints[p.Name()], file: p.test.File, workflow: p.flow.File, cases: map[Key]Was{}, details: opt.Details}
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
	w.unfinished(fresh, report, err)
	r.AsBefore = w.broken && err == nil && len(again) == 0
	r.Report = w.merge(plans, fresh, report)
	if len(r.Report.Tests) == 0 && err == nil && opt.Filter != "" {
		r.Report, err = nil, noCase(opt.Filter)
	}
	if delta != nil && err == nil {
		r.Delta = delta.finish()
	}
	return err
}

// affected are the tests that run again, and the fingerprints of all. With a test all tests of its workflow run, since what is reached of
// one is counted over them; so they do when one of them is gone.
func (w *Watcher) affected(plans []*Plan) (again []*Plan, prints map[string]string) {
	prints = map[string]string{}
	workflows := map[string]bool{}
	for _, p := range plans {
		prints[p.Name()] = p.fingerprint()
		if was := w.known[p.Name()]; was == nil || was.fingerprint != prints[p.Name()] {
			workflows[p.flow.File] = true
		}
	}
	for name, o := range w.known {
		if _, there := prints[name]; !there {
			workflows[o.workflow] = true
		}
	}
	for _, p := range plans {
		if workflows[p.flow.File] {
			again = append(again, p)
		}
	}
	return again, prints
}

// unfinished keeps, of tests that a round did not bring to their end, what the next one is held against: the last round that did.
func (w *Watcher) unfinished(fresh map[string]*outcome, report *prompttest.Report, err error) {
	for name, o := range fresh {
		notRun := report != nil && slices.Contains(report.NotRun, name)
		if !notRun && (err == nil || o.report != nil && o.report.Error == nil) {
			continue
		}
		o.fingerprint, o.cases = "", map[Key]Was{}
		if was := w.known[name]; was != nil {
			o.cases = was.cases
		}
	}
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
