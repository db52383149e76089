package assistant

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"strings"
	"time"
)

// serverMessage limits how much of a server's text is kept.
const serverMessage = 600

// apiError is an error as the API told it.
type apiError struct {
	status  int
	code    string
	kind    string // "type" on the wire
	param   string
	message string
}

// mentions tells whether the message holds one of the texts, whatever their case.
func (e apiError) mentions(texts ...string) bool {
	lower := strings.ToLower(e.message)
	for _, t := range texts {
		if strings.Contains(lower, t) {
			return true
		}
	}
	return false
}

// verdict is what an apiError means.
type verdict struct {
	code  string
	says  string // the sentence before the server's own
	hint  string
	stops bool
	retry bool
}

// classify makes an Error of what the API told, and says whether asking again may help.
func classify(e apiError, model string, models *Models) (*Error, bool) {
	v := judge(e, model, models)
	message := v.says
	if text := tidy(e.message); text != "" {
		message += " The server says: " + text
	}
	return &Error{Code: v.code, Message: Scrub(message), Hint: v.hint, Status: e.status, Param: Scrub(shorten(e.param, 100)), StopsRun: v.stops}, v.retry
}

func judge(e apiError, model string, models *Models) verdict {
	if v, ok := byCode(e, model, models); ok {
		return v
	}
	switch {
	case e.status == http.StatusUnauthorized:
		return unauthorized(e)
	case e.status == http.StatusPaymentRequired:
		return noCredit("The OpenAI account cannot pay for the request.")
	case e.status == http.StatusForbidden:
		return forbidden(e, model)
	case e.status == http.StatusNotFound:
		return notFound(e, model, models)
	case e.status == http.StatusRequestTimeout:
		return verdict{code: CodeTimeout, says: "The server gave up waiting for the request.", hint: "try again", retry: true}
	case e.status == http.StatusConflict:
		return verdict{code: CodeServer, says: "The server reports a conflict with another request.", hint: "try again", retry: true}
	case e.status == http.StatusRequestEntityTooLarge:
		return verdict{code: CodeTooLarge, says: "The request is too large.", hint: "make the prompt or the instructions shorter", stops: true}
	case e.status == http.StatusTooManyRequests:
		return limited(e, model)
	case e.status == http.StatusServiceUnavailable || e.status == 529:
		return overloaded()
	case e.status >= 500:
		return verdict{code: CodeServer, says: fmt.Sprintf("OpenAI had an error of its own (HTTP %d).", e.status), hint: "try again; status.openai.com tells about outages", retry: true}
	}
	return badRequest(e, model)
}

// byCode judges codes that mean the same whatever status they come with.
func byCode(e apiError, model string, models *Models) (verdict, bool) {
	switch e.code {
	case "insufficient_quota", "credit_balance_exhausted", "billing_hard_limit_reached", "billing_not_active":
		return noCredit("The OpenAI account has no credit left."), true
	case "organization_spend_limit_exceeded", "project_spend_limit_exceeded", "organization_usage_limit_exceeded", "project_usage_limit_exceeded":
		return verdict{code: CodeNoCredit, says: "A spend or usage limit set in the OpenAI account is reached.",
			hint: "raise the limit at platform.openai.com, Settings, Limits, or wait for the next month", stops: true}, true
	case "invalid_api_key", "account_deactivated":
		return badKey(), true
	case "context_length_exceeded":
		return verdict{code: CodeContextLength, says: "The prompt does not fit into the context window of " + model + ".",
			hint: "make the prompt or the instructions shorter, or choose a model with a larger context window"}, true
	case "unsupported_value", "unsupported_parameter":
		return unsupported(e, model), true
	case "content_filter", "content_policy_violation", "bio_policy":
		return verdict{code: CodeRefusal, says: "OpenAI refuses the prompt because of its content.", hint: "look at the prompt and at what the record put into it"}, true
	case "slow_down":
		return verdict{code: CodeOverloaded, says: "OpenAI asks for fewer requests: traffic grew too fast.", hint: "lower --concurrency", retry: true}, true
	case "server_is_overloaded":
		return overloaded(), true
	case "server_error":
		return verdict{code: CodeServer, says: "OpenAI had an error of its own.", hint: "try again; status.openai.com tells about outages", retry: true}, true
	case "rate_limit_exceeded":
		return limited(e, model), true
	case "invalid_prompt":
		return verdict{code: CodeBadRequest, says: "OpenAI does not take the prompt.", hint: "look at the prompt and at what the record put into it"}, true
	case CodeNoScriptedAnswer: // our own simulator, over the network
		return verdict{code: CodeNoScriptedAnswer, says: "No scripted answer matches.", hint: "add a rule to responses/; one without when answers everything"}, true
	case "model_not_found":
		if e.status == http.StatusForbidden {
			return forbidden(e, model), true
		}
		return notFound(e, model, models), true
	}
	if e.kind == "insufficient_quota" {
		return noCredit("The OpenAI account has no credit left."), true
	}
	return verdict{}, false
}

