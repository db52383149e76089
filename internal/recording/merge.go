package recording

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"askflow/internal/source"
)

// Changes are what a merge did to the recordings.
type Changes struct {
	Added     int
	Changed   int
	Unchanged int
	// Files are those that were written, relative to the portal folder.
	Files []string
}

// Merge puts a journal's answers into the recordings of dir. A question that is recorded already stays in its file, and
// keeps its line, date included, when the answer is the same; new questions go to NAME.jsonl. Files are replaced as a
// whole or not at all, and other lines stay as they are, byte by byte. The journal is left alone.
func Merge(dir, name, journalPath string) (*Changes, error) {
	j, err := openJournal(journalPath)
	if err != nil {
		return nil, err
	}
	defer func() { _ = j.close() }() // only read
	if len(j.at) == 0 {
		return &Changes{}, nil
	}
	lib, problems := Load(dir)
	defer func() { _ = lib.Close() }()
	if problems.HasErrors() {
		return nil, fmt.Errorf("the answers stay in %s, because the recordings have errors: %w", journalPath, problems.Errors())
	}
	changes := &Changes{}
	edits := map[string]map[string]span{} // by file, by key
	for _, key := range sortedKeys(j.at) {
		target, err := lib.targetOf(j, key, changes)
		if err != nil {
			return nil, err
		}
		switch target {
		case "":
			continue
		case newFile:
			target = path.Join(lib.base, cleanName(name)+Ext)
		}
		if edits[target] == nil {
			edits[target] = map[string]span{}
		}
		edits[target][key] = j.at[key]
	}
	for _, target := range sortedKeys(edits) {
		lines := edits[target]
		keys := lib.keysOf(target, func(key string) bool { _, edited := lines[key]; return !edited })
		for key := range lines {
			keys[key] = true
		}
		err := lib.write(target, keys, func(key string) ([]byte, error) {
			if s, edited := lines[key]; edited {
				return j.line(s)
			}
			return lib.raw(lib.index[key])
		})
		if err != nil {
			return nil, fmt.Errorf("the answers stay in %s: %w", journalPath, err)
		}
		changes.Files = append(changes.Files, target)
	}
	return changes, nil
}

// newFile stands for the file that new questions go to.
const newFile = "+"

// targetOf decides where a journal's answer goes: the file that holds another answer, newFile, or "" when the answer is
// recorded as it is.
func (l *Library) targetOf(j *journal, key string, changes *Changes) (string, error) {
	p, known := l.index[key]
	if !known {
		changes.Added++
		return newFile, nil
	}
	data, err := j.line(j.at[key])
	if err != nil {
		return "", err
	}
	parsed, bad := scanText(data)
	if bad != nil {
		return "", errors.New(bad.text)
	}
	fresh, err := parsed.open()
	if err != nil {
		return "", err
	}
	old, err := l.read(p)
	if err == nil && sameAnswer(old, fresh) { // one that cannot be read is replaced
		changes.Unchanged++
		return "", nil
	}
	changes.Changed++
	return l.files[p.file].name, nil
}

// keysOf are the keys whose answer stands in a file and that keep agrees to.
func (l *Library) keysOf(name string, keep func(key string) bool) map[string]bool {
	out := map[string]bool{}
	for key, p := range l.index {
		if l.files[p.file].name == name && keep(key) {
			out[key] = true
		}
	}
	return out
}

// write replaces a file by the lines of these keys, sorted; a file without lines is removed.
func (l *Library) write(name string, keys map[string]bool, line func(key string) ([]byte, error)) (err error) {
	full := filepath.Join(l.dir, path.Base(name))
	if target, err := filepath.EvalSymlinks(full); err == nil {
		full = target // the file that a link leads to is replaced, not the link
	}
	fail := func(err error) error { return failure("the file "+name+" cannot be written", err) }
	if len(keys) == 0 {
		l.letGo(name)
		if err := os.Remove(full); err != nil {
			return fail(err)
		}
		return nil
	}
	if err := os.MkdirAll(l.dir, 0o755); err != nil {
		return fail(err)
	}
	mode := os.FileMode(0o644)
	if info, err := os.Stat(full); err == nil {
		mode = info.Mode().Perm()
	}
	tmp, err := os.CreateTemp(filepath.Dir(full), ".recordings-*.tmp")
	if err != nil {
		return fail(err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(tmp.Name())
		}
	}()
	err = writeLines(tmp, sortedKeys(keys), line)
	if err == nil {
		err = tmp.Chmod(mode)
	}
	if err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err != nil {
		return fail(err)
	}
	l.letGo(name) // Windows replaces no file that is open
	if err := os.Rename(tmp.Name(), full); err != nil {
		return fail(err)
	}
	syncDir(filepath.Dir(full))
	return nil
}

