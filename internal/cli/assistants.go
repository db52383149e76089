package cli

import (
	"fmt"
	"strings"
	"time"

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
	cmd := &cobra.Command{Use: "assistants", Short: "List the portal's assistants, or show one", Args: exactly(0, "list or show")}
	list := &cobra.Command{Use: "list", Short: "List the portal's assistants", Args: exactly(0, "nothing")}
	for _, c := range []*cobra.Command{cmd, list} {
		outputFlag(c, &output)
		c.RunE = func(cmd *cobra.Command, _ []string) error {
			if err := checkOutput(output); err != nil {
				return err
			}
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
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkOutput(one); err != nil {
				return err
			}
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
	l.table = &report.Table{Head: []string{"ID", "NAME", "MODEL", "TEMPERATURE", "EFFORT", "USED BY"}, Grow: 1}
	for _, s := range e.Portal.Assistants {
		j := jsonOfAssistant(e, s)
		l.items = append(l.items, j)
		l.table.Rows = append(l.table.Rows, []string{report.Safe(j.ID), report.Safe(j.Name), report.Safe(j.Model), number(j.Temperature), report.Safe(j.ReasoningEffort), strings.Join(j.UsedBy, ", ")})
	}
	return show(a, output, l)
}

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
	_, _ = fmt.Fprintf(a.out, "%s %s\n", style.Head(report.Safe(j.Name)), style.Faint("("+report.Safe(j.ID)+", "+j.File+")"))
	table := report.Table{Grow: 1}
	for _, row := range [][]string{{"  description", j.Description}, {"  model", j.Model}, {"  temperature", number(j.Temperature)}, {"  top_p", number(j.TopP)},
		{"  effort", j.ReasoningEffort}, {"  tools", strings.Join(j.Tools, ", ")}, {"  used by", strings.Join(j.UsedBy, ", ")}} {
		if row[1] != "" {
			table.Rows = append(table.Rows, []string{row[0], report.Safe(row[1])})
		}
	}
	if err := table.Write(a.out, style); err != nil {
		return err
	}
	_, _ = fmt.Fprintln(a.out)
	for _, line := range report.Wrap(strings.TrimRight(report.SafeLines(j.Instructions), "\n"), style.Width-2) {
		_, _ = fmt.Fprintf(a.out, "  %s\n", line)
	}
	return nil
}

type modelJSON struct {
	ID            string   `json:"id"`
	InputUSD      string   `json:"inputUsd,omitempty"`
	CachedUSD     string   `json:"cachedInputUsd,omitempty"`
	OutputUSD     string   `json:"outputUsd,omitempty"`
	ContextTokens int      `json:"contextTokens,omitempty"`
	Efforts       []string `json:"reasoningEfforts"`
	DefaultEffort string   `json:"defaultReasoningEffort,omitempty"`
	Temperature   string   `json:"temperature"`
	Shutdown      string   `json:"shutdownDate,omitempty"`
	Allowed       bool     `json:"allowed"`
	PricesAsOf    string   `json:"pricesAsOf"`
}

func (a *App) modelsCommand() *cobra.Command {
	output := ""
	cmd := &cobra.Command{Use: "models", Short: "List models: what they cost and take", Args: exactly(0, "list")}
	list := &cobra.Command{Use: "list", Short: "List models: price per million tokens, what they take, when they are switched off", Args: exactly(0, "nothing")}
	for _, c := range []*cobra.Command{cmd, list} {
		outputFlag(c, &output)
		c.RunE = func(cmd *cobra.Command, _ []string) error {
			if err := checkOutput(output); err != nil {
				return err
			}
			var allowed []string
			e, err := a.open(cmd.Context())
			switch {
			case err == nil:
				allowed = e.Portal.Settings.OpenAI.AllowedModels
			case a.portal != "" || a.demo: // without a portal the table is still worth reading
				return err
			}
			return a.listModels(assistant.DefaultModels(), allowed, output)
		}
	}
	cmd.AddCommand(list)
	return cmd
}

func (a *App) listModels(models *assistant.Models, allowed []string, output string) error {
	l := listing[modelJSON]{name: "models"}
	l.table = &report.Table{Head: []string{"MODEL", "INPUT", "CACHED", "OUTPUT", "CONTEXT", "EFFORT", "TEMPERATURE", "SWITCHED OFF"}, Grow: 5, Right: map[int]bool{1: true, 2: true, 3: true, 4: true}}
	for _, m := range models.All() {
		j := modelJSON{ID: m.ID, ContextTokens: m.Context, Efforts: m.Efforts, DefaultEffort: m.DefaultEffort, Temperature: string(m.Temperature), Allowed: len(allowed) == 0, PricesAsOf: m.AsOf}
		if j.Efforts == nil {
			j.Efforts = []string{}
		}
		for _, id := range allowed {
			j.Allowed = j.Allowed || id == m.ID
		}
		if m.Priced {
			j.InputUSD, j.CachedUSD, j.OutputUSD = m.Input.String(), m.CachedInput.String(), m.Output.String()
		}
		if !m.Shutdown.IsZero() {
			j.Shutdown = m.Shutdown.Format(time.DateOnly)
		}
		l.items = append(l.items, j)
		name := m.ID
		if !j.Allowed {
			name += " (not allowed)"
		}
		l.table.Rows = append(l.table.Rows, []string{name, dollars(j.InputUSD), dollars(j.CachedUSD), dollars(j.OutputUSD), tokensText(m.Context), efforts(m), string(m.Temperature), j.Shutdown})
	}
	if err := show(a, output, l); err != nil || output != "text" {
		return err
	}
	a.note("%s", a.errStyle().Faint("US dollars per million tokens, prices of "+models.AsOf()+". * marks the effort a model uses when none is set."))
	return nil
}

func tokensText(n int) string {
	switch {
	case n <= 0:
		return ""
	case n >= 1_000_000:
		return fmt.Sprintf("%.2fM", float64(n)/1e6)
	default:
		return fmt.Sprintf("%dk", n/1000)
	}
}

func efforts(m assistant.Model) string {
	var out []string
	for _, e := range m.Efforts {
		if e == m.DefaultEffort {
			e += "*"
		}
		out = append(out, e)
	}
	return strings.Join(out, " ")
}
