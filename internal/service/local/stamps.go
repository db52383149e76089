package local

import (
	"fmt"
	"hash/fnv"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"askflow/internal/portal"
	"askflow/internal/prompttest"
	"askflow/internal/suite"
)

// fileStamp tells one version of a file from another; its zero value is a file that is not there.
type fileStamp struct {
	size int64
	mod  time.Time
	mode os.FileMode
}

func stampOf(file string) fileStamp {
	info, err := os.Stat(file)
	if err != nil {
		return fileStamp{}
	}
	return stampFrom(info)
}

func stampFrom(info os.FileInfo) fileStamp {
	if info.IsDir() { // what is in it counts, not when it was changed
		return fileStamp{mode: info.Mode()}
	}
	return fileStamp{size: info.Size(), mod: info.ModTime(), mode: info.Mode()}
}

// stamps are the files of a portal that loading reads, by path relative to the folder.
type stamps map[string]fileStamp

// folders are those whose files loading reads, and those of tests with what lies in them.
func folders(dir string) []string {
	out := []string{"workflows", "assistants", "records", "responses"}
	for _, top := range []string{prompttest.DirName, suite.PromptsDir} {
		_ = filepath.WalkDir(filepath.Join(dir, top), func(name string, d fs.DirEntry, err error) error { // what cannot be read is not watched
			rel, relErr := filepath.Rel(dir, name)
			switch {
			case err != nil || relErr != nil || !d.IsDir():
				return nil
			case portal.Ignored(d.Name()) || len(out) >= mostFolders:
				return fs.SkipDir
			}
			out = append(out, filepath.ToSlash(rel))
			return nil
		})
	}
	return out
}

// mostFolders bounds how many folders are watched.
const mostFolders = 100

// look takes the stamps of a portal folder.
func look(dir string) stamps {
	out := stamps{}
	for _, folder := range append([]string{""}, folders(dir)...) {
		entries, err := os.ReadDir(filepath.Join(dir, folder))
		if err != nil {
			continue // loading says why
		}
		for _, e := range entries {
			if portal.Ignored(e.Name()) {
				continue
			}
			name := path.Join(folder, e.Name())
			info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name))) // what a link leads to
			if err != nil {
				info, err = e.Info()
			}
			if err == nil {
				out[name] = stampFrom(info)
			}
		}
	}
	return out
}

// changed are the files that differ, sorted.
func (s stamps) changed(now stamps) []string {
	names := map[string]bool{}
	for name, was := range s {
		if is, there := now[name]; !there || !was.equal(is) {
			names[name] = true
		}
	}
	for name := range now {
		if _, there := s[name]; !there {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// version tells one state of the files from another, in a short text.
func (s stamps) version() string {
	sum := fnv.New64a()
	for _, name := range slices.Sorted(maps.Keys(s)) {
		is := s[name]
		_, _ = fmt.Fprintf(sum, "%q %d %d %o\n", name, is.size, is.mod.UnixNano(), is.mode) // a hash never fails
	}
	return fmt.Sprintf("%016x", sum.Sum64())
}

func (s fileStamp) equal(other fileStamp) bool {
	return s.size == other.size && s.mode == other.mode && s.mod.Equal(other.mod)
}
