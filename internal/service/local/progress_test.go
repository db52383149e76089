package local_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/run"
	"askflow/internal/service/local"
)

// Whatever rows replace, what is told adds up to the rows that are there.
func TestProgressAddsUp(t *testing.T) {
	t.Parallel()
	done := run.Row{Seq: 0, State: run.Completed, Asks: 1, CostUSD: "0.001"}
	skipped := run.Row{Seq: 1, State: run.NotEnrolled}
	waits := run.Row{Seq: 2, State: run.Active, Asks: 1, CostUSD: "0.002"}
	waited := run.Row{Seq: 2, State: run.Completed, Asks: 2, CostUSD: "0.005"}
	failed := run.Row{Seq: 3, State: run.Completed, Asks: 1, FailedSteps: 1, NoAnswer: 1}
	mended := run.Row{Seq: 3, State: run.GoalMet, Asks: 1, CostUSD: "0.25"}
	for _, c := range []struct {
		name   string
		totals run.Totals
		before []run.Row
		rows   []run.Row
		want   run.Totals
		done   int64
	}{
		{"a new run", run.Totals{}, nil, []run.Row{done, skipped, failed},
			run.Totals{Considered: 3, Enrollments: map[run.State]int64{run.Completed: 2, run.NotEnrolled: 1}, Asks: 2, FailedSteps: 1, NoAnswer: 1, CostUSD: "0.001"}, 3},
		{"answers that are kept one by one", run.Totals{}, nil, []run.Row{waits, done, waited},
			run.Totals{Considered: 2, Enrollments: map[run.State]int64{run.Completed: 2}, Asks: 3, CostUSD: "0.006"}, 2},
		{"a resumed run", run.Totals{Considered: 2, Enrollments: map[run.State]int64{run.Completed: 1, run.Active: 1}, Asks: 2, CostUSD: "0.003"}, []run.Row{waits}, []run.Row{waited, skipped},
			run.Totals{Considered: 3, Enrollments: map[run.State]int64{run.Completed: 2, run.NotEnrolled: 1}, Asks: 3, CostUSD: "0.006"}, 2},
		{"failed ones run again", run.Totals{Considered: 1, Enrollments: map[run.State]int64{run.Completed: 1}, Asks: 1, FailedSteps: 1, NoAnswer: 1, CostUSD: "0"}, []run.Row{failed}, []run.Row{mended},
			run.Totals{Considered: 1, Enrollments: map[run.State]int64{run.GoalMet: 1}, Asks: 1, CostUSD: "0.25"}, 1},
	} {
		got, n := local.Progressed(c.totals, c.before, c.rows...)
		if diff := cmp.Diff(c.want, got); diff != "" || n != c.done {
			t.Errorf("%s: %d records done, want %d\n%s", c.name, n, c.done, diff)
		}
	}
}
