package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"askflow/internal/compare"
	"askflow/internal/emulator"
	"askflow/internal/flow"
	"askflow/internal/prompttest"
	"askflow/internal/report"
	"askflow/internal/run"
	"askflow/internal/suite"
)

func (a *App) runsDiff() *cobra.Command {
	output := ""
	cmd := &cobra.Command{
		Use:   "diff RUN RUN",
		Short: "Show the records that two runs treated differently, and what changed between the runs",
		Long: `Show what changed between two runs - workflow, prompts, assistants, records, responses, settings -
and the records that they treated differently: state, path, the response of every ask, effects. Where the portal has prompt tests of the
workflow, records that passed them in the first run and fail them in the second come first, with what they fail.`,
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
		p := &diffPrinter{app: a, people: people(e), runs: runs, output: output, items: []judgedDiff{}, steps: stepNames(now)}
		if output == "text" {
			p.changes(changed)
		}
		same, err := p.differences(ctx, e, reader)
		if err != nil {
			return err
		}
		switch output {
		case "json":
			return writeJSON(a.out, struct {
				Changed     []compare.Change `json:"changed"`
				Differences []judgedDiff     `json:"differences"`
			}{changed, p.items})
		case "text":
			p.close(same)
		}
		return nil
	})
}

// judgedDiff is a difference, and how both sides do in the portal's tests of the workflow.
type judgedDiff struct {
	*compare.Diff
	// Verdict is regressed, fixed, fails or passes; "" where nothing is tested.
	Verdict string `json:"verdict,omitempty"`
	// Failures are what the second run fails.
	Failures []prompttest.Failure `json:"failures,omitempty"`
}

// Verdicts of a record in two runs.
const (
	regressed = "regressed"
	fixed     = "fixed"
	fails     = "fails"
	passes    = "passes"
)

// differences prints what differs: regressions first, where the workflow has tests.
func (p *diffPrinter) differences(ctx context.Context, e *emulator.Emulator, reader run.Reader) (same int64, err error) {
	for i, r := range p.runs {
		failed, tested, err := suite.Verdicts(ctx, e, r.ID)
		if err != nil {
			return 0, err
		}
		if !tested {
			p.failed = [2]map[suite.RecordKey][]prompttest.Failure{}
			break
		}
		p.failed[i] = failed
	}
	each := func(wanted func(verdict string) bool) error {
		both := compare.Runs(reader, p.runs[0].ID, p.runs[1].ID)
		both.Always(p.regressed) // a test may look at what a comparison does not: at attempts, at error codes
		same, err = both.Each(ctx, func(d *compare.Diff) error {
			verdict, failures := p.verdict(d)
			if !wanted(verdict) {
				return nil
			}
			return p.add(judgedDiff{d, verdict, failures})
		})
		return err
	}
	if p.regressions() {
		if err := each(func(verdict string) bool { return verdict == regressed }); err != nil {
			return same, err
		}
		return same, each(func(verdict string) bool { return verdict != regressed })
	}
	return same, each(func(string) bool { return true })
}

// regressions tells whether a record fails in the second run only.
func (p *diffPrinter) regressions() bool {
	for k := range p.failed[1] {
		if _, before := p.failed[0][k]; !before {
			return true
		}
	}
	return false
}

// regressed tells whether this record fails in the second run only.
func (p *diffPrinter) regressed(r run.RecordRef) bool {
	k := suite.RecordKey{ObjectType: r.ObjectType, ID: r.ID}
	_, before := p.failed[0][k]
	_, after := p.failed[1][k]
	return after && !before
}

// stepNames are what people call the steps of a workflow, by action id; of one that is gone there are none.
func stepNames(f *flow.Flow) map[string]string {
	names := map[string]string{}
	if f != nil {
		for _, a := range f.Actions {
			names[a.ID] = a.Display()
		}
	}
	return names
}

// verdict says how a record did in the tests.
func (p *diffPrinter) verdict(d *compare.Diff) (string, []prompttest.Failure) {
	if p.failed[0] == nil || p.failed[1] == nil {
		return "", nil
	}
	k := suite.RecordKey{ObjectType: d.Record.ObjectType, ID: d.Record.ID}
	_, before := p.failed[0][k]
	now, after := p.failed[1][k]
	switch {
	case !before && after:
		return regressed, now
	case before && !after:
		return fixed, nil
	case after:
		return fails, now
	}
	return passes, nil
}

// diffPrinter prints differences as they are found.
type diffPrinter struct {
	app    *App
	people report.People
	runs   [2]*run.Run
	output string
	items  []judgedDiff // of JSON, which is one object
	found  int64
	// failed are the records that fail the workflow's tests, by run; nil where nothing is tested.
	failed [2]map[suite.RecordKey][]prompttest.Failure
	counts map[string]int64  // by verdict
	steps  map[string]string // names by action id, as the second run's workflow has them now
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
		label, name := c.What, c.Name
		if label == "settings" {
			name = settingText(name)
		}
		if n := len(fields); n > 0 && fields[n-1].Label == label {
			fields[n-1].Text += ", " + name
			continue
		}
		fields = append(fields, report.Field{Label: label, Text: name})
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

// settingText is a setting as it is typed.
func settingText(name string) string {
	if name == "prompt" { // there is no such flag: variants of prompts are a test's
		return "--matrix prompt"
	}
	return "--" + name
}

func (p *diffPrinter) scripted() bool {
	return p.runs[0].Answers == "scripted" && p.runs[1].Answers == "scripted"
}

// add prints a difference; of JSON it is kept.
func (p *diffPrinter) add(d judgedDiff) error {
	p.found++
	if p.counts == nil {
		p.counts = map[string]int64{}
	}
	p.counts[d.Verdict]++
	switch p.output {
	case "json":
		p.items = append(p.items, d)
	case "jsonl":
		return writeJSONLine(p.app.out, d)
	default:
		if p.found <= textRows || p.app.verbose {
			p.text(d)
		}
	}
	return nil
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
	if n := p.counts[regressed] + p.counts[fixed]; n > 0 {
		took = fmt.Sprintf(" In the tests %s, %s.", report.Count(p.counts[regressed], "records")+" regressed", report.Number(p.counts[fixed])+" fixed") + took
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