func writeLines(to *os.File, keys []string, line func(key string) ([]byte, error)) error {
	out := bufio.NewWriterSize(to, 256<<10)
	for _, key := range keys {
		data, err := line(key)
		if err != nil {
			return err
		}
		// A failed write shows at the flush.
		_, _ = out.Write(data)
		_ = out.WriteByte('\n')
	}
	return out.Flush()
}

// letGo closes a file of the library.
func (l *Library) letGo(name string) {
	for _, f := range l.files {
		if f.name == name && f.open != nil {
			_ = f.open.Close() // it was only read
			f.open = nil
		}
	}
}

// syncDir puts a rename on disk where the system can do so.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync() // not every system syncs folders; the file itself is on disk
		_ = d.Close()
	}
}

// Writable makes the folder of recordings if need be and tells whether files can be replaced in it. The error is a
// sentence.
func Writable(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return failure("the folder "+dir+" cannot be made", err)
	}
	f, err := os.CreateTemp(dir, ".recordings-*.tmp")
	if err != nil {
		return failure("nothing can be written to the folder "+dir, err)
	}
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		return failure("nothing can be written to the folder "+dir, err)
	}
	return nil
}

// cleanName makes a file name of a workflow's.
func cleanName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < 0x20 || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '-'
		}
		return r
	}, name)
	if name = strings.Trim(name, ". ~"); name == "" {
		return "recordings"
	}
	return name
}

// Dropped is a recording that nobody asks for any more.
type Dropped struct {
	Key        string
	File       string
	Line       int
	RecordedAt string
	Model      string
	Prompt     string
}

// Prune drops the recordings whose question is not asked: asked gets the key of a question's first repeat, and all
// repeats stay or go together. With dryRun nothing is written. Files are replaced as a whole or not at all; one that
// holds nothing any more is removed. The library must not be used afterwards.
func Prune(lib *Library, asked func(key string) bool, dryRun bool) ([]Dropped, error) {
	if lib.broken {
		return nil, errors.New("the recordings have errors, so nothing is dropped: emulator validate shows them")
	}
	wanted := func(key string) bool {
		question, _ := splitKey(key)
		return asked(question)
	}
	var dropped []Dropped
	touched := map[string]bool{}
	for _, f := range lib.files {
		for _, key := range sortedKeys(lib.keysOf(f.name, func(key string) bool { return !wanted(key) })) {
			d, err := lib.dropped(key)
			if err != nil {
				return nil, err
			}
			dropped = append(dropped, d)
			touched[f.name] = true
		}
	}
	if dryRun {
		return dropped, nil
	}
	for _, name := range sortedKeys(touched) {
		if err := lib.write(name, lib.keysOf(name, wanted), func(key string) ([]byte, error) { return lib.raw(lib.index[key]) }); err != nil {
			return nil, err
		}
	}
	return dropped, nil
}

func (l *Library) dropped(key string) (Dropped, error) {
	p := l.index[key]
	d := Dropped{Key: key, File: l.files[p.file].name, Line: int(p.line)}
	i, err := l.read(p)
	if err != nil {
		return d, fmt.Errorf("the recording at %s cannot be read: %w", l.where(p), err)
	}
	d.RecordedAt, d.Model = i.RecordedAt, i.Model
	if q, err := i.Question(); err == nil { // one that cannot be understood goes all the same
		d.Prompt = q.Prompt
	}
	return d, nil
}

func appendNode(n *source.Node) []byte { return source.AppendJSON(nil, n) }
