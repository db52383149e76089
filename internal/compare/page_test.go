package compare_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/compare"
	"askflow/internal/run"
)

// shuffled are two runs over overlapping records in different orders, with different answers for some.
func shuffled(seed uint64, n int) *memory {
	r := rand.New(rand.NewPCG(seed, 7))
	made := map[string][]run.Row{}
	for _, answer := range []string{"A", "B", "C"} {
		made[answer] = rows(n, func(int) string { return answer })
	}
	side := func() []run.Row {
		var out []run.Row
		for _, i := range r.Perm(n) {
			if r.IntN(5) == 0 {
				continue
			}
			row := made[[]string{"A", "B", "C"}[r.IntN(3)]][i]
			if r.IntN(4) == 0 {
				row.State, row.Steps = run.NotEnrolled, []byte("[]")
			}
			out = append(out, row)
		}
		return numbered(out)
	}
	return &memory{runs: map[string][]run.Row{"r1": side(), "r2": side()}}
}

// all reads a comparison page by page; fresh makes a new comparison for every page.
func all(t *testing.T, m *memory, q compare.Query, fresh bool) (lines []string, same, others int64, pages int) {
	t.Helper()
	c := compare.Runs(m, "r1", "r2")
	for {
		page, err := c.Page(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if q.Limit > 0 && len(page.Diffs) > q.Limit || q.Scan > 0 && page.Scanned > q.Scan {
			t.Fatalf("a page of %d differences after %d rows, asked for %+v", len(page.Diffs), page.Scanned, q)
		}
		for i := range page.Diffs {
			lines = append(lines, line(t, &page.Diffs[i]))
		}
		same, others, pages = same+page.Same, others+page.Others, pages+1
		if page.Next == "" {
			return lines, same, others, pages
		}
		if q.After = page.Next; fresh {
			c = compare.Runs(m, "r1", "r2")
		}
	}
}

func line(t *testing.T, d *compare.Diff) string {
	t.Helper()
	data, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Pages of any size hold together what Each gives, whether the comparison is kept or made anew for every page.
func TestPagesAreTheWhole(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		m := shuffled(seed, 30)
		var want []string
		wantSame, err := compare.Runs(m, "r1", "r2").Each(t.Context(), func(d *compare.Diff) error {
			want = append(want, line(t, d))
			return nil
		})
		if err != nil || len(want) == 0 || wantSame == 0 {
			t.Fatal(err, len(want), wantSame)
		}
		for _, q := range []compare.Query{{}, {Limit: 1}, {Limit: 3}, {Limit: 7, Scan: 65}, {Scan: 1}, {Scan: 5, Limit: 2}} {
			for _, fresh := range []bool{false, true} {
				if fresh && q.Scan > 0 && q.Scan < 60 {
					continue // a new comparison reads the second run anew, and never gets further
				}
				got, same, others, _ := all(t, m, q, fresh)
				if diff := cmp.Diff(want, got); diff != "" || same != wantSame || others != 0 {
					t.Fatalf("seed %d, %+v, fresh %t: %d alike, want %d; %d others\n%s", seed, q, fresh, same, wantSame, others, diff)
				}
			}
		}
	}
}

func TestPagesOfSomeKinds(t *testing.T) {
	t.Parallel()
	m := shuffled(3, 40)
	whole, same, _, _ := all(t, m, compare.Query{}, false)
	kept := 0
	for _, kind := range compare.Kinds() {
		got, sameToo, others, _ := all(t, m, compare.Query{Only: []string{kind}, Limit: 2}, false)
		for _, l := range got {
			if !strings.Contains(l, `"`+kind+`"`) {
				t.Errorf("asked for %s: %s", kind, l)
			}
		}
		if sameToo != same || int(others)+len(got) != len(whole) {
			t.Errorf("%s: %d alike, %d kept, %d others of %d", kind, sameToo, len(got), others, len(whole))
		}
		kept += len(got)
	}
	if kept < len(whole) {
		t.Errorf("the kinds together have %d of %d", kept, len(whole))
	}
}

// A comparison that is kept reads the second run once.
func TestTheIndexIsKept(t *testing.T) {
	t.Parallel()
	m := &memory{runs: map[string][]run.Row{"r1": rows(300, func(int) string { return "A" }), "r2": rows(300, func(int) string { return "B" })}}
	c := compare.Runs(m, "r1", "r2")
	first, err := c.Page(t.Context(), compare.Query{Limit: 10})
	if err != nil || first.Scanned != 300+10 {
		t.Fatalf("the first page read %d rows: %v", first.Scanned, err)
	}
	second, err := c.Page(t.Context(), compare.Query{Limit: 10, After: first.Next})
	if err != nil || second.Scanned != 10 || second.Diffs[0].Record.ID != "10" {
		t.Fatalf("the second page read %d rows and begins with %s: %v", second.Scanned, second.Diffs[0].Record.ID, err)
	}
	again, err := c.Page(t.Context(), compare.Query{Limit: 10})
	if diff := cmp.Diff(first.Diffs, again.Diffs); err != nil || diff != "" || again.Scanned != 10 {
		t.Errorf("the first page once more: %d rows, %v, %s", again.Scanned, err, diff)
	}
	// Once the first run was walked through, nothing is left to look for in the second.
	read := first.Scanned + second.Scanned
	for page := second; page.Next != ""; read += page.Scanned {
		if page, err = c.Page(t.Context(), compare.Query{Limit: 10, After: page.Next}); err != nil {
			t.Fatal(err)
		}
	}
	if read != 300+300 {
		t.Errorf("all pages together read %d rows", read)
	}
}

// Long answers end a page early.
func TestPagesOfLongAnswersAreShort(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("long ", 1<<18)
	m := &memory{runs: map[string][]run.Row{"r1": rows(20, func(int) string { return long }), "r2": rows(20, func(int) string { return long + "!" })}}
	got, _, _, pages := all(t, m, compare.Query{Limit: 30}, false)
	if len(got) != 20 || pages < 6 || m.largest > 10<<20 {
		t.Errorf("%d differences in %d pages, %d bytes read at once", len(got), pages, m.largest)
	}
}

func TestQueriesThatAreRefused(t *testing.T) {
	t.Parallel()
	c := compare.Runs(shuffled(1, 5), "r1", "r2")
	for _, q := range []compare.Query{{After: "x1"}, {After: "a"}, {After: "a-2"}, {After: "a1x"}, {Only: []string{"colour"}}, {After: "a99999999999999999999"}} {
		if page, err := c.Page(t.Context(), q); err == nil || len(page.Diffs) > 0 || !strings.Contains(err.Error(), "comparison") && !strings.Contains(err.Error(), "considered") {
			t.Errorf("%+v: %v", q, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Page(ctx, compare.Query{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestManyReadOneComparison(t *testing.T) {
	t.Parallel()
	m := shuffled(5, 60)
	c := compare.Runs(m, "r1", "r2")
	want, err := compare.Runs(shuffled(5, 60), "r1", "r2").Page(t.Context(), compare.Query{Limit: 4})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			got, err := c.Page(context.Background(), compare.Query{Limit: 4})
			if diff := cmp.Diff(want.Diffs, got.Diffs); diff != "" || err != nil {
				t.Errorf("%v %s", err, diff)
			}
		})
	}
	wg.Wait()
}

const askedTwice = `[{"actionId":"1","actionTypeId":"x","name":"ask","label":"Ask","state":"SUCCESS","ask":{"assistant":"a","model":"m","protocol":"p","prompt":"P1","attempts":1,"response":"one"}},
{"actionId":"2","actionTypeId":"x","label":"Ask","state":"FAIL_CONTINUE","error":{"code":"refusal","message":"no"},"ask":{"assistant":"a","model":"m","protocol":"p","prompt":"P2","attempts":1}},
{"actionId":"1","actionTypeId":"x","name":"ask","label":"Ask","state":"SUCCESS","visit":2,"ask":{"assistant":"a","model":"m","protocol":"p","prompt":"P3","attempts":1,"response":%q}}%s]`

// Every ask is there with both answers, visits of a loop apart.
func TestPairs(t *testing.T) {
	t.Parallel()
	row := func(last, more string) run.Row {
		return run.Row{Record: run.RecordRef{ObjectType: "contact", ID: "1"}, State: run.Completed, Steps: fmt.Appendf(nil, askedTwice, last, more), Effects: []byte("[]")}
	}
	third := `,{"actionId":"3","actionTypeId":"x","label":"Ask more","state":"SUCCESS","ask":{"assistant":"a","model":"m","protocol":"p","prompt":"P4","attempts":1,"response":"four"}}`
	m := &memory{runs: map[string][]run.Row{"r1": {row("two", "")}, "r2": {row("deux", third)}}}
	page, err := compare.Runs(m, "r1", "r2").Page(t.Context(), compare.Query{})
	if err != nil || len(page.Diffs) != 1 {
		t.Fatal(page, err)
	}
	d := page.Diffs[0]
	text := func(k *compare.Asked) string {
		switch {
		case k == nil:
			return "-"
		case k.Response == nil:
			return k.Error.Code
		}
		return k.Prompt + "=" + *k.Response
	}
	var got []string
	for _, p := range d.Pairs() {
		got = append(got, fmt.Sprintf("%s %s %d: %s %s %t", p.ActionID, p.Name, p.Visit, text(p.A), text(p.B), p.Same))
	}
	want := []string{"1 ask 1: P1=one P1=one true", "2 Ask 1: refusal refusal true", "1 ask 2: P3=two P3=deux false", "3 Ask more 1: - P4=four false"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if r := d.B.ResponseOf("1"); r == nil || *r != "deux" || d.A.ResponseOf("2") != nil || (*compare.Side)(nil).ResponseOf("1") != nil {
		t.Errorf("the last response of action 1: %v", r)
	}
	// What screens see more of than the command line prints is not in its JSON.
	if l := line(t, &d); strings.Contains(l, "P1") || strings.Contains(l, "eason") {
		t.Errorf("the JSON has grown: %s", l)
	}
	if (&compare.Diff{B: d.B}).Pairs()[0].A != nil {
		t.Error("a record of one run has asks in both")
	}
}

func BenchmarkPageOfTwoLongRuns(b *testing.B) {
	m := &memory{runs: map[string][]run.Row{"r1": rows(20_000, func(int) string { return "A" }), "r2": rows(20_000, func(i int) string { return []string{"A", "B"}[i%2] })}}
	c := compare.Runs(m, "r1", "r2")
	page, err := c.Page(b.Context(), compare.Query{Limit: 1})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := c.Page(b.Context(), compare.Query{Limit: 50, After: page.Next}); err != nil {
			b.Fatal(err)
		}
	}
}
