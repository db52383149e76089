package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"askflow/internal/emulator"
	"askflow/internal/portal"
	"askflow/internal/report"
	"askflow/internal/run"
	"askflow/internal/source"
)

// runOptions are the flags of run; plan shares those that say what is run.
type runOptions struct {
	req         emulator.Request
	temperature float64
	pins        []string
	output      string
	strict      bool
}

func (a *App) runCommand() *cobra.Command {
	o := &runOptions{}
	cmd := &cobra.Command{
		Use:   "run WORKFLOW",
		Short: "Run a workflow over records and show what came out",
		Long: `Run a workflow over records: enroll them, render each prompt, get an answer, feed it to the actions after it.
WORKFLOW is the file's name without its ending, the workflow's name, or its id.

The run goes on to its end when whoever reads its output stops reading, as head does; the exit code is that of the whole
run, stderr says that the output was cut, and emulator runs show RUN has all of it.`,
		Example: `  emulator run lead-qualification --demo
  emulator run state-formatting --demo --output jsonl | head -1
  emulator run lead-qualification --enroll 101,102 --pin qualify="A: wants 40 seats"
  emulator run --resume last`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && (o.req.Resume != "" || o.req.RetryFailed != "") {
				return nil
			}
			return exactly(1, "one workflow")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.finish(cmd, args); err != nil {
				return err
			}
			return a.runWorkflow(cmd.Context(), o)
		},
		ValidArgsFunction: a.completeWorkflows,
	}
	o.scope(a, cmd)
	f := cmd.Flags()
	f.IntVar(&o.req.Concurrency, "concurrency", emulator.DefaultConcurrency, "walk `N` records at once; never shows in the results")
	f.StringVar(&o.req.Clock, "clock", "skip", "what delays and latency cost: skip (nothing), real (where OpenAI is really asked), or `xN` (x60: a minute passes in a second)")
	f.StringVar(&o.req.Faults, "faults", "", "a `FILE` of scripted faults, each with a rate, drawn from --seed")
	f.StringVar(&o.req.Resume, "resume", "", "go on with an interrupted `RUN` (r1, r2, … or last)")
	f.StringVar(&o.req.RetryFailed, "retry-failed", "", "run those enrollments of a `RUN` again that had a failed step, keeping the answers they got")
	f.BoolVar(&o.req.DraftMissing, "draft-missing", false, "write a responses file with every question that nobody scripted")
	a.completeGoingOn(cmd)
	f.BoolVar(&o.strict, "strict", false, "exit with 1 when a step failed")
	f.BoolVar(&o.req.Timings, "timings", false, "put ids and times into the results")
	outputFlag(cmd, &o.output)
	return cmd
}

// scope adds the flags that say what is run.
func (o *runOptions) scope(a *App, cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&o.req.Records, "records", nil, "a records `FILE` that replaces the portal's (repeatable)")
	f.StringVar(&o.req.Enroll, "enroll", "matching", "which `RECORDS`: matching, all, or ids separated by commas")
	choiceFlag(cmd, &o.req.Answers, "answers", "", "", "the `SOURCE` of answers, where the portal's is not wanted", "scripted", "replay", "record", "live")
	f.StringVar(&o.req.Assistant, "assistant", "", "ask this `ASSISTANT` instead of the workflow's")
	f.StringVar(&o.req.Model, "model", "", "ask this `MODEL` instead of the workflow's")
	f.Float64Var(&o.temperature, "temperature", 0, "ask with temperature `T`, from 0 to 2")
	f.StringVar(&o.req.ReasoningEffort, "reasoning-effort", "", "ask with reasoning effort `E`, one that the model takes")
	f.Int64Var(&o.req.Seed, "seed", 1, "`N` decides random splits, faults and jitter")
	f.StringVar(&o.req.Now, "now", "", "the `TIME` where the clock starts, e.g. 2026-01-05T09:00 (default: the portal's)")
	choiceFlag(cmd, &o.req.Era, "era", "", "", "the `ERA` of the simulated OpenAI API, where the portal's is not wanted", "responses", "assistants", "sunset")
	f.StringArrayVar(&o.pins, "pin", nil, "let a step answer a text: `STEP=TEXT` (repeatable)")
	f.StringArrayVar(&o.req.Stubs, "stub", nil, "keep the inputs of a `STEP` and execute nothing (repeatable)")
	f.StringVar(&o.req.MaxCost, "max-cost", "", "stop before the run costs more than this many `USD`")
	a.completeFlags(cmd)
}

