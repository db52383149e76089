package cli

import (
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"askflow/internal/assistant"
	"askflow/internal/hubspot"
	"askflow/internal/report"
)

// offer makes a line of a completion: a word and what it means. Names come from files, so both are made harmless.
func offer(word, meaning string) string {
	word = report.Safe(word)
	if meaning = oneLine(meaning); meaning == "" || meaning == word {
		return word
	}
	return word + "\t" + meaning
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
		names = append(names, offer(f.FileName, f.Name))
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
		names = append(names, offer(r.ID, r.Workflow.Name+", "+string(r.Status)))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeGoingOn offers values for the flags of run that say how it goes, so that no file names are offered for them.
func (a *App) completeGoingOn(cmd *cobra.Command) {
	const noFiles = cobra.ShellCompDirectiveNoFileComp
	for name, offers := range map[string]cobra.CompletionFunc{
		"resume":       a.completeRuns,
		"retry-failed": a.completeRuns,
		"clock":        cobra.FixedCompletions([]string{"skip", "real", "x60"}, noFiles),
		"concurrency":  cobra.NoFileCompletions,
	} {
		_ = cmd.RegisterFlagCompletionFunc(name, offers) // fails only for a flag that is not there
	}
}

// completeObjects offers the object types that the portal has records of.
func (a *App) completeObjects(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var names []string
	if e, err := a.open(cmd.Context()); err == nil && len(args) == 0 {
		for t := range e.Portal.RecordFiles {
			if object, known := hubspot.LookupObjectType(t); known {
				t = object.Plural
			}
			names = append(names, t)
		}
	}
	sort.Strings(names)
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeAssistants offers the portal's assistants.
func (a *App) completeAssistants(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	var names []string
	if e, err := a.open(cmd.Context()); err == nil {
		for _, s := range e.Portal.Assistants {
			names = append(names, offer(s.ID, s.Name))
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeSteps offers the steps of the workflow that was named.
func (a *App) completeSteps(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var names []string
	if e, err := a.open(cmd.Context()); err == nil && len(args) > 0 {
		f, err := e.Portal.Workflow(args[0])
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		for _, action := range f.Actions {
			names = append(names, offer(action.Display(), e.Kinds.Of(action).Label))
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completePins offers the steps of the named workflow that --pin can give a text.
func (a *App) completePins(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var names []string
	if e, err := a.open(cmd.Context()); err == nil && len(args) > 0 {
		f, err := e.Portal.Workflow(args[0])
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		for _, pin := range e.Pins(f) {
			names = append(names, offer(pin.Name+"=", pin.Label))
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// completeFlags offers values for the flags that say what is run.
func (a *App) completeFlags(cmd *cobra.Command) {
	models := func(_ *cobra.Command, _ []string, start string) ([]string, cobra.ShellCompDirective) {
		var names []string
		for _, m := range assistant.DefaultModels().All() {
			if strings.HasPrefix(m.ID, start) {
				names = append(names, m.ID)
			}
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
	const noFiles = cobra.ShellCompDirectiveNoFileComp
	for name, offers := range map[string]cobra.CompletionFunc{
		"assistant":        a.completeAssistants,
		"model":            models,
		"reasoning-effort": cobra.FixedCompletions([]string{"none", "minimal", "low", "medium", "high", "xhigh", "max"}, noFiles),
		"enroll":           cobra.FixedCompletions([]string{"matching", "all"}, noFiles),
		"pin":              a.completePins,
		"stub":             a.completeSteps,
		"now":              cobra.NoFileCompletions,
		"seed":             cobra.NoFileCompletions,
		"temperature":      cobra.NoFileCompletions,
		"max-cost":         cobra.NoFileCompletions,
	} {
		_ = cmd.RegisterFlagCompletionFunc(name, offers) // fails only for a flag that is not there
	}
}
