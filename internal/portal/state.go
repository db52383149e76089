package portal

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"askflow/internal/source"
)

// state decides where runs are kept, without making anything.
func (l *loader) state(opt Options) {
	own := filepath.Join(l.p.Dir, StateName)
	target := own
	if _, err := os.Stat(own); err != nil {
		target = l.p.Dir
	}
	if writable(target) {
		l.p.StateDir = own
		return
	}
	l.p.StateDir = StateDirFor(l.p.Dir, opt.StateHome)
	l.add(source.SeverityWarning, "", "read_only_folder", "make the folder writable to keep its runs with it",
		"the portal folder cannot be written to; runs are kept in %s", l.p.StateDir)
}

// StateDirFor is where the state of a portal lies that cannot hold it itself: askflow/<hash of its path> under home, or
// under the user's state folder when home is empty.
func StateDirFor(dir, home string) string {
	if home == "" {
		home = stateHome()
	}
	s := sha256.Sum256([]byte(dir))
	return filepath.Join(home, "askflow", hex.EncodeToString(s[:8]))
}

// stateHome is the user's folder for state: $XDG_STATE_HOME, else the system's custom, else one below the temporary folder.
func stateHome() string {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return dir
	}
	switch runtime.GOOS {
	case "windows", "darwin", "ios":
		if dir, err := os.UserCacheDir(); err == nil {
			return dir
		}
	default:
		if home, err := os.UserHomeDir(); err == nil && filepath.IsAbs(home) {
			return filepath.Join(home, ".local", "state")
		}
	}
	return ownTemp()
}

// ownTemp is a folder for this user below the temporary folder, for users without a home.
func ownTemp() string { return filepath.Join(os.TempDir(), fmt.Sprintf("askflow-%d", os.Getuid())) }

// EnsureState makes the state folder, for its owner only, with a .gitignore that keeps everything in it out of git.
func (p *Portal) EnsureState() error {
	fail := func(err error) error {
		return &Error{Code: "cannot_write", Message: fmt.Sprintf("the state folder %s cannot be made: %s", p.StateDir, reason(err)),
			Hint: "runs are kept there; make the folder writable", Cause: err}
	}
	if err := os.MkdirAll(p.StateDir, 0o700); err != nil {
		return fail(err)
	}
	f, err := os.OpenFile(filepath.Join(p.StateDir, ".gitignore"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fail(err)
	}
	_, err = f.WriteString("*\n")
	if err := errors.Join(err, f.Close()); err != nil {
		return fail(err)
	}
	return nil
}
