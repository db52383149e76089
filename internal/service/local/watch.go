package local

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"askflow/internal/portal"
	"askflow/internal/store/sqlite"
)

// watch is the system's notifications about folders; nil where they cannot be had.
type watch struct {
	w *fsnotify.Watcher
}

func newWatch() *watch {
	w, err := fsnotify.NewWatcher()
	if err != nil { // the system has no more to give: the folder is looked at now and then
		return nil
	}
	return &watch{w}
}

func (w *watch) events() <-chan fsnotify.Event {
	if w == nil {
		return nil
	}
	return w.w.Events
}

func (w *watch) errors() <-chan error {
	if w == nil {
		return nil
	}
	return w.w.Errors
}

func (w *watch) close() {
	if w != nil {
		_ = w.w.Close() // nothing is lost
	}
}

// folders watches folders, as far as they are there. It tells whether that works.
func (w *watch) folders(all []string) bool {
	for _, f := range all {
		if info, err := os.Stat(f); err != nil || !info.IsDir() {
			continue
		}
		if err := w.w.Add(f); err != nil && !os.IsNotExist(err) {
			return false
		}
	}
	return true
}

// saw takes a notification.
func (k *keeper) saw(e fsnotify.Event, ok bool) {
	if !ok {
		k.watch = nil
		k.poll.set(k.l.opt, lookAgain)
		return
	}
	dir, name := filepath.Split(e.Name)
	dir = filepath.Clean(dir)
	switch {
	case k.snap != nil && dir == filepath.Clean(k.snap.e.RunsDir()) && strings.HasPrefix(name, sqlite.FileName):
		if !strings.HasSuffix(name, "-shm") && k.runs.c == nil { // which reading changes, too
			k.runs.set(k.l.opt, runsSettle)
		}
		return
	case e.Op == fsnotify.Chmod && dir == k.l.dir, portal.Ignored(name) && name != portal.StateName:
		return
	}
	now := time.Now()
	if k.settle.c == nil {
		k.first = now
	} else if now.Sub(k.first) > longest { // it never settles
		return
	}
	k.settle.set(k.l.opt, settling)
}
