package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"askflow/internal/emulator"
	"askflow/internal/report"
)

type importOptions struct {
	replace, dry bool
	output       string
}

func (a *App) assistantsImport() *cobra.Command {
	o := &importOptions{}
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Bring exported assistants into the portal, and say what of them cannot follow",
		Long: `Bring assistants that were exported before OpenAI switched the Assistants API off (2026-08-26) into the portal: one
assistant, a list as the API returned it, an array, or JSON Lines; - reads standard input. Each becomes a file in
assistants/, unchanged. What does not work today is said, with the nearest replacement.`,
		Args: exactly(1, "one file, or - for standard input"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.importAssistants(cmd.Context(), args[0], o)
		},
	}
	cmd.Flags().BoolVar(&o.replace, "replace", false, "write over assistants that are there already")
	cmd.Flags().BoolVar(&o.dry, "dry-run", false, "say what would be written, write nothing")
	outputFlag(cmd, &o.output)
	return cmd
}

func (a *App) importAssistants(ctx context.Context, file string, o *importOptions) error {
	e, err := a.open(ctx)
	if err != nil {
		return err
	}
	data, name, err := a.readInput(file, e.Portal.Dir)
	if err != nil {
		return cannotRead(file, err)
	}
	list, err := e.ImportAssistants(name, data, o.replace, o.dry, time.Now())
	if err != nil {
		return err
	}
	if o.output != "text" {
		return show(a, o.output, listing[emulator.Imported]{name: "assistants", items: list})
	}
	style := a.style()
	for _, it := range list {
		mark, what := style.Good("✓"), it.File
		if it.Skipped != "" {
			mark, what = style.Warn("–"), "left out: "+it.Skipped
		} else if o.dry {
			what = "would be written to " + it.File
		}
		_, _ = fmt.Fprintf(a.out, "%s %s %s: %s\n", mark, style.Head(report.Safe(it.Name)), style.Faint("("+report.Safe(it.ID)+")"), report.Safe(what))
		for _, lost := range it.Lost {
			for i, line := range report.Wrap(report.Safe(lost), style.Width-6) {
				lead := "    "
				if i == 0 {
					lead = "  " + style.Warn("!") + " "
				}
				_, _ = fmt.Fprintf(a.out, "%s%s\n", lead, line)
			}
		}
	}
	a.note("Next: %s", a.errStyle().Link("emulator assistants list"+a.again()))
	return nil
}
