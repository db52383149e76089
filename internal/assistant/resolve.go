package assistant

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"askflow/internal/run"
	"askflow/internal/source"
)

// The smallest output bounds that the Responses API and the runs of the Assistants API take.
const (
	minOutputTokens    = 16
	minRunOutputTokens = 256
)

// FromAssistant is the assistant's own level of settings.
func FromAssistant(a *Assistant) Settings {
	if a == nil {
		return Settings{}
	}
	return Settings{Model: a.Model, Temperature: a.Temperature, ReasoningEffort: a.ReasoningEffort}
}

// Merge makes one level of many: of each member, what the first level says that says something.
func Merge(levels ...Settings) Settings {
	var s Settings
	for _, l := range levels {
		if s.Model == "" {
			s.Model = strings.TrimSpace(l.Model)
		}
		if s.Temperature == nil {
			s.Temperature = l.Temperature
		}
		if s.ReasoningEffort == "" {
			s.ReasoningEffort = l.ReasoningEffort
		}
	}
	return s
}

// Resolve makes a question, without its prompt, from levels of settings; the first level that sets a member wins (run
// flag, action, FromAssistant, portal). Settings that the model would refuse are refused here, before anything is sent;
// what can be mended is mended and told in Warnings. Models missing from the table take whatever is asked for. allowed
// limits the models; empty allows all. Everything it refuses has code unsupported_settings or model_not_allowed.
func Resolve(a *Assistant, protocol Protocol, maxOutput int, models *Models, allowed []string, levels ...Settings) (*Question, *Error) {
	q := &Question{Assistant: a, Protocol: protocol, MaxOutputTokens: maxOutput}
	if a == nil {
		q.Assistant = &Assistant{}
	}
	q.Instructions, q.TopP, q.ResponseFormat = q.Assistant.Instructions, q.Assistant.TopP, q.Assistant.ResponseFormat
	s := Merge(levels...)
	q.Model, q.Temperature, q.ReasoningEffort = s.Model, s.Temperature, s.ReasoningEffort
	if err := q.check(allowed); err != nil {
		return nil, err
	}
	m, known := models.Lookup(q.Model)
	if !known {
		return q, nil
	}
	if m.Gone(models.now) {
		q.warn("OpenAI switched the model %s off on %s; asked live, it answers model_not_found", q.Model, m.Shutdown.Format(time.DateOnly))
	}
	if err := q.checkEffort(m); err != nil {
		return nil, err
	}
	if err := q.fitSampling(m); err != nil {
		return nil, err
	}
	return q, nil
}

func (q *Question) warn(format string, args ...any) {
	q.Warnings = append(q.Warnings, fmt.Sprintf(format, args...))
}

func badSettings(param, hint, format string, args ...any) *Error {
	return &Error{Code: CodeBadSettings, Param: param, Hint: hint, Message: fmt.Sprintf(format, args...)}
}

// check looks at what needs no knowledge of the model.
func (q *Question) check(allowed []string) *Error {
	switch q.Protocol {
	case Responses, Chat, Assistants, "":
	default:
		return badSettings("protocol", "use responses or chat", "There is no protocol %q.", string(q.Protocol))
	}
	if q.Protocol == "" {
		q.Protocol = Responses
	}
	if q.Model == "" {
		return badSettings("model", "set model in the assistant, or openai.default_model in portal.yaml", "No model is set for %s.", q.who())
	}
	if len(allowed) > 0 && !has(allowed, q.Model) {
		return &Error{Code: CodeModelAccess, Param: "model",
			Message: fmt.Sprintf("The model %s is not among the models this portal allows: %s.", q.Model, strings.Join(allowed, ", ")),
			Hint:    "choose an allowed model, or add it to openai.allowed_models in portal.yaml"}
	}
	if t := q.Temperature; t != nil && (*t < 0 || *t > 2 || math.IsNaN(*t)) {
		return badSettings("temperature", "", "The temperature must be from 0 to 2, not %s.", number(*t))
	}
	lowest := minOutputTokens
	switch q.Protocol {
	case Chat:
		lowest = 1
	case Assistants:
		lowest = minRunOutputTokens
	}
	if q.MaxOutputTokens < lowest {
		return badSettings("max_output_tokens", "raise openai.max_output_tokens in portal.yaml",
			"The output bound of %d tokens is too small: the API takes %d or more.", q.MaxOutputTokens, lowest)
	}
	if e := q.ReasoningEffort; e != "" && !has(Efforts(), e) {
		hint := "use one of " + strings.Join(Efforts(), ", ")
		if near := source.Nearest(e, Efforts()); near != "" {
			hint = "did you mean " + near + "?"
		}
		return badSettings("reasoning_effort", hint, "%q is no reasoning effort.", shorten(e, 40))
	}
	return nil
}

func (q *Question) checkEffort(m Model) *Error {
	if q.ReasoningEffort == "" || m.TakesEffort(q.ReasoningEffort) {
		return nil
	}
	if len(m.Efforts) == 0 {
		return badSettings("reasoning_effort", "leave the reasoning effort out, or choose a model that reasons",
			"The model %s does not reason and takes no reasoning effort, but %s is set for %s.", q.Model, q.ReasoningEffort, q.who())
	}
	return badSettings("reasoning_effort", "use "+strings.Join(m.Efforts, ", "),
		"The model %s does not take the reasoning effort %s set for %s.", q.Model, q.ReasoningEffort, q.who())
}

// fitSampling makes temperature and top_p fit the model, or says why they cannot.
func (q *Question) fitSampling(m Model) *Error {
	if m.Temperature == TemperatureUnknown || m.Temperature == TemperatureAlways || q.Temperature == nil && q.TopP == nil {
		return nil
	}
	if m.Temperature == TemperatureNoneOnly && q.ReasoningEffort == EffortNone {
		return nil
	}
	// 1 is what the model does anyway; it is not worth an error, and not worth switching reasoning off for.
	if t := q.Temperature; t != nil && *t == 1 {
		q.Temperature = nil
		q.warn(run.TemperatureIsLeftOut+": %s refuses the setting here, and 1 is its default", q.Model)
	}
	if q.Temperature == nil && q.TopP == nil {
		return nil
	}
	param, value := "temperature", q.Temperature
	if value == nil {
		param, value = "top_p", q.TopP
	}
	if m.Temperature == TemperatureNever {
		return badSettings(param, "leave "+param+" out, or choose a model that takes it, such as gpt-6-luna with reasoning effort none",
			"The model %s takes no %s, but %s is set%s.", q.Model, param, number(*value), q.whose(param))
	}
	if q.ReasoningEffort == "" {
		q.ReasoningEffort = EffortNone
		q.warn(run.EffortNoneIsSent+"because %s takes a %s (%s is set) only when it does not reason", q.Model, param, number(*value))
		return nil
	}
	return badSettings(param, "set the reasoning effort to none, or leave "+param+" out",
		"The model %s takes a %s only with reasoning effort none, but %s %s%s and reasoning effort %s are set.",
		q.Model, param, param, number(*value), q.whose(param), q.ReasoningEffort)
}

// whose tells when a setting comes from the assistant, where the author of a workflow may not have looked.
func (q *Question) whose(param string) string {
	if param == "top_p" || q.Temperature != nil && q.Temperature == q.Assistant.Temperature {
		return " in " + q.who()
	}
	return ""
}

func (q *Question) who() string {
	if q.Assistant == nil || q.Assistant.ID == "" {
		return "the assistant"
	}
	return "the assistant " + q.Assistant.ID
}

func has(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func number(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
