package rewrite

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ChangedError says that a file holds something else than what a change was made from.
type ChangedError struct {
	Path string
	// Missing tells that the file is gone, Exists that there is one where none was.
	Missing, Exists bool
}

// Error says what happened and what to do.
func (e *ChangedError) Error() string {
	switch {
	case e.Missing:
		return fmt.Sprintf("%s is not there any more; nothing was written. Reload the workflows, or save under another name", e.Path)
	case e.Exists:
		return fmt.Sprintf("%s exists already; nothing was written. Choose another name", e.Path)
	default:
		return fmt.Sprintf("%s was changed by somebody else since it was read; nothing was written. Reload it and make the change again", e.Path)
	}
}

// OutsideError says that a path leads to a place out of its folder.
type OutsideError struct {
	Path, Target string
}

// Error says what happened and what to do.
func (e *OutsideError) Error() string {
	return fmt.Sprintf("%s is a link that leads out of its folder, to %s; nothing was written. Change the file there, or put a copy in the link's place", e.Path, e.Target)
}

// Write replaces a file's content as a whole or not at all. base is what the change was made from: when the file holds
// anything else the result is a *ChangedError. A nil base creates the file, and is refused when it is there. A link
// within the folder is followed, one that leads out of it is an *OutsideError. The file's mode stays as it is.
func Write(path string, base, text []byte) error {
	target, err := resolve(path)
	if err != nil {
		return err
	}
	if base == nil {
		return create(path, target, text)
	}
	info, err := os.Stat(target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &ChangedError{Path: path, Missing: true}
	case err != nil:
		return fmt.Errorf("%s cannot be read: %w", path, err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a file; nothing was written", path)
	}
	temp, err := writeTemp(target, text, info.Mode().Perm())
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	defer os.Remove(temp) // gone already when all went well
	// Compared as late as possible, so that an editor that saves meanwhile loses nothing.
	current, err := os.ReadFile(target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &ChangedError{Path: path, Missing: true}
	case err != nil:
		return fmt.Errorf("%s cannot be read: %w", path, err)
	case !bytes.Equal(current, base):
		return &ChangedError{Path: path}
	}
	if err := os.Rename(temp, target); err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	syncFolder(filepath.Dir(target))
	return nil
}

// resolve follows a link inside its own folder.
func resolve(path string) (string, error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode()&fs.ModeSymlink == 0 {
		return path, nil
	}
	if err != nil {
		return "", fmt.Errorf("%s cannot be read: %w", path, err)
	}
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", fmt.Errorf("%s is a link that leads nowhere; nothing was written: %w", path, err)
	}
	folder, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return "", fmt.Errorf("%s cannot be read: %w", filepath.Dir(path), err)
	}
	if inside, err := filepath.Rel(folder, target); err != nil || !filepath.IsLocal(inside) {
		return "", &OutsideError{Path: path, Target: target}
	}
	return target, nil
}

// create makes a new file. The link fails where a file has appeared meanwhile, which a rename would replace.
func create(path, target string, text []byte) error {
	if _, err := os.Lstat(target); err == nil {
		return &ChangedError{Path: path, Exists: true}
	}
	temp, err := writeTemp(target, text, 0o644)
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	defer os.Remove(temp)
	err = os.Link(temp, target)
	if err != nil && !errors.Is(err, fs.ErrExist) { // not every file system has links
		if _, there := os.Lstat(target); there == nil {
			return &ChangedError{Path: path, Exists: true}
		}
		err = os.Rename(temp, target)
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return &ChangedError{Path: path, Exists: true}
	case err != nil:
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	syncFolder(filepath.Dir(target))
	return nil
}

// writeTemp writes a file beside target and makes sure that it is on disk.
func writeTemp(target string, text []byte, mode fs.FileMode) (name string, err error) {
	f, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+".*.tmp")
	if err != nil {
		return "", err
	}
	defer func() {
		if closed := f.Close(); err == nil {
			err = closed
		}
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(text); err != nil {
		return "", err
	}
	if err = f.Chmod(mode); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return "", err
	}
	return f.Name(), f.Sync()
}

// syncFolder makes the new name durable where folders can be synced; elsewhere the rename is as durable as it gets.
func syncFolder(folder string) {
	d, err := os.Open(folder)
	if err != nil {
		return
	}
	_ = d.Sync() // Windows and some network file systems refuse; the content itself is on disk
	d.Close()
}
