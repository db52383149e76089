package cli_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// echoKey answers with an error that quotes the key in every way a careless server could.
func echoKey(status int, code string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		auth := r.Header.Get("Authorization")
		key := strings.TrimPrefix(auth, "Bearer ")
		text := fmt.Sprintf("%s | %s | %s | %s | %s", auth, key[len(key)/2:], base64.StdEncoding.EncodeToString([]byte(auth)), base64.StdEncoding.EncodeToString([]byte(key)), hex.EncodeToString([]byte(key)))
		body, _ := json.Marshal(map[string]any{"error": map[string]any{"message": text, "type": key, "param": key, "code": code}})
		w.Header().Set("X-Request-Id", key)
		w.Header().Set("Retry-After", key)
		w.Header().Set("Location", "https://evil.example/?key="+key)
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}
}

func breakOff(w http.ResponseWriter, _ *http.Request) {
	if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = c.Close()
	}
}

// The key goes through every command in every failure, and turns up nowhere.
func TestNoFailureShowsTheKey(t *testing.T) {
	t.Parallel()
	failures := []struct {
		name string
		fail http.HandlerFunc
		exit int
	}{
		{"wrong", echoKey(401, "invalid_api_key"), 3}, {"member", echoKey(401, "mismatched_organization"), 3}, {"forbidden", echoKey(403, ""), 3}, {"model", echoKey(403, "model_not_found"), 3},
		{"country", echoKey(403, "unsupported_country_region_territory"), 3}, {"credit", echoKey(429, "insufficient_quota"), 3}, {"spend", echoKey(429, "project_spend_limit_exceeded"), 3},
		{"rate", echoKey(429, "rate_limit_exceeded"), 4}, {"server", echoKey(500, ""), 4}, {"overloaded", echoKey(503, "server_is_overloaded"), 4}, {"redirect", echoKey(307, ""), 4}, {"gone", echoKey(410, ""), 4}, {"reset", breakOff, 4},
	}
	for _, f := range failures {
		for _, key := range []string{canaryKey, strayKey} {
			for _, on := range []string{http.MethodGet, http.MethodPost} {
				t.Run(f.name+on+key[:3], func(t *testing.T) {
					t.Parallel()
					d := newDesk(t, httptest.NewServer)
					d.failing(on, f.fail)
					d.run(key, "account", "connect").mustBe(t, f.exit, "", "error:")
					if len(d.ring.texts) != 0 {
						t.Error("a key that failed was kept")
					}
					d.failing(on, nil)
					d.run(key, "account", "connect", "--store", "file").mustBe(t, 0, "encrypted file", "")
					d.failing(on, f.fail)
					d.run(strayKey, "account", "reconnect", "-o", "json").mustBe(t, f.exit, "", "The old key stays connected.")
					d.run("", "account", "show", "--check").mustBe(t, f.exit, "", "error:")
					d.run("", "account", "show", "-o", "json").mustBe(t, 0, `"connected": true`, "")
					d.run("", "account", "uninstall").mustBe(t, 0, "removed from the file", "")
				})
			}
		}
	}
}

func TestNoBrokenPlaceShowsTheKey(t *testing.T) {
	t.Parallel()
	d := newDesk(t, httptest.NewServer)
	d.ring.down = errors.New("the collection is locked")
	d.run(canaryKey, "account", "connect", "--store", "keyring").mustBe(t, 3, "", "cannot be kept")
	delete(d.env, "ASKFLOW_PASSPHRASE")
	d.run(canaryKey, "account", "connect").mustBe(t, 3, "", "ASKFLOW_PASSPHRASE")
	d.env["ASKFLOW_PASSPHRASE"] = "correct horse battery"
	d.run(canaryKey, "account", "connect").mustBe(t, 0, "The key is kept in an encrypted file instead.", "")
	d.env["ASKFLOW_PASSPHRASE"] = "wrong horse battery"
	d.run("", "account", "show", "--check").mustBe(t, 3, "", "does not open")
	d.env["ASKFLOW_KEYRING"] = "off"
	d.run("", "account", "uninstall").mustBe(t, 0, "removed from the file", "")
	d.env["OPENAI_API_KEY"] = strayKey
	d.run("", "account", "connect", "--store", "environment").mustBe(t, 0, "in the environment", "")
	d.run(canaryKey, "account", "reconnect").mustBe(t, 3, "", "OPENAI_API_KEY is set")
	d.env["OPENAI_API_KEY"] = canaryKey + " " + canaryKey
	d.run("", "account", "show").mustBe(t, 0, "OPENAI_API_KEY holds no usable key", "")
}

// untrusted is a server with a certificate that nobody trusts.
func untrusted(h http.Handler) *httptest.Server {
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains about every connection
	s.StartTLS()
	return s
}

func TestNoNetworkAndNoTLS(t *testing.T) {
	t.Parallel()
	d := newDesk(t, untrusted)
	d.run(canaryKey, "account", "connect").mustBe(t, 4, "", "encrypted connection")
	d.env["OPENAI_BASE_URL"] = strings.Replace(d.server.URL, "https:", "http:", 1) + "/v1"
	d.run(canaryKey, "account", "connect").mustBe(t, 4, "", "wants https")
	d = newDesk(t, httptest.NewServer)
	d.env["OPENAI_BASE_URL"] = d.server.URL + "/v2"
	d.run(canaryKey, "account", "connect").mustBe(t, 4, "", "nothing is there")
	d.env["OPENAI_BASE_URL"] = strings.Replace(d.server.URL, "http:", "https:", 1) + "/v1"
	d.run(canaryKey, "account", "connect").mustBe(t, 4, "", "encrypted connection")
	d.env["OPENAI_BASE_URL"] = d.server.URL + "/v1"
	d.server.Close()
	d.run(canaryKey, "account", "connect").mustBe(t, 4, "", "connection was refused")
}
