package recording

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"unicode/utf8"

	"askflow/internal/source"
)

const (
	// maxLine is how long one interaction may be.
	maxLine = 64 << 20
	// maxProblems is how many findings of one file are told.
	maxProblems = 20
)

// Library is a loaded recordings folder. It holds where each interaction stands, not the interaction, so that a hundred
// thousand of them need little memory. It is safe for many goroutines. Close it when done.
type Library struct {
	dir   string
	base  string // the folder's name in messages
	files []*file
	index map[string]place
	// broken tells that lines were not understood: files of such a library are not rewritten.
	broken bool
	// guesses serves the messages of misses; see nearest.go.
	guesses guesser
}

// File is one file of a library.
type File struct {
	// Path is relative to the portal folder, with slashes.
	Path string
	// SHA256 is the hex sum of the whole file.
	SHA256 string
	// Interactions counts its lines.
	Interactions int
}

type file struct {
	name  string // path relative to the portal folder
	full  string
	sum   string
	count int
	open  *os.File
}

// place is where an interaction stands.
type place struct {
	file   int32
	line   int32
	offset int64
	length int32
}

// Load reads every file of a recordings folder, in name order. A folder that is not there is an empty one. Where a key
// stands twice, the later one counts, with a warning. The library is never nil; with errors among the problems it holds
// what could be read.
func Load(dir string) (*Library, source.Problems) {
	l := &Library{dir: dir, base: filepath.Base(dir), index: map[string]place{}}
	var problems source.Problems
	entries, err := os.ReadDir(dir)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			problems = append(problems, source.Problem{Severity: source.SeverityError, Code: "unreadable", File: l.base,
				Message: fmt.Sprintf("the folder cannot be listed: %v", plain(err)), Hint: "it must be a folder that you may read"})
		}
		return l, problems
	}
	for _, e := range entries { // ReadDir sorts by name
		name := e.Name()
		lower := strings.ToLower(name)
		switch {
		case strings.HasPrefix(name, "."), strings.HasSuffix(name, "~"), strings.HasSuffix(lower, ".md"), strings.HasSuffix(lower, ".txt"):
		case !strings.HasSuffix(lower, Ext):
			problems = append(problems, source.Problem{Severity: source.SeverityWarning, Code: "ignored_file", File: path.Join(l.base, name),
				Message: "the file is not read: its ending is not one that belongs here", Hint: "files here end in " + Ext})
		default:
			problems = append(problems, l.add(name)...)
		}
	}
	l.broken = problems.HasErrors()
	return l, problems
}

// add reads one file.
func (l *Library) add(name string) source.Problems {
	f := &file{name: path.Join(l.base, name), full: filepath.Join(l.dir, name)}
	unreadable := func(err error) source.Problems {
		return source.Problems{{Severity: source.SeverityError, Code: "unreadable", File: f.name,
			Message: fmt.Sprintf("the file cannot be read: %v", plain(err)), Hint: "check what it is and who may read it"}}
	}
	// Asked before opening: opening a pipe would wait for its other end.
	info, err := os.Stat(f.full)
	if err != nil {
		return unreadable(err)
	}
	if !info.Mode().IsRegular() {
		return unreadable(errors.New("it is no ordinary file"))
	}
	if f.open, err = os.Open(f.full); err != nil {
		return unreadable(err)
	}
	l.files = append(l.files, f)
	r := &reader{lib: l, file: f, number: int32(len(l.files) - 1), sum: sha256.New()}
	if err := r.read(f.open); err != nil {
		r.problems = append(r.problems, unreadable(err)...)
	}
	f.sum = hex.EncodeToString(r.sum.Sum(nil))
	return r.problems
}

// reader reads one file line by line.
type reader struct {
	lib      *Library
	file     *file
	number   int32
	sum      hash.Hash
	line     int32
	offset   int64
	flaws    int
	problems source.Problems
}

func (r *reader) read(from io.Reader) error {
	in := bufio.NewReaderSize(from, 256<<10)
	var long []byte // the line so far, where it does not fit into the buffer
	for {
		part, err := in.ReadSlice('\n')
		_, _ = r.sum.Write(part) // a hash takes everything
		data := part
		full := errors.Is(err, bufio.ErrBufferFull)
		if full || long != nil {
			if len(long)+len(part) > maxLine {
				return fmt.Errorf("line %d is longer than %d MB", r.line+1, maxLine>>20)
			}
			long = append(long, part...)
			data = long
		}
		switch {
		case full:
			continue
		case err == nil:
			r.take(data)
			long = nil
			continue
		case errors.Is(err, io.EOF):
			if len(data) > 0 {
				r.take(data)
			}
			return nil
		}
		return err
	}
}