// finish turns flags into the request.
func (o *runOptions) finish(cmd *cobra.Command, args []string) error {
	if len(args) == 1 {
		o.req.Workflow = args[0]
	}
	if !cmd.Flags().Changed("clock") {
		o.req.Clock = "" // the default depends on who answers
	}
	if cmd.Flags().Changed("temperature") {
		o.req.Temperature = &o.temperature
	}
	if o.req.Concurrency < 1 && cmd.Flags().Changed("concurrency") {
		return wrongUsage(cmd, "--concurrency: %d is not at least 1", o.req.Concurrency)
	}
	for _, p := range o.pins {
		step, text, ok := strings.Cut(p, "=")
		if !ok || step == "" {
			return wrongUsage(cmd, "--pin: write STEP=TEXT, not %q", p)
		}
		if o.req.Pins == nil {
			o.req.Pins = map[string]string{}
		}
		o.req.Pins[step] = text
	}
	if o.req.Resume != "" || o.req.RetryFailed != "" {
		for _, name := range []string{"records", "enroll", "answers", "assistant", "model", "temperature", "reasoning-effort", "seed", "now", "era", "pin", "stub", "clock", "faults", "timings"} {
			if cmd.Flags().Changed(name) {
				return wrongUsage(cmd, "--%s cannot be changed when a run goes on: it keeps the settings it was started with", name)
			}
		}
	}
	return nil
}

// textRows is how many records the text output shows.
const textRows = 25

func (a *App) runWorkflow(ctx context.Context, o *runOptions) error {
	e, err := a.open(ctx)
	if err != nil {
		return err
	}
	if goesOn := o.req.Resume + o.req.RetryFailed; goesOn != "" {
		if err := changeable(e, goesOn); err != nil {
			return err
		}
	}
	p := &runPrinter{app: a, e: e, o: o, out: bufio.NewWriterSize(a.out, 1<<16), table: &report.RunRows{Max: textRows}, bar: progress{w: a.err}}
	if a.verbose {
		p.table.Max = 1 << 30
	}
	a.out.outlive()
	s, err := e.Run(ctx, o.req, emulator.Hooks{Started: p.started, Rows: p.rows})
	p.bar.stop()
	if s == nil || s.Run == nil {
		return unreadable(e, o.req.Workflow, err)
	}
	a.log.Info("ended", "id", s.Run.ID, "status", s.Run.Status)
	a.sawLimits(e, s)
	if printErr := p.finish(ctx, s); err == nil {
		err = printErr
	}
	if flushErr := p.out.Flush(); err == nil {
		err = flushErr
	}
	a.after = func() { a.next(s, o, p) }
	a.exit = exitOf(s, o.strict)
	if err == nil && s.Err != nil {
		if err = s.Err; s.Err.Exit == emulator.ExitInterrupted {
			s.Err.Hint = "" // what comes next says the same
		}
	}
	return err
}

// runPrinter prints a run while it goes on and when it has ended.
type runPrinter struct {
	app   *App
	e     *emulator.Emulator
	o     *runOptions
	out   *bufio.Writer
	table *report.RunRows
	bar   progress
	line  []byte
	// news counts the rows that are not of an earlier try.
	news int64
}

// nothingLeft tells that a run went on which had nothing left to do.
func (p *runPrinter) nothingLeft(s *emulator.Summary) bool {
	return p.o.req.Resume != "" && p.news == 0 && s.Err == nil && s.Run.Status == run.RunCompleted
}

