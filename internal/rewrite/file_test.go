package rewrite_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"askflow/internal/rewrite"
)

const small = "# top\nname: \"One\" # n\nobject: contact\nenroll: # who\n  when:\n    - {email: known}\nsteps: []"

func TestSetTopAndTriggers(t *testing.T) {
	t.Parallel()
	top := func(key, value string) func(rewrite.File) ([]byte, error) {
		return func(f rewrite.File) ([]byte, error) { return f.SetTop(key, value) }
	}
	triggers := func(s string) func(rewrite.File) ([]byte, error) {
		return func(f rewrite.File) ([]byte, error) { return f.SetTriggers(s) }
	}
	for _, tt := range []struct {
		name     string
		edit     func(rewrite.File) ([]byte, error)
		old, new string
	}{
		{"name", top("name", "Two: 2"), `"One"`, `"Two: 2"`},
		{"description", top("description", "a\nb"), "# n\n", "# n\ndescription: |-\n  a\n  b\n"},
		{"enabled", top("enabled", "true"), "contact\n", "contact\nenabled: true\n"},
		{"object", top("object", "company"), "contact", "company"},
		{"no name", top("name", ""), "name: \"One\" # n\n", ""},
		{"triggers", triggers("when: # why\n  - {city: known}\n\n\nre_enroll: [city]\n"), "  when:\n    - {email: known}\n", "  when: # why\n    - {city: known}\n\n\n  re_enroll: [city]\n"},
		{"triggers with CRLF", triggers("manual: true\r\n"), "  when:\n    - {email: known}\n", "  manual: true\n"},
		{"triggers in braces", triggers("{manual: true}"), "enroll: # who\n  when:\n    - {email: known}\n", "enroll: {manual: true} # who\n"},
		{"a list of conditions", triggers("- {city: known}\n- {city: {is: x}}"), "    - {email: known}\n", "    - {city: known}\n    - {city: {is: x}}\n"},
		{"no triggers", triggers(" \n"), "enroll: # who\n  when:\n    - {email: known}\n", ""},
	} {
		text, err := tt.edit(file("a.yml", small))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if diff := cmp.Diff(strings.Replace(small, tt.old, tt.new, 1), string(text)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.name, diff)
		}
		asJSON := file("a.json", string(parsed(t, file("a.yml", small)).JSON()))
		other, err := tt.edit(asJSON)
		if err != nil {
			t.Errorf("%s of JSON: %v", tt.name, err)
			continue
		}
		if diff := cmp.Diff(string(parsed(t, file("a.yml", string(text))).JSON()), string(parsed(t, file("a.json", string(other))).JSON())); diff != "" {
			t.Errorf("%s: YAML and JSON differ (-yaml +json)\n%s", tt.name, diff)
		}
	}
	for _, tt := range []struct{ key, value, says string }{
		{"enabled", "maybe", "true or false"}, {"object", "", "needs an object"}, {"object", "kontakt", "object type"}, {"id", "7", "no key"},
	} {
		if _, err := file("a.yml", small).SetTop(tt.key, tt.value); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %q: %v does not say %q", tt.key, tt.value, err, tt.says)
		}
	}
	for typed, says := range map[string]string{"when: [": "enroll:", "true": "when, manual", "whem: []": "when", "when: {email: {is: }}": "must be a list"} {
		if _, err := file("a.yml", small).SetTriggers(typed); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v does not say %q", typed, err, says)
		}
	}
	over := file("a.yml", small+"\nflow: {name: Three}\n")
	if _, err := over.SetTop("name", "Two"); err == nil || !strings.Contains(err.Error(), "flow:") {
		t.Errorf("a name that is overridden: %v", err)
	}
}

