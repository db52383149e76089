package openaisim

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"askflow/internal/clock"
)

// runLife is the time after which a run that has not ended expires.
const runLife = 10 * time.Minute

// pastRun is a run and the answer it is going to give.
type pastRun struct {
	object  runObject
	answer  *answer
	created time.Time
	due     time.Time // when the model is done
	looks   int       // how often the run was looked at
	step    *stepObject
	ended   bool
}

type runRequest struct {
	request
	AssistantID    string           `json:"assistant_id"`
	Additional     string           `json:"additional_instructions"`
	MoreMessages   []messageRequest `json:"additional_messages"`
	Thread         *threadRequest   `json:"thread"`
	MaxPrompt      *int             `json:"max_prompt_tokens"`
	Truncation     json.RawMessage  `json:"truncation_strategy"`
	ToolChoice     json.RawMessage  `json:"tool_choice"`
	ResponseFormat json.RawMessage  `json:"response_format"`
}

// startsRun returns what to do for a request that makes a run; nil for every other.
func (c *call) startsRun() func() (*http.Response, error) {
	if c.req.Method != http.MethodPost || c.part[0] != "threads" {
		return nil
	}
	switch {
	case len(c.part) == 2 && c.part[1] == "runs":
		return func() (*http.Response, error) { return c.makeRun(true) }
	case len(c.part) == 3 && c.part[2] == "runs":
		return func() (*http.Response, error) { return c.makeRun(false) }
	}
	return nil
}

// makeRun makes a run, and with it a thread when it is to have its own. The rule that will answer is chosen now; a fault
// that comes with a status of its own is played now.
func (c *call) makeRun(withThread bool) (*http.Response, error) {
	r := &runRequest{}
	r.run = true
	if wrong := decode(c.data, r); wrong != nil {
		return c.reply(nil, wrong)
	}
	resp, err := c.makeRunNow(r, withThread)
	if c.delay > 0 {
		ctx := c.req.Context()
		if late := clock.From(ctx).Sleep(ctx, c.delay); late != nil {
			return nil, late
		}
	}
	return resp, err
}

func (c *call) makeRunNow(r *runRequest, withThread bool) (*http.Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t, fresh, wrong := c.threadOf(r, withThread)
	if wrong != nil {
		return c.reply(nil, wrong)
	}
	made, resp, err := c.makeRunOn(t, r)
	if made == nil {
		if fresh {
			c.drop(t)
		}
		return resp, err
	}
	t.runs = append(t.runs, made)
	if resp != nil || err != nil {
		return resp, err
	}
	return c.reply(made.object, nil)
}

// threadOf finds or makes the thread of a run.
func (c *call) threadOf(r *runRequest, withThread bool) (t *thread, fresh bool, wrong *problem) {
	if !withThread {
		if t, wrong = c.thread(c.part[1]); wrong != nil {
			return nil, false, wrong
		}
		c.advance(t, nil)
		if active := t.active(); active != nil {
			return nil, false, refusef("", "", "Thread %s already has an active run %s.", t.object.ID, active.object.ID)
		}
		if len(t.runs) >= maxRuns {
			return nil, false, refusef("", "", "The simulated API keeps %d runs in a thread.", maxRuns)
		}
		return t, false, nil
	}
	if r.Effort != "" {
		return nil, false, refusef("unknown_parameter", "reasoning_effort", "Unknown parameter: 'reasoning_effort'.")
	}
	if r.Thread == nil {
		r.Thread = &threadRequest{}
	}
	t, wrong = c.makeThread(r.Thread)
	return t, wrong == nil, wrong
}

// makeRunOn makes a run on a thread. The run is nil when there is none because of what resp or err say.
func (c *call) makeRunOn(t *thread, r *runRequest) (made *pastRun, resp *http.Response, err error) {
	wrong := c.complete(t, r)
	if wrong == nil && r.MaxPrompt != nil && *r.MaxPrompt < minRunTokens {
		wrong = refusef("integer_below_min_value", "max_prompt_tokens", "Invalid 'max_prompt_tokens': integer below minimum value. Expected a value >= %d, but got %d instead.", minRunTokens, *r.MaxPrompt)
	}
	if wrong == nil {
		wrong = c.sim.validate(&r.request, c.now)
	}
	if wrong != nil {
		resp, err = c.reply(nil, wrong)
		return nil, resp, err
	}
	caller := c.caller
	if caller.Assistant == "" {
		caller.Assistant = r.AssistantID
	}
	q := &question{model: r.Model, prompt: r.prompt, instructions: r.system, caller: caller}
	used := 0
	rule := c.sim.faults.find(q, c.sim.seed, &used)
	if rule == nil {
		rule = c.sim.rules.find(q, c.sim.seed, &used)
	}
	if rule == nil || rule.unfilled() {
		return nil, nil, c.sim.noAnswer(q, rule)
	}
	c.sim.answered(rule)
	a := &answer{sim: c.sim, rule: rule, req: &r.request, q: q, id: c.id, started: c.now, finished: c.now.Add(rule.Latency)}
	made = c.newRun(t, r, a)
	resp, err = c.playAtOnce(a, made)
	if resp != nil || err != nil {
		c.delay = rule.Latency
	}
	if resp != nil && resp.StatusCode != http.StatusOK || err != nil {
		return nil, resp, err
	}
	return made, resp, err
}

