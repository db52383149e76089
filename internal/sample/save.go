package sample

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"askflow/internal/rewrite"
)

// Save writes all files or none. A file that is there is written over only with force. Errors are *Error.
func Save(files []File, force bool) error {
	before := map[string][]byte{}
	for _, f := range files {
		if info, err := os.Stat(filepath.Dir(f.Path)); err != nil || !info.IsDir() {
			return &Error{Code: "cannot_write", Message: fmt.Sprintf("%s cannot be written: there is no folder %s", f.Path, filepath.Dir(f.Path)), Hint: "make the folder, or name another file with --to"}
		}
		data, err := os.ReadFile(f.Path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return &Error{Code: "cannot_read", Message: fmt.Sprintf("%s cannot be read: %v", f.Path, bare(err)), Hint: "name another file with --to"}
		case !force:
			return &Error{Code: "exists", Message: f.Path + " exists already; nothing was written", Hint: "--force writes over it"}
		default:
			before[f.Path] = append([]byte{}, data...)
		}
	}
	for i, f := range files {
		if err := rewrite.Write(f.Path, before[f.Path], f.Data); err != nil {
			takeBack(files[:i], before)
			return &Error{Code: "cannot_write", Message: err.Error(), Hint: "name a file in a folder that you may write to with --to"}
		}
	}
	return nil
}

// takeBack undoes what was written. What somebody else wrote meanwhile stays.
func takeBack(files []File, before map[string][]byte) {
	for _, f := range files {
		if old := before[f.Path]; old != nil {
			_ = rewrite.Write(f.Path, f.Data, old) // the error that led here is the one to tell
		} else if now, err := os.ReadFile(f.Path); err == nil && bytes.Equal(now, f.Data) {
			_ = os.Remove(f.Path)
		}
	}
}

// bare is why a file cannot be used, without its name.
func bare(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}