func TestNewWorkflow(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"Lead qualification": "lead-qualification.yaml", "Größe & Co. / \"x\"": "grosse-and-co-x.yaml", "../../etc": "etc.yaml",
		"漢字": "workflow.yaml", "CON": "con-workflow.yaml", "taken": "taken-3.yaml", "a\nb": "a-b.yaml", "yes": "yes.yaml", "\x1b[31m": "31m.yaml", strings.Repeat("ab ", 99): strings.Repeat("ab-", 19) + "ab-a.yaml"} {
		fileName, text, err := rewrite.NewWorkflow(name, "deal", []string{"Taken.json", "workflows/TAKEN-2.yml"})
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		if fileName != want {
			t.Errorf("%q is kept in %s, not in %s", name, fileName, want)
		}
		f := file(fileName, string(text))
		if w := parsed(t, f); w.Name != name || w.ObjectTypeID != "0-3" || w.Enabled || len(w.Actions) > 0 || w.Enrollment != nil {
			t.Errorf("%q became %+v", name, w)
		}
		if f.Text, err = f.SetTriggers("when: [{amount: known}]"); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		if f.Text, _, err = f.InsertStep(rewrite.Place{Last: true}, "delay", []rewrite.Field{rewrite.TextField("delay", "1d")}); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		if deleted, inserted := changed(text, f.Text); deleted != 1 || inserted != 4 {
			t.Errorf("%q: filling it in is no small change:\n%s", name, rewrite.Diff(string(text), string(f.Text), fileName))
		}
	}
	for _, bad := range [][2]string{{" ", "contact"}, {"x", ""}, {"x", "kontakt"}} {
		if name, _, err := rewrite.NewWorkflow(bad[0], bad[1], nil); err == nil {
			t.Errorf("%q was made of %q", name, bad)
		}
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	name := filepath.Join(folder, "a.yaml")
	if err := rewrite.Write(name, nil, []byte("one\r\n")); err != nil {
		t.Fatal(err)
	}
	var moved *rewrite.ChangedError
	if err := rewrite.Write(name, nil, []byte("two")); !errors.As(err, &moved) || !moved.Exists {
		t.Errorf("a file that exists was made: %v", err)
	}
	if err := os.Chmod(name, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := rewrite.Write(name, []byte("one\r\n"), []byte("two\r\n")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(name); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o640 {
		t.Errorf("the mode became %v, %v", info.Mode(), err)
	}
	if err := rewrite.Write(name, []byte("one\r\n"), []byte("three")); !errors.As(err, &moved) || moved.Missing || moved.Exists {
		t.Errorf("a file that was edited meanwhile was replaced: %v", err)
	}
	if err := rewrite.Write(filepath.Join(folder, "b.yaml"), []byte{}, nil); !errors.As(err, &moved) || !moved.Missing {
		t.Errorf("a file that is gone was written: %v", err)
	}
	if got, err := os.ReadFile(name); err != nil || string(got) != "two\r\n" {
		t.Errorf("the file holds %q, %v", got, err)
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 1 {
		t.Errorf("files were left behind: %v, %v", entries, err)
	}
}

func TestWriteFollowsNoLinkOutOfItsFolder(t *testing.T) {
	t.Parallel()
	folder, outside := t.TempDir(), filepath.Join(t.TempDir(), "x.yaml")
	for _, name := range []string{outside, filepath.Join(folder, "in.yaml")} {
		if err := os.WriteFile(name, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, in, dead := filepath.Join(folder, "out-link.yaml"), filepath.Join(folder, "in-link.yaml"), filepath.Join(folder, "dead.yaml")
	for link, target := range map[string]string{out: outside, in: "in.yaml", dead: "nowhere.yaml"} {
		if err := os.Symlink(target, link); err != nil {
			t.Skipf("this system makes no links: %v", err)
		}
	}
	var left *rewrite.OutsideError
	if err := rewrite.Write(out, []byte("old"), []byte("new")); !errors.As(err, &left) {
		t.Errorf("the link was followed: %v", err)
	}
	if err := rewrite.Write(dead, nil, []byte("new")); err == nil {
		t.Error("a link that leads nowhere was written to")
	}
	if err := rewrite.Write(in, []byte("old"), []byte("new")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{outside: "old", filepath.Join(folder, "in.yaml"): "new"} {
		if got, err := os.ReadFile(name); err != nil || string(got) != want {
			t.Errorf("%s holds %q, %v", name, got, err)
		}
	}
	if info, err := os.Lstat(in); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v, %v", info, err)
	}
}

func TestDiffs(t *testing.T) {
	t.Parallel()
	if got := rewrite.Diff("a\nb\n", "a\nc\n", "x.yaml"); got != "--- x.yaml\n+++ x.yaml\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n" {
		t.Errorf("the diff is %q", got)
	}
	if got := rewrite.Diff("a", "a", "x"); got != "" {
		t.Errorf("equal texts differ: %q", got)
	}
	want := []rewrite.DiffLine{{Kind: rewrite.Equal, Old: 1, New: 1, Text: "a"}, {Kind: rewrite.Delete, Old: 2, Text: "b"}, {Kind: rewrite.Insert, New: 2, Text: "c"}, {Kind: rewrite.Equal, Old: 3, New: 3, Text: "d"}}
	if diff := cmp.Diff(want, rewrite.Lines("a\r\nb\r\nd", "a\r\nc\r\nd")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	words := []rewrite.WordDiff{{rewrite.Equal, "The grade is "}, {rewrite.Delete, "B"}, {rewrite.Insert, "A"}, {rewrite.Equal, ": call"}, {rewrite.Insert, " today"}, {rewrite.Equal, "."}}
	if diff := cmp.Diff(words, rewrite.Words("The grade is B: call.", "The grade is A: call today.")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	long := strings.Repeat("one two\n", rewrite.MaxWords/8+1)
	want2 := []rewrite.WordDiff{{rewrite.Equal, long}, {rewrite.Delete, "three four\n"}, {rewrite.Insert, "three five\n"}}
	if diff := cmp.Diff(want2, rewrite.Words(long+"three four\n", long+"three five\n")); diff != "" {
		t.Errorf("a long text is compared by lines, (-want +got)\n%s", diff)
	}
}

// The pieces of a diff make up both texts.
func TestDiffsLoseNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(texts(), 0, 12)
		a, b := strings.Join(parts.Draw(t, "a"), " "), strings.Join(parts.Draw(t, "b"), "\n")
		var before, after strings.Builder
		for _, w := range rewrite.Words(a, b) {
			if w.Kind != rewrite.Insert {
				before.WriteString(w.Text)
			}
			if w.Kind != rewrite.Delete {
				after.WriteString(w.Text)
			}
		}
		if before.String() != a || after.String() != b {
			t.Fatalf("%q and %q became %q and %q", a, b, before.String(), after.String())
		}
		old, now := 0, 0
		for _, l := range rewrite.Lines(a, b) {
			if l.Kind != rewrite.Insert {
				if old++; l.Old != old {
					t.Fatalf("line %d is numbered %d", old, l.Old)
				}
			}
			if l.Kind != rewrite.Delete {
				if now++; l.New != now {
					t.Fatalf("new line %d is numbered %d", now, l.New)
				}
			}
		}
	})
}

func BenchmarkSetField(b *testing.B) {
	text, err := os.ReadFile(filepath.Join(demoFolder, "lead-qualification.yaml"))
	if err != nil {
		b.Fatal(err)
	}
	f := file("lead-qualification.yaml", string(text))
	for b.Loop() {
		if _, err := f.SetField("qualify", "model", "gpt-6-sol"); err != nil {
			b.Fatal(err)
		}
	}
}
