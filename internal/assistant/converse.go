package assistant

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"askflow/internal/clock"
	"askflow/internal/run"
	"askflow/internal/source"

	openai "github.com/sashabaranov/go-openai"
)

const (
	// firstPoll is the wait before a run is looked at for the first time; every wait is half as long again as the one
	// before, up to longestPoll.
	firstPoll   = 500 * time.Millisecond
	longestPoll = 5 * time.Second
	// pollFailures is how many times in a row looking at a run may fail: the run goes on by itself, and asking anew
	// would pay for it twice.
	pollFailures = 3
	// cleanUp is the time that cancelling a run and deleting what was made for it may take together.
	cleanUp = 2 * time.Second
)

// conversation is one attempt of the Assistants protocol: a thread with the prompt, a run on it, and what became of it.
type conversation struct {
	c         *Client
	q         *Question
	timeline  *clock.Timeline
	r         *reply
	assistant string // its id on the server
	temporary bool   // the assistant was made for this conversation
	thread    string
	run       string
	open      bool // the run has not ended
}

// converse asks through a thread and a run. Whatever it makes on the server it deletes again, as well as it can.
func (c *Client) converse(ctx context.Context, timeline *clock.Timeline, q *Question) *reply {
	v := &conversation{c: c, q: q, timeline: timeline, r: &reply{}}
	defer v.close(ctx)
	if v.findAssistant(ctx) && v.start(ctx) {
		v.wait(ctx)
	}
	return v.r
}

// took looks at how a call ended. It returns false when the conversation is over because of it.
func (v *conversation) took(x *exchange, h http.Header, err error) bool {
	v.r.header, v.r.status = h, x.status
	if err == nil {
		return true
	}
	if e, ok := told(err, x.status); ok && gone(e) {
		v.r.err = v.c.retired(e.status)
		return false
	}
	v.c.fail(v.r, err, v.q)
	return false
}

// gone tells whether a 404 means that the server has no Assistants API. One that has it names what it does not find.
func gone(e apiError) bool {
	return e.status == http.StatusNotFound && e.code != "model_not_found" && !v2Object(e)
}

// identifier takes an id from the server. One that is none would end up in the path of the next request.
func (v *conversation) identifier(id, what string) bool {
	if plainID(id) {
		return true
	}
	v.r.failWith(CodeBadResponse, "check openai.base_url: this is no OpenAI-compatible server", "The server gave the %s an id that is none: %q.", what, tidy(id))
	return false
}

func plainID(id string) bool {
	return id != "" && len(id) <= 200 && !strings.ContainsFunc(id, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-'
	})
}

// findAssistant takes the definition's id when it is one of OpenAI's. A run needs an assistant on the server, so that for
// a definition that is only here a temporary one is made; the run carries all its settings anyway.
func (v *conversation) findAssistant(ctx context.Context) bool {
	name := "askflow"
	if a := v.q.Assistant; a != nil {
		if strings.HasPrefix(a.ID, "asst_") && plainID(a.ID) {
			v.assistant = a.ID
			return true
		}
		if a.Name != "" {
			name = a.Name
		}
	}
	x := &exchange{}
	made, err := v.c.api.CreateAssistant(withExchange(ctx, x), openai.AssistantRequest{Model: v.q.Model, Name: &name})
	if !v.took(x, made.Header(), err) || !v.identifier(made.ID, "assistant") {
		return false
	}
	v.assistant, v.temporary = made.ID, true
	return true
}

// start makes the thread and the run. The two are made one after the other because only a run of its own takes a
// reasoning effort.
func (v *conversation) start(ctx context.Context) bool {
	x := &exchange{}
	thread, err := v.c.api.CreateThread(withExchange(ctx, x), openai.ThreadRequest{
		Messages: []openai.ThreadMessage{{Role: openai.ThreadMessageRoleUser, Content: v.q.Prompt}}})
	if !v.took(x, thread.Header(), err) || !v.identifier(thread.ID, "thread") {
		return false
	}
	v.thread = thread.ID
	req := openai.RunRequest{AssistantID: v.assistant, Model: v.q.Model, Instructions: v.q.Instructions,
		Temperature: float32Of(v.q.Temperature), TopP: float32Of(v.q.TopP), MaxCompletionTokens: v.q.MaxOutputTokens}
	if v.q.ResponseFormat != nil {
		req.ResponseFormat = json.RawMessage(formatJSON(v.q))
	}
	x = &exchange{}
	if v.q.ReasoningEffort != "" {
		x.extra = source.AppendString([]byte(`,"reasoning_effort":`), v.q.ReasoningEffort)
	}
	made, err := v.c.api.CreateRun(withExchange(ctx, x), v.thread, req)
	if !v.took(x, made.Header(), err) || !v.identifier(made.ID, "run") {
		return false
	}
	v.run, v.open, v.r.unknownCost = made.ID, true, true
	return true
}

