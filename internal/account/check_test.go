package account_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"askflow/internal/account"
	"askflow/internal/assistant"
	"askflow/internal/secret"
)

const (
	badKeyText  = "Incorrect API key provided: " + canary + ". You can find your API key at https://platform.openai.com/account/api-keys."
	scopeText   = "You have insufficient permissions for this operation. Missing scopes: api.responses.write. Check that you have the correct role in your organization."
	rateText    = "Rate limit reached for gpt-6-luna in organization org-1 on tokens per min (TPM): Limit 200000, Used 199990, Requested 100. Please try again in 1.574s."
	largeText   = "Request too large for gpt-6-luna in organization org-1 on tokens per min (TPM): Limit 10, Requested 100."
	quotaText   = "You exceeded your current quota, please check your plan and billing details."
	contextText = "Your input exceeds the context window of this model. Please adjust your input and try again."
	htmlText    = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
)

func page(status int) answer {
	return answer{status: status, header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, body: htmlText}
}

// row is a way in which OpenAI can fail, and what a check makes of it: when models are listed, and when the question is asked.
type row struct {
	name     string
	answer   answer
	list     string // the code; "" when the check goes on and succeeds
	ask      string
	says     string
	hint     string
	exitFour bool // the account may be in order
}

func rows() []row {
	const invalid = "invalid_request_error"
	return []row{
		{"wrong or revoked key", failure(401, invalid, "invalid_api_key", badKeyText), "invalid_api_key", "invalid_api_key", "does not accept the key", "platform.openai.com/api-keys", false},
		{"expired key", failure(401, invalid, "invalid_api_key", "This API key has expired."), "api_key_expired", "api_key_expired", "has expired", "reconnect", false},
		{"deactivated account", failure(401, invalid, "account_deactivated", "The account was deactivated."), "invalid_api_key", "invalid_api_key", "deactivated", "support", false},
		{"restricted key", failure(401, invalid, "", scopeText), "", "missing_permission", "api.responses.write", "give the key", false},
		{"restricted key, by 403", failure(403, invalid, "", "Missing scopes: model.request, api.model.read"), "", "missing_permission", "model.request, api.model.read", "give the key", false},
		{"restricted key, no scope named", failure(401, invalid, "", "You have insufficient permissions for this operation."), "missing_permission", "missing_permission", "model.request", "give the key", false},
		{"no member", failure(401, invalid, "", "You must be a member of an organization to use the API."), "organization_membership", "organization_membership", "no member", "OPENAI_ORG_ID", false},
		{"wrong organization", failure(401, invalid, "mismatched_organization", "OpenAI-Organization header should match organization for API key"), "organization_membership", "organization_membership", "does not belong", "OPENAI_PROJECT_ID", false},
		{"IP not allowed", failure(401, invalid, "ip_not_authorized", "Your IP address is not authorized."), "ip_not_allowed", "ip_not_allowed", "allow-list", "administrator", false},
		{"no access to the model", failure(403, invalid, "model_not_found", "Project `proj_1` does not have access to model `gpt-6-luna`"), "model_not_allowed", "model_not_allowed", "has no access to", "limits", false},
		{"country", failure(403, "request_forbidden", "unsupported_country_region_territory", "Country, region, or territory not supported"), "country_not_supported", "country_not_supported", "country or region", "base_url", false},
		{"forbidden otherwise", failure(403, invalid, "", "Forbidden"), "missing_permission", "missing_permission", "denies", "permissions", false},
		{"model not found or off", failure(404, invalid, "model_not_found", "The model `gpt-6-luna` does not exist or you do not have access to it."), "model_not_found", "model_not_found", "switched off", "default_model", false},
		{"prompt too long", failure(400, invalid, "context_length_exceeded", contextText), "check_refused", "", "did not take", "", false},
		{"setting refused", failure(400, invalid, "unsupported_value", "Unsupported value: 'none' is not supported with the 'x' model."), "check_refused", "", "did not take", "", false},
		{"parameter refused", failure(400, invalid, "unsupported_parameter", "Unsupported parameter: 'x' is not supported with this model."), "check_refused", "", "did not take", "", false},
		{"rate limit", failure(429, "tokens", "rate_limit_exceeded", rateText), "rate_limit_exceeded", "rate_limit_exceeded", "rate limit is reached", "again", true},
		{"request too large", failure(429, "tokens", "rate_limit_exceeded", largeText), "rate_limit_exceeded", "rate_limit_exceeded", "too small", "raise", true},
		{"slow down", failure(429, "rate_limit_error", "slow_down", "Slow down."), "overloaded", "overloaded", "fewer requests", "again", true},
		{"slow down by 503", failure(503, "rate_limit_error", "slow_down", "Slow down."), "overloaded", "overloaded", "fewer requests", "again", true},
		{"quota", failure(429, "insufficient_quota", "insufficient_quota", quotaText), "insufficient_quota", "insufficient_quota", "no credit", "Billing", false},
		{"quota without a code", failure(429, "insufficient_quota", "", quotaText), "insufficient_quota", "insufficient_quota", "no credit", "Billing", false},
		{"credit exhausted", failure(429, "insufficient_quota", "credit_balance_exhausted", "Credit exhausted."), "insufficient_quota", "insufficient_quota", "no credit", "Billing", false},
		{"payment required", failure(402, "", "", "Pay first."), "insufficient_quota", "insufficient_quota", "no credit", "Billing", false},
		{"spend limit of the organization", failure(429, "insufficient_quota", "organization_spend_limit_exceeded", "x"), "spend_limit_reached", "spend_limit_reached", "limit", "Limits", false},
		{"spend limit of the project", failure(429, "insufficient_quota", "project_spend_limit_exceeded", "x"), "spend_limit_reached", "spend_limit_reached", "limit", "Limits", false},
		{"usage limit", failure(429, "insufficient_quota", "organization_usage_limit_exceeded", "x"), "spend_limit_reached", "spend_limit_reached", "limit", "Limits", false},
		{"server error", failure(500, "server_error", "", "The server had an error."), "server_error", "server_error", "HTTP 500", "again", true},
		{"bad gateway in HTML", page(502), "server_error", "server_error", "HTTP 502", "again", true},
		{"overloaded", failure(503, "service_unavailable_error", "server_is_overloaded", "Overloaded."), "overloaded", "overloaded", "overloaded", "again", true},
		{"gateway timeout, empty", answer{status: 504}, "server_error", "server_error", "HTTP 504", "again", true},
		{"nothing at the address", failure(404, invalid, "", "Invalid URL (GET /v2/models)"), "wrong_base_url", "wrong_base_url", "nothing is there", "base_url", true},
		{"nothing at the address, HTML", page(404), "wrong_base_url", "wrong_base_url", "web page", "base_url", true},
		{"a web page", page(200), "wrong_base_url", "wrong_base_url", "web page", "base_url", true},
		{"a sign-in page", page(403), "wrong_base_url", "wrong_base_url", "web page", "proxy", true},
		{"other JSON", answer{status: 200, body: `"hello"`}, "wrong_base_url", "wrong_base_url", "not what OpenAI's API answers", "base_url", true},
		{"redirect", answer{status: 301, header: http.Header{"Location": {"https://evil.example/"}}}, "wrong_base_url", "wrong_base_url", "not followed", "base_url", true},
		{"http to https", answer{status: 400, body: "Client sent an HTTP request to an HTTPS server."}, "wrong_base_url", "wrong_base_url", "https", "base_url", true},
		{"proxy wants a password", answer{status: 407}, "connection_failed", "connection_failed", "proxy", "HTTPS_PROXY", true},
		{"host not found", answer{err: dial(&net.DNSError{Err: "no such host", Name: "api.openai.com", IsNotFound: true})}, "host_not_found", "host_not_found", "cannot be found", "network", true},
		{"refused", answer{err: dial(os.NewSyscallError("connect", syscall.ECONNREFUSED))}, "connection_refused", "connection_refused", "Nothing listens", "start", true},
		{"no route", answer{err: dial(os.NewSyscallError("connect", syscall.ENETUNREACH))}, "connection_failed", "connection_failed", "no network", "network", true},
		{"timeout", answer{err: dial(os.ErrDeadlineExceeded)}, "timeout", "timeout", "did not answer within 30s", "proxy", true},
		{"proxy not there", answer{err: &net.OpError{Op: "proxyconnect", Net: "tcp", Err: errors.New("x")}}, "connection_failed", "connection_failed", "proxy", "HTTPS_PROXY", true},
		{"certificate", answer{err: &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}}, "tls_failed", "tls_failed", "encrypted", "certificates", true},
		{"no TLS", answer{err: tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}}, "tls_failed", "tls_failed", "encrypted", "base_url", true},
		{"plain http", answer{err: errors.New("http: server gave HTTP response to HTTPS client")}, "tls_failed", "tls_failed", "encrypted", "base_url", true},
		{"broken off", answer{err: fmt.Errorf("sending %s: %w", canary, io.ErrUnexpectedEOF)}, "connection_failed", "connection_failed", "failed", "network", true},
	}
}