// take reads one line, which may have its end still on it.
func (r *reader) take(data []byte) {
	r.line++
	offset := r.offset
	r.offset += int64(len(data))
	data = bytes.TrimSuffix(data, []byte{'\n'})
	if r.line == 1 {
		if rest, marked := bytes.CutPrefix(data, []byte("\xef\xbb\xbf")); marked {
			offset, data = offset+3, rest
		}
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return
	}
	l, bad := scanText(data)
	if bad != nil {
		r.complain(source.SeverityError, "bad_recording", 1+utf8.RuneCount(data[:min(bad.at, len(data))]), bad.text, bad.hint)
		return
	}
	if old, twice := r.lib.index[l.key]; twice {
		r.complain(source.SeverityWarning, "duplicate_recording", 1, fmt.Sprintf("the key %s stands in %s too; this one counts", l.key, r.lib.where(old)), "delete one of the two lines")
		r.lib.files[old.file].count--
	}
	r.file.count++
	r.lib.index[l.key] = place{file: r.number, line: r.line, offset: offset, length: int32(len(data))}
}

// scanText is scanLine for bytes that may be no text at all.
func scanText(data []byte) (*line, *flaw) {
	if i := bytes.IndexByte(data, 0); i >= 0 {
		return nil, flawf(i, "", "there is a NUL byte; this is not a text file")
	}
	if !utf8.Valid(data) {
		i := 0
		for i < len(data) {
			r, size := utf8.DecodeRune(data[i:])
			if r == utf8.RuneError && size <= 1 {
				break
			}
			i += size
		}
		return nil, flawf(i, "save the file as UTF-8", "byte 0x%02x is not valid UTF-8", data[i])
	}
	for _, mark := range []string{"<<<<<<<", "=======", ">>>>>>>", "|||||||"} {
		if bytes.HasPrefix(data, []byte(mark)) {
			return nil, flawf(0, "keep the lines of either side and delete the marks; the order of lines does not matter", "this is the mark of a merge conflict")
		}
	}
	return scanLine(data)
}

func (r *reader) complain(severity source.Severity, code string, col int, text, hint string) {
	if r.flaws++; r.flaws > maxProblems {
		if severity == source.SeverityError && !r.problems.HasErrors() {
			r.problems = r.problems[:maxProblems-1] // an error must show among many warnings
		} else {
			return
		}
	}
	if r.flaws == maxProblems {
		hint += " (there may be more in this file)"
	}
	r.problems = append(r.problems, source.Problem{Severity: severity, Code: code, File: r.file.name, Line: int(r.line), Col: col, Message: text, Hint: strings.TrimSpace(hint)})
}

func (l *Library) where(p place) string { return fmt.Sprintf("%s:%d", l.files[p.file].name, p.line) }

// Len counts the interactions.
func (l *Library) Len() int { return len(l.index) }

// Has tells whether there is an answer under a key.
func (l *Library) Has(key string) bool {
	_, ok := l.index[key]
	return ok
}

// Files lists the files that were read, in name order.
func (l *Library) Files() []File {
	out := make([]File, len(l.files))
	for i, f := range l.files {
		out[i] = File{Path: f.name, SHA256: f.sum, Interactions: f.count}
	}
	return out
}

// Keys lists all keys, sorted.
func (l *Library) Keys() []string { return sortedKeys(l.index) }

// Lookup returns the interaction under a key, nil when there is none. The error is a sentence that names the line which
// cannot be read.
func (l *Library) Lookup(key string) (*Interaction, error) {
	p, ok := l.index[key]
	if !ok {
		return nil, nil
	}
	i, err := l.read(p)
	if err == nil && i.Key != key {
		err = errors.New("the file has changed since it was read")
	}
	if err != nil {
		return nil, fmt.Errorf("the recording at %s cannot be used: %w", l.where(p), err)
	}
	return i, nil
}

// raw returns an interaction's line as it stands in the file.
func (l *Library) raw(p place) ([]byte, error) {
	data := make([]byte, p.length)
	if _, err := l.files[p.file].open.ReadAt(data, p.offset); err != nil {
		return nil, plain(err)
	}
	return data, nil
}

func (l *Library) read(p place) (*Interaction, error) {
	data, err := l.raw(p)
	if err != nil {
		return nil, err
	}
	parsed, bad := scanText(data)
	if bad != nil {
		return nil, errors.New(bad.text)
	}
	i, err := parsed.open()
	if err != nil {
		return nil, err
	}
	i.File, i.Line = l.files[p.file].name, int(p.line)
	return i, nil
}

// Close lets the files go.
func (l *Library) Close() error {
	var err error
	for _, f := range l.files {
		if f.open != nil {
			err = errors.Join(err, f.open.Close())
		}
	}
	return err
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
