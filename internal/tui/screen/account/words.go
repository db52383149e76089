package account

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"askflow/internal/service"
)

// checked is what the result of a check means, and what to do about it.
type checked struct{ what, todo string }

// resultOf explains the result of a check, by its code.
func resultOf(code string) checked {
	known := map[string]checked{
		"ok":                      {"the key is in order", ""},
		"invalid_api_key":         {"the key is not accepted: it is mistyped, was revoked, or belongs to another server", "make a new one at platform.openai.com/api-keys and reconnect"},
		"api_key_expired":         {"the key has expired", "make a new one at platform.openai.com/api-keys and reconnect"},
		"missing_permission":      {"the key lacks a permission", "give it model.request and api.responses.write at platform.openai.com/api-keys"},
		"organization_membership": {"the key does not belong to that organization or project", "reconnect without naming them, or with the right ids"},
		"ip_not_allowed":          {"the key is not accepted from this machine's address", "have the address added to the allow-list at platform.openai.com"},
		"country_not_supported":   {"OpenAI does not serve this country or region", "run from a supported one, or set openai.base_url to another server"},
		"model_not_allowed":       {"the key is valid, but may not use any model that the portal allows", "allow one in the project's limits at platform.openai.com, or change openai.allowed_models in portal.yaml"},
		"model_not_found":         {"the key is valid, but the model is not there for it", "set openai.default_model in portal.yaml to one that the account offers"},
		"insufficient_quota":      {"the key is valid, but the account has no credit", "add credit at platform.openai.com, Settings, Billing, and check again"},
		"spend_limit_reached":     {"the key is valid, but a spend limit is reached", "raise it at platform.openai.com, Settings, Limits, or wait for the next month"},
		"rate_limit_exceeded":     {"the key is valid, but the rate limit was reached", "wait a minute and check again"},
		"overloaded":              {"the server was overloaded", "wait a minute and check again"},
		"server_error":            {"the server had an error of its own", "check again; status.openai.com tells about outages"},
		"check_refused":           {"the server did not take the check's question", "look at base_url, protocol and default_model of openai in portal.yaml"},
		"wrong_base_url":          {"what answers there is not OpenAI's API", "look at openai.base_url in portal.yaml and at OPENAI_BASE_URL"},
		"tls_failed":              {"no encrypted connection could be made", "look at this machine's clock, the address, and a proxy in between"},
		"host_not_found":          {"the server's name could not be found", "look at the network and at openai.base_url"},
		"connection_refused":      {"nothing listens at the server's address", "start the server, or correct openai.base_url"},
		"timeout":                 {"the server did not answer in time", "look at the network and a proxy, and check again"},
		"connection_failed":       {"the server could not be reached", "look at the network, a proxy and a firewall, and check again"},
	}
	if c, ok := known[code]; ok {
		return c
	}
	return checked{"the check failed", "check again"}
}

// todo says what to do about an error, in terms of this place: the services' hints name commands.
func (s *Screen) todo(e *service.Error) string {
	switch e.Code {
	case service.CodeNotConnected:
		return s.key("account.connect") + " connects a key."
	case "already_connected":
		return s.key("account.reconnect") + " puts another key in place of the connected one."
	case "key_for_other_server":
		return "If the new address is meant, " + s.key("account.reconnect") + " connects a key for it. Otherwise correct openai.base_url in portal.yaml."
	case "no_key_store":
		return "Choose another place for the key."
	case "openai_locked":
		return s.key("account.edit") + " opens portal.yaml; add one of the subscriptions that unlock the action."
	case "account_file_unusable":
		return s.key("account.uninstall") + " removes it with the key; then connect again. Or delete the file: the key stays where it is."
	}
	hint := strings.TrimSpace(e.Hint)
	if hint == "" {
		return ""
	}
	hint = strings.NewReplacer(" and run: emulator account reconnect", ", then reconnect ("+s.key("account.reconnect")+")", "run: emulator account connect", s.key("account.connect")+" connects a key",
		"emulator account reconnect", s.key("account.reconnect"), "run account uninstall again", "uninstall again").Replace(hint)
	return sentence(hint)
}

// sentence begins with a capital letter, unless that is a file's, and ends with a full stop.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	if word, _, _ := strings.Cut(s, " "); !strings.ContainsAny(word, "._/") {
		first, size := utf8.DecodeRuneInString(s)
		s = string(unicode.ToUpper(first)) + s[size:]
	}
	if !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "!") && !strings.HasSuffix(s, "?") {
		s += "."
	}
	return s
}

// told is an error with what to do.
func told(e *service.Error) string {
	return strings.TrimSpace(sentence(e.Message) + " " + sentence(e.Hint))
}

// keptIn says where a key is kept.
func keptIn(place string) string {
	switch place {
	case "keyring":
		return "in the system's keyring"
	case "file":
		return "in an encrypted file, with a passphrase"
	case "environment":
		return "in the environment, as OPENAI_API_KEY: not stored by askflow"
	case "none":
		return "nowhere: the server needs no key"
	case "":
		return "nowhere"
	}
	return place
}
