package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"askflow/internal/compare"
	"askflow/internal/emulator"
	"askflow/internal/report"
	"askflow/internal/run"
)

func (a *App) runsDiff() *cobra.Command {
	output := ""
	cmd := &cobra.Command{
		Use:   "diff RUN RUN",
		Short: "Show the records that two runs treated differently, and what changed between the runs",
		Long: `Show what changed between two runs - workflow, prompts, assistants, records, responses, settings -
and the records that they treated differently: state, path, response, effects.`,
		Args:              exactly(2, "two runs"),
		ValidArgsFunction: a.completeRuns,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.diffRuns(cmd.Context(), args, output) },
	}
	outputFlag(cmd, &output)
	return cmd
}

func (a *App) diffRuns(ctx context.Context, ids []string, output string) error {
	return a.withReader(ctx, func(e *emulator.Emulator, reader run.Reader) error {
		var runs [2]*run.Run
		for i, id := range ids {
			r, err := reader.Run(ctx, id)
			if err != nil {
				return err
			}
			runs[i] = r
		}
		now, err := e.Portal.Workflow(runs[1].Workflow.File)
		if err != nil { // it is gone: steps are called by their ids
			now = nil
		}
		changed := compare.Changes(runs[0], runs[1], e.Portal.Settings.OpenAIAction, now)
		p := &diffPrinter{app: a, people: people(e), runs: runs, output: output, items: []compare.Diff{}}
		if output == "text" {
			p.changes(changed)
		}
		same, err := compare.Runs(reader, runs[0].ID, runs[1].ID).Each(ctx, p.add)
		if err != nil {
			return err
		}
		switch output {
		case "json":
			return writeJSON(a.out, struct {
				Changed     []compare.Change `json:"changed"`
				Differences []compare.Diff   `json:"differences"`
			}{changed, p.items})
		case "text":
			p.close(same)
		}
		return nil
	})
}

// diffPrinter prints differences as they are found.
type diffPrinter struct {
	app    *App
	people report.People
	runs   [2]*run.Run
	output string
	items  []compare.Diff // of JSON, which is one object
	found  int64
}

// changes says what changed between the runs.
func (p *diffPrinter) changes(changed []compare.Change) {
	style := p.app.style()
	if a, b := p.runs[0].Workflow, p.runs[1].Workflow; a.File != b.File {
		name := func(w run.Workflow) string { return report.Safe(w.Name + " (" + w.File + ")") }
		p.app.note("%s", p.app.errStyle().Warn(p.app.errStyle().Sentence("The runs are of two workflows: "+name(a)+" and "+name(b)+".", 0)))
	}
	if len(changed) == 0 {
		p.app.note("Between the runs nothing changed: workflow, assistants, records, responses and settings are the same.")
		return
	}
	var fields []report.Field
	for _, c := range changed {
		label := c.What
		if n := len(fields); n > 0 && fields[n-1].Label == label {
			fields[n-1].Text += ", " + c.Name
			continue
		}
		fields = append(fields, report.Field{Label: label, Text: c.Name})
	}
	_, _ = fmt.Fprintln(p.app.out, style.Head("Changed between the runs"))
	report.Fields(p.app.out, style, fields)
	has := func(what ...string) bool {
		return slices.ContainsFunc(changed, func(c compare.Change) bool { return slices.Contains(what, c.What) })
	}
	if p.scripted() && has("prompt", "assistant") && !has("responses") {
		p.app.note("%s", p.app.errStyle().Warn(p.app.errStyle().Sentence("The answers are scripted: a rule that does not look at the prompt or the instructions answers as before.", 0)))
	}
}

func (p *diffPrinter) scripted() bool {
	return p.runs[0].Answers == "scripted" && p.runs[1].Answers == "scripted"
}

