package tui_test

import (
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/service/local"
)

// asked is what a key made the screen ask of the services.
type asked struct {
	Key    string
	Calls  int
	Rows   int64
	Looked int64
}

// ask makes a part of the journey and notes what each key asked for.
func ask(s *screen, c *counter, keys []string) []asked {
	c.take()
	out := make([]asked, 0, len(keys))
	for _, k := range keys {
		s.press(k)
		calls, rows, looked := c.take()
		sum := 0
		for _, n := range calls {
			sum += n
		}
		out = append(out, asked{k, sum, rows, looked})
	}
	return out
}

func countedScreen(t *testing.T, steps int) (*screen, *counter) {
	t.Helper()
	dir, _ := bigPortal(t, steps)
	c := newCounter()
	return newScreen(t, c.over(openLocal(t, dir).Services()), c.drawing), c
}

// Neither drawing nor taking a message asks a service for anything, on the whole way through all places: what may take time is done
// beside them.
func TestNothingIsAskedWhileDrawing(t *testing.T) {
	t.Parallel()
	s, c := countedScreen(t, 10_000)
	s.travel()
	if len(c.within) > 0 {
		t.Errorf("asked from within Update or View: %v", slices.Compact(slices.Sorted(slices.Values(c.within))))
	}
	if s.model.App.Crash() != nil {
		t.Errorf("the screen ended with %v", s.model.App.Crash().Value)
	}
	const page = 1000
	if c.most > page {
		t.Errorf("one call returned %d rows; a screen holds pages of at most %d", c.most, page)
	}
}

// The watch over drawing sees a service that is asked from there.
func TestTheWatchOverDrawingSees(t *testing.T) {
	t.Parallel()
	c := newCounter()
	s := c.over(openLocal(t, contactsPortal(t, 1)).Services())
	c.drawing(true)
	if _, err := s.Workflows.Portal(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.drawing(false)
	if _, err := s.Account.Status(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Workflows.Portal"}, c.within); diff != "" {
		t.Error(diff)
	}
}

// What a key asks for is the same however much is stored: as many calls, as many rows, as many places looked at.
func TestKeysAskForAsMuchInLargerStores(t *testing.T) {
	t.Parallel()
	keys := slices.Concat(letters("4jjkkGGGGgg"), []string{"enter"}, times(5, "down"), times(8, "G"), times(8, "pgup"), letters("gg"), []string{"enter", "down", "]", "]", "n", "n", "N", "esc"},
		letters("5jjGGGG"), times(4, "pgup"), letters("g"))
	var found [2][]asked
	for i, steps := range []int{10_000, 40_000} {
		s, c := countedScreen(t, steps)
		found[i] = ask(s, c, keys)
		s.See("[5 Inbox]")
	}
	if diff := cmp.Diff(found[0], found[1]); diff != "" {
		t.Errorf("a store four times as large is asked for other things (-small +large):\n%s", diff)
	}
	const mostCalls, mostRows = 8, 1200
	for _, a := range found[1] {
		if a.Calls > mostCalls || a.Rows > mostRows {
			t.Errorf("the key %s made %d calls that returned %d rows", a.Key, a.Calls, a.Rows)
		}
	}
	if total := found[1][0].Rows + found[1][3].Rows; total == 0 {
		t.Error("nothing was read at all")
	}
}

// However often a run tells how far it is, what is on the screen of it is read four times a second at most, and for each message one
// frame is drawn.
func TestReloadsOfARunThatGoesOn(t *testing.T) {
	t.Parallel()
	dir, _ := bigPortal(t, 10_000)
	synctest.Test(t, func(t *testing.T) { // the second passes in no time
		l, err := local.Open(t.Context(), local.Options{Dir: dir, Version: "speed", Environ: func(string) (string, bool) { return "", false }, ConfigDir: dir, Polling: true})
		must(t, err)
		defer func() { must(t, l.Close()) }()
		c := newCounter()
		s := newScreen(t, c.over(l.Services()), c.drawing)
		s.model.Env().Now = time.Now
		s.press("4", "enter")
		s.See("r1000 Speed")
		const seconds, perSecond = 3, 20
		c.take()
		before, events := len(s.model.others), 0
		for began := time.Now(); time.Since(began) < seconds*time.Second; events++ {
			progress := service.Progress{Run: "r1000", Workflow: run.Workflow{File: speedFile, Name: "Speed"}, Answers: "scripted", Total: 1 << 20, Status: run.RunRunning}
			progress.Totals.Considered = int64(events)
			s.Msg(service.Event{Kind: service.EventRun, Progress: &progress})
			time.Sleep(time.Second / perSecond)
		}
		calls, _, _ := c.take()
		sum := 0
		for _, name := range slices.Sorted(maps.Keys(calls)) {
			if sum += calls[name]; calls[name] > 2*(4*seconds+1) { // reading the list of runs again asks for two
				t.Errorf("%s was asked %d times in %d seconds", name, calls[name], seconds)
			}
		}
		if calls["Runs.Briefs"] < seconds {
			t.Errorf("the enrollments were followed %d times in %d seconds", calls["Runs.Briefs"], seconds)
		}
		if drawn := len(s.model.others) - before; drawn > events+2*sum {
			t.Errorf("%d messages were drawn for %d events and %d calls", drawn, events, sum)
		}
	})
}
