package account

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"askflow/internal/assistant"
	"askflow/internal/secret"
)

// Checked is what a check of a key found.
type Checked struct {
	// Models that can be asked and that the key may use, by id, sorted.
	Models []string
	// Listed is false when the key may not list models, or the server does not.
	Listed bool
	// Allowed is how many of Models the portal allows.
	Allowed int
	// Probe is the model that was asked the check's one question.
	Probe string
	// CostUSD is what that cost, an exact decimal; "" when the price is unknown.
	CostUSD string
	Notes   []string
}

// The check's one question. Its cost is bounded by these two figures.
const (
	probePrompt  = "Answer with the word OK."
	probeInput   = 40 // tokens, generously
	probeOutput  = 16 // the least that Responses takes
	mostProbes   = 3
	longestIDLen = 100
)

// checker is one check under way.
type checker struct {
	a      *Account
	key    secret.Secret
	base   string
	wire   *witness
	client *assistant.Client
	out    Checked
}

// check tries a key out: it lists the models, which shows that the key is valid, and asks the cheapest of them one
// question of a few words, which shows that it may ask and that there is credit. The error is an *Error, or the context's.
func (a *Account) check(ctx context.Context, key secret.Secret, organization, project string) (*Checked, error) {
	c := &checker{a: a, key: key, base: a.baseURL()}
	if err := c.address(); err != nil {
		return nil, err
	}
	for _, id := range []string{organization, project} {
		if len(id) > longestIDLen || strings.Trim(id, idLetters) != "" { // not quoted: it may be a key in the wrong place
			return nil, &Error{Code: CodeOrganization, Message: "The id of the organization or project holds a character that no id has.",
				Hint: "ids look like org-… and proj_…; check " + secret.VarOrganization + " and " + secret.VarProject}
		}
	}
	c.wire = &witness{next: a.opt.Transport, organization: organization, project: project}
	c.client = assistant.NewClient(assistant.Config{BaseURL: c.base, Transport: c.wire, Key: key.Reveal, MaxAttempts: 1,
		Timeout: a.opt.Portal.Timeout, Models: a.opt.Models})
	if err := c.list(ctx); err != nil {
		return nil, err
	}
	candidates, err := c.candidates()
	if err != nil {
		return nil, err
	}
	if err := c.probe(ctx, candidates); err != nil {
		return nil, err
	}
	return &c.out, nil
}

const idLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

// address refuses base URLs to which a key must not be sent.
func (c *checker) address() error {
	u, err := url.Parse(c.base)
	wrong := func(format string, args ...any) error {
		return &Error{Code: CodeWrongBaseURL, Message: fmt.Sprintf(format, args...), Hint: "write openai.base_url in portal.yaml, or " + secret.VarBaseURL + ", like " + DefaultBaseURL}
	}
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return wrong("The base URL is no address of a server: %s.", shown(c.base))
	case u.User != nil:
		return wrong("The base URL %s holds a user name or a password, which does not belong there.", shown(c.base))
	case u.Scheme == "http" && openAIs(c.base):
		return wrong("The base URL %s would send the key unencrypted.", shown(c.base))
	case u.Scheme == "http" && !c.key.IsZero() && !loopback(u.Hostname()):
		c.note("The key travels unencrypted to %s.", shown(c.base))
	}
	return nil
}

func loopback(host string) bool {
	return host == "localhost" || strings.HasPrefix(host, "127.") || host == "::1"
}

// shown is an address without what may be secret in it.
func shown(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return "(not an address)"
	}
	u.User = nil
	u.RawQuery, u.Fragment = "", ""
	return assistant.Scrub(u.String())
}

func (c *checker) note(format string, args ...any) {
	c.out.Notes = append(c.out.Notes, fmt.Sprintf(format, args...))
}

// list asks which models the key may use. A key that may ask but not list, and a server that lists nothing, are fine.
func (c *checker) list(ctx context.Context) error {
	models, err := c.client.AccountModels(ctx)
	if err == nil {
		c.out.Listed = true
		for _, m := range models {
			if askable(m.ID) {
				c.out.Models = append(c.out.Models, m.ID)
			}
		}
		slices.Sort(c.out.Models)
		c.out.Models = slices.Compact(c.out.Models)
		c.out.Allowed = len(c.allowed(c.out.Models))
		return nil
	}
	switch scope, missing := c.missingScope(); {
	case ctx.Err() != nil:
		return ctx.Err()
	case missing && c.wire.status == http.StatusUnauthorized, missing && c.wire.status == http.StatusForbidden:
		c.note("The key may not list models (it lacks the permission %s), so which ones it may use shows when they are asked.", scope)
		return nil
	case !openAIs(c.base) && !c.wire.page && (c.wire.status == http.StatusNotFound || c.wire.status == http.StatusMethodNotAllowed || c.wire.status == http.StatusNotImplemented):
		c.note("The server does not list its models.")
		return nil
	}
	return c.explain(err, "")
}

