package account

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
	"syscall"

	"askflow/internal/assistant"
)

var missingScopes = regexp.MustCompile(`(?i)missing scopes?:\s*([a-z0-9_.]+(?:\s*,\s*[a-z0-9_.]+)*)`)

// missingScope is the permission that the server says the key lacks.
func (c *checker) missingScope() (string, bool) {
	m := missingScopes.FindStringSubmatch(c.wire.message)
	if m == nil || len(m[1]) > 200 {
		return "", false
	}
	return strings.TrimRight(m[1], "."), true
}

// quote is what the server said, scrubbed, on one line.
func (c *checker) quote(e *assistant.Error) string {
	_, said, found := strings.Cut(e.Message, " The server says: ")
	if !found {
		return fmt.Sprintf("HTTP %d", e.Status)
	}
	return c.clean(said)
}

// clean takes everything that may be a key out of a text of others.
func (c *checker) clean(s string) string {
	s = assistant.Scrub(c.key.Hide(strings.Join(strings.Fields(s), " ")))
	return strings.TrimRight(s, ".")
}

// who is how the server is called in sentences.
func (c *checker) who() string {
	if openAIs(c.base) {
		return "OpenAI"
	}
	return "The server " + shown(c.base)
}

// explain says in words what a failed request means for the key. err is an *assistant.Error in all cases that happen.
func (c *checker) explain(err error, model string) error {
	var e *assistant.Error
	if !errors.As(err, &e) {
		return &Error{Code: CodeConnection, Message: "The check failed: " + c.clean(err.Error()) + ".", Hint: "try again"}
	}
	out := c.judge(e, model)
	if _, said, found := strings.Cut(e.Message, " The server says: "); found && !c.wire.page {
		out.Message += " The server says: " + c.clean(said) + "."
	}
	return out
}

func (c *checker) judge(e *assistant.Error, model string) *Error {
	if c.wire.page && e.Status < http.StatusInternalServerError {
		return c.notOpenAI("it answered with a web page")
	}
	switch e.Code {
	case assistant.CodeBadKey, assistant.CodePermission:
		return c.denied(e)
	case assistant.CodeNoCredit:
		return c.noCredit()
	case assistant.CodeModelAccess:
		return &Error{Code: CodeModelAccess, Message: fmt.Sprintf("The key is valid, but its project has no access to %s.", orAny(model)),
			Hint: "allow the model in the project's limits at platform.openai.com, or use a key of another project"}
	case assistant.CodeModelNotFound:
		return &Error{Code: CodeModelNotFound, Message: fmt.Sprintf("The key is valid, but %s is not there for it: the name is wrong, the model was switched off, or the project may not use it.", orAny(model)),
			Hint: "set openai.default_model in portal.yaml to a model that the account offers"}
	case assistant.CodeRateLimited, assistant.CodeTooLarge:
		return c.limited(e)
	case assistant.CodeOverloaded:
		return &Error{Code: CodeOverloaded, Message: c.who() + " is overloaded, or asks for fewer requests; the key could not be checked.", Hint: "try again in a minute"}
	case assistant.CodeServer:
		return &Error{Code: CodeServer, Message: fmt.Sprintf("%s had an error of its own (HTTP %d); the key could not be checked.", c.who(), e.Status), Hint: "try again; status.openai.com tells about outages"}
	case assistant.CodeTimeout:
		return &Error{Code: CodeTimeout, Message: fmt.Sprintf("%s did not answer within %s; the key could not be checked.", c.who(), c.a.opt.Portal.Timeout), Hint: "check the network and a proxy, and try again"}
	case assistant.CodeConnection:
		return c.network()
	case assistant.CodeBadResponse:
		return c.notOpenAI("its answer is not what OpenAI's API answers")
	}
	return c.refused(e)
}

func orAny(model string) string {
	if model == "" {
		return "the model"
	}
	return "the model " + model
}