// started prints the head of the text.
func (p *runPrinter) started(r *run.Run, total int64, warnings source.Problems) {
	p.app.log.Info("run", "id", r.ID, "workflow", r.Workflow.Name, "records", total)
	p.app.warn(warnings)
	p.app.keptElsewhere(p.e)
	if p.o.output == "text" {
		plural := "records"
		if f, err := p.e.Portal.Workflow(r.Workflow.File); err == nil {
			plural = f.ObjectType().Plural
		}
		inZone := *r
		inZone.Now = r.Now.In(p.e.Portal.Settings.Zone)
		report.Header(p.out, p.app.style(), &inZone, total, plural)
	}
	if !p.app.quiet {
		p.bar.start(total)
	}
}

// rows prints a group of rows, unless their order is not theirs in the input.
func (p *runPrinter) rows(rows []run.Row, ordered bool) error {
	p.news += int64(len(rows))
	p.bar.add(int64(len(rows)))
	if !ordered {
		return nil
	}
	for i := range rows {
		if err := p.row(&rows[i]); err != nil {
			return err
		}
	}
	return nil
}

func (p *runPrinter) row(row *run.Row) error {
	switch p.o.output {
	case "jsonl":
		p.line = append(run.AppendResult(p.line[:0], row, p.o.req.Timings), '\n')
		_, err := p.out.Write(p.line)
		return err
	case "text":
		return p.table.Add(row)
	}
	return nil
}

// finish prints what the rows have not printed: rows of a run whose order only the store knows, and the totals.
func (p *runPrinter) finish(ctx context.Context, s *emulator.Summary) error {
	ctx = context.WithoutCancel(ctx)
	if p.o.output == "json" {
		return p.finishJSON(ctx, s)
	}
	if !s.Ordered && !(p.o.output == "text" && p.nothingLeft(s)) { // people have seen these
		if err := eachRow(ctx, p.e, s.Run.ID, p.row); err != nil {
			return err
		}
	}
	if p.o.output == "text" {
		style := p.app.style()
		if err := p.table.Write(p.out, style, "emulator runs show last"+p.app.again()+" --verbose"); err != nil {
			return err
		}
		report.Totals(p.out, style, s.Run)
	}
	return nil
}

// exitOf is what a run that came to its end exits with.
func exitOf(s *emulator.Summary, strict bool) int {
	if s.Run.Totals.NoAnswer > 0 || strict && s.Run.Totals.FailedSteps > 0 {
		return emulator.ExitFailed
	}
	return emulator.ExitOK
}

func eachRow(ctx context.Context, e *emulator.Emulator, runID string, fn func(*run.Row) error) error {
	reader, err := e.OwnReader(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = reader.Close() }()
	return reader.Rows(ctx, runID, run.Query{AfterSeq: -1}, fn)
}

// runJSON is a run as JSON output shows it. Id and times are there in listings, and with --timings.
type runJSON struct {
	ID        string        `json:"id,omitempty"`
	Workflow  run.Workflow  `json:"workflow"`
	Status    run.Status    `json:"status"`
	CreatedAt string        `json:"createdAt,omitempty"`
	EndedAt   string        `json:"endedAt,omitempty"`
	Now       string        `json:"now"`
	Answers   string        `json:"answers"`
	Era       string        `json:"era"`
	Seed      int64         `json:"seed"`
	Totals    run.Totals    `json:"totals"`
	Error     *run.Error    `json:"error,omitempty"`
	Settings  *settingsJSON `json:"settings,omitempty"`
}

type settingsJSON = json.RawMessage

func jsonOfRun(r *run.Run, times bool) runJSON {
	j := runJSON{Workflow: r.Workflow, Status: r.Status, Now: r.Now.Format(time.RFC3339), Answers: r.Answers, Era: r.Era, Seed: r.Seed, Totals: r.Totals, Error: r.Error}
	if times {
		j.ID, j.CreatedAt = r.ID, r.Created.Format(time.RFC3339)
		if !r.Ended.IsZero() {
			j.EndedAt = r.Ended.Format(time.RFC3339)
		}
	}
	return j
}

