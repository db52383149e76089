package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"askflow/internal/emulator"
	"askflow/internal/prompttest"
	"askflow/internal/report"
	"askflow/internal/source"
	"askflow/internal/suite"
	"askflow/internal/testreport"
	"askflow/internal/version"
)

// share reads a share of most: 0.95, or 95 %. A percentage of 100 is most.
func share(cmd *cobra.Command, flag, text string, most float64) (*float64, error) {
	if text == "" && !cmd.Flags().Changed(flag) {
		return nil, nil
	}
	x, err := prompttest.ParseShare(text, most)
	if err != nil {
		return nil, wrongUsage(cmd, "--%s: %s", flag, err)
	}
	return &x, nil
}

// reportFile is a report that is to be written.
type reportFile struct{ format, name string }

// reportFiles reads --report, and refuses what could not be written before anything runs.
func reportFiles(cmd *cobra.Command, flags []string) ([]reportFile, error) {
	var out []reportFile
	for _, text := range flags {
		format, name, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return nil, wrongUsage(cmd, "--report: write FORMAT=FILE, not %q", text)
		}
		if !slices.Contains(testreport.Formats, format) {
			u := wrongUsage(cmd, "--report: there is no format %q", format)
			u.hint = "the formats are " + orList(testreport.Formats)
			if near := source.Nearest(format, testreport.Formats); near != "" {
				u.hint = "did you mean " + near + "?"
			}
			return nil, u
		}
		info, err := os.Stat(filepath.Dir(name))
		switch {
		case err != nil || !info.IsDir():
			return nil, cannotWrite(name, fmt.Errorf("there is no folder %s", filepath.Dir(name)))
		case slices.ContainsFunc(out, func(f reportFile) bool { return filepath.Clean(f.name) == filepath.Clean(name) }):
			return nil, wrongUsage(cmd, "--report: two reports cannot be written into %s", name)
		}
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			return nil, cannotWrite(name, errors.New("it is a folder"))
		}
		out = append(out, reportFile{format, name})
	}
	return out, nil
}

func cannotWrite(name string, err error) error {
	return &emulator.Error{Code: "cannot_write", Message: fmt.Sprintf("%s cannot be written: %v", name, reasonOf(err)), Hint: "name a file in a folder that you may write to", Exit: emulator.ExitUsage, Cause: err}
}

// writeReports writes every report, each whole or not at all, and gives those that are written.
func (a *App) writeReports(e *emulator.Emulator, files []reportFile, r *prompttest.Report) (written []reportFile, err error) {
	meta := testreport.Meta{Title: "Prompt tests", Version: version.String(), Portal: e.Portal.Settings.Name}
	for _, f := range files {
		err := writeWhole(f.name, func(w io.Writer) error { return testreport.Write(w, f.format, r, meta) })
		if err != nil {
			return written, cannotWrite(f.name, err)
		}
		written = append(written, f)
	}
	return written, nil
}

// writeWhole writes a file beside its place and then puts it there.
func writeWhole(name string, fill func(io.Writer) error) error {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() { // /dev/stdout, a pipe
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return errors.Join(filled(f, fill), f.Close())
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".askflow-*")
	if err != nil {
		return err
	}
	err = errors.Join(filled(f, fill), f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

func filled(f *os.File, fill func(io.Writer) error) error {
	w := bufio.NewWriterSize(f, 1<<16)
	if err := fill(w); err != nil {
		return err
	}
	return w.Flush()
}

// runName is what runs are called.
var runName = regexp.MustCompile(`^(r[0-9]+|last)$`)

// openBaseline finds what --baseline names: a stored run, or the file of a report.
func (a *App) openBaseline(name string) (suite.Baseline, error) {
	if name == "" {
		return nil, nil
	}
	_, err := os.Stat(name)
	if runName.MatchString(name) && err != nil {
		return &suite.StoredRun{ID: name}, nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &emulator.Error{Code: "unknown_baseline", Message: fmt.Sprintf("--baseline: there is no run and no file %q", name), Hint: "name a run (emulator runs" + a.again() + " lists them), or the file of an earlier --report json=FILE", Exit: emulator.ExitUsage}
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, cannotRead(name, err)
	}
	stored, err := testreport.ReadJSON(bufio.NewReaderSize(f, 1<<16))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, &emulator.Error{Code: "bad_baseline", Message: fmt.Sprintf("--baseline: %s is no report of a test run: %v", report.Safe(name), err), Hint: "write one with emulator test --report json=FILE", Exit: emulator.ExitUsage, Cause: err}
	}
	return &reportBaseline{name: name, stored: stored}, nil
}

// reportBaseline is the report of an earlier test run.
type reportBaseline struct {
	name   string
	stored *testreport.Stored
	tests  map[string]bool
}

// Name is the file.
func (b *reportBaseline) Name() string { return b.name }

// Open notes which tests run.
func (b *reportBaseline) Open(_ context.Context, _ *emulator.Emulator, plans []*suite.Plan) error {
	b.tests = map[string]bool{}
	for _, p := range plans {
		b.tests[p.Name()] = true
	}
	return nil
}

// Find looks a case up in the same cell.
func (b *reportBaseline) Find(k suite.Key, answer string) (suite.Key, suite.Was, bool) {
	own := testreport.StoredKey{StoredCell: testreport.StoredCell{Test: k.Test, Cell: k.Cell}, ObjectType: k.ObjectType, ID: k.Record, Case: k.Case, Repeat: k.Repeat}
	was, ok := b.stored.Cases[own]
	if !ok && b.stored.OnlyFailures[own.StoredCell] { // it lists what failed, so the rest passed
		return k, suite.Was{Passed: true, Same: true}, true
	}
	return k, suite.Was{Passed: was.Passed, Answer: was.Answer, Same: was.SameAnswer(answer)}, ok
}

// Len counts the cases of the tests that run.
func (b *reportBaseline) Len() int64 {
	n := int64(0)
	for k := range b.stored.Cases {
		if b.tests[k.Test] {
			n++
		}
	}
	return n
}
