// Package account is a portal's OpenAI account: connecting a key after checking it against OpenAI, replacing it, removing
// it, and saying what is known about it. The key itself is kept by package secret; what is written here never holds it.
package account

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/hubspot"
	"askflow/internal/secret"
)

// DefaultBaseURL is OpenAI's own address.
const DefaultBaseURL = "https://api.openai.com/v1"

// checkTimeout is how long one request of a check may take when the portal does not say.
const checkTimeout = 30 * time.Second

// Portal is what an account needs to know of the portal it belongs to.
type Portal struct {
	Dir      string // absolute
	ID       int64
	StateDir string
	// EnsureState makes StateDir; nil when it exists.
	EnsureState func() error
	// Subscriptions is nil when the portal does not say, which counts as unlocked.
	Subscriptions []string
	// BaseURL is what portal.yaml itself says; "" when it says nothing.
	BaseURL       string
	Protocol      assistant.Protocol
	DefaultModel  string
	AllowedModels []string // empty: whatever the account offers
	Timeout       time.Duration
}

// Options make an Account.
type Options struct {
	Portal      Portal
	Environment *secret.Environment // nil: empty
	Keyring     secret.Store        // nil: there is none
	File        secret.Store        // nil: there is none
	// Transport carries the requests of a check.
	Transport http.RoundTripper
	Models    *assistant.Models
	Now       func() time.Time // time.Now when nil
	// Progress is told, in a sentence, what is about to be sent and what it may cost; nil is fine.
	Progress func(sentence string)
}

// Account is the one OpenAI account of a portal.
type Account struct {
	opt Options
	id  string
}

// New makes the account of a portal. Nothing is read yet.
func New(opt Options) *Account {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Progress == nil {
		opt.Progress = func(string) {}
	}
	if opt.Environment == nil {
		opt.Environment = secret.NewEnvironment(nil)
	}
	if opt.Portal.Timeout <= 0 || opt.Portal.Timeout > checkTimeout {
		opt.Portal.Timeout = checkTimeout
	}
	return &Account{opt: opt, id: ID(opt.Portal.Dir, opt.Portal.ID)}
}

// ID names a portal's account in keyrings and key files: a hash of the folder's absolute path and the portal's id.
func ID(dir string, portalID int64) string {
	sum := sha256.Sum256([]byte("askflow account\x00" + filepath.Clean(dir) + "\x00" + strconv.FormatInt(portalID, 10)))
	return hex.EncodeToString(sum[:16])
}

// Status is what is known about the account. No member holds the key.
type Status struct {
	// Connected tells whether live runs have what they need.
	Connected bool
	// Kept says where: environment, keyring, file, or none for a server that needs no key; "" when not connected.
	Kept string
	// MaskedKey is the key's first word and last four characters; "" without a key and when it is not known.
	MaskedKey    string
	Organization string
	Project      string
	BaseURL      string
	ConnectedAt  time.Time // zero when not known
	VerifiedAt   time.Time // zero when never
	// Result of the last check: ok, or the code of the error.
	Result string
	// Models are those the key may use, by id, sorted, as of VerifiedAt; nil when the key may not list them.
	Models []string
	// Limits are what the account said of its limits when it was last asked.
	Limits []Limit
	// Locked tells that no subscription of the portal unlocks the action.
	Locked bool
	// Notes are sentences worth reading.
	Notes []string
}

// Limit is what an account may send for one model, as its last answer said; 0 where it did not.
type Limit struct {
	Model    string    `json:"model"`
	Requests int       `json:"requestsPerMinute,omitempty"`
	Tokens   int       `json:"tokensPerMinute,omitempty"`
	SeenAt   time.Time `json:"seenAt"`
}

// ResultOK is the result of a check that found nothing wrong.
const ResultOK = "ok"

// KeptNone is where the key of a server without keys is kept.
const KeptNone = "none"

// baseURL is where questions go: what portal.yaml says, else OPENAI_BASE_URL, else OpenAI.
func (a *Account) baseURL() string {
	for _, u := range []string{a.opt.Portal.BaseURL, a.opt.Environment.BaseURL(), DefaultBaseURL} {
		if u = strings.TrimRight(strings.TrimSpace(u), "/"); u != "" {
			return u
		}
	}
	return DefaultBaseURL
}

// NeedsKey tells whether the server the portal asks is OpenAI's (or Azure's), which answers nobody without a key.
// Compatible servers, such as local models, often need none.
func (a *Account) NeedsKey() bool { return openAIs(a.baseURL()) }

func openAIs(base string) bool {
	u, err := url.Parse(base)
	if err != nil {
		return true
	}
	host := strings.ToLower(u.Hostname())
	return host == "" || host == "openai.com" || strings.HasSuffix(host, ".openai.com") || strings.HasSuffix(host, ".azure.com")
}

// origin is what a key is given to: scheme, host and port.
func origin(base string) string {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return strings.ToLower(base)
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[strings.ToLower(u.Scheme)]
	}
	return strings.ToLower(u.Scheme+"://"+u.Hostname()) + ":" + port
}

func (a *Account) locked() bool {
	s := a.opt.Portal.Subscriptions
	return s != nil && !hubspot.UnlocksOpenAI(s)
}

