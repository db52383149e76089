package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"askflow/internal/assistant"
	"askflow/internal/emulator"
	"askflow/internal/report"
)

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
	// Offered tells whether the connected key may use the model, as of its last check; left out when that is not known.
	Offered    *bool  `json:"offered,omitempty"`
	PricesAsOf string `json:"pricesAsOf,omitempty"`
}

// whichModels is what a portal and its account say about models.
type whichModels struct {
	allowed []string // empty: all
	offered []string // nil: not known
	checked time.Time
}

func (a *App) modelsCommand() *cobra.Command {
	output := ""
	cmd := &cobra.Command{Use: "models", Short: "List models: what they cost and take", Args: oneOf}
	list := &cobra.Command{Use: "list", Short: "List models: price per million tokens, what they take, when they are switched off, and which of them the connected key may use", Args: exactly(0, "nothing")}
	for _, c := range []*cobra.Command{cmd, list} {
		outputFlag(c, &output)
		c.RunE = func(cmd *cobra.Command, _ []string) error {
			which, models := whichModels{}, assistant.DefaultModels()
			e, err := a.open(cmd.Context())
			switch {
			case err == nil:
				which, models = a.whichModels(cmd.Context(), e), e.Models
			case a.portal != "" || a.demo: // without a portal the table is still worth reading
				return err
			}
			return a.listModels(models, which, output)
		}
	}
	cmd.AddCommand(list)
	return cmd
}

// whichModels asks what the account is known to offer; whoever has none sees the table alone.
func (a *App) whichModels(ctx context.Context, e *emulator.Emulator) whichModels {
	which := whichModels{allowed: e.Portal.Settings.OpenAI.AllowedModels}
	acc, err := a.accountOf(e)
	if err != nil {
		return which
	}
	if st, err := acc.Show(ctx); err == nil && st.Models != nil {
		which.offered, which.checked = st.Models, st.VerifiedAt
	}
	return which
}

func jsonOfModel(m *emulator.ModelInfo) modelJSON {
	j := modelJSON{ID: m.ID, InputUSD: m.InputUSD, CachedUSD: m.CachedUSD, OutputUSD: m.OutputUSD, ContextTokens: m.Context, Efforts: m.Efforts,
		DefaultEffort: m.DefaultEffort, Temperature: string(m.Temperature), Allowed: m.Allowed, Offered: m.Offered, PricesAsOf: m.AsOf}
	if j.Efforts == nil {
		j.Efforts = []string{}
	}
	if !m.Shutdown.IsZero() {
		j.Shutdown = m.Shutdown.Format(time.DateOnly)
	}
	return j
}

func (a *App) listModels(models *assistant.Models, which whichModels, output string) error {
	l := listing[modelJSON]{name: "models"}
	l.table = &report.Table{Head: []string{"MODEL", "INPUT", "CACHED", "OUTPUT", "CONTEXT", "EFFORT", "TEMPERATURE", "SWITCHED OFF"}, Grow: 5, Keep: map[int]bool{0: true, 1: true, 2: true, 3: true, 4: true, 6: true, 7: true}, Right: map[int]bool{1: true, 2: true, 3: true, 4: true}}
	for _, m := range emulator.Models(models, which.allowed, which.offered, time.Now()) {
		j := jsonOfModel(&m)
		l.items = append(l.items, j)
		name := m.ID
		switch {
		case !j.Allowed:
			name += " (not allowed)"
		case j.Offered != nil && *j.Offered:
			name = "✓ " + name
		case j.Offered != nil:
			name = "  " + name
		}
		l.table.Rows = append(l.table.Rows, []string{name, dollars(j.InputUSD), dollars(j.CachedUSD), dollars(j.OutputUSD), tokensText(m.Context), efforts(&m), string(m.Temperature), j.Shutdown})
	}
	if a.style().Width < narrow {
		l.table.Drop("CACHED", "CONTEXT")
	}
	if err := show(a, output, l); err != nil || output != "text" {
		return err
	}
	note := "US dollars per million tokens, prices of " + models.AsOf() + ". * marks the effort a model uses when none is set."
	if which.offered != nil {
		note += fmt.Sprintf(" ✓ marks what the connected key may use, as of %s.", which.checked.Local().Format(time.DateOnly))
	}
	a.note("%s", a.errStyle().Faint(a.errStyle().Sentence(note, 0)))
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

func efforts(m *emulator.ModelInfo) string {
	var out []string
	for _, e := range m.Efforts {
		if e == m.DefaultEffort {
			e += "*"
		}
		out = append(out, e)
	}
	return strings.Join(out, " ")
}
