package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/cli"
	"askflow/internal/source"
)

// docSection is a part of docs/json.md: the commands in its comments, its example, and the keys in its table.
type docSection struct {
	name     string
	commands [][]string
	example  string
	keys     []string
	// same are keys below which the keys of another section stand.
	same map[string]string
}

var (
	docCommand = regexp.MustCompile("^<!-- emulator (.*) -->$")
	docKey     = regexp.MustCompile("^\\| `([^`]+)` \\|(.*)\\|$")
	docLink    = regexp.MustCompile(`\(#([a-z-]+)\)`)
	// docBeside is a sentence that adds the keys of another section to a section's own.
	docBeside = regexp.MustCompile(`^Beside these .*\(#([a-z-]+)\)\.$`)
)

func readDoc(t *testing.T, file string) []docSection {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []docSection
	for _, part := range strings.Split(string(text), "\n## ")[1:] {
		name, body, _ := strings.Cut(part, "\n")
		s := docSection{name: strings.ReplaceAll(strings.ToLower(name), " ", "-"), same: map[string]string{}}
		if _, rest, ok := strings.Cut(body, "```json\n"); ok {
			s.example, _, _ = strings.Cut(rest, "```")
		}
		for _, line := range strings.Split(body, "\n") {
			if m := docCommand.FindStringSubmatch(line); m != nil {
				s.commands = append(s.commands, strings.Fields(m[1]))
			}
			if m := docKey.FindStringSubmatch(line); m != nil {
				if link := docLink.FindStringSubmatch(m[2]); link != nil {
					s.same[m[1]] = link[1]
				}
				s.keys = append(s.keys, m[1])
			}
			if m := docBeside.FindStringSubmatch(line); m != nil {
				s.same[""] = m[1]
			}
		}
		out = append(out, s)
	}
	return out
}

// keyPaths adds the keys of a JSON value: a.b[].c. Known free keys stand as *, and ** for whatever is below.
func keyPaths(v any, at string, free map[string]bool, into map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		if free[at+".*"] { // anything may stand there
			into[at+".**"] = true
			return
		}
		for k, child := range v {
			path := strings.TrimPrefix(at+"."+k, ".")
			if free[at] {
				path = at + ".*"
			}
			into[path] = true
			keyPaths(child, path, free, into)
		}
	case []any:
		for _, child := range v {
			keyPaths(child, at+"[]", free, into)
		}
	}
}

// decodeAll reads JSON values one after the other.
func decodeAll(t *testing.T, text []byte) []any {
	t.Helper()
	var out []any
	for dec := json.NewDecoder(bytes.NewReader(text)); ; {
		var v any
		err := dec.Decode(&v)
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("%v in %.200s", err, text)
		}
		out = append(out, v)
	}
}

// sample is the example of an output: its first object, lists of objects cut to their first one, the wall clock's times
// replaced.
func sample(t *testing.T, out []byte) string {
	t.Helper()
	if line, rest, ok := bytes.Cut(out, []byte("\n")); ok && bytes.HasPrefix(rest, []byte("{")) {
		out = line
	}
	n, problems := source.ParseJSON("output", out)
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	cut(n)
	text := wallTime.ReplaceAllStringFunc(string(source.FormatJSON(n)), func(s string) string {
		if strings.Contains(s, "2026-01-0") {
			return s
		}
		return wallTime.ReplaceAllString(s, `"$1": "2026-11-23T08:00:00Z"`)
	})
	return strings.TrimRight(text, "\n") + "\n"
}

func cut(n *source.Node) {
	if n.Kind == source.Array && len(n.Items) > 1 && n.Items[0].Kind == source.Object {
		n.Items = n.Items[:1]
	}
	for _, it := range n.Items {
		cut(it)
	}
	for _, m := range n.Members {
		cut(m.Value)
	}
}

