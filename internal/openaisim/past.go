package openaisim

import (
	"container/list"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/clock"
)

// What bounds the state. A thread that was forgotten about goes when its timeline has left it a day behind, or when it is
// the oldest of too many.
const (
	threadLife    = 24 * time.Hour
	maxThreads    = 4096
	maxAssistants = 1024
	maxState      = 64 << 20 // bytes of text in all threads
	maxMessages   = 1000     // of one thread
	maxMessage    = 256_000  // characters of one message
	maxRuns       = 100      // of one thread
)

// past is the Assistants API as it was before it was switched off.
type past struct {
	sim   *Simulator
	known map[string]*assistantObject // those the account had from the start
	any   bool                        // nobody has said which there are
	mu    sync.Mutex                  // for all that follows
	made  map[string]*assistantObject
	order []string // of known, then of made
	// threads are found by id, and by age for when there are too many.
	threads map[string]*thread
	byAge   *list.List
	size    int
}

// thread is a conversation and its runs.
type thread struct {
	object   threadObject
	messages []*messageObject
	runs     []*pastRun
	used     time.Time
	size     int
	age      *list.Element
}

func newPast(s *Simulator, assistants []*assistant.Assistant) *past {
	p := &past{sim: s, known: map[string]*assistantObject{}, any: assistants == nil, made: map[string]*assistantObject{}, threads: map[string]*thread{}, byAge: list.New()}
	for _, a := range assistants {
		if _, twice := p.known[a.ID]; !twice {
			p.known[a.ID] = objectOf(a)
			p.order = append(p.order, a.ID)
		}
	}
	return p
}

// call is one request to the Assistants API.
type call struct {
	*past
	req    *http.Request
	data   []byte
	query  url.Values
	caller assistant.Caller
	now    time.Time
	id     uint64
	part   []string // of the path, after /v1
	// estimated tells that the answer holds an estimated usage, delay how long it takes.
	estimated bool
	delay     time.Duration
}

// serve answers a request below /v1/assistants or /v1/threads.
func (p *past) serve(req *http.Request) (*http.Response, error) {
	req = original(req)
	data, err := readBody(req)
	if err != nil {
		return nil, err
	}
	caller := callerOf(req)
	c := &call{past: p, req: req, data: data, caller: caller, now: clock.From(req.Context()).Now(), query: req.URL.Query(),
		id:   identity(p.sim.seed, caller, caller.Attempt, 3, req.Method+" "+req.URL.Path+"\n"+string(data)),
		part: strings.Split(strings.Trim(strings.TrimPrefix(routePath(req.URL.Path), "/v1"), "/"), "/")}
	if req.Header.Get("Openai-Beta") != "assistants=v2" {
		return p.sim.refuse(&problem{status: http.StatusBadRequest, code: "invalid_beta", message: "You must provide the 'OpenAI-Beta' header to access the " +
			"Assistants API. Please try again by setting the header 'OpenAI-Beta: assistants=v2'."}, c.id, 0), nil
	}
	if len(data) > maxRequest {
		return p.sim.refuse(&problem{status: http.StatusRequestEntityTooLarge, message: "The request body is too large."}, c.id, 0), nil
	}
	return c.answer()
}

// answer does what the request asks for.
func (c *call) answer() (*http.Response, error) {
	if answered := c.startsRun(); answered != nil {
		return answered()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	v, wrong := c.route()
	return c.reply(v, wrong)
}

// reply writes an object, or what is wrong.
func (c *call) reply(v any, wrong *problem) (*http.Response, error) {
	if wrong != nil {
		return c.sim.refuse(wrong, c.id, 0), nil
	}
	body, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	h := c.sim.header(c.id, 0, 1)
	if c.estimated {
		h[assistant.EstimatedHeader] = []string{"true"}
	}
	return response(http.StatusOK, h, body), nil
}

// route finds what a request is about. Patterns have a star for an id.
func (c *call) route() (any, *problem) {
	var t *thread
	if c.part[0] == "threads" && len(c.part) > 1 {
		var wrong *problem
		if t, wrong = c.thread(c.part[1]); wrong != nil {
			return nil, wrong
		}
	}
	pattern := c.req.Method + " " + c.part[0]
	for i, part := range c.part[1:] {
		if i%2 == 0 {
			pattern += "/*"
			continue
		}
		pattern += "/" + part
	}
	switch {
	case c.part[0] == "assistants":
		return c.assistants(pattern)
	case t == nil || len(c.part) == 2:
		return c.threadItself(pattern, t)
	case c.part[2] == "messages":
		return c.messages(pattern, t)
	}
	return c.runs(pattern, t)
}

func (c *call) nothingThere() *problem {
	return &problem{status: http.StatusNotFound, message: "Invalid URL (" + c.req.Method + " " + routePath(c.req.URL.Path) + ")"}
}

func noSuch(what, id string) *problem {
	return &problem{status: http.StatusNotFound, message: "No " + what + " found with id '" + clip(id, 100) + "'."}
}

// unused finds an id that nothing has yet. Who asks without saying so may ask the same twice.
func unused(prefix string, id uint64, taken func(string) bool) string {
	for {
		name := token(prefix, id, prefix[0])
		if !taken(name) {
			return name
		}
		id = mix(id + 1)
	}
}

// page cuts a listing, which comes oldest first, down to what the query asks for.
func page[T any](q url.Values, what string, all []T, id func(T) string) (*listObject, *problem) {
	limit, order := 20, "desc"
	if s := q.Get("limit"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > 100 {
			return nil, refusef("invalid_value", "limit", "Invalid 'limit': expected an integer from 1 to 100, but got '%s' instead.", clip(s, 40))
		}
		limit = n
	}
	if s := q.Get("order"); s != "" {
		if order = s; s != "asc" && s != "desc" {
			return nil, refusef("invalid_value", "order", "Invalid value: '%s'. Supported values are: 'asc' and 'desc'.", clip(s, 40))
		}
	}
	items := make([]T, len(all))
	for i, it := range all {
		if order == "desc" {
			i = len(all) - 1 - i
		}
		items[i] = it
	}
	from, to := 0, len(items)
	for name, edge := range map[string]*int{"after": &from, "before": &to} {
		want := q.Get(name)
		if want == "" {
			continue
		}
		at := indexOf(items, want, id)
		if at < 0 {
			return nil, noSuch(what, want)
		}
		*edge = at
		if name == "after" {
			*edge++
		}
	}
	items = items[min(from, to):to]
	out := &listObject{Object: "list", Data: []any{}}
	if len(items) > limit {
		items, out.HasMore = items[:limit], true
	}
	for _, it := range items {
		out.Data = append(out.Data, it)
	}
	if len(items) > 0 {
		first, last := id(items[0]), id(items[len(items)-1])
		out.FirstID, out.LastID = &first, &last
	}
	return out, nil
}

func indexOf[T any](items []T, want string, id func(T) string) int {
	for i, it := range items {
		if id(it) == want {
			return i
		}
	}
	return -1
}
