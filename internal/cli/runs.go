package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"askflow/internal/emulator"
	"askflow/internal/flow"
	"askflow/internal/portal"
	"askflow/internal/report"
	"askflow/internal/run"
)

func (a *App) runsCommand() *cobra.Command {
	output := ""
	cmd := &cobra.Command{
		Use:   "runs",
		Short: "List runs; show, compare or delete one",
		Args:  oneOf,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.listRuns(cmd.Context(), output) },
	}
	outputFlag(cmd, &output)
	list := &cobra.Command{Use: "list", Short: "List runs, newest first", Args: exactly(0, "nothing"), RunE: cmd.RunE}
	outputFlag(list, &output)
	cmd.AddCommand(list, a.runsShow(), a.runsDiff(), a.runsDelete())
	return cmd
}

// withReader opens portal and store for reading.
func (a *App) withReader(ctx context.Context, fn func(*emulator.Emulator, run.Reader) error) error {
	e, err := a.open(ctx)
	if err != nil {
		return err
	}
	reader, err := e.Reader(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = reader.Close() }()
	a.shownFrom(e)
	return fn(e, reader)
}

func (a *App) listRuns(ctx context.Context, output string) error {
	return a.withReader(ctx, func(_ *emulator.Emulator, reader run.Reader) error {
		tight := a.style().Width < narrow
		when := "2006-01-02 15:04"
		if tight {
			when = "01-02 15:04"
		}
		runs, err := reader.Runs(ctx)
		if err != nil {
			return err
		}
		l := listing[runJSON]{name: "runs", empty: "No runs yet. Start one: emulator run WORKFLOW" + a.again()}
		l.table = &report.Table{Head: []string{"RUN", "WORKFLOW", "STATUS", "WHEN", "RECORDS", "ASKS", "FAILED", "COST"}, Grow: 1, Right: map[int]bool{4: true, 5: true, 6: true, 7: true},
			Keep: map[int]bool{0: true, 2: true, 3: true, 4: true, 5: true, 6: true, 7: true}}
		answers := false // worth a column only where answers came from elsewhere than the scripts
		for _, r := range runs {
			answers = answers || r.Answers != portal.AnswersScripted
		}
		if answers {
			l.table.Head = append(l.table.Head, "ANSWERS")
		}
		for _, r := range runs {
			l.items = append(l.items, jsonOfRun(r, true))
			row := []string{r.ID, report.Safe(r.Workflow.Name), string(r.Status), r.Created.Local().Format(when),
				report.Number(r.Totals.Considered), report.Number(r.Totals.Asks), report.Number(r.Totals.FailedSteps), dollars(r.Totals.CostUSD)}
			if answers {
				row = append(row, report.Safe(r.Answers))
			}
			l.table.Rows = append(l.table.Rows, row)
		}
		if tight {
			l.table.Drop("ASKS")
		}
		return show(a, output, l)
	})
}

type showRunOptions struct {
	record string
	failed bool
	output string
}

func (a *App) runsShow() *cobra.Command {
	o := &showRunOptions{}
	cmd := &cobra.Command{
		Use:   "show RUN",
		Short: "Show a run, or one record's way through it with every prompt and answer",
		Example: `  emulator runs show last
  emulator runs show r3 --record 101
  emulator runs show last --failed`,
		Args:              exactly(1, "one run (r1, r2, … or last)"),
		ValidArgsFunction: a.completeRuns,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.showRun(cmd.Context(), args[0], o) },
	}
	cmd.Flags().StringVar(&o.record, "record", "", "only the record with this `ID`, step by step")
	_ = cmd.RegisterFlagCompletionFunc("record", cobra.NoFileCompletions) // fails only for a flag that is not there
	cmd.Flags().BoolVar(&o.failed, "failed", false, "only records with a failed step, step by step")
	outputFlag(cmd, &o.output)
	return cmd
}

func (a *App) showRun(ctx context.Context, id string, o *showRunOptions) error {
	return a.withReader(ctx, func(e *emulator.Emulator, reader run.Reader) error {
		r, err := reader.Run(ctx, id)
		if err != nil {
			return err
		}
		q := run.Query{AfterSeq: -1, RecordID: o.record, Failed: o.failed}
		switch o.output {
		case "json":
			return a.showRunJSON(ctx, r, reader, q)
		case "jsonl":
			return reader.Rows(ctx, r.ID, q, func(row *run.Row) error {
				_, err := a.out.Write(append(run.AppendResult(nil, row, true), '\n'))
				return err
			})
		}
		if o.record == "" && !o.failed {
			return a.showRunText(ctx, e, r, reader, q)
		}
		return a.showRecords(ctx, e, r, reader, q)
	})
}

func (a *App) showRunJSON(ctx context.Context, r *run.Run, reader run.Reader, q run.Query) error {
	results := []*run.Result{}
	err := reader.Rows(ctx, r.ID, q, func(row *run.Row) error {
		result, err := row.Result()
		results = append(results, result)
		return err
	})
	if err != nil {
		return err
	}
	head := jsonOfRun(r, true)
	head.Settings = &r.Settings
	return writeJSON(a.out, struct {
		Run     runJSON       `json:"run"`
		Results []*run.Result `json:"results"`
	}{head, results})
}

