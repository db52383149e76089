package assistant

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"askflow/internal/clock"
	"askflow/internal/run"
	"askflow/internal/source"

	openai "github.com/sashabaranov/go-openai"
)

// reply is what one attempt brought.
type reply struct {
	text       string
	model      string
	usage      *run.Usage
	cacheWrite int
	header     http.Header
	status     int
	err        *Error
	retry      bool          // asking again may help
	took       time.Duration // on the timeline
	unsent     bool          // nothing was sent: a limit or the budget came before, or the wait for it was cut off
	// unknownCost tells that the server may have worked, and charged, without saying how much.
	unknownCost bool
}

// limit sets the attempt's timeout on the timeline, and on the wall where somebody really waits.
func (c *Client) limit(ctx context.Context, timeline *clock.Timeline) (context.Context, context.CancelFunc) {
	ctx = clock.WithTimeout(ctx, c.timeout)
	if timeline.Waits() {
		return context.WithTimeout(ctx, c.timeout)
	}
	return ctx, func() {}
}

// attempt sends the question once.
func (c *Client) attempt(ctx context.Context, timeline *clock.Timeline, caller Caller, q *Question) *reply {
	ctx, done := c.limit(WithCaller(ctx, caller), timeline)
	defer done()
	started := timeline.Now()
	var r *reply
	switch q.Protocol {
	case Chat:
		r = c.chat(ctx, q)
	case Assistants:
		r = c.converse(ctx, timeline, q)
	default:
		r = c.responses(ctx, q)
	}
	r.took = timeline.Now().Sub(started)
	return r
}

func (c *Client) responses(ctx context.Context, q *Question) *reply {
	store := false
	req := openai.CreateResponseRequest{Model: q.Model, Instructions: q.Instructions, Input: q.Prompt,
		MaxOutputTokens: q.MaxOutputTokens, Store: &store, Temperature: float32Of(q.Temperature), TopP: float32Of(q.TopP)}
	if q.ReasoningEffort != "" {
		req.Reasoning = &openai.ResponseReasoning{Effort: q.ReasoningEffort}
	}
	if q.ResponseFormat != nil {
		req.Text = &openai.ResponseTextConfig{Format: textFormat(q.ResponseFormat)}
	}
	x := &exchange{}
	resp, err := c.api.CreateResponse(withExchange(ctx, x), req)
	r := &reply{header: resp.Header(), status: x.status}
	if err != nil {
		c.fail(r, err, q)
		return r
	}
	r.model = resp.Model
	if u := resp.Usage; u != nil {
		r.usage = &run.Usage{InputTokens: tokens(u.InputTokens), OutputTokens: tokens(u.OutputTokens), Estimated: r.estimated()}
		if d := u.InputTokensDetails; d != nil {
			r.usage.CachedTokens, r.cacheWrite = tokens(d.CachedTokens), tokens(d.CacheWriteTokens)
		}
		if d := u.OutputTokensDetails; d != nil {
			r.usage.ReasoningTokens = tokens(d.ReasoningTokens)
		}
	}
	r.unknownCost = r.usage == nil
	c.readResponse(r, &resp, q)
	return r
}

// textFormat turns the Assistants and Chat form of response_format into that of Responses, where a schema is not nested.
func textFormat(n *source.Node) *openai.ResponseTextFormat {
	f := &openai.ResponseTextFormat{}
	if kind := n.Get("type"); kind != nil {
		f.Type = kind.Text
	}
	if s := n.Get("json_schema"); f.Type == "json_schema" && s != nil {
		for key, into := range map[string]*string{"name": &f.Name, "description": &f.Description} {
			if v := s.Get(key); v.IsScalar() {
				*into = v.Text
			}
		}
		if strict := s.Get("strict"); strict != nil {
			f.Strict = strict.Text == "true"
		}
		f.Schema = json.RawMessage(source.AppendJSON(nil, s.Get("schema")))
	}
	return f
}