// refused explains what is neither about the key nor about the network.
func (c *checker) refused(e *assistant.Error) *Error {
	switch {
	case e.Param == "base_url":
		return c.notOpenAI("it is no address of a server")
	case e.Status >= 300 && e.Status < 400:
		return c.notOpenAI("it sends requests on to another address, which is not followed, so that the key does not travel")
	case e.Status == http.StatusNotFound, e.Status == http.StatusMethodNotAllowed, e.Status == http.StatusGone:
		return c.notOpenAI(fmt.Sprintf("nothing is there (HTTP %d)", e.Status))
	case e.Status == http.StatusProxyAuthRequired:
		return &Error{Code: CodeConnection, Message: "The proxy in between wants a user name and a password; the key could not be checked.", Hint: "put them into HTTPS_PROXY"}
	case e.Status == http.StatusBadRequest && c.wire.mentions("http request to an https server", "plain http request"):
		return c.notOpenAI("the server wants https")
	}
	return &Error{Code: CodeRefused, Message: fmt.Sprintf("%s did not take the check's question (HTTP %d), so it is not known whether the key may ask.", c.who(), e.Status),
		Hint: "check openai.base_url, openai.protocol and openai.default_model in portal.yaml"}
}

func (c *checker) notOpenAI(why string) *Error {
	return &Error{Code: CodeWrongBaseURL, Message: fmt.Sprintf("The base URL %s seems wrong: %s.", shown(c.base), why),
		Hint: "check openai.base_url in portal.yaml and OPENAI_BASE_URL (OpenAI's is " + DefaultBaseURL + "), and a proxy in between"}
}

// denied tells apart why a key is not let in.
func (c *checker) denied(e *assistant.Error) *Error {
	scope, missing := c.missingScope()
	w := c.wire
	switch {
	case missing || w.mentions("insufficient permission", "restricted api key"):
		if scope == "" {
			scope = "model.request"
		}
		return &Error{Code: CodePermission, Message: fmt.Sprintf("The key is valid, but restricted: it lacks the permission %s.", scope),
			Hint: "give the key that permission at platform.openai.com/api-keys (or a project role that has it), or use a key with all permissions"}
	case w.mentions("expired"):
		return &Error{Code: CodeExpired, Message: "The key has expired.", Hint: "make a new key at platform.openai.com/api-keys and run: emulator account reconnect"}
	case w.mentions("unsupported_country", "country", "territory"):
		return &Error{Code: CodeCountry, Message: "OpenAI does not serve the country or region this machine is in.", Hint: "run from a supported country, or set openai.base_url to another OpenAI-compatible server"}
	case w.mentions("ip_not_authorized", "ip not authorized", "ip address", "your ip", "ip allowlist", "ip allow-list", "ip is not"):
		return &Error{Code: CodeIPNotAllowed, Message: "The key is not accepted from this machine: its address is not on the project's or the organization's IP allow-list.",
			Hint: "ask an administrator to add the address at platform.openai.com, Settings, Security"}
	case w.mentions("organization", "mismatched_project", "project header", "no such project"):
		return &Error{Code: CodeOrganization, Message: "The key does not belong to the organization or project it is used for, or its owner is no member of it any more.",
			Hint: "check OPENAI_ORG_ID and OPENAI_PROJECT_ID (project keys need neither), or ask an owner of the organization for an invitation"}
	case w.mentions("deactivated"):
		return &Error{Code: CodeWrongKey, Message: "The OpenAI account that the key belongs to was deactivated.", Hint: "ask OpenAI's support, or use a key of another account"}
	case e.Code == assistant.CodeBadKey && c.key.IsZero():
		return &Error{Code: CodeNotConnected, Message: c.who() + " wants an API key.", Hint: "give a key when the command asks for it"}
	case e.Code == assistant.CodeBadKey:
		return &Error{Code: CodeWrongKey, Message: c.who() + " does not accept the key: it is mistyped, was revoked, or was made for another server.",
			Hint: "copy it again, or make a new one at platform.openai.com/api-keys"}
	}
	return &Error{Code: CodePermission, Message: fmt.Sprintf("%s denies the key access (HTTP %d): its permissions do not suffice.", c.who(), e.Status),
		Hint: "give the key the permissions model.request and api.responses.write at platform.openai.com/api-keys"}
}

