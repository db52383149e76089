package compare_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/compare"
	"askflow/internal/run"
)

// memory is a reader of rows that are made as they are read; it counts those that were asked for one page at a time.
type memory struct {
	run.Reader
	runs           map[string][]run.Row
	pages, fetched int
	largest        int // bytes of the largest page
}

func (m *memory) Rows(_ context.Context, id string, q run.Query, fn func(*run.Row) error) error {
	n, size := 0, 0
	if q.Limit > 0 {
		m.pages++
	}
	for _, row := range m.runs[id] {
		if row.Seq <= q.AfterSeq || q.Limit > 0 && n == q.Limit {
			continue
		}
		if n++; q.Limit > 0 {
			m.fetched++
			size += len(row.Steps)
			m.largest = max(m.largest, size)
		}
		if err := fn(&row); err != nil {
			return err
		}
	}
	return nil
}

// rows are n records with an answer each.
func rows(n int, answer func(i int) string) []run.Row {
	var out []run.Row
	for i := range n {
		steps := fmt.Sprintf(`[{"actionId":"1","actionTypeId":"x","state":"SUCCESS","ask":{"assistant":"a","model":"m","protocol":"p","prompt":"","attempts":1,"response":%q}}]`, answer(i))
		out = append(out, run.Row{Seq: int64(i), Record: run.RecordRef{ObjectType: "contact", ID: fmt.Sprint(i)}, State: run.Completed, Steps: []byte(steps), Effects: []byte("[]")})
	}
	return out
}

func numbered(rows []run.Row) []run.Row {
	for i := range rows {
		rows[i].Seq = int64(i)
	}
	return rows
}

func TestCompare(t *testing.T) {
	t.Parallel()
	const n = 2000
	a := rows(n, func(int) string { return "A" })
	b := rows(n, func(i int) string {
		if i%2 == 0 {
			return "B"
		}
		return "A"
	})
	backwards := slices.Clone(b)
	slices.Reverse(backwards)
	for name, c := range map[string]struct {
		b              []run.Row
		pages, fetched int
	}{
		"the same order": {b, 40, n + 256},
		"another order":  {numbered(backwards), n, 2 * n},
		"others before":  {numbered(append(rows(5, func(int) string { return "A" }), b[5:]...)), 40, n + 256},
	} {
		m := &memory{runs: map[string][]run.Row{"r1": a, "r2": c.b}}
		found := 0
		same, err := compare.Runs(m, "r1", "r2").Each(t.Context(), func(d *compare.Diff) error {
			if found++; strings.Join(d.Differs, ",") != "response" {
				t.Errorf("%s: record %s differs in %v", name, d.Record.ID, d.Differs)
			}
			return nil
		})
		if err != nil || found+int(same) != n || found < n/2-5 || found > n/2 {
			t.Errorf("%s: %d differ, %d alike, %v", name, found, same, err)
		}
		if m.pages > c.pages || m.fetched > c.fetched {
			t.Errorf("%s: read %d rows again, in %d pages", name, m.fetched, m.pages)
		}
	}
}

// Records that only one run considered are told, the second one's last; of another object type is another record.
func TestCompareOfDifferentRecords(t *testing.T) {
	t.Parallel()
	same := func(int) string { return "A" }
	a, b := rows(3, same), rows(4, same)
	b[1].Record.ObjectType = "company"
	m := &memory{runs: map[string][]run.Row{"r1": a, "r2": b}}
	var got []string
	alike, err := compare.Runs(m, "r1", "r2").Each(t.Context(), func(d *compare.Diff) error {
		got = append(got, d.Record.ID+" "+strings.Join(d.Differs, ","))
		return nil
	})
	if diff := cmp.Diff([]string{"1 considered", "1 considered", "3 considered"}, got); diff != "" || alike != 2 || err != nil {
		t.Errorf("%d alike, %v, %s", alike, err, diff)
	}
	stop := errors.New("stop")
	if _, err := compare.Runs(m, "r1", "r2").Each(t.Context(), func(*compare.Diff) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the error of the printer: %v", err)
	}
	m.runs["r2"][0].Steps = []byte("{")
	if _, err := compare.Runs(m, "r1", "r2").Each(t.Context(), func(*compare.Diff) error { return nil }); err == nil {
		t.Error("broken JSON in a row is no error")
	}
}
