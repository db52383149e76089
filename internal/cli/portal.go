package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"askflow/internal/emulator"
	"askflow/internal/portal"
	"askflow/internal/source"
	"askflow/internal/suite"
)

func (a *App) initCommand() *cobra.Command {
	from := ""
	cmd := &cobra.Command{
		Use:   "init DIR",
		Short: "Make a portal folder",
		Args:  exactly(1, "one folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(args[0]) == "" {
				u := wrongUsage(cmd, "init takes a folder, and %q names none", args[0])
				u.hint = "emulator init . makes the current folder a portal"
				return u
			}
			if a.demo || a.portal != "" {
				return wrongUsage(cmd, "init makes a new portal; --portal and --demo name one that exists")
			}
			if err := portal.Init(args[0], from); err != nil {
				return err
			}
			a.note("%s is a portal now.", quote(args[0]))
			a.note("Next: %s", a.errStyle().Link(fmt.Sprintf("emulator run %s --portal %s", firstWorkflow(cmd.Context(), args[0]), quote(args[0]))))
			return nil
		},
	}
	choiceFlag(cmd, &from, "from", "", "empty", "the `TEMPLATE` to start with", portal.Templates()...)
	return cmd
}

// firstWorkflow is the one to try first in a new portal.
func firstWorkflow(ctx context.Context, dir string) string {
	p, err := portal.Load(ctx, dir, portal.Options{})
	if err != nil || len(p.Flows) == 0 {
		return "WORKFLOW"
	}
	for _, f := range p.Flows {
		if f.FileName == "lead-qualification" {
			return f.FileName
		}
	}
	return quote(p.Flows[0].FileName)
}

func (a *App) validateCommand() *cobra.Command {
	output := ""
	cmd := &cobra.Command{
		Use:   "validate [FILE…]",
		Short: "Check the portal, or workflow files: what is wrong where, why, and what to do",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.validate(cmd.Context(), args, output)
		},
	}
	outputFlag(cmd, &output)
	return cmd
}

func (a *App) validate(ctx context.Context, files []string, output string) error {
	e, err := a.open(ctx)
	if err != nil {
		return err
	}
	var problems source.Problems
	if len(files) == 0 {
		if problems, err = e.Validate(ctx); err != nil {
			return err
		}
		tests, err := suite.Validate(ctx, e)
		if err != nil {
			return err
		}
		problems = append(problems, tests...)
		problems.Sort()
	}
	for _, f := range files {
		if err := workflowFile(e, f); err != nil {
			return err
		}
		found, err := e.ValidateFlow(ctx, f)
		if err != nil {
			return err
		}
		problems = append(problems, found...)
	}
	if problems.HasErrors() {
		a.exit = emulator.ExitUsage
	}
	switch output {
	case "json":
		if problems == nil {
			problems = source.Problems{}
		}
		return writeJSON(a.out, map[string]any{"problems": problems})
	case "jsonl":
		for _, p := range problems {
			if err := writeJSONLine(a.out, p); err != nil {
				return err
			}
		}
		return nil
	}
	for _, p := range problems {
		printProblem(a.out, a.style(), p)
	}
	errs := len(problems.Errors())
	switch {
	case len(problems) == 0:
		a.note("%s", a.errStyle().Good("Everything is in order."))
	case errs == 0:
		a.note("%s", a.errStyle().Good(fmt.Sprintf("No errors; %s worth reading.", counted(len(problems), "finding"))))
	case errs == len(problems):
		a.note("%s", a.errStyle().Bad(counted(errs, "error")+"."))
	default:
		a.note("%s", a.errStyle().Bad(counted(errs, "error")+", "+counted(len(problems)-errs, "other finding")+"."))
	}
	return nil
}

// workflowFile refuses a file that cannot be a workflow: the others are checked with the portal.
func workflowFile(e *emulator.Emulator, file string) error {
	refused := func(what string) error {
		return &emulator.Error{Code: "usage", Exit: emulator.ExitUsage, Message: fmt.Sprintf("validate FILE takes workflows only, and %s %s", file, what),
			Hint: "emulator validate without a file checks everything in the portal, records and responses too"}
	}
	if abs, err := filepath.Abs(file); err == nil {
		if in, err := filepath.Rel(e.Portal.Dir, abs); err == nil {
			in = filepath.ToSlash(in)
			for _, folder := range []string{"assistants", "records", "recordings", "responses", "tests"} {
				if strings.HasPrefix(in, folder+"/") {
					return refused("lies in " + folder + "/")
				}
			}
			if in == portal.FileName {
				return refused("is the portal's own file")
			}
		}
	}
	switch ext := strings.ToLower(filepath.Ext(file)); ext {
	case ".yaml", ".yml", ".json":
		return nil
	default:
		return refused("is no .yaml, .yml or .json file")
	}
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
