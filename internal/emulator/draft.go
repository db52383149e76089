package emulator

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"

	"askflow/internal/engine"
	"askflow/internal/source"
)

// Draft is a responses file with the questions that nobody scripted, its replies still to be written.
type Draft struct {
	// File is relative to the portal folder, with slashes; there was none of that name when the draft was made.
	File string
	Text []byte
}

// drafted are the questions that a responses file holds already, their replies still to be written.
func (e *Emulator) drafted() map[engine.MissingAnswer]bool {
	out := map[engine.MissingAnswer]bool{}
	for _, r := range e.Portal.Rules {
		if assistant, record, prompt, ok := r.Unwritten(); ok {
			out[engine.MissingAnswer{Assistant: assistant, RecordID: record, Prompt: prompt}] = true
		}
	}
	return out
}

// draft makes a responses file with one rule for each question that nobody scripted, nil when all of them stand in one already.
func (e *Emulator) draft(runID string, missing []engine.MissingAnswer) (*Draft, error) {
	sort.SliceStable(missing, func(i, j int) bool { return missing[i].Seq < missing[j].Seq })
	list := source.NewArray(source.Pos{})
	seen := e.drafted()
	for _, m := range missing {
		m.Step, m.Seq = "", 0
		if seen[m] { // one rule answers a question however often it is asked
			continue
		}
		seen[m] = true
		list.Items = append(list.Items, ruleFor(m))
	}
	if len(list.Items) == 0 {
		return nil, nil
	}
	text, err := source.FormatYAML(list)
	if err != nil {
		return nil, err
	}
	head := fmt.Sprintf("# Questions of run %s that had no scripted answer. Write the replies, then run again.\n", runID)
	return &Draft{File: e.freeDraft(runID), Text: []byte(head + string(text))}, nil
}

// ruleFor is the rule that answers a question once its reply is written.
func ruleFor(m engine.MissingAnswer) *source.Node {
	when := source.NewObject(source.Pos{})
	when.Set("assistant", source.NewString(m.Assistant, source.Pos{}))
	when.Set("record", source.NewString(m.RecordID, source.Pos{}))
	prompt := source.NewObject(source.Pos{})
	prompt.Set("equals", source.NewString(m.Prompt, source.Pos{}))
	when.Set("prompt", prompt)
	rule := source.NewObject(source.Pos{})
	rule.Set("name", source.NewString(fmt.Sprintf("%s %s", m.Assistant, m.RecordID), source.Pos{}))
	rule.Set("when", when)
	rule.Set("reply", source.NewString("", source.Pos{}))
	return rule
}

// freeDraft is the first name for a run's draft that no file has.
func (e *Emulator) freeDraft(runID string) string {
	name := fmt.Sprintf("responses/draft-%s.yaml", runID)
	for n := 2; ; n++ {
		if _, err := os.Lstat(filepath.Join(e.Portal.Dir, filepath.FromSlash(name))); err != nil {
			return name // what else is wrong with it, writing says
		}
		name = fmt.Sprintf("responses/draft-%s-%d.yaml", runID, n)
	}
}

// writeDraft writes a new file, and gives its name.
func (e *Emulator) writeDraft(runID string, d *Draft) (string, error) {
	if d == nil {
		return "", nil
	}
	if err := os.MkdirAll(filepath.Join(e.Portal.Dir, "responses"), 0o755); err != nil {
		return "", usage("cannot_write", "", "the draft cannot be written: %v", err)
	}
	for {
		err := writeNew(filepath.Join(e.Portal.Dir, filepath.FromSlash(d.File)), d.Text)
		switch {
		case errors.Is(err, fs.ErrExist): // it appeared meanwhile
			d.File = e.freeDraft(runID)
		case err != nil:
			return "", usage("cannot_write", "", "the draft cannot be written: %v", err)
		default:
			return d.File, nil
		}
	}
}

// writeNew writes a file where none is.
func writeNew(target string, text []byte) error {
	f, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		_ = os.Remove(target) // half a draft is none, and why it could not be written counts more
	}
	return err
}
