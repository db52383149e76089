package portal_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"askflow/internal/portal"
)

func TestEnsureState(t *testing.T) {
	t.Parallel()
	p := load(t, folder(t, map[string]string{"portal.yaml": ""}))
	for range 2 {
		if err := p.EnsureState(); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(filepath.Join(p.StateDir, ".gitignore"))
	if err != nil || string(data) != "*\n" {
		t.Errorf(".gitignore: %q, %v", data, err)
	}
	if info, err := os.Stat(p.StateDir); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
		t.Errorf("state folder: %v, %v", info.Mode(), err)
	}
	blocked := load(t, folder(t, map[string]string{"portal.yaml": "", ".askflow": "a file"}))
	var e *portal.Error
	if err := blocked.EnsureState(); !errors.As(err, &e) || e.Code != "cannot_write" {
		t.Errorf("a file in the way: %v", err)
	}
}

func TestStateDirFor(t *testing.T) {
	t.Parallel()
	a := portal.StateDirFor("/x/a", "/home", 7, "Shop")
	if filepath.Dir(a) != filepath.Join("/home", "askflow") || a != portal.StateDirFor("/x/a", "/home", 7, "Renamed") {
		t.Errorf("state folder %s", a)
	}
	seen := map[string]bool{a: true}
	for _, other := range []string{
		portal.StateDirFor("/x/b", "/home", 7, "Shop"), portal.StateDirFor("/x/a", "/home", 8, "Shop"),
		portal.StateDirFor("/x/a", "/home", 0, "Shop"), portal.StateDirFor("/x/a", "/home", 0, "Other"), portal.StateDirFor("/x/a", "/home", 0, "id 7"),
	} {
		if seen[other] {
			t.Errorf("two portals share %s", other)
		}
		seen[other] = true
	}
}

// readOnly makes a folder one that this user may not write to; a folder elsewhere stands for the user's state folder. Root
// may write anywhere, except below a file system that is read-only for everybody.
func readOnly(t *testing.T, files map[string]string) (dir string, load func() *portal.Portal) {
	t.Helper()
	if runtime.GOOS == "windows" || os.Getuid() == 0 {
		t.Skip("this user may write to every folder")
	}
	dir = folder(t, files)
	for _, d := range []string{filepath.Join(dir, portal.StateName), dir} {
		if err := os.Chmod(d, 0o555); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(d, 0o755) })
	}
	home := t.TempDir()
	return dir, func() *portal.Portal {
		p, err := portal.Load(t.Context(), dir, portal.Options{StateHome: home})
		if err != nil {
			t.Fatal(err)
		}
		if !p.StateElsewhere() || p.StateDir != portal.StateDirFor(p.Dir, home, 12, "") {
			t.Errorf("state in %s", p.StateDir)
		}
		return p
	}
}

// A portal folder that nobody may write to keeps its runs elsewhere; that is nothing wrong with its files.
func TestReadOnlyFolder(t *testing.T) {
	t.Parallel()
	_, load := readOnly(t, map[string]string{"portal.yaml": "id: 12\n"})
	p := load()
	if len(p.Problems) != 0 {
		t.Errorf("problems %v", p.Problems)
	}
	if got := p.ReadDir("runs.db"); got != p.StateDir {
		t.Errorf("shows the runs in %s", got)
	}
}

// The runs that a read-only portal brings along are shown until the user has a newer one.
func TestReadOnlyFolderWithRuns(t *testing.T) {
	t.Parallel()
	dir, load := readOnly(t, map[string]string{"portal.yaml": "id: 12\n", ".askflow/runs.db": "runs"})
	p := load()
	own := filepath.Join(p.Dir, portal.StateName)
	if got := p.ReadDir("runs.db"); got != own {
		t.Errorf("shows the runs in %s", got)
	}
	if got := p.ReadDir("other.db"); got != p.StateDir {
		t.Errorf("without a database there, shows the runs in %s", got)
	}
	if err := p.EnsureState(); err != nil {
		t.Fatal(err)
	}
	mine := filepath.Join(p.StateDir, "runs.db")
	if err := os.WriteFile(mine, []byte("runs"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		age  time.Duration
		want string
	}{"older": {-time.Hour, own}, "newer": {time.Hour, p.StateDir}} {
		at := time.Now().Add(c.age)
		if err := os.Chtimes(mine, at, at); err != nil {
			t.Fatal(err)
		}
		if got := p.ReadDir("runs.db"); got != c.want {
			t.Errorf("with a run that is %s, shows the runs in %s", name, got)
		}
	}
	if err := os.Chmod(filepath.Join(dir, portal.StateName, "runs.db"), 0); err != nil {
		t.Fatal(err)
	}
	at := time.Now().Add(-time.Hour)
	if err := os.Chtimes(mine, at, at); err != nil {
		t.Fatal(err)
	}
	if got := p.ReadDir("runs.db"); got != p.StateDir {
		t.Errorf("with runs that cannot be read, shows the runs in %s", got)
	}
}

// A folder that can be written to has its state, and its runs, inside.
func TestReadDirOfWritableFolder(t *testing.T) {
	t.Parallel()
	p := load(t, folder(t, map[string]string{"portal.yaml": ""}))
	if got := p.ReadDir("runs.db"); p.StateElsewhere() || got != p.StateDir || got != filepath.Join(p.Dir, portal.StateName) {
		t.Errorf("runs in %s, shown from %s", p.StateDir, got)
	}
}

func ExampleStateDirFor() {
	fmt.Println(filepath.ToSlash(filepath.Dir(portal.StateDirFor("/home/me/portal", "/home/me/.local/state", 4242, ""))))
	// Output: /home/me/.local/state/askflow
}
