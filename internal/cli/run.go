package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

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
WORKFLOW is the file's name without its ending, the workflow's name, or its id.`,
		Example: `  emulator run lead-qualification --demo
  emulator run state-formatting --demo --output jsonl | head -1
  emulator run lead-qualification --enroll 101,102 --pin qualify="A: wants 40 seats"
  emulator run --resume last`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 || len(args) == 0 && o.req.Resume == "" && o.req.RetryFailed == "" {
				return usageError{fmt.Errorf("run takes one workflow, but %d were named", len(args))}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.finish(cmd, args); err != nil {
				return err
			}
			return a.runWorkflow(cmd.Context(), o)
		},
		ValidArgsFunction: a.completeWorkflows,
	}
	o.scope(cmd)
	f := cmd.Flags()
	f.IntVar(&o.req.Concurrency, "concurrency", emulator.DefaultConcurrency, "how many records are walked at once; never shows in the results")
	f.StringVar(&o.req.Clock, "clock", "", "what delays and latency cost: skip (nothing; the default), real (where OpenAI is asked), or xN (x60: a minute passes in a second)")
	f.StringVar(&o.req.Faults, "faults", "", "a file of scripted faults with `rate:`, drawn from --seed")
	f.StringVar(&o.req.Resume, "resume", "", "go on with an interrupted run (r1, r2, … or last)")
	f.StringVar(&o.req.RetryFailed, "retry-failed", "", "run the enrollments of a run again that had a failed step, keeping their answers")
	f.BoolVar(&o.req.DraftMissing, "draft-missing", false, "write a responses file with every question that nobody scripted")
	f.BoolVar(&o.strict, "strict", false, "exit with 1 when a step failed")
	f.BoolVar(&o.req.Timings, "timings", false, "put ids and times into the results")
	outputFlag(cmd, &o.output)
	return cmd
}

// scope adds the flags that say what is run.
func (o *runOptions) scope(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&o.req.Records, "records", nil, "a records file that replaces the portal's (repeatable)")
	f.StringVar(&o.req.Enroll, "enroll", "matching", "which records: matching, all, or ids separated by commas")
	f.StringVar(&o.req.Answers, "answers", "", "where answers come from: scripted, replay, record or live (default: the portal's)")
	f.StringVar(&o.req.Assistant, "assistant", "", "ask this assistant instead of the workflow's")
	f.StringVar(&o.req.Model, "model", "", "ask this model instead of the workflow's")
	f.Float64Var(&o.temperature, "temperature", 0, "the temperature, 0 to 2")
	f.StringVar(&o.req.ReasoningEffort, "reasoning-effort", "", "the reasoning effort, as far as the model takes it")
	f.Int64Var(&o.req.Seed, "seed", 1, "decides random splits, faults and jitter")
	f.StringVar(&o.req.Now, "now", "", "where the clock starts, e.g. 2026-01-05T09:00 (default: the portal's)")
	f.StringVar(&o.req.Era, "era", "", "what the simulated OpenAI API plays: responses, assistants or sunset")
	f.StringArrayVar(&o.pins, "pin", nil, "let a step answer a text: STEP=TEXT (repeatable)")
	f.StringArrayVar(&o.req.Stubs, "stub", nil, "keep a step's inputs and execute nothing (repeatable)")
	f.StringVar(&o.req.MaxCost, "max-cost", "", "stop before the run costs more US dollars than this")
}

// finish turns flags into the request.
func (o *runOptions) finish(cmd *cobra.Command, args []string) error {
	if len(args) == 1 {
		o.req.Workflow = args[0]
	}
	if cmd.Flags().Changed("temperature") {
		o.req.Temperature = &o.temperature
	}
	if o.req.Concurrency < 1 && cmd.Flags().Changed("concurrency") {
		return usageError{fmt.Errorf("--concurrency: %d is not at least 1", o.req.Concurrency)}
	}
	for _, p := range o.pins {
		step, text, ok := strings.Cut(p, "=")
		if !ok || step == "" {
			return usageError{fmt.Errorf("--pin: write STEP=TEXT, not %q", p)}
		}
		if o.req.Pins == nil {
			o.req.Pins = map[string]string{}
		}
		o.req.Pins[step] = text
	}
	if o.req.Resume != "" || o.req.RetryFailed != "" {
		for _, name := range []string{"records", "enroll", "answers", "assistant", "model", "temperature", "reasoning-effort", "seed", "now", "era", "pin", "stub", "max-cost", "clock", "faults", "timings"} {
			if cmd.Flags().Changed(name) {
				return usageError{fmt.Errorf("--%s cannot be changed when a run goes on: it keeps the settings it was started with", name)}
			}
		}
	}
	if err := checkOutput(o.output); o.output != "" && err != nil {
		return err
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
	out := bufio.NewWriterSize(a.out, 1<<16)
	table := &report.RunRows{Max: textRows}
	if a.verbose {
		table.Max = 1 << 30
	}
	var line []byte
	print := func(row *run.Row) error {
		switch o.output {
		case "jsonl":
			line = append(run.AppendResult(line[:0], row, o.req.Timings), '\n')
			_, err := out.Write(line)
			return err
		case "text":
			return table.Add(row)
		}
		return nil
	}
	bar := &progress{w: a.err}
	hooks := emulator.Hooks{
		Started: func(r *run.Run, total int64, warnings source.Problems) {
			a.log.Info("run", "id", r.ID, "workflow", r.Workflow.Name, "records", total)
			a.warn(warnings)
			if o.output == "text" {
				plural := "records"
				if f, err := e.Portal.Workflow(r.Workflow.File); err == nil {
					plural = f.ObjectType().Plural
				}
				report.Header(out, a.style(), r, total, plural)
			}
			if !a.quiet {
				bar.start(total)
			}
		},
		Rows: func(rows []run.Row, ordered bool) error {
			bar.add(int64(len(rows)))
			if !ordered {
				return nil
			}
			for i := range rows {
				if err := print(&rows[i]); err != nil {
					return err
				}
			}
			return nil
		},
	}
	s, err := e.Run(ctx, o.req, hooks)
	bar.stop()
	if s == nil || s.Run == nil {
		return err
	}
	a.log.Info("ended", "id", s.Run.ID, "status", s.Run.Status)
	if printErr := a.printRun(ctx, e, o, s, out, table, print); err == nil {
		err = printErr
	}
	if flushErr := out.Flush(); err == nil {
		err = flushErr
	}
	a.next(s, o)
	a.exit = exitOf(s, o.strict)
	if err == nil && s.Err != nil {
		err = s.Err
	}
	return err
}

// exitOf is what a run that came to its end exits with.
func exitOf(s *emulator.Summary, strict bool) int {
	if s.Run.Totals.NoAnswer > 0 || strict && s.Run.Totals.FailedSteps > 0 {
		return emulator.ExitFailed
	}
	return emulator.ExitOK
}

// warn shows what validate would say, in one line unless --verbose.
func (a *App) warn(warnings source.Problems) {
	if len(warnings) == 0 || a.quiet {
		return
	}
	if !a.verbose {
		noun := "warnings"
		if len(warnings) == 1 {
			noun = "warning"
		}
		a.note("%s", a.errStyle().Warn(fmt.Sprintf("%d %s about this workflow: emulator validate%s", len(warnings), noun, a.again())))
		return
	}
	a.printProblems(a.err, a.errStyle(), warnings)
}

// printRun prints what the rows have not printed: rows of a run whose order only the store knows, and the totals.
func (a *App) printRun(ctx context.Context, e *emulator.Emulator, o *runOptions, s *emulator.Summary, out *bufio.Writer, table *report.RunRows, print func(*run.Row) error) error {
	ctx = context.WithoutCancel(ctx)
	if o.output == "json" {
		return a.printRunJSON(ctx, e, o, s, out)
	}
	if !s.Ordered {
		if err := eachRow(ctx, e, s.Run.ID, print); err != nil {
			return err
		}
	}
	if o.output == "text" {
		if err := table.Write(out, a.style(), "emulator runs show last"+a.again()+" --verbose"); err != nil {
			return err
		}
		report.Totals(out, a.style(), s.Run)
	}
	return nil
}

func eachRow(ctx context.Context, e *emulator.Emulator, runID string, fn func(*run.Row) error) error {
	reader, err := e.Reader(ctx)
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

func (a *App) printRunJSON(ctx context.Context, e *emulator.Emulator, o *runOptions, s *emulator.Summary, out *bufio.Writer) error {
	head, err := json.Marshal(jsonOfRun(s.Run, o.req.Timings))
	if err != nil {
		return err
	}
	_, _ = out.WriteString(`{"run":`)
	_, _ = harmlessJSON{out}.Write(head)
	_, _ = out.WriteString(`,"results":[`)
	var line []byte
	first := true
	err = eachRow(ctx, e, s.Run.ID, func(row *run.Row) error {
		if !first {
			_, _ = out.WriteString(",")
		}
		first = false
		_, _ = out.WriteString("\n")
		line = run.AppendResult(line[:0], row, o.req.Timings)
		_, err := out.Write(line)
		return err
	})
	_, _ = out.WriteString("]}\n")
	return err
}

// next says under which id the run is kept, and what is useful now.
func (a *App) next(s *emulator.Summary, o *runOptions) {
	r := s.Run
	style := a.errStyle()
	if s.Drafted != "" {
		a.note("%s", style.Warn("The unanswered questions are in "+s.Drafted+"; write the replies there."))
	}
	a.recorded(s.Recorded)
	hint := ""
	switch t := &r.Totals; {
	case r.Status == run.RunInterrupted || r.Status == run.RunStopped:
		hint = fmt.Sprintf("emulator run --resume %s%s", r.ID, a.again())
	case t.NoAnswer > 0 && r.Answers == portal.AnswersReplay:
		hint = fmt.Sprintf("emulator run %s --answers record%s", quote(o.req.Workflow), a.again())
	case t.NoAnswer > 0 && s.Drafted == "":
		hint = fmt.Sprintf("emulator run %s --draft-missing%s", quote(o.req.Workflow), a.again())
	case t.FailedSteps > 0:
		hint = fmt.Sprintf("emulator runs show %s --failed%s", r.ID, a.again())
	case t.Considered > 0 && t.Enrollments[run.NotEnrolled] == t.Considered:
		hint = fmt.Sprintf("emulator run %s --enroll all%s", quote(o.req.Workflow), a.again())
	case len(t.Effects) > 0:
		hint = fmt.Sprintf("emulator inbox --run %s%s", r.ID, a.again())
	}
	took := ""
	if !r.Ended.IsZero() {
		took = " in " + report.Duration(r.Ended.Sub(r.Created))
	}
	a.note("%s", style.Faint(fmt.Sprintf("Run %s%s.", r.ID, took)))
	if hint != "" {
		a.note("Next: %s", style.Link(hint))
	}
}

// progress is a bar on stderr, shown only on a terminal and only for what takes over a second.
type progress struct {
	w     io.Writer
	total int64
	done  atomic.Int64
	quit  chan struct{}
	ended chan struct{}
}

func (p *progress) start(total int64) {
	f, ok := p.w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return
	}
	p.total, p.quit, p.ended = total, make(chan struct{}), make(chan struct{})
	go p.draw(time.Now())
}

func (p *progress) draw(started time.Time) {
	defer close(p.ended)
	wait := time.Second
	shown := false
	for {
		select {
		case <-p.quit:
			if shown {
				_, _ = fmt.Fprint(p.w, "\r\x1b[K")
			}
			return
		case <-time.After(wait):
		}
		wait, shown = 150*time.Millisecond, true
		const width = 30
		done := p.done.Load()
		filled := 0
		if p.total > 0 {
			filled = int(min(done, p.total) * width / p.total)
		}
		rate := float64(done) / time.Since(started).Seconds()
		_, _ = fmt.Fprintf(p.w, "\r%s%s %s of %s, %s a second\x1b[K", strings.Repeat("█", filled), strings.Repeat("░", width-filled), report.Number(done), report.Number(p.total), report.Number(int64(rate)))
	}
}

func (p *progress) add(n int64) { p.done.Add(n) }

func (p *progress) stop() {
	if p.quit == nil {
		return
	}
	close(p.quit)
	<-p.ended
	p.quit = nil
}
