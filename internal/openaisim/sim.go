package openaisim

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/clock"

	"github.com/jarcoal/httpmock"
)

// Era is the time the simulated API lives in.
type Era string

// The eras. Today (responses) the Responses and Chat APIs answer and the Assistants API is gone; in the sunset nothing
// answers at all. In the assistants era, before 2026-08-26, Responses and Chat answered too, and do here, beside the v2
// Assistants protocol: assistants, threads, messages, runs and steps. Files, vector stores and streaming are not simulated.
const (
	EraResponses  Era = "responses"
	EraAssistants Era = "assistants"
	EraSunset     Era = "sunset"
)

// Options make a Simulator.
type Options struct {
	Rules []*Rule
	// Faults are tried before Rules; those with a rate are drawn by Seed.
	Faults []*Rule
	Era    Era // EraResponses when empty
	Seed   int64
	// Models is what the API knows about models; without it no setting is refused.
	Models *assistant.Models
	// Allowed are the models the account's project may use; empty: all.
	Allowed []string
	// Keys are the API keys that are accepted, each with the fault that every request with it gets, nil for none. Without
	// any, no key is asked for.
	Keys map[string]*Fault
	// Assistants are those the account has in the assistants era. When nil, nobody has said, and a run may name any id
	// that looks like one (asst_…).
	Assistants []*assistant.Assistant
	// Answered is told of each question that a rule answers, by a reply or by a fault, before the answer goes out; every
	// attempt is a question. Any goroutine calls it, in the middle of the request: it must not ask anything itself. Nil costs nothing.
	Answered func(r *Rule)
}

// Simulator is the simulated API: an http.RoundTripper for the client in this process, and an http.Handler for clients
// elsewhere. Everything is computed from the rules, the seed and who is asking. Only the assistants era keeps state between
// requests: threads, until they are deleted or expire. It is safe for many goroutines.
type Simulator struct {
	mock    *httpmock.MockTransport
	rules   *ruleset
	faults  *ruleset
	era     Era
	seed    int64
	models  *assistant.Models
	allowed map[string]bool
	keys    map[string]*Fault
	past    *past // nil outside of the assistants era
	routes  map[string]*url.URL
	retired *url.URL
	unknown *url.URL
	headers map[string][]string // the same in every answer
	told    func(r *Rule)       // Options.Answered, may be nil
}

// answered tells of a question that a rule answers.
func (s *Simulator) answered(r *Rule) {
	if s.told != nil {
		s.told(r)
	}
}

const (
	pathResponses = "/v1/responses"
	pathCount     = "/v1/responses/input_tokens"
	pathChat      = "/v1/chat/completions"
	pathModels    = "/v1/models"
	pathPast      = "/v1/threads"
)

// New makes a simulator. Rules must not be changed afterwards.
func New(o Options) *Simulator {
	s := &Simulator{
		mock: httpmock.NewMockTransport(), rules: newRuleset(o.Rules), faults: newRuleset(o.Faults),
		era: o.Era, seed: o.Seed, models: o.Models, allowed: map[string]bool{}, keys: o.Keys, told: o.Answered,
		routes: map[string]*url.URL{}, retired: &url.URL{Path: "/v1/assistants"}, unknown: &url.URL{Path: "/"},
		headers: map[string][]string{
			"Content-Type": {"application/json"}, "Openai-Version": {"2020-10-01"}, "Openai-Organization": {"org-simulated"},
			"X-Ratelimit-Limit-Requests": {"10000"}, "X-Ratelimit-Remaining-Requests": {"9999"}, "X-Ratelimit-Reset-Requests": {"6ms"},
			"X-Ratelimit-Limit-Tokens": {"2000000"}, "X-Ratelimit-Remaining-Tokens": {"1999000"}, "X-Ratelimit-Reset-Tokens": {"30ms"},
		},
	}
	for _, id := range o.Allowed {
		s.allowed[id] = true
	}
	for _, p := range []string{pathResponses, pathCount, pathChat, pathModels} {
		s.routes[p] = &url.URL{Path: p}
	}
	s.mock.RegisterResponder(http.MethodPost, pathResponses, func(req *http.Request) (*http.Response, error) { return s.ask(req, false) })
	s.mock.RegisterResponder(http.MethodPost, pathChat, func(req *http.Request) (*http.Response, error) { return s.ask(req, true) })
	s.mock.RegisterResponder(http.MethodPost, pathCount, s.countInput)
	s.mock.RegisterResponder(http.MethodGet, pathModels, s.listModels)
	if o.Era == EraAssistants {
		s.past = newPast(s, o.Assistants)
		s.retired = &url.URL{Path: pathPast}
		s.mock.RegisterResponder(http.MethodGet, pathPast, s.past.serve)
	}
	s.mock.RegisterResponder(http.MethodGet, `=~^/v1/(assistants|threads)`, s.noRoute)
	s.mock.RegisterNoResponder(s.noRoute)
	return s
}

type originalKey struct{}

// original is the request as the client sent it; responders get one with a normalised address.
func original(req *http.Request) *http.Request {
	if o, ok := req.Context().Value(originalKey{}).(*http.Request); ok {
		return o
	}
	return req
}

