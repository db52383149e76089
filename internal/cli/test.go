package cli

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"askflow/internal/emulator"
	"askflow/internal/portal"
	"askflow/internal/prompttest"
	"askflow/internal/report"
	"askflow/internal/suite"
	"askflow/internal/testreport"
)

// testOptions are the flags of test.
type testOptions struct {
	suite.Options
	matrix      []string
	reports     []string
	baseline    string
	threshold   string
	minCoverage string
	update      bool
	watch       bool
	output      string
}

// testLong is what help says; each paragraph is one line, which help breaks where the terminal ends.
const testLong = "Run the prompt tests of the portal (tests/*.yaml): each runs a workflow over the records it names and holds what comes out against what it expects. " +
	"NAME is a test, its file, or a workflow, all of whose tests are meant (name its file where a test has the same name); without one, all tests run.\n\n" +
	"A matrix runs a test once for every combination of models, temperatures, reasoning efforts, assistants and prompts. A prompt is \"current\", the name of a file under prompts/, " +
	"or a second workflow file; prompt@STEP is the prompt of one step, where several ask. What a model refuses is reported as refused, and nothing is sent for it.\n\n" +
	"Nothing is kept in the portal unless --keep says so, or OpenAI is really asked. --watch goes on until Ctrl-C, and ends as its last round did. " +
	"Exit codes: 1 an expectation failed, 2 a test file is wrong and nothing ran, 3 the OpenAI account, 4 OpenAI cannot be reached or the budget is used up."

func (a *App) testCommand() *cobra.Command {
	o := &testOptions{}
	cmd := &cobra.Command{
		Use:   "test [NAME…]",
		Short: "Run prompt tests: what answers, prompts, paths and effects must be",
		Long:  testLong,
		Example: `  emulator test --demo
  emulator test lead-qualification --matrix model=gpt-6-luna,gpt-5.4-mini --matrix temperature=0,0.7
  emulator test email-draft --matrix prompt=current,short --report html=report.html
  emulator test --baseline r1 --fail-on-regression
  emulator test --watch`,
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: a.completeTests,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Names = args
			if err := o.finish(cmd); err != nil {
				return err
			}
			return a.test(cmd.Context(), cmd, o)
		},
	}
	o.flags(a, cmd)
	return cmd
}

func (o *testOptions) flags(a *App, cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&o.matrix, "matrix", nil, "run over `KEY=VALUE,VALUE`: model, temperature, reasoning_effort, assistant, prompt, prompt@STEP (repeatable)")
	f.IntVar(&o.Repeat, "repeat", 0, "ask every question `N` times, and say how far the answers agree")
	f.StringVar(&o.Filter, "filter", "", "only cases with this `TEXT` in the test's name, the case's name, or the record's id or name; coverage is not counted then")
	f.BoolVar(&o.FailFast, "fail-fast", false, "stop as soon as a test cannot pass any more: at the first case that fails, or behind a cell under its threshold")
	f.StringVar(&o.threshold, "threshold", "", "the `SHARE` of cases that must pass: 0.95 or 95%")
	f.StringVar(&o.minCoverage, "min-coverage", "", "fail when less than this `PERCENT` of a workflow is reached")
	f.StringArrayVar(&o.reports, "report", nil, "write a report, `FORMAT=FILE`: "+orList(testreport.Formats)+" (repeatable)")
	f.StringVar(&o.baseline, "baseline", "", "compare with a stored `RUN` (r1, r2, … or last), or with the file of an earlier json report")
	f.BoolVar(&o.FailOnRegression, "fail-on-regression", false, "exit with 1 when a case that passed in the baseline fails")
	f.StringVar(&o.Rescore, "rescore", "", "hold a stored `RUN` against the expectations, asking nobody")
	f.BoolVar(&o.update, "update", false, "accept what came as the new expectation, and show what changes in the test files")
	f.BoolVar(&o.watch, "watch", false, "run again whenever a file is saved, as far as the file matters, and show what changed")
	f.BoolVar(&o.Keep, "keep", false, "keep the runs, for emulator runs and the screen")
	choiceFlag(cmd, &o.Answers, "answers", "", "", "the `SOURCE` of answers, where the test's is not wanted", "scripted", "replay", "record", "live")
	f.StringVar(&o.MaxCost, "max-cost", "", "stop before everything together costs more than this many `USD`")
	f.IntVar(&o.Concurrency, "concurrency", emulator.DefaultConcurrency, "walk `N` records at once; never shows in the results")
	f.Int64Var(&o.Seed, "seed", 0, "`N` decides random splits, faults and jitter (default: the test's)")
	f.StringVar(&o.Now, "now", "", "the `TIME` where the clock starts, e.g. 2026-01-05T09:00 (default: the test's)")
	choiceFlag(cmd, &o.Era, "era", "", "", "the `ERA` of the simulated OpenAI API, where the test's is not wanted", "responses", "assistants", "sunset")
	outputFlag(cmd, &o.output)
	_ = cmd.RegisterFlagCompletionFunc("baseline", a.completeRuns)
	_ = cmd.RegisterFlagCompletionFunc("rescore", a.completeRuns)
}