func (c *Client) chat(ctx context.Context, q *Question) *reply {
	req := openai.ChatCompletionRequest{Model: q.Model}
	if q.Instructions != "" {
		req.Messages = append(req.Messages, openai.ChatCompletionMessage{Role: openai.ChatMessageRoleSystem, Content: q.Instructions})
	}
	req.Messages = append(req.Messages, openai.ChatCompletionMessage{Role: openai.ChatMessageRoleUser, Content: q.Prompt})
	x := &exchange{extra: chatSettings(q), keep: true}
	resp, err := c.api.CreateChatCompletion(withExchange(ctx, x), req)
	r := &reply{header: resp.Header(), status: x.status}
	if err != nil {
		c.fail(r, err, q)
		return r
	}
	cacheWrite, inside := x.chatExtras()
	r.model, r.cacheWrite = resp.Model, tokens(cacheWrite)
	if u := resp.Usage; u.PromptTokens != 0 || u.CompletionTokens != 0 {
		r.usage = &run.Usage{InputTokens: tokens(u.PromptTokens), OutputTokens: tokens(u.CompletionTokens), Estimated: r.estimated()}
		if d := u.PromptTokensDetails; d != nil {
			r.usage.CachedTokens = tokens(d.CachedTokens)
		}
		if d := u.CompletionTokensDetails; d != nil {
			r.usage.ReasoningTokens = tokens(d.ReasoningTokens)
		}
	}
	if inside != nil {
		c.failInside(r, *inside, q)
		return r
	}
	r.unknownCost = r.usage == nil
	readChat(r, &resp, q)
	return r
}

// chatSettings are the members that go-openai would drop (a temperature of 0) or refuse by rules of its own that differ
// from the API's; wire adds them to the body.
func chatSettings(q *Question) []byte {
	b := make([]byte, 0, 160)
	if q.Temperature != nil {
		b = strconv.AppendFloat(append(b, `,"temperature":`...), *q.Temperature, 'g', -1, 64)
	}
	if q.TopP != nil {
		b = strconv.AppendFloat(append(b, `,"top_p":`...), *q.TopP, 'g', -1, 64)
	}
	if q.ReasoningEffort != "" {
		b = source.AppendString(append(b, `,"reasoning_effort":`...), q.ReasoningEffort)
	}
	if q.ResponseFormat != nil {
		b = source.AppendJSON(append(b, `,"response_format":`...), q.ResponseFormat)
	}
	b = strconv.AppendInt(append(b, `,"max_completion_tokens":`...), int64(q.MaxOutputTokens), 10)
	return append(b, `,"store":false`...)
}

// formatJSON is the response format as Chat Completions and runs take it.
func formatJSON(q *Question) []byte { return source.AppendJSON(nil, q.ResponseFormat) }

func float32Of(x *float64) *float32 {
	if x == nil {
		return nil
	}
	f := float32(*x)
	return &f
}

// tokens keeps a count from a broken answer within what can be added up.
func tokens(n int) int { return min(max(0, n), 1_000_000_000) }

func (r *reply) estimated() bool { return r.header.Get(EstimatedHeader) == "true" }

func (r *reply) failWith(code, hint, format string, args ...any) {
	r.err = &Error{Code: code, Message: Scrub(fmt.Sprintf(format, args...)), Hint: hint, Status: r.status}
}

// failInside takes an error that came inside of a 200.
func (c *Client) failInside(r *reply, e apiError, q *Question) {
	if e.status == 0 {
		e.status = r.status
	}
	r.err, r.retry = classify(e, q.Model, c.models)
}

// fail makes an Error of what go-openai returned. The Cause of what a server said is not kept: it quotes the server
// unscrubbed.
func (c *Client) fail(r *reply, err error, q *Question) {
	var known *Error
	switch {
	case errors.As(err, &known):
		e := *known
		e.Message = Scrub(e.Message)
		if cause := below(err); any(cause) != any(known) { // identity is meant: an Error is not its own cause
			e.Cause = cause
		}
		r.err = &e
		return
	case timedOut(err):
		r.failWith(CodeTimeout, "try again, or raise openai.timeout in portal.yaml", "There was no answer within %s.", c.timeout)
		r.err.Cause, r.retry, r.unknownCost = context.DeadlineExceeded, true, true
		return
	}
	e, ok := told(err, r.status)
	switch {
	case ok && r.status == http.StatusNotFound && r.header.Get(EraHeader) == eraSunset:
		r.failWith(CodeSunset, "run in another era: --era responses, or openai.era in portal.yaml",
			"The simulated OpenAI API plays the era sunset, in which every address is gone and nothing is answered.")
	case ok:
		r.err, r.retry = classify(e, q.Model, c.models)
	default:
		c.failTransport(r, err)
	}
}

