package portal

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"askflow/internal/hubspot"
	"askflow/internal/records"
	"askflow/internal/source"
)

// MaxFileBytes is how large a text file of the folder may be. Records are streamed and have no such limit.
const MaxFileBytes = 16 << 20

// MaxFiles is how many files one folder of a portal may hold.
const MaxFiles = 10_000

var (
	yamlOrJSON = []string{".yaml", ".yml", ".json"}
	onlyYAML   = []string{".yaml", ".yml"}
)

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

// files lists the files of one folder with one of the endings, in name order, as paths relative to the portal.
func (l *loader) files(folder string, endings []string) []string {
	var out []string
	for _, name := range l.list(folder) {
		file := path.Join(folder, name)
		ending := strings.ToLower(path.Ext(name))
		switch {
		case slices.Contains(endings, ending):
			out = append(out, file)
		case !isReading(name):
			l.add(source.SeverityWarning, file, "ignored_file", "files here end in "+strings.Join(endings, ", "), "the file is not read: its ending is not one that belongs here")
		}
	}
	return out
}

// isReading tells files that are there for people. Plain text is not among them unless its name says so: it may be a
// workflow that was saved under another ending.
func isReading(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".md", ".rst", ".adoc":
		return true
	}
	upper := strings.ToUpper(name)
	return strings.HasPrefix(upper, "README") || strings.HasPrefix(upper, "LICENSE") || strings.HasPrefix(upper, "NOTES")
}

// list names the visible entries of one folder that are files, links to files included. A folder that is not there is
// an empty one.
func (l *loader) list(folder string) []string {
	entries, err := os.ReadDir(filepath.Join(l.p.Dir, folder))
	if err != nil {
		if _, statErr := os.Lstat(filepath.Join(l.p.Dir, folder)); !os.IsNotExist(statErr) {
			l.add(source.SeverityError, folder, "unreadable", "it must be a folder that you may read", "the folder cannot be listed: %s", reason(err))
		}
		return nil
	}
	if len(entries) > MaxFiles {
		l.add(source.SeverityError, folder, "too_many_files", "split the portal", "the folder holds %d files; at most %d are read", len(entries), MaxFiles)
		entries = entries[:MaxFiles]
	}
	var names []string
	for _, e := range entries {
		name := e.Name()
		if Ignored(name) {
			continue
		}
		file := path.Join(folder, name)
		info, err := os.Stat(filepath.Join(l.p.Dir, folder, name))
		switch {
		case err != nil:
			l.unreadable(file, e, err)
		case info.IsDir():
			l.add(source.SeverityWarning, file, "ignored_folder", "move its files up", "folders inside of %s/ are not read", folder)
		case !info.Mode().IsRegular():
			l.add(source.SeverityError, file, "not_a_file", "replace it by a file", "this is no ordinary file (%s)", info.Mode().Type())
		default:
			names = append(names, name)
		}
	}
	return names
}

func (l *loader) unreadable(file string, e fs.DirEntry, err error) {
	if e.Type()&fs.ModeSymlink != 0 && os.IsNotExist(err) {
		l.add(source.SeverityError, file, "broken_link", "delete the link or restore what it leads to", "the link leads to nothing")
		return
	}
	l.add(source.SeverityError, file, "unreadable", "check who may read it", "the file cannot be read: %s", reason(err))
}

// Ignored tells file names that are never read: hidden files, and what editors and file managers leave behind.
func Ignored(name string) bool {
	lower := strings.ToLower(name)
	switch {
	case name == "", strings.HasPrefix(name, "."), strings.HasPrefix(name, "~$"), strings.HasSuffix(name, "~"):
		return true
	case strings.HasPrefix(name, "#") && strings.HasSuffix(name, "#"):
		return true
	case lower == "thumbs.db", lower == "desktop.ini":
		return true
	}
	switch path.Ext(lower) {
	case ".bak", ".orig", ".rej", ".tmp", ".swp", ".swo":
		return true
	}
	return false
}

// read returns a text file's bytes, or reports why not.
func (l *loader) read(file string) ([]byte, bool) {
	if l.ctx.Err() != nil {
		return nil, false
	}
	data, err := readLimited(filepath.Join(l.p.Dir, filepath.FromSlash(file)))
	if err == nil {
		return data, true
	}
	switch {
	case errors.Is(err, errTooLarge):
		l.add(source.SeverityError, file, "too_large", "split the file", "the file is larger than %d MB, which is the most that is read here", MaxFileBytes>>20)
	case errors.Is(err, errNotAFile):
		l.add(source.SeverityError, file, "not_a_file", "replace it by a file", "this is no ordinary file")
	default:
		l.add(source.SeverityError, file, "unreadable", "check who may read it", "the file cannot be read: %s", reason(err))
	}
	return nil, false
}

