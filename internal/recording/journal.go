package recording

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// journal keeps answers as they come: each is on disk before anybody sees it, so that a kill loses none. It is in the
// form of a recordings file, unsorted. Of lines under one key the last counts.
type journal struct {
	path string
	mu   sync.Mutex // guards what follows
	f    *os.File
	at   map[string]span
	end  int64
	// old is where the lines of earlier tries end.
	old int64
	// syncing lets one goroutine wait for the disk on behalf of all that have written meanwhile.
	syncing sync.Mutex
	synced  int64
}

// span is a line in a file, without its end.
type span struct {
	offset int64
	length int
}

// openJournal opens a journal for going on, or makes one.
func openJournal(path string) (*journal, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, failure("the journal "+path+" cannot be opened", err)
	}
	j := &journal{path: path, f: f, at: map[string]span{}}
	if err := j.read(); err != nil {
		return nil, errors.Join(failure("the journal "+path+" cannot be read", err), f.Close())
	}
	return j, nil
}

// read finds the lines of an earlier try. The last one may have been cut off by a kill: it was never used, and goes.
func (j *journal) read() error {
	end, err := eachLine(j.f, func(offset int64, data []byte) {
		if l, bad := scanText(data); bad == nil {
			j.at[l.key] = span{offset, len(data)}
		}
	})
	if err != nil {
		return err
	}
	j.end, j.synced, j.old = end, end, end
	return j.f.Truncate(end)
}

// eachLine calls fn for each finished line and returns where the last of them ends.
func eachLine(f *os.File, fn func(offset int64, data []byte)) (int64, error) {
	const chunk = 256 << 10
	buf := make([]byte, 0, chunk)
	var offset int64 // of buf's first byte
	for {
		if cap(buf)-len(buf) < chunk/2 {
			if cap(buf) > 2*maxLine {
				return offset, fmt.Errorf("a line is longer than %d MB", maxLine>>20)
			}
			buf = append(make([]byte, 0, 2*cap(buf)), buf...)
		}
		n, err := f.ReadAt(buf[len(buf):cap(buf)], offset+int64(len(buf)))
		buf = buf[:len(buf)+n]
		start := 0
		for {
			i := bytes.IndexByte(buf[start:], '\n')
			if i < 0 {
				break
			}
			fn(offset+int64(start), buf[start:start+i])
			start += i + 1
		}
		offset += int64(start)
		buf = append(buf[:0], buf[start:]...)
		if errors.Is(err, io.EOF) {
			return offset, nil
		}
		if err != nil {
			return offset, plain(err)
		}
	}
}

// add writes a line and returns when it is on disk.
func (j *journal) add(key string, data []byte) error {
	data = append(data, '\n')
	j.mu.Lock()
	at := j.end
	if _, err := j.f.WriteAt(data, at); err != nil {
		j.mu.Unlock()
		return plain(err) // what was written of it lies behind the end, and is written over
	}
	j.end += int64(len(data))
	mine := j.end
	j.mu.Unlock()
	if err := j.sync(mine); err != nil {
		return err
	}
	j.mu.Lock()
	j.at[key] = span{at, len(data) - 1}
	j.mu.Unlock()
	return nil
}

// sync waits until everything before upTo is on disk.
func (j *journal) sync(upTo int64) error {
	j.syncing.Lock()
	defer j.syncing.Unlock()
	if j.synced >= upTo {
		return nil
	}
	j.mu.Lock()
	written := j.end
	j.mu.Unlock()
	if err := j.f.Sync(); err != nil {
		return plain(err)
	}
	j.synced = written
	return nil
}

// find tells where the line under a key is. fresh leaves those of earlier tries out.
func (j *journal) find(key string, fresh bool) (span, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	s, ok := j.at[key]
	return s, ok && (!fresh || s.offset >= j.old)
}

func (j *journal) line(s span) ([]byte, error) {
	data := make([]byte, s.length)
	if _, err := j.f.ReadAt(data, s.offset); err != nil {
		return nil, failure("the journal "+j.path+" cannot be read", err)
	}
	return data, nil
}

func (j *journal) close() error { return j.f.Close() }
