package assistant

import "time"

// windowSlots is a minute of seconds, and the one that has begun.
const windowSlots = 61

// window counts what happened in the last minute, to the second.
type window struct {
	slots [windowSlots]int64
	at    int64 // the second the window reaches to
	sum   int64
}

// move lets the seconds that are a minute old drop out.
func (w *window) move(now time.Time) {
	second := now.Unix()
	if second-w.at >= windowSlots {
		*w = window{at: second}
		return
	}
	for w.at < second {
		w.at++
		slot := &w.slots[w.at%windowSlots]
		w.sum -= *slot
		*slot = 0
	}
}

// wait is how long it takes until n more fit under the limit. What alone is above the limit waits for an empty window.
func (w *window) wait(now time.Time, n, limit int64) time.Duration {
	if limit <= 0 {
		return 0
	}
	w.move(now)
	sum := w.sum
	n = min(n, limit)
	if sum+n <= limit {
		return 0
	}
	for second := w.at - windowSlots + 1; second <= w.at; second++ {
		if second < 0 {
			continue
		}
		if sum -= w.slots[second%windowSlots]; sum+n <= limit {
			return time.Unix(second+windowSlots, 0).Sub(now)
		}
	}
	return time.Minute
}

// add counts n and returns the second it was counted in.
func (w *window) add(now time.Time, n int64) int64 {
	w.move(now)
	w.slots[w.at%windowSlots] += n
	w.sum += n
	return w.at
}

// correct changes what was counted in a second, when that is still remembered.
func (w *window) correct(second, by int64) {
	if second > w.at-windowSlots && second <= w.at {
		w.slots[second%windowSlots] += by
		w.sum += by
	}
}
