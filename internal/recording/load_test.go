package recording_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/recording"
	"askflow/internal/source"
)

// someKey is a key of the right form.
func someKey(n int) string {
	const letters = "abcdefghijklmnopqrstuvwxyz234567"
	b := []byte(strings.Repeat("a", 32))
	for i := 31; n > 0; i-- {
		b[i] = letters[n%32]
		n /= 32
	}
	return string(b)
}

// interaction is a line of a recordings file.
func interaction(key, prompt, answer string) string {
	return fmt.Sprintf(`{"key":%q,"recorded_at":"2026-11-23","request":{"method":"POST","path":"/v1/responses","body":{"input":%q,"model":"gpt-6-luna"}},"response":{"status":200,"headers":{"content-type":"application/json"},"body":{"created_at":0,"id":"resp_recorded","object":"response","output":[{"content":[{"text":%q,"type":"output_text"}],"role":"assistant","type":"message"}],"status":"completed"}},"usage":{"input_tokens":1,"cached_tokens":0,"output_tokens":1,"reasoning_tokens":0},"model":"gpt-6-luna"}`,
		key, prompt, answer)
}

// write makes a recordings folder of files.
func write(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "recordings")
	for name, text := range files {
		full := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestLoadTakes(t *testing.T) {
	t.Parallel()
	good := interaction(someKey(1), "a", "b")
	spaced := strings.NewReplacer(`,"`, ` ,  "`, `":`, `" : `).Replace(interaction(someKey(2), "a", "b"))
	lib := load(t, write(t, map[string]string{
		"a.jsonl":    "\xef\xbb\xbf" + good + "\r\n\n" + spaced, // a mark, Windows line ends, an empty line, no line end
		"b.JSONL":    interaction(someKey(3)+"-7", "a", "b") + "\n",
		"README.md":  "what this is",
		".hidden":    "x",
		"old.jsonl~": "x",
	}))
	if diff := cmp.Diff([]string{someKey(1), someKey(2), someKey(3) + "-7"}, lib.Keys()); diff != "" {
		t.Error(diff)
	}
	for _, key := range lib.Keys() {
		i, err := lib.Lookup(key)
		if err != nil || i.Text() != "b" || i.Key != key {
			t.Errorf("%s: %+v %v", key, i, err)
		}
	}
	if i, err := lib.Lookup(someKey(9)); i != nil || err != nil {
		t.Errorf("a key that is not there: %v %v", i, err)
	}
	files := lib.Files()
	if len(files) != 2 || files[0].Interactions != 2 || files[0].Path != "recordings/a.jsonl" || len(files[0].SHA256) != 64 {
		t.Errorf("files: %+v", files)
	}
}

func TestNoFolderIsAnEmptyOne(t *testing.T) {
	t.Parallel()
	if lib := load(t, filepath.Join(t.TempDir(), "recordings")); lib.Len() != 0 {
		t.Error(lib.Len())
	}
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	good := interaction(someKey(1), "a", "b")
	for _, test := range []struct {
		name, line string
		col        int
		says       string
	}{
		{"cut off", good[:60], 57, "not closed"},
		{"no object", `[1]`, 1, "must be an object"},
		{"more text", good + "{}", len(good) + 1, "more text"},
		{"unknown member", strings.Replace(good, `"usage"`, `"costs"`, 1), strings.Index(good, `"usage"`) + 1, `no "costs"`},
		{"member twice", strings.Replace(good, `{"key"`, `{"key":"`+someKey(1)+`","key"`, 1), 43, "stands twice"},
		{"bad key", strings.Replace(good, someKey(1), "abc", 1), 8, "no key"},
		{"key of another form", strings.Replace(good, someKey(1), strings.ToUpper(someKey(1)), 1), 8, "no key"},
		{"repeat with a zero", strings.Replace(good, someKey(1), someKey(1)+"-0", 1), 8, "no key"},
		{"bad date", strings.Replace(good, "2026-11-23", "23.11.2026", 1), strings.Index(good, `"2026-11-23"`) + 1, "date"},
		{"an error", strings.Replace(good, `"status":200`, `"status":429`, 1), strings.Index(good, `200`) + 1, "from 200 to 299"},
		{"body is text", strings.Replace(good, `"body":{"input":"a","model":"gpt-6-luna"}`, `"body":"x"`, 1), strings.Index(good, `{"input"`) + 1, "must be an object"},
		{"no response", `{"key":"` + someKey(1) + `","recorded_at":"2026-11-23","request":{"method":"POST","path":"/v1/responses","body":{}}}`, 1, `no "response"`},
		{"brackets", strings.Replace(good, `"object":"response"`, `"object":[}`, 1), strings.Index(good, `"object":"response"`) + 11, "was expected"},
		{"too deep", strings.Replace(good, `"object":"response"`, `"object":`+strings.Repeat("[", 600), 1), 0, "deeper than 500"},
		{"merge conflict", "<<<<<<< ours", 1, "merge conflict"},
		{"no UTF-8", "{\"key\":\"ä\xff\"}", 10, "0xff"},
		{"NUL", "{\x00}", 2, "NUL"},
		{"control character", "{\"key\":\"a\tb\"}", 10, "control character"},
		{"bad escape", strings.Replace(good, `"gpt-6-luna"}`, `"gpt\-6"}`, 1), 0, "no escape"},
		{"bad \\u", strings.Replace(good, `"gpt-6-luna"}`, `"gpt\u00g0"}`, 1), 0, "hexadecimal"},
		{"bad word", strings.Replace(good, `"status":"completed"`, `"status":nope`, 1), 0, "a value was expected"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			lib, problems := recording.Load(write(t, map[string]string{"x.jsonl": interaction(someKey(7), "a", "b") + "\n" + test.line + "\n"}))
			defer lib.Close()
			if len(problems) != 1 || lib.Len() != 1 {
				t.Fatalf("%d interactions, problems: %v", lib.Len(), problems)
			}
			p := problems[0]
			if p.Severity != source.SeverityError || p.File != "recordings/x.jsonl" || p.Line != 2 || test.col != 0 && p.Col != test.col || !strings.Contains(p.Message, test.says) {
				t.Errorf("%s [%s]; column %d and %q were expected", p.Error(), p.Severity, test.col, test.says)
			}
		})
	}
}

