package assistant

import (
	"context"
	"fmt"
	"net/http"
	"sort"
	"strconv"
	"sync"
	"time"

	"askflow/internal/clock"
)

// Limits are limits that somebody sets; members of 0 set none.
type Limits struct {
	RequestsPerMinute int
	TokensPerMinute   int // input, and the most that may be answered
	// Concurrency is the most requests in flight at once. With 0 there is no limit until the server asks for fewer.
	Concurrency int
}

// LimitsSeen is what the account said of its limits for one model, in the headers of the last answer. A member is 0 when
// it was not said.
type LimitsSeen struct {
	Model              string
	Requests           int // a minute, for small accounts a day
	RemainingRequests  int
	ResetRequestsAfter time.Duration // until all of them may be sent again
	Tokens             int           // a minute
	RemainingTokens    int
	ResetTokensAfter   time.Duration
	At                 time.Time
}

const (
	// modelsSeen limits how many models are told apart; answers name the models, and answers are not to be trusted.
	modelsSeen = 64
	// unlimited stands for a concurrency without a limit.
	unlimited = 1 << 20
)

// Limiter keeps live requests within limits: those that were set, those the server tells in its headers, and the number
// of requests in flight, which is halved when the server asks for fewer and grows back by one a round. Without anybody
// who waits on the timeline (scripted and replayed runs) it has no effect. It is safe for many goroutines, and several
// clients may share it.
type Limiter struct {
	mu      sync.Mutex
	own     Limits
	all     traffic
	models  map[string]*modelTraffic
	allowed float64
	running int
	number  int64 // of the last request let through
	lowered int64 // number at the time allowed was last lowered
	waiting []chan struct{}
}

// traffic is the requests and tokens of the last minute.
type traffic struct{ requests, tokens window }

// modelTraffic is what is known of one model's limits.
type modelTraffic struct {
	traffic
	seen LimitsSeen
	hold time.Time // nothing is sent before
}

// NewLimiter makes a limiter.
func NewLimiter(own Limits) *Limiter {
	l := &Limiter{own: own, models: map[string]*modelTraffic{}, allowed: unlimited}
	if own.Concurrency > 0 {
		l.allowed = float64(own.Concurrency)
	}
	return l
}

// Seen lists what the account said of its limits, sorted by model.
func (l *Limiter) Seen() []LimitsSeen {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := []LimitsSeen{}
	for _, m := range l.models {
		if !m.seen.At.IsZero() {
			out = append(out, m.seen)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Model < out[j].Model })
	return out
}

// Concurrency is how many requests may be in flight at the moment; 0 when there is no limit.
func (l *Limiter) Concurrency() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.allowed >= unlimited {
		return 0
	}
	return int(l.allowed)
}

func (l *Limiter) most() float64 {
	if l.own.Concurrency > 0 {
		return float64(l.own.Concurrency)
	}
	return unlimited
}

// model finds what is known of a model. Models beyond the first few dozen are taken together.
func (l *Limiter) model(id string) *modelTraffic {
	if m, ok := l.models[id]; ok {
		return m
	}
	if len(l.models) >= modelsSeen {
		id = ""
		if m, ok := l.models[id]; ok {
			return m
		}
	}
	m := &modelTraffic{}
	l.models[id] = m
	return m
}

// pass is the permission for one request.
type pass struct {
	limiter                *Limiter
	model                  string
	tokens                 int64
	number                 int64
	allSecond, modelSecond int64
}

// enter waits until a request of so many tokens may be sent. The error is an *Error when it never may, or the context's
// own.
func (l *Limiter) enter(ctx context.Context, timeline *clock.Timeline, model string, tokens int) (*pass, error) {
	if most := l.own.TokensPerMinute; most > 0 && tokens > most {
		return nil, &Error{Code: CodeTooLarge, StopsRun: true,
			Message: fmt.Sprintf("The request may take %d tokens, more than openai.limits.tokens_per_minute (%d) allows in a minute.", tokens, most),
			Hint:    "make the prompt shorter, lower openai.max_output_tokens, or raise the limit in portal.yaml"}
	}
	if err := l.takeSlot(ctx); err != nil {
		return nil, err
	}
	for {
		l.mu.Lock()
		now := time.Now()
		m := l.model(model)
		wait := l.delay(now, m, int64(tokens))
		if wait <= 0 {
			l.number++
			p := &pass{limiter: l, model: model, tokens: int64(tokens), number: l.number}
			l.all.requests.add(now, 1)
			m.requests.add(now, 1)
			p.allSecond, p.modelSecond = l.all.tokens.add(now, p.tokens), m.tokens.add(now, p.tokens)
			l.mu.Unlock()
			return p, nil
		}
		l.mu.Unlock()
		if err := timeline.Sleep(ctx, wait); err != nil {
			l.giveSlot()
			return nil, err
		}
	}
}

