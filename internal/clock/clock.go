// Package clock carries an enrollment's own timeline through contexts. Whatever takes time (latency, backoff, delays,
// timeouts) spends the timeline; whether anybody really waits is the timeline's Mode, not the spender's business.
package clock

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Mode says how virtual time relates to real time: 0 skips waits, 1 waits as long as it takes, N waits 1/N of it.
type Mode float64

// The two modes with names.
const (
	Skip Mode = 0
	Real Mode = 1
)

// ParseMode reads skip, real or xN (x60: a minute passes in a second).
func ParseMode(s string) (Mode, error) {
	switch s {
	case "", "skip":
		return Skip, nil
	case "real":
		return Real, nil
	}
	if rest, ok := strings.CutPrefix(s, "x"); ok {
		if n, err := strconv.ParseFloat(rest, 64); err == nil && n > 0 && n <= 1e9 {
			return Mode(n), nil
		}
	}
	return 0, fmt.Errorf("%q is no clock; use skip, real or xN with a number above 0 (x60: a minute passes in a second)", s)
}

// String is the form ParseMode reads.
func (m Mode) String() string {
	switch m {
	case Skip:
		return "skip"
	case Real:
		return "real"
	default:
		return "x" + strconv.FormatFloat(float64(m), 'g', -1, 64)
	}
}

// Wall is how long a span of virtual time takes on the wall: nothing with Skip.
func (m Mode) Wall(d time.Duration) time.Duration {
	if m == Skip || d <= 0 {
		return 0
	}
	// A very slow clock would make more of a long span than a Duration holds.
	if wall := float64(d) / float64(m); wall < float64(longestWall) {
		return time.Duration(wall)
	}
	return longestWall
}

// longestWall stands for every longer wait; nobody lives to see the difference.
const longestWall time.Duration = 100 * 365 * 24 * time.Hour

// Timeline is one enrollment's time. It starts at the run's now and only moves forward. It is safe for many goroutines.
type Timeline struct {
	mode Mode
	mu   sync.Mutex
	now  time.Time
}

// NewTimeline starts a timeline. Its times are in now's location.
func NewTimeline(now time.Time, mode Mode) *Timeline {
	return &Timeline{mode: mode, now: now.Round(0)}
}

// Now is the time on the timeline.
func (t *Timeline) Now() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.now
}

// Set moves the timeline to a moment, for an enrollment that goes on where it was left. Times stay in the timeline's own
// location.
func (t *Timeline) Set(now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now = now.Round(0).In(t.now.Location())
}

// Waits tells whether somebody really waits on this timeline.
func (t *Timeline) Waits() bool { return t.mode != Skip }

// ErrTimeout is what Sleep returns when WithTimeout's span is spent first. It is also a context.DeadlineExceeded.
var ErrTimeout error = timeoutError{}

type timeoutError struct{}

func (timeoutError) Error() string        { return "timed out" }
func (timeoutError) Timeout() bool        { return true }
func (timeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// Sleep spends d. It stops early, with the context's error, when ctx is cancelled, and with ErrTimeout at the deadline
// that WithTimeout set.
func (t *Timeline) Sleep(ctx context.Context, d time.Duration) error {
	return t.SleepUntil(ctx, t.Now().Add(max(0, d)))
}

// SleepUntil spends the time until then, nothing when it has passed; it ends early as Sleep does. then may be further
// away than a Duration reaches.
func (t *Timeline) SleepUntil(ctx context.Context, then time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var expired error
	if deadline, ok := ctx.Value(deadlineKey{}).(time.Time); ok && !then.Before(deadline) {
		then, expired = deadline, ErrTimeout
	}
	now := t.Now()
	if !then.After(now) {
		return expired
	}
	if wall := t.mode.Wall(then.Sub(now)); wall > 0 {
		timer := time.NewTimer(wall)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if then.After(t.now) {
		t.now = then.In(t.now.Location())
	}
	return expired
}

type (
	timelineKey struct{}
	deadlineKey struct{}
)

// With puts a timeline into the context.
func With(ctx context.Context, t *Timeline) context.Context {
	return context.WithValue(ctx, timelineKey{}, t)
}

// From takes the timeline out of the context. Without one, a fresh timeline on the wall clock is returned, which really
// waits: what runs outside of an enrollment (checking a key) lives in real time.
func From(ctx context.Context) *Timeline {
	if t, ok := ctx.Value(timelineKey{}).(*Timeline); ok {
		return t
	}
	return NewTimeline(time.Now(), Real)
}

// WithTimeout limits what may be spent on the timeline under the returned context. No wall deadline is set: a live
// transport takes its own from Timeout.
func WithTimeout(ctx context.Context, d time.Duration) context.Context {
	if d <= 0 {
		return ctx
	}
	return context.WithValue(context.WithValue(ctx, timeoutKey{}, d), deadlineKey{}, From(ctx).Now().Add(d))
}

type timeoutKey struct{}

// Timeout returns the span that WithTimeout set, 0 when there is none.
func Timeout(ctx context.Context) time.Duration {
	d, _ := ctx.Value(timeoutKey{}).(time.Duration)
	return d
}