func TestTheLaterFileWins(t *testing.T) {
	t.Parallel()
	lib, problems := recording.Load(write(t, map[string]string{
		"a.jsonl": interaction(someKey(1), "q", "first") + "\n",
		"b.jsonl": interaction(someKey(1), "q", "second") + "\n" + interaction(someKey(1), "q", "third") + "\n",
		"c.csv":   "x",
	}))
	defer lib.Close()
	if problems.HasErrors() || len(problems) != 3 || problems[0].Code != "duplicate_recording" || !strings.Contains(problems[0].Message, "recordings/a.jsonl:1") || problems[2].Code != "ignored_file" {
		t.Errorf("problems: %v", problems)
	}
	if i, err := lib.Lookup(someKey(1)); err != nil || i.Text() != "third" {
		t.Errorf("%+v %v", i, err)
	}
}

func TestManyProblemsAreBounded(t *testing.T) {
	t.Parallel()
	lib, problems := recording.Load(write(t, map[string]string{"x.jsonl": strings.Repeat("nonsense\n", 50_000)}))
	defer lib.Close()
	if len(problems) != 20 || !strings.Contains(problems[19].Hint, "more") {
		t.Errorf("%d problems", len(problems))
	}
	twice := interaction(someKey(1), "a", "b") + "\n"
	lib, problems = recording.Load(write(t, map[string]string{"x.jsonl": strings.Repeat(twice, 100) + "nonsense\n"}))
	defer lib.Close()
	if len(problems) != 20 || !problems.HasErrors() {
		t.Errorf("the error is lost among %d warnings", len(problems))
	}
}

func TestAFolderInPlaceOfAFile(t *testing.T) {
	t.Parallel()
	lib, problems := recording.Load(write(t, map[string]string{"x.jsonl/inner.jsonl": ""}))
	defer lib.Close()
	if !problems.HasErrors() || problems[0].Code != "unreadable" || problems[0].Hint == "" {
		t.Errorf("problems: %v", problems)
	}
}