// finish turns flags into options, and refuses what does not go together.
func (o *testOptions) finish(cmd *cobra.Command) error {
	var err error
	if o.Matrix, err = prompttest.ParseMatrix(o.matrix); err != nil {
		return wrongUsage(cmd, "%s", err)
	}
	if o.Repeat < 0 || o.Repeat > 100 || cmd.Flags().Changed("repeat") && o.Repeat < 1 {
		return wrongUsage(cmd, "--repeat: %d is not from 1 to 100", o.Repeat)
	}
	if o.Concurrency < 1 {
		return wrongUsage(cmd, "--concurrency: %d is not at least 1", o.Concurrency)
	}
	if o.Threshold, err = share(cmd, "threshold", o.threshold, 1); err != nil {
		return err
	}
	if o.MinCoverage, err = share(cmd, "min-coverage", o.minCoverage, 100); err != nil {
		return err
	}
	return o.together(cmd)
}

// together refuses flags that exclude each other.
func (o *testOptions) together(cmd *cobra.Command) error {
	for _, pair := range []struct {
		a, b string
		both bool
		why  string
	}{
		{"rescore", "matrix", o.Rescore != "" && o.Matrix != nil, "a stored run is one cell"},
		{"rescore", "repeat", o.Rescore != "" && o.Repeat > 1, "a stored run asked every question once"},
		{"rescore", "answers", o.Rescore != "" && o.Answers != "", "nobody is asked"},
		{"rescore", "keep", o.Rescore != "" && o.Keep, "the run is kept already"},
		{"update", "matrix", o.update && o.Matrix != nil, "a test file expects one answer for a case, and cells may give several"},
		{"update", "repeat", o.update && o.Repeat > 1, "a test file expects one answer for a case, and repeats may give several"},
		{"update", "fail-fast", o.update && o.FailFast, "what holds for the other cases would not be known"},
		{"update", "output", o.update && o.output != "text", "a difference is text; --report json=FILE writes the results"},
		{"filter", "min-coverage", o.Filter != "" && o.MinCoverage != nil, "what is reached is not counted where only some cases run"},
		{"update", "watch", o.update && o.watch, "files would change while they are watched"},
		{"watch", "output", o.watch && o.output != "text", "what is watched is shown in place"},
		{"watch", "rescore", o.watch && o.Rescore != "", "a stored run does not change"},
	} {
		if pair.both {
			return wrongUsage(cmd, "--%s and --%s exclude each other: %s", pair.a, pair.b, pair.why)
		}
	}
	if o.FailOnRegression && o.baseline == "" {
		return wrongUsage(cmd, "--fail-on-regression needs --baseline RUN or FILE")
	}
	return nil
}

// testGC is how much garbage, in percent of what is in use, may pile up while tests run. The files of tests are held as trees, to which
// findings and changes point; with Go's own 100 the peak would be half as high again, for a sixth of the time.
const testGC = 50