// RoundTrip answers a request.
func (s *Simulator) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	if err := ctx.Err(); err != nil {
		return nil, errors.Join(err, closeBody(req))
	}
	if len(s.keys) > 0 && s.era != EraSunset {
		if wrong := s.checkKey(req); wrong != nil {
			resp := s.refuse(wrong, identity(s.seed, callerOf(req), 0, 6, req.URL.Path), 0)
			resp.Request = req
			return resp, closeBody(req)
		}
	}
	// The mock would race a cancellable context against the responder in two goroutines a call; the responders look at
	// the original context themselves. Its call counts are kept by address, so it gets to see a handful of addresses only.
	inner := req.WithContext(context.WithValue(context.WithoutCancel(ctx), originalKey{}, req))
	inner.URL, inner.Method = s.address(req)
	resp, err := s.mock.RoundTrip(inner)
	if err != nil {
		return nil, err
	}
	resp.Request = req
	return resp, nil
}

// address maps what the client asked for to one of the few addresses the mock knows.
func (s *Simulator) address(req *http.Request) (*url.URL, string) {
	path := routePath(req.URL.Path)
	if s.era == EraSunset {
		return s.unknown, http.MethodGet
	}
	if u, ok := s.routes[path]; ok {
		if (req.Method == http.MethodPost) == (path != pathModels) && (req.Method == http.MethodPost || req.Method == http.MethodGet) {
			return u, req.Method
		}
		return s.unknown, http.MethodGet
	}
	if strings.HasPrefix(path, "/v1/assistants") || strings.HasPrefix(path, "/v1/threads") {
		return s.retired, http.MethodGet
	}
	return s.unknown, http.MethodGet
}

// routePath is the path below whatever base address the client was given, beginning with /v1.
func routePath(path string) string {
	if i := strings.LastIndex(path, "/v1/"); i >= 0 {
		return path[i:]
	}
	for _, tail := range []string{"/responses", "/responses/input_tokens", "/chat/completions", "/models"} {
		if strings.HasSuffix(path, tail) {
			return "/v1" + tail
		}
	}
	for _, tail := range []string{"/assistants", "/threads"} {
		if i := strings.Index(path, tail); i >= 0 {
			return "/v1" + path[i:]
		}
	}
	return path
}

func closeBody(req *http.Request) error {
	if req.Body == nil {
		return nil
	}
	return req.Body.Close()
}

// noRoute is what the API answers where it has nothing, the dead Assistants API included.
func (s *Simulator) noRoute(req *http.Request) (*http.Response, error) {
	req = original(req)
	if err := closeBody(req); err != nil {
		return nil, err
	}
	id := identity(s.seed, callerOf(req), 0, 0, req.URL.Path)
	p := &problem{status: http.StatusNotFound, message: "Invalid URL (" + req.Method + " " + routePath(req.URL.Path) + ")"}
	if s.era == EraSunset { // or a client would look for the mistake in its address
		p.headers = map[string]string{assistant.EraHeader: string(s.era)}
	}
	return s.refuse(p, id, 0), nil
}

// ask answers a Responses or Chat Completions request.
func (s *Simulator) ask(req *http.Request, chat bool) (*http.Response, error) {
	req = original(req)
	ctx := req.Context()
	data, err := readBody(req)
	if err != nil {
		return nil, err
	}
	timeline := clock.From(ctx)
	started := timeline.Now()
	caller := callerOf(req)
	id := identity(s.seed, caller, caller.Attempt, 1, string(data))
	r, wrong := parse(data, chat)
	if wrong == nil {
		wrong = s.validate(r, started)
	}
	if wrong != nil {
		return s.refuse(wrong, id, 0), nil
	}
	q := &question{model: r.Model, prompt: r.prompt, instructions: r.system, caller: caller}
	used := 0
	rule := s.faults.find(q, s.seed, &used)
	if rule == nil {
		rule = s.rules.find(q, s.seed, &used)
	}
	if rule == nil || rule.unfilled() {
		return nil, s.noAnswer(q, rule)
	}
	if rule.Latency > 0 {
		if err := timeline.Sleep(ctx, rule.Latency); err != nil {
			return nil, err
		}
	}
	s.answered(rule)
	return s.play(ctx, timeline, &answer{sim: s, rule: rule, req: r, q: q, id: id, started: started, finished: timeline.Now()})
}

// errReset is what a client sees when the other side drops the connection.
var errReset error = resetError{}

type resetError struct{}

func (resetError) Error() string { return "connection reset by peer" }

// play does what the rule says.
func (s *Simulator) play(ctx context.Context, timeline *clock.Timeline, a *answer) (*http.Response, error) {
	f := a.rule.Fault
	if f == nil {
		return a.response(a.body()), nil
	}
	switch f.Kind {
	case FaultTimeout:
		// Without a timeout the client would wait for ever; the longest span a rule may name stands for that.
		span := clock.Timeout(ctx)
		if span <= 0 {
			span = longestSpan
		}
		if err := timeline.Sleep(ctx, span); err != nil {
			return nil, err
		}
		return nil, clock.ErrTimeout
	case FaultReset:
		return nil, errReset
	case FaultTruncated:
		return a.truncated(a.body()), nil
	case FaultInvalidJSON:
		return a.response([]byte(`{"id":"` + a.name("resp_") + `","output":[<html>`)), nil
	case FaultStatus:
		if f.Inside {
			return a.response(a.insideBody()), nil
		}
		p := f.envelope(a.req.Model)
		return s.refuse(&p, a.id, a.latency()), nil
	}
	return a.response(a.body()), nil
}

// latency is what the answer took on the timeline.
func (a *answer) latency() time.Duration { return a.finished.Sub(a.started) }
