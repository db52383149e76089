package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"askflow/internal/assistant"
	"askflow/internal/emulator"
	"askflow/internal/report"
)

type assistantJSON struct {
	ID              string   `json:"id"`
	Name            string   `json:"name"`
	Description     string   `json:"description,omitempty"`
	Model           string   `json:"model"`
	Temperature     *float64 `json:"temperature,omitempty"`
	TopP            *float64 `json:"topP,omitempty"`
	ReasoningEffort string   `json:"reasoningEffort,omitempty"`
	Tools           []string `json:"tools,omitempty"`
	Instructions    string   `json:"instructions"`
	File            string   `json:"file"`
	UsedBy          []string `json:"usedBy"`
}

func (a *App) assistantsCommand() *cobra.Command {
	output := ""
	cmd := &cobra.Command{Use: "assistants", Short: "List the portal's assistants, show one, or take some over from OpenAI", Args: oneOf}
	list := &cobra.Command{Use: "list", Short: "List the portal's assistants", Args: exactly(0, "nothing")}
	for _, c := range []*cobra.Command{cmd, list} {
		outputFlag(c, &output)
		c.RunE = func(cmd *cobra.Command, _ []string) error {
			e, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			return a.listAssistants(e, output)
		}
	}
	one := ""
	show := &cobra.Command{
		Use: "show ID", Short: "Show an assistant with its instructions", Args: exactly(1, "one assistant, by id or name"),
		ValidArgsFunction: a.completeAssistants,
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			found, err := e.Portal.Assistant(args[0])
			if err != nil {
				return err
			}
			return a.showAssistant(e, found, one)
		},
	}
	outputFlag(show, &one)
	cmd.AddCommand(list, show, a.assistantsImport())
	return cmd
}

func jsonOfAssistant(e *emulator.Emulator, s *assistant.Assistant) assistantJSON {
	j := assistantJSON{ID: s.ID, Name: s.Name, Description: s.Description, Model: s.Model, Temperature: s.Temperature, TopP: s.TopP,
		ReasoningEffort: s.ReasoningEffort, Tools: s.Tools, Instructions: s.Instructions, File: s.File, UsedBy: []string{}}
	for _, f := range e.Portal.Flows {
		for _, action := range f.Actions {
			if !e.Kinds.IsOpenAI(action) {
				continue
			}
			if n := action.Field(e.Kinds.OpenAI.Assistant); n != nil && (n.Text == s.ID || n.Text == s.Name) {
				j.UsedBy = append(j.UsedBy, f.FileName)
				break
			}
		}
	}
	return j
}

func (a *App) listAssistants(e *emulator.Emulator, output string) error {
	l := listing[assistantJSON]{name: "assistants", empty: "The portal has no assistants. An export of one, or a YAML file with name, model and instructions, goes into assistants/."}
	l.table = &report.Table{Head: []string{"ID", "NAME", "MODEL", "TEMPERATURE", "EFFORT", "USED BY"}, Grow: 1, Keep: map[int]bool{0: true, 2: true, 3: true, 4: true}}
	for _, s := range e.Portal.Assistants {
		j := jsonOfAssistant(e, s)
		l.items = append(l.items, j)
		l.table.Rows = append(l.table.Rows, []string{report.Safe(j.ID), report.Safe(j.Name), report.Safe(j.Model), number(j.Temperature), report.Safe(j.ReasoningEffort), report.Safe(strings.Join(j.UsedBy, ", "))})
	}
	if a.style().Width < narrow {
		l.table.Drop("TEMPERATURE", "EFFORT")
	}
	return show(a, output, l)
}

// narrow is the width of a screen from which on there is room for every column.
const narrow = 100

func number(x *float64) string {
	if x == nil {
		return ""
	}
	return fmt.Sprintf("%g", *x)
}

func (a *App) showAssistant(e *emulator.Emulator, s *assistant.Assistant, output string) error {
	j := jsonOfAssistant(e, s)
	switch output {
	case "json":
		return writeJSON(a.out, map[string]any{"assistant": j})
	case "jsonl":
		return writeJSONLine(a.out, j)
	}
	style := a.style()
	_, _ = fmt.Fprintf(a.out, "%s %s\n", style.Head(report.Safe(j.Name)), style.Faint("("+report.Safe(j.ID)+", "+report.Safe(j.File)+")"))
	report.Fields(a.out, style, []report.Field{{Label: "description", Text: j.Description}, {Label: "model", Text: j.Model}, {Label: "temperature", Text: number(j.Temperature)},
		{Label: "top_p", Text: number(j.TopP)}, {Label: "effort", Text: j.ReasoningEffort}, {Label: "tools", Text: strings.Join(j.Tools, ", ")}, {Label: "used by", Text: strings.Join(j.UsedBy, ", ")}})
	_, _ = fmt.Fprintf(a.out, "\n%s\n", style.Head("Instructions"))
	report.Text(a.out, style, j.Instructions)
	return nil
}
