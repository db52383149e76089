// Package suite runs a portal's prompt tests: every cell of a matrix, repeat by repeat, over the records that a test wants; asks
// judges; adds up what came out; holds it against an earlier run; and does it again when a file is saved.
package suite

import (
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
// that cannot be read.
func Load(e *emulator.Emulator) ([]*Loaded, error) {
	dir := filepath.Join(e.Portal.Dir, prompttest.DirName)
	var out []*Loaded
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && name == dir && errors.Is(err, fs.ErrNotExist):
			return fs.SkipAll
		case err != nil:
			return err
		case d.IsDir() && name != dir && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.IsDir() || !isTest(d.Name()):
			return nil
		}
		rel, err := filepath.Rel(e.Portal.Dir, name)
		if err != nil {
			return err
		}
		out = append(out, read(e, filepath.ToSlash(rel)))
		return nil
	})
	if err != nil {
		return nil, &emulator.Error{Code: "unreadable", Message: fmt.Sprintf("the tests cannot be read: %v", err), Hint: "check who may read the folder tests/", Exit: emulator.ExitUsage, Cause: err}
	}
	slices.SortFunc(out, func(a, b *Loaded) int { return strings.Compare(a.File, b.File) })
	return out, nil
}

func isTest(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".yaml", ".yml", ".json":
		return !strings.HasPrefix(name, ".")
	}
	return false
}

func read(e *emulator.Emulator, file string) *Loaded {
	data, err := e.Portal.Read(file)
	if err != nil {
		t := &prompttest.Test{File: file, Name: nameOf(file)}
		return &Loaded{Test: t, Problems: source.Problems{{Severity: source.SeverityError, Code: "unreadable", File: file, Message: "the file cannot be read", Hint: "check who may read it"}}}
	}
	t, problems := prompttest.Read(file, data)
	if t == nil {
		t = &prompttest.Test{File: file, Name: nameOf(file)}
	}
	return &Loaded{Test: t, Source: data, Problems: problems}
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
		if t.Name == name || t.File == slash || path.Base(t.File) == name || here == filepath.Join(e.Portal.Dir, filepath.FromSlash(t.File)) {
			return []*Loaded{t}
		}
	}
	f, err := e.Portal.Workflow(name)
	if err != nil {
		return nil
	}
	var out []*Loaded
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
		p := &plan{e: e, test: t}
		found, err := p.prepare(ctx, &Options{})
		problems = append(problems, found...)
		if err != nil {
			problems = append(problems, problemOf(t, err)...)
		}
	}
	problems.Sort()
	return problems, ctx.Err()
}

// problemOf lays an error that a test's head caused at the place of it.
func problemOf(t *Loaded, err error) source.Problems {
	known := emulator.AsError(err)
	if known.Code == "invalid_portal" { // validate tells of the portal's own files anyway
		return nil
	}
	return source.Problems{{Severity: source.SeverityError, Code: known.Code, File: t.File, Line: t.WorkflowPos.Line, Col: t.WorkflowPos.Col, Message: known.Message, Hint: known.Hint}}
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