// add prints a difference; of JSON it is kept.
func (p *diffPrinter) add(d *compare.Diff) error {
	p.found++
	switch p.output {
	case "json":
		p.items = append(p.items, *d)
	case "jsonl":
		return writeJSONLine(p.app.out, d)
	default:
		if p.found <= textRows || p.app.verbose {
			p.text(d)
		}
	}
	return nil
}

// text prints a difference for people: what differs, and how it was in each run.
func (p *diffPrinter) text(d *compare.Diff) {
	style := p.app.style()
	name := report.Safe(d.Record.Name)
	if name != "" {
		name = " " + name
	}
	_, _ = fmt.Fprintf(p.app.out, "\n%s  differs: %s\n", style.Head(report.Safe(d.Record.ID)+name), style.Warn(strings.Join(d.Differs, ", ")))
	var fields []report.Field
	for _, what := range d.Differs {
		label := func(i int) string { return p.runs[i].ID + " " + what }
		if what == compare.Effects {
			onlyA, onlyB := compare.EffectsApart(d.A.Effects, d.B.Effects)
			for i, list := range [][]run.Effect{onlyA, onlyB} {
				for j := range list {
					fields = append(fields, report.Field{Label: label(i), Text: p.shown(report.EffectLine(&list[j], p.people))})
				}
			}
			continue
		}
		for i, s := range []*compare.Side{d.A, d.B} {
			fields = append(fields, report.Field{Label: label(i), Text: p.shown(sideText(s, what))})
		}
	}
	report.Fields(p.app.out, style, fields)
}

// shown cuts what is long, unless --verbose.
func (p *diffPrinter) shown(text string) string {
	if p.app.verbose {
		return text
	}
	const lines = 3
	return report.Truncate(oneLine(text), lines*(p.app.style().Width-20))
}

// sideText is what a side says about one thing that differs.
func sideText(s *compare.Side, what string) string {
	switch {
	case s == nil:
		return "(not considered)"
	case what == compare.Path:
		return strings.Join(s.Path, " → ")
	case what == compare.Response && s.Response == nil:
		return "(no response)"
	case what == compare.Response && *s.Response == "":
		return "(empty)"
	case what == compare.Response:
		return *s.Response
	case s.Reason != "":
		return string(s.State) + ": " + s.Reason
	}
	return string(s.State)
}

// close prints how many records differ, and what both runs took.
func (p *diffPrinter) close(same int64) {
	a, b := &p.runs[0].Totals, &p.runs[1].Totals
	if rest := p.found - textRows; rest > 0 && !p.app.verbose {
		_, _ = fmt.Fprintf(p.app.out, "\n%s\n", p.app.style().Faint("… and "+report.Count(rest, "records")+" more: add --verbose"))
	}
	took := ""
	if a.Asks+b.Asks > 0 {
		took = fmt.Sprintf(" Tokens: %s in, %s out; cost: %s.", fromTo(report.Number(a.InputTokens), report.Number(b.InputTokens)),
			fromTo(report.Number(a.OutputTokens), report.Number(b.OutputTokens)), fromTo(costOf(a), costOf(b)))
	}
	style := p.app.errStyle()
	if p.found == 0 {
		p.app.note("%s", style.Sentence(fmt.Sprintf("Runs %s and %s came to the same result for %s.%s", p.runs[0].ID, p.runs[1].ID, report.Count(same, "records"), took), 0))
		return
	}
	verb := "differ"
	if p.found == 1 {
		verb = "differs"
	}
	p.app.note("%s", style.Sentence(fmt.Sprintf("%s %s, %s alike.%s", report.Count(p.found, "records"), verb, report.Number(same), took), 0))
}

// costOf says when asks without a price are not in the sum.
func costOf(t *run.Totals) string {
	if t.UnknownPrice > 0 {
		return dollars(t.CostUSD) + " and " + report.Count(t.UnknownPrice, "asks") + " of unknown price"
	}
	return dollars(t.CostUSD)
}

func fromTo(a, b string) string {
	if a == b {
		return a
	}
	return a + " → " + b
}