func (p *runPrinter) finishJSON(ctx context.Context, s *emulator.Summary) error {
	head, err := json.Marshal(jsonOfRun(s.Run, p.o.req.Timings))
	if err != nil {
		return err
	}
	_, _ = p.out.WriteString(`{"run":`)
	_, _ = harmlessJSON{p.out}.Write(head)
	_, _ = p.out.WriteString(`,"results":[`)
	first := true
	err = eachRow(ctx, p.e, s.Run.ID, func(row *run.Row) error {
		if !first {
			_, _ = p.out.WriteString(",")
		}
		first = false
		_, _ = p.out.WriteString("\n")
		p.line = run.AppendResult(p.line[:0], row, p.o.req.Timings)
		_, err := p.out.Write(p.line)
		return err
	})
	_, _ = p.out.WriteString("]}\n")
	return err
}

// next says under which id the run is kept, and what is useful now.
func (a *App) next(s *emulator.Summary, o *runOptions, p *runPrinter) {
	r := s.Run
	style := a.errStyle()
	a.drafted(s, o)
	a.recorded(s.Recorded)
	a.compared(s)
	if p.nothingLeft(s) {
		a.note("Nothing was left to do: every record of run %s had come to its end before.", r.ID)
		a.note("Next: %s", style.Link("emulator runs show "+r.ID+a.again()))
		return
	}
	hint := a.hint(s, o)
	took := ""
	if o.req.Resume == "" && o.req.RetryFailed == "" && !r.Ended.IsZero() {
		took = " in " + report.Duration(r.Ended.Sub(r.Created))
	}
	if a.out.ended {
		a.note("%s", style.Warn(fmt.Sprintf("Nobody read the output to its end; all of it: emulator runs show %s%s", r.ID, a.again())))
	}
	a.note("%s", style.Faint(fmt.Sprintf("Run %s%s.", r.ID, took)))
	if o.output == "text" && p.table.More() > 0 { // "last" of the results will once be another run
		a.note("All its records: %s", style.Link("emulator runs show "+r.ID+" --verbose"+a.again()))
	}
	if hint != "" {
		a.note("Next: %s", style.Link(hint))
	}
}

// drafted says where the questions are that nobody scripted, or that there are none.
func (a *App) drafted(s *emulator.Summary, o *runOptions) {
	switch {
	case s.Drafted != "":
		a.note("%s", a.errStyle().Warn("The unanswered questions are in "+s.Drafted+"; write the replies there."))
	case o.req.DraftMissing && s.Err == nil && s.Run.Totals.NoAnswer == 0:
		a.note("No question of this run lacks an answer, so no draft was written.")
	case o.req.DraftMissing && s.Err == nil:
		a.note("%s", a.errStyle().Warn("No draft was written: no further question came up that lacks an answer."))
	}
}

// hint is the command that is useful after a run, "" when there is none.
func (a *App) hint(s *emulator.Summary, o *runOptions) string {
	r, hint := s.Run, ""
	switch t := &r.Totals; {
	case r.Error != nil && r.Error.Code == emulator.CodeOverBudget:
		hint = fmt.Sprintf("emulator run --resume %s --max-cost USD%s", r.ID, a.again())
	case r.Status == run.RunInterrupted || r.Status == run.RunStopped:
		hint = fmt.Sprintf("emulator run --resume %s%s", r.ID, a.again())
	case t.NoAnswer > 0 && r.Answers == portal.AnswersReplay:
		hint = fmt.Sprintf("emulator run %s --answers record%s", quote(o.req.Workflow), a.again())
	case t.NoAnswer > 0 && !o.req.DraftMissing:
		hint = fmt.Sprintf("emulator run %s --draft-missing%s", quote(o.req.Workflow), a.again())
	case t.FailedSteps > 0:
		hint = fmt.Sprintf("emulator runs show %s --failed%s", r.ID, a.again())
	case t.Considered > 0 && t.Enrollments[run.NotEnrolled] == t.Considered:
		hint = fmt.Sprintf("emulator run %s --enroll all%s", quote(o.req.Workflow), a.again())
	case len(t.Effects) > 0:
		hint = fmt.Sprintf("emulator inbox --run %s%s", r.ID, a.again())
	}
	return hint
}
