package portal_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"askflow/internal/portal"
)

func TestInitEmpty(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	for _, dir := range []string{filepath.Join(parent, "deep", "new"), folder(t, nil), folder(t, map[string]string{"notes.txt": "mine"})} {
		if err := portal.Init(dir, ""); err != nil {
			t.Fatal(err)
		}
		p := load(t, dir)
		if len(p.Problems) > 0 {
			t.Errorf("the new portal has problems: %v", p.Problems)
		}
		if len(p.Flows) != 1 || len(p.Assistants) != 1 || len(p.Rules) == 0 {
			t.Errorf("%d workflows, %d assistants, %d rules", len(p.Flows), len(p.Assistants), len(p.Rules))
		}
		if summaries, _, problems := p.Scan(t.Context()); problems.HasErrors() || summaries["contact"].Records != 3 {
			t.Errorf("records: %v", problems)
		}
		if ignore, err := os.ReadFile(filepath.Join(dir, ".gitignore")); err != nil || !strings.Contains(string(ignore), ".askflow/") {
			t.Errorf(".gitignore: %q, %v", ignore, err)
		}
		entries, err := os.ReadDir(dir)
		if err != nil || slices.ContainsFunc(entries, func(e os.DirEntry) bool { return strings.HasPrefix(e.Name(), ".askflow-init") }) {
			t.Errorf("left behind: %v, %v", entries, err)
		}
	}
	entries, err := os.ReadDir(filepath.Join(parent, "deep"))
	if err != nil || len(entries) != 1 {
		t.Errorf("beside the new folder lies: %v, %v", entries, err)
	}
}

func TestInitDemo(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "demo")
	if err := portal.Init(dir, "demo"); err != nil {
		t.Fatal(err)
	}
	p := load(t, dir)
	if p.Settings.ID == 0 || len(p.Users) == 0 {
		t.Errorf("the demo has no portal.yaml to speak of: %+v", p.Settings)
	}
	if _, err := os.Stat(filepath.Join(dir, ".gitignore")); err != nil {
		t.Error(err)
	}
}

func TestInitRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files map[string]string
		from  string
		code  string
	}{
		"a portal":         {map[string]string{"portal.yaml": "id: 1\n"}, "empty", "already_a_portal"},
		"one of the files": {map[string]string{"records/contacts.csv": "mine"}, "empty", "would_overwrite"},
		"no template":      {nil, "northwind", "unknown_template"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t, c.files)
			err := portal.Init(dir, c.from)
			var e *portal.Error
			if !errors.As(err, &e) || e.Code != c.code {
				t.Fatalf("got %v, want %s", err, c.code)
			}
			var left []string
			for _, f := range walk(t, dir) {
				data, err := os.ReadFile(filepath.Join(dir, f))
				if err != nil || string(data) != c.files[filepath.ToSlash(f)] {
					t.Errorf("%s is now %q (%v)", f, data, err)
				}
				left = append(left, f)
			}
			if len(left) != len(c.files) {
				t.Errorf("the folder now holds %v", left)
			}
		})
	}
	dir := folder(t, map[string]string{"file": "x"})
	var e *portal.Error
	if err := portal.Init(filepath.Join(dir, "file"), "empty"); !errors.As(err, &e) || e.Code != "not_a_folder" {
		t.Errorf("a file: %v", err)
	}
	if err := portal.Init(filepath.Join(dir, "file", "below"), "empty"); !errors.As(err, &e) {
		t.Errorf("below a file: %v", err)
	}
}