func noCredit(says string) verdict {
	return verdict{code: CodeNoCredit, says: says, hint: "add credit or check the plan at platform.openai.com, Settings, Billing", stops: true}
}

func badKey() verdict {
	return verdict{code: CodeBadKey, says: "OpenAI does not accept the API key: it is wrong, revoked or expired.",
		hint: "connect a valid key: emulator account reconnect", stops: true}
}

func overloaded() verdict {
	return verdict{code: CodeOverloaded, says: "OpenAI is overloaded at the moment.", hint: "try again; lower --concurrency", retry: true}
}

func unauthorized(e apiError) verdict {
	if e.mentions("didn't provide an api key", "no api key") {
		return verdict{code: CodeBadKey, says: "The server wants an API key, and none was sent: no account is connected.", hint: "connect one: emulator account connect", stops: true}
	}
	if !e.mentions("incorrect api key", "invalid api key") && e.mentions("scope", "permission", "organization", "ip address", "ip is not", "not authorized") {
		return permission("The API key may not do this.")
	}
	return badKey()
}

func permission(says string) verdict {
	return verdict{code: CodePermission, says: says, stops: true,
		hint: "give the key the permissions model.request and api.responses.write, and check its organization, project and IP allow-list at platform.openai.com"}
}

func forbidden(e apiError, model string) verdict {
	switch {
	case e.code == "model_not_found" || e.mentions("access to model", "access to the model"):
		return verdict{code: CodeModelAccess, says: "The OpenAI project may not use the model " + model + ".",
			hint: "allow the model in the project's limits at platform.openai.com, or choose another; emulator models list shows those the key can use"}
	case e.code == "unsupported_country_region_territory" || e.mentions("country", "region", "territory"):
		return verdict{code: CodePermission, says: "OpenAI does not serve this country or region.", hint: "run from a supported country, or use another OpenAI-compatible server in openai.base_url", stops: true}
	}
	return permission("OpenAI denies access.")
}

func notFound(e apiError, model string, models *Models) verdict {
	if e.code == "model_not_found" || e.mentions("does not exist or you do not have access") || e.param == "model" {
		v := verdict{code: CodeModelNotFound, says: "There is no model " + model + " for this key.",
			hint: "choose another model; emulator models list shows those the key can use"}
		if m, ok := models.Lookup(model); ok && !m.Shutdown.IsZero() {
			v.hint = "the day OpenAI switches " + model + " off is " + m.Shutdown.Format(time.DateOnly) + "; " + v.hint
		}
		return v
	}
	switch {
	case e.mentions("no assistant found"):
		return verdict{code: CodeNoAssistant, says: "The server has no such assistant.",
			hint: "put the id of one of the account's assistants (asst_…) into the definition, or leave the id out: a temporary one is made then"}
	case v2Object(e):
		return verdict{code: CodeBadRequest, says: "The thread or the run is gone: somebody deleted it.", hint: "try again"}
	}
	return verdict{code: CodeBadRequest, says: "The server has no such address.", hint: "check openai.base_url (it usually ends in /v1) and openai.protocol in portal.yaml"}
}

// v2Object tells whether a 404 is about one object of a living Assistants API.
func v2Object(e apiError) bool {
	return e.mentions("no assistant found", "no thread found", "no run found", "no message found", "no run step found")
}

