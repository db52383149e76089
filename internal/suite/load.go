// Package suite runs a portal's prompt tests: every cell of a matrix, repeat by repeat, over the records that a test wants; asks
// judges; adds up what came out; holds it against an earlier run; and does it again when a file is saved.
package suite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"askflow/internal/emulator"
	"askflow/internal/flow"
	"askflow/internal/portal"
	"askflow/internal/prompttest"
	"askflow/internal/source"
)

// Loaded is a test file that was read.
type Loaded struct {
	*prompttest.Test
	Source   []byte
	Problems source.Problems
}

// Load reads the tests of a portal, files in name order. What is wrong in them is in their Problems; the error is for a folder
// that cannot be read. A file that another test names, such as a schema or records, is no test.
func Load(e *emulator.Emulator) ([]*Loaded, error) {
	files, err := testFiles(filepath.Join(e.Portal.Dir, prompttest.DirName))
	if err != nil {
		return nil, &emulator.Error{Code: "unreadable", Message: fmt.Sprintf("the tests cannot be read: %v", err), Hint: "check who may read the folder tests/", Exit: emulator.ExitUsage, Cause: err}
	}
	var out []*Loaded
	named := map[string]bool{}
	for _, file := range files {
		t := read(e, file)
		out = append(out, t)
		texts(t.Node, func(text string) { named[path.Clean(text)] = true })
	}
	out = slices.DeleteFunc(out, func(t *Loaded) bool { return named[t.File] && t.Workflow == "" && t.Problems.HasErrors() })
	first := map[string]string{}
	for _, t := range out {
		if other, twice := first[t.Name]; twice {
			t.Problems = append(t.Problems, source.Problem{Severity: source.SeverityError, Code: "duplicate_test", File: t.File, Line: 1, Col: 1,
				Message: fmt.Sprintf("%s is a test of the same name", other), Hint: "rename one of the files"})
		}
		first[t.Name] = t.File
	}
	return out, nil
}

// testFiles lists the files below tests/ that may be tests, relative to the portal folder; none where there is no such folder.
func testFiles(dir string) ([]string, error) {
	root, err := filepath.EvalSymlinks(dir) // the folder itself may be a link; links in it that lead to folders are not followed
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []string
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == root && !d.IsDir():
			return fmt.Errorf("%s is a file, and should be a folder", prompttest.DirName)
		case name != root && portal.Ignored(d.Name()):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir() || !isTest(name):
			return nil
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		out = append(out, prompttest.DirName+"/"+filepath.ToSlash(rel))
		return nil
	})
	slices.Sort(out)
	return out, err
}

// isTest tells a test from what tests read, such as schemas: YAML always is one, JSON when it names a workflow and what is expected.
func isTest(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".yaml", ".yml":
		return true
	case ".json":
		data, err := os.ReadFile(name)
		has := func(key string) bool { return bytes.Contains(data, []byte(`"`+key+`"`)) }
		return err != nil || has("workflow") && (has("cases") || has("each")) // what cannot be read is told
	}
	return false
}

func read(e *emulator.Emulator, file string) *Loaded {
	data, err := e.Portal.Read(file)
	if err != nil {
		known := emulator.AsError(err)
		return &Loaded{Test: &prompttest.Test{File: file, Name: nameOf(file)}, Problems: source.Problems{{Severity: source.SeverityError, Code: known.Code, File: file, Message: known.Message, Hint: known.Hint}}}
	}
	t, problems := prompttest.Read(file, data)
	if t == nil {
		t = &prompttest.Test{File: file}
	}
	t.Name = nameOf(file)
	return &Loaded{Test: t, Source: data, Problems: problems}
}

// texts calls fn with every text in a tree.
func texts(n *source.Node, fn func(string)) {
	if n == nil {
		return
	}
	if n.Kind == source.String {
		fn(n.Text)
	}
	for i := range n.Members {
		texts(n.Members[i].Value, fn)
	}
	for _, it := range n.Items {
		texts(it, fn)
	}
}

// nameOf is what a test is called: its file below tests/ without the ending.
func nameOf(file string) string {
	name := strings.TrimPrefix(file, prompttest.DirName+"/")
	return strings.TrimSuffix(name, path.Ext(name))
}

