package portal

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// ReadSettings reads portal.yaml; a nil node (an empty file) means the defaults. file is the name that problems carry.
func ReadSettings(file string, n *source.Node) (Settings, []hubspot.User, source.Problems) {
	s := DefaultSettings()
	if n == nil {
		return s, nil, nil
	}
	r := &settingsReader{Reader: source.Reader{File: file, Strict: true}}
	s.Node = n
	f := r.Object(n, FileName)
	s.ID = r.portalID(f)
	s.Name = f.String("name")
	r.zone(f, &s)
	s.Subscriptions = r.subscriptions(f)
	users := r.users(f)
	s.Answers = r.choice(f, "answers", s.Answers, AnswersScripted, AnswersReplay, AnswersRecord, AnswersLive)
	r.openAI(f.Get("openai"), &s.OpenAI)
	r.openAIAction(f.Get("openai_action"), &s.OpenAIAction)
	if text := f.String("now"); text != "" {
		now, err := ParseNow(text, s.zone())
		if err != nil {
			r.Errorf(f.Pos("now"), "bad_time", "", "%s", err.Error())
		}
		s.Now = now
	}
	s.MissingToken = r.choice(f, "missing_token", s.MissingToken, "blank", "error")
	f.Done()
	return s, users, r.Problems
}

type settingsReader struct{ source.Reader }

// portalID reads the id that HubSpot gives an account: a whole number.
func (r *settingsReader) portalID(f *source.Fields) int64 {
	id := f.Int("id", 0)
	if id < 0 {
		r.Errorf(f.Pos("id"), "bad_value", "", "a portal id is a whole number above 0, not %d", id)
		return 0
	}
	return int64(id)
}

func (r *settingsReader) zone(f *source.Fields, s *Settings) {
	name := f.String("time_zone")
	if name == "" {
		return
	}
	// "Local" would make two machines disagree about one portal.
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		r.Errorf(f.Pos("time_zone"), "bad_time_zone", "use a name of the IANA time zone database, like Europe/Berlin or America/New_York",
			"%q is no time zone", name)
		return
	}
	s.TimeZone, s.Zone = name, zone
}

// subscriptions is nil when the key is missing, and not nil, though empty, for an empty list.
func (r *settingsReader) subscriptions(f *source.Fields) []string {
	n := f.Get("subscriptions")
	if n == nil {
		return nil
	}
	names := append([]string{}, f.Strings("subscriptions")...)
	for i, name := range names {
		if hubspot.UnlocksOpenAI([]string{name}) {
			continue
		}
		if near := source.Nearest(name, hubspot.EnterpriseSubscriptions); near != "" {
			r.Warnf(itemPos(n, i), "unknown_subscription", fmt.Sprintf("did you mean %q?", near),
				"%q does not unlock Ask OpenAI Assistant", name)
		}
	}
	return names
}

// itemPos is where the i-th entry of a list stands, or the list where it is a single value.
func itemPos(n *source.Node, i int) source.Pos {
	if i < len(n.Items) {
		return n.Items[i].Pos
	}
	return n.Pos
}

// choice reads one of several words.
func (r *settingsReader) choice(f *source.Fields, key, otherwise string, allowed ...string) string {
	v := f.String(key)
	if v == "" {
		return otherwise
	}
	if slices.Contains(allowed, v) {
		return v
	}
	hint := "use one of: " + strings.Join(allowed, ", ")
	if near := source.Nearest(v, allowed); near != "" {
		hint = fmt.Sprintf("did you mean %q? It may be: %s", near, strings.Join(allowed, ", "))
	}
	r.Errorf(f.Pos(key), "bad_value", hint, "%q is no value for %q", v, key)
	return otherwise
}

func (r *settingsReader) users(f *source.Fields) []hubspot.User {
	var users []hubspot.User
	ids, owners := map[string]source.Pos{}, map[string]source.Pos{}
	for _, it := range f.Items("users") {
		u := r.Object(it, "a user")
		user := hubspot.User{ID: u.Need("id"), OwnerID: u.String("owner_id"), Name: u.String("name"), Email: u.String("email"),
			Teams: u.Strings("teams"), Deactivated: u.Bool("deactivated", false)}
		u.Done()
		r.unique(ids, user.ID, u.Pos("id"), "duplicate_user", "the user id")
		r.unique(owners, user.OwnerID, u.Pos("owner_id"), "duplicate_owner", "the owner id")
		users = append(users, user)
	}
	return users
}

func (r *settingsReader) unique(seen map[string]source.Pos, id string, pos source.Pos, code, what string) {
	if id == "" {
		return
	}
	if first, taken := seen[id]; taken {
		r.Errorf(pos, code, "", "%s %q is used twice; the first stands at line %d", what, id, first.Line)
		return
	}
	seen[id] = pos
}

func (r *settingsReader) openAI(n *source.Node, s *OpenAISettings) {
	if n == nil {
		return
	}
	f := r.Object(n, "openai")
	if text := f.String("base_url"); text != "" {
		s.BaseURL = r.baseURL(f, text)
	}
	s.Protocol = assistant.Protocol(r.choice(f, "protocol", string(s.Protocol),
		string(assistant.Responses), string(assistant.Chat), string(assistant.Assistants)))
	s.Era = r.choice(f, "era", s.Era, "responses", "assistants", "sunset")
	if model := f.String("default_model"); model != "" {
		s.DefaultModel = model
	}
	s.MaxOutputTokens = r.between(f, "max_output_tokens", s.MaxOutputTokens, 16, 1_000_000)
	s.MaxAttempts = r.between(f, "max_attempts", s.MaxAttempts, 1, 10)
	s.AllowedModels = f.Strings("allowed_models")
	s.Timeout = r.duration(f, "timeout", s.Timeout)
	if l := f.Get("limits"); l != nil {
		lf := r.Object(l, "limits")
		s.Limits.RequestsPerMinute = r.between(lf, "requests_per_minute", 0, 0, 1_000_000_000)
		s.Limits.TokensPerMinute = r.between(lf, "tokens_per_minute", 0, 0, 1_000_000_000_000)
		s.Limits.MaxCostUSD = r.money(lf, "max_cost_usd")
		lf.Done()
	}
	f.Done()
}

