package openaisim

import (
	"net/http"
	"strconv"
	"time"

	"askflow/internal/source"
)

// answer is a request that a rule answers.
type answer struct {
	sim               *Simulator
	rule              *Rule
	req               *request
	q                 *question
	id                uint64
	started, finished time.Time
	estimated         bool // set by usage
}

// kind is the rule's fault, "" for none.
func (a *answer) kind() FaultKind {
	if a.rule.Fault == nil {
		return ""
	}
	return a.rule.Fault.Kind
}

func (a *answer) name(prefix string) string { return token(prefix, a.id, prefix[0]) }

// text is what the model says.
func (a *answer) text() string {
	switch {
	case a.kind() == FaultEmpty:
		return ""
	case a.kind() == FaultRefusal && !a.rule.HasReply:
		return "I'm sorry, but I can't help with that."
	}
	return a.rule.text(a.q)
}

// usage is the scripted usage; what is not scripted is estimated.
func (a *answer) usage(text string) Usage {
	u := Usage{}
	if a.rule.Usage != nil {
		u = *a.rule.Usage
	}
	if !u.input {
		u.InputTokens = estimate(len(a.req.prompt) + len(a.req.system))
	}
	if !u.output {
		u.OutputTokens = estimate(len(text))
		// An answer cut off by its bound has used the bound up; what is not text was reasoning.
		if bound, _ := a.req.bound(); a.kind() == FaultIncomplete && bound != nil {
			u.ReasoningTokens = max(0, *bound-u.OutputTokens)
			u.OutputTokens = max(u.OutputTokens, *bound)
		}
	}
	a.estimated = !u.input || !u.output
	return u
}

// body is the whole answer as the API would write it.
func (a *answer) body() []byte {
	text := a.text()
	u := a.usage(text)
	if a.req.chat {
		return a.chat(text, u)
	}
	return a.responses(text, u)
}

// insideBody is an error inside of an answer: a failed response, or what some gateways send for a chat completion.
func (a *answer) insideBody() []byte {
	if !a.req.chat {
		return a.responses("", Usage{})
	}
	p := a.rule.Fault.envelope(a.req.Model)
	b := source.AppendString([]byte(`{"error":{"message":`), p.message)
	b = source.AppendString(append(b, `,"type":`...), p.kind)
	return append(appendNullable(append(b, `,"param":null,"code":`...), p.code), `}}`...)
}

// failed tells whether the answer is one with an error inside.
func (a *answer) failed() bool { return a.kind() == FaultStatus && a.rule.Fault.Inside }

func (a *answer) responses(text string, u Usage) []byte {
	r := a.req
	b := make([]byte, 0, 1400+len(text)+len(r.system))
	b = append(append(b, `{"id":"`...), a.name("resp_")...)
	b = strconv.AppendInt(append(b, `","object":"response","created_at":`...), a.started.Unix(), 10)
	switch {
	case a.failed():
		p := a.rule.Fault.envelope(r.Model)
		b = source.AppendString(append(b, `,"status":"failed","completed_at":null,"error":{"code":`...), p.insideCode())
		b = append(source.AppendString(append(b, `,"message":`...), p.message), `},"incomplete_details":null`...)
	case a.kind() == FaultIncomplete:
		b = append(b, `,"status":"incomplete","completed_at":null,"error":null,"incomplete_details":{"reason":"max_output_tokens"}`...)
	default:
		b = strconv.AppendInt(append(b, `,"status":"completed","completed_at":`...), a.finished.Unix(), 10)
		b = append(b, `,"error":null,"incomplete_details":null`...)
	}
	b = appendNullable(append(b, `,"background":false,"instructions":`...), r.system)
	b = append(b, `,"max_output_tokens":`...)
	if r.MaxOutput != nil {
		b = strconv.AppendInt(b, int64(*r.MaxOutput), 10)
	} else {
		b = append(b, "null"...)
	}
	b = source.AppendString(append(b, `,"model":`...), r.Model)
	b = a.output(append(b, `,"output":[`...), text, u)
	b = appendNullable(append(b, `],"parallel_tool_calls":true,"previous_response_id":null,"reasoning":{"effort":`...), a.effort())
	b = append(b, `,"summary":null},"service_tier":"default","store":`...)
	b = strconv.AppendBool(b, r.Store == nil || *r.Store)
	b = appendNumber(append(b, `,"temperature":`...), r.Temperature)
	b = append(b, `,"text":`...)
	if len(r.Text) > 0 && r.Text[0] == '{' {
		b = append(b, r.Text...)
	} else {
		b = append(b, `{"format":{"type":"text"},"verbosity":"medium"}`...)
	}
	b = appendNumber(append(b, `,"tool_choice":"auto","tools":[],"top_p":`...), r.TopP)
	b = appendCount(append(b, `,"truncation":"disabled","usage":{`...), "input_tokens", u.InputTokens)
	b = appendCount(append(b, `,"input_tokens_details":{`...), "cached_tokens", u.CachedTokens)
	b = appendCount(append(b, ','), "cache_write_tokens", u.CacheWriteTokens)
	b = appendCount(append(b, `},`...), "output_tokens", u.OutputTokens)
	b = appendCount(append(b, `,"output_tokens_details":{`...), "reasoning_tokens", u.ReasoningTokens)
	b = appendCount(append(b, `},`...), "total_tokens", u.InputTokens+u.OutputTokens)
	b = append(b, `},"metadata":`...)
	if len(r.Metadata) > 0 && r.Metadata[0] == '{' {
		b = append(b, r.Metadata...)
	} else {
		b = append(b, `{}`...)
	}
	return append(b, '}')
}

