package runs

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/service"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/ui"
)

// exportPlace is a file that results are to be written to.
type exportPlace struct {
	run, path string
	exists    bool
}

// export asks for a file and writes the run's results to it. A file that is there is only replaced after asking.
func (s *Screen) export() tea.Cmd {
	id := s.target().ID
	return ui.Open(dialog.Input(s.env, dialog.InputOptions{
		Title: "Export run " + id, Label: "File", Value: id + ".jsonl", Hint: "JSON Lines, one record a line: what emulator run --output jsonl prints. ~ is your home folder.",
		Check: func(v string) error {
			if strings.TrimSpace(v) == "" {
				return errors.New("Name a file, such as " + id + ".jsonl.")
			}
			return nil
		},
		Do: func(v string) tea.Cmd {
			return ui.Load(s.env, &s.load.export, func(context.Context) (exportPlace, error) { return placeFor(id, v) })
		}}))
}

// placeFor finds out where a file would be, and whether it is there.
func placeFor(id, typed string) (exportPlace, error) {
	path := strings.TrimSpace(typed)
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return exportPlace{}, &service.Error{Code: "cannot_write", Message: "Your home folder is not known: " + err.Error(), Hint: "write the whole path", Cause: err}
		}
		path = filepath.Join(home, rest)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return exportPlace{}, cannotWrite(typed, err)
	}
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return exportPlace{run: id, path: path}, nil
	case err != nil:
		return exportPlace{}, cannotWrite(path, err)
	case !info.Mode().IsRegular():
		return exportPlace{}, &service.Error{Code: "cannot_write", Message: path + " is no file that can be replaced.", Hint: "choose another name"}
	}
	return exportPlace{run: id, path: path, exists: true}, nil
}

func cannotWrite(path string, err error) error {
	reason := err
	var p *fs.PathError
	var l *os.LinkError
	if errors.As(err, &p) {
		reason = p.Err
	} else if errors.As(err, &l) {
		reason = l.Err
	}
	return &service.Error{Code: "cannot_write", Message: path + " cannot be written: " + reason.Error() + ".", Hint: "choose another file, in a folder that is there and can be written to", Cause: err}
}

func (s *Screen) exportChecked(msg ui.Loaded[exportPlace]) tea.Cmd {
	if msg.Of != &s.load.export || !s.load.export.Take(msg.N) {
		return nil
	}
	at := msg.Value
	switch {
	case msg.Err != nil:
		return ui.Fail(msg.Err)
	case !at.exists:
		return s.write(at)
	}
	return ui.Open(dialog.Confirm(s.env, dialog.ConfirmOptions{Title: "Replace the file", Danger: true, Yes: "replace", Text: at.path + " is there already. Its contents will be gone.",
		Do: func() tea.Cmd { return s.write(at) }}))
}

// write exports as a task.
func (s *Screen) write(at exportPlace) tea.Cmd {
	runs := s.env.Services.Runs
	return ui.Start(ui.Task{Name: "exporting run " + at.run, Run: func(ctx context.Context) (string, error) {
		err := writeFile(at.path, at.exists, func(w io.Writer) error { return runs.Export(ctx, at.run, w) })
		if err != nil {
			return "", err
		}
		return "Run " + at.run + " was written to " + at.path + ".", nil
	}})
}

// writeFile writes a file as a whole or not at all: beside its place first, then into it. Without replace, a file that has come
// there meanwhile stays.
func writeFile(path string, replace bool, fill func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return cannotWrite(path, err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // it is of no use, and the error says why
		}
	}()
	out := bufio.NewWriter(f)
	err = fill(out)
	failed := err != nil // by what is written, not by the file
	if err == nil {
		err = out.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Chmod(f.Name(), 0o644)
	}
	if err == nil {
		err = put(f.Name(), path, replace)
	}
	if err == nil || failed && service.CodeOf(err) != "" || errors.Is(err, context.Canceled) {
		return err
	}
	return cannotWrite(path, err)
}

// put moves a file to its place.
func put(from, path string, replace bool) error {
	if replace {
		return os.Rename(from, path)
	}
	err := os.Link(from, path) // which never replaces anything
	switch {
	case err == nil:
		return os.Remove(from)
	case errors.Is(err, fs.ErrExist):
		return err
	}
	// Not every file system has links. There the moment between looking and moving remains.
	if _, there := os.Lstat(path); !errors.Is(there, fs.ErrNotExist) {
		return err
	}
	return os.Rename(from, path)
}