var (
	errTooLarge = fmt.Errorf("the file is larger than %d MB", MaxFileBytes>>20)
	errNotAFile = fmt.Errorf("no ordinary file")
)

func readLimited(name string) ([]byte, error) {
	// Asked before opening: opening a pipe would wait for its other end.
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNotAFile
	}
	if info.Size() > MaxFileBytes {
		return nil, errTooLarge
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxFileBytes+1))
	if err != nil {
		return nil, err
	}
	if len(data) > MaxFileBytes {
		return nil, errTooLarge
	}
	return data, nil
}

// records reads records/: properties and lists, and names the records files of each object type.
func (l *loader) records() {
	for _, name := range l.list("records") {
		file := path.Join("records", name)
		stem, ending := strings.TrimSuffix(name, path.Ext(name)), strings.ToLower(path.Ext(name))
		switch ending {
		case ".yaml", ".yml":
			l.definitions(file, stem)
		case ".csv", ".json", ".jsonl":
			l.recordFile(file, stem)
		default:
			if !isReading(name) {
				l.add(source.SeverityWarning, file, "ignored_file", "save it as CSV (UTF-8)", "the file is not read: records are .csv, .json or .jsonl")
			}
		}
	}
}

func (l *loader) definitions(file, stem string) {
	switch stem {
	case "properties":
		if node, ok := l.input(file); ok && node != nil {
			l.properties(file, node)
		}
	case "lists":
		if node, ok := l.input(file); ok && node != nil {
			lists, problems := records.ReadLists(file, node)
			l.p.Lists = append(l.p.Lists, lists...)
			l.p.Problems = append(l.p.Problems, problems...)
		}
	default:
		l.add(source.SeverityError, file, "unknown_file", "YAML files here are properties.yaml and lists.yaml; records are .csv, .json or .jsonl", "%q is not a file that records/ has", path.Base(file))
	}
}

func (l *loader) properties(file string, node *source.Node) {
	defs, problems := records.ReadProperties(file, node)
	l.p.Problems = append(l.p.Problems, problems...)
	for objectType, properties := range defs {
		set := l.p.Schema[objectType]
		if set == nil {
			set = hubspot.NewProperties(objectType, nil)
			l.p.Schema[objectType] = set
		}
		for _, property := range properties {
			set.Add(property)
		}
	}
}

func (l *loader) recordFile(file, stem string) {
	t, ok := objectOf(stem)
	if !ok {
		hint := "begin the name with an object: " + strings.Join(objectPlurals(), ", ")
		if near := nearObject(stem); near != "" {
			hint = fmt.Sprintf("rename it so that it begins with the object, like %s%s", near, path.Ext(file))
		}
		l.add(source.SeverityError, file, "unknown_object", hint, "the name does not say which object these records are")
		return
	}
	full := filepath.Join(l.p.Dir, filepath.FromSlash(file))
	l.p.RecordFiles[t.Name] = append(l.p.RecordFiles[t.Name], records.File{Path: file, Open: func() (io.ReadCloser, error) { return os.Open(full) }})
}

// objectOf finds the object type that a records file's name begins with: contacts, contacts-2026, Contact_new, 2-123-old.
func objectOf(stem string) (hubspot.ObjectType, bool) {
	for i := len(stem); i > 0; i-- {
		if i < len(stem) && isLetter(stem[i]) {
			continue // in the middle of a word
		}
		if t, ok := hubspot.LookupObjectType(stem[:i]); ok {
			return t, true
		}
	}
	return hubspot.ObjectType{}, false
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80 }

func objectPlurals() []string {
	var names []string
	for _, t := range hubspot.ObjectTypes() {
		names = append(names, t.Plural)
	}
	return names
}

// nearObject guesses what a file name means: an object somewhere in it (as in HubSpot's own export names), or a slip.
func nearObject(stem string) string {
	words := strings.FieldsFunc(strings.ToLower(stem), func(r rune) bool { return r < 0x80 && !isLetter(byte(r)) })
	for _, w := range words {
		if t, ok := hubspot.LookupObjectType(w); ok {
			return t.Plural
		}
	}
	for _, w := range words {
		if near := source.Nearest(w, objectPlurals()); near != "" {
			return near
		}
	}
	return ""
}