func (a *Account) refuseLocked() error {
	if !a.locked() {
		return nil
	}
	return &Error{Code: CodeLocked, Message: "Ask OpenAI Assistant is locked: none of the portal's subscriptions unlocks it, so there is nothing to connect an account for.",
		Hint: "add one of " + strings.Join(hubspot.EnterpriseSubscriptions, ", ") + " to subscriptions in portal.yaml"}
}

// stores are those that can keep a key, in the order in which they are asked.
func (a *Account) stores() []secret.Store {
	var out []secret.Store
	for _, s := range []secret.Store{a.opt.Keyring, a.opt.File} {
		if s != nil {
			out = append(out, s)
		}
	}
	return out
}

func (a *Account) store(name string) secret.Store {
	for _, s := range a.stores() {
		if s.Name() == name {
			return s
		}
	}
	return nil
}

// The text that is kept is the key and, on a line of its own, the server it was checked against. Portal files travel in
// repositories; one that names another server must not get the key.
func pack(key secret.Secret, base string) secret.Secret {
	return secret.New(key.Reveal() + "\n" + base)
}

func unpack(kept secret.Secret) (key secret.Secret, base string) {
	text, base, _ := strings.Cut(kept.Reveal(), "\n")
	return secret.New(text), strings.TrimSpace(base)
}

// find looks for a kept key without opening it: first where the metadata says, else everywhere. "" when there is none.
func (a *Account) find(ctx context.Context, m *metadata) (string, error) {
	if m != nil && m.Kept != "" {
		return m.Kept, nil
	}
	var failed error
	for _, s := range a.stores() {
		has, err := s.Has(ctx, a.id)
		if has {
			return s.Name(), nil
		}
		if err != nil && ctx.Err() != nil {
			return "", ctx.Err()
		}
		failed = errors.Join(failed, err)
	}
	return "", failed
}

// Show tells what is known, asking neither OpenAI nor anybody for a passphrase. A keyring that does not answer is a note.
func (a *Account) Show(ctx context.Context) (*Status, error) {
	m, err := a.readMetadata()
	if err != nil {
		return nil, err
	}
	st := m.status()
	st.Locked, st.BaseURL = a.locked(), shown(a.baseURL())
	kept, err := a.find(ctx, m)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		st.Notes = append(st.Notes, errText(err))
	}
	st.Kept = kept
	st.Connected = kept != "" && kept != secret.InEnvironment
	a.showEnvironment(ctx, m, st)
	if m != nil && m.BaseURL != "" && origin(m.BaseURL) != origin(a.baseURL()) && st.Kept != secret.InEnvironment {
		st.Notes = append(st.Notes, fmt.Sprintf("The key was connected for %s, but the portal asks %s now; reconnect it there.", shown(m.BaseURL), st.BaseURL))
		st.Connected = false
	}
	if !st.Connected && !a.NeedsKey() {
		st.Notes = append(st.Notes, "Live runs ask "+st.BaseURL+" without a key.")
	}
	if st.Locked {
		st.Notes = append(st.Notes, a.refuseLocked().Error())
	}
	return st, nil
}

// showEnvironment lets OPENAI_API_KEY come first, as it does when a run asks.
func (a *Account) showEnvironment(ctx context.Context, m *metadata, st *Status) {
	key, err := a.opt.Environment.Load(ctx, a.id)
	switch {
	case errors.Is(err, secret.ErrNotFound):
		if st.Kept == secret.InEnvironment {
			st.Kept, st.Connected = "", false
			st.Notes = append(st.Notes, secret.VarKey+" is not set any more.")
		}
		return
	case err != nil:
		st.Notes = append(st.Notes, errText(err))
		st.Connected = false
		return
	case a.refuseEnvironment() != nil:
		st.Notes = append(st.Notes, a.refuseEnvironment().Error())
		return
	}
	if st.Kept != "" && st.Kept != secret.InEnvironment {
		st.Notes = append(st.Notes, fmt.Sprintf("%s is set and comes first; the key in the %s is not used.", secret.VarKey, st.Kept))
	}
	if m == nil || m.Kept != secret.InEnvironment || m.MaskedKey != key.Mask() { // what was verified was another key
		st.ConnectedAt, st.VerifiedAt, st.Result, st.Models = time.Time{}, time.Time{}, "", nil
	}
	st.Connected, st.Kept, st.MaskedKey = true, secret.InEnvironment, key.Mask()
	st.Organization, st.Project = a.identity(m)
}

// refuseEnvironment keeps OPENAI_API_KEY from a server that the environment does not name: portal.yaml alone cannot send
// it anywhere.
func (a *Account) refuseEnvironment() error {
	given := a.opt.Environment.BaseURL()
	if given == "" {
		given = DefaultBaseURL
	}
	if origin(given) == origin(a.baseURL()) {
		return nil
	}
	return &Error{Code: CodeOtherServer, Message: fmt.Sprintf("%s is for %s, but portal.yaml asks %s; the key is not sent there.", secret.VarKey, shown(given), shown(a.baseURL())),
		Hint: "set " + secret.VarBaseURL + " to the portal's address to allow it, or unset " + secret.VarKey + " and connect a key for that server"}
}

// identity is the organization and the project to name in requests.
func (a *Account) identity(m *metadata) (organization, project string) {
	organization, project = a.opt.Environment.Organization(), a.opt.Environment.Project()
	if m != nil && organization == "" {
		organization = m.Organization
	}
	if m != nil && project == "" {
		project = m.Project
	}
	return organization, project
}