// askable leaves out the models that do not answer prompts with text.
func askable(id string) bool {
	if id == "" || len(id) > longestIDLen || strings.IndexFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) >= 0 {
		return false
	}
	lower := strings.ToLower(id)
	for _, other := range []string{"embed", "whisper", "tts", "audio", "realtime", "transcribe", "image", "dall-e", "moderation", "sora", "davinci-002", "babbage-002"} {
		if strings.Contains(lower, other) {
			return false
		}
	}
	return true
}

func (c *checker) allowed(ids []string) []string {
	allowed := c.a.opt.Portal.AllowedModels
	if len(allowed) == 0 {
		return ids
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !slices.Contains(allowed, id) })
}

// candidates are the models to ask, the cheapest first.
func (c *checker) candidates() ([]string, error) {
	portal := c.a.opt.Portal
	ids := c.allowed(c.out.Models)
	switch {
	case len(ids) > 0:
	case c.out.Listed && openAIs(c.base) && len(c.out.Models) == 0:
		return nil, &Error{Code: CodeModelAccess, Message: "The key is valid, but its project may not use any model that answers prompts.",
			Hint: "allow models in the project's limits at platform.openai.com, or use a key of another project"}
	case c.out.Listed && openAIs(c.base):
		return nil, &Error{Code: CodeModelAccess, Message: fmt.Sprintf("The key is valid, but its project has no access to any model that portal.yaml allows (%s).", strings.Join(portal.AllowedModels, ", ")),
			Hint: "allow one of them in the project's limits at platform.openai.com, or change openai.allowed_models in portal.yaml"}
	case len(portal.AllowedModels) > 0:
		ids = portal.AllowedModels
	case portal.DefaultModel != "":
		return []string{portal.DefaultModel}, nil
	default:
		return nil, nil
	}
	known := slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		m, ok := c.a.opt.Models.Lookup(id)
		return !ok || !m.Priced || m.Gone(c.a.opt.Now())
	})
	slices.SortStableFunc(known, func(x, y string) int {
		if d := c.worst(x) - c.worst(y); d != 0 {
			return int(max(-1, min(1, d)))
		}
		return strings.Compare(x, y)
	})
	switch {
	case len(known) > 0:
		return known[:min(mostProbes, len(known))], nil
	case slices.Contains(ids, portal.DefaultModel):
		return []string{portal.DefaultModel}, nil
	}
	return ids[:1], nil
}

// worst is the most that the question can cost with this model.
func (c *checker) worst(model string) assistant.Money {
	m, _ := c.a.opt.Models.Lookup(model)
	cost, _ := m.WorstCase(probeInput, probeOutput)
	return cost
}

// probe asks the question. A model that turns out not to be there gives way to the next one.
func (c *checker) probe(ctx context.Context, candidates []string) error {
	if len(candidates) == 0 {
		c.note("No model is known that could be asked, so it is not checked whether the key may ask.")
		return nil
	}
	var first error
	for _, model := range candidates {
		m, known := c.a.opt.Models.Lookup(model)
		cost := "its price is unknown"
		if known && m.Priced {
			cost = "at most $" + c.worst(model).String()
		}
		c.a.opt.Progress(fmt.Sprintf("Asking %s one question of a few words, to see whether the key may ask and has credit (%s).", model, cost))
		err := c.ask(ctx, model, known && slices.Contains(m.Efforts, assistant.EffortNone))
		if err == nil {
			c.out.Probe = model
			return nil
		}
		if first == nil {
			first = err
		}
		if code := CodeOf(err); code != CodeModelNotFound && code != CodeModelAccess {
			return err
		}
	}
	return first
}

// ask puts the question to one model. What the model answers does not matter, only that it does.
func (c *checker) ask(ctx context.Context, model string, effortNone bool) error {
	q := &assistant.Question{Assistant: &assistant.Assistant{ID: "check", Name: "check"}, Protocol: c.a.opt.Portal.Protocol, Model: model, Prompt: probePrompt, MaxOutputTokens: probeOutput}
	if q.Protocol == assistant.Assistants || q.Protocol == "" { // the same permissions decide, and no thread is left behind
		q.Protocol = assistant.Responses
		if !openAIs(c.base) {
			q.Protocol = assistant.Chat
		}
	}
	if effortNone {
		q.ReasoningEffort = assistant.EffortNone
	}
	answer, err := c.client.Ask(ctx, q)
	if answer != nil {
		c.out.CostUSD = answer.CostUSD
	}
	var failed *assistant.Error
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case !errors.As(err, &failed):
		return c.explain(err, model)
	}
	switch failed.Code {
	case assistant.CodeIncomplete, assistant.CodeEmpty, assistant.CodeRefusal: // an answer all the same
		return nil
	case assistant.CodeBadSettings:
		if effortNone {
			return c.ask(ctx, model, false)
		}
	}
	if c.out.Listed && failed.Status == http.StatusBadRequest && !c.wire.page && !c.wire.mentions("https") {
		// The key was accepted and the question was read; only the question was not to the server's taste.
		c.note("%s did not take the check's question (%s), so it is not certain that there is credit.", model, c.quote(failed))
		return nil
	}
	return c.explain(err, model)
}