// test runs tests and tells what came of them.
func (a *App) test(ctx context.Context, cmd *cobra.Command, o *testOptions) error {
	if os.Getenv("GOGC") == "" {
		defer debug.SetGCPercent(debug.SetGCPercent(testGC))
	}
	files, err := reportFiles(cmd, o.reports)
	if err != nil {
		return err
	}
	if o.Options.Baseline, err = a.openBaseline(o.baseline); err != nil {
		return err
	}
	if o.watch {
		return a.watchTests(ctx, o, files)
	}
	e, err := a.open(ctx)
	if err != nil {
		return err
	}
	if len(files) > 0 || o.output != "text" {
		if o.Details, err = suite.NewDetails(); err != nil {
			return err
		}
		defer func() { _ = o.Details.Close() }() // a temporary file
	}
	bar := &testProgress{bar: progress{w: a.err}}
	if !a.quiet {
		o.Progress = bar.show
	}
	a.out.outlive() // reports are written when nobody reads the text any more
	if o.update {
		return a.updateTests(ctx, e, o, bar, files)
	}
	r, err := suite.Run(ctx, e, o.Options)
	bar.bar.stop()
	return a.tested(e, o, files, r, err)
}

// tested tells what came of the tests.
func (a *App) tested(e *emulator.Emulator, o *testOptions, files []reportFile, r *prompttest.Report, err error) error {
	if r == nil {
		return err
	}
	if o.output != "text" { // the text says them itself
		a.warn(r.Warnings)
	}
	if !r.Passed {
		a.exit = emulator.ExitFailed
	}
	if printErr := a.printTests(r, o); err == nil {
		err = printErr
	}
	written, writeErr := a.writeReports(e, files, r)
	if err == nil {
		err = writeErr
	}
	a.after = func() { a.nextTests(r, o, written) }
	return err
}

func (a *App) printTests(r *prompttest.Report, o *testOptions) error {
	switch o.output {
	case "json":
		return testreport.JSON(a.out, r)
	case "jsonl":
		return testreport.JSONLines(a.out, r)
	}
	return testreport.Text(a.out, a.style(), r, testreport.TextOptions{Verbose: a.verbose, Again: a.again()})
}

// nextTests says what is useful now.
func (a *App) nextTests(r *prompttest.Report, o *testOptions, written []reportFile) {
	style := a.errStyle()
	for _, f := range written {
		a.note("%s", style.Faint("Wrote "+report.Safe(f.name)+"."))
	}
	for _, t := range r.Tests {
		for _, c := range t.Cells {
			if len(c.Runs) > 0 && o.Rescore == "" {
				a.note("%s", style.Faint(fmt.Sprintf("%s, %s: kept as %s.", report.Safe(t.Name), report.Safe(c.Label), strings.Join(c.Runs, ", "))))
			}
		}
	}
	for _, t := range r.Tests {
		for _, c := range t.Cells {
			if t.Answers == portal.AnswersScripted && c.NoAnswer > judgesUnanswered(c) { // a draft scripts no judges
				a.note("Next: %s", style.Link("emulator run "+quote(workflowName(t))+" --draft-missing"+a.again()))
				return
			}
		}
	}
}

// judgesUnanswered counts the questions to judges among those without an answer.
func judgesUnanswered(c *prompttest.CellReport) int64 {
	n := 0
	for _, f := range c.Failures {
		n += f.NoAnswer
	}
	return int64(n)
}

// workflowName is how commands name a test's workflow.
func workflowName(t *prompttest.TestReport) string {
	name := t.Workflow.File
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		name = name[i+1:]
	}
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		name = name[:i]
	}
	return name
}

// testProgress is a bar for the cell that runs.
type testProgress struct {
	bar  progress
	cell int
}

func (p *testProgress) show(at suite.Progress) {
	if at.Number != p.cell {
		p.bar.stop()
		p.cell = at.Number
		p.bar.done.Store(0)
		p.bar.start(at.Total)
	}
	p.bar.done.Store(at.Records)
}

// completeTests offers the tests of the portal.
func (a *App) completeTests(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	e, err := a.open(cmd.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	all, err := suite.Load(e)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, t := range all {
		names = append(names, t.Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