// complete takes from the assistant and the thread what the request leaves to them.
func (c *call) complete(t *thread, r *runRequest) *problem {
	if r.AssistantID == "" {
		return refusef("missing_required_parameter", "assistant_id", "Missing required parameter: 'assistant_id'.")
	}
	a := c.assistant(r.AssistantID)
	if a == nil {
		if !c.any || !strings.HasPrefix(r.AssistantID, "asst_") {
			return noSuch("assistant", r.AssistantID)
		}
		a = &assistantObject{}
	}
	if r.Model == "" {
		r.Model = a.Model
	}
	if r.Instructions == nil {
		r.Instructions = a.Instructions
	}
	if r.Effort == "" && a.Effort != nil {
		r.Effort = *a.Effort
	}
	if r.Temperature == nil {
		r.Temperature = a.Temperature
	}
	if r.TopP == nil {
		r.TopP = a.TopP
	}
	if r.Instructions != nil {
		r.system = *r.Instructions
	}
	r.system = strings.Trim(r.system+"\n"+r.Additional, "\n")
	size := 0
	for i := range r.MoreMessages {
		m, wrong := c.makeMessage(t, &r.MoreMessages[i])
		if wrong != nil {
			return wrong
		}
		size += len(m.text)
	}
	c.grow(t, size)
	for _, m := range t.messages {
		r.add(m.Role, m.text)
	}
	return nil
}

func (c *call) newRun(t *thread, r *runRequest, a *answer) *pastRun {
	expires := c.now.Add(runLife).Unix()
	var effort *string
	if e := r.Effort; e != "" {
		effort = &e
	}
	run := &pastRun{answer: a, created: c.now, due: a.finished, object: runObject{Object: "thread.run", CreatedAt: c.now.Unix(), ThreadID: t.object.ID,
		AssistantID: r.AssistantID, Status: "queued", Model: r.Model, Instructions: r.system, Tools: json.RawMessage(`[]`), Metadata: rawOr(r.Metadata, `{}`),
		runTimes: runTimes{ExpiresAt: &expires},
		runSettings: runSettings{Temperature: orOne(r.Temperature), TopP: orOne(r.TopP), Effort: effort, MaxPromptTokens: r.MaxPrompt, MaxComplete: r.MaxComplete,
			Truncation: rawOr(r.Truncation, `{"type":"auto","last_messages":null}`), ToolChoice: rawOr(r.ToolChoice, `"auto"`), ParallelToolCalls: true,
			ResponseFormat: rawOr(r.ResponseFormat, `"auto"`)}}}
	run.object.ID = unused("run_", c.id, func(id string) bool { return t.run(id) != nil })
	if a.kind() == FaultTimeout {
		run.due = c.now.Add(longestSpan)
	}
	return run
}

// playAtOnce plays the faults of a connection and those with a status of their own; the rest shows in the run.
func (c *call) playAtOnce(a *answer, made *pastRun) (*http.Response, error) {
	f := a.rule.Fault
	if f == nil {
		return nil, nil
	}
	switch f.Kind {
	case FaultReset:
		return nil, errReset
	case FaultTruncated:
		body, err := json.Marshal(made.object)
		if err != nil {
			return nil, err
		}
		return a.truncated(body), nil
	case FaultInvalidJSON:
		return response(http.StatusOK, c.sim.header(a.id, 0, 0), []byte(`{"id":"run_","status":<html>`)), nil
	case FaultStatus:
		if !f.Inside {
			p := f.envelope(a.req.Model)
			return c.sim.refuse(&p, a.id, a.latency()), nil
		}
	}
	return nil, nil
}

// active is the run that has not ended, nil when there is none.
func (t *thread) active() *pastRun {
	for _, r := range t.runs {
		if !r.ended {
			return r
		}
	}
	return nil
}

func (t *thread) run(id string) *pastRun {
	for _, r := range t.runs {
		if r.object.ID == id {
			return r
		}
	}
	return nil
}
