package sqlite_test

import (
	"fmt"
	"strings"
	"testing"

	"askflow/internal/run"
	"askflow/internal/store/sqlite"
	"askflow/internal/store/storetest"
)

const (
	benchRuns     = 1000
	benchRowSteps = 4
)

// browsed is a folder with a database of 1,000 runs and so many steps, half of them in the newest run, four in a row.
func browsed(b *testing.B, steps, answerBytes int) string {
	b.Helper()
	dir := b.TempDir()
	s := open(b, dir, sqlite.Options{})
	answer := strings.Repeat("word ", answerBytes/5)
	list := make([]run.Step, benchRowSteps)
	for i := range list {
		list[i] = run.Step{ActionID: fmt.Sprint(i + 1), ActionTypeID: "1-900001", State: run.Success, Label: "Ask OpenAI Assistant"}
	}
	list[1].Ask = &run.Ask{Assistant: "a", Model: "gpt-6-luna", Protocol: "responses", Prompt: "say " + answer, Response: &answer, Attempts: 1, LatencyMs: 800}
	row := storetest.NewRow(0)
	row.Steps = run.AppendSteps(nil, list)
	totals := &run.Totals{Answers: map[string]int64{}, Models: map[string]run.ModelTotals{"gpt-6-luna": {Asks: 1, CostUSD: "0.1"}}}
	for i := range 200 {
		totals.Answers[fmt.Sprint("an answer of a usual length, number ", i)] = 7
		totals.Latency.Add(int64(i))
	}
	each := steps / benchRowSteps / 2 / (benchRuns - 1)
	for n := range benchRuns {
		r := storetest.NewRun()
		if err := s.Begin(b.Context(), r); err != nil {
			b.Fatal(err)
		}
		count := each
		if n == benchRuns-1 {
			count = steps/benchRowSteps - each*(benchRuns-1)
		}
		for seq := 0; seq < count; {
			group := make([]run.Row, min(512, count-seq))
			for i := range group {
				group[i] = row
				group[i].Seq, group[i].Record.ID = int64(seq), fmt.Sprint(seq)
				if seq%100 == 99 {
					group[i].Effects = []byte(`[{"type":"TASK","actionId":"5","properties":{"hubspot_owner_id":"1"}}]`)
				}
				seq++
			}
			if err := s.Commit(b.Context(), r.ID, group, totals); err != nil {
				b.Fatal(err)
			}
		}
		r.Status, r.Totals = run.RunCompleted, *totals
		if err := s.Finish(b.Context(), r); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	return dir
}

// BenchmarkBrowse reads what a screen shows at once, of databases that differ by ten: the times must not.
func BenchmarkBrowse(b *testing.B) {
	for _, steps := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprint("steps=", steps), func(b *testing.B) {
			dir := browsed(b, steps, 400)
			r, err := sqlite.OpenReader(b.Context(), dir, sqlite.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = r.Close() }()
			half := int64(steps / benchRowSteps / 4) // the middle of the newest run
			b.Run("open", func(b *testing.B) {
				for b.Loop() {
					one, err := sqlite.OpenReader(b.Context(), dir, sqlite.Options{})
					if err != nil {
						b.Fatal(err)
					}
					if list, err := one.RunList(b.Context(), run.RunQuery{Limit: 50}); err != nil || len(list) != 50 {
						b.Fatal(len(list), err)
					}
					_ = one.Close()
				}
			})
			for _, c := range []struct {
				name string
				read func() (int, error)
				want int
			}{
				{"runs", func() (int, error) {
					list, err := r.RunList(b.Context(), run.RunQuery{Limit: 50})
					return len(list), err
				}, 50},
				{"runs-middle", func() (int, error) {
					list, err := r.RunList(b.Context(), run.RunQuery{Limit: 50, Before: "r500"})
					return len(list), err
				}, 50},
				{"runs-text", func() (int, error) {
					list, err := r.RunList(b.Context(), run.RunQuery{Limit: 50, Text: "r77"})
					return len(list), err
				}, 11},
				{"run-count", func() (int, error) { n, err := r.RunCount(b.Context()); return int(n), err }, benchRuns},
				{"briefs", func() (int, error) {
					page, err := r.Briefs(b.Context(), "last", run.BriefQuery{AfterSeq: -1, BeforeSeq: -1, Limit: 50})
					return len(page.Briefs), err
				}, 50},
				{"briefs-middle-backwards", func() (int, error) {
					page, err := r.Briefs(b.Context(), "last", run.BriefQuery{AfterSeq: -1, BeforeSeq: half, Limit: 50, Backwards: true})
					return len(page.Briefs), err
				}, 50},
				{"briefs-rare-text", func() (int, error) {
					page, err := r.Briefs(b.Context(), "last", run.BriefQuery{AfterSeq: -1, BeforeSeq: -1, Limit: 50, Text: "nowhere", Scan: 5000})
					return int(page.Scanned), err
				}, 5000},
				{"row", func() (int, error) { row, err := r.Row(b.Context(), "last", half); return row.Asks, err }, 1},
				{"effects", func() (int, error) {
					page, err := r.EffectPage(b.Context(), run.EffectQuery{Limit: 50, Types: []run.EffectType{run.EffectTask}, Owner: "1"})
					return len(page.Items), err
				}, 50},
			} {
				b.Run(c.name, func(b *testing.B) {
					for b.Loop() {
						if n, err := c.read(); err != nil || n != c.want {
							b.Fatal(n, err)
						}
					}
				})
			}
		})
	}
}