func dial(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }

// Every row of the table of errors, when the models are listed and when the question is asked, in both protocols.
func TestEveryFailureOfACheck(t *testing.T) {
	t.Parallel()
	for _, protocol := range []assistant.Protocol{assistant.Responses, assistant.Chat} {
		for _, tt := range rows() {
			for _, step := range []string{"list", "ask"} {
				t.Run(string(protocol)+"/"+tt.name+"/"+step, func(t *testing.T) {
					t.Parallel()
					r := newRig(t)
					r.portal.Protocol = protocol
					want := tt.ask
					if step == "list" {
						r.api.models, want = tt.answer, tt.list
					} else {
						r.api.asks = map[string]answer{"": tt.answer}
					}
					got, err := r.account().Connect(t.Context(), secret.New(canary), account.Choice{})
					if want == "" {
						if err != nil || len(got.Check.Notes) == 0 || r.kept() != "keyring:"+canary {
							t.Errorf("%+v, %v", got, err)
						}
						return
					}
					if account.CodeOf(err) != want || !strings.Contains(err.Error(), tt.says) || !strings.Contains(hint(err), tt.hint) {
						t.Errorf("code %s, message %q, hint %q", account.CodeOf(err), err, hint(err))
					}
					if account.Unreachable(account.CodeOf(err)) != tt.exitFour {
						t.Errorf("%s is not counted as it should be", account.CodeOf(err))
					}
					if r.kept() != account.CodeNotConnected || len(r.keys.texts) != 0 {
						t.Error("a key that failed the check was kept")
					}
					for e := err; e != nil; e = errors.Unwrap(e) {
						mustHide(t, "the error", fmt.Sprintf("%v %+v %#v", e, e, e)+hint(e))
					}
					if strings.ContainsAny(err.Error()+hint(err), "\n<>") {
						t.Errorf("the message is not plain: %q", err)
					}
					mustHideFiles(t, r.dir)
				})
			}
		}
	}
}

