package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"askflow/internal/assistant"
	"askflow/internal/emulator"
	"askflow/internal/source"
)

func (a *App) assistantsImport() *cobra.Command {
	return &cobra.Command{
		Use:   "import FILE",
		Short: "Take assistants over from OpenAI: one of them, or a listing, as the Assistants API returned it",
		Long: `Take assistants over from OpenAI: one of them, or a listing, as the Assistants API returned it (- reads standard input).
Each becomes a file in assistants/. Nothing is overwritten; when one cannot be taken over, none is.`,
		Args: exactly(1, "one file, or - for standard input"),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			return a.importAssistants(e, args[0])
		},
	}
}

// imported is an assistant and the file that it becomes.
type imported struct {
	assistant *assistant.Assistant
	node      *source.Node
	file      string
}

func (a *App) importAssistants(e *emulator.Emulator, file string) error {
	data, name, err := a.readInput(file, "")
	if err != nil {
		return cannotRead(file, err)
	}
	parse := source.ParseYAML
	if strings.HasSuffix(name, ".json") {
		parse = source.ParseJSON
	}
	n, problems := parse(name, data)
	if problems.HasErrors() {
		return notImported(file, problems)
	}
	list, problems := assistantsIn(name, n)
	if problems.HasErrors() {
		return notImported(file, problems)
	}
	if err := place(e, list); err != nil {
		return err
	}
	for i, it := range list {
		if err := writeNew(filepath.Join(e.Portal.Dir, filepath.FromSlash(it.file)), source.FormatJSON(it.node)); err != nil {
			for _, made := range list[:i] {
				_ = os.Remove(filepath.Join(e.Portal.Dir, filepath.FromSlash(made.file)))
			}
			return &emulator.Error{Code: "cannot_write", Message: fmt.Sprintf("%s cannot be written: %v", it.file, reasonOf(err)), Hint: "check who may write there, and the space left", Exit: emulator.ExitUsage, Cause: err}
		}
	}
	if !a.quiet {
		a.printProblems(a.err, a.errStyle(), problems)
	}
	for _, it := range list {
		a.note("%s is in %s now.", oneLine(it.assistant.Name), it.file)
	}
	a.note("Next: %s", a.errStyle().Link("emulator assistants list"+a.again()))
	return nil
}

// assistantsIn finds the assistants of a file: one, a list, or OpenAI's listing.
func assistantsIn(name string, n *source.Node) ([]imported, source.Problems) {
	nodes := []*source.Node{n}
	switch {
	case n != nil && n.Kind == source.Array:
		nodes = n.Items
	case n != nil && n.Kind == source.Object && n.Get("data") != nil && n.Get("data").Kind == source.Array:
		nodes = n.Get("data").Items
	}
	var out []imported
	var problems source.Problems
	for _, node := range nodes {
		found, more := assistant.ReadAssistant(name, node, false)
		problems = append(problems, more...)
		if found != nil {
			out = append(out, imported{assistant: found, node: node})
		}
	}
	if len(out) == 0 && !problems.HasErrors() {
		problems = append(problems, source.Problem{Severity: source.SeverityError, Code: "empty_file", File: name, Message: "there is no assistant in it"})
	}
	return out, problems
}

// place gives each assistant its file, and refuses those whose id or file is taken.
func place(e *emulator.Emulator, list []imported) error {
	ids, files := map[string]string{}, map[string]bool{}
	for _, there := range e.Portal.Assistants {
		ids[there.ID] = there.File
	}
	for i := range list {
		it := &list[i]
		if other := ids[it.assistant.ID]; other != "" {
			return &emulator.Error{Code: "would_overwrite", Exit: emulator.ExitUsage, Message: fmt.Sprintf("the assistant %q is there already, in %s; nothing was taken over", it.assistant.ID, other),
				Hint: "delete that file first, or take the assistant out of the listing"}
		}
		it.file = path.Join("assistants", fileName(it.assistant)+".json")
		if files[strings.ToLower(it.file)] {
			it.file = path.Join("assistants", fileName(&assistant.Assistant{Name: it.assistant.Name + " " + it.assistant.ID})+".json")
		}
		if _, err := os.Lstat(filepath.Join(e.Portal.Dir, filepath.FromSlash(it.file))); err == nil {
			return &emulator.Error{Code: "would_overwrite", Exit: emulator.ExitUsage, Message: fmt.Sprintf("the portal has %s already; nothing was taken over", it.file), Hint: "move the file away"}
		}
		ids[it.assistant.ID], files[strings.ToLower(it.file)] = it.file, true
	}
	return nil
}

// fileName is an assistant's name as files are named on every system; its id where no letter is left.
func fileName(s *assistant.Assistant) string {
	for _, text := range []string{s.Name, s.ID} {
		words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
		name := strings.Join(words, "-")
		if len(name) > 60 {
			name = strings.TrimRight(name[:60], "-")
		}
		if name != "" {
			return name
		}
	}
	return "assistant"
}

// writeNew writes a file that must not exist yet, whole or not at all.
func writeNew(file string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(file)
	}
	return err
}

func notImported(file string, problems source.Problems) error {
	errs := problems.Errors()
	return &emulator.Error{Code: "invalid_file", Message: fmt.Sprintf("%s cannot be taken over because of %s", file, counted(len(errs), "error")), Exit: emulator.ExitUsage, Problems: errs}
}

// cannotRead is the error for a file named on the command line that cannot be read.
func cannotRead(file string, err error) error {
	return &emulator.Error{Code: "unreadable", Message: fmt.Sprintf("%s cannot be read: %v", file, reasonOf(err)), Hint: "check its name and who may read it", Exit: emulator.ExitUsage, Cause: err}
}

// reasonOf is what the system says, without the path that the sentence around it names already.
func reasonOf(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}