// wait looks at the run until it has ended.
func (v *conversation) wait(ctx context.Context) {
	interval, failures := firstPoll, 0
	for {
		if err := v.timeline.Sleep(ctx, interval); err != nil {
			v.c.fail(v.r, err, v.q)
			return
		}
		interval = min(interval+interval/2, longestPoll)
		x := &exchange{keep: true}
		got, err := v.c.api.RetrieveRun(withExchange(ctx, x), v.thread, v.run)
		if !v.took(x, got.Header(), err) {
			v.r.unknownCost = true // the run goes on
			if failures++; failures > pollFailures || !v.r.retry || ctx.Err() != nil || timedOut(err) {
				return
			}
			if wait, named := serverWait(v.r.header, v.timeline.Now()); named {
				interval = min(max(interval, wait), longestWait)
			}
			v.r.err, v.r.retry = nil, false
			continue
		}
		failures = 0
		if v.ended(ctx, &got, x) {
			return
		}
	}
}

// ended judges a run. It returns false as long as the run is on its way.
func (v *conversation) ended(ctx context.Context, got *openai.Run, x *exchange) bool {
	switch got.Status {
	case openai.RunStatusQueued, openai.RunStatusInProgress, openai.RunStatusCancelling:
		return false
	case openai.RunStatusRequiresAction:
		v.r.failWith(CodeToolCalls, "take the tools out of the assistant, or script what it would say",
			"The assistant wants the outputs of tools, and tools are not executed here: %s.", toolNames(got))
		return true
	}
	v.open = false
	more := x.runExtras()
	v.r.model = got.Model
	v.use(got, more)
	switch got.Status {
	case openai.RunStatusCompleted:
		v.read(ctx)
	case openai.RunStatusFailed:
		v.failed(ctx, got.LastError)
	case openai.RunStatusIncomplete:
		v.r.incomplete(more.reason, v.q)
	case openai.RunStatusExpired:
		v.r.failWith(CodeRunExpired, "try again; status.openai.com tells about outages", "The run expired: it was not finished ten minutes after it was made.")
		v.r.retry = true
	case openai.RunStatusCancelled:
		v.r.failWith(CodeRunCancelled, "try again", "Somebody else cancelled the run.")
	default:
		v.open = true
		v.r.failWith(CodeBadResponse, "check openai.base_url: this is no OpenAI-compatible server", "The run has a status that is not known: %q.", tidy(string(got.Status)))
	}
	return true
}

// use takes the tokens that an ended run says it used.
func (v *conversation) use(got *openai.Run, more runExtras) {
	u := got.Usage
	if u.PromptTokens == 0 && u.CompletionTokens == 0 {
		return
	}
	v.r.unknownCost = false
	v.r.usage = &run.Usage{InputTokens: tokens(u.PromptTokens), OutputTokens: tokens(u.CompletionTokens),
		CachedTokens: tokens(more.cached), ReasoningTokens: tokens(more.reasoning), Estimated: v.r.estimated()}
}

func toolNames(got *openai.Run) string {
	var names []string
	if a := got.RequiredAction; a != nil && a.SubmitToolOutputs != nil {
		for _, call := range a.SubmitToolOutputs.ToolCalls {
			name := call.Function.Name
			if name == "" {
				name = string(call.Type)
			}
			names = append(names, tidy(name))
		}
	}
	if len(names) == 0 {
		return "it does not say which"
	}
	return shorten(strings.Join(names, ", "), 200)
}

// failed finds out why a run failed: from the run, else from its steps.
func (v *conversation) failed(ctx context.Context, last *openai.RunLastError) {
	if last == nil {
		last = v.stepError(ctx)
	}
	if last == nil {
		v.r.failWith(CodeServer, "try again", "OpenAI reports that the run failed, without saying why.")
		v.r.retry = true
		return
	}
	v.c.failInside(v.r, apiError{code: string(last.Code), message: last.Message}, v.q)
}

func (v *conversation) stepError(ctx context.Context) *openai.RunLastError {
	x := &exchange{}
	list, err := v.c.api.ListRunSteps(withExchange(ctx, x), v.thread, v.run, openai.Pagination{})
	if err != nil {
		return nil // the run has failed either way; its steps would only have said why
	}
	for _, s := range list.RunSteps {
		if s.LastError != nil {
			return s.LastError
		}
	}
	return nil
}

// close cancels a run that has not ended and deletes what the conversation made. Nothing depends on whether it works.
// It is also done for somebody who has cancelled, so that nothing goes on at their cost, but not for long.
func (v *conversation) close(ctx context.Context) {
	if v.thread == "" && !v.temporary {
		return
	}
	ctx = clock.WithTimeout(context.WithoutCancel(ctx), cleanUp)
	if v.timeline.Waits() {
		bounded, done := context.WithTimeout(ctx, cleanUp)
		defer done()
		ctx = bounded
	}
	ctx = withExchange(ctx, &exchange{})
	if v.open {
		_, _ = v.c.api.CancelRun(ctx, v.thread, v.run)
	}
	if v.thread != "" {
		_, _ = v.c.api.DeleteThread(ctx, v.thread)
	}
	if v.temporary {
		_, _ = v.c.api.DeleteAssistant(ctx, v.assistant)
	}
}