// A key that may neither list models nor ask is told by the question, not by the list.
func TestRestrictedKeyWithoutAnyPermission(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.api.models = failure(401, "invalid_request_error", "", "Missing scopes: api.model.read.")
	r.api.asks = map[string]answer{"": failure(401, "invalid_request_error", "", "Missing scopes: model.request.")}
	_, err := r.account().Connect(t.Context(), secret.New(canary), account.Choice{})
	if account.CodeOf(err) != account.CodePermission || !strings.Contains(err.Error(), "lacks the permission model.request.") || len(r.api.seen) != 2 {
		t.Errorf("%v %q", err, r.api.seen)
	}
}

func TestWhichModelIsAsked(t *testing.T) {
	t.Parallel()
	none := failure(404, "invalid_request_error", "model_not_found", "gone")
	tests := []struct {
		name    string
		models  answer
		allowed []string
		base    string
		asks    map[string]answer
		want    []string
		code    string
	}{
		{"the cheapest", modelList("gpt-6-astra", "gpt-6-sol", "gpt-6-luna"), nil, "", nil, []string{"gpt-6-luna"}, ""},
		{"the cheapest allowed", modelList("gpt-6-astra", "gpt-6-sol", "gpt-6-luna"), []string{"gpt-6-astra", "gpt-6-sol", "other"}, "", nil, []string{"gpt-6-sol"}, ""},
		{"none that is switched off", modelList("gpt-4.1-nano", "gpt-6-sol"), nil, "", nil, []string{"gpt-6-sol"}, ""},
		{"the next when one is missing", modelList("gpt-6-sol", "gpt-6-luna"), nil, "", map[string]answer{"gpt-6-luna": none}, []string{"gpt-6-luna", "gpt-6-sol"}, ""},
		{"three at most", modelList("gpt-6-sol", "gpt-6-luna", "gpt-5.6-luna", "gpt-5-mini"), nil, "", map[string]answer{"": none}, []string{"gpt-6-luna", "gpt-5.6-luna", "gpt-5-mini"}, "model_not_found"},
		{"unknown models only", modelList("ft:new", "brand-new"), nil, "", nil, []string{"brand-new"}, ""},
		{"the portal's own when nothing is listed", failure(401, "", "", "Missing scopes: api.model.read"), nil, "", nil, []string{"gpt-6-luna"}, ""},
		{"an allowed one when nothing is listed", failure(401, "", "", "Missing scopes: api.model.read"), []string{"gpt-6-sol"}, "", nil, []string{"gpt-6-sol"}, ""},
		{"nothing allowed is offered", modelList("gpt-6-luna"), []string{"gpt-6-astra"}, "", nil, nil, "model_not_allowed"},
		{"nothing is offered", modelList("text-embedding-3-small"), nil, "", nil, nil, "model_not_allowed"},
		{"a compatible server's alias", modelList("llama-4"), []string{"small"}, "http://localhost:1/v1", nil, []string{"small"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.portal.AllowedModels, r.portal.BaseURL, r.api.models, r.api.asks = tt.allowed, tt.base, tt.models, tt.asks
			_, err := r.account().Connect(t.Context(), secret.New(canary), account.Choice{})
			var asked []string
			for _, s := range r.api.seen[1:] {
				asked = append(asked, s[strings.LastIndex(s, " ")+1:])
			}
			if account.CodeOf(err) != tt.code || !slices.Equal(asked, tt.want) {
				t.Errorf("asked %q: %v", asked, err)
			}
		})
	}
}