func (a *App) showRunText(ctx context.Context, e *emulator.Emulator, r *run.Run, reader run.Reader, q run.Query) error {
	style := a.style()
	plural := "records"
	if f, err := e.Portal.Workflow(r.Workflow.File); err == nil {
		plural = f.ObjectType().Plural
	}
	inZone := *r
	inZone.Now = r.Now.In(e.Portal.Settings.Zone)
	report.Header(a.out, style, &inZone, r.Totals.Considered, plural)
	_, _ = fmt.Fprintln(a.out, style.Faint(fmt.Sprintf("run %s, %s, started %s", r.ID, r.Status, r.Created.Local().Format("2006-01-02 15:04:05"))))
	if r.Error != nil {
		_, _ = fmt.Fprintln(a.out, style.Bad(report.Safe(r.Error.Message)))
	}
	table := &report.RunRows{Max: textRows}
	if a.verbose {
		table.Max = 1 << 30
	}
	if err := reader.Rows(ctx, r.ID, q, table.Add); err != nil {
		return err
	}
	if err := table.Write(a.out, style, "add --verbose"); err != nil {
		return err
	}
	report.Totals(a.out, style, r)
	if len(table.First) > 0 {
		a.note("Next: %s", a.errStyle().Link("emulator runs show "+r.ID+" --record "+quote(table.First)+a.again()))
	}
	return nil
}

func (a *App) showRecords(ctx context.Context, e *emulator.Emulator, r *run.Run, reader run.Reader, q run.Query) error {
	n := 0
	who := people(e)
	who.Step = propertiesOf(r.Flow)
	err := reader.Rows(ctx, r.ID, q, func(row *run.Row) error {
		result, err := row.Result()
		if err != nil {
			return err
		}
		if n++; n > 1 {
			_, _ = fmt.Fprintln(a.out)
		}
		report.Enrollment(a.out, a.style(), result, who)
		return nil
	})
	if err != nil || n > 0 {
		return err
	}
	if q.RecordID != "" && !q.Failed {
		return &emulator.Error{Code: "unknown_record", Exit: emulator.ExitUsage, Message: fmt.Sprintf("run %s considered no record %s", r.ID, q.RecordID), Hint: "emulator runs show " + r.ID + a.again() + " lists its records"}
	}
	a.note("No record of run %s has a failed step.", r.ID)
	return nil
}

// people names users and owners as portal.yaml knows them.
func people(e *emulator.Emulator) report.People {
	return report.People{
		User: func(id string) string {
			u, _ := e.Portal.User(id)
			return u.Name
		},
		Owner: func(id string) string {
			u, _ := e.Portal.Owner(id)
			return u.Name
		},
		Assistant: func(id string) string {
			if s, ok := e.Assistant(id); ok {
				return s.Name
			}
			return ""
		},
		Zone: e.Portal.Settings.Zone,
	}
}

// propertiesOf names, by action id, the properties that the actions of a flow set.
func propertiesOf(flowJSON []byte) func(actionID string) string {
	var f struct {
		Actions []struct {
			ActionID string                     `json:"actionId"`
			TypeID   string                     `json:"actionTypeId"`
			Fields   map[string]json.RawMessage `json:"fields"`
		} `json:"actions"`
	}
	names := map[string]string{}
	if err := json.Unmarshal(flowJSON, &f); err == nil {
		for _, a := range f.Actions {
			name := ""
			if err := json.Unmarshal(a.Fields["property_name"], &name); err == nil && a.TypeID == flow.TypeSetProperty {
				names[a.ActionID] = name
			}
		}
	}
	return func(actionID string) string { return names[actionID] }
}

func (a *App) runsDelete() *cobra.Command {
	yes := false
	cmd := &cobra.Command{
		Use:               "delete RUN",
		Short:             "Delete a run and everything it kept",
		Args:              exactly(1, "one run (r1, r2, … or last)"),
		ValidArgsFunction: a.completeRuns,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			e, err := a.open(ctx)
			if err != nil {
				return err
			}
			if err := changeable(e, args[0]); err != nil {
				return err
			}
			store, err := e.Store(ctx)
			if err != nil {
				return err
			}
			defer func() { _ = store.Close() }()
			r, err := store.Run(ctx, args[0])
			if err != nil {
				return err
			}
			if !yes && !a.confirm(fmt.Sprintf("Delete run %s of %s (%s)?", r.ID, report.Safe(r.Workflow.Name), report.Count(r.Totals.Considered, "records"))) {
				a.note("Nothing was deleted.")
				return nil
			}
			if err := store.Delete(ctx, r.ID); err != nil {
				return err
			}
			a.note("Run %s is deleted.", r.ID)
			return nil
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

// confirm asks on a terminal; elsewhere nobody can answer, and naming the run is answer enough.
func (a *App) confirm(question string) bool {
	f, ok := a.in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return true
	}
	_, _ = fmt.Fprint(a.err, question+" [y/N] ")
	var answer string
	_, _ = fmt.Fscanln(a.in, &answer)
	return answer == "y" || answer == "Y" || answer == "yes"
}
