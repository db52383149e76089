package local

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/emulator"
	"askflow/internal/portal"
	"askflow/internal/service"
)

// How long the keeper waits: for files to settle after a change, at most for files that keep changing, between looks at a
// folder that cannot be watched and at one that is gone, and for another program's run to write more.
const (
	settling    = 150 * time.Millisecond
	longest     = time.Second
	lookAgain   = 2 * time.Second
	lookForGone = time.Second
	runsSettle  = 500 * time.Millisecond
)

// keeper keeps the portal loaded as its files stand. All loading happens in its one goroutine.
type keeper struct {
	l   *Local
	ask chan chan struct{} // a look that somebody waits for

	mu    sync.Mutex
	snap  *snapshot
	gone  *service.Error
	ready chan struct{} // closed after the first load
	// stored is how the database was when it was last told of.
	stored [2]fileStamp

	// Below is the goroutine's own.
	watch  *watch
	settle alarm // files changed
	poll   alarm // look without having been told
	runs   alarm // the database was written
	first  time.Time
}

// alarm is a timer that may be set.
type alarm struct {
	c    <-chan time.Time
	stop func()
}

func (a *alarm) set(o Options, d time.Duration) {
	a.clear()
	a.c, a.stop = o.Timer(d)
}

func (a *alarm) clear() {
	if a.stop != nil {
		a.stop()
	}
	*a = alarm{}
}

func newKeeper(l *Local) *keeper {
	return &keeper{l: l, ask: make(chan chan struct{}), ready: make(chan struct{})}
}

