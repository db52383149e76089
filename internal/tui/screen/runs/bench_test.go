package runs_test

import (
	"strconv"
	"testing"

	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
)

// many is a portal with many runs and enrollments.
func many() *store {
	s := sample()
	for i := 45; i < 20_000; i++ {
		b := s.briefs["r5"][i%45]
		b.Seq, b.Record.ID = int64(i), strconv.Itoa(i)
		s.briefs["r5"] = append(s.briefs["r5"], b)
	}
	answers := map[string]int64{}
	for i := range 200 {
		answers["Answer number "+strconv.Itoa(i)] = int64(1 + i*i%97)
	}
	s.runs[0].Totals.Answers = answers
	for n := 0; n < 500; n++ {
		old := *s.runs[4]
		old.ID = "r0"
		s.runs = append(s.runs, &old)
	}
	return s
}

func BenchmarkListView(b *testing.B) {
	h := byHand(b, many())
	for b.Loop() {
		h.screen.View(200, 57)
	}
}

func BenchmarkListKey(b *testing.B) {
	h := byHand(b, many())
	h.screen.View(200, 57)
	keys := [2]string{"down", "up"}
	for i := 0; b.Loop(); i++ {
		h.screen.Update(tuitest.KeyPress(keys[i%2]))
		h.screen.View(200, 57)
	}
}

func BenchmarkRunView(b *testing.B) {
	h := byHand(b, many()).send(ui.ShowRun{ID: "r5"}).all()
	for b.Loop() {
		h.screen.View(200, 57)
	}
}

func BenchmarkRunKey(b *testing.B) {
	h := byHand(b, many()).send(ui.ShowRun{ID: "r5"}).all()
	keys := [2]string{"down", "up"}
	for i := 0; b.Loop(); i++ {
		h.screen.Update(tuitest.KeyPress(keys[i%2]))
		h.screen.View(200, 57)
	}
}

func BenchmarkHostileView(b *testing.B) {
	h := byHand(b, hostile()).send(ui.ShowRun{ID: "r5"}).all()
	for b.Loop() {
		h.screen.View(200, 57)
	}
}
