package openaisim

import (
	"net/http"
	"strings"

	"askflow/internal/source"
)

// faultKinds are the faults written as one word.
func faultKinds() []string {
	return []string{string(FaultTimeout), string(FaultReset), string(FaultTruncated), string(FaultInvalidJSON), string(FaultEmpty), string(FaultRefusal), string(FaultIncomplete)}
}

func readFault(r *source.Reader, n *source.Node) *Fault {
	if n.IsScalar() {
		for _, k := range faultKinds() {
			if n.Text == k {
				return &Fault{Kind: FaultKind(k)}
			}
		}
		hint := "or write {status: 429, code: rate_limit_exceeded}"
		if near := source.Nearest(n.Text, faultKinds()); near != "" {
			hint = "did you mean " + near + "?"
		}
		r.Errorf(n.Pos, "bad_fault", hint, "there is no such fault; there are %s", strings.Join(faultKinds(), ", "))
		return &Fault{} // there is a fault; the rule is left out because of the error
	}
	f := r.Object(n, "a fault")
	fault := &Fault{Kind: FaultStatus, Status: f.Int("status", 0), Code: f.String("code"), Message: f.String("message"), Type: f.String("type"),
		Param: f.String("param"), RetryAfter: span(r, f, "retry_after", true), Headers: headers(r, f), Inside: f.Bool("inside", false)}
	if f.Has("body") {
		body := f.String("body")
		fault.Body = &body
	}
	f.Known("body")
	f.Done()
	if fault.Status == 0 && fault.Code == "" {
		r.Errorf(n.Pos, "missing_key", "", "a fault needs a status or a code")
	}
	if fault.Status == 0 {
		fault.Status = statusOf(fault.Code)
	}
	if fault.Status < 400 || fault.Status > 599 {
		r.Errorf(f.Pos("status"), "bad_value", "", "the status of a fault must be from 400 to 599")
	}
	return fault
}

func headers(r *source.Reader, f *source.Fields) map[string]string {
	v := f.Get("headers")
	if v == nil {
		return nil
	}
	out := map[string]string{}
	for _, m := range r.Object(v, "headers").Node.Members {
		switch {
		case !m.Value.IsScalar() || strings.ContainsAny(m.Value.Text, "\r\n\x00"):
			r.Errorf(m.Value.Pos, "bad_header", "", "the header %q must be one line of text", m.Key)
		case !headerName(m.Key):
			r.Errorf(m.KeyPos, "bad_header", "", "%q is no name of a header", m.Key)
		default:
			out[http.CanonicalHeaderKey(m.Key)] = m.Value.Text
		}
	}
	return out
}

func headerName(s string) bool {
	outside := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	}
	return s != "" && !strings.ContainsFunc(s, outside)
}

// statusOf is the status with which OpenAI sends a code; 500 for codes not known here.
func statusOf(code string) int {
	switch code {
	case "invalid_api_key":
		return http.StatusUnauthorized
	case "model_not_found":
		return http.StatusNotFound
	case "context_length_exceeded", "unsupported_value", "unsupported_parameter", "invalid_prompt", "content_filter":
		return http.StatusBadRequest
	case "rate_limit_exceeded", "slow_down", "insufficient_quota", "credit_balance_exhausted",
		"organization_spend_limit_exceeded", "project_spend_limit_exceeded", "organization_usage_limit_exceeded":
		return http.StatusTooManyRequests
	case "server_is_overloaded":
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// envelope fills in what the API would have said.
func (f *Fault) envelope(model string) problem {
	p := problem{status: f.Status, code: f.Code, kind: f.Type, param: f.Param, message: f.Message, after: f.RetryAfter, headers: f.Headers, body: f.Body}
	// Somebody who wrote a message or a type meant that error, not the status's usual one; but a 429 without a code is a
	// rate limit, whatever it says.
	if p.code == "" && f.Type == "" && (f.Message == "" || f.Status == http.StatusTooManyRequests) {
		p.code = codeOf(f.Status)
	}
	if p.kind == "" {
		p.kind = kindOf(f.Status, p.code)
	}
	if p.message == "" {
		p.message = messageOf(f, p.code, model)
	}
	return p
}

func codeOf(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "invalid_api_key"
	case http.StatusNotFound:
		return "model_not_found"
	case http.StatusTooManyRequests:
		return "rate_limit_exceeded"
	case http.StatusServiceUnavailable:
		return "server_is_overloaded"
	}
	return ""
}

func kindOf(status int, code string) string {
	switch {
	case code == "rate_limit_exceeded":
		return "requests"
	case code == "slow_down":
		return "rate_limit_error"
	case code == "insufficient_quota", code == "credit_balance_exhausted", strings.HasSuffix(code, "_limit_exceeded"):
		return "insufficient_quota"
	case status == http.StatusTooManyRequests:
		return "requests"
	case status == http.StatusServiceUnavailable:
		return "service_unavailable_error"
	case status >= 500:
		return "server_error"
	}
	return "invalid_request_error"
}

func messageOf(f *Fault, code, model string) string {
	switch code {
	case "rate_limit_exceeded":
		wait := "20s"
		if f.RetryAfter > 0 {
			wait = f.RetryAfter.String()
		}
		return "Rate limit reached for " + model + " in organization org-simulated on requests per min (RPM): Limit 500, Used 500, Requested 1. Please try again in " + wait + "."
	case "slow_down":
		return "Traffic grew too fast. Send fewer requests and raise their number slowly."
	case "insufficient_quota", "credit_balance_exhausted":
		return "You exceeded your current quota, please check your plan and billing details."
	case "invalid_api_key":
		return "Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys."
	case "model_not_found":
		return "The model `" + model + "` does not exist or you do not have access to it."
	case "context_length_exceeded":
		return tooLongMessage
	case "server_is_overloaded":
		return "The server is overloaded, please try again in a moment."
	}
	if f.Status >= 500 {
		return "The server had an error while processing your request."
	}
	return http.StatusText(f.Status)
}
