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
	"strconv"
	"time"
)

// state decides where runs are kept, without making anything. That the folder may not be written is no finding: only a
// command that keeps something says so.
func (l *loader) state(opt Options) {
	own := l.p.ownState()
	target := own
	if _, err := os.Stat(own); err != nil {
		target = l.p.Dir
	}
	if writable(target) {
		l.p.StateDir = own
		return
	}
	l.p.StateDir = StateDirFor(l.p.Dir, opt.StateHome, l.p.Settings.ID, l.p.Settings.Name)
}

func (p *Portal) ownState() string { return filepath.Join(p.Dir, StateName) }

// StateElsewhere tells that the portal folder cannot be written to, so that StateDir lies outside of it.
func (p *Portal) StateElsewhere() bool { return p.StateDir != p.ownState() }

// ReadDir is the state folder whose runs are shown: StateDir, except that of a portal that cannot be written to the runs
// that it brings along are shown, where they can be read, until a run of this user's is newer. database is the name of
// the file that holds the runs.
func (p *Portal) ReadDir(database string) string {
	own := p.ownState()
	if !p.StateElsewhere() || !readable(filepath.Join(own, database)) {
		return p.StateDir
	}
	if lastWritten(p.StateDir, database).After(lastWritten(own, database)) {
		return p.StateDir
	}
	return own
}

func readable(file string) bool {
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	info, err := f.Stat()
	_ = f.Close() // nothing was written
	return err == nil && info.Mode().IsRegular()
}

// lastWritten is when a database was last written, also when what was written is still in its log; the zero time when
// there is none.
func lastWritten(dir, database string) time.Time {
	var last time.Time
	for _, suffix := range []string{"", "-wal"} {
		if info, err := os.Stat(filepath.Join(dir, database+suffix)); err == nil && info.Mode().IsRegular() && info.Size() > 0 && info.ModTime().After(last) {
			last = info.ModTime()
		}
	}
	return last
}

// StateDirFor is where the state of a portal lies that cannot hold it itself: a folder below askflow/ in home, or in the
// user's state folder when home is empty. Its name depends on the portal folder's path and on the portal's id, or its
// name where it has no id, so that portals that take turns at one path keep their runs apart.
func StateDirFor(dir, home string, id int64, name string) string {
	if home == "" {
		home = stateHome()
	}
	which := "name " + name
	if id != 0 {
		which = "id " + strconv.FormatInt(id, 10)
	}
	s := sha256.Sum256([]byte(dir + "\x00" + which))
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
