package recording_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/assistant"
	"askflow/internal/recording"
)

func TestRecordingAgainChangesOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	dir, journal := folders(t)
	record(t, s, dir, journal, "2026-11-01", 4, "one", "two", "three")
	before := strings.Split(readFile(t, filepath.Join(dir, "states.jsonl")), "\n")

	// Another day, the same answers at other costs: nothing is written.
	if changes := record(t, s, dir, journal, "2026-11-02", 4, "one", "two", "three"); changes.Unchanged != 3 || len(changes.Files) != 0 {
		t.Errorf("the same answers again: %+v", changes)
	}
	if after := strings.Split(readFile(t, filepath.Join(dir, "states.jsonl")), "\n"); !cmp.Equal(before, after) {
		t.Error("the same answers changed the file")
	}
	// One answer changes, one question is not asked, one is new.
	s.answer = func(prompt string) string {
		if prompt == "two" {
			return "something else"
		}
		return "echo: " + prompt
	}
	changes := record(t, s, dir, journal, "2026-11-03", 1, "one", "two", "four")
	if changes.Added != 1 || changes.Changed != 1 || changes.Unchanged != 1 {
		t.Errorf("changes: %+v", changes)
	}
	after := strings.Split(readFile(t, filepath.Join(dir, "states.jsonl")), "\n")
	was := map[string]bool{}
	for _, line := range before {
		was[line] = true
	}
	fresh := 0
	for _, line := range after {
		if was[line] {
			continue
		}
		fresh++
		if !strings.Contains(line, `"recorded_at":"2026-11-03"`) || !strings.Contains(line, "something else") && !strings.Contains(line, "echo: four") {
			t.Errorf("a line changed that should not have: %s", line)
		}
	}
	if fresh != 2 || len(after) != 5 {
		t.Errorf("%d new lines of %d", fresh, len(after)-1)
	}
	if !isSorted(after[:len(after)-1]) {
		t.Error("the lines are not sorted")
	}
}

func isSorted(lines []string) bool {
	for i := 1; i < len(lines); i++ {
		if lines[i] < lines[i-1] {
			return false
		}
	}
	return true
}

func TestAQuestionStaysInItsFile(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	dir, journal := folders(t)
	record(t, s, dir, journal, "2026-11-01", 1, "one")
	if err := os.Rename(filepath.Join(dir, "states.jsonl"), filepath.Join(dir, "older.jsonl")); err != nil {
		t.Fatal(err)
	}
	s.answer = func(prompt string) string { return "new: " + prompt }
	record(t, s, dir, journal, "2026-11-02", 1, "one", "two")
	if old := readFile(t, filepath.Join(dir, "older.jsonl")); !strings.Contains(old, "new: one") {
		t.Errorf("older.jsonl was not updated: %s", old)
	}
	if fresh := readFile(t, filepath.Join(dir, "states.jsonl")); strings.Contains(fresh, "new: one") || !strings.Contains(fresh, "new: two") {
		t.Errorf("states.jsonl: %s", fresh)
	}
	load(t, dir) // no key stands twice
}

func TestPrune(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	dir, journal := folders(t)
	record(t, s, dir, journal, "2026-11-23", 1, "one", "two", "three")
	file := filepath.Join(dir, "states.jsonl")
	before := readFile(t, file)
	lib := load(t, dir)
	keep := lib.Keys()[1]
	asked := func(key string) bool { return key == keep }
	dropped, err := recording.Prune(lib, asked, true)
	if err != nil || len(dropped) != 2 || readFile(t, file) != before {
		t.Fatalf("dry run: %v %v", dropped, err)
	}
	if dropped, err = recording.Prune(load(t, dir), asked, false); err != nil || len(dropped) != 2 || dropped[0].Prompt == "" || dropped[0].Line != 1 {
		t.Fatalf("%+v %v", dropped, err)
	}
	if after := readFile(t, file); after != strings.Split(before, "\n")[1]+"\n" {
		t.Errorf("left: %s", after)
	}
	if _, err := recording.Prune(load(t, dir), func(string) bool { return false }, false); err != nil {
		t.Fatal(err)
	}
	if left := tree(t, dir); len(left) != 0 {
		t.Errorf("an empty file stays: %v", left)
	}
}

func TestPruneKeepsRepeats(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	dir, journal := folders(t)
	r := recording.Record(load(t, dir), http.DefaultTransport, recording.RecordOptions{Name: "states", Date: "2026-11-23"})
	if err := r.Begin(journal); err != nil {
		t.Fatal(err)
	}
	c := s.client(r)
	for repeat := range 3 {
		ctx := assistant.WithCaller(context.Background(), assistant.Caller{RecordID: "1", Step: "1", Visit: 1, Repeat: repeat})
		if _, err := c.Ask(ctx, question("one")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Finish(); err != nil {
		t.Fatal(err)
	}
	lib := load(t, dir)
	keys := lib.Keys()
	if s.calls.Load() != 3 || len(keys) != 3 || keys[1] != keys[0]+"-1" || keys[2] != keys[0]+"-2" {
		t.Fatalf("%d requests, keys %v", s.calls.Load(), keys)
	}
	if dropped, err := recording.Prune(lib, func(key string) bool { return key == keys[0] }, false); err != nil || len(dropped) != 0 {
		t.Errorf("dropped %v %v", dropped, err)
	}
}

func TestRecordingsWithErrorsAreNotRewritten(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	dir, journal := folders(t)
	record(t, s, dir, journal, "2026-11-23", 1, "one")
	file := filepath.Join(dir, "states.jsonl")
	broken := readFile(t, file) + "{\"key\":\n"
	if err := os.WriteFile(file, []byte(broken), 0o644); err != nil {
		t.Fatal(err)
	}
	lib, problems := recording.Load(dir)
	defer lib.Close()
	if !problems.HasErrors() || problems[0].Line != 2 || problems[0].File != "recordings/states.jsonl" {
		t.Fatalf("problems: %v", problems)
	}
	if _, err := recording.Prune(lib, func(string) bool { return false }, false); err == nil {
		t.Error("prune rewrote a file it could not read")
	}
	r := recording.Record(lib, http.DefaultTransport, recording.RecordOptions{Name: "states", Date: "2026-11-24"})
	if err := r.Begin(journal); err != nil {
		t.Fatal(err)
	}
	if _, err := ask(s.client(r), question("two"), "1"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Finish(); err == nil || !strings.Contains(err.Error(), journal) {
		t.Errorf("the error does not say where the answers are: %v", err)
	}
	if readFile(t, file) != broken || !strings.Contains(readFile(t, journal), "echo: two") {
		t.Error("the file was changed, or the answer is lost")
	}
	if err := os.WriteFile(file, nil, 0o644); err != nil { // repaired
		t.Fatal(err)
	}
	if changes, err := recording.Settle(dir, "states", journal); err != nil || changes.Added != 1 {
		t.Errorf("%+v %v", changes, err)
	}
}

func TestWritable(t *testing.T) {
	t.Parallel()
	dir, _ := folders(t)
	if err := recording.Writable(dir); err != nil || len(tree(t, dir)) != 0 {
		t.Errorf("%v, left behind: %v", err, tree(t, dir))
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := recording.Writable(filepath.Join(dir, "file")); err == nil || !strings.Contains(err.Error(), "cannot be made") {
		t.Errorf("a file in place of the folder: %v", err)
	}
}
