package suite

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
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

// Current is the prompt variant that leaves the workflow as it is.
const Current = "current"

// PromptsDir is the folder of a portal that holds prompt variants.
const PromptsDir = "prompts"

// variant is the workflow with other prompts, or another workflow in its place.
type variant struct {
	e       *emulator.Emulator
	flow    *flow.Flow
	prompts map[string]string
	// scorer is nil beside problems with errors.
	scorer   *prompttest.Scorer
	problems source.Problems
}

// variant makes a combination of prompts ready: by step, what takes the place of each.
func (p *Plan) variant(names map[string]string, opt *Options) (*variant, error) {
	v := &variant{e: p.e, flow: p.flow, prompts: map[string]string{}}
	for _, step := range slices.Sorted(maps.Keys(names)) {
		if err := v.take(step, names[step]); err != nil {
			key := "prompt"
			if step != "" {
				key += "@" + step
			}
			at, ok := p.written(opt, key, names[step])
			if !ok {
				return nil, err
			}
			v.problems = append(source.Problems{problemOf(p.test, at, err)}, emulator.AsError(err).Problems...)
			return v, nil
		}
	}
	f, err := v.e.WithPrompts(v.flow, v.prompts)
	if err != nil {
		if _, v.problems = p.compile(v.e, v.flow); v.problems.HasErrors() { // it knows where the step is named
			return v, nil
		}
		return nil, err
	}
	v.scorer, v.problems = p.compile(v.e, f)
	return v, nil
}

// take lays one prompt, or a whole workflow, over the test's.
func (v *variant) take(step, name string) error {
	switch {
	case name == Current || name == "":
		return nil
	case isWorkflowFile(name):
		return v.overlay(name)
	}
	text, err := promptText(v.e, name)
	v.prompts[step] = text
	return err
}

func isWorkflowFile(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return false
}

// overlay puts a second workflow file in the place of the test's.
func (v *variant) overlay(name string) error {
	if f, err := v.e.Portal.Workflow(name); err == nil {
		v.flow = f
		return nil
	}
	if !filepath.IsLocal(name) {
		return usage("unknown_prompt", "name it relative to the portal folder", "the prompt variant %s lies outside of the portal", name)
	}
	file := path.Clean(filepath.ToSlash(name))
	data, err := v.e.Portal.Read(file)
	if err != nil {
		return err
	}
	q, f, problems := v.e.Portal.WithWorkflow(file, data)
	if f == nil || problems.HasErrors() {
		return &emulator.Error{Code: "invalid_portal", Message: "the prompt variant " + file + " cannot be used", Problems: problems.Errors(), Exit: emulator.ExitUsage}
	}
	v.e, v.flow = v.e.WithPortal(q), f
	return nil
}

// promptEndings are those of prompt files, in the order in which a name is looked up.
var promptEndings = [...]string{"", ".md", ".txt"}

// promptText reads a prompt variant: a file under prompts/, named with or without its ending.
func promptText(e *emulator.Emulator, name string) (string, error) {
	if !filepath.IsLocal(name) {
		return "", usage("unknown_prompt", "name a file under "+PromptsDir+"/", "the prompt variant %q lies outside of the folder %s/", name, PromptsDir)
	}
	short := strings.TrimPrefix(filepath.ToSlash(name), PromptsDir+"/")
	for _, ending := range promptEndings {
		data, err := e.Portal.Read(PromptsDir + "/" + short + ending)
		switch {
		case err == nil:
			return strings.TrimSuffix(strings.ReplaceAll(strings.TrimPrefix(string(data), "\ufeff"), "\r\n", "\n"), "\n"), nil
		case !errors.Is(err, fs.ErrNotExist) && !isFolder(e, short):
			return "", err
		}
	}
	names := promptNames(e)
	hint := "there are: " + strings.Join(append([]string{Current}, names...), ", ")
	if len(names) == 0 {
		hint = "write it into " + PromptsDir + "/" + short + ".md, or name a second workflow file"
	} else if near := source.Nearest(short, names); near != "" {
		hint = fmt.Sprintf("did you mean %s? %s", near, hint)
	}
	return "", usage("unknown_prompt", hint, "there is no prompt variant %q: the folder %s/ has no such file", name, PromptsDir)
}

func isFolder(e *emulator.Emulator, name string) bool {
	info, err := os.Stat(filepath.Join(e.Portal.Dir, PromptsDir, filepath.FromSlash(name)))
	return err == nil && info.IsDir()
}

// promptNames are the variants under prompts/, without their endings.
func promptNames(e *emulator.Emulator) []string {
	entries, err := os.ReadDir(filepath.Join(e.Portal.Dir, PromptsDir))
	if err != nil {
		return nil
	}
	var names []string
	for _, entry := range entries {
		if name := entry.Name(); !entry.IsDir() && !strings.HasPrefix(name, ".") {
			names = append(names, strings.TrimSuffix(strings.TrimSuffix(name, ".md"), ".txt"))
		}
	}
	slices.Sort(names)
	return names
}
