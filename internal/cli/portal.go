package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"askflow/internal/emulator"
	"askflow/internal/portal"
	"askflow/internal/source"
)

// exactly demands a number of arguments, in words.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usageError{fmt.Errorf("%s takes %s, but %d arguments were given", cmd.CommandPath(), what, len(args))}
		}
		return nil
	}
}

func (a *App) initCommand() *cobra.Command {
	from := ""
	cmd := &cobra.Command{
		Use:   "init DIR",
		Short: "Make a portal folder",
		Args:  exactly(1, "one folder"),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := portal.Init(args[0], from); err != nil {
				return err
			}
			first := "welcome"
			if from == "demo" {
				first = "lead-qualification"
			}
			a.note("%s is a portal now.", quote(args[0]))
			a.note("Next: %s", a.errStyle().Link(fmt.Sprintf("emulator run %s --portal %s", first, quote(args[0]))))
			return nil
		},
	}
	cmd.Flags().StringVar(&from, "from", "empty", "what to start with: demo or empty")
	return cmd
}

func (a *App) validateCommand() *cobra.Command {
	output := ""
	cmd := &cobra.Command{
		Use:   "validate [FILE…]",
		Short: "Check the portal, or workflow files: what is wrong where, why, and what to do",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkOutput(output); err != nil {
				return err
			}
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
	}
	for _, f := range files {
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
	default:
		a.note("%s", a.errStyle().Bad(counted(errs, "error")+", "+counted(len(problems)-errs, "other finding")+"."))
	}
	return nil
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// completeWorkflows offers the portal's workflows to the shell.
func (a *App) completeWorkflows(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	e, err := a.open(cmd.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, f := range e.Portal.Flows {
		names = append(names, f.FileName+"\t"+strings.ReplaceAll(f.Name, "\n", " "))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeRuns offers the stored runs.
func (a *App) completeRuns(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	names := []string{"last"}
	e, err := a.open(cmd.Context())
	if err != nil {
		return names, cobra.ShellCompDirectiveNoFileComp
	}
	reader, err := e.Reader(cmd.Context())
	if err != nil {
		return names, cobra.ShellCompDirectiveNoFileComp
	}
	defer func() { _ = reader.Close() }()
	runs, _ := reader.Runs(cmd.Context())
	for _, r := range runs {
		names = append(names, r.ID)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
