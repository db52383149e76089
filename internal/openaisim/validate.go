package openaisim

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"askflow/internal/assistant"
)

const (
	minOutputTokens = 16
	minRunTokens    = 256
	tooLongMessage  = "Your input exceeds the context window of this model. Please adjust your input and try again."
)

// problem is an error answer of the API.
type problem struct {
	status  int
	code    string // "" is sent as null
	kind    string // "type"; "" is invalid_request_error
	param   string // "" is sent as null
	message string
	after   time.Duration
	headers map[string]string
	body    *string // instead of all that
}

func refusef(code, param, format string, args ...any) *problem {
	return &problem{status: http.StatusBadRequest, code: code, param: param, message: fmt.Sprintf(format, args...)}
}

// validate refuses what the API refuses before any model sees the question.
func (s *Simulator) validate(r *request, now time.Time) *problem {
	if p := r.shape(); p != nil {
		return p
	}
	if p := r.numbers(); p != nil {
		return p
	}
	if len(s.allowed) > 0 && !s.allowed[r.Model] {
		return &problem{status: http.StatusForbidden, code: "model_not_found", message: "Project `proj_simulated` does not have access to model `" + r.Model + "`"}
	}
	m, known := s.models.Lookup(r.Model)
	if known && m.Gone(now) {
		return &problem{status: http.StatusNotFound, code: "model_not_found", message: "The model `" + r.Model + "` does not exist or you do not have access to it."}
	}
	if p := r.efforts(m, known); p != nil || !known {
		return p
	}
	if p := r.sampling(m); p != nil {
		return p
	}
	if p := r.chatOnly(m); p != nil {
		return p
	}
	return r.fits(m)
}

// chatOnly refuses what only Chat Completions refuses.
func (r *request) chatOnly(m assistant.Model) *problem {
	switch {
	case !r.chat:
		return nil
	case r.MaxTokens != nil && len(m.Efforts) > 0:
		return refusef("unsupported_parameter", "max_tokens", "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.")
	case len(r.Tools) > 0 && r.effort() != assistant.EffortNone && (strings.HasPrefix(r.Model, "gpt-6") || strings.HasPrefix(r.Model, "gpt-5.6")):
		return refusef("", "reasoning_effort", "Function tools with reasoning_effort are not supported for %s in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.", r.Model)
	}
	return nil
}

// shape refuses requests that lack what every request needs, or ask for what is not simulated.
func (r *request) shape() *problem {
	if r.Model == "" {
		if r.chat {
			return refusef("", "", "you must provide a model parameter")
		}
		return refusef("missing_required_parameter", "model", "Missing required parameter: 'model'.")
	}
	if r.chat && len(r.Messages) == 0 {
		return refusef("missing_required_parameter", "messages", "Missing required parameter: 'messages'.")
	}
	switch r.Input.(type) {
	case string, []any:
	case nil:
		if !r.chat && !r.run {
			return refusef("missing_required_parameter", "input", "Missing required parameter: 'input'.")
		}
	default:
		return refusef("invalid_type", "input", "Invalid type for 'input': expected a string or an array of input items.")
	}
	if r.Stream {
		return refusef("unsupported_parameter", "stream", "Streaming is not simulated; leave 'stream' out.")
	}
	return nil
}

func (r *request) numbers() *problem {
	for _, x := range []struct {
		param   string
		value   *float64
		highest float64
	}{{"temperature", r.Temperature, 2}, {"top_p", r.TopP, 1}} {
		switch {
		case x.value == nil:
		case *x.value < 0:
			return refusef("decimal_below_min_value", x.param, "Invalid '%s': decimal below minimum value. Expected a value >= 0, but got %s instead.", x.param, decimal(*x.value))
		case *x.value > x.highest:
			return refusef("decimal_above_max_value", x.param, "Invalid '%s': decimal above maximum value. Expected a value <= %g, but got %s instead.", x.param, x.highest, decimal(*x.value))
		}
	}
	lowest := minOutputTokens
	switch {
	case r.chat:
		lowest = 1
	case r.run:
		lowest = minRunTokens
	}
	if bound, name := r.bound(); bound != nil && *bound < lowest {
		return refusef("integer_below_min_value", name, "Invalid '%s': integer below minimum value. Expected a value >= %d, but got %d instead.", name, lowest, *bound)
	}
	return nil
}

func (r *request) efforts(m assistant.Model, known bool) *problem {
	effort, param := r.effort(), r.name("reasoning.effort", "reasoning_effort")
	switch {
	case effort == "":
		return nil
	case !contains(assistant.Efforts(), effort):
		return refusef("invalid_value", param, "Invalid value: '%s'. Supported values are: %s.", clip(effort, 60), quoted(assistant.Efforts()))
	case !known || m.TakesEffort(effort):
		return nil
	case len(m.Efforts) == 0:
		return refusef("unsupported_parameter", param, "Unsupported parameter: '%s' is not supported with this model.", param)
	}
	return refusef("unsupported_value", param, "Unsupported value: '%s' is not supported with the '%s' model. Supported values are: %s.", effort, r.Model, quoted(m.Efforts))
}

// sampling refuses temperature and top_p on models that do not take them while they reason. The default of 1 passes.
func (r *request) sampling(m assistant.Model) *problem {
	effort := r.effort()
	if effort == "" {
		effort = m.DefaultEffort
	}
	if m.Temperature != assistant.TemperatureNever && (m.Temperature != assistant.TemperatureNoneOnly || effort == assistant.EffortNone) {
		return nil
	}
	for _, x := range []struct {
		param string
		value *float64
	}{{"temperature", r.Temperature}, {"top_p", r.TopP}} {
		if x.value == nil || *x.value == 1 {
			continue
		}
		switch {
		case !r.chat:
			return refusef("", x.param, "Unsupported parameter: '%s' is not supported with this model.", x.param)
		case strings.HasPrefix(r.Model, "o1") || strings.HasPrefix(r.Model, "o3-mini"):
			return refusef("unsupported_parameter", x.param, "Unsupported parameter: '%s' is not supported with this model.", x.param)
		}
		return refusef("unsupported_value", x.param, "Unsupported value: '%s' does not support %s with this model. Only the default (1) value is supported.", x.param, decimal(*x.value))
	}
	return nil
}

// fits refuses input beyond the context window, by the same estimate that usage is made with.
func (r *request) fits(m assistant.Model) *problem {
	tokens := estimate(len(r.prompt) + len(r.system))
	switch {
	case m.Context == 0 || tokens <= m.Context:
		return nil
	case r.chat:
		return refusef("context_length_exceeded", "messages", "This model's maximum context length is %d tokens. However, your messages resulted in %d tokens. Please reduce the length of the messages.", m.Context, tokens)
	}
	return refusef("context_length_exceeded", "input", tooLongMessage)
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// quoted lists values as OpenAI's messages do: 'a', 'b', and 'c'.
func quoted(values []string) string {
	var b strings.Builder
	for i, v := range values {
		switch {
		case i > 0 && i == len(values)-1 && len(values) == 2:
			b.WriteString(" and ")
		case i > 0 && i == len(values)-1:
			b.WriteString(", and ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString("'" + v + "'")
	}
	return b.String()
}

func decimal(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// estimate is the token count of so many bytes: a quarter, rounded up.
func estimate(bytes int) int { return (bytes + 3) / 4 }