// Whatever the model answers, it answered.
func TestAnyAnswerWillDo(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"incomplete": `{"id":"r","object":"response","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"model":"gpt-6-luna","output":[],"usage":{"input_tokens":12,"output_tokens":16,"total_tokens":28}}`,
		"empty":      `{"id":"r","object":"response","status":"completed","model":"gpt-6-luna","output":[]}`,
		"refusal":    `{"id":"r","object":"response","status":"completed","model":"gpt-6-luna","output":[{"type":"message","id":"m","role":"assistant","status":"completed","content":[{"type":"refusal","refusal":"no"}]}]}`,
	} {
		r := newRig(t)
		r.api.asks = map[string]answer{"": {status: 200, body: body}}
		if _, err := r.account().Connect(t.Context(), secret.New(canary), account.Choice{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAddressesThatGetNoKey(t *testing.T) {
	t.Parallel()
	for base, says := range map[string]string{"api.openai.com/v1": "no address", "ftp://api.openai.com": "no address", "https://": "no address", "http://api.openai.com/v1": "unencrypted",
		"https://user:" + second + "@proxy.example/v1": "user name", "https://x\x7f": "no address", "https://proxy.example/v1?key=" + second: "no address"} {
		r := newRig(t)
		r.portal.BaseURL = base
		_, err := r.account().Connect(t.Context(), secret.New(canary), account.Choice{})
		if account.CodeOf(err) != account.CodeWrongBaseURL || !strings.Contains(err.Error(), says) || len(r.api.seen) != 0 {
			t.Errorf("%s: %v %q", base, err, r.api.seen)
		}
		if err != nil {
			mustHide(t, base, err.Error())
		}
		if st, err := r.account().Show(t.Context()); err != nil {
			t.Errorf("%v", err)
		} else {
			mustHide(t, "show", strings.Join(st.Notes, " ")+st.BaseURL)
		}
	}
	r := newRig(t)
	r.portal.BaseURL = "http://models.lan/v1"
	if got, err := r.account().Connect(t.Context(), secret.New(canary), account.Choice{}); err != nil || len(got.Status.Notes) != 1 || !strings.Contains(got.Status.Notes[0], "unencrypted") {
		t.Errorf("%v", err)
	}
	r = newRig(t)
	if _, err := r.account().Connect(t.Context(), secret.New(canary), account.Choice{Organization: "org 1\r\nX: y"}); account.CodeOf(err) != account.CodeOrganization || len(r.api.seen) != 0 {
		t.Errorf("%v", err)
	}
}

// A server may say anything; nothing of it may be a key, a panic, or more than a line.
func FuzzServerSays(f *testing.F) {
	for _, tt := range rows() {
		f.Add(tt.answer.status, tt.answer.body, "application/json")
	}
	f.Add(401, `{"error":{"message":"`+canary[10:40]+`","code":7}}`, "text/html")
	f.Add(200, `{"data":[{"id":"`+canary+`"}]}`, "")
	f.Fuzz(func(t *testing.T, status int, body, contentType string) {
		if status < 200 || status > 599 {
			return
		}
		for _, list := range []bool{true, false} {
			r := newRig(t)
			said := answer{status: status, body: body, header: http.Header{"Content-Type": {contentType}}}
			if list {
				r.api.models = said
			} else {
				r.api.asks = map[string]answer{"": said}
			}
			_, err := r.account().Connect(context.Background(), secret.New(canary), account.Choice{})
			if err == nil {
				continue
			}
			if account.CodeOf(err) == "" || hint(err) == "" || strings.Contains(err.Error(), "\n") {
				t.Errorf("%q", err)
			}
			mustHide(t, "the error", err.Error())
		}
	})
}
