package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"askflow/internal/emulator"
	"askflow/internal/flow"
	"askflow/internal/source"
)

func (a *App) convertCommand() *cobra.Command {
	to := ""
	cmd := &cobra.Command{
		Use:   "convert FILE --to yaml|json",
		Short: "Turn a workflow into HubSpot's v4 JSON, or into the short YAML form; nothing is lost",
		Args:  exactly(1, "one workflow file, or - for standard input"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if to == "" {
				return wrongUsage(cmd, "convert needs --to yaml or --to json")
			}
			c := converter{openAI: flow.DefaultOpenAIAction()}
			if e, err := a.open(cmd.Context()); err == nil {
				c = converter{dir: e.Portal.Dir, openAI: e.Portal.Settings.OpenAIAction, options: e.Portal.FlowOptions()}
			} else if a.portal != "" || a.demo {
				return err
			}
			return a.convert(args[0], to, c)
		},
	}
	choiceFlag(cmd, &to, "to", "", "", "the `FORM` to turn it into", "yaml", "json")
	return cmd
}

// converter is how a portal reads and writes workflows; without a portal, the defaults.
type converter struct {
	dir     string
	openAI  flow.OpenAIAction
	options []flow.Option
}

func (a *App) convert(file, to string, c converter) error {
	data, name, err := a.readInput(file, c.dir)
	if err != nil {
		return cannotRead(file, err)
	}
	f, problems := flow.Parse(name, data, c.openAI, c.options...)
	if problems.HasErrors() || f == nil {
		problems = problems.Errors()
		return &emulator.Error{Code: "invalid_file", Message: fmt.Sprintf("%s cannot be turned into %s because of %s", file, to, counted(len(problems), "error")), Exit: emulator.ExitUsage, Problems: problems}
	}
	if !a.quiet {
		for _, p := range problems {
			if p.Severity == source.SeverityWarning {
				printProblem(a.err, a.errStyle(), p)
			}
		}
	}
	out := f.JSON()
	if to == "yaml" {
		n, err := flow.ToYAML(f, c.openAI, c.options...)
		if err != nil {
			return err
		}
		if out, err = source.FormatYAML(n); err != nil {
			return err
		}
	}
	_, err = a.out.Write(out)
	return err
}

// readInput reads a file of the current folder or else of the portal, or standard input, whose form is told by its first
// character.
func (a *App) readInput(file, portalDir string) (data []byte, name string, err error) {
	if file != "-" {
		if data, err = readLimited(file); os.IsNotExist(err) && portalDir != "" && !filepath.IsAbs(file) {
			if inside, insideErr := readLimited(filepath.Join(portalDir, file)); insideErr == nil {
				data, err = inside, nil
			}
		}
		return data, filepath.ToSlash(file), err
	}
	data, err = io.ReadAll(io.LimitReader(a.in, source.MaxBytes+1)) // a byte too many is refused when it is parsed
	name = "standard-input.yaml"
	if strings.HasPrefix(strings.TrimSpace(string(data)), "{") {
		name = "standard-input.json"
	}
	return data, name, err
}

// readLimited reads a file up to what a workflow may have and one byte more.
func readLimited(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, source.MaxBytes+1))
}