func TestABrokenBodyShowsWhenItIsUsed(t *testing.T) {
	t.Parallel()
	line := strings.Replace(interaction(someKey(1), "a", "b"), `"object":"response"`, `"object" "response"`, 1)
	lib := load(t, write(t, map[string]string{"x.jsonl": line}))
	if _, err := lib.Lookup(someKey(1)); err == nil || !strings.Contains(err.Error(), "recordings/x.jsonl:1") {
		t.Errorf("the error names no place: %v", err)
	}
}

func TestAFileThatChangesUnderTheLibrary(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{"x.jsonl": interaction(someKey(1), "a", "b") + "\n"})
	lib := load(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "x.jsonl"), []byte(interaction(someKey(2), "a", "b")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := lib.Lookup(someKey(1)); err == nil || !strings.Contains(err.Error(), "changed") {
		t.Errorf("another answer was taken for the recorded one: %v", err)
	}
}

// many writes a recordings file of n interactions.
func many(t testing.TB, n int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "recordings")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, "x.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	filler := strings.Repeat("The contact wrote again about the offer of last week. ", 20)
	for i := range n {
		if _, err := f.WriteString(interaction(someKey(i), fmt.Sprint(filler, i), filler) + "\n"); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A library holds where interactions stand, not the interactions.
func TestMemoryIsBounded(t *testing.T) {
	const n = 20_000
	dir := many(t, n)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	lib := load(t, dir)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if each := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) / n; each > 300 {
		t.Errorf("%d bytes are held for each interaction of 2,600", each)
	}
	if lib.Len() != n {
		t.Errorf("%d interactions", lib.Len())
	}
}

func FuzzLoad(f *testing.F) {
	good := interaction(someKey(1), "a", "b")
	for _, seed := range []string{"", good, good + "\n" + good, good[:100], strings.Replace(good, "200", "2e2", 1), "\xef\xbb\xbf" + good + "\r\n",
		"<<<<<<< ours\n" + good, `{"key":"` + someKey(1) + `-3","recorded_at":"2026-11-23","request":{},"response":{}}`, strings.Repeat("[", 600), `{"\u006bey":1}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := filepath.Join(t.TempDir(), "recordings")
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "x.jsonl"), data, 0o644); err != nil {
			t.Fatal(err)
		}
		lib, problems := recording.Load(dir)
		defer lib.Close()
		for _, p := range problems {
			if p.Message == "" || p.File == "" || p.Col < 0 {
				t.Errorf("a problem without words: %+v", p)
			}
		}
		for _, key := range lib.Keys() {
			i, err := lib.Lookup(key)
			if err != nil {
				continue
			}
			_, _ = i.Question()
			_ = i.Text()
		}
		if problems.HasErrors() || lib.Len() == 0 {
			return
		}
		// Dropping one recording leaves a library with all the others, free of problems.
		gone, _, _ := strings.Cut(lib.Keys()[0], "-")
		left := 0
		for _, key := range lib.Keys() {
			if question, _, _ := strings.Cut(key, "-"); question != gone {
				left++
			}
			if _, err := lib.Lookup(key); err != nil {
				return // prune says so and stops
			}
		}
		if _, err := recording.Prune(lib, func(key string) bool { return key != gone }, false); err != nil {
			t.Fatal(err)
		}
		again, problems := recording.Load(dir)
		defer again.Close()
		if problems.HasErrors() || again.Len() != left {
			t.Errorf("after dropping one there are %d, not %d: %v", again.Len(), left, problems)
		}
	})
}

// A line that is taken, and can be opened, is JSON from end to end.
func FuzzLine(f *testing.F) {
	good := interaction(someKey(1), "a", "b")
	for _, seed := range []string{good, good[:100], strings.Replace(good, `"status":200`, `"status":2e2`, 1), strings.Replace(good, "{}", "{]", 1), `{"key":1}`, `{"\u006bey":"x"}`, strings.Repeat("[", 600)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if recording.TakesLine(data) && !json.Valid(data) {
			t.Errorf("taken: %q", data)
		}
	})
}

func BenchmarkLoad(b *testing.B) {
	const n = 100_000
	dir := many(b, n)
	b.ReportAllocs()
	for b.Loop() {
		lib, problems := recording.Load(dir)
		if lib.Len() != n || len(problems) > 0 {
			b.Fatal(lib.Len(), problems)
		}
		_ = lib.Close()
	}
}
