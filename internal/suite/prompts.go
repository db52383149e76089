package suite

import (
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

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
	// from are the files that the prompts come from, by step.
	from map[string]promptPlace
	// second is the workflow file that stands in the place of the test's; "" for none. outside tells that it is no workflow of the portal.
	second  string
	outside bool
	// scorer is nil beside problems with errors.
	scorer   *prompttest.Scorer
	problems source.Problems
}

// promptPlace is where the text of a prompt comes from: a file that holds nothing else, or a place in a workflow file.
type promptPlace struct {
	file string
	pos  source.Pos
}

// variant makes a combination of prompts ready: by step, what takes the place of each.
func (p *Plan) variant(names map[string]string, opt *Options) (*variant, error) {
	v := &variant{e: p.e, flow: p.flow, prompts: map[string]string{}, from: map[string]promptPlace{}}
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
			known := emulator.AsError(err)
			for _, m := range p.test.Node.Get("matrix").Members {
				if m.Key == key && (known.Code == "unknown_step" || known.Code == "name_the_step") {
					at = m.KeyPos
				}
			}
			v.problems = append(source.Problems{problemOf(p.test, at, err)}, known.Problems...)
			return v, nil
		}
	}
	f, err := v.e.WithPrompts(v.flow, v.prompts)
	if err != nil {
		return nil, err
	}
	if v.scorer, v.problems = p.compile(v.e, f); v.second != "" {
		for i := range v.problems {
			v.problems[i].Message = "with " + v.second + ": " + v.problems[i].Message
		}
	}
	return v, v.check(p.survey)
}

// check looks at what a run would only find when it comes to the variant: the prompts, and a workflow that the portal does not have.
func (v *variant) check(of *emulator.Survey) error {
	if v.outside {
		v.problems = append(v.problems, v.e.CheckWorkflow(of, v.flow)...)
	}
	if len(v.prompts) == 0 {
		return nil
	}
	found, err := v.e.CheckPrompts(of, v.flow, v.prompts)
	if err != nil {
		return err
	}
	for step, problems := range found {
		at := v.from[step]
		for _, problem := range problems {
			if problem.File = at.file; at.pos.Line > 0 {
				problem.Line, problem.Col = at.pos.Line, at.pos.Col
			}
			v.problems = append(v.problems, problem)
		}
	}
	return nil
}

// take lays one prompt, or a whole workflow, over the test's.
func (v *variant) take(step, name string) error {
	second := isWorkflowFile(name)
	if second && step == "" {
		return v.overlay(name)
	}
	current := name == Current || name == ""
	if current && step == "" {
		return nil
	}
	if _, err := v.e.Prompt(v.flow, step); err != nil && emulator.AsError(err).Code != "no_prompt" { // a step without one may be given one
		return err
	}
	switch {
	case current:
		return nil
	case second:
		e, f, _, err := secondWorkflow(v.e, name)
		if err != nil {
			return err
		}
		n, err := e.Prompt(f, step)
		if err != nil {
			return err
		}
		v.prompts[step], v.from[step] = n.Text, promptPlace{f.File, n.Pos}
		return nil
	}
	text, file, err := promptText(v.e, name)
	v.prompts[step], v.from[step] = text, promptPlace{file: file}
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
	e, f, outside, err := secondWorkflow(v.e, name)
	if err != nil {
		return err
	}
	v.e, v.flow, v.outside, v.second = e, f, outside, f.File
	return nil
}

// secondWorkflow finds a workflow file: one of the portal's, or one that lies elsewhere in its folder, which is laid over the portal.
func secondWorkflow(e *emulator.Emulator, name string) (over *emulator.Emulator, f *flow.Flow, outside bool, err error) {
	if f, err := e.Portal.Workflow(name); err == nil {
		return e, f, false, nil
	}
	if !filepath.IsLocal(name) {
		return nil, nil, false, usage("unknown_prompt", "name it relative to the portal folder", "the prompt variant %s lies outside of the portal", name)
	}
	file := path.Clean(filepath.ToSlash(name))
	data, err := readInside(e, file)
	if err != nil {
		return nil, nil, false, err
	}
	q, f, problems := e.Portal.WithWorkflow(file, data)
	if f == nil || problems.HasErrors() {
		return nil, nil, false, &emulator.Error{Code: "invalid_portal", Message: "the prompt variant " + file + " cannot be used", Problems: problems.Errors(), Exit: emulator.ExitUsage}
	}
	return e.WithPortal(q), f, true, nil
}

// readInside reads a text file of the portal. A link that leads out of the portal folder is not followed: what is read is sent to
// OpenAI, or held against answers, and a portal is made to be passed on.
func readInside(e *emulator.Emulator, file string) ([]byte, error) {
	dir, err := filepath.EvalSymlinks(e.Portal.Dir)
	if err == nil {
		var place string
		if place, err = filepath.EvalSymlinks(filepath.Join(e.Portal.Dir, filepath.FromSlash(file))); err == nil {
			if rel, err := filepath.Rel(dir, place); err != nil || !filepath.IsLocal(rel) {
				return nil, usage("outside_portal", "put the file itself there", "the file %s is a link that leads out of the portal folder", file)
			}
		}
	}
	return e.Portal.Read(file) // what cannot be looked up cannot be read either, and it says why
}

// promptText reads a prompt variant: a file under prompts/, named with or without its ending.
func promptText(e *emulator.Emulator, name string) (text, file string, err error) {
	if !filepath.IsLocal(name) {
		return "", "", usage("unknown_prompt", "name a file under "+PromptsDir+"/", "the prompt variant %q lies outside of the folder %s/", name, PromptsDir)
	}
	short := path.Clean(strings.TrimPrefix(filepath.ToSlash(name), PromptsDir+"/"))
	if file, err = promptFile(e, short); err != nil {
		return "", "", err
	}
	if file == "" {
		return "", "", unknownPrompt(e, name, short)
	}
	data, err := readInside(e, file)
	if err != nil {
		return "", "", err
	}
	if !utf8.Valid(data) {
		return "", "", usage("not_utf8", "save it as UTF-8", "the prompt variant %s is not text in UTF-8", file)
	}
	text = strings.TrimPrefix(string(data), "\ufeff")
	return strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), file, nil
}

// promptFile finds the file of a prompt variant, "" where there is none: the one of that very name, else the one with an ending.
func promptFile(e *emulator.Emulator, short string) (string, error) {
	var found []string
	for _, ending := range []string{"", ".md", ".txt"} {
		file := PromptsDir + "/" + short + ending
		if _, err := os.Lstat(filepath.Join(e.Portal.Dir, filepath.FromSlash(file))); err != nil || isFolder(e, short+ending) {
			continue
		}
		if ending == "" {
			return file, nil
		}
		found = append(found, file)
	}
	switch len(found) {
	case 0:
		return "", nil
	case 1:
		return found[0], nil
	}
	return "", usage("ambiguous_prompt", "name it with its ending", "the prompt variant %q may be %s", short, strings.Join(found, " or "))
}

func unknownPrompt(e *emulator.Emulator, name, short string) error {
	names := promptNames(e)
	hint := "there are: " + strings.Join(append([]string{Current}, names...), ", ")
	if len(names) == 0 {
		hint = "write it into " + PromptsDir + "/" + short + ".md, or name a second workflow file"
	} else if near := source.Nearest(short, names); near != "" {
		hint = fmt.Sprintf("did you mean %s? %s", near, hint)
	}
	return usage("unknown_prompt", hint, "there is no prompt variant %q: the folder %s/ has no such file", name, PromptsDir)
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