// baseURL refuses what would send a key to an unexpected place or print one.
func (r *settingsReader) baseURL(f *source.Fields, text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		r.Errorf(f.Pos("base_url"), "bad_url", "write it like https://api.openai.com/v1", "%q must be a full http or https address", "base_url")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		r.Errorf(f.Pos("base_url"), "bad_url", "the key is kept elsewhere: emulator account connect",
			"%q must not hold a user, a password, a query or a fragment", "base_url")
	default:
		if ip := net.ParseIP(u.Hostname()); u.Scheme == "http" && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
			r.Warnf(f.Pos("base_url"), "plain_http", "use https, or a server on this machine",
				"the key of live runs would travel to %s unencrypted", u.Host)
		}
		return strings.TrimRight(text, "/")
	}
	return DefaultSettings().OpenAI.BaseURL
}

func (r *settingsReader) between(f *source.Fields, key string, otherwise, low, high int) int {
	v := f.Int(key, otherwise)
	if v < low || v > high {
		r.Errorf(f.Pos(key), "bad_value", "", "%q must lie between %d and %d, not %d", key, low, high, v)
		return otherwise
	}
	return v
}

func (r *settingsReader) duration(f *source.Fields, key string, otherwise time.Duration) time.Duration {
	text := f.String(key)
	if text == "" {
		return otherwise
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 || d > time.Hour {
		r.Errorf(f.Pos(key), "bad_duration", "write it with its unit: 60s, 1m30s", "%q must be a time above 0 and up to 1h, not %q", key, text)
		return otherwise
	}
	return d
}

var decimal = regexp.MustCompile(`^[0-9]{1,9}(\.[0-9]{1,12})?$`)

func (r *settingsReader) money(f *source.Fields, key string) string {
	text := f.String(key)
	switch {
	case text == "" || strings.Trim(text, "0.") == "" && decimal.MatchString(text):
		return ""
	case decimal.MatchString(text):
		return text
	}
	r.Errorf(f.Pos(key), "bad_value", "write US dollars as a decimal: 2.50", "%q must be an amount of money, not %q", key, text)
	return ""
}

var actionType = regexp.MustCompile(`^[0-9]+-[0-9]+$`)

func (r *settingsReader) openAIAction(n *source.Node, a *flow.OpenAIAction) {
	if n == nil {
		return
	}
	f := r.Object(n, "openai_action")
	if id := f.String("type_id"); id != "" {
		kind, taken := flow.NewKinds(flow.DefaultOpenAIAction()).Lookup(id)
		switch {
		case !actionType.MatchString(id):
			r.Errorf(f.Pos("type_id"), "bad_value", "HubSpot writes them like 1-900001", "%q is no action type id", id)
		case taken && id != a.TypeID:
			r.Errorf(f.Pos("type_id"), "bad_value", "", "the action type id %s belongs to %q", id, kind.Label)
		default:
			a.TypeID = id
		}
	}
	a.Version = r.between(f, "version", a.Version, 0, 1_000_000)
	if m := f.Get("fields"); m != nil {
		r.fieldKeys(m, a)
	}
	if out := f.String("output"); out != "" {
		if out == flow.ExecutionState {
			r.Errorf(f.Pos("output"), "bad_value", "", "every action has the output %q already", out)
		} else {
			a.Output = out
		}
	}
	f.Done()
}

// fieldKeys reads which key of an exported action holds which setting; no two settings may share one.
func (r *settingsReader) fieldKeys(n *source.Node, a *flow.OpenAIAction) {
	f := r.Object(n, "openai_action.fields")
	keys := []struct {
		name string
		to   *string
	}{{"assistant", &a.Assistant}, {"prompt", &a.Prompt}, {"model", &a.Model}, {"temperature", &a.Temperature}, {"reasoning_effort", &a.ReasoningEffort}}
	for _, k := range keys {
		if v := f.String(k.name); v != "" {
			*k.to = v
		}
	}
	f.Done()
	seen := map[string]string{}
	for _, k := range keys {
		if other, taken := seen[*k.to]; taken {
			r.Errorf(f.Pos(k.name), "bad_value", "", "%q and %q must not both be read from the field %q", other, k.name, *k.to)
		}
		seen[*k.to] = k.name
	}
}

// ParseNow reads the moment a clock starts at: 2026-01-05T09:00, with seconds, or only a date, in zone; or RFC 3339 with
// an offset, which is then shown in zone. Years reach from 1970 to 9999.
func ParseNow(text string, zone *time.Location) (time.Time, error) {
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02 15:04:05", time.DateOnly, time.RFC3339} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil && t.Year() >= 1970 && t.Year() <= 9999 {
			return t.In(zone), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no moment; write it like 2026-01-05T09:00 (portal time) or 2026-01-05T09:00:00+01:00", text)
}
