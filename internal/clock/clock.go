// Package clock carries an enrollment's own timeline through contexts. Whatever takes time (latency, backoff, delays,
// timeouts) spends the timeline; whether anybody really waits is the timeline's Mode, not the spender's business.
package clock

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
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

// Timeline is one enrollment's time. It starts at the run's now and only moves forward.
type Timeline struct {
	mode Mode
	now  atomic.Int64 // Unix nanoseconds
	zone *time.Location
}

// NewTimeline starts a timeline. Its times are in now's location.
func NewTimeline(now time.Time, mode Mode) *Timeline {
	t := &Timeline{mode: mode, zone: now.Location()}
	t.now.Store(now.UnixNano())
	return t
}

// Now is the time on the timeline.
func (t *Timeline) Now() time.Time { return time.Unix(0, t.now.Load()).In(t.zone) }

// Set moves the timeline to a moment, for an enrollment that goes on where it was left.
func (t *Timeline) Set(now time.Time) { t.now.Store(now.UnixNano()) }

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
	if err := ctx.Err(); err != nil {
		return err
	}
	var expired error
	if deadline, ok := ctx.Value(deadlineKey{}).(int64); ok {
		if left := time.Duration(deadline - t.now.Load()); d >= left {
			d, expired = max(0, left), ErrTimeout
		}
	}
	if d > 0 && t.mode != Skip {
		timer := time.NewTimer(time.Duration(float64(d) / float64(t.mode)))
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		}
	}
	t.now.Add(int64(max(0, d)))
	return expired
}

// SleepUntil spends the time until then, nothing when it has passed.
func (t *Timeline) SleepUntil(ctx context.Context, then time.Time) error {
	// A century is longer than any Duration arithmetic should be trusted with.
	return t.Sleep(ctx, max(0, then.Sub(t.Now())))
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
	return context.WithValue(context.WithValue(ctx, timeoutKey{}, d), deadlineKey{}, From(ctx).now.Load()+int64(d))
}

type timeoutKey struct{}

// Timeout returns the span that WithTimeout set, 0 when there is none.
func Timeout(ctx context.Context) time.Duration {
	d, _ := ctx.Value(timeoutKey{}).(time.Duration)
	return d
}