func (c *checker) noCredit() *Error {
	if c.wire.mentions("spend_limit", "spend limit", "usage_limit", "usage limit", "hard_limit") {
		return &Error{Code: CodeSpendLimit, Message: "The key is valid, but a spend or usage limit of the organization or project is reached.",
			Hint: "raise the limit at platform.openai.com, Settings, Limits, or wait for the next month"}
	}
	return &Error{Code: CodeNoCredit, Message: "The key is valid, but the OpenAI account has no credit. API credit is bought apart from ChatGPT plans.",
		Hint: "add credit at platform.openai.com, Settings, Billing; it may take some minutes to arrive"}
}

func (c *checker) limited(e *assistant.Error) *Error {
	if e.Code == assistant.CodeTooLarge {
		return &Error{Code: CodeRateLimited, Message: "The key is valid, but its limit of tokens per minute is too small even for a question of a few words.", Hint: "raise the limit at platform.openai.com, Settings, Limits"}
	}
	hint := "try again in a minute"
	if s := c.wire.retryAfter; s != "" && len(s) <= 6 && strings.Trim(s, "0123456789.") == "" {
		hint = "try again in " + s + " seconds"
	}
	return &Error{Code: CodeRateLimited, Message: "The key is valid, but the account's rate limit is reached at the moment, so the check could not be finished.", Hint: hint}
}

// network tells apart why there was no answer.
func (c *checker) network() *Error {
	err := c.wire.err
	if err == nil {
		err = errors.New("it broke off in the middle of the answer")
	}
	reason := c.clean(err.Error())
	var dns *net.DNSError
	var op *net.OpError
	proxy := errors.As(err, &op) && op.Op == "proxyconnect"
	switch {
	case tlsTrouble(err):
		return &Error{Code: CodeTLS, Message: fmt.Sprintf("No encrypted connection to %s can be made: %s.", shown(c.base), reason),
			Hint: "check openai.base_url, this machine's clock, and the certificates of a proxy or virus scanner in between (SSL_CERT_FILE)"}
	case proxy:
		return &Error{Code: CodeConnection, Message: fmt.Sprintf("The proxy cannot be reached: %s.", reason), Hint: "check HTTPS_PROXY and HTTP_PROXY"}
	case errors.As(err, &dns):
		return &Error{Code: CodeHostNotFound, Message: fmt.Sprintf("The name of the server in %s cannot be found: %s.", shown(c.base), reason), Hint: "check the network connection, and openai.base_url"}
	case refusedConnection(err):
		return &Error{Code: CodeConnRefused, Message: fmt.Sprintf("Nothing listens at %s: the connection was refused.", shown(c.base)), Hint: "start the server, or check openai.base_url and a firewall"}
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return &Error{Code: CodeConnection, Message: "There is no network to " + shown(c.base) + ".", Hint: "check the network connection"}
	}
	return &Error{Code: CodeConnection, Message: fmt.Sprintf("The connection to %s failed: %s.", shown(c.base), reason), Hint: "check the network, a proxy and a firewall, and try again"}
}

func tlsTrouble(err error) bool {
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	return errors.As(err, &certificate) || errors.As(err, &record) || errors.As(err, &alert) || errors.As(err, &authority) ||
		errors.As(err, &host) || errors.As(err, &invalid) || strings.Contains(err.Error(), "server gave HTTP response to HTTPS client") ||
		strings.Contains(err.Error(), "tls: ")
}

// refusedConnection knows the number Windows has for it too.
func refusedConnection(err error) bool {
	const windows = syscall.Errno(10061)
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, windows)
}
