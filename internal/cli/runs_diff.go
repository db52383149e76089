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

// runDiff is one record whose two enrollments differ.
type runDiff struct {
	Record run.RecordRef `json:"record"`
	// Differs names what does: considered (only one run looked at the record), enrolled (only one enrolled it), or else
	// some of state, path, response, effects.
	Differs []string `json:"differs"`
	A       *side    `json:"a,omitempty"`
	B       *side    `json:"b,omitempty"`
}

type side struct {
	State    run.State `json:"state"`
	Response *string   `json:"response,omitempty"`
	Path     []string  `json:"path"`
	// Effects are what the enrollment did; doings says it in few words.
	Effects []run.Effect `json:"effects"`
	doings  string
}

func (a *App) runsDiff() *cobra.Command {
	output := ""
	cmd := &cobra.Command{
		Use:               "diff RUN RUN",
		Short:             "Show the records that two runs treated differently",
		Args:              exactly(2, "two runs"),
		ValidArgsFunction: a.completeRuns,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.diffRuns(cmd.Context(), args, output) },
	}
	outputFlag(cmd, &output)
	return cmd
}

func (a *App) diffRuns(ctx context.Context, ids []string, output string) error {
	return a.withReader(ctx, func(_ *emulator.Emulator, reader run.Reader) error {
		var runs [2]*run.Run
		for i, id := range ids {
			r, err := reader.Run(ctx, id)
			if err != nil {
				return err
			}
			runs[i] = r
		}
		diffs, same, err := compare(ctx, reader, runs[0].ID, runs[1].ID)
		if err != nil {
			return err
		}
		l := listing[runDiff]{name: "differences", items: diffs, empty: fmt.Sprintf("Runs %s and %s came to the same result for %s.", runs[0].ID, runs[1].ID, report.Count(same, "records"))}
		l.table = &report.Table{Head: []string{"RECORD", "NAME", "DIFFERS", "IN " + runs[0].ID, "IN " + runs[1].ID}, Grow: 3, Keep: map[int]bool{0: true}}
		for _, d := range diffs {
			l.table.Rows = append(l.table.Rows, []string{report.Safe(d.Record.ID), report.Truncate(report.Safe(d.Record.Name), 22), join(d.Differs), oneLine(d.A.text()), oneLine(d.B.text())})
		}
		if err := show(a, output, l); err != nil || output != "text" {
			return err
		}
		if runs[0].Workflow.File != runs[1].Workflow.File {
			a.note("%s", a.errStyle().Warn("The runs are of two workflows: "+report.Safe(runs[0].Workflow.Name)+", "+report.Safe(runs[1].Workflow.Name)+"."))
		}
		if n := int64(len(diffs)); n > 0 {
			verb := "differ"
			if n == 1 {
				verb = "differs"
			}
			a.note("%s %s, %s alike.", report.Count(n, "records"), verb, report.Number(same))
		}
		return nil
	})
}

func join(list []string) string { return strings.Join(list, ", ") }

func (s *side) text() string {
	if s == nil {
		return "(not considered)"
	}
	text := string(s.State)
	if s.Response != nil {
		text = *s.Response
	}
	if s.doings != "" {
		text += " · " + s.doings
	}
	return text
}

func sideOf(r *run.Result) *side {
	s := &side{State: r.Enrollment.State, Path: []string{}, Effects: r.Effects, doings: report.Doings(r)}
	for i := range r.Steps {
		s.Path = append(s.Path, r.Steps[i].ActionID)
		if k := r.Steps[i].Ask; k != nil && k.Response != nil {
			s.Response = k.Response
		}
	}
	return s
}

// compare walks both runs and pairs records by type and id; order follows the first run, new records of the second last.
func compare(ctx context.Context, reader run.Reader, idA, idB string) (diffs []runDiff, same int64, err error) {
	b := map[string]*run.Row{}
	var order []*run.Row
	err = reader.Rows(ctx, idB, run.Query{AfterSeq: -1}, func(row *run.Row) error {
		kept := *row
		b[row.Record.ObjectType+"\x00"+row.Record.ID] = &kept
		order = append(order, &kept)
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	diffs = []runDiff{}
	err = reader.Rows(ctx, idA, run.Query{AfterSeq: -1}, func(row *run.Row) error {
		key := row.Record.ObjectType + "\x00" + row.Record.ID
		d, err := diffOf(row, b[key])
		delete(b, key)
		if err != nil {
			return err
		}
		if d == nil {
			same++
			return nil
		}
		diffs = append(diffs, *d)
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	for _, row := range order {
		if _, left := b[row.Record.ObjectType+"\x00"+row.Record.ID]; !left {
			continue
		}
		result, err := row.Result()
		if err != nil {
			return nil, 0, err
		}
		diffs = append(diffs, runDiff{Record: row.Record, Differs: []string{"considered"}, B: sideOf(result)})
	}
	return diffs, same, nil
}

func diffOf(rowA, rowB *run.Row) (*runDiff, error) {
	if rowB != nil && rowA.State == rowB.State && string(rowA.Steps) == string(rowB.Steps) && string(rowA.Effects) == string(rowB.Effects) {
		return nil, nil
	}
	resultA, err := rowA.Result()
	if err != nil {
		return nil, err
	}
	d := &runDiff{Record: rowA.Record, A: sideOf(resultA)}
	if rowB == nil {
		d.Differs = []string{"considered"}
		return d, nil
	}
	resultB, err := rowB.Result()
	if err != nil {
		return nil, err
	}
	d.B = sideOf(resultB)
	if (rowA.State == run.NotEnrolled) != (rowB.State == run.NotEnrolled) {
		d.Differs = []string{"enrolled"}
		return d, nil
	}
	text := func(s *string) string {
		if s == nil {
			return "\x00"
		}
		return *s
	}
	for _, c := range []struct {
		what    string
		differs bool
	}{
		{"state", d.A.State != d.B.State},
		{"path", join(d.A.Path) != join(d.B.Path)},
		{"response", text(d.A.Response) != text(d.B.Response)},
		{"effects", string(rowA.Effects) != string(rowB.Effects)},
	} {
		if c.differs {
			d.Differs = append(d.Differs, c.what)
		}
	}
	if len(d.Differs) == 0 {
		return nil, nil // only what an answer cost or how long it took
	}
	return d, nil
}
