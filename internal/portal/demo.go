package portal

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"askflow/testdata"
)

// Demo unpacks the demo portal that is built into the binary into the user's cache folder and returns its path. The same
// version with the same contents always gets the same folder, so that later commands find what earlier ones did.
func Demo(version string) (string, error) {
	fsys, err := demoFS()
	if err != nil {
		return "", err
	}
	root, err := os.UserCacheDir()
	if err != nil || !filepath.IsAbs(root) {
		root = ownTemp()
		if err := ownFolder(root); err != nil {
			return "", err
		}
	}
	return Unpack(fsys, filepath.Join(root, "askflow"), version)
}

func demoFS() (fs.FS, error) {
	fsys, err := fs.Sub(testdata.Demo, "demo")
	if err != nil {
		return nil, &Error{Code: "unreadable", Message: "the demo portal is missing from this binary: " + reason(err), Cause: err}
	}
	return fsys, nil
}

// ownFolder makes a folder below the temporary one, which everybody may write to, and makes sure that it is ours.
func ownFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return cannotWrite(dir, err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return cannotWrite(dir, err)
	}
	if !info.IsDir() || !ours(info) {
		return &Error{Code: "cannot_write", Message: fmt.Sprintf("%s belongs to somebody else or is open to others, so it is not used", dir),
			Hint: "set HOME, or TMPDIR to a folder of your own"}
	}
	return nil
}

func cannotWrite(what string, err error) *Error {
	return &Error{Code: "cannot_write", Message: fmt.Sprintf("%s cannot be written: %s", what, reason(err)), Hint: "check who may write there, and the space left", Cause: err}
}

// Unpack writes fsys to root/demo-<version>-<hash of contents> unless it is there already, and returns that path. It is
// written beside and renamed, so that other programs see all of it or nothing; a file deleted since is put back, a file
// changed since is left alone.
func Unpack(fsys fs.FS, root, version string) (string, error) {
	files, hash, err := contents(fsys)
	if err != nil {
		return "", &Error{Code: "unreadable", Message: "the demo portal cannot be read from this binary: " + reason(err), Cause: err}
	}
	dir := filepath.Join(root, "demo-"+plainVersion(version)+"-"+hash)
	if missing(dir, files) == len(files) {
		if err := os.MkdirAll(root, 0o700); err != nil {
			return "", cannotWrite(root, err)
		}
		temp, err := os.MkdirTemp(root, ".demo-*")
		if err != nil {
			return "", cannotWrite(root, err)
		}
		defer os.RemoveAll(temp)
		if err := writeTree(temp, files); err != nil {
			return "", cannotWrite(temp, err)
		}
		if err := os.Rename(temp, dir); err == nil {
			return dir, nil
		}
		// Another program was faster, or an old folder lies there with nothing of ours in it: fill it up.
	}
	if err := fill(dir, files); err != nil {
		return "", cannotWrite(dir, err)
	}
	return dir, nil
}

// file is one file of a tree: its path with slashes and what is in it.
type file struct {
	path string
	data []byte
}

// contents reads a tree, in name order, and hashes it.
func contents(fsys fs.FS) (files []file, hash string, err error) {
	h := sha256.New()
	err = fs.WalkDir(fsys, ".", func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := fs.ReadFile(fsys, p)
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%d %s %d\n", len(p), p, len(data))
		h.Write(data)
		files = append(files, file{p, data})
		return nil
	})
	return files, hex.EncodeToString(h.Sum(nil)[:5]), err
}

// plainVersion keeps what may stand in a folder's name on every system.
func plainVersion(v string) string {
	v = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_' {
			return r
		}
		return '-'
	}, v)
	v = strings.Trim(v, ".-_")
	if len(v) > 40 {
		v = v[:40]
	}
	if v == "" {
		return "dev"
	}
	return v
}

func missing(dir string, files []file) int {
	n := 0
	for _, f := range files {
		if _, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(f.path))); err != nil {
			n++
		}
	}
	return n
}

// writeTree writes all files below an empty folder.
func writeTree(dir string, files []file) error {
	for _, f := range files {
		target := filepath.Join(dir, filepath.FromSlash(f.path))
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(target, f.data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// fill puts the files that are missing into a folder, each one whole or not at all.
func fill(dir string, files []file) error {
	for _, f := range files {
		target := filepath.Join(dir, filepath.FromSlash(f.path))
		if _, err := os.Lstat(target); err == nil {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		temp, err := os.CreateTemp(filepath.Dir(target), ".demo-*")
		if err != nil {
			return err
		}
		_, err = temp.Write(f.data)
		err = errors.Join(err, temp.Chmod(0o644), temp.Close())
		if err == nil {
			err = os.Rename(temp.Name(), target)
		}
		if err != nil {
			return errors.Join(err, os.Remove(temp.Name()))
		}
	}
	return nil
}
