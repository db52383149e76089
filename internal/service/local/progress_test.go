package local_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

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
		{"records named by their ids", run.Totals{}, nil, []run.Row{done, {Seq: 1, State: run.NotEnrolled, Reason: "not among the records named by --enroll"}},
			run.Totals{Considered: 2, Enrollments: map[run.State]int64{run.Completed: 1, run.NotEnrolled: 1}, Asks: 1, NotNamed: 1, CostUSD: "0.001"}, 2},
	} {
		got, n := local.Progressed(c.totals, c.before, c.rows...)
		if diff := cmp.Diff(c.want, got); diff != "" || n != c.done {
			t.Errorf("%s: %d records done, want %d\n%s", c.name, n, c.done, diff)
		}
	}
}

// Records that do not enroll are done at once: as soon as one enrolled, they say nothing about how long the rest will take.
func TestTheRateIsOfEnrolledRecords(t *testing.T) {
	t.Parallel()
	row := func(seq int64, state run.State) run.Row { return run.Row{Seq: seq, State: state} }
	var considered, asking, answered []run.Row
	for i := range int64(100) {
		considered = append(considered, row(i, run.NotEnrolled))
	}
	for i := range int64(20) {
		asking, answered = append(asking, row(100+i, run.Active)), append(answered, row(100+i, run.Completed))
	}
	told := local.Paced(200, time.Second, considered, asking, nil, answered[:10], nil, nil, nil, answered[10:])
	type said struct {
		through, all int64
		rate         float64
		left         time.Duration
	}
	var got []said
	for _, p := range told {
		through, all, _ := p.Work()
		got = append(got, said{through, all, p.Rate, p.Left})
	}
	none := said{0, 34, 0, 0} // 20 of 120 enrolled, and 80 are to come
	want := []said{{100, 200, 100, time.Second}, none, none, {10, 34, 2.5, 9600 * time.Millisecond}, {10, 34, 2, 12 * time.Second}, {10, 34, 10.0 / 6, 14400 * time.Millisecond},
		{10, 34, 10.0 / 7, 16800 * time.Millisecond}, {20, 34, 2.5, 5600 * time.Millisecond}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(said{}), cmpopts.EquateApprox(0, 1e-9), cmp.Comparer(func(a, b time.Duration) bool { return (a - b).Abs() < time.Millisecond })); diff != "" {
		t.Error(diff)
	}
}
