package openaisim

import (
	"net/http"
	"strings"
)

// checkKey refuses requests without a key that the account knows, and those whose key has a fault.
func (s *Simulator) checkKey(req *http.Request) *problem {
	key, found := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer ")
	if !found || key == "" {
		return &problem{status: http.StatusUnauthorized, message: "You didn't provide an API key. You need to provide your API key in an Authorization header " +
			"using Bearer auth (i.e. Authorization: Bearer YOUR_KEY)."}
	}
	fault, known := s.keys[key]
	switch {
	case !known:
		return &problem{status: http.StatusUnauthorized, code: "invalid_api_key",
			message: "Incorrect API key provided: " + masked(key) + ". You can find your API key at https://platform.openai.com/account/api-keys."}
	case fault == nil:
		return nil
	}
	p := fault.envelope("the model")
	return &p
}

// masked shows of a key what the API shows: its first word and its last four characters.
func masked(key string) string {
	if len(key) < 12 {
		return strings.Repeat("*", len(key))
	}
	head := "sk-"
	for _, prefix := range []string{"sk-proj-", "sk-svcacct-", "sk-admin-"} {
		if strings.HasPrefix(key, prefix) {
			head = prefix
		}
	}
	return head + strings.Repeat("*", 8) + key[len(key)-4:]
}
