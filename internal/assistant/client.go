package assistant

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"askflow/internal/clock"
	"askflow/internal/run"

	openai "github.com/sashabaranov/go-openai"
)

// EstimatedHeader is set to "true" by our own simulator on answers whose usage was estimated, not scripted.
const EstimatedHeader = "Askflow-Usage-Estimated"

// EraHeader names the era of our own simulator, on the answers that only this era explains.
const EraHeader = "Askflow-Era"

// eraSunset is the era in which every address is gone.
const eraSunset = "sunset"

const (
	defaultBaseURL  = "https://api.openai.com/v1"
	defaultAttempts = 3
	defaultTimeout  = time.Minute
)

// Client asks OpenAI, or whatever its transport stands for. It is safe for many goroutines.
//
// A transport that knows better than HTTP why there is no answer (nothing scripted, nothing recorded, no budget left)
// returns an error that holds an *Error; it becomes the ask's error and is not retried.
type Client struct {
	api         *openai.Client
	models      *Models
	maxAttempts int
	timeout     time.Duration
	seed        int64
	host        string
	limits      *Limiter
	budget      *Budget
	tokens      func(string) int
	broken      *Error // the configuration cannot work
}

// NewClient makes a client. A configuration that cannot work makes every Ask fail with a sentence about it.
func NewClient(cfg Config) *Client {
	c := &Client{models: cfg.Models, maxAttempts: cfg.MaxAttempts, timeout: cfg.Timeout, seed: cfg.Seed,
		limits: cfg.Limits, budget: cfg.Budget, tokens: cfg.Tokens}
	if c.maxAttempts <= 0 {
		c.maxAttempts = defaultAttempts
	}
	if c.timeout <= 0 {
		c.timeout = defaultTimeout
	}
	base := strings.TrimSpace(cfg.BaseURL)
	if base == "" {
		base = defaultBaseURL
	}
	u, err := url.Parse(base)
	if err == nil {
		c.host = u.Hostname()
	}
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		c.broken = badSettings("base_url", "write it like "+defaultBaseURL, "openai.base_url is no address of a server: %s.", Scrub(shorten(base, 100)))
	}
	if cfg.Transport == nil {
		c.broken = &Error{Code: CodeConnection, Message: "No transport is set that could answer."}
	}
	oc := openai.DefaultConfig("") // the key is added by wire
	oc.BaseURL = base
	oc.HTTPClient = &http.Client{
		Transport: &wire{next: cfg.Transport, key: cfg.Key, organization: cfg.Organization, project: cfg.Project},
		// wire refuses redirects before this is asked; it stays for transports that follow on their own terms.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	c.api = openai.NewClientWithConfig(oc)
	return c
}

// Ask puts the question, retrying what may be retried, on the context's timeline. The error is an *Error, or the
// context's own when it was cancelled. The Answer is never nil; on an error it holds attempts, usage and cost so far.
func (c *Client) Ask(ctx context.Context, q *Question) (*Answer, error) {
	a := &Answer{Model: q.Model}
	if err := ctx.Err(); err != nil {
		return a, err
	}
	if err := c.refuse(q); err != nil {
		return a, err
	}
	timeline := clock.From(ctx)
	ctx = clock.With(ctx, timeline) // without one in the context, every From would start another
	caller, _ := CallerFrom(ctx)
	first := max(1, caller.FirstAttempt)
	total := spent{}
	for n := 0; ; n++ {
		caller.Attempt = first + n
		r := c.admitted(ctx, timeline, caller, q)
		if r.unsent {
			return a, r.whyUnsent(ctx)
		}
		total.add(c, q, r)
		a.Usage, a.CostUSD = total.usage, total.cost()
		attempt := run.Attempt{Status: r.status, RequestID: tidy(Scrub(r.header.Get("X-Request-Id"))), LatencyMs: latency(r.took, r.header),
			MayHaveCost: c.limits != nil && r.unknownCost && r.usage == nil}
		if r.err == nil {
			a.Attempts = append(a.Attempts, attempt)
			a.Text = r.text
			if r.model != "" {
				a.Model = r.model
			}
			return a, nil
		}
		if err := ctx.Err(); err != nil {
			attempt.Code, attempt.Message = CodeCancelled, "The run was interrupted while this request was in flight."
			a.Attempts = append(a.Attempts, attempt)
			return a, err
		}
		wait, again := c.nextWait(r, caller, n, timeline.Now())
		attempt.Code, attempt.Message = r.err.Code, r.err.Message
		if again {
			attempt.WaitMs = wait.Milliseconds()
		}
		a.Attempts = append(a.Attempts, attempt)
		if !again {
			return a, r.err
		}
		if err := timeline.Sleep(ctx, wait); err != nil {
			return a, err
		}
	}
}

// refuse tells of questions that are not sent.
func (c *Client) refuse(q *Question) error {
	switch {
	case c.broken != nil:
		return c.broken
	case q.Protocol != Responses && q.Protocol != Chat && q.Protocol != Assistants && q.Protocol != "":
		return badSettings("protocol", "use responses or chat", "There is no protocol %q.", shorten(string(q.Protocol), 40))
	case q.MaxOutputTokens <= 0:
		return badSettings("max_output_tokens", "set openai.max_output_tokens in portal.yaml", "A question without an output bound is not sent: its cost would have no limit.")
	case c.budget != nil:
		return c.priced(q)
	}
	return nil
}

// latency is what the attempt took on the timeline; a live server's own figure where the timeline did not move.
func latency(spent time.Duration, h http.Header) int64 {
	if spent > 0 {
		return spent.Milliseconds()
	}
	ms, err := strconv.ParseInt(h.Get("Openai-Processing-Ms"), 10, 64)
	if err != nil || ms < 0 {
		return 0
	}
	return ms
}

// spent sums usage and cost over the attempts of one ask.
type spent struct {
	usage   *run.Usage
	money   Money
	unknown bool // some of the usage has no known price
}

func (s *spent) add(c *Client, q *Question, r *reply) {
	if r.usage == nil {
		return
	}
	cost, priced := c.price(q, r)
	s.unknown = s.unknown || !priced
	s.money = s.money.Add(cost)
	if s.usage == nil {
		s.usage = r.usage
		return
	}
	s.usage.InputTokens += r.usage.InputTokens
	s.usage.CachedTokens += r.usage.CachedTokens
	s.usage.OutputTokens += r.usage.OutputTokens
	s.usage.ReasoningTokens += r.usage.ReasoningTokens
	s.usage.Estimated = s.usage.Estimated || r.usage.Estimated
}

// price is what the usage of a reply costs; false when that is not known.
func (c *Client) price(q *Question, r *reply) (Money, bool) {
	m, ok := c.models.Lookup(r.model)
	if !ok {
		m, ok = c.models.Lookup(q.Model)
	}
	cost, priced := m.Cost(*r.usage, r.cacheWrite)
	return cost, ok && priced
}

func (s *spent) cost() string {
	if s.usage == nil || s.unknown {
		return ""
	}
	return s.money.String()
}
