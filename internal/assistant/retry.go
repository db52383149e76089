package assistant

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	firstWait = 500 * time.Millisecond
	// longestWait is the longest wait between two attempts.
	longestWait = time.Minute
)

// serverRetry reads x-should-retry: whether the server says anything about asking again, and what.
func serverRetry(h http.Header) (retry, said bool) {
	switch strings.ToLower(h.Get("X-Should-Retry")) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return false, false
}

// serverWait reads how long the server wants to be left alone: Retry-After-Ms, else Retry-After in seconds or as a date.
// A date is measured against the server's own Date, else against now.
func serverWait(h http.Header, now time.Time) (time.Duration, bool) {
	if ms, err := strconv.ParseFloat(strings.TrimSpace(h.Get("Retry-After-Ms")), 64); err == nil && ms >= 0 {
		return seconds(ms / 1000), true
	}
	after := strings.TrimSpace(h.Get("Retry-After"))
	if after == "" {
		return 0, false
	}
	if s, err := strconv.ParseFloat(after, 64); err == nil {
		if s < 0 || math.IsNaN(s) {
			return 0, false
		}
		return seconds(s), true
	}
	then, err := http.ParseTime(after)
	if err != nil {
		return 0, false
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return max(0, then.Sub(now)), true
}

// seconds converts without overflowing; a year stands for everything longer.
func seconds(s float64) time.Duration {
	const year = 365 * 24 * time.Hour
	if s >= year.Seconds() {
		return year
	}
	return time.Duration(s * float64(time.Second))
}

// backoff is the wait after the n-th attempt of an ask (from 0): 0.5 s doubled each time, shortened by up to a quarter,
// so that records which failed together do not come back together. The same caller always waits the same.
func backoff(seed int64, c Caller, n int) time.Duration {
	wait := longestWait
	if n < 7 { // 0.5 s times 2 to the 7th is above a minute
		wait = firstWait << n
	}
	return wait - time.Duration(float64(wait)*0.25*fraction(seed, c))
}

// fraction draws from [0,1) by who is asking.
func fraction(seed int64, c Caller) float64 {
	h := fnv.New64a()
	var n [8]byte
	for _, x := range []int64{seed, int64(c.Visit), int64(c.Repeat), int64(c.Attempt)} {
		binary.LittleEndian.PutUint64(n[:], uint64(x))
		_, _ = h.Write(n[:]) // a hash takes everything
	}
	for _, s := range []string{c.RecordType, c.RecordID, c.Step} {
		_, _ = io.WriteString(h, s)
		_, _ = h.Write(n[:1]) // keeps ("ab","c") apart from ("a","bc")
	}
	// The low bits of FNV are its well-mixed ones only after folding.
	x := h.Sum64()
	x ^= x >> 32
	x *= 0x9e3779b97f4a7c15
	return float64(x>>11) / (1 << 53)
}

// nextWait decides what follows a failed attempt: the wait before the next one, or that there is none.
func (c *Client) nextWait(r *reply, caller Caller, n int, now time.Time) (time.Duration, bool) {
	retry := r.retry
	if again, said := serverRetry(r.header); said && r.err.Status >= 400 {
		retry = again && !r.err.StopsRun && r.err.Code != CodeTooLarge && r.err.Code != CodeContextLength
	}
	if !retry {
		return 0, false
	}
	if wait, named := serverWait(r.header, now); named {
		if wait > longestWait {
			r.err.Message += fmt.Sprintf(" It asks to wait %s, longer than the %s that are waited.", wait.Round(time.Second), longestWait)
			return 0, false
		}
		return wait, n+1 < c.maxAttempts
	}
	return backoff(c.seed, caller, n), n+1 < c.maxAttempts
}
