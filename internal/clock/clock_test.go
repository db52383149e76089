package clock_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"askflow/internal/clock"
)

var monday = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

func TestParseMode(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]clock.Mode{"": clock.Skip, "skip": clock.Skip, "real": clock.Real, "x60": 60, "x0.5": 0.5, "x1": clock.Real, "x1000000000": 1e9} {
		got, err := clock.ParseMode(text)
		if err != nil || got != want {
			t.Errorf("%q is %v (%v), want %v", text, got, err, want)
		}
		if again, err := clock.ParseMode(got.String()); err != nil || again != got {
			t.Errorf("%q is written as %q, which reads %v (%v)", text, got, again, err)
		}
	}
	for _, text := range []string{"x", "x0", "x-1", "60", "fast", "xNaN", "xInf", "x1e10", "X60", "x 60"} {
		if got, err := clock.ParseMode(text); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}

func TestWall(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mode clock.Mode
		span time.Duration
		want time.Duration
	}{{clock.Skip, time.Hour, 0}, {clock.Real, time.Hour, time.Hour}, {60, time.Hour, time.Minute}, {0.5, time.Hour, 2 * time.Hour}, {clock.Real, -time.Hour, 0}} {
		if got := c.mode.Wall(c.span); got != c.want {
			t.Errorf("%s of %s is %s on the wall, want %s", c.span, c.mode, got, c.want)
		}
	}
	if got := clock.Mode(1e-9).Wall(1 << 62); got <= 0 {
		t.Errorf("a wait that is too long for a Duration becomes %s", got)
	}
}

func TestSkippedSleepMovesTheTimeline(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tl := clock.NewTimeline(monday, clock.Skip)
		ctx := clock.With(context.Background(), tl)
		want := monday
		for _, d := range rapid.SliceOfN(rapid.Int64Range(-1e15, 1e18), 0, 20).Draw(t, "spans") {
			if err := clock.From(ctx).Sleep(ctx, time.Duration(d)); err != nil {
				t.Fatal(err)
			}
			if d > 0 {
				want = want.Add(time.Duration(d))
			}
			if !tl.Now().Equal(want) {
				t.Fatalf("now is %s, want %s", tl.Now(), want)
			}
		}
	})
}

// TestFarDates: neither a Duration nor Unix nanoseconds reach the dates that people write for "never".
func TestFarDates(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("far", 3600)
	tl := clock.NewTimeline(monday.In(zone), clock.Skip)
	for _, year := range []int{2300, 5000, 9999} {
		then := time.Date(year, 12, 31, 0, 0, 0, 0, time.UTC)
		if err := tl.SleepUntil(context.Background(), then); err != nil {
			t.Fatal(err)
		}
		if now := tl.Now(); !now.Equal(then) || now.Location() != zone {
			t.Errorf("now is %s, want %s", now, then)
		}
	}
	before := tl.Now()
	if err := tl.SleepUntil(context.Background(), monday); err != nil || !tl.Now().Equal(before) {
		t.Errorf("waiting for the past moves the timeline to %s (%v)", tl.Now(), err)
	}
	tl.Set(monday)
	if !tl.Now().Equal(monday) || tl.Now().Location() != zone {
		t.Errorf("now is %s after Set", tl.Now())
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	tl := clock.NewTimeline(monday, clock.Skip)
	ctx := clock.With(context.Background(), tl)
	if clock.Timeout(ctx) != 0 || clock.WithTimeout(ctx, 0) != ctx {
		t.Error("no timeout is one")
	}
	limited := clock.WithTimeout(ctx, 10*time.Second)
	if clock.Timeout(limited) != 10*time.Second {
		t.Errorf("the timeout is %s", clock.Timeout(limited))
	}
	if err := tl.Sleep(limited, 4*time.Second); err != nil {
		t.Fatal(err)
	}
	err := tl.Sleep(limited, time.Hour)
	if !errors.Is(err, clock.ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("sleeping past the deadline gives %v", err)
	}
	var timeout interface{ Timeout() bool }
	if !errors.As(err, &timeout) || !timeout.Timeout() || err.Error() == "" {
		t.Errorf("%v does not say that it is a timeout", err)
	}
	if want := monday.Add(10 * time.Second); !tl.Now().Equal(want) {
		t.Errorf("now is %s, want the deadline %s", tl.Now(), want)
	}
	if err := tl.Sleep(limited, time.Nanosecond); !errors.Is(err, clock.ErrTimeout) {
		t.Errorf("after the deadline: %v", err)
	}
	if err := tl.Sleep(ctx, time.Second); err != nil {
		t.Errorf("without the deadline: %v", err)
	}
}

func TestRealSleepWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, mode := range []clock.Mode{clock.Real, 60} {
			tl := clock.NewTimeline(monday, mode)
			began := time.Now()
			if err := tl.Sleep(context.Background(), time.Hour); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(began); took != time.Duration(float64(time.Hour)/float64(mode)) {
				t.Errorf("clock %s: an hour took %s", mode, took)
			}
			if !tl.Waits() || !tl.Now().Equal(monday.Add(time.Hour)) {
				t.Errorf("now is %s", tl.Now())
			}
		}
	})
}

func TestCancelledSleepSpendsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		tl := clock.NewTimeline(monday, clock.Real)
		time.AfterFunc(time.Minute, cancel)
		if err := tl.Sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) || !tl.Now().Equal(monday) {
			t.Errorf("%v, now %s", err, tl.Now())
		}
		if err := clock.NewTimeline(monday, clock.Skip).Sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled context on a skipped clock: %v", err)
		}
	})
}

func TestWithoutATimelineTimeIsReal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tl := clock.From(context.Background())
		if !tl.Waits() || !tl.Now().Equal(time.Now()) {
			t.Errorf("now is %s, on the wall %s", tl.Now(), time.Now())
		}
	})
}
