package portal_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

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
	a, b := portal.StateDirFor("/x/a", "/home"), portal.StateDirFor("/x/b", "/home")
	if a == b || filepath.Dir(a) != filepath.Join("/home", "askflow") || a != portal.StateDirFor("/x/a", "/home") {
		t.Errorf("state folders %s and %s", a, b)
	}
}

// A portal folder that nobody may write to keeps its runs elsewhere and says so. Root may write anywhere, except below a
// file system that is read-only for everybody.
func TestReadOnlyFolder(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" || os.Getuid() == 0 {
		t.Skip("this user may write to every folder")
	}
	dir := folder(t, map[string]string{"portal.yaml": ""})
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o755) })
	home := t.TempDir()
	p, err := portal.Load(t.Context(), dir, portal.Options{StateHome: home})
	if err != nil {
		t.Fatal(err)
	}
	if p.StateDir != portal.StateDirFor(p.Dir, home) || len(p.Problems) != 1 || p.Problems[0].Code != "read_only_folder" {
		t.Errorf("state in %s, problems %v", p.StateDir, p.Problems)
	}
}

func ExampleStateDirFor() {
	fmt.Println(filepath.ToSlash(filepath.Dir(portal.StateDirFor("/home/me/portal", "/home/me/.local/state"))))
	// Output: /home/me/.local/state/askflow
}