func walk(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(p string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			rel, _ := filepath.Rel(dir, p)
			files = append(files, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

var tinyDemo = fstest.MapFS{"portal.yaml": {Data: []byte("id: 1\n")}, "records/contacts.csv": {Data: []byte("Record ID\n1\n")}}

func TestUnpack(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	unpack := func(version string) string {
		t.Helper()
		dir, err := portal.Unpack(tinyDemo, root, version)
		if err != nil {
			t.Fatal(err)
		}
		return dir
	}
	dir := unpack("v1.2.3")
	if !strings.HasPrefix(filepath.Base(dir), "demo-v1.2.3-") || len(walk(t, dir)) != 2 {
		t.Errorf("unpacked to %s: %v", dir, walk(t, dir))
	}
	edited, gone := filepath.Join(dir, "portal.yaml"), filepath.Join(dir, "records", "contacts.csv")
	if err := errors.Join(os.WriteFile(edited, []byte("id: 2\n"), 0o644), os.Remove(gone)); err != nil {
		t.Fatal(err)
	}
	if again := unpack("v1.2.3"); again != dir {
		t.Errorf("the second time it is %s, not %s", again, dir)
	}
	if data, err := os.ReadFile(edited); err != nil || string(data) != "id: 2\n" {
		t.Errorf("an edited file became %q (%v)", data, err)
	}
	if data, err := os.ReadFile(gone); err != nil || string(data) != "Record ID\n1\n" {
		t.Errorf("a deleted file became %q (%v)", data, err)
	}
	if other := unpack("../../etc"); filepath.Dir(other) != root || other == dir {
		t.Errorf("a strange version leads to %s", other)
	}
	if entries, err := os.ReadDir(root); err != nil || len(entries) != 2 {
		t.Errorf("in the cache lies %v (%v)", entries, err)
	}
}

func TestUnpackOtherContents(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	a, errA := portal.Unpack(tinyDemo, root, "dev")
	b, errB := portal.Unpack(fstest.MapFS{"portal.yaml": {Data: []byte("id: 3\n")}}, root, "dev")
	if errA != nil || errB != nil || a == b {
		t.Errorf("%s (%v) and %s (%v) should differ", a, errA, b, errB)
	}
}

func TestUnpackConcurrently(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			dir, err := portal.Unpack(tinyDemo, root, "dev")
			if err != nil {
				t.Error(err)
				return
			}
			if data, err := os.ReadFile(filepath.Join(dir, "records", "contacts.csv")); err != nil || string(data) != "Record ID\n1\n" {
				t.Errorf("read %q, %v", data, err)
			}
		})
	}
	wg.Wait()
	if entries, err := os.ReadDir(root); err != nil || len(entries) != 1 {
		t.Errorf("in the cache lies %v (%v)", entries, err)
	}
}

// Environment variables belong to the whole process, so this test runs alone.
func TestDemoWithoutHome(t *testing.T) {
	temp := t.TempDir()
	for _, name := range []string{"HOME", "XDG_CACHE_HOME", "LocalAppData"} {
		t.Setenv(name, "")
	}
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(name, temp)
	}
	first, err := portal.Demo("v0")
	if err != nil {
		t.Fatal(err)
	}
	second, err := portal.Demo("v0")
	if err != nil || second != first || !strings.HasPrefix(first, temp) {
		t.Errorf("unpacked to %s, then to %s (%v)", first, second, err)
	}
	if _, err := os.Stat(filepath.Join(first, portal.FileName)); err != nil {
		t.Error(err)
	}
}

func TestDemoRefusesAFolderOfOthers(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("HOME", "")
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("LocalAppData", "")
	t.Setenv("TMPDIR", temp)
	dir := portal.StateDirFor("x", "", 0, "") // also below the folder for users without a home, unless a state folder is set
	if os.Getenv("XDG_STATE_HOME") != "" || !strings.HasPrefix(dir, temp) {
		t.Skip("this system names a state or cache folder even without HOME")
	}
	open := filepath.Dir(filepath.Dir(dir))
	if err := errors.Join(os.Mkdir(open, 0o777), os.Chmod(open, 0o777)); err != nil {
		t.Fatal(err)
	}
	var e *portal.Error
	if _, err := portal.Demo("v0"); !errors.As(err, &e) || e.Code != "cannot_write" {
		t.Errorf("a folder that everybody may write to was used: %v", err)
	}
}