// Select picks the tests that names mean: a test's name, its file, or a workflow, all of whose tests are meant. None means all.
func Select(e *emulator.Emulator, all []*Loaded, names []string) ([]*Loaded, error) {
	if len(all) == 0 {
		return nil, usage("no_tests", "write one: docs/formats.md shows how, emulator test --demo what it looks like", "the portal has no tests: the folder %s/ holds no .yaml file", prompttest.DirName)
	}
	if len(names) == 0 {
		return all, nil
	}
	picked := map[*Loaded]bool{}
	for _, name := range names {
		found := selectOne(e, all, name)
		if len(found) == 0 {
			return nil, unknownTest(e, all, name)
		}
		for _, t := range found {
			picked[t] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(t *Loaded) bool { return !picked[t] }), nil
}

func selectOne(e *emulator.Emulator, all []*Loaded, name string) []*Loaded {
	slash := path.Clean(filepath.ToSlash(name))
	here, _ := filepath.Abs(name)
	for _, t := range all {
		if t.Name == name || t.File == slash || here == filepath.Join(e.Portal.Dir, filepath.FromSlash(t.File)) {
			return []*Loaded{t}
		}
	}
	var out []*Loaded
	for _, t := range all {
		if path.Base(t.File) == name || path.Base(t.Name) == name {
			out = append(out, t)
		}
	}
	if len(out) > 0 {
		return out
	}
	f, err := e.Portal.Workflow(name)
	if err != nil {
		return nil
	}
	for _, t := range all {
		if of, err := e.Portal.Workflow(t.Workflow); err == nil && of == f {
			out = append(out, t)
		}
	}
	return out
}

func unknownTest(e *emulator.Emulator, all []*Loaded, name string) error {
	var names []string
	for _, t := range all {
		names = append(names, t.Name)
	}
	hint := "there are: " + strings.Join(names[:min(len(names), 20)], ", ")
	if f, err := e.Portal.Workflow(name); err == nil {
		return usage("unknown_test", hint, "the workflow %s has no test", f.FileName)
	}
	if _, err := os.Stat(name); err == nil {
		hint = fmt.Sprintf("tests lie in the folder %s/ of the portal; %s", prompttest.DirName, hint)
	} else if near := source.Nearest(name, names); near != "" {
		hint = fmt.Sprintf("did you mean %s? %s", near, hint)
	}
	return usage("unknown_test", hint, "there is no test %q", name)
}

// Validate reads and checks all tests of a portal without running them.
func Validate(ctx context.Context, e *emulator.Emulator) (source.Problems, error) {
	all, err := Load(e)
	if err != nil {
		return nil, err
	}
	var problems source.Problems
	for _, t := range all {
		p := &Plan{e: e, test: t}
		found, err := p.prepare(ctx, &Options{})
		problems = append(problems, found...)
		if err != nil && emulator.AsError(err).Code != "invalid_portal" { // validate tells of the portal's own files anyway
			problems = append(problems, problemOf(t, t.WorkflowPos, err))
		}
	}
	problems.Sort()
	return problems, ctx.Err()
}

// problemOf lays an error that something in a test caused at the place of it.
func problemOf(t *Loaded, at source.Pos, err error) source.Problem {
	known := emulator.AsError(err)
	return source.Problem{Severity: source.SeverityError, Code: known.Code, File: t.File, Line: at.Line, Col: at.Col, Message: known.Message, Hint: known.Hint}
}

func usage(code, hint, format string, args ...any) *emulator.Error {
	return &emulator.Error{Code: code, Message: fmt.Sprintf(format, args...), Hint: hint, Exit: emulator.ExitUsage}
}

// invalid is the error for tests that cannot run as written.
func invalid(problems source.Problems) *emulator.Error {
	broken := problems.Errors()
	files := map[string]bool{}
	for _, p := range broken {
		files[p.File] = true
	}
	what := fmt.Sprintf("%d errors", len(broken))
	if len(broken) == 1 {
		what = "1 error"
	}
	name := "the tests have"
	if len(files) == 1 {
		name = broken[0].File + " has"
	}
	return &emulator.Error{Code: "invalid_test", Message: name + " " + what + "; nothing was run", Problems: broken, Exit: emulator.ExitUsage}
}

// flowOf is the workflow of a test.
func flowOf(e *emulator.Emulator, t *Loaded) (*flow.Flow, error) {
	return e.Portal.Workflow(t.Workflow)
}
