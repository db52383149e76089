package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"askflow/internal/emulator"
	"askflow/internal/report"
	"askflow/internal/run"
)

func (a *App) planCommand() *cobra.Command {
	o := &runOptions{}
	cmd := &cobra.Command{
		Use:               "plan WORKFLOW",
		Short:             "Say what a run would ask and cost, asking nothing",
		Args:              exactly(1, "one workflow"),
		ValidArgsFunction: a.completeWorkflows,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.finish(cmd, args); err != nil {
				return err
			}
			return a.plan(cmd.Context(), o)
		},
	}
	o.scope(a, cmd)
	outputFlag(cmd, &o.output)
	return cmd
}

func (a *App) plan(ctx context.Context, o *runOptions) error {
	e, err := a.open(ctx)
	if err != nil {
		return err
	}
	plan, err := e.Plan(ctx, o.req)
	if err != nil {
		return unreadable(e, o.req.Workflow, err)
	}
	switch o.output {
	case "json":
		return writeJSON(a.out, map[string]any{"plan": plan})
	case "jsonl":
		for _, ask := range plan.Asks {
			if err := writeJSONLine(a.out, ask); err != nil {
				return err
			}
		}
		return nil
	}
	return a.printPlan(plan, o)
}

func (a *App) printPlan(p *emulator.Plan, o *runOptions) error {
	style := a.style()
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(a.out, format+"\n", args...) }
	say("%s: %s of %s enroll", style.Head(report.Safe(p.Workflow.Name)), report.Number(p.Enrolled), report.Count(p.Considered, "records"))
	if rest := p.Considered - p.Enrolled; rest > 0 {
		say("\n%s", style.Faint(report.Count(rest, "records")+" would not enroll:"))
	}
	for i, r := range p.NotEnrolled {
		if i == 8 {
			say("%s", style.Faint(fmt.Sprintf("      …  and %d more reasons", len(p.NotEnrolled)-i)))
			break
		}
		say("%s", style.Faint(fmt.Sprintf("%7s  %s", report.Number(r.Records), report.Truncate(report.Safe(r.Reason), style.Width-10))))
	}
	say("")
	table := report.Table{Head: []string{"STEP", "ASSISTANT", "MODEL", "ASKS", "TOKENS IN", "AT LEAST", "AT MOST"}, Grow: 1, Keep: map[int]bool{2: true, 3: true, 4: true, 5: true, 6: true}, Right: map[int]bool{3: true, 4: true, 5: true, 6: true}}
	for _, k := range p.Asks {
		name := k.ActionID
		if k.Name != "" {
			name += " " + k.Name
		}
		asks := report.Number(k.Asks)
		if k.Conditional {
			asks = "by answer"
		}
		table.Rows = append(table.Rows, []string{report.Safe(name), report.Safe(k.Assistant), report.Safe(k.Model), asks, report.Number(k.InputTokens), dollars(k.MinCostUSD), dollars(k.MaxCostUSD)})
	}
	if len(p.Asks) > 1 {
		table.Rows = append(table.Rows, []string{"all", "", "", "", "", dollars(p.MinCostUSD), dollars(p.MaxCostUSD)})
	}
	switch {
	case len(p.Asks) == 0:
		say("The workflow asks nothing.")
	default:
		if err := table.Write(a.out, style); err != nil {
			return err
		}
	}
	for _, k := range p.Asks {
		if k.Refused != nil {
			say("%s step %s: %s", style.Bad("refused:"), k.ActionID, report.Safe(k.Refused.Message))
		}
		for _, w := range k.Warnings {
			word := style.Warn("warning:")
			if run.IsNote(w) {
				word = style.Faint("note:")
			}
			say("%s step %s: %s", word, k.ActionID, report.Safe(w))
		}
	}
	if len(p.Samples) > 0 {
		s := p.Samples[0]
		say("\n%s %s", style.Head("The first prompt"), style.Faint(fmt.Sprintf("(%s %s, %d tokens with the instructions)", s.Record.ObjectType, report.Safe(s.Record.ID), s.Tokens)))
		report.Text(a.out, style, s.Prompt)
	}
	a.note("%s", a.errStyle().Faint(a.errStyle().Sentence("Prices of "+p.PricesAsOf+". At least: the questions alone. At most: every answer as long as max_output_tokens allows.", 0)))
	a.note("Next: %s", a.errStyle().Link("emulator run "+quote(o.req.Workflow)+a.again()))
	return nil
}

func dollars(s string) string {
	if s == "" {
		return "unknown"
	}
	return "$" + s
}
