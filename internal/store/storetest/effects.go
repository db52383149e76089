package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"askflow/internal/run"
)

// effectPages reads all effects of a query in pages and names them.
func effectPages(t *testing.T, b run.Browser, q run.EffectQuery) []string {
	t.Helper()
	var out []string
	for calls := 0; ; calls++ {
		page, err := b.EffectPage(t.Context(), q)
		if err != nil {
			t.Fatalf("EffectPage: %v", err)
		}
		if q.Limit > 0 && len(page.Items) > q.Limit || calls > 5000 {
			t.Fatalf("after %d calls a page of %+v has %d effects, scanned %d, more %t, next %+v", calls, q, len(page.Items), page.Scanned, page.More, page.Next)
		}
		for _, it := range page.Items {
			out = append(out, fmt.Sprint(it.Run, ".", it.Seq, ".", it.Index))
		}
		if !page.More {
			return out
		}
		q.After = page.Next
	}
}

// effectsOf is what the row at a place of a run did.
func effectsOf(n int, seq int64) []run.Effect {
	text := fmt.Sprint("about ", n)
	switch seq % 4 {
	case 0:
		return nil
	case 1:
		return []run.Effect{{Type: run.EffectProperty, ActionID: "1", Property: "TASK"}}
	case 2:
		return []run.Effect{{Type: run.EffectTask, ActionID: "2", RecordID: "9", Properties: map[string]string{"hubspot_owner_id": fmt.Sprint(seq % 3), "hs_task_subject": text}},
			{Type: run.EffectNotification, ActionID: "3", UserIDs: []string{"11", "12"}, Subject: &text, Body: &text}}
	}
	return []run.Effect{{Type: run.EffectEmail, ActionID: "4", UserIDs: []string{"12"}, TeamIDs: []string{"7"}, Subject: &text},
		{Type: run.EffectRecord, ActionID: "5", Properties: map[string]string{"hubspot_owner_id": "1"}}, {Type: run.EffectEmail, ActionID: "6", TeamIDs: []string{"8"}}}
}

// placed is an effect and where it is.
type placed struct {
	key    run.EffectKey
	effect run.Effect
}

// sixRuns stores r1 to r6, some without rows, and returns their effects in the order of an inbox; r2 is deleted.
func sixRuns(t *testing.T, s run.Store) []placed {
	t.Helper()
	var all []placed
	for n := 1; n <= 6; n++ {
		r := begin(t, s)
		var group []run.Row
		var here []placed
		for seq := range int64(30) {
			if n%3 == 0 || seq%7 == 6 {
				continue // runs without a row, and holes
			}
			row := NewRow(seq)
			row.Effects = run.AppendEffects(nil, effectsOf(n, seq))
			group = append(group, row)
			for i, e := range effectsOf(n, seq) {
				here = append(here, placed{run.EffectKey{Run: r.ID, Seq: seq, Index: i}, e})
			}
		}
		bad := NewRow(200)
		bad.Effects = []byte(`{"type":"TASK"`)
		commit(t, s, r.ID, nil, append(group, bad)...)
		finish(t, s, r, run.RunCompleted)
		all = append(here, all...)
	}
	if err := s.Delete(t.Context(), "r2"); err != nil {
		t.Fatal(err)
	}
	return all
}

func testEffectPage(t *testing.T, s run.Store) {
	b, all := browser(t, s), sixRuns(t, s)
	inbox := []run.EffectType{run.EffectTask, run.EffectNotification, run.EffectEmail}
	for _, c := range []struct {
		name string
		q    run.EffectQuery
		want func(p placed) bool
	}{
		{"all", run.EffectQuery{}, func(placed) bool { return true }},
		{"of a run", run.EffectQuery{Run: "r4"}, func(p placed) bool { return p.key.Run == "r4" }},
		{"the inbox", run.EffectQuery{Types: inbox}, func(p placed) bool { return slices.Contains(inbox, p.effect.Type) }},
		{"tasks of the last run", run.EffectQuery{Run: "last", Types: []run.EffectType{run.EffectTask}}, func(p placed) bool { return false }},
		{"tasks", run.EffectQuery{Types: []run.EffectType{run.EffectTask}}, func(p placed) bool { return p.effect.Type == run.EffectTask }},
		{"a user's", run.EffectQuery{Types: inbox, User: "11"}, func(p placed) bool { return p.effect.Type == run.EffectNotification }},
		{"a user's and an owner's", run.EffectQuery{User: "11", Owner: "1"}, func(p placed) bool {
			return p.effect.Type == run.EffectNotification || p.effect.Type == run.EffectTask && p.key.Seq%3 == 1
		}},
		{"a user's with a team", run.EffectQuery{User: "11", Teams: []string{"7", "9"}}, func(p placed) bool { return p.effect.Type == run.EffectNotification || p.effect.ActionID == "4" }},
		{"nobody's", run.EffectQuery{User: "99"}, func(placed) bool { return false }},
	} {
		var want []string
		for _, p := range all {
			if p.key.Run != "r2" && c.want(p) {
				want = append(want, fmt.Sprint(p.key.Run, ".", p.key.Seq, ".", p.key.Index))
			}
		}
		for _, size := range []struct {
			limit int
			scan  int64
		}{{0, 0}, {1, 0}, {5, 0}, {0, 1}, {3, 7}} {
			q := c.q
			q.Limit, q.Scan = size.limit, size.scan
			same(t, fmt.Sprint(c.name, " in pages of ", size), effectPages(t, b, q), want)
			q.Backwards = true
			got := effectPages(t, b, q)
			slices.Reverse(got)
			same(t, fmt.Sprint(c.name, " backwards in pages of ", size), got, want)
		}
	}
	page, err := b.EffectPage(t.Context(), run.EffectQuery{Limit: 1, After: run.EffectKey{Run: "r2", Seq: 5}})
	if err != nil || len(page.Items) != 1 {
		t.Fatal(page, err)
	}
	same(t, "the first effect after a deleted run", page.Items[0], run.EffectItem{EffectKey: run.EffectKey{Run: "r1", Seq: 1}, Workflow: NewRun().Workflow, Record: NewRow(1).Record, Effect: effectsOf(1, 1)[0]})
}

// testEffectPageOfBigTexts: a page ends before it is too large to hold.
func testEffectPageOfBigTexts(t *testing.T, s run.Store) {
	r := begin(t, s)
	body := strings.Repeat("long ", 500_000)
	for seq := range int64(8) {
		row := NewRow(seq)
		row.Effects = run.AppendEffects(nil, []run.Effect{{Type: run.EffectEmail, ActionID: "1", Body: &body}})
		commit(t, s, r.ID, nil, row)
	}
	for _, backwards := range []bool{false, true} {
		page, err := browser(t, s).EffectPage(t.Context(), run.EffectQuery{Backwards: backwards})
		if err != nil || len(page.Items) == 0 || len(page.Items) > 4 || !page.More {
			t.Errorf("a page of effects of 2.5 MB has %d of them, more %t, %v", len(page.Items), page.More, err)
		}
		same(t, "effects", len(effectPages(t, browser(t, s), run.EffectQuery{Backwards: backwards})), 8)
	}
}