// allKeys are a section's keys with those of the sections it points to, each with what says it: a key that several sections
// share by pointing to it is said once, by the section that holds it.
func allKeys(sections []docSection, s docSection) map[string]string {
	keys := map[string]string{}
	for _, k := range s.keys {
		if !strings.HasSuffix(k, "[]") {
			keys[k] = s.name + ": " + k
		}
	}
	for at, name := range s.same {
		for _, other := range sections {
			if other.name == name {
				for k, said := range allKeys(sections, other) {
					keys[strings.TrimPrefix(at+"."+k, ".")] = said
				}
			}
		}
	}
	return keys
}

// freeKeys are the keys below which names are data: * for one level, ** for whatever is below.
func freeKeys(keys map[string]string) map[string]bool {
	free := map[string]bool{}
	for k := range keys {
		if at, ok := strings.CutSuffix(k, ".*"); ok {
			free[at] = true
		}
		if at, ok := strings.CutSuffix(k, ".**"); ok {
			free[at+".*"] = true
		}
	}
	return free
}

// TestJSONDocument runs every command of docs/json.md: each documented key must come out, each key that comes out must be
// documented, and the examples are what the program prints. UPDATE_DOCS=1 writes the examples.
func TestJSONDocument(t *testing.T) {
	t.Parallel()
	file := filepath.Join("..", "..", "docs", "json.md")
	sections := readDoc(t, file)
	dir := filepath.Join(t.TempDir(), "shop")
	for _, from := range []string{"portal", "portal-more"} {
		if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", from))); err != nil {
			t.Fatal(err)
		}
	}
	came := map[string]bool{} // what says a key, and whether the key came out in one of the sections
	for _, s := range sections {
		if len(s.commands) == 0 {
			continue
		}
		keys := allKeys(sections, s)
		free, got := freeKeys(keys), map[string]bool{}
		for i, args := range s.commands {
			out := runHere(t, append(slices.Clone(args), "--portal", dir))
			for _, v := range decodeAll(t, out) {
				keyPaths(v, "", free, got)
			}
			if i == 0 && s.example != "" {
				checkExample(t, file, s, sample(t, out))
			}
		}
		for k, said := range keys {
			came[said] = came[said] || got[k]
			delete(got, k)
		}
		for k := range got {
			t.Errorf("%s: the key %s is not documented", s.name, k)
		}
	}
	for said, is := range came {
		if !is {
			t.Errorf("%s: the documented key is nowhere in the output", said)
		}
	}
}

// checkExample compares the example of a section with what the program prints; UPDATE_DOCS=1 writes it.
func checkExample(t *testing.T, file string, s docSection, want string) {
	t.Helper()
	switch {
	case want == s.example:
	case os.Getenv("UPDATE_DOCS") == "":
		t.Errorf("%s: the example is not what the program prints (UPDATE_DOCS=1 writes it): %s", s.name, cmp.Diff(s.example, want))
	default:
		replaceInFile(t, file, s.example, want)
	}
}

func replaceInFile(t *testing.T, file, from, to string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), "```json\n"+from+"```", "```json\n"+to+"```", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// runProgram runs the program in this process.
func runProgram(t *testing.T, args []string) (out, errs string, code int) {
	t.Helper()
	var outBuf, errBuf bytes.Buffer
	code = cli.New(strings.NewReader(""), &outBuf, &errBuf).Run(context.Background(), args)
	return outBuf.String(), errBuf.String(), code
}

// runHere runs the program in this process and returns what it prints.
func runHere(t *testing.T, args []string) []byte {
	t.Helper()
	out, errs, code := runProgram(t, args)
	failed := code == 1 && args[0] == "test" // tests that fail are shown, too
	if code != 0 && !failed && !slices.Contains([]int{2, 4}, code) || out == "" {
		t.Fatalf("%q: exit code %d, %s", args, code, errs)
	}
	return []byte(out)
}

// The file of --report json=FILE is what --output json prints.
func TestJSONReportIsTheOutput(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", "testdata", "demo"))); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "report.json")
	printed := runHere(t, []string{"test", "lead-qualification", "record-summary-triggers", "--portal", dir, "-o", "json", "--report", "json=" + file})
	written, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(printed), string(written)); diff != "" {
		t.Error(diff)
	}
}
