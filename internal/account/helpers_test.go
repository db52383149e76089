package account_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"askflow/internal/account"
	"askflow/internal/assistant"
	"askflow/internal/secret"
)

const (
	canary = "sk-proj-CaNaRy0123456789abcdefghijklmnopqrstuvwxyzT3BlbkFJABCDEFGHIJKLMNOPQRSTUVwxyz"
	second = "sk-proj-SeCoNd9876543210zyxwvutsrqponmlkjihgfedcbaT3BlbkFJZYXWVUTSRQPONMLKJIHGFEabcd"
)

// mustHide fails when a text holds one of the keys, in base64 or hex too, or the last twelve characters of one.
func mustHide(t *testing.T, where, text string) {
	t.Helper()
	for _, key := range []string{canary, second} {
		raw := []byte(key)
		for _, form := range []string{key, key[len("sk-proj-"):], key[len(key)-12:], hex.EncodeToString(raw), base64.StdEncoding.EncodeToString(raw)} {
			if strings.Contains(text, form) {
				t.Errorf("%s shows the key: %s", where, text)
				return
			}
		}
	}
}

// mustHideFiles does so for every file below a folder.
func mustHideFiles(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		mustHide(t, path, path+string(data))
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// keys is a keyring in memory; down makes every call fail.
type keys struct {
	mu    sync.Mutex
	texts map[string]string
	down  error
}

func (k *keys) Get(_, user string) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.down != nil {
		return "", k.down
	}
	text, ok := k.texts[user]
	if !ok {
		return "", secret.ErrNotFound
	}
	return text, nil
}

func (k *keys) Set(_, user, text string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.down == nil {
		k.texts[user] = text
	}
	return k.down
}

func (k *keys) Delete(_, user string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.down != nil {
		return k.down
	}
	if _, ok := k.texts[user]; !ok {
		return secret.ErrNotFound
	}
	delete(k.texts, user)
	return nil
}

// answer is what the fake OpenAI says to one kind of request.
type answer struct {
	status int
	header http.Header
	body   string
	err    error // instead of an answer
}

// openAI stands in for the API, without a network.
type openAI struct {
	mu     sync.Mutex
	models answer
	asks   map[string]answer // by model; "" for all others
	seen   []string          // requests, as "METHOD host path model"
	auth   []string
	org    []string
	bodies []string
}

func (o *openAI) RoundTrip(req *http.Request) (*http.Response, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	body := ""
	if req.Body != nil {
		data, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		body = string(data)
	}
	model := ""
	if _, rest, ok := strings.Cut(body, `"model":"`); ok {
		model, _, _ = strings.Cut(rest, `"`)
	}
	o.seen = append(o.seen, strings.TrimSpace(fmt.Sprintf("%s %s %s", req.Method, req.URL, model)))
	o.auth = append(o.auth, req.Header.Get("Authorization"))
	o.org = append(o.org, req.Header.Get("OpenAI-Organization")+"/"+req.Header.Get("OpenAI-Project"))
	o.bodies = append(o.bodies, body)
	a := o.models
	if req.Method == http.MethodPost {
		var ok bool
		if a, ok = o.asks[model]; !ok {
			if a, ok = o.asks[""]; !ok {
				a = ok200(strings.HasSuffix(req.URL.Path, "/chat/completions"))
			}
		}
	}
	if a.err != nil {
		return nil, a.err
	}
	w := httptest.NewRecorder()
	w.Header().Set("Content-Type", "application/json")
	for k, v := range a.header {
		w.Header()[k] = v
	}
	if a.status == 0 {
		a.status, a.body = http.StatusOK, `{"object":"list","data":[]}`
	}
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body)
	return w.Result(), nil
}

func ok200(chat bool) answer {
	if chat {
		return answer{status: 200, body: `{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"OK"},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":2,"total_tokens":14}}`}
	}
	return answer{status: 200, body: `{"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"gpt-6-luna","error":null,"incomplete_details":null,
		"output":[{"type":"message","id":"m","role":"assistant","status":"completed","content":[{"type":"output_text","text":"OK","annotations":[]}]}],"usage":{"input_tokens":12,"output_tokens":2,"total_tokens":14}}`}
}

func modelList(ids ...string) answer {
	var b strings.Builder
	for i, id := range ids {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":%q,"object":"model","created":1,"owned_by":"openai","shutdown_date":null}`, id)
	}
	return answer{status: 200, body: `{"object":"list","data":[` + b.String() + `]}`}
}

func failure(status int, kind, code, message string) answer {
	quoted := "null"
	if code != "" {
		quoted = fmt.Sprintf("%q", code)
	}
	return answer{status: status, body: fmt.Sprintf(`{"error":{"message":%q,"type":%q,"param":null,"code":%s}}`, message, kind, quoted)}
}

// rig is a portal with everything around it.
type rig struct {
	t      *testing.T
	api    *openAI
	keys   *keys
	dir    string
	env    map[string]string
	portal account.Portal
	said   []string
	noRing bool
}

func newRig(t *testing.T) *rig {
	t.Helper()
	dir := t.TempDir()
	return &rig{t: t, dir: dir, keys: &keys{texts: map[string]string{}}, env: map[string]string{"ASKFLOW_PASSPHRASE": "correct horse"},
		api:    &openAI{models: modelList("gpt-6-sol", "gpt-6-luna", "text-embedding-3-small", "gpt-image-2", "whisper-1", "gpt-5.6-luna")},
		portal: account.Portal{Dir: filepath.Join(dir, "shop"), ID: 77, StateDir: filepath.Join(dir, "shop", ".askflow"), DefaultModel: "gpt-6-luna", Protocol: assistant.Responses}}
}

func noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

func (r *rig) account() *account.Account {
	lookup := func(name string) (string, bool) { v, ok := r.env[name]; return v, ok }
	opt := account.Options{Portal: r.portal, Environment: secret.NewEnvironment(lookup), Transport: r.api, Models: assistant.DefaultModels(), Now: noon,
		File:     secret.NewFile(filepath.Join(r.dir, "config", "keys"), secret.PassphraseFrom(lookup, nil), 2),
		Progress: func(s string) { r.said = append(r.said, s) }}
	if !r.noRing {
		opt.Keyring = secret.NewKeyring(r.keys)
	}
	opt.Portal.EnsureState = func() error { return os.MkdirAll(r.portal.StateDir, 0o700) }
	return account.New(opt)
}

// kept are the keys that can be read back from keyring and file, with where they were.
func (r *rig) kept() string {
	r.t.Helper()
	c, err := r.account().Credentials(r.t.Context())
	if err != nil {
		return account.CodeOf(err)
	}
	return c.Kept + ":" + c.Key.Reveal()
}