// delay is how long a request has to wait for the rates.
func (l *Limiter) delay(now time.Time, m *modelTraffic, tokens int64) time.Duration {
	return max(m.hold.Sub(now),
		l.all.requests.wait(now, 1, int64(l.own.RequestsPerMinute)), l.all.tokens.wait(now, tokens, int64(l.own.TokensPerMinute)),
		m.requests.wait(now, 1, int64(m.seen.Requests)), m.tokens.wait(now, tokens, int64(m.seen.Tokens)))
}

// takeSlot waits until one more request may be in flight.
func (l *Limiter) takeSlot(ctx context.Context) error {
	l.mu.Lock()
	if len(l.waiting) == 0 && l.running < int(l.allowed) {
		l.running++
		l.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	l.waiting = append(l.waiting, turn)
	l.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, w := range l.waiting {
		if w == turn {
			l.waiting = append(l.waiting[:i], l.waiting[i+1:]...)
			return ctx.Err()
		}
	}
	l.free() // the turn came at the same moment
	return ctx.Err()
}

func (l *Limiter) giveSlot() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.free()
}

// free gives a slot back and lets in whoever waits for one.
func (l *Limiter) free() {
	l.running--
	for len(l.waiting) > 0 && l.running < int(l.allowed) {
		l.running++
		close(l.waiting[0])
		l.waiting = l.waiting[1:]
	}
}

// leave takes note of how the request ended.
func (p *pass) leave(r *reply) {
	l := p.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	m := l.model(p.model)
	if r.usage != nil {
		by := int64(r.usage.InputTokens) + int64(r.usage.OutputTokens) - p.tokens
		l.all.tokens.correct(p.allSecond, by)
		m.tokens.correct(p.modelSecond, by)
	}
	m.learn(p.model, r.header, now)
	switch {
	case r.err == nil:
		l.allowed = min(l.most(), l.allowed+1/l.allowed)
	case r.retry && (r.err.Code == CodeRateLimited || r.err.Code == CodeOverloaded):
		l.lower(p.number)
		if wait, named := serverWait(r.header, now); named {
			m.pause(now, wait)
		}
	}
	l.free()
}

// lower halves what may be in flight, once for all requests that were on their way together.
func (l *Limiter) lower(number int64) {
	if number <= l.lowered {
		return
	}
	l.lowered = l.number
	l.allowed = max(1, min(l.allowed, float64(l.running))/2)
}

// pause lets nothing be sent for a while.
func (m *modelTraffic) pause(now time.Time, wait time.Duration) {
	if until := now.Add(min(wait, longestWait)); until.After(m.hold) {
		m.hold = until
	}
}

// learn reads the limits from an answer's headers. A limit of 0 or less is none: some servers send such.
func (m *modelTraffic) learn(model string, h http.Header, now time.Time) {
	requests, tokens := count(h, "X-Ratelimit-Limit-Requests"), count(h, "X-Ratelimit-Limit-Tokens")
	if requests <= 0 && tokens <= 0 {
		return
	}
	m.seen = LimitsSeen{Model: model, At: now, Requests: max(0, requests), Tokens: max(0, tokens)}
	if requests > 0 {
		m.seen.RemainingRequests, m.seen.ResetRequestsAfter = max(0, count(h, "X-Ratelimit-Remaining-Requests")), span(h, "X-Ratelimit-Reset-Requests")
		if h.Get("X-Ratelimit-Remaining-Requests") == "0" {
			m.pause(now, m.seen.ResetRequestsAfter)
		}
	}
	if tokens > 0 {
		m.seen.RemainingTokens, m.seen.ResetTokensAfter = max(0, count(h, "X-Ratelimit-Remaining-Tokens")), span(h, "X-Ratelimit-Reset-Tokens")
		if h.Get("X-Ratelimit-Remaining-Tokens") == "0" {
			m.pause(now, m.seen.ResetTokensAfter)
		}
	}
}

func count(h http.Header, name string) int {
	n, err := strconv.Atoi(h.Get(name))
	if err != nil {
		return 0
	}
	return min(n, 1_000_000_000)
}

// span reads a duration as OpenAI writes it: 2ms, 6m0s.
func span(h http.Header, name string) time.Duration {
	d, err := time.ParseDuration(h.Get(name))
	if err != nil || d < 0 {
		return 0
	}
	return d
}