// current is the portal as it is loaded, or why it is not.
func (k *keeper) current(ctx context.Context) (*snapshot, error) {
	select {
	case <-k.ready:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-k.l.ctx.Done():
		return nil, closed()
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.gone != nil {
		return nil, k.gone
	}
	if k.snap == nil {
		return nil, closed()
	}
	return k.snap, nil
}

// refresh looks at the files now and returns when what changed is loaded and told.
func (k *keeper) refresh(ctx context.Context) error {
	done := make(chan struct{})
	select {
	case k.ask <- done:
	case <-ctx.Done():
		return ctx.Err()
	case <-k.l.ctx.Done():
		return closed()
	}
	select {
	case <-done:
		return nil
	case <-k.l.ctx.Done():
		return closed()
	}
}

// run is the goroutine.
func (k *keeper) run(ctx context.Context) {
	k.careful(func() { k.look(ctx) })
	close(k.ready)
	defer k.stop()
	for ctx.Err() == nil {
		k.careful(func() { k.next(ctx) })
	}
}

// careful does something; after a panic in it the portal counts as gone, and is looked for again.
func (k *keeper) careful(do func()) {
	defer recovered(k.lost)
	do()
}

// next does what comes next.
func (k *keeper) next(ctx context.Context) {
	select {
	case <-ctx.Done():
	case e, ok := <-k.watch.events():
		k.saw(e, ok)
	case <-k.watch.errors(): //nolint:errcheck // whatever it says, the answer is the same
		k.watch.close() // notifications were lost or do not work: looking works always
		k.watch = nil
		k.look(ctx)
	case <-k.settle.c:
		k.settle.clear()
		k.look(ctx)
		k.wrote() // into a folder that nobody watched before
	case <-k.poll.c:
		k.poll.clear()
		k.look(ctx)
		k.wrote()
	case <-k.runs.c:
		k.runs.clear()
		k.wrote()
	case done := <-k.ask:
		defer close(done)
		k.look(ctx)
	}
}

func (k *keeper) stop() {
	k.watch.close()
	for _, a := range []*alarm{&k.settle, &k.poll, &k.runs} {
		a.clear()
	}
}

// look compares the files with what is loaded, and loads them when they differ.
func (k *keeper) look(ctx context.Context) {
	first := k.snap == nil && k.gone == nil
	for ctx.Err() == nil {
		if _, err := portal.Folder(k.l.dir); err != nil {
			k.lost(err)
			return
		}
		k.keepWatching()       // before looking, so that what comes into a new folder is seen or told of
		files := look(k.l.dir) // before loading: what changes meanwhile is seen by the next look
		var changed []string
		if k.snap != nil {
			if changed = k.snap.files.changed(files); len(changed) == 0 {
				return
			}
		}
		e, err := k.load(ctx)
		if err != nil {
			if ctx.Err() == nil {
				k.lost(err)
			}
			return
		}
		k.found(newSnapshot(e, files, k.l.opt.Now), first, changed)
		first = false
	}
}

// load opens the portal.
func (k *keeper) load(ctx context.Context) (*emulator.Emulator, error) {
	var e *emulator.Emulator
	o := k.l.opt
	e, err := emulator.Open(ctx, emulator.Options{Dir: k.l.dir, Version: o.Version, Transport: o.Transport, WallClock: o.Now,
		Account: func() (emulator.Access, error) { return k.l.access(k.l.ctx, e) }})
	return e, err
}

// found makes what was loaded the portal, and tells of it unless nobody can have seen anything else.
func (k *keeper) found(s *snapshot, first bool, changed []string) {
	back := k.gone != nil
	k.mu.Lock()
	k.snap, k.gone = s, nil
	k.mu.Unlock()
	if back {
		k.l.store.drop() // it may be another file
	}
	if first || back {
		k.noted()
	}
	if !first {
		k.l.hub.publish(service.Event{Kind: service.EventPortal, Files: join(nil, changed)})
	}
}

// lost notes that the portal is not there, and looks for it from time to time.
func (k *keeper) lost(err error) {
	known := k.gone != nil
	k.watch.close() // a folder that comes back is another one
	k.watch = nil
	k.settle.clear()
	k.poll.set(k.l.opt, lookForGone)
	if known {
		return
	}
	k.mu.Lock()
	k.snap, k.gone = nil, goneError(k.l.dir, err)
	k.mu.Unlock()
	k.l.store.drop()
	k.l.hub.publish(service.Event{Kind: service.EventGone, Err: k.gone})
}

func goneError(dir string, err error) *service.Error {
	if mistake := errorOf(err); mistake.Code == service.CodeInternal {
		return mistake
	}
	message := err.Error()
	var p *portal.Error
	if errors.As(err, &p) {
		message = p.Message
	}
	return &service.Error{Code: service.CodePortalGone, Message: assistant.Scrub("The portal " + dir + " cannot be read any more: " + message + "."), Hint: "put it back, or quit; it is read again as soon as it is there",
		Exit: emulator.ExitUsage, Cause: err}
}

// keepWatching watches every folder that there is, and looks again later where that does not work.
func (k *keeper) keepWatching() {
	if k.watch == nil && !k.l.opt.Polling {
		k.watch = newWatch()
	}
	all := []string{k.l.dir}
	if k.snap != nil {
		all = append(all, k.snap.e.RunsDir())
	}
	for _, f := range folders(k.l.dir) {
		all = append(all, filepath.Join(k.l.dir, f))
	}
	if k.watch != nil && k.watch.folders(all) {
		k.poll.clear()
		return
	}
	k.watch.close()
	k.watch = nil
	if k.poll.c == nil {
		k.poll.set(k.l.opt, lookAgain)
	}
}

// wrote tells when the stored runs changed otherwise than by runs that go on here.
func (k *keeper) wrote() {
	if k.l.runs.busy() {
		return
	}
	if k.noted() {
		k.l.hub.publish(service.Event{Kind: service.EventRuns})
	}
}

// noted takes the database as it is now as known, and tells whether it was not. It may be called from anywhere.
func (k *keeper) noted() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.snap == nil {
		return false
	}
	now := stamp(k.snap.e.RunsDir())
	was := k.stored
	k.stored = now
	return !now[0].equal(was[0]) || !now[1].equal(was[1])
}
