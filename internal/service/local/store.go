package local

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"askflow/internal/run"
	"askflow/internal/store/sqlite"
)

// patience is how long a locked database is waited for.
const patience = 300 * time.Millisecond

// reader is what reads stored runs.
type reader interface {
	run.Reader
	run.Browser
}

// store is the database for reading: opened when it is first needed, and opened anew after an error and when another file lies
// in its place.
type store struct {
	mu     sync.Mutex
	open   *opened
	closed bool
}

// opened is one opening of the database, which is closed when it is stale and nobody reads any more.
type opened struct {
	reader reader
	dir    string
	file   fs.FileInfo // nil when there was none
	users  int
	stale  bool
}

// use calls fn with a reader of the database in a state folder.
func (s *store) use(ctx context.Context, dir string, fn func(reader) error) error {
	o, err := s.acquire(ctx, dir)
	if err != nil {
		return problem(err)
	}
	err = fn(o.reader)
	return problem(errors.Join(err, s.release(o, broken(err))))
}

// broken tells errors after which the database is opened anew.
func broken(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case sqlite.CodeNotFound, sqlite.CodeNoRow:
		return false
	}
	return true
}

func (s *store) acquire(ctx context.Context, dir string) (*opened, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, closed()
	}
	info, err := os.Stat(filepath.Join(dir, sqlite.FileName))
	if err != nil {
		info = nil // opening says why
	}
	if o := s.open; o != nil && (o.dir != dir || !same(o.file, info)) {
		if err := s.dropLocked(); err != nil {
			return nil, err
		}
	}
	if s.open == nil {
		r, err := sqlite.OpenReader(ctx, dir, sqlite.Options{BusyTimeout: patience})
		if err != nil {
			return nil, err
		}
		s.open = &opened{reader: r, dir: dir, file: info}
	}
	s.open.users++
	return s.open, nil
}

func same(a, b fs.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return os.SameFile(a, b)
}

func (s *store) release(o *opened, broken bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o.users--
	if broken && s.open == o {
		s.open, o.stale = nil, true
	}
	if o.stale && o.users == 0 {
		return o.reader.Close()
	}
	return nil
}

// drop lets the database go; the next use opens it anew.
func (s *store) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.dropLocked() // it was only read
}

func (s *store) dropLocked() error {
	o := s.open
	if o == nil {
		return nil
	}
	s.open, o.stale = nil, true
	if o.users == 0 {
		return o.reader.Close()
	}
	return nil
}

func (s *store) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return s.dropLocked()
}

// stamp tells whether a database has changed: sizes and times of its file and its log.
func stamp(dir string) [2]fileStamp {
	return [2]fileStamp{stampOf(filepath.Join(dir, sqlite.FileName)), stampOf(filepath.Join(dir, sqlite.FileName+"-wal"))}
}
