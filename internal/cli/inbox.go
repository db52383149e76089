package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"askflow/internal/emulator"
	"askflow/internal/report"
	"askflow/internal/run"
)

// inboxItem is a notification, an email or a task as the people in the portal would find it.
type inboxItem struct {
	Run      string        `json:"run"`
	Workflow string        `json:"workflow"`
	Record   run.RecordRef `json:"record"`
	run.Effect
}

var inboxKinds = map[string]run.EffectType{"notifications": run.EffectNotification, "emails": run.EffectEmail, "tasks": run.EffectTask}

// inboxRows is how many items the table shows.
const inboxRows = 50

type inboxOptions struct {
	run, output string
}

func (a *App) inboxCommand() *cobra.Command {
	o := &inboxOptions{}
	cmd := &cobra.Command{
		Use:       "inbox [notifications|emails|tasks]",
		Short:     "Show what the people in the portal would have received; --verbose shows whole texts",
		ValidArgs: []string{"notifications", "emails", "tasks"},
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 || len(args) == 1 && inboxKinds[args[0]] == "" {
				return wrongUsage(cmd, "inbox takes notifications, emails or tasks, not %q", strings.Join(args, " "))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			kind := ""
			if len(args) == 1 {
				kind = args[0]
			}
			return a.inbox(cmd.Context(), kind, o)
		},
	}
	cmd.Flags().StringVar(&o.run, "run", "", "only what this `RUN` made (r1, r2, … or last; default: every run)")
	_ = cmd.RegisterFlagCompletionFunc("run", a.completeRuns) // fails only for a flag that is not there
	outputFlag(cmd, &o.output)
	return cmd
}

func (a *App) inbox(ctx context.Context, kind string, o *inboxOptions) error {
	return a.withReader(ctx, func(e *emulator.Emulator, reader run.Reader) error {
		runs, err := chosenRuns(ctx, reader, o.run)
		if err != nil {
			return err
		}
		name := kind
		if name == "" {
			name = "inbox"
		}
		l := listing[inboxItem]{name: name, empty: "Nothing here. A workflow that notifies somebody or creates a task fills it: emulator run WORKFLOW" + a.again()}
		l.table = &report.Table{Head: []string{"RUN", "KIND", "FOR", "SUBJECT", "TEXT", "ABOUT"}, Grow: 4, Keep: map[int]bool{0: true, 1: true}}
		shown, more := 0, int64(0)
		each := func(it inboxItem) error {
			if o.output == "jsonl" { // as they come: a run can have made a million
				return writeJSONLine(a.out, it)
			}
			if o.output == "text" && a.verbose {
				if shown++; shown > 1 {
					_, _ = fmt.Fprintln(a.out)
				}
				a.inboxItem(e, it)
				return nil
			}
			if o.output == "text" && len(l.items) == inboxRows {
				more++
				return nil
			}
			l.items = append(l.items, it)
			if o.output == "text" {
				l.table.Rows = append(l.table.Rows, inboxRow(e, it))
			}
			return nil
		}
		for _, r := range runs {
			if err := eachEffect(ctx, reader, r, kind, each); err != nil {
				return err
			}
		}
		if o.output == "jsonl" || shown > 0 {
			return nil
		}
		if err := show(a, o.output, l); err != nil || more == 0 {
			return err
		}
		_, err = fmt.Fprintln(a.out, a.style().Faint(a.style().Sentence("… and "+report.Number(more)+" more: add --run RUN, --verbose for all of them with whole texts, or --output jsonl", 0)))
		return err
	})
}

// inboxItem prints an item with the whole of its text.
func (a *App) inboxItem(e *emulator.Emulator, it inboxItem) {
	style := a.style()
	about := it.Record.ObjectType + " " + it.Record.ID
	if it.Record.Name != "" {
		about = it.Record.Name + " (" + about + ")"
	}
	_, _ = fmt.Fprintf(a.out, "%s %s\n", style.Head(report.Safe(about)), style.Faint(report.Safe(it.Run+" "+it.Workflow)))
	report.Effect(a.out, style, &it.Effect, people(e))
}

func chosenRuns(ctx context.Context, reader run.Reader, id string) ([]*run.Run, error) {
	if id == "" {
		return reader.Runs(ctx)
	}
	r, err := reader.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	return []*run.Run{r}, nil
}

func eachEffect(ctx context.Context, reader run.Reader, r *run.Run, kind string, fn func(inboxItem) error) error {
	return reader.Rows(ctx, r.ID, run.Query{AfterSeq: -1}, func(row *run.Row) error {
		if len(row.Effects) <= 2 {
			return nil
		}
		result, err := row.Result()
		if err != nil {
			return err
		}
		for _, effect := range result.Effects {
			wanted := effect.Type == inboxKinds[kind]
			if kind == "" {
				wanted = effect.Type == run.EffectNotification || effect.Type == run.EffectEmail || effect.Type == run.EffectTask
			}
			if !wanted {
				continue
			}
			if err := fn(inboxItem{Run: r.ID, Workflow: r.Workflow.Name, Record: row.Record, Effect: effect}); err != nil {
				return err
			}
		}
		return nil
	})
}

func inboxRow(e *emulator.Emulator, it inboxItem) []string {
	var whom, subject, body string
	if it.Type == run.EffectTask {
		owner := it.Properties["hubspot_owner_id"]
		if whom = people(e).Owner(owner); whom == "" {
			if whom = owner; whom == "" {
				whom = "nobody"
			}
		}
		subject, body = it.Properties["hs_task_subject"], it.Properties["hs_task_body"]
	} else {
		var names []string
		for _, id := range it.TeamIDs {
			names = append(names, "team "+id)
		}
		for _, id := range it.UserIDs {
			if n := people(e).User(id); n != "" {
				id = n
			}
			names = append(names, id)
		}
		whom = strings.Join(names, ", ")
		if it.Subject != nil {
			subject = *it.Subject
		}
		if it.Body != nil {
			body = *it.Body
		}
	}
	about := it.Record.Name
	if about == "" {
		about = it.Record.ObjectType + " " + it.Record.ID
	}
	return []string{it.Run, string(it.Type), report.Truncate(oneLine(whom), 18), report.Truncate(oneLine(subject), 36), oneLine(body), report.Truncate(oneLine(about), 20)}
}