// told takes out of go-openai's errors what the API said; false when the error is none of the API's.
func told(err error, status int) (apiError, bool) {
	var request *openai.RequestError
	var api *openai.APIError
	switch {
	case errors.As(err, &request): // before APIError, as which an empty one would also be found
		return fromBody(request.HTTPStatusCode, request.Body), true
	case errors.As(err, &api):
		code, _ := api.Code.(string) // a null decodes to the int 0
		e := apiError{status: api.HTTPStatusCode, code: code, kind: api.Type, message: api.Message}
		if api.Param != nil {
			e.param = *api.Param
		}
		return e, true
	}
	return apiError{status: status}, status >= 400
}

// below is what a transport returned, without the wrapping net/http puts around it.
func below(err error) error {
	var sending *url.Error
	if errors.As(err, &sending) {
		return sending.Err
	}
	return err
}

// failTransport tells apart what broke: the connection, the answer, or the request before it was sent.
func (c *Client) failTransport(r *reply, err error) {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	var sending *url.Error
	var certificate *tls.CertificateVerificationError
	errors.As(err, &sending)
	r.unknownCost = mayHaveArrived(err, r.status)
	reason := tidy(below(err).Error())
	switch {
	case errors.As(err, &certificate):
		r.failWith(CodeConnection, "check openai.base_url, and the certificates of a proxy in between", "The server's certificate is not trusted: %s.", reason)
	case sending != nil:
		r.failWith(CodeConnection, "check the network, a proxy, and openai.base_url in portal.yaml", "The connection failed: %s.", reason)
		r.retry = true
	case r.status == 0:
		r.failWith(CodeBadSettings, "check the model and the settings", "The request was not sent: %s.", reason)
	case errors.Is(err, errTooLong):
		r.failWith(CodeBadResponse, "check openai.base_url: this is no OpenAI-compatible server", "The answer is not usable: %s.", reason)
	case errors.Is(err, io.EOF):
		r.failWith(CodeBadResponse, "check openai.base_url: this is no OpenAI-compatible server", "The answer has no content (HTTP %d).", r.status)
	case errors.As(err, &syntax), errors.As(err, &kind):
		r.failWith(CodeBadResponse, "check openai.base_url: this is no OpenAI-compatible server", "The answer is not the JSON that was expected: %s.", reason)
	default:
		r.failWith(CodeConnection, "try again", "The connection broke off in the middle of the answer: %s.", reason)
		r.retry = true
	}
}

// mayHaveArrived tells whether the server may have worked on a request whose answer is lost.
func mayHaveArrived(err error, status int) bool {
	var dialing *net.OpError
	var certificate *tls.CertificateVerificationError
	var sending *url.Error
	switch {
	case errors.As(err, &certificate), errors.As(err, &dialing) && dialing.Op == "dial":
		return false
	}
	return status > 0 || errors.As(err, &sending)
}

func timedOut(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

// shutdownDates reads the member of a models list that go-openai leaves out.
func shutdownDates(raw []byte) map[string]time.Time {
	var list struct {
		Data []struct {
			ID       string  `json:"id"`
			Shutdown *string `json:"shutdown_date"`
		} `json:"data"`
	}
	// The list itself was decoded before; dates that do not fit are as good as none.
	_ = json.Unmarshal(raw, &list)
	out := map[string]time.Time{}
	for _, m := range list.Data {
		if m.Shutdown == nil {
			continue
		}
		if day, err := time.Parse(time.DateOnly, *m.Shutdown); err == nil {
			out[m.ID] = day
		}
	}
	return out
}