// output appends the output items.
func (a *answer) output(b []byte, text string, u Usage) []byte {
	if a.kind() == FaultEmpty || a.failed() {
		return b
	}
	reasoned := u.ReasoningTokens > 0
	if reasoned {
		b = append(append(b, `{"type":"reasoning","id":"`...), a.name("rs_")...)
		b = append(b, `","summary":[]}`...)
	}
	if a.kind() == FaultIncomplete && !a.rule.HasReply {
		return b
	}
	if reasoned {
		b = append(b, ',')
	}
	b = append(append(b, `{"type":"message","id":"`...), a.name("msg_")...)
	status := `","status":"completed"`
	if a.kind() == FaultIncomplete {
		status = `","status":"incomplete"`
	}
	b = append(append(b, status...), `,"role":"assistant","content":[`...)
	if a.kind() == FaultRefusal {
		b = source.AppendString(append(b, `{"type":"refusal","refusal":`...), text)
		return append(b, `}]}`...)
	}
	b = source.AppendString(append(b, `{"type":"output_text","annotations":[],"logprobs":[],"text":`...), text)
	return append(b, `}]}`...)
}

// effort is the reasoning effort in force.
func (a *answer) effort() string {
	if e := a.req.effort(); e != "" {
		return e
	}
	m, _ := a.sim.models.Lookup(a.req.Model)
	return m.DefaultEffort
}

func (a *answer) chat(text string, u Usage) []byte {
	b := make([]byte, 0, 900+len(text))
	b = append(append(b, `{"id":"`...), a.name("chatcmpl-")...)
	b = strconv.AppendInt(append(b, `","object":"chat.completion","created":`...), a.started.Unix(), 10)
	b = source.AppendString(append(b, `,"model":`...), a.req.Model)
	b = append(b, `,"choices":[{"index":0,"message":{"role":"assistant","content":`...)
	if a.kind() == FaultRefusal {
		b = source.AppendString(append(b, `null,"refusal":`...), text)
	} else {
		b = append(source.AppendString(b, text), `,"refusal":null`...)
	}
	finish := "stop"
	if a.kind() == FaultIncomplete {
		finish = "length"
	}
	b = append(append(append(b, `,"annotations":[]},"logprobs":null,"finish_reason":"`...), finish...), `"}],"usage":{`...)
	b = appendCount(b, "prompt_tokens", u.InputTokens)
	b = appendCount(append(b, ','), "completion_tokens", u.OutputTokens)
	b = appendCount(append(b, ','), "total_tokens", u.InputTokens+u.OutputTokens)
	b = appendCount(append(b, `,"prompt_tokens_details":{"audio_tokens":0,`...), "cached_tokens", u.CachedTokens)
	b = appendCount(append(b, ','), "cache_write_tokens", u.CacheWriteTokens)
	b = appendCount(append(b, `},"completion_tokens_details":{`...), "reasoning_tokens", u.ReasoningTokens)
	return append(b, `,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},"service_tier":"default","system_fingerprint":"fp_simulated"}`...)
}

// insideCode is the code of an error inside of an answer, where there is always one.
func (p problem) insideCode() string {
	if p.code == "" {
		return "server_error"
	}
	return p.code
}

func appendCount(b []byte, name string, n int) []byte {
	b = append(append(append(b, '"'), name...), `":`...)
	return strconv.AppendInt(b, int64(n), 10)
}

// appendNumber appends a setting, 1 where it was left at its default.
func appendNumber(b []byte, x *float64) []byte {
	if x == nil {
		return append(b, '1')
	}
	return strconv.AppendFloat(b, *x, 'g', -1, 64)
}

var _ http.RoundTripper = (*Simulator)(nil)