func limited(e apiError, model string) verdict {
	switch {
	case e.mentions("request too large"):
		return verdict{code: CodeTooLarge, says: "The request alone is larger than the account's limit of tokens per minute for " + model + ".",
			hint: "make the prompt shorter, lower openai.max_output_tokens, or raise the limit at platform.openai.com", stops: true}
	case e.mentions("exceeded your current quota", "check your plan and billing"):
		return noCredit("The OpenAI account has no credit left.")
	}
	return verdict{code: CodeRateLimited, says: "The account's rate limit for " + model + " is reached.",
		hint: "lower --concurrency, or set openai.limits in portal.yaml below the account's limits", retry: true}
}

func unsupported(e apiError, model string) verdict {
	what := "a setting"
	if e.param != "" {
		what = "the setting " + shorten(e.param, 60)
	}
	return verdict{code: CodeBadSettings, says: "The model " + model + " does not take " + what + ".",
		hint: "change it in the assistant or in the action; many models take a temperature only with reasoning effort none, or never"}
}

// setting tells whether a param is one that models differ in.
func setting(param string) bool {
	switch param {
	case "temperature", "top_p", "reasoning", "reasoning.effort", "reasoning_effort", "max_tokens", "max_output_tokens", "max_completion_tokens":
		return true
	}
	return false
}

func badRequest(e apiError, model string) verdict {
	switch {
	case setting(e.param) || e.mentions("unsupported value", "unsupported parameter", "unknown parameter", "unrecognized request argument"):
		return unsupported(e, model)
	case e.mentions("maximum context length", "exceeds the context window"):
		v, _ := byCode(apiError{code: "context_length_exceeded"}, model, nil)
		return v
	}
	return verdict{code: CodeBadRequest, says: fmt.Sprintf("The server refused the request (HTTP %d).", e.status), hint: "look at what the server says; the prompt or a setting is not as it wants it"}
}

// fromBody reads an error out of a body that is not OpenAI's envelope: other JSON, HTML, plain text or nothing.
func fromBody(status int, body []byte) apiError {
	e := apiError{status: status}
	var other struct {
		Error   json.RawMessage `json:"error"`
		Message json.RawMessage `json:"message"`
		Detail  json.RawMessage `json:"detail"`
	}
	if json.Unmarshal(body, &other) == nil {
		e.envelope(other.Error)
		if e.message != "" || e.code != "" || e.kind != "" {
			return e
		}
		for _, raw := range []json.RawMessage{other.Error, other.Message, other.Detail} {
			var text string
			if json.Unmarshal(raw, &text) == nil && text != "" {
				e.message = text
				return e
			}
		}
		return e
	}
	e.message = visibleText(body)
	return e
}

// envelope reads an error object that go-openai could not read: one with a member missing or of another type.
func (e *apiError) envelope(raw json.RawMessage) {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return
	}
	for name, into := range map[string]*string{"message": &e.message, "type": &e.kind, "param": &e.param, "code": &e.code} {
		var text string
		if json.Unmarshal(members[name], &text) == nil {
			*into = text
		}
	}
}

// visibleText is what a browser would show of an HTML page, roughly: tags, scripts and styles removed.
func visibleText(body []byte) string {
	if len(body) > 1<<16 {
		body = body[:1<<16]
	}
	if !bytes.Contains(body, []byte("<")) {
		return string(body)
	}
	var b strings.Builder
	rest := string(body)
	for rest != "" {
		text, tail, found := strings.Cut(rest, "<")
		b.WriteString(text)
		b.WriteByte(' ')
		if !found {
			break
		}
		for _, hidden := range []string{"script", "style"} {
			if len(tail) > len(hidden) && strings.EqualFold(tail[:len(hidden)], hidden) {
				_, tail, _ = strings.Cut(tail, "</")
			}
		}
		_, rest, _ = strings.Cut(tail, ">")
	}
	return html.UnescapeString(b.String())
}

// tidy makes a server's text fit for one line: spaces joined, control characters and changes of writing direction gone,
// cut to size.
func tidy(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r >= '\u2028' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
			return ' '
		}
		return r
	}, s)
	return shorten(strings.Join(strings.Fields(s), " "), serverMessage)
}
